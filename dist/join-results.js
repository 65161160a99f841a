import { Jn as TOOLS } from "./plateau.js";
import { Gr as escapeForTerminal, ei as pluralise, mr as parseJson, pr as findNonNumber } from "./measuring.js";
import { $ as readResult, Q as RESULT_FORMATS, et as ResultError } from "./late.js";
// src/imports/join-results.ts
const MOST_LEVELS = 1e3;
function joinResults(files, given) {
	const read = files.map(readFile);
	const problems = read.filter((each) => "setting" in each);
	if (problems.length > 0) return problems;
	const { kept, notes } = leaveOutRepeats(read.filter((each) => "result" in each));
	const differences = findDifferences(kept);
	if (differences.length > 0) return differences;
	const { result } = kept[0];
	const all = kept.flatMap((file) => file.result.levels.map((level) => ({
		file,
		level
	})));
	if (all.length > MOST_LEVELS) return [refuseMany(kept, all.length)];
	const isOpen = ({ level }) => level.rate !== null || level.concurrency === null && given.rate !== null;
	const [closed, open] = [all.filter((each) => !isOpen(each)), all.filter(isOpen)];
	const load = closed.length === 0 ? "rate" : "concurrency";
	const problem = load === "rate" ? findRateProblem(result, open) : null;
	if (problem !== null) return [problem];
	const levels = nameLevels(load === "rate" ? open : closed, load, given);
	if ("setting" in levels) return [levels];
	const left = load === "rate" || open.length === 0 ? [] : [describeLeftOut(open)];
	const moments = kept.map((file) => file.result.startedAt ?? file.writtenAt).sort();
	return {
		...result,
		startedAt: moments[0],
		load,
		levelRequests: findShared(kept, ({ levelRequests }) => levelRequests),
		levelSeconds: findShared(kept, ({ levelSeconds }) => levelSeconds),
		levels,
		notes: [.../* @__PURE__ */ new Set([
			...kept.flatMap((file) => file.result.notes),
			...left,
			...notes
		])]
	};
}
function readFile(file) {
	const refuse = (message) => refuseFile(file, message);
	try {
		const found = readResult(file.text);
		if (found !== null) return {
			...file,
			...found
		};
		if (file.text.trim() === "") return refuse("is empty; was the measurement broken off?");
		if (isCutJson(file.text)) return refuse("begins as JSON and is broken or cut off; write or download it again");
		return refuse(`is none of the forms that are read: ${RESULT_FORMATS.map(({ name }) => name).join(", ")}`);
	} catch (error) {
		if (!(error instanceof ResultError)) throw error;
		return refuse(`${error.message}, so nothing in it can be judged; was the measurement broken off?`);
	}
}
function refuseFile({ path }, message) {
	return {
		setting: "results",
		given: escapeForTerminal(path),
		message
	};
}
function isCutJson(text) {
	if (!/^\s*[{[]/.test(text) || findNonNumber(text) !== null) return false;
	return [text, text.trim().split("\n", 1)[0]].every((each) => parseJson(each) === void 0);
}
function leaveOutRepeats(files) {
	const folderOf = ({ path }) => path.replace(/[^/\\]*$/, "");
	const isRepeat = (file) => files.some((other) => file.format.yieldsTo.includes(other.format.name) && folderOf(other) === folderOf(file));
	const repeats = files.filter(isRepeat);
	return {
		kept: files.filter((file) => !isRepeat(file)),
		notes: repeats.map(({ path }) => `${escapeForTerminal(path)} is left out: a file beside it says more of the same run.`)
	};
}
const SHARED = [
	["tool", ({ tool }) => tool],
	["version", ({ version }) => version],
	["model", ({ model }) => model],
	["task", ({ task }) => task],
	["input tokens", ({ inputTokens }) => inputTokens],
	["output tokens", ({ outputTokens }) => outputTokens]
];
function findDifferences(files) {
	const [first, ...others] = files;
	for (const [words, read] of SHARED) {
		const problems = others.flatMap((file) => {
			const [before, now] = [read(first.result), read(file.result)];
			if (before === now) return [];
			return [refuseFile(file, `has another ${words} than ${escapeForTerminal(first.path)} (${showStated(now)} instead of ${showStated(before)}): the files of one call are one run; judge them apart`)];
		});
		if (problems.length > 0) return problems;
	}
	return [];
}
function showStated(text) {
	return text === null ? "none stated" : escapeForTerminal(text, 100);
}
function findShared(files, read) {
	const values = new Set(files.map(({ result }) => read(result)));
	return values.size === 1 ? [...values][0] : null;
}
function findRateProblem({ tool }, open) {
	const unknown = open.find(({ level }) => level.rate === 0);
	if (unknown !== void 0) {
		const message = `holds a load whose rate is not stated, or changes; measure at a fixed rate, or with ${TOOLS[tool].levels}`;
		return refuseFile(unknown.file, message);
	}
	const [first, ...others] = open.map(({ file, level }) => ({
		file,
		form: describeArrivals(level)
	}));
	const other = others.find(({ form }) => form !== first.form);
	if (other === void 0) return null;
	return refuseFile(other.file, `holds requests that were sent in another way (${other.form} instead of ${first.form}), and a run has one way; judge the files apart`);
}
function describeArrivals({ arrivals, maxInFlight }) {
	return `${showStated(arrivals)}${maxInFlight === null ? "" : `, at most ${maxInFlight} in flight`}`;
}
function describeLeftOut(open) {
	const rates = open.map(({ level }) => level.rate ?? 0);
	return `${pluralise(open.length, "load")} at a rate of requests (${describeRates(rates)}) ${open.length === 1 ? "is" : "are"} left out: a run has levels of one kind, and the others here are numbers of requests in flight.`;
}
function refuseMany([file], levels) {
	return refuseFile(file, `and the files beside it hold ${levels} levels, more than the ${MOST_LEVELS} that a run can have; give fewer files`);
}
function describeRates(rates) {
	const known = rates.filter((rate) => rate > 0).map((rate) => String(Number(rate.toPrecision(3))));
	return known.length === 0 ? "not stated" : `${known.slice(0, 6).join(", ")}${known.length > 6 ? ", \u2026" : ""} a second`;
}
function nameLevels(found, load, settings) {
	const given = load === "rate" ? settings.rate ?? "auto" : settings.concurrency;
	const statedOf = (level) => load === "rate" ? level.rate : level.concurrency;
	const unnamed = found.filter(({ level }) => statedOf(level) === null);
	const refuse = (message) => ({
		setting: load,
		given: null,
		message
	});
	if (unnamed.length > 0 && given === "auto") return refuse(`is required: ${[...new Set(unnamed.map(({ file }) => escapeForTerminal(file.path)))].join(", ")} does not say at which concurrency it was measured; give ${unnamed.length === 1 ? "it" : `${unnamed.length} of them, in the order of the files`}, for example ${unnamed.length === 1 ? "8" : "1, 8"} (or rate, where requests were sent at one)`);
	if (given !== "auto" && unnamed.length > 0 && given.length !== unnamed.length) return refuse(`lists ${pluralise(given.length, "level")}, and ${pluralise(unnamed.length, "level")} of the results ${unnamed.length === 1 ? "does" : "do"} not say at which load they were measured; list as many`);
	let next = 0;
	return found.map(({ level: { rate: _rate, ...level }, level: stated }) => ({
		...level,
		concurrency: statedOf(stated) ?? given[next++]
	}));
}
export { joinResults };
