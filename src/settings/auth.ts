import { VENDORS, WAYS, authWayOf } from '../vendors/vendors.ts'
import type { Variables } from '../vendors/vendor.ts'
import { AUTH_WORDS } from '../vocabulary/endpoint-names.ts'
import type { AuthWord } from '../vocabulary/endpoint-names.ts'
import { ValueError } from '../errors.ts'
import { layerGiven } from './setting.ts'
import type { SettingList, Given, GivenValues } from './setting.ts'
import { isHeaderName, OWN_HEADERS } from './values/headers-and-body.ts'
import { offerWords } from './values/simple.ts'

/**
 * How the client authenticates. `auto`: the key goes where the API wants it; `bearer`: `authorization: Bearer <key>`;
 * `header`: the bare key in a header of this (lower-case) name; `basic`: `user:password`; `none`: not at all; every
 * other word is a way that only one vendor accepts.
 */
export type Auth = { readonly kind: AuthWord } | { readonly kind: 'header'; readonly name: string }

/** Reads a word of `AUTH_WORDS` or `header:<name>`. */
export const readAuth = offerWords(AUTH_WORDS, (text: string): Auth => {
  const trimmed = text.trim()
  const word = AUTH_WORDS.find((one) => one === trimmed)
  if (word !== undefined) return { kind: word }
  const match = /^header:\s*(\S+)$/.exec(trimmed)
  if (trimmed === 'header') throw new ValueError('must be followed by a name; did you mean header:x-api-key?')
  if (match === null || !isHeaderName(match[1]!) || OWN_HEADERS.includes(match[1]!.toLowerCase())) {
    throw new ValueError(`must be ${AUTH_WORDS.join(', ')} or header:<name>, for example header:x-api-key`)
  }
  return { kind: 'header', name: match[1]!.toLowerCase() }
})

/** The way that a text of `auth` names; null when it cannot be read. */
export function authKindOf(text: string | undefined): Auth['kind'] | null {
  const word = text?.trim() ?? 'auto'
  if (word.startsWith('header:')) return 'header'
  return AUTH_WORDS.find((one) => one === word) ?? null
}

/** Every setting that holds credentials or says where they go. */
export const CREDENTIALS: readonly string[] = [...new Set(['api-key', ...WAYS.flatMap(({ settings }) => settings)])]

/** The ones that a way of `auth` uses; the others would have no effect. */
export function credentialsOf(kind: Auth['kind']): readonly string[] {
  return kind === 'none' ? [] : (authWayOf(kind)?.settings ?? ['api-key'])
}

/** The user and password of `auth: basic`. A key without a colon is a token, whose user is "token". */
export function completeBasicPair(key: string): string {
  return key.includes(':') ? key : `token:${key}`
}

/**
 * What a way of `auth` takes from environment variables that no setting stands for. An empty one counts as absent:
 * that is how runners pass on missing secrets.
 */
export function readVariables(kind: Auth['kind'], env: NodeJS.ProcessEnv): Variables {
  const names = (authWayOf(kind)?.variables ?? []).map(({ name }) => name)
  return Object.fromEntries(names.flatMap((name) => (env[name]?.trim() ? [[name, env[name].trim()]] : [])))
}

/** The names of the variables taken by a way of `auth` that must never be shown. */
export function listSecretVariablesIn(kind: Auth['kind'], variables: Variables): readonly string[] {
  return (authWayOf(kind)?.variables ?? []).flatMap(({ name, isSecret }) =>
    isSecret && name in variables ? [name] : [],
  )
}

/** Every variable that may hold a secret: those without a setting, and those of secret settings. */
export function listSecretVariables(list: SettingList): readonly string[] {
  const secret = Object.values(list).filter(({ secret }) => secret === true)
  const borrowed = VENDORS.flatMap((vendor) => vendor.borrowed)
  return [
    ...WAYS.flatMap(({ variables }) => variables.flatMap(({ name, isSecret }) => (isSecret ? [name] : []))),
    ...secret.flatMap(({ env }) => env ?? []),
    ...borrowed.flatMap(({ variable, setting }) => (secret.some(({ name }) => name === setting) ? [variable] : [])),
  ]
}

/** Whether any credentials are there, usable or not. `given` has inputs and environment. */
export function hasCredentials(given: GivenValues, env: NodeJS.ProcessEnv): boolean {
  const kind = authKindOf(given.get('auth')?.text)
  const secret = (kind === null ? null : authWayOf(kind)?.secret) ?? { setting: 'api-key' }
  const text = 'variable' in secret ? env[secret.variable] : given.get(secret.setting)?.text
  return (text?.trim() ?? '') !== ''
}

/**
 * Adds, as the weakest source, what variables of the vendor's own tools give, and only where that vendor's host is
 * measured. Empty ones do not count: they were not meant for us.
 */
export function addBorrowed(list: SettingList, own: GivenValues, env: NodeJS.ProcessEnv): GivenValues {
  const url = own.get('endpoint')?.text.trim() ?? ''
  return URL.canParse(url) ? layerGiven(own, readBorrowed(list, env, new URL(url))) : own
}

function readBorrowed(list: SettingList, env: NodeJS.ProcessEnv, endpoint: URL): GivenValues {
  const names = new Set(Object.values(list).map(({ name }) => name))
  const given = new Map<string, Given>()
  for (const { borrowed } of VENDORS.filter((vendor) => vendor.ownsVariables(endpoint, env))) {
    for (const { variable, setting } of borrowed) {
      const text = env[variable]?.trim() ?? ''
      if (names.has(setting) && text !== '') given.set(setting, { text, source: 'env', where: variable })
    }
  }
  return given
}

/**
 * Credentials in the environment may be meant for other commands: those that `auth` does not use are ignored, even an
 * empty key.
 */
export function leaveOutUnusedCredentials(given: GivenValues): GivenValues {
  const kind = authKindOf(given.get('auth')?.text)
  if (kind === null) return given
  const used = credentialsOf(kind)
  const isUnused = (name: string): boolean =>
    name === 'control-api-key'
      ? !given.has('control') || !used.includes('api-key')
      : CREDENTIALS.includes(name) && !used.includes(name)
  return new Map([...given].filter(([name, { source }]) => source !== 'env' || !isUnused(name)))
}
