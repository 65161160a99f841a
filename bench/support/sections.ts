/** A bench over simulated histories: tables in sections, each of which can be asked for alone, and what must hold of their figures. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Rate, Study } from './calibration.ts'
import { percent, report } from './result.ts'
import type { Check } from './result.ts'
import { startStudies } from './threads.ts'
import type { Answers, Started } from './threads.ts'

/** Tables that are made of the same studies. */
export interface Section {
  /** By their names; what several sections need is played once. */
  readonly studies: Readonly<Record<string, Study>>
  /** Prints the tables, waiting for their studies, and says what must hold of them. */
  readonly print: (played: Started) => Promise<readonly Check[]>
}

/** A section over those of the studies whose names begin like this, printed when all have been played. */
export function sectionOf(
  studies: Readonly<Record<string, Study>>,
  beginnings: readonly string[],
  print: (answers: Answers) => readonly Check[],
): Section {
  const picked = Object.entries(studies).filter(([name]) => beginnings.some((beginning) => name.startsWith(beginning)))
  return {
    studies: Object.fromEntries(picked),
    async print({ answers, ready }) {
      await ready(picked.map(([name]) => name))
      return print(answers)
    },
  }
}

/**
 * Plays what the command line asks for and prints it, each section when it has been played. `--scale 0.1` does a tenth of the histories; `--only NAME,NAME`
 * these sections; `--append FILE` keeps what was played, so that a run that was stopped goes on where it was; `--threads`, default: one a core.
 */
export async function playSections(
  title: string,
  sectionsAt: (scale: number) => Readonly<Record<string, Section>>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '1' },
      only: { type: 'string' },
      append: { type: 'string' },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const startedAt = Date.now()
  const scale = Number(values.scale)
  if (!(scale > 0)) stop(`--scale is ${values.scale}, and must be a number above 0`)
  const all = sectionsAt(scale)
  const asked = values.only?.split(',') ?? Object.keys(all)
  const unknown = asked.filter((name) => all[name] === undefined)
  if (unknown.length > 0) stop(`no section ${unknown.join(', ')}; there are ${Object.keys(all).join(', ')}`)
  const sections = asked.map((name) => all[name]!)
  const studies = Object.assign({}, ...sections.map((section) => section.studies)) as Record<string, Study>
  const started = startStudies(studies, { scale, threads: Number(values.threads), file: values.append ?? null })
  const checks: Check[] = []
  for (const section of sections) {
    checks.push(...(await section.print(started)))
    console.log(`${describePrecision(Object.keys(section.studies), started)}\n`)
  }
  report(`${title}, --scale ${values.scale}`, checks)
  console.log(`${Math.round((Date.now() - startedAt) / 1000)} s`)
}

function stop(message: string): never {
  console.error(message)
  process.exit(2)
}

/** How sure the figures are that stand without ±. */
function describePrecision(names: readonly string[], { answers }: Started): string {
  const rates: readonly (readonly [string, Rate])[] = names.flatMap((name) =>
    answers.get(name)!.flatMap((answer) => Object.entries(answer.rates)),
  )
  const histories = [...new Set(rates.map(([, rate]) => rate.histories))].sort((a, b) => a - b)
  const worst = Math.max(...rates.map(([, rate]) => rate.standardError))
  return `${histories.join(' or ')} histories a cell; where no ± stands, the standard error is at most ${percent(worst, 1)} points.`
}
