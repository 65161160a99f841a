import { readFileSync, statSync } from 'node:fs'
import { FileRefusal } from '../settings/reading/files.ts'

/** Nothing that this program writes or is told comes near it. */
const MAXIMUM_BYTES = 64 * 1024 * 1024

/**
 * The text of a file that somebody named. A device or a pipe may never end, so it is not even opened.
 *
 * @throws FileRefusal when it is none that is read; the system's error when it cannot be read.
 */
export function readTextFile(path: string): string {
  const stats = statSync(path)
  if (stats.isDirectory()) throw new FileRefusal('is a folder; name the file in it')
  if (!stats.isFile()) throw new FileRefusal('is a device or a pipe; name a file')
  if (stats.size > MAXIMUM_BYTES) throw new FileRefusal('is larger than 64 MiB, which no such file is')
  return readFileSync(path, 'utf8')
}
