import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { describeRefusal, statusOf } from '../../../src/github/api/client.ts'
import { primaryRateLimit, secondaryRateLimit } from '../../support/fake-github/trouble.ts'
import { aGithub, clientOf } from '../fake.ts'

const REPO = { owner: 'acme', repo: 'serving' }

async function failing(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

describe.concurrent('a rate limit', () => {
  test('that ends soon is waited for, and that is said', async () => {
    const github = await aGithub()
    github.trouble({ on: /^GET \/repos/, times: 1, reply: secondaryRateLimit(1) })
    const log: string[] = []
    const { octokit } = clientOf(github, { log })
    expect((await octokit.rest.repos.get(REPO)).data.id).toBe(4711)
    expect(log).toEqual([expect.stringMatching(/^GitHub's secondary rate limit at GET .*: waiting 1 s$/)])
    expect(github.requests).toHaveLength(2)
  })

  test.each([
    ['secondary', secondaryRateLimit(1)],
    ['primary', primaryRateLimit(1)],
  ])('that does not end is given up after two retries: %s', async (what, reply) => {
    const github = await aGithub()
    github.trouble({ on: /^GET \/repos/, times: 99, reply })
    const log: string[] = []
    const { octokit } = clientOf(github, { log })
    const error = await failing(octokit.rest.repos.get(REPO))
    expect(describeRefusal(error, 'contents: read')).toMatch(/limits the rate of requests/)
    expect(github.requests).toHaveLength(3)
    expect(log.map((line) => line.replace(/waiting \d+ s/, 'waiting'))).toEqual(
      ['waiting', 'waiting', 'given up'].map((end) => expect.stringMatching(`${what} rate limit at GET .*: ${end}$`)),
    )
  })

  test('that ends later is not waited for', async () => {
    const github = await aGithub()
    github.trouble({ on: /^GET \/repos/, times: 1, reply: primaryRateLimit(3000) })
    const log: string[] = []
    const { octokit } = clientOf(github, { log })
    const error = await failing(octokit.rest.repos.get(REPO))
    expect(describeRefusal(error, 'contents: read')).toMatch(/limits the rate of requests/)
    expect(log).toEqual([expect.stringMatching(/primary rate limit .* given up$/)])
    expect(github.requests).toHaveLength(1)
  })
})

test('a write waits for a pause after the one before, and for three where people are notified', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  const issue = { ...REPO, issue_number: pull.number, body: 'measured' }
  // The first request of a process takes longer than the pauses.
  const { data } = await clientOf(github).octokit.rest.issues.createComment(issue)
  // Longer than two writes take without it; a timer of Node may fire up to a millisecond early.
  const pauseMs = 200
  const { octokit } = clientOf(github, { pauseMs })
  const timeTwo = async (write: () => Promise<unknown>): Promise<number> => {
    const before = performance.now()
    await Promise.all([write(), write()])
    return performance.now() - before
  }
  const change = { ...REPO, comment_id: data.id, body: 'measured again' }
  expect(await timeTwo(async () => octokit.rest.issues.updateComment(change))).toBeGreaterThan(pauseMs - 1)
  expect(await timeTwo(async () => octokit.rest.issues.createComment(issue))).toBeGreaterThan(3 * pauseMs - 1)
  expect(github.comments(pull)).toHaveLength(3)
})

test('a body is there in full however late it is read, though nobody holds its response', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const github = await aGithub()
  github.commit('main', { 'plateau.yml': 'passes: 2\n' })
  const { octokit } = clientOf(github)
  const { data } = await octokit.rest.repos.getContent({
    ...REPO,
    path: 'plateau.yml',
    mediaType: { format: 'raw' },
    request: { parseSuccessResponseBody: false },
  })
  for (let i = 0; i < 3; i++) {
    collectGarbage()
    await setTimeout(1)
  }
  expect(await new Response(data as unknown as ReadableStream).text()).toBe('passes: 2\n')
})

test.concurrent('a refusal names the permission, and is not asked for twice', async () => {
  const github = await aGithub()
  const { octokit } = clientOf(github, { permissions: {} })
  const error = await failing(octokit.rest.actions.listArtifactsForRepo(REPO))
  expect(statusOf(error)).toBe(403)
  expect(describeRefusal(error, 'actions: read')).toBe(
    '`actions: read` is missing (GitHub answered 403, Resource not accessible by integration): add `actions: read` to the permissions of the job',
  )
  expect(github.requests).toHaveLength(1)
})

test.concurrent('a token that is none is said to be none', async () => {
  const github = await aGithub()
  const { octokit } = clientOf(github)
  github.state.tokens.clear()
  expect(describeRefusal(await failing(octokit.rest.repos.get(REPO)), 'contents: read')).toMatch(
    /does not take the token/,
  )
})

test.concurrent('a lost network has no status', async () => {
  const github = await aGithub()
  github.offline = true
  const { octokit } = clientOf(github)
  const error = await failing(octokit.rest.repos.get({ ...REPO, request: { retries: 0 } }))
  expect(statusOf(error)).toBeNull()
  expect(describeRefusal(error, 'contents: read')).toMatch(/^GitHub could not be reached/)
})

test.concurrent(
  'a GitHub that no attempt has reached is not looked for again at once, and found when it is back',
  async () => {
    const github = await aGithub()
    let time = 0
    const { octokit } = clientOf(github, { now: () => time })
    const asked = (): number => github.requests.length
    github.offline = true
    const first = await failing(octokit.rest.repos.get(REPO))
    expect(statusOf(first)).toBeNull()
    github.offline = false
    const before = asked()
    expect(await failing(octokit.rest.issues.listComments({ ...REPO, issue_number: 1 }))).toBe(first)
    expect(asked()).toBe(before)
    time = 61_000
    expect((await octokit.rest.repos.get(REPO)).data.id).toBe(4711)
  },
)

test.concurrent('a request that is not tried again, and a refusal, say nothing about the others', async () => {
  const github = await aGithub()
  const { octokit } = clientOf(github)
  github.offline = true
  await failing(octokit.rest.repos.get({ ...REPO, request: { retries: 0 } }))
  github.offline = false
  github.trouble({ on: /\/pulls\/1$/, times: 9, reply: { status: 500, message: 'no' } })
  expect(statusOf(await failing(octokit.rest.pulls.get({ ...REPO, pull_number: 1 })))).toBe(500)
  expect(statusOf(await failing(octokit.rest.pulls.get({ ...REPO, pull_number: 2 })))).toBe(404)
})

test.concurrent('the login is asked for once, and is that of the workflow where nobody tells', async () => {
  const github = await aGithub()
  const other = clientOf(github, { login: 'acme-bot[bot]' })
  expect([await other.login(), await other.login()]).toEqual(['acme-bot[bot]', 'acme-bot[bot]'])
  expect(github.requests).toHaveLength(1)
  github.trouble({ on: /graphql/, times: 9, reply: { status: 403, message: 'no' } })
  expect(await clientOf(github, { login: 'acme-bot[bot]' }).login()).toBe('github-actions[bot]')
})
