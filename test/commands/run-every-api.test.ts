import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/commands/run.ts'
import { SettingsError } from '../../src/errors.ts'
import type { Api } from '../../src/protocol/api.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { CACHE_DEFAULTS } from '../../src/simulator/cost.ts'
import type { ModelRequest } from '../../src/simulator/wires/wire.ts'
import { ALL_APIS } from '../../src/vendors/apis.ts'
import { generatesTokens } from '../../src/vocabulary/load.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'
import { createSpokenEndpoint } from '../support/virtual/spoken.ts'
import { virtualSystem } from '../support/virtual/system.ts'

/** Every API with every kind of load: what a strict server understood of it, or the words that say why it is not sent. */

/** A kind of load. */
interface Load {
  /** Its settings; `write` makes a file of that name and gives its path. */
  readonly flags: (write: (name: string, lines: readonly unknown[]) => string, api: Api) => readonly string[]
  /** Why it is not sent over that API; null where it is. */
  readonly refusal: (api: Api) => RegExp | null
  readonly check: (measured: Measured, api: Api) => void
}

interface Measured {
  /** What the server understood of each request, in the order in which they came. */
  readonly asked: readonly ModelRequest[]
  readonly level: ReturnType<typeof decodeRunReport>['levels'][number]
}

const SHORT = ['--output-tokens', '16', '--concurrency', '1']
const FOUR = [0, 1, 2, 3]
const chats = ({ tasks }: Api): boolean => tasks.includes('chat')
const ranks = ({ tasks }: Api): boolean => tasks.includes('rerank') || tasks.includes('score')
const generates = ({ tasks }: Api): boolean => tasks.some(generatesTokens)
const everywhere = (): null => null
const textOf = ({ texts }: ModelRequest): string => texts.join('\n')

/** Messages, of which `part` is what only the chat APIs that follow OpenAI's take as the file has it. */
function refuseMessages(api: Api, part: string | null): RegExp | null {
  if (ranks(api)) return /^prompts-file: has no "documents" beside a "query"/
  if (!chats(api)) return new RegExp(`^prompts-file: has ("messages", and \\w+ takes none|${part} in 1 prompt)`)
  if (part === null || api.isOpenAiLike === true) return null
  return new RegExp(`^prompts-file: has ${part} in 1 prompt, .* which ${api.name} does not take; leave them out`)
}

function refuseTurns(api: Api): RegExp | null {
  return chats(api) ? null : new RegExp(`turns: make conversations, and ${api.name} takes none`)
}

function askWith(members: object, content: unknown = 'why?'): object {
  return { messages: [{ role: 'user', content }], ...members }
}

const IMAGE_PART = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }

const LOADS: Readonly<Record<string, Load>> = {
  'a rate': {
    flags: () => ['--rate', '5', '--output-tokens', '16'],
    refusal: everywhere,
    check: ({ level }) => expect(level.open).toMatchObject({ waited: 0, dropped: 0 }),
  },
  'objectives of every time that it has': {
    flags: (_, api) => ['--slo', generates(api) ? 'ttft <= 5s, tpot <= 1s, latency <= 9s' : 'latency <= 9s', ...SHORT],
    refusal: everywhere,
    check: ({ level }) => expect(level.attained).toMatchObject({ attainment: 1 }),
  },
  'an objective of a stream': {
    flags: () => ['--slo', 'tpot <= 1s', ...SHORT],
    refusal: (api) => (generates(api) ? null : /^slo: /),
    check: ({ level }) => expect(level.attained).toMatchObject({ attainment: 1 }),
  },
  'a trace with blocks': {
    flags(write) {
      const sizes = { input_length: 700, output_length: 16 }
      const lines = FOUR.map((i) => ({ timestamp: 200 * i, ...sizes, hash_ids: [i % 2, 10 + i] }))
      return ['--trace-file', write('trace.jsonl', lines), '--trace-speed', '1']
    },
    refusal: everywhere,
    check({ asked }) {
      const heads = asked.map((request) => textOf(request).split(/\s+/).slice(20, 500).join(' '))
      // Single requests before and after are not of the trace.
      const twice = heads.filter((head) => heads.filter((other) => other === head).length === 2)
      expect(new Set(twice).size).toBe(2)
    },
  },
  'prompts with times': {
    flags(write) {
      const lines = FOUR.map((i) => ({ timestamp: 200 * i, prompt: `question ${i}` }))
      return ['--trace-file', write('timed.jsonl', lines), '--trace-speed', '1', '--output-tokens', '16']
    },
    refusal: (api) => (ranks(api) ? /^trace-file: has no "documents" beside a "query"/ : null),
    check({ asked }) {
      const questions = asked.flatMap((request) => /question \d/.exec(textOf(request)) ?? [])
      expect(questions).toEqual(FOUR.map((i) => `question ${i}`))
    },
  },
  'prompts of a file': {
    flags(write, api) {
      const query = { query: 'which?', documents: ['one', 'two'] }
      const line = ranks(api) ? query : generates(api) ? { prompt: 'which?', max_tokens: 20 } : { input: 'which?' }
      return ['--prompts-file', write('prompts.jsonl', [line]), ...SHORT]
    },
    refusal: everywhere,
    check({ asked }, api) {
      expect(asked.map(textOf).every((text) => text.includes('which?'))).toBe(true)
      if (ranks(api)) expect(textOf(asked[0]!)).toContain('two')
      // Not 16: the file says it of the prompt. A first request that enters in its phase asks for less.
      if (generates(api)) expect(Math.max(...asked.map(({ maxTokens }) => maxTokens))).toBe(20)
    },
  },
  'messages of a file': {
    flags(write) {
      const messages = [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'why?' },
      ]
      return ['--prompts-file', write('messages.jsonl', [{ messages }]), ...SHORT]
    },
    refusal: (api) => refuseMessages(api, null),
    check({ asked }) {
      for (const request of asked) expect(textOf(request)).toMatch(/be brief[^]*why\?/)
    },
  },
  'tools of a file': {
    flags: (write) => ['--prompts-file', write('tools.jsonl', [askWith({ tools: [TOOL] })]), ...SHORT],
    refusal: (api) => refuseMessages(api, 'tools'),
    check: ({ asked }) => expect(asked.map(textOf).every((text) => text.includes('why?'))).toBe(true),
  },
  'images of a file': {
    flags: (write) => [
      '--prompts-file',
      write('images.jsonl', [askWith({}, [{ type: 'text', text: 'what?' }, IMAGE_PART])]),
      ...SHORT,
    ],
    refusal: (api) => refuseMessages(api, 'images'),
    check: ({ asked }) => expect(asked.map(({ images }) => images)).toEqual(asked.map(() => ['AAAA'])),
  },
  images: {
    flags: () => ['--images', '2 x 32x32', ...SHORT],
    refusal: (api) =>
      api.takesImages === true ? null : /^images: are (for chat, and the task is \w+|not sent over \w+); remove them/,
    check({ asked }) {
      for (const { images } of asked)
        expect(images.map(readPngSize)).toEqual([
          [32, 32],
          [32, 32],
        ])
    },
  },
  conversations: {
    flags: () => ['--turns', '3', '--system-prompt-tokens', '32', '--input-tokens', '60', ...SHORT],
    refusal: refuseTurns,
    check({ asked, level }) {
      expect(level.conversations!.turns.map(({ turn }) => turn)).toEqual([1, 2, 3])
      expect(level.conversations!.turns[2]!.cachedShare).toBeGreaterThan(0.3)
      expect(asked.map(textOf).some((text) => text.split(' token'.repeat(16)).length === 3)).toBe(true)
    },
  },
  'conversations of a file': {
    flags(write) {
      const turns = [
        { from: 'human', value: 'first?' },
        { from: 'gpt', value: 'never sent' },
        { from: 'human', value: 'second?' },
      ]
      return ['--turns', 'file', '--prompts-file', write('talk.jsonl', [{ conversations: turns }]), ...SHORT]
    },
    refusal: (api) => (ranks(api) ? /prompts-file: has no "documents"/ : refuseTurns(api)),
    check({ asked, level }) {
      expect(level.conversations!.whole).toBeGreaterThan(0)
      expect(asked.map(textOf).join()).toMatch(/first\?[^]* token[^]*second\?/)
      expect(asked.map(textOf).join()).not.toContain('never sent')
    },
  },
  'a mix of models': {
    flags: (write) => ['--config', write('plateau.yml', MIXED), '--mix', 'plain 50%, legal 50%', '--concurrency', '1'],
    refusal: ({ name }) =>
      name === 'tgi'
        ? /^mix: got "legal"; asks for a model of its own, and over tgi no request to http\S+ can name one/
        : null,
    check({ asked, level }, { name }) {
      expect(level.parts!.map(({ name, requests }) => [name, requests.ok > 0])).toEqual([
        ['legal', true],
        ['plain', true],
      ])
      // The path names a serving endpoint there, whatever model that serves.
      const models = name === 'databricks' ? [null] : ['simulated-model', 'law']
      expect(new Set(asked.map(({ model }) => model))).toEqual(new Set(models))
    },
  },
}

const TOOL = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }
/** The run itself names no model. */
const MIXED = [
  'scenarios:',
  '  plain: { input-tokens: 60, output-tokens: 8, model: simulated-model }',
  '  legal: { input-tokens: 90, output-tokens: 6, model: law }',
]

/** Where a run is sent: a base URL, where that is enough. */
function endpointOf({ name }: Api): URL {
  return new URL(name === 'databricks' ? '/serving-endpoints/simulated-model/invocations' : '/', 'http://127.9.9.9:1')
}

function readPngSize(base64: string): [number, number] {
  const bytes = Buffer.from(base64, 'base64')
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

const QUICK =
  '--baseline none --passes 1 --soak off --self-proof false --server-metrics off --preflight false --auth none'.split(
    ' ',
  )

/** Runs one level, of few requests, over that API. */
async function run(api: Api, load: Load): Promise<Measured> {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  const write = (name: string, lines: readonly unknown[]): string => {
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    writeFileSync(at(name), texts.join('\n'))
    return at(name)
  }
  const own = load.flags(write, api)
  const short = own.includes('--trace-file') ? [] : ['--level-duration', '1s', '--level-requests', '6']
  const model = own.includes('--mix') ? [] : ['--model', 'simulated-model']
  const { clock, openTransport, log } = createSpokenEndpoint({
    strict: true,
    prefixCache: CACHE_DEFAULTS,
    imageTokens: 30,
  })
  const machine = { ...virtualSystem(SERVER, 'local'), clock, openTransport }
  const flags = ['--endpoint', endpointOf(api).href, '--api', api.name, ...model, ...QUICK, ...short, ...own]
  const { code, written } = await playCommand(
    runCommand,
    [...flags, '--report-json', at('report.json')],
    SERVER,
    undefined,
    { machine },
  )
  expect(code, written).toBe(0)
  const [level] = decodeRunReport(readFileSync(at('report.json'), 'utf8')).levels
  expect(level).toMatchObject({ state: 'ok', requests: { failed: 0 } })
  expect(level!.requests.ok).toBeGreaterThan(2)
  return { asked: log().map(({ request }) => request!), level: level! }
}

const SERVER = { engine: {}, servedModel: 'simulated-model' }

test.each(ALL_APIS.flatMap((api) => Object.entries(LOADS).map(([name, load]) => [api.name, name, api, load] as const)))(
  '%s with %s',
  async (_, __, api, load) => {
    const refusal = load.refusal(api)
    if (refusal === null) return load.check(await run(api, load), api)
    const error: unknown = await run(api, load).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SettingsError)
    expect((error as SettingsError).message).toMatch(refusal)
  },
)
