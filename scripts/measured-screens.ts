import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoCommand } from '../src/commands/demo/demo.ts'
import { runCommand } from '../src/commands/run.ts'
import { decodeHistory } from '../src/report/history-codec.ts'
import type { HistoryEntry } from '../src/report/history.ts'
import { playCommand } from '../test/support/virtual/play.ts'
import { serverOf } from '../test/support/virtual/servers.ts'
import { virtualSystem } from '../test/support/virtual/system.ts'

/** What the pictures in docs/ show: measured by the command on the simulated endpoint, in virtual time, so that it comes out the same on any machine. */

/** What the slower candidate of the demo gets: the comment, the page, and the curve as a file. */
export async function measureRed(): Promise<{
  readonly comment: string
  readonly page: string
  readonly curve: string
}> {
  const { written } = await playCommand(demoCommand, ['--keep'], serverOf([]))
  const folder = /^Files: (\S+)/m.exec(written)![1]!
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  try {
    return { comment: read('comment.md'), page: read('report.html'), curve: read('curve.svg') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs of main, one a day: decoding becomes slower and is repaired, and later a wanted change comes. */
const DAYS = 36
const decodeMsAt = (day: number): number => (day >= 12 && day < 18 ? 12 : day >= 27 ? 11.5 : 10)

/** The recorded runs of these days. Their dates and commits are given, their figures measured. */
export async function measureMonths(): Promise<readonly HistoryEntry[]> {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-months-'))
  const history = join(folder, 'history.json')
  try {
    for (let day = 0; day < DAYS; day++) {
      const at = new Date(Date.parse('2026-09-01T04:00:00Z') + 86_400_000 * day)
      const flags = `--slots 8 --decode ${decodeMsAt(day)}ms --run-spread 1.5% --jitter 3% --run-seed day-${day}`
      const server = serverOf(flags.split(' '))
      const machine = { ...virtualSystem(server, 'github-hosted'), wallClock: () => at }
      const asked = `--endpoint http://127.9.9.9:1 --name simulated --concurrency 1,4,8,16 --passes 2 --input-tokens 128 --output-tokens 32 --level-duration 4s --soak off --baseline file:${history} --append`
      const env = {
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'acme/inference',
        GITHUB_RUN_ID: String(19_512_345_000 + day),
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_SHA: `c0ffee${(day + 10).toString(16)}`.padEnd(40, '0'),
        GITHUB_REF_NAME: 'main',
        GITHUB_EVENT_NAME: 'push',
      }
      await playCommand(runCommand, asked.split(' '), server, undefined, { machine, env })
    }
    return decodeHistory(readFileSync(history, 'utf8')).entries
  } finally {
    rmSync(folder, { recursive: true })
  }
}
