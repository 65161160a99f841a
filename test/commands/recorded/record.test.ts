import { expect, test } from 'vitest'
import { adviseRecording, nameLocalRun, findRunSource } from '../../../src/commands/recorded/record.ts'
import type { AskGit } from '../../../src/commands/recorded/record.ts'
import { LEFT_OUT_ITSELF } from '../../../src/report/attempts.ts'
import { SITUATIONS } from '../../support/situations.ts'

const AT = new Date('2026-11-22T21:59:59.999Z')
const SHA = '3f2c1ab9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f'

function git(answers: Readonly<Record<string, string>>): AskGit {
  return async (args) => answers[args.join(' ')] ?? null
}

test('in a workflow the run is that of the workflow', async () => {
  const env = {
    GITHUB_SHA: SHA,
    GITHUB_REF_NAME: 'main',
    GITHUB_RUN_ID: '123',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/serving',
  }
  expect(await findRunSource(env, AT, git({}))).toEqual({
    sha: SHA,
    ref: 'main',
    runId: '123',
    attempt: 2,
    event: 'command',
    url: 'https://github.com/acme/serving/actions/runs/123',
  })
})

test('elsewhere git says the commit, and runs of one hour share an id', async () => {
  const source = await findRunSource({}, AT, git({ 'rev-parse HEAD': SHA, 'rev-parse --abbrev-ref HEAD': 'faster' }))
  expect(source).toEqual({
    sha: SHA,
    ref: 'faster',
    runId: 'local-2026-11-22T21',
    attempt: 1,
    event: 'command',
    url: null,
  })
  expect(nameLocalRun(new Date('2026-11-22T21:00:00Z'))).toBe(nameLocalRun(AT))
  expect(nameLocalRun(new Date('2026-11-22T22:00:00Z'))).not.toBe(nameLocalRun(AT))
})

test.each([
  ['there is no git', {}],
  ['nothing is committed', { 'rev-parse HEAD': 'HEAD' }],
  [
    'a commit and no branch is checked out',
    { 'rev-parse HEAD': 'not a commit', 'rev-parse --abbrev-ref HEAD': 'HEAD' },
  ],
])('nothing is made up when %s', async (_, answers) => {
  expect(await findRunSource({}, AT, git(answers))).toMatchObject({ sha: null, ref: null })
})

test('the real git of this machine may be missing, and answers in time', async () => {
  const { sha } = await findRunSource({}, AT)
  expect(sha === null || /^[0-9a-f]{40}$/.test(sha)).toBe(true)
})

test('where there is nothing to compare with, a run is the first unless the history holds it already', () => {
  const { verdict } = SITUATIONS['first run']
  expect(adviseRecording(verdict)).toBe('this run is not recorded; --append makes it the first')
  const baseline = { ...verdict.baseline, skipped: [LEFT_OUT_ITSELF] }
  expect(adviseRecording({ ...verdict, baseline })).toMatch(/^the history has this run already/)
})
