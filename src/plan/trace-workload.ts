import { seedRandom } from '../random.ts'
import { generatesTokens, needsQuery } from '../vocabulary/load.ts'
import { createLengthSource } from './lengths.ts'
import { buildQuery } from './prompts.ts'
import { buildTracePrompt } from './trace-prompt.ts'
import type { ReplayedTrace } from './trace-prompt.ts'
import { readFilePrompt } from './compose-request.ts'
import type { Workload, WorkloadOptions } from './workload.ts'

/**
 * The requests of a trace, by their numbers. At every speed and in every pass they have the same lengths and share what the
 * trace says they share; but each pass has texts of its own, by its `nonce`.
 */
export function createTraceWorkload(
  options: WorkloadOptions,
  { lengths, ...trace }: ReplayedTrace,
  nonce: string,
): Workload {
  const { prompts, task, seed, promptModel } = options
  return {
    spread: [],
    next(number) {
      const random = seedRandom(`${seed}/trace/${number}`)
      const full = createLengthSource(options.outputTokens, random)()
      const own = options.nonce()
      const content =
        lengths === null
          ? readFilePrompt(prompts![number]!, { prefixCache: 'avoid' }, nonce)
          : {
              prompts: [buildTracePrompt(lengths[number]!, { ...trace, task, promptModel, nonce, own, random })],
              ...(needsQuery(task) && { query: buildQuery(random, own) }),
            }
      const asked = lengths?.[number]!.outputTokens ?? ('outputTokens' in content ? content.outputTokens : full)
      return { ...content, nonce: own, cacheSalt: nonce, outputTokens: generatesTokens(task) ? asked : 0 }
    },
  }
}
