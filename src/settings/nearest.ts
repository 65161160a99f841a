/** The name most like `text`, or null when none is like it: what a misspelt name probably meant. */
export function findNearest(text: string, names: readonly string[]): string | null {
  let best: string | null = null
  // A third of the letters may differ; beyond that a suggestion is a guess.
  let bestDistance = Math.max(2, Math.floor(text.length / 3)) + 1
  for (const name of names) {
    const distance = countEdits(text.toLowerCase().replaceAll('_', '-'), name)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best ?? names.find((name) => text.length >= 3 && name.startsWith(text)) ?? null
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function countEdits(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforePrevious[j - 2]! + 1)
      }
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}
