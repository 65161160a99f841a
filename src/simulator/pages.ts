import type { ApiName } from '../vocabulary/api-names.ts'
import type { Denial } from './access/denial.ts'
import type { Gate } from './access/gate.ts'
import { createGitHubIdentity } from './access/github-identity.ts'
import type { ReceivedRequest } from './access/sigv4.ts'
import { createTokenOffice, type TokenOffice } from './access/token-office.ts'
import { endpointPage } from './databricks-endpoint.ts'
import { databricksMetrics } from './metrics/databricks.ts'
import type { MinuteCounts } from './metrics/minute-counts.ts'
import { metricsPage } from './metrics/pages.ts'
import type { Totals } from './metrics/tally.ts'
import type { SimulatorOptions } from './options.ts'
import { jsonPage, type Page } from './page.ts'
import { serverPage } from './servers/servers.ts'
import type { ServerProfile } from './servers/profile.ts'
import { WIRES } from './wires/wires.ts'

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
  readonly profile: ServerProfile
  readonly slots: number
  readonly totals: Totals
  readonly minutes: MinuteCounts
  readonly gate: Gate
  readonly access: Access
}

/** Who gives out tokens. */
export interface Access {
  readonly tokens: TokenOffice
  readonly github: ReturnType<typeof createGitHubIdentity>
}

/** The token endpoint of the server, and the page that plays GitHub for it. */
export function createAccess(options: SimulatorOptions, nowMs: () => number): Access {
  const github = createGitHubIdentity(nowMs)
  return { github, tokens: createTokenOffice(options, github, nowMs) }
}

/** Pages that are shown to those only whom the model would answer. */
const GUARDED = /^\/(v1\/model|v1beta\/|api\/2\.0\/|openai\/|models$)/

/** The pages of the server that is played, of a Databricks workspace, and of those who give out tokens. */
export function createPages({ options, profile, slots, totals, minutes, gate, access }: PagesOptions): Pages {
  const { model, contextTokens } = options
  const metrics = options.metrics ?? profile.metrics

  function find(url: URL, request: ReceivedRequest, moment: ServerMoment): Page | null {
    const { method, body } = request
    const { ready, running } = moment
    const page = serverPage(profile, method, url.pathname, { model, ready, running, slots, contextTokens }, body)
    if (page !== null || method !== 'GET') return page
    const state = { model, totals, running, waiting: moment.waiting, slots }
    if (/^\/api\/2\.0\/serving-endpoints\/[^/]+\/metrics$/.test(url.pathname)) {
      return metrics === 'none' ? null : prometheus(databricksMetrics(state, minutes.last(moment.nowMs)))
    }
    const text = profile.metricsPaths.includes(url.pathname) ? metricsPage(metrics, state) : null
    return text === null ? endpointPage(url.pathname, options, { model, ready, upMs: moment.upMs }) : prometheus(text)
  }

  return (url, request, moment) => {
    const { method, body, headers } = request
    const authorization = headers['authorization']?.[0]
    switch (`${method} ${url.pathname}`) {
      case 'POST /oidc/v1/token':
        return access.tokens.grant(body, authorization)
      case 'GET /oidc/.well-known/oauth-authorization-server':
        return jsonPage({ token_endpoint: `http://${headers['host']?.[0] ?? ''}/oidc/v1/token` })
      case 'GET /github-oidc':
        return access.github.page(url.searchParams.get('audience'), authorization)
      default: {
        const page = find(url, request, moment)
        const denial = page !== null && GUARDED.test(url.pathname) ? gate(request) : null
        return denial === null ? page : denied(url.pathname, profile, denial)
      }
    }
  }
}

function prometheus(body: string): Page {
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body }
}

/** A denial as the API says it that the page belongs to. */
function denied(path: string, { apis }: ServerProfile, { status, message }: Denial): Page {
  const api: ApiName = path.startsWith('/api/2.0/')
    ? 'databricks'
    : path.startsWith('/v1beta/')
      ? 'gemini'
      : (apis[0] ?? 'openai-chat')
  return WIRES[api].error(status, message)
}
