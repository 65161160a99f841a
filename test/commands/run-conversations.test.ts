import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

const QUICK =
  '--passes 1 --level-duration 8s --preflight false --self-proof false --output-tokens 12 --input-tokens 40'.split(' ')
const SERVER = [
  '--slots',
  '4',
  '--overhead',
  '5ms',
  '--prefill-per-1000-tokens',
  '200ms',
  '--jitter',
  '0%',
  '--prefix-cache',
]
const HISTORY = '--baseline file:history.json --name talk --append'.split(' ')

test('a run of conversations says how they went turn by turn, and what of the input the prefix cache held', async () => {
  const cwd = temporaryFolder()
  const run = async (...flags: string[]) =>
    callHere(['run', '--endpoint', virtualServer(SERVER), '--concurrency', '1,4', ...QUICK, ...HISTORY, ...flags], {
      cwd,
    })
  const talk =
    '--turns 4 --think-time 500ms --system-prompt-tokens 64 --report-json report.json --records records.jsonl'
  const { code, stdout, stderr } = await run(...talk.split(' '))
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toContain('Conversations of 4 turns, 500 ms of think-time, a system prompt of 64 tokens')
  expect(stdout).not.toContain('not-full')

  const { series, levels } = decodeRunReport(readFileSync(join(cwd, 'report.json'), 'utf8'))
  expect(series.workload).toMatchObject({ turns: '4', thinkTime: 0.5, systemPromptTokens: 64, prefixCache: 'allow' })
  const records = readFileSync(join(cwd, 'records.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RequestRecord)
  for (const { concurrency, state, conversations, cachedShare } of levels) {
    expect(state).toBe('ok')
    const mine = records.filter(({ phase, level }) => phase === 'counted' && level === concurrency)
    const shareOf = (some: readonly RequestRecord[]): number =>
      some.reduce((sum, one) => sum + one.cachedTokens!, 0) / some.reduce((sum, one) => sum + one.inputTokens!, 0)
    expect(cachedShare).toBeCloseTo(shareOf(mine), 12)
    expect(conversations!.turns.map((row) => row.cachedShare)).toEqual(
      [1, 2, 3, 4].map((turn) => expect.closeTo(shareOf(mine.filter((one) => one.turn === turn)), 12)),
    )
    expect(conversations!.whole).toBeGreaterThan(0)
  }
})
