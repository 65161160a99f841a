import { expect, test } from 'vitest'
import { abCommand } from '../../src/commands/ab.ts'
import { playCommand } from '../support/virtual/play.ts'
import { EndpointError } from '../../src/errors.ts'
import { runGate } from '../../src/gate.ts'
import { settingsFor } from '../support/run-settings.ts'
import { virtualSystem } from '../support/virtual/system.ts'

/** One session of `plateau ab` over two equal builds in virtual time: what it wrote, what it said that a session takes, and what it took, in seconds. */
async function playSession(server: string, load: string) {
  const build = `plateau simulate ${server}`
  const flags = `--url http://127.9.9.9:1 --sessions 1 ${load}`.trim().split(' ')
  const endpoint = { engine: {}, servedModel: 'simulated' }
  const { lines, written } = await playCommand(abCommand, ['--a', build, '--b', build, ...flags], endpoint)
  const told = [...written.matchAll(/a session takes about (?:(\d+) min ?)?(?:(\d+) s)?/g)].map(
    ([, minutes = '0', seconds = '0']) => 60 * Number(minutes) + Number(seconds),
  )
  return { written, told, took: lines.at(-1)!.at - lines.find(({ text }) => text.startsWith('session 1'))!.at }
}

test.each([
  ['levels are given', '', '--concurrency 1,8'],
  ['fewer levels are found than the plan assumes', '--slots 2', ''],
  [
    'prompts take most of the time, so that requests slow each other down',
    '',
    '--concurrency 1,4,16 --input-tokens 4000 --output-tokens 20',
  ],
  ['requests come at rates', '', '--rate 1,4'],
  ['requests are turns', '', '--concurrency 2 --turns 3'],
])('what a session takes is said within a fifth where %s', async (_, server, load) => {
  const { told, took } = await playSession(server, load)
  expect(Math.abs(told.at(-1)! / took - 1)).toBeLessThan(0.2)
})

test('what the first side found too slow to repeat, the other measures once, too', async () => {
  const { written, told, took } = await playSession('--slots 64', '')
  const [, one, other] = written.split(/^the (?:control|candidate):$/m)
  const count = (side: string | undefined) => {
    const levels = [...side!.matchAll(/^\d+ of .*?, level (\d+):/gm)].map(([, level]) => level)
    return Object.fromEntries([...Map.groupBy(levels, (level) => level)].map(([level, runs]) => [level, runs.length]))
  }
  expect(Object.values(count(one))).toContain(1)
  expect(count(other)).toEqual(count(one))
  expect(Math.abs(told.at(-1)! / took - 1)).toBeLessThan(0.2)
})

const SHORT = '--concurrency 2 --level-duration 800ms --output-tokens 16 --input-tokens 40 --soak off'.split(' ')

/** A gate over a server that this command starts, on a machine in virtual time. */
async function measure(command: string) {
  const log: string[] = []
  const system = virtualSystem({ engine: {}, servedModel: 'simulated' }, 'local')
  const settings = settingsFor('http://127.9.9.9:1', [...SHORT, '--candidate-command', command])
  const result = await runGate(settings, {
    ...system,
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    hide: () => {},
    redact: (text) => text,
    serverLogs: 'logs',
    redactReport: (report) => report,
    onPlan: () => {},
    onLevelStart: () => {},
    onLevelEnd: () => {},
    onPhase: () => {},
    loadBaseline: null,
  })
  return { ...result, log, isGone: !(await system.processes.isListening(new URL('http://127.9.9.9:1'))) }
}

test('the server that a command starts is measured, and ended when it is', async () => {
  const { report, log, isGone } = await measure('plateau simulate --decode 20ms --decode-per-sequence 0ms')
  expect(report.levels[0]?.tpotMs?.p50).toBeCloseTo(20, 0)
  expect(log).toContain('what the server writes is kept in logs/candidate.log')
  expect(isGone).toBe(true)
})

test('a command that starts none cannot be measured, and the end of its log says why', async () => {
  const failing = measure('nothing')
  await expect(failing).rejects.toThrow(EndpointError)
  await expect(failing).rejects.toThrow(
    'the server of candidate-command ended with code 1 before it was ready\n  its log (logs/candidate.log) ends:\n    nothing: not found',
  )
})
