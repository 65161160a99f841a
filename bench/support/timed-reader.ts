/**
 * A client in a process of its own for `npm run bench -- client`: either ours (transport and level protocol as a run has them) or a bare
 * reader, which only counts newlines. Started with what it is to do as JSON, it tells what it measured and what that cost.
 */
import { createGarbageCollector, keepHeapSmall } from '../../src/load/client-health.ts'
import { readBarely } from './bare-reader.ts'
import { measureChat } from './chat-level.ts'
import type { Read, ReadingResult, ReadingTask, TimedAnswer } from './reading.ts'

const task = JSON.parse(process.argv[2]!) as ReadingTask
keepHeapSmall()
createGarbageCollector()()
const read = task.reader === 'plateau' ? readAsPlateau : readBarely
// In a run, preflight and self-proof have warmed the code up.
const warm = task.api === undefined ? { url: new URL('/free/5/1', task.url).href, answerMs: 105 } : {}
await read({ ...task, ...warm, streams: 32, windowMs: 300 })
const measured = await read(task)
const result: ReadingResult = { ...measured, peakMb: process.resourceUsage().maxRSS / 1024 }
process.send!(result, () => process.exit())

async function readAsPlateau({ url, api, caCert, streams, outputTokens, windowMs }: ReadingTask): Promise<Read> {
  const { run, ...measured } = await measureChat({
    url,
    ...(api !== undefined && { api }),
    ...(caCert !== undefined && { caCert }),
    model: 'truth',
    streams,
    outputTokens,
    windowMs,
  })
  const answers: TimedAnswer[] = []
  for (const { phase, outcome, requestId, ttftMs, lastTokenMs, outputTokens } of run.records) {
    if (outcome === 'ok' && phase === 'counted')
      answers.push({ phase, outcome, requestId, ttftMs: ttftMs!, lastTokenMs: lastTokenMs!, outputTokens })
  }
  return { answers, ...measured }
}
