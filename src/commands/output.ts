import { createRedactor, defuseCommands } from '../shell/redact.ts'
import type { Environment } from '../settings/reading/environment.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { dropCodeMarks } from '../text.ts'
import { checkWritable, writeWhole } from '../shell/files.ts'

/**
 * Where a command writes: results to stdout, everything else to stderr, files. No secret passes in what people read, whatever a
 * server echoes.
 */
export interface Output {
  /** Text of the result, for people. */
  out(text: string): void
  /** JSON of the result: secrets were hidden in its values, and hiding them in its text could break it. */
  json(text: string): void
  /** One line of what goes on. */
  log(line: string): void
  /** Replaces the line that is being shown where that is possible; nothing elsewhere. */
  live(line: string): void
  /**
   * Writes a file whole or not at all, from parts, so that a long one need not be held in memory. As they are: secrets were
   * hidden in the values that they were made of.
   */
  file(path: string, parts: Iterable<string>): void
  /** The text as it may be shown. */
  redact(text: string): string
  /** Throws when a file could not be written at this path; makes its folder. To be asked before hours of work, not after. */
  checkWritable(path: string): void
  /** From now on this text and its usual encodings are shown as `***`. */
  hide(secret: string): void
  /** Whether what goes to each stream may have colours. */
  readonly colours: { readonly out: boolean; readonly log: boolean }
  /** Whether a line can be replaced, so that it may move while something goes on. */
  readonly isLive: boolean
}

/** The part of a stream that is written to. */
interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
}

const CLEAR_LINE = '\r\u001b[2K'

/** Output to two streams and to files. What the streams can show, the streams and the environment say. */
export function createOutput(stdout: Sink, stderr: Sink, env: Environment): Output {
  const { hide, redact } = createRedactor()
  // Such a terminal (an editor's, a serial line) knows no escape codes; it would show them.
  const isPlain = env['TERM'] === 'dumb'
  const isLive = stderr.isTTY === true && !isPlain
  // https://no-color.org: set to anything but nothing.
  const hasColour = ({ isTTY }: Sink): boolean => isTTY === true && !isPlain && (env['NO_COLOR'] ?? '') === ''
  let shown = ''
  const clearShown = (): string => (shown === '' ? '' : CLEAR_LINE)
  const write = (text: string): void => {
    if (shown !== '') stderr.write(CLEAR_LINE)
    shown = ''
    stdout.write(text)
  }

  return {
    colours: { out: hasColour(stdout), log: hasColour(stderr) },
    isLive,
    redact,
    out: (text) => write(defuseCommands(redact(text))),
    json: (text) => write(text),
    log(line) {
      stderr.write(`${clearShown()}${dropCodeMarks(defuseCommands(redact(line)))}\n`)
      shown = ''
    },
    live(line) {
      if (!isLive || line === shown) return
      stderr.write(`${clearShown()}${redact(line)}`)
      shown = line
    },
    file: writeWhole,
    checkWritable,
    hide(secret) {
      hide(secret)
    },
  }
}

/**
 * An error as the entry may write it, which knows no secret (a server may have echoed one) and sets nothing as code. It is another
 * error, as the message of one may be what nobody can set.
 */
export function fitForTerminal(error: unknown, redact: Output['redact']): unknown {
  if (!(error instanceof Error)) return error
  const fit = new Error(dropCodeMarks(redact(error.message)))
  fit.stack = redact(error.stack ?? '')
  return 'code' in error ? Object.assign(fit, { code: error.code }) : fit
}

/** The streams and the end of a process. */
type StreamsOfProcess = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'on' | 'exitCode'>

/**
 * A stream that takes nothing more ends nothing: files, history and exit code still count. Where the reader of stdout has
 * gone nobody is left to be told; when the result is lost in another way it is said, and the exit code is not 0.
 */
export function outliveStreams(process: StreamsOfProcess): void {
  let said = false
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || said) return
    said = true
    process.stderr.write(`stdout could not be written: ${message}; files and history are not affected\n`)
    process.on('exit', (exitCode) => {
      if (exitCode === 0) process.exitCode = EXIT.refused
    })
  })
  // There is nowhere left to say it.
  process.stderr.on('error', () => {})
}
