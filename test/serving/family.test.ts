import { expect, test } from 'vitest'
import { createFamilyFinder } from '../../src/serving/family.ts'

/** A process of this id whose parent, group and session are given, or nobody's in particular. */
function aProcess(pid: number, { parent = 1, group = pid, session = pid, born = 'today' } = {}) {
  return { pid, parent, group, session, born }
}

const FAMILY = { leader: 10, mark: 'ours' }
const nobody = (): boolean => false

test('a family is the group and session of its leader, with the children of each', () => {
  const all = [
    aProcess(10),
    aProcess(11, { group: 10 }),
    aProcess(12, { session: 10 }),
    aProcess(14, { parent: 13 }),
    aProcess(13, { parent: 12 }),
    aProcess(99),
  ]
  expect(createFamilyFinder(FAMILY, () => all, nobody)()).toEqual([10, 11, 12, 13, 14])
})

test('one that left group and session and lost its parent is known by its mark', () => {
  const all = [aProcess(20), aProcess(99)]
  const find = createFamilyFinder(
    FAMILY,
    () => all,
    (pid, mark) => pid === 20 && mark === 'ours',
  )
  expect(find()).toEqual([20])
})

test('one that was seen as a child stays known when its parent ends, and a later process of its id is another', () => {
  let all = [aProcess(10), aProcess(20, { parent: 10 })]
  const find = createFamilyFinder(FAMILY, () => all, nobody)
  expect(find()).toEqual([10, 20])
  all = [aProcess(20)]
  expect(find()).toEqual([20])
  all = [aProcess(20, { born: 'tomorrow' })]
  expect(find()).toEqual([])
})
