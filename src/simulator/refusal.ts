import { faultDurationMs, type Fault } from './faults.ts'
import { parseBody } from './wires/read-body.ts'
import type { Wire } from './wires/wire.ts'

/** An answer without the model. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string | number>>
  /** Stands instead of the API's own error body. */
  readonly body?: string
  readonly type?: string
}

/** The refusal that a fault makes of a request, or null when the model answers (and the fault, if any, comes later). */
export function refusalOf(fault: Fault, { words }: Wire, body: string): Refusal | null {
  const retryAfter = () => ({ 'retry-after': Math.ceil(faultDurationMs(fault) / 1000) })
  switch (fault.kind) {
    case '429':
      return { status: 429, message: 'simulated rate limit', headers: retryAfter() }
    case '503':
      return { status: 503, message: 'simulated overload', headers: retryAfter() }
    case '500':
      return { status: 500, message: 'simulated failure' }
    case '413':
      return { status: 413, message: 'Request body too large', headers: { connection: 'close' } }
    case 'redirect':
      return { status: 307, message: 'Temporary Redirect', headers: { location: fault.argument } }
    case 'html':
      return {
        status: Number(fault.argument),
        message: 'a page of a proxy',
        body: '<!doctype html><html><head><title>Simulated page</title></head><body><pre>proxy</pre></body></html>',
        type: 'text/html; charset=utf-8',
      }
    case 'refuse':
      return fault.argument in parseBody(body)
        ? { status: words.badBody, message: words.unknownField(fault.argument) }
        : null
    default:
      return null
  }
}
