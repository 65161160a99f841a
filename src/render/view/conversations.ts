import type { ConversationFigures } from '../../metrics/level/conversations.ts'
import type { LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { SeriesWorkload } from '../../report/series.ts'
import { loadOf, nameLevel } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { formatCount, formatMs, formatShare, MISSING, pluralise } from '../format.ts'
import { makeFigureColumn, keepUnit, quote, say } from '../sentences.ts'
import type { Sentence, Table } from '../sentences.ts'

/** What conversations came to, level by level, and turn by turn at one level; null where requests stand alone. */
interface ConversationsView {
  /** What they are, without a full stop. */
  readonly what: Sentence
  readonly levels: Table
  /** The turns at the level that `turnsHeading` names. */
  readonly turns: Table
  readonly turnsHeading: string
  readonly note: string
}

/** A level with conversations. */
type Conversing = LevelMetrics & { readonly conversations: ConversationFigures }

/** Puts them into words and tables. */
export function viewConversations(report: RunReport): ConversationsView | null {
  const { workload } = report.series
  const levels = report.levels.filter((level): level is Conversing => level.conversations !== undefined)
  if (levels.length === 0) return null
  const load = loadOf(report.series)
  const shown = chooseLevel(report, levels)
  return {
    what: say`${describeConversations(workload)}${load === 'rate' ? ', which arrive at the rate of the level' : ''}`,
    levels: tabulateLevels(levels, load),
    turns: tabulateTurns(shown.conversations),
    turnsHeading: `Turn by turn at level ${nameLevel(load, shown.concurrency)}`,
    note: writeNote(levels),
  }
}

function describeConversations({ turns, thinkTime = 0, systemPromptTokens = 0 }: SeriesWorkload): Sentence {
  if (turns === undefined) return 'Conversations of the parts that hold some'
  const many =
    turns === 'file' ? 'as many turns as the file has' : turns === '1' ? 'one turn' : say`${quote(turns)} turns`
  const more = [
    ...(thinkTime === 0 ? [] : [', ', showThinkTime(thinkTime), ' of think-time']),
    ...(systemPromptTokens > 0 ? [`, a system prompt of ${pluralise(systemPromptTokens, 'token')}`] : []),
  ]
  return say`Conversations of ${many}${more}`
}

function showThinkTime(time: string | number): Sentence {
  return typeof time === 'number' ? [formatMs(1000 * time)] : say`${quote(time)}`
}

/** The knee, where there is one among them; else the highest that can be used. */
function chooseLevel({ plateau }: RunReport, levels: readonly Conversing[]): Conversing {
  const valid = levels.filter(({ valid }) => valid)
  const knee = valid.find(({ concurrency }) => concurrency === plateau.kneeConcurrency)
  return knee ?? valid.at(-1) ?? levels.at(-1)!
}

function tabulateLevels(levels: readonly Conversing[], load: LoadKind): Table {
  return {
    columns: ['level', 'whole', 'ended early', 'answers p50', 'from first to last p50', 'input cached'].map(
      makeFigureColumn,
    ),
    rows: levels.map(({ concurrency, cachedShare, conversations: { whole, endedEarly, latencyMs, spanMs } }) =>
      [
        nameLevel(load, concurrency),
        formatCount(whole),
        formatCount(endedEarly),
        formatMs(latencyMs),
        formatMs(spanMs),
        formatCached(cachedShare),
      ].map(keepUnit),
    ),
  }
}

function tabulateTurns({ turns }: ConversationFigures): Table {
  return {
    columns: ['turn', 'ok/failed', 'input tokens', 'cached', 'TTFT p50', 'lat. p50'].map(makeFigureColumn),
    rows: turns.map(({ turn, andLater, requests, inputTokens, cachedShare, ttftMs, latencyMs }) =>
      [
        `${turn}${andLater === true ? ' and later' : ''}`,
        `${formatCount(requests.ok)}/${formatCount(requests.failed)}`,
        inputTokens === null ? MISSING : formatCount(Math.round(inputTokens)),
        formatCached(cachedShare),
        formatMs(ttftMs),
        formatMs(latencyMs),
      ].map(keepUnit),
    ),
  }
}

function formatCached(share: number | null): string {
  return share === null ? 'not stated' : formatShare(share)
}

function writeNote(levels: readonly Conversing[]): string {
  // What ended early would not be whole in a longer window either.
  const lacking = levels.some(({ conversations: { whole, endedEarly } }) => whole === 0 && endedEarly === 0)
  const left = levels.some(({ conversations: { endedEarly } }) => endedEarly > 0)
  return [
    'Each turn is sent with all that was said before it, and with the answers that the server gave. A conversation is whole when all its turns were counted; then it has the time of its answers together, and that from its first request to its last token, think-time included.',
    ...(lacking ? ['Where none is whole, the windows are too short for one: raise `level-duration`.'] : []),
    ...(left
      ? [
          'Some ended early: a turn failed, or its answer had no text to go on with (only reasoning, or a tool call); raise `output-tokens` where it is cut in its reasoning.',
        ]
      : []),
  ].join(' ')
}
