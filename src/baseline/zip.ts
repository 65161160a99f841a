import { Inflate } from 'fflate'
import { escapeForTerminal } from '../text.ts'

/** Why a zip is not opened. The message continues a sentence that begins with "it". */
export class ZipRefusal extends Error {
  override readonly name = 'ZipRefusal'
}

/** How large an entry may be. */
interface ZipBounds {
  readonly inflatedBytes: number
  /** Largest ratio of inflated to compressed bytes. */
  readonly ratio: number
}

/** One entry of the central directory. */
interface ZipEntry {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly compressedBytes: number
  readonly inflatedBytes: number
  /** Unix type and permissions; 0 when the zip was not made on Unix. */
  readonly mode: number
  readonly offset: number
}

/** Format: APPNOTE.TXT of PKWARE, 4.3. */
const END = 0x06054b50
const END_BYTES = 22
const CENTRAL = 0x02014b50
const CENTRAL_BYTES = 46
const LOCAL = 0x04034b50
const LOCAL_BYTES = 30
const LONGEST_COMMENT = 0xffff
const ENCRYPTED = 1
const UNIX = 3
const FILE_TYPE = 0o170000
const LINK = 0o120000
const DIRECTORY = 0o040000
const STORED = 0
const DEFLATED = 8
/** More entries than this are not even listed. */
const MOST_ENTRIES = 100
/** Compressed bytes that are inflated at a time; they can give at most 4 MiB before those are counted. */
const SLICE = 4096

/**
 * The content of the only entry of a zip, in memory. Refuses a zip that is not exactly one plain file of this name,
 * and an entry that is or claims to be larger than the bounds.
 *
 * @throws ZipRefusal
 */
export function openOnlyEntry(zip: Uint8Array, name: string, bounds: ZipBounds): Uint8Array {
  const view = viewOf(zip)
  const entries = safeEntriesOf(zip, view)
  const [entry] = entries
  if (entry === undefined || entries.length > 1 || entry.name !== name) {
    const names = entries.map((entry) => entry.name)
    throw new ZipRefusal(`holds ${entries.length === 0 ? 'nothing' : listNames(names)} and not only ${name}`)
  }
  return unpackContent(zip, view, entry, bounds)
}

/**
 * The content of one entry among others, in memory; null when there is none of this name. Refuses a zip with any
 * unsafe entry, and an entry that is or claims to be larger than the bounds.
 *
 * @throws ZipRefusal
 */
export function openEntry(zip: Uint8Array, name: string, bounds: ZipBounds): Uint8Array | null {
  const view = viewOf(zip)
  const entry = safeEntriesOf(zip, view).find((entry) => entry.name === name)
  return entry === undefined ? null : unpackContent(zip, view, entry, bounds)
}

function viewOf(zip: Uint8Array): DataView {
  return new DataView(zip.buffer, zip.byteOffset, zip.byteLength)
}

function safeEntriesOf(zip: Uint8Array, view: DataView): ZipEntry[] {
  const entries = entriesOf(zip, view)
  for (const entry of entries) refuseUnsafe(entry)
  const names = entries.map((entry) => entry.name)
  if (new Set(names).size < names.length) throw new ZipRefusal(`has two entries of one name (${listNames(names)})`)
  return entries
}

function entriesOf(zip: Uint8Array, view: DataView): ZipEntry[] {
  const end = findEnd(view)
  if (end === null) throw new ZipRefusal('is not a zip')
  const count = view.getUint16(end + 10, true)
  const start = view.getUint32(end + 16, true)
  if (view.getUint16(end + 8, true) !== count || start + view.getUint32(end + 12, true) !== end) {
    throw new ZipRefusal('has a directory that does not fit (several disks, zip64 or a broken zip)')
  }
  if (count > MOST_ENTRIES) throw new ZipRefusal(`has ${count} entries`)
  const entries: ZipEntry[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) throw new ZipRefusal('has a broken directory')
    const nameBytes = view.getUint16(at + 28, true)
    const next = at + CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (next > end) throw new ZipRefusal('has a broken directory')
    entries.push({
      name: textOf(zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      compressedBytes: view.getUint32(at + 20, true),
      inflatedBytes: view.getUint32(at + 24, true),
      mode: view.getUint8(at + 5) === UNIX ? view.getUint16(at + 40, true) : 0,
      offset: view.getUint32(at + 42, true),
    })
    at = next
  }
  if (at !== end) throw new ZipRefusal('has a broken directory')
  return entries
}

/** Where the end record starts. It is the last thing in the file and may end with a comment. */
function findEnd(view: DataView): number | null {
  const last = view.byteLength - END_BYTES
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
      return at
  }
  return null
}

function refuseUnsafe({ name, mode, flags }: ZipEntry): void {
  const shown = escapeForTerminal(name)
  if (/^[/\\]|^[a-z]:/i.test(name)) throw new ZipRefusal(`has an entry with an absolute path (${shown})`)
  if (name.split(/[/\\]/).includes('..')) throw new ZipRefusal(`has an entry with ".." in its path (${shown})`)
  if ((mode & FILE_TYPE) === LINK) throw new ZipRefusal(`has an entry that is a link (${shown})`)
  if ((mode & FILE_TYPE) === DIRECTORY || name.endsWith('/')) throw new ZipRefusal(`has a directory (${shown})`)
  if ((flags & ENCRYPTED) !== 0) throw new ZipRefusal(`has an encrypted entry (${shown})`)
}

function unpackContent(zip: Uint8Array, view: DataView, entry: ZipEntry, bounds: ZipBounds): Uint8Array {
  const { offset, compressedBytes, inflatedBytes } = entry
  if (inflatedBytes > bounds.inflatedBytes || inflatedBytes > bounds.ratio * compressedBytes) {
    throw new ZipRefusal(`claims to inflate from ${compressedBytes} to ${inflatedBytes} bytes, which is too much`)
  }
  if (offset + LOCAL_BYTES > zip.length || view.getUint32(offset, true) !== LOCAL) {
    throw new ZipRefusal('has an entry that is not where its directory says')
  }
  const nameBytes = view.getUint16(offset + 26, true)
  const start = offset + LOCAL_BYTES + nameBytes + view.getUint16(offset + 28, true)
  const localName = textOf(zip.subarray(offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameBytes))
  if (localName !== entry.name || start + compressedBytes > zip.length) {
    throw new ZipRefusal('has an entry that is not what its directory says')
  }
  const data = zip.subarray(start, start + compressedBytes)
  const content = entry.method === STORED ? data : inflateEntry(data, entry)
  if (content.length !== inflatedBytes) throw new ZipRefusal(`is ${content.length} bytes and claims ${inflatedBytes}`)
  return content
}

/** Inflates a slice at a time and stops as soon as more comes out than was claimed. */
function inflateEntry(data: Uint8Array, { method, inflatedBytes }: ZipEntry): Uint8Array {
  if (method !== DEFLATED) throw new ZipRefusal(`is compressed by method ${method}`)
  const content = new Uint8Array(inflatedBytes)
  let length = 0
  const inflate = new Inflate((chunk) => {
    if (length + chunk.length > inflatedBytes)
      throw new ZipRefusal(`inflates to more than the ${inflatedBytes} bytes it claims`)
    content.set(chunk, length)
    length += chunk.length
  })
  try {
    for (let at = 0; at < data.length; at += SLICE) {
      inflate.push(data.subarray(at, at + SLICE), at + SLICE >= data.length)
    }
  } catch (error) {
    if (error instanceof ZipRefusal) throw error
    throw new ZipRefusal('cannot be inflated', { cause: error })
  }
  return content.subarray(0, length)
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function listNames(names: readonly string[]): string {
  return escapeForTerminal(names.join(', '))
}
