import type { Random } from '../random.ts'
import { seedRandom } from '../random.ts'
import type { Trace, TraceLengths } from '../settings/trace.ts'
import { generatesTokens, needsQuery } from '../vocabulary/load.ts'
import type { Task } from '../vocabulary/load.ts'

/**
 * How many tokens the server counts for one of our prompts: `baseTokens + tokensPerWord × words`. Preflight fits it
 * to the server's own counts, so that no tokenizer is needed.
 */
export interface PromptModel {
  readonly baseTokens: number
  readonly tokensPerWord: number
}

/** What is assumed when the server was not asked: one token a word. */
export const UNCALIBRATED: PromptModel = { baseTokens: 0, tokensPerWord: 1 }

/**
 * Asks for an endless answer, because not every server can be made to generate an exact number of tokens. The huge
 * number of words keeps models going that would end a "long" story after a page.
 */
const INSTRUCTION = 'Write a long 9000-word story that uses all of these words and never stop or conclude it:'
const INSTRUCTION_WORDS = INSTRUCTION.split(' ').length
/** The same instruction to stand after the words. */
const INSTRUCTION_AFTER = INSTRUCTION.replace(/:$/, '.')
const NONCE_WORDS = 8

/** Words for a prompt of `tokens` input tokens beside those of the chat template, which alone may have as many. */
export function countWordsFor(tokens: number, { baseTokens, tokensPerWord }: PromptModel, least = 1): number {
  return Math.max(least, Math.round((tokens - baseTokens) / tokensPerWord))
}

/** The same inside of a prompt, whose template is counted already. */
export function countWordsInside(tokens: number, { tokensPerWord }: PromptModel): number {
  return countWordsFor(tokens, { baseTokens: 0, tokensPerWord })
}

/** Puts the instruction in place of the last words of a text: what a cache compares first stays as it is. */
function appendInstruction(text: string): string {
  const words = text.split(' ')
  return [...words.slice(0, Math.max(1, words.length - INSTRUCTION_WORDS)), INSTRUCTION_AFTER].join(' ')
}

/**
 * A prompt of exactly `words` words (a few more when the instruction alone is longer). A nonce (16 hex digits) makes
 * it unique from its first words on, so that no prefix cache can help, without changing its length.
 */
export function buildPrompt(words: number, random: Random, nonce: string | null): string {
  const opening = nonce === null ? '' : `${spellNonce(nonce)} `
  const filler = words - INSTRUCTION_WORDS - (nonce === null ? 0 : NONCE_WORDS)
  return `${opening}${INSTRUCTION} ${drawWords(Math.max(1, filler), random)}`
}

/** Words without an instruction: texts to embed or to rank, shared prefixes. */
export function buildText(words: number, random: Random, nonce: string | null): string {
  if (nonce === null) return drawWords(words, random)
  const filler = words - NONCE_WORDS
  return filler < 1 ? spellNonce(nonce, Math.max(1, words)) : `${spellNonce(nonce)} ${drawWords(filler, random)}`
}

/** The words that a task is done with: with the instruction where it generates. */
export function buildTaskText(task: Task, words: number, random: Random, nonce: string | null): string {
  return generatesTokens(task) ? buildPrompt(words, random, nonce) : buildText(words, random, nonce)
}

/** Words of a question: with its nonce, as many as people search by. */
const QUERY_WORDS = 16

/** What documents are ranked by, for tasks that have it; its length does not depend on theirs. */
export function buildQuery(task: Task, random: Random, nonce: string | null): { readonly query?: string } {
  return needsQuery(task) ? { query: buildText(QUERY_WORDS, random, nonce) } : {}
}

/** A nonce in words: two hex digits a word. */
export function spellNonce(nonce: string, count = NONCE_WORDS): string {
  const words: string[] = []
  for (let i = 0; i < count; i++) words.push(WORDS[Number.parseInt(nonce.slice((2 * i) % 16, ((2 * i) % 16) + 2), 16)]!)
  return words.join(' ')
}

/** This many words, one after another. */
function drawWords(count: number, random: Random): string {
  const words: string[] = []
  for (let i = 0; i < count; i++) words.push(WORDS[Math.floor(random() * WORDS.length)]!)
  return words.join(' ')
}

/** 256 short, common words for prompts; nearly all are one token in every usual vocabulary. */
export const WORDS: readonly string[] =
  `able about above across action after again air all almost along also always among
animal answer appear area around ask away back bad base bear beat begin behind believe best better big bird black blue
board boat body book born both bottom box boy bring brother brown build burn busy buy call came car care carry case catch
cause center certain chair chance change check child choose circle city class clean clear climb close cloud coat cold
color come common complete cook cool copy corn corner correct cost cotton could count country course cover create cross
crowd current cut dance dark day dead deal dear decide deep degree design desert develop differ direct discuss distant
divide doctor dog dollar door double down draw dream dress drink drive drop dry during each ear early earth ease east eat
edge effect egg eight either else end enemy energy engine enough enter equal even evening event ever every exact example
except excite exercise expect experience eye face fact fair fall family famous far farm fast father favor fear feed feel
feet fell few field fight figure fill final find fine finger finish fire first fish fit five flat floor flow flower fly
follow food foot force forest form forward found four free fresh friend front fruit full fun game garden gas gather gave
general gentle get girl give glad glass go gold gone good got govern grand grass gray great green grew ground group grow
guess guide gun had hair half hand happen happy hard hat have he head hear heart heat heavy held help her here`
    .split(/\s+/)
    .slice(0, 256)

/** A trace as it is sent. */
export interface ReplayedTrace extends Trace {
  /** Whether the words of a prompt have to ask for a long answer, because the endpoint cannot be made to generate an exact number of tokens. */
  readonly asksForLength: boolean
}

/** What the prompts of a trace in one pass have in common. */
interface TracePass extends Pick<ReplayedTrace, 'blockTokens' | 'asksForLength'> {
  readonly task: Task
  readonly promptModel: PromptModel
  /** Of the pass. */
  readonly nonce: string
}

/** What belongs to this request alone. */
interface OwnWords {
  readonly own: string
  readonly random: Random
}

/**
 * A prompt of about this many input tokens. Where the trace names its blocks, the number of each stands for the same words
 * throughout a pass, as many as the block has tokens: so prompts that begin with the same blocks begin with the same text
 * and share nothing else. The first block is shorter by the tokens of the chat template. Without blocks a prompt shares
 * nothing.
 */
export function buildTracePrompt(
  { inputTokens, blocks }: TraceLengths,
  { blockTokens, asksForLength, task, promptModel, nonce, own, random }: TracePass & OwnWords,
): string {
  if (blocks === null || blockTokens === null)
    return buildTaskText(task, countWordsFor(inputTokens, promptModel), random, own)
  const texts: string[] = []
  for (const [place, block] of blocks.entries()) {
    const from = countWordsFor(place * blockTokens, promptModel, 0)
    const to = countWordsFor(Math.min(inputTokens, (place + 1) * blockTokens), promptModel, 0)
    if (to > from) texts.push(drawWords(to - from, seedRandom(`${nonce}/${block}`)))
  }
  const text = texts.length === 0 ? drawWords(1, seedRandom(`${nonce}/${blocks[0]}`)) : texts.join(' ')
  return asksForLength && generatesTokens(task) ? appendInstruction(text) : text
}
