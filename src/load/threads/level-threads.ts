import { countThreads, planMoreThreads } from '../../plan/threads.ts'
import type { ThreadPlan } from '../../plan/threads.ts'

/** How many threads carry each level of a sweep: those of the plan, and more from the first level on that kept this machine too busy. */
export class LevelThreads {
  readonly #planned: ThreadPlan | null
  /** How many sides are loaded at once. */
  readonly #countAtOnce: () => 1 | 2
  /** Lower levels keep the number that they have in other runs. */
  #more: { readonly from: number; readonly threads: ThreadPlan } | null = null

  constructor(planned: ThreadPlan | null, countAtOnce: () => 1 | 2) {
    this.#planned = planned
    this.#countAtOnce = countAtOnce
  }

  /** Threads beside this one that carry the level on each side; 0 when this one does. */
  count(concurrency: number): number {
    const threads = this.#planAt(concurrency)
    return threads === null ? 0 : countThreads(threads, concurrency, this.#countAtOnce())
  }

  /** Null where the level has as many as there can be. */
  findMore(concurrency: number): ThreadPlan | null {
    const threads = this.#planAt(concurrency)
    return threads === null ? null : planMoreThreads(threads, concurrency, this.#countAtOnce())
  }

  /** Gives more threads to this level, which can have more, and to all above; returns how many it may now have. */
  add(concurrency: number): number {
    const more = this.#more
    const threads = more !== null && concurrency < more.from ? more.threads : this.findMore(concurrency)!
    this.#more = { from: Math.min(concurrency, more?.from ?? Infinity), threads }
    return threads.threads
  }

  #planAt(concurrency: number): ThreadPlan | null {
    return this.#more !== null && concurrency >= this.#more.from ? this.#more.threads : this.#planned
  }
}
