import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { Task } from '../vocabulary/load.ts'
import type { Guard, ReceivedRequest } from './guard.ts'
import { TOO_LARGE, type Refusal } from './faults.ts'
import type { SimulatorOptions } from './settings/options.ts'
import { findFieldProblem, parseBody } from './wires/read-body.ts'
import { Refused } from './wires/wire.ts'
import type { ApiComplaint, ModelRequest, Route, Wire } from './wires/wire.ts'

/** Where a POST goes. */
export interface Destination {
  readonly wire: Wire
  readonly route: Route
}

/** The wire that takes a POST to this URL; null when none does. */
export function findDestination(wires: readonly Wire[], url: URL): Destination | null {
  for (const wire of wires) {
    const route = wire.route(url)
    if (route !== null) return { wire, route }
  }
  return null
}

/** The wire of an API; the first one when it is missing or null. */
export function findWire(wires: readonly Wire[], api: ApiName | null): Wire {
  return wires.find((wire) => wire.api === api) ?? wires[0]!
}

/** What a server checks before its model gets a request. */
export interface AdmissionRules {
  /** Refuse fields that the API does not document, whatever the real server does. */
  readonly strict: boolean
  /** The only accepted model names; null accepts every name. */
  readonly onlyModels: readonly string[] | null
  /** The only task that is served; null serves all. */
  readonly onlyTask: Task | null
  readonly model: string
  /** Whether the model reads images, too. */
  readonly takesImages: boolean
}

/** Why a request is refused before it is read; null when it is not. `body` is null when it was too large. */
export function refuseUnread(
  request: ReceivedRequest,
  body: string | null,
  { upMs }: { readonly upMs: number },
  { guard, options }: { readonly guard: Guard; readonly options: Pick<SimulatorOptions, 'coldStartMs'> },
): Refusal | null {
  if (request.method !== 'POST') return { status: 405, message: 'Method Not Allowed' }
  if (upMs < options.coldStartMs) {
    const headers = { 'retry-after': Math.ceil((options.coldStartMs - upMs) / 1000) }
    return { status: 503, message: 'the model is loading', headers }
  }
  const denial = guard(request)
  if (denial !== null) return denial
  return body === null ? TOO_LARGE : null
}

/** Reads a request; throws `Refused`, in the words of its API, when it is refused. */
export function admitRequest(
  { wire, route }: Destination,
  headers: Readonly<Record<string, unknown>>,
  text: string,
  rules: AdmissionRules,
): ModelRequest {
  const { words } = wire
  const body = parseBody(text)
  // If the path does not decide, an endpoint of one task reads every body for that task.
  const task = route.task ?? rules.onlyTask ?? wire.taskOf(body)
  if (rules.strict) {
    const problem = wire.headerProblem?.(headers) ?? null
    if (problem !== null) throw new Refused(problem)
  }
  if (rules.strict || wire.alwaysStrict === true) {
    const problem = findFieldProblem(body, wire.fields(route, task))
    if (problem !== null) {
      const { path, expected } = problem
      throw new Refused(expected === null ? words.unknownField(path) : words.wrongType(path, expected), words.badBody)
    }
  }
  const request = wire.read(body, route, task)
  if (rules.onlyModels !== null && request.model !== null && !rules.onlyModels.includes(request.model)) {
    throw toRefused(words.noModel(request.model, route))
  }
  if (rules.onlyTask !== null && task !== rules.onlyTask) {
    throw toRefused(words.wrongTask(task, rules.model))
  }
  if (request.images.length > 0 && !rules.takesImages) {
    throw new Refused(`${rules.model} is not a multimodal model`, words.badBody)
  }
  return request
}

function toRefused({ status, message }: ApiComplaint): Refused {
  return new Refused(message, status)
}

const WINDOW_MS = 60_000

/** Counts requests in windows of a minute. */
export interface RateLimit {
  /** Counts a request; returns the headers to answer with, including `retry-after` when the limit is exceeded. */
  take(nowMs: number): readonly (readonly [string, string])[]
}

/** At most `limit` requests a minute. */
export function createRateLimit(limit: number): RateLimit {
  let windowStart = -Infinity
  let used = 0
  return {
    take(nowMs) {
      if (nowMs - windowStart >= WINDOW_MS) {
        windowStart = nowMs
        used = 0
      }
      const left = limit - used
      if (left > 0) used++
      const reset = Math.ceil((windowStart + WINDOW_MS - nowMs) / 1000)
      const headers: (readonly [string, string])[] = [
        ['x-ratelimit-limit-requests', String(limit)],
        ['x-ratelimit-remaining-requests', String(Math.max(0, left - 1))],
        ['x-ratelimit-reset-requests', `${reset}s`],
      ]
      return left > 0 ? headers : [...headers, ['retry-after', String(reset)]]
    },
  }
}

/** The adapters that a server lends its model, each loaded when it is first asked for. */
export interface AdapterLoads {
  /** For how long a request that names this model waits until its adapter is loaded; 0 for the model itself. */
  wait(model: string | null, nowMs: number): number
}

/** Adapters of these names, each of which takes `loadMs` to load. */
export function createAdapterLoads(names: readonly string[], loadMs: number): AdapterLoads {
  const loadedAt = new Map<string, number>()
  return {
    wait(model, nowMs) {
      if (model === null || !names.includes(model)) return 0
      const at = loadedAt.get(model) ?? nowMs + loadMs
      loadedAt.set(model, at)
      return Math.max(0, at - nowMs)
    },
  }
}
