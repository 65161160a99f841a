import { z } from 'zod'
import { decodeAttempt, MOST_ATTEMPTS } from './looks.ts'
import type { EarlierAttempt, FreshPasses } from './looks.ts'
import type { HistoryRow, RowPass } from './history.ts'
import type { ReportLimit } from './run-report.ts'
import { ROW_FIGURES } from './history.ts'
import { roundFigure } from './history-row.ts'
import { figure } from './strict-json.ts'

/**
 * What attempts measured, hidden in our comment as compactly as possible: GitHub drops the artifacts of earlier
 * attempts when all jobs are run again.
 */
type HiddenAttempts = Readonly<Record<string, AttemptsOfRun>>

/** Attempts of one name in one workflow run, oldest first. */
interface AttemptsOfRun {
  readonly runId: number
  readonly attempts: readonly EarlierAttempt[]
}

const START = '<!-- plateau-attempts '
const END = ' -->'
/** Characters; a comment holds 65,536, and its visible text needs the rest. */
export const MOST_HIDDEN = 20_000
const MOST_NAMES = 200

/** The text for a comment; what does not fit is left out, the oldest attempts first. */
export function encodeHiddenAttempts(all: HiddenAttempts): string {
  const packed: Record<string, unknown> = {}
  let room = MOST_HIDDEN - START.length - END.length - packText({}).length
  for (const [name, { runId, attempts }] of Object.entries(all)) {
    for (let from = 0; from < attempts.length; from++) {
      const some = { run: runId, attempts: attempts.slice(from).map(packAttempt) }
      const { length } = packText({ [name]: some })
      if (length > room) continue
      packed[name] = some
      room -= length
      break
    }
  }
  return Object.keys(packed).length === 0 ? '' : `${START}${packText(packed)}${END}`
}

/** Escapes `>`, so that no text of others can end the HTML comment; browsers also end one at `--!>`. */
function packText(packed: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ figures: ROW_FIGURES, names: packed }).replaceAll('>', String.raw`\u003e`)
}

/** Reads what the first line of our comment hides; nothing where it is not exactly our format. */
export function readHiddenAttempts(body: string): HiddenAttempts {
  const line = body.split('\n', 1)[0]!
  const start = line.indexOf(START)
  const end = line.indexOf(END, start)
  if (start === -1 || end === -1 || end - start > MOST_HIDDEN) return {}
  try {
    const { names } = hiddenSchema.parse(JSON.parse(line.slice(start + START.length, end)))
    return Object.fromEntries(
      Object.entries(names)
        .slice(0, MOST_NAMES)
        .map(([name, { run, attempts }]) => [name, { runId: run, attempts: attempts.map(unpackAttempt) }]),
    )
  } catch {
    return {}
  }
}

/** What succeeded and failed, the figures in their order, 0 for one that was not measured, and the text of the tokens. */
const packedPass = z.tuple([figure, figure, z.array(figure).length(ROW_FIGURES.length), z.array(figure).max(2)])
const packedLevel = z.tuple([figure, z.boolean(), z.string().max(20), z.array(packedPass).max(100), z.unknown()])
const packedRow = z.object({ at: z.string().max(40), rest: z.unknown(), levels: z.array(packedLevel).max(100) })
const packedLimit = z.tuple([
  z.string(),
  figure.nullable(),
  z.string().max(20),
  z.number().nullable(),
  z.number().nullable(),
])
const packedAttempt = z.object({
  attempt: figure,
  run: z.int().min(0).optional(),
  verdict: z.string().max(40),
  series: z.unknown(),
  build: z.string().max(200).optional(),
  sessions: z.unknown().optional(),
  candidates: z.array(packedRow).min(1).max(100),
  controls: z.array(packedRow.nullable()).max(100).optional(),
  secondLook: z.union([z.string().max(20), packedRow]),
  secondControl: packedRow.optional(),
  limits: z.array(packedLimit).max(1000).optional(),
})
const hiddenSchema = z.object({
  figures: z.tuple(ROW_FIGURES.map((name) => z.literal(name)) as [z.ZodLiteral, ...z.ZodLiteral[]]),
  names: z.record(
    z.string().regex(/^[a-z0-9-]{1,64}$/),
    z.object({ run: z.int().min(0), attempts: z.array(packedAttempt).max(MOST_ATTEMPTS) }),
  ),
})

type PackedRow = z.infer<typeof packedRow>
type PackedAttempt = z.infer<typeof packedAttempt>

function packAttempt(attempt: EarlierAttempt): PackedAttempt {
  const { candidates, controls, sessions, secondLook, verdict, limits } = attempt
  const { series, context } = candidates[0]!
  return {
    attempt: attempt.attempt,
    run: attempt.run,
    verdict,
    series,
    build: context.build,
    sessions,
    candidates: candidates.map(packRow),
    controls: controls?.map((row) => (row === null ? null : packRow(row))),
    ...(typeof secondLook === 'string' ? { secondLook } : packPasses(secondLook)),
    limits: limits?.map(packLimit),
  }
}

function packPasses({ row, control }: FreshPasses): Pick<PackedAttempt, 'secondLook' | 'secondControl'> {
  return { secondLook: packRow(row), secondControl: control === null ? undefined : packRow(control) }
}

function packLimit({ limit, concurrency, outcome, value, bound }: ReportLimit): z.infer<typeof packedLimit> {
  const round = (figure: number | null) => (figure === null ? null : roundFigure(figure))
  return [limit, concurrency, outcome, round(value), round(bound)]
}

function packRow({ startedAt, levels, throughputMetric, plateauState, within, slo, traits }: HistoryRow): PackedRow {
  return {
    at: startedAt,
    rest: { throughputMetric, plateauState, within, slo, traits },
    levels: levels.map(({ concurrency, valid, state, passes, tails }) => [
      concurrency,
      valid,
      state,
      passes.map(packPass),
      tails,
    ]),
  }
}

function packPass({ ok, failed, figures, tokenText }: RowPass): PackedRow['levels'][number][3][number] {
  const texts = tokenText === undefined ? [] : [tokenText.charactersPerToken, tokenText.tokensPerEvent]
  return [ok, failed, ROW_FIGURES.map((name) => roundFigure(figures[name] ?? 0)), texts.map(roundFigure)]
}

/** Unpacks an attempt and checks it by the same rules as the looks of an artifact. */
function unpackAttempt({ series, build, ...packed }: PackedAttempt): EarlierAttempt {
  const { candidates, controls, secondLook, secondControl, limits } = packed
  const unpack = (row: PackedRow): unknown => unpackRow(row, series, build)
  return decodeAttempt(
    JSON.stringify({
      ...packed,
      candidates: candidates.map(unpack),
      controls: controls?.map((row) => (row === null ? null : unpack(row))),
      secondLook: typeof secondLook === 'string' ? secondLook : unpack(secondLook),
      secondControl: secondControl && unpack(secondControl),
      limits: limits?.map(([limit, concurrency, outcome, value, bound]) => {
        return { limit, concurrency, outcome, value, bound, reason: null }
      }),
    }),
  )
}

/** Stands for what the comment does not hold: host, model and runner. */
const CONTEXT = {
  endpointLabel: '',
  model: null,
  servedModel: null,
  runner: { environment: '', os: '', arch: '', cpuCount: 0 },
  node: '',
}

function unpackRow({ at, rest, levels }: PackedRow, series: unknown, build: string | undefined): unknown {
  return {
    ...(typeof rest === 'object' ? rest : {}),
    startedAt: at,
    series,
    context: { ...CONTEXT, build },
    levels: levels.map(([concurrency, valid, state, passes, tails]) => ({
      concurrency,
      valid,
      state,
      tails,
      passes: passes.map(unpackPass),
    })),
  }
}

function unpackPass([ok, failed, figures, texts]: PackedRow['levels'][number][3][number]): unknown {
  const [charactersPerToken, tokensPerEvent] = texts
  return {
    ok,
    failed,
    figures: Object.fromEntries(figures.flatMap((figure, i) => (figure === 0 ? [] : [[ROW_FIGURES[i]!, figure]]))),
    ...(charactersPerToken !== undefined &&
      tokensPerEvent !== undefined && { tokenText: { charactersPerToken, tokensPerEvent } }),
  }
}
