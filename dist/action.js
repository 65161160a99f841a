import { m as setOutput } from "./vendor-github.js";
import { d as uploadToRun, n as endWith, r as runAction, t as createActionLog, y as summaryIn } from "./github.js";
import { Nt as interruptSignal, l as readTextFile, u as measure } from "./plateau.js";
// src/action.ts
function startAction({ system, githubPauseMs = 1e3 }) {
	const { env } = process;
	const log = createActionLog();
	endWith(runAction({
		env,
		measure: (settings, hooks) => measure(settings, hooks, system(env)),
		log,
		signal: interruptSignal(),
		readFile: readTextFile,
		wallClock: () => /* @__PURE__ */ new Date(),
		summary: summaryIn(env["GITHUB_STEP_SUMMARY"]),
		setOutput,
		upload: uploadToRun,
		githubPauseMs
	}), log);
}
export { startAction };
