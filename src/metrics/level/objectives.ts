import type { Objective, ObjectiveTime } from '../../settings/values/objectives.ts'
import { pickAtShare } from '../../stats/percentile.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import { medianOf } from '../../vocabulary/metrics.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'
import { sumUpFlow, hasTokenTimes, hidesAnswerStart, hidesTokenPace, selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'

/** The objectives, and the wanted share of requests that keep them. */
export interface Slo {
  /** At least one. */
  readonly objectives: readonly Objective[]
  /** A fraction of 1. */
  readonly share: number
}

/** How a level keeps its objectives. */
export interface Attained {
  /** Counted requests that kept all of them. */
  readonly inside: number
  /** Their share of all counted requests, including failed ones; null where none was counted. */
  readonly attainment: number | null
  /**
   * By what factor the objectives would have to be extended for the wanted share of requests to keep them: at most 1
   * exactly where attainment reaches that share. Null where too many failed for any factor, or none was counted.
   */
  readonly strain: number | null
  /** Goodput: the throughput of the requests inside. Tokens are null for embeddings. */
  readonly requestsPerSecond: number | null
  readonly outputTokensPerSecond: number | null
}

/** An answer of one token has no TPOT, and keeps any objective about it. Any other missing time counts as infinite. */
const TIMES: Readonly<Record<ObjectiveTime, (record: RequestRecord) => number>> = {
  ttft: ({ ttftMs }) => ttftMs ?? Infinity,
  ttfo: ({ ttfoMs }) => ttfoMs ?? Infinity,
  tpot: ({ tpotMs }) => tpotMs ?? 0,
  latency: ({ lastTokenMs }) => lastTokenMs ?? Infinity,
}

/** The largest ratio of a time of the request to its objective; +∞ where it failed. At most 1: it keeps them all. */
export function computeStrain(record: RequestRecord, objectives: readonly Objective[]): number {
  if (record.outcome !== 'ok') return Infinity
  let most = 0
  for (const { time, atMostMs } of objectives) most = Math.max(most, TIMES[time](record) / atMostMs)
  return most
}

/** Whether these objectives are about times that only a stream has. */
function needStream(objectives: readonly Objective[]): boolean {
  return objectives.some(({ time }) => medianOf(time).needsStream)
}

/** Whether a time is unknown at this level, which does not mean that it was too long. */
function isUntold(time: ObjectiveTime, runs: readonly LevelRun[]): boolean {
  const { phase } = medianOf(time)
  return (phase === 'reasoning' && hidesAnswerStart(runs)) || (phase === 'decode' && hidesTokenPace(runs))
}

/** How some passes of a level keep the objectives; null where these are about times that are unknown there. */
export function computeAttained(runs: readonly LevelRun[], { objectives, share }: Slo, task: Task): Attained | null {
  const generates = generatesTokens(task)
  if (needStream(objectives) && !(generates && hasTokenTimes(runs))) return null
  if (objectives.some(({ time }) => isUntold(time, runs))) return null
  const strains: number[] = []
  for (const record of selectCountedRecords(runs)) strains.push(computeStrain(record, objectives))
  const inside = strains.filter((strain) => strain <= 1).length
  const strain = findStrain(strains, share)
  const flow = sumUpFlow(runs, (record) => computeStrain(record, objectives) <= 1)
  return {
    inside,
    attainment: strains.length === 0 ? null : inside / strains.length,
    strain: Number.isFinite(strain) ? strain : null,
    requestsPerSecond: flow.seconds === 0 ? null : flow.requests / flow.seconds,
    outputTokensPerSecond: flow.seconds === 0 || !generates ? null : flow.outputTokens / flow.seconds,
  }
}

/** The smallest strain that this share of the requests does not exceed. */
export function findStrain(strains: readonly number[], share: number): number {
  return pickAtShare(Float64Array.from(strains).sort(), share) ?? Infinity
}
