import { expect, test } from 'vitest'
import { readHiddenAttempts } from '../../src/report/hidden-attempts.ts'
import { runActionHere } from '../support/action-here.ts'
import { annotationsOf, bodiesOf } from '../support/action.ts'
import type { StepEnded } from '../support/action.ts'
import { DOCUMENTED_PERMISSIONS } from '../support/fake-github/fixtures.ts'
import { legOf, matrix, MODELS, needs, reportOf } from '../support/matrix.ts'
import { endpoint } from '../support/recorded-runs.ts'

async function leg(...of: Parameters<typeof legOf>): Promise<StepEnded> {
  return runActionHere(legOf(...of))
}

async function report(...of: Parameters<typeof reportOf>): Promise<StepEnded> {
  return runActionHere(reportOf(...of))
}

test('a matrix of four ends in one comment with a row each, worst first, and a label changes it without new load', async () => {
  const [fast, slow] = [endpoint(), endpoint('--slowdown', '1.8')]
  const played = await matrix()
  const legs = await Promise.all(MODELS.map(async (model) => leg(played, model, model === 'qwen-7b' ? slow : fast)))
  const checked = { needs: needs('success'), 'check-run': 'true' }
  const token = played.github.token({ ...DOCUMENTED_PERMISSIONS, checks: 'write' })
  const first = await report(played, 'success', { inputs: checked, token })
  played.github.label(played.pull, 'plateau-accept', 'anna')
  const again = { ...played, step: { ...played.step, run: played.github.rerun(played.run) } }
  const accepted = await report(again, 'success', { inputs: checked })
  const { github, pull, run } = played
  for (const ended of legs) {
    expect(ended.code, ended.log).toBe(0)
    expect(annotationsOf(ended).filter(({ level }) => level === 'error')).toEqual([])
  }
  expect(
    github
      .artifactsOf(run)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(expect.arrayContaining(MODELS.map((model) => `plateau-measure-${model}`)))
  expect(first.code, first.log).toBe(1)
  expect(first.outputs['verdict']).toBe('regressed')
  // What each leg counts together with itself when all jobs are run again.
  const hidden = readHiddenAttempts(github.comments(pull)[0]!.body)
  for (const model of MODELS) {
    const { runId, attempts } = hidden[`measure-${model}`]!
    expect([runId, attempts.map(({ attempt }) => attempt)]).toEqual([run.id, [1]])
  }
  expect(accepted.code, accepted.log).toBe(0)
  expect(accepted.outputs['verdict']).toBe('accepted')
  expect(accepted.outputs['comment-url']).toBe(first.outputs['comment-url'])
  expect(github.comments(pull)).toHaveLength(1)
  // A check run of each name; without the permission it is missed, which is said, and nothing else changes.
  const checks = github.state.checkRuns.map(({ name, conclusion }) => [name, conclusion])
  expect(checks).toHaveLength(4)
  expect(checks).toContainEqual(['Plateau: measure-qwen-7b', 'failure'])
  expect(checks).toContainEqual(['Plateau: measure-llama-8b', 'success'])
  expect(accepted.log).toMatch(/no check run was written: .*checks: write/)
  expect(first.log).not.toMatch(/no check run/)
  const rows = [...first.summary.matchAll(/\*\*(measure-[a-z0-9-]+)\*\*/g)].map(([, name]) => name)
  expect(rows.slice(0, 4)).toHaveLength(4)
  expect(rows[0]).toBe('measure-qwen-7b')
  expect(new Set(rows.slice(0, 4)).size).toBe(4)
  expect(bodiesOf(github.comments(pull))[0]).toMatch(/accepted by .*anna/i)
})
