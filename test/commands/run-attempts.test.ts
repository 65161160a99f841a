import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { endpoint, historyText, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'

/** The command in a job of a workflow: one attempt at it, which joins the history in this folder or not. */
async function tryJob(folder: string, attempt: number, slowdown: string, flags: readonly string[] = []) {
  const { 'api-key': key, ...inputs } = SHORT_INPUTS
  const given = Object.entries(inputs).flatMap(([name, text]) => [`--${name}`, text])
  const ended = await callHere(
    ['run', '--endpoint', endpoint('--slowdown', slowdown), '--baseline', 'file:history.json', ...given, ...flags],
    { cwd: folder, env: { PLATEAU_API_KEY: key!, GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: String(attempt) } },
  )
  return { ...ended, said: (ended.stdout + ended.stderr).replaceAll(/\s+/g, ' ') }
}

function aFolder(): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'history.json'), historyText(recordedRuns({ runs: 12 })))
  return folder
}

test('attempts that join a history count together, and none is compared with', async () => {
  const folder = aFolder()
  expect((await tryJob(folder, 1, '2', ['--append'])).code).toBe(1)
  const again = await tryJob(folder, 2, '1', ['--append'])
  expect(again.code, again.said).toBe(0)
  expect(again.said).toContain('Counted together with the attempt before (regressed)')
  expect(again.said).toContain('12 runs')
  expect(decodeHistory(readFileSync(join(folder, 'history.json'), 'utf8')).entries).toHaveLength(14)
})

test('where nothing is known of the attempts before, that is said', async () => {
  const again = await tryJob(aFolder(), 2, '1')
  expect(again.code, again.said).toBe(0)
  expect(again.said).toContain('this one is judged alone, and a re-run until green would let a slowdown pass')
  expect((await tryJob(aFolder(), 1, '1')).said).not.toContain('judged alone')
})
