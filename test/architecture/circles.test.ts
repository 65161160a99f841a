import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeCircle, findCircles, graphInside, graphOfFiles, graphOfFolders, modulesNamedIn } from './circles.ts'
import type { Graph } from './circles.ts'

describe('the source', () => {
  const src = join(import.meta.dirname, '..', '..', 'src')
  const sources = new Map(
    readdirSync(src, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts'))
      .map((path) => [path, readFileSync(join(src, path), 'utf8')]),
  )
  const files = graphOfFiles(sources)

  test('is read whole: every import leads to a file', () => {
    const missing = [...files].flatMap(([path, imported]) =>
      [...imported].filter((other) => !sources.has(other)).map((other) => `${path} imports ${other}`),
    )
    expect(missing).toEqual([])
    expect(files.get('cli.ts')).toContain('command.ts')
  })

  test('has no circle of files', () => expectNoCircle(files))

  test('has no circle of folders', () => expectNoCircle(graphOfFolders(files)))

  test.each(listFolders(files))('has no circle of rooms in %s/', (folder) => {
    const inside = graphInside(folder, files)
    expect(inside.size).toBeGreaterThan(0)
    expectNoCircle(graphOfFolders(inside))
  })
})

test('what is built has no circle of files that are loaded at once: one of them would use what the other has not defined yet', () => {
  const dist = join(import.meta.dirname, '..', '..', 'dist')
  const built = new Map(
    readdirSync(dist)
      .filter((path) => path.endsWith('.js'))
      // What is loaded later finds both complete.
      .map((path) => [path, readFileSync(join(dist, path), 'utf8').replaceAll(/\bimport\(/g, 'later(')]),
  )
  const files = graphOfFiles(built)
  expect(files.get('main.js')).toContain('action.js')
  expectNoCircle(files)
})

describe('a circle', () => {
  test.each([
    ['of two', { a: "import { b } from './b.ts'", b: "import { a } from './a.ts'" }, [['a.ts', 'b.ts']]],
    [
      'of three',
      { c: "import { a } from './a.ts'", a: "import { b } from './b.ts'", b: "import { c } from './c.ts'" },
      [['a.ts', 'b.ts', 'c.ts']],
    ],
    [
      'through a type',
      { a: "import type { B } from './b.ts'", b: "import {\n  type A,\n} from './a.ts'" },
      [['a.ts', 'b.ts']],
    ],
    [
      'through what is handed on',
      { a: "export * from './b.ts'", b: "export type { A } from './a.ts'" },
      [['a.ts', 'b.ts']],
    ],
    [
      'through what is loaded later',
      { a: "const b = await import('./b.ts')", b: "let a: import('./a.ts').A" },
      [['a.ts', 'b.ts']],
    ],
    [
      'of two and another of two',
      { b: "import './a.ts'", a: "import './b.ts'\nimport './c.ts'", c: "import './d.ts'", d: "import './c.ts'" },
      [
        ['a.ts', 'b.ts'],
        ['c.ts', 'd.ts'],
      ],
    ],
  ])('%s is found', (_, sources, circles) => {
    expect(findCircles(graphOfFiles(named(sources)))).toEqual(circles)
  })

  test.each([
    ['a file that two need', { a: "import './c.ts'\nimport './b.ts'", b: "import './c.ts'", c: '' }],
    ['a package', { a: "import { a } from 'a'" }],
    ['a word in a text', { a: "import './b.ts'", b: "const said = `\n  import './a.ts'`" }],
  ])('is not %s', (_, sources) => {
    expect(findCircles(graphOfFiles(named(sources)))).toEqual([])
  })

  test('of folders needs no circle of files', () => {
    const files = graphOfFiles(
      named({
        'plan/a': "import '../load/b.ts'",
        'load/b': '',
        'load/deep/c': "import '../../plan/d.ts'",
        'plan/d': "import './a.ts'",
      }),
    )
    expect(findCircles(files)).toEqual([])
    expect(findCircles(graphOfFolders(files))).toEqual([['load', 'plan']])
  })

  test('of rooms is one of the folders inside a folder', () => {
    const files = graphOfFiles(
      named({
        'plan/a/b': "import '../c/d.ts'",
        'plan/c/d': "import '../e.ts'",
        'plan/e': "import './a/f.ts'",
        'plan/a/f': '',
      }),
    )
    expect(findCircles(graphOfFolders(files))).toEqual([])
    expect(findCircles(graphOfFolders(graphInside('plan', files)))).toEqual([['a', 'c', 'e.ts']])
  })

  test('can hold a file that stands in no folder', () => {
    const files = graphOfFiles(named({ 'plan/a': "import '../top.ts'", top: "import './plan/b.ts'", 'plan/b': '' }))
    expect(findCircles(graphOfFolders(files))).toEqual([['plan', 'top.ts']])
  })

  test('is told as its imports', () => {
    const graph: Graph = new Map([
      ['a', new Set(['b', 'x'])],
      ['b', new Set(['a'])],
      ['x', new Set()],
    ])
    expect(describeCircle(['a', 'b'], graph)).toBe('a imports b\nb imports a')
  })
})

test('imports are read in every form', () => {
  const source = [
    "import one from './1.ts'",
    "import type { Two } from './2.ts'",
    "import {\n  three,\n  type Three,\n} from './3.ts'",
    "import './4.ts'",
    "import * as five from './5.ts'",
    "export { six } from './6.ts'",
    "export * from './7.ts'",
    "export type { Eight } from './8.ts'",
    "export const nine = await import('./9.ts')",
    "type Ten = typeof import(\n  './10.ts'\n)",
    "export const from = 'elsewhere'",
  ].join('\n')
  expect(modulesNamedIn(source)).toEqual(Array.from({ length: 10 }, (_, i) => `./${i + 1}.ts`))
})

/** What fails shows the imports of every circle: one of them has to go. */
function expectNoCircle(graph: Graph): void {
  expect(findCircles(graph).map((circle) => describeCircle(circle, graph))).toEqual([])
}

/** Every folder that files stand in or under. */
function listFolders(files: Graph): readonly string[] {
  const folders = [...files.keys()].flatMap((path) => {
    const rooms = path.split('/').slice(0, -1)
    return rooms.map((_, i) => rooms.slice(0, i + 1).join('/'))
  })
  return [...new Set(folders)]
}

function named(sources: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(sources).map(([name, source]) => [`${name}.ts`, source]))
}
