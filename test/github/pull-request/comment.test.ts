import fc from 'fast-check'
import { expect, test, describe } from 'vitest'
import {
  readRedFigures,
  markerOf,
  mergeFigures,
  reportMarkerOf,
  addMarker,
  encodeEdition,
  isOlder,
  readEdition,
  describeCommentFailure,
  findComment,
  writeComment,
} from '../../../src/github/pull-request/comment.ts'
import type { GithubClient } from '../../../src/github/api/client.ts'
import { deliverComment } from '../../../src/github/deliver.ts'
import type { CommentOrder } from '../../../src/github/deliver.ts'
import type { WorseFigures } from '../../../src/github/pull-request/comment.ts'
import type { FakeGithub } from '../../support/fake-github/server.ts'
import { NO_PERMISSION } from '../../support/fake-github/trouble.ts'
import { anEdition } from '../editions.ts'
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
    edition: anEdition(),
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
    expect(bodies(github)).toEqual([expect.stringMatching(/-->\nChanged$/)])
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
    const body = 'x'.repeat(65_536 - MARKER.length - encodeEdition(anEdition()).length - 30)
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

describe('an older run', () => {
  /** A pull request whose newest commit is `head`. */
  async function withHead() {
    const github = await aGithub()
    return { github, head: github.addPull().headSha }
  }

  test('does not write over a newer commit, a later run of the same commit, or a later attempt', async () => {
    const { github, head } = await withHead()
    const newest = anEdition({ runId: 200, attempt: 2, headSha: head, startedAt: '2026-11-22T19:00:00.000Z' })
    const written = await deliverComment(order(github, { edition: newest, body: 'Newest' }))
    const older = [
      // Of an older commit, however late it was run again.
      { ...newest, runId: 150, attempt: 9, headSha: 'a'.repeat(40), startedAt: '2026-11-22T20:00:00.000Z' },
      { ...newest, runId: 250, startedAt: '2026-11-22T18:59:59.000Z' },
      { ...newest, attempt: 1 },
    ]
    for (const edition of older) {
      const left = await deliverComment(order(github, { edition, body: 'Older' }))
      expect(left).toEqual({ url: written.url, warning: expect.stringMatching(/^the comment is left as it is/) })
    }
    expect(bodies(github)).toEqual([expect.stringMatching(/\nNewest$/)])
  })

  test('is written over by a newer commit, a re-run that began later, and where its own commit is not known', async () => {
    const { github, head } = await withHead()
    github.addComment({ issue: 1, user: BOT, body: `${MARKER}<!-- plateau-figures {} -->\nOf a version before` })
    const editions = [
      anEdition({ runId: 100, headSha: 'a'.repeat(40) }),
      // Neither is the newest commit: runs are numbered as commits came.
      anEdition({ runId: 120, headSha: 'c'.repeat(40), startedAt: '2026-11-22T17:00:00.000Z' }),
      anEdition({ runId: 110, headSha: head }),
      anEdition({ runId: 105, attempt: 2, headSha: head, startedAt: '2026-11-22T21:00:00.000Z' }),
    ]
    for (const edition of editions) {
      const body = `Run ${edition.runId}`
      expect(await deliverComment(order(github, { edition, body }))).toMatchObject({ warning: null })
      expect(bodies(github)).toEqual([expect.stringMatching(new RegExp(`\\n${body}$`))])
    }
  })

  test('that writes at the same moment does not stay: what was written is read again', async () => {
    const { github, head } = await withHead()
    await deliverComment(order(github, { edition: anEdition({ runId: 50, headSha: 'a'.repeat(40) }), body: 'First' }))
    const client = ourClient(github)
    const older = anEdition({ runId: 90, headSha: 'c'.repeat(40) })
    let overwrites = 1
    client.octokit.hook.after('request', (_, { method }) => {
      if (method !== 'PATCH' || overwrites-- <= 0) return
      github.state.comments[0]!.body = addMarker(MARKER, {}, older, 'Older, written at the same moment')
    })
    await deliverComment(order(github, { client, edition: anEdition({ headSha: head }), body: 'Newer' }))
    expect(bodies(github)).toEqual([expect.stringMatching(/\nNewer$/)])
  })

  test.each([
    ['older', 90, 'Ours'],
    ['newer', 900, 'Theirs'],
  ])('or a %s one that makes a comment, too, leaves one: that of the newer', async (_, runId, stays) => {
    const { github } = await withHead()
    const client = ourClient(github)
    const theirs = anEdition({ runId, headSha: 'c'.repeat(40) })
    client.octokit.hook.after('request', (_, { method }) => {
      if (method !== 'POST') return
      github.addComment({ issue: 1, user: BOT, body: addMarker(MARKER, {}, theirs, 'Theirs') })
    })
    await deliverComment(order(github, { client, body: 'Ours' }))
    expect(bodies(github)).toEqual([expect.stringMatching(new RegExp(`\\n${stays}$`))])
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
  const draft = { pullNumber: 1, marker: MARKER, edition: anEdition(), compose: () => 'x', mayCreate: true }
  const writing = writeComment(ourClient(github), draft)
  await expect(writing).rejects.toMatchObject({ status: 502 })
  expect(github.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
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

test('a comment carries its figures and is found by its beginning', () => {
  const figures = { 'llama-8b': { 'tpot-p50': 0.18, 'plateau-throughput': 0.07 } } as const
  const body = addMarker(MARKER, figures, anEdition(), 'The body')
  expect(body.split('\n')[1]).toBe('The body')
  expect(body.startsWith(MARKER)).toBe(true)
  expect(readRedFigures(MARKER, body)).toEqual(figures)
})

test('of very many names as many figures stand as GitHub takes, and the marker always', () => {
  const names = Array.from({ length: 400 }, (_, i) => `llama-8b-on-a-long-name-${i}`)
  const figures = Object.fromEntries(names.map((name) => [name, { 'tpot-p50': 0.1234, 'ttft-p50': 0.2345 }]))
  const body = 'x'.repeat(60_000)
  const marked = addMarker(MARKER, figures, anEdition(), body)
  expect(marked.length).toBeLessThanOrEqual(65_536)
  expect(marked.startsWith(MARKER)).toBe(true)
  expect(marked.endsWith(`\n${body}`)).toBe(true)
  const kept = readRedFigures(MARKER, marked)
  expect(Object.keys(kept).length).toBeGreaterThan(50)
  for (const [name, figure] of Object.entries(kept)) expect(figure).toEqual(figures[name])
  // With no room at all the marker stands alone.
  expect(
    addMarker(MARKER, figures, anEdition(), 'x'.repeat(70_000)).startsWith(
      `${MARKER}<!-- plateau-figures {} --><!-- plateau-edition `,
    ),
  ).toBe(true)
})

test('a comment that quotes the marker is not ours, and its figures count for nothing', () => {
  const quoted = `> ${addMarker(MARKER, { 'llama-8b': { 'tpot-p50': 9 } }, anEdition(), 'x')}`
  expect(readRedFigures(MARKER, quoted)).toEqual({})
})

test('names that begin alike, and report jobs, have markers of their own', () => {
  const body = addMarker(markerOf('llama-8b-large'), {}, anEdition(), 'x')
  expect(body.startsWith(MARKER)).toBe(false)
  expect(reportMarkerOf('gate.yml')).toBe('<!-- plateau-report:gate-yml -->')
  expect(body.startsWith(reportMarkerOf('gate.yml'))).toBe(false)
})

test.each([
  ['{"llama-8b":{"tpot-p50":"0.18"}}', { 'llama-8b': {} }],
  [
    '{"llama-8b":{"tpot-p50":-1,"ttft-p50":1e9,"error-rate":1,"latency-p50":0.5}}',
    { 'llama-8b': { 'latency-p50': 0.5 } },
  ],
  ['{"llama-8b":{"__proto__":{"tpot-p50":1}}}', { 'llama-8b': {} }],
  ['{"__proto__":{"tpot-p50":1}}', {}],
  ['{"Not A Name":{"tpot-p50":1}}', {}],
  ['[1,2]', {}],
  ['{', {}],
  ['null', {}],
])('of the figures %s only what is exactly ours counts', (json, expected) => {
  const figures = readRedFigures(MARKER, `${MARKER}<!-- plateau-figures ${json} -->\nx`)
  expect(figures).toEqual(expected)
  expect(Object.getPrototypeOf(figures)).toBe(Object.prototype)
})

test('no body makes reading figures fail', () => {
  fc.assert(
    fc.property(fc.string(), (rest) => {
      for (const figures of Object.values(readRedFigures(MARKER, `${MARKER}<!-- plateau-figures ${rest}`))) {
        for (const figure of Object.values(figures)) expect(Number.isFinite(figure)).toBe(true)
      }
    }),
  )
})

test('of figures of two comments the first counts', () => {
  expect(mergeFigures([{ a: { 'tpot-p50': 1 } }, { a: { 'tpot-p50': 2 }, b: { 'ttft-p50': 3 } }])).toEqual({
    a: { 'tpot-p50': 1 },
    b: { 'ttft-p50': 3 },
  })
})

test('the figures of several comments keep their order, because those that come first are kept', () => {
  const figures = [{ b: { 'tpot-p50': 1 } }, { a: { 'tpot-p50': 2 } }, { b: { 'tpot-p50': 3 }, c: {} }]
  expect(Object.keys(mergeFigures(figures))).toEqual(['b', 'a', 'c'])
})

test('an edition is read from the first line of a comment, and from nowhere else', () => {
  const edition = anEdition({ attempt: 2 })
  expect(readEdition(`<!-- marker -->${encodeEdition(edition)}\nBody`)).toEqual(edition)
  expect(readEdition(`<!-- marker -->\n${encodeEdition(edition)}`)).toBeNull()
  for (const spoilt of ['{}', '[]', '{"runId":"1"}', '{', JSON.stringify({ ...edition, startedAt: 'soon' })]) {
    expect(readEdition(`<!-- plateau-edition ${spoilt} -->\n`)).toBeNull()
  }
})

test('of two editions that differ at most one is older, whichever is asked first', () => {
  const edition = fc.record({
    runId: fc.integer({ min: 1, max: 3 }),
    attempt: fc.integer({ min: 1, max: 2 }),
    startedAt: fc.constantFrom('2026-11-22T18:00:00.000Z', '2026-11-22T19:00:00.000Z'),
    headSha: fc.constantFrom('a', 'b', 'c'),
  })
  fc.assert(
    fc.property(edition, edition, fc.constantFrom('a', 'b', null), (one, other, head) => {
      expect(isOlder(one, other, head) && isOlder(other, one, head)).toBe(false)
      expect(isOlder(one, one, head)).toBe(false)
    }),
  )
})
