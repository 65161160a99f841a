/** Wires the action: hands the system and the core to `github/action.ts`. No logic. */
import { setOutput } from '@actions/core'
import { hideSecrets } from './shell/secrets.ts'
import { planLine, renderDryRun } from './shell/dry-run.ts'
import { interruptSignal } from './shell/interrupt.ts'
import { runGate } from './gate.ts'
import { runAction } from './github/action.ts'
import { endWith } from './github/end.ts'
import { createActionLog } from './github/log.ts'
import type { Core } from './github/ports.ts'
import { summaryIn } from './github/summary.ts'
import { uploadToRun } from './github/upload.ts'
import { nonce } from './shell/system-ports.ts'
import type { SystemPorts } from './shell/system-ports.ts'
import { readTextFile } from './shell/read-text.ts'
import { renderProgress } from './render/progress.ts'
import type { Environment } from './settings/reading/environment.ts'
import { plain } from './text.ts'
import { applyAcceptances } from './verdict/accept.ts'
import { conclude } from './verdict/conclude.ts'
import { entriesOf } from './verdict/entry.ts'
import { skippedVerdict } from './verdict/skipped.ts'

/** What the action meets outside: `main.ts` hands in the real one. */
export interface Surroundings {
  /** What measuring needs of the system. */
  readonly system: (env: Environment) => SystemPorts
  /** How long the client of GitHub takes a second of a pause to be; a second unless it is said. */
  readonly githubPauseMs?: number
}

/** Runs the action in this process, with its environment, and ends the process with the exit code. */
export function startAction({ system, githubPauseMs = 1_000 }: Surroundings): void {
  const { env } = process
  const log = createActionLog()
  endWith(
    runAction({
      env,
      core: coreOn(() => system(env)),
      log,
      signal: interruptSignal(),
      readFile: readTextFile,
      wallClock: () => new Date(),
      hideSettings: hideSecrets,
      summary: summaryIn(env['GITHUB_STEP_SUMMARY']),
      setOutput,
      upload: uploadToRun,
      githubPauseMs,
    }),
    log,
  )
}

/** The core; `system` is called once a measurement, before it. */
const coreOn = (system: () => SystemPorts): Core => ({
  applyAcceptances,
  conclude,
  entriesOf,
  skippedVerdict,
  renderDryRun: (settings, sources) => renderDryRun(settings, sources, nonce),
  measure: (settings, { onPhase, log, ...hooks }) =>
    runGate(settings, {
      ...system(),
      ...hooks,
      log,
      onPhase: (phase) => onPhase(phase.charAt(0).toUpperCase() + phase.slice(1)),
      onPlan: (plan, findings) => {
        log(planLine(plan, settings))
        for (const { message } of findings) log(`  ! ${plain(message)}`)
      },
      onLevelStart: () => {},
      onLevelEnd: ({ concurrency, figures }) => log(renderProgress(figures, { concurrency, passes: settings.passes })),
    }),
})
