/**
 * Draws the comment that the README shows (docs/comment.png) and the curve of docs/guide.md (docs/curve.svg): runs the committed demo and takes
 * a picture of the comment that its slower candidate gets, so that every figure in it was measured. Needs Debian's chromium on the path.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath, takePictures } from './browser.ts'
import { githubPage } from './github-page.ts'

const PICTURE = 'docs/comment.png'
const CURVE = 'docs/curve.svg'
const WIDTH = 860

const chromium = findOnPath('chromium')
if (chromium === null) {
  console.error('Put chromium on the path: apt-get install chromium')
  process.exit(2)
}
const said = execFileSync(process.execPath, ['dist/cli.js', 'demo', '--keep'], { encoding: 'utf8' })
const folder = /^Files: (\S+)/m.exec(said)![1]!
try {
  const html = await githubPage(readFileSync(join(folder, 'comment.md'), 'utf8'))
  await takePictures(chromium, [{ html, path: PICTURE, width: WIDTH, scheme: 'light' }])
  copyFileSync(join(folder, 'curve.svg'), CURVE)
  console.log(`wrote ${PICTURE} and ${CURVE}`)
} finally {
  rmSync(folder, { recursive: true })
}
