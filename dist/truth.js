import { n as createPreciseTimer, r as readMonotonicMs } from "./clock.js";
import { createServer } from "node:net";
// src/simulator/truth.ts
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const NOT_FOUND = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
const TOKEN = chunkOf("\"choices\":[{\"index\":0,\"delta\":{\"content\":\" true\"},\"logprobs\":null,\"finish_reason\":null}]");
const FIRST = Buffer.concat([Buffer.from(HEAD), TOKEN]);
const WRITES_AT_ONCE = 16;
var Queue = class {
	#streams = [];
	#head = 0;
	get first() {
		return this.#streams[this.#head];
	}
	add(stream) {
		const streams = this.#streams;
		let at = streams.length;
		streams.push(stream);
		for (; at > this.#head && streams[at - 1].dueAtMs > stream.dueAtMs; at--) streams[at] = streams[at - 1];
		streams[at] = stream;
	}
	take() {
		if (++this.#head < 4096) return;
		this.#streams = this.#streams.slice(this.#head);
		this.#head = 0;
	}
};
let phase = 0;
let answers = [];
const beginning = new Queue();
const going = new Queue();
let timer = null;
let rest;
process.on("message", () => {
	sendNews({
		kind: "answers",
		answers
	});
	answers = [];
});
process.on("disconnect", () => process.exit());
if (process.connected) listenForStreams();
else process.exit();
async function listenForStreams() {
	timer = await createPreciseTimer(sendDue);
	const server = createServer({ noDelay: true }, (socket) => {
		let asked = "";
		socket.setEncoding("latin1").on("data", (text) => {
			const receivedAtMs = readMonotonicMs();
			asked += text;
			const request = readRequest(asked);
			if (request === null) return;
			asked = "";
			if (request === "unknown") socket.write(NOT_FOUND);
			else beginStream(socket, request, receivedAtMs);
		});
		socket.on("error", () => {});
	});
	server.on("error", ({ message }) => sendNews({
		kind: "failed",
		how: `cannot listen on 127.0.0.1: ${message}`
	}));
	server.listen({
		port: 0,
		host: "127.0.0.1",
		backlog: 4096
	}, () => {
		sendNews({
			kind: "listening",
			port: server.address().port
		});
	});
}
function readRequest(text) {
	const headEnd = text.indexOf("\r\n\r\n");
	if (headEnd === -1) return null;
	const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
	if (text.length < headEnd + 4 + length) return null;
	const [, beat, ttft, interval] = /^POST \/(step|free)\/([\d.]+)\/([\d.]+)/.exec(text) ?? [];
	if (beat === void 0) return "unknown";
	return {
		requestId: /^x-request-id: (\S+)/im.exec(text)?.[1] ?? "",
		outputTokens: Number(/"max_(?:completion_)?tokens":\s*(\d+)/.exec(text)?.[1] ?? 1),
		inStep: beat === "step",
		ttftMs: Number(ttft),
		intervalMs: Number(interval)
	};
}
function beginStream(socket, request, receivedAtMs) {
	const { requestId, outputTokens, inStep, ttftMs, intervalMs } = request;
	const from = receivedAtMs + ttftMs;
	const dueAtMs = inStep ? Math.ceil(from / intervalMs) * intervalMs : from + takePhase() * intervalMs;
	beginning.add({
		socket,
		requestId,
		receivedAtMs,
		outputTokens,
		intervalMs,
		firstTokenAtMs: 0,
		written: 0,
		dueAtMs
	});
	awaitNext();
}
function takePhase() {
	phase = (phase + (Math.sqrt(5) - 1) / 2) % 1;
	return phase;
}
function sendDue() {
	clearImmediate(rest);
	const now = readMonotonicMs();
	let left = WRITES_AT_ONCE;
	for (;;) {
		const queue = findNext();
		const stream = queue.first;
		if (stream === void 0 || stream.dueAtMs > now) break;
		if (left-- === 0) {
			rest = setImmediate(sendDue);
			return;
		}
		queue.take();
		if (stream.socket.destroyed) continue;
		writeToken(stream);
		if (stream.written === stream.outputTokens) continue;
		stream.dueAtMs = Math.max(stream.dueAtMs + stream.intervalMs, now + .001);
		going.add(stream);
	}
	awaitNext();
}
function writeToken(stream) {
	const { socket, requestId, receivedAtMs, outputTokens } = stream;
	const isLast = ++stream.written === outputTokens;
	const token = stream.written === 1 ? FIRST : TOKEN;
	const bytes = isLast ? Buffer.concat([token, endOf(outputTokens)]) : token;
	const atMs = readMonotonicMs();
	socket.write(bytes);
	if (stream.written === 1) stream.firstTokenAtMs = atMs;
	if (!isLast) return;
	answers.push({
		requestId,
		receivedAtMs,
		outputTokens,
		firstTokenAtMs: stream.firstTokenAtMs,
		lastTokenAtMs: atMs
	});
}
function findNext() {
	return (beginning.first?.dueAtMs ?? Infinity) < (going.first?.dueAtMs ?? Infinity) ? beginning : going;
}
function awaitNext() {
	timer.set(findNext().first?.dueAtMs ?? null);
}
function endOf(outputTokens) {
	const usage = {
		prompt_tokens: 1,
		completion_tokens: outputTokens,
		total_tokens: 1 + outputTokens
	};
	return Buffer.concat([
		chunkOf("\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}]"),
		chunkOf(`"choices":[],"usage":${JSON.stringify(usage)}`),
		Buffer.from("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
	]);
}
function chunkOf(members) {
	const event = `data: {"id":"chatcmpl-truth","object":"chat.completion.chunk","created":1700000000,"model":"truth",${members}}\n\n`;
	return Buffer.from(`${event.length.toString(16)}\r\n${event}\r\n`);
}
function sendNews(news) {
	process.send?.(news);
}
export {};
