import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import { encodeVerdict } from '../../src/report/verdict-codec.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { aStoredHistory, aStoredRun, writeReport } from '../support/stored-runs.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

const REPORT = aStoredRun(20, 1, {
  limits: [{ limit: 'ttft-p50@1 <= 10ms', concurrency: 1, outcome: 'fail', value: 50, bound: 49, reason: null }],
})

let cwd: string

beforeEach(() => {
  cwd = temporaryFolder()
  writeReport(join(cwd, 'report.json'), REPORT)
  const verdict = aVerdict({ verdict: 'regressed', check: 'fail', reasons: ['tpot-p50'], comparisons: [aRegression()] })
  writeFileSync(join(cwd, 'verdict.json'), encodeVerdict(verdict))
  writeFileSync(join(cwd, 'verdict-of-other.json'), encodeVerdict({ ...verdict, name: 'llama-70b' }))
  writeFileSync(join(cwd, 'history.json'), aStoredHistory())
})

async function report(args: string) {
  return callHere(['report', ...args.split(' ').filter((word) => word !== '')], { cwd })
}

test('a stored report is shown as text, with its limits and the verdict that was given', async () => {
  const plain = await report('report.json')
  expect(plain).toMatchObject({ code: 0, stderr: '' })
  expect(plain.stdout).toMatch(/^staging · [^]*FAIL {2}ttft-p50@1 <= 10ms/)
  expect(plain.stdout).not.toContain('❌ llama-8b')
  const judged = await report('report.json --verdict verdict.json')
  expect(judged).toMatchObject({ code: 0, stderr: '' })
  expect(judged.stdout).toMatch(/^staging · [^]*❌ llama-8b: TPOT \+21 %/)
})

test('as Markdown, as a page and as JSON that can be read again', async () => {
  expect((await report('report.json --verdict verdict.json --format markdown')).stdout).toMatch(/^### ❌ /)
  expect((await report('report.json --format markdown')).stdout).toContain('No verdict was given')
  expect((await report('report.json --verdict verdict.json --format junit')).stdout).toMatch(
    /name="tpot-p50"><failure /,
  )
  expect((await report('report.json --format csv')).stdout).toMatch(/^name,startedAt,concurrency,pass,/)
  expect((await report('report.json --format openmetrics')).stdout).toMatch(/# EOF\n$/)
  expect((await report('report.json --verdict verdict.json --format svg')).stdout).toMatch(/^<svg xmlns=/)
  expect((await report('report.json --format html')).stdout).toMatch(/^<!doctype html>/i)
  const json = await report('report.json --format json')
  expect(decodeRunReport(json.stdout)).toEqual(decodeRunReport(encodeRunReport(REPORT)))
})

test.each([
  ['', /^file: is required: plateau report FILE$/m],
  ['report.json other.json', /^file: got "other\.json"; is one too many/],
  [
    'history.json --verdict report.json',
    /^file: got "history\.json"; is not a run report.*\nverdict: got "report\.json"; is not a verdict; it is a run report/,
  ],
  ['report.json --verdict verdict.json --format json', /^verdict: is JSON already/],
  [
    'report.json --verdict verdict-of-other.json',
    /^verdict: got "verdict-of-other\.json"; is about llama-70b, and the report about llama-8b; give both of one run$/m,
  ],
  [
    'report.json --format pdf',
    /^format: got "pdf"; must be one of text, markdown, json, html, svg, junit, csv, openmetrics$/m,
  ],
])('%s is refused with exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await report(args)
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})
