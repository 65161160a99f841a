/**
 * Holm's step-down procedure: which of several tests may be called significant if, of 1/alpha families of true hypotheses, at most one is
 * to have a false one among them. The smallest p must be at most α/m, the next α/(m − 1), and so on until the first that is not. In the
 * order given; every p is a number.
 *
 * Source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
 */
export function rejectByHolm(ps: readonly number[], alpha: number): boolean[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!)
  const rejected = ps.map(() => false)
  for (const [rank, index] of order.entries()) {
    if (!(ps[index]! <= alpha / (ps.length - rank))) break
    rejected[index] = true
  }
  return rejected
}
