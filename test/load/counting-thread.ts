/** A thread that counts in cells which it shares with others, from the moment on at which the gate opens. */
import { parentPort, workerData } from 'node:worker_threads'
import { defineCells } from '../../src/load/runtime.ts'

const { memory, gate, counts } = workerData as {
  readonly memory: SharedArrayBuffer
  readonly gate: SharedArrayBuffer
  readonly counts: number
}
const { values, hold } = defineCells({ one: 0, other: 0 })(memory)
parentPort!.postMessage('ready', [])
Atomics.wait(new Int32Array(gate), 0, 0)
for (let i = 0; i < counts; i++) hold(() => (values.other = ++values.one))
