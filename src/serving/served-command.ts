import { EndpointError } from '../errors.ts'
import type { Clock } from '../load/ports.ts'
import { addressOf, escapeForTerminal, showUrl } from '../text.ts'

/** A command that starts a server, and where the server is then. */
export interface ServedCommand {
  /** The setting that gave it, for messages. */
  readonly setting: string
  /** For the shell. Never shown: a key may stand in it. */
  readonly command: string
  readonly url: URL
  /** The file that gets what the server writes, at its end. */
  readonly log: string
}

/** A command that was started. */
export interface StartedCommand {
  /** Settles when the command itself has ended, with how, for example `ended with code 1`. */
  readonly ended: Promise<string>
  /** The end of what it has written. */
  readLog(): string
  /** Ends it and all its children; the ids of those that are there all the same. */
  end(): Promise<readonly number[]>
  /** Leaves what it started to itself. */
  release(): void
}

/** The machine on which servers run. */
export interface ProcessPort {
  start(command: string, log: string): Promise<StartedCommand>
  /** Whether somebody accepts connections there. */
  isListening(url: URL): Promise<boolean>
  /** MiB of accelerator memory in use; null where nothing says. */
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
export interface Served<T> {
  readonly result: T
  /** That it ended while it was measured, as half a sentence; null when it did not. */
  readonly ended: string | null
  /** What it left behind, as half a sentence: nothing can be started in its place. Null when it is gone. */
  readonly left: string | null
}

/** How long port and memory may take to be free after the last process has ended. */
const FREE_MS = 30_000
const LOOK_MS = 200
/** Drivers keep a little, and a desktop draws. */
const GPU_SLACK_MIB = 256
const LAST_LINES = 12
const LONGEST_LINE = 300

/**
 * Starts a server, lets `use` measure it, and ends it with all its children, whatever comes of it; waits until its port and the memory of
 * accelerators are free again. `use` gets a signal that aborts when the command ends: nobody need wait for it any longer.
 *
 * @throws EndpointError when somebody else listens there, or from `use`: then with the last lines of the server's log.
 */
export async function serve<T>(
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
    // What ended at the last moment has done so before we ask it to.
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

/** Ends the server; what it left behind, or null. */
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

/** Its command runs, and nobody listens: it takes too long, or listens somewhere else. */
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
          ? `let its server listen there, or give the URL the port that its log names; raise ready-timeout where it only loads longer`
          : `let its server listen on port ${addressOf(url).port}, or give the URL the port ${port}`,
    },
  )
}

/** In a line that says that somebody listens, an address of this machine or a port alone. */
const LISTENS = /\b(?:listening|listens|running|serving|starting|started|httpd|endpoint|server)\b/i
const PORT = /(?:(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|localhost|\[::1?\]|\*):|\bport(?: |: ?|=))(\d{2,5})\b/gi

/** The port that a server says it listens on, the last one that it names; null where it names none, or that of the URL. */
export function findOtherPort(log: string, url: URL): number | null {
  const ports = log
    .split(/\r?\n|\r/)
    .filter((line) => line.length <= LONGEST_LINE && LISTENS.test(line))
    .flatMap((line) => [...line.matchAll(PORT)].map(([, port]) => Number(port)))
  return ports.includes(addressOf(url).port) ? null : (ports.at(-1) ?? null)
}

/** Why a server that was started could not be measured: the end of its log says most. */
function explainFailure(
  { what, tried, remedy }: EndpointError,
  how: string | null,
  started: StartedCommand,
  server: ServedCommand,
  ports: ServingPorts,
): EndpointError {
  const log = tellLog(started, server, ports)
  if (how === null) return new EndpointError(`${what}${log}`, { tried, remedy })
  return new EndpointError(`the server of ${server.setting} ${how} before it was ready${log}`, {
    tried,
    remedy: how.endsWith('code 0')
      ? `let ${server.setting} run the server in the foreground: it must last as long as the server does (no "&", no "docker run -d")`
      : `start it by hand to see why it ends; its whole log is ${server.log}`,
  })
}

/** The last lines of a log, indented, as they may be shown. */
export function tellLog(
  started: StartedCommand,
  { log }: Pick<ServedCommand, 'log'>,
  { redact }: ServingPorts,
): string {
  const lines = redact(started.readLog())
    .split(/\r?\n|\r/)
    .map((line) => escapeForTerminal(line, LONGEST_LINE).trimEnd())
    .filter((line) => line !== '')
    .slice(-LAST_LINES)
  if (lines.length === 0) return `\n  its log (${log}) is empty`
  return `\n  its log (${log}) ends:\n${lines.map((line) => `    ${line}`).join('\n')}`
}
