import { S as listBuffers, _t as followClock, di as toTrouble, ht as createHealthProbe, mt as createGarbageCollector, r as Share, t as followOrder } from "./measuring.js";
import { parentPort, workerData } from "node:worker_threads";
// src/load/threads/load-thread.ts
const mainThread = parentPort;
const clock = followClock(workerData.origin);
const collectGarbage = createGarbageCollector();
const questions = /* @__PURE__ */ new Map();
let asked = 0;
let current = null;
mainThread.on("message", (word) => {
	if (word.kind === "share") carryShare(word.order);
	else if (word.kind === "answer") {
		questions.get(word.number)?.(word.answer);
		questions.delete(word.number);
	} else current?.hear(word);
});
async function carryShare(order) {
	const { level, ports } = followOrder(order, clock, askMain);
	const stopping = new AbortController();
	const health = createHealthProbe(clock.now);
	const share = new Share(level, order.workers, {
		...ports,
		health,
		collectGarbage
	}, {
		stopping: stopping.signal,
		onOpened: () => tellMain({ kind: "opened" }),
		onOver: () => tellMain({ kind: "over" }),
		onStopped() {
			stopping.abort();
			tellMain({ kind: "stopped" });
		}
	}, order.arrivals);
	await new Promise((begin) => {
		const hear = (word) => {
			if (word.kind === "opened" || word.kind === "begin" && word.isOpen) share.noteOpened();
			if (word.kind === "stop") stopping.abort();
			if (word.kind === "begin" || word.kind === "stop") begin();
		};
		current = { hear };
		tellMain({ kind: "ready" });
	});
	const facts = await share.run();
	current = null;
	await ports.transport.close();
	const { records, interChunk } = facts.tally;
	const memories = [...listBuffers(records), interChunk.buckets.buffer];
	tellMain({
		kind: "ended",
		facts: {
			...facts,
			fatal: facts.fatal && toTrouble(facts.fatal)
		}
	}, memories);
}
async function askMain(question) {
	const number = ++asked;
	return new Promise((resolve) => {
		questions.set(number, resolve);
		tellMain({
			kind: "ask",
			number,
			question
		});
	});
}
function tellMain(news, memories = []) {
	mainThread.postMessage(news, memories);
}
export {};
