import assert from 'node:assert/strict'
import * as fc from 'fast-check'

/** What is fuzzed, each a file of this folder. */
export type Area =
  'responses' | 'framing' | 'protocols' | 'decoders' | 'settings' | 'zip' | 'escapers' | 'redaction' | 'growth'

/** Something that must hold for every input, hostile ones first of all. */
export interface Property {
  readonly area: Area
  /** A sentence. */
  readonly name: string
  /** How much dearer a case is than a usual one: so much more seldom it is tried. */
  readonly cost: number
  /** Tries so many inputs, the same ones for the same seed; returns how an input that breaks it is told, null when none does. */
  findCounterexample(options: { readonly seed: number; readonly cases: number }): string | null
}

/** Declares a property. `holds` throws for an input that breaks it. */
export function property<Input>(
  area: Area,
  name: string,
  inputs: fc.Arbitrary<Input>,
  holds: (input: Input) => void,
  cost = 1,
): Property {
  return {
    area,
    name,
    cost,
    findCounterexample({ seed, cases }) {
      const { failed, counterexample, errorInstance } = fc.check(fc.property(inputs, holds), { seed, numRuns: cases })
      return failed ? `${sayError(errorInstance)}\n  input: ${sayInput(counterexample)}` : null
    },
  }
}

const LONGEST_SHOWN = 2_000

function sayError(error: unknown): string {
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, LONGEST_SHOWN)
}

/** The input, its bytes as text. */
function sayInput(input: unknown): string {
  const written = JSON.stringify(input, function (this: Record<string, unknown>, key, value: unknown) {
    // What a buffer is before it is made JSON.
    const held = this[key]
    return held instanceof Uint8Array ? Buffer.from(held).toString('latin1') : value
  })
  return written.slice(0, LONGEST_SHOWN)
}

/** A message that a person can be shown: short, one line for each problem, no trace of the program's own code. */
export function expectReadable(message: string, lines = 1): void {
  assert.ok(message.length > 0, 'an empty message')
  assert.ok(message.length <= 1_500 * lines, `a message of ${message.length} characters`)
  assert.ok(message.split(/[\n\r\u2028\u2029]/).length <= lines, `a message of several lines: ${message}`)
  assert.doesNotMatch(message, /\bat .*\.[jt]s:\d+|\bundefined\b|\[object |TypeError|RangeError|node_modules/)
}

/** What `work` comes to; undefined where it refuses with one of our own errors, whose message is fit to be read. */
export function valueOrRefusal<Value>(
  work: () => Value,
  OwnError: new (...given: never[]) => Error,
  lines?: number,
): Value | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof OwnError)) throw error
    expectReadable(error.message, lines)
    return undefined
  }
}
