/** How often the gate says what, over many simulated histories: the same `takeFirstLook` and `decideVerdict` that judge real runs. */
import type { HistoryEntry } from '../../src/report/history.ts'
import type { EarlierAttempt, SecondLook } from '../../src/report/looks.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import type { Random } from '../../src/random.ts'
import { seedRandom } from '../../src/random.ts'
import { mean, median } from 'simple-statistics'
import { decideVerdict, findOpenGrounds } from '../../src/verdict/decide.ts'
import { takeFirstLook } from '../../src/verdict/look.ts'
import type { DecideInput, ScreenInput } from '../../src/verdict/look.ts'
import { shareFalseAlarmRate } from '../../src/verdict/conclude.ts'
import { buildEntries } from '../../src/report/history-row.ts'
import { recallLadder } from '../../src/gate/recall.ts'
import { DAY_MS, FULL_LADDER, SERIES, simulateRun, UNCHANGED } from '../../test/support/simulated-history.ts'
import type { SimulatedRun, Slowdown, Surroundings, World } from '../../test/support/simulated-history.ts'

export type Policy = DecideInput['policy']

/** The default of `confirm`. */
const CONFIRM_PASSES = 2
/** A session of five levels and three passes of both sides. */
const SESSION_MS = 330_000

/** Histories that grow run by run, and the candidates that are judged against them on the way. */
export interface Study {
  readonly world: World
  /** Judges the runs of main, too: one that it calls regressed or improved opens a segment, rightly or not. */
  readonly policy: Policy
  /** Runs of main are recorded without being judged, so that none opens a segment; default: they are judged. */
  readonly recordsUnjudged?: true
  /** What main is in its workflow run number `group`, from 0; default: always the same. */
  readonly main?: (group: number) => Slowdown
  /** What runs spread by at workflow run number `group`, each metric for itself; default: as the world has it. */
  readonly spreadAt?: (group: number) => number
  /** Rows of each workflow run of main and of each candidate, `runs: n`; default: as the world has it, and one. */
  readonly rows?: { readonly main: number; readonly candidate: number }
  /** When that workflow run starts, since the history began; default: one a day. In ms. */
  readonly startsAt?: (group: number) => number
  /** When the candidates come after so many groups; default: when the next run of main does. */
  readonly asksAt?: (groups: number) => number
  /** Candidates come when the history has so many groups; ascending. */
  readonly groups: readonly number[]
  readonly questions: readonly Question[]
  readonly histories: number
  readonly seed: string
  /** Gates of each pull request, each with a history of its own, of which the first meets the slowdown; default: one. */
  readonly gates?: number
  /** Candidates are measured in up to so many sessions, both sides deployed anew for each; default: in one, which deploys nothing. */
  readonly sessions?: number
  /** Whether the runs of main are measured in as many; default: in one. */
  readonly mainInSessions?: boolean
}

/** A kind of candidate and what to count about its verdicts. */
export interface Question {
  readonly name: string
  /** Against main at that time. */
  readonly slowdown: Slowdown
  /** Then the TPOT is slower by what the report on an unchanged run says that it finds. */
  readonly asNamed?: true
  /** Where it differs from that of the study. */
  readonly policy?: Partial<Policy>
  /** Independent candidates for each history and each number of groups. */
  readonly candidates: number
  /** Each of several gates keeps a false-alarm rate of its own; default: they share one, as in a report job. */
  readonly apart?: true
  /** Asked from so many groups on; default: always. */
  readonly from?: number
  readonly counts: Readonly<Record<string, (verdict: Verdict) => boolean>>
  /** A figure whose mean is asked for, over the verdicts that have it. */
  readonly figure?: (verdict: Verdict) => number | null
}

/** How often something was so, with its standard error over histories: candidates of one history are alike. */
export interface Rate {
  readonly share: number
  readonly standardError: number
  readonly hits: number
  readonly candidates: number
  readonly histories: number
}

/** The answer to one question at one number of groups. */
export interface Answer {
  readonly question: string
  readonly groups: number
  readonly rates: Readonly<Record<string, Rate>>
  /** The mean of the figure that was asked for; null where no verdict had it. */
  readonly mean: number | null
  readonly median: number | null
}

/** Red for no good reason, in whatever way. */
export function isRed({ verdict }: Verdict): boolean {
  return verdict === 'regressed' || verdict === 'not-measured'
}

/** Some of the histories of a study. Each has a seed of its own, so the same comes out whoever plays which of them. */
export interface Part {
  readonly from: number
  readonly to: number
}

/** What was counted of one question at one number of groups, by history in their order. */
export interface Counted {
  readonly question: string
  readonly groups: number
  readonly candidates: number
  readonly hits: Readonly<Record<string, number[]>>
  /** Of all verdicts. */
  readonly figures: number[]
}

/** Runs the whole study. */
export function runStudy(study: Study): Answer[] {
  return answerParts([playPart(study, { from: 0, to: study.histories })])
}

/** Plays some of the histories of the study. */
export function playPart(study: Study, { from, to }: Part): readonly Counted[] {
  const { gates = 1 } = study
  const tallies = study.questions.flatMap((question) =>
    study.groups
      .filter((groups) => groups >= (question.from ?? 0))
      .map((groups): Tally => ({ question, groups, hits: {}, figures: [] })),
  )
  for (let history = from; history < to; history++) {
    const seed = `${study.seed}/${history}`
    let growing = Array.from({ length: gates }, (_, gate): Growing => {
      const random = seedRandom(gates === 1 ? seed : `${seed}/${gate}`)
      return { random, surroundings: study.world.surroundings?.(random) ?? (() => 0), entries: [] }
    })
    for (const tally of tallies) if (tally.groups === 0) ask(study, growing, tally)
    for (let group = 0; group < study.groups.at(-1)!; group++) {
      growing = growing.map((one) => ({ ...one, entries: [...one.entries, ...mainRun(study, one, group)] }))
      for (const tally of tallies) if (tally.groups === group + 1) ask(study, growing, tally)
    }
  }
  return tallies.map(({ question: { name, candidates }, ...rest }) => ({ question: name, candidates, ...rest }))
}

/** What the parts of a study come to together, in the order of their histories. */
export function answerParts(parts: readonly (readonly Counted[])[]): Answer[] {
  return parts[0]!.map(({ question, groups, candidates, hits }, i) => {
    const figures = parts.flatMap((part) => part[i]!.figures)
    return {
      question,
      groups,
      rates: Object.fromEntries(
        Object.keys(hits).map((name) => [
          name,
          rateOf(
            parts.flatMap((part) => part[i]!.hits[name]!),
            candidates,
          ),
        ]),
      ),
      mean: figures.length === 0 ? null : mean(figures),
      median: figures.length === 0 ? null : median(figures),
    }
  })
}

/** One history as far as it has grown. */
export interface Growing {
  readonly random: Random
  readonly surroundings: Surroundings
  readonly entries: readonly HistoryEntry[]
}

interface Tally {
  readonly question: Question
  readonly groups: number
  readonly hits: Record<string, number[]>
  readonly figures: number[]
}

/** One run of main a day. */
function startDaily(group: number): number {
  return group * DAY_MS
}

/** The world as it is at that workflow run. */
function worldAt({ world, spreadAt }: Study, group: number): World {
  return spreadAt === undefined ? world : { ...world, spread: spreadAt(group) }
}

/** A run of main, judged like a candidate and recorded whatever comes out. */
export function mainRun(
  study: Study,
  { random, surroundings, entries }: Growing,
  group: number,
): readonly HistoryEntry[] {
  const { policy, main, rows, startsAt = startDaily, sessions, mainInSessions = false } = study
  const world = worldAt(study, group)
  const ms = startsAt(group)
  const around = surroundings({ group, ms, recorded: true })
  const measure = (session: number): SimulatedRun =>
    simulateRun(world, random, {
      slowdown: main?.(group) ?? UNCHANGED,
      main: main?.(group) ?? UNCHANGED,
      levels: recallLadder(entries, SERIES)?.map(({ level }) => level) ?? FULL_LADDER,
      ms: ms + session * SESSION_MS,
      surroundings: around,
      rows: rows?.main ?? (!mainInSessions && random() < world.twoRows ? 2 : 1),
    })
  const source = { sha: `main${group}`, ref: 'main', runId: String(group), attempt: 1, event: 'push', url: null }
  const run = measure(0)
  if (study.recordsUnjudged === true)
    return run.rows.map((row, i) => {
      const control = run.controls[i]
      return { row, ...(control !== undefined && { control }), source, verdict: 'no-change-seen', segments: {} }
    })
  if (!mainInSessions) return buildEntries(judge(policy, entries, run), run.rows, source, run.controls)
  const inSessions = (session: number): SimulatedRun => (session === 0 ? run : measure(session))
  const verdict = judgeSessions(policy, entries, { most: sessions!, measure: inSessions })
  return buildEntries(verdict, run.rows, source, run.controls)
}

function ask(study: Study, gates: readonly Growing[], { question, groups, hits, figures }: Tally): void {
  const counted = Object.entries(question.counts)
  const now = new Map(counted.map(([name]) => [name, 0]))
  for (let i = 0; i < question.candidates; i++) {
    const named =
      question.asNamed === true ? readNamed(askOne(study, gates[0]!, { question, groups, slowdown: UNCHANGED })) : 0
    const slowdown = { ...question.slowdown, tpot: question.slowdown.tpot * (1 + named) }
    const alone = gates.map((gate, g) =>
      askOne(study, gate, { question, groups, slowdown: g === 0 ? slowdown : UNCHANGED }),
    )
    const verdicts = question.apart === true ? alone : shareFalseAlarmRate(alone)
    const figure = question.figure?.(verdicts[0]!) ?? null
    if (figure !== null) figures.push(figure)
    for (const [name, counts] of counted) if (verdicts.some(counts)) now.set(name, now.get(name)! + 1)
  }
  for (const [name, count] of now) (hits[name] ??= []).push(count)
}

/** The verdict of one gate on one candidate. */
function askOne(
  study: Study,
  { random, surroundings, entries }: Growing,
  { question, groups, slowdown }: Pick<Tally, 'question' | 'groups'> & Pick<Question, 'slowdown'>,
): Verdict {
  const { policy, main, rows, startsAt = startDaily, asksAt = startsAt, sessions } = study
  const world = worldAt(study, groups)
  const now = main?.(groups - 1) ?? UNCHANGED
  const ms = asksAt(groups)
  const around = surroundings({ group: groups, ms, recorded: false })
  const measure = (session: number): SimulatedRun =>
    simulateRun(world, random, {
      main: now,
      slowdown: {
        ttft: now.ttft * slowdown.ttft,
        tpot: now.tpot * slowdown.tpot,
        throughput: now.throughput * slowdown.throughput,
      },
      levels: recallLadder(entries, SERIES)?.map(({ level }) => level) ?? FULL_LADDER,
      ms: ms + session * SESSION_MS,
      surroundings: around,
      rows: rows?.candidate ?? 1,
    })
  const asked = { ...policy, ...question.policy }
  if (sessions === undefined) return judge(asked, entries, measure(0))
  return judgeSessions(asked, entries, { most: sessions, measure })
}

/** How much slower a TPOT is that the report says to find in four of five runs. */
function readNamed({ comparisons }: Verdict): number {
  return comparisons.find(({ metric }) => metric === 'tpot-p50')?.smallestVisible ?? 0
}

function inputOf(policy: Policy, entries: readonly HistoryEntry[], runs: readonly SimulatedRun[]): ScreenInput {
  const controls = runs.flatMap((run) => run.controls)
  return {
    candidates: runs.flatMap((run) => run.rows),
    ...(controls.length > 0 && { controls }),
    baseline: { entries, origin: 'a simulation', ancestor: true, passedOver: [], unreadable: null },
    policy,
    limits: [],
    trouble: null,
    accepted: [],
  }
}

/** As the gate does it: what screens is looked at again in fresh passes. What does not is decided by its only look. */
export function judge(policy: Policy, entries: readonly HistoryEntry[], run: SimulatedRun): Verdict {
  return judgeAttempt(policy, entries, run, []).verdict
}

/** The same after earlier attempts, with what a later one counts. */
export function judgeAttempt(
  policy: Policy,
  entries: readonly HistoryEntry[],
  run: SimulatedRun,
  earlier: readonly EarlierAttempt[],
): { readonly verdict: Verdict; readonly attempt: EarlierAttempt } {
  const input = { ...inputOf(policy, entries, [run]), ...(earlier.length > 0 && { earlier }) }
  const first = takeFirstLook(input)
  const levels = first?.screening.levels ?? []
  const secondLook: SecondLook = levels.length === 0 ? 'none' : run.measureAgain(levels, CONFIRM_PASSES)
  const verdict = decideVerdict({ ...input, secondLook }, first)
  const { candidates, controls } = input
  const attempt = {
    attempt: earlier.length + 1,
    verdict: verdict.verdict,
    candidates,
    ...(controls !== undefined && { controls }),
    secondLook,
  }
  return { verdict, attempt }
}

/** As the gate does it where sessions deploy both sides anew: one after another, until it is decided. */
function judgeSessions(
  policy: Policy,
  entries: readonly HistoryEntry[],
  { most, measure }: { readonly most: number; readonly measure: (session: number) => SimulatedRun },
): Verdict {
  const runs: SimulatedRun[] = []
  for (;;) {
    runs.push(measure(runs.length))
    const input = { ...inputOf(policy, entries, runs), sessions: { fresh: true, most } }
    if (runs.length === most || findOpenGrounds(input).length === 0)
      return decideVerdict({ ...input, secondLook: 'none' })
  }
}

/** The share and its standard error from hits by history, with as many candidates in each. */
function rateOf(hits: readonly number[], candidates: number): Rate {
  const histories = hits.length
  const total = hits.reduce((sum, count) => sum + count, 0)
  const average = total / histories
  const squares = hits.reduce((sum, count) => sum + (count - average) ** 2, 0)
  return {
    share: average / candidates,
    standardError: Math.sqrt(squares / Math.max(1, histories - 1) / histories) / candidates,
    hits: total,
    candidates: histories * candidates,
    histories,
  }
}
