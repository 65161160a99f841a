import type { SettingProblem } from '../errors.ts'
import type { ApiName } from '../vocabulary/api-names.ts'
import { contradiction, taskOf } from './checks/facts.ts'
import type { Facts } from './checks/facts.ts'

/** APIs whose answers can be asked for whole, so that the three-point cross-check can be made. */
export const CROSS_CHECK_APIS: ReadonlySet<ApiName> = new Set(['openai-chat', 'openai-completions', 'databricks'])

/** What is wrong between `cross-check` and other settings. */
export function* findCrossCheckContradictions({ values }: Facts): Iterable<SettingProblem> {
  const { crossCheck, api, outputTokens } = values
  if (crossCheck !== 'three-point') return
  if (taskOf(values) === 'embeddings') {
    yield contradiction('cross-check', 'is about TTFT and TPOT, and embeddings have neither; remove it')
  } else if (api !== undefined && api !== 'auto' && !CROSS_CHECK_APIS.has(api)) {
    yield contradiction('cross-check', `is for ${[...CROSS_CHECK_APIS].join(', ')}, not for ${api}; remove it`)
  }
  if (outputTokens?.kind === 'fixed' && outputTokens.tokens < 4) {
    yield contradiction('cross-check', 'measures at 1, n/2 and n tokens; output-tokens must be at least 4')
  }
}
