import { seedRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { createAdapterLoads, createRateLimit, findWire } from './admission.ts'
import type { AdapterLoads, AdmissionRules, RateLimit } from './admission.ts'
import type { PreciseTimer, SimulatorClock } from './clock.ts'
import { createEngine, ENGINE_DEFAULTS } from './engine/engine.ts'
import type { Engine, TokenEvent } from './engine/engine.ts'
import { createPrefixCache } from './cost.ts'
import type { PrefixCache } from './cost.ts'
import { createFaultPicker } from './faults.ts'
import type { Fault } from './faults.ts'
import { createGuard, findDoor } from './guard.ts'
import type { Guard, Denial, Door, ReceivedRequest } from './guard.ts'
import type { Repertoire } from './repertoire.ts'
import { createSendLog } from './answer.ts'
import type { SendLog } from './answer.ts'
import { findServerPage, writePrometheusPage } from './servers.ts'
import type { Platform, ServerProfile, Identity, Page, PageState } from './servers.ts'
import type { SimulatorOptions } from './settings/options.ts'
import { createTally } from './tally.ts'
import type { Tally, Totals } from './tally.ts'

/** The parts of a running endpoint. */
export interface Endpoint {
  readonly options: SimulatorOptions
  readonly clock: SimulatorClock
  readonly repertoire: Repertoire
  readonly profile: ServerProfile
  readonly engine: Engine
  /** Fires when the engine has something to deliver. */
  readonly timer: PreciseTimer
  readonly tally: Tally
  readonly foreignLoad: ForeignLoad
  readonly platform: Platform
  readonly log: SendLog
  readonly guard: Guard
  readonly pages: Pages
  readonly rules: AdmissionRules
  readonly rateLimit: RateLimit | null
  readonly adapterLoads: AdapterLoads
  readonly prefixCache: PrefixCache | null
  readonly pickFault: () => Fault | null
  readonly earlyStop: Random
  readonly startedAtMs: number
  /** Receivers of tokens, by the id of the request. */
  readonly answers: Map<number, (event: TokenEvent) => void>
  /** Requests for the model so far. */
  requests: number
}

/** Creates an endpoint whose engine is idle. */
export async function createEndpoint(
  options: SimulatorOptions,
  clock: SimulatorClock,
  repertoire: Repertoire,
): Promise<Endpoint> {
  const { model, seed, strict, adapters } = options
  // A server that has adapters tells one model from another.
  const onlyModels = options.checkModel || adapters.length > 0 ? [model, ...adapters] : null
  const profile = options.server ?? repertoire.itself
  const tally = createTally()
  const engine = createEngine({ epochMs: clock.date() - clock.now(), ...options.engine }, tally)
  const identity = repertoire.createIdentity?.(clock.date) ?? null
  const platform = repertoire.createPlatform(options, identity, clock.date)
  const guard = createGuard(options, repertoire.doors, platform, clock.date)
  const slots = options.engine.slots ?? ENGINE_DEFAULTS.slots
  const totals = tally.totals
  const endpoint: Endpoint = {
    options,
    clock,
    repertoire,
    profile,
    engine,
    timer: await clock.createTimer(() => handOut(endpoint)),
    tally,
    foreignLoad: createForeignLoad(options.foreignLoad, engine, tally),
    platform,
    log: createSendLog(options.logLimit),
    guard,
    pages: createPages({ options, repertoire, profile, slots, totals, platform, guard, identity }),
    rules: { strict, model, onlyModels, onlyTask: options.task, takesImages: options.imageTokens !== null },
    adapterLoads: createAdapterLoads(adapters, options.adapterLoadMs),
    rateLimit: options.requestsPerMinute === null ? null : createRateLimit(options.requestsPerMinute),
    prefixCache: options.prefixCache === null ? null : createPrefixCache(options.prefixCache),
    pickFault: createFaultPicker(options.faults, seedRandom(`${seed}/faults`)),
    earlyStop: seedRandom(`${seed}/early-stop`),
    startedAtMs: clock.now(),
    answers: new Map(),
    requests: 0,
  }
  return endpoint
}

/**
 * Delivers what the model has produced by now. Model time is that of the clock, so a late timer delays but never
 * drifts.
 */
function handOut(endpoint: Endpoint): void {
  const { clock, engine, tally, foreignLoad, answers } = endpoint
  const now = clock.now()
  for (const event of engine.advanceTo(now)) {
    tally.noteTokens(event, clock.now())
    if (!foreignLoad.take(event, now)) answers.get(event.id)?.(event)
  }
  awaitEngine(endpoint)
}

/** Has the timer fire when the engine has something to deliver next. */
export function awaitEngine({ engine, timer }: Endpoint): void {
  timer.set(engine.nextEventAt())
}

/** Requests of other clients: they take slots and time in the engine and show in its metrics. */
interface ForeignLoad {
  begin(nowMs: number): void
  /**
   * Takes an event of one of these requests, and returns whether it was one; starts the next request when one has
   * ended.
   */
  take(event: TokenEvent, nowMs: number): boolean
}

const FOREIGN_INPUT_TOKENS = 256
/** The lengths differ; otherwise all would end and be prefilled together. */
const FOREIGN_OUTPUT_TOKENS = [96, 112, 128, 144, 160]

/** Keeps `count` requests in the engine, with negative ids, which clients never have. */
export function createForeignLoad(count: number, engine: Engine, tally: Tally): ForeignLoad {
  let submitted = 0

  function submit(id: number, nowMs: number): void {
    const outputTokens = FOREIGN_OUTPUT_TOKENS[submitted++ % FOREIGN_OUTPUT_TOKENS.length]!
    tally.noteArrival(id, {
      atMs: nowMs,
      inputTokens: FOREIGN_INPUT_TOKENS,
      cachedTokens: 0,
      generates: true,
      finishReason: 'length',
    })
    engine.submit(id, { inputTokens: FOREIGN_INPUT_TOKENS, outputTokens, at: nowMs })
  }
  return {
    begin(nowMs) {
      for (let id = -count; id < 0; id++) submit(id, nowMs)
    },
    take({ id, last }, nowMs) {
      if (id >= 0) return false
      if (last) submit(id, nowMs)
      return true
    },
  }
}

/** The state of the server at this moment. */
type ServerMoment = Pick<PageState, 'ready' | 'upMs' | 'nowMs' | 'running' | 'waiting'>

/** What the server answers without its model; null for other requests. */
type Pages = (url: URL, request: ReceivedRequest, moment: ServerMoment) => Page | null

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
function createPages(parts: PagesOptions): Pages {
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
