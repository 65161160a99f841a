import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TrueAnswer, TruthNews, TruthOrder } from './truth.ts'

/** A truth server in a process of its own, on 127.0.0.1. */
export interface TruthServer {
  readonly origin: string
  /** What it has sent since it was asked last. Rejects when it is gone, or has not told before `until` aborts. */
  readAnswers(until: AbortSignal): Promise<readonly TrueAnswer[]>
  /** Resolves when its process is gone. */
  end(): Promise<void>
}

/** Starts one. Rejects, with half a sentence, where there is none before `signal` aborts. */
export type StartTruth = (signal: AbortSignal) => Promise<TruthServer>

/** Where its program is: beside this file, as sources and as a bundle. */
function locateTruth(): string {
  const here = import.meta.url
  return fileURLToPath(new URL(here.endsWith('.ts') ? './truth.ts' : './truth.js', here))
}

/** Starts the truth server. Nothing of our environment is handed to it: it needs none, and there may be secrets in it. */
export const startTruth: StartTruth = async (signal) => {
  const child = fork(locateTruth(), [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: {}, execArgv: [] })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const hear = async <Kind extends TruthNews['kind']>(kind: Kind, until: AbortSignal) =>
    new Promise<TruthNews & { kind: Kind }>((resolve, reject) => {
      child.on('message', (news: TruthNews) => {
        if (news.kind === kind) resolve(news as TruthNews & { kind: Kind })
        else if (news.kind === 'failed') reject(new Error(news.how))
      })
      child.once('error', ({ message }) => reject(new Error(`cannot be started: ${message}`)))
      void gone.then(() => reject(new Error('ended by itself')))
      const giveUp = (): void => reject(new Error('took too long'))
      if (until.aborted) giveUp()
      until.addEventListener('abort', giveUp, { once: true })
    })
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  try {
    const { port } = await hear('listening', signal)
    return {
      origin: `http://127.0.0.1:${port}`,
      async readAnswers(until) {
        const answers = hear('answers', until)
        child.send({ kind: 'hand over' } satisfies TruthOrder, () => {})
        return (await answers).answers
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
