/**
 * Takes the pictures in docs/screens/: what a person sees first of a red comment, its page and a history, wide and on a phone, light and dark.
 * All they show was measured, in virtual time, so that they come out the same on any machine, but for the day. Needs Debian's chromium on the
 * path and a font that has the signs of verdicts (fonts-noto-color-emoji), which are boxes without one; Mermaid,
 * which draws the charts of the comment as GitHub does, is installed apart, into .look/.
 */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { renderTimelinePage } from '../src/render/timeline/page.ts'
import { tellTimeline } from '../src/verdict/timeline.ts'
import { POLICY } from '../test/verdict/recorded.ts'
import { findOnPath, takePictures } from './browser.ts'
import type { Picture } from './browser.ts'
import { githubPage } from './github-page.ts'
import { measureMonths, measureRed } from './measured-screens.ts'
import { drawCharts, installLook, unfoldFirst } from './look.ts'

const FOLDER = 'docs/screens'

/** CSS pixels that are seen at once, and pictured dots for each. */
const ROOMS = { wide: { width: 860, height: 940, scale: 1 }, phone: { width: 390, height: 800, scale: 1.5 } }

/** A larger picture does not belong into a repository. */
const MOST_BYTES = 150_000

const chromium = findOnPath('chromium')
if (chromium === null) {
  console.error('Put chromium on the path: apt-get install chromium')
  process.exit(2)
}
const { comment, page } = await measureRed()
const pages = {
  comment: await githubPage(comment),
  page,
  history: renderTimelinePage(tellTimeline(await measureMonths(), POLICY)!),
}
mkdirSync(FOLDER, { recursive: true })
const screens = Object.entries(pages).flatMap(([subject, html]) =>
  (['light', 'dark'] as const).flatMap((scheme) =>
    Object.entries(ROOMS).map(([room, size]): Picture & { readonly subject: string } => ({
      subject,
      html,
      scheme,
      ...size,
      path: join(FOLDER, `${subject}-${room}-${scheme}.png`),
    })),
  ),
)
const look = installLook()
await takePictures(chromium, screens, async (tab, { subject, scheme }) => {
  if (subject !== 'comment') return
  await drawCharts(tab, look, scheme)
  await unfoldFirst(tab)
})
for (const { path } of screens) {
  const { size } = statSync(path)
  console.log(`${path}: ${Math.ceil(size / 1000)} KB`)
  if (size <= MOST_BYTES) continue
  console.error(`${path} is larger than ${MOST_BYTES / 1000} KB: lower its height in ROOMS`)
  process.exitCode = 1
}
