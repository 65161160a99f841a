import type { RequestSpec, TurnPlace } from '../protocol/api.ts'
import type { Message } from '../protocol/apis/request-body.ts'
import { seedRandom, shuffle } from '../random.ts'
import type { Random } from '../random.ts'
import { listQuestions, readSystem } from '../settings/prompts-file/prompt.ts'
import type { FilePrompt } from '../settings/prompts-file/prompt.ts'
import { meanLength } from '../settings/values/lengths.ts'
import type { Lengths } from '../settings/values/lengths.ts'
import { drawDuration } from './draws.ts'
import { createLengthSource, drawLength } from './lengths.ts'
import { buildPrompt, buildText, countWordsFor, spellNonce } from './prompts.ts'
import { spreadWorkers } from './workload.ts'
import type { ConversationOptions, Workload, WorkloadOptions } from './workload.ts'

/** What users say in one conversation. */
interface Script {
  readonly turns: number
  readonly system: string | null
  /** Called for each turn in order, from 1. */
  readonly say: (turn: number) => string
  /** The length of the answers, where the file says it. */
  readonly outputTokens: number | null
}

/** A conversation under way. */
interface Talk {
  readonly script: Script
  readonly number: number
  readonly messages: Message[]
  readonly drawThinkMs: () => number
  /** The last turn that was sent. */
  turn: number
  /** How long the user thinks before the next one, or did before that; null where nothing was answered. */
  thinkMs: number | null
  isAnswered: boolean
}

/**
 * The conversations of one level in one pass. Each worker holds one after another; a turn is sent with all that was said before it, the model's
 * own answers among it. What users say comes from the seed, as in `createWorkload`; only the nonce at the beginning of each conversation differs from
 * run to run, so that its turns share a prefix and two conversations none but the system prompt.
 *
 * Workers that begin in phases of their answers also begin at different turns, with answers before them that are made up: else all would be at their first turns
 * at once, and a short window would see no others.
 */
export function createConversations(
  options: WorkloadOptions,
  conversations: ConversationOptions,
  concurrency: number,
  pass: number,
): Workload {
  const system = writeSystemPrompt(options, conversations)
  const phases = shuffle(
    Array.from({ length: concurrency }, (_, i) => (concurrency === 1 ? 0 : (i + 0.5) / concurrency)),
    seedRandom(`${options.seed}/${concurrency}/${pass}/turns`),
  )
  const workers = Array.from({ length: concurrency }, (_, worker) => {
    const seed = `${options.seed}/${concurrency}/${pass}/${worker}`
    return {
      seed,
      drawOutput: createLengthSource(options.outputTokens, seedRandom(seed)),
      begun: 0,
      talk: null as Talk | null,
    }
  })

  function begin(worker: number, phase: number): Talk {
    const state = workers[worker]!
    const line = worker + state.begun * concurrency
    const number = ++state.begun
    const random = seedRandom(`${state.seed}/conversation/${number}`)
    const script = writeScript(options, conversations.turns, { random, nonce: options.nonce(), system, line })
    const forThinking = seedRandom(`${state.seed}/conversation/${number}/think`)
    const drawThinkMs = (): number => drawDuration(conversations.thinkTime, forThinking)
    const talk: Talk = { ...beginTalk(script), number, drawThinkMs }
    for (let made = Math.floor(phase * script.turns); made > 0; made--) {
      ask(talk)
      const words = Math.round(state.drawOutput() / options.promptModel.tokensPerWord)
      talk.messages.push({ role: 'assistant', content: buildText(Math.max(1, words), random, null) })
    }
    return talk
  }

  return {
    spread: spreadWorkers(options, concurrency, pass),
    next(worker, share) {
      const state = workers[worker]!
      let { talk } = state
      // What was not answered cannot go on.
      if (talk === null || !talk.isAnswered || talk.turn === talk.script.turns) {
        talk = begin(worker, state.begun === 0 && share !== null ? phases[worker]! : 0)
        state.talk = talk
      }
      ask(talk)
      talk.isAnswered = false
      const full = talk.script.outputTokens ?? state.drawOutput()
      return sendTurn(talk, options.nonce(), share === null ? full : Math.ceil(full * share))
    },
    hear(worker, text) {
      const talk = workers[worker]!.talk!
      talk.isAnswered = text !== null && text.trim() !== ''
      if (!talk.isAnswered) return 0
      talk.messages.push({ role: 'assistant', content: text! })
      if (talk.turn === talk.script.turns) return 0
      talk.thinkMs = talk.drawThinkMs()
      return talk.thinkMs
    },
  }
}

function beginTalk(script: Script): Talk {
  const messages: Message[] = script.system === null ? [] : [{ role: 'system', content: script.system }]
  return { script, number: 1, messages, drawThinkMs: () => 0, turn: 0, thinkMs: null, isAnswered: true }
}

function ask(talk: Talk): void {
  talk.messages.push({ role: 'user', content: talk.script.say(++talk.turn) })
}

function sendTurn({ messages, number, turn, script, thinkMs }: Talk, nonce: string, outputTokens: number): RequestSpec {
  const place: TurnPlace = { conversation: number, turn, turns: script.turns, thinkMs }
  return { prompts: [''], messages: [...messages], nonce, outputTokens, turn: place }
}

/** The last turn of the longest conversation, with answers that are made up: whether the model takes it shows before the load. */
export function buildLastTurn(options: WorkloadOptions, conversations: ConversationOptions): RequestSpec {
  const random = seedRandom(`${options.seed}/last-turn`)
  const system = writeSystemPrompt(options, conversations)
  const { turns } = conversations
  const most = turns === 'file' ? findLongestLine(options.prompts ?? []) : 0
  const longest: Lengths | 'file' = turns === 'file' ? turns : { kind: 'fixed', tokens: findMostTurns(turns) }
  const script = writeScript(options, longest, { random, nonce: options.nonce(), system, line: most })
  const talk = beginTalk(script)
  const output = script.outputTokens ?? Math.round(meanLength(options.outputTokens))
  const words = Math.max(1, Math.round(output / options.promptModel.tokensPerWord))
  for (ask(talk); talk.turn < script.turns; ask(talk))
    talk.messages.push({ role: 'assistant', content: buildText(words, random, null) })
  return sendTurn(talk, options.nonce(), output)
}

/** What of the turns nearly no conversation exceeds. */
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

function writeSystemPrompt(
  { seed, promptModel }: WorkloadOptions,
  { systemTokens }: ConversationOptions,
): string | null {
  if (systemTokens === 0) return null
  const words = Math.max(1, Math.round(systemTokens / promptModel.tokensPerWord))
  return buildText(words, seedRandom(`${seed}/system-prompt`), null)
}

/** What makes one conversation: its random numbers, what makes it unique, the common system prompt, and where in a file it is. */
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
