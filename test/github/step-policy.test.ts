import { describe, expect, test } from 'vitest'
import { annotationsOf, fakeGithub } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import { mergeGroupEvent, pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { NO_SECOND_LOOK, SHORT_INPUTS, addHistory, endpoint, recordedRuns } from '../support/recorded-runs.ts'

describe.concurrent('a merge group', () => {
  test('is compared, comments nowhere and records nothing', async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns())
    const event = mergeGroupEvent(github, github.addPull())
    const ended = await runActionHere({ github, event, inputs: { ...SHORT_INPUTS, endpoint: url } })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs).toMatchObject({ 'baseline-runs': '8', 'comment-url': '' })
    expect(github.state.comments).toEqual([])
    expect(github.artifactsOf(ended.run).map(({ name }) => name)).toEqual(['plateau-llama-8b'])
  })

  test('is red, and honours what the comment of its pull request showed when somebody accepted it', async () => {
    const url = endpoint('--slowdown', '1.8')
    const github = await fakeGithub()
    addHistory(github, recordedRuns())
    const pull = github.addPull()
    const inputs = { ...SHORT_INPUTS, ...NO_SECOND_LOOK, endpoint: url }
    const red = await runActionHere({ github, event: mergeGroupEvent(github, pull), inputs })
    await runActionHere({ github, event: pullRequestEvent(github, pull), inputs })
    github.label(pull, 'plateau-accept', 'anna')
    const accepted = await runActionHere({ github, event: mergeGroupEvent(github, pull), inputs })
    expect(red.code, red.log).toBe(1)
    expect(red.summary).toMatch(/Add the label .* to #1, then add #1 to the merge queue again\./)
    expect(red.summary).not.toMatch(/re-run the job/)
    expect(accepted.code, accepted.log).toBe(0)
    expect(accepted.outputs['verdict']).toBe('accepted')
  })

  test('works in the run of a group that nothing was measured before, and after it is merged', async () => {
    const url = endpoint('--slowdown', '1.8')
    const github = await fakeGithub()
    addHistory(github, recordedRuns())
    const pull = github.addPull()
    github.label(pull, 'plateau-accept', 'anna')
    const inputs = { ...SHORT_INPUTS, ...NO_SECOND_LOOK, endpoint: url }
    const group = mergeGroupEvent(github, pull)
    const queued = await runActionHere({ github, event: group, inputs })
    github.merge(pull, group.sha)
    const pushed = await runActionHere({ github, event: pushEvent(github), inputs })
    expect(queued.code, queued.log).toBe(0)
    expect(queued.summary).toMatch(/accepts up to TPOT \+.*as measured now/)
    for (const ended of [queued, pushed]) expect(ended.outputs['verdict'], ended.log).toBe('accepted')
  })
})

test.concurrent('a reviewed line of the config file accepts a change, and no more than it says', async () => {
  const url = endpoint('--slowdown', '1.8')
  const run = async (percent: number) => {
    const github = await fakeGithub()
    const metrics = ['ttft-p50', 'tpot-p50', 'plateau-throughput']
    const lines = metrics.map((metric) => `  ${metric} +${percent}% since 2020-01-01: larger model\n`)
    const files = { 'plateau.yml': `accept: |\n${lines.join('')}` }
    github.commit('main', files)
    addHistory(github, recordedRuns())
    const inputs = { ...SHORT_INPUTS, ...NO_SECOND_LOOK, endpoint: url, config: 'plateau.yml' }
    return runActionHere({ github, event: pullRequestEvent(github, github.addPull()), inputs, files })
  }
  const enough = await run(90)
  const tooLittle = await run(10)
  expect(enough.code, enough.log).toBe(0)
  expect(enough.outputs['verdict']).toBe('accepted')
  expect(tooLittle.code, tooLittle.log).toBe(1)
  expect(tooLittle.outputs['verdict']).toBe('regressed')
})

test.concurrent('a release passes by proof only', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  const inputs = { ...SHORT_INPUTS, endpoint: url, gate: 'release' }
  const ended = await runActionHere({ github, event: pullRequestEvent(github, github.addPull()), inputs })
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs).toMatchObject({ verdict: 'no-baseline', reasons: 'not-proven' })
})

test.concurrent('on-not-comparable: fail makes a run that cannot be compared red', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const inputs = { ...SHORT_INPUTS, endpoint: url, 'output-tokens': '16', 'on-not-comparable': 'fail' }
  const ended = await runActionHere({ github, event: pullRequestEvent(github, github.addPull()), inputs })
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs['verdict']).toBe('not-comparable')
  expect(annotationsOf(ended)).toMatchObject([{ level: 'error', title: expect.stringContaining('not compared') }])
})
