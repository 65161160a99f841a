/**
 * Draws the comment that the README shows (docs/comment.png) and the curve of docs/guide.md (docs/curve.svg): those that the slower candidate of
 * the demo gets, with figures that were measured, in virtual time. Needs Debian's chromium on the path and a font as for `npm run screens`.
 */
import { writeFileSync } from 'node:fs'
import { findOnPath, takePictures } from './browser.ts'
import { githubPage } from './github-page.ts'
import { measureRed } from './measured-screens.ts'

const PICTURE = 'docs/comment.png'
const CURVE = 'docs/curve.svg'
const WIDTH = 860

const chromium = findOnPath('chromium')
if (chromium === null) {
  console.error('Put chromium on the path: apt-get install chromium')
  process.exit(2)
}
const { comment, curve } = await measureRed()
await takePictures(chromium, [{ html: await githubPage(comment), path: PICTURE, width: WIDTH, scheme: 'light' }])
writeFileSync(CURVE, curve)
console.log(`wrote ${PICTURE} and ${CURVE}`)
