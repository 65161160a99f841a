import { SHIPPED, type Repertoire } from '../../src/simulator/repertoire.ts'
import { startSimulator, type Simulator, type Stage } from '../../src/simulator/server.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import { ALL_DOORS } from './doors.ts'
import { createGitHubIdentity } from './github-identity.ts'
import { ALL_METRICS } from './metrics-pages.ts'
import { MODEL_SERVERS } from './model-servers.ts'
import { geminiModels, SERVICES } from './services.ts'
import { awsSignature } from './sigv4.ts'
import { WIRES } from './wires.ts'
import { cohereRerankWire, nimRankingWire, sglangScoreWire, teiRerankWire } from './wires/rankers.ts'
import { LOOP_CLOCK } from '../support/loop-clock.ts'

/** Every server that the simulated endpoint can play in tests. */
export const ALL_SERVERS = { ...MODEL_SERVERS, ...SERVICES }
export type ServerName = keyof typeof ALL_SERVERS
export const SERVER_NAMES = Object.keys(ALL_SERVERS) as ServerName[]

/** All that is measured, played: what ships, and the witnesses beside it. */
export const WITNESSES: Repertoire = {
  wires: [cohereRerankWire, teiRerankWire, nimRankingWire, sglangScoreWire, ...Object.values(WIRES)],
  doors: ALL_DOORS,
  // It lists its model wherever one of its APIs looks for it.
  itself: {
    ...SHIPPED.itself,
    pages: {
      ...SHIPPED.itself.pages,
      'GET /api/tags': ALL_SERVERS.ollama.pages['GET /api/tags']!,
      'GET /v1beta/models': geminiModels,
    },
  },
  servers: ALL_SERVERS,
  metrics: ALL_METRICS,
  proofs: { ...SHIPPED.proofs, 'aws-sigv4': awsSignature },
  createPlatform: SHIPPED.createPlatform,
  createIdentity: createGitHubIdentity,
}

/** Starts a simulated endpoint that can play all of them. */
export async function startWitness(options: Partial<SimulatorOptions> = {}, stage: Stage = {}): Promise<Simulator> {
  return startSimulator(options, { repertoire: WITNESSES, clock: LOOP_CLOCK, ...stage })
}
