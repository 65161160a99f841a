import { drawNormal, seedRandom, type Random } from '../../random.ts'

/** How much the same model differs between measurements. Shares are relative standard deviations. */
export interface FactorSpreads {
  /** Between two starts of the simulator; constant while a process lives. */
  readonly startSpread: number
  /** Between two hours of the clock; every simulator with the same `seed` has the same hours. */
  readonly hourSpread: number
  /** Between two runs; a run ends after `runPauseMs` without a request. */
  readonly runSpread: number
  readonly runPauseMs: number
  /** Seeds starts and runs. */
  readonly runSeed: string
  /** Seeds the hours. */
  readonly seed: string
  /** The date of model time 0, in milliseconds since 1970, which determines the hour. */
  readonly epochMs: number
}

/** Factors on the model's times. */
interface CostFactors {
  /** On prefill, and the overhead before it. */
  readonly prefill: number
  readonly decode: number
}

/** The factors of a server over time. */
export interface ServerFactors {
  /** A request came at `at`; the server has been idle since `idleSince` (null: not idle). */
  noteRequest(at: number, idleSince: number | null): void
  /** The factors at this model time, in the current run. */
  at(at: number): CostFactors
}

const HOUR_MS = 3_600_000
/** Correlation of the spreads of prefill and decoding. */
const CORRELATION = 0.5

/** A server that has just been started. */
export function createFactors(options: FactorSpreads): ServerFactors {
  const { runSeed, runSpread, runPauseMs, hourSpread, epochMs, seed } = options
  const start = drawFactors(options.startSpread, seedRandom(`${runSeed}/start`))
  let runs = 0
  let run = multiplyFactors(start, drawFactors(runSpread, seedRandom(`${runSeed}/run`)))
  let hour = NaN
  let now = run

  return {
    noteRequest(at, idleSince) {
      if (idleSince === null || at - idleSince < runPauseMs) return
      run = multiplyFactors(start, drawFactors(runSpread, seedRandom(`${runSeed}/run ${++runs}`)))
      hour = NaN
    },
    at(at) {
      const current = Math.floor((epochMs + at) / HOUR_MS)
      if (current !== hour) {
        hour = current
        now = multiplyFactors(run, drawFactors(hourSpread, seedRandom(`${seed}/hour ${current}`)))
      }
      return now
    },
  }
}

/** The lognormal number with mean 1 and standard deviation `sd` of a standard normal deviate z: exp(σz − σ²/2), σ² = ln(1 + sd²). */
export function toFactor(sd: number, deviate: number): number {
  const variance = Math.log(1 + sd * sd)
  return Math.exp(Math.sqrt(variance) * deviate - variance / 2)
}

function drawFactors(sd: number, random: Random): CostFactors {
  const decode = drawNormal(random)
  const prefill = CORRELATION * decode + Math.sqrt(1 - CORRELATION ** 2) * drawNormal(random)
  return { prefill: toFactor(sd, prefill), decode: toFactor(sd, decode) }
}

function multiplyFactors(a: CostFactors, b: CostFactors): CostFactors {
  return { prefill: a.prefill * b.prefill, decode: a.decode * b.decode }
}
