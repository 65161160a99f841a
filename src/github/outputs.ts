import { PLATEAU_STATES } from '../vocabulary/load.ts'
import { joinList } from '../text.ts'
import type { RunReport } from '../report/run-report.ts'
import { VERDICT_WORDS } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'

/** An output of the action, as action.yml and the docs name it. */
interface OutputInfo {
  readonly name: string
  /** One sentence, without a full stop at the end. */
  readonly meaning: string
  /** Its value when there is nothing to say; set first, so that it exists however the run ends. */
  readonly default: string
}

/** Every output. All of them are always set. */
export const OUTPUTS = [
  {
    name: 'verdict',
    meaning: `The worst that holds: ${joinList(VERDICT_WORDS, 'or')}`,
    default: 'not-measured',
  },
  {
    name: 'reasons',
    meaning: 'What decided the verdict, separated by commas: metrics, or codes such as limit and level-lost',
    default: '',
  },
  {
    name: 'regressions',
    meaning:
      'JSON array of what got worse: {"metric", "baseline", "candidate", "change", "interval": {"low", "high"}, "levels"}, changes as fractions',
    default: '[]',
  },
  { name: 'report-json', meaning: 'Path of the report as JSON', default: '' },
  { name: 'report-html', meaning: 'Path of the report as a page', default: '' },
  { name: 'history-html', meaning: 'Path of the page of all recorded runs, with `history-page`', default: '' },
  { name: 'comment-url', meaning: 'The comment on the pull request', default: '' },
  { name: 'artifact-url', meaning: 'The artifact with report, verdict and page', default: '' },
  {
    name: 'plateau-throughput',
    meaning:
      'Throughput on the plateau per second: output tokens, for embeddings input tokens; where no plateau was reached the highest seen',
    default: '',
  },
  { name: 'plateau-state', meaning: joinList(PLATEAU_STATES, 'or'), default: '' },
  { name: 'knee-concurrency', meaning: 'Smallest concurrency that reaches 95 % of the plateau', default: '' },
  {
    name: 'ttft-p50-ms',
    meaning: 'Median TTFT in milliseconds at the highest valid level up to the knee',
    default: '',
  },
  {
    name: 'tpot-p50-ms',
    meaning: 'Median TPOT in milliseconds at the highest valid level up to the knee',
    default: '',
  },
  {
    name: 'minimum-detectable-change',
    meaning: 'JSON object: for each compared metric the smallest worsening that would have been seen, as a fraction',
    default: '{}',
  },
  { name: 'baseline-runs', meaning: 'Recorded runs that were compared with', default: '0' },
  { name: 'markdown', meaning: 'The report as Markdown, as the comment has it', default: '' },
  {
    name: 'scenarios',
    meaning:
      'JSON object, with `scenario: all`: for each name {"verdict", "check", "reasons", "report-json", "report-html"}; all other outputs are those of the worst',
    default: '{}',
  },
] as const satisfies readonly OutputInfo[]

export type OutputName = (typeof OUTPUTS)[number]['name']
export type OutputValues = Readonly<Partial<Record<OutputName, string>>>

/** Outputs of the verdict, with or without a report. */
type VerdictOutput = 'verdict' | 'reasons' | 'regressions' | 'minimum-detectable-change' | 'baseline-runs'
/** Outputs known after delivery. */
type DeliveryOutput = 'markdown' | 'scenarios' | 'report-json' | 'report-html' | 'history-html' | 'comment-url'
/** All others are figures of the report; an output that is added must be produced here or be listed above. */
type ReportOutput = Exclude<OutputName, VerdictOutput | DeliveryOutput | 'artifact-url'>

/** The outputs that the delivery of a run produces. */
export type DeliveryOutputs = Readonly<Record<DeliveryOutput, string>>

/** The value of every output before anything is known. */
export const DEFAULT_OUTPUTS: OutputValues = Object.fromEntries(OUTPUTS.map((output) => [output.name, output.default]))

/** The outputs of verdict and report. A report of null means that nothing was measured. */
export function outputsOf(
  verdict: Verdict,
  report: RunReport | null,
): Readonly<Record<VerdictOutput, string>> & OutputValues {
  return { ...buildVerdictOutputs(verdict), ...(report === null ? {} : reportOutputs(report)) }
}

function buildVerdictOutputs({
  verdict,
  reasons,
  comparisons,
  baseline,
}: Verdict): Readonly<Record<VerdictOutput, string>> {
  const regressions = comparisons
    .filter((comparison) => comparison.verdict === 'regressed')
    .map(({ metric, baseline, candidate, change, interval, levels }) => ({
      metric,
      baseline,
      candidate,
      change,
      interval,
      levels,
    }))
  const visible = comparisons.flatMap(({ metric, smallestVisible }) =>
    smallestVisible === null ? [] : [[metric, smallestVisible] as const],
  )
  return {
    verdict,
    reasons: reasons.join(','),
    regressions: JSON.stringify(regressions),
    'minimum-detectable-change': JSON.stringify(Object.fromEntries(visible)),
    'baseline-runs': String(baseline.runs),
  }
}

function reportOutputs({ plateau, levels }: RunReport): Readonly<Record<ReportOutput, string>> {
  const knee = plateau.kneeConcurrency ?? Infinity
  const valid = levels.filter((level) => level.valid)
  // If the knee lies between two levels, the lower one; below the lowest, the lowest.
  const level = valid.findLast(({ concurrency }) => concurrency <= knee) ?? valid[0]
  return {
    'plateau-throughput': writeFigure(plateau[plateau.metric]?.value),
    'plateau-state': plateau.state,
    'knee-concurrency': writeFigure(plateau.kneeConcurrency),
    'ttft-p50-ms': writeFigure(level?.ttftMs?.p50),
    'tpot-p50-ms': writeFigure(level?.tpotMs?.p50),
  }
}

/** The output `scenarios`: what came of each, by its name. */
export function writeScenarios(
  scenarios: readonly ({ readonly verdict: Verdict } & Pick<DeliveryOutputs, 'report-json' | 'report-html'>)[],
): string {
  const byName = scenarios.map(({ verdict: { name, verdict, check, reasons }, ...paths }) => [
    name,
    { verdict, check, reasons, 'report-json': paths['report-json'], 'report-html': paths['report-html'] },
  ])
  return JSON.stringify(Object.fromEntries(byName))
}

/** No figure is accurate to more than six digits. */
function writeFigure(value: number | null | undefined): string {
  return value == null ? '' : String(Number(value.toPrecision(6)))
}
