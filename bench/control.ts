/**
 * How often the gate is wrong beside a control, and what it finds: in the first pull request, in one session against
 * recorded pairs, and in fresh sessions until they decide. Flags: those of `playSections`.
 */
import type { Rate } from './support/calibration.ts'
import type { Aim } from './support/control-studies.ts'
import {
  AIMS,
  COMMON,
  CONTROL_GRID,
  CONTROL_SPREADS,
  controlStudies,
  MINUTES_OF_SESSION,
  PAIRS,
  PLAIN_GRID,
  sharedWorlds,
} from './support/control-studies.ts'
import { findPowerBySteps, findPowerOfKnown, TESTS } from './support/power-steps.ts'
import { exact, named, percent, printTable, rough } from './support/result.ts'
import type { Check } from './support/result.ts'
import { playSections, sectionOf } from './support/sections.ts'
import { findAnswer, findRate } from './support/threads.ts'
import type { Answers } from './support/threads.ts'
import { rowOfWorld, WORLD_COLUMNS } from './support/world-rows.ts'

const FIRST = 'first pull request'
const KINDS = { control: 'One session beside a control', sessions: 'Up to four fresh sessions beside a control' }

await playSections('Control', (scale) => {
  const all = controlStudies(scale)
  return {
    first: sectionOf(all, [FIRST], printFirst),
    one: sectionOf(all, ['control '], (answers) => printGrid(answers, 'control')),
    fresh: sectionOf(all, ['sessions '], (answers) => [...printGrid(answers, 'sessions'), ...printSessions(answers)]),
    power: sectionOf(all, ['aim, '], printPower),
    plain: sectionOf(all, ['plain '], printPlain),
    shared: sectionOf(all, Object.keys(sharedWorlds(scale)), printShared),
    pinned: sectionOf(all, ['pinned control'], printPinned),
  }
})

function printFirst(answers: Answers): Check[] {
  const found = (question: string): Rate => findRate(answers, FIRST, question, 0, 'found')
  const red = findRate(answers, FIRST, 'unchanged', 0, 'red')
  printTable(
    'The first pull request: a control, three fresh sessions, no history',
    ['red or not measured, %', 'TPOT 10 % slower found, %', 'TPOT 20 % slower found, %', 'sessions of unchanged code'],
    [[exact(red), precise(found('slower')), precise(found('much slower')), countSessions(answers, FIRST, 0)]],
  )
  return [
    { what: 'first pull request, red on unchanged code', value: 100 * red.share, unit: '%', atMost: 1 },
    {
      what: 'first pull request, TPOT 10 % slower missed',
      value: 100 * (1 - found('slower').share),
      unit: '%',
      atMost: 20,
    },
    {
      what: 'first pull request, TPOT 20 % slower missed',
      value: 100 * (1 - found('much slower').share),
      unit: '%',
      atMost: 5,
    },
  ]
}

/** With its standard error, to a tenth. */
function precise({ share, standardError }: Rate): string {
  return `${percent(share, 1)} ± ${percent(standardError, 1)}`
}

function countSessions(answers: Answers, study: string, pairs: number): string {
  return findAnswer(answers, study, 'unchanged', pairs).mean!.toFixed(1)
}

/** A row for every spread and correlation, a cell for every number of pairs. */
function printCells(title: string, cell: (spread: number, common: number, k: number) => string): void {
  printTable(
    title,
    ['spread', 'correlation', ...PAIRS.map((k) => `k = ${k}`)],
    CONTROL_GRID.map(([spread, common]) => [
      named(spread),
      String(common),
      ...PAIRS.map((k) => cell(spread, common, k)),
    ]),
  )
}

function printGrid(answers: Answers, kind: keyof typeof KINDS): Check[] {
  const rate = (spread: number, common: number, k: number, [question, count]: readonly [string, string]): Rate =>
    findRate(answers, `${kind} ${spread} ${common}`, question, k, count)
  printCells(
    `${KINDS[kind]}: red or not measured on unchanged code / TPOT 10 % slower found, %`,
    (spread, common, k) =>
      `${exact(rate(spread, common, k, ['unchanged', 'red']))} / ${rough(rate(spread, common, k, ['slower', 'found']))}`,
  )
  /** The worst of all correlations, less two standard errors: above the bound, that would be a surprise. */
  const findWorst = (spread: number, k: number): number =>
    Math.max(...COMMON.map((common) => lessTwoErrors(rate(spread, common, k, ['unchanged', 'red']))))
  return CONTROL_SPREADS.flatMap((spread) =>
    PAIRS.map((k) => ({
      what: `${KINDS[kind]}, red on unchanged code, spread ${named(spread)}, k = ${k}, less two standard errors`,
      value: findWorst(spread, k),
      unit: '%',
      atMost: 1,
    })),
  )
}

/** In per cent. */
function lessTwoErrors({ share, standardError }: Rate): number {
  return 100 * Math.max(0, share - 2 * standardError)
}

function printSessions(answers: Answers): Check[] {
  printCells(`${KINDS.sessions}: sessions that unchanged code takes, on average`, (spread, common, k) =>
    countSessions(answers, `sessions ${spread} ${common}`, k),
  )
  return PAIRS.filter((k) => k > 0).map((k) => ({
    what: `sessions of unchanged code, spread 3 %, correlation .8, k = ${k}, median`,
    value: findAnswer(answers, 'sessions 0.03 0.8', 'unchanged', k).median!,
    unit: '',
    atMost: 1.2,
  }))
}

function printPower(answers: Answers): Check[] {
  const pairs = PAIRS.at(-1)!
  const show = (kind: string, { spread, common }: Aim, question: string, count: string): string =>
    precise(findRate(answers, `aim, ${kind} ${spread} ${common}`, question, pairs, count))
  const minutes = ({ spread, common }: Aim, question: string): string =>
    (MINUTES_OF_SESSION * findAnswer(answers, `aim, sessions ${spread} ${common}`, question, pairs).mean!).toFixed(1)
  printTable(
    'TPOT 10 % slower beside a control: what was aimed at, what is found, and what is found and doubted, %',
    [
      'spread',
      'correlation',
      'one session: aimed at',
      'found',
      'doubted',
      'unchanged code red',
      'up to four fresh sessions: aimed at',
      'found',
      'doubted',
      'unchanged code red',
      'minutes of both: aimed at',
      'taken',
    ],
    AIMS.map((aim) => {
      const { spread, common } = aim
      const shown = (kind: string): string[] => [
        show(kind, aim, 'slower', 'found'),
        show(kind, aim, 'slower', 'doubted'),
        show(kind, aim, 'unchanged', 'red'),
      ]
      return [
        named(spread),
        String(common),
        percent(aim.inOneSession, 0),
        ...shown('one session'),
        percent(aim.inSessions, aim.inSessions === 0.999 ? 1 : 0),
        ...shown('sessions'),
        aim.minutes.map((each) => each.toFixed(1)).join('; '),
        [minutes(aim, 'slower'), minutes(aim, 'unchanged')].join('; '),
      ]
    }),
  )
  return []
}

function printPlain(answers: Answers): Check[] {
  const pairs = PAIRS.at(-1)!
  printTable(
    'One session of normal runs alone, TPOT 10 % slower: what is found with each guard and those before it, %',
    [
      'spread',
      'correlation',
      'aimed at',
      'spread and slope known',
      ...Object.keys(TESTS),
      'as `decideVerdict` has it: significant',
      'not doubted',
    ],
    PLAIN_GRID.map((aim) => {
      const { spread, common, inOneSession } = aim
      const find = (count: string): Rate => findRate(answers, `plain ${spread} ${common}`, 'slower', pairs, count)
      return [
        named(spread),
        String(common),
        percent(inOneSession, 0),
        percent(findPowerOfKnown({ ...aim, pairs }), 1),
        ...Object.values(findPowerBySteps({ ...aim, pairs })).map((share) => percent(share, 1)),
        percent(find('found').share + find('doubted').share, 1),
        precise(find('found')),
      ]
    }),
  )
  return []
}

function printShared(answers: Answers): Check[] {
  const shared = Object.entries(sharedWorlds(1)).map(([name, { groups }]) => [name, groups[0]!] as const)
  printTable(
    'Worlds that a control shares, one session',
    WORLD_COLUMNS,
    shared.map(([name, k]) => rowOfWorld(answers, name, k)),
  )
  return shared.map(([name, k]) => ({
    what: `red on unchanged code, ${name}, less two standard errors`,
    value: lessTwoErrors(findRate(answers, name, 'unchanged', k, 'red')),
    unit: '%',
    atMost: 1,
  }))
}

function printPinned(answers: Answers): Check[] {
  printTable(
    'Main steps by 7 %, a pinned control does not: red or not measured on unchanged code, %',
    ['runs after', 'one session', 'up to four fresh sessions'],
    [1, 2, 3].map((after) => [
      String(after),
      ...['one session', 'fresh sessions'].map((kind) =>
        exact(findRate(answers, `pinned control, ${kind}`, 'unchanged', 20 + after, 'red')),
      ),
    ]),
  )
  return []
}
