import { trimSlashes } from '../text.ts'

/** What an endpoint's URL says, whatever its API. */

/** The path without slashes at its end. */
export function trimPath(endpoint: URL): string {
  return trimSlashes(endpoint.pathname)
}

/** The path before the method of text generation, as TGI and Triton have it. */
export function trimGenerate(endpoint: URL): string {
  return trimPath(endpoint).replace(/\/generate(_stream)?$/, '')
}

/** The same URL with another path. */
export function replacePath(endpoint: URL, path: string): URL {
  const url = new URL(endpoint)
  url.pathname = path
  return url
}

/** A name as one segment of a path. Half a character, which a server or a file may have written, is replaced, as in all that is sent. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name.toWellFormed())
}

/** Whether Azure itself answers there (Azure OpenAI, Foundry), whatever the path. */
export function isAzureHost(endpoint: URL): boolean {
  return AZURE_HOST.test(endpoint.hostname)
}

const AZURE_HOST = /\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/
