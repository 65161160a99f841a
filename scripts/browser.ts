import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'

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

/** Takes pictures of pages with the browser at `executablePath`; `visit` may change a page before. */
export async function takePictures<P extends Picture>(
  executablePath: string,
  pictures: readonly P[],
  visit: (tab: Page, picture: P) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    for (const picture of pictures) {
      const { html, path, width, height, scheme, scale = 2 } = picture
      const tab = await browser.newPage({
        viewport: { width, height: height ?? 400 },
        colorScheme: scheme,
        deviceScaleFactor: scale,
        // Pages of ours forbid all scripts, those that look at them included.
        bypassCSP: true,
      })
      await tab.setContent(html)
      await visit(tab, picture)
      await tab.screenshot({ path, fullPage: height === undefined })
      await tab.close()
    }
  } finally {
    await browser.close()
  }
}

/** Where a command stands on the path; null when it does not. */
export function findOnPath(command: string): string | null {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, command))
  return places.find((place) => existsSync(place)) ?? null
}
