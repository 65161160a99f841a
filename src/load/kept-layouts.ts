/** By the places that keep them. */
const kept = new Map<string, readonly object[]>()

/**
 * Keeps the last objects of a kind that every request makes, in place of those of the request before. V8 forgets how objects are laid out
 * (their hidden classes) when a collection finds none of them alive, and with that the machine code that it has compiled for them. Because
 * garbage is collected before each load, every level would begin with slow code, and compile it again while it measures.
 */
export function keepLayouts(kind: 'exchange' | 'request' | 'record', objects: readonly object[]): void {
  kept.set(kind, objects)
}
