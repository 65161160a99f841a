/**
 * How often the gate is wrong, and what it finds: simulated histories through `takeFirstLook` and `decideVerdict`, which judge real
 * runs, with everything switched on that happens to unchanged code. Flags: those of `playSections`.
 */
import type { Rate } from './support/calibration.ts'
import { FAILING_GROUPS, GATES_SPREADS, LONG, SHORT, SPREADS, studies } from './support/calibration-studies.ts'
import { exact, named, percent, printHead, printRow, printTable, rough } from './support/result.ts'
import type { Check } from './support/result.ts'
import { playSections, sectionOf } from './support/sections.ts'
import { findAnswer, findRate } from './support/threads.ts'
import type { Answers, Started } from './support/threads.ts'
import { rowOfWorld, WORLD_COLUMNS } from './support/world-rows.ts'
import { PROOF, proofStudies, worldStudies } from './support/worlds.ts'

const ALL = [...SHORT, ...LONG]
const PROVEN = ALL.filter((k) => k >= 8)

await playSections('Calibration', (scale) => {
  const all = studies(scale)
  const worlds = worldStudies(scale)
  const proofs = proofStudies(scale)
  return {
    usual: sectionOf(all, ['short', 'long'], printUsual),
    gates: sectionOf(all, ['gates'], printGates),
    half: sectionOf(all, ['half'], printHalf),
    step: sectionOf(all, ['step'], printStep),
    'slow-jobs': sectionOf(all, ['slow jobs'], printSlowJobs),
    failing: sectionOf(all, ['failing'], printFailing),
    expected: sectionOf(all, ['expected'], printExpected),
    proof: sectionOf(proofs, [PROOF], (answers) => printProof(proofs, answers)),
    worlds: { studies: worlds, print: async (started) => printWorlds(worlds, started) },
  }
})

function usual(spread: number, groups: number): string {
  return `${SHORT.includes(groups) ? 'short' : 'long'} ${spread}`
}

function printUsual(answers: Answers): Check[] {
  const rate = (spread: number, groups: number, [question, count]: readonly [string, string]): Rate =>
    findRate(answers, usual(spread, groups), question, groups, count)
  /** A row for every spread, a column for every number of groups. */
  const printGrid = (
    title: string,
    groups: readonly number[],
    asked: readonly [question: string, count: string],
    shown: (rate: Rate) => string,
  ): void =>
    printTable(
      title,
      ['spread', ...groups.map((k) => `k = ${k}`)],
      SPREADS.map((spread) => [named(spread), ...groups.map((k) => shown(rate(spread, k, asked)))]),
    )
  const meanShown = (spread: number, groups: number): string => {
    const answer = findAnswer(answers, usual(spread, groups), 'slower', groups)
    return answer.mean === null || answer.rates['found']!.hits < 30 ? '–' : `+${percent(answer.mean, 0)}`
  }
  printGrid('Red or not measured on unchanged code, %', ALL, ['unchanged', 'red'], exact)
  printGrid('Of these not measured, %', ALL, ['unchanged', 'not measured'], exact)
  printGrid('Suspect (a warning) on unchanged code, %', ALL, ['unchanged', 'suspect'], exact)
  printGrid('TPOT 10 % slower: red, %', ALL, ['slower', 'found'], rough)
  printGrid(
    'A change of TPOT as large as the report says to find in 4 of 5 runs: red, %',
    ALL,
    ['named', 'found'],
    rough,
  )
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
  printGrid('`gate: release`: unchanged code passes, %', PROVEN, ['release unchanged', 'green'], exact)
  printGrid('`gate: release`: TPOT 10 % slower passes, %', PROVEN, ['release slower', 'green'], exact)
  return [
    ...SPREADS.flatMap((spread) =>
      ALL.flatMap((k) => [
        {
          what: `red on unchanged code, spread ${named(spread)}, k = ${k}`,
          value: 100 * rate(spread, k, ['unchanged', 'red']).share,
          unit: '%',
          atMost: 1,
        },
        {
          what: `change as large as named missed, spread ${named(spread)}, k = ${k}`,
          value: 100 * (1 - rate(spread, k, ['named', 'found']).share),
          unit: '%',
          atMost: 25,
        },
      ]),
    ),
    ...[10, ...LONG].flatMap((k) => [
      {
        what: `release of unchanged code not green, spread 2 %, k = ${k}`,
        value: 100 * (1 - rate(0.02, k, ['release unchanged', 'green']).share),
        unit: '%',
        // What it costs that main may just have quickened, and that no small spread is trusted to last.
        atMost: 14,
      },
      ...SPREADS.map((spread) => ({
        what: `release of TPOT 10 % slower green, spread ${named(spread)}, k = ${k}`,
        value: 100 * rate(spread, k, ['release slower', 'green']).share,
        unit: '%',
        atMost: 6,
      })),
    ]),
  ]
}

function printGates(answers: Answers): Check[] {
  const rate = (spread: number, question: string, count: string): Rate =>
    findRate(answers, `gates ${spread}`, question, 10, count)
  printTable(
    'Eight gates of one report job',
    ['spread', 'false-alarm rate', 'red or not measured in any, %', 'TPOT 10 % slower in one: it is found, %'],
    GATES_SPREADS.flatMap((spread) =>
      ['', ' apart'].map((apart) => [
        named(spread),
        apart === '' ? 'shared' : 'one each',
        exact(rate(spread, `unchanged${apart}`, 'red')),
        rough(rate(spread, `slower${apart}`, 'found')),
      ]),
    ),
  )
  return GATES_SPREADS.map((spread) => ({
    what: `eight gates of one report job, red on unchanged code, spread ${named(spread)}`,
    value: 100 * rate(spread, 'unchanged', 'red').share,
    unit: '%',
    atMost: 1.5,
  }))
}

/** Red on unchanged code, and TPOT 10 % slower found, of one study. */
function redAndFound(answers: Answers, study: string, groups: number): string {
  const red = findRate(answers, study, 'unchanged', groups, 'red')
  return `${exact(red)} / ${rough(findRate(answers, study, 'slower', groups, 'found'))}`
}

function printHalf(answers: Answers): Check[] {
  printTable(
    'A second look that shares half of the run’s variance instead of all of it: red or not measured / TPOT 10 % slower found, %',
    ['spread', ...SHORT.map((k) => `k = ${k}`)],
    [0.02, 0.05].map((spread) => [named(spread), ...SHORT.map((k) => redAndFound(answers, `half ${spread}`, k))]),
  )
  return []
}

function printStep(answers: Answers): Check[] {
  const BEFORE = [10, 20]
  const AFTER = [1, 2, 3, 5]
  const rate = (before: number, after: number, question: string, count: string): Rate =>
    findRate(answers, `step ${before}`, question, before + after, count)
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
    BEFORE.flatMap((before) =>
      AFTER.map((after) => [
        String(before),
        String(after),
        exact(rate(before, after, 'unchanged', 'red')),
        rough(rate(before, after, 'unchanged', 'told')),
        exact(rate(before, after, 'unchanged', 'red though told')),
        rough(rate(before, after, 'slower', 'found')),
      ]),
    ),
  )
  return BEFORE.flatMap((before) => [
    ...AFTER.map((after) => ({
      what: `innocent red ${after} after a step that follows ${before}`,
      value: 100 * rate(before, after, 'unchanged', 'red').share,
      unit: '%',
      atMost: 1,
    })),
    {
      what: `next +10 % missed 3 after a step that follows ${before}`,
      value: 100 * (1 - rate(before, 3, 'slower', 'found').share),
      unit: '%',
      atMost: 10,
    },
  ])
}

function printSlowJobs(answers: Answers): Check[] {
  printTable(
    '1.5 % of all runs 25 % slower from beginning to end (spread 2 %)',
    ['k', 'red or not measured, %', 'TPOT 10 % slower found, %'],
    [5, 10, 20, 50].map((k) => [
      String(k),
      exact(findRate(answers, 'slow jobs', 'unchanged', k, 'red')),
      rough(findRate(answers, 'slow jobs', 'slower', k, 'found')),
    ]),
  )
  return []
}

function printFailing(answers: Answers): Check[] {
  const rate = (lasting: boolean, groups: number, count: string): Rate =>
    findRate(answers, `failing ${lasting}`, 'unchanged', groups, count)
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
        ['errors red', 'regressed', 'not measured'].map((count) => exact(rate(lasting, k, count))),
      ),
    ]),
  )
  return FAILING_GROUPS.map((k) => ({
    what: `error rate red after failures that are over in the second look, k = ${k}`,
    value: 100 * rate(false, k, 'errors red').share,
    unit: '%',
    atMost: 0.05,
  }))
}

function printExpected(answers: Answers): Check[] {
  const groups = [1, 2, 3, 4, 5]
  printTable(
    '`expected-spread: 1.5%`: red or not measured / TPOT 10 % slower found, %',
    ['true spread', ...groups.map((k) => `k = ${k}`)],
    [0.015, 0.03].map((spread) => [named(spread), ...groups.map((k) => redAndFound(answers, `expected ${spread}`, k))]),
  )
  return []
}

function printProof(proofs: ReturnType<typeof proofStudies>, answers: Answers): Check[] {
  const rows = Object.entries(proofs).flatMap(([name, { groups }]) =>
    groups.map((k) => ({
      world: name.slice(PROOF.length),
      k,
      unchanged: findRate(answers, name, 'release unchanged', k, 'green'),
      slower: findRate(answers, name, 'release slower', k, 'green'),
    })),
  )
  printTable(
    '`gate: release`: unchanged code and a TPOT 10 % slower pass, %',
    ['world', 'k', 'unchanged code passes, %', 'TPOT 10 % slower passes, %'],
    rows.map(({ world, k, unchanged, slower }) => [world, String(k), exact(unchanged), exact(slower)]),
  )
  return rows.map(({ world, k, slower }) => ({
    what: `release of TPOT 10 % slower green, ${world}, k = ${k}`,
    value: 100 * slower.share,
    unit: '%',
    atMost: 10,
  }))
}

/** Each row when its world has been played. */
async function printWorlds(
  worlds: ReturnType<typeof worldStudies>,
  { answers, ready }: Started,
): Promise<readonly Check[]> {
  printHead(
    'Other worlds: red or not measured / suspect on unchanged code, and TPOT 10 % slower found, %',
    WORLD_COLUMNS,
  )
  for (const [name, { groups }] of Object.entries(worlds)) {
    await ready([name])
    for (const k of groups) printRow(rowOfWorld(answers, name, k))
  }
  console.log('')
  return []
}
