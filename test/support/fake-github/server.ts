import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createArtifactService } from './artifact-service.ts'
import { answerBlob, createBlobHost } from './blob-host.ts'
import { createFixtures } from './fixtures.ts'
import type { Fixtures } from './fixtures.ts'
import { findDepartures } from './description.ts'
import { findRoute, isAllowed, paginate } from './router.ts'
import type { Reply } from './router.ts'
import { everyRoute } from './routes.ts'
import { createState } from './state.ts'
import type { Repository, State, Token } from './state.ts'
import { createTroubles } from './trouble.ts'
import type { Trouble, TroubleReply } from './trouble.ts'

/** One request that the fake answered. */
export interface SeenRequest {
  readonly host: 'api' | 'results' | 'blob'
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly status: number
  readonly authorization: string | null
  readonly body: string
}

/** GitHub on 127.0.0.1: what was put there is what the API says, and what is written there stays. */
export interface FakeGithub extends Fixtures {
  readonly apiUrl: string
  readonly resultsUrl: string
  readonly state: State
  readonly requests: readonly SeenRequest[]
  /** Nothing answers while it is true: connections are cut. */
  offline: boolean
  /** Where requests were not as GitHub's published description has them: one sentence each. */
  readonly departures: readonly string[]
  /** Makes requests go wrong. */
  trouble(trouble: Trouble): void
  /** Ends it, and rejects when a request departed from the description: so every test that asks the fake checks its requests. */
  close(): Promise<void>
}

/** Starts a fake with a private repository of one commit; the caller closes it. */
export async function startFakeGithub(repository: Partial<Repository> = {}): Promise<FakeGithub> {
  const seen: SeenRequest[] = []
  const departures: string[] = []
  const troubles = createTroubles()
  let offline = false
  const answer: Record<SeenRequest['host'], Answer> = {
    api: (request, response) => api(request, response),
    results: (request, response) => results(request, response),
    blob: ({ message, body }, response) => answerBlob(blobs, message, body, response),
  }
  const listen = (host: SeenRequest['host']) =>
    serve((request, response) => {
      const { method, path, body, message } = request
      response.on('finish', () => {
        const authorization = message.headers.authorization ?? null
        seen.push({ host, method, path, status: response.statusCode, authorization, body: body.toString('utf8') })
      })
      if (host === 'api') check(request)
      const reply = offline ? 'drop' : troubles.next(`${method} ${path}`)
      if (reply === null) answer[host](request, response)
      else spoil(reply, message, response)
    })
  const servers = { api: await listen('api'), results: await listen('results'), blob: await listen('blob') }
  const state = createState(
    {
      id: 4711,
      fullName: 'acme/serving',
      private: true,
      fork: false,
      defaultBranch: 'main',
      ...repository,
    },
    servers.api.origin,
  )
  const blobs = createBlobHost(() => servers.blob.origin)
  const service = createArtifactService(state, blobs)
  const signed = (container: string, id: number, bytes: Uint8Array): string => {
    blobs.blobs.set(`${container}/${id}`, bytes)
    return blobs.signedUrl(`${container}/${id}`)
  }
  const routes = everyRoute({
    zip: ({ id, zip }) => signed('downloads', id, zip),
    asset: ({ id, bytes }) => signed('assets', id, bytes),
  })

  /** Notes what GitHub's description does not allow of a request, whatever it is answered. */
  function check({ method, path, body }: Request): void {
    const url = new URL(path, state.apiUrl)
    if (method === 'POST' && url.pathname === '/graphql') return
    const found = findRoute(routes, method, url.pathname)
    const asked = { query: url.searchParams, body: body.toString('utf8') }
    const wrong = found === null ? ['no such route'] : findDepartures(found.route, { ...asked, params: found.params })
    departures.push(...wrong.map((what) => `${method} ${path}: ${what}`))
  }

  function api(request: Request, response: ServerResponse): void {
    const token = state.tokens.get((request.message.headers.authorization ?? '').replace(/^(token|bearer) /i, ''))
    if (token === undefined) return sendError(response, 401, 'Bad credentials')
    const url = new URL(request.path, state.apiUrl)
    if (request.method === 'POST' && url.pathname === '/graphql') return graphql(request, token, response)
    const found = findRoute(routes, request.method, url.pathname)
    const ours = url.pathname.startsWith(`/repos/${state.repository.fullName}`)
    if (found === null || !ours) return sendError(response, 404, 'Not Found')
    if (!isAllowed(found.route, token, state.repository.private)) {
      return sendError(response, 403, 'Resource not accessible by integration')
    }
    let link: string | null = null
    const reply = found.route.answer(
      {
        params: found.params,
        query: url.searchParams,
        body: parseObject(request.body),
        accept: request.message.headers.accept ?? '',
        token,
        page(items) {
          const { shown, link: next } = paginate(items, url)
          link = next
          return shown
        },
      },
      state,
    )
    sendReply(response, reply, link)
  }

  function results(request: Request, response: ServerResponse): void {
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(request.path)?.[1] ?? ''
    const authorization = request.message.headers.authorization ?? ''
    const { status, json } = service.call(method, authorization, parseObject(request.body))
    sendJson(response, status, json)
  }

  return {
    ...createFixtures(state, service),
    apiUrl: servers.api.origin,
    resultsUrl: `${servers.results.origin}/`,
    state,
    requests: seen,
    departures,
    get offline() {
      return offline
    },
    set offline(value) {
      offline = value
    },
    trouble: (trouble) => troubles.add(trouble),
    async close() {
      await Promise.all(Object.values(servers).map(async ({ close }) => close()))
      if (departures.length > 0) throw new Error(`not as GitHub describes it:\n${departures.join('\n')}`)
    },
  }
}

interface Request {
  readonly method: string
  readonly path: string
  readonly message: IncomingMessage
  readonly body: Buffer
}

type Answer = (request: Request, response: ServerResponse) => void

async function serve(answer: Answer): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server: Server = createServer((message, response) => {
    const parts: Buffer[] = []
    message.on('data', (part: Buffer) => parts.push(part))
    message.on('end', () => {
      const { method = '', url: path = '' } = message
      answer({ method, path, message, body: Buffer.concat(parts) }, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function spoil(reply: TroubleReply, message: IncomingMessage, response: ServerResponse): void {
  if (reply === 'drop') message.socket.destroy()
  else sendError(response, reply.status, reply.message, reply.headers)
}

/** The one question that is asked of it: who a token is. */
function graphql({ body }: Request, { login }: Token, response: ServerResponse): void {
  if (/viewer\s*\{\s*login\s*\}/.test(String(parseObject(body)['query']))) {
    return sendJson(response, 200, { data: { viewer: { login } } })
  }
  return sendJson(response, 200, { errors: [{ message: 'not a query that is known here' }] })
}

function sendReply(response: ServerResponse, reply: Reply<unknown>, link: string | null): void {
  if ('body' in reply) return sendJson(response, reply.status, reply.body, link === null ? {} : { link })
  if ('location' in reply) return void response.writeHead(reply.status, { location: reply.location }).end()
  if ('bytes' in reply) return void response.writeHead(200, { 'content-type': reply.contentType }).end(reply.bytes)
  if ('message' in reply) return sendError(response, reply.status, reply.message, {}, reply.errors)
  return void response.writeHead(reply.status).end()
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  errors?: readonly unknown[],
): void {
  const json = { message, documentation_url: 'https://docs.github.com/rest', status: String(status), errors }
  sendJson(response, status, json, headers)
}

function sendJson(
  response: ServerResponse,
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const limits = { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '990', 'x-github-request-id': 'FAKE:1' }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...limits, ...headers })
  response.end(JSON.stringify(json))
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
