import { expect, test } from 'vitest'
import { annotationsOf, fakeGithub, runAction } from '../support/action.ts'
import type { ActionStep, StepEnded } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { endpoint, SHORT_INPUTS } from '../support/recorded-runs.ts'

/** What stands in a step of the same workflow whichever process runs it. */
function seen(ended: StepEnded) {
  const { code, outputs, summary } = ended
  return { code, verdict: outputs['verdict'], reasons: outputs['reasons'], summary, annotations: annotationsOf(ended) }
}

/** Steps by how they end: what else a step does is tested without a process for each. */
test.concurrent.each<[number, string, (github: FakeGithub) => Omit<ActionStep, 'github'>]>([
  [
    0,
    'a pull request of a fork',
    (github) => ({
      event: pullRequestEvent(github, github.addPull({ headRepository: github.fork('outsider') })),
      inputs: { ...SHORT_INPUTS, endpoint: 'http://127.0.0.1:9', 'api-key': '' },
      token: github.token({ contents: 'read', actions: 'read', 'pull-requests': 'read' }),
    }),
  ],
  [
    2,
    'an empty key in a trusted run',
    (github) => ({
      event: pushEvent(github),
      inputs: { ...SHORT_INPUTS, endpoint: 'http://127.0.0.1:9', 'api-key': '' },
    }),
  ],
  [
    0,
    'a dry run',
    (github) => ({
      event: pushEvent(github),
      inputs: { ...SHORT_INPUTS, endpoint: 'http://127.0.0.1:9', 'dry-run': 'true' },
    }),
  ],
  [
    1,
    'a limit that is broken',
    (github) => ({
      event: pushEvent(github),
      inputs: { ...SHORT_INPUTS, endpoint: endpoint(), limits: 'ttft-p50@1 <= 1ms' },
    }),
  ],
  [
    1,
    'a report job without results',
    (github) => ({
      event: pushEvent(github),
      action: 'report',
      job: 'report',
      inputs: { needs: '{"measure":{"result":"success","outputs":{}}}' },
    }),
  ],
])('as the built action it ends with %i and tells what its source does: %s', async (code, _, stepOf) => {
  const [built, here] = await Promise.all(
    [runAction, runActionHere].map(async (run) => {
      const github = await fakeGithub({ private: false })
      return run({ github, ...stepOf(github) })
    }),
  )
  expect(built!.code, built!.log).toBe(code)
  expect(seen(built!)).toEqual(seen(here!))
})
