import type { Schema } from './schema.ts'
import { ancestry } from './state.ts'
import type {
  Artifact,
  CheckRun,
  Comment,
  Commit,
  LabelEvent,
  Pull,
  Release,
  ReleaseAsset,
  Repository,
  Run,
  State,
} from './state.ts'

/** The state of the fake in the words of the API. Types are GitHub's own, so that what the fake says cannot drift. */

const API = 'https://api.github.com'
const WEB = 'https://github.com'

function repositoryUrl({ apiUrl, repository }: State): string {
  return `${apiUrl}/repos/${repository.fullName}`
}

/** A number that is the same for the same text. */
function idOf(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7)
}

export function user(login: string): Schema<'simple-user'> {
  const url = `${API}/users/${encodeURIComponent(login)}`
  return {
    login,
    id: login === 'github-actions[bot]' ? 41_898_282 : idOf(login),
    node_id: `U_${idOf(login)}`,
    avatar_url: `${WEB}/${login}.png`,
    gravatar_id: '',
    url,
    html_url: `${WEB}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    site_admin: false,
  }
}

export function minimalRepository(repository: Repository) {
  const [owner = '', name = ''] = repository.fullName.split('/')
  const url = `${API}/repos/${repository.fullName}`
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name,
    full_name: repository.fullName,
    owner: user(owner),
    private: repository.private,
    html_url: `${WEB}/${repository.fullName}`,
    description: null,
    fork: repository.fork,
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  } satisfies Schema<'minimal-repository'>
}

/** The repository as it is inside pull requests, and by itself. */
export function fullRepository(repository: Repository): Schema<'repository'> & Schema<'full-repository'> {
  const at = '2026-01-01T00:00:00Z'
  return {
    ...minimalRepository(repository),
    name: repository.fullName.split('/')[1]!,
    description: null,
    default_branch: repository.defaultBranch,
    visibility: repository.private ? 'private' : 'public',
    git_url: `git://github.com/${repository.fullName}.git`,
    ssh_url: `git@github.com:${repository.fullName}.git`,
    clone_url: `${WEB}/${repository.fullName}.git`,
    svn_url: `${WEB}/${repository.fullName}`,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    subscribers_count: 0,
    network_count: 0,
    size: 1,
    open_issues: 0,
    open_issues_count: 0,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_downloads: false,
    archived: false,
    disabled: false,
    pushed_at: at,
    created_at: at,
    updated_at: at,
    permissions: { admin: false, push: true, pull: true },
  }
}

export function workflowRun(run: Run, state: State): Schema<'workflow-run'> {
  const url = `${repositoryUrl(state)}/actions/runs/${run.id}`
  const shown: Omit<Schema<'workflow-run'>, 'head_repository'> = {
    id: run.id,
    name: 'Plateau',
    node_id: `WFR_${run.id}`,
    check_suite_id: run.id + 1,
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: run.title,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: idOf(run.path),
    url,
    html_url: `${WEB}/${state.repository.fullName}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.createdAt,
    run_started_at: run.createdAt,
    actor: user(run.actor),
    triggering_actor: user(run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(state)}/check-suites/${run.id + 1}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt === 1 ? null : `${url}/attempts/${run.attempt - 1}`,
    workflow_url: `${repositoryUrl(state)}/actions/workflows/${idOf(run.path)}`,
    head_commit: simpleCommit(run.headSha, state),
    repository: minimalRepository(state.repository),
  }
  // GitHub answers null for a fork that was deleted, which its description does not say.
  const head = run.headRepository === null ? null : minimalRepository(run.headRepository)
  return { ...shown, head_repository: head as Schema<'minimal-repository'> }
}

function simpleCommit(sha: string, state: State): Schema<'nullable-simple-commit'> {
  const known = state.commits.get(sha)
  if (known === undefined) return null
  const author = { name: 'A. Developer', email: 'developer@example.com' }
  return { id: sha, tree_id: known.tree, message: known.message, timestamp: known.at, author, committer: author }
}

export function artifact(
  { id, run, name, zip, digest, expired, createdAt }: Artifact,
  state: State,
): Schema<'artifact'> {
  const url = `${repositoryUrl(state)}/actions/artifacts/${id}`
  const expiresAt = new Date(Date.parse(createdAt) + 90 * 86_400_000).toISOString()
  return {
    id,
    node_id: `A_${id}`,
    name,
    size_in_bytes: zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired,
    created_at: createdAt,
    expires_at: expiresAt,
    updated_at: createdAt,
    digest,
    workflow_run: {
      id: run.id,
      repository_id: state.repository.id,
      head_sha: run.headSha,
      ...(run.headRepository === null ? {} : { head_repository_id: run.headRepository.id }),
      ...(run.headBranch === null ? {} : { head_branch: run.headBranch }),
    },
  }
}

export function comment(shown: Comment, state: State): Schema<'issue-comment'> {
  const url = `${repositoryUrl(state)}/issues`
  return {
    id: shown.id,
    node_id: `IC_${shown.id}`,
    url: `${url}/comments/${shown.id}`,
    issue_url: `${url}/${shown.issue}`,
    html_url: `${WEB}/${state.repository.fullName}/pull/${shown.issue}#issuecomment-${shown.id}`,
    body: shown.body,
    user: user(shown.user),
    created_at: shown.createdAt,
    updated_at: shown.updatedAt,
    author_association: 'NONE',
    performed_via_github_app: null,
  }
}

export function checkRun(shown: CheckRun, state: State): Schema<'check-run'> {
  const url = `${repositoryUrl(state)}/check-runs/${shown.id}`
  const at = new Date().toISOString()
  return {
    id: shown.id,
    head_sha: shown.headSha,
    node_id: `CR_${shown.id}`,
    external_id: '',
    url,
    html_url: `${WEB}/${state.repository.fullName}/runs/${shown.id}`,
    details_url: shown.detailsUrl,
    status: 'completed',
    conclusion: shown.conclusion,
    started_at: at,
    completed_at: at,
    output: {
      title: shown.title,
      summary: shown.summary,
      text: null,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    name: shown.name,
    check_suite: { id: 1 },
    app: null,
    pull_requests: [],
  }
}

export function label(name: string, state: State): Schema<'label'> {
  return {
    id: idOf(name),
    node_id: `LA_${idOf(name)}`,
    url: `${repositoryUrl(state)}/labels/${encodeURIComponent(name)}`,
    name,
    description: '',
    color: 'ededed',
    default: false,
  }
}

export function labelEvent(shown: LabelEvent, state: State): Schema<'labeled-issue-event'> {
  return {
    id: shown.id,
    node_id: `LE_${shown.id}`,
    url: `${repositoryUrl(state)}/issues/events/${shown.id}`,
    actor: user(shown.actor),
    event: shown.event,
    commit_id: null,
    commit_url: null,
    created_at: shown.at,
    performed_via_github_app: null,
    label: { name: shown.label, color: 'ededed' },
  }
}

export function pullSimple(pull: Pull, state: State): Schema<'pull-request-simple'> {
  const url = `${repositoryUrl(state)}/pulls/${pull.number}`
  const issue = `${repositoryUrl(state)}/issues/${pull.number}`
  const web = `${WEB}/${state.repository.fullName}/pull/${pull.number}`
  const end = (ref: string, sha: string, repository: Repository) => {
    const owner = repository.fullName.split('/')[0]!
    return { label: `${owner}:${ref}`, ref, sha, user: user(owner), repo: fullRepository(repository) }
  }
  return {
    url,
    id: pull.number + 500_000,
    node_id: `PR_${pull.number}`,
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${url}/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${repositoryUrl(state)}/statuses/${pull.headSha}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: user(pull.user),
    body: null,
    labels: [...pull.labels].map((name) => ({ ...label(name, state), description: '' })),
    milestone: null,
    created_at: '2026-11-01T00:00:00Z',
    updated_at: '2026-11-01T00:00:00Z',
    closed_at: pull.state === 'open' ? null : '2026-11-02T00:00:00Z',
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    head: end(pull.headRef, pull.headSha, pull.headRepository),
    base: end(pull.baseRef, pull.baseSha, state.repository),
    _links: {
      self: { href: url },
      html: { href: web },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${url}/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: `${repositoryUrl(state)}/statuses/${pull.headSha}` },
    },
    author_association: 'CONTRIBUTOR',
    auto_merge: null,
  }
}

export function pull(shown: Pull, state: State): Schema<'pull-request'> {
  const { head, base, ...simple } = pullSimple(shown, state)
  return {
    ...simple,
    state: shown.state,
    user: user(shown.user),
    head: { ...head, user: user(head.user!.login) },
    base: { ...base, user: user(base.user!.login) },
    merged: shown.mergedAt !== null,
    mergeable: true,
    mergeable_state: 'clean',
    merged_by: null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 0,
    changed_files: 1,
  }
}

export function commit({ sha, parents, message, at }: Commit, state: State): Schema<'commit'> {
  const url = `${repositoryUrl(state)}/commits`
  const author = { name: 'A. Developer', email: 'developer@example.com', date: at }
  return {
    url: `${url}/${sha}`,
    sha,
    node_id: `C_${sha}`,
    html_url: `${WEB}/${state.repository.fullName}/commit/${sha}`,
    comments_url: `${url}/${sha}/comments`,
    commit: {
      url: `${repositoryUrl(state)}/git/commits/${sha}`,
      author,
      committer: author,
      message,
      comment_count: 0,
      tree: { sha, url: `${repositoryUrl(state)}/git/trees/${sha}` },
    },
    author: null,
    committer: null,
    parents: parents.map((parent) => ({ sha: parent, url: `${url}/${parent}` })),
  }
}

/** `base...head`: what head has that base has not, and the other way round; null without a common ancestor. */
export function comparison(base: string, head: string, state: State): Schema<'commit-comparison'> | null {
  const ofBase = ancestry(state, base)
  const ofHead = ancestry(state, head)
  const inBase = new Set(ofBase.map(({ sha }) => sha))
  const inHead = new Set(ofHead.map(({ sha }) => sha))
  const ahead = ofHead.filter(({ sha }) => !inBase.has(sha))
  const behind = ofBase.filter(({ sha }) => !inHead.has(sha))
  const mergeBase = ofHead.find(({ sha }) => inBase.has(sha))
  if (mergeBase === undefined) return null
  const web = `${WEB}/${state.repository.fullName}/compare/${base}...${head}`
  return {
    url: `${repositoryUrl(state)}/compare/${base}...${head}`,
    html_url: web,
    permalink_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: commit(state.commits.get(base)!, state),
    merge_base_commit: commit(mergeBase, state),
    status: statusOf(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.toReversed().map((shown) => commit(shown, state)),
    files: [],
  }
}

function statusOf(ahead: number, behind: number): Schema<'commit-comparison'>['status'] {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead'
  return behind > 0 ? 'behind' : 'identical'
}

/** A file as it is stored. */
export function toBytes(content: string | Uint8Array): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content)
}

export function contentFile(path: string, content: string | Uint8Array, state: State): Schema<'content-file'> {
  const bytes = toBytes(content)
  const url = `${repositoryUrl(state)}/contents/${path}`
  return {
    type: 'file',
    encoding: 'base64',
    size: bytes.length,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    // GitHub breaks the text into lines.
    content: bytes.toString('base64').replace(/.{60}/g, '$&\n'),
    sha: '0'.repeat(40),
    url,
    git_url: null,
    html_url: null,
    download_url: null,
    _links: { git: null, html: null, self: url },
  }
}

export function release(shown: Release, state: State): Schema<'release'> {
  const url = `${repositoryUrl(state)}/releases/${shown.id}`
  return {
    url,
    html_url: `${WEB}/${state.repository.fullName}/releases/tag/${shown.tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: null,
    zipball_url: null,
    id: shown.id,
    node_id: `RE_${shown.id}`,
    tag_name: shown.tag,
    target_commitish: state.repository.defaultBranch,
    name: shown.tag,
    body: '',
    draft: shown.draft,
    prerelease: shown.prerelease,
    created_at: shown.createdAt,
    published_at: shown.createdAt,
    author: user('maintainer'),
    assets: shown.assets.map((asset) => releaseAsset(asset, state)),
  }
}

export function releaseAsset({ id, name, bytes, createdAt }: ReleaseAsset, state: State): Schema<'release-asset'> {
  return {
    url: `${repositoryUrl(state)}/releases/assets/${id}`,
    browser_download_url: `${WEB}/${state.repository.fullName}/releases/download/${name}`,
    id,
    node_id: `RA_${id}`,
    name,
    label: null,
    state: 'uploaded',
    content_type: 'application/json',
    size: bytes.length,
    digest: null,
    download_count: 0,
    created_at: createdAt,
    updated_at: createdAt,
    uploader: user('maintainer'),
  }
}
