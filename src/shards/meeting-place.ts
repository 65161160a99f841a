import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { askServer } from '../load/transport/target.ts'
import type { ConnectionOptions } from '../load/transport/socket-client.ts'
import { createFolder } from '../folder.ts'
import { showUrl, trimSlashes } from '../text.ts'
import { z } from 'zod'
import { asObject, parseJson } from '../json.ts'
import type { QueueChange } from '../load/level/overload.ts'
import type { LevelEnd } from '../load/level.ts'
import type { LoneRequest } from '../plan/cost.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import {
  decodeStrict,
  concurrency,
  count,
  figure,
  MAXIMUM_LEVELS,
  MAXIMUM_PASSES,
  name,
} from '../report/strict-json.ts'
import { shardClock, shardTerms, stopped } from './part.ts'

/** What a shard tells the others before it measures. */
export interface Introduction {
  readonly terms: Readonly<Record<string, string>>
  /** What preflight measured; all shards plan with that of the first. */
  readonly lone: LoneRequest
}

/** How a shard stands in a level. */
export interface Standing {
  /** Why this shard has given the level up; null when it has not. */
  readonly stopped: LevelRun['stopped']
  /** Of an open loop whose window has ended: what was outstanding at both ends, and what came in between. */
  readonly queue?: QueueChange
}

/** What the first shard wants to be measured again. */
export interface SecondLookOrder {
  readonly levels: readonly number[]
  readonly passes: number
}

/** Milliseconds since 1970, on any clock. */
const moment = z.number().min(0).max(1e14)

const introduction: z.ZodType<Introduction> = z.object({
  terms: shardTerms,
  lone: z.object({ latencyMs: figure, inputTokens: figure, outputTokens: figure }),
})
const queueEnds = z.object({ before: count, after: count, arrivals: count, expected: figure.exactOptional() })
const standing: z.ZodType<Standing> = z.object({
  stopped,
  queue: z.object({ ...queueEnds.shape, longer: queueEnds.exactOptional() }).exactOptional(),
})
const levelEnd: z.ZodType<LevelEnd> = z.object({ held: z.boolean(), isLast: z.boolean() })

const secondLook: z.ZodType<SecondLookOrder> = z.object({
  levels: z.array(concurrency).min(1).max(MAXIMUM_LEVELS),
  passes: z.int().min(1).max(MAXIMUM_PASSES),
})

/** What marks say, by their round. They come from other machines, so each is read strictly. */
export const MARKS = {
  introduction,
  /** When the marks of all were seen; null in the first round. */
  seenAt: z.array(moment).max(256).nullable() satisfies z.ZodType<readonly number[] | null>,
  /** What a shard has found out about its clock, and how long its slowest look at the others took. */
  clockFinding: z.object({ clock: shardClock, slowestMs: figure }),
  /** That this shard is there, or done. */
  nothing: z.null(),
  standing,
  levelEnd,
  secondLook: secondLook.nullable(),
} as const

/** Why a text is no mark of a round. The message says what is wrong with it. */
export class MarkError extends Error {
  override readonly name = 'MarkError'
}

/** A mark as it was left: what a shard says and when, or why it left the run. */
type LeftMark<T> = { readonly at: number; readonly value: T } | { readonly gone: string }

/** A mark is some kilobytes. */
const LONGEST_MARK = 1_048_576

const leaving = z.object({ at: moment, gone: name })

/**
 * Reads a mark strictly; null when it is not whole yet.
 *
 * @throws MarkError when it is whole and no mark of this round.
 */
export function readMark<T>(text: string, value: z.ZodType<T>): LeftMark<T> | null {
  const given = text.length <= LONGEST_MARK ? parseJson(text) : {}
  if (given === undefined) return null
  const schema: z.ZodType<LeftMark<T>> =
    asObject(given)?.['gone'] === undefined ? z.object({ at: moment, value }) : leaving
  return decodeStrict(text, { what: 'mark', schema, maximumLength: LONGEST_MARK, error: MarkError })
}

/** Where shards leave marks for each other: a folder that all of them see, or a URL under which they PUT and GET. */
export interface MeetingPlace {
  /** Writes a text under a name, atomically, replacing what was there. Throws when it cannot. */
  put(name: string, text: string): Promise<void>
  /** The text under each name; null when there is none. Throws when that cannot be found out. */
  get(names: readonly string[]): Promise<readonly (string | null)[]>
  /** How long to wait before looking again, in milliseconds. */
  readonly pollMs: number
  /** Safe to show. */
  readonly where: string
}

/** Meets in a folder, for example on a volume that all machines have mounted. Creates it if needed. */
export function openFolder(folder: string): MeetingPlace {
  return {
    where: folder,
    pollMs: 20,
    async put(name, text) {
      createFolder(folder)
      const path = join(folder, name)
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    },
    async get(names) {
      // A network file system may cache for a while that a file is missing, but lists a folder afresh.
      const there = new Set(await readdir(folder))
      return Promise.all(names.map(async (name) => (there.has(name) ? readBounded(join(folder, name)) : null)))
    },
  }
}

async function readBounded(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size > LONGEST_MARK) throw new Error(`${path} is larger than ${LONGEST_MARK} bytes, which no mark is`)
  return readFile(path, 'utf8')
}

const TIMEOUT_MS = 10_000

/**
 * Meets under a URL where PUT writes a text and GET reads it: WebDAV, or an object store whose URL has its permission
 * in the query, which is kept for each name.
 */
export function openUrl(base: URL, connection: Omit<ConnectionOptions, 'origin'>, signal: AbortSignal): MeetingPlace {
  const request = async (method: 'GET' | 'PUT', name: string, body: string | null) => {
    const url = new URL(base)
    url.pathname = `${trimSlashes(base.pathname)}/${name}`
    // Azure needs the kind of object; other stores ignore it.
    const headers =
      method === 'PUT'
        ? { 'content-type': 'text/plain', 'x-ms-blob-type': 'BlockBlob' }
        : { 'cache-control': 'no-cache', 'accept-encoding': 'identity' }
    const answer = await askServer(
      { method, url, headers, body, mostBytes: LONGEST_MARK, timeoutMs: TIMEOUT_MS },
      connection,
      signal,
    )
    return answer
  }
  return {
    where: showUrl(base),
    pollMs: 200,
    async put(name, text) {
      const { status } = await request('PUT', name, text)
      if (status < 200 || status >= 300) throw new Error(`PUT was answered with ${status}`)
    },
    get: async (names) =>
      Promise.all(
        names.map(async (name) => {
          const { status, text } = await request('GET', name, null)
          if (status === 200) return text
          // A store without permission to list answers 403 for a missing object.
          if (status === 404 || status === 403) return null
          throw new Error(`GET was answered with ${status}`)
        }),
      ),
  }
}
