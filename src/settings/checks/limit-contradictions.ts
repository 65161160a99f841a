import type { SettingProblem } from '../../errors.ts'
import { contradiction, embeddingsHave, taskOf } from './facts.ts'
import type { Facts } from './facts.ts'
import { metricOf } from '../../vocabulary/metrics.ts'

/** Limits that the levels, the task or other settings make impossible. */
export function* findLimitContradictions({ values }: Facts): Iterable<SettingProblem> {
  const { limits, concurrency, maxConcurrency, throughputWithin } = values
  const task = taskOf(values)
  for (const { metric, concurrency: level } of limits ?? []) {
    const { scope, field } = metricOf(metric)
    if (level === null && scope === 'level' && concurrency === 'auto') {
      yield contradiction(
        'limits',
        `has ${metric} without a level, and concurrency: auto chooses the levels; write for example ${metric}@8, or list the levels in concurrency`,
      )
    }
    if (level !== null && concurrency !== undefined && concurrency !== 'auto' && !concurrency.includes(level)) {
      yield contradiction(
        'limits',
        `has ${metric}@${level}, and concurrency has no level ${level}; it has ${concurrency.join(', ')}`,
      )
    }
    if (level !== null && concurrency === 'auto' && maxConcurrency !== undefined && level > maxConcurrency) {
      yield contradiction(
        'limits',
        `has ${metric}@${level}, above max-concurrency ${maxConcurrency}; raise max-concurrency or lower the level`,
      )
    }
    if (task === 'embeddings' && !embeddingsHave(metric)) {
      yield contradiction(
        'limits',
        `has ${metric}, which embeddings do not have; use latency-p50, requests-per-second or input-throughput`,
      )
    }
    if (field === 'within' && throughputWithin === null) {
      yield contradiction(
        'limits',
        'has throughput-within, and the setting throughput-within does not say within what; give it',
      )
    }
  }
  const missing = task === 'embeddings' ? throughputWithin?.find(({ metric }) => !embeddingsHave(metric)) : undefined
  if (missing !== undefined) {
    yield contradiction('throughput-within', `has ${missing.metric}, which embeddings do not have; use latency-p50`)
  }
}
