/** What somebody reads first is short, and leads everywhere. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const DOCUMENTS = [...globSync('*.md', { cwd: ROOT }), ...globSync('{docs,examples,bench}/*.md', { cwd: ROOT })]

/** The anchors that GitHub gives the headings of a document. */
function listAnchors(text: string): string[] {
  return [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The links of a document to files of this repository, outside code. */
function listLinks(text: string): { file: string; anchor: string | undefined }[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, file, anchor]) => ({
    file: file!,
    anchor,
  }))
}

test('the README takes at most 1,300 words', () => {
  expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(1_300)
})

test.each(['TTFT', 'TPOT', 'plateau', 'knee', 'level', 'pass', 'spread'])('the README says what %s is', (word) => {
  expect(read('README.md')).toContain(`**${word}**`)
})

test.each(DOCUMENTS)('every link of %s leads to a file and a heading that are there', (path) => {
  const broken = listLinks(read(path)).filter(({ file, anchor }) => {
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && target.endsWith('.md') && !listAnchors(read(target)).includes(anchor)
  })
  expect(broken).toEqual([])
})

test.each(globSync('docs/*.md', { cwd: ROOT }).filter((path) => path !== 'docs/README.md'))(
  'the index of the documents names %s',
  (path) => {
    expect(listLinks(read('docs/README.md')).map(({ file }) => join('docs', file))).toContain(path)
  },
)
