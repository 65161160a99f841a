import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { artifactOf, entriesOf, fakeGithub, runAction } from '../support/action.ts'
import { pushEvent } from '../support/github-payloads.ts'
import { endpoint, SHORT_INPUTS } from '../support/recorded-runs.ts'

test('the first push of a repository measures, records and is green', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  const inputs = { ...SHORT_INPUTS, concurrency: '1, 2', endpoint: url }
  const ended = await runAction({ github, event: pushEvent(github), inputs })
  expect(ended.code, ended.log).toBe(0)
  expect(ended.outputs).toMatchObject({ verdict: 'no-baseline', 'baseline-runs': '0', regressions: '[]' })
  expect(Number(ended.outputs['tpot-p50-ms'])).toBeGreaterThan(9)
  expect(ended.log).toMatch(/^2 levels × 2 passes, about \d+ s, .* \(without preflight: assumes answers of 1 s\)$/m)
  expect(ended.log.match(/^\d of 4, level \d: /gm)).toHaveLength(4)
  expect(ended.summary).toContain('**Nothing to compare yet.**')
  expect(github.state.comments).toEqual([])
  expect(entriesOf(github, ended)).toMatchObject([
    {
      row: { series: { name: 'llama-8b' }, levels: [{ concurrency: 1 }, { concurrency: 2 }] },
      source: {
        sha: ended.run.headSha,
        ref: 'main',
        runId: String(ended.run.id),
        attempt: 1,
        event: 'push',
      },
      verdict: 'no-baseline',
    },
  ])
  const files = artifactOf(github, ended, 'plateau-llama-8b')
  const report = decodeRunReport(files['report.json']!)
  expect(report.levels.map(({ concurrency }) => concurrency)).toEqual([1, 2])
  expect(decodeVerdict(files['verdict.json']!).verdict).toBe('no-baseline')
  expect(files['report.html']).toContain('<html')
  expect(decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))).toEqual(report)
  expect(ended.outputs['artifact-url']).toMatch(/\/actions\/runs\/\d+\/artifacts\/\d+$/)
})
