/**
 * How a search finds knee and capacity (`--only search`, `--only rates`), against the closed form and in what time, and how long a run with the
 * defaults takes (`--only defaults`). And how often the gate is wrong about capacity, and what it finds, beside TPOT of the same runs (`--only gate`;
 * `--only control`: what falls at once, beside a control): simulated histories through `takeFirstLook` and `decideVerdict`.
 */
import { parseArgs } from 'node:util'
import { readObjectives } from '../src/settings/values/objectives.ts'
import type { GatedMetric } from '../src/vocabulary/metrics.ts'
import { UNCHANGED, USUAL } from '../test/support/simulated-history.ts'
import type { World } from '../test/support/simulated-history.ts'
import { POLICY } from '../test/verdict/recorded.ts'
import { isRed, runStudy } from './support/calibration.ts'
import { printTable, report } from './support/result.ts'
import { studyDefaults, studyRates, studySearch } from './support/search-study.ts'
import type { Check } from './support/result.ts'

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' }, only: { type: 'string' } } })
const scale = Number(values.scale)
const isWanted = (part: string): boolean => values.only === undefined || values.only === part
const seeds = Math.max(2, Math.round(20 * scale))
if (isWanted('search')) report('A search for concurrency', await studySearch(seeds))
if (isWanted('defaults')) report('A run with the defaults', await studyDefaults(seeds))
if (isWanted('rates')) report('A search for rates', await studyRates(seeds))
const GROUPS = [3, 10, 20]

/** The simulated endpoint has a TPOT of 9 ms and 1 ms a sequence, 16 slots, and levels up to 32. */
const WORLDS = {
  'TPOT decides, between two levels': 'tpot <= 20ms',
  'TTFT decides, between two levels of a queue': 'ttft <= 2s',
  'just above the highest level': 'ttft <= 3.65s',
  'just above the lowest level': 'tpot <= 10.8ms',
} as const

type Row = ReturnType<typeof askAbout>

/** How often one metric alone is red in that world, in percent. */
function askAbout(metric: GatedMetric, world: World, seed: string) {
  const answers = runStudy({
    world,
    policy: { ...POLICY, metrics: [metric] },
    groups: GROUPS,
    histories: Math.max(4, Math.round(60 * scale)),
    seed,
    questions: [
      { name: 'same', slowdown: UNCHANGED, candidates: 8, counts: { red: isRed } },
      {
        name: 'slower',
        slowdown: { ttft: 1.1, tpot: 1.1, throughput: 1.1 },
        candidates: 4,
        counts: { red: ({ comparisons }) => comparisons.some(({ verdict }) => verdict === 'regressed') },
      },
    ],
  })
  const share = (question: string, groups: number) =>
    100 * answers.find((answer) => answer.question === question && answer.groups === groups)!.rates['red']!.share
  return { metric, share }
}

function printRed(title: string, rows: readonly Row[]): void {
  printTable(
    `${title}: red, %`,
    ['metric', ...GROUPS.map((k) => `same, k = ${k}`), ...GROUPS.map((k) => `10 % slower, k = ${k}`)],
    rows.map(({ metric, share }) => [
      metric,
      ...GROUPS.map((k) => share('same', k).toFixed(1)),
      ...GROUPS.map((k) => share('slower', k).toFixed(1)),
    ]),
  )
}

const checks: Check[] = []
for (const [name, objectives] of Object.entries(isWanted('gate') ? WORLDS : {})) {
  for (const spread of [0.01, 0.02, 0.04]) {
    const rows = (['capacity', 'attainment', 'goodput', 'tpot-p50'] as const).map((metric) =>
      askAbout(metric, { ...USUAL, spread, objectives: readObjectives(objectives) }, `capacity/${name}/${spread}`),
    )
    printRed(`${name} (${objectives}), spread ${100 * spread} %`, rows)
    const [capacity, , , tpot] = rows
    for (const k of GROUPS) {
      checks.push({
        what: `${name}, spread ${100 * spread} %, k = ${k}: red on unchanged code`,
        value: capacity!.share('same', k),
        unit: '%',
        // One of 100, and one standard error of so many candidates.
        atMost: 1.5,
      })
    }
    if (name.startsWith('TPOT')) {
      checks.push({
        what: `${name}, spread ${100 * spread} %: found less than TPOT by, k = 20`,
        value: Math.max(0, tpot!.share('slower', 20) - capacity!.share('slower', 20)),
        unit: 'points',
        atMost: 5,
      })
    }
  }
}
if (isWanted('control')) {
  const name = 'just above the lowest level'
  // A live deployment of main that shares four fifths of what is the run's own.
  const control = { common: 0.8, sharesSurroundings: true, followsMain: true }
  for (const spread of [0.02, 0.04]) {
    const world = { ...USUAL, spread, objectives: readObjectives(WORLDS[name]), control }
    const rows = (['attainment', 'goodput', 'tpot-p50'] as const).map((metric) =>
      askAbout(metric, world, `capacity/control/${spread}`),
    )
    printRed(`${name} (${WORLDS[name]}), beside a control, spread ${100 * spread} %`, rows)
  }
}
if (isWanted('gate')) report('Capacity as the gate judges it', checks)
