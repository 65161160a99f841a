import { Si as ValueError, ai as escapeForTerminal, ar as readChoice, cn as listWritten, lr as readLine, mi as pluralise, on as defineSetting, vr as listAllowed, xi as SettingsError } from "./measuring.js";
import { $ as resolveDecision, At as drawBadge, B as defineNameSetting, C as RUN_TO_FETCH, D as GITHUB_SETTINGS, Dt as renderTimelineIndex, E as listMissingForRun, Et as renderEmptyTimelinePage, H as listNames, Nt as renderTimeline, Ot as renderTimelinePage, Pt as renderTimelineMarkdown, T as isRunNamed, U as readRecorded, V as findHistoryHere, an as tellTimeline, jt as encodeShield, kt as describeBadge, w as fetchRun } from "./late.js";
import { Jt as EXIT, Un as isSha, a as askGit, ft as splitArguments, gt as DECISION_SETTINGS, l as checkFilesToWrite, u as writeFile } from "./plateau.js";
import { join } from "node:path";
// src/commands/history.ts
const HELP = {
	summary: "Shows each metric over months: levels, steps with their commits, acceptances, releases, versions",
	words: "[PLACE \u2026]",
	examples: [
		"plateau history",
		"plateau history .plateau/history.json --name llama-8b --page site/",
		"plateau history downloaded-artifacts/ --format markdown",
		"plateau history --run 1234567890 --repository owner/name --badge badge.svg"
	]
};
const group = "What to show";
const { gate, tolerance, metrics, expectedSpread, decision } = DECISION_SETTINGS;
const HISTORY_COMMAND_SETTINGS = {
	name: defineNameSetting(group, "The name to show"),
	page: defineSetting({
		name: "page",
		group,
		help: "Folder for a page of each name, and index.html with all of them",
		placeholder: "FOLDER",
		default: null,
		common: true,
		read: readLine
	}),
	badge: defineSetting({
		name: "badge",
		group,
		help: "File for a badge: .svg is a picture, .json what shields.io reads from an address",
		placeholder: "FILE",
		default: null,
		common: true,
		writes: true,
		read: readBadgePath
	}),
	run: {
		...RUN_TO_FETCH,
		help: "Workflow run whose history is fetched, instead of a place"
	},
	gate,
	tolerance,
	metrics,
	expectedSpread,
	decision,
	...GITHUB_SETTINGS,
	format: defineSetting({
		name: "format",
		group: "Report",
		help: "What is written to stdout: text, markdown, html (the page of one name) or json",
		placeholder: "WORD",
		default: "text",
		read: readChoice([
			"text",
			"markdown",
			"html",
			"json"
		])
	})
};
function readBadgePath(text) {
	const path = readLine(text);
	if (!/\.(?:svg|json)$/i.test(path)) throw new ValueError("must end in .svg or .json, which says what is written");
	return path;
}
const COMMAND = {
	help: HELP,
	settings: HISTORY_COMMAND_SETTINGS,
	run: historyCommand
};
async function historyCommand(argv, { env, output, signal }) {
	const { words, flags } = splitArguments(HISTORY_COMMAND_SETTINGS, argv);
	const settings = resolveDecision(HISTORY_COMMAND_SETTINGS, flags, isRunNamed(flags) ? env : {});
	checkPlaces(words, settings);
	const index = {
		setting: "page",
		path: settings.page === null ? null : join(settings.page, "index.html")
	};
	checkFilesToWrite([...listWritten(HISTORY_COMMAND_SETTINGS, settings), index], output, words.map((path) => ({
		setting: "place",
		path
	})));
	const recorded = settings.run !== null ? await fetchRecorded(settings, signal) : readRecorded(words.length > 0 ? words : [findHistoryHere("place", "a folder of artifacts")], "place");
	if (recorded === null) return EXIT.interrupted;
	const releases = await findReleases(recorded.entries, askGit);
	const timelines = listShown(recorded, settings).flatMap((name) => tellTimeline(recorded.entries.filter(({ row }) => row.series.name === name), settings, releases) ?? []);
	showTimelines(timelines, recorded, settings, output);
	const files = [...listPages(timelines, recorded, settings.page), ...settings.badge === null ? [] : [{
		setting: "badge",
		path: settings.badge,
		text: encodeBadge(timelines, settings.badge)
	}]];
	const written = files.filter(({ text, ...file }) => writeFile(file, [output.redact(text)], output));
	if (written.length > 0) output.log(`wrote ${written.map(({ path }) => escapeForTerminal(path, MOST_PATH)).join(", ")}`);
	return written.length < files.length ? EXIT.refused : EXIT.passed;
}
const MOST_PATH = 300;
function checkPlaces(words, { run, repository, githubToken }) {
	if (run === null) return;
	const problems = words.length > 0 ? [{
		setting: "run",
		given: null,
		message: "and a place are both given; show one of them"
	}] : listMissingForRun({
		repository,
		githubToken
	});
	if (problems.length > 0) throw new SettingsError(problems);
}
async function fetchRecorded(settings, signal) {
	const fetched = await fetchRun(settings, {
		run: settings.run,
		name: settings.name
	}, signal);
	if (fetched === null) return null;
	if (fetched.history !== null) return {
		entries: fetched.history.entries,
		invalid: 0,
		beside: 0
	};
	const message = `${fetched.from} has recorded no history and was compared with none; name a run on the default branch, or a place`;
	throw new SettingsError([{
		setting: "run",
		given: String(settings.run),
		message
	}]);
}
function listShown({ entries }, { name: wanted, format }) {
	const names = listNames(entries, wanted);
	if (format !== "html" || names.length < 2) return names;
	const message = `is required with --format html, as the history has ${listAllowed("", names, (name) => escapeForTerminal(name))}; --page writes a page of each`;
	throw new SettingsError([{
		setting: "name",
		given: null,
		message
	}]);
}
const MOST_TAGS = 200;
async function findReleases(entries, git) {
	const sha = entries.findLast(({ source }) => isSha(source.sha ?? ""))?.source.sha ?? null;
	if (sha === null || await git([
		"cat-file",
		"-e",
		`${sha}^{commit}`
	]) === null) return [];
	return (await git([
		"for-each-ref",
		"--sort=-creatordate",
		`--count=${MOST_TAGS}`,
		`--format=%(refname:short)%09%(creatordate:iso-strict)%09%(objectname)%09%(*objectname)`,
		"refs/tags"
	]) ?? "").split("\n").flatMap((line) => {
		const [name = "", at = "", object = "", tagged = ""] = line.split("	");
		return name === "" || Number.isNaN(Date.parse(at)) ? [] : [{
			name,
			at,
			sha: tagged === "" ? object : tagged
		}];
	});
}
function explainNothing({ invalid }) {
	return invalid === 0 ? "The history holds no runs yet; \"plateau run --append\" adds one, and so does the action on the default branch." : `No valid run: of ${pluralise(invalid, "report")} none may be used; "plateau report FILE" says why of each.`;
}
function showTimelines(timelines, recorded, { format }, output) {
	if (format === "json") output.json(`${JSON.stringify({
		schema: "plateau/timeline@1",
		series: timelines
	}, null, 2)}\n`);
	else if (timelines.length === 0) {
		const why = explainNothing(recorded);
		output.out(format === "html" ? renderEmptyTimelinePage(why) : `${why}\n`);
	} else if (format === "html") output.out(renderTimelinePage(timelines[0]));
	else {
		const render = (timeline) => format === "markdown" ? renderTimelineMarkdown(timeline) : renderTimeline(timeline, { colour: output.colours.out });
		output.out(timelines.map(render).join("\n"));
	}
	const { invalid, beside } = recorded;
	if (timelines.length > 0 && invalid > 0) output.log(`${pluralise(invalid, "report")} left out: the run is not valid`);
	if (beside > 0) {
		const verb = beside === 1 ? "is" : "are";
		output.log(`${pluralise(beside, "report")} beside the history ${verb} not shown: the history says what was recorded`);
	}
}
function listPages(timelines, recorded, folder) {
	if (folder === null) return [];
	const plan = (file, text) => ({
		setting: "page",
		path: join(folder, file),
		text
	});
	if (timelines.length === 0) return [plan("index.html", renderEmptyTimelinePage(explainNothing(recorded)))];
	const pages = timelines.map((timeline, i) => ({
		timeline,
		file: nameFile(timeline.name, i)
	}));
	return [plan("index.html", renderTimelineIndex(pages)), ...pages.map(({ timeline, file }) => plan(file, renderTimelinePage(timeline, { index: "index.html" })))];
}
function nameFile(name, i) {
	return /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) && name !== "index" ? `${name}.html` : `series-${i + 1}.html`;
}
function encodeBadge(timelines, path) {
	const badge = describeBadge(timelines);
	return /\.svg$/i.test(path) ? drawBadge(badge) : encodeShield(badge);
}
export { COMMAND };
