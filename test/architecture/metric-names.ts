import { SyntaxKind } from 'typescript/unstable/ast'
import type { Expression, Node, SourceFile } from 'typescript/unstable/ast'
import {
  isArrayLiteralExpression,
  isAsExpression,
  isBinaryExpression,
  isCallExpression,
  isCaseClause,
  isElementAccessExpression,
  isNewExpression,
  isObjectLiteralExpression,
  isParenthesizedExpression,
  isPropertyAccessExpression,
  isStringLiteral,
} from 'typescript/unstable/ast/is'
import type { Checker } from 'typescript/unstable/sync'
import { METRICS } from '../../src/vocabulary/metrics.ts'
import { edit, skipOthers } from './sources.ts'
import type { Complaint, Sources } from './sources.ts'

/** Who looks into the name of a metric, or compares its name, family, field or label with one of them, instead of asking its row in the table. */

const TABLE = 'vocabulary/metrics.ts'

/**
 * The sources with names of metrics that are no texts: they can be stored, handed on and written, and whoever compares one
 * with a text, takes it to pieces or hands it to somebody who may is named by the compiler.
 */
export function hideNames(sources: Sources): Sources {
  const hidden = edit(
    sources,
    TABLE,
    'type Row = (typeof ROWS)[number]\n',
    `interface HiddenName { readonly hidden: symbol }
type Hidden<R> = R extends unknown ? Omit<R, 'name'> & { readonly name: HiddenName } : never
type Row = Hidden<(typeof ROWS)[number]>
`,
  )
  return skipOthers(hidden, [TABLE])
}

const LOOKS_INTO: readonly RegExp[] = [
  // metric.startsWith('ttft')
  /^Property '\w+' does not exist on type '.*\bHiddenName\b/,
  // metric === 'ttft-p50', case 'ttft-p50':
  /^This comparison .* the types (?:'HiddenName' and '|'.*' and 'HiddenName')/,
  /^Type '".*"' is not comparable to type 'HiddenName'/,
  // /^ttft/.test(metric), isStreamed(metric), ['ttft-p50'].includes(metric)
  /^Argument of type 'HiddenName' is not assignable to parameter of type '(?:string|".*)'/,
  // const text: string = metric
  /^Type 'HiddenName' is not assignable to type 'string'/,
]

/** Complaints about somebody who looks into a name. */
export function findLooksIntoNames(complaints: readonly Complaint[]): Complaint[] {
  return complaints.filter(({ path, message }) => path !== TABLE && LOOKS_INTO.some((pattern) => pattern.test(message)))
}

/** A word by which a metric is known, or the beginning or end of its name, as a pattern or a prefix has it. */
const PART = new RegExp(
  `\\b(?:${[...listWordsOfMetrics(), ...listEnds('head')].join('|')})|(?:${listEnds('tail').join('|')})\\b`,
  'i',
)

function listWordsOfMetrics(): string[] {
  return METRICS.flatMap(({ name, family, label, percentile }) => [name, family, label, percentile ?? name])
}

function listEnds(end: 'head' | 'tail'): string[] {
  const parts = METRICS.map(({ name }) => name.split('-')).filter(({ length }) => length > 1)
  // What begins with our own name is no metric.
  return end === 'head'
    ? parts.flatMap(([head]) => (head === 'plateau' ? [] : [`${head}-`]))
    : parts.map((each) => `-${each.at(-1)}`)
}

/** Patterns and parts of names in the calls that would look for them, in a text of which the type says nothing. */
export function findPatternsOfNames(text: string): string[] {
  const patterns = [
    ...text.matchAll(/(?<=[=([,!?:&|>]\s*|return )\/(?![/*\s])(?:[^/\\\n]|\\.)+\/[a-z]*(?=[.,;)\]}\s]|$)/g),
  ]
  const calls =
    /(?:\.(?:startsWith|endsWith|includes|indexOf|split|search|match)|\bRegExp)\((?:String\.raw)?(['"`][^'"`\n]*)/g
  const parts = [...text.matchAll(calls)]
  return [...patterns.map(([pattern]) => pattern), ...parts.map(([, part]) => part!)].filter((found) =>
    PART.test(found),
  )
}

/** Words by which rows of the table are known. */
export type Words = ReadonlySet<string>

/** A comparison: what is compared, if that is known, and the words or the pattern that it is compared with. */
interface Comparison {
  readonly with: readonly string[] | 'pattern'
  readonly of: Node | null
}

/**
 * Comparisons with words of metrics, as texts: by `===` or `==`, in a `switch`, with a list or a set of words or the keys of an object, by asking a list for one, or
 * with a pattern. What is compared is a text, or of a type all of whose words are of metrics: what may also be something else is another
 * vocabulary, and of a text nobody knows what a pattern looks for (`findPatternsOfNames`).
 */
export function findComparisons(file: SourceFile, checker: Checker, words: Words): string[] {
  const found: string[] = []
  const visit = (node: Node): void => {
    const comparison = readComparison(node)
    if (comparison !== null && isAbout(comparison, checker, words)) found.push(node.getText(file))
    node.forEachChild(visit)
  }
  visit(file)
  return found
}

function isAbout({ with: others, of }: Comparison, checker: Checker, words: Words): boolean {
  const isPattern = others === 'pattern'
  if (!isPattern && (others.length === 0 || !others.every((word) => words.has(word)))) return false
  if (of === null) return true
  const type = checker.getTypeAtLocation(of)
  if (type === undefined) return false
  const kinds = checker.typeToString(type, undefined, IN_FULL).split(' | ')
  const texts = kinds.filter((kind) => /^["']/.test(kind))
  return (
    (!isPattern && kinds.includes('string')) ||
    (texts.length > 0 && texts.every((text) => words.has(text.slice(1, -1))))
  )
}

/** `TypeFormatFlags.NoTruncation`, and `InTypeAlias`: a name of a type would hide its words. */
const IN_FULL = 1 | (1 << 23)

const EQUALITIES: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.EqualsEqualsEqualsToken,
  SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.EqualsEqualsToken,
  SyntaxKind.ExclamationEqualsToken,
])

function readComparison(node: Node): Comparison | null {
  if (isElementAccessExpression(node)) return { with: listKeys(node.expression), of: node.argumentExpression ?? null }
  if (isBinaryExpression(node)) {
    if (node.operatorToken.kind === SyntaxKind.InKeyword) return { with: listKeys(node.right), of: node.left }
    if (!EQUALITIES.has(node.operatorToken.kind)) return null
    if (isStringLiteral(node.right)) return { with: [node.right.text], of: node.left }
    return isStringLiteral(node.left) ? { with: [node.left.text], of: node.right } : null
  }
  if (isCaseClause(node) && isStringLiteral(node.expression)) {
    return {
      with: [node.expression.text],
      of: (node.parent.parent as unknown as { expression: Expression }).expression,
    }
  }
  if (isNewExpression(node)) {
    const isSet = /^(Set|Map)$/.test(node.expression.getText())
    return isSet && node.arguments?.[0] !== undefined ? { with: listWords(node.arguments[0]), of: null } : null
  }
  if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return null
  const { name, expression: list } = node.expression
  const [asked] = node.arguments
  if (asked === undefined) return null
  if (/^(test|exec)$/.test(name.text)) return { with: 'pattern', of: asked }
  if (/^(match|search|replace|startsWith|endsWith)$/.test(name.text)) return { with: 'pattern', of: list }
  if (!/^(includes|indexOf|has)$/.test(name.text)) return null
  return isStringLiteral(asked) ? null : { with: listWords(list), of: asked }
}

/** The keys of an object that is written down. */
function listKeys(node: Node): string[] {
  if (isParenthesizedExpression(node) || isAsExpression(node)) return listKeys(node.expression)
  if (!isObjectLiteralExpression(node)) return []
  return node.properties.map((member) => ('name' in member ? member.name.getText().replaceAll(/^['"]|['"]$/g, '') : ''))
}

/** The words of a list that is written down; of pairs the first ones. */
function listWords(node: Node): string[] {
  if (isParenthesizedExpression(node) || isAsExpression(node)) return listWords(node.expression)
  if (!isArrayLiteralExpression(node)) return []
  return node.elements.flatMap((element) => {
    if (isStringLiteral(element)) return [element.text]
    return isArrayLiteralExpression(element) ? listWords(element).slice(0, 1) : ['']
  })
}
