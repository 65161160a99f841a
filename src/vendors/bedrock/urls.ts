const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/

/** Whether the host is one of Amazon Bedrock. */
export function isBedrockHost({ hostname }: URL): boolean {
  return AWS_HOST.test(hostname) && hostname.split('.').some((label) => label.startsWith('bedrock'))
}

/** The region in the name of an AWS host; null where there is none. */
export function awsRegionOf({ hostname }: URL): string | null {
  return AWS_HOST.test(hostname) ? (hostname.split('.').find((label) => AWS_REGION.test(label)) ?? null) : null
}
