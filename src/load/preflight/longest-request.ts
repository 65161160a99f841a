import { SettingsError } from '../../errors.ts'
import { buildPrompt, buildText, countWordsFor } from '../../plan/prompts.ts'
import type { WorkloadOptions } from '../../plan/workload.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import { seedRandom } from '../../random.ts'
import { meanLength } from '../../settings/values/lengths.ts'
import { groupDigits } from '../../text.ts'
import { generatesTokens, needsQuery } from '../../vocabulary/load.ts'
import { isAnswered } from './attempt.ts'
import { complaintOf } from '../explain.ts'
import type { Exchange } from '../ports.ts'

/** Prompt and answer share the context, so that one token of the answer is enough to ask for. */
const ANSWER_TOKENS = 1

/**
 * Sends one request as long as the longest of a trace is with its answer, so that no run fails at its end for a reason that
 * could be known at its beginning.
 *
 * @throws SettingsError where the endpoint says that it is too long.
 */
export async function checkLongestRequest(
  { trace, task, seed, outputTokens, promptModel, nonce }: WorkloadOptions,
  send: (spec: RequestSpec) => Promise<Exchange>,
): Promise<void> {
  const requests = trace?.lengths ?? []
  const usual = Math.round(meanLength(outputTokens))
  const whole = requests.map(
    (request) => request.inputTokens + (generatesTokens(task) ? (request.outputTokens ?? usual) : 0),
  )
  const most = whole.reduce((a, b) => Math.max(a, b), 0)
  // The mean one was answered already.
  if (needsQuery(task) || most * requests.length <= 1.1 * whole.reduce((a, b) => a + b, 0)) return
  const longest = whole.indexOf(most)
  const id = nonce()
  const build = generatesTokens(task) ? buildPrompt : buildText
  const words = countWordsFor(most - ANSWER_TOKENS, promptModel)
  const spec = { prompts: [build(words, seedRandom(`${seed}/longest`), id)], outputTokens: ANSWER_TOKENS, nonce: id }
  const exchange = await send(spec)
  const about = isAnswered(exchange) ? null : (complaintOf(exchange)?.about ?? null)
  if (about !== 'context' && about !== 'size') return
  const { inputTokens, outputTokens: answer } = requests[longest]!
  const [size, sum] = generatesTokens(task)
    ? [
        `${groupDigits(inputTokens)} input and ${groupDigits(answer ?? usual)} output tokens`,
        '.input_length + .output_length',
      ]
    : [`${groupDigits(inputTokens)} input tokens`, '.input_length']
  const message = `its request ${groupDigits(longest + 1)} has ${size}, more than the endpoint takes; leave out what is too long (jq -c 'select(${sum} < ${most})'), or let the server take more (vLLM: --max-model-len)`
  throw new SettingsError([{ setting: 'trace-file', given: null, message }])
}
