import { describe, expect, test } from 'vitest'
import type { GithubClient } from '../../../src/github/api/client.ts'
import { describeCommentFailure, findComment, writeComment } from '../../../src/github/pull-request/comment.ts'
import { deliverComment } from '../../../src/github/deliver.ts'
import type { CommentOrder } from '../../../src/github/deliver.ts'
import { readRedFigures, markerOf } from '../../../src/github/pull-request/marker.ts'
import type { WorseFigures } from '../../../src/github/pull-request/marker.ts'
import type { FakeGithub } from '../../support/fake-github/server.ts'
import { NO_PERMISSION } from '../../support/fake-github/trouble.ts'
import { aGithub, clientOf } from '../fake.ts'

const MARKER = markerOf('llama-8b')
const BOT = 'github-actions[bot]'

/** A client that knows who it is: asking costs a second's pause before the next write. */
function ourClient(github: FakeGithub, login = BOT): GithubClient {
  return { ...clientOf(github), login: async () => login }
}

function order(github: FakeGithub, overrides: Partial<CommentOrder> = {}): CommentOrder {
  return {
    client: ourClient(github),
    pullNumber: 1,
    marker: MARKER,
    body: 'Body',
    policy: 'always',
    isFailure: false,
    figures: () => ({}),
    ...overrides,
  }
}

function bodies(github: FakeGithub): readonly string[] {
  return github.state.comments.map(({ body }) => body)
}

describe('our comment', () => {
  test('is found behind many others, by its beginning and its author', async () => {
    const github = await aGithub()
    github.addPull()
    for (let i = 0; i < 120; i++) github.addComment({ issue: 1, user: 'developer', body: `comment ${i}` })
    github.addComment({ issue: 1, user: 'developer', body: `${MARKER} quoted` })
    github.addComment({ issue: 1, user: BOT, body: `> ${MARKER}` })
    github.addComment({ issue: 1, user: BOT, body: `${markerOf('llama-8b-large')} other` })
    const ours = github.addComment({ issue: 1, user: BOT, body: `${MARKER} ours` })
    const found = await findComment(clientOf(github), { pullNumber: 1, markers: [MARKER] })
    expect(found).toMatchObject({ id: ours.id, body: `${MARKER} ours` })
  })

  test('of a token of a person is that of this person, whoever else has copied its beginning', async () => {
    const github = await aGithub()
    github.addPull()
    github.addComment({ issue: 1, user: 'developer', body: `${MARKER} copied` })
    const ours = github.addComment({ issue: 1, user: 'release-manager', body: `${MARKER} ours` })
    const client = ourClient(github, 'release-manager')
    expect(await findComment(client, { pullNumber: 1, markers: [MARKER] })).toMatchObject({ id: ours.id })
  })

  test('is not there', async () => {
    const github = await aGithub()
    github.addPull()
    expect(await findComment(clientOf(github), { pullNumber: 1, markers: [MARKER] })).toBeNull()
  })

  test('is written once, changed in place, and left alone when it says the same', async () => {
    const github = await aGithub()
    github.addPull()
    const first = await deliverComment(order(github))
    await deliverComment(order(github, { body: 'Changed' }))
    const third = await deliverComment(order(github, { body: 'Changed' }))
    expect(bodies(github)).toEqual([`${MARKER}<!-- plateau-figures {} -->\nChanged`])
    expect(third).toEqual({ url: first.url, warning: null })
    const writes = github.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('graphql'))
    expect(writes.map(({ method }) => method)).toEqual(['POST', 'PATCH'])
  })

  test('of another bot is not touched', async () => {
    const github = await aGithub()
    github.addPull()
    github.addComment({ issue: 1, user: BOT, body: `${MARKER} of the workflow` })
    await deliverComment(order(github, { client: ourClient(github, 'acme-bot[bot]') }))
    expect(bodies(github)).toHaveLength(2)
    expect(bodies(github)[0]).toBe(`${MARKER} of the workflow`)
  })

  test('is given the figures that it had', async () => {
    const github = await aGithub()
    github.addPull()
    await deliverComment(order(github, { figures: () => ({ 'llama-8b': { 'tpot-p50': 0.2 } }) }))
    let before: WorseFigures | null = null
    await deliverComment(order(github, { body: 'New', figures: (figures) => (before = figures) }))
    expect(before).toEqual({ 'llama-8b': { 'tpot-p50': 0.2 } })
    expect(readRedFigures(MARKER, bodies(github)[0]!)).toEqual(before)
  })

  test('loses its figures rather than be too long', async () => {
    const github = await aGithub()
    github.addPull()
    const body = 'x'.repeat(65_536 - MARKER.length - 30)
    await deliverComment(order(github, { body, figures: () => ({ 'llama-8b': { 'tpot-p50': 0.2 } }) }))
    expect(bodies(github)[0]!.length).toBeLessThanOrEqual(65_536)
    expect(readRedFigures(MARKER, bodies(github)[0]!)).toEqual({})
  })
})

describe('comment: on-failure', () => {
  test('writes none for a green run', async () => {
    const github = await aGithub()
    github.addPull()
    expect(await deliverComment(order(github, { policy: 'on-failure' }))).toEqual({ url: null, warning: null })
    expect(bodies(github)).toEqual([])
  })

  test('writes one for a red run, and does not leave it red', async () => {
    const github = await aGithub()
    github.addPull()
    await deliverComment(order(github, { policy: 'on-failure', isFailure: true, body: 'Red' }))
    await deliverComment(order(github, { policy: 'on-failure', body: 'Green' }))
    expect(bodies(github)).toEqual([expect.stringMatching(/\nGreen$/)])
  })
})

test('comment: never asks GitHub nothing', async () => {
  const github = await aGithub()
  expect(await deliverComment(order(github, { policy: 'never' }))).toEqual({ url: null, warning: null })
  expect(github.requests).toEqual([])
})

test('a comment that is refused is a warning that names the permission', async () => {
  const github = await aGithub()
  github.addPull()
  github.trouble({ on: /^POST .*comments/, times: 1, reply: NO_PERMISSION })
  const { url, warning } = await deliverComment(order(github))
  expect(url).toBeNull()
  expect(warning).toMatch(/^no comment was written: `pull-requests: write` is missing .*; the summary has it all$/)
})

test('a comment is not tried twice: the first attempt may have made it', async () => {
  const github = await aGithub()
  github.addPull()
  github.trouble({ on: /^POST .*comments/, times: 9, reply: { status: 502, message: 'Bad gateway' } })
  const writing = writeComment(clientOf(github), { pullNumber: 1, existing: null, body: 'x' })
  await expect(writing).rejects.toMatchObject({ status: 502 })
  expect(github.requests).toHaveLength(1)
})

test.each([
  [{ status: 403, message: 'Unable to create comment because issue is locked.' }, /conversation is locked/],
  [
    { status: 422, message: 'Validation Failed: body is too long' },
    /refused it \(Validation Failed: body is too long\)/,
  ],
  [{ status: 404, message: 'Not Found' }, /pull-requests: write/],
])('%j is explained', ({ status, message }, expected) => {
  expect(describeCommentFailure(Object.assign(new Error(message), { status, response: {} }))).toMatch(expected)
})
