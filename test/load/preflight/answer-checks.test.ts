import { describe, expect, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { checkAnswers } from '../../../src/load/preflight/answer-checks.ts'
import { runPreflight } from '../../../src/load/preflight/preflight.ts'
import type { Preflight } from '../../../src/load/preflight/preflight.ts'
import { listServerHints } from '../../../src/load/preflight/identify.ts'
import {
  DONE,
  FINISH,
  askedFor,
  bodyOf,
  chatAnswer,
  event,
  refuse,
  sendJson,
  sendStream,
  words,
} from '../../support/answers.ts'
import { anExchange } from '../../support/exchanges.ts'
import { serve } from '../../support/http-server.ts'
import type { Answer, Seen, TestServer } from '../../support/http-server.ts'
import { readByClient } from '../../support/read-by-client.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'

/** What one endpoint was found to be, and what was said on the way. */
interface Found extends Preflight {
  readonly lines: readonly string[]
}

async function check({ url }: TestServer, flags: readonly string[] = [], ports = testPorts()): Promise<Found> {
  const length = flags.includes('--output-tokens') ? [] : ['--output-tokens', '8']
  const found = await runPreflight(settingsFor(url, ['--model', 'm', ...length, ...flags]), ports)
  return { ...found, lines: ports.lines }
}

async function errorOf(server: TestServer, flags: readonly string[] = []): Promise<EndpointError> {
  const outcome: unknown = await check(server, flags).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  return outcome as EndpointError
}

const codes = ({ findings }: Preflight): string[] => findings.map(({ code }) => code)

/** A chat server that counts a token a word and answers as asked, unless `answer` takes over by returning true. */
async function chatServer(
  answer: (...given: Parameters<Answer>) => boolean,
  headers: Readonly<Record<string, string>> = {},
) {
  return serve((response, seen, index) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (answer(response, seen, index)) return undefined
    if (seen.method === 'GET') return refuse(response, 404, 'no such page')
    return sendStream(response, chatAnswer(askedFor(seen), { inputTokens: promptOf(seen).split(' ').length }))
  })
}

function promptOf(seen: Seen): string {
  return (bodyOf(seen)['messages'] as { content: string }[])[0]!.content
}

describe('optional fields', () => {
  const WANTED = ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt']

  test('that are refused by name are dropped one after the other, with one request each', async () => {
    const strict = ['ignore_eos', 'min_tokens', 'cache_salt']
    const refused: string[] = []
    const server = await chatServer((response, { method, ...seen }) => {
      const unknown = method === 'GET' ? undefined : strict.find((field) => field in bodyOf({ method, ...seen }))
      if (unknown === undefined) return false
      refused.push(unknown)
      // As serde says it, with the names that it knows behind.
      refuse(
        response,
        422,
        `unknown field \`${unknown}\`, expected one of \`messages\`, \`temperature\`, \`stream_options\``,
      )
      return true
    })
    expect((await check(server)).capabilities['fields']).toEqual(['stream_options', 'temperature'])
    expect(refused).toEqual(strict)
  })

  test('that are refused without a name are tried one by one', async () => {
    let refused = 0
    const server = await chatServer((response, seen) => {
      if (seen.method === 'GET' || !('temperature' in bodyOf(seen))) return false
      refused++
      refuse(response, 400, 'Bad Request')
      return true
    })
    const { capabilities } = await check(server)
    expect(capabilities['fields']).toEqual(WANTED.filter((field) => field !== 'temperature'))
    expect(refused).toBe(2)
  })

  test('that make a server answer with nothing are not sent', async () => {
    const server = await chatServer((response, seen) => {
      if (seen.method === 'GET' || !('min_tokens' in bodyOf(seen))) return false
      sendStream(response, FINISH + DONE)
      return true
    })
    expect((await check(server)).capabilities['fields']).toEqual(WANTED.filter((field) => field !== 'min_tokens'))
  })
})

describe('a proxy that buffers', () => {
  /** Full answers arrive in pieces of this many events with pauses between, in virtual time. */
  async function bursty(events: number, pauseMs: number, pass: (ms: number) => void) {
    return chatServer((response, seen) => {
      if (seen.method === 'GET' || askedFor(seen) < 40) return false
      const parts = words(askedFor(seen))
      void (async () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (let i = 0; i < parts.length; i += events) {
          response.write(parts.slice(i, i + events).join(''))
          await readByClient()
          pass(pauseMs)
        }
        response.end(
          event({ choices: [], usage: { prompt_tokens: 512, completion_tokens: parts.length } }) + FINISH + DONE,
        )
      })()
      return true
    })
  }

  test('a part of an answer at a time is told by its bursts', async () => {
    const ports = testPorts()
    const server = await bursty(24, 40, ports.pass)
    const found = await check(server, ['--output-tokens', '64', '--input-tokens', '512'], ports)
    expect(codes(found)).toContain('bursts')
    expect(found.capabilities).toMatchObject({ buffered: false })
    expect(found.lines.join('\n')).toMatch(
      /! tokens arrive in 3 bursts of about \d+ events: something buffers about \d KiB at a time/,
    )
  })

  test('an answer that comes late but steadily is only hinted at', () => {
    const late = anExchange({ startAt: 0, firstTokenAt: 1_000, lastTokenAt: 1_090, tokenEvents: 30, outputTokens: 30 })
    const spec = { prompts: ['a'], outputTokens: 30, nonce: '' }
    const { findings, hints } = checkAnswers([late, late], [spec, spec], null)
    expect(findings).toEqual([])
    expect(hints).toEqual([expect.stringContaining('something in front of the server may buffer')])
    const prompt = { ...late, firstTokenAt: 500 }
    expect(checkAnswers([late, prompt], [spec, spec], null).hints).toEqual([])
  })

  test('one that holds back for a fixed time is told from one that fills a buffer', () => {
    // Ten milliseconds a token, sent on every 200 ms.
    const tokenAt = Float64Array.from({ length: 96 }, (_, i) => 210 * Math.floor((i + 4) / 20))
    const held = anExchange({ startAt: 0, tokenAt, tokenEvents: 96, bodyBytes: 12_800 })
    const spec = { prompts: ['a'], outputTokens: 96, nonce: '' }
    expect(checkAnswers([held], [spec], held).findings).toEqual([
      {
        code: 'held-back',
        message:
          'tokens arrive in 5 bursts of about 19 events, one every 210 ms: something holds them back for a fixed time.',
      },
    ])
  })
})

describe('a gateway', () => {
  const isRepeated = (server: TestServer, seen: Seen): boolean =>
    seen.method === 'POST' && server.requests.filter(({ body }) => body === seen.body).length > 1

  test('that answers a repeated prompt from its cache is named, and its cache is not taken for one of prefixes', async () => {
    const server: TestServer = await chatServer((response, seen) => {
      response.setHeader('x-litellm-call-id', '1')
      if (isRepeated(server, seen)) response.setHeader('x-litellm-cache-key', 'f3f3')
      return false
    })
    const found = await check(server)
    expect(found.capabilities).toMatchObject({ gateway: 'LiteLLM', prefixCache: 'unknown' })
    expect(found.lines).toContain(
      "  ! LiteLLM answers a repeated prompt from its cache; the run's own prompts are all different",
    )
  })

  test.each([
    [{ 'cf-aig-cache-status': 'HIT' }, 'Cloudflare AI Gateway answers new prompts from its cache'],
    [{ 'x-litellm-call-id': '1', 'x-litellm-attempted-fallbacks': '1' }, 'LiteLLM falls back to another model'],
    [{ 'x-portkey-retry-attempt-count': '2' }, 'Portkey repeats requests that fail'],
    [{ age: '7' }, 'a gateway or cache answers new prompts from its cache'],
  ])('%o is said before the load', async (headers, hint) => {
    const { lines } = await check(await chatServer(() => false, headers))
    expect(lines.join('\n')).toContain(hint)
  })

  test('that is not there is not spoken of', async () => {
    const found = await check(await chatServer(() => false))
    expect(found.lines).toEqual([])
    expect(found.capabilities).not.toHaveProperty('gateway')
  })
})

describe('the server', () => {
  test('and its version stand in the report, and too few slots are told of', async () => {
    const server = await chatServer((response, { path }) => {
      if (path !== '/props') return false
      sendJson(response, 200, { total_slots: 4, build_info: 'b6224-abc' })
      return true
    })
    const found = await check(server, ['--concurrency', '1,8'])
    expect(found.serverVersion).toBe('llama.cpp b6224-abc')
    expect(found.capabilities).toMatchObject({ requestsAtOnce: 4 })
    expect(found.lines).toEqual([
      '  ! llama.cpp works on 4 requests at once: from concurrency 5 on requests queue (llama.cpp: --parallel)',
    ])
  })

  test('that shows no version has none', async () => {
    expect((await check(await chatServer(() => false))).serverVersion).toBeNull()
  })

  test('is warned of only where the levels go beyond it', () => {
    const llamaCpp = { name: 'llama.cpp', version: null, apis: [], atOnce: { requests: 4, beyond: 'queue' } } as const
    expect(listServerHints(llamaCpp, { concurrency: [1, 4], maxConcurrency: 64 })).toEqual([])
    expect(listServerHints(llamaCpp, { concurrency: 'auto', maxConcurrency: 64 })).toHaveLength(1)
    // Its search ends there by itself.
    expect(listServerHints(llamaCpp, { concurrency: 'auto', maxConcurrency: null })).toEqual([])
    const tgi = { ...llamaCpp, name: 'TGI', atOnce: { requests: 128, beyond: 'refuse' } } as const
    expect(listServerHints(tgi, { concurrency: [256], maxConcurrency: 256 })[0]).toContain(
      'from concurrency 129 on it refuses',
    )
    const ollama = { ...llamaCpp, name: 'Ollama', atOnce: null }
    expect(listServerHints(ollama, { concurrency: [1, 2], maxConcurrency: 2 })[0]).toContain('OLLAMA_NUM_PARALLEL')
    expect(listServerHints(ollama, { concurrency: [1], maxConcurrency: 64 })).toEqual([])
    expect(listServerHints(null, { concurrency: 'auto', maxConcurrency: 64 })).toEqual([])
  })
})

describe('events of no known kind', () => {
  /** Each token is followed by this many events that no chat server sends. */
  const chatty = async (every: number) =>
    chatServer((response, seen) => {
      if (seen.method === 'GET') return false
      const text = chatAnswer(askedFor(seen), { inputTokens: promptOf(seen).split(' ').length })
      const strange = event({ telemetry: { gpu: 0.5 } })
      let i = 0
      sendStream(
        response,
        text.replaceAll(/data: \{"choices":\[\{"index":0,"delta":\{"content"/g, (found) =>
          i++ % every === 0 ? strange + found : found,
        ),
      )
      return true
    })

  test('are counted, and told of when they are many', async () => {
    const many = await check(await chatty(2))
    expect(codes(many)).toContain('unknown-events')
    expect(Number(many.capabilities['unknownEvents'])).toBeGreaterThanOrEqual(12)
    const few = await check(await chatty(1_000), ['--output-tokens', '20'])
    expect(codes(few)).not.toContain('unknown-events')
    expect(few.capabilities).toMatchObject({ unknownEvents: 3 })
  })
})

describe('what does not fit', () => {
  test('a body over the size limit names the settings that make it smaller', async () => {
    const server = await chatServer((response, seen) => {
      if (seen.method === 'GET' || seen.body.length < 1_000) return false
      response
        .writeHead(413, { 'content-type': 'text/html' })
        .end('<html><title>413 Request Entity Too Large</title></html>')
      return true
    })
    const error = await errorOf(server, ['--input-tokens', '512'])
    expect(error.what).toMatch(/^the request has more bytes than the endpoint, .*: 413 Request Entity Too Large$/)
    expect(error.remedy).toContain('`input-tokens` or `batch-size`')
    // Where nobody asked for a length, a shorter one is taken.
    const { workload, shrunkTo, lines } = await check(server)
    expect(workload.inputTokens).toEqual({ kind: 'fixed', tokens: 128 })
    expect(shrunkTo).toBe(128)
    expect(lines).toEqual(['input-tokens: 128, because 512 are more than the endpoint takes'])
  })

  test('too many sequences name batch-size and what it may be', async () => {
    const server = await serve((response, seen) => {
      if (seen.method === 'GET') return refuse(response, 404, 'no')
      const { input } = bodyOf(seen)
      if (Array.isArray(input) && input.length > 32)
        return refuse(response, 413, `batch size ${input.length} > maximum allowed batch size 32`)
      const texts = Array.isArray(input) ? input : [input]
      return sendJson(response, 200, {
        data: texts.map(() => ({ embedding: [0.1] })),
        usage: { prompt_tokens: String(texts[0]).split(' ').length },
      })
    })
    const error = await errorOf(server, ['--api', 'openai-embeddings', '--batch-size', '64'])
    expect(error.remedy).toContain('lower `batch-size` to 32')
  })

  test('a refusal that is about something else does not shorten the prompt', async () => {
    let refused = 0
    const server = await chatServer((response, seen) => {
      if (seen.method === 'GET' || seen.body.length < 1_000) return false
      refused++
      refuse(response, 400, 'The model `m` does not exist.')
      return true
    })
    expect((await errorOf(server)).what).toContain('does not have the model')
    expect(refused).toBe(1)
  })
})
