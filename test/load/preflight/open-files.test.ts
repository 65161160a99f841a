import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findOpenFiles, readOpenFiles } from '../../../src/load/preflight/open-files.ts'

/** What Linux tells of a process, with so many files open. */
function processFolder(limits: string, open: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-proc-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'limits'), limits)
  mkdirSync(join(folder, 'fd'))
  for (let i = 0; i < open; i++) writeFileSync(join(folder, 'fd', String(i)), '')
  return folder
}

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             62842                62842                processes
Max open files            1024                 524288               files
`

test('the limit that holds is the soft one, and what is open is counted', () => {
  expect(readOpenFiles(processFolder(LIMITS, 3))).toEqual({ limit: 1024, open: 3 })
})

test('where the system does not say it, or knows no limit, nothing is said', () => {
  expect(readOpenFiles('/nowhere')).toBeNull()
  const unlimited = LIMITS.replace('1024  ', 'unlimited')
  expect(readOpenFiles(processFolder(unlimited, 3))).toBeNull()
  expect(findOpenFiles(null, 10_000, 0)).toEqual([])
})

test('a plan that needs more connections than may be open is told before any load', () => {
  const files = { limit: 48, open: 20 }
  expect(findOpenFiles(files, 20, 0)).toEqual([])
  expect(findOpenFiles(files, 21, 0)).toEqual([
    {
      code: 'open-files',
      message: 'This machine may open 48 files at once (`ulimit -n`) and has 20 open; 21 connections need 29 more.',
    },
  ])
})

test('threads that carry the load need files of their own, five each', () => {
  const files = { limit: 48, open: 10 }
  expect(findOpenFiles(files, 20, 2)).toEqual([])
  expect(findOpenFiles(files, 20, 3)).toEqual([
    {
      code: 'open-files',
      message:
        'This machine may open 48 files at once (`ulimit -n`) and has 10 open; 20 connections in 3 threads need 43 more.',
    },
  ])
})
