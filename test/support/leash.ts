import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the workers find the name of this run of the tests, and where what they start has it. */
const SUITE = 'TEST_SUITE'
const RUN = 'TEST_RUN'

/** The environment that ends a process, and what it starts in turn, soon after this process is gone, however that ended. */
export function leash(): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'leash.mjs')).href}`,
    TEST_OWNER: String(process.pid),
    [RUN]: process.env[SUITE] ?? '',
  }
}

/** Marks what the workers of this process start as of this run of the tests. */
export function nameRun(id: string): void {
  process.env[SUITE] = id
}

/** Processes of this run of the tests that are still there: their ids. Known on Linux only. */
export function leftBehind(id: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && environmentOf(pid).includes(`${RUN}=${id}`))
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    // It has ended, or is somebody else's.
    return []
  }
}
