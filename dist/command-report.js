import { ar as readChoice, dn as showValue, lr as readLine, on as defineSetting, xi as SettingsError } from "./measuring.js";
import { F as encodeOpenMetrics, Ft as renderCurve, G as REPORT_KIND, I as encodeJunit, It as renderPage, J as readStored, K as VERDICT_KIND, L as encodeLevelsCsv, M as renderMarkdown, Z as judgeAlone, dn as renderText } from "./late.js";
import { f as encodeRunReport } from "./history.js";
import { dt as resolveFlags, ft as splitArguments, pt as takeOneWord } from "./plateau.js";
// src/commands/report.ts
const HELP = {
	summary: "Shows a stored report again in any format: text, Markdown, JSON, a page, its curve, JUnit, CSV, OpenMetrics",
	words: "FILE",
	examples: [
		"plateau report report.json",
		"plateau report report.json --verdict verdict.json --format markdown",
		"plateau report report.json --format html > report.html",
		"plateau report report.json --verdict verdict.json --format svg > curve.svg",
		"plateau report report.json --verdict verdict.json --format junit > junit.xml"
	]
};
const REPORT_COMMAND_SETTINGS = {
	verdict: defineSetting({
		name: "verdict",
		group: "Report",
		help: "Verdict to show with it, as --verdict-json wrote it",
		placeholder: "FILE",
		default: null,
		common: true,
		read: readLine
	}),
	format: defineSetting({
		name: "format",
		group: "Report",
		help: "What is written to stdout: text, markdown, json, html, svg (its curve), junit, csv (its levels) or openmetrics",
		placeholder: "WORD",
		default: "text",
		common: true,
		read: readChoice([
			"text",
			"markdown",
			"json",
			"html",
			"svg",
			"junit",
			"csv",
			"openmetrics"
		])
	})
};
const COMMAND = {
	help: HELP,
	settings: REPORT_COMMAND_SETTINGS,
	run: reportCommand
};
async function reportCommand(argv, { env, output }) {
	const { words, flags } = splitArguments(REPORT_COMMAND_SETTINGS, argv);
	const settings = resolveFlags(REPORT_COMMAND_SETTINGS, flags, env);
	if (settings.format === "json" && settings.verdict !== null) throw new SettingsError([{
		setting: "verdict",
		given: null,
		message: "is JSON already and has no place in that of the report; remove it, or choose another format"
	}]);
	const { report, verdict } = readBoth(words, settings.verdict);
	const text = renderStored(settings.format, {
		report,
		verdict,
		colour: output.colours.out
	});
	if (settings.format === "json") output.json(text);
	else output.out(text);
	return 0;
}
function readBoth(words, verdictPath) {
	const path = takeOneWord(words, "file", "report");
	if (path === void 0) throw new SettingsError([{
		setting: "file",
		given: null,
		message: "is required: plateau report FILE"
	}]);
	const report = readStored(REPORT_KIND, path, "file");
	const verdict = verdictPath === null ? null : readStored(VERDICT_KIND, verdictPath, "verdict");
	const problems = [report, verdict].flatMap((stored) => stored?.problem ?? []);
	if (problems.length > 0) throw new SettingsError(problems);
	const read = {
		report: report.value,
		verdict: verdict?.value ?? null
	};
	if (read.verdict !== null) refuseOther(read.verdict.name, read.report.series.name, verdictPath);
	return read;
}
function refuseOther(judged, measured, path) {
	if (judged === measured) return;
	const message = `is about ${showValue(judged)}, and the report about ${showValue(measured)}; give both of one run`;
	throw new SettingsError([{
		setting: "verdict",
		given: showValue(path),
		message
	}]);
}
function renderStored(format, { report, verdict, colour }) {
	switch (format) {
		case "json": return `${encodeRunReport(report)}\n`;
		case "markdown": return renderMarkdown(report, verdict ?? judgeAlone(report), { withoutVerdict: verdict === null });
		case "html": return renderPage({
			report,
			verdict: verdict ?? judgeAlone(report),
			withoutVerdict: verdict === null
		});
		case "svg": {
			const curve = renderCurve({
				report,
				verdict
			});
			if (curve !== null) return curve;
			throw new SettingsError([{
				setting: "format",
				given: format,
				message: "draws a curve, and this report has none: that takes throughput and latency at two levels or more"
			}]);
		}
		case "junit": return encodeJunit(report, verdict ?? judgeAlone(report));
		case "csv": return [...encodeLevelsCsv(report)].join("");
		case "openmetrics": return encodeOpenMetrics(report, verdict ?? judgeAlone(report));
		case "text": return renderText(report, {
			verdict,
			colour
		});
	}
}
export { COMMAND };
