/**
 * How long a browser takes to draw the page of a history of 400 runs (`npx node scripts/history-paint.ts`, on an idle machine), by turns with
 * an empty page: from the start of the navigation to the first paint of content and to the last change of the document, and the processor
 * time of its main thread, which a busy machine changes least. Medians of nine loads from a file. Needs Debian's chromium on the path.
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

/** After this long without a change the page is taken to be drawn. */
const QUIET_MS = 500

/** What a load took, in milliseconds. */
interface Load {
  readonly paintMs: number
  readonly lastChangeMs: number
  readonly workMs: number
}

/** Runs in the page before all else. */
const WATCH = `
globalThis.lastChange = 0
new MutationObserver(() => { globalThis.lastChange = performance.now() }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })`

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
      `${name}, ${(Buffer.byteLength(html) / 1000).toFixed(1)} KB: first paint ${show('paintMs')}, last change ${show('lastChangeMs')}, processor time ${show('workMs')}`,
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
  await tab.waitForFunction("performance.getEntriesByName('first-contentful-paint').length > 0")
  await tab.waitForTimeout(QUIET_MS)
  const [paintMs, lastChangeMs] = await tab.evaluate<[number, number]>(
    "[performance.getEntriesByName('first-contentful-paint')[0].startTime, globalThis.lastChange]",
  )
  const { metrics } = await session.send('Performance.getMetrics')
  await tab.close()
  return { paintMs, lastChangeMs, workMs: 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value }
}
