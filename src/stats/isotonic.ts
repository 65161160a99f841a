/**
 * The non-decreasing sequence closest to `values` in weighted least squares (pool-adjacent-violators): neighbours in the
 * wrong order are replaced by their weighted mean until none is left. Equal weights unless given.
 */
export function fitIsotonic(values: readonly number[], weights?: readonly number[]): number[] {
  const blocks: { mean: number; weight: number; size: number }[] = []
  values.forEach((value, i) => {
    blocks.push({ mean: value, weight: weights?.[i] ?? 1, size: 1 })
    while (blocks.length > 1 && blocks.at(-2)!.mean > blocks.at(-1)!.mean) {
      const last = blocks.pop()!
      const before = blocks.pop()!
      const weight = before.weight + last.weight
      blocks.push({
        mean: (before.mean * before.weight + last.mean * last.weight) / weight,
        weight,
        size: before.size + last.size,
      })
    }
  })
  return blocks.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean))
}
