import { expect, test } from 'vitest'
import { isNamedByEvent } from '../../../src/github/job/endpoint-origin.ts'

const endpoint = new URL('https://pr-7.staging.example.com/v1')

test.each<readonly [string, unknown]>([
  ['a deployment status', { deployment_status: { environment_url: 'https://PR-7.staging.example.com' } }],
  ['the inputs of a dispatch', { inputs: { url: 'https://pr-7.staging.example.com/v1' } }],
  ['the text of a pull request', { pull_request: { body: 'see pr-7.staging.example.com', labels: [] } }],
  ['a list', { client_payload: { hosts: ['a', 'pr-7.staging.example.com'] } }],
])('an endpoint may come from %s', (_, event) => {
  expect(isNamedByEvent(endpoint, event)).toBe(true)
})

test.each<readonly [string, unknown]>([
  ['nothing', null],
  ['a number', { pull_request: { number: 7 } }],
  ['another host', { inputs: { url: 'https://staging.example.com' } }],
  ['the home page of the repository', { repository: { homepage: 'https://pr-7.staging.example.com' } }],
])('an endpoint does not come from %s', (_, event) => {
  expect(isNamedByEvent(endpoint, event)).toBe(false)
})
