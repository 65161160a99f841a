/**
 * What cannot be had at once, where the gate is red on unchanged code more often than it promises or finds least: other rules beside its own, in the simplest
 * world in which they differ. `--draws 4000` for a fifth of it.
 */
import { parseArgs } from 'node:util'
import { drawNormal } from '../src/random.ts'
import type { Random } from '../src/random.ts'
import { FOR_ANOTHER_METRIC, SURE_OF_MOVE, ALIKE } from '../src/verdict/judge.ts'
import { playAlike } from './support/alike-frontier.ts'
import { byAll, byLikelihood, byNewest, playGrowth } from './support/growth-frontier.ts'
import { percent, printTable } from './support/result.ts'
import { playSessions } from './support/session-frontier.ts'
import type { SessionRule } from './support/session-frontier.ts'
import { playAfterStep } from './support/step-frontier.ts'
import type { MoveRule } from './support/step-frontier.ts'

const { values } = parseArgs({ options: { draws: { type: 'string', default: '20000' } } })
const draws = Number(values.draws)
const SLOWER = Math.log(1.1)

const always = (against: number, beyond: number, asks: MoveRule['asks'] = 'likeliest'): MoveRule => ({
  open: { against, beyond },
  last: { against, beyond },
  asks,
  forAnother: 0,
})
const GATE_MOVES: MoveRule = { ...SURE_OF_MOVE, asks: 'each', forAnother: FOR_ANOTHER_METRIC }
const { open } = GATE_MOVES
const MOVE_RULES: Readonly<Record<string, MoveRule>> = {
  'no doubt': always(-Infinity, 0),
  'each of 1, 2, 3 points: 0, or 2.33 SE': always(0, 2.33, 'each'),
  'each: 2, or 3.09 SE, before the last session; then 0, or 2.33 SE': { ...GATE_MOVES, forAnother: 0 },
  'the same, 1 more for each further metric that looks worse': { ...GATE_MOVES, forAnother: 1 },
  '2 more for each (the gate)': GATE_MOVES,
  '4 more for each': { ...GATE_MOVES, forAnother: 4 },
  'the likeliest of 1, 2, 3 points, 2 more for each': { ...GATE_MOVES, asks: 'likeliest' },
  'the likeliest: then 0, or 2.75 SE': { open, last: { against: 0, beyond: 2.75 }, asks: 'likeliest', forAnother: 0 },
  'the likeliest: always 0, or 2.75 SE': always(0, 2.75),
  'the likeliest: always 2, or 3.09 SE': always(2, 3.09),
  'the likeliest: always 4, or 3.09 SE': always(4, 3.09),
}
printTable(
  'Main steps by 7 %, a pinned control does not, up to four sessions: what rules leave and cost',
  [
    'twice the log likelihood ratio against a step, or distance from main’s newest points',
    'innocent red after 1 / 2 / 3 runs, %',
    'TPOT 10 % slower found, no step, %',
    'sessions of these',
    'TPOT 10 % slower found 1 / 2 / 3 runs after the step, %',
    'sessions of these',
  ],
  Object.entries(MOVE_RULES).map(([name, rule]) => {
    const step = Math.log(1.07)
    const code = [0, SLOWER, 0]
    const innocent = [1, 2, 3].map((after) => playAfterStep(rule, { step, after, code: [0, 0, 0], draws }))
    const calm = playAfterStep(rule, { step: 0, after: 3, code, draws })
    const slower = [1, 2, 3].map((after) => playAfterStep(rule, { step, after, code, draws }))
    return [
      name,
      innocent.map(({ red }) => percent(red, 1)).join(' / '),
      percent(calm.red, 1),
      calm.sessions.toFixed(2),
      slower.map(({ red }) => percent(red, 1)).join(' / '),
      slower.map(({ sessions }) => sessions.toFixed(1)).join(' / '),
    ]
  }),
)

const SPREAD_RULES = {
  'all runs': byAll,
  'the newest six, where p < .02 (the gate)': byNewest,
  'by likelihood, 1 change in 100 runs': byLikelihood(0.01),
  '1 in 50': byLikelihood(0.02),
  '1 in 20': byLikelihood(0.05),
}
const grow = (k: number) =>
  playGrowth(SPREAD_RULES, { spreadAt: (run) => (run < 10 ? 0.015 : 0.04), k, code: 0, draws })
const find = (spread: number, k: number) => playGrowth(SPREAD_RULES, { spreadAt: () => spread, k, code: SLOWER, draws })
const grown = [10, 15, 20].map(grow)
const found = [find(0.02, 12), find(0.02, 20), find(0.03, 20), find(0.02, 50)]
printTable(
  'The spread grows from 1.5 to 4 % after ten runs: what rules leave and cost',
  [
    'spread by',
    'innocent red at k = 10 / 15 / 20, %',
    'TPOT 10 % slower found: 2 %, k = 12 / 20, %',
    '3 %, k = 20, %',
    '2 %, k = 50, %',
  ],
  Object.keys(SPREAD_RULES).map((name) => [
    name,
    grown.map((red) => percent(red[name]!, 1)).join(' / '),
    `${percent(found[0]![name]!, 0)} / ${percent(found[1]![name]!, 0)}`,
    percent(found[2]![name]!, 0),
    percent(found[3]![name]!, 0),
  ]),
)

const limit = (most: number) => ({ ...ALIKE, most })
const ALIKE_RULES = {
  'no doubt': null,
  'by up to 8 %': limit(1.08),
  'by up to 9 % (the gate)': ALIKE,
  'by up to 9 %, 7 times as likely': { ...ALIKE, sure: 4 },
  'by up to 10 %': limit(1.1),
  'by up to 12 %': limit(1.12),
  'by up to 20 %': limit(1.2),
}
const noise = (spread: number) => ({ spreadAt: () => spread, alike: () => 0 })
const grownTo = (run: number) => (run < 10 ? 0.015 : 0.04)
const SLOW_NODE = {
  ...noise(0.02),
  alike: (random: Random) => (random() < 0.1 ? Math.log(1.06 + 0.04 * random()) : 0),
}
const GROWN_ALIKE = { ...noise(0.005), alike: (random: Random, run: number) => grownTo(run) * drawNormal(random) }
const GROWN_APART = { ...noise(0), spreadAt: grownTo }
const inDecode = [0, SLOWER, 0] as const
const inAll = (by: number) => [Math.log(by), Math.log(by), Math.log(by)] as const
const INNOCENT = [0, 0, 0] as const
const alikeColumns = [
  ['a slow node in a tenth of the runs: innocent red at k = 10 / 20, %', 1, SLOW_NODE, INNOCENT, [10, 20]],
  ['spread from 1.5 to 4 % in all alike: at k = 10 / 15 / 20, %', 1, GROWN_ALIKE, INNOCENT, [10, 15, 20]],
  ['in each metric apart: at k = 10 / 15 / 20, %', 1, GROWN_APART, INNOCENT, [10, 15, 20]],
  ['independent, 2 %: TPOT 10 % slower red at k = 10 / 20, %', 0, noise(0.02), inDecode, [10, 20]],
  ['all 10 % slower, %', 0, noise(0.02), inAll(1.1), [10, 20]],
  ['all 12 % slower, %', 0, noise(0.02), inAll(1.12), [10, 20]],
  ['all 15 % slower, %', 0, noise(0.02), inAll(1.15), [10, 20]],
] as const
const rules = Object.values(ALIKE_RULES)
const alikeCells = alikeColumns.map(([, digits, world, code, ks]) => {
  const byK = ks.map((k) => playAlike(rules, world, { k, code, draws }))
  return rules.map((_, i) => byK.map((shares) => percent(shares[i]!, digits)).join(' / '))
})
printTable(
  'Prefill and decode are slower alike: what rules leave and cost',
  ['doubted, where slower alike', ...alikeColumns.map(([name]) => name)],
  Object.keys(ALIKE_RULES).map((name, i) => [name, ...alikeCells.map((cells) => cells[i]!)]),
)

const GATE: SessionRule = { bound: 'falling', asksSuspects: true, doubtsMain: true, isKnown: false }
const SESSION_RULES: Readonly<Record<string, SessionRule>> = {
  'each session has the same bound, and what is suspect may end them': {
    ...GATE,
    bound: 'constant',
    asksSuspects: false,
  },
  'each has the same bound': { ...GATE, bound: 'constant' },
  'falling bounds (the gate)': GATE,
  'the same, and main’s newest runs are never doubted': { ...GATE, doubtsMain: false },
  'the same, and spread and slope are known': { ...GATE, doubtsMain: false, isKnown: true },
  'always four sessions, one test of all': { ...GATE, bound: null },
}
const SESSION_WORLDS = [
  { spread: 0.02, common: 0.5, pairs: 20 },
  { spread: 0.03, common: 0.5, pairs: 20 },
  { spread: 0.05, common: 0, pairs: 20 },
  { spread: 0.05, common: 0.5, pairs: 10 },
  { spread: 0.05, common: 0.5, pairs: 20 },
  { spread: 0.05, common: 0.8, pairs: 20 },
]
printTable(
  'Up to four fresh sessions: unchanged code red, % / TPOT 10 % slower found, % / sessions of both',
  ['rule', ...SESSION_WORLDS.map(({ spread, common, pairs }) => `${100 * spread} %, ${common}, k = ${pairs}`)],
  Object.entries(SESSION_RULES).map(([name, rule]) => [
    name,
    ...SESSION_WORLDS.map((world) => {
      const unchanged = playSessions(rule, world, { code: 0, draws })
      const slower = playSessions(rule, world, { code: SLOWER, draws })
      const sessions = `${unchanged.sessions.toFixed(1)}, ${slower.sessions.toFixed(1)}`
      return `${percent(unchanged.red, 1)} / ${percent(slower.red, 0)} / ${sessions}`
    }),
  ]),
)
