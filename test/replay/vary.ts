import type { Random } from '../../src/random.ts'
import type { StreamFraming } from './recorded.ts'

/** The same events in other bytes that mean the same: line ends, comments, fields nobody needs, spaces, a BOM. */
export function varied(body: Buffer, framing: StreamFraming, random: Random): Buffer {
  if (framing === 'eventstream') return body
  // Bytes stay bytes: latin1 knows them all.
  const text = body.toString('latin1').replaceAll('\r\n', '\n')
  const varied = framing === 'sse' ? variedEvents(text, random) : variedLines(text, random)
  const bom = random() < 0.3 ? '\u00ef\u00bb\u00bf' : ''
  return Buffer.from(bom + varied, 'latin1')
}

/** The body with each of the line ends that its framing allows. */
export function lineEndForms(body: Buffer, framing: StreamFraming): Buffer[] {
  if (framing === 'eventstream') return [body]
  const text = body.toString('latin1').replaceAll('\r\n', '\n')
  const ends = framing === 'sse' ? ['\n', '\r\n', '\r'] : ['\n', '\r\n']
  return ends.map((end) => Buffer.from(text.replaceAll('\n', end), 'latin1'))
}

function variedEvents(text: string, random: Random): string {
  const blocks = text.match(/[^]*?\n\n|[^]+$/g) ?? []
  return blocks.map((block) => variedEvent(block, random)).join('')
}

function variedEvent(block: string, random: Random): string {
  let event = block
  if (random() < 0.3) event = event.replaceAll(/^data: /gm, 'data:')
  if (random() < 0.2) event = `id: 7\nretry: 1000\n${event}`
  if (random() < 0.3) event = `: keep-alive\n\n${event}`
  const style = random()
  if (style < 0.3) return event.replaceAll('\n', '\r\n')
  return style < 0.5 ? event.replaceAll('\n', '\r') : event
}

/** CR is white space to JSON, and so is a blank line to a reader of lines. */
function variedLines(text: string, random: Random): string {
  return text.replaceAll('\n', () => (random() < 0.3 ? '\r\n' : '\n') + (random() < 0.2 ? '\n' : ''))
}
