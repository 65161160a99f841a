import { randomBytes } from 'node:crypto'
import type { ArrivalShare } from '../../plan/arrivals.ts'
import type { WorkloadOptions } from '../../plan/compose-request.ts'
import { createLevelWorkload } from '../../plan/workload.ts'
import type { Dialect } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import { findApi } from '../../vendors/apis.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import type { LentProof, Clock, Transport } from '../ports.ts'
import { createLastingAuthorizer, createLentAuthorizer } from '../auth/authorizers.ts'
import type { ProofSettings, ProofAnswer, ProofQuestion } from '../auth/authorizers.ts'
import { createBoard } from '../level/board.ts'
import { createBudget } from '../budget.ts'
import type { BudgetLimits } from '../budget.ts'
import type { LevelSpec, SharedLevel } from '../level/board.ts'
import type { ShareFacts, SharePorts } from '../level/share.ts'
import { openTransport } from '../transport/target.ts'
import type { ConnectionSettings, Target } from '../transport/target.ts'

/** What a thread is told about its share of a level: only data, secrets included. */
export interface ShareOrder {
  readonly endpoint: EndpointOrder
  /** When the credentials were last accepted before this level; null: never. */
  readonly acceptedUntil: Date | null
  /** Each thread makes its own nonces. */
  readonly workload: Omit<WorkloadOptions, 'nonce'>
  readonly spec: LevelSpec
  /** Some of the level's workers, whose lengths and prompts do not depend on the number of threads. */
  readonly workers: readonly number[]
  /** Of the requests of an open loop. */
  readonly arrivals: ArrivalShare
  readonly board: SharedArrayBuffer
  readonly budget: { readonly limits: BudgetLimits; readonly memory: SharedArrayBuffer }
  readonly sweepStartAt: number
  readonly target: string
}

/** An endpoint with its dialect and credentials. */
export interface EndpointOrder {
  readonly api: ApiName
  readonly dialect: Dialect
  readonly url: string
  readonly settings: Plain<ConnectionSettings>
  /** Lasting credentials, or lent ones. */
  readonly proof: Plain<ProofSettings> | LentProof
}

/** Settings with URLs as texts, because URL objects cannot be posted. */
type Plain<T> = { readonly [Name in keyof T]: T[Name] extends URL | null ? string | Extract<T[Name], null> : T[Name] }

/** A message to a thread. `begin`: all threads are ready. */
export type Word =
  | { readonly kind: 'share'; readonly order: ShareOrder }
  | { readonly kind: 'begin'; readonly isOpen: boolean }
  | { readonly kind: 'opened' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: ProofAnswer }

/** A message from a thread. */
export type News =
  | { readonly kind: 'ready' | 'opened' | 'over' | 'stopped' }
  | { readonly kind: 'ask'; readonly number: number; readonly question: ProofQuestion }
  | { readonly kind: 'ended'; readonly facts: ShareFacts }

/** What a thread is told of an endpoint. */
export function orderEndpoint(settings: Settings, { api, dialect, url, auth }: Target): EndpointOrder {
  const { caCertPem, clientPem, insecureTls, proxy, requestTimeoutMs, headers, fullParse } = settings
  const { apiKey, endpoint, clientId, clientSecret, tokenUrl, oidcAudience, variables } = settings
  const who = { auth: settings.auth, apiKey, clientId, clientSecret, oidcAudience, variables }
  return {
    api: api.name,
    dialect,
    url: url.href,
    settings: { caCertPem, clientPem, insecureTls, proxy: proxy?.href ?? null, requestTimeoutMs, headers, fullParse },
    proof: auth.lend?.() ?? { ...who, endpoint: endpoint.href, tokenUrl: tokenUrl?.href ?? null },
  }
}

/** Makes what a thread needs from its order; `clock` is shared by all, and `ask` asks the main thread for credentials. */
export function followOrder(
  { endpoint, acceptedUntil, workload, spec, board, budget, sweepStartAt, target }: ShareOrder,
  clock: Clock,
  ask: (question: ProofQuestion) => Promise<ProofAnswer>,
): { readonly level: SharedLevel; readonly ports: Omit<SharePorts, 'health' | 'collectGarbage'> } {
  const drawNonce = (): string => randomBytes(8).toString('hex')
  return {
    level: {
      spec,
      board: createBoard(spec, board),
      budget: createBudget(budget.limits, clock, budget.memory),
      sweepStartAt,
      target,
    },
    ports: {
      transport: openOrdered(endpoint, acceptedUntil, clock, ask),
      clock,
      workload: createLevelWorkload({ ...workload, nonce: drawNonce }, spec),
    },
  }
}

function openOrdered(
  { api, dialect, url, settings, proof }: EndpointOrder,
  acceptedUntil: Date | null,
  clock: Clock,
  ask: (question: ProofQuestion) => Promise<ProofAnswer>,
): Transport {
  const time = { clock, wallClock: () => new Date() }
  const auth =
    'staleAt' in proof
      ? createLentAuthorizer(proof, ask, time, acceptedUntil)
      : createLastingAuthorizer(
          { ...proof, endpoint: new URL(proof.endpoint), tokenUrl: readUrl(proof.tokenUrl) },
          time,
          acceptedUntil,
        )
  return openTransport(
    { ...settings, proxy: readUrl(settings.proxy) },
    { api: findApi(api), dialect, url: new URL(url), auth },
    time,
  )
}

function readUrl(href: string | null): URL | null {
  return href === null ? null : new URL(href)
}
