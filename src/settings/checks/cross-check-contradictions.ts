import { ALL_APIS, findApi } from '../../vendors/apis.ts'
import type { SettingProblem } from '../../errors.ts'
import { sayLacking, taskOf, lacksTokens, contradict } from './check.ts'
import type { CheckInput } from './check.ts'

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
