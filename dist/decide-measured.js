import { Gn as rowOf, Jn as joinShortList, Xn as nameOf, a as decideInputOf, dt as decide, ft as screenRun, o as rowOfControl, ut as addSides } from "./late.js";
import { s as narrowBaseline } from "./figures.js";
import { P as planSecondLook, S as lookUpFinding } from "./sweep.js";
import { r as recallLevels } from "./history.js";
import { Br as escapeForTerminal, Or as nameLevel, Sr as chooseLoad, jr as spellLevels } from "./measuring.js";
import { G as isInterrupted, K as measureWithoutSecrets, _t as isInSessions } from "./plateau.js";
// src/gate/measure-second-look.ts
const NONE = {
	secondLook: "none",
	findings: []
};
async function measureSecondLook(settings, input, { planned: first, known }, ports) {
	if (settings.confirm === 0 || input.trouble !== null) return NONE;
	const { metrics, levels } = screenRun(input);
	if (levels.length === 0) return NONE;
	if (ports.signal.aborted) return INTERRUPTED;
	ports.onPhase("second look");
	const load = chooseLoad(settings);
	const what = metrics.length > 0 ? `${joinShortList(metrics.map(nameOf), 4)} ${metrics.length === 1 ? "looks" : "look"} worse` : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel(load, level))))} failed or could not be used`;
	ports.log(`${what}; measuring again after a pause`);
	await ports.clock.sleep(settings.pauseMs, ports.signal);
	if (ports.signal.aborted) return INTERRUPTED;
	const plan = planSecondLook(settings, first.found, recallLevels(input.candidates, levels));
	const planned = {
		...first,
		startedAt: ports.wallClock(),
		startAt: ports.clock.now(),
		plan,
		findings: []
	};
	const again = await measureWithoutSecrets({
		...settings,
		crossCheck: "none"
	}, planned, ports);
	if (ports.signal.aborted) return INTERRUPTED;
	const findings = pickNew(again.report.validity.findings, known);
	if (again.error !== null) return {
		secondLook: "none",
		findings: [...findings, describeEnd(again.error)]
	};
	return {
		secondLook: isChanged(again.report) ? "unusable" : {
			row: rowOf(again.report),
			control: rowOfControl(again)
		},
		findings
	};
}
const INTERRUPTED = {
	secondLook: "unusable",
	findings: [{
		code: "ended-early",
		message: "Interrupted before the second look was complete: what looks worse was not confirmed."
	}]
};
function pickNew(again, known) {
	return again.filter(({ code, level }) => lookUpFinding(code)?.invalidates === true || !known.some((one) => one.code === code && one.level === level)).map((finding) => ({
		...finding,
		code: "second-look"
	}));
}
function describeEnd({ what, remedy }) {
	return {
		code: "second-look",
		message: `The endpoint ended it: ${escapeForTerminal(what, 300)}.`,
		remedy
	};
}
function isChanged({ validity }) {
	return validity.findings.some(({ code, level }) => level === void 0 && (code === "config-updated" || code === "served-model-changed"));
}
// src/gate/decide-measured.ts
async function decideMeasured(settings, baseline, { planned, ...all }, ports) {
	const { signal, earlier = [] } = ports;
	const runs = keepWholeRuns(settings, all.runs, ports);
	const measured = {
		...all,
		runs
	};
	const last = runs.at(-1);
	const input = decideInputOf(settings, baseline, measured, ports);
	const { secondLook, findings } = planned === null || isInSessions(settings) ? NONE : await measureSecondLook(settings, input, {
		planned,
		known: last.report.validity.findings
	}, ports);
	const report = addFindings(last.report, findings);
	const { candidates, controls, controlTroubles, sessions, limits } = input;
	return {
		report,
		reports: [...runs.slice(0, -1).map((run) => run.report), report],
		controls: runs.flatMap(({ control }) => control?.report ?? []),
		rows: candidates,
		records: last.records,
		verdict: addSides(decide({
			...input,
			secondLook
		}), {
			...input,
			secondLook
		}),
		looks: {
			candidates,
			...controls !== void 0 && { controls },
			...controlTroubles !== void 0 && { controlTroubles },
			...sessions !== void 0 && { sessions },
			secondLook,
			limits,
			...earlier.length > 0 && { earlier }
		},
		baseline: narrowBaseline(baseline, candidates[0]),
		error: last.error,
		cancelled: signal.aborted
	};
}
function keepWholeRuns(settings, runs, { signal, log }) {
	if (!signal.aborted) return runs;
	const [what, most] = isInSessions(settings) ? ["session", settings.sessions] : ["run", settings.runs];
	const whole = runs.filter((run) => !isInterrupted(settings, run));
	const last = whole.at(-1);
	if (last === void 0 || whole.length === most) return runs;
	const judged = whole.length === 1 ? `${what} 1 is` : `${what}s 1 to ${whole.length} are`;
	const message = `Interrupted before ${what} ${whole.length + 1} was complete: ${judged} judged.`;
	log(message);
	return [...whole.slice(0, -1), {
		...last,
		report: addFindings(last.report, [{
			code: "ended-early",
			message
		}])
	}];
}
function addFindings(report, findings) {
	if (findings.length === 0) return report;
	const { validity } = report;
	const added = findings.map((finding) => ({
		remedy: lookUpFinding(finding.code)?.remedy ?? "",
		...finding
	}));
	return {
		...report,
		validity: {
			...validity,
			findings: [...validity.findings, ...added]
		}
	};
}
export { decideMeasured };
