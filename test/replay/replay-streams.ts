import { parseArgs } from 'node:util'
import { seedRandom } from '../../src/random.ts'
import { eventEnds } from './event-ends.ts'
import { judge } from './judge.ts'
import { piecesOf, randomCuts, singleCuts } from './pieces.ts'
import type { Piece } from './pieces.ts'
import { readerPlayer, transportPlayer } from './players.ts'
import type { Play } from './players.ts'
import { readRecorded } from './recorded.ts'
import type { RecordedStream } from './recorded.ts'
import { lineEndForms, varied } from './vary.ts'

/** A longer body is cut at so many places only. */
const MOST_SINGLE_CUTS = 2_500
/** As many bytes as all single cuts of one body may have the reader read. */
const MOST_BYTES = 4_000_000

/** How often a stream was played, and what was wrong: of each kind what came first. */
export interface Replayed {
  readonly plays: number
  readonly wrong: readonly string[]
}

/**
 * Plays a stream as it was recorded and, for each of `cuts` seeds, cut and framed otherwise, to `play`; then with every kind of
 * line end and one cut at every place, or at many of them, to `playSingleCuts`. Nothing is played twice: time is virtual, and
 * what is wrong once is wrong.
 */
export async function replayStream(
  { body, expected }: RecordedStream,
  cuts: number,
  play: Play,
  playSingleCuts: Play,
): Promise<Replayed> {
  const found = new Map<string, string>()
  let plays = 0
  const check = async (how: string, pieces: readonly Piece[], player: Play): Promise<void> => {
    plays++
    for (const wrong of judge(await player(pieces), expected)) {
      const kind = wrong.split(' ', 1)[0]!
      if (!found.has(kind)) found.set(kind, `${wrong} (${how})`)
    }
  }
  const ends = eventEnds(body, expected.framing)
  if (ends.length !== expected.events) return { plays, wrong: [`${ends.length} events, right ${expected.events}`] }
  await check('as recorded', piecesOf(body, ends), play)
  for (let seed = 1; seed <= cuts; seed++) {
    const random = seedRandom(`cut ${seed}`)
    const bytes = varied(body, expected.framing, random)
    const variedEnds = eventEnds(bytes, expected.framing)
    await check(`seed ${seed}`, piecesOf(bytes, variedEnds, randomCuts(variedEnds, random)), play)
  }
  for (const form of lineEndForms(body, expected.framing)) {
    const formEnds = eventEnds(form, expected.framing)
    const places = Math.min(MOST_SINGLE_CUTS, Math.floor(MOST_BYTES / form.length))
    for (const at of singleCuts(form.length, places, seedRandom('single cuts'))) {
      await check(`cut at byte ${at} of ${form.length}`, piecesOf(form, formEnds, [at]), playSingleCuts)
    }
  }
  return { plays, wrong: [...found.values()] }
}

/** Replays all of them and says how each went; true when there were some and all were right. */
export async function replayStreams(
  streams: readonly RecordedStream[],
  cuts: number,
  log: (line: string) => void,
): Promise<boolean> {
  let plays = 0
  let right = 0
  for (const stream of streams) {
    const player = await transportPlayer(stream.expected)
    const replayed = await replayStream(stream, cuts, player.play, readerPlayer(stream.expected))
    await player.close()
    plays += replayed.plays
    if (replayed.wrong.length === 0) right++
    log(replayed.wrong.length === 0 ? `right ${stream.name}` : `WRONG ${stream.name}: ${replayed.wrong.join('; ')}`)
  }
  log(`${right} right, ${streams.length - right} wrong, of ${plays} replays in virtual time`)
  return streams.length > 0 && right === streams.length
}

/** Replays what these arguments name, and tells it; returns the exit code. */
export async function replayAsTold(
  args: readonly string[],
  { log, error }: Pick<Console, 'log' | 'error'>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { streams: { type: 'string' }, cuts: { type: 'string', default: '20' } },
  })
  if (values.streams === undefined || !/^\d+$/.test(values.cuts)) {
    error('usage: node test/replay/replay.ts --streams DIR [--cuts N]')
    return 2
  }
  return (await replayStreams(readRecorded(values.streams), Number(values.cuts), log)) ? 0 : 1
}
