import { ValueError } from '../define.ts'
import { readJsonObject } from './simple.ts'

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
