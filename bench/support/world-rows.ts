/** How the tables of worlds show one, without a control and beside it. */
import { GROUPS_FOR_PROOF } from '../../src/verdict/judge.ts'
import { exact, rough } from './result.ts'
import { findRate } from './threads.ts'
import type { Answers } from './threads.ts'

/** The columns of a table of worlds. */
export const WORLD_COLUMNS: readonly string[] = [
  'world',
  'k',
  'red or not measured, %',
  'suspect, %',
  'TPOT 10 % slower found, %',
  'all 10 / 20 % slower, %',
  '`gate: release`: it passes, %',
]

/** The row of a world after k recorded runs. */
export function rowOfWorld(answers: Answers, name: string, k: number): readonly string[] {
  const inAll = (by: number): string => rough(findRate(answers, name, `all ${by} %`, k, 'found'))
  return [
    name,
    String(k),
    exact(findRate(answers, name, 'unchanged', k, 'red')),
    rough(findRate(answers, name, 'unchanged', k, 'suspect')),
    rough(findRate(answers, name, 'slower', k, 'found')),
    `${inAll(10)} / ${inAll(20)}`,
    k < GROUPS_FOR_PROOF ? '–' : rough(findRate(answers, name, 'release slower', k, 'green')),
  ]
}
