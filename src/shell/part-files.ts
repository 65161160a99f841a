import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import { showValue } from '../settings/given.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import { findPartProblems } from '../shards/join-parts.ts'
import { openPart, PartError } from '../shards/part-codec.ts'
import { explainUnreadable } from './files.ts'
import type { Part, PartBytes } from '../shards/part-codec.ts'

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
