import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of a zip for tests. What is not given is as an honest writer would have it. */
export interface ZipEntry {
  readonly name: string
  readonly content: string | Uint8Array
  /** Unix mode with its type, for example `0o120777` of a link. */
  readonly mode?: number
  /** Size that the headers state instead of the true one. */
  readonly declaredSize?: number
  /** General purpose flags, for example 1 for encrypted. */
  readonly flags?: number
  /** 0 stores, 8 deflates. */
  readonly method?: 0 | 8
}

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END = 0x06054b50
const MADE_BY_UNIX = 3 << 8
const REGULAR_FILE = 0o100644

/** A zip file of these entries, in this order; names may repeat and may be anything. */
export function zipOf(entries: readonly ZipEntry[]): Uint8Array {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { local, central } = headersOf(entry, offset)
    locals.push(local)
    centrals.push(central)
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return new Uint8Array(Buffer.concat([...locals, directory, end]))
}

/** The local header with the data, and the header in the central directory. */
function headersOf(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const { mode = REGULAR_FILE, flags = 0, method = 8 } = entry
  const name = Buffer.from(entry.name)
  const content = Buffer.from(entry.content)
  const data = method === 0 ? content : deflateRawSync(content)

  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(flags | 0x800, 2)
  common.writeUInt16LE(method, 4)
  common.writeUInt32LE(crc32(content), 10)
  common.writeUInt32LE(data.length, 14)
  common.writeUInt32LE(entry.declaredSize ?? content.length, 18)
  common.writeUInt16LE(name.length, 22)

  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(mode * 0x10000, 6)
  rest.writeUInt32LE(offset, 10)
  return {
    local: Buffer.concat([uint32(LOCAL_HEADER), common, name, data]),
    central: Buffer.concat([uint32(CENTRAL_HEADER), uint16(MADE_BY_UNIX | 20), common, rest, name]),
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
