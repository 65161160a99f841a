import { generatesTokens } from '../vocabulary/load.ts'
import { findBestWithin } from '../metrics/plateau/capacity.ts'
import { countNeededRequests } from '../metrics/level/level-run.ts'
import { TIME_METRICS } from '../metrics/level/level-metrics.ts'
import type { LevelFigures, LevelMetrics, LevelPass, TimeMetric } from '../metrics/level/level-metrics.ts'
import { findPlateau } from '../metrics/plateau/plateau.ts'
import { priceTokens } from '../metrics/plateau/price.ts'
import { explainInvalid } from '../metrics/validity.ts'
import { isFailing } from '../metrics/validity/evidence.ts'
import type { ReportFinding, ReportPlan, ReportValidity, RunReport } from '../report/run-report.ts'
import { RUN_REPORT_SCHEMA } from '../report/run-report.ts'
import { METHOD, addSeriesKey } from '../report/series.ts'
import type { Series } from '../report/series.ts'
import type { Settings } from '../settings.ts'
import { sum } from 'simple-statistics'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'
import type { Summary } from '../stats/percentile.ts'
import { pluralise } from '../text.ts'
import type { LoadKind } from '../vocabulary/load.ts'
import { mapRates, rowOfTime } from '../vocabulary/metrics.ts'
import { TOOLS } from '../vocabulary/tools.ts'
import { VERSION } from '../version.ts'
import type { JoinedLevel, JoinedResult } from './join-results.ts'
import { STATED_TIMES } from './tool-result.ts'
import type { StatedTime, StatedTimeField } from './tool-result.ts'

/** The settings that an imported run depends on. */
type ImportSettings = Pick<Settings, 'name' | 'endpointLabel' | 'model' | 'throughputWithin' | 'pricePerHour'>

const NOT_SAID = 'not said'

/**
 * The report of a run that a tool of others measured: its figures as the tool states them, judged by the counts of requests alone. What
 * only the machine that measured could know (client, windows, build) is not in it.
 */
export function importRun(joined: JoinedResult, settings: ImportSettings): RunReport {
  const byConcurrency = Map.groupBy(joined.levels, ({ concurrency }) => concurrency)
  const findings: ReportFinding[] = []
  const levels = [...byConcurrency.entries()]
    .sort(([a], [b]) => a - b)
    .map(([concurrency, passes]) => {
      const found = judgeLevel(concurrency, passes, joined)
      findings.push(...found)
      return buildLevel(concurrency, passes, found, joined.load)
    })
  const plateau = findPlateau(levels)
  const { throughputWithin, pricePerHour } = settings
  return {
    schema: RUN_REPORT_SCHEMA,
    tool: { name: 'plateau', version: VERSION },
    imported: { tool: joined.tool, version: joined.version, notes: joined.notes },
    startedAt: joined.startedAt,
    durationSeconds: sum(joined.levels.map(({ seconds }) => seconds)),
    series: buildImportedSeries(joined, levels, settings.name),
    context: {
      ...(joined.host !== null && { host: joined.host }),
      endpointLabel: settings.endpointLabel,
      model: settings.model ?? joined.model,
      servedModel: null,
      loadTool: joined.version === null ? joined.tool : `${joined.tool} ${joined.version}`,
      ...describeTokens(joined),
      runner: { environment: NOT_SAID, os: NOT_SAID, arch: NOT_SAID, cpuCount: 0 },
      node: NOT_SAID,
    },
    plan: planOf(joined, levels),
    capabilities: {},
    levels,
    plateau,
    within: throughputWithin === null ? null : findBestWithin(levels, throughputWithin),
    ...(pricePerHour !== null && { price: priceTokens(pricePerHour, { plateau, capacity: null, levels }) }),
    validity: judgeImported(levels, findings),
  }
}

function judgeImported(levels: readonly LevelMetrics[], findings: readonly ReportFinding[]): ReportValidity {
  const cause = explainInvalid(levels, [])
  return { ok: levels.some(({ valid }) => valid), ...(cause !== null && { cause }), findings }
}

/** The lengths that were measured, where nothing says which were asked for, so that a change of the workload shows. */
function describeTokens({ inputTokens, levels }: JoinedResult): { readonly requestTokens?: string } {
  const [level] = levels
  const requests = level!.requestsPerSecond
  if (inputTokens !== null || requests === null) return {}
  const mean = (rate: number | null): string => (rate === null ? '–' : String(Number((rate / requests).toPrecision(2))))
  return { requestTokens: `${mean(level!.inputTokensPerSecond)} in, ${mean(level!.outputTokensPerSecond)} out` }
}

function buildImportedSeries(joined: JoinedResult, levels: readonly LevelMetrics[], name: string): Series {
  const { tool, api, task, inputTokens, outputTokens, levelRequests, levelSeconds } = joined
  const { ttft, tpot } = TOOLS[tool]
  return addSeriesKey({
    name,
    source: { tool, ttft, tpot },
    api: api ?? NOT_SAID,
    workload: {
      task,
      inputTokens: inputTokens ?? NOT_SAID,
      outputTokens: outputTokens ?? NOT_SAID,
      promptsHash: null,
      extraBody: null,
      headerNames: [],
      prefixCache: 'allow',
      sharedPrefixTokens: 0,
      batchSize: 1,
    },
    ...describeLoad(joined, levels),
    passes: countPasses(levels),
    levelDuration: levelSeconds ?? 'auto',
    levelRequests,
    connection: `of ${tool}`,
    method: METHOD,
  })
}

/** What a series says of its levels. */
function describeLoad({ load, levels: [first] }: JoinedResult, levels: readonly LevelMetrics[]) {
  const numbers = levels.map(({ concurrency }) => concurrency)
  if (load === 'concurrency') return { concurrency: numbers }
  const { arrivals, maxInFlight } = first!
  return {
    concurrency: [],
    rates: numbers,
    arrivals: arrivals ?? NOT_SAID,
    ...(maxInFlight !== null && { maxInFlight }),
  }
}

function countPasses(levels: readonly LevelMetrics[]): number {
  return Math.max(1, ...levels.map(({ passes }) => passes.length))
}

/** The plan of the run, which no tool states: what was measured. */
function planOf({ levels: measured }: JoinedResult, levels: readonly LevelMetrics[]): ReportPlan {
  const sumTokens = (rate: 'inputTokensPerSecond' | 'outputTokensPerSecond') =>
    Math.round(sum(measured.map((level) => (level[rate] ?? 0) * level.seconds)))
  return {
    levels: levels.map(({ concurrency }) => concurrency),
    passes: countPasses(levels),
    expected: {
      seconds: sum(measured.map(({ seconds }) => seconds)),
      requests: sum(measured.map(({ ok, failed }) => ok + failed)),
      inputTokens: sumTokens('inputTokensPerSecond'),
      outputTokens: sumTokens('outputTokensPerSecond'),
    },
    cut: [],
  }
}

/** The rules that need nothing but what tools state, in the words and with the remedies of a run that another tool measured. */
function judgeLevel(
  concurrency: number,
  passes: readonly JoinedLevel[],
  { tool, task, load }: JoinedResult,
): readonly ReportFinding[] {
  const ok = sum(passes.map((pass) => pass.ok))
  const failed = sum(passes.map((pass) => pass.failed))
  const cut = passes.find((pass) => pass.cut !== null)?.cut ?? null
  const fewest = Math.min(...passes.map((pass) => pass.ok + pass.failed))
  const needed = load === 'rate' ? 3 : countNeededRequests({ concurrency })
  const logs = `What ${tool} wrote of its errors and the log of the server say why.`
  const found = (code: string, message: string, remedy: string): ReportFinding => ({
    code,
    level: concurrency,
    message,
    remedy,
  })
  return [
    ...(cut === null ? [] : [found('cancelled', `The measurement is not whole: ${cut}.`, 'Measure again.')]),
    ...(ok === 0 ? [found('no-success', 'No request of the level succeeded.', logs)] : []),
    ...(ok > 0 && isFailing({ ok, failed })
      ? [found('errors', `${pluralise(failed, 'request')} of ${ok + failed} failed.`, logs)]
      : []),
    ...(ok > 0 && fewest < needed
      ? [
          found(
            'too-few-requests',
            `It has ${pluralise(fewest, 'request')}; ${needed} are needed.`,
            `Let ${tool} send more requests at each level.`,
          ),
        ]
      : []),
    ...(ok > 0 && generatesTokens(task) && passes.every(({ ttftMs }) => ttftMs === null)
      ? [
          found(
            'buffered',
            `${tool} states no TTFT: latency and throughput are compared.`,
            `Let ${tool} stream the answers.`,
          ),
        ]
      : []),
  ]
}

/** Findings that do not keep the figures from being used. */
const HARMLESS: ReadonlySet<string> = new Set(['buffered'])

function buildLevel(
  concurrency: number,
  stated: readonly JoinedLevel[],
  findings: readonly ReportFinding[],
  load: LoadKind,
): LevelMetrics {
  const invalidReasons = findings.flatMap(({ code }) => (HARMLESS.has(code) ? [] : [code]))
  const isBuffered = findings.some(({ code }) => code === 'buffered')
  let startedAtSeconds = 0
  const passes = stated.map((level, i): LevelPass => {
    const pass = { pass: i + 1, startedAtSeconds, ...computeFigures(level, load) }
    startedAtSeconds += level.seconds
    return pass
  })
  const pooled = passes.length === 1 ? computeFigures(stated[0]!, load) : poolPasses(passes)
  return {
    concurrency,
    valid: invalidReasons.length === 0,
    invalidReasons,
    state: invalidReasons.length > 0 ? 'invalid' : isBuffered ? 'buffered' : 'ok',
    tokenSources: [],
    ...pooled,
    passes,
  }
}

/** Figures of one measurement as the tool states them; what it does not state is null. */
function computeFigures(level: JoinedLevel, load: LoadKind): LevelFigures {
  const { ok, failed, seconds, concurrency, inFlight } = level
  const times = mapTimes((field) =>
    summariseTime(level[field], { ok, failed, isOfChunks: rowOfTime(field).fact === null }),
  )
  return {
    windowSeconds: seconds,
    requests: { ok, failed, short: 0 },
    failures: failed > 0 ? { unknown: failed } : {},
    ...times,
    ...mapRates((field) => level[field]),
    client: null,
    inFlight: { mean: inFlight ?? (load === 'concurrency' && concurrency === 1 ? 1 : null), byLittlesLaw: null },
    cachedShare: null,
    connectionShare: null,
  }
}

/** Every time of a level: what is found for one that a tool can state, null for the others. */
function mapTimes(find: (field: StatedTimeField) => Summary | null): Record<TimeMetric, Summary | null> {
  const isStated = (field: TimeMetric): field is StatedTimeField =>
    (STATED_TIMES as readonly TimeMetric[]).includes(field)
  return Object.fromEntries(TIME_METRICS.map((field) => [field, isStated(field) ? find(field) : null])) as Record<
    TimeMetric,
    Summary | null
  >
}

/** The summary of a report: a percentile for which there are too few requests is null, even if the tool prints it. */
function summariseTime(
  time: StatedTime | null,
  { ok, failed, isOfChunks }: { readonly ok: number; readonly failed: number; readonly isOfChunks: boolean },
): Summary | null {
  if (time === null || ok === 0) return null
  const n = isOfChunks ? Infinity : ok + failed
  const percentile = (name: 'p90' | 'p95' | 'p99'): number | null => (n < MINIMUM_SAMPLES[name] ? null : time[name])
  return {
    n: ok,
    mean: time.mean,
    sd: time.sd,
    min: time.min,
    p50: time.p50,
    p90: percentile('p90'),
    p95: percentile('p95'),
    p99: percentile('p99'),
    max: time.max,
  }
}

/** Passes as one level: counts add up, rates weigh by time, and times take their mean on the log scale, as everywhere. */
function poolPasses(passes: readonly LevelPass[]): LevelFigures {
  const ok = sum(passes.map(({ requests }) => requests.ok))
  const failed = sum(passes.map(({ requests }) => requests.failed))
  const seconds = sum(passes.map(({ windowSeconds }) => windowSeconds))
  const inFlight = passes.map((pass) => pass.inFlight.mean)
  return {
    windowSeconds: seconds,
    requests: { ok, failed, short: 0 },
    failures: failed > 0 ? { unknown: failed } : {},
    ...mapTimes((field) => poolTimes(passes.flatMap((pass) => pass[field] ?? []))),
    ...mapRates((field) => {
      const rates = passes.map((pass) => (pass[field] === null ? null : pass[field] * pass.windowSeconds))
      return seconds === 0 || rates.includes(null) ? null : sum(rates as number[]) / seconds
    }),
    client: null,
    inFlight: {
      mean: inFlight.includes(null) ? null : sum(inFlight as number[]) / inFlight.length,
      byLittlesLaw: null,
    },
    cachedShare: null,
    connectionShare: null,
  }
}

function poolTimes(all: readonly Summary[]): Summary | null {
  if (all.length === 0) return null
  const averageLogs = (name: 'mean' | 'p50' | 'p90' | 'p95' | 'p99'): number | null => {
    const values = all.map((each) => each[name])
    return values.some((value) => value === null || value <= 0)
      ? null
      : Math.exp(sum(values.map((value) => Math.log(value!))) / values.length)
  }
  const findEdge = (name: 'min' | 'max'): number | null => {
    const values = all.map((each) => each[name])
    return values.includes(null) ? null : Math[name](...(values as number[]))
  }
  return {
    n: sum(all.map(({ n }) => n)),
    mean: averageLogs('mean'),
    sd: null,
    min: findEdge('min'),
    p50: averageLogs('p50'),
    p90: averageLogs('p90'),
    p95: averageLogs('p95'),
    p99: averageLogs('p99'),
    max: findEdge('max'),
  }
}
