import { Ct as RESULT_FILES, _t as RUN_SETTINGS, ft as splitArguments, gt as DECISION_SETTINGS, in as TOOL_NAMES, jt as DEFAULT_HISTORY, t as runCommand, wt as readFormat } from "./plateau.js";
import { Si as ValueError, _r as findNearest, on as defineSetting, rr as offerWords, xi as SettingsError } from "./measuring.js";
// src/commands/import.ts
const HELP = {
	summary: "Judges what another load tool measured: guidellm, vllm bench serve, vllm-bench, aiperf, inference-perf, mlcommons endpoints",
	words: "RESULT \u2026",
	examples: [
		"plateau import benchmarks.json --name nightly --append",
		"plateau import 'results/*.json' --limits 'ttft-p50@8 <= 300ms'",
		"plateau import profile_export_aiperf.csv --concurrency 8",
		"plateau import profile_export_aiperf.csv --rate 5"
	]
};
const readFormatOrExplain = offerWords(readFormat.words, (text) => {
	try {
		return readFormat(text);
	} catch (error) {
		const tool = findNearest(text, TOOL_NAMES);
		if (!(error instanceof ValueError) || tool === null) throw error;
		throw new ValueError(`${error.message}, for what is written to stdout; results of ${tool} are recognised by their content: leave --format out`);
	}
});
const IMPORT_SETTINGS = {
	name: RUN_SETTINGS.name,
	baseline: RUN_SETTINGS.baseline,
	append: RUN_SETTINGS.append,
	concurrency: defineSetting({
		...RUN_SETTINGS.concurrency,
		help: "The levels of results that do not say theirs, in their order, such as 8 or 1, 8",
		derived: "as the results say"
	}),
	rate: defineSetting({
		...RUN_SETTINGS.rate,
		help: "The levels of results that do not say theirs and were sent at a rate, in requests a second and in their order, such as 5 or 5, 10",
		derived: "as the results say"
	}),
	...DECISION_SETTINGS,
	throughputWithin: RUN_SETTINGS.throughputWithin,
	pricePerHour: RUN_SETTINGS.pricePerHour,
	model: defineSetting({
		...RUN_SETTINGS.model,
		help: "The model that was measured, where the results do not say it"
	}),
	endpointLabel: RUN_SETTINGS.endpointLabel,
	record: RUN_SETTINGS.record,
	baselineRef: RUN_SETTINGS.baselineRef,
	historyKeep: RUN_SETTINGS.historyKeep,
	config: RUN_SETTINGS.config,
	scenario: RUN_SETTINGS.scenario,
	dryRun: RUN_SETTINGS.dryRun,
	format: defineSetting({
		...RUN_SETTINGS.format,
		read: readFormatOrExplain
	}),
	reportJson: RUN_SETTINGS.reportJson,
	...RESULT_FILES,
	csv: RUN_SETTINGS.csv
};
const FORM_SETTINGS = {
	results: RUN_SETTINGS.results,
	...IMPORT_SETTINGS
};
const IMPORT = {
	list: FORM_SETTINGS,
	defaults: {
		baseline: {
			kind: "file",
			path: DEFAULT_HISTORY
		},
		name: null
	}
};
const COMMAND = {
	help: HELP,
	settings: IMPORT_SETTINGS,
	run: importCommand
};
async function importCommand(argv, ports) {
	const { words, flags } = splitArguments(FORM_SETTINGS, argv);
	const isGiven = flags.some((flag) => /^--results(=|$)/.test(flag));
	if (words.length === 0 && !isGiven) throw new SettingsError([{
		setting: "results",
		given: null,
		message: "is required: plateau import RESULT \u2026, each a file that a load tool wrote, or a pattern such as results/*.json"
	}]);
	return runCommand(words.length === 0 ? flags : [...flags, `--results=${words.join("\n")}`], ports, IMPORT);
}
export { COMMAND };
