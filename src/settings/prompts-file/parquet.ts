import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { locateProgram } from '../../program-path.ts'
import { codeOf } from '../../errors.ts'
import type { Items, NoItems } from './items.ts'

const TOO_MUCH: NoItems = {
  refusal:
    'is a Parquet file that takes more memory or time to read than a whole one can, so that it is broken; download it again, or write it as JSON lines',
}

/** Which columns of a file are read, besides those of the forms of prompts. */
export interface WantedColumns {
  /** The column that holds the prompt; null: the form says. */
  readonly column: string | null
  /** Further columns by their names in lower case, under which the rows have their cells; none for prompts. */
  readonly others: readonly string[]
}

/** What the thread is told to read. */
export interface ParquetOrder {
  readonly bytes: Uint8Array
  readonly wanted: WantedColumns
}

/** How much time and memory reading a file may take. */
interface ReadingBounds {
  readonly heapMb: number
  readonly ms: number
}

/** As much memory as the process itself may take, and many times what a slow machine needs for a file of this size. */
function boundsOf(bytes: Uint8Array): ReadingBounds {
  const mebibyte = 1024 ** 2
  return {
    heapMb: Math.floor(getHeapStatistics().heap_size_limit / mebibyte),
    ms: 20_000 + (bytes.byteLength / mebibyte) * 1000,
  }
}

/**
 * The rows of a Parquet file as JSON, or why there are none. It is read in a thread of its own, which ends when it takes more than a file
 * of its size can need: one wrong byte can let its reader count to 2³¹.
 */
export async function readParquet(
  bytes: Uint8Array,
  wanted: WantedColumns,
  { heapMb, ms }: ReadingBounds = boundsOf(bytes),
): Promise<Items | NoItems> {
  const order: ParquetOrder = { bytes, wanted }
  const thread = new Worker(locateProgram('./parquet-thread.js', import.meta.url), {
    workerData: order,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
    name: 'plateau parquet',
  })
  return await new Promise<Items | NoItems>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const settle = (result: Items | NoItems): void => {
      clearTimeout(timer)
      resolve(result)
    }
    thread
      // What a busy machine needs to start a thread is not the file's fault.
      .once('online', () => {
        timer = setTimeout(() => {
          resolve(TOO_MUCH)
          void thread.terminate()
        }, ms)
      })
      .once('message', settle)
      .once('error', (error) => {
        if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY') return settle(TOO_MUCH)
        clearTimeout(timer)
        // This is not the file's fault.
        reject(error)
      })
      .once('exit', () => settle(TOO_MUCH))
  })
}
