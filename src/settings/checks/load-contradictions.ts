import type { SettingProblem } from '../../errors.ts'
import { ALL_APIS } from '../../vendors/apis.ts'
import { apiOf, contradict, contradictAlone, isIdle, lacksTokens, describeLacking, taskOf } from './check.ts'
import type { CheckInput } from './check.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import { findMisfit, findOpenAiPart, listQuestions } from '../prompts-file/prompt.ts'
import { findImageMisfit } from '../values/images.ts'
import type { FilePrompt } from '../prompts-file/prompt.ts'

/** Contradictions about what is sent, and how. */
export function* findLoadContradictions(input: CheckInput): Iterable<SettingProblem> {
  yield* findWorkloadProblems(input)
  yield* findLevelProblems(input)
  yield* findRateProblems(input)
  yield* findConversationProblems(input)
  yield* findTraceProblems(input)
  yield* findOpenLoopProblems(input)
  yield* findCrossCheckProblems(input)
}

/** What is wrong with the levels, how long they last, and the pause before another run or look. */
function* findLevelProblems({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { concurrency, maxConcurrency, levelDurationMs, maxDurationMs, runs, confirm } = values
  if (concurrency !== undefined && concurrency !== 'auto' && maxConcurrency != null && given.has('max-concurrency')) {
    const above = concurrency.filter((level) => level > maxConcurrency)
    if (above.length > 0) {
      yield contradict(
        'concurrency',
        `has ${above.join(', ')}, above max-concurrency ${maxConcurrency}; max-concurrency is for auto, remove it or raise it`,
      )
    }
  }
  if (typeof levelDurationMs === 'number' && maxDurationMs != null && levelDurationMs > maxDurationMs) {
    yield contradict(
      'level-duration',
      'is longer than max-duration, so that no level could end; shorten it or raise max-duration',
    )
  }
  if (runs === 1 && confirm === 0 && isIdle(given, 'pause', 'confirm')) {
    yield contradict(
      'pause',
      'is before a second run or look, and runs is 1 and confirm 0; remove it or raise one of them',
    )
  }
}

/** What is wrong between a rate and other settings. */
function* findRateProblems({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { rate } = values
  if (rate === undefined || values.traceFile != null) return
  if (rate === null) {
    for (const name of ['arrivals', 'max-in-flight']) {
      if (isIdle(given, name, 'rate')) yield contradictAlone(name, 'is about requests of a rate', 'rate')
    }
    return
  }
  for (const name of ['concurrency', 'max-concurrency']) {
    if (isIdle(given, name, 'rate')) {
      yield contradict(
        'rate',
        `says how many requests a second are sent, and ${name} how many are under way; remove one of them`,
      )
    }
  }
}

/** What is wrong with `cross-check`. */
function* findCrossCheckProblems({ values }: CheckInput): Iterable<SettingProblem> {
  const { crossCheck, outputTokens } = values
  if (crossCheck !== 'three-point') return
  const task = taskOf(values)
  const api = apiOf(values)
  if (lacksTokens(task)) {
    yield contradict('cross-check', `is about TTFT and TPOT, which ${describeLacking(task)}; remove it`)
  } else if (api !== null && api.isOpenAiLike !== true) {
    const apis = ALL_APIS.filter(({ isOpenAiLike }) => isOpenAiLike === true).map(({ name }) => name)
    yield contradict('cross-check', `is for ${apis.join(', ')}, not for ${api.name}; remove it`)
  }
  if (outputTokens?.kind === 'fixed' && outputTokens.tokens < 4) {
    yield contradict('cross-check', 'measures at 1, n/2 and n tokens; output-tokens must be at least 4')
  }
}

/** What only levels of concurrency have. */
function* findOpenLoopProblems({ values }: CheckInput): Iterable<SettingProblem> {
  const { rate, traceFile, crossCheck, throughputWithin } = values
  const isTrace = traceFile != null
  if (!isTrace && rate == null) return
  if (crossCheck === 'three-point') {
    const why = isTrace ? 'a trace has none' : 'rate is given'
    yield contradict('cross-check', `measures at the concurrency of levels, and ${why}; remove one of them`)
  }
  if (throughputWithin != null) {
    const [given, highest] = isTrace ? ['a trace', 'speed'] : ['rate', 'rate']
    yield contradict(
      'throughput-within',
      `is about levels of concurrency; with ${given} give slo, whose capacity is the highest ${highest} that keeps it`,
    )
  }
}

/** Settings of which a trace already says the value, and why they contradict it: half a sentence that follows the setting. */
const SAID_BY_TRACE: Readonly<Record<string, string>> = {
  rate: 'says when requests are sent, and trace-file, too',
  concurrency: 'says how many requests are under way, and a trace when they are sent',
  'max-concurrency':
    'says how many requests are under way, and a trace when they are sent; max-in-flight is its ceiling',
  arrivals: 'says when requests are sent, and a trace has its own times',
  'prompts-file': 'says what is sent, and trace-file, too; prompts with times are a trace',
  'prompts-length': 'leaves out prompts, and a trace is sent as it came',
  'prompts-sample': 'draws prompts, and a trace is sent as it came; level-requests sends the first of it',
  'input-tokens': 'says how long prompts are, and a trace has its own lengths',
  'shared-prefix-tokens': 'says what prompts share, and a trace says it itself',
  'prefix-cache': 'says what prompts share, and a trace says it itself',
  turns: 'make conversations that grow by answers, and a trace sends what it has',
  'batch-size': 'is for generated prompts, and a trace has its own',
  'warmup-requests': 'leaves out the first requests, and of a trace all are counted from its start',
}

/** What is wrong between a trace and other settings. */
function* findTraceProblems({ values, given, trace }: CheckInput): Iterable<SettingProblem> {
  const { traceFile, traceSpeed } = values
  if (traceFile === null && isIdle(given, 'trace-speed', 'trace-file'))
    yield contradictAlone('trace-speed', 'is about a trace', 'trace-file')
  if (traceFile == null) return
  for (const [name, why] of Object.entries(SAID_BY_TRACE)) {
    if (isIdle(given, name, 'trace-file')) yield contradict(name, `${why}; remove one of them`)
  }
  if (
    isIdle(given, 'output-tokens', 'trace-file') &&
    trace?.lengths?.every(({ outputTokens }) => outputTokens !== null)
  )
    yield contradict(
      'output-tokens',
      'says how long answers are, and every request of the trace has its own; remove it',
    )
  if (traceSpeed === 'auto' && trace?.atMs.at(-1) === 0)
    yield contradict(
      'trace-speed',
      'searches for a speed, and all requests of the trace came at one moment, which is the same at every speed; remove it',
    )
}

/** What is wrong with the workload. */
function* findWorkloadProblems({ values, given, prompts }: CheckInput): Iterable<SettingProblem> {
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
    if (typeof inputTokens === 'object' && inputTokens.kind === 'fixed' && inputTokens.tokens <= sharedPrefixTokens) {
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
    const misfit = findImageMisfit(task, apiOf(values))
    if (misfit !== null) yield contradict('images', misfit)
    if (promptsFile != null)
      yield contradict('images', 'are for generated prompts, and prompts-file gives them; its messages may hold images')
    if (values.traceFile != null)
      yield contradict('images', 'are for generated prompts, and trace-file says what is sent; remove one of them')
    if (values.turns != null)
      yield contradict('images', 'belong to one text, and turns makes conversations of several; remove one of them')
  }
  if (prompts !== null) {
    const misfit = findMisfit(prompts, { task, api: apiOf(values) })
    if (misfit !== null) yield contradict(promptsFile === null ? 'trace-file' : 'prompts-file', misfit)
  }
  if (batchSize !== undefined && batchSize > 1 && prompts !== null) {
    yield contradict(
      'batch-size',
      'is for generated prompts; in a prompts-file a line with a list of "input" is a batch',
    )
  }
}

/** What is wrong with conversations. */
function* findConversationProblems(input: CheckInput): Iterable<SettingProblem> {
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
  const api = apiOf(values)
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
