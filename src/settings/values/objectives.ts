import { ValueError } from '../../errors.ts'
import { suggestName } from '../nearest.ts'
import { escapeForTerminal } from '../../text.ts'
import { readEach, splitList } from './simple.ts'

/** The times of one request that an objective can be about, by the names that metrics of them begin with. */
export const OBJECTIVE_TIMES = ['ttft', 'ttfo', 'tpot', 'latency'] as const
export type ObjectiveTime = (typeof OBJECTIVE_TIMES)[number]

/** An upper bound on one time of a request. */
export interface Objective {
  readonly time: ObjectiveTime
  readonly atMostMs: number
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
])

const EXAMPLE = 'ttft <= 500ms, tpot <= 50ms'

/** A day, longer than any request. */
const LONGEST_MS = 86_400_000

/** Pairs of times of which the first is never longer: a bound on it above the other's would have no effect. */
const IN_ORDER: readonly (readonly [shorter: ObjectiveTime, longer: ObjectiveTime])[] = [
  ['ttft', 'ttfo'],
  ['ttft', 'latency'],
  ['ttfo', 'latency'],
  ['tpot', 'latency'],
]

/** Reads `ttft <= 500ms, tpot <= 50ms`, by lines or commas; each time once, in the order of `OBJECTIVE_TIMES`. */
export function readObjectives(text: string): readonly Objective[] {
  const objectives = readEach(splitList(text), readObjective)
  if (objectives.length === 0) throw new ValueError(`must hold at least one objective, for example ${EXAMPLE}`)
  const byTime = new Map<ObjectiveTime, Objective>()
  for (const objective of objectives) {
    if (byTime.has(objective.time)) throw new ValueError(`has ${objective.time} twice; keep one of them`)
    byTime.set(objective.time, objective)
  }
  for (const [shorter, longer] of IN_ORDER) {
    const [first, second] = [byTime.get(shorter), byTime.get(longer)]
    if (first === undefined || second === undefined || first.atMostMs <= second.atMostMs) continue
    throw new ValueError(
      `has ${renderObjective(first)} beside ${renderObjective(second)}, and no request has a ${shorter} above its ${longer}; lower the bound of ${shorter}, or remove it`,
    )
  }
  return OBJECTIVE_TIMES.flatMap((time) => byTime.get(time) ?? [])
}

/** The text that `readObjectives` reads back, whatever order and units it was written in. */
export function renderObjectives(objectives: readonly Objective[]): string {
  return objectives.map(renderObjective).join(', ')
}

function renderObjective({ time, atMostMs }: Objective): string {
  return `${time} <= ${atMostMs}ms`
}

function readObjective(text: string): Objective {
  const [, name, op, amount] = /^([^<>=≤≥]*)(<=|>=|≤|≥|<|>|={1,3})([^<>=≤≥]*)$/.exec(text) ?? []
  if (op === undefined) {
    throw new ValueError(`has "${showText(text)}", which is not of the form time <= value unit, for example ${EXAMPLE}`)
  }
  const time = readTime(name!.trim())
  if (op !== '<=' && op !== '≤')
    throw new ValueError(`has ${time} ${op}; an objective is what a time is at most, so write <=`)
  return { time, atMostMs: readBound(amount!.trim(), time) }
}

function readTime(name: string): ObjectiveTime {
  const time = OBJECTIVE_TIMES.find((known) => known === name)
  if (time !== undefined) return time
  const shown = showText(name)
  const family = OBJECTIVE_TIMES.find((known) => name.startsWith(`${known}-`) || name.startsWith(`${known}@`))
  if (family !== undefined) {
    throw new ValueError(
      `has "${shown}", and an objective is about every single request; write ${family}, and slo-share for how many of them must keep it`,
    )
  }
  const suggestion = suggestName(name, OBJECTIVE_TIMES) ?? `known are ${OBJECTIVE_TIMES.join(', ')}`
  throw new ValueError(`has the unknown time "${shown}"; ${suggestion}`)
}

function readBound(text: string, time: ObjectiveTime): number {
  const names = [...UNITS.keys()].join(' or ')
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text) ?? []
  if (number === undefined) {
    throw new ValueError(`has "${showText(text)}" for ${time}, which is not a number with its unit (${names})`)
  }
  const factor = UNITS.get(unit!)
  if (factor === undefined) {
    const what = unit === '' ? 'without a unit' : `in "${showText(unit!)}"`
    throw new ValueError(`has ${time} ${what}; write the unit, ${names}, for example ${number}ms`)
  }
  // Rounding keeps 0.3s at 300 ms, so that it prints as it was meant.
  const atMostMs = Number((Number(number) * factor).toFixed(6))
  if (atMostMs === 0 || atMostMs > LONGEST_MS) {
    throw new ValueError(`has ${time} at ${showText(text)}; must be above 0 and at most a day (86400s)`)
  }
  return atMostMs
}

function showText(text: string): string {
  return escapeForTerminal(text, 40)
}
