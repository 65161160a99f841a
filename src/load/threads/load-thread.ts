/**
 * A thread that carries load: it gets a share of a level, carries it on its own connections, and returns the results.
 * It decides nothing about the level.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { toTrouble } from '../../errors.ts'
import { createLevelWorkload } from '../../plan/workload.ts'
import { findApi } from '../../vendors/apis.ts'
import { createLastingAuthorizer } from '../auth/authorizers.ts'
import { createBudget } from '../budget.ts'
import { createBoard } from '../level/board.ts'
import type { SharedLevel } from '../level/board.ts'
import { listBuffers } from '../level/packed-records.ts'
import { Share } from '../level/share.ts'
import type { SharePorts } from '../level/share.ts'
import type { Transport } from '../ports.ts'
import { createGarbageCollector, createHealthProbe, drawNonce, followClock } from '../runtime.ts'
import { openTransport } from '../transport/target.ts'
import type { EndpointOrder, News, ShareOrder, Word } from './crew.ts'
import { createLentAuthorizer } from './lent-credentials.ts'
import type { ProofAnswer, ProofQuestion } from './lent-credentials.ts'

const mainThread = parentPort!
const clock = followClock((workerData as { readonly origin: number }).origin)
const collectGarbage = createGarbageCollector()
const questions = new Map<number, (answer: ProofAnswer) => void>()
let asked = 0
/** Takes words about the current share. */
let current: { readonly hear: (word: Word) => void } | null = null

mainThread.on('message', (word: Word) => {
  if (word.kind === 'share') void carryShare(word.order)
  else if (word.kind === 'answer') {
    questions.get(word.number)?.(word.answer)
    questions.delete(word.number)
  } else current?.hear(word)
})

async function carryShare(order: ShareOrder): Promise<void> {
  const { level, ports } = followOrder(order)
  const stopping = new AbortController()
  const health = createHealthProbe(clock.now)
  const share = new Share(
    level,
    order.workers,
    { ...ports, health, collectGarbage },
    {
      stopping: stopping.signal,
      onOpened: () => tellMain({ kind: 'opened' }),
      onOver: () => tellMain({ kind: 'over' }),
      onStopped() {
        stopping.abort()
        tellMain({ kind: 'stopped' })
      },
    },
    order.arrivals,
  )
  await new Promise<void>((begin) => {
    const hear = (word: Word): void => {
      if (word.kind === 'opened' || (word.kind === 'begin' && word.isOpen)) share.noteOpened()
      if (word.kind === 'stop') stopping.abort()
      if (word.kind === 'begin' || word.kind === 'stop') begin()
    }
    current = { hear }
    tellMain({ kind: 'ready' })
  })
  const facts = await share.run()
  current = null
  await ports.transport.close()
  // The memory is transferred, not copied: this thread keeps no records.
  const { records, interChunk } = facts.tally
  const memories = [...listBuffers(records), interChunk.buckets.buffer as ArrayBuffer]
  tellMain({ kind: 'ended', facts: { ...facts, fatal: facts.fatal && toTrouble(facts.fatal) } }, memories)
}

/** Makes what this thread needs from its order. */
function followOrder({ endpoint, acceptedUntil, workload, spec, board, budget, sweepStartAt, target }: ShareOrder): {
  readonly level: SharedLevel
  readonly ports: Pick<SharePorts, 'transport' | 'clock' | 'workload'>
} {
  return {
    level: {
      spec,
      board: createBoard(spec, board),
      budget: createBudget(budget.limits, clock, budget.memory),
      sweepStartAt,
      target,
    },
    ports: {
      transport: openOrdered(endpoint, acceptedUntil),
      clock,
      workload: createLevelWorkload({ ...workload, nonce: drawNonce }, spec),
    },
  }
}

function openOrdered({ api, dialect, url, settings, proof }: EndpointOrder, acceptedUntil: Date | null): Transport {
  const time = { clock, wallClock: () => new Date() }
  const auth =
    'staleAt' in proof
      ? createLentAuthorizer(proof, askMain, time, acceptedUntil)
      : createLastingAuthorizer(
          { ...proof, endpoint: new URL(proof.endpoint), tokenUrl: readUrl(proof.tokenUrl) },
          time,
          acceptedUntil,
        )
  return openTransport(
    { ...settings, proxy: readUrl(settings.proxy) },
    { api: findApi(api), dialect, url: new URL(url), auth },
    time,
  )
}

function readUrl(href: string | null): URL | null {
  return href === null ? null : new URL(href)
}

async function askMain(question: ProofQuestion): Promise<ProofAnswer> {
  const number = ++asked
  return new Promise((resolve) => {
    questions.set(number, resolve)
    tellMain({ kind: 'ask', number, question })
  })
}

function tellMain(news: News, memories: ArrayBuffer[] = []): void {
  mainThread.postMessage(news, memories)
}
