import { ValueError } from '../../errors.ts'
import { defineSetting } from '../../settings/setting.ts'
import {
  parseDecimal,
  allowWord,
  SWITCH,
  readCount,
  readDuration,
  readShare,
  readText,
} from '../../settings/values/simple.ts'
import { ENGINE_DEFAULTS } from '../engine/engine.ts'
import { CACHE_DEFAULTS } from '../cost.ts'
import { SIMULATOR_DEFAULTS } from './options.ts'

const group = 'Model'
const readModelTime = readDuration({ maxMs: 3_600_000 })

/** How fast the model behind the endpoint is. */
export const MODEL_SETTINGS = {
  slots: defineSetting({
    name: 'slots',
    group,
    help: 'Sequences that decode together; more than that wait in a queue',
    placeholder: 'N',
    default: String(ENGINE_DEFAULTS.slots),
    common: true,
    read: readCount({ max: 4096 }),
  }),
  overhead: defineSetting({
    name: 'overhead',
    group,
    help: 'Fixed time before a request reaches the queue; it blocks nobody',
    placeholder: 'TIME',
    default: `${ENGINE_DEFAULTS.overheadMs}ms`,
    read: readModelTime,
  }),
  prefillPer1000Tokens: defineSetting({
    name: 'prefill-per-1000-tokens',
    group,
    help: 'Prefill time of 1000 input tokens; nobody decodes meanwhile',
    placeholder: 'TIME',
    default: `${1000 * ENGINE_DEFAULTS.prefillMsPerToken}ms`,
    common: true,
    read: readModelTime,
  }),
  decode: defineSetting({
    name: 'decode',
    group,
    help: 'Time of a decode step, whatever the batch',
    placeholder: 'TIME',
    default: `${ENGINE_DEFAULTS.decodeMs}ms`,
    common: true,
    read: readModelTime,
  }),
  decodePerSequence: defineSetting({
    name: 'decode-per-sequence',
    group,
    help: 'Time that each sequence in the batch adds to a decode step',
    placeholder: 'TIME',
    default: `${ENGINE_DEFAULTS.decodeMsPerSequence}ms`,
    common: true,
    read: readModelTime,
  }),
  tokensPerChunk: defineSetting({
    name: 'tokens-per-chunk',
    group,
    help: 'Tokens in one event of a stream, after the first token',
    placeholder: 'N',
    default: String(ENGINE_DEFAULTS.tokensPerChunk),
    read: readCount({ max: 1000 }),
  }),
  slowdown: defineSetting({
    name: 'slowdown',
    group,
    help: 'Factor on the times: one for all, or for example `tpot=1.2, ttft=1.1`',
    placeholder: 'FACTOR',
    default: '1',
    common: true,
    read: readSlowdown,
  }),
  jitter: defineSetting({
    name: 'jitter',
    group,
    help: 'Relative standard deviation of each prefill and each step',
    placeholder: 'SHARE',
    default: '3%',
    read: readShare({ max: 2 }),
  }),
  startSpread: defineSetting({
    name: 'start-spread',
    group,
    help: 'Relative standard deviation between two starts of the same simulator, in prefill and in decoding (correlation .5)',
    placeholder: 'SHARE',
    default: '0%',
    read: readShare({ max: 2 }),
  }),
  hourSpread: defineSetting({
    name: 'hour-spread',
    group,
    help: 'The same between two hours of the clock; simulators with the same `seed` have the same hours',
    placeholder: 'SHARE',
    default: '0%',
    read: readShare({ max: 2 }),
  }),
  runSpread: defineSetting({
    name: 'run-spread',
    group,
    help: 'The same between two runs, of one start too; a run ends with `run-pause`',
    placeholder: 'SHARE',
    default: '0%',
    read: readShare({ max: 2 }),
  }),
  runPause: defineSetting({
    name: 'run-pause',
    group,
    help: 'Time without any request after which the next request begins another run',
    placeholder: 'TIME',
    default: '1m',
    read: readDuration(),
  }),
  seed: defineSetting({
    name: 'seed',
    group,
    help: 'Seed of jitter, hours, faults and early stops',
    placeholder: 'TEXT',
    default: SIMULATOR_DEFAULTS.seed,
    read: readText,
  }),
  runSeed: defineSetting({
    name: 'run-seed',
    group,
    help: 'Seed of `start-spread` and `run-spread`; `random` draws a new one at each start',
    placeholder: 'TEXT',
    default: 'random',
    read: allowWord('random', readText),
  }),
  prefixCache: defineSetting({
    name: 'prefix-cache',
    group,
    help: 'Remember prompts and answers, skip the prefill of what is known and report `cached_tokens`',
    default: 'false',
    ...SWITCH,
  }),
  prefixCacheBlocks: defineSetting({
    name: 'prefix-cache-blocks',
    group,
    help: 'Blocks that the prefix cache holds; the one that was used longest ago goes first',
    placeholder: 'N',
    default: String(CACHE_DEFAULTS.capacity),
    read: readCount({ max: 10_000_000 }),
  }),
  blockSize: defineSetting({
    name: 'block-size',
    group,
    help: 'Tokens in a block of the prefix cache; only whole blocks are remembered',
    placeholder: 'N',
    default: String(CACHE_DEFAULTS.blockWords),
    read: readCount({ max: 100_000 }),
  }),
  coldStart: defineSetting({
    name: 'cold-start',
    group,
    help: 'Answer 503 for this long after the start',
    placeholder: 'TIME',
    default: '0s',
    read: readDuration(),
  }),
  foreignLoad: defineSetting({
    name: 'foreign-load',
    group,
    help: 'Requests of somebody else that are always there; they take slots and time, and show in the metrics',
    placeholder: 'N',
    default: '0',
    read: readCount({ min: 0, max: 4096 }),
  }),
}

/** Factors on what makes up TTFT (overhead and prefill) and TPOT (the decode step). */
interface Slowdown {
  readonly ttft: number
  readonly tpot: number
}

/** Reads `1.2` or `tpot=1.2, ttft=1.1`; throws `ValueError`. */
export function readSlowdown(text: string): Slowdown {
  const wrong = new ValueError('must be a factor from 0.01 to 100, for example 1.2 or tpot=1.2, ttft=1.1')
  const parseFactor = (given: string): number => {
    const value = parseDecimal(given)
    if (value === null || value < 0.01 || value > 100) throw wrong
    return value
  }
  if (!text.includes('=')) return { ttft: parseFactor(text), tpot: parseFactor(text) }
  const slowdown = { ttft: 1, tpot: 1 }
  for (const part of text.split(',')) {
    const match = /^\s*(ttft|tpot)\s*=(.*)$/.exec(part)
    if (match === null) throw wrong
    slowdown[match[1] as keyof Slowdown] = parseFactor(match[2]!)
  }
  return slowdown
}
