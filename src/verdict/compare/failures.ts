import { isTooMuch, STATE_WORDS } from '../../vocabulary/load.ts'
import { isFailing } from '../../metrics/validity/evidence.ts'
import type { HistoryEntry, HistoryRow, RowLevel } from '../../report/history.ts'
import type { ErrorRateComparison, LostLevel, RequestCounts } from '../../report/verdict.ts'
import { testFisherGreater, rejectByHolm } from '../../stats/chance.ts'
import { listUsualLevels } from '../history/observe.ts'
import { pickPast } from '../history/past.ts'
import { recordControls } from './control.ts'
import type { Past } from '../history/past.ts'
import type { Trial } from './control.ts'
import type { Settings } from '../../settings.ts'
import type { SecondLook } from '../../report/looks.ts'
import { weighAssumed } from '../history/spread.ts'
import { ERROR_RATE_SHARE, LOST_LEVELS_SHARE, VERDICT_WORDS } from '../../report/verdict.ts'

/**
 * Levels that the history holds and this run does not. A level is proven lost when the server failed it in the run
 * and in a full repeat, and failed more of its requests than in recorded runs (Fisher, with Holm over all held
 * levels).
 *
 * Runs of one job repeat each other, as a second look does: a level lost in one of them and held in another is
 * `suspect`.
 *
 * @param candidates runs of the same code, at least one.
 * @param fresh the passes of a second look, a further repeat.
 */
export function findLostLevels(
  { entries }: Past,
  candidates: readonly HistoryRow[],
  fresh: HistoryRow | null,
  { falseAlarmRate }: Pick<Settings, 'falseAlarmRate'>,
): LostLevel[] {
  const held = listUsualLevels(
    entries.map(({ row }) => row),
    ({ valid }) => valid,
  )
  const rows = fresh === null ? candidates : [...candidates, fresh]
  const tests = held.map((level) => {
    const at = Math.max(
      0,
      candidates.findIndex((row) => isLost(levelOf(row, level)?.state)),
    )
    return testLevel(level, rows[at]!, rows.toSpliced(at, 1), entries)
  })
  const significant = rejectByHolm(
    tests.map(({ p }) => p ?? 1),
    LOST_LEVELS_SHARE * falseAlarmRate,
  )
  return tests.flatMap((test, i): LostLevel[] => {
    if (test.state === null) return []
    const { state, ...lost } = test
    const proven = significant[i]! && test.repeatFailed === true
    return [{ ...lost, verdict: !isLost(state) ? 'not-measured' : proven ? 'regressed' : 'suspect' }]
  })
}

/** Levels that failed and were not repeated. */
export function findLevelsToRepeat(lost: readonly LostLevel[]): number[] {
  return lost
    .filter(({ verdict, repeatFailed }) => verdict === 'suspect' && repeatFailed === null)
    .map(({ concurrency }) => concurrency)
}

type Tested = Omit<LostLevel, 'verdict'> & { readonly state: RowLevel['state'] | 'absent' | null }

function testLevel(
  concurrency: number,
  candidate: HistoryRow,
  repeats: readonly HistoryRow[],
  entries: readonly HistoryEntry[],
): Tested {
  const level = levelOf(candidate, concurrency)
  const state = level === undefined ? 'absent' : level.valid ? null : level.state
  const again = repeats.flatMap((row) => levelOf(row, concurrency) ?? [])
  const seen = level === undefined ? [] : [level, ...(isLost(state) ? again : [])]
  const counts = sumCounts(seen.map(countsOf))
  const baseline = sumCounts(entries.flatMap(({ row }) => levelOf(row, concurrency) ?? []).map(countsOf))
  return {
    concurrency,
    state,
    candidate: counts,
    baseline,
    repeatFailed: state === null || again.length === 0 ? null : again.every((repeat) => isFailed(repeat, state)),
    p: isLost(state) ? testFisherGreater(shareOf(counts), shareOf(baseline)) : null,
    reason: level === undefined ? 'it was not tried' : STATE_WORDS[level.state],
  }
}

/** Whether the repeat failed, too: a server that failed must fail again; otherwise the level must be unusable again. */
function isFailed({ state, valid }: RowLevel, before: Tested['state']): boolean {
  return isLost(before) ? isLost(state) : !valid
}

function levelOf(row: HistoryRow, concurrency: number): RowLevel | undefined {
  return row.levels.find((level) => level.concurrency === concurrency)
}

/** Whether the load was too much for the server. */
function isLost(state: Tested['state'] | undefined): boolean {
  return state != null && state !== 'absent' && isTooMuch(state)
}

/**
 * The counts of a level. Where nothing finished at all, each worker's request counts as failed, unless it was never
 * sent. Where more requests came than ended, none was served as at a level that is held.
 */
function countsOf(level: RowLevel): RequestCounts {
  const { ok, failed } = sumCounts(level.passes)
  if (level.state === 'overloaded') return { ok: 0, failed: Math.max(1, ok + failed) }
  return ok === 0 && !level.valid && isServers(level)
    ? { ok, failed: Math.max(failed, level.concurrency) }
    : { ok, failed }
}

function shareOf({ ok, failed }: RequestCounts) {
  return { hits: failed, n: ok + failed }
}

/** A rise below one point is never red. */
const LEAST_RISE = 0.01
/** At most this many levels are measured again: those with the most failures. */
const MOST_REPEATED = 3
/** Until the history shows it, failures are assumed to come in fours. */
const ASSUMED_EFFECT = 4

/** What decides about a rise. */
interface ErrorRateOptions {
  readonly alpha: number
  /** Must confirm a rise, where there was a second look. */
  readonly secondLook: SecondLook
}

/**
 * Compares the share of failed requests of a run with that of recorded runs, over the levels that the run measured,
 * without those broken by a rate limit or the client. A rise must be significant in the run and in fresh passes over
 * the three levels that failed most; the figures are the run's. Failures that do not recur in the fresh passes are
 * `suspect`; an outage through the second look is a real rise of that job. Where fresh passes cannot be used, the
 * rise is `not-measured`, as for metrics. Null when one side has no requests.
 */
function compareErrorRates(
  past: Past,
  candidates: readonly HistoryRow[],
  options: ErrorRateOptions,
): ErrorRateComparison | null {
  const first = computeRates(listServedLevels(candidates), candidates, past)
  return first === null ? null : { verdict: judgeRise(first, past, candidates, options), ...first }
}

function judgeRise(
  first: Rates,
  past: Past,
  candidates: readonly HistoryRow[],
  { alpha, secondLook }: ErrorRateOptions,
): ErrorRateComparison['verdict'] {
  if (!isRise(first, alpha)) return 'no-change-seen'
  if (secondLook === 'none') return 'regressed'
  const levels = new Set(findLevelsOfRise(past, candidates, alpha))
  const again = secondLook === 'unusable' ? null : computeRates(levels, [secondLook.row], past)
  if (again === null) return 'not-measured'
  return isRise(again, alpha) ? 'regressed' : 'suspect'
}

/** The levels at which a significant rise must be measured again: those with the most failures beyond the usual. */
export function findLevelsOfRise(past: Past, candidates: readonly HistoryRow[], alpha: number): readonly number[] {
  const levels = listServedLevels(candidates)
  const first = computeRates(levels, candidates, past)
  if (first === null || !isRise(first, alpha)) return []
  const usual = first.baseline.failed / sizeOf(first.baseline)
  const excess = [...levels].map((concurrency) => {
    const counts = sumCounts(candidates.flatMap((row) => countsOfPasses(row, new Set([concurrency]))))
    return { concurrency, failures: counts.failed - usual * sizeOf(counts) }
  })
  return excess
    .filter(({ failures }) => failures > 0)
    .sort((a, b) => b.failures - a.failures)
    .slice(0, MOST_REPEATED)
    .map(({ concurrency }) => concurrency)
}

type Rates = Omit<ErrorRateComparison, 'verdict'>

function isRise({ rise, p }: Rates, alpha: number): boolean {
  return p <= alpha && rise > LEAST_RISE
}

/**
 * One-sided Fisher. Failures come in clusters, so all counts are divided by the design effect: the variance between
 * clusters over that of independent requests, between the passes of either side or between recorded groups, whichever
 * is largest.
 *
 * Source of the design effect: J. N. K. Rao and A. J. Scott, A simple method for the analysis of clustered binary
 * data, Biometrics 48 (1992).
 */
function computeRates(levels: ReadonlySet<number>, rows: readonly HistoryRow[], past: Past): Rates | null {
  const own = rows.flatMap((row) => countsOfPasses(row, levels))
  const groups = past.groups.map(({ entries }) => entries.flatMap(({ row }) => countsOfPasses(row, levels)))
  const candidate = sumCounts(own)
  const baseline = sumCounts(groups.flat())
  if (sizeOf(candidate) === 0 || sizeOf(baseline) === 0) return null
  const rise = candidate.failed / sizeOf(candidate) - baseline.failed / sizeOf(baseline)
  const effect = Math.max(
    computeEffectOfPasses(own),
    computeEffectOfPasses(groups.flat()),
    computeEffectOfGroups(groups.map(sumCounts)),
  )
  // Rounded so that the candidate never looks worse than it is.
  const a = { hits: Math.floor(candidate.failed / effect), n: Math.ceil(sizeOf(candidate) / effect) }
  const hits = Math.ceil(baseline.failed / effect)
  const b = { hits, n: Math.max(hits, Math.floor(sizeOf(baseline) / effect)) }
  return { candidate, baseline, rise, p: rise > 0 ? testFisherGreater(a, b) : 1 }
}

function listServedLevels(rows: readonly HistoryRow[]): ReadonlySet<number> {
  return new Set(rows.flatMap((row) => row.levels.filter(isServers).map((level) => level.concurrency)))
}

function isServers({ state }: RowLevel): boolean {
  return state !== 'limited' && state !== 'client-saturated'
}

/** The counts of each pass of a run, summed over its levels. */
function countsOfPasses(row: HistoryRow, levels: ReadonlySet<number>): RequestCounts[] {
  const counts: { ok: number; failed: number }[] = []
  for (const level of row.levels) {
    if (!isServers(level) || !levels.has(level.concurrency)) continue
    for (const [i, { ok, failed }] of level.passes.entries()) {
      const pass = (counts[i] ??= { ok: 0, failed: 0 })
      pass.ok += ok
      pass.failed += failed
    }
  }
  return counts
}

/** At least 1: evenly spread failures prove no more than independent ones. */
function computeEffectOfPasses(passes: readonly RequestCounts[]): number {
  const { squares, degrees } = measureDispersion(passes)
  return degrees === 0 ? 1 : Math.max(1, squares / degrees)
}

/** Shrunk towards an assumed one while there are few groups, like the spread of a metric. */
function computeEffectOfGroups(groups: readonly RequestCounts[]): number {
  const { squares, degrees } = measureDispersion(groups)
  const assumed = weighAssumed(degrees)
  return Math.max(1, (assumed * ASSUMED_EFFECT + squares) / (assumed + degrees))
}

/** Pearson's X² of some counts about their common rate, and its degrees of freedom. */
function measureDispersion(counts: readonly RequestCounts[]): { squares: number; degrees: number } {
  const { ok, failed } = sumCounts(counts)
  const filled = counts.filter((each) => sizeOf(each) > 0)
  const degrees = Math.max(0, filled.length - 1)
  if (failed === 0 || ok === 0) return { squares: 0, degrees }
  const rate = failed / (ok + failed)
  const squares = filled.reduce((sum, each) => {
    const expected = sizeOf(each) * rate
    return sum + (each.failed - expected) ** 2 / (expected * (1 - rate))
  }, 0)
  return { squares, degrees }
}

/** The sum of some counts. */
function sumCounts(counts: readonly RequestCounts[]): RequestCounts {
  let ok = 0
  let failed = 0
  for (const each of counts) {
    ok += each.ok
    failed += each.failed
  }
  return { ok, failed }
}

/** The number of requests. */
function sizeOf({ ok, failed }: RequestCounts): number {
  return ok + failed
}

/** Whether a level is missing because the server failed it, or a lower one, so that it was not tried. */
export function isMissingByServer(concurrency: number, rows: readonly HistoryRow[]): boolean {
  return rows.some(({ levels }) => {
    const level = levels.find((level) => level.concurrency === concurrency)
    if (level !== undefined) return isLost(level.state) || isSpoilt(level)
    return levels.some((lower) => lower.concurrency < concurrency && isLost(lower.state))
  })
}

/** Whether too many requests failed for a valid level; the error rate judges that. */
function isSpoilt({ state, passes }: RowLevel): boolean {
  return state === 'invalid' && isFailing(sumCounts(passes))
}

/** The runs with whose failures a run is compared: all recorded ones, or the control while there are none. */
export function pastOfFailures({ past, control }: Trial): Past {
  return past ?? control!.past
}

/**
 * Lost levels, and a risen error rate. What fails at the control, too, is not the candidate's doing. The last of
 * several fresh sessions counts as the repeat of the others.
 */
export function findFailures(
  trial: Trial,
  secondLook: SecondLook,
  policy: Pick<Settings, 'falseAlarmRate'>,
): { readonly lostLevels: readonly LostLevel[]; readonly errorRate: ErrorRateComparison | null } {
  const { control } = trial
  const past = pastOfFailures(trial)
  const fresh = typeof secondLook === 'string' ? null : secondLook.row
  const lostLevels = findLostLevels(past, trial.candidates, fresh, policy)
  const repeats = secondLook === 'none' && control?.beside.isFresh === true && trial.candidates.length > 1
  const look = {
    candidates: repeats ? trial.candidates.slice(0, -1) : trial.candidates,
    alpha: ERROR_RATE_SHARE * policy.falseAlarmRate,
    secondLook: repeats ? { row: trial.candidates.at(-1)!, control: null } : secondLook,
  }
  const errorRate = compareErrorRates(past, look.candidates, look)
  if (control === null || trial.past === null) return { lostLevels, errorRate }
  const now = pickPast(recordControls(control.beside.controls), control.beside.controls[0]!.series)!
  const beside = compareErrorRates(now, look.candidates, look)
  const fails = (concurrency: number) =>
    control.beside.controls.every(({ levels }) =>
      levels.some((level) => level.concurrency === concurrency && isTooMuch(level.state)),
    )
  return {
    lostLevels: lostLevels.map((lost) =>
      lost.verdict === 'regressed' && fails(lost.concurrency) ? { ...lost, verdict: 'suspect' } : lost,
    ),
    errorRate: errorRate === null || beside === null ? errorRate : pickMilder(errorRate, beside),
  }
}

function pickMilder(a: ErrorRateComparison, b: ErrorRateComparison): ErrorRateComparison {
  return VERDICT_WORDS.indexOf(b.verdict) > VERDICT_WORDS.indexOf(a.verdict) ? b : a
}
