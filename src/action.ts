/** Wires the action to the system. No logic. */
import { runAction } from './github/action.ts'
import { startStep } from './github/step.ts'
import { uploadToRun } from './github/artifacts/run-artifacts.ts'
import { measure } from './shell/measure.ts'
import { measureAsFirst, measureForFirst } from './shell/measure-shards.ts'
import { readBytesFile } from './shell/files.ts'
import type { SystemPorts } from './shell/system-ports.ts'

/** What the action needs from outside; `main.ts` passes the real one. */
interface ActionSurroundings {
  /** Creates what measuring needs from the system; called once before each measurement. */
  readonly system: (env: NodeJS.ProcessEnv) => SystemPorts
  /** How long one second of a pause lasts for the client of GitHub; a second by default. */
  readonly githubPauseMs?: number
}

/** Runs the action in this process, with its environment, and ends the process with the exit code. */
export function startAction({ system, githubPauseMs }: ActionSurroundings): void {
  startStep(
    async (ports) =>
      runAction({
        ...ports,
        measure: async (settings, { sharing, ...hooks }) =>
          settings.shard === null || sharing === null
            ? measure(settings, hooks, system(ports.env))
            : measureAsFirst(
                settings,
                settings.shard,
                { ...hooks, commit: sharing.commit },
                sharing,
                system(ports.env),
              ),
        measureForFirst: async (...given) => measureForFirst(...given, system(ports.env)),
        readBytes: readBytesFile,
        upload: uploadToRun,
      }),
    githubPauseMs,
  )
}
