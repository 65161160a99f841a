import type { SettingProblem } from '../../errors.ts'
import type { AuthFacts, AuthWay, Variables } from '../auth-way.ts'
import type { Vendor } from '../vendor.ts'
import { awsRegionOf, bedrockApi, isBedrockHost, isServiceHost } from './api.ts'
import { createSigner } from './signature.ts'

const SERVICE = 'bedrock'

/** Signs each request with the AWS credentials of the environment. */
const AWS_SIGV4: AuthWay = {
  word: 'aws-sigv4',
  settings: [],
  variables: [
    { name: 'AWS_ACCESS_KEY_ID', isSecret: true },
    { name: 'AWS_SECRET_ACCESS_KEY', isSecret: true },
    { name: 'AWS_SESSION_TOKEN', isSecret: true },
    { name: 'AWS_REGION', isSecret: false },
    { name: 'AWS_DEFAULT_REGION', isSecret: false },
  ],
  secret: { variable: 'AWS_SECRET_ACCESS_KEY' },
  headers: ['authorization', 'x-amz-date', 'x-amz-security-token'],
  *findProblems(facts) {
    yield* findBadVariables(facts)
    yield* findWrongHost(facts)
  },
  createSigner({ endpoint, variables }) {
    const sign = createSigner({ ...readCredentials(variables, endpoint), service: SERVICE })
    return ({ method, url, body }, at) =>
      sign({ method, host: url.host, path: url.pathname, query: url.search.slice(1), body }, at)
  },
}

/** What requests are signed with; '' for anything missing. Only the region may be shown. */
function readCredentials(variables: Variables, endpoint: URL | null) {
  return {
    accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
    // Only with temporary credentials.
    sessionToken: variables['AWS_SESSION_TOKEN'] ?? null,
    // The signature must be for the host's region, whatever the environment says.
    region:
      (endpoint === null ? null : awsRegionOf(endpoint)) ??
      variables['AWS_REGION'] ??
      variables['AWS_DEFAULT_REGION'] ??
      '',
  }
}

function* findBadVariables({ endpoint, variables }: AuthFacts): Iterable<SettingProblem> {
  const { accessKeyId, secretAccessKey, sessionToken, region } = readCredentials(variables, endpoint ?? null)
  const needed = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === '' ? [name] : []))
  if (missing.length > 0) {
    const message =
      `is aws-sigv4, and the environment has no ${missing.join(', no ')}; set it, in a workflow with ` +
      'aws-actions/configure-aws-credentials, or use an API key of Bedrock with auth: bearer'
    return yield { setting: 'auth', given: null, message }
  }
  const wrong = Object.entries({ ...needed, AWS_SESSION_TOKEN: sessionToken }).flatMap(([name, value]) =>
    value === null || /^[\x21-\x7e]+$/.test(value) ? [] : [name],
  )
  if (wrong.length > 0) {
    const message = `is aws-sigv4, and ${wrong.join(', ')} of the environment has characters that no header can carry`
    yield { setting: 'auth', given: null, message }
  }
}

/** Signatures must not go to other hosts. */
function* findWrongHost({ endpoint, api }: AuthFacts): Iterable<SettingProblem> {
  if (endpoint == null || isBedrockHost(endpoint) || awsRegionOf(endpoint) !== null || api === 'bedrock') return
  if (/\/model\/[^/]+\//.test(endpoint.pathname)) return
  const message = `is aws-sigv4, which signs requests to Amazon Bedrock, and ${endpoint.host} is none; set api: bedrock, or change auth`
  yield { setting: 'auth', given: null, message }
}

/** Amazon Bedrock. */
export const bedrock: Vendor = {
  name: 'Amazon Bedrock',
  api: bedrockApi,
  isIts: isBedrockHost,
  // AWS gateways in front of other services send it, too.
  ownsHeaders: (headers) => 'x-amzn-requestid' in headers && !('anthropic-organization-id' in headers),
  ways: [AWS_SIGV4],
  borrowed: [{ variable: 'AWS_BEARER_TOKEN_BEDROCK', setting: 'api-key' }],
  ownsVariables: isServiceHost,
}
