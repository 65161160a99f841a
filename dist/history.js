import { n as __exportAll } from "./rolldown-runtime.js";
import { Nr as PLATEAU_STATES, ai as escapeForTerminal, jr as LEVEL_STATES } from "./measuring.js";
import { Bn as HISTORY_SCHEMA, Jn as fitsItsKey, Vn as ROW_FIGURES, lr as TAIL_ROWS, on as CLUES, rr as GATED_METRICS, sr as RATE_FIELDS, ur as TIME_FIELDS } from "./plateau.js";
import { b as FACTS_IN_ORDER } from "./level.js";
import { t as mean } from "./vendor.js";
import { b as selectComparableEntries, g as listUsualLevels, t as RUN_REPORT_SCHEMA } from "./figures.js";
import { E as registry, S as string, _ as int, b as object, g as boolean, h as array, m as _null, n as datetime, p as _enum, v as literal, w as union, x as record, y as number } from "./vendor-zod.js";
// src/report/verdict.ts
const VERDICT_SCHEMA = "plateau/verdict@1";
const VERDICT_WORDS = [
	"cancelled",
	"regressed",
	"not-measured",
	"suspect",
	"not-comparable",
	"no-baseline",
	"skipped",
	"accepted",
	"no-change-seen",
	"proven",
	"improved"
];
const WORDS_OF_A_RUN = [
	"cancelled",
	"no-baseline",
	"skipped"
];
function looksWorse(word) {
	return word === "regressed" || word === "suspect";
}
function looksGood(word) {
	return word === "no-change-seen" || word === "proven" || word === "improved";
}
function compareBadness(a, b) {
	const rankVerdict = ({ check, verdict }) => [
		"fail",
		"warn",
		"pass"
	].indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict);
	return rankVerdict(a) - rankVerdict(b);
}
const REASONS = [
	{
		code: "limit",
		meaning: "A limit is broken"
	},
	{
		code: "level-lost",
		meaning: "A concurrency that the baseline holds no longer holds"
	},
	{
		code: "error-rate",
		meaning: "More requests fail than in the baseline"
	},
	{
		code: "limit-not-measured",
		meaning: "A limit could not be checked"
	},
	{
		code: "levels-missing",
		meaning: "Too many levels could not be measured, for reasons that are not the server\u2019s"
	},
	{
		code: "run-invalid",
		meaning: "The run as a whole is not valid"
	},
	{
		code: "endpoint",
		meaning: "The endpoint could not be reached or refused"
	},
	{
		code: "baseline",
		meaning: "The history may exist and could not be read"
	},
	{
		code: "history-lost",
		meaning: "Runs were recorded, and none of them can be used any more"
	},
	{
		code: "control-lost",
		meaning: "The control could not be measured, and no run is recorded to compare with instead"
	},
	{
		code: "not-proven",
		meaning: "`gate: release`: not every metric is proven to be within its tolerance"
	},
	{
		code: "fork",
		meaning: "A pull request of a fork has no key"
	},
	{
		code: "foreign-commit",
		meaning: "Nothing shows that the commit is of this repository and not of a fork"
	},
	{
		code: "dependabot",
		meaning: "A run of Dependabot has no key"
	},
	{
		code: "no-key",
		meaning: "There is no key, and the event is not trusted"
	},
	{
		code: "no-writer",
		meaning: "Who caused the run is not known to have write access here"
	},
	{
		code: "nothing-to-measure",
		meaning: "Nothing to measure, all measuring jobs were skipped"
	},
	{
		code: "cancelled",
		meaning: "The run was interrupted"
	},
	{
		code: "leg-missing",
		meaning: "A measuring job left no result"
	}
];
const DOUBTS = {
	"main-moved": "not red, because the newest recorded runs are about as bad in what looks worse: the default branch itself may just have become so, and its next runs will tell",
	"seen-before": "not red, because recorded runs of the same code were about as bad now and then",
	"seen-once": "not red, because one recorded run of the same code was apart from all others and about as bad: what slowed that one may have slowed this one, and a re-run will tell",
	"slower-alike": "not red, because TTFT and TPOT are slower by about the same factor, as on a slower machine, and few runs are recorded that could have met one: run it again, and a second attempt of the action that is as slow is red; a control tells at once",
	"history-disagrees": "not red, because the runs of the default branch that were recorded without this control were about as bad: this control may be faster than what was measured so far",
	"control-elsewhere": "not red, because the control itself was faster or slower than beside any recorded run, and nothing tells how far main follows it there",
	"other-hour": "not red, because no recorded run is from this time of the day, and hours may differ by as much: record runs at this time, too",
	"other-day": "not red, because all recorded runs are from one day or two, and days may differ by as much: record runs on other days, too",
	"attempts-differ": "not red, because this attempt alone is not worse: what an attempt before it measured did not come again",
	"many-gates": "not red, because among as many metrics as the gates of this pull request compare, one is as bad as this by chance more often than promised"
};
function loadOfVerdict({ load }) {
	return load ?? "concurrency";
}
const METRICS_SHARE = .9;
const LOST_LEVELS_SHARE = .05;
const ERROR_RATE_SHARE = .05;
// src/report/strict-json.ts
function decodeStrict(text, format) {
	const { what, schema, version } = format;
	const value = parseJson(text, format);
	if (version !== void 0) refuseNewer(value, version);
	const result = schema.safeParse(value, { jitless: true });
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	const message = (issue?.message ?? `not a ${what}`).replace(/received undefined$/, "received nothing");
	throw new format.error(`${pathOf(issue?.path ?? [], what)}: ${message}`);
}
function encodeStrict(value, decode) {
	const cut = (_, member) => typeof member === "string" ? member.slice(0, MAXIMUM_TEXT) : member;
	return escapeSigns(JSON.stringify(decode(JSON.stringify(value, cut)), null, 2));
}
function dropByteOrderMark(text) {
	return text.replace(/^\ufeff/, "");
}
function parseJson(text, { what, maximumLength, error: FormatError }) {
	if (text.length > maximumLength) throw new FormatError(`the ${what} is longer than ${maximumLength} characters`);
	try {
		const json = dropByteOrderMark(text);
		if (!/__proto__|\\u/.test(json)) return JSON.parse(json);
		return JSON.parse(json, (key, value) => {
			if (key === "__proto__") throw new FormatError(`the ${what} has a member "__proto__"`);
			return value;
		});
	} catch (error) {
		if (error instanceof FormatError) throw error;
		throw new FormatError(`the ${what} is not JSON`, { cause: error });
	}
}
function pathOf(path, what) {
	const text = path.map((key) => typeof key === "number" ? `[${key}]` : `.${escapeForTerminal(String(key))}`).join("");
	return text === "" ? what : text.replace(/^\./, "");
}
function refuseNewer(value, { current, error: NewerError }) {
	if (value === null || typeof value !== "object" || !("schema" in value) || typeof value.schema !== "string") return;
	const [format, known] = current.split("@");
	const [, version] = /@(\d{1,6})$/.exec(value.schema) ?? [];
	if (version === void 0 || value.schema !== `${format}@${version}` || Number(version) <= Number(known)) return;
	throw new NewerError(`schema: is ${value.schema}, which a newer version of Plateau wrote; update Plateau`);
}
function escapeSigns(json) {
	return json.replace(/[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (sign) => {
		return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
	});
}
const MAXIMUM_PASSES = 1e3;
const MAXIMUM_TEXT = 2e4;
const figure = number().min(0).max(0x38d7ea4c68000);
const share = number().min(0).max(1);
const count = int().min(0).max(0xe8d4a51000);
const concurrency = number().min(.001).max(1e6);
const name = string().max(MAXIMUM_TEXT);
const OUR_WORDS = registry();
const word = string().max(MAXIMUM_TEXT).register(OUR_WORDS, {});
function schemasOf(fields, schema) {
	return Object.fromEntries(fields.map((field) => [field, schema]));
}
function someOf(names, schema) {
	const shape = schemasOf(names, schema.exactOptional());
	return object(shape);
}
const clues = someOf(CLUES, figure);
function refineRising(levels) {
	return levels.refine((all) => all.every(({ concurrency }, i) => i === 0 || concurrency > all[i - 1].concurrency), "must be by rising concurrency");
}
const levelState = _enum(LEVEL_STATES);
const plateauState = _enum(PLATEAU_STATES);
const throughputMetric = _enum(RATE_FIELDS);
// src/report/run-report-codec.ts
var ReportError = class extends Error {
	name = "ReportError";
};
const MAXIMUM_LENGTH$1 = 33554432;
function encodeRunReport(report) {
	return encodeStrict(report, decodeRunReport);
}
function decodeRunReport(text) {
	return decodeStrict(text, {
		what: "report",
		schema: runReportSchema,
		maximumLength: MAXIMUM_LENGTH$1,
		error: ReportError
	});
}
function* encodeRecords(records) {
	for (const record of records) {
		const facts = FACTS_IN_ORDER.map(({ name, kind }) => [name, kind === "time" ? roundToMicroseconds(record[name]) : record[name]]);
		yield `${escapeSigns(JSON.stringify(Object.fromEntries(facts)))}\n`;
	}
}
function roundToMicroseconds(ms) {
	return ms === null ? null : Math.round(ms * 1e3) / 1e3;
}
const summary = object({
	n: count,
	...schemasOf([
		"mean",
		"sd",
		"min",
		"p50",
		"p90",
		"p95",
		"p99",
		"max"
	], figure.nullable())
});
const times = schemasOf([...TIME_FIELDS, "connectMs"], summary.nullable().default(null));
const rates = schemasOf(RATE_FIELDS, figure.nullable().default(null));
const serverSide = object({
	source: name,
	...schemasOf([
		"ttftMs",
		"tpotMs",
		"clientTtftMs",
		"clientTpotMs",
		"queueMs"
	], figure.nullable()),
	...schemasOf([
		"running",
		"waiting",
		"kvCacheUsage",
		"prefixHitShare"
	], figure.nullable()),
	preemptions: figure.nullable().exactOptional()
});
const split = object({
	...schemasOf([
		"lateMs",
		"connectMs",
		"firstTokenMs",
		"decodeMs",
		"drainMs"
	], figure),
	queueMs: figure.nullable()
});
const partTime = object({
	p50: figure.nullable(),
	p95: figure.nullable()
}).nullable();
const part = object({
	name,
	requests: object({
		ok: count,
		failed: count
	}),
	inputTokens: count,
	outputTokens: count,
	...schemasOf([
		"ttftMs",
		"tpotMs",
		"latencyMs"
	], partTime)
});
const attained = object({
	inside: count,
	attainment: share.nullable(),
	strain: figure.nullable(),
	requestsPerSecond: figure.nullable(),
	outputTokensPerSecond: figure.nullable()
});
const conversations = object({
	turns: array(object({
		turn: count,
		andLater: literal(true).exactOptional(),
		requests: object({
			ok: count,
			failed: count
		}),
		inputTokens: figure.nullable(),
		cachedShare: figure.nullable(),
		ttftMs: figure.nullable(),
		latencyMs: figure.nullable()
	})).max(100),
	whole: count,
	latencyMs: figure.nullable(),
	spanMs: figure.nullable(),
	endedEarly: count
});
const figures = {
	windowSeconds: figure,
	requests: object({
		ok: count,
		failed: count,
		short: count
	}),
	failures: record(string().max(40), count),
	...times,
	...rates,
	client: object({
		...schemasOf([
			"eventLoopUtilization",
			"delayP90Ms",
			"delayP99Ms",
			"queueP99Ms"
		], figure),
		threads: count.exactOptional()
	}).nullable(),
	inFlight: object({
		mean: figure.nullable(),
		byLittlesLaw: figure.nullable()
	}),
	cachedShare: figure.nullable(),
	connectionShare: figure.nullable(),
	tokenText: object({
		charactersPerToken: figure,
		tokensPerEvent: figure
	}).exactOptional(),
	open: object({
		maxInFlight: count,
		peakInFlight: count,
		waited: count,
		dropped: count,
		lagMs: object({
			p50: figure,
			p99: figure
		}).nullable()
	}).exactOptional(),
	attained: attained.exactOptional(),
	server: serverSide.exactOptional()
};
const level$1 = object({
	concurrency,
	valid: boolean(),
	invalidReasons: array(word).max(100),
	state: levelState,
	tokenSources: array(string().max(40).register(OUR_WORDS, {})).max(10).exactOptional(),
	reasoningShare: share.exactOptional(),
	...figures,
	split: split.exactOptional(),
	conversations: conversations.exactOptional(),
	parts: array(part).max(20).exactOptional(),
	passes: array(object({
		pass: count,
		startedAtSeconds: figure,
		...figures
	})).max(MAXIMUM_PASSES)
});
const estimate = object({
	value: figure,
	low: figure.nullable(),
	high: figure.nullable()
});
const plateau = object({
	state: plateauState,
	metric: throughputMetric,
	...schemasOf(RATE_FIELDS, estimate.nullable().default(null)),
	kneeConcurrency: figure.nullable(),
	concurrencies: array(concurrency).max(64)
});
const within = object({
	limit: word,
	...rates,
	concurrency: figure.nullable()
});
const capacity = object({
	state: _enum([
		"found",
		"at-least",
		"below",
		"unknown"
	]),
	concurrency: estimate.nullable(),
	passes: array(figure).max(MAXIMUM_PASSES)
});
const price = object({
	perHour: figure,
	tokens: throughputMetric,
	atPlateau: figure.nullable(),
	atCapacity: figure.nullable()
});
const sentPrompts = object({
	form: word,
	noun: word,
	container: word,
	found: count,
	leftOut: array(object({
		why: word,
		count
	})).max(100),
	ignored: array(name).max(100),
	sent: count,
	length: word.nullable(),
	seed: name.nullable()
});
const replayedTrace = object({
	seconds: figure,
	inputTokens: figure.nullable(),
	outputTokens: figure.nullable(),
	blockTokens: count.nullable(),
	repeatedShare: share
});
const kept = object({
	value: figure,
	passes: array(figure).max(MAXIMUM_PASSES)
});
const slo$1 = object({
	objectives: word,
	share,
	capacity,
	attainment: kept.nullable(),
	goodput: kept.nullable()
});
const askedLevels = union([literal("auto"), array(concurrency).max(64)]);
const series = object({
	name: word,
	source: object({
		tool: word,
		ttft: word,
		tpot: word
	}).exactOptional(),
	key: string().regex(/^[0-9a-f]{64}$/),
	api: word,
	workload: object({
		task: word,
		inputTokens: word,
		outputTokens: word,
		sharedPrefixTokens: count,
		mix: name.exactOptional(),
		promptsHash: name.nullable(),
		extraBody: name.nullable(),
		headerNames: array(name).max(100),
		prefixCache: _enum(["avoid", "allow"]),
		batchSize: figure,
		turns: word.exactOptional(),
		thinkTime: union([figure, word]).exactOptional(),
		systemPromptTokens: count.exactOptional(),
		images: word.exactOptional()
	}),
	concurrency: askedLevels,
	rates: askedLevels.exactOptional(),
	arrivals: word.exactOptional(),
	maxInFlight: count.exactOptional(),
	speeds: askedLevels.exactOptional(),
	trace: word.exactOptional(),
	passes: union([literal("auto"), int().min(1).max(MAXIMUM_PASSES)]),
	levelDuration: union([literal("auto"), figure]),
	levelRequests: count.nullable(),
	connection: word,
	method: count
}).refine(fitsItsKey, {
	path: ["key"],
	message: "is not the key of these fields (edited, or of a newer version of Plateau)"
});
const context = object({
	host: name.exactOptional(),
	endpointLabel: name,
	model: name.nullable(),
	servedModel: name.nullable(),
	serverVersion: name.exactOptional(),
	build: name.exactOptional(),
	provisioned: name.exactOptional(),
	region: name.exactOptional(),
	loadTool: name.exactOptional(),
	requestTokens: name.exactOptional(),
	runner: object({
		environment: name,
		os: word,
		arch: word,
		cpuCount: count
	}),
	node: name
});
const plan = object({
	levels: array(concurrency).max(64),
	passes: int().min(1).max(MAXIMUM_PASSES),
	expected: object({
		seconds: figure,
		requests: figure,
		inputTokens: figure,
		outputTokens: figure
	}),
	cut: array(name).max(100),
	once: array(concurrency).max(64).exactOptional(),
	searchEnd: word.exactOptional()
});
const validity = object({
	ok: boolean(),
	cause: name.exactOptional(),
	findings: array(object({
		code: word,
		level: concurrency.exactOptional(),
		message: name,
		remedy: name.exactOptional()
	})).max(1e3)
});
const crossCheck = object({
	outputTokens: array(count).max(10),
	levels: refineRising(array(object({
		concurrency,
		requests: count,
		ttftMs: figure.nullable(),
		tpotMs: figure.nullable(),
		latencyMs: figure.nullable(),
		notebookThroughput: figure.nullable(),
		streamed: object({
			ttftMs: figure.nullable(),
			tpotMs: figure.nullable()
		})
	})).max(64))
});
const slowRequest = object({
	id: name.exactOptional(),
	serverId: name.exactOptional(),
	level: concurrency,
	pass: count,
	startSeconds: number().min(-0x38d7ea4c68000).max(0x38d7ea4c68000),
	timesMedian: figure,
	ttftMs: figure.nullable(),
	tpotMs: figure.nullable(),
	latencyMs: figure,
	inputTokens: count.nullable(),
	outputTokens: count
});
const proofError = object({
	p50: figure,
	p99: figure
});
const selfProof = object({
	streams: count,
	answers: count,
	ttftErrorMs: proofError,
	tpotError: proofError.nullable(),
	tokensPerSecond: figure,
	plannedTokensPerSecond: figure
});
const shards = object({
	count,
	clockSpreadMs: figure,
	clockWithinMs: figure
});
const limit = object({
	limit: word,
	concurrency: concurrency.nullable(),
	outcome: _enum([
		"pass",
		"fail",
		"not-measured"
	]),
	value: figure.nullable(),
	bound: number().nullable(),
	reason: name.nullable(),
	near: literal(true).exactOptional(),
	alone: figure.exactOptional()
});
const scalar = union([
	name,
	number(),
	boolean(),
	_null()
]);
const notes = array(name).max(100);
const imported = object({
	tool: word,
	version: name.nullable(),
	notes
});
const runReportSchema = object({
	schema: literal(RUN_REPORT_SCHEMA),
	tool: object({
		name: word,
		version: word
	}),
	imported: imported.exactOptional(),
	startedAt: datetime(),
	durationSeconds: figure,
	series,
	context,
	plan,
	capabilities: record(name, union([
		scalar,
		array(scalar).max(1e3),
		record(name, union([scalar, array(scalar).max(1e3)]))
	])),
	levels: refineRising(array(level$1).max(64)),
	slowest: array(slowRequest).max(100).exactOptional(),
	plateau,
	within: within.nullable(),
	slo: slo$1.exactOptional(),
	price: price.exactOptional(),
	prompts: sentPrompts.exactOptional(),
	trace: replayedTrace.exactOptional(),
	selfProof: selfProof.exactOptional(),
	shards: shards.exactOptional(),
	crossCheck: crossCheck.exactOptional(),
	limits: array(limit).max(1e3).exactOptional(),
	validity
});
// src/report/history-codec.ts
var history_codec_exports = /* @__PURE__ */ __exportAll({
	HistoryError: () => HistoryError,
	NewerHistoryError: () => NewerHistoryError,
	decodeHistory: () => decodeHistory,
	encodeHistory: () => encodeHistory,
	historyEntrySchema: () => historyEntrySchema,
	historyRowSchema: () => historyRowSchema,
	historySchema: () => historySchema
});
var HistoryError = class extends Error {
	name = "HistoryError";
};
var NewerHistoryError = class extends HistoryError {
	name = "NewerHistoryError";
};
const MAXIMUM_LENGTH = 67108864;
function encodeHistory(history) {
	const { schema, entries } = decodeHistory(JSON.stringify(history));
	const lines = entries.map((entry) => JSON.stringify(entry));
	return escapeSigns(`{"schema":${JSON.stringify(schema)},"entries":[\n${lines.join(",\n")}\n]}\n`);
}
function decodeHistory(text) {
	return decodeStrict(text, {
		what: "history",
		schema: historySchema,
		maximumLength: MAXIMUM_LENGTH,
		version: {
			current: HISTORY_SCHEMA,
			error: NewerHistoryError
		},
		error: HistoryError
	});
}
const MAXIMUM_ENTRIES = 2e4;
const text = string().max(1e3);
const id = string().max(1e3).register(OUR_WORDS, {});
const positive = number().min(1e-12).max(0x38d7ea4c68000);
const pass = object({
	ok: count,
	failed: count,
	figures: someOf(ROW_FIGURES, positive),
	tokenText: object({
		charactersPerToken: positive,
		tokensPerEvent: positive
	}).exactOptional()
});
const level = object({
	concurrency,
	valid: boolean(),
	state: levelState.exclude(["buffered"]),
	tails: someOf(TAIL_ROWS.map(({ name }) => name), positive),
	kept: object({
		attainment: share,
		goodput: number().min(0).max(0x38d7ea4c68000),
		strain: number().min(0).max(0x38d7ea4c68000).nullable().exactOptional()
	}).exactOptional(),
	clues: clues.exactOptional(),
	once: literal(true).exactOptional(),
	passes: array(pass).max(MAXIMUM_PASSES)
});
const traits = object({
	tokenSource: id.nullable(),
	buffered: boolean(),
	reasoning: boolean()
});
const figureOfRun = object({
	value: positive,
	passes: array(positive).max(MAXIMUM_PASSES)
});
const slo = object({
	objectives: word,
	share,
	capacity: figureOfRun.exactOptional(),
	attainment: figureOfRun.exactOptional(),
	goodput: figureOfRun.exactOptional()
});
const historyRowSchema = object({
	startedAt: datetime(),
	series,
	context,
	levels: refineRising(array(level).max(64)),
	throughputMetric,
	plateauState,
	within: object({
		limit: word,
		value: positive
	}).nullable(),
	slo: slo.exactOptional(),
	traits
});
const source = object({
	sha: text.nullable(),
	ref: text.nullable(),
	runId: text.min(1).register(OUR_WORDS, {}),
	attempt: int().min(1).max(1e6),
	event: text,
	url: text.regex(/^https?:\/\//, "must be an http or https URL").nullable(),
	triggeredBy: id.exactOptional()
});
const historyEntrySchema = object({
	row: historyRowSchema,
	control: historyRowSchema.exactOptional(),
	source,
	verdict: _enum(VERDICT_WORDS),
	segments: someOf(GATED_METRICS, _enum(["opens", "accepted"]))
});
const historySchema = object({
	schema: literal(HISTORY_SCHEMA),
	entries: array(historyEntrySchema).max(MAXIMUM_ENTRIES)
});
// src/gate/recall.ts
var recall_exports = /* @__PURE__ */ __exportAll({
	recallLadder: () => recallLadder,
	recallLevels: () => recallLevels
});
function recallLevels(rows, levels) {
	return levels.map((level) => {
		const latencies = rows.flatMap((row) => row.levels.filter(({ concurrency }) => concurrency === level)).flatMap((each) => each.passes).flatMap(({ figures }) => figures["latency-p50"] ?? []);
		return {
			level,
			latencyMs: latencies.length === 0 ? null : Math.exp(mean(latencies.map(Math.log)))
		};
	});
}
function recallLadder(entries, series) {
	const rows = selectComparableEntries(entries, series).slice(-5).map(({ row }) => row);
	const ladder = listUsualLevels(rows);
	if (ladder.length === 0) return null;
	return recallLevels(rows, ladder).map((each) => {
		const found = rows.flatMap((row) => row.levels.find(({ concurrency }) => concurrency === each.level) ?? []);
		return {
			...each,
			once: 2 * found.filter(({ once }) => once === true).length > found.length
		};
	});
}
export { DOUBTS as A, looksGood as B, escapeSigns as C, share as D, refineRising as E, VERDICT_SCHEMA as F, VERDICT_WORDS as I, WORDS_OF_A_RUN as L, LOST_LEVELS_SHARE as M, METRICS_SHARE as N, someOf as O, REASONS as P, compareBadness as R, encodeStrict as S, name as T, looksWorse as V, clues as _, decodeHistory as a, decodeStrict as b, historyRowSchema as c, encodeRecords as d, encodeRunReport as f, OUR_WORDS as g, MAXIMUM_PASSES as h, HistoryError as i, ERROR_RATE_SHARE as j, word as k, history_codec_exports as l, runReportSchema as m, recallLevels as n, encodeHistory as o, limit as p, recall_exports as r, historyEntrySchema as s, recallLadder as t, decodeRunReport as u, concurrency as v, figure as w, dropByteOrderMark as x, count as y, loadOfVerdict as z };
