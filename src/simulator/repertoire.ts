import { DOORS, PROOFS, type Door, type Proof } from './guard.ts'
import { databricks, type WorkspaceOptions } from './databricks/databricks.ts'
import { ITSELF, METRICS, SERVERS } from './servers.ts'
import type { Identity, MetricsPage, Platform, ServerProfile } from './servers.ts'
import { openAiChatWire, openAiCompletionsWire, openAiEmbeddingsWire } from './wires/openai.ts'
import { openAiRerankWire, openAiScoreWire } from './wires/openai-rank.ts'
import { openAiResponsesWire } from './wires/openai-responses.ts'
import type { Wire } from './wires/wire.ts'

export { PLATFORM_NAME, PLATFORM_SETTINGS } from './databricks/databricks.ts'
/** How the platform behaves. */
export type PlatformOptions = WorkspaceOptions

/** What a simulated endpoint can play. It is passed to the endpoint and to its settings, so that tests can pass more. */
export interface Repertoire {
  /** The APIs that it speaks; the first is the default. */
  readonly wires: readonly Wire[]
  /** Where each path wants its key; the last door has all other paths. */
  readonly doors: readonly Door[]
  /** The endpoint that plays no server. */
  readonly itself: ServerProfile
  /** By the names that `--server`, `--metrics` and `--auth` have for them. */
  readonly servers: Readonly<Record<string, ServerProfile>>
  readonly metrics: Readonly<Record<string, MetricsPage>>
  readonly proofs: Readonly<Record<string, Proof>>
  /** Creates the platform of the owner whose API is among them. */
  readonly createPlatform: (options: PlatformOptions, identity: Identity | null, dateMs: () => number) => Platform
  /** Creates the identity provider for clients without a secret; null when there is none. */
  readonly createIdentity: ((nowMs: () => number) => Identity) | null
}

/**
 * The shipped repertoire: the APIs of OpenAI's family and one platform, for trying things without a GPU. The wires,
 * pages, metrics and signatures of all other servers are only for tests, in `test/servers/`.
 */
export const SHIPPED: Repertoire = {
  wires: [
    openAiChatWire,
    openAiCompletionsWire,
    openAiEmbeddingsWire,
    openAiRerankWire,
    openAiScoreWire,
    openAiResponsesWire,
    databricks.wire,
  ],
  doors: [databricks.door, ...DOORS],
  itself: ITSELF,
  servers: { ...SERVERS, databricks: databricks.server },
  metrics: METRICS,
  proofs: PROOFS,
  createPlatform: databricks.createPlatform,
  createIdentity: null,
}
