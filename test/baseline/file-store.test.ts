import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFile } from '../../src/baseline/file-lock.ts'
import { createFileStore, describeFileTrouble } from '../../src/baseline/file-store.ts'
import type { FileStoreOptions } from '../../src/baseline/file-store.ts'
import { BaselineError } from '../../src/errors.ts'
import { decodeHistory, encodeHistory } from '../../src/report/history-codec.ts'
import { anEntry, historyOf, shaOf } from '../report/history-builders.ts'
import { leash } from '../support/leash.ts'
import { clockAt, PATIENT } from './lock-clocks.ts'

const NAME = 'llama-8b'
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plateau-history-'))
  path = join(folder, 'history.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const store = (options: Partial<FileStoreOptions> = {}) => createFileStore({ path, keep: 400, ...options })
const entriesIn = (file: string) => decodeHistory(readFileSync(file, 'utf8')).entries

/** When files were written whose age counts, in milliseconds since 1970. */
const WRITTEN_AT = Date.UTC(2026, 0, 1)
const SECOND = 1_000

/** Makes a file one that was written then. */
function writtenThen(file: string): void {
  utimesSync(file, WRITTEN_AT / SECOND, WRITTEN_AT / SECOND)
}

async function errorOf(promise: Promise<unknown>): Promise<BaselineError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(BaselineError)
  return error as BaselineError
}

test('a file that is not there has nothing recorded', async () => {
  expect(await store().load(NAME)).toEqual({
    entries: [],
    origin: `file ${path}`,
    ancestor: null,
    passedOver: [],
    unreadable: null,
  })
  expect(readdirSync(folder)).toEqual([])
})

test.skipIf(process.platform !== 'linux')(
  'a folder that cannot be created is refused, and not tried for ever',
  async () => {
    path = '/proc/nowhere/history.json'
    const { message } = await errorOf(store().save([anEntry(1)]))
    expect(message).toContain(path)
    expect(message).toMatch(/cannot be written: .*mkdir '\/proc\/nowhere'.*give another path/s)
  },
)

test('what is saved is loaded, in a folder that was not there', async () => {
  path = join(folder, 'deep', 'er', 'history.json')
  await store().save([anEntry(2)])
  await store().save([anEntry(1), anEntry(2)])
  expect((await store().load(NAME)).entries).toEqual([anEntry(1), anEntry(2)])
  expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['history.json'])
})

test('several names share a file, and each keeps its newest', async () => {
  const small = store({ keep: 2 })
  for (const day of [1, 2, 3]) await small.save([anEntry(day), anEntry(day, { name: 'other' })])
  expect((await small.load(NAME)).entries).toEqual([anEntry(2), anEntry(3)])
  expect((await small.load('other')).entries).toHaveLength(2)
  expect(entriesIn(path)).toHaveLength(4)
})

test('saving nothing writes nothing', async () => {
  await store().save([])
  expect(existsSync(path)).toBe(false)
})

test('only runs up to baseline-ref count, and one that is of no run is named', async () => {
  await store().save([1, 2, 3].map((day) => anEntry(day)))
  expect((await store({ upTo: shaOf(2) }).load(NAME)).entries).toEqual([anEntry(1), anEntry(2)])
  expect((await store({ upTo: 'v9' }).load('new-name')).entries).toEqual([])
  const error = await errorOf(store({ upTo: 'v9' }).load(NAME))
  expect(error.message).toContain(`No run of ${NAME} in ${path} is of v9`)
})

describe('a damaged file', () => {
  const DAMAGED = '{"schema":"plateau/history@1","entries":[{'

  test('is named with what is wrong, kept aside once, and never overwritten', async () => {
    writeFileSync(path, DAMAGED)
    const error = await errorOf(store().load(NAME))
    const [copy] = readdirSync(folder).filter((file) => file.startsWith('history.json.corrupt-'))
    expect(error.message).toContain(`${path} is damaged: the history is not JSON`)
    expect(error.remedy).toContain(`a copy is in ${join(folder, copy!)}`)
    expect(error.remedy).toContain('delete it to begin anew')

    await errorOf(store().save([anEntry(1)]))
    await errorOf(store().load(NAME))
    expect(readFileSync(path, 'utf8')).toBe(DAMAGED)
    expect(readFileSync(join(folder, copy!), 'utf8')).toBe(DAMAGED)
    expect(readdirSync(folder).sort()).toEqual(['history.json', copy])
  })

  test('names the path of a bad figure', async () => {
    await store().save([anEntry(1)])
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"tpot-p50":[\d.]+/, '"tpot-p50":-3'))
    const error = await errorOf(store().load(NAME))
    expect(error.message).toContain('entries[0].row.levels[0].passes[0].figures.tpot-p50')
  })

  test.each([
    ['', 'it is empty', 'delete it to begin anew'],
    ['\n', 'it is empty', 'delete it to begin anew'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n', 'a pointer of Git LFS', '`git lfs pull`'],
    ['<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> topic\n', 'the marks of a merge', 'git checkout --ours'],
    ['{"schema":"plateau/history@1",\n=======\r\n"entries":[]}', '(=======)', 'git checkout --ours'],
    ['{"schema":"plateau/history@1",\n||||||| base\n"entries":[]}', '(|||||||)', 'git checkout --ours'],
    ['\u001f\u0008\u0000\u0000', 'compressed with gzip', 'unpack it'],
    ['PK\u0003\u0004\u0000', 'it is a zip', 'unpack it'],
    ['<!DOCTYPE html><title>404</title>', 'it is a page', 'download the file itself'],
    ['{"schema":"plateau/run-report@1"}', 'it is a run report and not a history', '`--append`'],
    ['[]', 'JSON and no history', 'delete it to begin anew'],
    ['{}\n', 'JSON and no history', 'delete it to begin anew'],
    ['\0\0\0', 'nothing but zeros', 'an older version'],
    ['\uFFFE{\0', 'it is not UTF-8', 'save it as UTF-8'],
  ])('that is known for what it is is named, and needs no copy: %j', async (text, what, remedy) => {
    writeFileSync(path, text)
    const error = await errorOf(store().load(NAME))
    expect(error.message).toContain(`The history ${path} cannot be read: `)
    expect(error.message).toContain(what)
    expect(error.remedy).toContain(remedy)
    await errorOf(store().save([anEntry(1)]))
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('is copied once however often it is checked out, and read with the line ends and the mark of Windows', async () => {
    for (const day of [1, 2]) {
      writeFileSync(path, DAMAGED)
      utimesSync(path, day, day)
      await errorOf(store().load(NAME))
    }
    expect(readdirSync(folder)).toHaveLength(2)
    writeFileSync(path, `\uFEFF${encodeHistory(historyOf([anEntry(1)])).replaceAll('\n', '\r\n')}`)
    expect((await store().load(NAME)).entries).toEqual([anEntry(1)])
  })

  test('gets another copy when it is damaged anew', async () => {
    writeFileSync(path, DAMAGED)
    utimesSync(path, 1, 1)
    await errorOf(store().load(NAME))
    writeFileSync(path, '{"a":1}')
    await errorOf(store().load(NAME))
    expect(readdirSync(folder)).toHaveLength(3)
  })
})

test('a file of a newer version is not damaged: it says what to do and is left alone', async () => {
  const newer = encodeHistory(historyOf([anEntry(1)])).replace('history@1', 'history@2')
  writeFileSync(path, newer)
  for (const error of [await errorOf(store().load(NAME)), await errorOf(store().save([anEntry(2)]))]) {
    expect(error.message).toContain(`${path} cannot be read: schema: is plateau/history@2, which a newer version`)
    expect(error.remedy).toContain('update Plateau')
  }
  expect(readFileSync(path, 'utf8')).toBe(newer)
  expect(readdirSync(folder)).toEqual(['history.json'])
})

describe('a path that cannot be a history says why', () => {
  test('a folder', async () => {
    mkdirSync(path)
    expect((await errorOf(store().load(NAME))).message).toContain('cannot be read: it is a folder')
    await errorOf(store().save([anEntry(1)]))
  })

  test('a symbolic link, which is neither followed nor replaced', async () => {
    const target = join(folder, 'target.json')
    writeFileSync(target, 'precious')
    symlinkSync(target, path)
    expect((await errorOf(store().load(NAME))).message).toContain('is a symbolic link')
    await errorOf(store().save([anEntry(1)]))
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  test('a dangling link', async () => {
    symlinkSync(join(folder, 'nowhere'), path)
    await errorOf(store().save([anEntry(1)]))
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })

  test('a file where a folder should be', async () => {
    writeFileSync(path, '')
    path = join(path, 'history.json')
    expect((await errorOf(store().load(NAME))).message).toContain('a part of the path is a file')
    expect((await errorOf(store().save([anEntry(1)]))).message).toContain('cannot be written')
  })

  test('a device', async () => {
    path = '/dev/null'
    expect((await errorOf(store().load(NAME))).message).toContain('is not a file')
  })

  test('a file that may not be read or written', () => {
    const refused = Object.assign(new Error('EACCES'), { code: 'EACCES' })
    for (const doing of ['read', 'written'] as const) {
      const { message, remedy } = describeFileTrouble(path, doing, refused)
      expect(message).toContain(`${path} cannot be ${doing}: permission denied`)
      expect(remedy).toContain('let the user that runs this read and write the file and its folder')
    }
  })

  test('one beside which nothing can be written, and which stays as it is', async () => {
    path = join(folder, 'h'.repeat(240))
    writeFileSync(path, encodeHistory(historyOf([anEntry(1)])))
    expect((await errorOf(store().save([anEntry(2)]))).message).toContain('cannot be written: the path is too long')
    expect(entriesIn(path)).toEqual([anEntry(1)])
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test('names of others are shown escaped', async () => {
    path = join(folder, 'a\n::error::b')
    mkdirSync(path)
    expect((await errorOf(store().load(NAME))).message.split('\n')).toHaveLength(2)
  })
})

describe('several writers', () => {
  const script = join(import.meta.dirname, 'append.ts')
  const start = (first: number, count: number) =>
    spawn(process.execPath, [script, path, String(first), String(count)], {
      env: { ...process.env, ...leash() },
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  test('processes that add at the same time lose nothing, and whoever reads meanwhile sees a whole history', async () => {
    const writers = [0, 10].map((first) => start(first, 10))
    const ended = Promise.all(writers.map((writer) => once(writer, 'exit')))
    const running = { yes: true }
    void ended.then(() => (running.yes = false))
    let seen = 0
    while (running.yes) {
      const { entries } = await store().load(NAME)
      expect(entries.length).toBeGreaterThanOrEqual(seen)
      seen = entries.length
      await sleep(20)
    }
    expect((await ended).map(([code]) => code as number)).toEqual([0, 0])
    expect((await store().load(NAME)).entries).toEqual(Array.from({ length: 20 }, (_, day) => anEntry(day)))
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('a writer that is killed leaves a whole history, and the next one goes on', async () => {
    await store().save([anEntry(0)])
    for (const first of [1000, 2000]) {
      const writer = start(first, 1000)
      const ended = once(writer, 'exit')
      await once(writer.stdout, 'data')
      while (Number(entriesIn(path).at(-1)!.source.runId) < first) await sleep(20)
      writer.kill('SIGKILL')
      await ended
      const before = entriesIn(path)
      // A lock that it leaves says whose it was: by this clock no other is ever taken over.
      await store({ clock: PATIENT }).save([anEntry(first + 999)])
      expect(entriesIn(path)).toEqual([...before, anEntry(first + 999)])
    }
  })

  test('what a killed writer left beside the file is swept up later', async () => {
    const left = join(folder, '.history.json.123.tmp')
    writeFileSync(left, '{"half":')
    writtenThen(left)
    await store({ clock: clockAt(WRITTEN_AT + 60 * SECOND) }).save([anEntry(1)])
    expect(existsSync(left)).toBe(true)
    await store({ clock: clockAt(WRITTEN_AT + 61 * SECOND) }).save([anEntry(2)])
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('calls at the same time in one process lose nothing', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, day) => store({ clock: PATIENT }).save([anEntry(day)])))
    expect(entriesIn(path)).toHaveLength(12)
  })
})

describe('a lock', () => {
  const lock = (holder: object) => {
    writeFileSync(`${path}.lock`, JSON.stringify({ token: 'x', host: hostname(), ...holder }))
    writtenThen(`${path}.lock`)
  }
  /** A process id that was one and is none any more. */
  async function deadPid(): Promise<number> {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    return child.pid!
  }

  test('says whose it is from the moment that it exists', async () => {
    const watching = { on: true, seen: new Set<string>() }
    const watched = (async () => {
      for (; watching.on; await nextTurn()) {
        try {
          watching.seen.add(readFileSync(`${path}.lock`, 'utf8'))
        } catch {
          // Nobody holds it.
        }
      }
    })()
    for (let round = 0; round < 100; round++) await (await lockFile(path, PATIENT)).release()
    watching.on = false
    await watched
    expect(watching.seen.size).toBeGreaterThan(0)
    for (const text of watching.seen)
      expect(text).toContain(`"host":${JSON.stringify(hostname())},"pid":${process.pid}`)
    expect(readdirSync(folder)).toEqual([])
  })

  test('of a process that is dead is taken over', async () => {
    lock({ pid: await deadPid() })
    await store({ clock: PATIENT }).save([anEntry(1)])
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('that is older than a minute is taken over, whoever holds it', async () => {
    lock({ pid: process.pid })
    const clock = clockAt(WRITTEN_AT + 50 * SECOND)
    await store({ clock }).save([anEntry(1)])
    expect(clock.now()).toBe(WRITTEN_AT + 60 * SECOND + 50)
    // By the clock of the system it has been old for long.
    lock({ pid: process.pid })
    await store().save([anEntry(2)])
    expect(entriesIn(path)).toHaveLength(2)
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('of a living process is waited for, and in the end an error says what to do', async () => {
    lock({ pid: process.pid })
    const clock = clockAt(WRITTEN_AT + 30 * SECOND)
    const changes = new Set<bigint>()
    const sleep = async (ms: number) => {
      changes.add(statSync(folder, { bigint: true }).mtimeNs)
      return clock.sleep(ms)
    }
    const error = await errorOf(store({ clock: { ...clock, sleep } }).save([anEntry(1)]))
    expect(clock.now()).toBe(WRITTEN_AT + 60 * SECOND)
    // Nothing was written beside it meanwhile.
    expect(changes.size).toBe(1)
    expect(error.message).toContain(`${path} is being written by process ${process.pid} on ${hostname()}`)
    expect(error.remedy).toContain(`delete ${path}.lock`)
    expect(existsSync(path)).toBe(false)
    expect(existsSync(`${path}.lock`)).toBe(true)
  })

  test('of another machine is not judged by process ids of this one', async () => {
    lock({ host: 'elsewhere', pid: await deadPid() })
    const error = await errorOf(store({ clock: clockAt(WRITTEN_AT) }).save([anEntry(1)]))
    expect(error.message).toContain('on elsewhere')
  })

  test.each(['', '{"token":"x","ho'])(
    'that does not say whose it is is waited for while it is young: %j',
    async (text) => {
      writeFileSync(`${path}.lock`, text)
      writtenThen(`${path}.lock`)
      const clock = clockAt(WRITTEN_AT)
      await store({ clock }).save([anEntry(1)])
      expect(clock.now()).toBe(WRITTEN_AT + 5 * SECOND + 50)
      expect(readdirSync(folder)).toEqual(['history.json'])
    },
  )

  test('whose holder is not known is told as that of another process', async () => {
    writeFileSync(`${path}.lock`, '')
    // Written in the future of this clock: it does not grow old.
    writtenThen(`${path}.lock`)
    const error = await errorOf(store({ clock: clockAt(WRITTEN_AT - 60 * SECOND) }).save([anEntry(1)]))
    expect(error.message).toContain('by another process')
  })

  test('of a dead process is taken over by one of many', async () => {
    lock({ pid: await deadPid() })
    await Promise.all(Array.from({ length: 12 }, (_, day) => store({ clock: PATIENT }).save([anEntry(day)])))
    expect(entriesIn(path)).toHaveLength(12)
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('that another has taken over and taken while one was on the way to remove it is left to it', async () => {
    lock({ pid: await deadPid() })
    const seen: unknown[] = []
    let isTaken = false
    const clock = clockAt(WRITTEN_AT)
    await lockFile(path, {
      now() {
        // Whoever has the guard looks again: by then the lock is that of a living process.
        if (!isTaken && existsSync(`${path}.lock.takeover`)) {
          isTaken = true
          lock({ pid: process.pid, token: 'of the other' })
        }
        return clock.now()
      },
      async sleep(ms) {
        seen.push((JSON.parse(readFileSync(`${path}.lock`, 'utf8')) as { token: string }).token)
        rmSync(`${path}.lock`)
        await clock.sleep(ms)
      },
    })
    expect(seen).toEqual(['of the other'])
    expect(readdirSync(folder)).toEqual(['history.json.lock'])
  })

  test('a takeover that was itself killed does not last', async () => {
    lock({ pid: await deadPid() })
    writeFileSync(`${path}.lock.takeover`, '')
    writtenThen(`${path}.lock.takeover`)
    const clock = clockAt(WRITTEN_AT)
    await store({ clock }).save([anEntry(1)])
    // Ten seconds, and the moment after in which it sees that the takeover is gone.
    expect(clock.now()).toBe(WRITTEN_AT + 10 * SECOND + 2 * 50)
    expect(readdirSync(folder)).toEqual(['history.json'])
  })

  test('that another has taken over is no longer held, and not released by its old holder', async () => {
    const held = await lockFile(path, PATIENT)
    expect(await held.isHeld()).toBe(true)
    lock({ pid: process.pid })
    expect(await held.isHeld()).toBe(false)
    await held.release()
    expect(existsSync(`${path}.lock`)).toBe(true)
  })

  test('that is a folder is told at once, before anything is measured when runs will be added', async () => {
    mkdirSync(`${path}.lock`)
    writtenThen(`${path}.lock`)
    const willSave = store({ willSave: true })
    for (const error of [await errorOf(store().save([anEntry(1)])), await errorOf(willSave.load(NAME))]) {
      expect(error.message).toContain(`${path} cannot be written: ${path}.lock is a folder`)
      expect(error.remedy).toContain('remove that folder')
    }
    expect((await store().load(NAME)).entries).toEqual([])
    expect(existsSync(`${path}.lock`)).toBe(true)
  })

  test('a damaged file is left without a lock', async () => {
    writeFileSync(path, '{')
    await errorOf(store().save([anEntry(1)]))
    expect(readdirSync(folder).filter((file) => file.includes('lock'))).toEqual([])
  })
})
