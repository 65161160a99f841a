import { join } from 'node:path'
import type { GateResult } from '../../gate.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { renderComment } from '../../render/comment.ts'
import { formatMs, formatRate } from '../../words/format.ts'
import { joinList } from '../../text.ts'
import { wrap } from '../../words/terminal.ts'
import { renderVerdictText } from '../../render/text.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { exitCodeOf } from '../../verdict/conclude.ts'
import { VERSION } from '../../version.ts'
import {
  compareWithFormula,
  DEMO_API,
  DEMO_LEVEL,
  DEMO_SLOTS,
  DEMO_SLOWDOWN,
  DEMO_SPREAD_PERCENT,
  DEMO_TOLERANCE_PERCENT,
} from './bench.ts'

/** The texts of `plateau demo`. Each ends with a line break. */

const RULE = '─'.repeat(80)
const SLOWDOWN_PERCENT = Math.round(100 * (DEMO_SLOWDOWN - 1))

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

/**
 * A recorded run in a line. It has a plateau only if its levels could be measured; else the figure would be the
 * throughput of a low level.
 */
export function tellRun(run: number, { levels, plateau }: RunReport): string {
  const unusable = levels.filter(({ valid }) => !valid).map(({ concurrency }) => String(concurrency))
  const level = levels.find(({ concurrency }) => concurrency === DEMO_LEVEL)
  const throughput = plateau.state === 'reached' ? (plateau.outputTokensPerSecond?.value ?? null) : null
  const figures = [
    ...(level?.valid === true ? [`TPOT at concurrency ${DEMO_LEVEL}: ${formatMs(level.tpotMs?.p50 ?? null)}`] : []),
    ...(throughput === null ? [] : [`plateau ${formatRate(throughput)} tok/s`]),
    ...(unusable.length === 0 ? [] : [`this machine was too busy to measure concurrency ${joinList(unusable)}`]),
  ]
  return joinLines(...wrap(`   run ${run}: ${figures.join('; ')}`, { indent: 10 }))
}

/** What the figures of one run mean, with the truth that only a simulated server knows. */
export function explainLoad(server: readonly string[], report: RunReport): string {
  return joinLines(
    ...wrap(
      `   TTFT, time to the first token, is prefill and queueing. TPOT, time per output token, is decoding. More requests in flight bring more tokens/s until all ${DEMO_SLOTS} slots are full; beyond, requests queue: TTFT jumps and tokens/s stay. That is the plateau.`,
      { indent: 3 },
    ),
    ...wrap(`   ${compareWithFormula(server, report)}`, { indent: 3 }),
  )
}

export const UNCHANGED = joinLines(
  '',
  '2. A pull request that changes nothing is measured and compared',
  '   TTFT and TPOT are means over the levels of main that it has, too.',
)

export const SLOWER = joinLines(
  '',
  `3. A pull request that makes decoding ${SLOWDOWN_PERCENT} % slower is measured and compared`,
  '   What looks worse is measured once more before anything is said.',
)

/** The verdict, and what a workflow would see. */
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

/** The comment without its folded parts, and without the escapes of Markdown. */
export function tellComment(comment: string): string {
  const shown = comment
    .split('</details>')
    .map((part) => part.split('<details>')[0]!.trimEnd())
    .join('')
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replace(/&(lt|gt|amp);/g, (_, name: 'lt' | 'gt' | 'amp') => ({ lt: '<', gt: '>', amp: '&' })[name])
    .replace(/\u200b|<\/?sub>/g, '')
    .trim()
    .split('\n')
    // Table rows and YAML keep their lines.
    .flatMap((line) => (/^(\||\s)/.test(line) ? line : wrap(line, { indent: line.startsWith('- ') ? 2 : 0 })))
  return joinLines(
    '',
    '4. The comment that the pull request would get; the charts and levels that it',
    '   folds are left out here',
    RULE,
    ...shown,
    RULE,
  )
}

/** What did not go as told: part of a sentence for each candidate with another result; null for one not measured yet. */
export function findSurprises(unchanged: Verdict, slower: Verdict | null): string[] {
  const nameWord = ({ verdict }: Verdict): string => `"${verdict.replaceAll('-', ' ')}"`
  return [
    ...(exitCodeOf(unchanged) === 0 ? [] : [`the unchanged candidate came out as ${nameWord(unchanged)}`]),
    ...(slower === null || slower.verdict === 'regressed'
      ? []
      : [`the slower candidate came out as ${nameWord(slower)}`]),
  ]
}

/** Why the story begins again, and how. */
export function tellAgain(surprises: readonly string[], pace: number): string {
  return joinLines(
    '',
    ...wrap(
      `This machine seems too busy for a server as quick as this one: ${joinList(surprises)}. So the story begins again, on a server that is ${pace} times slower and with windows ${pace} times longer, which other work disturbs less. That takes two to four minutes.`,
    ),
  )
}

/** What happened when the story could not be told, and how it would have gone. */
export function tellSurprises(surprises: readonly string[]): string {
  return joinLines(
    '',
    ...wrap(
      `The story did not go as told: ${joinList(surprises)}. This machine is too busy even for the slower server: what it was doing beside was measured as well.`,
    ),
    ...wrap(
      `With time for it, the unchanged candidate passes, and the slower one fails: TPOT about ${SLOWDOWN_PERCENT} % slower, throughput lower, still so in a second look. Close what else is running and try again; a real run takes minutes, and leaves out what this machine was too busy for.`,
    ),
  )
}

/** What it assumed, and how to go on. */
export function tellEnding(folder: string | null): string {
  return joinLines(
    '',
    ...wrap(
      `What this assumed: that runs spread by ${DEMO_SPREAD_PERCENT} % (expected-spread), since so few runs tell little of it, and that each run is of another day. A change below ${DEMO_TOLERANCE_PERCENT} % is never red here (tolerance). A history of eight or ten runs needs no assumption.`,
    ),
    ...(folder === null ? [] : ['', `Look at the history: plateau audit ${join(folder, 'history.json')}`]),
    '',
    'Next: plateau run --endpoint http://your-server:8000 --append',
    'A gate for pull requests: plateau init --endpoint URL, in your repository',
    ...wrap(
      `Without an install write node dist/cli.js for plateau, or npx ./plateau-${VERSION}.tgz where the package is what you have; npm link makes it a command.`,
    ),
  )
}

function joinLines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
