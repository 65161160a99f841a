import { h as setOutput } from "./vendor-github.js";
import { b as openSummary, f as uploadToRun, n as setExitCode, r as runAction, t as createActionLog } from "./github.js";
import { Gt as readBytesFile, H as createInterruptSignal, Kt as readTextFile, d as measure } from "./plateau.js";
// src/action.ts
function startAction({ system, githubPauseMs = 1e3 }) {
	const { env } = process;
	const log = createActionLog();
	setExitCode(runAction({
		env,
		measure: (settings, hooks) => measure(settings, hooks, system(env)),
		log,
		signal: createInterruptSignal(),
		readFile: readTextFile,
		readBytes: readBytesFile,
		wallClock: () => /* @__PURE__ */ new Date(),
		summary: openSummary(env["GITHUB_STEP_SUMMARY"]),
		setOutput,
		upload: uploadToRun,
		githubPauseMs
	}), log);
}
export { startAction };
