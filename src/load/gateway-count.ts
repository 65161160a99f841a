import type { GatewayCounts } from '../metrics/level-run.ts'
import { readGateway } from '../protocol/servers/gateway.ts'
import type { Exchange } from './ports.ts'

/** Counts what gateways in front of the server did with the requests of a level. */
export interface GatewayCounter {
  /** Takes one finished request into account, whatever its phase. */
  note(exchange: Pick<Exchange, 'headers'>): void
  readonly counts: GatewayCounts
}

/** A counter that has seen nothing. */
export function createGatewayCounter(): GatewayCounter {
  const names = new Set<string>()
  const counts = { retried: 0, cached: 0, fellBack: 0 }
  return {
    note({ headers }) {
      const traits = headers === null ? null : readGateway(headers)
      if (traits === null) return
      if (traits.retried) counts.retried++
      if (traits.cached) counts.cached++
      if (traits.fellBack) counts.fellBack++
      if (traits.name !== null) names.add(traits.name)
    },
    get counts() {
      return { ...counts, names: [...names] }
    },
  }
}
