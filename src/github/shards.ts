import { join } from 'node:path'
import { SettingsError } from '../errors.ts'
import type { SourceArtifact } from '../baseline/artifact-rules.ts'
import { openEntry } from '../baseline/zip.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { writeWhole } from '../shell/files.ts'
import type { WhichSweep, PartExchange } from '../shell/measure-shards.ts'
import { findArtifact } from './api/repository.ts'
import { GithubError, explainAbsence, firstLineOf } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { fetchZip, isNameTaken, namePartArtifact } from './artifacts/run-artifacts.ts'
import { folderOf, isReduced, leaveOutContext } from './artifacts/report-files.ts'
import type { Uploader } from './artifacts/run-artifacts.ts'
import { findMeasuredSha, isEnterpriseServer } from './context.ts'
import type { AssignmentPorts, MeasureAssignment } from './job/assignment.ts'

/** The measured commit, in which all shards must agree, and how their parts get to the first of them. */
export interface Sharing extends PartExchange {
  readonly commit: string | null
}

/** A part has 36 MB for every 100,000 requests. */
const BOUNDS = { inflatedBytes: 1024 * 1024 * 1024, ratio: 1000 }
const LARGEST_ZIP_BYTES = 512 * 1024 * 1024
/** GitHub lists an artifact some seconds after it is there. */
const MOST_LOOKS = 20
const SECONDS_BETWEEN = 3

/**
 * How the shards of this workflow run pass on their parts: each as an artifact, which the first one fetches.
 *
 * @throws SettingsError where there are no artifacts, or no token to fetch them with.
 */
export function shareParts(
  { settings, job }: MeasureAssignment,
  shard: Shard,
  { env, upload, githubPauseMs, signal, log }: AssignmentPorts & { readonly upload: Uploader },
): Sharing {
  const { context, client } = job
  if (isEnterpriseServer(context.serverUrl)) throw refuse(shard, ENTERPRISE)
  if (client === null) throw refuse(shard, NO_TOKEN)
  const place = (number: number, sweep: WhichSweep): PlacedPart => {
    const one = { ...shard, number }
    const folder = join(folderOf(env, settings.name), 'shards', `${sweep}-look`)
    const file = `shard-${number}-of-${shard.count}.part`
    const artifact = namePartArtifact(one, sweep, { name: settings.name, attempt: context.run.attempt })
    return { shard: one, folder, file, path: join(folder, file), artifact }
  }
  return {
    commit: findMeasuredSha(context) || null,
    async hand(sweep, part) {
      const placed = place(shard.number, sweep)
      writeWhole(placed.path, part)
      await uploadPart(placed, upload)
      log.info(`shard ${renderShard(shard)}: its part is the artifact ${placed.artifact}`)
    },
    async fetchAll(sweep) {
      const paths: string[] = []
      // One after the other: each is held in memory as it comes.
      for (let number = 1; number <= shard.count; number++) {
        const placed = place(number, sweep)
        if (number !== shard.number) await fetchPart(placed, { client, runId: context.run.id, githubPauseMs, signal })
        paths.push(placed.path)
      }
      return paths
    },
    strip: isReduced(settings, job) ? (report) => ({ ...report, context: leaveOutContext(report.context) }) : null,
  }
}

/** Where the part of a shard lies on this machine, and what its artifact is called. */
interface PlacedPart {
  readonly shard: Shard
  readonly folder: string
  readonly file: string
  readonly path: string
  readonly artifact: string
}

/** @throws GithubError when it is not uploaded. */
async function uploadPart({ shard, folder, path, artifact }: PlacedPart, upload: Uploader): Promise<void> {
  try {
    await upload(artifact, [path], folder)
  } catch (error) {
    const why = isNameTaken(error) ? `another job of this run is shard ${renderShard(shard)}, too` : firstLineOf(error)
    throw new GithubError(`the part of this shard, the artifact ${artifact}, was not uploaded: ${why}`, {
      cause: error,
    })
  }
}

/** Where the parts of others are fetched, and how long is waited for one. */
interface PartSource extends Pick<AssignmentPorts, 'githubPauseMs' | 'signal'> {
  readonly client: GithubClient
  readonly runId: number
}

/** @throws GithubError when it is not there, or cannot be used. */
async function fetchPart({ shard, file, path, artifact: name }: PlacedPart, source: PartSource): Promise<void> {
  const { client, runId } = source
  try {
    const zip = await fetchZip(client, runId, await waitForArtifact(name, source), LARGEST_ZIP_BYTES)
    const part = openEntry(zip, file, BOUNDS)
    if (part === null) throw new Error(`it holds no ${file}`)
    writeWhole(path, [part])
  } catch (error) {
    const why = explainAbsence(error, 'actions: read')
    const who = renderShard(shard)
    throw new GithubError(`the part of shard ${who}, the artifact ${name}, cannot be used: ${why}`, { cause: error })
  }
}

async function waitForArtifact(
  name: string,
  { client, runId, githubPauseMs, signal }: PartSource,
): Promise<SourceArtifact> {
  for (let looks = 1; ; looks++) {
    const artifact = await findArtifact(client, runId, name)
    if (artifact !== null) return artifact
    if (looks === MOST_LOOKS || signal.aborted) throw new Error('it is not among the artifacts of this run')
    await new Promise((resolve) => setTimeout(resolve, SECONDS_BETWEEN * githubPauseMs))
  }
}

function refuse(shard: Shard, message: string): SettingsError {
  return new SettingsError([{ setting: 'shard', given: renderShard(shard), message }])
}

const ENTERPRISE =
  'needs artifacts, and GitHub Enterprise Server has none that this action can write; run "plateau run --shard" and "plateau merge" as steps'
const NO_TOKEN =
  'needs a github-token, with which the first shard fetches the parts of the others; leave it at its default'
