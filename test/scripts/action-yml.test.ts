import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import bundle from '../../rolldown.config.ts'
import { OUTPUTS } from '../../src/github/outputs.ts'
import type { SettingList } from '../../src/settings/setting.ts'
import { REPORT_JOB_SETTINGS } from '../../src/github/report-job.ts'
import { ACTION_SETTINGS } from '../../src/settings/lists/run-settings.ts'

interface Action {
  readonly name: string
  readonly description: string
  readonly author: string
  readonly branding: { readonly icon: string; readonly color: string }
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >
  readonly outputs?: Readonly<Record<string, { readonly description: string }>>
  readonly runs: Readonly<Record<string, string>>
}

const FILES = ['action.yml', 'report/action.yml', 'simulate/action.yml']

function actionOf(path: string): Action {
  return parse(readFileSync(path, 'utf8')) as Action
}

function namesOf(list: SettingList): string[] {
  return Object.values(list).map(({ name }) => name)
}

test('the action has every setting that is not of the command alone, and no other input but the matrix and its size', () => {
  expect(Object.keys(actionOf('action.yml').inputs)).toEqual([...namesOf(ACTION_SETTINGS), 'matrix', 'job-total'])
  expect(namesOf(ACTION_SETTINGS)).not.toContain('append')
})

test('the action has every output', () => {
  expect(Object.keys(actionOf('action.yml').outputs!)).toEqual(OUTPUTS.map(({ name }) => name))
})

test('the report job has its settings, and outputs that mean what they mean in the action', () => {
  const { inputs, outputs } = actionOf('report/action.yml')
  expect(Object.keys(inputs)).toEqual(namesOf(REPORT_JOB_SETTINGS))
  expect(Object.keys(outputs!)).toEqual(['verdict', 'comment-url', 'markdown'])
  expect(actionOf('action.yml').outputs).toMatchObject(outputs!)
})

test('only what no file can say has a declared default: it would win over the config file', () => {
  const defaults = FILES.flatMap((file) =>
    Object.entries(actionOf(file).inputs).flatMap(([name, input]) =>
      input.default === undefined ? [] : [[file, name, input.default]],
    ),
  )
  expect(defaults).toEqual([
    ['action.yml', 'github-token', '${{ github.token }}'],
    ['action.yml', 'matrix', '${{ toJSON(matrix) }}'],
    ['action.yml', 'job-total', '${{ strategy.job-total }}'],
    ['report/action.yml', 'github-token', '${{ github.token }}'],
  ])
})

test('an input says what happens without it', () => {
  const { inputs } = actionOf('action.yml')
  expect(inputs['baseline']!.description).toMatch(/Default: `artifact`$/)
  expect(inputs['name']!.description).toMatch(/Default: the job and its matrix values$/)
  expect(inputs['passes']!.description).toMatch(/Default: 3$/)
  expect(inputs['endpoint']!.description).toMatch(/Default: required, unless results is given$/)
})

describe.each(FILES)('%s', (path) => {
  const action = actionOf(path)

  test('may stand in the marketplace', () => {
    expect(action.description.length).toBeLessThanOrEqual(125)
    expect(action.name).not.toBe('')
    expect(action.author).not.toBe('')
    expect(action.branding).toEqual({ icon: expect.any(String) as string, color: expect.any(String) as string })
  })

  test('runs on Node 24 what the build writes', () => {
    expect(action.runs['using']).toBe('node24')
    const { using: _using, ...files } = action.runs
    const built = Object.keys(bundle.input as object).map((entry) => `dist/${entry}.js`)
    for (const file of Object.values(files)) expect(built).toContain(join(dirname(path), file))
  })

  test('has no expression where a runner would refuse to read it', () => {
    const texts = [
      action.description,
      ...Object.values({ ...action.inputs, ...action.outputs }).map(({ description }) => description),
    ]
    for (const text of texts) expect(text).not.toContain('${{')
  })
})
