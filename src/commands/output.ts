import {
  accessSync,
  constants,
  existsSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Where a command writes: results to stdout, everything else to stderr, files. No secret passes, whatever a server echoes. */
export interface Output {
  /** Text of the result. */
  out(text: string): void
  /** One line of what goes on. */
  log(line: string): void
  /** Replaces the line that is being shown on a terminal; nothing elsewhere. */
  live(line: string): void
  /** Writes a file whole or not at all, from parts, so that a long one need not be held in memory. */
  file(path: string, parts: Iterable<string>): void
  /** The text as it may be shown. */
  redact(text: string): string
  /** Throws when a file could not be written at this path; makes its folder. To be asked before hours of work, not after. */
  checkWritable(path: string): void
  /** From now on this text and its usual encodings are shown as `***`. */
  hide(secret: string): void
  readonly isTerminal: boolean
}

/** The part of a stream that is written to. */
interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** Shorter texts are not hidden: they would blot out figures. */
const SHORTEST_SECRET = 4
const JSON_TEXT = /"(?:[^"\\]|\\.)*"(\s*:)?/g
const CLEAR_LINE = '\r\u001b[2K'

/** Output to two streams and to files. */
export function createOutput(stdout: Sink, stderr: Sink): Output {
  const secrets = new Set<string>()
  const isTerminal = stderr.isTTY === true
  let shown = ''
  let pattern: RegExp | null = null

  const redact = (text: string): string => {
    const clean = pattern === null ? text : text.replace(pattern, '***')
    return clean.includes('…') ? withoutCutSecrets(clean, secrets) : clean
  }
  // In JSON only texts that are values: a secret that is also a number or a name of the format must not break it.
  const redactJson = (json: string): string =>
    json.replace(JSON_TEXT, (found, colon: string | undefined) => {
      if (colon !== undefined) return found
      const text = JSON.parse(found) as string
      const clean = redact(text)
      return clean === text ? found : JSON.stringify(clean)
    })
  const redactResult = (text: string): string =>
    secrets.size > 0 && text.startsWith('{') ? redactJson(text) : redact(text)
  const clearing = (): string => (shown === '' ? '' : CLEAR_LINE)

  return {
    isTerminal,
    redact,
    out(text) {
      if (shown !== '') stderr.write(CLEAR_LINE)
      shown = ''
      stdout.write(withoutCommands(redactResult(text)))
    },
    log(line) {
      stderr.write(`${clearing()}${withoutCommands(redact(line))}\n`)
      shown = ''
    },
    live(line) {
      if (!isTerminal || line === shown) return
      stderr.write(`${clearing()}${redact(line)}`)
      shown = line
    },
    file(path, parts) {
      makeFolder(dirname(path))
      // A device or a pipe is written to, never replaced by a file.
      const isFile = !existsSync(path) || statSync(path).isFile()
      const target = isFile ? `${path}.${process.pid}.part` : path
      try {
        const file = openSync(target, 'w')
        try {
          for (const part of parts) writeSync(file, redactResult(part))
        } finally {
          closeSync(file)
        }
        if (isFile) renameSync(target, path)
      } finally {
        if (isFile) rmSync(target, { force: true })
      }
    },
    checkWritable(path) {
      makeFolder(dirname(path))
      if (existsSync(path) && statSync(path).isDirectory()) throw new Error('it is a folder')
      accessSync(existsSync(path) ? path : dirname(path), constants.W_OK)
    },
    hide(secret) {
      if (secret.length < SHORTEST_SECRET) return
      const base64 = Buffer.from(secret).toString('base64')
      for (const form of [
        secret,
        base64,
        base64.replace(/=+$/, ''),
        encodeURIComponent(secret),
        inJson(secret),
        inJson(inJson(secret)),
        Buffer.from(secret).toString('hex'),
        Buffer.from(`Bearer ${secret}`).toString('base64').replace(/=+$/, ''),
      ]) {
        secrets.add(form)
      }
      // The longest first; a host or a header may come back in another case.
      const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
      pattern = new RegExp(longestFirst.map(literally).join('|'), 'gi')
    },
  }
}

/** One folder after the other: `mkdirSync` with `recursive` never returns where a folder cannot be made. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
}

/** A pattern that matches this text and nothing else. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** In a workflow log a line that begins with `::` is a command to the runner. */
function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ')
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** A server's words are cut to a length: what is left of a secret before the cut goes, too. */
function withoutCutSecrets(text: string, secrets: ReadonlySet<string>): string {
  return text
    .split('…')
    .map((part, i, parts) => (i === parts.length - 1 ? part : withoutBeginning(part, secrets)))
    .join('…')
}

function withoutBeginning(part: string, secrets: ReadonlySet<string>): string {
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= SHORTEST_SECRET; length--) {
      if (part.endsWith(secret.slice(0, length))) return `${part.slice(0, -length)}***`
    }
  }
  return part
}
