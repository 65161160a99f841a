import type { HistoryEntry } from '../../src/report/history.ts'
import { drawNormal, seedRandom } from '../../src/random.ts'
import { anEntry, aRow, aRowLevel } from './verdict-builders.ts'

/** Months of a main that moves: what a team has after a year of merges. */
export interface Months {
  readonly runs: number
  /** Factors on all times from a point on, and what was said of that point. */
  readonly steps?: readonly { readonly at: number; readonly factor: number; readonly mark?: 'opens' | 'accepted' }[]
  /** Server versions from a point on. */
  readonly servers?: readonly { readonly at: number; readonly version: string }[]
  /** Points before which nothing was recorded for 20 days. */
  readonly gaps?: readonly number[]
  readonly overrides?: (i: number) => Partial<HistoryEntry['source']>
}

/** A year: TPOT and all else up by a fifth at point 120, with a new server at 60. */
export const YEAR: Months = {
  runs: 150,
  steps: [{ at: 120, factor: 1.2, mark: 'opens' }],
  servers: [
    { at: 0, version: 'vllm 0.11.0' },
    { at: 120, version: 'vllm 0.12.0' },
  ],
}

/** Four hundred runs: a step back and its repair, a new server, a pause, and a change that was wanted. */
export const MONTHS_OF_A_TEAM: Months = {
  runs: 400,
  steps: [
    { at: 120, factor: 1.2, mark: 'opens' },
    { at: 180, factor: 0.84, mark: 'opens' },
    { at: 300, factor: 1.08, mark: 'accepted' },
  ],
  servers: [
    { at: 0, version: 'vllm 0.11.0' },
    { at: 200, version: 'vllm 0.12.0' },
  ],
  gaps: [240],
  overrides: (i) => (i === 350 ? { event: 'release', ref: 'v1.4' } : {}),
}

const TEMPLATE = aRow()

/** Recorded runs of these months, two a day from 2026-01-01 on, of a spread of 1.5 %, of TTFT 2 %. */
export function recordMonths({ runs, steps = [], servers = [], gaps = [], overrides }: Months): HistoryEntry[] {
  const random = seedRandom('months')
  let at = Date.parse('2026-01-01T04:00:00.000Z')
  return Array.from({ length: runs }, (_, i) => {
    at += (gaps.includes(i) ? 20 * 24 : 12) * 3_600_000
    const level = steps.reduce((product, step) => (i >= step.at ? product * step.factor : product), 1)
    const [ttft, rest] = [level * Math.exp(0.02 * drawNormal(random)), level * Math.exp(0.015 * drawNormal(random))]
    const version = servers.findLast((server) => i >= server.at)?.version
    const row = {
      ...TEMPLATE,
      startedAt: new Date(at).toISOString(),
      context: { ...TEMPLATE.context, ...(version !== undefined && { serverVersion: version }) },
      levels: [1, 2, 4, 8].map((concurrency) =>
        aRowLevel({
          concurrency,
          passes: [0.995, 1, 1.005].map((pass) => ({
            ok: 30,
            failed: 0,
            figures: {
              'ttft-p50': 50 * ttft * pass,
              'tpot-p50': 10 * rest * pass,
              'latency-p50': 1320 * rest * pass,
              throughput: (95 * Math.min(4, concurrency)) / (rest * pass),
            },
          })),
        }),
      ),
    }
    const mark = steps.find((step) => step.at === i)?.mark
    return anEntry({
      row,
      verdict: mark === 'accepted' ? 'accepted' : mark === undefined ? 'no-change-seen' : 'regressed',
      segments: mark === undefined ? {} : { 'ttft-p50': mark, 'tpot-p50': mark, 'plateau-throughput': mark },
      source: {
        sha: `${(i + 1).toString(16).padStart(7, 'c0ffee1')}${'0'.repeat(33)}`,
        ref: 'main',
        runId: String(19_512_345_000 + i),
        attempt: 1,
        event: 'push',
        url: `https://github.com/acme/serving/actions/runs/${19_512_345_000 + i}`,
        ...overrides?.(i),
      },
    })
  })
}
