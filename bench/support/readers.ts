/** Clients that read a truth server, each in a process of its own, which lasts: so it is measured when its code has been compiled. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ReaderName, ReadingResult, ReadingTask } from './reading.ts'

const PROGRAM = join(import.meta.dirname, 'timed-reader.ts')

/** A process that reads one level after another. */
export interface TimedReader {
  /** Reads one level. The answers are those of its window. */
  read(task: ReadingTask): Promise<ReadingResult>
  end(): void
}

/** Starts a reader, with `execArgv` for Node, as to profile it. */
export function startReader(name: ReaderName, execArgv: readonly string[] = []): TimedReader {
  const child = fork(PROGRAM, [name], { execArgv: [...process.execArgv, ...execArgv] })
  return {
    async read(task) {
      child.send(task)
      return new Promise((resolve, reject) => {
        const fail = (code: number | null): void => reject(new Error(`the ${name} reader ended with ${String(code)}`))
        child.once('exit', fail)
        child.once('message', (result) => {
          child.off('exit', fail)
          resolve(result as ReadingResult)
        })
      })
    },
    end: () => child.disconnect(),
  }
}
