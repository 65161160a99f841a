import { ValueError } from './define.ts'
import { GATED_METRICS } from './metric-names.ts'
import type { GatedMetric } from './metric-names.ts'
import { readShare } from './values.ts'

/** A change for the worse that somebody wants: it is said and passes, up to a figure. */
export interface Acceptance {
  readonly metric: GatedMetric
  /** How much worse it may be, as a fraction above 0, to which the tolerance is added; null: as much as is measured now. */
  readonly at: number | null
  /** Day from which it holds, `YYYY-MM-DD`; it is spent when a later run has recorded it. Null: always. */
  readonly since: string | null
  readonly why: string | null
  /** Who accepted: a login for a label, null for a line of the config file. */
  readonly by: string | null
  /** `file` is reviewed, and the only form that `gate: release` honours. */
  readonly form: 'label' | 'file'
}

const EXAMPLE = 'tpot-p50 +18% since 2026-11-20: larger model'

/** Reads lines such as `tpot-p50 +18% since 2026-11-20: why`, or maps of the config file as a line of JSON each. */
export function readAcceptances(text: string): readonly Acceptance[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => readAcceptance(line.startsWith('{') ? lineOf(line) : line))
}

function readAcceptance(line: string): Acceptance {
  const match = /^(\S+)\s+\+?(\d+(?:\.\d+)?\s*%)\s+since\s+(\d{4}-\d{2}-\d{2})\s*(?::\s*(.*))?$/.exec(line)
  const metric = GATED_METRICS.find((known) => known === match?.[1])
  if (match === null || Number.isNaN(Date.parse(match[3]!))) {
    throw new ValueError(`must be lines of metric, how much worse, day and reason, for example ${EXAMPLE}`)
  }
  if (metric === undefined) throw new ValueError(`has "${match[1]!}", which is not one of ${GATED_METRICS.join(', ')}`)
  const at = readShare({ min: 0, max: 10 })(match[2]!)
  return { metric, at, since: match[3]!, why: match[4] ?? null, by: null, form: 'file' }
}

/** A map of the config file in the form of a line: `{metric, at, since, why}`. */
function lineOf(json: string): string {
  const map = JSON.parse(json) as Readonly<Record<string, unknown>>
  const unknown = Object.keys(map).find((key) => !['metric', 'at', 'since', 'why'].includes(key))
  if (unknown !== undefined) throw new ValueError(`has "${unknown}", which is not one of metric, at, since, why`)
  for (const key of ['metric', 'at', 'since']) {
    if (map[key] === undefined) throw new ValueError(`must have ${key} in every entry, for example ${EXAMPLE}`)
  }
  const text = (key: string): string => String(map[key] ?? '')
  return `${text('metric')} ${text('at')} since ${text('since').slice(0, 10)}: ${text('why').replace(/\s+/g, ' ')}`
}
