/** How work grows with the length of a text. */

const SHORT = 1_000
/** Where time is told apart from noise, in milliseconds. */
const LEAST_MS = 2
/** What grows with the length takes once the time of as much work in four pieces; what grows with its square four times. */
const TOO_MUCH = 2
/** Up to here there is no doubt either, after a few looks. */
const FINE = 1.4
/** From here on there is no doubt: what grows with the length does not come so far by chance in as many looks. */
const FAR_TOO_MUCH = 2.5
const FEWEST_LOOKS = 3
const LOOKS = 10
const MOST_LOOKS = 100

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
 * True when a text takes far more work than a quarter of it takes four times. Both are looked at in turn, and the least of each
 * counts: a collection of garbage, a cold cache or a core that is shared falls into some looks only, and into both alike, for
 * without too fast a growth both take as long. What does not look so is soon acquitted: only what is red pays for all looks, and
 * what is hardly red for many.
 */
export function growsTooFast(workOn: (length: number) => () => void): boolean {
  const quarter = workOn(SHORT)
  const whole = workOn(4 * SHORT)
  const quarters = (): void => {
    for (let i = 0; i < 4; i++) quarter()
  }
  let leastOfQuarters = Infinity
  let leastOfWhole = Infinity
  for (let look = 1; look <= MOST_LOOKS; look++) {
    leastOfQuarters = Math.min(leastOfQuarters, busyMs(quarters))
    leastOfWhole = Math.min(leastOfWhole, busyMs(whole))
    const looksSo = leastOfWhole > LEAST_MS && leastOfWhole > TOO_MUCH * leastOfQuarters
    if (look >= FEWEST_LOOKS && leastOfWhole <= LEAST_MS) return false
    if (look >= FEWEST_LOOKS && leastOfWhole <= FINE * leastOfQuarters) return false
    if (look >= LOOKS && !looksSo) return false
    if (look >= LOOKS && leastOfWhole > FAR_TOO_MUCH * leastOfQuarters) return true
  }
  return true
}
