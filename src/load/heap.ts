import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Keeps the young generation of the heap small: the garbage of requests dies young, and a large young generation costs a
 * hundred megabytes and longer pauses for nothing. To be called before the load begins.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Returns a function that collects all garbage now. It is called between levels: a collection that falls into a window is
 * a pause of the client that looks like one of the server, and a long run would hold on to memory it no longer needs.
 */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as ((options: object) => void) | null
  return () => collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
