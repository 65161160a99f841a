/** How work grows with the length of a text, told by the processor's time, which a busy machine does not lengthen. */

const SHORT = 2_000
/** Where time is told apart from noise, in milliseconds. */
const LEAST_MS = 8

/** Processor time of this thread, in milliseconds. */
export function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/**
 * True when four times the length takes far more than four times the work: sixteen times where it takes the square. The best
 * of three counts, for a collection of garbage falls into one of them only; and what looks so must look so twice more at twice
 * both lengths, for a processor's time may be told in steps that are longer than the work, and hold what others took.
 */
export function growsTooFast(workOn: (length: number) => () => void): boolean {
  const least = (length: number): number => {
    const work = workOn(length)
    return Math.min(...[1, 2, 3].map(() => cpuMs(work)))
  }
  const looksSo = (length: number): boolean => {
    const long = least(4 * length)
    return long > LEAST_MS && long > 8 * least(length)
  }
  return looksSo(SHORT) && looksSo(2 * SHORT) && looksSo(2 * SHORT)
}
