/** What other tools would have said of the histories and candidates that the gate judges: the same runs, seen as it sees them. */
import type { HistoryEntry, HistoryRow } from '../../src/report/history.ts'
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { mean } from 'simple-statistics'
import { chooseMetrics, averagePasses, chooseLevelSet } from '../../src/verdict/history/observe.ts'
import { recallLadder } from '../../src/gate/recall.ts'
import { pickPast, averageGroups, seeGroups } from '../../src/verdict/history/past.ts'
import type { GroupPoint } from '../../src/verdict/history/past.ts'
import type { GatedMetric } from '../../src/vocabulary/metrics.ts'
import { FULL_LADDER, SERIES, simulateRun, UNCHANGED } from '../../test/support/simulated-history.ts'
import type { Slowdown } from '../../test/support/simulated-history.ts'
import { judge, mainRun } from './calibration.ts'
import type { Study } from './calibration.ts'
import { findChanges, testMannWhitney, testWelch } from './rival-tests.ts'

/** Which metrics a tool calls worse. */
type Worse = readonly GatedMetric[]

/** The tools, by the name of their column; the gate of this program is the first. */
export const TOOLS = ['Plateau', 'fixed 10 %', 'mean ± 2 sd', 'Welch’s t', 'Mann–Whitney', 'E-divisive'] as const
export type Tool = (typeof TOOLS)[number]

/** The slowdowns of TPOT that are asked for; 1 is unchanged code, of which every metric that is called worse is an alarm. */
export const SLOWDOWNS = [1, 1.05, 1.1, 1.2] as const

/** How often a tool alarmed, as a share, by slowdown. */
export type Rates = Readonly<Record<Tool, readonly number[]>>

/** A tenfold change is nobody's promise: tests are taken at the rate that the gate promises. */
const ALPHA = 0.01
const FIXED = Math.log(1.1)
/** Runs of main after a change before E-divisive is asked: it tells a level, not a run. */
const RUNS_AFTER = 5

/** Asks every tool at the first number of groups of the study. */
export function compareTools(study: Study, candidates: number): Rates {
  const hits = Object.fromEntries(TOOLS.map((tool) => [tool, SLOWDOWNS.map(() => 0)])) as Record<Tool, number[]>
  const [groups] = study.groups
  for (let history = 0; history < study.histories; history++) {
    const random = seedRandom(`${study.seed}/${history}`)
    const surroundings = study.world.surroundings?.(random) ?? (() => 0)
    let entries: readonly HistoryEntry[] = []
    for (let group = 0; group < groups!; group++) {
      entries = [...entries, ...mainRun(study, { random, surroundings, entries }, group)]
    }
    const now = study.main?.(groups! - 1) ?? UNCHANGED
    for (const [i, factor] of SLOWDOWNS.entries()) {
      const slowdown = { ...now, tpot: now.tpot * factor }
      for (let candidate = 0; candidate < candidates; candidate++) {
        const run = measure(study, { random, entries, surroundings }, slowdown, groups!)
        const verdict = judge(study.policy, entries, run)
        const regressed = verdict.comparisons.filter((one) => one.verdict === 'regressed').map(({ metric }) => metric)
        note('Plateau', i, factor === 1 && verdict.verdict === 'not-measured' ? ['tpot-p50'] : regressed)
        for (const [tool, worse] of Object.entries(askTools(entries, run.rows[0]!, random)))
          note(tool as Tool, i, worse)
      }
      // Once a history is enough: the runs after it are a history of their own.
      const grown = growMain(study, { random, entries, surroundings }, slowdown, groups!)
      const worse = findSteps(grown, groups!, random)
      for (let candidate = 0; candidate < candidates; candidate++) note('E-divisive', i, worse)
    }
  }
  const asked = study.histories * candidates
  return Object.fromEntries(TOOLS.map((tool) => [tool, hits[tool].map((count) => count / asked)])) as unknown as Rates

  function note(tool: Tool, i: number, worse: Worse): void {
    if (SLOWDOWNS[i] === 1 ? worse.length > 0 : worse.includes('tpot-p50')) hits[tool][i]!++
  }
}

interface Now {
  readonly random: Random
  readonly entries: readonly HistoryEntry[]
  readonly surroundings: ReturnType<NonNullable<Study['world']['surroundings']>>
}

function measure(study: Study, now: Now, slowdown: Slowdown, group: number, recorded = false) {
  const startsAt = study.startsAt ?? ((of: number) => of * 86_400_000)
  const ms = recorded ? startsAt(group) : (study.asksAt ?? startsAt)(group)
  const levels = recallLadder(now.entries, SERIES)?.map(({ level }) => level) ?? FULL_LADDER
  const surroundings = now.surroundings({ group, ms, recorded })
  return simulateRun(study.world, now.random, { slowdown, levels, ms, surroundings })
}

function growMain(study: Study, now: Now, slowdown: Slowdown, groups: number): readonly HistoryEntry[] {
  let { entries } = now
  for (let group = groups; group < groups + RUNS_AFTER; group++) {
    const [row] = measure(study, { ...now, entries }, slowdown, group, true).rows
    entries = [...entries, asEntry(row!, String(group))]
  }
  return entries
}

function asEntry(row: HistoryRow, runId: string): HistoryEntry {
  const source = { sha: null, ref: 'main', runId, attempt: 1, event: 'push', url: null }
  return { row, source, verdict: 'no-change-seen', segments: {} }
}

/** The recorded runs of a metric on the scale where more is worse, and what the levels are. */
function see(entries: readonly HistoryEntry[]) {
  const past = pickPast(entries, SERIES)!
  const now = past.entries.at(-1)!.row
  return chooseMetrics({ metrics: 'auto' }, [now]).map(({ metric }) => {
    const { seen } = seeGroups(metric, past.groups, now)
    const { levels } = chooseLevelSet(
      metric,
      seen.flatMap(({ runs }) => runs),
      past.knee,
    )
    return { metric, levels, points: averageGroups(metric, seen, levels) }
  })
}

function askTools(
  entries: readonly HistoryEntry[],
  candidate: HistoryRow,
  random: Random,
): Partial<Record<Tool, Worse>> {
  const series = see([...entries, asEntry(candidate, 'candidate')])
  const worseBy = (
    isWorse: (
      now: GroupPoint,
      before: readonly GroupPoint[],
      levels: readonly number[],
      metric: GatedMetric,
    ) => boolean,
  ): Worse =>
    series.flatMap(({ metric, levels, points }) => {
      const now = points.at(-1)!
      return now.entries[0]!.row === candidate && isWorse(now, points.slice(0, -1), levels, metric) ? metric : []
    })
  return {
    'fixed 10 %': worseBy((now, before) => now.y - before.at(-1)!.y > FIXED),
    'mean ± 2 sd': worseBy((now, before) => {
      const ys = before.map(({ y }) => y)
      const centre = mean(ys)
      const sd = Math.sqrt(ys.reduce((sum, y) => sum + (y - centre) ** 2, 0) / (ys.length - 1))
      return now.y > centre + 2 * sd
    }),
    'Welch’s t': worseBy((now, before, levels) => {
      const passesOf = (points: readonly GroupPoint[]): number[] =>
        points.flatMap(({ runs }) => runs.flatMap((run) => averagePasses(run, levels)))
      const own = passesOf([now])
      return own.length > 1 && testWelch(own, passesOf(before)) < ALPHA
    }),
    'Mann–Whitney': worseBy((now, before, levels, metric) => {
      // A throughput is no figure of a request.
      if (metric === 'plateau-throughput') return false
      const baseline = before.at(-1)!
      const requestsOf = (point: GroupPoint): number[] => drawRequests(point, baseline, levels, random)
      return testMannWhitney(requestsOf(now), requestsOf(baseline)) < ALPHA
    }),
  }
}

/** What spreads the median of n values by 1 spreads each of them by √n · .8. */
const MEDIAN_TO_VALUE = Math.sqrt(2 / Math.PI)
const PASS_SPREAD = 0.015

/** Requests whose medians are those of the passes; each level about that of the baseline, so that levels do not hide the change. */
function drawRequests(point: GroupPoint, baseline: GroupPoint, levels: readonly number[], random: Random): number[] {
  const run = point.runs[0]!
  const { row } = point.entries[0]!
  return levels.flatMap((level) => {
    const centre = baseline.runs[0]!.get(level)!.y
    const passes = row.levels.find(({ concurrency }) => concurrency === level)?.passes ?? []
    return run.get(level)!.passes.flatMap((y, i) => {
      const count = passes[i]?.ok ?? 0
      const sd = PASS_SPREAD * Math.sqrt(count) * MEDIAN_TO_VALUE
      return Array.from({ length: count }, () => y - centre + sd * drawNormal(random))
    })
  })
}

/** Metrics that E-divisive sees step up at the change, give or take a run, or anywhere after. */
function findSteps(entries: readonly HistoryEntry[], groups: number, random: Random): Worse {
  return see(entries).flatMap(({ metric, points }) => {
    const ys = points.map(({ y }) => y)
    return findChanges(ys, random).some((at) => at >= groups - 1 && ys[at]! > mean(ys.slice(0, at))) ? metric : []
  })
}
