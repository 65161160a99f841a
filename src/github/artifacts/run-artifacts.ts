import { createHash } from 'node:crypto'
import { HISTORY_FILE } from '../../baseline/artifact-rules.ts'
import { openEntry } from '../../baseline/zip.ts'
import { decodeRunReport } from '../../report/run-report-codec.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { decodeVerdict } from '../../report/verdict-codec.ts'
import type { SourceArtifact } from '../../baseline/artifact-source.ts'
import { listOf } from '../api/artifact-source.ts'
import { isRefusal, messageOf, whyNot } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import type { ActionContext } from '../job/context.ts'
import { downloadFrom } from '../api/download.ts'
import { judgedAnew } from './judged-anew.ts'
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

/** An artifact of a measuring job that cannot be used. */
export interface RefusedArtifact {
  /** Name of the history that it is about. */
  readonly name: string
  readonly attempt: number
  /** A sentence. */
  readonly why: string
}

/** What measuring jobs left, of every attempt. */
export interface RunResults {
  readonly results: readonly LegResult[]
  readonly refused: readonly RefusedArtifact[]
}

/**
 * What the measuring jobs of this run left. A history is told by its report beside it, else by what is in it: its name
 * alone could be that of a report.
 *
 * @param isWanted by the name of the history; the artifacts of others are not opened.
 */
export async function legResults(
  client: GithubClient,
  context: Pick<ActionContext, 'run'>,
  { isWanted = () => true }: { readonly isWanted?: (name: string) => boolean } = {},
): Promise<RunResults> {
  const results: LegResult[] = []
  const refused: RefusedArtifact[] = []
  const read = async (artifact: SourceArtifact, mayBeHistory: boolean): Promise<void> => {
    const { name, attempt } = partsOf(artifact.name)
    if (!isWanted(name)) return
    try {
      const leg = await openLeg(client, context, artifact, { mayBeHistory })
      if (leg !== null) results.push({ ...leg, verdict: judgedAnew(leg.verdict) })
    } catch (error) {
      const why = isRefusal(error) ? whyNot(error, 'actions: read') : messageOf(error)
      refused.push({ name, attempt, why: `the artifact ${artifact.name} cannot be used: ${why}` })
    }
  }
  const artifacts = await plateauArtifacts(client, context)
  for (const artifact of artifacts) if (historyOf(artifact.name) === null) await read(artifact, false)
  const known = new Set([...results.map(({ leg }) => leg.name), ...refused.map(({ name }) => name)])
  for (const artifact of artifacts) {
    const history = historyOf(artifact.name)
    if (history !== null && !known.has(history)) await read(artifact, true)
  }
  return { results, refused }
}

/** The job that uploaded the artifact of this name in this run, or null. */
export async function legWithName(client: GithubClient, context: ActionContext, name: string): Promise<string | null> {
  try {
    const { octokit, repo } = client
    const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({ ...repo, run_id: context.run.id, name })
    const artifact = listOf(data).artifacts.find((artifact) => artifact.name === name)
    const opened = artifact === undefined ? null : await openLeg(client, context, artifact)
    return opened?.leg.leg ?? null
  } catch {
    return null
  }
}

async function plateauArtifacts(
  { octokit, repo }: GithubClient,
  { run }: Pick<ActionContext, 'run'>,
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
  return found.filter(({ name }) => name.startsWith('plateau-'))
}

/** The history that an artifact of this name would hold; null for any other name. */
function historyOf(artifact: string): string | null {
  return /^plateau-(.+)-history(?:-attempt-\d+)?$/.exec(artifact)?.[1] ?? null
}

/** Name and attempt as `reportArtifactName` puts them together. */
function partsOf(artifact: string): { readonly name: string; readonly attempt: number } {
  const [, name = artifact, attempt = '1'] = /^plateau-(.+?)(?:-attempt-(\d+))?$/.exec(artifact) ?? []
  return { name, attempt: Number(attempt) }
}

/** Opens one artifact in memory, by the rules for artifacts that others may have made. Null: it is a history. */
async function openLeg(
  client: GithubClient,
  { run }: Pick<ActionContext, 'run'>,
  artifact: SourceArtifact,
  { mayBeHistory = false }: { readonly mayBeHistory?: boolean } = {},
): Promise<LegResult | null> {
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
  if (mayBeHistory && legJson == null && openEntry(zip, HISTORY_FILE, BOUNDS) !== null) return null
  if (verdictJson == null || legJson == null) throw new Error(`it has no verdict.json or no ${LEG_FILE}`)
  const verdict = decodeVerdict(verdictJson)
  const leg = decodeLeg(legJson)
  if (leg === null) throw new Error(`its ${LEG_FILE} is not one`)
  if (leg.name !== verdict.name || artifact.name !== reportArtifactName(leg.name, leg.attempt)) {
    throw new Error('its content is of another name or attempt')
  }
  return { leg, verdict, report: reportJson == null ? null : decodeRunReport(reportJson) }
}
