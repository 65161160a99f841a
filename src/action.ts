/** Wires the action to the system. No logic. */
import { setOutput } from '@actions/core'
import { runAction } from './github/action.ts'
import { setExitCode, createActionLog, openSummary } from './github/step.ts'
import { uploadToRun } from './github/artifacts/upload.ts'
import { createInterruptSignal } from './shell/interrupt.ts'
import { measure } from './shell/measure.ts'
import { measureAsFirst, measureForFirst } from './shell/measure-shards.ts'
import { readBytesFile, readTextFile } from './shell/files.ts'
import type { SystemPorts } from './shell/system-ports.ts'

/** What the action needs from outside; `main.ts` passes the real one. */
interface ActionSurroundings {
  /** Creates what measuring needs from the system; called once before each measurement. */
  readonly system: (env: NodeJS.ProcessEnv) => SystemPorts
  /** How long one second of a pause lasts for the client of GitHub; a second by default. */
  readonly githubPauseMs?: number
}

/** Runs the action in this process, with its environment, and ends the process with the exit code. */
export function startAction({ system, githubPauseMs = 1_000 }: ActionSurroundings): void {
  const { env } = process
  const log = createActionLog()
  setExitCode(
    runAction({
      env,
      measure: (settings, { sharing, ...hooks }) =>
        settings.shard === null || sharing === null
          ? measure(settings, hooks, system(env))
          : measureAsFirst(settings, settings.shard, { ...hooks, commit: sharing.commit }, sharing, system(env)),
      measureForFirst: (...given) => measureForFirst(...given, system(env)),
      log,
      signal: createInterruptSignal(),
      readFile: readTextFile,
      readBytes: readBytesFile,
      wallClock: () => new Date(),
      summary: openSummary(env['GITHUB_STEP_SUMMARY']),
      setOutput,
      upload: uploadToRun,
      githubPauseMs,
    }),
    log,
  )
}
