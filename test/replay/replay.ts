/**
 * Replays recorded streams in virtual time: `node test/replay/replay.ts --streams DIR [--cuts N]`. DIR holds the bodies and an
 * `expected.json` that says what a right reader finds (`recorded.ts`). Counts, outcomes and times must be right to the last
 * bit, as recorded and cut and framed otherwise by N seeds (20).
 */
import { parseArgs } from 'node:util'
import { readRecorded } from './recorded.ts'
import { replayStreams } from './replay-streams.ts'

const { values } = parseArgs({
  options: { streams: { type: 'string' }, cuts: { type: 'string', default: '20' } },
})
if (values.streams === undefined || !/^\d+$/.test(values.cuts)) {
  console.error('usage: node test/replay/replay.ts --streams DIR [--cuts N]')
  process.exit(2)
}
const isRight = await replayStreams(readRecorded(values.streams), Number(values.cuts), (line) => console.log(line))
process.exitCode = isRight ? 0 : 1
