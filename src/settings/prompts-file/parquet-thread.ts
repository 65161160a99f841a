/** The thread that reads one Parquet file: the library believes what a broken file says, and may then count or allocate without end. */
import { parentPort, workerData } from 'node:worker_threads'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import type { Compressors, FileMetaData } from 'hyparquet'
import type { ParquetOrder, WantedColumns } from './parquet.ts'
import type { Json } from '../../json.ts'
import { isReadColumn } from './forms.ts'
import type { Item, Items, NoItems } from './items.ts'

/** The most rows that are read, more than any set of prompts has: each is held in memory. */
const MOST_ROWS = 5_000_000

/** The compressions that Node undoes; the reader itself undoes Snappy. */
const COMPRESSORS: Compressors = {
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: length }),
  ZSTD: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: length }),
}

const CONVERT = 'write it as JSON lines (df.to_json("prompts.jsonl", orient="records", lines=True) of pandas)'

/**
 * The rows of a Parquet file as JSON. Columns that no form uses are not read: each appears as `true`, so that it is known to be there.
 */
export async function readRows(bytes: Uint8Array, wanted: WantedColumns): Promise<Items | NoItems> {
  try {
    return await cutIntoRows(bytes, wanted)
  } catch (error) {
    const codec = /unsupported compression codec: (\w+)/.exec(String(error))?.[1]
    if (codec !== undefined)
      return { refusal: `is a Parquet file compressed with ${codec}, which is not read; ${CONVERT}` }
    return { refusal: `is a Parquet file that is broken or cut off; download it again, or ${CONVERT}` }
  }
}

async function cutIntoRows(bytes: Uint8Array, { column, others }: WantedColumns): Promise<Items | NoItems> {
  // A view of a part of a larger buffer would be read as the whole.
  const file = new Uint8Array(bytes).buffer
  const metadata = parquetMetadata(file)
  if (countValues(metadata) > MOST_ROWS) return { refusal: `has more than ${MOST_ROWS} rows; give a part of it` }
  const names = parquetSchema(metadata).children.map(({ element }) => element.name)
  const isOther = (name: string): boolean => name !== column && others.includes(name.toLowerCase())
  const wanted = names.filter((name) => isOther(name) || isReadColumn(name, column))
  const unread = Object.fromEntries(names.filter((name) => !wanted.includes(name)).map((name) => [name, true]))
  const rows =
    wanted.length === 0 ? [{}] : await parquetReadObjects({ file, metadata, columns: wanted, compressors: COMPRESSORS })
  const items = rows.map((row, index): Item => ({
    where: `row ${index + 1}`,
    value: { ...unread, ...renameMembers(toJson(row) as Json, (name) => (isOther(name) ? name.toLowerCase() : name)) },
  }))
  return { container: 'Parquet', items }
}

function renameMembers(json: Json, rename: (name: string) => string): Json {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [rename(name), value]))
}

/** The rows that a file says it has, and, where that is more, those of its groups. */
function countValues({ num_rows: rows, row_groups: groups }: FileMetaData): number {
  return Math.max(
    Number(rows),
    groups.reduce((sum, group) => sum + Number(group.num_rows), 0),
  )
}

/** The value as JSON can hold it: without large integers, dates and bytes; empty members are left out. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return null
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member != null)
  return Object.fromEntries(members.map(([name, member]) => [name, toJson(member)]))
}

async function readOrdered({ bytes, wanted }: ParquetOrder): Promise<void> {
  parentPort!.postMessage(await readRows(bytes, wanted), [])
}

// Nothing is ordered of a thread that only imports this file.
const order = workerData as ParquetOrder | null | undefined
if (order != null) void readOrdered(order)
