import { nameAll } from '../../text.ts'
import { renderObjectives } from '../../settings/values/objectives.ts'
import type { NamedText } from './jobs.ts'
import { quoteYaml } from './jobs.ts'
import type { LevelMetrics } from '../../metrics/level/level-metrics.ts'
import { formatLoad, formatMs } from '../../render/format.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Objective, ObjectiveTime } from '../../settings/values/objectives.ts'
import { pickAtShare } from '../../stats/percentile.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'

/** What a config file is made from. */
export interface GateConfig {
  /** Settings, in their order. */
  readonly settings: readonly NamedText[]
  /** Null where none could be read off the first run. */
  readonly slo: ChosenObjectives | null
}

/** The config file of `plateau init`: what was found, and the objectives with how they came about. */
export function renderConfig({ settings, slo }: GateConfig, beside: keyof typeof WHERE_KEYS_STAND): string {
  return [
    ...WHERE_KEYS_STAND[beside],
    ...settings.map(([name, text]) => `${name}: ${quoteYaml(text)}`),
    '',
    ...(slo === null ? NO_OBJECTIVES : listObjectives(slo)),
    '',
    'limits:',
    '  - error-rate <= 1%',
    '',
  ].join('\n')
}

/** The first lines, by the kind of CI file that stands beside it. */
const WHERE_KEYS_STAND = {
  workflow: [
    '# What the gate measures and decides by. In a pull request the file of its base commit counts. Endpoint and key stand in the',
    '# workflow: a file that others can change must not say where a key goes.',
  ],
  job: ['# What the gate measures and decides by. Endpoint and credentials stand in the job.'],
}

const NO_OBJECTIVES = [
  '# Objectives for every request; the first run gave no figures to choose them from:',
  '# slo: ttft <= 500ms, tpot <= 50ms',
]

function listObjectives({ objectives, reasons }: ChosenObjectives): string[] {
  return [
    '# Objectives for every request: the report says how many keep them, and up to how many in flight (capacity).',
    ...reasons.map((reason) => `# ${reason}`),
    'slo:',
    ...objectives.map((objective) => `  - ${quoteYaml(renderObjectives([objective]))}`),
  ]
}

/** Objectives that were read off a run, and how. */
interface ChosenObjectives {
  readonly objectives: readonly Objective[]
  /** How they came about, a sentence each. */
  readonly reasons: readonly string[]
}

/** The share of the run's requests that a bound is chosen for, before room is added. */
const SHARE = 0.95
/** A bound is this many times what was measured. */
const ROOM = 1.5
/** Bounds that people would write, up to a power of ten. */
const USUAL = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

const NAMES = { ttft: 'TTFT', tpot: 'TPOT', latency: 'Latency' } as const
const FIELDS = { ttft: 'ttftMs', tpot: 'tpotMs', latency: 'lastTokenMs' } as const

/**
 * Objectives from the times at the knee, where a server is used best: what 95 of 100 requests took there, with half as
 * much again as room, rounded up. Of answers that do not stream the latency. Null where no level can be used.
 */
export function chooseObjectives(
  { levels, plateau: { kneeConcurrency } }: Pick<RunReport, 'levels' | 'plateau'>,
  records: Iterable<RequestRecord>,
): ChosenObjectives | null {
  const usable = levels.filter(({ valid }) => valid)
  const level = usable.find(({ concurrency }) => concurrency >= (kneeConcurrency ?? Infinity)) ?? usable.at(-1)
  if (level === undefined) return null
  const counted = [...records].filter(
    (record) => record.level === level.concurrency && record.phase === 'counted' && record.outcome === 'ok',
  )
  const place = `at ${formatLoad('concurrency', level.concurrency)}${kneeConcurrency === null ? ', the highest that could be used' : ', the knee'}`
  const chosen = listTimes(level).flatMap((time) => {
    const times = counted.flatMap((record) => record[FIELDS[time]] ?? [])
    const measured = findShare(times)
    if (measured === null) return []
    const atMostMs = roundUp(measured * ROOM)
    const reason = `${NAMES[time]} ${place}: ${nameShare(times.length)} took at most ${formatMs(measured)}; plus half as much again, rounded up.`
    return [{ objective: { time, atMostMs }, reason }]
  })
  if (chosen.length === 0) return null
  return { objectives: chosen.map(({ objective }) => objective), reasons: chosen.map(({ reason }) => reason) }
}

function listTimes({ ttftMs, tpotMs }: LevelMetrics): readonly (ObjectiveTime & keyof typeof NAMES)[] {
  if (ttftMs === null) return ['latency']
  return tpotMs === null ? ['ttft'] : ['ttft', 'tpot']
}

/** The smallest time that so large a share of the requests does not exceed; null without any above zero. */
function findShare(times: readonly number[]): number | null {
  const sorted = times.toSorted((a, b) => a - b)
  const found = pickAtShare(sorted, SHARE) ?? 0
  return found > 0 ? found : null
}

/** Which requests a bound was read off: of fewer than twenty it is that of the slowest. */
function nameShare(requests: number): string {
  if (requests === 1) return 'the one request'
  return requests < 20 ? `${nameAll(requests)} requests` : '95 of 100 requests'
}

/** The next bound that people would write, in milliseconds. */
export function roundUp(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms))
  const step = USUAL.find((each) => each * power >= ms * (1 - 1e-9)) ?? 10
  return Number((step * power).toPrecision(2))
}
