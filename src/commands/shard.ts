import { EndpointError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import { measureShard } from '../shards/measure-shard.ts'
import { writeWhole } from '../shell/files.ts'
import { encodeShard, openShardPorts } from '../shell/measure-shards.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { createProgress, logWrapped } from './measure.ts'
import type { MeasuringPorts } from './ports.ts'
import { findRunSource } from './recorded/run-source.ts'

/** Measures the share of a shard and writes its part; `plateau merge` joins the parts of all. */
export async function runShard(
  settings: Settings,
  shard: Shard,
  { env, output, signal, system }: MeasuringPorts,
): Promise<number> {
  const { start, end, stop } = createProgress(output)
  const { hide, redact } = output
  const ports = system(env)
  const { sha } = await findRunSource(env, ports.wallClock())
  const hooks = {
    redact,
    hide,
    signal,
    log: (line: string): void => logWrapped(output, line),
    onLevelStart: start,
    onLevelEnd: end,
    awaitsLocalServer: false,
  }
  try {
    const measured = await measureShard(settings, shard, openShardPorts(settings, { ...hooks, commit: sha }, ports))
    const path = settings.part!
    writeWhole(path, encodeShard(measured, redact))
    output.log(`shard ${renderShard(shard)}: its part is ${path}; "plateau merge" joins it with those of the others`)
    return EXIT.passed
  } catch (error) {
    if (!signal.aborted || !(error instanceof EndpointError)) throw error
    output.log('interrupted: no part was written, and the other shards are told')
    return EXIT.interrupted
  } finally {
    stop()
  }
}
