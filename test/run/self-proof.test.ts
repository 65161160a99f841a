import { describe, expect, test } from 'vitest'
import { createHealthProbe, systemClock } from '../../src/load/runtime.ts'
import { proveClient } from '../../src/run/self-proof.ts'
import type { ProofPorts } from '../../src/run/self-proof.ts'
import { startTruth } from '../../src/simulator/start-truth.ts'
import type { StartTruth } from '../../src/simulator/start-truth.ts'

const LOAD = { streams: 4, lone: { latencyMs: 640, outputTokens: 64 } }

function portsWith(start: StartTruth, signal = new AbortController().signal): ProofPorts {
  return { clock: systemClock, signal, health: createHealthProbe, collectGarbage: () => {}, startTruth: start }
}

/** A machine that is as slow as it likes: the truth server may take its time to start. */
const startInTime: StartTruth = async () => startTruth(new AbortController().signal)

describe('the self-proof', () => {
  test('compares each answer with what the server wrote, and says what rate this machine holds', async () => {
    const { proof, findings } = await proveClient(LOAD, portsWith(startInTime))
    if (proof === null) {
      // A machine that is too busy for it says so.
      expect(findings[0]!.message).toContain('this machine was too busy, or too slow,')
      return
    }
    expect(proof).toMatchObject({ streams: 4, plannedTokensPerSecond: 400 })
    expect(proof.answers).toBeGreaterThan(0)
    const { ttftErrorMs, tpotError, tokensPerSecond } = proof
    for (const { p50, p99 } of [ttftErrorMs, tpotError!]) {
      expect(p50).toBeGreaterThan(0)
      expect(p99).toBeGreaterThanOrEqual(p50)
    }
    expect(tokensPerSecond).toBeGreaterThan(0)
    expect(Number.isFinite(tokensPerSecond)).toBe(true)
  })

  test('says why there is none, and the run goes on', async () => {
    const { proof, findings } = await proveClient(
      LOAD,
      portsWith(async () => {
        throw new Error('cannot be started: spawn EAGAIN')
      }),
    )
    expect(proof).toBeNull()
    expect(findings).toEqual([
      {
        code: 'self-proof-missing',
        message:
          "How accurately this machine times was not tested: the test's own server on this machine cannot be started: spawn EAGAIN.",
      },
    ])
  })

  test('ends the server also when the run is cancelled', async () => {
    const run = new AbortController()
    let ended = 0
    const start: StartTruth = async (signal) => {
      const truth = await startInTime(signal)
      run.abort()
      return {
        ...truth,
        async end() {
          await truth.end()
          ended++
        },
      }
    }
    const { proof } = await proveClient(LOAD, portsWith(start, run.signal))
    expect(proof).toBeNull()
    expect(ended).toBe(1)
  })
})
