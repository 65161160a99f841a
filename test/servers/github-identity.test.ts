import { describe, expect, it } from 'vitest'
import { createTokenOffice } from '../../src/simulator/databricks/databricks.ts'
import type { Identity, Page } from '../../src/simulator/servers.ts'
import { createGitHubIdentity } from './github-identity.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** What GitHub answers to a job that asks for its identity. */
function identityPage(github: Identity, audience: string | null, authorization: string | undefined): Page {
  const query = audience === null ? '' : `?${new URLSearchParams({ audience }).toString()}`
  return github.page(new URL(`http://127.0.0.1/github-oidc${query}`), authorization)!
}

function open() {
  const clock = { now: 1_000_000 }
  const github = createGitHubIdentity(() => clock.now)
  const options = { clientId: 'me', clientSecret: 'secret', tokenLifetimeMs: 60_000 }
  const office = createTokenOffice(options, github, () => clock.now)
  const ask = (fields: Record<string, string>, authorization?: string) => {
    const { status, body } = office.grant(new URLSearchParams(fields).toString(), authorization)
    return { status, ...(JSON.parse(body) as { access_token: string; error: string }) }
  }
  return { clock, github, office, ask }
}

describe('the token endpoint', () => {
  it('exchanges the identity of a job, as long as that holds', () => {
    const { clock, github, office, ask } = open()
    const page = identityPage(github, 'https://workspace/oidc/v1/token', 'bearer job')
    const subject_token = (JSON.parse(page.body) as { value: string }).value
    const fields = {
      grant_type: EXCHANGE,
      scope: 'all-apis',
      subject_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    }
    expect(office.stateOf(ask(fields).access_token)).toBe('good')
    expect(ask({ ...fields, client_id: 'me' }).status).toBe(200)
    expect(ask({ ...fields, client_id: 'other' })).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(ask({ ...fields, subject_token_type: 'id' })).toMatchObject({ status: 400, error: 'invalid_request' })
    expect(ask({ ...fields, subject_token: `${subject_token}x` })).toMatchObject({ error: 'invalid_grant' })
    clock.now += 301_000
    expect(ask(fields)).toMatchObject({ status: 400, error: 'invalid_grant' })
  })

  it('does not know identities that somebody else signed', () => {
    const { ask } = open()
    const other = identityPage(
      createGitHubIdentity(() => 1_000_000),
      'a',
      'bearer job',
    )
    const subject_token = (JSON.parse(other.body) as { value: string }).value
    const fields = { grant_type: EXCHANGE, scope: 'all-apis', subject_token }
    expect(ask({ ...fields, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }).status).toBe(400)
  })
})

describe('the page that plays GitHub', () => {
  it('gives a token for the audience that was asked for', () => {
    const { github } = open()
    const { value } = JSON.parse(identityPage(github, 'here', 'bearer job').body) as { value: string }
    const claims = JSON.parse(Buffer.from(value.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
    expect(claims).toMatchObject({ aud: 'here', iss: 'https://token.actions.githubusercontent.com', exp: 1300 })
  })

  it('wants the token of the job and an audience', () => {
    const { github } = open()
    expect(identityPage(github, 'here', undefined).status).toBe(401)
    expect(identityPage(github, null, 'bearer job').status).toBe(400)
  })
})
