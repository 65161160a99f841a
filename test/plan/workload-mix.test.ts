import { expect, test } from 'vitest'
import { createMixOrder, createWorkload, createLevelWorkload } from '../../src/plan/workload.ts'
import { fixLength } from '../../src/settings/values/distributions.ts'
import { UNCALIBRATED } from '../../src/plan/prompts.ts'
import type { ScenarioOptions, WorkloadOptions } from '../../src/plan/compose-request.ts'

const PART: Omit<ScenarioOptions, 'name' | 'percent'> = {
  model: null,
  inputTokens: fixLength(64),
  outputTokens: fixLength(100),
  prompts: null,
  prefixCache: 'avoid',
  sharedPrefixTokens: 0,
}

function options(mix: readonly ScenarioOptions[]): WorkloadOptions {
  const { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = PART
  return {
    task: 'chat',
    seed: 'mix',
    inputTokens,
    outputTokens,
    prompts,
    prefixCache,
    sharedPrefixTokens,
    promptModel: UNCALIBRATED,
    batchSize: 1,
    mix,
    nonce: () => '0'.repeat(16),
  }
}

test('in every round of requests each scenario has exactly its share, in an order of the seed', () => {
  const order = createMixOrder([70, 20, 10], 'a')
  const rounds = Array.from({ length: 30 }, (_, round) =>
    Array.from({ length: 10 }, (_, i) => order(10 * round + i).scenario),
  )
  for (const round of rounds) expect(round.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 2])
  expect(new Set(rounds.map(String)).size).toBeGreaterThan(10)
  const again = createMixOrder([70, 20, 10], 'a')
  // Whoever asks in another order is told the same.
  expect(Array.from({ length: 300 }, (_, i) => again(299 - i).scenario).toReversed()).toEqual(rounds.flat())
})

test('the requests of one scenario are numbered one after another, so that all prompts of its file are sent', () => {
  const order = createMixOrder([50, 50], 'a')
  const lines = Array.from({ length: 40 }, (_, i) => order(i)).filter(({ scenario }) => scenario === 1)
  expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, i) => i))
})

test('each request asks for what its part does: lengths, prompts of a file and the model', () => {
  const chat = { ...PART, name: 'chat', percent: 75, outputTokens: fixLength(100) }
  const text = { kind: 'prompt', text: 'Of a file.', maxTokens: null } as const
  const law = { ...PART, name: 'law', percent: 25, model: 'lora-law', outputTokens: fixLength(10), prompts: [text] }
  const workload = createWorkload(options([chat, law]), 2, 1)
  const specs = Array.from({ length: 80 }, (_, i) => workload.next(i % 2, null))
  const ofLaw = specs.filter(({ part }) => part === 'law')
  expect(ofLaw).toHaveLength(20)
  expect(new Set(ofLaw.map(({ model }) => model))).toEqual(new Set(['lora-law']))
  expect(ofLaw.every(({ outputTokens, prompts }) => outputTokens <= 11 && prompts[0]!.endsWith('Of a file.'))).toBe(
    true,
  )
  const ofChat = specs.filter(({ part }) => part === 'chat')
  expect(ofChat.every(({ outputTokens, model }) => outputTokens >= 90 && model === undefined)).toBe(true)
})

const TALK = { turns: fixLength(3), thinkTime: { kind: 'fixed', ms: 500 }, systemTokens: 10 } as const

test('of a part that holds conversations each counts once: a worker holds it to its end, then takes what comes next', () => {
  const talk = {
    ...PART,
    name: 'talk',
    percent: 40,
    model: 'lora-talk',
    prefixCache: 'allow',
    conversations: TALK,
  } as const
  const rag = { ...PART, name: 'rag', percent: 60 }
  const workload = createWorkload(options([talk, rag]), 1, 1)
  const sent = Array.from({ length: 90 }, () => {
    const spec = workload.next(0, null)
    return { part: spec.part!, model: spec.model, turn: spec.turn?.turn ?? null, after: workload.hear!(0, 'an answer') }
  })
  const inTurns = sent.filter(({ part }) => part === 'talk')
  expect(inTurns.length).toBe(60)
  expect(inTurns.map(({ turn }) => turn)).toEqual(inTurns.map((_, i) => (i % 3) + 1))
  expect(inTurns.map(({ after }) => after)).toEqual(inTurns.map((_, i) => (i % 3 === 2 ? 'over' : 500)))
  expect(new Set(inTurns.map(({ model }) => model))).toEqual(new Set(['lora-talk']))
  for (const [i, { turn }] of sent.entries()) if (turn !== null && turn > 1) expect(sent[i - 1]!.turn).toBe(turn - 1)
  for (const { part, turn, model } of sent.filter((one) => one.part === 'rag'))
    expect({ part, turn, model }).toEqual({ part: 'rag', turn: null, model: undefined })
})

test('at a rate, conversations arrive beside requests that stand alone', () => {
  const talk = { ...PART, name: 'talk', percent: 50, conversations: TALK }
  const workload = createLevelWorkload(options([talk, { ...PART, name: 'rag', percent: 50 }]), {
    concurrency: 5,
    pass: 1,
    open: {},
  })
  const begun = Array.from({ length: 20 }, (_, number) => ({ number, spec: workload.next(number, null) }))
  expect(begun.filter(({ spec }) => spec.turn !== undefined)).toHaveLength(10)
  for (const { number, spec } of begun) {
    expect(workload.hear!(number, 'an answer')).toBe(spec.part === 'talk' ? 500 : 'over')
    if (spec.part === 'talk')
      expect(workload.next(number, null).turn).toMatchObject({ conversation: number + 1, turn: 2 })
  }
})

test('images are sent by the parts that have them, each its own', () => {
  const of = (images: ScenarioOptions['images']) => ({ ...PART, percent: 50, images: images! })
  const mix = [
    { ...of({ count: 2, width: 8, height: 8 }), name: 'seen' },
    { ...of(null), name: 'plain' },
  ]
  const workload = createWorkload(options(mix), 1, 1)
  for (let i = 0; i < 10; i++) {
    const { part, images = [] } = workload.next(0, null)
    expect(images).toHaveLength(part === 'seen' ? 2 : 0)
  }
})

test('an open loop mixes by the numbers of its requests', () => {
  const mix = [
    { ...PART, name: 'a', percent: 90 },
    { ...PART, name: 'b', percent: 10 },
  ]
  const workload = createLevelWorkload(options(mix), { concurrency: 5, pass: 1, open: {} })
  const parts = Array.from({ length: 100 }, (_, number) => workload.next(number, null).part)
  expect(parts.filter((part) => part === 'b')).toHaveLength(10)
})
