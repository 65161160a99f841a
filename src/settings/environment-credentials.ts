import type { SettingProblem } from '../errors.ts'
import { authKindOf } from './auth.ts'
import { contradiction } from './checks/facts.ts'
import { spelling } from './define.ts'
import type { Entry, SettingList } from './define.ts'
import { awsRegionOf } from '../vendors/bedrock/urls.ts'
import type { Environment } from './reading/environment.ts'
import type { GivenValues } from './reading/given.ts'
import type { RunValues } from './lists/run-settings.ts'

/** What requests to AWS are signed with. Only the region may be shown. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** With credentials that expire. */
  readonly sessionToken: string | null
  readonly region: string
}

/** Where a job of GitHub Actions asks for a token that says which job it is. The token here is never shown. */
export interface GithubIdentity {
  readonly url: URL
  readonly token: string
}

/** What `auth` needs and no setting holds: others put it into the environment, and it goes nowhere else. */
export interface EnvironmentCredentials {
  /** With `auth: aws-sigv4`; else null. */
  readonly aws: AwsCredentials | null
  /** With `auth: databricks-oidc`; else null. */
  readonly githubIdentity: GithubIdentity | null
}

/** Every variable that may hold a secret: those that no setting stands for, and those of the secret settings. */
export function secretVariables(list: SettingList): readonly string[] {
  return [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    ...Object.values(list).flatMap(({ secret, env, borrowed = [] }) =>
      secret === true ? [...(env === undefined ? [] : [env]), ...borrowed.map((variable) => variable.env)] : [],
    ),
  ]
}

/** What `auth` needs from the environment, and what of it is missing. */
export function readCredentials(
  values: RunValues,
  env: Environment,
  entry: Entry,
): EnvironmentCredentials & { readonly problems: readonly SettingProblem[] } {
  const none = { aws: null, githubIdentity: null, problems: [] }
  if (values.auth?.kind === 'aws-sigv4') return { ...none, ...readAws(values.endpoint ?? null, env) }
  if (values.auth?.kind === 'databricks-oidc') return { ...none, ...readGithubIdentity(env, entry) }
  return none
}

function readAws(
  endpoint: URL | null,
  env: Environment,
): Pick<EnvironmentCredentials, 'aws'> & { readonly problems: readonly SettingProblem[] } {
  const accessKeyId = trimmed(env, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = trimmed(env, 'AWS_SECRET_ACCESS_KEY')
  const sessionToken = trimmed(env, 'AWS_SESSION_TOKEN')
  // The signature must be for the region of the host, whatever the environment says.
  const region =
    (endpoint === null ? null : awsRegionOf(endpoint)) ??
    trimmed(env, 'AWS_REGION') ??
    trimmed(env, 'AWS_DEFAULT_REGION')
  const needed = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === null ? [name] : []))
  if (accessKeyId === null || secretAccessKey === null || region === null) {
    const message =
      `is aws-sigv4, and the environment has no ${missing.join(', no ')}; set it, in a workflow with ` +
      'aws-actions/configure-aws-credentials, or use an API key of Bedrock with auth: bearer'
    return { aws: null, problems: [contradiction('auth', message)] }
  }
  const wrong = Object.entries({ ...needed, AWS_SESSION_TOKEN: sessionToken }).flatMap(([name, value]) =>
    value === null || /^[\x21-\x7e]+$/.test(value) ? [] : [name],
  )
  if (wrong.length > 0) {
    const message = `is aws-sigv4, and ${wrong.join(', ')} of the environment has characters that no header can carry`
    return { aws: null, problems: [contradiction('auth', message)] }
  }
  return { aws: { accessKeyId, secretAccessKey, sessionToken, region }, problems: [] }
}

function readGithubIdentity(
  env: Environment,
  entry: Entry,
): Pick<EnvironmentCredentials, 'githubIdentity'> & { readonly problems: readonly SettingProblem[] } {
  const url = trimmed(env, 'ACTIONS_ID_TOKEN_REQUEST_URL')
  const token = trimmed(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN')
  if (url !== null && token !== null && /^https?:/.test(url) && URL.canParse(url)) {
    return { githubIdentity: { url: new URL(url), token }, problems: [] }
  }
  const message =
    entry === 'action'
      ? 'is databricks-oidc, and this job may not ask GitHub for its identity; give it permissions: id-token: write, ' +
        'also the job that calls a reusable workflow (pull requests of forks never have it)'
      : 'is databricks-oidc, which only a job of GitHub Actions with permissions: id-token: write can use; ' +
        `use auth: databricks-oauth with ${spelling('client-id', entry)} and PLATEAU_CLIENT_SECRET`
  return { githubIdentity: null, problems: [contradiction('auth', message)] }
}

/**
 * Whether anything is there that proves who asks, before it is known whether it can be used. `given` has inputs and
 * environment.
 */
export function hasCredentials(given: GivenValues, env: Environment): boolean {
  const has = (name: string): boolean => (given.get(name)?.text.trim() ?? '') !== ''
  switch (authKindOf(given.get('auth')?.text)) {
    case 'databricks-oauth':
      return has('client-secret')
    case 'databricks-oidc':
      return trimmed(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN') !== null
    case 'aws-sigv4':
      return trimmed(env, 'AWS_SECRET_ACCESS_KEY') !== null
    default:
      return has('api-key')
  }
}

/** A variable that is set but empty is not there: runners hand missing secrets on so. */
function trimmed(env: Environment, name: string): string | null {
  return env[name]?.trim() || null
}
