import { FAILURE_CLASSES, isFiltered, findClientFailure } from '../vocabulary/failure-classes.ts'
import type { ClientFailure } from '../vocabulary/failure-classes.ts'
import { EndpointError } from '../errors.ts'
import { generatesTokens, nameItem } from '../vocabulary/load.ts'
import type { Task } from '../vocabulary/load.ts'
import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { Dialect } from '../protocol/api.ts'
import { describeTrouble, findTrouble } from '../vocabulary/connection-troubles.ts'
import { LONGEST_MESSAGE, NO_JSON, readComplaint, saysLoading } from '../protocol/refusal.ts'
import type { Complaint } from '../protocol/refusal.ts'
import { RENEWING_WORDS, explainByOwner } from '../vendors/vendors.ts'
import { readTaskInName } from '../vendors/apis.ts'
import { escapeForTerminal, makeClause, showUrl } from '../text.ts'
import type { Exchange } from './ports.ts'
import { USER_AGENT } from '../version.ts'

/** What was asked, as far as its failures are told by it. */
interface Asked {
  readonly url: URL
  readonly dialect: Pick<Dialect, 'task'>
}

/** What is wrong, and the remedy. */
type Words = readonly [what: string, remedy: string]

/**
 * The error that says why a request failed, and what to do about it. Its words hold for every kind of answer, a stream, a whole text,
 * embeddings or scores, wherever the failure is not of one kind alone.
 */
export function explainFailure(exchange: Exchange, { url, dialect: { task } }: Asked): EndpointError {
  const target = showUrl(url)
  const tried = `POST ${target}`
  const { trouble, status } = exchange
  if (trouble !== null) {
    const what = escapeForTerminal(describeTrouble(trouble), LONGEST_MESSAGE)
    return new EndpointError(what, { tried, remedy: findTrouble(trouble.name).remedy })
  }
  // Node's words about a limit of this machine are not the server's, and add nothing.
  const said = findClientFailure(exchange.failure) === null ? quoteServer(exchange) : ''
  const createError = ([what, remedy]: Words): EndpointError => new EndpointError(`${what}${said}`, { tried, remedy })
  const known = exchange.acceptedUntil === undefined ? explainByOwner(exchange, target) : null
  if (known !== null) return createError([`${known.what} (${status})`, known.remedy])
  const complaint = complaintOf(exchange)
  if (complaint !== null) return createError(wordsOfComplaint(complaint, status, task))
  return findFatalRefusal(exchange, target) ?? createError(wordsOfFailure(exchange, task))
}

/** By its class alone. */
function wordsOfFailure(exchange: Exchange, task: Task): Words {
  const { failure, status } = exchange
  switch (failure) {
    case 'connect':
    case 'tls':
      return ['no connection to the endpoint', findTrouble('other-connection').remedy]
    case 'parse':
      return ['the answer is not in the format of this API', remedyOfUnreadable(exchange, task)]
    case 'empty':
      return wordsOfEmpty(exchange)
    case 'incomplete':
      return ['the answer broke off before it was finished', 'look at the server log; a proxy may cut answers short']
    case 'error_event':
      return ['the server answered 200 with an error', 'look at the server log']
    case 'timeout_first_byte':
    case 'timeout_total':
    case 'timeout_idle':
      return [
        describeSilence(exchange),
        status === 200
          ? 'look at the server log; a proxy may hold the answer back; `request-timeout` is how long an answer may take'
          : 'raise `request-timeout`, or check that the model is loaded',
      ]
    case 'client_files':
      return ['this machine may not open more files, and each connection is one', remedyOfClient(failure)]
    case 'client_ports':
      return ['this machine has no free port for another connection', remedyOfClient(failure)]
    case 'client_memory':
      return ['this machine has no memory for another connection', remedyOfClient(failure)]
    case null:
      return ['the request was cancelled', 'run again']
    default:
      return wordsOfRefusal(failure)
  }
}

/** Of an answer that is complete and holds nothing. */
function wordsOfEmpty(exchange: Exchange): Words {
  if (isFiltered(exchange.finishReason)) {
    return [
      `a content filter withheld the whole answer (finish_reason ${exchange.finishReason})`,
      'switch the filter off for the test, or give prompts that it lets pass (`prompts-file`)',
    ]
  }
  if (exchange.unreadMember !== null) {
    return [
      'the answer holds its text in a member that Plateau does not read',
      'check `api`; if it is right, please report this with a recording of the answer',
    ]
  }
  if (hasOnlyReasoning(exchange)) {
    return [
      exchange.hiddenReasoning || (exchange.reasoningTokens ?? 0) > 0
        ? 'the model spent all tokens on hidden reasoning'
        : 'the answer holds no tokens at all and ended at its length limit, as with hidden reasoning',
      'check `model`; raise `output-tokens`, or have it reason less with `extra-body` (for example {"reasoning_effort": "low"}, or {"thinking": {"type": "disabled"}} for Claude)',
    ]
  }
  return ['the answer is empty', 'check `model`; send the same prompt by hand']
}

/** Of a refusal of which neither the server nor the owner of the endpoint says more. */
function wordsOfRefusal(failure: `http_${number}`): Words {
  const status = Number(failure.slice('http_'.length))
  switch (status) {
    case 402:
      return [
        'the endpoint requires payment (402)',
        'top up the account of this key or raise its budget, or take another key',
      ]
    case 405:
      return ['the path does not accept POST (405)', 'check the path of `endpoint`, and `api`']
    case 407:
      return [
        'a proxy on the way requires a login (407)',
        'give it in `proxy`: http://user:password@host:port; or let this machine pass without one',
      ]
    case 429:
      return ['the endpoint refuses requests with 429 (rate limit)', 'wait, or use a key with a higher rate limit']
  }
  if (status >= 500) {
    return [
      `the endpoint is not able to answer (${status})`,
      'look at the server log; `ready-timeout` is how long to wait for a server that is still starting',
    ]
  }
  return [
    status < 300 ? `the endpoint answered ${status} instead of 200` : `the endpoint refused the request with ${status}`,
    'check `model`, `api`, `extra-body` and the lengths asked for against what the message says',
  ]
}

/** Where a 200 came at once and then nothing, the server was not slow to accept: its engine is silent. */
function describeSilence({ failure, status, headersAt, tokenEvents, endAt }: Exchange): string {
  if (status !== 200 || headersAt === null) return 'the endpoint did not answer in time'
  const seconds = `${Math.round((endAt - headersAt) / 1000)} s`
  if (tokenEvents === 0) return `the endpoint answered 200 and then sent no answer for ${seconds}`
  return failure === 'timeout_idle'
    ? `the stream stopped in the middle of an answer, after ${tokenEvents} token events`
    : `the answer was not over after ${seconds} and ${tokenEvents} token events`
}

/** As half a sentence, like every remedy of an error. */
function remedyOfClient(failure: ClientFailure): string {
  return makeClause(findClientFailure(failure)!.remedy)
}

/**
 * Why a request failed, in a few words: its connection's trouble, else the server's own words. It names no host,
 * because reports must not show it.
 */
export function describeFailure(exchange: Exchange): string {
  const { failure, failureMessage, trouble } = exchange
  if (trouble !== null) return findTrouble(trouble.name).what
  if (failureMessage !== null && findClientFailure(failure) === null) return failureMessage
  if (failure?.startsWith('timeout_') === true && exchange.status === 200) return describeSilence(exchange)
  const { meaning } = FAILURE_CLASSES.find(({ code }) => code === failure) ?? { meaning: 'The server said nothing.' }
  return makeClause(meaning)
}

/** What the server's words complain of in a failed answer; null when it failed in another way. */
export function complaintOf({ failure, status, failureMessage, answerHead }: Exchange): Complaint | null {
  if (failure === 'parse' && saysLoading(answerHead ?? '')) return { about: 'loading' }
  if (failure === null || (status === 200 && failure !== 'error_event')) return null
  return readComplaint(status, failureMessage)
}

/**
 * Whether an answer without a token consisted of hidden reasoning: the endpoint works, but was asked for too few
 * tokens. Many servers do not count tokens unasked; then an end at the length limit shows it.
 */
export function hasOnlyReasoning({ failure, reasoningTokens, hiddenReasoning, finishReason }: Exchange): boolean {
  return (
    failure === 'empty' && ((reasoningTokens ?? 0) > 0 || hiddenReasoning || LENGTH_REACHED.test(finishReason ?? ''))
  )
}

const LENGTH_REACHED = /^(length|max_(output_)?tokens)$/i

/** Of what the server's own words complain of. */
function wordsOfComplaint(complaint: Complaint, status: number | null, task: Task): Words {
  switch (complaint.about) {
    case 'model':
      return ['the endpoint does not have the model', 'check `model`']
    case 'labels':
      return [
        'the endpoint scores by the probabilities of tokens, and must be told of which',
        'give their ids in the vocabulary of the model with `extra-body`, for example {"label_token_ids": [9693, 2152]}',
      ]
    case 'no-model':
      return ['the endpoint must be told which model to use', 'set `model`']
    case 'task':
      return ['the model or path is not for what was asked of it', remedyOfTask(complaint.api)]
    case 'context':
      return [
        `${generatesTokens(task) ? 'prompt and answer do' : `a ${nameItem(task)} does`} not fit the context of the model${complaint.limit === null ? '' : ` (${complaint.limit} tokens)`}`,
        `lower \`input-tokens\`${generatesTokens(task) ? ' or `output-tokens`' : ''}; with \`prompts-file\`, shorten the prompts`,
      ]
    case 'payment':
      return [
        `the account of this key is empty, or a quota of it is used up (${status})`,
        'top up the account of this key or raise its budget, or take another key; a quota that counts by the minute passes by itself',
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
    case 'loading':
      return [
        `the model is still loading (${status})`,
        'wait for it: `ready-timeout` is how long to wait for a server that is still starting',
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

function remedyOfUnreadable({ headers, failureMessage }: Exchange, task: Task): string {
  const encoding = headers?.['content-encoding'] ?? ''
  if (!READABLE_ENCODING.test(encoding) || /Content-Encoding/.test(failureMessage ?? '')) {
    return `switch off compression for \`${generatesTokens(task) ? 'text/event-stream' : 'application/json'}\` in the server or in the proxy in front of it`
  }
  const says = failureMessage ?? ''
  if (says.includes(NO_JSON)) {
    return 'look at the log of the server, whose model or settings produce such numbers; if it is a log-probability, do not ask for them (`extra-body`)'
  }
  if (TOO_LARGE.test(says)) {
    return 'have the server send less in one event: prompt_logprobs, top_logprobs, echo and return_token_ids (`extra-body`) fill it; if none is asked for, look at what it sends (curl -N)'
  }
  return 'check `endpoint` and `api`; a proxy may answer instead of the model'
}

const TOO_LARGE = /\bevent of (more than )?[\d.]+ MiB\b/

/**
 * The error that ends the run at once when a refusal will not change with further requests: the key is not accepted,
 * the path does not exist, the endpoint redirects. Null for everything else.
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
  if ((status === 403 || status === 406) && (isPage(exchange) || FIREWALL.test(exchange.failureMessage ?? ''))) {
    const how = isPage(exchange) ? ' with a page of its own' : ''
    return new EndpointError(`a firewall or proxy refuses the request${how} (${status})${said}`, {
      tried,
      remedy: `let this machine and the user-agent ${USER_AGENT} pass there, or set another one with \`headers\`; where the server itself shows such pages, check \`api-key\` and \`auth\``,
    })
  }
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
    const to = readRedirect(exchange.headers?.['location'], target)
    const shown = to instanceof URL ? showUrl(to) : to
    return new EndpointError(
      `the endpoint redirects (${status}) to ${shown}; redirects are not followed, so that the key goes nowhere else`,
      { tried, remedy: to instanceof URL ? remedyOfRedirect(to, target) : 'check `endpoint`' },
    )
  }
  return null
}

/**
 * Whether the key is not accepted. Besides 401 and 403, Gemini, xAI and LiteLLM answer 400, others 422, 500 or an
 * error in a 200.
 */
export function refusesKey({ status, failure, failureMessage }: Exchange): boolean {
  if (status === 401 || status === 403) return true
  const says = failureMessage ?? ''
  if (status === 500) return /^authentication error\b/i.test(says)
  const mayBeAboutKey = status === 400 || status === 422 || failure === 'error_event' || failure === 'parse'
  return mayBeAboutKey && BAD_KEY.test(says)
}

const BAD_KEY = new RegExp(
  [
    '\\bapi[ _-]?key (is )?(not valid|invalid|incorrect|missing)\\b',
    '\\b(incorrect|invalid|missing|no) api[ _-]?key\\b',
    '\\b(invalid|incorrect) (access |auth(entication)? |bearer |proxy server )?(token|credentials)\\b',
    '\\b(access|bearer|auth) token (is )?(invalid|missing|not valid)\\b',
    '^authentication (error|failed)\\b|\\bunauthori[sz]ed\\b|\\bnot authenticated\\b|\\blogin fail',
    // LiteLLM without a database knows only one key, and looks for any other one in the database.
    '\\bno connected db\\b|no_db_connection',
  ].join('|'),
  'i',
)

/** The server's own words as the end of a sentence, safe to show; empty when there are none. */
export function quoteServer({ failureMessage }: Exchange): string {
  return failureMessage === null ? '' : `: ${escapeForTerminal(failureMessage, LONGEST_MESSAGE)}`
}

const FIREWALL =
  /\bfirewall\b|\bWAF\b|\bbrowser[ _]signature\b|\bbanned\b|\bblocked by\b|\bsecurity policy\b|\bbot (detected|protection)\b/i

/** Whether a refusal came as a page for people, which no model server writes. */
function isPage({ answerHead }: Exchange): boolean {
  return (answerHead ?? '').trimStart().startsWith('<')
}

/** Where a redirect leads, or words that say why that is unknown. Its query is never shown. */
function readRedirect(location: string | undefined, from: string): URL | string {
  if (location === undefined) return 'an address it does not name'
  return URL.canParse(location, from) ? new URL(location, from) : 'an address that is not a URL'
}

function remedyOfRedirect(to: URL, from: string): string {
  if (showUrl(to) === from) {
    return 'that is the same address again: look at the rule of the server, or of the proxy in front of it, that redirects'
  }
  return SIGN_IN.test(to.pathname)
    ? 'that looks like a page to sign in: check the address in `endpoint`, and the key'
    : `set \`endpoint\` to ${showUrl(to)}, if you trust it`
}

const SIGN_IN = /\b(log|sign)[-_]?in\b|\boauth2?\b|\bsso\b|\bauthorize\b/i
