import type { History } from '../../src/report/history.ts'
import { HISTORY_SCHEMA } from '../../src/report/history.ts'
import { buildRow } from '../../src/report/history-row.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { aReport, SERIES_FIELDS } from './builders.ts'
import { mapRates } from '../../src/vocabulary/metrics.ts'
import { aComparison, anEntry, aVerdict } from './verdict-builders.ts'

/** A report in which every field that holds a text is there. `extra` stands in what the user chose freely. */
export function fullReport(extra = 'eu'): RunReport {
  const report = aReport()
  const { workload, ...series } = SERIES_FIELDS
  return {
    ...report,
    imported: { tool: 'guidellm', version: '0.8.1', notes: ['one load is left out'] },
    series: addSeriesKey({
      ...series,
      workload: { ...workload, extraBody: JSON.stringify({ routing: extra }), headerNames: ['x-tenant'] },
    }),
    context: {
      ...report.context,
      host: 'gpu-7.internal',
      serverVersion: 'vllm 0.9.9',
      build: 'b1234',
      provisioned: '8 × H200',
      region: 'eu-west-1',
      loadTool: 'guidellm 0.8.1',
      requestTokens: '140 in, 64 out',
    },
    prompts: {
      form: 'ShareGPT',
      noun: 'conversation',
      container: 'JSON, gzip',
      found: 52_002,
      leftOut: [{ why: 'without a question', count: 12 }],
      ignored: ['a member'],
      sent: 1_000,
      length: '100 to 2,000 characters',
      seed: 'a seed',
    },
    plan: { ...report.plan, cut: ['the levels 64 and 128 would last too long'] },
    capabilities: { api: 'openai-chat', fields: ['stream_options'], gateway: { name: 'a gateway', hops: 2 } },
    levels: report.levels.map((level) => ({
      ...level,
      invalidReasons: ['client-saturated'],
      tokenSources: ['usage'],
      failures: { 'http-500': 1 },
      server: {
        source: 'prometheus',
        ttftMs: 1,
        tpotMs: 1,
        clientTtftMs: 1,
        clientTpotMs: 1,
        queueMs: 1,
        running: 1,
        waiting: 0,
        kvCacheUsage: 0.5,
        prefixHitShare: 0,
        preemptions: 0,
      },
    })),
    slowest: [
      {
        id: '00000000deadbeef',
        serverId: 'req_011CSHoEeqs5C35K2UUqR7Fy',
        level: 4,
        pass: 2,
        startSeconds: 31.5,
        timesMedian: 4.2,
        ttftMs: 400,
        tpotMs: null,
        latencyMs: 5000,
        inputTokens: null,
        outputTokens: 100,
      },
    ],
    within: {
      limit: 'ttft-p50 <= 300ms',
      ...mapRates(() => 100),
      concurrency: 4,
    },
    limits: [
      {
        limit: 'ttft-p50@4 <= 300ms',
        concurrency: 4,
        outcome: 'not-measured',
        value: null,
        bound: null,
        reason: 'the level is not valid',
      },
    ],
    validity: {
      ok: true,
      findings: [
        { code: 'client-saturated', level: 2, message: 'the client was busy', remedy: 'use a faster one' },
        { code: 'served-model-changed', message: 'another model answered' },
      ],
    },
  }
}

/** A verdict in which every field that holds a text is there. */
export function fullVerdict(): Verdict {
  const { limits } = fullReport()
  const verdict = aVerdict()
  return {
    ...verdict,
    verdict: 'regressed',
    check: 'fail',
    reasons: ['ttft-p50', 'level-lost'],
    comparisons: [
      aComparison({
        verdict: 'accepted',
        accepted: { by: 'a reviewer', at: 0.1, why: 'a new model' },
        control: { theta: 0.7, pairs: 8 },
        note: 'counted in another way',
        provisional: {
          sha: '3f2c1ab9d0',
          startedAt: '2026-11-21T04:00:00.000Z',
          runs: 2,
          mainChange: 0.1,
          changeFromBefore: 0.1,
        },
      }),
      aComparison({ metric: 'plateau-throughput', unit: 'tok/s', verdict: 'regressed' }),
    ],
    lostLevels: [
      {
        concurrency: 8,
        verdict: 'regressed',
        candidate: { ok: 0, failed: 9 },
        baseline: { ok: 99, failed: 0 },
        repeatFailed: true,
        p: 0.001,
        reason: 'most requests failed',
      },
    ],
    limits: [...limits!],
    whatElseChanged: [{ what: 'served model', before: 'llama-a', now: 'llama-b' }],
    baseline: {
      ...verdict.baseline,
      newest: {
        sha: '3f2c1ab9d0e1',
        startedAt: '2026-11-21T04:00:00.000Z',
        url: 'https://github.com/o/r/actions/runs/1',
      },
      skipped: ['an artifact was passed over'],
    },
    notComparable: {
      runs: 3,
      differences: [{ field: 'workload.inputTokens', setting: 'input-tokens', before: '512', now: 'other text' }],
    },
    outlook: [{ metric: 'tpot-p50', runs: 20, smallestVisible: 0.02 }],
    confirmation: { metrics: ['ttft-p50'], levels: [1, 4], passes: 2 },
    control: { pairs: 8, sessions: 2, fresh: true, troubles: ['the second could not be measured'] },
    drift: { since: 'v1.2', released: 3, newest: 3, metrics: [{ metric: 'tpot-p50', ofPlateau: null, change: 0.1 }] },
  }
}

/** A history in which every field that holds a text is there. */
export function fullHistory(extra?: string): History {
  const entry = anEntry()
  return {
    schema: HISTORY_SCHEMA,
    entries: [
      {
        ...entry,
        row: buildRow(fullReport(extra)),
        control: buildRow(fullReport(extra)),
        source: {
          ...entry.source,
          sha: '3f2c1ab9d0e1',
          ref: 'main',
          url: 'https://github.com/o/r/actions/runs/1',
          triggeredBy: '1234',
        },
        segments: { 'ttft-p50': 'opens' },
      },
    ],
  }
}
