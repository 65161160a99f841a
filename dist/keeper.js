import { a as execFileSync, s as spawn } from "./builtins.js";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
// src/serving/family.ts
const MARK_VARIABLE = "PLATEAU_SERVER";
function createFamilyFinder({ leader, mark }, listProcesses = listProcessesHere, hasMark = hasMarkHere) {
	const known = /* @__PURE__ */ new Map();
	return () => {
		const all = listProcesses().filter(({ pid }) => pid !== process.pid);
		const found = /* @__PURE__ */ new Set();
		const take = (each) => {
			if (found.has(each)) return;
			found.add(each);
			known.set(each.pid, each.born);
			for (const child of all) if (child.parent === each.pid) take(child);
		};
		for (const each of all) if (each.group === leader || each.session === leader || known.get(each.pid) === each.born || hasMark(each.pid, mark)) take(each);
		return [...found].map(({ pid }) => pid);
	};
}
const LOOK_MS = 50;
async function endFamily(find, { graceMs, killMs }) {
	const from = performance.now();
	const asked = /* @__PURE__ */ new Set();
	for (;;) {
		const left = find();
		const passed = performance.now() - from;
		if (left.length === 0 || passed > graceMs + killMs) return left;
		for (const pid of left) {
			if (passed > graceMs) sendSignal(pid, "SIGKILL");
			else if (!asked.has(pid)) sendSignal(pid, "SIGTERM");
			asked.add(pid);
		}
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
	}
}
function sendSignal(pid, signal) {
	try {
		process.kill(pid, signal);
	} catch {}
}
function listProcessesHere() {
	return process.platform === "linux" ? listFromProc() : listFromPs();
}
const ENDED = /^[ZX]/;
function listFromProc() {
	return readdirSync("/proc").flatMap((name) => {
		const text = /^\d+$/.test(name) ? readOrNull(`/proc/${name}/stat`) : null;
		if (text === null) return [];
		const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
		const [state = "", parent, group, session] = fields;
		if (ENDED.test(state)) return [];
		return [{
			pid: Number(name),
			parent: Number(parent),
			group: Number(group),
			session: Number(session),
			born: fields[19]
		}];
	});
}
function listFromPs() {
	return execFileSync("ps", [
		"-A",
		"-o",
		"pid=,ppid=,pgid=,stat=,lstart="
	], { encoding: "utf8" }).split("\n").flatMap((line) => {
		const [pid, parent, group, state = "", ...born] = line.trim().split(/\s+/);
		if (pid === void 0 || pid === "" || ENDED.test(state)) return [];
		return [{
			pid: Number(pid),
			parent: Number(parent),
			group: Number(group),
			session: 0,
			born: born.join(" ")
		}];
	});
}
function hasMarkHere(pid, mark) {
	if (process.platform !== "linux") return false;
	return readOrNull(`/proc/${pid}/environ`)?.split("\0").includes(`${MARK_VARIABLE}=${mark}`) === true;
}
function readOrNull(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return null;
	}
}
// src/serving/keeper.ts
for (const signal of [
	"SIGINT",
	"SIGTERM",
	"SIGHUP"
]) process.on(signal, () => {});
let endServer = async () => [];
process.on("message", (order) => {
	if (order.kind === "start") startServer(order);
	else if (order.kind === "release") process.exit();
	else endServer().then((left) => tellParent({
		kind: "gone",
		left
	}, () => process.exit()));
});
process.on("disconnect", () => void endServer().finally(() => process.exit()));
function startServer({ command, log, mark, bounds }) {
	const output = openSync(log, "a", 384);
	const server = spawn(command, {
		shell: true,
		detached: true,
		stdio: [
			"ignore",
			output,
			output
		],
		env: {
			...process.env,
			[MARK_VARIABLE]: mark
		}
	});
	closeSync(output);
	server.on("error", ({ message }) => tellParent({
		kind: "ended",
		how: `could not be started: ${message}`
	}));
	server.on("exit", (code, signal) => {
		tellParent({
			kind: "ended",
			how: signal === null ? `ended with code ${code}` : `was ended by ${signal}`
		});
	});
	if (server.pid === void 0) return;
	const find = createFamilyFinder({
		leader: server.pid,
		mark
	});
	let ending = null;
	endServer = async () => ending ??= endFamily(find, bounds);
	tellParent({
		kind: "started",
		pid: server.pid
	});
}
function tellParent(news, then = () => {}) {
	if (process.connected) process.send(news, then);
	else then();
}
export {};
