/**
 * What a prompts file is that is not what it should be, and what to write instead, as half a sentence that follows its name; null where
 * it looks like nothing that is known. Bytes that are no text have been read as text by then, and still show what they were.
 */
export function recognisePromptsFormat(text: string): string | null {
  return recogniseBytes(text) ?? recogniseDocument(text) ?? recogniseLine(firstLineOf(text))
}

function recogniseBytes(text: string): string | null {
  if (text.startsWith('\u001f')) return 'is compressed with gzip; unpack it (gunzip) and give the file that comes out'
  if (text.startsWith('PK\u0003\u0004')) return 'is a zip; unpack it and give the file that is in it'
  if (text.startsWith('(\uFFFD/\uFFFD'))
    return 'is compressed with zstd; unpack it (unzstd) and give the file that comes out'
  if (text.startsWith('PAR1')) return `is a Parquet file; write it as JSON lines, ${EACH_LINE}`
  return text.slice(0, 200).includes('\u0000') ? 'is not UTF-8 (UTF-16, by its looks); save it as UTF-8' : null
}

const EACH_LINE = 'each line an object such as {"prompt": "Why is the sky blue?"}'

/** JSON that is one document and not a line for each prompt. */
function recogniseDocument(text: string): string | null {
  const json = parse(text)
  if (Array.isArray(json)) {
    const inside = isObject(json[0]) ? recogniseObject(json[0]) : null
    if (inside !== null) return inside
    const each = typeof json[0] === 'string' ? "jq -c '.[] | {prompt: .}'" : "jq -c '.[]'"
    return `is one JSON array; put each of its entries on a line of its own (${each})`
  }
  if (!isObject(json)) return null
  const [name] = Object.entries(json).find(([, value]) => Array.isArray(value) && value.length > 0) ?? []
  if (isPrompt(json) && text.trim().includes('\n'))
    return "is one JSON object over several lines; put it on one (jq -c '.')"
  return name !== undefined && /^(prompts|data|items|requests|rows|samples|examples)$/.test(name)
    ? `is one JSON object with a list in it; put each entry on a line of its own (jq -c '.${name}[]')`
    : null
}

function recogniseLine(line: string): string | null {
  if (line === '') return null
  const json = parse(line)
  if (isObject(json)) return recogniseObject(json)
  if (json !== undefined || /^\s*[{[]/.test(line)) return null
  return CSV.test(line)
    ? `is CSV; write it as JSON lines, ${EACH_LINE}`
    : `is plain text; write each prompt as {"prompt": "…"} on a line of its own (jq -Rc 'select(. != "") | {prompt: .}')`
}

const CSV =
  /^"?(id|prompt|prompts|question|instruction|input|text|content|messages|category)"?\s*[,;\t]|[,;\t]\s*"?(prompt|question|instruction|output_tokens|max_tokens|text)"?\s*([,;\t]|$)/i

const TRACE =
  'is a trace (Mooncake), which holds lengths and no prompts; give the lengths with `input-tokens` and `output-tokens`'

/** Formats by what only they have; the first counts. */
const FORMATS: readonly (readonly [members: readonly string[], is: string])[] = [
  [
    ['conversations'],
    'is ShareGPT; write the first question of each as {"messages": [{"role": "user", "content": "…"}]} on a line of its own',
  ],
  [['custom_id', 'body'], "is a batch of OpenAI; write what is in each body (jq -c '.body | {messages, max_tokens}')"],
  [['hash_ids'], TRACE],
  [['timestamp', 'input_length'], TRACE],
  [['turns'], "is MT-Bench; write the first turn of each (jq -c '{prompt: .turns[0]}')"],
  [['question', 'answer'], "is a set of questions such as GSM8K; write each question (jq -c '{prompt: .question}')"],
  [
    ['instruction'],
    'is Alpaca; write each instruction with its input (jq -c \'{prompt: (.instruction + "\\n" + .input)}\')',
  ],
  [['text_input'], "is for GenAI-Perf; write its texts as prompts (jq -c '{prompt: .text_input}')"],
  [['text'], "is for GenAI-Perf or AIPerf; write its texts as prompts (jq -c '{prompt: .text}')"],
  [['texts'], "is for AIPerf; write its texts as prompts (jq -c '{prompt: .texts[0]}')"],
]

function recogniseObject(json: Readonly<Record<string, unknown>>): string | null {
  if (isPrompt(json) && !('instruction' in json)) return null
  return FORMATS.find(([members]) => members.every((member) => Object.hasOwn(json, member)))?.[1] ?? null
}

function isPrompt(json: Readonly<Record<string, unknown>>): boolean {
  return ['prompt', 'messages', 'input'].some((kind) => Object.hasOwn(json, kind))
}

function firstLineOf(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .trimStart()
    .split('\n', 1)[0]!
    .trim()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
