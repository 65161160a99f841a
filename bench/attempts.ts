/**
 * What comes of jobs that are run again after red, judged together and each alone. `--scale 0.1` does a tenth of it.
 */
import { parseArgs } from 'node:util'
import { playAttempts } from './support/attempts-study.ts'
import { percent, printTable } from './support/result.ts'

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } })
const histories = Math.max(2, Math.round(300 * Number(values.scale)))
const startedAt = Date.now()

const WORLDS = [
  ['independent, 2 %', 10],
  ['independent, 3 %', 10],
  ['independent, 5 %', 10],
  ['2 % of the runs 20 % slower', 20],
  ['a slow node in a tenth of the runs', 20],
] as const

const rows = WORLDS.flatMap(([world, groups]) =>
  [true, false].map((together) => {
    const answer = playAttempts({ world, together, groups, histories, commits: 5 })
    const stands = (by: 10 | 20) => answer.slower[by].map((share) => percent(share, 0)).join(' / ')
    return [
      world,
      String(groups),
      together ? 'together' : 'alone',
      percent(answer.first, 1),
      percent(answer.finally, 1),
      percent(answer.any, 1),
      stands(10),
      stands(20),
      answer.inAll.map((share) => percent(share, 0)).join(' / '),
    ]
  }),
)
printTable(
  `Up to three attempts, ${histories * 5} commits of each kind: red, %`,
  [
    'world',
    'k',
    'judged',
    'unchanged: first',
    'still, tried again after red',
    'any of three, tried anyway',
    'TPOT +10 %: first / still / still',
    '+20 %',
    'all +10 %: first / second, tried anyway',
  ],
  rows,
)
console.log(`took ${Math.round((Date.now() - startedAt) / 1000)} s`)
