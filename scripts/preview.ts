/**
 * Renders a sample of every situation into a folder (`node scripts/preview.ts FOLDER`): the comment as Markdown and as a
 * page in the look of GitHub, the verdict as text, the report as a page, its curve as a file, and the page of a
 * history. Where Debian's chromium is on the path, it
 * also takes a picture of every page: wide and on a phone, light and dark.
 *
 * With `--look` the charts of comments are drawn by Mermaid and axe-core looks at every page; what it finds fails. Both are installed apart,
 * into .look/. Words after it choose situations by their names.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { renderComment, renderReportJobComment } from '../src/render/comment.ts'
import { renderCurve, renderPage } from '../src/render/page.ts'
import { renderTimelinePage } from '../src/render/timeline/page.ts'
import { renderText, renderVerdictText } from '../src/render/text.ts'
import { tellTimeline } from '../src/verdict/timeline.ts'
import { MONTHS_OF_A_TEAM, recordMonths } from '../test/support/month-history.ts'
import { SITUATIONS } from '../test/support/situations.ts'
import { POLICY } from '../test/verdict/recorded.ts'
import { findOnPath, takePictures } from './browser.ts'
import type { Picture } from './browser.ts'
import { githubPage } from './github-page.ts'
import { drawCharts, findBarriers, installLook } from './look.ts'

/** Widths of a desk and of a phone, in CSS pixels. */
const WIDTHS = { wide: 860, phone: 390 }

interface Preview extends Picture {
  readonly kind: 'comment' | 'page'
}

const { values, positionals } = parseArgs({ options: { look: { type: 'boolean' } }, allowPositionals: true })
const [folder, ...chosen] = positionals
if (folder === undefined) {
  console.error('Say where to: node scripts/preview.ts FOLDER [--look] [SITUATION …]')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })

const previews: Preview[] = []
for (const [situation, input] of Object.entries(SITUATIONS)) {
  if (chosen.length > 0 && !chosen.includes(situation)) continue
  const name = situation.replaceAll(' ', '-')
  const { report, verdict } = input
  write(`${name}.txt`, `${report === null ? '' : `${renderText(report)}\n`}${renderVerdictText(verdict)}`)
  await writeComment(name, renderComment(input))
  if (report === null) continue
  writePage(`${name}-report.html`, renderPage({ report, verdict }), 'page')
  const curve = renderCurve({ report, verdict })
  if (curve !== null) write(`${name}-curve.svg`, curve)
}
if (chosen.length === 0) {
  writePage('history.html', renderTimelinePage(tellTimeline(recordMonths(MONTHS_OF_A_TEAM), POLICY)!), 'page')
  await writeComment('report-job', renderReportJobComment(namedInputs()))
}

const executablePath = findOnPath('chromium')
if (executablePath === null) {
  console.log(`wrote ${folder}; without chromium on the path no pictures`)
} else {
  const look = values.look === true ? installLook() : null
  const found: string[] = []
  const began = performance.now()
  let pages = 0
  await takePictures(executablePath, previews, async (tab, { kind, scheme, path }) => {
    if (look === null) return
    if (kind === 'comment') return drawCharts(tab, look, scheme)
    pages++
    found.push(...(await findBarriers(tab, look)).map((barrier) => `${path}: ${barrier}`))
  })
  console.log(
    `wrote ${folder}, with ${previews.length} pictures in ${Math.round((performance.now() - began) / 1000)} s`,
  )
  if (look !== null)
    console.log(
      found.length === 0 ? `axe-core finds nothing on ${pages} pages, light and dark counted each` : found.join('\n'),
    )
  if (found.length > 0) process.exitCode = 1
}

async function writeComment(name: string, markdown: string): Promise<void> {
  write(`${name}.md`, markdown)
  writePage(`${name}-comment.html`, await githubPage(markdown), 'comment')
}

function writePage(name: string, html: string, kind: Preview['kind']): void {
  write(name, html)
  for (const scheme of ['light', 'dark'] as const) {
    for (const [room, width] of Object.entries(WIDTHS)) {
      const path = join(folder!, name.replace('.html', `-${room}${scheme === 'dark' ? '-dark' : ''}.png`))
      // Where all is looked at by a program, pictures are beside the point: with a quarter of the dots they take less than half of the time.
      previews.push({ html, path, width, scheme, kind, ...(values.look === true && { scale: 1 }) })
    }
  }
}

function write(name: string, text: string): void {
  writeFileSync(join(folder!, name), text)
}

/** Four names of one workflow run. */
function namedInputs() {
  const pick = (situation: keyof typeof SITUATIONS, name: string) => ({
    ...SITUATIONS[situation],
    verdict: { ...SITUATIONS[situation].verdict, name },
  })
  return [
    pick('no change seen', 'llama-8b-chat'),
    pick('improved', 'mistral-7b'),
    pick('regressed', 'llama-8b-rag'),
    pick('first run', 'bge-large'),
  ]
}
