import { checkWritable, writeWhole } from '../shell/files.ts'
import { createRedactor, defuseCommands } from '../shell/redact.ts'
import { dropCodeMarks } from '../text.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { wrap } from '../words/terminal.ts'

/**
 * Where a command writes: results to stdout, everything else to stderr, and files. Text for people never shows a
 * secret, whatever a server echoes.
 */
export interface Output {
  /** Text of the result, for people. */
  out(text: string): void
  /** JSON of the result. Its values hold no secrets; hiding them in the text could break it. */
  json(text: string): void
  /** One line of the log. */
  log(line: string): void
  /** Replaces the current line on a terminal; does nothing elsewhere. */
  live(line: string): void
  /**
   * Writes a file completely or not at all, from parts, so that a long one need not be held in memory. Hides no
   * secrets: the values that the parts were made from hold none.
   */
  file(path: string, parts: Iterable<string>): void
  /** The text without secrets. */
  redact(text: string): string
  /** Throws when a file could not be written at this path; creates its folder. Call it before hours of work, not after. */
  checkWritable(path: string): void
  /** From now on this text and its usual encodings are shown as `***`. */
  hide(secret: string): void
  /** Whether each stream may have colours. */
  readonly colours: { readonly out: boolean; readonly log: boolean }
  /** Whether a line can be replaced, to show progress. */
  readonly isLive: boolean
  /** How wide what goes on is shown, in columns: at most 80. */
  readonly columns: number
}

/** The part of a stream that is written to. */
interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Of a terminal. */
  readonly columns?: number
}

/** Of a terminal that does not say how wide it is, and the most that is used of one. */
const USUAL_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[2K'

/** Writes to two streams and to files. Streams and environment tell what can be shown. */
export function createOutput(stdout: Sink, stderr: Sink, env: NodeJS.ProcessEnv): Output {
  const { hide, redact } = createRedactor()
  // Such a terminal (in an editor, on a serial line) would show escape codes as text.
  const isPlain = env['TERM'] === 'dumb'
  const isLive = stderr.isTTY === true && !isPlain
  // https://no-color.org: any value but an empty one.
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
    columns: Math.min(USUAL_COLUMNS, stderr.columns ?? USUAL_COLUMNS),
    redact,
    out: (text) => write(defuseCommands(redact(text))),
    json: (text) => write(text),
    log(line) {
      stderr.write(`${clearShown()}${dropCodeMarks(defuseCommands(redact(line)))}\n`)
      shown = ''
    },
    live(line) {
      if (!isLive || line === shown) return
      // A line that the terminal has broken cannot be cleared by any code.
      stderr.write(`${clearShown()}${redact(line).slice(0, (stderr.columns ?? Infinity) - 1)}`)
      shown = line
    },
    file: writeWhole,
    checkWritable,
    hide: (secret) => void hide(secret),
  }
}

/**
 * An error that the entry may show: without secrets, which a server may have echoed, without code spans, and on a terminal
 * in lines that it does not break. Makes a new error, because a message may be read-only.
 */
export function fitForTerminal(
  error: unknown,
  { redact, isLive, columns }: Pick<Output, 'redact' | 'isLive' | 'columns'>,
): unknown {
  if (!(error instanceof Error)) return error
  const message = dropCodeMarks(redact(error.message))
  const lines = message.split('\n')
  const fit = new Error(
    (isLive ? lines.flatMap((line) => wrap(line, { width: columns, indent: 4 })) : lines).join('\n'),
  )
  fit.stack = redact(error.stack ?? '')
  return 'code' in error ? Object.assign(fit, { code: error.code }) : fit
}

/** The streams and the end of a process. */
type StreamsOfProcess = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'on' | 'exitCode'>

/**
 * Keeps the process alive when a stream breaks: files, history and exit code still count. If the reader of stdout has
 * gone, says nothing; if the result is lost in another way, says so, and the exit code is not 0.
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
