import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importRun } from '../../src/imports/import-run.ts'
import { joinResults } from '../../src/imports/join-results.ts'
import { encodeHistory } from '../../src/report/history-codec.ts'
import { buildRow } from '../../src/report/history-row.ts'
import type { History } from '../../src/report/history.ts'
import { aGuidellm, aGuidellmBenchmark, aResultFile } from '../imports/results.ts'
import { fakeGithub, runAction } from '../support/action.ts'
import { DOCUMENTED_PERMISSIONS } from '../support/fake-github/fixtures.ts'
import { plateau, reportIn, temporaryFolder } from '../support/cli.ts'
import { pullRequestEvent } from '../support/github-payloads.ts'
import { addHistory } from '../support/recorded-runs.ts'
import { anEntry } from '../support/verdict-builders.ts'

/** What guidellm wrote: every time takes so many times as long as usual. */
function aResult(slowdown = 1): string {
  const benchmark = aGuidellmBenchmark(4)
  const { metrics } = benchmark
  const slower = (name: keyof typeof metrics, factor: number) => {
    const { successful } = metrics[name] as { readonly successful: { readonly median: number; readonly mean: number } }
    return { successful: { ...successful, median: successful.median * factor, mean: successful.mean * factor } }
  }
  const changed = {
    ...metrics,
    time_to_first_token_ms: slower('time_to_first_token_ms', slowdown),
    time_per_output_token_ms: slower('time_per_output_token_ms', slowdown),
    output_tokens_per_second: slower('output_tokens_per_second', 1 / slowdown),
  }
  return JSON.stringify(aGuidellm([{ ...benchmark, metrics: changed }]))
}

/** Eight recorded runs of guidellm, a day apart, that differ by a percent or two. */
function recordedImports(name: string): History {
  const entries = Array.from({ length: 8 }, (_, i) => {
    const joined = joinResults([aResultFile(aResult(1 + 0.01 * Math.sin(i * 5)))], { concurrency: 'auto', rate: null })
    if (!('levels' in joined)) throw new Error('not joined')
    const settings = { name, endpointLabel: name, model: null, throughputWithin: null, pricePerHour: null }
    const row = buildRow(importRun(joined, settings))
    // At the hour of the run that is judged, which its file states: hours are told apart.
    const startedAt = new Date(Date.parse(row.startedAt) - (9 - i) * 86_400_000).toISOString()
    return anEntry({ row: { ...row, startedAt }, source: { ...anEntry().source, runId: String(100 + i) } })
  })
  return { schema: 'plateau/history@1', entries }
}

test('the command gates what a load tool wrote: red when it is slower, recorded all the same, and nothing is sent', async () => {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'results'))
  writeFileSync(join(cwd, 'results', 'benchmarks.json'), aResult(1.3))
  writeFileSync(join(cwd, 'history.json'), encodeHistory(recordedImports('nightly')))
  const args = '--name nightly --baseline file:history.json --append --report-json report.json'.split(' ')
  const { code, stdout, stderr } = await plateau(['import', 'results/*.json', ...args], { cwd })
  expect(code, stdout + stderr).toBe(1)
  expect(stdout).toMatch(/TTFT \+\d+ %/)
  expect(stdout).toMatch(/Measured by guidellm 0\.8\.1, not by Plateau/)
  expect(stderr).toMatch(/judging what guidellm measured: results[/\\]benchmarks\.json/)
  expect(reportIn(join(cwd, 'report.json')).levels[0]).toMatchObject({ concurrency: 4, requests: { ok: 200 } })
  const { entries } = JSON.parse(readFileSync(join(cwd, 'history.json'), 'utf8')) as History
  expect(entries).toHaveLength(9)
  expect(entries[8]!.row.series.source).toEqual({ tool: 'guidellm', ttft: 'token-after-send', tpot: 'with-first' })

  expect(stderr).toMatch(/^added to the history of \S+ as local-/m)

  const again = await plateau(['import', 'results/*.json', ...args], { cwd })
  expect(again.code, 'it is not compared with itself').toBe(1)
  expect(again.stderr).toMatch(/^the history of \S+ has this run already, as local-\S+: it counts once$/m)
  expect(again.stderr).not.toContain('added to the history')
  expect(again.stdout).toContain('the candidate itself is among the runs and was left out')
})

test('the action gates what an earlier step measured: without endpoint and key, with history, comment, artifact and exit code', async () => {
  const github = await fakeGithub()
  addHistory(github, recordedImports('llama-8b').entries)
  const event = pullRequestEvent(github, github.addPull())
  const step = { github, event, inputs: { name: 'llama-8b', results: 'results/*.json', 'check-run': 'true' } }
  const token = github.token({ ...DOCUMENTED_PERMISSIONS, checks: 'write' })
  const ended = await runAction({ ...step, token, files: { 'results/benchmarks.json': aResult(1.3) } })
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs).toMatchObject({ verdict: 'regressed', 'baseline-runs': '8' })
  expect(github.state.comments[0]!.body).toMatch(/TTFT \+\d+.%/)
  expect(github.state.comments[0]!.body).toMatch(/Measured by guidellm 0\\\.8\\\.1, not by Plateau/)
  expect(github.artifactsOf(ended.run).map(({ name }) => name)).toEqual(['plateau-llama-8b'])
  expect(github.state.checkRuns).toMatchObject([
    {
      name: 'Plateau: llama-8b',
      headSha: event.run.sha,
      conclusion: 'failure',
      detailsUrl: expect.stringMatching(/actions.runs/),
    },
  ])
  const [{ title, summary }] = github.state.checkRuns as [(typeof github.state.checkRuns)[number]]
  expect(title).toMatch(/^❌ llama-8b: TPOT \+\d+ %/)
  expect(github.state.comments[0]!.body).toContain(summary.trim())
})
