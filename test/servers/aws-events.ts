import { crc32 } from 'node:zlib'

/** Two lengths and their checksum; and the checksum of all. */
const PRELUDE_BYTES = 12
const CRC_BYTES = 4
/** The type of a header whose value is text. */
const STRING = 7

/** One event, or one exception, with a JSON payload, as servers send it. */
export function encodeAwsEvent(name: string, json: unknown, kind: 'event' | 'exception' = 'event'): Buffer {
  const headers = Buffer.concat([
    stringHeader(`:${kind}-type`, name),
    stringHeader(':content-type', 'application/json'),
    stringHeader(':message-type', kind),
  ])
  const payload = Buffer.from(JSON.stringify(json))
  const message = Buffer.alloc(PRELUDE_BYTES + headers.length + payload.length + CRC_BYTES)
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(headers.length, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  message.set(headers, PRELUDE_BYTES)
  message.set(payload, PRELUDE_BYTES + headers.length)
  message.writeUInt32BE(crc32(message.subarray(0, -CRC_BYTES)), message.length - CRC_BYTES)
  return message
}

function stringHeader(name: string, value: string): Uint8Array {
  const text = Buffer.from(value)
  return Buffer.from([name.length, ...Buffer.from(name), STRING, text.length >> 8, text.length & 0xff, ...text])
}
