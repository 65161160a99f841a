/**
 * Whole comparisons, end to end: the committed command against the simulated endpoint, which starts anew for each run
 * with a speed of its own. Unchanged candidates must not be red more often than promised; slower ones must be.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeVerdict } from '../src/report/verdict-codec.ts'
import type { Verdict } from '../src/report/verdict.ts'
import { report } from './support/result.ts'
import { CLI, startSimulate } from './support/simulate.ts'

const SPREAD = '3%'
const SERVER = '--slots 6 --overhead 20ms --prefill-per-1000-tokens 60ms --decode 6ms --decode-per-sequence 0.6ms'
const RUN =
  '--name comparisons --auth none --input-tokens 128 --output-tokens 24 --concurrency 1,4,8 --passes 2 ' +
  '--level-duration 1s --soak off --pause 0s --format text'
const HISTORY = 12
const UNCHANGED = Number(process.env['COMPARISONS'] ?? 100)
const SLOWER = Math.ceil(UNCHANGED / 5)

const folder = mkdtempSync(join(tmpdir(), 'plateau-comparisons-'))
try {
  for (let i = 0; i < HISTORY; i++) await compare(`main-${i}`, [], ['--append'])
  const unchanged = await repeat(UNCHANGED, (i) => compare(`unchanged-${i}`, [], []))
  const slower = await repeat(SLOWER, (i) => compare(`slower-${i}`, ['--slowdown', 'tpot=1.25'], []))
  console.log(`unchanged: ${tally(unchanged)}\nTPOT +25 %: ${tally(slower)}\n`)
  report(`${UNCHANGED} whole comparisons of identical code, run-to-run spread ${SPREAD}, ${HISTORY} recorded runs`, [
    { what: 'red or not measured, unchanged', value: unchanged.filter(isAlarm).length, unit: 'runs', atMost: 4 },
    {
      what: 'not red, TPOT +25 %',
      value: slower.filter((verdict) => verdict.verdict !== 'regressed').length,
      unit: 'runs',
      atMost: Math.ceil(SLOWER / 4),
    },
  ])
} finally {
  rmSync(folder, { recursive: true })
}

function isAlarm({ verdict }: Verdict): boolean {
  return verdict === 'regressed' || verdict === 'not-measured'
}

function tally(verdicts: readonly Verdict[]): string {
  const counts = Map.groupBy(verdicts, ({ verdict }) => verdict)
  return [...counts].map(([word, { length }]) => `${length} ${word}`).join(', ')
}

async function repeat<T>(times: number, run: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < times; i++) results.push(await run(i))
  return results
}

/** One run of the command against a simulator of its own, compared with the history in the folder. */
async function compare(id: string, server: readonly string[], flags: readonly string[]): Promise<Verdict> {
  const endpoint = await startSimulate([...SERVER.split(' '), '--run-spread', SPREAD, '--run-seed', id, ...server])
  const verdict = join(folder, `${id}.json`)
  try {
    const command = spawn(
      process.execPath,
      [
        CLI,
        'run',
        '--endpoint',
        endpoint.url,
        ...RUN.split(' '),
        '--baseline',
        `file:${join(folder, 'history.json')}`,
        '--verdict-json',
        verdict,
        ...flags,
      ],
      { stdio: 'ignore', env: { ...process.env, GITHUB_RUN_ID: id } },
    )
    await new Promise((resolve) => command.on('close', resolve))
    return decodeVerdict(readFileSync(verdict, 'utf8'))
  } finally {
    endpoint.stop()
  }
}
