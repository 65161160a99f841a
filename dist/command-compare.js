import { ai as escapeForTerminal, cn as listWritten, lr as readLine, on as defineSetting, xi as SettingsError } from "./measuring.js";
import { Ct as RESULT_FILES, Gt as buildRow, Jt as EXIT, _t as RUN_SETTINGS, ft as splitArguments, gt as DECISION_SETTINGS, l as checkFilesToWrite, tn as wrap, ut as readFlags, vt as listDeciding } from "./plateau.js";
import { $ as resolveDecision, C as RUN_TO_FETCH, D as GITHUB_SETTINGS, E as listMissingForRun, G as REPORT_KIND, J as readStored, M as renderMarkdown, P as writeResult, Q as judgeReport, R as buildBaselineOfHistory, T as isRunNamed, Ut as exitCodeOf, W as HISTORY_KIND, bt as redactReport, mn as renderVerdictText, qt as encodeVerdict, w as fetchRun, xt as redactVerdict, z as buildBaselineOfReports } from "./late.js";
// src/commands/compare.ts
const HELP = {
	summary: "Compares a stored report with others, with a history, or with a workflow run",
	words: "[CANDIDATE] [BASELINE \u2026]",
	examples: [
		"plateau compare candidate.json --history .plateau/history.json",
		"plateau compare candidate.json monday.json tuesday.json wednesday.json",
		"plateau compare candidate.json before.json --expected-spread 2%",
		"plateau compare candidate.json --run 1234567890 --repository owner/name"
	]
};
const COMPARE_SETTINGS = {
	history: defineSetting({
		name: "history",
		group: RUN_TO_FETCH.group,
		help: "History file to compare with, for example .plateau/history.json",
		placeholder: "FILE",
		default: null,
		common: true,
		read: readLine
	}),
	run: RUN_TO_FETCH,
	name: defineSetting({
		name: "name",
		group: RUN_TO_FETCH.group,
		help: "Which name of the workflow run to fetch, where it measured several",
		placeholder: "NAME",
		default: null,
		read: RUN_SETTINGS.name.read
	}),
	...DECISION_SETTINGS,
	...GITHUB_SETTINGS,
	format: RUN_SETTINGS.format,
	...RESULT_FILES
};
const COMMAND = {
	help: HELP,
	settings: COMPARE_SETTINGS,
	run: compareCommand
};
async function compareCommand(argv, { env, output, signal }) {
	const { words, flags } = splitArguments(COMPARE_SETTINGS, argv);
	const settings = resolveDecision(COMPARE_SETTINGS, flags, isRunNamed(flags) ? env : {});
	checkSides(words, settings);
	checkFilesToWrite(listWritten(RUN_SETTINGS, settings), output, [{
		setting: "history",
		path: settings.history
	}, ...words.map((path, i) => ({
		setting: i === 0 ? "candidate" : "baseline",
		path
	}))]);
	const { reports, history } = readFiles(words, settings.history);
	const run = settings.run === null ? null : await fetchRun(settings, {
		run: settings.run,
		name: settings.name
	}, signal);
	if (settings.run !== null && run === null) return EXIT.interrupted;
	const [first, ...others] = reports;
	const candidate = redactReport(first?.report ?? run.report, output.redact);
	const row = buildRow(candidate);
	const baseline = history !== null ? buildBaselineOfHistory(history.value, `file ${history.from}`, row) : others.length > 0 ? useReports(others, row) : buildBaselineOfRun(run, first === void 0, row);
	const looks = first === void 0 ? run.looks : null;
	const decidedBy = listDeciding(readFlags(COMPARE_SETTINGS, flags).given);
	const verdict = redactVerdict(judgeReport(candidate, baseline, settings, {
		looks,
		decidedBy
	}), output.redact);
	if (settings.format === "json") output.json(`${encodeVerdict(verdict)}\n`);
	else if (settings.format === "markdown") output.out(renderMarkdown(candidate, verdict));
	else output.out(renderVerdictText(verdict, {
		colour: output.colours.out,
		report: candidate
	}));
	for (const line of listHints(verdict, settings).flatMap((hint) => wrap(hint))) output.log(line);
	const written = writeResult(settings, {
		report: candidate,
		verdict
	}, output);
	const code = exitCodeOf(verdict);
	return code === 0 && !written ? EXIT.refused : code;
}
function checkSides(words, { history, run, repository, githubToken }) {
	const problems = [];
	const addProblem = (setting, message) => void problems.push({
		setting,
		given: null,
		message
	});
	if (words.length === 0 && run === null) addProblem("candidate", "is required: plateau compare CANDIDATE BASELINE, where both are files that --report-json wrote");
	else if (words.length === 1 && history === null && run === null) {
		const { problem } = readStored(REPORT_KIND, words[0], "candidate");
		if (problem !== null) problems.push(problem);
		else addProblem("baseline", "is required: name baseline reports after the candidate, or give --history FILE or --run ID");
	}
	if (words.length > 1 && history !== null) addProblem("history", "and baseline reports are both given; compare with one of them");
	if (words.length > 0 && history !== null && run !== null) addProblem("run", "and history are both given; compare with one of them");
	if (words.length > 1 && run !== null) addProblem("run", "and baseline reports are both given; compare with one of them");
	if (run !== null) problems.push(...listMissingForRun({
		repository,
		githubToken
	}));
	if (problems.length > 0) throw new SettingsError(problems);
}
function readFiles(words, historyPath) {
	const reports = words.map((path, i) => ({
		path,
		stored: readStored(REPORT_KIND, path, i === 0 ? "candidate" : "baseline")
	}));
	const history = historyPath === null ? null : readStored(HISTORY_KIND, historyPath, "history");
	const problems = [...reports.map(({ stored }) => stored), ...history === null ? [] : [history]].flatMap(({ problem }) => problem ?? []);
	if (problems.length > 0) throw new SettingsError(problems);
	return {
		reports: reports.map(({ path, stored }) => ({
			from: path,
			report: stored.value
		})),
		history: history === null ? null : {
			from: historyPath,
			value: history.value
		}
	};
}
function buildBaselineOfRun({ from, report, history }, isCandidate, row) {
	if (history !== null) return buildBaselineOfHistory(history, `the history of ${from}`, row);
	if (!isCandidate) return useReports([{
		from,
		report
	}], row);
	throw new SettingsError([{
		setting: "history",
		given: null,
		message: `is required: ${from} has recorded no history to compare its report with; give --history FILE, or a report beside --run`
	}]);
}
function useReports(reports, row) {
	const baseline = buildBaselineOfReports(reports, row);
	if (baseline.entries.length > 0) return baseline;
	const message = `holds nothing to compare with (${baseline.passedOver.map((sentence) => escapeForTerminal(sentence, Infinity)).join("; ")}); name a report of a run that is valid`;
	throw new SettingsError([{
		setting: "baseline",
		given: null,
		message
	}]);
}
function listHints({ baseline, comparisons, verdict }, { expectedSpread }) {
	if (baseline.groups === 0 || baseline.groups > 2 || expectedSpread !== "auto" || verdict === "not-measured") return [];
	if (comparisons.length === 0) return [];
	return [`${baseline.groups === 1 ? "One point says" : "Two points say"} little about how much runs differ, so only large changes are seen (column "finds").`, "More runs help, or a spread that you know: --expected-spread 2%, which is then an assumption."];
}
export { COMMAND };
