import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/load/runtime.ts'

const PROGRAM = join(import.meta.dirname, 'ended-requests.ts')

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

test('what the last request of a level made outlives the level and a collection, and nothing from before it does', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
  expect(stdout.trim()).toBe('1 1 1')
})
