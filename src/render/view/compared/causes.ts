import { listClues } from '../../../report/clues.ts'
import type { RunReport } from '../../../report/run-report.ts'
import { looksGood } from '../../../report/verdict.ts'
import type { Comparison, Verdict } from '../../../report/verdict.ts'
import type { Clue, Clues } from '../../../report/clues.ts'
import { loadOf, spellLevels } from '../../../vocabulary/load.ts'
import type { LoadKind } from '../../../vocabulary/load.ts'
import { formatConcurrency, formatLevel, formatMs, formatRate, formatShare } from '../../../words/format.ts'
import { worseningOf, findMoved, hasMoved, isOfFamily } from '../../../words/metric-words.ts'
import type { FamilyOrPlateau } from '../../../words/metric-words.ts'
import { nameSide } from '../input.ts'
import type { RunNames, ViewSituation } from '../input.ts'
import { listCluesAside } from '../clues.ts'

/**
 * What a slowdown looks like: a sentence for each known pattern, by what was measured on both sides and never where a figure of either is
 * missing. It is a hint, and nothing is decided by it.
 */

/** A sentence for each pattern that a run which is not green shows; null where it shows none. */
export function describeCauses(
  { report, verdict }: Pick<ViewSituation, 'report' | 'verdict'>,
  names: RunNames,
): string | null {
  const both = pairClues(report, verdict, names)
  const isGreen = looksGood(verdict.verdict) || verdict.verdict === 'accepted'
  const throttling = isGreen ? null : describeThrottling(both)
  const causes = [...(throttling === null ? [] : [throttling]), ...listCauses(verdict.comparisons, both)]
  if (causes.length === 0) return null
  return causes.map((cause, i) => `${i === 0 ? 'Looks like' : 'Also like'} ${cause}`).join(' ')
}

/** The run beside its control or, without one, beside what was recorded; null where either tells nothing. */
function pairClues(report: RunReport | null, verdict: Verdict, names: RunNames): CluesOfBoth | null {
  const [aside] = listCluesAside(verdict, names)
  if (report === null || aside === undefined) return null
  return {
    now: new Map(report.levels.map((level) => [level.concurrency, listClues(level)])),
    before: aside.at,
    beside: nameSide(aside.label),
    load: loadOf(report.series),
  }
}

/** What may say why, on both sides, by level. */
export interface CluesOfBoth {
  readonly now: ReadonlyMap<number, Clues>
  readonly before: ReadonlyMap<number, Clues>
  /** What a sentence calls the other side: `main`. */
  readonly beside: string
  readonly load: LoadKind
}

/** What it looks like, the clearest first, each to follow "looks like"; none where nothing points anywhere. */
export function listCauses(comparisons: readonly Comparison[], both: CluesOfBoth | null): string[] {
  const moved = findMoved(comparisons)
  const find = (what: FamilyOrPlateau) => moved.find((comparison) => isOfFamily(comparison, what)) ?? null
  const isSteady = (what: FamilyOrPlateau) =>
    comparisons.some((comparison) => isOfFamily(comparison, what) && isSteadyIn(comparison))
  const [ttft, tpot] = [find('ttft'), find('tpot') ?? find('inter-chunk')]
  const follows = ttft !== null && tpot !== null && growsNoMore(ttft, tpot)
  const ttftRule = applyRules(follows ? TTFT_RULES : [...TTFT_RULES, QUEUE], ttft, both)
  const tpotRule = applyRules(TPOT_RULES, tpot, both)
  if (ttft !== null && tpot !== null) {
    if (ttftRule === null && tpotRule === null && !growsWithLoad(ttft)) {
      return areHeldUp(ttft, tpot)
        ? ['prefill: the first token comes later at any load, and the tokens of other requests wait meanwhile.']
        : ['prefill and decode: every step is slower.']
    }
    if (ttftRule === null && follows)
      return [
        tpotRule ?? 'decode: tokens after the first come slower, and with many requests the first waits for them.',
      ]
    return joinCauses([tpotRule ?? describeDecode(false), ttftRule ?? describeFirstToken(ttft, both, false)])
  }
  if (tpot !== null) return [tpotRule ?? describeDecode(isSteady('ttft'))]
  if (ttft !== null) return joinCauses([ttftRule ?? describeFirstToken(ttft, both, isSteady('tpot'))])
  if (find('ttfo') !== null) return ['reasoning: the answer starts later.']
  const latency = find('latency')
  if (latency !== null)
    return [applyRules(LATENCY_RULES, latency, both) ?? 'the whole request: it is slower from end to end.']
  const plateau = find('plateau')
  const plateauRule = applyRules(PLATEAU_RULES, plateau, both)
  if (plateauRule !== null) return [plateauRule]
  if (plateau !== null && isSteady('tpot'))
    return ['capacity: a single request is as fast as before, but fewer are served at once.']
  return []
}

/** That the endpoint refuses a larger share of the requests for their rate than before, at the level where it grew most; null where it did not grow. */
export function describeThrottling(both: CluesOfBoth | null): string | null {
  if (both === null) return null
  const grown = [...both.now].flatMap(([level, now]) => {
    const before = both.before.get(level)?.refusedShare
    if (now.refusedShare === undefined || before === undefined) return []
    return [{ level, now: now.refusedShare, before, by: now.refusedShare - before }]
  })
  if (grown.length === 0) return null
  const most = grown.reduce((a, b) => (b.by > a.by ? b : a))
  if (most.by < REFUSED_MORE) return null
  return `throttling: at ${nameLevel(both, most.level)} the endpoint refused ${formatShare(most.now)} of the requests with 429 (${both.beside}: ${formatShare(most.before)}).`
}

const REFUSED_MORE = 0.01

/** Each once: the same cause may stand behind both times. */
function joinCauses(causes: readonly (string | null)[]): string[] {
  return [...new Set(causes.flatMap((cause) => cause ?? []))]
}

function describeDecode(isFirstSteady: boolean): string {
  return `decode: tokens after the first come slower${isFirstSteady ? '; the first comes as before' : ''}.`
}

/** By the levels at which it moved; null where the server's queue says otherwise. */
function describeFirstToken(ttft: Comparison, both: CluesOfBoth | null, areOthersSteady: boolean): string | null {
  if (!growsWithLoad(ttft)) {
    return `prefill: the first token comes later at any load${areOthersSteady ? '; those after it come as before' : ''}.`
  }
  const isQueueKnown = both !== null && findEvidence(ttft, both, ['serverQueueMs']) !== null
  return isQueueKnown ? null : 'queueing: with few requests the first token comes as before, with many it waits.'
}

/** Both sides at the level where a metric worsened most, of those at which both have these clues. */
interface Evidence {
  readonly at: string
  readonly beside: string
  /** By how many milliseconds the metric rose there; meaningless for a rate. */
  readonly risenMs: number
  readonly now: Required<Clues>
  readonly before: Required<Clues>
}

/** A pattern that shows in figures of both sides. */
interface Rule {
  readonly needs: readonly Clue[]
  /** Its sentence; null where the figures do not show it. */
  readonly tell: (evidence: Evidence) => string | null
}

/** The first that the figures show; null where none does. */
function applyRules(rules: readonly Rule[], comparison: Comparison | null, both: CluesOfBoth | null): string | null {
  if (comparison === null || both === null) return null
  for (const { needs, tell } of rules) {
    const evidence = findEvidence(comparison, both, needs)
    const sentence = evidence === null ? null : tell(evidence)
    if (sentence !== null) return sentence
  }
  return null
}

function findEvidence(comparison: Comparison, both: CluesOfBoth, needs: readonly Clue[]): Evidence | null {
  const { byLevel, better } = comparison
  const knows = (clues: Clues | undefined) => clues !== undefined && needs.every((clue) => clues[clue] !== undefined)
  const known = byLevel
    .filter(({ concurrency }) => knows(both.now.get(concurrency)) && knows(both.before.get(concurrency)))
    .toSorted((a, b) => worseningOf(better, b.change) - worseningOf(better, a.change))
  const [worst] = known
  if (worst === undefined || !hasMoved(comparison, worseningOf(better, worst.change))) return null
  return {
    at: nameLevel(both, worst.concurrency),
    beside: both.beside,
    risenMs: worst.candidate - worst.baseline,
    now: both.now.get(worst.concurrency) as Required<Clues>,
    before: both.before.get(worst.concurrency) as Required<Clues>,
  }
}

function nameLevel({ load }: CluesOfBoth, level: number): string {
  return spellLevels(load, formatLevel(load, level))
}

/** The share of a rise that explains it. */
const MOST_OF_IT = 0.5

/** This machine itself was later than before. */
const CLIENT: Rule = {
  needs: ['clientDelayMs'],
  tell: ({ at, beside, risenMs, now, before }) =>
    now.clientDelayMs > before.clientDelayMs && now.clientDelayMs - before.clientDelayMs >= MOST_OF_IT * risenMs
      ? `this machine, not the server: at ${at} its own delay makes times up to ${formatMs(now.clientDelayMs)} too long (${beside}: ${formatMs(before.clientDelayMs)}).`
      : null,
}

/** Smaller rises are what slightly different sets of requests differ by. */
const FLOOR_MS = 5
const FLOOR_SHARE = 0.05

/** What the server does not see lies between it and this machine. */
const [WAY_OF_FIRST, WAY_OF_OTHERS] = [
  seeOnTheWay('mean TTFT', 'clientTtftMs', 'serverTtftMs', FLOOR_MS),
  seeOnTheWay('mean TPOT', 'clientTpotMs', 'serverTpotMs', 0),
]

function seeOnTheWay(what: string, client: Clue, server: Clue, floorMs: number): Rule {
  return {
    needs: [client, server],
    tell({ at, now, before }) {
      const [here, there] = [now[client] - before[client], now[server] - before[server]]
      if (here < floorMs || here < FLOOR_SHARE * before[client] || there > here / 4) return null
      const seen = there <= 0 ? 'not at all' : `by ${formatMs(there)}`
      return `the way to the server: at ${at} the ${what} rose by ${formatMs(here)} on this machine and ${seen} by the server’s own clock.`
    },
  }
}

/** Points of the prompt tokens by which a cache must serve fewer. */
const FEWER_HITS = 0.05

/** Fewer prompt tokens come from the prefix cache, by the server's counters or, without those, by its answers. */
const [FEWER_CACHE_HITS, FEWER_CACHED_TOKENS] = [seeMisses('prefixHitShare'), seeMisses('cachedShare')]

function seeMisses(share: Clue): Rule {
  return {
    needs: [share],
    tell: ({ at, beside, now, before }) =>
      before[share] - now[share] >= FEWER_HITS
        ? `the prefix cache: ${formatShare(now[share])} of the prompt tokens come from it at ${at} (${beside}: ${formatShare(before[share])}), the others are computed.`
        : null,
  }
}

/** Requests are evicted from the KV cache, and their work is done again. */
const EVICTIONS: Rule = {
  needs: ['preemptions'],
  tell: ({ at, beside, now: { preemptions }, before }) =>
    preemptions >= 0.01 && preemptions >= 2 * before.preemptions
      ? `a full KV cache: at ${at} running requests were evicted ${formatRate(100 * preemptions)} times for 100 requests (${beside}: ${formatRate(100 * before.preemptions)}), and their work is done again.`
      : null,
}

/**
 * Requests at work or waiting are medians of whole numbers that are read now and then: where the load lies between two numbers, either may
 * come out. Only what moved by more than this is a change.
 */
const STRAY_REQUESTS = 1

/** The KV cache has become full, and requests wait for room in it. */
const FULL_CACHE: Rule = {
  needs: ['kvCacheUsage', 'waiting'],
  tell: ({ at, beside, now, before }) =>
    now.kvCacheUsage >= 0.9 && before.kvCacheUsage <= 0.8 && now.waiting > before.waiting + STRAY_REQUESTS
      ? `a full KV cache: ${formatShare(now.kvCacheUsage)} of it is in use at ${at} and ${formatConcurrency(now.waiting)} requests wait (${beside}: ${formatShare(before.kvCacheUsage)} and ${formatConcurrency(before.waiting)}).`
      : null,
}

/**
 * Fewer requests are worked on at once, and more wait. Where requests wait on both sides, as many are worked on as the limit allows,
 * which does not stray: one fewer is a change.
 */
const LOWER_BATCH: Rule = {
  needs: ['running', 'waiting'],
  tell({ at, beside, now, before }) {
    const [fewer, more] = [before.running - now.running, now.waiting - before.waiting]
    const isFull = before.waiting > STRAY_REQUESTS
    const isChange = isFull ? Math.min(fewer, more) >= 1 : Math.min(fewer, more) > STRAY_REQUESTS
    return isChange && now.running <= 0.9 * before.running
      ? `a lower batch limit: at ${at} the server works on ${formatConcurrency(now.running)} requests at once and ${formatConcurrency(now.waiting)} wait (${beside}: ${formatConcurrency(before.running)} and ${formatConcurrency(before.waiting)}).`
      : null
  },
}

/** More requests are worked on at once, which share every step. */
const LARGER_BATCH: Rule = {
  needs: ['running'],
  tell: ({ at, beside, now, before }) =>
    now.running >= 1.15 * before.running && now.running > before.running + STRAY_REQUESTS
      ? `larger batches: at ${at} the server works on ${formatConcurrency(now.running)} requests at once (${beside}: ${formatConcurrency(before.running)}), which share each of its steps.`
      : null,
}

/** A request waits longer in the server's own queue. */
const QUEUE: Rule = {
  needs: ['serverQueueMs'],
  tell: ({ at, beside, risenMs, now, before }) =>
    now.serverQueueMs > before.serverQueueMs && now.serverQueueMs - before.serverQueueMs >= MOST_OF_IT * risenMs
      ? `queueing: at ${at} a request waits ${formatMs(now.serverQueueMs)} in the server’s queue (${beside}: ${formatMs(before.serverQueueMs)}).`
      : null,
}

// The first that holds is said: what lies outside the server before what lies in it, and a cause before the queue that follows from it;
// of TTFT that is the last rule, where the queue does not follow from slower tokens.
const TTFT_RULES = [CLIENT, WAY_OF_FIRST, FEWER_CACHE_HITS, FEWER_CACHED_TOKENS, EVICTIONS, FULL_CACHE, LOWER_BATCH]
const TPOT_RULES = [WAY_OF_OTHERS, EVICTIONS, LARGER_BATCH]
const LATENCY_RULES = [CLIENT, EVICTIONS, FULL_CACHE, LOWER_BATCH, QUEUE]
const PLATEAU_RULES = [EVICTIONS, FULL_CACHE, LOWER_BATCH]

/** Equal slowdowns of both times seldom measure further apart than by this factor. */
const SAME_SLOWDOWN = 1.25

/**
 * Whether TTFT worsened nowhere by more than TPOT did. Then it needs no cause of its own: where every step takes 30 % longer, so does
 * a wait for others to end, in whichever queue.
 */
function growsNoMore(ttft: Comparison, tpot: Comparison): boolean {
  const slower = mapWorsening(tpot)
  return [...mapWorsening(ttft)].every(
    ([level, worsening]) => !hasMoved(ttft, worsening) || worsening <= SAME_SLOWDOWN * (slower.get(level) ?? 0),
  )
}

/** How much worse a metric is at each level. */
function mapWorsening({ byLevel, better }: Comparison): ReadonlyMap<number, number> {
  return new Map(byLevel.map(({ concurrency, change }) => [concurrency, worseningOf(better, change)]))
}

/** Where every step takes longer, TTFT seldom worsens by this many times what TPOT does. */
const FAR_MORE = 2

/**
 * Whether tokens after the first may come later only because prefills of other requests take longer, between which they are made: a lone
 * request has no others, and TTFT worsened by far more wherever TPOT did.
 */
function areHeldUp(ttft: Comparison, tpot: Comparison): boolean {
  const later = mapWorsening(ttft)
  return [...mapWorsening(tpot)].every(
    ([level, worsening]) =>
      !hasMoved(tpot, worsening) || (level > 1 && (later.get(level) ?? 0) >= FAR_MORE * worsening),
  )
}

/** Whether the lowest level is as before and the highest is not. */
function growsWithLoad(comparison: Comparison): boolean {
  const ladder = [...mapWorsening(comparison)].sort(([a], [b]) => a - b)
  const hasMovedAt = (i: number): boolean => hasMoved(comparison, ladder.at(i)![1])
  return ladder.length > 1 && !hasMovedAt(0) && hasMovedAt(-1)
}

/** Whether it is as before; a move that is large but not proven is neither that nor a cause. */
function isSteadyIn({ verdict, change, tolerance }: Comparison): boolean {
  return looksGood(verdict) && change !== null && Math.abs(change) <= tolerance
}
