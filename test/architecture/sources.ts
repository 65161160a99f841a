import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SourceFile } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'
import type { Checker } from 'typescript/unstable/sync'
import { graphOfFiles } from './circles.ts'

/** The sources as they are or as a test would have them, and what the compiler says of them. */

/** Texts of source files by their path under src/, with `/`. */
export type Sources = ReadonlyMap<string, string>

/** What the compiler says, one line of its output each. */
export interface Complaint {
  /** Under src/. */
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

const root = join(import.meta.dirname, '..', '..')

/** The sources of this repository, or those of another folder of it by their path under that. */
export function readSources(folder = 'src'): Sources {
  const directory = join(root, folder)
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return new Map(files.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(directory, path), 'utf8')]))
}

/** The sources with one text in one of them replaced, which must be there. */
export function edit(sources: Sources, path: string, before: string, after: string): Map<string, string> {
  const text = sources.get(path)
  if (text?.includes(before) !== true) throw new Error(`${path} has no "${before}"`)
  return new Map([...sources, [path, text.replace(before, after)]])
}

/** Puts sources into a folder, as those of a package. */
export function writeSources(folder: string, sources: Sources): void {
  for (const [path, text] of sources) {
    const file = join(folder, 'src', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
}

/**
 * Libraries whose types take half of what the compiler does, and into which no name of ours goes. What imports them is checked as if
 * they were JavaScript; whether it fits them, `npm run types` says.
 */
const COSTLY_LIBRARIES = ['zod', '@actions/github', '@octokit/plugin-retry', '@octokit/plugin-throttling']

/** What stands in for them. A schema keeps the type of what it reads. */
const WITHOUT_TYPES = `
export declare const z: any
export declare namespace z {
  interface ZodType<T = any> {
    readonly [member: string]: any
    parse(value: unknown): T
  }
  type infer<_> = any
  type ZodObject<_> = ZodType
  type ZodLiteral = ZodType
}
export declare const getOctokit: any
export declare const retry: any
export declare const throttling: any
`

/** What the compiler says for want of those types: a parameter has none. */
const FOR_WANT_OF_TYPES = new Set(['7006', '7031'])

/** The sources without a check of those that import such a library, of which the compiler would complain for that alone. */
export function skipCostly(sources: Sources): Sources {
  const isCostly = (text: string) => COSTLY_LIBRARIES.some((library) => text.includes(` from '${library}'`))
  return new Map([...sources].map(([path, text]) => [path, isCostly(text) ? `// @ts-nocheck\n${text}` : text]))
}

/**
 * The sources without a check of those into which no type of these files goes: they import none of them, nor anything that does. A change
 * of these files alone lets the compiler say nothing new of them.
 */
export function skipOthers(sources: Sources, changed: readonly string[]): Sources {
  const graph = graphOfFiles(sources)
  const dependent = new Set(changed)
  let before: number
  do {
    before = dependent.size
    for (const [path, imported] of graph) if (!dependent.isDisjointFrom(imported)) dependent.add(path)
  } while (dependent.size > before)
  return new Map([...sources].map(([path, text]) => [path, dependent.has(path) ? text : `// @ts-nocheck\n${text}`]))
}

/**
 * What the compiler of this repository says of some variants of the sources, each of which it finds in a folder of its own in a new
 * one. All at once: each compiler would read every library again.
 *
 * @throws Error when it could not compile them for another reason than what it says of them.
 */
export async function compile<N extends string>(
  project: string,
  variants: Readonly<Record<N, Sources>>,
): Promise<Readonly<Record<N, readonly Complaint[]>>> {
  const names = writeProject(project, variants)
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return await new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      // Every further checker makes the types of shared files anew: several of them cost the cores of other tests.
      [tsc, '-p', '.', '--pretty', 'false', '--checkers', '1'],
      // Nothing is collected: it ends before that is worth a third of its time.
      { cwd: project, maxBuffer: 1 << 26, env: { ...process.env, GOGC: 'off' } },
      (error, stdout, stderr) => {
        const complaints = names.map((name) => [name, readComplaints(name, stdout)] as const)
        if (error === null || complaints.some(([, of]) => of.length > 0))
          resolve(Object.fromEntries(complaints) as Record<N, Complaint[]>)
        else reject(new Error(`the compiler said nothing of the sources: ${stdout}${stderr}`))
      },
    )
  })
}

/** Puts variants of the sources into a new folder, each into one of its name, as one project of the compiler. */
function writeProject<N extends string>(project: string, variants: Readonly<Record<N, Sources>>): N[] {
  const names = Object.keys(variants) as N[]
  for (const name of names) writeSources(join(project, name), variants[name])
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction')
  writeFileSync(join(project, 'without-types.d.ts'), WITHOUT_TYPES)
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rootDir: '.',
        noPropertyAccessFromIndexSignature: false,
        paths: Object.fromEntries(COSTLY_LIBRARIES.map((library) => [library, ['./without-types.d.ts']])),
      },
      include: names.map((name) => `${name}/src`),
    }),
  )
  return names
}

/** What `look` finds in each of the sources, with the types that the compiler gives its nodes; `project` is a new folder. */
export function lookThrough<T>(
  project: string,
  sources: Sources,
  look: (file: SourceFile, checker: Checker, path: string) => readonly T[],
): T[] {
  writeProject(project, { whole: sources })
  const api = new API({ cwd: project })
  try {
    const [found] = api.updateSnapshot({ openProjects: [join(project, 'tsconfig.json')] }).getProjects()
    const { program, checker } = found!
    return [...sources.keys()].flatMap((path) =>
      look(program.getSourceFile(join(project, 'whole', 'src', path))!, checker, path),
    )
  } finally {
    api.close()
  }
}

/** Reads what the output of `tsc --pretty false` says of a variant. */
function readComplaints(name: string, output: string): Complaint[] {
  return [...output.matchAll(/^(\w+)\/src\/(\S+?)\((\d+),\d+\): error TS(\d+): (.*)$/gm)]
    .filter(([, variant, , , code]) => variant === name && !FOR_WANT_OF_TYPES.has(code!))
    .map(([, , path, line, , message]) => ({ path: path!, line: Number(line), message: message! }))
}
