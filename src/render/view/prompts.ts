import type { RunReport, SentPrompts } from '../../report/run-report.ts'
import { formatCount, formatDuration, formatShare, partOf, pluralise } from '../format.ts'
import { joinSentences, quote, say } from '../sentences.ts'
import type { Sentence } from '../sentences.ts'

/** Which prompts of a file are sent: `1,000 of 52,002 ShareGPT conversations from a file, 100 to 2,000 characters, seed a`. */
export function describePrompts({ form, noun, found, sent, length, seed }: SentPrompts): Sentence {
  const what = form === '' ? noun : `${form} ${noun}`
  const count = sent === found ? pluralise(sent, what) : partOf(sent, found, what)
  const drawn = seed === null ? '' : say`, seed ${quote(seed)}`
  return say`${quote(count)} from a file${length === null ? '' : quote(`, ${length}`)}${drawn}`
}

/** What a trace is: how many requests, over which time, how long, and how much of them repeats what others began with. */
export function describeTrace(prompts: SentPrompts, trace: NonNullable<RunReport['trace']>): Sentence {
  const { seconds, inputTokens, outputTokens, repeatedShare } = trace
  const input = inputTokens === null ? '' : `, ${formatCount(inputTokens)} input`
  const output = outputTokens === null ? '' : ` and ${formatCount(outputTokens)} output`
  const lengths = input === '' ? '' : `${input}${output} tokens on average`
  const repeated = repeatedShare === 0 ? '' : `, ${formatShare(repeatedShare)} of the input shared with earlier ones`
  return say`a trace of ${formatDuration(seconds)}: ${describePrompts(prompts)}${lengths}${repeated}`
}

/** Which parts of a file are not sent, and what beside its prompts has no effect; null where there is nothing to say. */
export function describeUnsent({ container, found, leftOut, ignored, sent }: SentPrompts): Sentence | null {
  const notDrawn = leftOut.reduce((rest, { count }) => rest - count, found) - sent
  const parts = [
    ...leftOut.map(({ why, count }) => quote(`${formatCount(count)} ${why}`)),
    ...(notDrawn > 0 ? [quote(`${formatCount(notDrawn)} not drawn`)] : []),
  ]
  if (parts.length + ignored.length === 0) return null
  const unsent = parts.length === 0 ? '' : say` Not sent: ${joinSentences(parts, ', ')}.`
  const names = joinSentences(
    ignored.map((name) => quote(name, 40)),
    ', ',
  )
  const unread = ignored.length === 0 ? '' : say` Ignored beside the prompts: ${names}.`
  return say`The file of prompts is ${quote(container)}.${unsent}${unread}`
}
