import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GateResult } from '../../src/gate.ts'
import { outputsOf } from '../../src/github/outputs.ts'
import { renderComment, renderReportJobComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { createRecordStore, unpackRecords } from '../../src/load/level/packed-records.ts'
import { renderText, renderTitle, renderVerdictText } from '../../src/render/text.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { encodeHistory, historyRowSchema } from '../../src/report/history-codec.ts'
import { encodeLooks } from '../../src/report/looks.ts'
import { encodeRecords, encodeRunReport, runReportSchema } from '../../src/report/run-report-codec.ts'
import { encodeVerdict, verdictSchema } from '../../src/report/verdict-codec.ts'
import { encodeShard } from '../../src/shell/measure-shards.ts'
import { redactResult, redactVerdict, redactTexts } from '../../src/shell/redact-result.ts'
import { createRedactor } from '../../src/shell/redact.ts'
import { escapeForHtml, escapeForMarkdown } from '../../src/text.ts'
import { aHeader, aPartLevel, aShare } from '../shards/parts.ts'
import { aRecord, listFacts } from '../support/builders.ts'
import { fullHistory, fullReport, fullVerdict } from '../support/full-results.ts'
import { SITUATIONS } from '../support/situations.ts'

const SIGNS = Array.from('abXYZ01&<>"\'|*_`\\/+=%$#@!:;,.~[]{}()-')

/** Keys with every sign that some form of showing escapes, wraps or cuts. */
const KEYS = fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 12, maxLength: 60 }).map((text) => `sk${text}9k`)

/** Forms in which a server may echo a key. */
const FORMS: readonly ((key: string) => string)[] = [
  (key) => key,
  encodeURIComponent,
  (key) => encodeURIComponent(key).replace(/%../g, (code) => code.toLowerCase()),
  (key) => Buffer.from(key).toString('base64'),
  (key) => Buffer.from(key).toString('base64url'),
  (key) => Buffer.from(key).toString('hex'),
  (key) => JSON.stringify(key).slice(1, -1),
  (key) => JSON.stringify(JSON.stringify(key)).slice(1, -1),
  (key) => escapeForHtml(key, Infinity),
  (key) => escapeForHtml(key, Infinity).replaceAll('&#39;', '&#x27;'),
  (key) => escapeForMarkdown(key, Infinity),
]

/** Everything that is made of a result, by what it is. */
function everythingMadeOf({ report, verdict, looks, records, rows }: GateResult): Readonly<Record<string, string>> {
  const surroundings = {
    links: { run: null, artifact: null },
    repository: null,
    settingsNote: null,
    notes: [],
    attempt: 1,
  }
  const input = { ...surroundings, report, verdict }
  const [entry] = fullHistory().entries
  return {
    text: renderText(report),
    'coloured text': renderText(report, { colour: true }),
    'the verdict as text': renderVerdictText(verdict),
    title: renderTitle(verdict),
    comment: renderComment(input),
    'the comment of a report job': renderReportJobComment([input, { ...input, verdict: { ...verdict, name: 'b' } }]),
    page: renderPage({ report, verdict }),
    'report.json': encodeRunReport(report),
    'verdict.json': encodeVerdict(verdict),
    'history.json': encodeHistory({ schema: 'plateau/history@1', entries: rows.map((row) => ({ ...entry!, row })) }),
    'looks.json': encodeLooks(looks),
    'records.jsonl': [...encodeRecords(records)].join(''),
    outputs: JSON.stringify(outputsOf(verdict, report)),
  }
}

/** A text as if nothing had been escaped, wrapped or laid out. */
function flatten(text: string): string {
  let flat = text
  // Twice, for what was escaped twice.
  for (let i = 0; i < 2; i++) {
    flat = flat
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replace(/&#(?:39|x27);/g, "'")
      .replaceAll('&amp;', '&')
  }
  return flat.replace(/\\u200b/g, '').replace(/[\s\\\u200b]/g, '')
}

/** A result in which every text from outside holds `secret`; which those are `redact-result.test.ts` lists. */
function aResult(secret: string): GateResult {
  const plant = (text: string): string => `${text} ${secret}`
  const report = redactTexts(fullReport(), runReportSchema, plant)
  const row = redactTexts(buildRow(fullReport()), historyRowSchema, plant)
  return {
    report,
    controls: [report],
    reports: [report],
    rows: [row],
    looks: {
      candidates: [row],
      controls: [row],
      controlTroubles: [plant('it ended')],
      sessions: { fresh: true, most: 4 },
      secondLook: { row, control: row },
      limits: [],
    },
    records: [aRecord({ servedModel: `model ${secret}`, finishReason: secret, requestId: secret })],
    verdict: redactTexts(fullVerdict(), verdictSchema, plant),
    baseline: null,
    error: null,
    cancelled: false,
  }
}

test('a key that a server echoes, in any form, stands in nothing that is made of a result', () => {
  fc.assert(
    fc.property(KEYS, fc.constantFrom(...FORMS), (key, form) => {
      const { hide, redact } = createRedactor()
      hide(key)
      const echoed = aResult(form(key))
      // It would stand there: the test sees it.
      expect(flatten(renderText(echoed.report))).toContain(flatten(form(key)).slice(0, 8))
      const forms = FORMS.map((each) => flatten(each(key)))
      for (const [what, text] of Object.entries(everythingMadeOf(redactResult(echoed, redact)))) {
        const flat = flatten(text)
        for (const each of forms) expect(flat, what).not.toContain(each)
      }
    }),
    { numRuns: 40 },
  )
})

test('in every situation a comment holds no key, in whatever text of it it stood', () => {
  const key = 'sk-|9f8e`7d6c"5b4a&<39>281706='
  const { hide, redact } = createRedactor()
  hide(key)
  for (const [situation, input] of Object.entries(SITUATIONS)) {
    const verdict = redactTexts(input.verdict, verdictSchema, (text) => `${text} ${key}`)
    const comment = renderComment({ ...input, verdict: redactVerdict(verdict, redact) })
    expect(flatten(comment), situation).not.toContain(flatten(key))
  }
})

test('records keep every other fact when their texts are cleaned, also as a run holds them: packed', () => {
  const store = createRecordStore()
  store.add(aRecord({ servedModel: 'model sk-secret', outputTokens: 16, ttftMs: 12.5, outcome: 'ok' }))
  const records = unpackRecords(store.pack())
  const cleaned = redactResult({ ...aResult(''), records }, (text) => text.replaceAll('sk-secret', '***'))
  expect([...cleaned.records].map(listFacts)).toEqual([
    listFacts(aRecord({ servedModel: 'model ***', outputTokens: 16, ttftMs: 12.5, outcome: 'ok' })),
  ])
})

test('the part of a shard holds no key that a server echoed, in the names or ids of its records either', () => {
  const record = aRecord({ servedModel: 'model sk-secret', serverRequestId: 'for-sk-secret' })
  const levels = [aPartLevel([aShare([record])])]
  const encoded = encodeShard({ header: aHeader(), levels }, (text) => text.replaceAll('sk-secret', '***'))
  const bytes = Buffer.concat(Array.from(encoded, (piece) => Buffer.from(piece)))
  expect(bytes.includes('model ***')).toBe(true)
  expect(bytes.includes('for-***')).toBe(true)
  expect(bytes.includes('sk-secret')).toBe(false)
})
