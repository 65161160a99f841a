import { describe, expect, it } from 'vitest'
import { buildLastTurn } from '../../src/plan/conversations.ts'
import { fixLength } from '../../src/settings/values/distributions.ts'
import { spellNonce } from '../../src/plan/prompts.ts'
import { createOpenWorkload, createWorkload } from '../../src/plan/workload.ts'
import type { Workload } from '../../src/plan/workload.ts'
import type { ConversationOptions, WorkloadOptions } from '../../src/plan/compose-request.ts'
import type { RequestSpec } from '../../src/protocol/api.ts'
import type { FilePrompt } from '../../src/settings/prompts-file/prompt.ts'
import { SCRIPTED_WORKLOAD } from '../load/scripted-endpoint.ts'

const TALK: ConversationOptions = { turns: fixLength(3), thinkTime: { kind: 'fixed', ms: 2000 }, systemTokens: 10 }

function options(overrides: Partial<WorkloadOptions> = {}): WorkloadOptions {
  let nonces = 0
  return {
    ...SCRIPTED_WORKLOAD,
    inputTokens: fixLength(40),
    prefixCache: 'allow',
    nonce: () => (nonces++).toString(16).padStart(16, '0'),
    ...overrides,
  }
}

function createConversations(
  own: WorkloadOptions,
  conversations: ConversationOptions,
  concurrency: number,
  pass: number,
): Workload {
  return createWorkload({ ...own, conversations }, concurrency, pass)
}

/** Messages as `role: text`. */
function said({ messages }: RequestSpec): string[] {
  return messages!.map(({ role, content }) => `${String(role)}: ${String(content)}`)
}

function rolesOf({ messages }: RequestSpec): unknown[] {
  return messages!.map(({ role }) => role)
}

describe('a worker', () => {
  it('sends each turn with all that was said before it, the answers that the server gave among it', () => {
    const talk = createConversations(options(), TALK, 1, 1)
    const first = talk.next(0, null)
    expect(rolesOf(first)).toEqual(['system', 'user'])
    expect(said(first).map((text) => text.split(' ').length - 1)).toEqual([10, 40])
    talk.hear!(0, 'an answer')
    const second = talk.next(0, null)
    expect(said(second).slice(0, 3)).toEqual([...said(first), 'assistant: an answer'])
    expect(rolesOf(second)).toEqual(['system', 'user', 'assistant', 'user'])
    talk.hear!(0, 'another')
    expect(said(talk.next(0, null)).slice(0, 5)).toEqual([...said(second), 'assistant: another'])
    expect(first.messages).toHaveLength(2)
  })

  it('begins another conversation after the last turn, which shares nothing with it but the system prompt', () => {
    const talk = createConversations(options(), TALK, 1, 1)
    const specs = Array.from({ length: 6 }, () => {
      const spec = talk.next(0, null)
      talk.hear!(0, 'an answer')
      return spec
    })
    expect(specs.map(({ turn }) => turn)).toEqual(
      [1, 2].flatMap((conversation) =>
        [null, 2000, 2000].map((thinkMs, i) => ({ conversation, turn: i + 1, turns: 3, thinkMs })),
      ),
    )
    expect(new Set(specs.map(({ nonce }) => nonce)).size).toBe(6)
    const [one, other] = [specs[0]!, specs[3]!].map((spec) => said(spec))
    expect(one![0]).toBe(other![0])
    expect(one![1]!.split(' ').slice(0, 9)).not.toEqual(other![1]!.split(' ').slice(0, 9))
    expect(one![1]).toContain(`user: ${spellNonce('0'.repeat(16))} Write`)
  })

  it('ends a conversation that cannot go on: a turn that failed, or an answer without text', () => {
    for (const heard of [null, '', ' \n']) {
      const talk = createConversations(options(), TALK, 1, 1)
      talk.next(0, null)
      expect(talk.hear!(0, heard)).toBe('cut-short')
      expect(talk.next(0, null).turn).toMatchObject({ conversation: 2, turn: 1 })
    }
  })

  it('waits between an answer and the next turn, but not for the next conversation', () => {
    const talk = createConversations(options(), TALK, 1, 1)
    const waits = Array.from({ length: 4 }, () => {
      talk.next(0, null)
      return talk.hear!(0, 'an answer')
    })
    expect(waits).toEqual([2000, 2000, 'over', 2000])
  })

  it('waits for as long as is drawn by the seed, which says of each turn how long that was', () => {
    const thinkTime = { kind: 'uniform', min: 1000, max: 3000 } as const
    const talk = createConversations(options(), { ...TALK, turns: fixLength(200), thinkTime }, 1, 1)
    const places = Array.from({ length: 200 }, () => {
      const { turn } = talk.next(0, null)
      return { thinkMs: turn!.thinkMs, nextMs: talk.hear!(0, 'an answer') }
    })
    const drawn = places.slice(1).map(({ thinkMs }) => thinkMs!)
    expect(drawn).toEqual(places.slice(0, -1).map(({ nextMs }) => nextMs))
    expect([Math.min(...drawn), Math.max(...drawn)].map((ms) => Math.round(ms / 100))).toEqual([10, 30])
    // What users say is the same, however long they think.
    const others = createConversations(options(), { ...TALK, turns: fixLength(200) }, 1, 1)
    const again = createConversations(options(), { ...TALK, turns: fixLength(200), thinkTime }, 1, 1)
    for (const _ of [1, 2, 3]) {
      expect(said(again.next(0, null))).toEqual(said(others.next(0, null)))
      expect(again.hear!(0, 'an answer')).toBe(drawn.shift())
      others.hear!(0, 'an answer')
    }
  })
})

describe('the workers of a level', () => {
  it('begin at different turns, with made-up answers before them, where they begin in phases', () => {
    const talk = createConversations(options(), { ...TALK, turns: fixLength(4), systemTokens: 0 }, 8, 1)
    const specs = Array.from({ length: 8 }, (_, worker) => talk.next(worker, talk.spread[worker]!))
    expect(specs.map(({ turn }) => turn!.turn).sort((a, b) => a - b)).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    for (const spec of specs) {
      const roles = Array.from({ length: 2 * spec.turn!.turn - 1 }, (_, i) => (i % 2 === 0 ? 'user' : 'assistant'))
      expect(rolesOf(spec)).toEqual(roles)
    }
    const together = createConversations(options(), TALK, 8, 1)
    expect(together.next(3, null).turn).toMatchObject({ turn: 1 })
  })

  it('say the same in every run, whatever the order of their turns, but for what makes a conversation unique', () => {
    const hold = (order: readonly number[], nonce: string) => {
      const talk = createConversations(
        options({ nonce: () => nonce }),
        { ...TALK, turns: { kind: 'uniform', min: 1, max: 4 } },
        2,
        1,
      )
      return order.map((worker) => {
        const spec = talk.next(worker, null)
        talk.hear!(worker, 'an answer')
        return [worker, ...said(spec), spec.outputTokens, spec.turn].map((part) =>
          JSON.stringify(part).replace(spellNonce(nonce), ''),
        )
      })
    }
    const of = (worker: number, talk: string[][]) => talk.filter(([who]) => who === String(worker))
    const [one, other] = [hold([0, 1, 0, 1, 0, 1], '0'.repeat(16)), hold([1, 1, 1, 0, 0, 0], 'f'.repeat(16))]
    for (const worker of [0, 1]) expect(of(worker, one)).toEqual(of(worker, other))
  })
})

describe('conversations that arrive at a rate', () => {
  it('say by their numbers what they say, whoever holds them and whenever their turns come', () => {
    const hold = (numbers: readonly number[]) => {
      const turns = { kind: 'uniform', min: 1, max: 3 } as const
      const talk = createOpenWorkload(
        { ...options({ nonce: () => '0'.repeat(16) }), conversations: { ...TALK, turns } },
        5,
        1,
      )
      return numbers.map((number) => {
        const { nonce: _, ...spec } = talk.next(number, null)
        return { number, spec, after: talk.hear!(number, 'an answer') }
      })
    }
    const lengths = [0, 1, 2, 3].map((number) => hold([number])[0]!.spec.turn!.turns)
    expect(new Set(lengths).size).toBeGreaterThan(1)
    const oneByOne = hold([0, 1, 2, 3].flatMap((number) => Array<number>(lengths[number]!).fill(number)))
    const inTurns = hold([1, 2, 3].flatMap((turn) => [3, 2, 1, 0].filter((number) => lengths[number]! >= turn)))
    for (const number of [0, 1, 2, 3]) {
      const mine = oneByOne.filter((one) => one.number === number)
      expect(inTurns.filter((one) => one.number === number)).toEqual(mine)
      expect(mine.map(({ spec }) => spec.turn)).toMatchObject(
        mine.map((_, i) => ({ conversation: number + 1, turn: i + 1 })),
      )
      expect(mine.map(({ after }) => after)).toEqual([...mine.slice(1).map(() => 2000), 'over'])
    }
  })
})

describe('conversations of a file', () => {
  const prompts: FilePrompt[] = [
    { kind: 'prompt', text: 'alone', maxTokens: null },
    {
      kind: 'messages',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'what another model said' },
        { role: 'user', content: [{ type: 'text', text: 'two' }] },
      ],
      later: ['three'],
      maxTokens: 7,
    },
  ]
  const talkOf = () => createConversations(options({ prompts }), { ...TALK, turns: 'file', systemTokens: 0 }, 1, 1)

  it('are what users say in it, turn by turn, answered by the model that is measured', () => {
    const talk = talkOf()
    const specs = Array.from({ length: 5 }, (_, i) => {
      const spec = talk.next(0, null)
      talk.hear!(0, `answer ${i}`)
      return spec
    })
    expect(specs.map(({ turn }) => [turn!.turn, turn!.turns])).toEqual([
      [1, 1],
      [1, 3],
      [2, 3],
      [3, 3],
      [1, 1],
    ])
    const [system, first, ...rest] = said(specs[3]!)
    expect(system).toBe('system: Be brief.')
    expect(first).toMatch(/^user: (\w+ ){8}one$/)
    expect(rest).toEqual(['assistant: answer 1', 'user: two', 'assistant: answer 2', 'user: three'])
    expect(specs[3]!.outputTokens).toBe(7)
  })

  it('are as long as the longest of them where it is tried whether a model takes them', () => {
    const spec = buildLastTurn(options({ prompts }), { ...TALK, turns: 'file' })
    expect([spec.turn!.turn, rolesOf(spec).at(-1)]).toEqual([3, 'user'])
    const made = buildLastTurn(options(), { ...TALK, turns: { kind: 'normal', mean: 4, sd: 1 } })
    expect([made.turn!.turn, made.messages!.length]).toEqual([6, 12])
  })
})
