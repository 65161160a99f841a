/** Processes that share one core, so that none of them has to be woken up on another one. */
import { spawnSync } from 'node:child_process'

/**
 * Starts processes that the kernel keeps on one core, the first that this process may use. Where there is no `taskset` (util-linux) they
 * are started as others are.
 */
export async function startOnOneCore<T>(start: () => Promise<T>): Promise<T> {
  const cores = readCores()
  if (cores === null) return start()
  setCores(/^\d+/.exec(cores)![0])
  try {
    // They inherit it.
    return await start()
  } finally {
    setCores(cores)
  }
}

/** The cores of this process, such as `0-3,8`; null where that cannot be told. */
function readCores(): string | null {
  const { stdout } = spawnSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' })
  return /: (\d[\d,-]*)\s*$/.exec(stdout ?? '')?.[1] ?? null
}

function setCores(cores: string): void {
  const { status, stderr } = spawnSync('taskset', ['-c', '-p', cores, String(process.pid)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`taskset does not set the cores ${cores}: ${stderr}`)
}
