import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { abCommand, AB_SETTINGS } from '../../src/commands/ab.ts'
import { runCommand } from '../../src/commands/run.ts'
import { EndpointError, SettingsError } from '../../src/errors.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'

const SHORT = '--level-duration 800ms --output-tokens 16 --input-tokens 40 --soak off --metrics tpot-p50'.split(' ')

/** What a command writes and how it ends, on a machine in virtual time whose server has this engine until a command starts another. */
async function play(
  command: typeof abCommand,
  args: readonly string[],
  { decodeMs = 10, ...options }: { readonly decodeMs?: number; readonly interruptAt?: RegExp } = {},
) {
  const server = { engine: { decodeMs }, servedModel: 'simulated' }
  return playCommand(command, [...args, ...SHORT], server, undefined, options)
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
  ['--a', 'nothing', BUILD, 'the server of --a ended with code 1 before it was ready'],
  ['--b', BUILD, 'nothing', 'the server of --b ended with code 1 before it was ready'],
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
  await expect(failing).rejects.toThrow('url: is required: --url URL\nb: is required: --b COMMAND')
})

test('what is wrong with a setting is said of the flag that the user wrote', async () => {
  await expect(play(abCommand, ['--a', '', '--b', 'x', '--url', 'nowhere'])).rejects.toThrow(
    /^url: got "nowhere"; .*\na: must not be empty$/,
  )
  const config = join(temporaryFolder(), 'plateau.yml')
  writeFileSync(config, 'control-command: sh\n')
  const failing = compare(BUILD, BUILD, ['--config', config])
  await expect(failing).rejects.toThrow(/^a: must not stand in a file; use --a: a file that others can change/)
})

test.each([
  '--append',
  '--runs=2',
  '--confirm=1',
  '--pause=1s',
  '--control-timing=together',
  '--baseline=none',
  '--results=a.json',
])('%s would do nothing here, so it is no flag', async (flag) => {
  await expect(compare(BUILD, BUILD, [flag])).rejects.toThrow(
    `${flag.split('=')[0]}: is a setting of plateau run, and does nothing here; --help lists those that do`,
  )
})

test.each([
  ['--endpoint', '--url'],
  ['--control-command', '--a'],
  ['--candidate-command', '--b'],
])('%s of a run is %s here', async (flag, name) => {
  await expect(compare(BUILD, BUILD, [flag, 'x'])).rejects.toThrow(`${flag}: is not a setting; did you mean ${name}?`)
})

test('of a config file for runs, what is not about two servers is left alone', async () => {
  const config = join(temporaryFolder(), 'plateau.yml')
  writeFileSync(
    config,
    'endpoint: https://elsewhere.example\nbaseline: artifact\nruns: 3\nsessions-are-no-setting-of-files: 1\n',
  )
  await expect(compare(BUILD, BUILD, ['--config', config])).rejects.toThrow(/^sessions-are-no-setting-of-files/)
  writeFileSync(config, 'endpoint: https://elsewhere.example\nbaseline: artifact\nruns: 3\nconcurrency: [2]\n')
  const { written } = await compare(BUILD, BUILD, ['--config', config, '--dry-run', '--sessions', '2'])
  expect(written).toContain('measure http://127.9.9.9:1/')
  expect(written).toMatch(/^1 level × 3 passes/m)
})

test('where one of the two ends while it is measured there is nothing to compare, which is no success', async () => {
  const dying = `${BUILD} for 5 s`
  const { code, written } = await compare(dying, BUILD)
  expect(code).toBe(3)
  expect(written).toContain('not compared, the control could not be measured')
  expect(written).toContain('! the server of --a was ended by SIGKILL while it was measured')
  expect((await compare(dying, BUILD, ['--concurrency', '2', '--on-not-comparable', 'warn'])).code).toBe(0)
})

describe('an interrupt', () => {
  const slower = [
    '--a',
    BUILD,
    '--b',
    'plateau simulate --decode 11ms',
    '--url',
    'http://127.9.9.9:1',
    '--tolerance',
    '1%',
  ]
  const interrupt = async (interruptAt: RegExp, more: readonly string[] = []) =>
    play(abCommand, [...slower, '--concurrency', '2', ...more], { interruptAt })

  test.each([
    ['before a server is started', /session 2 of/],
    ['while its first side is measured', /session 2 of[^]*\n1 of 3/],
    ['between its sides', /session 2 of[^]*\n3 of 3/],
    ['while its second side is measured', /session 2 of[^]*\n3 of 3[^]*\n2 of 3/],
  ])('in the second session, %s, leaves the first one judged, with the code of an interrupt', async (_, at) => {
    const file = join(temporaryFolder(), 'report.json')
    const { code, written } = await interrupt(at, ['--report-json', file])
    expect(code).toBe(130)
    expect(written).toContain('\nInterrupted before session 2 was complete: session 1 is judged.\n')
    expect(written).toMatch(/^TPOT .* suspect$/m)
    expect(written).toContain('in 1 session, both started anew')
    const { validity } = decodeRunReport(readFileSync(file, 'utf8'))
    expect(validity).toMatchObject({ ok: true, findings: [{ code: 'ended-early' }] })
  })

  test.each([/session 1 of/, /1 of 3/, /\n3 of 3/])('in the first session (%s) leaves nothing to judge', async (at) => {
    const { code, written } = await interrupt(at)
    expect(code).toBe(130)
    expect(written).not.toContain('judged')
    expect(written).not.toMatch(/suspect|no change|before anything was measured/)
  })
})

test('runs of one hour on one machine cannot show 15 %, and say that this command does, which is red', async () => {
  const baseline = `file:${join(temporaryFolder(), 'history.json')}`
  const run = ['--endpoint', 'http://127.9.9.9:1', '--baseline', baseline, '--name', 'laptop', '--concurrency', '2']
  expect((await play(runCommand, [...run, '--append'])).written).not.toContain('plateau ab')
  for (let recorded = 1; recorded < 8; recorded++) await play(runCommand, [...run, '--append'])
  const { code, written } = await play(runCommand, [...run, '--confirm', '0'], { decodeMs: 11.5 })
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

test('a dry run shows the flags of this command and no others, with defaults of its own', async () => {
  const { written } = await compare(BUILD, BUILD, ['--concurrency', '2', '--dry-run'])
  const shown = written
    .split('\n')
    .flatMap((line) => /^([a-z-]+) {2,}.* {2}\((?:flag|default)\)$/.exec(line)?.[1] ?? [])
  expect(shown).toEqual(Object.values(AB_SETTINGS).map(({ name }) => name))
  expect(shown.slice(0, 3)).toEqual(['a', 'b', 'url'])
  expect(written).toMatch(/^max-duration +60m {2}\(default\)$/m)
  expect(written).toMatch(/^on-not-comparable +fail {2}\(default\)$/m)
})

test('a dry run of one command says that it would start a server', async () => {
  const run = ['--endpoint', 'http://127.9.9.9:1', '--candidate-command', BUILD, '--concurrency', '2', '--dry-run']
  expect((await play(runCommand, run)).written).toContain('would start a server and measure http://127.9.9.9:1/')
})
