import { EndpointError } from '../errors.ts'
import type { Clock } from '../load/ports.ts'
import { addressOf, escapeForTerminal, showUrl } from '../text.ts'

/** A command that starts a server, and where that server listens. */
export interface ServedCommand {
  /** The setting that gave it, for messages. */
  readonly setting: string
  /** For the shell. Never shown, because it may hold a key. */
  readonly command: string
  readonly url: URL
  /** The file to which the server's output is appended. */
  readonly log: string
}

/** A command that was started. */
export interface StartedCommand {
  /** Resolves when the command itself has ended, to how it did, for example `ended with code 1`. */
  readonly ended: Promise<string>
  /** The end of what it has written. */
  readLog(): string
  /** Ends it and all its children; returns the ids of any that remain. */
  end(): Promise<readonly number[]>
  /** Stops watching what it started, which keeps running. */
  release(): void
}

/** The machine on which servers run. */
export interface ProcessPort {
  start(command: string, log: string): Promise<StartedCommand>
  /** Whether anything accepts connections there. */
  isListening(url: URL): Promise<boolean>
  /** MiB of accelerator memory in use; null where that is not known. */
  readGpuMemory(): Promise<number | null>
}

export interface ServingPorts {
  readonly clock: Clock
  readonly processes: ProcessPort
  readonly log: (line: string) => void
  /** Hides secrets. */
  readonly redact: (text: string) => string
}

/** What came of a server's life. */
interface Served<T> {
  readonly result: T
  /** How it ended while it was measured, as half a sentence; null when it did not. */
  readonly ended: string | null
  /** What it left behind, as half a sentence, so that nothing can be started in its place; null when it is gone. */
  readonly left: string | null
}

/** How long port and memory may take to become free after the last process has ended. */
const FREE_MS = 30_000
const LOOK_MS = 200
/** Drivers keep a little, and a desktop uses some. */
const GPU_SLACK_MIB = 256
const LAST_LINES = 12
const LONGEST_LINE = 300

/**
 * Starts a server, lets `use` measure it, ends it with all its children in any case, and waits until its port and
 * accelerator memory are free again. `use` gets a signal that aborts when the command ends, so that it stops waiting.
 *
 * @throws EndpointError when something already listens there; or from `use`, with the last lines of the server's log.
 */
export async function serveCommand<T>(
  server: ServedCommand,
  ports: ServingPorts,
  use: (ended: AbortSignal) => Promise<T>,
): Promise<Served<T>> {
  const { processes } = ports
  if (await processes.isListening(server.url)) throw refuseTakenPort(server)
  const memoryBefore = await processes.readGpuMemory()
  const started = await processes.start(server.command, server.log)
  const ended = new AbortController()
  const fate: { how: string | null } = { how: null }
  const noticed = started.ended.then((said) => {
    fate.how = said
    ended.abort()
  })
  let result: T
  let how: string | null = null
  let left: string | null = null
  try {
    result = await use(ended.signal)
    // Notice a server that ended just before we ask it to.
    await Promise.race([noticed, ports.clock.sleep(0)])
    how = fate.how
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error
    const isThere = fate.how !== null || (await processes.isListening(server.url))
    throw isThere ? explainFailure(error, fate.how, started, server, ports) : explainSilence(started, server, ports)
  } finally {
    left = await clearUp(server, { started, memoryBefore }, ports)
    if (left !== null) ports.log(`  ! ${left}`)
  }
  if (how === null) return { result, ended: null, left }
  const ending = `the server of ${server.setting} ${how} while it was measured`
  ports.log(`  ! ${ending}${tellLog(started, server, ports)}`)
  return { result, ended: ending, left }
}

/** Ends the server; returns what it left behind, or null. */
async function clearUp(
  { setting, url }: ServedCommand,
  { started, memoryBefore }: { readonly started: StartedCommand; readonly memoryBefore: number | null },
  { clock, processes }: ServingPorts,
): Promise<string | null> {
  const left = await started.end()
  if (left.length > 0) {
    const which = left.length === 1 ? `process ${left[0]} is` : `processes ${left.join(', ')} are`
    return `the server of ${setting} could not be ended: ${which} still there`
  }
  const until = clock.now() + FREE_MS
  for (;;) {
    const isTaken = await processes.isListening(url)
    const memory = memoryBefore === null || isTaken ? null : await processes.readGpuMemory()
    const more = memory === null ? 0 : memory - memoryBefore!
    if (!isTaken && more <= GPU_SLACK_MIB) return null
    if (clock.now() >= until) {
      return isTaken
        ? `after the server of ${setting} was ended, something still listens at ${showUrl(url)}: a container or service that the command only asked for must end with it`
        : `after the server of ${setting} was ended, ${Math.round(more)} MiB more of the accelerators' memory are in use than before it was started`
    }
    await clock.sleep(LOOK_MS)
  }
}

function refuseTakenPort({ setting, url }: ServedCommand): EndpointError {
  return new EndpointError(`something listens at ${showUrl(url)} already, before ${setting} was started`, {
    tried: `a connection to ${url.host}`,
    remedy: `end what listens there, or give another port to the server of ${setting} and to the URL`,
  })
}

/** The command runs, but nothing listens: it takes too long, or listens elsewhere. */
function explainSilence(started: StartedCommand, server: ServedCommand, ports: ServingPorts): EndpointError {
  const { setting, url } = server
  const port = findOtherPort(started.readLog(), url)
  const elsewhere = port === null ? '' : `; its log says that it listens on port ${port}`
  return new EndpointError(
    `the command of ${setting} still runs, and nothing listens at ${showUrl(url)}${elsewhere}${tellLog(started, server, ports)}`,
    {
      tried: `a connection to ${url.host}`,
      remedy:
        port === null
          ? `let its server listen there, or give the URL the port at which it does; raise ready-timeout where it only loads longer`
          : `let its server listen on port ${addressOf(url).port}, or give the URL the port ${port}`,
    },
  )
}

/** A line about listening, and in it an address of this machine or a bare port. */
const LISTENS = /\b(?:listening|listens|running|serving|starting|started|httpd|endpoint|server)\b/i
const PORT = /(?:(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|localhost|\[::1?\]|\*):|\bport(?: |: ?|=))(\d{2,5})\b/gi

/** The last port on which the log says that the server listens; null where it names none, or also the URL's. */
export function findOtherPort(log: string, url: URL): number | null {
  const ports = log
    .split(/\r?\n|\r/)
    .filter((line) => line.length <= LONGEST_LINE && LISTENS.test(line))
    .flatMap((line) => [...line.matchAll(PORT)].map(([, port]) => Number(port)))
  return ports.includes(addressOf(url).port) ? null : (ports.at(-1) ?? null)
}

/** Why a started server could not be measured, with the end of its log. */
function explainFailure(
  { what, tried, remedy }: EndpointError,
  how: string | null,
  started: StartedCommand,
  server: ServedCommand,
  ports: ServingPorts,
): EndpointError {
  const log = tellLog(started, server, ports)
  if (how === null)
    return new EndpointError(`the server of ${server.setting} listens, but: ${what}${log}`, { tried, remedy })
  return new EndpointError(`the server of ${server.setting} ${how} before it was ready${log}`, {
    tried,
    remedy: how.endsWith('code 0')
      ? `let ${server.setting} run the server in the foreground: it must last as long as the server does (no "&", no "docker run -d")`
      : `start it by hand to see why it ends; its whole log is ${server.log}`,
  })
}

/** The last lines of a log, indented and safe to show. */
function tellLog(started: StartedCommand, { log }: Pick<ServedCommand, 'log'>, { redact }: ServingPorts): string {
  const lines = redact(started.readLog())
    .split(/\r?\n|\r/)
    .map((line) => escapeForTerminal(line, LONGEST_LINE).trimEnd())
    .filter((line) => line !== '')
    .slice(-LAST_LINES)
  if (lines.length === 0) return `\n  its log (${log}) is empty`
  return `\n  its log (${log}) ends:\n${lines.map((line) => `    ${line}`).join('\n')}`
}

/** A command that does something and ends. */
interface EndingCommand extends Omit<ServedCommand, 'url'> {
  /** How long it may take. */
  readonly timeoutMs: number
}

/**
 * Runs a command to its end; what it started stays.
 *
 * @throws EndpointError with the last lines of its log when it fails, takes too long, or is interrupted; everything
 * that it started is then ended.
 */
export async function runToEnd(
  command: EndingCommand,
  ports: ServingPorts & { readonly signal: AbortSignal },
): Promise<void> {
  const { clock, processes, signal } = ports
  const started = await processes.start(command.command, command.log)
  const over = new AbortController()
  const how = await Promise.race([
    started.ended,
    clock.sleep(command.timeoutMs, AbortSignal.any([signal, over.signal])).then(() => null),
  ])
  over.abort()
  if (how === 'ended with code 0') return started.release()
  const log = tellLog(started, command, ports)
  await started.end()
  const took = signal.aborted
    ? 'was interrupted'
    : `took longer than ready-timeout (${Math.round(command.timeoutMs / 1000)} s)`
  throw new EndpointError(`${command.setting} ${how ?? took}${log}`, {
    tried: 'to deploy both sides anew',
    remedy: `run it by hand to see why; its whole log is ${command.log}`,
  })
}
