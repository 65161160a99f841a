import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { OUTPUTS } from '../src/github/outputs.ts'
import type { Settings } from '../src/settings.ts'
import { selfSigned } from './support/certificate.ts'
import { legsOf, workflowsIn } from './support/workflows.ts'
import { OWNER } from '../src/version.ts'
import { resolve } from './settings/support.ts'

const REPOSITORY = `${OWNER}/plateau`
/** The workflows that measure with the action. */
const EXAMPLES = workflowsIn('examples').filter(({ text }) => text.includes(`uses: ${REPOSITORY}@v1`))
const CONFIG = readFileSync('examples/plateau.yml', 'utf8')
const { key, cert } = selfSigned()
const TRACE = '{"timestamp": 0, "input_length": 900, "output_length": 50, "hash_ids": [1, 2]}'
const CERTIFICATES = {
  '/runner/client-cert.pem': cert,
  '/runner/client-key.pem': key,
  'certificates/internal-ca.pem': cert,
}
const SHA = '0123456789abcdef0123456789abcdef01234567'

/** What an expression of the examples may come to. */
function evaluate(expression: string, leg: Readonly<Record<string, string>>, legs: number): string {
  if (expression === 'strategy.job-total') return String(legs)
  const matrix = /^matrix\.(\w+)$/.exec(expression)
  if (matrix !== null) return leg[matrix[1]!]!
  if (expression === 'secrets.RENDEZVOUS_URL') return 'https://store.example.com/meeting?permission=write'
  if (/^secrets\.[A-Z_]+$/.test(expression)) return 'a-secret-key'
  if (/^vars\.[A-Z_]+$/.test(expression)) return 'a-variable'
  if (expression.includes('environment_url')) return 'https://pr-7.preview.example.com'
  if (expression.includes('issue.number')) return 'pr-7'
  if (expression.includes('sha')) return SHA
  if (expression === 'runner.temp') return '/runner'
  if (expression === 'steps.endpoint.outputs.url') return 'http://127.0.0.1:41234'
  throw new Error(`the test does not know ${expression}`)
}

/** What a runner gives a job that may ask for its identity. */
const IDENTITY = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.example/id', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }

/** The settings of every measuring leg of a file, as the action would read them. */
function settingsOf(jobs: (typeof EXAMPLES)[number]['jobs']): readonly Settings[] {
  return Object.values(jobs).flatMap((job) =>
    job.steps
      .filter(({ uses }) => uses === `${REPOSITORY}@v1`)
      .flatMap((step) =>
        legsOf(job).flatMap((leg, _, { length }) => {
          const inputs = Object.entries(step.with ?? {}).map(([name, value]) => [
            name,
            String(value).replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) =>
              evaluate(expression, leg, length),
            ),
          ])
          const scenarios = Object.keys((parse(CONFIG) as { scenarios: object }).scenarios)
          const files = { '.github/plateau.yml': CONFIG, '.github/trace.jsonl': TRACE, ...CERTIFICATES }
          const env = job.permissions?.['id-token'] === 'write' ? IDENTITY : {}
          const given = Object.fromEntries(inputs) as Record<string, string>
          const meant = given['scenario'] === 'all' ? scenarios : [given['scenario']]
          return meant.map((scenario) => {
            const name = meant.length === 1 ? given['name'] : `${given['name']}-${scenario}`
            const own = scenario === undefined ? given : { ...given, scenario, name: name! }
            return resolve({ inputs: own, files, env }).settings
          })
        }),
      ),
  )
}

describe.each(EXAMPLES)('$path', ({ path, text, jobs }) => {
  test('measures with settings that go together', () => {
    const all = settingsOf(jobs)
    expect(all.length).toBeGreaterThan(0)
    for (const { auth, apiKey, results } of all)
      expect(
        results !== null || auth.kind === 'none' || auth.kind === 'databricks-oidc' || apiKey === 'a-secret-key',
      ).toBe(true)
  })

  test('has jobs of different names, and a report job where they defer', () => {
    const all = settingsOf(jobs)
    const gates = all.filter(({ shard }) => (shard?.number ?? 1) === 1)
    expect(new Set(all.map(({ name, endpoint }) => `${name} ${endpoint.href}`)).size).toBe(gates.length)
    const reports = text.includes(`${REPOSITORY}/report@v1`)
    for (const { defer } of all) expect(defer).toBe(reports)
  })

  test('begins with what it is for, and is named in the list', () => {
    expect(text).toMatch(/^# [A-Z]/)
    expect(readFileSync('examples/README.md', 'utf8')).toContain(`(${path.replace(/^examples\//, '')})`)
  })
})

test.each(['gitlab-ci.yml', 'buildkite.yml', 'Jenkinsfile'])(
  '%s runs the command with settings that go together',
  (name) => {
    const text = readFileSync(`examples/${name}`, 'utf8')
    expect(readFileSync('examples/README.md', 'utf8')).toContain(`(${name})`)
    const [, line] = /cli\.js run (.*?)(?: \|\| CODE=.*)?$/m.exec(text)!
    const flags = line!
      .replaceAll(/"?\$\$?STAGING_URL"?/g, 'https://staging.example.com/v1')
      .replaceAll(/"file:\$HISTORY"/g, 'file:/history.json')
      .replaceAll(/\$\$?\{?RECORD(?::-)?\}?/g, '--append')
      .split(' ')
    const { settings } = resolve({ flags, env: { PLATEAU_API_KEY: 'a-secret-key' } })
    expect(settings).toMatchObject({ name: 'llama-8b', append: true, junit: 'junit.xml', apiKey: 'a-secret-key' })
    expect(flags.join(' ')).not.toContain('$')
  },
)

test('the page that is published is one that the action writes', () => {
  const text = readFileSync('examples/history-pages.yml', 'utf8')
  const outputs = [...text.matchAll(/steps\.plateau\.outputs\.([\w-]+)/g)].map(([, name]) => name)
  expect(outputs.length).toBeGreaterThan(0)
  for (const name of outputs) expect(OUTPUTS.map((output): string => output.name)).toContain(name)
})

test('the list names nothing that is not there', () => {
  const named = [...readFileSync('examples/README.md', 'utf8').matchAll(/\(([\w-]+\.(?:yml|sh))\)/g)].map(
    ([, name]) => name,
  )
  expect(new Set(named)).toEqual(new Set(readdirSync('examples').filter((name) => /\.(?:yml|sh)$/.test(name))))
})

test('the snippet for the simulated endpoint has settings that go together', () => {
  const snippet = /```yaml\n([\s\S]*?)```/.exec(readFileSync('examples/README.md', 'utf8'))![1]!
  const steps = parse(snippet) as { uses: string; with?: Record<string, string> }[]
  expect(settingsOf({ job: { steps } })).toHaveLength(1)
})

test('nights and pull requests share one series', () => {
  const read = (name: string): Settings => settingsOf(EXAMPLES.find(({ path }) => path.endsWith(name))!.jobs)[0]!
  const [record, compare] = [read('nightly-record.yml'), read('nightly-compare.yml')]
  expect(compare.baselineWorkflow).toEqual(['nightly-record.yml'])
  expect(record.baselineWorkflow).toBeNull()
  const { runs: _runs, ...series } = record
  expect(compare).toMatchObject({ ...series, baselineWorkflow: ['nightly-record.yml'] })
  expect(read('release.yml')).toMatchObject({ name: record.name, baselineWorkflow: ['nightly-record.yml'] })
})

test('the config file has settings that go together for the command too', () => {
  for (const scenario of Object.keys((parse(CONFIG) as { scenarios: object }).scenarios)) {
    const flags = ['--config', 'plateau.yml', '--scenario', scenario, '--endpoint', 'http://h']
    expect(resolve({ flags, files: { 'plateau.yml': CONFIG } }).settings).toMatchObject({
      name: scenario,
      model: 'llama-8b',
    })
  }
})

/** The flags of the calls of `plateau run` in a script, with what the shell makes of variables. */
function flagsIn(script: string, variables: Readonly<Record<string, string>>): string[] {
  const call = /cli\.js run\s([^]*?[^\\])(?:\n|$)/.exec(script)![1]!.replaceAll('\\\n', ' ')
  const filled = Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(name, value), call)
  return filled
    .split(/\s+/)
    .map((word) => word.replaceAll(/["']/g, ''))
    .filter((word) => word !== '')
}

test('the shards of a job matrix are those that there are', () => {
  const { jobs } = EXAMPLES.find(({ path }) => path.endsWith('shards.yml'))!
  const all = settingsOf(jobs).map(({ shard }) => shard)
  expect(all).toEqual([1, 2, 3, 4].map((number) => ({ number, count: 4 })))
})

test('the indexed job for Kubernetes has a shard for each of its pods, never starts one again, and merges what all leave', () => {
  const documents = parseAllDocuments(readFileSync('examples/kubernetes-indexed-job.yml', 'utf8')).map(
    (document) => document.toJS() as IndexedJob,
  )
  expect(documents.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).toEqual([
    'batch/v1 Job plateau-shards',
    'batch/v1 Job plateau-merge',
  ])
  const { completions, parallelism, completionMode, backoffLimit, template } = documents[0]!.spec
  expect({ completionMode, backoffLimit, restartPolicy: template.spec.restartPolicy }).toEqual({
    completionMode: 'Indexed',
    backoffLimit: 0,
    restartPolicy: 'Never',
  })
  expect(parallelism).toBe(completions)
  const script = template.spec.containers[0]!.args.at(-1)!
  for (let index = 0; index < completions!; index++) {
    const { settings } = resolve({ flags: flagsIn(script, { '$((JOB_COMPLETION_INDEX + 1))': String(index + 1) }) })
    expect(settings.shard).toEqual({ number: index + 1, count: completions })
    expect(settings.rendezvous).toMatchObject({ kind: 'folder' })
  }
  expect(documents[1]!.spec.template.spec.containers[0]!.args.at(-1)).toContain('cli.js merge')
  for (const { spec } of documents) {
    const { volumes, containers } = spec.template.spec
    const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name))
    expect(volumes.map(({ name }) => name)).toEqual(expect.arrayContaining(mounted))
  }
})

/** What of a Job of batch/v1 is used here. */
interface IndexedJob {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly completions?: number
    readonly parallelism?: number
    readonly completionMode?: string
    readonly backoffLimit: number
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string
        readonly containers: readonly {
          readonly args: readonly string[]
          readonly volumeMounts: readonly { readonly name: string }[]
        }[]
        readonly volumes: readonly { readonly name: string }[]
      }
    }
  }
}
