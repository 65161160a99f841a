import { existsSync, mkdirSync } from 'node:fs'
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { askServer } from '../load/transport/target.ts'
import type { ConnectionOptions } from '../load/transport/socket-client.ts'
import { showUrl, trimSlashes } from '../text.ts'
import { LONGEST_MARK } from './marks.ts'

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

/** One folder after the other: `recursive` never returns where the system refuses one as "not there", below /proc say. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return
  const parent = dirname(resolve(folder))
  if (parent !== resolve(folder)) createFolder(parent)
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another shard was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
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
