import type { OptionalField } from '../../protocol/api.ts'
import type { Server } from '../../protocol/servers.ts'
import { ENDPOINT_SETTINGS } from '../../settings/lists/endpoint-settings.ts'
import type { Settings } from '../../settings.ts'
import type { Ready } from './readiness.ts'

/** What single requests have shown of an endpoint, whatever will be sent to it. */
export interface KnownEndpoint {
  readonly ready: Ready
  /** Those of the optional fields that it accepts. */
  readonly fields: readonly OptionalField[]
  readonly server: Server | null
}

/** The endpoints that earlier measurements of this process have met, so that several scenarios on one endpoint do not each ask it the same. */
export interface KnownEndpoints {
  /** Null where nothing is known of the endpoint as these settings ask it. */
  recall(settings: Settings): KnownEndpoint | null
  keep(settings: Settings, known: KnownEndpoint): void
}

/** Knows none yet. */
export function createKnownEndpoints(): KnownEndpoints {
  const known = new Map<string, KnownEndpoint>()
  return {
    recall: (settings) => known.get(keyOf(settings)) ?? null,
    keep(settings, endpoint) {
      const { candidateCommand, controlCommand, redeployCommand } = settings
      // A server that a command starts is another one each time.
      if (candidateCommand === null && controlCommand === null && redeployCommand === null)
        known.set(keyOf(settings), endpoint)
    },
  }
}

/** Everything that says who is asked and how; held in memory only, as it has the key. */
function keyOf(settings: Settings): string {
  const { caCertPem, clientPem, variables, prefixCache } = settings
  const asked = Object.entries(settings).filter(([name]) => Object.hasOwn(ENDPOINT_SETTINGS, name))
  return JSON.stringify([asked, caCertPem, clientPem, variables, prefixCache])
}
