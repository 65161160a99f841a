import type { Vendor } from '../vendor.ts'
import { bedrockApi, isBedrockHost, isServiceHost } from './api.ts'
import { AWS_SIGV4 } from './credentials.ts'

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
