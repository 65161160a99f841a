import { MACHINE_CLOCK } from '../../src/simulator/clock.ts'
import type { SimulatorClock } from '../../src/simulator/clock.ts'

const { now } = MACHINE_CLOCK

/**
 * The machine's clock for a simulated endpoint of which nobody asks how late it is: its timer is one of the event loop. The thread in which
 * that of the machine waits takes as much to start as most tests of such an endpoint.
 */
export const LOOP_CLOCK: SimulatorClock = {
  ...MACHINE_CLOCK,
  async createTimer(fire) {
    let takeBack = (): void => {}
    const set = (at: number | null): void => {
      takeBack()
      if (at === null) return
      const left = at - now()
      const look = (): void => (now() < at ? set(at) : fire())
      if (left > 0) {
        const timer = setTimeout(look, left)
        takeBack = () => clearTimeout(timer)
      } else {
        const turn = setImmediate(look)
        takeBack = () => clearImmediate(turn)
      }
    }
    return { set, close: async () => takeBack() }
  },
}
