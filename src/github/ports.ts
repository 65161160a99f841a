import type { GateResult } from '../gate.ts'
import type { Baseline, HistoryEntry, HistoryRow, RunSource } from '../report/history.ts'
import type { Verdict, VerdictPolicy } from '../report/verdict.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import type { Settings, SourcedSetting } from '../settings.ts'
import type { SkipReason as AnySkipReason } from '../verdict/skipped.ts'
import type { DeliveryPorts } from './deliver.ts'
import type { Conclude } from './judged-anew.ts'
import type { PreparePorts } from './prepare.ts'
import type { Uploader } from './upload.ts'

/** What a measurement tells while it goes on, and what it asks for. */
export interface MeasureHooks {
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  /** Masks a secret that came up later: a fetched token. */
  readonly hide: (secret: string) => void
  readonly onPhase: (heading: string) => void
  /** Null for `baseline: none`. */
  readonly loadBaseline: (() => Promise<Baseline>) | null
}

/** What the action does with the core: `src/action.ts` hands it in, so that this folder imports none of it. */
export interface Core {
  /**
   * @throws EndpointError, BaselineError as `runGate`.
   */
  measure(settings: Settings, hooks: MeasureHooks): Promise<GateResult>
  /** The plan and every setting with its source. */
  renderDryRun(settings: Settings, sources: readonly SourcedSetting[]): string
  applyAcceptances(verdict: Verdict, accepted: readonly Acceptance[]): Verdict
  /** The verdict that follows from its parts. */
  readonly conclude: Conclude
  entriesOf(verdict: Verdict, rows: readonly HistoryRow[], source: RunSource): readonly HistoryEntry[]
  skippedVerdict(name: string, reason: AnySkipReason, policy: VerdictPolicy): Verdict
}

/** Everything that the action needs from outside. */
export interface ActionPorts extends PreparePorts, DeliveryPorts {
  readonly core: Core
  readonly upload: Uploader
}
