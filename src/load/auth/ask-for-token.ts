import { EndpointError } from '../../errors.ts'
import { asObject, parseJson } from '../../protocol/json.ts'
import { readRefusal } from '../../protocol/refusals/refusal.ts'
import type { Settings } from '../../settings.ts'
import { plain, showUrl } from '../../text.ts'
import { ask } from '../transport/ask.ts'
import type { WholeAnswer } from '../transport/ask.ts'
import type { Clock } from '../ports.ts'
import { connectionOptions } from '../transport/target.ts'

/** Somebody who gives out tokens, and how to ask. */
export interface TokenQuestion {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** Who is asked, as a sentence begins: `the token endpoint`. */
  readonly who: string
  /** What to do when it says no. */
  readonly refused: string
  /** What to do when something else seems to answer: a page, another path, a redirect. */
  readonly misplaced: string
  /** What to do when nobody answers. */
  readonly unreachable: string
}

/** A token endpoint that is down is asked again after these pauses, and then no more. */
const PAUSES_MS = [500, 2_000]
const TIMEOUT_MS = 15_000
const MOST_BYTES = 65_536
const LONGEST_MESSAGE = 300
const BUSY_STATUS = new Set([408, 425, 429])

/**
 * Asks for a token and returns the members of the answer. What is down is asked again, what says no is not.
 *
 * @throws EndpointError that says what went wrong and what to do; it never holds what was sent.
 */
export async function askForToken(
  question: TokenQuestion,
  settings: Settings,
  clock: Clock,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  for (let tries = 0; ; tries++) {
    const answer = await tryOnce(question, settings, signal)
    if (answer.ok) return answer.members
    const pause = answer.isDown ? PAUSES_MS[tries] : undefined
    if (pause === undefined || signal.aborted) throw answer.error
    await clock.sleep(pause, signal)
  }
}

/** A text of the answer that can be a token: nothing else may go into a header. */
export function tokenIn(members: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = members[name]
  return typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value) ? value : null
}

/** The answer had everything but a token. */
export function tokenMissing({ method, url, who, misplaced }: TokenQuestion): EndpointError {
  return new EndpointError(`${who} answered without a token`, {
    tried: `${method} ${showUrl(url)}`,
    remedy: misplaced,
  })
}

type Outcome =
  | { readonly ok: true; readonly members: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly isDown: boolean; readonly error: EndpointError }

async function tryOnce(question: TokenQuestion, settings: Settings, signal: AbortSignal): Promise<Outcome> {
  const { method, url, headers, body, who, refused, misplaced, unreachable } = question
  const failed = (what: string, remedy: string, isDown = false): Outcome => {
    const error = new EndpointError(what, { tried: `${method} ${showUrl(url)}`, remedy })
    return { ok: false, isDown, error }
  }
  let answer: WholeAnswer
  try {
    answer = await ask(
      {
        method,
        url,
        headers: { ...headers, accept: 'application/json' },
        body,
        mostBytes: MOST_BYTES,
        timeoutMs: TIMEOUT_MS,
      },
      connectionOptions(settings),
      signal,
    )
  } catch (error) {
    return failed(`${who} cannot be reached (${codeOf(error)})`, unreachable, true)
  }
  const { status, location, text } = answer
  const json = parseJson(text)
  const members = asObject(json)
  const said = whatWasSaid(text, members)
  if (status === 200) {
    if (members !== null) return { ok: true, members }
    return failed(
      `${who} answered with ${text.trimStart().startsWith('<') ? 'a page' : 'something else'} instead of a token${said}`,
      misplaced,
    )
  }
  if (status >= 300 && status < 400) {
    return failed(
      `${who} redirects (${status}) to ${originOf(location, url)}; redirects are not followed, so that no secret goes elsewhere`,
      misplaced,
    )
  }
  if (status >= 500 || BUSY_STATUS.has(status)) {
    return failed(`${who} is not able to answer (${status})${said}`, 'run again when it is', true)
  }
  if (status === 404 || status === 405) return failed(`${who} is not there (${status})${said}`, misplaced)
  return failed(`${who} says no (${status})${said}`, refused)
}

/** The code of OAuth before its description, or whatever else the server said. */
function whatWasSaid(text: string, members: Readonly<Record<string, unknown>> | null): string {
  const { error, error_description: description } = members ?? {}
  const said =
    typeof error === 'string' && typeof description === 'string' ? `${error}: ${description}` : readRefusal(text)
  return said === null ? '' : `: ${plain(said, LONGEST_MESSAGE)}`
}

function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  return plain(typeof code === 'string' ? code : String(name))
}

/** Scheme and host only: path and query of a login page may hold anything. */
function originOf(location: string | null, from: URL): string {
  if (location === null || !URL.canParse(location, from.href)) return 'an address that it does not name'
  return showUrl(new URL(new URL(location, from).origin))
}
