import { expect, test } from 'vitest'
import { plateau } from '../support/cli.ts'

// A machine that is too busy to measure is told so, with exit code 3; then it is tried again.
test('the demo measures, explains the plateau and takes less than 30 s', { timeout: 60_000, retry: 2 }, async () => {
  const { code, stdout, stderr } = await plateau(['demo'])
  expect(code, stdout + stderr).toBe(0)
  expect(stderr).toMatch(/^demo: a simulated LLM server with \d+ slots/)
  expect(stderr).toMatch(/^\d levels × 2 passes, about /m)
  expect(stdout).toMatch(/^Plateau/m)
  expect(stdout).toContain('What this shows')
  expect(stdout).toContain('That is the plateau.')
  expect(stdout).toContain("The simulated server's own formula says")
  const [, seconds] = / passes in (\d+) s/.exec(stdout)!
  expect(Number(seconds)).toBeLessThan(30)
})
