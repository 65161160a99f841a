import { d as uploadToRun, n as startStep, t as runAction } from "./github.js";
import { D as measure, nt as readBytesFile } from "./plateau.js";
import { dt as measureAsFirst, ft as measureForFirst } from "./late.js";
// src/action.ts
function startAction({ system, githubPauseMs }) {
	startStep(async (ports) => runAction({
		...ports,
		measure: async (settings, { sharing, ...hooks }) => settings.shard === null || sharing === null ? measure(settings, hooks, system(ports.env)) : measureAsFirst(settings, settings.shard, {
			...hooks,
			commit: sharing.commit
		}, sharing, system(ports.env)),
		measureForFirst: async (...given) => measureForFirst(...given, system(ports.env)),
		readBytes: readBytesFile,
		upload: uploadToRun
	}), githubPauseMs);
}
export { startAction };
