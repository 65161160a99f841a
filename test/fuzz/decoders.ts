import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { SettingsError } from '../../src/errors.ts'
import { readEdition, addMarker, markerOf, readRedFigures } from '../../src/github/pull-request/comment.ts'
import { readPrometheus, readServerMetrics } from '../../src/protocol/server-metrics.ts'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderText, renderVerdictText } from '../../src/render/text.ts'
import { decodeHistory, encodeHistory, HistoryError } from '../../src/report/history-codec.ts'
import { mergeHistories } from '../../src/report/history.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { decodeRunReport, encodeRunReport, ReportError } from '../../src/report/run-report-codec.ts'
import { decodeVerdict, encodeVerdict, VerdictError } from '../../src/report/verdict-codec.ts'
import { encodeCanonically } from '../../src/report/series.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { readConfigFile } from '../../src/settings/reading/config-file.ts'
import { parsePromptsFile } from '../../src/settings/prompts-file/prompts-file.ts'
import { GATED_METRICS } from '../../src/vocabulary/metrics.ts'
import { fullHistory, fullReport, fullVerdict } from '../support/full-results.ts'
import { anEdition } from '../github/editions.ts'
import { SITUATIONS } from '../support/situations.ts'
import { mutated, mutatedJson } from './mutate.ts'
import { expectReadable, property, valueOrRefusal } from './property.ts'
import type { Property } from './property.ts'

/** What was read is what is written again, and nothing of it reaches a prototype. */
function expectSameAgain<Value>(
  text: string,
  value: Value,
  encode: (value: Value) => string,
  decode: (text: string) => Value,
): void {
  // JSON knows no −0.
  assert.deepEqual(decode(encode(value)), JSON.parse(JSON.stringify(value)), text)
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
}

const SURROUNDINGS = {
  links: { run: null, artifact: null },
  repository: null,
  settingsNote: null,
  notes: [],
  attempt: 1,
}

const REPORT_TEXT = mutatedJson([
  fullReport(),
  ...Object.values(SITUATIONS)
    .slice(0, 4)
    .map(({ report }) => report),
])
const VERDICT_TEXT = mutatedJson([fullVerdict(), ...Object.values(SITUATIONS).map(({ verdict }) => verdict)])
const HISTORY_TEXT = mutatedJson([fullHistory()])

const PAGES = [
  '# HELP vllm:num_requests_running x\n# TYPE vllm:num_requests_running gauge\n' +
    'vllm:num_requests_running{engine="0",model_name="a\\"b\\\\c\\nd"} 3.0 1700000000\nvllm:num_requests_waiting{} 0\n' +
    'vllm:time_to_first_token_seconds_sum{model_name="m"} 1.5e+01\nvllm:time_to_first_token_seconds_count{model_name="m"} 12 # {a="b"} 1\n' +
    'vllm:kv_cache_usage_perc{engine="0"} NaN\nvllm:prefix_cache_queries_total +Inf\n',
  'sglang:num_running_reqs{tp_rank="0",priority=""} 2\r\nsglang:num_running_reqs{tp_rank="1"} 2\r\nsglang:token_usage 0.25\r\n',
  'llamacpp:requests_processing 1\nllamacpp:tokens_predicted_total 9\nllamacpp:tokens_predicted_seconds_total 0.5\n',
]

const CONFIGS = [
  'endpoint: http://127.0.0.1:8000\nconcurrency: [1, 2, 4]\nlimits:\n  - ttft-p90@8 <= 800ms\n  - error-rate <= 1%\nextra-body:\n  top_p: 0.5\n  stop: [a]\n',
  'defaults: &d\n  passes: 2\nscenarios:\n  a:\n    <<: *d\n    name: a\n    level-duration: 8s\n  b:\n    accept:\n      - {metric: tpot-p50, at: +18%, since: 2026-11-20, why: larger}\n',
  '{"endpoint": "http://h:1", "tolerance": {"ttft-p50": "10%"}, "concurrency": "auto", "seed": 010, "passes": 0x10}\n',
  "model: 'a''b'\nheaders: |\n  X-A: 1\n  X-B: 2\nname: \"\\u0041\"\n--- \n...\n",
]

const MARKED = [
  addMarker(
    markerOf('llama'),
    { llama: { 'tpot-p50': 0.18, 'plateau-throughput': 0.07 }, 'b-2': { 'ttft-p50': 1e-3 } },
    anEdition(),
    'The body',
  ),
  addMarker(markerOf('llama'), {}, anEdition(), `${markerOf('other')} quoted`),
]

const PROMPTS = [
  '{"prompt":"a","max_tokens":12}\n{"prompt":"é"}\r\n\n',
  '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}]}]}\n',
  '\uFEFF{"input":["a","b"]}\n{"input":"c"}\n',
  '[{"id":"1","conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"}]},{"conversations":[]}]',
  '{"custom_id":"1","url":"/v1","body":{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function"}]}}\n',
  'id,prompt,max_tokens\r\n1,"a, ""b""\nc",7\r\n2,d,\r\n',
  'prompt;n\na;1\n',
  'Why?\n\n How?\n',
  '{\n "data": [{"instruction":"a","input":"b"}, {"turns":["a"]}]\n}',
]

export const DECODER_PROPERTIES: readonly Property[] = [
  property(
    'decoders',
    'a report is refused with its path, or read, shown and written again',
    REPORT_TEXT,
    (text) => {
      const report = valueOrRefusal(() => decodeRunReport(text), ReportError)
      if (report === undefined) return
      expectSameAgain(text, report, encodeRunReport, decodeRunReport)
      renderText(report, { colour: true })
      renderPage({ report, verdict: null })
      const entries = [{ ...fullHistory().entries[0]!, row: buildRow(report) }]
      valueOrRefusal(() => encodeHistory({ schema: 'plateau/history@1', entries }), HistoryError)
    },
    6,
  ),
  property(
    'decoders',
    'a verdict is refused with its path, or read, shown and written again',
    VERDICT_TEXT,
    (text) => {
      const verdict = valueOrRefusal(() => decodeVerdict(text), VerdictError)
      if (verdict === undefined) return
      expectSameAgain(text, verdict, encodeVerdict, decodeVerdict)
      renderVerdictText(verdict)
      const report = fullReport()
      assert.ok(renderComment({ ...SURROUNDINGS, report, verdict }).length <= 65_536)
      renderPage({ report, verdict })
    },
    6,
  ),
  property(
    'decoders',
    'a history is refused with its path, or read, merged and written again',
    HISTORY_TEXT,
    (text) => {
      const history = valueOrRefusal(() => decodeHistory(text), HistoryError)
      if (history === undefined) return
      expectSameAgain(text, history, encodeHistory, decodeHistory)
      const [one, other] = [
        [history, fullHistory()],
        [fullHistory(), history, history],
      ].map((histories) => encodeCanonically(mergeHistories(histories, 100)))
      assert.equal(one, other)
    },
    3,
  ),
  property('decoders', "a comment's hidden figures are ours or none", mutated(MARKED), (body) => {
    const figures = readRedFigures(markerOf('llama'), body)
    readEdition(body)
    if (!body.startsWith(markerOf('llama'))) assert.deepEqual(figures, {})
    for (const [name, metrics] of Object.entries(figures)) {
      assert.match(name, /^[a-z0-9-]{1,64}$/)
      for (const [metric, figure] of Object.entries(metrics)) {
        assert.ok(GATED_METRICS.some((known) => known === metric))
        assert.ok(figure > 0 && figure <= 1_000)
      }
    }
    const again = addMarker(markerOf('llama'), figures, anEdition(), 'x')
    assert.deepEqual(readRedFigures(markerOf('llama'), again), figures)
  }),
  property('decoders', 'a metrics page is read as figures that can be, or not at all', mutated(PAGES), (page) => {
    readPrometheus(page, new Set(['vllm:num_requests_running', 'sglang:num_running_reqs']))
    const { server, ...sample } = readServerMetrics(page) ?? { server: 'none' }
    expectReadable(server)
    for (const figure of Object.values(sample)) {
      const numbers: readonly unknown[] =
        typeof figure === 'object' && figure !== null ? Object.values(figure) : [figure]
      for (const number of numbers)
        assert.ok(number === null || (Number.isFinite(number) && Number(number) >= 0), String(number))
    }
  }),
  property(
    'decoders',
    'a config file gives texts, and problems that say where they are',
    fc.tuple(mutated(CONFIGS), fc.constantFrom(null, 'a', 'b', '__proto__'), fc.constantFrom('command', 'action')),
    ([text, scenario, entry]) => {
      const { given, problems } = readConfigFile(COMMAND_SETTINGS, { path: 'plateau.yml', text, scenario, entry })
      for (const { text } of given.values()) assert.equal(typeof text, 'string')
      if (problems.length > 0) expectReadable(new SettingsError(problems).message, problems.length)
      for (const { message } of problems) assert.match(message, /plateau\.yml|scenario/)
    },
    4,
  ),
  property('decoders', 'a prompts file gives prompts, or the lines that are wrong', mutated(PROMPTS), (text) => {
    const { file, problems } = parsePromptsFile(text)
    parsePromptsFile(text, 'a.0.prompt')
    assert.ok(file === null ? problems.length > 0 : file.prompts.length > 0 && problems.length === 0)
    if (problems.length > 0) expectReadable(new SettingsError(problems).message, problems.length)
  }),
]
