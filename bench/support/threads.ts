/** Runs studies in threads, each study in parts: whoever plays which of them, and however many there are, the same comes out. */
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { answerParts } from './calibration.ts'
import type { Answer, Counted, Part, Rate, Study } from './calibration.ts'

const WORKER = join(import.meta.dirname, 'calibration-worker.ts')
/** Parts of a study: so many that no thread is idle for long while another has the last of them. */
const PARTS = 8

/** Answers by the name of their study. */
export type Answers = ReadonlyMap<string, readonly Answer[]>

/** What a thread is asked: a part of a study that `calibration-worker.ts` knows, at this scale. */
export interface Job extends Part {
  readonly name: string
  readonly scale: number
}

/** Studies that are being played. */
export interface Started {
  /** Grows as studies are finished. */
  readonly answers: Answers
  /** Resolves when all of these studies are. */
  ready(names: readonly string[]): Promise<void>
}

/** A line of the file that keeps what was played. */
interface Kept {
  readonly job: Job
  readonly counted: readonly Counted[]
}

/**
 * Starts the studies, in the order in which they are given; `scale` is that which they were made with. With a file, what it has is not played again, and
 * what is played is added to it: it must be of the same code.
 */
export function startStudies(
  studies: Readonly<Record<string, Study>>,
  { scale, threads, file }: { readonly scale: number; readonly threads: number; readonly file: string | null },
): Started {
  const kept = new Map<string, readonly Counted[]>()
  if (file !== null && existsSync(file)) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue
      const { job, counted } = JSON.parse(line) as Kept
      kept.set(JSON.stringify(job), counted)
    }
  }
  const answers = new Map<string, readonly Answer[]>()
  const finished = new Map(Object.keys(studies).map((name) => [name, Promise.withResolvers<void>()]))
  const counted = new Map<string, (readonly Counted[] | null)[]>()
  const jobs = Object.entries(studies).flatMap(([name, { histories }]) => {
    const parts = Math.min(PARTS, histories)
    counted.set(
      name,
      Array.from({ length: parts }, () => null),
    )
    const begin = (part: number): number => Math.round((part * histories) / parts)
    return Array.from({ length: parts }, (_, part) => ({
      part,
      job: { name, scale, from: begin(part), to: begin(part + 1) },
    }))
  })
  const play = async (worker: Worker, job: Job): Promise<readonly Counted[]> => {
    const before = kept.get(JSON.stringify(job))
    if (before !== undefined) return before
    const played = await playInThread(worker, job)
    if (file !== null) appendFileSync(file, `${JSON.stringify({ job, counted: played } satisfies Kept)}\n`)
    return played
  }
  const work = async (): Promise<void> => {
    const worker = new Worker(WORKER)
    for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
      const { part, job } = next
      const { name } = job
      const parts = counted.get(name)!
      parts[part] = await play(worker, job)
      const complete = parts.flatMap((each) => (each === null ? [] : [each]))
      if (complete.length < parts.length) continue
      answers.set(name, answerParts(complete))
      finished.get(name)!.resolve()
    }
    await worker.terminate()
  }
  for (let thread = 0; thread < threads; thread++) {
    work().catch((error: unknown) => {
      for (const { reject } of finished.values()) reject(error)
    })
  }
  return {
    answers,
    async ready(names) {
      await Promise.all(names.map((name) => finished.get(name)!.promise))
    },
  }
}

async function playInThread(worker: Worker, job: Job): Promise<readonly Counted[]> {
  const played = once(worker, 'message') as Promise<[readonly Counted[]]>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(job)
  const [counted] = await played
  return counted
}

/** What was answered to a question of a study at a number of groups. */
export function findAnswer(answers: Answers, study: string, question: string, groups: number): Answer {
  return answers.get(study)!.find((one) => one.question === question && one.groups === groups)!
}

export function findRate(answers: Answers, study: string, question: string, groups: number, count: string): Rate {
  return findAnswer(answers, study, question, groups).rates[count]!
}
