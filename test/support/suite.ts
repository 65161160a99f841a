import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { leftBehind, nameRun } from './leash.ts'

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
  const folder = mkdtempSync(join(tmpdir(), 'plateau-tests-'))
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
