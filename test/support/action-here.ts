import { appendFileSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { runAction } from '../../src/github/action.ts'
import { openSummary, createActionLog } from '../../src/github/step.ts'
import { runReportJob } from '../../src/github/report-job.ts'
import type { RunnerCommands } from '../../src/github/step.ts'
import { readBytesFile, readTextFile } from '../../src/shell/files.ts'
import { measure } from '../../src/shell/measure.ts'
import { prepareStep, readEnd } from './action.ts'
import type { ActionStep, StepEnded } from './action.ts'
import { virtualServerAt } from './virtual/servers.ts'
import { virtualSystem } from './virtual/system.ts'

/**
 * Runs a step in this process, wired as its entry wires it: the same files and environment of a runner, the same log, on a
 * system in virtual time. A process takes about a second to start and to load what it uploads with, so that only what is about
 * processes and uploads needs one: `e2e/action-*.test.ts`.
 */
export async function runActionHere(step: ActionStep): Promise<StepEnded> {
  const { run, files, env: given } = prepareStep(step)
  const env = { ...given, ...step.env }
  const written: string[] = []
  const log = createActionLog(spellCommands(written))
  const ports = {
    env,
    log,
    signal: new AbortController().signal,
    readFile: readTextFile,
    wallClock: () => new Date(),
    summary: openSummary(files.summary),
    setOutput: (name: string, value: string) => appendFileSync(files.output, `${name}<<END\n${value}\nEND\n`),
    // What GitHub asks to wait for is waited for, only not as long.
    githubPauseMs: 50,
  }
  if (step.action === 'report') return readEnd(await runReportJob(ports), written.join(''), run, files)
  const server = virtualServerAt(step.inputs?.['endpoint'] ?? '', step.inputs?.['control'])
  const code = await runAction({
    ...ports,
    readBytes: readBytesFile,
    async measure(settings, hooks) {
      if (server === null) throw new Error('only a virtual server is measured in this process')
      return measure(settings, hooks, virtualSystem(server, 'github-hosted'))
    },
    async measureForFirst() {
      throw new Error('shards are processes of their own')
    },
    async upload(name, paths, folder) {
      const texts = Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]))
      return step.github.addArtifact({ run, name, files: texts }).id
    },
  })
  return readEnd(code, written.join(''), run, files)
}

/** The commands to the runner as they stand in a log. */
function spellCommands(written: string[]): RunnerCommands {
  const write = (line: string): void => void written.push(`${line}\n`)
  const escape = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const annotate =
    (level: string): RunnerCommands['error'] =>
    (message, { title } = {}) => {
      const of = title === undefined ? '' : ` title=${escape(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}`
      write(`::${level}${of}::${escape(String(message))}`)
    }
  return {
    info: write,
    error: annotate('error'),
    warning: annotate('warning'),
    notice: annotate('notice'),
    startGroup: (name) => write(`::group::${escape(name)}`),
    endGroup: () => write('::endgroup::'),
    setSecret: (secret) => write(`::add-mask::${escape(secret)}`),
    isDebug: () => false,
  }
}
