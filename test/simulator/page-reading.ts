import { createTally } from '../../src/simulator/tally.ts'
import type { MetricsState } from '../../src/simulator/servers.ts'

/** What a server shows that was asked once. */
export function stateAfterOneRequest(model = 'tiny'): MetricsState {
  const tally = createTally()
  tally.noteArrival(1, { atMs: 0, inputTokens: 64, cachedTokens: 16, generates: true, finishReason: 'stop' })
  tally.noteAdmission(1, 100, 100)
  tally.noteStep(1)
  tally.noteTokens({ id: 1, tokens: 1, last: false, at: 0 }, 300)
  tally.noteTokens({ id: 1, tokens: 2, last: true, at: 0 }, 400)
  return { model, totals: tally.totals, running: 3, waiting: 2, slots: 4 }
}

/** The samples of a page, by name and labels as they stand there. */
export function samplesOf(page: string): ReadonlyMap<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

/** Names of samples that come before the type of their metric, or twice; and types that are stated twice. */
export function findUntyped(page: string): string[] {
  const seen = new Set<string>()
  return page
    .trimEnd()
    .split('\n')
    .filter((line) => {
      const type = /^# TYPE (\S+) (gauge|counter|histogram)$/.exec(line)
      if (type !== null) return seen.size === seen.add(type[1]!).size
      if (line.startsWith('# HELP ')) return false
      const name = /^[^{ ]+/.exec(line)![0]
      return (
        !/^\S+ -?[0-9.e+-]+$/.test(line) || !seen.has(seen.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))
      )
    })
}
