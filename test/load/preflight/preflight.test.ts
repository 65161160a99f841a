import type { ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CACHE_DEFAULTS, countPromptTokens } from '../../../src/simulator/cost.ts'
import { EndpointError } from '../../../src/errors.ts'
import { createKnownEndpoints, assumePreflight, runPreflight } from '../../../src/load/preflight/preflight.ts'
import type { KnownEndpoint, Preflight } from '../../../src/load/preflight/preflight.ts'
import { findLowRateLimits } from '../../../src/load/preflight/answer-checks.ts'
import { assumeTarget } from '../../../src/load/preflight/candidates.ts'
import { openTransport } from '../../../src/load/transport/target.ts'
import { createLevelWorkload, createWorkload } from '../../../src/plan/workload.ts'
import { SIMULATOR_DEFAULTS } from '../../../src/simulator/settings/options.ts'
import type { SimulatorOptions } from '../../../src/simulator/settings/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import type { Simulator } from '../../../src/simulator/server.ts'
import { DONE, FINISH, askedFor, bodyOf, chatAnswer, event, refuse, sendStream, words } from '../../support/answers.ts'
import { startWitness } from '../../servers/repertoire.ts'
import { serve } from '../../support/http-server.ts'
import type { Answer, Seen } from '../../support/http-server.ts'
import { LOOP_CLOCK } from '../../support/loop-clock.ts'
import { readByClient } from '../../support/read-by-client.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import type { TestPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'

const FAST = { overheadMs: 0, prefillMsPerToken: 0, decodeMs: 0.2, decodeMsPerSequence: 0 }
/** What a prompt says so that an answer is long. */
const ASKS_FOR_LENGTH = /Write a long .* story/
const OPTIONAL = ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt']

async function check(url: string, flags: readonly string[] = [], ports = testPorts()): Promise<Preflight> {
  const length = flags.includes('--output-tokens') ? [] : ['--output-tokens', '8']
  return runPreflight(settingsFor(url, [...length, ...flags]), ports)
}

async function errorOf(url: string, flags: readonly string[] = []): Promise<EndpointError> {
  const outcome: unknown = await check(url, flags).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  return outcome as EndpointError
}

async function simulate(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ engine: FAST, ...options }, { clock: LOOP_CLOCK })
  onTestFinished(() => simulator.close())
  return simulator
}

/** A chat server that answers as asked, unless `answer` takes over by returning true. */
async function chatServer(answer: (...given: Parameters<Answer>) => boolean = () => false) {
  return serve((response, seen, index) => {
    if (seen.method === 'GET') return refuse(response, 404, 'no such page')
    if (answer(response, seen, index)) return undefined
    return sendStream(response, chatAnswer(askedFor(seen), { inputTokens: wordsOf(seen) }))
  })
}

interface Paced {
  readonly tokens: number
  readonly firstMs?: number
  /** They leave all together, when the last one is there. */
  readonly together?: boolean
  readonly gzipped?: boolean
}

/** Answers with so many tokens: the first one 20 ms after the request, the others 3 ms apart, in virtual time. */
async function sendPaced(
  response: ServerResponse,
  { pass }: TestPorts,
  { tokens, firstMs = 20, together = false, gzipped = false }: Paced,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
  })
  const gzip = gzipped ? createGzip() : null
  gzip?.pipe(response)
  const write = async (text: string): Promise<void> => {
    ;(gzip ?? response).write(text)
    if (gzip !== null) await new Promise<void>((resolve) => gzip.flush(resolve))
    await readByClient()
  }
  pass(firstMs - 3)
  for (const word of words(tokens)) {
    pass(3)
    if (!together) await write(word)
  }
  if (together) await write(words(tokens).join(''))
  const usage = event({ choices: [], usage: { prompt_tokens: 512, completion_tokens: tokens } })
  ;(gzip ?? response).end(usage + FINISH + DONE)
}

/** What is found of a server that paces its full answers so. */
async function checkPaced(paced: (seen: Seen) => Paced, ports = testPorts()): Promise<Preflight> {
  const { url } = await chatServer((response, seen) => {
    if (wordsOf(seen) < 100) return false
    void sendPaced(response, ports, paced(seen))
    return true
  })
  return check(url, ['--output-tokens', '20', '--input-tokens', '512'], ports)
}

function wordsOf(seen: Seen): number {
  const [message] = bodyOf(seen)['messages'] as { content: string }[]
  return message!.content.split(' ').length
}

/** What a counted request would send. */
function workloadBody({ target, workload }: Preflight): Record<string, unknown> {
  return target.api.body(target.dialect, createWorkload(workload, 1, 1).next(0, null))
}

function codes({ findings }: Preflight): string[] {
  return findings.map(({ code }) => code)
}

describe('optional fields', () => {
  test('that are all accepted are found with one request', async () => {
    const server = await chatServer()
    const found = await check(server.url)
    expect(found.capabilities).toMatchObject({ fields: OPTIONAL, exactLength: true, tokenSource: 'usage' })
    const withoutFields = server.requests.filter((seen) => seen.method === 'POST' && !('temperature' in bodyOf(seen)))
    expect(withoutFields).toHaveLength(1)
    expect(workloadBody(found)).toMatchObject({ stream_options: { include_usage: true }, temperature: 0 })
  })

  test('that keep requests from the prefix cache are not sent where it is to be measured', async () => {
    const server = await chatServer()
    const found = await check(server.url, ['--prefix-cache', 'allow'])
    expect(found.capabilities['fields']).toEqual(OPTIONAL.filter((field) => field !== 'cache_salt'))
    expect(server.requests.some((seen) => seen.method === 'POST' && 'cache_salt' in bodyOf(seen))).toBe(false)
  })

  test.each([
    ['ignore_eos', 400],
    ['cache_salt', 422],
    ['stream_options', 400],
    ['temperature', 500],
  ])('%s, refused with %i, is dropped and never sent again', async (field, status) => {
    let refused = 0
    const server = await chatServer((response, seen) => {
      if (!(field in bodyOf(seen))) return false
      refused++
      refuse(response, status, `unknown field ${field}`)
      return true
    })
    const found = await check(server.url)
    const accepted = OPTIONAL.filter((other) => other !== field)
    expect(found.capabilities['fields']).toEqual(accepted)
    expect(Object.keys(workloadBody(found))).toEqual(expect.arrayContaining(accepted))
    expect(workloadBody(found)).not.toHaveProperty(field)
    // The refusal names it, so it is not asked about again.
    expect(refused).toBe(1)
    const last = server.requests.findLastIndex((seen) => seen.method === 'POST' && field in bodyOf(seen))
    expect(server.requests.length - 1 - last).toBeGreaterThan(4)
  })

  test('several refused ones are told apart', async () => {
    const server = await chatServer((response, seen) => {
      const strict = ['ignore_eos', 'min_tokens', 'cache_salt'].filter((field) => field in bodyOf(seen))
      if (strict.length > 0) refuse(response, 400, `Unrecognized request argument supplied: ${strict[0]}`)
      return strict.length > 0
    })
    const found = await check(server.url)
    expect(found.capabilities).toMatchObject({ fields: ['stream_options', 'temperature'], exactLength: false })
  })

  test('where none forces a length, the prompts of a trace ask for long answers, and get them', async () => {
    const files = {
      't.jsonl': [0, 900].map((at) => `{"timestamp":${at},"input_length":600,"output_length":40}`).join('\n'),
      'blocks.jsonl': `{"timestamp":0,"input_length":600,"output_length":40,"hash_ids":[7,8]}`,
    }
    const askOf = async (url: string, file: string) => {
      const settings = settingsFor(url, ['--trace-file', file], files)
      const { target, workload } = await runPreflight(settings, testPorts())
      const request = createLevelWorkload(workload, { concurrency: 1, pass: 1, open: {}, nonce: 'n' }).next(0, null)
      const transport = openTransport(settings, target)
      const { tokenEvents } = await transport.send(0, request, new AbortController().signal)
      await transport.close()
      return {
        tokenEvents,
        words: request.prompts[0]!.split(' ').length,
        asks: ASKS_FOR_LENGTH.test(request.prompts[0]!),
      }
    }
    // Ends as soon as it has said what it was asked for.
    const free = await chatServer((response, seen) => {
      const strict = ['ignore_eos', 'min_tokens'].find((field) => field in bodyOf(seen))
      if (strict !== undefined) refuse(response, 400, `unknown field ${strict}`)
      else if (ASKS_FOR_LENGTH.test(seen.body)) return false
      else sendStream(response, chatAnswer(2, { inputTokens: wordsOf(seen) }))
      return true
    })
    const forced = await chatServer()
    for (const file of Object.keys(files))
      expect(await askOf(free.url, file)).toEqual({ tokenEvents: 40, words: 600, asks: true })
    expect(await askOf(forced.url, 'blocks.jsonl')).toEqual({ tokenEvents: 40, words: 600, asks: false })
  })

  test('are not taken for refused because of a rate limit', async () => {
    const server = await chatServer((response, seen) => {
      if (!('temperature' in bodyOf(seen))) return false
      refuse(response, 429, 'slow down')
      return true
    })
    const { message, remedy } = await errorOf(server.url)
    expect(message).toContain('429 (rate limit): slow down')
    expect(remedy).toContain('rate limit')
  })
})

describe('the prompt length', () => {
  test.each([
    [1, 8, 512],
    [1.37, 43, 512],
    [0.71, 0, 200],
    [2.6, 120, 1000],
    [1.3, 20, 64],
  ])(
    '%f tokens a word and %i of the template: %i tokens are within 2 %%',
    async (tokensPerWord, templateTokens, asked) => {
      const simulator = await simulate({ tokensPerWord, templateTokens })
      const found = await check(simulator.url, ['--input-tokens', String(asked)])
      expect(codes(found)).toEqual([])
      expect(Math.abs(found.lone.inputTokens / asked - 1)).toBeLessThanOrEqual(0.02)
      // And so is what the counted requests will send.
      const requests = createWorkload(found.workload, 2, 1)
      for (let i = 0; i < 6; i++) {
        const [prompt] = requests.next(i % 2, null).prompts
        const tokens = countPromptTokens(prompt!, tokensPerWord, templateTokens)
        expect(Math.abs(tokens / asked - 1)).toBeLessThanOrEqual(0.02)
      }
    },
  )

  test('auto shrinks to what the model takes together with its answer', async () => {
    const contextTokens = 300
    const simulator = await simulate({ contextTokens })
    const found = await check(simulator.url, ['--output-tokens', '64'])
    const { inputTokens } = found.workload
    expect(inputTokens).toEqual({ kind: 'fixed', tokens: 128 })
    expect(simulator.log().some(({ status }) => status === 400)).toBe(true)
    expect(found.lone.inputTokens).toBeLessThanOrEqual(contextTokens - 64)
    // 256 would fit alone, and not with the answer.
    expect(SIMULATOR_DEFAULTS.templateTokens + 256 + 64).toBeGreaterThan(contextTokens)
  })

  test('one that was asked for and does not fit is an error', async () => {
    const simulator = await simulate({ contextTokens: 300 })
    const { message, remedy, tried } = await errorOf(simulator.url, ['--input-tokens', '512'])
    expect(message).toContain('do not fit the context of the model (300 tokens): This model')
    expect(remedy).toContain('`input-tokens` or `output-tokens`')
    expect(tried).toBe(`POST ${simulator.url}/v1/chat/completions`)
  })

  test('a conversation of which the last turn does not fit is an error before any load, and one that fits is none', async () => {
    const simulator = await simulate({ contextTokens: 300 })
    const talk = ['--input-tokens', '40', '--output-tokens', '30', '--turns']
    const { message, remedy } = await errorOf(simulator.url, [...talk, '5'])
    expect(message).toContain('turn 5 of a conversation is too long for the model')
    expect(remedy).toContain('lower `turns`, `input-tokens`, `output-tokens` or `system-prompt-tokens`')
    expect((await check(simulator.url, [...talk, '4'])).workload.conversations).toMatchObject({ systemTokens: 0 })
  })

  test('conversations with an endpoint that takes none are refused as soon as that is known', async () => {
    const simulator = await simulate({ task: 'completions' })
    const outcome: unknown = await check(simulator.url, ['--turns', '4']).catch((error: unknown) => error)
    expect((outcome as Error).message).toContain('this endpoint serves completions, which take none')
  })

  test('a server that counts no prompt tokens is told of', async () => {
    const simulator = await simulate({ usage: 'none' })
    const found = await check(simulator.url)
    expect(codes(found)).toContain('input-length-off')
    expect(found.capabilities).toMatchObject({ tokenSource: 'chunks' })
  })

  test('a count that follows no rule is told of', async () => {
    const server = await serve((response, seen, index) =>
      seen.method === 'GET'
        ? refuse(response, 404, 'no')
        : sendStream(response, chatAnswer(askedFor(seen), { inputTokens: 100 + 300 * (index % 2) })),
    )
    const found = await check(server.url, ['--input-tokens', '200'])
    expect(codes(found)).toContain('input-length-off')
    expect(found.findings[0]!.message).toMatch(/^asked for 200 input tokens, the server counts \d+$/)
  })

  test('what one prompt is counted as by chance says nothing: the median of three does', async () => {
    // Each try is corrected by the chance of the last one, and meets the opposite.
    const chances = [0, 0, 0.05, -0.05, 0.05, -0.05, -0.045, 0.3, -0.045]
    let read = 0
    const server = await serve((response, seen) => {
      if (seen.method === 'GET') return refuse(response, 404, 'no')
      const words = seen.body.split(/\s+/).length
      const chance = words > 60 ? (chances[read++] ?? 0) : 0
      sendStream(response, chatAnswer(askedFor(seen), { inputTokens: Math.round(words * (1 + chance)) }))
    })
    const found = await check(server.url, ['--input-tokens', '200'])
    expect(read).toBeGreaterThan(chances.length)
    expect(codes(found)).not.toContain('input-length-off')
  })

  test('one answer without a count does not make the length an estimate', async () => {
    let read = 0
    const server = await serve((response, seen) => {
      if (seen.method === 'GET') return refuse(response, 404, 'no')
      const words = seen.body.split(/\s+/).length
      const isFirst = words > 60 && read++ === 0
      sendStream(response, chatAnswer(askedFor(seen), isFirst ? { inputTokens: 0 } : { inputTokens: words }))
    })
    expect(codes(await check(server.url, ['--input-tokens', '200']))).toEqual([])
  })

  test('embeddings are calibrated, too', async () => {
    const simulator = await simulate({ tokensPerWord: 1.4 })
    const found = await check(`${simulator.url}/v1/embeddings`)
    expect(found.capabilities).toMatchObject({ api: 'openai-embeddings', task: 'embeddings', prefixCache: 'unknown' })
    expect(Math.abs(found.lone.inputTokens / 256 - 1)).toBeLessThanOrEqual(0.02)
    expect(codes(found)).toEqual([])
  })
})

describe('images', () => {
  test('are counted in the lone request, and no two of a run are the same', async () => {
    const simulator = await simulate({ imageTokens: 700 })
    const found = await check(simulator.url, ['--images', '2 x 64x32'])
    expect(Math.abs(found.lone.inputTokens / (512 + 2 * 700) - 1)).toBeLessThanOrEqual(0.02)
    expect(codes(found)).toEqual([])
    const requests = createWorkload(found.workload, 1, 0)
    const sent = [requests.next(0, null), requests.next(0, null)].flatMap(({ images }) => images)
    expect(new Set(sent).size).toBe(4)
  })

  test('that the model does not take are told from what else is refused', async () => {
    const simulator = await simulate()
    const error = await errorOf(simulator.url, ['--images', '64x32'])
    expect(error.what).toBe(
      'the endpoint takes text, and refuses 1 x 64x32 beside it (400): simulated-model is not a multimodal model',
    )
    expect(error.remedy).toContain('to a model that takes images, and as many as that; or remove `images`')
  })

  test('that are too many are to be fewer or smaller', async () => {
    const simulator = await simulate({ imageTokens: 3000, contextTokens: 4096 })
    const error = await errorOf(simulator.url, ['--images', '2 x 64x32'])
    expect(error.remedy).toContain('make `images` fewer or smaller')
  })

  test('that a server drops without a word are a finding', async () => {
    const server = await serve((response, seen) => {
      if (seen.method === 'GET') return refuse(response, 404, 'no such page')
      const [{ content }] = bodyOf(seen)['messages'] as [{ content: string | [{ text: string }] }]
      const text = typeof content === 'string' ? content : content[0].text
      return sendStream(response, chatAnswer(askedFor(seen), { inputTokens: text.split(' ').length }))
    })
    const found = await check(server.url, ['--images', '1 x 64x32', '--input-tokens', '64'])
    const [first] = found.findings
    expect(first).toMatchObject({ code: 'images-uncounted' })
    expect(first!.message).toMatch(/^the server counts \d+ input tokens with `images` and \d+ without: it may not look/)
  })

  test('are refused where only now it is known that the API takes none', async () => {
    const simulator = await simulate({ imageTokens: 10, task: 'completions' })
    await expect(check(simulator.url, ['--images', '64x32'])).rejects.toThrow('images: are for chat, and the task is')
  })
})

describe('documents that are ranked', () => {
  test.each(['rerank', 'score'] as const)('%s is calibrated by query and document together', async (task) => {
    const simulator = await simulate({ tokensPerWord: 1.4 })
    const found = await check(`${simulator.url}/v1/${task}`, ['--batch-size', '8'])
    expect(found.capabilities).toMatchObject({ api: `openai-${task}`, task, inputTokens: 256 })
    expect(Math.abs(found.lone.inputTokens / (8 * 256) - 1)).toBeLessThanOrEqual(0.02)
    expect(found.lone.outputTokens).toBe(0)
    expect(codes(found)).toEqual([])
  })

  test('are called texts where the server wants that', async () => {
    const simulator = await startWitness({ engine: FAST })
    onTestFinished(() => simulator.close())
    const found = await check(`${simulator.url}/rerank`, ['--batch-size', '3'])
    expect(found.target.dialect.documentsField).toBe('texts')
    expect(codes(found)).toEqual(['input-length-off'])
  })

  test('are called passages, and are objects, where the server wants that', async () => {
    const simulator = await startWitness({ engine: FAST })
    onTestFinished(() => simulator.close())
    const found = await check(`${simulator.url}/v1/ranking`, ['--batch-size', '3'])
    expect(found.target.dialect.documentsField).toBe('passages')
    expect(found.capabilities).toMatchObject({ api: 'openai-rerank', task: 'rerank', inputTokens: 256 })
    expect(codes(found)).toEqual([])
  })

  test('are called items where they are scored by the probabilities of tokens, whose ids only the user knows', async () => {
    const simulator = await startWitness({ engine: FAST })
    onTestFinished(() => simulator.close())
    const url = `${simulator.url}/sglang/v1/score`
    const found = await check(url, ['--extra-body', '{"label_token_ids": [7, 9]}', '--batch-size', '3'])
    expect(found.target.dialect.documentsField).toBe('items')
    expect(found.capabilities).toMatchObject({ api: 'openai-score', task: 'score' })
    const error = await errorOf(url)
    expect(error.what).toMatch(/^the endpoint scores by the probabilities of tokens, and must be told of which/)
    expect(error.remedy).toContain('{"label_token_ids": [9693, 2152]}')
  })

  test('are ranked over the API of Cohere, which refuses what it does not know', async () => {
    const simulator = await startWitness({ engine: FAST, checkModel: true, model: 'rerank-v3.5' })
    onTestFinished(() => simulator.close())
    const found = await check(`${simulator.url}/v2/rerank`, ['--batch-size', '3', '--model', 'rerank-v3.5'])
    expect(found.target.dialect).toMatchObject({ task: 'rerank', model: 'rerank-v3.5' })
    expect(codes(found)).toEqual([])
  })
})

describe('what stands in the way', () => {
  const SHORT: unknown = expect.stringMatching(/^ {2}! answers are shorter than asked for \(\d+ of \d+ tokens\)$/)

  test('nothing, on a good server', async () => {
    const simulator = await simulate()
    const found = await check(simulator.url, ['--output-tokens', '20'])
    expect(found.findings).toEqual([])
    expect(found.capabilities).toMatchObject({ compressed: null, prefixCache: 'not-seen' })
    expect(found).toMatchObject({ servedModel: 'simulated-model', build: null, rateLimit: {} })
    expect(Math.abs(found.lone.outputTokens / 20 - 1)).toBeLessThanOrEqual(0.1)
  })

  test('nothing, where tokens come one after the other, and a single request takes what it takes', async () => {
    const ports = testPorts()
    const lengths: number[] = []
    const found = await checkPaced((seen) => {
      lengths.push(askedFor(seen))
      return { tokens: askedFor(seen) }
    }, ports)
    expect(found.findings).toEqual([])
    expect(found.capabilities).toMatchObject({ buffered: false, compressed: null, prefixCache: 'not-seen' })
    // The last one is the repeated prompt.
    const [, median] = lengths.slice(-4, -1).sort((a, b) => a - b)
    expect(found.lone.latencyMs).toBe(17 + 3 * median!)
    expect(ports.lines).toEqual([])
  })

  test('a prefix cache is seen', async () => {
    const simulator = await simulate({ prefixCache: CACHE_DEFAULTS })
    expect((await check(simulator.url)).capabilities).toMatchObject({ prefixCache: 'on' })
  })

  test.each([
    [13, 'on'],
    [15, 'not-seen'],
  ])('that a repeated prompt has its first token after %i ms instead of 20 ms: prefix cache %s', async (ms, state) => {
    const prompts = new Set<string>()
    const found = await checkPaced((seen) => {
      const isRepeated = prompts.has(seen.body)
      prompts.add(seen.body)
      return { tokens: askedFor(seen), firstMs: isRepeated ? ms : 20 }
    })
    expect(found.capabilities).toMatchObject({ prefixCache: state })
  })

  test('short answers are said before the load, and nothing else', async () => {
    const ports = testPorts()
    await checkPaced((seen) => ({ tokens: Math.floor(askedFor(seen) / 2) }), ports)
    expect(ports.lines).toEqual([SHORT])
    // As a server says it that lets nobody force the length.
    const simulator = await simulate({ earlyStop: 1 })
    const strict = testPorts()
    await check(`${simulator.url}/serving-endpoints/m/invocations`, ['--output-tokens', '64'], strict)
    expect(strict.lines).toContainEqual(SHORT)
  })

  test('buffering is seen, and said before the load', async () => {
    const ports = testPorts()
    const found = await checkPaced((seen) => ({ tokens: askedFor(seen), together: true }), ports)
    expect(found.capabilities).toMatchObject({ buffered: true, compressed: null })
    expect(ports.lines).toEqual(['  ! answers arrive all at once: TTFT and TPOT will not be measurable'])
  })

  test('compression is seen', async () => {
    const simulator = await simulate()
    const found = await check(simulator.url, ['--headers', 'x-simulate-fault: gzip'])
    expect(found.capabilities).toMatchObject({ compressed: 'gzip' })
    expect(found.findings).toMatchObject([{ code: 'compressed', message: expect.stringContaining('gzip') }])
  })

  test.each([
    ['token by token is seen as that', false],
    ['in one piece is seen as both', true],
  ])('a stream that is compressed %s', async (_, together) => {
    const found = await checkPaced((seen) => ({ tokens: askedFor(seen), together, gzipped: true }))
    expect(found.capabilities).toMatchObject({ compressed: 'gzip', buffered: together })
  })

  test('a stream that is compressed because it was asked for is measured, and told of', async () => {
    const encodings: (string | undefined)[] = []
    const ports = testPorts()
    const { url } = await chatServer((response, seen) => {
      encodings.push(seen.headers['accept-encoding'])
      if (wordsOf(seen) < 100) return false
      void sendPaced(response, ports, { tokens: askedFor(seen), gzipped: true })
      return true
    })
    const found = await check(url, ['--headers', 'Accept-Encoding: gzip, br', '--output-tokens', '40'], ports)
    expect(new Set(encodings)).toEqual(new Set(['gzip, br']))
    expect(found.capabilities).toMatchObject({ compressed: 'gzip', buffered: false })
    expect(found.findings).toEqual([{ code: 'compressed', message: 'answers come as gzip, as `headers` ask for.' }])
    expect(found.lone.latencyMs).toBeGreaterThan(100)
  })

  test('an answer longer than asked for is told of', async () => {
    const server = await chatServer((response, seen) => {
      sendStream(response, chatAnswer(50, { inputTokens: wordsOf(seen) }))
      return true
    })
    expect(codes(await check(server.url))).toEqual(['output-length-ignored'])
  })

  test('an endpoint that fails at full length is an error', async () => {
    const server = await chatServer((response, seen) => {
      if (askedFor(seen) < 30) return false
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chatAnswer(3).slice(0, 200), () => response.destroy())
      return true
    })
    const { message } = await errorOf(server.url, ['--output-tokens', '40'])
    expect(message).toContain('broke off before it was finished')
  })

  test('cancelling ends it with an error, whatever was found', async () => {
    const controller = new AbortController()
    const server = await chatServer((_, seen) => {
      if ('temperature' in bodyOf(seen)) controller.abort()
      return false
    })
    const ports = testPorts({ signal: controller.signal })
    await expect(runPreflight(settingsFor(server.url), ports)).rejects.toThrow('cancelled')
  })
})

describe('an endpoint that a scenario before has met', () => {
  /** Whether the probe of an API or of fields was sent, and how many requests in all. */
  async function countRequests(seen: readonly unknown[], flags: readonly string[], ports: TestPorts, url: string) {
    const before = seen.length
    const found = await check(url, flags, ports)
    return { found, requests: seen.length - before }
  }

  test('is not asked again for its API, model, fields and server, but for what its own requests cost', async () => {
    const seen: Seen[] = []
    const server = await chatServer((response, request) => {
      seen.push(request)
      if (!('min_tokens' in bodyOf(request))) return false
      refuse(response, 400, 'unknown field min_tokens')
      return true
    })
    const ports = { ...testPorts(), knownEndpoints: createKnownEndpoints() }
    const first = await countRequests(seen, ['--output-tokens', '8'], ports, server.url)
    const second = await countRequests(seen, ['--output-tokens', '20'], ports, server.url)
    expect(second.requests).toBeLessThan(first.requests - 2)
    expect(second.found.target.dialect).toEqual(first.found.target.dialect)
    expect(second.found.capabilities['fields']).not.toContain('min_tokens')
    expect(second.found.lone.outputTokens).toBeGreaterThan(15)
    // What asks in another way is met anew.
    for (const other of [
      ['--model', 'other'],
      ['--prefix-cache', 'allow'],
      ['--extra-body', '{"top_k": 1}'],
    ]) {
      const { requests } = await countRequests(seen, ['--output-tokens', '8', ...other], ports, server.url)
      expect(requests, String(other)).toBeGreaterThan(second.requests)
    }
  })

  test('is waited for and asked anew where it answers otherwise by now', async () => {
    let isNew = false
    let isDown = 0
    const server = await chatServer((response, request) => {
      if (isDown > 0) {
        isDown--
        refuse(response, 503, 'loading')
        return true
      }
      if (!isNew || !('temperature' in bodyOf(request))) return false
      refuse(response, 400, 'unknown field temperature')
      return true
    })
    const ports = { ...testPorts(), knownEndpoints: createKnownEndpoints() }
    const before = await check(server.url, [], ports)
    ;[isNew, isDown] = [true, 3]
    const { capabilities } = await check(server.url, ['--output-tokens', '9'], ports)
    expect(before.capabilities['fields']).toContain('temperature')
    expect(capabilities['fields']).not.toContain('temperature')
    expect(ports.lines).toContainEqual(expect.stringMatching(/^asking the endpoint anew, because /))
  })

  test('is not taken for the one that a command starts next', () => {
    const known = createKnownEndpoints()
    const settings = settingsFor('http://127.0.0.1:1')
    const endpoint = {} as KnownEndpoint
    known.keep({ ...settings, candidateCommand: 'serve' }, endpoint)
    expect(known.recall(settings)).toBeNull()
    known.keep(settings, endpoint)
    expect(known.recall(settingsFor('http://127.0.0.1:1', ['--output-tokens', '5', '--rate', '5']))).toBe(endpoint)
  })
})

describe('rate limits', () => {
  const expected = { seconds: 120, requests: 1000, inputTokens: 400_000, outputTokens: 100_000 }
  const PLAN = { expected, sides: 1 as const }

  test('the headers of the last answer are kept and held against the plan', async () => {
    const simulator = await simulate({ requestsPerMinute: 100 })
    const { rateLimit } = await check(simulator.url)
    expect(rateLimit).toMatchObject({ 'x-ratelimit-limit-requests': '100' })
    expect(findLowRateLimits(rateLimit, PLAN)).toEqual([
      {
        code: 'rate-limit-too-low',
        message: 'the endpoint allows 100 requests (x-ratelimit-limit-requests), the plan needs about 500 a minute',
      },
    ])
    expect(findLowRateLimits(rateLimit, { ...PLAN, expected: { ...expected, requests: 150 } })).toEqual([])
  })

  test('tokens are limited, too; what is no number limits nothing', () => {
    expect(findLowRateLimits({ 'x-ratelimit-limit-tokens': '200000' }, PLAN)).toMatchObject([
      { message: expect.stringContaining('about 250000 a minute') },
    ])
    expect(findLowRateLimits({ 'x-ratelimit-limit-tokens': '250000' }, PLAN)).toEqual([])
    expect(findLowRateLimits({ 'x-ratelimit-limit-requests': 'unlimited' }, PLAN)).toEqual([])
    expect(findLowRateLimits({}, PLAN)).toEqual([])
    // A plan shorter than a minute is held against the whole minute.
    expect(
      findLowRateLimits({ 'x-ratelimit-limit-requests': '1000' }, { ...PLAN, expected: { ...expected, seconds: 1 } }),
    ).toEqual([])
  })
})

test('without preflight nothing is sent, and the likeliest is assumed', async () => {
  const server = await chatServer()
  const settings = settingsFor(server.url, ['--preflight', 'false'])
  const found = assumePreflight(settings, assumeTarget(settings, testPorts()), () => '0'.repeat(16))
  expect(found.capabilities).toMatchObject({ preflight: false, api: 'openai-chat' })
  expect(workloadBody(found)).toHaveProperty('stream_options')
  expect(server.connections).toBe(0)
})

test('messages for an endpoint that only its path tells to take none are refused before they are sent', async () => {
  const { url } = await simulate()
  const messages = { 'm.jsonl': '{"messages": [{"role": "user", "content": "a"}]}' }
  const settings = settingsFor(`${url}/v1/completions`, ['--prompts-file', 'm.jsonl'], messages)
  await expect(runPreflight(settings, testPorts())).rejects.toThrow(
    'prompts-file: has "messages", and completions takes none',
  )
})

test('of a mix the part with images is tried with them, and named where they are refused', async () => {
  const [seeing, blind] = [await simulate({ imageTokens: 700 }), await simulate()]
  const mixed = (url: string) => {
    const settings = settingsFor(url, ['--output-tokens', '8'])
    const part = { ...settings, percent: 50, model: null, prompts: null }
    const images = { count: 1, width: 64, height: 64 }
    return {
      ...settings,
      mix: [
        { ...part, name: 'text' },
        { ...part, name: 'seen', images },
      ],
    }
  }
  const { workload } = await runPreflight(mixed(seeing.url), testPorts())
  const requests = createWorkload(workload, 1, 0)
  for (let i = 0; i < 4; i++) {
    const { part, images = [] } = requests.next(0, null)
    expect(images).toHaveLength(part === 'seen' ? 1 : 0)
  }
  await expect(runPreflight(mixed(blind.url), testPorts())).rejects.toThrow(
    'seen, a part of the mix: the endpoint takes text, and refuses 1 x 64x64 beside it',
  )
})

test('a mix whose parts all name a model is met with that of the first, and else with the one that the server lists first', async () => {
  const { url } = await simulate({ model: 'base', adapters: ['law', 'tax'], checkModel: true })
  const settings = settingsFor(url, ['--output-tokens', '8'])
  const meet = async (...models: readonly (string | null)[]) => {
    const mix = models.map((model) => ({ ...settings, name: `of-${model}`, percent: 50, model, prompts: null }))
    return (await runPreflight({ ...settings, mix }, testPorts())).target.dialect.model
  }
  expect(await meet('tax', 'base')).toBe('tax')
  expect(await meet('tax', null)).toBe('base')
})

test('of a part whose model is not there the model is said to be missing, and not that it refuses images', async () => {
  const { url } = await simulate({ model: 'base', adapters: ['law'], checkModel: true, imageTokens: 700 })
  const settings = settingsFor(url, ['--output-tokens', '8', '--model', 'base'])
  const part = { ...settings, name: 'chat', percent: 50, model: null, prompts: null }
  const seen = { ...part, name: 'seen', model: 'tax', images: { count: 1, width: 64, height: 64 } }
  await expect(runPreflight({ ...settings, mix: [part, seen] }, testPorts())).rejects.toMatchObject({
    what: expect.stringMatching(/^seen, a part of the mix: the endpoint does not have the model/),
    remedy: 'set `model`, which is tax, to one that it lists: law, base',
  })
})

test('of a mix each part is asked once before the load, and one that is refused is named', async () => {
  const { url } = await simulate({ model: 'base', adapters: ['law'], checkModel: true })
  const settings = settingsFor(url, ['--output-tokens', '8', '--model', 'base'])
  const part = { ...settings, name: 'chat', percent: 50, model: null, prompts: null }
  const mixOf = (model: string) => [part, { ...part, name: 'contracts', model }]
  const { capabilities } = await runPreflight({ ...settings, mix: mixOf('law') }, testPorts())
  expect(capabilities['task']).toBe('chat')
  await expect(runPreflight({ ...settings, mix: mixOf('tax') }, testPorts())).rejects.toMatchObject({
    what: expect.stringMatching(/^contracts, a part of the mix: the endpoint does not have the model/),
    remedy: 'set `model`, which is tax, to one that it lists: law, base',
  })
  const tgi = settingsFor('http://127.0.0.1:9', ['--api', 'tgi'])
  const target = assumeTarget(tgi, testPorts())
  const agreed = mixOf('law').map((each) => ({ ...each, model: 'law' }))
  expect(() => assumePreflight({ ...tgi, mix: agreed }, target, () => '0'.repeat(16))).not.toThrow()
  expect(() => assumePreflight({ ...tgi, mix: mixOf('law') }, target, () => '0'.repeat(16))).toThrow(
    'mix: got "contracts"; asks for a model of its own, and over tgi no request to http://127.0.0.1:9/generate_stream can name one; give all parts the same model',
  )
})
