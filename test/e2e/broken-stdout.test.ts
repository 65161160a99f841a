import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { CLI, temporaryFolder } from '../support/cli.ts'
import { leash } from '../support/leash.ts'
import { aStoredHistory, aStoredRun, writeReport } from '../support/stored-runs.ts'

let cwd: string

beforeEach(() => {
  cwd = temporaryFolder()
  writeFileSync(join(cwd, 'history.json'), aStoredHistory())
  writeReport(join(cwd, 'same.json'), aStoredRun(20, 1.002))
  writeReport(join(cwd, 'slower.json'), aStoredRun(21, 1.2))
})

describe('a stdout that takes nothing more changes neither the exit code nor the files', () => {
  /** The command with its stdout at the start of a shell's pipe or file. */
  function redirected(args: string, to: string) {
    const command = `"$1" "$2" compare ${args} --verdict-json v.json ${to}; exit "\${PIPESTATUS[0]}"`
    return spawnSync('bash', ['-c', command, 'bash', process.execPath, CLI], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, ...leash() },
    })
  }
  const written = () => decodeVerdict(readFileSync(join(cwd, 'v.json'), 'utf8')).verdict

  test('a reader that has gone is nobody to tell', () => {
    expect(redirected('slower.json --history history.json --format json', '| true')).toMatchObject({
      status: 1,
      stderr: '',
    })
    expect(written()).toBe('regressed')
    expect(redirected('same.json --history history.json', '| true').status).toBe(0)
    expect(redirected('slower.json --history history.json', '2>&1 | true').status).toBe(1)
  })

  test('a full disk is said, and is no success', () => {
    const regressed = redirected('slower.json --history history.json', '> /dev/full')
    expect(regressed.status).toBe(1)
    expect(regressed.stderr).toMatch(/^stdout could not be written: ENOSPC.*\n$/)
    expect(written()).toBe('regressed')
    expect(redirected('same.json --history history.json', '> /dev/full').status).toBe(2)
    expect(redirected('slower.json --history history.json', '> /dev/full 2>&1').status).toBe(1)
  })
})
