import { sha256 } from '../../sha256.ts'
import { HISTORY_FILE } from '../../baseline/artifact-rules.ts'
import type { SourceArtifact } from '../../baseline/artifact-rules.ts'
import { openEntry } from '../../baseline/zip.ts'
import { LOOKS_FILE } from '../../report/looks.ts'
import { decodeRunReport } from '../../report/run-report-codec.ts'
import type { RunReport } from '../../report/run-report.ts'
import { decodeVerdict } from '../../report/verdict-codec.ts'
import type { Verdict } from '../../report/verdict.ts'
import { concludeAgain, concludeVerdict } from '../../verdict/conclude.ts'
import { downloadArtifact, findArtifact, toArtifacts } from '../api/repository.ts'
import { describeTrouble } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import type { ActionContext } from '../context.ts'
import { decodeLeg, LEG_FILE } from './report-files.ts'
import type { Leg } from './report-files.ts'
import { nameReportArtifact } from './upload.ts'

/** What one measuring job left. */
export interface LegResult {
  readonly leg: Leg
  readonly verdict: Verdict
  /** Null when nothing was measured. */
  readonly report: RunReport | null
  /** The recorded runs that it was compared with, as uploaded; absent or null where there were none. */
  readonly baselineJson?: string | null
  /** The runs behind the verdict, as uploaded; absent or null where nothing was measured. */
  readonly looksJson?: string | null
}

/** Records, which are not opened, can make an artifact large. */
const LARGEST_ZIP_BYTES = 64 * 1024 * 1024
const BOUNDS = { inflatedBytes: 32 * 1024 * 1024, ratio: 200 }
/** The most runs of one commit that are opened. */
export const MOST_RUNS = 5
/** Pages of a hundred artifacts of one run. */
const MOST_PAGES = 10

/** An artifact of a measuring job that cannot be used. */
export interface RefusedArtifact {
  /** Name of the history that it is about. */
  readonly name: string
  readonly attempt: number
  /** A sentence. */
  readonly why: string
}

/** What the measuring jobs left, in all attempts. */
export interface RunResults {
  readonly results: readonly LegResult[]
  readonly refused: readonly RefusedArtifact[]
}

/**
 * Reads what the measuring jobs of this run left. An artifact named like a history counts as one if a report of that
 * name is beside it, or if its content is one: the name alone could belong to a report.
 *
 * @param isWanted tells by the name of the history which artifacts to open.
 */
export async function readLegResults(
  client: GithubClient,
  context: Pick<ActionContext, 'run'>,
  { isWanted = () => true }: { readonly isWanted?: (name: string) => boolean } = {},
): Promise<RunResults> {
  const results: LegResult[] = []
  const refused: RefusedArtifact[] = []
  const read = async (artifact: SourceArtifact, mayBeHistory: boolean): Promise<void> => {
    const { name, attempt } = splitName(artifact.name)
    if (!isWanted(name)) return
    try {
      const leg = await openLeg(client, context, artifact, { mayBeHistory })
      if (leg !== null) results.push({ ...leg, verdict: judgeAnew(leg.verdict) })
    } catch (error) {
      const why = describeTrouble(error, 'actions: read')
      refused.push({ name, attempt, why: `the artifact ${artifact.name} cannot be used: ${why}` })
    }
  }
  const artifacts = await listArtifacts(client, context)
  for (const artifact of artifacts) if (historyOf(artifact.name) === null) await read(artifact, false)
  const known = new Set([...results.map(({ leg }) => leg.name), ...refused.map(({ name }) => name)])
  for (const artifact of artifacts) {
    const history = historyOf(artifact.name)
    if (history !== null && !known.has(history)) await read(artifact, true)
  }
  return { results, refused }
}

/** Picks the newest attempt of each name, and lists names that two jobs share. */
export function pickNewestOfEachName(results: readonly LegResult[]): {
  readonly newest: readonly LegResult[]
  readonly shared: readonly { readonly name: string; readonly legs: readonly string[] }[]
} {
  const byName = [...Map.groupBy(results, ({ leg }) => leg.name).entries()]
  return {
    newest: byName.map(([, all]) => all.reduce((a, b) => (b.leg.attempt > a.leg.attempt ? b : a))),
    shared: byName.flatMap(([name, all]) => {
      const legs = [...new Set(all.map(({ leg }) => leg.job))]
      return legs.length > 1 ? [{ name, legs }] : []
    }),
  }
}

/** The job that uploaded the artifact of this name in this run, or null. */
export async function findLegWithName(
  client: GithubClient,
  context: ActionContext,
  name: string,
): Promise<string | null> {
  try {
    const artifact = await findArtifact(client, context.run.id, name)
    const opened = artifact === null ? null : await openLeg(client, context, artifact)
    return opened?.leg.job ?? null
  } catch {
    return null
  }
}

async function listArtifacts(
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
    found.push(...toArtifacts(data).artifacts)
    if (data.artifacts.length === 0 || found.length >= data.total_count) break
  }
  return found.filter(({ name }) => name.startsWith('plateau-'))
}

/** The name of the history that an artifact of this name would hold; null for any other. */
function historyOf(artifact: string): string | null {
  return /^plateau-(.+)-history(?:-attempt-\d+)?$/.exec(artifact)?.[1] ?? null
}

/** Name and attempt; the inverse of `nameReportArtifact`. */
function splitName(artifact: string): { readonly name: string; readonly attempt: number } {
  const [, name = artifact, attempt = '1'] = /^plateau-(.+?)(?:-attempt-(\d+))?$/.exec(artifact) ?? []
  return { name, attempt: Number(attempt) }
}

/**
 * The zip of an artifact of this run.
 *
 * @throws Error with why it cannot be used, as half a sentence about it.
 */
export async function fetchZip(
  client: GithubClient,
  runId: number,
  artifact: SourceArtifact,
  maximumBytes: number,
): Promise<Uint8Array> {
  if (artifact.run?.id !== runId) throw new Error('it is of another run')
  if (artifact.expired) throw new Error('it has expired')
  if (artifact.sizeBytes > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`)
  const zip = await downloadArtifact(client, artifact.id, maximumBytes)
  const digest = `sha256:${sha256(zip)}`
  if (digest !== artifact.digest) throw new Error('its content does not have the digest that GitHub states')
  return zip
}

/** Opens one artifact in memory, by the rules for untrusted artifacts. Null when it is a history. */
async function openLeg(
  client: GithubClient,
  { run }: Pick<ActionContext, 'run'>,
  artifact: SourceArtifact,
  { mayBeHistory = false }: { readonly mayBeHistory?: boolean } = {},
): Promise<LegResult | null> {
  const zip = await fetchZip(client, run.id, artifact, LARGEST_ZIP_BYTES)
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
  if (leg.name !== verdict.name || artifact.name !== nameReportArtifact(leg.name, leg.attempt)) {
    throw new Error('its content is of another name or attempt')
  }
  const report = reportJson == null ? null : decodeRunReport(reportJson)
  return { leg, verdict, report, baselineJson: textOf('baseline.json'), looksJson: textOf(LOOKS_FILE) }
}

/** Words that only a comparison can lead to. */
const COMPARED: ReadonlySet<string> = new Set(['suspect', 'accepted', 'no-change-seen', 'proven', 'improved'])

/** Reasons that follow from the parts of a verdict. */
const OF_PARTS: ReadonlySet<string> = new Set([
  'limit',
  'level-lost',
  'error-rate',
  'limit-not-measured',
  'levels-missing',
  'not-proven',
])

/**
 * Recomputes word, reasons and check of an uploaded verdict from its parts, because what it claims itself is not
 * trusted.
 *
 * @throws Error when its parts cannot lead to its word.
 */
function judgeAnew(verdict: Verdict): Verdict {
  const { verdict: word, reasons, check: _check, ...parts } = verdict
  const { comparisons } = parts
  if (comparisons.length > 0) return concludeAgain(verdict)
  if (COMPARED.has(word)) throw new Error(`its verdict is "${word}", and it compares nothing`)
  const reason = reasons.find((code) => !OF_PARTS.has(code)) ?? null
  return concludeVerdict(parts, { word, reason })
}
