import { sha256 } from '../../sha256.ts'
import { z } from 'zod'
import { HISTORY_FILE, LARGEST_HISTORY_BYTES, ZIP_BOUNDS } from '../../baseline/artifact-rules.ts'
import { openEntry, ZipRefusal } from '../../baseline/zip.ts'
import { BaselineError, FileRefusal, SettingsError, ValueError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import type { History } from '../../report/history.ts'
import { decodeLooks, LOOKS_FILE, LooksError } from '../../report/looks.ts'
import type { Looks } from '../../report/looks.ts'
import type { RunReport } from '../../report/run-report.ts'
import { defineSetting } from '../../settings/setting.ts'
import { listAllowed } from '../../settings/nearest.ts'
import { escapeForTerminal } from '../../text.ts'
import { getJson, getSigned, refuseForeignAnswer } from './github-api.ts'
import type { GithubApi, GithubPlace } from './github-api.ts'
import { decodeStored, HISTORY_KIND, REPORT_KIND } from './stored.ts'
import type { StoredKind } from './stored.ts'

/** The setting that names a workflow run to fetch. */
export const RUN_TO_FETCH = defineSetting({
  name: 'run',
  group: 'What to compare',
  help: 'Workflow run to fetch. With a report it is what the report is compared with; without one it is compared itself',
  placeholder: 'ID',
  default: null,
  common: true,
  read: readRunId,
})

function readRunId(text: string): number {
  // People also paste the address of the run.
  const id = /^(?:https?:\/\/(?:[^\s/]+\/){3}actions\/runs\/)?([1-9]\d{0,15})(?:[/?#]\S*)?$/.exec(text.trim())?.[1]
  if (id === undefined)
    throw new ValueError('must be the number of a workflow run, as in its address: …/actions/runs/123')
  return Number(id)
}

/** Whether these flags name a run. Without one, GitHub's environment variables must not matter. */
export function isRunNamed(flags: readonly string[]): boolean {
  return flags.some((flag) => /^--run(=|$)/.test(flag))
}

/** What a workflow run left. */
export interface FetchedRun {
  /** In words, for example `run 123 of owner/name`. */
  readonly from: string
  readonly report: RunReport
  /** The history that its report was compared with, or that it recorded; null when it left neither. */
  readonly history: History | null
  /** Its runs and its second look; null when it left neither. */
  readonly looks: Looks | null
}

/** What is missing to fetch a run. */
export function listMissingForRun({
  repository,
  githubToken,
}: Pick<GithubPlace, 'repository' | 'githubToken'>): readonly SettingProblem[] {
  const missing: readonly (readonly [setting: string, value: string | null, remedy: string])[] = [
    ['repository', repository, '--repository OWNER/NAME'],
    ['github-token', githubToken, 'set GITHUB_TOKEN, for example GITHUB_TOKEN=$(gh auth token)'],
  ]
  return missing.flatMap(([setting, value, remedy]) =>
    value === null ? [{ setting, given: null, message: `is required to fetch a run: ${remedy}` }] : [],
  )
}

/** One artifact of the run. */
export type RunArtifact = z.infer<typeof artifactSchema>

const artifactSchema = z.object({
  id: z.number().int().positive(),
  name: z.string().max(300),
  size_in_bytes: z.number().int().nonnegative(),
  expired: z.boolean(),
  digest: z.string().max(200).nullish(),
})
const listSchema = z.object({
  total_count: z.number().int().nonnegative(),
  artifacts: z.array(artifactSchema).max(100),
})

/** The files of the report and of its baseline in the artifact. */
const REPORT_FILE = 'report.json'
const BASELINE_FILE = 'baseline.json'
/** The artifact may also hold the records of all requests. */
const LARGEST_ARTIFACT_BYTES = 64 * 1024 * 1024
const MOST_PAGES = 10

/**
 * Fetches the report of a workflow run and, if the run left them, the runs to compare it with. The caller named the
 * run, so its branch does not matter, but its content is still checked. Null when interrupted.
 *
 * @throws SettingsError when there is no such run, name or artifact.
 * @throws BaselineError when GitHub cannot be reached or an artifact is not what it should be.
 */
export async function fetchRun(
  { githubApiUrl, repository, githubToken }: GithubPlace,
  { run, name }: { readonly run: number; readonly name: string | null },
  signal: AbortSignal,
): Promise<FetchedRun | null> {
  const api = { url: githubApiUrl, repository: repository!, token: githubToken!, signal }
  try {
    return await readRun(api, run, name)
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

async function readRun(api: GithubApi, runId: number, name: string | null): Promise<FetchedRun> {
  const from = `run ${runId} of ${api.repository}`
  const artifacts = await listArtifacts(api, runId)
  const { report, history } = chooseArtifacts(artifacts, { name, from })
  const zip = await download(api, report)
  const baseline = openText(zip, BASELINE_FILE, report)
  const recorded = baseline ?? (history === null ? null : openText(await download(api, history), HISTORY_FILE, history))
  const text = openText(zip, REPORT_FILE, report)
  if (text === null) throw refuseArtifact(report, `holds no ${REPORT_FILE}`)
  return {
    from,
    report: decodeArtifact(REPORT_KIND, text, report),
    looks: openLooks(zip, report),
    history: recorded === null ? null : decodeArtifact(HISTORY_KIND, recorded, history ?? report),
  }
}

/** The artifacts with the report and the history of a name, of its newest attempt. */
export function chooseArtifacts(
  artifacts: readonly RunArtifact[],
  { name, from }: { readonly name: string | null; readonly from: string },
): { readonly report: RunArtifact; readonly history: RunArtifact | null } {
  const ours = artifacts
    .filter((artifact) => !artifact.expired)
    .flatMap((artifact) => {
      const match = /^plateau-(.+?)(-history)?(?:-attempt-(\d{1,4}))?$/.exec(artifact.name)
      return match === null
        ? []
        : [{ artifact, name: match[1]!, isHistory: match[2] !== undefined, attempt: Number(match[3] ?? 1) }]
    })
    .sort((a, b) => b.attempt - a.attempt)
  const reports = ours.filter((found) => !found.isHistory)
  const names = [...new Set(reports.map((found) => found.name))].sort()
  const chosen = name ?? (names.length === 1 ? names[0]! : null)
  const report = reports.find((found) => found.name === chosen)
  if (report === undefined)
    throw refuseMissing({ name, names, from, expired: artifacts.some(({ expired }) => expired) })
  const history = ours.find((found) => found.isHistory && found.name === chosen)
  return { report: report.artifact, history: history?.artifact ?? null }
}

function refuseMissing({
  name,
  names,
  from,
  expired,
}: {
  readonly name: string | null
  readonly names: readonly string[]
  readonly from: string
  readonly expired: boolean
}): SettingsError {
  const there = listAllowed(name ?? '', names, (found) => escapeForTerminal(found))
  if (names.length === 0) {
    const why = expired ? 'its artifacts have expired' : 'it has no artifact plateau-<name>'
    return new SettingsError([{ setting: 'run', given: null, message: `${from} has no report: ${why}` }])
  }
  const message = name === null ? `is required: ${from} has ${there}` : `is not in ${from}, which has ${there}`
  return new SettingsError([{ setting: 'name', given: name, message }])
}

async function listArtifacts(api: GithubApi, runId: number): Promise<readonly RunArtifact[]> {
  const found: RunArtifact[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const path = `actions/runs/${runId}/artifacts?per_page=100&page=${page}`
    const result = listSchema.safeParse(await getJson(api, path))
    if (!result.success) {
      throw refuseForeignAnswer(`${api.url.host} does not answer as GitHub does to ${path}`)
    }
    found.push(...result.data.artifacts)
    if (found.length >= result.data.total_count || result.data.artifacts.length === 0) break
  }
  return found
}

/** Downloads the zip and checks its digest. */
async function download(api: GithubApi, artifact: RunArtifact): Promise<Uint8Array> {
  if (artifact.size_in_bytes > LARGEST_ARTIFACT_BYTES)
    throw refuseArtifact(artifact, `is ${artifact.size_in_bytes} bytes large`)
  const zip = await getSigned(api, `actions/artifacts/${artifact.id}/zip`, LARGEST_ARTIFACT_BYTES)
  const digest = `sha256:${sha256(zip)}`
  if (artifact.digest != null && artifact.digest !== digest)
    throw refuseArtifact(artifact, 'is not what its digest says')
  return zip
}

function openLooks(zip: Uint8Array, artifact: RunArtifact): Looks | null {
  const text = openText(zip, LOOKS_FILE, artifact)
  if (text === null) return null
  try {
    return decodeLooks(text)
  } catch (error) {
    if (error instanceof LooksError)
      throw refuseArtifact(artifact, `holds a ${LOOKS_FILE} that cannot be used: ${error.message}`)
    throw error
  }
}

function openText(zip: Uint8Array, file: string, artifact: RunArtifact): string | null {
  try {
    const content = openEntry(zip, file, { ...ZIP_BOUNDS, inflatedBytes: LARGEST_HISTORY_BYTES })
    return content === null ? null : new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    if (error instanceof ZipRefusal) throw refuseArtifact(artifact, error.message)
    if (error instanceof TypeError) throw refuseArtifact(artifact, `holds ${file}, which is not UTF-8 text`)
    throw error
  }
}

function decodeArtifact<T>(kind: StoredKind<T>, text: string, artifact: RunArtifact): T {
  try {
    return decodeStored(kind, text)
  } catch (error) {
    if (error instanceof FileRefusal) throw refuseArtifact(artifact, `holds a file that ${error.message}`)
    throw error
  }
}

function refuseArtifact({ name }: RunArtifact, what: string): BaselineError {
  return new BaselineError(`artifact ${escapeForTerminal(name)} ${what}`, {
    remedy: 'download it by hand to look at it, or compare with another run',
  })
}
