import { expect, test } from 'vitest'
import { hideSecrets } from '../../src/shell/secrets.ts'
import { createRedactor } from '../../src/shell/redact.ts'
import type { Settings } from '../../src/settings.ts'
import { settingsFor } from '../support/run-settings.ts'
import type { AuthWord } from '../../src/vocabulary/auth-words.ts'

/** What is left of a text when everything of the settings that is secret is hidden. */
function shown(settings: Settings, text: string): string {
  const redactor = createRedactor()
  hideSecrets(settings, { hide: (secret) => void redactor.hide(secret) })
  return redactor.redact(text)
}

const WORKSPACE = 'http://127.0.0.1:1/serving-endpoints/llm/invocations'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

test.each<[string, string, readonly string[]]>([
  [
    'user and password',
    '--auth basic --api-key somebody:pass-word-1',
    ['somebody:pass-word-1', 'pass-word-1', base64('somebody:pass-word-1')],
  ],
  ['a Databricks token as a password', '--auth basic --api-key dapi-0123', ['dapi-0123', base64('token:dapi-0123')]],
  [
    'the secret of a service principal',
    '--auth databricks-oauth --client-id an-id --client-secret dose/01+23',
    ['dose/01+23', 'dose%2F01%2B23', base64('an-id:dose/01+23')],
  ],
])('%s is shown nowhere, as it is or as it is sent', (_, flags, forms) => {
  const settings = settingsFor(WORKSPACE, flags.split(' '))
  for (const form of forms) expect(shown(settings, `it was ${form}, really`), form).toBe('it was ***, really')
})

test.each<[AuthWord, Settings['variables'], string]>([
  [
    'aws-sigv4',
    {
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'aws/secret',
      AWS_SESSION_TOKEN: 'aws-session',
      AWS_REGION: 'eu-west-1',
    },
    '*** *** *** request-token eu-west-1',
  ],
  [
    'databricks-oidc',
    { ACTIONS_ID_TOKEN_REQUEST_URL: 'eu-west-1', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' },
    'AKIDEXAMPLE aws/secret aws-session *** eu-west-1',
  ],
])('what %s took from the environment is shown nowhere', (kind, variables, expected) => {
  const settings: Settings = { ...settingsFor(WORKSPACE), auth: { kind }, variables }
  const text = 'AKIDEXAMPLE aws/secret aws-session request-token eu-west-1'
  expect(shown(settings, text)).toBe(expected)
})
