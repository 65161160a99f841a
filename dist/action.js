import { m as setOutput } from "./vendor-github.js";
import { Lt as runGate, _n as renderDryRun, d as readTextFile, f as nonce, gn as planLine, hn as interruptSignal, in as conclude, jn as plain, l as skippedVerdict, rn as applyAcceptances, u as entriesOf, vn as renderProgress, zn as hideSecrets } from "./plateau.js";
import { d as uploadToRun, i as runAction, n as createActionLog, r as endWith, t as summaryIn } from "./github.js";
// src/action.ts
function startAction({ system, githubPauseMs = 1e3 }) {
	const { env } = process;
	const log = createActionLog();
	endWith(runAction({
		env,
		core: coreOn(() => system(env)),
		log,
		signal: interruptSignal(),
		readFile: readTextFile,
		wallClock: () => /* @__PURE__ */ new Date(),
		hideSettings: hideSecrets,
		summary: summaryIn(env["GITHUB_STEP_SUMMARY"]),
		setOutput,
		upload: uploadToRun,
		githubPauseMs
	}), log);
}
const coreOn = (system) => ({
	applyAcceptances,
	conclude,
	entriesOf,
	skippedVerdict,
	renderDryRun: (settings, sources) => renderDryRun(settings, sources, nonce),
	measure: (settings, { onPhase, log, ...hooks }) => runGate(settings, {
		...system(),
		...hooks,
		log,
		onPhase: (phase) => onPhase(phase.charAt(0).toUpperCase() + phase.slice(1)),
		onPlan: (plan, findings) => {
			log(planLine(plan, settings));
			for (const { message } of findings) log(`  ! ${plain(message)}`);
		},
		onLevelStart: () => {},
		onLevelEnd: ({ concurrency, figures }) => log(renderProgress(figures, {
			concurrency,
			passes: settings.passes
		}))
	})
});
export { startAction };
