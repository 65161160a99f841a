import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { leftBehind, nameRun } from './leash.ts'

/** Where Linux keeps files in memory. The tests write thousands, which the product syncs, and for which they would wait for the disk. */
const MEMORY = '/dev/shm'
/** Several times what they hold at once. */
const ROOM_BYTES = 2 ** 30

/** How long what was started may need to see that its tests are gone. */
const GRACE_MS = 30_000

/**
 * Around the whole suite: it runs on the Node that the lockfile pins, whatever Node the machine has, and leaves no process and no
 * folder behind, also when it is interrupted.
 */
export default function setUp(): () => Promise<void> {
  if (!process.version.startsWith('v24.')) {
    throw new Error(`The tests run on Node 24, this is ${process.version}: run them with "npm test" after "npm ci".`)
  }
  const run = randomUUID()
  nameRun(run)
  const folder = makeFolder()
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return async () => {
    const until = Date.now() + GRACE_MS
    while (leftBehind(run).length > 0 && Date.now() < until) await setTimeout(100)
    const left = leftBehind(run)
    for (const pid of left) end(pid)
    if (left.length > 0) throw new Error(`the tests left processes behind, which were ended now: ${left.join(', ')}`)
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** The folder of all temporary files: in memory, where there is room for them and where the programs among them may be run. */
function makeFolder(): string {
  const name = 'plateau-tests-'
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return mkdtempSync(join(tmpdir(), name))
  const folder = mkdtempSync(join(MEMORY, name))
  const program = join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  const isRun = spawnSync(program).status === 0
  rmSync(isRun ? program : folder, { recursive: true })
  return isRun ? folder : mkdtempSync(join(tmpdir(), name))
}

function hasRoom(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize > ROOM_BYTES
  } catch {
    // There is none, or none for us.
    return false
  }
}
