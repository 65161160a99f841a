/**
 * How often the gate is wrong beside a control, and what it finds: in the first pull request, in one session against
 * recorded pairs, and in fresh sessions until they decide. `--scale 0.1` does a tenth of it; `--threads`, default: one a core.
 * Each table is printed when its studies have been played.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { findBestPower } from './support/best-power.ts'
import type { Rate } from './support/calibration.ts'
import {
  COMMON,
  CONTROL_GRID,
  CONTROL_SPREADS,
  controlStudies,
  PAIRS,
  sharedWorlds,
} from './support/control-studies.ts'
import { exact, named, percent, printTable, report, rough } from './support/result.ts'
import { findAnswer, findRate, startStudies } from './support/threads.ts'

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
const scale = Number(values.scale)
const startedAt = Date.now()
const studies = controlStudies(scale)
const { answers, ready } = startStudies(studies, { scale, threads: Number(values.threads) })
const readyLike = async (beginning: string): Promise<void> =>
  ready(Object.keys(studies).filter((name) => name.startsWith(beginning)))

const red = (study: string, pairs: number): Rate => findRate(answers, study, 'unchanged', pairs, 'red')
const found = (study: string, pairs: number, question = 'slower'): Rate =>
  findRate(answers, study, question, pairs, 'found')
const sessionsOf = (study: string, pairs: number): number => findAnswer(answers, study, 'unchanged', pairs).mean!
const precise = ({ share, standardError }: Rate): string => `${percent(share, 1)} ± ${percent(standardError, 1)}`

const FIRST = 'first pull request'
await ready([FIRST])
printTable(
  'The first pull request: a control, three fresh sessions, no history',
  ['red or not measured, %', 'TPOT 10 % slower found, %', 'TPOT 20 % slower found, %', 'sessions of unchanged code'],
  [
    [
      exact(red(FIRST, 0)),
      precise(found(FIRST, 0)),
      precise(found(FIRST, 0, 'much slower')),
      sessionsOf(FIRST, 0).toFixed(1),
    ],
  ],
)

/** A row for every spread and correlation, a cell for every number of pairs. */
function printGrid(
  title: string,
  pairs: readonly number[],
  cell: (spread: number, common: number, k: number) => string,
) {
  printTable(
    title,
    ['spread', 'correlation', ...pairs.map((k) => `k = ${k}`)],
    CONTROL_GRID.map(([spread, common]) => [
      named(spread),
      String(common),
      ...pairs.map((k) => cell(spread, common, k)),
    ]),
  )
}

await readyLike('control ')
printGrid(
  'One session beside a control: red or not measured on unchanged code / TPOT 10 % slower found, %',
  PAIRS,
  (spread, common, k) =>
    `${exact(red(`control ${spread} ${common}`, k))} / ${rough(found(`control ${spread} ${common}`, k))}`,
)
await readyLike('sessions ')
printGrid(
  'Up to four fresh sessions beside a control: red or not measured on unchanged code / TPOT 10 % slower found, %',
  PAIRS,
  (spread, common, k) =>
    `${exact(red(`sessions ${spread} ${common}`, k))} / ${rough(found(`sessions ${spread} ${common}`, k))}`,
)
printGrid(
  'Up to four fresh sessions beside a control: sessions that unchanged code takes, on average',
  PAIRS,
  (spread, common, k) => sessionsOf(`sessions ${spread} ${common}`, k).toFixed(1),
)

const MOST = PAIRS.at(-1)!
printTable(
  'TPOT 10 % slower: what could be found, what is, and what is found and doubted, %',
  [
    'spread',
    'correlation',
    'one session: variances known',
    'Student’s t, slope known',
    'found',
    'doubted',
    'up to four fresh sessions: found',
    'doubted',
  ],
  CONTROL_GRID.map(([spread, common]) => {
    const { known, student } = findBestPower({ spread, common, pairs: MOST })
    const kinds = ['control', 'sessions'].map((kind) => `${kind} ${spread} ${common}`)
    return [
      named(spread),
      String(common),
      percent(known, 0),
      percent(student, 0),
      ...kinds.flatMap((kind) =>
        ['found', 'doubted'].map((count) => rough(findRate(answers, kind, 'slower', MOST, count))),
      ),
    ]
  }),
)

const shared = Object.entries(sharedWorlds(scale))
await ready(shared.map(([name]) => name))
printTable(
  'Worlds that a control shares, one session',
  ['world', 'k', 'red or not measured, %', 'suspect, %', 'TPOT 10 % slower found, %', '`gate: release`: it passes, %'],
  shared.map(([name, { groups }]) => [
    name,
    String(groups[0]),
    exact(red(name, groups[0]!)),
    rough(findRate(answers, name, 'unchanged', groups[0]!, 'suspect')),
    rough(found(name, groups[0]!)),
    rough(findRate(answers, name, 'release slower', groups[0]!, 'green')),
  ]),
)
await readyLike('pinned control')
printTable(
  'Main steps by 7 %, a pinned control does not: red or not measured on unchanged code, %',
  ['runs after', 'one session', 'up to four fresh sessions'],
  [1, 2, 3].map((after) => [
    String(after),
    ...['one session', 'fresh sessions'].map((kind) => exact(red(`pinned control, ${kind}`, 20 + after))),
  ]),
)

/** The worst of all correlations, less two standard errors: above the bound, that would be a surprise. */
function worstRed(kind: 'control' | 'sessions', spread: number, pairs: number): number {
  const rates = COMMON.map((common) => red(`${kind} ${spread} ${common}`, pairs))
  return 100 * Math.max(0, ...rates.map(({ share, standardError }) => share - 2 * standardError))
}

report('Control', [
  { what: 'first pull request, red on unchanged code', value: 100 * red(FIRST, 0).share, unit: '%', atMost: 1 },
  {
    what: 'first pull request, TPOT 10 % slower missed',
    value: 100 * (1 - found(FIRST, 0).share),
    unit: '%',
    atMost: 20,
  },
  {
    what: 'first pull request, TPOT 20 % slower missed',
    value: 100 * (1 - found(FIRST, 0, 'much slower').share),
    unit: '%',
    atMost: 5,
  },
  ...CONTROL_SPREADS.flatMap((spread) =>
    // Without pairs all hangs on what is assumed of differences, which 5 % are beyond.
    PAIRS.filter((k) => k > 0 || spread < 0.05).flatMap((k) =>
      (['control', 'sessions'] as const).map((kind) => ({
        what: `${kind === 'control' ? 'one session' : 'fresh sessions'}, red on unchanged code, spread ${named(spread)}, k = ${k}, less two standard errors`,
        value: worstRed(kind, spread, k),
        unit: '%',
        atMost: 1,
      })),
    ),
  ),
  ...PAIRS.filter((k) => k > 0).map((k) => ({
    what: `sessions of unchanged code, spread 3 %, correlation .8, k = ${k}, median`,
    value: findAnswer(answers, 'sessions 0.03 0.8', 'unchanged', k).median!,
    unit: '',
    atMost: 1.2,
  })),
  ...shared.map(([name, { groups }]) => ({
    what: `red on unchanged code, ${name}, less two standard errors`,
    value: 100 * Math.max(0, red(name, groups[0]!).share - 2 * red(name, groups[0]!).standardError),
    unit: '%',
    atMost: 1,
  })),
])
console.log(`${Math.round((Date.now() - startedAt) / 1000)} s`)
