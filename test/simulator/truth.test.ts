import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startTruth } from '../../src/simulator/start-truth.ts'
import { atEnd } from '../support/cleanup.ts'

const FOR_EVER = new AbortController().signal
const SOURCES = join(import.meta.dirname, '..', '..', 'src', 'simulator')

/** Starts one that this test ends. */
async function start() {
  const truth = await startTruth(FOR_EVER)
  atEnd(() => truth.end())
  return truth
}

async function ask(origin: string, path: string, tokens: number, id: string): Promise<string> {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'x-request-id': id },
    body: JSON.stringify({ max_tokens: tokens }),
  })
  return answer.text()
}

function resolvesOnClose(port: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const socket = connect(port, '127.0.0.1')
      socket.once('error', () => resolve())
      socket.once('connect', () => {
        socket.destroy()
        setTimeout(look, 20)
      })
    }
    look()
  })
}

describe('the truth server', () => {
  test('streams as many tokens as were asked for, with their count and an end', async () => {
    const { origin } = await start()
    const answer = await ask(origin, '/free/1/1', 3, 'one')
    expect(answer.match(/"content":" true"/g)).toHaveLength(3)
    expect(answer).toContain('"usage":{"prompt_tokens":1,"completion_tokens":3,"total_tokens":4}')
    expect(answer.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('knows that by the name that other clients send, with a blank before the number, too', async () => {
    const { origin } = await start()
    const body = '{"max_completion_tokens": 2}'
    const answer = await (await fetch(`${origin}/free/1/1`, { method: 'POST', body })).text()
    expect(answer.match(/"content":" true"/g)).toHaveLength(2)
  })

  test('spreads streams that share no beat over the interval, however they came, and writes first what is due first', async () => {
    const { origin, readAnswers } = await start()
    await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => ask(origin, '/free/1/200', 1, id)))
    // In the order in which they were written.
    const answers = await readAnswers(FOR_EVER)
    const golden = (Math.sqrt(5) - 1) / 2
    const due = answers
      .toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)
      .map((answer, nth) => ({ ...answer, dueAtMs: answer.receivedAtMs + 1 + 200 * (((nth + 1) * golden) % 1) }))
      .toSorted((a, b) => a.dueAtMs - b.dueAtMs)
    expect(answers.map(({ requestId }) => requestId)).toEqual(due.map(({ requestId }) => requestId))
    // A busy machine may write later, never sooner.
    for (const { firstTokenAtMs, dueAtMs } of due) expect(firstTokenAtMs).toBeGreaterThanOrEqual(dueAtMs - 0.01)
  })

  test('tells once when it wrote each answer, by its id, and never before its time', async () => {
    const { origin, readAnswers } = await start()
    await Promise.all([ask(origin, '/free/5/2', 4, 'free'), ask(origin, '/step/5/2', 4, 'step')])
    const answers = await readAnswers(FOR_EVER)
    expect(answers.map(({ requestId }) => requestId).sort()).toEqual(['free', 'step'])
    for (const { receivedAtMs, firstTokenAtMs, lastTokenAtMs, outputTokens } of answers) {
      expect(outputTokens).toBe(4)
      expect(firstTokenAtMs - receivedAtMs).toBeGreaterThanOrEqual(5)
      expect(lastTokenAtMs).toBeGreaterThan(firstTokenAtMs)
    }
    expect(await readAnswers(FOR_EVER)).toEqual([])
  })

  test('writes one token a beat to each of a hundred streams in step, and reads requests meanwhile', async () => {
    const { origin, readAnswers } = await start()
    const ids = Array.from({ length: 100 }, (_, stream) => `stream-${stream}`)
    const texts = await Promise.all(ids.map(async (id) => ask(origin, '/step/20/5', 4, id)))
    for (const text of texts) expect(text.match(/"content":" true"/g)).toHaveLength(4)
    const answers = await readAnswers(FOR_EVER)
    expect(answers.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort())
    // Caught up or not, three more beats lie between the first token and the last.
    for (const { receivedAtMs, firstTokenAtMs, lastTokenAtMs } of answers) {
      expect(firstTokenAtMs - receivedAtMs).toBeGreaterThanOrEqual(20)
      expect(lastTokenAtMs).toBeGreaterThan(firstTokenAtMs)
    }
  })

  test('has no other pages', async () => {
    const { origin } = await start()
    expect((await fetch(`${origin}/v1/models`)).status).toBe(404)
  })

  test('is told late by whoever has no time to wait for it', async () => {
    await expect(startTruth(AbortSignal.abort())).rejects.toThrow('took too long to start')
  })

  test('says when it is gone instead of leaving somebody waiting', async () => {
    const truth = await start()
    await truth.end()
    await expect(truth.readAnswers(FOR_EVER)).rejects.toThrow('ended by itself')
  })

  test('ends when whoever started it is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { startTruth } from ${JSON.stringify(join(SOURCES, 'start-truth.ts'))}
         const { origin } = await startTruth(new AbortController().signal)
         console.log(origin)
         setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const origin = await new Promise<string>((resolve) => parent.stdout.once('data', (text) => resolve(String(text))))
    parent.kill('SIGKILL')
    await resolvesOnClose(Number(new URL(origin.trim()).port))
  })
})
