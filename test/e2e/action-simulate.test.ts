import { expect, test } from 'vitest'
import { annotationsOf, fakeGithub, runAction } from '../support/action.ts'
import { atEnd } from '../support/cleanup.ts'
import { pushEvent } from '../support/github-payloads.ts'

test('a simulated endpoint serves until the job ends', async () => {
  const github = await fakeGithub()
  const step = { github, event: pushEvent(github), action: 'simulate' } as const
  const started = await runAction({ ...step, inputs: { options: '--model tiny-model --slots 4' } })
  const pid = Number(started.state['pid'])
  atEnd(() => kill(pid))
  expect(started.code, started.log).toBe(0)
  const url = started.outputs['url']!
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  // The step is over, and the server is still there for the next one.
  const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] }
  expect(models.data.map(({ id }) => id)).toEqual(['tiny-model'])

  const stopped = await runAction({ ...step, env: { STATE_pid: String(pid) } })
  expect(stopped.code, stopped.log).toBe(0)
  await expect.poll(async () => answers(url)).toBe(false)
})

test('a mistake in its options is an error of the step', async () => {
  const github = await fakeGithub()
  const ended = await runAction({
    github,
    event: pushEvent(github),
    action: 'simulate',
    inputs: { options: '--slot 4' },
  })
  expect(ended.code).toBe(1)
  expect(annotationsOf(ended)).toMatchObject([{ level: 'error', message: expect.stringContaining('slot') }])
})

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok
  } catch {
    return false
  }
}

/** Ends it if the test did not come that far. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
