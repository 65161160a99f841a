import type { SettingProblem } from '../../errors.ts'
import { isIdle, contradict } from './check.ts'
import type { CheckInput } from './check.ts'

/** Contradictions about the load. */
export function* findLoadContradictions({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { concurrency, maxConcurrency, levelDurationMs, maxDurationMs, runs, confirm } = values
  if (concurrency !== undefined && concurrency !== 'auto' && maxConcurrency != null && given.has('max-concurrency')) {
    const above = concurrency.filter((level) => level > maxConcurrency)
    if (above.length > 0) {
      yield contradict(
        'concurrency',
        `has ${above.join(', ')}, above max-concurrency ${maxConcurrency}; max-concurrency is for auto, remove it or raise it`,
      )
    }
  }
  if (typeof levelDurationMs === 'number' && maxDurationMs != null && levelDurationMs > maxDurationMs) {
    yield contradict(
      'level-duration',
      'is longer than max-duration, so that no level could end; shorten it or raise max-duration',
    )
  }
  if (runs === 1 && confirm === 0 && isIdle(given, 'pause', 'confirm')) {
    yield contradict(
      'pause',
      'is before a second run or look, and runs is 1 and confirm 0; remove it or raise one of them',
    )
  }
}
