import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

/** A page and where its picture goes. */
export interface Picture {
  readonly html: string
  readonly path: string
  /** CSS pixels. */
  readonly width: number
  readonly scheme: 'light' | 'dark'
  /** Only so much of the page, from its top. Default: all of it. */
  readonly height?: number
  /** Dots for each CSS pixel. Default 2. */
  readonly scale?: number
}

/**
 * Takes pictures of pages with the browser at `executablePath`, as many pages at a time as there are cores. Pictures of one page in one
 * scheme that follow each other are of one tab, which `visit` may change before the first of them: what it adds is there in all of them.
 */
export async function takePictures<P extends Picture>(
  executablePath: string,
  pictures: readonly P[],
  visit: (tab: Page, picture: P) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  // One iterator: whoever is done takes the next.
  const waiting = groupByTab(pictures).values()
  const work = async (): Promise<void> => {
    for (const group of waiting) await takeGroup(browser, group, visit)
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work))
  } finally {
    await browser.close()
  }
}

/** A picture of a long page takes seconds, on a busy machine minutes. */
const SLOW_MACHINE_MS = 600_000

async function takeGroup<P extends Picture>(
  browser: Browser,
  group: readonly P[],
  visit: (tab: Page, picture: P) => Promise<void>,
): Promise<void> {
  const first = group[0]!
  const tab = await browser.newPage({
    viewport: sizeOf(first),
    colorScheme: first.scheme,
    deviceScaleFactor: first.scale ?? 2,
    // Pages of ours forbid all scripts, those that look at them included.
    bypassCSP: true,
  })
  tab.setDefaultTimeout(SLOW_MACHINE_MS)
  await tab.setContent(first.html)
  await visit(tab, first)
  for (const picture of group) {
    await tab.setViewportSize(sizeOf(picture))
    const fullPage = picture.height === undefined
    // A picture of all of a page does not scroll there, and would be blank where a browser waits for that.
    if (fullPage) await tab.addStyleTag({ content: '* { content-visibility: visible !important; }' })
    await tab.screenshot({ path: picture.path, fullPage })
  }
  await tab.close()
}

const sizeOf = ({ width, height = 400 }: Picture) => ({ width, height })

function groupByTab<P extends Picture>(pictures: readonly P[]): readonly (readonly P[])[] {
  const groups: P[][] = []
  for (const picture of pictures) {
    const last = groups.at(-1)?.[0]
    const isSame = last?.html === picture.html && last.scheme === picture.scheme && last.scale === picture.scale
    if (isSame) groups.at(-1)!.push(picture)
    else groups.push([picture])
  }
  return groups
}

/** Where a command stands on the path; null when it does not. */
export function findOnPath(command: string): string | null {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, command))
  return places.find((place) => existsSync(place)) ?? null
}
