import { once } from "node:events";
import { Worker } from "node:worker_threads";
// src/simulator/clock.ts
const MACHINE_CLOCK = {
	now: readMonotonicMs,
	date: () => Date.now(),
	createTimer: createPreciseTimer,
	after(ms, act) {
		const timer = setTimeout(act, ms);
		return () => clearTimeout(timer);
	}
};
function readMonotonicMs() {
	return Number(process.hrtime.bigint()) / 1e6;
}
const WAIT_IN_THREAD = `
const { workerData, parentPort } = require('node:worker_threads')
const round = new Int32Array(workerData.shared, 0, 1)
const due = new Float64Array(workerData.shared, 8, 1)
parentPort.postMessage('ready')
for (;;) {
  const seen = Atomics.load(round, 0)
  if (seen < 0) break
  const left = due[0] - Number(process.hrtime.bigint()) / 1e6
  if (left > 0) {
    Atomics.wait(round, 0, seen, left)
  } else {
    parentPort.postMessage(null)
    Atomics.wait(round, 0, seen)
  }
}`;
async function createPreciseTimer(fire) {
	const shared = new SharedArrayBuffer(16);
	const round = new Int32Array(shared, 0, 1);
	const due = new Float64Array(shared, 8, 1).fill(Infinity);
	const thread = new Worker(WAIT_IN_THREAD, {
		eval: true,
		workerData: { shared }
	});
	await once(thread, "message");
	let current = Infinity;
	let closed = false;
	thread.on("message", () => {
		current = Infinity;
		fire();
	});
	return {
		set(at) {
			const wanted = at ?? Infinity;
			if (closed || wanted === current) return;
			current = wanted;
			due[0] = wanted;
			Atomics.store(round, 0, Atomics.load(round, 0) + 1 & 1073741823);
			Atomics.notify(round, 0);
		},
		async close() {
			closed = true;
			Atomics.store(round, 0, -1);
			Atomics.notify(round, 0);
			await thread.terminate();
		}
	};
}
export { createPreciseTimer as n, readMonotonicMs as r, MACHINE_CLOCK as t };
