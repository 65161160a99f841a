/**
 * Writes what is generated from the code into the docs, between `<!-- name:start -->` and `<!-- name:end -->`.
 * With `--check` it writes nothing and fails when something is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { FINDINGS } from '../src/metrics/findings.ts'
import { FAILURE_CLASSES } from '../src/metrics/record.ts'
import { runReportJsonSchema } from '../src/report/run-report.ts'
import {
  renderCodesTable,
  renderMetricsTable,
  renderSettingsReference,
  renderSettingsTable,
} from '../src/settings/docs.ts'
import { settingsJsonSchema } from '../src/settings/json-schema.ts'
import { RUN_SETTINGS } from '../src/settings/run-settings.ts'

/** What each file holds, by the name of the markers. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { 'settings:common': renderSettingsTable(RUN_SETTINGS, { common: true }) },
  'docs/settings.md': {
    'settings:all': renderSettingsReference(RUN_SETTINGS),
    'settings:metrics': renderMetricsTable(),
  },
  'docs/findings.md': { failures: renderCodesTable(FAILURE_CLASSES), findings: renderCodesTable(FINDINGS) },
}

/** JSON schemas that others check against. */
const SCHEMAS: Readonly<Record<string, unknown>> = {
  'docs/settings.schema.json': settingsJsonSchema(RUN_SETTINGS),
  'docs/run-report.schema.json': runReportJsonSchema(),
}

const wanted = new Map<string, string>()
for (const [path, sections] of Object.entries(SECTIONS)) {
  const text = readText(path)
  const hasMarkers = text !== null && Object.keys(sections).every((name) => text.includes(`<!-- ${name}:start -->`))
  // README tells its story with or without the table.
  if (path === 'README.md' && !hasMarkers) continue
  if (text === null || !hasMarkers)
    throw new Error(`${path} must have the markers of ${Object.keys(sections).join(', ')}`)
  wanted.set(path, await prettier(path, Object.entries(sections).reduce(replaceSection, text)))
}
for (const [path, schema] of Object.entries(SCHEMAS)) wanted.set(path, await prettier(path, JSON.stringify(schema)))

const stale = [...wanted].filter(([path, text]) => readText(path) !== text)
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    console.error(`Stale: ${stale.map(([path]) => path).join(', ')}. Run "npm run docs" and commit.`)
    process.exitCode = 1
  } else {
    console.log('docs are fresh')
  }
} else {
  for (const [path, text] of stale) writeFileSync(path, text)
  console.log(stale.length === 0 ? 'docs were fresh' : `wrote ${stale.map(([path]) => path).join(', ')}`)
}

function replaceSection(text: string, [name, content]: readonly [string, string]): string {
  const start = `<!-- ${name}:start -->`
  const from = text.indexOf(start) + start.length
  const to = text.indexOf(`<!-- ${name}:end -->`, from)
  if (to === -1) throw new Error(`<!-- ${name}:end --> is missing`)
  return `${text.slice(0, from)}\n\n${content}\n\n${text.slice(to)}`
}

function prettier(path: string, text: string): Promise<string> {
  return format(text, { ...(JSON.parse(readFileSync('.prettierrc.json', 'utf8')) as object), filepath: path })
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}
