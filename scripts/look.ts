import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { installApart } from '../test/support/install-apart.ts'

/** What previews are looked at with: Mermaid draws the charts of a comment, as GitHub does, and axe-core finds barriers. */

const FOLDER = join(import.meta.dirname, '..', '.look')

/** The scripts of both as text. */
export interface Look {
  readonly mermaid: string
  readonly axe: string
}

/** Installs both, apart from the main install. */
export function installLook(): Look {
  installApart(join(import.meta.dirname, 'look'), FOLDER)
  const read = (path: string) => readFileSync(join(FOLDER, 'node_modules', path), 'utf8')
  return { mermaid: read('mermaid/dist/mermaid.min.js'), axe: read('axe-core/axe.min.js') }
}

/** Unfolds everything and draws each chart, in the theme that GitHub takes for this scheme. */
export async function drawCharts(tab: Page, { mermaid }: Look, scheme: 'light' | 'dark'): Promise<void> {
  await setFolds(tab, 'open')
  await tab.addScriptTag({ content: mermaid })
  const theme = scheme === 'dark' ? 'dark' : 'default'
  await tab.evaluate(`mermaid.initialize({ startOnLoad: false, theme: '${theme}' })`)
  await tab.evaluate("mermaid.run({ querySelector: '.mermaid' })")
}

/** What axe-core finds on a page with everything unfolded, a line for each rule. */
export async function findBarriers(tab: Page, { axe }: Look): Promise<string[]> {
  await setFolds(tab, 'open')
  await tab.addScriptTag({ content: axe })
  const { violations } = await tab.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()')
  await setFolds(tab, 'closed')
  return violations.map(({ id, nodes }) => `${id}: ${nodes.length} places, for example ${nodes[0]?.html.slice(0, 200)}`)
}

/** Leaves only the first fold of a page open. */
export async function unfoldFirst(tab: Page): Promise<void> {
  await setFolds(tab, 'closed')
  await tab.evaluate("document.querySelector('details')?.setAttribute('open', '')")
}

async function setFolds(tab: Page, state: 'open' | 'closed'): Promise<void> {
  await tab.evaluate(`document.querySelectorAll('details').forEach((fold) => { fold.open = ${state === 'open'} })`)
}
