import { ValueError } from '../../errors.ts'
import { readJsonObject } from './simple.ts'

/** What every request carries because somebody wants it: headers, and members of its body. */

/** The client writes these itself; a second value would break or falsify the request. */
export const OWN_HEADERS = [
  'host',
  'connection',
  'expect',
  'upgrade',
  'keep-alive',
  'content-length',
  'content-type',
  'transfer-encoding',
  'accept-encoding',
]

/** The codings that an answer may have: those that can be decoded as they arrive. */
const CODINGS = ['gzip', 'deflate', 'br', 'zstd', 'identity']

/** True for a valid name of a header: a token of RFC 9110. */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)
}

/** Reads lines of `Name: value`, or a JSON object of them. Names become lower case. No message shows a value. */
export function readHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.trim().startsWith('{') ? readPairsOfJson(text) : readPairsOfLines(text)
  const headers = new Map<string, string>()
  for (const [rawName, value] of pairs) {
    const name = rawName.toLowerCase()
    if (!isHeaderName(name)) throw new ValueError('has a name that cannot be that of a header; write Name: value')
    // Allowed, so that one can measure the compressed streams that real clients get.
    if (name === 'accept-encoding') checkCodings(value)
    else if (OWN_HEADERS.includes(name)) throw new ValueError(`must not set ${name}, which the client writes itself`)
    if (headers.has(name)) throw new ValueError(`has ${name} twice; give it once`)
    // Only visible ASCII, space and tab: anything else could smuggle in a second header.
    if (!/^[\t\x20-\x7e]+$/.test(value)) {
      throw new ValueError(`has a value of ${name} that is empty or holds characters other than visible ASCII`)
    }
    headers.set(name, value)
  }
  return Object.fromEntries(headers)
}

function checkCodings(value: string): void {
  const unknown = value.split(',').find((coding) => !CODINGS.includes(coding.split(';')[0]!.trim().toLowerCase()))
  if (unknown !== undefined)
    throw new ValueError(`has an accept-encoding that cannot be decoded; allowed are ${CODINGS.join(', ')}`)
}

function readPairsOfLines(text: string): [string, string][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) throw new ValueError('must be lines of Name: value, or a JSON object')
  return lines.map((line, index) => {
    const colon = line.indexOf(':')
    if (colon < 1) throw new ValueError(`must be lines of Name: value; line ${index + 1} has no name before a colon`)
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  })
}

function readPairsOfJson(text: string): [string, string][] {
  return Object.entries(readJsonObject(text)).map(([name, value]) => {
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new ValueError('must be a JSON object whose members are all texts, or lines of Name: value')
    }
    return [name, String(value)]
  })
}

/** Members of the body that have a setting of their own, and which one. */
const OWN_MEMBERS: Readonly<Record<string, string>> = {
  model: 'use model',
  messages: 'use prompts-file',
  prompt: 'use prompts-file',
  input: 'use prompts-file',
  max_tokens: 'use output-tokens',
  max_completion_tokens: 'use output-tokens',
  stream: 'answers are streamed wherever the API can',
  n: 'one answer a request is measured',
}

/** Reads the members that are added to every body. */
export function readExtraBody(text: string): Readonly<Record<string, unknown>> {
  const body = readJsonObject(text)
  for (const member of Object.keys(body)) {
    const remedy = Object.hasOwn(OWN_MEMBERS, member) ? OWN_MEMBERS[member] : undefined
    if (remedy !== undefined) throw new ValueError(`must not set "${member}"; ${remedy}`)
  }
  return body
}
