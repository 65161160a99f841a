/**
 * Renders a sample of every situation into a folder (`node scripts/preview.ts FOLDER`): the comment as Markdown and as a
 * page in the look of GitHub, the verdict as text, the report as a page. Where Debian's chromium is on the path, it also
 * draws the comment of a regression for the README (docs/comment.png), and every page as a picture.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { renderComment } from '../src/render/comment.ts'
import { renderHtml } from '../src/render/html.ts'
import { renderReportJobComment } from '../src/render/report-job-comment.ts'
import { renderText } from '../src/render/text.ts'
import { renderVerdictText } from '../src/render/verdict-text.ts'
import { SITUATIONS } from '../test/support/situations.ts'
import { githubPage } from './github-page.ts'

/** The situation that the README shows. */
const SHOWN = 'regressed'
const PICTURE = 'docs/comment.png'
/** Widths of a desk and of a phone, in CSS pixels. */
const WIDTHS = { wide: 860, phone: 390 }

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Say where to: node scripts/preview.ts FOLDER')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })

const pages: string[] = []
for (const [situation, input] of Object.entries(SITUATIONS)) {
  const name = situation.replaceAll(' ', '-')
  const report = input.report === null ? '' : `${renderText(input.report)}\n`
  write(`${name}.txt`, `${report}${renderVerdictText(input.verdict)}`)
  await writeComment(name, renderComment(input))
  if (input.report !== null)
    writePage(`${name}-report.html`, renderHtml({ report: input.report, verdict: input.verdict }))
}
await writeComment('report-job', renderReportJobComment(namedInputs()))

const executablePath = findOnPath('chromium')
if (executablePath === null) {
  console.log(`wrote ${folder}; without chromium on the path no pictures`)
} else {
  await takePictures(executablePath)
  console.log(`wrote ${folder} and ${PICTURE}`)
}

async function writeComment(name: string, markdown: string): Promise<void> {
  write(`${name}.md`, markdown)
  writePage(`${name}-comment.html`, await githubPage(markdown))
}

function writePage(name: string, html: string): void {
  write(name, html)
  pages.push(name)
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

async function takePictures(executablePath: string): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    for (const page of pages) {
      for (const [kind, width] of Object.entries(WIDTHS)) {
        await takePicture(page, { path: join(folder!, page.replace('.html', `-${kind}.png`)), width, scheme: 'light' })
      }
    }
    const report = `${SHOWN}-report.html`
    await takePicture(report, { path: join(folder!, `${SHOWN}-report-dark.png`), width: WIDTHS.wide, scheme: 'dark' })
    await takePicture(`${SHOWN}-comment.html`, { path: PICTURE, width: WIDTHS.wide, scheme: 'light' })
  } finally {
    await browser.close()
  }

  async function takePicture(
    page: string,
    { path, width, scheme }: { path: string; width: number; scheme: 'light' | 'dark' },
  ): Promise<void> {
    const tab = await browser.newPage({
      viewport: { width, height: 400 },
      colorScheme: scheme,
      deviceScaleFactor: 2,
    })
    await tab.goto(pathToFileURL(join(folder!, page)).href)
    await tab.screenshot({ path, fullPage: true })
    await tab.close()
  }
}

function findOnPath(command: string): string | null {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, command))
  return places.find((place) => existsSync(place)) ?? null
}
