import type { Plan } from '../plan/plan.ts'
import { planSecondLook } from '../plan/run-plan.ts'
import { planRun } from '../run/plan-run.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { Settings } from '../settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import type { SecondLookOrder } from './meeting-place.ts'
import { meetShards, setReadingsOff } from './meet-shards.ts'
import type { MeasuredShard, MetShard, ShardPorts } from './meet-shards.ts'

/** Which of two sweeps a part is of: that of the run, or that of a second look. */
export type WhichSweep = 'first' | 'second'

/** Hands a part to the first shard; resolves when it is there. */
export type HandPart = (part: MeasuredShard, sweep: WhichSweep) => Promise<void>

/**
 * Measures the share of one shard, at the same moments as the others.
 *
 * @throws EndpointError when the endpoint cannot be measured, or when a shard does not come, or leaves.
 * @throws SettingsError when a shard has other settings than the others, or a clock that is too far off.
 */
export async function measureShard(settings: Settings, shard: Shard, ports: ShardPorts): Promise<MeasuredShard> {
  return joinOthers(settings, shard, ports, async (met) => met.measure(met.planned))
}

/**
 * The same for a shard whose first one decides about all: its part is handed over, and so is that of a second look
 * where the first shard wants one.
 */
export async function followFirstShard(
  settings: Settings,
  shard: Shard,
  ports: ShardPorts,
  hand: HandPart,
): Promise<void> {
  await joinOthers(settings, shard, ports, async (met) => {
    await measureAndHand(met, met.planned, 'first', hand)
    const order = await met.agreeOnSecondLook(null)
    if (order === null) return
    const again = { ...met.planned, startedAt: ports.wallClock(), startAt: ports.clock.now(), findings: [] }
    await measureAndHand(met, { ...again, plan: planAgain(settings, met, order) }, 'second', hand)
  })
}

/** The first shard of a run about which it decides. */
interface LeadingShard {
  /**
   * Measures its share of a planned run, and has the parts of all there when it resolves. The first call meets the
   * others; a second one is a second look, for which they wait.
   */
  measure(settings: Settings, planned: PlannedRun): Promise<WhichSweep>
  /** No more is measured. Also after an error, which the others are told. */
  end(error?: unknown): Promise<void>
}

/** Leads the other shards through a run and its second look; nothing is sent before the first call. */
export function leadShards(shard: Shard, ports: ShardPorts, hand: HandPart): LeadingShard {
  let met: MetShard | null = null
  let sweep: WhichSweep | null = null
  return {
    async measure(settings, planned) {
      if (met === null) {
        met = await meetShards(settings, shard, planned, ports)
        sweep = 'first'
        await measureAndHand(met, met.planned, sweep, hand)
        return sweep
      }
      sweep = 'second'
      const order = { levels: planned.plan.ladder.levels, passes: settings.confirm }
      await met.agreeOnSecondLook(order)
      await measureAndHand(met, { ...planned, plan: planAgain(settings, met, order) }, sweep, hand)
      return sweep
    },
    async end(error) {
      if (error !== undefined) await met?.leave(error)
      else if (sweep === 'first') await met?.agreeOnSecondLook(null)
    },
  }
}

/** The same in all shards: it rests on nothing that only the first knows. */
function planAgain(settings: Settings, { planned }: MetShard, { levels, passes }: SecondLookOrder): Plan {
  const known = levels.map((level) => ({ level, latencyMs: null }))
  // Shards measure no control.
  return planSecondLook({ ...settings, confirm: passes }, { lone: planned.found.lone, control: null }, known)
}

async function measureAndHand(met: MetShard, planned: PlannedRun, sweep: WhichSweep, hand: HandPart): Promise<void> {
  await hand(await met.measure(planned), sweep)
  await met.gather()
}

/** Tells the others when it fails. */
async function joinOthers<T>(
  settings: Settings,
  shard: Shard,
  ports: ShardPorts,
  work: (met: MetShard) => Promise<T>,
): Promise<T> {
  const planned = await planRun(setReadingsOff(settings), () => null, ports)
  const met = await meetShards(settings, shard, planned, ports)
  try {
    return await work(met)
  } catch (error) {
    await met.leave(error)
    throw error
  }
}
