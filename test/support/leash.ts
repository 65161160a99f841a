import { readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the workers find the name of this run of the tests, and where what they start has it. */
const SUITE = 'TEST_SUITE'
const RUN = 'TEST_RUN'

/**
 * The environment that ends a process, and what it starts in turn, soon after this process is gone, however that ended; its
 * temporary files are among those of the suite.
 */
export function leash(): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'leash.mjs')).href}`,
    TEST_OWNER: String(process.pid),
    [RUN]: suiteName(),
    ...(process.env['TMPDIR'] === undefined ? {} : { TMPDIR: process.env['TMPDIR'] }),
    // Hundreds of processes load the same bundle.
    NODE_COMPILE_CACHE: join(tmpdir(), 'compile-cache'),
  }
}

/** The name of this run of the tests. */
export function suiteName(): string {
  return process.env[SUITE] ?? ''
}

/** Marks what the workers of this process start as of this run of the tests. */
export function nameRun(id: string): void {
  process.env[SUITE] = id
}

/**
 * Processes of this run of the tests that are still there: their ids. Also those that were started without a leash, with the
 * environment of a worker; the workers themselves are children of this process. Known on Linux only.
 */
export function leftBehind(id: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || pid === process.pid) return false
      const environment = environmentOf(pid)
      if (environment.includes(`${RUN}=${id}`)) return true
      return environment.includes(`${SUITE}=${id}`) && parentOf(pid) !== process.pid
    })
}

/** Null when it has ended. */
function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
  } catch {
    return null
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    // It has ended, or is somebody else's.
    return []
  }
}
