import { FAILURE_CLASSES, isFiltered, findClientFailure } from '../vocabulary/failure-classes.ts'
import type { ClientFailure } from '../vocabulary/failure-classes.ts'
import { EndpointError } from '../errors.ts'
import type { ApiName } from '../vocabulary/api-names.ts'
import { describeTrouble, findTrouble } from '../vocabulary/connection-troubles.ts'
import { readComplaint } from '../protocol/refusals/complaint.ts'
import type { Complaint } from '../protocol/refusals/complaint.ts'
import { RENEWING_WORDS, explainByOwner } from '../vendors/vendors.ts'
import { readTaskInName } from '../vendors/apis.ts'
import { escapeForTerminal } from '../text.ts'
import type { Exchange } from './ports.ts'

/** Of the server's own words. */
const LONGEST_MESSAGE = 300

/** The error that says why a request to `target` failed, and what to do about it. */
export function explain(exchange: Exchange, target: string): EndpointError {
  const createError = (what: string, remedy: string): EndpointError =>
    new EndpointError(`${what}${quoteServer(exchange)}`, { tried: `POST ${target}`, remedy })

  const { trouble } = exchange
  if (trouble !== null) {
    const what = escapeForTerminal(describeTrouble(trouble), LONGEST_MESSAGE)
    return new EndpointError(what, { tried: `POST ${target}`, remedy: findTrouble(trouble.name).remedy })
  }
  const known = exchange.acceptedUntil === undefined ? explainByOwner(exchange, target) : null
  if (known !== null) return createError(`${known.what} (${exchange.status})`, known.remedy)
  const complaint = complaintOf(exchange)
  if (complaint !== null) return createError(...wordsOf(complaint))
  const fatal = findFatalRefusal(exchange, target)
  if (fatal !== null) return fatal

  switch (exchange.failure) {
    case 'connect':
    case 'tls':
      return createError('no connection to the endpoint', findTrouble('other-connection').remedy)
    case 'parse':
      return createError('the answer is not a stream of this API', remedyOfUnreadable(exchange))
    case 'empty':
      if (isFiltered(exchange.finishReason)) {
        return createError(
          `a content filter withheld the whole answer (finish_reason ${exchange.finishReason})`,
          'switch the filter off for the test, or give prompts that it lets pass (`prompts-file`)',
        )
      }
      if (hasOnlyReasoning(exchange)) {
        return createError(
          exchange.hiddenReasoning || (exchange.reasoningTokens ?? 0) > 0
            ? 'the model spent all tokens on reasoning that does not show'
            : 'the answer holds no tokens at all and ended for its length, as with reasoning that does not show',
          'check `model`; raise `output-tokens`, or have it reason less with `extra-body` (for example {"reasoning_effort": "low"}, or {"thinking": {"type": "disabled"}} for Claude)',
        )
      }
      return createError('the answer holds no tokens at all', 'check `model`; send the same prompt by hand')
    case 'incomplete':
      return createError(
        'the stream broke off before it was finished',
        'look at the server log; a proxy may cut streams',
      )
    case 'error_event':
      return createError('the server answered 200 with an error', 'look at the server log')
    case 'timeout_first_byte':
    case 'timeout_total':
    case 'timeout_idle':
      return createError(
        'the endpoint did not answer in time',
        'raise `request-timeout`, or check that the model is loaded',
      )
    case 'client_files':
      return createError(
        'this machine may open no more files, and a connection is one',
        remedyOfClient(exchange.failure),
      )
    case 'client_ports':
      return createError('this machine has no free port for another connection', remedyOfClient(exchange.failure))
    case 'client_memory':
      return createError('this machine has no memory for another connection', remedyOfClient(exchange.failure))
    case null:
      return createError('the request was cancelled', 'run again')
    default: {
      const refusal: `http_${number}` = exchange.failure
      if (refusal === 'http_429') {
        return createError(
          'the endpoint refuses requests with 429 (rate limit)',
          'wait, or use a key with a higher rate limit',
        )
      }
      if (exchange.status !== null && exchange.status >= 500) {
        return createError(
          `the endpoint is not able to answer (${exchange.status})`,
          'look at the server log; `ready-timeout` is how long a server that still starts is waited for',
        )
      }
      return createError(
        `the endpoint refused the request with ${exchange.status}`,
        'check `model`, `api`, `extra-body` and the lengths asked for against what the message says',
      )
    }
  }
}

/** As half a sentence, as every remedy of an error is. */
function remedyOfClient(failure: ClientFailure): string {
  const { remedy } = findClientFailure(failure)!
  return `${remedy.charAt(0).toLowerCase()}${remedy.slice(1, -1)}`
}

/**
 * What a failed request failed with, in a few words: what the connection met, else the server's own words. It names no host, which is
 * not to be shown where reports are.
 */
export function describeFailure({ failure, failureMessage, trouble }: Exchange): string {
  if (trouble !== null) return findTrouble(trouble.name).what
  if (failureMessage !== null && findClientFailure(failure) === null) return failureMessage
  const { meaning } = FAILURE_CLASSES.find(({ code }) => code === failure) ?? { meaning: 'The server said nothing.' }
  return `${meaning.charAt(0).toLowerCase()}${meaning.slice(1, -1)}`
}

/** What a failed answer complains of, in its server's own words; null when it has failed in another way. */
export function complaintOf({ failure, status, failureMessage }: Exchange): Complaint | null {
  if (failure === null || (status === 200 && failure !== 'error_event')) return null
  return readComplaint(status, failureMessage)
}

/**
 * Whether an answer without a token had hidden reasoning in it: the endpoint works, and was asked for too few tokens. Many servers count
 * tokens only when asked to, and an answer that ends for its length has used up all that it was allowed to write.
 */
export function hasOnlyReasoning({ failure, reasoningTokens, hiddenReasoning, finishReason }: Exchange): boolean {
  return (
    failure === 'empty' && ((reasoningTokens ?? 0) > 0 || hiddenReasoning || LENGTH_REACHED.test(finishReason ?? ''))
  )
}

const LENGTH_REACHED = /^(length|max_(output_)?tokens)$/i

/** What is wrong, and what to do. */
function wordsOf(complaint: Complaint): [what: string, remedy: string] {
  switch (complaint.about) {
    case 'model':
      return ['the endpoint does not have the model', 'check `model`']
    case 'no-model':
      return ['the endpoint must be told which model to use', 'set `model`']
    case 'task':
      return ['the model or path is not for what was asked of it', remedyOfTask(complaint.api)]
    case 'context':
      return [
        `prompt and answer do not fit the context of the model${complaint.limit === null ? '' : ` (${complaint.limit} tokens)`}`,
        'lower `input-tokens` or `output-tokens`; with `prompts-file`, shorten the prompts',
      ]
    case 'size':
      return [
        'the request has more bytes than the endpoint, or a proxy in front of it, takes',
        'lower `input-tokens` or `batch-size`, or shorten the prompts of `prompts-file`; or raise the limit (nginx: client_max_body_size)',
      ]
    case 'batch':
      return [
        'the endpoint takes fewer sequences in one request',
        `lower \`batch-size\`${complaint.limit === null ? '' : ` to ${complaint.limit}`}, or put fewer texts into a line of \`prompts-file\``,
      ]
    case 'expired':
      return [
        'the key or token has expired',
        `get a new one; ${RENEWING_WORDS.map((word) => `\`auth: ${word}\``).join(' and ')} fetch and renew theirs by themselves`,
      ]
    case 'path':
      return ['the server has no such path', 'check the path of `endpoint`, and `api`']
  }
}

function remedyOfTask(api: ApiName | null): string {
  if (api === null) return 'set `api`, or `task` where one API has several, to what the model is made for'
  const task = readTaskInName(api)
  return `set \`api\` to ${api}${task === null ? '' : `, or \`task\` to ${task} where one API has several`}`
}

const READABLE_ENCODING = /^(identity|x?-?gzip|deflate|br|zstd)?$/i

function remedyOfUnreadable({ headers, failureMessage }: Exchange): string {
  const encoding = headers?.['content-encoding'] ?? ''
  if (!READABLE_ENCODING.test(encoding) || /without Content-Encoding/.test(failureMessage ?? '')) {
    return 'switch off compression for `text/event-stream` in the server or in the proxy in front of it'
  }
  return 'check `endpoint` and `api`; a proxy may answer instead of the model'
}

/**
 * The error that ends the run at once when `exchange` was refused in a way that no further request can mend: the key is
 * not accepted, the path does not exist, the endpoint redirects. Null for everything else.
 */
export function findFatalRefusal(exchange: Exchange, target: string): EndpointError | null {
  const { status } = exchange
  if (status === null) return null
  const tried = `POST ${target}`
  const said = quoteServer(exchange)
  if (exchange.acceptedUntil !== undefined) {
    const until = exchange.acceptedUntil.toISOString().slice(11, 19)
    return new EndpointError(`the key was accepted until ${until} UTC and is refused now (${status})${said}`, {
      tried,
      remedy:
        'it expired or was withdrawn during the run: take one that outlives the run, or an `auth` that fetches new ones ' +
        `(${RENEWING_WORDS.join(', ')})`,
    })
  }
  const known = status >= 401 && status <= 404 ? explainByOwner(exchange, target) : null
  if (known !== null) return new EndpointError(`${known.what} (${status})${said}`, { tried, remedy: known.remedy })
  if (refusesKey(exchange)) {
    return new EndpointError(`not authorised: the endpoint answered ${status}${said}`, {
      tried,
      remedy: 'set PLATEAU_API_KEY (or `api-key`), check `auth`, and that the key may use this model',
    })
  }
  if (status === 404) {
    return new EndpointError(`the endpoint answered 404${said}`, {
      tried,
      remedy: 'check the path of `endpoint`, `api` and `model`',
    })
  }
  if (status >= 300 && status < 400) {
    const to = readRedirectHost(exchange.headers?.['location'], target)
    return new EndpointError(
      `the endpoint redirects (${status}) to ${to}; redirects are not followed, so that the key goes nowhere else`,
      {
        tried,
        remedy: 'set `endpoint` to the address it redirects to, if you trust it',
      },
    )
  }
  return null
}

/** Whether the key is not accepted; Gemini and xAI say so with a 400. */
export function refusesKey({ status, failureMessage }: Exchange): boolean {
  return status === 401 || status === 403 || (status === 400 && BAD_KEY.test(failureMessage ?? ''))
}

const BAD_KEY = /\bapi[ _-]?key (is )?(not valid|invalid)\b|\b(incorrect|invalid) api[ _-]?key\b/i

/** The server's own words as the end of a sentence, fit to be shown; nothing when it said nothing. */
export function quoteServer({ failureMessage }: Exchange): string {
  return failureMessage === null ? '' : `: ${escapeForTerminal(failureMessage, LONGEST_MESSAGE)}`
}

/** Scheme and host of a redirect; its path and query stay out of every message. */
function readRedirectHost(location: string | undefined, from: string): string {
  if (location === undefined) return 'an address it does not name'
  try {
    return new URL(location, from).origin
  } catch {
    return 'an address that is not a URL'
  }
}
