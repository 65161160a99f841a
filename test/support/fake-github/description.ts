import { readFileSync } from 'node:fs'
import * as z from 'zod'
import type { Route } from './router.ts'

/** GitHub's published OpenAPI description of what the fake is asked; `scripts/github-description.ts` cuts it out. */

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required?: boolean
  readonly schema: JsonSchema
}

interface Described {
  readonly parameters: readonly Parameter[]
  /** The schema of the JSON body; null when a request has none. */
  readonly body: JsonSchema | null
}

/** What is asked of a route. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** As it was sent; empty without one. */
  readonly body: string
}

const { routes } = JSON.parse(readFileSync(new URL('description.json', import.meta.url), 'utf8')) as {
  readonly routes: Readonly<Record<string, Described>>
}
const schemas = new Map<JsonSchema, z.ZodType>()

/** What GitHub's description does not allow of a request, one sentence each; empty for one that is right. */
export function findDepartures({ method, path }: Pick<Route, 'method' | 'path'>, asked: Asked): readonly string[] {
  const described = routes[`${method} ${path}`]
  if (described === undefined) return ["the route is not in GitHub's description"]
  return [...departuresOfParameters(described.parameters, asked), ...departuresOfBody(described.body, asked.body)]
}

function departuresOfParameters(parameters: readonly Parameter[], { params, query }: Asked): string[] {
  const known = new Set(parameters.flatMap((parameter) => (parameter.in === 'query' ? [parameter.name] : [])))
  const unknown = [...query.keys()].filter((name) => !known.has(name)).map((name) => `query: no "${name}" is known`)
  const twice = [...known].filter((name) => query.getAll(name).length > 1).map((name) => `query: "${name}" comes twice`)
  const wrong = parameters.flatMap((parameter) => {
    const given = parameter.in === 'path' ? (params[parameter.name] ?? null) : query.get(parameter.name)
    const where = `${parameter.in}: "${parameter.name}"`
    if (given === null) return parameter.required === true ? [`${where} is missing`] : []
    return accepts(parameter.schema, given) ? [] : [`${where} may not be "${given}"`]
  })
  return [...unknown, ...twice, ...wrong]
}

/** A value in an address is text; it fits when it is the text of a value that fits. */
function accepts(schema: JsonSchema, given: string): boolean {
  const values: unknown[] = [given]
  if (/^-?(0|[1-9]\d*)$/.test(given)) values.push(Number(given))
  if (given === 'true' || given === 'false') values.push(given === 'true')
  return given !== '' && values.some((value) => compiled(schema).safeParse(value).success)
}

function departuresOfBody(schema: JsonSchema | null, body: string): string[] {
  if (schema === null) return body === '' ? [] : ['body: none is known']
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return ['body: no JSON']
  }
  const { error } = compiled(schema).safeParse(value)
  return (error?.issues ?? []).map(({ path, message }) => `body: ${['', ...path].join('/')} ${message}`)
}

function compiled(schema: JsonSchema): z.ZodType {
  const found = schemas.get(schema) ?? z.fromJSONSchema(closed(schema) as JsonSchema, { defaultTarget: 'openapi-3.0' })
  schemas.set(schema, found)
  return found
}

/** A schema in which a member that is not described is wrong; GitHub takes no notice of one, so that a slip would stay. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return 'properties' in inner && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner
}
