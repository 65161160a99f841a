/** What docs/architecture.md says of the house: pure functions of its text. */

/**
 * The tree under "The house": what is said of each path, with the lines that go on below it. Several files of one folder may
 * share a line: `src/a.ts, b.ts`.
 */
export function readTree(page: string): ReadonlyMap<string, string> {
  const drawn = /## The house\s+```text\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const tree = new Map<string, string>()
  let paths: readonly string[] = []
  for (const line of drawn.split('\n')) {
    const [, named, said] = /^(\S.*?)(?:\s{2,}(.*))?$/.exec(line) ?? []
    if (named !== undefined) paths = pathsOf(named)
    for (const path of paths) tree.set(path, `${tree.get(path) ?? ''} ${said ?? line.trim()}`.trim())
  }
  return tree
}

/** The first of several has the folder of all. */
function pathsOf(named: string): readonly string[] {
  const [first, ...others] = named.split(', ')
  return [first!, ...others.map((name) => first!.replace(/[^/]*$/, name))]
}

/** Paths between backticks in a text: a folder ends in `/`, a file in an ending that our files have. */
export function pathsNamedIn(text: string): readonly string[] {
  const words = [...text.matchAll(/`([\w./-]+)`/g)].map(([, word]) => word!)
  return [...new Set(words.filter((word) => /\/$|\.(?:ts|md|json|yml)$/.test(word)))]
}
