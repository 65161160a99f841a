import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plateau, temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

test('the command writes a gate for an endpoint, of which the doctor misses nothing', async () => {
  const folder = temporaryFolder()
  const written = await plateau(['init', folder, '--endpoint', virtualServer([]), '--owner', 'acme'])
  expect(written.code, written.stderr).toBe(0)
  expect(written.stdout).toMatch(/^wrote \.github\/workflows\/plateau\.yml and \.github\/plateau\.yml for\s+http/)
  expect(existsSync(join(folder, '.github', 'plateau.yml'))).toBe(true)
  const looked = await plateau(['doctor', folder, '--self-proof', 'false'])
  expect(looked.stdout).toMatch(/^✓ \.github\/workflows\/plateau\.yml, job plateau: has what it needs$/m)
  expect(looked.stdout).not.toContain('✗ missing: .github/workflows/plateau.yml')
})
