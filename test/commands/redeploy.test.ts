import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/commands/run.ts'
import { EndpointError } from '../../src/errors.ts'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'

const CONTROL = 'http://127.9.9.9:2'
const LOAD = '--concurrency 2 --level-duration 800ms --output-tokens 16 --input-tokens 40 --soak off'.split(' ')
const SIDES = ['--endpoint', 'http://127.9.9.9:1', '--control', CONTROL, '--name', 'staging', '--metrics', 'tpot-p50']

/** A server that decodes so, a little otherwise after each start. */
function serverOf(decodeMs: number, startSpread: number) {
  return { engine: { decodeMs, startSpread, runSeed: 'first' }, servedModel: 'simulated' }
}

/** A run over deployments elsewhere, of which `redeploy-command` makes both sides anew. */
async function judge(candidateMs: number, { more = [] as readonly string[], spread = 0, command = 'redeploy' } = {}) {
  const beside = { origin: CONTROL, server: serverOf(30, spread) }
  const args = [...SIDES, ...LOAD, '--redeploy-command', command, ...more]
  return playCommand(runCommand, args, { ...serverOf(candidateMs, spread), beside })
}

const ALONE = ['--baseline', 'none']

test('equal deployments are green without any history, each session after a deployment of its own', async () => {
  const { code, written } = await judge(30, { more: [...ALONE, '--sessions', '3', '--tolerance', '1%'] })
  expect(code).toBe(0)
  expect(written).toMatch(/^✅ staging: no change seen/m)
  const count = (text: string): number => written.split(text).length - 1
  expect(count('of at most 3')).toBeGreaterThan(1)
  expect(count('deploying endpoint and control anew')).toBe(count('of at most 3'))
})

test('a deployment that decodes a tenth slower is red where each differs by a percent', async () => {
  const { code, written } = await judge(33, { more: ALONE, spread: 0.01 })
  expect(code).toBe(1)
  expect(written).toMatch(/❌ staging: TPOT \+[\d.]+ %/)
  expect(written).toContain('in turns')
})

test('a run of main records its first session with its control: further ones are not drawn at random', async () => {
  const file = join(temporaryFolder(), 'history.json')
  const more = ['--baseline', `file:${file}`, '--append', '--sessions', '2', '--tolerance', '1%']
  const { written } = await judge(30, { more, spread: 0.001 })
  expect(written).toContain('session 2 of at most 2')
  const { entries } = decodeHistory(readFileSync(file, 'utf8'))
  expect(entries).toHaveLength(1)
  expect(entries[0]!.control!.levels).toHaveLength(entries[0]!.row.levels.length)
})

test('a deployment that fails is an error with the end of its log, and nothing is measured', async () => {
  const failing = judge(30, { more: ALONE, command: 'kubectl' })
  await expect(failing).rejects.toThrow(EndpointError)
  await expect(failing).rejects.toThrow(
    /^redeploy-command ended with code 1\n {2}its log .*redeploy\.log\) ends:\n {4}kubectl/,
  )
})

test('the last session that max-duration holds is tested as the last', async () => {
  // The second of four would have to show .101 on the log scale, the second of two .068.
  const { code, written } = await judge(32.5, { more: [...ALONE, '--max-duration', '55s'] })
  expect(written).toContain('max-duration leaves no time for another session')
  expect(written).toMatch(/❌ staging: TPOT \+8.0 %/)
  expect(code).toBe(1)
})
