import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { writeOwner } from '../../scripts/docs/owner.ts'
import { diagnoseMachine, diagnoseWorkflows, diagnosePipeline } from '../../src/commands/doctor/diagnose.ts'
import { doctorCommand } from '../../src/commands/doctor/doctor.ts'
import { readTriggers, readWorkflows, recordsBranch } from '../../src/commands/workflows.ts'
import { temporaryFolder } from '../support/cli.ts'
import { playCommand } from '../support/virtual/play.ts'

const JOB = '.gitlab/plateau.gitlab-ci.yml'

/** A gate that lacks nothing; each part can be another. */
function aWorkflow({
  on = '{ push: { branches: [main] }, pull_request: {} }',
  permissions = '{ contents: read, actions: read, pull-requests: write }',
  inputs = "{ endpoint: 'https://a.example', api-key: '${{ secrets.KEY }}' }",
  runner = 'ubuntu-latest',
  owner = 'acme',
  rest = 'timeout-minutes: 30',
  more = '',
} = {}): string {
  return [
    `on: ${on}`,
    'concurrency: staging',
    'jobs:',
    '  plateau:',
    `    runs-on: ${runner}`,
    ...(permissions === '' ? [] : [`    permissions: ${permissions}`]),
    ...(rest === '' ? [] : [`    ${rest}`]),
    '    steps:',
    `      - { uses: ${owner}/plateau@v1, with: ${inputs} }`,
    more,
  ].join('\n')
}

/** What is missing or could be better, of these workflows. */
function diagnose(files: Readonly<Record<string, string>>, branch = 'main', config = 'name: a'): string[] {
  return diagnoseWorkflows(readWorkflows(new Map(Object.entries(files))), branch, () => config).flatMap(
    ({ state, what, remedy }) => (state === 'fine' ? [] : [`${state}: ${what} → ${remedy}`]),
  )
}

test('a gate that has what it needs is fine', () => {
  expect(diagnose({ 'a.yml': aWorkflow() })).toEqual([])
})

test.each([
  [
    { permissions: '{ contents: read, pull-requests: write }' },
    /^missing: \.github\/workflows\/a\.yml, job plateau: lacks actions: read; recorded runs are not found/,
  ],
  [
    { permissions: '{ contents: read, actions: read, pull-requests: read }' },
    /lacks pull-requests: write; there is no comment/,
  ],
  [{ permissions: 'read-all' }, /lacks pull-requests: write/],
  [{ permissions: '' }, /^advice: .*states no permissions.*write actions: read, contents: read, pull-requests: write/],
  [{ inputs: "{ api-key: '${{ secrets.KEY }}' }" }, /has no endpoint/],
  [{ inputs: "{ endpoint: 'https://a.example' }" }, /has no key → give api-key/],
  [
    { inputs: "{ endpoint: 'https://a.example', api-key: sk-secret }" },
    /^(?!.*sk-secret).*has a key in the file.*revoke it/,
  ],
  [{ inputs: "{ endpoint: 'https://a.example', auth: databricks-oidc }" }, /lacks id-token: write/],
  [{ inputs: "{ endpoint: 'https://a.example', auth: none, upload: false }" }, /uploads nothing, so the history/],
  [
    { inputs: "{ endpoint: 'https://a.example', auth: none, defer: true }" },
    /leaves its verdict to a report job, and the workflow has none/,
  ],
  [{ runner: 'ubuntu-slim' }, /runs on ubuntu-slim, which has one core/],
  [{ owner: 'your-org' }, /uses your-org\/plateau, which stands for your copy.* → write who owns that copy/],
  [
    { inputs: "{ endpoint: 'https://staging.example.com/v1?key=x', auth: none }" },
    /an endpoint that is only an example, https:\/\/staging\.example\.com\/v1 → write the address of yours$/,
  ],
  [
    { inputs: "{ endpoint: 'https://a.example', auth: none, control: 'http://EXAMPLE.org:8000' }" },
    /a control that is only an example/,
  ],
  [{ rest: '' }, /^advice: .*no timeout-minutes/],
  [
    { on: '{ pull_request: {} }' },
    /^missing: no workflow records runs of main.*start one on: push with branches: \[main\]/,
  ],
  [{ on: '{ push: { branches: [master] }, pull_request: {} }' }, /no workflow records runs of main/],
  [{ on: "{ push: { tags: ['v*'] } }" }, /no workflow records runs of main/],
])('what is missing is named, with what to do: %o', (parts, message) => {
  const found = diagnose({ 'a.yml': aWorkflow(parts) })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(message)
})

test('a report job of a copy that nobody has is named, too', () => {
  const inputs = "{ endpoint: 'https://a.example', auth: none, defer: true }"
  const more = '  report:\n    permissions: write-all\n    steps: [{ uses: your-org/plateau/report@v1 }]'
  expect(diagnose({ 'a.yml': aWorkflow({ inputs, more }) })).toEqual([
    expect.stringMatching(/^missing: \.github\/workflows\/a\.yml, job report: uses your-org\/plateau/),
  ])
})

test('a report job needs permissions of its own', () => {
  const more = '  report:\n    permissions: { actions: read }\n    steps: [{ uses: acme/plateau/report@v1 }]'
  const inputs = "{ endpoint: 'https://a.example', auth: none, defer: true }"
  expect(diagnose({ 'a.yml': aWorkflow({ inputs, more }) })).toEqual([
    'missing: .github/workflows/a.yml, job report: lacks pull-requests: write; there is no comment → add it under permissions of the job',
  ])
})

test('pull requests that are compared where nothing is recorded are told where it is', () => {
  const night = aWorkflow({ on: "{ schedule: [{ cron: '17 2 * * *' }] }" })
  const compare = (more: string) =>
    aWorkflow({ on: 'pull_request', inputs: `{ endpoint: 'https://a.example', auth: none${more} }` })
  expect(diagnose({ 'night.yml': night, 'pull.yml': compare(', baseline-workflow: night.yml') })).toEqual([])
  expect(diagnose({ 'night.yml': night, 'pull.yml': compare('') })).toEqual([
    'missing: .github/workflows/pull.yml compares with runs of itself, and only night.yml records → give it baseline-workflow: night.yml, and both the same name',
  ])
  expect(diagnose({ 'night.yml': night, 'pull.yml': compare(', baseline-workflow: old.yml') })[0]).toContain(
    '.github/workflows/pull.yml compares with runs of old.yml, and only night.yml records',
  )
})

test.each([", control: 'https://main.example'", ', control-command: ./serve.sh', ', baseline: none'])(
  'a job with%s needs no recorded runs, and one without still does',
  (more) => {
    const alone = aWorkflow({ on: 'pull_request', inputs: `{ endpoint: 'https://a.example', auth: none${more} }` })
    expect(diagnose({ 'pull.yml': alone })).toEqual([])
    expect(diagnose({ 'main.yml': aWorkflow({ on: 'push' }), 'pull.yml': alone })).toEqual([])
    expect(diagnose({ 'pull.yml': alone, 'other.yml': aWorkflow({ on: 'pull_request' }) })).toEqual([
      expect.stringMatching(/^missing: no workflow records runs of main/),
    ])
  },
)

test.each([
  ['push', 'main', true],
  ['[push, pull_request]', 'main', true],
  ["{ push: { branches: ['release/*'] } }", 'release/7', true],
  ["{ push: { branches: ['release/*'] } }", 'release/7/a', false],
  ["{ push: { branches: ['**'] } }", 'a/b', true],
  ['{ push: { branches: [m.in] } }', 'main', false],
  ['{ push: { branches: main } }', 'main', true],
  ["{ push: { branches-ignore: [main, 'x/**'] } }", 'main', false],
  ["{ push: { branches-ignore: [main, 'x/**'] } }", 'trunk', true],
  ["{ push: { branches-ignore: ['[m]ain'] } }", 'main', true],
  ["{ push: { branches-ignore: [main], tags: ['v*'] } }", 'trunk', true],
  ['workflow_dispatch', 'main', true],
  ['release', 'main', false],
])('%s on %s is recorded: %s', (on, branch, isRecorded) => {
  expect(recordsBranch(readTriggers(parse(on)), branch)).toBe(isRecorded)
})

test('every example has what its jobs need', () => {
  const files = readdirSync('examples').filter((name) => name.endsWith('.yml'))
  const filledIn = (file: string): string =>
    writeOwner(readFileSync(join('examples', file), 'utf8'), 'acme')
      .replaceAll('example.com', 'acme.example')
      .replaceAll('adb-1234567890123456', 'adb-3141592653589793')
  const found = files.flatMap((file) => diagnose({ [file]: filledIn(file) }, 'main', filledIn('plateau.yml')))
  expect(found.filter((each) => /^missing: .*, job /.test(each))).toEqual([])
})

test('every address in an example is known as one', () => {
  for (const file of readdirSync('examples').filter((name) => name.endsWith('.yml'))) {
    const text = readFileSync(join('examples', file), 'utf8')
    const found = diagnose({ [file]: text }).join('\n')
    for (const [, url] of text.matchAll(/\b(?:endpoint|control): '?(https:(?:\$\{\{.*?\}\}|[^\s',}])+)/g)) {
      const shown = url!.replaceAll(/\$\{\{.*?\}\}/g, 'x')
      if (/uses: .*plateau@/.test(text)) expect(found, file).toContain(`only an example, ${shown}`)
    }
  }
})

test.each([
  ['{ host: [a.acme.dev, b.example.com] }', 'https://${{ matrix.host }}/v1', ['https://b.example.com/v1']],
  [
    "{ target: [{ url: 'http://a.example.org' }, { url: 'http://b.example.net/$&' }], name: [x] }",
    '${{matrix.target.url}}',
    ['http://a.example.org/', 'http://b.example.net/$&'],
  ],
  [
    "{ model: [a, b, c], include: [{ model: a, url: 'https://a.example.com' }, { model: b, url: 'https://a.example.com' }, { model: c, url: 'https://c.acme.dev' }] }",
    '${{ matrix.url }}',
    ['https://a.example.com/'],
  ],
  ['${{ fromJSON(needs.list.outputs.models) }}', '${{ matrix.url }}', []],
  ['{ url: 7, x: [null, [1]] }', '${{ matrix.url }}', []],
])('an address that is only an example is found in a matrix, too: %s', (matrix, endpoint, urls) => {
  const inputs = `{ endpoint: '${endpoint}', auth: none }`
  const found = diagnose({ 'a.yml': aWorkflow({ inputs, rest: `strategy: { matrix: ${matrix} }` }) })
  expect(found.flatMap((each) => /only an example, (\S+)/.exec(each)?.[1] ?? [])).toEqual(urls)
})

test('a file that is no workflow, or has nothing to do with the action, is passed over', () => {
  const others = {
    'a.yml': '{',
    'b.yml': 'jobs: [1]',
    'c.yml': 'on: push\njobs: { a: { steps: [{ uses: actions/checkout@v5 }, 7] }, b: null }',
  }
  expect(readWorkflows(new Map(Object.entries(others)))).toEqual({ workflows: [], unread: [] })
  expect(diagnose({ 'a.yml': 'on: push' })[0]).toMatch(/^missing: no workflow in \.github\/workflows uses the action/)
})

test('a file that uses the action and is no YAML is named', () => {
  const broken = 'jobs: [\n  - uses: acme/plateau@v1'
  expect(diagnose({ 'a.yml': broken })).toEqual([
    'missing: .github/workflows/a.yml cannot be read as YAML → fix it; GitHub shows the line',
  ])
  expect(diagnose({ 'a.yml': broken, 'b.yml': aWorkflow() })).toHaveLength(1)
})

test('a workflow that another one calls is part of that', () => {
  const called = aWorkflow({ on: 'workflow_call', permissions: '' })
  const caller = (permissions: string) =>
    `on: [push, pull_request]\njobs: { gate: { uses: ./.github/workflows/inner.yml, permissions: ${permissions} } }`
  const may = '{ contents: read, actions: read, pull-requests: write }'
  expect(diagnose({ 'call.yml': caller(may), 'inner.yml': called })).toEqual([])
  expect(diagnose({ 'call.yml': caller('{ contents: read, actions: read }'), 'inner.yml': called })).toEqual([
    'missing: .github/workflows/call.yml, job gate / plateau: lacks pull-requests: write; there is no comment → add it under permissions of the job',
  ])
  const itself = 'on: push\njobs: { a: { uses: ./.github/workflows/a.yml } }'
  expect(diagnose({ 'a.yml': itself, 'b.yml': aWorkflow() })).toEqual([])
  expect(diagnose({ 'inner.yml': aWorkflow({ on: 'workflow_call' }) })).toEqual([
    expect.stringMatching(/^advice: no workflow here records runs of main; whether one of another repository/),
  ])
})

test('who asks for a check run needs leave to write it', () => {
  const inputs = (more: string) => `{ endpoint: 'https://a.example', auth: none, check-run: true${more} }`
  expect(diagnose({ 'a.yml': aWorkflow({ inputs: inputs('') }) })).toEqual([
    'missing: .github/workflows/a.yml, job plateau: lacks checks: write; there is no check run, and a rule that requires it waits → add it under permissions of the job',
  ])
  const more =
    '  report:\n    permissions: { actions: read }\n    steps: [{ uses: acme/plateau/report@v1, with: { comment: never, check-run: true } }]'
  expect(diagnose({ 'a.yml': aWorkflow({ inputs: inputs(', defer: true'), more }) })).toEqual([
    expect.stringContaining('job report: lacks checks: write'),
  ])
})

/** A gate whose settings stand in a file, which is checked out unless something else stands there. */
const configured = (inputs: string, before = '{ uses: actions/checkout@v5 }') =>
  aWorkflow({ inputs }).replace('    steps:', `    steps:\n      - ${before}`)

test('what stands in a config file counts as if it stood in the workflow', () => {
  const look = (text: string, inputs: string, before?: string) =>
    diagnoseWorkflows(readWorkflows(new Map([['a.yml', configured(inputs, before)]])), 'main', (path) =>
      path === 'p.yml' ? text : null,
    ).flatMap(({ state, what }) =>
      state === 'fine' ? [] : [what.replace('.github/workflows/a.yml, job plateau: ', '')],
    )
  const whole = "{ endpoint: 'https://a.example', auth: none, config: p.yml"
  expect(look('name: a', `${whole} }`)).toEqual([])
  expect(look('name: a', '{ config: p.yml }')).toEqual([
    expect.stringContaining('has no endpoint'),
    expect.stringContaining('has no key'),
  ])
  expect(look('results: results/*.json', '{ config: p.yml }')).toEqual([])
  expect(look('check-run: true', `${whole} }`)).toEqual([expect.stringContaining('lacks checks: write')])
  expect(look('check-run: true', `${whole}, check-run: false }`)).toEqual([])
  expect(look('passes: many\nmodl: a', `${whole} }`)).toEqual([
    expect.stringMatching(/^modl: .*did you mean model\?.*p\.yml, line 2/),
    expect.stringMatching(/^passes: got "many"/),
  ])
  expect(look('scenarios: { a: { passes: 2 } }', `${whole} }`)).toEqual([
    expect.stringMatching(/^scenario: is required/),
  ])
  expect(look('scenarios: { a: { passes: 2 } }', `${whole}, scenario: '\${{ matrix.scenario }}' }`)).toEqual([])
  expect(look('scenarios: { a: { passes: 2 }, b: { passes: no } }', `${whole}, scenario: all }`)).toEqual([
    expect.stringMatching(/^passes: got "no"/),
  ])
  expect(look('name: a', whole.replace('p.yml', 'q.yml }'))).toEqual(['has its settings in q.yml, which is not here'])
  expect(look('name: a', `${whole} }`, '{ run: make }')).toEqual([
    'has its settings in p.yml, and no step before checks it out',
  ])
})

test('of a config file that only GitHub knows nothing is said but that a key stands in none', () => {
  const named = (more: string) => diagnose({ 'a.yml': configured(`{ config: '\${{ inputs.file }}'${more} }`) })
  expect(named('')).toEqual([])
  expect(named(", endpoint: 'https://a.example'")).toEqual([expect.stringContaining('has no key')])
})

test('a folder that is none is refused', async () => {
  const played = playCommand(doctorCommand, [join(temporaryFolder(), 'none')], { engine: {}, servedModel: 'simulated' })
  await expect(played).rejects.toThrow(/is no folder/)
})

test('names that others wrote cannot do harm', () => {
  const text = aWorkflow({ on: 'pull_request' }).replace('  plateau:', '  "a\\u001b[31m":')
  const found = diagnose({ 'a\n::error::.yml': text }, 'm\u001b[2J')
  for (const sign of ['\u001b', '\n']) expect(found.join()).not.toContain(sign)
})

test.each([
  ['has no job', {}, /^missing: there is no \.gitlab\/plateau\.gitlab-ci\.yml.*plateau init/],
  ['has a job of its own', { '.gitlab-ci.yml': 'a: { script: [plateau run] }' }, /^fine: /],
  [
    'clones a copy that nobody has',
    { [JOB]: 'git clone https://github.com/your-org/plateau x', '.gitlab-ci.yml': `include: [{ local: ${JOB} }]` },
    /^missing: \.gitlab\/plateau\.gitlab-ci\.yml: uses your-org\/plateau.* → write who owns[^\n]*$/,
  ],
  [
    'clones that in a job of its own',
    { '.gitlab-ci.yml': 'a: { script: [git clone https://github.com/your-org/plateau x] }' },
    /^missing: \.gitlab-ci\.yml: uses your-org\/plateau[^\n]*$/,
  ],
  [
    'was just written by init, with two things left to do',
    { [JOB]: 'git clone https://github.com/your-org/plateau x' },
    /^missing: .*uses your-org\/plateau.*\nmissing: .*does not include .*include:/,
  ],
  [
    'does not include the job',
    { [JOB]: 'a: {}', '.gitlab-ci.yml': 'b: {}' },
    /^missing: .*does not include .*include:/,
  ],
  ['includes the job', { [JOB]: 'a: {}', '.gitlab-ci.yml': `include: [{ local: ${JOB} }]` }, /^fine: .*variables/],
  ['includes all jobs', { [JOB]: 'a: {}', '.gitlab-ci.yml': "include: [{ local: '/.gitlab/*.yml' }]" }, /^fine: /],
])('a pipeline of GitLab that %s', (_, files: Readonly<Record<string, string>>, expected) => {
  const found = diagnosePipeline((path) => files[path] ?? null)
  expect(found.map(({ state, what, remedy }) => `${state}: ${what} → ${remedy}`).join('\n')).toMatch(expected)
})

test('a repository of GitLab is not told to use the action, unless a workflow here does', async () => {
  const folder = temporaryFolder()
  const look = async () => {
    const played = await playCommand(doctorCommand, [folder, '--branch', 'main', '--self-proof', 'false'], {
      engine: {},
      servedModel: 'simulated',
    })
    return [played.code, played.lines.map(({ text }) => text).join('')]
  }
  writeFileSync(join(folder, '.gitlab-ci.yml'), 'stages: [test]')
  expect(await look()).toEqual([2, expect.stringMatching(/^✗ missing: there is no \.gitlab\//)])
  writeFileSync(join(folder, '.gitlab-ci.yml'), 'performance: { script: [plateau run] }')
  expect(await look()).toEqual([0, expect.stringMatching(/^✓ \.gitlab-ci\.yml speaks of plateau/)])
  mkdirSync(join(folder, '.github', 'workflows'), { recursive: true })
  writeFileSync(join(folder, '.github', 'workflows', 'a.yml'), aWorkflow({ on: 'pull_request' }))
  expect(await look()).toEqual([2, expect.stringMatching(/no workflow records runs of main/)])
})

test('one core is too few', () => {
  expect(diagnoseMachine(1)).toMatchObject({ state: 'missing' })
  expect(diagnoseMachine(2)).toMatchObject({ state: 'fine', what: 'this machine has 2 cores' })
})

test('the command reads a repository and this machine, and ends with 2 where something is missing', async () => {
  const folder = temporaryFolder()
  const workflows = join(folder, '.github', 'workflows')
  mkdirSync(workflows, { recursive: true })
  const look = async () =>
    playCommand(doctorCommand, [folder, '--branch', 'main', '--self-proof', 'false'], {
      engine: {},
      servedModel: 'simulated',
    })
  writeFileSync(join(workflows, 'a.yml'), aWorkflow())
  const fine = await look()
  expect(fine.code).toBe(0)
  expect(fine.lines.map(({ text }) => text).join('')).toMatch(
    /^✓ \.github\/workflows\/a\.yml, job plateau: has what it needs\n✓ runs of main are recorded by \.github\/workflows\/a\.yml\n✓ this machine has \d+ cores\n$/,
  )
  writeFileSync(join(workflows, 'a.yml'), aWorkflow({ permissions: '{ contents: read, pull-requests: write }' }))
  const lacking = await look()
  expect(lacking.code).toBe(2)
  expect(lacking.lines.map(({ text }) => text).join('')).toMatch(
    /^✗ missing: \.github\/workflows\/a\.yml, job plateau: lacks actions: read;[^]*\n {2}→ add it under permissions/,
  )
})
