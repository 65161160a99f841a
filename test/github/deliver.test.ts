import { expect, test } from 'vitest'
import { deliverCheckRuns } from '../../src/github/deliver.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'
import type { ActionContext } from '../../src/github/context.ts'
import type { Permissions } from '../support/fake-github/state.ts'
import { DOCUMENTED_PERMISSIONS } from '../support/fake-github/fixtures.ts'
import { aContext, pullPayload } from './contexts.ts'
import { aGithub, clientOf } from './fake.ts'

const MAY_WRITE: Permissions = { ...DOCUMENTED_PERMISSIONS, checks: 'write' }

/** Writes the check run of a verdict; what was to be said, and what GitHub has then. */
async function write(
  verdict = aVerdict({ name: 'llama-8b' }),
  permissions = MAY_WRITE,
  over: Partial<ActionContext> = {},
) {
  const github = await aGithub()
  const main = aContext('push', {}, { GITHUB_SHA: github.state.branches.get('main')! })
  const context = { ...main, ...over }
  const [warning = null] = await deliverCheckRuns(
    [{ verdict, report: null, markdown: 'the comment' }],
    { client: clientOf(github, { permissions }), context, pull: context.pullRequest },
    (text) => text.replaceAll('secret', '***'),
  )
  return { warning, checks: github.state.checkRuns }
}

test('says what the comment says, under the name of the series, and blocks only where the check fails', async () => {
  const red = aVerdict({ name: 'llama-8b', verdict: 'regressed', check: 'fail', comparisons: [aRegression()] })
  const { warning, checks } = await write(red)
  expect(warning).toBeNull()
  expect(checks).toMatchObject([{ name: 'Plateau: llama-8b', conclusion: 'failure', summary: 'the comment' }])
  expect(checks[0]!.title).toMatch(/^❌ llama-8b: TPOT \+/)
  const concluded = async (over: Partial<typeof red>) => (await write({ ...red, ...over })).checks[0]!.conclusion
  expect(await concluded({ check: 'warn' })).toBe('neutral')
  expect(await concluded({ verdict: 'no-change-seen', check: 'pass' })).toBe('success')
  expect(await concluded({ verdict: 'skipped', check: 'pass' })).toBe('skipped')
  expect(await concluded({ verdict: 'skipped', check: 'fail' })).toBe('failure')
})

test('where it may not be written, or GitHub refuses it, one sentence says what helps', async () => {
  const refused = await write(undefined, DOCUMENTED_PERMISSIONS)
  expect(refused.checks).toEqual([])
  expect(refused.warning).toMatch(
    /^no check run was written: .*checks: write.*remove check-run; the summary has it all$/,
  )
  const outsider = { ...aContext('pull_request', pullPayload(99)) }
  expect((await write(undefined, DOCUMENTED_PERMISSIONS, outsider)).warning).toMatch(
    /of a fork or of Dependabot the token may only read.*require the check of the job instead/,
  )
  expect((await write(undefined, MAY_WRITE, { sha: 'f'.repeat(40) })).warning).toMatch(
    /GitHub refused it \(No commit found/,
  )
})

test('neither its name nor its title shows a secret', async () => {
  const { checks } = await write(aVerdict({ name: 'secret-8b' }))
  expect(checks[0]!.name).toBe('Plateau: ***-8b')
  expect(checks[0]!.title).toContain('***-8b')
})
