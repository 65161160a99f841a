import { mkdirSync } from 'node:fs'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ask } from '../load/transport/ask.ts'
import type { ConnectionOptions } from '../load/transport/connector.ts'
import { showUrl, trimSlashes } from '../text.ts'

/** Where shards leave marks for each other: a folder that all of them see, or a URL below which they put and get. */
export interface MeetingPlace {
  /** Leaves a text under a name, all of it or nothing, and in the place of what was there. Throws where it cannot. */
  put(name: string, text: string): Promise<void>
  /** What stands under each name; null: nothing. Throws where that cannot be found out. */
  get(names: readonly string[]): Promise<readonly (string | null)[]>
  /** How long to wait before looking again, in milliseconds. */
  readonly pollMs: number
  /** Fit to be shown. */
  readonly where: string
}

/** A folder, for example on a volume that all machines have mounted. It is made where it is not there. */
export function openFolder(folder: string): MeetingPlace {
  return {
    where: folder,
    pollMs: 20,
    async put(name, text) {
      mkdirSync(folder, { recursive: true })
      const path = join(folder, name)
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    },
    async get(names) {
      // A network's file system may remember for a while that a file is not there; it asks anew what a folder holds.
      const there = new Set(await readdir(folder))
      return Promise.all(names.map(async (name) => (there.has(name) ? readFile(join(folder, name), 'utf8') : null)))
    },
  }
}

/** A mark is some kilobytes. */
const MOST_BYTES = 1_048_576
const TIMEOUT_MS = 10_000

/**
 * A URL below which a PUT leaves a text and a GET has it again: WebDAV, or an object store by a URL that holds its permission in the query, which
 * is kept behind each name.
 */
export function openUrl(base: URL, connection: Omit<ConnectionOptions, 'origin'>, signal: AbortSignal): MeetingPlace {
  const request = async (method: 'GET' | 'PUT', name: string, body: string | null) => {
    const url = new URL(base)
    url.pathname = `${trimSlashes(base.pathname)}/${name}`
    // Azure wants to be told what kind of object it is; no other store minds.
    const headers =
      method === 'PUT'
        ? { 'content-type': 'text/plain', 'x-ms-blob-type': 'BlockBlob' }
        : { 'cache-control': 'no-cache', 'accept-encoding': 'identity' }
    const answer = await ask(
      { method, url, headers, body, mostBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS },
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
          // A store that lets nobody list says of what is not there that it is forbidden.
          if (status === 404 || status === 403) return null
          throw new Error(`GET was answered with ${status}`)
        }),
      ),
  }
}
