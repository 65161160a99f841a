import { EndpointError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Shard } from '../settings/values/shard.ts'
import { renderShard } from '../settings/values/shard.ts'
import { writeWhole } from '../shell/files.ts'
import { tellSweep } from '../shell/measure.ts'
import { redactReport } from '../shell/redact-result.ts'
import type { Redact } from '../shell/redact-result.ts'
import { encodePart } from '../shards/part-codec.ts'
import type { LevelShare } from '../load/level-tally.ts'
import { measureShard } from '../shards/measure-shard.ts'
import type { MeasuredShard } from '../shards/measure-shard.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { findRunSource } from './record.ts'
import { createProgress, logWrapped } from './measure.ts'
import type { MeasuringPorts } from './ports.ts'

/** Measures the share of a shard and writes its part; `plateau merge` joins the parts of all. */
export async function runShard(
  settings: Settings,
  shard: Shard,
  { env, output, signal, system }: MeasuringPorts,
): Promise<number> {
  const { start, end, stop } = createProgress(output)
  const { hide, redact } = output
  const log = (line: string): void => logWrapped(output, line)
  const ports = system(env)
  const { sha } = await findRunSource(env, ports.wallClock())
  try {
    const measured = await measureShard(settings, shard, {
      ...ports,
      ...tellSweep(settings, { redact, log, onLevelStart: start, onLevelEnd: end }, ports),
      commit: sha,
      signal,
      log,
      hide,
      awaitsLocalServer: false,
      redact,
      redactReport: (report) => redactReport(report, redact),
    })
    const path = settings.part!
    writeWhole(path, encodePart(measured.header, hideSecrets(measured.levels, redact)))
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

/** A server may echo a key in any of its texts. */
function hideSecrets(levels: MeasuredShard['levels'], redact: Redact): MeasuredShard['levels'] {
  const hideInShare = ({ tally, health }: LevelShare): LevelShare => {
    const { records, gateway, failureWords } = tally
    return {
      health,
      tally: {
        ...tally,
        records: { ...records, words: records.words.map((word) => (word === null ? null : redact(word))) },
        gateway: { ...gateway, names: gateway.names.map(redact) },
        failureWords: Object.fromEntries(Object.entries(failureWords).map(([name, words]) => [name, redact(words)])),
      },
    }
  }
  return levels.map(({ frame, shares }) => ({ frame, shares: shares.map(hideInShare) }))
}
