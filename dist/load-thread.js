import { Ei as toTrouble, F as createGarbageCollector, I as createHealthProbe, R as drawNonce, Rt as findApi, T as openTransport, V as followClock, mt as createLevelWorkload, n as createLentAuthorizer, x as createLastingAuthorizer } from "./measuring.js";
import { a as createBoard, h as listBuffers, n as createBudget, t as Share } from "./level.js";
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
	const { level, ports } = followOrder(order);
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
function followOrder({ endpoint, acceptedUntil, workload, spec, board, budget, sweepStartAt, target }) {
	return {
		level: {
			spec,
			board: createBoard(spec, board),
			budget: createBudget(budget.limits, clock, budget.memory),
			sweepStartAt,
			target
		},
		ports: {
			transport: openOrdered(endpoint, acceptedUntil),
			clock,
			workload: createLevelWorkload({
				...workload,
				nonce: drawNonce
			}, spec)
		}
	};
}
function openOrdered({ api, dialect, url, settings, proof }, acceptedUntil) {
	const time = {
		clock,
		wallClock: () => /* @__PURE__ */ new Date()
	};
	const auth = "staleAt" in proof ? createLentAuthorizer(proof, askMain, time, acceptedUntil) : createLastingAuthorizer({
		...proof,
		endpoint: new URL(proof.endpoint),
		tokenUrl: readUrl(proof.tokenUrl)
	}, time, acceptedUntil);
	return openTransport({
		...settings,
		proxy: readUrl(settings.proxy)
	}, {
		api: findApi(api),
		dialect,
		url: new URL(url),
		auth
	}, time);
}
function readUrl(href) {
	return href === null ? null : new URL(href);
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
