/**
 * How long a browser takes to draw the page of a history of 400 runs (`npx node scripts/history-paint.ts`, on an idle machine), by turns with
 * an empty page: from the start of the navigation to the first paint of content, until the whole document is there and changes no more,
 * and the processor time of its main thread, which a busy machine changes least; then, in loads of their own, to the last change of what is on the
 * screen, since to watch a page while it is read takes a quarter of that processor time again. Medians of nine loads from a file.
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
import { tellTimeline } from '../src/verdict/timeline.ts'
import { MONTHS_OF_A_TEAM, recordMonths } from '../test/support/month-history.ts'
import { POLICY } from '../test/verdict/recorded.ts'
import { findOnPath } from './browser.ts'

const LOADS = 9

/** After this long a page is drawn on a busy machine, too. */
const QUIET_MS = 1500

/** What a load took, in milliseconds. */
interface Load {
  readonly paintMs: number
  /** Until the last change on the screen, and of the whole document, as far as changes were watched. */
  readonly screenMs: number
  readonly documentMs: number
  readonly workMs: number
}

/** Loads are watched from their beginning, or from when the document has been read. */
const MOMENTS = ['loading', 'read'] as const

/** Runs in the page before all else. */
const watchFrom = (moment: (typeof MOMENTS)[number]): string => `
globalThis.changes = []
const watch = () => new MutationObserver((changes) => {
  const at = performance.now()
  for (const { target, addedNodes } of changes)
    for (const node of addedNodes.length === 0 ? [target] : addedNodes) globalThis.changes.push([node, at])
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
${moment === 'loading' ? 'watch()' : ''}
document.addEventListener('DOMContentLoaded', () => {
  globalThis.changes.push([document.documentElement, performance.now()])
  ${moment === 'read' ? 'watch()' : ''}
})`

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
    return { name, html, url: pathToFileURL(path).href, loads: { loading: [] as Load[], read: [] as Load[] } }
  })
  for (let i = 0; i < LOADS; i++)
    for (const { url, loads } of visits)
      for (const moment of MOMENTS) loads[moment].push(await load(browser, url, moment))
  for (const { name, html, loads } of visits) {
    const show = (figure: keyof Load, moment: keyof typeof loads = 'read'): string => {
      const times = loads[moment].map((each) => each[figure])
      return `${Math.round(median(times))} ms (${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))})`
    }
    console.log(
      `${name}, ${(Buffer.byteLength(html) / 1000).toFixed(1)} KB: first paint ${show('paintMs')}, whole document ${show('documentMs')}, processor time ${show('workMs')}; watched, last change on the screen ${show('screenMs', 'loading')}`,
    )
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}

async function load(from: Browser, url: string, moment: (typeof MOMENTS)[number]): Promise<Load> {
  const tab = await from.newPage({ viewport: { width: 1280, height: 900 } })
  await tab.addInitScript(watchFrom(moment))
  const session = await tab.context().newCDPSession(tab)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  await tab.goto(url)
  await tab.waitForTimeout(QUIET_MS)
  // Before the question, which lays out all that is off the screen.
  const { metrics } = await session.send('Performance.getMetrics')
  const [paintMs, screenMs, documentMs] = await tab.evaluate<[number, number, number]>(ASK)
  await tab.close()
  return { paintMs, screenMs, documentMs, workMs: 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value }
}
