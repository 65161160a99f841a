/**
 * Every command line of the documents is run, in this process and in a folder with what its reader has: what measures does so on a
 * server in virtual time, for a shorter time where the line says for how long. And every flag that the documents name is given to a command that
 * shows what it does.
 */
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { writeOwner } from '../scripts/docs/owner.ts'
import { callCommand } from '../src/command.ts'
import { encodeRunReport } from '../src/report/run-report-codec.ts'
import { addSeriesKey } from '../src/report/series.ts'
import { encodeVerdict } from '../src/report/verdict-codec.ts'
import { readFlags, splitArguments } from '../src/settings/reading/flags.ts'
import { aGuidellm, aGuidellmBenchmark } from './imports/results.ts'
import { aHeader, aPartLevel, aShare, writePart } from './shards/parts.ts'
import { aRecord, aReport, SERIES_FIELDS } from './support/builders.ts'
import { simulated, temporaryFolder } from './support/cli.ts'
import { COMMANDS } from './support/commands.ts'
import { CALLS, NAMED_FLAGS } from './support/documented-calls.ts'
import { startFakeGithub } from './support/fake-github/server.ts'
import { aStoredHistory, aStoredRun, writeReport } from './support/stored-runs.ts'
import { aRegression, aVerdict } from './support/verdict-builders.ts'
import { playCommand } from './support/virtual/play.ts'
import { virtualSystem } from './support/virtual/system.ts'
import { serverOf } from './support/virtual/servers.ts'
import type { Trouble } from './support/virtual/servers.ts'

interface Scene {
  /** What stands for what only a reader knows. */
  readonly words?: Readonly<Record<string, string>>
  /** Given besides, so that it takes less time. */
  readonly more?: string
  /** What the documents say that it ends with; default 0. */
  readonly code?: number
  readonly shows: RegExp
  /** What is wrong with the server. */
  readonly server?: Trouble
  /** Files that it leaves, with what stands in them. */
  readonly leaves?: Readonly<Record<string, RegExp>>
}

/** One short pass over one level. */
const SHORT = '--concurrency 1 --passes 1 --level-requests 4 --preflight false --soak off'
const SHORT_SCENARIO = '--passes 1 --level-requests 4 --preflight false --soak off'
const BUILDS = {
  './venv-0.11/bin/vllm serve Qwen/Qwen2.5-7B-Instruct': 'plateau simulate',
  './venv-0.12/bin/vllm serve Qwen/Qwen2.5-7B-Instruct': 'plateau simulate --slowdown 1.5',
  './old serve': 'plateau simulate',
  './new serve': 'plateau simulate',
  "exec llama-server -m '$MODEL-q8_0.gguf' --parallel 4 --ctx-size 8192 --port 8080": 'plateau simulate',
  "exec llama-server -m '$MODEL-q4_k_m.gguf' --parallel 4 --ctx-size 8192 --port 8080": 'plateau simulate',
}
const SHORT_SESSION = '--sessions 1 --passes 2 --level-requests 4 --soak off'
const FILES = { 'junit.xml': /<testsuites/, 'report.html': /^<!doctype html>/, 'report.json': /"schema":/ }
const FIRST = /Nothing to compare yet/i

/** How each line of the documents is run; what stands in none of them is an error. */
const SCENES: Readonly<Record<string, Scene>> = {
  demo: { shows: /exit code 0: the check passes[^]*exit code 1: the check fails[^]*### ❌ demo/ },
  'init --endpoint https://staging.example.com/v1': {
    shows: /wrote \.github\/workflows\/plateau\.yml/,
    leaves: { '.github/workflows/plateau.yml': /staging\.example\.com/, '.github/plateau.yml': /^slo:/m },
  },
  'init --endpoint URL [FOLDER]': {
    words: { URL: 'http://127.0.0.1:8000', '[FOLDER]': 'serving' },
    shows: /wrote/,
    leaves: { 'serving/.github/plateau.yml': /^slo:/m },
  },
  'ab --help': { shows: /^Usage: plateau ab[^]*--a COMMAND/ },
  ...Object.fromEntries(
    CALLS.filter(({ name, argv }) => name === 'ab' && argv.includes('--url')).map(({ line, argv }) => [
      line,
      {
        words: { ...BUILDS, '$@': '' },
        more: `${argv.includes('--concurrency') ? '' : '--concurrency 1'} ${SHORT_SESSION}`,
        ...(line.includes('venv')
          ? { code: 1, shows: /❌ ab: .*slower|❌ ab: .*TPOT/ }
          : { shows: /a is the control, b the candidate[^]*no change seen/i }),
      },
    ]),
  ),
  'run --endpoint https://staging.example.com/v1 --append': {
    more: SHORT,
    shows: FIRST,
    leaves: { '.plateau/history.json': /"entries":/ },
  },
  'run --endpoint $STAGING_URL --name llama-8b --append': {
    words: { $STAGING_URL: 'https://staging.example.com/v1' },
    more: SHORT,
    shows: FIRST,
    leaves: { '.plateau/history.json': /llama-8b/ },
  },
  ...Object.fromEntries(
    CALLS.filter(({ argv }) => argv.includes('--junit')).map(({ line, argv }) => [
      line,
      {
        words: {
          $STAGING_URL: 'https://staging.example.com/v1',
          $$STAGING_URL: 'https://staging.example.com/v1',
          'file:$HISTORY': 'file:kept/llama-8b.json',
        },
        more: SHORT,
        shows: FIRST,
        leaves: { ...FILES, ...(argv.includes('note.md') && { 'note.md': /Nothing to compare yet/ }) },
      },
    ]),
  ),
  ...Object.fromEntries(
    CALLS.filter(({ argv }) => argv.includes('restarts')).map(({ line }) => [
      line,
      {
        more: '--preflight false',
        shows: /Compared with the control alone, measured beside it/,
        leaves: { 'history.json': /"control":/ },
      },
    ]),
  ),
  'compare candidate.json main-1.json main-2.json': { shows: /Compared with 2 runs \(2 reports\)/ },
  'compare --run 19512345678 --repository org/repo --name llama-8b': {
    words: { 'org/repo': 'acme/serving' },
    shows: /Compared with 10 runs/,
  },
  'report report.json --verdict verdict.json --format markdown': { shows: /^### ❌ / },
  'report FILE --verdict FILE --format junit': {
    words: { FILE: 'report.json', 'FILE of --verdict': 'verdict.json' },
    shows: /<testsuites[^]*<failure/,
  },
  audit: { shows: /10 comparable runs/ },
  'audit --runs artifacts/': { shows: /12 runs of pull requests/ },
  'audit --runs FOLDER': { words: { FOLDER: 'artifacts' }, shows: /12 runs of pull requests/ },
  'audit --since': { more: '2026-11-06', shows: /Slow drift since 2026-11-06/ },
  history: { shows: /10 runs in 10 points/ },
  'history [PLACE …]': { words: { '[PLACE': 'artifacts', '…]': '' }, shows: /10 runs in 10 points/ },
  'history --page site/ --badge badge.svg': {
    shows: /^/,
    leaves: { 'site/index.html': /llama-8b\.html/, 'badge.svg': /^<svg / },
  },
  'history FOLDER --page site/': {
    words: { FOLDER: 'artifacts' },
    shows: /^/,
    leaves: { 'site/llama-8b.html': /<!doctype html>/ },
  },
  doctor: { code: 2, shows: /✗ missing/ },
  'doctor [FOLDER]': {
    words: { '[FOLDER]': 'gated' },
    shows: /✓ \.github\/workflows\/plateau\.yml, job plateau: has what it needs/,
  },
  'completion bash': { shows: /^complete -/m },
  'completion zsh': { shows: /^#compdef plateau/ },
  'completion fish': { shows: /^complete -c plateau/m },
  'run --endpoint https://<workspace>/serving-endpoints/<name>/invocations --cross-check three-point': {
    words: {
      'https://<workspace>/serving-endpoints/<name>/invocations':
        'https://127.0.0.1/serving-endpoints/llama/invocations',
    },
    more: '--name llama --concurrency 1 --passes 1 --level-requests 4 --soak off --input-tokens 40 --output-tokens 24',
    shows: /Cross-check[^]*TTFT is the median latency\s+at 1 token/,
  },
  'import benchmarks.json --name nightly --append': {
    shows: FIRST,
    leaves: { '.plateau/history.json': /nightly/ },
  },
  'import results/*.json --limits ttft-p50@8 <= 300ms': { shows: /ttft-p50@8 ?<= ?300ms/ },
  'run --config plateau.yml --scenario all': { more: SHORT_SCENARIO, shows: /chat[^]*long-prompts/ },
  'run --config plateau.yml --scenario chat': { more: SHORT_SCENARIO, shows: FIRST },
  'run --endpoint http://10.0.0.7:8000 --concurrency 64,256,1024 --level-duration 10s --shard $i/4 --rendezvous /mnt/shared/meeting':
    { words: { '$i/4': '2/4', '/mnt/shared/meeting': 'meeting' }, more: '--dry-run', shows: /shard +2\/4/ },
  'run --endpoint http://llm.default.svc:8000 --name llama-8b --concurrency 64,256,1024 --level-duration 10s --limits ttft-p50@64<=2s --shard $((JOB_COMPLETION_INDEX + 1))/8 --rendezvous /shared/meeting --rendezvous-timeout 10m --part /shared/parts/$((JOB_COMPLETION_INDEX + 1)).part':
    {
      words: {
        '$((JOB_COMPLETION_INDEX + 1))/8': '8/8',
        '/shared/meeting': 'shared/meeting',
        '/shared/parts/$((JOB_COMPLETION_INDEX + 1)).part': 'shared/parts/8.part',
      },
      more: '--dry-run',
      shows: /shard +8\/8/,
    },
  'merge .plateau/part-*.part --baseline file:.plateau/history.json --append': { shows: /shard 2\/2/ },
  'merge PART …': { words: { PART: '.plateau/part-1.part', '…': '.plateau/part-2.part' }, shows: /shard 2\/2/ },
  'merge /shared/parts/*.part --baseline file:/shared/history.json --append --html /shared/report.html': {
    words: {
      '/shared/parts/*.part': '.plateau/part-*.part',
      'file:/shared/history.json': 'file:shared/history.json',
      '/shared/report.html': 'shared/report.html',
    },
    shows: /shard 2\/2/,
    leaves: { 'shared/history.json': /"entries":/, 'shared/report.html': /^<!doctype html>/ },
  },
}

/** Calls that give the other flags that the documents name, each so that one sees what it does. */
const FURTHER: Readonly<Record<string, Scene>> = {
  'run --endpoint http://127.0.0.1:8000 --name x --model llama-8b --api-key sk-documented --slo ttft<=1s': {
    more: `${SHORT} --verdict-json v.json --csv l.csv --requests-csv r.csv --openmetrics m.prom --report-json r.json`,
    shows: FIRST,
    leaves: {
      'v.json': /"verdict":/,
      'l.csv': /ttft/,
      'r.csv': /virtual-1/,
      'm.prom': /# EOF\n$/,
      'r.json': /^(?=[^]*"model": "llama-8b")(?=[^]*"slo")(?![^]*sk-documented)/,
    },
  },
  'run --endpoint http://127.0.0.1:8000 --name x --seed other': {
    more: '--concurrency 1,2,4 --passes 1 --level-requests 4 --preflight false --soak off',
    shows: /2 of 3, level 4:/,
  },
  'run --endpoint http://127.0.0.1:8000 --name x --max-concurrency 2': {
    more: '--passes 1 --level-requests 4 --preflight false --soak off',
    shows: /^(?=[^]*^ *2 )(?![^]*^ *4 )/m,
  },
  'run --endpoint http://127.0.0.1:8000 --control http://127.0.0.1:8001 --name x': { more: SHORT, shows: /control/ },
  'run --endpoint http://127.0.0.1:8000 --config plateau.yml --mix chat=50%,long-prompts=50% --name x': {
    words: { 'chat=50%,long-prompts=50%': 'chat 50%, long-prompts 50%' },
    more: SHORT,
    shows: /By part of the mix[^]*long-prompts/,
  },
  'compare slower.json --history recorded.json --metrics ttft-p50': {
    code: 1,
    shows: /^(?=[^]*TTFT \+)(?![^]*TPOT)/,
  },
  'compare slower.json --history recorded.json --tolerance 40%': { shows: /^✅ .*proven within tolerance/ },
  'compare other.json --history recorded.json --on-not-comparable fail': { code: 3, shows: /passes changed/ },
  'run --endpoint http://127.0.0.1:8000 --name x --on-unmeasured pass': {
    more: SHORT,
    server: { refusesFrom: 1 },
    shows: /429/,
  },
  'run --endpoint http://127.0.0.1:8000 --name x --extra-body {"top_k":1} --report-json r.json': {
    more: SHORT,
    shows: FIRST,
    leaves: { 'r.json': /"extraBody": ".*top_k/ },
  },
  'init gated --endpoint https://staging.example.com --owner acme --branch trunk --force --ready-timeout 20m': {
    more: '--max-duration 10s',
    shows: /wrote[^]*max-duration/,
    leaves: {
      'gated/.github/workflows/plateau.yml': /trunk[^]*acme\/plateau@v1/,
      'gated/.github/plateau.yml': /^ready-timeout: '20m'$/m,
    },
  },
  'init --endpoint https://staging.example.com --dry-run': { shows: /\n--- \.github\/workflows\/plateau\.yml/ },
}

/** The words of a line, as the shell gives them. */
function wordsOf(line: string, { words = {}, more = '' }: Scene): string[] {
  const call = CALLS.find((each) => each.line === line)
  const told = (call === undefined ? line.split(' ') : [call.name, ...call.argv]).map(
    (word, i, all) => words[`${word} of ${all[i - 1]}`] ?? words[word] ?? word,
  )
  const all = [...told, ...more.split(' ')].filter((word) => word !== '')
  return all.flatMap((word) => (word.startsWith('.plateau/part-*') ? globSync(word).sort() : [word]))
}

const SERVER = serverOf(['--model', 'llama-8b'])

/** Where nothing listens: what a reader of the documents runs on this machine must not be asked for its metrics. */
const NOWHERE = 'http://127.9.9.9:1'
const LOCAL = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/g

/** Runs these words on a server in virtual time, with these flags of `plateau simulate`. */
async function play(
  words: readonly string[],
  { flags = [], trouble = {}, env = {} }: Playing = {},
): ReturnType<typeof playCommand> {
  const server = { ...(flags.length === 0 ? SERVER : serverOf(flags)), ...trouble }
  const elsewhere = words.map((word) => word.replaceAll(LOCAL, NOWHERE))
  return playCommand(callCommand, elsewhere, server, undefined, { env })
}

interface Playing {
  readonly flags?: readonly string[]
  readonly trouble?: Trouble
  readonly env?: Readonly<Record<string, string>>
}

/** Flags that a call gives to a command that acts on them: one that shows its plan acts on none but that. */
function listGiven([name, ...argv]: readonly string[]): readonly string[] {
  const list = COMMANDS.find(([help]) => help.name === name)![1]
  const { given } = readFlags(list, splitArguments(list, argv).flags)
  return name === 'run' && given.has('dry-run') ? ['dry-run'] : [...given.keys()]
}

const REPOSITORY = process.cwd()
let laidOut: string

beforeAll(() => {
  laidOut = temporaryFolder()
  layOut(laidOut)
})

beforeEach(() => {
  const folder = temporaryFolder()
  cpSync(laidOut, folder, { recursive: true })
  process.chdir(folder)
})

afterEach(() => process.chdir(REPOSITORY))

/** What a reader has: reports, a history, artifacts, parts, results, a config file, and a repository with a gate. */
function layOut(folder: string): void {
  const { validity, ...run } = aStoredRun(22)
  const reports = {
    'candidate.json': aStoredRun(20, 1.002),
    'main-1.json': aStoredRun(8),
    'main-2.json': aStoredRun(9, 1.01),
    'slower.json': aStoredRun(21, 1.2),
    'report.json': aStoredRun(21, 1.2),
    'other.json': aStoredRun(22, 1, { series: addSeriesKey({ ...SERIES_FIELDS, passes: 5 }) }),
    'invalid.json': { ...run, validity: { ...validity, ok: false } },
  }
  for (const [path, report] of Object.entries(reports)) writeReport(join(folder, path), report)
  for (let i = 0; i < 12; i++)
    writeReport(join(folder, `artifacts/plateau-${i}/report.json`), aStoredRun(11 + i, i % 2 === 0 ? 1.01 : 0.99))
  const verdict = aVerdict({ verdict: 'regressed', check: 'fail', reasons: ['tpot-p50'], comparisons: [aRegression()] })
  const example = (name: string) => readFileSync(join(REPOSITORY, 'examples', name), 'utf8')
  const files = {
    'verdict.json': encodeVerdict(verdict),
    'recorded.json': aStoredHistory(),
    'artifacts/history.json': aStoredHistory(),
    'benchmarks.json': JSON.stringify(aGuidellm()),
    'results/8.json': JSON.stringify(aGuidellm([aGuidellmBenchmark(8)])),
    'plateau.yml': `endpoint: ${NOWHERE}\n${example('plateau.yml').replace('ttft-p90@8', 'ttft-p50@8')}`,
    'gated/.github/workflows/plateau.yml': writeOwner(example('pull-request.yml'), 'acme').replace(
      'example.com',
      'acme.example',
    ),
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  mkdirSync(join(folder, '.plateau'))
  mkdirSync(join(folder, 'serving'))
  for (const number of [1, 2]) {
    const records = Array.from({ length: 40 }, (_, i) =>
      aRecord({ level: 2, worker: number - 1, startMs: 1_000 + i * 200 + number, requestId: `${number}-${i}` }),
    )
    const header = aHeader({ shard: { number, count: 2 }, report: aReport({ measured: [] }) })
    const part = writePart(header, [aPartLevel([aShare(records)], { concurrency: 2 })])
    writeFileSync(join(folder, `.plateau/part-${number}.part`), part)
  }
}

/** Whether a sentence only names the command. */
const isName = ({ isSpan, argv }: (typeof CALLS)[number]): boolean => isSpan && argv.length === 0

/** Those that a process of its own serves, and the one that a second terminal talks to. */
const SERVING = CALLS.filter(({ name, line }) => name === 'simulate' || line.includes('127.0.0.1:18080'))

test('there is a scene for every line, and none for a line that is not there', () => {
  const lines = CALLS.filter((call) => !isName(call) && !SERVING.includes(call)).map(({ line }) => line)
  const named = new Set(CALLS.map(({ line }) => line))
  expect(lines.filter((line) => !(line in SCENES))).toEqual([])
  expect(Object.keys(SCENES).filter((line) => !named.has(line))).toEqual([])
})

test.each(Object.entries({ ...SCENES, ...FURTHER }))('plateau %s', async (line, scene) => {
  const words = wordsOf(line, scene)
  if (/^(?:audit|history)$/.test(words[0]!)) cpSync('recorded.json', '.plateau/history.json')
  const asked = line.startsWith('compare --run') ? await aWorkflowRun() : { id: '', env: {} }
  const { code, written } = await play(
    words.map((word) => (word === '19512345678' ? asked.id : word)),
    { env: asked.env, trouble: scene.server ?? {} },
  )
  expect(written).toMatch(scene.shows)
  expect(code, written).toBe(scene.code ?? 0)
  for (const [path, content] of Object.entries(scene.leaves ?? {})) expect(readFileSync(path, 'utf8')).toMatch(content)
})

test('the walk through two terminals ends as the page says', async () => {
  const [serve, record, serveSlower, compare] = SERVING.filter(({ line }) => line.includes('18080'))
  const first = await play([record!.name, ...record!.argv], { flags: serve!.argv })
  expect(first.written).toMatch(FIRST)
  expect(first.code).toBe(0)
  const second = await play([compare!.name, ...compare!.argv], { flags: serveSlower!.argv })
  expect(second.written).toMatch(/❌ quickstart: [^]*still so in a second look[^]*^TPOT .*\+30 %.*regressed$/m)
  expect(second.code).toBe(1)
})

/** What the served endpoint is started with; a port that is free stands for the one of the page. */
const SIMULATE = 'simulate --port 0 --adapters law,code --fault 429@every-1'.split(' ')

test('the simulated endpoint serves what it is told', async () => {
  const url = await simulated(SIMULATE.slice(3))
  expect(await (await fetch(`${url}/v1/models`)).text()).toMatch(/law[^]*code/)
  const body = JSON.stringify({ model: 'law', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 })
  expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST', body })).status).toBe(429)
})

/** The words of two shards that are told different things. */
const SHARDS = [1, 2].map((number) => {
  const { argv } = CALLS.find(({ line }) => line.includes('--shard $i/4'))!
  const meant: Readonly<Record<string, string>> = { '$i/4': `${number}/2`, '/mnt/shared/meeting': 'meeting' }
  const words = argv.map((word) => meant[word] ?? word)
  return ['run', ...words, '--name', 'x', '--soak', 'off', '--preflight', 'false', '--slo', `tpot <= ${number}s`]
})

test('shards meet before they measure, and each says what another was told', async () => {
  const machine = virtualSystem(SERVER, 'local')
  const ended = SHARDS.map(async (words) => playCommand(callCommand, words, SERVER, undefined, { machine }))
  await Promise.all(ended.map(async (shard) => expect(shard).rejects.toThrow(/was told another slo: tpot <= \d/)))
})

test('every flag that the documents name is given to a command that acts on it', () => {
  const own = new Set(COMMANDS.flatMap(([, list]) => Object.values(list).map(({ name }) => name)))
  const lines = Object.entries({ ...SCENES, ...FURTHER }).map(([line, scene]) => wordsOf(line, scene))
  const walked = SERVING.filter(({ argv }) => argv.length > 0).map(({ name, argv }) => [name, ...argv])
  const given = new Set([...lines, ...walked, ...SHARDS, SIMULATE].flatMap(listGiven))
  expect([...NAMED_FLAGS].filter((flag) => own.has(flag) && !given.has(flag))).toEqual([])
})

/** A workflow run with a report and the history of main, and what the command needs to ask for it. */
async function aWorkflowRun() {
  const github = await startFakeGithub()
  onTestFinished(() => github.close())
  const run = github.addRun()
  github.addArtifact({ run, name: 'plateau-llama-8b', files: { 'report.json': encodeRunReport(aStoredRun(20)) } })
  github.addArtifact({ run, name: 'plateau-llama-8b-history', files: { 'history.json': aStoredHistory() } })
  return { id: String(run.id), env: { GITHUB_API_URL: github.apiUrl, GITHUB_TOKEN: github.token() } }
}
