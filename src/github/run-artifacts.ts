import { createHash } from 'node:crypto'
import { openEntry } from '../baseline/zip.ts'
import { decodeRunReport } from '../report/run-report.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { decodeVerdict } from '../report/verdict-codec.ts'
import type { SourceArtifact } from '../baseline/artifact-source.ts'
import { listOf } from './artifact-source.ts'
import { messageOf } from './client.ts'
import type { GithubClient } from './client.ts'
import type { ActionContext } from './context.ts'
import { downloadFrom } from './download.ts'
import { decodeLeg, LEG_FILE } from './leg.ts'
import type { Leg } from './leg.ts'
import { reportArtifactName } from './upload.ts'

/** What one measuring job left. */
export interface LegResult {
  readonly leg: Leg
  readonly verdict: Verdict
  /** Null when nothing was measured. */
  readonly report: RunReport | null
}

/** Records make them large; they are not opened. */
const LARGEST_ZIP_BYTES = 64 * 1024 * 1024
const BOUNDS = { inflatedBytes: 32 * 1024 * 1024, ratio: 200 }
/** Artifacts of one run, a hundred a page. */
const MOST_PAGES = 10

/** What all measuring jobs of this run left, of every attempt, and sentences about what could not be used. */
export async function legResults(
  client: GithubClient,
  context: ActionContext,
): Promise<{ readonly results: readonly LegResult[]; readonly refused: readonly string[] }> {
  const results: LegResult[] = []
  const refused: string[] = []
  for (const artifact of await reportArtifacts(client, context)) {
    try {
      results.push(await openLeg(client, context, artifact))
    } catch (error) {
      refused.push(`the artifact ${artifact.name} cannot be used: ${messageOf(error)}`)
    }
  }
  return { results, refused }
}

/** The job that uploaded the artifact of this name in this run, or null. */
export async function legWithName(client: GithubClient, context: ActionContext, name: string): Promise<string | null> {
  try {
    const { octokit, repo } = client
    const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({ ...repo, run_id: context.run.id, name })
    const artifact = listOf(data).artifacts.find((artifact) => artifact.name === name)
    return artifact === undefined ? null : (await openLeg(client, context, artifact)).leg.leg
  } catch {
    return null
  }
}

async function reportArtifacts(
  { octokit, repo }: GithubClient,
  { run }: ActionContext,
): Promise<readonly SourceArtifact[]> {
  const found: SourceArtifact[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({
      ...repo,
      run_id: run.id,
      per_page: 100,
      page,
    })
    found.push(...listOf(data).artifacts)
    if (data.artifacts.length === 0 || found.length >= data.total_count) break
  }
  return found.filter(({ name }) => name.startsWith('plateau-') && !/-history(-attempt-\d+)?$/.test(name))
}

/** Opens one artifact in memory, by the rules for artifacts that others may have made. */
async function openLeg(client: GithubClient, { run }: ActionContext, artifact: SourceArtifact): Promise<LegResult> {
  if (artifact.run?.id !== run.id) throw new Error('it is of another run')
  if (artifact.expired) throw new Error('it has expired')
  if (artifact.sizeBytes > LARGEST_ZIP_BYTES) throw new Error(`it is larger than ${LARGEST_ZIP_BYTES} bytes`)
  const zip = await downloadFrom(client, `/actions/artifacts/${artifact.id}/zip`, { maximumBytes: LARGEST_ZIP_BYTES })
  const digest = `sha256:${createHash('sha256').update(zip).digest('hex')}`
  if (digest !== artifact.digest) throw new Error('its content does not have the digest that GitHub states')
  const textOf = (file: string): string | null => {
    const content = openEntry(zip, file, BOUNDS)
    return content === null ? null : new TextDecoder('utf-8', { fatal: true }).decode(content)
  }
  const [verdictJson, legJson, reportJson] = ['verdict.json', LEG_FILE, 'report.json'].map(textOf)
  if (verdictJson == null || legJson == null) throw new Error(`it has no verdict.json or no ${LEG_FILE}`)
  const verdict = decodeVerdict(verdictJson)
  const leg = decodeLeg(legJson)
  if (leg === null) throw new Error(`its ${LEG_FILE} is not one`)
  if (leg.name !== verdict.name || artifact.name !== reportArtifactName(leg.name, leg.attempt)) {
    throw new Error('its content is of another name or attempt')
  }
  return { leg, verdict, report: reportJson == null ? null : decodeRunReport(reportJson) }
}
