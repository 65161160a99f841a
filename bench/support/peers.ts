import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSecondsOf } from './command-cost.ts'

/**
 * Other clients, where their programs are on the path. They need a tokenizer: BENCH_TOKENIZER names one that is there (default: gpt2),
 * for which ` token` and ` true`, which our servers send, are one token each, as they are for gpt2.
 */

/** So many streams that are always open, or so many requests a second at random times. */
export type PeerLoad =
  | { readonly kind: 'closed'; readonly streams: number }
  | { readonly kind: 'open'; readonly perSecond: number; readonly seconds: number }

/** What a client is asked to do. */
export interface PeerWork {
  readonly origin: string
  /** Before `/v1/chat/completions`; may be empty. */
  readonly path: string
  readonly model: string
  readonly load: PeerLoad
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What a client says of its requests: times in milliseconds. */
export interface PeerFigures {
  readonly ttftMs: { readonly p50: number; readonly p99: number }
  readonly tpotMs: number
  /** Over all requests; null where it states none. */
  readonly outputTokens: number | null
}

/** Another client: how it is called, and where in what it wrote its figures stand. */
export interface Peer {
  readonly name: string
  readonly program: string
  /** Its arguments; it writes below `folder`. */
  readonly args: (work: PeerWork, folder: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly result: RegExp
  readonly read: (json: Json) => PeerFigures
}

type Json = Readonly<Record<string, unknown>>

const LONGEST_MS = 240_000
const CPU_POLL_MS = 20
const TOKENIZER = process.env['BENCH_TOKENIZER'] ?? 'gpt2'

/** The Rust client takes the same arguments. */
function argsOfVllm(
  { origin, path, model, load, requests, inputTokens, outputTokens }: PeerWork,
  folder: string,
): string[] {
  const shape = load.kind === 'closed' ? `--max-concurrency ${load.streams}` : `--request-rate ${load.perSecond}`
  return (
    `--backend openai-chat --base-url ${origin} --endpoint ${path}/v1/chat/completions --model ${model} --tokenizer ${TOKENIZER} ` +
    `--dataset-name random --random-input-len ${inputTokens} --random-output-len ${outputTokens} --ignore-eos ${shape} ` +
    `--num-prompts ${requests} --save-result --result-dir ${folder} --result-filename result.json`
  ).split(' ')
}

const VLLM = {
  result: /(^|\/)result\.json$/,
  read: (json: Json): PeerFigures => ({
    ttftMs: { p50: Number(json['median_ttft_ms']), p99: Number(json['p99_ttft_ms']) },
    tpotMs: Number(json['median_tpot_ms']),
    outputTokens: Number(json['total_output_tokens']),
  }),
}

export const PEERS: readonly Peer[] = [
  {
    name: 'vllm bench serve',
    program: 'vllm',
    args: (work, folder) => ['bench', 'serve', ...argsOfVllm(work, folder)],
    ...VLLM,
  },
  { name: 'vllm-bench', program: 'vllm-bench', args: argsOfVllm, ...VLLM },
  {
    name: 'guidellm',
    program: 'guidellm',
    args: ({ origin, path, model, load, requests, inputTokens, outputTokens }, folder) =>
      (
        `run --backend kind=openai_http,target=${origin}${path},model=${model} ` +
        `--profile ${load.kind === 'closed' ? `kind=concurrent,streams=${load.streams}` : `kind=poisson,rate=${load.perSecond}`} ` +
        `--constraint kind=max_requests,count=${requests} --tokenizer kind=huggingface_auto,model=${TOKENIZER} ` +
        `--data kind=synthetic_text,prompt_tokens=${inputTokens},output_tokens=${outputTokens} ` +
        `--output kind=json,path=${join(folder, 'result.json')} --disable-console`
      ).split(' '),
    // Each of its processes loads all of its libraries: on two cores ten of them take minutes to begin.
    env: { GUIDELLM__MAX_WORKER_PROCESSES: '1' },
    result: /(^|\/)result\.json$/,
    read: (json) => {
      const metrics = at(json, 'benchmarks', 0, 'metrics')
      const ttft = at(metrics, 'time_to_first_token_ms', 'successful', 'percentiles')
      return {
        ttftMs: { p50: Number(ttft['p50']), p99: Number(ttft['p99']) },
        tpotMs: Number(at(metrics, 'inter_token_latency_ms', 'successful')['median']),
        outputTokens: Number(at(metrics, 'output_token_count', 'successful')['total_sum']),
      }
    },
  },
  {
    name: 'aiperf',
    program: 'aiperf',
    args: ({ origin, path, model, load, requests, inputTokens, outputTokens }, folder) =>
      (
        `profile --model ${model} --tokenizer ${TOKENIZER} --url ${origin} --custom-endpoint ${path}/v1/chat/completions --endpoint-type chat ` +
        `--streaming ${load.kind === 'closed' ? `--concurrency ${load.streams}` : `--request-rate ${load.perSecond}`} ` +
        `--request-count ${requests} --synthetic-input-tokens-mean ${inputTokens} --synthetic-input-tokens-stddev 0 ` +
        `--output-tokens-mean ${outputTokens} --output-tokens-stddev 0 --extra-inputs ignore_eos:true --ui-type none --artifact-dir ${folder}`
      ).split(' '),
    result: /(^|\/)profile_export_aiperf\.json$/,
    read: (json) => {
      const ttft = at(json, 'time_to_first_token')
      const lengths = at(json, 'output_sequence_length')
      return {
        ttftMs: { p50: Number(ttft['p50']), p99: Number(ttft['p99']) },
        tpotMs: Number(at(json, 'inter_token_latency')['p50']),
        outputTokens: Number(lengths['sum']),
      }
    },
  },
  {
    name: 'inference-perf',
    program: 'inference-perf',
    args: (work, folder) => {
      const config = join(folder, 'config.json')
      // YAML, of which JSON is a part.
      writeFileSync(config, JSON.stringify(inferencePerfConfig(work, folder)))
      return ['-c', config]
    },
    result: /(^|\/)summary_lifecycle_metrics\.json$/,
    read: (json) => {
      const successes = at(json, 'successes')
      const ttft = at(successes, 'latency', 'time_to_first_token')
      const count = Number(successes['count'])
      return {
        ttftMs: { p50: 1000 * Number(ttft['median']), p99: 1000 * Number(ttft['p99']) },
        tpotMs: 1000 * Number(at(successes, 'latency', 'time_per_output_token')['median']),
        outputTokens: Math.round(count * Number(at(successes, 'output_len')['mean'])),
      }
    },
  },
]

function inferencePerfConfig(
  { origin, path, model, load, requests, inputTokens, outputTokens }: PeerWork,
  folder: string,
): Json {
  return {
    load: {
      ...(load.kind === 'closed'
        ? { type: 'concurrent', stages: [{ num_requests: requests, concurrency_level: load.streams }] }
        : { type: 'poisson', stages: [{ rate: load.perSecond, duration: load.seconds }] }),
      num_workers: 1,
    },
    api: { type: 'chat', streaming: true },
    server: { type: 'vllm', model_name: model, base_url: `${origin}${path}`, ignore_eos: true },
    tokenizer: { pretrained_model_name_or_path: TOKENIZER },
    data: {
      type: 'shared_prefix',
      shared_prefix: {
        num_groups: 1,
        num_prompts_per_group: requests,
        system_prompt_len: 1,
        question_len: inputTokens - 1,
        output_len: outputTokens,
      },
    },
    storage: { local_storage: { path: folder } },
    report: { request_lifecycle: { summary: true, per_stage: false, per_request: false } },
  }
}

/** Whether its program is on the path. */
export function isInstalled({ program }: Peer): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

/** What a client says of this work, and the CPU that it took; throws with its last line where it did not end well. */
export async function runPeer(peer: Peer, work: PeerWork): Promise<PeerFigures & { readonly cpuSeconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-peer-'))
  try {
    const child = spawn(peer.program, peer.args(work, folder), {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
      env: { ...process.env, ...peer.env },
    })
    let cpuSeconds = 0
    const poll = setInterval(() => (cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf(child.pid!))), CPU_POLL_MS)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
    }
    const code = await new Promise((closed, failed) => child.on('close', closed).on('error', failed)).finally(() =>
      clearInterval(poll),
    )
    if (code !== 0) throw new Error(said.trim().split('\n').at(-1) || `exit ${String(code)}`)
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => peer.result.test(name))
    if (file === undefined) throw new Error('it wrote no result')
    return { ...peer.read(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json), cpuSeconds }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function at(json: unknown, ...keys: (string | number)[]): Json {
  return keys.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], json) as Json
}
