import { Ti as summariseError, vi as BaselineError, yi as EndpointError } from "./measuring.js";
import { A as findJobPage, N as writeFiles, P as writeResult, Ut as exitCodeOf, Vt as concludeWithoutFigures, bn as NOTE_ROOM, dn as renderText, gn as renderReportJobComment, j as linkJob, pn as renderTitles, xt as redactVerdict, yn as COMMENT_ROOM } from "./late.js";
import { R as compareBadness } from "./history.js";
import { C as describePlans } from "./sweep.js";
import { Jt as EXIT, K as createKnownEndpoints, c as recordRun, i as measureWithProgress, o as historyPlaceOf, r as logWrapped, u as writeFile } from "./plateau.js";
// src/commands/scenarios.ts
async function runScenarios(scenarios, ports) {
	const { output, signal } = ports;
	for (const line of describePlans(scenarios)) logWrapped(output, line);
	const measured = [];
	const knownEndpoints = createKnownEndpoints();
	for (const [i, settings] of scenarios.entries()) {
		if (!signal.aborted) output.log(`scenario ${i + 1} of ${scenarios.length}: ${settings.name}`);
		measured.push(await measureScenario(settings, knownEndpoints, ports));
	}
	showAll(measured, output);
	const allWritten = await keepAll(measured, ports);
	if (signal.aborted) return EXIT.interrupted;
	const code = exitCodeOf(measured.map(({ verdict }) => verdict).toSorted(compareBadness)[0]);
	return code === EXIT.passed && !allWritten ? EXIT.refused : code;
}
async function measureScenario(settings, knownEndpoints, ports) {
	const { output, signal } = ports;
	const history = historyPlaceOf(settings);
	const lack = (reason, notes = []) => {
		const verdict = redactVerdict(concludeWithoutFigures(settings.name, reason, settings), output.redact);
		return {
			settings,
			history,
			result: null,
			verdict,
			notes
		};
	};
	if (signal.aborted) return lack("cancelled");
	try {
		const result = await measureWithProgress(settings, history.store, ports, { knownEndpoints });
		if (result === "interrupted") return lack("cancelled");
		return {
			settings,
			history,
			result,
			verdict: result.verdict,
			notes: []
		};
	} catch (error) {
		if (!(error instanceof EndpointError || error instanceof BaselineError)) throw error;
		output.log(error.message);
		const note = output.redact(summariseError(error));
		return lack(error instanceof EndpointError ? "endpoint" : "baseline", [note]);
	}
}
function showAll(measured, output) {
	const { format } = measured[0].settings;
	const judged = measured.map(({ verdict, result }) => ({
		verdict,
		report: result?.report ?? null
	}));
	if (format === "markdown") {
		output.out(renderAll(measured, output));
		return;
	}
	const colour = output.colours.out;
	for (const { verdict, report } of judged) if (report !== null) output.out(`${renderText(report, {
		verdict,
		colour
	})}\n`);
	output.out(output.redact(renderTitles(judged)));
}
function renderAll(measured, output, { room = COMMENT_ROOM, job = null } = {}) {
	const inputs = measured.map(({ settings, verdict, result, notes }) => {
		return {
			report: result?.report ?? null,
			verdict,
			notes,
			links: linkJob(job, settings.html),
			acceptLabel: null,
			subject: "run",
			scenarios: measured.length
		};
	});
	return output.redact(renderReportJobComment(inputs, room));
}
async function keepAll(measured, ports) {
	const { env, output } = ports;
	const writeJoint = (setting, pathOf, room) => [...Map.groupBy(measured, ({ settings }) => pathOf(settings))].map(([path, together]) => path === null || writeFile({
		setting,
		path
	}, [renderAll(together, output, {
		room,
		job: findJobPage(env)
	})], output));
	const written = [...writeJoint("markdown", ({ markdown }) => markdown, COMMENT_ROOM), ...writeJoint("gitlab-note", ({ gitlabNote }) => gitlabNote, NOTE_ROOM)];
	for (const each of measured) written.push(await keepResult(each, ports));
	return !written.includes(false);
}
async function keepResult({ settings, history, result, verdict, notes }, ports) {
	const { env, output } = ports;
	const own = {
		...settings,
		markdown: null,
		gitlabNote: null
	};
	if (result === null) return writeResult(own, {
		report: null,
		verdict,
		notes
	}, output);
	const { written } = writeFiles(own, result, output);
	return await recordRun(history, result, {
		env,
		output
	}) && written;
}
export { runScenarios };
