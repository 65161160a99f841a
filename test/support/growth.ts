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
 * both lengths by the best of eight, for a processor's time may be told in steps that are longer than the work, and hold what
 * others took of a core that is shared.
 */
export function growsTooFast(workOn: (length: number) => () => void): boolean {
  const least = (length: number, tries: number): number => {
    const work = workOn(length)
    return Math.min(...Array.from({ length: tries }, () => cpuMs(work)))
  }
  const looksSo = (length: number, tries: number): boolean => {
    const long = least(4 * length, tries)
    return long > LEAST_MS && long > 8 * least(length, tries)
  }
  return looksSo(SHORT, 3) && looksSo(2 * SHORT, 8) && looksSo(2 * SHORT, 8)
}
