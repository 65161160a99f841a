import { EndpointError } from '../errors.ts'
import { fatalRefusal, whatWasSaid } from './fatal-refusal.ts'
import type { Exchange } from './ports.ts'

/** The error that says why a request to `target` failed, and what to do about it. */
export function explain(exchange: Exchange, target: string): EndpointError {
  const fatal = fatalRefusal(exchange, target)
  if (fatal !== null) return fatal
  const error = (what: string, remedy: string): EndpointError =>
    new EndpointError(`${what}${whatWasSaid(exchange)}`, { tried: `POST ${target}`, remedy })

  switch (exchange.failure) {
    case 'connect':
      if (isUnknownHost(exchange)) return error('the host is unknown', 'check the host name of `endpoint`')
      if (exchange.errorCode === 'ECONNREFUSED') {
        return error('the connection was refused', 'check host and port, and that the server is running')
      }
      return error('no connection to the endpoint', 'check host, port and network; `proxy` if one is needed')
    case 'tls':
      return error('the TLS handshake failed', 'check the certificate; `ca-cert` names a private authority')
    case 'parse':
      return error(
        'the answer is not a stream of this API',
        'check `endpoint` and `api`; a proxy may answer instead of the model',
      )
    case 'empty':
      return error('the answer holds no tokens at all', 'check `model`; send the same prompt by hand')
    case 'incomplete':
      return error('the stream broke off before it was finished', 'look at the server log; a proxy may cut streams')
    case 'error_event':
      return error('the server answered 200 with an error', 'look at the server log')
    case 'timeout_first_byte':
    case 'timeout_total':
    case 'timeout_idle':
      return error('the endpoint did not answer in time', 'raise `request-timeout`, or check that the model is loaded')
    case null:
      return error('the request was cancelled', 'run again')
    default:
      if (exchange.status === 429) {
        return error(
          'the endpoint refuses requests with 429 (rate limit)',
          'wait, or use a key with a higher rate limit',
        )
      }
      if (exchange.status !== null && exchange.status >= 500) {
        return error(
          `the endpoint is not able to answer (${exchange.status})`,
          'look at the server log; `ready-timeout` is how long a server that still starts is waited for',
        )
      }
      return error(
        `the endpoint refused the request with ${exchange.status}`,
        'check `model`, `api`, `extra-body` and the lengths asked for against what the message says',
      )
  }
}

/** A name that does not resolve: waiting will rarely mend it. */
export function isUnknownHost({ errorCode }: Exchange): boolean {
  return errorCode === 'ENOTFOUND' || errorCode === 'EAI_AGAIN'
}
