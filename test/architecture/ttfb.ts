import { edit } from './sources.ts'
import type { Sources } from './sources.ts'

/** The sources where a time that the records hold is a metric that can be limited and compared: a row of the table, and its figure. */
export function addTtfb(sources: Sources): Sources {
  const withRow = edit(
    sources,
    'vocabulary/metric-rows.ts',
    'const ROWS = [',
    `const ROWS = [
  ...percentilesOf({
    family: 'ttfb', field: 'ttfbMs', fact: 'ttfbMs', phase: null, automatic: null, needsStream: false, countsTokens: false, stopsAtKnee: true,
    isLatencyIfWhole: false, defaultSpread: 0.1, defaultPairSpread: 0.06, releaseTolerance: 0.15, label: 'TTFB', meaning: 'Time to the headers',
  }),`,
  )
  return edit(
    withRow,
    'metrics/level.ts',
    '    ttftMs: listStreamed(',
    '    ttfbMs: summarise(collectSamples(runs, (record) => record.ttfbMs)),\n    ttftMs: listStreamed(',
  )
}
