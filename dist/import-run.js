import { Gt as VERSION, Vr as generatesTokens, mi as pluralise } from "./measuring.js";
import { D as findPlateau, O as TIME_METRICS, S as findBestWithin, t as RUN_REPORT_SCHEMA } from "./figures.js";
import { S as countNeededRequests, _ as explainInvalid, m as priceTokens, x as isFailing } from "./sweep.js";
import { Gn as addSeriesKey, gr as mapRates, rn as TOOLS, xr as rowOfTime } from "./plateau.js";
import { a as sum } from "./vendor.js";
import { x as MINIMUM_SAMPLES } from "./level.js";
import { X as STATED_TIMES } from "./late.js";
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
	return addSeriesKey({
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
			...computeFigures(level, load)
		};
		startedAtSeconds += level.seconds;
		return pass;
	});
	const pooled = passes.length === 1 ? computeFigures(stated[0], load) : poolPasses(passes);
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
function computeFigures(level, load) {
	const { ok, failed, seconds, concurrency, inFlight } = level;
	const times = mapTimes((field) => summariseTime(level[field], {
		ok,
		failed,
		isOfChunks: rowOfTime(field).fact === null
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
		...mapRates((field) => level[field]),
		client: null,
		inFlight: {
			mean: inFlight ?? (load === "concurrency" && concurrency === 1 ? 1 : null),
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
		...mapRates((field) => {
			const rates = passes.map((pass) => pass[field] === null ? null : pass[field] * pass.windowSeconds);
			return seconds === 0 || rates.includes(null) ? null : sum(rates) / seconds;
		}),
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
export { importRun };
