import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/commands/run.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { EngineOptions } from '../../src/simulator/engine/engine.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'

/** Whole runs that search for their levels, on a server in virtual time. */

const QUICK = '--preflight false --input-tokens 40 --output-tokens 12 --level-duration 2s --name searched'.split(' ')

/** Runs the command in this folder, where its history is. */
async function run(folder: string, engine: Partial<EngineOptions>, ...flags: readonly string[]) {
  const report = join(folder, 'report.json')
  const passes = flags.includes('--passes') ? [] : ['--passes', '2']
  const files = ['--baseline', `file:${join(folder, 'history.json')}`, '--append', '--report-json', report]
  const { written } = await playCommand(
    runCommand,
    ['--endpoint', 'http://127.9.9.9:1', ...QUICK, ...passes, ...files, ...flags],
    { engine: { decodeMsPerSequence: 0.1, ...engine }, servedModel: 'simulated' },
  )
  const { plan, levels, plateau, series, durationSeconds } = decodeRunReport(readFileSync(report, 'utf8'))
  return {
    plan,
    plateau,
    series,
    durationSeconds,
    levels: levels.map(({ concurrency }) => concurrency),
    text: written.replaceAll(/\s+/g, ' '),
  }
}

test('a run finds the plateau of a server of which nothing is known, and every later run has its levels', async () => {
  const folder = temporaryFolder()
  const first = await run(folder, { slots: 64 })
  expect(first.plateau.state).toBe('reached')
  expect(first.plan.searchEnd).toBe('plateau')
  expect(first.levels.at(-1)).toBeGreaterThan(64)
  expect(first.levels.length).toBeLessThanOrEqual(9)
  expect(first.text).toContain('The levels were found by a search, which ended because throughput grows no more.')
  // Another server, and the same levels.
  const second = await run(folder, { slots: 4 })
  expect(second.levels).toEqual(first.levels)
  expect(second.plan.searchEnd).toBeUndefined()
})

test('a run with the defaults takes about as long as three passes over 1 to 32, however many slots there are, and so do later runs', async () => {
  // An answer takes 1.3 s alone, and three passes over those levels take 150 s where 16 slots let them wait, 142 s where nothing waits.
  const wait = async (folder: string, slots: number) => {
    const report = join(folder, 'report.json')
    const flags = `--endpoint http://127.9.9.9:1 --name x --baseline file:${join(folder, 'history.json')} --append --report-json ${report}`
    await playCommand(runCommand, flags.split(' '), { engine: { slots }, servedModel: 'simulated' })
    return decodeRunReport(readFileSync(report, 'utf8'))
  }
  for (const [slots, knee] of [
    [4, 3.8],
    [64, 49],
    [192, 110],
  ] as const) {
    const folder = temporaryFolder()
    const first = await wait(folder, slots)
    expect(first.durationSeconds, `${slots}`).toBeLessThan(160)
    expect(first.plateau.state).toBe('reached')
    expect(Math.abs(Math.log2(first.plateau.kneeConcurrency! / knee)), `${slots}`).toBeLessThan(1)
    if (slots !== 64) continue
    const second = await wait(folder, slots)
    expect(second.durationSeconds, `${slots}`).toBeLessThan(160)
    expect(first.plan.once).toContain(first.levels.at(-1)!.concurrency)
    expect(second.plan.once).toEqual(first.plan.once)
    expect(second.levels.map(({ concurrency }) => concurrency)).toEqual(
      first.levels.map(({ concurrency }) => concurrency),
    )
  }
})

test('a capacity has an interval, which costs further passes over the levels that decide it, in later runs, too', async () => {
  const folder = temporaryFolder()
  const wait = async (seed: string) => {
    const report = join(folder, 'report.json')
    const flags = `--endpoint http://127.9.9.9:1 --name x --slo tpot<=50ms --baseline file:${join(folder, 'history.json')} --append --report-json ${report}`
    await playCommand(runCommand, flags.split(' '), { engine: { slots: 64, seed }, servedModel: 'simulated' })
    return decodeRunReport(readFileSync(report, 'utf8'))
  }
  const first = await wait('a')
  const later = await wait('b')
  for (const { slo, levels, plan, durationSeconds } of [first, later]) {
    const { value, low, high } = slo!.capacity.concurrency!
    const nearest = levels.toSorted((a, b) => Math.abs(a.concurrency - value) - Math.abs(b.concurrency - value))[0]!
    expect(nearest.passes).toHaveLength(3)
    expect(low!).toBeLessThan(value)
    expect(high!).toBeGreaterThan(value)
    // 113 s without objectives; a level near the capacity, which takes 20 s, is measured three times.
    expect(durationSeconds).toBeLessThan(113 + 3 * 20)
    expect(plan.once).toEqual(first.plan.once)
    expect(plan.once).not.toContain(nearest.concurrency)
  }
})

test('a series whose levels end too low keeps them, and says how to search anew', async () => {
  const folder = temporaryFolder()
  const first = await run(folder, { slots: 64 }, '--max-concurrency', '8')
  expect(first.text).toContain('the highest of the usable levels. Raise max-concurrency.')
  const second = await run(folder, { slots: 64 })
  expect(second.levels).toEqual(first.levels)
  expect(second.text).toContain(
    'Its levels are those of the recorded runs; under another name a run searches for higher ones.',
  )
})

test('where a search leaves no room for all passes, progress counts those that are left, and the budget that would do is named', async () => {
  const { text, plan } = await run(temporaryFolder(), { slots: 8 }, '--max-requests', '1500', '--passes', '3')
  expect(plan.passes).toBe(2)
  expect(text).toMatch(/5 of up to 27, level \d+: .* the search for levels has ended, .* 6 of 10, level \d+: /)
  expect(text).toMatch(
    / 10 of 10, level \d+: .* 2 passes instead of 3: .* would not fit into max-requests: 1500, about \d+ would do/,
  )
  expect(text).not.toMatch(/max-duration|max-output-tokens/)
  const [, enough] = /about (\d+) would do/.exec(text)!
  const again = await run(temporaryFolder(), { slots: 8 }, '--max-requests', enough!, '--passes', '3')
  expect(again.plan.passes).toBe(3)
})

test('a run that is interrupted after its search is told to run again, and not that a budget held too little', async () => {
  const report = join(temporaryFolder(), 'report.json')
  const flags = ['--endpoint', 'http://127.9.9.9:1', ...QUICK, '--passes', '3', '--report-json', report]
  const server = { engine: { decodeMsPerSequence: 0.1, slots: 8 }, servedModel: 'simulated' }
  const interruptAt = /the search for levels has ended[^]* of 15, level /
  expect((await playCommand(runCommand, flags, server, undefined, { interruptAt })).code).toBe(130)
  const { plan, levels, validity } = decodeRunReport(readFileSync(report, 'utf8'))
  expect(plan.searchEnd).toBe('plateau')
  expect(Math.max(...levels.map(({ passes }) => passes.length))).toBeLessThan(3)
  expect(validity.findings.map(({ code }) => code)).toEqual(['cancelled'])
})

test('a run whose key is revoked after its search blames the key, and not a budget that held too little', async () => {
  const report = join(temporaryFolder(), 'report.json')
  const flags = ['--endpoint', 'http://127.9.9.9:1', ...QUICK, '--passes', '3', '--report-json', report]
  const engine = { decodeMsPerSequence: 0.1, slots: 8 }
  const server = { engine, servedModel: 'simulated', revokesKeyAtMs: 18_000 }
  const { code, written } = await playCommand(runCommand, flags, server)
  expect(code).toBe(3)
  expect(written).toContain('not authorised: the endpoint answered 401')
  const { plan, levels, validity } = decodeRunReport(readFileSync(report, 'utf8'))
  expect(plan.searchEnd).toBe('plateau')
  expect(Math.max(...levels.map(({ passes }) => passes.length))).toBeLessThan(3)
  expect(validity.findings.map(({ code }) => code)).not.toContain('plan-cut')
})

test('levels that are measured once take no room from the further passes over the others', async () => {
  const { text, plan, durationSeconds } = await run(
    temporaryFolder(),
    { slots: 512 },
    '--passes',
    '3',
    '--max-duration',
    '90s',
  )
  // Three passes over all levels would take 97 s.
  expect(plan.once).toEqual([1024])
  expect(plan.passes).toBe(3)
  expect(durationSeconds).toBeLessThan(90)
  expect(text).not.toContain('would not fit into')
})

test('the rates of an open loop are found, too, and kept', async () => {
  const folder = temporaryFolder()
  const first = await run(folder, { slots: 2, decodeMs: 12 }, '--rate', 'auto', '--slo', 'ttft <= 200ms')
  expect(first.series).toMatchObject({ concurrency: [], rates: 'auto' })
  expect(first.levels.length).toBeGreaterThan(2)
  expect(first.text).toMatch(
    /found by a search, which ended because (more load does not keep the objectives|the server did not hold a higher level)/,
  )
  expect((await run(folder, { slots: 2, decodeMs: 12 }, '--rate', 'auto', '--slo', 'ttft <= 200ms')).levels).toEqual(
    first.levels,
  )
})
