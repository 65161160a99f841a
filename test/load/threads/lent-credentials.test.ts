import { describe, expect, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { createTokenAuthorizer } from '../../../src/load/auth/authorizers.ts'
import { answerProofQuestion, createLentAuthorizer } from '../../../src/load/threads/lent-credentials.ts'
import type { SignedRequest } from '../../../src/vendors/vendor.ts'
import { authPorts } from '../auth/ports.ts'

const REQUEST: SignedRequest = { method: 'POST', url: new URL('http://127.0.0.1:8000/v1/chat/completions'), body: '{}' }
const NEVER = new AbortController().signal

/** The authorizer of a run, and what two threads prove with that it lends to. Tokens are good for an hour. */
function lendToThreads({ fails = (_fetched: number): boolean => false } = {}) {
  const ports = authPorts()
  let fetched = 0
  const own = createTokenAuthorizer(
    async () => {
      if (fails(fetched + 1)) {
        fetched++
        throw new EndpointError('no token', { tried: 'POST /token', remedy: 'wait' })
      }
      return { value: `tok-${++fetched}`, lifetimeMs: 3_600_000 }
    },
    { requestTimeoutMs: 60_000 },
    ports,
  )
  const lending = { ...own, stale: false, lend: own.lend!.bind(own) }
  const asked: string[] = []
  const openThread = () =>
    createLentAuthorizer(
      own.lend!(),
      async (question) => {
        asked.push(question.kind)
        return answerProofQuestion(lending, question, NEVER)
      },
      ports,
    )
  return { ports, own, asked, openThread, fetched: () => fetched }
}

describe('a token that is lent to threads', () => {
  test('is fetched for the first thread that wants one, and once for all', async () => {
    const { openThread, fetched } = lendToThreads()
    const [one, other] = [openThread(), openThread()]
    expect([one.stale, other.stale]).toEqual([true, true])
    await Promise.all([one.refresh(NEVER), one.refresh(NEVER), other.refresh(NEVER)])
    expect(fetched()).toBe(1)
    for (const thread of [one, other]) {
      expect(thread.headers(REQUEST, 'bearer')).toEqual({ authorization: 'Bearer tok-1' })
      expect(thread.stale).toBe(false)
    }
  })

  test('is asked for once by all workers of a thread', async () => {
    const { openThread, asked } = lendToThreads()
    const thread = openThread()
    await Promise.all([1, 2, 3].map(async () => thread.refresh(NEVER)))
    expect(asked).toEqual(['refresh'])
  })

  test('is stale in every thread when it is stale in the run', async () => {
    const { ports, own, openThread, fetched } = lendToThreads()
    await own.refresh(NEVER)
    const thread = openThread()
    ports.pass(3_600_000 - 60_001)
    expect([own.stale, thread.stale]).toEqual([false, false])
    ports.pass(1)
    expect([own.stale, thread.stale]).toEqual([true, true])
    await thread.refresh(NEVER)
    expect([fetched(), thread.stale, own.stale]).toEqual([2, false, false])
  })

  test('is used to its end while no other can be had, without asking each time', async () => {
    const { ports, own, openThread, asked } = lendToThreads({ fails: (fetched) => fetched > 1 })
    await own.refresh(NEVER)
    const thread = openThread()
    ports.pass(3_600_000 - 30_000)
    await thread.refresh(NEVER)
    expect(thread.headers(REQUEST, 'bearer')).toEqual({ authorization: 'Bearer tok-1' })
    expect(thread.stale).toBe(false)
    ports.pass(9_999)
    expect(thread.stale).toBe(false)
    ports.pass(1)
    expect(thread.stale).toBe(true)
    expect(asked).toEqual(['refresh'])
    ports.pass(30_000)
    await expect(thread.refresh(NEVER)).rejects.toThrow(EndpointError)
  })

  test('is renewed when it is refused after it was let in, once for all threads', async () => {
    const { ports, own, openThread, fetched, asked } = lendToThreads()
    await own.refresh(NEVER)
    const [one, other] = [openThread(), openThread()]
    const sent = one.headers(REQUEST, 'bearer')
    one.noteAccepted(sent)
    one.noteAccepted(sent)
    ports.pass(2_000)
    // Whoever of the others was let in is enough.
    expect(await Promise.all([other.renew(sent, NEVER), one.renew(sent, NEVER), one.renew(sent, NEVER)])).toEqual([
      true,
      true,
      true,
    ])
    expect(fetched()).toBe(2)
    expect(other.headers(REQUEST, 'bearer')).toEqual({ authorization: 'Bearer tok-2' })
    expect(asked.filter((kind) => kind === 'accepted')).toHaveLength(1)
  })

  test('is not renewed when it was never let in: the refusal is final', async () => {
    const { ports, own, openThread } = lendToThreads()
    await own.refresh(NEVER)
    const thread = openThread()
    ports.pass(2_000)
    expect(await thread.renew(thread.headers(REQUEST, 'bearer'), NEVER)).toBe(false)
    expect(thread.acceptedUntil()).toBeNull()
  })

  test('is missing in the thread for the reason told in the thread as in the run', async () => {
    const { openThread } = lendToThreads({ fails: () => true })
    const error = (await openThread()
      .refresh(NEVER)
      .catch((thrown: unknown) => thrown)) as EndpointError
    expect(error).toBeInstanceOf(EndpointError)
    expect(error).toMatchObject({ what: 'no token', tried: 'POST /token', remedy: 'wait' })
  })
})
