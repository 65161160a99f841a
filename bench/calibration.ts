/**
 * How often the gate is wrong, and what it finds: simulated histories through `screen` and `decide`, which judge real
 * runs, with everything switched on that happens to unchanged code. `--scale 0.1` does a tenth of it; `--threads`, default: one a core.
 * Each table is printed when its studies have been played.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Rate } from './support/calibration.ts'
import { FAILING_GROUPS, GATES_SPREADS, LONG, SHORT, SPREADS, studies } from './support/calibration-studies.ts'
import { exact, named, percent, printHead, printRow, printTable, report, rough } from './support/result.ts'
import type { Check } from './support/result.ts'
import { findAnswer, findRate, startStudies } from './support/threads.ts'
import { worldStudies } from './support/worlds.ts'

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
const scale = Number(values.scale)
const startedAt = Date.now()
const worlds = worldStudies(scale)
const names = Object.keys(studies(scale))
const { answers, ready } = startStudies({ ...studies(scale), ...worlds }, { scale, threads: Number(values.threads) })

/** Studies whose names begin like this. */
async function readyLike(...beginnings: readonly string[]): Promise<void> {
  await ready(names.filter((name) => beginnings.some((beginning) => name.startsWith(beginning))))
}

function rate(study: string, question: string, groups: number, count: string): Rate {
  return findRate(answers, study, question, groups, count)
}

function usual(spread: number, groups: number): string {
  return `${SHORT.includes(groups) ? 'short' : 'long'} ${spread}`
}

/** A row for every spread, a column for every number of groups. */
function printGrid(
  title: string,
  groups: readonly number[],
  [question, count]: readonly [string, string],
  shown: (rate: Rate) => string,
): void {
  printTable(
    title,
    ['spread', ...groups.map((k) => `k = ${k}`)],
    SPREADS.map((spread) => [named(spread), ...groups.map((k) => shown(rate(usual(spread, k), question, k, count)))]),
  )
}

function meanShown(spread: number, groups: number): string {
  const answer = findAnswer(answers, usual(spread, groups), 'slower', groups)
  return answer.mean === null || answer.rates['found']!.hits < 30 ? '–' : `+${percent(answer.mean, 0)}`
}

const ALL = [...SHORT, ...LONG]
await readyLike('short', 'long')
printGrid('Red or not measured on unchanged code, %', ALL, ['unchanged', 'red'], exact)
printGrid('Of these not measured, %', ALL, ['unchanged', 'not measured'], exact)
printGrid('Suspect (a warning) on unchanged code, %', ALL, ['unchanged', 'suspect'], exact)
printGrid('TPOT 10 % slower: red, %', ALL, ['slower', 'found'], rough)
printGrid('A change of TPOT as large as the report says to find in 4 of 5 runs: red, %', ALL, ['named', 'found'], rough)
printTable(
  'TPOT 10 % slower and red: shown as, on average, %',
  ['spread', ...ALL.map((k) => `k = ${k}`)],
  SPREADS.map((spread) => [named(spread), ...ALL.map((k) => meanShown(spread, k))]),
)
printGrid(
  '`decision: threshold`, 5 %: red or not measured on unchanged code, %',
  ALL,
  ['threshold unchanged', 'red'],
  rough,
)
printGrid('`decision: threshold`, 5 %: TPOT 10 % slower: red, %', ALL, ['threshold slower', 'found'], rough)
const PROVEN = ALL.filter((k) => k >= 8)
printGrid('`gate: release`: unchanged code passes, %', PROVEN, ['release unchanged', 'green'], exact)
printGrid('`gate: release`: TPOT 10 % slower passes, %', PROVEN, ['release slower', 'green'], exact)

await readyLike('gates')
printTable(
  'Eight gates of one report job',
  ['spread', 'false-alarm rate', 'red or not measured in any, %', 'TPOT 10 % slower in one: it is found, %'],
  GATES_SPREADS.flatMap((spread) =>
    ['', ' apart'].map((apart) => [
      named(spread),
      apart === '' ? 'shared' : 'one each',
      exact(rate(`gates ${spread}`, `unchanged${apart}`, 10, 'red')),
      rough(rate(`gates ${spread}`, `slower${apart}`, 10, 'found')),
    ]),
  ),
)

await readyLike('half')
printTable(
  'A second look that shares half of the run’s variance instead of all of it: red or not measured / TPOT 10 % slower found, %',
  ['spread', ...SHORT.map((k) => `k = ${k}`)],
  [0.02, 0.05].map((spread) => [
    named(spread),
    ...SHORT.map((k) => {
      const study = `half ${spread}`
      return `${exact(rate(study, 'unchanged', k, 'red'))} / ${rough(rate(study, 'slower', k, 'found'))}`
    }),
  ]),
)

const AFTER = [1, 2, 3, 5]
await readyLike('step')
printTable(
  'After a step of main (TPOT and throughput 20 % worse, spread 1.5 %)',
  [
    'groups before',
    'runs after',
    'innocent red, %',
    'told that main moved, %',
    'red and told, %',
    'next +10 % TPOT found, %',
  ],
  [10, 20].flatMap((before) =>
    AFTER.map((after) => {
      const of = (question: string, count: string): Rate => rate(`step ${before}`, question, before + after, count)
      return [
        String(before),
        String(after),
        exact(of('unchanged', 'red')),
        rough(of('unchanged', 'told')),
        exact(of('unchanged', 'red though told')),
        rough(of('slower', 'found')),
      ]
    }),
  ),
)

await readyLike('slow jobs')
printTable(
  '1.5 % of all runs 25 % slower from beginning to end (spread 2 %)',
  ['k', 'red or not measured, %', 'TPOT 10 % slower found, %'],
  [5, 10, 20, 50].map((k) => [
    String(k),
    exact(rate('slow jobs', 'unchanged', k, 'red')),
    rough(rate('slow jobs', 'slower', k, 'found')),
  ]),
)

await readyLike('failing')
printTable(
  '5 % of all runs with 5 points more of failing requests from beginning to end (spread 2 %)',
  [
    'k',
    'over in the second look: error rate red, %',
    'regressed, %',
    'not measured, %',
    'lasting: error rate red, %',
    'regressed, %',
    'not measured, %',
  ],
  FAILING_GROUPS.map((k) => [
    String(k),
    ...[false, true].flatMap((lasting) =>
      ['errors red', 'regressed', 'not measured'].map((count) =>
        exact(rate(`failing ${lasting}`, 'unchanged', k, count)),
      ),
    ),
  ]),
)

await readyLike('expected')
printTable(
  '`expected-spread: 1.5%`: red or not measured / TPOT 10 % slower found, %',
  ['true spread', ...[1, 2, 3, 4, 5].map((k) => `k = ${k}`)],
  [0.015, 0.03].map((spread) => [
    named(spread),
    ...[1, 2, 3, 4, 5].map((k) => {
      const study = `expected ${spread}`
      return `${exact(rate(study, 'unchanged', k, 'red'))} / ${rough(rate(study, 'slower', k, 'found'))}`
    }),
  ]),
)

printHead('Other worlds: red or not measured / suspect on unchanged code, and TPOT 10 % slower found, %', [
  'world',
  'k',
  'red or not measured, %',
  'suspect, %',
  'TPOT 10 % slower found, %',
  '`gate: release`: it passes, %',
])
for (const [name, { groups }] of Object.entries(worlds)) {
  await ready([name])
  for (const k of groups) {
    printRow([
      name,
      String(k),
      exact(rate(name, 'unchanged', k, 'red')),
      rough(rate(name, 'unchanged', k, 'suspect')),
      rough(rate(name, 'slower', k, 'found')),
      k < 8 ? '–' : rough(rate(name, 'release slower', k, 'green')),
    ])
  }
}
console.log('')

const checks: Check[] = [
  ...GATES_SPREADS.map((spread) => ({
    what: `eight gates of one report job, red on unchanged code, spread ${named(spread)}`,
    value: 100 * rate(`gates ${spread}`, 'unchanged', 10, 'red').share,
    unit: '%',
    atMost: 1.5,
  })),
  ...SPREADS.flatMap((spread) =>
    ALL.map((k) => ({
      what: `change as large as named missed, spread ${named(spread)}, k = ${k}`,
      value: 100 * (1 - rate(usual(spread, k), 'named', k, 'found').share),
      unit: '%',
      atMost: 25,
    })),
  ),
  ...FAILING_GROUPS.map((k) => ({
    what: `error rate red after failures that are over in the second look, k = ${k}`,
    value: 100 * rate('failing false', 'unchanged', k, 'errors red').share,
    unit: '%',
    atMost: 0.05,
  })),
  ...SPREADS.flatMap((spread) =>
    ALL.map((k) => ({
      what: `red on unchanged code, spread ${named(spread)}, k = ${k}`,
      value: 100 * rate(usual(spread, k), 'unchanged', k, 'red').share,
      unit: '%',
      atMost: 1,
    })),
  ),
  ...[10, ...LONG].flatMap((k) => [
    {
      what: `release of unchanged code not green, spread 2 %, k = ${k}`,
      value: 100 * (1 - rate(usual(0.02, k), 'release unchanged', k, 'green').share),
      unit: '%',
      // What it costs that main may just have quickened, and that no small spread is trusted to last.
      atMost: 14,
    },
    ...SPREADS.map((spread) => ({
      what: `release of TPOT 10 % slower green, spread ${named(spread)}, k = ${k}`,
      value: 100 * rate(usual(spread, k), 'release slower', k, 'green').share,
      unit: '%',
      atMost: 6,
    })),
  ]),
  ...[10, 20].flatMap((before) => [
    ...AFTER.map((after) => ({
      what: `innocent red ${after} after a step that follows ${before}`,
      value: 100 * rate(`step ${before}`, 'unchanged', before + after, 'red').share,
      unit: '%',
      atMost: 1,
    })),
    {
      what: `next +10 % missed 3 after a step that follows ${before}`,
      value: 100 * (1 - rate(`step ${before}`, 'slower', before + 3, 'found').share),
      unit: '%',
      atMost: 10,
    },
  ]),
]
report('Calibration', checks)
console.log(`${Math.round((Date.now() - startedAt) / 1000)} s`)
