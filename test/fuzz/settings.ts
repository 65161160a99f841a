import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { SettingsError, ValueError } from '../../src/errors.ts'
import { RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import type { Setting } from '../../src/settings/setting.ts'
import { renderBaselinePlace } from '../../src/settings/lists/history-settings.ts'
import type { BaselinePlace } from '../../src/settings/lists/history-settings.ts'
import { renderLengths } from '../../src/settings/values/distributions.ts'
import type { Lengths } from '../../src/settings/values/distributions.ts'
import { renderLimit } from '../../src/settings/values/limits.ts'
import type { Limit } from '../../src/settings/values/limits.ts'
import { resolve } from '../settings/support.ts'
import { mutated } from './mutate.ts'
import { expectReadable, property, valueOrRefusal } from './property.ts'
import type { Property } from './property.ts'

/** Values in every form that some setting has. */
export const FORMS = [
  'http://127.0.0.1:8000/v1?api-version=1',
  'https://user:password@llm.example.com:8443/v1/chat/completions#x',
  'auto',
  'none',
  'true',
  '8',
  '2k',
  '1.5M',
  '250ms',
  '10m',
  '5%',
  '0.05',
  '512',
  'normal(512,128)',
  'uniform(100,900)',
  'lognormal(512, 200.5)',
  '1, 2,4\n8 16',
  'ttft-p90@8 <= 800ms, error-rate <= 1%\nplateau-throughput >= 1200 tok/s',
  'ttft-p50: 10%\ntpot-p50: 5%',
  'ttft-p50, tpot-p99\nplateau-throughput',
  'tpot-p50 +18% since 2026-11-20: larger model',
  '{"metric":"tpot-p50","at":"+18%","since":"2026-11-20","why":"larger"}',
  'X-A: 1\nX-B: two words',
  '{"X-A": "1", "x-b": 2}',
  '{"top_p": 1, "nested": {"a": [1, null]}}',
  'llm.example.com, *.example.com, http://10.0.0.1:8000, [::1]:80',
  'file: .plateau/history.json',
  'release-asset:history.json',
  'header:x-api-key',
  'nightly.yml, .github/workflows/gate.yaml',
  'openai-chat',
  'llama-8b',
  '# a comment\n8',
]

const VALUE = mutated(FORMS)
const NAMES = Object.values(RUN_SETTINGS).map(({ name }) => name)

/** How what was read is written, for what can be. */
const WRITERS: Readonly<Record<string, (value: never) => string>> = {
  'input-tokens': (value: Lengths | 'auto') => (value === 'auto' ? value : renderLengths(value)),
  'output-tokens': (value: Lengths) => renderLengths(value),
  baseline: (value: BaselinePlace) => renderBaselinePlace(value),
  limits: (value: readonly Limit[]) => value.map(renderLimit).join('\n'),
}

const SECRET = 'sk-9f8e7d6c5b4a3f2e1d0c'
/** Where a secret may stand. */
const SECRETIVE: readonly (readonly [name: string, text: string])[] = [
  ['api-key', SECRET],
  ['endpoint', `http://127.0.0.1:8000/v1?key=${SECRET}`],
  ['endpoint', `https://me:${SECRET}@llm.example.com/v1`],
  ['proxy', `http://me:${SECRET}@proxy.internal:3128`],
  ['server-metrics', `http://127.0.0.1:9090/metrics?token=${SECRET}`],
  ['version-url', `http://127.0.0.1:8000/version?token=${SECRET}`],
  ['headers', `Authorization: Bearer ${SECRET}\nX-Key: ${SECRET}`],
  ['headers', `{"Authorization": "Bearer ${SECRET}", "x-n": 1}`],
  ['extra-body', `{"api_key": "${SECRET}", "nested": {"tokens": ["${SECRET}"]}}`],
  ['client-secret', SECRET],
]

/** Where a change took away what makes a secret of it (the `?` of a query), or left a piece of it elsewhere, nobody can know it. */
const STILL_SECRET = new RegExp(`\\?.*=${SECRET}|:${SECRET}@`, 's')

const PLANTED: fc.Arbitrary<readonly [name: string, text: string]> = fc
  .constantFrom(...SECRETIVE)
  .chain(([name, text]) =>
    mutated([text]).map((changed) => [name, isUrl(text) && !isStillSecret(changed) ? text : changed] as const),
  )

function isStillSecret(text: string): boolean {
  return STILL_SECRET.test(text) && text.split(SECRET.slice(3, 8)).length === 2
}

function isUrl(text: string): boolean {
  return text.startsWith('http')
}

function messageOf(work: () => unknown): string {
  try {
    work()
    return ''
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.message
  }
}

export const SETTING_PROPERTIES: readonly Property[] = [
  property(
    'settings',
    'every value of every setting is read, or refused in a sentence',
    fc.tuple(fc.constantFrom(...Object.values<Setting<unknown>>(RUN_SETTINGS)), VALUE),
    ([setting, text]) => {
      try {
        const value = setting.read(text)
        const write = WRITERS[setting.name]
        if (write !== undefined)
          assert.equal(write(setting.read(write(value as never)) as never), write(value as never))
      } catch (error) {
        if (!(error instanceof ValueError)) throw error
        // Every entry of a list may be wrong.
        expectReadable(error.message.replaceAll(/\s/g, ' '), text.split(/[\n,]/).length)
      }
    },
  ),
  property(
    'settings',
    'flags are taken, or every problem is named on one line',
    fc.array(
      fc.oneof(
        fc.tuple(fc.constantFrom(...NAMES), VALUE).map(([name, text]) => [`--${name}`, text]),
        fc.tuple(mutated(NAMES), VALUE).map(([name, text]) => [`--${name}=${text}`]),
        VALUE.map((text) => [text]),
      ),
      { maxLength: 4 },
    ),
    (flags) => {
      try {
        resolve({ flags: flags.flat() })
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error
        const lines = error.message.split('\n')
        assert.ok(lines.length <= error.problems.length)
        for (const line of lines) expectReadable(line, 1 + flags.flat().join().split(/[\n,]/).length)
      }
    },
    2,
  ),
  property(
    'settings',
    'a config file and the environment are taken, or every problem is named',
    fc.tuple(mutated(['{"concurrency": [1, 2], "limits": ["ttft-p50 <= 1s"]}', 'passes: 2\ntolerance: 5%\n']), VALUE),
    ([file, text]) => {
      const given = { flags: ['--config', 'p.yml'], files: { 'p.yml': `endpoint: http://h\n${file}` } }
      valueOrRefusal(
        () => resolve({ ...given, env: { PLATEAU_API_KEY: text, PLATEAU_ENDPOINT: text } }),
        SettingsError,
        21,
      )
    },
    3,
  ),
  property(
    'settings',
    'no message shows a secret, whatever is wrong beside it',
    fc.tuple(fc.array(PLANTED, { minLength: 1, maxLength: 2 }), fc.boolean()),
    ([given, isAction]) => {
      const flags = given.map(([name, text]) => `--${name}=${text}`)
      const message = messageOf(() => (isAction ? resolve({ inputs: Object.fromEntries(given) }) : resolve({ flags })))
      assert.ok(!message.includes(SECRET.slice(3, 15)), message)
    },
    2,
  ),
]
