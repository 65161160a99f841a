import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Syncs a folder, so that a new name in it lasts; systems that cannot do that (Windows) do not need it. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // The file itself is on the disk.
  }
}
