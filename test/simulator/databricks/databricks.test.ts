import { describe, expect, it } from 'vitest'
import { createTokenOffice } from '../../../src/simulator/databricks/databricks.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

function open() {
  const clock = { now: 1_000_000 }
  const options = { clientId: 'me', clientSecret: 'secret', tokenLifetimeMs: 60_000 }
  const office = createTokenOffice(options, null, () => clock.now)
  const ask = (fields: Record<string, string>, authorization?: string) => {
    const { status, body } = office.grant(new URLSearchParams(fields).toString(), authorization)
    return { status, ...(JSON.parse(body) as { access_token: string; error: string }) }
  }
  return { clock, office, ask }
}

const CREDENTIALS = { grant_type: 'client_credentials', scope: 'all-apis' }

describe('the token endpoint', () => {
  it('gives a token for client credentials, and the token expires', () => {
    const { clock, office, ask } = open()
    const answer = ask(CREDENTIALS, basic('me:secret'))
    expect(answer).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 60 })
    const token = answer.access_token
    expect(office.stateOf(token)).toBe('good')
    clock.now += 60_000
    expect(office.stateOf(token)).toBe('expired')
    expect(office.stateOf('another')).toBe('unknown')
    expect(ask(CREDENTIALS, basic('me:secret')).access_token).not.toBe(token)
  })

  it('refuses in the form of OAuth', () => {
    const { ask } = open()
    expect(ask(CREDENTIALS, basic('me:wrong'))).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(ask(CREDENTIALS)).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(ask({ ...CREDENTIALS, scope: 'sql' }, basic('me:secret'))).toMatchObject({
      status: 400,
      error: 'invalid_scope',
    })
    for (const grant_type of ['password', 'urn:ietf:params:oauth:grant-type:token-exchange', '']) {
      expect(ask({ ...CREDENTIALS, grant_type })).toMatchObject({ status: 400, error: 'unsupported_grant_type' })
    }
  })
})
