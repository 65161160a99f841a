import type { Histogram } from './histogram.ts'

/** Builds a page in Prometheus' text format, metric by metric. */
export interface PrometheusText {
  gauge(name: string, help: string, value: number): void
  /** `labels` stand behind those of the page. */
  counter(name: string, help: string, value: number, labels?: Labels): void
  /** `scale` turns the histogram's unit into the metric's. */
  histogram(name: string, help: string, histogram: Histogram, scale?: number): void
  readonly text: string
}

type Labels = Readonly<Record<string, string>>

/** A page whose samples all carry these labels. */
export function prometheusText(common: Labels = {}): PrometheusText {
  const lines: string[] = []
  const described = new Set<string>()
  const shared = pairs(common)

  function describe(name: string, type: string, help: string): void {
    if (described.has(name)) return
    described.add(name)
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }
  function sample(name: string, labels: Labels, value: number): void {
    const all = [...shared, ...pairs(labels)].join(',')
    lines.push(`${name}${all === '' ? '' : `{${all}}`} ${value}`)
  }
  return {
    gauge(name, help, value) {
      describe(name, 'gauge', help)
      sample(name, {}, value)
    },
    counter(name, help, value, labels = {}) {
      describe(name, 'counter', help)
      sample(name, labels, value)
    },
    histogram(name, help, { bounds, counts, sum, count }, scale = 1) {
      describe(name, 'histogram', help)
      let upTo = 0
      bounds.forEach((bound, i) => {
        upTo += counts[i]!
        sample(`${name}_bucket`, { le: decimal(bound * scale) }, upTo)
      })
      sample(`${name}_bucket`, { le: '+Inf' }, count)
      sample(`${name}_sum`, {}, sum * scale)
      sample(`${name}_count`, {}, count)
    },
    get text() {
      return `${lines.join('\n')}\n`
    },
  }
}

function pairs(labels: Labels): string[] {
  return Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
}

/** Bounds are floats in every client library. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
