/** What the documents tell people to type. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
const readAll = (pattern: string): readonly (readonly [path: string, text: string])[] =>
  globSync(pattern, { cwd: ROOT }).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')])

/** A piece of code in a document; an example is code as a whole. */
interface Code {
  readonly text: string
  /** It stands in a sentence, where a command may be only named. */
  readonly isSpan: boolean
}

function listCode(path: string, text: string): readonly Code[] {
  if (!path.endsWith('.md')) return [{ text, isSpan: false }]
  const blocks = text.matchAll(/^```\w*\n([^]*?)^```$/gm)
  const spans = text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)
  return [
    ...Array.from(blocks, ([, code]) => ({ text: code!, isSpan: false })),
    ...Array.from(spans, ([, code]) => ({ text: code!, isSpan: true })),
  ]
}

/** A call of the command: its name and what follows. */
export interface Call {
  readonly name: string
  readonly argv: readonly string[]
}

/** The calls of the command in a piece of code: up to the end of the line, or what the shell does with it. */
export function listCalls(code: string): readonly Call[] {
  const whole = code.replaceAll(/\\\n\s*/g, ' ').replaceAll(/\n\s+(?=--[a-z])/g, ' ')
  return [...whole.matchAll(/(?:^|[\s(])(?:\S*\/cli\.js|plateau) ([a-z]+)(?=[\s)"]|$)([^\n]*)/gm)].map(
    ([, name, rest]) => {
      const [line] = rest!.split(/\s(?:#|\||>|&&?(?=\s|$)|;)|\)"/)
      const words = Array.from(
        line!.matchAll(/'([^']*)'|"([^"]*)"|\S+/g),
        ([word, single, double]) => single ?? double ?? word,
      )
      return { name: name!, argv: words.filter((word) => !/^\$+\{?RECORD/.test(word)) }
    },
  )
}

const DOCUMENTS = [...readAll('*.md'), ...readAll('docs/*.md'), ...readAll('examples/*')].filter(
  ([path]) => path !== 'CHANGELOG.md' && path !== 'docs/architecture.md',
)
const CODE = DOCUMENTS.flatMap(([path, text]) => listCode(path, text).map((code) => ({ path, ...code })))

/** Every call, with the document that it stands in. */
export const CALLS = CODE.flatMap(({ path, text, isSpan }) =>
  listCalls(text).map((call) => ({ path, isSpan, ...call, line: [call.name, ...call.argv].join(' ') })),
)

/** Every flag that stands in code anywhere in the documents, ours or not. */
export const NAMED_FLAGS: ReadonlySet<string> = new Set(
  CODE.filter(({ path }) => path.endsWith('.md')).flatMap(({ text }) =>
    [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*[a-z])/g)].map(([, flag]) => flag!),
  ),
)
