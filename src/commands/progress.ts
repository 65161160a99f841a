import type { Output } from './output.ts'

/** What goes on while levels are measured. */
export interface Progress {
  start(level: { readonly concurrency: number; readonly pass: number }): void
  /** The line that says what the level came to. */
  end(line: string): void
  stop(): void
}

const LIVE_INTERVAL_MS = 500

/** A line that moves while a level runs on a terminal, and one line per level everywhere. */
export function createProgress(output: Output): Progress {
  let timer: NodeJS.Timeout | null = null
  const stop = (): void => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  return {
    start({ concurrency, pass }) {
      const from = performance.now()
      const show = (): void =>
        output.live(`level ${concurrency}, pass ${pass}: ${((performance.now() - from) / 1000).toFixed(0)} s …`)
      stop()
      if (!output.isTerminal) return
      show()
      timer = setInterval(show, LIVE_INTERVAL_MS)
    },
    end(line) {
      stop()
      output.log(line)
    },
    stop,
  }
}
