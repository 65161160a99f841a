import * as present from './present.ts'
import { on } from './router.ts'
import type { Call, Need, Route } from './router.ts'
import { ancestry } from './state.ts'
import type { Comment, Pull, State } from './state.ts'

const NOT_FOUND = { status: 404, message: 'Not Found' } as const

/** Pull requests are issues too: either permission will do. */
const READ: readonly Need[] = ['pull-requests:read', 'issues:read']
const WRITE: readonly Need[] = ['pull-requests:write', 'issues:write']

/** The longest comment that GitHub takes, in characters. */
const MAXIMUM_BODY = 65_536

/** Pull requests, comments and labels. */
export const ISSUE_ROUTES: readonly Route[] = [
  on('get', '/repos/{owner}/{repo}/issues/{issue_number}/comments', READ, (call, state) => {
    if (pullOf(call, state, 'issue_number') === undefined) return NOT_FOUND
    const found = state.comments.filter(({ issue }) => String(issue) === call.params['issue_number'])
    return { status: 200, body: call.page(found).map((comment) => present.comment(comment, state)) }
  }),
  on('post', '/repos/{owner}/{repo}/issues/{issue_number}/comments', WRITE, (call, state) => {
    const pull = pullOf(call, state, 'issue_number')
    if (pull === undefined) return NOT_FOUND
    const body = call.body['body']
    if (!isBody(body)) return tooLong()
    const at = new Date().toISOString()
    const created: Comment = {
      id: state.nextId(),
      issue: pull.number,
      user: call.token.login,
      body,
      createdAt: at,
      updatedAt: at,
    }
    state.comments.push(created)
    return { status: 201, body: present.comment(created, state) }
  }),
  on('get', '/repos/{owner}/{repo}/issues/comments/{comment_id}', READ, (call, state) => {
    const found = commentOf(call, state)
    return found === undefined ? NOT_FOUND : { status: 200, body: present.comment(found, state) }
  }),
  on('patch', '/repos/{owner}/{repo}/issues/comments/{comment_id}', WRITE, (call, state) => {
    const found = commentOf(call, state)
    if (found === undefined) return NOT_FOUND
    const body = call.body['body']
    if (!isBody(body)) return tooLong()
    found.body = body
    found.updatedAt = new Date().toISOString()
    return { status: 200, body: present.comment(found, state) }
  }),
  on('delete', '/repos/{owner}/{repo}/issues/comments/{comment_id}', WRITE, (call, state) => {
    const index = state.comments.findIndex(({ id }) => String(id) === call.params['comment_id'])
    if (index < 0) return NOT_FOUND
    state.comments.splice(index, 1)
    return { status: 204 }
  }),
  on('get', '/repos/{owner}/{repo}/issues/{issue_number}/labels', READ, (call, state) => {
    const pull = pullOf(call, state, 'issue_number')
    if (pull === undefined) return NOT_FOUND
    return { status: 200, body: call.page([...pull.labels].map((name) => present.label(name, state))) }
  }),
  on('get', '/repos/{owner}/{repo}/issues/{issue_number}/events', READ, (call, state) => {
    const pull = pullOf(call, state, 'issue_number')
    if (pull === undefined) return NOT_FOUND
    return { status: 200, body: call.page(pull.labelEvents.map((event) => present.labelEvent(event, state))) }
  }),
  on('get', '/repos/{owner}/{repo}/issues/{issue_number}/timeline', READ, (call, state) => {
    const pull = pullOf(call, state, 'issue_number')
    if (pull === undefined) return NOT_FOUND
    return { status: 200, body: call.page(pull.labelEvents.map((event) => present.labelEvent(event, state))) }
  }),
  on('get', '/repos/{owner}/{repo}/pulls', ['pull-requests:read'], (call, state) => {
    const wanted = call.query.get('state') ?? 'open'
    const head = call.query.get('head')
    const base = call.query.get('base')
    const found = state.pulls
      .filter((pull) => wanted === 'all' || pull.state === wanted)
      .filter(
        ({ headRef, headRepository }) => head === null || head === `${ownerOf(headRepository.fullName)}:${headRef}`,
      )
      .filter(({ baseRef }) => base === null || base === baseRef)
    return { status: 200, body: call.page(found).map((pull) => present.pullSimple(pull, state)) }
  }),
  on('get', '/repos/{owner}/{repo}/pulls/{pull_number}', ['pull-requests:read'], (call, state) => {
    const pull = pullOf(call, state, 'pull_number')
    return pull === undefined ? NOT_FOUND : { status: 200, body: present.pull(pull, state) }
  }),
  on('get', '/repos/{owner}/{repo}/commits/{commit_sha}/pulls', ['pull-requests:read'], (call, state) => {
    const sha = call.params['commit_sha']!
    const found = state.pulls.filter((pull) => pull.mergeCommitSha === sha || isCommitOf(pull, sha, state))
    if (found.length === 0 && !state.commits.has(sha)) {
      return { status: 422, message: `No commit found for SHA: ${sha}` }
    }
    return { status: 200, body: call.page(found).map((pull) => present.pullSimple(pull, state)) }
  }),
]

/** True for every commit that a pull request adds to its base, not only for the newest. */
function isCommitOf({ headSha, baseSha }: Pull, sha: string, state: State): boolean {
  const leadsTo = (to: string): boolean => ancestry(state, to).some((commit) => commit.sha === sha)
  return leadsTo(headSha) && !leadsTo(baseSha)
}

function isBody(body: unknown): body is string {
  return typeof body === 'string' && body !== '' && body.length <= MAXIMUM_BODY
}

function tooLong() {
  const error = { resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body is too long' }
  return { status: 422, message: 'Validation Failed', errors: [error] } as const
}

function pullOf({ params }: Call, { pulls }: State, name: string): Pull | undefined {
  return pulls.find(({ number }) => String(number) === params[name])
}

function commentOf({ params }: Call, { comments }: State): Comment | undefined {
  return comments.find(({ id }) => String(id) === params['comment_id'])
}

function ownerOf(fullName: string): string {
  return fullName.split('/')[0]!
}
