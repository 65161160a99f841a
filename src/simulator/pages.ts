import type { Denial, Door, Guard, ReceivedRequest } from './guard.ts'
import { findDoor } from './guard.ts'
import type { Totals } from './tally.ts'
import type { SimulatorOptions } from './settings/options.ts'
import type { Repertoire } from './repertoire.ts'
import { findServerPage, writePrometheusPage } from './servers.ts'
import type { Identity, Page, PageState, Platform, ServerProfile } from './servers.ts'
import { findWire } from './admission.ts'

/** The state of the server at this moment. */
type ServerMoment = Pick<PageState, 'ready' | 'upMs' | 'nowMs' | 'running' | 'waiting'>

/** What the server answers without its model; null for other requests. */
export type Pages = (url: URL, request: ReceivedRequest, moment: ServerMoment) => Page | null

interface PagesOptions {
  readonly options: SimulatorOptions
  readonly repertoire: Repertoire
  readonly profile: ServerProfile
  readonly slots: number
  readonly totals: Totals
  readonly guard: Guard
  readonly platform: Platform
  readonly identity: Identity | null
}

/** The pages of the played server, of the platform, and of token services. */
export function createPages(parts: PagesOptions): Pages {
  const { guard, identity, repertoire, profile, platform } = parts
  return (url, request, moment) => {
    const { method, headers } = request
    const open = profile.hasPlatform ? platform.findOpenPage(url, request) : null
    if (open !== null) return open
    const page = findPage(url, request, moment, parts)
    if (page === null) return method === 'GET' ? (identity?.page(url, headers['authorization']?.[0]) ?? null) : null
    const door = findDoor(repertoire.doors, url.pathname)
    const denial = door.pages?.test(url.pathname) === true ? guard(request) : null
    return denial === null ? page : denyPage(door, denial, parts)
  }
}

function findPage(
  url: URL,
  { method, body }: ReceivedRequest,
  moment: ServerMoment,
  { options, profile, platform, slots, totals }: PagesOptions,
): Page | null {
  const { model, adapters, contextTokens } = options
  const state = { model, adapters, contextTokens, totals, slots, ...moment }
  const page = findServerPage(profile, method, url.pathname, state, body)
  if (page !== null || method !== 'GET') return page
  const metrics = options.metrics === 'none' ? null : (options.metrics ?? profile.metrics)
  if (metrics !== null && profile.metricsPaths.includes(url.pathname)) return writePrometheusPage(metrics(state))
  return profile.hasPlatform ? platform.findPage(url.pathname, state, options.metrics !== 'none') : null
}

/** A denial in the form of the API that the page belongs to. */
function denyPage({ api }: Door, { status, message }: Denial, { repertoire, profile }: PagesOptions): Page {
  const own = profile.apis === 'every' ? null : (profile.apis[0] ?? null)
  return findWire(repertoire.wires, api ?? own).error(status, message)
}
