import { dirname, join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { namesIn } from './reached.ts'
import { readSources } from './sources.ts'

/** An import or an export of some names from another file. */
const SOME_NAMES = /^(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'(\.[^']+)'/gm
/** One that may use whatever a file has: as an object, or when it is needed. It uses what it names. */
const ALL_NAMES = /\*\s+as\s+\w+\s+from\s+'(\.[^']+)'|^export \* from '(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/gm
const DECLARATION = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm

/** What these files export that no other file imports. */
function findIdleExports(sources: ReadonlyMap<string, string>, rooms: RegExp): string[] {
  const used = new Set<string>()
  const users = new Map<string, string[]>()
  for (const [path, text] of sources) {
    const locate = (module: string): string => join(dirname(path), module)
    for (const [, names, module] of text.matchAll(SOME_NAMES)) {
      for (const [name] of namesIn(names!)) used.add(`${locate(module!)} ${name}`)
    }
    for (const [, named, passedOn, later] of text.matchAll(ALL_NAMES)) {
      const whole = locate((named ?? passedOn ?? later)!)
      users.set(whole, [...(users.get(whole) ?? []), text])
    }
  }
  return [...sources]
    .filter(([path]) => rooms.test(path))
    .flatMap(([path, text]) => [...text.matchAll(DECLARATION)].map(([, name]) => ({ path, name: name! })))
    .filter(({ path, name }) => !users.get(path)?.some((text) => new RegExp(`\\b${name}\\b`).test(text)))
    .map(({ path, name }) => `${path} ${name}`)
    .filter((exported) => !used.has(exported))
}

test("what a file of src exports is imported by another: else it is that file's own", () => {
  const sources = new Map(
    ['src', 'test', 'bench', 'scripts'].flatMap((folder) =>
      [...readSources(folder)].map(([path, text]) => [`${folder}/${path}`, text] as const),
    ),
  )
  expect(findIdleExports(sources, /^src\//)).toEqual([])
})

test('an export that nobody imports is found', () => {
  const used = 'export const used = 1\nexport type Idle = 2\nexport function idle() {}\nconst own = 3'
  const user = "import { used as mine } from './a.ts'\nconst { late } = await import('./c.ts')"
  const sources = new Map([
    ['src/a.ts', used],
    ['src/b.ts', user],
    ['src/c.ts', 'export const late = 1\nexport const latest = 2'],
  ])
  expect(findIdleExports(sources, /^src\//)).toEqual(['src/a.ts Idle', 'src/a.ts idle', 'src/c.ts latest'])
})
