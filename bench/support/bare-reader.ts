import { connect } from 'node:net'
import type { ReadingResult, ReadingTask, TimedAnswer } from './reading.ts'

/** Lines of a token's chunk in the answers of the truth server, and of all that is not a token. */
const LINES = { token: 4, rest: 18 }
const NEWLINE = 10

/**
 * A reader that does no more than it must: it stamps each read and counts newlines, in one buffer that all sockets share, or in what Node
 * gives it of each read.
 */
export async function readBarely(
  { url: address, streams, outputTokens, answerMs, windowMs }: ReadingTask,
  { sharesBuffer }: { readonly sharesBuffer: boolean },
): Promise<ReadingResult> {
  const url = new URL(address)
  const answers: TimedAnswer[] = []
  const buffer = Buffer.allocUnsafeSlow(65_536)
  const begunAt = performance.now()
  // One answer is the warm-up, as in a level.
  const [openAt, endAt] = [begunAt + 1.5 * answerMs, begunAt + 1.5 * answerMs + windowMs]
  let lines = 0
  let [linesAtOpen, linesAtEnd] = [0, 0]
  let countedOpen = 0
  const ended = Promise.withResolvers<void>()
  let spent = 0
  setTimeout(() => {
    linesAtOpen = lines
    const before = process.cpuUsage()
    setTimeout(() => {
      linesAtEnd = lines
      const { user, system } = process.cpuUsage(before)
      spent = user + system
    }, endAt - performance.now())
  }, openAt - performance.now())

  const sockets = Array.from({ length: streams }, (_, worker) => {
    let sent = 0
    let requestId = ''
    let t0 = 0
    let firstAt = 0
    let mine = 0
    let wanted = 0
    const ask = (tokens: number): void => {
      const body = JSON.stringify({
        model: 'truth',
        messages: [{ role: 'user', content: 'word '.repeat(30) }],
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: tokens,
      })
      requestId = `${worker}-${sent++}`
      mine = 0
      wanted = LINES.token * tokens + LINES.rest
      t0 = performance.now()
      if (t0 >= openAt && t0 < endAt) countedOpen++
      socket.write(
        `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nx-request-id: ${requestId}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    }
    const onRead = (buffer: Buffer, length: number): void => {
      const at = performance.now()
      if (mine === 0) firstAt = at
      let count = 0
      for (let i = buffer.indexOf(NEWLINE); i !== -1 && i < length; i = buffer.indexOf(NEWLINE, i + 1)) count++
      mine += count
      lines += count
      if (mine < wanted) return
      if (t0 >= openAt && t0 < endAt) {
        const tokens = (mine - LINES.rest) / LINES.token
        answers.push({
          phase: 'counted',
          outcome: 'ok',
          requestId,
          ttftMs: firstAt - t0,
          lastTokenMs: at - t0,
          outputTokens: tokens,
        })
        countedOpen--
      }
      if (at >= endAt && countedOpen === 0) ended.resolve()
      else setImmediate(() => ask(outputTokens))
    }
    const share = (worker + 0.5) / streams
    const onread = {
      buffer,
      callback(length: number) {
        onRead(buffer, length)
        return true
      },
    }
    const socket = connect(
      {
        port: Number(url.port),
        host: url.hostname,
        noDelay: true,
        ...(sharesBuffer && { onread }),
      },
      () => ask(Math.ceil(outputTokens * share)),
    )
    if (!sharesBuffer) socket.on('data', (chunk) => onRead(chunk, chunk.length))
    return socket
  })
  await ended.promise
  for (const socket of sockets) socket.destroy()
  return {
    answers,
    failed: 0,
    tokens: ((linesAtEnd - linesAtOpen) / (LINES.token * outputTokens + LINES.rest)) * outputTokens,
    seconds: windowMs / 1000,
    cpuMicroseconds: spent,
  }
}
