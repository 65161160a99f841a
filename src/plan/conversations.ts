import type { RequestSpec } from '../protocol/api.ts'
import type { Message } from '../protocol/apis/request.ts'
import { seedRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { listQuestions, readSystem } from '../settings/prompts-file/prompt.ts'
import type { FilePrompt } from '../settings/prompts-file/prompt.ts'
import { drawDuration, drawLength, fixLength, meanLength } from '../settings/values/distributions.ts'
import type { Lengths } from '../settings/values/distributions.ts'
import { nameScenario } from './compose-request.ts'
import type { OwnOptions, ConversationOptions, WorkloadOptions } from './compose-request.ts'
import { buildPrompt, buildText, countWordsFor, countWordsInside, spellNonce } from './prompts.ts'

/** What follows an answer: the next turn, after this many milliseconds; nothing; or nothing although there were more turns to come. */
export type AfterAnswer = number | 'over' | 'cut-short'

/** A conversation under way: each turn is sent with all that was said before it, the model's own answers among it. */
export interface Talk {
  /** Whether its last turn was answered, and more are to come. */
  readonly goesOn: boolean
  /** The next turn; `share` is that of the full output length. */
  next(share: number | null): RequestSpec
  /** Takes the answer to the last turn, null where there is none to go on with. */
  hear(text: string | null): AfterAnswer
}

/** What makes one conversation. */
interface TalkIngredients {
  /** What users say comes from it. */
  readonly seed: string
  /** By which records know it, from 1. */
  readonly number: number
  /** Where in a file it is. */
  readonly line: number
  /** The system prompt that all have. */
  readonly system: string | null
  readonly drawOutput: () => number
  /** How much of it lies behind, in turns with answers that are made up; from 0. */
  readonly phase: number
}

/**
 * Begins a conversation. Only the nonce at its beginning differs from run to run, so that its turns share a prefix and two conversations none but the
 * system prompt.
 */
export function beginTalk(
  options: OwnOptions,
  conversations: ConversationOptions,
  { seed, number, line, system, drawOutput, phase }: TalkIngredients,
): Talk {
  const random = seedRandom(`${seed}/conversation/${number}`)
  const forThinking = seedRandom(`${seed}/conversation/${number}/think`)
  const script = writeScript(options, conversations.turns, { random, nonce: options.nonce(), system, line })
  const messages = openWith(script)
  let turn = 0
  let thinkMs: number | null = null
  let isAnswered = true
  const askNext = (): void => void messages.push({ role: 'user', content: script.say(++turn) })

  for (let made = Math.floor(phase * script.turns); made > 0; made--) {
    askNext()
    messages.push(makeAnswer(options, drawOutput(), random))
  }
  return {
    get goesOn() {
      return isAnswered && turn < script.turns
    },
    next(share) {
      askNext()
      isAnswered = false
      const full = script.outputTokens ?? drawOutput()
      return {
        prompts: [''],
        messages: [...messages],
        nonce: options.nonce(),
        outputTokens: share === null ? full : Math.ceil(full * share),
        turn: { conversation: number, turn, turns: script.turns, thinkMs },
        ...nameScenario(options),
      }
    },
    hear(text) {
      isAnswered = text !== null && text.trim() !== ''
      if (turn === script.turns) return 'over'
      // What was not answered cannot go on.
      if (!isAnswered) return 'cut-short'
      messages.push({ role: 'assistant', content: text! })
      thinkMs = drawDuration(conversations.thinkTime, forThinking)
      return thinkMs
    },
  }
}

function openWith({ system }: Script): Message[] {
  return system === null ? [] : [{ role: 'system', content: system }]
}

function makeAnswer({ promptModel }: WorkloadOptions, tokens: number, random: Random): Message {
  return { role: 'assistant', content: buildText(countWordsInside(tokens, promptModel), random, null) }
}

/** The last turn of the longest conversation, with answers that are made up: whether the model takes it shows before the load. */
export function buildLastTurn(options: OwnOptions, conversations: ConversationOptions): RequestSpec {
  const random = seedRandom(`${options.seed}/last-turn`)
  const system = writeSystemPrompt(options, conversations)
  const { turns } = conversations
  const most = turns === 'file' ? findLongestLine(options.prompts ?? []) : 0
  const longest: Lengths | 'file' = turns === 'file' ? turns : fixLength(findMostTurns(turns))
  const script = writeScript(options, longest, { random, nonce: options.nonce(), system, line: most })
  const messages = openWith(script)
  const output = script.outputTokens ?? Math.round(meanLength(options.outputTokens))
  for (let turn = 1; turn <= script.turns; turn++) {
    messages.push({ role: 'user', content: script.say(turn) })
    if (turn < script.turns) messages.push(makeAnswer(options, output, random))
  }
  const place = { conversation: 1, turn: script.turns, turns: script.turns, thinkMs: null }
  return {
    prompts: [''],
    messages,
    nonce: options.nonce(),
    outputTokens: output,
    turn: place,
    ...nameScenario(options),
  }
}

/** The number of turns that nearly no conversation exceeds. */
function findMostTurns(turns: Lengths): number {
  if (turns.kind === 'fixed') return turns.tokens
  return Math.max(1, Math.round(turns.kind === 'uniform' ? turns.max : turns.mean + 2 * turns.sd))
}

/** How many turns a conversation has on average. */
export function countMeanTurns(turns: ConversationOptions['turns'], prompts: readonly FilePrompt[] | null): number {
  if (turns !== 'file') return meanLength(turns)
  const all = (prompts ?? []).map((prompt) => listQuestions(prompt).length)
  return all.reduce((sum, count) => sum + count, 0) / Math.max(1, all.length)
}

function findLongestLine(prompts: readonly FilePrompt[]): number {
  const lengths = prompts.map((prompt) => listQuestions(prompt).join(' ').length)
  return lengths.reduce((best, length, i) => (length > lengths[best]! ? i : best), 0)
}

/** The system prompt that all conversations have; null where they have none. */
export function writeSystemPrompt(
  { seed, promptModel }: WorkloadOptions,
  { systemTokens }: ConversationOptions,
): string | null {
  if (systemTokens === 0) return null
  return buildText(countWordsInside(systemTokens, promptModel), seedRandom(`${seed}/system-prompt`), null)
}

/** What users say in one conversation. */
interface Script {
  readonly turns: number
  readonly system: string | null
  /** Called for each turn in order, from 1. */
  readonly say: (turn: number) => string
  /** The length of the answers, where the file says it. */
  readonly outputTokens: number | null
}

/** What a script is made of: its random numbers, what makes it unique, the common system prompt, and where in a file it is. */
interface Ingredients {
  readonly random: Random
  readonly nonce: string
  readonly system: string | null
  readonly line: number
}

function writeScript(
  { inputTokens, promptModel, prompts }: WorkloadOptions,
  turns: Lengths | 'file',
  { random, nonce, system, line }: Ingredients,
): Script {
  if (turns === 'file') {
    const prompt = prompts![line % prompts!.length]!
    const questions = listQuestions(prompt)
    const say = (turn: number): string => (turn === 1 ? `${spellNonce(nonce)} ` : '') + questions[turn - 1]!
    return { turns: questions.length, system: readSystem(prompt), say, outputTokens: prompt.maxTokens }
  }
  return {
    turns: drawLength(turns, random),
    system,
    say: (turn) =>
      buildPrompt(countWordsFor(drawLength(inputTokens, random), promptModel), random, turn === 1 ? nonce : null),
    outputTokens: null,
  }
}
