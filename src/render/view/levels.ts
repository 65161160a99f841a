import { generatesTokens, nameItem, isOpenLoop, loadOf, nameLevel, nameState } from '../../vocabulary/load.ts'
import type { LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { Summary } from '../../stats/percentile.ts'
import { MINIMUM_SAMPLES } from '../../stats/percentile.ts'
import type { RunReport } from '../../report/run-report.ts'
import { RATE_UNITS } from '../../vocabulary/metrics.ts'
import {
  formatConcurrency,
  formatCount,
  formatLevel,
  formatMs,
  formatRate,
  formatShare,
  MISSING,
  pluralise,
} from '../format.ts'
import { keepUnit } from '../sentences.ts'
import type { Column, Table } from '../sentences.ts'
import { describeCapacity, describeGoodput, describeWithin } from './objectives.ts'
import { describeStandIns, formatTimeOrStandIn } from './report.ts'
import { adviseHigher, describeOnce, describeSearch, describeUnusable } from './search.ts'
import type { LoadKind } from '../../vocabulary/load.ts'

/** What a sweep measured: its levels one by one, and the plateau that they form. */

interface LevelColumn extends Column {
  cell(level: LevelMetrics): string
}

/** What to say about the levels, and what follows from them. */
export function viewLevels(report: RunReport) {
  return {
    table: tabulateLevels(report),
    /** Shown where the table has no rows. */
    none: 'No level was measured.',
    /** Of each row of the table, whether its figures may be used. */
    isValid: report.levels.map(({ valid }) => valid),
    reasoning: describeReasoning(report),
    missing: describeMissing(report),
    schedule: describeSchedule(report),
    standIns: describeStandIns(report),
    /** Null where nothing succeeded, because then the lack of a plateau is no news. */
    plateau: report.levels.some(({ requests }) => requests.ok > 0) ? describeFlat(report) : null,
    within: describeWithin(report),
    capacity: describeCapacity(report),
    goodput: describeGoodput(report),
    price: describePrice(report),
  }
}

/** One row a level. */
function tabulateLevels(report: RunReport): Table {
  const columns = chooseColumns(report)
  return {
    columns: columns.map(({ heading, align }) => ({ heading, align })),
    rows: report.levels.map((level) => columns.map(({ cell }) => keepUnit(cell(level)))),
  }
}

/** Which p90 is missing for lack of requests, and how many more it needs; null when none is missing, or none is shown. */
function describeMissing({ levels, series, slo }: RunReport): string | null {
  if (slo !== undefined) return null
  const needed = MINIMUM_SAMPLES.p90
  const missing = levels.flatMap((level) => {
    const summary = generatesTokens(series.workload.task) ? level.ttftMs : level.latencyMs
    if (summary === null || summary.p90 !== null) return []
    const more = needed - summary.n - level.requests.failed
    return more > 0 ? [`level ${nameLevel(loadOf(series), level.concurrency)} needs ${formatCount(more)} more`] : []
  })
  return missing.length === 0 ? null : `${MISSING} p90 takes ${needed} requests: ${missing.join(', ')}.`
}

/** When the answer itself begins, where visible reasoning comes first; null elsewhere. */
function describeReasoning({
  levels,
  validity,
  series,
}: Pick<RunReport, 'levels' | 'validity' | 'series'>): string | null {
  // Where reasoning is part of the text, a finding says so.
  if (validity.findings.some(({ code }) => code === 'reasoning-in-text')) return null
  const reasoned = levels.filter(({ reasoningShare, ttftMs }) => (reasoningShare ?? 0) > 0 && ttftMs !== null)
  if (reasoned.length === 0) return null
  const begins = reasoned.flatMap(({ concurrency, ttftMs, ttfoMs }) =>
    ttfoMs?.p50 == null || ttfoMs.p50 <= (ttftMs?.p50 ?? 0)
      ? []
      : [`${formatMs(ttfoMs.p50)} at level ${nameLevel(loadOf(series), concurrency)}`],
  )
  if (begins.length > 0) return `Reasoning comes first; the answer itself begins (TTFO p50) after ${begins.join(', ')}.`
  const answered = reasoned.some(({ ttfoMs }) => ttfoMs !== null)
  return answered ? null : 'Reasoning took all tokens, so no answer began (TTFO); raise `output-tokens`.'
}

function chooseColumns(report: RunReport): readonly LevelColumn[] {
  const { series } = report
  const alignRight = (heading: string, cell: LevelColumn['cell']): LevelColumn => ({ heading, align: 'right', cell })
  const time = (summary: Summary | null, percentile: 'p50' | 'p90') => formatMs(summary?.[percentile] ?? null)
  const first = [
    alignRight('level', (level) => nameLevel(loadOf(series), level.concurrency)),
    alignRight('ok/failed', ({ requests }) => `${formatCount(requests.ok)}/${formatCount(requests.failed)}`),
  ]
  // With objectives, whose share kept takes its place, the p90 has no room in 80 columns.
  const tail = (summary: (level: LevelMetrics) => Summary | null): LevelColumn[] =>
    report.slo === undefined ? [alignRight('p90', (level) => time(summary(level), 'p90'))] : []
  const kept =
    report.slo === undefined
      ? []
      : [alignRight('kept', ({ attained }: LevelMetrics) => formatShare(attained?.attainment ?? null))]
  const last: LevelColumn = {
    heading: 'state',
    align: 'left',
    // Findings explain it.
    cell: (level) => (hasBufferedAnswers(level, series.workload.task) ? 'buffered' : nameState(level)),
  }
  if (!generatesTokens(series.workload.task)) {
    const sequences = (level: LevelMetrics) =>
      level.requestsPerSecond === null ? null : level.requestsPerSecond * series.workload.batchSize
    return [
      ...first,
      alignRight('latency p50', (level) => time(level.latencyMs, 'p50')),
      ...tail((level) => level.latencyMs),
      alignRight(`${nameItem(series.workload.task)}s/s`, (level) => formatRate(sequences(level))),
      alignRight('input tok/s', (level) => formatRate(level.inputTokensPerSecond)),
      ...kept,
      last,
    ]
  }
  return [
    ...first,
    alignRight('TTFT p50', (level) => formatTimeOrStandIn(report, level, 'ttftMs')),
    ...tail((level) => level.ttftMs),
    alignRight('TPOT p50', (level) => formatTimeOrStandIn(report, level, 'tpotMs')),
    alignRight('lat. p50', (level) => time(level.latencyMs, 'p50')),
    alignRight('tok/s', (level) => formatRate(level.outputTokensPerSecond)),
    alignRight('req/s', (level) => formatRate(level.requestsPerSecond)),
    ...kept,
    last,
  ]
}

/** Whether a level has no TTFT and TPOT because its answers were held back on the way. Older reports call it ok. */
export function hasBufferedAnswers({ state, requests, ttftMs }: LevelMetrics, task: string): boolean {
  return state === 'buffered' || (state === 'ok' && generatesTokens(task) && requests.ok > 0 && ttftMs === null)
}

/** The plateau, and how the levels were found that show it. */
function describeFlat(report: RunReport): string {
  return [describePlateau(report), describeSearch(report), describeOnce(report)]
    .filter((sentence) => sentence !== null)
    .join(' ')
    .trim()
}

/** The plateau in a sentence: state, throughput with its interval, knee. */
export function describePlateau(
  report: Pick<RunReport, 'plateau' | 'levels' | 'plan' | 'series' | 'imported'>,
): string {
  const { plateau, levels, series } = report
  const estimate = plateau[plateau.metric]
  if (estimate === null) return 'No plateau: no level can be used.'
  const value = `${formatRate(estimate.value)} ${RATE_UNITS[plateau.metric]}`
  const interval =
    estimate.low === null || estimate.high === null
      ? '(one pass, no interval)'
      : `(95 % interval ${formatRate(estimate.low)} to ${formatRate(estimate.high)})`
  const load = loadOf(series)
  if (isOpenLoop(load)) return describeHighest(load, report, `${value} ${interval}`)
  const top = formatConcurrency(plateau.concurrencies.at(-1) ?? 0)
  const knee =
    plateau.kneeConcurrency === null ? '' : `, knee at concurrency ${formatConcurrency(plateau.kneeConcurrency)}`
  switch (plateau.state) {
    case 'reached':
      return `Plateau: ${value} ${interval}${knee}. More concurrency adds only latency.`
    case 'collapsing': {
      const lost = levels.find((level) => level.state === 'lost')
      const why =
        lost === undefined
          ? `beyond concurrency ${top} throughput falls by more than 10 %`
          : `the server does not hold concurrency ${lost.concurrency}`
      return `Plateau: ${value} ${interval}${knee}. It collapses: ${why}.`
    }
    case 'limited':
      return `Plateau not reached: ${value} ${interval} at concurrency ${top}, then a rate limit ended the sweep.`
    case 'not-reached': {
      const unusable = levels.filter((level) => !level.valid).length
      const advice = unusable === 0 ? adviseHigher(report) : describeUnusable(unusable, 'level')
      return `Plateau not reached: ${value} ${interval} at concurrency ${top}, the highest of the usable levels. ${advice}`.trim()
    }
  }
}

/** What comes through in an open loop is what is sent, until that is too much: there is no plateau, but a highest rate or speed. */
function describeHighest(
  load: LoadKind,
  { plateau, levels, imported }: Pick<RunReport, 'plateau' | 'levels' | 'imported'>,
  value: string,
): string {
  const tooMuch = levels.find(({ state }) => state === 'lost' || state === 'overloaded')
  const unusable = levels.filter(({ valid }) => !valid).length
  const beyond =
    tooMuch === undefined
      ? unusable === 0
        ? imported === undefined
          ? `No ${load} was too much for the server.`
          : 'Whether the server kept up is not in the results.'
        : describeUnusable(unusable, load)
      : `${formatLevel(load, tooMuch.concurrency)} is more than the server carries.`
  return `Highest throughput: ${value} at ${formatLevel(load, plateau.concurrencies.at(-1) ?? 0)}. ${beyond}`
}

/** How well the schedule of an open loop was kept, in a sentence; null in a closed one. */
function describeSchedule({ levels, series: { arrivals, speeds } }: RunReport): string | null {
  const schedules = levels.flatMap(({ open }) => open ?? [])
  const lags = schedules.flatMap(({ lagMs }) => lagMs ?? [])
  if ((arrivals === undefined && speeds === undefined) || lags.length === 0) return null
  const findWorst = (percentile: 'p50' | 'p99'): string => formatMs(Math.max(...lags.map((lag) => lag[percentile])))
  const peak = formatCount(Math.max(...schedules.map(({ peakInFlight }) => peakInFlight)))
  const dropped = schedules.reduce((sum, one) => sum + one.dropped, 0)
  const never = dropped === 0 ? '' : ` ${pluralise(dropped, 'request')} that were due were never sent.`
  const moments = arrivals === undefined ? 'the moments of the trace' : `${arrivals} arrivals`
  return `Open loop, ${moments}: requests were sent ${findWorst('p50')} (p50) and ${findWorst('p99')} (p99) late at most, and all times count from when they were due. Up to ${peak} in flight.${never}`
}

/** What a million tokens cost, in a sentence; null where no price is given. */
function describePrice({ price, plateau }: RunReport): string | null {
  if (price === undefined) return null
  const { perHour, tokens, atPlateau, atCapacity } = price
  const kind = tokens === 'inputTokensPerSecond' ? 'input tokens' : 'output tokens'
  const where =
    plateau.state === 'reached' || plateau.state === 'collapsing' ? 'on the plateau' : 'at the highest throughput'
  const found = [
    ...(atPlateau === null ? [] : [`${formatRate(atPlateau)} ${where}`]),
    ...(atCapacity === null ? [] : [`${formatRate(atCapacity)} at the capacity`]),
  ]
  return found.length === 0
    ? 'What tokens cost is not known: no throughput in tokens was measured.'
    : `At ${formatRate(perHour)} an hour, a million ${kind} cost ${found.join(', ')}, if the server is never idle.`
}
