import type { SettingProblem } from '../../errors.ts'
import { ALL_APIS, findApi } from '../../vendors/apis.ts'
import { contradict, contradictAlone, isIdle, lacksTokens, sayLacking, taskOf } from './check.ts'
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

/** What is wrong between a rate and other settings. */
export function* findRateContradictions({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { rate } = values
  if (rate === undefined || values.traceFile != null) return
  if (rate === null) {
    for (const name of ['arrivals', 'max-in-flight']) {
      if (isIdle(given, name, 'rate')) yield contradictAlone(name, 'is about requests of a rate', 'rate')
    }
    return
  }
  for (const name of ['concurrency', 'max-concurrency']) {
    if (isIdle(given, name, 'rate')) {
      yield contradict(
        'rate',
        `says how many requests a second are sent, and ${name} how many are under way; remove one of them`,
      )
    }
  }
}

/** Contradictions about `cross-check`. */
export function* findCrossCheckContradictions({ values }: CheckInput): Iterable<SettingProblem> {
  const { crossCheck, api, outputTokens } = values
  if (crossCheck !== 'three-point') return
  const task = taskOf(values)
  if (lacksTokens(task)) {
    yield contradict('cross-check', `is about TTFT and TPOT, which ${sayLacking(task)}; remove it`)
  } else if (api !== undefined && api !== 'auto' && findApi(api).isOpenAiLike !== true) {
    const apis = ALL_APIS.filter(({ isOpenAiLike }) => isOpenAiLike === true).map(({ name }) => name)
    yield contradict('cross-check', `is for ${apis.join(', ')}, not for ${api}; remove it`)
  }
  if (outputTokens?.kind === 'fixed' && outputTokens.tokens < 4) {
    yield contradict('cross-check', 'measures at 1, n/2 and n tokens; output-tokens must be at least 4')
  }
}

/** What only levels of concurrency have. */
export function* findOpenLoopContradictions({ values }: CheckInput): Iterable<SettingProblem> {
  const { rate, traceFile, crossCheck, throughputWithin } = values
  const isTrace = traceFile != null
  if (!isTrace && rate == null) return
  if (crossCheck === 'three-point') {
    const why = isTrace ? 'a trace has none' : 'rate is given'
    yield contradict('cross-check', `measures at the concurrency of levels, and ${why}; remove one of them`)
  }
  if (throughputWithin != null) {
    const [given, highest] = isTrace ? ['a trace', 'speed'] : ['rate', 'rate']
    yield contradict(
      'throughput-within',
      `is about levels of concurrency; with ${given} give slo, whose capacity is the highest ${highest} that keeps it`,
    )
  }
}
