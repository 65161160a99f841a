/** Hosts whose owners have ways of their own to prove who asks. */

const DATABRICKS_HOST = /(^|\.)(databricks\.(com|us|mil)|azuredatabricks\.net|databricks\.azure\.(us|cn))$/
const ROUTE_OPTIMISED_HOST = /\.serving\.((cloud|gcp)\.databricks\.com|azuredatabricks\.net)$/
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/

/** Whether the host is one of Databricks. */
export function isDatabricksHost({ hostname }: URL): boolean {
  return DATABRICKS_HOST.test(hostname)
}

/** Whether the URL is of a Databricks workspace or has the paths of one. */
export function isDatabricks(endpoint: URL): boolean {
  return isDatabricksHost(endpoint) || /\/(serving-endpoints|ai-gateway)(\/|$)/.test(endpoint.pathname)
}

/** Whether the host is that of one route-optimised Databricks endpoint, which gives out no tokens: its workspace does. */
export function isRouteOptimised({ hostname }: URL): boolean {
  return ROUTE_OPTIMISED_HOST.test(hostname)
}

/** Whether the host is one of Amazon Bedrock. */
export function isBedrockHost({ hostname }: URL): boolean {
  return AWS_HOST.test(hostname) && hostname.split('.').some((label) => label.startsWith('bedrock'))
}

/** The region in the name of an AWS host; null where there is none. */
export function awsRegionOf({ hostname }: URL): string | null {
  return AWS_HOST.test(hostname) ? (hostname.split('.').find((label) => AWS_REGION.test(label)) ?? null) : null
}
