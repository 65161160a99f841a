import type { MainStep } from '../verdict/history/main-steps.ts'
import { formatChange, formatDay, formatSha, pluralise } from './format.ts'
import { betterOf, nameOf } from './metric-words.ts'
import { linkTo, quote, say } from './sentences.ts'
import type { Sentence } from './sentences.ts'

/** For example `2026-09-09: TPOT +30.0 %, between 1a2b3c4 and 2b3c4d5, 8 points at the new level; accepted`. */
export function describeStep(
  { metric, ofPlateau, startedAt, after, sha, change, points, accepted, provisional }: MainStep,
  { range = null, news = [] }: { readonly range?: string | null; readonly news?: readonly Sentence[] } = {},
): Sentence {
  const commits =
    sha === null
      ? ''
      : after === null
        ? say`, with ${linkTo(showCommit(sha), range)}`
        : say`, between ${linkTo(say`${showCommit(after)} and ${showCommit(sha)}`, range)}`
  const state = accepted ? '; accepted' : provisional ? '; not yet known if it stays' : ''
  const size = `${nameOf({ metric, ofPlateau })} ${formatChange(change)}`
  const also = news.map((sentence) => say`, ${sentence}`)
  return say`${formatDay(startedAt)}: ${size}${commits}${also}, ${pluralise(points, 'point')} at the new level${state}`
}

const showCommit = (sha: string): Sentence => quote(formatSha(sha))

/** Whether a step is for the worse. */
export function isForTheWorse({ metric, change }: Pick<MainStep, 'metric' | 'change'>): boolean {
  return betterOf(metric) === 'lower' ? change > 0 : change < 0
}
