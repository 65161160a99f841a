import { expect, test } from 'vitest'
import { hideSecrets } from '../../src/shell/secrets.ts'
import { createRedactor } from '../../src/shell/redact.ts'
import type { Settings } from '../../src/settings.ts'
import { settingsFor } from '../support/run-settings.ts'

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

test('what came from the environment is shown nowhere', () => {
  const settings: Settings = {
    ...settingsFor(WORKSPACE),
    aws: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'aws/secret',
      sessionToken: 'aws-session',
      region: 'eu-west-1',
    },
    githubIdentity: { url: new URL('http://127.0.0.1:1'), token: 'request-token' },
  }
  const text = 'AKIDEXAMPLE aws/secret aws-session request-token eu-west-1'
  expect(shown(settings, text)).toBe('*** *** *** *** eu-west-1')
})
