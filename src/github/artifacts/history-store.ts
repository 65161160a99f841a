import { relative, resolve } from 'node:path'
import { createArtifactStore } from '../../baseline/artifact-store.ts'
import { createFileStore } from '../../baseline/file-store.ts'
import { createReleaseAssetStore } from '../../baseline/release-asset-store.ts'
import type { BaselineStore } from '../../baseline/store.ts'
import { BaselineError, SettingsError } from '../../errors.ts'
import type { Settings } from '../../settings.ts'
import { createGithubArtifactSource, createGithubReleaseAssets } from '../api/artifact-source.ts'
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
        : createReleaseAssetStore(createGithubReleaseAssets(input.client), {
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
