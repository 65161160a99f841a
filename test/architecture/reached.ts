/** What of the sources a file makes use of, declaration by declaration: a pure function of their texts. */

import { dirname, join } from 'node:path/posix'
import type { Sources } from './sources.ts'

/** What stands between two beginnings of declarations of a file, or before the first. */
export interface Declaration {
  readonly path: string
  readonly text: string
  /** From 1, its last line included. */
  readonly lines: readonly [first: number, last: number]
}

interface SourceFile {
  readonly declarations: readonly Declaration[]
  readonly byName: ReadonlyMap<string, Declaration>
  /** What a name of the file stands for in another; no name there: all of it. */
  readonly imports: ReadonlyMap<string, Imported>
}

interface Imported {
  readonly path: string
  readonly name: string | null
}

const BEGINNING = /^(?:export )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let) (\w+|\{[^=]*\})/
const IMPORT = /^(?:import|export)(?: type)? (?:\{([^}]*)\}|\* as (\w+)) from '([^']+)'/gm
/** `const { a } = await import('…')`, `(await import('…')).a`, and any other. */
const LATE_IMPORT = /(?:\{([^{}]*)\} = await )?import\('([^']+)'\)(?:\)\.(\w+))?/g

/** The declarations of this file, and all of others that they name or that these name, whether they run or not. */
export function findReached(entry: string, sources: Sources): ReadonlySet<Declaration> {
  const files = new Map<string, SourceFile>()
  const fileAt = (path: string): SourceFile | undefined => {
    const text = sources.get(path)
    if (text !== undefined && !files.has(path)) files.set(path, readFile(path, text))
    return files.get(path)
  }
  const reached = new Set(fileAt(entry)!.declarations)
  const reach = (path: string, name: string | null): void => {
    const file = fileAt(path)
    if (file === undefined) return
    const found = name === null ? file.declarations : [file.byName.get(name)].filter((one) => one !== undefined)
    for (const declaration of found) reached.add(declaration)
    const handedOn = name === null || found.length > 0 ? undefined : file.imports.get(name)
    if (handedOn !== undefined) reach(handedOn.path, handedOn.name)
  }
  for (const { path, text } of reached) {
    for (const [, names, module, member] of text.matchAll(LATE_IMPORT)) {
      const all = names === undefined ? [member ?? null] : namesIn(names).map(([name]) => name)
      for (const name of all) reach(join(dirname(path), module!), name)
    }
    const code = text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
    for (const name of new Set(code.match(/(?<![^.]\.)\b[A-Za-z_]\w*/g))) reach(path, name)
  }
  return reached
}

function readFile(path: string, text: string): SourceFile {
  const lines = text.split('\n')
  const imported = [...text.matchAll(IMPORT)].at(-1)
  const head = imported === undefined ? 0 : text.slice(0, imported.index + imported[0].length).split('\n').length
  const starts = [head, ...lines.flatMap((line, i) => (BEGINNING.test(line) && i > head ? [i] : []))]
  const byName = new Map<string, Declaration>()
  const declarations = starts.map((start, i): Declaration => {
    const end = starts[i + 1] ?? lines.length
    const declaration = { path, text: lines.slice(start, end).join('\n'), lines: [start + 1, end] as const }
    for (const [, name] of namesIn(BEGINNING.exec(declaration.text)?.[1] ?? '')) byName.set(name, declaration)
    return declaration
  })
  const imports = [...text.matchAll(IMPORT)].flatMap(
    ([line, names, whole, module]): (readonly [string, Imported])[] => {
      // Of what it takes the types alone it uses nothing.
      if (/^\w+ type/.test(line)) return []
      const from = join(dirname(path), module!)
      if (names === undefined) return [[whole!, { path: from, name: null }]]
      return namesIn(names).map(([name, own]) => [own, { path: from, name }])
    },
  )
  return { declarations, byName, imports: new Map(imports) }
}

/** The names of `a`, `{ a, type b, c: d, e as f }`, each with what it is called here. */
export function namesIn(list: string): (readonly [name: string, own: string])[] {
  return [...list.matchAll(/(?:type )?(\w+)(?:(?: as|:) (\w+))?/g)].map(([, name, own]) => [name!, own ?? name!])
}
