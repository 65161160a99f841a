import type { Transport } from '../../../src/load/ports.ts'
import type { SystemPorts } from '../../../src/shell/system-ports.ts'
import type { EngineOptions } from '../../../src/simulator/engine/engine.ts'
import type { CacheSize } from '../../../src/simulator/cost.ts'
import { createVirtualEndpoint } from '../virtual-endpoint.ts'
import { createVirtualProcesses } from './processes.ts'
import { readResultFiles } from '../../../src/shell/files.ts'

/** A server in virtual time, as data: it goes to another process. */
export interface VirtualServer {
  readonly engine: Partial<EngineOptions>
  readonly servedModel: string
  readonly prefixCache?: CacheSize | null
  /** LoRA adapters beside that model. */
  readonly adapters?: readonly string[]
  /** Every so many requests one is refused with 429. */
  readonly refusesEvery?: number
  /** From this request on all are refused with 429. */
  readonly refusesFrom?: number
  /** From this moment of virtual time on nothing happens any more. */
  readonly hangsAtMs?: number
  /** From this moment on every request is refused with 500. */
  readonly diesAtMs?: number
  /** From this moment on the key is refused with 401. */
  readonly revokesKeyAtMs?: number
  /** Another server in the same time, at this address. */
  readonly beside?: { readonly origin: string; readonly server: VirtualServer }
}

/**
 * A system on which measuring takes no time: clock, network and health are those of a server in virtual time, whatever the
 * machine does. All else is real.
 */
export function virtualSystem(server: VirtualServer, environment: SystemPorts['runner']['environment']): SystemPorts {
  const { hangsAtMs, beside } = server
  const epochMs = Date.now()
  const endpoint = createVirtualEndpoint(
    { epochMs, ...server.engine },
    { ...optionsOf(server, () => endpoint.clock.now()), ...(hangsAtMs !== undefined && { hangsAtMs }) },
  )
  const addOther = (runSeed?: string): Transport | null => {
    if (beside === undefined) return null
    const engine = { epochMs, ...beside.server.engine, ...(runSeed !== undefined && { runSeed }) }
    return endpoint.addServer(
      engine,
      optionsOf(beside.server, () => endpoint.clock.now()),
    ).transport
  }
  let other = addOther()
  endpoint.runFreely()
  if (hangsAtMs !== undefined) stayUntilAsked()
  const open = ({ send }: Transport): Transport => ({ send, close: async () => {} })
  let nonces = 0
  /** The server that a command has started or deployed last. */
  let started: Transport | null = null
  return {
    clock: endpoint.clock,
    wallClock: () => new Date(),
    health: () => ({
      start() {},
      read: () => ({ eventLoopUtilization: 0.1, delayP90Ms: 0, delayP99Ms: 0 }),
      stallAt: () => 0,
      stop() {},
    }),
    openTransport: (_, { url }) =>
      open((url.origin === beside?.origin ? other : null) ?? started ?? endpoint.transport),
    collectGarbage: () => {},
    openCrew: null,
    nonce: () => (++nonces).toString(16).padStart(16, '0'),
    runner: { environment, os: process.platform, arch: process.arch, cpuCount: 2 },
    nodeVersion: process.versions.node,
    openFiles: () => null,
    readResults: readResultFiles,
    processes: createVirtualProcesses({
      serve({ engine, livesMs, onDeath }) {
        const diesAtMs = endpoint.clock.now() + livesMs
        const { refuse, ...rest } = optionsOf({ engine, servedModel: server.servedModel, diesAtMs }, () =>
          endpoint.clock.now(),
        )
        const die = () => {
          if (endpoint.clock.now() >= diesAtMs) onDeath()
          return refuse()
        }
        started = endpoint.addServer({ epochMs, ...engine }, { ...rest, refuse: die }).transport
      },
      redeploy(seed) {
        const options = optionsOf(server, () => endpoint.clock.now())
        started = endpoint.addServer({ epochMs, ...server.engine, runSeed: seed }, options).transport
        other = addOther(`${seed}/control`)
      },
    }),
    startTruth: null,
  }
}

/** What a server does beside answering. */
function optionsOf(
  {
    servedModel,
    prefixCache = null,
    adapters = [],
    refusesEvery = Infinity,
    refusesFrom = Infinity,
    diesAtMs = Infinity,
    revokesKeyAtMs = Infinity,
  }: VirtualServer,
  now: () => number,
) {
  let requests = 0
  return {
    servedModel,
    prefixCache,
    adapters,
    refuse: () => {
      if (now() >= diesAtMs) return { status: 500 }
      if (now() >= revokesKeyAtMs) return { status: 401 }
      return ++requests >= refusesFrom || requests % refusesEvery === 0 ? { status: 429, retryAfterMs: 1 } : null
    },
  }
}

/** A server that hangs holds nothing that would keep the process: as a connection would, until it is asked to stop. */
function stayUntilAsked(): void {
  const stay = setInterval(() => {}, 60_000)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => clearInterval(stay))
}
