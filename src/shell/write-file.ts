import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file whole or not at all, from parts, so that a long one need not be held in memory. Makes its folder. */
export function writeWhole(path: string, parts: Iterable<string>): void {
  makeFolder(dirname(path))
  // A device or a pipe is written to, never replaced by a file.
  const isFile = !existsSync(path) || statSync(path).isFile()
  const target = isFile ? `${path}.${process.pid}.part` : path
  try {
    const file = openSync(target, 'w')
    try {
      for (const part of parts) writeSync(file, part)
    } finally {
      closeSync(file)
    }
    if (isFile) renameSync(target, path)
  } finally {
    if (isFile) rmSync(target, { force: true })
  }
}

/** Throws when a file could not be written at this path; makes its folder. */
export function checkWritable(path: string): void {
  makeFolder(dirname(path))
  if (existsSync(path) && statSync(path).isDirectory()) throw new Error('it is a folder')
  accessSync(existsSync(path) ? path : dirname(path), constants.W_OK)
}

/** One folder after the other: `mkdirSync` with `recursive` never returns where a folder cannot be made. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
}
