import type { SettingProblem } from '../../errors.ts'
import {
  findAuthContradictions,
  findEndpointContradictions,
  findModelContradictions,
} from './endpoint-contradictions.ts'
import type { CheckInput } from './check.ts'
import {
  findConversationContradictions,
  findWorkloadContradictions,
  findCrossCheckContradictions,
  findLoadContradictions,
  findOpenLoopContradictions,
  findRateContradictions,
  findTraceContradictions,
} from './load-contradictions.ts'
import { findControlContradictions, findSessionContradictions } from './control-contradictions.ts'
import { findGateContradictions } from './gate-contradictions.ts'
import { findHistoryContradictions, findReportContradictions } from './report-contradictions.ts'
import { findResultsContradictions, findScenarioContradictions, findShardContradictions } from './run-contradictions.ts'

/**
 * Settings that are right one by one and wrong together. Each message names the remedy. A given value that would have
 * no effect is a contradiction too.
 */
export function findContradictions(input: CheckInput): readonly SettingProblem[] {
  return [
    ...findAuthContradictions(input),
    ...findEndpointContradictions(input),
    ...findModelContradictions(input),
    ...findControlContradictions(input),
    ...findSessionContradictions(input),
    ...findWorkloadContradictions(input),
    ...findLoadContradictions(input),
    ...findRateContradictions(input),
    ...findConversationContradictions(input),
    ...findTraceContradictions(input),
    ...findOpenLoopContradictions(input),
    ...findCrossCheckContradictions(input),
    ...findGateContradictions(input),
    ...findHistoryContradictions(input),
    ...findReportContradictions(input),
    ...findScenarioContradictions(input),
    ...findShardContradictions(input),
    ...findResultsContradictions(input),
  ]
}
