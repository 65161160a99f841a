import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { callHere } from '../support/call-here.ts'
import { plateau, plateauInTurn, reportIn, STEADY_RUN, temporaryFolder } from '../support/cli.ts'
import type { Call, Ended } from '../support/cli.ts'
import { aStoredHistory, aStoredRun, writeReport } from '../support/stored-runs.ts'
import { virtualServer } from '../support/virtual/servers.ts'

/** Calls that measure nothing, with what they end with: what else these commands do is tested without a process. */
const CALLS: readonly (readonly [code: number, line: string])[] = [
  [1, 'compare slower.json --history history.json --format markdown'],
  [3, 'compare same.json --run 1 --repository acme/serving --github-token token --github-api-url http://127.0.0.1:9'],
  [4, 'compare same.json --history history.json --gate release --tolerance 1% --format json'],
  [0, 'audit history.json'],
  [2, 'audit none.json'],
  [0, 'report slower.json'],
  [2, 'run --endpoint http://127.0.0.1:9 --passes 0 --concurency 4'],
  [0, 'history history.json'],
  [2, 'merge none.part'],
  [2, 'init --endpoint nowhere'],
  [0, 'doctor --help'],
  [0, 'completion bash'],
]

let calls: readonly Call[]
let ofBuilt: readonly Ended[]

beforeAll(async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'history.json'), aStoredHistory())
  writeReport(join(cwd, 'same.json'), aStoredRun(20, 1.002))
  writeReport(join(cwd, 'slower.json'), aStoredRun(21, 1.2))
  calls = CALLS.map(([, line]) => ({ args: line.split(' '), cwd }))
  ofBuilt = await plateauInTurn(calls)
})

test.each(CALLS.map(([code, line], i) => [code, line, i] as const))(
  'as the built command it ends with %i and writes what its source does: %s',
  async (code, _, i) => {
    const built = ofBuilt[i]!
    expect(built.code, built.stderr).toBe(code)
    expect(built).toEqual(await callHere(calls[i]!.args, { cwd: calls[i]!.cwd }))
  },
)

test('a run that the built command measures in virtual time ends with 1 and writes what its source does', async () => {
  const [cwd, other] = [temporaryFolder(), temporaryFolder()]
  const args = ['run', '--endpoint', virtualServer([]), '--concurrency', '1,2', '--passes', '2', ...STEADY_RUN]
  const broken = [...args, '--limits', 'tpot-p50@1 <= 1ms', '--report-json', 'report.json']
  const built = await plateau(broken, { cwd })
  expect(built.code, built.stderr).toBe(1)
  expect(built).toEqual(await callHere(broken, { cwd: other }))
  const [levels, same] = [cwd, other].map((folder) => reportIn(join(folder, 'report.json')).levels)
  expect(levels).toEqual(same)
})

test('more threads than the machine has cores are refused', async () => {
  const { code, stdout, stderr } = await plateau('run --endpoint http://127.0.0.1:9 --client-threads 1024'.split(' '))
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^client-threads: got "1024"; this machine has \d+ cores?, .*; give at most \d+, or auto\n$/)
})
