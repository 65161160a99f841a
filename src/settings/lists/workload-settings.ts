import { dropUnseen } from '../../text.ts'
import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { readDurations, readLengths, readTurns, readLengthRange } from '../values/distributions.ts'
import { readImages } from '../values/images.ts'
import { allowNone, allowWord, readChoice, readCount, readLine } from '../values/simple.ts'

const group = 'Workload'

/** What the requests ask for. */
export const WORKLOAD_SETTINGS = {
  /** Ignored when there are prompts from a file. */
  inputTokens: defineSetting({
    name: 'input-tokens',
    group,
    help: 'Length of a prompt: a number, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or auto: 512 (256 for embeddings, rerank and score), less where the model takes less',
    placeholder: 'N',
    default: 'auto',
    common: true,
    read: allowWord('auto', readLengths),
  }),
  /** Ignored where nothing is generated, and by prompts with a length of their own. */
  outputTokens: defineSetting({
    name: 'output-tokens',
    group,
    help: 'Length of an answer: a number, normal(mean,sd), uniform(min,max) or lognormal(mean,sd)',
    placeholder: 'N',
    default: '128',
    common: true,
    read: readLengths,
  }),
  promptsFile: defineSetting({
    name: 'prompts-file',
    group,
    help: 'File of prompts in whatever form it is: JSON lines with "prompt", "messages" or "input", a batch, ShareGPT, CSV, lines of text and others',
    placeholder: 'FILE',
    default: null,
    derived: 'prompts are generated',
    read: readLine,
  }),
  promptsColumn: defineSetting({
    name: 'prompts-column',
    group,
    help: 'Member or column of prompts-file that holds the prompt, if its form does not say it; a path such as `body.text` leads inside',
    placeholder: 'NAME',
    default: null,
    derived: 'told by the form of the file',
    read: readLine,
  }),
  promptsLength: defineSetting({
    name: 'prompts-length',
    group,
    help: 'Characters that a prompt of prompts-file must have to be sent, for example 100..2000, 100.. or ..2000',
    placeholder: 'MIN..MAX',
    default: 'none',
    derived: 'any',
    read: allowNone(readLengthRange),
  }),
  promptsSample: defineSetting({
    name: 'prompts-sample',
    group,
    help: 'How many prompts are drawn from prompts-file by the seed, long and short ones as the file has them',
    placeholder: 'N',
    default: 'none',
    derived: 'all of them, in their order',
    read: allowNone(readCount({ max: 10_000_000 })),
  }),
  /** Requests with the times at which they came: what is sent, and when. */
  traceFile: defineSetting({
    name: 'trace-file',
    group,
    help: 'File of requests with the times at which they came, which are sent again at these times: lengths and blocks as Mooncake writes them, or prompts of any form beside "timestamp". gzip too',
    placeholder: 'FILE',
    default: null,
    derived: 'no trace is replayed',
    read: readLine,
  }),
  /** `avoid`: every prompt is unique from its first token. */
  prefixCache: defineSetting({
    name: 'prefix-cache',
    group,
    help: 'avoid: unique prompts; allow: measure the cache on purpose',
    placeholder: 'WORD',
    default: 'avoid',
    read: readChoice(['avoid', 'allow']),
  }),
  /** Part of the input tokens; 0: none. */
  sharedPrefixTokens: defineSetting({
    name: 'shared-prefix-tokens',
    group,
    help: 'Tokens of each prompt that are the same in all of them, like a system prompt; needs prefix-cache: allow',
    placeholder: 'N',
    default: '0',
    read: readCount({ min: 0, max: 1_000_000 }),
  }),
  /** Turns of a conversation; `file`: as many as it has in the prompts file; null: each request stands alone. */
  turns: defineSetting({
    name: 'turns',
    group,
    help: 'Makes requests the turns of conversations, each sent with all that was said before: a number of turns, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or file: as in prompts-file',
    placeholder: 'N',
    default: 'none',
    derived: 'each request stands alone',
    read: allowNone(allowWord('file', readTurns)),
  }),
  thinkTime: defineSetting({
    name: 'think-time',
    group,
    help: 'How long a user waits between an answer and the next turn of the conversation: a time, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example lognormal(5s,2s)',
    placeholder: 'TIME',
    default: '0s',
    read: readDurations(3_600_000),
  }),
  /** On top of the input tokens. */
  systemPromptTokens: defineSetting({
    name: 'system-prompt-tokens',
    group,
    help: 'Tokens of a system prompt with which all conversations begin; input-tokens is then what each turn adds to it',
    placeholder: 'N',
    default: '0',
    read: readCount({ min: 0, max: 1_000_000 }),
  }),
  /** Above 1 only where nothing is generated. */
  batchSize: defineSetting({
    name: 'batch-size',
    group,
    help: 'Texts in one request: of embeddings, or documents of rerank, or pairs of score',
    placeholder: 'N',
    default: '1',
    read: readCount({ max: 10_000 }),
  }),
  /** Beside the text of each chat. */
  images: defineSetting({
    name: 'images',
    group,
    help: 'Images in each chat, generated, how many and how large in pixels, for example 1 x 512x512; no two are the same',
    placeholder: 'N x WxH',
    default: 'none',
    read: allowNone(readImages),
  }),
  /** Instead of one workload; where a scenario does not give a setting, that of the run holds. */
  mix: defineSetting({
    name: 'mix',
    group,
    help: 'Scenarios of the config file that each level mixes, with their shares of its requests (and conversations, each counted once), for example chat 70%, rag 30%',
    placeholder: 'SHARES',
    default: null,
    derived: 'all requests are alike',
    file: 'list',
    read: readMix,
  }),
  seed: defineSetting({
    name: 'seed',
    group,
    help: 'Repeats everything random: order of levels, lengths, words',
    placeholder: 'TEXT',
    default: null,
    derived: 'the name',
    read: readLine,
  }),
}

/** A scenario of the config file and its share of the requests of a level. */
export interface MixShare {
  readonly scenario: string
  /** Whole percent, at least 1. */
  readonly percent: number
}

/** The most scenarios of a mix: each has a row in every table of a level. */
const MOST_PARTS = 20

/** Reads `chat 70%, rag 20%, summary 10%`. */
function readMix(text: string): readonly MixShare[] {
  const parts = text.split(/[,\n]/).map((part) => part.trim())
  const shares = parts.filter((part) => part !== '').map(readShareOf)
  if (shares.length < 2) throw new ValueError(`must have at least two scenarios with their shares, ${EXAMPLE}`)
  if (shares.length > MOST_PARTS)
    throw new ValueError(`must have at most ${MOST_PARTS} scenarios, and has ${shares.length}`)
  const seen = shares.map(({ scenario }) => dropUnseen(scenario))
  const second = seen.findIndex((name, i) => seen.indexOf(name) < i)
  if (second !== -1) {
    const name = seen[second]!
    throw new ValueError(
      shares[second]!.scenario === shares[seen.indexOf(name)]!.scenario
        ? `has ${name} twice; give it one share`
        : `has two scenarios that read ${name}, and differ only in what does not show; rename one of them`,
    )
  }
  const sum = shares.reduce((total, { percent }) => total + percent, 0)
  if (sum !== 100) throw new ValueError(`adds up to ${sum}%; the shares must add up to 100%, ${EXAMPLE}`)
  return shares
}

const EXAMPLE = 'for example chat 70%, rag 20%, summary 10%'

function readShareOf(part: string): MixShare {
  const [, scenario, percent] = /^(.*\S)\s+(\d{1,3})\s*%$/.exec(part) ?? []
  if (scenario === undefined || Number(percent) === 0)
    throw new ValueError(`must name scenarios of the config file, each with a share in whole percent, ${EXAMPLE}`)
  return { scenario, percent: Number(percent) }
}

/** The scenarios that a text names, whether or not it is a mix. */
export function listMixed(text: string): readonly string[] {
  return text.split(/[,\n]/).map((part) => {
    const share = part.trim()
    return share.endsWith('%')
      ? share
          .slice(0, -1)
          .trimEnd()
          .replace(/\d{1,3}$/, '')
          .trimEnd()
      : share
  })
}
