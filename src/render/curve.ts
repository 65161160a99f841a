import type { LevelMetrics } from '../metrics/level-metrics.ts'
import type { Plateau } from '../metrics/plateau.ts'
import { formatConcurrency, formatRate, THROUGHPUT_UNITS } from './format.ts'

const WIDTH = 40
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** The throughput of each level as a bar, with the plateau and the knee marked; empty for fewer than two levels. */
export function renderCurve(levels: readonly LevelMetrics[], plateau: Plateau): string[] {
  const bars = levels.flatMap((level) => {
    const value = level[plateau.metric]
    return value === null || !level.valid ? [] : [{ concurrency: level.concurrency, value }]
  })
  if (bars.length < 2) return []
  const highest = Math.max(...bars.map(({ value }) => value))
  const numbers = bars.map(({ value }) => formatRate(value))
  const wide = Math.max(...numbers.map((text) => text.length))
  const lines = bars.map(({ concurrency, value }, i) => {
    const length = highest === 0 ? 0 : Math.round((value / highest) * WIDTH * 8)
    const bar = '█'.repeat(length >> 3) + EIGHTHS[length & 7]!
    const line = `${String(concurrency).padStart(5)}  ${numbers[i]!.padStart(wide)}  ${bar.padEnd(WIDTH)}`
    return `${line}  ${markOf(concurrency, bars[i - 1]?.concurrency ?? 0, plateau)}`.trimEnd()
  })
  return [`Throughput by concurrency, in ${THROUGHPUT_UNITS[plateau.metric]}`, ...lines]
}

/** The knee stands at the first level that is at or beyond it. */
function markOf(concurrency: number, before: number, { concurrencies, kneeConcurrency }: Plateau): string {
  const knee = kneeConcurrency !== null && kneeConcurrency > before && kneeConcurrency <= concurrency
  const marks = [
    concurrencies.length > 1 && concurrencies.includes(concurrency) ? 'plateau' : null,
    knee ? `knee ${formatConcurrency(kneeConcurrency)}` : null,
  ]
  return marks.filter((mark) => mark !== null).join(', ')
}
