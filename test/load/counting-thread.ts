/** A thread that counts in cells which it shares with others. */
import { workerData } from 'node:worker_threads'
import { shareCells } from '../../src/load/shared-cells.ts'

const { memory, counts } = workerData as { readonly memory: SharedArrayBuffer; readonly counts: number }
const { values, hold } = shareCells({ one: 0, other: 0 }, memory)
for (let i = 0; i < counts; i++) hold(() => (values.other = ++values.one))
