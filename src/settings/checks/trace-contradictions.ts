import type { SettingProblem } from '../../errors.ts'
import { contradict, contradictAlone, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

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
export function* findTraceContradictions({ values, given, trace }: CheckInput): Iterable<SettingProblem> {
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
