import { authKindOf, completeBasicPair, listSecretVariables } from './auth.ts'
import type { SettingList } from './define.ts'
import type { Environment } from '../vendors/vendor.ts'
import type { GivenValues } from './given.ts'
import { decodePercent } from '../text.ts'
import { findSecretsInCommand, isLong, isSecretName } from './values/secret-words.ts'

/**
 * What is secret among the settings: values marked `secret: true`, and what URLs carry. It is found in the texts as
 * given, before they are read, so that a mistake in the settings cannot show a key.
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
export function findSecretsInEnvironment(list: SettingList, env: Environment): readonly string[] {
  return listSecretVariables(list).flatMap((name) => env[name]?.trim() || [])
}

/** The environment variables with secret names that a given command inherits and might print. */
export function findSecretsInherited(list: SettingList, given: GivenValues, env: Environment): readonly string[] {
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
