import { join } from 'node:path'
import { expect, test } from 'vitest'
import { abCommand } from '../../src/commands/ab.ts'
import { createOutput } from '../../src/commands/output.ts'
import { runCommand } from '../../src/commands/run.ts'
import { EndpointError, SettingsError } from '../../src/errors.ts'
import { temporaryFolder } from '../support/cli.ts'
import { virtualSystem } from '../support/virtual/system.ts'

const SHORT = '--level-duration 800ms --output-tokens 16 --input-tokens 40 --soak off --metrics tpot-p50'.split(' ')

/** What a command writes and how it ends, on a machine in virtual time whose server has this engine until a command starts another. */
async function play(command: typeof abCommand, args: readonly string[], decodeMs = 10) {
  let written = ''
  const stream = Object.assign(Object.create(process.stdout) as NodeJS.WriteStream, {
    isTTY: false,
    write: (text: string) => ((written += text), true),
  })
  const code = await command([...args, ...SHORT], {
    env: {},
    output: createOutput(stream, stream, {}),
    signal: new AbortController().signal,
    system: () => virtualSystem({ engine: { decodeMs }, servedModel: 'simulated' }, 'local'),
    startServer: async () => Promise.reject(new Error('nothing else is started')),
  })
  return { code, written }
}

/** `plateau ab` over two builds of the simulated endpoint. */
async function compare(a: string, b: string, more: readonly string[] = ['--concurrency', '2']) {
  return play(abCommand, ['--a', a, '--b', b, '--url', 'http://127.9.9.9:1', ...more])
}

const BUILD = 'plateau simulate --decode 10ms'

test('two equal builds are green without any history', async () => {
  const { code, written } = await compare(BUILD, BUILD)
  expect(code).toBe(0)
  expect(written).toContain('no change seen')
})

test('a build that decodes a fifth slower is red without any history', async () => {
  const { code, written } = await compare(BUILD, 'plateau simulate --decode 12ms')
  expect(code).toBe(1)
  expect(written).toMatch(/❌ ab: TPOT \+1\d %/)
})

test.each([
  ['--a', 'nothing', BUILD, 'the server of control-command ended with code 1 before it was ready'],
  ['--b', BUILD, 'nothing', 'the server of candidate-command ended with code 1 before it was ready'],
])('a command of %s that starts no server cannot be measured, and its log says why', async (_, a, b, message) => {
  const failing = compare(a, b)
  await expect(failing).rejects.toThrow(EndpointError)
  await expect(failing).rejects.toThrow(`${message}\n  its log`)
  await expect(failing).rejects.toThrow('nothing: not found')
})

test('both sides have the same levels, although the one has its plateau earlier', async () => {
  const { written } = await compare(`${BUILD} --slots 2`, `${BUILD} --slots 16`, [
    '--concurrency',
    'auto',
    '--sessions',
    '1',
  ])
  const [, ...sides] = written.split(/^the (?:candidate|control):$/m)
  const levels = sides.map((side) =>
    [...new Set([...side.matchAll(/level (\d+):/g)].map(([, level]) => Number(level)))].toSorted((a, b) => a - b),
  )
  expect(levels).toHaveLength(2)
  expect(levels[0]!.length).toBeGreaterThan(1)
  expect(levels[1]).toEqual(levels[0])
})

test('what is to be compared must be given', async () => {
  const failing = play(abCommand, ['--a', 'x'])
  await expect(failing).rejects.toThrow(SettingsError)
  await expect(failing).rejects.toThrow('b: is required: --b COMMAND\nurl: is required: --url URL')
})

test('runs of one hour on one machine cannot show 15 %, and say that this command does, which is red', async () => {
  const baseline = `file:${join(temporaryFolder(), 'history.json')}`
  const run = ['--endpoint', 'http://127.9.9.9:1', '--baseline', baseline, '--name', 'laptop', '--concurrency', '2']
  expect((await play(runCommand, [...run, '--append'])).written).not.toContain('plateau ab')
  for (let recorded = 1; recorded < 8; recorded++) await play(runCommand, [...run, '--append'])
  const { code, written } = await play(runCommand, [...run, '--confirm', '0'], 11.5)
  expect(code).toBe(0)
  expect(written).toContain("plateau ab --a 'COMMAND' --b 'COMMAND' --url URL")
  expect((await compare(BUILD, 'plateau simulate --decode 11.5ms')).code).toBe(1)
})

test('a dry run says that two servers would be started, how often, and whose cost it shows', async () => {
  const { code, written } = await compare(BUILD, BUILD, ['--concurrency', '2', '--sessions', '3', '--dry-run'])
  expect(code).toBe(0)
  expect(written).toContain('would start two servers in turn in up to 3 sessions, and measure http://127.9.9.9:1/')
  expect(written).toMatch(/^1 level × 3 passes, .*, for each server in each session$/m)
})

test('a dry run of one command says that it would start a server', async () => {
  const run = ['--endpoint', 'http://127.9.9.9:1', '--candidate-command', BUILD, '--concurrency', '2', '--dry-run']
  expect((await play(runCommand, run)).written).toContain('would start a server and measure http://127.9.9.9:1/')
})

test('beside a control the time left counts what both sides still take, so it falls from line to line', async () => {
  const control = 'http://127.9.9.9:2'
  const run = ['--endpoint', 'http://127.9.9.9:1', '--control', control, '--baseline', 'none', '--concurrency', '2,4']
  const { written } = await play(runCommand, run)
  const left = [...written.matchAll(/~(\d+) s left/g)].map(([, seconds]) => Number(seconds))
  expect(left.length).toBeGreaterThan(6)
  for (const [i, seconds] of left.entries()) expect(seconds).toBeLessThanOrEqual(1.2 * (left[i - 1] ?? seconds))
})
