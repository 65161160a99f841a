/** The conformance tables of docs/endpoints.md, from what the APIs say of themselves. */
import { markdownTable } from 'markdown-table'
import type { Api, Framing } from '../../src/protocol/api.ts'
import { ALL_APIS } from '../../src/vendors/apis.ts'
import { VENDORS, findKeyPlaceAt } from '../../src/vendors/vendors.ts'

const FRAMINGS: Readonly<Record<Framing, string>> = {
  sse: 'server-sent events',
  ndjson: 'JSON lines',
  'event-stream': 'AWS event stream, checksums verified',
  json: 'one JSON answer',
}

/** What is sent where, and how the answer comes. */
export function renderRequestsTable(): string {
  const heading = ['API', 'Tasks', 'Path after a base URL', 'Key', 'Answer', 'Images']
  return markdownTable([
    heading,
    ...ALL_APIS.map((api) => [
      code(api.name),
      tasksOf(api),
      pathsOf(api),
      keyOf(api),
      framingOf(api),
      api.takesImages === true ? 'chat' : '–',
    ]),
  ])
}

/** What the figures rest on. */
export function renderConformanceTable(): string {
  const heading = [
    'API',
    'Exact length',
    'Output tokens counted from',
    'Prefix cache',
    'Optional fields, sent only when accepted',
  ]
  return markdownTable([
    heading,
    ...ALL_APIS.map((api) => [code(api.name), lengthOf(api), api.facts.tokens, api.facts.cache, fieldsOf(api)]),
  ])
}

function lengthOf({ facts: { length } }: Api): string {
  return typeof length === 'string' ? length : `${length.most} and a prompt that asks for more; checked`
}

/** What stands beside it. */
export function renderServersTable(): string {
  const heading = ['API', 'Servers', 'Health page', 'Server metrics']
  return markdownTable([
    heading,
    ...ALL_APIS.map(({ name, facts }) => [
      code(name),
      ...[serversOf(name, facts), facts.health, facts.metrics].map(text),
    ]),
  ])
}

/** Servers of nobody in particular, and the vendors' that speak it, too. */
function serversOf(name: Api['name'], { servers }: Api['facts']): string {
  return [servers, ...VENDORS.flatMap(({ speaks }) => speaks?.[name] ?? [])].join(', ')
}

/** Markdown would take `<name>` for an element. */
function text(phrase: string): string {
  return phrase.replaceAll('<', '\\<')
}

function code(text: string): string {
  return `\`${text}\``
}

function tasksOf({ tasks }: Api): string {
  return tasks.join(', ')
}

/** An address that no API recognises as its own, so that the path is the general one. */
const BASE = new URL('https://server')

function pathsOf(api: Api): string {
  const paths = api.tasks.map((task) => {
    const { pathname, search } = api.url(BASE, task, 'MODEL')
    return code(pathname + search)
  })
  return [...new Set(paths)].join(', ')
}

function keyOf(api: Api): string {
  const place = findKeyPlaceAt(BASE, api)
  return place === 'bearer' ? '`authorization: Bearer`' : code(place.header)
}

function framingOf(api: Api): string {
  return [...new Set(api.tasks.map((task) => FRAMINGS[api.framing(task)]))].join(', ')
}

function fieldsOf(api: Api): string {
  const fields = new Set(api.tasks.flatMap((task) => api.optionalFields(task)))
  return fields.size === 0 ? '–' : [...fields].map(code).join(', ')
}
