import { generatesTokens } from '../../vocabulary/load.ts'
import type { SettingProblem } from '../../errors.ts'
import { findMisfit, findOpenAiPart, listQuestions } from '../prompts-file/prompt.ts'
import { ALL_APIS, findApi } from '../../vendors/apis.ts'
import { findImageMisfit } from '../values/images.ts'
import { contradict, contradictAlone, isIdle, taskOf } from './check.ts'
import type { CheckInput } from './check.ts'
import type { FilePrompt } from '../prompts-file/prompt.ts'

/** Contradictions about the workload. */
export function* findWorkloadContradictions({ values, given, prompts }: CheckInput): Iterable<SettingProblem> {
  const { inputTokens, promptsFile, prefixCache, sharedPrefixTokens, batchSize, images } = values
  const task = taskOf(values)
  if (promptsFile === null) {
    for (const name of ['prompts-column', 'prompts-length', 'prompts-sample'])
      if (isIdle(given, name, 'prompts-file') && values.traceFile === null)
        yield contradictAlone(name, 'is for prompts of a file', 'prompts-file')
  }
  if (promptsFile != null) {
    for (const name of ['input-tokens', 'shared-prefix-tokens']) {
      if (given.has(name))
        yield contradict(name, 'is for generated prompts, and prompts-file gives them; remove one of them')
    }
  }
  if (sharedPrefixTokens !== undefined && sharedPrefixTokens > 0) {
    if (prefixCache === 'avoid') {
      yield contradict('shared-prefix-tokens', 'makes prompts begin alike; set prefix-cache to allow, or remove it')
    }
    if (
      inputTokens !== undefined &&
      inputTokens !== 'auto' &&
      inputTokens.kind === 'fixed' &&
      inputTokens.tokens <= sharedPrefixTokens
    ) {
      yield contradict(
        'shared-prefix-tokens',
        `must be below input-tokens (${inputTokens.tokens}), of which it is a part`,
      )
    }
  }
  if (batchSize !== undefined && batchSize > 1 && task !== null && generatesTokens(task)) {
    yield contradict(
      'batch-size',
      `must be 1 for ${task}; only embeddings, rerank and score take several texts in a request`,
    )
  }
  if (images != null) {
    const api = values.api === undefined || values.api === 'auto' ? null : findApi(values.api)
    const misfit = findImageMisfit(task, api)
    if (misfit !== null) yield contradict('images', misfit)
    if (promptsFile != null)
      yield contradict('images', 'are for generated prompts, and prompts-file gives them; its messages may hold images')
    if (values.traceFile != null)
      yield contradict('images', 'are for generated prompts, and trace-file says what is sent; remove one of them')
    if (values.turns != null)
      yield contradict('images', 'are beside one text, and turns makes conversations of several; remove one of them')
  }
  if (prompts !== null) {
    const api = values.api === undefined || values.api === 'auto' ? null : findApi(values.api)
    const misfit = findMisfit(prompts, { task, api })
    if (misfit !== null) yield contradict(promptsFile === null ? 'trace-file' : 'prompts-file', misfit)
  }
  if (batchSize !== undefined && batchSize > 1 && prompts !== null) {
    yield contradict(
      'batch-size',
      'is for generated prompts; in a prompts-file a line with a list of "input" is a batch',
    )
  }
}

/** Contradictions about conversations. */
export function* findConversationContradictions(input: CheckInput): Iterable<SettingProblem> {
  const { values, given } = input
  if (values.turns === undefined) return
  if (values.turns === null) {
    for (const name of ['think-time', 'system-prompt-tokens'])
      if (isIdle(given, name, 'turns')) yield contradictAlone(name, 'is about conversations', 'turns')
    return
  }
  yield* findReceiverProblems(input)
  yield* findTextProblems(input)
  if (values.crossCheck === 'three-point')
    yield contradict('cross-check', 'compares single answers with those of levels, and turns are given; remove one')
}

/** API and task must take conversations, whose messages have roles. */
function* findReceiverProblems({ values }: CheckInput): Iterable<SettingProblem> {
  const task = taskOf(values)
  const api = values.api === undefined || values.api === 'auto' ? null : findApi(values.api)
  const chats = ALL_APIS.filter(({ tasks }) => tasks.includes('chat')).map(({ name }) => name)
  const remedy = 'set turns to none, or measure chat'
  if (api !== null && !api.tasks.includes('chat'))
    yield contradict('turns', `make conversations, and ${api.name} takes none; ${remedy} (api: ${chats.join(', ')})`)
  else if (task !== null && task !== 'chat')
    yield contradict('turns', `make conversations, and ${task} take none; ${remedy}`)
}

/** What is said must come from one place, and the cache may not be avoided. */
function* findTextProblems({ values, given, prompts }: CheckInput): Iterable<SettingProblem> {
  const { turns, prefixCache, sharedPrefixTokens, systemPromptTokens, promptsFile } = values
  if (turns === 'file' && promptsFile === null)
    yield contradict('turns', 'are taken from prompts-file, which is not given; give it, or a number of turns')
  const kept = turns === 'file' ? (prompts?.map(findUnsaid).find((part) => part !== null) ?? null) : null
  if (kept !== null)
    yield contradict('turns', `take texts from prompts-file, and it has ${kept}; set turns to none, or leave them out`)
  if (turns !== 'file' && promptsFile != null)
    yield contradict('turns', 'must be file where prompts-file says what users ask; set it so, or remove prompts-file')
  if (turns === 'file' && (systemPromptTokens ?? 0) > 0)
    yield contradict(
      'system-prompt-tokens',
      'is generated, and prompts-file has system prompts of its own; remove one of them',
    )
  if (prefixCache === 'avoid' && given.has('prefix-cache'))
    yield contradict(
      'prefix-cache',
      'must be allow with turns, because a conversation relies on the prefix cache; set it so, or remove it',
    )
  if ((sharedPrefixTokens ?? 0) > 0)
    yield contradict('shared-prefix-tokens', 'is for requests that stand alone; give system-prompt-tokens with turns')
}

/** What in a prompt no user can say in a conversation; null where all of it can be said. */
function findUnsaid(prompt: FilePrompt): string | null {
  if (prompt.kind === 'input') return '"input", to which nothing is answered'
  return (
    findOpenAiPart(prompt) ?? (listQuestions(prompt).length === 0 ? 'conversations without a word of a user' : null)
  )
}
