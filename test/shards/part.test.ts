import { expect, test } from 'vitest'
import { findOtherTerm, termsOf } from '../../src/shards/part.ts'
import { SERIES_FIELDS } from '../support/builders.ts'
import { DECISION_SETTINGS, RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { settingsFor } from '../support/run-settings.ts'

const ENDPOINT = 'http://127.0.0.1:8000'
const MEASURED = { series: SERIES_FIELDS, model: 'llama-8b', commit: null }

/** What a shard with these flags says of another one that has none. */
function differenceOf(...flags: readonly string[]): string | null {
  const [own, other] = [termsOf(settingsFor(ENDPOINT, flags), MEASURED), termsOf(settingsFor(ENDPOINT), MEASURED)]
  return findOtherTerm(own, other)
}

test('shards that were told the same differ in nothing', () => {
  expect(differenceOf('--max-duration', '900s', '--report-json', 'here.json')).toBeNull()
})

test.each([
  [['--slo', 'tpot <= 50ms, ttft <= 0.5s'], 'another slo: none, and this one ttft <= 500ms, tpot <= 50ms'],
  [['--slo-share', '99%', '--slo', 'ttft <= 1s'], 'another slo: none, and this one ttft <= 1000ms'],
  [['--price-per-hour', '4'], 'another price-per-hour: none, and this one 4'],
  [['--throughput-within', 'ttft-p50 <= 1s'], 'another throughput-within: none, and this one ttft-p50 <= 1000ms'],
  [['--max-duration', '20m'], 'another max-duration: 900s, and this one 1200s'],
  [['--max-requests', '100'], 'another max-requests: none, and this one 100'],
  [['--max-output-tokens', '1M'], 'another max-output-tokens: 2000000, and this one 1000000'],
  [['--request-timeout', '30s'], 'another request-timeout: 300s, and this one 30s'],
  [['--warmup-requests', '2'], 'another warmup-requests: 1, and this one 2'],
  [['--limits', 'error-rate <= 1%'], 'another limits: none, and this one error-rate <= 1%'],
])('one that was told %s is named by that setting', (flags, difference) => {
  expect(differenceOf(...flags)).toBe(`was told ${difference}`)
})

test('what is asked of each request is named by its setting, too', () => {
  const settings = settingsFor(ENDPOINT)
  const workload = { ...SERIES_FIELDS.workload, outputTokens: '256' }
  const longer = termsOf(settings, { ...MEASURED, series: { ...SERIES_FIELDS, workload } })
  expect(findOtherTerm(termsOf(settings, MEASURED), longer)).toBe(
    'was told another output-tokens: 256, and this one 128',
  )
})

test('the models of a mix are named with the model', () => {
  const settings = settingsFor(ENDPOINT)
  const part = { ...settings, name: 'law', percent: 100 }
  const mixed = (model: string) => termsOf({ ...settings, mix: [{ ...part, model }] }, MEASURED)
  expect(findOtherTerm(mixed('law-7'), mixed('law-8'))).toMatch(
    /^was told another model: .*law-8, and this one .*law-7$/,
  )
})

/** Settings that are no term. Each group says why shards may differ in them, or cannot have them. */
const NO_TERMS = {
  'how this machine reaches the endpoint and proves who it is':
    'api-key auth client-id client-secret token-url oidc-audience endpoint-label allowed-hosts ca-cert client-cert client-key insecure-tls',
  'what happens before the load, or beside it':
    'expect-version version-url ready-timeout preflight self-proof full-parse soak server-metrics client-threads github-token',
  'which process this is, and where it meets the others': 'shard rendezvous rendezvous-timeout part',
  'refused beside shard, or without use there':
    'results cross-check control control-api-key control-model control-timing candidate-command control-command redeploy-command sessions runs pause max-concurrency trace-file trace-speed',
  'seen in the hash of the prompts': 'prompts-column prompts-length prompts-sample',
  'read where the parts are merged':
    'accept accept-label confirm on-skip baseline baseline-workflow baseline-ref record history-keep',
  'where to write what':
    'comment check-run gitlab-note defer upload history-page artifact-content let-forks-use-my-key format report-json verdict-json html markdown junit csv requests-csv openmetrics records append dry-run',
  'seen in the settings that it sets': 'config scenario',
}

test('every setting is a term, or it is said here why shards may differ in it', () => {
  const talk = { turns: '4', thinkTime: 2, systemPromptTokens: 100, images: '1 x 64x64', mix: 'a 100%' }
  const workload = { ...SERIES_FIELDS.workload, ...talk }
  const series = { ...SERIES_FIELDS, workload, rates: [5], arrivals: 'poisson', maxInFlight: 8 }
  const deciding = Object.values(DECISION_SETTINGS).map(({ name }) => name)
  const terms = [...Object.keys(termsOf(settingsFor(ENDPOINT), { ...MEASURED, series })), ...deciding]
  const others = Object.values(NO_TERMS).flatMap((names) => names.split(' '))
  const all = Object.values(RUN_SETTINGS).map(({ name }) => name)
  expect(all.filter((name) => !terms.includes(name) && !others.includes(name))).toEqual([])
  expect(others.filter((name) => !all.includes(name) || (terms.includes(name) && name !== 'accept'))).toEqual([])
})
