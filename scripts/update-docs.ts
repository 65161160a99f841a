/**
 * Writes what is generated from the code into the docs, between `<!-- name:start -->` and `<!-- name:end -->`, and into
 * the action files, between `# name:start` and `# name:end`; and the owner of this action into all that uses it.
 * With `--check` it writes nothing and fails when something is stale.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { renderGitlabJob, renderWorkflow } from '../src/commands/init/files.ts'
import { GITLAB_GATE, SHORTEST_GATE } from './docs/example-gates.ts'
import { OUTPUTS } from '../src/github/outputs.ts'
import { FINDINGS } from '../src/metrics/findings.ts'
import { FAILURE_CLASSES } from '../src/vocabulary/failure-classes.ts'
import {
  renderCodesTable,
  renderFormsTable,
  renderMetricsTable,
  renderOutputsTable,
  renderOutsideList,
  renderSettingsReference,
  renderSettingsTable,
} from './docs/settings-tables.ts'
import { renderActionInputs, renderActionOutputs } from './docs/action-yml.ts'
import {
  HISTORY_JSON_SCHEMA,
  REPORT_JSON_SCHEMA,
  settingsJsonSchema,
  VERDICT_JSON_SCHEMA,
} from './docs/json-schemas.ts'
import { FORMS } from '../src/settings/prompts-file/forms.ts'
import { REPORT_JOB_SETTINGS } from '../src/github/report-job.ts'
import { ACTION_SETTINGS, RUN_SETTINGS } from '../src/settings/lists/run-settings.ts'
import { OWNER } from '../src/version.ts'
import { writeOwner } from './docs/owner.ts'
import { renderConformanceTable, renderRequestsTable, renderServersTable } from './docs/endpoints-tables.ts'

/** Those of the action that the report job has too. */
const REPORT_JOB_OUTPUTS: readonly string[] = ['verdict', 'comment-url', 'markdown']

/** What each file holds, by the name of the markers. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { workflow: `\`\`\`yaml\n${renderWorkflow(SHORTEST_GATE)}\`\`\`` },
  'docs/settings.md': {
    'settings:common': renderSettingsTable(ACTION_SETTINGS, { common: true }),
    'settings:all': renderSettingsReference(RUN_SETTINGS),
    'settings:metrics': renderMetricsTable(),
    'settings:outside': renderOutsideList(RUN_SETTINGS),
    outputs: renderOutputsTable(OUTPUTS),
    forms: renderFormsTable(FORMS),
  },
  'action.yml': {
    'settings:inputs': renderActionInputs(ACTION_SETTINGS, { matrix: true }),
    'settings:outputs': renderActionOutputs(OUTPUTS),
  },
  'report/action.yml': {
    'settings:inputs': renderActionInputs(REPORT_JOB_SETTINGS, { matrix: false }),
    'settings:outputs': renderActionOutputs(OUTPUTS.filter(({ name }) => REPORT_JOB_OUTPUTS.includes(name))),
  },
  'docs/endpoints.md': {
    requests: renderRequestsTable(),
    conformance: renderConformanceTable(),
    servers: renderServersTable(),
  },
  'docs/findings.md': { failures: renderCodesTable(FAILURE_CLASSES), findings: renderCodesTable(FINDINGS) },
}

/** JSON schemas that others check against. */
const SCHEMAS: Readonly<Record<string, unknown>> = {
  'docs/settings.schema.json': settingsJsonSchema(RUN_SETTINGS),
  'docs/run-report.schema.json': REPORT_JSON_SCHEMA,
  'docs/verdict.schema.json': VERDICT_JSON_SCHEMA,
  'docs/history.schema.json': HISTORY_JSON_SCHEMA,
}

/** Files that are written as a whole, as `plateau init` writes such ones. */
const FILES: Readonly<Record<string, string>> = {
  'examples/pull-request.yml': renderWorkflow(SHORTEST_GATE),
  'examples/gitlab-ci.yml': renderGitlabJob(GITLAB_GATE),
}

const wanted = new Map<string, string>()
for (const [path, sections] of Object.entries(SECTIONS)) {
  const text = readText(path)
  if (text === null) throw new Error(`${path} is missing`)
  const [start, end] = path.endsWith('.yml') ? ['# ', ''] : ['<!-- ', ' -->']
  const replaced = Object.entries(sections).reduce((before, [name, content]) => {
    const marker = (which: string): string => `${start}${name}:${which}${end}`
    return replaceBetween(before, { from: marker('start'), to: marker('end'), content, path })
  }, text)
  wanted.set(path, await prettier(path, replaced))
}
for (const [path, text] of Object.entries(FILES)) wanted.set(path, await prettier(path, text))
for (const [path, schema] of Object.entries(SCHEMAS)) wanted.set(path, await prettier(path, JSON.stringify(schema)))
for (const path of ['README.md', ...globSync(['docs/*.md', 'examples/*']).sort()]) {
  const text = wanted.get(path) ?? readText(path)!
  wanted.set(path, writeOwner(text, OWNER))
}

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

function replaceBetween(
  text: string,
  { from, to, content, path }: { from: string; to: string; content: string; path: string },
): string {
  const start = text.indexOf(from)
  const end = text.indexOf(to, start)
  if (start === -1 || end === -1) throw new Error(`${path} must have "${from}" and "${to}"`)
  const gap = path.endsWith('.yml') ? '\n' : '\n\n'
  return `${text.slice(0, start + from.length)}${gap}${content}${gap}${text.slice(end)}`
}

function prettier(path: string, text: string): Promise<string> {
  return format(text, { ...(JSON.parse(readFileSync('.prettierrc.json', 'utf8')) as object), filepath: path })
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}
