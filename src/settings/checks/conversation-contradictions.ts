import type { SettingProblem } from '../../errors.ts'
import { ALL_APIS, findApi } from '../../vendors/apis.ts'
import { findOpenAiPart, listQuestions } from '../prompts-file/prompt.ts'
import type { FilePrompt } from '../prompts-file/prompt.ts'
import { contradict, isIdle, taskOf } from './check.ts'
import type { CheckInput } from './check.ts'

/** Contradictions about conversations. */
export function* findConversationContradictions(input: CheckInput): Iterable<SettingProblem> {
  const { values, given } = input
  if (values.turns === undefined) return
  if (values.turns === null) {
    for (const name of ['think-time', 'system-prompt-tokens'])
      if (isIdle(given, name, 'turns'))
        yield contradict(name, 'is about conversations, and turns is not given; give it, or remove this')
    return
  }
  yield* findReceiverProblems(input)
  yield* findTextProblems(input)
  if (values.crossCheck === 'three-point')
    yield contradict('cross-check', 'compares single answers with those of levels, and turns are given; remove one')
}

/** Who is asked must keep the roles of a conversation apart. */
function* findReceiverProblems({ values }: CheckInput): Iterable<SettingProblem> {
  const task = taskOf(values)
  const api = values.api === undefined || values.api === 'auto' ? null : findApi(values.api)
  const chats = ALL_APIS.filter(({ tasks }) => tasks.includes('chat')).map(({ name }) => name)
  const remedy = 'set turns to none, or measure chat'
  if (api !== null && !api.tasks.includes('chat'))
    yield contradict('turns', `make conversations, and ${api.name} keeps none; ${remedy} (api: ${chats.join(', ')})`)
  else if (task !== null && task !== 'chat')
    yield contradict('turns', `make conversations, and ${task} keep none; ${remedy}`)
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
    yield contradict('system-prompt-tokens', 'is made, and prompts-file has its own; remove one of them')
  if (prefixCache === 'avoid' && given.has('prefix-cache'))
    yield contradict('prefix-cache', 'is measured on purpose by turns; set it to allow, or remove it')
  if ((sharedPrefixTokens ?? 0) > 0)
    yield contradict('shared-prefix-tokens', 'is for requests that stand alone; give system-prompt-tokens with turns')
}

/** What of a prompt no user says in a conversation; null where all is said. */
function findUnsaid(prompt: FilePrompt): string | null {
  if (prompt.kind === 'input') return '"input", to which nothing is answered'
  return (
    findOpenAiPart(prompt) ?? (listQuestions(prompt).length === 0 ? 'conversations without a word of a user' : null)
  )
}
