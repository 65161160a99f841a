import { asArray, asObject, asText } from '../../json.ts'
import type { Json } from '../../json.ts'
import {
  hasMember,
  LENGTHS,
  listNames,
  readAiPerf,
  readAlpaca,
  readConversation,
  readMessages,
  readOwn,
  readRanking,
  readRequest,
  readTextMember,
  readUserTurns,
} from './content.ts'
import type { ContentOrFault } from './content.ts'

/** A way in which people keep prompts. */
export interface Form {
  /** As reports and docs name it. */
  readonly name: string
  /** What one prompt of it is called, in the singular; the plural adds an s. */
  readonly noun: string
  /** How it is recognised, for docs. */
  readonly told: string
  /** Which parts of it are sent, for docs. */
  readonly sent: string
  /** Members that are used, or that only name or count what is used: all others are listed as ignored. */
  readonly uses: readonly string[]
  /** The object in which a prompt of it lies, where that is not the item itself. */
  readonly open?: (json: Json) => Json | null
  readonly isOf: (json: Json) => boolean
  readonly read: (json: Json) => ContentOrFault
  /** Why nothing of it can be sent, as half a sentence that follows the file's name. */
  readonly refusal?: string
  /** True where the user has named what is sent: pictures beside it are then no problem, and are left out. */
  readonly isChosen?: true
}

/** Members that hold a prompt where nothing else shows the form, best first; columns of tables have the same names. */
const TEXT_MEMBERS = ['prompt', 'text_input', 'question', 'instruction', 'query', 'text', 'content']

const COLUMNS: ReadonlySet<string> = new Set([
  ...TEXT_MEMBERS,
  ...'messages conversations conversation turns input contexttokens'.split(' '),
  'request tokens',
])

/** Whether a column of this name holds prompts, or shows that the file is a trace. */
export function isPromptColumn(name: string): boolean {
  return COLUMNS.has(name)
}

/** Lines that Plateau, vLLM and GuideLLM share. */
const own = { noun: 'prompt', uses: ['prompt', 'messages', 'input', 'tools'], read: readOwn }

/** Whether the cells of a column are read. Of a column that no form uses, only its presence matters. */
export function isReadColumn(name: string, column: string | null): boolean {
  if (column !== null) return name === column || column.startsWith(`${name}.`) || LENGTHS.includes(name)
  return ENVELOPES.has(name) || LENGTHS.includes(name) || FORMS.some(({ uses }) => uses.includes(name))
}

/** Members that wrap a request. */
const ENVELOPES: ReadonlySet<string> = new Set(['body', 'params', 'request', 'hash_ids', 'input_length'])

const LIKE_OPENAI = '`prompt`, `messages` up to the last question, or `input`'

/** The known forms; the first that an object has counts. */
export const FORMS: readonly Form[] = [
  {
    name: 'trace',
    noun: 'request',
    told: '`hash_ids` or `input_length` without a text; Azure: `ContextTokens`; BurstGPT: `Request tokens`',
    sent: 'refused: it is for `trace-file`',
    uses: [],
    isOf: isTrace,
    read: () => ({ leftOut: 'without a text' }),
    refusal:
      'is a trace (as Mooncake writes them), which holds lengths and no prompts; replay it with `trace-file`, or give lengths with `input-tokens` and `output-tokens`',
  },
  {
    name: 'OpenAI batch',
    noun: 'request',
    told: '`body` beside `custom_id` or `url`',
    sent: `of the body: ${LIKE_OPENAI}`,
    uses: ['prompt', 'messages', 'input', 'tools'],
    open: (json) => asObject(json['body']),
    isOf: (json) => hasMember(json, 'body') && (hasMember(json, 'custom_id') || hasMember(json, 'url')),
    read: readRequest,
  },
  {
    name: 'Anthropic batch',
    noun: 'request',
    told: '`params` beside `custom_id`',
    sent: 'of the params: `system` and `messages` up to the last question',
    uses: ['messages', 'system'],
    open: (json) => asObject(json['params']),
    isOf: (json) => hasMember(json, 'params') && hasMember(json, 'custom_id'),
    read: readRequest,
  },
  {
    name: 'request log',
    noun: 'request',
    told: '`request`, an object with `messages`, `prompt` or `input`',
    sent: `of the request: ${LIKE_OPENAI}`,
    uses: ['prompt', 'messages', 'input', 'system', 'tools'],
    open: (json) => asObject(json['request']),
    isOf: (json) => ['messages', 'prompt', 'input'].some((name) => hasMember(asObject(json['request']) ?? {}, name)),
    read: readRequest,
  },
  {
    name: 'ShareGPT',
    noun: 'conversation',
    told: '`conversations`, or `conversation`: a list of `from` and `value`, or of `role` and `content`',
    sent: 'the first question, after the words of the system; with `turns: file` all of them, one after another',
    uses: ['conversations', 'conversation'],
    isOf: (json) => hasMember(json, 'conversations') || Array.isArray(json['conversation']),
    read: (json) =>
      hasMember(json, 'conversations')
        ? readConversation(json['conversations'], 'conversations')
        : readConversation(json['conversation'], 'conversation'),
  },
  {
    name: 'AIPerf',
    noun: 'conversation',
    told: '`turns`, a list of objects with `text` or `texts`',
    sent: 'the first turn; with `turns: file` all of them',
    uses: ['turns'],
    isOf: (json) => asObject(asArray(json['turns'])?.[0]) !== null,
    read: ({ turns }) => readUserTurns(asArray(turns) ?? [], (turn) => readAiPerf(asObject(turn) ?? {})),
  },
  {
    name: 'MT-Bench',
    noun: 'question',
    told: '`turns`, a list of texts',
    sent: 'the first turn; with `turns: file` all of them',
    uses: ['turns', 'reference'],
    isOf: (json) => hasMember(json, 'turns'),
    read: ({ turns }) =>
      Array.isArray(turns)
        ? readUserTurns(turns, (turn) => readTextMember(turn, 'turns'))
        : '"turns" must be a list of texts, the first one the question',
  },
  {
    name: 'Alpaca',
    noun: 'instruction',
    told: '`instruction`, with `input` or `context` (Dolly) or without',
    sent: '`instruction`, a blank line, and `input` or `context`',
    uses: ['instruction', 'input', 'context'],
    isOf: (json) => hasMember(json, 'instruction') && !hasMember(json, 'messages'),
    read: readAlpaca,
  },
  {
    ...own,
    name: 'GuideLLM',
    told: '`prompt` beside `prompt_tokens_count` or `output_tokens_count`',
    sent: '`prompt`',
    isOf: (json) =>
      hasMember(json, 'prompt') && (hasMember(json, 'prompt_tokens_count') || hasMember(json, 'output_tokens_count')),
  },
  {
    ...own,
    name: 'vLLM',
    told: '`prompt` beside `output_tokens` or `expected_output_len`',
    sent: '`prompt`',
    isOf: (json) =>
      hasMember(json, 'prompt') && (hasMember(json, 'output_tokens') || hasMember(json, 'expected_output_len')),
  },
  {
    ...own,
    name: 'chat',
    noun: 'conversation',
    told: '`messages`, as a chat log and fine-tuning data have them',
    sent: 'all messages up to the last question, and `tools`; with `turns: file` what the user says, turn by turn',
    isOf: (json) => hasMember(json, 'messages'),
  },
  {
    ...own,
    name: '',
    told: '`prompt`; for embeddings `input`, a text or several',
    sent: '`prompt`, `input`',
    isOf: (json) => hasMember(json, 'prompt') || hasMember(json, 'input'),
  },
  {
    name: 'rerank',
    noun: 'query',
    told: '`query` beside `documents` or `texts`, a list',
    sent: 'the query and the documents, to be ranked or scored',
    uses: ['query', 'documents', 'texts'],
    isOf: (json) => hasMember(json, 'query') && (Array.isArray(json['documents']) || Array.isArray(json['texts'])),
    read: readRanking,
  },
  {
    name: 'GenAI-Perf',
    noun: 'prompt',
    told: '`text_input`',
    sent: '`text_input`',
    uses: ['text_input'],
    isOf: (json) => hasMember(json, 'text_input'),
    read: (json) => readTextMember(json['text_input'], 'text_input'),
  },
  {
    name: 'GSM8K',
    noun: 'question',
    told: '`question`, with `answer` or without',
    sent: '`question`',
    uses: ['question', 'answer'],
    isOf: (json) => hasMember(json, 'question'),
    read: (json) => readTextMember(json['question'], 'question'),
  },
  {
    name: 'AIPerf',
    noun: 'prompt',
    told: '`text` or `texts`',
    sent: '`text`, or the first of `texts`',
    uses: ['text', 'texts'],
    isOf: (json) => hasMember(json, 'text') || hasMember(json, 'texts'),
    read: readAiPerf,
  },
  {
    name: '',
    noun: 'prompt',
    told: '`query` or `content`',
    sent: 'its text',
    uses: ['query', 'content'],
    isOf: (json) => hasMember(json, 'query') || hasMember(json, 'content'),
    read: (json) =>
      hasMember(json, 'query') ? readTextMember(json['query'], 'query') : readTextMember(json['content'], 'content'),
  },
]

/** Lines of text, and lists of texts. */
export const TEXTS: Form = {
  name: '',
  noun: 'prompt',
  told: 'each line, or each entry of a list, is a text',
  sent: 'the text',
  uses: ['text'],
  isOf: (json) => hasMember(json, 'text'),
  read: (json) => readTextMember(json['text'], 'text'),
}

/** The form for files whose form cannot be recognised, so that the messages about their lines lead to Plateau's own. */
export const OWN_FORM: Form = FORMS.find(({ told }) => told.startsWith('`prompt`;'))!

/** The member or column that `prompts-column` names; a path with dots leads into what an item holds. */
export function formOfColumn(column: string): Form {
  const [first = ''] = column.split('.')
  return {
    name: '',
    noun: 'prompt',
    told: '',
    sent: '',
    uses: [column, first],
    isChosen: true,
    isOf: () => true,
    read: (json) => {
      const value = findValueAt(json, column)
      if (value === undefined) return `has no "${column}", which prompts-column names; it has ${listNames(json)}`
      if (typeof value === 'string' || value === null) return readTextMember(value, column)
      const messages = asArray(value)
      if (messages === null || !messages.every((message) => asObject(message) !== null))
        return asText(messages?.[0]) === null
          ? `"${column}" must be a text or a list of messages`
          : `"${column}" holds several texts; name one of them (prompts-column: ${column}.0)`
      return messages.some((message) => hasMember(asObject(message)!, 'from'))
        ? readConversation(messages, column)
        : readMessages(messages, null, column)
    },
  }
}

function findValueAt(json: Json, path: string): unknown {
  if (Object.hasOwn(json, path)) return json[path]
  let value: unknown = json
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Json)[name]
  }
  return value
}

function isTrace(json: Json): boolean {
  if ([...TEXT_MEMBERS, 'messages', 'texts', 'turns'].some((name) => hasMember(json, name))) return false
  return ['hash_ids', 'input_length', 'contexttokens', 'request tokens'].some((name) => hasMember(json, name))
}

/** Whether an object is a prompt of a form that is known, or has what `prompts-column` names. */
export function isPrompt(json: Json, column: string | null): boolean {
  if (column !== null) return findValueAt(json, column) !== undefined
  return FORMS.some(({ isOf }) => isOf(json))
}

/** Members that are not listed as ignored: names and counts of prompts would change nothing in a request. */
export const LABELS: ReadonlySet<string> = new Set([
  ...LENGTHS,
  ...'id uuid index name custom_id request_id question_id category source metadata prompt_tokens prompt_tokens_count prompt_len'.split(
    ' ',
  ),
])
