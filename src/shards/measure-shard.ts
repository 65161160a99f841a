import type { Plan } from '../plan/plan.ts'
import { planSecondLook, planLevels } from '../plan/run-plan.ts'
import { planRun } from '../run/plan-run.ts'
import { seriesOfRun } from '../run/plan-found.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { Settings } from '../settings.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { MARKS, openFolder, openUrl } from './meeting-place.ts'
import type { SecondLookOrder, Introduction } from './meeting-place.ts'
import { EndpointError, SettingsError } from '../errors.ts'
import { buildConnectionOptions } from '../load/transport/target.ts'
import type { LoneRequest } from '../plan/cost.ts'
import type { RunReport } from '../report/run-report.ts'
import { levelOptionsOf, measureRun } from '../run/measure.ts'
import type { MeasurePorts } from '../run/ports.ts'
import { escapeForTerminal } from '../text.ts'
import { findOtherTerm, listTerms } from './join-parts.ts'
import { findClockProblem } from './part.ts'
import type { PartHeader, MeasuredPartLevel } from './part.ts'
import { compareClocks, openMeeting } from './meeting.ts'
import type { Meeting, SharedClocks } from './meeting.ts'
import { startTogether } from './steer.ts'

/** Which of two sweeps a part is of: that of the run, or that of a second look. */
export type WhichSweep = 'first' | 'second'

/** Hands a part to the first shard; resolves when it is there. */
export type HandPart = (part: MeasuredShard, sweep: WhichSweep) => Promise<void>

/**
 * Measures the share of one shard, at the same moments as the others.
 *
 * @throws EndpointError when the endpoint cannot be measured, or when a shard does not come, or leaves.
 * @throws SettingsError when a shard has other settings than the others, or a clock that is too far off.
 */
export async function measureShard(settings: Settings, shard: Shard, ports: ShardPorts): Promise<MeasuredShard> {
  return joinOthers(settings, shard, ports, async (met) => met.measure(met.planned))
}

/**
 * The same for a shard whose first one decides about all: its part is handed over, and so is that of a second look
 * where the first shard wants one.
 */
export async function followFirstShard(
  settings: Settings,
  shard: Shard,
  ports: ShardPorts,
  hand: HandPart,
): Promise<void> {
  await joinOthers(settings, shard, ports, async (met) => {
    await measureAndHand(met, met.planned, 'first', hand)
    const order = await met.agreeOnSecondLook(null)
    if (order === null) return
    const again = { ...met.planned, startedAt: ports.wallClock(), startAt: ports.clock.now(), findings: [] }
    await measureAndHand(met, { ...again, plan: planAgain(settings, met, order) }, 'second', hand)
  })
}

/** The first shard of a run about which it decides. */
interface LeadingShard {
  /**
   * Measures its share of a planned run, and has the parts of all there when it resolves. The first call meets the
   * others; a second one is a second look, for which they wait.
   */
  measure(settings: Settings, planned: PlannedRun): Promise<WhichSweep>
  /** No more is measured. Also after an error, which the others are told. */
  end(error?: unknown): Promise<void>
}

/** Leads the other shards through a run and its second look; nothing is sent before the first call. */
export function leadShards(shard: Shard, ports: ShardPorts, hand: HandPart): LeadingShard {
  let met: MetShard | null = null
  let sweep: WhichSweep | null = null
  return {
    async measure(settings, planned) {
      if (met === null) {
        met = await meetShards(settings, shard, planned, ports)
        sweep = 'first'
        await measureAndHand(met, met.planned, sweep, hand)
        return sweep
      }
      sweep = 'second'
      const order = { levels: planned.plan.ladder.levels, passes: settings.confirm }
      await met.agreeOnSecondLook(order)
      await measureAndHand(met, { ...planned, plan: planAgain(settings, met, order) }, sweep, hand)
      return sweep
    },
    async end(error) {
      if (error !== undefined) await met?.leave(error)
      else if (sweep === 'first') await met?.agreeOnSecondLook(null)
    },
  }
}

/** The same in all shards: it rests on nothing that only the first knows. */
function planAgain(settings: Settings, { planned }: MetShard, { levels, passes }: SecondLookOrder): Plan {
  const known = levels.map((level) => ({ level, latencyMs: null }))
  // Shards measure no control.
  return planSecondLook({ ...settings, confirm: passes }, { lone: planned.found.lone, control: null }, known)
}

async function measureAndHand(met: MetShard, planned: PlannedRun, sweep: WhichSweep, hand: HandPart): Promise<void> {
  await hand(await met.measure(planned), sweep)
  await met.gather()
}

/** Tells the others when it fails. */
async function joinOthers<T>(
  settings: Settings,
  shard: Shard,
  ports: ShardPorts,
  work: (met: MetShard) => Promise<T>,
): Promise<T> {
  const planned = await planRun(setReadingsOff(settings), () => null, ports)
  const met = await meetShards(settings, shard, planned, ports)
  try {
    return await work(met)
  } catch (error) {
    await met.leave(error)
    throw error
  }
}

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
interface MetShard {
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
async function meetShards(given: Settings, shard: Shard, planned: PlannedRun, ports: ShardPorts): Promise<MetShard> {
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
    const measured = { series: seriesOfRun(settings, found), model, commit: ports.commit }
    // A server may have echoed the key as the name of its model, and other shards read it.
    const hidden = Object.entries(listTerms(settings, measured)).map(([term, text]) => [term, ports.redact(text)])
    const terms: Readonly<Record<string, string>> = Object.fromEntries(hidden)
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
