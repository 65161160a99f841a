import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startStore } from '../support/text-store.ts'
import { FAST_SERVER, plateau, reportIn, SHORT_RUN, simulated, start, temporaryFolder } from '../support/cli.ts'

const LEVELS = '--concurrency 3 --passes 1'.split(' ')

/** What a machine that is too busy to hear of a window in time is told; it may be tried again there. */
const TOO_LATE = /heard of a window \d+ ms after it had begun or ended/
const MOST_TRIES = 5

interface Together {
  readonly count: number
  readonly url: string
  readonly load: readonly string[]
  readonly rendezvous?: string
  readonly env?: Readonly<Record<string, string>>
  /** What this shard alone is told. */
  readonly more?: (number: number) => readonly string[]
}

/** So many shards in processes of their own, and how they ended. */
async function measureTogether(
  cwd: string,
  { count, url, load, rendezvous = './meeting', env = {}, more = () => [] }: Together,
) {
  const measure = async () =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const shard = ['--shard', `${i + 1}/${count}`, '--rendezvous', rendezvous, '--rendezvous-timeout', '60s']
        return start(['run', '--endpoint', url, ...SHORT_RUN, ...load, ...shard, ...more(i + 1)], { cwd, env }).ended
      }),
    )
  let ended = await measure()
  for (let tries = 1; tries < MOST_TRIES && ended.every(({ stderr }) => TOO_LATE.test(stderr)); tries++)
    ended = await measure()
  return ended
}

const listParts = (cwd: string): string[] =>
  readdirSync(join(cwd, '.plateau'))
    .map((name) => `.plateau/${name}`)
    .sort()

/** Also the name of the model, as a server has it that echoes the key. */
const KEY = 'sk-a-key-of-thirty-one-characters'

let server: string

beforeAll(async () => {
  server = await simulated([...FAST_SERVER, '--model', KEY])
})

test('three processes measure one run, one report comes of what they leave, and nothing of it holds the key', async () => {
  const cwd = temporaryFolder()
  const env = { PLATEAU_API_KEY: KEY }
  const ended = await measureTogether(cwd, { count: 3, url: server, load: LEVELS, env })
  expect(
    ended.map(({ code }) => code),
    ended.map(({ stderr }) => stderr).join('\n'),
  ).toEqual([0, 0, 0])
  const parts = listParts(cwd)
  expect(parts).toEqual([1, 2, 3].map((number) => `.plateau/part-${number}-of-3.part`))
  const merged = await plateau(['merge', ...parts, '--report-json', 'report.json'], { cwd })
  expect(merged.stderr).toContain('shard 3/3: ')
  const { levels } = reportIn(join(cwd, 'report.json'))
  expect(levels.map(({ concurrency }) => concurrency)).toEqual([3])
  expect(levels[0]!.requests.ok).toBeGreaterThan(0)
  expect(levels[0]!.requests.failed).toBe(0)
  const left = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  expect(left.length).toBeGreaterThan(20)
  for (const { parentPath, name } of left)
    expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain(KEY)
})

test('two processes send the requests of a rate together, each when it is due, as one level', async () => {
  const cwd = temporaryFolder()
  const load = '--rate 30 --max-in-flight 90 --passes 1 --preflight false'.split(' ')
  const ended = await measureTogether(cwd, { count: 2, url: server, load })
  expect(
    ended.map(({ code }) => code),
    ended.map(({ stderr }) => stderr).join('\n'),
  ).toEqual([0, 0])
  await plateau(['merge', ...listParts(cwd), '--report-json', 'report.json'], { cwd })
  const { levels, series } = reportIn(join(cwd, 'report.json'))
  expect(series).toMatchObject({ rates: [30], maxInFlight: 90 })
  expect(levels).toMatchObject([{ concurrency: 30, requests: { failed: 0 }, open: { maxInFlight: 90, dropped: 0 } }])
  expect(levels[0]!.requests.ok).toBeGreaterThan(10)
})

test('a shard that was told something else is named by all, at a URL as in a folder, and none leaves a part', async () => {
  const cwd = temporaryFolder()
  const more = (number: number) => (number === 2 ? ['--slo', 'tpot <= 50ms'] : [])
  const ended = await measureTogether(cwd, {
    count: 2,
    url: server,
    load: [...LEVELS, '--preflight', 'false'],
    rendezvous: await startStore(),
    more,
  })
  expect(ended.map(({ code }) => code)).toEqual([2, 2])
  expect(ended[0]!.stderr).toMatch(/shard 2\/2 was told another slo: tpot <= 50ms, and this one none/)
  expect(ended[1]!.stderr).toMatch(/shard 1\/2 was told another slo: none, and this one tpot <= 50ms/)
  expect(ended.map(({ stderr }) => stderr).join('')).not.toContain('permission=write')
  expect(readdirSync(join(cwd, '.plateau'))).toEqual([])
})
