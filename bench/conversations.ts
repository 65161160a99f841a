/**
 * How right the figures of conversations are: the committed command holds conversations with the simulated endpoint, a process of its own
 * with a prefix cache, and each turn is compared with the server's own log: TTFT by turn, cached tokens, and whole conversations. Beside them the
 * tokens a second that the plan was proven against and those that came.
 *
 *   npm run bench -- conversations --turns 4 --workers 4 --seconds 20
 */
import { parseArgs } from 'node:util'
import { medianSorted } from 'simple-statistics'
import type { SentRequest } from '../src/simulator/answer.ts'
import type { RequestRecord } from '../src/vocabulary/request-facts.ts'
import { printTable, report } from './support/result.ts'
import type { Check } from './support/result.ts'
import { runCommand, startSimulate } from './support/simulate.ts'

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '4' },
    workers: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '20' },
  },
})
const turns = Number(values.turns)
const THINK_MS = 500
/** A prefill that is seen: 100 ms for 1,000 tokens that no cache holds. */
const SERVER =
  '--slots 64 --overhead 20ms --prefill-per-1000-tokens 100ms --decode 10ms --decode-per-sequence 0ms --jitter 0 --prefix-cache'

/** A turn as it was measured, and as the server saw it. */
interface Pair {
  readonly record: RequestRecord
  readonly sent: SentRequest
}

const endpoint = await startSimulate(SERVER.split(' '))
try {
  const { records, report: run } = await runCommand(
    `--endpoint ${endpoint.url} --api openai-chat --model simulated-model --concurrency ${values.workers} --passes 1 --level-duration ${values.seconds}s ` +
      `--turns ${turns} --think-time ${THINK_MS}ms --system-prompt-tokens 256 --input-tokens 128 --output-tokens 64 --soak off`,
    { codes: [0, 3] },
  )
  const sent = new Map((await endpoint.log()).map((request) => [request.requestId, request]))
  const pairs = records.flatMap((record): Pair[] =>
    record.phase === 'counted' ? [{ record, sent: sent.get(record.requestId)! }] : [],
  )
  const [level] = run.levels
  const talks = level!.conversations!
  const checks: Check[] = []
  const rows: string[][] = []
  for (const { turn, ttftMs } of talks.turns) {
    const ofTurn = pairs.filter(({ record }) => record.turn === turn)
    const trueTtft = median(ofTurn.map(({ sent }) => sent.firstTokenAtMs! - sent.receivedAtMs))
    const share = sum(ofTurn, ({ sent }) => sent.cachedTokens) / sum(ofTurn, ({ sent }) => sent.inputTokens)
    checks.push({ what: `TTFT of turn ${turn}, off by`, value: Math.abs(ttftMs! - trueTtft), unit: 'ms', atMost: 2 })
    const figures = [trueTtft, ttftMs!].map((ms) => `${ms.toFixed(1)} ms`)
    rows.push([String(turn), String(ofTurn.length), ...figures, `${(100 * share).toFixed(1)} %`])
  }
  const wrong = pairs.filter(({ record, sent }) => record.cachedTokens !== sent.cachedTokens).length
  checks.push({
    what: `of ${pairs.length} turns with another number of cached tokens`,
    value: wrong,
    unit: '',
    atMost: 0,
  })
  const whole = followWhole(pairs)
  const latency = median(whole.map((talk) => sum(talk, ({ sent }) => sent.lastTokenAtMs! - sent.receivedAtMs)))
  const span = median(whole.map((talk) => talk.at(-1)!.sent.lastTokenAtMs! - talk[0]!.sent.receivedAtMs))
  checks.push(
    { what: 'whole conversations, off by', value: Math.abs(talks.whole - whole.length), unit: '', atMost: 0 },
    {
      what: 'answers of a conversation, off by',
      value: 100 * Math.abs(talks.latencyMs! / latency - 1),
      unit: '%',
      atMost: 1,
    },
    { what: 'from first to last, off by', value: 100 * Math.abs(talks.spanMs! / span - 1), unit: '%', atMost: 1 },
  )
  printTable('By turn', ['turn', 'requests', 'TTFT by the log', 'measured', 'cached, of both'], rows)
  console.log(
    `${whole.length} whole; answers ${latency.toFixed(0)} ms by the log, ${talks.latencyMs!.toFixed(0)} measured; first to last ${span.toFixed(0)} and ${talks.spanMs!.toFixed(0)} ms\n`,
  )
  if (run.selfProof !== undefined) {
    const { plannedTokensPerSecond: planned } = run.selfProof
    const came = level!.outputTokensPerSecond!
    console.log(
      `${planned.toFixed(0)} tokens/s planned, ${came.toFixed(0)} came: ${(planned / came).toFixed(2)} times\n`,
    )
    // Nobody slows anybody down here, so that the most is what comes.
    checks.push({
      what: 'planned tokens/s beside those that came',
      value: Math.abs(planned / came - 1),
      unit: '',
      atMost: 0.1,
    })
  }
  report('Conversations against the simulator’s own log', checks)
} finally {
  endpoint.stop()
}

/** The conversations all of whose turns were counted, each in the order of its turns. */
function followWhole(all: readonly Pair[]): Pair[][] {
  const talks = Map.groupBy(all, ({ record }) => `${record.worker}/${record.conversation}`)
  return [...talks.values()].filter((talk) => talk.length === talk[0]!.record.turns)
}

function median(some: readonly number[]): number {
  return medianSorted(some.toSorted((a, b) => a - b))
}

function sum(some: readonly Pair[], pick: (pair: Pair) => number): number {
  return some.reduce((total, pair) => total + pick(pair), 0)
}
