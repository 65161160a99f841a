import type { ServerResponse } from 'node:http'
import { DONE, FINISH, chunk, event, words } from '../protocol/streams.ts'
import type { Seen } from './http-server.ts'

export { DONE, FINISH, chunk, event, words }

/** A whole streamed chat answer of `tokens` tokens with its usage. */
export function chatAnswer(tokens: number, { inputTokens = 10, model = 'tiny' } = {}): string {
  const usage = { prompt_tokens: inputTokens, completion_tokens: tokens, total_tokens: inputTokens + tokens }
  return [
    chunk({ role: 'assistant', content: '' }, { model }),
    ...words(tokens),
    chunk({}, { model }, 'length'),
    event({ choices: [], model, usage }),
    DONE,
  ].join('')
}

/** Sends `text` as an event stream. */
export function sendStream(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(text)
}

/** Sends JSON with this status. */
export function sendJson(
  response: ServerResponse,
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(json))
}

/** Refuses as OpenAI's API does. */
export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(response, status, { error: { message } }, headers)
}

/** The JSON body of a request. */
export function bodyOf({ body }: Seen): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>
}

/** The output tokens that a chat request asks for. */
export function askedFor(seen: Seen): number {
  const body = bodyOf(seen)
  return Number(body['max_tokens'] ?? body['max_completion_tokens'])
}
