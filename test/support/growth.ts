/** How work grows with the length of a text. */

const SHORT = 1_000
/** Where time is told apart from noise, in milliseconds. */
const LEAST_MS = 2
/** What grows with the length takes once the time of as much work in four pieces; what grows with its square four times. */
const TOO_MUCH = 2
/** Up to here there is no doubt either, after a few looks. */
const FINE = 1.4
/** From here on there is no doubt: what grows with the length does not come so far by chance in as many looks. */
const FAR_TOO_MUCH = 3.5
const FEWEST_LOOKS = 3
/** What takes long enough to tell is acquitted after looks at a core that was just given, too. */
const FEWEST_LOOKS_TO_TELL = 6
const LOOKS = 20
const MOST_LOOKS = 100
/** Who has slept is given a core for some milliseconds, however many others want it. */
const SLEEP_MS = 5

/** How long work takes by the clock of the wall, in milliseconds. The processor's time is told in steps that are longer than the work. */
function elapsedMs(work: () => void): number {
  const before = performance.now()
  work()
  return performance.now() - before
}

/** Whether work takes so long. On a busy machine anything may once: it must three times. */
export function takesLong(work: () => void, ms: number): boolean {
  return [1, 2, 3].every(() => elapsedMs(work) > ms)
}

/**
 * True when a text takes far more work than a quarter of it takes four times. Both are looked at in turn, and the least of each
 * counts: that of some milliseconds in which nothing else had the core. A busy machine, a collection of garbage or a cold cache
 * falls into some looks only, and into both alike, for without too fast a growth both take as long. What does not look so is soon
 * acquitted: only what is red pays for all looks, and what is hardly red for many.
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
    if (look > FEWEST_LOOKS) sleep()
    leastOfQuarters = Math.min(leastOfQuarters, elapsedMs(quarters))
    if (look > FEWEST_LOOKS) sleep()
    leastOfWhole = Math.min(leastOfWhole, elapsedMs(whole))
    const looksSo = leastOfWhole > LEAST_MS && leastOfWhole > TOO_MUCH * leastOfQuarters
    if (look >= FEWEST_LOOKS && leastOfWhole <= LEAST_MS) return false
    if (look >= FEWEST_LOOKS_TO_TELL && leastOfWhole <= FINE * leastOfQuarters) return false
    if (look >= LOOKS && !looksSo) return false
    if (look >= LOOKS && leastOfWhole > FAR_TOO_MUCH * leastOfQuarters) return true
  }
  return true
}

function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLEEP_MS)
}
