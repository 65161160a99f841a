import { EndpointError } from '../errors.ts'
import { RENEWING_WORDS, explainByOwner } from '../vendors/vendors.ts'
import { plain } from '../text.ts'
import type { Exchange } from './ports.ts'

const LONGEST_MESSAGE = 300

/**
 * The error that ends the run at once when `exchange` was refused in a way that no further request can mend: the key is
 * not accepted, the path does not exist, the endpoint redirects. Null for everything else.
 */
export function fatalRefusal(exchange: Exchange, target: string): EndpointError | null {
  const { status } = exchange
  if (status === null) return null
  const tried = `POST ${target}`
  const said = whatWasSaid(exchange)
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
    const to = redirectHost(exchange.headers?.['location'], target)
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
export function whatWasSaid({ failureMessage }: Exchange): string {
  return failureMessage === null ? '' : `: ${plain(failureMessage, LONGEST_MESSAGE)}`
}

/** Scheme and host of a redirect; its path and query stay out of every message. */
function redirectHost(location: string | undefined, from: string): string {
  if (location === undefined) return 'an address it does not name'
  try {
    return new URL(location, from).origin
  } catch {
    return 'an address that is not a URL'
  }
}
