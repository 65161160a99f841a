import { dirname, join } from 'node:path/posix'

/** What each node needs, by its name. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Every `import … from`, `export … from`, bare import and `import()`, types included; the first group that is there names the module. */
const IMPORTS =
  /^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

/** The modules that a source text names, in its own words. */
export function modulesNamedIn(source: string): readonly string[] {
  return [...source.matchAll(IMPORTS)].map((match) => (match[1] ?? match[2] ?? match[3])!)
}

/** Which file imports which, from the texts of all files by their path; packages are left out. */
export function graphOfFiles(sources: ReadonlyMap<string, string>): Graph {
  return new Map(
    [...sources].map(([path, source]) => {
      const modules = modulesNamedIn(source).filter((module) => module.startsWith('.'))
      return [path, new Set(modules.map((module) => join(dirname(path), module)))]
    }),
  )
}

/** Which folder imports which: the first level only. A file that stands in no folder counts by itself. */
export function graphOfFolders(files: Graph): Graph {
  const folders = new Map<string, Set<string>>()
  for (const [file, imported] of files) {
    const folder = folderOf(file)
    const needs = folders.get(folder) ?? new Set()
    for (const other of imported) if (folderOf(other) !== folder) needs.add(folderOf(other))
    folders.set(folder, needs)
  }
  return folders
}

/** Which files of a folder import which of it, by their paths inside it. */
export function graphInside(folder: string, files: Graph): Graph {
  const goInside = (paths: Iterable<string>): string[] =>
    [...paths].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1))
  return new Map(
    [...files.keys()]
      .filter((file) => file.startsWith(`${folder}/`))
      .map((file) => [file.slice(folder.length + 1), new Set(goInside(files.get(file)!))]),
  )
}

/** Groups whose members all reach each other, by names in order; no group of one. Tarjan's strongly connected components. */
export function findCircles(graph: Graph): readonly (readonly string[])[] {
  const numbers = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  function visit(node: string): void {
    numbers.set(node, numbers.size)
    lowest.set(node, numbers.get(node)!)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!numbers.has(next)) visit(next)
      if (open.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!))
    }
    if (lowest.get(node) !== numbers.get(node)) return
    const members = open.splice(open.indexOf(node))
    if (members.length > 1) circles.push(members.sort())
  }
  for (const node of graph.keys()) if (!numbers.has(node)) visit(node)
  return circles.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
}

/** A circle as its imports, one a line. */
export function describeCircle(circle: readonly string[], graph: Graph): string {
  return circle
    .flatMap((from) => circle.filter((to) => graph.get(from)?.has(to)).map((to) => `${from} imports ${to}`))
    .join('\n')
}

function folderOf(file: string): string {
  return file.split('/')[0]!
}
