import { ValueError } from '../define.ts'
import { offerWords, parseDecimal } from './simple.ts'

/** How the gaps between requests lie about their mean: at random as from many users, all alike, or with that coefficient of variation. */
export type Arrivals =
  { readonly kind: 'poisson' } | { readonly kind: 'constant' } | { readonly kind: 'gamma'; readonly cv: number }

const MOST_CV = 10
const ALLOWED = `must be poisson, constant or gamma(cv) with a cv above 0 and up to ${MOST_CV}, for example gamma(2)`

/** Reads `poisson`, `constant` or `gamma(2)`. */
export const readArrivals = offerWords(['poisson', 'constant'], (text: string): Arrivals => {
  const word = text.trim()
  if (word === 'poisson' || word === 'constant') return { kind: word }
  const cv = parseDecimal(/^gamma\s*\(([^()]*)\)$/.exec(word)?.[1] ?? '')
  if (cv === null || cv <= 0 || cv > MOST_CV) throw new ValueError(ALLOWED)
  return { kind: 'gamma', cv }
})

/** The text that `readArrivals` reads back. */
export function renderArrivals(arrivals: Arrivals): string {
  return arrivals.kind === 'gamma' ? `gamma(${arrivals.cv})` : arrivals.kind
}
