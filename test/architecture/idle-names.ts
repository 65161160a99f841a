/** Names of a vocabulary that nothing uses: pure functions of the sources and of what the compiler says about them. */

import type { Declaration } from './reached.ts'
import { edit, skipOthers } from './sources.ts'
import type { Complaint, Sources } from './sources.ts'

/** A setting: its key in code, and its name everywhere else. */
export interface NamedSetting {
  readonly key: string
  readonly name: string
}

/** Where the fields of settings are declared, those of a run and those of every list, and what stands there instead. */
const ERASED: readonly (readonly [path: string, declaration: string, empty: string])[] = [
  [
    'settings/complete.ts',
    'export interface Settings extends',
    'export interface Settings { readonly erased?: never }\nexport interface Whole extends',
  ],
  [
    'settings/setting.ts',
    'export type ValuesOf<L extends SettingList> =',
    'export type ValuesOf<L extends SettingList> = { readonly erased?: L }\nexport type Whole<L extends SettingList> =',
  ],
  [
    'settings/setting.ts',
    'export type PartialValues<L extends SettingList> =',
    'export type PartialValues<L extends SettingList> = { readonly erased?: L }\nexport type WholePart<L extends SettingList> =',
  ],
]

/**
 * The sources with settings that have no fields: whoever reads one is then named by the compiler. Where a function asks for some
 * fields only it gets the whole, so that what it reads shows and not what it asks for; and nobody takes one that is dropped at once.
 */
export function eraseSettings(sources: Sources): Sources {
  const narrow = /\bPick<\s*Settings,[^<>]*>/g
  // Named only to be left out of the others: the lint asks for a name of that kind.
  const dropped = /(?<=[{,]\s*)\w+: _\w*\b,? ?/g
  const widened = new Map(
    [...sources].map(([path, text]) => [path, text.replace(narrow, 'Settings').replace(dropped, '')]),
  )
  const erased = ERASED.reduce((before, [path, declaration, empty]) => edit(before, path, declaration, empty), widened)
  const changed = [...erased].filter(([path, text]) => text !== sources.get(path)).map(([path]) => path)
  return skipOthers(erased, changed)
}

/** Checks, completes and describes settings, and thereby names many of them: that is no use of a setting. */
const GENERIC = /^settings\/(?:complete|checks\/.*)\.ts$/

/**
 * Settings that nothing uses: by what the compiler says of the erased sources nobody misses them, and nobody takes their
 * text before it is read, as that of the token is. `within`: all that counts, of the erased sources.
 */
export function findIdleSettings(
  settings: readonly NamedSetting[],
  complaints: readonly Complaint[],
  within: Iterable<Declaration>,
): string[] {
  const counted = [...within].filter(({ path }) => !GENERIC.test(path))
  const byPath = Map.groupBy(counted, ({ path }) => path)
  const isWithin = ({ path, line }: Complaint): boolean =>
    byPath.get(path)?.some(({ lines: [first, last] }) => first <= line && line <= last) === true
  const missed = new Set(complaints.filter(isWithin).flatMap(namesMissed))
  return settings
    .filter(({ key, name }) => !missed.has(key) && !counted.some(({ text }) => text.includes(`.get('${name}')`)))
    .map(({ key }) => key)
}

/** Fields that are read, or handed on among others, and are not there. */
function namesMissed({ message }: Complaint): readonly string[] {
  const one = /^Property '(\w+)' (?:does not exist on|is missing in) type/.exec(message)
  if (one !== null) return [one[1]!]
  const several = /is missing the following properties from type .*: ([\w, ]+)$/.exec(message)
  return several === null ? [] : several[1]!.split(', ')
}

/** Codes that no source of `rooms` produces. A comparison asks for a code, it does not produce it. */
export function findIdleCodes(
  codes: readonly string[],
  sources: Sources,
  { rooms, list }: { readonly rooms: RegExp; readonly list: string },
): string[] {
  const texts = [...sources].filter(([path]) => rooms.test(path) && path !== list).map(([, text]) => text)
  return codes.filter((code) => !texts.some((text) => isProduced(code, text)))
}

function isProduced(code: string, text: string): boolean {
  const [written, filledIn] = code.split(/<.*>/)
  const literal = filledIn === undefined ? `'${code}'` : `\`${written}\${`
  const at = literal.replaceAll('$', '\\$').replaceAll('{', '\\{')
  return (
    new RegExp(`(?<!(?:\\bcase|[!=]==) |(?:has|includes|startsWith)\\(|\\[)${at}`).test(text) ||
    text.includes(`[${literal}, `)
  )
}
