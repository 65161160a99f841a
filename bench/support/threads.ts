/** Runs studies in threads, as many at a time as there are cores. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Answer, Rate } from './calibration.ts'

const WORKER = join(import.meta.dirname, 'calibration-worker.ts')

/** Answers by the name of their study. */
export type Answers = ReadonlyMap<string, readonly Answer[]>

/** In this order: the long ones first, so that no core waits for the last. `scale` 1 is the whole of each. */
export async function runInThreads(
  names: readonly string[],
  scale: number,
  threads = availableParallelism(),
): Promise<Answers> {
  const open = [...names]
  const answers = new Map<string, Answer[]>()
  const work = async (): Promise<void> => {
    for (let name = open.shift(); name !== undefined; name = open.shift()) {
      answers.set(name, await runInThread(name, scale))
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
  return answers
}

async function runInThread(name: string, scale: number): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: { name, scale } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/** What was answered to a question of a study at a number of groups. */
export function findAnswer(answers: Answers, study: string, question: string, groups: number): Answer {
  return answers.get(study)!.find((one) => one.question === question && one.groups === groups)!
}

export function findRate(answers: Answers, study: string, question: string, groups: number, count: string): Rate {
  return findAnswer(answers, study, question, groups).rates[count]!
}
