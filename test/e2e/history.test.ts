import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plateau, temporaryFolder } from '../support/cli.ts'
import { aStoredHistory } from '../support/stored-runs.ts'

test('the history in its usual place is shown over months, with its page and a badge', async () => {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, '.plateau'))
  writeFileSync(join(cwd, '.plateau', 'history.json'), aStoredHistory())
  const { code, stdout, stderr } = await plateau('history --page site/ --badge badge.svg'.split(' '), { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^llama-8b\n10 runs in 10 points \(a workflow run is one\), from 2026-11-01 to 2026-11-10\.\n/)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(readFileSync(join(cwd, 'site', 'llama-8b.html'), 'utf8')).toContain('<h1>llama-8b over time</h1>')
  expect(readFileSync(join(cwd, 'badge.svg'), 'utf8')).toContain('no change seen')
})

test('where nothing is recorded yet it says how to begin', async () => {
  const { code, stderr } = await plateau(['history'], { cwd: temporaryFolder() })
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^place: got "\.plateau\/history\.json"; there is no such file; "plateau run --append" records /,
  )
})
