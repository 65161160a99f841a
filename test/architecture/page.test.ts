import { globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pathsNamedIn, readTree } from './page.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
const tree = readTree(page)
const files = globSync(['{src,test,bench,scripts,examples,docs,report,simulate}/**/*.*', '*.*', '.*.json'], {
  cwd: root,
})
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => statSync(join(root, path)).isFile())
const folders = new Set(files.flatMap((path) => parentsOf(path)))
const folderNames = new Set([...folders].map((folder) => basename(folder)))
const fileNames = new Set(files.map((path) => basename(path)))

describe('the architecture page', () => {
  test.each([...tree.keys()])('draws %s, which is there', (path) => {
    expect(files.includes(path) || folders.has(path.replace(/\/$/, ''))).toBe(true)
  })

  test.each(pathsNamedIn(page))('names %s, which is there', (path) => expect(isThere(path)).toBe(true))

  test('draws every file and every folder that stands in src/', () => {
    const inSrc = [...files, ...[...folders].map((folder) => `${folder}/`)].filter((path) =>
      /^src\/[^/]+\/?$/.test(path),
    )
    expect(inSrc.filter((path) => !tree.has(path))).toEqual([])
  })

  test('draws rooms inside of a folder of src/ before more than twenty files stand in it', () => {
    const counts = Map.groupBy(
      files.filter((path) => path.startsWith('src/')),
      (path) => dirname(path),
    )
    expect([...counts].filter(([, within]) => within.length > 20).map(([folder]) => folder)).toEqual([])
  })

  test('names every room in a folder of src/ where it draws that folder', () => {
    const rooms = [...folders].filter((folder) => /^src\/[^/]+\/./.test(folder))
    const missing = rooms.filter((room) => {
      const [, folder, ...below] = room.split('/')
      return tree.get(`src/${folder}/`)?.includes(`${below.join('/')}/`) !== true
    })
    expect(missing).toEqual([])
  })
})

test('a tree is read with its continued lines', () => {
  const drawn = ['```text', 'src/a.ts, b.ts  two files', 'src/c/    rooms: d/ and', '          e/', '```'].join('\n')
  expect([...readTree(`## The house\n\n${drawn}\n`)]).toEqual([
    ['src/a.ts', 'two files'],
    ['src/b.ts', 'two files'],
    ['src/c/', 'rooms: d/ and e/'],
  ])
})

test('paths are told from other words in backticks', () => {
  const text =
    'See `src/a.ts`, `b/`, `c.ts` and `d/e.json`; not `x-request-id`, `auth: none`, `gate/decide(…)` or `[DONE]`.'
  expect(pathsNamedIn(text)).toEqual(['src/a.ts', 'b/', 'c.ts', 'd/e.json'])
})

/** A path from the root or from src/; a bare name may stand in any folder. */
function isThere(path: string): boolean {
  const bare = path.replace(/\/$/, '')
  if (!bare.includes('/')) return path.endsWith('/') ? folderNames.has(bare) : fileNames.has(bare)
  return [bare, `src/${bare}`].some((place) => (path.endsWith('/') ? folders.has(place) : files.includes(place)))
}

function parentsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [parent, ...parentsOf(parent)]
}
