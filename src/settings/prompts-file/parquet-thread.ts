/** The thread that reads one Parquet file: the library believes what a broken file says, and may then count or allocate without end. */
import { parentPort, workerData } from 'node:worker_threads'
import { readRows } from './parquet-rows.ts'
import type { ParquetOrder } from './parquet.ts'

async function readOrdered({ bytes, wanted }: ParquetOrder): Promise<void> {
  parentPort!.postMessage(await readRows(bytes, wanted), [])
}

void readOrdered(workerData as ParquetOrder)
