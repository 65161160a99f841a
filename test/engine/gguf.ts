/**
 * Writes a GGUF v3 file that llama.cpp loads: llama architecture, a vocabulary of our own, random weights from a seed.
 * Nothing is downloaded, and what the model says is nonsense, but the work to say it is that of a real model.
 */
import { writeFile } from 'node:fs/promises'
import { seedRandom, type Random } from '../../src/random.ts'

export interface ModelShape {
  /** Width of the model. */
  readonly dim: number
  readonly layers: number
  readonly heads: number
  /** Width of the feed-forward layers. */
  readonly hidden: number
  /** Longest prompt plus answer, in tokens. */
  readonly contextLength: number
}

/**
 * 11 MB, 1,000 to 1,500 tokens a second on one thread. Heads of 64: llama.cpp is slow at attention with smaller ones, and
 * an engine that spends its time there gains little from a larger batch, so its slots would hardly matter. A model half
 * this size answers faster than a small machine can time it.
 */
export const SMALL: ModelShape = { dim: 256, layers: 6, heads: 4, hidden: 768, contextLength: 4096 }

/** About three times the work a token. */
export const LARGER: ModelShape = { dim: 384, layers: 8, heads: 6, hidden: 1152, contextLength: 4096 }

/** GGUF value types. */
const UINT32 = 4
const INT32 = 5
const FLOAT32 = 6
const BOOL = 7
const STRING = 8
const ARRAY = 9

/** GGML tensor types. */
const F32 = 0
const F16 = 1

/** Token types of llama.cpp. */
const NORMAL = 1
const UNKNOWN = 2
const CONTROL = 3
const BYTE = 6

const ALIGNMENT = 32

export interface Vocabulary {
  /** As the file holds them: a leading space is U+2581. */
  readonly pieces: readonly string[]
  /** What a client sees of each token; control tokens show nothing. */
  readonly texts: readonly string[]
  readonly types: readonly number[]
  readonly scores: readonly number[]
  readonly bos: number
  readonly eos: number
}

/**
 * A SentencePiece vocabulary: unknown, begin, end, one token a byte, then characters and syllables, each with and
 * without a leading space. Single characters are there because SentencePiece builds a piece by merging smaller ones.
 */
export function vocabulary(): Vocabulary {
  const pieces = ['<unk>', '<s>', '</s>']
  const texts = ['', '', '']
  const types = [UNKNOWN, CONTROL, CONTROL]
  const scores = [0, 0, 0]
  for (let byte = 0; byte < 256; byte++) {
    pieces.push(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
    // A byte above 127 is a part of a character: alone it can only be shown as the replacement character.
    texts.push(byte < 128 ? String.fromCharCode(byte) : '\uFFFD')
    types.push(BYTE)
    scores.push(0)
  }
  const words = new Set<string>()
  for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;?!-\'"()') words.add(letter)
  for (const first of 'bcdfghjklmnprstvwz') {
    for (const vowel of 'aeiou') {
      words.add(first + vowel)
      if ('aeo'.includes(vowel)) for (const last of 'lnrst') words.add(first + vowel + last)
    }
  }
  for (const vowel of 'aeiou') for (const last of 'lmnrst') words.add(vowel + last)
  for (const word of ['\u2581', ...[...words].flatMap((word) => [word, `\u2581${word}`])]) {
    pieces.push(word)
    texts.push(word.replaceAll('\u2581', ' '))
    types.push(NORMAL)
    // Longer pieces win when SentencePiece merges.
    scores.push(word.length * 10 - pieces.length / 1000)
  }
  return { pieces, texts, types, scores, bos: 1, eos: 2 }
}

/** Writes the file; returns its size in bytes. The same shape and seed give the same bytes. */
export async function writeGguf(path: string, shape: ModelShape, seed = 'plateau'): Promise<number> {
  const words = vocabulary()
  const random = seedRandom(seed)
  const tensors = tensorsOf(shape, words, random)

  const head = new ByteWriter()
  head.bytes(Buffer.from('GGUF'))
  head.uint32(3)
  const metadata = metadataOf(shape, words)
  head.uint64(tensors.length)
  head.uint64(metadata.length)
  for (const [key, write] of metadata) {
    head.string(key)
    write(head)
  }
  let offset = 0
  for (const tensor of tensors) {
    head.string(tensor.name)
    head.uint32(tensor.shape.length)
    for (const size of tensor.shape) head.uint64(size)
    head.uint32(tensor.type)
    head.uint64(offset)
    offset += padded(tensor.data.byteLength)
  }
  const parts = [head.done(), ...tensors.map((tensor) => tensor.data)]
  const file = Buffer.concat(parts.flatMap((part) => [part, Buffer.alloc(padded(part.byteLength) - part.byteLength)]))
  await writeFile(path, file)
  return file.byteLength
}

type Metadata = [key: string, write: (writer: ByteWriter) => void][]

function metadataOf(shape: ModelShape, words: Vocabulary): Metadata {
  const text = (value: string) => (writer: ByteWriter) => {
    writer.uint32(STRING)
    writer.string(value)
  }
  const count = (value: number) => (writer: ByteWriter) => {
    writer.uint32(UINT32)
    writer.uint32(value)
  }
  const real = (value: number) => (writer: ByteWriter) => {
    writer.uint32(FLOAT32)
    writer.float32(value)
  }
  const flag = (value: boolean) => (writer: ByteWriter) => {
    writer.uint32(BOOL)
    writer.bytes(Buffer.from([value ? 1 : 0]))
  }
  const list =
    <T>(type: number, values: readonly T[], item: (writer: ByteWriter, value: T) => void) =>
    (writer: ByteWriter) => {
      writer.uint32(ARRAY)
      writer.uint32(type)
      writer.uint64(values.length)
      for (const value of values) item(writer, value)
    }
  return [
    ['general.architecture', text('llama')],
    ['general.name', text('plateau test model, random weights')],
    ['general.alignment', count(ALIGNMENT)],
    ['llama.context_length', count(shape.contextLength)],
    ['llama.embedding_length', count(shape.dim)],
    ['llama.block_count', count(shape.layers)],
    ['llama.feed_forward_length', count(shape.hidden)],
    ['llama.attention.head_count', count(shape.heads)],
    ['llama.attention.head_count_kv', count(shape.heads)],
    ['llama.attention.layer_norm_rms_epsilon', real(1e-5)],
    ['llama.rope.dimension_count', count(shape.dim / shape.heads)],
    ['llama.vocab_size', count(words.pieces.length)],
    ['tokenizer.ggml.model', text('llama')],
    ['tokenizer.ggml.tokens', list(STRING, words.pieces, (writer, value) => writer.string(value))],
    ['tokenizer.ggml.scores', list(FLOAT32, words.scores, (writer, value) => writer.float32(value))],
    ['tokenizer.ggml.token_type', list(INT32, words.types, (writer, value) => writer.uint32(value))],
    ['tokenizer.ggml.unknown_token_id', count(0)],
    ['tokenizer.ggml.bos_token_id', count(words.bos)],
    ['tokenizer.ggml.eos_token_id', count(words.eos)],
    ['tokenizer.ggml.add_bos_token', flag(true)],
    ['tokenizer.ggml.add_space_prefix', flag(true)],
  ]
}

interface Tensor {
  readonly name: string
  /** Innermost dimension first, as GGUF has it. */
  readonly shape: readonly number[]
  readonly type: number
  readonly data: Buffer
}

function tensorsOf({ dim, layers, hidden }: ModelShape, words: Vocabulary, random: Random): Tensor[] {
  const size = words.pieces.length
  const matrix = (name: string, inputs: number, outputs: number, zeroRow?: (row: number) => boolean): Tensor => ({
    name: `${name}.weight`,
    shape: [inputs, outputs],
    type: F16,
    data: randomHalves(inputs, outputs, random, zeroRow),
  })
  const norm = (name: string): Tensor => ({
    name: `${name}.weight`,
    shape: [dim],
    type: F32,
    data: Buffer.from(new Float32Array(dim).fill(1).buffer),
  })
  const tensors = [matrix('token_embd', dim, size)]
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => `blk.${layer}.${name}`
    tensors.push(
      norm(of('attn_norm')),
      matrix(of('attn_q'), dim, dim),
      matrix(of('attn_k'), dim, dim),
      matrix(of('attn_v'), dim, dim),
      matrix(of('attn_output'), dim, dim),
      norm(of('ffn_norm')),
      matrix(of('ffn_gate'), dim, hidden),
      matrix(of('ffn_up'), dim, hidden),
      matrix(of('ffn_down'), hidden, dim),
    )
  }
  // A zeroed row gives its token the logit 0, far below the best of hundreds of random ones: the model never ends its
  // answer, and every token that it says is readable text.
  tensors.push(
    norm('output_norm'),
    matrix('output', dim, size, (row) => words.types[row] !== NORMAL),
  )
  return tensors
}

/** Uniform weights with variance 1/inputs, which keeps the activations of every layer near 1. */
function randomHalves(inputs: number, outputs: number, random: Random, zeroRow?: (row: number) => boolean): Buffer {
  const data = Buffer.alloc(inputs * outputs * 2)
  const scale = Math.sqrt(12 / inputs)
  for (let row = 0; row < outputs; row++) {
    if (zeroRow?.(row)) continue
    for (let column = 0; column < inputs; column++) {
      data.writeUInt16LE(half((random() - 0.5) * scale), (row * inputs + column) * 2)
    }
  }
  return data
}

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The bits of a half-precision number, cut toward zero; what is too small for a normal one becomes 0. */
function half(value: number): number {
  float[0] = value
  const single = bits[0]!
  const exponent = ((single >>> 23) & 0xff) - 127 + 15
  return exponent <= 0 ? 0 : ((single >>> 16) & 0x8000) | (exponent << 10) | ((single >>> 13) & 0x3ff)
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

/** Little-endian values, one after the other. */
class ByteWriter {
  readonly #parts: Buffer[] = []

  bytes(part: Buffer): void {
    this.#parts.push(part)
  }

  uint32(value: number): void {
    const part = Buffer.alloc(4)
    part.writeUInt32LE(value)
    this.bytes(part)
  }

  uint64(value: number): void {
    const part = Buffer.alloc(8)
    part.writeBigUInt64LE(BigInt(value))
    this.bytes(part)
  }

  float32(value: number): void {
    const part = Buffer.alloc(4)
    part.writeFloatLE(value)
    this.bytes(part)
  }

  /** Length in bytes, then UTF-8. */
  string(value: string): void {
    const text = Buffer.from(value)
    this.uint64(text.byteLength)
    this.bytes(text)
  }

  done(): Buffer {
    return Buffer.concat(this.#parts)
  }
}
