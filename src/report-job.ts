/** The entry of the report job. No logic. */
import { setOutput } from '@actions/core'
import { createInterruptSignal } from './shell/interrupt.ts'
import { setExitCode, createActionLog, openSummary } from './github/step.ts'
import { runReportJob } from './github/report-job/report-job.ts'
import { readTextFile } from './shell/files.ts'

const { env } = process
const log = createActionLog()

setExitCode(
  runReportJob({
    env,
    log,
    signal: createInterruptSignal(),
    readFile: readTextFile,
    wallClock: () => new Date(),
    summary: openSummary(env['GITHUB_STEP_SUMMARY']),
    setOutput,
    githubPauseMs: 1_000,
  }),
  log,
)
