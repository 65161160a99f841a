import { DOORS, PROOFS, type Door, type Proof } from './guard.ts'
import { databricks } from './databricks/databricks.ts'
import type { WorkspaceOptions } from './databricks/databricks.ts'
import { METRICS, type MetricsPage } from './metrics/pages.ts'
import { ITSELF, SERVERS, type ServerProfile } from './servers.ts'
import { openAiChatWire, openAiCompletionsWire, openAiEmbeddingsWire } from './wires/openai.ts'
import { openAiResponsesWire } from './wires/openai-responses.ts'
import type { Wire } from './wires/wire.ts'
import type { Identity, Platform } from './platform.ts'

export { PLATFORM_NAME, PLATFORM_SETTINGS } from './databricks/settings.ts'
/** How the platform behaves where it has a choice. */
export type PlatformOptions = WorkspaceOptions

/** What a simulated endpoint can play: it is handed to the endpoint and to its settings, so that tests can hand in more. */
export interface Repertoire {
  /** The APIs that it speaks; the first one speaks where no API is asked. */
  readonly wires: readonly Wire[]
  /** Where each path wants its key; the last door has all paths that are left. */
  readonly doors: readonly Door[]
  /** The endpoint that plays no server. */
  readonly itself: ServerProfile
  /** By the names that `--server`, `--metrics` and `--auth` have for them. */
  readonly servers: Readonly<Record<string, ServerProfile>>
  readonly metrics: Readonly<Record<string, MetricsPage>>
  readonly proofs: Readonly<Record<string, Proof>>
  /** Makes the platform of the owner whose API is among them. */
  readonly createPlatform: (options: PlatformOptions, identity: Identity | null, dateMs: () => number) => Platform
  /** Makes who vouches for clients without a secret; null: nobody does. */
  readonly createIdentity: ((nowMs: () => number) => Identity) | null
}

/**
 * What is shipped: the APIs of OpenAI's family and one platform, what people try without a GPU. The wires, pages, metrics and
 * signatures of all other servers are witnesses of our tests and stand there, in `test/servers/`.
 */
export const SHIPPED: Repertoire = {
  wires: [openAiChatWire, openAiCompletionsWire, openAiEmbeddingsWire, openAiResponsesWire, databricks.wire],
  doors: [databricks.door, ...DOORS],
  itself: ITSELF,
  servers: { ...SERVERS, databricks: databricks.server },
  metrics: METRICS,
  proofs: PROOFS,
  createPlatform: databricks.createPlatform,
  createIdentity: null,
}
