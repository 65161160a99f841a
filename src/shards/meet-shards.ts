import { EndpointError, SettingsError } from '../errors.ts'
import { buildConnectionOptions } from '../load/transport/target.ts'
import { planLevels } from '../plan/run-plan.ts'
import type { LoneRequest } from '../plan/cost.ts'
import type { RunReport } from '../report/run-report.ts'
import { measureRun } from '../run/measure.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { MeasurePorts } from '../run/ports.ts'
import { levelOptionsOf, seriesOfRun } from '../run/side-report.ts'
import type { Settings } from '../settings.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { escapeForTerminal } from '../text.ts'
import { findClockProblem, findOtherTerm, termsOf } from './part.ts'
import { MARKS, openFolder, openUrl } from './meeting-place.ts'
import type { Introduction, SecondLookOrder } from './meeting-place.ts'
import { openMeeting } from './meeting.ts'
import type { Meeting } from './meeting.ts'
import type { MeasuredPartLevel } from './part-codec.ts'
import type { PartHeader, ShardClock } from './part.ts'
import { startTogether } from './steer.ts'

/** What measuring a share of a run needs from outside. */
export interface ShardPorts extends MeasurePorts {
  /** The measured commit; null when not known. */
  readonly commit: string | null
  /** Hides secrets in a text. */
  readonly redact: (text: string) => string
  /** Hides secrets in what was measured. */
  readonly redactReport: (report: RunReport) => RunReport
}

/** What a shard leaves: its part. */
export interface MeasuredShard {
  readonly header: Omit<PartHeader, 'schema' | 'columns' | 'levels'>
  readonly levels: readonly MeasuredPartLevel[]
}

/** A shard that has met the others. Every method waits for them, and rejects when one of them is gone. */
export interface MetShard {
  /** What is measured: planned with what the first shard saw in preflight. */
  readonly planned: PlannedRun
  /** Measures its share of a plan at the same moments as the others; resolves when all have theirs. */
  measure(planned: PlannedRun): Promise<MeasuredShard>
  /** Resolves when all have come here. */
  gather(): Promise<void>
  /** What the first shard wants to be measured again; null: nothing. The others say null. */
  agreeOnSecondLook(order: SecondLookOrder | null): Promise<SecondLookOrder | null>
  /** Tells the others that this one leaves the run, and why. */
  leave(error: unknown): Promise<void>
}

/** The first shard joins all parts before it says what is measured again. */
const MOST_JOINING_MS = 1_800_000

/**
 * Waits for the other shards, and compares settings and clocks with them.
 *
 * @throws EndpointError when a shard does not come, or leaves.
 * @throws SettingsError when a shard has other settings than the others, or a clock that is too far off.
 */
export async function meetShards(
  given: Settings,
  shard: Shard,
  planned: PlannedRun,
  ports: ShardPorts,
): Promise<MetShard> {
  const { signal, log } = ports
  const settings = setReadingsOff(given)
  const place =
    settings.rendezvous!.kind === 'folder'
      ? openFolder(settings.rendezvous!.folder)
      : openUrl(settings.rendezvous!.url, connectionOf(settings), signal)
  log(`shard ${renderShard(shard)}: waiting for the others at ${place.where}`)
  const meeting = await openMeeting(shard, { ...ports, place, timeoutMs: settings.rendezvousTimeoutMs })
  const leave = async (error: unknown): Promise<void> =>
    meeting.leave(signal.aborted ? 'it was interrupted' : ((error as Error).message.split('\n')[0] ?? ''))
  try {
    const { found } = planned
    const model = settings.model ?? found.target.dialect.model
    const terms = hideInTerms(
      termsOf(settings, { series: seriesOfRun(settings, found), model, commit: ports.commit }),
      ports,
    )
    const lone = await exchangeTerms(meeting, { terms, lone: found.lone })
    const clocks = await compareClocks(meeting)
    checkClocks(clocks, meeting)
    log(describeClocks(clocks, shard))
    const gather = async (): Promise<void> => void (await meeting.holdRound(MARKS.nothing, () => null))
    return {
      planned: { ...planned, found: { ...found, lone }, plan: planLevels(settings, { ...found, lone }) },
      async measure(what) {
        const steer = await startTogether(meeting, ports.clock, clocks.leadMs)
        const run = await measureRun(settings, what, { ...ports, steer })
        if (run.error !== null) throw run.error
        if (signal.aborted) throw describeInterrupt()
        // A shard that comes this far has all that joining needs.
        await gather()
        return {
          header: {
            shard,
            meeting: meeting.id,
            terms,
            clock: clocks.own,
            report: ports.redactReport(run.report),
            options: levelOptionsOf(settings, what.found),
            decidedBy: settings.decidedBy,
          },
          levels: steer.levels,
        }
      },
      gather,
      async agreeOnSecondLook(order) {
        const { marks } = await meeting.holdRound(MARKS.secondLook, () => order, { timeoutMs: MOST_JOINING_MS })
        return marks![0]!.value
      },
      leave,
    }
  } catch (error) {
    await leave(error)
    throw error
  }
}

/** The server's metrics are about the load of all shards, but a shard knows only its own. */
export function setReadingsOff(settings: Settings): Settings {
  return { ...settings, serverMetrics: 'off' }
}

function describeInterrupt(): EndpointError {
  return new EndpointError('interrupted', { tried: 'to measure a share of a run', remedy: 'start all shards again' })
}
/** Hides secrets in the terms: a server may have echoed the key as the name of its model, and other shards read it. */
function hideInTerms(
  terms: Readonly<Record<string, string>>,
  { redact }: Pick<ShardPorts, 'redact'>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(terms).map(([term, text]) => [term, redact(text)]))
}

/** The client certificate is only for the endpoint, and `insecure` only applies to it. */
function connectionOf(settings: Settings): ReturnType<typeof buildConnectionOptions> {
  return { ...buildConnectionOptions(settings), clientPem: null, insecure: false }
}

/** Exchanges the terms of all shards; returns the preflight that all plan with. */
async function exchangeTerms(meeting: Meeting, own: Introduction): Promise<LoneRequest> {
  const { count } = meeting.shard
  const { marks } = await meeting.holdRound(MARKS.introduction, () => own)
  for (const [i, { value }] of marks!.entries()) {
    const why = findOtherTerm(own.terms, value.terms)
    if (why === null) continue
    const message = `shard ${renderShard({ number: i + 1, count })} ${escapeForTerminal(why, 400)}; give all shards the same`
    throw new SettingsError([{ setting: 'shard', given: renderShard(meeting.shard), message }])
  }
  return marks![0]!.value.lone
}

function checkClocks({ all }: SharedClocks, { shard }: Meeting): void {
  const problems = all.flatMap((clock, i) => {
    const why = findClockProblem(clock)
    if (why === null) return []
    const message = `shard ${renderShard({ number: i + 1, count: shard.count })} ${why}`
    return [{ setting: 'shard', given: renderShard(shard), message }]
  })
  if (problems.length > 0) throw new SettingsError(problems)
}

function describeClocks({ own: { offsetMs, withinMs }, leadMs }: SharedClocks, { number }: Shard): string {
  const lead = `each moment is agreed on ${Math.ceil(leadMs)} ms before it comes`
  if (number === 1) return `all shards are there; ${lead}`
  const way = offsetMs < 0 ? 'behind' : 'ahead of'
  return `all shards are there; this clock is ${Math.abs(offsetMs).toFixed(1)} ms ${way} that of shard 1, give or take ${withinMs.toFixed(1)} ms; ${lead}`
}

/** Of several looks, the quickest is the most exact. */
const ROUNDS = 6
/** A moment is agreed on at least this long before it comes, so that all shards know of it by then. */
const LEAST_LEAD_MS = 200

/** What the shards know of each other's clocks. */
interface SharedClocks {
  /** The clock of this shard, relative to the first. */
  readonly own: ShardClock
  /** All clocks, by the numbers of the shards. */
  readonly all: readonly ShardClock[]
  /** How long before it comes a moment must be agreed on. The same in all shards. */
  readonly leadMs: number
}

/**
 * How far the clock of a shard is ahead of the first one's, from the times that marks took to the first shard and
 * back, each by the clocks of its two ends. No mark arrives before it was left, so the quickest in each direction are
 * bounds, however different the directions are.
 */
export function boundOffset(toFirstMs: readonly number[], fromFirstMs: readonly number[]): ShardClock {
  const least = -Math.min(...toFirstMs)
  const most = Math.min(...fromFirstMs)
  return { offsetMs: (least + most) / 2, withinMs: Math.max(0, (most - least) / 2) }
}

/** Exchanges marks until the clocks are known, and sets the meeting to the time of the first shard. */
export async function compareClocks(meeting: Meeting): Promise<SharedClocks> {
  const { number } = meeting.shard
  const toFirst: number[] = []
  const fromFirst: number[] = []
  let seenAt: number[] | null = null
  let leftAt = NaN
  let slowestMs = 0
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = meeting.now()
    const { marks } = await meeting.holdRound(MARKS.seenAt, () => seenAt)
    // In the first round the others may have been late for other reasons.
    if (round > 0) slowestMs = Math.max(slowestMs, meeting.now() - startedAt)
    if (marks === null) continue
    const [first] = marks
    fromFirst.push(first!.seenAt - first!.at)
    const arrivedAt = first!.value?.[number - 1]
    if (arrivedAt !== undefined && !Number.isNaN(leftAt)) toFirst.push(arrivedAt - leftAt)
    leftAt = marks[number - 1]!.at
    seenAt = marks.map((mark) => mark.seenAt)
  }
  const own = number === 1 ? { offsetMs: 0, withinMs: 0 } : boundOffset(toFirst, fromFirst)
  const { marks } = await meeting.holdRound(MARKS.clockFinding, () => ({ clock: own, slowestMs }))
  const all = marks!.map(({ value }) => value.clock)
  meeting.setOffset(own.offsetMs)
  const slowest = Math.max(...marks!.map(({ value }) => value.slowestMs))
  const withinMs = Math.max(...all.map((clock) => clock.withinMs))
  return { own, all, leadMs: LEAST_LEAD_MS + 2 * slowest + 2 * withinMs }
}
