/** Names of functions that do not say what is done: a pure function of the sources. */

import type { Sources } from './sources.ts'

/** Adjectives, adverbs, prepositions, questions and past tenses that a function was or might be called by. */
const NO_VERBS = new Set(
  [
    'about above across after against alone also always and as at away back before behind below beside between beyond both by',
    'elsewhere enough ever for from here how in inside into just least left less like more most near never no not now of off on once only',
    'or out outside over perhaps per since so still than that there through to together too under until up upon via what when where',
    'whether which while who whom whose why with within without',
    'came fell mostly',
    'absent actual automatic auditable bare best better big capital current exact extra false few fillable full good html known large last',
    'latest least little likely likeliest long many markdown missing natural new newer newest next nobody none null old only other others plain',
    'plural possible present private public quick rare right short shorter single small smaller smallest steady stronger such sure true',
    'undefined unknown unlike unlikely unused unusable unversioned usable useful usual visible whole worse worst wrong young',
  ].flatMap((line) => line.split(' ')),
)

/** Nouns that a function was or might be called by: none that is a verb, too, as `box` or `share` is. */
const NOUNS = new Set(
  [
    'amount api array base base64 baseline basis beta body chance choice chunk completion config counter delta difference distance each edge',
    'effect event factor figure figures gauges grid growth histograms history item items key kind lateness latency length level levels line',
    'metric metrics model nonce pairs parts path plateau prefix reference remedy row sequences series server side strain suffix system',
    'table tail task text time tokens total url usage value',
  ].flatMap((line) => line.split(' ')),
)

/** Formulas, by their names; and the deadline of the real clock, named like the clock. */
const NAMED_BY_NOUNS = new Set('betaFraction plateauTokensPerSecond systemDeadline'.split(' '))

/** Words in -ed and -ing that are verbs all the same, or nouns of ours. */
const WORDS = new Set('bring embed exceed feed need proceed seed setting shed speed string succeed'.split(' '))

/** `at` of a file, under src/, and the name there. */
export interface MisnamedFunction {
  readonly path: string
  readonly name: string
}

/**
 * Functions whose names begin with a participle, an adjective, an adverb or a preposition, by their form: in -ed or -ing, or one of a
 * list. So are those that begin with a noun of a second list; others are not, as no list tells all nouns from verbs. `keyOf` and
 * `keyOfRun` (the key of what follows), `toSlug` or `asText` (a conversion) and `historyCommand` (the handler of a command) are ways of
 * the house to name a function.
 */
export function findMisnamedFunctions(sources: Sources): readonly MisnamedFunction[] {
  return [...sources].flatMap(([path, text]) =>
    namesOf(text)
      .filter(isMisnamed)
      .map((name) => ({ path, name })),
  )
}

/** Declared functions, and arrow functions with a name. */
function namesOf(text: string): string[] {
  const code = text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const functions = code.matchAll(/\bfunction\*?\s+(\w+)/g)
  const arrows = code.matchAll(
    /\b(?:const|let)\s+(\w+)(?::(?:[^=\n]|=>)+?)?\s*=\s*(?:async\s*)?(?:<[^>\n]*>)?(?:\w+|\((?:[^()]|\([^()]*\))*\)(?::[^=\n]+)?)\s*=>/g,
  )
  return [...functions, ...arrows].map(([, name]) => name!)
}

function isMisnamed(name: string): boolean {
  if (/Of$|^(to|as)[A-Z]/.test(name)) return false
  const first = /^[a-z0-9]+/.exec(name)?.[0] ?? ''
  return NO_VERBS.has(first) || (/.{2}(ed|ing)$/.test(first) && !WORDS.has(first)) || isNoun(name, first)
}

function isNoun(name: string, first: string): boolean {
  return NOUNS.has(first) && !/^[a-z0-9]+Of[A-Z]|Command$/.test(name) && !NAMED_BY_NOUNS.has(name)
}
