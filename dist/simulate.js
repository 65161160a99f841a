import { a as getState, c as setFailed, l as setOutput, s as saveState } from "./vendor-github.js";
import { _ as createInterruptSignal, dt as resolveFlags } from "./plateau.js";
import { Ci as codeOf, wi as messageOf } from "./measuring.js";
import { D as inputOf } from "./github.js";
import { s as spawn } from "./builtins.js";
import { it as SIMULATOR_SETTINGS, rt as serveSimulated } from "./late.js";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
// src/github/simulated-endpoint.ts
const SERVER_MARK = "PLATEAU_SIMULATED_SERVER";
const START_TIMEOUT_MS = 15e3;
const LOOK_EVERY_MS = 50;
function readSimulatorFlags(options, port) {
	const words = [...options.matchAll(/[^\s"']*"[^"]*"|[^\s"']*'[^']*'|\S+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
	return words.some((word) => /^--port(=|$)/.test(word)) ? words : [
		...words,
		"--port",
		port === "" ? "0" : port
	];
}
async function startDetached(file, flags, env) {
	const path = join(mkdtempSync(join(env["RUNNER_TEMP"] || tmpdir(), "plateau-simulate-")), "log.txt");
	const log = openSync(path, "w");
	const server = spawn(process.execPath, [file, ...flags], {
		detached: true,
		windowsHide: true,
		stdio: [
			"ignore",
			log,
			log
		],
		env: {
			...env,
			[SERVER_MARK]: "1"
		}
	});
	closeSync(log);
	let failure = null;
	server.on("error", (error) => failure = error.message);
	server.on("exit", (code) => failure = `it ended with ${code}`);
	for (let waited = 0; waited < START_TIMEOUT_MS && failure === null; waited += LOOK_EVERY_MS) {
		const url = /http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(path, "utf8"))?.[0];
		if (url !== void 0 && server.pid !== void 0) {
			server.unref();
			return {
				pid: server.pid,
				url
			};
		}
		await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
	}
	server.kill();
	const said = readFileSync(path, "utf8").trim();
	throw new Error(`the simulated endpoint did not start (${failure ?? "it does not listen"}): ${said}`);
}
function stopProcess(pid) {
	try {
		process.kill(pid);
	} catch (error) {
		if (codeOf(error) !== "ESRCH") throw error;
	}
}
// src/simulate-action.ts
const PID = "pid";
async function main() {
	const { argv, env } = process;
	if (env["PLATEAU_SIMULATED_SERVER"] !== void 0) {
		const writeOut = (text) => void process.stdout.write(text);
		await serveSimulated(argv.slice(2), {
			env: {},
			out: writeOut,
			signal: createInterruptSignal()
		});
	} else if (getState(PID) !== "") stopProcess(Number(getState(PID)));
	else {
		const flags = readSimulatorFlags(inputOf(env, "options"), inputOf(env, "port"));
		resolveFlags(SIMULATOR_SETTINGS, flags);
		const { pid, url } = await startDetached(argv[1], flags, env);
		saveState(PID, pid);
		setOutput("url", url);
		process.stdout.write(`simulated endpoint on ${url}\n`);
	}
}
main().catch((error) => setFailed(messageOf(error)));
export {};
