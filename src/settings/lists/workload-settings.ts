import { setting } from '../define.ts'
import { readLengths } from '../values/lengths.ts'
import { allowWord, readChoice, readCount, readLine } from '../values/simple.ts'

const group = 'Workload'

/** What the requests ask for. */
export const WORKLOAD_SETTINGS = {
  /** Ignored when there are prompts from a file. */
  inputTokens: setting({
    name: 'input-tokens',
    group,
    help: 'Length of a prompt: a number, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or auto: 512 (embeddings 256), less where the model takes less',
    placeholder: 'N',
    default: 'auto',
    common: true,
    read: allowWord('auto', readLengths),
  }),
  /** Ignored by embeddings and by prompts with a length of their own. */
  outputTokens: setting({
    name: 'output-tokens',
    group,
    help: 'Length of an answer: a number, normal(mean,sd), uniform(min,max) or lognormal(mean,sd)',
    placeholder: 'N',
    default: '128',
    common: true,
    read: readLengths,
  }),
  promptsFile: setting({
    name: 'prompts-file',
    group,
    help: 'JSONL file; each line has "prompt", "messages" or "input", and may have "max_tokens"',
    placeholder: 'FILE',
    default: null,
    derived: 'prompts are generated',
    read: readLine,
  }),
  /** `avoid`: every prompt is unique from its first token. */
  prefixCache: setting({
    name: 'prefix-cache',
    group,
    help: 'avoid: unique prompts; allow: measure the cache on purpose',
    placeholder: 'WORD',
    default: 'avoid',
    read: readChoice(['avoid', 'allow']),
  }),
  /** Part of the input tokens; 0: none. */
  sharedPrefixTokens: setting({
    name: 'shared-prefix-tokens',
    group,
    help: 'Tokens of each prompt that are the same in all of them, like a system prompt; needs prefix-cache: allow',
    placeholder: 'N',
    default: '0',
    read: readCount({ min: 0, max: 1_000_000 }),
  }),
  /** Above 1 only for embeddings. */
  batchSize: setting({
    name: 'batch-size',
    group,
    help: 'Texts in one embeddings request',
    placeholder: 'N',
    default: '1',
    read: readCount({ max: 10_000 }),
  }),
  seed: setting({
    name: 'seed',
    group,
    help: 'Repeats everything random: order of levels, lengths, words',
    placeholder: 'TEXT',
    default: null,
    derived: 'the name',
    read: readLine,
  }),
}
