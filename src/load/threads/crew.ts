import { Worker } from 'node:worker_threads'
import { locateProgram } from '../../program-path.ts'
import { EndpointError } from '../../errors.ts'
import { listWorkers } from '../../plan/shares.ts'
import type { ArrivalShare } from '../../plan/arrivals.ts'
import type { WorkloadOptions } from '../../plan/compose-request.ts'
import type { Dialect } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import type { ProofSettings } from '../auth/authorizers.ts'
import type { BudgetLimits } from '../budget.ts'
import type { CarryLoad, LevelLink } from '../level.ts'
import type { LevelSpec, SharedLevel } from '../level/board.ts'
import type { ShareFacts } from '../level/share.ts'
import type { Authorizer, LentProof } from '../ports.ts'
import { findClockOrigin } from '../runtime.ts'
import type { ConnectionSettings, Target } from '../transport/target.ts'
import { answerProofQuestion } from './lent-credentials.ts'
import type { ProofAnswer, ProofQuestion } from './lent-credentials.ts'

/** Threads that carry load. They stay from level to level, so that their code stays warm. */
export interface Crew {
  /**
   * Carries the load of a level in this many threads, each with its share of the workers. Two sides loaded at once
   * have separate threads.
   */
  carryIn(threads: number, what: CarriedLoad): CarryLoad
  /** Ends the threads. */
  close(): Promise<void>
}

/** What every request of a level has in common. */
export interface CarriedLoad {
  readonly endpoint: EndpointOrder
  /** The endpoint's authorizer, which threads ask where they were only lent credentials. */
  readonly auth: Authorizer
  readonly workload: WorkloadOptions
}

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

/** Creates a crew, whose threads are started when they are needed. */
export function createCrew(file = locateProgram('./load-thread.js', import.meta.url)): Crew {
  const idle: Worker[] = []
  const all = new Set<Worker>()

  function takeThread(): Worker {
    const waiting = idle.pop()
    if (waiting !== undefined) return waiting
    const thread = new Worker(file, { workerData: { origin: findClockOrigin() }, execArgv: [], name: 'plateau load' })
    // A thread that dies between two levels is not used again.
    thread.on('error', () => {})
    thread.on('exit', () => {
      all.delete(thread)
      if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
    })
    all.add(thread)
    return thread
  }

  /** Fills up to this many threads. */
  function takeThreads(count: number, threads: Worker[], level: SharedLevel): void {
    try {
      while (threads.length < count) threads.push(takeThread())
    } catch (error) {
      // Node may be forbidden to start threads.
      throw describeDeath(error as Error, level)
    }
  }

  return {
    carryIn: (count, what) => async (level, link) => {
      const threads: Worker[] = []
      try {
        takeThreads(count, threads, level)
        return await new LevelInThreads(threads, what, level, link).carry()
      } finally {
        idle.push(...threads.filter((thread) => all.has(thread)))
      }
    },
    async close() {
      await Promise.all([...all].map(async (thread) => thread.terminate()))
    },
  }
}

/** A level while threads carry its load. */
class LevelInThreads {
  readonly #threads: readonly Worker[]
  readonly #what: CarriedLoad
  readonly #level: SharedLevel
  readonly #link: LevelLink
  /** How many threads still make their requests. */
  #preparing: number

  constructor(threads: readonly Worker[], what: CarriedLoad, level: SharedLevel, link: LevelLink) {
    this.#threads = threads
    this.#what = what
    this.#level = level
    this.#link = link
    this.#preparing = threads.length
  }

  /** Gives each thread its share, and waits until all have ended. */
  async carry(): Promise<readonly ShareFacts[]> {
    const { stopping, opened } = this.#link
    const stop = (): void => this.#tellAll({ kind: 'stop' })
    stopping.addEventListener('abort', stop, { once: true })
    opened.addEventListener('abort', () => this.#tellAll({ kind: 'opened' }), { once: true })
    const runs = this.#threads.map(async (thread, first) => this.#carryIn(thread, this.#orderShare(first)))
    if (stopping.aborted) stop()
    const ends = await Promise.allSettled(runs)
    stopping.removeEventListener('abort', stop)
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const shares = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []))
    // Lasting credentials are never asked for, so nobody else has noted that they were accepted.
    const { records, failed } = this.#level.board.values
    if (records > failed && shares.every(({ fatal }) => fatal === null)) this.#what.auth.noteAccepted({})
    return shares
  }

  /** What a thread is told, by its number from 0. */
  #orderShare(first: number): ShareOrder {
    const { endpoint, auth, workload } = this.#what
    const { spec, board, budget, sweepStartAt, target } = this.#level
    const { nonce: _, ...ordered } = workload
    const of = this.#threads.length
    return {
      endpoint,
      acceptedUntil: auth.acceptedUntil(),
      workload: ordered,
      spec,
      workers: listWorkers(spec).filter((_, i) => i % of === first),
      arrivals: { first, of },
      board: board.memory,
      budget: { limits: budget.limits, memory: budget.memory },
      sweepStartAt,
      target,
    }
  }

  async #carryIn(thread: Worker, order: ShareOrder): Promise<ShareFacts> {
    const hears = new AbortController()
    try {
      return await new Promise<ShareFacts>((resolve, reject) => {
        const giveUp = (why: Error): void => {
          reject(why)
          // The others alone do not carry the intended level.
          this.#link.onStopped()
        }
        listenToThread(thread, hears.signal, {
          hear: (news) => this.#hear(thread, news, { end: resolve, giveUp }),
          die: (error) => giveUp(describeDeath(error, this.#level)),
        })
        tellThread(thread, { kind: 'share', order })
      })
    } finally {
      hears.abort()
    }
  }

  #hear(
    thread: Worker,
    news: News,
    { end, giveUp }: { readonly end: (facts: ShareFacts) => void; readonly giveUp: (why: Error) => void },
  ): void {
    switch (news.kind) {
      case 'ready':
        if (--this.#preparing === 0)
          this.#link.onReady().then((isOpen) => this.#tellAll({ kind: 'begin', isOpen }), giveUp)
        break
      case 'opened':
        this.#tellAll({ kind: 'opened' })
        this.#link.onOpened()
        break
      case 'over':
        this.#link.onOver()
        break
      case 'stopped':
        this.#link.onStopped()
        break
      case 'ask':
        void this.#answer(thread, news)
        break
      case 'ended':
        end(news.facts)
    }
  }

  /** Answers with the run's authorizer. */
  async #answer(thread: Worker, { number, question }: News & { kind: 'ask' }): Promise<void> {
    const { auth } = this.#what
    const { lend } = auth
    if (lend === undefined) return
    const answer = await answerProofQuestion({ ...auth, stale: auth.stale, lend }, question, this.#link.stopping)
    tellThread(thread, { kind: 'answer', number, answer })
  }

  #tellAll(word: Word): void {
    for (const thread of this.#threads) tellThread(thread, word)
  }
}

/** Posts a word without transferring memory. */
function tellThread(thread: Worker, word: Word): void {
  thread.postMessage(word, [])
}

/** Listens to a thread until `signal` aborts. */
function listenToThread(
  thread: Worker,
  signal: AbortSignal,
  { hear, die }: { readonly hear: (news: News) => void; readonly die: (error: Error) => void },
): void {
  const exit = (code: number): void => die(new Error(`it ended with code ${code}`))
  thread.on('message', hear).on('error', die).on('exit', exit)
  signal.addEventListener('abort', () => thread.off('message', hear).off('error', die).off('exit', exit), {
    once: true,
  })
}

function describeDeath({ message }: Error, { spec, target }: SharedLevel): EndpointError {
  return new EndpointError(`a thread of this client died at ${nameLoad(spec)}: ${message}`, {
    tried: `POST ${target}`,
    remedy: `${findCure(message)}, or measure with \`client-threads: 1\`; if it dies again, please report it`,
  })
}

/** The remedy for a thread's death; only the error's message tells the cause. */
function findCure(message: string): string {
  if (/\bE[MN]FILE\b/.test(message)) return 'raise the limit of open files (`ulimit -n`)'
  if (message.includes('--allow-worker')) return 'start Node with --allow-worker'
  return 'give this machine more memory'
}

function nameLoad({ concurrency, open }: LevelSpec): string {
  if (open == null) return `concurrency ${concurrency}`
  return 'dueMs' in open ? `${concurrency} times the speed of the trace` : `a rate of ${concurrency}/s`
}
