import type { Clock } from '../../src/load/ports.ts'
import { measureSweep } from '../../src/load/sweep.ts'
import type { Sweep } from '../../src/load/sweep.ts'
import type { Steer } from '../../src/load/level.ts'
import { planSweep } from '../../src/plan/plan.ts'
import type { PlanOptions } from '../../src/plan/plan.ts'
import type { WorkloadOptions } from '../../src/plan/compose-request.ts'
import { compareClocks, openMeeting } from '../../src/shards/meeting.ts'
import type { MeetingPorts } from '../../src/shards/meeting.ts'
import type { MeetingPlace } from '../../src/shards/meeting-place.ts'
import { startTogether } from '../../src/shards/steer.ts'
import type { ShardSteer } from '../../src/shards/steer.ts'
import { healthyClient, scriptedEndpoint, SCRIPTED_WORKLOAD } from '../load/scripted-endpoint.ts'
import type { Answer, Call, ScriptedEndpoint } from '../load/scripted-endpoint.ts'

/** A place in virtual time: a mark is there some time after it was left, and looking takes some time. */
export function virtualPlace(
  clock: Clock,
  marks = new Map<string, string>(),
  { putMs = 5, getMs = 3 } = {},
): MeetingPlace {
  return {
    where: 'a shared folder',
    pollMs: 20,
    async put(name, text) {
      await clock.sleep(putMs)
      marks.set(name, text)
    },
    async get(names) {
      await clock.sleep(getMs)
      return names.map((name) => marks.get(name) ?? null)
    },
  }
}

/** What a shard needs to meet the others. Its wall clock is ahead of the time of all by so much. */
export function meetingPorts(clock: Clock, place: MeetingPlace, aheadMs = 0): MeetingPorts {
  return {
    place,
    clock,
    wallClock: () => new Date(Date.UTC(2026, 10, 28) + Math.round(clock.now()) + aheadMs),
    signal: new AbortController().signal,
    nonce: () => (nonces++).toString(16).padStart(16, '0'),
    timeoutMs: 60_000,
    redact: (text) => text.replaceAll('sk-secret', '***'),
  }
}

let nonces = 0

const NO_LIMITS = { maxDurationMs: null, maxRequests: null, maxOutputTokens: null }

interface Setup {
  readonly count?: number
  readonly levels?: readonly number[]
  readonly passes?: number
  /** What is sent, where it is not the same request each time. */
  readonly workload?: Partial<WorkloadOptions>
  /** What a conversation is on average. */
  readonly conversation?: PlanOptions['conversation']
  /** The levels are rates, or speeds of the trace that the workload has. */
  readonly open?: PlanOptions['open']
  readonly aheadMs?: readonly number[]
  readonly marks?: Map<string, string>
  readonly answer?: (call: Pick<Call, 'worker' | 'spec' | 'startAt' | 'number'>, number: number) => Answer
  /** What shard of this number does when a level starts. */
  readonly onLevelStart?: (number: number, level: { readonly concurrency: number; readonly pass: number }) => void
  readonly isHeld?: (number: number) => boolean
}

/** What a shard came to. */
export interface Measured {
  readonly number: number
  readonly sweep: Sweep
  readonly steer: ShardSteer
}

/** The sweep of one process: 50 ms a token, answers of about 20, windows of two seconds. */
async function sweepAlone(
  endpoint: ScriptedEndpoint,
  { levels = [1, 4], passes = 1, workload = {}, conversation, open = null }: Setup,
  steer: Steer | null,
  hooks: { onLevelStart?: (level: { concurrency: number; pass: number }) => void; isHeld?: () => boolean } = {},
): Promise<Sweep> {
  const plan = planSweep({
    ladder: { levels, named: [], mostPasses: passes, seed: 'a seed' },
    levelDurationMs: 2_000,
    levelRequests: null,
    warmupRequests: workload.trace === undefined ? 1 : 0,
    open,
    ...NO_LIMITS,
    minSamples: () => 1,
    lone: { latencyMs: 1_000, inputTokens: 64, outputTokens: 20 },
    sentinel: null,
    soak: false,
    ...(conversation !== undefined && { conversation }),
  })
  return measureSweep(
    plan,
    { ...SCRIPTED_WORKLOAD, ...workload },
    { ...NO_LIMITS, soak: false },
    {
      clock: endpoint.clock,
      openTransport: () => endpoint.transport,
      health: healthyClient,
      collectGarbage: () => {},
      signal: new AbortController().signal,
      log: () => {},
      onLevelStart: (level) => hooks.onLevelStart?.(level),
      onLevelEnd: (run) => run.stopped === null && (hooks.isHeld?.() ?? true),
      searchLevel: () => ({ ended: 'plateau', atCapacity: [] }),
      chooseWindowMs: () => 2_000,
      isPrecise: () => false,
      target: 'http://127.0.0.1:8000',
      serverMetrics: null,
      control: null,
      steer,
    },
  )
}

/** The same by several shards in one virtual time, each with its own clock and connections. */
export async function sweepTogether(setup: Setup = {}): Promise<readonly Measured[]> {
  const { count = 3, aheadMs = [], marks = new Map<string, string>() } = setup
  const answer = setup.answer ?? (({ spec }: Pick<Call, 'spec'>) => ({ latencyMs: 50 * spec.outputTokens }))
  let current = 0
  const endpoint = scriptedEndpoint((call) => answer(call, current))
  const place = virtualPlace(endpoint.clock, marks)
  const measure = async (number: number): Promise<Measured> => {
    const meeting = await openMeeting({ number, count }, meetingPorts(endpoint.clock, place, aheadMs[number - 1]))
    const { leadMs } = await compareClocks(meeting)
    const steer = await startTogether(meeting, endpoint.clock, leadMs)
    const own = {
      ...endpoint,
      transport: {
        ...endpoint.transport,
        send: async (...args: Parameters<typeof endpoint.transport.send>) => {
          current = number
          return endpoint.transport.send(...args)
        },
      },
    }
    const sweep = await sweepAlone(own, setup, steer, {
      onLevelStart: (level) => setup.onLevelStart?.(number, level),
      isHeld: () => setup.isHeld?.(number) ?? true,
    })
    if (sweep.error !== null) await meeting.leave(sweep.error.what)
    return { number, sweep, steer }
  }
  return endpoint.run(Promise.all(Array.from({ length: count }, async (_, i) => measure(i + 1))))
}

/** The same by one process. */
export async function sweepInOneProcess(setup: Setup = {}): Promise<Sweep> {
  const answer = setup.answer ?? (({ spec }: Pick<Call, 'spec'>) => ({ latencyMs: 50 * spec.outputTokens }))
  const endpoint = scriptedEndpoint((call) => answer(call, 0))
  return endpoint.run(sweepAlone(endpoint, setup, null))
}
