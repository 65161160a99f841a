import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MUTANTS } from './list.ts'
import { APPLIED, mutated } from './mutant.ts'

const root = join(import.meta.dirname, '..', '..')

test.each(MUTANTS.map((mutant) => [mutant.breaks, mutant] as const))(
  '%s: stands once where it can be broken',
  (_, mutant) => {
    const text = readFileSync(join(root, mutant.file), 'utf8')
    const broken = mutated(text, mutant)
    expect(broken, `${mutant.file} holds exactly once: ${mutant.find}`).not.toBeNull()
    expect(broken).not.toBe(text)
    expect(existsSync(join(root, mutant.test)), mutant.test).toBe(true)
  },
)

test('every rule is broken once, and each folder in ten places and more', () => {
  const sentences = MUTANTS.map(({ breaks }) => breaks)
  expect(new Set(sentences).size).toBe(sentences.length)
  expect(MUTANTS.length).toBeGreaterThanOrEqual(90)
  for (const folder of ['verdict', 'load', 'metrics', 'baseline', 'github', 'protocol']) {
    const inside = MUTANTS.filter(({ file }) => file.startsWith(`src/${folder}/`))
    expect(inside.length, folder).toBeGreaterThanOrEqual(10)
  }
})

test('a run with a mutant loads the broken rule, and its test fails', async () => {
  const mutant = MUTANTS.find(({ test }) => test === 'test/metrics/plateau/price.test.ts')!
  const flags = ['run', '--config', join(import.meta.dirname, 'vitest.config.ts'), mutant.test]
  const env = { ...process.env, PLATEAU_MUTANT: JSON.stringify(mutant) }
  const said = await new Promise<string>((done) => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    execFile(process.execPath, [vitest, ...flags], { cwd: root, env }, (_, stdout) => done(stdout))
  })
  expect(said).toContain(APPLIED)
  expect(said).toMatch(/"failed":"\w/)
})
