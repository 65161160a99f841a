import { m as setOutput } from "./vendor-github.js";
import { _ as uploadToRun, i as runAction, n as openSummary, r as setExitCode, t as createActionLog } from "./github.js";
import { St as readTextFile, _ as createInterruptSignal, j as measure, xt as readBytesFile } from "./plateau.js";
import { _t as measureForFirst, gt as measureAsFirst } from "./late.js";
// src/action.ts
function startAction({ system, githubPauseMs = 1e3 }) {
	const { env } = process;
	const log = createActionLog();
	setExitCode(runAction({
		env,
		measure: (settings, { sharing, ...hooks }) => settings.shard === null || sharing === null ? measure(settings, hooks, system(env)) : measureAsFirst(settings, settings.shard, {
			...hooks,
			commit: sharing.commit
		}, sharing, system(env)),
		measureForFirst: (...given) => measureForFirst(...given, system(env)),
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
