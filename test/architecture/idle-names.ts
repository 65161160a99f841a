/** Names of a vocabulary that nothing uses: pure functions of the sources and of what the compiler says about them. */

/** Texts of source files by their path under src/, with `/`. */
export type Sources = ReadonlyMap<string, string>

/** A setting: its key in code, and its name everywhere else. */
export interface NamedSetting {
  readonly key: string
  readonly name: string
}

/**
 * The sources with a `Settings` that has no fields: whoever reads one is then named by the compiler. Where a function asks
 * for some fields only it gets the whole, so that what it reads shows and not what it asks for.
 */
export function eraseSettings(sources: Sources): Sources {
  const erased = new Map(
    [...sources].map(([path, text]) => [path, text.replace(/\bPick<\s*Settings,[^<>]*>/g, 'Settings')]),
  )
  const interfaceOf = 'export interface Settings extends'
  const text = sources.get('settings.ts') ?? ''
  if (!text.includes(interfaceOf)) throw new Error(`settings.ts has no "${interfaceOf}"`)
  return erased.set(
    'settings.ts',
    text.replace(interfaceOf, `export interface Settings { readonly erased: never }\nexport interface Once extends`),
  )
}

/**
 * Settings that nothing reads: no source outside the room of the settings takes them from `Settings`, by what the compiler
 * says of the erased sources, and none reads them before there are `Settings`, as the token and the names of files are.
 */
export function findIdleSettings(
  settings: readonly NamedSetting[],
  sources: Sources,
  complaints: readonly Complaint[],
): string[] {
  const missed = new Set(complaints.filter(({ path }) => !isSettingsRoom(path)).flatMap(namesMissed))
  const readers = [...sources].filter(([path]) => !/^settings\/(complete|.*contradictions)\.ts$/.test(path))
  return settings
    .filter(({ key, name }) => {
      const early = new RegExp(`\\bvalues\\.${key}\\b|\\.get\\('${name}'\\)`)
      return !missed.has(key) && !readers.some(([, text]) => early.test(text))
    })
    .map(({ key }) => key)
}

function isSettingsRoom(path: string): boolean {
  return path === 'settings.ts' || path.startsWith('settings/')
}

/** Fields that are read from `Settings`, or handed on as part of them, and are not there. */
function namesMissed({ message }: Complaint): readonly string[] {
  const one = /^Property '(\w+)' (?:does not exist on type|is missing in type) 'Settings'/.exec(message)
  if (one !== null) return [one[1]!]
  const several = /is missing the following properties from type .*: ([\w, ]+)$/.exec(message)
  return several === null ? [] : several[1]!.split(', ')
}

/** What the compiler says, one line of its output each. */
export interface Complaint {
  /** Under src/. */
  readonly path: string
  readonly message: string
}

/** Reads the output of `tsc --pretty false`. */
export function readComplaints(output: string): Complaint[] {
  return [...output.matchAll(/^src\/(\S+?)\(\d+,\d+\): error TS\d+: (.*)$/gm)].map(([, path, message]) => ({
    path: path!,
    message: message!,
  }))
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
