import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/commands/run.ts'
import { SettingsError } from '../../src/errors.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'

const TOP = `
endpoint: http://127.9.9.9:1
baseline: none
concurrency: [1, 4]
passes: 2
level-duration: 3s
self-proof: false
soak: off
`
const SCENARIOS = `
scenarios:
  chat: { output-tokens: 20, concurrency: 32, limits: "ttft-p50@32 <= 1s" }
  rag: { input-tokens: 900, output-tokens: 8 }
  sum: { output-tokens: 30, model: lora-sum }
  everyday: { mix: "chat 70%, rag 20%, sum 10%" }
  nested: { mix: "everyday 50%, chat 50%" }
  other: { endpoint: "http://127.9.9.9:2" }
`
const SERVER = { engine: { decodeMs: 10 }, servedModel: 'simulated' }

async function play(flags: readonly string[], scenarios = SCENARIOS) {
  const folder = temporaryFolder()
  const at = (file: string): string => join(folder, file)
  writeFileSync(at('p.yml'), TOP + scenarios)
  const files = ['--report-json', at('r.json'), '--records', at('r.jsonl'), '--html', at('r.html')]
  const played = await playCommand(runCommand, ['--config', at('p.yml'), ...files, ...flags], SERVER)
  const read = (file: string): string => readFileSync(at(file), 'utf8')
  return { ...played, read, report: () => decodeRunReport(read('r.json')) }
}

async function messageOf(flags: readonly string[], scenarios = SCENARIOS): Promise<string> {
  const error: unknown = await play(flags, scenarios).catch((thrown: unknown) => thrown)
  if (!(error instanceof SettingsError)) throw new Error('it was not refused')
  return error.message
}

test('the parts of each level add up to all of it, and have about their shares', async () => {
  const { report, read, code } = await play(['--scenario', 'everyday'])
  expect(code).toBe(0)
  const { levels, series, context } = report()
  const records = read('r.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RequestRecord)
    .filter(({ phase }) => phase === 'counted')
  for (const { concurrency, requests, parts } of levels) {
    expect(parts!.map(({ name }) => name).toSorted()).toEqual(['chat', 'rag', 'sum'])
    const add = (pick: (part: (typeof parts & object)[number]) => number) =>
      parts!.reduce((sum, part) => sum + pick(part), 0)
    const own = records.filter(({ level }) => level === concurrency)
    expect(add((part) => part.requests.ok)).toBe(requests.ok)
    expect(add((part) => part.requests.failed)).toBe(requests.failed)
    expect(add((part) => part.outputTokens)).toBe(own.reduce((sum, record) => sum + record.outputTokens, 0))
    for (const { name, requests: ofPart } of parts!)
      expect(ofPart.ok).toBe(own.filter(({ part, outcome }) => part === name && outcome === 'ok').length)
    const chat = parts!.find(({ name }) => name === 'chat')!
    expect(Math.abs(chat.requests.ok - 0.7 * requests.ok)).toBeLessThanOrEqual(6)
  }
  expect(levels.map(({ concurrency }) => concurrency)).toEqual([1, 4])
  expect(series.workload.mix).toBe('chat 70% (auto in, 20 out), rag 20% (900 in, 8 out), sum 10% (auto in, 30 out)')
  expect(context.model).toBeNull()
  expect(read('r.html')).toContain('By part of the mix')
})

test('a mix on the command line needs no scenario of its own, and no part differs from it in a model of its own', async () => {
  const { report, written } = await play(['--mix', 'chat 50%, rag 50%', '--concurrency', '1', '--passes', '1'])
  expect(report().series.name).not.toBe('chat')
  expect(report().levels[0]!.parts).toHaveLength(2)
  expect(written).toMatch(/By part of the mix\nlevel {2}part +ok\/failed/)
})

test('what cannot be mixed is refused with the setting, what was given and what helps', async () => {
  expect(await messageOf(['--mix', 'chat 70%, rag 20%'])).toContain('mix: got "chat 70%, rag 20%"; adds up to 90%')
  expect(await messageOf(['--mix', 'chat 70%, rga 30%'])).toBe(
    'mix: got "rga"; is not a scenario of the config file; name one of those that stand under scenarios',
  )
  expect(await messageOf(['--scenario', 'nested'])).toContain('mix: got "everyday"; is a mix itself')
  expect(await messageOf(['--mix', 'chat 50%, other 50%'])).toContain(
    'mix: got "other"; has endpoint of its own, in which all parts of a mix must agree; move it to the top of the file',
  )
  expect(await messageOf(['--scenario', 'everyday', '--shard', '1/2'])).toContain(
    'shard: measures requests that are all alike',
  )
  const bad = SCENARIOS.replace('output-tokens: 8', 'output-tokens: none')
  expect(await messageOf(['--scenario', 'everyday'], bad)).toMatch(/^output-tokens: got "none"; .*\(in scenario rag\)$/)
})

test('a mix is one of all scenarios', async () => {
  const two = 'scenarios:\n  a: { output-tokens: 8 }\n  b: { output-tokens: 9 }\n  both: { mix: "a 50%, b 50%" }\n'
  const { code, written } = await play(['--scenario', 'all', '--concurrency', '1', '--passes', '1'], two)
  expect(code).toBe(0)
  expect(written).toContain('3 scenarios, one after the other')
  expect(written.match(/By part of the mix/g)).toHaveLength(1)
})
