/**
 * Replays recorded streams in virtual time: `node test/replay/replay.ts --streams DIR [--cuts N]`. DIR holds the bodies and an
 * `expected.json` that says what a right reader finds (`recorded.ts`). Counts, outcomes and times must be right to the last
 * bit, as recorded and cut and framed otherwise by N seeds (20).
 */
import { replayAsTold } from './replay-streams.ts'

process.exitCode = await replayAsTold(process.argv.slice(2), console)
