import { resolveFlags } from '../../../src/settings/reading/flags.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../../../src/simulator/settings/settings.ts'
import type { VirtualServer } from './system.ts'

/** By address: what a step or a command measures there. */
const SERVERS = new Map<string, VirtualServer>()

/** What the flags of `plateau simulate` do not say. */
export type Trouble = Pick<VirtualServer, 'refusesEvery' | 'refusesFrom' | 'hangsAtMs' | 'diesAtMs'>

/**
 * A server in virtual time with these flags of `plateau simulate`, and its address, at which nobody listens: whoever is
 * started to measure there gets a virtual system instead.
 */
export function virtualServer(flags: readonly string[], trouble: Trouble = {}): string {
  const url = `http://127.9.9.9:${SERVERS.size + 1}`
  SERVERS.set(url, { ...serverOf(flags), ...trouble })
  return url
}

/** What a virtual server has of `plateau simulate`: its engine, and the name of its model. */
const HONOURED = new Set(
  (
    'port model slots overhead prefill-per-1000-tokens decode decode-per-sequence tokens-per-chunk slowdown jitter ' +
    'start-spread hour-spread run-spread run-pause seed run-seed prefix-cache prefix-cache-blocks block-size'
  ).split(' '),
)

/**
 * What a server with these flags of `plateau simulate` does, in virtual time. Throws for a flag about anything but the engine: it
 * would do nothing.
 */
export function serverOf(flags: readonly string[]): VirtualServer {
  const idle = flags.find((flag) => flag.startsWith('--') && !HONOURED.has(flag.slice(2).split('=')[0]!))
  if (idle !== undefined) throw new Error(`a server in virtual time has no ${idle}`)
  const { engine, model, prefixCache } = toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, flags))
  return { engine, servedModel: model, ...(prefixCache !== null && { prefixCache }) }
}

/** The virtual server at this address, and the one at that of a control in the same time; null when it is none. */
export function virtualServerAt(url: string, control = ''): VirtualServer | null {
  const server = find(url)
  const other = find(control)
  if (server === null || other === null) return server
  return { ...server, beside: { origin: new URL(control).origin, server: other } }
}

function find(url: string): VirtualServer | null {
  return URL.canParse(url) ? (SERVERS.get(new URL(url).origin) ?? null) : null
}
