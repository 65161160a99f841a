import { isSha } from '../report/history.ts'
import type { RequestCounts } from '../report/verdict.ts'
import { groupDigits } from '../text.ts'
import { isOpenLoop, nameLevel } from '../vocabulary/load.ts'
import type { LoadKind } from '../vocabulary/load.ts'

// What `view/` takes of text.ts, the rest of which escapes: that is left to the layouts.
export { capitalise, decapitalise, joinList, nameAll, partOf, pluralise, quoteForShell } from '../text.ts'

/** The one place for units: every number that a reader sees is written here. */

/** Stands for a figure that does not exist. */
export const MISSING = '–'

/** A time: `0.85 ms`, `52 ms`, `1.24 s`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return MISSING
  const rounded = Number(ms.toPrecision(3))
  return rounded >= 1000 ? `${formatDigits(ms / 1000)} s` : `${formatDigits(ms)} ms`
}

/** A rate without its unit: `0.85`, `52.1`, `3,420`. */
export function formatRate(perSecond: number | null): string {
  return perSecond === null ? MISSING : formatDigits(perSecond)
}

/** A share: `0.4 %`, `12 %`. */
export function formatShare(share: number | null): string {
  if (share === null) return MISSING
  const percent = share * 100
  return `${percent >= 9.95 || percent === 0 ? Math.round(percent) : Number(percent.toPrecision(2))} %`
}

/** A count with separators: `1,900`. */
export function formatCount(count: number): string {
  return groupDigits(Math.round(count))
}

/** A large count in three digits: `640`, `24 k`, `0.97 M`. */
export function formatLarge(count: number): string {
  if (count >= 100_000_000_000) return `${formatDigits(count / 1e9)} G`
  if (count >= 95_000) return `${roundTo(count / 1e6, 2)} M`
  if (count >= 1000) return `${formatDigits(count / 1000)} k`
  return formatCount(count)
}

/** How many requests failed: `12 of 900 failed`. */
export function formatFailed({ ok, failed }: RequestCounts): string {
  return `${formatCount(failed)} of ${formatCount(ok + failed)} failed`
}

/** The share of requests that failed. */
export function formatFailedShare({ ok, failed }: RequestCounts): string {
  return formatShare(ok + failed === 0 ? null : failed / (ok + failed))
}

/** A length of time in words: `about 40 s`, `about 4 min`, `about 1.5 h`. */
export function formatAbout(seconds: number): string {
  if (seconds < 20) return `about ${Math.max(1, Math.round(seconds))} s`
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s`
  // Whole minutes would be up to a third off.
  if (seconds < 175) return `about ${Math.round(seconds / 10) * 10} s`
  if (seconds < 570) return `about ${Math.round(seconds / 30) / 2} min`
  if (seconds < 5700) return `about ${Math.round(seconds / 60)} min`
  return `about ${roundTo(seconds / 3600, 1)} h`
}

/** A measured length of time: `42 s`, `4 min 12 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** A concurrency, which between levels is a fraction: `6.4`, `32`. */
export function formatConcurrency(concurrency: number): string {
  return concurrency >= 20 ? formatCount(concurrency) : String(roundTo(concurrency, 1))
}

/** A level by its name, which between levels is a fraction: `6.4`, `32`, of a rate `12.5/s`, of a trace `1.8x`. */
export function formatLevel(load: LoadKind, level: number): string {
  return nameLevel(load, isOpenLoop(load) ? Number(level.toPrecision(4)) : formatConcurrency(level))
}

/** A load between levels, as a figure: `6.4 in flight`, `12.5/s`, `1.8x`. */
export function formatLoad(load: LoadKind, level: number): string {
  return isOpenLoop(load) ? formatLevel(load, level) : `${formatConcurrency(level)} in flight`
}

/** A change against something before, with its sign: `+21 %`, `−4.6 %`. */
export function formatChange(change: number | null): string {
  return change === null ? MISSING : `${formatSigned(change, choosePlaces([change]))} %`
}

/** An interval of changes, in percent: `[+14, +29]`. */
export function formatInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  const places = choosePlaces([low, high])
  return `[${formatSigned(low, places)}, ${formatSigned(high, places)}]`
}

/** The same in words: `14 to 29 %`, `−13 to −5 %`, `−2.1 to +3.0 %`. */
export function formatRange({ low, high }: { readonly low: number; readonly high: number }): string {
  const places = choosePlaces([low, high])
  const [from, to] = [formatSigned(low, places), formatSigned(high, places)]
  return low > 0 ? `${from.slice(1)} to ${to.slice(1)} %` : `${from} to ${to} %`
}

/** A change without its sign, for words that say the direction: `21 %`. */
export function formatSize(change: number): string {
  return formatChange(Math.abs(change)).replace('+', '')
}

/** A probability or rate that must not look exact: `1 of 100`. */
export function formatOneOf(rate: number): string {
  if (rate < 0.0001) return 'less than 1 of 10,000'
  const one = 1 / rate
  return `1 of ${formatCount(one >= 20 ? Number(one.toPrecision(1)) : one)}`
}

/** A day: `2026-11-22`. */
export function formatDay(iso: string): string {
  return iso.slice(0, 10)
}

/** Seven letters of a commit, which GitHub links by itself; anything else is unchanged. */
export function formatSha(sha: string): string {
  return isSha(sha) ? sha.slice(0, 7) : sha
}

/** Keeps a figure on one line in the narrow cell of a phone. */
export function keepTogether(text: string): string {
  return text.replaceAll(' ', '\u00a0')
}

/** Three significant digits, all digits from 1,000 on. */
function formatDigits(value: number): string {
  if (value === 0) return '0'
  if (value >= 999.5) return formatCount(value)
  return value.toPrecision(3).includes('e') ? String(Number(value.toPrecision(3))) : value.toPrecision(3)
}

/** A percentage without its sign: decimals only where there are few digits before them. */
function choosePlaces(changes: readonly number[]): number {
  return Math.max(...changes.map((change) => Math.abs(change * 100))) >= 9.95 ? 0 : 1
}

/** Percent with a sign; what rounds to nothing has none. */
function formatSigned(change: number, places: number): string {
  const size = Math.abs(change * 100)
  const text = size.toFixed(places)
  if (Number(text) === 0) return '0'
  return `${change < 0 ? '−' : '+'}${size >= 1000 ? formatCount(size) : text}`
}

function roundTo(value: number, places: number): number {
  return Number(value.toFixed(places))
}
