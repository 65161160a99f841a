import type { KeyPlace } from '../api.ts'

const AZURE_HOST = /\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/

/** Whether Azure itself answers there (Azure OpenAI, Foundry), whatever the path. */
export function isAzureHost(endpoint: URL): boolean {
  return AZURE_HOST.test(endpoint.hostname)
}

/**
 * Where the OpenAI-like APIs take a key. Azure wants it bare in `api-key`, and so does what stands in front of it: API
 * Management gives its copy of Azure's API that header, and a path with deployments is Azure's form wherever it is. A token
 * of Entra goes as a bearer token, which the user says (`auth: bearer`). All others take a bearer token.
 */
export function openAiKeyPlace(endpoint: URL): KeyPlace {
  const { hostname, pathname } = endpoint
  const isGateway = hostname.endsWith('.azure-api.net') && /\/openai(\/|$)/.test(pathname)
  const isAzure = isAzureHost(endpoint) || isGateway || /\/openai\/deployments\/[^/]/.test(pathname)
  return isAzure ? { header: 'api-key' } : 'bearer'
}
