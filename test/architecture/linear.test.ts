import { describe, expect, test } from 'vitest'
import { readComplaint } from '../../src/protocol/refusals/complaint.ts'
import { readRefusal, readRetryAfter } from '../../src/protocol/refusals/refusal.ts'
import { readPrometheus } from '../../src/protocol/servers/prometheus.ts'
import { trimPath, placeUnderOpenAiBase } from '../../src/protocol/apis/openai-request.ts'
import { readAcceptances } from '../../src/settings/values/acceptance.ts'
import { readLimit } from '../../src/settings/values/limits.ts'
import { redactUrls } from '../../src/settings/values/urls.ts'
import { createRedactor, defuseCommands } from '../../src/shell/redact.ts'
import { escapeForHtml, escapeForMarkdown, escapeForTerminal } from '../../src/text.ts'
import { cpuMs, growsTooFast } from '../support/growth.ts'

const { hide, redact } = createRedactor()
hide('sk-live/9f8e7d6c+5b4a"39281706=')

/** What meets texts of others; that it refuses one does not matter here. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  barePath: (text) => trimPath(new URL(`http://host/${text}`)),
  defuseCommands,
  escapeForHtml: (text) => escapeForHtml(text, Infinity),
  escapeForMarkdown: (text) => escapeForMarkdown(text, Infinity),
  escapeForTerminal: (text) => escapeForTerminal(text, Infinity),
  readAcceptances,
  readComplaint: (text) => readComplaint(400, text),
  readLimit,
  readPrometheus: (text) => readPrometheus(`a{${text}\n`, new Set(['a'])),
  readRefusal,
  redact,
  redactUrls,
  readRetryAfter: (text) => readRetryAfter({ 'retry-after': text }, 0),
  underOpenAiBase: (text) => placeUnderOpenAiBase(new URL(`http://host/${text}`), '/x'),
}

const BEFORE = ['', 'a', 'ttft-p50@', 'http://', '<title>', '/v1', 'tpot-p50 +1% since ']
const PUMPS = [
  ' ',
  '\n',
  '/',
  '//',
  '@',
  '?',
  '.',
  'a',
  '1',
  'aaa',
  '"',
  '\\',
  '…',
  '<',
  '##[',
  'sk-live/9f8e',
  'b="\\",',
  '/v1',
]
const AFTER = ['', '!', ' !', '\n!']

describe.each(Object.keys(READERS))('%s', (name) => {
  test('takes no more than its share of time for a longer text', () => {
    const read = (text: string) => () => {
      try {
        READERS[name]!(text)
      } catch {
        // Refused.
      }
    }
    const slow = BEFORE.flatMap((before) =>
      PUMPS.flatMap((pump) =>
        AFTER.flatMap((after) => {
          const text = (length: number): string => before + pump.repeat(length / pump.length) + after
          const isSlow = cpuMs(read(text(4_000))) > 2 && growsTooFast((length) => read(text(length)))
          return isSlow ? [`${before}(${pump})…${after}`] : []
        }),
      ),
    )
    expect(slow).toEqual([])
  })
})
