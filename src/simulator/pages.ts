import type { Denial, Door, Guard, ReceivedRequest } from './access/guard.ts'
import { findDoor } from './access/guard.ts'
import type { Identity, TokenOffice } from './access/token-office.ts'
import { renderEndpointMetrics, showEndpoint, type MinuteCounts } from './databricks-endpoint.ts'
import type { Totals } from './metrics/tally.ts'
import type { SimulatorOptions } from './options.ts'
import type { Repertoire } from './repertoire.ts'
import { jsonPage, findServerPage, type Page, type ServerProfile } from './servers.ts'
import { findWire } from './admission.ts'

/** What the server does at this moment. */
export interface ServerMoment {
  readonly ready: boolean
  /** Since the start. */
  readonly upMs: number
  readonly nowMs: number
  readonly running: number
  readonly waiting: number
}

/** Everything that the server answers without its model; null where that is nothing. */
export type Pages = (url: URL, request: ReceivedRequest, moment: ServerMoment) => Page | null

export interface PagesOptions {
  readonly options: SimulatorOptions
  readonly repertoire: Repertoire
  readonly profile: ServerProfile
  readonly slots: number
  readonly totals: Totals
  readonly minutes: MinuteCounts
  readonly guard: Guard
  readonly tokens: TokenOffice
  readonly identity: Identity | null
}

/** The pages of the server that is played, of a Databricks workspace, and of those who give out tokens. */
export function createPages(parts: PagesOptions): Pages {
  const { guard, identity, repertoire } = parts
  return (url, request, moment) => {
    const { method, headers } = request
    const token = findTokenPage(url, request, parts)
    if (token !== null) return token
    const page = findPage(url, request, moment, parts)
    if (page === null) return method === 'GET' ? (identity?.page(url, headers['authorization']?.[0]) ?? null) : null
    const door = findDoor(repertoire.doors, url.pathname)
    const denial = door.pages?.test(url.pathname) === true ? guard(request) : null
    return denial === null ? page : denyPage(door, denial, parts)
  }
}

/** Where a workspace gives out tokens, and where it says so: these pages ask for no key. */
function findTokenPage(
  url: URL,
  { method, body, headers }: ReceivedRequest,
  { profile, tokens }: PagesOptions,
): Page | null {
  if (!profile.isWorkspace) return null
  switch (`${method} ${url.pathname}`) {
    case 'POST /oidc/v1/token':
      return tokens.grant(body, headers['authorization']?.[0])
    case 'GET /oidc/.well-known/oauth-authorization-server':
      return jsonPage({ token_endpoint: `http://${headers['host']?.[0] ?? ''}/oidc/v1/token` })
    default:
      return null
  }
}

function findPage(
  url: URL,
  { method, body }: ReceivedRequest,
  { ready, running, waiting, upMs, nowMs }: ServerMoment,
  { options, profile, slots, totals, minutes }: PagesOptions,
): Page | null {
  const { model, contextTokens } = options
  const page = findServerPage(profile, method, url.pathname, { model, ready, running, slots, contextTokens }, body)
  if (page !== null || method !== 'GET') return page
  const state = { model, totals, running, waiting, slots }
  const metrics = options.metrics === 'none' ? null : (options.metrics ?? profile.metrics)
  if (metrics !== null && profile.metricsPaths.includes(url.pathname)) return buildPrometheusPage(metrics(state))
  if (!profile.isWorkspace) return null
  if (/^\/api\/2\.0\/serving-endpoints\/[^/]+\/metrics$/.test(url.pathname)) {
    return options.metrics === 'none'
      ? null
      : buildPrometheusPage(renderEndpointMetrics(state, minutes.readLast(nowMs)))
  }
  return showEndpoint(url.pathname, options, { model, ready, upMs })
}

function buildPrometheusPage(body: string): Page {
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body }
}

/** A denial as the API says it that the page belongs to. */
function denyPage({ api }: Door, { status, message }: Denial, { repertoire, profile }: PagesOptions): Page {
  const own = profile.apis === 'every' ? null : (profile.apis[0] ?? null)
  return findWire(repertoire.wires, api ?? own).error(status, message)
}
