import { describe, expect, it } from 'vitest'
import { fixLength } from '../../src/settings/values/distributions.ts'
import { spellNonce } from '../../src/plan/prompts.ts'
import { createWorkload } from '../../src/plan/workload.ts'
import type { Workload } from '../../src/plan/workload.ts'
import type { WorkloadOptions } from '../../src/plan/compose-request.ts'
import type { RequestSpec } from '../../src/protocol/api.ts'
import type { FilePrompt } from '../../src/settings/prompts-file/prompt.ts'

function options(overrides: Partial<WorkloadOptions> = {}): WorkloadOptions {
  let nonces = 0
  return {
    task: 'chat',
    seed: 'a seed',
    inputTokens: fixLength(64),
    outputTokens: fixLength(100),
    promptModel: { baseTokens: 4, tokensPerWord: 1.5 },
    prompts: null,
    prefixCache: 'avoid',
    sharedPrefixTokens: 0,
    batchSize: 1,
    nonce: () => (nonces++).toString(16).padStart(16, '0'),
    ...overrides,
  }
}

/** The requests that follow when the workers' turns come in this order. */
function requestsOf(workload: Workload, turns: readonly number[]): { worker: number; spec: RequestSpec }[] {
  return turns.map((worker) => ({ worker, spec: workload.next(worker, null) }))
}

/** What a seed decides of a request: all but the nonce. */
function seeded({ spec }: { spec: RequestSpec }) {
  const [prompt] = spec.prompts
  return { outputTokens: spec.outputTokens, words: prompt!.replace(spellNonce(spec.nonce), '') }
}

function wordsOf(text: string | undefined): string[] {
  return text!.split(' ')
}

describe('the requests of a level', () => {
  it('are the same for each worker whatever the order of turns', () => {
    const first = requestsOf(createWorkload(options(), 2, 1), [0, 0, 0, 1, 1, 1])
    const second = requestsOf(createWorkload(options(), 2, 1), [1, 0, 1, 0, 1, 0])
    for (const worker of [0, 1]) {
      const of = (requests: typeof first) => requests.filter((request) => request.worker === worker).map(seeded)
      expect(of(first)).toEqual(of(second))
    }
  })

  it('differ between workers, levels and passes', () => {
    const firstOf = (concurrency: number, pass: number, worker = 0) =>
      seeded(requestsOf(createWorkload(options(), concurrency, pass), [worker])[0]!).words
    expect(new Set([firstOf(2, 1), firstOf(2, 1, 1), firstOf(4, 1), firstOf(2, 2)]).size).toBe(4)
  })

  it('are not told of answers where each stands alone, and are where any is a turn of a conversation', () => {
    const conversations = { turns: fixLength(2), thinkTime: { kind: 'fixed', ms: 0 }, systemTokens: 0 } as const
    const { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = options()
    const own = { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens, images: null }
    const part = { ...own, name: 'part', percent: 100, model: null, conversations: null }
    const hears = (overrides: Partial<WorkloadOptions>) => createWorkload(options(overrides), 1, 1).hear !== undefined
    expect([{}, { mix: [part] }].map(hears)).toEqual([false, false])
    expect([{ conversations }, { mix: [part, { ...part, conversations }] }].map(hears)).toEqual([true, true])
  })

  it('have a nonce of their own each, at the very start of the prompt', () => {
    const specs = requestsOf(createWorkload(options(), 2, 1), [0, 1, 0, 1]).map(({ spec }) => spec)
    expect(new Set(specs.map(({ nonce }) => nonce)).size).toBe(4)
    for (const { nonce, prompts } of specs) expect(prompts[0]!.startsWith(`${spellNonce(nonce)} `)).toBe(true)
  })

  it('are as long as the server counts', () => {
    const spec = createWorkload(options(), 1, 1).next(0, null)
    expect(wordsOf(spec.prompts[0])).toHaveLength((64 - 4) / 1.5)
  })

  it('leave the nonce out of the prompt where the cache is wanted', () => {
    const [request] = requestsOf(createWorkload(options({ prefixCache: 'allow' }), 1, 1), [0])
    expect(request!.spec.prompts[0]).toMatch(/^Write /)
    expect(wordsOf(request!.spec.prompts[0])).toHaveLength(40)
  })

  it('ask for jittered lengths with the mean kept', () => {
    const specs = requestsOf(
      createWorkload(options(), 1, 1),
      Array.from({ length: 1_000 }, () => 0),
    )
    const lengths = specs.map(({ spec }) => spec.outputTokens)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(90)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(110)
    expect(lengths.reduce((sum, length) => sum + length, 0) / 1_000).toBeCloseTo(100, 1)
  })
})

describe('the spread', () => {
  it('has one share for each worker, in the middles of equal parts, and a small one for one alone', () => {
    const { spread } = createWorkload(options(), 4, 1)
    expect(spread.toSorted((a, b) => a - b)).toEqual([0.125, 0.375, 0.625, 0.875])
    expect(createWorkload(options(), 1, 1).spread).toEqual([0.125])
  })

  it('comes in an order of its own for each level and pass, the same in every run', () => {
    const order = (pass: number) => createWorkload(options(), 16, pass).spread
    expect(order(1)).toEqual(order(1))
    expect(order(1)).not.toEqual(order(2))
    expect(order(1)).not.toEqual(order(1).toSorted((a, b) => a - b))
  })

  it('shortens one request and leaves the next ones as they are', () => {
    const [whole, next] = requestsOf(createWorkload(options(), 1, 1), [0, 0]).map(({ spec }) => spec.outputTokens)
    const workload = createWorkload(options(), 1, 1)
    expect(workload.next(0, 0.125).outputTokens).toBe(Math.ceil(whole! * 0.125))
    expect(workload.next(0, null).outputTokens).toBe(next)
  })
})

describe('a shared prefix', () => {
  const shared = options({ sharedPrefixTokens: 30, inputTokens: fixLength(94) })

  it('opens every prompt of every level with the same words', () => {
    const prompts = [1, 2].flatMap((concurrency) =>
      requestsOf(createWorkload(shared, concurrency, 1), [0, 0]).map(({ spec }) => wordsOf(spec.prompts[0])),
    )
    const openings = prompts.map((words) => words.slice(0, 20).join(' '))
    expect(new Set(openings).size).toBe(1)
    expect(new Set(prompts.map((words) => words.slice(20, 28).join(' '))).size).toBe(4)
  })

  it('is part of the input tokens', () => {
    const [request] = requestsOf(createWorkload(shared, 1, 1), [0])
    expect(wordsOf(request!.spec.prompts[0])).toHaveLength(20 + (64 - 4) / 1.5)
  })
})

describe('embeddings', () => {
  it('have as many different texts in a request as the batch has', () => {
    const workload = createWorkload(options({ task: 'embeddings', batchSize: 3 }), 1, 1)
    const { prompts, nonce } = workload.next(0, null)
    expect(new Set(prompts).size).toBe(3)
    for (const prompt of prompts) {
      expect(wordsOf(prompt)).toHaveLength(40)
      expect(prompt.startsWith(spellNonce(nonce))).toBe(true)
      expect(prompt).not.toContain('Write')
    }
  })
})

describe('images of a workload', () => {
  const images = { count: 2, width: 16, height: 16 }

  it('are new in each request, and alike in each run where the cache is wanted', () => {
    const fresh = (prefixCache: 'avoid' | 'allow') => createWorkload(options({ images, prefixCache }), 2, 1)
    const [one, other] = [fresh('avoid'), fresh('allow')].map((workload) =>
      [workload.next(0, null), workload.next(1, null), workload.next(0, null)].map((spec) => spec.images),
    )
    expect(new Set(one!.flat()).size).toBe(6)
    expect(new Set(other!.flat()).size).toBe(6)
    const again = createWorkload(options({ images, prefixCache: 'allow' }), 2, 1)
    expect([again.next(1, null).images, again.next(0, null).images]).toEqual([other![1], other![0]])
  })

  it('are none where none are asked for', () => {
    expect(createWorkload(options(), 1, 1).next(0, null)).not.toHaveProperty('images')
  })
})

describe('rerank and score', () => {
  it('have a query of its own in each request, and as many documents as the batch has', () => {
    const workload = createWorkload(options({ task: 'rerank', batchSize: 3 }), 1, 1)
    const [one, other] = [workload.next(0, null), workload.next(0, null)]
    expect(new Set(one.prompts).size).toBe(3)
    for (const prompt of one.prompts) expect(wordsOf(prompt)).toHaveLength(40)
    expect(wordsOf(one.query)).toHaveLength(16)
    expect(one.query!.startsWith(spellNonce(one.nonce))).toBe(true)
    expect(one.query!.slice(-20)).not.toBe(other.query!.slice(-20))
    expect(one.outputTokens).toBe(0)
  })

  it('take query and documents from a file', () => {
    const prompts: FilePrompt[] = [{ kind: 'input', query: 'why', texts: ['a', 'b'], maxTokens: null }]
    const sent = (prefixCache: 'avoid' | 'allow') =>
      createWorkload(options({ task: 'score', prompts, prefixCache }), 1, 1).next(0, null)
    expect(sent('allow')).toMatchObject({ query: 'why', prompts: ['a', 'b'] })
    const { query, nonce } = sent('avoid')
    expect(query).toBe(`${spellNonce(nonce)} why`)
  })
})

describe('prompts of a file', () => {
  const texts: FilePrompt[] = ['a', 'b', 'c', 'd', 'e'].map((text) => ({ kind: 'prompt', text, maxTokens: null }))

  it('are taken in turn, each by one worker before any comes again', () => {
    const workload = createWorkload(options({ prompts: texts }), 2, 1)
    const specs = requestsOf(workload, [0, 1, 0, 1, 0, 1]).map(({ spec }) => spec)
    expect(specs.map(({ prompts }) => prompts[0]!.at(-1))).toEqual(['a', 'b', 'c', 'd', 'e', 'a'])
    for (const { nonce, prompts } of specs) expect(prompts[0]).toMatch(new RegExp(`^${spellNonce(nonce)} [a-e]$`))
  })

  it('are sent as they are where the cache is wanted', () => {
    const workload = createWorkload(options({ prompts: texts, prefixCache: 'allow' }), 1, 1)
    expect(workload.next(0, null).prompts).toEqual(['a'])
  })

  it('may say how many tokens they ask for, which are not jittered but spread', () => {
    const workload = createWorkload(options({ prompts: [{ kind: 'prompt', text: 'a', maxTokens: 200 }] }), 1, 1)
    expect(workload.next(0, 0.125).outputTokens).toBe(25)
    expect(workload.next(0, null).outputTokens).toBe(200)
  })

  it('that are messages open their first one with the nonce', () => {
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hello' },
    ]
    const workload = createWorkload(options({ prompts: [{ kind: 'messages', messages, maxTokens: null }] }), 1, 1)
    const spec = workload.next(0, null)
    expect(spec.messages).toEqual([
      { role: 'system', content: `${spellNonce(spec.nonce)} be brief` },
      { role: 'user', content: 'hello' },
    ])
  })

  it('that are messages in parts get a part more', () => {
    const part = { type: 'image_url', image_url: { url: 'data:,' } }
    const prompts: FilePrompt[] = [{ kind: 'messages', messages: [{ role: 'user', content: [part] }], maxTokens: null }]
    const spec = createWorkload(options({ prompts }), 1, 1).next(0, null)
    expect(spec.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: `${spellNonce(spec.nonce)} ` }, part] },
    ])
    const plain = createWorkload(options({ prompts, prefixCache: 'allow' }), 1, 1).next(0, null)
    expect(plain.messages).toEqual([{ role: 'user', content: [part] }])
  })

  it('that are messages bring the tools that the model may call', () => {
    const tools = [{ type: 'function', function: { name: 'w' } }]
    const messages = [{ role: 'user', content: 'hello' }]
    const prompts: FilePrompt[] = [{ kind: 'messages', messages, tools, maxTokens: null }]
    expect(createWorkload(options({ prompts }), 1, 1).next(0, null).tools).toBe(tools)
  })

  it('that are inputs send all their texts, each with the nonce', () => {
    const prompts: FilePrompt[] = [{ kind: 'input', texts: ['a', 'b'], maxTokens: null }]
    const spec = createWorkload(options({ task: 'embeddings', prompts }), 1, 1).next(0, null)
    expect(spec.prompts).toEqual(['a', 'b'].map((text) => `${spellNonce(spec.nonce)} ${text}`))
  })
})

it('embeddings ask for no output tokens', () => {
  const requests = createWorkload(options({ task: 'embeddings' }), 2, 1)
  expect(requests.next(0, null).outputTokens).toBe(0)
  expect(requests.next(1, 0.5).outputTokens).toBe(0)
})
