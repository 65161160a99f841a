import { fork, execFile } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, writeFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { locateProgram } from '../program-path.ts'
import { createFolder } from '../folder.ts'
import { addressOf } from '../text.ts'
import type { EndBounds } from './family.ts'
import type { KeeperNews, Order } from './keeper.ts'
import type { ProcessPort, StartedCommand } from './served-command.ts'

/** A busy server may need some seconds until it reacts. */
const BOUNDS: EndBounds = { graceMs: 10_000, killMs: 5_000 }
const CONNECT_MS = 1_000
const LOG_BYTES = 16 * 1024

/** The processes of this machine. */
export function createProcesses(bounds = BOUNDS): ProcessPort {
  const begun = new Set<string>()
  return {
    async start(command, log) {
      if (!begun.has(log)) beginLog(log)
      begun.add(log)
      return startKept(command, log, bounds)
    },
    isListening,
    readGpuMemory,
  }
}

async function startKept(command: string, log: string, bounds: EndBounds): Promise<StartedCommand> {
  const from = sizeOf(log)
  const keeper = fork(locateProgram('./keeper.js', import.meta.url), [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: leaveOutOwnSecrets(process.env),
    execArgv: [],
  })
  let leader: number | null = null
  const ended = new Promise<string>((resolve) => {
    listenToKeeper(keeper, (news) => {
      if (news.kind === 'ended') resolve(news.how)
    })
    keeper.once('error', (error) => resolve(`could not be started: ${error.message}`))
    keeper.once('exit', () => resolve('was ended with whoever watched it'))
  })
  const started = new Promise<void>((resolve) => {
    listenToKeeper(keeper, (news) => {
      if (news.kind === 'started') leader = news.pid
      resolve()
    })
    keeper.once('exit', () => resolve())
    keeper.once('error', () => resolve())
  })
  tellKeeper(keeper, { kind: 'start', command, log, mark: randomBytes(16).toString('hex'), bounds })
  await started
  return {
    ended,
    readLog: () => readEnd(log, from),
    end: async () => endKept(keeper, leader),
    release: () => tellKeeper(keeper, { kind: 'release' }),
  }
}

async function endKept(keeper: ChildProcess, leader: number | null): Promise<readonly number[]> {
  return new Promise((resolve) => {
    listenToKeeper(keeper, (news) => {
      if (news.kind === 'gone') resolve(news.left)
    })
    const endGroup = (): void => {
      // The keeper was killed: only the group is known then.
      try {
        if (leader !== null) process.kill(-leader, 'SIGKILL')
      } catch {
        // It has already ended.
      }
      resolve([])
    }
    if (keeper.exitCode !== null || keeper.signalCode !== null || !keeper.connected) return endGroup()
    keeper.once('exit', endGroup)
    tellKeeper(keeper, { kind: 'end' })
  })
}

function listenToKeeper(keeper: ChildProcess, hear: (news: KeeperNews) => void): void {
  keeper.on('message', (news) => hear(news as KeeperNews))
}

function tellKeeper(keeper: ChildProcess, order: Order): void {
  // Errors are ignored: the keeper's reaction shows whether it arrived.
  keeper.send(order, () => {})
}

/**
 * The environment that a step of its own would have: without the inputs of this action (the key among them) and what
 * GitHub gives only to actions.
 */
export function leaveOutOwnSecrets(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const isOwn = (name: string): boolean => /^(INPUT_|ACTIONS_(RUNTIME|RESULTS|CACHE|ID_TOKEN)_)/.test(name)
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, text]) => (text === undefined || isOwn(name) ? [] : [[name, text]])),
  )
}

async function isListening(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...addressOf(url), timeout: CONNECT_MS })
    const end = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}

/** Empties the log: it must hold nothing of an earlier run. */
function beginLog(path: string): void {
  createFolder(dirname(path))
  writeFileSync(path, '', { mode: 0o600 })
}

/** The end of what was written after `from`. */
function readEnd(path: string, from: number): string {
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const begin = Math.max(from, size - LOG_BYTES)
      const bytes = Buffer.alloc(Math.max(0, size - begin))
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, begin))
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}

const LONGEST_MS = 10_000
const MIB = 1024 * 1024

/** A program that says how much memory of this machine's accelerators is in use. */
interface Meter {
  readonly program: string
  readonly args: readonly string[]
  /** MiB over all cards; null when the output is not understood. */
  read(output: string): number | null
}

const METERS: readonly Meter[] = [
  { program: 'nvidia-smi', args: ['--query-gpu=memory.used', '--format=csv,noheader,nounits'], read: readNvidia },
  { program: 'rocm-smi', args: ['--showmeminfo', 'vram', '--json'], read: readRocm },
]

/** MiB of accelerator memory in use; null where no program here tells. */
async function readGpuMemory(): Promise<number | null> {
  for (const { program, args, read } of METERS) {
    const output = await askProgram(program, args)
    const used = output === null ? null : read(output)
    if (used !== null) return used
  }
  return null
}

/** Reads one number a line, one line a card. */
export function readNvidia(output: string): number | null {
  return addUp(output.trim().split('\n'), 1)
}

/** Reads one member a card, in bytes. */
export function readRocm(output: string): number | null {
  const used = [...output.matchAll(/"VRAM Total Used Memory \(B\)":\s*"?(\d+)/g)].map(([, bytes]) => bytes!)
  return addUp(used, MIB)
}

function addUp(figures: readonly string[], unit: number): number | null {
  const numbers = figures.map((figure) => (figure.trim() === '' ? NaN : Number(figure)))
  const total = numbers.reduce((all, each) => all + each, 0)
  return numbers.length === 0 || Number.isNaN(total) ? null : total / unit
}

async function askProgram(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: LONGEST_MS }, (error, stdout) => resolve(error === null ? stdout : null))
  })
}
