import type { RunReport } from '../report/run-report.ts'
import { nameLevel, spellLevels } from '../vocabulary/load.ts'
import { loadOfVerdict } from '../report/verdict.ts'
import type { Comparison, LostLevel, Verdict } from '../report/verdict.ts'
import { writePlain } from '../words/terminal.ts'
import { viewVerdict } from '../render/view.ts'
import type { VerdictView } from '../render/view.ts'
import { escapeForHtml, pluralise } from '../text.ts'

/**
 * A verdict as JUnit XML, which every CI shows: a case for each compared metric, each limit, each lost level, the
 * error rate, and the verdict itself. Cases fail only where the check does, and then at least one does.
 */

interface Case {
  readonly name: string
  /** What was found, in a line. */
  readonly text: string
  /** `error`: it could not be decided. `skipped`: it was not decided. */
  readonly outcome: 'pass' | 'failure' | 'error' | 'skipped'
}

/** The whole document; `report` is null where there are no figures. */
export function encodeJunit(report: RunReport | null, verdict: Verdict): string {
  const view = viewVerdict({ report, verdict, acceptLabel: null, subject: 'run' })
  const parts = [
    ...listComparisons(verdict, view),
    ...listLost(verdict),
    ...listErrorRate(verdict),
    ...listLimits(view),
  ]
  const found =
    verdict.check === 'fail' ? parts : parts.map((one) => ({ ...one, outcome: forgiveOutcome(one.outcome) }))
  const cases = [...found, judgeWhole(verdict, view, found)]
  const count = (outcome: Case['outcome']): number => cases.filter((one) => one.outcome === outcome).length
  const attributes = [
    `name="plateau: ${escapeForXml(verdict.name)}"`,
    `tests="${cases.length}"`,
    `failures="${count('failure')}"`,
    `errors="${count('error')}"`,
    `skipped="${count('skipped')}"`,
    `time="${(report?.durationSeconds ?? 0).toFixed(3)}"`,
  ].join(' ')
  const timestamp = report === null ? '' : ` timestamp="${escapeForXml(report.startedAt.replace(/(\.\d+)?Z$/, ''))}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes}>`,
    `  <testsuite ${attributes}${timestamp}>`,
    ...cases.map((one) => writeCase(one, verdict.name)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

/** Lets nothing fail where the check does not: what is only observed, warned about or accepted. */
function forgiveOutcome(outcome: Case['outcome']): Case['outcome'] {
  return outcome === 'failure' || outcome === 'error' ? 'pass' : outcome
}

/** The view's rows are in the order of the comparisons. */
function listComparisons({ comparisons }: Verdict, view: VerdictView): Case[] {
  return comparisons.map(({ metric, verdict, note }, i) => {
    const { baseline, candidate, change, interval, visible, verdict: word } = view.comparisons.rows[i]!
    const figures = `${baseline} before, ${candidate} now, ${change}${interval === null ? '' : ` ${interval}`}`
    const text = `${figures}; finds ${visible}. ${writePlain(word)}${note === null ? '' : `: ${note}`}`
    return { name: metric, text, outcome: OUTCOMES[verdict] }
  })
}

const OUTCOMES: Readonly<Record<Comparison['verdict'], Case['outcome']>> = {
  regressed: 'failure',
  'not-measured': 'error',
  suspect: 'pass',
  'not-comparable': 'skipped',
  accepted: 'pass',
  'no-change-seen': 'pass',
  proven: 'pass',
  improved: 'pass',
}

function listLost(verdictOf: Verdict): Case[] {
  const load = loadOfVerdict(verdictOf)
  return verdictOf.lostLevels.map(({ concurrency, verdict, reason }: LostLevel) => ({
    name: `${spellLevels(load, nameLevel(load, concurrency))} is held`,
    text: reason,
    outcome: OUTCOMES[verdict],
  }))
}

function listErrorRate({ errorRate }: Verdict): Case[] {
  if (errorRate === null) return []
  const { verdict, baseline, candidate } = errorRate
  const describe = ({ ok, failed }: typeof baseline): string =>
    `${failed} of ${pluralise(ok + failed, 'request')} failed`
  const text = `${describe(candidate)}; in the baseline ${describe(baseline)}`
  return [{ name: 'error-rate', text, outcome: OUTCOMES[verdict] }]
}

function listLimits({ limits }: VerdictView): Case[] {
  const words = { fail: 'failure', 'not-measured': 'error', pass: 'pass' } as const
  return limits.rows.map(({ limit, outcome, verdict, measured }) => ({
    name: writePlain(limit),
    text: `${writePlain(measured)}. ${writePlain(verdict)}`,
    outcome: words[outcome],
  }))
}

/** The verdict itself, which fails where no other case explains why the check does. */
function judgeWhole({ check, verdict }: Verdict, { title }: VerdictView, found: readonly Case[]): Case {
  const text = writePlain(title.sentence)
  const isSaid = found.some(({ outcome }) => outcome === 'failure' || outcome === 'error')
  if (check !== 'fail' || isSaid) return { name: 'verdict', text, outcome: 'pass' }
  return { name: 'verdict', text, outcome: verdict === 'not-measured' || verdict === 'cancelled' ? 'error' : 'failure' }
}

function writeCase({ name, text, outcome }: Case, series: string): string {
  const start = `    <testcase classname="plateau.${escapeForXml(series)}" name="${escapeForXml(name)}"`
  const words = escapeForXml(text)
  if (outcome === 'pass') return `${start}><system-out>${words}</system-out></testcase>`
  const body = outcome === 'skipped' ? '<skipped message="' : `<${outcome} type="plateau" message="`
  return `${start}>${body}${words}"/></testcase>`
}

/** For XML: escaped, in one line, without what XML cannot hold. */
function escapeForXml(text: string): string {
  return escapeForHtml(text, 1_000)
}
