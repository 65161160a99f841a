/** The names that Amazon gives its endpoints for models; of any other AWS host a customer may have the name. */
const SERVICE_HOST =
  /^(bedrock(-runtime|-mantle)?(-fips)?|vpce-[a-z0-9-]{1,80}\.bedrock-runtime)\.[a-z]{2}(-[a-z]+)+-\d\.(amazonaws\.com(\.cn)?|api\.aws|vpce\.amazonaws\.com)$/
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/

/** Whether the host is one of Amazon Bedrock. */
export function isBedrockHost({ hostname }: URL): boolean {
  return AWS_HOST.test(hostname) && hostname.split('.').some((label) => label.startsWith('bedrock'))
}

/** Whether the host is Bedrock's own: what a key of Bedrock in the environment is for, and nothing else. */
export function isServiceHost({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && SERVICE_HOST.test(hostname)
}

/** The region in the name of an AWS host; null where there is none. */
export function awsRegionOf({ hostname }: URL): string | null {
  return AWS_HOST.test(hostname) ? (hostname.split('.').find((label) => AWS_REGION.test(label)) ?? null) : null
}
