import { describe, expect, test } from 'vitest'
import { seedRandom, drawNormal } from '../../src/random.ts'
import { FINDINGS, invalidates, lookUpFinding } from '../../src/metrics/findings.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { LevelOptions } from '../../src/metrics/level/level-metrics.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import type { FailureClass } from '../../src/vocabulary/failure-classes.ts'
import { explainInvalid, isServerFailure, judgeRun } from '../../src/metrics/validity.ts'
import { renderTitle } from '../../src/render/text.ts'
import { dropCodeMarks, makeClause } from '../../src/text.ts'
import { aFailure, aLevel, aLevelRun, aRecord, aReport, steadyRecords } from '../support/builders.ts'
import { aVerdict } from '../support/verdict-builders.ts'

const CHAT: LevelOptions = { task: 'chat', tolerance: 0.05 }

function judge(overrides: Partial<LevelRun> = {}, options = CHAT) {
  return summariseLevel([aLevelRun(overrides)], options)
}

function codes(overrides: Partial<LevelRun> = {}, options = CHAT): string[] {
  return judge(overrides, options).findings.map(({ code }) => code)
}

test('a healthy level is ok and finds nothing', () => {
  expect(judge()).toMatchObject({ valid: true, state: 'ok', invalidReasons: [], findings: [] })
  expect(judge({ concurrency: 8 })).toMatchObject({ valid: true, state: 'ok', findings: [] })
})

test('codes are unique and every sentence ends', () => {
  expect(new Set(FINDINGS.map(({ code }) => code)).size).toBe(FINDINGS.length)
  for (const { meaning, remedy } of FINDINGS) expect(meaning.endsWith('.') && remedy.endsWith('.')).toBe(true)
  expect(lookUpFinding('of-a-newer-version')).toBeNull()
})

test('a level at which nothing succeeds is lost, whatever the state of the client', () => {
  const records = Array.from({ length: 20 }, () => aFailure('connect'))
  const client = { eventLoopUtilization: 0.99, delayP90Ms: 50, delayP99Ms: 50, queueP99Ms: 0 }
  expect(judge({ records, client })).toMatchObject({ state: 'lost', valid: false })
  expect(judge({ records: [] })).toMatchObject({ state: 'invalid', valid: false })
})

test('a level that a budget ended before anything was finished has too few requests, and has not failed', () => {
  const level = judge({ records: [], window: null, stopped: 'budget' })
  expect(level).toMatchObject({ state: 'invalid', invalidReasons: ['too-few-requests'] })
  expect(judgeRun([level]).findings.map(({ code }) => code)).toEqual(['too-few-requests'])
  expect(judge({ records: [] }).invalidReasons).toContain('no-success')
})

test('requests that the server is right to refuse do not make a level lost', () => {
  const records = Array.from({ length: 20 }, () => aFailure('http_400'))
  expect(judge({ records })).toMatchObject({ state: 'invalid', invalidReasons: ['no-success'] })
})

test('failures that are beyond chance more than 1 % invalidate, more than 10 % by the server lose the level', () => {
  const ok = steadyRecords(8)
  const failing = (n: number) => [...ok, ...Array.from({ length: n }, () => aFailure('timeout_total', { level: 8 }))]
  expect(ok).toHaveLength(80)
  // SciPy: binom.sf(1, 82, .01) = .198, binom.sf(2, 83, .01) = .050, binom.sf(3, 84, .01) = .010.
  for (const few of [1, 2]) expect(judge({ concurrency: 8, records: failing(few) })).toMatchObject({ state: 'ok' })
  expect(judge({ concurrency: 8, records: failing(4) })).toMatchObject({ state: 'invalid', invalidReasons: ['errors'] })
  expect(judge({ concurrency: 8, records: failing(12) })).toMatchObject({ state: 'lost', invalidReasons: ['errors'] })
})

describe('what the client could not send', () => {
  const CLIENT_FAILURES = ['client_files', 'client_ports', 'client_memory'] as const
  const unsent = (failure: (typeof CLIENT_FAILURES)[number], n = 20) =>
    Array.from({ length: n }, () => aFailure(failure, { level: 8 }))

  test.each(CLIENT_FAILURES)('is neither a failure nor a slow answer of the server: %s', (failure) => {
    const level = judge({ concurrency: 8, records: [...steadyRecords(8), ...unsent(failure)] })
    const without = judge({ concurrency: 8 })
    expect(level).toMatchObject({ requests: without.requests, failures: {}, ttftMs: without.ttftMs })
    expect(level).toMatchObject({ valid: false, state: 'client-saturated', invalidReasons: ['client-limit'] })
    expect(isServerFailure(failure)).toBe(false)
  })

  test('makes the level invalid for that reason alone, however few, and names limit and remedy', () => {
    const few = judge({ concurrency: 8, records: [...steadyRecords(8), ...unsent('client_files', 1)] })
    expect(few.findings).toEqual([
      {
        code: 'client-limit',
        level: 8,
        message: `This machine ran into a limit of its own (1 of ${few.requests.ok + 1} requests: too many open files, EMFILE, see \`ulimit -n\`).`,
      },
    ])
    expect(lookUpFinding('client-limit')!.remedy).toContain('`ulimit -n`')
  })

  test('never makes a level lost, also where nothing else happened', () => {
    const records = unsent('client_files').map((record) => ({ ...record, phase: 'warmup' as const }))
    const all = aLevelRun({ concurrency: 8, records, window: null, inFlight: 0, stopped: 'failing' })
    const level = summariseLevel([all], CHAT)
    expect(level).toMatchObject({ state: 'client-saturated', invalidReasons: ['client-limit'] })
    expect(level.requests).toEqual({ ok: 0, failed: 0, short: 0 })
    expect(judgeRun([level]).findings.map(({ code }) => code)).toEqual(['client-limit'])
  })

  test('leaves what the server did beside it to be said', () => {
    const failed = Array.from({ length: 20 }, () => aFailure('http_500', { level: 8 }))
    const level = judge({ concurrency: 8, records: [...steadyRecords(8), ...failed, ...unsent('client_ports')] })
    expect(level).toMatchObject({ state: 'client-saturated', invalidReasons: ['client-limit', 'errors'] })
    expect(level.failures).toEqual({ http_500: 20 })
  })
})

test('refusals with 429 limit the level, even when they come before its window', () => {
  const records = [aRecord({ phase: 'warmup' }), aFailure('http_429', { phase: 'warmup' })]
  const level = judge({ records, window: null, stopped: 'rate-limited' })
  expect(level.state).toBe('limited')
  expect(level.findings.find(({ code }) => code === 'rate-limited')?.message).toBe(
    '1 of 2 requests was refused with 429.',
  )
  // That it has few requests follows, and longer windows would not help.
  expect(level.invalidReasons).toEqual(['rate-limited'])
  const failed = [aRecord(), aFailure('http_500'), aFailure('http_500')]
  expect(judge({ concurrency: 8, records: failed, stopped: 'failing' }).invalidReasons).toEqual(['errors'])
})

test('fewer than three counted requests, or than one a worker, are too few', () => {
  expect(judge({ records: [aRecord(), aRecord()] }).invalidReasons).toContain('too-few-requests')
  const seven = steadyRecords(8).slice(0, 7)
  expect(judge({ concurrency: 8, records: seven }).invalidReasons).toContain('too-few-requests')
})

test('a pass that a budget cut short is left out where there are others', () => {
  const cut = (stopped: 'budget' | 'cancelled') =>
    aLevelRun({ pass: 2, window: null, records: [aRecord({ phase: 'warmup' })], stopped })
  for (const stopped of ['budget', 'cancelled'] as const) {
    expect(summariseLevel([aLevelRun(), cut(stopped)], CHAT)).toMatchObject({ valid: true, passes: [{ pass: 1 }] })
  }
  expect(summariseLevel([cut('budget')], CHAT).invalidReasons).toEqual(['too-few-requests'])
  expect(summariseLevel([cut('cancelled')], CHAT).invalidReasons).toEqual(['cancelled'])
  expect(judge({ stopped: 'budget' }).valid).toBe(true)
})

test('a level that was not full for 95 % of its window is invalid', () => {
  expect(codes({ inFlight: 0.94 })).toEqual(['not-full'])
  expect(codes({ inFlight: 0.96 })).toEqual([])
})

test('a client that is too busy or too late is the bottleneck, not the server', () => {
  const client = { eventLoopUtilization: 0.1, delayP90Ms: 0.1, delayP99Ms: 0.1, queueP99Ms: 0.1 }
  expect(judge({ client: { ...client, eventLoopUtilization: 0.71 } }).state).toBe('client-saturated')
  expect(judge({ client: { ...client, delayP90Ms: 2.1 } }).state).toBe('client-saturated')
  expect(judge({ client: { ...client, delayP90Ms: 1.9, delayP99Ms: 9 } }).state).toBe('ok')
})

test('a level whose answers came in one piece is usable and not ok: its TTFT and TPOT are missing', () => {
  const level = judge({ records: steadyRecords(1, { buffered: true }) })
  expect(level).toMatchObject({ valid: true, state: 'buffered', ttftMs: null, tpotMs: null })
  const embeddings = { ...CHAT, task: 'embeddings' as const }
  expect(judge({ records: steadyRecords(1, { ttftMs: null, tpotMs: null, lastTokenMs: 500 }) }, embeddings).state).toBe(
    'ok',
  )
})

test('whoever stands still for most of an answer has bundled it himself: the client is too busy, nothing buffers', () => {
  const answers = steadyRecords(1)
  const bundled = (count: number, stallMs: number) =>
    judge({ records: answers.map((record, i) => (i < count ? { ...record, buffered: true, stallMs } : record)) })
  const latency = answers[0]!.lastTokenMs!
  const busy = bundled(4, 0.9 * latency)
  expect(busy).toMatchObject({ valid: false, state: 'client-saturated' })
  expect(busy.findings).toEqual([
    {
      code: 'client-saturated',
      level: 1,
      message: 'This machine was too busy: it stood still, and read 40 % of the answers in one piece.',
    },
  ])
  // A short pause explains no answer of a second.
  expect(bundled(4, 30)).toMatchObject({ valid: true, state: 'buffered' })
  const few = bundled(2, 0.9 * latency)
  expect(few).toMatchObject({ valid: true, state: 'ok' })
  expect(few.findings.map(({ code }) => code)).toEqual(['bundled'])
  expect(few.ttftMs?.n).toBe(answers.length - 2)
})

test('what a busy client does to connections and streams is not told as the doing of others', () => {
  const client = { eventLoopUtilization: 0.9, delayP90Ms: 0.1, delayP99Ms: 0.1, queueP99Ms: 0.1 }
  const records = steadyRecords(1, { reconnected: true, buffered: true })
  const connections = { opened: records.length, requests: records.length }
  const told = codes({ records, connections })
  expect(told).toEqual(expect.arrayContaining(['buffered', 'reconnected', 'no-keep-alive']))
  expect(codes({ client, records, connections })).toEqual(['client-saturated'])
})

test('a delay before t0 is judged by the load that it took off the server, not by its worst', () => {
  const client = { eventLoopUtilization: 0.1, delayP90Ms: 0.1, delayP99Ms: 0.1, queueP99Ms: 400 }
  const endMs = steadyRecords(1)[0]!.endMs
  const waiting = (queueMs: number) => steadyRecords(1).map((record) => ({ ...record, queueMs }))
  expect(judge({ client, records: waiting(0.024 * endMs) }).state).toBe('ok')
  const late = judge({ client, records: waiting(0.026 * endMs) })
  expect(late.state).toBe('client-saturated')
  expect(late.findings[0]!.message).toMatch(/ ms in the client on average, 2\.6 % of their time\.$/)
  expect(judge({ client, records: waiting(0.026 * endMs) }, { ...CHAT, tolerance: 0.1 }).state).toBe('ok')
})

test('a client that stood still while answers ended is too busy, whatever the percentiles of its delay say', () => {
  // Three pauses of 0.6 s in a window of 4 s: few of a thousand delays, and a third of the throughput.
  const client = { eventLoopUtilization: 0.1, delayP90Ms: 0.1, delayP99Ms: 0.2, queueP99Ms: 0.1 }
  const records = steadyRecords(1)
  const late = (share: number) => {
    const endStallMs = share * records.length * records[0]!.endMs
    return judge({ client, records: records.map((record, i) => (i === 1 ? { ...record, endStallMs } : record)) })
  }
  expect(late(0.024).state).toBe('ok')
  expect(late(0.026)).toMatchObject({ valid: false, state: 'client-saturated' })
  expect(late(0.026).findings[0]!.message).toMatch(
    /read the end of answers .* ms late on average, 2\.6 % of their time\.$/,
  )
})

test('one stall that every stream meets once does not spoil a level whose medians are right', () => {
  const client = { eventLoopUtilization: 0.3, delayP90Ms: 0.5, delayP99Ms: 20, queueP99Ms: 40 }
  // The first round of 100 streams waits 40 ms before it is sent; the others do not.
  const records = steadyRecords(100).map((record) => ({ ...record, queueMs: record.startMs === 0 ? 40 : 0.1 }))
  expect(judge({ concurrency: 100, client, records })).toMatchObject({ state: 'ok', findings: [] })
})

test('a client that was too busy says so, and nothing that only follows from its own stall', () => {
  const client = { eventLoopUtilization: 0.8, delayP90Ms: 40, delayP99Ms: 370, queueP99Ms: 40 }
  const bundled = steadyRecords(1).map((record, i) => (i % 8 === 0 ? { ...record, buffered: true } : record))
  const level = judge({ client, records: bundled, inFlight: 0.5 })
  expect(level.findings.map(({ code }) => code)).toEqual(['client-saturated'])
  expect(level.findings[0]!.message).toMatch(/^This machine was too busy: /)
})

test('the timing error that counts follows tolerance and median', () => {
  const client = { eventLoopUtilization: 0.1, delayP90Ms: 9, delayP99Ms: 9, queueP99Ms: 0.1 }
  const records = steadyRecords(1, { ttftMs: 400 })
  expect(judge({ records, client }).state).toBe('ok')
  expect(judge({ records, client }, { ...CHAT, tolerance: 0.04 }).state).toBe('client-saturated')
  const fast = steadyRecords(1, { ttftMs: 400, tpotMs: 1, outputTokens: 20 })
  expect(judge({ records: fast, client }).findings[0]!.message).toContain('TPOT')
})

test('two served models in one level invalidate it, between levels the run', () => {
  const records = steadyRecords(1)
  expect(codes({ records: [...records.slice(1), { ...records[0]!, servedModel: 'v2' }] })).toEqual([
    'served-model-changed',
  ])
  const run = judgeRun([aLevel(1), aLevel(2, [{ servedModel: 'v2' }])])
  expect(run.ok).toBe(false)
  expect(run.findings[0]).toMatchObject({ code: 'served-model-changed' })
})

test('names that servers send are defused in messages', () => {
  const records = steadyRecords(1)
  const { findings } = judge({ records: [...records, { ...records[0]!, servedModel: 'a\n::error::b\u202e' }] })
  expect(findings[0]!.message).toContain('llama-8b, a ::error::b.')
})

test('drift is called when every pass slows down, and not in noise', () => {
  const random = seedRandom('drift')
  const noisy = (step: number, pass: number) =>
    aLevelRun({
      concurrency: 8,
      pass,
      records: steadyRecords(8).map((record) => {
        const late = record.startMs > 5000 ? 1 + step : 1
        return { ...record, tpotMs: 10 * late * Math.exp(0.05 * drawNormal(random)) }
      }),
    })
  const drifting = summariseLevel([noisy(0.2, 1), noisy(0.2, 2)], CHAT)
  expect(drifting.invalidReasons).toEqual(['drift'])
  expect(drifting.findings[0]!.message).toMatch(/^TPOT was (19|20|21).* % higher in the second half/)
  expect(summariseLevel([noisy(0.2, 1), noisy(0, 2)], CHAT).findings).toEqual([])
  let alarms = 0
  for (let i = 0; i < 200; i++) if (!summariseLevel([noisy(0, 1)], CHAT).valid) alarms++
  expect(alarms).toBe(0)
})

test("Little's law is checked once there are thirty completions, and ten a worker", () => {
  const broken = 2
  const many = { windowMs: 10_000, outputTokens: 20 }
  const atOne = steadyRecords(1, many)
  expect(codes({ inFlight: broken, records: atOne.slice(0, 29) })).not.toContain('littles-law')
  expect(codes({ inFlight: broken, records: atOne.slice(0, 30) })).toContain('littles-law')
  const atEight = { concurrency: 8, inFlight: 16 }
  expect(codes({ ...atEight, records: steadyRecords(8, many).slice(0, 79) })).not.toContain('littles-law')
  expect(codes({ ...atEight, records: steadyRecords(8, many).slice(0, 80) })).toContain('littles-law')
  expect(codes({ inFlight: broken, records: atOne })).toEqual(['littles-law'])
  const level = judge({ records: atOne })
  expect(level.inFlight.byLittlesLaw).toBeCloseTo(1, 1)
})

test('findings that do not invalidate are told with their numbers', () => {
  const with_ = (overrides: Parameters<typeof aRecord>[0]) => judge({ records: steadyRecords(1, overrides) })
  expect(with_({ endMs: 1300 }).findings).toMatchObject([{ code: 'hidden-tail', level: 1 }])
  expect(with_({ endMs: 1120 }).findings).toEqual([])
  expect(with_({ requestedTokens: 120 }).findings).toMatchObject([{ code: 'short' }])
  expect(with_({ cachedTokens: 256 }).findings).toEqual([
    { code: 'cached', level: 1, message: '50 % of the input tokens came from the prefix cache.' },
  ])
  expect(with_({ tokenSource: 'chunks' }).findings).toMatchObject([{ code: 'chunk-tokens' }])
  expect(with_({ reconnected: true }).findings).toMatchObject([{ code: 'reconnected' }])
  expect(judge({ connections: { opened: 10, requests: 10 } }).findings).toMatchObject([{ code: 'no-keep-alive' }])
  for (const overrides of [{ endMs: 1300 }, { cachedTokens: 256 }]) expect(with_(overrides).valid).toBe(true)
})

test('a count that cannot be true is a finding that says what was stated and what was seen', () => {
  const doubted = { tokenSource: 'chunks', statedTokens: 2, countDoubt: 'below-events' } as const
  const level = judge({ records: steadyRecords(1, doubted) })
  expect(level.findings).toEqual([
    {
      code: 'impossible-count',
      level: 1,
      message: '10 of 10 answers state a token count that cannot be true: 2 tokens, and 100 token events were seen.',
    },
  ])
  expect(level.tokenSources).toEqual(['chunks'])
  const said = (overrides: object) =>
    judge({ records: steadyRecords(1, { ...doubted, statedTokens: 700, ...overrides }) }).findings[0]?.message
  expect(said({ countDoubt: 'above-asked' })).toContain('700 tokens where 100 were asked for, and 100 token events')
  expect(said({ countDoubt: 'with-prompt' })).toContain('700 tokens with the prompt of 512, and 100 token events')
  expect(said({ countDoubt: 'falling' })).toContain('700 tokens after a count that fell, and 100 token events')
})

test('text that nobody reads is a finding, be it one event, and names its member', () => {
  const [first, ...others] = steadyRecords(1)
  const records = [{ ...first!, unreadEvents: 1, unreadMember: 'musing' }, ...others]
  expect(judge({ records }).findings).toMatchObject([
    {
      code: 'unknown-events',
      message: 'In 1 of 10 answers 1 event holds a text in a member that is not read (musing).',
    },
  ])
})

test('reasoning inside the text is a finding, and there is no TTFO', () => {
  const level = judge({ records: steadyRecords(1, { tagsReasoning: true, ttfoMs: null }) })
  expect(level).toMatchObject({ ttfoMs: null, reasoningShare: 1, valid: true })
  expect(level.findings).toMatchObject([{ code: 'reasoning-in-text' }])
  // Those that did not think would be the only ones with a TTFO.
  const mixed = steadyRecords(1).map((record, i) =>
    i % 2 === 0 ? { ...record, tagsReasoning: true, ttfoMs: null } : record,
  )
  expect(judge({ records: mixed })).toMatchObject({ ttfoMs: null, ttftMs: { p50: expect.any(Number) } })
})

test('one answer in hundreds that quotes a tag or whose count is off is no finding, and changes no figure', () => {
  const records = Array.from({ length: 30 }, () => steadyRecords(1)).flat()
  const [first, second, ...others] = records
  const odd = [
    { ...first!, tagsReasoning: true, ttfoMs: null },
    { ...second!, tokenSource: 'chunks' as const, countDoubt: 'below-events', statedTokens: 2 },
  ]
  const level = judge({ records: [...odd, ...others] })
  const found = level.findings.map(({ code }) => code)
  for (const code of ['reasoning-in-text', 'impossible-count', 'token-sources-differ'])
    expect(found).not.toContain(code)
  expect(level.tokenSources).toEqual(['usage'])
  expect(level.ttfoMs).not.toBeNull()
})

test('a content filter is named, also where it leaves nothing of an answer', () => {
  const cut = judge({ records: steadyRecords(1, { finishReason: 'content_filter' }) })
  expect(cut.findings).toMatchObject([{ code: 'content-filter' }])
  const nothing = Array.from({ length: 10 }, () => aFailure('empty', { finishReason: 'content_filter' }))
  expect(judge({ records: nothing }).findings.find(({ code }) => code === 'content-filter')?.message).toBe(
    '10 of 10 answers were withheld or cut by a content filter (finish_reason content_filter).',
  )
})

test('cached input is no finding where it is wanted', () => {
  const records = steadyRecords(1, { cachedTokens: 500 })
  expect(codes({ records }, { ...CHAT, prefixCache: 'allow' })).toEqual([])
})

test('single answers that came in one piece are left out and counted; only many make the level buffered', () => {
  const of = (bundled: number) => {
    const records = steadyRecords(2, { level: 2 }).slice(0, 16)
    return judge({ concurrency: 2, records: records.map((one, i) => (i < bundled ? { ...one, buffered: true } : one)) })
  }
  const few = of(2)
  expect(few).toMatchObject({ valid: true, ttftMs: { n: few.requests.ok - 2 }, tpotMs: { n: few.requests.ok - 2 } })
  expect(few.findings).toEqual([
    {
      code: 'bundled',
      level: 2,
      message: `2 of ${few.requests.ok} answers arrived all at once and are left out of TTFT and TPOT.`,
    },
  ])
  const many = of(Math.floor(few.requests.ok / 4) + 1)
  expect(many).toMatchObject({ ttftMs: null, tpotMs: null })
  expect(many.findings.map(({ code }) => code)).toEqual(['buffered'])
})

test('buffered answers keep latency and throughput but lose TTFT and TPOT', () => {
  const level = judge({ records: steadyRecords(1, { buffered: true }) })
  expect(level.findings.map(({ code }) => code)).toEqual(['buffered'])
  expect(level).toMatchObject({ valid: true, ttftMs: null, tpotMs: null })
  expect(level.latencyMs).not.toBeNull()
  expect(level.outputTokensPerSecond).toBeGreaterThan(90)
})

test.each([
  ['time', 'held-back', 'arrived in bursts, each after a fixed time.'],
  ['size', 'bursts', 'arrived in bursts, as out of a buffer.'],
] as const)('answers that something holds back by %s lose TTFT and TPOT, which are its', (heldBack, code, words) => {
  const level = judge({ records: steadyRecords(1, { heldBack }) })
  expect(level.findings).toEqual([{ code, level: 1, message: `100 % of the answers ${words}` }])
  expect(level).toMatchObject({ valid: true, ttftMs: null, ttfoMs: null, tpotMs: null, interChunkMs: null })
  expect(level.latencyMs).not.toBeNull()
  const few = steadyRecords(1).map((record, i) => (i % 8 === 0 ? { ...record, heldBack } : record))
  expect(judge({ records: few })).toMatchObject({ findings: [], ttftMs: { n: few.length } })
  const busy = { eventLoopUtilization: 0.8, delayP90Ms: 100, delayP99Ms: 100, queueP99Ms: 0 }
  expect(codes({ records: steadyRecords(1, { heldBack }), client: busy })).toEqual(['client-saturated'])
})

test('what cannot be used is said before what only deserves a look', () => {
  const busy = judge({ client: { eventLoopUtilization: 0.99, delayP90Ms: 80, delayP99Ms: 120, queueP99Ms: 40 } })
  const look = { code: 'self-proof-missing', message: 'It was not tested.' } as const
  expect(judgeRun([busy], { extra: [look] }).findings.map(({ code }) => code)).toEqual(['client-saturated', look.code])
})

test('a run is ok when a level is valid, and never when nothing succeeded', () => {
  expect(judgeRun([aLevel(1)])).toEqual({ ok: true, findings: [] })
  const dead = summariseLevel([aLevelRun({ records: [aFailure('http_500')] })], CHAT)
  expect(judgeRun([aLevel(1), dead]).ok).toBe(true)
  const run = judgeRun([dead])
  expect(run.ok).toBe(false)
  expect(run.findings[0]).toMatchObject({ code: 'no-success', remedy: lookUpFinding('no-success')!.remedy })
  expect(judgeRun([]).ok).toBe(false)
})

describe('where nothing succeeded', () => {
  const failing = (concurrency: number, failureWords: Readonly<Record<string, string>>) => {
    const classes = Object.keys(failureWords) as FailureClass[]
    const records = classes.flatMap((failure, i) => Array.from({ length: 4 - i }, () => aFailure(failure)))
    // Idle workers, new connections, a client that spins: all of it follows.
    return aLevelRun({
      concurrency,
      records,
      failureWords,
      inFlight: 0.01,
      client: { eventLoopUtilization: 0.9, delayP90Ms: 50, delayP99Ms: 50, queueP99Ms: 0 },
      connections: { opened: 200, requests: 200 },
    })
  }
  const words = { connect: 'connection refused', http_503: 'the engine is dead' }

  test('a level says of each failure class how often it was met, and one message, and nothing that only follows', () => {
    expect(summariseLevel([failing(8, words)], CHAT).findings).toEqual([
      {
        code: 'no-success',
        level: 8,
        message: 'None of 7 requests succeeded: connect × 4: connection refused; http_503 × 3: the engine is dead.',
      },
    ])
  })

  test('the run says it first, over all levels, and nothing that only follows', () => {
    const levels = [1, 2].map((concurrency) => summariseLevel([failing(concurrency, words)], CHAT))
    const extra = [
      { code: 'plan-cut', message: 'cut' },
      { code: 'endpoint-gone', message: 'gone' },
      { code: 'not-settled', message: 'never' },
    ] as const
    const { findings } = judgeRun(levels, { extra, sentinelMs: [1, 2] })
    expect(findings.map(({ code }) => code)).toEqual(['no-success', 'no-success', 'no-success', 'plan-cut'])
    expect(findings[0]!.message).toBe(
      'No request of the run succeeded: connect × 8: connection refused; http_503 × 6: the engine is dead.',
    )
    expect(judgeRun([aLevel(1)], { extra }).findings.map(({ code }) => code)).toContain('endpoint-gone')
  })

  test('many classes are counted, and what a server says is fit to be shown', () => {
    const many = { connect: 'a', http_500: 'b\u001b[2J\nc', http_502: 'c', incomplete: 'd' }
    expect(summariseLevel([failing(1, many)], CHAT).findings[0]!.message).toBe(
      'None of 10 requests succeeded: connect × 4: a; http_500 × 3: b [2J c; http_502 × 2: c; and 1 more class.',
    )
  })
})

test('findings of preflight pass through, and those about the whole run can invalidate it', () => {
  const compressed = { code: 'compressed', message: 'gzip' } as const
  expect(judgeRun([aLevel(1)], { extra: [compressed] })).toMatchObject({ ok: true, findings: [compressed] })
  const foreign = { code: 'drift', message: 'running 40, ours 8' } as const
  expect(judgeRun([aLevel(1)], { extra: [foreign] }).ok).toBe(false)
})

test('a sentinel that moves by more than 15 % is told', () => {
  expect(judgeRun([aLevel(1)], { sentinelMs: [100, 114, 108] }).findings).toEqual([])
  const { ok, findings } = judgeRun([aLevel(1)], { sentinelMs: [100, 104.04, 117.26] })
  expect(ok).toBe(true)
  expect(findings[0]!.message).toBe('A single request took 100 ms, 104 ms, 117 ms in the course of the run.')
})

test('drift goes the same way in every pass, and beyond what chance explains', () => {
  const changing = (factor: number, pass: number, spread = 0) =>
    aLevelRun({
      concurrency: 8,
      pass,
      records: steadyRecords(8).map((record, i) => ({
        ...record,
        tpotMs: 10 * (record.startMs > 5000 ? factor : 1) * Math.exp(spread * ((i % 9) - 4)),
      })),
    })
  const found = (...runs: readonly LevelRun[]) => summariseLevel(runs, CHAT).findings.map(({ code }) => code)
  expect(found(changing(1.2, 1), changing(1.2, 2))).toEqual(['drift'])
  expect(found(changing(1 / 1.2, 1), changing(1 / 1.2, 2))).toEqual(['drift'])
  expect(found(changing(1.2, 1), changing(1 / 1.3, 2))).toEqual([])
  expect(found(changing(1.2, 1, 0.2), changing(1.2, 2, 0.2))).toEqual([])
})

test('a timeout that the server states is its failure, what it refuses otherwise is not', () => {
  expect(['http_408', 'http_500', 'http_503', 'connect', 'timeout_total'].map(isServerFailure)).toEqual(
    Array.from({ length: 5 }, () => true),
  )
  expect(['http_400', 'http_404', 'http_429', 'tls', 'parse'].map(isServerFailure)).toEqual(
    Array.from({ length: 5 }, () => false),
  )
})

test('the delay of the client is an error of the span between first and last token, which its gaps share', () => {
  const client = { eventLoopUtilization: 0.1, delayP90Ms: 1, delayP99Ms: 1, queueP99Ms: 0.1 }
  // Two stamps late by 1 ms over 4 gaps: 0.5 ms a token; 2.5 % of 19 ms is less, of 21 ms more.
  const of = (tpotMs: number) => judge({ client, records: steadyRecords(1, { outputTokens: 5, tpotMs }) }).state
  expect(of(21)).toBe('ok')
  expect(of(19)).toBe('client-saturated')
})

test('an end of stream within 2 ms of the last token hides nothing, however short the answer', () => {
  const short = { ttftMs: 5, tpotMs: 1, outputTokens: 5 }
  expect(codes({ records: steadyRecords(1, { ...short, endMs: 10.9 }) })).not.toContain('hidden-tail')
  expect(codes({ records: steadyRecords(1, { ...short, endMs: 11.1 }) })).toContain('hidden-tail')
})

test('the first connection of each worker is owed', () => {
  const of = (opened: number) => codes({ concurrency: 8, connections: { opened, requests: 28 } })
  // Of the 20 requests that could have reused a connection half may open one.
  expect(of(18)).toEqual([])
  expect(of(19)).toEqual(['no-keep-alive'])
})

test('refusals of a rate limit are not told a second time as errors', () => {
  const records = [...steadyRecords(8), ...Array.from({ length: 12 }, () => aFailure('http_429', { level: 8 }))]
  expect(judge({ concurrency: 8, records })).toMatchObject({ state: 'limited', invalidReasons: ['rate-limited'] })
})

const NOT_VALID = aVerdict({ verdict: 'not-measured', check: 'fail', comparisons: [], reasons: ['run-invalid'] })

const levelsWith = (...reasons: readonly (readonly string[])[]) => reasons.map((invalidReasons) => ({ invalidReasons }))

test('nothing is wrong with a run of valid levels', () => {
  expect(explainInvalid(levelsWith([], []), [])).toBeNull()
  expect(explainInvalid(levelsWith([]), [{ code: 'plan-cut', message: 'Cut.' }])).toBeNull()
})

test('what is wrong with the whole run comes before what is wrong with levels', () => {
  const gone = { code: 'endpoint-gone', message: 'Single requests after the last level all failed.' } as const
  expect(explainInvalid(levelsWith(['errors'], ['errors']), [gone])).toBe(
    'single requests after the last level all failed',
  )
  // What was said of one level is no word about the run.
  expect(explainInvalid(levelsWith(['errors']), [{ ...gone, level: 1 }])).toMatch(/^clearly more than 1 % /)
})

test('of levels it is what explains most of them, and of the rest what explains most of that', () => {
  const levels = levelsWith(['drift', 'errors'], ['client-saturated'], ['errors'], ['rate-limited'], [])
  expect(explainInvalid(levels, [])).toBe(
    'clearly more than 1 % of the requests failed (one-sided 95 % bound) (2 of 5 levels); this machine was too busy: it, not the server, was the bottleneck (1 of 5 levels)',
  )
  expect(explainInvalid(levelsWith(['of-a-newer-version']), [])).toBe('of-a-newer-version (the only level)')
})

test('the headline of a run that this machine was too busy for says so', () => {
  const client = { eventLoopUtilization: 0.99, delayP90Ms: 80, delayP99Ms: 120, queueP99Ms: 40 }
  const levels = [1, 8].map((concurrency) => judge({ concurrency, client }))
  expect(levels.map(({ state }) => state)).toEqual(['client-saturated', 'client-saturated'])
  const report = aReport({ measured: levels, validity: judgeRun(levels) })
  expect(renderTitle(NOT_VALID, report)).toBe(
    '❌ llama-8b: could not be measured: this machine was too busy: it, not the server, was the bottleneck (both levels)',
  )
})

test.each(FINDINGS.filter(invalidates))('the headline of a run that $code makes invalid names the cause', (kind) => {
  const headline = (cause: string | null) =>
    renderTitle(NOT_VALID, aReport({ validity: { ok: false, cause: cause!, findings: [] } }))
  const ofRun = explainInvalid([], [{ code: kind.code, message: 'It was 17 of 19.' }])
  expect(headline(ofRun)).toBe('❌ llama-8b: could not be measured: it was 17 of 19')
  const ofLevels = headline(explainInvalid(levelsWith([kind.code]), []))
  expect(ofLevels).toContain(dropCodeMarks(makeClause(kind.meaning)).slice(0, 100))
  expect(ofLevels).not.toContain('as a whole')
})
