import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { atEnd } from './cleanup.ts'
import { leash } from './leash.ts'
import { virtualServerAt } from './virtual/servers.ts'
import type { GivenSystem } from './virtual/surroundings.ts'

const DIST = resolve(process.env['PLATEAU_DIST'] ?? 'dist')

/** The built command, as a user runs it. */
export const CLI = join(DIST, 'cli.js')

const VIRTUAL_COMMAND = join(import.meta.dirname, 'virtual', 'command.ts')
const SEVERAL_COMMANDS = join(import.meta.dirname, 'several-commands.ts')

/** How a command ended, and everything it wrote. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Words of a command, and the folder that it runs in. */
export interface Call {
  readonly args: readonly string[]
  readonly cwd: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when what it wrote so far matches; rejects when it ends before. */
  wrote(pattern: RegExp): Promise<void>
}

/** What is around a command, whichever process runs it. */
export interface Surrounded {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /**
   * `virtual servers`: on a system in virtual time, where the servers that the command starts are virtual, too. `standing clock`: on
   * the real network, in a time that passes only where the command sleeps, and then at once.
   */
  readonly system?: 'virtual servers' | 'standing clock'
}

interface Options extends Surrounded {
  /** Arguments of Node itself. */
  readonly node?: readonly string[]
  /** The most files that it may have open (`ulimit -n`), where there is such a limit. */
  readonly openFiles?: number
}

/**
 * Starts the command with nothing of this process's environment but what Node needs; it is ended with
 * the tests of the file, so that of two that run at a time none ends the other's. Where its
 * endpoint is a virtual server the same built command runs on a system in virtual time.
 */
export function start(args: readonly string[], options: Options = {}): Running {
  const other = findServer(args, options.system)
  const program = other === undefined ? [CLI] : [VIRTUAL_COMMAND, DIST, JSON.stringify(other)]
  return startProgram([...program, ...args], options)
}

/** Starts Node with a program and its arguments. */
function startProgram(program: readonly string[], { env = {}, cwd, node = [], openFiles }: Options): Running {
  const limited = openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`]
  const [file, ...rest] = [...limited, process.execPath, ...node, ...program]
  const child = spawn(file!, rest, {
    env: {
      ...leash(),
      ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  let stdout = ''
  let stderr = ''
  let over = false
  const waiting = new Set<() => void>()
  const take = (): void => waiting.forEach((look) => look())
  child.stdout.setEncoding('utf8').on('data', (text: string) => ((stdout += text), take()))
  child.stderr.setEncoding('utf8').on('data', (text: string) => ((stderr += text), take()))
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => {
      over = true
      take()
      done({ code, stdout, stderr })
    })
  })
  atEnd(async () => {
    if (!over) child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    ended,
    async wrote(pattern) {
      return new Promise((done, fail) => {
        const look = (): void => {
          if (pattern.test(stdout + stderr)) done()
          else if (over) fail(new Error(`it ended without writing ${pattern}:\n${stdout}${stderr}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      })
    },
  }
}

/** The system on which a command with these words measures; undefined: the real one. */
export function findServer(args: readonly string[], system: Surrounded['system']): GivenSystem | undefined {
  if (system === 'standing clock') return system
  const server = virtualServerAt(findFlag(args, 'endpoint') || findFlag(args, 'url'), findFlag(args, 'control'))
  return server ?? (system === undefined ? undefined : null)
}

function findFlag(args: readonly string[], name: string): string {
  const flag = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))
  return flag < 0 ? '' : (args[flag]!.split('=', 2)[1] ?? args[flag + 1] ?? '')
}

/** Runs the command to its end. */
export async function plateau(args: readonly string[], options: Options = {}): Promise<Ended> {
  return start(args, options).ended
}

/** Runs the command to its end for each call in turn, all in one process: a start takes longer than most of them. */
export async function plateauInTurn(calls: readonly Call[]): Promise<readonly Ended[]> {
  const { code, stdout, stderr } = await startProgram([SEVERAL_COMMANDS, DIST, JSON.stringify(calls)], {}).ended
  if (code !== 0 || stderr !== '') throw new Error(`the commands were not run to their end (${code}): ${stderr}`)
  return JSON.parse(stdout) as Ended[]
}

/** Starts `plateau simulate` as a process of its own and returns its address. */
export async function simulated(flags: readonly string[] = []): Promise<string> {
  const running = start(['simulate', '--port', '0', ...flags])
  let said = ''
  running.child.stdout!.on('data', (text: string) => (said += text))
  await running.wrote(/http:\/\/127\.0\.0\.1:\d+ /)
  return /http:\/\/127\.0\.0\.1:\d+/.exec(said)![0]
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-e2e-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The report in that file. */
export function reportIn(path: string): RunReport {
  return decodeRunReport(readFileSync(path, 'utf8'))
}

/**
 * Flags of a run that takes about a second a level, in one thread: with more to take, a level for which a busy machine was too slow is
 * measured again.
 */
export const SHORT_RUN =
  '--level-duration 300ms --output-tokens 8 --input-tokens 40 --soak off --self-proof false --client-threads 1'.split(
    ' ',
  )

/** Flags of a short run that asks nothing before it. */
export const STEADY_RUN =
  '--preflight false --self-proof false --level-duration 300ms --output-tokens 12 --input-tokens 40'.split(' ')

/** Flags of a server that answers such requests in some 20 ms, with pauses that a client can tell apart. */
export const FAST_SERVER = '--overhead 3ms --prefill-per-1000-tokens 1ms --decode 2ms --decode-per-sequence 0ms'.split(
  ' ',
)
