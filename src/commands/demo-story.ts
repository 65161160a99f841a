import { join } from 'node:path'
import type { GateResult } from '../gate.ts'
import type { ApiName } from '../vocabulary/api-names.ts'
import { renderComment } from '../render/comment.ts'
import { formatMs, formatRate } from '../render/format.ts'
import { renderVerdictText } from '../render/text.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { exitCodeOf } from '../verdict/conclude.ts'
import {
  compareWithFormula,
  DEMO_API,
  DEMO_LEVEL,
  DEMO_SLOTS,
  DEMO_SLOWDOWN,
  DEMO_SPREAD_PERCENT,
  DEMO_TOLERANCE_PERCENT,
} from './demo-server.ts'

/** The words of `plateau demo`. Every text ends with a line break. */

const RULE = '─'.repeat(80)

/** What is going to happen, and where. */
export function tellOpening(folder: string, keep: boolean, api: ApiName): string {
  return joinLines(
    `A performance gate at work, on a simulated LLM server with ${DEMO_SLOTS} slots on 127.0.0.1.`,
    ...(api === DEMO_API ? [] : [`It speaks ${api}, and is measured over it.`]),
    `Files: ${folder} (${keep ? 'kept' : 'removed at the end; --keep keeps it'})`,
  )
}

export function tellHistory(runs: number): string {
  return joinLines(
    '',
    `1. main is measured ${runs} times, and each run is recorded`,
    '   The server is started anew for each and is a little faster or slower every',
    `   time (a spread of ${DEMO_SPREAD_PERCENT} %), as a real one is from day to day. From this the gate`,
    '   learns how much unchanged code differs.',
  )
}

export function tellRun(run: number, { levels, plateau }: RunReport): string {
  const level = levels.find(({ concurrency }) => concurrency === DEMO_LEVEL)
  const tpot = level?.valid === true ? formatMs(level.tpotMs?.p50 ?? null) : 'not measured, this machine was too busy'
  const throughput = plateau.outputTokensPerSecond?.value ?? null
  return joinLines(`   run ${run}: TPOT at concurrency ${DEMO_LEVEL}: ${tpot}; plateau ${formatRate(throughput)} tok/s`)
}

/** What the figures of one run mean, with the truth that only a simulated server can tell. */
export function explainLoad(server: readonly string[], report: RunReport): string {
  return joinLines(
    '   TTFT, time to the first token, is prefill and queueing. TPOT, time per output',
    '   token, is decoding. More requests in flight bring more tokens/s until all',
    `   ${DEMO_SLOTS} slots are full; beyond, requests queue: TTFT jumps and tokens/s stay. That is`,
    '   the plateau.',
    ...compareWithFormula(server, report).map((line) => `   ${line}`),
  )
}

export const UNCHANGED = joinLines('', '2. A pull request that changes nothing is measured and compared')

export const SLOWER = joinLines(
  '',
  `3. A pull request that makes decoding ${Math.round(100 * (DEMO_SLOWDOWN - 1))} % slower is measured and compared`,
  '   What looks worse is measured once more before anything is said.',
)

/** The verdict, and what a workflow would see of it. */
export function tellVerdict(verdict: Verdict, colour: boolean): string {
  const code = exitCodeOf(verdict)
  return `${joinLines('')}${renderVerdictText(verdict, { colour })}${joinLines(
    '',
    `   exit code ${code}: the check ${code === 0 ? 'passes' : 'fails'}`,
  )}`
}

/** The comment of the pull request. */
export function renderStoryComment({ report, verdict }: GateResult): string {
  return renderComment({ report, verdict })
}

/** The comment without what a reader unfolds. */
export function tellComment(comment: string): string {
  const folded = /\n*<details>[\s\S]*?<\/details>/g
  return joinLines(
    '',
    '4. The comment that the pull request would get; the charts and levels that it',
    '   folds are left out here',
    RULE,
    comment.replace(folded, '').trim(),
    RULE,
  )
}

/** How it ended: told as it was meant, or not, and then why. */
export function tellEnding(
  unchanged: Verdict,
  slower: Verdict,
  folder: string | null,
): { readonly told: boolean; readonly text: string } {
  const surprises = [
    ...(exitCodeOf(unchanged) === 0 ? [] : [`the unchanged candidate came out as ${unchanged.verdict}`]),
    ...(slower.verdict === 'regressed' ? [] : [`the slower candidate came out as ${slower.verdict}`]),
  ]
  const told = surprises.length === 0
  const text = told
    ? joinLines(
        '',
        `What this assumed: that runs spread by ${DEMO_SPREAD_PERCENT} % (expected-spread), since so few runs`,
        `tell little of it, and that each run is of another day. A change below ${DEMO_TOLERANCE_PERCENT} % is never`,
        'red here (tolerance). A history of eight or ten runs needs no assumption.',
        ...(folder === null ? [] : ['', `Look at the history: plateau audit ${join(folder, 'history.json')}`]),
        '',
        'Next: plateau run --endpoint http://your-server:8000 --append',
      )
    : joinLines(
        '',
        `The story did not go as told: ${surprises.join(', and ')}.`,
        'Windows of half a second on a busy machine measure the machine as well. Close',
        'what else is running and try again; a real run takes minutes, and says when the',
        'client was too busy.',
      )
  return { told, text }
}

function joinLines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
