/**
 * A thread that carries load: it gets a share of a level, carries it on its own connections, and returns the results.
 * It decides nothing about the level.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { toTrouble } from '../../errors.ts'
import type { ProofAnswer, ProofQuestion } from '../auth/authorizers.ts'
import { createGarbageCollector, createHealthProbe, followClock } from '../runtime.ts'
import { listBuffers } from '../level/packed-records.ts'
import { Share } from '../level/share.ts'
import { followOrder } from './order.ts'
import type { News, ShareOrder, Word } from './order.ts'

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
  const { level, ports } = followOrder(order, clock, askMain)
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
