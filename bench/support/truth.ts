import { medianSorted } from 'simple-statistics'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import type { SentRequest } from '../../src/simulator/answer.ts'
import type { Check } from './result.ts'

/** How far measured requests are from what the simulated endpoint truly sent, as checks; `ttftBoundMs` bounds the median TTFT error. */
export function compareWithTruth(
  records: readonly RequestRecord[],
  sent: readonly SentRequest[],
  { where, ttftBoundMs }: { readonly where: string; readonly ttftBoundMs: number },
): Check[] {
  const truth = new Map(sent.map((request) => [request.requestId, request]))
  const pairs = records.map((record) => ({ record, sent: truth.get(record.requestId)! }))
  const median = (values: number[]): number => medianSorted(values.sort((a, b) => a - b))
  const ttftError = median(
    pairs.map(({ record, sent }) => Math.abs(record.ttftMs! - (sent.firstTokenAtMs! - sent.receivedAtMs))),
  )
  const trueTpot = median(
    pairs.map(({ sent }) => (sent.lastTokenAtMs! - sent.firstTokenAtMs!) / (sent.outputTokens - 1)),
  )
  const tpot = median(pairs.map(({ record }) => record.tpotMs!))
  const wrongCounts = pairs.filter(({ record, sent }) => record.outputTokens !== sent.outputTokens).length
  console.log(`${where}: ${pairs.length} requests, true TPOT ${trueTpot.toFixed(3)} ms, measured ${tpot.toFixed(3)} ms`)
  return [
    { what: `TTFT error p50, ${where}`, value: ttftError, unit: 'ms', atMost: ttftBoundMs },
    { what: `TPOT error, ${where}`, value: 100 * Math.abs(tpot / trueTpot - 1), unit: '%', atMost: 1 },
    { what: `requests with a wrong token count, ${where}`, value: wrongCounts, unit: '', atMost: 0 },
  ]
}
