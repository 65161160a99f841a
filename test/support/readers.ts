import { openOnlyEntry } from '../../src/baseline/zip.ts'
import { readRedFigures, markerOf } from '../../src/github/pull-request/comment.ts'
import { toSlug } from '../../src/settings/lists/history-settings.ts'
import { ACTION_SETTINGS, COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { readAcceptances } from '../../src/settings/values/acceptance.ts'
import { readHeaders } from '../../src/settings/values/headers-and-body.ts'
import { readLimit } from '../../src/settings/values/limits.ts'
import type { Setting } from '../../src/settings/setting.ts'
import { findNearest } from '../../src/settings/nearest.ts'
import { readConfigFile } from '../../src/settings/reading/config-file.ts'
import { showValue } from '../../src/settings/setting.ts'
import { parsePromptsFile } from '../../src/settings/prompts-file/prompts-file.ts'
import { findSecretsInBody, findSecretsInHeaders } from '../../src/settings/secrets.ts'
import { Scratch } from '../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../src/protocol/answer/stream-reader.ts'
import { readRetryAfter } from '../../src/protocol/answer-headers.ts'
import { findNamedField, readComplaint, readRefusal } from '../../src/protocol/refusal.ts'
import { readServerMetrics } from '../../src/protocol/server-metrics.ts'
import { placeUnderOpenAiBase, trimPath } from '../../src/protocol/apis/request.ts'
import { writeMarkdown } from '../../src/render/markdown.ts'
import { quoteCode, quoteProse } from '../../src/words/sentences.ts'
import { wrap } from '../../src/words/terminal.ts'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { createRedactor, defuseCommands } from '../../src/shell/redact.ts'
import { escapeForHtml, escapeForMarkdown, escapeForTerminal } from '../../src/text.ts'
import { ALL_APIS } from '../../src/vendors/apis.ts'
import { bytesOf } from '../protocol/streams.ts'
import { gatherAcceptances } from '../../src/github/pull-request/labels.ts'
import { aComparison } from './verdict-builders.ts'

/** What reads texts of others: for tests of how its work grows. */

const { hide, redact } = createRedactor()
hide('sk-live/9f8e7d6c+5b4a"39281706=')

/** Whatever meets a text of others, by name; that it refuses one does not matter here. */
export const TEXT_READERS: Readonly<Record<string, (text: string) => unknown>> = {
  barePath: (text) => trimPath(new URL(`http://host/${text}`)),
  underOpenAiBase: (text) => placeUnderOpenAiBase(new URL(`http://host/${text}`), '/x'),
  defuseCommands,
  escapeForHtml: (text) => escapeForHtml(text, Infinity),
  escapeForMarkdown: (text) => escapeForMarkdown(text, Infinity),
  escapeForTerminal: (text) => escapeForTerminal(text, Infinity),
  'code in Markdown': (text) => writeMarkdown(quoteCode(text, Infinity)),
  'prose in Markdown': (text) => writeMarkdown(quoteProse(text, Infinity)),
  'wrapped lines': (text) => wrap(text),
  redact,
  showValue,
  readComplaint: (text) => readComplaint(400, text),
  readRefusal,
  'named field': (text) => findNamedField(text, ['model', 'max_tokens']),
  readRetryAfter: (text) => readRetryAfter({ 'retry-after': text }, 0),
  'metrics page': (text) =>
    readServerMetrics(`vllm:num_requests_running{${text}\nvllm:num_requests_running ${text}\n${text}\n`),
  'secrets in headers': findSecretsInHeaders,
  'a label': (text) =>
    gatherAcceptances(
      [{ number: 1, labels: [{ name: `plateau-accept: ${text}`, by: text }], figures: {}, isMeasured: true }],
      'plateau-accept',
      {
        name: 'a',
        comparisons: [aComparison({ verdict: 'regressed' })],
      },
    ),
  limit: readLimit,
  accept: readAcceptances,
  headers: readHeaders,
}

const EVERY_SETTING = Object.values<Setting<unknown>>({ ...COMMAND_SETTINGS, ...ACTION_SETTINGS })

/** The same, and what reads whole documents, answers piece by piece, and every setting. */
export const READERS: typeof TEXT_READERS = {
  ...TEXT_READERS,
  'config file': (text) => readConfigFile(COMMAND_SETTINGS, { path: 'p.yml', text, scenario: null, entry: 'command' }),
  'value of a config file': (text) =>
    readConfigFile(COMMAND_SETTINGS, { path: 'p.yml', text: `model: ${text}`, scenario: null, entry: 'command' }),
  'prompts file': parsePromptsFile,
  'secrets in a body': (text) => findSecretsInBody(`{"${text.replaceAll(/["\\\n\r]/g, '')}": "a"}`),
  'name of a history': toSlug,
  'nearest name': (text) => findNearest(text, ['concurrency', 'limits']),
  'hidden figures': (text) => readRedFigures(markerOf('a'), `${markerOf('a')}<!-- plateau-figures ${text} -->`),
  report: decodeRunReport,
  verdict: decodeVerdict,
  history: decodeHistory,
  zip: (text) => openOnlyEntry(Buffer.from(text, 'latin1'), 'a', { inflatedBytes: 1e6, ratio: 50 }),
  ...Object.fromEntries(EVERY_SETTING.map(({ name, read }) => [`the setting ${name}`, (text: string) => read(text)])),
  ...Object.fromEntries(
    ALL_APIS.map((api) => [
      `an answer of ${api.name}`,
      (text: string) => {
        const reader = createResponseReader({ api, task: api.tasks[0]!, scratch: new Scratch() })
        reader.push(bytesOf(text), 1)
        for (let at = 0; at < text.length; at += 16) reader.push(bytesOf(text.slice(at, at + 16)), 2)
        return reader.end(3)
      },
    ]),
  ),
}
