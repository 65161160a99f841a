import { expect, test } from 'vitest'
import { abCommand } from '../../src/commands/ab.ts'
import { runCommand } from '../../src/commands/run.ts'
import { playCommand } from '../support/virtual/play.ts'

const ENGINE = { engine: { decodeMs: 10 }, servedModel: 'simulated' }
const SERVER = { ...ENGINE, beside: { origin: 'http://127.9.9.9:2', server: ENGINE } }
const ENDPOINT = ['--endpoint', 'http://127.9.9.9:1', '--baseline', 'none']
const LEVELS = ['--concurrency', '1,4,16']
const BUILD = 'plateau simulate --decode 10ms'
const AB = ['--a', BUILD, '--b', BUILD, '--url', 'http://127.9.9.9:1', ...LEVELS]
const CONTROL = ['--control', 'http://127.9.9.9:2']
const CHECKED = ['--concurrency', '1,4,16,32', '--cross-check', 'three-point']
const SHORT = [...LEVELS, '--level-duration', '800ms', '--output-tokens', '16', '--input-tokens', '40']

/** Seconds as a log has them: `about 2.5 min`, `4 min 12 s`, `85 s`. */
function readSeconds(text: string): number {
  const [, minutes = '0'] = /([\d.]+) min/.exec(text) ?? []
  const [, seconds = '0'] = /([\d.]+) s/.exec(text) ?? []
  return 60 * Number(minutes) + Number(seconds)
}

/** Within 15 % of the truth, or of the seconds to which short times are rounded. */
function expectNear(told: number, truth: number): void {
  expect(Math.abs(told - truth), `told ${told} s, it took ${truth} s`).toBeLessThanOrEqual(Math.max(1, 0.15 * truth))
}

test.each<[string, readonly string[]]>([
  ['a run', LEVELS],
  ['a run of one pass', [...LEVELS, '--passes', '1']],
  ['a run of short levels, which is soak and single requests for the most part', SHORT],
  ['a run without a soak', [...SHORT, '--soak', 'off']],
  ['a run with a cross-check, at the lowest level and at the knee', CHECKED],
  ['a run beside a control in turns', [...LEVELS, ...CONTROL]],
  ['a run beside a control, both loaded at once', [...LEVELS, ...CONTROL, '--control-timing', 'together']],
])('%s takes as long as its plan says, within 15 percent', async (_, more) => {
  const { lines } = await playCommand(runCommand, [...ENDPOINT, ...more], SERVER)
  const plan = lines.find(({ text }) => /levels × /.test(text))!
  expectNear(readSeconds(/about [\d.]+ \w+/.exec(plan.text)![0]), lines.at(-1)!.at - plan.at)
})

test('a run with the defaults takes no more than two and a quarter minutes on the endpoint of `plateau simulate`, and says what its windows saved', async () => {
  const { lines } = await playCommand(runCommand, ENDPOINT, { engine: {}, servedModel: 'simulated' })
  expect(lines.at(-1)!.at).toBeLessThan(135)
  const saved = lines.find(({ text }) => text.includes('no longer than the noise asks for saved'))!
  expect(readSeconds(saved.text.slice(saved.text.indexOf('saved')))).toBeGreaterThan(50)
})

test('a dry run counts preflight, too', async () => {
  // It assumes answers of a second.
  const args = [...ENDPOINT, '--concurrency', '1', '--output-tokens', '95', '--soak', 'off']
  const dry = await playCommand(runCommand, [...args, '--dry-run', '--format', 'json'], SERVER)
  const { plan } = JSON.parse(dry.written) as { plan: { expected: { seconds: number } } }
  expectNear(plan.expected.seconds, (await playCommand(runCommand, args, SERVER)).lines.at(-1)!.at)
})

test('a session of two servers takes as long as is said before its first load', async () => {
  const { lines } = await playCommand(abCommand, [...AB, '--sessions', '1'], SERVER)
  const told = lines.find(({ text }) => text.startsWith('a session takes about'))!
  expectNear(readSeconds(told.text), lines.at(-1)!.at)
})

test('so do sessions of deployments elsewhere', async () => {
  const args = [
    ...ENDPOINT,
    ...LEVELS,
    ...CONTROL,
    '--redeploy-command',
    'redeploy',
    '--sessions',
    '1',
    '--metrics',
    'tpot-p50',
  ]
  const { lines } = await playCommand(runCommand, args, SERVER)
  const told = lines.find(({ text }) => text.startsWith('a session takes about'))!
  expectNear(readSeconds(told.text), lines.at(-1)!.at)
})

test.each<[string, readonly string[]]>([
  ['alone', LEVELS],
  ['with a cross-check', CHECKED],
  ['beside a control in turns', [...LEVELS, ...CONTROL]],
  ['beside a control at once', [...LEVELS, ...CONTROL, '--control-timing', 'together']],
])('where windows have one length the time left is right within 15 percent in every line %s', async (_, more) => {
  const { lines } = await playCommand(runCommand, [...ENDPOINT, ...more, '--level-duration', '8s'], SERVER)
  const told = lines.flatMap(({ at, text }) => {
    const left = /~([\d.]+ \w+) left/.exec(text)?.[1]
    return left === undefined ? [] : [{ at, left }]
  })
  expect(told.length).toBeGreaterThan(6)
  for (const { at, left } of told) {
    const truth = lines.at(-1)!.at - at
    expect(Math.abs(readSeconds(left) - truth), `${left} left, it took ${truth} s`).toBeLessThanOrEqual(
      Math.max(3, 0.15 * truth),
    )
  }
})
