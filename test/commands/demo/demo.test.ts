import { expect, test } from 'vitest'
import { demoCommand } from '../../../src/commands/demo/demo.ts'
import { createOutput } from '../../../src/commands/output.ts'
import { serverOf } from '../../support/virtual/servers.ts'
import { virtualSystem } from '../../support/virtual/system.ts'
import type { VirtualServer } from '../../support/virtual/system.ts'

/** The demo on servers in virtual time; the client is too busy for those whose flags say so. */
async function tellDemo(isTooBusyFor: (flags: string) => boolean) {
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
    signal: new AbortController().signal,
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
