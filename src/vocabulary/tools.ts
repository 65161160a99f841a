/**
 * Load tools of others whose results are judged, and how each defines its figures. What a tool calls TTFT is a word of `TTFT_MEANINGS`: the
 * words join the key of a series, so that a figure is never compared with one of another meaning.
 */

/** From when to when a tool takes TTFT. */
const TTFT_MEANINGS = {
  'token-after-send': 'from sending the request, connecting included, to the first token',
  'event-after-send':
    'from sending the request, connecting included, to the first event of the answer, which need not hold text',
  'event-after-issue':
    'from handing the request to the sender, queueing there and connecting included, to the first piece of the answer',
} as const
type TtftMeaning = keyof typeof TTFT_MEANINGS

/** Over what a tool takes the time per token. */
const TPOT_MEANINGS = {
  'after-first': 'the time from the first token to the last over all tokens but the first',
  'with-first': 'the time of the whole request over all its tokens, the wait for the first one included',
  'after-first-piece': 'the time from the first piece of the answer to its end over the tokens after that piece',
} as const
type TpotMeaning = keyof typeof TPOT_MEANINGS

/** What there is to say of a tool beside its figures. */
interface Tool {
  readonly ttft: TtftMeaning
  readonly tpot: TpotMeaning
  /** What the tool itself calls the figure that stands as TPOT, where it calls it otherwise; and as chunk gap, null where it states none. */
  readonly tpotName?: string
  readonly gapName: string | null
  /** How levels are had from it that can be compared, as the end of "measure with …". */
  readonly levels: string
}

/** The command of vLLM, and its double in Rust. */
const VLLM_BENCH = {
  ttft: 'event-after-send',
  tpot: 'after-first',
  gapName: 'its ITL, between events',
  levels: '--max-concurrency N and no --request-rate',
} as const

/** Each tool by its name. */
export const TOOLS = {
  guidellm: {
    ttft: 'token-after-send',
    tpot: 'with-first',
    gapName: 'its inter-token latency, the mean of each request after its first token',
    levels: '--profile kind=concurrent and its streams, or synchronous',
  },
  'vllm bench serve': VLLM_BENCH,
  'vllm-bench': VLLM_BENCH,
  aiperf: {
    ttft: 'token-after-send',
    tpot: 'after-first',
    tpotName: 'inter token latency',
    gapName: 'its inter chunk latency',
    levels: '--concurrency N and no --request-rate',
  },
  'inference-perf': {
    ttft: 'token-after-send',
    tpot: 'after-first',
    gapName: 'its inter-token latency, 0 between tokens of one event',
    levels: 'load.type: concurrent',
  },
  'mlcommons endpoints': {
    ttft: 'event-after-issue',
    tpot: 'after-first-piece',
    gapName: null,
    levels: 'load_pattern: concurrency',
  },
} as const satisfies Readonly<Record<string, Tool>>
export type ToolName = keyof typeof TOOLS

/** The tools, in the order of docs. */
export const TOOL_NAMES = Object.keys(TOOLS) as readonly ToolName[]

/** What is known of a tool by its name; null where a newer version of this program knew it. */
function findTool(name: string): Tool | null {
  return Object.hasOwn(TOOLS, name) ? TOOLS[name as ToolName] : null
}

/** How the figures of a tool are defined, a sentence each. */
export function describeDefinitions(name: string): readonly string[] {
  const tool = findTool(name)
  if (tool === null) return []
  return [
    `TTFT is ${TTFT_MEANINGS[tool.ttft]}.`,
    `TPOT is ${tool.tpotName === undefined ? '' : `what ${name} calls ${tool.tpotName}: `}${TPOT_MEANINGS[tool.tpot]}.`,
    ...(tool.gapName === null ? [] : [`Chunk gap is ${tool.gapName}.`]),
    'Rates are over the whole measurement, its beginning and end included; percentiles are of requests that succeeded.',
  ]
}
