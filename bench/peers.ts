/**
 * The same work by this command and by other clients whose programs are on the path: 32 streams, and 20 requests a second at random times,
 * against the simulated endpoint in a process of its own. What each says of TTFT, TPOT and tokens, less what the server did.
 *
 *   npm run bench -- peers --requests 400
 */
import { parseArgs } from 'node:util'
import { quantileSorted } from 'simple-statistics'
import type { RequestRecord } from '../src/vocabulary/request-facts.ts'
import { PEER_HEADER, runPeersInRows, toPeerRow } from './support/peer-rows.ts'
import type { ServedRequest } from './support/peer-rows.ts'
import type { PeerFigures, PeerLoad } from './support/peers.ts'
import { printHead, printRow, report } from './support/result.ts'
import type { Check } from './support/result.ts'
import { runCommand, startSimulate, STEADY } from './support/simulate.ts'

const MODEL = 'simulated-model'
const TOKENS = { inputTokens: 128, outputTokens: 64 } as const
const STREAMS = 32
const PER_SECOND = 20
/** Of one answer of the steady endpoint. */
const LATENCY_S = 0.68
/** Ours, in per cent; not a token more or less; and no TTFT that is further off than another's: how soon the endpoint reads is the same for all. */
const TPOT_BOUND = 1

const { values } = parseArgs({ options: { requests: { type: 'string', default: '400' } } })
const requests = Number(values.requests)
const LOADS: readonly { readonly words: string; readonly load: PeerLoad }[] = [
  { words: `${STREAMS} streams`, load: { kind: 'closed', streams: STREAMS } },
  {
    words: `${PER_SECOND}/s`,
    load: { kind: 'open', perSecond: PER_SECOND, seconds: Math.ceil(requests / PER_SECOND) },
  },
]

const endpoint = await startSimulate([...STEADY, '--model', MODEL])
let seen = 0
try {
  const checks: Check[] = []
  printHead('The same work: what a client says, less what the server did', PEER_HEADER)
  for (const { words, load } of LOADS) {
    const row = await runOurs(words, load)
    printRow(row)
    const work = { origin: endpoint.url, path: '', model: MODEL, load, requests, ...TOKENS }
    const others: number[] = []
    for await (const other of runPeersInRows(work, words, readServed)) {
      printRow(other)
      if (other[3] !== '') others.push(distance(other[3]!))
    }
    const [ttft, tpot, tokens] = [row[3]!, row[5]!, row[6]!].map(distance)
    checks.push(
      { what: `TPOT p50, ${words}`, value: tpot!, unit: '%', atMost: TPOT_BOUND },
      { what: `tokens, ${words}`, value: tokens!, unit: '', atMost: 0 },
    )
    if (others.length === 0) continue
    const value = ttft! / Math.min(...others)
    checks.push({ what: `TTFT p50 beside the nearest other, ${words}`, value, unit: '×', atMost: 1 })
  }
  console.log('')
  report('The same work by this command', checks)
} finally {
  endpoint.stop()
}

async function runOurs(words: string, load: PeerLoad): Promise<string[]> {
  const level =
    load.kind === 'closed'
      ? `--concurrency ${load.streams} --level-duration ${Math.ceil((requests * LATENCY_S) / load.streams)}s`
      : `--rate ${load.perSecond} --level-duration ${load.seconds}s`
  const from = performance.now()
  const { records } = await runCommand(
    `--endpoint ${endpoint.url} --model ${MODEL} --input-tokens ${TOKENS.inputTokens} --output-tokens ${TOKENS.outputTokens} ` +
      `--passes 1 --soak off --cross-check none ${level}`,
    { codes: [0, 3] },
  )
  const seconds = (performance.now() - from) / 1000
  const recorded = new Set(records.map(({ requestId }) => requestId!))
  return toPeerRow('plateau', words, figuresOf(records), await readServed(recorded), seconds)
}

function figuresOf(records: readonly RequestRecord[]): PeerFigures {
  const sorted = (figures: (number | null)[]): number[] => figures.filter((one) => one !== null).sort((a, b) => a - b)
  const ttfts = sorted(records.map(({ ttftMs }) => ttftMs))
  return {
    ttftMs: { p50: quantileSorted(ttfts, 0.5), p99: quantileSorted(ttfts, 0.99) },
    tpotMs: quantileSorted(sorted(records.map(({ tpotMs }) => tpotMs)), 0.5),
    outputTokens: records.reduce((sum, one) => sum + (one.outputTokens ?? 0), 0),
  }
}

/** What the endpoint served in whole since this was last asked: these requests, else those of the length that others were told to ask for. */
async function readServed(only?: ReadonlySet<string>): Promise<readonly ServedRequest[]> {
  const log = (await endpoint.log()).filter(({ id }) => id > seen)
  seen = Math.max(seen, ...log.map(({ id }) => id))
  return log.filter((one): one is typeof one & ServedRequest => {
    const isWhole = one.outcome === 'ok' && one.firstTokenAtMs !== null && one.lastTokenAtMs !== null
    return isWhole && (only?.has(one.requestId ?? '') ?? one.outputTokens === TOKENS.outputTokens)
  })
}

function distance(cell: string): number {
  return Math.abs(Number.parseFloat(cell.replace('−', '-')))
}
