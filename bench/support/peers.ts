import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { medianSorted } from 'simple-statistics'
import type { TruthServer } from '../../src/simulator/start-truth.ts'

/**
 * Other clients against the same truth server, where their programs are on the path. They give no figures of single requests, so what is
 * compared are medians. Where a tokenizer is wanted, BENCH_TOKENIZER names one that is there (default: gpt2).
 */

const STREAMS = [1, 10, 100, 200, 500, 1000]
const LONGEST_MS = 60_000
const FOR_EVER = new AbortController().signal
const TOKENIZER = process.env['BENCH_TOKENIZER'] ?? 'gpt2'

interface Ask {
  readonly origin: string
  readonly path: string
  readonly streams: number
  readonly requests: number
  readonly outputTokens: number
  readonly folder: string
}

interface Peer {
  readonly name: string
  readonly program: string
  readonly args: (ask: Ask) => readonly string[]
  /** Medians from the JSON that it wrote. */
  readonly read: (json: Record<string, unknown>) => { readonly ttftMs: number; readonly tpotMs: number }
}

/** The Rust client takes the same arguments. */
const VLLM_ARGS = ({ origin, path, streams, requests, outputTokens, folder }: Ask): string[] =>
  (
    `--backend openai-chat --base-url ${origin} --endpoint ${path}/v1/chat/completions --model truth --tokenizer ${TOKENIZER} ` +
    `--dataset-name random --random-input-len 32 --random-output-len ${outputTokens} --ignore-eos --max-concurrency ${streams} ` +
    `--num-prompts ${requests} --save-result --result-dir ${folder} --result-filename result.json`
  ).split(' ')
const readVllm: Peer['read'] = ({ median_ttft_ms: ttft, median_tpot_ms: tpot }) => ({
  ttftMs: Number(ttft),
  tpotMs: Number(tpot),
})

const PEERS: readonly Peer[] = [
  { name: 'vllm bench serve', program: 'vllm', args: (ask) => ['bench', 'serve', ...VLLM_ARGS(ask)], read: readVllm },
  { name: 'vllm-bench', program: 'vllm-bench', args: VLLM_ARGS, read: readVllm },
  {
    name: 'guidellm',
    program: 'guidellm',
    args: ({ origin, path, streams, requests, outputTokens, folder }) => [
      ...`benchmark --target ${origin}${path} --model truth --processor ${TOKENIZER} --rate-type concurrent --rate ${streams}`.split(
        ' ',
      ),
      ...`--max-requests ${requests} --data prompt_tokens=32,output_tokens=${outputTokens}`.split(' '),
      ...`--output-path ${folder}/result.json`.split(' '),
    ],
    read: ({ benchmarks }) => {
      const { metrics } = (benchmarks as { metrics: Record<string, { successful: { median: number } }> }[])[0]!
      return {
        ttftMs: metrics['time_to_first_token_ms']!.successful.median,
        tpotMs: metrics['inter_token_latency_ms']!.successful.median,
      }
    },
  },
  {
    name: 'aiperf',
    program: 'aiperf',
    args: ({ origin, path, streams, requests, outputTokens, folder }) =>
      (
        `profile --model truth --tokenizer ${TOKENIZER} --url ${origin} --custom-endpoint ${path}/v1/chat/completions --endpoint-type chat ` +
        `--streaming --concurrency ${streams} --request-count ${requests} --synthetic-input-tokens-mean 32 ` +
        `--output-tokens-mean ${outputTokens} --output-tokens-stddev 0 --ui-type none --artifact-dir ${folder}`
      ).split(' '),
    read: ({ time_to_first_token: ttft, inter_token_latency: tpot }) => ({
      ttftMs: (ttft as { p50: number }).p50,
      tpotMs: (tpot as { p50: number }).p50,
    }),
  },
]

/** A row for each peer and number of streams, or one that says why there are none. */
export async function runPeers(
  truth: TruthServer,
  { ttftMs, intervalMs, outputTokens }: { ttftMs: number; intervalMs: number; outputTokens: number },
): Promise<{ header: string[]; rows: string[][] }> {
  const rows: string[][] = []
  for (const peer of PEERS) {
    if (spawnSync('sh', ['-c', `command -v ${peer.program}`]).status !== 0) {
      rows.push([peer.name, '', 'not installed', ''])
      continue
    }
    for (const streams of STREAMS) {
      const folder = mkdtempSync(join(tmpdir(), 'plateau-peer-'))
      const path = `/free/${ttftMs}/${intervalMs}`
      try {
        const ask = { origin: truth.origin, path, streams, requests: Math.max(5, 3 * streams), outputTokens, folder }
        const seen = peer.read(await runPeer(peer, ask))
        const true_ = await readTrueMedians(truth)
        rows.push([
          peer.name,
          String(streams),
          `${Math.abs(seen.ttftMs - true_.ttftMs).toFixed(2)} ms`,
          `${(100 * Math.abs(seen.tpotMs / true_.tpotMs - 1)).toPrecision(2)} %`,
        ])
      } catch (error) {
        rows.push([peer.name, String(streams), `did not run: ${(error as Error).message.slice(0, 100)}`, ''])
        await truth.readAnswers(FOR_EVER)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  return { header: ['client', 'streams', 'TTFT', 'TPOT'], rows }
}

async function runPeer({ program, args }: Peer, ask: Ask): Promise<Record<string, unknown>> {
  const child = spawn(program, args(ask), { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST_MS })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  const code = await new Promise((closed) => child.on('close', closed))
  if (code !== 0) throw new Error(said.trim().split('\n').at(-1) ?? `exit ${String(code)}`)
  const written = readdirSync(ask.folder, { recursive: true, encoding: 'utf8' })
  const file = written.find((name) => /(^|\/)(result|profile_export_aiperf)\.json$/.test(name))
  if (file === undefined) throw new Error('it wrote no result')
  return JSON.parse(readFileSync(join(ask.folder, file), 'utf8')) as Record<string, unknown>
}

async function readTrueMedians(truth: TruthServer): Promise<{ ttftMs: number; tpotMs: number }> {
  const answers = (await truth.readAnswers(FOR_EVER)).filter(({ outputTokens }) => outputTokens > 1)
  const median = (values: number[]): number => medianSorted(values.sort((a, b) => a - b))
  return {
    ttftMs: median(answers.map(({ receivedAtMs, firstTokenAtMs }) => firstTokenAtMs - receivedAtMs)),
    tpotMs: median(answers.map((one) => (one.lastTokenAtMs - one.firstTokenAtMs) / (one.outputTokens - 1))),
  }
}
