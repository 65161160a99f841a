import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock, defineCells, drawNonce, readTime, findOpenFiles, readOpenFiles } from '../../src/load/runtime.ts'

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

test('nonces are 16 hexadecimal digits, small numbers too, and differ', () => {
  const nonces = Array.from({ length: 10_000 }, drawNonce)
  expect(nonces.filter((nonce) => !/^[\da-f]{16}$/.test(nonce))).toEqual([])
  expect(new Set(nonces).size).toBe(10_000)
})

test('what the last request of a level made outlives the level and a collection, and nothing from before it does', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
  expect(stdout.trim()).toBe('1 1 1')
})

const COUNTER = new URL('counting-thread.ts', import.meta.url)

test('cells begin with the values that they were made with', () => {
  const { values } = defineCells({ startAt: NaN, started: 0, left: 3 })()
  expect(values).toMatchObject({ startAt: NaN, started: 0, left: 3 })
  expect([readTime(values.startAt), readTime(0)]).toEqual([null, 0])
})

test('whoever joins has the same cells, as they are by then', () => {
  const share = defineCells({ at: NaN, count: 0 })
  const mine = share()
  mine.values.count = 7
  const others = share(mine.memory)
  expect(others.values).toMatchObject({ at: NaN, count: 7 })
  others.values.at = 0.1 + 0.2
  expect(mine.values.at).toBe(0.1 + 0.2)
})

test('cells of a kind that do not join each other share nothing', () => {
  const share = defineCells({ count: 0 })
  const [one, other] = [share(), share()]
  one.values.count = 5
  expect([one.values.count, other.values.count, share().values.count]).toEqual([5, 0, 0])
})

test('a turn may hold again, and ends with what it throws', () => {
  const share = defineCells({ count: 0 })
  const cells = share()
  expect(cells.hold(() => cells.hold(() => 'done'))).toBe('done')
  expect(() => cells.hold(() => JSON.parse('{'))).toThrow(SyntaxError)
  expect(share(cells.memory).hold(() => 'free')).toBe('free')
})

test('no count is lost where several threads count at once', async () => {
  const cells = defineCells({ one: 0, other: 0 })()
  const counts = 50_000
  // All begin at one moment, or the first would be done before the last is there.
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { memory: cells.memory, gate: gate.buffer, counts }
  const workers = [1, 2].map(() => new Worker(COUNTER, { workerData, execArgv: [] }))
  const threads = workers.map(async (thread) => new Promise((resolve) => thread.once('exit', resolve)))
  await Promise.all(workers.map(async (thread) => new Promise((resolve) => thread.once('message', resolve))))
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  for (let i = 0; i < counts; i++) cells.hold(() => (cells.values.other = ++cells.values.one))
  expect(await Promise.all(threads)).toEqual([0, 0])
  expect(cells.values).toMatchObject({ one: 3 * counts, other: 3 * counts })
})

/** What Linux tells of a process, with so many files open. */
function processFolder(limits: string, open: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-proc-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'limits'), limits)
  mkdirSync(join(folder, 'fd'))
  for (let i = 0; i < open; i++) writeFileSync(join(folder, 'fd', String(i)), '')
  return folder
}

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             62842                62842                processes
Max open files            1024                 524288               files
`

test('the limit that holds is the soft one, and what is open is counted', () => {
  expect(readOpenFiles(processFolder(LIMITS, 3))).toEqual({ limit: 1024, open: 3 })
})

test('where the system does not say it, or knows no limit, nothing is said', () => {
  expect(readOpenFiles('/nowhere')).toBeNull()
  const unlimited = LIMITS.replace('1024  ', 'unlimited')
  expect(readOpenFiles(processFolder(unlimited, 3))).toBeNull()
  expect(findOpenFiles(null, 10_000, 0)).toEqual([])
})

test('a plan that needs more connections than may be open is told before any load', () => {
  const files = { limit: 48, open: 20 }
  expect(findOpenFiles(files, 20, 0)).toEqual([])
  expect(findOpenFiles(files, 21, 0)).toEqual([
    {
      code: 'open-files',
      message: 'This machine may open 48 files at once (`ulimit -n`) and has 20 open; 21 connections need 29 more.',
    },
  ])
})

test('threads that carry the load need files of their own, five each', () => {
  const files = { limit: 48, open: 10 }
  expect(findOpenFiles(files, 20, 2)).toEqual([])
  expect(findOpenFiles(files, 20, 3)).toEqual([
    {
      code: 'open-files',
      message:
        'This machine may open 48 files at once (`ulimit -n`) and has 10 open; 20 connections in 3 threads need 43 more.',
    },
  ])
})
