import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Keeps the young generation of the heap small, to be called before the load begins: requests' garbage dies young,
 * and a large young generation would cost a hundred megabytes and longer pauses for nothing.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Returns a function that collects all garbage now. It is called once before each load, because a collection inside a window
 * would look like a pause of the server, and because a long run would keep memory that it no longer needs.
 */
export function createGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as ((options: object) => void) | null
  return () => collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** The last objects of each kind. */
const kept = new Map<string, readonly object[]>()

/**
 * Keeps the last objects of a kind that every request makes, in place of those of the request before. V8 forgets how objects are laid out
 * (their hidden classes) when a collection finds none of them alive, and with that the machine code that it has compiled for them. Because
 * garbage is collected before each load, every level would begin with slow code, and compile it again while it measures.
 */
export function keepLayouts(kind: 'exchange' | 'request' | 'record', objects: readonly object[]): void {
  kept.set(kind, objects)
}
