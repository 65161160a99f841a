import { medianSorted, quantileSorted } from 'simple-statistics'
import { isInstalled, PEERS, runPeer } from './peers.ts'
import type { PeerFigures, PeerWork } from './peers.ts'

/** What a server really did with one request; milliseconds on its clock. */
export interface ServedRequest {
  readonly receivedAtMs: number
  readonly firstTokenAtMs: number
  readonly lastTokenAtMs: number
  readonly outputTokens: number
}

export const PEER_HEADER = ['client', 'load', 'requests', 'TTFT p50', 'p99', 'TPOT p50', 'tokens', 'came', 'took']

/** A row of what each client that is installed says of this work, less what the server did; else one that says why there is none. */
export async function* runPeersInRows(
  work: PeerWork,
  load: string,
  readServed: () => Promise<readonly ServedRequest[]>,
): AsyncGenerator<string[]> {
  for (const peer of PEERS) {
    if (!isInstalled(peer)) {
      yield [peer.name, load, 'not installed', '', '', '', '', '', '']
      continue
    }
    const from = performance.now()
    try {
      const figures = await runPeer(peer, work)
      const seconds = (performance.now() - from) / 1000
      yield toPeerRow(peer.name, load, figures, await readServed(), seconds)
    } catch (error) {
      yield [peer.name, load, tellFailure(error), '', '', '', '', '', '']
      await readServed()
    }
  }
}

/** Why another client gave no figures, for its row. */
export function tellFailure(error: unknown): string {
  return `did not run: ${(error as Error).message.slice(0, 100)}`
}

/** What a client says, less what the server did in the requests that had more than one token. */
export function toPeerRow(
  client: string,
  load: string,
  { ttftMs, tpotMs, outputTokens }: PeerFigures,
  all: readonly ServedRequest[],
  seconds: number,
): string[] {
  const served = all.filter((one) => one.outputTokens > 1)
  const ttfts = served.map(({ receivedAtMs, firstTokenAtMs }) => firstTokenAtMs - receivedAtMs).sort((a, b) => a - b)
  const tpots = served.map((one) => (one.lastTokenAtMs - one.firstTokenAtMs) / (one.outputTokens - 1))
  const sent = served.reduce((sum, one) => sum + one.outputTokens, 0)
  const came = served.map(({ receivedAtMs }) => receivedAtMs).sort((a, b) => a - b)
  const signed = (value: number, digits: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
  return [
    client,
    load,
    String(served.length),
    `${signed(ttftMs.p50 - medianSorted(ttfts), 2)} ms`,
    `${signed(ttftMs.p99 - quantileSorted(ttfts, 0.99), 1)} ms`,
    `${signed(100 * (tpotMs / medianSorted(tpots.sort((a, b) => a - b)) - 1), 2)} %`,
    outputTokens === null ? 'not stated' : signed(outputTokens - sent, 0),
    `${((1000 * (came.length - 1)) / (came.at(-1)! - came[0]!)).toFixed(1)}/s`,
    `${seconds.toFixed(0)} s`,
  ]
}
