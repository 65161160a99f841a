import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/commands/run.ts'
import { SettingsError } from '../../src/errors.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { temporaryFolder } from '../support/cli.ts'
import { CACHE_DEFAULTS } from '../../src/simulator/cost.ts'
import { playCommand } from '../support/virtual/play.ts'
import type { VirtualServer } from '../support/virtual/system.ts'

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
  replay: { trace-file: t.jsonl }
`
const SERVER = { engine: { decodeMs: 10 }, servedModel: 'simulated' }

async function play(flags: readonly string[], scenarios = SCENARIOS, server: VirtualServer = SERVER) {
  const folder = temporaryFolder()
  const at = (file: string): string => join(folder, file)
  writeFileSync(at('p.yml'), TOP + scenarios)
  const files = ['--report-json', at('r.json'), '--records', at('r.jsonl'), '--html', at('r.html')]
  const played = await playCommand(runCommand, ['--config', at('p.yml'), ...files, ...flags], server)
  const read = (file: string): string => readFileSync(at(file), 'utf8')
  return { ...played, read, report: () => decodeRunReport(read('r.json')) }
}

function readRecords(read: (file: string) => string): RequestRecord[] {
  return read('r.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RequestRecord)
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
  const records = readRecords(read).filter(({ phase }) => phase === 'counted')
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

test('adapters in a mix are asked for by their shares, and each answers its own part', async () => {
  const scenarios = `scenarios:
  plain: { output-tokens: 12 }
  legal: { output-tokens: 12, model: law }
  coding: { output-tokens: 12, model: code }
  all-models: { mix: "plain 50%, legal 30%, coding 20%" }
`
  const served = { plain: 'simulated', legal: 'law', coding: 'code' }
  const { report, read, code } = await play(['--scenario', 'all-models'], scenarios, {
    ...SERVER,
    adapters: ['law', 'code'],
  })
  expect(code).toBe(0)
  const records = readRecords(read)
  expect(new Set(records.map(({ part, servedModel }) => `${part} by ${servedModel}`))).toEqual(
    new Set(Object.entries(served).map(([part, model]) => `${part} by ${model}`)),
  )
  for (const { concurrency, requests, parts } of report().levels) {
    const own = records.filter(({ level, phase }) => level === concurrency && phase === 'counted')
    expect(own).toHaveLength(requests.ok)
    for (const [part, share] of Object.entries({ plain: 0.5, legal: 0.3, coding: 0.2 })) {
      const { requests: ofPart } = parts!.find(({ name }) => name === part)!
      const ofModel = own.filter(({ servedModel }) => servedModel === served[part as keyof typeof served])
      expect(ofModel).toHaveLength(ofPart.ok)
      expect(Math.abs(ofModel.length - share * requests.ok)).toBeLessThanOrEqual(6)
    }
    expect(parts!.reduce((sum, part) => sum + part.requests.ok, 0)).toBe(requests.ok)
    expect(parts!.reduce((sum, part) => sum + part.outputTokens, 0)).toBe(
      own.reduce((sum, record) => sum + record.outputTokens, 0),
    )
  }
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
    'mix: got "rga"; is not a scenario of the config file; did you mean rag? it has chat, rag, sum, everyday, nested, other, replay',
  )
  expect(await messageOf(['--mix', 'chat 70%, z 30%'])).toContain(
    'mix: got "z"; is not a scenario of the config file; it has chat, ',
  )
  expect(await messageOf(['--mix', 'chat 50%, replay 50%'])).toBe(
    'mix: got "replay"; has trace-file, which no mix takes; measure the scenario apart, or mix one without it',
  )
  expect(await messageOf(['--scenario', 'nested'])).toContain('mix: got "everyday"; is a mix itself')
  expect(await messageOf(['--mix', 'chat 50%, other 50%'])).toContain(
    'mix: got "other"; has endpoint of its own, in which all parts of a mix must agree; move it to the top of the file',
  )
  const bad = SCENARIOS.replace('output-tokens: 8', 'output-tokens: none')
  expect(await messageOf(['--scenario', 'everyday'], bad)).toMatch(/^output-tokens: got "none"; .*\(in scenario rag\)$/)
})

test('a part may hold conversations beside one whose requests stand alone, in a closed loop and at a rate', async () => {
  const scenarios = `scenarios:
  talk: { turns: 3, think-time: 200ms, input-tokens: 40, output-tokens: 10, system-prompt-tokens: 32 }
  rag: { input-tokens: 300, output-tokens: 8 }
  both: { mix: "talk 50%, rag 50%" }
`
  const cached = { ...SERVER, prefixCache: CACHE_DEFAULTS }
  for (const load of [
    ['--concurrency', '4'],
    ['--rate', '3'],
  ]) {
    const { report, read, written } = await play(['--scenario', 'both', '--passes', '1', ...load], scenarios, cached)
    const { levels, series } = report()
    expect(series.workload.mix).toBe(
      'talk 50% (40 in, 10 out, 3 turns, think-time 0.2s, system prompt 32), rag 50% (300 in, 8 out)',
    )
    const [{ parts, requests, conversations, invalidReasons }] = levels as [(typeof levels)[number]]
    expect(invalidReasons).toEqual([])
    const [rag, talk] = parts!
    expect(rag!.requests.ok + talk!.requests.ok).toBe(requests.ok)
    // Each conversation counts once, and has three turns.
    expect(Math.abs(talk!.requests.ok / rag!.requests.ok / 3 - 1)).toBeLessThan(0.35)
    expect(conversations!.turns.map(({ turn }) => turn)).toEqual([1, 2, 3])
    expect(conversations!.turns.reduce((sum, { requests: { ok } }) => sum + ok, 0)).toBe(talk!.requests.ok)
    expect(conversations!.turns[2]!.cachedShare).toBeGreaterThan(0.3)
    expect(conversations!.whole).toBeGreaterThan(0)
    expect(read('r.html')).toContain('Conversations')
    expect(written).toContain('Conversations of the parts that hold some')
  }
})

test('a mix is one of all scenarios', async () => {
  const two = 'scenarios:\n  a: { output-tokens: 8 }\n  b: { output-tokens: 9 }\n  both: { mix: "a 50%, b 50%" }\n'
  const { code, written } = await play(['--scenario', 'all', '--concurrency', '1', '--passes', '1'], two)
  expect(code).toBe(0)
  expect(written).toContain('3 scenarios, one after the other')
  expect(written.match(/By part of the mix/g)).toHaveLength(1)
})
