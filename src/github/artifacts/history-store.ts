import { relative, resolve } from 'node:path'
import { createArtifactStore } from '../../baseline/artifact-store.ts'
import { createFileStore } from '../../baseline/file-store.ts'
import { ArtifactRefusal, decodeUploaded, decodeUtf8, LARGEST_HISTORY_BYTES } from '../../baseline/artifact-rules.ts'
import type { ArtifactSource } from '../../baseline/artifact-rules.ts'
import { cutUpTo } from '../../baseline/store.ts'
import type { BaselineStore } from '../../baseline/store.ts'
import { BaselineError, SettingsError } from '../../errors.ts'
import { mergeHistories } from '../../report/history.ts'
import type { Baseline, History } from '../../report/history.ts'
import type { Settings } from '../../settings.ts'
import { escapeForTerminal } from '../../text.ts'
import {
  askOrNull,
  downloadArtifact,
  fetchBytes,
  findCommit,
  isAncestor,
  runOf,
  toArtifacts,
} from '../api/repository.ts'
import { describeRefusal, download, explainRefusal, statusOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import { findMeasuredSha } from '../context.ts'
import type { ActionContext } from '../context.ts'

/** What the stores need to know about the run that asks. */
interface StoreInput {
  /** Null without a token. */
  readonly client: GithubClient | null
  readonly context: ActionContext
  /** Commit that the pull request is based on; null when there is none. */
  readonly base: string | null
  /** The folder of relative paths. */
  readonly workspace: string
  /** Uploads an artifact that holds exactly `history.json` with this text. */
  readonly upload: (artifactName: string, history: string) => Promise<void>
}

/** Where the recorded runs are; null for `baseline: none`. */
export function chooseStore(settings: Settings, input: StoreInput): BaselineStore | null {
  const { baseline, historyKeep: keep } = settings
  switch (baseline.kind) {
    case 'none':
      return null
    case 'file':
      // As short as the user wrote it, because it is shown.
      return createFileStore({
        path: relative(process.cwd(), resolve(input.workspace, baseline.path)),
        keep,
        upTo: settings.baselineRef,
      })
    case 'release-asset':
      return input.client === null
        ? makeUnreachableStore(`file ${baseline.asset} of the newest release`)
        : createReleaseAssetStore(findReleaseAsset.bind(null, input.client), {
            asset: baseline.asset,
            keep,
            upTo: settings.baselineRef,
          })
    case 'artifact':
      return input.client === null
        ? makeUnreachableStore('artifacts of workflow runs')
        : artifactStoreOf(settings, { ...input, client: input.client })
  }
}

function artifactStoreOf(
  { baselineRef, baselineWorkflow, gate, historyKeep }: Settings,
  { client, context, base, upload }: StoreInput & { readonly client: GithubClient },
): BaselineStore {
  const { repository, run, workflowFile } = context
  const workflows = baselineWorkflow ?? (workflowFile === null ? [] : [workflowFile])
  if (workflows.length === 0) {
    const message = 'is required here: the runner does not say which workflow file runs (GITHUB_WORKFLOW_REF)'
    throw new SettingsError([{ setting: 'baseline-workflow', given: null, message }])
  }
  if (repository.defaultBranch === null)
    return makeUnreachableStore('artifacts of the default branch, which is not known')
  return createArtifactStore(createGithubArtifactSource(client, { sha: findMeasuredSha(context), upload }), {
    repositoryId: repository.id,
    defaultBranch: repository.defaultBranch,
    workflows,
    runId: run.id,
    attempt: run.attempt,
    base,
    upTo: baselineRef !== null ? { ref: baselineRef } : gate === 'release' ? 'newest-tag' : null,
    findRelease: context.event === 'schedule',
    keep: historyKeep,
  })
}

/** The most pages of 100 commits, and of 100 tags, that are searched for a tag. */
const MOST_COMMIT_PAGES = 10
const MOST_TAG_PAGES = 3

/** Reads runs, artifacts and commits through the REST API. */
export function createGithubArtifactSource(
  client: GithubClient,
  { sha, upload }: { readonly sha: string; readonly upload: ArtifactSource['upload'] },
): ArtifactSource {
  const { octokit, repo } = client
  return {
    upload,
    statusOf,
    explainRefusal,
    describeRefusal,
    newestTag: () => findNewestTagBefore(client, sha),
    async runs({ workflow, branch, event }) {
      const { data } = await octokit.rest.actions.listWorkflowRuns({
        ...repo,
        workflow_id: workflow,
        branch,
        ...(event === null ? {} : { event }),
        per_page: 100,
      })
      return data.workflow_runs.map(runOf)
    },
    run: (id) =>
      askOrNull(async () => runOf((await octokit.rest.actions.getWorkflowRun({ ...repo, run_id: id })).data), [404]),
    async artifacts({ name, runId }) {
      const { data } =
        runId === null
          ? await octokit.rest.actions.listArtifactsForRepo({ ...repo, name, per_page: 100 })
          : await octokit.rest.actions.listWorkflowRunArtifacts({ ...repo, run_id: runId, name, per_page: 100 })
      return toArtifacts(data)
    },
    download: async (id, maximumBytes) => downloadArtifact(client, id, maximumBytes),
    commitOf: async (ref) => findCommit(client, ref),
    fileAt: async (path, sha) => (await fetchBytes(client, path, sha))?.toString('utf8') ?? null,
    isAncestor: async (sha, of) => isAncestor(client, sha, of),
  }
}

/** The nearest tag on an ancestor of a commit: goes through its history, newest first. */
async function findNewestTagBefore({ octokit, repo }: GithubClient, sha: string): Promise<string | null> {
  const tags = new Map<string, string>()
  let pages = 0
  for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listTags, { ...repo, per_page: 100 })) {
    for (const { name, commit } of data) if (!tags.has(commit.sha)) tags.set(commit.sha, name)
    if (++pages === MOST_TAG_PAGES) break
  }
  tags.delete(sha)
  if (tags.size === 0) return null
  pages = 0
  for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listCommits, {
    ...repo,
    sha,
    per_page: 100,
  })) {
    const tagged = data.find((commit) => tags.has(commit.sha))
    if (tagged !== undefined) return tags.get(tagged.sha)!
    if (++pages === MOST_COMMIT_PAGES) break
  }
  return null
}

/** `findReleaseAsset`, of a client. */
type FindAsset = (name: string, maximumBytes: number) => ReturnType<typeof findReleaseAsset>

/**
 * Reads the history from a file of the newest release: plain JSON, not a zip. It is read-only; saving throws an
 * error, because a run that only seems to be recorded would be worse.
 */
export function createReleaseAssetStore(
  findAsset: FindAsset,
  { asset, keep, upTo = null }: { readonly asset: string; readonly keep: number; readonly upTo?: string | null },
): BaselineStore {
  return {
    async load(name): Promise<Baseline> {
      const place = `file ${escapeForTerminal(asset)} of the newest release`
      const none = { entries: [], origin: place, ancestor: null, passedOver: [], unreadable: null }
      let file: Awaited<ReturnType<FindAsset>>
      try {
        file = await findAsset(asset, LARGEST_HISTORY_BYTES)
      } catch (error) {
        return { ...none, unreadable: explainRefusal(error, 'contents: read') }
      }
      if (file === null) return { ...none, passedOver: [`the newest release has no file ${escapeForTerminal(asset)}`] }
      const origin = `file ${escapeForTerminal(asset)} of release ${escapeForTerminal(file.tag)}`
      const { entries } = mergeHistories([openAsset(file.content, origin)], keep)
      const own = entries.filter(({ row }) => row.series.name === name)
      return { ...none, origin, entries: cutUpTo(own, upTo, `in the ${origin}`) }
    },
    async save() {
      throw new BaselineError(
        `The file ${escapeForTerminal(asset)} of a release is only read: this run was not recorded.`,
        {
          remedy: 'set record: never here, and attach a new history file when you release',
        },
      )
    },
  }
}

function openAsset(content: Uint8Array, origin: string): History {
  try {
    if (content.length > LARGEST_HISTORY_BYTES)
      throw new ArtifactRefusal(`it is longer than ${LARGEST_HISTORY_BYTES} bytes`)
    return decodeUploaded(decodeUtf8(content))
  } catch (error) {
    if (!(error instanceof ArtifactRefusal)) throw error
    throw new BaselineError(`The ${origin} is not used: ${error.message}.`, {
      remedy: 'attach a history file as the command writes it (--append), or name another file',
      cause: error,
    })
  }
}

/**
 * Finds the file of this name of the newest release (neither draft nor prerelease), and the release's tag; null when there is no
 * release or no such file. Rejects as soon as the file is longer than `maximumBytes`.
 */
export async function findReleaseAsset(
  client: GithubClient,
  name: string,
  maximumBytes: number,
): Promise<{ readonly tag: string; readonly content: Uint8Array } | null> {
  const { octokit, repo } = client
  const release = await askOrNull(async () => (await octokit.rest.repos.getLatestRelease(repo)).data, [404])
  const asset = release?.assets.find((asset) => asset.name === name)
  if (release === null || asset === undefined) return null
  const options = { maximumBytes, mediaType: 'application/octet-stream' }
  return { tag: release.tag_name, content: await download(client, `/releases/assets/${asset.id}`, options) }
}

/** A history that may exist but that this run cannot read. */
function makeUnreachableStore(origin: string): BaselineStore {
  const unreadable = {
    why: 'there is no github-token to read it with',
    remedy: 'leave github-token at its default, and give the job permissions: actions: read',
  }
  return {
    load: async () => ({ entries: [], origin, ancestor: null, passedOver: [], unreadable }),
    save: async () => {
      throw new BaselineError(`This run was not recorded: ${unreadable.why}.`, { remedy: unreadable.remedy })
    },
  }
}
