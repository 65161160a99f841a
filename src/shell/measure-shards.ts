import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import type { LevelShare } from '../load/level/level-tally.ts'
import { mapTexts } from '../load/level/packed-records.ts'
import type { RunReport } from '../report/run-report.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { Settings } from '../settings.ts'
import { showValue } from '../settings/setting.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { findPartProblems, joinParts } from '../shards/join-parts.ts'
import { setReadingsOff, followFirstShard, leadShards } from '../shards/measure-shard.ts'
import type { MeasuredShard, ShardPorts, HandPart, WhichSweep } from '../shards/measure-shard.ts'
import { encodePart, openPart, PartError } from '../shards/part.ts'
import type { Part, PartBytes } from '../shards/part.ts'
import { addLimits } from '../verdict/limits.ts'
import { explainUnreadable } from './files.ts'
import { measure, tellSweep } from './measure.ts'
import type { MeasureHooks } from './measure.ts'
import { redactReport } from './redact-result.ts'
import type { Redact } from './redact-result.ts'
import type { SystemPorts } from './system-ports.ts'

export type { WhichSweep } from '../shards/measure-shard.ts'

/** What the share of a shard needs from its caller. */
export interface ShardHooks extends Pick<
  MeasureHooks,
  'redact' | 'hide' | 'signal' | 'log' | 'onLevelStart' | 'onLevelEnd' | 'awaitsLocalServer'
> {
  /** The measured commit; null when not known. */
  readonly commit: string | null
}

/** How parts get from the shards to the first one, which decides about all. */
export interface PartExchange {
  /** Hands over the part of this shard; resolves when the first one can fetch it. */
  readonly hand: (sweep: WhichSweep, part: Iterable<string | Uint8Array>) => Promise<void>
  /** The files with the parts of all shards. */
  readonly fetchAll: (sweep: WhichSweep) => Promise<readonly string[]>
  /** Leaves out of a report what nobody else may see, and then the part has no address either; null: nothing. */
  readonly strip: ((report: RunReport) => RunReport) | null
}

/** Measures the share of a shard that is not the first, and hands it over. */
export async function measureForFirst(
  settings: Settings,
  shard: Shard,
  hooks: ShardHooks,
  exchange: PartExchange,
  system: SystemPorts,
): Promise<void> {
  const ports = openShardPorts(settings, hooks, system)
  await followFirstShard(settings, shard, ports, handOver(exchange, hooks.redact))
}

/**
 * The story of the first shard: it measures its share, joins the parts of all, and decides about the whole, with a
 * second look of all shards where one is needed.
 *
 * @throws EndpointError, BaselineError, SettingsError as `runGate`, and for parts that do not belong together.
 */
export async function measureAsFirst(
  settings: Settings,
  shard: Shard,
  hooks: MeasureHooks & Pick<ShardHooks, 'commit'>,
  exchange: PartExchange,
  system: SystemPorts,
): Promise<GateResult> {
  const leading = leadShards(shard, openShardPorts(settings, hooks, system), handOver(exchange, hooks.redact))
  const measureRun = async (own: Settings, planned: PlannedRun): Promise<MeasuredRun> => {
    const parts = openParts(await exchange.fetchAll(await leading.measure(own, planned)))
    for (const part of parts) hooks.log(describePart(part))
    const { report, records } = joinParts(parts)
    return {
      report: addLimits(report, own.limits),
      records,
      error: null,
      control: null,
      controlTrouble: null,
    }
  }
  try {
    const result = await measure(setReadingsOff(settings), hooks, system, { measureRun })
    await leading.end()
    return result
  } catch (error) {
    await leading.end(error)
    throw error
  }
}

function handOver({ hand, strip }: PartExchange, redact: Redact): HandPart {
  return async (part, sweep) => hand(sweep, encodeShard(strip === null ? part : stripPart(part, strip), redact))
}

/** The address is left out even as a hash, which can be guessed at. */
function stripPart({ header, levels }: MeasuredShard, strip: NonNullable<PartExchange['strip']>): MeasuredShard {
  const { endpoint: _, ...terms } = header.terms
  return { header: { ...header, terms, report: strip(header.report) }, levels }
}

/** What a shard measures with. */
export function openShardPorts(settings: Settings, hooks: ShardHooks, system: SystemPorts): ShardPorts {
  const { redact, hide, signal, log, commit, awaitsLocalServer } = hooks
  return {
    ...system,
    ...tellSweep(settings, hooks, system),
    commit,
    signal,
    log,
    hide,
    ...(awaitsLocalServer !== undefined && { awaitsLocalServer }),
    redact,
    redactReport: (report) => redactReport(report, redact),
  }
}

/** The part of a shard as chunks of bytes, without secrets: a server may echo a key in any of its texts. */
export function encodeShard({ header, levels }: MeasuredShard, redact: Redact): Iterable<string | Uint8Array> {
  const hideInShare = ({ tally, health }: LevelShare): LevelShare => {
    const { records, gateway, failureWords } = tally
    return {
      health,
      tally: {
        ...tally,
        records: mapTexts(records, redact),
        gateway: { ...gateway, names: gateway.names.map(redact) },
        failureWords: Object.fromEntries(Object.entries(failureWords).map(([name, words]) => [name, redact(words)])),
      },
    }
  }
  return encodePart(
    header,
    levels.map(({ frame, shares }) => ({ frame, shares: shares.map(hideInShare) })),
  )
}

/**
 * Opens every part of a run; a file is open only while it is read. Reports all problems of and between them.
 *
 * @throws SettingsError
 */
export function openParts(paths: readonly string[]): readonly Part[] {
  const opened: { readonly path: string; readonly part: Part }[] = []
  const problems: SettingProblem[] = []
  for (const path of paths) {
    try {
      opened.push({ path, part: openPart(openBytes(path)) })
    } catch (error) {
      if (!(error instanceof PartError)) throw error
      problems.push({ setting: 'part', given: showValue(path), message: error.message })
    }
  }
  const among =
    problems.length > 0 ? [] : findPartProblems(opened.map(({ path, part }) => ({ from: path, header: part.header })))
  problems.push(...among.map(({ from, message }) => ({ setting: 'part', given: from, message })))
  if (problems.length > 0) throw new SettingsError(problems)
  return opened.map(({ part }) => part)
}

function openBytes(path: string): PartBytes {
  return {
    size: readFrom(path, (file) => fstatSync(file).size),
    read: (offset, into) => readFrom(path, (file) => readFully(file, offset, into)),
  }
}

function readFrom<T>(path: string, read: (file: number) => T): T {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    if (!fstatSync(file).isFile()) throw new PartError('is no file; name the parts')
    return read(file)
  } catch (error) {
    if (error instanceof PartError) throw error
    throw new PartError(explainUnreadable(error), { cause: error })
  } finally {
    if (file !== null) closeSync(file)
  }
}

function readFully(file: number, offset: number, into: Uint8Array): void {
  for (let read = 0; read < into.length;) {
    const more = readSync(file, into, read, into.length - read, offset + read)
    if (more === 0) throw new PartError('became shorter while it was read; is it still being written?')
    read += more
  }
}

/** What a shard measured, how its machine kept up, and how far off its clock was. */
export function describePart({ header: { shard, clock, levels } }: Part): string {
  const shares = levels.flatMap((level) => level.shares)
  const requests = shares.reduce((sum, { records }) => sum + records, 0)
  const busiest = Math.max(0, ...shares.map(({ health }) => health?.eventLoopUtilization ?? 0))
  const ahead = `${clock.offsetMs < 0 ? '−' : '+'}${Math.abs(clock.offsetMs).toFixed(1)} ± ${clock.withinMs.toFixed(1)} ms`
  return `shard ${renderShard(shard)}: ${requests} requests, client busy for ${Math.round(100 * busiest)} % at most, clock ${ahead}`
}
