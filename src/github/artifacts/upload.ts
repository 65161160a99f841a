import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import type { Shard } from '../../settings/lists/shard-settings.ts'
import type { WhichSweep } from '../../shell/measure-shards.ts'
import type { ActionContext } from '../context.ts'
import { firstLineOf } from '../api/client.ts'

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
export function namePartArtifact(shard: Shard, sweep: WhichSweep, { name, attempt }: PartOf): string {
  const again = sweep === 'second' ? '-second-look' : ''
  return `part-${shard.number}-of-${shard.count}${again}-of-${nameReportArtifact(name, attempt)}`
}

interface PartOf {
  readonly name: string
  readonly attempt: number
}

/** Where an artifact of this run is shown. */
export function buildArtifactUrl({ run }: Pick<ActionContext, 'run'>, id: number): string {
  return `${run.url}/artifacts/${id}`
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

/** Why an upload failed, and what is lost. */
export function describeUploadFailure(error: unknown, artifact: string): string {
  return `the artifact ${artifact} was not uploaded: ${firstLineOf(error)}`
}
