import * as present from './present.ts'
import { on } from './router.ts'
import type { Route } from './router.ts'
import type { Schema } from './schema.ts'
import { ancestry, resolveRef } from './state.ts'
import type { CheckRun, ReleaseAsset, State } from './state.ts'

const NOT_FOUND = { status: 404, message: 'Not Found' } as const

/** The repository: commits, comparison, files, tags and releases. `signedUrl` leads to a release asset's bytes. */
export function repositoryRoutes(signedUrl: (asset: ReleaseAsset) => string): readonly Route[] {
  return [
    on('get', '/repos/{owner}/{repo}', [], (_, state) => ({
      status: 200,
      body: present.fullRepository(state.repository),
    })),
    on('get', '/repos/{owner}/{repo}/collaborators/{username}/permission', [], (call, state) => {
      const login = call.params['username']!
      // Apps are no users.
      if (login.endsWith('[bot]')) return NOT_FOUND
      const permission = state.collaborators.get(login) ?? (state.repository.private ? 'none' : 'read')
      return { status: 200, body: { permission, role_name: permission, user: null } }
    }),
    on('get', '/repos/{owner}/{repo}/compare/{basehead}', ['contents:read'], (call, state) => {
      const [base, head] = call.params['basehead']!.split('...').map((ref) => resolveRef(state, ref))
      const found = base == null || head == null ? null : present.comparison(base, head, state)
      return found === null ? NOT_FOUND : { status: 200, body: found }
    }),
    on('post', '/repos/{owner}/{repo}/check-runs', ['checks:write'], (call, state) => {
      const {
        name,
        head_sha: headSha,
        conclusion,
        details_url: detailsUrl,
        output,
      } = call.body as {
        readonly name: string
        readonly head_sha: string
        readonly conclusion: CheckRun['conclusion']
        readonly details_url: string
        readonly output: { readonly title: string; readonly summary: string }
      }
      if (!state.commits.has(headSha)) return { status: 422, message: `No commit found for SHA: ${headSha}` }
      // What GitHub takes, in characters.
      if (output.summary.length > 65_535) return { status: 422, message: 'summary exceeds a maximum of 65535' }
      const created: CheckRun = { id: state.nextId(), name, headSha, conclusion, detailsUrl, ...output }
      state.checkRuns.push(created)
      return { status: 201, body: present.checkRun(created, state) }
    }),
    on('get', '/repos/{owner}/{repo}/contents/{path}', ['contents:read'], (call, state) => {
      const sha = resolveRef(state, call.query.get('ref') ?? state.repository.defaultBranch)
      if (sha === null) return { status: 404, message: `No commit found for the ref ${call.query.get('ref')}` }
      const path = call.params['path']!
      const text = state.files.get(`${sha}:${path}`)
      if (text === undefined) return NOT_FOUND
      if (call.accept.includes('raw')) {
        // GitHub says so of files that are no text, too.
        const contentType = 'application/vnd.github.raw+json; charset=utf-8'
        return { status: 200, bytes: present.toBytes(text), contentType }
      }
      return { status: 200, body: present.contentFile(path, text, state) }
    }),
    on('get', '/repos/{owner}/{repo}/commits', ['contents:read'], (call, state) => {
      const sha = resolveRef(state, call.query.get('sha') ?? state.repository.defaultBranch)
      if (sha === null) return NOT_FOUND
      return { status: 200, body: call.page(ancestry(state, sha)).map((commit) => present.commit(commit, state)) }
    }),
    on('get', '/repos/{owner}/{repo}/commits/{commit_sha}/branches-where-head', ['contents:read'], (call, state) => {
      const sha = call.params['commit_sha']!
      const names = [...state.branches].flatMap(([name, head]) => (head === sha ? [name] : []))
      const url = `${state.apiUrl}/repos/${state.repository.fullName}/commits/${sha}`
      return { status: 200, body: names.map((name) => ({ name, commit: { sha, url }, protected: false })) }
    }),
    on('get', '/repos/{owner}/{repo}/commits/{ref}', ['contents:read'], (call, state) => {
      const ref = call.params['ref']!
      const commit = state.commits.get(resolveRef(state, ref) ?? '')
      if (commit === undefined) return { status: 422, message: `No commit found for SHA: ${ref}` }
      return { status: 200, body: present.commit(commit, state) }
    }),
    on('get', '/repos/{owner}/{repo}/tags', ['contents:read'], (call, state) => ({
      status: 200,
      body: call.page(state.tags.toReversed()).map(({ name, sha }) => ({
        name,
        commit: { sha, url: present.commit(state.commits.get(sha)!, state).url },
        zipball_url: '',
        tarball_url: '',
        node_id: `T_${name}`,
      })),
    })),
    on('get', '/repos/{owner}/{repo}/git/ref/{ref}', ['contents:read'], (call, state) => {
      const found = refsOf(state).find(({ ref }) => ref === `refs/${call.params['ref']}`)
      return found === undefined ? NOT_FOUND : { status: 200, body: found }
    }),
    on('get', '/repos/{owner}/{repo}/git/matching-refs/{ref}', ['contents:read'], (call, state) => ({
      status: 200,
      body: call.page(refsOf(state).filter(({ ref }) => ref.startsWith(`refs/${call.params['ref']}`))),
    })),
    on('get', '/repos/{owner}/{repo}/releases', ['contents:read'], (call, state) => ({
      status: 200,
      body: call.page(state.releases.toReversed()).map((release) => present.release(release, state)),
    })),
    on('get', '/repos/{owner}/{repo}/releases/latest', ['contents:read'], (_, state) => {
      const latest = state.releases.findLast(({ draft, prerelease }) => !draft && !prerelease)
      return latest === undefined ? NOT_FOUND : { status: 200, body: present.release(latest, state) }
    }),
    on('get', '/repos/{owner}/{repo}/releases/tags/{tag}', ['contents:read'], (call, state) => {
      const found = state.releases.find(({ tag }) => tag === call.params['tag'])
      return found === undefined ? NOT_FOUND : { status: 200, body: present.release(found, state) }
    }),
    on('get', '/repos/{owner}/{repo}/releases/assets/{asset_id}', ['contents:read'], (call, state) => {
      const assets = state.releases.flatMap(({ assets }) => assets)
      const found = assets.find(({ id }) => String(id) === call.params['asset_id'])
      if (found === undefined) return NOT_FOUND
      if (call.accept.includes('application/octet-stream')) return { status: 302, location: signedUrl(found) }
      return { status: 200, body: present.releaseAsset(found, state) }
    }),
  ]
}

function refsOf(state: State): Schema<'git-ref'>[] {
  const ref = (name: string, sha: string): Schema<'git-ref'> => {
    const url = `${state.apiUrl}/repos/${state.repository.fullName}/git`
    const object = { type: 'commit', sha, url: `${url}/commits/${sha}` }
    return { ref: name, node_id: `REF_${name}`, url: `${url}/${name}`, object }
  }
  return [
    ...[...state.branches].map(([name, sha]) => ref(`refs/heads/${name}`, sha)),
    ...state.tags.map(({ name, sha }) => ref(`refs/tags/${name}`, sha)),
  ]
}
