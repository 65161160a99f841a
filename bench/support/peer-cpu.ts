/** CPU a token of our client beside that of others whose programs are on the path, by turns, each stream in its own phase. */
import { median } from 'simple-statistics'
import type { TruthServer } from '../../src/simulator/start-truth.ts'
import { isInstalled, PEERS, runPeer } from './peers.ts'
import type { Peer, PeerWork } from './peers.ts'
import { tellFailure } from './peer-rows.ts'
import { startReader } from './readers.ts'
import type { TimedReader } from './readers.ts'
import type { ReadingTask } from './reading.ts'
import type { Check } from './result.ts'
import { measureUndisturbed } from './undisturbed.ts'

export const PEER_CPU_HEADER = ['client', 'streams', 'theirs', 'ours', 'ours / theirs', 'lowest', 'highest']

const TTFT_MS = 50
const INTERVAL_MS = 10
const OUTPUT_TOKENS = 100
const WINDOW_MS = 4_000
const TURNS = 5
/** A peer's longer run beside its shorter one, so that neither's beginning counts. */
const MORE_TIMES = 4
const FOR_EVER = new AbortController().signal

interface CheckedRow {
  readonly row: readonly string[]
  readonly checks: readonly Check[]
}

/** A row for each other client and each number of streams. Only of the fastest, which is in Rust, ours is never to take more. */
export async function* measurePeersCpu(
  truth: TruthServer,
  streamsAsked: readonly number[],
): AsyncGenerator<CheckedRow> {
  const reader = startReader('plateau')
  try {
    await reader.read(taskOf(truth, 256))
    for (const peer of PEERS) {
      if (!isInstalled(peer)) yield { row: [peer.name, '', 'not installed', '', '', '', ''], checks: [] }
      for (const streams of isInstalled(peer) ? streamsAsked : []) {
        try {
          yield await compare({ truth, reader, peer }, streams)
        } catch (error) {
          yield { row: [peer.name, String(streams), tellFailure(error), '', '', '', ''], checks: [] }
        }
      }
    }
  } finally {
    reader.end()
  }
}

async function compare(
  { truth, reader, peer }: { readonly truth: TruthServer; readonly reader: TimedReader; readonly peer: Peer },
  streams: number,
): Promise<CheckedRow> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < TURNS; turn++) {
    const { result } = await measureUndisturbed(async () => {
      const { cpuMicroseconds, tokens } = await reader.read(taskOf(truth, streams))
      const theirCost = await measurePeerCpu(peer, workOf(truth, streams))
      await truth.readAnswers(FOR_EVER)
      return { ours: cpuMicroseconds / tokens, theirs: theirCost }
    })
    ours.push(result.ours)
    theirs.push(result.theirs)
  }
  const ratios = ours.map((each, turn) => each / theirs[turn]!)
  const value = median(ratios)
  const row = [
    peer.name,
    String(streams),
    ...[theirs, ours].map((each) => `${median(each).toFixed(2)} µs`),
    ...[value, Math.min(...ratios), Math.max(...ratios)].map((each) => each.toFixed(2)),
  ]
  const what = `CPU a token over that of ${peer.name}, ${streams} streams`
  return { row, checks: peer.name === 'vllm-bench' ? [{ what, value, unit: '×', atMost: 1 }] : [] }
}

const PATH = `/free/${TTFT_MS}/${INTERVAL_MS}`

function taskOf({ origin }: TruthServer, streams: number): ReadingTask {
  const answerMs = TTFT_MS + INTERVAL_MS * (OUTPUT_TOKENS - 1)
  return { url: `${origin}${PATH}`, streams, outputTokens: OUTPUT_TOKENS, answerMs, windowMs: WINDOW_MS }
}

function workOf({ origin }: TruthServer, streams: number): PeerWork {
  const load = { kind: 'closed', streams } as const
  const requests = 3 * streams
  return { origin, path: PATH, model: 'truth', load, requests, inputTokens: 32, outputTokens: OUTPUT_TOKENS }
}

/** CPU a token of another client, in microseconds: of the requests that a run has more than a shorter one. */
async function measurePeerCpu(peer: Peer, work: PeerWork): Promise<number> {
  const short = await runPeer(peer, work)
  const long = await runPeer(peer, { ...work, requests: MORE_TIMES * work.requests })
  return (1e6 * (long.cpuSeconds - short.cpuSeconds)) / ((MORE_TIMES - 1) * work.requests * work.outputTokens)
}
