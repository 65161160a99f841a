import { asObject, parseJson } from '../../json.ts'
import { listAllowed } from '../nearest.ts'
import { ValueError } from '../../errors.ts'
import { findMetric, GATED_ROWS, metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { readGatedMetric } from './tolerance.ts'
import { readEach, readShare } from './simple.ts'

/** A change for the worse that somebody wants: it is reported and passes, up to a bound. */
export interface Acceptance {
  readonly metric: GatedMetric
  /** How much worse it may be, a fraction above 0, to which the tolerance is added; null: as much as is measured now. */
  readonly at: number | null
  /** Day (`YYYY-MM-DD`) or time from which it holds, until a later run has recorded it. Null: always. */
  readonly since: string | null
  readonly why: string | null
  /** Who accepted: a login for a label, null for a line of the config file. */
  readonly by: string | null
  /** `file` is reviewed, and the only form that `gate: release` honours. */
  readonly form: 'label' | 'file'
}

const EXAMPLE = 'tpot-p50 +18% since 2026-11-20: larger model'

/** The members of a map, in the order of a line; only `why` may be missing. */
const MEMBERS = ['metric', 'at', 'since', 'why'] as const

type Parts = Readonly<Record<(typeof MEMBERS)[number], string>>

/**
 * Reads lines such as `tpot-p50 +18% since 2026-11-20: why`, or maps of the config file as JSON, one a line. A family
 * stands for its metrics; a change below zero says how much lower a metric may be where higher is better.
 */
export function readAcceptances(text: string): readonly Acceptance[] {
  const lines = text
    .split(/\n|;(?=\s*[\w-]+\s+[+−-]?\d)/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.length === 0) throw new ValueError(`must have at least one line, for example ${EXAMPLE}`)
  return readEach(lines, (line) =>
    readAcceptance(line.startsWith('{') ? readPartsOfMap(line) : readPartsOfLine(line)),
  ).flat()
}

/** The metrics that a name stands for: one, a family such as `tpot`, or `throughput`; none where it is not known. */
export function findMetricsNamed(name: string): readonly GatedMetric[] {
  const metric = findMetric(name)
  if (metric?.gated === true) return [metric.name]
  return GATED_ROWS.filter(({ family }) => family === name).map((row) => row.name)
}

const readWorsening = readShare({ min: 0, max: 10 })

function readAcceptance({ metric: name, at: change, since, why }: Parts): Acceptance[] {
  const named = findMetricsNamed(name)
  const metrics = named.length === 0 ? [readGatedMetric(name)] : named
  const at = readAcceptedWorsening(change, name, metrics)
  if (!isDay(since)) throw new ValueError(`has "${since}" for ${name}; since is a day, for example 2026-11-20`)
  return metrics.map((metric) => ({ metric, at, since, why: why === '' ? null : why, by: null, form: 'file' }))
}

/** `+18%` is the worsening itself; `-19%` of a throughput is one of 1 / (1 − 0.19) − 1. */
function readAcceptedWorsening(change: string, name: string, metrics: readonly GatedMetric[]): number {
  const [, sign, percent] = /^([+−-]?)(\d+(?:\.\d+)?)\s*%$/.exec(change) ?? []
  const isLess = sign === '−' || sign === '-'
  const isHigherBetter = metrics.every((metric) => metricOf(metric).better === 'higher')
  if (percent === undefined || (isLess && !isHigherBetter)) {
    const example = isHigherBetter ? '-15%' : '+18%'
    throw new ValueError(`has "${change}" for ${name}; at is how much worse it may be, for example ${example}`)
  }
  if (!isLess) return readWorsening(`${percent}%`)
  const less = Number(percent) / 100
  if (less >= 1) throw new ValueError(`has "${change}" for ${name}; it cannot become less than nothing`)
  return 1 / (1 - less) - 1
}

function readPartsOfLine(line: string): Parts {
  const match = /^(\S+)\s+(\S+(?:\s+%)?)\s+since\s+(\d{4}-\d{2}-\d{2}T[\d:.]+Z|[^\s:]+)\s*(?::\s*(.*))?$/.exec(line)
  if (match === null) {
    throw new ValueError(`must be lines of metric, how much worse, day and reason, for example ${EXAMPLE}`)
  }
  return { metric: match[1]!, at: match[2]!, since: match[3]!, why: match[4] ?? '' }
}

function readPartsOfMap(json: string): Parts {
  const map = asObject(parseJson(json))
  if (map === null) throw new ValueError(`must be lines such as ${EXAMPLE}`)
  const [key, ...others] = Object.keys(map)
  // YAML reads a line with a colon as a map whose key is what stands before it.
  if (key !== undefined && others.length === 0 && /\ssince\s/.test(key)) {
    return readPartsOfLine(`${key}: ${readPlainText(map[key]).replace(/\s+/g, ' ')}`)
  }
  const unknown = Object.keys(map).find((key) => !MEMBERS.some((member) => member === key))
  if (unknown !== undefined)
    throw new ValueError(`has "${unknown}", which is not one of ${listAllowed(unknown, MEMBERS)}`)
  const missing = MEMBERS.find((member) => member !== 'why' && map[member] === undefined)
  if (missing !== undefined) throw new ValueError(`must have ${missing} in every entry, for example ${EXAMPLE}`)
  const readMember = (member: string): string => readPlainText(map[member])
  return {
    metric: readMember('metric'),
    at: readMember('at'),
    since: readMember('since'),
    why: readMember('why').replace(/\s+/g, ' '),
  }
}

/** A member that is not a plain value is refused like an empty one. */
function readPlainText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
}

/** True for a day of the calendar (not 2026-02-30), and for a time on it, as in the line that a report suggests. */
function isDay(text: string): boolean {
  const [, day, time = 'T00:00:00.000Z'] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}\.\d{3}Z)?$/.exec(text) ?? []
  const parsed = day === undefined ? Number.NaN : Date.parse(`${day}${time}`)
  return !Number.isNaN(parsed) && new Date(parsed).toISOString() === `${day}${time}`
}
