import { EndpointError } from '../errors.ts'
import { LONGEST_MESSAGE } from '../protocol/refusal.ts'
import { escapeForTerminal, showUrl } from '../text.ts'
import { explainByOwner, RENEWING_WORDS } from '../vendors/vendors.ts'
import { USER_AGENT } from '../version.ts'
import type { Exchange } from './ports.ts'

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
