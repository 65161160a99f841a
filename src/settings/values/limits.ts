import { ValueError } from '../../errors.ts'
import { findMetric, metricOf, METRIC_NAMES } from '../../vocabulary/metrics.ts'
import type { Quantity } from '../../vocabulary/metric-rows.ts'
import type { Metric, MetricName, TimeMetricName } from '../../vocabulary/metrics.ts'
import { nameLevel, OPEN_LOADS } from '../../vocabulary/load.ts'
import type { OpenLoadKind } from '../../vocabulary/load.ts'
import { suggestName } from '../nearest.ts'
import { readEach, splitList } from './simple.ts'

/** A bound that the run must keep, whatever earlier runs were like. */
export interface Limit {
  readonly metric: MetricName
  /** The level it is for; null: every level, or the whole run where the metric is one of the run. */
  readonly concurrency: number | null
  /** Of an open loop what the level counts: requests a second, `@50/s`, or the speed of a trace, `@2x`. */
  readonly load?: OpenLoadKind
  readonly op: '<=' | '>='
  /** In milliseconds, tokens per second, requests per second, or a fraction of 1. */
  readonly value: number
  readonly quantity: Quantity
  /** As the user wrote it. */
  readonly text: string
}

/** One latency of `throughput-within`: the metric must be at most this. */
export interface LatencyBound {
  readonly metric: TimeMetricName
  readonly valueMs: number
}

const UNITS: Readonly<Record<Quantity, ReadonlyMap<string, number>>> = {
  time: new Map([
    ['ms', 1],
    ['s', 1000],
  ]),
  'tokens-per-second': new Map([
    ['tok/s', 1],
    ['tokens/s', 1],
  ]),
  'requests-per-second': new Map([
    ['req/s', 1],
    ['requests/s', 1],
  ]),
  share: new Map([['%', 0.01]]),
  concurrency: new Map([['', 1]]),
}

const EXAMPLE = 'ttft-p90@8 <= 800ms'

/** Reads limits, one a line or separated by commas. */
export function readLimits(text: string): readonly Limit[] {
  const limits = readEach(splitList(text), readLimit)
  if (limits.length === 0) throw new ValueError(`must hold at least one limit, for example ${EXAMPLE}`)
  const seen = new Set<string>()
  for (const limit of limits) {
    const target = nameTarget(limit)
    if (seen.has(target)) throw new ValueError(`limits ${target} twice; keep one of them`)
    seen.add(target)
  }
  return limits
}

/** Reads one limit, `metric[@concurrency] op value unit`. */
export function readLimit(text: string): Limit {
  const match = /[<>=≤≥]/.exec(text)
  const [name = '', level] = splitOnce(text.slice(0, match?.index), '@')
  const [, op, amount] = /^(<=|>=|≤|≥|<|>|={1,3})(.*)$/s.exec(text.slice(match?.index)) ?? []
  if (op === undefined || !/^[A-Za-z][\w-]*$/.test(name) || /\s/.test(level ?? '')) {
    throw new ValueError(
      `has "${cutText(text)}", which is not of the form metric[@concurrency] op value unit, for example ${EXAMPLE}`,
    )
  }
  const metric = readKnownMetric(name)
  return {
    metric: metric.name,
    ...readLevel(level, metric),
    op: readOp(op, metric),
    value: readAmount(amount!, metric),
    quantity: metric.quantity,
    text: text.trim(),
  }
}

/** Reads `ttft-p90 <= 500ms, tpot-p50 <= 50ms`. */
export function readLatencyBounds(text: string): readonly LatencyBound[] {
  return readLimits(text).map(({ metric, concurrency, value }) => {
    const row = metricOf(metric)
    if (row.quantity !== 'time' || concurrency !== null) {
      throw new ValueError('takes percentiles of times without @, for example ttft-p90 <= 500ms, tpot-p50 <= 50ms')
    }
    return { metric: row.name, valueMs: value }
  })
}

/** The text that `readLimit` reads back. */
export function renderLimit(limit: Omit<Limit, 'text'>): string {
  const { op, value, quantity } = limit
  const amount =
    quantity === 'share' ? `${roundExactly(value * 100)}%` : `${value}${UNITS[quantity].keys().next().value}`
  return `${nameTarget(limit)} ${op} ${amount}`
}

/** What a limit is about: `ttft-p50`, `ttft-p50@8`, `ttft-p50@50/s`. */
function nameTarget({ metric, concurrency, load }: Pick<Limit, 'metric' | 'concurrency' | 'load'>): string {
  const at = concurrency === null ? '' : `@${nameLevel(load ?? 'concurrency', concurrency)}`
  return `${metric}${at}`
}

/** The parts before and after the first `sign`, trimmed; the whole text where there is none. */
function splitOnce(text: string, sign: string): readonly string[] {
  const at = text.indexOf(sign)
  return at === -1 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function readKnownMetric(name: string): Metric {
  const metric = findMetric(name)
  if (metric !== null) return metric
  const suggestion = suggestName(name, METRIC_NAMES) ?? `known are ${METRIC_NAMES.join(', ')}`
  throw new ValueError(`has the unknown metric "${cutText(name)}"; ${suggestion}`)
}

function readLevel(text: string | undefined, metric: Metric): Pick<Limit, 'concurrency' | 'load'> {
  if (text === undefined) return { concurrency: null }
  if (metric.scope === 'run') {
    throw new ValueError(
      `has ${metric.name}@${cutText(text)}, but ${metric.name} is a figure of the whole run; remove the @`,
    )
  }
  const [number = ''] = /^\d{1,6}(?:\.\d{1,6})?/.exec(text) ?? []
  const open = OPEN_LOADS.find((load) => text === nameLevel(load, number))
  if (Number(number) > 0 && open !== undefined) return { concurrency: Number(number), load: open }
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new ValueError(
      `has ${metric.name}@${cutText(text)}; after @ stands a concurrency, for example ${metric.name}@8, a rate, ${metric.name}@50/s, or a speed, ${metric.name}@2x`,
    )
  }
  return { concurrency: Number(text) }
}

/** A slow server would always keep a bound on the wrong side, so it is refused. */
function readOp(op: string, metric: Metric): '<=' | '>=' {
  const wanted = metric.better === 'lower' ? '<=' : '>='
  const given = op === '≤' ? '<=' : op === '≥' ? '>=' : op
  if (given !== wanted) {
    throw new ValueError(`has ${metric.name} ${op}; ${metric.better} is better for ${metric.name}, so write ${wanted}`)
  }
  return wanted
}

function readAmount(text: string, metric: Metric): number {
  const units = UNITS[metric.quantity]
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text.trim())
  const names = [...units.keys()].join(' or ')
  if (match === null) {
    const wanted = names === '' ? 'a number' : `a number with its unit (${names})`
    throw new ValueError(`has "${cutText(text)}" for ${metric.name}, which is not ${wanted}`)
  }
  const factor = units.get(match[2]!)
  if (factor === undefined) {
    if (names === '')
      throw new ValueError(`has ${metric.name} in "${cutText(match[2]!)}"; it has no unit, write ${match[1]}`)
    if (match[2] === '' && metric.quantity === 'share' && Number(match[1]) > 0) {
      const [asShare, asPercent] = [`${roundExactly(100 * Number(match[1]))}%`, `${match[1]}%`]
      const ask = Number(match[1]) > 1 ? `write ${asPercent}` : `is it ${asShare} or ${asPercent}?`
      throw new ValueError(`has ${metric.name} at ${match[1]} without %; ${ask}`)
    }
    const what = match[2] === '' ? 'without a unit' : `in "${cutText(match[2]!)}"`
    throw new ValueError(
      `has ${metric.name} ${what}; write the unit, ${names}, for example ${match[1]}${[...units.keys()][0]}`,
    )
  }
  // Division and rounding keep 7% at 0.07 and 0.3s at 300 ms, so that a limit prints as it was written.
  const value = metric.quantity === 'share' ? Number(match[1]) / 100 : roundExactly(Number(match[1]) * factor)
  if (metric.quantity === 'share' ? value > 1 : value === 0) {
    throw new ValueError(
      `has ${metric.name} at ${cutText(text)}; ${metric.quantity === 'share' ? 'at most 100%' : 'must be above 0'}`,
    )
  }
  return value
}

function roundExactly(value: number): number {
  return Number(value.toFixed(6))
}

function cutText(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
