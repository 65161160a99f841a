import { fork } from 'node:child_process'
import { once } from 'node:events'
import { locateProgram } from '../program-path.ts'
import type { TrueAnswer, TruthNews, TruthOrder } from './truth.ts'

/** A truth server in its own process, on 127.0.0.1. */
export interface TruthServer {
  readonly origin: string
  /** What it has sent since the last call. Rejects when it is gone, or has not answered before `until` aborts. */
  readAnswers(until: AbortSignal): Promise<readonly TrueAnswer[]>
  /** Ends its process; resolves when that is gone. */
  end(): Promise<void>
}

/** Starts one. Rejects, with part of a sentence, when it is not ready before `signal` aborts. */
export type StartTruth = (signal: AbortSignal) => Promise<TruthServer>

/**
 * Starts the truth server. It only gets those environment variables that Windows needs to start a program: others may
 * be secrets.
 */
export const startTruth: StartTruth = async (signal) => {
  const { SystemRoot } = process.env
  const child = fork(locateProgram('./truth.js', import.meta.url), [], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: SystemRoot === undefined ? {} : { SystemRoot },
    execArgv: [],
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const broken = new Promise<never>((_, reject) => {
    child.once('error', ({ message }) => reject(new Error(`cannot be started: ${message}`)))
    child.once('exit', () => reject(new Error('ended by itself')))
  })
  broken.catch(() => {})
  /** Its next message: it sends one when it is ready, and one for each request. */
  const hear = async (until: AbortSignal): Promise<TruthNews> => {
    const listening = new AbortController()
    const next = once(child, 'message', { signal: listening.signal }) as Promise<[TruthNews]>
    const late = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new Error('took too long to start'))
      if (until.aborted) giveUp()
      until.addEventListener('abort', giveUp, { once: true, signal: listening.signal })
    })
    try {
      const [news] = await Promise.race([next, broken, late])
      if (news.kind === 'failed') throw new Error(news.how)
      return news
    } finally {
      listening.abort()
      next.catch(() => {})
    }
  }
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  try {
    const { port } = (await hear(signal)) as TruthNews & { kind: 'listening' }
    return {
      origin: `http://127.0.0.1:${port}`,
      async readAnswers(until) {
        const told = hear(until)
        child.send({ kind: 'hand over' } satisfies TruthOrder, () => {})
        return ((await told) as TruthNews & { kind: 'answers' }).answers
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
