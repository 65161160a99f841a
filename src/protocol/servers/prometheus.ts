/** One sample line of a metrics page. */
export interface PrometheusSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  /** May be NaN or infinite: servers write those. */
  readonly value: number
}

/** How much of a page is read, in characters and lines; samples beyond that are ignored. */
const LONGEST_PAGE = 4 * 1_048_576
const MOST_LINES = 100_000

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(,|(?=\}))/y
const LABELS_END = /[ \t]*\}/y
/** The value, followed perhaps by a timestamp and an exemplar, which are ignored. */
const VALUE = /^[ \t]*([^ \t#]+)(?:[ \t]+[-+.\deE]+)?[ \t]*(?:#.*)?$/
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const INFINITE = /^[+-]?inf(?:inity)?$/i

/**
 * The samples with wanted names of a page in Prometheus' text format (0.0.4) or OpenMetrics. Everything else is
 * ignored. Of the thousands of lines of a page only a few matter: for the others, only the name is read.
 */
export function readPrometheus(page: string, wanted: ReadonlySet<string>): PrometheusSample[] {
  const samples: PrometheusSample[] = []
  const length = Math.min(page.length, LONGEST_PAGE)
  let start = 0
  for (let lines = 0; lines < MOST_LINES && start < length; lines++) {
    const end = page.indexOf('\n', start)
    // Every line of a page is terminated; an unterminated one was cut, perhaps inside its number.
    if (end < 0 || end > length) break
    const sample = readLine(page, start, page[end - 1] === '\r' ? end - 1 : end, wanted)
    if (sample !== null) samples.push(sample)
    start = end + 1
  }
  return samples
}

function readLine(page: string, from: number, end: number, wanted: ReadonlySet<string>): PrometheusSample | null {
  let start = from
  while (isBlank(page[start])) start++
  NAME.lastIndex = start
  const name = NAME.exec(page)?.[0]
  if (name === undefined || !wanted.has(name)) return null
  const rest = page.slice(start + name.length, end)
  const labels = new Map<string, string>()
  const valueAt = readLabels(rest, labels)
  if (valueAt === null) return null
  const value = numberOf(VALUE.exec(rest.slice(valueAt))?.[1] ?? '')
  return value === null ? null : { name, labels, value }
}

/** Reads the labels after a sample's name, and returns where its value begins; null where the line is not a sample. */
function readLabels(rest: string, labels: Map<string, string>): number | null {
  const brace = /^[ \t]*\{/.exec(rest)
  if (brace === null) return isBlank(rest[0]) ? 0 : null
  let at = brace[0].length
  for (;;) {
    LABEL.lastIndex = at
    const label = LABEL.exec(rest)
    if (label === null) break
    labels.set(label[1]!, unescape(label[2]!))
    at = LABEL.lastIndex
    if (label[3] === '') break
  }
  LABELS_END.lastIndex = at
  return LABELS_END.test(rest) ? LABELS_END.lastIndex : null
}

function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\\"n])/g, (_, sign) => (sign === 'n' ? '\n' : String(sign))) : text
}

function numberOf(word: string): number | null {
  if (DECIMAL.test(word)) return Number(word)
  if (INFINITE.test(word)) return word.startsWith('-') ? -Infinity : Infinity
  return /^nan$/i.test(word) ? NaN : null
}

function isBlank(sign: string | undefined): boolean {
  return sign === ' ' || sign === '\t'
}
