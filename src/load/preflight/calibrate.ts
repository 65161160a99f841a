import { median } from 'simple-statistics'
import type { Finding } from '../../metrics/findings.ts'
import { fixLength, meanLength } from '../../settings/values/distributions.ts'
import { UNCALIBRATED, buildQuery, buildTaskText, countWordsFor } from '../../plan/prompts.ts'
import type { PromptModel } from '../../plan/prompts.ts'
import { seedRandom } from '../../random.ts'
import type { Settings } from '../../settings.ts'
import type { Lengths } from '../../settings/values/distributions.ts'
import { isAnswered } from './candidates.ts'
import { complaintOf, explainFailure } from '../explain.ts'
import type { Exchange } from '../ports.ts'
import type { SendSingles, Target } from '../transport/target.ts'

interface Calibrated {
  /** The lengths asked for, reduced when they were `auto` and the model accepts less. */
  readonly lengths: Lengths
  readonly promptModel: PromptModel
  readonly findings: readonly Finding[]
}

/** Generated prompts are brought this close to the length asked for. */
const CLOSE_ENOUGH = 0.02
const MOST_TRIES = 4
/** The token count depends on a prompt's random words: the length reported is the median of this many prompts. */
const READINGS = 3
const SHORTEST_AUTO = 16
const ANSWER_TOKENS = 4
/** Prompt and answer share the context: the first try asks for the longest answer of any counted request. */
const LONGEST_ANSWER = 1.1

/**
 * Finds how many words make a prompt of the wanted length, by the server's own count of prompt tokens, so that no
 * tokenizer is needed. Two lengths give the tokens per word and those of the chat template; further tries correct the
 * rest.
 */
export async function calibratePrompt(
  settings: Settings,
  target: Target,
  wanted: Lengths,
  send: SendSingles,
  nonce: () => string,
): Promise<Calibrated> {
  if (settings.prompts !== null) return { lengths: wanted, promptModel: UNCALIBRATED, findings: [] }
  let lengths = wanted
  for (;;) {
    const tokens = meanLength(lengths)
    const first = await count(tokens, Math.ceil(LONGEST_ANSWER * meanLength(settings.outputTokens)))
    if (first.refused !== null) {
      // Only a length that the user did not ask for may be changed.
      if (settings.inputTokens !== 'auto' || tokens / 2 < SHORTEST_AUTO) throw explainFailure(first.refused, target)
      lengths = fixLength(Math.floor(tokens / 2))
      continue
    }
    const firstCount = first.tokens ?? (await count(tokens)).tokens
    if (firstCount === null) {
      const message = 'the server does not state prompt tokens: the input length is an estimate (one token a word)'
      return { lengths, promptModel: UNCALIBRATED, findings: [{ code: 'input-length-off', message }] }
    }
    return refine(lengths, tokens, firstCount)
  }

  async function refine(lengths: Lengths, tokens: number, firstCount: number): Promise<Calibrated> {
    const half = Math.max(32, Math.round(tokens / 2))
    const second = half === Math.round(tokens) ? null : await count(half)
    const slope =
      second?.tokens == null ? firstCount / tokens : (firstCount - second.tokens) / (Math.round(tokens) - half)
    const tokensPerWord = slope > 0.1 ? slope : firstCount / tokens
    let promptModel: PromptModel = { tokensPerWord, baseTokens: firstCount - tokensPerWord * Math.round(tokens) }
    for (let i = 0; i < MOST_TRIES; i++) {
      const { tokens: got } = await count(countWordsFor(tokens, promptModel))
      if (got === null) break
      if (isClose(got)) return { lengths, promptModel, findings: [] }
      promptModel = { ...promptModel, baseTokens: promptModel.baseTokens + (got - tokens) }
    }
    const words = countWordsFor(tokens, promptModel)
    const readings: number[] = []
    for (let i = 1; i <= READINGS; i++) {
      const { tokens: got } = await count(words, ANSWER_TOKENS, i)
      if (got !== null) readings.push(got)
    }
    const got = readings.length === 0 ? null : median(readings)
    if (got !== null && isClose(got)) return { lengths, promptModel, findings: [] }
    const counted = got === null ? 'the server no longer counts them' : `the server counts ${Math.round(got)}`
    const message = `asked for ${Math.round(tokens)} input tokens, ${counted}`
    return { lengths, promptModel, findings: [{ code: 'input-length-off', message }] }

    function isClose(got: number): boolean {
      return Math.abs(got / tokens - 1) <= CLOSE_ENOUGH
    }
  }

  async function count(
    words: number,
    outputTokens = ANSWER_TOKENS,
    reading = 0,
  ): Promise<{ tokens: number | null; refused: Exchange | null }> {
    const id = nonce()
    const random = seedRandom(`${settings.seed}/calibrate/${words}${reading === 0 ? '' : `/${reading}`}`)
    const { task } = target.dialect
    const query = buildQuery(task, random, id)
    const prompts = [buildTaskText(task, Math.round(words), random, id)]
    const [exchange] = await send(target, [{ ...query, prompts, outputTokens, nonce: id }])
    if (isAnswered(exchange!)) return { tokens: exchange!.inputTokens, refused: null }
    if (!mayBeTooLong(exchange!)) throw explainFailure(exchange!, target)
    return { tokens: null, refused: exchange! }
  }
}

/** A refusal in unknown words may be about the length, too. */
function mayBeTooLong(exchange: Exchange): boolean {
  const complaint = complaintOf(exchange)
  if (complaint !== null) return complaint.about === 'context' || complaint.about === 'size'
  return exchange.status === 400 || exchange.status === 413 || exchange.status === 422
}
