import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { demoCommand } from '../../../src/commands/demo/demo.ts'
import { createOutput } from '../../../src/commands/output.ts'
import { decodeHistory } from '../../../src/report/history-codec.ts'
import { callHere } from '../../support/call-here.ts'
import { reportIn } from '../../support/cli.ts'
import { serverOf } from '../../support/virtual/servers.ts'
import { virtualSystem } from '../../support/virtual/system.ts'
import type { VirtualServer } from '../../support/virtual/system.ts'

test('the demo records, passes what is unchanged, fails what is slower, and shows the comment', async () => {
  const { code, stdout, stderr } = await callHere(['demo', '--keep'], { system: 'virtual servers' })
  const [, folder] = /^Files: (\S+) /m.exec(stdout) as unknown as [string, string]
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  expect(code, stdout + stderr).toBe(0)
  const headings = stdout.match(/^\d\. .*/gm)
  expect(headings).toEqual([
    expect.stringMatching(/^1\. main is measured \d times/),
    expect.stringMatching(/^2\. A pull request that changes nothing/),
    expect.stringMatching(/^3\. A pull request that makes decoding 30 % slower/),
    expect.stringMatching(/^4\. The comment/),
  ])
  expect(stdout).toMatch(/^ {3}exit code 0: the check passes\n[^]*^ {3}exit code 1: the check fails\n/m)
  expect(stdout).toMatch(/^### ❌ demo: .*TPOT/m)
  expect(stdout).toContain("The server's own formula says")
  expect(stdout).toContain('What this assumed: that runs spread by 2 % (expected-spread)')

  const history = decodeHistory(readFileSync(join(folder, 'history.json'), 'utf8'))
  expect(new Set(history.entries.map(({ source }) => source.runId)).size).toBe(history.entries.length)
  expect(reportIn(join(folder, 'slower.json')).series.key).toBe(history.entries[0]!.row.series.key)
  const comment = readFileSync(join(folder, 'comment.md'), 'utf8')
  expect(comment).toMatch(/^### ❌ demo: /)
  // A folder of this machine is nothing to whoever reads the comment.
  expect(comment.replaceAll('\\', '')).toContain('(file history.json)')
  expect(comment.replaceAll('\\', '')).not.toContain(folder)
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<h2>The curve</h2>')
  expect(readFileSync(join(folder, 'curve.svg'), 'utf8')).toMatch(/^<svg xmlns=/)
})

/** The demo on servers in virtual time; the client is too busy for those whose flags say so. */
async function tellDemo(isTooBusyFor: (flags: string) => boolean, signal = new AbortController().signal) {
  const written = { stdout: '', stderr: '' }
  let server: VirtualServer | null = null
  let isBusy = false
  const code = await demoCommand([], {
    env: {},
    output: createOutput(
      { write: (text) => (written.stdout += text) },
      { write: (text) => (written.stderr += text) },
      {},
    ),
    signal,
    system() {
      const system = virtualSystem(server!, 'local')
      const read = () => ({ eventLoopUtilization: isBusy ? 0.9 : 0.1, delayP90Ms: 0, delayP99Ms: 0 })
      return { ...system, health: () => ({ ...system.health(), read }) }
    },
    async startServer(flags) {
      server = serverOf(flags)
      isBusy = isTooBusyFor(flags.join(' '))
      return { url: 'http://127.9.9.9:1', stop: async () => {} }
    },
  })
  // Where a line ends is no part of what is said.
  return { code, ...written, words: written.stdout.replace(/\s+/g, ' ') }
}

const isQuick = (flags: string) => flags.includes('--decode 6ms')

test('a machine that is too busy for the quick server is told so, and the story on a slower one', async () => {
  const { code, words, stderr } = await tellDemo(isQuick)
  expect(code).toBe(0)
  expect(stderr).toContain('this machine was too busy to measure that well; once more')
  expect(words).toContain('run 1: this machine was too busy to measure concurrency 2, 8 and 16')
  expect(words).toContain('the story begins again, on a server that is 4 times slower')
  expect(words).toMatch(/exit code 0: the check passes[^]*exit code 1: the check fails[^]*What this assumed/)
})

test('one that gets busy in the middle is told so, too, and nothing of before is compared with', async () => {
  const { code, words } = await tellDemo((flags) => isQuick(flags) && flags.includes('unchanged'))
  expect(code).toBe(0)
  expect(words).toMatch(/run 4: .*[^]*the unchanged candidate came out as "not measured"[^]*begins again[^]*run 4: /)
  expect(words).toMatch(/begins again[^]*Compared with 4 runs[^]*exit code 1: the check fails/)
})

test('one that is too busy for both hears what happened and what it would have been, and ends with 3', async () => {
  const { code, words } = await tellDemo(() => true)
  expect(code).toBe(3)
  expect(words).toContain('this run could not measure the levels that show it')
  expect(words).toContain('The story did not go as told: the unchanged candidate came out as "not measured"')
  expect(words).toContain('With time for it, the unchanged candidate passes, and the slower one fails')
  expect(words).not.toContain('What this assumed')
})

test('nothing of what it writes is wider than a terminal, but for the tables and entries of the comment', async () => {
  const { code, stdout } = await tellDemo(() => false)
  expect(code).toBe(0)
  const wide = stdout
    .split('\n')
    .filter((line) => line.length > 80 && !/^(\||\s+- \{|Files: |Compared with)/.test(line))
  expect(wide).toEqual([])
})

test('one that is interrupted after a run tells no other, ends with 130 and leaves nothing behind', async () => {
  const interrupt = new AbortController()
  const { code, stdout } = await tellDemo((flags) => {
    if (flags.includes('main-2')) interrupt.abort()
    return false
  }, interrupt.signal)
  expect(code).toBe(130)
  expect(stdout).toContain('run 1: ')
  expect(stdout).not.toContain('run 2: ')
  expect(existsSync(/^Files: (\S+) /m.exec(stdout)![1]!)).toBe(false)
})
