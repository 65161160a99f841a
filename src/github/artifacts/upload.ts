import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import type { ActionContext } from '../context.ts'
import { messageOf } from '../api/client.ts'

/** Uploads files of one folder as an artifact of this run; returns its id. */
export type Uploader = (name: string, files: readonly string[], folder: string) => Promise<number>

/** Uploads through the runner's artifact service. The client is large, and most of the time nothing is uploaded. */
export const uploadToRun: Uploader = async (name, files, folder) => {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const { id } = await new DefaultArtifactClient().uploadArtifact(name, [...files], folder)
  if (id === undefined) throw new Error('the artifact service gave it no id')
  return id
}

/** Name of the artifact with report, verdict and page; a name is taken once a run, so later attempts say which they are. */
export function reportArtifactName(name: string, attempt: number): string {
  return attempt === 1 ? `plateau-${name}` : `plateau-${name}-attempt-${attempt}`
}

/** Where an artifact of this run is shown. */
export function buildArtifactUrl({ run }: Pick<ActionContext, 'run'>, id: number): string {
  return `${run.url}/artifacts/${id}`
}

/** True when an artifact of this name is there already: two jobs of one run have one name. */
export function isNameTaken(error: unknown): boolean {
  return /\(409\)/.test(messageOf(error))
}

/** Two jobs of one name would overwrite each other's history. */
export function describeSharedName(name: string, legs: readonly string[]): SettingProblem {
  const message = `two jobs of this run have this name: ${legs.join(' and ')}; give each its own name`
  return { setting: 'name', given: name, message }
}

/** Another step of the same job has the name. */
export function refuseSharedStepName(name: string): SettingsError {
  const message =
    'another step of this job already measures under this name, and one would take the place of the other in history, artifact ' +
    'and comment; give each of these steps a `name` of its own'
  return new SettingsError([{ setting: 'name', given: name, message }])
}

/** The name of this leg is taken. `other` is the job that was first, when it is known. */
export function refuseTakenName(name: string, leg: string, other: string | null): SettingsError {
  return new SettingsError([describeSharedName(name, other === null ? [leg, 'another job'] : [other, leg])])
}

/** Why an upload failed, and what is lost. */
export function describeUploadFailure(error: unknown, artifact: string): string {
  return `the artifact ${artifact} was not uploaded: ${messageOf(error)}`
}
