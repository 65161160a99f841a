import type { SlowDrift } from '../report/verdict.ts'
import { formatChange, plural } from './format.ts'
import { nameOf } from './metric-words.ts'
import type { Escape } from './view/title.ts'

/** Where recorded runs have gone since a release, in one sentence. */
export function describeDrift({ since, released, newest, metrics }: SlowDrift, escape: Escape): string {
  const beginning = `Slow drift since ${escape(since)}`
  if (metrics.length === 0) return `${beginning}: too few runs to tell (${released} before, ${newest} since).`
  const changes = metrics.map((metric) => `${nameOf(metric)} ${formatChange(metric.change)}`)
  return `${beginning} (${plural(newest, 'newest run')} against ${released}): ${changes.join(', ')}.`
}

/** The same for a report: nothing where there is nothing to tell. */
export function driftLines(drift: SlowDrift | null, escape: Escape): string[] {
  return drift === null || drift.metrics.length === 0 ? [] : [describeDrift(drift, escape)]
}
