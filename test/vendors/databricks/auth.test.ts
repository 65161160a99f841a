import { describe, expect, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { createAuthorizer } from '../../../src/load/auth/authorizers.ts'
import type { Settings } from '../../../src/settings.ts'
import { sendJson } from '../../support/answers.ts'
import { selfSigned } from '../../support/certificate.ts'
import { UNKNOWN_HOST, freePort, serve } from '../../support/http-server.ts'
import type { Answer } from '../../support/http-server.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { authPorts } from '../../load/auth/ports.ts'

const NEVER = new AbortController().signal
const PATH = '/serving-endpoints/llm/invocations'
const ID = '7d1b2c3a-0000-4444-8888-123456789abc'
const SECRET = 'dose0123456789abcdef'
const BASIC = `Basic ${Buffer.from(`${ID}:${SECRET}`).toString('base64')}`
const OAUTH = ['--auth', 'databricks-oauth', '--client-id', ID, '--client-secret', SECRET]

const given: Answer = (response) =>
  sendJson(response, 200, { access_token: 'tok-1', token_type: 'Bearer', expires_in: 3600 })

function authorizationOf(settings: Settings, ports = authPorts()) {
  const auth = createAuthorizer(settings, ports)
  return {
    auth,
    ports,
    fetch: async () => auth.refresh(NEVER),
    sent: () => auth.headers({ method: 'POST', url: settings.endpoint, body: '' }, 'bearer')['authorization'],
  }
}

/** What is thrown when no token can be had. */
async function errorOf(settings: Settings) {
  const { fetch, ports } = authorizationOf(settings)
  const error = await fetch().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(EndpointError)
  const { message } = error as EndpointError
  for (const secret of [SECRET, BASIC.slice(6), 'request-token']) expect(message).not.toContain(secret)
  return { message, pauses: ports.pauses }
}

describe('OAuth of a service principal', () => {
  test('asks the workspace of the endpoint, and nobody else', async () => {
    const server = await serve(given)
    const { auth, fetch, sent, ports } = authorizationOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    await fetch()
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/oidc/v1/token',
        headers: { authorization: BASIC, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=all-apis',
      },
    ])
    expect(sent()).toBe('Bearer tok-1')
    expect(ports.hidden).toEqual(['tok-1'])
    ports.pass(3_400_000)
    expect(auth.stale).toBe(false)
    ports.pass(80_000)
    expect(auth.stale).toBe(true)
  })

  test('asks the workspace that is named, where the endpoint has another host', async () => {
    const [workspace, gateway] = [await serve(given), await serve(given)]
    const { fetch } = authorizationOf(settingsFor(`${gateway.url}/v1`, [...OAUTH, '--token-url', workspace.url]))
    await fetch()
    expect(workspace.requests).toMatchObject([{ path: '/oidc/v1/token' }])
    expect(gateway.connections).toBe(0)
  })

  test('asks at the full URL that is named, as an account has one', async () => {
    const [account, gateway] = [await serve(given), await serve(given)]
    const place = `${account.url}/oidc/accounts/a/v1/token`
    await authorizationOf(settingsFor(`${gateway.url}/v1`, [...OAUTH, '--token-url', place])).fetch()
    expect(account.requests).toMatchObject([{ path: '/oidc/accounts/a/v1/token' }])
  })

  test('asks for a token that names a route-optimised endpoint', async () => {
    const workspace = await serve(given)
    const endpoint = `https://9c53aa.serving.cloud.databricks.com/354/serving-endpoints/llm/invocations`
    await authorizationOf(settingsFor(endpoint, [...OAUTH, '--token-url', workspace.url])).fetch()
    const form = new URLSearchParams(workspace.requests[0]!.body)
    expect(JSON.parse(form.get('authorization_details')!)).toEqual([
      {
        type: 'workspace_permission',
        object_type: 'serving-endpoints',
        object_path: '/serving-endpoints/9c53aa',
        actions: ['query_inference_endpoint'],
      },
    ])
  })

  test('waits for a token endpoint that is down for a moment', async () => {
    const server = await serve((response, seen, index) =>
      index === 0 ? response.writeHead(503).end() : index === 1 ? response.destroy() : given(response, seen, index),
    )
    const { fetch, sent, ports } = authorizationOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    await fetch()
    expect(sent()).toBe('Bearer tok-1')
    expect(ports.pauses).toEqual([500, 2_000])
  })

  test.each(['"3600"', '"soon"', '-1', 'null', '1e999'])('a lifetime of %s is no reason to fail', async (lifetime) => {
    const server = await serve((response) => response.end(`{"access_token":"t","expires_in":${lifetime}}`))
    const { auth, fetch, sent } = authorizationOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    await fetch()
    expect(sent()).toBe('Bearer t')
    expect(auth.stale).toBe(false)
  })
})

describe('a token endpoint that gives none', () => {
  test.each<[string, number, string, string[]]>([
    [
      'because the secret is wrong',
      401,
      '{"error":"invalid_client","error_description":"Client authentication failed"}',
      ['says no (401): invalid_client: Client authentication failed', 'check `client-id` and `client-secret`'],
    ],
    ['because it is no workspace', 404, 'Not Found', ['is not there (404): Not Found', 'set `token-url`']],
    [
      'but a login page',
      200,
      '<html><title>Sign in</title></html>',
      ['answered with a page instead of a token: Sign in', 'set `token-url`'],
    ],
    ['but other JSON', 200, '{"id_token":"x"}', ['answered without a token', 'set `token-url`']],
    ['but a list', 200, '[]', ['answered with something else instead of a token', 'set `token-url`']],
    [
      'but something that no header can carry',
      200,
      JSON.stringify({ access_token: 'a\nb' }),
      ['answered without a token'],
    ],
    ['but something endless', 200, JSON.stringify({ access_token: 'x'.repeat(20_000) }), ['answered without a token']],
  ])('%s', async (_, status, body, parts) => {
    const server = await serve((response) => response.writeHead(status).end(body))
    const { message, pauses } = await errorOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    for (const part of [...parts, `tried: POST ${server.url}/oidc/v1/token`]) expect(message).toContain(part)
    expect(server.requests).toHaveLength(1)
    expect(pauses).toEqual([])
  })

  test('redirects: the secret does not follow', async () => {
    const other = await serve(given)
    const location = `${other.url}/login?state=hidden-state`
    const server = await serve((response) => response.writeHead(302, { location }).end())
    const { message } = await errorOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    expect(message).toContain(`the token endpoint redirects (302) to ${other.url}`)
    expect(message).not.toContain('hidden-state')
    expect(other.connections).toBe(0)
  })

  describe('over TLS', () => {
    const certificate = selfSigned()

    test('a certificate that nobody here trusts is told, and asked for once', async () => {
      const server = await serve(given, { certificate })
      const { message, pauses } = await errorOf(settingsFor(`${server.url}${PATH}`, OAUTH))
      expect(message).toContain('the token endpoint cannot be reached: the certificate of the server is self-signed')
      expect(message).toContain('`ca-cert`')
      expect(pauses).toEqual([])
    })

    test('insecure-tls of the endpoint is for its token endpoint, too', async () => {
      const server = await serve(given, { certificate })
      const { fetch, sent } = authorizationOf(settingsFor(`${server.url}${PATH}`, [...OAUTH, '--insecure-tls']))
      await fetch()
      expect(sent()).toBe('Bearer tok-1')
    })

    test('so is its client certificate', async () => {
      const wanting = { ...certificate, requestCert: true, rejectUnauthorized: true, ca: certificate.cert }
      const server = await serve(given, { certificate: wanting })
      const flags = [...OAUTH, '--ca-cert', 'c.pem', '--client-cert', 'c.pem', '--client-key', 'k.pem']
      const files = { 'c.pem': certificate.cert, 'k.pem': certificate.key }
      const { fetch, sent } = authorizationOf(settingsFor(`${server.url}${PATH}`, flags, files))
      await fetch()
      expect(sent()).toBe('Bearer tok-1')
    })
  })

  test.each([
    ['is down', 503, 'is not able to answer (503): overloaded'],
    ['is asked too often', 429, 'is not able to answer (429): overloaded'],
  ])('%s: three tries, then the reason', async (_, status, expected) => {
    const server = await serve((response) => response.writeHead(status).end('overloaded'))
    const { message } = await errorOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    expect(message).toContain(expected)
    expect(server.requests).toHaveLength(3)
  })

  test.each([
    ['where nobody listens', async () => `http://127.0.0.1:${await freePort()}`, 'cannot be reached (ECONNREFUSED)'],
    ['at an unknown host', async () => UNKNOWN_HOST, 'cannot be reached (ENOTFOUND)'],
  ])('%s', async (_, origin, expected) => {
    const { message } = await errorOf(settingsFor(`${await origin()}${PATH}`, OAUTH))
    expect(message).toContain(expected)
    expect(message).toContain('check the host of `endpoint`')
  })

  test('says what it likes, of which little is shown, on one line', async () => {
    const body = JSON.stringify({ error: 'x', error_description: `::error::\u202e\n${'long '.repeat(10_000)}` })
    const server = await serve((response) => response.writeHead(400).end(body))
    const { message } = await errorOf(settingsFor(`${server.url}${PATH}`, OAUTH))
    expect(message.split('\n')).toHaveLength(3)
    expect(message.length).toBeLessThan(800)
    expect(message).not.toContain('\u202e')
  })
})

describe('the identity of a job', () => {
  const claims = { iss: 'https://token.actions.githubusercontent.com', sub: 'repo:acme/serving:ref:refs/heads/main' }
  const jwt = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
  const identity: Answer = (response) => sendJson(response, 200, { count: 1, value: jwt })

  function settingsOf(workspace: string, github: string, flags: readonly string[] = []): Settings {
    return {
      ...settingsFor(`${workspace}${PATH}`, [...OAUTH, ...flags]),
      auth: { kind: 'databricks-oidc' },
      clientSecret: null,
      variables: {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${github}/idtoken?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
      },
    }
  }

  test('is asked of a GitHub whose certificate holds, whatever insecure-tls and the client certificate are for', async () => {
    const certificate = selfSigned()
    const [github, workspace] = [await serve(identity, { certificate }), await serve(given, { certificate })]
    const { message } = await errorOf(settingsOf(workspace.url, github.url, ['--insecure-tls']))
    expect(message).toContain(
      "GitHub's identity service cannot be reached: the certificate of the server is self-signed",
    )
    expect([github.requests, workspace.requests]).toEqual([[], []])
  })

  test('is asked for with the audience, exchanged for a token, and hidden', async () => {
    const [github, workspace] = [await serve(identity), await serve(given)]
    const settings = { ...settingsOf(workspace.url, github.url), oidcAudience: 'account 1' }
    const { fetch, sent, ports } = authorizationOf(settings)
    await fetch()
    expect(github.requests).toMatchObject([
      {
        method: 'GET',
        path: '/idtoken?api-version=2.0&audience=account+1',
        headers: { authorization: 'Bearer request-token' },
      },
    ])
    const [{ path, headers, body }] = workspace.requests as [(typeof workspace.requests)[0]]
    expect(path).toBe('/oidc/v1/token')
    expect(headers.authorization).toBeUndefined()
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: jwt,
      client_id: ID,
      scope: 'all-apis',
    })
    expect(sent()).toBe('Bearer tok-1')
    expect(ports.hidden).toEqual([jwt, 'tok-1'])
  })

  test('is asked for anew with each token: it lives for minutes only', async () => {
    const [github, workspace] = [await serve(identity), await serve(given)]
    const { fetch, ports } = authorizationOf(settingsOf(workspace.url, github.url))
    await fetch()
    ports.pass(3_600_000)
    await fetch()
    expect(github.requests).toHaveLength(2)
    expect(new URL(github.requests[0]!.path, github.url).searchParams.get('audience')).toBe(
      `${workspace.url}/oidc/v1/token`,
    )
  })

  test('without the permission is told with its remedy', async () => {
    const [github, workspace] = [await serve((response) => response.writeHead(403).end('no')), await serve(given)]
    const { message } = await errorOf(settingsOf(workspace.url, github.url))
    expect(message).toContain("GitHub's identity service says no (403): no")
    expect(message).toContain('id-token: write')
    expect(workspace.connections).toBe(0)
  })

  test('that no policy fits is told with what the policy must say', async () => {
    const github = await serve(identity)
    const workspace = await serve((response) =>
      sendJson(response, 400, { error: 'invalid_grant', error_description: 'no matching federation policy' }),
    )
    const settings = { ...settingsOf(workspace.url, github.url), oidcAudience: 'account-1' }
    const { message } = await errorOf(settings)
    expect(message).toContain('says no (400): invalid_grant: no matching federation policy')
    expect(message).toContain(`issuer ${claims.iss}, subject ${claims.sub}, audience account-1`)
    expect(message).not.toContain(jwt)
  })

  test('that cannot be read is exchanged all the same', async () => {
    const github = await serve((response) => sendJson(response, 200, { value: 'opaque' }))
    const workspace = await serve((response) => sendJson(response, 401, { error: 'invalid_client' }))
    expect((await errorOf(settingsOf(workspace.url, github.url))).message).toContain('issuer unknown')
  })
})
