import { expect, test } from 'vitest'
import { resolveSettings } from '../../../src/settings.ts'
import { resolveAtOnce } from '../../support/run-settings.ts'
import { RUN_SETTINGS } from '../../../src/settings/lists/run-settings.ts'
import { listWritten } from '../../../src/settings/setting.ts'
import type { Setting } from '../../../src/settings/setting.ts'
import { messageOf, resolve } from '../support.ts'

const files = {
  'prompt.jsonl': '{"prompt": "a"}',
  'messages.jsonl': '{"messages": [{"role": "user", "content": "a"}]}',
  'input.jsonl': '{"input": ["a", "b"]}',
  'ranked.jsonl': '{"query": "a", "documents": ["b"]}',
  'image.jsonl': '{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]}',
  'silent.jsonl': '{"messages": [{"role": "user", "content": " "}]}',
  'tools.jsonl': '{"messages": [{"role": "user", "content": "a"}], "tools": [{"type": "function"}]}',
  'ca.pem': '-----BEGIN CERTIFICATE-----',
  'trace.jsonl': '{"timestamp": 0, "input_length": 5, "output_length": 5}',
  'mix.yml': 'scenarios: { a: { output-tokens: 8 }, b: { output-tokens: 9 }, both: { mix: "a 50%, b 50%" } }',
  'times.jsonl': '{"timestamp": 0, "messages": [{"role": "user", "content": "a"}]}',
}

test.each([
  ['--concurrency 1,64 --max-concurrency 32', 'concurrency: has 64, above max-concurrency 32'],
  [
    '--rate 5 --concurrency 4',
    'rate: says how many requests a second are sent, and concurrency how many are under way',
  ],
  ['--rate 5 --max-concurrency 4', 'rate: says how many requests a second are sent, and max-concurrency how many'],
  ['--arrivals constant', 'arrivals: is about requests of a rate, and rate is not given'],
  ['--max-in-flight 8', 'max-in-flight: is about requests of a rate, and rate is not given'],
  ['--rate 5 --cross-check three-point', 'cross-check: measures at the concurrency of levels, and rate is given'],
  [
    '--rate 5 --throughput-within ttft-p50<=1s',
    'throughput-within: is about levels of concurrency; with rate give slo, whose capacity is the highest rate',
  ],
  [
    '--rate auto --shard 1/2 --rendezvous r',
    'rate: must be a list with shard: no shard sees what all of them measure; measure once with rate auto and without',
  ],
  [
    '--rate 5 --max-in-flight 2 --shard 1/3 --rendezvous r --level-duration 8s',
    'max-in-flight: is shared by 3 shards, of which each needs one; raise it',
  ],
  [
    '--rate 5 --limits ttft-p50@5<=1s',
    'limits: has ttft-p50@5, a concurrency, and the levels are rates; write ttft-p50@5/s',
  ],
  ['--rate 5,10 --limits ttft-p50@8/s<=1s', 'limits: has ttft-p50@8/s, and rate has no 8; it has 5, 10'],
  ['--limits ttft-p50@8/s<=1s', 'limits: has ttft-p50@8/s, a rate, and the levels are concurrencies; give rate'],
  ['--trace-speed 2', 'trace-speed: is about a trace, and trace-file is not given; give it or remove trace-speed'],
  ...(
    [
      ['--rate 5', 'rate: says when requests are sent, and trace-file, too'],
      ['--concurrency 5', 'concurrency: says how many requests are under way, and a trace when they are sent'],
      ['--max-concurrency 5', 'max-concurrency: says how many requests are under way'],
      ['--arrivals constant', 'arrivals: says when requests are sent, and a trace has its own times'],
      ['--prompts-file prompt.jsonl', 'prompts-file: says what is sent, and trace-file, too'],
      [
        '--prompts-sample 1',
        'prompts-sample: draws prompts, and a trace is sent as it came; level-requests sends the first',
      ],
      ['--input-tokens 5', 'input-tokens: says how long prompts are, and a trace has its own lengths'],
      ['--prefix-cache allow', 'prefix-cache: says what prompts share, and a trace says it itself'],
      ['--warmup-requests 2', 'warmup-requests: leaves out the first requests, and of a trace all are counted'],
      ['--output-tokens 5', 'output-tokens: says how long answers are, and every request of the trace has its own'],
      ['--cross-check three-point', 'cross-check: measures at the concurrency of levels, and a trace has none'],
      ['--throughput-within ttft-p50<=1s', 'with a trace give slo, whose capacity is the highest speed that keeps it'],
      ['--trace-speed auto --shard 1/2 --rendezvous r', 'trace-speed: must be a list with shard'],
      ['--turns 4', 'turns: make conversations that grow by answers, and a trace sends what it has; remove one'],
      [
        '--config mix.yml --scenario both',
        'trace-file: says what each request is, and mix is given; remove one of them',
      ],
      ['--limits ttft-p50@5<=1s', 'has ttft-p50@5, a concurrency, and the levels are speeds; write ttft-p50@1x'],
      ['--limits ttft-p50@2x<=1s', 'limits: has ttft-p50@2x, and trace-speed has no 2; it has 1'],
      ['--trace-speed auto', 'trace-speed: searches for a speed, and all requests of the trace came at one moment'],
      [
        '--trace-speed 0',
        'trace-speed: got "0"; must be auto or speeds, each from 0.001 to 10000, for example 0.5, 1, 2',
      ],
    ] as const
  ).map(([flags, message]): [string, string] => [`--trace-file trace.jsonl ${flags}`, message]),
  ['--trace-file times.jsonl --task embeddings', 'trace-file: has "messages", and embeddings takes none'],
  ['--limits ttft-p50@2x<=1s', 'limits: has ttft-p50@2x, a speed, and the levels are concurrencies; give trace-file'],
  ['--rate 0', 'rate: got "0"; must be auto or requests a second, each from 0.01 to 100000, for example 5, 10, 20'],
  ['--rate 5,-1', 'rate: got "5,-1"; must be auto or requests a second'],
  ['--rate 5,5', 'rate: got "5,5"; must name each level once'],
  ['--rate 5 --arrivals gamma(0)', 'must be poisson, constant or gamma(cv) with a cv above 0 and up to 10'],
  ['--rate 5 --arrivals bursty', 'must be poisson, constant or gamma(cv)'],
  ['--rate 5 --max-in-flight 0', 'max-in-flight: got "0"; must be a whole number from 1 to 4096'],
  ['--think-time 2s', 'think-time: is about conversations, and turns is not given; give it or remove think-time'],
  ['--system-prompt-tokens 9', 'system-prompt-tokens: is about conversations, and turns is not given'],
  ['--turns 0', 'turns: got "0"; must be a whole number from 1 to 1000, normal(mean,sd), uniform(min,max)'],
  [
    '--turns 4 --api openai-completions',
    'turns: make conversations, and openai-completions takes none; set turns to none',
  ],
  ['--turns 4 --api tgi', 'turns: make conversations, and tgi takes none; set turns to none, or measure chat (api: '],
  ['--turns 4 --task embeddings', 'turns: make conversations, and embeddings take none; set turns to none'],
  [
    '--turns 4 --cross-check three-point',
    'cross-check: compares single answers with those of levels, and turns are given',
  ],
  [
    '--turns 4 --prefix-cache avoid',
    'prefix-cache: must be allow with turns, because a conversation relies on the prefix cache; set it so, or remove it',
  ],
  [
    '--turns 4 --prefix-cache allow --shared-prefix-tokens 9',
    'shared-prefix-tokens: is for requests that stand alone; give system-prompt-tokens with turns',
  ],
  ['--turns file', 'turns: are taken from prompts-file, which is not given; give it, or a number of turns'],
  ['--turns 4 --prompts-file messages.jsonl', 'turns: must be file where prompts-file says what users ask'],
  ['--turns file --prompts-file image.jsonl', 'turns: take texts from prompts-file, and it has images'],
  ['--turns file --prompts-file silent.jsonl', 'prompts-file, and it has conversations without a word of a user'],
  ['--turns file --prompts-file input.jsonl', 'turns: take texts from prompts-file, and it has "input"'],
  [
    '--turns file --prompts-file messages.jsonl --system-prompt-tokens 9',
    'system-prompt-tokens: is generated, and prompts-file has system prompts of its own; remove one of them',
  ],
  ['--auth none --api-key k', 'auth: is none, but an api-key is given'],
  ['--auth header:x-key', 'there is no key; set PLATEAU_API_KEY'],
  ['--api-key k --headers authorization:x', 'headers: sets authorization'],
  ['--api-key k --auth header:x-key --headers X-Key:1', 'headers: sets x-key'],
  ['--allowed-hosts other.example', 'endpoint: has the host 127.0.0.1:8000, which is not among allowed-hosts'],
  ['--allowed-hosts 127.0.0.1 --control http://o', 'control: has the host o, which is not among allowed-hosts'],
  ['--control-api-key k', 'control-api-key: is about a control, and there is none; give control or remove it'],
  ['--control-model m', 'control-model: is about a control'],
  ['--control-timing together', 'control-timing: is about a control'],
  ['--control http://o --auth none --control-api-key k', 'control-api-key: is a key, and auth is none'],
  ['--control http://o --auth basic --api-key a:b --control-api-key k', 'control-api-key: must be user:password'],
  ['--allowed-hosts 127.0.0.1 --expect-version a --version-url http://o/v', 'version-url: has the host o'],
  ['--allowed-hosts 127.0.0.1 --server-metrics http://o/metrics', 'server-metrics: has the host o'],
  ['--api openai-chat --task embeddings', 'task: is only for api: databricks'],
  ['--version-url http://127.0.0.1/v', 'version-url: is where expect-version looks'],
  ['--preflight false --expect-version abc', 'expect-version: is checked in preflight'],
  ['--preflight false --soak auto', 'soak: comes after preflight'],
  ['--prompts-file prompt.jsonl --batch-size 2 --api openai-embeddings', 'batch-size: is for generated prompts'],
  ['--ca-cert ca.pem', 'ca-cert: is for an https endpoint'],
  ['--insecure-tls', 'insecure-tls: is for an https endpoint'],
  [
    '--endpoint https://h --insecure-tls --ca-cert ca.pem',
    'ca-cert: says whom to trust, and with insecure-tls everybody',
  ],
  ['--endpoint https://h --client-cert ca.pem', 'client-cert: is shown with its client-key, which is not given'],
  ['--endpoint https://h --client-key ca.pem', 'client-key: is the key of client-cert, which is not given'],
  ['--prompts-file prompt.jsonl --input-tokens 5', 'input-tokens: is for generated prompts'],
  ['--prompts-file prompt.jsonl --shared-prefix-tokens 5', 'shared-prefix-tokens: is for generated prompts'],
  ['--shared-prefix-tokens 5', 'set prefix-cache to allow'],
  ['--shared-prefix-tokens 5 --prefix-cache allow --input-tokens 5', 'must be below input-tokens (5)'],
  ['--batch-size 2 --api openai-chat', 'batch-size: must be 1 for chat'],
  ['--batch-size 2 --api databricks --task completions', 'batch-size: must be 1 for completions'],
  ['--prompts-file messages.jsonl --api openai-completions', 'completions takes none; use "prompt"'],
  ['--prompts-file messages.jsonl --api openai-embeddings', 'embeddings takes none; use "input"'],
  ['--prompts-file input.jsonl --api openai-chat', 'prompts-file: has "input", which is for embeddings'],
  ['--prompts-file image.jsonl --api anthropic', 'has images in 1 prompt, in the form of OpenAI'],
  ['--prompts-file tools.jsonl --api gemini', 'prompts-file: has tools in 1 prompt'],
  ['--prompts-file input.jsonl --batch-size 2', 'batch-size: is for generated prompts'],
  ['--images 512x512 --api openai-completions', 'images: are for chat, and the task is completions; remove them'],
  ['--images 512x512 --api tgi', 'images: are not sent over tgi; remove them, or measure an API that takes them'],
  ['--images 512x512 --trace-file trace.jsonl', 'images: are for generated prompts, and trace-file says what is sent'],
  ['--images 512x512 --turns 3', 'images: belong to one text, and turns makes conversations of several'],
  ['--images 512x512 --prompts-file messages.jsonl', 'images: are for generated prompts, and prompts-file gives them'],
  ['--cross-check three-point --api openai-rerank', 'cross-check: is about TTFT and TPOT, which rerank does not have'],
  ['--prompts-file prompt.jsonl --api openai-rerank', 'has no "documents" beside a "query", and rerank takes nothing'],
  ['--prompts-file ranked.jsonl --api openai-embeddings', 'which are for rerank and score, not for embeddings'],
  ['--cross-check three-point --api ollama', 'cross-check: is for openai-chat, openai-completions, databricks, not'],
  ['--cross-check three-point --api openai-embeddings', 'cross-check: is about TTFT and TPOT'],
  ['--cross-check three-point --output-tokens 3', 'cross-check: measures at 1, n/2 and n tokens'],
  ['--results r.json', 'endpoint: does nothing with results, which were measured already; remove it, or results'],
  ['--results r.json --passes 2', 'passes: does nothing with results'],
  ['--results r.json --control http://o', 'control: does nothing with results'],
  ['--results r.json --slo ttft<=1s', 'slo: does nothing with results'],
  ['--results r.json --records r.jsonl', 'records: does nothing with results'],
  ['--rendezvous r', 'rendezvous: is for a run that several processes measure, and shard is not given'],
  ['--part p', 'part: is for a run that several processes measure'],
  ['--shard 1/2', 'rendezvous: is required with shard'],
  ['--shard 1/2 --rendezvous r', 'concurrency: must be a list with shard'],
  ['--shard 1/2 --rendezvous r', 'level-duration: must be given with shard'],
  ['--shard 1/2 --passes auto', 'passes: must be a number with shard'],
  ['--shard 1/2 --runs 2', 'runs: must be 1 with shard'],
  ['--shard 1/2 --level-requests 9', 'level-requests: is reached at another moment by each shard'],
  ['--shard 1/2 --control http://o', 'control: is measured in turns that one process decides about'],
  ['--shard 1/2 --candidate-command a', 'candidate-command: is run by one process'],
  ['--shard 1/2 --redeploy-command a --control http://o', 'redeploy-command: is run by one process'],
  ['--shard 1/2 --candidate-command a --control-command b', 'control-command: is run by one process'],
  ['--shard 1/2 --cross-check three-point', 'cross-check: sends a load of its own from one process'],
  ['--shard 1/2 --server-metrics http://127.0.0.1/m', 'server-metrics: are about the load of all shards'],
  ['--shard 1/2 --report-json a', 'report-json: is for what all shards come to; give it to "plateau merge"'],
  ['--shard 1/2 --append', 'append: is for what all shards come to'],
  ['--level-duration 2m --max-duration 1m', 'level-duration: is longer than max-duration'],
  ['--limits ttft-p90<=1s', 'limits: has ttft-p90 without a level'],
  ['--limits throughput>=9tok/s', 'limits: has throughput without a level'],
  ['--limits ttft-p90@3<=1s --concurrency 1,2', 'has ttft-p90@3, and concurrency has no level 3; it has 1, 2'],
  ['--limits ttft-p90@64<=1s --max-concurrency 32', 'above max-concurrency 32'],
  ['--limits ttft-p90@4<=1s --api openai-embeddings', 'which embeddings do not have'],
  ['--limits ttft-p90@4<=1s --api openai-rerank', 'which rerank does not have'],
  ['--throughput-within ttft-p90<=1s --api openai-embeddings', 'which embeddings do not have'],
  ['--limits throughput-within>=9tok/s', 'does not say within what'],
  ['--slo ttft<=1s,tpot<=1s --api openai-embeddings', 'slo: has ttft, tpot, which embeddings do not have'],
  ['--slo ttft<=1s --api openai-score', 'slo: has ttft, which score does not have, because nothing streams'],
  ['--slo-share 90%', 'slo-share: is a share of requests that keep objectives, and there are no objectives; give slo'],
  ['--limits attainment@8>=95%', 'limits: has attainment, and there are no objectives; give slo'],
  ['--limits goodput@8>=9req/s', 'limits: has goodput, and there are no objectives; give slo'],
  ['--limits capacity>=16', 'limits: has capacity, and there are no objectives; give slo'],
  ['--metrics capacity', 'metrics: has capacity, and there are no objectives; give slo'],
  ['--tolerance capacity:5%', 'tolerance: has capacity, which metrics does not compare'],
  ['--slo ttft<=1s --limits attainment>=95%', 'limits: has attainment without a level'],
  ['--slo latency<=1s --limits goodput-tokens@8>=9tok/s --api openai-embeddings', 'which embeddings do not have'],
  ['--report-json a --records a', 'records: names the same file'],
  ['--scenario a', 'scenario: is one of a config file'],
  ['--html a.html --markdown ./a.html', 'markdown: names the same file as html'],
  ['--verdict-json a --records .//a', 'records: names the same file as verdict-json'],
  ['--report-json .plateau/history.json', 'report-json: names the same file as baseline'],
  ['--report-json a --baseline file:./a', 'report-json: names the same file as baseline'],
  ['--html prompt.jsonl --prompts-file prompt.jsonl', 'html: names the same file as prompts-file'],
  ['--gate release --baseline none', 'gate: is release, which passes only on proof, and baseline is none'],
  ['--gate release --decision threshold', 'decision: is threshold, which proves nothing'],
  ['--decision threshold --false-alarm-rate 2%', 'false-alarm-rate: is kept by decision: statistical only'],
  ['--append --baseline none', 'append: adds the run to a file, and baseline is none'],
  ['--append --record never', 'append: adds the run to the history, and record is never'],
  ['--record always --baseline none', 'record: is always, and with baseline: none there is no history'],
  ['--baseline artifact', 'baseline: is artifact, which only the action can reach'],
  ['--baseline release-asset:x', 'baseline: is release-asset, which only the action can reach'],
  ['--baseline none --baseline-ref v1', 'baseline-ref: is for comparing, and baseline is none'],
  ['--baseline none --confirm 2', 'confirm: is for comparing, and baseline is none'],
  ['--baseline none --tolerance 5%', 'tolerance: is for comparing'],
  ['--metrics ttft-p50 --api openai-embeddings', 'metrics: has ttft-p50, which embeddings do not have'],
  ['--metrics throughput-within', 'metrics: has throughput-within, and the setting throughput-within does not say'],
  ['--tolerance ttft-p90:5%', 'tolerance: has ttft-p90, which metrics does not compare'],
  ['--tolerance throughput-within:5%', 'tolerance: has throughput-within'],
  ['--tolerance ttft-p50:5% --metrics tpot-p50', 'tolerance: has ttft-p50, which metrics does not compare'],
  ['--confirm 0 --pause 5s', 'pause: is before a second run or look'],
])('%s is refused', (flags, message) => {
  expect(messageOf({ flags: flags.split(' '), files })).toContain(message)
})

test.each([
  '--concurrency 1,64',
  '--api openai-embeddings --batch-size 8 --limits latency-p50@4<=1s',
  '--limits error-rate<=1%',
  '--limits plateau-throughput>=9tok/s',
  '--limits ttft-p90<=1s --concurrency 1,2',
  '--limits ttft-p90@8<=1s',
  '--api databricks --task chat',
  '--task chat',
  '--level-requests 1 --concurrency 8',
  '--prompts-file messages.jsonl --api openai-chat',
  '--prompts-file image.jsonl --api openai-chat',
  '--prompts-file tools.jsonl --api databricks --task chat',
  '--prompts-file prompt.jsonl --output-tokens 5',
  '--prompts-file ranked.jsonl --api openai-rerank',
  '--prompts-file ranked.jsonl --task score',
  '--api-key k --headers x-team:1',
  '--throughput-within ttft-p90<=1s --limits throughput-within>=9tok/s',
  '--slo ttft<=1s --slo-share 90% --limits attainment@8>=95%,goodput@8>=1req/s,goodput-tokens@8>=9tok/s',
  '--slo latency<=1s --api openai-embeddings',
  '--slo ttft<=1s --tolerance capacity:5% --limits capacity>=16',
  '--max-duration none --level-duration 20m',
  '--gate release --tolerance 10%',
  '--decision threshold --tolerance 10%',
  '--append --baseline file:a.json --record auto',
  '--baseline none --limits error-rate<=1%',
  '--tolerance ttft-p90:5% --metrics ttft-p90',
  '--tolerance throughput-within:5% --throughput-within ttft-p90<=1s',
  '--tolerance latency-p50:5%',
  '--confirm 0 --runs 2 --pause 5s',
  '--control http://127.0.0.1:8000 --control-model m --control-timing together --control-api-key k',
  '--report-json a --html b --markdown c --records d --verdict-json e',
])('%s is fine', (flags) => {
  expect(() => resolve({ flags: flags.split(' '), files })).not.toThrow()
})

test('a setting that cannot be read contradicts nothing', () => {
  const flags = ['--concurrency', 'x', '--max-concurrency', '2', '--limits', 'ttft-p90 <= 1s']
  expect(messageOf({ flags })).toMatch(/^concurrency: got "x".*$/)
})

test.each<readonly [Readonly<Record<string, string>>, string]>([
  [
    { baseline: 'none', 'baseline-workflow': 'a.yml' },
    'baseline-workflow: is for baseline: artifact, and baseline is none',
  ],
  [{ upload: 'false', defer: 'true' }, 'defer: leaves the verdict to the report job, which reads artifacts'],
  [{ upload: 'false', record: 'always' }, 'record: is always, the history is an artifact, and upload is false'],
  [{ baseline: 'release-asset:h.json', record: 'always' }, 'record: is always, and a release asset is only read'],
  [{ upload: 'false', 'artifact-content': 'full' }, 'artifact-content: is what the artifact holds'],
  [{ defer: 'true', 'check-run': 'true' }, 'check-run: is written by the report job'],
  [{ defer: 'true', comment: 'always' }, 'comment: is written by the report job'],
  [{ 'let-forks-use-my-key': 'true' }, 'let-forks-use-my-key: needs allowed-hosts'],
  [{ auth: 'none', 'api-key': 'k' }, 'auth: is none, but an api-key is given'],
  [{ auth: 'header:x-key' }, 'there is no key; set PLATEAU_API_KEY or the input api-key'],
  [{ gate: 'release', baseline: 'none' }, 'gate: is release, which passes only on proof'],
])('as inputs of the action %j are refused', (inputs, message) => {
  expect(messageOf({ inputs })).toContain(message)
})

test.each<Readonly<Record<string, string>>>([
  { baseline: 'artifact', 'baseline-workflow': 'a.yml' },
  { baseline: 'release-asset:history.json' },
  { defer: 'true', name: 'a' },
  { upload: 'false' },
  { 'let-forks-use-my-key': 'true', 'allowed-hosts': '127.0.0.1' },
])('as inputs of the action %j are fine', (inputs) => {
  expect(() => resolve({ inputs })).not.toThrow()
})

test('a file may hold what a flag makes idle, or what is for another scenario', () => {
  const withFile = (text: string, ...flags: readonly string[]) => ({
    flags: ['--config', 'p.yml', ...flags],
    files: { 'p.yml': `endpoint: http://h\n${text}` },
  })
  expect(messageOf(withFile('tolerance: 5%\n', '--baseline', 'none'))).toBe('')
  expect(messageOf(withFile('tolerance: 5%\nscenarios: { a: { baseline: none } }\n', '--scenario', 'a'))).toBe('')
  expect(messageOf(withFile('tolerance: "ttft-p90: 5%"\n', '--metrics', 'tpot-p50'))).toBe('')
  expect(messageOf(withFile('tolerance: 5%\nbaseline: none\n'))).toContain('tolerance: is for comparing')
  expect(messageOf(withFile('tolerance: "ttft-p90: 5%"\n'))).toContain('tolerance: has ttft-p90')
})

test('a change is not accepted before its day, wherever it is tomorrow already', () => {
  const accept = (since: string) => ({ flags: ['--accept', `tpot-p50 +18% since ${since}`], today: '2026-11-22' })
  expect(messageOf(accept('2026-11-24'))).toContain('accept: has tpot-p50 since 2026-11-24, which is still to come')
  expect(messageOf(accept('2026-11-23'))).toBe('')
  expect(messageOf(accept('2020-01-01'))).toBe('')
})

test('no second look and no baseline go together', () => {
  expect(() => resolve({ flags: ['--baseline', 'none', '--confirm', '0'] })).not.toThrow()
})

test('every setting that is a file for something names it to be written, over no other file of the run', () => {
  const settings: readonly Setting<unknown>[] = Object.values(RUN_SETTINGS)
  const written = listWritten(RUN_SETTINGS, {}).map(({ setting }) => setting)
  expect(written).toEqual(settings.filter(({ help }) => help.startsWith('File for')).map(({ name }) => name))
  for (const name of written) {
    expect(messageOf({ flags: `--${name} a --baseline file:a`.split(' ') })).toContain(
      `${name}: names the same file as baseline`,
    )
  }
})

test('results need no endpoint, leave a key in the environment alone, and take what they may do with', () => {
  const flags = '--results a.json,b/*.json --concurrency 1,4 --limits ttft-p50<=1s --model m'.split(' ')
  const { settings } = resolveAtOnce({
    flags,
    env: { PLATEAU_API_KEY: 'k' },
    readFile: () => '',
    defaults: { baseline: { kind: 'none' }, name: null },
  })
  expect(settings).toMatchObject({ results: ['a.json', 'b/*.json'], concurrency: [1, 4], name: 'm' })
})

const MODEL_IN_URL = [
  ['gemini', '/v1beta/models/base:streamGenerateContent'],
  ['bedrock', '/model/base/converse-stream'],
  ['triton', '/v2/models/base/versions/2'],
  ['databricks', '/serving-endpoints/base/invocations'],
] as const

test.each(MODEL_IN_URL)('a model beside a URL of %s that names another one is asked for nowhere', (api, path) => {
  const flags = ['--api', api, '--endpoint', `http://h${path}`]
  expect(messageOf({ flags: [...flags, '--model', 'law'] })).toBe(
    "model: is asked for nowhere, because the URL of endpoint names another one; remove it, or write it into that URL in the other's place",
  )
  expect(messageOf({ flags: [...flags, '--control', `http://c${path}`, '--control-model', 'law'] })).toMatch(
    /^control-model: is asked for nowhere, because the URL of control names another one; /,
  )
  expect(resolve({ flags: [...flags, '--model', 'base'] }).settings.model).toBe('base')
  // The model of the endpoint is no word about the control.
  const beside = [
    '--api',
    api,
    '--endpoint',
    'http://h/serving-endpoints',
    '--model',
    'law',
    '--control',
    `http://c${path}`,
  ]
  expect(resolve({ flags: beside }).settings.model).toBe('law')
})

test('a model beside the URL of one served model is asked for nowhere, unless it is that one', () => {
  const flags = ['--api', 'databricks', '--endpoint', 'http://h/serving-endpoints/base/served-models/one', '--model']
  expect(messageOf({ flags: [...flags, 'law'] })).toMatch(/^model: is asked for nowhere, /)
  expect(resolve({ flags: [...flags, 'one'] }).settings.model).toBe('one')
})

test.each([
  ...MODEL_IN_URL,
  ['gemini', '/'],
  ['bedrock', '/'],
  ['triton', '/'],
  ['openai-chat', '/openai/deployments/base/chat/completions'],
] as const)('dots are no model in a URL of %s with the path %s, of the run or of a part', async (api, path) => {
  const flags = ['--api', api, '--endpoint', `http://h${path}`]
  const refusal = new RegExp(
    `^model: stands in the path of a URL with ${api}, in which "." and ".." name no model; give the model another name`,
  )
  for (const model of ['.', '..', 'models/..']) {
    expect(messageOf({ flags: [...flags, '--model', model] })).toMatch(refusal)
    const mixed = resolveSettings({
      flags: [...flags, '--mix', 'a 50%, b 50%', '--config', 'plateau.yml'],
      env: {},
      readFile: () => `scenarios: { a: { model: base }, b: { model: "${model}" } }`,
      defaults: { baseline: { kind: 'none' }, name: null },
    })
    await expect(mixed).rejects.toThrow(refusal)
  }
  // A server that was started in the folder of its model calls it so.
  expect(resolve({ flags: ['--endpoint', 'http://h/v1', '--model', '.'] }).settings.model).toBe('.')
})

test.each([
  ['at the top, beside a flag', 'model: law', '--endpoint http://h/model/base/converse-stream'],
  ['at the top with the endpoint', 'model: law\nendpoint: http://h/model/base/converse-stream', ''],
  [
    'of a scenario, with the endpoint at the top',
    'endpoint: http://h/model/base/converse-stream\nscenarios: { a: { model: law } }',
    '--scenario a',
  ],
  [
    'of a scenario with its endpoint',
    'scenarios: { a: { model: law, endpoint: http://h/model/base/converse-stream } }',
    '--scenario a',
  ],
  ['of a scenario, beside a flag', 'scenarios: { a: { model: law } }', '--scenario a --endpoint http://h/model/base'],
])('a model in a config file %s is held to the URL, too', (_, text, flags) => {
  const given = [...flags.split(' ').filter((flag) => flag !== ''), '--api', 'bedrock', '--config', 'plateau.yml']
  expect(messageOf({ flags: given, files: { 'plateau.yml': text } })).toMatch(/^model: is asked for nowhere/)
  expect(resolve({ flags: given, files: { 'plateau.yml': text.replace('law', 'base') } }).settings.model).toBe('base')
})

test('a model at the top of a config file may be meant for other scenarios than one whose own URL names another', () => {
  const text =
    'model: law\nscenarios: { a: { endpoint: http://h/model/base/converse-stream }, b: { endpoint: http://h } }'
  const flags = ['--api', 'bedrock', '--config', 'plateau.yml', '--scenario']
  for (const scenario of ['a', 'b'])
    expect(resolve({ flags: [...flags, scenario], files: { 'plateau.yml': text } }).settings.model).toBe('law')
})

test.each([
  ['openai-chat', '/openai/deployments/base/chat/completions'],
  ['tgi', '/generate_stream'],
])('a model beside a URL of %s may be another name of the same', (api, path) => {
  expect(resolve({ flags: ['--api', api, '--endpoint', `http://h${path}`, '--model', 'law'] }).settings.model).toBe(
    'law',
  )
})

const VERTEX = 'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l'

test.each([
  ['databricks', 'http://h/serving-endpoints/base/invocations/', 'base'],
  ['databricks', 'http://h/serving-endpoints/b%61se', 'base'],
  ['bedrock', 'http://h/model/arn:a%2Fb/converse/', 'arn:a/b'],
  ['triton', 'http://h/v2/models/base/generate_stream/', 'base'],
  ['gemini', `${VERTEX}/endpoints/7:generateContent`, 'projects/p/locations/l/endpoints/7'],
  ['gemini', `${VERTEX}/publishers/google/models/base`, 'publishers/google/models/base'],
])('a URL of %s may write the model in another way: %s and %s', (api, endpoint, model) => {
  expect(resolve({ flags: ['--api', api, '--endpoint', endpoint, '--model', model] }).settings.model).toBe(model)
})
