import { authKindOf, completeBasicPair, listSecretVariables } from './auth.ts'
import type { SettingList, GivenValues } from './setting.ts'
import { decodePercent } from '../text.ts'
import { parseJson } from '../json.ts'

/**
 * What is secret among the settings: values marked `secret: true`, or the parts of them that are, and what URLs carry. It is found in the
 * texts as given, before they are read, so that a mistake in the settings cannot show a key.
 */

/** Every text among what was given that must not be shown. */
export function findSecrets(list: SettingList, given: GivenValues): readonly string[] {
  const found = Object.values(list).flatMap(({ name, secret, secretsIn = takeWholeText }) => {
    const text = given.get(name)?.text ?? ''
    return [...(secret === true ? secretsIn(text) : []), ...findSecretsInUrl(text)]
  })
  return [...found, ...joinSecrets(given)].filter((text) => text !== '')
}

/** The secrets in the environment: of these settings, and of tools whose credentials are used. */
export function findSecretsInEnvironment(list: SettingList, env: NodeJS.ProcessEnv): readonly string[] {
  return listSecretVariables(list).flatMap((name) => env[name]?.trim() || [])
}

/** The environment variables with secret names that a given command inherits and might print. */
export function findSecretsInherited(list: SettingList, given: GivenValues, env: NodeJS.ProcessEnv): readonly string[] {
  const isStarted = Object.values(list).some((each) => each.secretsIn === findSecretsInCommand && given.has(each.name))
  if (!isStarted) return []
  return Object.entries(env).flatMap(([name, text = '']) => (isSecretName(name) ? [text.trim()].filter(isLong) : []))
}

function takeWholeText(text: string): readonly string[] {
  return [text.trim()]
}

/** Credentials joined as they are before being encoded for `Basic`. */
function joinSecrets(given: GivenValues): readonly string[] {
  const textOf = (name: string): string => given.get(name)?.text.trim() ?? ''
  const [id, secret] = ['client-id', 'client-secret'].map(textOf) as [string, string]
  const keys = ['api-key', 'control-api-key'].map(textOf).filter((key) => key !== '')
  const pairs = authKindOf(given.get('auth')?.text) === 'basic' ? keys.map(completeBasicPair) : []
  return [...pairs.flatMap((pair) => [pair, pair.slice(pair.indexOf(':') + 1)]), secret === '' ? '' : `${id}:${secret}`]
}

/** User, password and query of a URL, decoded and as written; nothing of any other text. */
function findSecretsInUrl(text: string): readonly string[] {
  const trimmed = text.trim()
  if (!/^https?:/i.test(trimmed) || !URL.canParse(trimmed)) return []
  const { username, password, search, searchParams } = new URL(trimmed)
  // A key may stand in the query without a name.
  const pairs = search.slice(1).split('&')
  return [
    password,
    decodePercent(password),
    ...[username, decodePercent(username)].filter(isLong),
    ...searchParams.values(),
    ...pairs.map((pair) => pair.slice(pair.indexOf('=') + 1)),
  ]
}

/** Shorter words are not keys, unless the name of what holds them says so. */
const SHORTEST_WORD = 8

/** The secrets in lines of `Name: value` or a JSON object of them, valid or not: the values, and each word of them. */
export function findSecretsInHeaders(text: string): readonly string[] {
  const parsed = Object.entries(parseObject(text) ?? {})
  const isReadable = parsed.length > 0 && parsed.every(([, value]) => typeof value !== 'object')
  const pairs = isReadable ? parsed : text.split('\n').map(splitAtColon)
  return pairs.flatMap(([name, value]) => [
    ...(isSecretName(name) ? takeWhole(String(value)) : []),
    ...splitLongWords(String(value)),
  ])
}

function splitAtColon(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, Math.max(0, colon)), line.slice(colon + 1)]
}

/** The secrets in a shell command: the values of flags and variables that have secret names. */
export function findSecretsInCommand(text: string): readonly string[] {
  const pairs = text.matchAll(/(?<=^|[\s'"])-{0,2}([A-Za-z][\w-]*)(?:=|\s+)(?=("[^"\n]*"|'[^'\n]*'|[^\s'"]+))/g)
  return [...pairs].flatMap(([, name, value]) =>
    isSecretName(name!) && !value!.startsWith('-') ? takeWhole(value!.replace(/^(["'])(.*)\1$/, '$2')) : [],
  )
}

/** The values of a JSON object whose names say that they are secret. */
export function findSecretsInBody(text: string): readonly string[] {
  const secrets: string[] = []
  replaceSecrets(parseObject(text) ?? {}, 'nothing secret', (value) => secrets.push(String(value)))
  return secrets.flatMap((value) => [...takeWhole(value), ...splitLongWords(value)])
}

/**
 * The whole value, however short, and its last word, which may follow a scheme. Not numbers: hiding them would hide
 * figures.
 */
function takeWhole(value: string): readonly string[] {
  const whole = value.trim()
  return [whole, whole.slice(whole.lastIndexOf(' ') + 1)].filter((word) => !/^\d*$/.test(word))
}

/** The value, its words, and their parts: the token of "Bearer <token>" is one, and so is what stands in quotes. */
function splitLongWords(value: string): readonly string[] {
  return [value.trim(), ...value.split(/[\s,;=]+/), ...value.split(/[\s,;="{}[\]:]+/)].filter(isLong)
}

/** True for a word that is long enough for a key. */
function isLong(word: string): boolean {
  return word.length >= SHORTEST_WORD
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  const value = parseJson(text)
  return typeof value === 'object' ? (value as Record<string, unknown> | null) : null
}

/** Stands for a secret in what is stored. A hash would not do: a short secret can be found by trying. */
const PLACEHOLDER = '(secret)'

/** What a name says about the texts and numbers below it. */
type Holds = 'secrets' | 'secret texts' | 'nothing secret'

/**
 * The same members of `extra-body` with a constant for each value that is secret by its name, so that two bodies that
 * differ only in a key are one series.
 */
export function replaceSecretValues(extraBody: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return replaceSecrets(extraBody, 'nothing secret', () => PLACEHOLDER) as Readonly<Record<string, unknown>>
}

function replaceSecrets(value: unknown, holds: Holds, by: (secret: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceSecrets(item, holds, by))
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => {
      const below = holds === 'secrets' ? holds : pickStronger(holds, holdsOf(name))
      return [
        name,
        name === 'properties' ? replaceInSchema(member, below, by) : replaceSecrets(member, below, by),
      ] as const
    })
    return Object.fromEntries(members)
  }
  const isSecret =
    (typeof value === 'string' && holds !== 'nothing secret') || (typeof value === 'number' && holds === 'secrets')
  return isSecret ? by(value) : value
}

/** In a JSON Schema, as in `response_format`, `token` only names what is described; no secret stands below it. */
function replaceInSchema(properties: unknown, holds: Holds, by: (secret: string | number) => unknown): unknown {
  if (typeof properties !== 'object' || properties === null || !Object.values(properties).every(isObject)) {
    return replaceSecrets(properties, holds, by)
  }
  const members = Object.entries(properties).map(([name, schema]) => [name, replaceSecrets(schema, holds, by)] as const)
  return Object.fromEntries(members)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function pickStronger(outer: Holds, inner: Holds): Holds {
  return inner === 'nothing secret' ? outer : inner
}

/** Whether the name of a header or a member of a body suggests a secret. */
export function isSecretName(name: string): boolean {
  return holdsOf(name) !== 'nothing secret'
}

/** Endings of files that people have beside a command; no key ends like one. */
const FILE_ENDING = /\.(?:csv|html|jsonl?|md|parquet|pem|svg|txt|xml|ya?ml|zip)$/

/** Whether a stray word may be a key: as long as keys are, of the signs that they have, letters and digits among them. */
export function mayBeKey(word: string): boolean {
  if (FILE_ENDING.test(word)) return false
  return /^(?=.*[a-z])(?=.*\d)[\w+/=.~-]{20,}$/i.test(word)
}

/** Numbers named after tokens are counts and ids (`min_tokens`, `stop_token_ids`), which belong to the workload. */
function holdsOf(name: string): Holds {
  const words = wordsOf(name)
  if (words.some((word) => /secret|password|authorization|credential|keys?$/.test(word))) return 'secrets'
  return words.some((word) => /tokens?$/.test(word)) ? 'secret texts' : 'nothing secret'
}

/** `x-apiKey` is x, api and key; `APIKey` is api and key. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
}

/**
 * What was pasted along with a secret but is not part of it, as a message that does not show it; null when there is
 * nothing. It is refused rather than repaired: what is sent is what was given.
 */
export function findPastedSigns(secret: string): string | null {
  const text = secret.trim()
  if (/^(["'`]).*\1$/.test(text)) return 'is in quotes, which would be sent with it; give it without them'
  if (/\*{3,}|\.{3,}|[•●…]|^<[^<>]*>$|^x{4,}$/i.test(text))
    return 'is what logs, pages and instructions show in place of a key; give the key itself'
  if (/^(export +)?[A-Z][A-Z0-9_]*_(KEY|TOKEN|SECRET)=/.test(text))
    return 'begins with the name of a variable; give what stands behind the ='
  if (/^\$(\{.*\}|\w+|\(.*\))$/.test(text)) return 'is the name of a variable that was not replaced by its value'
  return null
}

/**
 * The part of a header in front of a key, which the client writes itself, as half a sentence; null when there is
 * none. The header's name is not repeated, because its text counts as secret.
 */
export function findHeaderWords(key: string): string | null {
  const text = key.trim()
  if (/^((proxy-)?authorization|[a-z-]*api-?key|[a-z-]+-token) *:/i.test(text))
    return 'begins with the name of a header'
  const scheme = /^(bearer|basic|token|api-?key) /i.exec(text)?.[0].trim()
  return scheme === undefined ? null : `begins with "${scheme}"`
}
