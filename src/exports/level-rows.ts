import { figureOf, figureOfScenario, figureOfTurn } from '../metrics/level/level-metrics.ts'
import type { TurnFigures } from '../metrics/level/conversations.ts'
import type { LevelFigures, LevelMetrics } from '../metrics/level/level-metrics.ts'
import type { ScenarioFigures } from '../metrics/level/mixed-scenarios.ts'
import type { MetricName } from '../vocabulary/metrics.ts'

/** The figures of one stretch or one kind of a level's requests. */
export interface LevelRow {
  readonly pass: number | 'all'
  /** Of a mix: the scenario whose requests these are. Null: those of all. */
  readonly part: string | null
  /** Of conversations: the turn whose requests these are, `10+` where all later ones are with it. Null: those of all. */
  readonly turn: string | null
  readonly counts: RowCounts
  /** As `figureOf`; null also for what is not known of parts and turns. */
  figure(metric: MetricName): number | null
}

/** What a row has besides the metrics; null: not known. A part and a turn have no window of their own. */
interface RowCounts {
  readonly windowSeconds: number | null
  readonly ok: number
  readonly failed: number
  readonly short: number | null
  readonly inFlight: number | null
  /** Mean input tokens of a request that succeeded, as the server counts them. */
  readonly inputTokens: number | null
  /** The share of them that a prefix cache held. */
  readonly cachedShare: number | null
}

/** Of each pass, of all passes together, and of these each part of a mix and each turn of conversations. */
export function listLevelRows({ passes, parts = [], conversations, ...pooled }: LevelMetrics): LevelRow[] {
  return [
    ...passes.map((figures) => rowOfWhole(figures.pass, figures)),
    rowOfWhole('all', pooled),
    ...parts.map(rowOfPart),
    ...(conversations?.turns.map(rowOfTurn) ?? []),
  ]
}

function rowOfWhole(pass: LevelRow['pass'], figures: LevelFigures): LevelRow {
  const { windowSeconds, requests, inFlight, cachedShare } = figures
  return {
    pass,
    part: null,
    turn: null,
    counts: { windowSeconds, ...requests, inFlight: inFlight.mean, inputTokens: null, cachedShare },
    figure: (metric) => figureOf(figures, metric),
  }
}

const NO_WINDOW = { windowSeconds: null, short: null, inFlight: null } as const

function rowOfPart(part: ScenarioFigures): LevelRow {
  const { name, requests, inputTokens } = part
  return {
    pass: 'all',
    part: name,
    turn: null,
    counts: {
      ...NO_WINDOW,
      ...requests,
      inputTokens: requests.ok === 0 ? null : inputTokens / requests.ok,
      cachedShare: null,
    },
    figure: (metric) => figureOfScenario(part, metric),
  }
}

function rowOfTurn(figures: TurnFigures): LevelRow {
  const { turn, andLater, requests, inputTokens, cachedShare } = figures
  return {
    pass: 'all',
    part: null,
    turn: `${turn}${andLater === true ? '+' : ''}`,
    counts: { ...NO_WINDOW, ...requests, inputTokens, cachedShare },
    figure: (metric) => figureOfTurn(figures, metric),
  }
}
