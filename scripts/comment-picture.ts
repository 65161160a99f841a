/**
 * Draws the comment that the README shows (docs/comment.png): runs the committed demo and takes a picture of the comment
 * that its slower candidate gets, so that every figure in it was measured. Needs Debian's chromium on the path.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath, takePictures } from './browser.ts'
import { githubPage } from './github-page.ts'

const PICTURE = 'docs/comment.png'
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
  console.log(`wrote ${PICTURE}`)
} finally {
  rmSync(folder, { recursive: true })
}
