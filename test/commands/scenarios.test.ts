import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/commands/run.ts'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'

const SHORT = `
endpoint: http://127.9.9.9:1
concurrency: 1
passes: 1
level-duration: 300ms
self-proof: false
soak: off
`
const SERVER = { engine: { decodeMs: 10 }, servedModel: 'simulated' }

/** Plays a run of all scenarios of a config file; its files are in the folder. */
async function play(scenarios: string, flags: readonly string[] = [], signal?: AbortSignal) {
  const folder = temporaryFolder()
  const at = (file: string): string => join(folder, file)
  writeFileSync(at('p.yml'), `${SHORT}baseline: file:${at('history.json')}\nscenarios:\n${scenarios}`)
  const files = ['--report-json', at('report.json'), '--verdict-json', at('v.json'), '--markdown', at('all.md')]
  const played = await playCommand(
    runCommand,
    ['--config', at('p.yml'), '--scenario', 'all', ...files, ...flags],
    SERVER,
    signal,
  )
  return { ...played, at, read: (file: string) => readFileSync(at(file), 'utf8') }
}

const TWO = '  chat: { output-tokens: 20 }\n  long: { output-tokens: 40, limits: "tpot-p50@1 <= 1ms" }\n'

test('all scenarios are measured in one run: what they cost is said before, and the worst at the end', async () => {
  const { code, lines, written, read } = await play(TWO, ['--append'])
  expect(code).toBe(1)
  const plan = lines.findIndex(({ text }) => text.startsWith('2 scenarios, one after the other: about'))
  expect(plan).toBe(0)
  expect(lines.slice(1, 3).map(({ text }) => text)).toEqual([
    expect.stringMatching(/^ {2}chat: 1 level × 1 pass/),
    expect.stringMatching(/^ {2}long: 1 level × 1 pass/),
  ])
  expect(written.slice(written.lastIndexOf('❌ 1 of 2 failed, first long: '))).toMatch(
    /^❌ 1 of 2 failed, first long: .*\n(?:.*\n)* {2}❌ long: .*\n(?:.*\n)* {2}ℹ️ chat: /,
  )
  const [chat, long] = ['v-chat.json', 'v-long.json'].map((file) => decodeVerdict(read(file)))
  expect([chat!.name, chat!.check, long!.name, long!.check]).toEqual(['chat', 'pass', 'long', 'fail'])
  expect(read('report-chat.json')).toContain('"name": "chat"')
  const comment = read('all.md')
  expect(comment).toMatch(/^### ❌ 1 of 2 failed, first long: /)
  expect(comment.match(/<summary>\S+ (chat|long)<\/summary>/g)).toHaveLength(2)
  expect(decodeHistory(read('history.json')).entries.map(({ row }) => row.series.name)).toEqual(['chat', 'long'])
})

test('a scenario that cannot be measured costs only itself', async () => {
  const { code, written, at, read } = await play(
    '  gone: { expect-version: v9, ready-timeout: 1s }\n  chat: { output-tokens: 20 }\n',
  )
  expect(code).toBe(3)
  expect(written).toContain('❌ 1 of 2 failed, first gone: ')
  expect(decodeVerdict(read('v-gone.json'))).toMatchObject({ verdict: 'not-measured', reasons: ['endpoint'] })
  expect(existsSync(at('report-gone.json'))).toBe(false)
  expect(decodeVerdict(read('v-chat.json')).verdict).toBe('no-baseline')
  expect(read('all.md')).toContain('v9')
})

test('a file that two scenarios would write is refused before anything is sent', async () => {
  const both = '  chat: { csv: one.csv }\n  long: { csv: ./one.csv }\n'
  await expect(play(both)).rejects.toThrow('csv: got "./one.csv"; is the file of two scenarios; give each its own')
})

test('a dry run shows the plan of all and the settings of each, and sends nothing', async () => {
  const { code, written, at } = await play(TWO, ['--dry-run'])
  expect(code).toBe(0)
  expect(written).toMatch(/^2 scenarios, one after the other: about .* requests, .* \(before preflight: assumes/)
  expect(written.match(/would measure http:\/\/127\.9\.9\.9:1/g)).toHaveLength(2)
  expect(written).toMatch(/\nlong\n[^]*\nlimits +tpot-p50@1 <= 1ms/)
  expect(existsSync(at('v-chat.json'))).toBe(false)
})

test('after an interrupt no further scenario is begun, and what was measured stands', async () => {
  const { code, written, read } = await play(TWO, [], AbortSignal.abort())
  expect(code).toBe(130)
  expect(written).not.toContain('scenario 2 of 2')
  expect(decodeVerdict(read('v-long.json')).verdict).toBe('cancelled')
})
