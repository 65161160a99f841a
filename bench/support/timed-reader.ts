/**
 * A client in a process of its own for `npm run bench -- client`: either ours (transport and level protocol as a run has them) or one
 * that only counts newlines. It reads one level after another, each as it is told to, and tells what it measured and what that cost.
 */
import { createGarbageCollector, keepHeapSmall } from '../../src/load/runtime.ts'
import { readBarely } from './bare-reader.ts'
import { measureChat } from './chat-level.ts'
import type { ReaderName, ReadingResult, ReadingTask, TimedAnswer } from './reading.ts'

const READERS: Readonly<Record<ReaderName, (task: ReadingTask) => Promise<ReadingResult>>> = {
  plateau: readAsPlateau,
  plain: async (task) => readBarely(task, { sharesBuffer: false }),
  bare: async (task) => readBarely(task, { sharesBuffer: true }),
}

const read = READERS[process.argv[2] as ReaderName]
keepHeapSmall()
const collectGarbage = createGarbageCollector()
process.on('disconnect', () => process.exit())
process.on('message', (task: ReadingTask) => void readLevel(task))

async function readLevel(task: ReadingTask): Promise<void> {
  // As a run does between levels.
  collectGarbage()
  process.send!(await read(task))
}

async function readAsPlateau({
  url,
  api,
  caCert,
  streams,
  outputTokens,
  answerMs,
  windowMs,
}: ReadingTask): Promise<ReadingResult> {
  const { run, ...measured } = await measureChat({
    url,
    ...(api !== undefined && { api }),
    ...(caCert !== undefined && { caCert }),
    model: 'truth',
    streams,
    outputTokens,
    windowMs,
    // Of warm-up and tail each worker has one.
    expectedRequests: streams * (Math.ceil(windowMs / answerMs) + 2),
  })
  const answers: TimedAnswer[] = []
  for (const { phase, outcome, requestId, ttftMs, lastTokenMs, outputTokens } of run.records) {
    if (outcome === 'ok' && phase === 'counted')
      answers.push({ phase, outcome, requestId: requestId!, ttftMs: ttftMs!, lastTokenMs: lastTokenMs!, outputTokens })
  }
  return { answers, ...measured }
}
