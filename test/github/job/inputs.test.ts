import { expect, test } from 'vitest'
import { nameJob, inputOf, legOf, readInputs, readJobTotal } from '../../../src/github/job/inputs.ts'
import { HISTORY_SETTINGS } from '../../../src/settings/lists/history-settings.ts'
import { findSecrets, findSecretsInEnvironment } from '../../../src/settings/secrets.ts'
import { ACTION_SETTINGS } from '../../../src/settings/lists/run-settings.ts'

const ENV = {
  'INPUT_API-KEY': ' sk-test-0123456789 \n',
  INPUT_ENDPOINT: 'https://user:pass-word-1@host/v1?sig=signature-77&v=1',
  INPUT_HEADERS: 'X-Token: Bearer tok-5544332211\nx-env: eu',
  INPUT_PASSES: '',
  'INPUT_GITHUB-TOKEN': 'ghs_0123456789',
  INPUT_FORMAT: 'json',
  INPUT_UNKNOWN: 'x',
}

test('an input is what stands under its name in capitals, without the spaces around it', () => {
  expect(inputOf(ENV, 'api-key')).toBe('sk-test-0123456789')
  expect(inputOf(ENV, 'level-duration')).toBe('')
})

test('an empty input is one that was not given; settings of the command and strangers are none', () => {
  const inputs = readInputs(ACTION_SETTINGS, ENV)
  expect([...inputs.keys()].sort()).toEqual(['api-key', 'endpoint', 'github-token', 'headers'])
  expect(inputs.get('endpoint')).toMatchObject({ source: 'input', where: null })
})

test('what may be secret is found before it is known whether it can be used', () => {
  const env = {
    ...ENV,
    PLATEAU_API_KEY: 'sk-env-0123',
    'INPUT_CLIENT-SECRET': 'client-secret-1',
    DATABRICKS_CLIENT_SECRET: 'databricks-secret',
    AWS_SECRET_ACCESS_KEY: 'aws-secret-1',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  }
  const inputs = findSecrets(ACTION_SETTINGS, readInputs(ACTION_SETTINGS, env))
  const hidden = [...inputs, ...findSecretsInEnvironment(ACTION_SETTINGS, env)]
  expect(hidden).toEqual(
    expect.arrayContaining([
      'sk-test-0123456789',
      'sk-env-0123',
      'ghs_0123456789',
      'Bearer tok-5544332211',
      'tok-5544332211',
      'pass-word-1',
      'signature-77',
      'client-secret-1',
      'databricks-secret',
      'aws-secret-1',
      'request-token',
    ]),
  )
  expect(hidden).not.toContain('eu')
})

test.each([
  ['null', 'measure', 'measure'],
  ['', 'measure', 'measure'],
  ['not JSON', 'measure', 'measure'],
  ['{"model":"meta-llama/Llama-3","gpus":2}', 'measure-meta-llama-llama-3-2', 'measure (meta-llama/Llama-3, 2)'],
  ['{"include":{"model":"a","tags":["x",true]}}', 'measure-a-x-true', 'measure (a, x, true)'],
])('the matrix %s makes the name %s of the job %s', (matrix, name, leg) => {
  expect(nameJob('measure', matrix, null)).toBe(name)
  expect(legOf('measure', matrix)).toBe(leg)
})

test('a job always has a name', () => {
  expect(nameJob('___', 'null', null)).toBe('job')
})

test.each([
  ['measure', '{"model":"chat-history"}', 'measure-chat-history-run'],
  ['x-history', 'null', 'x-history-run'],
  ['measure', '{"try":"attempt-2"}', 'measure-attempt-2-run'],
  ['history', 'null', 'history'],
  [`${'x'.repeat(56)}-history`, 'null', `${'x'.repeat(56)}-his-run`],
])('the job %s with the matrix %s has the name %s, which no other artifact has', (job, matrix, name) => {
  expect(nameJob(job, matrix, null)).toBe(name)
  expect(HISTORY_SETTINGS.name.read(name)).toBe(name)
})

test('how many jobs a matrix makes is what the runner says, and one where it says nothing that could be', () => {
  expect(['8', '1', '', '0', '-3', 'x', '2.5', '99999'].map(readJobTotal)).toEqual([8, 1, 1, 1, 1, 1, 1, 1])
})
