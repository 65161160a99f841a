import { expect, test } from 'vitest'
import { readNvidia, readRocm } from '../../src/serving/gpu-memory.ts'

test('the memory of all cards is taken together, as nvidia-smi writes it', () => {
  expect(readNvidia('81559\n3\n')).toBe(81_562)
})

test('and as rocm-smi does', () => {
  const card = { 'VRAM Total Memory (B)': '17163091968', 'VRAM Total Used Memory (B)': '10485760' }
  expect(readRocm(JSON.stringify({ card0: card, card1: card }))).toBe(20)
})

test('what says something else is not taken for a figure', () => {
  expect([readNvidia('[N/A]\n'), readNvidia(''), readRocm('{}')]).toEqual([null, null, null])
})
