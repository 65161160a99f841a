import { asObject } from '../../protocol/json.ts'

/** What a value must be; `text|list` allows both. */
type Kind = 'text' | 'number' | 'whole' | 'flag' | 'list' | 'object' | 'any'
type Kinds = Kind | `${Kind}|${Kind}`

/** The fields of an object: what each must be, an object of its own, or a list of them. Null passes everywhere. */
export interface Fields {
  readonly [name: string]: Kinds | Fields | readonly [Fields]
}

/** The first thing that is wrong with a body; `expected` is null for a field that nobody knows. */
export interface FieldFault {
  /** From the top, with dots: `messages.0.content`. */
  readonly path: string
  readonly expected: string | null
}

/** Declares many fields of one kind: names with a space between them. */
export function fieldsOf(kinds: Kinds, names: string): Fields {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, kinds]))
}

/** Looks for a field that is not among `fields`, or is not what it should be. */
export function findFault(body: Readonly<Record<string, unknown>>, fields: Fields, path = ''): FieldFault | null {
  for (const [name, value] of Object.entries(body)) {
    const fault = faultOf(value, Object.hasOwn(fields, name) ? fields[name]! : null, `${path}${name}`)
    if (fault !== null) return fault
  }
  return null
}

function faultOf(value: unknown, field: Fields[string] | null, path: string): FieldFault | null {
  if (field === null) return { path, expected: null }
  if (value === null) return null
  if (typeof field === 'string') {
    const kinds = field.split('|') as Kind[]
    return kinds.some((kind) => TESTS[kind](value)) ? null : { path, expected: kinds.map((k) => NAMES[k]).join(' or ') }
  }
  if (isListOf(field)) {
    if (!Array.isArray(value)) return { path, expected: NAMES.list }
    return firstOf(value, (item, i) => faultOf(item, field[0], `${path}.${i}`))
  }
  const object = asObject(value)
  return object === null ? { path, expected: NAMES.object } : findFault(object, field, `${path}.`)
}

function isListOf(field: Fields | readonly [Fields]): field is readonly [Fields] {
  return Array.isArray(field)
}

function firstOf(items: readonly unknown[], look: (item: unknown, i: number) => FieldFault | null): FieldFault | null {
  for (const [i, item] of items.entries()) {
    const fault = look(item, i)
    if (fault !== null) return fault
  }
  return null
}

const TESTS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  whole: (value) => Number.isInteger(value),
  flag: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
  object: (value) => asObject(value) !== null,
  any: () => true,
}

const NAMES: Readonly<Record<Kind, string>> = {
  text: 'a string',
  number: 'a number',
  whole: 'an integer',
  flag: 'a boolean',
  list: 'an array',
  object: 'an object',
  any: 'anything',
}
