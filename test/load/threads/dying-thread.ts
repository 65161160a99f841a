/** A thread that carries load as the others do, and dies in the middle of it. */
import { parentPort } from 'node:worker_threads'
import type { Word } from '../../../src/load/threads/crew.ts'

await import('../../../src/load/threads/load-thread.ts')

parentPort!.on('message', ({ kind }: Word) => {
  if (kind !== 'opened') return
  setImmediate(() => {
    throw new Error('no memory left')
  })
})
