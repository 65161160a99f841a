import { Gr as escapeForTerminal, Ht as VERSION, Or as generatesTokens, ei as pluralise, hr as MINIMUM_SAMPLES, mr as parseJson, pr as findNonNumber, si as SettingsError } from "./measuring.js";
import { A as countNeededRequests, C as isFailing, _ as findBestWithin, c as toReportLimits, i as checkLimits, v as priceTokens, x as explainInvalid } from "./sweep.js";
import { _ as findPlateau, t as RUN_REPORT_SCHEMA, y as TIME_METRICS } from "./figures.js";
import { Jn as TOOLS, Pn as seriesOf } from "./plateau.js";
import { i as sum } from "./vendor.js";
import { $ as readResult, Q as RESULT_FORMATS, et as ResultError, tt as STATED_TIMES } from "./late.js";
// src/imports/import-run.ts
const NOT_SAID = "not said";
function importRun(joined, settings) {
	const byConcurrency = Map.groupBy(joined.levels, ({ concurrency }) => concurrency);
	const findings = [];
	const levels = [...byConcurrency.entries()].sort(([a], [b]) => a - b).map(([concurrency, passes]) => {
		const found = judgeLevel(concurrency, passes, joined);
		findings.push(...found);
		return buildLevel(concurrency, passes, found, joined.load);
	});
	const plateau = findPlateau(levels);
	const { throughputWithin, pricePerHour } = settings;
	return {
		schema: RUN_REPORT_SCHEMA,
		tool: {
			name: "plateau",
			version: VERSION
		},
		imported: {
			tool: joined.tool,
			version: joined.version,
			notes: joined.notes
		},
		startedAt: joined.startedAt,
		durationSeconds: sum(joined.levels.map(({ seconds }) => seconds)),
		series: buildImportedSeries(joined, levels, settings.name),
		context: {
			...joined.host !== null && { host: joined.host },
			endpointLabel: settings.endpointLabel,
			model: settings.model ?? joined.model,
			servedModel: null,
			loadTool: joined.version === null ? joined.tool : `${joined.tool} ${joined.version}`,
			...describeTokens(joined),
			runner: {
				environment: NOT_SAID,
				os: NOT_SAID,
				arch: NOT_SAID,
				cpuCount: 0
			},
			node: NOT_SAID
		},
		plan: planOf(joined, levels),
		capabilities: {},
		levels,
		plateau,
		within: throughputWithin === null ? null : findBestWithin(levels, throughputWithin),
		...pricePerHour !== null && { price: priceTokens(pricePerHour, {
			plateau,
			capacity: null,
			levels
		}) },
		validity: judgeImported(levels, findings)
	};
}
function judgeImported(levels, findings) {
	const cause = explainInvalid(levels, []);
	return {
		ok: levels.some(({ valid }) => valid),
		...cause !== null && { cause },
		findings
	};
}
function describeTokens({ inputTokens, levels }) {
	const [level] = levels;
	const requests = level.requestsPerSecond;
	if (inputTokens !== null || requests === null) return {};
	const mean = (rate) => rate === null ? "\u2013" : String(Number((rate / requests).toPrecision(2)));
	return { requestTokens: `${mean(level.inputTokensPerSecond)} in, ${mean(level.outputTokensPerSecond)} out` };
}
function buildImportedSeries(joined, levels, name) {
	const { tool, api, task, inputTokens, outputTokens, levelRequests, levelSeconds } = joined;
	const { ttft, tpot } = TOOLS[tool];
	return seriesOf({
		name,
		source: {
			tool,
			ttft,
			tpot
		},
		api: api ?? NOT_SAID,
		workload: {
			task,
			inputTokens: inputTokens ?? NOT_SAID,
			outputTokens: outputTokens ?? NOT_SAID,
			promptsHash: null,
			extraBody: null,
			headerNames: [],
			prefixCache: "allow",
			sharedPrefixTokens: 0,
			batchSize: 1
		},
		...describeLoad(joined, levels),
		passes: countPasses(levels),
		levelDuration: levelSeconds ?? "auto",
		levelRequests,
		connection: `of ${tool}`,
		method: 1
	});
}
function describeLoad({ load, levels: [first] }, levels) {
	const numbers = levels.map(({ concurrency }) => concurrency);
	if (load === "concurrency") return { concurrency: numbers };
	const { arrivals, maxInFlight } = first;
	return {
		concurrency: [],
		rates: numbers,
		arrivals: arrivals ?? NOT_SAID,
		...maxInFlight !== null && { maxInFlight }
	};
}
function countPasses(levels) {
	return Math.max(1, ...levels.map(({ passes }) => passes.length));
}
function planOf({ levels: measured }, levels) {
	const sumTokens = (rate) => Math.round(sum(measured.map((level) => (level[rate] ?? 0) * level.seconds)));
	return {
		levels: levels.map(({ concurrency }) => concurrency),
		passes: countPasses(levels),
		expected: {
			seconds: sum(measured.map(({ seconds }) => seconds)),
			requests: sum(measured.map(({ ok, failed }) => ok + failed)),
			inputTokens: sumTokens("inputTokensPerSecond"),
			outputTokens: sumTokens("outputTokensPerSecond")
		},
		cut: []
	};
}
function judgeLevel(concurrency, passes, { tool, task, load }) {
	const ok = sum(passes.map((pass) => pass.ok));
	const failed = sum(passes.map((pass) => pass.failed));
	const cut = passes.find((pass) => pass.cut !== null)?.cut ?? null;
	const fewest = Math.min(...passes.map((pass) => pass.ok + pass.failed));
	const needed = load === "rate" ? 3 : countNeededRequests({ concurrency });
	const logs = `What ${tool} wrote of its errors and the log of the server say why.`;
	const found = (code, message, remedy) => ({
		code,
		level: concurrency,
		message,
		remedy
	});
	return [
		...cut === null ? [] : [found("cancelled", `The measurement is not whole: ${cut}.`, "Measure again.")],
		...ok === 0 ? [found("no-success", "No request of the level succeeded.", logs)] : [],
		...ok > 0 && isFailing({
			ok,
			failed
		}) ? [found("errors", `${pluralise(failed, "request")} of ${ok + failed} failed.`, logs)] : [],
		...ok > 0 && fewest < needed ? [found("too-few-requests", `It has ${pluralise(fewest, "request")}; ${needed} are needed.`, `Let ${tool} send more requests at each level.`)] : [],
		...ok > 0 && generatesTokens(task) && passes.every(({ ttftMs }) => ttftMs === null) ? [found("buffered", `${tool} states no TTFT: latency and throughput are compared.`, `Let ${tool} stream the answers.`)] : []
	];
}
const HARMLESS = /* @__PURE__ */ new Set(["buffered"]);
function buildLevel(concurrency, stated, findings, load) {
	const invalidReasons = findings.flatMap(({ code }) => HARMLESS.has(code) ? [] : [code]);
	const isBuffered = findings.some(({ code }) => code === "buffered");
	let startedAtSeconds = 0;
	const passes = stated.map((level, i) => {
		const pass = {
			pass: i + 1,
			startedAtSeconds,
			...figuresOf(level, load)
		};
		startedAtSeconds += level.seconds;
		return pass;
	});
	const pooled = passes.length === 1 ? figuresOf(stated[0], load) : poolPasses(passes);
	return {
		concurrency,
		valid: invalidReasons.length === 0,
		invalidReasons,
		state: invalidReasons.length > 0 ? "invalid" : isBuffered ? "buffered" : "ok",
		tokenSources: [],
		...pooled,
		passes
	};
}
function figuresOf(level, load) {
	const { ok, failed, seconds, concurrency, outputTokensPerSecond, inputTokensPerSecond, requestsPerSecond } = level;
	const times = mapTimes((field) => summariseTime(level[field], {
		ok,
		failed,
		isOfChunks: field === "interChunkMs"
	}));
	return {
		windowSeconds: seconds,
		requests: {
			ok,
			failed,
			short: 0
		},
		failures: failed > 0 ? { unknown: failed } : {},
		...times,
		outputTokensPerSecond,
		inputTokensPerSecond,
		requestsPerSecond,
		client: null,
		inFlight: {
			mean: level.inFlight ?? (load === "concurrency" && concurrency === 1 ? 1 : null),
			byLittlesLaw: null
		},
		cachedShare: null,
		connectionShare: null
	};
}
function mapTimes(find) {
	const isStated = (field) => STATED_TIMES.includes(field);
	return Object.fromEntries(TIME_METRICS.map((field) => [field, isStated(field) ? find(field) : null]));
}
function summariseTime(time, { ok, failed, isOfChunks }) {
	if (time === null || ok === 0) return null;
	const n = isOfChunks ? Infinity : ok + failed;
	const percentile = (name) => n < MINIMUM_SAMPLES[name] ? null : time[name];
	return {
		n: ok,
		mean: time.mean,
		sd: time.sd,
		min: time.min,
		p50: time.p50,
		p90: percentile("p90"),
		p95: percentile("p95"),
		p99: percentile("p99"),
		max: time.max
	};
}
function poolPasses(passes) {
	const ok = sum(passes.map(({ requests }) => requests.ok));
	const failed = sum(passes.map(({ requests }) => requests.failed));
	const seconds = sum(passes.map(({ windowSeconds }) => windowSeconds));
	const rateOf = (field) => {
		const rates = passes.map((pass) => pass[field] === null ? null : pass[field] * pass.windowSeconds);
		return seconds === 0 || rates.includes(null) ? null : sum(rates) / seconds;
	};
	const inFlight = passes.map((pass) => pass.inFlight.mean);
	return {
		windowSeconds: seconds,
		requests: {
			ok,
			failed,
			short: 0
		},
		failures: failed > 0 ? { unknown: failed } : {},
		...mapTimes((field) => poolTimes(passes.flatMap((pass) => pass[field] ?? []))),
		outputTokensPerSecond: rateOf("outputTokensPerSecond"),
		inputTokensPerSecond: rateOf("inputTokensPerSecond"),
		requestsPerSecond: rateOf("requestsPerSecond"),
		client: null,
		inFlight: {
			mean: inFlight.includes(null) ? null : sum(inFlight) / inFlight.length,
			byLittlesLaw: null
		},
		cachedShare: null,
		connectionShare: null
	};
}
function poolTimes(all) {
	if (all.length === 0) return null;
	const averageLogs = (name) => {
		const values = all.map((each) => each[name]);
		return values.some((value) => value === null || value <= 0) ? null : Math.exp(sum(values.map((value) => Math.log(value))) / values.length);
	};
	const findEdge = (name) => {
		const values = all.map((each) => each[name]);
		return values.includes(null) ? null : Math[name](...values);
	};
	return {
		n: sum(all.map(({ n }) => n)),
		mean: averageLogs("mean"),
		sd: null,
		min: findEdge("min"),
		p50: averageLogs("p50"),
		p90: averageLogs("p90"),
		p95: averageLogs("p95"),
		p99: averageLogs("p99"),
		max: findEdge("max")
	};
}
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
// src/gate/import-results.ts
async function importResults(settings, patterns, { readResults, redactReport, log }) {
	const files = readResults(patterns);
	const joined = joinResults(files, settings);
	if (!("levels" in joined)) throw new SettingsError(joined);
	const report = await redactReport(importRun(joined, settings));
	log(`judging what ${joined.tool} measured: ${files.map(({ path }) => escapeForTerminal(path)).join(", ")}`);
	const limits = checkLimits(settings.limits, report);
	return {
		report: limits.length === 0 ? report : {
			...report,
			limits: toReportLimits(limits)
		},
		records: [],
		limits,
		error: null,
		control: null,
		controlTrouble: null
	};
}
export { importResults };
