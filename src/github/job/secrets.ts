import { ENDPOINT_SETTINGS } from '../../settings/lists/endpoint-settings.ts'
import { secretVariables } from '../../settings/auth.ts'
import type { Environment } from '../../settings/reading/environment.ts'
import type { GivenValues } from '../../settings/reading/given.ts'
import type { ActionLog } from '../step/log.ts'

/** Shorter words of a header are names, not keys. */
const SHORTEST_WORD = 8

/**
 * Masks what the inputs hold that is or may be a secret, before it is known whether it can be used: a mistake in the
 * settings must not be the way in which a key gets into a log.
 */
export function hideInputs(inputs: GivenValues, env: Environment, { hide }: Pick<ActionLog, 'hide'>): void {
  for (const name of ['api-key', 'client-secret', 'github-token']) hide(inputs.get(name)?.text ?? '')
  for (const name of secretVariables(ENDPOINT_SETTINGS)) hide((env[name] ?? '').trim())
  for (const line of (inputs.get('headers')?.text ?? '').split('\n')) {
    for (const word of wordsOf(line)) if (word.length >= SHORTEST_WORD) hide(word)
  }
  for (const name of ['endpoint', 'version-url', 'token-url', 'proxy'])
    for (const part of urlSecrets(inputs.get(name)?.text)) hide(part)
}

/** The value of `Name: value` whole and in words, and the texts of a JSON object. */
function wordsOf(line: string): readonly string[] {
  const value = line.slice(line.indexOf(':') + 1).trim()
  return [value, ...value.split(/[\s,;="{}:]+/)]
}

function urlSecrets(text: string | undefined): readonly string[] {
  if (text === undefined || !URL.canParse(text)) return []
  const { username, password, searchParams } = new URL(text)
  return [username, password, ...searchParams.values()].filter((part) => part.length >= SHORTEST_WORD)
}
