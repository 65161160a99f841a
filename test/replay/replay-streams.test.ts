import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { leash } from '../support/leash.ts'
import { eventEnds } from './event-ends.ts'
import type { Found } from './judge.ts'
import { piecesOf } from './pieces.ts'
import type { Piece } from './pieces.ts'
import { readerPlayer } from './players.ts'
import type { Play } from './players.ts'
import { readRecorded } from './recorded.ts'
import type { Expected, RecordedStream } from './recorded.ts'
import { replayAsTold, replayStream, replayStreams } from './replay-streams.ts'

const STREAMS = join(import.meta.dirname, 'streams')
const recorded = readRecorded(STREAMS)

function streamOf(name: string): RecordedStream {
  return recorded.find((stream) => stream.name === name)!
}

describe('the reader', () => {
  test.each(recorded.map((stream) => [stream.name, stream] as const))(
    'finds in %s what is there, at its time, however it is cut and framed',
    async (name, stream) => {
      const lines: string[] = []
      const isRight = await replayStreams([stream], 12, (line) => lines.push(line))
      expect(lines).toEqual([
        `right ${name}`,
        expect.stringMatching(/^1 right, 0 wrong, of \d+ replays in virtual time$/),
      ])
      expect(isRight).toBe(true)
    },
  )
})

describe('the check calls wrong', () => {
  const chat = streamOf('chat_reasoning_no-usage.sse')
  const read = readerPlayer(chat.expected)

  /** Finds in a stream, however it is cut, what is there: that the reader does so is seen above. */
  async function alwaysRight(stream: RecordedStream): Promise<Play> {
    const ends = eventEnds(stream.body, stream.expected.framing)
    const right = await readerPlayer(stream.expected)(piecesOf(stream.body, ends))
    return async () => right
  }

  /** What the check says when this is what plays, once as recorded and twice cut; with one cut at every place. */
  async function wrongOf(play: Play, playSingleCuts?: Play, stream = chat): Promise<readonly string[]> {
    return (await replayStream(stream, 2, play, playSingleCuts ?? (await alwaysRight(stream)))).wrong
  }

  const delayed =
    (delay: (piece: Piece, next: Piece | undefined) => number): Play =>
    async (pieces) =>
      read(pieces.map((piece, i) => ({ ...piece, atMs: delay(piece, pieces[i + 1]) })))

  const found =
    (change: Partial<Found>): Play =>
    async (pieces) => ({ ...(await read(pieces)), ...change })

  test('nothing, where everything is right', async () => {
    expect(await wrongOf(read)).toEqual([])
  })

  test.each<readonly [string, Play, readonly string[]]>([
    [
      'stamps with the next read',
      delayed((piece, next) => next?.atMs ?? piece.atMs),
      [
        'ttftMs 24, right 16 (as recorded)',
        'ttfoMs 48, right 40 (as recorded)',
        'lastTokenMs 56, right 48 (as recorded)',
      ],
    ],
    [
      'stamps a thousandth of a millisecond late',
      delayed(({ atMs }) => atMs + 0.001),
      [
        'ttftMs 16.001, right 16 (as recorded)',
        'ttfoMs 40.001, right 40 (as recorded)',
        'lastTokenMs 48.001, right 48 (as recorded)',
      ],
    ],
    [
      'waits for a byte more than an event has',
      async (pieces) =>
        read(
          pieces.map(({ bytes, atMs }, i) => {
            const held = i === 0 ? [] : [pieces[i - 1]!.bytes.at(-1)!]
            const isLast = i === pieces.length - 1
            return { bytes: Buffer.from([...held, ...(isLast ? bytes : bytes.subarray(0, -1))]), atMs }
          }),
        ),
      [
        'ttftMs 24, right 16 (as recorded)',
        'ttfoMs 48, right 40 (as recorded)',
        'lastTokenMs 56, right 48 (as recorded)',
      ],
    ],
    ['takes reasoning for text', found({ ttfoMs: 16 }), ['ttfoMs 16, right 40 (as recorded)']],
    ['loses a token', found({ outputTokens: 4 }), ['outputTokens 4, right 5 (as recorded)']],
    ['says that it was told a count', found({ tokenSource: 'usage' }), ['tokenSource usage (as recorded)']],
    ['fails', found({ outcome: 'failed', failure: 'incomplete' }), ['failed as incomplete (as recorded)']],
  ])('a reader that %s', async (_, play, wrong) => {
    expect(await wrongOf(play)).toEqual(wrong)
  })

  test('a reader that overlooks a count, an input, and an error inside a 200', async () => {
    const counted = streamOf('chat_characters_usage.sse')
    const readCounted = readerPlayer(counted.expected)
    const deaf: Play = async (pieces) => ({
      ...(await readCounted(pieces)),
      outputTokens: 4,
      inputTokens: null,
      tokenSource: 'chunks',
    })
    expect(await wrongOf(deaf, undefined, counted)).toEqual([
      'outputTokens 4, right 9 (as recorded)',
      'tokenSource chunks (as recorded)',
      'inputTokens null, right 12 (as recorded)',
    ])
    const failing = streamOf('chat_error-in-the-middle.sse')
    const readFailing = readerPlayer(failing.expected)
    const hopeful: Play = async (pieces) => ({ ...(await readFailing(pieces)), outcome: 'ok', failure: null })
    expect(await wrongOf(hopeful, undefined, failing)).toEqual(['an error inside a 200 counted as ok (as recorded)'])
  })

  test('what is wrong once, in one cut of thousands', async () => {
    const answer = await alwaysRight(chat)
    const onceAt = (play: number): Play => {
      let plays = 0
      return async (pieces) => ({ ...(await answer(pieces)), ...(plays++ === play && { outputTokens: 6 }) })
    }
    expect(await wrongOf(onceAt(2))).toEqual(['outputTokens 6, right 5 (seed 2)'])
    expect(await wrongOf(read, onceAt(700))).toEqual(['outputTokens 6, right 5 (cut at byte 701 of 1016)'])
  })

  test('a body that has not the events that it should have', async () => {
    const stream = { ...chat, expected: { ...chat.expected, events: 9 } }
    expect(await wrongOf(read, read, stream)).toEqual(['8 events, right 9'])
  })
})

test('what is no stream is not replayed, and where there is nothing to replay nothing is right', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-replay-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'expected.json'), JSON.stringify({ 'page.html': { framing: 'html' } }))
  const lines: string[] = []
  expect(await replayStreams(readRecorded(folder), 1, (line) => lines.push(line))).toBe(false)
  expect(lines).toEqual(['0 right, 0 wrong, of 0 replays in virtual time'])
})

describe('the command', () => {
  /** Our streams with other expectations. */
  function streamsWith(change: (expected: Record<string, Expected>) => unknown): string {
    const folder = mkdtempSync(join(tmpdir(), 'plateau-replay-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync(STREAMS, folder, { recursive: true })
    const file = join(folder, 'expected.json')
    const expected = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Expected>
    writeFileSync(file, JSON.stringify(change(expected)))
    return folder
  }

  /** Runs it in this process. */
  async function replay(folder: string, cuts = '1') {
    const [lines, errors]: string[][] = [[], []]
    const take = (of: string[]) => (line: string) => void of.push(line)
    const told = { log: take(lines!), error: take(errors!) }
    return { status: await replayAsTold(['--streams', folder, '--cuts', cuts], told), lines, errors }
  }

  test('ends with 0 when every stream is right', async () => {
    const folder = streamsWith(({ 'bedrock_text.eventstream': bedrock, 'ollama_no-last-line-end.ndjson': ollama }) => ({
      'bedrock_text.eventstream': bedrock,
      'ollama_no-last-line-end.ndjson': ollama,
    }))
    expect(await replay(folder)).toEqual({
      status: 0,
      lines: [
        'right bedrock_text.eventstream',
        'right ollama_no-last-line-end.ndjson',
        expect.stringMatching(/^2 right, 0 wrong, of \d+ replays in virtual time$/),
      ],
      errors: [],
    })
  })

  test('ends with 1 when one is wrong', () => {
    const name = 'bedrock_text.eventstream'
    const folder = streamsWith(({ [name]: bedrock }) => ({ [name]: { ...bedrock!, first_token: 2, n_out: 4 } }))
    const command = [join(import.meta.dirname, 'replay.ts'), '--streams', folder, '--cuts', '1']
    const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8', env: leash() })
    expect(stdout.trimEnd().split('\n')).toEqual([
      `WRONG ${name}: outputTokens 3, right 4 (as recorded); ttftMs 16, right 24 (as recorded)`,
      expect.stringMatching(/^0 right, 1 wrong, of \d+ replays/),
    ])
    expect(status).toBe(1)
  })

  test('says which body is missing', async () => {
    const folder = streamsWith((expected) => ({ 'missing.sse': expected['chat_reasoning_no-usage.sse'] }))
    await expect(replay(folder)).rejects.toThrow('missing.sse')
  })

  test('ends with 2 when it is not told what it has to be told', async () => {
    expect(await replay(STREAMS, 'many')).toEqual({ status: 2, lines: [], errors: [expect.stringContaining('usage:')] })
  })
})
