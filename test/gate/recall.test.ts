import { expect, test } from 'vitest'
import { recallLadder } from '../../src/gate/recall.ts'
import { aRow, lost, recorded } from '../verdict/recorded.ts'

test('the ladder is what most of the newest comparable runs measured, lost levels too', () => {
  const { series } = aRow()
  const ladderOf = (...past: Parameters<typeof recallLadder>) =>
    recallLadder(...past)?.map(({ level }) => level) ?? null
  const rows = (ladders: readonly (readonly number[])[]) => recorded(ladders.map((levels) => aRow({}, { levels })))
  expect(ladderOf([], series)).toBeNull()
  expect(ladderOf(rows([[1, 2, 4, 8]]), series)).toEqual([1, 2, 4, 8])
  expect(
    ladderOf(
      rows([
        [1, 2],
        [1, 2, 4],
        [2, 4, 1],
        [1, 2, 4],
        [1, 2],
        [1, 2],
      ]),
      series,
    ),
  ).toEqual([1, 2, 4])
  expect(
    ladderOf(
      rows([
        [1, 2, 4],
        [1, 2, 4],
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
      series,
    ),
  ).toEqual([1, 2])
  const broken = recorded(Array.from({ length: 5 }, () => aRow({}, { level: (c) => (c === 8 ? lost() : {}) })))
  expect(ladderOf(broken, series)).toEqual([1, 2, 4, 8])
  expect(ladderOf(rows([[1, 2]]), aRow({}, { series: { passes: 5 } }).series)).toBeNull()
})
