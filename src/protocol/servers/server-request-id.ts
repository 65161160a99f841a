/**
 * The headers in which an answer states the id that its server logged it under, in the order in which they are
 * believed: those that one product documents come first, because where they stand beside `x-request-id` (as
 * `apim-request-id` does) only theirs is in the log that a user can search.
 */
const HEADER_NAMES = [
  'x-litellm-call-id',
  'x-bifrost-request-id',
  'x-portkey-trace-id',
  'cf-aig-log-id',
  'apim-request-id',
  'x-amzn-requestid',
  'x-amzn-request-id',
  'request-id',
  'x-request-id',
  'x-ms-request-id',
]

/** Visible ASCII, at most 128 characters: what is longer or holds anything else is no id. */
const ID = /^[!-~]{1,128}$/

/**
 * The id that the server gave a request by the headers of its answer (names in lower case), or null where they state
 * none that can be one. `sent` are the texts that the request itself carried: one that comes back is an echo, and
 * finds nothing that ours does not. Where a proxy and the server behind it both gave one, it is the first.
 */
export function readServerRequestId(headers: Readonly<Record<string, string>>, sent: readonly string[]): string | null {
  for (const name of HEADER_NAMES) {
    for (const id of headers[name]?.split(', ') ?? []) if (ID.test(id) && !sent.includes(id)) return copyText(id)
  }
  return null
}

/** A part of a text keeps all of it in memory: for each request of a long run the whole head of its answer. */
function copyText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
