/**
 * How often `plateau ab` is right: whole comparisons of two builds by command, on a machine in virtual time where each start of a server
 * differs. `node bench/ab.ts 0.1` plays a tenth of them.
 */
import { abCommand } from '../src/commands/ab.ts'
import type { Output } from '../src/commands/output.ts'
import { EXIT } from '../src/vocabulary/exit-codes.ts'
import { virtualSystem } from '../test/support/virtual/system.ts'
import { report } from './support/result.ts'

const scale = Number(process.argv[2] ?? 1)
const EQUAL = Math.ceil(100 * scale)
const SLOWER = Math.ceil(30 * scale)
const SPREAD = '2%'
const DECODE_MS = 10
const SETTINGS = '--concurrency 1,2,4 --level-duration 1s --output-tokens 16 --input-tokens 40 --soak off'.split(' ')

/** What a comparison came to. */
interface Played {
  readonly code: number
  readonly sessions: number
}

/** One comparison of a build with one that takes `factor` of its time to decode. */
async function play(seed: string, factor: number): Promise<Played> {
  let sessions = 0
  const output: Output = {
    colours: { out: false, log: false },
    isLive: false,
    out: () => {},
    log: (line) => {
      if (line.startsWith('session ')) sessions++
    },
    json: () => {},
    checkWritable: () => {},
    live: () => {},
    redact: (text) => text,
    hide: () => {},
    file: () => {},
  }
  const build = (decodeMs: number): string =>
    `plateau simulate --decode ${decodeMs}ms --start-spread ${SPREAD} --run-seed ${seed}`
  const [a, b] = [build(DECODE_MS), build(DECODE_MS * factor)]
  const code = await abCommand(['--a', a, '--b', b, '--url', 'http://127.9.9.9:1', '--seed', seed, ...SETTINGS], {
    env: {},
    output,
    signal: new AbortController().signal,
    system: () => virtualSystem({ engine: {}, servedModel: 'simulated' }, 'local'),
    startServer: async () => Promise.reject(new Error('nothing else is started')),
  })
  return { code, sessions }
}

async function playAll(count: number, name: string, factor: number): Promise<readonly Played[]> {
  const played: Played[] = []
  for (let i = 0; i < count; i++) played.push(await play(`${name}-${i}`, factor))
  return played
}

function countRed(played: readonly Played[]): number {
  return played.filter(({ code }) => code === EXIT.regressed).length
}

function averageSessions(played: readonly Played[]): number {
  return played.reduce((sum, { sessions }) => sum + sessions, 0) / played.length
}

const startedAt = performance.now()
const equal = await playAll(EQUAL, 'equal', 1)
const slower = await playAll(SLOWER, 'slower', 1.1)
console.log(`played in ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`)
report(`A/B by command, starts differ by ${SPREAD}`, [
  {
    what: `red of ${EQUAL} comparisons of equal builds`,
    value: countRed(equal),
    unit: '',
    atMost: Math.ceil(0.02 * EQUAL),
  },
  { what: 'sessions of these, mean', value: averageSessions(equal), unit: '', atMost: 4 },
  {
    what: `not red of ${SLOWER} of a build that decodes 10 % slower`,
    value: SLOWER - countRed(slower),
    unit: '',
    atMost: Math.floor(0.1 * SLOWER),
  },
  { what: 'sessions of these, mean', value: averageSessions(slower), unit: '', atMost: 4 },
])
