import { i as __toESM, n as __exportAll } from "./rolldown-runtime.js";
import { t as require_tls } from "./builtins.js";
import { $ as seedRandom, $n as asArray, $t as apiOfAnswer, A as fixLength, Ar as escapeForHtml, B as findMisfit, Bn as vendorOf, Br as pluralise, Bt as CREDENTIALS, C as buildLastTurn, Cn as ValueError, Cr as spellLevels, Ct as VERSION, D as buildQuery, Dn as countEdits, Dr as decodePercent, Dt as readConnectionError, E as buildPrompt, En as spellSetting, Er as decapitalise, Et as nameCertificateTrouble, F as readTurns$1, Fn as WAYS, Fr as groupDigits, Ft as systemDeadline, G as toMessages, Gn as serverOfHeaders, Gr as FileRefusal, Gt as listSecretVariables, H as listQuestions, Hn as SERVER_PAGES, Ht as completeBasicPair, I as renderLengths, In as describeCredential, Ir as keepUnitsTogether, It as MORE_OPEN_FILES, J as shareOpenLoad, Jn as explainUnread, Jt as readVariables, K as countUsual, Kn as SERVERS_WITH_METRICS, Kr as SettingsError, Kt as listSecretVariablesIn, L as meanOfDistribution, Ln as explainByOwner, Lr as makeClause, Lt as findClientFailure, M as createImageSource, Mn as suggestName, Mr as escapeForTerminal, Mt as findClockOrigin, N as meanLength, Nn as CROSS_CHECK_MODEL, O as buildText, On as explainUnknown, Or as dropCodeMarks, Ot as readForeignProtocol, P as readLengths$1, Pn as VENDORS, Pr as formatSeconds, Pt as systemClock, Qn as forcesLength, Qt as APIS_OF_SEVERAL_TASKS, R as readDistribution, Rn as findKeyPlaceAt, Rr as nameAll, Rt as isFiltered, S as weighKinds, Sn as splitList, Sr as needsQuery, T as UNCALIBRATED, Tn as setting, Tt as isHttp2, U as measurePrompt, Un as describeVersion, Ur as BaselineError, Ut as credentialsOf, V as findOpenAiPart, Vn as wayOf, Vr as showUrl, Vt as authKindOf, W as removeLaterTurns, Wn as recogniseServer, Wr as EndpointError, X as listWorkers, Xn as replacePath, Xt as readHeaders, Y as countWorkers, Yn as taskOfPath, Yt as readExtraBody, Z as shareOut, Zn as trimPath, Zt as ALL_APIS, _ as grantBeforeLevels, _n as readEach, _r as isTooMuch, _t as createGarbageCollector, a as choosePauseMs, an as AUTH_WORDS, ar as MINIMUM_SAMPLES, at as refusesKey, b as createWorkload, bn as readShare, br as nameLevel, cn as allowWord, cr as percentile, ct as NO_AUTH, dn as parseDuration, dr as LOAD_SETTINGS$1, dt as openTransport, en as findApi, et as shuffle, fn as parseScaled, fr as STATE_WORDS, ft as sendEach, g as createBudget, gn as readDuration, gr as isOpenLoop, gt as findBursts, h as createBoard, hn as readCount, hr as generatesTokens, ht as readGateway, i as Share, in as API_NAMES, ir as parseJson$1, it as quoteServer, j as scaleLengths, jn as listAllowed, jr as escapeForMarkdown, k as countWordsFor, kn as findForeign, kr as dropUnseen, kt as stateTrouble, ln as offerWords, lr as summarise, mn as readChoice, mr as chooseLoad, mt as addressModel, n as orderEndpoint, nn as openAiApi, nr as asText, nt as explain, o as joinShares, on as FACTS_IN_ORDER, or as countMissingSamples, ot as findNamedField, pn as readBoolean, pr as TASKS, pt as createHttpTransport, q as findLastMs, qn as readServerMetrics, qt as readAuth, r as answerProofQuestion, rn as readTaskInName, rt as hasOnlyReasoning, sn as allowNone, sr as createLogHistogram, st as createAuthorizer, tn as guessApi, tr as asObject, tt as complaintOf, un as parseDecimal, ur as summariseHistogram, ut as getPage, v as LONE_SHARE, vn as readLine$1, vr as loadOf$1, vt as createHealthProbe, w as countMeanTurns, wn as listWritten, wr as addressOf, x as countTurns, xn as readText$2, xr as nameState, y as createLevelWorkload, yn as readNumber, yt as keepHeapSmall, z as renderDistribution, zn as readEndpointName, zr as partOf, zt as findTrouble$1 } from "./measuring.js";
import { A as sampleStandardDeviation, C as string, D as registry, O as mean, S as record, T as union, _ as boolean, a as ZodDefault, b as number, c as ZodObject, d as ZodString, f as ZodStringFormat, g as array, h as _null, i as ZodArray, j as sum, k as median, l as ZodOptional, m as _enum, o as ZodExactOptional, p as ZodUnion, r as datetime, s as ZodNullable, t as require_dist, u as ZodRecord, v as int, x as object, y as literal } from "./vendor.js";
import { connect } from "node:net";
import { once } from "node:events";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { Worker } from "node:worker_threads";
import { X509Certificate, createHash, createPrivateKey, randomBytes, randomUUID } from "node:crypto";
import { constants as constants$1, isUtf8 } from "node:buffer";
import { fileURLToPath } from "node:url";
import { copyFile, link, lstat, mkdir, open, readFile, readdir, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { accessSync, closeSync, constants as constants$2, existsSync, fstatSync, fsyncSync, globSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import { execFile, fork } from "node:child_process";
function formatMs(ms) {
	if (ms === null) return "\u2013";
	return Number(ms.toPrecision(3)) >= 1e3 ? `${formatDigits(ms / 1e3)} s` : `${formatDigits(ms)} ms`;
}
function formatRate(perSecond) {
	return perSecond === null ? "\u2013" : formatDigits(perSecond);
}
function formatShare(share) {
	if (share === null) return "\u2013";
	const percent = share * 100;
	return `${percent >= 9.95 || percent === 0 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}
function formatCount(count) {
	return groupDigits(Math.round(count));
}
function formatLarge(count) {
	if (count >= 1e11) return `${formatDigits(count / 1e9)} G`;
	if (count >= 95e3) return `${round$1(count / 1e6, 2)} M`;
	if (count >= 1e3) return `${formatDigits(count / 1e3)} k`;
	return formatCount(count);
}
function formatFailed({ ok, failed }) {
	return `${formatCount(failed)} of ${formatCount(ok + failed)} failed`;
}
function formatFailedShare({ ok, failed }) {
	return formatShare(ok + failed === 0 ? null : failed / (ok + failed));
}
function formatAbout(seconds) {
	if (seconds < 20) return `about ${Math.max(1, Math.round(seconds))} s`;
	if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s`;
	if (seconds < 175) return `about ${Math.round(seconds / 10) * 10} s`;
	if (seconds < 570) return `about ${Math.round(seconds / 30) / 2} min`;
	if (seconds < 5700) return `about ${Math.round(seconds / 60)} min`;
	return `about ${round$1(seconds / 3600, 1)} h`;
}
function formatDuration(seconds) {
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
function formatConcurrency(concurrency) {
	return concurrency >= 20 ? formatCount(concurrency) : String(round$1(concurrency, 1));
}
function formatLevel(load, level) {
	return nameLevel(load, isOpenLoop(load) ? Number(level.toPrecision(4)) : formatConcurrency(level));
}
function formatLoad(load, level) {
	return isOpenLoop(load) ? formatLevel(load, level) : `${formatConcurrency(level)} in flight`;
}
function formatChange(change) {
	return change === null ? "\u2013" : `${formatSigned(change, choosePlaces([change]))} %`;
}
function formatInterval({ low, high }) {
	const places = choosePlaces([low, high]);
	return `[${formatSigned(low, places)}, ${formatSigned(high, places)}]`;
}
function formatRange$1({ low, high }) {
	const places = choosePlaces([low, high]);
	const [from, to] = [formatSigned(low, places), formatSigned(high, places)];
	return low > 0 ? `${from.slice(1)} to ${to.slice(1)} %` : `${from} to ${to} %`;
}
function formatSize(change) {
	return formatChange(Math.abs(change)).replace("+", "");
}
function formatOneOf(rate) {
	if (rate < 1e-4) return "less than 1 of 10,000";
	const one = 1 / rate;
	return `1 of ${formatCount(one >= 20 ? Number(one.toPrecision(1)) : one)}`;
}
function formatDay(iso) {
	return iso.slice(0, 10);
}
function formatSha(sha) {
	return /^[0-9a-f]{7,64}$/i.test(sha) ? sha.slice(0, 7) : sha;
}
function keepTogether(text) {
	return text.replaceAll(" ", "\u00A0");
}
function formatDigits(value) {
	if (value === 0) return "0";
	if (value >= 999.5) return formatCount(value);
	return value.toPrecision(3).includes("e") ? String(Number(value.toPrecision(3))) : value.toPrecision(3);
}
function choosePlaces(changes) {
	return Math.max(...changes.map((change) => Math.abs(change * 100))) >= 9.95 ? 0 : 1;
}
function formatSigned(change, places) {
	const size = Math.abs(change * 100);
	const text = size.toFixed(places);
	if (Number(text) === 0) return "0";
	return `${change < 0 ? "\u2212" : "+"}${size >= 1e3 ? formatCount(size) : text}`;
}
function round$1(value, places) {
	return Number(value.toFixed(places));
}
// src/render/sentences.ts
function quote(text, most = 100) {
	return {
		kind: "text",
		text,
		most
	};
}
function quoteProse(text, most = 400) {
	return {
		kind: "prose",
		text,
		most
	};
}
function quoteCode(text, most = 100) {
	return {
		kind: "code",
		text,
		most
	};
}
function keepUnit(text) {
	return {
		kind: "figure",
		text
	};
}
function stress(of) {
	return {
		kind: "strong",
		of
	};
}
function linkTo$1(of, url) {
	return {
		kind: "link",
		of,
		url
	};
}
function listOf(entries, between, most = Infinity) {
	return {
		kind: "list",
		entries,
		between,
		most
	};
}
function say(words, ...quotes) {
	return words.flatMap((text, i) => i < quotes.length ? [text, quotes[i]] : [text]).filter((part) => part !== "");
}
function joinSentences(sentences, between) {
	return sentences.flatMap((sentence, i) => i === 0 ? [sentence] : [between, sentence]);
}
function writeSentence(sentence, writing) {
	if (typeof sentence === "string") return writing.words(sentence);
	if ("kind" in sentence) return writeQuote(sentence, writing);
	return sentence.map((part) => writeSentence(part, writing)).join("");
}
function writeQuote(quote, writing) {
	switch (quote.kind) {
		case "text":
		case "prose":
		case "code": return writing[quote.kind](quote.text, quote.most);
		case "figure": return writing.figure(quote.text);
		case "strong": return writing.strong(writeSentence(quote.of, writing));
		case "link": return writing.link(writeSentence(quote.of, writing), quote.url);
		case "list": return writeList(quote, writing);
	}
}
function writeList({ entries, between, most }, writing) {
	const shown = entries.slice(0, Math.min(most, writing.room));
	const more = entries.length - shown.length;
	const text = shown.map((entry) => writeSentence(entry, writing)).join(between);
	if (more === 0) return text;
	return between === " " ? `${text} And ${more} more.` : `${text} and ${more} more`;
}
function makeWordColumn(heading) {
	return {
		heading,
		align: "left"
	};
}
function makeFigureColumn(heading) {
	return {
		heading,
		align: "right"
	};
}
function dropAbsent(parts) {
	return parts.flatMap((part) => part === null || part === "" ? [] : [part]);
}
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
function looksWorse(word) {
	return word === "regressed" || word === "suspect";
}
function compareBadness(a, b) {
	const rankVerdict = ({ check, verdict }) => [
		"fail",
		"warn",
		"pass"
	].indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict);
	return rankVerdict(a) - rankVerdict(b);
}
function loadOfVerdict({ load }) {
	return load ?? "concurrency";
}
// src/vocabulary/metric-kinds.ts
const SPREAD_OF_TAILS = .2;
const PAIR_SPREAD_OF_TAILS = .12;
function percentilesOf(of) {
	return [
		percentileOf(of, "p50"),
		percentileOf(of, "p90"),
		percentileOf(of, "p95"),
		percentileOf(of, "p99")
	];
}
function percentileOf(of, percentile) {
	const isMedian = percentile === "p50";
	return {
		name: `${of.family}-${percentile}`,
		family: of.family,
		percentile,
		field: of.field,
		quantity: "time",
		unit: "ms",
		better: "lower",
		scope: "level",
		gated: true,
		automatic: isMedian ? of.automatic : null,
		needsStream: of.needsStream,
		countsTokens: of.countsTokens,
		stopsAtKnee: of.stopsAtKnee,
		isLatencyIfWhole: of.isLatencyIfWhole,
		defaultSpread: isMedian ? of.defaultSpread : SPREAD_OF_TAILS,
		defaultPairSpread: isMedian ? of.defaultPairSpread : PAIR_SPREAD_OF_TAILS,
		releaseTolerance: of.releaseTolerance,
		label: isMedian ? of.label : `${of.label} ${percentile}`,
		meaning: `${of.meaning}, ${isMedian ? "median" : `${percentile.slice(1)}th percentile`}`
	};
}
const NOT_COMPARED = {
	gated: false,
	automatic: null,
	needsStream: false,
	stopsAtKnee: false,
	isLatencyIfWhole: false,
	defaultSpread: null,
	defaultPairSpread: null,
	releaseTolerance: null
};
function rateOf$1(row) {
	return {
		...NOT_COMPARED,
		family: "throughput",
		percentile: null,
		better: "higher",
		scope: "level",
		...row
	};
}
const KEPT = {
	percentile: null,
	better: "higher",
	scope: "level",
	gated: true,
	automatic: null,
	needsStream: false,
	countsTokens: false,
	stopsAtKnee: false,
	isLatencyIfWhole: false,
	releaseTolerance: .1
};
function bestOf(row) {
	return {
		family: "throughput",
		percentile: null,
		quantity: "tokens-per-second",
		unit: null,
		better: "higher",
		scope: "run",
		gated: true,
		needsStream: false,
		countsTokens: "if-generated",
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .05,
		defaultPairSpread: .03,
		releaseTolerance: .1,
		...row
	};
}
// src/vocabulary/metrics.ts
const METRICS = [
	...percentilesOf({
		family: "ttft",
		field: "ttftMs",
		automatic: "streamed",
		needsStream: true,
		countsTokens: false,
		stopsAtKnee: true,
		isLatencyIfWhole: true,
		defaultSpread: .1,
		defaultPairSpread: .06,
		releaseTolerance: .15,
		label: "TTFT",
		meaning: "Time to the first generated output (text, reasoning or tool call)"
	}),
	...percentilesOf({
		family: "ttfo",
		field: "ttfoMs",
		automatic: "reasoning",
		needsStream: true,
		countsTokens: false,
		stopsAtKnee: true,
		isLatencyIfWhole: true,
		defaultSpread: .1,
		defaultPairSpread: .06,
		releaseTolerance: .15,
		label: "TTFO",
		meaning: "Time to the first answer text"
	}),
	...percentilesOf({
		family: "tpot",
		field: "tpotMs",
		automatic: "several-tokens",
		needsStream: true,
		countsTokens: true,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .05,
		defaultPairSpread: .03,
		releaseTolerance: .1,
		label: "TPOT",
		meaning: "Time per output token after the first"
	}),
	...percentilesOf({
		family: "inter-chunk",
		field: "interChunkMs",
		automatic: null,
		needsStream: true,
		countsTokens: false,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .05,
		defaultPairSpread: .03,
		releaseTolerance: .1,
		label: "Chunk gap",
		meaning: "Gap between chunks that carry tokens"
	}),
	...percentilesOf({
		family: "latency",
		field: "latencyMs",
		automatic: "whole",
		needsStream: false,
		countsTokens: false,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .1,
		defaultPairSpread: .06,
		releaseTolerance: .15,
		label: "Latency",
		meaning: "Time to the last token"
	}),
	rateOf$1({
		name: "throughput",
		field: "outputTokensPerSecond",
		quantity: "tokens-per-second",
		unit: "tok/s",
		countsTokens: true,
		label: "Throughput",
		meaning: "Output tokens per second of a level"
	}),
	rateOf$1({
		name: "input-throughput",
		field: "inputTokensPerSecond",
		quantity: "tokens-per-second",
		unit: "input tok/s",
		countsTokens: false,
		label: "Input throughput",
		meaning: "Input tokens per second of a level"
	}),
	rateOf$1({
		name: "requests-per-second",
		field: "requestsPerSecond",
		quantity: "requests-per-second",
		unit: "req/s",
		countsTokens: false,
		label: "Requests per second",
		meaning: "Finished requests per second of a level"
	}),
	{
		...NOT_COMPARED,
		name: "error-rate",
		family: "error-rate",
		percentile: null,
		field: "requests",
		quantity: "share",
		unit: "%",
		better: "lower",
		scope: "both",
		countsTokens: false,
		label: "Error rate",
		meaning: "Share of counted requests that failed, at a level or over the run"
	},
	bestOf({
		name: "plateau-throughput",
		field: "plateau",
		automatic: "always",
		label: "Plateau throughput",
		meaning: "Tokens per second on the plateau of the throughput curve"
	}),
	bestOf({
		name: "throughput-within",
		field: "within",
		automatic: null,
		label: "Throughput within limit",
		meaning: "Highest tokens per second inside the latencies that `throughput-within` sets"
	}),
	{
		...KEPT,
		name: "attainment",
		family: "attainment",
		field: "attainment",
		quantity: "share",
		unit: "%",
		defaultSpread: .1,
		defaultPairSpread: .06,
		label: "Attainment",
		meaning: "Share of counted requests that keep all objectives of `slo`; failed ones do not"
	},
	{
		...KEPT,
		name: "goodput",
		family: "goodput",
		field: "goodput",
		quantity: "requests-per-second",
		unit: "req/s",
		defaultSpread: .1,
		defaultPairSpread: .06,
		label: "Goodput",
		meaning: "Requests per second that keep all objectives of `slo`"
	},
	{
		...NOT_COMPARED,
		name: "goodput-tokens",
		family: "goodput",
		percentile: null,
		field: "goodput-tokens",
		quantity: "tokens-per-second",
		unit: "tok/s",
		better: "higher",
		scope: "level",
		countsTokens: true,
		label: "Token goodput",
		meaning: "Output tokens per second of the requests that keep all objectives of `slo`"
	},
	{
		name: "capacity",
		family: "capacity",
		percentile: null,
		field: "capacity",
		quantity: "concurrency",
		unit: "in flight",
		better: "higher",
		scope: "run",
		gated: true,
		automatic: "objectives",
		needsStream: false,
		countsTokens: false,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .1,
		defaultPairSpread: .06,
		releaseTolerance: .1,
		label: "Capacity",
		meaning: "Most requests in flight of which `slo-share` keep all objectives of `slo`"
	}
];
const METRIC_NAMES = METRICS.map(({ name }) => name);
const GATED_ROWS = METRICS.filter((metric) => metric.gated);
const GATED_METRICS = GATED_ROWS.map(({ name }) => name);
const MEDIAN_ROWS = METRICS.filter((metric) => metric.percentile === "p50");
const TAIL_ROWS = METRICS.filter((metric) => metric.percentile !== null && metric.percentile !== "p50");
const FIGURES_OF_LEVEL = [
	"throughput",
	...[...MEDIAN_ROWS, ...TAIL_ROWS].map(({ name }) => name),
	"attainment",
	"goodput"
];
const TIME_FIELDS = MEDIAN_ROWS.map(({ field }) => field);
const RATE_ROWS = METRICS.filter((metric) => metric.scope === "level" && metric.family === "throughput");
const RATE_FIELDS = RATE_ROWS.map(({ field }) => field);
const RATE_UNITS = Object.fromEntries(RATE_ROWS.map(({ field, unit }) => [field, unit]));
const SPEED_UNIT = "x";
function mapRates(make) {
	return Object.fromEntries(RATE_FIELDS.map((field) => [field, make(field)]));
}
const FIGURE_UNITS = [.../* @__PURE__ */ new Set([
	...Object.values(RATE_UNITS),
	SPEED_UNIT,
	...GATED_ROWS.flatMap((row) => row.quantity === "time" || row.unit === null ? [] : row.unit)
])];
const BY_NAME = new Map(METRICS.map((metric) => [metric.name, metric]));
function metricOf(name) {
	return BY_NAME.get(name);
}
function isOfObjectives$1(row) {
	return row.field === "attainment" || row.field === "goodput" || row.field === "capacity";
}
function unitOf(metric, { throughputMetric, series }) {
	const row = metricOf(metric);
	const load = loadOf$1(series);
	if (row.quantity === "concurrency" && load !== "concurrency") return load === "rate" ? RATE_UNITS.requestsPerSecond : SPEED_UNIT;
	return row.quantity === "time" ? null : row.unit ?? RATE_UNITS[throughputMetric];
}
function findMetric(name) {
	return BY_NAME.get(name) ?? null;
}
const DEFAULT_TOLERANCE = .05;
function toleranceOf({ gate, tolerance }, metric) {
	const given = tolerance?.byMetric[metric] ?? tolerance?.all ?? null;
	if (given !== null) return given;
	return gate === "release" ? metricOf(metric).releaseTolerance : DEFAULT_TOLERANCE;
}
// src/render/metric-words.ts
function labelOf({ metric, ofPlateau = null }) {
	return ofPlateau === false ? "Highest throughput" : metricOf(metric).label;
}
function nameOf(comparison) {
	const label = labelOf(comparison);
	return /^[A-Z]{2}/.test(label) ? label : decapitalise(label);
}
function formatFigure({ unit }, value) {
	if (value === null) return "\u2013";
	if (unit === "%") return formatShare(value);
	if (unit === "in flight") return `${formatConcurrency(value)} ${unit}`;
	return unit === null ? formatMs(value) : `${formatRate(value)} ${unit}`;
}
function formatRange(of, low, high) {
	const [from, to] = [formatFigure(of, low), formatFigure(of, high)];
	const unit = to.replace(/^\S+/, "");
	return `${from.endsWith(unit) ? from.slice(0, from.length - unit.length) : from} to ${to}`;
}
const BOUND_WORDS = {
	"at-least": "at least",
	below: "below"
};
function formatBounded(of, value, bound) {
	const figure = formatFigure(of, value);
	return bound === null || value === null ? figure : `${BOUND_WORDS[bound]} ${figure}`;
}
function formatSide(comparison, side) {
	return formatBounded(comparison, comparison[side], comparison.bounds?.[side] ?? null);
}
function isBoundedTwice({ bounds }) {
	return bounds?.baseline !== void 0 && bounds.candidate !== void 0;
}
function formatVisible({ better, smallestVisible }) {
	return smallestVisible === null ? "\u2013" : formatChange(toNaturalChange(better, smallestVisible));
}
function toNaturalChange(better, worsening) {
	return better === "lower" ? worsening : 1 / (1 + worsening) - 1;
}
const worseningOf = toNaturalChange;
function betterOf(metric) {
	return metricOf(metric).better;
}
function directionOf({ better }, change) {
	if (better === "higher") return change < 0 ? "lower" : "higher";
	return change > 0 ? "slower" : "faster";
}
function joinList(parts) {
	return parts.length < 2 ? parts[0] ?? "" : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
function joinShortList(parts, most = 6) {
	if (parts.length <= most) return joinList(parts);
	return joinList([...parts.slice(0, most - 1), `${parts.length - most + 1} more`]);
}
// src/vocabulary/clues.ts
const CLUES = [
	"serverTtftMs",
	"clientTtftMs",
	"serverTpotMs",
	"clientTpotMs",
	"serverQueueMs",
	"running",
	"waiting",
	"kvCacheUsage",
	"prefixHitShare",
	"cachedShare",
	"preemptions",
	"refusedShare",
	"clientDelayMs",
	"lateMs",
	"connectMs",
	"firstTokenMs",
	"queueMs",
	"decodeMs",
	"drainMs"
];
// src/report/clues.ts
function listClues(level) {
	const { server, split, client, requests, failures } = level;
	const all = requests.ok + requests.failed;
	const found = {
		serverTtftMs: server?.ttftMs,
		clientTtftMs: server?.clientTtftMs,
		serverTpotMs: server?.tpotMs,
		clientTpotMs: server?.clientTpotMs,
		serverQueueMs: server?.queueMs,
		running: server?.running,
		waiting: server?.waiting,
		kvCacheUsage: server?.kvCacheUsage,
		prefixHitShare: server?.prefixHitShare,
		cachedShare: level.cachedShare,
		preemptions: server?.preemptions,
		refusedShare: all === 0 ? null : (failures["http_429"] ?? 0) / all,
		clientDelayMs: client?.delayP90Ms,
		lateMs: split?.lateMs,
		connectMs: split?.connectMs,
		firstTokenMs: split?.firstTokenMs,
		queueMs: split?.queueMs,
		decodeMs: split?.decodeMs,
		drainMs: split?.drainMs
	};
	return Object.fromEntries(CLUES.flatMap((clue) => found[clue] == null ? [] : [[clue, found[clue]]]));
}
const SEARCH_ENDS = {
	plateau: {
		because: "throughput grows no more",
		remedy: null
	},
	objectives: {
		because: "more load does not keep the objectives",
		remedy: null
	},
	gone: {
		because: "the server answered no more",
		remedy: "Look at the log of the server."
	},
	"too-much": {
		because: "the server did not hold more",
		remedy: null
	},
	limited: {
		because: "a rate limit refused more",
		remedy: "Raise the rate limit of this key."
	},
	client: {
		because: "this machine was at a limit of its own",
		remedy: "Use a machine with more or idler cores, or raise the limit that the findings name."
	},
	ceiling: {
		because: "`max-in-flight` was reached",
		remedy: "Raise `max-in-flight`."
	},
	proof: {
		because: "more would be beyond what this machine was proven to read in time",
		remedy: "Use a machine with faster or more cores."
	},
	files: {
		because: "this machine may not open more connections",
		remedy: "Raise the limit of open files (`ulimit -n`)."
	},
	stated: {
		because: "the server states that it takes no more at once",
		remedy: null
	},
	"max-concurrency": {
		because: "`max-concurrency` allows no more",
		remedy: "Raise `max-concurrency`."
	},
	process: {
		because: "one process sends no more",
		remedy: "Let several processes measure it together (`shard`)."
	},
	"max-duration": endByBudget("max-duration"),
	"max-requests": endByBudget("max-requests"),
	"max-output-tokens": endByBudget("max-output-tokens"),
	budget: {
		because: "a higher level would not fit into the budgets",
		remedy: "Raise `max-duration`, `max-requests` or `max-output-tokens`."
	},
	time: {
		because: "a higher level would take too long for a run",
		remedy: "List higher levels (`concurrency`), or let answers be shorter (`output-tokens`)."
	},
	levels: {
		because: `9 levels were measured`,
		remedy: "List higher levels."
	},
	unusable: {
		because: "three levels could not be used",
		remedy: "See the findings."
	}
};
function endByBudget(setting) {
	return {
		because: `a higher level would not fit into \`${setting}\``,
		remedy: `Raise \`${setting}\`.`
	};
}
const SEARCH_END_NAMES = Object.keys(SEARCH_ENDS);
// src/vocabulary/tools.ts
const TTFT_MEANINGS = {
	"token-after-send": "from sending the request, connecting included, to the first token",
	"event-after-send": "from sending the request, connecting included, to the first event of the answer, which need not hold text",
	"event-after-issue": "from handing the request to the sender, queueing there and connecting included, to the first piece of the answer"
};
const TPOT_MEANINGS = {
	"after-first": "the time from the first token to the last over the tokens but one",
	"with-first": "the time of the whole request over all its tokens, the wait for the first one included",
	"after-first-piece": "the time from the first piece of the answer to its end over the tokens after that piece"
};
const TOOLS = {
	guidellm: {
		ttft: "token-after-send",
		tpot: "with-first",
		gapName: "its inter-token latency, the mean of each request after its first token",
		levels: "--profile kind=concurrent and its streams, or synchronous"
	},
	"vllm bench serve": {
		ttft: "event-after-send",
		tpot: "after-first",
		gapName: "its ITL, between events",
		levels: "--max-concurrency N and no --request-rate"
	},
	"vllm-bench": {
		ttft: "event-after-send",
		tpot: "after-first",
		gapName: "its ITL, between events",
		levels: "--max-concurrency N and no --request-rate"
	},
	aiperf: {
		ttft: "token-after-send",
		tpot: "after-first",
		tpotName: "inter token latency",
		gapName: "its inter chunk latency",
		levels: "--concurrency N and no --request-rate"
	},
	"inference-perf": {
		ttft: "token-after-send",
		tpot: "after-first",
		gapName: "its inter-token latency, 0 between tokens of one event",
		levels: "load.type: concurrent"
	},
	"mlcommons endpoints": {
		ttft: "event-after-issue",
		tpot: "after-first-piece",
		gapName: null,
		levels: "load_pattern: concurrency"
	}
};
const TOOL_NAMES = Object.keys(TOOLS);
function findTool(name) {
	return Object.hasOwn(TOOLS, name) ? TOOLS[name] : null;
}
function describeDefinitions(name) {
	const tool = findTool(name);
	if (tool === null) return [];
	return [
		`TTFT is ${TTFT_MEANINGS[tool.ttft]}.`,
		`TPOT is ${tool.tpotName === void 0 ? "" : `what ${name} calls ${tool.tpotName}: `}${TPOT_MEANINGS[tool.tpot]}.`,
		...tool.gapName === null ? [] : [`Chunk gap is ${tool.gapName}.`],
		"Rates are over the whole measurement, its beginning and end included; percentiles are of requests that succeeded."
	];
}
// src/render/view/prompts.ts
function describePrompts({ form, noun, found, sent, length, seed }) {
	const what = form === "" ? noun : `${form} ${noun}`;
	const count = sent === found ? pluralise(sent, what) : partOf(sent, found, what);
	const drawn = seed === null ? "" : say`, seed ${quote(seed)}`;
	return say`${quote(count)} from a file${length === null ? "" : quote(`, ${length}`)}${drawn}`;
}
function describeTrace$1(prompts, trace) {
	const { seconds, inputTokens, outputTokens, repeatedShare } = trace;
	const input = inputTokens === null ? "" : `, ${formatCount(inputTokens)} input`;
	const output = outputTokens === null ? "" : ` and ${formatCount(outputTokens)} output`;
	const lengths = input === "" ? "" : `${input}${output} tokens on average`;
	const repeated = repeatedShare === 0 ? "" : `, ${formatShare(repeatedShare)} of the input shared with earlier ones`;
	return say`a trace of ${formatDuration(seconds)}: ${describePrompts(prompts)}${lengths}${repeated}`;
}
function describeUnsent({ container, found, leftOut, ignored, sent }) {
	const notDrawn = leftOut.reduce((rest, { count }) => rest - count, found) - sent;
	const parts = [...leftOut.map(({ why, count }) => quote(`${formatCount(count)} ${why}`)), ...notDrawn > 0 ? [quote(`${formatCount(notDrawn)} not drawn`)] : []];
	if (parts.length + ignored.length === 0) return null;
	const unsent = parts.length === 0 ? "" : say` Not sent: ${joinSentences(parts, ", ")}.`;
	const names = joinSentences(ignored.map((name) => quote(name, 40)), ", ");
	const unread = ignored.length === 0 ? "" : say` Ignored beside the prompts: ${names}.`;
	return say`The file of prompts is ${quote(container)}.${unsent}${unread}`;
}
// src/report/reasons.ts
const REASONS$1 = [
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
	"history-disagrees": "not red, because the runs of the default branch that were recorded without this control were about as bad: this control may be faster than what was measured so far",
	"control-elsewhere": "not red, because the control itself was faster or slower than beside any recorded run, and nothing tells how far main follows it there",
	"other-hour": "not red, because no recorded run is from this time of the day, and hours may differ by as much: record runs at this time, too",
	"other-day": "not red, because all recorded runs are from one day or two, and days may differ by as much: record runs on other days, too",
	"attempts-differ": "not red, because this attempt alone is not worse: what an attempt before it measured did not come again",
	"many-gates": "not red, because among as many metrics as the gates of this pull request compare, one is as bad as this by chance more often than promised"
};
// src/render/terminal.ts
const WIDTH = 80;
function createStyle(colour) {
	const paint = (open, close) => (text) => colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
	return {
		bold: paint(1, 22),
		dim: paint(2, 22),
		good: paint(32, 39),
		bad: paint(31, 39),
		warn: paint(33, 39)
	};
}
const PLAIN = {
	words: dropCodeMarks,
	text: escapeForTerminal,
	prose: (text, most) => dropCodeMarks(escapeForTerminal(text, most)),
	code: escapeForTerminal,
	figure: (text) => text,
	strong: (text) => text,
	link: (text) => text,
	room: Infinity
};
function writePlain(sentence) {
	return writeSentence(sentence, PLAIN);
}
function layTextTable({ columns, rows }) {
	const lines = [columns.map(({ heading }) => heading), ...rows.map((row) => row.map(writePlain))];
	const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
	const length = widths.reduce((all, width) => all + width, 2 * (widths.length - 1));
	return lines.map((row) => row.map((cell, i) => columns[i].align === "left" ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(length > WIDTH ? " " : "  ").trimEnd());
}
function wrap(text, { width = WIDTH, indent = 0 } = {}) {
	const words = keepUnitsTogether(text.trimStart()).split(" ");
	const lines = [text.slice(0, text.length - text.trimStart().length) + words[0]];
	for (const word of words.slice(1)) {
		const longer = `${lines.at(-1)} ${word}`;
		if (longer.length <= width) lines[lines.length - 1] = longer;
		else lines.push(" ".repeat(indent) + word);
	}
	return lines.map((line) => line.replaceAll("\u00A0", " "));
}
// src/vocabulary/exit-codes.ts
const EXIT = {
	passed: 0,
	regressed: 1,
	refused: 2,
	notMeasured: 3,
	notProven: 4,
	interrupted: 130
};
const EXIT_MEANINGS = {
	passed: "pass",
	regressed: "regressed or a limit broken",
	refused: "settings, or something could not be written",
	notMeasured: "could not be measured",
	notProven: "not proven (`gate: release`)",
	interrupted: "interrupted"
};
const STEP_EXIT = {
	passed: EXIT.passed,
	failed: 1,
	refused: EXIT.refused,
	interrupted: EXIT.interrupted
};
function seriesOf(fields) {
	return {
		...fields,
		key: sha256(encodeCanonically(fields))
	};
}
const NOT_WHOLE = /\*\*\*|\u2026 \(SHA-256 [0-9a-f]{12}\)/;
const LONG = 2e4;
function fitsItsKey({ key, ...fields }) {
	if (fields.method !== 1) return true;
	const json = encodeCanonically(fields);
	return sha256(json) === key || json.length >= LONG || NOT_WHOLE.test(json);
}
function sha256(text) {
	return createHash("sha256").update(text).digest("hex");
}
function encodeCanonically(value) {
	if (Array.isArray(value)) return `[${value.map(encodeCanonically).join(",")}]`;
	if (value === null || typeof value !== "object") return JSON.stringify(value);
	return `{${Object.entries(value).filter(([, member]) => member !== void 0).sort(([a], [b]) => a < b ? -1 : 1).map(([key, member]) => `${JSON.stringify(key)}:${encodeCanonically(member)}`).join(",")}}`;
}
function showOpenLevels(levels) {
	return levels === void 0 ? "none" : levels === "auto" ? levels : levels.join(", ");
}
const FIELDS$1 = {
	name: {
		words: "name",
		setting: "name",
		show: String
	},
	source: {
		words: "tool that measured",
		setting: null,
		show: (source) => source === void 0 ? "Plateau" : `${source.tool} (TTFT ${source.ttft}, TPOT ${source.tpot})`
	},
	api: {
		words: "API",
		setting: "api",
		show: String
	},
	concurrency: {
		words: "concurrency",
		setting: "concurrency",
		show: (value) => value === "auto" ? "auto" : value.length === 0 ? "none" : value.join(", ")
	},
	rates: {
		words: "rate",
		setting: "rate",
		show: showOpenLevels
	},
	speeds: {
		words: "speed of the trace",
		setting: "trace-speed",
		show: showOpenLevels
	},
	trace: {
		words: "trace",
		setting: "trace-file",
		show: (hash) => hash === void 0 ? "none" : `a file (SHA-256 ${hash.slice(0, 12)})`
	},
	arrivals: {
		words: "arrivals",
		setting: "arrivals",
		show: (value) => value ?? "none"
	},
	maxInFlight: {
		words: "ceiling of requests in flight",
		setting: "max-in-flight",
		show: (value) => String(value ?? "none")
	},
	passes: {
		words: "passes",
		setting: "passes",
		show: String
	},
	levelDuration: {
		words: "length of a level",
		setting: "level-duration",
		show: (value) => value === "auto" ? value : `${value}s`
	},
	levelRequests: {
		words: "requests of a level",
		setting: "level-requests",
		show: (value) => value === null ? "none" : String(value)
	},
	connection: {
		words: "connections",
		setting: "proxy",
		show: String
	},
	method: {
		words: "way of measuring",
		setting: null,
		show: (value) => `version ${value}`
	}
};
const WORKLOAD_FIELDS = {
	task: {
		words: "task",
		setting: "task",
		show: String
	},
	inputTokens: {
		words: "input tokens",
		setting: "input-tokens",
		show: String
	},
	outputTokens: {
		words: "output tokens",
		setting: "output-tokens",
		show: String
	},
	promptsHash: {
		words: "prompts",
		setting: "prompts-file",
		show: (hash) => hash === null ? "generated" : `a file (SHA-256 ${hash.slice(0, 12)})`
	},
	extraBody: {
		words: "extra body",
		setting: "extra-body",
		show: (value) => value ?? "none"
	},
	headerNames: {
		words: "headers",
		setting: "headers",
		show: (names) => names.length === 0 ? "none" : names.join(", ")
	},
	prefixCache: {
		words: "prefix cache",
		setting: "prefix-cache",
		show: String
	},
	sharedPrefixTokens: {
		words: "shared prefix",
		setting: "shared-prefix-tokens",
		show: (value) => `${value} tokens`
	},
	batchSize: {
		words: "texts of a request",
		setting: "batch-size",
		show: String
	},
	turns: {
		words: "turns of a conversation",
		setting: "turns",
		show: (value) => value ?? "none"
	},
	thinkTime: {
		words: "think-time",
		setting: "think-time",
		show: (value = 0) => typeof value === "number" ? `${value}s` : value
	},
	systemPromptTokens: {
		words: "system prompt",
		setting: "system-prompt-tokens",
		show: (value) => `${value ?? 0} tokens`
	},
	images: {
		words: "images of a request",
		setting: "images",
		show: (value) => value ?? "none"
	},
	mix: {
		words: "mix",
		setting: "mix",
		show: (value) => value ?? "none"
	}
};
function listSeriesSettings(series) {
	return [...settingsOf$2(WORKLOAD_FIELDS, series.workload), ...settingsOf$2(FIELDS$1, series)];
}
function settingsOf$2(table, fields) {
	return Object.keys(table).flatMap((field) => {
		const { setting, show } = table[field];
		return setting === null || fields[field] === void 0 ? [] : [[setting, show(fields[field])]];
	});
}
function findSeriesDifferences(before, now) {
	return [...differencesOf(WORKLOAD_FIELDS, before.workload, now.workload), ...differencesOf(FIELDS$1, before, now)];
}
function differencesOf(table, before, now) {
	return Object.keys(table).flatMap((field) => {
		const { words, setting, show } = table[field];
		const texts = {
			before: show(before[field]),
			now: show(now[field])
		};
		return texts.before === texts.now ? [] : [{
			field: words,
			setting,
			...texts
		}];
	});
}
// src/report/history-row.ts
const REASONING_SHARE = .5;
const LONGEST_TEXT = 200;
function rowOf(report) {
	const { plateau, within } = report;
	const best = within === null ? null : roundUsable(within[plateau.metric]);
	return {
		startedAt: report.startedAt,
		series: shortenSeries(report.series),
		context: shortenContext(report.context),
		levels: report.levels.toSorted((a, b) => a.concurrency - b.concurrency).map((level) => ({
			...toRowLevel(level, plateau.metric),
			...report.plan.once?.includes(level.concurrency) === true && { once: true }
		})),
		throughputMetric: plateau.metric,
		plateauState: plateau.state,
		within: within === null || best === null ? null : {
			limit: within.limit,
			value: best
		},
		...report.slo !== void 0 && { slo: toRowSlo(report.slo) },
		traits: traitsOf(report)
	};
}
function toRowSlo({ objectives, share, capacity, attainment, goodput }) {
	const found = Object.entries({
		capacity: keepUsable({
			value: capacity.concurrency?.value ?? 0,
			passes: capacity.passes
		}),
		attainment: keepUsable(attainment),
		goodput: keepUsable(goodput)
	}).filter(([, figure]) => figure !== null);
	return {
		objectives,
		share,
		...Object.fromEntries(found)
	};
}
function keepUsable(figure) {
	const value = roundUsable(figure?.value);
	return value === null ? null : {
		value,
		passes: figure.passes.flatMap((pass) => roundUsable(pass) ?? [])
	};
}
function toRowLevel(level, metric) {
	const { concurrency, valid } = level;
	const kept = takeKept(level);
	return {
		concurrency,
		valid,
		state: level.state === "buffered" ? "ok" : level.state,
		tails: tailsOf(level),
		...kept !== null && { kept },
		...valid && { clues: roundClues(listClues(level)) },
		passes: level.passes.map((pass) => toRowPass(pass, metric))
	};
}
function toRowPass(pass, metric) {
	const figures = {};
	for (const { name, field } of MEDIAN_ROWS) {
		const p50 = roundUsable(pass[field]?.p50);
		if (p50 !== null) figures[name] = p50;
	}
	const throughput = roundUsable(pass[metric]);
	if (throughput !== null) figures.throughput = throughput;
	const tokenText = takeTokenText(pass);
	return {
		ok: pass.requests.ok,
		failed: pass.requests.failed,
		figures,
		...tokenText !== null && { tokenText }
	};
}
function takeKept({ attained }) {
	if (attained === void 0 || attained.attainment === null) return null;
	return {
		attainment: roundFigure(attained.attainment),
		goodput: roundFigure(attained.requestsPerSecond ?? 0),
		strain: attained.strain === null ? null : roundFigure(attained.strain)
	};
}
function takeTokenText({ tokenText }) {
	const charactersPerToken = roundUsable(tokenText?.charactersPerToken);
	const tokensPerEvent = roundUsable(tokenText?.tokensPerEvent);
	return charactersPerToken === null || tokensPerEvent === null ? null : {
		charactersPerToken,
		tokensPerEvent
	};
}
function roundClues(clues) {
	return Object.fromEntries(Object.entries(clues).map(([clue, value]) => [clue, Number(value.toPrecision(3))]));
}
function tailsOf(level) {
	const tails = {};
	for (const { name, field, percentile } of TAIL_ROWS) {
		const value = roundUsable(level[field]?.[percentile]);
		if (value !== null) tails[name] = value;
	}
	return tails;
}
function roundUsable(value) {
	return value !== null && value !== void 0 && value > 0 ? roundFigure(value) : null;
}
function roundFigure(value) {
	return Number(value.toPrecision(5));
}
function traitsOf({ levels, validity, capabilities }) {
	const answered = levels.filter(({ requests }) => requests.ok > 0);
	const buffered = new Set(validity.findings.flatMap(({ code, level }) => HOLDING.has(code) ? level ?? [] : []));
	const sources = new Set(answered.flatMap(({ tokenSources }) => tokenSources ?? readPreflightSource(capabilities)));
	return {
		tokenSource: sources.size === 0 ? null : [...sources].sort().join(" and "),
		buffered: answered.filter(({ concurrency }) => buffered.has(concurrency)).length > answered.length / 2,
		reasoning: answered.some(({ reasoningShare }) => (reasoningShare ?? 0) >= REASONING_SHARE)
	};
}
const HOLDING = /* @__PURE__ */ new Set([
	"buffered",
	"held-back",
	"bursts"
]);
function readPreflightSource({ task, tokenSource }) {
	return typeof tokenSource === "string" && generatesTokens(String(task)) ? [tokenSource] : [];
}
function shortenSeries(series) {
	const { workload } = series;
	const extraBody = workload.extraBody === null || workload.extraBody.length <= LONGEST_TEXT ? workload.extraBody : `${workload.extraBody.slice(0, LONGEST_TEXT)}\u2026 (SHA-256 ${sha256(workload.extraBody).slice(0, 12)})`;
	return {
		...series,
		workload: {
			...workload,
			extraBody
		}
	};
}
function shortenContext(context) {
	const shorten = (value) => typeof value === "string" ? value.slice(0, LONGEST_TEXT) : value;
	const entries = Object.entries(context).map(([key, value]) => [key, shorten(value)]);
	return Object.fromEntries(entries);
}
const UNUSABLE = [
	"cancelled",
	"run-invalid",
	"endpoint"
];
function isUsable$1({ reasons }) {
	return !reasons.some((reason) => UNUSABLE.includes(reason));
}
function entriesOf(verdict, rows, source, controls = []) {
	if (!isUsable$1(verdict)) return [];
	const segments = {};
	for (const comparison of verdict.comparisons) {
		const mark = markOf(comparison);
		if (mark !== null) segments[comparison.metric] = mark;
	}
	return (verdict.control?.fresh === true ? rows.slice(0, 1) : rows).map((row, i) => {
		const control = controls[i] ?? null;
		return {
			row,
			...control !== null && { control },
			source,
			verdict: verdict.verdict,
			segments
		};
	});
}
function markOf({ verdict, worsening }) {
	if (verdict === "accepted") return "accepted";
	return verdict === "regressed" || verdict === "improved" || verdict === "not-measured" && worsening !== null ? "opens" : null;
}
// src/stats/significance.ts
function studentTCdf(t, df) {
	if (Number.isNaN(t) || !(df > 0)) return NaN;
	if (t === 0) return .5;
	const tail = upperTail(Math.abs(t), df);
	return t > 0 ? 1 - tail : tail;
}
function studentTTail(t, df) {
	return studentTCdf(-t, df);
}
function fTail(f, ofUpper, ofLower) {
	if (f === Infinity) return 0;
	const [upper, lower] = [ofUpper * f, ofLower];
	return incompleteBeta(ofLower / 2, ofUpper / 2, lower / (upper + lower), upper / (upper + lower));
}
function studentTQuantile(p, df) {
	if (!(p >= 0 && p <= 1) || !(df > 0)) return NaN;
	if (p === .5) return 0;
	if (p < .5) return -positiveQuantile(p, df);
	return positiveQuantile(1 - p, df);
}
function positiveQuantile(tail, df) {
	if (tail === 0) return Infinity;
	const wanted = Math.log(tail);
	const norm = -lnBeta(df / 2, .5) - .5 * Math.log(df);
	let low = -700;
	let high = 700;
	let at = 1;
	for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
		const t = Math.exp(at);
		const found = upperTail(t, df);
		const miss = Math.log(found) - wanted;
		if (miss > 0) low = at;
		else high = at;
		const slope = Math.exp(norm - (df + 1) / 2 * Math.log1p(t * t / df)) * (t / found);
		const next = at + miss / slope;
		if (Math.abs(next - at) <= 1e-15 * Math.max(1, Math.abs(at))) return Math.exp(next);
		at = next > low && next < high ? next : (low + high) / 2;
	}
	return Math.exp(at);
}
function upperTail(t, df) {
	const square = t * t;
	if (square === Infinity) return 0;
	return .5 * incompleteBeta(df / 2, .5, df / (df + square), square / (df + square));
}
function incompleteBeta(a, b, x, y) {
	if (x <= 0) return 0;
	if (y <= 0) return 1;
	const front = Math.exp(a * Math.log(x) + b * Math.log(y) - lnBeta(a, b));
	return x < (a + 1) / (a + b + 2) ? front * betaFraction(a, b, x) / a : 1 - front * betaFraction(b, a, y) / b;
}
function betaFraction(a, b, x) {
	const tiny = 1e-300;
	const avoidZero = (value) => Math.abs(value) < tiny ? tiny : value;
	let c = 1;
	let d = 1 / avoidZero(1 - (a + b) * x / (a + 1));
	let result = d;
	for (let m = 1; m <= 1e4; m++) {
		const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / avoidZero(1 + even * d);
		c = avoidZero(1 + even / c);
		result *= d * c;
		const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / avoidZero(1 + odd * d);
		c = avoidZero(1 + odd / c);
		result *= d * c;
		if (Math.abs(d * c - 1) < 1e-15) break;
	}
	return result;
}
function lnBeta(a, b) {
	return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}
const LANCZOS = [
	.9999999999998099,
	676.5203681218851,
	-1259.1392167224028,
	771.3234287776531,
	-176.6150291621406,
	12.507343278686905,
	-.13857109526572012,
	9984369578019572e-21,
	1.5056327351493116e-7
];
function lnGamma(x) {
	if (x < .5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
	const z = x - 1;
	let sum = LANCZOS[0];
	for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (z + i);
	const t = z + 7.5;
	return .5 * Math.log(2 * Math.PI) + (z + .5) * Math.log(t) - t + Math.log(sum);
}
const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);
const FAR$2 = 3;
function normalDensity(z) {
	return Math.exp(-z * z / 2) / ROOT_OF_TWO_PI;
}
function normalTail(z) {
	if (z < 0) return 1 - normalTail(-z);
	if (z < FAR$2) {
		let term = z;
		let sum = z;
		for (let n = 3; term > 1e-18 * sum; n += 2) sum += term *= z * z / n;
		return .5 - normalDensity(z) * sum;
	}
	let fraction = z;
	for (let n = 100; n > 0; n--) fraction = z + n / fraction;
	return normalDensity(z) / fraction;
}
function normalTailQuantile(p) {
	let z = Math.sqrt(-2 * Math.log(2 * p));
	for (let i = 0; i < 50; i++) {
		const tail = normalTail(z);
		const step = Math.log(tail / p) * tail / normalDensity(z);
		z += step;
		if (Math.abs(step) < 1e-14 * Math.max(1, z)) break;
	}
	return z;
}
function rejectByHolm(ps, alpha) {
	const order = ps.map((_, i) => i).sort((a, b) => ps[a] - ps[b]);
	const rejected = ps.map(() => false);
	for (const [rank, index] of order.entries()) {
		if (!(ps[index] <= alpha / (ps.length - rank))) break;
		rejected[index] = true;
	}
	return rejected;
}
const GROWTH = {
	constant: .5,
	falling: .25
};
const STEPS = 80;
function chanceOverLooks(p, { most, look, bound }) {
	if (most === 1 || p >= .5 || p === 0) return p;
	const growth = GROWTH[bound];
	const scale = normalTailQuantile(p) * look ** (.5 - growth);
	let chance = normalTail(scale);
	let grid = gridUpTo(scale, 1);
	let density = grid.at.map(normalDensity);
	for (let j = 2; j <= most; j++) {
		const height = scale * j ** growth;
		const mass = density.map((each, i) => each * grid.weights[i]);
		chance += sumOf(grid.at, mass, (from) => normalTail(height - from));
		const next = gridUpTo(height, j);
		density = j === most ? [] : next.at.map((to) => sumOf(grid.at, mass, (from) => normalDensity(to - from)));
		grid = next;
	}
	return Math.min(1, chance);
}
const known$1 = /* @__PURE__ */ new Map();
function levelOfLook(alpha, test) {
	const { most, look, bound } = test;
	if (most === 1 || alpha >= .5) return alpha;
	const key = `${alpha}/${most}/${bound}`;
	const ofLast = known$1.get(key) ?? findLevel(alpha, {
		...test,
		look: most
	});
	known$1.set(key, ofLast);
	return normalTail(normalTailQuantile(ofLast) * (most / look) ** (.5 - GROWTH[bound]));
}
function findLevel(alpha, test) {
	let level = alpha / test.most;
	for (let i = 0; i < 20; i++) {
		const miss = Math.log(chanceOverLooks(level, test) / alpha);
		level *= Math.exp(-miss);
		if (Math.abs(miss) < 1e-9) break;
	}
	return level;
}
function gridUpTo(height, look) {
	const from = -5 * Math.sqrt(look);
	const step = (height - from) / STEPS;
	const indices = Array.from({ length: 81 }, (_, i) => i);
	return {
		at: indices.map((i) => from + i * step),
		weights: indices.map((i) => step / 3 * (i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2))
	};
}
function sumOf(at, mass, value) {
	let sum = 0;
	for (let i = 0; i < at.length; i++) sum += mass[i] * value(at[i]);
	return sum;
}
// src/stats/mean.ts
function meanBounds(values, confidence = .95) {
	const n = values.length;
	if (n < 2) return null;
	const sample = [...values];
	const half = studentTQuantile(confidence, n - 1) * sampleStandardDeviation(sample) / Math.sqrt(n);
	return {
		low: mean(sample) - half,
		high: mean(sample) + half
	};
}
function boundShareAbove({ hits, n }, confidence = .95) {
	const z = normalTailQuantile(1 - confidence);
	const share = hits / n;
	const half = z * Math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2);
	return Math.min(1, (share + z ** 2 / (2 * n) + half) / (1 + z ** 2 / n));
}
const MAD_TO_SD = 1.4826;
function findOutliers(values, cut) {
	if (values.length === 0) return [];
	const centre = median([...values]);
	const mad = median(values.map((value) => Math.abs(value - centre)));
	const limit = mad === 0 ? Infinity : cut * MAD_TO_SD * mad;
	return values.map((value) => Math.abs(value - centre) > limit);
}
// src/metrics/plateau/kept.ts
function sumUpKept(levels) {
	const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency);
	const usable = ladder.filter(tellsKept);
	if (usable.length === 0) return {
		attainment: null,
		goodput: null
	};
	const count = Math.min(...usable.map(({ passes }) => passes.length));
	const passes = Array.from({ length: count }, (_, pass) => pass);
	const best = usable.reduce((most, level) => rateOf(level, level.attained) > rateOf(most, most.attained) ? level : most);
	const pickPass = (pass) => (level) => level.passes[pass].attained;
	return {
		attainment: {
			value: averageAttainment(ladder, ({ attained }) => attained),
			passes: passes.map((pass) => averageAttainment(ladder, pickPass(pass)))
		},
		goodput: {
			value: rateOf(best, best.attained),
			passes: passes.map((pass) => rateOf(best, pickPass(pass)(best)))
		}
	};
}
function tellsKept({ valid, state, attained }) {
	return isTooMuch(state) || valid && attained !== void 0;
}
function averageAttainment(ladder, of) {
	const own = ladder.map((level) => {
		if (!tellsKept(level)) return null;
		return isTooMuch(level.state) ? 0 : of(level)?.attainment ?? 0;
	});
	return mean(own.map((share, i) => share ?? mean([own.findLast((one, j) => j < i && one !== null), own.find((one, j) => j > i && one !== null)].flatMap((one) => one ?? []))));
}
function rateOf({ state }, attained) {
	return isTooMuch(state) ? 0 : attained?.requestsPerSecond ?? 0;
}
// src/metrics/level/figures.ts
function figureOf(figures, metric) {
	const row = metricOf(metric);
	if (row.percentile !== null) return figures[row.field]?.[row.percentile] ?? null;
	switch (row.field) {
		case "requests": return computeErrorRate(figures.requests);
		case "attainment": return figures.attained?.attainment ?? null;
		case "goodput": return figures.attained?.requestsPerSecond ?? null;
		case "goodput-tokens": return figures.attained?.outputTokensPerSecond ?? null;
		case "plateau":
		case "within":
		case "capacity": return null;
		default: return figures[row.field];
	}
}
function figureOfScenario(scenario, metric) {
	const { field, percentile } = metricOf(metric);
	if (field === "requests") return computeErrorRate(scenario.requests);
	if (field !== "ttftMs" && field !== "tpotMs" && field !== "latencyMs") return null;
	return percentile === "p50" || percentile === "p95" ? scenario[field]?.[percentile] ?? null : null;
}
function figureOfTurn(turn, metric) {
	const { field, percentile } = metricOf(metric);
	if (field === "requests") return computeErrorRate(turn.requests);
	if (percentile !== "p50" || field !== "ttftMs" && field !== "latencyMs") return null;
	return turn[field];
}
function computeErrorRate({ ok, failed }) {
	return ok + failed === 0 ? null : failed / (ok + failed);
}
function countMissingRequests(figures, metric) {
	const { field, percentile } = metricOf(metric);
	const summary = figures[field];
	const failed = field === "interChunkMs" ? 0 : figures.requests.failed;
	return summary === null ? 0 : countMissingSamples(percentile, summary.n + failed);
}
function chooseThroughput(levels) {
	return RATE_FIELDS.find((field) => levels.some((level) => (level[field] ?? 0) > 0)) ?? "outputTokensPerSecond";
}
// src/metrics/plateau/plateau.ts
const PLATEAU_SHARE = Math.log(.95);
const COLLAPSE_SHARE = Math.log(.9);
function findPlateau(levels) {
	const metric = chooseThroughput(levels.filter((level) => level.valid));
	const points = levels.filter((level) => level.valid).flatMap((level) => pointOf$1(level, metric)).sort((a, b) => a.concurrency - b.concurrency);
	const none = {
		...mapRates(() => null),
		metric
	};
	const limited = levels.some((level) => level.state === "limited");
	if (points.length === 0) return {
		...none,
		state: limited ? "limited" : "not-reached",
		kneeConcurrency: null,
		concurrencies: []
	};
	const shape = findCurveShape(points);
	const { flat, kept, reached } = shape;
	const collapsing = shape.falls || levels.some((level) => isLostBeyond(level, shape.best.concurrency));
	const state = collapsing ? "collapsing" : reached ? "reached" : limited ? "limited" : "not-reached";
	return {
		...none,
		[metric]: estimate$2(mean(flat.map((point) => point.y)), flat, kept),
		state,
		kneeConcurrency: (collapsing || reached) && levels.every(({ open }) => open === void 0) ? shape.knee : null,
		concurrencies: flat.map((point) => point.concurrency)
	};
}
function findCurveShape(points) {
	if (points.length === 0) return null;
	const at = points.reduce((found, point, i) => point.y > points[found].y ? i : found, 0);
	const best = points[at];
	const kept = points.filter((point, i) => i <= at || point.y >= best.y + COLLAPSE_SHARE);
	const fit = fitIsotonic(kept.slice(0, at + 1).map((point) => point.y));
	const flat = kept.filter((_, i) => i > at || fit[i] >= best.y + PLATEAU_SHARE);
	return {
		best,
		flat,
		kept,
		reached: flat.length >= 2 && flat.at(-1).concurrency >= 2 * flat[0].concurrency,
		falls: kept.length < points.length,
		knee: kneeOf(kept, fit, mean(flat.map((point) => point.y)) + PLATEAU_SHARE)
	};
}
function pointOf$1(level, metric) {
	const passes = level.passes.flatMap((pass) => (pass[metric] ?? 0) > 0 ? Math.log(pass[metric]) : []);
	return passes.length === 0 ? [] : [{
		concurrency: level.concurrency,
		passes,
		y: mean(passes)
	}];
}
function isLostBeyond(level, concurrency) {
	return level.state === "lost" && level.concurrency > concurrency;
}
function estimate$2(y, flat, kept) {
	let squares = 0;
	let degrees = 0;
	for (const point of kept) {
		for (const pass of point.passes) squares += (pass - point.y) ** 2;
		degrees += point.passes.length - 1;
	}
	if (degrees === 0) return {
		value: Math.exp(y),
		low: null,
		high: null
	};
	const variance = squares / degrees * flat.reduce((sum, point) => sum + 1 / point.passes.length, 0);
	const half = studentTQuantile(.975, degrees) * (Math.sqrt(variance) / flat.length);
	return {
		value: Math.exp(y),
		low: Math.exp(y - half),
		high: Math.exp(y + half)
	};
}
function kneeOf(points, fit, target) {
	const at = fit.findIndex((value) => value >= target);
	const right = points[Math.max(0, at)].concurrency;
	if (at <= 0) return right;
	const left = points[at - 1].concurrency;
	const share = (target - fit[at - 1]) / (fit[at] - fit[at - 1]);
	return left * (right / left) ** share;
}
function fitIsotonic(values, weights) {
	const blocks = [];
	values.forEach((value, i) => {
		blocks.push({
			mean: value,
			weight: weights?.[i] ?? 1,
			size: 1
		});
		while (blocks.length > 1 && blocks.at(-2).mean > blocks.at(-1).mean) {
			const last = blocks.pop();
			const before = blocks.pop();
			const weight = before.weight + last.weight;
			blocks.push({
				mean: (before.mean * before.weight + last.mean * last.weight) / weight,
				weight,
				size: before.size + last.size
			});
		}
	});
	return blocks.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean));
}
// src/metrics/plateau/capacity.ts
function findCapacity(levels, load) {
	const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency).filter(tellsKept);
	const locate = (of) => locateCapacity(ladder.map((level) => pointOf(level, of(level))), load);
	const found = locate((level) => level);
	if (found === null) return {
		state: "unknown",
		concurrency: null,
		passes: []
	};
	const deciding = selectDeciding(ladder, found.concurrency, FAR$1);
	const count = Math.min(...deciding.map(({ passes }) => passes.length));
	const passes = centre(Array.from({ length: count }, (_, pass) => locate((level) => level.passes[pass] ?? level)).flatMap((each) => each?.concurrency ?? []), found.concurrency);
	return {
		state: found.state,
		concurrency: estimate$1(found.concurrency, passes),
		passes
	};
}
const FAR$1 = .7;
function selectDeciding(ladder, capacity, far) {
	const below = ladder.findLast(({ concurrency }) => concurrency <= capacity);
	const above = ladder.find(({ concurrency }) => concurrency >= capacity);
	if (below === above) return [below];
	const part = (capacity - below.concurrency) / (above.concurrency - below.concurrency);
	return [...part < far ? [below] : [], ...part > 1 - far ? [above] : []];
}
function centre(own, value) {
	if (own.length === 0) return [];
	const shift = value / Math.exp(mean(own.map(Math.log)));
	return own.map((each) => each * shift);
}
function pointOf({ concurrency, state }, { attained }) {
	return {
		concurrency,
		strain: isTooMuch(state) ? Infinity : attained?.strain ?? Infinity
	};
}
function locateCapacity(points, load) {
	const lowest = points[0];
	if (lowest === void 0) return null;
	const end = points.findIndex(({ strain }) => strain === Infinity);
	const within = end === -1 ? points : points.slice(0, end);
	const fit = fitIsotonic(within.map(({ strain }) => Math.log(Math.max(strain, LEAST_STRAIN))));
	const above = fit.findIndex((strain) => strain > 0);
	if (within.length === 0 || above === 0) return {
		state: "below",
		concurrency: lowest.concurrency
	};
	if (above === -1) return {
		state: end === -1 ? "at-least" : "found",
		concurrency: within.at(-1).concurrency
	};
	const [left, right] = [within[above - 1].concurrency, within[above].concurrency];
	const power = load === "rate" ? -1 : 1;
	const [from, to] = [Math.exp(power * fit[above - 1]), Math.exp(power * fit[above])];
	return {
		state: "found",
		concurrency: left + (1 - from) / (to - from) * (right - left)
	};
}
const LEAST_STRAIN = 1e-6;
function estimate$1(value, passes) {
	const bounds = meanBounds(passes.map(Math.log), .975);
	return bounds === null ? {
		value,
		low: null,
		high: null
	} : {
		value,
		low: Math.exp(bounds.low),
		high: Math.exp(bounds.high)
	};
}
// src/verdict/observe/seen-capacity.ts
function findSteepness(row) {
	const seen = seeCapacity(row, row);
	const strainAt = (at) => row.levels.find(({ concurrency }) => concurrency === at)?.kept?.strain ?? NaN;
	if (seen === null) return null;
	const steepness = Math.log(seen.above / seen.below) / Math.log(strainAt(seen.above) / strainAt(seen.below));
	return Number.isFinite(steepness) && steepness > 0 ? steepness : null;
}
function narrowToFresh(now, fresh) {
	const lacking = listLeftOut(fresh);
	if (lacking.length === 0 || 2 * lacking.length >= now.levels.length) return now;
	const leaveOut = (level) => lacking.includes(level.concurrency) ? {
		...level,
		valid: false,
		state: "invalid"
	} : level;
	return {
		...now,
		levels: now.levels.map(leaveOut)
	};
}
const isNextTo = (level, { below, above }) => level === below || level === above;
function seeCapacity({ slo, levels, series }, now) {
	const lacking = listLeftOut(now);
	const told = levels.filter((level) => tellsStrain(level) && !lacking.includes(level.concurrency));
	const isByStrain = told.every(({ state, kept }) => isTooMuch(state) || kept?.strain !== void 0);
	const value = isByStrain ? locateCapacity(told.map(toStrainPoint), loadOf$1(series))?.concurrency : slo?.capacity?.value;
	if (value === void 0 || slo?.capacity === void 0 || told.length === 0) return null;
	return {
		value,
		lowest: told[0].concurrency,
		below: told.findLast(({ concurrency }) => concurrency <= value)?.concurrency ?? 0,
		above: told.find(({ concurrency }) => concurrency > value)?.concurrency ?? Infinity,
		isByStrain
	};
}
function toStrainPoint({ concurrency, state, kept }) {
	return {
		concurrency,
		strain: isTooMuch(state) ? Infinity : kept?.strain ?? Infinity
	};
}
function tellsStrain({ valid, state }) {
	return valid || isTooMuch(state);
}
function listLeftOut({ levels }) {
	return levels.filter((level) => !tellsStrain(level)).map(({ concurrency }) => concurrency);
}
// src/verdict/observe/observe.ts
function chooseMetrics({ metrics }, candidates) {
	if (metrics !== "auto") return metrics.map((metric) => ({
		metric,
		optional: false
	}));
	const streams = candidates.some((row) => generatesTokens(row.series.workload.task) && !row.traits.buffered);
	return GATED_ROWS.filter(({ name, automatic }) => {
		switch (automatic) {
			case "always": return true;
			case "streamed":
			case "several-tokens": return streams;
			case "reasoning": return streams && candidates.some((row) => row.traits.reasoning && observe(row, name).size > 0);
			case "whole": return !streams;
			case "objectives": return candidates.some((row) => observe(row, name).size > 0);
			case null: return false;
		}
	}).map(({ name, automatic }) => ({
		metric: name,
		optional: automatic === "several-tokens"
	}));
}
function explainDifference(metric, before, now) {
	const { unit, countsTokens, isLatencyIfWhole, field } = metricOf(metric);
	if (unit === null && before.throughputMetric !== now.throughputMetric) return "throughput counted something else";
	const counts = countsTokens === "if-generated" ? now.throughputMetric === "outputTokensPerSecond" : countsTokens;
	if (counts && before.traits.tokenSource !== now.traits.tokenSource) return "tokens were counted in another way";
	const otherTokens = counts ? explainTokenText(before, now) : null;
	if (otherTokens !== null) return otherTokens;
	if (isLatencyIfWhole && before.traits.buffered !== now.traits.buffered) return "answers came in one piece in one of the runs";
	const sought = [before.within?.limit, now.within?.limit];
	if (field === "within" && !sought.includes(void 0) && sought[0] !== sought[1]) return "`throughput-within` had other latencies";
	if (isOfObjectives$1(metricOf(metric)) && hasOtherObjectives(before, now)) return "`slo` had other objectives, or another share";
	return null;
}
function hasOtherObjectives({ slo: before }, { slo: now }) {
	if (before === void 0 || now === void 0) return false;
	return before.objectives !== now.objectives || before.share !== now.share;
}
function signOf(metric) {
	return metricOf(metric).better === "lower" ? 1 : -1;
}
function figureOfY(metric, y) {
	return Math.exp(signOf(metric) * y);
}
function changeOfY(metric, d) {
	return Math.expm1(signOf(metric) * d);
}
const seenRows = /* @__PURE__ */ new WeakMap();
function observe(row, metric) {
	let runs = seenRows.get(row);
	if (runs === void 0) seenRows.set(row, runs = /* @__PURE__ */ new Map());
	let run = runs.get(metric);
	if (run === void 0) runs.set(metric, run = readRow(row, metric));
	return run;
}
function readRow(row, metric) {
	const about = metricOf(metric);
	if (about.field === "within") return row.within === null ? /* @__PURE__ */ new Map() : /* @__PURE__ */ new Map([[0, {
		y: -Math.log(row.within.value),
		passes: []
	}]]);
	if (isOfObjectives$1(about)) {
		const figure = row.slo?.[about.field];
		if (figure === void 0) return /* @__PURE__ */ new Map();
		return /* @__PURE__ */ new Map([[0, {
			y: -Math.log(figure.value),
			passes: figure.passes.map((pass) => -Math.log(pass))
		}]]);
	}
	const found = /* @__PURE__ */ new Map();
	for (const level of row.levels) {
		const seen = level.valid ? observeLevel(level, about) : null;
		if (seen !== null) found.set(level.concurrency, seen);
	}
	return found;
}
function observeLevel(level, about) {
	if (about.percentile !== null && about.percentile !== "p50") {
		const tail = level.tails[about.name];
		return tail === void 0 ? null : {
			y: Math.log(tail),
			passes: []
		};
	}
	const figure = about.percentile === null ? "throughput" : about.name;
	const sign = signOf(about.name);
	const passes = [];
	for (const pass of level.passes) {
		const value = pass.figures[figure];
		if (value !== void 0 && value > 0) passes.push(sign * Math.log(value));
	}
	return passes.length === 0 ? null : {
		y: mean(passes),
		passes
	};
}
function narrowTo(control, run) {
	return new Map([...run].filter(([level]) => control.has(level)));
}
function averageOver(run, levels) {
	let sum = 0;
	for (const concurrency of levels) sum += run.get(concurrency).y;
	return sum / levels.length;
}
function averagePasses(run, levels) {
	let count = Infinity;
	for (const concurrency of levels) count = Math.min(count, run.get(concurrency).passes.length);
	if (count === 0) return [averageOver(run, levels)];
	const means = [];
	for (let pass = 0; pass < count; pass++) {
		let sum = 0;
		for (const concurrency of levels) sum += run.get(concurrency).passes[pass];
		means.push(sum / levels.length);
	}
	return means;
}
const LEAST_SHIFT = Math.log(1.05);
const STANDARD_ERRORS$1 = 4;
const USUAL_SPREAD = .04;
const USUAL_DEGREES = 3;
function explainTokenText(before, now) {
	const [old, current] = [textOf$1(before), textOf$1(now)];
	if (old === null || current === null) return null;
	const noise = STANDARD_ERRORS$1 * Math.hypot(old.error, current.error);
	if (Math.abs(current.text - old.text) <= Math.max(LEAST_SHIFT, noise)) return null;
	const change = (of) => `${show$1(old[of])} \u2192 ${show$1(current[of])}`;
	return `tokens are counted differently (characters a token ${change("text")}, tokens an event ${change("events")})`;
}
const known = /* @__PURE__ */ new WeakMap();
function textOf$1(row) {
	let text = known.get(row);
	if (text === void 0) known.set(row, text = measureTokenText(row));
	return text;
}
function measureTokenText({ levels }) {
	const texts = levels.flatMap((level) => level.valid ? level.passes : []).flatMap(({ tokenText }) => tokenText === void 0 ? [] : [tokenText]);
	if (texts.length === 0) return null;
	const values = texts.map(({ charactersPerToken }) => Math.log(charactersPerToken));
	const text = mean(values);
	const squares = values.reduce((sum, value) => sum + (value - text) ** 2, 0);
	const variance = (USUAL_DEGREES * USUAL_SPREAD ** 2 + squares) / (USUAL_DEGREES + values.length - 1);
	const events = mean(texts.map(({ tokensPerEvent }) => Math.log(tokensPerEvent)));
	return {
		text,
		error: Math.sqrt(variance / values.length),
		events
	};
}
function show$1(log) {
	return String(Number(Math.exp(log).toPrecision(2)));
}
function findCommonLevels(set, rows) {
	if (rows.some(({ run }) => set.every((level) => run.has(level)))) return set;
	return set.filter((level) => rows.every(({ run }) => run.has(level)));
}
function averageFigure(levels, rows, { isFresh, complete: fill } = {
	isFresh: false,
	complete: () => null
}) {
	const whole = rows.filter(({ run }) => levels.length > 0 && levels.every((level) => run.has(level)));
	if (whole.length === 0) return null;
	const complete = isFresh ? rows.flatMap((row) => {
		const run = whole.includes(row) ? row.run : fill(row.run);
		return run === null ? [] : [{
			...row,
			run
		}];
	}) : whole;
	const ys = complete.map(({ run }) => averageOver(run, levels));
	const y = mean(ys);
	return {
		y,
		isFresh,
		sessions: {
			squares: ys.reduce((sum, each) => sum + (each - y) ** 2, 0),
			degrees: ys.length - 1
		},
		byLevel: new Map(levels.map((level) => [level, mean(complete.map(({ run }) => run.get(level).y))])),
		runs: complete.length,
		passes: complete.reduce((sum, { row }) => sum + countPasses$1(row, levels), 0),
		passesOfRun: Math.min(...whole.map(({ run }) => averagePasses(run, levels).length))
	};
}
function poolFigures(a, b) {
	const share = a.passes / (a.passes + b.passes);
	const mix = (a, b) => share * a + (1 - share) * b;
	return {
		...a,
		y: mix(a.y, b.y),
		byLevel: new Map([...a.byLevel].map(([level, y]) => [level, mix(y, b.byLevel.get(level))])),
		passes: a.passes + b.passes
	};
}
function countPasses$1(row, levels) {
	const counts = row.levels.filter(({ concurrency }) => levels.includes(0) || levels.includes(concurrency)).map((level) => level.passes.length);
	return Math.max(1, Math.min(...counts));
}
function boundOf(row, metric, now) {
	const seen = metricOf(metric).field === "capacity" ? seeCapacity(row, now) : null;
	if (seen === null) return null;
	if (seen.above === Infinity) return "at-least";
	return seen.value <= seen.lowest ? "below" : null;
}
function observeBeside(row, metric, now) {
	const run = observe(row, metric);
	const own = run.get(0);
	if (metricOf(metric).field !== "capacity" || own === void 0) return run;
	const lacking = listLeftOut(now);
	const ownLacking = listLeftOut(row).filter((level) => !lacking.includes(level));
	if (lacking.length + ownLacking.length === 0) return run;
	const seen = seeCapacity(row, now);
	if (seen === null || ownLacking.some((level) => level > seen.below && level < seen.above)) return /* @__PURE__ */ new Map();
	if (!seen.isByStrain && lacking.some((level) => isNextTo(level, seeCapacity(row, row)))) return /* @__PURE__ */ new Map();
	const y = -Math.log(seen.value);
	return /* @__PURE__ */ new Map([[0, {
		y,
		passes: own.passes.map((pass) => pass + y - own.y)
	}]]);
}
// src/verdict/history/past.ts
const MOST_GROUPS = 50;
function selectComparableEntries(entries, series) {
	return entries.filter(({ row }) => row.series.key === series.key);
}
function narrowBaseline(baseline, { series }) {
	const past = baseline === null || baseline.unreadable !== null ? null : pastOf(baseline.entries, series);
	return baseline === null || past === null ? null : {
		...baseline,
		entries: past.entries
	};
}
function pastOf(recorded, series, most = MOST_GROUPS) {
	const groups = groupEntries(selectComparableEntries(recorded, series)).slice(-most);
	const entries = groups.flatMap((group) => group.entries);
	const newest = entries.at(-1);
	if (newest === void 0) return null;
	if (isOpenLoop(loadOf$1(series))) return {
		groups,
		entries,
		knee: null
	};
	return {
		groups,
		entries,
		knee: findHistoryKnee(entries.filter(({ row }) => row.throughputMetric === newest.row.throughputMetric).map(({ row }) => observe(row, "plateau-throughput")))
	};
}
function groupEntries(entries) {
	const groups = /* @__PURE__ */ new Map();
	for (const entry of entries) {
		const group = groups.get(entry.source.runId);
		if (group === void 0) groups.set(entry.source.runId, [entry]);
		else group.push(entry);
	}
	return [...groups.values()].map((entries) => ({ entries }));
}
function markOfGroup(entries, metric) {
	const marks = entries.map((entry) => entry.segments[metric]);
	if (marks.includes("accepted")) return "accepted";
	return marks.includes("opens") ? "opens" : null;
}
function findHistoryKnee(throughput) {
	const runs = throughput.filter((run) => run.size > 0);
	const levels = pickHeldLevels(runs, listLevels(runs));
	const complete = runs.filter((run) => levels.every((level) => run.has(level)));
	const shape = findCurveShape(levels.map((concurrency) => {
		return {
			concurrency,
			y: complete.reduce((sum, run) => sum - run.get(concurrency).y, 0) / complete.length
		};
	}));
	return shape !== null && (shape.reached || shape.falls) ? shape.knee : null;
}
function levelSetOf(metric, runs, knee) {
	const row = metricOf(metric);
	const { field, stopsAtKnee } = row;
	if (field === "within" || isOfObjectives$1(row)) return {
		levels: [0],
		ofPlateau: null
	};
	const all = listLevels(runs);
	if (field === "plateau") {
		const flat = knee === null ? [] : pickHeldLevels(runs, all.filter((level) => level >= knee));
		if (flat.length > 0) return {
			levels: flat,
			ofPlateau: true
		};
		return {
			levels: pickHeldLevels(runs, all).slice(-1),
			ofPlateau: false
		};
	}
	return {
		levels: pickHeldLevels(runs, knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all),
		ofPlateau: null
	};
}
function pickHeldLevels(all, wanted) {
	const levels = [...wanted];
	const selectSeen = () => all.filter((run) => levels.some((level) => run.has(level)));
	const enough = Math.max(3, selectSeen().length / 2);
	while (levels.length > 0) {
		const runs = selectSeen();
		const complete = runs.filter((run) => levels.every((level) => run.has(level))).length;
		if (complete === runs.length || complete >= enough) break;
		const lacking = levels.map((level) => runs.filter((run) => !run.has(level)).length);
		levels.splice(lacking.lastIndexOf(Math.max(...lacking)), 1);
	}
	return levels;
}
function listLevels(runs) {
	return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b);
}
function selectPairs(entries, control) {
	return entries.filter((entry) => entry.control !== void 0 && isSameControl(entry.control, control));
}
function isSameControl(a, b) {
	const differ = (one, other) => one != null && other != null && one !== other;
	return a.series.key === b.series.key && !differ(a.context.host, b.context.host) && !differ(a.context.model, b.context.model);
}
function recordControls(controls) {
	const source = {
		sha: null,
		ref: null,
		runId: "control",
		attempt: 1,
		event: "control",
		url: null
	};
	return controls.map((row) => ({
		row,
		control: row,
		source,
		verdict: "no-change-seen",
		segments: {}
	}));
}
function selectAttempts({ candidates, sessions, earlier = [] }) {
	const { series, context } = candidates[0];
	const isFresh = sessions?.fresh === true;
	const isSameBuild = (build) => build === void 0 || context.build === void 0 || build === context.build;
	return earlier.filter((attempt) => attempt.sessions?.fresh === true === isFresh && attempt.candidates.every((row) => row.series.key === series.key && isSameBuild(row.context.build)));
}
function summariseAttempts(input) {
	if (input.earlier === void 0 || input.earlier.length === 0) return {};
	const counted = selectAttempts(input);
	return { earlier: input.earlier.map((one) => ({
		attempt: one.attempt,
		...one.run !== void 0 && { run: one.run },
		verdict: one.verdict,
		isCounted: counted.includes(one)
	})) };
}
function seeAttempts(attempts, control) {
	const pair = (row, beside) => {
		if (control === null) return [{
			row,
			control: null
		}];
		return beside !== null && isSameControl(beside, control) ? [{
			row,
			control: beside
		}] : [];
	};
	return {
		runs: attempts.flatMap(({ candidates, controls = [] }) => candidates.flatMap((row, i) => pair(row, controls[i] ?? null))),
		fresh: attempts.flatMap(({ secondLook }) => typeof secondLook === "string" ? [] : pair(secondLook.row, secondLook.control))
	};
}
function openTrial(input) {
	const { candidates, controls = [], sessions, baseline } = input;
	const earlier = selectAttempts(input);
	const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries;
	const { series } = candidates[0];
	const past = pastOf(entries, series);
	const paired = candidates.flatMap((row, i) => {
		const control = controls[i] ?? null;
		return control === null ? [] : [{
			row,
			control
		}];
	});
	const rows = paired.map(({ control }) => control);
	if (rows.length === 0) return past === null ? null : {
		candidates,
		past,
		control: null,
		earlier
	};
	const pairs = pastOf(selectPairs(entries, rows[0]), series);
	const own = pairs ?? pastOf(recordControls(rows), series);
	if (past === null && own === null) return null;
	const beside = {
		controls: rows,
		isFresh: sessions?.fresh ?? false,
		alone: pairs === null
	};
	return {
		candidates,
		past,
		control: own === null ? null : {
			candidates: paired.map(({ row }) => row),
			past: own,
			beside
		},
		earlier
	};
}
function summaryOf(baseline, trial, recorded) {
	const past = trial?.past ?? null;
	const newest = past?.entries.at(-1);
	return {
		origin: baseline?.origin ?? null,
		runs: past?.entries.length ?? 0,
		groups: past?.groups.length ?? 0,
		newest: newest === void 0 ? null : {
			sha: newest.source.sha,
			startedAt: newest.row.startedAt,
			url: newest.source.url
		},
		ancestor: baseline?.ancestor ?? null,
		skipped: baseline?.passedOver ?? [],
		unreadable: baseline?.unreadable ?? null,
		lost: baseline?.lost ?? null,
		uncomparedInARow: trial === null && baseline !== null ? 1 + countUncomparedAtEnd(recorded) : 0
	};
}
const UNCOMPARED = ["no-baseline", "not-comparable"];
function countUncomparedAtEnd(recorded) {
	const at = recorded.findLastIndex(({ verdict }) => !UNCOMPARED.includes(verdict));
	return recorded.length - 1 - at;
}
const LEARNT_DEGREES = 8;
const LEAST_SD = 1e-4;
const CONTRADICTED = 1.5;
const NO_SQUARES = {
	squares: 0,
	degrees: 0
};
function spreadOf(segments, options) {
	const pooled = poolSquares(segments.map(listYs));
	const { sessions = NO_SQUARES, assumed = NO_SQUARES, cost = 0 } = options;
	const added = {
		squares: sessions.squares + assumed.squares,
		degrees: sessions.degrees + assumed.degrees
	};
	if (pooled.degrees === 0) return estimateSpread(added, options);
	const between = [
		{
			...pooled,
			shared: 0,
			before: null
		},
		estimateWithDays(segments),
		findGrownSpread(segments)
	].filter((each) => each !== null).reduce((most, each) => each.squares / each.degrees > most.squares / most.degrees ? each : most);
	const points = segments.flat();
	const { degrees, own, ...ofRun } = addRepeats(between, points);
	const variance = ofRun.variance + allowForFewerPasses(points, options);
	const free = added.degrees - cost;
	return {
		...estimateSpread({
			squares: variance * degrees + added.squares,
			degrees: degrees + free
		}, options, Math.min(degrees, between.degrees) + free),
		sharedByDay: variance === 0 ? 0 : between.shared * between.squares / between.degrees / variance,
		own,
		before: between.before
	};
}
function allowForFewerPasses(points, { within, passes }) {
	if (within.degrees === 0) return 0;
	const recorded = mean(points.map(({ perPass }) => perPass));
	return Math.max(0, 1 / passes - recorded) * (within.squares / within.degrees);
}
function estimateWithDays(segments) {
	const { between, within, size } = poolDays(segments);
	if (between.degrees === 0 || within.degrees === 0) return null;
	const ofBetween = between.squares / between.degrees / size;
	const ofWithin = (1 - 1 / size) * within.squares / within.degrees;
	const variance = ofBetween + ofWithin;
	const degrees = variance ** 2 / (ofBetween ** 2 / between.degrees + ofWithin ** 2 / within.degrees);
	return {
		squares: variance * degrees,
		degrees,
		shared: Math.max(0, ofBetween - within.squares / within.degrees / size) / variance,
		before: null
	};
}
function estimateSpread({ squares, degrees }, options, learnt = degrees) {
	const observed = degrees === 0 ? null : Math.sqrt(squares / degrees);
	const contradicted = options.expected !== "auto" && degrees >= 2 && observed !== null && observed > CONTRADICTED * options.expected;
	const expected = options.expected === "auto" || contradicted ? null : options.expected;
	const prior = expected ?? options.defaultSd;
	const priorDegrees = weighAssumed(learnt);
	const variance = (priorDegrees * prior ** 2 + squares) / (priorDegrees + degrees);
	const floor = options.within.degrees === 0 ? 0 : options.within.squares / options.within.degrees / options.passes;
	return {
		sd: Math.max(LEAST_SD, Math.sqrt(Math.max(variance, floor))),
		degrees: priorDegrees + degrees,
		observed,
		assumed: expected !== null && priorDegrees > 0,
		sharedByDay: 0,
		own: 0,
		before: null
	};
}
function isLearnt(groups) {
	return groups >= LEARNT_DEGREES;
}
function weighAssumed(degrees) {
	return Math.min(4, Math.max(0, LEARNT_DEGREES - (degrees + 1)));
}
function listYs(points) {
	return points.map(({ y }) => y);
}
function poolSquares(sets) {
	let squares = 0;
	let degrees = 0;
	for (const values of sets) {
		if (values.length < 2) continue;
		const centre = mean([...values]);
		for (const value of values) squares += (value - centre) ** 2;
		degrees += values.length - 1;
	}
	return {
		squares,
		degrees
	};
}
const HOUR_MS = 36e5;
const DAY_ENDS_AFTER_MS = 6 * HOUR_MS;
function groupByDay(points) {
	const days = [];
	let last = -Infinity;
	for (const point of points) {
		if (point.at - last < 216e5) days.at(-1).push(point);
		else days.push([point]);
		last = point.at;
	}
	return days;
}
function poolDays(segments) {
	const between = {
		squares: 0,
		degrees: 0
	};
	const within = {
		squares: 0,
		degrees: 0
	};
	let size = 0;
	for (const segment of segments) {
		const days = groupByDay(segment);
		const centre = mean(listYs(segment));
		let sizes = 0;
		for (const day of days) {
			const centreOfDay = mean(listYs(day));
			between.squares += day.length * (centreOfDay - centre) ** 2;
			for (const { y } of day) within.squares += (y - centreOfDay) ** 2;
			within.degrees += day.length - 1;
			sizes += day.length ** 2;
		}
		between.degrees += days.length - 1;
		size += segment.length - sizes / segment.length;
	}
	return {
		between,
		within,
		size: between.degrees === 0 ? 0 : size / between.degrees
	};
}
const DEGREES_OF_DOUBT = 4;
function addRepeats(between, points) {
	const ofPoints = between.squares / between.degrees;
	const { squares, degrees } = poolSquares(points.map(({ ys }) => ys));
	if (degrees === 0) return {
		variance: ofPoints,
		degrees: between.degrees,
		own: 0
	};
	const ofRuns = squares / degrees;
	const added = (1 - mean(points.map(({ ys }) => 1 / ys.length))) * ofRuns;
	const variance = ofPoints + added;
	if (variance === 0) return {
		variance,
		degrees: between.degrees,
		own: 0
	};
	return {
		variance,
		degrees: variance ** 2 / (ofPoints ** 2 / between.degrees + added ** 2 / degrees),
		own: Math.min(1, ofRuns / variance) * degrees / (degrees + DEGREES_OF_DOUBT)
	};
}
const SIGNIFICANT = .02;
function findGrownSpread(segments) {
	const squares = segments.flatMap((segment) => {
		const centre = mean(listYs(segment));
		return segment.map(({ y }) => (y - centre) ** 2);
	});
	if (squares.length < 12) return null;
	const perPoint = 1 - segments.length / squares.length;
	const poolPart = (part) => ({
		squares: part.reduce((sum, square) => sum + square, 0),
		degrees: part.length * perPoint
	});
	const [earlier, newest] = [poolPart(squares.slice(0, -6)), poolPart(squares.slice(-6))];
	if (newest.squares === 0 || earlier.degrees < 1) return null;
	const before = earlier.squares / earlier.degrees;
	if (fTail(newest.squares / newest.degrees / before, newest.degrees, earlier.degrees) >= SIGNIFICANT) return null;
	return {
		...newest,
		shared: 0,
		before: Math.sqrt(before)
	};
}
const SPREAD_OF_TIMES = .05;
function assumeSpread(metric, segments) {
	const { defaultSpread, defaultPairSpread } = metricOf(metric);
	const wider = Math.max(1, compareWithTimes(metric, segments) ?? 1);
	return {
		ofRuns: wider * defaultSpread,
		ofPairs: wider * defaultPairSpread
	};
}
function compareWithTimes(metric, segments) {
	const { field, defaultSpread } = metricOf(metric);
	if (field !== "capacity") return null;
	const steepness = segments.flatMap((segment) => segment.flatMap(({ entries }) => entries.flatMap(({ row }) => findSteepness(row) ?? [])));
	return steepness.length === 0 ? null : SPREAD_OF_TIMES * Math.max(1, median(steepness)) / defaultSpread;
}
function spreadOfHistory(metric, { segments, within }, passes, { expectedSpread }) {
	return spreadOf(segments, {
		within,
		passes,
		defaultSd: assumeSpread(metric, segments).ofRuns,
		expected: expectedSpread
	});
}
// src/verdict/history/segments.ts
function seeGroups(metric, groups, now, control = null) {
	let difference = null;
	return {
		seen: groups.map(({ entries }) => {
			const same = entries.filter((entry) => {
				const besideOther = control === null ? null : explainDifference(metric, entry.control, control);
				const why = explainDifference(metric, entry.row, now) ?? besideOther;
				difference ??= why;
				return why === null;
			});
			const runs = same.map(({ row }) => observeBeside(row, metric, now));
			if (control === null) return {
				entries,
				runs,
				controls: []
			};
			const controls = same.map((entry) => observeBeside(entry.control, metric, now));
			return {
				entries,
				runs: runs.map((run, i) => narrowTo(controls[i], run)),
				controls
			};
		}),
		difference
	};
}
function findSegments(metric, groups, levels) {
	const points = levels.length === 0 ? [] : averageGroups(metric, groups, levels);
	if (points.length === 0) return null;
	const { definite, provisional, outliers } = replaySegments(points);
	return {
		all: provisional === null ? definite : [...definite, provisional],
		provisional: provisional !== null,
		outliers,
		within: squareWithinRuns(points, levels)
	};
}
function recallSegments(metric, { groups, knee }, now, given = null) {
	const { seen } = seeGroups(metric, groups, now);
	const set = levelSetOf(metric, seen.flatMap((group) => group.runs), knee);
	const levels = given ?? set.levels;
	const recorded = findSegments(metric, seen, levels);
	return recorded === null ? null : {
		...recorded,
		levels,
		ofPlateau: set.ofPlateau
	};
}
function historyOf$1({ all, provisional, outliers, within }, { decision }) {
	const segments = all.map((segment) => trimSegment(segment, outliers));
	const reference = (points, recorded) => {
		const ys = points.map((point) => point.y);
		return {
			points,
			recorded,
			centre: decision === "threshold" ? median(ys) : mean(ys),
			ofControl: 0,
			trust: 1
		};
	};
	const points = all.flat();
	return {
		newest: reference(segments.at(-1), all.at(-1)),
		before: provisional ? reference(segments.at(-2), all.at(-2)) : null,
		segments,
		trimmed: all.some(isTrimmed),
		wider: findInflation(all.some(isTrimmed), segments.flat().length < points.length),
		within,
		groups: points.length,
		runs: points.reduce((sum, point) => sum + point.runs.length, 0)
	};
}
function averageGroups(metric, groups, levels) {
	const points = [];
	const isComplete = (run) => levels.every((level) => run.has(level));
	let curve = null;
	const findCurve = () => curve ??= meanCurve(groups.flatMap(({ runs }) => runs.filter(isComplete)), levels);
	let accepted = false;
	for (const { entries, runs } of groups) {
		const mark = markOfGroup(entries, metric);
		accepted ||= mark === "accepted";
		const complete = runs.flatMap((run) => isComplete(run) ? run : completeRun(run, findCurve()) ?? []);
		if (complete.length === 0) continue;
		const ys = complete.map((run) => averageOver(run, levels));
		points.push({
			y: mean(ys),
			ys,
			perPass: mean(complete.map((run) => 1 / averagePasses(run, levels).length)),
			mark: accepted ? "accepted" : mark,
			at: Date.parse(entries[0].row.startedAt),
			entries,
			runs: complete
		});
		accepted = false;
	}
	return points;
}
function completeLike(groups, levels, run) {
	return completeRun(run, meanCurve(groups.flatMap(({ runs }) => runs).filter((each) => levels.every((level) => each.has(level))), levels));
}
function meanCurve(complete, levels) {
	if (complete.length === 0) return /* @__PURE__ */ new Map();
	return new Map(levels.map((level) => [level, mean(complete.map((run) => run.get(level).y))]));
}
function completeRun(run, curve) {
	const shifts = [];
	for (const [level, y] of curve) if (run.has(level)) shifts.push(run.get(level).y - y);
	if (shifts.length === 0 || 2 * shifts.length < curve.size) return null;
	const shift = mean(shifts);
	return new Map([...curve].map(([level, y]) => [level, run.get(level) ?? {
		y: y + shift,
		passes: []
	}]));
}
function squareWithinRuns(points, levels) {
	return poolSquares(points.map(({ runs }) => runs.flatMap((run) => averagePasses(run, levels))));
}
const AGREEING_GROUPS = 2;
function replaySegments(points) {
	const definite = [];
	let current = [];
	let provisional = null;
	const outliers = /* @__PURE__ */ new Set();
	const begin = (segment) => {
		if (current.length > 0) definite.push(current);
		current = segment;
		provisional = null;
	};
	for (const point of points) {
		const open = provisional;
		const agrees = open !== null && isCloser(point, open, current);
		if (point.mark === "accepted") {
			if (open !== null && !agrees) current.push(...open);
			begin(agrees ? [...open, point] : [point]);
		} else if (open !== null) {
			if (agrees) open.push(point);
			else {
				if (isLoneOutlier(open, current)) outliers.add(open[0]);
				current.push(...open, point);
				provisional = null;
			}
			if (agrees && open.length > AGREEING_GROUPS) begin(open);
		} else if (point.mark === "opens" && current.length > 0) provisional = [point];
		else current.push(point);
	}
	if (current.length > 0) definite.push(current);
	return {
		definite,
		provisional,
		outliers
	};
}
const GROUPS_TO_BE_LONELY = 5;
function isLoneOutlier(open, before) {
	return open.length === 1 && before.length >= GROUPS_TO_BE_LONELY;
}
function isCloser(point, to, than) {
	return Math.abs(point.y - meanY(to)) < Math.abs(point.y - meanY(than));
}
function meanY(points) {
	return mean(points.map((point) => point.y));
}
const TRIMMED_FROM = 20;
const TRIM_CUT = 3.5;
const NEVER_TRIMMED = 3;
const LEFT_OUT_INFLATION = 1.15;
const LOOKED_INFLATION = 1.03;
function findInflation(looked, leftOut) {
	if (!looked) return 1;
	return leftOut ? LEFT_OUT_INFLATION : LOOKED_INFLATION;
}
function isTrimmed(segment) {
	return segment.length >= TRIMMED_FROM;
}
function trimSegment(segment, known) {
	const rest = segment.filter((point) => !known.has(point));
	if (!isTrimmed(rest)) return rest;
	const outliers = findOutliers(rest.map((point) => point.y), TRIM_CUT);
	return rest.filter((_, i) => !outliers[i] || i >= rest.length - NEVER_TRIMMED);
}
// src/verdict/history/main-steps.ts
const NAMED_FOR_POINTS = 20;
function findStandingStep(metric, recorded) {
	const last = listSteps(metric, recorded, null).at(-1);
	if (last === void 0 || last.provisional || last.accepted || last.points > NAMED_FOR_POINTS) return null;
	const { after, sha, startedAt, points, change } = last;
	return signOf(metric) * change > 0 ? {
		after,
		sha,
		startedAt,
		points,
		mainChange: change
	} : null;
}
function listSteps(metric, { all, provisional, outliers }, ofPlateau) {
	const levelOf = (segment) => {
		const kept = segment.filter((point) => !outliers.has(point));
		return mean((kept.length === 0 ? segment : kept).map(({ y }) => y));
	};
	return all.slice(1).map((segment, i) => {
		const before = all[i];
		const first = segment[0].entries[0];
		return {
			metric,
			ofPlateau,
			startedAt: first.row.startedAt,
			after: before.at(-1).entries.at(-1).source.sha,
			sha: first.source.sha,
			change: changeOfY(metric, levelOf(segment) - levelOf(before)),
			points: segment.length,
			accepted: segment.some(({ mark }) => mark === "accepted"),
			provisional: provisional && segment === all.at(-1)
		};
	});
}
const LEAST = 3;
function findSlowDrift(entries, release, series, policy) {
	const past = pastOf(entries, series);
	if (past === null) return null;
	const until = Date.parse(release.until);
	const isReleased = (group) => Date.parse(group.entries.at(-1).row.startedAt) <= until;
	const released = past.groups.filter(isReleased);
	const newest = past.groups.filter((group) => !isReleased(group)).slice(-5);
	const now = past.entries.at(-1).row;
	const metrics = chooseMetrics(policy, [now]).flatMap(({ metric }) => {
		const { seen } = seeGroups(metric, [...released, ...newest], now);
		const { levels, ofPlateau } = levelSetOf(metric, seen.flatMap(({ runs }) => runs), past.knee);
		const points = levels.length === 0 ? [] : averageGroups(metric, seen, levels);
		const [before, since] = [points.filter(isReleased), points.filter((point) => !isReleased(point))];
		if (before.length < LEAST || since.length < LEAST) return [];
		return [{
			metric,
			ofPlateau,
			change: changeOfY(metric, mean(since.map(({ y }) => y)) - mean(before.map(({ y }) => y)))
		}];
	});
	return {
		since: release.name,
		released: released.length,
		newest: newest.length,
		metrics
	};
}
// src/verdict/compare/stand.ts
const NEWEST_POINTS = 5;
function standOf({ y, runs, isFresh = false }, history, spread) {
	const ofRun = isFresh ? 1 / runs : shareOfRuns(runs, spread.own);
	const difference = ({ centre, points, ofControl, trust }) => ({
		d: y - centre,
		se: spread.sd * history.wider * Math.sqrt(ofRun + (ofControl === null ? 0 : trust ** 2 * shareOfMean(points, spread) + ofControl))
	});
	const newest = difference(history.newest);
	const before = history.before === null ? null : difference(history.before);
	const toNewest = (n) => {
		const points = history.newest.points.slice(-n);
		return difference({
			...history.newest,
			points,
			centre: meanOf(points),
			trust: 1
		});
	};
	const all = before === null ? [newest] : [newest, before];
	return {
		y,
		newest,
		before,
		ofFive: toNewest(NEWEST_POINTS),
		lately: [1, 2].map((n) => ({
			...toNewest(n),
			better: testNewestBetter(history, spread, n)
		})),
		least: Math.min(...all.map(({ d }) => d)),
		most: Math.max(...all.map(({ d }) => d)),
		worse: Math.max(...all.map(({ d, se }) => studentTTail(d / se, spread.degrees))),
		better: Math.max(...all.map(({ d, se }) => studentTTail(-d / se, spread.degrees))),
		moves: history.newest.ofControl === null ? [] : weighMoves(y, ofRun, history, spread)
	};
}
function testNewestBetter({ newest, wider }, spread, points) {
	if (newest.points.length <= points) return 1;
	const { d, se } = compareMeans(newest.points.slice(-points), newest.points, {
		wider,
		spread
	});
	return studentTTail(-d / se, spread.degrees);
}
function compareMeans(points, others, { wider, spread }) {
	return {
		d: meanOf(points) - meanOf(others),
		se: spread.sd * wider * Math.sqrt(shareOfMean(points, spread) + shareOfMean(others, spread))
	};
}
function boundChange(metric, { d, se }, { degrees }) {
	const half = studentTQuantile(.975, degrees) * se;
	const ends = [changeOfY(metric, d - half), changeOfY(metric, d + half)];
	return {
		low: Math.min(...ends),
		high: Math.max(...ends)
	};
}
const PRICE_OF_OUTLIER = 2 * Math.log(50);
function weighMoves(y, ofRun, { newest, segments, wider }, spread) {
	const previous = newest.recorded.length > 3 ? [] : segments.at(-2) ?? [];
	const points = [...previous, ...newest.recorded];
	const isUsed = /* @__PURE__ */ new Set([...previous, ...newest.points]);
	const unit = (spread.sd * wider) ** 2;
	const weigh = (d, share) => Math.max(0, d) ** 2 / (share * unit);
	const most = previous.length > 0 ? newest.recorded.length : Math.max(1, newest.recorded.length - 1);
	return Array.from({ length: Math.min(3, most) }, (_, i) => {
		const some = points.slice(-1 - i);
		const isNewLevel = previous.length > 0 && i + 1 === newest.recorded.length;
		const earlier = (isNewLevel ? previous : newest.recorded.slice(0, -1 - i)).filter((point) => isUsed.has(point));
		const squaresOf = (those) => poolSquares([listYs(those)]).squares / unit;
		const weighStay = (those) => squaresOf(those) + (earlier.length === 0 || those.length === 0 ? 0 : weigh(meanOf(those) - meanOf(earlier), shareOfMean(those, spread) + shareOfMean(earlier, spread)));
		const used = some.filter((point) => isUsed.has(point));
		const beyond = weigh(y - meanOf(some), ofRun + shareOfMean(some, spread));
		const stays = Math.min(weighStay(some), weighStay(used) + (some.length - used.length) * PRICE_OF_OUTLIER);
		return {
			against: squaresOf(some) + beyond - stays,
			beyond: Math.sqrt(beyond),
			isNewLevel
		};
	});
}
function meanOf(points) {
	return mean(listYs(points));
}
function shareOfRuns(n, own) {
	return 1 - own * (1 - 1 / n);
}
function shareOfMean(points, { sharedByDay, own }) {
	const k = points.length;
	const ofPoint = points.reduce((sum, { ys }) => sum + shareOfRuns(ys.length, own) / k, 0);
	return sharedByDay * groupByDay(points).reduce((sum, day) => sum + (day.length / k) ** 2, 0) + Math.max(0, ofPoint - sharedByDay) / k;
}
function computeUpperBound(stand, spread, { level = .05, leastSd = 0 } = {}) {
	const against = [
		stand.newest,
		stand.ofFive,
		...stand.before === null ? [] : [stand.before]
	];
	const wider = Math.max(1, leastSd / spread.sd);
	return Math.max(...against.map(({ d, se }) => boundDifference({
		d,
		se: wider * se
	}, spread, level)));
}
function boundDifference({ d, se }, { degrees }, level) {
	return d + studentTQuantile(1 - level, degrees) * se;
}
const QUICKENED_P = .07;
function isUnprovenLately({ lately }, spread, { tolerance, level }) {
	return lately.some(({ better, ...than }) => better < QUICKENED_P && boundDifference(than, spread, level) >= tolerance);
}
const DAY_MS = 24 * HOUR_MS;
const OTHER_HOUR_MS = 4 * HOUR_MS;
const AFTER_TWO_DAYS = .4;
function findUnlikeness(recorded, now) {
	const first = Math.min(...recorded);
	const last = Math.max(...recorded);
	const isOfOtherDay = Math.max(now - last, first - now) >= DAY_ENDS_AFTER_MS;
	if (isOfOtherDay && last - first < DAY_MS) return {
		what: "day",
		share: 1
	};
	if (recorded.every((at) => measureHoursApart(at, now) >= OTHER_HOUR_MS)) return {
		what: "hour",
		share: 1
	};
	const days = groupByDay(recorded.toSorted((a, b) => a - b).map((at) => ({
		y: 0,
		at
	})));
	return isOfOtherDay && days.length <= 2 ? {
		what: "day",
		share: AFTER_TWO_DAYS
	} : null;
}
function measureHoursApart(a, b) {
	const apart = Math.abs(a - b) % DAY_MS;
	return Math.min(apart, DAY_MS - apart);
}
function allowForUnlikeness({ sd, degrees, ...rest }, defaultSd) {
	const assumed = defaultSd ** 2;
	const variance = sd ** 2 + assumed;
	return {
		...rest,
		sd: Math.sqrt(variance),
		degrees: variance ** 2 / (sd ** 4 / degrees + assumed ** 2 / 4)
	};
}
const FIRST_LOOK_POWER = {
	usual: .84,
	trimmed: .9
};
function findSmallestVisible(se, degrees, { alpha, tolerance, trimmed }) {
	const power = studentTQuantile(FIRST_LOOK_POWER[trimmed ? "trimmed" : "usual"], degrees) * se;
	const significance = studentTQuantile(1 - alpha, degrees) * se;
	return Math.expm1(power + Math.max(significance, Math.log1p(tolerance)));
}
// src/settings/values/tolerance.ts
function describeTolerances() {
	const ofRelease = groupByShare(GATED_ROWS, ({ releaseTolerance }) => releaseTolerance).map(([share, names], i) => i === 0 ? showShare(share) : `${names} ${showShare(share)}`);
	return `${showShare(DEFAULT_TOLERANCE)}; for release ${ofRelease.join(", ")}`;
}
function describeSpreads(of = "defaultSpread") {
	const tails = new Set(TAIL_ROWS);
	return [...groupByShare(GATED_ROWS.filter((row) => !tails.has(row)), (row) => row[of]).map(([share, names]) => `${showShare(share)} for ${names}`), `${showShare(Math.max(...TAIL_ROWS.map((row) => row[of])))} for tails`].join(", ");
}
function groupByShare(rows, shareOf) {
	return [...Map.groupBy(rows, shareOf)].sort(([a], [b]) => a - b).map(([share, members]) => {
		const names = [...new Set(members.map(({ family }) => nameFamily(family)))];
		return [share, [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" and ")];
	});
}
function nameFamily(family) {
	const label = METRICS.find((row) => row.family === family).label;
	return /^[A-Z][a-z]/.test(label) ? decapitalise(label) : label;
}
function showShare(share) {
	return `${Number((100 * share).toPrecision(3))} %`;
}
const LEAST_CLIENT_TOLERANCE = .02;
function chooseSmallestTolerance(settings) {
	const metrics = settings.metrics === "auto" ? GATED_ROWS.filter(({ automatic, quantity }) => automatic !== null && quantity === "time").map(({ name }) => name) : settings.metrics;
	return Math.max(LEAST_CLIENT_TOLERANCE, Math.min(...metrics.map((metric) => toleranceOf(settings, metric))));
}
function readTolerance(text) {
	const lines = readEach(splitList(text), readLine);
	if (lines.length === 0) throw new ValueError("must be a share, for example 5%, or lines such as ttft-p50: 10%");
	const metrics = lines.map(({ metric }) => metric);
	const twice = metrics.find((metric, index) => metrics.indexOf(metric) !== index);
	if (twice === null) throw new ValueError("must have one share for all metrics, and a line \"metric: share\" for others");
	if (twice !== void 0) throw new ValueError(`must name ${twice} once`);
	const all = lines.find(({ metric }) => metric === null)?.share ?? null;
	const own = lines.flatMap(({ metric, share }) => metric === null ? [] : [[metric, share]]);
	return {
		all,
		byMetric: Object.fromEntries(own)
	};
}
const LONGEST_NAME$2 = 60;
function readGatedMetric(name) {
	const metric = findMetric(name);
	if (metric?.gated === true) return metric.name;
	const suggestion = suggestName(name, GATED_METRICS) ?? `known are ${GATED_METRICS.join(", ")}`;
	throw new ValueError(`has "${escapeForTerminal(name, LONGEST_NAME$2)}", which cannot be compared; ${suggestion}`);
}
const readWorsening$1 = readShare({
	min: 0,
	max: 1
});
function readLine(line) {
	const colon = line.indexOf(":");
	const metric = colon === -1 ? null : readGatedMetric(line.slice(0, colon).trim());
	try {
		return {
			metric,
			share: readWorsening$1(line.slice(colon + 1))
		};
	} catch (error) {
		if (metric === null || !(error instanceof ValueError)) throw error;
		throw new ValueError(`of ${metric} ${error.message}`);
	}
}
// src/settings/values/acceptance.ts
const EXAMPLE$5 = "tpot-p50 +18% since 2026-11-20: larger model";
const MEMBERS$1 = [
	"metric",
	"at",
	"since",
	"why"
];
function readAcceptances(text) {
	const lines = text.split(/\n|;(?=\s*[\w-]+\s+[+\u2212-]?\d)/).map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
	if (lines.length === 0) throw new ValueError(`must have at least one line, for example ${EXAMPLE$5}`);
	return readEach(lines, (line) => readAcceptance(line.startsWith("{") ? partsOfMap(line) : partsOfLine(line))).flat();
}
function findMetricsNamed(name) {
	const metric = findMetric(name);
	if (metric?.gated === true) return [metric.name];
	return GATED_ROWS.filter(({ family }) => family === name).map((row) => row.name);
}
const readWorsening = readShare({
	min: 0,
	max: 10
});
function readAcceptance({ metric: name, at: change, since, why }) {
	const named = findMetricsNamed(name);
	const metrics = named.length === 0 ? [readGatedMetric(name)] : named;
	const at = readAcceptedWorsening(change, name, metrics);
	if (!isDay(since)) throw new ValueError(`has "${since}" for ${name}; since is a day, for example 2026-11-20`);
	return metrics.map((metric) => ({
		metric,
		at,
		since,
		why: why === "" ? null : why,
		by: null,
		form: "file"
	}));
}
function readAcceptedWorsening(change, name, metrics) {
	const [, sign, percent] = /^([+\u2212-]?)(\d+(?:\.\d+)?)\s*%$/.exec(change) ?? [];
	const isLess = sign === "\u2212" || sign === "-";
	const isHigherBetter = metrics.every((metric) => metricOf(metric).better === "higher");
	if (percent === void 0 || isLess && !isHigherBetter) throw new ValueError(`has "${change}" for ${name}; at is how much worse it may be, for example ${isHigherBetter ? "-15%" : "+18%"}`);
	if (!isLess) return readWorsening(`${percent}%`);
	const less = Number(percent) / 100;
	if (less >= 1) throw new ValueError(`has "${change}" for ${name}; it cannot become less than nothing`);
	return 1 / (1 - less) - 1;
}
function partsOfLine(line) {
	const match = /^(\S+)\s+(\S+(?:\s+%)?)\s+since\s+(\d{4}-\d{2}-\d{2}T[\d:.]+Z|[^\s:]+)\s*(?::\s*(.*))?$/.exec(line);
	if (match === null) throw new ValueError(`must be lines of metric, how much worse, day and reason, for example ${EXAMPLE$5}`);
	return {
		metric: match[1],
		at: match[2],
		since: match[3],
		why: match[4] ?? ""
	};
}
function partsOfMap(json) {
	const map = parseMap(json);
	const [key, ...others] = Object.keys(map);
	if (key !== void 0 && others.length === 0 && /\ssince\s/.test(key)) return partsOfLine(`${key}: ${readPlainText(map[key]).replace(/\s+/g, " ")}`);
	const unknown = Object.keys(map).find((key) => !MEMBERS$1.some((member) => member === key));
	if (unknown !== void 0) throw new ValueError(`has "${unknown}", which is not one of ${listAllowed(unknown, MEMBERS$1)}`);
	const missing = MEMBERS$1.find((member) => member !== "why" && map[member] === void 0);
	if (missing !== void 0) throw new ValueError(`must have ${missing} in every entry, for example ${EXAMPLE$5}`);
	const text = (member) => readPlainText(map[member]);
	return {
		metric: text("metric"),
		at: text("at"),
		since: text("since"),
		why: text("why").replace(/\s+/g, " ")
	};
}
function readPlainText(value) {
	return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
}
function parseMap(json) {
	try {
		return JSON.parse(json);
	} catch {
		throw new ValueError(`must be lines such as ${EXAMPLE$5}`);
	}
}
function isDay(text) {
	const [, day, time = "T00:00:00.000Z"] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}\.\d{3}Z)?$/.exec(text) ?? [];
	const parsed = day === void 0 ? NaN : Date.parse(`${day}${time}`);
	return !Number.isNaN(parsed) && new Date(parsed).toISOString() === `${day}${time}`;
}
// src/settings/values/baseline-place.ts
const DEFAULT_HISTORY = ".plateau/history.json";
function readBaselinePlace(text) {
	const trimmed = text.trim();
	if (trimmed === "none" || trimmed === "artifact") return { kind: trimmed };
	const [, kind, rest] = /^(file|release-asset):\s*(.+)$/.exec(trimmed) ?? [];
	if (kind === "file") return {
		kind,
		path: rest
	};
	if (kind === "release-asset") return {
		kind,
		asset: rest
	};
	const suggestion = suggestName(trimmed, ["artifact", "none"]);
	throw new ValueError(`must be artifact, file:<path>, release-asset:<name> or none${suggestion === null ? "" : `; ${suggestion}`}`);
}
function renderBaselinePlace(place) {
	switch (place.kind) {
		case "file": return `file:${place.path}`;
		case "release-asset": return `release-asset:${place.asset}`;
		case "artifact":
		case "none": return place.kind;
	}
}
// src/settings/lists/history-settings.ts
const group$8 = "Baseline";
const HISTORY_SETTINGS = {
	name: setting({
		name: "name",
		group: group$8,
		help: "Name of the series of runs, of a-z, 0-9 and -",
		placeholder: "NAME",
		default: null,
		derived: {
			action: "the job and its matrix values",
			command: "the scenario, else from the model"
		},
		common: true,
		read: readSlug
	}),
	baseline: setting({
		name: "baseline",
		group: group$8,
		help: "Where the history is: artifact (of workflow runs), file:<path>, release-asset:<name>, or none: only limits decide",
		placeholder: "PLACE",
		default: null,
		derived: {
			action: "`artifact`",
			command: `\`file:${DEFAULT_HISTORY}\``
		},
		common: true,
		read: readBaselinePlace
	}),
	baselineWorkflow: setting({
		name: "baseline-workflow",
		group: group$8,
		help: "Workflow files whose runs on the default branch share one history",
		placeholder: "FILES",
		default: null,
		derived: "this workflow file",
		flagOnly: true,
		actionOnly: true,
		file: "list",
		read: readWorkflowFiles
	}),
	baselineRef: setting({
		name: "baseline-ref",
		group: group$8,
		help: "Compare with runs up to this tag, branch or commit only",
		placeholder: "REF",
		default: null,
		derived: {
			action: "all runs; with gate: release and artifacts those up to the newest tag",
			command: "all runs"
		},
		read: readLine$1
	}),
	record: setting({
		name: "record",
		group: group$8,
		help: "Whether this run joins the history: always, never, or auto: on the default branch; of the command with append",
		placeholder: "WORD",
		default: "auto",
		read: readChoice([
			"auto",
			"always",
			"never"
		])
	}),
	historyKeep: setting({
		name: "history-keep",
		group: group$8,
		help: "Recorded runs that are kept, the newest",
		placeholder: "N",
		default: "400",
		read: readCount({
			min: 10,
			max: 2e3
		})
	}),
	accept: setting({
		name: "accept",
		group: group$8,
		help: "Changes for the worse that are wanted, a line each: tpot-p50 +18% since 2026-11-20: larger model",
		placeholder: "LINES",
		default: null,
		file: "records",
		read: readAcceptances
	}),
	acceptLabel: setting({
		name: "accept-label",
		group: group$8,
		help: "Label of a pull request that accepts its change; with a colon and a metric, that metric only",
		placeholder: "LABEL",
		default: "plateau-accept",
		actionOnly: true,
		read: readLine$1
	})
};
const LONGEST_NAME$1 = 64;
const RESERVED_END = /-(history|attempt-\d+)$/;
const SAFE_END = "-run";
function toName(text) {
	const slug = toSlug(text);
	return RESERVED_END.test(slug) ? `${toSlug(slug.slice(0, 60))}${SAFE_END}` : slug;
}
function toSlug(text) {
	return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, LONGEST_NAME$1).replace(/(?<!-)-+$/, "");
}
function readSlug(text) {
	const trimmed = text.trim();
	const slug = toSlug(trimmed);
	if (RESERVED_END.test(trimmed)) throw new ValueError("must not end in -history or -attempt-<number>, which names of artifacts end in");
	if (trimmed === "" || trimmed !== slug) {
		const suggestion = slug === "" ? "" : `, for example ${slug}`;
		throw new ValueError(`must be at most 64 of a-z, 0-9 and -, with a letter or digit at both ends${suggestion}`);
	}
	return trimmed;
}
function readWorkflowFiles(text) {
	const files = splitList(text).map((file) => file.replace(/^\.github\/workflows\//, ""));
	const bad = files.find((file) => !/^[\w.-]+\.ya?ml$/.test(file));
	if (files.length === 0 || bad !== void 0) throw new ValueError("must be files of .github/workflows, for example nightly.yml, pull-request.yml");
	return files;
}
// src/report/history.ts
const HISTORY_SCHEMA = "plateau/history@1";
// src/report/schema-parts.ts
const MAXIMUM_PASSES = 1e3;
const MAXIMUM_TEXT = 2e4;
const figure = number().min(0).max(0x38d7ea4c68000);
const count = int().min(0).max(0xe8d4a51000);
const concurrency = number().min(.001).max(1e6);
const name = string().max(MAXIMUM_TEXT);
const OUR_WORDS = registry();
const word = string().max(MAXIMUM_TEXT).register(OUR_WORDS, {});
function schemasOf(fields, schema) {
	return Object.fromEntries(fields.map((field) => [field, schema]));
}
const clues = object(Object.fromEntries(CLUES.map((clue) => [clue, figure.exactOptional()])));
function refineRising(levels) {
	return levels.refine((all) => all.every(({ concurrency }, i) => i === 0 || concurrency > all[i - 1].concurrency), "must be by rising concurrency");
}
const levelState = _enum([
	"ok",
	"buffered",
	"limited",
	"lost",
	"overloaded",
	"client-saturated",
	"invalid"
]);
const plateauState = _enum([
	"reached",
	"not-reached",
	"collapsing",
	"limited"
]);
const throughputMetric = _enum(RATE_FIELDS);
// src/report/json.ts
function decodeStrict(text, format) {
	const { what, schema, migrate = (value) => value } = format;
	const result = schema.safeParse(migrate(parseJson(text, format)), { jitless: true });
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
function migrate(value, { current, migrations, error: NewerError }) {
	const [format, wanted] = current.split("@");
	let migrated = value;
	for (;;) {
		const version = versionOf(migrated, format);
		if (version === null || version === Number(wanted)) return migrated;
		if (version > Number(wanted)) throw new NewerError(`schema: is ${format}@${version}, which a newer version of Plateau wrote; update Plateau`);
		const migration = migrations[version];
		if (migration === void 0) return migrated;
		migrated = {
			...migration(migrated),
			schema: `${format}@${version + 1}`
		};
	}
}
function versionOf(value, format) {
	if (value === null || typeof value !== "object" || !("schema" in value)) return null;
	const [, version] = typeof value.schema === "string" && /@(\d{1,6})$/.exec(value.schema) || [];
	return version !== void 0 && value.schema === `${format}@${version}` ? Number(version) : null;
}
function escapeSigns(json) {
	return json.replace(/[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (sign) => {
		return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
	});
}
// src/report/level-schema.ts
const summary = object({
	n: count,
	mean: figure.nullable(),
	sd: figure.nullable(),
	min: figure.nullable(),
	p50: figure.nullable(),
	p90: figure.nullable(),
	p95: figure.nullable(),
	p99: figure.nullable(),
	max: figure.nullable()
});
const times = schemasOf([...TIME_FIELDS, "connectMs"], summary.nullable().default(null));
const rates = schemasOf(RATE_FIELDS, figure.nullable().default(null));
const serverSide = object({
	source: name,
	ttftMs: figure.nullable(),
	tpotMs: figure.nullable(),
	clientTtftMs: figure.nullable(),
	clientTpotMs: figure.nullable(),
	queueMs: figure.nullable(),
	running: figure.nullable(),
	waiting: figure.nullable(),
	kvCacheUsage: figure.nullable(),
	prefixHitShare: figure.nullable(),
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
	ttftMs: partTime,
	tpotMs: partTime,
	latencyMs: partTime
});
const attained = object({
	inside: count,
	attainment: number().min(0).max(1).nullable(),
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
	reasoningShare: number().min(0).max(1).exactOptional(),
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
// src/report/run-report.ts
const RUN_REPORT_SCHEMA = "plateau/run-report@1";
// src/report/run-report-codec.ts
var ReportError = class extends Error {
	code = "report";
	name = "ReportError";
};
const MAXIMUM_LENGTH$3 = 33554432;
function encodeRunReport(report) {
	return encodeStrict(report, decodeRunReport);
}
function decodeRunReport(text) {
	return decodeStrict(text, {
		what: "report",
		schema: runReportSchema,
		maximumLength: MAXIMUM_LENGTH$3,
		error: ReportError
	});
}
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
	repeatedShare: number().min(0).max(1)
});
const kept = object({
	value: figure,
	passes: array(figure).max(MAXIMUM_PASSES)
});
const slo$2 = object({
	objectives: word,
	share: number().min(0).max(1),
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
	slo: slo$2.exactOptional(),
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
var HistoryError = class extends Error {
	code = "history";
	name = "HistoryError";
};
var NewerHistoryError = class extends HistoryError {
	name = "NewerHistoryError";
};
const MAXIMUM_LENGTH$2 = 67108864;
const EMPTY_HISTORY = {
	schema: HISTORY_SCHEMA,
	entries: []
};
function encodeHistory(history) {
	const { schema, entries } = decodeHistory(JSON.stringify(history));
	const lines = entries.map((entry) => JSON.stringify(entry));
	return escapeSigns(`{"schema":${JSON.stringify(schema)},"entries":[\n${lines.join(",\n")}\n]}\n`);
}
function decodeHistory(text) {
	return decodeStrict(text, {
		what: "history",
		schema: historySchema,
		maximumLength: MAXIMUM_LENGTH$2,
		migrate: (value) => migrate(value, {
			current: HISTORY_SCHEMA,
			migrations: {},
			error: NewerHistoryError
		}),
		error: HistoryError
	});
}
function mergeHistories(histories, keep) {
	const byRun = /* @__PURE__ */ new Map();
	for (const entry of histories.flatMap(({ entries }) => entries)) {
		const key = keyOfRun(entry);
		const known = byRun.get(key);
		if (known === void 0 || encodeCanonically(known) < encodeCanonically(entry)) byRun.set(key, entry);
	}
	const sorted = [...byRun].map(([key, entry]) => ({
		key,
		entry,
		startedAt: Date.parse(entry.row.startedAt)
	})).sort((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1));
	return {
		schema: HISTORY_SCHEMA,
		entries: pickNewestOfEachName(sorted.map(({ entry }) => entry), keep)
	};
}
function countKnown({ entries }, runs) {
	const known = new Set(entries.map(keyOfRun));
	return runs.filter((run) => known.has(keyOfRun(run))).length;
}
function keyOfRun({ row, source }) {
	return JSON.stringify([
		source.runId,
		source.attempt,
		Date.parse(row.startedAt),
		row.series.name
	]);
}
function pickNewestOfEachName(entries, keep) {
	const kept = /* @__PURE__ */ new Map();
	return entries.toReversed().filter(({ row: { series } }) => {
		const n = (kept.get(series.name) ?? 0) + 1;
		kept.set(series.name, n);
		return n <= keep;
	}).reverse();
}
const MAXIMUM_ENTRIES = 2e4;
const text = string().max(1e3);
const id = string().max(1e3).register(OUR_WORDS, {});
const positive = number().min(1e-12).max(0x38d7ea4c68000);
function figuresOf$1(names) {
	const shape = Object.fromEntries(names.map((name) => [name, positive.exactOptional()]));
	return object(shape);
}
const TAILS = TAIL_ROWS.map(({ name }) => name);
const FIGURES = [...MEDIAN_ROWS.map(({ name }) => name), "throughput"];
const pass = object({
	ok: count,
	failed: count,
	figures: figuresOf$1(FIGURES),
	tokenText: object({
		charactersPerToken: positive,
		tokensPerEvent: positive
	}).exactOptional()
});
const level = object({
	concurrency,
	valid: boolean(),
	state: levelState.exclude(["buffered"]),
	tails: figuresOf$1(TAILS),
	kept: object({
		attainment: number().min(0).max(1),
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
const slo$1 = object({
	objectives: word,
	share: number().min(0).max(1),
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
	slo: slo$1.exactOptional(),
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
const mark = _enum(["opens", "accepted"]);
const segments = object(Object.fromEntries(GATED_METRICS.map((metric) => [metric, mark.exactOptional()])));
const historyEntrySchema = object({
	row: historyRowSchema,
	control: historyRowSchema.exactOptional(),
	source,
	verdict: _enum(VERDICT_WORDS),
	segments
});
const historySchema = object({
	schema: literal(HISTORY_SCHEMA),
	entries: array(historyEntrySchema).max(MAXIMUM_ENTRIES)
});
// src/report/looks.ts
function compareAttempts(a, b) {
	const { run = Infinity } = a;
	const { run: other = Infinity } = b;
	return run === other ? a.attempt - b.attempt : run - other;
}
function mapRowsOfLooks(looks, change) {
	const { earlier, ...own } = looks;
	return {
		...mapRowsOfAttempt(own, change),
		...earlier !== void 0 && { earlier: earlier.map((attempt) => mapRowsOfAttempt(attempt, change)) }
	};
}
function mapRowsOfAttempt(attempt, change) {
	const { candidates, controls, secondLook } = attempt;
	const changeControl = (row) => row === null ? null : change(row);
	return {
		...attempt,
		candidates: candidates.map(change),
		...controls !== void 0 && { controls: controls.map(changeControl) },
		secondLook: typeof secondLook === "string" ? secondLook : {
			row: change(secondLook.row),
			control: changeControl(secondLook.control)
		}
	};
}
var LooksError = class extends Error {
	name = "LooksError";
};
const LOOKS_FILE = "looks.json";
const LOOKS_SCHEMA = "plateau/looks@1";
const MAXIMUM_LENGTH$1 = 16777216;
const MOST_RUNS = 100;
const MOST_LIMITS = 1e3;
const half = string().max(1e4);
const measured = {
	candidates: array(historyRowSchema).min(1).max(MOST_RUNS),
	controls: array(historyRowSchema.nullable()).max(MOST_RUNS).exactOptional(),
	sessions: object({
		fresh: boolean(),
		most: int().min(1).max(MOST_RUNS)
	}).exactOptional(),
	secondLook: union([_enum(["none", "unusable"]), historyRowSchema]),
	secondControl: historyRowSchema.exactOptional()
};
const earlierSchema = object({
	attempt: int().min(1).max(1e6),
	run: int().min(0).exactOptional(),
	verdict: _enum(VERDICT_WORDS),
	...measured,
	limits: array(limit).max(MOST_LIMITS).exactOptional()
});
const looksSchema = object({
	schema: literal(LOOKS_SCHEMA),
	...measured,
	controlTroubles: array(half).max(MOST_RUNS).exactOptional(),
	limits: array(limit).max(MOST_LIMITS),
	earlier: array(earlierSchema).max(10).exactOptional()
});
function encodeLooks({ earlier, ...own }) {
	const before = earlier === void 0 ? {} : { earlier: earlier.map(nameParts) };
	return escapeSigns(`${JSON.stringify({
		schema: LOOKS_SCHEMA,
		...nameParts(own),
		...before
	})}\n`);
}
function nameParts({ secondLook, ...rest }) {
	if (typeof secondLook === "string") return {
		...rest,
		secondLook
	};
	const { row, control } = secondLook;
	return {
		...rest,
		secondLook: row,
		...control !== null && { secondControl: control }
	};
}
function decodeLooks(text) {
	const { schema: _, earlier, ...own } = decodeStrict(text, {
		what: "looks",
		schema: looksSchema,
		maximumLength: MAXIMUM_LENGTH$1,
		error: LooksError
	});
	return {
		...joinControl(own),
		...earlier !== void 0 && { earlier: earlier.map(joinControl) }
	};
}
function joinControl({ secondLook, secondControl, ...rest }) {
	if (rest.controls !== void 0 && rest.controls.length !== rest.candidates.length) throw new LooksError("looks: controls: one for each of the candidates, or none at all");
	const passes = typeof secondLook === "string" ? secondLook : {
		row: secondLook,
		control: secondControl ?? null
	};
	return {
		...rest,
		secondLook: passes
	};
}
// src/report/verdict-codec.ts
var VerdictError = class extends Error {
	code = "verdict";
	name = "VerdictError";
};
const MAXIMUM_LENGTH = 4194304;
function encodeVerdict(verdict) {
	return encodeStrict(verdict, decodeVerdict);
}
function decodeVerdict(text) {
	return decodeStrict(text, {
		what: "verdict",
		schema: verdictSchema,
		maximumLength: MAXIMUM_LENGTH,
		migrate: (value) => migrate(value, {
			current: VERDICT_SCHEMA,
			migrations: {},
			error: VerdictError
		}),
		error: VerdictError
	});
}
const MAXIMUM_ITEMS = 1e3;
const MAXIMUM_SETTING = 1e5;
const change = number().min(-0x38d7ea4c68000).max(0x38d7ea4c68000);
const share = number().min(0).max(1);
const metric = _enum(GATED_METRICS);
const verdictWord = _enum(VERDICT_WORDS);
const consequence = _enum([
	"pass",
	"warn",
	"fail"
]);
const levels = array(concurrency).max(64);
const url = name.regex(/^https?:\/\//, "must be an http or https URL");
const policy = object({
	gate: _enum([
		"check",
		"release",
		"observe"
	]),
	decision: _enum(["statistical", "threshold"]),
	onNotComparable: consequence,
	onUnmeasured: consequence,
	onSkip: consequence
});
const provisional = object({
	sha: name.nullable(),
	startedAt: datetime(),
	runs: count,
	mainChange: change,
	changeFromBefore: change
});
const step = object({
	after: name.nullable(),
	sha: name.nullable(),
	startedAt: datetime(),
	points: count,
	mainChange: change
});
const levelChange = object({
	concurrency,
	baseline: figure,
	candidate: figure,
	change
});
const doubt = _enum(Object.keys(DOUBTS));
const bound = _enum(["at-least", "below"]).exactOptional();
const comparison = object({
	metric,
	better: _enum(["lower", "higher"]),
	verdict: verdictWord,
	unit: _enum(FIGURE_UNITS).nullable(),
	ofPlateau: boolean().nullable(),
	levels,
	baseline: figure.nullable(),
	candidate: figure.nullable(),
	bounds: object({
		baseline: bound,
		candidate: bound
	}).exactOptional(),
	change: change.nullable(),
	interval: object({
		low: change,
		high: change
	}).nullable(),
	worsening: change.nullable(),
	p: share.nullable(),
	smallestVisible: figure.nullable(),
	tolerance: figure,
	spread: figure.nullable(),
	assumedSpread: boolean(),
	spreadBefore: figure.exactOptional(),
	groups: count,
	segments: count.default(1),
	leftOut: count,
	provisional: provisional.nullable(),
	step: step.exactOptional(),
	confirmed: boolean().nullable(),
	accepted: object({
		by: name.nullable(),
		at: change,
		why: name.nullable()
	}).nullable(),
	byLevel: array(levelChange).max(64),
	aside: array(levelChange).max(64).default([]),
	doubt: doubt.nullable(),
	control: object({
		theta: share,
		pairs: count
	}).nullable().default(null),
	note: name.nullable()
});
const requests = object({
	ok: count,
	failed: count
});
const lostLevel = object({
	concurrency,
	verdict: _enum([
		"regressed",
		"suspect",
		"not-measured",
		"accepted"
	]),
	candidate: requests,
	baseline: requests,
	repeatFailed: boolean().nullable(),
	p: share.nullable(),
	reason: name
});
const errorRate = object({
	verdict: _enum([
		"regressed",
		"not-measured",
		"suspect",
		"no-change-seen",
		"accepted"
	]),
	candidate: requests,
	baseline: requests,
	rise: number().min(-1).max(1),
	p: share
});
const contextChange = object({
	what: word,
	before: name,
	now: name
});
const baseline = object({
	origin: name.nullable(),
	runs: count,
	groups: count,
	newest: object({
		sha: name.nullable(),
		startedAt: datetime(),
		url: url.nullable()
	}).nullable(),
	ancestor: boolean().nullable(),
	skipped: array(name).max(MAXIMUM_ITEMS),
	unreadable: object({
		why: name,
		remedy: name
	}).nullable().default(null),
	lost: name.nullable().default(null),
	uncomparedInARow: count
});
const difference = object({
	field: word,
	setting: word.nullable(),
	before: name,
	now: name
});
const outlook = object({
	metric,
	runs: count,
	smallestVisible: figure
});
const confirmation = object({
	metrics: array(metric).max(MAXIMUM_ITEMS),
	levels,
	passes: count
});
const slowDrift = object({
	since: name,
	released: count,
	newest: count,
	metrics: array(object({
		metric,
		ofPlateau: boolean().nullable(),
		change
	})).max(MAXIMUM_ITEMS)
});
const control = object({
	pairs: count,
	sessions: count,
	fresh: boolean(),
	troubles: array(name).max(MAXIMUM_ITEMS)
});
const attempt = object({
	attempt: int().min(1).max(1e6),
	run: int().min(0).exactOptional(),
	verdict: verdictWord,
	isCounted: boolean()
});
const sideFigure = object({
	value: figure,
	low: figure.exactOptional(),
	high: figure.exactOptional()
});
const sideFigures = object(Object.fromEntries(FIGURES_OF_LEVEL.map((name) => [name, sideFigure.exactOptional()])));
const sideCurve = object({
	runs: count,
	levels: refineRising(array(object({
		concurrency,
		figures: sideFigures,
		clues: clues.exactOptional()
	})).max(64))
});
const sides = object({
	baseline: sideCurve.exactOptional(),
	control: sideCurve.exactOptional()
});
const verdictSchema = object({
	schema: literal(VERDICT_SCHEMA),
	name: word,
	verdict: verdictWord,
	reasons: array(word).max(MAXIMUM_ITEMS),
	check: consequence,
	load: _enum(["rate", "speed"]).exactOptional(),
	policy,
	decidedBy: array(object({
		setting: word,
		value: string().max(MAXIMUM_SETTING)
	})).max(MAXIMUM_ITEMS).default([]),
	comparisons: array(comparison).max(MAXIMUM_ITEMS),
	lostLevels: array(lostLevel).max(64),
	errorRate: errorRate.nullable(),
	limits: array(limit).max(MAXIMUM_ITEMS),
	whatElseChanged: array(contextChange).max(MAXIMUM_ITEMS),
	baseline,
	notComparable: object({
		runs: count,
		differences: array(difference).max(MAXIMUM_ITEMS)
	}).nullable(),
	outlook: array(outlook).max(MAXIMUM_ITEMS),
	confirmation: confirmation.nullable(),
	falseAlarmRate: share.nullable(),
	drift: slowDrift.nullable().default(null),
	control: control.nullable().default(null),
	earlier: array(attempt).max(MAXIMUM_ITEMS).exactOptional(),
	sides: sides.exactOptional()
});
// src/baseline/sync-folder.ts
function syncFolder(path) {
	try {
		const folder = openSync(path, "r");
		try {
			fsyncSync(folder);
		} finally {
			closeSync(folder);
		}
	} catch {}
}
// src/settings/prompts-file/unpack.ts
const MOST_BYTES = 1024 ** 3;
function unpack(bytes) {
	const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const compression = COMPRESSIONS.find(({ magic }) => startsWith(packed, magic));
	if (compression === void 0) return decode(packed, []);
	try {
		return decode(compression.open(packed, { maxOutputLength: MOST_BYTES }), [compression.name]);
	} catch (error) {
		const isLarge = error.code === "ERR_BUFFER_TOO_LARGE";
		const why = isLarge ? "holds more than 1 GiB" : `is compressed with ${compression.name}, and broken or cut off`;
		return { refusal: isLarge ? `${why}; give a part of it` : `${why}; download or compress it again` };
	}
}
const COMPRESSIONS = [{
	name: "gzip",
	magic: "\u008B",
	open: gunzipSync
}, {
	name: "zstd",
	magic: "(\u00B5/\u00FD",
	open: zstdDecompressSync
}];
function decode(bytes, packing) {
	const foreign = FOREIGN.find(([magic]) => startsWith(bytes, magic));
	if (foreign !== void 0) return { refusal: foreign[1] };
	const utf16 = findUtf16(bytes);
	if (utf16 !== null) return check(Buffer.from(new TextDecoder(utf16).decode(bytes), "utf8"), [...packing, "UTF-16"]);
	return check(startsWith(bytes, "\u00EF\u00BB\u00BF") ? bytes.subarray(3) : bytes, packing);
}
function isParquet(bytes) {
	return startsWith(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4)), "PAR1");
}
const FOREIGN = [
	["PK", "is a zip (or a workbook); unpack it and give the file that is in it, or save the sheet as CSV"],
	["BZh", "is compressed with bzip2; unpack it (bunzip2) and give the file that comes out"],
	["\u00FD7zXZ", "is compressed with xz; unpack it (unxz) and give the file that comes out"],
	["PAR1", "is a Parquet file that is packed as a whole; unpack it and give the file that comes out"],
	["ARROW1", "is an Arrow file; write it as Parquet or JSON lines (dataset.to_json(\"prompts.jsonl\") of `datasets`)"],
	["Obj", "is an Avro file; write it as JSON lines"],
	["SQLite format 3", "is a database of SQLite; write a query of it as CSV"],
	["%PDF", "is a PDF; write its prompts as lines of text"],
	["version https://git-lfs", "is only the pointer of a file in Git LFS; get the file (git lfs pull, or `lfs: true` of actions/checkout)"]
];
const HTML = /^\s*<(!doctype|html|\?xml)/i;
function check(text, packing) {
	if (text.byteLength > MOST_BYTES) return { refusal: "holds more than 1 GiB; give a part of it" };
	const opening = text.subarray(0, 4096);
	if (HTML.test(opening.toString("latin1"))) return { refusal: "is a page (HTML or XML), as a download gives that failed; download the file itself" };
	if (opening.includes(0)) return { refusal: "is not text; save it as JSON lines or CSV" };
	if (isUtf8(text)) return {
		text,
		packing
	};
	return { refusal: `is not UTF-8 (line ${findBrokenLine(text)}); save it as UTF-8 (iconv -f latin1 -t utf-8)` };
}
function findBrokenLine(text) {
	let line = 1;
	for (let from = 0;; line++) {
		const end = text.indexOf(NEWLINE$1, from);
		if (end === -1 || !isUtf8(text.subarray(from, end))) return line;
		from = end + 1;
	}
}
const NEWLINE$1 = 10;
function findUtf16(bytes) {
	if (startsWith(bytes, "\u00FF\u00FE")) return "utf-16le";
	if (startsWith(bytes, "\u00FE\u00FF")) return "utf-16be";
	const [a, b, c, d] = bytes;
	if (a === void 0 || b === void 0 || c === void 0 || d === void 0) return null;
	if (a !== 0 && b === 0 && c !== 0 && d === 0) return "utf-16le";
	return a === 0 && b !== 0 && c === 0 && d !== 0 ? "utf-16be" : null;
}
function startsWith(bytes, magic) {
	return bytes.subarray(0, magic.length).toString("latin1") === magic;
}
// src/shell/files.ts
function writeWhole(path, parts) {
	makeFolder(dirname(path));
	const isFile = !existsSync(path) || statSync(path).isFile();
	const target = isFile ? `${path}.${process.pid}.part` : path;
	try {
		const file = openSync(target, "w");
		try {
			for (const part of parts) writeFileSync(file, part);
			if (isFile) fsyncSync(file);
		} finally {
			closeSync(file);
		}
		if (!isFile) return;
		renameSync(target, path);
		syncFolder(dirname(path));
	} finally {
		if (isFile) rmSync(target, { force: true });
	}
}
function checkWritable$1(path) {
	makeFolder(dirname(path));
	if (existsSync(path) && statSync(path).isDirectory()) throw new Error("it is a folder");
	accessSync(existsSync(path) ? path : dirname(path), constants$2.W_OK);
}
function makeFolder(folder) {
	if (existsSync(folder) || dirname(folder) === folder) return;
	makeFolder(dirname(folder));
	mkdirSync(folder);
}
const MAXIMUM_BYTES = 67108864;
function readTextFile(path) {
	if (checkFile(path) > MAXIMUM_BYTES) throw new FileRefusal("is larger than 64 MiB, which no such file is");
	return readFileSync(path, "utf8");
}
function readBytesFile(path) {
	if (checkFile(path) > MOST_BYTES) throw new FileRefusal("is larger than 1 GiB; give a part of it");
	return readFileSync(path);
}
function explainUnreadable(error) {
	const { code } = error;
	return `${code === "ENOENT" ? "there is no such file" : `it cannot be read (${code ?? "unknown error"})`}; relative paths start in the current directory`;
}
function checkFile(path) {
	const stats = statSync(path);
	if (stats.isDirectory()) throw new FileRefusal("is a folder; name the file in it");
	if (!stats.isFile()) throw new FileRefusal("is a device or a pipe; name a file");
	return stats.size;
}
// src/settings/values/urls.ts
function readHttpUrl(text) {
	const url = parseUrl(text);
	if (url.username !== "" || url.password !== "") throw new ValueError("must not hold a user or password; use api-key, or headers with \"Authorization: Basic \u2026\"");
	url.hash = "";
	return url;
}
function readProxyUrl(text) {
	const url = parseUrl(text);
	if (url.pathname !== "/" || url.search !== "") throw new ValueError("must be none or only scheme, host and port, for example http://proxy.internal:3128");
	return url;
}
function redactUrls(text) {
	const path = text.slice(0, findPathEnd(text));
	const query = path === text ? "" : "?\u2026";
	if (isUrlWithoutUser(text)) return path + query;
	const at = text.lastIndexOf("@");
	const from = /^\s*[a-z][a-z\d+.-]*:\/\//i.exec(path)?.[0].length ?? 0;
	if (at < from || from === 0 && !path.slice(0, at).includes(":")) return path + query;
	return `${path.slice(0, from)}\u2026${path.slice(Math.min(at, path.length))}${query}`;
}
function findPathEnd(text) {
	const begin = text.search(/[/.:]|\?\S/);
	if (begin === -1) return text.length;
	const end = text.slice(begin).search(text.includes("://") ? /[?#]/ : /\?/);
	return end === -1 ? text.length : begin + end;
}
function isUrlWithoutUser(text) {
	if (!/^\s*https?:\/\//i.test(text) || !URL.canParse(text)) return false;
	const { username, password, pathname } = new URL(text);
	const at = pathname.lastIndexOf("@");
	return username === "" && password === "" && (at === -1 || !pathname.slice(0, at).includes(":"));
}
function readHosts(entries) {
	const host = /^(http:\/\/)?((\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?)$/;
	const hosts = entries.map((entry) => entry.toLowerCase().replace(/^https:\/\//, ""));
	if (hosts.length === 0 || !hosts.every((entry) => host.test(entry))) throw new ValueError("must be hosts without path, for example llm.example.com, *.example.com or http://10.0.0.1:8000");
	return hosts;
}
function isAllowedHost(url, hosts) {
	const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port;
	return hosts.some((entry) => {
		const [, scheme, name, wantedPort] = /^(http:\/\/)?(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry);
		const protocol = scheme === void 0 ? "https:" : "http:";
		const isRight = url.protocol === protocol && port === (wantedPort ?? DEFAULT_PORTS[protocol]);
		const isLocal = isLoopback(url) && scheme === void 0 && port === (wantedPort ?? port);
		if (!isRight && !isLocal) return false;
		return name.startsWith("*.") ? url.hostname.endsWith(name.slice(1)) : url.hostname === name;
	});
}
function spellHost({ protocol, host }) {
	return protocol === "http:" ? `http://${host}` : host;
}
function isLoopback({ hostname }) {
	return LOOPBACK.test(hostname);
}
function isPrivate({ hostname }) {
	return PRIVATE.some((form) => form.test(hostname));
}
const PRIVATE = [
	/^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))(\.\d+){1,3}$/,
	/^\[f(c|d|e[89ab])[\da-f]*:/,
	/^[^.:]+$/,
	/\.(local|localhost|internal|intranet|lan|corp|svc|home\.arpa)\.?$/
];
const DEFAULT_PORTS = {
	"http:": "80",
	"https:": "443"
};
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
function parseUrl(text) {
	const trimmed = text.trim();
	if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) throw new ValueError("must be an http or https URL, for example http://127.0.0.1:8000");
	return new URL(trimmed);
}
function readShard(text) {
	const [, number, count] = /^\s*(\d{1,6})\s*\/\s*(\d{1,6})\s*$/.exec(text)?.map(Number) ?? [];
	if (number === void 0 || count === void 0) throw new ValueError("must be the number of this shard and how many there are, for example 2/8");
	if (count < 2 || count > 256) throw new ValueError(`must be one of 2 to 256 shards; leave it out where one process measures all`);
	if (number < 1 || number > count) throw new ValueError(`must be a shard from 1/${count} to ${count}/${count}: the first is 1, the last ${count}${number === 0 ? "; a job-index of GitHub begins with 0, so list the numbers in the matrix" : ""}`);
	return {
		number,
		count
	};
}
function renderShard({ number, count }) {
	return `${number}/${count}`;
}
function readRendezvous(text) {
	const line = readLine$1(text);
	return /^https?:/i.test(line) ? {
		kind: "url",
		url: readHttpUrl(line)
	} : {
		kind: "folder",
		folder: line
	};
}
// src/verdict/policy.ts
const METRICS_SHARE = .9;
const LOST_LEVELS_SHARE = .05;
const ERROR_RATE_SHARE = .05;
// src/verdict/judge.ts
const SCREEN_P = .05;
const SCREEN_WORSENING = .03;
function isScreened({ metric, first, own, fresh }, policy) {
	if (policy.decision === "threshold") return false;
	if (fresh !== null) return true;
	const least = Math.log1p(Math.min(SCREEN_WORSENING, toleranceOf(policy, metric)));
	return [first, own ?? first].every((stand) => stand.worse < SCREEN_P && stand.least > least);
}
const PROOF_LEVEL = .05;
function isSpreadAssumed({ history }) {
	return !isLearnt(history.groups);
}
function repeatTest(looks) {
	return {
		...looks,
		bound: "falling"
	};
}
function levelOfProof(looks) {
	return levelOfLook(PROOF_LEVEL, {
		...looks,
		bound: "constant"
	});
}
function judgeMetrics(compared, policy, rules) {
	const { looks } = rules;
	const tested = testMetrics(compared, policy, rules);
	const test = repeatTest(looks);
	const alpha = levelOfLook(METRICS_SHARE * policy.falseAlarmRate / compared.length, test);
	return compared.map((raw) => {
		const isQuicker = isMainQuicker(raw, looks, policy);
		const verdict = wordOf$1(raw, {
			tested,
			looks,
			policy,
			isQuicker
		});
		const doubt = tested.worse.get(raw)?.doubt ?? findDoubtOfAttempts(raw, verdict, {
			alpha,
			policy
		});
		const isEnough = isEnoughForProof(raw);
		const isTooCalm = verdict === "no-change-seen" && isWithin$1(raw, {
			looks,
			policy,
			leastSd: 0
		});
		return {
			raw,
			verdict,
			doubt,
			p: chanceOverLooks(raw.all.worse, test),
			alpha,
			isEnough,
			isQuicker,
			isTooCalm
		};
	});
}
function testMetrics(compared, policy, { looksTwice, looks, mayGoOn }) {
	const alpha = METRICS_SHARE * policy.falseAlarmRate;
	const isOver = (raw, d) => d >= Math.log1p(toleranceOf(policy, raw.metric));
	if (policy.decision === "threshold") {
		const over = compared.filter((raw) => isOver(raw, Math.min(raw.first.least, raw.own?.least ?? Infinity)));
		return {
			worse: new Map(over.map((raw) => [raw, {
				word: "regressed",
				doubt: null
			}])),
			improved: new Set(compared.filter((raw) => isOver(raw, -raw.first.most)))
		};
	}
	const test = repeatTest(looks);
	const screened = compared.map((raw) => isScreened(raw, policy));
	const reject = (pick) => rejectByHolm(compared.map((raw, i) => screened[i] ? chanceOverLooks(pick(raw) ?? 1, test) : 1), alpha);
	const first = reject((raw) => raw.first.worse);
	const all = reject((raw) => raw.all.worse);
	const fresh = looksTwice ? reject((raw) => raw.fresh?.worse ?? null) : all;
	const anyTime = reject((raw) => (raw.unlike?.all ?? raw.all).worse);
	const better = rejectByHolm(compared.map((raw) => chanceOverLooks(raw.first.better, test)), alpha);
	const wordOfWorse = (raw, i) => {
		if (looksTwice && raw.fresh === null) return first[i] && isOver(raw, raw.first.least) ? "not-measured" : null;
		return all[i] && fresh[i] && isOver(raw, raw.all.least) && (!looksTwice || isOver(raw, raw.fresh.least)) ? "regressed" : null;
	};
	const againstMove = sumEvidence(compared.filter((raw, i) => screened[i] || hasJustWorsened(raw)));
	const worse = compared.flatMap((raw, i) => {
		const word = wordOfWorse(raw, i);
		if (word === null) return [];
		return [[raw, {
			word,
			doubt: findDoubt(raw, {
				anyTime: anyTime[i],
				againstMove,
				mayGoOn
			})
		}]];
	});
	return {
		worse: new Map(worse),
		improved: new Set(compared.filter((raw, i) => better[i] && isOver(raw, -raw.first.most)))
	};
}
const SEEN_BEFORE = 2;
const OUTLIER_REACH = 2;
const SURE_OF_MOVE = {
	open: {
		against: 2,
		beyond: 3.09
	},
	last: {
		against: 0,
		beyond: 2.33
	}
};
function sumEvidence(raws) {
	const sums = [];
	for (const { all } of raws) for (const [i, { against }] of all.moves.entries()) sums[i] = (sums[i] ?? 0) + against;
	return sums;
}
function hasJustWorsened({ history: { newest, segments } }) {
	const previous = segments.at(-2);
	if (previous === void 0 || newest.recorded.length > 3) return false;
	return newest.centre > mean(previous.map(({ y }) => y));
}
function findDoubt({ all, unlike, history, spread, control, inHistory }, { anyTime, againstMove, mayGoOn }) {
	const isLikeOutlier = (point) => !history.newest.points.includes(point) && point.y < all.y + OUTLIER_REACH * spread.sd;
	if (control?.isOutside === true) return "control-elsewhere";
	if (inHistory !== null && inHistory.worse >= SCREEN_P) return "history-disagrees";
	const sessions = control?.isFresh === true ? control.sessions : 1;
	const sure = SURE_OF_MOVE[mayGoOn ? "open" : "last"];
	if (all.moves.some((move, i) => !move.isNewLevel && move.beyond <= sure.beyond && againstMove[i] < sure.against)) return "main-moved";
	const asBad = history.newest.recorded.filter(({ y }) => y > all.y - spread.sd);
	if (sessions === 1 && (asBad.length >= SEEN_BEFORE || history.trimmed && asBad.some(isLikeOutlier))) return "seen-before";
	return unlike === null || anyTime ? null : `other-${unlike.what}`;
}
function findDoubtOfAttempts(raw, verdict, { alpha, policy }) {
	const isOfOthers = raw.own !== null && raw.all.worse <= alpha && !isScreened(raw, policy);
	return verdict === "suspect" && isOfOthers ? "attempts-differ" : null;
}
function isMainQuicker(raw, looks, policy) {
	const tolerance = Math.log1p(toleranceOf(policy, raw.metric));
	return isUnprovenLately(raw.all, raw.spread, {
		tolerance,
		level: levelOfProof(looks)
	});
}
function wordOf$1(raw, { tested, looks, policy, isQuicker }) {
	const worse = tested.worse.get(raw);
	if (worse !== void 0) return worse.doubt === null ? worse.word : "suspect";
	const tolerance = Math.log1p(toleranceOf(policy, raw.metric));
	const enough = policy.gate !== "release" || isEnoughForProof(raw);
	if (policy.decision === "statistical" && raw.all.least >= tolerance && raw.all.worse < SCREEN_P) return "suspect";
	if (tested.improved.has(raw) && enough) return "improved";
	if (policy.decision === "threshold" && policy.gate !== "release") return "no-change-seen";
	const leastSd = policy.gate === "release" ? findTrustedSd(raw) : 0;
	return enough && !isQuicker && isWithin$1(raw, {
		looks,
		policy,
		leastSd
	}) ? "proven" : "no-change-seen";
}
function isWithin$1(raw, { looks, policy, leastSd }) {
	const { all, spread } = raw.unlike ?? raw;
	return computeUpperBound(all, spread, {
		level: levelOfProof(looks),
		leastSd
	}) < Math.log1p(toleranceOf(policy, raw.metric));
}
const TRUSTED_SHARE = .5;
function findTrustedSd({ metric, history, control }) {
	const { defaultSpread, defaultPairSpread } = metricOf(metric);
	return TRUSTED_SHARE * (compareWithTimes(metric, history.segments) ?? 1) * (control === null ? defaultSpread : defaultPairSpread);
}
function isEnoughForProof({ history, control }) {
	return history.groups >= 8 || control?.isFresh === true && control.sessions >= 3;
}
// src/verdict/conclude.ts
const UNEXPLAINED = ["no-change-seen", "proven"];
function conclude(open, whole, levelsMissing = false) {
	const named = listGrounds(open, whole);
	const verdict = named.map((ground) => ground.word).reduce(pickWorse, "improved");
	const check = checkOf(named, open.policy);
	const hanging = UNEXPLAINED.includes(verdict) ? [] : named.filter((ground) => ground.word === verdict);
	const reasons = new Set(hanging.flatMap((ground) => ground.reason ?? []));
	if (whole?.reason != null) reasons.add(whole.reason);
	if (levelsMissing) reasons.add("levels-missing");
	if (open.policy.gate === "release" && check === "fail" && isUnproven(verdict)) reasons.add("not-proven");
	return {
		...open,
		verdict,
		reasons: [...reasons],
		check
	};
}
function isUnproven(word) {
	return word !== "regressed" && word !== "not-measured" && word !== "cancelled" && word !== "skipped";
}
function listGrounds({ comparisons, lostLevels, errorRate, limits }, whole) {
	const grounds = comparisons.map(({ metric, verdict, accepted }) => ({
		word: verdict,
		byFile: accepted !== null && accepted.by === null,
		reason: metric
	}));
	const add = (word, reason) => grounds.push({
		word,
		byFile: false,
		reason
	});
	for (const { verdict } of lostLevels) if (verdict !== "not-measured") add(verdict, "level-lost");
	if (errorRate !== null && errorRate.verdict !== "no-change-seen") add(errorRate.verdict, "error-rate");
	for (const { outcome } of limits) {
		if (outcome === "fail") add("regressed", "limit");
		if (outcome === "not-measured") add("not-measured", "limit-not-measured");
	}
	if (whole !== null) add(whole.word, whole.reason);
	return grounds;
}
const VERDICT_TABLE = {
	cancelled: {
		check: "fail",
		release: "fail"
	},
	regressed: {
		check: "fail",
		release: "fail"
	},
	"not-measured": {
		check: "onUnmeasured",
		release: "fail"
	},
	suspect: {
		check: "warn",
		release: "fail"
	},
	"not-comparable": {
		check: "onNotComparable",
		release: "fail"
	},
	"no-baseline": {
		check: "pass",
		release: "fail"
	},
	skipped: {
		check: "onSkip",
		release: "fail"
	},
	accepted: {
		check: "pass",
		release: "by-file"
	},
	"no-change-seen": {
		check: "pass",
		release: "fail"
	},
	proven: {
		check: "pass",
		release: "pass"
	},
	improved: {
		check: "pass",
		release: "pass"
	}
};
function pickWorse(a, b) {
	return VERDICT_WORDS.indexOf(a) <= VERDICT_WORDS.indexOf(b) ? a : b;
}
function checkOf(grounds, policy) {
	const demanded = grounds.map((ground) => consequenceOf(ground, policy));
	if (demanded.includes("fail")) return policy.gate === "observe" ? "warn" : "fail";
	return demanded.includes("warn") ? "warn" : "pass";
}
function consequenceOf({ word, byFile }, policy) {
	const rule = VERDICT_TABLE[word];
	if (policy.gate === "release") return rule.release === "by-file" ? byFile ? "pass" : "fail" : rule.release;
	switch (rule.check) {
		case "onNotComparable":
		case "onUnmeasured":
		case "onSkip": return policy[rule.check];
		default: return rule.check;
	}
}
function exitCodeOf({ verdict, check, reasons }) {
	if (check !== "fail") return EXIT.passed;
	if (verdict === "regressed") return EXIT.regressed;
	return reasons.includes("not-proven") ? EXIT.notProven : EXIT.notMeasured;
}
function pickPolicy(policy) {
	const { gate, decision, onNotComparable, onUnmeasured, onSkip } = policy;
	return {
		gate,
		decision,
		onNotComparable,
		onUnmeasured,
		onSkip
	};
}
function applyAcceptances(verdict, accepted) {
	const comparisons = acceptComparisons(verdict.comparisons, accepted, verdict.policy.gate);
	if (comparisons.every((comparison, i) => comparison === verdict.comparisons[i])) return verdict;
	return conclude({
		...verdict,
		comparisons
	}, null, verdict.reasons.includes("levels-missing"));
}
function acceptComparisons(comparisons, accepted, gate) {
	return comparisons.map((comparison) => {
		const fits = accepted.filter((acceptance) => covers(acceptance, comparison, gate));
		const best = fits.find(({ form }) => form === "file") ?? fits[0];
		if (best === void 0) return comparison;
		const { by, why } = best;
		return {
			...comparison,
			verdict: "accepted",
			accepted: {
				by,
				at: best.at ?? comparison.worsening,
				why
			}
		};
	});
}
function covers({ metric, at, form }, comparison, gate) {
	const { worsening, tolerance, verdict } = comparison;
	if (metric !== comparison.metric || worsening === null) return false;
	if (verdict !== "regressed" && verdict !== "suspect" && !(verdict === "no-change-seen" && gate === "release" && form === "file")) return false;
	return at === null || worsening <= at + tolerance;
}
function pickAcceptances(accepted, entries, startedAt) {
	return accepted.filter(({ metric, since }) => {
		if (since === null) return true;
		const spent = entries.some(({ row, segments }) => segments[metric] === "accepted" && row.startedAt >= since);
		return startedAt >= since && !spent;
	});
}
function describeCompared(judged, policy, now) {
	const { raw, verdict, doubt, p, alpha } = judged;
	const { metric, history, spread, all } = raw;
	const statistical = policy.decision === "statistical";
	const tolerance = toleranceOf(policy, metric);
	const { d, se } = all.newest;
	return {
		...headOf(metric, verdict, tolerance),
		unit: unitOf(metric, now),
		ofPlateau: raw.ofPlateau,
		levels: raw.levels,
		baseline: figureOfY(metric, history.newest.centre),
		candidate: figureOfY(metric, all.y),
		...boundsOf$1(raw, now),
		change: changeOfY(metric, d),
		interval: boundChange(metric, all.newest, spread),
		worsening: Math.expm1(d),
		p: statistical ? p : null,
		smallestVisible: findSmallestVisible(se, spread.degrees, {
			alpha: statistical ? alpha : .5,
			tolerance,
			trimmed: statistical && history.trimmed
		}),
		spread: spread.sd,
		assumedSpread: spread.assumed,
		...spread.before !== null && { spreadBefore: spread.before },
		groups: raw.control?.pairs === 0 ? 0 : history.newest.points.length,
		segments: history.segments.length,
		leftOut: raw.leftOut,
		provisional: provisionalOf(raw),
		...raw.step !== null && { step: raw.step },
		confirmed: raw.fresh === null ? null : verdict === "regressed",
		byLevel: byLevelOf(raw),
		aside: raw.aside.map((level) => changeAt(metric, level)),
		doubt,
		control: raw.control === null ? null : {
			theta: raw.control.theta,
			pairs: raw.control.pairs
		},
		note: noteOf(judged, policy)
	};
}
function boundsOf$1({ metric, history }, now) {
	const baseline = history.newest.points.flatMap(({ entries }) => entries.map(({ row }) => row)).flatMap((row) => boundOf(row, metric, now) ?? [])[0];
	const candidate = boundOf(now, metric, now);
	if (baseline === void 0 && candidate === null) return {};
	return { bounds: {
		...baseline !== void 0 && { baseline },
		...candidate !== null && { candidate }
	} };
}
function describeMissed({ metric, verdict, note }, policy, now) {
	return {
		...headOf(metric, verdict, toleranceOf(policy, metric)),
		unit: unitOf(metric, now),
		ofPlateau: null,
		levels: [],
		baseline: null,
		candidate: null,
		change: null,
		interval: null,
		worsening: null,
		p: null,
		smallestVisible: null,
		spread: null,
		assumedSpread: false,
		groups: 0,
		segments: 0,
		leftOut: 0,
		provisional: null,
		confirmed: null,
		byLevel: [],
		aside: [],
		doubt: null,
		control: null,
		note
	};
}
function headOf(metric, verdict, tolerance) {
	return {
		metric,
		better: metricOf(metric).better,
		verdict,
		tolerance,
		accepted: null
	};
}
function provisionalOf({ metric, history, all }) {
	const first = history.newest.points[0]?.entries[0];
	if (history.before === null || all.before === null || first === void 0) return null;
	return {
		sha: first.source.sha,
		startedAt: first.row.startedAt,
		runs: history.newest.points.reduce((sum, point) => sum + point.runs.length, 0),
		mainChange: changeOfY(metric, history.newest.centre - history.before.centre),
		changeFromBefore: changeOfY(metric, all.before.d)
	};
}
function byLevelOf({ metric, levels, history, byLevel }) {
	const { points, centre, trust } = history.newest;
	const shift = trust === 1 ? 0 : centre - mean(points.map(({ y }) => y));
	return levels.map((concurrency) => {
		let before = 0;
		for (const { runs } of history.newest.points) {
			let sum = 0;
			for (const run of runs) sum += run.get(concurrency).y;
			before += sum / runs.length / history.newest.points.length;
		}
		return changeAt(metric, {
			concurrency,
			before: before + shift,
			now: byLevel.get(concurrency)
		});
	});
}
function changeAt(metric, { concurrency, before, now }) {
	return {
		concurrency,
		baseline: figureOfY(metric, before),
		candidate: figureOfY(metric, now),
		change: changeOfY(metric, now - before)
	};
}
function noteOf({ raw, verdict, doubt, isEnough, isQuicker, isTooCalm }, { gate }) {
	if (gate === "release" && verdict === "no-change-seen" && !isEnough) return raw.control === null ? `a proof needs 8 recorded runs, and has ${raw.history.groups}` : `a proof needs 8 recorded runs with this control, or 3 sessions in which both sides are deployed anew`;
	if (gate === "release" && verdict === "no-change-seen" && isQuicker) return "no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell";
	if (gate === "release" && isTooCalm) return "no proof, because so small a spread as that of the recorded runs is not trusted to last, and by a larger one this may be beyond the tolerance: run it again, or beside a control";
	if (doubt !== null) return DOUBTS[doubt];
	if (verdict === "not-measured") return "it looks clearly worse, but no fresh passes could be used, so nothing confirms it: mend what the findings name and run it again";
	return raw.ofPlateau === false ? "no plateau was reached" : null;
}
// src/load/preflight/attempt.ts
const PROBE_TOKENS = 8;
const WAITABLE_STATUS = /* @__PURE__ */ new Set([
	408,
	425,
	429,
	500,
	502,
	503,
	504,
	529
]);
const MISMATCH_STATUS = /* @__PURE__ */ new Set([
	400,
	404,
	405,
	415,
	422,
	501
]);
async function tryCandidates(settings, targets, ports) {
	let first = null;
	for (const way of targets) for (const target of listForms(way)) {
		const [exchange] = await sendEach(settings, target, [buildProbe(ports.nonce())], ports);
		const attempt = {
			ok: isAnswered(exchange),
			target,
			exchange
		};
		if (attempt.ok) return attempt;
		first ??= attempt;
		if (!isMismatch(exchange)) return first === attempt || isWaitable(exchange) ? attempt : first;
		if (/^(model|no-model)$/.test(complaintOf(exchange)?.about ?? "")) return first;
		if (!OTHER_FORM.test(exchange.failureMessage ?? "")) break;
	}
	return first;
}
function buildProbe(nonce) {
	return {
		prompts: ["Write a few words."],
		outputTokens: PROBE_TOKENS,
		nonce
	};
}
function namePart$1(part) {
	return part === null ? "" : `${part}, a part of the mix: `;
}
function isAnswered(exchange) {
	return !exchange.cancelled && (exchange.failure === null || hasOnlyReasoning(exchange));
}
function isMismatch(exchange) {
	return exchange.trouble === null && exchange.status !== null && MISMATCH_STATUS.has(exchange.status) && !refusesKey(exchange) && complaintOf(exchange)?.about !== "loading";
}
function isWaitable(exchange) {
	const { failure, status, trouble } = exchange;
	if (trouble !== null) return findTrouble$1(trouble.name).passes === true;
	if (failure === "client_ports") return true;
	if (refusesKey(exchange)) return false;
	if (complaintOf(exchange)?.about === "loading") return true;
	if (failure === "error_event") return complaintOf(exchange) === null;
	if (failure === "incomplete" || failure?.startsWith("timeout_") === true) return true;
	return status !== null && WAITABLE_STATUS.has(status);
}
const OTHER_FORM = /max_completion_tokens|max_tokens|\b(query|documents|texts|passages|items|text_[12]|label_token_ids)\b/;
const OTHER_NAMES = {
	rerank: ["texts", "passages"],
	score: ["items"]
};
function listForms(target) {
	const { api, dialect } = target;
	if (dialect.task === "rerank" || dialect.task === "score") return [target, ...OTHER_NAMES[dialect.task].map((documentsField) => ({
		...target,
		dialect: {
			...dialect,
			documentsField
		}
	}))];
	if (dialect.task !== "chat" || api.isOpenAiLike !== true) return [target];
	return [target, {
		...target,
		dialect: {
			...dialect,
			lengthField: "max_completion_tokens"
		}
	}];
}
// src/load/preflight/candidates.ts
function candidatesOf(settings, model, auth) {
	const ways = waysOf(settings);
	const nameless = model === null ? ways.find(({ api, task }) => urlNamesModel(api, settings.endpoint, task)) : void 0;
	if (nameless !== void 0) throw refuseWithoutModel(settings, nameless.api);
	const unnamed = model === null ? ways.find(({ api }) => api.nameless !== void 0 && needsModel(api, settings.endpoint)) : void 0;
	if (unnamed !== void 0) throw refuseNameless(settings, unnamed.api.nameless);
	return ways.map(({ api, task }) => targetOf(settings, api, task, model, auth));
}
function guessLikeliestApi({ api, endpoint }) {
	return findApi(api === "auto" ? guessApi(endpoint) : api);
}
function chooseMetModel({ model, mix }) {
	if (model !== null || mix === null || mix.some((part) => part.model === null)) return model;
	return mix[0].model;
}
function assumeTarget(settings, ports) {
	const [target] = candidatesOf(settings, chooseMetModel(settings), createAuthorizer(settings, ports));
	return setFields(target, target.api.assumedFields ?? []);
}
function setFields(target, fields) {
	return {
		...target,
		dialect: {
			...target.dialect,
			fields: new Set(fields)
		}
	};
}
function urlNamesModel(api, endpoint, task) {
	return api.url(endpoint, task, "a").href !== api.url(endpoint, task, "b").href;
}
function needsModel(api, endpoint) {
	return api.modelInBody(endpoint, "any") !== null;
}
function waysOf(settings) {
	const { api: named, task, endpoint } = settings;
	const api = guessLikeliestApi(settings);
	if (named === "auto" && api.name === "openai-chat" && taskOfPath(endpoint) === null) return (task === "auto" ? TASKS : [task]).map((one) => ({
		api: openAiApi(one),
		task: one
	}));
	const said = task === "auto" ? api.taskOf(endpoint) : task;
	if (said === null) return api.tasks.map((one) => ({
		api,
		task: one
	}));
	if (!api.tasks.includes(said)) throw refuseTask(settings, api, said);
	return [{
		api,
		task: said
	}];
}
function targetOf(settings, api, task, model, auth) {
	return {
		api,
		auth,
		url: api.url(settings.endpoint, task, model),
		dialect: {
			task,
			model: api.modelInBody(settings.endpoint, model),
			fields: /* @__PURE__ */ new Set(),
			lengthField: "max_tokens",
			extraBody: settings.extraBody
		}
	};
}
function refuseWithoutModel(settings, api) {
	const list = api.modelsUrl(settings.endpoint);
	return new EndpointError(`${api.name} has the model in its URL, and \`model\` is not given`, {
		tried: list === null ? `to make a URL of ${showUrl(settings.endpoint)}` : `GET ${showUrl(list)}, for a list`,
		remedy: "set `model` to the name that the server knows it by"
	});
}
function refuseNameless({ endpoint }, { what, remedy }) {
	return new EndpointError(what, {
		tried: `to make a request for ${showUrl(endpoint)}`,
		remedy
	});
}
function refuseTask({ endpoint, api: named }, api, task) {
	const is = named === "auto" ? `the URL is one of ${api.name}` : `\`api\` is ${api.name}`;
	return new EndpointError(`\`task\` is ${task}, and ${is}, which serves ${api.tasks.join(", ")}`, {
		tried: `to make a URL of ${showUrl(endpoint)}`,
		remedy: `${named === "auto" ? "write the base URL as `endpoint`" : "set another `api`, or none"}, or remove \`task\``
	});
}
const REFUSAL_STATUS = /* @__PURE__ */ new Set([
	400,
	404,
	422,
	500,
	501
]);
const ISOLATING = /* @__PURE__ */ new Set(["cache_salt", "cache_prompt"]);
function listWantedFields({ api, dialect }, prefixCache) {
	return api.optionalFields(dialect.task).filter((field) => prefixCache === "avoid" || !ISOLATING.has(field));
}
async function findAcceptedFields(target, fields, send, nonce) {
	let wanted = [...fields];
	while (wanted.length > 0) {
		const refusal = await refusalOf(wanted);
		if (refusal === null) return wanted;
		const named = findNamedField(refusal.failureMessage, wanted);
		if (named === null) return tryOneByOne(wanted);
		wanted = wanted.filter((field) => field !== named);
	}
	return wanted;
	async function tryOneByOne(fields) {
		const accepted = [];
		for (const field of fields) if (await refusalOf([...accepted, field]) === null) accepted.push(field);
		return accepted;
	}
	async function refusalOf(fields) {
		const [exchange] = await send(setFields(target, fields), [buildProbe(nonce())]);
		if (isAnswered(exchange)) return null;
		if (isRefusal(exchange)) return exchange;
		throw explain(exchange, target);
	}
}
function isRefusal({ status, failure, cancelled }) {
	if (cancelled || status === null) return false;
	if (status === 200) return failure === "error_event" || failure === "parse" || failure === "empty";
	return REFUSAL_STATUS.has(status);
}
// src/plan/cost.ts
const SOAK = {
	concurrency: 4,
	sliceMs: 1e3,
	requests: 8,
	slices: 3,
	answerMs: 400
};
const CROSS_CHECK = {
	fewest: 5,
	perWorker: 2,
	points: 3
};
const PREFLIGHT = {
	requests: 8,
	answers: 5.5
};
const SLOWDOWN_PER_REQUEST = .07;
function assumeLone({ task, inputTokens, outputTokens, prompts }) {
	const usual = generatesTokens(task) ? meanLength(outputTokens) : 0;
	if (prompts === null) return {
		latencyMs: 1e3,
		inputTokens: meanLength(inputTokens),
		outputTokens: usual
	};
	let characters = 0;
	let tokens = 0;
	for (const prompt of prompts) {
		characters += measurePrompt(prompt);
		tokens += usual === 0 ? 0 : prompt.maxTokens ?? usual;
	}
	return {
		latencyMs: 1e3,
		inputTokens: characters / prompts.length / 4,
		outputTokens: tokens / prompts.length
	};
}
function estimateLevelCost(lone, concurrency, load, requestMs = estimateLatency(lone, concurrency)) {
	const { levelDurationMs, minRequests, levelRequests, warmupRequests, thinkMs = 0 } = load;
	const latencyMs = requestMs + thinkMs;
	const forRequests = Math.max(concurrency, minRequests) / concurrency * latencyMs;
	const byRequests = Math.max(levelRequests ?? Infinity, concurrency) / concurrency * latencyMs;
	const windowMs = Math.max(Math.min(levelDurationMs, byRequests), Math.min(forRequests, byRequests));
	const enter = concurrency === 1 ? LONE_SHARE : (Math.floor(concurrency / 2) + .5) / concurrency;
	const leave = concurrency === 1 ? .5 : 1;
	const totalMs = windowMs + ((warmupRequests === 0 ? 0 : warmupRequests - 1 + enter) + leave) * latencyMs;
	return {
		seconds: totalMs / 1e3,
		requests: concurrency * totalMs / latencyMs
	};
}
function estimateOpenCost(lone, open, load) {
	if ("dueMs" in open) return estimateTraceCost(lone, open);
	const { levelDurationMs, minRequests, levelRequests, warmupRequests, turns = 1, spanMs = lone.latencyMs } = load;
	const { ratePerSecond, conversationsUnderWay } = open;
	const timeOf = (requests) => 1e3 * requests / (ratePerSecond * turns);
	const byRequests = timeOf(levelRequests ?? Infinity);
	const windowMs = Math.max(Math.min(levelDurationMs, byRequests), Math.min(timeOf(minRequests), byRequests));
	const awaited = turns * warmupRequests * (conversationsUnderWay ?? countUsual(open));
	const seconds = (windowMs + (warmupRequests === 0 ? 0 : timeOf(awaited) + spanMs) + lone.latencyMs) / 1e3;
	return {
		seconds,
		requests: ratePerSecond * turns * seconds
	};
}
function estimateTraceCost({ latencyMs }, { dueMs }) {
	return {
		seconds: (dueMs.at(-1) + latencyMs) / 1e3,
		requests: dueMs.length
	};
}
function estimateSingles(lone, requests) {
	return {
		seconds: (requests + LONE_SHARE) * lone.latencyMs / 1e3,
		requests: requests + 1
	};
}
function estimateSoak(lone, highest) {
	const { sliceMs, requests, slices } = SOAK;
	const concurrency = Math.min(SOAK.concurrency, highest);
	const latencyMs = estimateLatency(lone, concurrency) * chooseSoakShare(lone);
	const roundMs = Math.max(sliceMs, Math.ceil(requests / concurrency - 1) * latencyMs) + latencyMs;
	return {
		seconds: slices * roundMs / 1e3,
		requests: slices * concurrency * roundMs / latencyMs
	};
}
function chooseSoakShare({ latencyMs, outputTokens }) {
	return outputTokens === 0 ? 1 : Math.min(1, SOAK.answerMs / latencyMs);
}
function estimateProbes(lone, probed) {
	const { seconds, requests } = estimateSingles(lone, 7);
	return {
		seconds: 3 * seconds,
		requests: (3 * requests + probed * 7) / 2
	};
}
function estimateCrossCheck(lone, concurrencies) {
	const { fewest, perWorker, points } = CROSS_CHECK;
	return addCosts(concurrencies.map((concurrency) => {
		const counted = Math.max(fewest, perWorker * concurrency);
		const rounds = 1 + Math.ceil(counted / concurrency);
		return {
			seconds: .6 * points * rounds * estimateLatency(lone, concurrency) / 1e3,
			requests: points * rounds * concurrency
		};
	}));
}
function estimatePreflight({ latencyMs }) {
	return {
		seconds: PREFLIGHT.answers * latencyMs / 1e3,
		requests: PREFLIGHT.requests
	};
}
function addCosts(costs) {
	const sum = (figure) => costs.reduce((total, cost) => total + cost[figure], 0);
	return {
		seconds: sum("seconds"),
		requests: sum("requests")
	};
}
function estimateLatency({ latencyMs }, concurrency) {
	return Math.max(1, latencyMs) * (1 + SLOWDOWN_PER_REQUEST * (concurrency - 1));
}
// src/load/preflight/lone.ts
function describeLone(workload, answers, lastTurns) {
	return averageLone(weighKinds(workload).map(({ own, weight }, i) => {
		const lone = describeKind(answers[i]);
		const last = lastTurns[i] ?? null;
		const latencyMs = lone.latencyMs + (last === null ? 0 : growByTurn(lone, last) * ((countTurns(own) - 1) / 2));
		return {
			...lone,
			latencyMs,
			weight
		};
	}));
}
function growByTurn({ latencyMs }, { answer, turns }) {
	return Math.max(0, measureLatency(answer) - latencyMs) / Math.max(1, turns - 1);
}
function describeKind(answers) {
	const latencies = answers.map(measureLatency).sort((a, b) => a - b);
	const average = (of) => answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length;
	return {
		latencyMs: latencies[Math.floor(latencies.length / 2)],
		inputTokens: average(({ inputTokens }) => inputTokens ?? 0),
		outputTokens: average(({ outputTokens }) => outputTokens)
	};
}
function measureLatency({ startAt, lastTokenAt, endAt }) {
	return (lastTokenAt ?? endAt) - startAt;
}
function averageLone(kinds) {
	const all = kinds.reduce((sum, { weight }) => sum + weight, 0);
	const average = (figure) => kinds.reduce((sum, kind) => sum + kind.weight * kind[figure], 0) / all;
	return {
		latencyMs: average("latencyMs"),
		inputTokens: average("inputTokens"),
		outputTokens: average("outputTokens")
	};
}
// src/plan/workload-options.ts
function standAlone(options) {
	const { mix = null } = options;
	return {
		...options,
		conversations: null,
		mix: mix?.map((scenario) => ({
			...scenario,
			conversations: null
		})) ?? null
	};
}
// src/settings/values/images.ts
const SIDES = {
	least: 16,
	most: 4096
};
const MOST_IMAGES = 64;
const ALLOWED$1 = `must be how many and how large, for example 1 x 512x512: up to ${MOST_IMAGES} images with sides of ${SIDES.least} to ${SIDES.most} pixels`;
function readImages(text) {
	const numbers = text.split(/[x\u00D7]/i).map((part) => /^\d{1,5}$/.test(part.trim()) ? Number(part) : NaN);
	const [count = NaN, width = NaN, height = NaN] = numbers.length === 2 ? [1, ...numbers] : numbers;
	const isSide = (side) => side >= SIDES.least && side <= SIDES.most;
	if (numbers.length > 3 || !(count >= 1 && count <= MOST_IMAGES) || !isSide(width) || !isSide(height)) throw new ValueError(ALLOWED$1);
	return {
		count,
		width,
		height
	};
}
function renderImages({ count, width, height }) {
	return `${count} x ${width}x${height}`;
}
function findImageMisfit(task, api) {
	if (task !== null && task !== "chat") return `are for chat, and the task is ${task}; remove them, or measure a chat`;
	if (api === null || api.takesImages === true) return null;
	return `are not sent over ${api.name}; remove them, or measure an API that takes them, such as openai-chat`;
}
// src/load/preflight/answer-checks.ts
const MOST_UNKNOWN = .1;
function checkAnswers(answers, specs, repeated, accepts = "identity") {
	const buffered = answers.filter((answer) => answer.buffered).length > answers.length / 2;
	const traits = [...answers, ...repeated === null ? [] : [repeated]].map(({ headers }) => readGateway(headers ?? {}));
	const encoding = answers.at(-1).headers?.["content-encoding"] ?? "identity";
	const compressed = encoding === "identity" ? null : encoding;
	const late = !buffered && answers.every(isLate);
	const burst = findBurst(answers.at(-1), repeated);
	return {
		buffered,
		compressed,
		unknownEvents: answers.reduce((sum, { unknownEvents }) => sum + unknownEvents, 0),
		gateway: traits.find((one) => one?.name != null)?.name ?? null,
		findings: [
			...burst,
			...findCompression(compressed, accepts),
			...findUnknown(answers),
			...findHiddenReasoning(answers),
			...findWrongLength(answers, specs)
		],
		hints: [
			...buffered ? ["answers arrive all at once: TTFT and TPOT will not be measurable"] : [],
			...late && burst.length === 0 ? ["the first token comes when nearly all of the time is over: something in front of the server may buffer"] : [],
			...burst.map(({ message }) => message),
			...hintShortAnswers(answers, specs),
			...hintGateway(traits.slice(0, answers.length), traits[answers.length] ?? null)
		]
	};
}
function isLate({ startAt, firstTokenAt, lastTokenAt, tokenEvents }) {
	if (firstTokenAt === null || lastTokenAt === null || tokenEvents < 16) return false;
	return firstTokenAt - startAt > .9 * (lastTokenAt - startAt);
}
function findBurst(answer, again) {
	const bursts = answer.buffered ? null : findBursts(answer.tokenAt, answer.bodyBytes);
	if (bursts === null) return [];
	if (again !== null && again.failure === null && findBursts(again.tokenAt, again.bodyBytes) === null) return [];
	const { events, count, kib, everyMs } = bursts;
	const arriving = `tokens arrive in ${count} bursts of about ${events} events`;
	return everyMs !== null ? [{
		code: "held-back",
		message: `${arriving}, one every ${everyMs} ms: something holds them back for a fixed time.`
	}] : [{
		code: "bursts",
		message: `${arriving}: something buffers about ${kib} KiB at a time.`
	}];
}
function findCompression(encoding, accepts) {
	if (encoding === null) return [];
	return [{
		code: "compressed",
		message: `answers come as ${encoding}${accepts === "identity" ? " although identity was asked for" : ", as `headers` ask for"}.`
	}];
}
function findUnknown(answers) {
	const unknown = answers.reduce((sum, { unknownEvents }) => sum + unknownEvents, 0);
	const tokens = answers.reduce((sum, { tokenEvents }) => sum + tokenEvents, 0);
	if (unknown <= MOST_UNKNOWN * tokens) return [];
	const member = answers.find(({ unreadMember }) => unreadMember !== null)?.unreadMember ?? null;
	return [{
		code: "unknown-events",
		message: `${pluralise(answers.length, "answer has", "answers have")} ${pluralise(unknown, "event")} of no known kind beside ${tokens} that carry tokens${explainUnread(member)}.`
	}];
}
function findHiddenReasoning(answers) {
	const hidden = answers.filter(({ hiddenReasoning }) => hiddenReasoning).length;
	if (hidden === 0) return [];
	return [{
		code: "hidden-reasoning",
		message: `${partOf(hidden, answers.length, "answer", "counts", "count")} reasoning tokens that the stream does not show.`
	}];
}
function findWrongLength(answers, specs) {
	const over = answers.findIndex(({ outputTokens }, i) => outputTokens > specs[i].outputTokens * 1.05 + 1);
	if (over < 0) return [];
	return [{
		code: "output-length-ignored",
		message: `asked for ${specs[over].outputTokens} output tokens, got ${answers[over].outputTokens}.`
	}];
}
function hintShortAnswers(answers, specs) {
	const short = answers.filter(({ outputTokens }, i) => outputTokens > 0 && outputTokens < .95 * specs[i].outputTokens);
	if (short.length < answers.length) return [];
	return [`answers are shorter than asked for (${short[0].outputTokens} of ${specs[0].outputTokens} tokens)`];
}
function hintGateway(fresh, repeated) {
	const name = [...fresh, repeated].find((one) => one?.name != null)?.name ?? "a gateway or cache";
	const hints = [];
	if (fresh.some((one) => one?.cached === true)) hints.push(`${name} answers new prompts from its cache: the model would not be measured; switch the cache off`);
	else if (repeated?.cached === true) hints.push(`${name} answers a repeated prompt from its cache; the run's own prompts are all different`);
	if (fresh.some((one) => one?.fellBack === true)) hints.push(`${name} falls back to another model or deployment`);
	if (fresh.some((one) => one?.retried === true)) hints.push(`${name} repeats requests that fail, and so hides failures`);
	return hints;
}
// src/load/preflight/calibrate.ts
const CLOSE_ENOUGH = .02;
const MOST_TRIES = 4;
const READINGS = 3;
const SHORTEST_AUTO = 16;
const ANSWER_TOKENS$1 = 4;
const LONGEST_ANSWER = 1.1;
async function calibratePrompt(settings, target, wanted, send, nonce) {
	if (settings.prompts !== null) return {
		lengths: wanted,
		promptModel: UNCALIBRATED,
		findings: []
	};
	let lengths = wanted;
	for (;;) {
		const tokens = meanLength(lengths);
		const first = await count(tokens, Math.ceil(LONGEST_ANSWER * meanLength(settings.outputTokens)));
		if (first.refused !== null) {
			if (settings.inputTokens !== "auto" || tokens / 2 < SHORTEST_AUTO) throw explain(first.refused, target);
			lengths = fixLength(Math.floor(tokens / 2));
			continue;
		}
		const firstCount = first.tokens ?? (await count(tokens)).tokens;
		if (firstCount === null) return {
			lengths,
			promptModel: UNCALIBRATED,
			findings: [{
				code: "input-length-off",
				message: "the server does not state prompt tokens: the input length is an estimate (one token a word)"
			}]
		};
		return refine(lengths, tokens, firstCount);
	}
	async function refine(lengths, tokens, firstCount) {
		const half = Math.max(32, Math.round(tokens / 2));
		const second = half === Math.round(tokens) ? null : await count(half);
		const slope = second?.tokens == null ? firstCount / tokens : (firstCount - second.tokens) / (Math.round(tokens) - half);
		const tokensPerWord = slope > .1 ? slope : firstCount / tokens;
		let promptModel = {
			tokensPerWord,
			baseTokens: firstCount - tokensPerWord * Math.round(tokens)
		};
		for (let i = 0; i < MOST_TRIES; i++) {
			const { tokens: got } = await count(countWordsFor(tokens, promptModel));
			if (got === null) break;
			if (isClose(got)) return {
				lengths,
				promptModel,
				findings: []
			};
			promptModel = {
				...promptModel,
				baseTokens: promptModel.baseTokens + (got - tokens)
			};
		}
		const words = countWordsFor(tokens, promptModel);
		const readings = [];
		for (let i = 1; i <= READINGS; i++) {
			const { tokens: got } = await count(words, ANSWER_TOKENS$1, i);
			if (got !== null) readings.push(got);
		}
		const got = readings.length === 0 ? null : median(readings);
		if (got !== null && isClose(got)) return {
			lengths,
			promptModel,
			findings: []
		};
		const counted = got === null ? "the server no longer counts them" : `the server counts ${Math.round(got)}`;
		const message = `asked for ${Math.round(tokens)} input tokens, ${counted}`;
		return {
			lengths,
			promptModel,
			findings: [{
				code: "input-length-off",
				message
			}]
		};
		function isClose(got) {
			return Math.abs(got / tokens - 1) <= CLOSE_ENOUGH;
		}
	}
	async function count(words, outputTokens = ANSWER_TOKENS$1, reading = 0) {
		const id = nonce();
		const random = seedRandom(`${settings.seed}/calibrate/${words}${reading === 0 ? "" : `/${reading}`}`);
		const { task } = target.dialect;
		const query = needsQuery(task) ? { query: buildQuery(random, id) } : {};
		const build = generatesTokens(task) ? buildPrompt : buildText;
		const [exchange] = await send(target, [{
			...query,
			prompts: [build(Math.round(words), random, id)],
			outputTokens,
			nonce: id
		}]);
		if (isAnswered(exchange)) return {
			tokens: exchange.inputTokens,
			refused: null
		};
		if (!mayBeTooLong(exchange)) throw explain(exchange, target);
		return {
			tokens: null,
			refused: exchange
		};
	}
}
function mayBeTooLong(exchange) {
	const complaint = complaintOf(exchange);
	if (complaint !== null) return complaint.about === "context" || complaint.about === "size";
	return exchange.status === 400 || exchange.status === 413 || exchange.status === 422;
}
// src/load/preflight/longest-request.ts
const ANSWER_TOKENS = 1;
async function checkLongestRequest({ trace, task, seed, outputTokens, promptModel, nonce }, send) {
	const requests = trace?.lengths ?? [];
	const usual = Math.round(meanLength(outputTokens));
	const whole = requests.map((request) => request.inputTokens + (generatesTokens(task) ? request.outputTokens ?? usual : 0));
	const most = whole.reduce((a, b) => Math.max(a, b), 0);
	if (needsQuery(task) || most * requests.length <= 1.1 * whole.reduce((a, b) => a + b, 0)) return;
	const longest = whole.indexOf(most);
	const id = nonce();
	const exchange = await send({
		prompts: [(generatesTokens(task) ? buildPrompt : buildText)(countWordsFor(most - ANSWER_TOKENS, promptModel), seedRandom(`${seed}/longest`), id)],
		outputTokens: ANSWER_TOKENS,
		nonce: id
	});
	const about = isAnswered(exchange) ? null : complaintOf(exchange)?.about ?? null;
	if (about !== "context" && about !== "size") return;
	const { inputTokens, outputTokens: answer } = requests[longest];
	const [size, sum] = generatesTokens(task) ? [`${groupDigits(inputTokens)} input and ${groupDigits(answer ?? usual)} output tokens`, ".input_length + .output_length"] : [`${groupDigits(inputTokens)} input tokens`, ".input_length"];
	const message = `its request ${groupDigits(longest + 1)} has ${size}, more than the endpoint takes; leave out what is too long (jq -c 'select(${sum} < ${most})'), or let the server take more (vLLM: --max-model-len)`;
	throw new SettingsError([{
		setting: "trace-file",
		given: null,
		message
	}]);
}
// src/load/preflight/identify.ts
const LONGEST_MS$7 = 3e3;
const API_PATHS = ["v\\d[a-z0-9.]*|api|openai|generate(_stream)?|completions?|chat|embeddings|rerank(ing)?|ranking|score|responses|models?|infer|invocations", ...VENDORS.flatMap(({ paths = [] }) => paths)];
const API_PATH = new RegExp(`/(${API_PATHS.join("|")})(/.*)?$`, "i");
async function identifyServer(settings, target, { headers }, ports) {
	const known = serverOfHeaders(headers ?? {}, VENDORS);
	const paths = target.api.serverPages;
	if (paths === void 0 || known !== null && known.apis[0] !== "llamacpp") return known;
	const [base] = basesOf(settings.endpoint);
	return await lookAtPages(settings, target, base, paths, ports) ?? known;
}
async function identifyStranger(settings, target, { headers }, ports) {
	const bases = basesOf(settings.endpoint);
	const known = serverOfHeaders(headers ?? {}, VENDORS);
	for (const base of bases) {
		const server = await lookAtPages(settings, target, base, SERVER_PAGES, ports);
		if (server !== null) return {
			server,
			base
		};
	}
	return known === null ? null : {
		server: known,
		base: bases[0]
	};
}
function hintServer(server, settings) {
	if (server === null || settings.rate != null || settings.trace != null) return [];
	const highest = settings.concurrency === "auto" ? settings.maxConcurrency ?? 0 : Math.max(...settings.concurrency);
	const name = escapeForTerminal(server.name ?? "the server");
	const { atOnce } = server;
	if (atOnce !== null && atOnce.requests < highest) {
		const from = `from concurrency ${atOnce.requests + 1} on`;
		return [atOnce.beyond === "queue" ? `${name} works on ${pluralise(atOnce.requests, "request")} at once: ${from} requests queue (llama.cpp: --parallel)` : `${name} takes ${pluralise(atOnce.requests, "request")} at once: ${from} it refuses some (--max-concurrent-requests)`];
	}
	if (server.name === "Ollama" && highest > 1) return ["Ollama works on OLLAMA_NUM_PARALLEL requests at once, one unless it is set: beyond that requests queue"];
	return [];
}
function basesOf(endpoint) {
	const prefix = trimPath(endpoint).replace(API_PATH, "");
	return [.../* @__PURE__ */ new Set([prefix, ""])].map((path) => replacePath(new URL(endpoint.origin), `${path}/`));
}
async function lookAtPages(settings, target, base, paths, { signal, deadline = systemDeadline }) {
	const soon = AbortSignal.any([signal, deadline(LONGEST_MS$7)]);
	const pages = await Promise.all(paths.map(async (path) => [path, await getPage(settings, target, new URL(`.${path}`, base), soon)]));
	return recogniseServer(new Map(pages.flatMap(([path, page]) => page === null ? [] : [[path, page]])));
}
// src/load/preflight/models.ts
const MOST_NAMES$1 = 1e3;
const LONGEST_NAME = 100;
const MOST_SHOWN = 10;
async function listModels(settings, target, signal) {
	const url = target.api.modelsUrl(settings.endpoint);
	const page = url === null ? null : await getPage(settings, target, url, signal);
	return page?.status === 200 ? target.api.modelNames(parseJson$1(page.text)).slice(0, MOST_NAMES$1) : [];
}
async function findModel(settings, auth, { log, signal }) {
	const [first, ...others] = await listModels(settings, {
		api: guessLikeliestApi(settings),
		auth
	}, signal);
	if (first === void 0) return null;
	log(`model: ${escapeForTerminal(first)}${others.length > 0 ? `, the first of ${others.length + 1} that the endpoint lists` : ""}`);
	return first;
}
function showModels(names, wanted) {
	const shown = (wanted === null ? names : names.toSorted((a, b) => rateUnlikeness(a, wanted) - rateUnlikeness(b, wanted))).slice(0, MOST_SHOWN).map((name) => escapeForTerminal(name));
	const more = names.length - shown.length;
	return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
function rateUnlikeness(name, wanted) {
	const [a, b] = [name.toLowerCase().slice(0, LONGEST_NAME), wanted.toLowerCase().slice(0, LONGEST_NAME)];
	return a.includes(b) || b.includes(a) ? Math.abs(a.length - b.length) / LONGEST_NAME : countEdits(a, b);
}
// src/load/preflight/diagnose.ts
async function diagnose(settings, { target, exchange }, model, ports) {
	const plainly = {
		error: explain(exchange, target),
		other: null
	};
	if (exchange.trouble !== null) return plainly;
	if (explainByOwner(exchange, showUrl(target.url)) !== null) return plainly;
	const complaint = complaintOf(exchange);
	if (isAboutModel(exchange)) {
		const asked = {
			settings,
			target,
			exchange,
			model
		};
		return {
			error: await suggestModels(plainly.error, asked, ports.signal),
			other: null
		};
	}
	if (complaint?.about === "task") return {
		error: addTask(plainly.error, complaint.api, settings, target),
		other: null
	};
	if (!(complaint === null ? isMismatch(exchange) : complaint.about === "path") && exchange.failure !== "parse") return plainly;
	const spoken = apiOfAnswer(exchange.answerHead ?? "", exchange.headers ?? {});
	const found = await identifyStranger(settings, target, exchange, ports);
	return suggestApi(plainly.error, {
		settings,
		target,
		exchange,
		model
	}, spoken, found);
}
function isAboutModel(exchange) {
	const about = complaintOf(exchange)?.about;
	return about === "model" || about === "no-model";
}
async function suggestModels(error, { settings, target, exchange, model }, signal) {
	if (!isAboutModel(exchange)) return error;
	return addModels(error, target.api.modelsUrl(settings.endpoint) !== null ? await listModels(settings, target, signal) : null, model);
}
function addModels({ what, tried, remedy }, names, model) {
	if (names === null) return new EndpointError(what, {
		tried,
		remedy: model === null ? "check the model in the path of `endpoint`" : remedy
	});
	if (names.length === 0) return new EndpointError(what, {
		tried,
		remedy: `${remedy}; it lists none`
	});
	const wanted = model === null ? "" : `, which is ${escapeForTerminal(model)},`;
	return new EndpointError(what, {
		tried,
		remedy: `set \`model\`${wanted} to one that it lists: ${showModels(names, model)}`
	});
}
function addTask(error, meant, { endpoint, api, task }, { api: asked, url }) {
	if (asked.findsTask !== true) return error;
	const end = url.pathname === trimPath(endpoint) ? TASK_END.exec(url.pathname)?.[0] : void 0;
	const off = end === void 0 ? "" : `take ${end} off the end of \`endpoint\``;
	const named = [...api === "auto" ? [] : ["`api`"], ...task === "auto" ? [] : ["`task`"]];
	const out = named.length === 0 ? "" : `leave ${named.join(" and ")} out`;
	const { what, tried } = error;
	if (meant !== null) return off === "" ? error : new EndpointError(what, {
		tried,
		remedy: `${off}, and set \`api\` to ${meant}`
	});
	const steps = [off, out].filter((step) => step !== "").join(" and ");
	if (steps === "") return error;
	return new EndpointError(what, {
		tried,
		remedy: `${steps}: what the model is made for is then found`
	});
}
const TASK_END = /\/(chat\/completions|completions|embeddings|rerank|score|api\/\w+)$/;
function suggestApi(error, { settings, target, exchange, model }, spoken, found) {
	const { what, tried, remedy } = error;
	const asked = target.api.name;
	const looks = found === null ? null : `it looks like ${showServer(found.server)}`;
	const say = (because, todo) => new EndpointError(because === null ? what : `${what}; ${because}`, {
		tried,
		remedy: todo
	});
	if (spoken !== null && !isKin(spoken, asked)) {
		const because = looks ?? `the answer is one of ${spoken}`;
		return {
			error: say(because, adviseApi(settings, target, [spoken], found?.base ?? null)),
			other: {
				api: spoken,
				because
			}
		};
	}
	if (found === null || looks === null) return {
		error,
		other: null
	};
	const { apis } = found.server;
	if (apis.length === 0) return {
		error: say(looks, remedy),
		other: null
	};
	if (!apis.includes(asked)) return {
		error: say(looks, adviseApi(settings, target, apis.slice(0, 2), found.base)),
		other: {
			api: apis[0],
			because: looks
		}
	};
	if (target.api.needsFullUrl === true) return {
		error: say(looks, remedy),
		other: null
	};
	const right = target.api.url(found.base, target.dialect.task, model);
	if (right.pathname !== target.url.pathname) return {
		error: say(looks, `set \`endpoint\` to ${showUrl(found.base)}`),
		other: null
	};
	if (found.server.remedy !== void 0) return {
		error: say(looks, found.server.remedy),
		other: null
	};
	const end = TASK_END.exec(right.pathname)?.[0];
	if (end !== void 0 && trimPath(settings.endpoint).endsWith(end) && exchange.status === 404 && target.api.findsTask === true) return {
		error: addTask(say(`${looks}, and has no ${end}: its model may be made for something else`, remedy), null, settings, target),
		other: null
	};
	const native = [apis[0], "openai-chat"].find((api) => apis.includes(api) && !isKin(api, asked));
	if (native === void 0) return {
		error: say(looks, remedy),
		other: null
	};
	return {
		error: say(looks, `set \`api\` to ${native}, or check \`model\``),
		other: {
			api: native,
			because: looks
		}
	};
}
function adviseApi({ endpoint, api: named }, { url: asked }, apis, base) {
	const api = findApi(apis[0]);
	const buildPath = (url) => api.url(url, api.taskOf(url) ?? api.tasks[0], "m").pathname;
	const path = buildPath(endpoint);
	const isWhole = path === trimPath(endpoint) && path !== asked.pathname;
	if (base === null || isWhole || path === buildPath(base)) return `set \`api\` to ${apis.join(" or ")}`;
	return `set \`endpoint\` to ${showUrl(base)}${named === "auto" ? "" : ` and \`api\` to ${apis.join(" or ")}`}`;
}
function isKin(a, b) {
	return a === b || findApi(a).isOpenAiLike === true && findApi(b).isOpenAiLike === true;
}
function showServer(server) {
	return escapeForTerminal(describeVersion(server) ?? server.name ?? "a server of no known kind");
}
// src/load/preflight/probe-images.ts
async function probeImages({ images, mix, seed }, target, send, nonce) {
	const asking = mix ?? [{ images }];
	const findings = [];
	for (const { name = null, images: asked, model = null } of asking) {
		if (asked === null) continue;
		const [plain, probe] = [buildProbe(nonce()), buildProbe(nonce())].map((one) => ({
			...one,
			...model !== null && { model }
		}));
		const drawn = createImageSource(asked, seed)(seedRandom(`${seed}/probe`), probe.nonce);
		const [without, seen] = await send(target, [plain, {
			...probe,
			images: drawn
		}]);
		const whose = namePart$1(name);
		if (!isAnswered(seen)) throw refuseImages(`${whose}the endpoint`, renderImages(asked), seen, target);
		const [tokens, more] = [without.inputTokens, seen.inputTokens];
		if (tokens === null || more === null || more > tokens) continue;
		const message = `${whose}the server counts ${more} input tokens with \`images\` and ${tokens} without: it may not look at them`;
		findings.push({
			code: "images-uncounted",
			message
		});
	}
	return findings;
}
const REFUSES = /* @__PURE__ */ new Set([
	200,
	400,
	404,
	413,
	415,
	422,
	500,
	501
]);
function refuseImages(who, images, exchange, target) {
	const { status, cancelled } = exchange;
	if (cancelled || status === null || !REFUSES.has(status)) return explain(exchange, target);
	const about = complaintOf(exchange)?.about;
	const isTooMuch = about === "context" || about === "size" || about === "batch";
	return new EndpointError(`${who} takes text, and refuses ${images} beside it (${status})${quoteServer(exchange)}`, {
		tried: `POST ${showUrl(target.url)}`,
		remedy: isTooMuch ? "make `images` fewer or smaller, or raise what the server takes of them" : "set `model` and `endpoint` to a model that takes images, and as many as that; or remove `images`"
	});
}
// src/load/preflight/rate-limits.ts
function pickRateLimitHeaders({ headers }) {
	return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => /^(x-|anthropic-)?ratelimit/.test(name)));
}
function findLowRateLimits(rateLimit, expected) {
	const scaleToMinute = (total) => total * 60 / Math.max(60, expected.seconds);
	const tokens = expected.inputTokens + expected.outputTokens;
	return [
		{
			header: "x-ratelimit-limit-requests",
			needed: scaleToMinute(expected.requests),
			what: "requests"
		},
		{
			header: "anthropic-ratelimit-requests-limit",
			needed: scaleToMinute(expected.requests),
			what: "requests"
		},
		{
			header: "x-ratelimit-limit-tokens",
			needed: scaleToMinute(tokens),
			what: "tokens"
		},
		{
			header: "anthropic-ratelimit-tokens-limit",
			needed: scaleToMinute(tokens),
			what: "tokens"
		}
	].flatMap(({ header, needed, what }) => {
		const allowed = Number(rateLimit[header]);
		if (!(allowed > 0) || needed <= allowed) return [];
		return [{
			code: "rate-limit-too-low",
			message: `the endpoint allows ${allowed} ${what} (${header}), the plan needs about ${Math.round(needed)} a minute`
		}];
	});
}
// src/load/preflight/look-at-port.ts
var import_tls = /* @__PURE__ */ __toESM(require_tls(), 1);
const LONGEST_MS$6 = 3e3;
const LONGEST_HANDSHAKE_MS = 1500;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\0\0\0\0\0";
const UNCLEAR = /* @__PURE__ */ new Set([
	"closed",
	"no-connection",
	"handshake",
	"no-tls"
]);
const ABOUT_CERTIFICATE = /* @__PURE__ */ new Set([
	"private-authority",
	"no-chain",
	"expired",
	"not-yet-valid"
]);
async function lookCloser(exchange, settings, { wallClock, signal, deadline = systemDeadline }) {
	const { trouble } = exchange;
	if (trouble === null || settings.proxy !== null) return exchange;
	const isUnclear = UNCLEAR.has(trouble.name);
	if (!isUnclear && !ABOUT_CERTIFICATE.has(trouble.name)) return exchange;
	const until = AbortSignal.any([signal, deadline(LONGEST_MS$6)]);
	const seen = isUnclear ? await findCloserTrouble(settings, {
		until,
		handshakeUntil: AbortSignal.any([until, deadline(LONGEST_HANDSHAKE_MS)])
	}) : describeCertificate(trouble.name, await shakeHands(settings, until), wallClock());
	return seen === null ? exchange : {
		...exchange,
		trouble: seen,
		failureMessage: stateTrouble(seen).message
	};
}
async function findCloserTrouble(place, patience) {
	const found = await (place.endpoint.protocol === "https:" ? findTroubleOfTls : findTroubleOfPlain)(place, patience);
	return typeof found === "string" ? {
		name: found,
		detail: null
	} : found;
}
async function findTroubleOfTls(place, { until, handshakeUntil }) {
	const { endpoint, clientPem } = place;
	const { isTls, isSilent, asksForCertificate, said } = await shakeHands(place, handshakeUntil);
	if (asksForCertificate && said === "") return nameCertificateTrouble(clientPem !== null);
	if (isTls) return null;
	if (clientPem !== null && (await shakeHands({
		endpoint,
		clientPem: null
	}, until)).asksForCertificate) return "refused-certificate";
	const plain = await sayPlainly(endpoint, greet(endpoint), until);
	if (plain.startsWith("HTTP/")) return "tls-not-spoken";
	if (plain !== "" && !plain.startsWith("")) return readForeignProtocol(plain);
	return isSilent ? "no-handshake" : null;
}
async function findTroubleOfPlain(place, { until }) {
	const { endpoint } = place;
	if ((await shakeHands(place, until)).isTls) return "tls-spoken";
	return isHttp2(await sayPlainly(endpoint, PREFACE, until)) ? "http2-only" : null;
}
async function shakeHands({ endpoint, clientPem }, signal) {
	const { host, port } = addressOf(endpoint);
	const options = {
		host,
		port,
		.../^[\d.]+$|:/.test(host) ? {} : { servername: host },
		ALPNProtocols: ["http/1.1"],
		rejectUnauthorized: false,
		...clientPem
	};
	let isTls = false;
	let isSilent = false;
	let asksForCertificate = false;
	let certificate = null;
	const socket = (0, import_tls.connect)(options);
	const look = () => {
		asksForCertificate ||= (socket.getSharedSigalgs() ?? []).length > 0;
	};
	socket.once("connect", () => isSilent = true);
	socket.once("secureConnect", () => {
		isTls = true;
		isSilent = false;
		look();
		certificate = socket.getPeerCertificate();
		socket.write(greet(endpoint));
	});
	const said = await listen$2(socket, signal, (error) => {
		look();
		isSilent = false;
		const name = readConnectionError(error, NOTHING_KNOWN).trouble?.name;
		isTls ||= name !== "no-tls" && error.code?.startsWith("ERR_SSL") === true;
	});
	return {
		isTls,
		isSilent,
		asksForCertificate,
		certificate,
		said
	};
}
const NOTHING_KNOWN = {
	headersSeen: false,
	proxied: false,
	certified: false,
	outOfFiles: () => false
};
async function sayPlainly(endpoint, text, signal) {
	const socket = connect(addressOf(endpoint));
	socket.once("connect", () => socket.write(text, "latin1"));
	return listen$2(socket, signal, () => {});
}
async function listen$2(socket, signal, onError) {
	return new Promise((resolve) => {
		const end = (said) => {
			signal.removeEventListener("abort", stop);
			socket.destroy();
			resolve(said);
		};
		const stop = () => end("");
		socket.once("data", (bytes) => end(bytes.toString("latin1")));
		socket.on("error", (error) => {
			onError(error);
			end("");
		});
		socket.once("close", stop);
		if (signal.aborted) stop();
		else signal.addEventListener("abort", stop, { once: true });
	});
}
function greet({ host }) {
	return `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
}
function describeCertificate(name, { certificate }, now) {
	if (certificate?.issuer === void 0) return null;
	const { issuer, valid_from: from, valid_to: to } = certificate;
	if (name === "expired") return Date.parse(to) < now.getTime() ? {
		name,
		detail: `on ${toDay(to)}`
	} : null;
	if (name === "not-yet-valid") return {
		name,
		detail: `before ${toDay(from)}`
	};
	const who = issuer.CN ?? issuer.O;
	return who === void 0 ? null : {
		name,
		detail: `issued by ${[who].flat().join(", ").slice(0, 100)}`
	};
}
function toDay(date) {
	return new Date(date).toISOString().slice(0, 10);
}
// src/load/preflight/readiness.ts
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5e3;
const SHORTEST_PROBE_MS = 1e3;
async function waitUntilReady(settings, ports) {
	const from = ports.clock.now();
	const patience = createPatience(settings, ports, from);
	const auth = createAuthorizer(settings, ports);
	const api = guessLikeliestApi(settings);
	const watch = watchEndpoint(settings, {
		api,
		auth
	}, {
		...ports,
		patience
	});
	let model = chooseMetModel(settings);
	for (;;) {
		model ??= await findModel(settings, auth, ports);
		const known = adoptDescribedTask(settings, api, await watch(model));
		const limited = limitProbe(settings, ports, from);
		let attempt = await tryCandidates(limited, candidatesOf(known, model, auth), ports);
		if (!attempt.ok) attempt = {
			...attempt,
			exchange: await lookCloser(attempt.exchange, settings, ports)
		};
		if (!attempt.ok && !isWaitable(attempt.exchange)) attempt = await tryAnother(limitProbe(known, ports, from), attempt, model, auth, ports);
		if (attempt.ok) {
			const build = await waitForVersion(settings, attempt.target, attempt.exchange.servedModel, ports, patience);
			const described = await watch(model);
			const servedModel = attempt.exchange.servedModel ?? (settings.model === null ? model : null);
			return {
				target: attempt.target,
				servedModel,
				build,
				described
			};
		}
		const reason = describeWait(attempt, settings, limited);
		if (ports.awaitsLocalServer === false && isRefusedHere(attempt.exchange, settings)) throw reason;
		await patience(reason, attempt.exchange.retryAfterMs);
	}
}
function watchEndpoint(settings, target, { log, signal, patience }) {
	const getPageOf = async (url, asked) => getPage(settings, target, url, asked);
	const ports = {
		log,
		signal,
		patience,
		getPage: getPageOf
	};
	return vendorOf(target.api)?.watchEndpoint?.(settings.endpoint, ports) ?? (async () => null);
}
function adoptDescribedTask(settings, api, described) {
	if (settings.task !== "auto" || api.taskOf(settings.endpoint) !== null || described?.task == null) return settings;
	return {
		...settings,
		task: described.task
	};
}
async function tryAnother(settings, failed, model, auth, ports) {
	const { error, other } = await diagnose(settings, failed, model, ports);
	if (settings.api !== "auto" || other === null) throw mentionProxy(error, failed.exchange, settings);
	ports.log(`trying api: ${other.api}, because ${other.because}`);
	const instead = {
		...settings,
		api: other.api
	};
	const asked = model ?? await findModel(instead, auth, ports);
	const attempt = await tryCandidates(instead, candidatesOf(instead, asked, auth), ports);
	if (attempt.ok || isWaitable(attempt.exchange)) return attempt;
	if (isMismatch(attempt.exchange) && complaintOf(attempt.exchange) === null) throw error;
	throw (await diagnose(instead, attempt, asked, ports)).error;
}
function limitProbe(settings, { clock }, from) {
	const left = settings.readyTimeoutMs - (clock.now() - from);
	return {
		...settings,
		requestTimeoutMs: Math.min(settings.requestTimeoutMs, Math.max(SHORTEST_PROBE_MS, left))
	};
}
function describeWait({ exchange, target }, settings, limited) {
	const error = mentionProxy(explain(exchange, target), exchange, settings);
	const { requestTimeoutMs } = limited;
	const isTimeout = exchange.failure?.startsWith("timeout_") === true || /^no-(connection|handshake)$/.test(exchange.trouble?.name ?? "");
	if (requestTimeoutMs === settings.requestTimeoutMs || !isTimeout) return error;
	const left = `the ${formatSeconds(requestTimeoutMs)} that \`ready-timeout\` (${formatSeconds(settings.readyTimeoutMs)}) left for it`;
	return new EndpointError(`the endpoint did not answer in ${left}: ${describeProgress(exchange)}`, {
		tried: error.tried,
		remedy: "raise `ready-timeout` if the model is still loading; else look at the log of the server"
	});
}
function mentionProxy(error, { failure }, { unusedProxy }) {
	if (failure !== "connect" || unusedProxy === null) return error;
	const { what, tried, remedy } = error;
	const more = `${unusedProxy} is set, and is used only when it is given as \`proxy\``;
	return new EndpointError(what, {
		tried,
		remedy: `${remedy}; ${more}`
	});
}
function describeProgress({ status, tokenEvents, trouble }) {
	if (trouble?.name === "no-handshake") return "it was connected, and the TLS handshake had not ended";
	if (trouble !== null) return "there was no connection yet";
	if (status === null) return "it was connected, and no answer had begun";
	return `the answer had begun (${status}) and not ended${tokenEvents === 0 ? "" : ", in the middle of its tokens"}`;
}
function isRefusedHere({ trouble }, { endpoint, proxy }) {
	if (trouble?.name === "proxy-refused") return isLoopback(proxy);
	return trouble?.name === "refused" && isLoopback(endpoint);
}
async function findOtherVersion(settings, target, servedModel, signal) {
	if (settings.expectVersion === null) return null;
	const shown = await readVersion(settings, target, servedModel, signal);
	return shown.includes(settings.expectVersion) ? null : shown;
}
function createPatience(settings, { clock, log, signal }, from) {
	let pause = FIRST_PAUSE_MS;
	let said = -Infinity;
	return async (reason, retryAfterMs) => {
		const left = settings.readyTimeoutMs - (clock.now() - from);
		if (left <= 0 || signal.aborted) throw reason;
		if (clock.now() - said > 1e4) {
			said = clock.now();
			log(`waiting for the endpoint, at most ${Math.ceil(left / 1e3)} s more (ready-timeout): ${reason.message.split("\n")[0]}`);
		}
		await clock.sleep(Math.min(left, Math.max(pause, retryAfterMs ?? 0)), signal);
		pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
	};
}
async function waitForVersion(settings, target, servedModel, ports, patience) {
	if (settings.expectVersion === null) return null;
	for (;;) {
		const shown = await readVersion(settings, target, servedModel, ports.signal);
		if (shown.includes(settings.expectVersion)) return settings.expectVersion;
		await patience(new EndpointError(`the endpoint does not show version "${settings.expectVersion}", it shows "${escapeForTerminal(shown)}"`, {
			tried: `GET ${showUrl(chooseVersionUrl(settings))}`,
			remedy: "wait for the rollout (`ready-timeout`), or check `expect-version` and `version-url`"
		}), null);
	}
}
async function readVersion(settings, target, servedModel, signal) {
	const page = await getPage(settings, target, chooseVersionUrl(settings), signal);
	return [page?.status === 200 ? page.text.trim() : "", servedModel ?? ""].join(" ").trim();
}
function chooseVersionUrl({ versionUrl, endpoint }) {
	return versionUrl ?? new URL("/version", endpoint.origin);
}
// src/load/preflight/choose-workload.ts
function chooseWorkload(settings, target, inputTokens, promptModel, nonce) {
	return {
		task: target.dialect.task,
		seed: settings.seed,
		inputTokens,
		outputTokens: settings.outputTokens,
		promptModel,
		prompts: settings.prompts,
		trace: settings.trace === null ? null : {
			...settings.trace,
			asksForLength: !forcesLength(target.dialect.fields)
		},
		prefixCache: settings.prefixCache,
		sharedPrefixTokens: settings.sharedPrefixTokens,
		batchSize: settings.batchSize,
		conversations: conversationsOf(settings),
		images: settings.images,
		mix: settings.mix?.map(({ turns, thinkTime, systemPromptTokens, ...part }) => ({
			...part,
			inputTokens: part.inputTokens === "auto" ? chooseLengths$1({ inputTokens: "auto" }, target) : part.inputTokens,
			conversations: conversationsOf({
				turns,
				thinkTime,
				systemPromptTokens
			})
		})) ?? null,
		nonce
	};
}
function conversationsOf({ turns, thinkTime, systemPromptTokens }) {
	return turns === null ? null : {
		turns,
		thinkTime,
		systemTokens: systemPromptTokens
	};
}
function chooseLengths$1(settings, target) {
	if (settings.inputTokens !== "auto") return settings.inputTokens;
	return fixLength(generatesTokens(target.dialect.task) ? AUTO_INPUT_TOKENS : AUTO_ITEM_TOKENS);
}
const AUTO_INPUT_TOKENS = 512;
const AUTO_ITEM_TOKENS = 256;
// src/load/preflight/preflight.ts
const FULL_LENGTH_ANSWERS = 3;
const CACHED_TTFT_SHARE = .7;
async function runPreflight(settings, ports) {
	const known = ports.knownEndpoints?.recall(settings) ?? null;
	if (known === null) return askEndpoint(settings, null, ports);
	try {
		return await askEndpoint(settings, known, ports);
	} catch (error) {
		if (!(error instanceof EndpointError) || ports.signal.aborted) throw error;
		ports.log(`asking the endpoint anew, because ${error.what}`);
		return askEndpoint(settings, null, ports);
	}
}
async function askEndpoint(settings, known, ports) {
	const from = ports.clock.now();
	const ready = known === null ? await waitUntilReady(settings, ports) : renewAuth(known.ready, settings, ports);
	const waitedMs = ports.clock.now() - from;
	const send = async (target, specs) => sendEach(settings, target, specs, ports);
	checkPrompts(settings, ready.target);
	checkModels(settings, ready.target);
	const wantedFields = listWantedFields(ready.target, settings.prefixCache);
	const fields = known?.fields ?? await findAcceptedFields(ready.target, wantedFields, send, ports.nonce);
	const target = setFields(ready.target, fields);
	const unseen = await probeImages(settings, target, send, ports.nonce);
	const wanted = chooseLengths$1(settings, target);
	const input = await calibratePrompt(settings, target, wanted, send, ports.nonce);
	const shrunkTo = input.lengths === wanted ? null : meanLength(input.lengths);
	if (shrunkTo !== null) ports.log(`input-tokens: ${shrunkTo}, because ${meanLength(wanted)} are more than the endpoint takes`);
	const workload = chooseWorkload(settings, target, input.lengths, input.promptModel, ports.nonce);
	await checkLongestRequest(workload, async (spec) => (await send(target, [spec]))[0]);
	const specs = listSingles(workload);
	const answers = await send(target, specs);
	const failed = answers.findIndex(({ failure }) => failure !== null);
	if (failed !== -1) {
		const [exchange, spec] = [answers[failed], specs[failed]];
		const asked = {
			settings,
			target,
			exchange,
			model: spec.model ?? target.dialect.model
		};
		throw await suggestModels(explainSingle(exchange, spec, target), asked, ports.signal);
	}
	const repeated = generatesTokens(target.dialect.task) ? (await send(target, [specs.at(-1)]))[0] : null;
	if (ports.signal.aborted) throw cancelError(target);
	const lastTurns = await checkLastTurns(workload, target, send);
	const prefixCache = judgeCache(answers, repeated);
	const lone = describeLone(workload, workload.mix == null ? [answers] : answers.map((answer) => [answer]), prefixCache === "not-seen" ? lastTurns : []);
	const last = answers.at(-1);
	const checks = checkAnswers(answers, specs, repeated, settings.headers["accept-encoding"]);
	const server = known === null ? await identifyServer(settings, target, last, ports) : known.server;
	ports.knownEndpoints?.keep(settings, {
		ready,
		fields,
		server
	});
	for (const hint of [...checks.hints, ...hintServer(server, settings)]) ports.log(`  ! ${hint}`);
	return {
		target,
		workload,
		waitedMs,
		shrunkTo,
		lone,
		servedModel: ready.servedModel,
		build: ready.build,
		serverVersion: server === null ? null : describeVersion(server),
		atOnce: server?.atOnce ?? null,
		described: ready.described,
		capabilities: {
			api: target.api.name,
			task: target.dialect.task,
			fields: [...fields],
			lengthField: target.dialect.lengthField,
			exactLength: forcesLength(fields),
			inputTokens: Math.round(meanLength(input.lengths)),
			tokenSource: last.tokenSource,
			inputTokensPerWord: input.promptModel.tokensPerWord,
			prefixCache,
			buffered: checks.buffered,
			compressed: checks.compressed,
			...checks.gateway !== null && { gateway: checks.gateway },
			...server?.atOnce != null && { requestsAtOnce: server.atOnce.requests },
			...checks.unknownEvents > 0 && { unknownEvents: checks.unknownEvents },
			...ready.described?.capabilities
		},
		findings: [
			...ready.described?.findings ?? [],
			...input.findings,
			...unseen,
			...checks.findings
		],
		rateLimit: pickRateLimitHeaders(last)
	};
}
function renewAuth(ready, settings, ports) {
	return {
		...ready,
		target: {
			...ready.target,
			auth: createAuthorizer(settings, ports)
		}
	};
}
function checkPrompts(settings, target) {
	for (const own of settings.mix ?? [settings]) checkOwnPrompts(own, target);
}
function checkOwnPrompts({ prompts, turns, images }, { api, dialect: { task } }) {
	const message = prompts === null ? null : findMisfit(prompts, {
		task,
		api
	});
	if (message !== null) throw new SettingsError([{
		setting: "prompts-file",
		given: null,
		message
	}]);
	const unseen = images === null ? null : findImageMisfit(task, api);
	if (unseen !== null) throw new SettingsError([{
		setting: "images",
		given: null,
		message: unseen
	}]);
	if (turns === null || task === "chat") return;
	const why = `make conversations, and this endpoint serves ${task}, which take none; set turns to none, or measure chat`;
	throw new SettingsError([{
		setting: "turns",
		given: null,
		message: why
	}]);
}
async function checkLastTurns(workload, target, send) {
	const found = [];
	for (const { own } of weighKinds(workload)) {
		if (own.conversations == null) {
			found.push(null);
			continue;
		}
		const spec = buildLastTurn(own, own.conversations);
		const [answer] = await send(target, [spec]);
		if (answer.failure !== null) throw explainLastTurn(answer, spec, target);
		found.push({
			answer,
			turns: spec.turn.turns
		});
	}
	return found;
}
function explainLastTurn(answer, spec, target) {
	const about = complaintOf(answer)?.about;
	if (about !== "context" && about !== "size") return explainSingle(answer, spec, target);
	const whose = namePart$1(spec.part ?? null);
	return new EndpointError(`${whose}turn ${spec.turn.turn} of a conversation is too long for the model`, {
		tried: `POST ${showUrl(target.url)} with all turns before it`,
		remedy: "lower `turns`, `input-tokens`, `output-tokens` or `system-prompt-tokens`"
	});
}
function listSingles(options) {
	const workload = standAlone(options);
	const { mix = null } = workload;
	if (mix !== null) return mix.map((part) => createWorkload({
		...workload,
		mix: [{
			...part,
			percent: 100
		}]
	}, 1, 0).next(0, null));
	const requests = createWorkload(workload, 1, 0);
	return Array.from({ length: FULL_LENGTH_ANSWERS }, () => requests.next(0, null));
}
function explainSingle(answer, { part, model }, target) {
	const error = explain(answer, addressModel(target, model));
	if (part === void 0) return error;
	const { what, tried, remedy } = error;
	return new EndpointError(`${namePart$1(part)}${what}`, {
		tried,
		remedy
	});
}
function checkModels({ mix, endpoint }, { api, url }) {
	const other = mix?.find(({ model }) => model !== mix[0].model);
	if (other === void 0 || api.modelInBody(endpoint, "any") !== null) return;
	if (api.urlOfModel?.(url, "any") != null) return;
	const message = `asks for a model of its own, and over ${api.name} no request to ${showUrl(url)} can name one; give all parts the same model`;
	throw new SettingsError([{
		setting: "mix",
		given: other.name,
		message
	}]);
}
function assumePreflight(settings, target, nonce) {
	checkPrompts(settings, target);
	checkModels(settings, target);
	const workload = chooseWorkload(settings, target, chooseLengths$1(settings, target), UNCALIBRATED, nonce);
	return {
		target,
		workload,
		waitedMs: 0,
		shrunkTo: null,
		lone: averageLone(weighKinds(workload).map(({ own, weight }) => ({
			...assumeLone(own),
			weight
		}))),
		servedModel: null,
		build: null,
		serverVersion: null,
		atOnce: null,
		described: null,
		capabilities: {
			api: target.api.name,
			task: target.dialect.task,
			preflight: false
		},
		findings: [],
		rateLimit: {}
	};
}
function judgeCache(fresh, repeated) {
	if (repeated === null || repeated.failure !== null || repeated.firstTokenAt === null) return "unknown";
	if (readGateway(repeated.headers ?? {})?.cached === true) return "unknown";
	if ((repeated.cachedTokens ?? 0) > 0) return "on";
	const ttfts = fresh.flatMap(({ startAt, firstTokenAt }) => firstTokenAt === null ? [] : [firstTokenAt - startAt]);
	const fastest = Math.min(...ttfts);
	return repeated.firstTokenAt - repeated.startAt < CACHED_TTFT_SHARE * fastest ? "on" : "not-seen";
}
function cancelError(target) {
	return new EndpointError("the run was cancelled", {
		tried: `POST ${showUrl(target.url)}`,
		remedy: "run again"
	});
}
// src/load/server-readings.ts
const LOOK_MS$1 = 3e3;
const READ_MS = 1e3;
const NONE = {
	metrics: null,
	findings: []
};
async function findServerMetrics(settings, target, signal, deadline = systemDeadline) {
	const { serverMetrics, preflight } = settings;
	if (serverMetrics === "off") return NONE;
	const get = async (url, ms, asked) => getPage(settings, target, url, AbortSignal.any([asked, deadline(ms)]));
	if (serverMetrics === "auto") {
		if (!preflight) return NONE;
		const urls = target.api.metricsUrls?.(target.url, settings.model ?? target.dialect.model) ?? [];
		for (const url of urls) if (await findFault(get, url, signal) === null) return openMetricsAt(get, url);
		return NONE;
	}
	const fault = await findFault(get, serverMetrics, signal);
	if (fault === null) return openMetricsAt(get, serverMetrics);
	return {
		metrics: null,
		findings: [{
			code: "server-metrics-unread",
			message: `GET ${showUrl(serverMetrics)} ${fault}`
		}]
	};
}
function openMetricsAt(get, url) {
	const read = async (signal) => {
		const page = await get(url, READ_MS, signal);
		return page?.status === 200 ? readServerMetrics(page.text) : null;
	};
	return {
		metrics: { read },
		findings: []
	};
}
async function findFault(get, url, signal) {
	const page = await get(url, LOOK_MS$1, signal);
	if (page === null) return "was not answered.";
	if (page.status !== 200) return `was answered with ${page.status}.`;
	return readServerMetrics(page.text) === null ? `has no metrics of a server that is known (${SERVERS_WITH_METRICS.join(", ")}).` : null;
}
const LEAVE_MS = 1e3;
const LOOK_AGAIN_MS = 100;
const SHORTEST_PAUSE_MS = 1e3;
const READINGS_A_WINDOW = 8;
const PAUSE_PER_READING = 50;
async function beginReadings(metrics, ports) {
	const { clock, signal, stopping } = ports;
	const from = clock.now();
	const before = await metrics.read(signal);
	const readMs = clock.now() - from;
	if (before === null) return null;
	const loaded = [];
	let last = null;
	let watching = Promise.resolve();
	let reading = null;
	const watched = new AbortController();
	const ended = AbortSignal.any([watched.signal, stopping.signal]);
	return {
		watch(durationMs) {
			watching = readUntilEnd(Math.max(SHORTEST_PAUSE_MS, durationMs / READINGS_A_WINDOW, PAUSE_PER_READING * readMs));
		},
		readLast() {
			reading ??= readWithLoadOn();
		},
		async end() {
			await Promise.all([watching, reading]);
			const after = await readIdle(metrics, countRequestsIn(before), clock, signal);
			return after === null ? null : {
				before,
				loaded,
				last,
				after
			};
		}
	};
	async function readUntilEnd(pauseMs) {
		await clock.sleep(pauseMs / 2, ended);
		while (!ended.aborted) {
			const sample = await metrics.read(signal);
			if (sample !== null && !stopping.signal.aborted) loaded.push(sample);
			await clock.sleep(pauseMs, ended);
		}
	}
	async function readWithLoadOn() {
		watched.abort();
		await watching;
		if (!stopping.signal.aborted) {
			const sample = await metrics.read(signal);
			if (!stopping.signal.aborted) last = sample;
		}
		stopping.abort();
	}
}
async function readIdle(metrics, idle, clock, signal) {
	const from = clock.now();
	for (;;) {
		const sample = await metrics.read(signal);
		if (sample === null || countRequestsIn(sample) <= idle) return sample;
		if (signal.aborted || clock.now() - from >= LEAVE_MS) return sample;
		await clock.sleep(LOOK_AGAIN_MS, signal);
	}
}
function countRequestsIn({ running, waiting }) {
	return (running ?? 0) + (waiting ?? 0);
}
// src/run/control.ts
async function findControl(settings, candidate, ports) {
	const own = controlSettingsOf(settings);
	if (own === null || ports.signal.aborted) return {
		control: null,
		trouble: null
	};
	const log = (line) => ports.log(`control: ${line}`);
	try {
		const found = own.preflight ? await runPreflight(own, {
			...ports,
			log
		}) : assumePreflight(own, assumeTarget(own, ports), ports.nonce);
		const tasks = [found, candidate].map(({ target }) => target.dialect.task);
		if (tasks[0] !== tasks[1]) return refuse(`it serves ${tasks[0]}, and the endpoint ${tasks[1]}`);
		const { metrics, findings } = await findServerMetrics(own, found.target, ports.signal);
		return {
			control: {
				settings: own,
				found,
				serverMetrics: metrics,
				findings: [...found.findings, ...findings]
			},
			trouble: null
		};
	} catch (error) {
		if (!(error instanceof EndpointError)) throw error;
		return refuse(error.what);
	}
	function refuse(trouble) {
		log(`not measured, ${trouble}`);
		return {
			control: null,
			trouble
		};
	}
}
function findSideRateLimits({ rateLimit }, { expected, sides }) {
	const own = (total) => total / sides;
	const { seconds, requests, inputTokens, outputTokens } = expected;
	return findLowRateLimits(rateLimit, {
		seconds,
		requests: own(requests),
		inputTokens: own(inputTokens),
		outputTokens: own(outputTokens)
	});
}
function describeControl(candidate, { control, trouble }) {
	if (trouble !== null) return [describeMissing$1(trouble)];
	if (control === null) return [];
	const differences = listDifferences(candidate, control.found);
	return [...control.found.target.url.href === candidate.target.url.href && differences.length === 0 ? [SAME] : [], ...differences.length === 0 ? [] : [{
		code: "control-differs",
		message: `Endpoint and control differ: ${differences.join("; ")}.`
	}]];
}
function describeControlSweep({ control, apart }) {
	return [...control?.error == null ? [] : [describeMissing$1(control.error.what)], ...apart === null ? [] : [{
		code: "control-apart",
		message: `Endpoint and control took turns: ${apart}.`
	}]];
}
const SAME = {
	code: "control-same",
	message: "The control is the endpoint itself: whatever differs is noise."
};
function describeMissing$1(why) {
	return {
		code: "control-missing",
		message: `The control could not be measured: ${escapeForTerminal(why, 300)}.`
	};
}
function listDifferences(candidate, control) {
	return [
		["API", ({ target }) => target.api.name],
		["model", ({ servedModel, target }) => servedModel ?? target.dialect.model],
		["token counts from", ({ capabilities }) => capabilities["tokenSource"]],
		["answers", ({ capabilities }) => capabilities["buffered"] === true ? "in one piece" : "streamed"],
		["answers of the length asked for", ({ capabilities }) => capabilities["exactLength"] === true ? "yes" : "no"],
		["longest prompt", ({ shrunkTo }) => shrunkTo]
	].flatMap(([what, read]) => {
		const [one, other] = [read(candidate) ?? null, read(control) ?? null];
		if (one === other || one === null || other === null || one === "unknown" || other === "unknown") return [];
		const show = (value) => escapeForTerminal(String(value), 100);
		return [`${what} (${show(one)}, control ${show(other)})`];
	});
}
function controlSettingsOf(settings) {
	const { control, controlApiKey, controlModel, apiKey, model, serverMetrics, endpointLabel } = settings;
	if (control === null) return null;
	return {
		...settings,
		endpoint: control,
		apiKey: controlApiKey ?? apiKey,
		model: controlModel ?? model,
		endpointLabel: `${endpointLabel} (control)`,
		expectVersion: null,
		versionUrl: null,
		serverMetrics: serverMetrics instanceof URL ? "off" : serverMetrics,
		crossCheck: "none",
		limits: []
	};
}
// src/load/preflight/open-files.ts
const OTHER_FILES = 8;
const FILES_PER_THREAD = 5;
function findOpenFiles(files, connections, threads) {
	const needed = connections + OTHER_FILES + FILES_PER_THREAD * threads;
	if (files === null || files.open + needed <= files.limit) return [];
	const carriers = threads === 0 ? "" : ` in ${pluralise(threads, "thread")}`;
	return [{
		code: "open-files",
		message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; ${pluralise(connections, "connection")}${carriers} need ${needed} more.`
	}];
}
function countAffordable$1(files, threads) {
	return files === null ? null : Math.max(1, files.limit - files.open - OTHER_FILES - FILES_PER_THREAD * threads);
}
function readOpenFiles(folder = "/proc/self") {
	try {
		const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(`${folder}/limits`, "utf8"))?.[1];
		return limit === void 0 ? null : {
			limit: Number(limit),
			open: readdirSync(`${folder}/fd`).length
		};
	} catch {
		return null;
	}
}
// src/settings/values/durations.ts
function readDurations(mostMs) {
	const allowed = `must be a duration from 0 to ${mostMs / 1e3} s, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example 5s or lognormal(5s,2s)`;
	return (text) => {
		const drawn = readDistribution(text, {
			read: parseDuration,
			least: 1,
			most: mostMs,
			allowed,
			ends: {
				words: "two durations",
				isOne: () => true
			}
		});
		if (drawn !== null) return drawn;
		const ms = parseDuration(text);
		if (ms === null || ms > mostMs) throw new ValueError(allowed);
		return {
			kind: "fixed",
			ms
		};
	};
}
function renderDurations(durations) {
	if (durations.kind === "fixed") return durations.ms / 1e3;
	return renderDistribution(durations, (ms) => `${ms / 1e3}s`);
}
function meanDuration(durations) {
	return durations.kind === "fixed" ? durations.ms : meanOfDistribution(durations);
}
// src/settings/values/arrivals.ts
const MOST_CV = 10;
const ALLOWED = `must be poisson, constant or gamma(cv) with a cv above 0 and up to ${MOST_CV}, for example gamma(2)`;
const readArrivals = offerWords(["poisson", "constant"], (text) => {
	const word = text.trim();
	if (word === "poisson" || word === "constant") return { kind: word };
	const cv = parseDecimal(/^gamma\s*\(([^()]*)\)$/.exec(word)?.[1] ?? "");
	if (cv === null || cv <= 0 || cv > MOST_CV) throw new ValueError(ALLOWED);
	return {
		kind: "gamma",
		cv
	};
});
function renderArrivals(arrivals) {
	return arrivals.kind === "gamma" ? `gamma(${arrivals.cv})` : arrivals.kind;
}
// src/settings/lists/load-settings.ts
const group$7 = "Load";
const MOST_LOAD = {
	workers: 4096,
	leastRate: .01,
	rate: 1e5
};
const SPEEDS = {
	least: .001,
	most: 1e4
};
const LOAD_SETTINGS = {
	concurrency: setting({
		name: "concurrency",
		group: group$7,
		help: "Levels of the sweep: a list such as 1, 2, 4, 8; or auto: a search for the plateau and, with slo, for the capacity, at most nine levels. Runs with recorded ones to compare with have theirs",
		placeholder: "LIST",
		default: "auto",
		common: true,
		file: "list",
		read: allowWord("auto", readLevels$1)
	}),
	rate: setting({
		name: "rate",
		group: group$7,
		help: "Levels of an open loop instead, in requests a second, with turns in conversations that begin: a list such as 5, 10, 20; or auto: a search for what the server carries, with slo inside it. Each request is sent when it is due, and its times count from then",
		placeholder: "LIST",
		default: null,
		derived: "a closed loop, by `concurrency`",
		file: "list",
		read: allowWord("auto", readRates)
	}),
	traceSpeed: setting({
		name: "trace-speed",
		group: group$7,
		help: "Levels of a trace: how many times faster than they came its requests are sent, a list such as 0.5, 1, 2; or auto: a search for what the server carries, with slo inside it, in windows of 30 seconds",
		placeholder: "LIST",
		default: "1",
		file: "list",
		read: allowWord("auto", readSpeeds)
	}),
	arrivals: setting({
		name: "arrivals",
		group: group$7,
		help: "When the requests of a rate are due: poisson, as from many users; constant; or gamma(cv), with gaps of that coefficient of variation (above 1: in bursts)",
		placeholder: "WORD",
		default: "poisson",
		read: readArrivals
	}),
	maxInFlight: setting({
		name: "max-in-flight",
		group: group$7,
		help: "So many requests of a rate or a trace may be under way; those that come due then wait, their time runs, and the level says so",
		placeholder: "N",
		default: "1024",
		read: readCount({ max: MOST_LOAD.workers })
	}),
	maxConcurrency: setting({
		name: "max-concurrency",
		group: group$7,
		help: "Where the search of concurrency: auto ends at the latest; none: where the curve, the server, this machine or a budget says so",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount({ max: MOST_LOAD.workers }))
	}),
	passes: setting({
		name: "passes",
		group: group$7,
		help: "How often every level is measured, at least 2 for an interval; or auto: 3 to 10 times, until what passes differ by is small beside what runs differ by. Runs with another word here are not compared",
		placeholder: "N",
		default: "3",
		read: allowWord("auto", readCount({ max: 20 }))
	}),
	levelDurationMs: setting({
		name: "level-duration",
		group: group$7,
		help: "Length of the window of one level in one pass; or auto: 3 to 8 seconds, as the passes before show to be needed (8 with level-requests). Runs with another word here are not compared",
		placeholder: "8s",
		default: "auto",
		read: allowWord("auto", readDuration({
			minMs: 100,
			maxMs: 36e5
		}))
	}),
	levelRequests: setting({
		name: "level-requests",
		group: group$7,
		help: "Counted requests after which a level ends before its time",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount({ max: 1e7 }))
	}),
	runs: setting({
		name: "runs",
		group: group$7,
		help: "Complete runs in one go: together they are one, sharper point of the history",
		placeholder: "N",
		default: "1",
		read: readCount({ max: 20 })
	}),
	pauseMs: setting({
		name: "pause",
		group: group$7,
		help: "Pause between runs, and before a suspected change is looked at again",
		placeholder: "30s",
		default: "30s",
		read: readDuration({ maxMs: 36e5 })
	}),
	warmupRequests: setting({
		name: "warmup-requests",
		group: group$7,
		help: "Uncounted requests of each worker before the window of each level",
		placeholder: "N",
		default: "1",
		read: readCount({
			min: 0,
			max: 1e3
		})
	}),
	clientThreads: setting({
		name: "client-threads",
		group: group$7,
		help: "Threads of this client that carry the load: a number, at most one a core; or auto: one a core from the third on, and more where they cannot keep up",
		placeholder: "N",
		default: "auto",
		read: allowWord("auto", readCount({ max: 1024 }))
	}),
	maxDurationMs: setting({
		name: "max-duration",
		group: group$7,
		help: "Budget of time for one run; a plan that does not fit is cut and says so",
		placeholder: "15m",
		default: "15m",
		read: allowNone(readDuration({
			minMs: 1e3,
			maxMs: 864e5
		}))
	}),
	maxRequests: setting({
		name: "max-requests",
		group: group$7,
		help: "Budget of requests for one run, preflight not counted",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount())
	}),
	maxOutputTokens: setting({
		name: "max-output-tokens",
		group: group$7,
		help: "Budget of output tokens for one run",
		placeholder: "N",
		default: "2M",
		read: allowNone(readCount({ max: 0xe8d4a51000 }))
	})
};
function readRates(text) {
	const rates = splitWords(text).map((entry) => parseDecimal(entry.replace(/\/s$/, "")));
	if (rates.length === 0 || !rates.every((rate) => rate !== null && rate >= MOST_LOAD.leastRate && rate <= MOST_LOAD.rate)) throw new ValueError(`must be auto or requests a second, each from ${MOST_LOAD.leastRate} to ${MOST_LOAD.rate}, for example 5, 10, 20`);
	return sortOnce(rates);
}
function readSpeeds(text) {
	const speeds = splitWords(text).map((entry) => parseDecimal(entry.replace(/x$/, "")));
	if (speeds.length === 0 || !speeds.every((speed) => speed !== null && speed >= SPEEDS.least && speed <= SPEEDS.most)) throw new ValueError(`must be auto or speeds, each from ${SPEEDS.least} to ${SPEEDS.most}, for example 0.5, 1, 2`);
	return sortOnce(speeds);
}
function readLevels$1(text) {
	const entries = splitWords(text);
	const levels = entries.map(Number);
	if (levels.length === 0 || !entries.every((entry) => /^\d+$/.test(entry)) || !levels.every(isLevel)) throw new ValueError(`must be auto or whole numbers from 1 to ${MOST_LOAD.workers}, for example 1, 2, 4, 8`);
	return sortOnce(levels);
}
function splitWords(text) {
	return text.split(/[\s,]+/).filter((entry) => entry !== "");
}
function sortOnce(levels) {
	if (new Set(levels).size < levels.length) throw new ValueError("must name each level once");
	return levels.toSorted((a, b) => a - b);
}
function isLevel(value) {
	return Number.isInteger(value) && value >= 1 && value <= MOST_LOAD.workers;
}
// src/plan/ladder.ts
function chooseNextLevel(ladder, done) {
	const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency));
	for (let pass = 1; pass <= ladder.passes; pass++) {
		const open = orderPass(ladder, pass).find((concurrency) => concurrency <= broken && !done.some((level) => level.pass === pass && level.concurrency === concurrency));
		if (open !== void 0) return {
			concurrency: open,
			pass
		};
	}
	return null;
}
function fixLadder(ladder, done, { room = Infinity, once = [] } = {}) {
	const fit = (passes) => Math.max(1, Math.min(passes, room));
	return {
		...ladder,
		passes: fit(ladder.passes),
		...ladder.leastPasses !== void 0 && { leastPasses: fit(ladder.leastPasses) },
		search: null,
		once,
		levels: sortAscending([...done.map(({ concurrency }) => concurrency), ...ladder.named])
	};
}
function orderPass(ladder, pass) {
	const { seed, passes, leastPasses = passes } = ladder;
	const levels = listPassLevels(ladder, ladder.levels, pass);
	const order = shuffle(levels, seedRandom(`${seed}/pass/${pass}`));
	const lowest = levels.slice(0, 1);
	const higher = order.filter((concurrency) => concurrency !== levels[0]);
	if (pass === 1) return [...lowest, ...higher];
	return pass < leastPasses ? order : [...higher, ...lowest];
}
function listPassLevels({ once = [] }, levels, pass) {
	return pass === 1 ? levels : levels.filter((concurrency) => !once.includes(concurrency));
}
function listLadderLevels(ladder, measured) {
	if (ladder.search == null || measured.length === 0) return ladder.levels;
	return sortAscending(measured.map(({ concurrency }) => concurrency));
}
function listLevelRunsLeft(ladder, done) {
	const isMost = ladder.search != null && !done.some(({ pass }) => pass > 1);
	if (isMost) {
		const most = ladder.passes * (9 + new Set(ladder.named).size);
		return {
			left: Array(Math.max(0, most - done.length)).fill(ladder.levels.at(-1)),
			isMost
		};
	}
	const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency));
	const levels = listLadderLevels(ladder, done);
	return {
		left: Array.from({ length: ladder.passes }, (_, i) => {
			const measured = new Set(done.filter(({ pass }) => pass === i + 1).map(({ concurrency }) => concurrency));
			return listPassLevels(ladder, levels, i + 1).filter((concurrency) => concurrency <= broken && !measured.has(concurrency));
		}).flat(),
		isMost
	};
}
function sortAscending(levels) {
	return [...new Set(levels)].sort((a, b) => a - b);
}
// src/plan/passes.ts
function chooseOnce(levels, { passes, mostSeconds, atCapacity }) {
	if (passes === 1) return [];
	const lowest = Math.min(...levels.map(({ level }) => level));
	const isFixed = ({ level }) => level === lowest || atCapacity.includes(level);
	const fixed = levels.filter(isFixed);
	const sumSeconds = (of) => of.reduce((sum, { seconds }) => sum + seconds, 0);
	let left = mostSeconds - sumSeconds(levels) - (passes - 1) * sumSeconds(fixed);
	const once = [];
	for (const { level, seconds } of levels.filter((each) => !isFixed(each)).sort((a, b) => a.seconds - b.seconds)) {
		left -= (passes - 1) * seconds;
		if (left < 0) once.push(level);
	}
	return once.sort((a, b) => a - b);
}
function countNeededShare(levels, once, passes) {
	const further = levels.filter(({ level }) => !once.includes(level));
	return sumShares(levels) + (passes - 1) * sumShares(further);
}
function countAffordable(levels, once) {
	const further = sumShares(levels.filter(({ level }) => !once.includes(level)));
	return 1 + Math.floor((1 - sumShares(levels)) / further);
}
function sumShares(levels) {
	return levels.reduce((sum, { used }) => sum + used, 0);
}
// src/plan/open-load.ts
const SHORTEST_WINDOW_MS = 1e3;
function chooseOpenLoad({ open = null, lone, ladder, conversation }, { mostMs, minRequests }) {
	if (open === null) return null;
	const { maxInFlight } = open;
	if ("atMs" in open) return (speed) => {
		const dueMs = listReplayed(open.atMs, speed, {
			mostMs,
			least: minRequests(speed)
		});
		const perMs = dueMs.length / Math.max(SHORTEST_WINDOW_MS, dueMs.at(-1));
		const usuallyInFlight = Math.min(dueMs.length, Math.max(1, Math.ceil(perMs * lone.latencyMs)));
		return {
			dueMs,
			maxInFlight,
			usuallyInFlight
		};
	};
	const { arrivals } = open;
	return (ratePerSecond, pass) => {
		const countUnderWay = (ms) => Math.max(1, Math.ceil(ratePerSecond * ms / 1e3));
		const usuallyInFlight = countUnderWay((conversation?.turns ?? 1) * lone.latencyMs);
		const seed = `${ladder.seed}/${ratePerSecond}/s/${pass}`;
		const load = {
			ratePerSecond,
			arrivals,
			seed,
			maxInFlight,
			usuallyInFlight
		};
		return conversation === void 0 ? load : {
			...load,
			conversationsUnderWay: countUnderWay(conversation.spanMs)
		};
	};
}
const LONGEST_STRETCH = 4;
function listReplayed(atMs, speed, { mostMs, least }) {
	const due = atMs.map((ms) => ms / speed);
	const countBefore = (end) => due.filter((ms) => ms < end).length;
	return due.slice(0, Math.max(countBefore(mostMs), Math.min(least, countBefore(LONGEST_STRETCH * mostMs))));
}
// src/plan/plan.ts
const LEAST_REQUESTS = 3;
const USUAL_PASSES = 3;
const FIRST_REQUESTS = 3;
function planSweep(given) {
	const options = shortenWindows(given);
	const { passes: most, leastPasses: passes = most } = options.ladder;
	const asked = planWith(options, passes, options.levelDurationMs, []);
	const broken = findBrokenBudgets(asked, options);
	if (broken.length === 0) return passes === most ? asked : allowMorePasses(asked, options);
	const why = broken.map(describeBroken).join("; ");
	for (let fewer = passes - 1; fewer >= 1; fewer--) {
		const plan = planWith(options, fewer, options.levelDurationMs, [describeFewerPasses(fewer, passes, why)]);
		if (findBrokenBudgets(plan, options).length === 0) return plan;
	}
	const cut = passes > 1 ? [describeFewerPasses(1, passes, why)] : [];
	const shortest = Math.min(options.levelDurationMs, Math.max(SHORTEST_WINDOW_MS, options.lone.latencyMs));
	let window = options.levelDurationMs;
	for (;;) {
		window = Math.max(shortest, window * .8);
		const shorter = `windows of ${formatSeconds(window)} instead of ${formatSeconds(options.levelDurationMs)}: ${why}`;
		const plan = planWith(options, 1, window, window < options.levelDurationMs ? [...cut, shorter] : cut);
		const left = findBrokenBudgets(plan, options);
		if (left.length === 0) return plan;
		if (window <= shortest) return {
			...plan,
			cut: [...plan.cut, `the run will end early: ${left.map(describeBroken).join("; ")}`]
		};
	}
}
function shortenWindows(options) {
	const { leastDurationMs, levelDurationMs, ladder } = options;
	if (leastDurationMs === void 0) return options;
	const passes = ladder.leastPasses ?? ladder.passes;
	let longest = levelDurationMs;
	const fits = () => findBrokenBudgets(planWith({
		...options,
		leastDurationMs: longest
	}, passes, longest, []), options).length === 0;
	while (longest > leastDurationMs && !fits()) longest = Math.max(leastDurationMs, longest * .8);
	return {
		...options,
		levelDurationMs: longest
	};
}
function allowMorePasses(plan, options) {
	const leastPasses = plan.ladder.passes;
	let passes = options.ladder.passes;
	const fits = () => findBrokenBudgets(planWith(options, passes, options.levelDurationMs, []), options).length === 0;
	while (passes > leastPasses && !fits()) passes--;
	return {
		...plan,
		ladder: {
			...plan.ladder,
			passes,
			leastPasses
		}
	};
}
function planWith(options, passes, mostMs, cut) {
	const { leastPasses: _, ...rest } = options.ladder;
	const ladder = {
		...rest,
		passes
	};
	const minRequests = (concurrency) => Math.max(LEAST_REQUESTS, Math.ceil(options.minSamples(concurrency) / passes));
	const windows = fitWindows(options, mostMs);
	const { lone, levelRequests, warmupRequests, soak, control = null } = options;
	const { turns: meanTurns, spanMs } = options.conversation ?? {
		turns: 1,
		spanMs: lone.latencyMs
	};
	const thinkMs = Math.max(0, spanMs / meanTurns - lone.latencyMs);
	const openLoad = chooseOpenLoad(options, {
		mostMs,
		minRequests
	});
	const latencyAt = new Map(options.known?.map(({ level, latencyMs }) => [level, latencyMs ?? void 0]));
	const estimateLevel = (concurrency, requestMs) => {
		const least = minRequests(concurrency);
		const load = {
			levelDurationMs: windows.firstMs,
			minRequests: least,
			levelRequests,
			warmupRequests,
			thinkMs,
			turns: meanTurns,
			spanMs
		};
		return openLoad === null ? estimateLevelCost(lone, concurrency, load, requestMs) : estimateOpenCost(lone, openLoad(concurrency, 1), load);
	};
	const costOf = (concurrency) => estimateLevel(concurrency, latencyAt.get(concurrency));
	const sides = control === null ? 1 : 2;
	const turns = control === "turns" ? 2 : 1;
	const { levels } = ladder;
	const mostSeconds = turns * boundSeconds(options, (level) => estimateLevel(level).seconds);
	const isEnoughOnce = (level) => options.minSamples(level) === 1;
	const isKnown = ladder.search == null;
	const once = options.known?.flatMap(({ level, once }) => once === true && isEnoughOnce(level) ? level : []) ?? [];
	const hasLevel1 = openLoad === null && levels.includes(1);
	const sentinel = options.sentinel === "level 1" && !hasLevel1 ? "apart" : options.sentinel;
	const beside = estimateBeside({
		...options,
		sentinel
	}, levels, passes);
	const budgeted = [
		...levels.flatMap((level) => Array(once.includes(level) ? 1 : passes).fill(costOf(level))),
		beside.middle,
		beside.end
	];
	const expect = ({ seconds, requests }) => ({
		seconds: Math.round(turns * seconds),
		requests: sides * Math.round(requests),
		inputTokens: Math.round(sides * requests * lone.inputTokens),
		outputTokens: Math.round(sides * requests * lone.outputTokens)
	});
	return {
		ladder: {
			...ladder,
			...once.length > 0 && { once },
			...!isKnown && { search: {
				...ladder.search,
				mostSeconds
			} }
		},
		windows,
		minRequests,
		levelRequests,
		warmupRequests,
		...openLoad !== null && { openLoad },
		sentinel,
		soak,
		soakShare: chooseSoakShare(lone),
		sides,
		expected: expect(addCosts([
			beside.before,
			...budgeted,
			beside.after
		])),
		budgeted: expect(addCosts(budgeted)),
		chooseOnce: (times, atCapacity) => chooseOnce(times, {
			passes,
			mostSeconds,
			atCapacity
		}).filter(isEnoughOnce),
		secondsOf: (concurrency) => costOf(concurrency).seconds,
		singles: {
			middleSeconds: turns * beside.middle.seconds,
			endSeconds: turns * beside.end.seconds + beside.after.seconds
		},
		cut
	};
}
function boundSeconds({ usual, ladder }, secondsOf) {
	if (usual == null) return Infinity;
	return Math.max(USUAL_PASSES, ladder.leastPasses ?? ladder.passes) * usual.reduce((sum, level) => sum + secondsOf(level), 0);
}
function fitWindows({ leastDurationMs = Infinity, lone }, mostMs) {
	const leastMs = Math.min(leastDurationMs, mostMs);
	return {
		firstMs: Math.min(mostMs, Math.max(leastMs, FIRST_REQUESTS * lone.latencyMs)),
		leastMs,
		mostMs
	};
}
function estimateBeside(options, levels, passes) {
	const { lone, sentinel, soak, control, crossCheck = false, preflightAhead = false } = options;
	const highest = options.open == null ? Math.max(...levels) : SOAK.concurrency;
	const singles = [estimateSingles(lone, 3)];
	const apart = sentinel === "apart" ? singles : [];
	const checked = [.../* @__PURE__ */ new Set([levels[0], levels.at(-2) ?? levels[0]])];
	return {
		before: addCosts([
			...preflightAhead ? [estimatePreflight(lone)] : [],
			...soak ? [estimateSoak(lone, highest)] : [],
			...control === "together" ? [estimateProbes(lone, options.open == null ? chooseProbedLevel(options) : PROBE_CONCURRENCY)] : [],
			...apart
		]),
		middle: addCosts(passes > 1 ? apart : []),
		end: addCosts(sentinel === "level 1" && passes === 1 ? singles : apart),
		after: addCosts(crossCheck ? [estimateCrossCheck(lone, checked)] : [])
	};
}
const PROBE_CONCURRENCY = 16;
function chooseProbedLevel({ ladder, openLoad }) {
	if (openLoad !== void 0) return PROBE_CONCURRENCY;
	return Math.min(PROBE_CONCURRENCY, Math.max(...ladder.levels));
}
function findBrokenBudgets({ budgeted }, limits) {
	const { seconds, requests, outputTokens } = budgeted;
	const writeSeconds = (value) => `${Math.ceil(10 * value) / 10}s`;
	const writeCount = (value) => `${Math.ceil(value)}`;
	const listBroken = (setting, given, needed, write = writeCount) => given === null || needed <= given ? [] : [{
		setting,
		given: write(given),
		needed: write(needed)
	}];
	return [
		...listBroken("max-duration", toSeconds(limits.maxDurationMs), seconds, writeSeconds),
		...listBroken("max-requests", limits.maxRequests, requests),
		...listBroken("max-output-tokens", limits.maxOutputTokens, outputTokens)
	];
}
function toSeconds(ms) {
	return ms === null ? null : ms / 1e3;
}
function describeBroken({ setting, given, needed }) {
	return `${setting} ${given} would not hold, ${needed} would`;
}
function describeFewerPasses(passes, asked, why) {
	return `${pluralise(passes, "pass", "passes")} instead of ${asked}: ${why}`;
}
// src/plan/run-plan.ts
function planLevels(settings, from, recalled = null) {
	const { lone, control = null, preflightAhead = false } = from;
	const named = settings.limits.flatMap(({ concurrency }) => concurrency ?? []);
	const most = settings.maxConcurrency ?? Infinity;
	const known = recalled?.flatMap(({ level }) => level <= most ? level : []) ?? [];
	const asked = settings.trace === null ? settings.rate ?? settings.concurrency : settings.traceSpeed;
	const search = asked === "auto" && known.length === 0 ? boundSearch(settings, from) : null;
	const levels = asked !== "auto" ? asked : sortAscending([...search === null ? known : expectLevels(search), ...named]);
	return planSweep({
		...loadOf(settings, lone),
		ladder: {
			levels,
			search,
			named,
			...settings.passes === "auto" ? AUTO_PASSES : { passes: settings.passes },
			seed: settings.seed
		},
		minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
		...recalled !== null && { known: recalled },
		usual: settings.trace === null && settings.rate === null && asked === "auto" ? USUAL_LEVELS : null,
		lone: growLone(settings, lone),
		sentinel: settings.preflight ? chooseSentinel(settings) : null,
		soak: settings.soak === "auto" && settings.preflight,
		control,
		crossCheck: settings.crossCheck !== "none",
		preflightAhead
	});
}
function boundSearch(settings, { lone, atOnce = null, connections = null }) {
	const { rate, trace, maxConcurrency } = settings;
	const { turns = 1 } = meanConversationOf(settings, lone) ?? {};
	const known = {
		mostTokensPerSecond: null,
		mostSeconds: null
	};
	const firstRate = 500 / Math.max(1, turns * lone.latencyMs);
	if (trace !== null) {
		const meanRate = 1e3 * trace.atMs.length / Math.max(1, trace.atMs.at(-1));
		const most = Math.min(SPEEDS.most, MOST_LOAD.rate / meanRate);
		return {
			...known,
			load: "speed",
			...boundFirst(firstRate / meanRate, SPEEDS.least, most),
			mostBy: "process"
		};
	}
	if (rate !== null) return {
		...known,
		load: "rate",
		...boundFirst(firstRate, MOST_LOAD.leastRate, MOST_LOAD.rate),
		mostBy: "process"
	};
	const [mostBy, most] = [
		["process", MOST_LOAD.workers],
		["files", connections ?? Infinity],
		["stated", atOnce === null ? Infinity : (atOnce.beyond === "queue" ? 2 : 1) * atOnce.requests],
		["max-concurrency", maxConcurrency ?? Infinity]
	].reduce((least, bound) => bound[1] <= least[1] ? bound : least);
	return {
		...known,
		load: "concurrency",
		first: 1,
		least: 1,
		most: Math.max(1, most),
		mostBy
	};
}
function boundFirst(first, least, most) {
	return {
		first: Math.min(most, Math.max(least, Number(first.toPrecision(1)))),
		least,
		most
	};
}
function expectLevels({ first, most }) {
	return sortAscending(USUAL_LEVELS.map((factor) => Math.min(most, factor * first)));
}
const USUAL_LEVELS = [
	1,
	2,
	4,
	8,
	16,
	32
];
function planSecondLook(settings, { lone, control = null }, levels) {
	return planSweep({
		...loadOf(settings, lone),
		ladder: {
			levels: sortAscending(levels.map(({ level }) => level)),
			named: [],
			passes: settings.confirm,
			seed: `${settings.seed}/confirm`
		},
		minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
		known: levels,
		lone: growLone(settings, lone),
		sentinel: null,
		soak: false,
		control,
		crossCheck: false,
		preflightAhead: false
	});
}
function chooseSentinel({ prompts, inputTokens, turns, mix }) {
	return prompts === null && turns === null && mix === null && (inputTokens === "auto" || inputTokens.kind === "fixed") ? "level 1" : "apart";
}
const AUTO_PASSES = {
	leastPasses: 3,
	passes: 10
};
function countRequiredSamples({ limits, throughputWithin }, concurrency) {
	const percentiles = [...limits.filter((limit) => limit.concurrency === null || limit.concurrency === concurrency), ...throughputWithin ?? []].map(({ metric }) => metricOf(metric).percentile);
	return Math.max(1, ...percentiles.map((percentile) => percentile === null ? 1 : MINIMUM_SAMPLES[percentile]));
}
const AUTO_WINDOWS = {
	leastDurationMs: 3e3,
	levelDurationMs: 8e3
};
const SEARCHED_TRACE_MS = 3e4;
function listKinds(settings) {
	return (settings.mix ?? [{
		...settings,
		percent: 100
	}]).map(({ percent, turns, prompts, thinkTime, systemPromptTokens }) => ({
		percent,
		systemTokens: turns === null ? 0 : systemPromptTokens,
		turns: turns === null ? 1 : countMeanTurns(turns, prompts),
		thinkMs: meanDuration(thinkTime)
	}));
}
function holdsConversations({ turns, mix }) {
	return turns !== null || (mix?.some((scenario) => scenario.turns !== null) ?? false);
}
function growLone(settings, lone) {
	if (!holdsConversations(settings)) return lone;
	let requests = 0;
	let inputTokens = 0;
	for (const { percent, systemTokens, turns } of listKinds(settings)) {
		const before = (turns - 1) / 2;
		requests += percent * turns;
		inputTokens += percent * turns * (systemTokens + lone.inputTokens + before * (lone.inputTokens + lone.outputTokens));
	}
	return {
		...lone,
		inputTokens: inputTokens / requests
	};
}
function meanConversationOf(settings, { latencyMs }) {
	if (!holdsConversations(settings)) return null;
	const mean = {
		turns: 0,
		spanMs: 0
	};
	for (const { percent, turns, thinkMs } of listKinds(settings)) {
		mean.turns += percent / 100 * turns;
		mean.spanMs += percent / 100 * (turns * latencyMs + (turns - 1) * thinkMs);
	}
	return mean;
}
function countAsking(settings, lone, workers) {
	const conversation = meanConversationOf(settings, lone);
	if (conversation === null) return workers;
	return workers * conversation.turns * lone.latencyMs / conversation.spanMs;
}
function loadOf(settings, lone) {
	const { levelDurationMs, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens } = settings;
	const { rate, trace, traceSpeed, arrivals, maxInFlight } = settings;
	const budgets = {
		levelRequests,
		warmupRequests,
		maxDurationMs,
		maxRequests,
		maxOutputTokens
	};
	if (trace !== null) {
		const wholeMs = traceSpeed === "auto" ? Infinity : Math.floor(trace.atMs.at(-1) / traceSpeed[0]) + 1;
		const mostMs = levelDurationMs !== "auto" ? levelDurationMs : traceSpeed === "auto" ? SEARCHED_TRACE_MS : wholeMs;
		return {
			...budgets,
			levelDurationMs: Math.min(mostMs, wholeMs),
			open: {
				atMs: trace.atMs,
				maxInFlight
			}
		};
	}
	const conversation = meanConversationOf(settings, lone);
	const { spanMs = 0 } = conversation ?? {};
	const mostMs = Math.max(AUTO_WINDOWS.levelDurationMs, 2 * spanMs);
	const leastDurationMs = Math.max(AUTO_WINDOWS.leastDurationMs, spanMs);
	const windows = levelDurationMs === "auto" ? levelRequests === null ? {
		leastDurationMs,
		levelDurationMs: mostMs
	} : { levelDurationMs: mostMs } : { levelDurationMs };
	const open = rate === null ? null : {
		arrivals,
		maxInFlight
	};
	return {
		...windows,
		...conversation !== null && { conversation },
		...budgets,
		open
	};
}
// src/plan/threads.ts
const CORES_FOR_OTHERS = 2;
const LEAST_SHARE = 32;
function planThreads(asked, cores) {
	if (asked === "auto") {
		const threads = Math.max(1, cores - CORES_FOR_OTHERS);
		const why = threads === 1 ? `of ${pluralise(cores, "core")}` : `one a core from the third on, of ${cores}`;
		return {
			threads,
			most: Math.max(1, cores),
			leastShare: LEAST_SHARE,
			why
		};
	}
	if (asked > cores) {
		const message = `this machine has ${pluralise(cores, "core")}, and threads that share one measure each other; give at most ${cores}, or auto`;
		throw new SettingsError([{
			setting: "client-threads",
			given: String(asked),
			message
		}]);
	}
	return {
		threads: asked,
		most: asked,
		leastShare: 1,
		why: "as asked for"
	};
}
function planMoreThreads(plan, concurrency, sidesAtOnce) {
	const threads = Math.min(plan.most, plan.threads * 2);
	if (threads === plan.threads) return null;
	const more = {
		...plan,
		threads,
		leastShare: 1,
		why: "because fewer could not keep up"
	};
	return countThreads(more, concurrency, sidesAtOnce) > countThreads(plan, concurrency, sidesAtOnce) ? more : planMoreThreads(more, concurrency, sidesAtOnce);
}
function countThreads(plan, concurrency, sidesAtOnce) {
	const isShared = sidesAtOnce === 2 && plan.most > 1;
	const threads = Math.floor(plan.threads / sidesAtOnce);
	const count = Math.max(1, Math.min(threads, Math.floor(concurrency / plan.leastShare)));
	return count === 1 && !isShared ? 0 : count;
}
var LevelThreads = class {
	#planned;
	#countAtOnce;
	#more = null;
	constructor(planned, countAtOnce) {
		this.#planned = planned;
		this.#countAtOnce = countAtOnce;
	}
	count(concurrency) {
		const threads = this.#planAt(concurrency);
		return threads === null ? 0 : countThreads(threads, concurrency, this.#countAtOnce());
	}
	findMore(concurrency) {
		const threads = this.#planAt(concurrency);
		return threads === null ? null : planMoreThreads(threads, concurrency, this.#countAtOnce());
	}
	add(concurrency) {
		const more = this.#more;
		const threads = more !== null && concurrency < more.from ? more.threads : this.findMore(concurrency);
		this.#more = {
			from: Math.min(concurrency, more?.from ?? Infinity),
			threads
		};
		return threads.threads;
	}
	#planAt(concurrency) {
		return this.#more !== null && concurrency >= this.#more.from ? this.#more.threads : this.#planned;
	}
};
function describeThreads({ threads, most, why }) {
	const more = most > threads ? `, up to ${most} where ${threads === 1 ? "it" : "they"} cannot keep up` : "";
	return `${pluralise(threads, "client thread")} (${why})${more}`;
}
// src/metrics/level/level-run.ts
function* selectCountedRecords(runs) {
	for (const run of runs) for (const record of run.records) {
		if (findClientFailure(record.failure) !== null) continue;
		if (run.window === null || record.phase === "counted") yield record;
	}
}
const MOST_OF_ANSWER = .5;
function splitBuffered(runs) {
	let ok = 0;
	let byOthers = 0;
	let byClient = 0;
	for (const { outcome, buffered, stallMs, lastTokenMs } of selectCountedRecords(runs)) {
		if (outcome !== "ok") continue;
		ok++;
		if (!buffered) continue;
		if (isReadLate({
			stallMs,
			lastTokenMs
		})) byClient++;
		else byOthers++;
	}
	return ok === 0 ? {
		byOthers: 0,
		byClient: 0
	} : {
		byOthers: byOthers / ok,
		byClient: byClient / ok
	};
}
function isReadLate({ stallMs, lastTokenMs }) {
	return stallMs > 0 && stallMs >= MOST_OF_ANSWER * (lastTokenMs ?? 0);
}
function computeHeldBackShares(runs) {
	const held = {
		time: 0,
		size: 0
	};
	let ok = 0;
	for (const record of selectCountedRecords(runs)) {
		const { outcome, buffered, heldBack } = record;
		if (outcome !== "ok") continue;
		ok++;
		if (heldBack === null || buffered || isReadLate(record)) continue;
		held[heldBack === "time" ? "time" : "size"]++;
	}
	return ok === 0 ? held : {
		time: held.time / ok,
		size: held.size / ok
	};
}
function hasTokenTimes(runs) {
	const { time, size } = computeHeldBackShares(runs);
	return splitBuffered(runs).byOthers + time + size <= BUFFERED_SHARE;
}
const BUFFERED_SHARE = .25;
function hidesAnswerStart(runs) {
	let ok = 0;
	let tagged = 0;
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		ok++;
		if (record.tagsReasoning) tagged++;
	}
	return ok > 0 && tagged / ok > .01;
}
function hidesTokenPace(runs) {
	let hidden = false;
	for (const { outcome, buffered, tokenEvents, tpotMs } of selectCountedRecords(runs)) {
		if (tpotMs !== null) return false;
		hidden ||= outcome === "ok" && !buffered && tokenEvents > 1;
	}
	return hidden;
}
function averageOverWindows(runs, value) {
	let sum = 0;
	let seconds = 0;
	for (const run of runs) {
		if (run.window === null) continue;
		const length = run.window.endMs - run.window.startMs;
		sum += value(run) * length;
		seconds += length;
	}
	return seconds === 0 ? 0 : sum / seconds;
}
function countNeededRequests({ concurrency, open }) {
	return Math.max(3, open === void 0 ? concurrency : 0);
}
function selectUsablePasses(runs) {
	const usable = runs.filter((run) => {
		if (run.stopped === "cancelled") return false;
		if (run.stopped !== "budget") return true;
		return run.window !== null && countOf(run) >= countNeededRequests(run);
	});
	return usable.length > 0 ? usable : runs;
}
function countOf(run) {
	let counted = 0;
	for (const record of run.records) if (record.phase === "counted") counted++;
	return counted;
}
function flowOf(runs, isWanted) {
	let seconds = 0;
	let outputTokens = 0;
	let inputTokens = 0;
	let requests = 0;
	let ended = 0;
	let withInput = 0;
	for (const run of runs) {
		if (run.window === null) continue;
		seconds += (run.window.endMs - run.window.startMs) / 1e3;
		if (isWanted === void 0) outputTokens += run.cancelledWindowTokens;
		for (const record of run.records) {
			if (isWanted?.(record) === false) continue;
			const share = computeShareInside(record, run.window);
			outputTokens += cameInOnePiece(record) ? share * record.outputTokens : record.windowTokens;
			ended += share;
			if (record.outcome !== "ok") continue;
			requests += share;
			if (record.inputTokens === null) continue;
			withInput += share;
			inputTokens += share * record.inputTokens;
		}
	}
	return {
		seconds,
		outputTokens,
		inputTokens: withInput === 0 ? null : inputTokens * requests / withInput,
		requests,
		ended
	};
}
function computeShareInside({ startMs, endMs }, window) {
	const end = startMs + endMs;
	if (endMs === 0) return startMs >= window.startMs && startMs < window.endMs ? 1 : 0;
	return Math.max(0, Math.min(end, window.endMs) - Math.max(startMs, window.startMs)) / endMs;
}
function cameInOnePiece(record) {
	return record.outcome === "ok" && (record.buffered || record.tokenEvents <= 1);
}
function findSlowest(runs) {
	const latencies = new Float64Array(runs.reduce((sum, run) => sum + run.records.length, 0));
	let slow = [];
	let n = 0;
	for (const record of selectCountedRecords(runs)) {
		const { outcome, lastTokenMs } = record;
		if (outcome !== "ok" || lastTokenMs === null) continue;
		latencies[n++] = lastTokenMs;
		if (slow.length === 10 && lastTokenMs <= slow[0].lastTokenMs) continue;
		slow = [...slow, record].sort((a, b) => a.lastTokenMs - b.lastTokenMs).slice(-10);
	}
	const median = latencies.subarray(0, n).sort()[Math.floor(n / 2)] ?? 0;
	if (median <= 0) return [];
	return slow.reverse().map((record) => ({
		...record.requestId !== null && { id: record.requestId },
		...record.serverRequestId !== null && { serverId: record.serverRequestId },
		level: record.level,
		pass: record.pass,
		startSeconds: record.startMs / 1e3,
		timesMedian: record.lastTokenMs / median,
		ttftMs: record.ttftMs,
		tpotMs: record.tpotMs,
		latencyMs: record.lastTokenMs,
		inputTokens: record.inputTokens,
		outputTokens: record.outputTokens
	}));
}
function pickSlowest(levels) {
	return levels.flatMap(({ slowest }) => slowest).sort((a, b) => b.timesMedian - a.timesMedian || b.latencyMs - a.latencyMs).slice(0, 10);
}
// src/metrics/level/level-metrics.ts
const TIME_METRICS = [...TIME_FIELDS, "connectMs"];
// src/metrics/level/objectives.ts
const TIMES = {
	ttft: ({ ttftMs }) => ttftMs ?? Infinity,
	ttfo: ({ ttfoMs }) => ttfoMs ?? Infinity,
	tpot: ({ tpotMs }) => tpotMs ?? 0,
	latency: ({ lastTokenMs }) => lastTokenMs ?? Infinity
};
function strainOf(record, objectives) {
	if (record.outcome !== "ok") return Infinity;
	let most = 0;
	for (const { time, atMostMs } of objectives) most = Math.max(most, TIMES[time](record) / atMostMs);
	return most;
}
function needStream(objectives) {
	return objectives.some(({ time }) => time !== "latency");
}
function isUntold(time, runs) {
	return time === "ttfo" && hidesAnswerStart(runs) || time === "tpot" && hidesTokenPace(runs);
}
function attainedOf(runs, { objectives, share }, task) {
	const generates = generatesTokens(task);
	if (needStream(objectives) && !(generates && hasTokenTimes(runs))) return null;
	if (objectives.some(({ time }) => isUntold(time, runs))) return null;
	const strains = [];
	for (const record of selectCountedRecords(runs)) strains.push(strainOf(record, objectives));
	const inside = strains.filter((strain) => strain <= 1).length;
	const strain = findStrain(strains, share);
	const flow = flowOf(runs, (record) => strainOf(record, objectives) <= 1);
	return {
		inside,
		attainment: strains.length === 0 ? null : inside / strains.length,
		strain: Number.isFinite(strain) ? strain : null,
		requestsPerSecond: flow.seconds === 0 ? null : flow.requests / flow.seconds,
		outputTokensPerSecond: flow.seconds === 0 || !generates ? null : flow.outputTokens / flow.seconds
	};
}
function findStrain(strains, share) {
	if (strains.length === 0) return Infinity;
	const wanted = Math.max(1, Math.ceil(share * strains.length - 1e-9));
	return Float64Array.from(strains).sort()[wanted - 1];
}
// src/metrics/level/conversations.ts
const MOST_TURNS = 10;
function sumUpConversations(runs) {
	const turns = /* @__PURE__ */ new Map();
	for (const record of selectCountedRecords(runs)) {
		if (record.turn === null) continue;
		const turn = Math.min(record.turn, MOST_TURNS);
		const sums = turns.get(turn) ?? beginTurn();
		turns.set(turn, sums);
		addTurn(sums, record);
	}
	if (turns.size === 0) return null;
	const latest = Math.max(...runs.flatMap((run) => listLongest(run)));
	const whole = runs.flatMap((run) => followConversations(run)).filter(isWhole$1);
	return {
		turns: [...turns].sort(([a], [b]) => a - b).map(([turn, sums]) => describeTurn(turn, sums, latest)),
		whole: whole.length,
		latencyMs: findMedian(whole.map(({ latencyMs }) => latencyMs)),
		spanMs: findMedian(whole.map(({ startMs, endMs }) => endMs - startMs)),
		endedEarly: countCutShort(runs)
	};
}
function averageThinking(runs) {
	let thoughtMs = 0;
	let windowMs = 0;
	for (const run of runs) {
		if (run.window === null) continue;
		windowMs += run.window.endMs - run.window.startMs;
		for (const { phase, thinkMs } of run.records) if (phase === "counted") thoughtMs += thinkMs ?? 0;
	}
	return windowMs === 0 ? 0 : thoughtMs / windowMs;
}
function beginTurn() {
	return {
		ok: 0,
		failed: 0,
		inputTokens: 0,
		counted: 0,
		cached: 0,
		cacheable: 0,
		ttfts: [],
		latencies: []
	};
}
function addTurn(sums, record) {
	if (record.outcome !== "ok") {
		sums.failed++;
		return;
	}
	sums.ok++;
	const { inputTokens, cachedTokens, ttftMs, lastTokenMs, buffered } = record;
	if (inputTokens !== null) {
		sums.counted++;
		sums.inputTokens += inputTokens;
		if (cachedTokens !== null) {
			sums.cached += cachedTokens;
			sums.cacheable += inputTokens;
		}
	}
	if (ttftMs !== null && !buffered) sums.ttfts.push(ttftMs);
	if (lastTokenMs !== null) sums.latencies.push(lastTokenMs);
}
function describeTurn(turn, sums, latest) {
	const { ok, failed, counted, cacheable } = sums;
	return {
		turn,
		...turn === MOST_TURNS && latest > MOST_TURNS && { andLater: true },
		requests: {
			ok,
			failed
		},
		inputTokens: counted === 0 ? null : sums.inputTokens / counted,
		cachedShare: cacheable === 0 ? null : sums.cached / cacheable,
		ttftMs: findMedian(sums.ttfts, failed),
		latencyMs: findMedian(sums.latencies, failed)
	};
}
function listLongest({ records }) {
	let longest = 0;
	for (const { turns } of records) longest = Math.max(longest, turns ?? 0);
	return [longest];
}
function isWhole$1({ good, turns }) {
	return good === turns;
}
function followConversations({ records, open }) {
	const talks = /* @__PURE__ */ new Map();
	for (const { worker, conversation, turn, turns, phase, outcome, startMs, lastTokenMs } of records) {
		if (conversation === null || turn === null || turns === null) continue;
		const key = open === void 0 ? `${worker}/${conversation}` : `${conversation}`;
		const talk = talks.get(key) ?? {
			turns,
			good: 0,
			startMs,
			endMs: startMs,
			latencyMs: 0
		};
		talks.set(key, talk);
		if (phase !== "counted" || outcome !== "ok" || lastTokenMs === null) continue;
		talk.good++;
		talk.endMs = startMs + lastTokenMs;
		talk.latencyMs += lastTokenMs;
	}
	return [...talks.values()];
}
function countCutShort(runs) {
	let cut = 0;
	for (const { records } of runs) for (const { cutShort } of records) if (cutShort) cut++;
	return cut;
}
function findMedian(values, failed = 0) {
	return percentile(Float64Array.from(values).sort(), "p50", failed);
}
// src/stats/hypothesis-tests.ts
function testFisherGreater(a, b) {
	const hits = a.hits + b.hits;
	const total = a.n + b.n;
	const most = Math.min(hits, a.n);
	const fewest = Math.max(0, hits - b.n);
	if (a.hits <= fewest) return 1;
	if (fewest === most) return 1;
	const mode = Math.floor((hits + 1) * (a.n + 1) / (total + 2));
	if (a.hits <= mode) return 1 - tailSum(a.hits - 1, -1, fewest, {
		hits,
		n: a.n,
		total
	});
	return tailSum(a.hits, 1, most, {
		hits,
		n: a.n,
		total
	});
}
function tailSum(start, step, end, { hits, n, total }) {
	let term = hypergeometric(start, {
		hits,
		n,
		total
	});
	let sum = 0;
	for (let x = start; term > sum * 1e-18; x += step) {
		sum += term;
		if (x === end) break;
		term *= step === 1 ? growth(x, {
			hits,
			n,
			total
		}) : 1 / growth(x - 1, {
			hits,
			n,
			total
		});
	}
	return Math.min(1, sum);
}
function growth(x, { hits, n, total }) {
	return (hits - x) * (n - x) / ((x + 1) * (total - hits - n + x + 1));
}
function hypergeometric(x, { hits, n, total }) {
	const p = n / total;
	const ln = lnBinomial(x, hits, p) + lnBinomial(n - x, total - hits, p) - lnBinomial(n, total, p);
	return Math.exp(ln);
}
function lnBinomial(x, n, p) {
	const q = 1 - p;
	if (n === 0) return 0;
	if (x === 0) return n * Math.log1p(-p);
	if (x === n) return n * Math.log(p);
	return computeStirlingError(n) - computeStirlingError(x) - computeStirlingError(n - x) - deviance(x, n * p) - deviance(n - x, n * q) + .5 * Math.log(n / (2 * Math.PI * x * (n - x)));
}
function computeStirlingError(n) {
	if (n < SMALL_ERRORS.length) return SMALL_ERRORS[n];
	const square = n * n;
	return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n;
}
const SMALL_ERRORS = listSmallErrors(32);
function listSmallErrors(count) {
	const errors = Array.from({ length: count }, () => 0);
	const from = 64;
	const square = 4096;
	let error = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / from;
	for (let n = 63; n >= 1; n--) {
		error += (n + .5) * Math.log1p(1 / n) - 1;
		if (n < count) errors[n] = error;
	}
	return errors;
}
function deviance(x, m) {
	if (Math.abs(x - m) >= .1 * (x + m)) return x * Math.log(x / m) + m - x;
	const v = (x - m) / (x + m);
	let sum = (x - m) * v;
	let term = 2 * x * v;
	for (let j = 1; j < 1e3; j++) {
		term *= v * v;
		const next = sum + term / (2 * j + 1);
		if (next === sum) break;
		sum = next;
	}
	return sum;
}
function testBinomialGreater({ hits, n }, chance) {
	if (hits <= 0) return 1;
	const odds = chance / (1 - chance);
	const isTail = hits > Math.floor((n + 1) * chance);
	let log = n * Math.log1p(-chance);
	const start = isTail ? hits : hits - 1;
	for (let i = 0; i < start; i++) log += Math.log((n - i) / (i + 1) * odds);
	let term = Math.exp(log);
	let sum = 0;
	for (let i = start; i >= 0 && i <= n && term > sum * 1e-18; i += isTail ? 1 : -1) {
		sum += term;
		term *= isTail ? (n - i) / (i + 1) * odds : i / (n - i + 1) / odds;
	}
	return Math.min(1, isTail ? sum : 1 - sum);
}
// src/metrics/validity/evidence.ts
function gatherEvidence(runs, level, options) {
	return {
		runs,
		level,
		options,
		concurrency: runs[0].concurrency,
		answers: sumAnswers(runs)
	};
}
function sumAnswers(runs) {
	const sums = {
		n: 0,
		timed: 0,
		tailMs: 0,
		latencyMs: 0,
		fromChunks: 0,
		queueMs: 0,
		openMs: 0,
		lateMs: 0,
		unread: 0,
		unreadEvents: 0,
		tagged: 0,
		flawed: 0
	};
	let unreadMember = null;
	let firstFlawed = null;
	const sources = /* @__PURE__ */ new Set();
	const tokens = new Float64Array(runs.reduce((sum, run) => sum + run.records.length, 0));
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		tokens[sums.n++] = record.outputTokens;
		sums.queueMs += record.queueMs;
		sums.openMs += record.endMs;
		sums.lateMs += record.endStallMs;
		if (record.countDoubt !== null) {
			sums.flawed++;
			firstFlawed ??= record;
		} else {
			sources.add(record.tokenSource);
			if (record.tokenSource === "chunks") sums.fromChunks++;
		}
		if (record.tagsReasoning) sums.tagged++;
		if (record.unreadEvents > 0) {
			sums.unread++;
			sums.unreadEvents += record.unreadEvents;
			unreadMember ??= record.unreadMember;
		}
		if (record.lastTokenMs !== null) {
			sums.timed++;
			sums.tailMs += record.endMs - record.lastTokenMs;
			sums.latencyMs += record.lastTokenMs;
		}
	}
	return {
		...sums,
		unreadMember,
		firstFlawed,
		sources: [...sources],
		medianTokens: percentile(tokens.subarray(0, sums.n).sort(), "p50") ?? 0
	};
}
const MOST_CLASSES = 3;
function listFailures(levels) {
	const counts = /* @__PURE__ */ new Map();
	for (const { failures } of levels) for (const [failure, count] of Object.entries(failures)) counts.set(failure, (counts.get(failure) ?? 0) + count);
	const parts = [...counts].sort(([, a], [, b]) => b - a).map(([failure, count]) => {
		const words = levels.map(({ failureWords }) => failureWords[failure]).find((text) => text !== void 0);
		return `${failure} \u00D7 ${count}${words === void 0 ? "" : `: ${escapeForTerminal(words)}`}`;
	});
	if (parts.length > MOST_CLASSES) parts.splice(MOST_CLASSES, Infinity, countMore(parts.length - MOST_CLASSES));
	return parts.length === 0 ? "" : `: ${parts.join("; ")}`;
}
function countMore(n) {
	return `and ${n} more ${n === 1 ? "class" : "classes"}`;
}
function formatPercent(share) {
	return `${round(100 * share)} %`;
}
function round(value) {
	return String(Number(value.toPrecision(3)));
}
const MOST_FAILED = .01;
const CHANCE = .05;
function isFailing({ ok, failed }) {
	return testBinomialGreater({
		hits: failed,
		n: ok + failed
	}, MOST_FAILED) < CHANCE;
}
// src/metrics/validity/open-loop.ts
function openFiguresOf(runs) {
	const passes = runs.flatMap(({ open }) => open ?? []);
	const sum = (count) => passes.reduce((all, one) => all + count(one), 0);
	return {
		maxInFlight: passes[0]?.maxInFlight ?? 0,
		peakInFlight: Math.max(0, ...passes.map(({ peakInFlight }) => peakInFlight)),
		waited: sum(({ waited }) => waited),
		dropped: sum(({ dropped }) => dropped),
		lagMs: findLag(runs)
	};
}
function findLag(runs) {
	const lags = [];
	for (const { queueMs } of selectCountedRecords(runs.filter(({ window }) => window !== null))) lags.push(queueMs);
	const sorted = Float64Array.from(lags).sort();
	const pick = (share) => sorted[Math.ceil(share * sorted.length) - 1];
	return sorted.length === 0 ? null : {
		p50: pick(.5),
		p99: pick(.99)
	};
}
function findOverload({ runs }) {
	const overloaded = runs.filter(({ stopped }) => stopped === "overloaded");
	if (overloaded.length === 0) return null;
	const queue = overloaded.find(({ open }) => open?.queue != null)?.open?.queue;
	const passes = `in ${overloaded.length} of ${pluralise(runs.length, "pass", "passes")}`;
	return queue == null ? `More requests came than the server ended, ${passes}: ten thousand waited for a connection.` : `More requests came than the server ended, ${passes}: in its window the queue grew from ${queue.before} to ${queue.after}.`;
}
const MOST_WAITED = .01;
function findCeiling({ level, runs }) {
	const { open } = level;
	if (open === void 0) return null;
	const n = countCounted(runs) + open.dropped;
	if (open.waited <= MOST_WAITED * n) return null;
	const dropped = open.dropped === 0 ? "" : `, ${open.dropped} were never sent`;
	return `${formatPercent(open.waited / n)} of the requests waited for one of ${open.maxInFlight} in flight (\`max-in-flight\`)${dropped}.`;
}
function countCounted(runs) {
	let counted = 0;
	for (const _ of selectCountedRecords(runs)) counted++;
	return counted;
}
const LAG_FLOOR = {
	p50: 2,
	p99: 10
};
function findLateness(evidence) {
	const { level, options } = evidence;
	const lag = level.open?.lagMs ?? null;
	if (lag === null || findCeiling(evidence) !== null) return null;
	const time = level.ttftMs ?? level.latencyMs;
	const half = options.tolerance / 2;
	return lag.p50 > Math.max(LAG_FLOOR.p50, half * (time?.p50 ?? 0)) || lag.p99 > Math.max(LAG_FLOOR.p99, half * (time?.p99 ?? time?.p50 ?? 0)) ? `This machine sent requests ${round(lag.p50)} ms (p50) and ${round(lag.p99)} ms (p99) after they were due.` : null;
}
// src/metrics/level/mixed-scenarios.ts
function sumUpMix(runs, task) {
	const byScenario = /* @__PURE__ */ new Map();
	for (const record of selectCountedRecords(runs)) {
		if (record.part === null) continue;
		const own = byScenario.get(record.part);
		if (own === void 0) byScenario.set(record.part, [record]);
		else own.push(record);
	}
	const streams = generatesTokens(task) && hasTokenTimes(runs);
	return [...byScenario].toSorted(([a], [b]) => a < b ? -1 : 1).map(([name, records]) => sumUpScenario(name, records, streams));
}
function sumUpScenario(name, records, streams) {
	const ok = records.filter(({ outcome }) => outcome === "ok");
	const failed = records.length - ok.length;
	const summariseTime = (pick) => {
		const sorted = Float64Array.from(ok.flatMap((record) => pick(record) ?? [])).sort();
		const summary = summarise({
			sorted,
			infinite: failed
		});
		return summary === null ? null : {
			p50: summary.p50,
			p95: summary.p95
		};
	};
	const summariseStream = (pick) => streams ? summariseTime((record) => record.buffered ? null : pick(record)) : null;
	return {
		name,
		requests: {
			ok: ok.length,
			failed
		},
		inputTokens: ok.reduce((sum, record) => sum + (record.inputTokens ?? 0), 0),
		outputTokens: ok.reduce((sum, record) => sum + record.outputTokens, 0),
		ttftMs: summariseStream((record) => record.ttftMs),
		tpotMs: summariseStream((record) => record.tpotMs),
		latencyMs: summariseTime((record) => record.lastTokenMs)
	};
}
// src/metrics/level/server-side.ts
const FIELDS = {
	ttft: {
		client: "ttftMs",
		answer: "serverTtftMs"
	},
	tpot: {
		client: "tpotMs",
		answer: "serverTpotMs"
	}
};
function serverSideOf(runs) {
	const read = runs.flatMap(({ server }) => server ?? []);
	const counted = runs.filter(isCounted);
	const counters = counted.map(({ server }) => server);
	const underLoad = read.flatMap(listUnderLoad);
	const metrics = {
		queueMs: meanMs(counters, "queue"),
		running: takeMedian(underLoad, "running"),
		waiting: takeMedian(underLoad, "waiting"),
		kvCacheUsage: takeMedian(underLoad, "kvCacheUsage"),
		prefixHitShare: prefixHitShare(counters),
		preemptions: countPreemptions(counted)
	};
	const byMetrics = {
		ttft: meanOfBoth(counted, "ttft"),
		tpot: meanOfBoth(counted, "tpot")
	};
	const ttft = byMetrics.ttft ?? readStatedByAnswers(runs, "ttft");
	const tpot = byMetrics.tpot ?? readStatedByAnswers(runs, "tpot");
	const sources = [...[...Object.values(metrics), ...Object.values(byMetrics)].some(isThere$1) ? [read[0].before.server] : [], ...ttft !== byMetrics.ttft || tpot !== byMetrics.tpot ? ["answers"] : []];
	if (sources.length === 0) return null;
	return {
		source: sources.join(" and "),
		ttftMs: ttft?.serverMs ?? null,
		tpotMs: tpot?.serverMs ?? null,
		clientTtftMs: ttft?.clientMs ?? null,
		clientTpotMs: tpot?.clientMs ?? null,
		...metrics
	};
}
function meanOfBoth(counted, time) {
	const serverMs = meanMs(counted.map(({ server }) => server), time);
	let sum = 0;
	let n = 0;
	for (const run of counted) {
		for (const record of run.records) {
			const value = record[FIELDS[time].client];
			if (value === null) continue;
			sum += value;
			n++;
		}
		if (time === "ttft" && countsUnfinished(run)) {
			sum += run.cancelledTtft.sumMs;
			n += run.cancelledTtft.n;
		}
	}
	return serverMs === null || n === 0 ? null : {
		serverMs,
		clientMs: sum / n
	};
}
function countsUnfinished(run) {
	const theirs = sumGrowth(run.server, "ttft").count;
	const finished = countWithTtft(run);
	return Math.abs(theirs - finished - run.cancelledTtft.n) < Math.abs(theirs - finished);
}
function countWithTtft({ records }) {
	let n = 0;
	for (const { ttftMs } of records) if (ttftMs !== null) n++;
	return n;
}
function listUnderLoad({ loaded, last }) {
	return loaded.length > 0 || last === null ? loaded : [last];
}
function takeMedian(readings, gauge) {
	const known = readings.flatMap((reading) => reading[gauge] ?? []).filter((value) => value <= MOST_REQUESTS$1);
	return known.length === 0 ? null : median(known);
}
const LONGEST_MS$5 = 864e5;
const MOST_REQUESTS$1 = 1e6;
function readStatedByAnswers(runs, time) {
	const server = [];
	const client = [];
	for (const record of selectCountedRecords(runs)) {
		const stated = record[FIELDS[time].answer];
		const measured = record[FIELDS[time].client];
		if (record.outcome !== "ok" || measured === null || stated === null || !(stated >= 0 && stated <= LONGEST_MS$5)) continue;
		server.push(stated);
		client.push(measured);
	}
	return server.length === 0 ? null : {
		serverMs: median(server),
		clientMs: median(client)
	};
}
function sumGrowth({ before, last, after }, name) {
	const end = last ?? after;
	return {
		sumMs: 1e3 * ((end[name]?.sumSeconds ?? 0) - (before[name]?.sumSeconds ?? 0)),
		count: (end[name]?.count ?? 0) - (before[name]?.count ?? 0)
	};
}
function hasRestarted({ before, last, after }) {
	return hasFallen(before, after) || last !== null && (hasFallen(before, last) || hasFallen(last, after));
}
function hasFallen(earlier, later) {
	return [
		"ttft",
		"tpot",
		"queue"
	].some((name) => (later[name]?.count ?? 0) < (earlier[name]?.count ?? 0)) || (later.prefixQueries ?? 0) < (earlier.prefixQueries ?? 0) || (later.preemptions ?? 0) < (earlier.preemptions ?? 0);
}
function isCounted(run) {
	if (run.server === null || hasRestarted(run.server)) return false;
	const byTtft = run.server.after.ttft !== null;
	if (!byTtft && run.server.after.queue === null) return true;
	const theirs = sumGrowth(run.server, byTtft ? "ttft" : "queue").count;
	const ours = byTtft ? countWithTtft(run) : run.records.length;
	const cancelled = run.connections.requests - run.records.length;
	return theirs >= .8 * ours && theirs <= 1.2 * ours + cancelled;
}
function meanMs(readings, name) {
	let sum = 0;
	let n = 0;
	for (const reading of readings) {
		const { sumMs, count } = sumGrowth(reading, name);
		sum += sumMs;
		n += count;
	}
	return n > 0 && sum >= 0 && sum <= n * LONGEST_MS$5 ? sum / n : null;
}
function prefixHitShare(readings) {
	let hits = 0;
	let queries = 0;
	for (const { before, after } of readings) {
		if (after.prefixQueries === null || after.prefixHits === null) continue;
		queries += after.prefixQueries - (before.prefixQueries ?? 0);
		hits += after.prefixHits - (before.prefixHits ?? 0);
	}
	return queries > 0 ? Math.min(1, Math.max(0, hits / queries)) : null;
}
function countPreemptions(counted) {
	let preemptions = 0;
	let requests = 0;
	for (const { server, connections } of counted) {
		const { before, after } = server;
		if (after.preemptions === null) continue;
		preemptions += after.preemptions - (before.preemptions ?? 0);
		requests += connections.requests;
	}
	return requests > 0 && preemptions <= requests * MOST_PREEMPTIONS ? preemptions / requests : null;
}
const MOST_PREEMPTIONS = 1e3;
function isThere$1(value) {
	return value !== null;
}
// src/metrics/level/time-split.ts
function splitTime(runs, task, means) {
	if (!generatesTokens(task) || !hasTokenTimes(runs)) return null;
	const most = runs.reduce((sum, run) => sum + run.records.length, 0);
	const columns = PARTS.map(() => new Float64Array(most));
	const latencies = new Float64Array(most);
	const isOpen = runs[0].open !== void 0;
	let n = 0;
	for (const record of selectCountedRecords(runs)) {
		const times = readTimes(record, isOpen);
		if (times === null) continue;
		latencies[n] = record.lastTokenMs;
		for (const [part, name] of PARTS.entries()) columns[part][n] = times[name];
		n++;
	}
	if (n === 0) return null;
	const sorted = latencies.slice(0, n).sort();
	const shortest = sorted[Math.floor(.4 * (n - 1))];
	const longest = sorted[Math.ceil(.6 * (n - 1))];
	const isMiddle = (i) => latencies[i] >= shortest && latencies[i] <= longest;
	const [lateMs, connectMs, firstTokenMs, decodeMs, drainMs] = PARTS.map((_, part) => averageOf(columns[part], n, isMiddle));
	const meanFirstMs = means?.firstTokenMs ?? averageOf(columns[PARTS.indexOf("firstTokenMs")], n, () => true);
	const prefillMs = means === null ? null : meanFirstMs - means.queueMs;
	return {
		lateMs,
		connectMs,
		firstTokenMs,
		queueMs: prefillMs === null || prefillMs < 0 ? null : Math.max(0, firstTokenMs - prefillMs),
		decodeMs,
		drainMs
	};
}
const PARTS = [
	"lateMs",
	"connectMs",
	"firstTokenMs",
	"decodeMs",
	"drainMs"
];
function averageOf(values, n, isWanted) {
	let sum = 0;
	let wanted = 0;
	for (let i = 0; i < n; i++) {
		if (!isWanted(i)) continue;
		sum += values[i];
		wanted++;
	}
	return sum / wanted;
}
function readTimes(record, isOpen) {
	const { outcome, buffered, ttftMs, lastTokenMs, endMs } = record;
	if (outcome !== "ok" || buffered || ttftMs === null || lastTokenMs === null) return null;
	const connectMs = record.connectMs ?? 0;
	const lateMs = isOpen ? record.queueMs : 0;
	return {
		lateMs,
		connectMs,
		firstTokenMs: Math.max(0, isOpen ? ttftMs - lateMs - connectMs : ttftMs),
		decodeMs: lastTokenMs - ttftMs,
		drainMs: Math.max(0, endMs - lastTokenMs)
	};
}
// src/metrics/validity/server-rules.ts
const ABOVE = 1.5;
const BELOW = .8;
const FLOOR_MS = 5;
function findForeignLoad(runs, sequences) {
	for (const run of runs) {
		const strangers = run.server === null ? [] : countStrangers(run, run.server, sequences);
		if (strangers.length >= 2) return `In ${strangers.length} readings around a pass the server had more requests than this run had sent, up to ${round(Math.max(...strangers))} more.`;
	}
	return null;
}
function countStrangers(run, server, sequences) {
	const { before, after } = server;
	const cancelled = run.connections.requests - run.records.length;
	const underLoad = listUnderLoad(server);
	const loaded = {
		running: takeMedian(underLoad, "running"),
		waiting: takeMedian(underLoad, "waiting")
	};
	return [
		{
			sample: before,
			ours: 0
		},
		{
			sample: loaded,
			ours: run.open?.peakInFlight ?? run.concurrency
		},
		{
			sample: after,
			ours: cancelled
		}
	].flatMap(({ sample: { running, waiting }, ours }) => {
		const strangers = (running ?? 0) + (waiting ?? 0) - ours * sequences;
		return strangers > 1 ? [strangers] : [];
	});
}
function compareTtft(runs) {
	const counted = runs.filter(isCounted);
	const ttft = meanOfBoth(counted, "ttft");
	if (ttft === null) return null;
	const { clientMs, serverMs } = ttft;
	if (Math.abs(clientMs - serverMs) <= FLOOR_MS) return null;
	if (clientMs >= BELOW * serverMs && clientMs <= ABOVE * serverMs) return null;
	if (clientMs > serverMs && clientMs - meanStallMs(counted) <= Math.max(ABOVE * serverMs, serverMs + FLOOR_MS)) return null;
	const both = `TTFT is ${round(clientMs)} ms on average for the client and ${round(serverMs)} ms for the server`;
	return clientMs > serverMs ? `${both}: ${round(clientMs - serverMs)} ms are spent before its clock starts or after the token has left it.` : `${both}: that cannot be the same requests.`;
}
function meanStallMs(runs) {
	let sum = 0;
	let n = 0;
	for (const { records } of runs) for (const { ttftMs, stallMs } of records) {
		if (ttftMs === null) continue;
		sum += stallMs;
		n++;
	}
	return n === 0 ? 0 : sum / n;
}
function findRestarts(runs) {
	const fallen = runs.filter(({ server }) => server !== null && hasRestarted(server)).length;
	return fallen === 0 ? null : `Counters of the server fell in ${fallen} of ${pluralise(runs.length, "pass", "passes")}.`;
}
const MAXIMUM_GATEWAY_SHARE = .01;
function findCachedAnswers(runs) {
	const { cached, all, who } = countsOf$1(runs);
	return cached > MAXIMUM_GATEWAY_SHARE * all ? `${who} answered ${partOf(cached, all, "request")} from a cache.` : null;
}
function findFallbacks(runs) {
	const { fellBack, all, who } = countsOf$1(runs);
	return fellBack > MAXIMUM_GATEWAY_SHARE * all ? `${who} sent ${partOf(fellBack, all, "request")} to a fallback.` : null;
}
function findRetries(runs) {
	const { retried, all, who } = countsOf$1(runs);
	return retried > 0 ? `${who} repeated ${partOf(retried, all, "request")}.` : null;
}
function countsOf$1(runs) {
	const counts = {
		retried: 0,
		cached: 0,
		fellBack: 0,
		all: 0
	};
	const names = /* @__PURE__ */ new Set();
	for (const { gateway, records } of runs) {
		counts.retried += gateway.retried;
		counts.cached += gateway.cached;
		counts.fellBack += gateway.fellBack;
		counts.all += records.length;
		for (const name of gateway.names) names.add(name);
	}
	return {
		...counts,
		who: names.size === 0 ? "A gateway or cache" : [...names].join(" and ")
	};
}
const MINIMUM_IN_HALF = 8;
const CHANGE = Math.log(1.1);
const STANDARD_ERRORS = 4;
function measureDrift(runs, figure) {
	const changes = runs.filter((run) => run.window !== null).map((run) => changeOf(run, figure));
	const first = changes[0];
	if (first === void 0) return null;
	let sum = 0;
	for (const change of changes) {
		if (change === null || Math.sign(change) !== Math.sign(first)) return null;
		sum += change;
	}
	return Math.expm1(sum / changes.length);
}
function changeOf(run, figure) {
	const middle = (run.window.startMs + run.window.endMs) / 2;
	const halves = [[], []];
	for (const record of run.records) {
		if (record.phase !== "counted" || record.outcome !== "ok") continue;
		const value = figure === "tpot" ? record.tpotMs : record.lastTokenMs;
		if (value !== null && value > 0) halves[centreOf(record) < middle ? 0 : 1].push(Math.log(value));
	}
	const [first, second] = halves;
	if (first.length < MINIMUM_IN_HALF || second.length < MINIMUM_IN_HALF) return null;
	const change = median(second) - median(first);
	const error = Math.hypot(errorOfMedian(first), errorOfMedian(second));
	return Math.abs(change) > CHANGE && Math.abs(change) > STANDARD_ERRORS * error ? change : null;
}
function centreOf(record) {
	return record.startMs + record.endMs / 2;
}
function errorOfMedian(values) {
	const centre = median(values);
	return 1.85814258 * median(values.map((value) => Math.abs(value - centre))) / Math.sqrt(values.length);
}
function findSentinelDrift(readings) {
	if (readings.length < 2) return [];
	const low = Math.min(...readings);
	if (Math.max(...readings) <= low * 1.15) return [];
	return [{
		code: "sentinel-drift",
		message: `A single request took ${readings.map((value) => `${Number(value.toPrecision(3))} ms`).join(", ")} in the course of the run.`
	}];
}
// src/vendors/finding-kinds.ts
const VENDOR_FINDINGS = [...[
	{
		code: "burst-scaling",
		meaning: "The endpoint may scale beyond what is provisioned: the plateau may be capacity that is lent, not owned.",
		remedy: "Switch burst scaling off on the endpoint that is measured, or read the plateau as the best case."
	},
	{
		code: "autoscaling",
		meaning: "The capacity moves between a minimum and a maximum: the plateau depends on how long the load has lasted.",
		remedy: "Provision the same minimum and maximum on the endpoint that is measured."
	},
	{
		code: "scale-to-zero",
		meaning: "The endpoint stops when nobody uses it: its first requests start it, and its capacity is not guaranteed.",
		remedy: "Switch scale to zero off for an endpoint whose latency matters; the wait for the start is not measured."
	},
	{
		code: "fallback-configured",
		meaning: "The endpoint answers with another model when one fails: failures do not show, and figures may be a mixture.",
		remedy: "Measure one served entity (`/served-models/<name>/invocations`), or switch the fallback off."
	},
	{
		code: "traffic-split",
		meaning: "Requests go to several served entities: the figures are a mixture of them.",
		remedy: "Measure one served entity (`/served-models/<name>/invocations`)."
	},
	{
		code: "endpoint-rate-limit",
		meaning: "The owner of the endpoint limited its use: the sweep may find this limit and not the capacity.",
		remedy: `Raise the limit for the key that measures, or send less: fewer levels (${LOAD_SETTINGS$1}), a shorter \`level-duration\`.`
	},
	{
		code: "pay-per-token",
		meaning: "The capacity is shared with others and limited by the minute, and `max_tokens` counts against the limit before anything is generated.",
		remedy: "Measure an endpoint with provisioned throughput; on this one keep to a few requests at low concurrency (`max-concurrency`, `max-requests`)."
	},
	{
		code: "workspace-limit",
		meaning: "Databricks refused requests with 429: a limit of endpoint or workspace, which says nothing about the model.",
		remedy: `Look at the rate limits of the endpoint and the limits of the workspace (by region 192 to 1,024 requests at once), and keep the load below them (${LOAD_SETTINGS$1}).`
	},
	{
		code: "execution-limit",
		meaning: "Databricks gave requests up (408, 504): they took longer than a model may (about five minutes, less on older workspaces).",
		remedy: `Ask for fewer \`output-tokens\`, or lower the load (${LOAD_SETTINGS$1}).`
	}
]];
// src/metrics/findings.ts
const FINDINGS = [
	{
		code: "no-success",
		meaning: "No request of the level succeeded.",
		remedy: "Read the failure classes; send one request by hand with the same URL (`endpoint`), `model` and `api-key`.",
		invalidates: true
	},
	{
		code: "errors",
		meaning: "Clearly more than 1 % of the requests failed (one-sided 95 % bound).",
		remedy: `Read the failure classes and the server log; a lower load (${LOAD_SETTINGS$1}) avoids an overloaded server.`,
		invalidates: true
	},
	{
		code: "rate-limited",
		meaning: "The server refused more than 1 % of the requests with 429: limited, not slow.",
		remedy: `Raise the rate limit of this key, or lower the load (${LOAD_SETTINGS$1}).`,
		invalidates: true
	},
	{
		code: "too-few-requests",
		meaning: "A pass has fewer than three counted requests, or fewer than one for each worker.",
		remedy: "Raise `level-duration`, or the budget that cut it (`max-duration`, `max-requests`, `max-output-tokens`), or lower `output-tokens` or a `rate` that is not carried; of a trace replay more requests.",
		invalidates: true
	},
	{
		code: "not-full",
		meaning: "The level did not keep its concurrency: workers were idle for part of the window.",
		remedy: "Look for slow connects or a proxy that closes connections; 95 % of the workers must be busy on average.",
		invalidates: true
	},
	{
		code: "overloaded",
		meaning: "At this load more requests came than the server ended: its queue grew without end, and what it shows depends on how long it was looked at.",
		remedy: "Of a list lower `rate`, or `trace-speed`; with `auto` the search was to find it: the highest one that is held is the load that this server carries.",
		invalidates: true
	},
	{
		code: "ceiling",
		meaning: "More than 1 % of the requests waited because `max-in-flight` were under way: the server had another load than the one that was asked for.",
		remedy: "Raise `max-in-flight`, or list a lower `rate` or `trace-speed`.",
		invalidates: true
	},
	{
		code: "late",
		meaning: "This machine sent requests later than they were due, by more than their times may be off.",
		remedy: "Use a runner with more cores or less other work, or list a lower `rate` or `trace-speed`.",
		invalidates: true
	},
	{
		code: "client-saturated",
		meaning: "This machine was too busy: it, not the server, was the bottleneck.",
		remedy: `Use a runner with more cores or less other work; where only high levels show it, leave \`client-threads\` to auto or lower the load (${LOAD_SETTINGS$1}).`,
		invalidates: true
	},
	{
		code: "client-limit",
		meaning: "The measuring machine ran into a limit of its own, so that requests were never sent.",
		remedy: `Raise the limit that is named (open files: \`ulimit -n\`; local ports; memory), or lower the load (${LOAD_SETTINGS$1}); none of it says anything about the server.`,
		invalidates: true
	},
	{
		code: "insecure-tls",
		meaning: "The certificate of the endpoint was not checked (`insecure-tls`): who was measured, and who could read the key, is not known.",
		remedy: "Give the authority of its certificate in `ca-cert`, and remove `insecure-tls`."
	},
	{
		code: "open-files",
		meaning: "The plan needs more open files than this machine may have: each connection is one.",
		remedy: MORE_OPEN_FILES
	},
	{
		code: "beyond-proof",
		meaning: "The plan may need more tokens a second than this machine was proven to read in time.",
		remedy: `Lower the load (${LOAD_SETTINGS$1}), or use a machine with faster or idler cores; levels at which the client was too busy say so themselves.`
	},
	{
		code: "self-proof-missing",
		meaning: "How accurately this machine times was not tested before the load; the run went on without it.",
		remedy: "Measure when this machine has less to do, or on one with more or idler cores: the proof starts a process of its own on 127.0.0.1, and has 1.5 s. Where that process cannot start at all, `self-proof: false` skips the proof."
	},
	{
		code: "served-model-changed",
		meaning: "The server named more than one model or build while it was measured.",
		remedy: "Wait for the rollout to end; `expect-version` waits for it.",
		invalidates: true
	},
	{
		code: "config-updated",
		meaning: "The configuration of the serving endpoint was changed while it was measured.",
		remedy: "Let nobody deploy to the endpoint during a run; measure again when the update has ended.",
		invalidates: true
	},
	{
		code: "drift",
		meaning: "The second half of the window was faster or slower than the first.",
		remedy: "Warm the server up (`warmup-requests`), or look for other load, autoscaling or throttling.",
		invalidates: true
	},
	{
		code: "foreign-load",
		meaning: "The server had more requests, by its own metrics, than this run had sent: others were using it, or something in between sends more than it gets.",
		remedy: "Keep other load away while it is measured, and measure again. Where the metrics are of other servers too, `server-metrics` can name a page of this one alone, or say off.",
		invalidates: true
	},
	{
		code: "littles-law",
		meaning: "Requests in flight do not match request rate times mean time: the answers of the window are not those of a steady load.",
		remedy: "Look for a machine that was paused (a virtual machine, a laptop that slept) or a server whose answers came in waves, and measure again, longer (`level-duration`).",
		invalidates: true
	},
	{
		code: "cancelled",
		meaning: "The run was interrupted before it ended.",
		remedy: "Run again.",
		invalidates: true
	},
	{
		code: "endpoint-gone",
		meaning: "The endpoint no longer answered when the sweep had ended.",
		remedy: "Look at the server log: it died or was replaced under load.",
		invalidates: true
	},
	{
		code: "not-settled",
		meaning: "The soak ended without settling, after a minute or because the engine became no faster: it may still be warming up, or its times vary a lot.",
		remedy: "Warm the endpoint up before the run, or look for other load on it or on this machine."
	},
	{
		code: "sentinel-drift",
		meaning: "The same single request became faster or slower in the course of the run.",
		remedy: "Look for other load on the server, autoscaling or throttling; measure again."
	},
	{
		code: "server-ttft-off",
		meaning: "TTFT as the client sees it does not fit TTFT as the server measures it, over the same requests.",
		remedy: "Far above the server: look for a slow network, a gateway, or a proxy that holds the first tokens back. Below: the metrics are of another server, or tell something else."
	},
	{
		code: "server-restarted",
		meaning: "Counters of the server fell while a level was measured: it was restarted, or several answer in turn.",
		remedy: "Look at the server log; for several servers name a page with their sums in `server-metrics`, or say off."
	},
	{
		code: "server-metrics-unread",
		meaning: "No metrics of the server could be read where `server-metrics` says that they are.",
		remedy: "Open the URL by hand; it must answer with the Prometheus metrics of the server, without a redirect."
	},
	{
		code: "gateway-cached",
		meaning: "A gateway answered more than 1 % of the requests from a cache of whole answers: no model saw them.",
		remedy: "Switch the cache of the gateway off for the test, or measure the server behind it.",
		invalidates: true
	},
	{
		code: "gateway-fell-back",
		meaning: "A gateway sent more than 1 % of the requests to another model or deployment than was asked for.",
		remedy: "Switch fallbacks off for the test, or measure the server behind the gateway; it fails where this is seen.",
		invalidates: true
	},
	{
		code: "token-renewed",
		meaning: "A token was refused before its time and a new one fetched; the refused requests are left out.",
		remedy: "Look at who revokes tokens, or at the clocks of the endpoint and of this machine."
	},
	{
		code: "gateway-retried",
		meaning: "A gateway repeated failed requests: failures are hidden, and their time is part of the latencies.",
		remedy: "Switch retries of the gateway off for the test, and look at why the server behind it fails."
	},
	{
		code: "cold-load",
		meaning: "The server had to load the model before it answered counted requests.",
		remedy: "Keep the model loaded (Ollama: `keep_alive`, OLLAMA_KEEP_ALIVE), and let nobody ask for another one."
	},
	...[
		{
			code: "hidden-tail",
			meaning: "Streams stay open long after their last token, which users notice and latency does not show.",
			remedy: "Look for slow logging, moderation or usage accounting after generation."
		},
		{
			code: "short",
			meaning: "More than 5 % of the answers are shorter than asked for: throughput compares only per token.",
			remedy: "Use an endpoint that honours `ignore_eos`, or prompts that ask for longer answers."
		},
		{
			code: "cached",
			meaning: "More than 5 % of the input tokens came from a prefix cache: TTFT is flattered.",
			remedy: "Switch the cache off for the test, or say `prefix-cache: allow` to measure it on purpose."
		},
		{
			code: "buffered",
			meaning: "Answers arrive all at once: TTFT and TPOT say nothing about the model and are left out.",
			remedy: "Switch off response buffering (nginx: `proxy_buffering off`) and compression in front of the server; until then `--cross-check three-point` of the command measures both without streams."
		},
		{
			code: "bundled",
			meaning: "Single answers arrived all at once among others that streamed: they are left out of TTFT and TPOT.",
			remedy: "Few of them are a stall of the network or of this machine; many point at one replica whose proxy buffers."
		},
		{
			code: "compressed",
			meaning: "Answers are compressed, which delays the tokens of a stream until a block is full.",
			remedy: "Switch off compression for `text/event-stream` (`application/json` where nothing streams) in the server or proxy; where users get it compressed, compare only runs that ask for it (`headers`: Accept-Encoding)."
		},
		{
			code: "held-back",
			meaning: "Tokens arrive in bursts at fixed intervals: something in between holds them back by time. TTFT and TPOT are not the model\u2019s, and are left out.",
			remedy: "Have it pass on what it has: HAProxy `option http-no-delay`; Traefik `responseForwarding.flushInterval: -1`; Caddy `flush_interval -1`. Switching buffering off (`proxy_buffering`) changes nothing here. A buffer of an odd size that a steady model fills looks the same: have a proxy of your own pass on every event."
		},
		{
			code: "bursts",
			meaning: "Tokens arrive in bursts: something in between holds them back until its buffer is full. TTFT and TPOT are those of the buffer, and are left out.",
			remedy: "Switch off response buffering in front of the server (nginx: `proxy_buffering off` and `proxy_http_version 1.1`, or the header `X-Accel-Buffering: no` of the answer; Apache: `flushpackets=on`) and compression."
		},
		{
			code: "unknown-events",
			meaning: "Events of the stream are not of this API, or hold a text in an unknown member: TTFT and token counts may miss them.",
			remedy: "Check `api`; if it is right, please report this with a recording of the stream."
		},
		{
			code: "reasoning-in-text",
			meaning: "The model reasons between tags (`<think>`) inside the text of its answers: when the answer itself begins is not known, so there is no TTFO.",
			remedy: "Have the server separate reasoning from text (vLLM, SGLang: `--reasoning-parser`), or switch reasoning off with `extra-body`."
		},
		{
			code: "content-filter",
			meaning: "A content filter withheld or cut answers: they are shorter than the model would have made them.",
			remedy: "Switch the filter off for the test, or give prompts that it lets pass (`prompts-file`)."
		},
		{
			code: "impossible-count",
			meaning: "The server states token counts that cannot be true: events are counted instead, an estimate: TPOT and throughput are not compared with runs whose counts were believed, and no limit on them is decided.",
			remedy: "Look at who counts: a gateway may count in its own way, or repeat what stood in one event."
		},
		{
			code: "chunk-tokens",
			meaning: "The server does not state token counts: events are counted instead, an estimate.",
			remedy: "Enable usage in streams where the server can (`stream_options.include_usage`); else compare only runs of the same model and server."
		},
		{
			code: "token-sources-differ",
			meaning: "Token counts come from different sources within the level.",
			remedy: "Look for replicas with different versions behind the endpoint."
		}
	],
	{
		code: "reconnected",
		meaning: "The server closed idle connections; requests had to be replayed on new ones.",
		remedy: "Raise the keep-alive timeout of the server or proxy above the time of one answer."
	},
	{
		code: "no-keep-alive",
		meaning: "Nearly every request had to open a connection, so each user pays for connecting.",
		remedy: "Enable HTTP keep-alive on the server or proxy."
	},
	{
		code: "rate-limit-too-low",
		meaning: "The rate-limit headers allow less than the plan needs.",
		remedy: `Raise the rate limit of this key, or lower the load (${LOAD_SETTINGS$1}) and \`level-duration\`.`
	},
	{
		code: "output-length-ignored",
		meaning: "The server does not stop at the output length asked for.",
		remedy: "Check that the server honours `max_tokens`; answers of different lengths blur every figure."
	},
	{
		code: "input-length-off",
		meaning: "The server counts the prompt as clearly longer or shorter than asked for.",
		remedy: "Compare only runs of the same tokenizer, or use `prompts-file`."
	},
	{
		code: "images-uncounted",
		meaning: "The server counts no tokens for the `images` of a request.",
		remedy: "Check that the model reads images: one that drops them without a word is measured by its text alone."
	},
	{
		code: "hidden-reasoning",
		meaning: "The model reasons before it answers and the stream does not show it: TTFT contains the reasoning, and there is no TPOT where the server does not count it apart.",
		remedy: "Switch reasoning off with `extra-body`, or read TTFT as time to the first visible token."
	},
	...VENDOR_FINDINGS,
	{
		code: "cross-check-differs",
		meaning: "TTFT or TPOT of answers that do not stream differs clearly from that of streams.",
		remedy: "Look for what treats the two differently: a proxy that holds streams back, hidden tokens, or batched chunks."
	},
	{
		code: "cross-check-skipped",
		meaning: "The three-point cross-check was asked for and could not be made.",
		remedy: "The message says why; budgets are `max-duration`, `max-requests` and `max-output-tokens`."
	},
	{
		code: "control-missing",
		meaning: "The control was not there, or died: the run is judged by the recorded runs alone.",
		remedy: "Look at the server of the control and at `control`; the log of this run shows what happened."
	},
	{
		code: "control-differs",
		meaning: "Endpoint and control differ in more than the change, so that they share less.",
		remedy: "Deploy both alike. Without recorded pairs a difference between the two looks like one of the change."
	},
	{
		code: "control-same",
		meaning: "Endpoint and control are the same: what differs between the two is noise, which is worth knowing once.",
		remedy: "Point `control` at a deployment of main to judge a change."
	},
	{
		code: "control-apart",
		meaning: "Endpoint and control were to be loaded at the same time, but took turns.",
		remedy: "Deploy them on hardware of their own, or remove `control-timing`."
	},
	{
		code: "plan-cut",
		meaning: "The budget did not hold the whole plan; what was cut costs precision.",
		remedy: "Raise the budget to what the message says would do, or ask for less: fewer levels (`concurrency`, `rate`), fewer `passes`, a shorter `level-duration`."
	}
];
const BY_CODE = new Map(FINDINGS.map((kind) => [kind.code, kind]));
function invalidates({ code }) {
	return lookUpFinding(code)?.invalidates ?? false;
}
function lookUpFinding(code) {
	return BY_CODE.get(code) ?? null;
}
// src/metrics/validity/explain-invalid.ts
const MOST_CAUSES = 2;
function explainInvalid(levels, ofRun) {
	const whole = ofRun.find((finding) => finding.level === void 0 && invalidates(finding));
	if (whole !== void 0) return makeClause(whole.message);
	const causes = [];
	let left = levels.filter(({ invalidReasons }) => invalidReasons.length > 0);
	while (left.length > 0 && causes.length < MOST_CAUSES) {
		const code = findMostFrequent(left.flatMap(({ invalidReasons }) => invalidReasons));
		const others = left.filter(({ invalidReasons }) => !invalidReasons.includes(code));
		causes.push(`${describeCode(code)} (${describeShare$1(left.length - others.length, levels.length)})`);
		left = others;
	}
	return causes.length === 0 ? null : causes.join("; ");
}
function describeCode(code) {
	const meaning = lookUpFinding(code)?.meaning;
	return meaning === void 0 ? code : makeClause(meaning);
}
function describeShare$1(part, all) {
	if (part < all) return `${part} of ${all} levels`;
	return all === 1 ? "the only level" : `${nameAll(all)} levels`;
}
function findMostFrequent(words) {
	return [...Map.groupBy(words, (word) => word).values()].reduce((most, each) => each.length > most.length ? each : most)[0];
}
// src/metrics/validity/answer-rules.ts
const HIDDEN_TAIL = .1;
const MAXIMUM_SHORT = .05;
const MAXIMUM_CACHED = .05;
const COLD_LOAD_MS = 100;
function findHiddenTail({ answers: { timed, tailMs, latencyMs } }) {
	if (timed === 0 || tailMs <= HIDDEN_TAIL * latencyMs || tailMs <= 2 * timed) return null;
	return `Streams end ${round(tailMs / timed)} ms after their last token, ${formatPercent(tailMs / latencyMs)} of the latency.`;
}
function findShortAnswers({ level }) {
	const { ok, short } = level.requests;
	return short > MAXIMUM_SHORT * ok ? `${partOf(short, ok, "answer")} (${formatPercent(short / ok)}) ${short === 1 ? "is" : "are"} shorter than asked for.` : null;
}
function findCachedInput({ level: { cachedShare }, options }) {
	if (options.prefixCache === "allow" || cachedShare === null || cachedShare <= MAXIMUM_CACHED) return null;
	return `${formatPercent(cachedShare)} of the input tokens came from the prefix cache.`;
}
function findBufferedAnswers({ runs }) {
	const share = splitBuffered(runs).byOthers;
	return share > .25 ? `${formatPercent(share)} of the answers arrived all at once.` : null;
}
function findHeldBackAnswers({ runs }) {
	return describeBursts(runs, "time", "each after a fixed time");
}
function findBurstyAnswers({ runs }) {
	return describeBursts(runs, "size", "as out of a buffer");
}
function describeBursts(runs, by, how) {
	const { time, size } = computeHeldBackShares(runs);
	if (time + size <= .25 || by === "time" !== time >= size) return null;
	return `${formatPercent(time + size)} of the answers arrived in bursts, ${how}.`;
}
function findBundledAnswers({ runs, answers: { n }, options }) {
	const { byOthers, byClient } = splitBuffered(runs);
	const share = byOthers + byClient;
	if (!generatesTokens(options.task) || share <= .01 || byOthers > .25) return null;
	const bundled = Math.round(share * n);
	return `${partOf(bundled, n, "answer")} arrived all at once and ${bundled === 1 ? "is" : "are"} left out of TTFT and TPOT.`;
}
function findUnreadText({ answers: { n, unread, unreadEvents, unreadMember } }) {
	if (unread === 0) return null;
	const events = pluralise(unreadEvents, "event holds", "events hold");
	return `In ${partOf(unread, n, "answer")} ${events} a text in a member that is not read (${escapeForTerminal(unreadMember ?? "")}).`;
}
function findTaggedReasoning({ answers: { n, tagged } }) {
	if (tagged <= .01 * n) return null;
	return `${partOf(tagged, n, "answer", "holds its reasoning in its", "hold their reasoning in their")} text.`;
}
function findFiltered({ runs }) {
	let filtered = 0;
	let all = 0;
	let reason = null;
	for (const { finishReason } of selectCountedRecords(runs)) {
		all++;
		if (!isFiltered(finishReason)) continue;
		filtered++;
		reason ??= finishReason;
	}
	return reason === null ? null : `${partOf(filtered, all, "answer", "was", "were")} withheld or cut by a content filter (finish_reason ${escapeForTerminal(reason)}).`;
}
function findImpossibleCounts({ answers: { n, flawed, firstFlawed } }) {
	if (firstFlawed === null || flawed <= .01 * n) return null;
	const { statedTokens, tokenEvents, requestedTokens, inputTokens, countDoubt } = firstFlawed;
	const against = {
		"with-prompt": ` with the prompt of ${inputTokens ?? 0}`,
		"above-asked": ` where ${requestedTokens} were asked for`,
		falling: " after a count that fell"
	};
	const stated = `${pluralise(statedTokens ?? 0, "token")}${against[countDoubt ?? ""] ?? ""}`;
	return `${partOf(flawed, n, "answer", "states", "state")} a token count that cannot be true: ${stated}, and ${pluralise(tokenEvents, "token event was", "token events were")} seen.`;
}
function findChunkTokens({ answers: { n, fromChunks }, options }) {
	if (!generatesTokens(options.task) || fromChunks === 0) return null;
	return `${partOf(fromChunks, n, "answer", "states", "state")} no token count; ${fromChunks === 1 ? "its" : "their"} events were counted.`;
}
function findMixedSources({ answers: { sources }, options }) {
	return generatesTokens(options.task) && sources.length > 1 ? `Token counts come from ${sources.join(" and ")}.` : null;
}
function findModelChange({ level }) {
	const names = level.servedModels;
	return names.length > 1 ? `The server named ${names.length} models: ${names.map((name) => escapeForTerminal(name)).join(", ")}.` : null;
}
function findColdLoads({ runs }) {
	let cold = 0;
	let all = 0;
	let longest = 0;
	for (const { serverLoadMs } of selectCountedRecords(runs)) {
		all++;
		if (serverLoadMs === null || serverLoadMs <= COLD_LOAD_MS) continue;
		cold++;
		longest = Math.max(longest, serverLoadMs);
	}
	if (cold === 0) return null;
	return `For ${partOf(cold, all, "request")} the server loaded the model first, for up to ${round(longest)} ms.`;
}
// src/metrics/validity/client-rules.ts
const MAXIMUM_UTILIZATION = .7;
const MAXIMUM_RECONNECTED = .05;
const MAXIMUM_CONNECTING = .5;
function findClientLimit({ runs }) {
	const unsent = /* @__PURE__ */ new Map();
	let all = 0;
	for (const run of runs) {
		all += run.records.length;
		for (const { failure } of run.records) if (findClientFailure(failure) !== null) unsent.set(failure, (unsent.get(failure) ?? 0) + 1);
	}
	if (unsent.size === 0) return null;
	return `This machine ran into a limit of its own (${[...unsent].map(([failure, count]) => `${partOf(count, all, "request")}: ${LIMITS[failure]}`).join("; ")}).`;
}
const LIMITS = {
	client_files: "too many open files, EMFILE, see `ulimit -n`",
	client_ports: "no free local port, EADDRNOTAVAIL",
	client_memory: "no memory or buffers, ENOMEM or ENOBUFS"
};
function findBusyClient({ runs, level, options, answers }) {
	if (level.windowSeconds === 0 || level.client === null) return null;
	const { byClient } = splitBuffered(runs);
	if (generatesTokens(options.task) && byClient > .25) return `This machine was too busy: it stood still, and read ${formatPercent(byClient)} of the answers in one piece.`;
	const { eventLoopUtilization, delayP90Ms } = level.client;
	if (eventLoopUtilization > .7) return `This machine was too busy: the event loop of the client worked for ${formatPercent(eventLoopUtilization)} of the time.`;
	const half = options.tolerance / 2;
	const { n, queueMs, openMs, lateMs } = answers;
	if (level.open === void 0 && queueMs > half * openMs) return `This machine was too busy: requests waited ${round(queueMs / n)} ms in the client on average, ${formatPercent(queueMs / openMs)} of their time.`;
	if (lateMs > half * openMs) return `This machine was too busy: it stood still, and read the end of answers ${round(lateMs / n)} ms late on average, ${formatPercent(lateMs / openMs)} of their time.`;
	const ttft = level.ttftMs?.p50 ?? null;
	if (ttft !== null && delayP90Ms > Math.max(2, half * ttft)) return `This machine was too busy: the client's delay of ${round(delayP90Ms)} ms (p90) is too large for a TTFT of ${round(ttft)} ms.`;
	const tpot = level.tpotMs?.p50 ?? null;
	if (tpot === null) return null;
	const tokens = answers.medianTokens;
	if (2 * delayP90Ms / Math.max(1, tokens - 1) <= half * tpot) return null;
	return `This machine was too busy: the client's delay of ${round(delayP90Ms)} ms (p90) is too large for a TPOT of ${round(tpot)} ms over ${tokens} tokens.`;
}
function findReconnects({ runs }) {
	let again = 0;
	let all = 0;
	for (const record of selectCountedRecords(runs)) {
		all++;
		if (record.reconnected) again++;
	}
	return again > MAXIMUM_RECONNECTED * all ? `${partOf(again, all, "request")} met a connection that the server had closed.` : null;
}
function findNewConnections({ runs, concurrency }) {
	let extra = 0;
	let reusable = 0;
	for (const { connections, open } of runs) {
		const owed = open?.peakInFlight ?? concurrency;
		extra += Math.max(0, connections.opened - owed);
		reusable += Math.max(0, connections.requests - owed);
	}
	if (extra === 0 || extra <= MAXIMUM_CONNECTING * reusable) return null;
	return `${partOf(extra, reusable, "request")} that could have reused a connection opened one.`;
}
function findRenewedTokens({ runs }) {
	const refused = runs.reduce((sum, { requestsWithEndedToken }) => sum + requestsWithEndedToken, 0);
	return refused === 0 ? null : `${pluralise(refused, "request")} met a token that had expired early.`;
}
// src/metrics/validity.ts
function judgeRun(levels, facts = {}) {
	const given = [...facts.extra ?? [], ...findSentinelDrift(facts.sentinelMs ?? [])];
	const nothing = findNothing(levels, given);
	const findings = nothing === null ? given : [nothing, ...given.filter(({ code }) => !FOLLOWS_FROM_NOTHING.has(code))];
	const models = new Set(levels.flatMap((level) => level.servedModels));
	if (models.size > 1 && levels.every((level) => level.servedModels.length < 2)) findings.push({
		code: "served-model-changed",
		message: `The server named ${models.size} models in the course of the run: ${[...models].map((model) => escapeForTerminal(model)).join(", ")}.`
	});
	const ok = levels.some((level) => level.valid) && !findings.some((finding) => finding.level === void 0 && invalidates(finding));
	const ordered = [...findings, ...levels.flatMap((level) => level.findings)].toSorted((a, b) => Number(invalidates(b)) - Number(invalidates(a)));
	const cause = explainInvalid(levels, findings);
	return {
		ok,
		...cause !== null && { cause },
		findings: ordered.map((finding) => ({
			...finding,
			remedy: lookUpFinding(finding.code)?.remedy ?? ""
		}))
	};
}
const FOLLOWS_FROM_NOTHING = /* @__PURE__ */ new Set([
	"endpoint-gone",
	"not-settled",
	"sentinel-drift"
]);
function findNothing(levels, given) {
	const isOurs = levels.some(({ invalidReasons }) => invalidReasons.includes("client-limit")) || given.some(({ code }) => code === "cancelled");
	const hasFailed = ({ requests: { ok, failed }, invalidReasons }) => ok === 0 && (failed > 0 || invalidReasons.includes("no-success"));
	if (isOurs || !levels.every(hasFailed)) return null;
	return {
		code: "no-success",
		message: `No request of the run succeeded${listFailures(levels)}.`
	};
}
function judgeLevel(runs, level, options) {
	const findings = applyRules(runs, level, options);
	const invalidReasons = [...new Set(findings.filter(invalidates).map((finding) => finding.code))];
	return {
		valid: invalidReasons.length === 0,
		invalidReasons,
		state: stateOf(runs, level, options, invalidReasons),
		findings
	};
}
const LOST_SHARE = .1;
function stateOf(runs, level, { task }, reasons) {
	if (reasons.length === 0) return generatesTokens(task) && level.ttftMs === null ? "buffered" : "ok";
	if (reasons.includes("rate-limited")) return "limited";
	if (reasons.includes("client-limit")) return "client-saturated";
	const { ok, failed } = level.requests;
	let byServer = 0;
	for (const [failure, count] of Object.entries(level.failures)) if (isServerFailure(failure)) byServer += count;
	if (ok === 0 && byServer > 0) return "lost";
	if (reasons.includes("client-saturated") || reasons.includes("late")) return "client-saturated";
	if (reasons.includes("overloaded")) return "overloaded";
	if (runs.some((run) => run.stopped === "failing") && byServer > failed / 2 || byServer > LOST_SHARE * (ok + failed)) return "lost";
	return "invalid";
}
function isServerFailure(failure) {
	if (failure.startsWith("http_4")) return failure === "http_408";
	return failure !== "tls" && failure !== "parse" && findClientFailure(failure) === null;
}
const MAXIMUM_RATE_LIMITED = .01;
const MINIMUM_FULL = .95;
const LITTLES_LAW_TOLERANCE = .1;
const LITTLES_LAW_COMPLETIONS = 30;
const LITTLES_LAW_COMPLETIONS_A_WORKER = 10;
function limitToRates(rule) {
	return (evidence) => evidence.level.open === void 0 ? null : rule(evidence);
}
const RULES = [
	["client-limit", findClientLimit],
	["no-success", findNoSuccess],
	["rate-limited", findRefusals],
	["errors", findErrors],
	["cancelled", findCancelled],
	["overloaded", limitToRates(findOverload)],
	["ceiling", limitToRates(findCeiling)],
	["late", limitToRates(findLateness)],
	["too-few-requests", findTooFew],
	["not-full", findIdleWorkers],
	["client-saturated", findBusyClient],
	["served-model-changed", findModelChange],
	["drift", findDrift],
	["foreign-load", ({ runs, options }) => findForeignLoad(runs, options.sequences ?? 1)],
	["littles-law", checkLittlesLaw],
	["server-ttft-off", ({ runs, level }) => level.server === void 0 ? null : compareTtft(runs)],
	["server-restarted", ({ runs }) => findRestarts(runs)],
	["gateway-cached", ({ runs }) => findCachedAnswers(runs)],
	["gateway-fell-back", ({ runs }) => findFallbacks(runs)],
	["gateway-retried", ({ runs }) => findRetries(runs)],
	["token-renewed", findRenewedTokens],
	["cold-load", findColdLoads],
	["hidden-tail", findHiddenTail],
	["short", findShortAnswers],
	["cached", findCachedInput],
	["buffered", findBufferedAnswers],
	["held-back", findHeldBackAnswers],
	["bursts", findBurstyAnswers],
	["bundled", findBundledAnswers],
	["unknown-events", findUnreadText],
	["reasoning-in-text", findTaggedReasoning],
	["content-filter", findFiltered],
	["impossible-count", findImpossibleCounts],
	["chunk-tokens", findChunkTokens],
	["token-sources-differ", findMixedSources],
	["reconnected", findReconnects],
	["no-keep-alive", findNewConnections]
];
function applyRules(runs, level, options) {
	const evidence = gatherEvidence(runs, level, options);
	const found = (findCancelled(evidence) === null ? RULES : RULES.filter(([code]) => code === "cancelled")).flatMap(([code, rule]) => {
		const message = rule(evidence);
		return message === null ? [] : [{
			code,
			level: evidence.concurrency,
			message
		}];
	});
	const explained = new Set(found.flatMap(({ code }) => FOLLOWS[code] ?? []));
	return found.filter(({ code }) => !explained.has(code));
}
const FOLLOWS = {
	"no-success": [
		"too-few-requests",
		"not-full",
		"client-saturated",
		"drift",
		"reconnected",
		"littles-law",
		"no-keep-alive"
	],
	"client-limit": [
		"no-success",
		"too-few-requests",
		"not-full",
		"client-saturated",
		"drift",
		"littles-law",
		"no-keep-alive"
	],
	errors: ["too-few-requests"],
	"rate-limited": ["too-few-requests"],
	overloaded: [
		"no-success",
		"too-few-requests",
		"drift",
		"server-ttft-off",
		"no-keep-alive"
	],
	ceiling: ["server-ttft-off"],
	"held-back": ["bundled"],
	"client-saturated": [
		"not-full",
		"drift",
		"littles-law",
		"server-ttft-off",
		"buffered",
		"held-back",
		"bursts",
		"bundled",
		"reconnected",
		"no-keep-alive"
	]
};
function findNoSuccess({ level, runs }) {
	if (level.requests.ok > 0) return null;
	if (level.requests.failed === 0 && runs.some(({ stopped }) => stopped === "budget")) return null;
	const sent = runs.reduce((sum, run) => sum + run.records.length, 0);
	if (sent === 0) return "No request was finished.";
	const all = level.requests.failed || sent;
	return `${all === 1 ? "The one request failed" : `None of ${pluralise(all, "request")} succeeded`}${listFailures([level])}.`;
}
function findRefusals({ runs }) {
	let refused = 0;
	let all = 0;
	for (const run of runs) {
		all += run.records.length;
		for (const record of run.records) if (record.failure === "http_429") refused++;
	}
	return runs.some((run) => run.stopped === "rate-limited") || refused > MAXIMUM_RATE_LIMITED * all ? `${partOf(refused, all, "request", "was", "were")} refused with 429.` : null;
}
function findErrors(evidence) {
	const { level } = evidence;
	const { ok, failed } = level.requests;
	const others = failed - (level.failures["http_429"] ?? 0);
	if (ok === 0 || !isFailing(level.requests)) return null;
	if (others === 0 && findRefusals(evidence) !== null) return null;
	return `${partOf(failed, ok + failed, "request")} failed (${formatPercent(failed / (ok + failed))})${listFailures([level])}.`;
}
function findCancelled({ runs }) {
	return runs.some((run) => run.stopped === "cancelled") ? "The level was cancelled before it ended." : null;
}
function findTooFew({ level, runs }) {
	const neverOpened = runs.some((run) => run.window === null && run.stopped === "budget" && run.records.length > 0);
	if (level.open !== void 0 && neverOpened) return "The window of a pass never opened: when a budget was used up, fewer requests had ended than this load keeps under way where each takes as long as a lone one. The endpoint or this machine carries less.";
	const needed = countNeededRequests(runs[0]);
	const counts = level.passes.map((pass) => pass.windowSeconds === 0 ? 0 : pass.requests.ok + pass.requests.failed);
	const fewest = Math.min(...counts);
	return fewest < needed ? `A pass has ${pluralise(fewest, "counted request")}; ${needed} are needed.` : null;
}
function findIdleWorkers({ runs, concurrency, level }) {
	if (level.open !== void 0) return null;
	if (runs.every((run) => run.window === null)) return null;
	const inFlight = averageOverWindows(runs, (run) => run.inFlight);
	if (inFlight + averageThinking(runs) >= MINIMUM_FULL * concurrency) return null;
	return `On average only ${round(inFlight)} of ${pluralise(concurrency, "worker")} were busy.`;
}
function findDrift({ runs, options }) {
	if (runs.some(({ open }) => open?.trace !== void 0)) return null;
	const change = measureDrift(runs, generatesTokens(options.task) ? "tpot" : "latency");
	if (change === null) return null;
	return `${generatesTokens(options.task) ? "TPOT" : "Latency"} was ${formatPercent(Math.abs(change))} ${change > 0 ? "higher" : "lower"} in the second half of the window.`;
}
function checkLittlesLaw({ level, concurrency }) {
	if (level.open !== void 0) return null;
	const { mean, byLittlesLaw } = level.inFlight;
	const needed = Math.max(LITTLES_LAW_COMPLETIONS, LITTLES_LAW_COMPLETIONS_A_WORKER * concurrency);
	if (byLittlesLaw === null || mean === null || mean === 0 || level.requests.ok < needed) return null;
	if (Math.abs(byLittlesLaw / mean - 1) <= LITTLES_LAW_TOLERANCE) return null;
	return `${round(mean)} requests were in flight, but rate times time says ${round(byLittlesLaw)}.`;
}
// src/metrics/level.ts
function summariseLevel(measured, options) {
	const runs = selectUsablePasses(measured);
	const figuresOfPasses = runs.map((run) => figuresOf([run], options));
	const passes = runs.map(({ pass, startedAtSeconds }, i) => ({
		pass,
		startedAtSeconds,
		...figuresOfPasses[i]
	}));
	const pooled = runs.length === 1 ? figuresOfPasses[0] : figuresOf(runs, options);
	const figures = {
		...pooled,
		...poolMedians(pooled, passes)
	};
	const servedModels = servedModelsOf(runs);
	const slowest = findSlowest(runs);
	const parts = sumUpMix(runs, options.task);
	const split = splitTime(runs, options.task, takeQueueMeans(pooled));
	const conversations = sumUpConversations(runs);
	const failureWords = Object.assign({}, ...runs.map((run) => run.failureWords).reverse());
	return {
		concurrency: runs[0].concurrency,
		...judgeLevel(runs, {
			...figures,
			passes,
			servedModels,
			failureWords,
			slowest
		}, options),
		...figures,
		...answerTraits(runs, options.task),
		...split === null ? {} : { split },
		...conversations === null ? {} : { conversations },
		...parts.length > 0 && { parts },
		passes,
		servedModels,
		failureWords,
		slowest
	};
}
function takeQueueMeans({ server, open }) {
	if (server === void 0 || server.queueMs === null) return null;
	return {
		queueMs: server.queueMs,
		firstTokenMs: open === void 0 ? server.clientTtftMs : server.ttftMs
	};
}
function answerTraits(runs, task) {
	const sources = /* @__PURE__ */ new Set();
	let ok = 0;
	let reasoned = 0;
	let flawed = 0;
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		ok++;
		if (record.countDoubt !== null) flawed++;
		else if (generatesTokens(task)) sources.add(record.tokenSource);
		if (hasReasoned(record)) reasoned++;
	}
	if (flawed > .01 * ok) sources.add("chunks");
	return {
		tokenSources: [...sources].sort(),
		reasoningShare: ok === 0 ? 0 : reasoned / ok
	};
}
function showsItsTokens({ characters, tokenSource, tpotMs, reasoningTokens }) {
	return characters > 0 && tokenSource !== "chunks" && tpotMs !== null && (reasoningTokens ?? 0) === 0;
}
function hasReasoned({ reasoningTokens, ttftMs, ttfoMs }) {
	return (reasoningTokens ?? 0) > 0 || ttftMs !== null && (ttfoMs === null || ttfoMs > ttftMs);
}
function listPassMedians(level, metric) {
	return level.passes.flatMap((pass) => pass[metric]?.p50 ?? []);
}
function figuresOf(runs, { task, slo }) {
	const requests = {
		ok: 0,
		failed: 0,
		short: 0
	};
	const failures = {};
	let timeMs = 0;
	let cached = 0;
	let cacheable = 0;
	const text = {
		characters: 0,
		tokens: 0,
		events: 0
	};
	let serverTells = runs.some((run) => run.server !== null);
	for (const record of selectCountedRecords(runs)) {
		timeMs += record.endMs;
		if (record.outcome === "ok") {
			requests.ok++;
			serverTells ||= record.serverTtftMs !== null || record.serverTpotMs !== null;
			if (record.cachedTokens !== null && record.inputTokens !== null) {
				cached += record.cachedTokens;
				cacheable += record.inputTokens;
			}
			if (showsItsTokens(record)) {
				text.characters += record.characters;
				text.tokens += record.outputTokens;
				text.events += record.tokenEvents;
			}
			if (generatesTokens(task) && record.tokenSource !== "chunks" && record.outputTokens < record.requestedTokens) requests.short++;
		} else {
			requests.failed++;
			const failure = record.failure ?? "unknown";
			failures[failure] = (failures[failure] ?? 0) + 1;
		}
	}
	const flow = flowOf(runs);
	const meanMs = timeMs / (requests.ok + requests.failed);
	const opened = runs.reduce((sum, run) => sum + run.connections.opened, 0);
	const sent = runs.reduce((sum, run) => sum + run.connections.requests, 0);
	const attained = slo === void 0 ? null : attainedOf(runs, slo, task);
	const server = serverTells ? serverSideOf(runs) : null;
	return {
		windowSeconds: flow.seconds,
		requests,
		failures,
		...timesOf(runs, task),
		...ratesOf(flow, task),
		client: pickWorstClient(runs),
		inFlight: {
			mean: flow.seconds === 0 ? 0 : averageOverWindows(runs, (run) => run.inFlight),
			byLittlesLaw: flow.seconds === 0 || flow.ended === 0 ? null : flow.ended / flow.seconds * (meanMs / 1e3)
		},
		cachedShare: cacheable === 0 ? null : cached / cacheable,
		connectionShare: sent === 0 ? 0 : opened / sent,
		...text.tokens > 0 && { tokenText: {
			charactersPerToken: text.characters / text.tokens,
			tokensPerEvent: text.tokens / text.events
		} },
		...runs[0].open !== void 0 && { open: openFiguresOf(runs) },
		...attained === null ? {} : { attained },
		...server === null ? {} : { server }
	};
}
function ratesOf(flow, task) {
	const divideBySeconds = (amount) => amount === null || flow.seconds === 0 ? null : amount / flow.seconds;
	return {
		outputTokensPerSecond: generatesTokens(task) ? divideBySeconds(flow.outputTokens) : null,
		inputTokensPerSecond: divideBySeconds(flow.inputTokens),
		requestsPerSecond: divideBySeconds(flow.requests)
	};
}
function pickWorstClient(runs) {
	const threads = Math.max(...runs.map((run) => run.client.threads ?? 1));
	return {
		eventLoopUtilization: Math.max(...runs.map((run) => run.client.eventLoopUtilization)),
		delayP90Ms: mean(runs.map((run) => run.client.delayP90Ms)),
		delayP99Ms: mean(runs.map((run) => run.client.delayP99Ms)),
		queueP99Ms: Math.max(...runs.map((run) => run.client.queueP99Ms)),
		...threads > 1 && { threads }
	};
}
function timesOf(runs, task) {
	const streams = generatesTokens(task) && hasTokenTimes(runs);
	const listStreamed = (pick) => streams ? summarise(samplesOf(runs, (record) => record.buffered ? null : pick(record))) : null;
	return {
		ttftMs: listStreamed((record) => record.ttftMs),
		ttfoMs: hidesAnswerStart(runs) ? null : listStreamed((record) => record.ttfoMs),
		tpotMs: listStreamed((record) => record.tpotMs),
		interChunkMs: streams ? summariseHistogram(mergeInterChunk(runs)) : null,
		latencyMs: summarise(samplesOf(runs, (record) => record.lastTokenMs)),
		connectMs: summarise(connectSamples(runs))
	};
}
function samplesOf(runs, pick) {
	const values = new Float64Array(countRecords(runs));
	let n = 0;
	let infinite = 0;
	for (const record of selectCountedRecords(runs.filter((run) => run.window !== null))) {
		const value = record.outcome === "ok" ? pick(record) : Infinity;
		if (value === Infinity) infinite++;
		else if (value !== null) values[n++] = value;
	}
	return {
		sorted: values.subarray(0, n).sort(),
		infinite
	};
}
function countRecords(runs) {
	return runs.reduce((sum, run) => sum + run.records.length, 0);
}
function connectSamples(runs) {
	const values = new Float64Array(countRecords(runs));
	let n = 0;
	for (const run of runs) for (const { connectMs } of run.records) if (connectMs !== null) values[n++] = connectMs;
	return {
		sorted: values.subarray(0, n).sort(),
		infinite: 0
	};
}
function mergeInterChunk(runs) {
	if (runs.length === 1) return runs[0].interChunk;
	const merged = createLogHistogram();
	for (const run of runs) merged.merge(run.interChunk);
	return merged;
}
function poolMedians(pooled, passes) {
	const measured = passes.filter((pass) => pass.windowSeconds > 0);
	return Object.fromEntries(TIME_METRICS.flatMap((metric) => {
		const summary = pooled[metric];
		if (summary === null || metric === "connectMs") return [];
		const medians = listPassMedians({ passes: measured }, metric);
		const p50 = medians.length > 0 && medians.length === measured.filter((pass) => pass[metric] !== null || pass.requests.ok === 0).length ? Math.exp(mean(medians.map((value) => Math.log(value)))) : null;
		return [[metric, {
			...summary,
			p50
		}]];
	}));
}
function servedModelsOf(runs) {
	const byPart = /* @__PURE__ */ new Map();
	for (const run of runs) for (const { part, servedModel } of run.records) {
		if (servedModel === null) continue;
		const names = byPart.get(part) ?? /* @__PURE__ */ new Set();
		byPart.set(part, names.add(servedModel));
	}
	const ofParts = [...byPart.values()];
	const all = new Set(ofParts.flatMap((names) => [...names]));
	return all.size > 1 && ofParts.every((names) => names.size === 1) ? [] : [...all];
}
// src/metrics/plateau/price.ts
function priceTokens(perHour, { plateau, capacity, levels }) {
	const tokens = plateau.metric;
	const countsTokens = tokens !== RATE_FIELDS.at(-1);
	const spread = (rate) => !countsTokens || rate === null || rate === void 0 || rate <= 0 ? null : perHour / 3600 / rate * 1e6;
	return {
		perHour,
		tokens,
		atPlateau: spread(plateau[tokens]?.value),
		atCapacity: spread(interpolateRate(capacity, levels, tokens))
	};
}
function interpolateRate(capacity, levels, tokens) {
	const at = capacity?.concurrency?.value;
	if (at === void 0 || capacity.state === "below") return null;
	const usable = levels.filter((level) => level.valid && level[tokens] !== null);
	const left = usable.findLast(({ concurrency }) => concurrency <= at);
	const right = usable.find(({ concurrency }) => concurrency >= at);
	if (left === void 0 || right === void 0) return null;
	const share = left === right ? 0 : (at - left.concurrency) / (right.concurrency - left.concurrency);
	return left[tokens] + share * (right[tokens] - left[tokens]);
}
// src/settings/values/limits.ts
const UNITS$1 = {
	time: /* @__PURE__ */ new Map([["ms", 1], ["s", 1e3]]),
	"tokens-per-second": /* @__PURE__ */ new Map([["tok/s", 1], ["tokens/s", 1]]),
	"requests-per-second": /* @__PURE__ */ new Map([["req/s", 1], ["requests/s", 1]]),
	share: /* @__PURE__ */ new Map([["%", .01]]),
	concurrency: /* @__PURE__ */ new Map([["", 1]])
};
const EXAMPLE$4 = "ttft-p90@8 <= 800ms";
function readLimits(text) {
	const limits = readEach(splitList(text), readLimit);
	if (limits.length === 0) throw new ValueError(`must hold at least one limit, for example ${EXAMPLE$4}`);
	const seen = /* @__PURE__ */ new Set();
	for (const limit of limits) {
		const target = nameTarget(limit);
		if (seen.has(target)) throw new ValueError(`limits ${target} twice; keep one of them`);
		seen.add(target);
	}
	return limits;
}
function readLimit(text) {
	const match = /[<>=\u2264\u2265]/.exec(text);
	const [name = "", level] = splitOnce(text.slice(0, match?.index), "@");
	const [, op, amount] = /^(<=|>=|\u2264|\u2265|<|>|={1,3})(.*)$/s.exec(text.slice(match?.index)) ?? [];
	if (op === void 0 || !/^[A-Za-z][\w-]*$/.test(name) || /\s/.test(level ?? "")) throw new ValueError(`has "${cut(text)}", which is not of the form metric[@concurrency] op value unit, for example ${EXAMPLE$4}`);
	const metric = readKnownMetric(name);
	return {
		metric: metric.name,
		...readLevel(level, metric),
		op: readOp(op, metric),
		value: readAmount(amount, metric),
		quantity: metric.quantity,
		text: text.trim()
	};
}
function readLatencyBounds(text) {
	return readLimits(text).map(({ metric, concurrency, value }) => {
		const row = metricOf(metric);
		if (row.quantity !== "time" || concurrency !== null) throw new ValueError("takes percentiles of times without @, for example ttft-p90 <= 500ms, tpot-p50 <= 50ms");
		return {
			metric: row.name,
			valueMs: value
		};
	});
}
function renderLimit(limit) {
	const { op, value, quantity } = limit;
	const amount = quantity === "share" ? `${roundExactly(value * 100)}%` : `${value}${UNITS$1[quantity].keys().next().value}`;
	return `${nameTarget(limit)} ${op} ${amount}`;
}
function nameTarget({ metric, concurrency, load }) {
	return `${metric}${concurrency === null ? "" : `@${nameLevel(load ?? "concurrency", concurrency)}`}`;
}
function splitOnce(text, sign) {
	const at = text.indexOf(sign);
	return at === -1 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
function readKnownMetric(name) {
	const metric = findMetric(name);
	if (metric !== null) return metric;
	const suggestion = suggestName(name, METRIC_NAMES) ?? `known are ${METRIC_NAMES.join(", ")}`;
	throw new ValueError(`has the unknown metric "${cut(name)}"; ${suggestion}`);
}
function readLevel(text, metric) {
	if (text === void 0) return { concurrency: null };
	if (metric.scope === "run") throw new ValueError(`has ${metric.name}@${cut(text)}, but ${metric.name} is a figure of the whole run; remove the @`);
	const [, number = "", sign] = /^(\d{1,6}(?:\.\d{1,6})?)(\/s|x)$/.exec(text) ?? [];
	if (Number(number) > 0) return {
		concurrency: Number(number),
		load: sign === "x" ? "speed" : "rate"
	};
	if (!/^[1-9]\d{0,5}$/.test(text)) throw new ValueError(`has ${metric.name}@${cut(text)}; after @ stands a concurrency, for example ${metric.name}@8, a rate, ${metric.name}@50/s, or a speed, ${metric.name}@2x`);
	return { concurrency: Number(text) };
}
function readOp(op, metric) {
	const wanted = metric.better === "lower" ? "<=" : ">=";
	if ((op === "\u2264" ? "<=" : op === "\u2265" ? ">=" : op) !== wanted) throw new ValueError(`has ${metric.name} ${op}; ${metric.better} is better for ${metric.name}, so write ${wanted}`);
	return wanted;
}
function readAmount(text, metric) {
	const units = UNITS$1[metric.quantity];
	const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text.trim());
	const names = [...units.keys()].join(" or ");
	if (match === null) {
		const wanted = names === "" ? "a number" : `a number with its unit (${names})`;
		throw new ValueError(`has "${cut(text)}" for ${metric.name}, which is not ${wanted}`);
	}
	const factor = units.get(match[2]);
	if (factor === void 0) {
		if (names === "") throw new ValueError(`has ${metric.name} in "${cut(match[2])}"; it has no unit, write ${match[1]}`);
		if (match[2] === "" && metric.quantity === "share" && Number(match[1]) > 0) {
			const [asShare, asPercent] = [`${roundExactly(100 * Number(match[1]))}%`, `${match[1]}%`];
			const ask = Number(match[1]) > 1 ? `write ${asPercent}` : `is it ${asShare} or ${asPercent}?`;
			throw new ValueError(`has ${metric.name} at ${match[1]} without %; ${ask}`);
		}
		const what = match[2] === "" ? "without a unit" : `in "${cut(match[2])}"`;
		throw new ValueError(`has ${metric.name} ${what}; write the unit, ${names}, for example ${match[1]}${[...units.keys()][0]}`);
	}
	const value = metric.quantity === "share" ? Number(match[1]) / 100 : roundExactly(Number(match[1]) * factor);
	if (metric.quantity === "share" ? value > 1 : value === 0) throw new ValueError(`has ${metric.name} at ${cut(text)}; ${metric.quantity === "share" ? "at most 100%" : "must be above 0"}`);
	return value;
}
function roundExactly(value) {
	return Number(value.toFixed(6));
}
function cut(text) {
	return text.length > 40 ? `${text.slice(0, 40)}\u2026` : text;
}
// src/metrics/plateau/within.ts
function findBestWithin(levels, budgets) {
	const decisive = chooseThroughput(levels.filter((level) => level.valid));
	let best = null;
	for (const place of findPlacesInside(levels, budgets, decisive)) if (best === null || interpolateThroughput(place, decisive) > interpolateThroughput(best, decisive)) best = place;
	return {
		limit: budgets.map(renderBudget).join(", "),
		...mapRates((metric) => best === null ? null : interpolateThroughput(best, metric)),
		concurrency: best === null ? null : interpolate(best.left.concurrency, best.right.concurrency, best.share)
	};
}
function* findPlacesInside(levels, budgets, decisive) {
	const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency);
	const isUsable = (level) => level.valid && level[decisive] !== null && budgets.every(({ metric }) => figureOf(level, metric) !== null);
	for (const [i, left] of ladder.entries()) {
		if (!isUsable(left)) continue;
		if (budgets.every((budget) => figureOf(left, budget.metric) <= budget.valueMs)) yield {
			left,
			right: left,
			share: 0
		};
		const right = ladder[i + 1];
		if (right === void 0 || !isUsable(right)) continue;
		const [from, to] = findStretchInside(left, right, budgets);
		if (from > to) continue;
		yield {
			left,
			right,
			share: from
		};
		yield {
			left,
			right,
			share: to
		};
	}
}
function findStretchInside(left, right, budgets) {
	let from = 0;
	let to = 1;
	for (const { metric, valueMs } of budgets) {
		const start = figureOf(left, metric);
		const end = figureOf(right, metric);
		if (start <= valueMs && end <= valueMs) continue;
		if (start > valueMs && end > valueMs) return [1, 0];
		const crossing = Math.log(valueMs / start) / Math.log(end / start);
		if (start <= valueMs) to = Math.min(to, crossing);
		else from = Math.max(from, crossing);
	}
	return [from, to];
}
function interpolateThroughput({ left, right, share }, metric) {
	const start = left[metric];
	const end = right[metric];
	return start === null || end === null ? null : interpolate(start, end, share);
}
function interpolate(start, end, share) {
	return start > 0 && end > 0 ? start * (end / start) ** share : start + share * (end - start);
}
function renderBudget({ metric, valueMs }) {
	return renderLimit({
		metric,
		concurrency: null,
		op: "<=",
		value: valueMs,
		quantity: "time"
	});
}
// src/settings/trace-file/trace.ts
function cutTrace({ trace, prompts, account }, { traceSpeed, levelRequests, levelDurationMs }) {
	const untilMs = levelDurationMs === "auto" || traceSpeed === "auto" ? Infinity : levelDurationMs * traceSpeed.at(-1);
	const inTime = trace.atMs.findIndex((ms) => ms >= untilMs);
	const count = Math.max(1, Math.min(levelRequests ?? Infinity, inTime === -1 ? Infinity : inTime));
	const { atMs, lengths, blockTokens } = trace;
	const beyond = atMs.length - Math.min(atMs.length, count);
	const leftOut = beyond === 0 ? [] : [{
		why: "beyond level-requests or level-duration",
		count: beyond
	}];
	return {
		trace: {
			atMs: atMs.slice(0, count),
			lengths: lengths?.slice(0, count) ?? null,
			blockTokens
		},
		prompts: prompts?.slice(0, count) ?? null,
		account: {
			...account,
			leftOut: [...account.leftOut, ...leftOut]
		}
	};
}
function averageLengths(lengths) {
	const outputs = lengths.flatMap(({ outputTokens }) => outputTokens ?? []);
	const average = (values) => Math.max(1, Math.round(values.reduce((sum, value) => sum + value, 0) / values.length));
	return {
		input: average(lengths.map(({ inputTokens }) => inputTokens)),
		output: outputs.length === 0 ? null : average(outputs)
	};
}
function describeTrace(trace) {
	const { input, output } = trace.lengths === null ? {
		input: null,
		output: null
	} : averageLengths(trace.lengths);
	return {
		seconds: trace.atMs.at(-1) / 1e3,
		inputTokens: input,
		outputTokens: output,
		blockTokens: trace.blockTokens,
		repeatedShare: computeRepeatedShare(trace)
	};
}
function computeRepeatedShare({ lengths, blockTokens }) {
	if (lengths === null || blockTokens === null) return 0;
	const seen = /* @__PURE__ */ new Set();
	let all = 0;
	let repeated = 0;
	for (const { inputTokens, blocks } of lengths) {
		all += inputTokens;
		const fresh = (blocks ?? []).findIndex((block) => !seen.has(block));
		const known = blocks === null ? 0 : fresh === -1 ? blocks.length : fresh;
		repeated += Math.min(inputTokens, known * blockTokens);
		for (const block of blocks ?? []) seen.add(block);
	}
	return repeated / all;
}
// src/report/assemble.ts
function assembleReport(parts) {
	const { settings, durationSeconds, plan, capabilities, plateau, within, validity } = parts;
	return {
		schema: RUN_REPORT_SCHEMA,
		tool: {
			name: "plateau",
			version: VERSION
		},
		startedAt: parts.startedAt.toISOString(),
		durationSeconds,
		series: parts.series,
		context: {
			host: settings.endpoint.host,
			endpointLabel: settings.endpointLabel,
			model: parts.model,
			servedModel: parts.servedModel,
			...parts.serverVersion === null ? {} : { serverVersion: parts.serverVersion },
			...parts.build === null ? {} : { build: parts.build },
			...parts.provisioned === null ? {} : { provisioned: parts.provisioned },
			runner: parts.runner,
			node: parts.nodeVersion
		},
		plan,
		capabilities,
		levels: parts.levels.map(removeNotes),
		...parts.slowest.length > 0 && { slowest: parts.slowest },
		plateau,
		within,
		...parts.slo === null ? {} : { slo: parts.slo },
		...parts.price === null ? {} : { price: parts.price },
		...settings.sentPrompts === null ? {} : { prompts: settings.sentPrompts },
		...settings.trace === null ? {} : { trace: describeTrace(settings.trace) },
		...parts.proof === null ? {} : { selfProof: parts.proof },
		...parts.crossCheck === null ? {} : { crossCheck: parts.crossCheck },
		validity
	};
}
function removeNotes(level) {
	const { findings: _findings, servedModels: _servedModels, failureWords: _failureWords, slowest: _slowest, ...metrics } = level;
	return metrics;
}
// src/settings/values/secret-words.ts
const SHORTEST_WORD = 8;
function findSecretsInHeaders(text) {
	const parsed = Object.entries(parseObject(text) ?? {});
	return (parsed.length > 0 && parsed.every(([, value]) => typeof value !== "object") ? parsed : text.split("\n").map(splitAtColon)).flatMap(([name, value]) => [...isSecretName(name) ? takeWhole(String(value)) : [], ...splitLongWords(String(value))]);
}
function splitAtColon(line) {
	const colon = line.indexOf(":");
	return [line.slice(0, Math.max(0, colon)), line.slice(colon + 1)];
}
function findSecretsInCommand(text) {
	return [...text.matchAll(/(?<=^|[\s'"])-{0,2}([A-Za-z][\w-]*)(?:=|\s+)(?=("[^"\n]*"|'[^'\n]*'|[^\s'"]+))/g)].flatMap(([, name, value]) => isSecretName(name) && !value.startsWith("-") ? takeWhole(value.replace(/^(["'])(.*)\1$/, "$2")) : []);
}
function findSecretsInBody(text) {
	return secretValuesOf(parseObject(text) ?? {}).flatMap((value) => [...takeWhole(value), ...splitLongWords(value)]);
}
function takeWhole(value) {
	const whole = value.trim();
	return [whole, whole.slice(whole.lastIndexOf(" ") + 1)].filter((word) => !/^\d*$/.test(word));
}
function splitLongWords(value) {
	return [
		value.trim(),
		...value.split(/[\s,;=]+/),
		...value.split(/[\s,;="{}[\]:]+/)
	].filter(isLong);
}
function isLong(word) {
	return word.length >= SHORTEST_WORD;
}
function parseObject(text) {
	try {
		const value = JSON.parse(text);
		return typeof value === "object" ? value : null;
	} catch {
		return null;
	}
}
const PLACEHOLDER = "(secret)";
function replaceSecretValues(extraBody) {
	return replace(extraBody, "nothing secret", () => PLACEHOLDER);
}
function secretValuesOf(extraBody) {
	const secrets = [];
	replace(extraBody, "nothing secret", (value) => secrets.push(String(value)));
	return secrets;
}
function replace(value, holds, by) {
	if (Array.isArray(value)) return value.map((item) => replace(item, holds, by));
	if (typeof value === "object" && value !== null) {
		const members = Object.entries(value).map(([name, member]) => {
			const below = holds === "secrets" ? holds : pickStronger(holds, holdsOf(name));
			return [name, name === "properties" ? replaceInSchema(member, below, by) : replace(member, below, by)];
		});
		return Object.fromEntries(members);
	}
	return typeof value === "string" && holds !== "nothing secret" || typeof value === "number" && holds === "secrets" ? by(value) : value;
}
function replaceInSchema(properties, holds, by) {
	if (typeof properties !== "object" || properties === null || !Object.values(properties).every(isObject)) return replace(properties, holds, by);
	const members = Object.entries(properties).map(([name, schema]) => [name, replace(schema, holds, by)]);
	return Object.fromEntries(members);
}
function isObject(value) {
	return typeof value === "object" && value !== null;
}
function pickStronger(outer, inner) {
	return inner === "nothing secret" ? outer : inner;
}
function isSecretName(name) {
	return holdsOf(name) !== "nothing secret";
}
function mayBeKey(word) {
	return /^(?=.*[a-z])(?=.*\d)[\w+/=.~-]{20,}$/i.test(word);
}
function holdsOf(name) {
	const words = wordsOf(name);
	if (words.some((word) => /secret|password|authorization|credential|keys?$/.test(word))) return "secrets";
	return words.some((word) => /tokens?$/.test(word)) ? "secret texts" : "nothing secret";
}
function wordsOf(name) {
	return name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").toLowerCase().split(/[^a-z]+/);
}
function findPastedSigns(secret) {
	const text = secret.trim();
	if (/^(["'`]).*\1$/.test(text)) return "is in quotes, which would be sent with it; give it without them";
	if (/\*{3,}|\.{3,}|[\u2022\u25CF\u2026]|^<[^<>]*>$|^x{4,}$/i.test(text)) return "is what logs, pages and instructions show in place of a key; give the key itself";
	if (/^(export +)?[A-Z][A-Z0-9_]*_(KEY|TOKEN|SECRET)=/.test(text)) return "begins with the name of a variable; give what stands behind the =";
	if (/^\$(\{.*\}|\w+|\(.*\))$/.test(text)) return "is the name of a variable that was not replaced by its value";
	return null;
}
function findHeaderWords(key) {
	const text = key.trim();
	if (/^((proxy-)?authorization|[a-z-]*api-?key|[a-z-]+-token) *:/i.test(text)) return "begins with the name of a header";
	const scheme = /^(bearer|basic|token|api-?key) /i.exec(text)?.[0].trim();
	return scheme === void 0 ? null : `begins with "${scheme}"`;
}
// src/report/build-series.ts
function buildSeries({ settings, api, task, shrunkTo = null }) {
	const { extraBody, prompts } = settings;
	return seriesOf({
		name: settings.name,
		api,
		workload: {
			task,
			inputTokens: inputTokensOf(settings, shrunkTo),
			outputTokens: settings.trace?.lengths == null ? renderLengths(settings.outputTokens) : "trace",
			promptsHash: prompts === null ? null : sha256(encodeCanonically(prompts)),
			extraBody: Object.keys(extraBody).length === 0 ? null : encodeCanonically(replaceSecretValues(extraBody)),
			headerNames: Object.keys(settings.headers).sort(),
			prefixCache: settings.prefixCache,
			sharedPrefixTokens: settings.sharedPrefixTokens,
			batchSize: countSequencesPerRequest(settings),
			...conversationFieldsOf(settings),
			...settings.images !== null && { images: renderImages(settings.images) },
			...settings.mix !== null && { mix: describeMix(settings.mix) }
		},
		...loadFieldsOf(settings),
		passes: settings.passes,
		levelDuration: settings.levelDurationMs === "auto" ? "auto" : settings.levelDurationMs / 1e3,
		levelRequests: settings.levelRequests,
		connection: settings.proxy === null ? "http/1.1 keep-alive" : "http/1.1 keep-alive, proxy",
		method: 1
	});
}
function conversationFieldsOf({ turns, thinkTime, systemPromptTokens }) {
	if (turns === null) return {};
	return {
		turns: turns === "file" ? turns : renderLengths(turns),
		thinkTime: renderDurations(thinkTime),
		systemPromptTokens
	};
}
function loadFieldsOf({ rate, trace, traceSpeed, arrivals, maxInFlight, concurrency }) {
	if (trace !== null) return {
		concurrency: [],
		speeds: traceSpeed,
		trace: sha256(encodeCanonically(trace)),
		maxInFlight
	};
	if (rate === null) return { concurrency };
	return {
		concurrency: [],
		rates: rate,
		arrivals: renderArrivals(arrivals),
		maxInFlight
	};
}
function inputTokensOf({ inputTokens, prompts, trace }, shrunkTo) {
	if (trace !== null) return "trace";
	if (inputTokens !== "auto") return renderLengths(inputTokens);
	return shrunkTo === null || prompts !== null ? "auto" : `auto, ${shrunkTo}`;
}
function describeMix(mix) {
	return mix.map((part) => {
		const { name, percent, inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = part;
		const input = inputTokens === "auto" ? "auto" : renderLengths(inputTokens);
		const sent = prompts === null ? `${input} in` : `prompts ${sha256(encodeCanonically(prompts)).slice(0, 12)}`;
		const cache = prefixCache === "avoid" || part.turns !== null ? "" : `, cache allowed, ${sharedPrefixTokens} shared`;
		const more = [...describeTalk(part), ...part.images === null ? [] : [`images ${renderImages(part.images)}`]];
		return `${name} ${percent}% (${[
			sent,
			`${renderLengths(outputTokens)} out${cache}`,
			...more
		].join(", ")})`;
	}).join(", ");
}
function describeTalk({ turns, thinkTime, systemPromptTokens }) {
	if (turns === null) return [];
	const many = turns === "file" ? "turns of the file" : `${renderLengths(turns)} turns`;
	const pause = renderDurations(thinkTime);
	return [
		many,
		`think-time ${typeof pause === "number" ? `${pause}s` : pause}`,
		`system prompt ${systemPromptTokens}`
	];
}
function countSequencesPerRequest({ batchSize, prompts }) {
	if (prompts === null) return batchSize;
	return prompts.reduce((sum, prompt) => sum + (prompt.kind === "input" ? prompt.texts.length : 1), 0) / prompts.length;
}
// src/settings/values/objectives.ts
const OBJECTIVE_TIMES = [
	"ttft",
	"ttfo",
	"tpot",
	"latency"
];
const UNITS = /* @__PURE__ */ new Map([["ms", 1], ["s", 1e3]]);
const EXAMPLE$3 = "ttft <= 500ms, tpot <= 50ms";
const LONGEST_MS$4 = 864e5;
const IN_ORDER = [
	["ttft", "ttfo"],
	["ttft", "latency"],
	["ttfo", "latency"],
	["tpot", "latency"]
];
function readObjectives(text) {
	const objectives = readEach(splitList(text), readObjective);
	if (objectives.length === 0) throw new ValueError(`must hold at least one objective, for example ${EXAMPLE$3}`);
	const byTime = /* @__PURE__ */ new Map();
	for (const objective of objectives) {
		if (byTime.has(objective.time)) throw new ValueError(`has ${objective.time} twice; keep one of them`);
		byTime.set(objective.time, objective);
	}
	for (const [shorter, longer] of IN_ORDER) {
		const [first, second] = [byTime.get(shorter), byTime.get(longer)];
		if (first === void 0 || second === void 0 || first.atMostMs <= second.atMostMs) continue;
		throw new ValueError(`has ${renderObjective(first)} beside ${renderObjective(second)}, and no request has a ${shorter} above its ${longer}; lower the bound of ${shorter}, or remove it`);
	}
	return OBJECTIVE_TIMES.flatMap((time) => byTime.get(time) ?? []);
}
function renderObjectives(objectives) {
	return objectives.map(renderObjective).join(", ");
}
function renderObjective({ time, atMostMs }) {
	return `${time} <= ${atMostMs}ms`;
}
function readObjective(text) {
	const [, name, op, amount] = /^([^<>=\u2264\u2265]*)(<=|>=|\u2264|\u2265|<|>|={1,3})([^<>=\u2264\u2265]*)$/.exec(text) ?? [];
	if (op === void 0) throw new ValueError(`has "${show(text)}", which is not of the form time <= value unit, for example ${EXAMPLE$3}`);
	const time = readTime$1(name.trim());
	if (op !== "<=" && op !== "\u2264") throw new ValueError(`has ${time} ${op}; an objective is what a time is at most, so write <=`);
	return {
		time,
		atMostMs: readBound(amount.trim(), time)
	};
}
function readTime$1(name) {
	const time = OBJECTIVE_TIMES.find((known) => known === name);
	if (time !== void 0) return time;
	const shown = show(name);
	const family = OBJECTIVE_TIMES.find((known) => name.startsWith(`${known}-`) || name.startsWith(`${known}@`));
	if (family !== void 0) throw new ValueError(`has "${shown}", and an objective is about every single request; write ${family}, and slo-share for how many of them must keep it`);
	const suggestion = suggestName(name, OBJECTIVE_TIMES) ?? `known are ${OBJECTIVE_TIMES.join(", ")}`;
	throw new ValueError(`has the unknown time "${shown}"; ${suggestion}`);
}
function readBound(text, time) {
	const names = [...UNITS.keys()].join(" or ");
	const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text) ?? [];
	if (number === void 0) throw new ValueError(`has "${show(text)}" for ${time}, which is not a number with its unit (${names})`);
	const factor = UNITS.get(unit);
	if (factor === void 0) {
		const what = unit === "" ? "without a unit" : `in "${show(unit)}"`;
		throw new ValueError(`has ${time} ${what}; write the unit, ${names}, for example ${number}ms`);
	}
	const atMostMs = Number((Number(number) * factor).toFixed(6));
	if (atMostMs === 0 || atMostMs > LONGEST_MS$4) throw new ValueError(`has ${time} at ${show(text)}; must be above 0 and at most a day (86400s)`);
	return atMostMs;
}
function show(text) {
	return escapeForTerminal(text, 40);
}
// src/run/side-report.ts
function summariseSide({ settings, found }, { levelRuns }) {
	const levels = levelsOf$3(levelRuns, levelOptionsOf(settings, found));
	return {
		levels,
		plateau: findPlateau(levels)
	};
}
async function reportSide(side, { sweep, levels, plateau }, { crossCheck, findings }, frame) {
	const { settings, found } = side;
	const { plan } = frame;
	const slo = sumUpObjectives(levelOptionsOf(settings, found).slo ?? null, levels, chooseLoad(settings));
	const extra = [...findings, ...await collectFindings(side, sweep, levels, frame.signal)];
	return assembleReport({
		settings,
		startedAt: frame.startedAt,
		durationSeconds: frame.durationSeconds,
		runner: frame.runner,
		nodeVersion: frame.nodeVersion,
		proof: frame.proof,
		series: seriesOfRun(settings, found),
		model: settings.model ?? found.target.dialect.model,
		servedModel: levels.at(-1)?.servedModels.at(-1) ?? found.servedModel,
		build: found.build,
		serverVersion: found.described === null ? found.serverVersion : found.described.served,
		provisioned: found.described?.provisioned ?? null,
		plan: {
			levels: listLadderLevels(plan.ladder, sweep.levelRuns),
			passes: countPasses(frame, sweep),
			expected: plan.expected,
			cut: plan.cut,
			...frame.once.length > 0 && { once: frame.once },
			...frame.searchEnd !== null && { searchEnd: frame.searchEnd }
		},
		capabilities: found.capabilities,
		levels,
		slowest: pickSlowest(levels),
		plateau,
		crossCheck,
		within: settings.throughputWithin === null ? null : findBestWithin(levels, settings.throughputWithin),
		slo,
		price: settings.pricePerHour === null ? null : priceTokens(settings.pricePerHour, {
			plateau,
			capacity: slo?.capacity ?? null,
			levels
		}),
		validity: judgeRun(levels, {
			extra,
			sentinelMs: sweep.sentinelMs
		})
	});
}
function sumUpObjectives(slo, levels, load) {
	if (slo === null) return null;
	const { objectives, share } = slo;
	return {
		objectives: renderObjectives(objectives),
		share,
		capacity: findCapacity(levels, load),
		...sumUpKept(levels)
	};
}
function countPasses({ plan, searchEnd, once }, { levelRuns }) {
	const { passes, leastPasses } = plan.ladder;
	const measured = Math.max(1, ...levelRuns.map(({ pass }) => pass));
	if (searchEnd !== null || once.length === plan.ladder.levels.length) return measured;
	return leastPasses === void 0 ? passes : Math.max(leastPasses, measured);
}
function levelOptionsOf(settings, found) {
	return {
		task: found.target.dialect.task,
		...settings.slo !== null && { slo: {
			objectives: settings.slo,
			share: settings.sloShare
		} },
		prefixCache: settings.prefixCache,
		tolerance: chooseSmallestTolerance(settings),
		sequences: countMostSequences(found)
	};
}
function seriesOfRun(settings, { target, shrunkTo }) {
	return buildSeries({
		settings,
		api: target.api.name,
		task: target.dialect.task,
		shrunkTo
	});
}
function levelsOf$3(runs, options) {
	return [...Map.groupBy(runs, (run) => run.concurrency).values()].map((runs) => summariseLevel(runs, options)).sort((a, b) => a.concurrency - b.concurrency);
}
function countMostSequences({ workload: { task, batchSize, prompts } }) {
	if (generatesTokens(task)) return 1;
	if (prompts === null) return batchSize;
	return Math.max(...prompts.map((prompt) => prompt.kind === "input" ? prompt.texts.length : 1));
}
async function collectFindings({ settings, found, findings }, sweep, levels, signal) {
	return [
		...findings,
		...findUnsettled(sweep.settled),
		...sweep.endedWell === false ? [GONE] : [],
		...await findOtherBuild(settings, found, signal),
		...signal.aborted ? [] : await found.described?.findChanges(signal) ?? [],
		...vendorOf(found.target.api)?.findLimits?.(levels) ?? [],
		...signal.aborted ? [INTERRUPTED] : []
	];
}
const GONE = {
	code: "endpoint-gone",
	message: "Single requests after the last level all failed."
};
const INTERRUPTED = {
	code: "cancelled",
	message: "The run was interrupted: levels and passes are missing."
};
function findUnsettled(settled) {
	if (settled !== false) return [];
	return [{
		code: "not-settled",
		message: "In no three consecutive stretches of load did TTFT and TPOT stay within 5 %, or within what requests differ by."
	}];
}
async function findOtherBuild(settings, found, signal) {
	if (found.build === null || signal.aborted) return [];
	const shown = await findOtherVersion(settings, found.target, found.servedModel, signal);
	if (shown === null) return [];
	return [{
		code: "served-model-changed",
		message: `the endpoint showed ${found.build} at the start and shows ${shown} now`
	}];
}
// src/load/level.ts
async function measureLevel(spec, ports) {
	return measureSharedLevel(spec, ports, async (level, link) => {
		const tellOpened = () => {
			share.noteOpened();
			link.onOpened();
		};
		const share = new Share(level, listWorkers(spec), ports, {
			...link,
			onOpened: tellOpened
		});
		link.opened.addEventListener("abort", () => share.noteOpened(), { once: true });
		if (link.onReady()) tellOpened();
		return [await share.run()];
	});
}
async function measureSharedLevel(spec, ports, carryLoad) {
	const beginAt = await ports.steer?.begin();
	const level = await beginLevel(spec, ports, beginAt);
	if (beginAt !== void 0) await waitForBegin(level, beginAt);
	const shares = await carryLevel(level, carryLoad);
	const fatal = shares.find((share) => share.fatal !== null)?.fatal;
	if (fatal != null) throw fatal instanceof EndpointError ? fatal : new EndpointError(fatal.what, fatal);
	const frame = await endLevel(level);
	ports.steer?.keep(frame, shares);
	return joinShares(frame, shares);
}
async function beginLevel(spec, ports, beginAt) {
	const { clock, serverMetrics } = ports;
	const stopping = new AbortController();
	const readings = serverMetrics === null ? null : await beginReadings(serverMetrics, {
		...ports,
		stopping
	});
	return {
		spec,
		ports,
		board: createBoard(spec),
		stopping,
		opened: new AbortController(),
		readings,
		startedAt: beginAt ?? clock.now(),
		steering: null
	};
}
async function waitForBegin({ spec, board, ports }, beginAt) {
	const { clock, signal } = ports;
	if (spec.open == null) await clock.sleep(Math.max(0, beginAt - clock.now()), signal);
	else board.values.scheduleAt = beginAt;
}
async function carryLevel(level, carryLoad) {
	const { spec, board, stopping } = level;
	const { budget, sweepStartAt, signal, target } = level.ports;
	const cancel = () => {
		board.stop(budget.exhausted() ? "budget" : "cancelled");
		stopping.abort();
	};
	signal.addEventListener("abort", cancel, { once: true });
	if (signal.aborted) cancel();
	const carrying = carryLoad({
		spec,
		board,
		budget,
		sweepStartAt,
		target
	}, linkTo(level));
	const [carried] = await Promise.allSettled([carrying]);
	signal.removeEventListener("abort", cancel);
	if (carried.status === "rejected") {
		stopping.abort();
		await Promise.allSettled([level.steering]);
		throw carried.reason;
	}
	await level.steering;
	return carried.value;
}
function linkTo(level) {
	const { spec, board, stopping, opened, ports } = level;
	const { clock, steer = null } = ports;
	return {
		stopping: stopping.signal,
		opened: opened.signal,
		onReady() {
			if (steer !== null) {
				level.steering = steerLevel(level, steer);
				level.steering.catch(() => {});
				return false;
			}
			if (spec.warmupRequests > 0) return false;
			board.window.open(clock.now());
			return true;
		},
		onOpened: () => watchServer(level),
		onOver: () => steer === null ? endLoad(level) : void 0,
		onStopped: () => stopping.abort()
	};
}
async function steerLevel(level, steer) {
	const { spec, board, stopping, opened } = level;
	await steer.steerLevel({
		spec,
		board,
		stopping: stopping.signal,
		onOpened() {
			opened.abort();
			watchServer(level);
		},
		onOver: () => endLoad(level),
		onStopped: () => stopping.abort()
	}).finally(() => stopping.abort());
}
function watchServer({ readings, spec }) {
	readings?.watch(spec.durationMs);
}
function endLoad({ readings, stopping }) {
	if (readings === null) stopping.abort();
	else readings.readLast();
}
async function endLevel({ spec, board, readings, startedAt, ports }) {
	const { sweepStartAt } = ports;
	const { startAt, endAt } = board.window;
	const hasWindow = startAt !== null && endAt !== null && endAt !== startAt;
	return {
		concurrency: spec.concurrency,
		pass: spec.pass,
		startedAtSeconds: (startedAt - sweepStartAt) / 1e3,
		window: hasWindow ? {
			startMs: startAt - sweepStartAt,
			endMs: endAt - sweepStartAt
		} : null,
		server: readings === null ? null : await readings.end(),
		stopped: board.stopped ?? (board.values.cutByBudget === 1 ? "budget" : null),
		...spec.open != null && { open: readSchedule(board, spec.open, sweepStartAt) }
	};
}
function readSchedule({ values }, open, sweepStartAt) {
	const { peakInFlight, waited, dropped, outstandingBefore, outstandingAfter } = values;
	const queue = Number.isNaN(outstandingAfter) ? null : {
		before: outstandingBefore,
		after: outstandingAfter
	};
	const lastMs = findLastMs(open);
	return {
		maxInFlight: open.maxInFlight,
		peakInFlight,
		waited,
		dropped,
		queue,
		...lastMs !== null && { trace: {
			startMs: values.scheduleAt - sweepStartAt,
			lastMs
		} }
	};
}
// src/metrics/self-proof.ts
function compareWithTruth(records, sent, { streams, lone }) {
	const truth = new Map(sent.map((answer) => [answer.requestId, answer]));
	const ttft = [];
	const span = [];
	for (const { phase, outcome, requestId, ttftMs, lastTokenMs } of records) {
		const answer = requestId === null ? void 0 : truth.get(requestId);
		if (phase !== "counted" || outcome !== "ok" || answer === void 0 || ttftMs === null || lastTokenMs === null) continue;
		ttft.push(Math.abs(ttftMs - (answer.firstTokenAtMs - answer.receivedAtMs)));
		span.push(Math.abs(lastTokenMs - ttftMs - (answer.lastTokenAtMs - answer.firstTokenAtMs)));
	}
	if (ttft.length < streams) return null;
	const plannedSpanMs = lone.latencyMs * (1 - 1 / lone.outputTokens);
	return {
		answers: ttft.length,
		ttftErrorMs: summariseErrors(ttft),
		tpotError: plannedSpanMs > 0 ? summariseErrors(span.map((ms) => ms / plannedSpanMs)) : null
	};
}
function summariseErrors(errors) {
	errors.sort((a, b) => a - b);
	const pick = (share) => errors[Math.ceil(share * errors.length) - 1];
	return {
		p50: pick(.5),
		p99: pick(.99)
	};
}
function findHighestRate(read) {
	return MAXIMUM_UTILIZATION * read.tokens / (read.seconds * read.utilization);
}
function planRate({ streams, inFlight = streams, lone }) {
	return inFlight * lone.outputTokens * 1e3 / lone.latencyMs;
}
function findBeyondProof({ plannedTokensPerSecond, tokensPerSecond }, { streams, threads = 1 }) {
	if (plannedTokensPerSecond <= threads * tokensPerSecond) return [];
	const [planned, held] = [plannedTokensPerSecond, tokensPerSecond].map((rate) => groupDigits(roundRate(rate)));
	return [{
		code: "beyond-proof",
		message: `With ${streams} requests at once the plan may come to ${planned} tokens/s; this machine can hold ${held}${threads > 1 ? ` in each of ${threads} threads` : ""}.`
	}];
}
function roundRate(rate) {
	return Number(rate.toPrecision(3));
}
function describeMissingProof(why) {
	return {
		code: "self-proof-missing",
		message: `How accurately this machine times was not tested: ${why}.`
	};
}
// src/run/self-proof.ts
const LONGEST_MS$3 = 1500;
const LONGEST_START_MS = 700;
const LONGEST_READ_MS = 300;
const MOST_STREAMS = 256;
const BURST = {
	streams: 32,
	ttftMs: 5,
	intervalMs: 1,
	outputTokens: 100,
	windowMs: 100
};
const WINDOW_MS = 150;
const ANSWER_MS = {
	perStream: 10,
	shortest: 50,
	usual: 150
};
const TTFT_MS = 10;
const LONGEST_INTERVAL_MS = 25;
const SHARE_OF_RATE = .7;
async function proveClient(load, ports) {
	const endAt = ports.clock.now() + LONGEST_MS$3;
	const limit = (ms) => AbortSignal.any([ports.signal, AbortSignal.timeout(Math.max(0, Math.round(ms)))]);
	let truth;
	try {
		truth = await ports.startTruth(limit(LONGEST_START_MS));
	} catch (error) {
		return giveUp(`the test's own server on this machine ${error.message}`);
	}
	try {
		const inTime = {
			...ports,
			signal: limit(endAt - ports.clock.now())
		};
		const rate = readRate(await measureSchedule(truth, BURST, inTime));
		if (rate === null) return giveUp(NO_TIME);
		const schedule = planSchedule(load, rate);
		const planned = await measureSchedule(truth, schedule, inTime);
		const { streams } = schedule;
		const errors = compareWithTruth(planned.records, await truth.readAnswers(limit(LONGEST_READ_MS)), {
			streams,
			lone: load.lone
		});
		const rates = {
			tokensPerSecond: rate,
			plannedTokensPerSecond: planRate(load)
		};
		const beyond = findBeyondProof(rates, load);
		return errors === null ? {
			proof: null,
			findings: [...giveUp(NO_TIME).findings, ...beyond]
		} : {
			proof: {
				streams,
				...errors,
				...rates
			},
			findings: beyond
		};
	} catch (error) {
		return giveUp(error.message);
	} finally {
		await truth.end();
	}
}
const NO_TIME = "this machine was too busy, or too slow, to do it in time";
function giveUp(why) {
	return {
		proof: null,
		findings: [describeMissingProof(why)]
	};
}
function planSchedule({ streams: planned, lone }, tokensPerSecond) {
	const streams = Math.min(planned, MOST_STREAMS);
	const perToken = lone.latencyMs / Math.max(1, lone.outputTokens);
	const readable = streams * 1e3 / (SHARE_OF_RATE * tokensPerSecond);
	const intervalMs = Math.max(readable, Math.min(perToken, LONGEST_INTERVAL_MS));
	const few = Math.max(ANSWER_MS.shortest, ANSWER_MS.perStream * streams);
	const answerMs = Math.max(streams, Math.min(few, ANSWER_MS.usual));
	const outputTokens = 1 + Math.max(1, Math.round((answerMs - TTFT_MS) / intervalMs));
	return {
		streams,
		ttftMs: TTFT_MS,
		intervalMs,
		outputTokens,
		windowMs: WINDOW_MS
	};
}
async function measureSchedule(truth, schedule, ports) {
	const { clock, health, signal } = ports;
	const { streams, ttftMs, intervalMs, outputTokens, windowMs } = schedule;
	const url = new URL(`/step/${ttftMs}/${intervalMs}`, truth.origin);
	const transport = createHttpTransport({
		connection: {
			origin: url.origin,
			caCert: null,
			proxy: null,
			connectTimeoutMs: LONGEST_MS$3
		},
		api: findApi("openai-chat"),
		dialect: {
			task: "chat",
			model: "truth",
			fields: /* @__PURE__ */ new Set(["stream_options"]),
			lengthField: "max_tokens",
			extraBody: {}
		},
		url,
		headers: {},
		auth: NO_AUTH,
		requestTimeoutMs: LONGEST_MS$3
	});
	ports.collectGarbage();
	try {
		const workload = createWorkload({
			task: "chat",
			seed: "self-proof",
			inputTokens: fixLength(32),
			outputTokens: fixLength(outputTokens),
			promptModel: UNCALIBRATED,
			prompts: null,
			prefixCache: "allow",
			sharedPrefixTokens: 0,
			batchSize: 1,
			nonce: () => ""
		}, streams, 1);
		return await measureLevel({
			concurrency: streams,
			pass: 1,
			durationMs: windowMs,
			minRequests: 1,
			maxRequests: null,
			warmupRequests: 1
		}, {
			transport,
			clock,
			workload,
			health: health(),
			budget: createBudget({
				maxDurationMs: null,
				maxRequests: null,
				maxOutputTokens: null
			}, clock),
			sweepStartAt: clock.now(),
			signal,
			target: url.href,
			serverMetrics: null
		});
	} finally {
		await transport.close();
	}
}
function readRate({ window, records, cancelledWindowTokens, client }) {
	if (window === null) return null;
	let tokens = cancelledWindowTokens;
	for (const { windowTokens } of records) tokens += windowTokens;
	const seconds = (window.endMs - window.startMs) / 1e3;
	return tokens === 0 ? null : findHighestRate({
		tokens,
		seconds,
		utilization: client.eventLoopUtilization
	});
}
// src/run/plan-run.ts
function recallRun({ levels }) {
	return levels.map(({ concurrency, latencyMs }) => ({
		level: concurrency,
		latencyMs: latencyMs?.p50 ?? null
	}));
}
async function planRun(settings, ladder, ports) {
	const { clock, nonce } = ports;
	const startedAt = ports.wallClock();
	const startAt = clock.now();
	const planned = planThreads(settings.clientThreads, ports.runner.cpuCount);
	const threads = ports.openCrew === null ? null : planned;
	const found = settings.preflight ? await runPreflight(settings, ports) : assumePreflight(settings, assumeTarget(settings, ports), nonce);
	const { control, trouble } = await findControl(settings, found, ports);
	const timing = control === null ? null : settings.controlTiming;
	const connections = countAffordable$1(ports.openFiles(), threads?.most ?? 0);
	const sides = control === null ? 1 : 2;
	const expected = planLevels(settings, {
		...found,
		control: timing,
		connections: connections === null ? null : Math.floor(connections / sides)
	}, ladder(seriesOfRun(settings, found)));
	const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal);
	const proven = await proveMachine(settings, {
		found,
		plan: expected,
		threads
	}, ports);
	const plan = boundByProof(expected, proven.proof, threads);
	return {
		startedAt,
		startAt: startAt + found.waitedMs + (control?.found.waitedMs ?? 0),
		found,
		plan,
		threads,
		serverMetrics: metrics,
		proof: proven.proof,
		findings: [
			...settings.insecureTls ? [INSECURE] : [],
			...found.findings,
			...findCuts(plan, found),
			...findOpenFiles(ports.openFiles(), countMostConnections(plan, settings), countMostThreads(plan, settings, threads)),
			...findings,
			...proven.findings,
			...describeControl(found, {
				control,
				trouble
			})
		],
		control: control === null ? null : {
			...control,
			findings: [...control.findings, ...findSideRateLimits(control.found, plan)]
		},
		controlTrouble: trouble
	};
}
async function proveMachine(settings, { found, plan, threads }, ports) {
	const { startTruth } = ports;
	if (startTruth === null || !settings.selfProof || !generatesTokens(found.target.dialect.task)) return UNPROVEN;
	const together = plan.sides === 2 && settings.controlTiming === "together";
	const highest = plan.openLoad?.(Math.max(...plan.ladder.levels), 1);
	const asked = highest === void 0 ? void 0 : shareOpenLoad(highest, settings.shard).usuallyInFlight;
	const sides = together ? 2 : 1;
	const most = asked ?? countMostWorkers(plan, settings);
	const inFlight = sides * (asked ?? countAsking(settings, found.lone, most));
	const streams = Math.max(1, Math.ceil(inFlight));
	const carrying = threads === null ? 1 : Math.max(1, countThreads(threads, sides * most, 1));
	return proveClient({
		streams,
		inFlight,
		lone: found.lone,
		threads: carrying
	}, {
		...ports,
		startTruth
	});
}
function boundByProof(plan, proof, threads) {
	const { search } = plan.ladder;
	if (search == null || proof === null) return plan;
	const mostTokensPerSecond = proof.tokensPerSecond * (threads?.most ?? 1);
	return {
		...plan,
		ladder: {
			...plan.ladder,
			search: {
				...search,
				mostTokensPerSecond
			}
		}
	};
}
const UNPROVEN = {
	proof: null,
	findings: []
};
function countMostThreads(plan, settings, threads) {
	return threads === null ? 0 : countThreads(threads, countMostWorkers(plan, settings), 1);
}
function countMostConnections(plan, settings) {
	return plan.sides * countMostWorkers(plan, settings);
}
function countMostWorkers({ ladder, openLoad }, { shard }) {
	const highest = Math.max(...ladder.levels);
	return openLoad === void 0 ? countWorkers({
		concurrency: highest,
		shard
	}) : countUsual(shareOpenLoad(openLoad(highest, 1), shard));
}
function findCuts(plan, found) {
	return [...plan.cut.map((message) => ({
		code: "plan-cut",
		message
	})), ...findSideRateLimits(found, plan)];
}
const INSECURE = {
	code: "insecure-tls",
	message: "The certificate of the endpoint was not checked (`insecure-tls`)."
};
// src/serving/served-command.ts
const FREE_MS = 3e4;
const LOOK_MS = 200;
const GPU_SLACK_MIB = 256;
const LONGEST_LINE = 300;
async function serve(server, ports, use) {
	const { processes } = ports;
	if (await processes.isListening(server.url)) throw refuseTakenPort(server);
	const memoryBefore = await processes.readGpuMemory();
	const started = await processes.start(server.command, server.log);
	const ended = new AbortController();
	const fate = { how: null };
	const noticed = started.ended.then((said) => {
		fate.how = said;
		ended.abort();
	});
	let result;
	let how = null;
	let left = null;
	try {
		result = await use(ended.signal);
		await Promise.race([noticed, ports.clock.sleep(0)]);
		how = fate.how;
	} catch (error) {
		if (!(error instanceof EndpointError)) throw error;
		throw fate.how !== null || await processes.isListening(server.url) ? explainFailure(error, fate.how, started, server, ports) : explainSilence(started, server, ports);
	} finally {
		left = await clearUp(server, {
			started,
			memoryBefore
		}, ports);
		if (left !== null) ports.log(`  ! ${left}`);
	}
	if (how === null) return {
		result,
		ended: null,
		left
	};
	const ending = `the server of ${server.setting} ${how} while it was measured`;
	ports.log(`  ! ${ending}${tellLog(started, server, ports)}`);
	return {
		result,
		ended: ending,
		left
	};
}
async function clearUp({ setting, url }, { started, memoryBefore }, { clock, processes }) {
	const left = await started.end();
	if (left.length > 0) return `the server of ${setting} could not be ended: ${left.length === 1 ? `process ${left[0]} is` : `processes ${left.join(", ")} are`} still there`;
	const until = clock.now() + FREE_MS;
	for (;;) {
		const isTaken = await processes.isListening(url);
		const memory = memoryBefore === null || isTaken ? null : await processes.readGpuMemory();
		const more = memory === null ? 0 : memory - memoryBefore;
		if (!isTaken && more <= GPU_SLACK_MIB) return null;
		if (clock.now() >= until) return isTaken ? `after the server of ${setting} was ended, something still listens at ${showUrl(url)}: a container or service that the command only asked for must end with it` : `after the server of ${setting} was ended, ${Math.round(more)} MiB more of the accelerators' memory are in use than before it was started`;
		await clock.sleep(LOOK_MS);
	}
}
function refuseTakenPort({ setting, url }) {
	return new EndpointError(`something listens at ${showUrl(url)} already, before ${setting} was started`, {
		tried: `a connection to ${url.host}`,
		remedy: `end what listens there, or give another port to the server of ${setting} and to the URL`
	});
}
function explainSilence(started, server, ports) {
	const { setting, url } = server;
	const port = findOtherPort(started.readLog(), url);
	const elsewhere = port === null ? "" : `; its log says that it listens on port ${port}`;
	return new EndpointError(`the command of ${setting} still runs, and nothing listens at ${showUrl(url)}${elsewhere}${tellLog(started, server, ports)}`, {
		tried: `a connection to ${url.host}`,
		remedy: port === null ? `let its server listen there, or give the URL the port that its log names; raise ready-timeout where it only loads longer` : `let its server listen on port ${addressOf(url).port}, or give the URL the port ${port}`
	});
}
const LISTENS = /\b(?:listening|listens|running|serving|starting|started|httpd|endpoint|server)\b/i;
const PORT = /(?:(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|localhost|\[::1?\]|\*):|\bport(?: |: ?|=))(\d{2,5})\b/gi;
function findOtherPort(log, url) {
	const ports = log.split(/\r?\n|\r/).filter((line) => line.length <= LONGEST_LINE && LISTENS.test(line)).flatMap((line) => [...line.matchAll(PORT)].map(([, port]) => Number(port)));
	return ports.includes(addressOf(url).port) ? null : ports.at(-1) ?? null;
}
function explainFailure({ what, tried, remedy }, how, started, server, ports) {
	const log = tellLog(started, server, ports);
	if (how === null) return new EndpointError(`${what}${log}`, {
		tried,
		remedy
	});
	return new EndpointError(`the server of ${server.setting} ${how} before it was ready${log}`, {
		tried,
		remedy: how.endsWith("code 0") ? `let ${server.setting} run the server in the foreground: it must last as long as the server does (no "&", no "docker run -d")` : `start it by hand to see why it ends; its whole log is ${server.log}`
	});
}
function tellLog(started, { log }, { redact }) {
	const lines = redact(started.readLog()).split(/\r?\n|\r/).map((line) => escapeForTerminal(line, LONGEST_LINE).trimEnd()).filter((line) => line !== "").slice(-12);
	if (lines.length === 0) return `\n  its log (${log}) is empty`;
	return `\n  its log (${log}) ends:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}
async function runToEnd(command, ports) {
	const { clock, processes, signal } = ports;
	const started = await processes.start(command.command, command.log);
	const over = new AbortController();
	const how = await Promise.race([started.ended, clock.sleep(command.timeoutMs, AbortSignal.any([signal, over.signal])).then(() => null)]);
	over.abort();
	if (how === "ended with code 0") return started.release();
	const log = tellLog(started, command, ports);
	await started.end();
	const took = signal.aborted ? "was interrupted" : `took longer than ready-timeout (${Math.round(command.timeoutMs / 1e3)} s)`;
	throw new EndpointError(`${command.setting} ${how ?? took}${log}`, {
		tried: "to deploy both sides anew",
		remedy: `run it by hand to see why; its whole log is ${command.log}`
	});
}
// src/sessions/served-session.ts
async function measureServedSession({ servers, first, canGoWithout }, ports) {
	const { signal } = ports;
	const measured = {};
	let controlTrouble = null;
	let left = null;
	for (const side of orderFrom(first)) {
		if (signal.aborted || left !== null) break;
		try {
			const served = await serve(servers[side], ports, async (ended) => {
				const planned = await ports.plan(side, AbortSignal.any([signal, ended]));
				return {
					planned,
					run: await ports.measure(side, planned)
				};
			});
			measured[side] = served.result;
			left = served.left;
			if (side === "control") controlTrouble = served.ended;
		} catch (error) {
			if (!(error instanceof EndpointError)) throw error;
			if (signal.aborted) break;
			if (side === "candidate" || !canGoWithout) throw error;
			controlTrouble = takeFirstLine$1(error.what);
			ports.log(`  ! the control could not be measured: ${error.what}`);
		}
	}
	const { candidate, control } = measured;
	if (candidate === void 0) {
		if (signal.aborted) return null;
		throw refuseStart(servers.candidate, left);
	}
	const { planned, run } = candidate;
	const measuredMs = 1e3 * (run.report.durationSeconds + (control?.run.report.durationSeconds ?? 0));
	if (control === void 0) return {
		planned,
		run: {
			...run,
			controlTrouble: controlTrouble ?? left
		},
		measuredMs,
		isLast: true
	};
	const { report, error } = control.run;
	const trouble = controlTrouble ?? (error === null ? null : takeFirstLine$1(error.what));
	return {
		planned,
		run: {
			...run,
			control: {
				report,
				error
			},
			controlTrouble: trouble
		},
		measuredMs,
		isLast: left !== null
	};
}
function orderFrom(first) {
	return first === "candidate" ? ["candidate", "control"] : ["control", "candidate"];
}
function takeFirstLine$1(text) {
	return text.split("\n", 1)[0];
}
function refuseStart({ setting, url }, left) {
	return new EndpointError(left, {
		tried: `to start the server of ${setting} at ${url.host}`,
		remedy: "end what is left of the control by hand, and see why it does not end with its command"
	});
}
// src/sessions/sessions.ts
function countHeld({ most, maxDurationMs }, sessions) {
	const held = maxDurationMs === null ? most : Math.floor(maxDurationMs / sessions[0].measuredMs);
	return Math.min(most, Math.max(held, sessions.length));
}
async function measureSessions(bounds, seed, { signal, log, measureOnce, decideSoFar }) {
	const { most, maxDurationMs } = bounds;
	const coin = seedRandom(`${seed}/sessions`);
	const sessions = [];
	let usedMs = 0;
	for (;;) {
		const first = coin() < .5 ? "candidate" : "control";
		log(`session ${sessions.length + 1} of at most ${most}`);
		const session = await measureOnce(first, sessions.length + 1);
		if (session === null) return sessions;
		sessions.push(session);
		if (signal.aborted || !isWhole(session) || sessions.length === most) return sessions;
		usedMs += session.measuredMs;
		if (maxDurationMs !== null && usedMs + session.measuredMs > maxDurationMs || countHeld(bounds, sessions) === sessions.length) {
			log(`max-duration leaves no time for another session of about ${formatDuration(session.measuredMs / 1e3)}`);
			return sessions;
		}
		if (decideSoFar(sessions) !== "open") {
			log("decided: no further session is needed");
			return sessions;
		}
		log("not decided yet: another session");
	}
}
function isWhole({ run, isLast }) {
	const { control, controlTrouble, error, report } = run;
	if (isLast || control === null || controlTrouble !== null || error !== null) return false;
	return report.validity.ok && control.report.validity.ok;
}
function describeCost({ most, maxDurationMs }, { waiting, measuring }) {
	const bound = maxDurationMs === null ? Infinity : Math.max(1, Math.floor(maxDurationMs / 1e3 / measuring));
	const held = Math.min(most, bound);
	const show = (sessions) => formatDuration(sessions * (waiting + measuring));
	const longest = held === 1 ? "" : `, at most ${show(held)} for ${held}`;
	const cost = `a session takes about ${show(1)}, and one is enough where it decides${longest}`;
	if (bound >= most) return [cost];
	const budget = `max-duration (${formatDuration(maxDurationMs / 1e3)} of measuring)`;
	const needed = formatDuration(most * measuring);
	return [cost, `  ! ${budget} holds ${pluralise(held, "session")} of ${most}; for all of them raise it to ${needed}`];
}
// src/sessions/command-sessions.ts
function serverOf(side, settings, serverLogs) {
	const command = side === "candidate" ? settings.candidateCommand : settings.controlCommand;
	const log = join(serverLogs, `${side}.log`);
	return {
		setting: settings.commandNames[side],
		command,
		url: settingsOf$1(side, settings).endpoint,
		log
	};
}
async function measureCommandSessions(settings, ports) {
	const measureOnce = settings.controlCommand === null ? redeployEach(settings, ports) : startEach(settings, ports);
	const sessions = await measureSessions(boundsOf(settings), settings.seed, {
		...ports,
		measureOnce
	});
	if (sessions.length > 0) return sessions;
	throw new EndpointError("interrupted before the first session was measured", {
		tried: "a session",
		remedy: "start it again"
	});
}
function startEach(settings, ports) {
	const { log, serverLogs, signal, ladder, canGoWithout } = ports;
	const servers = {
		candidate: serverOf("candidate", settings, serverLogs),
		control: serverOf("control", settings, serverLogs)
	};
	let levels = null;
	log(`what the servers write is kept in ${servers.candidate.log} and ${servers.control.log}`);
	return async (first, number) => {
		log(`the ${first} is started first`);
		return measureServedSession({
			servers,
			first,
			canGoWithout: canGoWithout || number > 1
		}, {
			...ports,
			async plan(side, signal) {
				const from = ports.clock.now();
				const planned = await planSide(settingsOf$1(side, settings), (series) => levels ?? ladder(series), {
					...ports,
					signal
				});
				if (number === 1 && side === first) tellCost(settings, {
					planned,
					preparedMs: ports.clock.now() - from,
					sides: 2
				}, ports);
				log(`the ${side}:`);
				return planned;
			},
			async measure(side, planned) {
				const run = await ports.measure(settingsOf$1(side, settings), planned);
				if (run.error === null && !signal.aborted) levels ??= recallRun(run.report);
				return run;
			}
		});
	};
}
function redeployEach(settings, ports) {
	const redeploy = {
		setting: "redeploy-command",
		command: settings.redeployCommand,
		log: join(ports.serverLogs, "redeploy.log"),
		timeoutMs: settings.readyTimeoutMs
	};
	let levels = null;
	return async (_, number) => {
		ports.log(`deploying endpoint and control anew; what that writes is kept in ${redeploy.log}`);
		const from = ports.clock.now();
		await runToEnd(redeploy, ports);
		const deployedMs = ports.clock.now() - from;
		const planned = await planSide(settings, (series) => levels ?? ports.ladder(series), ports);
		if (number === 1) tellCost(settings, {
			planned,
			preparedMs: ports.clock.now() - from,
			deployedMs,
			sides: 1
		}, ports);
		const run = await ports.measure(settings, planned);
		if (run.error === null) levels ??= recallRun(run.report);
		return {
			planned,
			run,
			measuredMs: 1e3 * run.report.durationSeconds,
			isLast: false
		};
	};
}
async function planSide(settings, ladder, ports) {
	ports.onPhase("preflight");
	const planned = await planRun(settings, ladder, {
		...ports,
		awaitsLocalServer: true
	});
	ports.onPhase("sweep");
	return planned;
}
function tellCost(settings, { planned, preparedMs, deployedMs = 0, sides }, { log }) {
	const waitedMs = deployedMs + planned.found.waitedMs + (planned.control?.found.waitedMs ?? 0);
	const cost = {
		waiting: sides * waitedMs / 1e3,
		measuring: sides * (planned.plan.expected.seconds + (preparedMs - waitedMs) / 1e3)
	};
	for (const line of describeCost(boundsOf(settings), cost)) log(line);
}
function boundsOf({ sessions, maxDurationMs }) {
	return {
		most: sessions,
		maxDurationMs
	};
}
function settingsOf$1(side, settings) {
	const { endpoint, control, maxDurationMs } = settings;
	return {
		...side === "candidate" ? settings : controlSettingsOf({
			...settings,
			control: control ?? endpoint
		}),
		control: null,
		maxDurationMs: maxDurationMs === null ? null : maxDurationMs / 2
	};
}
// src/metrics/three-point.ts
const FEWEST_ANSWERS = 3;
const DIFFERENCE = .25;
const TTFT_FLOOR_MS$1 = 10;
const TPOT_FLOOR_MS = .5;
function chooseLengths(outputTokens) {
	const full = Math.round(outputTokens);
	return full < 4 ? null : [
		1,
		Math.ceil(full / 2),
		full
	];
}
function threePointOf({ concurrency, one, half, full }, streamed) {
	const [first, middle, last] = [
		answersOf(one),
		answersOf(half),
		answersOf(full)
	];
	const tokens = last.outputTokens === null ? null : last.outputTokens - (middle.outputTokens ?? Infinity);
	const slope = last.latencyMs === null || middle.latencyMs === null || tokens === null || !(tokens > 0) ? null : (last.latencyMs - middle.latencyMs) / tokens;
	return {
		concurrency,
		requests: first.n + middle.n + last.n,
		ttftMs: first.latencyMs,
		tpotMs: slope !== null && slope > 0 ? slope : null,
		latencyMs: last.latencyMs,
		notebookThroughput: last.latencyMs === null || last.latencyMs === 0 || last.outputTokens === null ? null : (last.inputTokens + last.outputTokens) * concurrency * 1e3 / last.latencyMs,
		streamed: {
			ttftMs: streamed?.ttftMs?.p50 ?? null,
			tpotMs: streamed?.tpotMs?.p50 ?? null
		}
	};
}
function judgeCrossCheck({ levels }) {
	const [lowest] = levels;
	if (lowest === void 0) return [];
	return [{
		name: "TTFT",
		whole: lowest.ttftMs,
		streamed: lowest.streamed.ttftMs,
		floorMs: TTFT_FLOOR_MS$1
	}, {
		name: "TPOT",
		whole: lowest.tpotMs,
		streamed: lowest.streamed.tpotMs,
		floorMs: TPOT_FLOOR_MS
	}].flatMap(({ name, whole, streamed, floorMs }) => {
		if (whole === null || streamed === null) return [];
		if (Math.abs(whole - streamed) <= Math.max(floorMs, DIFFERENCE * streamed)) return [];
		const message = `${name} is ${showMs(streamed)} by streams and ${showMs(whole)} by the three points.`;
		return [{
			code: "cross-check-differs",
			level: lowest.concurrency,
			message
		}];
	});
}
function answersOf(run) {
	const ok = [...selectCountedRecords([run])].filter(({ outcome, lastTokenMs }) => outcome === "ok" && lastTokenMs !== null);
	const isEnough = ok.length >= FEWEST_ANSWERS;
	const counted = ok.filter(({ countDoubt, outputTokens }) => countDoubt === null && outputTokens > 0);
	return {
		n: ok.length,
		latencyMs: isEnough ? median(ok.map(({ lastTokenMs }) => lastTokenMs)) : null,
		inputTokens: isEnough ? mean(ok.map(({ inputTokens }) => inputTokens ?? 0)) : 0,
		outputTokens: counted.length < FEWEST_ANSWERS ? null : mean(counted.map(({ outputTokens }) => outputTokens))
	};
}
function showMs(ms) {
	return `${Number(ms.toPrecision(3))} ms`;
}
// src/run/cross-check.ts
const NOT_ASKED = {
	crossCheck: null,
	findings: []
};
async function runCrossCheck(settings, { target, workload }, swept, ports) {
	if (settings.crossCheck === "none" || ports.signal.aborted) return NOT_ASKED;
	const { api, dialect } = target;
	if (!generatesTokens(dialect.task) || api.isOpenAiLike !== true) return tellNone(`${api.name} (${dialect.task}) always streams its answers, or has no tokens to time`);
	const lengths = chooseLengths(meanLength(workload.outputTokens));
	if (lengths === null) return tellNone("`output-tokens` below 4 leave no three lengths to compare");
	const concurrencies = chooseCheckedLevels(swept);
	if (concurrencies.length === 0) return tellNone("no measured level can be compared with it");
	ports.log(`cross-check: answers that do not stream, at ${lengths.join(", ")} tokens, concurrency ${concurrencies.join(" and ")}`);
	const budget = createBudget(leftOf(settings, swept), ports.clock);
	const { levels, missing } = await measureThreePoints({
		concurrencies,
		lengths
	}, workload, budget, ports);
	const crossCheck = {
		outputTokens: lengths,
		levels: levels.map((runs) => threePointOf(runs, findStreamed(swept, runs.concurrency)))
	};
	return {
		crossCheck: levels.length === 0 ? null : crossCheck,
		findings: [...judgeCrossCheck(crossCheck), ...missing === null ? [] : tellNone(missing).findings]
	};
}
function chooseCheckedLevels({ levels, plateau }) {
	const usable = levels.filter(({ state, requests }) => requests.ok > 0 && state !== "lost" && state !== "limited").map(({ concurrency }) => concurrency);
	const knee = plateau.kneeConcurrency;
	const atKnee = knee === null ? void 0 : usable.find((concurrency) => concurrency >= knee);
	return [...new Set([usable[0], atKnee].filter((level) => level !== void 0))];
}
function findStreamed({ levels }, concurrency) {
	return levels.find((level) => level.concurrency === concurrency) ?? null;
}
function leftOf(settings, { runs, lastedMs }) {
	let requests = 0;
	let tokens = 0;
	for (const run of runs) {
		requests += run.connections.requests;
		let asked = 0;
		for (const { requestedTokens } of run.records) asked += requestedTokens;
		const cancelled = run.connections.requests - run.records.length;
		tokens += asked + (run.records.length === 0 ? 0 : cancelled * asked / run.records.length);
	}
	const subtractSpent = (limit, spent) => limit === null ? null : limit - spent;
	return {
		maxDurationMs: subtractSpent(settings.maxDurationMs, lastedMs),
		maxRequests: subtractSpent(settings.maxRequests, requests),
		maxOutputTokens: subtractSpent(settings.maxOutputTokens, tokens)
	};
}
function tellNone(why) {
	return {
		crossCheck: null,
		findings: [{
			code: "cross-check-skipped",
			message: `No cross-check: ${escapeForTerminal(why, 300)}.`
		}]
	};
}
async function measureThreePoints({ concurrencies, lengths }, workload, budget, ports) {
	const levels = [];
	const startAt = ports.clock.now();
	for (const concurrency of concurrencies) {
		const runs = [];
		for (const [point, outputTokens] of lengths.entries()) {
			if (ports.signal.aborted) return {
				levels,
				missing: "the run was interrupted"
			};
			if (budget.exhausted()) return {
				levels,
				missing: `a budget was used up before concurrency ${concurrency}`
			};
			try {
				runs.push(await measurePoint(concurrency, point, outputTokens));
			} catch (error) {
				if (!(error instanceof EndpointError)) throw error;
				return {
					levels,
					missing: error.message.split("\n")[0]
				};
			}
			const why = explainUnusable(runs.at(-1));
			if (why !== null) return {
				levels,
				missing: `concurrency ${concurrency}: ${why}`
			};
		}
		const [one, half, full] = runs;
		levels.push({
			concurrency,
			one,
			half,
			full
		});
	}
	return {
		levels,
		missing: null
	};
	async function measurePoint(concurrency, point, outputTokens) {
		const prompts = createWorkload(workload, concurrency, -1 - point);
		const transport = ports.openTransport();
		ports.collectGarbage();
		try {
			return await measureLevel({
				concurrency,
				pass: 0,
				durationMs: 0,
				minRequests: Math.max(CROSS_CHECK.fewest, CROSS_CHECK.perWorker * concurrency),
				maxRequests: null,
				warmupRequests: 1
			}, {
				transport,
				clock: ports.clock,
				workload: {
					spread: prompts.spread,
					next: (worker) => ({
						...prompts.next(worker, null),
						outputTokens,
						stream: false
					})
				},
				health: ports.health(),
				budget,
				sweepStartAt: startAt,
				signal: ports.signal,
				target: ports.target,
				serverMetrics: null
			});
		} finally {
			await transport.close();
		}
	}
}
function explainUnusable({ stopped, records }) {
	if (stopped !== null) return STOPPED[stopped];
	const failures = [...records].flatMap(({ failure }) => failure ?? []);
	return 2 * failures.length < records.length ? null : `${STOPPED.failing} (${failures[0] ?? "no answer"})`;
}
const STOPPED = {
	"rate-limited": "the server refuses requests with 429",
	failing: "requests that do not stream fail",
	budget: "a budget was used up",
	cancelled: "the run was interrupted",
	overloaded: STATE_WORDS.overloaded
};
// src/load/sides/soak.ts
const AGREE = .05;
const TTFT_FLOOR_MS = 2;
const RANGE_BY_CHANCE = 3.56;
const MOST_BY_CHANCE = .2;
const LONGEST_MS$2 = 6e4;
async function runSoak(runSlice, clock, signal) {
	const from = clock.now();
	const slices = [];
	while (clock.now() - from < LONGEST_MS$2 && !signal.aborted) {
		const run = await runSlice();
		const slice = sliceOf(run);
		if (run.stopped === "budget") return {
			seconds: (clock.now() - from) / 1e3,
			settled: null
		};
		if (slice === null || run.stopped !== null) break;
		slices.push(slice);
		if (agree(slices.slice(-SOAK.slices))) return {
			seconds: (clock.now() - from) / 1e3,
			settled: true
		};
		if (!isBecomingFaster(slices)) break;
	}
	return {
		seconds: (clock.now() - from) / 1e3,
		settled: false
	};
}
function sliceOf({ records }) {
	const ok = [...records].filter(({ phase, outcome }) => phase === "counted" && outcome === "ok");
	const ttfts = ok.flatMap(({ ttftMs, lastTokenMs }) => ttftMs ?? lastTokenMs ?? []);
	const tpots = ok.flatMap(({ tpotMs }) => tpotMs ?? []);
	if (ttfts.length === 0) return null;
	return {
		ttftMs: averageSlice(ttfts),
		tpotMs: tpots.length === 0 ? null : averageSlice(tpots)
	};
}
function averageSlice(values) {
	const error = values.length < 2 ? 0 : sampleStandardDeviation(values) / Math.sqrt(values.length);
	return {
		mean: mean(values),
		error
	};
}
function agree(slices) {
	return slices.length === SOAK.slices && isWithin(slices.map(({ ttftMs }) => ttftMs), TTFT_FLOOR_MS) && isWithin(slices.flatMap(({ tpotMs }) => tpotMs ?? []), 0);
}
function isWithin(figures, floorMs) {
	if (figures.length === 0) return true;
	const means = figures.map(({ mean }) => mean);
	const least = Math.min(...means);
	const byChance = RANGE_BY_CHANCE * Math.sqrt(mean(figures.map(({ error }) => error ** 2)));
	return Math.max(...means) - least <= Math.max(AGREE * least, floorMs, Math.min(byChance, MOST_BY_CHANCE * least));
}
function isBecomingFaster(slices) {
	if (slices.length < 2 * SOAK.slices) return true;
	const before = slices.slice(-2 * SOAK.slices, -SOAK.slices);
	const last = slices.slice(-SOAK.slices);
	const isFaster = (read) => {
		const meanOf = (some) => mean(some.map((slice) => read(slice)?.mean ?? 0));
		return meanOf(last) < .95 * meanOf(before);
	};
	return isFaster(({ ttftMs }) => ttftMs) || isFaster(({ tpotMs }) => tpotMs);
}
// src/load/sides/side.ts
var MeasuredSide = class {
	name;
	levelRuns = [];
	sentinelMs = [];
	settled = null;
	endedWell = null;
	error = null;
	budget;
	startAt;
	countThreads = () => 0;
	#plan;
	#workload;
	#own;
	#shared;
	constructor(name, budget, { plan, workload }, own, shared) {
		this.name = name;
		this.budget = budget;
		this.startAt = shared.clock.now();
		this.#plan = plan;
		this.#workload = workload;
		this.#own = own;
		this.#shared = shared;
	}
	get target() {
		return this.#own.target;
	}
	async soak() {
		const { clock, signal, log } = this.#shared;
		const whose = this.name === "control" ? "soak of the control" : "soak";
		log(`${whose}: unrecorded load until the engine is settled`);
		const { seconds, settled } = await runSoak(async () => this.#measureSlice(), clock, signal);
		log(`${whose}: ${settled === null ? "ended by the budget" : settled ? "settled" : "not settled"} after ${seconds.toFixed(1)} s`);
		this.settled = settled;
	}
	async #measureSlice() {
		const shorten = (lengths) => scaleLengths(lengths, this.#plan.soakShare);
		const { outputTokens, mix = null } = this.#workload;
		const parts = mix?.map((part) => ({
			...part,
			outputTokens: shorten(part.outputTokens)
		})) ?? null;
		const workload = {
			...this.#workload,
			outputTokens: shorten(outputTokens),
			mix: parts
		};
		return this.measure(planSoak(this.#plan), { workload: standAlone(workload) });
	}
	async measureLevel(level) {
		const { steer = null } = this.#shared;
		const shard = steer?.shard ?? null;
		const { concurrency, pass } = level;
		const whole = this.#plan.openLoad?.(concurrency, pass) ?? null;
		const open = whole === null ? null : shareOpenLoad(whole, shard);
		const spec = {
			...specOf(this.#plan),
			...level,
			minRequests: this.#plan.minRequests(concurrency),
			shard,
			open,
			...open !== null && "dueMs" in open && { nonce: this.#chooseNonce(level) }
		};
		const run = await this.measure(spec, {
			serverMetrics: this.#own.serverMetrics,
			steer
		});
		this.levelRuns.push(run);
		if (this.#plan.sentinel === "level 1" && concurrency === 1) this.#keepReading(this.#readSingles(run));
		return run;
	}
	#chooseNonce({ concurrency, pass }) {
		const { steer = null } = this.#shared;
		if (steer === null) return this.#workload.nonce();
		const place = `${steer.runId}/${this.#plan.ladder.seed}/${concurrency}/${pass}`;
		return createHash("sha256").update(place).digest("hex").slice(0, 16);
	}
	dropLevel({ concurrency, pass }) {
		const last = this.levelRuns.at(-1);
		if (last?.concurrency === concurrency && last.pass === pass) this.levelRuns.pop();
	}
	async measure(spec, { stopping = null, workload: options = this.#workload, ...others } = {}) {
		const { clock, health, collectGarbage, signal, crew } = this.#shared;
		const { openTransport, orderThreads } = this.#own;
		collectGarbage();
		const ports = {
			clock,
			budget: this.budget,
			sweepStartAt: this.startAt,
			signal: stopping === null ? signal : AbortSignal.any([signal, stopping]),
			target: this.target,
			serverMetrics: null,
			...others
		};
		const threads = this.countThreads(spec.open == null ? countWorkers(spec) : countUsual(spec.open));
		if (crew != null && orderThreads !== void 0 && threads > 0) {
			const carried = {
				...orderThreads(),
				workload: options
			};
			return measureSharedLevel(spec, ports, crew.carryIn(threads, carried));
		}
		const transport = openTransport();
		try {
			const workload = createLevelWorkload(options, spec);
			return await measureLevel(spec, {
				...ports,
				transport,
				workload,
				health: health()
			});
		} finally {
			await transport.close();
		}
	}
	async sendSentinel() {
		const { sentinel } = this.#plan;
		if (sentinel === null || (this.#shared.steer?.shard.number ?? 1) > 1) return null;
		const last = this.levelRuns.at(-1);
		if (sentinel === "level 1" && last?.concurrency === 1 && last.pass > 1 && this.#readSingles(last).answered) return true;
		const singles = await this.sendSingles(3);
		if (singles !== null) this.#keepReading(singles);
		return singles?.answered ?? null;
	}
	#keepReading({ latencyMs }) {
		if (latencyMs !== null) this.sentinelMs.push(latencyMs);
	}
	async sendSingles(requests = 3) {
		if (this.#shared.signal.aborted || this.budget.exhausted()) return null;
		const spec = {
			...this.specOf(1),
			durationMs: 0,
			minRequests: requests
		};
		return this.#readSingles(await this.measure(spec, { workload: standAlone(this.#workload) }));
	}
	#readSingles({ records }) {
		const answered = [...records].filter(({ phase, lastTokenMs }) => phase === "counted" && lastTokenMs !== null);
		const whole = answered.filter(({ outputTokens, requestedTokens, tokenSource }) => outputTokens === 0 || tokenSource === "chunks" || outputTokens >= requestedTokens);
		const length = meanLength(this.#workload.outputTokens);
		const latencyMs = whole.length === 0 ? null : median(whole.map((record) => latencyAtLength(record, length)));
		return {
			answered: answered.length > 0,
			latencyMs
		};
	}
	specOf(concurrency) {
		return {
			...specOf(this.#plan),
			concurrency,
			pass: 0,
			minRequests: 1
		};
	}
};
function latencyAtLength(record, length) {
	const { ttftMs, tpotMs, requestedTokens } = record;
	const lastTokenMs = record.lastTokenMs;
	if (ttftMs === null) return requestedTokens === 0 ? lastTokenMs : lastTokenMs * length / requestedTokens;
	return lastTokenMs + (tpotMs ?? 0) * (length - requestedTokens);
}
function specOf(plan) {
	return {
		durationMs: plan.windows.firstMs,
		maxRequests: plan.levelRequests,
		warmupRequests: plan.warmupRequests
	};
}
function planSoak(plan) {
	const highest = plan.openLoad === void 0 ? Math.max(...plan.ladder.levels) : SOAK.concurrency;
	const concurrency = Math.min(SOAK.concurrency, highest);
	return {
		...specOf(plan),
		concurrency,
		pass: 0,
		durationMs: SOAK.sliceMs,
		maxRequests: null,
		warmupRequests: 0,
		minRequests: SOAK.requests
	};
}
// src/load/sides/sides.ts
var MeasuredSides = class {
	candidate;
	control;
	all;
	together;
	#seed;
	#ports;
	constructor(candidate, control, { together, seed }, ports) {
		this.candidate = candidate;
		this.control = control;
		this.all = control === null ? [candidate] : [candidate, control];
		this.together = together;
		this.#seed = seed;
		this.#ports = ports;
	}
	get controlThere() {
		return this.control?.error === null ? this.control : null;
	}
	listThere() {
		return this.all.filter(({ error }) => error === null);
	}
	countAtOnce() {
		return this.together && this.controlThere !== null ? 2 : 1;
	}
	selectRuns(select = () => true) {
		return [this.candidate.levelRuns.filter(select), this.controlThere?.levelRuns.filter(select) ?? null];
	}
	async visit(moment, work) {
		const there = this.listThere();
		if (this.together) {
			const ended = await Promise.allSettled(there.map(async (side) => this.#measureOn(side, work)));
			for (const end of ended) if (end.status === "rejected") throw end.reason;
			return;
		}
		const isFlipped = seedRandom(`${this.#seed}/side/${moment}`)() < .5;
		for (const [i, side] of (isFlipped ? there.reverse() : there).entries()) {
			if (i > 0 && (this.#ports.signal.aborted || side.budget.exhausted())) return;
			await this.#measureOn(side, work);
		}
	}
	async #measureOn(side, work) {
		try {
			await work(side);
		} catch (error) {
			if (side !== this.control || !(error instanceof EndpointError)) throw error;
			side.error = error;
			this.#ports.log(`the control is no longer measured: ${error.what}`);
		}
	}
};
const MOST_INFLUENCE = 1.1;
async function findInfluence(candidate, control, concurrency) {
	const before = await probe(control);
	const stopping = new AbortController();
	const load = candidate.measure({
		...candidate.specOf(concurrency),
		durationMs: Infinity
	}, { stopping: stopping.signal });
	const [loaded, beside] = await Promise.allSettled([load, probe(control).finally(() => stopping.abort())]);
	if (loaded.status === "rejected") throw loaded.reason;
	if (beside.status === "rejected") throw beside.reason;
	const after = await probe(control);
	if (before === null || beside.value === null || after === null) return "it could not be shown that neither slows the other down";
	const influence = beside.value / Math.max(before, after);
	return influence <= MOST_INFLUENCE ? null : `load on the candidate slows the control down: single requests took ${Math.round((influence - 1) * 100)} % longer`;
}
async function probe(control) {
	try {
		return (await control.sendSingles(7))?.latencyMs ?? null;
	} catch (error) {
		if (error instanceof EndpointError) return null;
		throw error;
	}
}
// src/load/sweep.ts
const FEWEST_PASSES = 2;
const OVERTIME_MS = 3e4;
async function measureSweep(plan, workload, limits, ports) {
	return new SweepUnderWay(plan, workload, limits, ports).measure();
}
var SweepUnderWay = class {
	#plan;
	#limits;
	#ports;
	#sides;
	#threads;
	#done = [];
	#ladder;
	#searchEnd = null;
	#apart = null;
	#overtime = new AbortController();
	constructor(plan, workload, limits, ports) {
		this.#plan = plan;
		this.#ladder = plan.ladder;
		this.#limits = limits;
		this.#ports = ports;
		const shared = {
			...ports,
			signal: AbortSignal.any([ports.signal, this.#overtime.signal])
		};
		const createSide = (name, own) => new MeasuredSide(name, this.#startBudget(grantBeforeLevels(limits)), {
			plan,
			workload
		}, own, shared);
		this.#sides = new MeasuredSides(createSide("candidate", ports), ports.control === null ? null : createSide("control", ports.control), {
			together: ports.control?.timing === "together",
			seed: plan.ladder.seed
		}, ports);
		this.#threads = new LevelThreads(ports.threads ?? null, () => this.#sides.countAtOnce());
		for (const side of this.#sides.all) side.countThreads = (concurrency) => this.#threads.count(concurrency);
	}
	async measure() {
		const { candidate, control } = this.#sides;
		const over = new AbortController();
		try {
			if (this.#limits.soak) await this.#soak();
			await this.#checkTogether();
			this.#startTime();
			if (this.#plan.sentinel === "apart") await this.#sendSentinels("start");
			const budget = this.#startBudget(this.#limits);
			for (const side of this.#sides.all) side.budget = budget;
			this.#stopOvertime(over.signal);
			await this.#measureLevels();
			await this.#sendSentinels("end");
		} catch (error) {
			if (!(error instanceof EndpointError)) throw error;
			candidate.error = error;
		} finally {
			over.abort();
		}
		return {
			...resultOf(candidate),
			control: control === null ? null : resultOf(control),
			apart: this.#apart,
			once: this.#ladder.once ?? [],
			searchEnd: this.#searchEnd,
			nearestBudget: candidate.budget.nearest(),
			shares: this.#listShares()
		};
	}
	#listShares() {
		return this.#done.flatMap(({ concurrency: level, pass, used }) => pass === 1 ? [{
			level,
			used
		}] : []);
	}
	async #soak() {
		await this.#sides.visit("soak", async (side) => {
			side.budget = this.#startBudget(grantBeforeLevels(this.#limits));
			await side.soak();
		});
	}
	async #checkTogether() {
		const { all, candidate, controlThere, together } = this.#sides;
		if (!together || controlThere === null) return;
		const budget = this.#startBudget({
			...grantBeforeLevels(this.#limits),
			maxDurationMs: null
		});
		for (const side of all) side.budget = budget;
		this.#apart = await findInfluence(candidate, controlThere, chooseProbedLevel(this.#plan));
		this.#sides.together = this.#apart === null;
		if (this.#apart !== null) this.#ports.log(`control-timing: turns, because ${this.#apart}`);
	}
	#startTime() {
		const startAt = this.#ports.steer?.startAt ?? this.#ports.clock.now();
		for (const side of this.#sides.all) side.startAt = startAt;
	}
	async #measureLevels() {
		const done = this.#done;
		const { budget } = this.#sides.candidate;
		let isLast = budget.exhausted();
		while (!this.#ports.signal.aborted && !isLast) {
			const next = this.#searchLevel() ?? chooseNextLevel(this.#ladder, done);
			if (next === null || this.#isEnough(next.pass)) return;
			if (next.pass === 2 && done.at(-1)?.pass === 1 && this.#plan.sentinel === "apart") await this.#sendSentinels("middle");
			await this.#pauseAfter(this.#sides.listThere().flatMap(({ levelRuns }) => levelRuns.at(-1) ?? []));
			const level = {
				...next,
				durationMs: this.#chooseWindowMs(next.concurrency)
			};
			const before = {
				used: budget.usedShare(),
				at: this.#ports.clock.now()
			};
			let held = await this.#measureNext(level);
			while (held === "too busy") held = await this.#measureNext(level);
			const isGone = !held && await this.#findGone();
			const end = {
				held,
				isLast: isGone || budget.exhausted()
			};
			const agreed = this.#ports.steer == null ? end : await this.#ports.steer.agreeOnEnd(end);
			isLast = agreed.isLast;
			const seconds = (this.#ports.clock.now() - before.at) / 1e3;
			done.push({
				...next,
				held: agreed.held,
				used: budget.usedShare() - before.used,
				seconds
			});
			if (isLast && this.#ladder.search != null && !this.#ports.signal.aborted) this.#endSearch(isGone ? "gone" : budget.nearest());
		}
	}
	async #findGone() {
		const run = this.#sides.candidate.levelRuns.at(-1);
		if (this.#ladder.search == null || this.#ports.steer != null || run?.stopped !== "failing") return false;
		await this.#pauseAfter([run]);
		return (await this.#sides.candidate.sendSingles())?.answered === false;
	}
	#searchLevel() {
		const { search, passes, leastPasses = passes } = this.#ladder;
		if (search == null) return null;
		const { levelRuns } = this.#sides.listThere().at(-1);
		const measured = this.#done.flatMap(({ concurrency, held, used, seconds }) => {
			const run = levelRuns.find((each) => each.concurrency === concurrency);
			return run === void 0 ? [] : [{
				run,
				held,
				used,
				seconds
			}];
		});
		const step = this.#ports.searchLevel(measured, search, 1 / Math.min(FEWEST_PASSES, leastPasses));
		if ("next" in step) return {
			concurrency: step.next,
			pass: 1
		};
		this.#endSearch(step.ended === "budget" ? this.#sides.candidate.budget.nearest() : step.ended);
		const once = this.#plan.chooseOnce(this.#done.map(({ concurrency: level, seconds }) => ({
			level,
			seconds
		})), step.atCapacity);
		const room = countAffordable(this.#listShares(), once);
		this.#ladder = fixLadder(this.#ladder, this.#done, {
			room,
			once
		});
		return null;
	}
	#endSearch(end) {
		this.#searchEnd = end;
		this.#ports.log(`the search for levels has ended, because ${dropCodeMarks(SEARCH_ENDS[end].because)}`);
	}
	#isEnough(pass) {
		const { passes, leastPasses = passes } = this.#ladder;
		if (pass <= leastPasses || this.#done.at(-1)?.pass !== pass - 1) return false;
		return this.#ports.isPrecise(...this.#sides.selectRuns());
	}
	#chooseWindowMs(concurrency) {
		return this.#ports.chooseWindowMs(...this.#sides.selectRuns((run) => run.concurrency === concurrency));
	}
	async #measureNext(next) {
		let held = true;
		let isTooBusy = false;
		await this.#sides.visit(`${next.concurrency}/${next.pass}`, async (side) => {
			if (isTooBusy) return;
			this.#ports.onLevelStart(next, side.name, this.#ladder);
			const run = await side.measureLevel(next);
			isTooBusy ||= this.#canRepeat(run, side);
			if (isTooBusy) return;
			const holds = this.#ports.onLevelEnd(run, side.name);
			if (!holds && side === this.#sides.control) await this.#checkThere(side, run);
			held &&= holds;
		});
		if (!isTooBusy) return held;
		for (const side of this.#sides.all) side.dropLevel(next);
		const threads = this.#threads.add(next.concurrency);
		this.#ports.log(`level ${next.concurrency}: this machine was too busy; again, with up to ${threads} threads`);
		return "too busy";
	}
	#canRepeat(run, { budget }) {
		const { steer, signal, isClientBusy } = this.#ports;
		if (steer != null) return false;
		if (run.stopped !== null || run.open !== void 0 || this.#threads.findMore(run.concurrency) === null) return false;
		return !signal.aborted && !budget.exhausted() && isClientBusy?.(run) === true;
	}
	async #checkThere(side, run) {
		if (run.stopped !== null && run.stopped !== "failing") return;
		await this.#pauseAfter([run]);
		if ((await side.sendSingles())?.answered === false) throw findGone(side);
	}
	async #sendSentinels(moment) {
		await this.#sides.visit(`sentinel/${moment}`, async (side) => {
			const isAnswered = this.#ports.signal.aborted ? null : await side.sendSentinel();
			if (moment === "end") side.endedWell = isAnswered;
			if (isAnswered === false && side === this.#sides.control) throw findGone(side);
		});
	}
	async #pauseAfter(runs) {
		const pauseMs = choosePauseMs(runs);
		if (pauseMs === 0) return;
		this.#ports.log(`pausing ${Math.ceil(pauseMs / 1e3)} s, as the server asked (Retry-After)`);
		await this.#ports.clock.sleep(pauseMs, this.#ports.signal);
	}
	#startBudget(limits) {
		return createBudget(limits, this.#ports.clock);
	}
	#stopOvertime(over) {
		const { maxDurationMs } = this.#limits;
		if (maxDurationMs === null) return;
		this.#ports.clock.sleep(maxDurationMs + OVERTIME_MS, over).then(() => this.#overtime.abort());
	}
};
function resultOf({ levelRuns, sentinelMs, settled, endedWell, error }) {
	return {
		levelRuns,
		sentinelMs,
		settled,
		endedWell,
		error
	};
}
function findGone({ target }) {
	return new EndpointError("the control answers no single request any more", {
		tried: `POST ${target}`,
		remedy: "look at the log of its server"
	});
}
// src/metrics/plateau/level-search.ts
function readSearchedLevel(level, held) {
	return {
		level: level.concurrency,
		throughput: level.valid ? level[chooseThroughput([level])] : null,
		outputTokensPerSecond: level.outputTokensPerSecond,
		latencyMs: level.latencyMs?.p50 ?? null,
		strain: level.attained === void 0 ? null : level.attained.strain ?? Infinity,
		failing: findFailing(level) ?? (held ? null : "too-much")
	};
}
function findFailing({ state, invalidReasons }) {
	if (isTooMuch(state)) return "too-much";
	if (state === "limited") return "limited";
	if (invalidReasons.includes("ceiling")) return "ceiling";
	return state === "client-saturated" || invalidReasons.some((code) => CLIENT_REASONS.has(code)) ? "client" : null;
}
const CLIENT_REASONS = /* @__PURE__ */ new Set(["client-limit", "late"]);
const SMALL = 8;
const LARGE = 128;
const WIDE = {
	concurrency: 4,
	rate: 8,
	speed: 4
};
const WIDEST = 8;
const STEEP = .7;
const AS_EXPECTED = .95;
const KNEE_SHARE = .95;
const MOST_OF_TIME = 2 / 3;
const CALM = {
	latency: 1.25,
	strain: .5
};
const STILL = 1.05;
const MOST_UNUSABLE = 3;
const MOST_OF_CLIENT = 2;
const CAPACITY_GAP = 1.25;
const NEAR = 1.03;
const INSIDE = .15;
function searchNextLevel(levels, bounds, share = Infinity) {
	if (levels.length === 0) return { next: bounds.first };
	const state = readState(levels, bounds, share);
	const up = climb(state);
	if ("next" in up) return up;
	const between = levels.length >= 9 ? null : chooseBetween(state);
	return between === null ? {
		...up,
		atCapacity: listAtCapacity(state)
	} : { next: between };
}
function readState(given, bounds, share) {
	const levels = given.toSorted((a, b) => a.level - b.level);
	const usable = levels.filter(isUsable);
	return {
		bounds,
		levels,
		usable,
		shape: findCurveShape(usable.map(({ level, throughput }) => ({
			concurrency: level,
			y: Math.log(throughput)
		}))),
		hasObjectives: usable.some(({ strain }) => strain !== null),
		left: share - levels.reduce((sum, { used }) => sum + used, 0),
		leftSeconds: (bounds.mostSeconds ?? Infinity) - levels.reduce((sum, { seconds }) => sum + seconds, 0)
	};
}
function isUsable(each) {
	return each.failing === null && each.throughput !== null && each.throughput > 0;
}
function climb(state) {
	const ended = findEnd(state);
	if (ended !== null) return { ended };
	const inside = lookBack(state);
	if (inside !== null) return { next: inside };
	const { bounds, levels } = state;
	let why = "budget";
	for (const factor of chooseFactors(state)) {
		const next = roundLevel(bounds, factor * levels.at(-1).level);
		const beyond = findBeyond(state, next);
		if (beyond === null) return { next };
		why = beyond;
	}
	return { ended: why };
}
function findEnd({ bounds, levels, usable, shape, ...state }) {
	const failed = levels.find(({ failing }) => failing !== null && failing !== "client");
	if (failed !== void 0) return failed.failing;
	if (levels.filter(({ failing }) => failing === "client").length >= MOST_OF_CLIENT) return "client";
	if (levels.length - usable.length >= MOST_UNUSABLE) return "unusable";
	const isMissed = usable.some(({ strain }) => strain !== null && strain > 1);
	if (isOpenLoop(bounds.load)) {
		if (isMissed) return "objectives";
	} else if (shape !== null && (shape.reached || shape.falls)) {
		const [before, last] = usable.slice(-2);
		const isGrowing = (last?.strain ?? 0) > STILL * (before?.strain ?? 0);
		if (!state.hasObjectives || isMissed || !isGrowing) return "plateau";
	}
	if (levels.at(-1).level >= bounds.most) return bounds.mostBy;
	return levels.length >= 9 ? "levels" : null;
}
function lookBack({ bounds, levels, usable }) {
	const [before, last] = usable.slice(-2);
	if (isOpenLoop(bounds.load) || before === void 0 || last === void 0 || last !== levels.at(-1)) return null;
	if (last.level <= 2 * before.level || findPower(before, last) >= STEEP) return null;
	return usable.length < 3 || fellBehind(usable) ? Math.min(halve(bounds, before.level, last.level), roundLevel(bounds, last.level / 2)) : null;
}
function fellBehind(usable) {
	const [earlier, before, last] = usable.slice(-3);
	if (last === void 0) return false;
	return last.throughput < AS_EXPECTED * expectThroughput(fitTime(earlier, before), last.level);
}
function chooseFactors({ bounds, levels, usable }) {
	const last = usable.at(-1);
	if (last === void 0 || last !== levels.at(-1)) return [2];
	const wide = [WIDE[bounds.load], 2];
	if (isOpenLoop(bounds.load)) return (last.latencyMs ?? Infinity) <= CALM.latency * (usable[0].latencyMs ?? 0) && (last.strain ?? 0) < CALM.strain ? wide : [2];
	const before = usable.at(-2);
	if (before === void 0) return wide;
	if (last.level > LARGE || fellBehind(usable)) return [2];
	const isSteep = findPower(before, last) >= STEEP;
	if (isSteep && last.level <= SMALL) return [WIDEST, ...wide];
	return isSteep || expectKnee(fitTime(before, last)) >= wide[0] * last.level ? wide : [2];
}
function fitTime(before, last) {
	const [from, to] = [before.level / before.throughput, last.level / last.throughput];
	const slope = (to - from) / (last.level - before.level);
	return {
		alone: to - slope * last.level,
		slope
	};
}
function expectThroughput({ alone, slope }, level) {
	return level / (alone + slope * level);
}
function expectKnee({ alone, slope }) {
	return slope <= 0 ? Infinity : KNEE_SHARE / .050000000000000044 * alone / slope;
}
function findPower(before, last) {
	return Math.log(last.throughput / before.throughput) / Math.log(last.level / before.level);
}
function findBeyond({ bounds, levels, usable, left }, next) {
	const top = levels.at(-1);
	const [before, last] = usable.slice(-2);
	const power = before === void 0 || last === void 0 || last !== top ? 1 : findPower(before, last);
	const factor = next / top.level;
	if ((top.outputTokensPerSecond ?? 0) * factor ** Math.min(1, Math.max(0, power)) > (bounds.mostTokensPerSecond ?? Infinity)) return "proof";
	if (factor * top.used > left) return "budget";
	return factor * top.seconds > MOST_OF_TIME * (bounds.mostSeconds ?? Infinity) ? "time" : null;
}
function chooseBetween(state) {
	for (const choose of [
		chooseForCapacity,
		chooseForKnee,
		chooseBelowFailing
	]) {
		const level = choose(state);
		if (level === null || state.levels.some((each) => each.level === level)) continue;
		const above = state.levels.find((each) => each.level > level);
		const isInTime = above.seconds <= state.leftSeconds || choose === chooseForCapacity;
		if (above.used <= state.left && isInTime) return level;
	}
	return null;
}
const FAR = .85;
function listAtCapacity({ bounds, levels }) {
	const points = listStrains(levels);
	const capacity = locateCapacity(points, bounds.load);
	if (capacity?.state !== "found") return [];
	return selectDeciding(points, capacity.concurrency, FAR).map(({ concurrency }) => concurrency);
}
function listStrains(levels) {
	return levels.flatMap(({ level: concurrency, strain, failing }) => {
		if (failing === "too-much") return [{
			concurrency,
			strain: Infinity
		}];
		return failing !== null || strain === null ? [] : [{
			concurrency,
			strain
		}];
	});
}
function chooseForCapacity({ bounds, levels, hasObjectives }) {
	const told = listStrains(levels);
	const at = told.findIndex(({ strain }) => strain > 1);
	if (!hasObjectives || at === -1) return null;
	if (at === 0) return goBelow(bounds, told[0].concurrency);
	const [left, right] = [told[at - 1], told[at]];
	const gap = right.concurrency - left.concurrency;
	const width = Math.log(right.concurrency / left.concurrency);
	if (left.strain > 1 / NEAR || right.strain < NEAR || width <= Math.log(CAPACITY_GAP)) return null;
	if (right.strain === Infinity) return halve(bounds, left.concurrency, right.concurrency);
	const scale = isOpenLoop(bounds.load) ? (strain) => -1 / Math.max(strain, 1e-6) : (strain) => strain;
	const part = (scale(1) - scale(left.strain)) / (scale(right.strain) - scale(left.strain));
	const share = Math.log((left.concurrency + part * gap) / left.concurrency) / width;
	return roundLevel(bounds, left.concurrency * Math.exp(width * Math.min(.85, Math.max(INSIDE, share))));
}
function chooseForKnee({ bounds, usable, shape }) {
	if (isOpenLoop(bounds.load) || shape === null || !(shape.reached || shape.falls)) return null;
	const at = usable.findIndex(({ level }) => level >= shape.knee);
	if (at <= 0) return null;
	const [left, right] = [usable[at - 1].level, usable[at].level];
	return right > 2 * left ? halve(bounds, left, right) : null;
}
function chooseBelowFailing({ bounds, levels, hasObjectives }) {
	const failed = levels.find(({ failing }) => failing === "too-much" || failing === "limited");
	const isLimited = failed?.failing === "limited";
	if (failed === void 0 || hasObjectives && !isLimited) return null;
	const held = levels.findLast(({ level, failing }) => level < failed.level && failing === null);
	if (held === void 0) return isLimited ? null : goBelow(bounds, failed.level);
	return failed.level > (isOpenLoop(bounds.load) && !isLimited ? CAPACITY_GAP : 2) * held.level ? halve(bounds, held.level, failed.level) : null;
}
function goBelow(bounds, lowest) {
	return lowest >= 4 * bounds.least ? roundLevel(bounds, lowest / 4) : null;
}
function halve(bounds, left, right) {
	return roundLevel(bounds, Math.sqrt(left * right));
}
function roundLevel({ load, most }, level) {
	return Math.min(most, isOpenLoop(load) ? Number(level.toPrecision(2)) : Math.round(level));
}
// src/metrics/precision.ts
const SMALL_SHARE = .5;
function isPreciseEnough(levels, control, expectedSpread) {
	return listFigures(levels).every(({ read, spread, pairSpread }) => {
		const values = differPasses(levels, control, read);
		if (values.length < 2) return true;
		const rest = (expectedSpread === "auto" ? spread : expectedSpread) * (control === null ? 1 : pairSpread / spread);
		return sampleStandardDeviation(values) / Math.sqrt(values.length) <= SMALL_SHARE * rest;
	});
}
function listFigures(levels) {
	const streams = levels.some(({ passes }) => passes.some(({ ttftMs }) => ttftMs !== null));
	const times = MEDIAN_ROWS.filter(({ automatic }) => automatic !== null && automatic === "whole" !== streams);
	const plateau = metricOf("plateau-throughput");
	const rate = RATE_FIELDS.find((field) => levels.some(({ passes }) => passes.some((pass) => pass[field] !== null)));
	return [...times.map(({ field, defaultSpread: spread, defaultPairSpread: pairSpread }) => ({
		read: (pass) => pass[field]?.p50,
		spread,
		pairSpread
	})), ...rate === void 0 ? [] : [{
		read: (pass) => pass[rate],
		spread: plateau.defaultSpread,
		pairSpread: plateau.defaultPairSpread
	}]];
}
function differPasses(levels, control, read) {
	const most = Math.max(0, ...levels.map(({ passes }) => passes.length));
	const rows = levels.flatMap((level) => {
		const other = control?.find(({ concurrency }) => concurrency === level.concurrency);
		if (control !== null && other === void 0) return [];
		const logs = level.passes.map((pass, i) => logOf(read(pass)) - (other === void 0 ? 0 : logOf(other.passes[i] === void 0 ? null : read(other.passes[i]))));
		return logs.length === most && logs.every(Number.isFinite) ? [logs] : [];
	});
	return rows.length === 0 ? [] : Array.from({ length: most }, (_, i) => mean(rows.map((logs) => logs[i])));
}
function logOf(value) {
	return value == null || value <= 0 ? NaN : Math.log(value);
}
// src/metrics/window-length.ts
const LEAST_ANSWERS = 3;
const GROUPS = 8;
const UPPER_BOUND = [
	2.117,
	1.728,
	1.558,
	1.461,
	1.398,
	1.353
];
function chooseWindowMs(sides, range, expectedSpread) {
	const windows = sides.map((runs) => runs.map(readWindow));
	const earlier = windows[0] ?? [];
	if (earlier.length === 0) return range.firstMs;
	const measuredMs = earlier.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
	const forTailMs = MINIMUM_SAMPLES.p90 * measuredMs / earlier.reduce((sum, { answers }) => sum + answers.length, 0);
	const neededMs = forTailMs <= range.passes * range.mostMs ? forTailMs : 0;
	const missingMs = Math.max(neededMs, findNeededMs(windows, expectedSpread)) - measuredMs;
	const left = Math.max(1, range.passes - earlier.length);
	return Math.min(range.mostMs, Math.max(range.leastMs, missingMs / left));
}
function findNeededMs(sides, expectedSpread) {
	const isPair = sides.length > 1;
	const needed = MEDIAN_ROWS.flatMap(({ automatic, field, defaultSpread, defaultPairSpread }) => {
		if (automatic === null) return [];
		const variances = sides.map((windows) => windows.flatMap((window) => estimateVarianceInOneMs(window, field) ?? []));
		if (variances.some((values) => values.length === 0)) return [];
		const known = variances.map((values) => values.filter(Number.isFinite));
		if (known.some((values) => values.length === 0)) return [Infinity];
		const spread = expectedSpread === "auto" ? defaultSpread : expectedSpread;
		const rest = isPair ? spread * defaultPairSpread / defaultSpread : spread;
		return [known.reduce((sum, values) => sum + mean(values), 0) / (SMALL_SHARE * rest) ** 2];
	});
	return needed.length === 0 ? Infinity : Math.max(...needed);
}
function estimateVarianceInOneMs({ answers, lengthMs }, field) {
	const logs = [];
	for (const record of answers) {
		const value = readTime(record, field);
		if (value !== null && value > 0) logs.push(Math.log(value));
	}
	if (logs.length === 0) return null;
	if (logs.length < LEAST_ANSWERS) return Infinity;
	const groups = Math.min(GROUPS, logs.length);
	const means = Array.from({ length: groups }, (_, i) => mean(logs.slice(Math.floor(i * logs.length / groups), Math.floor((i + 1) * logs.length / groups))));
	return (UPPER_BOUND[groups - LEAST_ANSWERS] * sampleStandardDeviation(means) / Math.sqrt(groups)) ** 2 * lengthMs;
}
function readWindow(run) {
	const answers = [];
	for (const record of run.records) if (record.phase === "counted" && record.outcome === "ok") answers.push(record);
	return {
		answers: answers.sort((a, b) => a.startMs - b.startMs),
		lengthMs: lengthOf(run)
	};
}
function readTime(record, field) {
	if (field === "interChunkMs") return null;
	if (field === "latencyMs") return record.ttftMs === null ? record.lastTokenMs : null;
	return record[field];
}
function countSavedMs(runs, mostMs) {
	return runs.reduce((sum, run) => sum + (run.window === null ? 0 : Math.max(0, mostMs - lengthOf(run))), 0);
}
function lengthOf({ window }) {
	return window === null ? 0 : window.endMs - window.startMs;
}
// src/verdict/limits/limits.ts
function checkLimits(limits, report) {
	return limits.flatMap((limit) => {
		if (limit.concurrency !== null) return [checkLevel(limit, limit.concurrency, report)];
		const row = metricOf(limit.metric);
		if (row.scope !== "level") return [checkRun(limit, row.field, report)];
		return levelsOf$2(limit, report).map((at) => checkLevel(limit, at, report));
	});
}
function toReportLimits(results) {
	return results.map(({ limit, ...result }) => ({
		limit: limit.text,
		...result
	}));
}
function levelsOf$2(limit, { series, plan, levels }) {
	if (series.concurrency !== "auto" || metricOf(limit.metric).better === "lower") return plan.levels;
	let best = null;
	for (const level of levels) {
		const value = level.valid ? figureOf(level, limit.metric) : null;
		if (value !== null && (best === null || value > best.value)) best = {
			concurrency: level.concurrency,
			value
		};
	}
	return best === null ? plan.levels.slice(-1) : [best.concurrency];
}
function checkLevel(limit, concurrency, report) {
	const level = report.levels.find((level) => level.concurrency === concurrency);
	const load = loadOf$1(report.series);
	if ((limit.load ?? "concurrency") !== load && limit.concurrency !== null) return makeUnmeasured(limit, concurrency, `the levels are ${load === "concurrency" ? `no ${limit.load}s` : `${load}s`}`);
	if (level === void 0) return makeUnmeasured(limit, concurrency, "the level was not measured");
	if (metricOf(limit.metric).field === "requests") return judgeLimit(limit, concurrency, makeFigure(computeErrorRate(level.requests), []), "no request was counted");
	if (!level.valid) return makeUnmeasured(limit, concurrency, `${STATE_WORDS[level.state]} (${level.invalidReasons.join(", ")})`);
	if (isOfFlawedCounts(limit, report, [concurrency])) return makeUnmeasured(limit, concurrency, FLAWED);
	if (metricOf(limit.metric).field === "attainment") return judgeAttainment(limit, level);
	const passes = level.passes.flatMap((pass) => figureOf(pass, limit.metric) ?? []);
	const complete = passes.length === level.passes.length ? passes : [];
	return judgeLimit(limit, concurrency, makeFigure(figureOf(level, limit.metric), complete), explainMissing(limit, level));
}
const FLAWED = "the server states token counts that cannot be true (impossible-count)";
function isOfFlawedCounts({ metric }, { plateau, validity }, concurrencies) {
	const { countsTokens } = metricOf(metric);
	return (countsTokens === "if-generated" ? plateau.metric === "outputTokensPerSecond" : countsTokens) && validity.findings.some(({ code, level }) => code === "impossible-count" && level !== void 0 && concurrencies.includes(level));
}
function checkRun(limit, field, report) {
	if (isOfFlawedCounts(limit, report, report.levels.map(({ concurrency }) => concurrency))) return makeUnmeasured(limit, null, FLAWED);
	switch (field) {
		case "requests": return judgeLimit(limit, null, computeRunErrorRate(report), "no request was counted");
		case "plateau": return checkPlateau(limit, report);
		case "within": {
			const { within } = report;
			if (within === null) return makeUnmeasured(limit, null, "`throughput-within` is not set");
			const value = within[report.plateau.metric];
			const why = report.levels.some(({ valid }) => valid) ? `no level is inside ${within.limit}` : "no usable level";
			return judgeLimit(limit, null, makeFigure(value, []), why);
		}
		case "capacity": return checkCapacity(limit, report);
		default: return field;
	}
}
function computeRunErrorRate({ series, levels }) {
	const counted = levels.filter((level) => series.concurrency !== "auto" || level.state !== "limited");
	return makeFigure(computeErrorRate({
		ok: counted.reduce((sum, { requests }) => sum + requests.ok, 0),
		failed: counted.reduce((sum, { requests }) => sum + requests.failed, 0)
	}), []);
}
function checkPlateau(limit, { plateau, levels }) {
	const { metric, state, concurrencies } = plateau;
	const result = judgeLimit(limit, null, makeFigure(plateau[metric]?.value ?? null, computePlateauByPass(levels.filter((level) => concurrencies.includes(level.concurrency)), metric)), "no level is valid");
	if (result.outcome !== "fail" || state === "reached" || state === "collapsing") return result;
	const reason = state === "limited" ? "a rate limit ended the sweep" : "throughput still grows at the highest level";
	return {
		...result,
		outcome: "not-measured",
		reason: `${reason} before the plateau was reached`
	};
}
function checkCapacity(limit, { slo, levels }) {
	if (slo === void 0) return makeUnmeasured(limit, null, "`slo` is not set");
	const { state, concurrency, passes } = slo.capacity;
	if (state === "below" && limit.value >= concurrency.value) return {
		...makeUnmeasured(limit, null, `at no ${levels.every(({ valid }) => valid) ? "" : "usable "}level ${Number((100 * slo.share).toPrecision(4))} % of the requests keep ${slo.objectives}`),
		outcome: "fail"
	};
	if (state === "below") return makeUnmeasured(limit, null, "the lowest level is above it, and does not keep the objectives");
	const why = levels.some(({ valid }) => valid) ? NOT_ATTAINABLE : "no usable level";
	const result = judgeLimit(limit, null, makeFigure(concurrency?.value ?? null, passes), why);
	if (result.outcome !== "fail" || state !== "at-least") return result;
	return {
		...result,
		outcome: "not-measured",
		reason: "the highest level keeps the objectives, and it is below it"
	};
}
function computePlateauByPass(members, metric) {
	const count = Math.min(...members.map((level) => level.passes.length));
	if (!Number.isFinite(count)) return [];
	return Array.from({ length: count }, (_, pass) => {
		const logs = members.map((level) => Math.log(level.passes[pass][metric] ?? NaN));
		return Math.exp(mean(logs));
	}).filter(Number.isFinite);
}
function makeFigure(value, passes) {
	return value === null ? null : {
		value,
		passes
	};
}
function judgeAttainment(limit, { concurrency, attained, requests }) {
	const n = requests.ok + requests.failed;
	if (attained === void 0 || attained.attainment === null || n === 0) return makeUnmeasured(limit, concurrency, NOT_ATTAINABLE);
	const bound = boundShareAbove({
		hits: attained.inside,
		n
	});
	return toResult(limit, concurrency, bound < limit.value ? "fail" : "pass", attained.attainment, bound);
}
const NOT_ATTAINABLE = "its requests do not have the times that `slo` is about";
function judgeLimit(limit, concurrency, found, missing) {
	if (found === null) return makeUnmeasured(limit, concurrency, missing);
	const logs = limit.quantity !== "share" && found.passes.every((value) => value > 0);
	const scaled = found.passes.map((value) => logs ? Math.log(value) : value);
	const undoLog = (value) => logs ? Math.exp(value) : value;
	const bounds = meanBounds(scaled);
	const isBeyond = (value) => limit.op === "<=" ? value > limit.value : value < limit.value;
	if (bounds === null) return toResult(limit, concurrency, isBeyond(found.value) ? "fail" : "pass", found.value, null);
	const centre = undoLog(mean(scaled));
	const bound = undoLog(limit.op === "<=" ? bounds.low : bounds.high);
	return toResult(limit, concurrency, isBeyond(centre) && isBeyond(bound) ? "fail" : "pass", centre, bound);
}
function toResult(limit, concurrency, outcome, value, bound) {
	return {
		limit,
		concurrency,
		outcome,
		value,
		bound,
		reason: null
	};
}
function makeUnmeasured(limit, concurrency, reason) {
	return {
		limit,
		concurrency,
		outcome: "not-measured",
		value: null,
		bound: null,
		reason
	};
}
function explainMissing(limit, level) {
	const row = metricOf(limit.metric);
	const more = row.percentile === null ? 0 : countMissingRequests(level, row.name);
	return more > 0 ? `it needs ${pluralise(more, "more request")}` : "the endpoint does not let it be measured";
}
// src/run/measure.ts
async function measureRun(settings, planned, ports) {
	const { clock } = ports;
	const { found, plan, control } = planned;
	ports.onPlan(plan, planned.findings, planned.threads);
	const sweepAt = clock.now();
	const sweep = await runWithCrew(ports.openCrew, async (crew) => runSweep(settings, planned, {
		...ports,
		crew
	}));
	ports.collectGarbage();
	logSavedTime(sweep, plan, ports.log);
	const side = {
		settings,
		found,
		findings: planned.findings
	};
	const summary = summariseSide(side, sweep);
	const swept = {
		runs: sweep.levelRuns,
		...summary,
		lastedMs: clock.now() - sweepAt
	};
	const checked = sweep.error === null ? await runCrossCheck(settings, found, swept, loadPortsOf(settings, found, ports)) : {
		crossCheck: null,
		findings: []
	};
	const { runner, nodeVersion, signal } = ports;
	const durationSeconds = (clock.now() - planned.startAt) / 1e3;
	const { startedAt, proof } = planned;
	const { searchEnd, once } = sweep;
	const frame = {
		startedAt,
		durationSeconds,
		plan,
		searchEnd,
		once,
		runner,
		nodeVersion,
		proof,
		signal
	};
	const findings = [
		...checked.findings,
		...describeControlSweep(sweep),
		...findFewerPasses(plan, sweep, settings)
	];
	const measured = await reportSide(side, {
		sweep,
		...summary
	}, {
		...checked,
		findings
	}, frame);
	const limits = checkLimits(settings.limits, measured);
	return {
		report: limits.length === 0 ? measured : {
			...measured,
			limits: toReportLimits(limits)
		},
		records: recordsOf(sweep.levelRuns),
		limits,
		error: sweep.error,
		control: control === null || sweep.control === null ? null : await reportControl(control, sweep.control, frame),
		controlTrouble: planned.controlTrouble ?? sweep.control?.error?.what ?? null
	};
}
function findFewerPasses({ ladder }, sweep, settings) {
	const { searchEnd, nearestBudget, shares, levelRuns, once } = sweep;
	if (levelRuns.every(({ concurrency }) => once.includes(concurrency))) return [];
	const measured = Math.max(0, ...levelRuns.map(({ pass }) => pass));
	const { passes, leastPasses = passes } = ladder;
	if (searchEnd === null || searchEnd === "gone" || measured >= leastPasses) return [];
	const budget = describeBudget(nearestBudget, settings, countNeededShare(shares, once, leastPasses));
	return [{
		code: "plan-cut",
		message: `${pluralise(measured, "pass", "passes")} instead of ${leastPasses}: more of the levels that were found would not fit into ${budget}`
	}];
}
function describeBudget(name, settings, neededShare) {
	const { maxDurationMs, maxRequests, maxOutputTokens } = settings;
	const given = {
		"max-duration": maxDurationMs,
		"max-requests": maxRequests,
		"max-output-tokens": maxOutputTokens
	}[name];
	if (given === null) return `\`${name}\``;
	const [limit, unit] = name === "max-duration" ? [given / 1e3, "s"] : [given, ""];
	return `\`${name}: ${limit}${unit}\`, about ${Math.ceil(1.1 * neededShare * limit)}${unit} would do`;
}
async function reportControl(control, sweep, frame) {
	return {
		report: await reportSide(control, {
			sweep,
			...summariseSide(control, sweep)
		}, {
			crossCheck: null,
			findings: []
		}, frame),
		error: sweep.error
	};
}
async function runWithCrew(openCrew, work) {
	const crew = openCrew?.() ?? null;
	try {
		return await work(crew);
	} finally {
		await crew?.close();
	}
}
async function runSweep(settings, { found, plan, threads, serverMetrics, control }, ports) {
	const options = levelOptionsOf(settings, found);
	const sidePorts = (side) => ({
		...loadPortsOf(side.settings, side.found, ports),
		serverMetrics: side.serverMetrics,
		orderThreads: () => ({
			endpoint: orderEndpoint(side.settings, side.found.target),
			auth: side.found.target.auth
		})
	});
	return measureSweep(plan, found.workload, {
		...limitsOf(settings),
		soak: plan.soak && (settings.shard?.number ?? 1) === 1
	}, {
		...sidePorts({
			settings,
			found,
			serverMetrics
		}),
		crew: ports.crew,
		threads,
		steer: ports.steer ?? null,
		isClientBusy: (run) => summariseLevel([run], options).invalidReasons.includes("client-saturated"),
		control: control === null ? null : {
			...sidePorts(control),
			timing: settings.controlTiming
		},
		onLevelStart: (level, side, ladder) => ports.onLevelStart({
			...level,
			side,
			ladder
		}),
		searchLevel: (measured, bounds, share) => searchNextLevel(measured.map(({ run, held, ...cost }) => ({
			...readSearchedLevel(summariseLevel([run], options), held),
			...cost
		})), bounds, share),
		chooseWindowMs: (runs, ofControl) => chooseWindowMs(ofControl === null ? [runs] : [runs, ofControl], {
			...plan.windows,
			passes: plan.ladder.leastPasses ?? plan.ladder.passes
		}, settings.expectedSpread),
		isPrecise: (runs, ofControl) => isPreciseEnough(levelsOf$3(runs, options), ofControl === null ? null : levelsOf$3(ofControl, options), settings.expectedSpread),
		onLevelEnd: (run, side) => {
			const measured = summariseLevel([run], options);
			const held = isHeld(measured);
			ports.onLevelEnd({
				concurrency: run.concurrency,
				figures: measured.passes[0],
				measured,
				held,
				side
			});
			return held;
		}
	});
}
function logSavedTime({ levelRuns, control }, { windows }, log) {
	if (windows.leastMs === windows.mostMs) return;
	const savedMs = countSavedMs([...levelRuns, ...control?.levelRuns ?? []], windows.mostMs);
	if (savedMs < 1e3) return;
	const longest = Math.round(windows.mostMs / 100) / 10;
	log(`windows no longer than the noise asks for saved ${Math.round(savedMs / 1e3)} s of windows of ${longest} s`);
}
function loadPortsOf(settings, { target }, ports) {
	const { clock, signal, log, health, collectGarbage } = ports;
	const openTransport = () => ports.openTransport(settings, target);
	return {
		clock,
		signal,
		log,
		health,
		collectGarbage,
		target: showUrl(target.url),
		openTransport
	};
}
function* recordsOf(runs) {
	for (const run of runs) yield* run.records;
}
function isHeld({ state, invalidReasons }) {
	return !isTooMuch(state) && state !== "limited" && !invalidReasons.includes("client-limit");
}
function limitsOf({ shard, maxDurationMs, maxRequests, maxOutputTokens }) {
	if (shard === null) return {
		maxDurationMs,
		maxRequests,
		maxOutputTokens
	};
	return {
		maxDurationMs,
		maxRequests: shareOut(maxRequests, shard),
		maxOutputTokens: shareOut(maxOutputTokens, shard)
	};
}
// src/verdict/outlook.ts
const RUNS = [
	1,
	3,
	8
];
function outlookOf(candidates, policy) {
	const metrics = chooseMetrics(policy, candidates);
	const alpha = METRICS_SHARE * policy.falseAlarmRate / metrics.length;
	return metrics.flatMap(({ metric }) => RUNS.map((runs) => {
		const sd = policy.expectedSpread === "auto" ? metricOf(metric).defaultSpread : policy.expectedSpread;
		const { degrees } = estimateSpread({
			squares: 0,
			degrees: runs - 1
		}, {
			within: {
				squares: 0,
				degrees: 0
			},
			passes: 1,
			defaultSd: sd,
			expected: "auto"
		});
		return {
			metric,
			runs,
			smallestVisible: findSmallestVisible(sd * Math.sqrt(1 + 1 / runs), degrees, {
				alpha,
				tolerance: toleranceOf(policy, metric),
				trimmed: false
			})
		};
	}));
}
const FEWEST_GROUPS = 3;
const NORMAL = 1e6;
function estimateThresholdAlarmRate(compared, policy) {
	let quiet = 1;
	for (const { metric, history, spread } of compared) {
		const k = history.newest.points.length;
		if (history.groups < FEWEST_GROUPS || spread.observed === null) return null;
		const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1));
		const threshold = Math.log1p(toleranceOf(policy, metric));
		quiet *= se === 0 ? 1 : 1 - studentTTail(threshold / se, NORMAL);
	}
	return compared.length === 0 ? null : 1 - quiet;
}
// src/verdict/limits/limits-over-runs.ts
const OUTCOMES = [
	"fail",
	"not-measured",
	"pass"
];
function pickWorstLimits(runs) {
	return runs[0].map((_, i) => runs.flatMap((limits) => limits[i] ?? []).reduce((worst, limit) => OUTCOMES.indexOf(limit.outcome) < OUTCOMES.indexOf(worst.outcome) ? limit : worst));
}
function judgeLimitsOverAttempts(limits, earlier) {
	const before = Map.groupBy(earlier.flatMap((attempt) => attempt.limits ?? []), keyOfLimit);
	return limits.map((own) => {
		const all = [own, ...before.get(keyOfLimit(own)) ?? []].filter(({ outcome, value }) => outcome !== "not-measured" && value !== null);
		return !all.includes(own) || all.length === 1 ? own : judgeMiddle(own, all);
	});
}
function keyOfLimit({ limit, concurrency }) {
	return `${limit} ${concurrency}`;
}
function judgeMiddle(own, all) {
	const { op, quantity, value: most } = readLimit(own.limit);
	const values = all.flatMap(({ value }) => value ?? []);
	const bounds = all.flatMap(({ bound }) => bound ?? []);
	const isOnLogs = quantity !== "share" && values.every((value) => value > 0);
	const findMiddle = (figures) => isOnLogs ? Math.exp(median(figures.map(Math.log))) : median(figures);
	const value = findMiddle(values);
	const bound = bounds.length === all.length ? findMiddle(bounds) : null;
	const isBroken = [value, bound ?? value].every((figure) => op === "<=" ? figure > most : figure < most);
	return {
		...own,
		outcome: isBroken ? "fail" : "pass",
		value,
		bound,
		alone: own.value
	};
}
const NEAR_SPREADS = 2;
function judgeLimitsBySpread(limits, past, now, policy) {
	return limits.map((limit) => {
		if (limit.outcome === "not-measured" || limit.value === null || limit.value <= 0) return limit;
		const metric = findGated(limit, now);
		const spread = metric === null ? null : findSpread(metric, limit.concurrency, {
			past,
			now,
			policy
		});
		return metric === null || spread === null ? limit : judgeBySpread(limit, metric, spread);
	});
}
function judgeBySpread(limit, metric, spread) {
	const y = signOf(metric) * Math.log(limit.value);
	const beyond = y - signOf(metric) * Math.log(readLimit(limit.limit).value);
	const least = studentTQuantile(.95, spread.degrees) * spread.sd;
	return {
		...limit,
		outcome: beyond > least ? "fail" : "pass",
		bound: figureOfY(metric, y - least),
		...Math.abs(beyond) <= NEAR_SPREADS * spread.sd && { near: true }
	};
}
function findGated({ limit, concurrency }, now) {
	const metric = findMetric(/^[a-z0-9-]*/.exec(limit)[0]);
	if (metric === null) return null;
	if (concurrency !== null && metric.field === now.throughputMetric) return "plateau-throughput";
	return GATED_ROWS.find(({ name }) => name === metric.name)?.name ?? null;
}
function findSpread(metric, concurrency, { past, now, policy }) {
	const recorded = recallSegments(metric, past, now, concurrency === null ? null : [concurrency]);
	if (recorded === null) return null;
	const history = historyOf$1(recorded, policy);
	if (!isLearnt(history.groups)) return null;
	const level = now.levels.find((one) => one.concurrency === recorded.levels[0]);
	return spreadOfHistory(metric, history, Math.max(1, level?.passes.length ?? 1), policy);
}
// src/verdict/compare/failures.ts
function findLostLevels({ entries }, candidates, fresh, { falseAlarmRate }) {
	const held = findHeldLevels(entries);
	const rows = fresh === null ? candidates : [...candidates, fresh];
	const tests = held.map((level) => {
		const at = Math.max(0, candidates.findIndex((row) => isLost(levelOf(row, level)?.state)));
		return testLevel(level, rows[at], rows.toSpliced(at, 1), entries);
	});
	const significant = rejectByHolm(tests.map(({ p }) => p ?? 1), LOST_LEVELS_SHARE * falseAlarmRate);
	return tests.flatMap((test, i) => {
		if (test.state === null) return [];
		const { state, ...lost } = test;
		const proven = significant[i] && test.repeatFailed === true;
		return [{
			...lost,
			verdict: !isLost(state) ? "not-measured" : proven ? "regressed" : "suspect"
		}];
	});
}
function findHeldLevels(entries) {
	const newest = entries.slice(-5);
	const counts = /* @__PURE__ */ new Map();
	for (const { row } of newest) for (const { concurrency, valid } of row.levels) if (valid) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1);
	const enough = Math.min(3, newest.length);
	return [...counts].filter(([, count]) => count >= enough).map(([concurrency]) => concurrency).sort((a, b) => a - b);
}
function findLevelsToRepeat(lost) {
	return lost.filter(({ verdict, repeatFailed }) => verdict === "suspect" && repeatFailed === null).map(({ concurrency }) => concurrency);
}
function testLevel(concurrency, candidate, repeats, entries) {
	const level = levelOf(candidate, concurrency);
	const state = level === void 0 ? "absent" : level.valid ? null : level.state;
	const again = repeats.flatMap((row) => levelOf(row, concurrency) ?? []);
	const counts = sumCounts((level === void 0 ? [] : [level, ...isLost(state) ? again : []]).map(countsOf));
	const baseline = sumCounts(entries.flatMap(({ row }) => levelOf(row, concurrency) ?? []).map(countsOf));
	return {
		concurrency,
		state,
		candidate: counts,
		baseline,
		repeatFailed: state === null || again.length === 0 ? null : again.every((repeat) => isFailed(repeat, state)),
		p: isLost(state) ? testFisherGreater(shareOf(counts), shareOf(baseline)) : null,
		reason: level === void 0 ? "it was not tried" : STATE_WORDS[level.state]
	};
}
function isFailed({ state, valid }, before) {
	return isLost(before) ? isLost(state) : !valid;
}
function levelOf(row, concurrency) {
	return row.levels.find((level) => level.concurrency === concurrency);
}
function isLost(state) {
	return state != null && state !== "absent" && isTooMuch(state);
}
function countsOf(level) {
	const { ok, failed } = sumCounts(level.passes);
	if (level.state === "overloaded") return {
		ok: 0,
		failed: Math.max(1, ok + failed)
	};
	return ok === 0 && !level.valid && isServers(level) ? {
		ok,
		failed: Math.max(failed, level.concurrency)
	} : {
		ok,
		failed
	};
}
function shareOf({ ok, failed }) {
	return {
		hits: failed,
		n: ok + failed
	};
}
const LEAST_RISE = .01;
const MOST_REPEATED = 3;
const ASSUMED_EFFECT = 4;
function compareErrorRates(past, candidates, options) {
	const first = computeRates(levelsOf$1(candidates), candidates, past);
	return first === null ? null : {
		verdict: wordOf(first, past, candidates, options),
		...first
	};
}
function wordOf(first, past, candidates, { alpha, secondLook }) {
	if (!isRise(first, alpha)) return "no-change-seen";
	if (secondLook === "none") return "regressed";
	const levels = new Set(levelsOfRise(past, candidates, alpha));
	const again = secondLook === "unusable" ? null : computeRates(levels, [secondLook.row], past);
	if (again === null) return "not-measured";
	return isRise(again, alpha) ? "regressed" : "suspect";
}
function levelsOfRise(past, candidates, alpha) {
	const levels = levelsOf$1(candidates);
	const first = computeRates(levels, candidates, past);
	if (first === null || !isRise(first, alpha)) return [];
	const usual = first.baseline.failed / sizeOf$1(first.baseline);
	return [...levels].map((concurrency) => {
		const counts = sumCounts(candidates.flatMap((row) => countsOfPasses(row, /* @__PURE__ */ new Set([concurrency]))));
		return {
			concurrency,
			failures: counts.failed - usual * sizeOf$1(counts)
		};
	}).filter(({ failures }) => failures > 0).sort((a, b) => b.failures - a.failures).slice(0, MOST_REPEATED).map(({ concurrency }) => concurrency);
}
function isRise({ rise, p }, alpha) {
	return p <= alpha && rise > LEAST_RISE;
}
function computeRates(levels, rows, past) {
	const own = rows.flatMap((row) => countsOfPasses(row, levels));
	const groups = past.groups.map(({ entries }) => entries.flatMap(({ row }) => countsOfPasses(row, levels)));
	const candidate = sumCounts(own);
	const baseline = sumCounts(groups.flat());
	if (sizeOf$1(candidate) === 0 || sizeOf$1(baseline) === 0) return null;
	const rise = candidate.failed / sizeOf$1(candidate) - baseline.failed / sizeOf$1(baseline);
	const effect = Math.max(effectOfPasses(own), effectOfPasses(groups.flat()), effectOfGroups(groups.map(sumCounts)));
	const a = {
		hits: Math.floor(candidate.failed / effect),
		n: Math.ceil(sizeOf$1(candidate) / effect)
	};
	const hits = Math.ceil(baseline.failed / effect);
	const b = {
		hits,
		n: Math.max(hits, Math.floor(sizeOf$1(baseline) / effect))
	};
	return {
		candidate,
		baseline,
		rise,
		p: rise > 0 ? testFisherGreater(a, b) : 1
	};
}
function levelsOf$1(rows) {
	return new Set(rows.flatMap((row) => row.levels.filter(isServers).map((level) => level.concurrency)));
}
function isServers({ state }) {
	return state !== "limited" && state !== "client-saturated";
}
function countsOfPasses(row, levels) {
	const counts = [];
	for (const level of row.levels) {
		if (!isServers(level) || !levels.has(level.concurrency)) continue;
		for (const [i, { ok, failed }] of level.passes.entries()) {
			const pass = counts[i] ??= {
				ok: 0,
				failed: 0
			};
			pass.ok += ok;
			pass.failed += failed;
		}
	}
	return counts;
}
function effectOfPasses(passes) {
	const { squares, degrees } = measureDispersion(passes);
	return degrees === 0 ? 1 : Math.max(1, squares / degrees);
}
function effectOfGroups(groups) {
	const { squares, degrees } = measureDispersion(groups);
	const assumed = weighAssumed(degrees);
	return Math.max(1, (assumed * ASSUMED_EFFECT + squares) / (assumed + degrees));
}
function measureDispersion(counts) {
	const { ok, failed } = sumCounts(counts);
	const filled = counts.filter((each) => sizeOf$1(each) > 0);
	const degrees = Math.max(0, filled.length - 1);
	if (failed === 0 || ok === 0) return {
		squares: 0,
		degrees
	};
	const rate = failed / (ok + failed);
	return {
		squares: filled.reduce((sum, each) => {
			const expected = sizeOf$1(each) * rate;
			return sum + (each.failed - expected) ** 2 / (expected * (1 - rate));
		}, 0),
		degrees
	};
}
function sumCounts(counts) {
	let ok = 0;
	let failed = 0;
	for (const each of counts) {
		ok += each.ok;
		failed += each.failed;
	}
	return {
		ok,
		failed
	};
}
function sizeOf$1({ ok, failed }) {
	return ok + failed;
}
function isMissingByServer(concurrency, rows) {
	return rows.some(({ levels }) => {
		const level = levels.find((level) => level.concurrency === concurrency);
		if (level !== void 0) return isLost(level.state) || isSpoilt(level);
		return levels.some((lower) => lower.concurrency < concurrency && isLost(lower.state));
	});
}
function isSpoilt({ state, passes }) {
	return state === "invalid" && isFailing(sumCounts(passes));
}
function pastOfFailures({ past, control }) {
	return past ?? control.past;
}
function findFailures(trial, secondLook, policy) {
	const { control } = trial;
	const past = pastOfFailures(trial);
	const fresh = typeof secondLook === "string" ? null : secondLook.row;
	const lostLevels = findLostLevels(past, trial.candidates, fresh, policy);
	const repeats = secondLook === "none" && control?.beside.isFresh === true && trial.candidates.length > 1;
	const look = {
		candidates: repeats ? trial.candidates.slice(0, -1) : trial.candidates,
		alpha: ERROR_RATE_SHARE * policy.falseAlarmRate,
		secondLook: repeats ? {
			row: trial.candidates.at(-1),
			control: null
		} : secondLook
	};
	const errorRate = compareErrorRates(past, look.candidates, look);
	if (control === null || trial.past === null) return {
		lostLevels,
		errorRate
	};
	const beside = compareErrorRates(pastOf(recordControls(control.beside.controls), control.beside.controls[0].series), look.candidates, look);
	const fails = (concurrency) => control.beside.controls.every(({ levels }) => levels.some((level) => level.concurrency === concurrency && isTooMuch(level.state)));
	return {
		lostLevels: lostLevels.map((lost) => lost.verdict === "regressed" && fails(lost.concurrency) ? {
			...lost,
			verdict: "suspect"
		} : lost),
		errorRate: errorRate === null || beside === null ? errorRate : pickMilder(errorRate, beside)
	};
}
function pickMilder(a, b) {
	return VERDICT_WORDS.indexOf(b.verdict) > VERDICT_WORDS.indexOf(a.verdict) ? b : a;
}
// src/verdict/compare/control.ts
const ASSUMED_THETA = .7;
const ASSUMED_PAIRS = 4;
function regressOnControl(metric, { seen, rows, levels, alone }) {
	const controls = rows.flatMap(({ control }) => control ?? []);
	const target = /* @__PURE__ */ new Map();
	for (const level of new Set(controls.flatMap((control) => [...control.keys()]))) target.set(level, mean(controls.flatMap((control) => control.get(level)?.y ?? [])));
	const x = mean(levels.map((level) => target.get(level)));
	const none = {
		target,
		x,
		xOf: /* @__PURE__ */ new Map(),
		squares: 0,
		degrees: 0,
		cost: 0,
		alone
	};
	if (alone) return {
		...none,
		theta: 1
	};
	const xOf = /* @__PURE__ */ new Map();
	for (const { entries, runs, controls } of seen) {
		const complete = controls.filter((_, i) => levels.every((level) => runs[i].has(level)));
		if (complete.length > 0) xOf.set(entries, mean(complete.map((control) => averageOver(control, levels))));
	}
	const { definite, provisional, outliers } = replaySegments(averageGroups(metric, seen.map((group) => moveGroup(group, {
		theta: ASSUMED_THETA,
		target
	})), levels));
	const pooled = poolProducts([...definite, ...provisional === null ? [] : [provisional]].map((segment) => trimSegment(segment, outliers).flatMap((point) => {
		const own = xOf.get(point.entries);
		return own === void 0 ? [] : [{
			x: own,
			y: point.y + ASSUMED_THETA * (own - x)
		}];
	})));
	return {
		...none,
		...believeSlope(pooled),
		xOf,
		squares: pooled.squares,
		degrees: pooled.degrees
	};
}
function poolProducts(segments) {
	let squares = 0;
	let products = 0;
	let free = 0;
	for (const segment of segments) {
		if (segment.length < 2) continue;
		const [mx, my] = [mean(segment.map(({ x }) => x)), mean(segment.map(({ y }) => y))];
		for (const { x, y } of segment) {
			squares += (x - mx) ** 2;
			products += (x - mx) * (y - my);
		}
		free += segment.length - 1;
	}
	return {
		squares,
		products,
		degrees: free
	};
}
function believeSlope({ squares, products, degrees }) {
	const seen = squares === 0 ? 0 : degrees;
	const theta = (seen * (squares === 0 ? 0 : products / squares) + ASSUMED_PAIRS * ASSUMED_THETA) / (seen + ASSUMED_PAIRS);
	return {
		theta: Math.min(1, Math.max(0, theta)),
		cost: seen / (seen + ASSUMED_PAIRS)
	};
}
function moveRun(run, control, { theta, target }) {
	const moved = /* @__PURE__ */ new Map();
	for (const [level, { y, passes }] of run) {
		const at = control.get(level);
		const centre = target.get(level) ?? at.y;
		const paired = at.passes.length === passes.length;
		moved.set(level, {
			y: y - theta * (at.y - centre),
			passes: passes.map((pass, i) => pass - theta * ((paired ? at.passes[i] : at.y) - centre))
		});
	}
	return moved;
}
function moveGroup(group, regression) {
	return {
		...group,
		runs: group.runs.map((run, i) => moveRun(run, group.controls[i], regression))
	};
}
const AS_DEPLOYED = 1.25;
const PAIRS_TO_TELL = 8;
function squareAssumed({ newest: { points, centre, trust } }, assumedSd) {
	const difference = mean(points.map(({ y }) => y)) - centre;
	const squares = trust === 1 ? 0 : points.length * difference ** 2 / (1 - trust);
	const degrees = 1 - trust;
	return squares > degrees * assumedSd ** 2 ? {
		squares,
		degrees
	} : {
		squares: 0,
		degrees: 0
	};
}
function addRegression(history, regression) {
	const { alone, squares, x, cost } = regression;
	const trust = history.segments.length === 1 && !alone ? Math.min(1, history.newest.points.length / PAIRS_TO_TELL) : 1;
	const place = (reference) => ({
		...reference,
		centre: trust * reference.centre + (1 - trust) * x,
		trust,
		ofControl: alone ? null : squares === 0 ? 0 : (cost * (x - meanX(reference.points, regression))) ** 2 / squares
	});
	return {
		...history,
		newest: place(history.newest),
		before: history.before === null ? null : place(history.before)
	};
}
function meanX(points, { xOf, x }) {
	const known = points.flatMap(({ entries }) => xOf.get(entries) ?? []);
	return known.length === 0 ? x : mean(known);
}
const SEEN_WITHIN = 3;
function isOutsideSeen(metric, { newest }, regression) {
	const { alone, squares, degrees, x } = regression;
	if (alone) return false;
	const assumed = weighAssumed(degrees);
	const variance = (assumed * metricOf(metric).defaultSpread ** 2 + squares) / (assumed + degrees);
	return Math.abs(x - meanX(newest.points, regression)) > SEEN_WITHIN * Math.sqrt(variance);
}
// src/verdict/compare/strain.ts
const MINOR_FALLS = /* @__PURE__ */ new Map([["attainment", 0], ["goodput", .02]]);
function rateStrain({ newest, segments }, rows, minorFall) {
	const [most] = rows[0].levels.flatMap(({ concurrency }) => {
		const [now, main] = [averageStrain(rows, concurrency), averageStrain(newest.recorded.flatMap(({ entries }) => entries.map(({ row }) => row)), concurrency)];
		return now === null || main === null ? [] : [{
			concurrency,
			now,
			fall: main.attainment - now.attainment
		}];
	}).toSorted((a, b) => b.fall - a.fall);
	if (most === void 0 || most.fall <= minorFall || !Number.isFinite(most.now.strain)) return 0;
	const points = [...segments.slice(0, -1), newest.recorded].map((segment) => segment.flatMap(({ entries }) => {
		const seen = averageStrain(entries.map(({ row }) => row), most.concurrency);
		return seen === null || !Number.isFinite(seen.strain) ? [] : [seen.strain];
	}));
	const last = points.at(-1);
	if (last.length === 0) return 0;
	const { sd, degrees } = estimateSpread(poolSquares(points), {
		within: {
			squares: 0,
			degrees: 0
		},
		passes: 1,
		defaultSd: SPREAD_OF_TIMES,
		expected: "auto"
	});
	return studentTTail((most.now.strain - mean(last)) / (sd * Math.sqrt(1 + 1 / last.length)), degrees);
}
function averageStrain(rows, concurrency) {
	const seen = rows.flatMap((row) => seeStrain(row, concurrency) ?? []);
	if (seen.length === 0) return null;
	return {
		attainment: mean(seen.map((one) => one.attainment)),
		strain: mean(seen.map((one) => one.strain))
	};
}
function seeStrain({ levels }, concurrency) {
	const level = levels.find((one) => one.concurrency === concurrency);
	if (level === void 0) return null;
	if (isTooMuch(level.state)) return {
		attainment: 0,
		strain: Infinity
	};
	if (!level.valid || level.kept === void 0) return null;
	const { attainment, strain } = level.kept;
	return {
		attainment,
		strain: strain === void 0 ? NaN : Math.log(strain ?? Infinity)
	};
}
// src/verdict/compare/compare.ts
function compareMetric({ metric, optional }, input) {
	const { past, candidates, policy, beside } = input;
	const now = input.fresh === null ? candidates[0] : narrowToFresh(candidates[0], input.fresh.row);
	const { seen, difference } = seeGroups(metric, past.groups, now, beside?.controls[0]);
	const runs = seen.flatMap((group) => group.runs);
	const set = levelSetOf(metric, runs, past.knee);
	const rows = candidates.map((row, i) => seeRow(metric, {
		row,
		control: beside?.controls[i] ?? null
	}, now));
	if (!runs.some((run) => run.size > 0)) {
		if (rows.some(({ run }) => run.size > 0)) {
			if (policy.metrics === "auto" && metricOf(metric).automatic === "objectives" && difference === null) return null;
			return missMetric(metric, "not-comparable", difference ?? "no recorded run has measured it");
		}
		return optional ? null : missMetric(metric, "not-measured", "it could not be measured");
	}
	if (set.levels.length === 0) return missMetric(metric, "not-comparable", "recorded runs have no usable level in common: measure the default branch again");
	const common = findCommonLevels(set.levels, rows);
	const missing = findMissing(metric, set.levels, common, rows);
	if (missing !== null) return missing;
	const fresh = seeFresh(metric, input, now);
	const before = seeBefore(metric, input, now);
	const confirmable = findCommonLevels(common, fresh);
	const repeats = fresh.length > 0 && 2 * confirmable.length >= common.length;
	const levels = repeats ? confirmable : common;
	const complete = [...rows, ...before.runs].filter(({ run }) => levels.every((level) => run.has(level)));
	const regression = beside === null || complete.length === 0 ? null : regressOnControl(metric, {
		seen,
		rows: complete,
		levels,
		alone: beside.alone
	});
	const move = (row) => regression === null || row.control === null ? row : {
		...row,
		run: moveRun(row.run, row.control, regression)
	};
	const moved = rows.map(move);
	const groups = regression === null ? seen : seen.map((group) => moveGroup(group, regression));
	const recorded = findSegments(metric, groups, levels);
	const kind = {
		isFresh: beside?.isFresh ?? false,
		complete: (run) => completeLike(groups, levels, run)
	};
	const own = averageFigure(levels, moved, kind);
	const figure = averageFigure(levels, [...moved, ...before.runs.map(move)], kind);
	if (recorded === null || figure === null) return missMetric(metric, "not-comparable", "no recorded run has all levels: measure the default branch again");
	const plain = historyOf$1(recorded, policy);
	const history = regression === null ? plain : addRegression(plain, regression);
	const raw = compareWith(history, figure, repeats ? averageFigure(levels, [...fresh, ...before.fresh].map(move)) : null, {
		metric,
		own: figure.runs === own?.runs ? null : own,
		regression,
		levels: levels.filter((level) => level !== 0),
		ofPlateau: set.ofPlateau,
		leftOut: past.entries.length - history.runs,
		aside: findAside(levels, history, moved),
		step: recorded.all.length === 1 ? null : findStandingStep(metric, recorded),
		expectedSpread: policy.expectedSpread,
		now: Date.parse(candidates[0].startedAt)
	});
	const minorFall = MINOR_FALLS.get(metricOf(metric).field);
	if (minorFall === void 0 || regression !== null) return raw;
	return weaken(raw, rateStrain(history, [...rows, ...fresh].map(({ row }) => row), minorFall));
}
function weaken(raw, least) {
	const weakenStand = (stand) => ({
		...stand,
		worse: Math.max(stand.worse, least)
	});
	const { first, fresh, all, own, unlike } = raw;
	return {
		...raw,
		first: weakenStand(first),
		fresh: fresh === null ? null : weakenStand(fresh),
		all: weakenStand(all),
		own: own === null ? null : weakenStand(own),
		unlike: unlike === null ? null : {
			...unlike,
			all: weakenStand(unlike.all)
		}
	};
}
function seeRow(metric, { row, control }, now) {
	const run = observeBeside(row, metric, now);
	if (control === null) return {
		row,
		run,
		control: null
	};
	const beside = observeBeside(control, metric, now);
	return {
		row,
		run: narrowTo(beside, run),
		control: beside
	};
}
function seeFresh(metric, { fresh, beside }, now) {
	if (fresh === null) return [];
	if (beside === null) return [seeRow(metric, {
		row: fresh.row,
		control: null
	}, now)];
	return fresh.control === null ? [] : [seeRow(metric, fresh, now)];
}
function seeBefore(metric, { before }, now) {
	const see = (rows) => rows.filter(({ row }) => explainDifference(metric, row, now) === null).map((passes) => seeRow(metric, passes, now));
	return {
		runs: see(before.runs),
		fresh: see(before.fresh)
	};
}
function compareWith(history, figure, again, { expectedSpread, now, own, regression, ...about }) {
	const assumed = assumeSpread(about.metric, history.segments);
	const assumedSd = regression === null ? assumed.ofRuns : assumed.ofPairs * (figure.isFresh ? 1 : AS_DEPLOYED);
	const spread = spreadOf(history.segments, {
		within: history.within,
		passes: figure.passesOfRun,
		defaultSd: assumedSd,
		expected: expectedSpread,
		...figure.isFresh && { sessions: figure.sessions },
		...regression !== null && {
			assumed: squareAssumed(history, assumedSd),
			cost: regression.cost
		}
	});
	const first = standOf(figure, history, spread);
	const all = again === null ? figure : poolFigures(figure, again);
	const unlikeness = isLearnt(history.groups) ? findUnlikeness(listStarts(history), now) : null;
	const wide = allowForUnlikeness(spread, (1 - (regression?.theta ?? 0)) * (unlikeness?.share ?? 1) * assumed.ofRuns);
	return {
		kind: "compared",
		...about,
		history,
		spread,
		first,
		fresh: again === null ? null : standOf(again, history, spread),
		all: again === null ? first : standOf(all, history, spread),
		own: own === null ? null : standOf(own, history, spread),
		unlike: unlikeness === null ? null : {
			what: unlikeness.what,
			spread: wide,
			all: standOf(all, history, wide)
		},
		byLevel: all.byLevel,
		inHistory: null,
		control: regression === null ? null : {
			theta: regression.theta,
			pairs: regression.alone ? 0 : history.groups,
			sessions: figure.runs,
			isFresh: figure.isFresh,
			isOutside: isOutsideSeen(about.metric, history, regression)
		}
	};
}
function findAside(levels, { newest }, rows) {
	const recorded = newest.points.flatMap(({ runs }) => runs);
	return [...new Set(rows.flatMap(({ run }) => [...run.keys()]).filter((level) => !levels.includes(level)))].sort((a, b) => a - b).flatMap((concurrency) => {
		const before = recorded.flatMap((run) => run.get(concurrency)?.y ?? []);
		const now = rows.flatMap(({ run }) => run.get(concurrency)?.y ?? []);
		return before.length === 0 ? [] : [{
			concurrency,
			before: mean(before),
			now: mean(now)
		}];
	});
}
function listStarts({ segments }) {
	return segments.flat().flatMap(({ entries }) => entries.map(({ row }) => Date.parse(row.startedAt)));
}
function findMissing(metric, set, common, rows) {
	const missing = set.filter((level) => !common.includes(level));
	if (set.includes(0)) {
		if (missing.length === 0) return null;
		const isUsable = rows.some(({ row }) => row.levels.some(({ valid }) => valid));
		const why = isOfObjectives$1(metricOf(metric)) ? NOT_KEPT : "no level is inside the latencies";
		return missMetric(metric, "not-measured", isUsable ? why : "no usable level");
	}
	const ours = missing.filter((level) => !isMissingByServer(level, rows.map(({ row }) => row)));
	if (ours.length > 0 && 2 * ours.length >= set.length) return {
		...missMetric(metric, "not-measured", `it could not be measured at ${nameLevels(ours, rows)}`),
		levelsMissing: ours
	};
	if (common.length > 0) return null;
	return missMetric(metric, "not-measured", `the server does not hold ${nameLevels(missing, rows)}`);
}
const NOT_KEPT = "the answers do not have the times that `slo` is about";
function nameLevels(levels, rows) {
	const load = loadOf$1(rows[0].row.series);
	return spellLevels(load, levels.map((level) => nameLevel(load, level)).join(", "));
}
function missMetric(metric, verdict, note) {
	return {
		kind: "missed",
		metric,
		verdict,
		note,
		levelsMissing: []
	};
}
function lookAt(choice, { candidates, past, control, earlier }, { fresh, policy }) {
	const found = control === null ? null : compareMetric(choice, {
		past: control.past,
		candidates: control.candidates,
		fresh,
		before: seeAttempts(earlier, control.beside.controls[0]),
		beside: control.beside,
		policy
	});
	if (past === null) return found;
	const isFirst = control?.beside.alone === true && isSameHost(past, candidates);
	if (found?.kind === "compared" && !isFirst) return found;
	const alone = compareMetric(choice, {
		past,
		candidates,
		fresh,
		before: seeAttempts(earlier, null),
		beside: null,
		policy
	});
	if (found?.kind !== "compared") return alone;
	return alone?.kind === "compared" && isLearnt(alone.history.groups) ? {
		...found,
		inHistory: alone.all
	} : found;
}
function isSameHost({ entries }, candidates) {
	const [before, now] = [entries.at(-1).row.context.host, candidates[0].context.host];
	return before == null || now == null || before === now;
}
// src/verdict/second-look.ts
function takeSecondLook({ compared, missed }, trial, { fresh, policy }) {
	const again = compared.map((raw) => {
		if (!isScreened(raw, policy)) return raw;
		const found = lookAt({
			metric: raw.metric,
			optional: false
		}, trial, {
			fresh,
			policy
		});
		return found?.kind === "compared" ? found : raw;
	});
	const stillMissed = [];
	for (const each of missed) {
		const filled = fillTrial(trial, fresh, listFillableLevels(each, trial.candidates));
		const found = lookAt({
			metric: each.metric,
			optional: false
		}, filled, {
			fresh: null,
			policy
		});
		if (found?.kind === "compared") again.push(found);
		else stillMissed.push(each);
	}
	return {
		compared: again,
		missed: stillMissed
	};
}
function listFillableLevels({ levelsMissing }, candidates) {
	return levelsMissing.filter((concurrency) => candidates.every((row) => row.levels.some((level) => level.concurrency === concurrency && level.state !== "limited")));
}
function fillTrial({ candidates, control, ...rest }, fresh, levels) {
	const fill = (rows, by) => by === null ? rows : rows.map((row) => fillLevels(row, by, levels));
	return {
		...rest,
		candidates: fill(candidates, fresh.row),
		control: control === null ? null : {
			...control,
			candidates: fill(control.candidates, fresh.row),
			beside: {
				...control.beside,
				controls: fill(control.beside.controls, fresh.control)
			}
		}
	};
}
function fillLevels(row, fresh, concurrencies) {
	const freshLevels = new Map(fresh.levels.map((level) => [level.concurrency, level]));
	return {
		...row,
		levels: row.levels.map((level) => !level.valid && concurrencies.includes(level.concurrency) ? freshLevels.get(level.concurrency) ?? level : level)
	};
}
// src/verdict/decide.ts
function decide(input) {
	const { candidates, baseline } = input;
	const { series } = candidates[0];
	const recorded = baseline?.entries.filter(({ row }) => row.series.name === series.name) ?? [];
	const trial = openTrial(input);
	const uncompared = describeRun(input, trial, recorded);
	const trouble = findTrouble(input.trouble, baseline);
	if (trouble !== null) return conclude(uncompared, trouble);
	return trial === null ? decideAlone(input, recorded, uncompared) : decideAgainst(trial, recorded, input, uncompared);
}
function describeLoad(load) {
	return load === "concurrency" ? {} : { load };
}
function describeRun(input, trial, recorded) {
	const { candidates, baseline, policy } = input;
	const { series } = candidates[0];
	return {
		schema: VERDICT_SCHEMA,
		name: series.name,
		...describeLoad(loadOf$1(series)),
		policy: pickPolicy(policy),
		decidedBy: input.decidedBy ?? [],
		comparisons: [],
		lostLevels: [],
		errorRate: null,
		limits: judgeLimits(input, trial),
		whatElseChanged: [],
		baseline: summaryOf(baseline, trial, recorded),
		notComparable: null,
		outlook: [],
		confirmation: null,
		falseAlarmRate: null,
		control: summariseControl(input, trial),
		...summariseAttempts(input),
		drift: baseline?.release === void 0 ? null : findSlowDrift(recorded, baseline.release, series, policy)
	};
}
function decideAlone({ candidates, baseline, policy }, recorded, uncompared) {
	const open = {
		...uncompared,
		outlook: baseline === null ? [] : outlookOf(candidates, policy)
	};
	const newest = recorded.at(-1);
	if (newest !== void 0) {
		const differences = findSeriesDifferences(newest.row.series, candidates[0].series);
		const notComparable = {
			runs: recorded.length,
			differences
		};
		return conclude({
			...open,
			notComparable
		}, {
			word: "not-comparable",
			reason: null
		});
	}
	if (open.baseline.lost !== null) return conclude(open, {
		word: "not-comparable",
		reason: "history-lost"
	});
	if ((open.control?.troubles.length ?? 0) > 0) return conclude(open, {
		word: "not-comparable",
		reason: "control-lost"
	});
	return conclude(open, {
		word: "no-baseline",
		reason: null
	});
}
function decideAgainst(trial, recorded, input, uncompared) {
	const { candidates, policy, secondLook } = input;
	const fresh = typeof secondLook === "string" ? null : secondLook;
	const now = candidates[0];
	const first = takeFirstLook(trial, policy);
	const { compared, missed } = fresh === null ? first : takeSecondLook(first, trial, {
		fresh,
		policy
	});
	const judged = judgeMetrics(compared, policy, {
		looksTwice: secondLook !== "none",
		looks: countLooks(input),
		mayGoOn: false
	});
	const comparisons = [...missed.map((each) => describeMissed(each, policy, now)), ...judged.map((each) => describeCompared(each, policy, now))];
	const accepted = pickAcceptances(input.accepted, recorded, now.startedAt);
	const { screening } = first;
	const screened = screening.metrics.length + screening.levels.length > 0;
	return conclude({
		...uncompared,
		comparisons: acceptComparisons(comparisons, accepted, policy.gate).toSorted(compareSeverity),
		...findFailures(trial, secondLook, policy),
		whatElseChanged: findChanges(trial, now),
		confirmation: screened ? {
			...screening,
			passes: countFreshPasses(fresh?.row ?? null)
		} : null,
		falseAlarmRate: policy.decision === "threshold" ? estimateThresholdAlarmRate(compared, policy) : policy.falseAlarmRate
	}, null, missed.some((each) => each.levelsMissing.length > 0));
}
function countLooks({ candidates, sessions, earlier = [] }) {
	if (sessions?.fresh !== true) return {
		most: 1,
		look: 1
	};
	const looks = {
		most: 0,
		look: 0
	};
	for (const attempt of [{
		candidates,
		sessions
	}, ...earlier]) {
		const most = attempt.sessions?.most ?? 1;
		looks.most += most;
		looks.look += Math.min(most, attempt.candidates.length);
	}
	return looks;
}
function screen(input) {
	const { baseline, policy, trouble } = input;
	const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input);
	return trial === null ? {
		metrics: [],
		levels: []
	} : takeFirstLook(trial, policy).screening;
}
function takeFirstLook(trial, policy) {
	const { candidates } = trial;
	const past = pastOfFailures(trial);
	const compared = [];
	const missed = [];
	for (const choice of chooseMetrics(policy, candidates)) {
		const raw = lookAt(choice, trial, {
			fresh: null,
			policy
		});
		if (raw?.kind === "compared") compared.push(raw);
		if (raw?.kind === "missed") missed.push(raw);
	}
	const screened = compared.filter((raw) => isScreened(raw, policy));
	const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)));
	for (const raw of screened) for (const level of levelsOf(raw, candidates)) levels.add(level);
	for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level);
	for (const level of levelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level);
	return {
		compared,
		missed,
		screening: {
			metrics: screened.map(({ metric }) => metric),
			levels: [...levels].sort((a, b) => a - b)
		}
	};
}
function levelsOf({ levels }, candidates) {
	return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency));
}
function judgeLimits(input, trial) {
	if (input.limits.length === 0) return [];
	const limits = judgeLimitsOverAttempts(input.limits, selectAttempts(input));
	const past = trial?.past ?? null;
	return past === null ? limits : judgeLimitsBySpread(limits, past, input.candidates[0], input.policy);
}
function findTrouble(trouble, baseline) {
	if (trouble === "cancelled") return {
		word: "cancelled",
		reason: "cancelled"
	};
	if (trouble !== null) return {
		word: "not-measured",
		reason: trouble
	};
	return baseline?.unreadable == null ? null : {
		word: "not-measured",
		reason: "baseline"
	};
}
function summariseControl({ candidates, controls, controlTroubles = [], sessions }, trial) {
	if (controls === void 0) return null;
	const control = trial?.control ?? null;
	const isUsable = control !== null || controls.every((each) => each === null);
	return {
		pairs: control === null || control.beside.alone ? 0 : control.past.groups.length,
		sessions: control?.candidates.length ?? 0,
		fresh: sessions?.fresh ?? false,
		troubles: [...controlTroubles, ...isUsable ? [] : [`it was measured in another way (${describeDifferences(candidates, controls)})`]]
	};
}
function describeDifferences(candidates, controls) {
	return findSeriesDifferences(controls.find((each) => each !== null).series, candidates[0].series).map(({ field }) => field).join(", ");
}
function findChanges({ past, control }, now) {
	if (past !== null) return findContextChanges(past.entries.at(-1).row, now);
	return findContextChanges(control.beside.controls[0], now).filter(({ what }) => what !== "host");
}
function countFreshPasses(fresh) {
	return Math.max(0, ...fresh?.levels.map((level) => level.passes.length) ?? []);
}
function compareSeverity(a, b) {
	const rank = ({ verdict }) => VERDICT_WORDS.indexOf(verdict);
	return rank(a) - rank(b) || (b.worsening ?? 0) - (a.worsening ?? 0);
}
const CONTEXT = [
	["model", ({ context }) => context.model],
	["served model", ({ context }) => context.servedModel],
	["server version", ({ context }) => context.serverVersion],
	["build", ({ context }) => context.build],
	["provisioned capacity", ({ context }) => context.provisioned],
	["region", ({ context }) => context.region],
	["host", ({ context }) => context.host],
	["tokens of a request", ({ context }) => context.requestTokens],
	["load tool", ({ context }) => context.loadTool],
	["runner", ({ context }) => context.runner.environment],
	["runner system", ({ context }) => context.runner.os],
	["runner architecture", ({ context }) => context.runner.arch],
	["runner CPUs", ({ context }) => context.runner.cpuCount],
	["Node", ({ context }) => context.node],
	["token counts from", ({ traits }) => traits.tokenSource],
	["answers", ({ traits }) => traits.buffered ? "in one piece" : "streamed"],
	["reasoning", ({ traits }) => traits.reasoning ? "yes" : "no"]
];
function findContextChanges(before, now) {
	return CONTEXT.flatMap(([what, pick]) => {
		const old = pick(before) ?? null;
		const current = pick(now) ?? null;
		if (old === null || current === null || old === current) return [];
		return [{
			what,
			before: String(old),
			now: String(current)
		}];
	});
}
// src/verdict/early-end.ts
function isDecided(input) {
	const { candidates, policy, baseline, trouble } = input;
	const looks = countLooks(input);
	const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input);
	if (trial === null) return "green";
	const { compared, missed } = takeFirstLook(trial, policy);
	const judged = judgeMetrics(compared, policy, {
		looksTwice: false,
		looks,
		mayGoOn: looks.look < looks.most
	});
	const { lostLevels, errorRate } = findFailures(trial, "none", policy);
	const words = [...judged, ...lostLevels].map(({ verdict }) => verdict);
	if (words.includes("regressed") || errorRate?.verdict === "regressed" && candidates.length > 1) return "red";
	if (looks.most === 1) return "green";
	const unsettled = words.includes("suspect") || missed.some(({ verdict }) => verdict === "not-measured") || lostLevels.length > 0 || errorRate !== null && errorRate.verdict !== "no-change-seen";
	const soFar = {
		most: looks.look,
		look: looks.look
	};
	return judged.every(({ raw, verdict }) => policy.gate === "release" ? verdict === "proven" || verdict === "improved" : computeUpperBound(raw.all, raw.spread, isSpreadAssumed(raw) ? { level: levelOfProof(soFar) } : {}) < Math.log1p(2 * toleranceOf(policy, raw.metric))) && !unsettled ? "green" : "open";
}
// src/verdict/sides.ts
function addSides(verdict, input) {
	const trial = openTrial(input);
	if (trial === null) return verdict;
	const sides = drawSides(trial, input.trouble === null ? takeFirstLook(trial, input.policy).compared : []);
	return sides === null ? verdict : {
		...verdict,
		sides
	};
}
function drawSides({ past, control, candidates }, compared) {
	const now = candidates[0];
	const baseline = past === null ? null : drawCurve(pickUnmoved(past.entries, compared), now);
	const beside = control === null ? null : drawCurve(control.beside.controls, now);
	if (baseline === null && beside === null) return null;
	return {
		...baseline !== null && { baseline },
		...beside !== null && { control: beside }
	};
}
function pickUnmoved(entries, compared) {
	const [first = entries, ...rest] = compared.filter(({ control }) => control === null || control.pairs > 0).map(({ history }) => history.newest.points.flatMap((point) => point.entries)).filter((segment) => segment.length > 0);
	return rest.reduce((least, segment) => segment.length < least.length ? segment : least, first).map(({ row }) => row);
}
function drawCurve(rows, now) {
	const figures = FIGURES_OF_LEVEL.map((name) => ({
		name,
		at: readFigure(name, rows, now)
	}));
	const ladder = [...new Set(figures.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => a - b);
	if (ladder.length === 0) return null;
	const levels = ladder.map((concurrency) => {
		const present = figures.flatMap(({ name, at }) => {
			const values = at.get(concurrency);
			return values === void 0 ? [] : [[name, sumUp(name, values)]];
		});
		const clues = averageClues(rows.flatMap((row) => row.levels.filter((level) => level.concurrency === concurrency)));
		return {
			concurrency,
			figures: Object.fromEntries(present),
			...clues !== null && { clues }
		};
	});
	return {
		runs: rows.length,
		levels
	};
}
function readFigure(name, rows, now) {
	const metric = name === "throughput" ? "plateau-throughput" : name;
	const found = /* @__PURE__ */ new Map();
	for (const row of rows) {
		if (explainDifference(metric, row, now) !== null) continue;
		for (const [level, value] of readLevels(row, name)) found.set(level, [...found.get(level) ?? [], value]);
	}
	return found;
}
function readLevels(row, name) {
	if (name === "attainment" || name === "goodput") return row.levels.flatMap(({ valid, kept, concurrency }) => valid && kept !== void 0 ? [[concurrency, kept[name]]] : []);
	const metric = name === "throughput" ? "plateau-throughput" : name;
	return [...observe(row, metric)].map(([level, { y }]) => [level, figureOfY(metric, y)]);
}
function sumUp(name, values) {
	const value = roundFigure(name === "attainment" || name === "goodput" ? mean([...values]) : Math.exp(mean(values.map(Math.log))));
	return values.length === 1 ? { value } : {
		value,
		low: roundFigure(Math.min(...values)),
		high: roundFigure(Math.max(...values))
	};
}
function averageClues(levels) {
	const known = levels.flatMap(({ valid, clues }) => valid && clues !== void 0 ? [clues] : []);
	const averages = CLUES.flatMap((clue) => {
		const values = known.flatMap((clues) => clues[clue] ?? []);
		return values.length === 0 ? [] : [[clue, roundFigure(mean(values))]];
	});
	return averages.length === 0 ? null : Object.fromEntries(averages);
}
// src/verdict/history/set-apart.ts
const LEFT_OUT_ITSELF = "the candidate itself is among the runs and was left out";
function removeCandidate(baseline, candidate) {
	const isCandidate = ({ row }) => row.startedAt === candidate.startedAt && row.series.key === candidate.series.key;
	const entries = baseline.entries.filter((entry) => !isCandidate(entry));
	if (entries.length === baseline.entries.length) return baseline;
	return {
		...baseline,
		entries,
		passedOver: [...baseline.passedOver, LEFT_OUT_ITSELF]
	};
}
function setAttemptsApart(baseline, { run, earlier = [] }) {
	if (baseline === null || run === void 0) return {
		baseline,
		earlier
	};
	const isOwn = ({ source }) => source.runId === run.id && source.attempt < run.attempt;
	const own = Map.groupBy(baseline.entries.filter(isOwn), ({ source }) => source.attempt);
	for (const { attempt, run: other } of earlier) if (other === void 0) own.delete(attempt);
	const recorded = [...own].map(([attempt, entries]) => {
		const controls = entries.map(({ control }) => control ?? null);
		return {
			attempt,
			verdict: entries[0].verdict,
			candidates: entries.map(({ row }) => row),
			...controls.some((control) => control !== null) && { controls },
			secondLook: "none"
		};
	});
	return {
		baseline: {
			...baseline,
			entries: baseline.entries.filter((entry) => !isOwn(entry))
		},
		earlier: [...earlier, ...recorded].toSorted(compareAttempts)
	};
}
// src/verdict/history/recall-ladder.ts
function ladderOf(entries, series) {
	const newest = selectComparableEntries(entries, series).slice(-5);
	const counts = /* @__PURE__ */ new Map();
	for (const { row } of newest) for (const { concurrency } of row.levels) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1);
	const enough = Math.min(3, newest.length);
	const levels = [...counts].flatMap(([concurrency, count]) => count >= enough ? concurrency : []);
	return levels.length === 0 ? null : levels.sort((a, b) => a - b);
}
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
	const levels = ladderOf(entries, series);
	if (levels === null) return null;
	const rows = selectComparableEntries(entries, series).slice(-5).map(({ row }) => row);
	return recallLevels(rows, levels).map((known) => {
		const found = rows.flatMap((row) => row.levels.find(({ concurrency }) => concurrency === known.level) ?? []);
		return {
			...known,
			once: 2 * found.filter(({ once }) => once === true).length > found.length
		};
	});
}
// src/gate.ts
async function runGate(settings, ports) {
	if (ports.loadBaseline !== null) ports.onPhase("history");
	const loaded = await (ports.loadBaseline?.() ?? null);
	if (loaded !== null) tellTrouble(loaded, ports);
	const { baseline, earlier } = setAttemptsApart(loaded, ports);
	if (settings.candidateCommand === null || settings.controlCommand !== null) return measureAndDecide(settings, baseline, {
		...ports,
		earlier
	});
	const server = serverOf("candidate", settings, ports.serverLogs);
	ports.log(`what the server writes is kept in ${server.log}`);
	const { result } = await serve(server, ports, async (ended) => measureAndDecide(settings, baseline, {
		...ports,
		earlier
	}, ended));
	return result;
}
async function measureAndDecide(settings, baseline, ports, ended = null) {
	const { signal, earlier = [] } = ports;
	const { planned, ...measured } = settings.results !== null ? {
		runs: [await importResults(settings, settings.results, ports)],
		planned: null
	} : isInSessions(settings) ? await measureInSessions(settings, baseline, ports) : await measureRuns(settings, baseline, ports, ended);
	const { runs } = measured;
	const last = runs.at(-1);
	const input = inputOf(settings, baseline, measured, ports);
	const secondLook = planned === null || isInSessions(settings) ? "none" : await measureSecondLook(settings, input, planned, ports);
	const { candidates, controls, controlTroubles, sessions, limits } = input;
	return {
		report: last.report,
		reports: runs.map(({ report }) => report),
		controls: runs.flatMap(({ control }) => control?.report ?? []),
		rows: candidates,
		records: last.records,
		verdict: addSides(decide({
			...input,
			secondLook
		}), {
			...input,
			secondLook
		}),
		looks: {
			candidates,
			...controls !== void 0 && { controls },
			...controlTroubles !== void 0 && { controlTroubles },
			...sessions !== void 0 && { sessions },
			secondLook,
			limits,
			...earlier.length > 0 && { earlier }
		},
		baseline: narrowBaseline(baseline, candidates[0]),
		error: last.error,
		cancelled: signal.aborted
	};
}
async function importResults(settings, patterns, { readResults, redactReport, log }) {
	const { importRun } = await import("./import-run.js");
	const { joinResults } = await import("./join-results.js");
	const files = readResults(patterns);
	const joined = joinResults(files, settings);
	if (!("levels" in joined)) throw new SettingsError(joined);
	const report = redactReport(importRun(joined, settings));
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
function isInSessions({ controlCommand, redeployCommand }) {
	return controlCommand !== null || redeployCommand !== null;
}
function inputOf(settings, baseline, { runs, sessions }, { signal, earlier = [] }) {
	const candidates = runs.map(({ report }) => rowOf(report));
	return {
		candidates,
		...pickControls(settings, runs),
		...sessions !== void 0 && { sessions },
		baseline: baseline === null ? null : removeCandidate(baseline, candidates[0]),
		policy: settings,
		limits: toReportLimits(pickWorstLimits(runs.map(({ limits }) => limits))),
		trouble: troubleOf(runs.at(-1), signal),
		accepted: settings.accept,
		decidedBy: settings.decidedBy,
		...earlier.length > 0 && { earlier }
	};
}
function pickControls({ control, controlCommand }, runs) {
	if (control === null && controlCommand === null) return {};
	const troubles = [...new Set(runs.flatMap((run) => describeControlTrouble(run) ?? []))];
	return {
		controls: runs.map(rowOfControl),
		...troubles.length > 0 && { controlTroubles: troubles }
	};
}
function rowOfControl(run) {
	return run.control === null || describeControlTrouble(run) !== null ? null : rowOf(run.control.report);
}
function describeControlTrouble({ control, controlTrouble }) {
	if (controlTrouble !== null) return controlTrouble;
	if (control === null || control.report.validity.ok) return null;
	const why = control.report.validity.findings.find(({ code }) => lookUpFinding(code)?.invalidates);
	return `its run cannot be used${why === void 0 ? "" : `: ${why.message.replace(/\.$/, "")}`}`;
}
function tellTrouble({ unreadable, lost }, { log }) {
	if (unreadable !== null) log(`the history cannot be read, so nothing will be compared: ${unreadable.why}. What helps: ${unreadable.remedy}`);
	if (lost !== void 0) log(`nothing will be compared: ${lost}`);
}
async function measureInSessions(settings, baseline, ports) {
	const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries;
	const sessions = await measureCommandSessions(settings, {
		...ports,
		ladder: (series) => recallLadder(entries, series),
		canGoWithout: entries.length > 0,
		measure: async (own, planned) => measureWithoutSecrets(own, planned, ports),
		decideSoFar: (soFar) => isDecided(inputOf(settings, baseline, sumUpSessions(settings, soFar), ports))
	});
	return {
		...sumUpSessions(settings, sessions),
		planned: sessions.at(-1).planned
	};
}
function sumUpSessions(settings, sessions) {
	return {
		runs: sessions.map(({ run }) => run),
		sessions: {
			fresh: true,
			most: countHeld(boundsOf(settings), sessions)
		}
	};
}
async function measureRuns(settings, baseline, ports, ended) {
	const runs = [];
	let found = null;
	const waiting = ended === null ? ports : {
		...ports,
		signal: AbortSignal.any([ports.signal, ended]),
		awaitsLocalServer: true
	};
	for (;;) {
		ports.onPhase("preflight");
		const planned = await planRun(settings, (series) => found ?? recallLadder(baseline?.entries ?? [], series), waiting);
		ports.onPhase("sweep");
		const run = await measureWithoutSecrets(settings, planned, ports);
		runs.push(run);
		found ??= recallRun(run.report);
		if (runs.length === settings.runs || troubleOf(run, ports.signal) !== null) return {
			runs,
			planned: run.control?.error == null ? planned : {
				...planned,
				control: null
			}
		};
		ports.log(`run ${runs.length} of ${settings.runs} done; the next one follows after a pause`);
		await ports.clock.sleep(settings.pauseMs, ports.signal);
	}
}
async function measureSecondLook(settings, input, first, ports) {
	if (settings.confirm === 0 || input.trouble !== null) return "none";
	const { metrics, levels } = screen(input);
	if (levels.length === 0) return "none";
	ports.onPhase("second look");
	const load = chooseLoad(settings);
	const what = metrics.length > 0 ? `${joinShortList(metrics.map((metric) => nameOf({ metric })), 4)} ${metrics.length === 1 ? "looks" : "look"} worse` : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel(load, level))))} failed or could not be used`;
	ports.log(`${what}; measuring again after a pause`);
	await ports.clock.sleep(settings.pauseMs, ports.signal);
	if (ports.signal.aborted) return "unusable";
	const plan = planSecondLook(settings, first.found, recallLevels(input.candidates, levels));
	const planned = {
		...first,
		startedAt: ports.wallClock(),
		startAt: ports.clock.now(),
		plan,
		findings: []
	};
	const again = await measureWithoutSecrets({
		...settings,
		crossCheck: "none"
	}, planned, ports);
	if (ports.signal.aborted) return "unusable";
	if (again.error !== null) return "none";
	return isChanged(again.report) ? "unusable" : {
		row: rowOf(again.report),
		control: rowOfControl(again)
	};
}
async function measureWithoutSecrets(settings, planned, ports) {
	const run = await (ports.measureRun ?? measureRun)(settings, planned, ports);
	const { control } = run;
	return {
		...run,
		report: ports.redactReport(run.report),
		control: control === null ? null : {
			...control,
			report: ports.redactReport(control.report)
		}
	};
}
function isChanged({ validity }) {
	return validity.findings.some(({ code, level }) => level === void 0 && (code === "config-updated" || code === "served-model-changed"));
}
function troubleOf({ report, error }, signal) {
	if (signal.aborted) return "cancelled";
	if (error !== null) return "endpoint";
	return report.validity.ok ? null : "run-invalid";
}
// src/render/progress.ts
function renderPlan({ levels, passes, mostPasses = passes, windows, isSearched = false, once = [], expected }) {
	const most = isSearched || once.length > 0 ? "up to " : "";
	return [
		`${isSearched ? `up to 9 levels` : pluralise(levels.length, "level")} \u00D7 ${mostPasses > passes ? `${passes} to ${mostPasses} passes` : `${most}${pluralise(passes, "pass", "passes")}`}`,
		...windows === void 0 ? [] : [`windows of ${formatTenths(windows.leastSeconds)} to ${formatTenths(windows.mostSeconds)} s`],
		`${formatAbout(expected.seconds)}${isSearched ? ` for ${levels.length} of them` : ""}`,
		...listSpent(expected)
	].join(", ");
}
function formatTenths(seconds) {
	return Math.round(seconds * 10) / 10;
}
function renderCost(expected) {
	return [formatAbout(expected.seconds), ...listSpent(expected)].join(", ");
}
function listSpent({ requests, inputTokens, outputTokens }) {
	const tokens = inputTokens > 0 && outputTokens > 0 ? `${formatLarge(inputTokens)} tokens in, ${formatLarge(outputTokens)} out` : `${formatLarge(outputTokens || inputTokens)} ${outputTokens > 0 ? "output" : "input"} tokens`;
	return [pluralise(Math.round(requests), "request"), tokens];
}
function renderPlace({ count, total, isMost }, { concurrency, side, load = "concurrency" }) {
	const whose = side === "control" ? " of the control" : "";
	return `${count} of ${isMost ? "up to " : ""}${total}, level ${nameLevel(load, concurrency)}${whose}`;
}
function renderProgress(pass, { place, alone, ...level }) {
	const { requests } = pass;
	const metric = [
		"outputTokensPerSecond",
		"inputTokensPerSecond",
		"requestsPerSecond"
	].find((metric) => pass[metric] !== null);
	const rate = metric === void 0 ? null : `${formatRate(pass[metric])} ${RATE_UNITS[metric]}`;
	const time = (name, p50) => p50 == null ? null : `${name} ${formatMs(p50)}`;
	const parts = [
		rate,
		...pass.ttftMs !== null || pass.tpotMs !== null ? [time("TTFT", pass.ttftMs?.p50), time("TPOT", pass.tpotMs?.p50)] : [time("latency", pass.latencyMs?.p50)],
		`${formatCount(requests.ok)} ok`,
		requests.failed === 0 ? null : `${formatCount(requests.failed)} failed`,
		UNDECIDED.has(alone.state) ? null : nameState(alone)
	];
	const { secondsLeft } = place;
	const left = secondsLeft === null ? "" : `; ${formatAbout(secondsLeft).replace("about ", "~")} left`;
	return `${renderPlace(place, level)}: ${parts.filter((part) => part !== null).join(", ")}${left}`;
}
const UNDECIDED = /* @__PURE__ */ new Set([
	"ok",
	"buffered",
	"invalid"
]);
const LIVE_COLUMNS = 60;
const LONGEST_BAR = 24;
const SHORTEST_BAR = 6;
function renderWait(what, elapsedSeconds) {
	const since = `: ${Math.round(elapsedSeconds)} s \u2026`;
	const room = LIVE_COLUMNS - since.length;
	return `${what.length <= room ? what : `${what.slice(0, room - 1)}\u2026`}${since}`;
}
function renderBar(place, level, elapsedSeconds) {
	const { count, total, isMost, secondsLeft } = place;
	const named = nameLevel(level.load ?? "concurrency", level.concurrency);
	const where = `${count} of ${isMost ? "up to " : ""}${total}, level ${named}${level.side === "control" ? ", control" : ""}`;
	const left = secondsLeft === null ? null : Math.max(1, secondsLeft - elapsedSeconds);
	const remains = left === null ? "" : `, ${formatAbout(left).replace("about ", "~")} left`;
	const elapsed = `, ${Math.round(elapsedSeconds)} s`;
	const words = `${where}${`${where}${elapsed}${remains}`.length + 2 + SHORTEST_BAR <= LIVE_COLUMNS || left === null ? elapsed : ""}${remains}`;
	const columns = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, 58 - words.length));
	const begun = (count - 1) / total;
	const within = secondsLeft === null ? 0 : Math.min(1 / total, (1 - begun) * (elapsedSeconds / secondsLeft));
	const filled = Math.min(columns - 1, Math.floor((begun + within) * columns));
	return `${"\u2588".repeat(filled)}${"\u2591".repeat(columns - filled)}  ${words}`;
}
// src/shell/dry-run.ts
function describeAssumption({ prompts }) {
	return `assumes answers of 1 s${prompts === null ? "" : ` and 4 characters a token`}`;
}
const NONCE = "0".repeat(16);
function renderDryRun(settings, sources, layout = {}) {
	const width = Math.max(...sources.map(({ name }) => name.length));
	const listed = sources.flatMap(({ name, value, source }) => wrap(`${name.padEnd(width)}  ${value}  (${source})`, {
		...layout,
		indent: width + 2
	}));
	if (settings.results !== null) return [
		"would judge results; nothing was read or sent",
		"",
		...listed,
		""
	].join("\n");
	const { url, api, control, plan } = planWithoutAsking(settings);
	return [
		...wrap(describeAct(`${url} (${api})${control === void 0 ? "" : ` beside ${control}`}`, settings), layout),
		...wrap(`${renderPlan(plan)}${describeShare(settings)}`, layout),
		describeThreads(planThreads(settings.clientThreads, availableParallelism())),
		...describeFile(settings).flatMap((line) => wrap(line, layout)),
		`(before preflight: ${describeAssumption(settings)})`,
		"",
		...plan.cut.flatMap((cut) => wrap(`  ! ${dropCodeMarks(cut)}`, {
			...layout,
			indent: 4
		})),
		...listed,
		""
	].join("\n");
}
function describePlans(scenarios) {
	const plans = scenarios.map((settings) => ({
		settings,
		plan: planWithoutAsking(settings).plan
	}));
	const add = (pick) => plans.reduce((sum, { plan }) => sum + pick(plan.expected), 0);
	const all = {
		seconds: add(({ seconds }) => seconds),
		requests: add(({ requests }) => requests),
		inputTokens: add(({ inputTokens }) => inputTokens),
		outputTokens: add(({ outputTokens }) => outputTokens)
	};
	const withPrompts = scenarios.find(({ prompts }) => prompts !== null) ?? { prompts: null };
	return [`${scenarios.length} scenarios, one after the other: ${renderCost(all)} (before preflight: ${describeAssumption(withPrompts)})`, ...plans.map(({ settings, plan }) => `  ${settings.name}: ${renderPlan(plan)}${describeShare(settings)}`)];
}
function describeFile({ sentPrompts }) {
	if (sentPrompts === null) return [];
	return [describePrompts(sentPrompts), describeUnsent(sentPrompts)].flatMap((sentence) => sentence === null ? [] : [writePlain(sentence)]);
}
function describeAct(what, { candidateCommand, controlCommand, redeployCommand, sessions }) {
	const upTo = `in up to ${pluralise(sessions, "session")}`;
	if (controlCommand !== null) return `would start two servers in turn ${upTo}, and measure ${what}; nothing was started or sent`;
	if (redeployCommand !== null) return `would deploy anew and measure ${what} ${upTo}; nothing was run or sent`;
	if (candidateCommand !== null) return `would start a server and measure ${what}; nothing was started or sent`;
	return `would measure ${what}; nothing was sent`;
}
function describeShare(settings) {
	const { control, controlCommand, redeployCommand } = settings;
	if (controlCommand !== null) return ", for each server in each session";
	const sides = control === null ? "" : describeSides(settings);
	return redeployCommand === null ? sides : `${sides}, for each session`;
}
function encodeDryRun(settings, sources) {
	const { results } = settings;
	const prompts = settings.sentPrompts === null ? {} : { prompts: settings.sentPrompts };
	const what = results === null ? planWithoutAsking(settings) : { results };
	return `${JSON.stringify({
		schema: "plateau/dry-run@1",
		...what,
		...prompts,
		settings: sources
	}, null, 2)}\n`;
}
function planWithoutAsking(settings) {
	const target = assumeTarget(settings, {
		clock: systemClock,
		wallClock: () => /* @__PURE__ */ new Date(),
		hide: () => {}
	});
	const { control, controlTiming } = settings;
	const plan = planLevels(settings, {
		...assumePreflight(settings, target, () => NONCE),
		control: control === null ? null : controlTiming,
		preflightAhead: settings.preflight
	});
	return {
		url: showUrl(target.url),
		api: target.api.name,
		...control !== null && { control: showUrl(control) },
		plan: showPlan(plan)
	};
}
function describePlan(plan, settings) {
	const sides = plan.sides === 1 ? "" : describeSides(settings);
	return `${renderPlan(showPlan(plan))}${sides}${settings.preflight ? "" : ` (without preflight: ${describeAssumption(settings)})`}`;
}
function describeSides({ controlTiming }) {
	return `, endpoint and control ${controlTiming === "turns" ? "in turns" : "together"}`;
}
function showPlan({ ladder, windows, expected, cut }) {
	const { passes: mostPasses, leastPasses } = ladder;
	const passes = leastPasses === void 0 ? { passes: mostPasses } : {
		passes: leastPasses,
		mostPasses
	};
	const { leastMs, mostMs } = windows;
	const range = {
		leastSeconds: leastMs / 1e3,
		mostSeconds: mostMs / 1e3
	};
	return {
		levels: ladder.levels,
		...ladder.search != null && { isSearched: true },
		...passes,
		...ladder.once !== void 0 && { once: ladder.once },
		...leastMs < mostMs && { windows: range },
		expected,
		cut
	};
}
// src/shell/redact-result.ts
function redactResult(result, redact) {
	const { report, reports, controls, rows, records, verdict, looks, baseline, error, cancelled } = result;
	return {
		report: redactReport(report, redact),
		reports: reports.map((each) => redactReport(each, redact)),
		controls: controls.map((each) => redactReport(each, redact)),
		rows: rows.map((row) => redactRow(row, redact)),
		records: { [Symbol.iterator]: () => redactRecords(records, redact) },
		verdict: redactVerdict(verdict, redact),
		looks: redactLooks(looks, redact),
		baseline: baseline === null ? null : redactBaseline(baseline, redact),
		error: error === null ? null : redactError(error, redact),
		cancelled
	};
}
function redactReport(report, redact) {
	return redactTexts(report, runReportSchema, redact);
}
function redactVerdict(verdict, redact) {
	return redactTexts(verdict, verdictSchema, redact);
}
function redactRow(row, redact) {
	return redactTexts(row, historyRowSchema, redact);
}
function redactLooks(looks, redact) {
	const { controlTroubles, ...rest } = mapRowsOfLooks(looks, (row) => redactRow(row, redact));
	return {
		...rest,
		...controlTroubles !== void 0 && { controlTroubles: controlTroubles.map(redact) }
	};
}
function redactEntry(entry, redact) {
	return redactTexts(entry, historyEntrySchema, redact);
}
function redactBaseline(baseline, redact) {
	const { unreadable } = baseline;
	return {
		...baseline,
		entries: baseline.entries.map((entry) => redactEntry(entry, redact)),
		passedOver: baseline.passedOver.map(redact),
		unreadable: unreadable === null ? null : {
			why: redact(unreadable.why),
			remedy: redact(unreadable.remedy)
		}
	};
}
function redactError(error, redact) {
	const { what, tried, remedy, cause } = error;
	return new EndpointError(redact(what), {
		tried: redact(tried),
		remedy: redact(remedy),
		cause
	});
}
function* redactRecords(records, redact) {
	for (const record of records) yield redactRecord(record, redact);
}
function redactRecord(record, redact) {
	const facts = FACTS_IN_ORDER.map(({ name, kind }) => {
		const value = record[name];
		return [name, (kind === "name" || kind === "id") && typeof value === "string" ? redact(value) : value];
	});
	return Object.fromEntries(facts);
}
function redactTexts(value, schema, redact) {
	return redactWithin(value, schema, redact);
}
function redactWithin(value, schema, redact) {
	if (value === null || typeof value !== "object" && typeof value !== "string") return value;
	const shape = schema === null ? null : shapeOf(schema, value);
	if (typeof value === "string") return shape === null ? redact(value) : redactText(value, shape, redact);
	if (Array.isArray(value)) {
		const element = shape instanceof ZodArray ? shape.element : null;
		return value.map((item) => redactWithin(item, element, redact));
	}
	const members = Object.entries(value).map(([key, member]) => {
		return [key, redactWithin(member, memberOf(shape, key), redact)];
	});
	return Object.fromEntries(members);
}
function redactText(text, schema, redact) {
	if (!(schema instanceof ZodString || schema instanceof ZodStringFormat) || OUR_WORDS.has(schema)) return text;
	const clean = redact(text);
	return !fits(clean, schema) && fits(text, schema) ? text : clean;
}
function shapeOf(schema, value) {
	if (schema instanceof ZodUnion) {
		const option = schema.options.find((each) => fits(value, each));
		return option === void 0 ? null : shapeOf(option, value);
	}
	if (schema instanceof ZodNullable || schema instanceof ZodOptional || schema instanceof ZodExactOptional || schema instanceof ZodDefault) return shapeOf(schema.unwrap(), value);
	return schema;
}
function memberOf(schema, key) {
	if (schema instanceof ZodRecord) return schema.valueType;
	if (!(schema instanceof ZodObject) || !Object.hasOwn(schema.shape, key)) return null;
	return schema.shape[key];
}
function fits(value, schema) {
	return schema.safeParse(value, { jitless: true }).success;
}
// src/settings/lists/endpoint-settings.ts
const group$6 = "Endpoint";
const ENDPOINT_SETTINGS = {
	endpoint: setting({
		name: "endpoint",
		group: group$6,
		help: "Base URL or full URL of the endpoint, http or https; the query is sent but never shown",
		placeholder: "URL",
		default: null,
		inputOnly: true,
		required: true,
		unless: "results",
		common: true,
		read: readHttpUrl
	}),
	results: setting({
		name: "results",
		group: group$6,
		help: `Results of a load tool to judge, in place of measuring: paths or patterns such as results/*.json, of ${TOOL_NAMES.join(", ")}; nothing is sent then, and no endpoint is needed`,
		placeholder: "PATHS",
		default: null,
		file: "list",
		read: readPaths
	}),
	api: setting({
		name: "api",
		group: group$6,
		help: `What the endpoint speaks: ${API_NAMES.join(", ")}; auto finds out from the URL and the answers`,
		placeholder: "NAME",
		default: "auto",
		read: allowWord("auto", readChoice(API_NAMES))
	}),
	task: setting({
		name: "task",
		group: group$6,
		help: `What the endpoint serves, where its API has several tasks (${APIS_OF_SEVERAL_TASKS.join(", ")}): ${TASKS.join(", ")}`,
		placeholder: "TASK",
		default: "auto",
		read: readChoice(["auto", ...TASKS])
	}),
	model: setting({
		name: "model",
		group: group$6,
		help: "The model to ask for",
		placeholder: "NAME",
		default: null,
		derived: "the one the server names",
		common: true,
		read: readLine$1
	}),
	apiKey: setting({
		name: "api-key",
		group: group$6,
		help: "The key, from a secret; for the command best in PLATEAU_API_KEY, where no process list shows it; never in a config file",
		placeholder: "KEY",
		default: null,
		env: "PLATEAU_API_KEY",
		secret: true,
		flagOnly: true,
		common: true,
		read: readKey
	}),
	auth: setting({
		name: "auth",
		group: group$6,
		help: `How the client proves who it is: ${AUTH_WORDS.join(", ")} or header:<name>; auto sends the key where the API wants it`,
		placeholder: "HOW",
		default: "auto",
		inputOnly: true,
		read: readAuth
	}),
	clientId: setting({
		name: "client-id",
		group: group$6,
		help: describeCredential("client-id"),
		placeholder: "ID",
		default: null,
		env: "PLATEAU_CLIENT_ID",
		inputOnly: true,
		read: readLine$1
	}),
	clientSecret: setting({
		name: "client-secret",
		group: group$6,
		help: describeCredential("client-secret"),
		placeholder: "SECRET",
		default: null,
		env: "PLATEAU_CLIENT_SECRET",
		secret: true,
		flagOnly: true,
		read: readSecret
	}),
	tokenUrl: setting({
		name: "token-url",
		group: group$6,
		help: describeCredential("token-url"),
		placeholder: "URL",
		default: null,
		inputOnly: true,
		derived: "the host of the endpoint",
		read: readHttpUrl
	}),
	oidcAudience: setting({
		name: "oidc-audience",
		group: group$6,
		help: describeCredential("oidc-audience"),
		placeholder: "TEXT",
		default: null,
		inputOnly: true,
		derived: "the address that gives out the token",
		read: readLine$1
	}),
	headers: setting({
		name: "headers",
		group: group$6,
		help: "Headers of every request, lines of \"Name: value\" or a JSON object; the values are never shown. \"Accept-Encoding: gzip\" measures compressed streams as real clients get them",
		placeholder: "LINES",
		default: null,
		inputOnly: true,
		secret: true,
		secretsIn: findSecretsInHeaders,
		file: "map",
		read: readHeaders
	}),
	extraBody: setting({
		name: "extra-body",
		group: group$6,
		help: "A JSON object whose members are added to the body of every request",
		placeholder: "JSON",
		default: null,
		secret: true,
		secretsIn: findSecretsInBody,
		file: "map",
		read: readExtraBody
	}),
	endpointLabel: setting({
		name: "endpoint-label",
		group: group$6,
		help: "What reports call the endpoint; its host is not shown unless written here",
		placeholder: "TEXT",
		default: null,
		derived: "the name",
		read: readLine$1
	}),
	allowedHosts: setting({
		name: "allowed-hosts",
		group: group$6,
		help: "Where the key may go, by https unless http:// is said: hosts, host:port or *.domain; any other endpoint is refused",
		placeholder: "HOSTS",
		default: null,
		inputOnly: true,
		derived: "any",
		file: "list",
		read: (text) => readHosts(splitList(text))
	}),
	expectVersion: setting({
		name: "expect-version",
		group: group$6,
		help: "Text, a commit SHA say, that the version page or the served model must show; waited for, checked again at the end",
		placeholder: "TEXT",
		default: null,
		derived: "not checked",
		read: readLine$1
	}),
	versionUrl: setting({
		name: "version-url",
		group: group$6,
		help: "Where expect-version looks",
		placeholder: "URL",
		default: null,
		inputOnly: true,
		derived: "/version of the endpoint",
		read: readHttpUrl
	}),
	requestTimeoutMs: setting({
		name: "request-timeout",
		group: group$6,
		help: "Longest time of one request",
		placeholder: "300s",
		default: "300s",
		read: readDuration({
			minMs: 100,
			maxMs: 36e5
		})
	}),
	readyTimeoutMs: setting({
		name: "ready-timeout",
		group: group$6,
		help: "How long to wait for the endpoint, the expected version and a cold start; not counted in max-duration; the command waits for no port of its own machine that refuses",
		placeholder: "10m",
		default: "10m",
		read: readDuration({
			minMs: 1e3,
			maxMs: 72e5
		})
	}),
	preflight: setting({
		name: "preflight",
		group: group$6,
		help: "Find out first, with a few requests, what the endpoint can do and what a run costs",
		placeholder: "true|false",
		default: "true",
		switch: true,
		read: readBoolean
	}),
	selfProof: setting({
		name: "self-proof",
		group: group$6,
		help: "Before the load, measure for about a second a server on this machine that records when it sent what: how accurately this machine times, and what rate it sustains",
		placeholder: "true|false",
		default: "true",
		switch: true,
		read: readBoolean
	}),
	soak: setting({
		name: "soak",
		group: group$6,
		help: "Unrecorded load until a young engine has settled, at most 60 s, and no longer than it helps: auto or off",
		placeholder: "WORD",
		default: "auto",
		read: readChoice(["auto", "off"])
	}),
	serverMetrics: setting({
		name: "server-metrics",
		group: group$6,
		help: "Metrics of the server (Prometheus), read around and during the load of each level and shown beside the client's figures: auto, off or their URL",
		placeholder: "URL",
		default: "auto",
		inputOnly: true,
		read: readMetricsPlace
	}),
	crossCheck: setting({
		name: "cross-check",
		group: group$6,
		help: `three-point: after the sweep, TTFT and TPOT once more from answers that do not stream, at 1, n/2 and n tokens, as ${CROSS_CHECK_MODEL} does; or none`,
		placeholder: "WORD",
		default: "none",
		commandOnly: true,
		read: readChoice(["none", "three-point"])
	}),
	caCert: setting({
		name: "ca-cert",
		group: group$6,
		help: "PEM file with certificate authorities to trust besides the usual ones",
		placeholder: "FILE",
		default: null,
		inputOnly: true,
		read: readLine$1
	}),
	clientCert: setting({
		name: "client-cert",
		group: group$6,
		help: "PEM file with the client certificate for an endpoint that wants one (mTLS), and its chain; with client-key",
		placeholder: "FILE",
		default: null,
		inputOnly: true,
		read: readLine$1
	}),
	clientKey: setting({
		name: "client-key",
		group: group$6,
		help: "PEM file with the key of client-cert, without a passphrase; its content is never shown",
		placeholder: "FILE",
		default: null,
		inputOnly: true,
		read: readLine$1
	}),
	insecureTls: setting({
		name: "insecure-tls",
		group: group$6,
		help: "Accept any certificate of the endpoint, which every report then says; whoever is in between can read the key",
		placeholder: "true|false",
		default: "false",
		switch: true,
		inputOnly: true,
		read: readBoolean
	}),
	proxy: setting({
		name: "proxy",
		group: group$6,
		help: "HTTP proxy for the requests; nothing is proxied unless it is given here",
		placeholder: "URL",
		default: "none",
		inputOnly: true,
		read: allowNone(readProxyUrl)
	})
};
function readMetricsPlace(text) {
	const word = text.trim();
	if (word === "auto" || word === "off") return word;
	try {
		return readHttpUrl(text);
	} catch (error) {
		if (!(error instanceof ValueError)) throw error;
		throw new ValueError(`must be auto, off or the URL of the metrics; as a URL it ${error.message}`);
	}
}
function readKey(text) {
	if (text.trim() === "") throw new ValueError("is empty: the secret it comes from is missing; or set auth to none");
	return readSecret(text);
}
function readSecret(text) {
	if (text.trim() === "") throw new ValueError("is empty: the secret it comes from is missing");
	const key = readLine$1(text);
	const fault = findPastedSigns(key);
	if (fault !== null) throw new ValueError(fault);
	if (!/^[\x20-\x7e]+$/.test(key)) throw new ValueError("must be visible ASCII characters; look for a stray character");
	return key;
}
function readPaths(text) {
	const paths = splitList(text);
	if (paths.length === 0) throw new ValueError("must be paths or patterns, for example results/*.json");
	return paths;
}
// src/load/preflight/known-endpoints.ts
function createKnownEndpoints() {
	const known = /* @__PURE__ */ new Map();
	return {
		recall: (settings) => known.get(keyOf$1(settings)) ?? null,
		keep(settings, endpoint) {
			const { candidateCommand, controlCommand, redeployCommand } = settings;
			if (candidateCommand === null && controlCommand === null && redeployCommand === null) known.set(keyOf$1(settings), endpoint);
		}
	};
}
function keyOf$1(settings) {
	const { caCertPem, clientPem, variables, prefixCache } = settings;
	const asked = Object.entries(settings).filter(([name]) => Object.hasOwn(ENDPOINT_SETTINGS, name));
	return JSON.stringify([
		asked,
		caCertPem,
		clientPem,
		variables,
		prefixCache
	]);
}
// src/shell/measure.ts
async function measure(settings, { store, redact, onLevelStart, onLevelEnd, ...hooks }, system, others = {}) {
	const { log } = hooks;
	return redactResult(await runGate(settings, {
		...system,
		...hooks,
		...others,
		redact,
		redactReport: (report) => redactReport(report, redact),
		loadBaseline: store === null ? null : () => loadAloud(store, settings.name, {
			log,
			redact
		}),
		...tellSweep(settings, {
			redact,
			onLevelStart,
			onLevelEnd,
			log
		}, system)
	}), redact);
}
function tellSweep(settings, { redact, onLevelStart, onLevelEnd, log }, { clock }) {
	const load = chooseLoad(settings);
	let tracker = null;
	return {
		onPlan(plan, findings, threads) {
			tracker = trackSweep(plan, settings.controlTiming, clock);
			log(describePlan(plan, settings));
			if (threads !== null) log(describeThreads(threads));
			for (const { message } of findings) log(`  ! ${escapeForTerminal(redact(message), Infinity)}`);
		},
		onLevelStart({ concurrency, pass, side, ladder }) {
			const place = tracker.begin({
				concurrency,
				pass,
				ladder
			});
			const level = {
				concurrency,
				side,
				load
			};
			onLevelStart(renderPlace(place, level), {
				place,
				level
			});
		},
		onLevelEnd({ concurrency, figures, measured, held, side }) {
			const place = tracker.end({
				concurrency,
				pass: figures.pass,
				held
			});
			onLevelEnd(renderProgress(figures, {
				concurrency,
				side,
				load,
				place,
				alone: measured
			}));
		}
	};
}
function trackSweep({ ladder: asked, sides, secondsOf, singles }, timing, clock) {
	const done = [];
	let ladder = asked;
	let there = sides;
	let endedOfLast = 0;
	let startedAt = null;
	let lastLeft;
	let ended = 0;
	const planSeconds = (concurrency) => secondsOf(concurrency) / (timing === "turns" ? 1 : there);
	const count = ({ left, isMost }) => ({
		total: done.length + left.length,
		isMost
	});
	return {
		begin(level) {
			ladder = level.ladder;
			startedAt ??= clock.now();
			const isNext = !isSame(level, done.at(-1));
			if (isNext && done.length > 0 && endedOfLast < there) there = 1;
			const levels = listLevelRunsLeft(ladder, done);
			const planned = levels.isMost ? null : there * sum(levels.left.map(planSeconds)) + singles.endSeconds;
			return {
				count: isNext ? done.length + 1 : done.length,
				...count(levels),
				secondsLeft: lastLeft === void 0 ? planned : lastLeft
			};
		},
		end(level) {
			const last = done.at(-1);
			if (last !== void 0 && isSame(level, last)) done[done.length - 1] = {
				...level,
				held: level.held && last.held
			};
			else {
				done.push(level);
				endedOfLast = 0;
			}
			ended += planSeconds(level.concurrency);
			endedOfLast++;
			const levels = listLevelRunsLeft(ladder, done);
			const sidesLeft = Math.max(0, there - endedOfLast);
			const left = there * sum(levels.left.map(planSeconds)) + sidesLeft * planSeconds(level.concurrency);
			const around = (level.pass === 1 ? singles.middleSeconds : 0) + singles.endSeconds;
			const pace = (clock.now() - (startedAt ?? clock.now())) / 1e3 / ended;
			lastLeft = levels.isMost || left === 0 || timing === "together" && sidesLeft > 0 ? null : pace * left + around;
			return {
				count: done.length,
				...count(levels),
				secondsLeft: lastLeft
			};
		}
	};
}
function isSame({ concurrency, pass }, last) {
	return last?.concurrency === concurrency && last.pass === pass;
}
async function loadAloud(store, name, { log, redact }) {
	const baseline = await store.load(name);
	for (const sentence of baseline.passedOver) log(`  ! ${escapeForTerminal(redact(sentence), Infinity)}`);
	return baseline;
}
// src/settings/lists/control-settings.ts
const group$5 = "Control";
const CONTROL_SETTINGS = {
	control: setting({
		name: "control",
		group: group$5,
		help: "URL of a deployment of main, or of one that nobody changes: measured beside the endpoint, level by level, so that what both share (the hour, the network, the machine) is no difference. It gets the same key, headers and requests",
		placeholder: "URL",
		default: null,
		derived: "none: the endpoint is measured alone",
		inputOnly: true,
		read: readHttpUrl
	}),
	controlApiKey: setting({
		name: "control-api-key",
		group: group$5,
		help: "The key of the control, from a secret, where it has another than the endpoint; never in a config file",
		placeholder: "KEY",
		default: null,
		derived: "api-key",
		env: "PLATEAU_CONTROL_API_KEY",
		secret: true,
		flagOnly: true,
		read: readSecret
	}),
	controlModel: setting({
		name: "control-model",
		group: group$5,
		help: "The model to ask the control for, where it has another name there",
		placeholder: "NAME",
		default: null,
		derived: "model",
		read: readLine$1
	}),
	controlTiming: setting({
		name: "control-timing",
		group: group$5,
		help: "turns: one is idle while the other is loaded; together: both are loaded at the same moment, in half the time, for two that share no hardware, which single requests check first",
		placeholder: "WORD",
		default: "turns",
		read: readChoice(["turns", "together"])
	})
};
// src/settings/lists/gate-settings.ts
const group$4 = "Gate";
const CONSEQUENCES = [
	"pass",
	"warn",
	"fail"
];
const GATE_SETTINGS = {
	gate: setting({
		name: "gate",
		group: group$4,
		help: "check: a proven regression fails; release: only what is proven not to be worse passes; observe: nothing fails",
		placeholder: "WORD",
		default: "check",
		common: true,
		read: readChoice([
			"check",
			"release",
			"observe"
		])
	}),
	limits: setting({
		name: "limits",
		group: group$4,
		help: "Bounds that must hold, as metric[@concurrency] op value unit (of a rate metric@50/s), by lines or commas: ttft-p90@8 <= 800ms, error-rate <= 1%",
		placeholder: "LIMITS",
		default: null,
		common: true,
		file: "list",
		read: readLimits
	}),
	tolerance: setting({
		name: "tolerance",
		group: group$4,
		help: "A change below it is never red: one share, or a line for each metric: ttft-p50: 10%",
		placeholder: "5%",
		default: null,
		derived: describeTolerances(),
		common: true,
		file: "list",
		read: readTolerance
	}),
	metrics: setting({
		name: "metrics",
		group: group$4,
		help: "Metrics that are compared with the baseline: a list of names, or auto: TTFT, TPOT and plateau throughput where they exist",
		placeholder: "LIST",
		default: "auto",
		file: "list",
		read: allowWord("auto", readGatedMetrics)
	}),
	throughputWithin: setting({
		name: "throughput-within",
		group: group$4,
		help: "Latencies inside which the highest throughput is sought: ttft-p90 <= 500ms, tpot-p50 <= 50ms",
		placeholder: "TIMES",
		default: null,
		file: "list",
		read: readLatencyBounds
	}),
	slo: setting({
		name: "slo",
		group: group$4,
		help: "Objectives that every request is to keep, by ttft, ttfo, tpot and latency: ttft <= 500ms, tpot <= 50ms",
		placeholder: "TIMES",
		default: null,
		file: "list",
		read: readObjectives
	}),
	sloShare: setting({
		name: "slo-share",
		group: group$4,
		help: "Share of the requests that is to keep the objectives of slo",
		placeholder: "95%",
		default: "95%",
		read: readShare({
			min: .5,
			max: .999
		})
	}),
	confirm: setting({
		name: "confirm",
		group: group$4,
		help: "Passes that are added to look again at a suspected change before it is red",
		placeholder: "N",
		default: "2",
		read: readCount({
			min: 0,
			max: 5
		})
	}),
	falseAlarmRate: setting({
		name: "false-alarm-rate",
		group: group$4,
		help: "How often a run of unchanged code may be red by chance",
		placeholder: "1%",
		default: "1%",
		read: readShare({
			min: 1e-4,
			max: .2
		})
	}),
	expectedSpread: setting({
		name: "expected-spread",
		group: group$4,
		help: `Spread from run to run that is assumed while the history is short, or auto: ${describeSpreads()}`,
		placeholder: "2%",
		default: "auto",
		read: allowWord("auto", readShare({
			min: .001,
			max: 1
		}))
	}),
	decision: setting({
		name: "decision",
		group: group$4,
		help: "statistical: by the spread of the history; threshold: tolerance against the median of the history, whatever the noise",
		placeholder: "WORD",
		default: "statistical",
		read: readChoice(["statistical", "threshold"])
	}),
	onNotComparable: setting({
		name: "on-not-comparable",
		group: group$4,
		help: "What the check does when recorded runs exist and none can be compared, or a control could not be measured and nothing else is there to compare with: pass, warn or fail",
		placeholder: "WORD",
		default: "warn",
		read: readChoice(CONSEQUENCES)
	}),
	onUnmeasured: setting({
		name: "on-unmeasured",
		group: group$4,
		help: "What the check does when the endpoint could not be measured: pass, warn or fail",
		placeholder: "WORD",
		default: "fail",
		read: readChoice(CONSEQUENCES)
	}),
	onSkip: setting({
		name: "on-skip",
		group: group$4,
		help: "What the check does when nothing may be measured, as in a pull request of a fork: pass, warn or fail",
		placeholder: "WORD",
		default: "pass",
		actionOnly: true,
		read: readChoice(CONSEQUENCES)
	})
};
function readGatedMetrics(text) {
	const names = splitList(text);
	if (names.length === 0) throw new ValueError("must be auto or names of metrics, for example ttft-p50, tpot-p50");
	const metrics = readEach(names, readGatedMetric);
	if (new Set(metrics).size < metrics.length) throw new ValueError("must name each metric once");
	return metrics;
}
// src/settings/lists/report-settings.ts
const group$3 = "Report";
function defineFile(name, help) {
	return setting({
		name,
		group: group$3,
		help,
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		read: readLine$1
	});
}
const RESULT_FILES = {
	verdictJson: defineFile("verdict-json", "File for the verdict"),
	html: defineFile("html", "File for the report as a page"),
	markdown: defineFile("markdown", "File for the report as Markdown, as a comment would have it"),
	gitlabNote: defineFile("gitlab-note", "File for a note on a merge request of GitLab: Markdown as that takes it, with links to the job around it"),
	junit: defineFile("junit", "File for the verdict as JUnit XML, a case for each metric and limit, as every CI shows it"),
	openmetrics: defineFile("openmetrics", "File for figures and verdict as OpenMetrics, for a push gateway or a node exporter")
};
const readFormat = readChoice([
	"text",
	"json",
	"markdown"
]);
const REPORT_SETTINGS = {
	githubToken: setting({
		name: "github-token",
		group: group$3,
		help: "Token that reads the history and writes the comment",
		placeholder: "TOKEN",
		default: null,
		derived: "`${{ github.token }}`",
		flagOnly: true,
		actionOnly: true,
		secret: true,
		read: readText$2
	}),
	comment: setting({
		name: "comment",
		group: group$3,
		help: "When the pull request gets a comment: always (green is one line), on-failure or never",
		placeholder: "WORD",
		default: "always",
		common: true,
		actionOnly: true,
		read: readChoice([
			"always",
			"on-failure",
			"never"
		])
	}),
	checkRun: setting({
		name: "check-run",
		group: group$3,
		help: "Also write a check run of the name, Plateau: <name>, which a branch rule can require; needs checks: write",
		placeholder: "true|false",
		default: "false",
		switch: true,
		actionOnly: true,
		read: readBoolean
	}),
	defer: setting({
		name: "defer",
		group: group$3,
		help: "End green and leave verdict and comment to the report job",
		placeholder: "true|false",
		default: "false",
		switch: true,
		actionOnly: true,
		read: readBoolean
	}),
	upload: setting({
		name: "upload",
		group: group$3,
		help: "Keep the report and the history as artifacts of the workflow run",
		placeholder: "true|false",
		default: "true",
		switch: true,
		actionOnly: true,
		read: readBoolean
	}),
	historyPage: setting({
		name: "history-page",
		group: group$3,
		help: "Put a page of all recorded runs into the report artifact: each metric over months (output history-html)",
		placeholder: "true|false",
		default: "false",
		switch: true,
		actionOnly: true,
		read: readBoolean
	}),
	pricePerHour: setting({
		name: "price-per-hour",
		group: group$3,
		help: "What the server costs an hour, in any currency: the report then says what a million tokens cost",
		placeholder: "2.50",
		default: null,
		read: readNumber({
			min: 1e-4,
			max: 1e6
		})
	}),
	artifactContent: setting({
		name: "artifact-content",
		group: group$3,
		help: "full, or figures: without host, server version and provisioned capacity",
		placeholder: "WORD",
		default: null,
		derived: "`figures` in public repositories, else `full`",
		actionOnly: true,
		read: readChoice(["full", "figures"])
	}),
	allowFork: setting({
		name: "let-forks-use-my-key",
		group: group$3,
		help: "Measure pull_request_target runs of forks: whoever opens a pull request decides what is measured with your key",
		placeholder: "true|false",
		default: "false",
		switch: true,
		flagOnly: true,
		actionOnly: true,
		read: readBoolean
	}),
	format: setting({
		name: "format",
		group: group$3,
		help: "What stands on stdout: text, json or markdown",
		placeholder: "WORD",
		default: "text",
		commandOnly: true,
		read: readFormat
	}),
	reportJson: {
		...defineFile("report-json", "File for the report"),
		common: true
	},
	...RESULT_FILES,
	csv: defineFile("csv", "File for the figures of each level and pass as comma-separated values"),
	requestsCsv: defineFile("requests-csv", "File for the facts of each request as comma-separated values"),
	records: defineFile("records", "File for the records of all requests, one JSON object a line"),
	append: setting({
		name: "append",
		group: group$3,
		help: "Add this run to the history in the baseline file",
		placeholder: "true|false",
		default: "false",
		switch: true,
		flagOnly: true,
		commandOnly: true,
		common: true,
		read: readBoolean
	}),
	dryRun: setting({
		name: "dry-run",
		group: group$3,
		help: "Show the plan and every setting with its source, and send nothing",
		placeholder: "true|false",
		default: "false",
		switch: true,
		flagOnly: true,
		read: readBoolean
	}),
	config: setting({
		name: "config",
		group: group$3,
		help: "YAML file with settings, or with several scenarios of them",
		placeholder: "FILE",
		default: null,
		flagOnly: true,
		read: readLine$1
	}),
	scenario: setting({
		name: "scenario",
		group: group$3,
		help: "Which scenario of the config file to measure; all: every one, one after the other, in one run",
		placeholder: "NAME",
		default: null,
		flagOnly: true,
		read: readLine$1
	})
};
// src/settings/lists/session-settings.ts
const group$2 = "Sessions";
const ofWhoeverStarts = {
	flagOnly: true,
	notInFile: "a file that others can change must not say what is run here"
};
const SESSION_SETTINGS = {
	candidateCommand: setting({
		name: "candidate-command",
		group: group$2,
		help: "Command that starts the server to be measured at endpoint, in the foreground; it is ended with all its children. From inputs and flags only, and never for a fork",
		placeholder: "COMMAND",
		default: null,
		derived: "none: the endpoint is there",
		...ofWhoeverStarts,
		secret: true,
		secretsIn: findSecretsInCommand,
		read: readCommand
	}),
	controlCommand: setting({
		name: "control-command",
		group: group$2,
		help: "Command that starts what it is compared with, on the same machine: each session starts one, measures it, ends it, and then the other. At control, or without it at endpoint: one port is enough",
		placeholder: "COMMAND",
		default: null,
		derived: "none",
		...ofWhoeverStarts,
		secret: true,
		secretsIn: findSecretsInCommand,
		read: readCommand
	}),
	redeployCommand: setting({
		name: "redeploy-command",
		group: group$2,
		help: "Command that deploys endpoint and control anew, for deployments elsewhere: run to its end before each session, within ready-timeout",
		placeholder: "COMMAND",
		default: null,
		derived: "none: nothing is deployed anew, and there is one session",
		...ofWhoeverStarts,
		secret: true,
		secretsIn: findSecretsInCommand,
		read: readCommand
	}),
	sessions: setting({
		name: "sessions",
		group: group$2,
		help: "Sessions at most, each with both sides started anew; fewer where the first ones decide",
		placeholder: "N",
		default: "4",
		...ofWhoeverStarts,
		read: readCount({ max: 20 })
	})
};
function readCommand(text) {
	const command = readText$2(text);
	if (command.includes("\0")) throw new ValueError("must not hold a zero byte");
	return command;
}
// src/settings/lists/shard-settings.ts
const group$1 = "Shards";
const SHARD_SETTINGS = {
	shard: setting({
		name: "shard",
		group: group$1,
		help: "Which of several processes that measure one run together this one is, such as 2/8: it sends its share of every level and leaves a part; \"plateau merge\", or in jobs the first shard, joins all parts and decides",
		placeholder: "N/COUNT",
		default: null,
		derived: "none: this process measures all",
		flagOnly: true,
		notInFile: "each process has a number of its own",
		read: readShard
	}),
	rendezvous: setting({
		name: "rendezvous",
		group: group$1,
		help: "Where the shards of a run meet: a folder that all of them see, or a URL below which PUT stores a text and GET returns it",
		placeholder: "PLACE",
		default: null,
		derived: "none",
		read: readRendezvous
	}),
	rendezvousTimeoutMs: setting({
		name: "rendezvous-timeout",
		group: group$1,
		help: "How long the shards wait for each other; a missing one is then named, and nothing is measured without it",
		placeholder: "5m",
		default: "5m",
		read: readDuration({ minMs: 1e3 })
	}),
	part: setting({
		name: "part",
		group: group$1,
		help: "File for what this shard measured: its part of the run, which \"plateau merge\" joins with the others",
		placeholder: "FILE",
		default: null,
		derived: ".plateau/part-N-of-COUNT.part",
		commandOnly: true,
		writes: true,
		read: readLine$1
	})
};
// src/settings/values/mix.ts
const MOST_PARTS = 20;
function readMix(text) {
	const shares = text.split(/[,\n]/).map((part) => part.trim()).filter((part) => part !== "").map(readShareOf);
	if (shares.length < 2) throw new ValueError(`must have at least two scenarios with their shares, ${EXAMPLE$2}`);
	if (shares.length > MOST_PARTS) throw new ValueError(`must have at most ${MOST_PARTS} scenarios, and has ${shares.length}`);
	const seen = shares.map(({ scenario }) => dropUnseen(scenario));
	const second = seen.findIndex((name, i) => seen.indexOf(name) < i);
	if (second !== -1) {
		const name = seen[second];
		throw new ValueError(shares[second].scenario === shares[seen.indexOf(name)].scenario ? `has ${name} twice; give it one share` : `has two scenarios that read ${name}, and differ only in what does not show; rename one of them`);
	}
	const sum = shares.reduce((total, { percent }) => total + percent, 0);
	if (sum !== 100) throw new ValueError(`adds up to ${sum}%; the shares must add up to 100%, ${EXAMPLE$2}`);
	return shares;
}
const EXAMPLE$2 = "for example chat 70%, rag 20%, summary 10%";
function readShareOf(part) {
	const [, scenario, percent] = /^(.*\S)\s+(\d{1,3})\s*%$/.exec(part) ?? [];
	if (scenario === void 0 || Number(percent) === 0) throw new ValueError(`must name scenarios of the config file, each with a share in whole percent, ${EXAMPLE$2}`);
	return {
		scenario,
		percent: Number(percent)
	};
}
function listMixed(text) {
	return text.split(/[,\n]/).map((part) => {
		const share = part.trim();
		return share.endsWith("%") ? share.slice(0, -1).trimEnd().replace(/\d{1,3}$/, "").trimEnd() : share;
	});
}
// src/settings/values/length-range.ts
function readLengthRange(text) {
	const parts = text.trim().split("..");
	const [first, second] = parts.map((part) => part.trim());
	const min = first === "" ? 0 : parseScaled(first ?? "");
	const max = second === "" ? Infinity : parseScaled(second ?? "");
	const isWhole = (value) => value === Infinity || Number.isInteger(value) && value >= 0;
	if (parts.length !== 2 || first === "" && second === "" || min === null || max === null || !isWhole(min) || !isWhole(max)) throw new ValueError("must be two numbers of characters, for example 100..2000, 100.. or ..2000");
	if (min > max) throw new ValueError("must have the smaller number first");
	return {
		min,
		max
	};
}
function renderCharacters({ min, max }) {
	if (max === Infinity) return `at least ${groupDigits(min)} characters`;
	return min === 0 ? `at most ${groupDigits(max)} characters` : `${groupDigits(min)} to ${groupDigits(max)} characters`;
}
// src/settings/lists/workload-settings.ts
const group = "Workload";
const WORKLOAD_SETTINGS = {
	inputTokens: setting({
		name: "input-tokens",
		group,
		help: "Length of a prompt: a number, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or auto: 512 (256 for embeddings, rerank and score), less where the model takes less",
		placeholder: "N",
		default: "auto",
		common: true,
		read: allowWord("auto", readLengths$1)
	}),
	outputTokens: setting({
		name: "output-tokens",
		group,
		help: "Length of an answer: a number, normal(mean,sd), uniform(min,max) or lognormal(mean,sd)",
		placeholder: "N",
		default: "128",
		common: true,
		read: readLengths$1
	}),
	promptsFile: setting({
		name: "prompts-file",
		group,
		help: "File of prompts in whatever form it is: JSON lines with \"prompt\", \"messages\" or \"input\", a batch, ShareGPT, CSV, lines of text and others",
		placeholder: "FILE",
		default: null,
		derived: "prompts are generated",
		read: readLine$1
	}),
	promptsColumn: setting({
		name: "prompts-column",
		group,
		help: "Member or column of prompts-file that holds the prompt, if its form does not say it; a path such as `body.text` leads inside",
		placeholder: "NAME",
		default: null,
		derived: "told by the form of the file",
		read: readLine$1
	}),
	promptsLength: setting({
		name: "prompts-length",
		group,
		help: "Characters that a prompt of prompts-file must have to be sent, for example 100..2000, 100.. or ..2000",
		placeholder: "MIN..MAX",
		default: "none",
		derived: "any",
		read: allowNone(readLengthRange)
	}),
	promptsSample: setting({
		name: "prompts-sample",
		group,
		help: "So many prompts are drawn from prompts-file by the seed, long and short ones as the file has them",
		placeholder: "N",
		default: "none",
		derived: "all of them, in their order",
		read: allowNone(readCount({ max: 1e7 }))
	}),
	traceFile: setting({
		name: "trace-file",
		group,
		help: "File of requests with the times at which they came, which are sent again at these times: lengths and blocks as Mooncake writes them, or prompts of any form beside \"timestamp\". gzip too",
		placeholder: "FILE",
		default: null,
		derived: "no trace is replayed",
		read: readLine$1
	}),
	prefixCache: setting({
		name: "prefix-cache",
		group,
		help: "avoid: unique prompts; allow: measure the cache on purpose",
		placeholder: "WORD",
		default: "avoid",
		read: readChoice(["avoid", "allow"])
	}),
	sharedPrefixTokens: setting({
		name: "shared-prefix-tokens",
		group,
		help: "Tokens of each prompt that are the same in all of them, like a system prompt; needs prefix-cache: allow",
		placeholder: "N",
		default: "0",
		read: readCount({
			min: 0,
			max: 1e6
		})
	}),
	turns: setting({
		name: "turns",
		group,
		help: "Makes requests the turns of conversations, each sent with all that was said before: so many turns, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or file: as in prompts-file",
		placeholder: "N",
		default: "none",
		derived: "each request stands alone",
		read: allowNone(allowWord("file", readTurns$1))
	}),
	thinkTime: setting({
		name: "think-time",
		group,
		help: "How long a user waits between an answer and the next turn of the conversation: a time, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example lognormal(5s,2s)",
		placeholder: "TIME",
		default: "0s",
		read: readDurations(36e5)
	}),
	systemPromptTokens: setting({
		name: "system-prompt-tokens",
		group,
		help: "Tokens of a system prompt with which all conversations begin; input-tokens is then what each turn adds to it",
		placeholder: "N",
		default: "0",
		read: readCount({
			min: 0,
			max: 1e6
		})
	}),
	batchSize: setting({
		name: "batch-size",
		group,
		help: "Texts in one request: of embeddings, or documents of rerank, or pairs of score",
		placeholder: "N",
		default: "1",
		read: readCount({ max: 1e4 })
	}),
	images: setting({
		name: "images",
		group,
		help: "Images in each chat, generated, how many and how large in pixels, for example 1 x 512x512; no two are the same",
		placeholder: "N x WxH",
		default: "none",
		read: allowNone(readImages)
	}),
	mix: setting({
		name: "mix",
		group,
		help: "Scenarios of the config file that each level mixes, with their shares of its requests (and conversations, each counted once), for example chat 70%, rag 30%",
		placeholder: "SHARES",
		default: null,
		derived: "all requests are alike",
		file: "list",
		read: readMix
	}),
	seed: setting({
		name: "seed",
		group,
		help: "Repeats everything random: order of levels, lengths, words",
		placeholder: "TEXT",
		default: null,
		derived: "the name",
		read: readLine$1
	})
};
// src/settings/lists/run-settings.ts
var run_settings_exports = /* @__PURE__ */ __exportAll({ COMMAND_SETTINGS: () => COMMAND_SETTINGS });
const RUN_SETTINGS = {
	...ENDPOINT_SETTINGS,
	...CONTROL_SETTINGS,
	...SESSION_SETTINGS,
	...WORKLOAD_SETTINGS,
	...LOAD_SETTINGS,
	...SHARD_SETTINGS,
	...GATE_SETTINGS,
	...HISTORY_SETTINGS,
	...REPORT_SETTINGS
};
const COMMAND_SETTINGS = leaveOut("actionOnly");
const ACTION_SETTINGS = leaveOut("commandOnly");
function leaveOut(mark) {
	return Object.fromEntries(Object.entries(RUN_SETTINGS).filter(([, setting]) => setting[mark] !== true));
}
const DECISION_SETTINGS = {
	gate: RUN_SETTINGS.gate,
	limits: RUN_SETTINGS.limits,
	tolerance: RUN_SETTINGS.tolerance,
	metrics: RUN_SETTINGS.metrics,
	falseAlarmRate: RUN_SETTINGS.falseAlarmRate,
	expectedSpread: RUN_SETTINGS.expectedSpread,
	decision: RUN_SETTINGS.decision,
	accept: RUN_SETTINGS.accept,
	onNotComparable: RUN_SETTINGS.onNotComparable,
	onUnmeasured: RUN_SETTINGS.onUnmeasured
};
function listDeciding(given) {
	const { accept: _accept, ...settings } = DECISION_SETTINGS;
	return Object.values(settings).flatMap((setting) => {
		const text = given.get(setting.name)?.text ?? "";
		const value = "file" in setting && setting.file === "list" ? splitList(text).join(", ") : text.trim();
		return value === "" || value === setting.default ? [] : [{
			setting: setting.name,
			value
		}];
	});
}
// src/settings/given.ts
function layerGiven(...layers) {
	return new Map(layers.toReversed().flatMap((layer) => [...layer]));
}
function readValues(list, given, entry = "command") {
	const values = {};
	const problems = [];
	for (const [key, setting] of Object.entries(list)) {
		const value = given.get(setting.name);
		const text = value?.text ?? setting.default;
		if (text === null) {
			const isReplaced = setting.unless !== void 0 && given.has(setting.unless);
			if (setting.required === true && !isReplaced) problems.push(describeMissing(setting, entry));
			else values[key] = null;
			continue;
		}
		try {
			values[key] = setting.read(text);
		} catch (error) {
			if (!(error instanceof ValueError)) throw error;
			problems.push(describeProblem(setting, value ?? null, error.message));
		}
	}
	return {
		values,
		problems
	};
}
function describeProblem(setting, given, message) {
	const text = given === null || setting.secret === true ? null : given.text;
	const place = given?.where == null ? "" : ` (${given.where})`;
	return {
		setting: setting.name,
		given: text === null ? null : showValue(text),
		message: `${message}${place}`
	};
}
function showValue(text) {
	return escapeForTerminal(redactUrls(text));
}
function describeMissing({ name, placeholder }, entry) {
	return {
		setting: name,
		given: null,
		message: `is required: ${entry === "command" ? `--${name} ${placeholder}` : `give ${spellSetting(name, entry)}`}`
	};
}
// src/settings/reading/environment.ts
function readEnvironment(list, env) {
	const given = /* @__PURE__ */ new Map();
	for (const { name, env: variable } of Object.values(list)) {
		const text = variable === void 0 ? void 0 : env[variable];
		if (text !== void 0) given.set(name, {
			text,
			source: "env",
			where: variable
		});
	}
	return given;
}
function addBorrowed(list, own, env) {
	const url = own.get("endpoint")?.text.trim() ?? "";
	return URL.canParse(url) ? layerGiven(own, readBorrowed(list, env, new URL(url))) : own;
}
function readBorrowed(list, env, endpoint) {
	const names = new Set(Object.values(list).map(({ name }) => name));
	const given = /* @__PURE__ */ new Map();
	for (const { borrowed } of VENDORS.filter((vendor) => vendor.ownsVariables(endpoint, env))) for (const { variable, setting } of borrowed) {
		const text = env[variable]?.trim() ?? "";
		if (names.has(setting) && text !== "") given.set(setting, {
			text,
			source: "env",
			where: variable
		});
	}
	return given;
}
function findUnusedProxy(env, endpoint) {
	if (isLoopback(endpoint) || isExempt(endpoint.hostname, env["NO_PROXY"] ?? env["no_proxy"] ?? "")) return null;
	return [endpoint.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]).find((name) => (env[name]?.trim() ?? "") !== "") ?? null;
}
function isExempt(host, list) {
	return list.split(",").map((entry) => entry.trim().toLowerCase().replace(/:\d+$/, "").replace(/^\*?\./, "")).some((entry) => entry === "*" || entry !== "" && (host === entry || host.endsWith(`.${entry}`)));
}
// src/settings/reading/flags.ts
const RUN_NAMES = new Set(Object.values(COMMAND_SETTINGS).map(({ name }) => name));
function readFlags(list, argv) {
	const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]));
	const given = /* @__PURE__ */ new Map();
	const problems = [];
	let after = null;
	for (let i = 0; i < argv.length; i++) {
		const argument = argv[i];
		if (!isFlag(argument)) {
			problems.push(describeStray(argument, after, given.get(after?.name ?? "")?.text ?? ""));
			continue;
		}
		const equals = argument.indexOf("=");
		const flag = equals === -1 ? argument : argument.slice(0, equals);
		const name = flag.slice(2);
		const next = argv[i + 1];
		const setting = flag.startsWith("--") ? settings.get(name) : void 0;
		if (setting === void 0) {
			problems.push(describeUnknown(flag, [...settings.keys()]));
			if (equals === -1 && next !== void 0 && takesNext(setting, next)) i++;
			continue;
		}
		after = setting;
		let text = equals === -1 ? null : argument.slice(equals + 1);
		if (text === null && next !== void 0 && takesNext(setting, next)) {
			text = next;
			i++;
		}
		if (text === null && setting.switch === true) text = "true";
		if (text === null) problems.push({
			setting: `--${name}`,
			given: null,
			message: `needs a value: --${name} ${setting.placeholder}`
		});
		else if (given.has(name)) problems.push({
			setting: `--${name}`,
			given: null,
			message: "is given twice; give it once"
		});
		else given.set(name, {
			text,
			source: "flag",
			where: null
		});
	}
	return {
		given,
		problems
	};
}
function resolveFlags(list, argv, env = {}) {
	const flags = readFlags(list, argv);
	const { values, problems } = readValues(list, layerGiven(flags.given, readEnvironment(list, env)));
	const all = [...flags.problems, ...problems];
	if (all.length > 0) throw new SettingsError(all);
	return values;
}
function takesNext(setting, next) {
	return setting?.switch === true ? next === "true" || next === "false" : !next.startsWith("--");
}
function isFlag(argument) {
	return /^-+[^-]/.test(argument);
}
function describeUnknown(flag, names) {
	const [shown, name] = /^-+([\w-]*)/.exec(flag);
	const setting = mayBeKey(name) ? "--\u2026" : shown === flag ? flag : `${shown}\u2026`;
	if (flag === `--${name}` && RUN_NAMES.has(name) && findForeign(name, names) === null) return {
		setting,
		given: null,
		message: "is a setting of plateau run, and does nothing here; --help lists those that do"
	};
	return {
		setting,
		given: null,
		message: explainUnknown(name, names, {
			spell: (similar) => `--${similar}`,
			otherwise: "; --help lists them"
		})
	};
}
function describeStray(argument, after, text) {
	const message = `belongs to no flag; ${after?.switch === true ? `--${after.name} stands alone, or with true or false` : "values follow their flag, for example --endpoint http://127.0.0.1:8000"}`;
	const shown = showValue(argument.replace(/^([\w-]+=).*/s, "$1\u2026"));
	const isSecret = mayBeKey(argument) || after?.secret === true || text.includes("?");
	return {
		setting: after === null ? "argument" : `argument after --${after.name}`,
		given: isSecret ? null : shown,
		message
	};
}
function splitArguments(list, argv) {
	const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]));
	const words = [];
	const flags = [];
	for (let i = 0; i < argv.length; i++) {
		const argument = argv[i];
		if (!isFlag(argument)) {
			if (argument !== "--") words.push(argument);
			continue;
		}
		flags.push(argument);
		const next = argv[i + 1];
		if (next === void 0 || argument.includes("=")) continue;
		if (takesNext(settings.get(argument.slice(2)), next)) {
			flags.push(next);
			i++;
		}
	}
	return {
		words,
		flags
	};
}
// src/baseline/up-to.ts
const SHORTEST_SHA = 7;
function takeEntriesUpTo(entries, ref) {
	const isSha = new RegExp(`^[0-9a-f]{${SHORTEST_SHA},64}$`, "i").test(ref);
	const newest = entries.findLastIndex(({ source }) => {
		if (isSha && source.sha?.toLowerCase().startsWith(ref.toLowerCase())) return true;
		return source.ref !== null && shortenRef(source.ref) === shortenRef(ref);
	});
	return newest === -1 ? null : entries.slice(0, newest + 1);
}
function cutUpTo(entries, ref, runs) {
	const cut = ref === null || entries.length === 0 ? entries : takeEntriesUpTo(entries, ref);
	if (cut !== null) return cut;
	throw new BaselineError(`No run ${runs} is of ${escapeForTerminal(ref ?? "")}.`, { remedy: "give baseline-ref a branch, tag or commit that is recorded there" });
}
function shortenRef(ref) {
	return ref.replace(/^refs\/(?:heads|tags)\//, "");
}
const MOST_QUESTIONS = 24;
async function takeEntriesLeadingTo(entries, commit, isAncestor) {
	const takeUpTo = (sha) => entries.slice(0, entries.findLastIndex(({ source }) => source.sha === sha) + 1);
	if (entries.some(({ source }) => source.sha === commit)) return takeUpTo(commit);
	const shas = [...new Set(entries.flatMap(({ source }) => source.sha ?? []))];
	let low = 0;
	let high = shas.length;
	for (let asked = 0; low < high && asked < MOST_QUESTIONS; asked++) {
		const middle = Math.floor((low + high) / 2);
		const leads = await isAncestor(shas[middle], commit);
		if (leads === true) low = middle + 1;
		else if (leads === false) high = middle;
		else {
			shas.splice(middle, 1);
			high--;
		}
	}
	return low === 0 ? null : takeUpTo(shas[low - 1]);
}
// src/baseline/file-trouble.ts
function codeOf(error) {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
const REASONS = {
	EACCES: ["permission denied", "let the user that runs this read and write the file and its folder"],
	EPERM: ["permission denied", "let the user that runs this read and write the file and its folder"],
	EROFS: ["the file system is read-only", "give a path on a file system that can be written"],
	ENOSPC: ["the disk is full", "free some space and run again"],
	EDQUOT: ["the disk quota is used up", "free some space and run again"],
	EEXIST: ["its folder is a file", "give another path"],
	ENOTDIR: ["a part of the path is a file and not a folder", "give another path"],
	EISDIR: ["it is a folder", "give the path of a file, for example .plateau/history.json"],
	ELOOP: ["a symbolic link leads in circles", "give the path of the file itself"],
	ENAMETOOLONG: ["the path is too long", "give a shorter path"]
};
function describeFileTrouble(path, doing, error) {
	if (error instanceof BaselineError) return error;
	const code = codeOf(error);
	const [what, remedy] = REASONS[code ?? ""] ?? [error instanceof Error ? escapeForTerminal(error.message, 300) : "unknown error", "give another path"];
	return new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be ${doing}: ${what}.`, {
		remedy,
		cause: error
	});
}
const BEGIN_ANEW = "bring back an older version of it, or delete it to begin anew";
function recogniseDamage(text) {
	if (text.trim() === "") return ["it is empty", BEGIN_ANEW];
	if (text.startsWith("version https://git-lfs.")) return ["it is a pointer of Git LFS and not the file itself", "fetch it: `git lfs pull`, or `lfs: true` of actions/checkout"];
	const mark = MERGE_MARK.exec(text)?.[1];
	if (mark !== void 0) return [`it holds the marks of a merge that was not finished (${mark})`, "take one side of it whole (`git checkout --ours` or `--theirs`), and run again for what the other side had"];
	if (text.startsWith("")) return ["it is compressed with gzip", "unpack it (`gunzip`)"];
	if (text.startsWith("PK")) return ["it is a zip", "unpack it, and give the path of the file that is in it"];
	if (/^\s*</.test(text)) return ["it is a page and not the file itself", "download the file itself"];
	const other = /^\s*\{\s*"schema":\s*"plateau\/([a-z-]{1,20})@/.exec(text)?.[1] ?? "history";
	if (other !== "history") return [`it is a ${other.replace("-", " ")} and not a history`, "give the path of a history, which `--append` writes"];
	if (/^\s*(\[|null\b|\{\s*\})/.test(text)) return ["it is JSON and no history", BEGIN_ANEW];
	if (/^\0+$/.test(text)) return ["it holds nothing but zeros, as a power cut or a full disk leaves a file", BEGIN_ANEW];
	if (text.slice(0, 200).includes("\0")) return ["it is not UTF-8 (UTF-16, by its looks)", "save it as UTF-8"];
	return null;
}
const MERGE_MARK = /^(<{7}|\|{7}|={7}|>{7})(?=\s|$)/m;
const NAMELESS_MS = 5e3;
const TAKEOVER_MS = 1e4;
const LONGEST_WAIT_MS = 3e4;
const WITHOUT_HARD_LINKS = [
	"EPERM",
	"ENOTSUP",
	"EOPNOTSUPP",
	"ENOSYS"
];
const RETRY_MS = 50;
async function lockFile(path, clock) {
	const lock = lockOf(path);
	const token = randomUUID();
	const holder = {
		token,
		host: hostname(),
		pid: process.pid
	};
	const deadline = clock.now() + LONGEST_WAIT_MS;
	while (await isThere(lock) || !await createNew(lock, JSON.stringify(holder))) {
		await checkLockable(path);
		if (await takeOver(lock, clock)) continue;
		if (clock.now() >= deadline) throw await describeHolder(lock, path);
		await clock.sleep(RETRY_MS);
	}
	const isHeld = async () => (await readHolder(lock))?.token === token;
	return {
		isHeld,
		async release() {
			if (await isHeld()) await remove(lock);
		}
	};
}
async function checkLockable(path) {
	const lock = lockOf(path);
	if (!await stat(lock).then((info) => info.isDirectory(), () => false)) return;
	throw new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be written: ${escapeForTerminal(lock, 300)} is a folder.`, { remedy: "remove that folder, or give another path; a file of that name is made while the history is written" });
}
function lockOf(path) {
	return `${path}.lock`;
}
async function takeOver(lock, clock) {
	if (!await isStale(lock, clock)) return false;
	const guard = `${lock}.takeover`;
	if (!await createNew(guard, String(process.pid))) {
		if (await measureAgeMs(guard, clock) > TAKEOVER_MS) await remove(guard);
		return false;
	}
	try {
		if (!await isStale(lock, clock)) return false;
		await remove(lock);
		return true;
	} finally {
		await remove(guard);
	}
}
async function isThere(path) {
	return stat(path).then(() => true, () => false);
}
async function isStale(lock, clock) {
	const age = await measureAgeMs(lock, clock);
	if (age > 6e4) return true;
	const holder = await readHolder(lock);
	if (holder === null) return age > NAMELESS_MS;
	return holder.host === hostname() && !isAlive(holder.pid);
}
async function measureAgeMs(path, clock) {
	try {
		return clock.now() - (await stat(path)).mtimeMs;
	} catch {
		return -1;
	}
}
function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) !== "ESRCH";
	}
}
async function readHolder(lock) {
	try {
		const { token, host, pid } = JSON.parse(await readFile(lock, "utf8")) ?? {};
		if (typeof token !== "string" || typeof host !== "string" || !Number.isInteger(pid) || pid <= 0) return null;
		return {
			token,
			host,
			pid
		};
	} catch {
		return null;
	}
}
async function createNew(path, content) {
	const unnamed = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
	try {
		await writeFile(unnamed, content, { flag: "wx" });
		await link(unnamed, path).catch(async (error) => {
			if (!WITHOUT_HARD_LINKS.includes(codeOf(error) ?? "")) throw error;
			await writeFile(path, content, { flag: "wx" });
		});
		return true;
	} catch (error) {
		if (codeOf(error) === "EEXIST" || codeOf(error) === "EPERM" && process.platform === "win32") return false;
		throw error;
	} finally {
		await remove(unnamed).catch(() => {});
	}
}
async function remove(path) {
	try {
		await unlink(path);
	} catch (error) {
		if (codeOf(error) !== "ENOENT") throw error;
	}
}
async function describeHolder(lock, path) {
	const holder = await readHolder(lock);
	const who = holder === null ? "another process" : `process ${holder.pid} on ${escapeForTerminal(holder.host)}`;
	return new BaselineError(`The history ${escapeForTerminal(path, 300)} is being written by ${who}, for more than 30 s.`, { remedy: `run again when it has ended; if there is no such process, delete ${escapeForTerminal(lock, 300)}` });
}
// src/baseline/file-store.ts
const SYSTEM_CLOCK = {
	now: () => Date.now(),
	sleep: (ms) => setTimeout(ms)
};
const LARGEST_BYTES = 67108864;
function createFileStore({ path, keep, upTo = null, willSave = false, clock = SYSTEM_CLOCK }) {
	return {
		async load(name) {
			if (willSave) await checkLockable(path);
			const { entries } = await readHistory(path);
			return {
				entries: cutUpTo(mergeHistories([{
					schema: HISTORY_SCHEMA,
					entries
				}], keep).entries.filter(({ row }) => row.series.name === name), upTo, `of ${name} in ${escapeForTerminal(path, 300)}`),
				origin: `file ${path}`,
				ancestor: null,
				passedOver: [],
				unreadable: null
			};
		},
		async save(entries) {
			if (entries.length === 0) return 0;
			try {
				await mkdir(dirname(path), { recursive: true });
				const lock = await lockFile(path, clock);
				try {
					await removeLeftovers(path, clock);
					const before = await readHistory(path);
					await replaceFile(path, encodeHistory(mergeHistories([before, {
						schema: HISTORY_SCHEMA,
						entries
					}], keep)), lock.isHeld);
					return countKnown(before, entries);
				} finally {
					await lock.release();
				}
			} catch (error) {
				throw describeFileTrouble(path, "written", error);
			}
		}
	};
}
async function readHistory(path) {
	let text;
	try {
		const info = await lstat(path);
		if (info.isSymbolicLink()) throw new BaselineError(`The history ${escapeForTerminal(path, 300)} is a symbolic link, which is not followed.`, { remedy: "give the path of the file itself" });
		if (!info.isDirectory() && !info.isFile()) throw new BaselineError(`The history ${escapeForTerminal(path, 300)} is not a file.`, { remedy: "give the path of a file" });
		if (info.size > LARGEST_BYTES) throw new BaselineError(`The history ${escapeForTerminal(path, 300)} has ${info.size} bytes, too many for a history.`, { remedy: "give the path of a file that this command has written" });
		text = await readFile(path, "utf8");
	} catch (error) {
		if (codeOf(error) === "ENOENT") return EMPTY_HISTORY;
		throw describeFileTrouble(path, "read", error);
	}
	try {
		return decodeHistory(text);
	} catch (error) {
		if (!(error instanceof HistoryError)) throw error;
		if (error instanceof NewerHistoryError) throw new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be read: ${escapeForTerminal(error.message, 300)}.`, {
			remedy: "update Plateau, or give this version a history of its own; nothing was changed",
			cause: error
		});
		const known = recogniseDamage(text);
		if (known !== null) {
			const [what, remedy] = known;
			throw new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be read: ${what}.`, {
				remedy: `${remedy}; nothing was changed`,
				cause: error
			});
		}
		throw new BaselineError(`The history ${escapeForTerminal(path, 300)} is damaged: ${escapeForTerminal(error.message, 300)}.`, {
			remedy: `${await keepAside(path, text)}; ${BEGIN_ANEW}`,
			cause: error
		});
	}
}
async function keepAside(path, text) {
	const copy = `${path}.corrupt-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
	try {
		await copyFile(path, copy, constants$2.COPYFILE_EXCL);
	} catch (error) {
		if (codeOf(error) !== "EEXIST") return "it is left as it is and could not be copied";
	}
	return `it is left as it is, a copy is in ${escapeForTerminal(copy, 300)}`;
}
async function removeLeftovers(path, clock) {
	const folder = dirname(path);
	const left = (await readdir(folder)).filter((file) => file.startsWith(`.${basename(path)}.`) && file.endsWith(".tmp"));
	for (const file of left) {
		const info = await lstat(join(folder, file)).catch(() => null);
		if (info !== null && clock.now() - info.mtimeMs > 6e4) await rm(join(folder, file), { force: true });
	}
}
async function replaceFile(path, text, isHeld) {
	const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
	try {
		const file = await open(temporary, "wx");
		try {
			await file.writeFile(text);
			await file.sync();
		} finally {
			await file.close();
		}
		if (!await isHeld()) throw new BaselineError(`Writing ${escapeForTerminal(path, 300)} took so long that another process has taken over.`, { remedy: "run again; nothing was changed" });
		await rename(temporary, path);
		syncFolder(dirname(path));
	} finally {
		await rm(temporary, { force: true });
	}
}
// src/settings/reading/config-file.ts
var import_dist = require_dist();
const ALL_SCENARIOS = "all";
const MOST_FAULTS = 5;
function readConfigFile(list, { path, text, scenario, mix = null, entry }) {
	const lines = new import_dist.LineCounter();
	const document = (0, import_dist.parseDocument)(text, {
		lineCounter: lines,
		prettyErrors: false
	});
	const file = new FileReader(list, path, lines, document, entry);
	for (const error of document.errors.slice(0, MOST_FAULTS)) file.report(path, error.pos[0], describeFault(error, text));
	const more = document.errors.length - MOST_FAULTS;
	if (more > 0) file.report(path, null, `has ${more} more ${more === 1 ? "fault" : "faults"} of this kind`);
	if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return file;
	const root = document.contents;
	if (root === null) file.report(path, null, "holds no settings; write for example \"endpoint: http://127.0.0.1:8000\"");
	else if (!(0, import_dist.isMap)(root)) file.report(path, readOffset(root), "must hold a map of settings, for example \"endpoint: http://127.0.0.1:8000\"");
	else {
		file.readMap(root);
		file.readScenario(root, scenario, mix);
	}
	return file;
}
var FileReader = class {
	given = /* @__PURE__ */ new Map();
	scenarios = /* @__PURE__ */ new Map();
	mixed = /* @__PURE__ */ new Map();
	names = [];
	problems = [];
	#target = this.given;
	#isInScenario = false;
	#settings;
	#path;
	#lines;
	#document;
	#entry;
	constructor(list, path, lines, document, entry) {
		this.#settings = new Map(Object.values(list).map((setting) => [setting.name, setting]));
		this.#path = path;
		this.#lines = lines;
		this.#document = document;
		this.#entry = entry;
	}
	report(setting, at, message) {
		this.problems.push({
			setting,
			given: null,
			message: `${message} (${this.#place(at)})`
		});
	}
	readMap(map) {
		for (const pair of map.items) {
			const name = (0, import_dist.isScalar)(pair.key) ? String(pair.key.value) : null;
			const at = readOffset(pair.key);
			if (name === null) this.report(this.#path, at, "has a key that is not a name");
			else if (name !== "scenarios" || map !== this.#document.contents) this.#readPair(name, pair, at);
		}
	}
	readScenario(root, wanted, mixed) {
		this.#isInScenario = true;
		const pair = root.items.find(({ key }) => (0, import_dist.isScalar)(key) && key.value === "scenarios");
		if (pair === void 0) {
			if (wanted !== null) this.report("scenario", null, `"${showValue(wanted)}" is not there: the file has no scenarios; remove scenario, or write it under scenarios`);
			return;
		}
		const scenarios = this.#resolved(pair.value);
		if (!(0, import_dist.isMap)(scenarios) || scenarios.items.length === 0) {
			this.report("scenarios", readOffset(pair.key), "must be a map of names to settings, at least one");
			return;
		}
		const names = scenarios.items.map(({ key }) => (0, import_dist.isScalar)(key) ? String(key.value) : "");
		this.names = names;
		this.#checkNames(scenarios);
		const found = wanted === null ? void 0 : scenarios.items[names.indexOf(wanted)];
		const isMixed = mixed !== null || this.given.has("mix");
		if (wanted === null) {
			if (!isMixed) this.report("scenario", readOffset(pair.key), `is required, the file has several settings: one of ${names.join(", ")}, or ${ALL_SCENARIOS}`);
		} else if (wanted === ALL_SCENARIOS) for (const [i, { key, value }] of scenarios.items.entries()) this.scenarios.set(names[i], this.#readOne(names[i], key, value));
		else if (found === void 0) this.report("scenario", readOffset(pair.key), `"${showValue(wanted)}" is not in the file; it has ${listAllowed(wanted, names, showValue)}`);
		else {
			const settings = this.#resolved(found.value);
			if ((0, import_dist.isMap)(settings)) this.readMap(settings);
			else this.report(`scenarios.${wanted}`, readOffset(found.key), "must be a map of settings");
		}
		const meant = new Set(wanted === ALL_SCENARIOS ? names : listMixed(mixed ?? this.given.get("mix")?.text ?? ""));
		for (const [i, { key, value }] of scenarios.items.entries()) if (meant.has(names[i])) this.mixed.set(names[i], this.scenarios.get(names[i]) ?? this.#readOne(names[i], key, value));
	}
	#readOne(scenario, key, value) {
		const settings = this.#resolved(value);
		const own = /* @__PURE__ */ new Map();
		this.#target = own;
		if ((0, import_dist.isMap)(settings)) this.readMap(settings);
		else this.report(`scenarios.${showValue(scenario)}`, readOffset(key), "must be a map of settings");
		this.#target = this.given;
		return own;
	}
	#checkNames(scenarios) {
		const taken = /* @__PURE__ */ new Map();
		const seen = /* @__PURE__ */ new Map();
		for (const { key, value } of scenarios.items) {
			const scenario = (0, import_dist.isScalar)(key) ? String(key.value) : "";
			const settings = this.#resolved(value);
			const own = (0, import_dist.isMap)(settings) ? this.#resolved(settings.get("name", true)) : void 0;
			const name = (0, import_dist.isScalar)(own) ? textOf(own) : toSlug(scenario);
			const other = taken.get(name);
			if (other !== void 0 && name !== "") {
				const both = `"${showValue(other)}" and "${showValue(scenario)}"`;
				this.report("scenarios", readOffset(key), `${both} have one name, ${showValue(name)}; give one of them another name`);
			}
			taken.set(name, scenario);
			const read = dropUnseen(scenario);
			if ((seen.get(read) ?? scenario) !== scenario) this.report("scenarios", readOffset(key), `two of them read "${showValue(read)}", and differ only in what does not show; give one of them another name`);
			seen.set(read, scenario);
			if (scenario === ALL_SCENARIOS) this.report("scenarios", readOffset(key), `"${ALL_SCENARIOS}" stands for every scenario; give this one another name`);
		}
	}
	#readPair(name, pair, at) {
		const setting = this.#settings.get(name);
		if (setting === void 0) {
			const names = [...this.#settings.keys(), "scenarios"];
			this.report(showValue(name), at, explainUnknown(name, names, {
				spell: (similar) => similar,
				otherwise: ""
			}));
		} else if (this.#isRefused(setting)) this.report(name, at, `must not stand in a file; ${this.#remedy(setting)}`);
		else this.#readValue(setting, this.#resolved(pair.value), at);
	}
	#isRefused({ flagOnly, inputOnly }) {
		return flagOnly === true || inputOnly === true && this.#entry === "action";
	}
	#remedy({ name, secret, flagOnly, notInFile, actionOnly, commandOnly, env }) {
		const entry = actionOnly === true ? "action" : commandOnly === true ? "command" : this.#entry;
		const there = entry === "command" && env !== void 0 ? `set ${env}` : `use ${spellSetting(name, entry)}`;
		if (notInFile !== void 0) return `${there}: ${notInFile}`;
		if (secret === true && flagOnly === true) return `remove it, revoke it if it was shared, and ${there}`;
		return flagOnly === true ? there : `${there}: a file that others can change must not say where the key goes`;
	}
	#readValue(setting, node, at) {
		const valueAt = readOffset(node) ?? at;
		if ((0, import_dist.isScalar)(node) && node.value !== null) this.#give(setting, textOf(node), valueAt);
		else if ((0, import_dist.isSeq)(node) && (setting.file === "list" || setting.file === "records")) {
			const entries = node.items.map((item) => this.#entryText(setting, this.#resolved(item)));
			if (entries.every((entry) => entry !== null)) this.#give(setting, entries.join("\n"), valueAt);
			else this.report(setting.name, valueAt, `must be a list of ${setting.file === "list" ? "" : "maps or "}plain values`);
		} else if ((0, import_dist.isMap)(node) && setting.file === "map") this.#giveMap(setting, node, valueAt);
		else if (node === null || (0, import_dist.isScalar)(node) && node.value === null) this.report(setting.name, at, "has no value; give one, or remove the line to have the default");
		else {
			const forms = setting.file === void 0 ? "one value" : `one value or ${FORMS$1[setting.file]}`;
			this.report(setting.name, valueAt, `must be ${forms}, for example ${setting.default ?? setting.placeholder}`);
		}
	}
	#entryText(setting, entry) {
		if ((0, import_dist.isScalar)(entry) && entry.value !== null) return textOf(entry);
		if (!(0, import_dist.isMap)(entry) || setting.file !== "records") return null;
		const members = entry.items.map(({ key, value }) => {
			const member = this.#resolved(value);
			return (0, import_dist.isScalar)(key) && (0, import_dist.isScalar)(member) && member.value !== null ? [String(key.value), textOf(member)] : null;
		});
		return members.every((member) => member !== null) ? JSON.stringify(Object.fromEntries(members)) : null;
	}
	#giveMap(setting, node, at) {
		try {
			this.#give(setting, JSON.stringify(node.toJS(this.#document)), at);
		} catch (error) {
			this.report(setting.name, at, `cannot be read: ${takeFirstLine(error.message)}; write it without aliases`);
		}
	}
	#give(setting, text, at) {
		const own = this.#isInScenario ? { isOfScenario: true } : {};
		this.#target.set(setting.name, {
			text,
			source: "file",
			where: this.#place(at),
			...own
		});
	}
	#resolved(node) {
		return (0, import_dist.isAlias)(node) ? node.resolve(this.#document) : node;
	}
	#place(at) {
		if (at === null) return this.#path;
		const { line, col } = this.#lines.linePos(at);
		return `${this.#path}, line ${line}, column ${col}`;
	}
};
const FORMS$1 = {
	list: "a list",
	map: "a map",
	records: "a list of maps"
};
function describeFault({ code, message, pos }, text) {
	if (code !== "DUPLICATE_KEY") return `is not YAML: ${takeFirstLine(message)}`;
	return `has "${showValue(/^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(pos[0]))[0].replace(/^["']|["']$/g, ""))}" twice; a setting, and a scenario, can be there only once`;
}
function textOf(node) {
	return typeof node.value === "string" ? node.value : node.source ?? JSON.stringify(node.value);
}
function readOffset(node) {
	return node?.range?.[0] ?? null;
}
function takeFirstLine(text) {
	return text.split("\n", 1)[0].trimEnd().replace(/:$/, "");
}
// src/settings/prompts-file/choose-prompts.ts
function filterPrompts(file, range) {
	const prompts = file.prompts.filter((prompt) => {
		const length = measurePrompt(prompt);
		return length >= range.min && length <= range.max;
	});
	const count = file.prompts.length - prompts.length;
	if (count === 0) return file;
	const leftOut = [...file.account.leftOut, {
		why: `not ${renderCharacters(range)} long`,
		count
	}];
	return {
		prompts,
		account: {
			...file.account,
			leftOut
		}
	};
}
function findChoiceProblem(all, kept, { range, sample }) {
	if (kept.prompts.length === 0) {
		const lengths = all.prompts.map(measurePrompt);
		const [shortest, longest] = [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))];
		const message = `leaves none of ${pluralise(lengths.length, "prompt")}, which have ${groupDigits(shortest)} to ${groupDigits(longest)} characters; give a range inside that, or remove it to send all`;
		return {
			setting: "prompts-length",
			given: range === null ? null : renderCharacters(range),
			message
		};
	}
	if (sample === null || sample <= kept.prompts.length) return null;
	const where = range === null ? "in the file" : `of ${renderCharacters(range)} in the file`;
	const message = `is more than the ${pluralise(kept.prompts.length, "prompt")} ${where}; lower it, or remove it to send all`;
	return {
		setting: "prompts-sample",
		given: String(sample),
		message
	};
}
function samplePrompts(prompts, sample, seed) {
	if (sample === null) return prompts;
	const random = seedRandom(`${seed}/prompts`);
	const lengths = prompts.map(measurePrompt);
	const byLength = prompts.map((_, index) => index).sort((a, b) => lengths[a] - lengths[b] || a - b);
	const partOf = (part) => Math.floor(part * prompts.length / sample);
	const drawn = Array.from({ length: sample }, (_, part) => {
		const from = partOf(part);
		return prompts[byLength[from + Math.floor(random() * (partOf(part + 1) - from))]];
	});
	return shuffle(drawn, random);
}
// src/settings/prompts-file/content.ts
const NO_QUESTION = { leftOut: "without a question" };
const EMPTY = { leftOut: "with an empty prompt" };
function readText$1(value, name) {
	if (isTokenIds(value)) return refuseTokenIds(name);
	if (value == null || typeof value === "string" && value.trim() === "") return EMPTY;
	const text = asText(value);
	return text === null ? `"${name}" must be a text${sayGiven(value)}` : {
		kind: "prompt",
		text
	};
}
function isTokenIds(value) {
	return Array.isArray(value) && value.length > 0 && value.every(Number.isInteger);
}
function refuseTokenIds(name) {
	return `"${name}" holds token ids, which mean a text only to one tokenizer and are not sent; write the text`;
}
function readInput(value) {
	const text = asText(value);
	if (text !== null) return {
		kind: "input",
		texts: [text]
	};
	if (isTokenIds(value)) return refuseTokenIds("input");
	const texts = (asArray(value) ?? []).map(asText).filter((entry) => entry !== null);
	return texts.length > 0 && texts.length === value.length ? {
		kind: "input",
		texts
	} : "\"input\" must be a text or a list of texts, none of them empty";
}
function readRanking(json) {
	const query = readText$1(json["query"], "query");
	if (typeof query === "string" || !("kind" in query) || query.kind !== "prompt") return query;
	const name = Array.isArray(json["documents"]) ? "documents" : "texts";
	const documents = (asArray(json[name]) ?? []).map((entry) => asText(entry) ?? asText(asObject(entry)?.["text"]));
	return documents.length > 0 && documents.every((text) => text !== null) ? {
		kind: "input",
		texts: documents,
		query: query.text
	} : `"${name}" must be a list of texts, or of objects with a "text", none of them empty`;
}
function readMessages(value, tools = null, name = "messages") {
	const all = asArray(value);
	const fault = `"${name}" must be a list of {"role", "content"} objects, at least one`;
	if (all === null || all.length === 0) return fault;
	const messages = all.map(asObject).filter((message) => message !== null && isMessage(message));
	if (messages.length < all.length) return fault;
	if (!isNestedWithin(all, MOST_NESTED)) return `"${name}" is nested more than ${MOST_NESTED} deep`;
	const last = messages.findLastIndex((message) => message["role"] !== "assistant");
	const asked = messages.slice(0, last + 1);
	if (!asked.some(({ role }) => role === "user")) return NO_QUESTION;
	const list = (asArray(tools) ?? []).map(asObject).filter((tool) => tool !== null);
	return {
		kind: "messages",
		messages: asked,
		...list.length > 0 && { tools: list }
	};
}
const MOST_NESTED = 100;
function isNestedWithin(value, depth) {
	if (typeof value !== "object" || value === null) return true;
	return depth > 0 && Object.values(value).every((inner) => isNestedWithin(inner, depth - 1));
}
function isMessage(message) {
	if (asText(message["role"]) === null) return false;
	const content = message["content"];
	if (content == null) return message["tool_calls"] != null;
	return typeof content === "string" || Array.isArray(content) && content.length > 0 && content.every(isPart);
}
function isPart(part) {
	return asObject(part) !== null;
}
const SPEAKERS = {
	asks: /* @__PURE__ */ new Set([
		"human",
		"user",
		"prompter"
	]),
	sets: /* @__PURE__ */ new Set(["system"])
};
function readConversation(value, name) {
	const turns = asArray(value)?.map(asObject);
	if (turns === void 0 || turns.includes(null)) return `"${name}" must be a list of {"from", "value"} objects`;
	const said = turns.map((turn) => ({
		who: asText(turn["from"] ?? turn["role"] ?? turn["user"]) ?? "",
		what: asText(turn["value"] ?? turn["content"] ?? turn["text"])?.trim() ?? ""
	}));
	const [question, ...others] = said.filter(({ who }) => SPEAKERS.asks.has(who));
	if (question === void 0) return NO_QUESTION;
	if (question.what === "") return EMPTY;
	const later = laterOf(others.map(({ what }) => what));
	const system = said.find(({ who, what }) => SPEAKERS.sets.has(who) && what !== "");
	if (system === void 0) return {
		kind: "prompt",
		text: question.what,
		...later
	};
	return {
		kind: "messages",
		messages: [{
			role: "system",
			content: system.what
		}, {
			role: "user",
			content: question.what
		}],
		...later
	};
}
function laterOf(texts) {
	const later = texts.filter((text) => text.trim() !== "");
	return later.length === 0 ? {} : { later };
}
function readTurns(turns, read) {
	const [first, ...others] = turns.map(read);
	if (first === void 0 || typeof first === "string" || "leftOut" in first || first.kind !== "prompt") return first ?? EMPTY;
	return {
		...first,
		...laterOf(others.map((one) => typeof one !== "string" && "text" in one ? one.text : ""))
	};
}
const LENGTHS = [
	"max_tokens",
	"max_completion_tokens",
	"max_output_tokens",
	"output_tokens",
	"expected_output_len",
	"output_tokens_count",
	"output_length"
];
function isBlank(value) {
	return value == null || value === "";
}
function readLength(json) {
	const given = LENGTHS.filter((name) => !isBlank(json[name]));
	if (given.length > 1) return `says the length twice, as "${given.join("\" and \"")}"`;
	const [name] = given;
	if (name === void 0) return null;
	const value = json[name];
	const tokens = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
	return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 1 ? tokens : `"${name}" must be a whole number from 1${sayGiven(value)}`;
}
function sayGiven(value) {
	const text = JSON.stringify(value) ?? String(value);
	return `, and is ${text.length > 40 ? `${text.slice(0, 40)}\u2026` : text}`;
}
// src/settings/prompts-file/forms.ts
const TEXT_MEMBERS = [
	"prompt",
	"text_input",
	"question",
	"instruction",
	"query",
	"text",
	"content"
];
const COLUMNS$1 = /* @__PURE__ */ new Set([
	...TEXT_MEMBERS,
	..."messages conversations conversation turns input contexttokens".split(" "),
	"request tokens"
]);
function isPromptColumn(name) {
	return COLUMNS$1.has(name);
}
const own = {
	isOf: (json) => has(json, "prompt"),
	read: readOwn,
	noun: "prompt"
};
function isReadColumn(name, column) {
	if (column !== null) return name === column || column.startsWith(`${name}.`) || LENGTHS.includes(name);
	return ENVELOPES.has(name) || LENGTHS.includes(name) || FORMS.some(({ uses }) => uses.includes(name));
}
const ENVELOPES = /* @__PURE__ */ new Set([
	"body",
	"params",
	"request",
	"hash_ids",
	"input_length"
]);
const LIKE_OPENAI = "`prompt`, `messages` up to the last question, or `input`";
const FORMS = [
	{
		name: "trace",
		noun: "request",
		told: "`hash_ids` or `input_length` without a text; Azure: `ContextTokens`; BurstGPT: `Request tokens`",
		sent: "refused: it is for `trace-file`",
		uses: [],
		isOf: isTrace,
		read: () => ({ leftOut: "without a text" }),
		refusal: "is a trace (as Mooncake writes them), which holds lengths and no prompts; replay it with `trace-file`, or give lengths with `input-tokens` and `output-tokens`"
	},
	{
		name: "OpenAI batch",
		noun: "request",
		told: "`body` beside `custom_id` or `url`",
		sent: `of the body: ${LIKE_OPENAI}`,
		uses: [
			"prompt",
			"messages",
			"input",
			"tools"
		],
		open: (json) => asObject(json["body"]),
		isOf: (json) => has(json, "body") && (has(json, "custom_id") || has(json, "url")),
		read: readRequest
	},
	{
		name: "Anthropic batch",
		noun: "request",
		told: "`params` beside `custom_id`",
		sent: "of the params: `system` and `messages` up to the last question",
		uses: ["messages", "system"],
		open: (json) => asObject(json["params"]),
		isOf: (json) => has(json, "params") && has(json, "custom_id"),
		read: readRequest
	},
	{
		name: "request log",
		noun: "request",
		told: "`request`, an object with `messages`, `prompt` or `input`",
		sent: `of the request: ${LIKE_OPENAI}`,
		uses: [
			"prompt",
			"messages",
			"input",
			"system",
			"tools"
		],
		open: (json) => asObject(json["request"]),
		isOf: (json) => [
			"messages",
			"prompt",
			"input"
		].some((name) => has(asObject(json["request"]) ?? {}, name)),
		read: readRequest
	},
	{
		name: "ShareGPT",
		noun: "conversation",
		told: "`conversations`, or `conversation`: a list of `from` and `value`, or of `role` and `content`",
		sent: "the first question, after the words of the system; with `turns: file` all of them, one after another",
		uses: ["conversations", "conversation"],
		isOf: (json) => has(json, "conversations") || Array.isArray(json["conversation"]),
		read: (json) => has(json, "conversations") ? readConversation(json["conversations"], "conversations") : readConversation(json["conversation"], "conversation")
	},
	{
		name: "AIPerf",
		noun: "conversation",
		told: "`turns`, a list of objects with `text` or `texts`",
		sent: "the first turn; with `turns: file` all of them",
		uses: ["turns"],
		isOf: (json) => asObject(asArray(json["turns"])?.[0]) !== null,
		read: ({ turns }) => readTurns(asArray(turns) ?? [], (turn) => readAiPerf(asObject(turn) ?? {}))
	},
	{
		name: "MT-Bench",
		noun: "question",
		told: "`turns`, a list of texts",
		sent: "the first turn; with `turns: file` all of them",
		uses: ["turns", "reference"],
		isOf: (json) => has(json, "turns"),
		read: ({ turns }) => Array.isArray(turns) ? readTurns(turns, (turn) => readText$1(turn, "turns")) : "\"turns\" must be a list of texts, the first one the question"
	},
	{
		name: "Alpaca",
		noun: "instruction",
		told: "`instruction`, with `input` or `context` (Dolly) or without",
		sent: "`instruction`, a blank line, and `input` or `context`",
		uses: [
			"instruction",
			"input",
			"context"
		],
		isOf: (json) => has(json, "instruction") && !has(json, "messages"),
		read: readAlpaca
	},
	{
		...own,
		name: "GuideLLM",
		told: "`prompt` beside `prompt_tokens_count` or `output_tokens_count`",
		sent: "`prompt`",
		uses: [
			"prompt",
			"messages",
			"input",
			"tools"
		],
		isOf: (json) => has(json, "prompt") && (has(json, "prompt_tokens_count") || has(json, "output_tokens_count"))
	},
	{
		...own,
		name: "vLLM",
		told: "`prompt` beside `output_tokens` or `expected_output_len`",
		sent: "`prompt`",
		uses: [
			"prompt",
			"messages",
			"input",
			"tools"
		],
		isOf: (json) => has(json, "prompt") && (has(json, "output_tokens") || has(json, "expected_output_len"))
	},
	{
		...own,
		name: "chat",
		noun: "conversation",
		told: "`messages`, as a chat log and fine-tuning data have them",
		sent: "all messages up to the last question, and `tools`; with `turns: file` what the user says, turn by turn",
		uses: [
			"prompt",
			"messages",
			"input",
			"tools"
		],
		isOf: (json) => has(json, "messages")
	},
	{
		...own,
		name: "",
		told: "`prompt`; for embeddings `input`, a text or several",
		sent: "`prompt`, `input`",
		uses: [
			"prompt",
			"messages",
			"input",
			"tools"
		],
		isOf: (json) => has(json, "prompt") || has(json, "input")
	},
	{
		name: "rerank",
		noun: "query",
		told: "`query` beside `documents` or `texts`, a list",
		sent: "the query and the documents, to be ranked or scored",
		uses: [
			"query",
			"documents",
			"texts"
		],
		isOf: (json) => has(json, "query") && (Array.isArray(json["documents"]) || Array.isArray(json["texts"])),
		read: readRanking
	},
	{
		name: "GenAI-Perf",
		noun: "prompt",
		told: "`text_input`",
		sent: "`text_input`",
		uses: ["text_input"],
		isOf: (json) => has(json, "text_input"),
		read: (json) => readText$1(json["text_input"], "text_input")
	},
	{
		name: "GSM8K",
		noun: "question",
		told: "`question`, with `answer` or without",
		sent: "`question`",
		uses: ["question", "answer"],
		isOf: (json) => has(json, "question"),
		read: (json) => readText$1(json["question"], "question")
	},
	{
		name: "AIPerf",
		noun: "prompt",
		told: "`text` or `texts`",
		sent: "`text`, or the first of `texts`",
		uses: ["text", "texts"],
		isOf: (json) => has(json, "text") || has(json, "texts"),
		read: readAiPerf
	},
	{
		name: "",
		noun: "prompt",
		told: "`query` or `content`",
		sent: "its text",
		uses: ["query", "content"],
		isOf: (json) => has(json, "query") || has(json, "content"),
		read: (json) => has(json, "query") ? readText$1(json["query"], "query") : readText$1(json["content"], "content")
	}
];
const TEXTS = {
	name: "",
	noun: "prompt",
	told: "each line, or each entry of a list, is a text",
	sent: "the text",
	uses: ["text"],
	isOf: (json) => has(json, "text"),
	read: (json) => readText$1(json["text"], "text")
};
const OWN_FORM = FORMS.find(({ told }) => told.startsWith("`prompt`;"));
function formOfColumn(column) {
	const [first = ""] = column.split(".");
	return {
		name: "",
		noun: "prompt",
		told: "",
		sent: "",
		uses: [column, first],
		isChosen: true,
		isOf: () => true,
		read: (json) => {
			const value = valueAt(json, column);
			if (value === void 0) return `has no "${column}", which prompts-column names; it has ${listNames(json)}`;
			if (typeof value === "string" || value === null) return readText$1(value, column);
			const messages = asArray(value);
			if (messages === null || !messages.every((message) => asObject(message) !== null)) return asText(messages?.[0]) === null ? `"${column}" must be a text or a list of messages` : `"${column}" holds several texts; name one of them (prompts-column: ${column}.0)`;
			return messages.some((message) => has(asObject(message), "from")) ? readConversation(messages, column) : readMessages(messages, null, column);
		}
	};
}
function valueAt(json, path) {
	if (Object.hasOwn(json, path)) return json[path];
	let value = json;
	for (const name of path.split(".")) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return void 0;
		value = value[name];
	}
	return value;
}
function listNames(json) {
	const names = Object.keys(json);
	const shown = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
	if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
	return shown.length === 0 ? "none" : shown.join(", ");
}
function has(json, name) {
	return Object.hasOwn(json, name);
}
function isTrace(json) {
	if ([
		...TEXT_MEMBERS,
		"messages",
		"texts",
		"turns"
	].some((name) => has(json, name))) return false;
	return [
		"hash_ids",
		"input_length",
		"contexttokens",
		"request tokens"
	].some((name) => has(json, name));
}
const KINDS = [
	"prompt",
	"messages",
	"input"
];
function readOwn(json) {
	const kinds = KINDS.filter((kind) => has(json, kind));
	const [kind] = kinds;
	if (kind === void 0) return `must have exactly one of "prompt", "messages" and "input", and has none of them but ${listNames(json)}; name the one that holds the prompt with prompts-column`;
	if (kinds.length > 1) return `must have exactly one of "prompt", "messages" and "input", and has ${kinds.join(" and ")}; say with prompts-column which is sent`;
	if (kind === "messages") return readMessages(json["messages"], json["tools"]);
	return kind === "input" ? readInput(json["input"]) : readText$1(json["prompt"], "prompt");
}
function readRequest(body) {
	const { input, system, instructions } = body;
	const isConversation = Array.isArray(input) && input.some((message) => has(asObject(message) ?? {}, "role"));
	const messages = asArray(body["messages"]) ?? (isConversation ? input : null);
	if (messages !== null) {
		const words = asText(system) ?? asText(instructions);
		return readMessages(words === null ? messages : [{
			role: "system",
			content: words
		}, ...messages], body["tools"]);
	}
	if (has(body, "prompt")) return readText$1(body["prompt"], "prompt");
	if (has(body, "input")) return readInput(input);
	return `has none of "prompt", "messages" and "input", but ${listNames(body)}`;
}
function readAlpaca(json) {
	const instruction = readText$1(json["instruction"], "instruction");
	const input = asText(json["input"] ?? json["context"])?.trim() ?? "";
	if (typeof instruction === "string" || !("kind" in instruction) || instruction.kind !== "prompt" || input === "") return instruction;
	return {
		kind: "prompt",
		text: `${instruction.text}\n\n${input}`
	};
}
function readAiPerf(json) {
	if (has(json, "text")) return readText$1(json["text"], "text");
	const [first] = asArray(json["texts"]) ?? [];
	const contents = asArray(asObject(first)?.["contents"]);
	return readText$1(contents === null ? first : contents[0], "texts");
}
function isPrompt(json, column) {
	if (column !== null) return valueAt(json, column) !== void 0;
	return FORMS.some(({ isOf }) => isOf(json));
}
const LABELS = /* @__PURE__ */ new Set([...LENGTHS, ..."id uuid index name custom_id request_id question_id category source metadata prompt_tokens prompt_tokens_count prompt_len".split(" ")]);
// src/settings/prompts-file/table.ts
const DELIMITERS = [
	",",
	"	",
	";"
];
const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,40}([ .\-/][\p{L}\p{N}_()]{1,40}){0,2}$/u;
const LOOKED_AT = 5;
function isTable(text, known) {
	const opening = text.toString("utf8", 0, 65536);
	const [header, ...rows] = take(cutIntoRows(opening, findDelimiter(opening)), LOOKED_AT);
	if (header === void 0 || !header.cells.every((cell) => NAME.test(cell.trim()))) return false;
	if (header.cells.some((cell) => nameColumn(cell, known) !== null)) return true;
	const whole = rows.slice(0, opening.length < text.length ? -1 : rows.length);
	return header.cells.length > 1 && whole.length > 0 && whole.every(({ cells }) => cells.length === header.cells.length);
}
function* readTable(text, known) {
	const whole = text.toString("utf8");
	let names = null;
	for (const { cells, line, isOpen } of cutIntoRows(whole, findDelimiter(whole.slice(0, 65536)))) {
		const where = `line ${line}`;
		if (names === null) names = cells.map((cell) => nameColumn(cell, known) ?? cell.trim());
		else if (isOpen) yield {
			where,
			value: void 0,
			fault: "has a quote that is never closed"
		};
		else if (cells.length > names.length && cells.slice(names.length).some((cell) => cell !== "")) yield {
			where,
			value: void 0,
			fault: `has ${cells.length} cells, and the header ${names.length}; put quotes around texts with commas`
		};
		else yield {
			where,
			value: Object.fromEntries(names.map((name, index) => [name, readCell(cells[index] ?? "")]))
		};
	}
}
function nameColumn(cell, { column, isColumn }) {
	const name = cell.trim();
	if (name === column) return name;
	return isColumn(name.toLowerCase()) ? name.toLowerCase() : null;
}
function readCell(cell) {
	return /^\[\s*\{/.test(cell) ? parseJson$1(cell) ?? cell : cell;
}
function findDelimiter(opening) {
	const header = opening.split("\n", 1)[0];
	const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
	return DELIMITERS[counts.indexOf(Math.max(...counts))];
}
function* cutIntoRows(text, delimiter) {
	let cells = [];
	let line = 1;
	let begun = 1;
	for (let at = 0; at < text.length;) {
		const { cell, end, lines, isOpen } = readCellFrom(text, at, delimiter);
		cells.push(cell);
		line += lines;
		at = end + 1;
		if (text[end] === delimiter && at < text.length) continue;
		if (isOpen || cells.length > 1 || cells[0].trim() !== "") yield {
			cells,
			line: begun,
			isOpen
		};
		cells = [];
		line++;
		begun = line;
	}
}
function readCellFrom(text, start, delimiter) {
	if (text[start] !== "\"") {
		const end = endOfCell(text, start, delimiter);
		return {
			cell: text.slice(start, end).replace(/\r$/, ""),
			end,
			lines: 0,
			isOpen: false
		};
	}
	const parts = [];
	let from = start + 1;
	for (;;) {
		const quote = text.indexOf("\"", from);
		if (quote === -1) return {
			cell: "",
			end: text.length,
			lines: 0,
			isOpen: true
		};
		parts.push(text.slice(from, quote));
		from = quote + 2;
		if (text[quote + 1] === "\"") continue;
		const cell = parts.join("\"");
		return {
			cell,
			end: endOfCell(text, quote + 1, delimiter),
			lines: cell.split("\n").length - 1,
			isOpen: false
		};
	}
}
function endOfCell(text, start, delimiter) {
	let at = start;
	while (at < text.length && text[at] !== delimiter && text[at] !== "\n") at++;
	return at;
}
function take(values, count) {
	const taken = [];
	for (const value of values) if (taken.push(value) >= count) break;
	return taken;
}
// src/settings/prompts-file/items.ts
function cutFile(content, known) {
	const unpacked = unpack(typeof content === "string" ? Buffer.from(content) : content);
	if ("refusal" in unpacked) return unpacked;
	const cut = cutIntoItems(unpacked.text, known);
	return "refusal" in cut ? cut : {
		...cut,
		container: [cut.container, ...unpacked.packing].join(", ")
	};
}
function cutIntoItems(text, known) {
	const start = skipSpace(text, 0);
	const opening = text[start];
	if (opening === OPEN_LIST) {
		const list = cutList(text, start);
		if (list !== null && skipSpace(text, list.end) === text.length) return {
			container: "JSON",
			items: readList(text, list)
		};
	}
	if (opening === OPEN_OBJECT) {
		const document = readDocument(text, start, known);
		if (document !== null) return document;
	}
	if (opening === OPEN_OBJECT || opening === OPEN_LIST) return {
		container: "JSON lines",
		items: readLines(text, known)
	};
	const first = lineFrom(text, start);
	if (opening === QUOTE && typeof parseJson$1(first) === "string" && !isTable(text, known)) return {
		container: "JSON lines",
		items: readLines(text, known)
	};
	if (isTable(text, known)) {
		if (text.length > constants$1.MAX_STRING_LENGTH) return { refusal: "is CSV of more than 512 MiB; write it as JSON lines, or give a part of it" };
		return {
			container: "CSV",
			items: readTable(text, known)
		};
	}
	if (YAML.test(first)) return { refusal: "is YAML, by its looks; write it as JSON lines, each such as {\"prompt\": \"Why is the sky blue?\"}" };
	return {
		container: "lines of text",
		items: readPlainLines(text)
	};
}
const YAML = /^(---|(- )?(prompts?|messages)\s*:)/;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const NEWLINE = 10;
const MOST_DOCUMENT_BYTES = 67108864;
const TOO_LONG = "is longer than 64 MiB; put one request on each line";
function* readLines(text, { example }) {
	const fault = `is not JSON; each line must be one JSON object, for example ${example}`;
	for (const [where, line] of eachLine(text)) {
		const value = line === null ? void 0 : parseJson$1(line);
		if (value !== void 0) yield {
			where,
			value
		};
		else yield {
			where,
			value,
			fault: line === null ? TOO_LONG : fault
		};
	}
}
function* readPlainLines(text) {
	for (const [where, value] of eachLine(text)) yield value === null ? {
		where,
		value,
		fault: TOO_LONG
	} : {
		where,
		value
	};
}
function* eachLine(text) {
	for (let from = 0, number = 1; from < text.length; number++) {
		const found = text.indexOf(NEWLINE, from);
		const end = found === -1 ? text.length : found;
		const line = end - from > MOST_DOCUMENT_BYTES ? null : text.toString("utf8", from, end).trim();
		if (line !== "") yield [`line ${number}`, line];
		from = end + 1;
	}
}
function cutList(text, start) {
	const bounds = [];
	let depth = 0;
	let from = start + 1;
	for (let at = start; at < text.length; at++) {
		const byte = text[at];
		if (byte === QUOTE) at = skipString(text, at);
		else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
		else if (byte === COMMA && depth === 1) {
			bounds.push(from, at);
			from = at + 1;
		} else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
			depth--;
			if (depth > 0) continue;
			if (byte === CLOSE_OBJECT) return null;
			if (skipSpace(text, from) < at) bounds.push(from, at);
			return {
				bounds,
				end: at + 1,
				isCut: false
			};
		}
	}
	return {
		bounds: [
			...bounds,
			from,
			text.length
		],
		end: text.length,
		isCut: true
	};
}
function skipString(text, start) {
	for (let at = start + 1; at < text.length; at++) if (text[at] === BACKSLASH) at++;
	else if (text[at] === QUOTE) return at;
	return text.length;
}
function* readList(text, { bounds, isCut }) {
	for (let index = 0; index < bounds.length; index += 2) {
		const value = parseJson$1(text.toString("utf8", bounds[index], bounds[index + 1]));
		const where = `entry ${index / 2 + 1}`;
		if (value !== void 0) yield {
			where,
			value
		};
		else if (isCut && index + 2 >= bounds.length) yield {
			where,
			value,
			fault: "is not whole: the file ends inside of it; download it again"
		};
		else yield {
			where,
			value,
			fault: "is not JSON"
		};
	}
}
function readDocument(text, start, known) {
	const first = lineFrom(text, start);
	const isAlone = skipSpace(text, start + Buffer.byteLength(first)) === text.length;
	if (!isAlone && parseJson$1(first) !== void 0) return null;
	if (text.length > MOST_DOCUMENT_BYTES) return isAlone ? null : { refusal: "is one JSON object of more than 64 MiB; write the list in it as lines (jq -c '.data[]')" };
	const document = asObject(parseJson$1(text.toString("utf8", start)));
	if (document === null) return null;
	const listItems = (values, word) => ({
		container: "JSON",
		items: values.map((value, index) => ({
			where: `${word} ${index + 1}`,
			value
		}))
	});
	if (Object.entries(document).some(([name, value]) => known.isColumn(name) && asObject(value) !== null)) return { refusal: "holds columns and no prompts; write it in rows (to_json(orient='records', lines=True) of pandas)" };
	if (known.isPrompt(document)) return isAlone ? null : listItems([document], "entry");
	const list = Object.entries(document).find(([name, value]) => LISTS.has(name) && Array.isArray(value))?.[1];
	if (list !== void 0) return listItems(list.map(takeOffRow), "entry");
	return isAlone ? null : listItems([document], "entry");
}
const LISTS = new Set("prompts data items requests rows samples examples instances questions entries".split(" "));
function takeOffRow(value) {
	const object = asObject(value);
	return object !== null && "row_idx" in object ? object["row"] : value;
}
function lineFrom(text, start) {
	const found = text.indexOf(NEWLINE, start);
	const end = Math.min(found === -1 ? text.length : found, start + MOST_DOCUMENT_BYTES + 1);
	return text.toString("utf8", start, end).trimEnd();
}
function skipSpace(text, start) {
	let at = start;
	while (at < text.length && [
		32,
		9,
		10,
		13
	].includes(text[at])) at++;
	return at;
}
// src/settings/prompts-file/prompts-file.ts
const EXAMPLE$1 = "{\"prompt\": \"Why is the sky blue?\"}";
const MOST_PROBLEMS = 5;
const MOST_WRONG = 1e3;
const MOST_IGNORED = 20;
function parsePromptsFile(content, column = null) {
	const isColumn = (name) => isPromptColumn(name) || name === column?.toLowerCase();
	return readCut(cutFile(content, {
		isPrompt: (json) => isPrompt(json, column),
		isColumn,
		column,
		example: EXAMPLE$1
	}), column);
}
function readCut(cut, column) {
	return "refusal" in cut ? refuse$1(cut.refusal) : readItems(cut, column);
}
function refuse$1(refusal) {
	return {
		file: null,
		problems: listProblems([refusal])
	};
}
function readItems({ items, container }, column) {
	const wrong = [];
	const prompts = [];
	const leftOut = /* @__PURE__ */ new Map();
	const ignored = /* @__PURE__ */ new Set();
	let found = 0;
	let form = column === null ? null : formOfColumn(column);
	for (const { where, value, fault } of items) {
		if (wrong.length >= 1e3) break;
		found++;
		if (fault !== void 0) {
			wrong.push(`${where}: ${fault}`);
			continue;
		}
		const json = typeof value === "string" ? { text: value } : asObject(value);
		if (json === null) {
			wrong.push(`${where}: must be a JSON object, for example ${EXAMPLE$1}`);
			continue;
		}
		form ??= typeof value === "string" ? TEXTS : tellForm(json);
		if (form.refusal !== void 0) return refuse$1(form.refusal);
		const read = readPrompt(json, form);
		if (typeof read === "string") wrong.push(`${where}: ${nameForm(form)}${read}`);
		else if ("leftOut" in read) leftOut.set(read.leftOut, (leftOut.get(read.leftOut) ?? 0) + 1);
		else {
			const [first] = prompts;
			if (isOwn(form) && first !== void 0 && first.kind !== read.kind) wrong.push(`${where}: has "${read.kind}" after lines with "${first.kind}"; use one kind in a file`);
			else prompts.push(read);
		}
		noteIgnored(json, form, ignored);
	}
	const reasons = countReasons(leftOut);
	if (prompts.length === 0 && wrong.length === 0) wrong.push(describeNothing$1(found, reasons));
	if (wrong.length > 0) return {
		file: null,
		problems: listProblems(wrong)
	};
	const aligned = alignKinds(prompts);
	const other = aligned.find(({ kind }) => kind !== aligned[0].kind);
	if (other !== void 0) return refuse$1(`has "${other.kind}" beside "${aligned[0].kind}"; use one kind in a file`);
	const { name, noun } = form ?? OWN_FORM;
	return {
		file: {
			prompts: aligned,
			account: {
				form: name,
				noun,
				container,
				found,
				leftOut: reasons,
				ignored: [...ignored]
			}
		},
		problems: []
	};
}
function describeNothing$1(found, reasons) {
	if (found === 0) return `has no prompts; put one JSON object on each line, for example ${EXAMPLE$1}`;
	return `has no prompt that can be sent: ${reasons.map(({ why, count }) => `${pluralise(count, "is", "are")} ${why}`).join(", ")}`;
}
function tellForm(json) {
	return FORMS.find(({ isOf }) => isOf(json)) ?? OWN_FORM;
}
function nameForm({ name }) {
	return name === "" || name === "chat" ? "" : `read as ${name}, `;
}
function isOwn({ read }) {
	return read === OWN_FORM.read;
}
function readPrompt(item, form) {
	const json = form.open === void 0 ? item : form.open(item);
	if (json === null) return "has no object where the form has the request";
	const media = form.isChosen === true ? void 0 : MEDIA.find((name) => !isBlank(json[name]));
	if (media !== void 0) return `has "${media}", which is not sent; name what is to be sent alone with prompts-column, or use messages with parts`;
	const content = form.read(json);
	if (typeof content === "string" || "leftOut" in content) return content;
	const maxTokens = readLength(json);
	return typeof maxTokens === "string" ? maxTokens : {
		...content,
		maxTokens
	};
}
const MEDIA = [
	"image",
	"images",
	"image_url",
	"image_files",
	"audio",
	"audios",
	"video",
	"videos"
];
function noteIgnored(item, form, ignored) {
	const json = form.open === void 0 ? item : form.open(item) ?? {};
	for (const [name, value] of Object.entries(json)) {
		if (isBlank(value) || form.uses.includes(name) || LABELS.has(name)) continue;
		if (ignored.size >= MOST_IGNORED) return;
		ignored.add(name.slice(0, 40));
	}
}
function alignKinds(prompts) {
	return prompts.some(({ kind }) => kind !== prompts[0].kind) ? prompts.map(toMessages) : prompts;
}
function countReasons(leftOut) {
	return [...leftOut].map(([why, count]) => ({
		why,
		count
	}));
}
function listProblems(wrong, setting = "prompts-file") {
	const shown = wrong.slice(0, MOST_PROBLEMS);
	if (wrong.length > shown.length) shown.push(`${wrong.length >= 1e3 ? "at least " : ""}${pluralise(wrong.length - shown.length, "more line is", "more lines are")} wrong`);
	return shown.map((message) => ({
		setting,
		given: null,
		message
	}));
}
// src/settings/trace-file/moments.ts
const MEMBERS = [
	{
		name: "timestamp",
		unitMs: 1
	},
	{
		name: "created_time",
		unitMs: 1
	},
	{
		name: "arrival_time",
		unitMs: 1e3
	},
	{
		name: "arrived_at",
		unitMs: 1e3
	},
	{
		name: "delay",
		unitMs: 1,
		isGap: true
	},
	{
		name: "delay_ms",
		unitMs: 1,
		isGap: true
	}
];
const MOMENT_NAMES = MEMBERS.map(({ name }) => name);
const LONGEST_MS$1 = 316224e6;
function createMomentReader(isInSeconds) {
	let member;
	let unitMs = 1;
	let first = null;
	let last = 0;
	const findTooLate = (ms, name, given) => ms <= LONGEST_MS$1 ? null : `came more than ten years after the first request ("${name}" ${String(given).slice(0, 40)}); mend its time, or write all times in seconds since 1970`;
	return { read(item) {
		member ??= MEMBERS.find(({ name }) => !isBlank(item[name]));
		if (member === void 0) return MISSING;
		const given = item[member.name];
		if (isBlank(given)) return `has no "${member.name}", which the first request has`;
		const value = readMoment(given);
		if (value === null) return `"${member.name}" must be a number of ${nameUnit(isInSeconds ? 1e3 : member.unitMs)}, or a date such as 2026-01-31T12:00:00Z${sayGiven(given)}`;
		if ("isGap" in member) {
			if (value.number < 0) return `"${member.name}" must be 0 or more${sayGiven(given)}`;
			if (first !== null) last += value.number;
			first ??= 0;
			return findTooLate(last, member.name, given) ?? last;
		}
		if (first === null) unitMs = value.isDate ? 1 : chooseUnit(value.number, isInSeconds ? 1e3 : member.unitMs);
		const ms = value.number * unitMs;
		first ??= ms;
		if (ms - first < last) return `came before the request above it ("${member.name}" ${String(given).slice(0, 40)}); sort the file by its times (jq -cs 'sort_by(.${member.name})[]')`;
		last = ms - first;
		return findTooLate(last, member.name, given) ?? last;
	} };
}
const MISSING = `says nowhere when it came ("timestamp", "arrival_time" or "delay"); requests without times are for prompts-file, at a rate`;
function nameUnit(unitMs) {
	return unitMs === 1e3 ? "seconds" : "milliseconds";
}
function chooseUnit(first, unitMs) {
	if (first >= 0x16345785d8a0000) return 1e-6;
	if (first >= 0x5af3107a4000) return .001;
	if (first >= 1e11) return 1;
	return first >= 1e9 ? 1e3 : unitMs;
}
const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/;
function readMoment(value) {
	const number = typeof value === "string" && /^-?\d+(\.\d+)?(e\d+)?$/.test(value.trim()) ? Number(value) : value;
	if (typeof number === "number") return Number.isFinite(number) ? {
		number,
		isDate: false
	} : null;
	const [, day, time, fraction = "", zone = "Z"] = DATE.exec(typeof value === "string" ? value.trim() : "") ?? [];
	const ms = Date.parse(`${day}T${time}${zone}`);
	return Number.isNaN(ms) ? null : {
		number: ms + 1e3 * Number(`0${fraction}`),
		isDate: true
	};
}
// src/settings/trace-file/trace-file.ts
const MOST_REQUESTS = 1e6;
const MOST_BLOCKS = 2e7;
const INPUTS = "input_length input_tokens prompt_length contexttokens num_prefill_tokens".split(" ").concat("request tokens");
const OUTPUTS = [
	...LENGTHS,
	"generatedtokens",
	"response_length",
	"num_decode_tokens",
	"response tokens"
];
const BLOCKS = "hash_ids";
const COLUMNS = /* @__PURE__ */ new Set([
	...MOMENT_NAMES,
	...INPUTS,
	...OUTPUTS
]);
const TRACE_COLUMNS = [
	...COLUMNS,
	BLOCKS,
	"parent_chat_id"
];
const WRITERS = [
	{
		name: "Azure",
		isOf: (json) => "contexttokens" in json,
		isInSeconds: false,
		blockTokens: []
	},
	{
		name: "BurstGPT",
		isOf: (json) => "request tokens" in json,
		isInSeconds: true,
		blockTokens: []
	},
	{
		name: "Bailian",
		isOf: (json) => "parent_chat_id" in json,
		isInSeconds: true,
		blockTokens: [16]
	},
	{
		name: "Mooncake",
		isOf: (json) => BLOCKS in json || "input_length" in json,
		isInSeconds: false,
		blockTokens: [
			512,
			16,
			32,
			64,
			128,
			256,
			1024,
			2048,
			4096
		]
	},
	{
		name: "",
		isOf: () => true,
		isInSeconds: false,
		blockTokens: [512]
	}
];
function parseTraceFile(content, column = null) {
	const isColumn = (name) => COLUMNS.has(name) || isPromptColumn(name) || name === column?.toLowerCase();
	const isRequest = (json) => MOMENT_NAMES.some((name) => name in json);
	return readCutTrace(cutFile(content, {
		isPrompt: isRequest,
		isColumn,
		column,
		example: EXAMPLE
	}), column);
}
function readCutTrace(cut, column) {
	return "refusal" in cut ? refuse(cut.refusal) : readRequests(cut.items, cut.container, column);
}
function refuse(refusal) {
	return {
		file: null,
		problems: listProblems([refusal], "trace-file")
	};
}
function readRequests(items, container, column) {
	const wrong = [];
	const leftOut = /* @__PURE__ */ new Map();
	const ignored = /* @__PURE__ */ new Set();
	const found = {
		atMs: [],
		wheres: [],
		lengths: [],
		prompts: []
	};
	const blocks = createBlockNumbers();
	let count = 0;
	let reader = null;
	for (const { where, value, fault } of items) {
		if (wrong.length >= 1e3) break;
		if (++count > MOST_REQUESTS || blocks.size() > MOST_BLOCKS) return refuse(TOO_LARGE);
		const json = asObject(value);
		if (fault !== void 0 || json === null) {
			wrong.push(`${where}: ${fault ?? `must be a JSON object, for example ${EXAMPLE}`}`);
			continue;
		}
		reader ??= chooseReader(json, column);
		const atMs = reader.moments.read(json);
		const read = typeof atMs === "string" ? atMs : reader.form === null ? readLengths(json, blocks) : readPrompt(json, reader.form);
		if (typeof read === "string") wrong.push(`${where}: ${read}`);
		else if ("leftOut" in read) leftOut.set(read.leftOut, (leftOut.get(read.leftOut) ?? 0) + 1);
		else {
			found.atMs.push(atMs);
			found.wheres.push(where);
			if ("inputTokens" in read) found.lengths.push(read);
			else found.prompts.push(read);
		}
		if (reader.form !== null) noteIgnored(json, {
			...reader.form,
			uses: [...reader.form.uses, ...MOMENT_NAMES]
		}, ignored);
	}
	if (found.atMs.length === 0 && wrong.length === 0) wrong.push(describeNothing(count, leftOut));
	const blockTokens = wrong.length === 0 && blocks.size() > 0 ? chooseBlockTokens(found, reader.writer.blockTokens, wrong) : null;
	if (wrong.length > 0) return {
		file: null,
		problems: listProblems(wrong, "trace-file")
	};
	const { form, writer } = reader;
	const account = {
		form: form === null ? writer.name : form.name,
		noun: form?.noun ?? "request",
		container,
		found: count,
		leftOut: countReasons(leftOut),
		ignored: [...ignored]
	};
	const [firstMs = 0] = found.atMs;
	return {
		file: {
			trace: {
				atMs: found.atMs.map((ms) => ms - firstMs),
				lengths: form === null ? found.lengths : null,
				blockTokens
			},
			prompts: form === null ? null : alignKinds(found.prompts),
			account
		},
		problems: []
	};
}
const EXAMPLE = "{\"timestamp\": 0, \"input_length\": 512, \"output_length\": 128}";
const TOO_LARGE = "holds more requests or blocks than one run replays; give a part of it (head -n 100000)";
function describeNothing(count, leftOut) {
	return count === 0 ? `has no requests; put one JSON object on each line, for example ${EXAMPLE}` : `has no request that can be sent: all are ${[...leftOut.keys()].join(" or ")}`;
}
function chooseReader(json, column) {
	const form = column === null ? FORMS.find(({ isOf, refusal }) => refusal === void 0 && isOf(json)) : formOfColumn(column);
	const writer = WRITERS.find(({ isOf }) => isOf(json));
	const isInSeconds = form === void 0 && writer.isInSeconds;
	return {
		form: form ?? null,
		writer,
		moments: createMomentReader(isInSeconds)
	};
}
function readLengths(json, blocks) {
	const name = INPUTS.find((known) => !isBlank(json[known]));
	if (name === void 0) return `must have a prompt or "input_length" beside its time, and has ${listNames(json)}; name the member that holds the prompt with prompts-column`;
	const inputTokens = readTokens(json, name);
	if (typeof inputTokens === "string") return inputTokens;
	const outputName = OUTPUTS.find((known) => !isBlank(json[known]));
	const outputTokens = outputName === void 0 ? null : readTokens(json, outputName);
	if (typeof outputTokens === "string") return outputTokens;
	const numbers = isBlank(json[BLOCKS]) ? null : blocks.read(json[BLOCKS]);
	if (typeof numbers === "string") return numbers;
	if (inputTokens === 0) return { leftOut: "without input" };
	if (outputTokens === 0) return { leftOut: "without an answer" };
	return {
		inputTokens,
		outputTokens,
		blocks: numbers
	};
}
const MOST_TOKENS = 1e8;
function readTokens(json, name) {
	const value = json[name];
	const tokens = typeof value === "string" && /^\d{1,9}$/.test(value.trim()) ? Number(value) : value;
	return typeof tokens === "number" && Number.isInteger(tokens) && tokens >= 0 && tokens <= MOST_TOKENS ? tokens : `"${name}" must be a whole number of tokens from 0${sayGiven(value)}`;
}
function createBlockNumbers() {
	const known = /* @__PURE__ */ new Map();
	let named = 0;
	return {
		size: () => named,
		read(value) {
			if (!Array.isArray(value) || !value.every((id) => typeof id === "string" || typeof id === "number")) return `"${BLOCKS}" must be a list of numbers or texts${sayGiven(value)}`;
			named += value.length;
			return value.map((id) => {
				const number = known.get(id) ?? known.size;
				known.set(id, number);
				return number;
			});
		}
	};
}
function chooseBlockTokens({ lengths, wheres }, sizes, wrong) {
	const [usual = 512] = sizes;
	const findMisfits = (tokens, most) => {
		const misfits = [];
		for (let i = 0; i < lengths.length && misfits.length < most; i++) {
			const { inputTokens, blocks } = lengths[i];
			if (blocks !== null && blocks.length !== Math.ceil(inputTokens / tokens)) misfits.push(i);
		}
		return misfits;
	};
	const fitting = sizes.find((tokens) => findMisfits(tokens, 1).length === 0);
	if (fitting !== void 0) return fitting;
	for (const i of findMisfits(usual, MOST_WRONG)) {
		const { inputTokens, blocks } = lengths[i];
		wrong.push(`${wheres[i]}: has ${blocks.length} "${BLOCKS}" for ${inputTokens} input tokens, which are ${Math.ceil(inputTokens / usual)} blocks of ${usual}; each request needs one for every block, the last of which may be shorter`);
	}
	return null;
}
// src/settings/reading/files.ts
function readConfig(stronger, readFile, entry) {
	const path = stronger.get("config")?.text.trim() ?? "";
	if (path === "") return {
		given: /* @__PURE__ */ new Map(),
		problems: []
	};
	const { text, problems } = readText("config", path, readFile, entry);
	if (text === null) return {
		given: /* @__PURE__ */ new Map(),
		problems
	};
	const scenario = stronger.get("scenario")?.text.trim() ?? null;
	const mix = stronger.get("mix")?.text ?? null;
	const file = readConfigFile(RUN_SETTINGS, {
		path,
		text,
		scenario,
		mix,
		entry
	});
	const keepOwn = (given) => new Map([...given].filter(([name]) => settingsOf(entry).has(name)));
	const keepEach = (all = /* @__PURE__ */ new Map()) => new Map([...all].map(([name, given]) => [name, keepOwn(given)]));
	const { problems: found, scenarios, mixed, names = [] } = file;
	return {
		given: keepOwn(file.given),
		problems: found,
		scenarios: keepEach(scenarios),
		mixed: keepEach(mixed),
		names
	};
}
function settingsOf(entry) {
	return new Set(Object.values(entry === "command" ? COMMAND_SETTINGS : ACTION_SETTINGS).map(({ name }) => name));
}
function readPrompts(values, readBytes, entry) {
	const { promptsFile, promptsColumn } = values;
	if (promptsFile == null) return {
		file: null,
		problems: []
	};
	const { content, problems } = readContent("prompts-file", promptsFile, readBytes, entry);
	return choosePrompts(values, content === null ? {
		file: null,
		problems
	} : parsePromptsFile(content, promptsColumn));
}
async function readAllPrompts(values, readBytes, entry) {
	const { promptsFile, promptsColumn = null } = values;
	const { content } = promptsFile == null ? { content: null } : readContent("prompts-file", promptsFile, readBytes, entry);
	if (content === null || !isParquet(content)) return readPrompts(values, content === null ? readBytes : () => content, entry);
	const { readParquet } = await import("./parquet.js");
	return choosePrompts(values, readCut(await readParquet(content, {
		column: promptsColumn,
		others: []
	}), promptsColumn));
}
function readTrace({ traceFile, promptsColumn }, readBytes, entry) {
	if (traceFile == null) return {
		file: null,
		problems: []
	};
	const { content, problems } = readContent("trace-file", traceFile, readBytes, entry);
	return content === null ? {
		file: null,
		problems
	} : parseTraceFile(content, promptsColumn ?? null);
}
async function readAllTrace(values, readBytes, entry) {
	const { traceFile, promptsColumn = null } = values;
	const { content } = traceFile == null ? { content: null } : readContent("trace-file", traceFile, readBytes, entry);
	if (content === null || !isParquet(content)) return readTrace(values, content === null ? readBytes : () => content, entry);
	const { readParquet } = await import("./parquet.js");
	return readCutTrace(await readParquet(content, {
		column: promptsColumn,
		others: TRACE_COLUMNS
	}), promptsColumn);
}
function choosePrompts({ promptsLength, promptsSample }, parsed) {
	if (parsed.file === null) return parsed;
	const range = promptsLength ?? null;
	const kept = range === null ? parsed.file : filterPrompts(parsed.file, range);
	const problem = findChoiceProblem(parsed.file, kept, {
		range,
		sample: promptsSample ?? null
	});
	return problem === null ? {
		file: kept,
		problems: []
	} : {
		file: null,
		problems: [problem]
	};
}
function readCertificates({ caCert, clientCert, clientKey }, readFile, entry) {
	const readPem = (setting, path, findFault) => {
		if (path == null) return {
			text: null,
			problems: []
		};
		const { text, problems } = readText(setting, path, readFile, entry);
		const message = text === null ? null : findFault(text);
		if (message === null) return {
			text,
			problems
		};
		return {
			text: null,
			problems: [{
				setting,
				given: showValue(path),
				message
			}]
		};
	};
	const ca = readPem("ca-cert", caCert, (text) => hasCertificate(text) ? null : NO_CERTIFICATE);
	const cert = readPem("client-cert", clientCert, findCertificateFault);
	const key = readPem("client-key", clientKey, (text) => findKeyFault(text, cert.text));
	return {
		caCertPem: ca.text,
		clientPem: cert.text === null || key.text === null ? null : {
			cert: cert.text,
			key: key.text
		},
		problems: [
			...ca.problems,
			...cert.problems,
			...key.problems
		]
	};
}
const NO_CERTIFICATE = "holds no PEM certificate; it must have \"-----BEGIN CERTIFICATE-----\" blocks";
function hasCertificate(text) {
	return text.includes("-----BEGIN CERTIFICATE-----");
}
function findCertificateFault(text) {
	if (!hasCertificate(text)) return NO_CERTIFICATE;
	return parseOrNull(() => new X509Certificate(text)) === null ? "holds a certificate that cannot be read; write it anew from its source" : null;
}
function findKeyFault(text, cert) {
	if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "holds no PEM key; it must have a \"-----BEGIN PRIVATE KEY-----\" block";
	if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text)) return "holds a key under a passphrase; write it without one: openssl pkey -in FILE -out NEW-FILE";
	const key = parseOrNull(() => createPrivateKey(text));
	if (key === null) return "holds a key that cannot be read; write it anew from its source";
	return (cert === null ? null : parseOrNull(() => new X509Certificate(cert)))?.checkPrivateKey(key) === false ? "holds another key than that of client-cert; give the two that belong together" : null;
}
function parseOrNull(parse) {
	try {
		return parse();
	} catch {
		return null;
	}
}
function readText(setting, path, readFile, entry) {
	const { content: text, problems } = readContent(setting, path, readFile, entry);
	return {
		text,
		problems
	};
}
function readContent(setting, path, read, entry) {
	try {
		return {
			content: read(path),
			problems: []
		};
	} catch (error) {
		if (error instanceof FileRefusal) return {
			content: null,
			problems: [{
				setting,
				given: showValue(path),
				message: error.message
			}]
		};
		const code = error?.code;
		const message = `${code === "ENOENT" ? "there is no such file" : `it cannot be read${code === void 0 ? "" : ` (${code})`}`}; relative paths start in ${entry === "command" ? "the current directory" : "the workspace; is the repository checked out?"}`;
		return {
			content: null,
			problems: [{
				setting,
				given: showValue(path),
				message
			}]
		};
	}
}
// src/shell/unfold.ts
const DIALECTS = [
	"usual",
	"line ends",
	"JSON",
	"quoted-printable"
];
const HEX = "[0-9a-fA-F]";
const FOLDS = {
	JSON: new RegExp(`\\\\u${HEX}{4}|\\\\["\\\\/bfnrt]`, "g"),
	"line ends": /\r?\n[ \t]{0,200}|\r/g,
	usual: new RegExp([
		`%u${HEX}{4}`,
		`%${HEX}{2}`,
		`\\\\U${HEX}{8}`,
		`\\\\u${HEX}{4}`,
		`\\\\u\\{${HEX}{1,6}\\}`,
		`\\\\x${HEX}{2}`,
		"\\\\[0-3][0-7]{2}",
		`\\\\(?!&#|&[a-zA-Z]{2,8};|%${HEX}{2})[!-/:-@[-\`{-~]`,
		"\\\\[nrt]",
		"&#0{0,6}[0-9]{1,7};",
		`&#[xX]0{0,6}${HEX}{1,6};`,
		"&[a-zA-Z]{2,8};",
		"\\r?\\n[ \\t]{0,200}",
		"[\\r\\u00ad\\u200b]"
	].join("|"), "g"),
	"quoted-printable": new RegExp(`=${HEX}{2}|=[ \\t]{0,200}\\r?\\n`, "g")
};
const NAMED = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: "\"",
	apos: "'",
	nbsp: " ",
	excl: "!",
	num: "#",
	dollar: "$",
	percnt: "%",
	lpar: "(",
	rpar: ")",
	ast: "*",
	plus: "+",
	comma: ",",
	period: ".",
	sol: "/",
	colon: ":",
	semi: ";",
	equals: "=",
	quest: "?",
	commat: "@",
	lsqb: "[",
	lbrack: "[",
	bsol: "\\",
	rsqb: "]",
	rbrack: "]",
	Hat: "^",
	lowbar: "_",
	grave: "`",
	lcub: "{",
	lbrace: "{",
	vert: "|",
	verbar: "|",
	rcub: "}",
	rbrace: "}"
};
function unfold(source, escapes) {
	const ends = [];
	const shifts = [];
	const lengths = [];
	let length = 0;
	let from = 0;
	const text = source.replace(FOLDS[escapes], (fold, index) => {
		const sign = meaningOf(fold);
		length += index - from + sign.length;
		from = index + fold.length;
		ends.push(length);
		shifts.push(from - length);
		lengths.push(sign === "" ? 1 : fold.length);
		return sign;
	});
	if (ends.length === 0) return null;
	const shiftAt = (place) => shifts[countUpTo(ends, place) - 1] ?? 0;
	return {
		text,
		sourceOf: (begin, end) => [begin + shiftAt(begin), end - 1 + shiftAt(end - 1) + lengthAt(end)]
	};
	function lengthAt(end) {
		const before = countUpTo(ends, end - 1);
		return ends[before] === end ? lengths[before] : 1;
	}
}
function meaningOf(fold) {
	switch (fold[0]) {
		case "%": return readPoint(fold[1] === "u" ? fold.slice(2) : fold.slice(1), 16);
		case "=": return readPoint(fold.slice(1), 16);
		case "&":
			if (fold[1] !== "#") return NAMED[fold.slice(1, -1)] ?? fold;
			return fold[2] === "x" || fold[2] === "X" ? readPoint(fold.slice(3), 16) : readPoint(fold.slice(2), 10);
		case "\\": return readBackslash(fold);
		default: return "";
	}
}
function readBackslash(fold) {
	const kind = fold[1];
	if (fold.length > 2) {
		if (kind === "u" || kind === "U" || kind === "x") return readPoint(fold.slice(fold[2] === "{" ? 3 : 2), 16);
		return readPoint(fold.slice(1), 8);
	}
	if (kind === "n") return "\n";
	if (kind === "r") return "\r";
	return kind === "t" || kind === "b" || kind === "f" ? "	" : kind;
}
function readPoint(digits, base) {
	const code = Number.parseInt(digits, base);
	if (Number.isNaN(code)) return "";
	return code > 1114111 ? "\uFFFD" : String.fromCodePoint(code);
}
function countUpTo(numbers, limit) {
	let low = 0;
	let high = numbers.length;
	while (low < high) {
		const middle = low + high >> 1;
		if (numbers[middle] <= limit) low = middle + 1;
		else high = middle;
	}
	return low;
}
// src/shell/redact.ts
const SHORTEST_SECRET = 4;
const SHORTEST_WITHIN = 6;
const LONG_SECRET = 20;
const LONGEST_BEGINNING = 12;
function createRedactor() {
	const secrets = /* @__PURE__ */ new Set();
	let pattern = null;
	let beginning = /(?!)/;
	const redact = (text) => {
		const whole = pattern === null ? text : hideEscaped(text.replace(pattern, "***"), pattern);
		const clean = beginning.test(whole) ? hideBeginnings(whole, secrets) : whole;
		return clean.includes("\u2026") ? hideCutSecrets(clean, secrets) : clean;
	};
	return {
		redact,
		hide(secret) {
			if (secret.length < SHORTEST_SECRET) return [];
			const forms = formsOf(secret);
			for (const form of forms) secrets.add(form);
			const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
			pattern = new RegExp(longestFirst.map(escapeForPattern).join("|"), "giu");
			const long = longestFirst.filter(({ length }) => length >= LONG_SECRET);
			const beginnings = new Set(long.map((form) => escapeForPattern(form.slice(0, LONGEST_BEGINNING))));
			if (beginnings.size > 0) beginning = new RegExp([...beginnings].join("|"), "i");
			return forms;
		}
	};
}
function defuseCommands(text) {
	return text.replace(/^((?:[^\S\n\r\u2028\u2029]|[\u0085\p{Cf}\p{Default_Ignorable_Code_Point}])*):(?=:)/gmu, "$1: ").replaceAll("##[", "## [");
}
const DEEPEST = 4;
const MOST_READINGS = 60;
function hideEscaped(text, pattern) {
	let clean = "";
	let from = 0;
	for (const [begin, end] of findEscapedPlaces(text, pattern).sort(([a], [b]) => a - b)) {
		if (end <= from) continue;
		clean += `${text.slice(from, Math.max(begin, from))}***`;
		from = end;
	}
	return clean + text.slice(from);
}
function findEscapedPlaces(text, pattern) {
	const places = [];
	const seen = /* @__PURE__ */ new Set([text]);
	let layer = [{
		text,
		sourceOf: (from, to) => [from, to]
	}];
	for (let depth = 1; depth <= DEEPEST; depth++) {
		const next = [];
		for (const outer of layer) for (const escapes of DIALECTS) {
			const inner = seen.size > MOST_READINGS ? null : unfold(outer.text, escapes);
			if (inner === null || seen.has(inner.text)) continue;
			seen.add(inner.text);
			const sourceOf = (from, to) => outer.sourceOf(...inner.sourceOf(from, to));
			next.push({
				text: inner.text,
				sourceOf
			});
			for (const { 0: found, index } of inner.text.matchAll(pattern)) places.push(sourceOf(index, index + found.length));
		}
		layer = next;
	}
	return places;
}
function formsOf(secret) {
	const base64 = Buffer.from(secret).toString("base64");
	const wide = Buffer.from(secret, "utf16le");
	const bytes = Buffer.from(secret).toString("latin1");
	const forms = [
		secret,
		escapeForTerminal(secret, Infinity),
		base64,
		...base64Within(Buffer.from(secret)),
		...base64Within(Buffer.from(base64)),
		...base64Within(wide),
		bytes,
		secret.replace(/\s+/g, ""),
		encodeURIComponent(secret.toWellFormed()),
		new URLSearchParams([["", secret]]).toString().slice(1),
		secret.replaceAll(" ", "+"),
		escapeForJson(secret),
		escapeForJson(escapeForJson(secret)),
		...htmlFormsOf(secret),
		escapeForMarkdown(secret, Infinity),
		...[Buffer.from(secret), wide].flatMap(numberFormsOf),
		...[" ", "\0"].map((between) => Array.from(secret).join(between)),
		...[`Bearer ${secret}`, `Basic ${base64}`].map((header) => Buffer.from(header).toString("base64").replace(/(?<!=)=+$/, ""))
	];
	return [.../* @__PURE__ */ new Set([...forms, ...[secret, bytes].flatMap(misreadingsOf)])].filter((form) => form.length >= SHORTEST_SECRET);
}
function misreadingsOf(secret) {
	const readings = [];
	for (let read = unfold(secret, "usual"); read !== null && readings.length < DEEPEST;) {
		readings.push(read.text);
		read = unfold(read.text, "usual");
	}
	return readings.filter(({ length }) => length >= SHORTEST_WITHIN);
}
function base64Within(secret) {
	return [
		0,
		1,
		2
	].flatMap((before) => {
		const encoded = Buffer.concat([Buffer.alloc(before), secret]).toString("base64url");
		const hangsOnNext = (before + secret.length) % 3 === 0 ? 0 : 1;
		const own = encoded.slice(before === 0 ? 0 : before + 1, encoded.length - hangsOnNext);
		return (before === 0 ? [encoded, own] : [own]).filter(({ length }) => length >= SHORTEST_WITHIN).flatMap((form) => [form, form.replaceAll("-", "+").replaceAll("_", "/")]);
	});
}
function numberFormsOf(bytes) {
	const hex = bytes.toString("hex");
	const pairs = hex.match(/../g) ?? [];
	return [
		hex,
		pairs.join(":"),
		pairs.join(" "),
		bytes.join(","),
		bytes.join(", ")
	];
}
function htmlFormsOf(secret) {
	const escaped = escapeForHtml(secret, Infinity);
	return [
		escaped,
		escaped.replaceAll("&#39;", "&#x27;"),
		escaped.replaceAll("&quot;", "\"").replaceAll("&#39;", "'")
	];
}
function escapeForPattern(text) {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
function escapeForJson(text) {
	return JSON.stringify(text).slice(1, -1);
}
function hideBeginnings(text, secrets) {
	let clean = text;
	for (const secret of secrets) {
		if (secret.length < LONG_SECRET) continue;
		const beginning = new RegExp(escapeForPattern(secret.slice(0, LONGEST_BEGINNING)), "gi");
		let shown = "";
		let from = 0;
		for (let found = beginning.exec(clean); found !== null; found = beginning.exec(clean)) {
			let end = LONGEST_BEGINNING;
			while (end < secret.length && isSameLetter(clean[found.index + end], secret[end])) end++;
			shown += `${clean.slice(from, found.index)}***`;
			from = found.index + end;
			beginning.lastIndex = from;
		}
		clean = shown + clean.slice(from);
	}
	return clean;
}
function isSameLetter(one, other) {
	return one === other || one?.toLowerCase() === other.toLowerCase();
}
function hideCutSecrets(text, secrets) {
	return text.split("\u2026").map((part, i, parts) => i === parts.length - 1 ? part : hideBeginning(part, secrets)).join("\u2026");
}
function hideBeginning(part, secrets) {
	if (part.length < SHORTEST_SECRET) return part;
	for (const secret of secrets) {
		const [end, beginning] = [part.slice(-secret.length).toLowerCase(), secret.toLowerCase()];
		const last = end.at(-1);
		for (let length = Math.min(secret.length - 1, part.length); length >= SHORTEST_SECRET; length--) {
			if (beginning[length - 1] !== last) continue;
			if (end.endsWith(beginning.slice(0, length))) return `${part.slice(0, -length)}***`;
		}
	}
	return part;
}
// src/settings/scenarios.ts
const JOINT_FILES = /* @__PURE__ */ new Set(["markdown", "gitlab-note"]);
function tellScenario(given, { name: scenario, own }, { list, defaultName }) {
	const slug = toSlug(scenario);
	const isShared = (setting) => {
		const value = given.get(setting);
		return value !== void 0 && !(value.source === "file" && own.has(setting));
	};
	const told = new Map(given);
	told.set("scenario", {
		...given.get("scenario"),
		text: scenario
	});
	const whole = isShared("name") ? given.get("name").text.trim() : given.has("name") ? null : defaultName;
	if (whole !== null) {
		const { source, where } = given.get("name") ?? {
			source: "default",
			where: null
		};
		told.set("name", {
			text: toName(`${whole}-${slug}`),
			source,
			where
		});
	}
	for (const { name, writes } of Object.values(list)) {
		if (writes !== true || JOINT_FILES.has(name) || !isShared(name)) continue;
		const value = given.get(name);
		told.set(name, {
			...value,
			text: addToFileName(value.text.trim(), slug)
		});
	}
	return told;
}
function addToFileName(path, slug) {
	const [, start = path, end = ""] = /^(.*[^/\\])(\.[^./\\]+)$/.exec(path) ?? [];
	return `${start}-${slug}${end}`;
}
function shareAlarmRate(settings, count) {
	if (count === 1 || settings.defer || settings.decision === "threshold") return settings;
	const falseAlarmRate = settings.falseAlarmRate / count;
	const others = settings.decidedBy.filter(({ setting }) => setting !== "false-alarm-rate");
	const value = `${Number((100 * falseAlarmRate).toPrecision(6))}%`;
	return {
		...settings,
		falseAlarmRate,
		decidedBy: [...others, {
			setting: "false-alarm-rate",
			value
		}]
	};
}
function joinProblems(found, count) {
	return [...Map.groupBy(found, ({ problem }) => JSON.stringify(problem)).values()].map((same) => {
		const { problem } = same[0];
		const names = [...new Set(same.map(({ scenario }) => showValue(scenario)))];
		return names.length === count ? problem : {
			...problem,
			message: `${problem.message} (in scenario ${names.join(", ")})`
		};
	});
}
function findSharedNames(names) {
	return [...new Set(names.filter((name, i) => names.indexOf(name) < i))].map((name) => ({
		setting: "name",
		given: name,
		message: "is the name of two scenarios, and scenario is all; give each a `name` of its own in the config file"
	}));
}
// src/settings/secrets.ts
function findSecrets(list, given) {
	return [...Object.values(list).flatMap(({ name, secret, secretsIn = takeWholeText }) => {
		const text = given.get(name)?.text ?? "";
		return [...secret === true ? secretsIn(text) : [], ...findSecretsInUrl(text)];
	}), ...joinSecrets(given)].filter((text) => text !== "");
}
function findSecretsInEnvironment(list, env) {
	return listSecretVariables(list).flatMap((name) => env[name]?.trim() || []);
}
function findSecretsInherited(list, given, env) {
	if (!Object.values(list).some((each) => each.secretsIn === findSecretsInCommand && given.has(each.name))) return [];
	return Object.entries(env).flatMap(([name, text = ""]) => isSecretName(name) ? [text.trim()].filter(isLong) : []);
}
function takeWholeText(text) {
	return [text.trim()];
}
function joinSecrets(given) {
	const textOf = (name) => given.get(name)?.text.trim() ?? "";
	const [id, secret] = ["client-id", "client-secret"].map(textOf);
	const keys = ["api-key", "control-api-key"].map(textOf).filter((key) => key !== "");
	return [...(authKindOf(given.get("auth")?.text) === "basic" ? keys.map(completeBasicPair) : []).flatMap((pair) => [pair, pair.slice(pair.indexOf(":") + 1)]), secret === "" ? "" : `${id}:${secret}`];
}
function findSecretsInUrl(text) {
	const trimmed = text.trim();
	if (!/^https?:/i.test(trimmed) || !URL.canParse(trimmed)) return [];
	const { username, password, search, searchParams } = new URL(trimmed);
	const pairs = search.slice(1).split("&");
	return [
		password,
		decodePercent(password),
		...[username, decodePercent(username)].filter(isLong),
		...searchParams.values(),
		...pairs.map((pair) => pair.slice(pair.indexOf("=") + 1))
	];
}
// src/settings/checks/check.ts
function contradict(setting, message) {
	return {
		setting,
		given: null,
		message
	};
}
function contradictAlone(setting, why, needed) {
	return contradict(setting, `${why}, and ${needed} is not given; give it or remove ${setting}`);
}
function isIdle(given, name, cause) {
	const source = given.get(name)?.source;
	if (source !== "file") return source !== void 0;
	const causeSource = given.get(cause)?.source;
	return !given.has("scenario") && (causeSource === void 0 || causeSource === "file");
}
function taskOf({ api, task }) {
	return (api === void 0 || api === "auto" ? null : readTaskInName(api)) ?? (task === void 0 || task === "auto" ? null : task);
}
function lacksTokens(task) {
	return task !== null && !generatesTokens(task);
}
function sayLacking(task) {
	return task === "embeddings" ? "embeddings do not have" : `${task} does not have`;
}
function isWithoutTokens(metric) {
	const { needsStream, countsTokens } = metricOf(metric);
	return !needsStream && countsTokens !== true;
}
// src/settings/checks/auth-contradictions.ts
function* findAuthContradictions(input) {
	const { values } = input;
	if (values.auth != null) {
		yield* findIdleCredentials(input, values.auth);
		yield* findMissingKey(input, values.auth);
		yield* findBadKey(input, values.auth);
		yield* findWayProblems(input, values.auth);
		yield* findHeaderProblems(input, values.auth);
	}
	const { allowedHosts, allowFork } = values;
	if (allowFork === true && allowedHosts === null) yield contradict("let-forks-use-my-key", "needs allowed-hosts, so that no pull request says where the key goes; list the hosts of the endpoint there");
}
function* findIdleCredentials({ given }, auth) {
	for (const name of CREDENTIALS) {
		if (credentialsOf(auth.kind).includes(name) || !isIdle(given, name, "auth")) continue;
		if (name === "api-key") {
			yield contradict("auth", `is ${auth.kind}, but an api-key is given; remove one of them`);
			continue;
		}
		yield contradict(name, `is for auth: ${WAYS.flatMap(({ word, settings }) => settings.some((setting) => setting === name) ? [word] : []).join(" or ")}, and auth is ${auth.kind}; change auth or remove it`);
	}
}
function* findMissingKey({ values, entry }, auth) {
	const { apiKey } = values;
	if ((auth.kind === "bearer" || auth.kind === "basic" || auth.kind === "header") && apiKey === null) yield contradict("auth", `${auth.kind === "header" ? `sends the key in ${auth.name}` : `is ${auth.kind}`}, but there is no key; set PLATEAU_API_KEY or ${spellSetting("api-key", entry)}`);
	if (auth.kind !== "basic") return;
	yield* findBareToken(values, "api-key");
	yield* findBareToken(values, "control-api-key");
}
function* findBareToken(values, name) {
	const { endpoint, key } = keyOf(values, name);
	const { api } = values;
	if (key == null || key.includes(":") || endpoint == null) return;
	const takers = VENDORS.filter(({ takesBareToken }) => takesBareToken === true);
	if (takers.some((vendor) => vendor.isIts(endpoint) || vendor.api.name === api)) return;
	yield contradict(name, `must be user:password with auth: basic; only a ${takers.map(({ name }) => name).join(" or ")} token may stand alone, its user is "token"`);
}
function* findBadKey({ values, variables }, auth) {
	for (const name of listSecretVariablesIn(auth.kind, variables)) {
		const fault = findPastedSigns(variables[name]);
		if (fault !== null) yield contradict(name, fault);
	}
	if (auth.kind === "header" || auth.kind === "none") return;
	for (const name of KEY_NAMES) {
		const { key } = keyOf(values, name);
		if (key == null) continue;
		const words = findHeaderWords(key);
		if (words !== null) yield contradict(name, `${words}, which the client writes itself; give the key alone`);
		else if (auth.kind !== "basic" && /\s/.test(key)) yield contradict(name, "has a space in it, which no key has; look for two keys, or for words beside it");
	}
}
const KEY_NAMES = ["api-key", "control-api-key"];
function keyOf({ apiKey, endpoint, control, controlApiKey }, name) {
	return name === "api-key" ? {
		key: apiKey,
		endpoint
	} : {
		key: controlApiKey,
		endpoint: control
	};
}
function* findWayProblems({ values, variables, entry }, auth) {
	const { endpoint, control, api, clientId, clientSecret, tokenUrl } = values;
	const spell = (setting) => spellSetting(setting, entry);
	const told = /* @__PURE__ */ new Set();
	for (const place of control == null ? [endpoint] : [endpoint, control]) {
		const facts = {
			endpoint: place,
			api,
			clientId,
			clientSecret,
			tokenUrl,
			variables,
			entry,
			spell
		};
		for (const problem of wayOf(auth.kind)?.findProblems(facts) ?? []) {
			if (!told.has(problem.message)) yield problem;
			told.add(problem.message);
		}
	}
}
function* findHeaderProblems(input, auth) {
	const { headers } = input.values;
	if (headers == null) return;
	const taken = headersOf(input, auth).find((name) => Object.hasOwn(headers, name));
	if (taken === void 0) return;
	yield contradict("headers", wayOf(auth.kind) !== null ? `sets ${taken}, which auth: ${auth.kind} writes; remove one of them` : `sets ${taken}, which carries the api-key; remove one of them, or say with auth: header:<name> where the key goes`);
}
function headersOf({ values: { apiKey, api, endpoint } }, auth) {
	const way = wayOf(auth.kind);
	if (way !== null) return way.headers;
	if (auth.kind === "none" || apiKey == null) return [];
	if (auth.kind === "header") return [auth.name];
	if (auth.kind !== "auto" || api === void 0 || api === "auto") return ["authorization"];
	return endpoint == null || findKeyPlaceAt(endpoint, findApi(api)) !== "bearer" ? [] : ["authorization"];
}
// src/settings/checks/workload-contradictions.ts
function* findWorkloadContradictions({ values, given, prompts }) {
	const { inputTokens, promptsFile, prefixCache, sharedPrefixTokens, batchSize, images } = values;
	const task = taskOf(values);
	if (promptsFile === null) {
		for (const name of [
			"prompts-column",
			"prompts-length",
			"prompts-sample"
		]) if (isIdle(given, name, "prompts-file") && values.traceFile === null) yield contradictAlone(name, "is for prompts of a file", "prompts-file");
	}
	if (promptsFile != null) {
		for (const name of ["input-tokens", "shared-prefix-tokens"]) if (given.has(name)) yield contradict(name, "is for generated prompts, and prompts-file gives them; remove one of them");
	}
	if (sharedPrefixTokens !== void 0 && sharedPrefixTokens > 0) {
		if (prefixCache === "avoid") yield contradict("shared-prefix-tokens", "makes prompts begin alike; set prefix-cache to allow, or remove it");
		if (inputTokens !== void 0 && inputTokens !== "auto" && inputTokens.kind === "fixed" && inputTokens.tokens <= sharedPrefixTokens) yield contradict("shared-prefix-tokens", `must be below input-tokens (${inputTokens.tokens}), of which it is a part`);
	}
	if (batchSize !== void 0 && batchSize > 1 && task !== null && generatesTokens(task)) yield contradict("batch-size", `must be 1 for ${task}; only embeddings, rerank and score take several texts in a request`);
	if (images != null) {
		const misfit = findImageMisfit(task, values.api === void 0 || values.api === "auto" ? null : findApi(values.api));
		if (misfit !== null) yield contradict("images", misfit);
		if (promptsFile != null) yield contradict("images", "are for generated prompts, and prompts-file gives them; its messages may hold images");
		if (values.traceFile != null) yield contradict("images", "are for generated prompts, and trace-file says what is sent; remove one of them");
		if (values.turns != null) yield contradict("images", "are beside one text, and turns makes conversations of several; remove one of them");
	}
	if (prompts !== null) {
		const api = values.api === void 0 || values.api === "auto" ? null : findApi(values.api);
		const misfit = findMisfit(prompts, {
			task,
			api
		});
		if (misfit !== null) yield contradict(promptsFile === null ? "trace-file" : "prompts-file", misfit);
	}
	if (batchSize !== void 0 && batchSize > 1 && prompts !== null) yield contradict("batch-size", "is for generated prompts; in a prompts-file a line with a list of \"input\" is a batch");
}
function* findConversationContradictions(input) {
	const { values, given } = input;
	if (values.turns === void 0) return;
	if (values.turns === null) {
		for (const name of ["think-time", "system-prompt-tokens"]) if (isIdle(given, name, "turns")) yield contradictAlone(name, "is about conversations", "turns");
		return;
	}
	yield* findReceiverProblems(input);
	yield* findTextProblems(input);
	if (values.crossCheck === "three-point") yield contradict("cross-check", "compares single answers with those of levels, and turns are given; remove one");
}
function* findReceiverProblems({ values }) {
	const task = taskOf(values);
	const api = values.api === void 0 || values.api === "auto" ? null : findApi(values.api);
	const chats = ALL_APIS.filter(({ tasks }) => tasks.includes("chat")).map(({ name }) => name);
	const remedy = "set turns to none, or measure chat";
	if (api !== null && !api.tasks.includes("chat")) yield contradict("turns", `make conversations, and ${api.name} takes none; ${remedy} (api: ${chats.join(", ")})`);
	else if (task !== null && task !== "chat") yield contradict("turns", `make conversations, and ${task} take none; ${remedy}`);
}
function* findTextProblems({ values, given, prompts }) {
	const { turns, prefixCache, sharedPrefixTokens, systemPromptTokens, promptsFile } = values;
	if (turns === "file" && promptsFile === null) yield contradict("turns", "are taken from prompts-file, which is not given; give it, or a number of turns");
	const kept = turns === "file" ? prompts?.map(findUnsaid).find((part) => part !== null) ?? null : null;
	if (kept !== null) yield contradict("turns", `take texts from prompts-file, and it has ${kept}; set turns to none, or leave them out`);
	if (turns !== "file" && promptsFile != null) yield contradict("turns", "must be file where prompts-file says what users ask; set it so, or remove prompts-file");
	if (turns === "file" && (systemPromptTokens ?? 0) > 0) yield contradict("system-prompt-tokens", "is generated, and prompts-file has system prompts of its own; remove one of them");
	if (prefixCache === "avoid" && given.has("prefix-cache")) yield contradict("prefix-cache", "must be allow with turns, because a conversation relies on the prefix cache; set it so, or remove it");
	if ((sharedPrefixTokens ?? 0) > 0) yield contradict("shared-prefix-tokens", "is for requests that stand alone; give system-prompt-tokens with turns");
}
function findUnsaid(prompt) {
	if (prompt.kind === "input") return "\"input\", to which nothing is answered";
	return findOpenAiPart(prompt) ?? (listQuestions(prompt).length === 0 ? "conversations without a word of a user" : null);
}
// src/settings/checks/load-contradictions.ts
function* findLoadContradictions({ values, given }) {
	const { concurrency, maxConcurrency, levelDurationMs, maxDurationMs, runs, confirm } = values;
	if (concurrency !== void 0 && concurrency !== "auto" && maxConcurrency != null && given.has("max-concurrency")) {
		const above = concurrency.filter((level) => level > maxConcurrency);
		if (above.length > 0) yield contradict("concurrency", `has ${above.join(", ")}, above max-concurrency ${maxConcurrency}; max-concurrency is for auto, remove it or raise it`);
	}
	if (typeof levelDurationMs === "number" && maxDurationMs != null && levelDurationMs > maxDurationMs) yield contradict("level-duration", "is longer than max-duration, so that no level could end; shorten it or raise max-duration");
	if (runs === 1 && confirm === 0 && isIdle(given, "pause", "confirm")) yield contradict("pause", "is before a second run or look, and runs is 1 and confirm 0; remove it or raise one of them");
}
function* findRateContradictions({ values, given }) {
	const { rate } = values;
	if (rate === void 0 || values.traceFile != null) return;
	if (rate === null) {
		for (const name of ["arrivals", "max-in-flight"]) if (isIdle(given, name, "rate")) yield contradictAlone(name, "is about requests of a rate", "rate");
		return;
	}
	for (const name of ["concurrency", "max-concurrency"]) if (isIdle(given, name, "rate")) yield contradict("rate", `says how many requests a second are sent, and ${name} how many are under way; remove one of them`);
}
function* findCrossCheckContradictions({ values }) {
	const { crossCheck, api, outputTokens } = values;
	if (crossCheck !== "three-point") return;
	const task = taskOf(values);
	if (lacksTokens(task)) yield contradict("cross-check", `is about TTFT and TPOT, which ${sayLacking(task)}; remove it`);
	else if (api !== void 0 && api !== "auto" && findApi(api).isOpenAiLike !== true) yield contradict("cross-check", `is for ${ALL_APIS.filter(({ isOpenAiLike }) => isOpenAiLike === true).map(({ name }) => name).join(", ")}, not for ${api}; remove it`);
	if (outputTokens?.kind === "fixed" && outputTokens.tokens < 4) yield contradict("cross-check", "measures at 1, n/2 and n tokens; output-tokens must be at least 4");
}
function* findOpenLoopContradictions({ values }) {
	const { rate, traceFile, crossCheck, throughputWithin } = values;
	const isTrace = traceFile != null;
	if (!isTrace && rate == null) return;
	if (crossCheck === "three-point") yield contradict("cross-check", `measures at the concurrency of levels, and ${isTrace ? "a trace has none" : "rate is given"}; remove one of them`);
	if (throughputWithin != null) {
		const [given, highest] = isTrace ? ["a trace", "speed"] : ["rate", "rate"];
		yield contradict("throughput-within", `is about levels of concurrency; with ${given} give slo, whose capacity is the highest ${highest} that keeps it`);
	}
}
// src/settings/checks/control-contradictions.ts
function* findControlContradictions(input) {
	const { control, controlApiKey, auth } = input.values;
	if (control === null) yield* findIdleSettings(input);
	if (control == null) return;
	if (auth != null && controlApiKey != null && !credentialsOf(auth.kind).includes("api-key")) yield contradict("control-api-key", `is a key, and auth is ${auth.kind}, which takes none; remove one of them`);
	yield* findBorrowed(input, control);
}
function* findIdleSettings({ given, values }) {
	if (values.controlCommand !== null) return;
	for (const { name } of Object.values(CONTROL_SETTINGS)) {
		if (!isIdle(given, name, "control") || given.get(name)?.source === "env") continue;
		yield contradict(name, "is about a control, and there is none; give control or remove it");
	}
}
function* findBorrowed({ values, given }, control) {
	const { endpoint, auth, controlApiKey } = values;
	if (endpoint == null || auth == null || endpoint.host === control.host) return;
	const own = new Map(Object.values(ENDPOINT_SETTINGS).map((setting) => [setting.name, "env" in setting ? setting.env : void 0]));
	for (const name of credentialsOf(auth.kind).filter((one) => CREDENTIALS.includes(one))) {
		const { source, where } = given.get(name) ?? {};
		if (source !== "env" || where === own.get(name) || name === "api-key" && controlApiKey !== null) continue;
		yield contradict("control", `has another host than the endpoint, and ${name} comes from ${where}, which is not for it; give ${name === "api-key" ? "control-api-key" : name} if it is meant for both`);
	}
}
function* findSessionContradictions({ values, given }) {
	const { candidateCommand, controlCommand, redeployCommand, control, preflight, runs } = values;
	if (candidateCommand === null && controlCommand != null) yield contradict("control-command", "starts what the candidate is compared with, and nothing starts the candidate; give candidate-command, or instead of it control with the URL of a server that is there");
	if (controlCommand === null && redeployCommand === null && given.has("sessions")) yield contradict("sessions", "are counted where both sides are started anew for each, and nothing does so; give candidate-command and control-command, or redeploy-command, or remove it");
	if (redeployCommand != null && candidateCommand != null) yield contradict("redeploy-command", "is for servers that run elsewhere, and candidate-command starts one here; remove one of them");
	else if (redeployCommand != null && control === null) yield contradict("redeploy-command", "makes sessions of endpoint and control, and there is no control; give its URL as control");
	const commands = {
		"candidate-command": candidateCommand,
		"redeploy-command": redeployCommand
	};
	for (const [setting, command] of Object.entries(commands)) {
		if (command == null) continue;
		if (preflight === false) yield contradict(setting, "starts what preflight then waits for, and preflight is off; remove one of them");
	}
	yield* findIdleInSessions(values, given);
	if (runs !== void 0 && runs > 1 && (controlCommand != null || redeployCommand != null)) yield contradict("runs", "are of one deployment, and each session makes a new one; use sessions, and remove runs");
}
function* findIdleInSessions({ controlCommand, redeployCommand, confirm }, given) {
	const cause = controlCommand != null ? "control-command" : redeployCommand != null ? "redeploy-command" : null;
	if (cause === null) return;
	if (isIdle(given, "confirm", cause) && confirm !== 0) yield contradict("confirm", "is about a second look, and another session takes its place; remove it, or use sessions");
	if (isIdle(given, "pause", cause)) yield contradict("pause", "is between runs and before a second look, and sessions have neither; remove it");
	if (cause === "control-command" && isIdle(given, "control-timing", cause)) yield contradict("control-timing", "is for a control that is there, and control-command starts it alone; remove it");
}
// src/settings/checks/gate-contradictions.ts
function* findGateContradictions(input) {
	yield* findLimitProblems(input);
	yield* findObjectiveProblems(input);
	yield* findReleaseProblems(input);
	yield* findMetricProblems(input);
}
const NO_BOUND = "has throughput-within, and the setting throughput-within does not say within what; give it";
function* findLimitProblems({ values }) {
	const { limits, throughputWithin, slo } = values;
	const task = taskOf(values);
	for (const limit of limits ?? []) {
		const { metric } = limit;
		const { field } = metricOf(metric);
		yield* findLevelProblems(limit, values);
		if (lacksTokens(task) && !isWithoutTokens(metric)) yield contradict("limits", `has ${metric}, which ${sayLacking(task)}; use latency-p50, requests-per-second or input-throughput`);
		if (isOfObjectives(metric) && slo === null) yield contradict("limits", `has ${metric}, ${NO_OBJECTIVES}`);
		if (field === "within" && throughputWithin === null) yield contradict("limits", NO_BOUND);
	}
	if (lacksTokens(task)) {
		const missing = throughputWithin?.find(({ metric }) => !isWithoutTokens(metric));
		if (missing !== void 0) yield contradict("throughput-within", `has ${missing.metric}, which ${sayLacking(task)}; use latency-p50`);
	}
}
function* findLevelProblems(limit, values) {
	if (values.traceFile != null) yield* findOpenProblems(limit, "speed", values.traceSpeed ?? []);
	else if (values.rate != null) yield* findOpenProblems(limit, "rate", values.rate);
	else yield* findConcurrencyProblems(limit, values);
}
function* findConcurrencyProblems({ metric, concurrency: level, load }, { concurrency, maxConcurrency, results }) {
	if (load !== void 0 && results != null) return;
	if (load !== void 0) {
		const [what, setting] = load === "rate" ? ["a rate", "rate"] : ["a speed", "trace-file"];
		yield contradict("limits", `has ${metric}@${nameLevel(load, level ?? 0)}, ${what}, and the levels are concurrencies; give ${setting}, or write for example ${metric}@8`);
		return;
	}
	if (level === null && metricOf(metric).scope === "level" && concurrency === "auto") yield contradict("limits", `has ${metric} without a level, and concurrency: auto chooses the levels; write for example ${metric}@8, or list the levels in concurrency`);
	if (level !== null && concurrency !== void 0 && concurrency !== "auto" && !concurrency.includes(level)) yield contradict("limits", `has ${metric}@${level}, and concurrency has no level ${level}; it has ${concurrency.join(", ")}`);
	if (level !== null && concurrency === "auto" && maxConcurrency != null && level > maxConcurrency) yield contradict("limits", `has ${metric}@${level}, above max-concurrency ${maxConcurrency}; raise max-concurrency or lower the level`);
}
function* findOpenProblems({ metric, concurrency: level, load: given }, load, levels) {
	if (level === null) return;
	if (given !== load) {
		const first = levels === "auto" ? level : levels[0];
		yield contradict("limits", `has ${metric}@${nameLevel(given ?? "concurrency", level)}, a ${given ?? "concurrency"}, and the levels are ${load}s; write ${metric}@${nameLevel(load, first ?? level)}`);
	} else if (levels !== "auto" && !levels.includes(level)) {
		const setting = load === "rate" ? "rate" : "trace-speed";
		yield contradict("limits", `has ${metric}@${nameLevel(load, level)}, and ${setting} has no ${level}; it has ${levels.join(", ")}`);
	}
}
const NO_OBJECTIVES = "and there are no objectives; give slo, for example slo: ttft <= 500ms, tpot <= 50ms";
function isOfObjectives(metric) {
	return [
		"attainment",
		"goodput",
		"capacity"
	].includes(metricOf(metric).family);
}
function* findObjectiveProblems({ values, given }) {
	const streamed = values.slo?.filter(({ time }) => time !== "latency").map(({ time }) => time) ?? [];
	const task = taskOf(values);
	if (streamed.length > 0 && lacksTokens(task)) yield contradict("slo", `has ${streamed.join(", ")}, which ${sayLacking(task)}, because nothing streams; use latency`);
	if (values.slo === null && isIdle(given, "slo-share", "slo")) yield contradict("slo-share", `is a share of requests that keep objectives, ${NO_OBJECTIVES}`);
}
function* findReleaseProblems({ values, baseline, given }) {
	const isAlone = values.control === null && values.controlCommand === null;
	if (values.gate === "release" && baseline?.kind === "none" && isAlone) yield contradict("gate", "is release, which passes only on proof, and baseline is none; give a baseline or a control, or use gate: check");
	if (values.gate === "release" && values.decision === "threshold") yield contradict("decision", "is threshold, which proves nothing, and gate is release; use decision: statistical");
	if (values.decision === "threshold" && isIdle(given, "false-alarm-rate", "decision")) yield contradict("false-alarm-rate", "is kept by decision: statistical only; remove it, or decision: threshold");
}
function* findMetricProblems({ values, given }) {
	const { metrics, tolerance, throughputWithin } = values;
	const named = metrics === void 0 || metrics === "auto" ? [] : metrics;
	const task = taskOf(values);
	if (lacksTokens(task)) {
		const missing = named.filter((metric) => !isWithoutTokens(metric));
		if (missing.length > 0) yield contradict("metrics", `has ${missing.join(", ")}, which ${sayLacking(task)}; use latency-p50 or plateau-throughput`);
	}
	if (throughputWithin === null && named.some((metric) => metricOf(metric).field === "within")) yield contradict("metrics", NO_BOUND);
	if (values.slo === null) {
		const idle = named.filter(isOfObjectives);
		if (idle.length > 0) yield contradict("metrics", `has ${idle.join(", ")}, ${NO_OBJECTIVES}`);
	}
	if (metrics === void 0 || tolerance == null || !isIdle(given, "tolerance", "metrics")) return;
	const compared = new Set(metrics === "auto" ? listAutomaticMetrics(throughputWithin !== null, values.slo != null) : metrics);
	const idle = Object.keys(tolerance.byMetric).filter((metric) => !compared.has(metric));
	if (idle.length > 0) yield contradict("tolerance", `has ${idle.join(", ")}, which metrics does not compare; add it there, or remove it here`);
}
function listAutomaticMetrics(isWithinSet, isSloSet) {
	return GATED_ROWS.filter(({ automatic, field }) => {
		if (automatic === "objectives") return isSloSet;
		return automatic !== null || isWithinSet && field === "within";
	}).map(({ name }) => name);
}
// src/settings/checks/history-contradictions.ts
function* findHistoryContradictions(input) {
	yield* findBaselineProblems(input);
	yield* findAcceptProblems(input);
}
const OF_COMPARISON = [
	"metrics",
	"tolerance",
	"confirm",
	"false-alarm-rate",
	"expected-spread",
	"decision",
	"accept",
	"baseline-ref",
	"history-keep",
	"on-not-comparable"
];
function* findBaselineProblems({ values, given, baseline, entry }) {
	if (baseline === void 0) return;
	const { kind } = baseline;
	const hasControl = values.control !== null || values.controlCommand !== null;
	if (kind === "none" && !hasControl) {
		for (const name of OF_COMPARISON) if (isIdle(given, name, "baseline") && !(name === "confirm" && values.confirm === 0)) yield contradict(name, "is for comparing, and baseline is none; remove one of them");
		if (values.record === "always") yield contradict("record", "is always, and with baseline: none there is no history to record in; remove one of them");
	}
	if (kind === "release-asset" && values.record === "always") yield contradict("record", "is always, and a release asset is only read; use baseline: artifact or file:<path>");
	if (entry === "command" && (kind === "artifact" || kind === "release-asset")) yield contradict("baseline", `is ${kind}, which only the action can reach; use file:<path> or none, and "plateau compare --run" for a workflow run`);
	if (values.append === true && kind !== "file") yield contradict("append", `adds the run to a file, and baseline is ${kind}; use baseline: file:<path>, or remove it`);
	if (values.append === true && values.record === "never") yield contradict("append", "adds the run to the history, and record is never; remove one of them");
	if (kind !== "artifact" && values.baselineWorkflow != null) yield contradict("baseline-workflow", `is for baseline: artifact, and baseline is ${kind}; remove one of them`);
}
function* findAcceptProblems({ values, today }) {
	if (today === null) return;
	for (const { metric, since } of values.accept ?? []) if (since !== null && Date.parse(since) > Date.parse(today) + 864e5) yield contradict("accept", `has ${metric} since ${since}, which is still to come; write the day of the change`);
}
// src/settings/checks/model-contradictions.ts
function* findModelContradictions({ values, given, isOfMix }) {
	const { endpoint, control, model, controlModel } = values;
	for (const [name, asked, where, url] of [[
		"model",
		model,
		"endpoint",
		endpoint
	], [
		"control-model",
		controlModel,
		"control",
		control
	]]) {
		if (asked == null || url == null || values.api === void 0 || !isMeantFor(given, name, where)) continue;
		const api = findApi(values.api === "auto" ? guessApi(url) : values.api);
		if (DOTS.test(asked) && standsInPath(api, url)) {
			yield contradict(name, `stands in the path of a URL with ${api.name}, in which "." and ".." name no model; give the model another name at its server`);
			continue;
		}
		if (isOfMix || !namesOther(api, url, asked)) continue;
		yield contradict(name, `is asked for nowhere, because the URL of ${where} names another one; remove it, or write it into that URL in the other's place`);
	}
}
function isMeantFor(given, name, where) {
	const value = given.get(name);
	if (value === void 0) return false;
	return value.source !== "file" || value.isOfScenario === true || given.get(where)?.isOfScenario !== true;
}
function namesOther({ modelInBody, url, urlOfModel, tasks }, endpoint, model) {
	if (urlOfModel === void 0 || modelInBody(endpoint, model) !== null) return false;
	const own = url(endpoint, tasks[0], model);
	const other = urlOfModel(own, model);
	return other === null || decodePercent(other.pathname) !== decodePercent(own.pathname);
}
const DOTS = /(^|\/)\.{1,2}$/;
function standsInPath({ url, urlOfModel, tasks: [task] }, endpoint) {
	const [one, other] = ["a", "b"].map((model) => url(endpoint, task, model));
	return one.href !== other.href || (urlOfModel?.(one, "a") ?? null) !== null;
}
// src/settings/checks/report-contradictions.ts
function* findReportContradictions(input) {
	yield* findFileProblems(input);
	yield* findArtifactProblems(input);
}
function* findFileProblems({ values, baseline }) {
	const read = [
		["config", values.config],
		["prompts-file", values.promptsFile],
		["ca-cert", values.caCert],
		["client-cert", values.clientCert],
		["client-key", values.clientKey],
		["baseline", baseline?.kind === "file" ? baseline.path : null]
	];
	const taken = new Map(read.flatMap(([setting, path]) => path == null ? [] : [[normalisePath(path), setting]]));
	for (const { setting, path } of listWritten({
		...REPORT_SETTINGS,
		...SHARD_SETTINGS
	}, values)) {
		if (path === null) continue;
		const other = taken.get(normalisePath(path));
		if (other !== void 0) yield contradict(setting, `names the same file as ${other}; give each its own`);
		else taken.set(normalisePath(path), setting);
	}
}
function normalisePath(path) {
	return path.replaceAll("\\", "/").replace(/\/(\.?\/)+/g, "/").replace(/^(\.\/)+/, "");
}
function* findArtifactProblems({ values, given, baseline }) {
	const { upload, defer, record } = values;
	if (upload === false && defer === true) yield contradict("defer", "leaves the verdict to the report job, which reads artifacts, and upload is false; remove one of them");
	if (upload === false && record === "always" && baseline?.kind === "artifact") yield contradict("record", "is always, the history is an artifact, and upload is false; remove one of them");
	if (upload === false && isIdle(given, "artifact-content", "upload")) yield contradict("artifact-content", "is what the artifact holds, and upload is false; remove one of them");
	if (defer === true && isIdle(given, "check-run", "defer")) yield contradict("check-run", "is written by the report job with defer: true; give it there, and remove it here");
	if (defer === true && isIdle(given, "comment", "defer")) yield contradict("comment", "is written by the report job with defer: true; give it there, and remove it here");
}
// src/settings/checks/results-contradictions.ts
const { results: _results, model: _model, endpointLabel: _label, ...ABOUT_ENDPOINT } = ENDPOINT_SETTINGS;
const { concurrency: _concurrency, rate: _rate, ...ABOUT_LOAD } = LOAD_SETTINGS;
const { slo, sloShare, confirm } = GATE_SETTINGS;
const { records, requestsCsv } = REPORT_SETTINGS;
const IDLE = {
	...ABOUT_ENDPOINT,
	...CONTROL_SETTINGS,
	...SESSION_SETTINGS,
	...WORKLOAD_SETTINGS,
	...ABOUT_LOAD,
	...SHARD_SETTINGS,
	slo,
	sloShare,
	confirm,
	records,
	requestsCsv
};
function* findResultsContradictions({ values, given }) {
	if (values.results == null) return;
	for (const { name } of Object.values(IDLE)) {
		if (given.get(name)?.source === "env" || !isIdle(given, name, "results")) continue;
		yield contradict(name, "does nothing with results, which were measured already; remove it, or results");
	}
}
// src/settings/checks/scenario-contradictions.ts
function* findMixContradictions(values, given) {
	if (!given.has("config")) yield contradictAlone("mix", "mixes scenarios of a config file", "config");
	if (values.traceFile != null) yield contradict("trace-file", "says what each request is, and mix is given; remove one of them");
	if (values.results != null) yield contradict("mix", "is for what is measured here, and results were measured elsewhere; remove one of them");
	if (values.crossCheck !== void 0 && values.crossCheck !== "none") yield contradict("cross-check", "compares answers of one kind, and mix is given; remove one of them");
	if (values.controlModel != null) yield contradict("control-model", "is one model, and mix lets each scenario name its own; remove one of them");
}
const LEAST_ALARM_RATE = 1e-4;
function* findScenarioContradictions({ values, given, scenarios }) {
	if (given.has("scenario") && !given.has("config")) yield contradictAlone("scenario", "is one of a config file", "config");
	if (values.mix != null) yield* findMixContradictions(values, given);
	if (scenarios === null) return;
	if (values.shard != null) yield contradict("shard", "measures a share of one scenario, and scenario is all; name one, and run the others after it");
	if (values.results != null) yield contradict("results", "are of one scenario, and scenario is all; name the one that they are of");
	if (values.format === "json") yield contradict("format", "json is the report of one scenario, and scenario is all; give report-json instead, of which each scenario writes a file of its own");
	const { falseAlarmRate } = values;
	if (falseAlarmRate !== void 0 && falseAlarmRate / scenarios < LEAST_ALARM_RATE) yield contradict("false-alarm-rate", `is shared by the ${scenarios} scenarios, and less than 0.01% is left for each; raise it, or measure fewer of them in one run`);
}
// src/settings/checks/shard-contradictions.ts
function* findShardContradictions({ values, given }) {
	const { shard, rendezvous, concurrency, rate, maxInFlight, levelDurationMs, passes } = values;
	if (shard === null) for (const { name } of Object.values(SHARD_SETTINGS)) {
		if (!isIdle(given, name, "shard")) continue;
		yield contradictAlone(name, "is for a run that several processes measure", "shard");
	}
	if (shard == null) return;
	if (rendezvous === null) yield contradict("rendezvous", "is required with shard: a folder that all shards see, or a URL that takes PUT and GET");
	if (levelDurationMs === "auto" && values.traceFile == null) yield contradict("level-duration", "must be given with shard: no shard sees how long the others need; for example 8s");
	const isOpen = rate != null || values.traceFile != null;
	const searched = {
		concurrency: isOpen ? null : concurrency,
		rate,
		"trace-speed": values.traceSpeed
	};
	for (const [name, levels] of Object.entries(searched)) {
		if (levels !== "auto") continue;
		yield contradict(name, `must be a list with shard: no shard sees what all of them measure; measure once with ${name} auto and without shard, and give the levels that it found, for example ${name === "concurrency" ? "8, 16, 32" : "1, 2, 4"}`);
	}
	if (isOpen && maxInFlight !== void 0 && maxInFlight < shard.count) yield contradict("max-in-flight", `is shared by ${shard.count} shards, of which each needs one; raise it`);
	if (passes === "auto") yield contradict("passes", "must be a number with shard: no shard sees how much the passes of all differ; for example 3");
	yield* findWhatOneDoes(values);
}
function* findWhatOneDoes(values) {
	const { candidateCommand, controlCommand, redeployCommand, control, runs, crossCheck, levelRequests } = values;
	const { serverMetrics, append, upload } = values;
	const started = {
		"candidate-command": candidateCommand,
		"control-command": controlCommand,
		"redeploy-command": redeployCommand
	};
	for (const [name, command] of Object.entries(started)) {
		if (command == null) continue;
		yield contradict(name, "is run by one process, and shards are several; start the server before them and remove it");
	}
	if (control != null) yield contradict("control", "is measured in turns that one process decides about; remove it, or shard");
	if (runs !== void 0 && runs > 1) yield contradict("runs", "must be 1 with shard; start the shards again for the next run");
	if (crossCheck === "three-point") yield contradict("cross-check", "sends a load of its own from one process; remove it, or shard");
	if (levelRequests != null) yield contradict("level-requests", "is reached at another moment by each shard; remove it, level-duration says how long a level lasts");
	if (serverMetrics instanceof URL) yield contradict("server-metrics", "are about the load of all shards, and a shard knows only its own; remove it");
	if (upload === false) yield contradict("upload", "must be on with shard: the first shard gets the parts of the others as artifacts");
	const results = [...listWritten(RUN_SETTINGS, values).filter(({ setting }) => setting !== SHARD_SETTINGS.part.name), {
		setting: "append",
		path: append === true ? "" : null
	}];
	for (const { setting, path } of results) {
		if (path === null) continue;
		yield contradict(setting, "is for what all shards come to; give it to \"plateau merge\"");
	}
}
// src/settings/checks/trace-contradictions.ts
const SAID_BY_TRACE = {
	rate: "says when requests are sent, and trace-file, too",
	concurrency: "says how many requests are under way, and a trace when they are sent",
	"max-concurrency": "says how many requests are under way, and a trace when they are sent; max-in-flight is its ceiling",
	arrivals: "says when requests are sent, and a trace has its own times",
	"prompts-file": "says what is sent, and trace-file, too; prompts with times are a trace",
	"prompts-length": "leaves out prompts, and a trace is sent as it came",
	"prompts-sample": "draws prompts, and a trace is sent as it came; level-requests sends the first of it",
	"input-tokens": "says how long prompts are, and a trace has its own lengths",
	"shared-prefix-tokens": "says what prompts share, and a trace says it itself",
	"prefix-cache": "says what prompts share, and a trace says it itself",
	turns: "make conversations that grow by answers, and a trace sends what it has",
	"batch-size": "is for generated prompts, and a trace has its own",
	"warmup-requests": "leaves out the first requests, and of a trace all are counted from its start"
};
function* findTraceContradictions({ values, given, trace }) {
	const { traceFile, traceSpeed } = values;
	if (traceFile === null && isIdle(given, "trace-speed", "trace-file")) yield contradictAlone("trace-speed", "is about a trace", "trace-file");
	if (traceFile == null) return;
	for (const [name, why] of Object.entries(SAID_BY_TRACE)) if (isIdle(given, name, "trace-file")) yield contradict(name, `${why}; remove one of them`);
	if (isIdle(given, "output-tokens", "trace-file") && trace?.lengths?.every(({ outputTokens }) => outputTokens !== null)) yield contradict("output-tokens", "says how long answers are, and every request of the trace has its own; remove it");
	if (traceSpeed === "auto" && trace?.atMs.at(-1) === 0) yield contradict("trace-speed", "searches for a speed, and all requests of the trace came at one moment, which is the same at every speed; remove it");
}
// src/settings/checks/contradictions.ts
function findContradictions(input) {
	return [
		...findAuthContradictions(input),
		...findEndpointProblems(input),
		...findModelContradictions(input),
		...findControlContradictions(input),
		...findSessionContradictions(input),
		...findWorkloadContradictions(input),
		...findLoadContradictions(input),
		...findRateContradictions(input),
		...findConversationContradictions(input),
		...findTraceContradictions(input),
		...findOpenLoopContradictions(input),
		...findCrossCheckContradictions(input),
		...findGateContradictions(input),
		...findHistoryContradictions(input),
		...findReportContradictions(input),
		...findScenarioContradictions(input),
		...findShardContradictions(input),
		...findResultsContradictions(input)
	];
}
function* findEndpointProblems({ values, given }) {
	const { versionUrl, api, task, expectVersion } = values;
	yield* findHostProblems(values);
	if (given.has("task") && task !== void 0 && task !== "auto" && api !== void 0 && api !== "auto" && findApi(api).tasks.length === 1) yield contradict("task", `is only for api: ${APIS_OF_SEVERAL_TASKS.join(" and ")}; ${api} has one task, remove task`);
	if (values.preflight === false && expectVersion != null) yield contradict("expect-version", "is checked in preflight, which is off; remove one of them");
	if (values.preflight === false && values.soak === "auto" && given.has("soak")) yield contradict("soak", "comes after preflight, which is off; set soak to off, or leave preflight on");
	if (versionUrl != null && expectVersion === null) yield contradictAlone("version-url", "is where expect-version looks", "expect-version");
	yield* findTlsProblems(values);
}
function* findTlsProblems({ endpoint, control, caCert, clientCert, clientKey, insecureTls }) {
	const onlyForTls = {
		"ca-cert": caCert != null,
		"client-cert": clientCert != null,
		"client-key": clientKey != null,
		"insecure-tls": insecureTls === true
	};
	for (const [setting, isGiven] of Object.entries(onlyForTls)) {
		if (!isGiven || endpoint?.protocol !== "http:" || control?.protocol === "https:") continue;
		yield contradict(setting, "is for an https endpoint, and this one is http; remove it or change endpoint");
	}
	if (clientCert === null && clientKey != null) yield contradict("client-key", "is the key of client-cert, which is not given; give both or remove client-key");
	if (clientKey === null && clientCert != null) yield contradict("client-cert", "is shown with its client-key, which is not given; give both or remove client-cert");
	if (insecureTls === true && caCert != null) yield contradict("ca-cert", "says whom to trust, and with insecure-tls everybody is trusted; remove one of them");
}
function* findHostProblems(values) {
	const { allowedHosts, endpoint, control, versionUrl, serverMetrics, tokenUrl } = values;
	const urls = {
		endpoint,
		control,
		"version-url": versionUrl,
		"server-metrics": serverMetrics,
		"token-url": tokenUrl
	};
	for (const [setting, url] of Object.entries(urls)) {
		if (allowedHosts == null || !(url instanceof URL) || isAllowedHost(url, allowedHosts)) continue;
		yield contradict(setting, `has the host ${url.host}, which is not among allowed-hosts; add ${spellHost(url)} there if it is right`);
	}
}
// src/settings/reading/command-form.ts
function readForm(list, ofRun) {
	const entries = Object.entries(list).map(([key, setting]) => ({
		key,
		name: ofRun[key].name,
		setting
	}));
	const byName = new Map(entries.map(({ name, setting }) => [name, setting]));
	const renamed = entries.filter(({ name, setting }) => name !== setting.name);
	const inRun = new Map(renamed.map(({ name, setting }) => [setting.name, name]));
	return {
		byName,
		settings: {
			...ofRun,
			...Object.fromEntries(entries.map(({ key, name, setting }) => [key, {
				...setting,
				name
			}]))
		},
		toRun: (given) => new Map([...given].map(([name, each]) => [inRun.get(name) ?? name, each])),
		pick: (given) => new Map([...given].filter(([name]) => byName.has(name))),
		spell: ({ setting, given, message }) => ({
			setting: byName.get(setting)?.name ?? setting,
			given,
			message: renamed.reduce((text, each) => spellFlag(text, each.name, each.setting.name), message)
		})
	};
}
function spellFlag(text, name, own) {
	return text.replace(new RegExp(`--${name}(?![\\w-])`, "g"), `--${own}`);
}
// src/settings/mix.ts
const OF_SCENARIO = /* @__PURE__ */ new Set([
	"model",
	"input-tokens",
	"output-tokens",
	"prompts-file",
	"prompts-column",
	"prompts-length",
	"prompts-sample",
	"prefix-cache",
	"shared-prefix-tokens",
	"turns",
	"think-time",
	"system-prompt-tokens",
	"images"
]);
const OF_ALL = [
	ENDPOINT_SETTINGS,
	CONTROL_SETTINGS,
	WORKLOAD_SETTINGS
].flatMap((list) => Object.values(list).map(({ name }) => name)).filter((name) => !OF_SCENARIO.has(name) && name !== "mix" && name !== "seed");
const OF_NO_MIX = /* @__PURE__ */ new Set([
	"trace-file",
	"trace-speed",
	"cross-check",
	"control-model"
]);
function pickForMix(own) {
	return new Map([...own].filter(([name]) => OF_SCENARIO.has(name)));
}
function findMixProblems(mix, file, given) {
	return mix.flatMap(({ scenario }) => {
		const refuse = (message) => ({
			setting: "mix",
			given: showValue(scenario),
			message
		});
		const own = file.mixed.get(scenario);
		if (own === void 0) return [refuse(`is not a scenario of the config file; ${suggestScenarios(scenario, file.names)}`)];
		if (own.has("mix")) return [refuse("is a mix itself; name the scenarios that it mixes")];
		return OF_ALL.filter((name) => own.has(name) && own.get(name).text.trim() !== given.get(name)?.text.trim()).map((name) => refuse(OF_NO_MIX.has(name) ? `has ${name}, which no mix takes; measure the scenario apart, or mix one without it` : `has ${name} of its own, in which all parts of a mix must agree; move it to the top of the file, or measure the scenario apart`));
	});
}
function suggestScenarios(asked, names) {
	const suggestion = suggestName(asked, names, showValue);
	const shown = names.map(showValue);
	const all = `it has ${shown.slice(0, MOST_NAMES).join(", ")}${shown.length > MOST_NAMES ? " and others" : ""}`;
	return names.length === 0 ? "it has none" : suggestion === null ? all : `${suggestion} ${all}`;
}
const MOST_NAMES = 20;
function addMix(settings, mix, scenarios) {
	const all = mix.map(({ scenario, percent }, i) => {
		const own = scenarios[i];
		const model = own.model === settings.model ? null : own.model;
		return {
			name: scenario,
			percent,
			...pickSent(own),
			...pickBeside(own),
			model
		};
	});
	const usual = all.reduce((most, each) => each.percent > most.percent ? each : most);
	return {
		...settings,
		...pickSent(usual),
		turns: null,
		images: null,
		mix: all
	};
}
function pickSent({ inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens }) {
	return {
		inputTokens,
		outputTokens,
		prompts,
		prefixCache,
		sharedPrefixTokens
	};
}
function pickBeside({ turns, thinkTime, systemPromptTokens, images }) {
	return {
		turns,
		thinkTime,
		systemPromptTokens,
		images
	};
}
// src/settings/complete.ts
const COMMAND_NAMES = {
	candidate: "candidate-command",
	control: "control-command"
};
const NOWHERE = new URL("http://nothing-is-sent.invalid");
function completeSettings(values, { promptsFile, traceFile }, { caCertPem, clientPem }, { variables, unusedProxy }, defaults, decidedBy) {
	const endpoint = values.endpoint ?? NOWHERE;
	const name = values.name ?? defaults.name ?? chooseDefaultName(values, endpoint);
	const seed = values.seed ?? name;
	const replayed = traceFile === null ? null : cutTrace(traceFile, values);
	const readPrompts = values.turns === "file" ? promptsFile?.prompts : promptsFile?.prompts.map(removeLaterTurns);
	const prompts = readPrompts === void 0 ? replayed?.prompts?.map(removeLaterTurns) ?? null : samplePrompts(readPrompts, values.promptsSample, seed);
	return {
		endpoint,
		results: values.results,
		api: values.api,
		task: values.task,
		model: values.model,
		apiKey: values.apiKey,
		auth: values.auth,
		variables,
		clientId: values.clientId,
		clientSecret: values.clientSecret,
		tokenUrl: values.tokenUrl,
		oidcAudience: values.oidcAudience,
		headers: values.headers ?? {},
		extraBody: values.extraBody ?? {},
		endpointLabel: values.endpointLabel ?? name,
		allowedHosts: values.allowedHosts ?? [],
		control: values.control,
		controlApiKey: values.controlApiKey,
		controlModel: values.controlModel,
		controlTiming: values.controlTiming,
		candidateCommand: values.candidateCommand,
		controlCommand: values.controlCommand,
		redeployCommand: values.redeployCommand,
		sessions: values.sessions,
		expectVersion: values.expectVersion,
		versionUrl: values.versionUrl,
		requestTimeoutMs: values.requestTimeoutMs,
		readyTimeoutMs: values.readyTimeoutMs,
		preflight: values.preflight,
		selfProof: values.selfProof,
		soak: values.soak,
		serverMetrics: values.serverMetrics,
		crossCheck: values.crossCheck,
		caCertPem,
		clientPem,
		insecureTls: values.insecureTls,
		proxy: values.proxy,
		unusedProxy: values.proxy === null ? unusedProxy : null,
		...completeLengths(values, replayed),
		prompts,
		trace: replayed?.trace ?? null,
		sentPrompts: promptsFile === null || prompts === null ? describeReplayed(replayed) : describeSent(promptsFile, prompts.length, values, seed),
		prefixCache: values.turns === null && replayed === null ? values.prefixCache : "allow",
		sharedPrefixTokens: values.sharedPrefixTokens,
		turns: values.turns,
		thinkTime: values.thinkTime,
		systemPromptTokens: values.systemPromptTokens,
		batchSize: values.batchSize,
		images: values.images,
		mix: null,
		seed,
		concurrency: values.concurrency,
		rate: values.rate,
		traceSpeed: values.traceSpeed,
		arrivals: values.arrivals,
		maxInFlight: values.maxInFlight,
		maxConcurrency: values.concurrency === "auto" ? values.maxConcurrency : Math.max(...values.concurrency),
		passes: values.passes,
		levelDurationMs: values.levelDurationMs,
		levelRequests: values.levelRequests,
		runs: values.runs,
		pauseMs: values.pauseMs,
		warmupRequests: replayed === null ? values.warmupRequests : 0,
		clientThreads: values.clientThreads,
		maxDurationMs: values.maxDurationMs,
		maxRequests: values.maxRequests,
		maxOutputTokens: values.maxOutputTokens,
		shard: values.shard,
		rendezvous: values.rendezvous,
		rendezvousTimeoutMs: values.rendezvousTimeoutMs,
		part: values.part ?? namePart(values.shard),
		gate: values.gate,
		limits: values.limits ?? [],
		tolerance: values.tolerance,
		metrics: values.metrics,
		throughputWithin: values.throughputWithin,
		slo: values.slo,
		sloShare: values.sloShare,
		confirm: values.confirm,
		falseAlarmRate: values.falseAlarmRate,
		expectedSpread: values.expectedSpread,
		decision: values.decision,
		onNotComparable: values.onNotComparable,
		onUnmeasured: values.onUnmeasured,
		onSkip: values.onSkip,
		name,
		baseline: values.baseline ?? defaults.baseline,
		baselineWorkflow: values.baselineWorkflow,
		baselineRef: values.baselineRef,
		record: values.record,
		historyKeep: values.historyKeep,
		accept: values.accept ?? [],
		decidedBy,
		commandNames: defaults.commandNames ?? COMMAND_NAMES,
		acceptLabel: values.acceptLabel,
		comment: values.comment,
		checkRun: values.checkRun,
		defer: values.defer,
		upload: values.upload,
		historyPage: values.historyPage,
		pricePerHour: values.pricePerHour,
		artifactContent: values.artifactContent,
		format: values.format,
		reportJson: values.reportJson,
		verdictJson: values.verdictJson,
		html: values.html,
		markdown: values.markdown,
		gitlabNote: values.gitlabNote,
		junit: values.junit,
		csv: values.csv,
		requestsCsv: values.requestsCsv,
		openmetrics: values.openmetrics,
		records: values.records,
		append: values.append,
		dryRun: values.dryRun
	};
}
const UNUSED = "not used";
function listComputed(settings) {
	return {
		"endpoint-label": settings.endpointLabel,
		baseline: renderBaselinePlace(settings.baseline),
		...listLoad(settings),
		name: settings.name,
		seed: settings.seed,
		...settings.turns !== null && { "prefix-cache": settings.prefixCache },
		...settings.part !== null && { part: settings.part }
	};
}
function describeSent({ account }, sent, { promptsLength, promptsSample }, seed) {
	const length = promptsLength === null ? null : renderCharacters(promptsLength);
	return {
		...account,
		sent,
		length,
		seed: promptsSample === null ? null : seed
	};
}
function completeLengths({ inputTokens, outputTokens }, replayed) {
	const lengths = replayed?.trace.lengths ?? null;
	if (lengths === null) return {
		inputTokens,
		outputTokens
	};
	const { input, output } = averageLengths(lengths);
	const fix = (tokens) => ({
		kind: "fixed",
		tokens
	});
	return {
		inputTokens: fix(input),
		outputTokens: output === null ? outputTokens : fix(output)
	};
}
function describeReplayed(replayed) {
	if (replayed === null) return null;
	return {
		...replayed.account,
		sent: replayed.trace.atMs.length,
		length: null,
		seed: null
	};
}
function listLoad({ rate, trace, concurrency, maxConcurrency }) {
	if (trace !== null) return Object.fromEntries(UNUSED_BY_TRACE.map((name) => [name, `${UNUSED}, a trace is given`]));
	if (rate === null) return {
		"max-concurrency": concurrency === "auto" ? String(maxConcurrency ?? "none") : `${UNUSED}, concurrency is a list`,
		arrivals: NO_RATE,
		"max-in-flight": NO_RATE,
		"trace-speed": NO_TRACE
	};
	return {
		concurrency: A_RATE,
		"max-concurrency": A_RATE,
		"trace-speed": NO_TRACE
	};
}
const UNUSED_BY_TRACE = [
	"concurrency",
	"max-concurrency",
	"rate",
	"arrivals",
	"warmup-requests"
];
const NO_RATE = `${UNUSED}, no rate is given`;
const NO_TRACE = `${UNUSED}, no trace is given`;
const A_RATE = `${UNUSED}, a rate is given`;
function namePart(shard) {
	return shard === null ? null : `.plateau/part-${shard.number}-of-${shard.count}.part`;
}
function chooseDefaultName({ scenario, model, results }, endpoint) {
	for (const text of [
		scenario,
		model,
		results === null ? readEndpointName(endpoint) : "results"
	]) {
		const name = toName(text ?? "");
		if (name !== "") return name;
	}
	return "endpoint";
}
// src/settings.ts
function resolveSettings(input) {
	const draft = draftSettings(input);
	const { values, readBytes, entry } = draft;
	return finishSettings(input, draft, {
		prompts: readPrompts(values, readBytes, entry),
		trace: readTrace(values, readBytes, entry)
	});
}
async function resolveAllSettings(input) {
	const draft = draftSettings(input);
	const { values, readBytes, entry } = draft;
	const resolved = finishSettings(input, draft, {
		prompts: await readAllPrompts(values, readBytes, entry),
		trace: await readAllTrace(values, readBytes, entry)
	});
	const { mix = null } = values;
	if (mix === null) return resolved;
	const mixed = draft.file.mixed ?? /* @__PURE__ */ new Map();
	const problems = [...findMixProblems(mix, {
		mixed,
		names: draft.file.names ?? []
	}, draft.given)];
	const settings = [];
	for (const { scenario } of mix) {
		if (problems.length > 0) break;
		const config = {
			given: layerGiven(pickForMix(mixed.get(scenario)), draft.file.given),
			problems: []
		};
		try {
			settings.push((await resolveAllSettings({
				...input,
				config,
				isOfMix: true
			})).settings);
		} catch (error) {
			if (!(error instanceof SettingsError)) throw error;
			problems.push(...joinProblems(error.problems.map((problem) => ({
				scenario,
				problem
			})), mix.length));
		}
	}
	if (problems.length > 0) throw new SettingsError(problems);
	return {
		...resolved,
		settings: addMix(resolved.settings, mix, settings)
	};
}
async function resolveScenarios(input) {
	const { file } = readSources(input);
	const scenarios = [...file.scenarios ?? []];
	if (scenarios.length === 0) return [await resolveAllSettings({
		...input,
		config: file
	})];
	const resolved = [];
	const problems = [];
	for (const [name, own] of scenarios) {
		const config = {
			given: layerGiven(own, file.given),
			problems: file.problems,
			mixed: new Map(scenarios),
			names: scenarios.map(([name]) => name)
		};
		try {
			resolved.push(await resolveAllSettings({
				...input,
				config,
				scenario: {
					name,
					own,
					count: scenarios.length
				}
			}));
		} catch (error) {
			if (!(error instanceof SettingsError)) throw error;
			problems.push(...error.problems.map((problem) => ({
				scenario: name,
				problem
			})));
		}
	}
	const names = resolved.map(({ settings }) => settings.name);
	const all = [...joinProblems(problems, scenarios.length), ...findSharedNames(names)];
	if (all.length > 0) throw new SettingsError(all);
	return resolved;
}
function readSources(input) {
	const entry = input.inputs === void 0 ? "command" : "action";
	const { list = entry === "command" ? COMMAND_SETTINGS : ACTION_SETTINGS } = input;
	const form = readForm(list, RUN_SETTINGS);
	const flags = readFlags(list, input.flags ?? []);
	const first = layerGiven(form.toRun(flags.given), input.inputs ?? /* @__PURE__ */ new Map());
	return {
		entry,
		form,
		flags,
		first,
		file: input.config ?? readConfig(first, input.readFile, entry)
	};
}
function draftSettings(input) {
	const { env, readFile, readBytes = (path) => Buffer.from(readFile(path)), scenario, defaults } = input;
	const { entry, form, flags, first, file } = readSources(input);
	const own = layerGiven(first, form.pick(readEnvironment(RUN_SETTINGS, env)), form.pick(file.given));
	const all = leaveOutUnusedCredentials(addBorrowed(RUN_SETTINGS, own, env));
	const about = {
		list: RUN_SETTINGS,
		defaultName: defaults.name
	};
	const told = scenario === void 0 ? all : tellScenario(all, scenario, about);
	const given = input.isOfMix === true ? new Map([...told].filter(([name]) => name !== "mix")) : told;
	const { values, problems } = readValues(form.settings, given, entry);
	return {
		entry,
		form,
		flags,
		file,
		given,
		values,
		problems,
		readBytes
	};
}
function finishSettings(input, { entry, form, flags, file, given, values, problems }, { prompts, trace }) {
	const { env, readFile } = input;
	const variables = readVariables(values.auth?.kind ?? "none", env);
	const certificates = readCertificates(values, readFile, entry);
	const all = [
		...file.problems,
		...problems,
		...prompts.problems,
		...trace.problems,
		...certificates.problems,
		...findContradictions({
			values,
			given,
			prompts: prompts.file?.prompts ?? trace.file?.prompts ?? null,
			trace: trace.file?.trace ?? null,
			entry,
			variables,
			baseline: values.baseline === null ? input.defaults.baseline : values.baseline,
			isOfMix: input.isOfMix === true,
			scenarios: input.scenario?.count ?? null,
			today: input.wallClock?.().toISOString().slice(0, 10) ?? null
		})
	];
	if (flags.problems.length + all.length > 0) throw new SettingsError([...flags.problems, ...all.map(form.spell)]);
	const settings = shareAlarmRate(completeSettings(values, {
		promptsFile: prompts.file,
		traceFile: trace.file
	}, certificates, {
		variables,
		unusedProxy: values.endpoint == null ? null : findUnusedProxy(env, values.endpoint)
	}, input.defaults, listDeciding(given)), input.scenario?.count ?? 1);
	const taken = listSecretVariablesIn(settings.auth.kind, variables).map((name) => variables[name]);
	return {
		settings,
		sources: describeSources(settings, given, form.byName),
		secrets: [...findSecrets(RUN_SETTINGS, given), ...taken]
	};
}
function leaveOutUnusedCredentials(given) {
	const kind = authKindOf(given.get("auth")?.text);
	if (kind === null) return given;
	const used = credentialsOf(kind);
	const isUnused = (name) => name === "control-api-key" ? !given.has("control") || !used.includes("api-key") : CREDENTIALS.includes(name) && !used.includes(name);
	return new Map([...given].filter(([name, { source }]) => source !== "env" || !isUnused(name)));
}
function describeSources(settings, given, list) {
	const computed = listComputed(settings);
	return [...[...list].map(([nameInRun, setting]) => {
		const { name, secret } = setting;
		const value = given.get(nameInRun);
		const fallback = computed[nameInRun] ?? setting.default ?? fallbackOf(setting);
		if (value === void 0) return {
			name,
			value: showValue(fallback),
			source: "default"
		};
		const shown = computed[nameInRun]?.startsWith("not used") === true ? computed[nameInRun] : value.text;
		return {
			name,
			value: secret === true ? "given, not shown" : showValue(shown),
			source: value.source
		};
	}), ...listFromEnvironment(settings)];
}
function listFromEnvironment({ auth, variables }) {
	return listSecretVariablesIn(auth.kind, variables).map((name) => ({
		name,
		value: "given, not shown",
		source: "env"
	}));
}
function fallbackOf({ derived }) {
	return typeof derived === "string" ? derived.replaceAll("`", "") : "none";
}
// src/shell/interrupt.ts
function createInterruptSignal() {
	const controller = new AbortController();
	const stop = () => {
		if (controller.signal.aborted) process.exit(EXIT.interrupted);
		controller.abort();
	};
	setImmediate(() => {
		process.on("SIGINT", stop);
		process.on("SIGTERM", stop);
	});
	return controller.signal;
}
// src/load/threads/crew.ts
function locateThread() {
	const here = import.meta.url;
	return fileURLToPath(new URL(here.endsWith(".ts") ? "./load-thread.ts" : "./load-thread.js", here));
}
function createCrew(file = locateThread()) {
	const idle = [];
	const all = /* @__PURE__ */ new Set();
	function takeThread() {
		const waiting = idle.pop();
		if (waiting !== void 0) return waiting;
		const thread = new Worker(file, {
			workerData: { origin: findClockOrigin() },
			execArgv: [],
			name: "plateau load"
		});
		thread.on("error", () => {});
		thread.on("exit", () => {
			all.delete(thread);
			if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
		});
		all.add(thread);
		return thread;
	}
	function takeThreads(count, threads, level) {
		try {
			while (threads.length < count) threads.push(takeThread());
		} catch (error) {
			throw describeDeath(error, level);
		}
	}
	return {
		carryIn: (count, what) => async (level, link) => {
			const threads = [];
			try {
				takeThreads(count, threads, level);
				return await carryInThreads(threads, what, level, link);
			} finally {
				idle.push(...threads.filter((thread) => all.has(thread)));
			}
		},
		async close() {
			await Promise.all([...all].map(async (thread) => thread.terminate()));
		}
	};
}
async function carryInThreads(threads, { endpoint, auth, workload }, level, link) {
	const tellAll = (word) => threads.forEach((thread) => tell$1(thread, word));
	const stop = () => tellAll({ kind: "stop" });
	let preparing = threads.length;
	link.stopping.addEventListener("abort", stop, { once: true });
	link.opened.addEventListener("abort", () => tellAll({ kind: "opened" }), { once: true });
	const carry = async (thread, order) => {
		const hears = new AbortController();
		try {
			return await new Promise((resolve, reject) => {
				const hear = (news) => {
					switch (news.kind) {
						case "ready":
							if (--preparing === 0) tellAll({
								kind: "begin",
								isOpen: link.onReady()
							});
							break;
						case "opened":
							tellAll({ kind: "opened" });
							link.onOpened();
							break;
						case "over":
							link.onOver();
							break;
						case "stopped":
							link.onStopped();
							break;
						case "ask":
							answer(thread, news);
							break;
						case "ended": resolve(news.facts);
					}
				};
				const die = (error) => {
					reject(describeDeath(error, level));
					link.onStopped();
				};
				listen$1(thread, hears.signal, {
					hear,
					die
				});
				tell$1(thread, {
					kind: "share",
					order
				});
			});
		} finally {
			hears.abort();
		}
	};
	async function answer(thread, { number, question }) {
		const { lend } = auth;
		if (lend === void 0) return;
		tell$1(thread, {
			kind: "answer",
			number,
			answer: await answerProofQuestion({
				...auth,
				stale: auth.stale,
				lend
			}, question, link.stopping)
		});
	}
	const { spec, board, budget, sweepStartAt, target } = level;
	const { nonce: _, ...ordered } = workload;
	const runs = threads.map(async (thread, first) => {
		const workers = listWorkers(spec).filter((_, i) => i % threads.length === first);
		return carry(thread, {
			endpoint,
			acceptedUntil: auth.acceptedUntil(),
			workload: ordered,
			spec,
			workers,
			arrivals: {
				first,
				of: threads.length
			},
			board: board.memory,
			budget: {
				limits: budget.limits,
				memory: budget.memory
			},
			sweepStartAt,
			target
		});
	});
	if (link.stopping.aborted) stop();
	const ends = await Promise.allSettled(runs);
	link.stopping.removeEventListener("abort", stop);
	for (const end of ends) if (end.status === "rejected") throw end.reason;
	const shares = ends.flatMap((end) => end.status === "fulfilled" ? end.value : []);
	if (board.values.records > board.values.failed && shares.every(({ fatal }) => fatal === null)) auth.noteAccepted({});
	return shares;
}
function tell$1(thread, word) {
	thread.postMessage(word, []);
}
function listen$1(thread, signal, { hear, die }) {
	const exit = (code) => die(/* @__PURE__ */ new Error(`it ended with code ${code}`));
	thread.on("message", hear).on("error", die).on("exit", exit);
	signal.addEventListener("abort", () => thread.off("message", hear).off("error", die).off("exit", exit), { once: true });
}
function describeDeath({ message }, { spec, target }) {
	return new EndpointError(`a thread of this client died at ${nameLoad(spec)}: ${message}`, {
		tried: `POST ${target}`,
		remedy: `${findCure(message)}, or measure with \`client-threads: 1\`; if it dies again, please report it`
	});
}
function findCure(message) {
	if (/\bE[MN]FILE\b/.test(message)) return "raise the limit of open files (`ulimit -n`)";
	if (message.includes("--allow-worker")) return "start Node with --allow-worker";
	return "give this machine more memory";
}
function nameLoad({ concurrency, open }) {
	if (open == null) return `concurrency ${concurrency}`;
	return "dueMs" in open ? `${concurrency} times the speed of the trace` : `a rate of ${concurrency}/s`;
}
// src/serving/gpu-memory.ts
const LONGEST_MS = 1e4;
const MIB = 1048576;
const METERS = [{
	program: "nvidia-smi",
	args: ["--query-gpu=memory.used", "--format=csv,noheader,nounits"],
	read: readNvidia
}, {
	program: "rocm-smi",
	args: [
		"--showmeminfo",
		"vram",
		"--json"
	],
	read: readRocm
}];
async function readGpuMemory() {
	for (const { program, args, read } of METERS) {
		const output = await askProgram(program, args);
		const used = output === null ? null : read(output);
		if (used !== null) return used;
	}
	return null;
}
function readNvidia(output) {
	return addUp(output.trim().split("\n"), 1);
}
function readRocm(output) {
	return addUp([...output.matchAll(/"VRAM Total Used Memory \(B\)":\s*"?(\d+)/g)].map(([, bytes]) => bytes), MIB);
}
function addUp(figures, unit) {
	const numbers = figures.map((figure) => figure.trim() === "" ? NaN : Number(figure));
	const total = numbers.reduce((all, each) => all + each, 0);
	return numbers.length === 0 || Number.isNaN(total) ? null : total / unit;
}
async function askProgram(program, args) {
	return new Promise((resolve) => {
		execFile(program, args, { timeout: LONGEST_MS }, (error, stdout) => resolve(error === null ? stdout : null));
	});
}
// src/serving/processes.ts
const BOUNDS = {
	graceMs: 1e4,
	killMs: 5e3
};
const CONNECT_MS = 1e3;
const LOG_BYTES = 16384;
function createProcesses(bounds = BOUNDS) {
	const begun = /* @__PURE__ */ new Set();
	return {
		async start(command, log) {
			if (!begun.has(log)) beginLog(log);
			begun.add(log);
			return startKept(command, log, bounds);
		},
		isListening,
		readGpuMemory
	};
}
function locateKeeper() {
	const here = import.meta.url;
	return fileURLToPath(new URL(here.endsWith(".ts") ? "./keeper.ts" : "./keeper.js", here));
}
async function startKept(command, log, bounds) {
	const from = sizeOf(log);
	const keeper = fork(locateKeeper(), [], {
		detached: true,
		stdio: [
			"ignore",
			"ignore",
			"ignore",
			"ipc"
		],
		env: leaveOutOwnSecrets(process.env),
		execArgv: []
	});
	let leader = null;
	const ended = new Promise((resolve) => {
		listen(keeper, (news) => {
			if (news.kind === "ended") resolve(news.how);
		});
		keeper.once("error", (error) => resolve(`could not be started: ${error.message}`));
		keeper.once("exit", () => resolve("was ended with whoever watched it"));
	});
	const started = new Promise((resolve) => {
		listen(keeper, (news) => {
			if (news.kind === "started") leader = news.pid;
			resolve();
		});
		keeper.once("exit", () => resolve());
		keeper.once("error", () => resolve());
	});
	tell(keeper, {
		kind: "start",
		command,
		log,
		mark: randomBytes(16).toString("hex"),
		bounds
	});
	await started;
	return {
		ended,
		readLog: () => readEnd(log, from),
		end: async () => endKept(keeper, leader),
		release: () => tell(keeper, { kind: "release" })
	};
}
async function endKept(keeper, leader) {
	return new Promise((resolve) => {
		listen(keeper, (news) => {
			if (news.kind === "gone") resolve(news.left);
		});
		const endGroup = () => {
			try {
				if (leader !== null) process.kill(-leader, "SIGKILL");
			} catch {}
			resolve([]);
		};
		if (keeper.exitCode !== null || keeper.signalCode !== null || !keeper.connected) return endGroup();
		keeper.once("exit", endGroup);
		tell(keeper, { kind: "end" });
	});
}
function listen(keeper, hear) {
	keeper.on("message", (news) => hear(news));
}
function tell(keeper, order) {
	keeper.send(order, () => {});
}
function leaveOutOwnSecrets(env) {
	const isOwn = (name) => /^(INPUT_|ACTIONS_(RUNTIME|RESULTS|CACHE|ID_TOKEN)_)/.test(name);
	return Object.fromEntries(Object.entries(env).flatMap(([name, text]) => text === void 0 || isOwn(name) ? [] : [[name, text]]));
}
async function isListening(url) {
	return new Promise((resolve) => {
		const socket = connect({
			...addressOf(url),
			timeout: CONNECT_MS
		});
		const end = (is) => {
			socket.destroy();
			resolve(is);
		};
		socket.once("connect", () => end(true));
		socket.once("timeout", () => end(false));
		socket.once("error", () => end(false));
	});
}
function sizeOf(path) {
	try {
		const file = openSync(path, "r");
		try {
			return fstatSync(file).size;
		} finally {
			closeSync(file);
		}
	} catch {
		return 0;
	}
}
function beginLog(path) {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, "", { mode: 384 });
}
function readEnd(path, from) {
	try {
		const file = openSync(path, "r");
		try {
			const { size } = fstatSync(file);
			const begin = Math.max(from, size - LOG_BYTES);
			const bytes = Buffer.alloc(Math.max(0, size - begin));
			return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, begin));
		} finally {
			closeSync(file);
		}
	} catch {
		return "";
	}
}
// src/shell/result-files.ts
const MOST_FILES = 64;
function readResultFiles(patterns) {
	const problems = [];
	const refuse = (given, message) => void problems.push({
		setting: "results",
		given: showValue(given),
		message
	});
	const paths = /* @__PURE__ */ new Set();
	for (const pattern of patterns) {
		const found = isFile(pattern) ? [pattern] : listFiles$1(pattern);
		if (found.length === 0) refuse(pattern, `${/[*?[{]/.test(pattern) ? "no file has such a path" : "there is no such file"}; relative paths start in the current directory`);
		for (const path of found) paths.add(path);
	}
	if (paths.size > MOST_FILES) refuse(patterns.join(", "), `names ${paths.size} files, and a run has at most ${MOST_FILES}; name those of one run`);
	const files = problems.length > 0 ? [] : [...paths].flatMap((path) => readOne(path, refuse));
	if (problems.length > 0) throw new SettingsError(problems);
	return files;
}
function readOne(path, refuse) {
	try {
		return [{
			path,
			text: readTextFile(path),
			writtenAt: statSync(path).mtime.toISOString()
		}];
	} catch (error) {
		const { code } = error;
		refuse(path, error instanceof FileRefusal ? error.message : `it cannot be read (${code ?? "unknown error"})`);
		return [];
	}
}
function isFile(path) {
	return statSync(path, { throwIfNoEntry: false }) !== void 0;
}
function listFiles$1(pattern) {
	return globSync(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true).sort(new Intl.Collator("en", { numeric: true }).compare);
}
// src/simulator/start-truth.ts
function locateTruth() {
	const here = import.meta.url;
	return fileURLToPath(new URL(here.endsWith(".ts") ? "./truth.ts" : "./truth.js", here));
}
const startTruth = async (signal) => {
	const { SystemRoot } = process.env;
	const child = fork(locateTruth(), [], {
		stdio: [
			"ignore",
			"ignore",
			"ignore",
			"ipc"
		],
		env: SystemRoot === void 0 ? {} : { SystemRoot },
		execArgv: []
	});
	const gone = new Promise((resolve) => {
		child.once("exit", () => resolve());
		child.once("error", () => resolve());
	});
	const broken = new Promise((_, reject) => {
		child.once("error", ({ message }) => reject(/* @__PURE__ */ new Error(`cannot be started: ${message}`)));
		child.once("exit", () => reject(/* @__PURE__ */ new Error("ended by itself")));
	});
	broken.catch(() => {});
	const hear = async (until) => {
		const listening = new AbortController();
		const next = once(child, "message", { signal: listening.signal });
		const late = new Promise((_, reject) => {
			const giveUp = () => reject(/* @__PURE__ */ new Error("took too long to start"));
			if (until.aborted) giveUp();
			until.addEventListener("abort", giveUp, {
				once: true,
				signal: listening.signal
			});
		});
		try {
			const [news] = await Promise.race([
				next,
				broken,
				late
			]);
			if (news.kind === "failed") throw new Error(news.how);
			return news;
		} finally {
			listening.abort();
			next.catch(() => {});
		}
	};
	const end = async () => {
		child.kill("SIGKILL");
		await gone;
	};
	try {
		const { port } = await hear(signal);
		return {
			origin: `http://127.0.0.1:${port}`,
			async readAnswers(until) {
				const told = hear(until);
				child.send({ kind: "hand over" }, () => {});
				return (await told).answers;
			},
			end
		};
	} catch (error) {
		await end();
		throw error;
	}
};
// src/shell/system-ports.ts
function createSystemPorts(env) {
	keepHeapSmall();
	return {
		clock: systemClock,
		wallClock: () => /* @__PURE__ */ new Date(),
		health: createHealthProbe,
		openTransport,
		collectGarbage: createGarbageCollector(),
		openCrew: createCrew,
		nonce: () => randomBytes(8).toString("hex"),
		runner: {
			environment: env["GITHUB_ACTIONS"] === "true" ? env["RUNNER_ENVIRONMENT"] ?? "self-hosted" : "local",
			os: process.platform,
			arch: process.arch,
			cpuCount: availableParallelism()
		},
		nodeVersion: process.versions.node,
		openFiles: readOpenFiles,
		startTruth,
		processes: createProcesses(),
		readResults: readResultFiles
	};
}
// src/commands/files.ts
function checkWritable(files, output, read = []) {
	const problems = [];
	const taken = new Map(read.flatMap(({ setting, path }) => path === null ? [] : [[identifyFile(path), setting]]));
	for (const { setting, path } of files) {
		if (path === null) continue;
		const file = identifyFile(path);
		const other = taken.get(file);
		taken.set(file, setting);
		try {
			if (other === void 0) output.checkWritable(path);
			else {
				const taker = other === setting ? "the file of two scenarios" : `the same file as ${other}`;
				problems.push({
					setting,
					given: path,
					message: `is ${taker}; give each its own`
				});
			}
		} catch (error) {
			problems.push({
				setting,
				given: path,
				message: `cannot be written: ${error.message}`
			});
		}
	}
	if (problems.length > 0) throw new SettingsError(problems);
}
function identifyFile(path) {
	for (const [at, rest] of [[resolve(path), ""], [dirname(resolve(path)), basename(path)]]) try {
		return join(realpathSync(at), rest);
	} catch {}
	return resolve(path);
}
function writeFile$1({ setting, path }, parts, output) {
	if (path === null) return true;
	try {
		output.file(path, parts);
		return true;
	} catch (error) {
		output.log(`${setting}: got "${path}"; could not be written: ${error.message}; the result stands above`);
		return false;
	}
}
// src/commands/record.ts
function historyOf({ baseline, baselineRef, record, append, historyKeep }) {
	const willSave = append || record === "always";
	switch (baseline.kind) {
		case "none":
		case "artifact":
		case "release-asset": return {
			store: null,
			joinsHistory: false
		};
		case "file": return {
			store: createFileStore({
				path: baseline.path,
				keep: historyKeep,
				upTo: baselineRef,
				willSave
			}),
			joinsHistory: willSave
		};
	}
}
async function recordRun({ store, joinsHistory }, result, { env, output, git }) {
	if (store === null) return true;
	if (!joinsHistory) {
		if (result.verdict.verdict === "no-baseline") output.log(adviseRecording(result.verdict));
		return true;
	}
	const unfit = rejectResult(result);
	if (unfit !== null) {
		output.log(`not added to the history: ${unfit}`);
		return true;
	}
	const source = await findRunSource(env, new Date(result.rows[0].startedAt), git);
	const entries = entriesOf(result.verdict, result.rows, source, result.looks.controls);
	let known;
	try {
		known = await store.save(entries);
	} catch (error) {
		if (!(error instanceof BaselineError)) throw error;
		output.log(error.message);
		return false;
	}
	output.log(known === entries.length ? `the history of ${result.verdict.name} has this run already, as ${source.runId}: it counts once` : `added to the history of ${result.verdict.name} as ${source.runId}`);
	return true;
}
function adviseRecording({ baseline }) {
	return baseline.skipped.includes("the candidate itself is among the runs and was left out") ? "the history has this run already; the next one is compared with it" : "this run is not recorded; --append makes it the first";
}
function rejectResult({ cancelled, error, reports }) {
	if (cancelled) return "the run was interrupted";
	if (error !== null) return "the endpoint ended the run";
	return reports.every(({ validity }) => validity.ok) ? null : "the run is not valid";
}
const GIT_TIMEOUT_MS = 5e3;
const COMMIT = /^[0-9a-f]{7,64}$/;
async function findRunSource(env, startedAt, git = askGit) {
	const sha = env["GITHUB_SHA"] ?? await git(["rev-parse", "HEAD"]);
	const ref = env["GITHUB_REF_NAME"] ?? await git([
		"rev-parse",
		"--abbrev-ref",
		"HEAD"
	]);
	return {
		sha: sha !== null && COMMIT.test(sha) ? sha : null,
		ref: ref === "" || ref === "HEAD" ? null : ref,
		runId: env["GITHUB_RUN_ID"] ?? nameLocalRun(startedAt),
		attempt: readPositive(env["GITHUB_RUN_ATTEMPT"]),
		event: "command",
		url: makeRunUrl(env)
	};
}
function readWorkflowRun(env) {
	const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = env;
	return id === void 0 || id === "" ? null : {
		id,
		attempt: readPositive(attempt)
	};
}
function nameLocalRun(startedAt) {
	return `local-${startedAt.toISOString().slice(0, 13)}`;
}
function makeRunUrl(env) {
	const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
	if (server === void 0 || repository === void 0 || id === void 0) return null;
	return `${server}/${repository}/actions/runs/${id}`;
}
function readPositive(text) {
	return text !== void 0 && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
async function askGit(args) {
	return new Promise((resolve) => {
		execFile("git", args, {
			timeout: GIT_TIMEOUT_MS,
			maxBuffer: 65536,
			windowsHide: true
		}, (error, stdout) => resolve(error === null ? stdout.trim() : null));
	});
}
// src/commands/measure.ts
const SERVER_LOGS = ".plateau/logs";
const NOT_COUNTED = "this job was run again, and what its attempts before measured is not in the history (--append puts it there): this one is judged alone, and a re-run until green would let a slowdown pass";
const PHASES = {
	history: "reading the recorded runs",
	preflight: "asking the endpoint what it can do, testing the clock",
	sweep: "sending load until the endpoint has settled",
	"second look": "a pause before the second look"
};
async function measureWithProgress(settings, store, { env, output, signal, system }, { knownEndpoints } = {}) {
	const { start, end, stop } = createProgress(output);
	const { hide, redact } = output;
	const log = (line) => logWrapped(output, line);
	const progress = {
		onPhase: (phase) => start(PHASES[phase]),
		onLevelStart: start,
		onLevelEnd: end
	};
	const run = readWorkflowRun(env);
	const hooks = {
		store,
		signal,
		log,
		hide,
		redact,
		awaitsLocalServer: false,
		serverLogs: SERVER_LOGS,
		...run !== null && { run },
		...knownEndpoints !== void 0 && { knownEndpoints },
		...progress
	};
	try {
		const result = await measure(settings, hooks, system(env));
		const { verdict, looks } = result;
		if ((run?.attempt ?? 1) > 1 && verdict.comparisons.length > 0 && looks.earlier === void 0) log(NOT_COUNTED);
		return result;
	} catch (error) {
		if (signal.aborted && error instanceof EndpointError) return "interrupted";
		throw error;
	} finally {
		stop();
	}
}
const LIVE_INTERVAL_MS = 500;
function createProgress(output) {
	let timer = null;
	const stop = () => {
		if (timer !== null) clearInterval(timer);
		timer = null;
	};
	return {
		start(what, at) {
			const from = performance.now();
			const show = () => {
				const seconds = (performance.now() - from) / 1e3;
				output.live(at === void 0 ? renderWait(what, seconds) : renderBar(at.place, at.level, seconds));
			};
			stop();
			if (!output.isLive) return;
			show();
			timer = setInterval(show, LIVE_INTERVAL_MS);
		},
		end(line) {
			stop();
			logWrapped(output, line);
		},
		stop
	};
}
function logWrapped(output, line) {
	output.log(output.isLive ? wrap(line, {
		width: output.columns,
		indent: 4
	}).join("\n") : line);
}
// src/commands/run.ts
var run_exports = /* @__PURE__ */ __exportAll({
	RUN_HELP: () => RUN_HELP,
	runCommand: () => runCommand
});
const RUN_HELP = {
	summary: "Measures an endpoint, checks limits, and compares with the runs recorded before",
	examples: [
		"plateau run --endpoint http://127.0.0.1:8000 --append",
		"plateau run --endpoint https://host/v1 --model llama-8b --limits 'ttft-p50@4 <= 300ms, error-rate <= 1%' --concurrency 1,2,4,8",
		"plateau run --endpoint https://workspace/serving-endpoints/llama/invocations --baseline none --report-json report.json"
	]
};
const RUN = { defaults: {
	baseline: {
		kind: "file",
		path: DEFAULT_HISTORY
	},
	name: null
} };
async function runCommand(argv, ports, form = RUN) {
	const { env, output } = ports;
	const scenarios = await resolveScenarios({
		flags: argv,
		env,
		readFile: readTextFile,
		readBytes: readBytesFile,
		wallClock: () => /* @__PURE__ */ new Date(),
		...form
	});
	for (const secret of scenarios.flatMap(({ secrets }) => secrets)) output.hide(secret);
	const { settings } = scenarios[0];
	if (settings.dryRun) {
		showDryRun(scenarios, output);
		return EXIT.passed;
	}
	const all = scenarios.map((scenario) => scenario.settings);
	checkWritable(listFiles(all), output);
	if (all.length > 1) return (await import("./command-scenarios.js")).runScenarios(all, ports);
	const history = historyOf(settings);
	if (settings.shard !== null) return (await import("./command-shard.js")).runShard(settings, settings.shard, ports);
	if (settings.candidateCommand !== null || settings.redeployCommand !== null) await import("./late.js").then((n) => n.w);
	const result = await measureWithProgress(settings, history.store, ports).catch(async (error) => {
		if (!(error instanceof EndpointError)) throw error;
		const { findJobPage, writeTrouble } = await import("./late.js").then((n) => n.w);
		writeTrouble(settings, error, output, findJobPage(env));
		if (failsUnmeasured(settings)) throw error;
		output.log(error.message);
		return null;
	});
	if (result === null) return EXIT.passed;
	if (result === "interrupted") {
		output.log("interrupted before anything was measured");
		return EXIT.interrupted;
	}
	const { deliver, findJobPage } = await import("./late.js").then((n) => n.w);
	const { code, written } = deliver(settings, result, output, findJobPage(env));
	const recorded = await recordRun(history, result, {
		env,
		output
	});
	return code === 0 && !(written && recorded) ? EXIT.refused : code;
}
function showDryRun(scenarios, output) {
	const several = scenarios.length > 1;
	const plans = several ? describePlans(scenarios.map(({ settings }) => settings)) : [];
	for (const line of plans.flatMap((plan) => output.isLive ? wrap(plan, { indent: 4 }) : plan)) output.out(`${line}\n`);
	for (const { settings, sources } of scenarios) {
		if (several) output.out(`\n${settings.name}\n`);
		if (settings.format === "json") output.json(encodeDryRun(settings, sources));
		else output.out(renderDryRun(settings, sources, output.isLive ? {} : { width: Infinity }));
	}
}
function listFiles(scenarios) {
	const files = scenarios.flatMap((settings) => {
		const { baseline } = settings;
		const joins = historyOf(settings).joinsHistory && baseline.kind === "file";
		return [...listWritten(RUN_SETTINGS, { ...settings }), {
			setting: "baseline",
			path: joins ? baseline.path : null
		}];
	});
	const isRepeated = ({ setting, path }, at) => (JOINT_FILES.has(setting) || setting === "baseline") && files.findIndex((other) => other.setting === setting && other.path === path) < at;
	return files.filter((file, i) => !isRepeated(file, i));
}
function failsUnmeasured(settings) {
	return checkOf([{
		word: "not-measured",
		byFile: false
	}], settings) === "fail";
}
export { measure as $, listYs as $n, isBoundedTwice as $r, writeWhole as $t, cutUpTo as A, say as Ai, toSlug as An, STEP_EXIT as Ar, summariseLevel as At, showValue as B, formatInterval as Bi, standOf as Bn, TOOLS as Br, conclude as Bt, createRedactor as C, linkTo$1 as Ci, figure as Cn, rowOf as Cr, renderObjectives as Ct, isReadColumn as D, quote as Di, HISTORY_SCHEMA as Dn, sha256 as Dr, findBestWithin as Dt, readConfig as E, makeWordColumn as Ei, word as En, seriesOf as Er, removeNotes as Et, splitArguments as F, formatCount as Fi, allowForUnlikeness as Fn, DOUBTS as Fr, pickSlowest as Ft, listDeciding as G, formatRange$1 as Gi, historyOf$1 as Gn, listClues as Gr, METRICS_SHARE as Gt, COMMAND_SETTINGS as H, formatLoad as Hi, findStandingStep as Hn, describeDefinitions as Hr, pickPolicy as Ht, addBorrowed as I, formatDay as Ii, boundChange as In, REASONS$1 as Ir, countNeededRequests as It, REPORT_SETTINGS as J, formatShare as Ji, HOUR_MS as Jn, formatBounded as Jr, isPrivate as Jt, run_settings_exports as K, formatRate as Ki, isTrimmed as Kn, betterOf as Kr, renderShard as Kt, readEnvironment as L, formatDuration as Li, compareMeans as Ln, describePrompts as Lr, planLevels as Lt, takeEntriesUpTo as M, writeSentence as Mi, readBaselinePlace as Mn, layTextTable as Mr, explainInvalid as Mt, readFlags as N, formatChange as Ni, findMetricsNamed as Nn, wrap as Nr, isFailing as Nt, readConfigFile as O, quoteCode as Oi, HISTORY_SETTINGS as On, EXIT as Or, readLatencyBounds as Ot, resolveFlags as P, formatConcurrency as Pi, describeSpreads as Pn, writePlain as Pr, testBinomialGreater as Pt, CONTROL_SETTINGS as Q, isLearnt as Qn, formatVisible as Qr, readTextFile as Qt, layerGiven as R, formatFailed as Ri, findSmallestVisible as Rn, describeTrace$1 as Rr, planSecondLook as Rt, tellScenario as S, keepUnit as Si, count as Sn, isUsable$1 as Sr, readObjectives as St, escapeForPattern as T, makeFigureColumn as Ti, plateauState as Tn, listSeriesSettings as Tr, mayBeKey as Tt, DECISION_SETTINGS as U, formatMs as Ui, listSteps as Un, SEARCH_ENDS as Ur, ERROR_RATE_SHARE as Ut, ACTION_SETTINGS as V, formatLevel as Vi, findSlowDrift as Vn, TOOL_NAMES as Vr, exitCodeOf as Vt, RUN_SETTINGS as W, formatOneOf as Wi, findInflation as Wn, SEARCH_END_NAMES as Wr, LOST_LEVELS_SHARE as Wt, readFormat as X, keepTogether as Xi, estimateSpread as Xn, formatRange as Xr, explainUnreadable as Xt, RESULT_FILES as Y, formatSize as Yi, assumeSpread as Yn, formatFigure as Yr, checkWritable$1 as Yt, GATE_SETTINGS as Z, groupByDay as Zn, formatSide as Zr, readBytesFile as Zt, resolveSettings as _, compareBadness as _i, decodeStrict as _n, figureOfTurn as _r, planRun as _t, measureWithProgress as a, worseningOf as ai, decodeLooks as an, pastOf as ar, redactReport as at, findSecretsInEnvironment as b, dropAbsent as bi, MAXIMUM_PASSES as bn, studentTTail as br, seriesOfRun as bt, historyOf as c, MEDIAN_ROWS as ci, HistoryError as cn, boundOf as cr, renderDryRun as ct, checkWritable as d, findMetric as di, encodeHistory as dn, explainDifference as dr, decide as dt, joinList as ei, decodeVerdict as en, poolDays as er, tellSweep as et, writeFile$1 as f, metricOf as fi, mergeHistories as fn, figureOfY as fr, believeSlope as ft, resolveScenarios as g, VERDICT_WORDS as gi, RUN_REPORT_SCHEMA as gn, figureOfScenario as gr, toReportLimits as gt, resolveAllSettings as h, VERDICT_SCHEMA as hi, runReportSchema as hn, figureOf as hr, checkLimits as ht, logWrapped as i, toNaturalChange as ii, compareAttempts as in, markOfGroup as ir, redactLooks as it, takeEntriesLeadingTo as j, stress as ji, DEFAULT_HISTORY as jn, createStyle as jr, judgeRun as jt, createFileStore as k, quoteProse as ki, toName as kn, EXIT_MEANINGS as kr, priceTokens as kt, nameLocalRun as l, METRICS as li, countKnown as ln, changeOfY as lr, removeCandidate as lt, createInterruptSignal as m, unitOf as mi, encodeRunReport as mn, findPlateau as mr, measureRun as mt, run_exports as n, labelOf as ni, LOOKS_FILE as nn, spreadOfHistory as nr, ENDPOINT_SETTINGS as nt, askGit as o, FIGURES_OF_LEVEL as oi, encodeLooks as on, averageOver as or, redactVerdict as ot, createSystemPorts as p, toleranceOf as pi, decodeRunReport as pn, observe as pr, poolProducts as pt, SHARD_SETTINGS as q, formatSha as qi, recallSegments as qn, directionOf as qr, isLoopback as qt, createProgress as r, nameOf as ri, LooksError as rn, weighAssumed as rr, redactEntry as rt, findRunSource as s, GATED_METRICS as si, mapRowsOfLooks as sn, averagePasses as sr, describePlans as st, runCommand as t, joinShortList as ti, encodeVerdict as tn, poolSquares as tr, createKnownEndpoints as tt, recordRun as u, RATE_UNITS as ui, decodeHistory as un, chooseMetrics as ur, addSides as ut, findGateContradictions as v, loadOfVerdict as vi, dropByteOrderMark as vn, rejectByHolm as vr, proveClient as vt, defuseCommands as w, listOf as wi, name as wn, findSeriesDifferences as wr, isSecretName as wt, findSecretsInherited as x, joinSentences as xi, concurrency as xn, entriesOf as xr, sumUpObjectives as xt, findSecrets as y, looksWorse as yi, escapeSigns as yn, studentTCdf as yr, levelOptionsOf as yt, readValues as z, formatFailedShare as zi, findUnlikeness as zn, describeUnsent as zr, applyAcceptances as zt };
