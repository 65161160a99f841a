/**
 * Renders a sample of every situation into a folder (`node scripts/preview.ts FOLDER`): the comment as Markdown and as a
 * page in the look of GitHub, the verdict as text, the report as a page. Where Debian's chromium is on the path, it also
 * takes a picture of every page.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderComment } from '../src/render/comment.ts'
import { renderPage } from '../src/render/page.ts'
import { renderReportJobComment } from '../src/render/report-job-comment.ts'
import { renderText, renderVerdictText } from '../src/render/text.ts'
import { SITUATIONS } from '../test/support/situations.ts'
import { findOnPath, takePictures } from './browser.ts'
import type { Picture } from './browser.ts'
import { githubPage } from './github-page.ts'

/** The page that is looked at in the dark, too. */
const DARK = 'regressed-report.html'
/** Widths of a desk and of a phone, in CSS pixels. */
const WIDTHS = { wide: 860, phone: 390 }

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Say where to: node scripts/preview.ts FOLDER')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })

const pictures: Picture[] = []
for (const [situation, input] of Object.entries(SITUATIONS)) {
  const name = situation.replaceAll(' ', '-')
  const report = input.report === null ? '' : `${renderText(input.report)}\n`
  write(`${name}.txt`, `${report}${renderVerdictText(input.verdict)}`)
  await writeComment(name, renderComment(input))
  if (input.report !== null)
    writePage(`${name}-report.html`, renderPage({ report: input.report, verdict: input.verdict }))
}
await writeComment('report-job', renderReportJobComment(namedInputs()))

const executablePath = findOnPath('chromium')
if (executablePath === null) {
  console.log(`wrote ${folder}; without chromium on the path no pictures`)
} else {
  await takePictures(executablePath, pictures)
  console.log(`wrote ${folder}, with pictures`)
}

async function writeComment(name: string, markdown: string): Promise<void> {
  write(`${name}.md`, markdown)
  writePage(`${name}-comment.html`, await githubPage(markdown))
}

function writePage(name: string, html: string): void {
  write(name, html)
  for (const [kind, width] of Object.entries(WIDTHS)) {
    pictures.push({ html, path: join(folder!, name.replace('.html', `-${kind}.png`)), width, scheme: 'light' })
  }
  if (name !== DARK) return
  pictures.push({ html, path: join(folder!, name.replace('.html', '-dark.png')), width: WIDTHS.wide, scheme: 'dark' })
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
