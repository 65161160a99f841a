import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HISTORY_KIND, readStored, REPORT_KIND, VERDICT_KIND } from '../../../src/commands/recorded/stored.ts'
import type { StoredKind } from '../../../src/commands/recorded/stored.ts'
import { encodeHistory } from '../../../src/report/history-codec.ts'
import { encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { encodeVerdict } from '../../../src/report/verdict-codec.ts'
import { aGuidellm, AIPERF_CSV } from '../../imports/results.ts'
import { aReport } from '../../support/builders.ts'
import { temporaryFolder } from '../../support/cli.ts'
import { anEntry, aVerdict } from '../../support/verdict-builders.ts'

const REPORT = encodeRunReport(aReport())
const HISTORY = encodeHistory({ schema: 'plateau/history@1', entries: [anEntry()] })
const VERDICT = encodeVerdict(aVerdict())

/** What is said of a file with this content. */
function said(content: string | Uint8Array, kind: StoredKind<unknown> = REPORT_KIND) {
  const path = join(temporaryFolder(), 'file.json')
  writeFileSync(path, content)
  return readStored(kind, path, 'candidate')
}

test('what this program wrote is read back', () => {
  expect(said(REPORT).value).toEqual(JSON.parse(REPORT))
  expect(said(HISTORY, HISTORY_KIND).value).toEqual(JSON.parse(HISTORY))
  expect(said(VERDICT, VERDICT_KIND).value).toEqual(JSON.parse(VERDICT))
})

test('a byte order mark is no part of a file', () => {
  expect(said(`\ufeff${REPORT}`).value).toEqual(JSON.parse(REPORT))
  expect(said(`\ufeff${HISTORY}`, HISTORY_KIND).value).toEqual(JSON.parse(HISTORY))
})

test('a device is not opened', () => {
  expect(readStored(REPORT_KIND, '/dev/zero', 'file').problem?.message).toBe('is a device or a pipe; name a file')
})

test.each<[string, string | Uint8Array, RegExp]>([
  ['nothing', '', /^is not a run report: it is empty$/],
  ['prose', 'hello', /^is not a run report: it is not a JSON object with a "schema"$/],
  ['half a report', REPORT.slice(0, 500), /it is not a JSON object with a "schema"$/],
  ['an array', '[]', /it is not a JSON object with a "schema"$/],
  ['null', 'null', /it is not a JSON object with a "schema"$/],
  ['a zip', Buffer.from('PK\u0003\u0004rest'), /it is a zip; unpack it, or fetch the workflow run with --run$/],
  ['bytes', Buffer.from([0, 1, 2, 255, 254]), /it is binary$/],
  ['a history', HISTORY, /^is not a run report; it is a history: "plateau compare" takes it as --history/],
  ['a verdict', VERDICT, /^is not a run report; it is a verdict: "plateau report" takes it as --verdict$/],
  ['another program’s file', '{"schema": "other/thing@3"}', /it has the schema "other\/thing@3"$/],
  [
    'a newer version',
    REPORT.replace('run-report@1', 'run-report@2'),
    /version 2 of the format, and plateau .* update plateau$/,
  ],
  [
    'a report with a hole',
    REPORT.replace('"levels"', '"lvls"'),
    /^is not a run report that can be read: plan\.levels: /,
  ],
  ['a trap', REPORT.replace('"tool"', '"__proto__": {}, "tool"'), /__proto__/],
])('%s is refused in one sentence', (_, content, message) => {
  const { value, problem } = said(content)
  expect(value).toBeNull()
  expect(problem).toMatchObject({ setting: 'candidate', message: expect.stringMatching(message) })
  expect(problem!.message).not.toContain('\n')
})

test('a history is read by the rules of histories', () => {
  const { problem } = said(HISTORY.replace('"2026-11-21T04:00:00.000Z"', '"yesterday"'), HISTORY_KIND)
  expect(problem?.message).toMatch(/^is not a history that can be read: entries\[0\]\.row\.startedAt: /)
})

test('a file that is not there, or a folder, is told as such', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'inner'))
  expect(readStored(REPORT_KIND, join(folder, 'inner'), 'file').problem?.message).toBe(
    'is a folder; name the file in it',
  )
  expect(readStored(REPORT_KIND, join(folder, 'none'), 'file').problem?.message).toBe(
    'there is no such file; relative paths start in the current directory',
  )
})

test('what another load tool wrote is named, and leads to the command that reads it', () => {
  expect(said(JSON.stringify(aGuidellm())).problem?.message).toBe(
    'is not a run report: it holds results of guidellm (benchmarks.json), version 0.8.1; "plateau import FILE" judges them, and with --append records them',
  )
  expect(said(AIPERF_CSV, HISTORY_KIND).problem?.message).toMatch(/is not a history: .*profile_export_aiperf\.csv/)
})
