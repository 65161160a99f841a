import { Si as ValueError, cn as listWritten, on as defineSetting, xi as SettingsError } from "./measuring.js";
import { Ct as RESULT_FILES, Gt as buildRow, Nt as readBaselinePlace, _t as RUN_SETTINGS, ft as splitArguments, gt as DECISION_SETTINGS, jt as DEFAULT_HISTORY, l as checkFilesToWrite, o as historyPlaceOf, ut as readFlags, vt as listDeciding } from "./plateau.js";
import { $ as resolveDecision, Q as judgeReport, _t as PartError, bt as redactReport, gt as joinParts, k as endRun, mt as openParts, ut as describePart, xt as redactVerdict } from "./late.js";
import { i as addLimits } from "./sweep.js";
// src/commands/merge.ts
const HELP = {
	summary: "Joins the parts of a run that several shards measured into one report, and decides about it",
	words: "PART \u2026",
	examples: ["plateau merge .plateau/part-*.part", "plateau merge parts/*.part --baseline file:.plateau/history.json --append --report-json report.json"]
};
const MERGE_SETTINGS = {
	baseline: defineSetting({
		...RUN_SETTINGS.baseline,
		help: "History to compare with: file:<path>, or none: only limits decide",
		default: `file:${DEFAULT_HISTORY}`,
		read: readFilePlace
	}),
	append: RUN_SETTINGS.append,
	record: RUN_SETTINGS.record,
	baselineRef: RUN_SETTINGS.baselineRef,
	historyKeep: RUN_SETTINGS.historyKeep,
	...DECISION_SETTINGS,
	format: RUN_SETTINGS.format,
	reportJson: RUN_SETTINGS.reportJson,
	...RESULT_FILES,
	csv: RUN_SETTINGS.csv,
	requestsCsv: RUN_SETTINGS.requestsCsv,
	records: RUN_SETTINGS.records
};
function readFilePlace(text) {
	const place = readBaselinePlace(text);
	if (place.kind === "file" || place.kind === "none") return place;
	throw new ValueError("must be file:<path> or none; what the action keeps is fetched with gh run download");
}
const COMMAND = {
	help: HELP,
	settings: MERGE_SETTINGS,
	run: mergeCommand
};
async function mergeCommand(argv, { env, output }) {
	const { words, flags } = splitArguments(MERGE_SETTINGS, argv);
	const message = "is required: plateau merge PART \u2026, each a file that a shard left; all of them are needed";
	if (words.length === 0) throw new SettingsError([{
		setting: "part",
		given: null,
		message
	}]);
	const parts = openParts(words);
	try {
		const { decidedBy } = parts[0].header;
		const told = [...tellAgain(decidedBy, flags), ...flags];
		const settings = resolveDecision(MERGE_SETTINGS, told, env);
		const history = historyPlaceOf(settings);
		checkFilesToWrite(listWritten(RUN_SETTINGS, settings), output, words.map((path) => ({
			setting: "part",
			path
		})));
		for (const part of parts) output.log(describePart(part));
		const joined = joinParts(parts);
		const measured = redactReport(joined.report, output.redact);
		const report = addLimits(measured, settings.limits ?? []);
		const baseline = history.store === null ? null : await history.store.load(report.series.name);
		const rows = [buildRow(report)];
		const looks = {
			candidates: rows,
			secondLook: "none",
			limits: report.limits ?? []
		};
		const given = {
			looks,
			decidedBy: listDeciding(readFlags(MERGE_SETTINGS, told).given)
		};
		const verdict = redactVerdict(judgeReport(report, baseline, settings, given), output.redact);
		const result = {
			report,
			reports: [report],
			rows,
			records: joined.records,
			verdict,
			looks,
			controls: [],
			cancelled: false,
			error: null
		};
		return await endRun({
			...settings,
			endpoint: null
		}, result, history, {
			env,
			output
		});
	} catch (error) {
		if (error instanceof PartError || error instanceof ValueError) throw new SettingsError([{
			setting: "part",
			given: null,
			message: error.message
		}]);
		throw error;
	}
}
function tellAgain(decidedBy, flags) {
	const { given } = readFlags(MERGE_SETTINGS, flags);
	return decidedBy.flatMap(({ setting, value }) => given.has(setting) ? [] : [`--${setting}=${value}`]);
}
export { COMMAND };
