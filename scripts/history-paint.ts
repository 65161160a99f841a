/**
 * How long a browser takes to draw the page of a history of 400 runs (`npx node scripts/history-paint.ts`, on an idle machine), by turns with
 * an empty page: from the start of the navigation to the first paint of content, to the last change of what is then on the screen and to
 * that of the whole document, and the processor time of its main thread, which a busy machine changes least. Medians of nine loads from a file.
 * Needs Debian's chromium on the path.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { median } from 'simple-statistics'
import { renderTimelinePage } from '../src/render/timeline/page.ts'
import { tellTimeline } from '../src/verdict/timeline/timeline.ts'
import { MONTHS_OF_A_TEAM, recordMonths } from '../test/support/month-history.ts'
import { POLICY } from '../test/verdict/recorded.ts'
import { findOnPath } from './browser.ts'

const LOADS = 9

/** After this long a page is drawn on a busy machine, too. */
const QUIET_MS = 1500

/** What a load took, in milliseconds. */
interface Load {
  readonly paintMs: number
  readonly screenMs: number
  readonly lastChangeMs: number
  readonly workMs: number
}

/** Runs in the page before all else. */
const WATCH = `
globalThis.changes = []
new MutationObserver((changes) => {
  const at = performance.now()
  for (const { target, addedNodes } of changes)
    for (const node of addedNodes.length === 0 ? [target] : addedNodes) globalThis.changes.push([node, at])
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })`

/** Asked of the page when it is drawn. */
const ASK = `(() => {
  const onScreen = globalThis.changes.filter(([node]) => {
    const { top, width, height } = (node.nodeType === 1 ? node : document.createElement('i')).getBoundingClientRect()
    return top < innerHeight && width + height > 0 && !node.contains(document.body)
  })
  const last = (changes) => changes.at(-1)?.[1] ?? 0
  const [paint] = performance.getEntriesByName('first-contentful-paint')
  return [paint.startTime, last(onScreen), last(globalThis.changes)]
})()`

const executablePath = findOnPath('chromium')
if (executablePath === null) {
  console.error('Put chromium on the path: apt-get install chromium')
  process.exit(2)
}
const pages = {
  [`history of ${MONTHS_OF_A_TEAM.runs} runs`]: renderTimelinePage(
    tellTimeline(recordMonths(MONTHS_OF_A_TEAM), POLICY)!,
  ),
  'empty page': '<!doctype html><title>Empty</title><h1>Empty</h1>',
}
const folder = mkdtempSync(join(tmpdir(), 'plateau-paint-'))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const visits = Object.entries(pages).map(([name, html], i) => {
    const path = join(folder, `${i}.html`)
    writeFileSync(path, html)
    return { name, html, url: pathToFileURL(path).href, loads: [] as Load[] }
  })
  for (let i = 0; i < LOADS; i++) for (const { url, loads } of visits) loads.push(await load(browser, url))
  for (const { name, html, loads } of visits) {
    const show = (figure: keyof Load): string => {
      const times = loads.map((each) => each[figure])
      return `${Math.round(median(times))} ms (${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))})`
    }
    console.log(
      `${name}, ${(Buffer.byteLength(html) / 1000).toFixed(1)} KB: first paint ${show('paintMs')}, last change on the screen ${show('screenMs')}, of the document ${show('lastChangeMs')}, processor time ${show('workMs')}`,
    )
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}

async function load(from: Browser, url: string): Promise<Load> {
  const tab = await from.newPage({ viewport: { width: 1280, height: 900 } })
  await tab.addInitScript(WATCH)
  const session = await tab.context().newCDPSession(tab)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  await tab.goto(url)
  await tab.waitForTimeout(QUIET_MS)
  // Before the question, which lays out all that is off the screen.
  const { metrics } = await session.send('Performance.getMetrics')
  const [paintMs, screenMs, lastChangeMs] = await tab.evaluate<[number, number, number]>(ASK)
  await tab.close()
  return { paintMs, screenMs, lastChangeMs, workMs: 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value }
}
