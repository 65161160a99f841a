import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { plateau, reportIn, start } from '../support/cli.ts'

/** The folder that the demo names. */
function folderIn(stdout: string): string {
  return /^Files: (\S+) /m.exec(stdout)![1]!
}

test('the demo records, passes what is unchanged, fails what is slower, and shows the comment', async () => {
  const { code, stdout, stderr } = await plateau(['demo', '--keep'], { system: 'virtual servers' })
  const folder = folderIn(stdout)
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
  expect(readFileSync(join(folder, 'comment.md'), 'utf8')).toMatch(/^### ❌ demo: /)
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<h2>The curve</h2>')
  expect(readFileSync(join(folder, 'curve.svg'), 'utf8')).toMatch(/^<svg xmlns=/)
})

test('a demo that is interrupted ends with 130 and leaves nothing behind', async () => {
  const running = start(['demo'])
  let stdout = ''
  running.child.stdout!.on('data', (text: string) => (stdout += text))
  await running.wrote(/run 1: /)
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect(existsSync(folderIn(stdout))).toBe(false)
})
