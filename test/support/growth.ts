/** How work grows with the length of a text. */

const SHORT = 1_000
const TIMES = 16
/** Where time is told apart from noise, in milliseconds. */
const LEAST_MS = 2
/**
 * What grows with the length takes once the time of as much work in sixteen pieces, with its logarithm one and a half times, with its
 * square sixteen times: so far from either that no machine is slow or busy enough to take one for the other.
 */
const TOO_MUCH = 4
/** Up to here, and from there on, there is no doubt after a few looks. */
const FINE = 2
const FAR_TOO_MUCH = 8
const FEWEST_LOOKS = 3
const LOOKS = 10

const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * How long work keeps a core, in milliseconds: whatever else wants the core at the time does not count. The system adds to the time of a
 * thread only in steps of some milliseconds, and when the thread rests: so it rests before it looks. Windows knows no finer steps, and
 * is asked for the time of the wall.
 */
function busyMs(work: () => void): number {
  const before = readBusyMs()
  work()
  return readBusyMs() - before
}

function readBusyMs(): number {
  if (process.platform === 'win32') return performance.now()
  Atomics.wait(cell, 0, 0, 0.01)
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/**
 * Whether work takes so long. A collection of garbage or a cold cache falls into one look: it must three times. The first is at the
 * clock of the wall, for which nobody rests: what takes no time there takes none.
 */
export function takesLong(work: () => void, ms: number): boolean {
  const before = performance.now()
  work()
  return performance.now() - before > ms && [2, 3].every(() => busyMs(work) > ms)
}

/**
 * True when a text takes far more work than a sixteenth of it takes sixteen times. Both are looked at in turn, and the least of each
 * counts: a collection of garbage, a cold cache or a core that is shared falls into some looks only. Only what is in doubt pays for all
 * looks.
 *
 * @param takeMs What some work takes, in milliseconds.
 */
export function growsTooFast(workOn: (length: number) => () => void, takeMs = busyMs): boolean {
  const piece = workOn(SHORT)
  const whole = workOn(TIMES * SHORT)
  const pieces = (): void => {
    for (let i = 0; i < TIMES; i++) piece()
  }
  let leastOfPieces = Infinity
  let leastOfWhole = Infinity
  for (let look = 1; look <= LOOKS; look++) {
    leastOfPieces = Math.min(leastOfPieces, takeMs(pieces))
    leastOfWhole = Math.min(leastOfWhole, takeMs(whole))
    if (look >= FEWEST_LOOKS && leastOfWhole <= Math.max(LEAST_MS, FINE * leastOfPieces)) return false
    if (look >= FEWEST_LOOKS && leastOfWhole > FAR_TOO_MUCH * leastOfPieces) return true
  }
  return leastOfWhole > TOO_MUCH * leastOfPieces
}
