import { n as __exportAll } from "./rolldown-runtime.js";
import { $ as findBursts, $r as decapitalise, $t as leaveOutUnusedCredentials, A as nameCertificateTrouble, An as readEndpointName, Ar as sha256, At as toMessages, Bn as trimPath, Br as chooseLoad, Bt as openAiApi, Ci as codeOf, Cn as CROSS_CHECK_MODEL, Cr as asText, Ct as countWordsFor, Dn as describeCredential, Dt as listQuestions, E as sendEach, En as authWayOf, Et as findOpenAiPart, F as createGarbageCollector, Fn as recogniseServer, Gn as readDurations, H as keepHeapSmall, Hr as isOpenLoop, Ht as recogniseApi, I as createHealthProbe, In as recogniseServerByHeaders, It as ALL_APIS, Jn as readTurns, Jr as needsQuery, Jt as addBorrowed, K as systemClock, Kn as readLengthRange, Kr as nameLevel, Ln as forcesLength, Lt as APIS_OF_SEVERAL_TASKS, M as readForeignProtocol, Mn as findNamedField, Mr as OPEN_LOADS, N as stateTrouble, Nn as SERVER_PAGES, O as addressModel, On as explainByOwner, Or as seedRandom, Ot as measurePrompt, Pn as describeVersion, Q as explainUnread, Qn as renderLengths, R as drawNonce, Rn as replacePath, Rr as TASKS, Rt as findApi, Si as ValueError, Sn as AUTH_WORDS, Sr as asObject, St as buildTaskText, T as openTransport, Tn as WAYS, Tr as parseJson, Tt as findMisfit, Un as meanLength, Vn as fixLength, Vr as generatesTokens, Vt as readTaskInName, W as readOpenFiles, Wn as readArrivals, Wr as loadOf, Xn as renderCharacters, Xt as completeBasicPair, Yn as renderArrivals, Yt as authKindOf, Z as findTrouble, Zn as renderDurations, Zr as addressOf, Zt as credentialsOf, _ as quoteServer, _n as readHosts, _t as buildLastTurn, ai as escapeForTerminal, an as readHeaders, ar as readChoice, b as createAuthorizer, bi as FileRefusal, bn as spellHost, br as asArray, bt as UNCALIBRATED, c as planThreads, ci as groupDigits, cn as listWritten, cr as readEach, dn as showValue, dr as readShare, ei as decodePercent, en as listSecretVariables, er as SWITCH, et as readGateway, f as complaintOf, fn as spellSetting, fr as readText, g as hasOnlyReasoning, gi as showUrl, gr as findForeign, gt as weighKinds, hn as isLoopback, hr as explainUnknown, ht as createWorkload, ii as escapeForMarkdown, in as readExtraBody, ir as parseDecimal, it as assumeLone, j as readConnectionError, jn as vendorOf, k as isHttp2, kn as findKeyPlaceAt, kr as shuffle, kt as removeLaterTurns, li as joinList, ln as readEnvironment, lr as readLine, m as explainFailure, mi as pluralise, mn as isAllowedHost, mr as countEdits, ni as dropUnseen, nn as readAuth, nr as allowWord, o as describeThreads, on as defineSetting, or as readCount, pi as partOf, pn as findUnusedProxy, pr as splitList, pt as countTurns, q as systemDeadline, qn as readLengths$1, qr as nameState, qt as CREDENTIALS, ri as escapeForHtml, rn as readVariables, s as listWorkers, si as formatSeconds, sn as layerGiven, sr as readDuration, t as answerProofQuestion, ti as dropCodeMarks, tn as listSecretVariablesIn, tr as allowNone, ui as keepUnitsTogether, un as readValues, ur as readNumber, v as refusesKey, vi as BaselineError, vn as readHttpUrl, vr as listAllowed, w as getPage, wn as VENDORS, wt as createImageSource, xi as SettingsError, xn as API_NAMES, xt as buildQuery, yi as EndpointError, yn as readProxyUrl, yr as suggestName, yt as removeConversations, z as findClockOrigin, zn as taskOfPath, zt as guessApi } from "./measuring.js";
import { A as randomUUID, O as createPrivateKey, S as zstdDecompressSync, T as X509Certificate, b as gunzipSync, i as execFile, k as randomBytes, o as fork, u as connect$1 } from "./builtins.js";
import { a as sum, n as median } from "./vendor.js";
import { connect } from "node:net";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { constants, isUtf8 } from "node:buffer";
import { fileURLToPath } from "node:url";
import { copyFile, link, lstat, open, readFile, readdir, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { availableParallelism, hostname } from "node:os";
import { accessSync, closeSync, constants as constants$1, existsSync, fstatSync, fsyncSync, globSync, mkdirSync, openSync, readFileSync, readSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
// src/vocabulary/metric-rows.ts
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
		fact: of.fact,
		quantity: "time",
		phase: of.phase,
		unit: "ms",
		better: "lower",
		scope: "level",
		needs: null,
		gated: true,
		comparedOver: "levels",
		automatic: isMedian ? of.automatic : null,
		needsStream: of.needsStream,
		countsTokens: of.countsTokens,
		stopsAtKnee: of.stopsAtKnee,
		isLatencyIfWhole: of.isLatencyIfWhole,
		minorFall: null,
		defaultSpread: isMedian ? of.defaultSpread : SPREAD_OF_TAILS,
		defaultPairSpread: isMedian ? of.defaultPairSpread : PAIR_SPREAD_OF_TAILS,
		releaseTolerance: of.releaseTolerance,
		label: isMedian ? of.label : `${of.label} ${percentile}`,
		shortLabel: null,
		meaning: `${of.meaning}, ${isMedian ? "median" : `${percentile.slice(1)}th percentile`}`
	};
}
const PLAIN$1 = {
	percentile: null,
	phase: null,
	needsStream: false,
	stopsAtKnee: false,
	isLatencyIfWhole: false,
	minorFall: null
};
const QUEUED = {
	defaultSpread: .1,
	defaultPairSpread: .06,
	releaseTolerance: .15
};
const STEADY = {
	defaultSpread: .05,
	defaultPairSpread: .03,
	releaseTolerance: .1
};
const NOT_COMPARED = {
	...PLAIN$1,
	needs: null,
	gated: false,
	comparedOver: null,
	automatic: null,
	defaultSpread: null,
	defaultPairSpread: null,
	releaseTolerance: null,
	shortLabel: null
};
function rateOf(row) {
	return {
		...NOT_COMPARED,
		family: "throughput",
		better: "higher",
		scope: "level",
		...row
	};
}
const KEPT = {
	...PLAIN$1,
	better: "higher",
	scope: "level",
	needs: "slo",
	gated: true,
	comparedOver: "run",
	automatic: null,
	countsTokens: false,
	defaultSpread: .1,
	defaultPairSpread: .06,
	releaseTolerance: .1,
	shortLabel: null
};
function bestOf(row) {
	return {
		...PLAIN$1,
		...STEADY,
		family: "throughput",
		quantity: "tokens-per-second",
		unit: null,
		better: "higher",
		scope: "run",
		gated: true,
		countsTokens: "if-generated",
		...row
	};
}
// src/vocabulary/metrics.ts
const METRICS = [
	...percentilesOf({
		...QUEUED,
		family: "ttft",
		field: "ttftMs",
		fact: "ttftMs",
		phase: "prefill",
		automatic: "streamed",
		needsStream: true,
		countsTokens: false,
		stopsAtKnee: true,
		isLatencyIfWhole: true,
		label: "TTFT",
		meaning: "Time to the first generated output (text, reasoning or tool call)"
	}),
	...percentilesOf({
		...QUEUED,
		family: "ttfo",
		field: "ttfoMs",
		fact: "ttfoMs",
		phase: "reasoning",
		automatic: "reasoning",
		needsStream: true,
		countsTokens: false,
		stopsAtKnee: true,
		isLatencyIfWhole: true,
		label: "TTFO",
		meaning: "Time to the first answer text"
	}),
	...percentilesOf({
		...PLAIN$1,
		...STEADY,
		family: "tpot",
		field: "tpotMs",
		fact: "tpotMs",
		phase: "decode",
		automatic: "several-tokens",
		needsStream: true,
		countsTokens: true,
		label: "TPOT",
		meaning: "Time per output token after the first"
	}),
	...percentilesOf({
		...PLAIN$1,
		...STEADY,
		family: "inter-chunk",
		field: "interChunkMs",
		fact: null,
		automatic: null,
		needsStream: true,
		countsTokens: false,
		label: "Chunk gap",
		meaning: "Gap between chunks that carry tokens"
	}),
	...percentilesOf({
		...PLAIN$1,
		...QUEUED,
		family: "latency",
		field: "latencyMs",
		fact: "lastTokenMs",
		automatic: "whole",
		countsTokens: false,
		label: "Latency",
		meaning: "Time to the last token"
	}),
	rateOf({
		name: "throughput",
		field: "outputTokensPerSecond",
		quantity: "tokens-per-second",
		unit: "tok/s",
		countsTokens: true,
		label: "Throughput",
		meaning: "Output tokens per second of a level"
	}),
	rateOf({
		name: "input-throughput",
		field: "inputTokensPerSecond",
		quantity: "tokens-per-second",
		unit: "input tok/s",
		countsTokens: false,
		label: "Input throughput",
		meaning: "Input tokens per second of a level"
	}),
	rateOf({
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
		needs: null,
		comparedOver: "plateau",
		automatic: "always",
		label: "Plateau throughput",
		shortLabel: "Plateau",
		meaning: "Tokens per second on the plateau of the throughput curve"
	}),
	bestOf({
		name: "throughput-within",
		field: "within",
		needs: "throughput-within",
		comparedOver: "run",
		automatic: null,
		label: "Throughput within limit",
		shortLabel: "Within limit",
		meaning: "Highest tokens per second inside the latencies that `throughput-within` sets"
	}),
	{
		...KEPT,
		name: "attainment",
		family: "attainment",
		field: "attainment",
		quantity: "share",
		unit: "%",
		minorFall: 0,
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
		minorFall: .02,
		label: "Goodput",
		meaning: "Requests per second that keep all objectives of `slo`"
	},
	{
		...NOT_COMPARED,
		name: "goodput-tokens",
		family: "goodput",
		field: "goodput-tokens",
		quantity: "tokens-per-second",
		unit: "tok/s",
		better: "higher",
		scope: "level",
		needs: "slo",
		countsTokens: true,
		label: "Token goodput",
		meaning: "Output tokens per second of the requests that keep all objectives of `slo`"
	},
	{
		...KEPT,
		name: "capacity",
		family: "capacity",
		field: "capacity",
		quantity: "concurrency",
		unit: "in flight",
		scope: "run",
		automatic: "objectives",
		label: "Capacity",
		meaning: "Most requests in flight of which `slo-share` keep all objectives of `slo`"
	}
];
const METRIC_NAMES = METRICS.map(({ name }) => name);
const GATED_ROWS = METRICS.filter((metric) => metric.gated);
const GATED_METRICS = GATED_ROWS.map(({ name }) => name);
const MEDIAN_ROWS = METRICS.filter((metric) => metric.percentile === "p50");
const TAIL_ROWS = METRICS.filter((metric) => metric.percentile !== null && metric.percentile !== "p50");
const KEPT_FIGURES = ["attainment", "goodput"];
const FIGURES_OF_LEVEL = [
	"throughput",
	...[...MEDIAN_ROWS, ...TAIL_ROWS].map(({ name }) => name),
	...KEPT_FIGURES
];
function isKeptFigure(name) {
	return KEPT_FIGURES.some((kept) => kept === name);
}
function metricOfFigure(name) {
	return name === "throughput" ? "plateau-throughput" : name;
}
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
function medianOf(family) {
	return MEDIAN_ROWS.find((row) => row.family === family);
}
function rowOfTime(field) {
	return MEDIAN_ROWS.find((row) => row.field === field);
}
function rowOfRate(field) {
	return RATE_ROWS.find((row) => row.field === field);
}
function isErrorRate(row) {
	return row.field === "requests";
}
function dependsOnTokenCount({ countsTokens }, throughput) {
	return countsTokens === "if-generated" ? rowOfRate(throughput).countsTokens : countsTokens;
}
const LOAD_UNITS = {
	rate: RATE_UNITS.requestsPerSecond,
	speed: SPEED_UNIT
};
function unitOf(metric, { throughputMetric, series }) {
	const row = metricOf(metric);
	const load = loadOf(series);
	if (row.quantity === "concurrency" && load !== "concurrency") return LOAD_UNITS[load];
	return row.quantity === "time" ? null : row.unit ?? RATE_UNITS[throughputMetric];
}
function findMetric(name) {
	return BY_NAME.get(name) ?? null;
}
function findLimitedMetric(limit) {
	return findMetric(/^[a-z\d-]*/.exec(limit)[0]);
}
const DEFAULT_TOLERANCE = .05;
function toleranceOf({ gate, tolerance }, metric) {
	const given = tolerance?.byMetric[metric] ?? tolerance?.all ?? null;
	if (given !== null) return given;
	return gate === "release" ? metricOf(metric).releaseTolerance : DEFAULT_TOLERANCE;
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
	const secrets = [];
	replaceSecrets(parseObject(text) ?? {}, "nothing secret", (value) => secrets.push(String(value)));
	return secrets.flatMap((value) => [...takeWhole(value), ...splitLongWords(value)]);
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
	const value = parseJson(text);
	return typeof value === "object" ? value : null;
}
const PLACEHOLDER = "(secret)";
function replaceSecretValues(extraBody) {
	return replaceSecrets(extraBody, "nothing secret", () => PLACEHOLDER);
}
function replaceSecrets(value, holds, by) {
	if (Array.isArray(value)) return value.map((item) => replaceSecrets(item, holds, by));
	if (typeof value === "object" && value !== null) {
		const members = Object.entries(value).map(([name, member]) => {
			const below = holds === "secrets" ? holds : pickStronger(holds, holdsOf(name));
			return [name, name === "properties" ? replaceInSchema(member, below, by) : replaceSecrets(member, below, by)];
		});
		return Object.fromEntries(members);
	}
	return typeof value === "string" && holds !== "nothing secret" || typeof value === "number" && holds === "secrets" ? by(value) : value;
}
function replaceInSchema(properties, holds, by) {
	if (typeof properties !== "object" || properties === null || !Object.values(properties).every(isObject)) return replaceSecrets(properties, holds, by);
	const members = Object.entries(properties).map(([name, schema]) => [name, replaceSecrets(schema, holds, by)]);
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
const FILE_ENDING = /\.(?:csv|html|jsonl?|md|parquet|pem|svg|txt|xml|ya?ml|zip)$/;
function mayBeKey(word) {
	if (FILE_ENDING.test(word)) return false;
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
// src/settings/values/images.ts
const SIDES = {
	least: 16,
	most: 4096
};
const MOST_IMAGES = 64;
const ALLOWED = `must be how many and how large, for example 1 x 512x512: up to ${MOST_IMAGES} images with sides of ${SIDES.least} to ${SIDES.most} pixels`;
function readImages(text) {
	const numbers = text.split(/[x\u00D7]/i).map((part) => /^\d{1,5}$/.test(part.trim()) ? Number(part) : NaN);
	const [count = NaN, width = NaN, height = NaN] = numbers.length === 2 ? [1, ...numbers] : numbers;
	const isSide = (side) => side >= SIDES.least && side <= SIDES.most;
	if (numbers.length > 3 || !(count >= 1 && count <= MOST_IMAGES) || !isSide(width) || !isSide(height)) throw new ValueError(ALLOWED);
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
function addSeriesKey(fields) {
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
function encodeCanonically(value) {
	if (Array.isArray(value)) return `[${value.map(encodeCanonically).join(",")}]`;
	if (value === null || typeof value !== "object") return JSON.stringify(value);
	return `{${Object.entries(value).filter(([, member]) => member !== void 0).sort(([a], [b]) => a < b ? -1 : 1).map(([key, member]) => `${JSON.stringify(key)}:${encodeCanonically(member)}`).join(",")}}`;
}
function showLevels(levels = []) {
	return levels === "auto" ? levels : levels.join(", ") || "none";
}
const FIELDS = {
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
		show: showLevels
	},
	rates: {
		words: "rate",
		setting: "rate",
		show: showLevels
	},
	speeds: {
		words: "speed of the trace",
		setting: "trace-speed",
		show: showLevels
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
	return [...settingsOf$1(WORKLOAD_FIELDS, series.workload), ...settingsOf$1(FIELDS, series)];
}
function settingsOf$1(table, fields) {
	return Object.keys(table).flatMap((field) => {
		const { setting, show } = table[field];
		return setting === null || fields[field] === void 0 ? [] : [[setting, show(fields[field])]];
	});
}
function findSeriesDifferences(before, now) {
	return [...differencesOf(WORKLOAD_FIELDS, before.workload, now.workload), ...differencesOf(FIELDS, before, now)];
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
function buildSeries({ settings, api, task, shrunkTo = null }) {
	const { extraBody, prompts } = settings;
	return addSeriesKey({
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
// src/report/history.ts
const HISTORY_SCHEMA = "plateau/history@1";
function isSha(text) {
	return /^[0-9a-f]{7,64}$/i.test(text);
}
const ROW_FIGURES = [...MEDIAN_ROWS.map(({ name }) => name), "throughput"];
const EMPTY_HISTORY = {
	schema: HISTORY_SCHEMA,
	entries: []
};
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
	if (count >= 95e3) return `${roundTo(count / 1e6, 2)} M`;
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
	return `about ${roundTo(seconds / 3600, 1)} h`;
}
function formatDuration(seconds) {
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
function formatConcurrency(concurrency) {
	return concurrency >= 20 ? formatCount(concurrency) : String(roundTo(concurrency, 1));
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
function formatRange({ low, high }) {
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
	return isSha(sha) ? sha.slice(0, 7) : sha;
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
function roundTo(value, places) {
	return Number(value.toFixed(places));
}
// src/words/sentences.ts
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
function emphasise(of) {
	return {
		kind: "strong",
		of
	};
}
function linkTo(of, url) {
	return {
		kind: "link",
		of,
		url
	};
}
function makeList(entries, between, most = Infinity) {
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
		case "link": {
			const [written, url] = [writeSentence(quote.of, writing), parseWebUrl(quote.url)];
			return url === null ? written : writing.link(written, url.href);
		}
		case "list": return writeList(quote, writing);
	}
}
function parseWebUrl(text) {
	if (text === null || !URL.canParse(text)) return null;
	const url = new URL(text);
	return url.protocol === "https:" || url.protocol === "http:" ? url : null;
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
// src/report/clues.ts
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
// src/vocabulary/tools.ts
const TTFT_MEANINGS = {
	"token-after-send": "from sending the request, connecting included, to the first token",
	"event-after-send": "from sending the request, connecting included, to the first event of the answer, which need not hold text",
	"event-after-issue": "from handing the request to the sender, queueing there and connecting included, to the first piece of the answer"
};
const TPOT_MEANINGS = {
	"after-first": "the time from the first token to the last over all tokens but the first",
	"with-first": "the time of the whole request over all its tokens, the wait for the first one included",
	"after-first-piece": "the time from the first piece of the answer to its end over the tokens after that piece"
};
const VLLM_BENCH = {
	ttft: "event-after-send",
	tpot: "after-first",
	gapName: "its ITL, between events",
	levels: "--max-concurrency N and no --request-rate"
};
const TOOLS = {
	guidellm: {
		ttft: "token-after-send",
		tpot: "with-first",
		gapName: "its inter-token latency, the mean of each request after its first token",
		levels: "--profile kind=concurrent and its streams, or synchronous"
	},
	"vllm bench serve": VLLM_BENCH,
	"vllm-bench": VLLM_BENCH,
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
// src/words/terminal.ts
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
function layStyledTable(table, style, paint = (row, _i) => row) {
	if (table.rows.length === 0) return [];
	const [headings, ...rows] = layTextTable(table);
	return [style.dim(headings), ...rows.map(paint)];
}
function layExplained(table, words, style) {
	if (table.rows.length === 0) return [];
	return [...layStyledTable(table, style), ...wrap(writePlain(words), { indent: 2 }).map(style.dim)];
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
function joinSections(sections) {
	return `${sections.filter((lines) => lines.some((line) => line !== "")).map((lines) => lines.join("\n")).join("\n\n")}\n`;
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
// src/report/history-row.ts
const REASONING_SHARE = .5;
const LONGEST_TEXT = 200;
function buildRow(report) {
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
		traits: judgeTraits(report)
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
		tails: roundTails(level),
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
function roundTails(level) {
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
function judgeTraits({ levels, validity, capabilities }) {
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
function isUsable({ reasons }) {
	return !reasons.some((reason) => UNUSABLE.includes(reason));
}
function buildEntries(verdict, rows, source, controls = []) {
	if (!isUsable(verdict)) return [];
	const segments = {};
	for (const comparison of verdict.comparisons) {
		const mark = chooseMark(comparison);
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
function chooseMark({ verdict, worsening, doubt }) {
	if (verdict === "accepted") return "accepted";
	return verdict === "regressed" || verdict === "improved" || verdict === "not-measured" && worsening !== null || doubt === "slower-alike" ? "opens" : null;
}
// src/settings/values/objectives.ts
const OBJECTIVE_TIMES = [
	"ttft",
	"ttfo",
	"tpot",
	"latency"
];
const UNITS$1 = /* @__PURE__ */ new Map([["ms", 1], ["s", 1e3]]);
const EXAMPLE$5 = "ttft <= 500ms, tpot <= 50ms";
const LONGEST_MS$4 = 864e5;
const IN_ORDER = [
	["ttft", "ttfo"],
	["ttft", "latency"],
	["ttfo", "latency"],
	["tpot", "latency"]
];
function readObjectives(text) {
	const objectives = readEach(splitList(text), readObjective);
	if (objectives.length === 0) throw new ValueError(`must hold at least one objective, for example ${EXAMPLE$5}`);
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
	if (op === void 0) throw new ValueError(`has "${showText(text)}", which is not of the form time <= value unit, for example ${EXAMPLE$5}`);
	const time = readTime(name.trim());
	if (op !== "<=" && op !== "\u2264") throw new ValueError(`has ${time} ${op}; an objective is what a time is at most, so write <=`);
	return {
		time,
		atMostMs: readBound(amount.trim(), time)
	};
}
function readTime(name) {
	const time = OBJECTIVE_TIMES.find((known) => known === name);
	if (time !== void 0) return time;
	const shown = showText(name);
	const family = OBJECTIVE_TIMES.find((known) => name.startsWith(`${known}-`) || name.startsWith(`${known}@`));
	if (family !== void 0) throw new ValueError(`has "${shown}", and an objective is about every single request; write ${family}, and slo-share for how many of them must keep it`);
	const suggestion = suggestName(name, OBJECTIVE_TIMES) ?? `known are ${OBJECTIVE_TIMES.join(", ")}`;
	throw new ValueError(`has the unknown time "${shown}"; ${suggestion}`);
}
function readBound(text, time) {
	const names = [...UNITS$1.keys()].join(" or ");
	const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text) ?? [];
	if (number === void 0) throw new ValueError(`has "${showText(text)}" for ${time}, which is not a number with its unit (${names})`);
	const factor = UNITS$1.get(unit);
	if (factor === void 0) {
		const what = unit === "" ? "without a unit" : `in "${showText(unit)}"`;
		throw new ValueError(`has ${time} ${what}; write the unit, ${names}, for example ${number}ms`);
	}
	const atMostMs = Number((Number(number) * factor).toFixed(6));
	if (atMostMs === 0 || atMostMs > LONGEST_MS$4) throw new ValueError(`has ${time} at ${showText(text)}; must be above 0 and at most a day (86400s)`);
	return atMostMs;
}
function showText(text) {
	return escapeForTerminal(text, 40);
}
// src/settings/values/limits.ts
const UNITS = {
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
	if (op === void 0 || !/^[A-Za-z][\w-]*$/.test(name) || /\s/.test(level ?? "")) throw new ValueError(`has "${cutText(text)}", which is not of the form metric[@concurrency] op value unit, for example ${EXAMPLE$4}`);
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
	const amount = quantity === "share" ? `${roundExactly(value * 100)}%` : `${value}${UNITS[quantity].keys().next().value}`;
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
	throw new ValueError(`has the unknown metric "${cutText(name)}"; ${suggestion}`);
}
function readLevel(text, metric) {
	if (text === void 0) return { concurrency: null };
	if (metric.scope === "run") throw new ValueError(`has ${metric.name}@${cutText(text)}, but ${metric.name} is a figure of the whole run; remove the @`);
	const [number = ""] = /^\d{1,6}(?:\.\d{1,6})?/.exec(text) ?? [];
	const open = OPEN_LOADS.find((load) => text === nameLevel(load, number));
	if (Number(number) > 0 && open !== void 0) return {
		concurrency: Number(number),
		load: open
	};
	if (!/^[1-9]\d{0,5}$/.test(text)) throw new ValueError(`has ${metric.name}@${cutText(text)}; after @ stands a concurrency, for example ${metric.name}@8, a rate, ${metric.name}@50/s, or a speed, ${metric.name}@2x`);
	return { concurrency: Number(text) };
}
function readOp(op, metric) {
	const wanted = metric.better === "lower" ? "<=" : ">=";
	if ((op === "\u2264" ? "<=" : op === "\u2265" ? ">=" : op) !== wanted) throw new ValueError(`has ${metric.name} ${op}; ${metric.better} is better for ${metric.name}, so write ${wanted}`);
	return wanted;
}
function readAmount(text, metric) {
	const units = UNITS[metric.quantity];
	const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text.trim());
	const names = [...units.keys()].join(" or ");
	if (match === null) {
		const wanted = names === "" ? "a number" : `a number with its unit (${names})`;
		throw new ValueError(`has "${cutText(text)}" for ${metric.name}, which is not ${wanted}`);
	}
	const factor = units.get(match[2]);
	if (factor === void 0) {
		if (names === "") throw new ValueError(`has ${metric.name} in "${cutText(match[2])}"; it has no unit, write ${match[1]}`);
		if (match[2] === "" && metric.quantity === "share" && Number(match[1]) > 0) {
			const [asShare, asPercent] = [`${roundExactly(100 * Number(match[1]))}%`, `${match[1]}%`];
			const ask = Number(match[1]) > 1 ? `write ${asPercent}` : `is it ${asShare} or ${asPercent}?`;
			throw new ValueError(`has ${metric.name} at ${match[1]} without %; ${ask}`);
		}
		const what = match[2] === "" ? "without a unit" : `in "${cutText(match[2])}"`;
		throw new ValueError(`has ${metric.name} ${what}; write the unit, ${names}, for example ${match[1]}${[...units.keys()][0]}`);
	}
	const value = metric.quantity === "share" ? Number(match[1]) / 100 : roundExactly(Number(match[1]) * factor);
	if (metric.quantity === "share" ? value > 1 : value === 0) throw new ValueError(`has ${metric.name} at ${cutText(text)}; ${metric.quantity === "share" ? "at most 100%" : "must be above 0"}`);
	return value;
}
function roundExactly(value) {
	return Number(value.toFixed(6));
}
function cutText(text) {
	return text.length > 40 ? `${text.slice(0, 40)}\u2026` : text;
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
		return [share, joinList(names)];
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
	const lines = readEach(splitList(text), readToleranceLine);
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
function readToleranceLine(line) {
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
const EXAMPLE$3 = "tpot-p50 +18% since 2026-11-20: larger model";
const MEMBERS$1 = [
	"metric",
	"at",
	"since",
	"why"
];
function readAcceptances(text) {
	const lines = text.split(/\n|;(?=\s*[\w-]+\s+[+\u2212-]?\d)/).map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
	if (lines.length === 0) throw new ValueError(`must have at least one line, for example ${EXAMPLE$3}`);
	return readEach(lines, (line) => readAcceptance(line.startsWith("{") ? readPartsOfMap(line) : readPartsOfLine(line))).flat();
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
function readPartsOfLine(line) {
	const match = /^(\S+)\s+(\S+(?:\s+%)?)\s+since\s+(\d{4}-\d{2}-\d{2}T[\d:.]+Z|[^\s:]+)\s*(?::\s*(.*))?$/.exec(line);
	if (match === null) throw new ValueError(`must be lines of metric, how much worse, day and reason, for example ${EXAMPLE$3}`);
	return {
		metric: match[1],
		at: match[2],
		since: match[3],
		why: match[4] ?? ""
	};
}
function readPartsOfMap(json) {
	const map = asObject(parseJson(json));
	if (map === null) throw new ValueError(`must be lines such as ${EXAMPLE$3}`);
	const [key, ...others] = Object.keys(map);
	if (key !== void 0 && others.length === 0 && /\ssince\s/.test(key)) return readPartsOfLine(`${key}: ${readPlainText(map[key]).replace(/\s+/g, " ")}`);
	const unknown = Object.keys(map).find((key) => !MEMBERS$1.some((member) => member === key));
	if (unknown !== void 0) throw new ValueError(`has "${unknown}", which is not one of ${listAllowed(unknown, MEMBERS$1)}`);
	const missing = MEMBERS$1.find((member) => member !== "why" && map[member] === void 0);
	if (missing !== void 0) throw new ValueError(`must have ${missing} in every entry, for example ${EXAMPLE$3}`);
	const readMember = (member) => readPlainText(map[member]);
	return {
		metric: readMember("metric"),
		at: readMember("at"),
		since: readMember("since"),
		why: readMember("why").replace(/\s+/g, " ")
	};
}
function readPlainText(value) {
	return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
}
function isDay(text) {
	const [, day, time = "T00:00:00.000Z"] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}\.\d{3}Z)?$/.exec(text) ?? [];
	const parsed = day === void 0 ? NaN : Date.parse(`${day}${time}`);
	return !Number.isNaN(parsed) && new Date(parsed).toISOString() === `${day}${time}`;
}
// src/settings/lists/history-settings.ts
const group$7 = "Baseline";
const DEFAULT_HISTORY = ".plateau/history.json";
const HISTORY_SETTINGS = {
	name: defineSetting({
		name: "name",
		group: group$7,
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
	baseline: defineSetting({
		name: "baseline",
		group: group$7,
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
	baselineWorkflow: defineSetting({
		name: "baseline-workflow",
		group: group$7,
		help: "Workflow files whose runs on the default branch share one history",
		placeholder: "FILES",
		default: null,
		derived: "this workflow file",
		flagOnly: true,
		actionOnly: true,
		file: "list",
		read: readWorkflowFiles
	}),
	baselineRef: defineSetting({
		name: "baseline-ref",
		group: group$7,
		help: "Compare with runs up to this tag, branch or commit only",
		placeholder: "REF",
		default: null,
		derived: {
			action: "all runs; with gate: release and artifacts those up to the newest tag",
			command: "all runs"
		},
		read: readLine
	}),
	record: defineSetting({
		name: "record",
		group: group$7,
		help: "Whether this run joins the history: always, never, or auto: on the default branch; of the command with append",
		placeholder: "WORD",
		default: "auto",
		read: readChoice([
			"auto",
			"always",
			"never"
		])
	}),
	historyKeep: defineSetting({
		name: "history-keep",
		group: group$7,
		help: "Recorded runs that are kept, the newest",
		placeholder: "N",
		default: "400",
		read: readCount({
			min: 10,
			max: 2e3
		})
	}),
	accept: defineSetting({
		name: "accept",
		group: group$7,
		help: "Changes for the worse that are wanted, a line each: tpot-p50 +18% since 2026-11-20: larger model",
		placeholder: "LINES",
		default: null,
		file: "records",
		read: readAcceptances
	}),
	acceptLabel: defineSetting({
		name: "accept-label",
		group: group$7,
		help: "Label of a pull request that accepts its change; with a colon and a metric, that metric only",
		placeholder: "LABEL",
		default: "plateau-accept",
		actionOnly: true,
		read: readLine
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
// src/settings/trace.ts
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
function summariseTrace(trace) {
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
// src/settings/lists/endpoint-settings.ts
const group$6 = "Endpoint";
const PEM = {
	group: group$6,
	placeholder: "FILE",
	default: null,
	inputOnly: true,
	read: readLine
};
const ENDPOINT_SETTINGS = {
	endpoint: defineSetting({
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
	results: defineSetting({
		name: "results",
		group: group$6,
		help: `Results of a load tool to judge, in place of measuring: paths or patterns such as results/*.json, of ${TOOL_NAMES.join(", ")}; nothing is sent then, and no endpoint is needed`,
		placeholder: "PATHS",
		default: null,
		file: "list",
		read: readPaths
	}),
	api: defineSetting({
		name: "api",
		group: group$6,
		help: `What the endpoint speaks: ${API_NAMES.join(", ")}; auto finds out from the URL and the answers`,
		placeholder: "NAME",
		default: "auto",
		read: allowWord("auto", readChoice(API_NAMES))
	}),
	task: defineSetting({
		name: "task",
		group: group$6,
		help: `What the endpoint serves, where its API has several tasks (${APIS_OF_SEVERAL_TASKS.join(", ")}): ${TASKS.join(", ")}`,
		placeholder: "TASK",
		default: "auto",
		read: readChoice(["auto", ...TASKS])
	}),
	model: defineSetting({
		name: "model",
		group: group$6,
		help: "The model to ask for",
		placeholder: "NAME",
		default: null,
		derived: "the one the server names",
		common: true,
		read: readLine
	}),
	apiKey: defineSetting({
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
	auth: defineSetting({
		name: "auth",
		group: group$6,
		help: `How the client proves who it is: ${AUTH_WORDS.join(", ")} or header:<name>; auto sends the key where the API wants it`,
		placeholder: "HOW",
		default: "auto",
		inputOnly: true,
		read: readAuth
	}),
	clientId: defineSetting({
		name: "client-id",
		group: group$6,
		help: describeCredential("client-id"),
		placeholder: "ID",
		default: null,
		env: "PLATEAU_CLIENT_ID",
		inputOnly: true,
		read: readLine
	}),
	clientSecret: defineSetting({
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
	tokenUrl: defineSetting({
		name: "token-url",
		group: group$6,
		help: describeCredential("token-url"),
		placeholder: "URL",
		default: null,
		inputOnly: true,
		derived: "the host of the endpoint",
		read: readHttpUrl
	}),
	oidcAudience: defineSetting({
		name: "oidc-audience",
		group: group$6,
		help: describeCredential("oidc-audience"),
		placeholder: "TEXT",
		default: null,
		inputOnly: true,
		derived: "the address that gives out the token",
		read: readLine
	}),
	headers: defineSetting({
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
	extraBody: defineSetting({
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
	endpointLabel: defineSetting({
		name: "endpoint-label",
		group: group$6,
		help: "What reports call the endpoint; its host is not shown unless written here",
		placeholder: "TEXT",
		default: null,
		derived: "the name",
		read: readLine
	}),
	allowedHosts: defineSetting({
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
	expectVersion: defineSetting({
		name: "expect-version",
		group: group$6,
		help: "Text, a commit SHA say, that the version page or the served model must show; waited for, checked again at the end",
		placeholder: "TEXT",
		default: null,
		derived: "not checked",
		read: readLine
	}),
	versionUrl: defineSetting({
		name: "version-url",
		group: group$6,
		help: "Where expect-version looks",
		placeholder: "URL",
		default: null,
		inputOnly: true,
		derived: "/version of the endpoint",
		read: readHttpUrl
	}),
	requestTimeoutMs: defineSetting({
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
	readyTimeoutMs: defineSetting({
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
	preflight: defineSetting({
		name: "preflight",
		group: group$6,
		help: "Find out first, with a few requests, what the endpoint can do and what a run costs",
		default: "true",
		...SWITCH
	}),
	selfProof: defineSetting({
		name: "self-proof",
		group: group$6,
		help: "Before the load, measure for about a second a server on this machine that records when it sent what: how accurately this machine times, and what rate it sustains",
		default: "true",
		...SWITCH
	}),
	fullParse: defineSetting({
		name: "full-parse",
		group: group$6,
		help: "Parse every event of an answer, also those that are known by their bytes: to check that the figures are the same, for more processor time",
		default: "false",
		...SWITCH
	}),
	soak: defineSetting({
		name: "soak",
		group: group$6,
		help: "Unrecorded load until a young engine has settled, at most 60 s, and no longer than it helps: auto or off",
		placeholder: "WORD",
		default: "auto",
		read: readChoice(["auto", "off"])
	}),
	serverMetrics: defineSetting({
		name: "server-metrics",
		group: group$6,
		help: "Metrics of the server (Prometheus), read around and during the load of each level and shown beside the client's figures: auto, off or their URL",
		placeholder: "URL",
		default: "auto",
		inputOnly: true,
		read: readMetricsPlace
	}),
	crossCheck: defineSetting({
		name: "cross-check",
		group: group$6,
		help: `three-point: after the sweep, TTFT and TPOT once more from answers that do not stream, at 1, n/2 and n tokens, as ${CROSS_CHECK_MODEL} does; or none`,
		placeholder: "WORD",
		default: "none",
		commandOnly: true,
		read: readChoice(["none", "three-point"])
	}),
	caCert: defineSetting({
		name: "ca-cert",
		help: "PEM file with certificate authorities to trust besides the usual ones",
		...PEM
	}),
	clientCert: defineSetting({
		name: "client-cert",
		help: "PEM file with the client certificate for an endpoint that wants one (mTLS), and its chain; with client-key",
		...PEM
	}),
	clientKey: defineSetting({
		name: "client-key",
		help: "PEM file with the key of client-cert, without a passphrase; its content is never shown",
		...PEM
	}),
	insecureTls: defineSetting({
		name: "insecure-tls",
		group: group$6,
		help: "Accept any certificate of the endpoint, which every report then says; whoever is in between can read the key",
		default: "false",
		...SWITCH,
		inputOnly: true
	}),
	proxy: defineSetting({
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
	const key = readLine(text);
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
// src/settings/lists/control-settings.ts
const group$5 = "Control";
const CONTROL_SETTINGS = {
	control: defineSetting({
		name: "control",
		group: group$5,
		help: "URL of a deployment of main, or of one that nobody changes: measured beside the endpoint, level by level, so that what both share (the hour, the network, the machine) is no difference. It gets the same key, headers and requests",
		placeholder: "URL",
		default: null,
		derived: "none: the endpoint is measured alone",
		inputOnly: true,
		read: readHttpUrl
	}),
	controlApiKey: defineSetting({
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
	controlModel: defineSetting({
		name: "control-model",
		group: group$5,
		help: "The model to ask the control for, where it has another name there",
		placeholder: "NAME",
		default: null,
		derived: "model",
		read: readLine
	}),
	controlTiming: defineSetting({
		name: "control-timing",
		group: group$5,
		help: "turns: one is idle while the other is loaded; together: both are loaded at the same moment, in half the time, for two that share no hardware, which single requests check first",
		placeholder: "WORD",
		default: "turns",
		read: readChoice(["turns", "together"])
	})
};
const ofWhoeverStarts = {
	group: "Sessions",
	flagOnly: true,
	notInFile: "a file that others can change must not say what is run here"
};
const ofCommand = {
	...ofWhoeverStarts,
	placeholder: "COMMAND",
	default: null,
	secret: true,
	secretsIn: findSecretsInCommand,
	read: readCommand
};
const SESSION_SETTINGS = {
	candidateCommand: defineSetting({
		name: "candidate-command",
		help: "Command that starts the server to be measured at endpoint, in the foreground; it is ended with all its children. From inputs and flags only, and never for a fork",
		derived: "none: the endpoint is there",
		...ofCommand
	}),
	controlCommand: defineSetting({
		name: "control-command",
		help: "Command that starts what it is compared with, on the same machine: each session starts one, measures it, ends it, and then the other. At control, or without it at endpoint: one port is enough",
		derived: "none",
		...ofCommand
	}),
	redeployCommand: defineSetting({
		name: "redeploy-command",
		help: "Command that deploys endpoint and control anew, for deployments elsewhere: run to its end before each session, within ready-timeout",
		derived: "none: nothing is deployed anew, and there is one session",
		...ofCommand
	}),
	sessions: defineSetting({
		name: "sessions",
		help: "Sessions at most, each with both sides started anew; fewer where the first ones decide",
		placeholder: "N",
		default: "4",
		...ofWhoeverStarts,
		read: readCount({ max: 20 })
	})
};
function readCommand(text) {
	const command = readText(text);
	if (command.includes("\0")) throw new ValueError("must not hold a zero byte");
	return command;
}
// src/settings/lists/gate-settings.ts
const group$4 = "Gate";
const CONSEQUENCES = [
	"pass",
	"warn",
	"fail"
];
const GATE_SETTINGS = {
	gate: defineSetting({
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
	limits: defineSetting({
		name: "limits",
		group: group$4,
		help: "Bounds that must hold, as metric[@concurrency] op value unit (of a rate metric@50/s), by lines or commas: ttft-p90@8 <= 800ms, error-rate <= 1%",
		placeholder: "LIMITS",
		default: null,
		common: true,
		file: "list",
		read: readLimits
	}),
	tolerance: defineSetting({
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
	metrics: defineSetting({
		name: "metrics",
		group: group$4,
		help: "Metrics that are compared with the baseline: a list of names, or auto: TTFT, TPOT and plateau throughput where they exist",
		placeholder: "LIST",
		default: "auto",
		file: "list",
		read: allowWord("auto", readGatedMetrics)
	}),
	throughputWithin: defineSetting({
		name: "throughput-within",
		group: group$4,
		help: "Latencies inside which the highest throughput is sought: ttft-p90 <= 500ms, tpot-p50 <= 50ms",
		placeholder: "TIMES",
		default: null,
		file: "list",
		read: readLatencyBounds
	}),
	slo: defineSetting({
		name: "slo",
		group: group$4,
		help: "Objectives that every request is to keep, by ttft, ttfo, tpot and latency: ttft <= 500ms, tpot <= 50ms",
		placeholder: "TIMES",
		default: null,
		file: "list",
		read: readObjectives
	}),
	sloShare: defineSetting({
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
	confirm: defineSetting({
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
	falseAlarmRate: defineSetting({
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
	expectedSpread: defineSetting({
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
	decision: defineSetting({
		name: "decision",
		group: group$4,
		help: "statistical: by the spread of the history; threshold: tolerance against the median of the history, whatever the noise",
		placeholder: "WORD",
		default: "statistical",
		read: readChoice(["statistical", "threshold"])
	}),
	onNotComparable: defineSetting({
		name: "on-not-comparable",
		group: group$4,
		help: "What the check does when recorded runs exist and none can be compared, or a control could not be measured and nothing else is there to compare with: pass, warn or fail",
		placeholder: "WORD",
		default: "warn",
		read: readChoice(CONSEQUENCES)
	}),
	onUnmeasured: defineSetting({
		name: "on-unmeasured",
		group: group$4,
		help: "What the check does when the endpoint could not be measured: pass, warn or fail",
		placeholder: "WORD",
		default: "fail",
		read: readChoice(CONSEQUENCES)
	}),
	onSkip: defineSetting({
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
// src/settings/lists/load-settings.ts
const group$3 = "Load";
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
	concurrency: defineSetting({
		name: "concurrency",
		group: group$3,
		help: "Levels of the sweep: a list such as 1, 2, 4, 8; or auto: a search for the plateau and, with slo, for the capacity, at most nine levels. Runs with recorded ones to compare with have theirs",
		placeholder: "LIST",
		default: "auto",
		common: true,
		file: "list",
		read: allowWord("auto", readLevels)
	}),
	rate: defineSetting({
		name: "rate",
		group: group$3,
		help: "Levels of an open loop instead, in requests a second, with turns in conversations that begin: a list such as 5, 10, 20; or auto: a search for what the server carries, with slo inside it. Each request is sent when it is due, and its times count from then",
		placeholder: "LIST",
		default: null,
		derived: "a closed loop, by `concurrency`",
		file: "list",
		read: allowWord("auto", readOpenLevels("/s", {
			least: MOST_LOAD.leastRate,
			most: MOST_LOAD.rate
		}, ["requests a second", "5, 10, 20"]))
	}),
	traceSpeed: defineSetting({
		name: "trace-speed",
		group: group$3,
		help: "Levels of a trace: how many times faster than they came its requests are sent, a list such as 0.5, 1, 2; or auto: a search for what the server carries, with slo inside it, in windows of 30 seconds",
		placeholder: "LIST",
		default: "1",
		file: "list",
		read: allowWord("auto", readOpenLevels("x", SPEEDS, ["speeds", "0.5, 1, 2"]))
	}),
	arrivals: defineSetting({
		name: "arrivals",
		group: group$3,
		help: "When the requests of a rate are due: poisson, as from many users; constant; or gamma(cv), with gaps of that coefficient of variation (above 1: in bursts)",
		placeholder: "WORD",
		default: "poisson",
		read: readArrivals
	}),
	maxInFlight: defineSetting({
		name: "max-in-flight",
		group: group$3,
		help: "How many requests of a rate or a trace may be under way; those that come due then wait, their time runs, and the level says so",
		placeholder: "N",
		default: "1024",
		read: readCount({ max: MOST_LOAD.workers })
	}),
	maxConcurrency: defineSetting({
		name: "max-concurrency",
		group: group$3,
		help: "Where the search of concurrency: auto ends at the latest; none: where the curve, the server, this machine or a budget says so",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount({ max: MOST_LOAD.workers }))
	}),
	passes: defineSetting({
		name: "passes",
		group: group$3,
		help: "How often every level is measured, at least 2 for an interval; or auto: 3 to 10 times, until what passes differ by is small beside what runs differ by. Runs with another word here are not compared",
		placeholder: "N",
		default: "3",
		read: allowWord("auto", readCount({ max: 20 }))
	}),
	levelDurationMs: defineSetting({
		name: "level-duration",
		group: group$3,
		help: "Length of the window of one level in one pass; or auto: 3 to 8 seconds, as the passes before show to be needed (8 with level-requests). Runs with another word here are not compared",
		placeholder: "8s",
		default: "auto",
		read: allowWord("auto", readDuration({
			minMs: 100,
			maxMs: 36e5
		}))
	}),
	levelRequests: defineSetting({
		name: "level-requests",
		group: group$3,
		help: "Counted requests after which a level ends before its time",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount({ max: 1e7 }))
	}),
	runs: defineSetting({
		name: "runs",
		group: group$3,
		help: "Complete runs in one go: together they are one, sharper point of the history",
		placeholder: "N",
		default: "1",
		read: readCount({ max: 20 })
	}),
	pauseMs: defineSetting({
		name: "pause",
		group: group$3,
		help: "Pause between runs, and before a suspected change is looked at again",
		placeholder: "30s",
		default: "30s",
		read: readDuration({ maxMs: 36e5 })
	}),
	warmupRequests: defineSetting({
		name: "warmup-requests",
		group: group$3,
		help: "Uncounted requests of each worker before the window of each level",
		placeholder: "N",
		default: "1",
		read: readCount({
			min: 0,
			max: 1e3
		})
	}),
	clientThreads: defineSetting({
		name: "client-threads",
		group: group$3,
		help: "Threads of this client that carry the load: a number, at most one a core; or auto: one a core from the third on, and more where they cannot keep up",
		placeholder: "N",
		default: "auto",
		read: allowWord("auto", readCount({ max: 1024 }))
	}),
	maxDurationMs: defineSetting({
		name: "max-duration",
		group: group$3,
		help: "Budget of time for the levels of one run, preflight, soak and second look not counted; a plan that does not fit is cut and says so",
		placeholder: "15m",
		default: "15m",
		read: allowNone(readDuration({
			minMs: 1e3,
			maxMs: 864e5
		}))
	}),
	maxRequests: defineSetting({
		name: "max-requests",
		group: group$3,
		help: "Budget of requests for one run, preflight not counted",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount())
	}),
	maxOutputTokens: defineSetting({
		name: "max-output-tokens",
		group: group$3,
		help: "Budget of output tokens for one run",
		placeholder: "N",
		default: "2M",
		read: allowNone(readCount({ max: 0xe8d4a51000 }))
	})
};
function readOpenLevels(sign, { least, most }, [what, example]) {
	return (text) => {
		const levels = splitWords(text).map((entry) => parseDecimal(entry.endsWith(sign) ? entry.slice(0, -sign.length) : entry));
		if (levels.length === 0 || !levels.every((level) => level !== null && level >= least && level <= most)) throw new ValueError(`must be auto or ${what}, each from ${least} to ${most}, for example ${example}`);
		return sortOnce(levels);
	};
}
function readLevels(text) {
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
// src/settings/lists/report-settings.ts
const group$2 = "Report";
function defineFile(name, help) {
	return defineSetting({
		name,
		group: group$2,
		help,
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		read: readLine
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
	githubToken: defineSetting({
		name: "github-token",
		group: group$2,
		help: "Token that reads the history and writes the comment",
		placeholder: "TOKEN",
		default: null,
		derived: "`${{ github.token }}`",
		flagOnly: true,
		actionOnly: true,
		secret: true,
		read: readText
	}),
	comment: defineSetting({
		name: "comment",
		group: group$2,
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
	checkRun: defineSetting({
		name: "check-run",
		group: group$2,
		help: "Also write a check run of the name, Plateau: <name>, which a branch rule can require; needs checks: write",
		default: "false",
		...SWITCH,
		actionOnly: true
	}),
	defer: defineSetting({
		name: "defer",
		group: group$2,
		help: "End green and leave verdict and comment to the report job",
		default: "false",
		...SWITCH,
		actionOnly: true
	}),
	upload: defineSetting({
		name: "upload",
		group: group$2,
		help: "Keep the report and the history as artifacts of the workflow run",
		default: "true",
		...SWITCH,
		actionOnly: true
	}),
	historyPage: defineSetting({
		name: "history-page",
		group: group$2,
		help: "Put a page of all recorded runs into the report artifact: each metric over months (output history-html)",
		default: "false",
		...SWITCH,
		actionOnly: true
	}),
	pricePerHour: defineSetting({
		name: "price-per-hour",
		group: group$2,
		help: "What the server costs an hour, in any currency: the report then says what a million tokens cost",
		placeholder: "2.50",
		default: null,
		read: readNumber({
			min: 1e-4,
			max: 1e6
		})
	}),
	artifactContent: defineSetting({
		name: "artifact-content",
		group: group$2,
		help: "full, or figures: without host, server version and provisioned capacity",
		placeholder: "WORD",
		default: null,
		derived: "`figures` in public repositories, else `full`",
		actionOnly: true,
		read: readChoice(["full", "figures"])
	}),
	allowFork: defineSetting({
		name: "let-forks-use-my-key",
		group: group$2,
		help: "Measure pull_request_target runs of forks: whoever opens a pull request decides what is measured with your key",
		default: "false",
		...SWITCH,
		flagOnly: true,
		actionOnly: true
	}),
	format: defineSetting({
		name: "format",
		group: group$2,
		help: "What is written to stdout: text, json or markdown",
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
	append: defineSetting({
		name: "append",
		group: group$2,
		help: "Add this run to the history in the baseline file",
		default: "false",
		...SWITCH,
		flagOnly: true,
		commandOnly: true,
		common: true
	}),
	dryRun: defineSetting({
		name: "dry-run",
		group: group$2,
		help: "Show the plan and every setting with its source, and send nothing",
		default: "false",
		...SWITCH,
		flagOnly: true
	}),
	config: defineSetting({
		name: "config",
		group: group$2,
		help: "YAML file with settings, or with several scenarios of them",
		placeholder: "FILE",
		default: null,
		flagOnly: true,
		read: readLine
	}),
	scenario: defineSetting({
		name: "scenario",
		group: group$2,
		help: "Which scenario of the config file to measure; all: every one, one after the other, in one run",
		placeholder: "NAME",
		default: null,
		flagOnly: true,
		read: readLine
	})
};
// src/settings/lists/shard-settings.ts
const group$1 = "Shards";
const SHARD_SETTINGS = {
	shard: defineSetting({
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
	rendezvous: defineSetting({
		name: "rendezvous",
		group: group$1,
		help: "Where the shards of a run meet: a folder that all of them see, or a URL below which PUT stores a text and GET returns it",
		placeholder: "PLACE",
		default: null,
		derived: "none",
		read: readRendezvous
	}),
	rendezvousTimeoutMs: defineSetting({
		name: "rendezvous-timeout",
		group: group$1,
		help: "How long the shards wait for each other; a missing one is then named, and nothing is measured without it",
		placeholder: "5m",
		default: "5m",
		read: readDuration({ minMs: 1e3 })
	}),
	part: defineSetting({
		name: "part",
		group: group$1,
		help: "File for what this shard measured: its part of the run, which \"plateau merge\" joins with the others",
		placeholder: "FILE",
		default: null,
		derived: ".plateau/part-N-of-COUNT.part",
		commandOnly: true,
		writes: true,
		read: readLine
	})
};
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
	const line = readLine(text);
	return /^https?:/i.test(line) ? {
		kind: "url",
		url: readHttpUrl(line)
	} : {
		kind: "folder",
		folder: line
	};
}
// src/settings/lists/workload-settings.ts
const group = "Workload";
const WORKLOAD_SETTINGS = {
	inputTokens: defineSetting({
		name: "input-tokens",
		group,
		help: "Length of a prompt: a number, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or auto: 512 (256 for embeddings, rerank and score), less where the model takes less",
		placeholder: "N",
		default: "auto",
		common: true,
		read: allowWord("auto", readLengths$1)
	}),
	outputTokens: defineSetting({
		name: "output-tokens",
		group,
		help: "Length of an answer: a number, normal(mean,sd), uniform(min,max) or lognormal(mean,sd)",
		placeholder: "N",
		default: "128",
		common: true,
		read: readLengths$1
	}),
	promptsFile: defineSetting({
		name: "prompts-file",
		group,
		help: "File of prompts in whatever form it is: JSON lines with \"prompt\", \"messages\" or \"input\", a batch, ShareGPT, CSV, lines of text and others",
		placeholder: "FILE",
		default: null,
		derived: "prompts are generated",
		read: readLine
	}),
	promptsColumn: defineSetting({
		name: "prompts-column",
		group,
		help: "Member or column of prompts-file that holds the prompt, if its form does not say it; a path such as `body.text` leads inside",
		placeholder: "NAME",
		default: null,
		derived: "told by the form of the file",
		read: readLine
	}),
	promptsLength: defineSetting({
		name: "prompts-length",
		group,
		help: "Characters that a prompt of prompts-file must have to be sent, for example 100..2000, 100.. or ..2000",
		placeholder: "MIN..MAX",
		default: "none",
		derived: "any",
		read: allowNone(readLengthRange)
	}),
	promptsSample: defineSetting({
		name: "prompts-sample",
		group,
		help: "How many prompts are drawn from prompts-file by the seed, long and short ones as the file has them",
		placeholder: "N",
		default: "none",
		derived: "all of them, in their order",
		read: allowNone(readCount({ max: 1e7 }))
	}),
	traceFile: defineSetting({
		name: "trace-file",
		group,
		help: "File of requests with the times at which they came, which are sent again at these times: lengths and blocks as Mooncake writes them, or prompts of any form beside \"timestamp\". gzip too",
		placeholder: "FILE",
		default: null,
		derived: "no trace is replayed",
		read: readLine
	}),
	prefixCache: defineSetting({
		name: "prefix-cache",
		group,
		help: "avoid: unique prompts; allow: measure the cache on purpose",
		placeholder: "WORD",
		default: "avoid",
		read: readChoice(["avoid", "allow"])
	}),
	sharedPrefixTokens: defineSetting({
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
	turns: defineSetting({
		name: "turns",
		group,
		help: "Makes requests the turns of conversations, each sent with all that was said before: a number of turns, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or file: as in prompts-file",
		placeholder: "N",
		default: "none",
		derived: "each request stands alone",
		read: allowNone(allowWord("file", readTurns))
	}),
	thinkTime: defineSetting({
		name: "think-time",
		group,
		help: "How long a user waits between an answer and the next turn of the conversation: a time, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example lognormal(5s,2s)",
		placeholder: "TIME",
		default: "0s",
		read: readDurations(36e5)
	}),
	systemPromptTokens: defineSetting({
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
	batchSize: defineSetting({
		name: "batch-size",
		group,
		help: "Texts in one request: of embeddings, or documents of rerank, or pairs of score",
		placeholder: "N",
		default: "1",
		read: readCount({ max: 1e4 })
	}),
	images: defineSetting({
		name: "images",
		group,
		help: "Images in each chat, generated, how many and how large in pixels, for example 1 x 512x512; no two are the same",
		placeholder: "N x WxH",
		default: "none",
		read: allowNone(readImages)
	}),
	mix: defineSetting({
		name: "mix",
		group,
		help: "Scenarios of the config file that each level mixes, with their shares of its requests (and conversations, each counted once), for example chat 70%, rag 30%",
		placeholder: "SHARES",
		default: null,
		derived: "all requests are alike",
		file: "list",
		read: readMix
	}),
	seed: defineSetting({
		name: "seed",
		group,
		help: "Repeats everything random: order of levels, lengths, words",
		placeholder: "TEXT",
		default: null,
		derived: "the name",
		read: readLine
	})
};
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
// src/settings/lists/run-settings.ts
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
	const { values, missing, problems } = readValues(list, layerGiven(flags.given, readEnvironment(list, env)));
	const all = [
		...flags.problems,
		...missing,
		...problems
	];
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
function takeOneWord(words, setting, noun) {
	const [word, second] = words;
	if (second === void 0) return word;
	throw new SettingsError([{
		setting,
		given: second,
		message: `is one too many; give one ${noun}`
	}]);
}
function mapToRun(list, ofRun) {
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
// src/folder.ts
function createFolder(folder) {
	if (existsSync(folder) || dirname(folder) === folder) return;
	createFolder(dirname(folder));
	try {
		mkdirSync(folder);
	} catch (error) {
		if (codeOf(error) !== "EEXIST" || !existsSync(folder)) throw error;
	}
}
// src/baseline/store.ts
function refuseHistory(path, what, remedy, cause) {
	return new BaselineError(`The history ${escapeForTerminal(path, 300)} ${what}.`, {
		remedy,
		cause
	});
}
function takeEntriesUpTo(entries, ref) {
	const newest = entries.findLastIndex(({ source }) => {
		if (isSha(ref) && source.sha?.toLowerCase().startsWith(ref.toLowerCase())) return true;
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
	while (existsSync(lock) || !await createNew(lock, JSON.stringify(holder))) {
		await checkLockable(path);
		if (await takeOver(lock, clock)) continue;
		if (clock.now() >= deadline) throw await describeHolder(lock, path);
		await clock.sleep(RETRY_MS);
	}
	const isHeld = async () => (await readHolder(lock))?.token === token;
	return {
		isHeld,
		async release() {
			if (await isHeld()) await removeFile(lock);
		}
	};
}
async function checkLockable(path) {
	const lock = lockOf(path);
	if ((await stat(lock).catch(() => null))?.isDirectory() !== true) return;
	throw refuseHistory(path, `cannot be written: ${escapeForTerminal(lock, 300)} is a folder`, "remove that folder, or give another path; a file of that name is made while the history is written");
}
function lockOf(path) {
	return `${path}.lock`;
}
async function takeOver(lock, clock) {
	if (!await isStale(lock, clock)) return false;
	const guard = `${lock}.takeover`;
	if (!await createNew(guard, String(process.pid))) {
		if (await measureAgeMs(guard, clock) > TAKEOVER_MS) await removeFile(guard);
		return false;
	}
	try {
		if (!await isStale(lock, clock)) return false;
		await removeFile(lock);
		return true;
	} finally {
		await removeFile(guard);
	}
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
		await removeFile(unnamed).catch(() => {});
	}
}
async function removeFile(path) {
	try {
		await unlink(path);
	} catch (error) {
		if (codeOf(error) !== "ENOENT") throw error;
	}
}
async function describeHolder(lock, path) {
	const holder = await readHolder(lock);
	const who = holder === null ? "another process" : `process ${holder.pid} on ${escapeForTerminal(holder.host)}`;
	const remedy = `run again when it has ended; if there is no such process, delete ${escapeForTerminal(lock, 300)}`;
	return refuseHistory(path, `is being written by ${who}, for more than 30 s`, remedy);
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
				createFolder(dirname(path));
				const lock = await lockFile(path, clock);
				try {
					await removeLeftovers(path, clock);
					const before = await readHistory(path);
					const history = mergeHistories([before, {
						schema: HISTORY_SCHEMA,
						entries
					}], keep);
					const { encodeHistory } = await loadCodec();
					await replaceFile(path, encodeHistory(history), lock.isHeld);
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
async function loadCodec() {
	return import("./history.js").then((n) => n.l);
}
async function readHistory(path) {
	let text;
	try {
		const info = await lstat(path);
		if (info.isSymbolicLink()) throw refuseHistory(path, "is a symbolic link, which is not followed", "give the path of the file itself");
		if (!info.isDirectory() && !info.isFile()) throw refuseHistory(path, "is not a file", "give the path of a file");
		if (info.size > LARGEST_BYTES) throw refuseHistory(path, `has ${info.size} bytes, too many for a history`, "give the path of a file that this command has written");
		text = await readFile(path, "utf8");
	} catch (error) {
		if (codeOf(error) === "ENOENT") return EMPTY_HISTORY;
		throw describeFileTrouble(path, "read", error);
	}
	const { decodeHistory, HistoryError, NewerHistoryError } = await loadCodec();
	try {
		return decodeHistory(text);
	} catch (error) {
		if (!(error instanceof HistoryError)) throw error;
		const why = escapeForTerminal(error.message, 300);
		if (error instanceof NewerHistoryError) throw refuseHistory(path, `cannot be read: ${why}`, "update Plateau, or give this version a history of its own; nothing was changed", error);
		const known = recogniseDamage(text);
		if (known !== null) {
			const [what, remedy] = known;
			throw refuseHistory(path, `cannot be read: ${what}`, `${remedy}; nothing was changed`, error);
		}
		throw refuseHistory(path, `is damaged: ${why}`, `${await keepAside(path, text)}; ${BEGIN_ANEW}`, error);
	}
}
async function keepAside(path, text) {
	const copy = `${path}.corrupt-${sha256(text).slice(0, 8)}`;
	try {
		await copyFile(path, copy, constants$1.COPYFILE_EXCL);
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
		if (!await isHeld()) {
			const what = `Writing ${escapeForTerminal(path, 300)} took so long that another process has taken over.`;
			throw new BaselineError(what, { remedy: "run again; nothing was changed" });
		}
		await rename(temporary, path);
		syncFolder(dirname(path));
	} finally {
		await rm(temporary, { force: true });
	}
}
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
const REASONS = {
	EACCES: ["permission denied", "let the user that runs this read and write the file and its folder"],
	EPERM: ["permission denied", "let the user that runs this read and write the file and its folder"],
	EROFS: ["the file system is read-only", "give a path on a file system that can be written"],
	ENOSPC: ["the disk is full", "free some space and run again"],
	EDQUOT: ["the disk quota is used up", "free some space and run again"],
	EEXIST: ["a part of the path is there and is no folder", "give another path"],
	ENOTDIR: ["a part of the path is a file and not a folder", "give another path"],
	EISDIR: ["it is a folder", "give the path of a file, for example .plateau/history.json"],
	ELOOP: ["a symbolic link leads in circles", "give the path of the file itself"],
	ENAMETOOLONG: ["the path is too long", "give a shorter path"]
};
function describeFileTrouble(path, doing, error) {
	if (error instanceof BaselineError) return error;
	const code = codeOf(error);
	const [what, remedy] = REASONS[code ?? ""] ?? [error instanceof Error ? escapeForTerminal(error.message, 300) : "unknown error", "give another path"];
	return refuseHistory(path, `cannot be ${doing}: ${what}`, remedy, error);
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
// src/settings/prompts-file/unpack.ts
const MOST_BYTES = 1024 ** 3;
function unpack(bytes) {
	const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const compression = COMPRESSIONS.find(({ magic }) => startsWith(packed, magic));
	if (compression === void 0) return decodeText(packed, []);
	try {
		return decodeText(compression.open(packed, { maxOutputLength: MOST_BYTES }), [compression.name]);
	} catch (error) {
		const isLarge = codeOf(error) === "ERR_BUFFER_TOO_LARGE";
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
function decodeText(bytes, packing) {
	const foreign = FOREIGN.find(([magic]) => startsWith(bytes, magic));
	if (foreign !== void 0) return { refusal: foreign[1] };
	const utf16 = findUtf16(bytes);
	if (utf16 !== null) return checkText(Buffer.from(new TextDecoder(utf16).decode(bytes), "utf8"), [...packing, "UTF-16"]);
	return checkText(startsWith(bytes, "\u00EF\u00BB\u00BF") ? bytes.subarray(3) : bytes, packing);
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
function checkText(text, packing) {
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
const BYTES_AT_ONCE = 65536;
const MOST_BYTES_A_UNIT = 3;
function writeWhole(path, parts) {
	createFolder(dirname(path));
	const isFile = !existsSync(path) || statSync(path).isFile();
	const target = isFile ? `${path}.${process.pid}.part` : path;
	try {
		const file = openSync(target, "w");
		try {
			for (const bytes of gatherTexts(parts)) writeFileSync(file, bytes);
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
function* gatherTexts(parts) {
	const buffer = Buffer.allocUnsafe(BYTES_AT_ONCE);
	let filled = 0;
	for (const part of parts) {
		const mostBytes = typeof part === "string" ? part.length * MOST_BYTES_A_UNIT : Infinity;
		if (filled + mostBytes > BYTES_AT_ONCE && filled > 0) {
			yield buffer.subarray(0, filled);
			filled = 0;
		}
		if (mostBytes > BYTES_AT_ONCE) yield part;
		else filled += buffer.write(part, filled);
	}
	if (filled > 0) yield buffer.subarray(0, filled);
}
function checkWritable(path) {
	const folder = dirname(path);
	createFolder(folder);
	if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`);
	if (existsSync(path) && statSync(path).isDirectory()) throw new Error("it is a folder");
	accessSync(existsSync(path) ? path : folder, constants$1.W_OK);
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
	const code = codeOf(error);
	return `${code === "ENOENT" ? "there is no such file" : `it cannot be read (${code ?? "unknown error"})`}; relative paths start in the current directory`;
}
function checkFile(path) {
	const stats = statSync(path);
	if (stats.isDirectory()) throw new FileRefusal("is a folder; name the file in it");
	if (!stats.isFile()) throw new FileRefusal("is a device or a pipe; name a file");
	return stats.size;
}
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
		refuse(path, error instanceof FileRefusal ? error.message : `it cannot be read (${codeOf(error) ?? "unknown error"})`);
		return [];
	}
}
function isFile(path) {
	return statSync(path, { throwIfNoEntry: false }) !== void 0;
}
function listFiles$1(pattern) {
	return globSync(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true).sort(new Intl.Collator("en", { numeric: true }).compare);
}
// src/report/attempts.ts
function compareAttempts(a, b) {
	const { run = Infinity } = a;
	const { run: other = Infinity } = b;
	return run === other ? a.attempt - b.attempt : run - other;
}
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
// src/gate/ports.ts
function isInSessions({ controlCommand, redeployCommand }) {
	return controlCommand !== null || redeployCommand !== null;
}
// src/load/preflight/answer-checks.ts
const MOST_UNKNOWN = .1;
function checkAnswers(answers, specs, repeated, accepts = "identity") {
	const buffered = answers.filter((answer) => answer.buffered).length > answers.length / 2;
	const traits = [...answers, ...repeated === null ? [] : [repeated]].map(({ headers }) => readGateway(headers ?? {}));
	const encoding = answers.at(-1).headers?.["content-encoding"] ?? "identity";
	const compressed = encoding === "identity" ? null : encoding;
	const unknownEvents = answers.reduce((sum, answer) => sum + answer.unknownEvents, 0);
	const late = !buffered && answers.every(isLate);
	const burst = findBurst(answers.at(-1), repeated);
	return {
		buffered,
		compressed,
		unknownEvents,
		gateway: traits.find((one) => one?.name != null)?.name ?? null,
		findings: [
			...burst,
			...findCompression(compressed, accepts),
			...findUnknown(answers, unknownEvents),
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
function findUnknown(answers, unknown) {
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
function pickRateLimitHeaders({ headers }) {
	return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => /^(x-|anthropic-)?ratelimit/.test(name)));
}
function findLowRateLimits(rateLimit, { expected, sides }) {
	const scaleToMinute = (total) => total * 60 / sides / Math.max(60, expected.seconds);
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
// src/load/preflight/candidates.ts
function listCandidates(settings, model, auth) {
	const ways = listWays(settings);
	const nameless = model === null ? ways.find(({ api, task }) => namesModelInUrl(api, settings.endpoint, task)) : void 0;
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
	const [target] = listCandidates(settings, chooseMetModel(settings), createAuthorizer(settings, ports));
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
function namesModelInUrl(api, endpoint, task) {
	return api.url(endpoint, task, "a").href !== api.url(endpoint, task, "b").href;
}
function needsModel(api, endpoint) {
	return api.modelInBody(endpoint, "any") !== null;
}
function listWays(settings) {
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
	for (const way of targets) for (const target of listForms$1(way)) {
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
const OTHER_FORM = /max_completion_tokens|max_tokens|\b(query|documents|texts|passages|items|text_[12]|label_token_ids)\b/;
const OTHER_NAMES = {
	rerank: ["texts", "passages"],
	score: ["items"]
};
function listForms$1(target) {
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
function buildProbe(nonce) {
	return {
		prompts: ["Write a few words."],
		outputTokens: PROBE_TOKENS,
		nonce
	};
}
function isAnswered(exchange) {
	return !exchange.cancelled && (exchange.failure === null || hasOnlyReasoning(exchange));
}
function isMismatch(exchange) {
	return exchange.trouble === null && exchange.status !== null && MISMATCH_STATUS.has(exchange.status) && !refusesKey(exchange) && complaintOf(exchange)?.about !== "loading";
}
function isWaitable(exchange) {
	const { failure, status, trouble } = exchange;
	if (trouble !== null) return findTrouble(trouble.name).passes === true;
	if (failure === "client_ports") return true;
	if (refusesKey(exchange)) return false;
	if (complaintOf(exchange)?.about === "loading") return true;
	if (failure === "error_event") return complaintOf(exchange) === null;
	if (failure === "incomplete" || failure?.startsWith("timeout_") === true) return true;
	return status !== null && WAITABLE_STATUS.has(status);
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
		const refusal = await askForRefusal(wanted);
		if (refusal === null) return wanted;
		const named = findNamedField(refusal.failureMessage, wanted);
		if (named === null) return tryOneByOne(wanted);
		wanted = wanted.filter((field) => field !== named);
	}
	return wanted;
	async function tryOneByOne(fields) {
		const accepted = [];
		for (const field of fields) if (await askForRefusal([...accepted, field]) === null) accepted.push(field);
		return accepted;
	}
	async function askForRefusal(fields) {
		const [exchange] = await send(setFields(target, fields), [buildProbe(nonce())]);
		if (isAnswered(exchange)) return null;
		if (isRefusal(exchange)) return exchange;
		throw explainFailure(exchange, target);
	}
}
function isRefusal({ status, failure, cancelled }) {
	if (cancelled || status === null) return false;
	if (status === 200) return failure === "error_event" || failure === "parse" || failure === "empty";
	return REFUSAL_STATUS.has(status);
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
			if (settings.inputTokens !== "auto" || tokens / 2 < SHORTEST_AUTO) throw explainFailure(first.refused, target);
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
		const query = buildQuery(task, random, id);
		const prompts = [buildTaskText(task, Math.round(words), random, id)];
		const [exchange] = await send(target, [{
			...query,
			prompts,
			outputTokens,
			nonce: id
		}]);
		if (isAnswered(exchange)) return {
			tokens: exchange.inputTokens,
			refused: null
		};
		if (!mayBeTooLong(exchange)) throw explainFailure(exchange, target);
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
// src/load/preflight/single-requests.ts
const FULL_LENGTH_ANSWERS = 3;
function listSingles(options) {
	const workload = removeConversations(options);
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
	const error = explainFailure(answer, addressModel(target, model));
	if (part === void 0) return error;
	const { what, tried, remedy } = error;
	return new EndpointError(`${namePart$1(part)}${what}`, {
		tried,
		remedy
	});
}
function namePart$1(part) {
	return part === null ? "" : `${part}, a part of the mix: `;
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
		tried: `POST ${showUrl(addressModel(target, spec.model).url)} with all turns before it`,
		remedy: "lower `turns`, `input-tokens`, `output-tokens` or `system-prompt-tokens`"
	});
}
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
		if (!isAnswered(without)) continue;
		const whose = namePart$1(name);
		if (!isAnswered(seen)) throw refuseImages(`${whose}the endpoint`, renderImages(asked), seen, addressModel(target, model ?? void 0));
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
	if (cancelled || status === null || !REFUSES.has(status)) return explainFailure(exchange, target);
	const about = complaintOf(exchange)?.about;
	const isTooMuch = about === "context" || about === "size" || about === "batch";
	return new EndpointError(`${who} takes text, and refuses ${images} beside it (${status})${quoteServer(exchange)}`, {
		tried: `POST ${showUrl(target.url)}`,
		remedy: isTooMuch ? "make `images` fewer or smaller, or raise what the server takes of them" : "set `model` and `endpoint` to a model that takes images, and as many as that; or remove `images`"
	});
}
const ANSWER_TOKENS = 1;
async function checkLongestRequest({ trace, task, seed, outputTokens, promptModel, nonce }, send) {
	const requests = trace?.lengths ?? [];
	const usual = Math.round(meanLength(outputTokens));
	const whole = requests.map((request) => request.inputTokens + (generatesTokens(task) ? request.outputTokens ?? usual : 0));
	const most = whole.reduce((a, b) => Math.max(a, b), 0);
	if (needsQuery(task) || most * requests.length <= 1.1 * whole.reduce((a, b) => a + b, 0)) return;
	const longest = whole.indexOf(most);
	const id = nonce();
	const words = countWordsFor(most - ANSWER_TOKENS, promptModel);
	const exchange = await send({
		prompts: [buildTaskText(task, words, seedRandom(`${seed}/longest`), id)],
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
const LONGEST_MS$3 = 3e3;
const API_PATHS = ["v\\d[a-z0-9.]*|api|openai|generate(_stream)?|completions?|chat|embeddings|rerank(ing)?|ranking|score|responses|models?|infer|invocations", ...VENDORS.flatMap(({ paths = [] }) => paths)];
const API_PATH = new RegExp(`/(${API_PATHS.join("|")})(/.*)?$`, "i");
async function identifyServer(settings, target, { headers }, ports) {
	const known = recogniseServerByHeaders(headers ?? {}, VENDORS);
	const paths = target.api.serverPages;
	if (paths === void 0 || known !== null && known.apis[0] !== "llamacpp") return known;
	const [base] = basesOf(settings.endpoint);
	return await lookAtPages(settings, target, base, paths, ports) ?? known;
}
async function identifyStranger(settings, target, { headers }, ports) {
	const bases = basesOf(settings.endpoint);
	const known = recogniseServerByHeaders(headers ?? {}, VENDORS);
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
function listServerHints(server, settings) {
	if (server === null || isOpenLoop(chooseLoad({
		rate: null,
		trace: null,
		...settings
	}))) return [];
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
	const soon = AbortSignal.any([signal, deadline(LONGEST_MS$3)]);
	const pages = await Promise.all(paths.map(async (path) => [path, await getPage(settings, target, new URL(`.${path}`, base), soon)]));
	return recogniseServer(new Map(pages.flatMap(([path, page]) => page === null ? [] : [[path, page]])));
}
const MOST_NAMES$1 = 1e3;
const LONGEST_NAME = 100;
const MOST_SHOWN = 10;
async function listModels(settings, target, signal) {
	const url = target.api.modelsUrl(settings.endpoint);
	const page = url === null ? null : await getPage(settings, target, url, signal);
	return page?.status === 200 ? target.api.modelNames(parseJson(page.text)).slice(0, MOST_NAMES$1) : [];
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
async function diagnoseFailure(settings, { target, exchange }, model, ports) {
	const plainly = {
		error: explainFailure(exchange, target),
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
	const spoken = recogniseApi(exchange.answerHead ?? "", exchange.headers ?? {});
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
function addModels(error, names, model) {
	if (names === null) return model === null ? changeRemedy(error, "check the model in the path of `endpoint`") : error;
	if (names.length === 0) return changeRemedy(error, `${error.remedy}; it lists none`);
	return changeRemedy(error, `set \`model\`${model === null ? "" : `, which is ${escapeForTerminal(model)},`} to one that it lists: ${showModels(names, model)}`);
}
function changeRemedy({ what, tried }, remedy) {
	return new EndpointError(what, {
		tried,
		remedy
	});
}
function addTask(error, meant, { endpoint, api, task }, { api: asked, url }) {
	if (asked.findsTask !== true) return error;
	const end = url.pathname === trimPath(endpoint) ? TASK_END.exec(url.pathname)?.[0] : void 0;
	const off = end === void 0 ? "" : `take ${end} off the end of \`endpoint\``;
	const named = [...api === "auto" ? [] : ["`api`"], ...task === "auto" ? [] : ["`task`"]];
	const out = named.length === 0 ? "" : `leave ${named.join(" and ")} out`;
	if (meant !== null) return off === "" ? error : changeRemedy(error, `${off}, and set \`api\` to ${meant}`);
	const steps = [off, out].filter((step) => step !== "").join(" and ");
	return steps === "" ? error : changeRemedy(error, `${steps}: what the model is made for is then found`);
}
const TASK_END = /\/(chat\/completions|completions|embeddings|rerank|score|api\/\w+)$/;
function suggestApi(error, { settings, target, exchange, model }, spoken, found) {
	const { what, tried, remedy } = error;
	const asked = target.api.name;
	const looks = found === null ? null : `it looks like ${showServer(found.server)}`;
	const say = (because, todo, api = null) => ({
		error: new EndpointError(`${what}; ${because}`, {
			tried,
			remedy: todo
		}),
		other: api === null ? null : {
			api,
			because
		}
	});
	if (spoken !== null && !isKin(spoken, asked)) {
		const advice = adviseApi(settings, target, [spoken], found?.base ?? null);
		return say(looks ?? `the answer is one of ${spoken}`, advice, spoken);
	}
	if (found === null || looks === null) return {
		error,
		other: null
	};
	const { apis } = found.server;
	if (apis.length === 0) return say(looks, remedy);
	if (!apis.includes(asked)) return say(looks, adviseApi(settings, target, apis.slice(0, 2), found.base), apis[0]);
	if (target.api.needsFullUrl === true) return say(looks, remedy);
	const right = target.api.url(found.base, target.dialect.task, model);
	if (right.pathname !== target.url.pathname) return say(looks, `set \`endpoint\` to ${showUrl(found.base)}`);
	if (found.server.remedy !== void 0) return say(looks, found.server.remedy);
	const end = TASK_END.exec(right.pathname)?.[0];
	if (end !== void 0 && trimPath(settings.endpoint).endsWith(end) && exchange.status === 404 && target.api.findsTask === true) {
		const { error: without } = say(`${looks}, and has no ${end}: its model may be made for something else`, remedy);
		return {
			error: addTask(without, null, settings, target),
			other: null
		};
	}
	const native = [apis[0], "openai-chat"].find((api) => apis.includes(api) && !isKin(api, asked));
	return native === void 0 ? say(looks, remedy) : say(looks, `set \`api\` to ${native}, or check \`model\``, native);
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
// src/load/preflight/look-at-port.ts
const LONGEST_MS$2 = 3e3;
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
async function lookAtPort(exchange, settings, { wallClock, signal, deadline = systemDeadline }) {
	const { trouble } = exchange;
	if (trouble === null || settings.proxy !== null) return exchange;
	const isUnclear = UNCLEAR.has(trouble.name);
	if (!isUnclear && !ABOUT_CERTIFICATE.has(trouble.name)) return exchange;
	const until = AbortSignal.any([signal, deadline(LONGEST_MS$2)]);
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
	const plain = await sayPlainly(endpoint, writeGreeting(endpoint), until);
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
	const socket = connect$1(options);
	const look = () => {
		asksForCertificate ||= (socket.getSharedSigalgs() ?? []).length > 0;
	};
	socket.once("connect", () => isSilent = true);
	socket.once("secureConnect", () => {
		isTls = true;
		isSilent = false;
		look();
		certificate = socket.getPeerCertificate();
		socket.write(writeGreeting(endpoint));
	});
	const said = await readFirstBytes(socket, signal, (error) => {
		look();
		isSilent = false;
		const name = readConnectionError(error, NOTHING_KNOWN).trouble?.name;
		isTls ||= name !== "no-tls" && codeOf(error)?.startsWith("ERR_SSL") === true;
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
	return readFirstBytes(socket, signal, () => {});
}
async function readFirstBytes(socket, signal, onError) {
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
function writeGreeting({ host }) {
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
		let attempt = await tryCandidates(limited, listCandidates(known, model, auth), ports);
		if (!attempt.ok) attempt = {
			...attempt,
			exchange: await lookAtPort(attempt.exchange, settings, ports)
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
	const { error, other } = await diagnoseFailure(settings, failed, model, ports);
	if (settings.api !== "auto" || other === null) throw mentionProxy(error, failed.exchange, settings);
	ports.log(`trying api: ${other.api}, because ${other.because}`);
	const instead = {
		...settings,
		api: other.api
	};
	const asked = model ?? await findModel(instead, auth, ports);
	const attempt = await tryCandidates(instead, listCandidates(instead, asked, auth), ports);
	if (attempt.ok || isWaitable(attempt.exchange)) return attempt;
	if (isMismatch(attempt.exchange) && complaintOf(attempt.exchange) === null) throw error;
	throw (await diagnoseFailure(instead, attempt, asked, ports)).error;
}
function limitProbe(settings, { clock }, from) {
	const left = settings.readyTimeoutMs - (clock.now() - from);
	return {
		...settings,
		requestTimeoutMs: Math.min(settings.requestTimeoutMs, Math.max(SHORTEST_PROBE_MS, left))
	};
}
function describeWait({ exchange, target }, settings, limited) {
	const error = mentionProxy(explainFailure(exchange, target), exchange, settings);
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
// src/load/preflight/preflight.ts
const CACHED_TTFT_SHARE = .7;
async function runPreflight(settings, ports) {
	if (!settings.preflight) return assumePreflight(settings, assumeTarget(settings, ports), ports.nonce);
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
	const wanted = chooseLengths(settings, target);
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
	for (const hint of [...checks.hints, ...listServerHints(server, settings)]) ports.log(`  ! ${hint}`);
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
function cancelError(target) {
	return new EndpointError("the run was cancelled", {
		tried: `POST ${showUrl(target.url)}`,
		remedy: "run again"
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
			inputTokens: part.inputTokens === "auto" ? chooseLengths({ inputTokens: "auto" }, target) : part.inputTokens,
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
function chooseLengths(settings, target) {
	if (settings.inputTokens !== "auto") return settings.inputTokens;
	return fixLength(generatesTokens(target.dialect.task) ? AUTO_INPUT_TOKENS : AUTO_ITEM_TOKENS);
}
const AUTO_INPUT_TOKENS = 512;
const AUTO_ITEM_TOKENS = 256;
function assumePreflight(settings, target, nonce) {
	checkPrompts(settings, target);
	checkModels(settings, target);
	const workload = chooseWorkload(settings, target, chooseLengths(settings, target), UNCALIBRATED, nonce);
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
// src/run/plan-run.ts
function recallRun({ levels, plan }) {
	return levels.map(({ concurrency, latencyMs }) => ({
		level: concurrency,
		latencyMs: latencyMs?.p50 ?? null,
		...plan.once?.includes(concurrency) === true && { once: true }
	}));
}
async function planRun(settings, ladder, ports) {
	const startedAt = ports.wallClock();
	const startAt = ports.clock.now();
	const planned = planThreads(settings.clientThreads, ports.runner.cpuCount);
	const threads = ports.openCrew === null ? null : planned;
	const found = await runPreflight(settings, ports);
	const { planFound } = await import("./sweep.js").then((n) => n.u);
	return planFound(settings, {
		startedAt,
		startAt,
		threads,
		found
	}, ladder, ports);
}
// src/gate/measure-runs.ts
async function measureRuns(settings, baseline, ports, ended) {
	const runs = [];
	let found = null;
	const waiting = ended === null ? ports : {
		...ports,
		signal: AbortSignal.any([ports.signal, ended]),
		awaitsLocalServer: true
	};
	let last = null;
	for (;;) {
		ports.onPhase("preflight");
		let planned;
		try {
			planned = await planRun(settings, async (series) => found ?? loadLadder(baseline, series), waiting);
		} catch (error) {
			if (last !== null && ports.signal.aborted && error instanceof EndpointError) return {
				runs,
				planned: last
			};
			throw error;
		}
		ports.onPhase("sweep");
		const again = ((baseline?.entries.length ?? 0) > 0 || planned.control !== null) && runs.length === 0 ? describeSecondLook(planned.plan, settings) : null;
		const run = await measureWithoutSecrets(settings, planned, {
			...ports,
			onPlan(...plan) {
				ports.onPlan(...plan);
				if (again !== null) ports.log(again);
			}
		});
		runs.push(run);
		last = run.control?.error == null ? planned : {
			...planned,
			control: null
		};
		found ??= recallRun(run.report);
		if (runs.length === settings.runs || findRunTrouble(settings, run) !== null) return {
			runs,
			planned: last
		};
		ports.log(`run ${runs.length} of ${settings.runs} done; the next one follows after a pause`);
		await ports.clock.sleep(settings.pauseMs, ports.signal);
	}
}
async function loadLadder(baseline, series) {
	if (baseline === null || baseline.entries.length === 0) return null;
	const { recallLadder } = await import("./history.js").then((n) => n.r);
	return recallLadder(baseline.entries, series);
}
async function measureWithoutSecrets(settings, planned, ports) {
	const run = await (ports.measureRun ?? (await import("./sweep.js").then((n) => n.r)).measureRun)(settings, planned, ports);
	const { control } = run;
	return {
		...run,
		report: await ports.redactReport(run.report),
		control: control === null ? null : {
			...control,
			report: await ports.redactReport(control.report)
		}
	};
}
function findRunTrouble(settings, run) {
	if (isInterrupted(settings, run)) return "cancelled";
	if (run.error !== null) return "endpoint";
	return run.report.validity.ok ? null : "run-invalid";
}
function isInterrupted({ controlCommand }, { report, control, controlTrouble }) {
	if (control === null) return isCut(report) || controlCommand !== null && controlTrouble === null;
	return isCut(report) || isCut(control.report);
}
function isCut({ validity }) {
	return validity.findings.some(({ code, level }) => code === "cancelled" && level === void 0);
}
function describeSecondLook({ ladder, sides, secondsOf }, settings) {
	const { confirm, pauseMs, controlTiming } = settings;
	if (confirm === 0 || isInSessions(settings)) return null;
	const turns = sides === 2 && controlTiming === "turns" ? 2 : 1;
	const seconds = pauseMs / 1e3 + confirm * turns * sum(ladder.levels.map(secondsOf));
	const assumed = ladder.search == null ? "" : `, for ${pluralise(ladder.levels.length, "level")}`;
	return `what looks worse is measured again (${pluralise(confirm, "fresh pass", "fresh passes")} over it, after a pause of ${formatDuration(pauseMs / 1e3)}): then ${formatAbout(seconds)} more at most${assumed}`;
}
async function importResults(settings, patterns, { readResults, redactReport, log }) {
	const [{ importRun }, { joinResults }, { addLimits }] = await Promise.all([
		import("./import-run.js"),
		import("./late.js").then((n) => n.Y),
		import("./sweep.js").then((n) => n.c)
	]);
	const files = readResults(patterns);
	const joined = joinResults(files, settings);
	if (!("levels" in joined)) throw new SettingsError(joined);
	const report = await redactReport(importRun(joined, settings));
	log(`judging what ${joined.tool} measured: ${files.map(({ path }) => escapeForTerminal(path)).join(", ")}`);
	return {
		report: addLimits(report, settings.limits),
		records: [],
		error: null,
		control: null,
		controlTrouble: null
	};
}
// src/gate.ts
async function runGate(settings, ports) {
	if (ports.loadBaseline !== null) ports.onPhase("history");
	const loaded = await (ports.loadBaseline?.() ?? null);
	if (loaded !== null) tellTrouble(loaded, ports);
	const { baseline, earlier } = setAttemptsApart(loaded, ports);
	const { candidateCommand, controlCommand, redeployCommand } = settings;
	if (candidateCommand !== null || redeployCommand !== null) await loadWhatFollows();
	const goOn = async (ended) => measureAndDecide(settings, baseline, {
		...ports,
		earlier
	}, ended);
	if (candidateCommand === null || controlCommand !== null) return goOn(null);
	const { serveCandidate } = await import("./measure-sessions.js");
	return serveCandidate(settings, ports, goOn);
}
async function loadWhatFollows() {
	await Promise.all([
		import("./late.js").then((n) => n.n),
		import("./sweep.js").then((n) => n.u),
		import("./sweep.js").then((n) => n.r),
		import("./history.js").then((n) => n.r)
	]);
}
async function measureAndDecide(settings, baseline, ports, ended) {
	const measured = await measureAsTold(settings, baseline, ports, ended);
	const { decideMeasured } = await import("./late.js").then((n) => n.n);
	return decideMeasured(settings, baseline, measured, ports);
}
async function measureAsTold(settings, baseline, ports, ended) {
	if (settings.results !== null) return {
		runs: [await importResults(settings, settings.results, ports)],
		planned: null
	};
	if (!isInSessions(settings)) return measureRuns(settings, baseline, ports, ended);
	const { measureInSessions } = await import("./measure-sessions.js");
	return measureInSessions(settings, baseline, ports);
}
function tellTrouble({ unreadable, lost }, { log }) {
	if (unreadable !== null) log(`the history cannot be read, so nothing will be compared: ${unreadable.why}. What helps: ${unreadable.remedy}`);
	if (lost !== void 0) log(`nothing will be compared: ${lost}`);
}
// src/plan/ladder.ts
function chooseNextLevel(ladder, done) {
	const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency));
	for (let pass = 1; pass <= ladder.mostPasses; pass++) {
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
		mostPasses: fit(ladder.mostPasses),
		...ladder.leastPasses !== void 0 && { leastPasses: fit(ladder.leastPasses) },
		search: null,
		once,
		levels: sortAscending([...done.map(({ concurrency }) => concurrency), ...ladder.named])
	};
}
function orderPass(ladder, pass) {
	const { seed, mostPasses, leastPasses = mostPasses } = ladder;
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
		const most = ladder.mostPasses * (9 + new Set(ladder.named).size);
		return {
			left: Array(Math.max(0, most - done.length)).fill(ladder.levels.at(-1)),
			isMost
		};
	}
	const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency));
	const levels = listLadderLevels(ladder, done);
	return {
		left: Array.from({ length: ladder.mostPasses }, (_, i) => {
			const measured = new Set(done.filter(({ pass }) => pass === i + 1).map(({ concurrency }) => concurrency));
			return listPassLevels(ladder, levels, i + 1).filter((concurrency) => concurrency <= broken && !measured.has(concurrency));
		}).flat(),
		isMost
	};
}
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
function countNeededBudget(levels, once, passes) {
	const further = levels.filter(({ level }) => !once.includes(level));
	return sumUsed(levels) + (passes - 1) * sumUsed(further);
}
function countAffordablePasses(levels, once) {
	const further = sumUsed(levels.filter(({ level }) => !once.includes(level)));
	return 1 + Math.floor((1 - sumUsed(levels)) / further);
}
function sumUsed(levels) {
	return levels.reduce((sum, { used }) => sum + used, 0);
}
function sortAscending(levels) {
	return [...new Set(levels)].sort((a, b) => a - b);
}
// src/words/progress.ts
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
function renderPlace(place, level) {
	return namePlace(place, level, " of the control");
}
function namePlace({ count, total, isMost }, { concurrency, side, load = "concurrency" }, ofControl) {
	return `${count} of ${isMost ? "up to " : ""}${total}, level ${nameLevel(load, concurrency)}${side === "control" ? ofControl : ""}`;
}
function renderProgress(pass, { place, alone, ...level }) {
	const { requests } = pass;
	const metric = RATE_FIELDS.find((field) => pass[field] !== null);
	const rate = metric === void 0 ? null : `${formatRate(pass[metric])} ${RATE_UNITS[metric]}`;
	const formatMedian = (name, p50) => p50 == null ? null : `${name} ${formatMs(p50)}`;
	const parts = [
		rate,
		...pass.ttftMs !== null || pass.tpotMs !== null ? [formatMedian("TTFT", pass.ttftMs?.p50), formatMedian("TPOT", pass.tpotMs?.p50)] : [formatMedian("latency", pass.latencyMs?.p50)],
		`${formatCount(requests.ok)} ok`,
		requests.failed === 0 ? null : `${formatCount(requests.failed)} failed`,
		UNDECIDED.has(alone.state) ? null : nameState(alone)
	];
	const { secondsLeft } = place;
	const left = secondsLeft === null ? "" : `; ${shortenAbout(secondsLeft)} left`;
	return `${renderPlace(place, level)}: ${parts.filter((part) => part !== null).join(", ")}${left}`;
}
function shortenAbout(seconds) {
	return formatAbout(seconds).replace("about ", "~");
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
	const { count, total, secondsLeft } = place;
	const where = namePlace(place, level, ", control");
	const left = secondsLeft === null ? null : Math.max(1, secondsLeft - elapsedSeconds);
	const remains = left === null ? "" : `, ${shortenAbout(left)} left`;
	const elapsed = `, ${Math.round(elapsedSeconds)} s`;
	const words = `${where}${`${where}${elapsed}${remains}`.length + 2 + SHORTEST_BAR <= LIVE_COLUMNS || left === null ? elapsed : ""}${remains}`;
	const columns = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, 58 - words.length));
	const begun = (count - 1) / total;
	const within = secondsLeft === null ? 0 : Math.min(1 / total, (1 - begun) * (elapsedSeconds / secondsLeft));
	const filled = Math.min(columns - 1, Math.floor((begun + within) * columns));
	return `${"\u2588".repeat(filled)}${"\u2591".repeat(columns - filled)}  ${words}`;
}
// src/shell/measure.ts
async function measure(settings, { store, redact, onLevelStart, onLevelEnd, ...hooks }, system, others = {}) {
	const { log } = hooks;
	const result = await runGate(settings, {
		...system,
		...hooks,
		...others,
		redact,
		redactReport: async (report) => (await loadRedaction()).redactReport(report, redact),
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
	});
	return (await loadRedaction()).redactResult(result, redact);
}
async function loadRedaction() {
	return import("./late.js").then((n) => n.St);
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
function describePlan(plan, settings) {
	const sides = plan.sides === 1 ? "" : describeSides(settings);
	return `${renderPlan(showPlan(plan))}${sides}${settings.preflight ? "" : ` (without preflight: ${describeAssumption(settings)})`}`;
}
function describeAssumption({ prompts }) {
	return `assumes answers of 1 s${prompts === null ? "" : ` and 4 characters a token`}`;
}
function describeSides({ controlTiming }) {
	return `, endpoint and control ${controlTiming === "turns" ? "in turns" : "together"}`;
}
function showPlan({ ladder, windows, expected, cut }) {
	const { mostPasses, leastPasses } = ladder;
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
function apiOf({ api }) {
	return api === void 0 || api === "auto" ? null : findApi(api);
}
function listCommands({ candidateCommand, controlCommand, redeployCommand }) {
	return Object.entries({
		"candidate-command": candidateCommand,
		"control-command": controlCommand,
		"redeploy-command": redeployCommand
	}).flatMap(([setting, command]) => command == null ? [] : [setting]);
}
function taskOf({ api, task }) {
	return (api === void 0 || api === "auto" ? null : readTaskInName(api)) ?? (task === void 0 || task === "auto" ? null : task);
}
function lacksTokens(task) {
	return task !== null && !generatesTokens(task);
}
function describeLacking(task) {
	return task === "embeddings" ? "embeddings do not have" : `${task} does not have`;
}
function isWithoutTokens(metric) {
	const { needsStream, countsTokens } = metricOf(metric);
	return !needsStream && countsTokens !== true;
}
// src/settings/prompts-file/content.ts
const NO_QUESTION = { leftOut: "without a question" };
const EMPTY = { leftOut: "with an empty prompt" };
function readTextMember(value, name) {
	if (isTokenIds(value)) return refuseTokenIds(name);
	if (value == null || typeof value === "string" && value.trim() === "") return EMPTY;
	const text = asText(value);
	return text === null ? `"${name}" must be a text${describeGiven(value)}` : {
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
	const query = readTextMember(json["query"], "query");
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
function readUserTurns(turns, read) {
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
	if (given.length > 1) return `states the length twice, as "${given.join("\" and \"")}"`;
	const [name] = given;
	if (name === void 0) return null;
	const value = json[name];
	const tokens = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
	return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 1 ? tokens : `"${name}" must be a whole number from 1${describeGiven(value)}`;
}
function describeGiven(value) {
	const text = JSON.stringify(value) ?? String(value);
	return `, and is ${text.length > 40 ? `${text.slice(0, 40)}\u2026` : text}`;
}
const KINDS = [
	"prompt",
	"messages",
	"input"
];
function readOwn(json) {
	const kinds = KINDS.filter((kind) => hasMember(json, kind));
	const [kind] = kinds;
	if (kind === void 0) return `must have exactly one of "prompt", "messages" and "input", and has none of them but ${listNames(json)}; name the one that holds the prompt with prompts-column`;
	if (kinds.length > 1) return `must have exactly one of "prompt", "messages" and "input", and has ${kinds.join(" and ")}; say with prompts-column which is sent`;
	if (kind === "messages") return readMessages(json["messages"], json["tools"]);
	return kind === "input" ? readInput(json["input"]) : readTextMember(json["prompt"], "prompt");
}
function readRequest(body) {
	const { input, system, instructions } = body;
	const isConversation = Array.isArray(input) && input.some((message) => hasMember(asObject(message) ?? {}, "role"));
	const messages = asArray(body["messages"]) ?? (isConversation ? input : null);
	if (messages !== null) {
		const words = asText(system) ?? asText(instructions);
		return readMessages(words === null ? messages : [{
			role: "system",
			content: words
		}, ...messages], body["tools"]);
	}
	if (hasMember(body, "prompt")) return readTextMember(body["prompt"], "prompt");
	if (hasMember(body, "input")) return readInput(input);
	return `has none of "prompt", "messages" and "input", but ${listNames(body)}`;
}
function readAlpaca(json) {
	const instruction = readTextMember(json["instruction"], "instruction");
	const input = asText(json["input"] ?? json["context"])?.trim() ?? "";
	if (typeof instruction === "string" || !("kind" in instruction) || instruction.kind !== "prompt" || input === "") return instruction;
	return {
		kind: "prompt",
		text: `${instruction.text}\n\n${input}`
	};
}
function readAiPerf(json) {
	if (hasMember(json, "text")) return readTextMember(json["text"], "text");
	const [first] = asArray(json["texts"]) ?? [];
	const contents = asArray(asObject(first)?.["contents"]);
	return readTextMember(contents === null ? first : contents[0], "texts");
}
function listNames(json) {
	const names = Object.keys(json);
	const shown = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
	if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
	return shown.length === 0 ? "none" : shown.join(", ");
}
function hasMember(json, name) {
	return Object.hasOwn(json, name);
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
	noun: "prompt",
	uses: [
		"prompt",
		"messages",
		"input",
		"tools"
	],
	read: readOwn
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
		isOf: (json) => hasMember(json, "body") && (hasMember(json, "custom_id") || hasMember(json, "url")),
		read: readRequest
	},
	{
		name: "Anthropic batch",
		noun: "request",
		told: "`params` beside `custom_id`",
		sent: "of the params: `system` and `messages` up to the last question",
		uses: ["messages", "system"],
		open: (json) => asObject(json["params"]),
		isOf: (json) => hasMember(json, "params") && hasMember(json, "custom_id"),
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
		].some((name) => hasMember(asObject(json["request"]) ?? {}, name)),
		read: readRequest
	},
	{
		name: "ShareGPT",
		noun: "conversation",
		told: "`conversations`, or `conversation`: a list of `from` and `value`, or of `role` and `content`",
		sent: "the first question, after the words of the system; with `turns: file` all of them, one after another",
		uses: ["conversations", "conversation"],
		isOf: (json) => hasMember(json, "conversations") || Array.isArray(json["conversation"]),
		read: (json) => hasMember(json, "conversations") ? readConversation(json["conversations"], "conversations") : readConversation(json["conversation"], "conversation")
	},
	{
		name: "AIPerf",
		noun: "conversation",
		told: "`turns`, a list of objects with `text` or `texts`",
		sent: "the first turn; with `turns: file` all of them",
		uses: ["turns"],
		isOf: (json) => asObject(asArray(json["turns"])?.[0]) !== null,
		read: ({ turns }) => readUserTurns(asArray(turns) ?? [], (turn) => readAiPerf(asObject(turn) ?? {}))
	},
	{
		name: "MT-Bench",
		noun: "question",
		told: "`turns`, a list of texts",
		sent: "the first turn; with `turns: file` all of them",
		uses: ["turns", "reference"],
		isOf: (json) => hasMember(json, "turns"),
		read: ({ turns }) => Array.isArray(turns) ? readUserTurns(turns, (turn) => readTextMember(turn, "turns")) : "\"turns\" must be a list of texts, the first one the question"
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
		isOf: (json) => hasMember(json, "instruction") && !hasMember(json, "messages"),
		read: readAlpaca
	},
	{
		...own,
		name: "GuideLLM",
		told: "`prompt` beside `prompt_tokens_count` or `output_tokens_count`",
		sent: "`prompt`",
		isOf: (json) => hasMember(json, "prompt") && (hasMember(json, "prompt_tokens_count") || hasMember(json, "output_tokens_count"))
	},
	{
		...own,
		name: "vLLM",
		told: "`prompt` beside `output_tokens` or `expected_output_len`",
		sent: "`prompt`",
		isOf: (json) => hasMember(json, "prompt") && (hasMember(json, "output_tokens") || hasMember(json, "expected_output_len"))
	},
	{
		...own,
		name: "chat",
		noun: "conversation",
		told: "`messages`, as a chat log and fine-tuning data have them",
		sent: "all messages up to the last question, and `tools`; with `turns: file` what the user says, turn by turn",
		isOf: (json) => hasMember(json, "messages")
	},
	{
		...own,
		name: "",
		told: "`prompt`; for embeddings `input`, a text or several",
		sent: "`prompt`, `input`",
		isOf: (json) => hasMember(json, "prompt") || hasMember(json, "input")
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
		isOf: (json) => hasMember(json, "query") && (Array.isArray(json["documents"]) || Array.isArray(json["texts"])),
		read: readRanking
	},
	{
		name: "GenAI-Perf",
		noun: "prompt",
		told: "`text_input`",
		sent: "`text_input`",
		uses: ["text_input"],
		isOf: (json) => hasMember(json, "text_input"),
		read: (json) => readTextMember(json["text_input"], "text_input")
	},
	{
		name: "GSM8K",
		noun: "question",
		told: "`question`, with `answer` or without",
		sent: "`question`",
		uses: ["question", "answer"],
		isOf: (json) => hasMember(json, "question"),
		read: (json) => readTextMember(json["question"], "question")
	},
	{
		name: "AIPerf",
		noun: "prompt",
		told: "`text` or `texts`",
		sent: "`text`, or the first of `texts`",
		uses: ["text", "texts"],
		isOf: (json) => hasMember(json, "text") || hasMember(json, "texts"),
		read: readAiPerf
	},
	{
		name: "",
		noun: "prompt",
		told: "`query` or `content`",
		sent: "its text",
		uses: ["query", "content"],
		isOf: (json) => hasMember(json, "query") || hasMember(json, "content"),
		read: (json) => hasMember(json, "query") ? readTextMember(json["query"], "query") : readTextMember(json["content"], "content")
	}
];
const TEXTS = {
	name: "",
	noun: "prompt",
	told: "each line, or each entry of a list, is a text",
	sent: "the text",
	uses: ["text"],
	isOf: (json) => hasMember(json, "text"),
	read: (json) => readTextMember(json["text"], "text")
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
			const value = findValueAt(json, column);
			if (value === void 0) return `has no "${column}", which prompts-column names; it has ${listNames(json)}`;
			if (typeof value === "string" || value === null) return readTextMember(value, column);
			const messages = asArray(value);
			if (messages === null || !messages.every((message) => asObject(message) !== null)) return asText(messages?.[0]) === null ? `"${column}" must be a text or a list of messages` : `"${column}" holds several texts; name one of them (prompts-column: ${column}.0)`;
			return messages.some((message) => hasMember(asObject(message), "from")) ? readConversation(messages, column) : readMessages(messages, null, column);
		}
	};
}
function findValueAt(json, path) {
	if (Object.hasOwn(json, path)) return json[path];
	let value = json;
	for (const name of path.split(".")) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return void 0;
		value = value[name];
	}
	return value;
}
function isTrace(json) {
	if ([
		...TEXT_MEMBERS,
		"messages",
		"texts",
		"turns"
	].some((name) => hasMember(json, name))) return false;
	return [
		"hash_ids",
		"input_length",
		"contexttokens",
		"request tokens"
	].some((name) => hasMember(json, name));
}
function isPrompt(json, column) {
	if (column !== null) return findValueAt(json, column) !== void 0;
	return FORMS.some(({ isOf }) => isOf(json));
}
const LABELS = /* @__PURE__ */ new Set([...LENGTHS, ..."id uuid index name custom_id request_id question_id category source metadata prompt_tokens prompt_tokens_count prompt_len".split(" ")]);
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
	const first = readLineFrom(text, start);
	if (opening === QUOTE && typeof parseJson(first) === "string" && !isTable(text, known)) return {
		container: "JSON lines",
		items: readLines(text, known)
	};
	if (isTable(text, known)) {
		if (text.length > constants.MAX_STRING_LENGTH) return { refusal: "is CSV of more than 512 MiB; write it as JSON lines, or give a part of it" };
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
	for (const [where, line] of readEachLine(text)) {
		const value = line === null ? void 0 : parseJson(line);
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
	for (const [where, value] of readEachLine(text)) yield value === null ? {
		where,
		value,
		fault: TOO_LONG
	} : {
		where,
		value
	};
}
function* readEachLine(text) {
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
		const value = parseJson(text.toString("utf8", bounds[index], bounds[index + 1]));
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
	const first = readLineFrom(text, start);
	const isAlone = skipSpace(text, start + Buffer.byteLength(first)) === text.length;
	if (!isAlone && parseJson(first) !== void 0) return null;
	if (text.length > MOST_DOCUMENT_BYTES) return isAlone ? null : { refusal: "is one JSON object of more than 64 MiB; write the list in it as lines (jq -c '.data[]')" };
	const document = asObject(parseJson(text.toString("utf8", start)));
	if (document === null) return null;
	const listItems = (values) => ({
		container: "JSON",
		items: values.map((value, index) => ({
			where: `entry ${index + 1}`,
			value
		}))
	});
	if (Object.entries(document).some(([name, value]) => known.isColumn(name) && asObject(value) !== null)) return { refusal: "holds columns and no prompts; write it in rows (to_json(orient='records', lines=True) of pandas)" };
	if (known.isPrompt(document)) return isAlone ? null : listItems([document]);
	const list = Object.entries(document).find(([name, value]) => LISTS.has(name) && Array.isArray(value))?.[1];
	if (list !== void 0) return listItems(list.map(takeOffRow));
	return isAlone ? null : listItems([document]);
}
const LISTS = new Set("prompts data items requests rows samples examples instances questions entries".split(" "));
function takeOffRow(value) {
	const object = asObject(value);
	return object !== null && "row_idx" in object ? object["row"] : value;
}
function readLineFrom(text, start) {
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
const DELIMITERS = [
	",",
	"	",
	";"
];
const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,40}([ .\-/][\p{L}\p{N}_()]{1,40}){0,2}$/u;
const LOOKED_AT = 5;
function isTable(text, known) {
	const opening = text.toString("utf8", 0, 65536);
	const [header, ...rows] = cutIntoRows(opening, findDelimiter(opening)).take(LOOKED_AT).toArray();
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
	return /^\[\s*\{/.test(cell) ? parseJson(cell) ?? cell : cell;
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
// src/settings/prompts-file/prompts-file.ts
const EXAMPLE$1 = "{\"prompt\": \"Why is the sky blue?\"}";
const MOST_PROBLEMS = 5;
const MOST_WRONG = 1e3;
const MOST_IGNORED = 20;
function parsePromptsFile(content, column = null) {
	const isColumn = (name) => isPromptColumn(name) || name === column?.toLowerCase();
	const known = {
		isPrompt: (json) => isPrompt(json, column),
		isColumn,
		column,
		example: EXAMPLE$1
	};
	const cut = typeof content === "string" || content instanceof Uint8Array ? cutFile(content, known) : content;
	return "refusal" in cut ? refuseFile(cut.refusal) : readItems(cut, column);
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
		if (form.refusal !== void 0) return refuseFile(form.refusal);
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
	if (other !== void 0) return refuseFile(`has "${other.kind}" beside "${aligned[0].kind}"; use one kind in a file`);
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
function refuseFile(refusal, setting) {
	return {
		file: null,
		problems: listProblems([refusal], setting)
	};
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
// src/settings/trace-file.ts
const MOST_REQUESTS = 1e6;
const MOST_BLOCKS = 2e7;
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
	const known = {
		isPrompt: isRequest,
		isColumn,
		column,
		example: EXAMPLE
	};
	const cut = typeof content === "string" || content instanceof Uint8Array ? cutFile(content, known) : content;
	return "refusal" in cut ? refuseFile(cut.refusal, "trace-file") : readRequests(cut.items, cut.container, column);
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
		if (++count > MOST_REQUESTS || blocks.size() > MOST_BLOCKS) return refuseFile(TOO_LARGE, "trace-file");
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
	return typeof tokens === "number" && Number.isInteger(tokens) && tokens >= 0 && tokens <= MOST_TOKENS ? tokens : `"${name}" must be a whole number of tokens from 0${describeGiven(value)}`;
}
function createBlockNumbers() {
	const known = /* @__PURE__ */ new Map();
	let named = 0;
	return {
		size: () => named,
		read(value) {
			if (!Array.isArray(value) || !value.every((id) => typeof id === "string" || typeof id === "number")) return `"${BLOCKS}" must be a list of numbers or texts${describeGiven(value)}`;
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
		wrong.push(`${wheres[i]}: has ${blocks.length} "${BLOCKS}" for ${inputTokens} input tokens, which make ${pluralise(Math.ceil(inputTokens / usual), "block")} of ${usual}; each request needs one for every block, the last of which may be shorter`);
	}
	return null;
}
const LONGEST_MS$1 = 316224e6;
function createMomentReader(isInSeconds) {
	let member;
	let unitMs = 1;
	let first = null;
	let last = 0;
	const findTooLate = (ms, name, given) => ms <= LONGEST_MS$1 ? null : `came more than ten years after the first request ("${name}" ${String(given).slice(0, 40)}); correct its time, or write all times in seconds since 1970`;
	return { read(item) {
		member ??= MEMBERS.find(({ name }) => !isBlank(item[name]));
		if (member === void 0) return MISSING;
		const given = item[member.name];
		if (isBlank(given)) return `has no "${member.name}", which the first request has`;
		const value = readMoment(given);
		if (value === null) return `"${member.name}" must be a number of ${nameUnit(isInSeconds ? 1e3 : member.unitMs)}, or a date such as 2026-01-31T12:00:00Z${describeGiven(given)}`;
		if ("isGap" in member) {
			if (value.number < 0) return `"${member.name}" must be 0 or more${describeGiven(given)}`;
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
// src/settings/reading/files.ts
function findConfigPath(stronger) {
	const path = stronger.get("config")?.text.trim() ?? "";
	return path === "" ? null : path;
}
async function readConfig(stronger, readFile, entry) {
	const path = findConfigPath(stronger);
	if (path === null) return {
		given: /* @__PURE__ */ new Map(),
		problems: []
	};
	return readConfigBy((await import("./config-file.js").then((n) => n.t)).readConfigFile, path, {
		stronger,
		readFile,
		entry
	});
}
function readConfigBy(read, path, { stronger, readFile, entry }) {
	const { content: text, problems } = readContent("config", path, readFile, entry);
	if (text === null) return {
		given: /* @__PURE__ */ new Map(),
		problems
	};
	const scenario = stronger.get("scenario")?.text.trim() ?? null;
	const mix = stronger.get("mix")?.text ?? null;
	const file = read(RUN_SETTINGS, {
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
function openFiles({ promptsFile, traceFile }, readBytes, entry) {
	const open = (setting, path) => readContent(setting, path, readBytes, entry);
	return {
		prompts: open("prompts-file", promptsFile),
		trace: open("trace-file", traceFile)
	};
}
async function takeRows({ prompts, trace }, { promptsColumn: column = null }) {
	const take = async (file, others) => {
		const { content, problems } = file;
		if (!(content instanceof Uint8Array) || !isParquet(content)) return file;
		const { readParquet } = await import("./parquet.js");
		return {
			content: await readParquet(content, {
				column,
				others
			}),
			problems
		};
	};
	return {
		prompts: await take(prompts, []),
		trace: await take(trace, TRACE_COLUMNS)
	};
}
function readPrompts({ promptsFile, promptsColumn = null, promptsLength: range = null, promptsSample: sample = null }, { prompts: { content, problems } }) {
	if (content === null) return {
		file: null,
		problems
	};
	const parsed = nameFile(promptsFile, parsePromptsFile(content, promptsColumn));
	if (parsed.file === null) return parsed;
	const kept = range === null ? parsed.file : filterPrompts(parsed.file, range);
	const problem = findChoiceProblem(parsed.file, kept, {
		range,
		sample
	});
	return problem === null ? {
		file: kept,
		problems: []
	} : {
		file: null,
		problems: [problem]
	};
}
function readTrace({ traceFile, promptsColumn = null }, { trace: { content, problems } }) {
	return content === null ? {
		file: null,
		problems
	} : nameFile(traceFile, parseTraceFile(content, promptsColumn));
}
function nameFile(path, parsed) {
	const given = path == null ? null : showValue(path);
	return {
		...parsed,
		problems: parsed.problems.map((problem) => ({
			...problem,
			given
		}))
	};
}
function readCertificates({ caCert, clientCert, clientKey }, readFile, entry) {
	const readPem = (setting, path, findFault) => {
		const { content: text, problems } = readContent(setting, path, readFile, entry);
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
function readContent(setting, path, read, entry) {
	if (path == null) return {
		content: null,
		problems: []
	};
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
		const code = codeOf(error);
		const message = `${code === "ENOENT" ? "there is no such file" : `it cannot be read${code === null ? "" : ` (${code})`}`}; relative paths start in ${entry === "command" ? "the current directory" : "the workspace; is the repository checked out?"}`;
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
// src/settings/checks/endpoint-contradictions.ts
function* findEndpointContradictions(input) {
	const { values, given } = input;
	const { versionUrl, task, expectVersion } = values;
	const api = apiOf(values);
	yield* findAuthProblems(input);
	yield* findHostProblems(values);
	if (given.has("task") && task !== void 0 && task !== "auto" && api?.tasks.length === 1) yield contradict("task", `is only for api: ${APIS_OF_SEVERAL_TASKS.join(" and ")}; ${api.name} has one task, remove task`);
	if (values.preflight === false && expectVersion != null) yield contradict("expect-version", "is checked in preflight, which is off; remove one of them");
	if (values.preflight === false && values.soak === "auto" && given.has("soak")) yield contradict("soak", "comes after preflight, which is off; set soak to off, or leave preflight on");
	if (versionUrl != null && expectVersion === null) yield contradictAlone("version-url", "is where expect-version looks", "expect-version");
	yield* findTlsProblems(values);
	yield* findModelProblems(input);
}
function* findAuthProblems(input) {
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
		for (const problem of authWayOf(auth.kind)?.findProblems(facts) ?? []) {
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
	yield contradict("headers", authWayOf(auth.kind) !== null ? `sets ${taken}, which auth: ${auth.kind} writes; remove one of them` : `sets ${taken}, which carries the api-key; remove one of them, or say with auth: header:<name> where the key goes`);
}
function headersOf({ values }, auth) {
	const { apiKey, endpoint } = values;
	const way = authWayOf(auth.kind);
	const api = apiOf(values);
	if (way !== null) return way.headers;
	if (auth.kind === "none" || apiKey == null) return [];
	if (auth.kind === "header") return [auth.name];
	if (auth.kind !== "auto" || api === null) return ["authorization"];
	return endpoint == null || findKeyPlaceAt(endpoint, api) !== "bearer" ? [] : ["authorization"];
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
function* findModelProblems({ values, given, isOfMix }) {
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
		const api = apiOf(values) ?? findApi(guessApi(url));
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
		const { needs } = metricOf(metric);
		yield* findLevelProblems$1(limit, values);
		if (lacksTokens(task) && !isWithoutTokens(metric)) yield contradict("limits", `has ${metric}, which ${describeLacking(task)}; use latency-p50, requests-per-second or input-throughput`);
		if (needs === "slo" && slo === null) yield contradict("limits", `has ${metric}, ${NO_OBJECTIVES}`);
		if (needs === "throughput-within" && throughputWithin === null) yield contradict("limits", NO_BOUND);
	}
	if (lacksTokens(task)) {
		const missing = throughputWithin?.find(({ metric }) => !isWithoutTokens(metric));
		if (missing !== void 0) yield contradict("throughput-within", `has ${missing.metric}, which ${describeLacking(task)}; use latency-p50`);
	}
}
const GIVING = {
	rate: "rate",
	speed: "trace-file"
};
const LISTING = {
	rate: "rate",
	speed: "trace-speed"
};
function* findLevelProblems$1(limit, values) {
	if (values.traceFile != null) yield* findOpenProblems(limit, "speed", values.traceSpeed ?? []);
	else if (values.rate != null) yield* findOpenProblems(limit, "rate", values.rate);
	else yield* findConcurrencyProblems(limit, values);
}
function* findConcurrencyProblems({ metric, concurrency: level, load }, { concurrency, maxConcurrency, results }) {
	if (load !== void 0 && results != null) return;
	if (load !== void 0) {
		const setting = GIVING[load];
		yield contradict("limits", `has ${metric}@${nameLevel(load, level ?? 0)}, a ${load}, and the levels are concurrencies; give ${setting}, or write for example ${metric}@8`);
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
	} else if (levels !== "auto" && !levels.includes(level)) yield contradict("limits", `has ${metric}@${nameLevel(load, level)}, and ${LISTING[load]} has no ${level}; it has ${levels.join(", ")}`);
}
const NO_OBJECTIVES = "and there are no objectives; give slo, for example slo: ttft <= 500ms, tpot <= 50ms";
function* findObjectiveProblems({ values, given }) {
	const streamed = values.slo?.filter(({ time }) => medianOf(time).needsStream).map(({ time }) => time) ?? [];
	const task = taskOf(values);
	if (streamed.length > 0 && lacksTokens(task)) yield contradict("slo", `has ${streamed.join(", ")}, which ${describeLacking(task)}, because nothing streams; use latency`);
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
		if (missing.length > 0) yield contradict("metrics", `has ${missing.join(", ")}, which ${describeLacking(task)}; use latency-p50 or plateau-throughput`);
	}
	if (throughputWithin === null && named.some((metric) => metricOf(metric).needs === "throughput-within")) yield contradict("metrics", NO_BOUND);
	if (values.slo === null) {
		const idle = named.filter((metric) => metricOf(metric).needs === "slo");
		if (idle.length > 0) yield contradict("metrics", `has ${idle.join(", ")}, ${NO_OBJECTIVES}`);
	}
	if (metrics === void 0 || tolerance == null || !isIdle(given, "tolerance", "metrics")) return;
	const compared = new Set(metrics === "auto" ? listAutomaticMetrics(throughputWithin !== null, values.slo != null) : metrics);
	const idle = Object.keys(tolerance.byMetric).filter((metric) => !compared.has(metric));
	if (idle.length > 0) yield contradict("tolerance", `has ${idle.join(", ")}, which metrics does not compare; add it there, or remove it here`);
}
function listAutomaticMetrics(isWithinSet, isSloSet) {
	return GATED_ROWS.filter(({ automatic, needs }) => {
		if (automatic === "objectives") return isSloSet;
		return automatic !== null || isWithinSet && needs === "throughput-within";
	}).map(({ name }) => name);
}
// src/settings/checks/load-contradictions.ts
function* findLoadContradictions(input) {
	yield* findWorkloadProblems(input);
	yield* findLevelProblems(input);
	yield* findRateProblems(input);
	yield* findConversationProblems(input);
	yield* findTraceProblems(input);
	yield* findOpenLoopProblems(input);
	yield* findCrossCheckProblems(input);
}
function* findLevelProblems({ values, given }) {
	const { concurrency, maxConcurrency, levelDurationMs, maxDurationMs, runs, confirm } = values;
	if (concurrency !== void 0 && concurrency !== "auto" && maxConcurrency != null && given.has("max-concurrency")) {
		const above = concurrency.filter((level) => level > maxConcurrency);
		if (above.length > 0) yield contradict("concurrency", `has ${above.join(", ")}, above max-concurrency ${maxConcurrency}; max-concurrency is for auto, remove it or raise it`);
	}
	if (typeof levelDurationMs === "number" && maxDurationMs != null && levelDurationMs > maxDurationMs) yield contradict("level-duration", "is longer than max-duration, so that no level could end; shorten it or raise max-duration");
	if (runs === 1 && confirm === 0 && isIdle(given, "pause", "confirm")) yield contradict("pause", "is before a second run or look, and runs is 1 and confirm 0; remove it or raise one of them");
}
function* findRateProblems({ values, given }) {
	const { rate } = values;
	if (rate === void 0 || values.traceFile != null) return;
	if (rate === null) {
		for (const name of ["arrivals", "max-in-flight"]) if (isIdle(given, name, "rate")) yield contradictAlone(name, "is about requests of a rate", "rate");
		return;
	}
	for (const name of ["concurrency", "max-concurrency"]) if (isIdle(given, name, "rate")) yield contradict("rate", `says how many requests a second are sent, and ${name} how many are under way; remove one of them`);
}
function* findCrossCheckProblems({ values }) {
	const { crossCheck, outputTokens } = values;
	if (crossCheck !== "three-point") return;
	const task = taskOf(values);
	const api = apiOf(values);
	if (lacksTokens(task)) yield contradict("cross-check", `is about TTFT and TPOT, which ${describeLacking(task)}; remove it`);
	else if (api !== null && api.isOpenAiLike !== true) yield contradict("cross-check", `is for ${ALL_APIS.filter(({ isOpenAiLike }) => isOpenAiLike === true).map(({ name }) => name).join(", ")}, not for ${api.name}; remove it`);
	if (outputTokens?.kind === "fixed" && outputTokens.tokens < 4) yield contradict("cross-check", "measures at 1, n/2 and n tokens; output-tokens must be at least 4");
}
function* findOpenLoopProblems({ values }) {
	const { rate, traceFile, crossCheck, throughputWithin } = values;
	const isTrace = traceFile != null;
	if (!isTrace && rate == null) return;
	if (crossCheck === "three-point") yield contradict("cross-check", `measures at the concurrency of levels, and ${isTrace ? "a trace has none" : "rate is given"}; remove one of them`);
	if (throughputWithin != null) {
		const [given, highest] = isTrace ? ["a trace", "speed"] : ["rate", "rate"];
		yield contradict("throughput-within", `is about levels of concurrency; with ${given} give slo, whose capacity is the highest ${highest} that keeps it`);
	}
}
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
function* findTraceProblems({ values, given, trace }) {
	const { traceFile, traceSpeed } = values;
	if (traceFile === null && isIdle(given, "trace-speed", "trace-file")) yield contradictAlone("trace-speed", "is about a trace", "trace-file");
	if (traceFile == null) return;
	for (const [name, why] of Object.entries(SAID_BY_TRACE)) if (isIdle(given, name, "trace-file")) yield contradict(name, `${why}; remove one of them`);
	if (isIdle(given, "output-tokens", "trace-file") && trace?.lengths?.every(({ outputTokens }) => outputTokens !== null)) yield contradict("output-tokens", "says how long answers are, and every request of the trace has its own; remove it");
	if (traceSpeed === "auto" && trace?.atMs.at(-1) === 0) yield contradict("trace-speed", "searches for a speed, and all requests of the trace came at one moment, which is the same at every speed; remove it");
}
function* findWorkloadProblems({ values, given, prompts }) {
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
		if (typeof inputTokens === "object" && inputTokens.kind === "fixed" && inputTokens.tokens <= sharedPrefixTokens) yield contradict("shared-prefix-tokens", `must be below input-tokens (${inputTokens.tokens}), of which it is a part`);
	}
	if (batchSize !== void 0 && batchSize > 1 && task !== null && generatesTokens(task)) yield contradict("batch-size", `must be 1 for ${task}; only embeddings, rerank and score take several texts in a request`);
	if (images != null) {
		const misfit = findImageMisfit(task, apiOf(values));
		if (misfit !== null) yield contradict("images", misfit);
		if (promptsFile != null) yield contradict("images", "are for generated prompts, and prompts-file gives them; its messages may hold images");
		if (values.traceFile != null) yield contradict("images", "are for generated prompts, and trace-file says what is sent; remove one of them");
		if (values.turns != null) yield contradict("images", "belong to one text, and turns makes conversations of several; remove one of them");
	}
	if (prompts !== null) {
		const misfit = findMisfit(prompts, {
			task,
			api: apiOf(values)
		});
		if (misfit !== null) yield contradict(promptsFile === null ? "trace-file" : "prompts-file", misfit);
	}
	if (batchSize !== void 0 && batchSize > 1 && prompts !== null) yield contradict("batch-size", "is for generated prompts; in a prompts-file a line with a list of \"input\" is a batch");
}
function* findConversationProblems(input) {
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
	const api = apiOf(values);
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
// src/settings/checks/report-contradictions.ts
function* findReportContradictions(input) {
	yield* findBaselineProblems(input);
	yield* findAcceptProblems(input);
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
// src/settings/checks/run-contradictions.ts
function* findSideContradictions(input) {
	yield* findControlProblems(input);
	yield* findSessionProblems(input);
}
function* findControlProblems(input) {
	const { control, controlApiKey, auth } = input.values;
	if (control === null) yield* findIdleOfControl(input);
	if (control == null) return;
	if (auth != null && controlApiKey != null && !credentialsOf(auth.kind).includes("api-key")) yield contradict("control-api-key", `is a key, and auth is ${auth.kind}, which takes none; remove one of them`);
	yield* findBorrowed(input, control);
}
function* findIdleOfControl({ given, values }) {
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
function* findSessionProblems({ values, given }) {
	const { candidateCommand, controlCommand, redeployCommand, control, preflight, runs } = values;
	if (candidateCommand === null && controlCommand != null) yield contradict("control-command", "starts what the candidate is compared with, and nothing starts the candidate; give candidate-command, or instead of it control with the URL of a server that is there");
	if (controlCommand === null && redeployCommand === null && given.has("sessions")) yield contradict("sessions", "are counted where both sides are started anew for each, and nothing does so; give candidate-command and control-command, or redeploy-command, or remove it");
	if (redeployCommand != null && candidateCommand != null) yield contradict("redeploy-command", "is for servers that run elsewhere, and candidate-command starts one here; remove one of them");
	else if (redeployCommand != null && control === null) yield contradict("redeploy-command", "makes sessions of endpoint and control, and there is no control; give its URL as control");
	if (preflight === false) for (const setting of listCommands({
		...values,
		controlCommand: null
	})) yield contradict(setting, "starts what preflight then waits for, and preflight is off; remove one of them");
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
function* findRunContradictions(input) {
	yield* findScenarioProblems(input);
	yield* findShardProblems(input);
	yield* findResultsProblems(input);
}
function* findUnmixable(values, given) {
	if (!given.has("config")) yield contradictAlone("mix", "mixes scenarios of a config file", "config");
	if (values.traceFile != null) yield contradict("trace-file", "says what each request is, and mix is given; remove one of them");
	if (values.results != null) yield contradict("mix", "is for what is measured here, and results were measured elsewhere; remove one of them");
	if (values.crossCheck !== void 0 && values.crossCheck !== "none") yield contradict("cross-check", "compares answers of one kind, and mix is given; remove one of them");
	if (values.controlModel != null) yield contradict("control-model", "is one model, and mix lets each scenario name its own; remove one of them");
}
const LEAST_ALARM_RATE = 1e-4;
function* findScenarioProblems({ values, given, scenarios }) {
	if (given.has("scenario") && !given.has("config")) yield contradictAlone("scenario", "is one of a config file", "config");
	if (values.mix != null) yield* findUnmixable(values, given);
	if (scenarios === null) return;
	if (values.shard != null) yield contradict("shard", "measures a share of one scenario, and scenario is all; name one, and run the others after it");
	if (values.results != null) yield contradict("results", "are of one scenario, and scenario is all; name the one that they are of");
	if (values.format === "json") yield contradict("format", "json is the report of one scenario, and scenario is all; give report-json instead, of which each scenario writes a file of its own");
	const { falseAlarmRate } = values;
	if (falseAlarmRate !== void 0 && falseAlarmRate / scenarios < LEAST_ALARM_RATE) yield contradict("false-alarm-rate", `is shared by the ${scenarios} scenarios, and less than 0.01% is left for each; raise it, or measure fewer of them in one run`);
}
function* findShardProblems({ values, given }) {
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
	const { control, runs, crossCheck, levelRequests, serverMetrics, append, upload } = values;
	for (const name of listCommands(values)) yield contradict(name, "is run by one process, and shards are several; start the server before them and remove it");
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
function* findResultsProblems({ values, given }) {
	if (values.results == null) return;
	for (const { name } of Object.values(IDLE)) {
		if (given.get(name)?.source === "env" || !isIdle(given, name, "results")) continue;
		yield contradict(name, "does nothing with results, which were measured already; remove it, or results");
	}
}
// src/settings/complete.ts
const USED_UP = [
	"promptsFile",
	"traceFile",
	"promptsColumn",
	"promptsLength",
	"promptsSample",
	"caCert",
	"clientCert",
	"clientKey",
	"config",
	"scenario",
	"mix",
	"githubToken",
	"allowFork"
];
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
	return {
		...leaveOutUsedUp(values),
		endpoint,
		name,
		seed,
		variables,
		headers: values.headers ?? {},
		extraBody: values.extraBody ?? {},
		endpointLabel: values.endpointLabel ?? name,
		allowedHosts: values.allowedHosts ?? [],
		caCertPem,
		clientPem,
		unusedProxy: values.proxy === null ? unusedProxy : null,
		...completeLengths(values, replayed),
		...completePrompts(values, promptsFile, replayed, seed),
		trace: replayed?.trace ?? null,
		prefixCache: values.turns === null && replayed === null ? values.prefixCache : "allow",
		mix: null,
		maxConcurrency: values.concurrency === "auto" ? values.maxConcurrency : Math.max(...values.concurrency),
		warmupRequests: replayed === null ? values.warmupRequests : 0,
		part: values.part ?? namePart(values.shard),
		limits: values.limits ?? [],
		baseline: values.baseline ?? defaults.baseline,
		accept: values.accept ?? [],
		decidedBy,
		commandNames: defaults.commandNames ?? COMMAND_NAMES
	};
}
function leaveOutUsedUp(values) {
	const usedUp = new Set(USED_UP);
	return Object.fromEntries(Object.entries(values).filter(([key]) => !usedUp.has(key)));
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
function completePrompts({ turns, promptsLength, promptsSample }, promptsFile, replayed, seed) {
	if (promptsFile === null) return {
		prompts: replayed?.prompts?.map(removeLaterTurns) ?? null,
		sentPrompts: describeReplayed(replayed)
	};
	const prompts = samplePrompts(turns === "file" ? promptsFile.prompts : promptsFile.prompts.map(removeLaterTurns), promptsSample, seed);
	const length = promptsLength === null ? null : renderCharacters(promptsLength);
	return {
		prompts,
		sentPrompts: {
			...promptsFile.account,
			sent: prompts.length,
			length,
			seed: promptsSample === null ? null : seed
		}
	};
}
function completeLengths({ inputTokens, outputTokens }, replayed) {
	const lengths = replayed?.trace.lengths ?? null;
	if (lengths === null) return {
		inputTokens,
		outputTokens
	};
	const { input, output } = averageLengths(lengths);
	return {
		inputTokens: fixLength(input),
		outputTokens: output === null ? outputTokens : fixLength(output)
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
async function resolveSettings(told) {
	const input = {
		...told,
		config: await readConfigOf(told)
	};
	const draft = draftSettings(input);
	const { values } = draft;
	const resolved = finishSettings(input, {
		...draft,
		opened: await takeRows(draft.opened, values)
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
			settings.push((await resolveSettings({
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
	const file = await readConfigOf(input);
	const scenarios = [...file.scenarios ?? []];
	if (scenarios.length === 0) return [await resolveSettings({
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
			resolved.push(await resolveSettings({
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
function readStrongest(input) {
	const entry = input.inputs === void 0 ? "command" : "action";
	const { list = entry === "command" ? COMMAND_SETTINGS : ACTION_SETTINGS } = input;
	const mapping = mapToRun(list, RUN_SETTINGS);
	const flags = readFlags(list, input.flags ?? []);
	return {
		entry,
		mapping,
		flags,
		first: layerGiven(mapping.toRun(flags.given), input.inputs ?? /* @__PURE__ */ new Map())
	};
}
async function readConfigOf(input) {
	const { first, entry } = readStrongest(input);
	return input.config ?? readConfig(first, input.readFile, entry);
}
function draftSettings(input) {
	const { env, readFile, readBytes = (path) => Buffer.from(readFile(path)), scenario, defaults } = input;
	const { entry, mapping, flags, first } = readStrongest(input);
	const file = input.config;
	const own = layerGiven(first, mapping.pick(readEnvironment(RUN_SETTINGS, env)), mapping.pick(file.given));
	const all = leaveOutUnusedCredentials(addBorrowed(RUN_SETTINGS, own, env));
	const about = {
		list: RUN_SETTINGS,
		defaultName: defaults.name
	};
	const told = scenario === void 0 ? all : tellScenario(all, scenario, about);
	const given = input.isOfMix === true ? new Map([...told].filter(([name]) => name !== "mix")) : told;
	const { values, problems, missing } = readValues(mapping.settings, given, entry);
	const lacking = file.problems.length > 0 ? [] : missing;
	const opened = openFiles(values, readBytes, entry);
	return {
		entry,
		mapping,
		flags,
		file,
		given,
		values,
		problems: [...lacking, ...problems],
		opened
	};
}
function finishSettings(input, { entry, mapping, flags, file, given, values, problems, opened }) {
	const { env, readFile } = input;
	const prompts = readPrompts(values, opened);
	const trace = readTrace(values, opened);
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
	if (flags.problems.length + all.length > 0) throw new SettingsError([...flags.problems, ...all.map(mapping.spell)]);
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
		sources: describeSources(settings, given, mapping.byName),
		secrets: [...findSecrets(RUN_SETTINGS, given), ...taken]
	};
}
function findContradictions(input) {
	return [
		...findEndpointContradictions(input),
		...findSideContradictions(input),
		...findLoadContradictions(input),
		...findGateContradictions(input),
		...findReportContradictions(input),
		...findRunContradictions(input)
	];
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
			const forms = listForms(secret);
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
function listForms(secret) {
	const base64 = Buffer.from(secret).toString("base64");
	const wide = Buffer.from(secret, "utf16le");
	const bytes = Buffer.from(secret).toString("latin1");
	const forms = [
		secret,
		escapeForTerminal(secret, Infinity),
		base64,
		...listBase64Within(Buffer.from(secret)),
		...listBase64Within(Buffer.from(base64)),
		...listBase64Within(wide),
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
	return [.../* @__PURE__ */ new Set([...forms, ...[secret, bytes].flatMap(listMisreadings)])].filter((form) => form.length >= SHORTEST_SECRET);
}
function listMisreadings(secret) {
	const readings = [];
	for (let read = unfold(secret, "usual"); read !== null && readings.length < DEEPEST;) {
		readings.push(read.text);
		read = unfold(read.text, "usual");
	}
	return readings.filter(({ length }) => length >= SHORTEST_WITHIN);
}
function listBase64Within(secret) {
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
		sourceOf: (begin, end) => [begin + shiftAt(begin), end - 1 + shiftAt(end - 1) + findLengthAt(end)]
	};
	function findLengthAt(end) {
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
// src/program-path.ts
function locateProgram(bundle, here) {
	return fileURLToPath(new URL(here.endsWith(".ts") ? bundle.replace(/\.js$/, ".ts") : bundle, here));
}
// src/load/threads/crew.ts
function orderEndpoint(settings, { api, dialect, url, auth }) {
	const { caCertPem, clientPem, insecureTls, proxy, requestTimeoutMs, headers, fullParse } = settings;
	const { apiKey, endpoint, clientId, clientSecret, tokenUrl, oidcAudience, variables } = settings;
	const who = {
		auth: settings.auth,
		apiKey,
		clientId,
		clientSecret,
		oidcAudience,
		variables
	};
	return {
		api: api.name,
		dialect,
		url: url.href,
		settings: {
			caCertPem,
			clientPem,
			insecureTls,
			proxy: proxy?.href ?? null,
			requestTimeoutMs,
			headers,
			fullParse
		},
		proof: auth.lend?.() ?? {
			...who,
			endpoint: endpoint.href,
			tokenUrl: tokenUrl?.href ?? null
		}
	};
}
function createCrew(file = locateProgram("./load-thread.js", import.meta.url)) {
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
				return await new LevelInThreads(threads, what, level, link).carry();
			} finally {
				idle.push(...threads.filter((thread) => all.has(thread)));
			}
		},
		async close() {
			await Promise.all([...all].map(async (thread) => thread.terminate()));
		}
	};
}
var LevelInThreads = class {
	#threads;
	#what;
	#level;
	#link;
	#preparing;
	constructor(threads, what, level, link) {
		this.#threads = threads;
		this.#what = what;
		this.#level = level;
		this.#link = link;
		this.#preparing = threads.length;
	}
	async carry() {
		const { stopping, opened } = this.#link;
		const stop = () => this.#tellAll({ kind: "stop" });
		stopping.addEventListener("abort", stop, { once: true });
		opened.addEventListener("abort", () => this.#tellAll({ kind: "opened" }), { once: true });
		const runs = this.#threads.map(async (thread, first) => this.#carryIn(thread, this.#orderShare(first)));
		if (stopping.aborted) stop();
		const ends = await Promise.allSettled(runs);
		stopping.removeEventListener("abort", stop);
		for (const end of ends) if (end.status === "rejected") throw end.reason;
		const shares = ends.flatMap((end) => end.status === "fulfilled" ? end.value : []);
		const { records, failed } = this.#level.board.values;
		if (records > failed && shares.every(({ fatal }) => fatal === null)) this.#what.auth.noteAccepted({});
		return shares;
	}
	#orderShare(first) {
		const { endpoint, auth, workload } = this.#what;
		const { spec, board, budget, sweepStartAt, target } = this.#level;
		const { nonce: _, ...ordered } = workload;
		const of = this.#threads.length;
		return {
			endpoint,
			acceptedUntil: auth.acceptedUntil(),
			workload: ordered,
			spec,
			workers: listWorkers(spec).filter((_, i) => i % of === first),
			arrivals: {
				first,
				of
			},
			board: board.memory,
			budget: {
				limits: budget.limits,
				memory: budget.memory
			},
			sweepStartAt,
			target
		};
	}
	async #carryIn(thread, order) {
		const hears = new AbortController();
		try {
			return await new Promise((resolve, reject) => {
				const giveUp = (why) => {
					reject(why);
					this.#link.onStopped();
				};
				listenToThread(thread, hears.signal, {
					hear: (news) => this.#hear(thread, news, {
						end: resolve,
						giveUp
					}),
					die: (error) => giveUp(describeDeath(error, this.#level))
				});
				tellThread(thread, {
					kind: "share",
					order
				});
			});
		} finally {
			hears.abort();
		}
	}
	#hear(thread, news, { end, giveUp }) {
		switch (news.kind) {
			case "ready":
				if (--this.#preparing === 0) this.#link.onReady().then((isOpen) => this.#tellAll({
					kind: "begin",
					isOpen
				}), giveUp);
				break;
			case "opened":
				this.#tellAll({ kind: "opened" });
				this.#link.onOpened();
				break;
			case "over":
				this.#link.onOver();
				break;
			case "stopped":
				this.#link.onStopped();
				break;
			case "ask":
				this.#answer(thread, news);
				break;
			case "ended": end(news.facts);
		}
	}
	async #answer(thread, { number, question }) {
		const { auth } = this.#what;
		const { lend } = auth;
		if (lend === void 0) return;
		tellThread(thread, {
			kind: "answer",
			number,
			answer: await answerProofQuestion({
				...auth,
				stale: auth.stale,
				lend
			}, question, this.#link.stopping)
		});
	}
	#tellAll(word) {
		for (const thread of this.#threads) tellThread(thread, word);
	}
};
function tellThread(thread, word) {
	thread.postMessage(word, []);
}
function listenToThread(thread, signal, { hear, die }) {
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
async function startKept(command, log, bounds) {
	const from = sizeOf(log);
	const keeper = fork(locateProgram("./keeper.js", import.meta.url), [], {
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
		listenToKeeper(keeper, (news) => {
			if (news.kind === "ended") resolve(news.how);
		});
		keeper.once("error", (error) => resolve(`could not be started: ${error.message}`));
		keeper.once("exit", () => resolve("was ended with whoever watched it"));
	});
	const started = new Promise((resolve) => {
		listenToKeeper(keeper, (news) => {
			if (news.kind === "started") leader = news.pid;
			resolve();
		});
		keeper.once("exit", () => resolve());
		keeper.once("error", () => resolve());
	});
	tellKeeper(keeper, {
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
		release: () => tellKeeper(keeper, { kind: "release" })
	};
}
async function endKept(keeper, leader) {
	return new Promise((resolve) => {
		listenToKeeper(keeper, (news) => {
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
		tellKeeper(keeper, { kind: "end" });
	});
}
function listenToKeeper(keeper, hear) {
	keeper.on("message", (news) => hear(news));
}
function tellKeeper(keeper, order) {
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
		return statSync(path).size;
	} catch {
		return 0;
	}
}
function beginLog(path) {
	createFolder(dirname(path));
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
// src/simulator/start-truth.ts
const startTruth = async (signal) => {
	const { SystemRoot } = process.env;
	const child = fork(locateProgram("./truth.js", import.meta.url), [], {
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
		nonce: drawNonce,
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
function checkFilesToWrite(files, output, read = []) {
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
// src/commands/recorded/record.ts
function historyPlaceOf({ baseline, baselineRef, record, append, historyKeep }) {
	const willSave = append || record === "always";
	switch (baseline.kind) {
		case "none":
		case "artifact":
		case "release-asset": return {
			store: null,
			joinsHistory: false,
			writes: null
		};
		case "file": return {
			store: createFileStore({
				path: baseline.path,
				keep: historyKeep,
				upTo: baselineRef,
				willSave
			}),
			joinsHistory: willSave,
			writes: willSave ? baseline.path : null
		};
	}
}
async function recordRun({ store, joinsHistory }, result, { env, output }) {
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
	const source = await findRunSource(env, new Date(result.rows[0].startedAt));
	const entries = buildEntries(result.verdict, result.rows, source, result.looks.controls);
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
function readWorkflowRun(env) {
	const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = env;
	return id === void 0 || id === "" ? null : {
		id,
		attempt: readPositive(attempt)
	};
}
function readPositive(text) {
	return text !== void 0 && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
const GIT_TIMEOUT_MS = 5e3;
async function findRunSource(env, startedAt, git = askGit) {
	const sha = env["GITHUB_SHA"] ?? await git(["rev-parse", "HEAD"]);
	const ref = env["GITHUB_REF_NAME"] ?? await git([
		"rev-parse",
		"--abbrev-ref",
		"HEAD"
	]);
	return {
		sha: sha !== null && isSha(sha) ? sha : null,
		ref: ref === "" || ref === "HEAD" ? null : ref,
		runId: env["GITHUB_RUN_ID"] ?? nameLocalRun(startedAt),
		attempt: readPositive(env["GITHUB_RUN_ATTEMPT"]),
		event: "command",
		url: makeRunUrl(env)
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
	const { hooks, start, stop } = openHooks({
		output,
		signal
	});
	const run = readWorkflowRun(env);
	const own = {
		store,
		serverLogs: SERVER_LOGS,
		onPhase: (phase) => start(PHASES[phase]),
		...run !== null && { run },
		...knownEndpoints !== void 0 && { knownEndpoints }
	};
	try {
		const result = await measure(settings, {
			...hooks,
			...own
		}, system(env));
		const { verdict, looks } = result;
		if ((run?.attempt ?? 1) > 1 && verdict.comparisons.length > 0 && looks.earlier === void 0) hooks.log(NOT_COUNTED);
		return result;
	} catch (error) {
		if (signal.aborted && error instanceof EndpointError) return "interrupted";
		throw error;
	} finally {
		stop();
	}
}
function openHooks({ output, signal }) {
	const { start, end, stop } = createProgress(output);
	const { hide, redact } = output;
	const log = (line) => logWrapped(output, line);
	return {
		hooks: {
			signal,
			log,
			hide,
			redact,
			awaitsLocalServer: false,
			onLevelStart: start,
			onLevelEnd: end
		},
		start,
		stop
	};
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
var run_exports = /* @__PURE__ */ __exportAll({ COMMAND: () => COMMAND });
const HELP = {
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
const COMMAND = {
	help: HELP,
	settings: COMMAND_SETTINGS,
	run: runCommand
};
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
		await showDryRun(scenarios, output);
		return EXIT.passed;
	}
	const all = scenarios.map((scenario) => scenario.settings);
	checkFilesToWrite(listFiles(all), output);
	if (all.length > 1) return (await import("./command-scenarios.js")).runScenarios(all, ports);
	const history = historyPlaceOf(settings);
	if (settings.shard !== null) return runShard(settings, settings.shard, ports);
	if (settings.candidateCommand !== null || settings.redeployCommand !== null) await Promise.all([import("./late.js").then((n) => n.O), import("./late.js").then((n) => n.Ht)]);
	const result = await measureWithProgress(settings, history.store, ports).catch(async (error) => {
		if (!(error instanceof EndpointError)) throw error;
		const { findJobPage, writeTrouble } = await import("./late.js").then((n) => n.O);
		writeTrouble(settings, error, output, findJobPage(env));
		if (await failsUnmeasured(settings)) throw error;
		output.log(error.message);
		return null;
	});
	if (result === null) return EXIT.passed;
	if (result === "interrupted") {
		output.log(`interrupted before ${isInSessions(settings) ? "a session was complete" : "anything was measured"}`);
		return EXIT.interrupted;
	}
	const { endRun } = await import("./late.js").then((n) => n.O);
	return endRun(settings, result, history, ports);
}
async function showDryRun(scenarios, output) {
	const { describePlans, encodeDryRun, renderDryRun } = await import("./sweep.js").then((n) => n.w);
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
		const { writes } = historyPlaceOf(settings);
		return [...listWritten(RUN_SETTINGS, { ...settings }), {
			setting: "baseline",
			path: writes
		}];
	});
	const isRepeated = ({ setting, path }, at) => (JOINT_FILES.has(setting) || setting === "baseline") && files.findIndex((other) => other.setting === setting && other.path === path) < at;
	return files.filter((file, i) => !isRepeated(file, i));
}
async function failsUnmeasured(settings) {
	const { decideCheck } = await import("./late.js").then((n) => n.Ht);
	return decideCheck([{
		word: "not-measured",
		byFile: false
	}], settings) === "fail";
}
async function runShard(settings, shard, { env, output, signal, system }) {
	const { measureShard } = await import("./late.js").then((n) => n.ht);
	const { encodeShard, openShardPorts } = await import("./late.js").then((n) => n.pt);
	const { hooks, stop } = openHooks({
		output,
		signal
	});
	const ports = system(env);
	const { sha } = await findRunSource(env, ports.wallClock());
	try {
		const measured = await measureShard(settings, shard, openShardPorts(settings, {
			...hooks,
			commit: sha
		}, ports));
		const path = settings.part;
		writeWhole(path, encodeShard(measured, output.redact));
		output.log(`shard ${renderShard(shard)}: its part is ${path}; "plateau merge" joins it with those of the others`);
		return EXIT.passed;
	} catch (error) {
		if (!signal.aborted || !(error instanceof EndpointError)) throw error;
		output.log("interrupted: no part was written, and the other shards are told");
		return EXIT.interrupted;
	} finally {
		stop();
	}
}
export { removeCandidate as $, isSecretName as $n, layExplained as $t, renderCost as A, formatLevel as An, summariseTrace as At, findRunTrouble as B, HISTORY_SCHEMA as Bn, readLimit as Bt, isReadColumn as C, formatConcurrency as Cn, unitOf as Cr, RESULT_FILES as Ct, measure as D, formatFailed as Dn, GATE_SETTINGS as Dt, describeSides as E, formatDuration as En, SPEEDS as Et, countNeededBudget as F, formatRate as Fn, toSlug as Ft, assumePreflight as G, addSeriesKey as Gn, buildRow as Gt, measureWithoutSecrets as H, countKnown as Hn, readObjectives as Ht, fixLadder as I, formatSha as In, findMetricsNamed as It, findOtherVersion as J, fitsItsKey as Jn, EXIT as Jt, createKnownEndpoints as K, buildSeries as Kn, isUsable as Kt, listLadderLevels as L, formatShare as Ln, chooseSmallestTolerance as Lt, chooseNextLevel as M, formatMs as Mn, HISTORY_SETTINGS as Mt, chooseOnce as N, formatOneOf as Nn, readBaselinePlace as Nt, showPlan as O, formatFailedShare as On, CONTROL_SETTINGS as Ot, countAffordablePasses as P, formatRange as Pn, toName as Pt, compareAttempts as Q, findSecretsInherited as Qn, joinSections as Qt, sortAscending as R, formatSize as Rn, describeSpreads as Rt, readConfig as S, formatChange as Sn, toleranceOf as Sr, REPORT_SETTINGS as St, describeAssumption as T, formatDay as Tn, MOST_LOAD as Tt, planRun as U, isSha as Un, renderObjectives as Ut, isInterrupted as V, ROW_FIGURES as Vn, renderLimit as Vt, recallRun as W, mergeHistories as Wn, buildEntries as Wt, findLowRateLimits as X, findSecrets as Xn, STEP_EXIT as Xt, assumeTarget as Y, listSeriesSettings as Yn, EXIT_MEANINGS as Yt, isInSessions as Z, findSecretsInEnvironment as Zn, createStyle as Zt, createInterruptSignal as _, quote as _n, medianOf as _r, RUN_SETTINGS as _t, askGit as a, describeDefinitions as an, MEDIAN_ROWS as ar, createFileStore as at, findGateContradictions as b, say as bn, rowOfRate as br, SHARD_SETTINGS as bt, recordRun as c, dropAbsent as cn, RATE_UNITS as cr, takeEntriesUpTo as ct, createSystemPorts as d, keepUnit as dn, dependsOnTokenCount as dr, resolveFlags as dt, layStyledTable as en, mayBeKey as er, checkWritable as et, orderEndpoint as f, linkTo as fn, findLimitedMetric as fr, splitArguments as ft, escapeForPattern as g, parseWebUrl as gn, mapRates as gr, DECISION_SETTINGS as gt, defuseCommands as h, makeWordColumn as hn, isKeptFigure as hr, COMMAND_SETTINGS as ht, measureWithProgress as i, TOOL_NAMES as in, GATED_ROWS as ir, writeWhole as it, renderPlan as j, formatLoad as jn, DEFAULT_HISTORY as jt, tellSweep as k, formatInterval as kn, ENDPOINT_SETTINGS as kt, checkFilesToWrite as l, emphasise as ln, TAIL_ROWS as lr, createFolder as lt, createRedactor as m, makeList as mn, isErrorRate as mr, ACTION_SETTINGS as mt, run_exports as n, writePlain as nn, FIGURE_UNITS as nr, readBytesFile as nt, historyPlaceOf as o, CLUES as on, METRICS as or, cutUpTo as ot, locateProgram as p, makeFigureColumn as pn, findMetric as pr, takeOneWord as pt, runPreflight as q, findSeriesDifferences as qn, roundFigure as qt, logWrapped as r, TOOLS as rn, GATED_METRICS as rr, readTextFile as rt, nameLocalRun as s, listClues as sn, RATE_FIELDS as sr, takeEntriesLeadingTo as st, runCommand as t, wrap as tn, FIGURES_OF_LEVEL as tr, explainUnreadable as tt, writeFile$1 as u, joinSentences as un, TIME_FIELDS as ur, readFlags as ut, resolveScenarios as v, quoteCode as vn, metricOf as vr, listDeciding as vt, listCommands as w, formatCount as wn, readFormat as wt, tellScenario as x, writeSentence as xn, rowOfTime as xr, renderShard as xt, resolveSettings as y, quoteProse as yn, metricOfFigure as yr, listMixed as yt, describeSecondLook as z, keepTogether as zn, readLatencyBounds as zt };
