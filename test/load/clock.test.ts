import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/load/clock.ts'

test('a wait may be longer than a timer counts: it neither ends at once nor keeps the thread busy', async () => {
  const warned: string[] = []
  const note = ({ name }: Error): number => warned.push(name)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const over = new AbortController()
  let ended = false
  const wait = systemClock.sleep(40 * 86_400_000, over.signal).then(() => (ended = true))
  await setImmediate()
  await systemClock.sleep(5)
  await setImmediate()
  expect([warned, ended]).toEqual([[], false])
  over.abort()
  await wait
  expect(ended).toBe(true)
})
