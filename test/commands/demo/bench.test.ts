import { expect, test, describe, it } from 'vitest'
import { isUndecided, compareWithFormula, listRunFlags, listServerFlags } from '../../../src/commands/demo/bench.ts'
import { aComparison, aRegression, aVerdict } from '../../support/verdict-builders.ts'
import { DEMO_SETTINGS } from '../../../src/commands/demo/demo.ts'
import { tellOpening } from '../../../src/commands/demo/story.ts'
import { aLevel, aReport } from '../../support/builders.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { resolveAtOnce } from '../../support/run-settings.ts'
import { findDestination } from '../../../src/simulator/admission.ts'
import { SHIPPED } from '../../../src/simulator/repertoire.ts'

test('a candidate is measured again where too little was measured to decide in one metric, though another decides', () => {
  const plateau = aRegression({ metric: 'plateau-throughput' })
  const redWith = (tpot: Parameters<typeof aComparison>[0]) => ({
    verdict: aVerdict({ verdict: 'regressed', check: 'fail', comparisons: [plateau, aComparison(tpot)] }),
  })
  expect(isUndecided(redWith({ verdict: 'not-measured', confirmed: null }))).toBe(true)
  expect(isUndecided(redWith({ verdict: 'suspect', confirmed: null }))).toBe(true)
  expect(isUndecided(redWith({ verdict: 'suspect', confirmed: false }))).toBe(false)
  expect(isUndecided(redWith({ verdict: 'proven' }))).toBe(false)
})

const TOLD_OVER = SHIPPED.wires.map(({ api }) => api).filter((name) => !/embeddings|rerank|score/.test(name))

function settingsOf(flags: readonly string[]) {
  const readFile = () => {
    throw new Error('no files')
  }
  const defaults = { baseline: { kind: 'file', path: 'history.json' }, name: null } as const
  return resolveAtOnce({ flags, env: {}, readFile, defaults }).settings
}

describe('the demo', () => {
  it('compares a plateau with the formula of the server, and nothing that is none', () => {
    const flags = listServerFlags('main-1', { pace: 1 })
    const measured = aReport({ measured: [1, 2, 4, 8, 16].map((concurrency) => aLevel(concurrency)) })
    const plateau = {
      ...measured.plateau,
      kneeConcurrency: 7,
      outputTokensPerSecond: { value: 499, low: null, high: null },
    }
    const compare = (state: 'reached' | 'not-reached') =>
      compareWithFormula(flags, { ...measured, plateau: { ...plateau, state } })
    expect(compare('reached')).toMatch(/formula says 506 tok\/s .* outside: 499 tok\/s \(.*%\), knee at 7\./)
    expect(compare('not-reached')).toMatch(
      /formula says 506 tok\/s .* this run could not measure the levels that show it\.$/,
    )
  })

  it('on a slower server takes more time for everything, and as much longer windows', () => {
    expect(listServerFlags('a', { pace: 4 }).join(' ')).toContain('--decode 24ms --decode-per-sequence 2.4ms')
    expect(listRunFlags('http://127.0.0.1:8000', 'openai-chat', 4).join(' ')).toContain('--level-duration 2400ms')
  })

  it.each(TOLD_OVER)('is told over %s, which the simulated server speaks there', (name) => {
    const { endpoint, api, model } = settingsOf(listRunFlags('http://127.0.0.1:8000', name, 1))
    const spoken = findApi(api === 'auto' ? 'openai-chat' : api)
    expect(spoken.name).toBe(name)
    expect(findDestination(SHIPPED.wires, spoken.url(endpoint, spoken.tasks[0]!, model))?.wire.api).toBe(name)
  })

  it('names the API only when somebody asked for one', () => {
    expect(listRunFlags('http://127.0.0.1:8000', 'openai-chat', 1).join(' ')).not.toContain('--api')
    expect(tellOpening('/tmp/x', false, 'openai-chat')).not.toContain('openai-chat')
    expect(tellOpening('/tmp/x', false, 'databricks')).toContain('It speaks databricks')
  })

  it('is not told over an API without tokens to wait for, and says why', () => {
    expect(() => DEMO_SETTINGS.api.read('openai-embeddings')).toThrow('the story is about TTFT and TPOT')
  })

  it.each(['anthropic', 'smoke-signals'])('over %s names what it is told over instead', (name) => {
    expect(() => DEMO_SETTINGS.api.read(name)).toThrow(
      'must be one of openai-chat, openai-completions, openai-responses, databricks',
    )
  })
})
