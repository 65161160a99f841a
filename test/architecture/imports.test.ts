import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Imports that must fail the lint, by the folder or the file they stand in. */
const FORBIDDEN: readonly (readonly [folder: string, statement: string])[] = [
  ['vocabulary', "import type { x } from '../settings.ts'"],
  ['vocabulary', "import type { x } from '../errors.ts'"],
  ['vocabulary', "import { x } from 'zod'"],
  ['plan', "import { x } from '../load/level.ts'"],
  ['plan', "import { x } from '../metrics/level.ts'"],
  ['plan', "import { x } from 'fs'"],
  ['protocol', "import { x } from '../load/auth/ports.ts'"],
  ['protocol', "import { x } from 'node:http'"],
  ['protocol', "import type { x } from '../metrics/level/level-run.ts'"],
  ['protocol', "import type { x } from '../settings.ts'"],
  ['protocol', "import type { x } from '../vendors/vendor.ts'"],
  ['protocol/apis', "import { x } from '../../load/ports.ts'"],
  ['protocol/apis', "import type { x } from '../../metrics/level/level-run.ts'"],
  ['load', "import { x } from '../vendors/databricks/urls.ts'"],
  ['load/preflight', "import { x } from '../../vendors/databricks/urls.ts'"],
  ['load/level', "import { x } from '../../metrics/level.ts'"],
  ['metrics', "import type { x } from '../vendors/databricks/findings.ts'"],
  ['settings', "import { x } from '../vendors/bedrock/bedrock.ts'"],
  ['settings/lists', "import type { x } from '../../vendors/bedrock/bedrock.ts'"],
  ['vendors', "import { x } from '../load/ports.ts'"],
  ['vendors', "import type { x } from '../settings.ts'"],
  ['vendors/databricks', "import type { x } from '../../load/ports.ts'"],
  ['vendors/databricks', "import type { x } from '../../settings.ts'"],
  ['vendors/databricks', "import type { x } from '../../metrics/findings.ts'"],
  ['vendors/databricks', "import { x } from '../bedrock/bedrock.ts'"],
  ['vendors/databricks', "import { x } from 'undici'"],
  ['stats', "import { x } from '../metrics/level.ts'"],
  ['metrics', "import { x } from '../load/level.ts'"],
  ['metrics', "import { x } from '../protocol/reader.ts'"],
  ['metrics/level', "import { x } from '../../load/level.ts'"],
  ['metrics/plateau', "import { x } from '../../plan/ladder.ts'"],
  ['metrics/validity', "import { x } from '../../vendors/databricks/urls.ts'"],
  ['report', "import { x } from '../render/text.ts'"],
  ['report', "import { x } from '../metrics/level.ts'"],
  ['verdict', "import { x } from '../load/level.ts'"],
  ['verdict', "import type { x } from './audit.ts'"],
  ['verdict', "import type { x } from './timeline.ts'"],
  ['verdict/history', "import type { x } from '../decide.ts'"],
  ['verdict/compare', "import { x } from '../../load/level.ts'"],
  ['verdict/compare', "import type { x } from '../../render/audit.ts'"],
  ['words', "import { x } from '../render/view.ts'"],
  ['words', "import { x } from '../metrics/level.ts'"],
  ['render', "import { x } from 'node:fs'"],
  ['render', "import { x } from '../metrics/level.ts'"],
  ['render/view', "import { x } from '../../metrics/level.ts'"],
  ['render/view', "import { x } from '../../load/level.ts'"],
  ['render/view', "import { x } from '../../text.ts'"],
  ['render/view', "import { x } from '../markdown.ts'"],
  ['render/view', "import { x } from '../../words/terminal.ts'"],
  ['render/view/compared', "import { x } from '../../../text.ts'"],
  ['render/view/compared', "import { x } from '../../markdown.ts'"],
  ['render/view/compared', "import { x } from '../../../words/terminal.ts'"],
  ['load', "import { x } from '../report/run-report.ts'"],
  ['load', "import { x } from '../metrics/level.ts'"],
  ['load/auth', "import { x } from '../level.ts'"],
  ['load/preflight', "import { x } from '../../report/run-report.ts'"],
  ['load/transport', "import { x } from '../../metrics/level.ts'"],
  ['imports', "import { x } from 'node:fs'"],
  ['imports', "import { x } from '../load/level.ts'"],
  ['imports', "import { x } from '../verdict/decide.ts'"],
  ['exports', "import { x } from '../load/level.ts'"],
  ['exports', "import { x } from 'node:fs'"],
  ['exports', "import type { x } from '../verdict/decide.ts'"],
  ['serving', "import { x } from '../load/level.ts'"],
  ['serving', "import type { x } from '../settings.ts'"],
  ['run', "import { x } from '../gate.ts'"],
  ['run', "import { x } from '../gate/sessions.ts'"],
  ['run', "import type { x } from '../verdict/decide.ts'"],
  ['run', "import { x } from 'node:fs'"],
  ['gate', "import { x } from '../render/view.ts'"],
  ['gate/sessions.ts', "import type { x } from '../verdict/judge.ts'"],
  ['shards', "import type { x } from '../gate.ts'"],
  ['shards', "import type { x } from '../verdict/decide.ts'"],
  ['simulator', "import { x } from '../load/level.ts'"],
  ['simulator', "import { x } from 'undici'"],
  ['simulator/wires', "import { x } from '../../load/level.ts'"],
  ['simulator/databricks', "import { x } from 'undici'"],
  ['settings', "import { x } from '../load/level.ts'"],
  ['settings', "import type { x } from '../protocol/api.ts'"],
  ['settings', "import type { x } from '../settings.ts'"],
  ['settings/lists', "import { x } from '../../load/level.ts'"],
  ['settings/lists', "import type { x } from '../../settings.ts'"],
  ['baseline', "import { x } from '../github/context.ts'"],
  ['baseline', "import { x } from '@actions/core'"],
  ['baseline', "import { x } from 'undici'"],
  ['github', "import { x } from '../gate.ts'"],
  ['github', "import { x } from '../shell/system-ports.ts'"],
  ['github', "import { x } from '../commands/output.ts'"],
  ['github', "import { x } from '../simulator/server.ts'"],
  ['github', "import { x } from '../load/level.ts'"],
  ['github/job', "import { x } from '../../load/level.ts'"],
  ['github/job', "import { x } from '../../gate.ts'"],
  ['github/job', "import { x } from '../../shell/system-ports.ts'"],
  ['shell', "import { x } from '../github/context.ts'"],
  ['shell', "import { x } from '../commands/output.ts'"],
  ['commands', "import { x } from '../github/context.ts'"],
  ['commands', "import { x } from '@actions/core'"],
  ['commands/demo', "import { x } from '../../github/context.ts'"],
  ['report-job.ts', "import { x } from './commands/output.ts'"],
  ['command.ts', "import { x } from './github/context.ts'"],
]

/** Every folder with a rule of its own; each of them may use the vocabulary. */
const EVERYWHERE = [
  'plan',
  'protocol',
  'protocol/apis',
  'vendors',
  'vendors/databricks',
  'stats',
  'metrics',
  'metrics/level',
  'report',
  'verdict',
  'verdict/compare',
  'words',
  'render',
  'render/view',
  'render/view/compared',
  'imports',
  'exports',
  'load',
  'load/auth',
  'load/level',
  'load/preflight',
  'load/transport',
  'serving',
  'run',
  'simulator',
  'simulator/wires',
  'settings',
  'settings/lists',
  'baseline',
  'github',
  'github/job',
]

/** Imports that must pass: a rule that forbids everything proves nothing. */
const ALLOWED: readonly (readonly [folder: string, statement: string])[] = [
  ...EVERYWHERE.map((folder) => [folder, `import { x } from '${up(folder)}vocabulary/endpoint-names.ts'`] as const),
  ['vocabulary', "import type { x } from './endpoint-names.ts'"],
  ['plan', "import type { x } from '../metrics/level.ts'"],
  ['plan', "import { x } from './other.ts'"],
  ['protocol/apis', "import { x } from '../json.ts'"],
  ['protocol/framing', "import { x } from 'eventsource-parser'"],
  ['vendors', "import { x } from './databricks/databricks.ts'"],
  ['vendors/bedrock', "import { x } from '../vendor.ts'"],
  ['vendors/bedrock', "import { x } from '../../protocol/api.ts'"],
  ['vendors/bedrock', "import { x } from 'node:crypto'"],
  ['load/preflight', "import { x } from '../../plan/plan.ts'"],
  ['load/transport', "import { x } from 'undici'"],
  ['metrics', "import { x } from '../stats/chance.ts'"],
  ['load', "import type { x } from '../metrics/level.ts'"],
  ['load', "import { x } from 'undici'"],
  ['load', "import { x } from '../vendors/vendors.ts'"],
  ['load/auth', "import { x } from '../../vendors/vendors.ts'"],
  ['metrics', "import { x } from '../vendors/vendor.ts'"],
  ['settings/lists', "import { x } from '../../vendors/vendors.ts'"],
  ['load/auth', "import { x } from '../../settings/auth.ts'"],
  ['verdict/compare', "import { x } from '../history/past.ts'"],
  ['verdict/compare', "import type { x } from '../../report/history.ts'"],
  ['render', "import { x } from '../report/run-report.ts'"],
  ['render/view', "import type { x } from '../../metrics/level.ts'"],
  ['words', "import type { x } from '../report/verdict.ts'"],
  ['render/view', "import { x } from '../../words/sentences.ts'"],
  ['exports', "import { x } from '../render/view.ts'"],
  ['serving', "import type { x } from '../load/ports.ts'"],
  ['run', "import { x } from '../verdict/limits.ts'"],
  ['gate', "import { x } from '../words/format.ts'"],
  ['simulator', "import { x } from '../protocol/api.ts'"],
  ['simulator/wires', "import { x } from '../engine/engine.ts'"],
  ['simulator/wires', "import { x } from '../../protocol/api.ts'"],
  ['baseline', "import { x } from 'fflate'"],
  ['baseline', "import { x } from '../report/history-codec.ts'"],
  ['github', "import { x } from '@actions/core'"],
  ['github', "import { x } from '../render/comment.ts'"],
  ['github', "import { x } from '../verdict/decide.ts'"],
  ['github', "import { x } from '../shell/secrets.ts'"],
  ['github/job', "import { x } from '../../shell/secrets.ts'"],
  ['github/job', "import { x } from '../api/client.ts'"],
  ['github/job', "import type { x } from '../../gate.ts'"],
  ['github', "import type { x } from '../gate.ts'"],
  ['shell', "import { x } from '../gate.ts'"],
  ['commands', "import { x } from '../shell/secrets.ts'"],
  ['commands', "import { x } from './github-api.ts'"],
]

const root = join(import.meta.dirname, '..', '..')
let refused: ReadonlySet<string>
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plateau-imports-'))
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  for (const [path, statement] of [...named('forbidden', FORBIDDEN), ...named('allowed', ALLOWED)]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${statement}\nexport type Y = typeof x\n`)
  }
  refused = new Set(
    lint()
      .filter(({ code }) => code.includes('no-restricted-imports'))
      .map(({ filename }) => filename),
  )
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('the lint refuses', () => {
  test.each(named('forbidden', FORBIDDEN))('%s: %s', (path) => expect(refused).toContain(path))
})

describe('the lint allows', () => {
  test.each(named('allowed', ALLOWED))('%s: %s', (path) => expect(refused).not.toContain(path))
})

/** The way from a folder to `src`. */
function up(folder: string): string {
  return '../'.repeat(folder.split('/').length)
}

function named(kind: string, imports: typeof FORBIDDEN): (readonly [path: string, statement: string])[] {
  return imports.map(([name, statement], i) => {
    const path = name.endsWith('.ts') ? name : `${name}/${kind}-${i}.ts`
    return [`src/${path}`, statement] as const
  })
}

function lint(): readonly { code: string; filename: string }[] {
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint')
  try {
    return diagnostics(
      execFileSync(process.execPath, [oxlint, '-c', '.oxlintrc.json', '-f', 'json', 'src'], {
        cwd: folder,
        encoding: 'utf8',
      }),
    )
  } catch (error) {
    // It ends with 1 because it found what it should.
    return diagnostics((error as { stdout: string }).stdout)
  }
}

function diagnostics(json: string): readonly { code: string; filename: string }[] {
  return (JSON.parse(json) as { diagnostics: { code: string; filename: string }[] }).diagnostics
}
