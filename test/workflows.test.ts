import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { SHORTEST_GATE } from '../scripts/docs/example-gates.ts'
import { renderWorkflow } from '../src/commands/init/files.ts'
import { workflowsIn } from './support/workflows.ts'
import { OWNER } from '../src/version.ts'
import type { Step, Workflow } from './support/workflows.ts'

const REPOSITORY = `${OWNER}/plateau`

/** What `plateau init` writes. */
const WRITTEN = renderWorkflow({
  ...SHORTEST_GATE,
  notes: ['A note.'],
  inputs: [
    ['endpoint', 'https://staging.example.com/v1'],
    ['auth', 'aws-sigv4'],
    ['config', '.github/plateau.yml'],
  ],
  variables: [['AWS_SECRET_ACCESS_KEY', '${{ secrets.AWS_SECRET_ACCESS_KEY }}']],
})

const WORKFLOWS = [
  ...workflowsIn('examples'),
  ...workflowsIn('.github/workflows'),
  { ...(parse(WRITTEN) as Workflow), path: 'what plateau init writes', text: WRITTEN },
]

/** The action file that a `uses:` of ours names, or null. */
function ownAction(uses: string): string | null {
  const folder = new RegExp(`^(?:${REPOSITORY}|\\.)(/[a-z]+)?(?:@v1)?$`).exec(uses)
  return folder === null ? null : `${(folder[1] ?? '').slice(1)}/action.yml`.replace(/^\//, '')
}

function inputsOf(path: string): Readonly<Record<string, { readonly required?: boolean }>> {
  return (parse(readFileSync(path, 'utf8')) as { inputs: Readonly<Record<string, { required?: boolean }>> }).inputs
}

test('a folder of ours is told from an action of others', () => {
  expect(ownAction(`${REPOSITORY}@v1`)).toBe('action.yml')
  expect(ownAction(`${REPOSITORY}/report@v1`)).toBe('report/action.yml')
  expect(ownAction('./simulate')).toBe('simulate/action.yml')
  expect(ownAction('./')).toBeNull()
  expect(ownAction('actions/checkout@v5')).toBeNull()
})

describe.each(WORKFLOWS)('$path', ({ text, permissions, jobs }) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  const used = steps.filter((step): step is Step & { readonly uses: string } => step.uses !== undefined)

  test('grants nothing by default, and says what each permission is for', () => {
    expect(permissions).toEqual({})
    const granted = text.split('\n').filter((line) => /^\s+[a-z-]+: (read|write)\b/.test(line))
    for (const line of granted) expect(line).toMatch(/: (read|write) # \S/)
    expect(granted).toHaveLength(Object.values(jobs).flatMap((job) => Object.keys(job.permissions ?? {})).length)
  })

  test('ends in time', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  test('gives our actions the inputs that they have', () => {
    for (const { uses, with: given = {} } of used) {
      const path = ownAction(uses.replace(/^\.\/$/, '.'))
      if (path === null) continue
      const inputs = inputsOf(path)
      for (const name of Object.keys(given)) expect(Object.keys(inputs)).toContain(name)
      for (const [name, { required }] of Object.entries(inputs))
        if (required === true) expect(given).toHaveProperty(name)
    }
  })

  test('names every action of others by a commit, with the version that it is', () => {
    const others = used.map(({ uses }) => uses).filter((uses) => !uses.startsWith('./') && !uses.startsWith(REPOSITORY))
    for (const uses of others)
      expect(text).toMatch(new RegExp(`uses: ${uses.replace(/@.*/, '')}@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+\\n`))
    const commits = others.map((uses) => /@[0-9a-f]{40}$/.test(uses))
    expect(commits).not.toContain(false)
  })

  test('leaves no token in a checkout', () => {
    for (const { uses, with: given } of used) {
      if (uses.startsWith('actions/checkout@')) expect(given).toMatchObject({ 'persist-credentials': false })
    }
  })

  test('puts nothing into a shell that others wrote', () => {
    for (const { run } of steps) expect(run ?? '').not.toContain('${{')
  })
})
