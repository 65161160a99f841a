import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './errors.ts'

/**
 * Creates a folder and those above it, one after the other: `mkdir` with `recursive` never returns where the system refuses one as
 * "not there", below /proc say. Throws the system's error, which names the folder that is refused.
 */
export function createFolder(folder: string): void {
  // A drive that does not exist is its own folder.
  if (existsSync(folder) || dirname(folder) === folder) return
  createFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process was faster; a link to nowhere is none.
    if (codeOf(error) !== 'EEXIST' || !existsSync(folder)) throw error
  }
}
