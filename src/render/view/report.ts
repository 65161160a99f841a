import type { RunReport } from '../../report/run-report.ts'
import { plain } from '../../text.ts'
import { formatDuration, plural } from '../format.ts'

/** What was measured, and how much work that was: two lines of plain text. */
export function describeRun({
  series,
  context,
  capabilities,
  levels,
  durationSeconds,
}: RunReport): readonly [what: string, work: string] {
  const { workload } = series
  const model = context.servedModel ?? context.model
  // `auto` says nothing to a reader: preflight knows what it came to.
  const found = capabilities['inputTokens']
  const input =
    /^auto\b/.test(workload.inputTokens) && typeof found === 'number' ? String(found) : plain(workload.inputTokens)
  const lengths =
    workload.promptsHash !== null
      ? `prompts from a file, ${plain(workload.outputTokens)} output tokens where they do not say`
      : workload.task === 'embeddings'
        ? `${input} input tokens, batches of ${workload.batchSize}`
        : `${input} input and ${plain(workload.outputTokens)} output tokens`
  const passes = Math.max(0, ...levels.map((level) => level.passes.length))
  const work = `${plural(levels.length, 'level')} × ${plural(passes, 'pass', 'passes')} in ${formatDuration(durationSeconds)}`
  const names = [plain(context.endpointLabel), model === null ? null : plain(model), plain(series.api)]
  return [[...new Set(names.filter((name) => name !== null))].join(' · '), [lengths, work].join(' · ')]
}
