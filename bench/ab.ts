/**
 * How often `plateau ab` is right: whole comparisons of two builds by command, on a machine in virtual time where each start of a server
 * differs by 2 %. In parts: `--only equal|slower`, `--from N --to M` of the comparisons, `--append FILE` adds what each came to and
 * reports all that the file holds.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { abCommand } from '../src/commands/ab.ts'
import type { Output } from '../src/commands/output.ts'
import { EXIT } from '../src/vocabulary/exit-codes.ts'
import { virtualSystem } from '../test/support/virtual/system.ts'
import { report } from './support/result.ts'

const SPREAD = '2%'
const SETTINGS = '--concurrency 1,2,4 --level-duration 1s --output-tokens 16 --input-tokens 40 --soak off'.split(' ')

/** What is compared with the build as it is: one like it, and one that takes a tenth longer for each token. */
const KINDS = {
  equal: { flags: '', count: 100 },
  slower: { flags: '--slowdown tpot=1.1', count: 30 },
} as const
type Kind = keyof typeof KINDS

/** What a comparison came to. */
interface Played {
  readonly kind: Kind
  readonly i: number
  readonly code: number
  readonly sessions: number
}

/** One comparison, whose starts differ as the seed says. */
async function play(kind: Kind, i: number): Promise<Played> {
  let sessions = 0
  const output: Output = {
    colours: { out: false, log: false },
    isLive: false,
    columns: 80,
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
  const seed = `${kind}-${i}`
  const a = `plateau simulate --decode 10ms --start-spread ${SPREAD} --run-seed ${seed}`
  const sides = ['--a', a, '--b', `${a} ${KINDS[kind].flags}`, '--url', 'http://127.9.9.9:1']
  const code = await abCommand([...sides, '--seed', seed, ...SETTINGS], {
    env: {},
    output,
    signal: new AbortController().signal,
    system: () => virtualSystem({ engine: {}, servedModel: 'simulated' }, 'local'),
    startServer: async () => Promise.reject(new Error('nothing else is started')),
  })
  return { kind, i, code, sessions }
}

const { values: given } = parseArgs({
  options: {
    only: { type: 'string' },
    from: { type: 'string', default: '0' },
    to: { type: 'string' },
    append: { type: 'string' },
  },
})

const played: Played[] = []
if (given.append !== undefined && existsSync(given.append)) {
  for (const line of readFileSync(given.append, 'utf8').split('\n')) if (line !== '') played.push(JSON.parse(line))
}
for (const kind of Object.keys(KINDS) as Kind[]) {
  if (given.only !== undefined && given.only !== kind) continue
  for (let i = Number(given.from); i < Number(given.to ?? KINDS[kind].count); i++) {
    if (played.some((one) => one.kind === kind && one.i === i)) continue
    const one = await play(kind, i)
    played.push(one)
    if (given.append !== undefined) appendFileSync(given.append, `${JSON.stringify(one)}\n`)
    if (process.stderr.isTTY) process.stderr.write(`\r${kind} ${i + 1} `)
  }
}
const byKind = (kind: Kind) => played.filter((one) => one.kind === kind)
const countRed = (some: readonly Played[]) => some.filter(({ code }) => code === EXIT.regressed).length
const averageSessions = (some: readonly Played[]) =>
  some.reduce((sum, { sessions }) => sum + sessions, 0) / Math.max(1, some.length)
const [equal, slower] = [byKind('equal'), byKind('slower')]
report(`A/B by command, starts differ by ${SPREAD}`, [
  {
    what: `red of ${equal.length} comparisons of equal builds`,
    value: countRed(equal),
    unit: '',
    atMost: Math.ceil(0.02 * equal.length),
  },
  { what: 'sessions of these, mean', value: averageSessions(equal), unit: '', atMost: 4 },
  {
    what: `not red of ${slower.length} of a build that decodes 10 % slower`,
    value: slower.length - countRed(slower),
    unit: '',
    atMost: Math.floor(0.1 * slower.length),
  },
  { what: 'sessions of these, mean', value: averageSessions(slower), unit: '', atMost: 4 },
])
