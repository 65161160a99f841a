import { SettingsError } from '../errors.ts'
import { importRun } from '../imports/import-run.ts'
import { joinResults } from '../imports/join-results.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { Settings } from '../settings.ts'
import { escapeForTerminal } from '../text.ts'
import { checkLimits, toReportLimits } from '../verdict/limits.ts'
import type { GatePorts } from './ports.ts'

/** What another tool measured, in the place of a run of ours. */
export async function importResults(
  settings: Settings,
  patterns: readonly string[],
  { readResults, redactReport, log }: Pick<GatePorts, 'readResults' | 'redactReport' | 'log'>,
): Promise<MeasuredRun> {
  const files = readResults(patterns)
  const joined = joinResults(files, settings)
  if (!('levels' in joined)) throw new SettingsError(joined)
  const report = await redactReport(importRun(joined, settings))
  log(`judging what ${joined.tool} measured: ${files.map(({ path }) => escapeForTerminal(path)).join(', ')}`)
  const limits = checkLimits(settings.limits, report)
  return {
    report: limits.length === 0 ? report : { ...report, limits: toReportLimits(limits) },
    records: [],
    limits,
    error: null,
    control: null,
    controlTrouble: null,
  }
}
