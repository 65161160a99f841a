import { codeOf, EndpointError } from '../../errors.ts'
import { asObject, parseJson } from '../../json.ts'
import { LONGEST_MESSAGE, readRefusal } from '../../protocol/refusal.ts'
import type { Settings } from '../../settings.ts'
import { escapeForTerminal, makeClause, showUrl } from '../../text.ts'
import type { TokenAnswer, TokenQuestion } from '../../vendors/vendor.ts'
import { describeTrouble, findTrouble } from '../../vocabulary/connection-troubles.ts'
import type { TroubleName } from '../../vocabulary/connection-troubles.ts'
import { findClientFailure } from '../../vocabulary/failure-classes.ts'
import { isOutOfFiles } from '../runtime.ts'
import { readConnectionError } from '../transport/connection-error.ts'
import type { ConnectionState } from '../transport/connection-error.ts'
import { askServer, buildConnectionOptions } from '../transport/target.ts'
import type { WholeAnswer } from '../transport/target.ts'
import type { Clock } from '../ports.ts'

/** Pauses before asking again a token endpoint that is down. */
const PAUSES_MS = [500, 2_000]
const TIMEOUT_MS = 15_000
const MOST_BYTES = 65_536
/** Troubles that retrying does not fix, with words that fit any server. */
const ABOUT_CERTIFICATES: ReadonlySet<TroubleName> = new Set([
  'self-signed',
  'private-authority',
  'no-chain',
  'expired',
  'not-yet-valid',
  'client-certificate',
  'refused-certificate',
])
const BUSY_STATUS = new Set([408, 425, 429])

/**
 * Asks for a token. An endpoint that is down is asked again, one that refuses is not.
 *
 * @throws EndpointError that says what went wrong and what to do; it never shows what was sent.
 */
export async function askForToken(
  question: TokenQuestion,
  settings: Settings,
  clock: Clock,
  signal: AbortSignal,
): Promise<TokenAnswer> {
  for (let tries = 0; ; tries++) {
    const answer = await tryOnce(question, settings, signal)
    if (answer.ok) return findToken(answer.members, question)
    const pause = answer.isDown ? PAUSES_MS[tries] : undefined
    if (pause === undefined || signal.aborted) throw answer.error
    await clock.sleep(pause, signal)
  }
}

/** The token of an answer, which must fit into a header. */
function findToken(
  members: Readonly<Record<string, unknown>>,
  { method, url, member, who, misplaced }: TokenQuestion,
): TokenAnswer {
  const token = members[member]
  if (typeof token === 'string' && /^[\x21-\x7e]{1,16384}$/.test(token)) return { token, members }
  const tried = `${method} ${showUrl(url)}`
  throw new EndpointError(`${who} answered without a token`, { tried, remedy: misplaced })
}

type TokenOutcome =
  | { readonly ok: true; readonly members: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly isDown: boolean; readonly error: EndpointError }

async function tryOnce(question: TokenQuestion, settings: Settings, signal: AbortSignal): Promise<TokenOutcome> {
  const { method, url, headers, body, who, isGithubs, refused, misplaced } = question
  const connection = buildConnectionOptions(settings)
  const fail = (what: string, remedy: string, isDown = false): TokenOutcome => {
    const error = new EndpointError(what, { tried: `${method} ${showUrl(url)}`, remedy })
    return { ok: false, isDown, error }
  }
  let answer: WholeAnswer
  try {
    answer = await askServer(
      {
        method,
        url,
        headers: { ...headers, accept: 'application/json' },
        body,
        mostBytes: MOST_BYTES,
        timeoutMs: TIMEOUT_MS,
      },
      isGithubs === true ? { ...connection, clientPem: null, insecure: false } : connection,
      signal,
    )
  } catch (error) {
    const { what, remedy, isDown } = explainNoAnswer(error as Error, question, {
      headersSeen: false,
      proxied: connection.proxy !== null,
      certified: connection.clientPem != null,
      outOfFiles: isOutOfFiles,
    })
    return fail(what, remedy, isDown)
  }
  const { status, location, text } = answer
  const json = parseJson(text)
  const members = asObject(json)
  const said = quoteAnswer(text, members)
  if (status === 200) {
    if (members !== null) return { ok: true, members }
    return fail(
      `${who} answered with ${text.trimStart().startsWith('<') ? 'a page' : 'something else'} instead of a token${said}`,
      misplaced,
    )
  }
  if (status >= 300 && status < 400) {
    return fail(
      `${who} redirects (${status}) to ${originOf(location, url)}; redirects are not followed, so that no secret goes elsewhere`,
      misplaced,
    )
  }
  if (status >= 500 || BUSY_STATUS.has(status)) {
    return fail(`${who} is not able to answer (${status})${said}`, 'run again when it is', true)
  }
  if (status === 404 || status === 405) return fail(`${who} is not there (${status})${said}`, misplaced)
  return fail(`${who} says no (${status})${said}`, refused)
}

/** Why no answer came, the remedy, and whether retrying may help. */
export function explainNoAnswer(
  error: Error,
  { who, unreachable }: Pick<TokenQuestion, 'who' | 'unreachable'>,
  state: ConnectionState,
): { readonly what: string; readonly remedy: string; readonly isDown: boolean } {
  const { trouble, failure } = readConnectionError(error, state)
  const ours = findClientFailure(failure)
  if (ours !== null) {
    return {
      what: `${who} cannot be reached: ${makeClause(ours.meaning)}`,
      remedy: makeClause(ours.remedy),
      isDown: true,
    }
  }
  if (trouble !== null && ABOUT_CERTIFICATES.has(trouble.name)) {
    const what = `${who} cannot be reached: ${escapeForTerminal(describeTrouble(trouble), LONGEST_MESSAGE)}`
    return { what, remedy: findTrouble(trouble.name).remedy, isDown: false }
  }
  const code = escapeForTerminal(codeOf(error) ?? error.name)
  return { what: `${who} cannot be reached (${code})`, remedy: unreachable, isDown: true }
}

/** The code of OAuth before its description, or whatever else the server said. */
function quoteAnswer(text: string, members: Readonly<Record<string, unknown>> | null): string {
  const { error, error_description: description } = members ?? {}
  const said =
    typeof error === 'string' && typeof description === 'string' ? `${error}: ${description}` : readRefusal(text)
  return said === null ? '' : `: ${escapeForTerminal(said, LONGEST_MESSAGE)}`
}

/** Scheme and host only: path and query of a login page may hold anything. */
function originOf(location: string | null, from: URL): string {
  if (location === null || !URL.canParse(location, from.href)) return 'an address that it does not name'
  return showUrl(new URL(new URL(location, from).origin))
}
