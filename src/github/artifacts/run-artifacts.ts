import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import type { Shard } from '../../settings/lists/shard-settings.ts'
import type { WhichSweep } from '../../shell/measure-shards.ts'
import { firstLineOf, explainAbsence } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import { sha256 } from '../../sha256.ts'
import { HISTORY_FILE } from '../../baseline/artifact-rules.ts'
import type { SourceArtifact } from '../../baseline/artifact-rules.ts'
import { openEntry } from '../../baseline/zip.ts'
import { LOOKS_FILE } from '../../report/looks.ts'
import { decodeRunReport } from '../../report/run-report-codec.ts'
import type { RunReport } from '../../report/run-report.ts'
import { decodeVerdict } from '../../report/verdict-codec.ts'
import type { Verdict, VerdictWord } from '../../report/verdict.ts'
import { concludeAgain, concludeVerdict } from '../../verdict/conclude.ts'
import { downloadArtifact, findArtifact, toArtifacts } from '../api/repository.ts'
import { decodeLeg, LEG_FILE } from './report-files.ts'
import type { Leg } from './report-files.ts'

/** The artifacts of a workflow run: how they are uploaded and what they are called, and what the measuring jobs left in them. */

/** Uploads files of one folder as an artifact of this run; returns its id. */
export type Uploader = (name: string, files: readonly string[], folder: string) => Promise<number>

/** Uploads through the runner's artifact service. Its client is large, so it is loaded only when needed. */
export const uploadToRun: Uploader = async (name, files, folder) => {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const refusal = watchForRefusal(process.env['ACTIONS_RESULTS_URL'] ?? '')
  try {
    const upload = new DefaultArtifactClient().uploadArtifact(name, [...files], folder)
    const { id } = await Promise.race([upload, refusal.told])
    if (id === undefined) throw new Error('the artifact service gave it no id')
    return id
  } finally {
    refusal.stop()
  }
}

/** Refusals that ask for a later retry. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429])
/** How long the client has to report the refusal itself, in better words. */
const SETTLING_MS = 1_000

/** What Node publishes about each answer that its HTTP client receives. */
interface Answered {
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

/**
 * Rejects when the artifact service refuses. Its client would retry five times, for most of a minute, whenever the
 * answer is not JSON (a proxy's, or an empty one), although the refusal will not change.
 */
function watchForRefusal(serviceUrl: string): { readonly told: Promise<never>; readonly stop: () => void } {
  const { promise, reject } = Promise.withResolvers<never>()
  const host = URL.canParse(serviceUrl) ? new URL(serviceUrl).host : null
  let timer: NodeJS.Timeout | undefined
  const look = (message: unknown): void => {
    const { request, response } = message as Answered
    const status = response.statusCode ?? 0
    if (request.getHeader('host') !== host || status < 400 || status >= 500 || TEMPORARY.has(status)) return
    const words = `the artifact service refused it: (${status}) ${response.statusMessage ?? ''}`.trim()
    timer ??= setTimeout(() => reject(new Error(words)), SETTLING_MS)
  }
  subscribe(CHANNEL, look)
  return {
    told: promise,
    stop() {
      clearTimeout(timer)
      unsubscribe(CHANNEL, look)
    },
  }
}

const CHANNEL = 'http.client.response.finish'

/**
 * Name of the artifact with report, verdict and page. A run can use a name only once, so later attempts add their
 * number.
 */
export function nameReportArtifact(name: string, attempt: number): string {
  return attempt === 1 ? `plateau-${name}` : `plateau-${name}-attempt-${attempt}`
}

/** Name of the artifact with the part of a shard; none that is taken for the result of a job. */
export function namePartArtifact(
  shard: Shard,
  sweep: WhichSweep,
  { name, attempt }: { readonly name: string; readonly attempt: number },
): string {
  const again = sweep === 'second' ? '-second-look' : ''
  return `part-${shard.number}-of-${shard.count}${again}-of-${nameReportArtifact(name, attempt)}`
}

/** True when the artifact's name is taken: two jobs of one run have the same name. */
export function isNameTaken(error: unknown): boolean {
  return /\(409\)/.test(firstLineOf(error))
}

/** Two jobs of one name would overwrite each other's history. */
export function describeSharedName(name: string, legs: readonly string[]): SettingProblem {
  const message = `two jobs of this run have this name: ${legs.join(' and ')}; give each its own name`
  return { setting: 'name', given: name, message }
}

/** Refuses a name that another step of the same job has. */
export function refuseSharedStepName(name: string): SettingsError {
  const message =
    'another step of this job already measures under this name, and one would take the place of the other in history, artifact ' +
    'and comment; give each of these steps a `name` of its own'
  return new SettingsError([{ setting: 'name', given: name, message }])
}

/** Refuses a name that another job has. `other` is that job, if known. */
export function refuseTakenName(name: string, leg: string, other: string | null): SettingsError {
  return new SettingsError([describeSharedName(name, other === null ? [leg, 'another job'] : [other, leg])])
}

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
 * Reads what the measuring jobs of a run left. An artifact named like a history counts as one if a report of that
 * name is beside it, or if its content is one: the name alone could belong to a report.
 *
 * @param names of the histories whose artifacts are opened; null: all.
 */
export async function readLegResults(
  client: GithubClient,
  runId: number,
  names: readonly string[] | null = null,
): Promise<RunResults> {
  const results: LegResult[] = []
  const refused: RefusedArtifact[] = []
  const read = async (artifact: SourceArtifact, mayBeHistory: boolean): Promise<void> => {
    const { name, attempt } = splitName(artifact.name)
    if (names !== null && !names.includes(name)) return
    try {
      const leg = await openLeg(client, runId, artifact, { mayBeHistory })
      if (leg !== null) results.push({ ...leg, verdict: judgeAnew(leg.verdict) })
    } catch (error) {
      const why = explainAbsence(error, 'actions: read')
      refused.push({ name, attempt, why: `the artifact ${artifact.name} cannot be used: ${why}` })
    }
  }
  const artifacts = await listArtifacts(client, runId)
  for (const artifact of artifacts) if (historyOf(artifact.name) === null) await read(artifact, false)
  const known = new Set([...results.map(({ leg }) => leg.name), ...refused.map(({ name }) => name)])
  for (const artifact of artifacts) {
    const history = historyOf(artifact.name)
    if (history !== null && !known.has(history)) await read(artifact, true)
  }
  return { results, refused }
}

/** Picks the newest attempt of each name, and lists names that two jobs share. */
export function pickNewestResults(results: readonly LegResult[]): {
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

/** The job that uploaded the artifact of this name in a run, or null. */
export async function findLegWithName(client: GithubClient, runId: number, name: string): Promise<string | null> {
  try {
    const artifact = await findArtifact(client, runId, name)
    const opened = artifact === null ? null : await openLeg(client, runId, artifact)
    return opened?.leg.job ?? null
  } catch {
    return null
  }
}

async function listArtifacts({ octokit, repo }: GithubClient, runId: number): Promise<readonly SourceArtifact[]> {
  const found: SourceArtifact[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({
      ...repo,
      run_id: runId,
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
  runId: number,
  artifact: SourceArtifact,
  { mayBeHistory = false }: { readonly mayBeHistory?: boolean } = {},
): Promise<LegResult | null> {
  const zip = await fetchZip(client, runId, artifact, LARGEST_ZIP_BYTES)
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
const COMPARED: ReadonlySet<VerdictWord> = new Set(['suspect', 'accepted', 'no-change-seen', 'proven', 'improved'])

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
