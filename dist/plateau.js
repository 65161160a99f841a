import { t as require_undici } from "./vendor-http.js";
import { A as zipSync, C as number, D as union, E as string, F as markdownTable, M as mean, N as median, O as registry, P as sampleStandardDeviation, S as literal, T as record, _ as _enum, b as boolean, c as ZodDefault, d as ZodObject, f as ZodOptional, g as ZodUnion, h as ZodStringFormat, i as log, j as createParser, k as Inflate, l as ZodExactOptional, m as ZodString, n as line, o as datetime, p as ZodRecord, r as linear, s as ZodArray, t as require_dist, u as ZodNullable, v as _null, w as object, x as int, y as array } from "./vendor.js";
import { Socket, connect } from "node:net";
import { createServer } from "node:http";
import { once } from "node:events";
import { brotliDecompressSync, constants, crc32, createBrotliDecompress, createGunzip, createGzip, createInflate, createZstdDecompress, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { X509Certificate, createHash, createHmac, createPrivateKey, randomBytes, randomUUID } from "node:crypto";
import { connect as connect$1 } from "node:tls";
import { domainToUnicode, fileURLToPath } from "node:url";
import { copyFile, link, lstat, mkdir, open, readFile, readdir, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { accessSync, closeSync, constants as constants$1, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, devNull, hostname } from "node:os";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { execFile, fork } from "node:child_process";
// src/errors.ts
var SettingsError = class extends Error {
	code = "settings";
	name = "SettingsError";
	problems;
	constructor(problems) {
		super(describeProblems(problems));
		this.problems = problems;
	}
};
var EndpointError = class extends Error {
	code = "endpoint";
	name = "EndpointError";
	what;
	tried;
	remedy;
	constructor(what, { tried, remedy, cause }) {
		super(`${what}\n  tried: ${tried}\n  remedy: ${remedy}`, cause === void 0 ? void 0 : { cause });
		this.what = what;
		this.tried = tried;
		this.remedy = remedy;
	}
};
var BaselineError = class extends Error {
	code = "baseline";
	name = "BaselineError";
	remedy;
	constructor(what, { remedy, cause }) {
		super(`${what}\n  remedy: ${remedy}`, cause === void 0 ? void 0 : { cause });
		this.remedy = remedy;
	}
};
const MOST_PROBLEMS$1 = 20;
function describeProblems(problems) {
	const lines = problems.slice(0, MOST_PROBLEMS$1).map(describeProblem$1);
	const more = problems.length - lines.length;
	return [...lines, ...more > 0 ? [`and ${more} more`] : []].join("\n");
}
function describeProblem$1({ setting, given, message }) {
	return (given === null ? `${setting}: ${message}` : `${setting}: got "${given}"; ${message}`).replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
}
// src/text.ts
const MAXIMUM = 100;
function pluralise(count, one, many = `${one}s`) {
	return `${Math.round(count).toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
function partOf(part, all, noun, one = "", many = one) {
	const verb = part === 1 ? one : many;
	return `${Math.round(part).toLocaleString("en-US")} of ${pluralise(all, noun)}${verb === "" ? "" : ` ${verb}`}`;
}
function keepUnitsTogether(text) {
	return text.replace(/(?<=\d) (?=%|ms\b|s\b|min\b|(?:tok|req)\/s)/g, "\xA0");
}
function dropCodeMarks(text) {
	return text.replace(/`([^`\n]{1,200})`/g, "$1");
}
function escapeForTerminal(text, maximum = MAXIMUM) {
	const line = text.slice(0, 20 * maximum).replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu, "").replace(/[\p{White_Space}\p{Cc}]+/gu, " ").trim().replace(/^::/, ": :").replaceAll("##[", "## [");
	const letters = Array.from(line);
	return letters.length <= maximum && text.length <= 20 * maximum ? line : `${letters.slice(0, maximum - 1).join("")}…`;
}
function escapeForMarkdown(text, maximum = MAXIMUM) {
	return escapeForTerminal(text, maximum).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replace(/[\\`*_{}[\]()#+\-.!|~$^=:"']/g, "\\$&").replace(/@|(?<=\/)\/|#(?=\d)|(?<=\bwww)(?=\\\.)|(?<=\bGH)(?=\\-)/gi, "$&​");
}
function escapeForHtml(text, maximum = MAXIMUM) {
	return escapeHtml(escapeForTerminal(text, maximum));
}
function escapeHtml(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;").replaceAll("'", "&#39;");
}
function showUrl(url) {
	const parsed = typeof url === "string" ? parseUrl$1(url) : url;
	return parsed === null ? "(not a URL)" : escapeForTerminal(`${parsed.protocol}//${parsed.host}${parsed.pathname}`);
}
function parseUrl$1(text) {
	return URL.canParse(text) ? new URL(text) : null;
}
function decodePercent(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
function addressOf({ hostname, port, protocol }) {
	return {
		host: hostname.replace(/^\[|\]$/g, ""),
		port: port === "" ? protocol === "https:" ? 443 : 80 : Number(port)
	};
}
function formatMs(ms) {
	if (ms === null) return "–";
	return Number(ms.toPrecision(3)) >= 1e3 ? `${formatDigits(ms / 1e3)} s` : `${formatDigits(ms)} ms`;
}
function formatRate(perSecond) {
	return perSecond === null ? "–" : formatDigits(perSecond);
}
function formatShare(share) {
	if (share === null) return "–";
	const percent = share * 100;
	return `${percent >= 9.95 || percent === 0 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}
function formatCount(count) {
	return Math.round(count).toLocaleString("en-US");
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
	if (seconds < 10) return `about ${Math.max(1, Math.round(seconds))} s`;
	if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s`;
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
function formatChange(change) {
	return change === null ? "–" : `${formatSigned(change, choosePlaces([change]))} %`;
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
	return /^[0-9a-f]{7,64}$/i.test(sha) ? sha.slice(0, 7) : sha;
}
function keepTogether(text) {
	return text.replaceAll(" ", "\xA0");
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
	return `${change < 0 ? "−" : "+"}${size >= 1e3 ? formatCount(size) : text}`;
}
function round$1(value, places) {
	return Number(value.toFixed(places));
}
// src/render/parts.ts
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
function linkTo(of, url) {
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
function wordColumn(heading) {
	return {
		heading,
		align: "left"
	};
}
function figureColumn(heading) {
	return {
		heading,
		align: "right"
	};
}
function dropAbsent(parts) {
	return parts.flatMap((part) => part === null || part === "" ? [] : [part]);
}
const COMMENT_ROOM = {
	most: 6e4,
	sizeOf: (text) => text.length
};
const SUMMARY_ROOM = {
	most: 1032192,
	sizeOf: (text) => new TextEncoder().encode(text).length
};
function writeMarkdown(sentence, most = Infinity) {
	return writeSentence(sentence, {
		...MARKDOWN,
		room: most
	});
}
const MARKDOWN = {
	words: (text) => text,
	text: escapeForMarkdown,
	prose: writeProse,
	code: writeCode,
	figure: keepTogether,
	strong: (text) => `**${text}**`,
	link: writeLink
};
function writeCode(text, maximum) {
	const line = escapeForTerminal(text, maximum);
	return /^[^`|\\]+$/.test(line) ? `\`${line}\`` : `<code>${escapeForMarkdown(line, maximum)}</code>`;
}
function writeProse(text, maximum) {
	return escapeForTerminal(text, maximum).split(/`([^`]{1,200})`/).map((part, i) => {
		if (i % 2 === 1) return writeCode(part, maximum);
		const [before, after] = [part.startsWith(" ") ? " " : "", /. $/.test(part) ? " " : ""];
		return `${before}${escapeForMarkdown(part, maximum)}${after}`;
	}).join("");
}
function writeLink(text, url) {
	if (url === null || !URL.canParse(url)) return text;
	const { href, protocol } = new URL(url);
	if (protocol !== "https:" && protocol !== "http:") return text;
	return `[${text}](${href.replace(/[()<>\\|\s]/g, encodeURIComponent).replaceAll("(", "%28").replaceAll(")", "%29")})`;
}
function layMarkdownTable({ columns, rows }, most) {
	if (rows.length === 0) return null;
	const shown = rows.slice(0, most).map((row) => row.map((cell) => writeMarkdown(cell, most)));
	const text = markdownTable([columns.map(({ heading }) => heading), ...shown], {
		align: columns.map(({ align }) => align === "left" ? "l" : "r"),
		alignDelimiters: false
	});
	return rows.length === shown.length ? text : `${text}\n\n${describeRest(rows.length - shown.length, "row")}`;
}
function layMarkdownList(entries, most, room = most) {
	if (entries.length === 0) return null;
	const shown = entries.slice(0, most).map((entry) => `- ${writeMarkdown(entry, room)}`);
	if (entries.length > shown.length) shown.push(`- ${describeRest(entries.length - shown.length, "entry", "entries")}`);
	return shown.join("\n");
}
function foldBlocks(summary, blocks) {
	return `<details>\n<summary>${summary}</summary>\n\n${blocks.join("\n\n")}\n\n</details>`;
}
const ROWS$2 = [
	200,
	64,
	20,
	8,
	3,
	1
];
function fitBudget(render, { most: maximum, sizeOf }) {
	for (const most of ROWS$2) {
		const text = render(most);
		if (sizeOf(text) <= maximum) return text;
	}
	return render(0);
}
function describeRest(count, one, many) {
	return `… and ${pluralise(count, `more ${one}`, `more ${many ?? `${one}s`}`)}, in the report.`;
}
const PALETTE = "#2f81f7, #8c959f";
const MOST_LEVELS$2 = 40;
function drawMermaidChart({ title, y, lines }) {
	const candidate = lines.find(({ kind }) => kind === "candidate");
	const baseline = lines.find(({ kind }) => kind === "baseline");
	if (candidate === void 0) return null;
	const pairs = candidate.points.flatMap(({ x, y }) => {
		const before = baseline?.points.find((point) => point.x === x)?.y;
		return before === void 0 ? [] : [{
			x,
			y,
			before
		}];
	});
	const isBoth = pairs.length > 1;
	const points = isBoth ? pairs : candidate.points;
	if (points.length < 2 || points.length > MOST_LEVELS$2) return null;
	const legend = isBoth ? `${candidate.label} blue, ${baseline.label} grey` : candidate.label;
	const now = points.map((point) => point.y);
	const before = isBoth ? pairs.map((pair) => pair.before) : [];
	const top = Math.max(...now, ...before) * 1.1;
	return [
		"```mermaid",
		"---",
		"config:",
		"  themeVariables:",
		"    xyChart:",
		`      plotColorPalette: "${PALETTE}"`,
		"---",
		"xychart-beta",
		`  title "${title}: ${legend}"`,
		`  x-axis "concurrency" [${points.map(({ x }) => `"${x}"`).join(", ")}]`,
		`  y-axis "${y.unit}" 0 --> ${formatPlain(top)}`,
		`  line [${now.map(formatPlain).join(", ")}]`,
		...isBoth ? [`  line [${before.map(formatPlain).join(", ")}]`] : [],
		"```"
	].join("\n");
}
function formatPlain(value) {
	return Number(value.toPrecision(4)).toLocaleString("en-US", {
		useGrouping: false,
		maximumFractionDigits: 6
	});
}
// src/vocabulary/metrics.ts
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
const METRICS$1 = [
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
		defaultPairSpread: .025,
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
		defaultPairSpread: .025,
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
	{
		name: "throughput",
		family: "throughput",
		percentile: null,
		field: "outputTokensPerSecond",
		quantity: "tokens-per-second",
		unit: "tok/s",
		better: "higher",
		scope: "level",
		gated: false,
		automatic: null,
		needsStream: false,
		countsTokens: true,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: null,
		defaultPairSpread: null,
		releaseTolerance: null,
		label: "Throughput",
		meaning: "Output tokens per second of a level"
	},
	{
		name: "input-throughput",
		family: "throughput",
		percentile: null,
		field: "inputTokensPerSecond",
		quantity: "tokens-per-second",
		unit: "input tok/s",
		better: "higher",
		scope: "level",
		gated: false,
		automatic: null,
		needsStream: false,
		countsTokens: false,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: null,
		defaultPairSpread: null,
		releaseTolerance: null,
		label: "Input throughput",
		meaning: "Input tokens per second of a level"
	},
	{
		name: "requests-per-second",
		family: "throughput",
		percentile: null,
		field: "requestsPerSecond",
		quantity: "requests-per-second",
		unit: "req/s",
		better: "higher",
		scope: "level",
		gated: false,
		automatic: null,
		needsStream: false,
		countsTokens: false,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: null,
		defaultPairSpread: null,
		releaseTolerance: null,
		label: "Requests per second",
		meaning: "Finished requests per second of a level"
	},
	{
		name: "error-rate",
		family: "error-rate",
		percentile: null,
		field: "requests",
		quantity: "share",
		unit: "%",
		better: "lower",
		scope: "both",
		gated: false,
		automatic: null,
		needsStream: false,
		countsTokens: false,
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: null,
		defaultPairSpread: null,
		releaseTolerance: null,
		label: "Error rate",
		meaning: "Share of counted requests that failed, at a level or over the run"
	},
	{
		name: "plateau-throughput",
		family: "throughput",
		percentile: null,
		field: "plateau",
		quantity: "tokens-per-second",
		unit: null,
		better: "higher",
		scope: "run",
		gated: true,
		automatic: "always",
		needsStream: false,
		countsTokens: "if-generated",
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .05,
		defaultPairSpread: .025,
		releaseTolerance: .1,
		label: "Plateau throughput",
		meaning: "Tokens per second on the plateau of the throughput curve"
	},
	{
		name: "throughput-within",
		family: "throughput",
		percentile: null,
		field: "within",
		quantity: "tokens-per-second",
		unit: null,
		better: "higher",
		scope: "run",
		gated: true,
		automatic: null,
		needsStream: false,
		countsTokens: "if-generated",
		stopsAtKnee: false,
		isLatencyIfWhole: false,
		defaultSpread: .05,
		defaultPairSpread: .025,
		releaseTolerance: .1,
		label: "Throughput within limit",
		meaning: "Highest tokens per second inside the latencies that `throughput-within` sets"
	}
];
const METRIC_NAMES = METRICS$1.map(({ name }) => name);
const GATED_ROWS = METRICS$1.filter((metric) => metric.gated);
const GATED_METRICS = GATED_ROWS.map(({ name }) => name);
const MEDIAN_ROWS = METRICS$1.filter((metric) => metric.percentile === "p50");
const TAIL_ROWS = METRICS$1.filter((metric) => metric.percentile !== null && metric.percentile !== "p50");
const TIME_FIELDS = MEDIAN_ROWS.map(({ field }) => field);
const RATE_ROWS = METRICS$1.filter((metric) => metric.scope === "level" && metric.better === "higher");
const RATE_FIELDS = RATE_ROWS.map(({ field }) => field);
const RATE_UNITS = Object.fromEntries(RATE_ROWS.map(({ field, unit }) => [field, unit]));
function eachRate(make) {
	return Object.fromEntries(RATE_FIELDS.map((field) => [field, make(field)]));
}
const BY_NAME = new Map(METRICS$1.map((metric) => [metric.name, metric]));
function metricOf(name) {
	return BY_NAME.get(name);
}
function findMetric(name) {
	return BY_NAME.get(name) ?? null;
}
// src/render/metric-words.ts
function labelOf({ metric, ofPlateau = null }) {
	return ofPlateau === false ? "Highest throughput" : metricOf(metric).label;
}
function nameOf(comparison) {
	const label = labelOf(comparison);
	return /^[A-Z]{2}/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1);
}
function formatFigure({ unit }, value) {
	if (value === null) return "–";
	return unit === null ? formatMs(value) : `${formatRate(value)} ${unit}`;
}
function formatVisible({ better, smallestVisible }) {
	return smallestVisible === null ? "–" : formatChange(toNaturalChange(better, smallestVisible));
}
function toNaturalChange(better, worsening) {
	return better === "lower" ? worsening : 1 / (1 + worsening) - 1;
}
const worseningOf = toNaturalChange;
function betterOf(metric) {
	return metricOf(metric).better;
}
function capitalise(text) {
	return text.charAt(0).toUpperCase() + text.slice(1);
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
const DOUBTS = {
	"main-moved": "not red, because the newest recorded run alone is about as bad: the default branch may just have moved, and its next runs will tell",
	"seen-before": "not red, because recorded runs of the same code were about as bad now and then",
	"control-elsewhere": "not red, because the control itself was faster or slower than beside any recorded run, and nothing tells how far main follows it there",
	"other-hour": "not red, because no recorded run is from this time of the day, and hours may differ by as much: record runs at this time, too",
	"other-day": "not red, because all recorded runs are from one day, and days may differ by as much: record runs on other days, too",
	"many-gates": "not red, because among as many metrics as the gates of this pull request compare, one is as bad as this by chance more often than promised"
};
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
		meaning: "Too many levels could not be measured, for reasons that are not the server’s"
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
// src/render/view/comparisons.ts
function viewComparisons(verdict, sides) {
	return {
		rows: rowComparisons(verdict),
		requests: rowRequests(verdict),
		byLevel: tableLevels$1(verdict, sides),
		lost: describeLost$1(verdict),
		errors: describeErrors(verdict),
		unused: describeUnused(verdict),
		notes: describeNotes(verdict)
	};
}
function rowComparisons({ comparisons }) {
	return comparisons.map((comparison) => {
		const { baseline, candidate, change, interval, verdict, tolerance, accepted } = comparison;
		const by = accepted?.by == null ? "" : say` by ${quote(`@${accepted.by}`)}`;
		return {
			metric: labelOf(comparison),
			baseline: formatFigure(comparison, baseline),
			candidate: formatFigure(comparison, candidate),
			change: formatChange(change),
			interval: interval === null ? null : formatInterval(interval),
			visible: formatVisible(comparison),
			verdict: say`${describeWord(verdict, tolerance)}${by}`,
			short: shorten(comparison),
			looksWorse: looksWorse(verdict),
			isRegressed: verdict === "regressed"
		};
	});
}
function shorten(comparison) {
	const { baseline, candidate, unit, verdict } = comparison;
	const formatBare = (value) => unit === null ? formatFigure(comparison, value) : formatFigure(comparison, value).replace(` ${unit}`, "");
	const name = labelOf(comparison).replace(/ throughput$/, "").replace(/^Throughput within limit$/, "Within limit");
	return {
		metric: unit === null ? name : `${name}, ${unit}`,
		baseline: formatBare(baseline),
		candidate: formatBare(candidate),
		verdict: describeWord(verdict).replace(/^\P{L}+/u, "").toLowerCase()
	};
}
const LOST_WORDS = {
	regressed: "❌ No longer holds",
	suspect: "⚠️ Did not hold",
	"not-measured": "❔ Not usable",
	accepted: "Accepted"
};
const ERROR_WORDS = {
	regressed: "❌ More fail",
	"not-measured": "❔ More failed, not confirmed",
	suspect: "⚠️ More failed, not confirmed",
	"no-change-seen": "No change seen",
	accepted: "Accepted"
};
function rowRequests({ lostLevels, errorRate }) {
	const lost = lostLevels.map(({ concurrency, baseline, candidate, verdict }) => ({
		what: `Concurrency ${formatConcurrency(concurrency)}`,
		baseline: formatFailed(baseline),
		candidate: formatFailed(candidate),
		change: "–",
		verdict: LOST_WORDS[verdict]
	}));
	if (errorRate === null || errorRate.verdict === "no-change-seen") return lost;
	const { candidate, baseline, rise, verdict } = errorRate;
	const errors = {
		what: "Requests failed",
		baseline: formatFailedShare(baseline),
		candidate: formatFailedShare(candidate),
		change: `+${formatShare(rise).replace("%", "points")}`,
		verdict: ERROR_WORDS[verdict]
	};
	return [...lost, errors];
}
function labelOfAside(comparison) {
	return comparison.unit === null ? labelOf(comparison) : "Throughput";
}
function tableLevels$1({ comparisons }, sides) {
	const layCells = (comparison, level, label) => [
		label,
		formatConcurrency(level.concurrency),
		keepUnit(formatFigure(comparison, level.baseline)),
		keepUnit(formatFigure(comparison, level.candidate)),
		keepUnit(formatChange(level.change))
	];
	return {
		columns: [wordColumn("Metric"), ...[
			"level",
			sides.baseline,
			sides.candidate,
			"change"
		].map(figureColumn)],
		rows: comparisons.flatMap((comparison) => [...comparison.byLevel.map((level) => layCells(comparison, level, labelOf(comparison))), ...comparison.aside.map((level) => layCells(comparison, level, `${labelOfAside(comparison)}, not compared`))])
	};
}
const HOLD_WORDS = {
	regressed: "no longer holds",
	suspect: "did not hold, not proven",
	accepted: "no longer holds, accepted"
};
function describeLost$1({ lostLevels }) {
	return lostLevels.flatMap((level) => {
		const { concurrency, verdict, candidate, baseline, reason, repeatFailed } = level;
		if (verdict === "not-measured") return [];
		const why = reason === "" ? "" : say` (${quoteProse(reason, 200)})`;
		const again = repeatFailed === null ? ", not repeated" : repeatFailed ? ", and again when repeated" : ", but held when repeated";
		return [say`${`Concurrency ${formatConcurrency(concurrency)} ${HOLD_WORDS[verdict]}`}: ${formatFailed(candidate)}${why}${again}; in the baseline ${formatFailed(baseline)}.`];
	});
}
function describeUnused({ lostLevels }) {
	return lostLevels.flatMap(({ concurrency, verdict, candidate, reason, repeatFailed }) => {
		if (verdict !== "not-measured") return [];
		const { ok, failed } = candidate;
		const counts = failed === 0 ? "" : `, ${partOf(failed, ok + failed, "request")} failed`;
		const again = repeatFailed === null ? "" : repeatFailed ? ", nor when it was repeated" : ", but did when it was repeated";
		return [say`${`Concurrency ${formatConcurrency(concurrency)}`} gave no usable figures (${quoteProse(reason, 200)}${counts})${again}.`];
	});
}
function describeErrors({ errorRate }) {
	if (errorRate === null || errorRate.verdict === "no-change-seen") return null;
	return `${formatFailedShare(errorRate.candidate)} of the requests fail, ${formatFailedShare(errorRate.baseline)} in the baseline.`;
}
function describeNotes({ comparisons }) {
	return [...comparisons.flatMap((comparison) => comparison.note === null ? [] : [say`${labelOf(comparison)}: ${quoteProse(comparison.note)}`]), ...comparisons.flatMap((comparison) => {
		const why = comparison.accepted?.why ?? null;
		return why === null ? [] : [say`${labelOf(comparison)} was accepted: ${quote(why, 200)}`];
	})];
}
function describeWord(word, tolerance = null) {
	switch (word) {
		case "cancelled": return "Cancelled";
		case "regressed": return "❌ Regressed";
		case "not-measured": return "❔ Not measured";
		case "suspect": return "⚠️ Suspect";
		case "not-comparable": return "❔ Not comparable";
		case "no-baseline": return "Nothing to compare yet";
		case "skipped": return "Skipped";
		case "accepted": return "Accepted";
		case "no-change-seen": return "No change seen";
		case "proven": return tolerance === null ? "✅ Proven" : `✅ Proven within ${keepTogether(formatShare(tolerance))}`;
		case "improved": return "✅ Improved";
	}
}
// src/render/view/control.ts
function isJudgedByControl({ comparisons }) {
	return comparisons.some(({ control }) => control !== null);
}
function isFirstBesideControl({ comparisons }) {
	const judged = comparisons.filter(({ change }) => change !== null);
	return judged.length > 0 && judged.every(({ control }) => control?.pairs === 0);
}
function hasLostControl({ control }) {
	return control !== null && control.troubles.length > 0;
}
function nameControlAlone({ sessions, fresh }) {
	const each = sessions === 1 ? "" : " for each";
	return `Compared with the control alone, ${fresh ? `in ${pluralise(sessions, "session")}, both started anew${each}` : "measured beside it"}`;
}
function describeControl$1(verdict) {
	const { control } = verdict;
	if (control === null) return null;
	const troubles = control.troubles.map((why) => say`The control: ${quoteProse(why)}.`);
	return joinSentences([isJudgedByControl(verdict) ? describeGrounds(verdict) : "The control did not decide: the recorded runs alone did.", ...troubles], " ");
}
function describeGrounds(verdict) {
	const { sessions, fresh } = verdict.control;
	if (isFirstBesideControl(verdict)) return `It needs no history, for both sides had the same minutes; how far ${sessions > 1 && fresh ? "such sessions" : "two deployments of the same code"} lie apart is ${sessions > 1 && fresh ? "partly " : ""}assumed.`;
	const sides = `Measured beside its control in ${pluralise(sessions, "session")}${fresh ? ", both sides started anew for each" : ""}.`;
	const moved = verdict.comparisons.filter(({ control }) => control !== null && control.pairs > 0).map((comparison) => `${formatShare(comparison.control.theta)} in ${nameOf(comparison)}`);
	const pairs = Math.max(...verdict.comparisons.map(({ control }) => control?.pairs ?? 0));
	return `${sides} ${pluralise(pairs, "recorded run")} beside the control ${pairs === 1 ? "tells" : "tell"} how much of its movement is common: ${joinShortList(moved)}.`;
}
const WIDE_SPREAD = .03;
const FEWEST_GROUPS$1 = 8;
function describeFineness({ comparisons, control, policy }) {
	if (control !== null || policy.decision === "threshold") return null;
	const noisy = comparisons.filter((comparison) => isNoisy(comparison));
	if (noisy.length === 0) return null;
	const finds = noisy.map((comparison) => `${nameOf(comparison)} ${formatVisible(comparison)}`);
	return `Runs of the same code spread by up to ${formatShare(Math.max(...noisy.map(({ spread }) => spread)))} here, so this gate finds ${joinShortList(finds)} in 4 of 5 runs, and more history changes little. A \`control\` beside the candidate takes away what both have in common.`;
}
function isNoisy({ spread, groups, smallestVisible }) {
	return spread !== null && spread >= WIDE_SPREAD && groups >= FEWEST_GROUPS$1 && smallestVisible !== null;
}
// src/render/view/input.ts
function completeInput(input) {
	return {
		links: {
			run: null,
			artifact: null
		},
		repository: null,
		commits: null,
		settingsNote: null,
		notes: [],
		attempt: 1,
		acceptLabel: "plateau-accept",
		queued: null,
		subject: "pull-request",
		defaultBranch: "main",
		intoBranch: null,
		withoutVerdict: false,
		...input
	};
}
function sidesOf$1({ subject = "pull-request", defaultBranch = "main", intoBranch = null }) {
	return subject === "pull-request" ? {
		baseline: nameBranch(defaultBranch),
		candidate: "this PR",
		isPullRequest: true,
		intoBranch
	} : {
		baseline: "baseline",
		candidate: "this run",
		isPullRequest: false,
		intoBranch: null
	};
}
function nameOfBaseline({ baseline, isPullRequest }) {
	return isPullRequest ? baseline : "the baseline";
}
function nameBranch(branch) {
	return /^[\w/-]{1,40}$/.test(branch) ? branch : "the default branch";
}
// src/render/view/where.ts
function findMoved(comparisons) {
	return comparisons.filter(({ verdict, change }) => change !== null && [
		"regressed",
		"suspect",
		"accepted"
	].includes(verdict));
}
function describeLevels(comparison) {
	const { byLevel, better } = comparison;
	if (byLevel.length === 0) return null;
	const ladder = byLevel.toSorted((a, b) => a.concurrency - b.concurrency);
	const moved = ladder.filter(({ change }) => hasMoved(comparison, worseningOf(better, change)));
	const describeAt = ({ concurrency, change }) => `${formatChange(change)} at ${formatConcurrency(concurrency)}`;
	const [only] = ladder.length === 1 ? ladder : moved;
	if (ladder.length === 1 || moved.length === 1) return `${nameOf(comparison)} ${formatChange(only.change)} at concurrency ${formatConcurrency(only.concurrency)}`;
	if (moved.length === ladder.length) return `${nameOf(comparison)} ${describeSameAtAll(ladder)}`;
	const levels = (moved.length === 0 ? ladder : moved).map(({ concurrency }) => formatConcurrency(concurrency));
	const worst = ladder.reduce((a, b) => worseningOf(better, b.change) > worseningOf(better, a.change) ? b : a);
	return `${nameOf(comparison)} at concurrency ${joinShortList(levels)}, most ${describeAt(worst)}`;
}
function describeCause(comparisons) {
	const moved = findMoved(comparisons);
	const find = (what) => moved.find((comparison) => isOf(comparison, what)) ?? null;
	const isSteady = (what) => comparisons.some((comparison) => isOf(comparison, what) && isGood(comparison.verdict));
	const [ttft, tpot] = [find("ttft"), find("tpot") ?? find("inter-chunk")];
	if (ttft !== null && tpot !== null) return "prefill and decode: every step is slower.";
	if (tpot !== null) return `decode: tokens after the first come slower${isSteady("ttft") ? "; the first comes as before" : ""}.`;
	if (ttft !== null) {
		if (growsWithLoad(ttft)) return "queueing: with few requests the first token comes as before, with many it waits.";
		return `prefill: the first token comes later at any load${isSteady("tpot") ? "; those after it come as before" : ""}.`;
	}
	if (find("ttfo") !== null) return "reasoning: the answer starts later.";
	if (find("latency") !== null) return "the whole request: it is slower from end to end.";
	if (find("plateau") !== null && isSteady("tpot")) return "capacity: a single request is as fast as before, but fewer are served at once.";
	return null;
}
function nameTrade(comparisons) {
	const isWorse = (what) => findMoved(comparisons).some((comparison) => isOf(comparison, what));
	const isImproved = (what) => comparisons.some((comparison) => isOf(comparison, what) && isBetter$1(comparison));
	if (isWorse("tpot") && isImproved("plateau")) return "more throughput for slower tokens, as larger batches give";
	if (isWorse("ttft") && isImproved("plateau")) return "more throughput for a later first token, as larger batches give";
	if (isWorse("tpot") && isImproved("ttft")) return "an earlier first token for slower ones after it, as prefill before decode gives";
	if (isWorse("ttft") && isImproved("tpot")) return "steadier tokens for a later first one, as chunked prefill gives";
	if (isWorse("plateau") && (isImproved("tpot") || isImproved("ttft"))) return "faster requests for less throughput, as smaller batches give";
	return null;
}
function isOf({ metric }, what) {
	const { family, field } = metricOf(metric);
	return family === what || field === what;
}
function describeSameAtAll(ladder) {
	const [first, last] = [ladder[0], ladder.at(-1)];
	const [from, to] = [formatConcurrency(first.concurrency), formatConcurrency(last.concurrency)];
	return formatChange(first.change) === formatChange(last.change) ? `${formatChange(first.change)} at concurrency ${from} to ${to}` : `${formatChange(first.change)} at concurrency ${from} to ${formatChange(last.change)} at ${to}`;
}
function hasMoved({ worsening }, atLevel) {
	return atLevel >= (worsening ?? 0) / 2;
}
function growsWithLoad(comparison) {
	const ladder = comparison.byLevel.toSorted((a, b) => a.concurrency - b.concurrency);
	const [first] = ladder;
	return ladder.length > 1 && !hasMoved(comparison, worseningOf(comparison.better, first.change)) && hasMoved(comparison, worseningOf(comparison.better, ladder.at(-1).change));
}
function isGood(verdict) {
	return verdict === "no-change-seen" || verdict === "proven" || verdict === "improved";
}
function isBetter$1({ better, interval }) {
	return interval !== null && (better === "lower" ? interval.high < 0 : interval.low > 0);
}
// src/render/view/answers.ts
const MOST_METRICS = 3;
const MOST_LEVELS$1 = 4;
function viewAnswers(input, sides) {
	const { verdict } = input;
	return {
		answers: answerReader(input, sides),
		moves: describeMoves(verdict),
		part: describePart(verdict),
		owner: describeOwner(verdict, sides),
		hasBaselineMoved: verdict.comparisons.some(({ provisional }) => provisional !== null),
		chance: describeChance(verdict)
	};
}
function answerReader(input, sides) {
	const { verdict } = input;
	const accept = describeAcceptance(input, sides);
	return [
		[
			"where",
			"Where?",
			describeWhere(verdict)
		],
		[
			"owner",
			sides.isPullRequest ? `You or ${sides.baseline}?` : "New, or before?",
			describeOwner(verdict, sides)
		],
		[
			"changes",
			"What else changed?",
			describeChanges(verdict)
		],
		[
			"reproduce",
			"Reproduce:",
			describeCommand(input)
		],
		[
			"intended",
			"Intended?",
			accept?.how ?? null
		],
		[
			"next",
			"What now?",
			describeNextStep(verdict, sides)
		],
		[
			"chance",
			"By chance?",
			describeChanceAndRemedy(input)
		]
	].flatMap(([about, question, answer]) => answer === null ? [] : [{
		about,
		question,
		answer,
		yaml: about === "intended" ? accept.entries : []
	}]);
}
function describeMoves({ comparisons }) {
	return findMoved(comparisons).flatMap((comparison) => {
		const levels = describeLevels(comparison);
		return levels === null ? [] : [`${capitalise(levels)}.`];
	});
}
function describePart({ comparisons }) {
	const cause = describeCause(comparisons);
	return cause === null ? null : `Looks like ${cause}`;
}
function describeWhere(verdict) {
	const [lost, moves, part] = [
		describeLost$1(verdict),
		describeMoves(verdict),
		describePart(verdict)
	];
	const parts = [
		...lost.length === 0 ? [] : [listOf(lost, " ")],
		...moves.length === 0 ? [] : [listOf(moves, " ", MOST_LEVELS$1)],
		...part === null ? [] : [part]
	];
	return parts.length === 0 ? null : joinSentences(parts, " ");
}
function describeOwner({ comparisons, baseline }, sides) {
	const since = comparisons.flatMap((comparison) => comparison.provisional !== null ? [describeSegment(comparison, comparison.provisional, sides)] : comparison.step === void 0 ? [] : [describeStep$1(comparison, comparison.step, sides)]).slice(0, MOST_METRICS);
	const own = findMoved(comparisons).filter(({ verdict, provisional }) => verdict !== "accepted" && provisional === null);
	if (own.length === 0) return since.length === 0 ? null : joinSentences(since, " ");
	const newer = sides.intoBranch !== null ? say` But the recorded runs are those of ${sides.baseline}, and this pull request goes into ${quoteCode(sides.intoBranch)}: what differs between the two could explain it.` : baseline.ancestor === false ? " But the newest recorded run is newer than this branch, which could explain it: update the branch to be sure." : "";
	const isSure = own.some(({ verdict }) => verdict === "regressed") && comparisons.every(({ doubt }) => doubt === null);
	const what = since.length === 0 ? "it" : `what is worse in ${joinShortList(own.map(nameOf))}`;
	const who = isSure ? `${what} comes from ${sides.candidate}, as far as can be seen` : `if it is real, ${what} comes from ${sides.candidate}`;
	const steadiness = own.every(({ control }) => control !== null) ? "the control, measured with it, does not show it" : describeSteadiness(own, baseline, nameOfBaseline(sides));
	const steady = say`${capitalise(who)}: ${steadiness}.${newer}`;
	return joinSentences([...since, steady], " ");
}
function describeSteadiness(own, { runs, groups }, baseline) {
	if (groups < 2) return `one recorded run cannot show whether ${baseline} has moved`;
	const shortest = own.reduce((a, b) => b.groups < a.groups ? b : a);
	if (shortest.segments < 2) return `${baseline} has not moved within the ${pluralise(runs, "run")} compared with`;
	const since = pluralise(shortest.groups, groups === runs ? "run" : "point");
	return shortest.groups < 2 ? `${baseline} moved with its newest run, and is compared with as it is since` : `${baseline} has not moved within the ${since} since its last step`;
}
function describeSegment(comparison, segment, sides) {
	const { change, interval, verdict } = comparison;
	const since = segment.sha === null ? formatDay(segment.startedAt) : formatSha(segment.sha);
	const measured = `${formatChange(change)}${interval === null ? "" : ` ${formatInterval(interval)}`}`;
	const main = `${nameOfBaseline(sides)} has been ${formatSize(segment.mainChange)} ${directionOf(comparison, segment.mainChange)} in ${nameOf(comparison)}`;
	const own = verdict === "regressed" ? `${sides.candidate} is worse than both (${measured} against now, ${formatChange(segment.changeFromBefore)} against before)` : verdict === "suspect" ? `whether ${sides.candidate} adds to it is not certain (${measured})` : `${sides.candidate} adds nothing that can be seen (${measured})`;
	return say`${capitalise(main)} since ${quote(since, 20)} (${pluralise(segment.runs, "run")}, not accepted); ${own}.`;
}
function describeStep$1(comparison, step, sides) {
	const day = formatDay(step.startedAt);
	const range = step.sha === null ? null : quote(step.after === null ? formatSha(step.sha) : `${formatSha(step.after)}…${formatSha(step.sha)}`, 40);
	const since = range === null ? day : say`${range} (${day})`;
	return say`${capitalise(`${nameOfBaseline(sides)} has been ${formatSize(step.mainChange)} ${directionOf(comparison, step.mainChange)} in ${nameOf(comparison)}`)} since ${since}, ${pluralise(step.points, "point")} and not accepted: compared with is how it is since.`;
}
function describeChanges({ whatElseChanged, baseline, comparisons }) {
	if (baseline.newest === null || comparisons.length === 0) return null;
	if (whatElseChanged.length === 0) return "Nothing that is recorded about model, server and runner.";
	return say`${listOf(whatElseChanged.map(({ what, before, now }) => say`${quote(what)} ${quoteCode(before)} → ${quoteCode(now)}`), "; ")}.`;
}
function describeCommand({ report, verdict, links, repository }) {
	const run = links.run === null ? null : /\/actions\/runs\/(\d+)/.exec(links.run);
	if (run === null || repository === null || links.artifact === null || verdict.comparisons.length === 0) return null;
	const command = `plateau compare --run ${run[1]} --repository ${repository} --name ${verdict.name}`;
	const whole = [command, ...[...verdict.decidedBy, ...listAccepted(verdict, report?.startedAt ?? null)].map(({ setting, value }) => `--${setting} ${quoteForShell(value)}`)].join(" ");
	if (whole.length <= LONGEST_COMMAND) return quoteCode(whole, LONGEST_COMMAND);
	return say`${quoteCode(command, LONGEST_COMMAND)} with the settings that stand in \`verdict.json\` under \`decidedBy\``;
}
const LONGEST_COMMAND = 1500;
function listAccepted({ comparisons }, startedAt) {
	const entries = comparisons.flatMap(({ metric, better, accepted }) => {
		if (accepted === null || startedAt === null) return [];
		const percent = Number((100 * Math.abs(toNaturalChange(better, accepted.at))).toPrecision(6));
		return [`${metric} ${better === "higher" ? "-" : "+"}${percent}% since ${startedAt}`];
	});
	return entries.length === 0 ? [] : [{
		setting: "accept",
		value: entries.join("; ")
	}];
}
function quoteForShell(text) {
	return /^[\w.,:@%+=/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
function describeAcceptance({ report, verdict, acceptLabel, queued }, sides) {
	const worst = verdict.comparisons.filter((comparison) => comparison.verdict === "regressed");
	const [first] = worst;
	if (first === void 0) return null;
	const trade = nameTrade(verdict.comparisons);
	const looks = trade === null ? "" : `It looks like ${trade}. `;
	const entries = worst.slice(0, MOST_METRICS).map((comparison) => describeEntry(comparison, report?.startedAt ?? null));
	const file = "under `accept:` in the config file";
	const merged = sides.isPullRequest ? ", which counts after the merge" : "";
	if (verdict.policy.gate === "release") return {
		how: `${looks}A release takes only an entry ${file}${merged}:`,
		entries
	};
	if (acceptLabel === null) return {
		how: `${looks}Then add ${file}${merged}:`,
		entries
	};
	const [all, one] = [quoteCode(acceptLabel), quoteCode(`${acceptLabel}:${first.metric}`)];
	return {
		how: say`${looks}Add the label ${worst.length === 1 ? say`${one} for ${nameOf(first)}, or ${all} for everything` : say`${all}, or ${one} for one metric`}${queued === null ? say`. The check follows without measuring again where the workflow runs on ${quoteCode("labeled")}; else re-run the job` : `, to #${queued}, then ${queueAgain(queued)}`}. An entry ${file} counts only after the merge:`,
		entries
	};
}
function queueAgain(queued) {
	return `add #${queued} to the merge queue again`;
}
function describeEntry({ metric, better, worsening }, startedAt) {
	const day = startedAt === null ? "" : formatDay(startedAt);
	const since = /^[\d-]{10}$/.test(day) ? day : "YYYY-MM-DD";
	const percent = Math.ceil(Math.abs(toNaturalChange(better, worsening ?? 0)) * 100 - 1e-6);
	return `- { metric: ${metric}, at: ${better === "higher" ? "-" : ""}${percent}%, since: ${since}, why: … }`;
}
function describeNextStep({ verdict, reasons, comparisons, policy, baseline: { unreadable } }, sides) {
	const baseline = nameOfBaseline(sides);
	if (reasons.includes("not-proven")) return describeProof(verdict, comparisons);
	switch (verdict) {
		case "suspect": return "A real change of this size shows again: look at the next run, or re-run the job. More recorded runs make it certain.";
		case "accepted": return `Nothing. It stays green up to these figures plus the tolerance${sides.intoBranch === null ? "; after the merge the next runs are compared with the new level" : ""}.`;
		case "cancelled": return "Run the job again.";
		case "not-measured":
			if (reasons.includes("baseline")) return say`The figures are measured, only the history could not be read. What helps: ${quoteProse(unreadable?.remedy ?? "run the job again")}.`;
			return "Mend what the findings name, then run the job again.";
		case "regressed":
			if (reasons.includes("level-lost") || reasons.includes("error-rate")) return `Look at the server log of this time: requests failed that ${baseline} answers.`;
			return reasons.includes("limit") && policy.gate !== "observe" ? `A limit holds or breaks whatever ${baseline} is like: mend the cause, or move the limit in the settings.` : null;
		default: return null;
	}
}
function describeProof(verdict, comparisons) {
	if (verdict === "accepted") return "A release passes by an acceptance only when it stands in the config file.";
	const compared = comparisons.filter(({ change }) => change !== null);
	const groups = Math.min(...compared.map(({ groups }) => groups));
	return `A release passes only on proof. What would prove it: ${compared.length === 0 ? "at least 8 recorded runs" : groups < 8 ? `at least 8 recorded runs (now ${groups})` : "more recorded runs"}, more \`runs\` in one go, or a wider \`tolerance\`.`;
}
function describeChance({ falseAlarmRate, policy, verdict, comparisons }) {
	if (comparisons.length === 0 || verdict === "accepted" || policy.gate === "release") return null;
	if (falseAlarmRate === null) return policy.decision === "threshold" ? "How often unchanged code would be red is not known yet: `decision: threshold` does not look at noise." : null;
	if (policy.decision === "statistical") {
		const often = `Unchanged code is red in about ${formatOneOf(falseAlarmRate)} runs`;
		return isFirstBesideControl({ comparisons }) ? `${often} measured like this one, where two deployments of it differ as is assumed.` : `${often} made like the recorded ones.`;
	}
	return `With \`decision: threshold\` unchanged code would be red in ${falseAlarmRate > .5 ? "more than half of all" : `about ${formatOneOf(falseAlarmRate)}`} runs.`;
}
function describeChanceAndRemedy({ verdict, links, queued }) {
	const likely = describeChance(verdict);
	const inflated = describeInflation(verdict);
	const isByLimit = verdict.reasons.every((reason) => reason.startsWith("limit"));
	if (likely === null || verdict.verdict !== "regressed" || isByLimit || links.run === null) return likely;
	const surer = queued === null ? "re-run the job: its attempts count together" : queueAgain(queued);
	return `${likely}${inflated === null ? "" : ` ${inflated}`} To be surer, ${surer}.`;
}
function describeInflation({ comparisons, policy }) {
	if (policy.decision === "threshold") return null;
	const large = comparisons.filter(({ verdict, worsening, smallestVisible }) => verdict === "regressed" && worsening !== null && smallestVisible !== null && worsening < smallestVisible);
	if (large.length === 0) return null;
	return `It is less than is found in 4 of 5 runs (${joinShortList(large.map((comparison) => `${nameOf(comparison)} ${formatVisible(comparison)}`))}); of such changes those that are red are shown larger than they are, on average.`;
}
// src/render/view/baseline.ts
function viewBaseline(situation) {
	const { verdict, report } = situation;
	const { drift } = verdict;
	return {
		runs: countRuns(verdict),
		isControl: isFirstBesideControl(verdict),
		origin: describeOrigin$1(situation),
		tolerances: describeTolerances$1(verdict),
		grounds: tableGrounds(verdict.comparisons, report),
		passedOver: verdict.baseline.skipped.map((sentence) => quoteProse(sentence)),
		drift: drift === null || drift.metrics.length === 0 ? null : describeDrift(drift),
		outlook: tableOutlook(verdict.outlook),
		control: describeControl$1(verdict),
		fineness: describeFineness(verdict),
		confirmation: describeConfirmation(verdict),
		changes: tableChanges("What", verdict.whatElseChanged.map(({ what, before, now }) => [
			what,
			before,
			now
		]))
	};
}
function tableChanges(what, changes) {
	return {
		columns: [
			wordColumn(what),
			wordColumn("Before"),
			wordColumn("Now")
		],
		rows: changes.map(([what, ...values]) => [quote(what), ...values.map((value) => quoteCode(value))])
	};
}
function tableGrounds(comparisons, report) {
	return {
		columns: [
			wordColumn("Metric"),
			wordColumn("levels"),
			figureColumn("independent runs"),
			figureColumn("spread between runs"),
			figureColumn("tolerance")
		],
		rows: comparisons.filter(({ change }) => change !== null).map((comparison) => {
			const onlySome = report !== null && lacksLevels(comparison, report);
			const { levels, groups, leftOut, spread, assumedSpread, tolerance } = comparison;
			return [
				labelOf(comparison),
				levels.length === 0 ? "whole run" : `${joinShortList(levels.map(formatConcurrency), 12)}${onlySome ? ", the levels that both have" : ""}`,
				`${formatCount(groups)}${leftOut === 0 ? "" : ` (${formatCount(leftOut)} left out)`}`,
				`${formatShare(spread)}${assumedSpread ? ", partly assumed" : ""}`,
				formatShare(tolerance)
			];
		})
	};
}
function lacksLevels({ metric, better, levels }, report) {
	const [from, to] = [Math.min(...levels), Math.max(...levels)];
	const endsEarly = metricOf(metric).stopsAtKnee;
	return report.levels.some(({ concurrency }) => !levels.includes(concurrency) && (endsEarly ? concurrency < to : better === "lower" || concurrency > from));
}
function countSinceStep({ comparisons, baseline: { groups } }) {
	const compared = comparisons.filter(({ change }) => change !== null);
	if (compared.length === 0 || compared.some(({ segments }) => segments < 2)) return null;
	const used = Math.max(...compared.map((comparison) => comparison.groups));
	return used < groups ? used : null;
}
function countRuns(verdict) {
	const { runs, groups } = verdict.baseline;
	const used = countSinceStep(verdict);
	if (used === null) return pluralise(runs, "run");
	return `${formatCount(used)} of ${groups === runs ? pluralise(runs, "run") : pluralise(groups, "point")}`;
}
function describeOrigin$1({ verdict, links, subject, defaultBranch, intoBranch }) {
	const { baseline, comparisons } = verdict;
	if (isFirstBesideControl(verdict)) return nameControlAlone(verdict.control);
	if (comparisons.length === 0 || baseline.runs === 0) return null;
	const origin = baseline.origin === null ? "" : say` (${quote(baseline.origin)})`;
	const runs = say`Compared with ${pluralise(baseline.runs, "run")}${origin}${describeGroups(verdict)}${describeStep(verdict)}`;
	const control = comparisons.some((comparison) => comparison.control !== null) ? ", and with the control" : "";
	if (baseline.newest === null) return say`${runs}${control}`;
	const { sha, startedAt, url } = baseline.newest;
	const commit = sha === null ? "" : say`${linkTo(quote(formatSha(sha), 20), pickSameOrigin(url, links.run))} `;
	const branch = subject === "run" ? "this run" : "this branch";
	const ancestor = intoBranch !== null ? say` and of ${quote(defaultBranch)}; this pull request goes into ${quoteCode(intoBranch)}` : baseline.ancestor === null ? "" : baseline.ancestor ? `, which ${branch} contains` : `, which is newer than ${branch}`;
	return say`${runs}, ${baseline.runs === 1 ? "" : "the newest "}${commit}of ${quote(formatDay(startedAt))}${ancestor}${control}`;
}
function describeGroups({ baseline: { runs, groups } }) {
	return groups === runs ? "" : `, which count as ${formatCount(groups)} (runs of one hour or one workflow run share machine and deployment)`;
}
function describeStep(verdict) {
	const used = countSinceStep(verdict);
	return used === null ? "" : `, of which the ${formatCount(used)} since the last step are used`;
}
function pickSameOrigin(url, run) {
	if (url === null || run === null || !URL.canParse(url) || !URL.canParse(run)) return null;
	return new URL(url).origin === new URL(run).origin ? url : null;
}
function describeTolerances$1({ comparisons }) {
	const byShare = Map.groupBy(comparisons, ({ tolerance }) => formatShare(tolerance));
	if (byShare.size < 2) return `tolerance ${[...byShare.keys()].join("")}`;
	return `tolerance ${[...byShare].map(([share, same]) => `${share} for ${joinShortList(same.map(nameOf))}`).join(", ")}`;
}
function describeDrift({ since, released, newest, metrics }) {
	const beginning = say`Slow drift since ${quote(since)}`;
	if (metrics.length === 0) return say`${beginning}: too few runs to tell (${String(released)} before, ${String(newest)} since).`;
	const changes = metrics.map((metric) => `${nameOf(metric)} ${formatChange(metric.change)}`).join(", ");
	return say`${beginning} (${pluralise(newest, "newest run")} against ${String(released)}): ${changes}.`;
}
function tableOutlook(outlook) {
	const counts = [...new Set(outlook.map(({ runs }) => runs))].sort((a, b) => a - b);
	const metrics = [...new Set(outlook.map(({ metric }) => metric))];
	const formatVisibleChange = (metric, runs) => {
		const found = outlook.find((entry) => entry.metric === metric && entry.runs === runs);
		return formatChange(found === void 0 ? null : toNaturalChange(betterOf(metric), found.smallestVisible));
	};
	return {
		columns: [wordColumn("Finds in 4 of 5, with"), ...counts.map((runs) => figureColumn(pluralise(runs, "run")))],
		rows: metrics.map((metric) => [labelOf({ metric }), ...counts.map((runs) => keepUnit(formatVisibleChange(metric, runs)))])
	};
}
function describeConfirmation({ confirmation }) {
	if (confirmation === null) return null;
	const { passes } = confirmation;
	return passes === 0 ? "No second look was possible." : `Second look: ${pluralise(passes, "fresh pass", "fresh passes")}.`;
}
// src/stats/percentile.ts
const MINIMUM_SAMPLES = {
	p50: 1,
	p90: 64,
	p95: 130,
	p99: 662
};
const SHARE = {
	p50: .5,
	p90: .9,
	p95: .95,
	p99: .99
};
function percentile(sorted, name, infinite = 0) {
	const n = sorted.length + infinite;
	if (n < MINIMUM_SAMPLES[name]) return null;
	const index = (n - 1) * SHARE[name];
	const lower = Math.floor(index);
	const upper = Math.ceil(index);
	if (upper >= sorted.length) return null;
	return lower === upper ? sorted[lower] : sorted[lower] * (upper - index) + sorted[upper] * (index - lower);
}
function countMissingSamples(name, n) {
	return Math.max(0, MINIMUM_SAMPLES[name] - n);
}
const LOWEST = .001;
const HIGHEST = 6e5;
const STEP = Math.log(1.01);
const BUCKETS = Math.ceil(Math.log(HIGHEST / LOWEST) / STEP) + 2;
function createLogHistogram() {
	const buckets = new Uint32Array(BUCKETS);
	let count = 0;
	return {
		buckets,
		get count() {
			return count;
		},
		add(value) {
			const index = value <= LOWEST ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(value / LOWEST) / STEP));
			buckets[index] = buckets[index] + 1;
			count++;
		},
		merge(other) {
			for (let i = 0; i < BUCKETS; i++) buckets[i] = buckets[i] + other.buckets[i];
			count += other.count;
		},
		quantile(p) {
			if (count === 0) return null;
			let left = p * (count - 1);
			for (let i = 0; i < BUCKETS; i++) {
				left -= buckets[i];
				if (left < 0) return bucketMs(i);
			}
			return HIGHEST;
		}
	};
}
function bucketMs(index) {
	return index === 0 ? LOWEST : LOWEST * Math.exp((index - .5) * STEP);
}
// src/protocol/api.ts
const NO_SERVER_TIMINGS = {
	serverTtftMs: null,
	serverTpotMs: null,
	serverLoadMs: null
};
const EMPTY_DELTA = {
	text: false,
	reasoning: false,
	tool: false,
	usage: null,
	finishReason: null,
	servedModel: null,
	error: null,
	terminal: false,
	unknown: false
};
const UNKNOWN_DELTA = {
	...EMPTY_DELTA,
	unknown: true
};
function carryText(content) {
	return content === null || content === "" ? EMPTY_DELTA : {
		...EMPTY_DELTA,
		text: true,
		content,
		characters: content.length
	};
}
function carryReasoning(thought) {
	return thought === null || thought === "" ? EMPTY_DELTA : {
		...EMPTY_DELTA,
		reasoning: true,
		characters: thought.length
	};
}
function carryTool(call) {
	return call === null || call === "" ? EMPTY_DELTA : {
		...EMPTY_DELTA,
		tool: true,
		characters: call.length
	};
}
function joinParts(parts) {
	const carries = (what) => parts.some((part) => part[what]);
	const [text, reasoning, tool] = [
		carries("text"),
		carries("reasoning"),
		carries("tool")
	];
	return {
		...EMPTY_DELTA,
		text,
		reasoning,
		tool,
		content: parts.map(({ content }) => content ?? "").join(""),
		characters: parts.reduce((sum, { characters }) => sum + (characters ?? 0), 0),
		concealed: parts.some(({ concealed }) => concealed === true),
		unread: text || reasoning || tool ? null : parts.find(({ unread }) => unread)?.unread ?? null
	};
}
// src/json.ts
function asObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}
function asArray(value) {
	return Array.isArray(value) ? value : null;
}
function asText(value) {
	return typeof value === "string" && value !== "" ? value : null;
}
function asNumber$1(value) {
	return typeof value === "number" && Number.isFinite(value) ? value : null;
}
const MOST_TOKENS$2 = 1e9;
const LONGEST_NAME$2 = 200;
function cutName(name) {
	return name.length <= LONGEST_NAME$2 ? name : `${name.slice(0, 199)}…`;
}
function asCount(value) {
	return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS$2 ? value : null;
}
function asMs(value) {
	return typeof value === "number" && value > 0 && value < Infinity ? value : null;
}
function jsonText(value) {
	try {
		return JSON.stringify(value);
	} catch {
		return null;
	}
}
function parseJson$1(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
function findNonNumber(text) {
	const found = NON_NUMBER.exec(text)?.[2];
	if (found === void 0) return null;
	return parseJson$1(text.replaceAll(new RegExp(NON_NUMBER, "g"), "$1null")) === void 0 ? null : found;
}
const NON_NUMBER = /([[:,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/;
function readNames(list, member) {
	if (!Array.isArray(list)) return [];
	return list.map((entry) => asText(asObject(entry)?.[member])).filter((name) => name !== null);
}
// src/protocol/apis/request-body.ts
function messagesOf({ prompts, messages }) {
	return messages ?? [{
		role: "user",
		content: prompts[0] ?? ""
	}];
}
function conversationOf(spec) {
	const all = messagesOf(spec);
	const system = all.filter(isSystem);
	if (system.length === 0) return {
		system: null,
		messages: all
	};
	return {
		system: system.map(messageText).join("\n\n"),
		messages: all.filter((message) => !isSystem(message))
	};
}
function promptText$1({ prompts, messages }) {
	return messages === void 0 ? prompts[0] ?? "" : messages.map(messageText).join("\n\n");
}
function messageText({ content }) {
	if (!Array.isArray(content)) return asText(content) ?? "";
	return content.map((part) => asText(asObject(part)?.["text"]) ?? "").join("");
}
function isSystem({ role }) {
	return role === "system" || role === "developer";
}
function addExtraBody(body, extraBody) {
	const merged = { ...body };
	for (const [name, value] of Object.entries(extraBody)) {
		const ours = asObject(body[name]);
		const theirs = asObject(value);
		merged[name] = ours === null || theirs === null ? value : {
			...ours,
			...theirs
		};
	}
	return merged;
}
function forcesLength(fields) {
	return [...fields].some((field) => field === "ignore_eos" || field === "min_tokens");
}
// src/protocol/unknown-members.ts
function classifyMember(name) {
	const isReasoning = NAMES_REASONING.test(name);
	if (isReasoning && CONCEALS_REASONING.test(name)) return "concealed";
	if (SAYS_ABOUT.test(name) || !isReasoning && NO_OUTPUT$2.has(name)) return "no-output";
	return isReasoning ? "reasoning" : null;
}
const NAMES_REASONING = /reasoning|thinking|thought|^(analysis|rationale|cot)$/i;
const CONCEALS_REASONING = /signature|opaque|encrypted|redacted/i;
const SAYS_ABOUT = /_(id|type|effort|status|format|title|tokens|time|duration|index|finished|done|at|timestamp|version|fingerprint|name|role)$/i;
const NO_OUTPUT$2 = new Set("role name id index type object status model channel recipient phase signature finish_reason stop_reason tool_call_id format title annotations citations context obfuscation created timestamp version fingerprint metadata provider usage logprobs timings flags safety moderation content_filter_results".split(" "));
const DEEPEST$1 = 8;
function measureText(value, depth = 0) {
	if (typeof value === "string") return value.length;
	if (typeof value !== "object" || value === null || depth === DEEPEST$1) return 0;
	if (Array.isArray(value)) return value.reduce((sum, part) => sum + measureText(part, depth + 1), 0);
	const part = value;
	return Math.max(...TEXT_MEMBERS.map((name) => part[name] === void 0 ? 0 : measureText(part[name], depth + 1)));
}
const TEXT_MEMBERS = [
	"text",
	"summary",
	"thinking",
	"reasoning",
	"content",
	"refusal"
];
function holdsText(value, depth = 0) {
	if (typeof value === "string") return value !== "";
	if (typeof value !== "object" || value === null || depth === DEEPEST$1) return false;
	if (Array.isArray(value)) return value.some((part) => holdsText(part, depth + 1));
	return Object.entries(value).some(([name, part]) => {
		const kind = classifyMember(name);
		return kind !== "no-output" && kind !== "concealed" && holdsText(part, depth + 1);
	});
}
function holdsCiphertext(value, depth = 0) {
	if (depth === DEEPEST$1) return false;
	if (Array.isArray(value)) return value.some((part) => holdsCiphertext(part, depth + 1));
	const part = asObject(value);
	if (part === null) return false;
	return CIPHER_MEMBERS.some((name) => asText(part[name]) !== null) || holdsCiphertext(part["summary"], depth + 1);
}
const CIPHER_MEMBERS = [
	"signature",
	"data",
	"encrypted_content"
];
function readUnknownMembers(delta, known) {
	let unread = null;
	let concealed = false;
	for (const name of Object.keys(delta)) {
		const value = delta[name];
		if (!value || known.has(name)) continue;
		const kind = classifyMember(name);
		const characters = kind === "reasoning" ? measureText(value) : 0;
		if (characters > 0) return {
			...EMPTY_DELTA,
			reasoning: true,
			characters
		};
		if (kind === "concealed" || kind === "reasoning" && holdsCiphertext(value)) concealed = true;
		else if (kind !== "no-output" && holdsText(value)) unread ??= name;
	}
	if (unread === null && !concealed) return EMPTY_DELTA;
	return {
		...EMPTY_DELTA,
		concealed,
		...unread !== null && { unread }
	};
}
// src/protocol/apis/openai-request.ts
const SUFFIX = {
	chat: "/chat/completions",
	completions: "/completions",
	embeddings: "/embeddings"
};
const AZURE_HOST = /\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/;
const FULL_PATH = /\/(chat\/completions|completions|embeddings|(open-)?responses)$/;
function taskSuffix(task) {
	return SUFFIX[task];
}
function taskOfPath(endpoint) {
	const path = trimPath(endpoint);
	for (const task of [
		"chat",
		"completions",
		"embeddings"
	]) if (path.endsWith(SUFFIX[task])) return task;
	return null;
}
function openAiUrl(endpoint, task) {
	return taskOfPath(endpoint) === null ? placeUnderOpenAiBase(endpoint, SUFFIX[task]) : endpoint;
}
function placeUnderOpenAiBase(endpoint, suffix) {
	const path = trimPath(endpoint);
	return replacePath(endpoint, path + findMissingVersion(endpoint, path) + suffix);
}
function findMissingVersion(endpoint, path) {
	if (/\/v\d[a-z0-9.]*(\/|$)|\/deployments\//i.test(path)) return "";
	if (!isAzureHost(endpoint)) return "/v1";
	if (path.endsWith("/models")) return "";
	return path.endsWith("/openai") ? "/v1" : "/openai/v1";
}
function openAiModelsUrl(endpoint) {
	const path = trimPath(endpoint);
	if (openAiKeyPlace(endpoint) !== "bearer" || path.endsWith("/invocations")) return null;
	return FULL_PATH.test(path) ? replacePath(endpoint, path.replace(FULL_PATH, "/models")) : placeUnderOpenAiBase(endpoint, "/models");
}
function openAiModelNames(json) {
	return readNames(asObject(json)?.["data"], "id");
}
function isAzureHost(endpoint) {
	return AZURE_HOST.test(endpoint.hostname);
}
function openAiKeyPlace(endpoint) {
	const { hostname, pathname } = endpoint;
	const isGateway = hostname.endsWith(".azure-api.net") && /\/openai(\/|$)/.test(pathname);
	return isAzureHost(endpoint) || isGateway || /\/openai\/deployments\/[^/]/.test(pathname) ? { header: "api-key" } : "bearer";
}
function trimPath(endpoint) {
	return endpoint.pathname.replace(/(?<!\/)\/+$/, "");
}
function replacePath(endpoint, path) {
	const url = new URL(endpoint);
	url.pathname = path;
	return url;
}
function chatBody$1(dialect, spec) {
	return addExtraBody({
		...modelMember(dialect),
		messages: messagesOf(spec),
		[dialect.lengthField]: spec.outputTokens,
		...generationMembers(dialect, spec)
	}, dialect.extraBody);
}
function completionsBody(dialect, spec) {
	return addExtraBody({
		...modelMember(dialect),
		prompt: promptText$1(spec),
		max_tokens: spec.outputTokens,
		...generationMembers(dialect, spec)
	}, dialect.extraBody);
}
function embeddingsBody(dialect, spec) {
	const input = spec.prompts.length === 1 ? spec.prompts[0] : spec.prompts;
	return addExtraBody({
		...modelMember(dialect),
		input
	}, dialect.extraBody);
}
function modelMember({ model }) {
	return model === null ? {} : { model };
}
function generationMembers(dialect, spec) {
	const stream = spec.stream ?? true;
	return {
		stream,
		...stream && dialect.fields.has("stream_options") && { stream_options: { include_usage: true } },
		...pickOptionalMembers(dialect, spec)
	};
}
function pickOptionalMembers({ fields }, spec) {
	return {
		...fields.has("temperature") && { temperature: 0 },
		...fields.has("ignore_eos") && { ignore_eos: true },
		...fields.has("min_tokens") && { min_tokens: spec.outputTokens },
		...fields.has("cache_salt") && { cache_salt: spec.nonce }
	};
}
// src/vendors/bedrock/api.ts
const bedrockApi = {
	name: "bedrock",
	facts: {
		servers: "Amazon Bedrock (Converse)",
		length: "inferenceConfig.maxTokens and a prompt that asks for more; checked",
		tokens: "metadata.usage of the last event",
		cache: "a unique prefix; nothing is marked for caching",
		health: "none",
		metrics: "none"
	},
	isIts: isBedrock,
	tasks: ["chat"],
	headers: {},
	keyPlace: () => "bearer",
	framing: () => "event-stream",
	optionalFields: () => ["temperature"],
	url: (endpoint, _, model) => replacePath(endpoint, `${modelPath$2(endpoint, model)}/converse-stream`),
	taskOf: () => "chat",
	modelInBody: () => null,
	modelsUrl: () => null,
	modelNames: () => [],
	body: body$4,
	read: read$4,
	ownsHeaders: (headers) => /vnd\.amazon\.eventstream/.test(headers["content-type"] ?? "") || "x-amzn-errortype" in headers
};
function isBedrock(endpoint) {
	const path = trimPath(endpoint);
	if (/\/model\/[^/]+\/converse(-stream)?$/.test(path)) return true;
	return isBedrockHost(endpoint) && /(^|\.)bedrock-runtime/.test(endpoint.hostname) && !/\/(openai|v1)(\/|$)/.test(path);
}
function modelPath$2(endpoint, model) {
	const path = trimPath(endpoint).replace(/\/converse(-stream)?$/, "");
	return /\/model\/[^/]+$/.test(path) ? path : `${path}/model/${encodeURIComponent(model ?? "MODEL")}`;
}
function body$4({ fields, extraBody }, spec) {
	const { system, messages } = conversationOf(spec);
	return addExtraBody({
		...system !== null && { system: [{ text: system }] },
		messages: messages.map((message) => ({
			role: message["role"],
			content: blocksOf(message)
		})),
		inferenceConfig: {
			maxTokens: spec.outputTokens,
			...fields.has("temperature") && { temperature: 0 }
		}
	}, extraBody);
}
function blocksOf(message) {
	const content = message["content"];
	return Array.isArray(content) && content.every((block) => asObject(block)?.["type"] === void 0) ? content : [{ text: messageText(message) }];
}
function read$4(json, eventName) {
	const event = asObject(json);
	if (event === null) return UNKNOWN_DELTA;
	switch (eventName) {
		case "contentBlockDelta": return readDelta$2(asObject(event["delta"]));
		case "contentBlockStart": return namesTool$1(event) ? {
			...EMPTY_DELTA,
			tool: true
		} : EMPTY_DELTA;
		case "messageStart":
		case "contentBlockStop": return EMPTY_DELTA;
		case "messageStop": return {
			...EMPTY_DELTA,
			finishReason: asText(event["stopReason"])
		};
		case "metadata": return {
			...EMPTY_DELTA,
			usage: usageOf$5(asObject(event["usage"])),
			terminal: true
		};
		default: return UNKNOWN_DELTA;
	}
}
function readDelta$2(delta) {
	if (delta === null) return EMPTY_DELTA;
	const thought = asObject(delta["reasoningContent"]);
	if (thought !== null) {
		const reasoning = asText(thought["text"]);
		return reasoning === null ? {
			...EMPTY_DELTA,
			concealed: true
		} : carryReasoning(reasoning);
	}
	const text = asText(delta["text"]);
	if (text !== null) return carryText(text);
	const input = asText(asObject(delta["toolUse"])?.["input"]);
	return input === null ? readUnknownMembers(delta, KNOWN_MEMBERS$4) : carryTool(input);
}
const KNOWN_MEMBERS$4 = /* @__PURE__ */ new Set([
	"text",
	"toolUse",
	"reasoningContent",
	"citation",
	"toolResult"
]);
function namesTool$1(event) {
	return asText(asObject(asObject(event["start"])?.["toolUse"])?.["name"]) !== null;
}
function usageOf$5(usage) {
	if (usage === null) return null;
	const sent = asCount(usage["inputTokens"]);
	const outputTokens = asCount(usage["outputTokens"]);
	const totalTokens = asCount(usage["totalTokens"]);
	const cachedTokens = asCount(usage["cacheReadInputTokens"]);
	const cached = (cachedTokens ?? 0) + (asCount(usage["cacheWriteInputTokens"]) ?? 0);
	return {
		inputTokens: sent !== null && totalTokens === sent + cached + (outputTokens ?? 0) ? sent + cached : sent,
		outputTokens,
		reasoningTokens: null,
		cachedTokens,
		totalTokens,
		source: "server-final"
	};
}
const SERVICE_HOST = /^(bedrock(-runtime|-mantle)?(-fips)?|vpce-[a-z0-9-]{1,80}\.bedrock-runtime)\.[a-z]{2}(-[a-z]+)+-\d\.(amazonaws\.com(\.cn)?|api\.aws|vpce\.amazonaws\.com)$/;
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
function isBedrockHost({ hostname }) {
	return AWS_HOST.test(hostname) && hostname.split(".").some((label) => label.startsWith("bedrock"));
}
function isServiceHost({ protocol, hostname }) {
	return protocol === "https:" && SERVICE_HOST.test(hostname);
}
function awsRegionOf({ hostname }) {
	return AWS_HOST.test(hostname) ? hostname.split(".").find((label) => AWS_REGION.test(label)) ?? null : null;
}
// src/vendors/bedrock/signature.ts
function createSigner(scope) {
	const { accessKeyId, secretAccessKey, sessionToken, region, service } = scope;
	let keyDay = "";
	let key = null;
	function keyOf(day) {
		if (key === null || day !== keyDay) {
			key = [
				day,
				region,
				service,
				"aws4_request"
			].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
			keyDay = day;
		}
		return key;
	}
	return ({ method, host, path, query, headers, body }, at) => {
		const date = at.toISOString().replace(/[-:]|\.\d+/g, "");
		const day = date.slice(0, 8);
		const added = {
			"x-amz-date": date,
			...sessionToken === null ? {} : { "x-amz-security-token": sessionToken }
		};
		const signed = Object.entries({
			...headers,
			...added,
			host
		}).sort(compareNames);
		const names = signed.map(([name]) => name).join(";");
		const canonical = [
			method,
			canonicalisePath(path),
			canonicaliseQuery(query),
			...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
			"",
			names,
			sha256$1(body)
		].join("\n");
		const credential = `${day}/${region}/${service}/aws4_request`;
		const text = [
			"AWS4-HMAC-SHA256",
			date,
			credential,
			sha256$1(canonical)
		].join("\n");
		const signature = hmac(keyOf(day), text).toString("hex");
		return {
			...added,
			authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${credential}, SignedHeaders=${names}, Signature=${signature}`
		};
	};
}
function canonicalisePath(path) {
	return path.replace(/\/{2,}/g, "/").split("/").map(encode$1).join("/");
}
function canonicaliseQuery(query) {
	return query.split("&").filter((pair) => pair !== "").map((pair) => {
		const [name = "", ...value] = pair.split("=");
		return [encode$1(decodePercent(name)), encode$1(decodePercent(value.join("=")))];
	}).sort(([a, x], [b, y]) => compare(a, b) || compare(x, y)).map((pair) => pair.join("=")).join("&");
}
function encode$1(text) {
	return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
function compareNames([a], [b]) {
	return compare(a, b);
}
function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}
function hmac(key, text) {
	return createHmac("sha256", key).update(text).digest();
}
function sha256$1(text) {
	return createHash("sha256").update(text).digest("hex");
}
// src/vendors/bedrock/credentials.ts
const SERVICE = "bedrock";
const AWS_SIGV4 = {
	word: "aws-sigv4",
	settings: [],
	variables: [
		{
			name: "AWS_ACCESS_KEY_ID",
			isSecret: true
		},
		{
			name: "AWS_SECRET_ACCESS_KEY",
			isSecret: true
		},
		{
			name: "AWS_SESSION_TOKEN",
			isSecret: true
		},
		{
			name: "AWS_REGION",
			isSecret: false
		},
		{
			name: "AWS_DEFAULT_REGION",
			isSecret: false
		}
	],
	secret: { variable: "AWS_SECRET_ACCESS_KEY" },
	headers: [
		"authorization",
		"x-amz-date",
		"x-amz-security-token"
	],
	*findProblems(facts) {
		yield* findBadVariables(facts);
		yield* findWrongHost$1(facts);
	},
	createSigner({ endpoint, variables }) {
		const sign = createSigner({
			...readCredentials(variables, endpoint),
			service: SERVICE
		});
		return ({ method, url, body }, at) => sign({
			method,
			host: url.host,
			path: url.pathname,
			query: url.search.slice(1),
			body
		}, at);
	}
};
function readCredentials(variables, endpoint) {
	return {
		accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? "",
		secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? "",
		sessionToken: variables["AWS_SESSION_TOKEN"] ?? null,
		region: (endpoint === null ? null : awsRegionOf(endpoint)) ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? ""
	};
}
function* findBadVariables({ endpoint, variables }) {
	const { accessKeyId, secretAccessKey, sessionToken, region } = readCredentials(variables, endpoint ?? null);
	const needed = {
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
		AWS_REGION: region
	};
	const missing = Object.entries(needed).flatMap(([name, value]) => value === "" ? [name] : []);
	if (missing.length > 0) return yield {
		setting: "auth",
		given: null,
		message: `is aws-sigv4, and the environment has no ${missing.join(", no ")}; set it, in a workflow with aws-actions/configure-aws-credentials, or use an API key of Bedrock with auth: bearer`
	};
	const wrong = Object.entries({
		...needed,
		AWS_SESSION_TOKEN: sessionToken
	}).flatMap(([name, value]) => value === null || /^[\x21-\x7e]+$/.test(value) ? [] : [name]);
	if (wrong.length > 0) yield {
		setting: "auth",
		given: null,
		message: `is aws-sigv4, and ${wrong.join(", ")} of the environment has characters that no header can carry`
	};
}
function* findWrongHost$1({ endpoint, api }) {
	if (endpoint == null || isBedrockHost(endpoint) || awsRegionOf(endpoint) !== null || api === "bedrock") return;
	if (/\/model\/[^/]+\//.test(endpoint.pathname)) return;
	yield {
		setting: "auth",
		given: null,
		message: `is aws-sigv4, which signs requests to Amazon Bedrock, and ${endpoint.host} is none; set api: bedrock, or change auth`
	};
}
// src/vendors/bedrock/bedrock.ts
const bedrock = {
	name: "Amazon Bedrock",
	api: bedrockApi,
	isIts: isBedrockHost,
	ownsHeaders: (headers) => "x-amzn-requestid" in headers && !("anthropic-organization-id" in headers),
	ways: [AWS_SIGV4],
	borrowed: [{
		variable: "AWS_BEARER_TOKEN_BEDROCK",
		setting: "api-key"
	}],
	ownsVariables: isServiceHost
};
// src/protocol/refusals/refusal.ts
const MAX_MESSAGE_LENGTH = 300;
function readRefusal(body) {
	const text = body.replace(/^\uFEFF/, "").trim();
	if (text === "") return null;
	if (text.startsWith("")) return "a compressed body without Content-Encoding";
	if (text.startsWith("<")) return readHtmlMessage(text);
	const json = parseJson$1(text);
	return json === void 0 ? shortenToOneLine(text) : errorMessage(json);
}
function describeUnreadable(data, what) {
	const number = findNonNumber(data);
	return number === null ? `${what} that is not JSON: ${readRefusal(data)}` : `${what} with ${number}, ${NO_JSON}`;
}
const NO_JSON = "which JSON does not have";
function errorMessage(json) {
	const found = findMessage(json, 0);
	return found === null ? null : shortenToOneLine(found);
}
function findMessage(json, depth) {
	if (typeof json === "string") return asText(json.trim());
	if (depth > 3 || json === null || json === void 0) return null;
	if (Array.isArray(json)) return listMessage(json, depth);
	const object = asObject(json);
	if (object === null) return jsonText(json);
	const message = findFirstMessage(object, depth);
	if (message === null) return jsonText(object);
	const code = asText(object["error_code"]);
	return code === null || message.startsWith(code) ? message : `${code}: ${message}`;
}
function findFirstMessage(object, depth) {
	const nested = typeof object["error"] === "object" ? findMessage(object["error"], depth + 1) : null;
	if (nested !== null) return nested;
	for (const name of MESSAGE_MEMBERS) {
		const value = object[name];
		if (value === void 0 || value === null || value === "" || typeof value === "boolean") continue;
		const message = findMessage(value, depth + 1);
		if (message !== null) return message;
	}
	return null;
}
const MESSAGE_MEMBERS = [
	"message",
	"error_description",
	"detail",
	"error",
	"errors",
	"msg",
	"title",
	"error_code"
];
function listMessage(list, depth) {
	const messages = list.slice(0, 3).flatMap((item) => {
		const message = findMessage(item, depth + 1);
		const place = asObject(item)?.["loc"];
		if (message === null) return [];
		return [Array.isArray(place) ? `${place.filter(isStep).join(".")}: ${message}` : message];
	});
	return messages.length === 0 ? null : messages.join("; ");
}
function isStep(value) {
	return typeof value === "string" || typeof value === "number";
}
function readHtmlMessage(html) {
	const parts = [elementText(html, "title"), elementText(html, "pre")].filter((part) => part !== null);
	return parts.length === 0 ? "an HTML page" : shortenToOneLine(parts.join(": "));
}
function elementText(html, name) {
	const lower = html.toLowerCase();
	const open = lower.search(new RegExp(`<${name}[\\s>]`));
	const from = open === -1 ? -1 : lower.indexOf(">", open) + 1;
	if (from <= 0) return null;
	const to = lower.indexOf(`</${name}`, from);
	return asText(html.slice(from, to === -1 ? from + 2 * MAX_MESSAGE_LENGTH : to).replaceAll(/<[^<>]{0,500}>/g, " ").replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, entity) => ENTITIES[entity]).trim());
}
const ENTITIES = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: "\"",
	"#39": "'",
	nbsp: " "
};
function shortenToOneLine(text) {
	const line = text.slice(0, 20 * MAX_MESSAGE_LENGTH).replaceAll(/[\s\p{Cc}]+/gu, " ").replaceAll(/(https?:\/\/)[^\s"'<>?#@/]*@/gi, "$1").replaceAll(/(https?:\/\/[^\s"'<>?#]{0,500}\?)[^\s"'<>]+/gi, "$1…").trim();
	if (line === "") return "nothing but control characters";
	return line.length <= MAX_MESSAGE_LENGTH && text.length <= 20 * MAX_MESSAGE_LENGTH ? line : `${line.slice(0, 299).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
function readRetryAfter(headers, nowEpochMs) {
	const milliseconds = asNumber(headers["retry-after-ms"]);
	if (milliseconds !== null) return milliseconds;
	const given = headers["retry-after"];
	const seconds = asNumber(given);
	if (seconds !== null) return seconds * 1e3;
	if (given === void 0) return rateLimitResetMs(headers, nowEpochMs);
	const day = given.search(/[a-z]{3}/i);
	if (day === -1 || !/\d{2}:\d{2}/.test(given.slice(day))) return null;
	return countMsUntil(Date.parse(given), nowEpochMs);
}
function asNumber(text) {
	return text !== void 0 && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null;
}
const LIMITS$2 = [
	"requests",
	"tokens",
	"input-tokens",
	"output-tokens"
];
function rateLimitResetMs(headers, nowEpochMs) {
	let latest = null;
	for (const limit of LIMITS$2) {
		const reset = headers[`x-ratelimit-remaining-${limit}`] === "0" ? durationMs(headers[`x-ratelimit-reset-${limit}`]) : headers[`anthropic-ratelimit-${limit}-remaining`] === "0" ? countMsUntil(dateOf(headers[`anthropic-ratelimit-${limit}-reset`]), nowEpochMs) : null;
		if (reset !== null) latest = Math.max(latest ?? 0, reset);
	}
	return latest;
}
function dateOf(text) {
	return /^\d{4}-\d{2}-\d{2}T/.test(text ?? "") ? Date.parse(text) : NaN;
}
function durationMs(text) {
	if (text === void 0 || text.length > 40) return null;
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1e3;
	const [whole, hours, minutes, seconds, milliseconds] = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text) ?? [];
	if (!whole) return null;
	return Number(hours ?? 0) * 36e5 + Number(minutes ?? 0) * 6e4 + Number(seconds ?? 0) * 1e3 + Number(milliseconds ?? 0);
}
function countMsUntil(date, nowEpochMs) {
	return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs);
}
// src/protocol/framing/event-stream.ts
const EVENT_STREAM$1 = {
	wanted: "an AWS event stream",
	isText: false,
	canBegin: (byte) => byte === 0,
	createReader: createEventStreamReader,
	frameOf: () => null
};
function createEventStreamReader(handlers) {
	let message = /* @__PURE__ */ new Uint8Array(4096);
	let filled = 0;
	let needed = 12;
	let stopped = false;
	let tooLong = null;
	function takeWhole() {
		if (needed > 12) {
			const read = readMessage$1(message.subarray(0, needed));
			filled = 0;
			needed = 12;
			return typeof read === "string" ? breakOff(read) : deliver(read, handlers);
		}
		const length = readPrelude(message);
		if (typeof length === "string") return breakOff(length);
		if (length > 1048576) {
			stopped = true;
			tooLong = {
				length,
				whole: true
			};
			return;
		}
		needed = length;
		if (needed > message.length) message = enlarge(message, needed);
	}
	function breakOff(what) {
		stopped = true;
		handlers.onBroken(what);
	}
	return {
		push(bytes) {
			for (let from = 0; from < bytes.length && !stopped;) {
				const taken = bytes.subarray(from, from + needed - filled);
				message.set(taken, filled);
				filled += taken.length;
				from += taken.length;
				if (filled === needed) takeWhole();
			}
		},
		end() {
			if (filled > 0 && !stopped) handlers.onUnreadable("", "");
		},
		comments: 0,
		betweenEvents: false,
		get tooLong() {
			return tooLong;
		}
	};
}
function deliver({ headers, payload }, handlers) {
	const text = new TextDecoder().decode(payload);
	const kind = headers.get(":message-type");
	if (kind === "exception") return handlers.onError(sayWhat(headers.get(":exception-type"), readRefusal(text)));
	if (kind === "error") return handlers.onError(sayWhat(headers.get(":error-code"), headers.get(":error-message")));
	const name = headers.get(":event-type");
	const eventName = typeof name === "string" ? name : "";
	const json = parseJson$1(text);
	if (json === void 0) handlers.onUnreadable(text, eventName);
	else handlers.onEvent(json, eventName, text);
}
function sayWhat(name, message) {
	return readRefusal([name, message].filter((part) => typeof part === "string" && part !== "").join(": "));
}
function enlarge(bytes, length) {
	const larger = new Uint8Array(length);
	larger.set(bytes);
	return larger;
}
const CRC_BYTES = 4;
function readPrelude(bytes) {
	const view = viewOf$1(bytes);
	if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) return "an AWS event whose prelude fails its checksum";
	const length = view.getUint32(0);
	const headersLength = view.getUint32(4);
	return length >= 12 + headersLength + CRC_BYTES ? length : `an AWS event of ${length} bytes that says it has ${headersLength} bytes of headers`;
}
function readMessage$1(bytes) {
	const view = viewOf$1(bytes);
	const end = bytes.length - CRC_BYTES;
	if (crc32(bytes.subarray(0, end)) !== view.getUint32(end)) return "an AWS event that fails its checksum";
	const payloadAt = 12 + view.getUint32(4);
	const headers = readHeaders$2(bytes.subarray(12, payloadAt));
	return typeof headers === "string" ? headers : {
		headers,
		payload: bytes.subarray(payloadAt, end)
	};
}
const STRING = 7;
const VALUE_BYTES = [
	0,
	0,
	1,
	2,
	4,
	8,
	null,
	null,
	8,
	16
];
function readHeaders$2(bytes) {
	const headers = /* @__PURE__ */ new Map();
	const view = viewOf$1(bytes);
	let at = 0;
	while (at < bytes.length) {
		const typeAt = at + 1 + bytes[at];
		const type = bytes[typeAt];
		if (type === void 0) return CUT_HEADERS;
		const fixed = VALUE_BYTES[type];
		if (fixed === void 0) return `an AWS event with a header of the unknown type ${type}`;
		const from = typeAt + 1 + (fixed === null ? 2 : 0);
		if (from > bytes.length) return CUT_HEADERS;
		const to = from + (fixed ?? view.getUint16(from - 2));
		if (to > bytes.length) return CUT_HEADERS;
		headers.set(textOf$3(bytes.subarray(at + 1, typeAt)), readValue(type, bytes.subarray(from, to)));
		at = to;
	}
	return headers;
}
const CUT_HEADERS = "an AWS event whose headers are longer than it says";
function readValue(type, bytes) {
	const view = viewOf$1(bytes);
	switch (type) {
		case 0: return true;
		case 1: return false;
		case 2: return view.getInt8(0);
		case 3: return view.getInt16(0);
		case 4: return view.getInt32(0);
		case 5:
		case 8: return view.getBigInt64(0);
		case STRING: return textOf$3(bytes);
		default: return new Uint8Array(bytes);
	}
}
function viewOf$1(bytes) {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
const decoder$1 = new TextDecoder();
function textOf$3(bytes) {
	return decoder$1.decode(bytes);
}
// src/protocol/answer/failure.ts
function findStreamFailure(end) {
	const { api, wanted, isStream, head, error, events, done, cut, finishReason } = end;
	if (error !== null) return {
		failure: "error_event",
		failureMessage: error
	};
	if (isStream === false) return describeForeignAnswer(head.bytes(), wanted);
	if (end.tooLong !== null) return parse$1(describeTooLong(end.tooLong));
	if (end.broken !== null) return isWholeJson(end) ? describeForeignAnswer(head.bytes(), wanted) : parse$1(end.broken);
	if (end.unreadable !== null) return parse$1(end.unreadable);
	if (events === 0 && isStream === true && !done && !cut) return failWithoutEvents(end);
	if (events > 0 && !end.known) return parse$1(`no event is in the format of ${api.name}`);
	const closed = !cut && events > 0 && api.endsByClose === true;
	if (!(end.terminal || closed || finishReason !== null && (done || !cut) || done && (end.counted || end.endsAtDone))) return {
		failure: "incomplete",
		failureMessage: describeIncomplete(end)
	};
	if (end.tokenEvents > 0) return null;
	const unread = end.unreadMember === null ? "" : `; ${escapeForTerminal(end.unreadMember)} holds a text that is not read`;
	return {
		failure: "empty",
		failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? "not given"})${unread}`
	};
}
function describeTooLong({ length, whole }) {
	const size = (whole ? Math.ceil : Math.floor)(length / 2 ** 20 * 10) / 10;
	return `an event of ${whole ? "" : "more than "}${size} MiB; at most 1 MiB is read`;
}
function failWithoutEvents({ head, wanted, unknownEvents }) {
	const text = new TextDecoder().decode(head.bytes()).trimStart();
	if (unknownEvents > 0) return parse$1(`no event is JSON: ${readRefusal(text)}`);
	if (!BEGINS_STREAM.test(text)) return describeForeignAnswer(head.bytes(), wanted);
	return {
		failure: "incomplete",
		failureMessage: "the stream ended before its first event"
	};
}
function isWholeJson({ events, head }) {
	return events === 0 && parseJson$1(new TextDecoder().decode(head.bytes())) !== void 0;
}
function describeIncomplete({ cut, done, events }) {
	if (cut) return "the stream was cut inside an event";
	if (done) return "[DONE] without a finish_reason or a token count";
	return events === 0 ? "an empty body" : "the stream ended without a finish_reason";
}
function readStreamError(json, eventName) {
	const event = asObject(json);
	const error = event?.["error"] || asObject(event?.["x_groq"])?.["error"];
	if (error) return errorMessage(error) ?? "an error without a message";
	return eventName === "error" || event?.["object"] === "error" || event?.["type"] === "error" || asText(event?.["error_code"]) !== null ? errorMessage(json) ?? "an error without a message" : null;
}
function describeForeignAnswer(head, wanted) {
	if (head[0] === 31 && head[1] === 139) return parse$1(`a gzip-compressed body without Content-Encoding`);
	if (isAwsEventStream(head)) return parse$1(head[0] === 0 ? `an AWS event stream instead of ${wanted}` : "an AWS event of more than 16 MiB");
	const text = new TextDecoder().decode(head).trim();
	if (text === "") return parse$1(`an empty body instead of ${wanted}`);
	if (text.startsWith("<")) {
		const said = readRefusal(text);
		return parse$1(`an HTML page instead of ${wanted}${said === null || said === "an HTML page" ? "" : `: ${said}`}`);
	}
	if (text.startsWith("{") || text.startsWith("[")) return describeJson(text, wanted);
	if (BEGINS_STREAM.test(text)) return parse$1(`an event stream instead of ${wanted}`);
	return parse$1(`plain text instead of ${wanted}: ${readRefusal(text)}`);
}
const BEGINS_STREAM = /^(data|event|id|retry)?:/;
function describeJson(text, wanted) {
	const whole = parseJson$1(text);
	const first = whole === void 0 ? parseJson$1(text.split("\n", 1)[0]) : whole;
	const error = asObject(first)?.["error"];
	if (error) return {
		failure: "error_event",
		failureMessage: errorMessage(error) ?? "an error without a message"
	};
	return parse$1(whole === void 0 && first !== void 0 ? `JSON lines instead of ${wanted}` : `a whole JSON answer instead of ${wanted}`);
}
function isAwsEventStream(head) {
	return head.length >= 12 && typeof readPrelude(head) === "number";
}
function parse$1(failureMessage) {
	return {
		failure: "parse",
		failureMessage
	};
}
// src/protocol/apis/openai-delta.ts
function readOpenAiEvent(json, eventName) {
	const event = asObject(json);
	const error = readStreamError(json, eventName);
	if (event === null) return error === null ? UNKNOWN_DELTA : {
		...UNKNOWN_DELTA,
		error,
		unknown: false
	};
	const found = {
		content: "",
		thought: 0,
		said: 0,
		text: false,
		reasoning: false,
		tool: false,
		concealed: false,
		unread: null,
		finishReason: null,
		error
	};
	const choices = event["choices"];
	if (Array.isArray(choices)) for (const choice of choices) readChoice$1(asObject(choice), event, found);
	else if (event["delta"] !== void 0) readChoice$1(event, event, found);
	const usage = readOpenAiUsage(event);
	const server = readServerTimings(event);
	const delta = {
		text: found.text,
		reasoning: found.reasoning,
		tool: found.tool,
		concealed: found.concealed,
		content: found.content,
		characters: found.content.length + found.thought + found.said,
		unread: found.text || found.reasoning || found.tool ? null : found.unread,
		usage,
		finishReason: found.finishReason,
		servedModel: asText(event["model"]),
		error: found.error,
		terminal: false,
		unknown: !Array.isArray(choices) && usage === null && asObject(event["delta"]) === null && found.error === null
	};
	return server === null ? delta : {
		...delta,
		server
	};
}
function readChoice$1(choice, event, found) {
	if (choice === null) return;
	const delta = asObject(choice["delta"]);
	if (delta !== null) {
		readDelta$1(delta, found);
		if (!found.text && !found.reasoning && !found.tool) readBeside$1(choice, found);
	} else if (typeof choice["text"] === "string") readText$3(choice, choice["text"], found);
	else if (event["object"] === "chat.completion") readDelta$1(asObject(choice["message"]) ?? {}, found);
	else if (measureText(choice["message"]) > 0) found.unread ??= "message";
	found.finishReason = asText(choice["finish_reason"]) ?? found.finishReason;
	if (choice["error"]) found.error ??= errorMessage(choice["error"]);
	if (found.finishReason === "error" || found.finishReason === "abort") found.error ??= `finish_reason "${found.finishReason}"`;
}
function readText$3(choice, text, found) {
	addContent(text, found);
	if (text === "") readBeside$1(choice, found);
}
function readBeside$1(choice, found) {
	for (const name in choice) if (!CHOICE_MEMBERS.has(name)) readMember(name, choice[name], found);
}
const CHOICE_MEMBERS = new Set("delta message text finish_details logprobs prompt_logprobs token_ids prompt_token_ids matched_stop native_finish_reason content_filter_results usage error".split(" "));
function readDelta$1(delta, found) {
	if (delta["role"] === "tool") return;
	for (const name in delta) {
		const value = delta[name];
		if (value === null || value === "") continue;
		if (name === "content") readContent$1(value, found);
		else if (name === "refusal") addText(measureText(value), found);
		else if (name === "tool_calls") readToolCalls(value, found);
		else if (name === "function_call") readTool(asObject(value), found);
		else readMember(name, value, found);
	}
}
function readMember(name, value, found) {
	switch (classifyMember(name)) {
		case "reasoning": {
			const characters = measureText(value);
			const conceals = typeof value === "object" && holdsCiphertext(value);
			addThought(characters, found);
			found.concealed ||= conceals;
			if (characters === 0 && !conceals && holdsText(value)) found.unread ??= name;
			return;
		}
		case "concealed":
			found.concealed = true;
			return;
		case "no-output": return;
		case null: if (holdsText(value)) found.unread ??= name;
	}
}
function addThought(characters, found) {
	found.reasoning ||= characters > 0;
	found.thought = Math.max(found.thought, characters);
}
function addText(characters, found) {
	found.text ||= characters > 0;
	found.said += characters;
}
function readContent$1(content, found) {
	if (typeof content === "string") addContent(content, found);
	else if (Array.isArray(content)) for (const part of content) readPart$2(asObject(part), found);
}
function addContent(text, found) {
	found.text ||= text !== "";
	found.content = found.content === "" ? text : found.content + text;
}
function readPart$2(part, found) {
	if (part === null) return;
	const type = part["type"];
	if (type === "reasoning" || type === "thinking") {
		addThought(measureText(part), found);
		found.concealed ||= holdsCiphertext(part);
	} else if (typeof part["text"] === "string") addContent(part["text"], found);
	else addText(measureText(part), found);
}
function readToolCalls(calls, found) {
	if (!Array.isArray(calls)) return;
	for (const call of calls) {
		const tool = asObject(call);
		readTool(asObject(tool?.["function"]) ?? asObject(tool?.["custom"]), found);
	}
}
function readTool(tool, found) {
	if (tool === null) return;
	const name = asText(tool["name"]);
	const given = tool["arguments"] ?? tool["input"];
	const text = asText(given);
	found.tool ||= name !== null || text !== null || asObject(given) !== null;
	found.said += (name?.length ?? 0) + (text?.length ?? 0);
}
function readOpenAiUsage(event) {
	const usage = asObject(event["usage"]) ?? findUsageElsewhere(event);
	const timings = event["timings"] === void 0 ? null : asObject(event["timings"]);
	if (usage === null && timings === null) return null;
	const input = asObject(usage?.["prompt_tokens_details"]);
	const output = asObject(usage?.["completion_tokens_details"]);
	return {
		inputTokens: asCount(usage?.["prompt_tokens"]),
		outputTokens: asCount(usage?.["completion_tokens"]),
		totalTokens: asCount(usage?.["total_tokens"]),
		reasoningTokens: asCount(output?.["reasoning_tokens"]) ?? asCount(usage?.["reasoning_tokens"]),
		cachedTokens: asCount(input?.["cached_tokens"]) ?? asCount(usage?.["prompt_cache_hit_tokens"]) ?? asCount(timings?.["cache_n"])
	};
}
function readServerTimings(event) {
	if (!event["timings"] && !event["usage"] && !event["sla_metrics"]) return null;
	const timings = event["timings"] === void 0 ? null : asObject(event["timings"]);
	const usage = event["usage"] === void 0 ? null : asObject(event["usage"]);
	const agreed = asObject(event["sla_metrics"] ?? usage?.["sla_metrics"]);
	const serverTtftMs = asMs(timings?.["prompt_ms"] ?? usage?.["time_to_first_token_ms"] ?? agreed?.["ttft_ms"]);
	const serverTpotMs = asMs(timings?.["predicted_per_token_ms"] ?? usage?.["time_per_output_token_ms"]);
	return serverTtftMs === null && serverTpotMs === null ? null : {
		serverTtftMs,
		serverTpotMs,
		serverLoadMs: null
	};
}
function findUsageElsewhere(event) {
	const groq = event["x_groq"] === void 0 ? null : asObject(asObject(event["x_groq"])?.["usage"]);
	if (groq !== null) return groq;
	const choices = event["choices"];
	return Array.isArray(choices) ? asObject(asObject(choices[0])?.["usage"]) : null;
}
// src/protocol/servers/prometheus.ts
const LONGEST_PAGE = 4194304;
const MOST_LINES = 1e5;
const NAME$2 = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(,|(?=\}))/y;
const LABELS_END = /[ \t]*\}/y;
const VALUE = /^[ \t]*([^ \t#]+)(?:[ \t]+[-+.\deE]+)?[ \t]*(?:#.*)?$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
function readPrometheus(page, wanted) {
	const samples = [];
	const length = Math.min(page.length, LONGEST_PAGE);
	let start = 0;
	for (let lines = 0; lines < MOST_LINES && start < length; lines++) {
		const end = page.indexOf("\n", start);
		if (end < 0 || end > length) break;
		const sample = readLine$2(page, start, page[end - 1] === "\r" ? end - 1 : end, wanted);
		if (sample !== null) samples.push(sample);
		start = end + 1;
	}
	return samples;
}
function readLine$2(page, from, end, wanted) {
	let start = from;
	while (isBlank$1(page[start])) start++;
	NAME$2.lastIndex = start;
	const name = NAME$2.exec(page)?.[0];
	if (name === void 0 || !wanted.has(name)) return null;
	const rest = page.slice(start + name.length, end);
	const labels = /* @__PURE__ */ new Map();
	const valueAt = readLabels(rest, labels);
	if (valueAt === null) return null;
	const value = numberOf(VALUE.exec(rest.slice(valueAt))?.[1] ?? "");
	return value === null ? null : {
		name,
		labels,
		value
	};
}
function readLabels(rest, labels) {
	const brace = /^[ \t]*\{/.exec(rest);
	if (brace === null) return isBlank$1(rest[0]) ? 0 : null;
	let at = brace[0].length;
	for (;;) {
		LABEL.lastIndex = at;
		const label = LABEL.exec(rest);
		if (label === null) break;
		labels.set(label[1], unescape(label[2]));
		at = LABEL.lastIndex;
		if (label[3] === "") break;
	}
	LABELS_END.lastIndex = at;
	return LABELS_END.test(rest) ? LABELS_END.lastIndex : null;
}
function unescape(text) {
	return text.includes("\\") ? text.replace(/\\([\\"n])/g, (_, sign) => sign === "n" ? "\n" : String(sign)) : text;
}
function numberOf(word) {
	if (DECIMAL.test(word)) return Number(word);
	if (INFINITE.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
	return /^nan$/i.test(word) ? NaN : null;
}
function isBlank$1(sign) {
	return sign === " " || sign === "	";
}
// src/protocol/servers/server-metrics.ts
const SERVERS$1 = [
	...["vllm:", "vllm_"].map((prefix) => nameLikeVllm("vLLM", prefix)),
	...["sglang:", "sglang_"].map((prefix) => ({
		server: "SGLang",
		running: [`${prefix}num_running_reqs`],
		waiting: [`${prefix}num_queue_reqs`],
		kvCacheUsage: [`${prefix}token_usage`],
		ttft: [histogram(`${prefix}time_to_first_token_seconds`)],
		tpot: [histogram(`${prefix}inter_token_latency_seconds`), histogram(`${prefix}time_per_output_token_seconds`)],
		queue: [histogram(`${prefix}queue_time_seconds`)],
		prefixQueries: [`${prefix}prompt_tokens_total`],
		prefixHits: [`${prefix}cached_tokens_total`]
	})),
	{
		server: "TGI",
		running: ["tgi_batch_current_size"],
		waiting: ["tgi_queue_size"],
		kvCacheUsage: [],
		ttft: [],
		tpot: [histogram("tgi_request_mean_time_per_token_duration")],
		queue: [histogram("tgi_request_queue_duration")],
		prefixQueries: [],
		prefixHits: []
	},
	{
		server: "llama.cpp",
		running: ["llamacpp:requests_processing"],
		waiting: ["llamacpp:requests_deferred"],
		kvCacheUsage: ["llamacpp:kv_cache_usage_ratio"],
		ttft: [],
		tpot: [{
			sum: "llamacpp:tokens_predicted_seconds_total",
			count: "llamacpp:tokens_predicted_total"
		}],
		queue: [],
		prefixQueries: [],
		prefixHits: []
	},
	nameLikeVllm("LMDeploy", "lmdeploy:"),
	nameLikeVllm("TensorRT-LLM", "trtllm_"),
	nameLikeVllm("NIM", "")
];
function nameLikeVllm(server, prefix) {
	const gauges = (...names) => names.map((name) => prefix + name);
	const histograms = (...names) => names.map((name) => histogram(prefix + name));
	return {
		server,
		running: gauges("num_requests_running"),
		waiting: gauges("num_requests_waiting"),
		kvCacheUsage: gauges("kv_cache_usage_perc", "gpu_cache_usage_perc", "kv_cache_utilization"),
		ttft: histograms("time_to_first_token_seconds"),
		tpot: histograms("request_time_per_output_token_seconds", "inter_token_latency_seconds", "time_per_output_token_seconds"),
		queue: histograms("request_queue_time_seconds"),
		prefixQueries: gauges("prefix_cache_queries_total", "gpu_prefix_cache_queries_total"),
		prefixHits: gauges("prefix_cache_hits_total", "gpu_prefix_cache_hits_total")
	};
}
function histogram(name) {
	return {
		sum: `${name}_sum`,
		count: `${name}_count`
	};
}
const WANTED$1 = new Set(SERVERS$1.flatMap(sampleNames));
function sampleNames(names) {
	const { running, waiting, kvCacheUsage, prefixQueries, prefixHits, ttft, tpot, queue } = names;
	const totals = [
		...ttft,
		...tpot,
		...queue
	].flatMap(({ sum, count }) => [sum, count]);
	return [
		...running,
		...waiting,
		...kvCacheUsage,
		...prefixQueries,
		...prefixHits,
		...totals
	];
}
const SERVERS_WITH_METRICS = [...new Set(SERVERS$1.map(({ server }) => server))];
function readServerMetrics(page) {
	const samples = Map.groupBy(readPrometheus(page, WANTED$1), ({ name }) => name);
	if (samples.size === 0) return null;
	for (const names of SERVERS$1) {
		const sample = {
			server: names.server,
			running: readFirst(names.running, (name) => sumOf$1(samples.get(name))),
			waiting: readFirst(names.waiting, (name) => sumOf$1(samples.get(name))),
			kvCacheUsage: readFirst(names.kvCacheUsage, (name) => findHighestShare(samples.get(name))),
			ttft: readFirst(names.ttft, (total) => totalOf(samples, total)),
			tpot: readFirst(names.tpot, (total) => totalOf(samples, total)),
			queue: readFirst(names.queue, (total) => totalOf(samples, total)),
			prefixQueries: readFirst(names.prefixQueries, (name) => sumOf$1(samples.get(name))),
			prefixHits: readFirst(names.prefixHits, (name) => sumOf$1(samples.get(name)))
		};
		const { running, waiting, ttft, tpot, queue } = sample;
		if ([
			running,
			waiting,
			ttft,
			tpot,
			queue
		].some((value) => value !== null)) return sample;
	}
	return null;
}
const PATHS$1 = [
	"/metrics",
	"/v1/metrics",
	"/prometheus/metrics"
];
function serverMetricsUrls(url) {
	if (isAzureHost(url)) return [];
	const prefix = /^(.*?)\/v\d+(\/|$)/.exec(trimPath(url))?.[1] ?? "";
	return PATHS$1.map((path) => {
		const at = replacePath(url, prefix + path);
		at.search = "";
		return at;
	});
}
function readFirst(names, read) {
	for (const name of names) {
		const value = read(name);
		if (value !== null) return value;
	}
	return null;
}
function totalOf(samples, { sum, count }) {
	const [sumSeconds, observations] = [sumOf$1(samples.get(sum)), sumOf$1(samples.get(count))];
	return sumSeconds === null || observations === null ? null : {
		sumSeconds,
		count: observations
	};
}
const RANKS = /* @__PURE__ */ new Set([
	"tp_rank",
	"pp_rank",
	"moe_ep_rank"
]);
function sumOf$1(samples = []) {
	const engines = /* @__PURE__ */ new Map();
	for (const { labels, value } of keepUsable(samples)) {
		const key = [...labels].flatMap(([name, text]) => RANKS.has(name) ? [] : `${name}=${JSON.stringify(text)}`).sort().join();
		engines.set(key, Math.max(value, engines.get(key) ?? 0));
	}
	return engines.size === 0 ? null : [...engines.values()].reduce((sum, value) => sum + value);
}
function findHighestShare(samples = []) {
	const values = keepUsable(samples).map(({ value }) => Math.min(1, value));
	return values.length === 0 ? null : Math.max(...values);
}
const LARGEST = 0x38d7ea4c68000;
function keepUsable(samples) {
	const numbers = samples.filter(({ value }) => value >= 0 && value <= LARGEST);
	const whole = numbers.filter(({ labels }) => labels.get("priority") === "");
	return whole.length > 0 ? whole : numbers;
}
// src/protocol/servers/servers.ts
const SERVER_PAGES = [
	"/version",
	"/v1/models",
	"/v1/version",
	"/api/version",
	"/info",
	"/props",
	"/v2",
	"/get_server_info",
	"/health/readiness"
];
const OPENAI$1 = [
	"openai-chat",
	"openai-completions",
	"openai-embeddings"
];
function recogniseServer(pages) {
	const readJson = (path) => {
		const page = pages.get(path);
		return page?.status === 200 ? asObject(parseJson$1(page.text)) : null;
	};
	for (const recognise of RECOGNISERS) {
		const found = recognise(readJson);
		if (found !== null) return found;
	}
	return null;
}
function serverOfHeaders(headers, owners) {
	const software = headers["server"] ?? "";
	const identifyLitellm = headers["x-litellm-version"];
	if (identifyLitellm !== void 0) return makeServer("LiteLLM", identifyLitellm, OPENAI$1);
	const owner = owners.find((owner) => owner.ownsHeaders(headers));
	if (owner !== void 0) return makeServer(owner.name, null, [owner.api.name]);
	if (/^llama\.cpp/i.test(software)) return makeServer("llama.cpp", null, ["llamacpp", ...OPENAI$1]);
	if (/^scaffolding on httpserver/i.test(software)) return makeServer("the Gemini API", null, ["gemini"]);
	if ("anthropic-organization-id" in headers) return makeServer("the Anthropic API", null, ["anthropic"]);
	if ("apim-request-id" in headers) return {
		...makeServer("Azure", null, [...OPENAI$1, "openai-responses"]),
		remedy: AZURE_FORMS
	};
	if ("openai-processing-ms" in headers) return makeServer("the OpenAI API", null, [...OPENAI$1, "openai-responses"]);
	return null;
}
const AZURE_FORMS = "set `endpoint` to …/openai/deployments/<name>?api-version=…, or to …/openai/v1 with the name of the deployment in `model`";
function versionText({ name, version }) {
	if (version === null) return null;
	return name === null ? version : `${name} ${version}`;
}
const RECOGNISERS = [
	identifyLlamaCpp,
	identifyTgi,
	identifyTriton,
	litellm,
	identifyByModelOwner,
	cohere$1,
	identifySglang,
	identifyOllama,
	identifyNim,
	identifyByVersion
];
function identifyLlamaCpp(read) {
	const props = read("/props");
	if (props === null || !("default_generation_settings" in props || "total_slots" in props)) return null;
	const slots = asCount(props["total_slots"]);
	return {
		...makeServer("llama.cpp", asText(props["build_info"]), ["llamacpp", ...OPENAI$1]),
		atOnce: slots === null || slots === 0 ? null : {
			requests: slots,
			beyond: "queue"
		}
	};
}
function identifyTgi(read) {
	const info = read("/info");
	if (info === null || asText(info["model_id"]) === null) return null;
	const router = asText(info["router"]) ?? "";
	const most = asCount(info["max_concurrent_requests"]);
	const atOnce = most === null || most === 0 ? null : {
		requests: most,
		beyond: "refuse"
	};
	if (router.startsWith("text-embeddings") || asObject(info["model_type"]) !== null) return {
		...makeServer("text-embeddings-inference", asText(info["version"]), ["openai-embeddings"]),
		atOnce
	};
	if (!router.startsWith("text-generation") && !("max_total_tokens" in info)) return null;
	return {
		...makeServer("TGI", asText(info["version"]), [
			"tgi",
			"openai-chat",
			"openai-completions"
		]),
		atOnce
	};
}
function identifyTriton(read) {
	const metadata = read("/v2");
	if (metadata === null || !Array.isArray(metadata["extensions"])) return null;
	return asText(metadata["name"]) === "triton" ? makeServer("Triton", asText(metadata["version"]), ["triton"]) : null;
}
function litellm(read) {
	const version = asText(read("/health/readiness")?.["litellm_version"]);
	return version === null ? null : makeServer("LiteLLM", version, OPENAI$1);
}
function identifyByModelOwner(read) {
	const data = read("/v1/models")?.["data"];
	const owner = Array.isArray(data) ? asText(asObject(data[0])?.["owned_by"]) : null;
	const version = asText(read("/version")?.["version"]);
	switch (owner?.toLowerCase()) {
		case "vllm": return identifyNim(read) ?? makeServer("vLLM", version, [
			...OPENAI$1,
			"openai-responses",
			"anthropic"
		]);
		case "sglang": return makeServer("SGLang", asText(read("/get_server_info")?.["version"]), OPENAI$1);
		case "llamacpp": return makeServer("llama.cpp", null, ["llamacpp", ...OPENAI$1]);
		case "tensorrt_llm": return makeServer("TensorRT-LLM", version, OPENAI$1);
		case "lmdeploy": return makeServer("LMDeploy", version, OPENAI$1);
		case "library": return identifyOllama(read) ?? makeServer("Ollama", null, ["ollama", ...OPENAI$1]);
		case "organization_owner": return makeServer("LM Studio", null, OPENAI$1);
		case void 0:
		default: return null;
	}
}
function cohere$1(read) {
	const models = read("/v1/models")?.["models"];
	return Array.isArray(models) && Array.isArray(asObject(models[0])?.["endpoints"]) ? makeServer("the Cohere API", null, ["cohere"]) : null;
}
function identifySglang(read) {
	const info = read("/get_server_info");
	return info !== null && "model_path" in info ? makeServer("SGLang", asText(info["version"]), OPENAI$1) : null;
}
function identifyOllama(read) {
	const version = asText(read("/api/version")?.["version"]);
	return version === null ? null : makeServer("Ollama", version, ["ollama", ...OPENAI$1]);
}
function identifyNim(read) {
	const release = asText(read("/v1/version")?.["release"]);
	return release === null ? null : makeServer("NIM", release, OPENAI$1);
}
function identifyByVersion(read) {
	const page = read("/version");
	const version = asText(page?.["version"]);
	return version === null ? null : makeServer(page?.["simulated"] === true ? "simulated" : null, version, []);
}
function makeServer(name, version, apis) {
	return {
		name,
		version: version === null ? null : cutName(version),
		apis,
		atOnce: null
	};
}
// src/protocol/apis/openai.ts
const openAiChat = {
	name: "openai-chat",
	facts: {
		servers: "vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, TGI, llama.cpp, Ollama, LiteLLM, OpenRouter, Groq, Mistral, DeepSeek, xAI, Perplexity, Z.ai, Snowflake, OpenAI, Azure OpenAI",
		length: "ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt",
		tokens: "usage, wherever it stands, else events",
		cache: "cache_salt where the server takes it, and a unique prefix",
		health: "GET /health on vLLM, SGLang, TGI, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models",
		metrics: "vLLM, SGLang, TGI, llama.cpp, NIM, LMDeploy"
	},
	...answerTask("chat"),
	...streamTokens(),
	body: chatBody$1,
	ownsEvent: (json) => Array.isArray(json["choices"]) && !ownsCompletion(json)
};
const openAiCompletions = {
	name: "openai-completions",
	facts: {
		servers: "vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, llama.cpp",
		length: "ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt",
		tokens: "usage, wherever it stands, else events",
		cache: "cache_salt where the server takes it, and a unique prefix",
		health: "GET /health on vLLM, SGLang, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models",
		metrics: "vLLM, SGLang, llama.cpp, NIM, LMDeploy"
	},
	...answerTask("completions"),
	...streamTokens(),
	body: completionsBody,
	ownsEvent: ownsCompletion
};
const openAiEmbeddings = {
	name: "openai-embeddings",
	facts: {
		servers: "vLLM, SGLang, NIM, text-embeddings-inference, LiteLLM, OpenAI, Azure OpenAI",
		length: "does not apply",
		tokens: "usage (input tokens)",
		cache: "a unique prefix",
		health: "GET /v1/models",
		metrics: "vLLM, SGLang, NIM"
	},
	...answerTask("embeddings"),
	framing: () => "json",
	optionalFields: () => [],
	body: embeddingsBody,
	read: readEmbeddings$1,
	ownsEvent: ({ data }) => Array.isArray(data) && asObject(data[0])?.["embedding"] !== void 0
};
function answerTask(task) {
	return {
		isIts: (endpoint) => taskOfPath(endpoint) === task,
		tasks: [task],
		headers: {},
		keyPlace: openAiKeyPlace,
		url: (endpoint) => openAiUrl(endpoint, task),
		taskOf: () => task,
		modelInBody: (_, model) => model,
		modelsUrl: openAiModelsUrl,
		modelNames: openAiModelNames,
		findsTask: true,
		serverPages: SERVER_PAGES,
		metricsUrls: serverMetricsUrls
	};
}
function streamTokens() {
	return {
		framing: () => "sse",
		optionalFields: () => [
			"stream_options",
			"temperature",
			"ignore_eos",
			"min_tokens",
			"cache_salt"
		],
		read: readOpenAiEvent,
		isOpenAiLike: true,
		assumedFields: ["stream_options"]
	};
}
function ownsCompletion(json) {
	const choices = json["choices"];
	if (!Array.isArray(choices)) return false;
	const choice = asObject(choices[0]);
	return json["object"] === "text_completion" || choice !== null && "text" in choice;
}
function readEmbeddings$1(json, eventName) {
	const { error, usage, servedModel } = readOpenAiEvent(json, eventName);
	const data = asObject(json)?.["data"];
	if (!Array.isArray(data)) return {
		...UNKNOWN_DELTA,
		error,
		usage,
		unknown: error === null
	};
	return {
		...UNKNOWN_DELTA,
		text: data.some(isEmbedding),
		error,
		usage,
		servedModel,
		terminal: true,
		unknown: false
	};
}
function isEmbedding(item) {
	const embedding = asObject(item)?.["embedding"];
	return Array.isArray(embedding) ? embedding.length > 0 : asText(embedding) !== null;
}
// src/protocol/apis/openai-responses.ts
const openAiResponses = {
	name: "openai-responses",
	facts: {
		servers: "OpenAI, Azure OpenAI, vLLM, SGLang, Ollama, LiteLLM, OpenRouter",
		length: "ignore_eos where the server takes it, else max_output_tokens (at least 16) and a prompt that asks for more; checked",
		tokens: "response.usage of the last event, else events",
		cache: "cache_salt where the server takes it, and a unique prefix",
		health: "GET /v1/models",
		metrics: "vLLM, SGLang"
	},
	isIts: isOpenAiResponses,
	tasks: ["chat"],
	headers: {},
	keyPlace: openAiKeyPlace,
	framing: () => "sse",
	optionalFields: () => [
		"temperature",
		"ignore_eos",
		"cache_salt"
	],
	url: (endpoint) => isFull$2(endpoint) ? endpoint : placeUnderOpenAiBase(endpoint, "/responses"),
	taskOf: () => "chat",
	modelInBody: (endpoint, model) => trimPath(endpoint).endsWith("/invocations") ? null : model,
	modelsUrl: openAiModelsUrl,
	modelNames: openAiModelNames,
	body: responsesBody,
	read: readResponsesEvent,
	serverPages: SERVER_PAGES,
	metricsUrls: serverMetricsUrls,
	ownsEvent: ({ object, type }) => object === "response" || typeof type === "string" && /^response\.(created|in_progress|output|queued)/.test(type)
};
function isOpenAiResponses(endpoint) {
	return /\/(open-)?responses$/.test(trimPath(endpoint));
}
function isFull$2(endpoint) {
	return isOpenAiResponses(endpoint) || trimPath(endpoint).endsWith("/invocations");
}
const LEAST_OUTPUT_TOKENS = 16;
function responsesBody(dialect, spec) {
	return addExtraBody({
		...dialect.model !== null && { model: dialect.model },
		input: messagesOf(spec),
		max_output_tokens: Math.max(LEAST_OUTPUT_TOKENS, spec.outputTokens),
		stream: spec.stream ?? true,
		store: false,
		...pickOptionalMembers(dialect, spec)
	}, dialect.extraBody);
}
function readResponsesEvent(json, eventName) {
	const event = asObject(json);
	const type = event?.["type"];
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	if (event?.["object"] === "response") return readWhole$2(event);
	if (type === "keepalive") return EMPTY_DELTA;
	if (event === null || typeof type !== "string" || !type.startsWith("response.")) return UNKNOWN_DELTA;
	if (type.endsWith(".delta")) return deltaOf(type, asText(event["delta"]));
	if (type === "response.output_item.added") return carryTool(readToolName(event["item"]));
	if (type === "response.output_item.done") return isMessage$1(event["item"]) ? MESSAGE_DONE : EMPTY_DELTA;
	const response = asObject(event["response"]);
	if (response === null) return EMPTY_DELTA;
	const end = type.slice(9);
	return ENDS.has(end) ? readEnd$2(response, end) : {
		...EMPTY_DELTA,
		servedModel: asText(response["model"])
	};
}
function deltaOf(type, text) {
	if (type === "response.output_text.delta" || type === "response.refusal.delta") return carryText(text);
	return classifyMember(type) === "reasoning" ? carryReasoning(text) : carryTool(text);
}
const MESSAGE_DONE = {
	...EMPTY_DELTA,
	endsAtDone: true
};
const ENDS = /* @__PURE__ */ new Set([
	"completed",
	"incomplete",
	"failed",
	"cancelled"
]);
function readEnd$2(response, end) {
	const failed = end === "failed" || end === "cancelled";
	return {
		...EMPTY_DELTA,
		usage: readUsage$3(response["usage"]),
		finishReason: asText(asObject(response["incomplete_details"])?.["reason"]) ?? end,
		servedModel: asText(response["model"]),
		error: readStreamError(response, "") ?? (failed ? `response.${end}` : null),
		terminal: true
	};
}
function readUsage$3(value) {
	const usage = asObject(value);
	if (usage === null) return null;
	return {
		inputTokens: asCount(usage["input_tokens"] ?? usage["prompt_tokens"]),
		outputTokens: asCount(usage["output_tokens"] ?? usage["completion_tokens"]),
		reasoningTokens: asCount(asObject(usage["output_tokens_details"])?.["reasoning_tokens"]),
		cachedTokens: asCount(asObject(usage["input_tokens_details"])?.["cached_tokens"]),
		totalTokens: asCount(usage["total_tokens"])
	};
}
function isMessage$1(item) {
	return asObject(item)?.["type"] === "message";
}
function readToolName(value) {
	const item = asObject(value);
	return typeof item?.["type"] === "string" && item["type"].endsWith("_call") ? asText(item["name"]) : null;
}
function readWhole$2(response) {
	const { usage, finishReason, servedModel, error, terminal } = readEnd$2(response, asText(response["status"]));
	return {
		...joinParts((asArray(response["output"]) ?? []).flatMap((item) => readItem(asObject(item) ?? {}))),
		usage,
		finishReason,
		servedModel,
		error,
		terminal
	};
}
function readItem(item) {
	const type = asText(item["type"]) ?? "message";
	if (type === "message") return (asArray(item["content"]) ?? [{ text: item["content"] }]).map(readPart$1);
	if (type === "reasoning") return [{
		...EMPTY_DELTA,
		reasoning: measureText(item) > 0,
		characters: measureText(item),
		concealed: holdsCiphertext(item)
	}];
	if (type.endsWith("_output")) return [];
	if (type.endsWith("_call")) return [
		"name",
		"arguments",
		"input",
		"code"
	].map((member) => carryTool(asText(item[member])));
	return [readUnknownMembers(item, NO_OUTPUT$1)];
}
function readPart$1(value) {
	const part = asObject(value) ?? {};
	const text = asText(part["text"]) ?? asText(part["refusal"]);
	return text === null ? readUnknownMembers(part, NO_OUTPUT$1) : carryText(text);
}
const NO_OUTPUT$1 = /* @__PURE__ */ new Set(["type"]);
// src/vendors/databricks/urls.ts
const HOST = /(^|\.)(databricks\.(com|us|mil)|azuredatabricks\.net|databricks\.azure\.(us|cn))$/;
const ROUTE_OPTIMISED_HOST = /\.serving\.((cloud|gcp)\.databricks\.com|azuredatabricks\.net)$/;
const PATHS = ["serving-endpoints", "ai-gateway"];
const PATH$3 = new RegExp(`/(${PATHS.join("|")})(/|$)`);
const BASE = new RegExp(`^(.*?)/(${PATHS.join("|")})(/.*)?$`);
const NATIVE = /^(.*)\/serving-endpoints\/([^/]+)(\/served-models\/([^/]+))?(\/invocations)?$/;
const NAME$1 = /^(?!\.+$)[\w.-]{1,200}$/;
function isDatabricksHost({ hostname }) {
	return HOST.test(hostname);
}
function isDatabricks(endpoint) {
	return isDatabricksHost(endpoint) || PATH$3.test(endpoint.pathname);
}
function isRouteOptimized({ hostname }) {
	return ROUTE_OPTIMISED_HOST.test(hostname);
}
function readNativePath(endpoint) {
	if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint)) return null;
	const [, prefix, name, , served] = NATIVE.exec(trimPath(endpoint)) ?? [];
	return prefix === void 0 || name === void 0 ? null : {
		prefix,
		name,
		served: served ?? null
	};
}
function findServingPlace(url, model) {
	if (isRouteOptimized(url)) return null;
	const path = trimPath(url);
	const native = readNativePath(url);
	const prefix = native?.prefix ?? BASE.exec(path)?.[1] ?? (path === "" ? "" : null);
	const name = native === null ? model : decodeSegment$1(native.name);
	if (prefix === null || name === null || !NAME$1.test(name)) return null;
	const managementUrl = replacePath(url, `${prefix}/api/2.0/serving-endpoints/${name}`);
	managementUrl.search = "";
	return {
		managementUrl,
		name,
		served: native?.served == null ? null : decodeSegment$1(native.served)
	};
}
function metricsUrls(url, model) {
	const place = findServingPlace(url, model);
	return place === null ? [] : [replacePath(place.managementUrl, `${trimPath(place.managementUrl)}/metrics`)];
}
function decodeSegment$1(segment) {
	try {
		return decodeURIComponent(segment);
	} catch {
		return null;
	}
}
// src/vendors/databricks/api.ts
const BODY = {
	chat: chatBody$1,
	completions: completionsBody,
	embeddings: embeddingsBody
};
const databricksApi = {
	name: "databricks",
	facts: {
		servers: "Databricks model serving: provisioned throughput, pay per token, AI Gateway, agents",
		length: "max_tokens and a prompt that asks for more; checked",
		tokens: "usage in every event, in the last one, or none",
		cache: "a unique prefix",
		health: "GET /api/2.0/serving-endpoints/<name>: READY and NOT_UPDATING, read at the start and the end",
		metrics: "only sums over a minute: GET /api/2.0/serving-endpoints/<name>/metrics"
	},
	isIts: isDatabricks,
	tasks: [
		"chat",
		"completions",
		"embeddings"
	],
	headers: {},
	keyPlace: () => "bearer",
	framing: (task) => task === "embeddings" ? "json" : "sse",
	optionalFields: (task) => task === "embeddings" ? [] : ["temperature", "stream_options"],
	url: databricksUrl,
	taskOf: taskOfPath,
	modelInBody: (endpoint, model) => readNativePath(endpoint) === null ? model : null,
	modelsUrl: () => null,
	modelNames: () => [],
	body: (dialect, spec) => BODY[dialect.task](dialect, spec),
	read: readDatabricks,
	isOpenAiLike: true,
	nameless: {
		what: "this URL of Databricks names no serving endpoint, and `model` is not given",
		remedy: "set `model` to the name of the serving endpoint, or `endpoint` to …/serving-endpoints/<name>/invocations"
	},
	needsFullUrl: true,
	metricsUrls,
	ownsEvent: (json) => typeof json["error_code"] === "string" && typeof json["message"] === "string"
};
function databricksUrl(endpoint, task) {
	const path = trimPath(endpoint);
	if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint) || path.endsWith("/invocations")) return endpoint;
	if (readNativePath(endpoint) !== null) return replacePath(endpoint, `${path}/invocations`);
	if (path === "") return replacePath(endpoint, `/serving-endpoints${taskSuffix(task)}`);
	return replacePath(endpoint, `${path}${path.endsWith("/ai-gateway") ? "/mlflow/v1" : path.endsWith("/ai-gateway/mlflow") ? "/v1" : ""}${taskSuffix(task)}`);
}
function readDatabricks(json, eventName) {
	const event = asObject(json);
	if (Array.isArray(event?.["data"])) return readEmbeddings$1(json, eventName);
	const type = event?.["type"];
	if (typeof type === "string" && type.startsWith("response.")) return {
		...readResponsesEvent(json, eventName),
		terminal: false
	};
	const delta = readOpenAiEvent(json, eventName);
	return event !== null && event["choices"] === void 0 && asObject(event["delta"]) !== null ? {
		...delta,
		endsAtDone: true
	} : delta;
}
// src/vendors/databricks/tokens.ts
const TOKEN_PATH = "/oidc/v1/token";
async function fetchOauthToken(credentials, ports) {
	const { clientId, clientSecret } = credentials;
	return fetchFromWorkspace(credentials, {
		form: { grant_type: "client_credentials" },
		headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
		refused: "check `client-id` and `client-secret`: the secret may have expired; the service principal must be in this workspace and may query the endpoint (CAN_QUERY)"
	}, ports);
}
async function fetchOidcToken(credentials, github, ports) {
	const audience = credentials.oidcAudience ?? tokenUrlOf(credentials).href;
	const identity = await fetchIdentity(github, audience, ports);
	return fetchFromWorkspace(credentials, {
		form: {
			grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
			subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
			subject_token: identity,
			client_id: credentials.clientId ?? ""
		},
		headers: {},
		refused: describePolicy(identity, audience)
	}, ports);
}
async function fetchFromWorkspace(credentials, { form, headers, refused }, { ask }) {
	const { token, members } = await ask({
		method: "POST",
		url: tokenUrlOf(credentials),
		headers: {
			...headers,
			"content-type": "application/x-www-form-urlencoded"
		},
		body: new URLSearchParams({
			...form,
			scope: "all-apis",
			...routeDetails(credentials.endpoint)
		}).toString(),
		member: "access_token",
		who: "the token endpoint",
		refused,
		misplaced: "is this the host of a Databricks workspace? if not, set `token-url` to the workspace of the endpoint",
		unreachable: "check the host of `endpoint` (or `token-url`) and the network; `proxy` if one is needed"
	});
	return {
		value: token,
		lifetimeMs: lifetimeOf(members["expires_in"])
	};
}
function tokenUrlOf({ tokenUrl, endpoint }) {
	if (tokenUrl === null) return new URL(TOKEN_PATH, endpoint.origin);
	return tokenUrl.pathname === "/" ? new URL(TOKEN_PATH, tokenUrl) : tokenUrl;
}
function routeDetails(endpoint) {
	if (!isRouteOptimized(endpoint)) return {};
	const detail = {
		type: "workspace_permission",
		object_type: "serving-endpoints",
		object_path: `/serving-endpoints/${endpoint.hostname.split(".")[0]}`,
		actions: ["query_inference_endpoint"]
	};
	return { authorization_details: JSON.stringify([detail]) };
}
function lifetimeOf(expiresIn) {
	const seconds = typeof expiresIn === "string" ? Number(expiresIn) : expiresIn;
	return typeof seconds === "number" && seconds > 0 && Number.isFinite(seconds) ? 1e3 * seconds : null;
}
async function fetchIdentity(github, audience, { ask, hide }) {
	const url = new URL(github.url);
	url.searchParams.set("audience", audience);
	const permission = "give the job permissions: id-token: write, also the job that calls a reusable workflow; pull requests of forks never have it";
	const { token } = await ask({
		method: "GET",
		url,
		headers: { authorization: `Bearer ${github.token}` },
		body: null,
		member: "value",
		who: "GitHub's identity service",
		isGithubs: true,
		refused: permission,
		misplaced: permission,
		unreachable: "check that the runner reaches the host of ACTIONS_ID_TOKEN_REQUEST_URL; `proxy` if one is needed"
	});
	hide(token);
	return token;
}
function describePolicy(identity, audience) {
	const claims = asObject(parseJson$1(Buffer.from(identity.split(".")[1] ?? "", "base64url").toString("utf8")));
	const readMember = (name) => {
		const value = claims?.[name];
		return typeof value === "string" ? escapeForTerminal(value, 200) : "unknown";
	};
	return `check \`client-id\`, and that the service principal has a federation policy for this job: issuer ${readMember("iss")}, subject ${readMember("sub")}, audience ${escapeForTerminal(audience, 200)} (\`oidc-audience\`)`;
}
// src/vendors/databricks/credentials.ts
const REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL";
const REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const WAYS$1 = [{
	word: "databricks-oauth",
	settings: [
		"client-id",
		"client-secret",
		"token-url"
	],
	variables: [],
	secret: { setting: "client-secret" },
	headers: ["authorization"],
	*findProblems(facts) {
		yield* findMissingId("databricks-oauth", facts);
		yield* findMissingSecret(facts);
		yield* findWrongHost("databricks-oauth", facts);
	},
	fetchToken: fetchOauthToken
}, {
	word: "databricks-oidc",
	settings: [
		"client-id",
		"oidc-audience",
		"token-url"
	],
	variables: [{
		name: REQUEST_URL,
		isSecret: false
	}, {
		name: REQUEST_TOKEN,
		isSecret: true
	}],
	secret: { variable: REQUEST_TOKEN },
	headers: ["authorization"],
	*findProblems(facts) {
		yield* findMissingIdentity(facts);
		yield* findMissingId("databricks-oidc", facts);
		yield* findWrongHost("databricks-oidc", facts);
	},
	fetchToken: (credentials, ports) => fetchOidcToken(credentials, readIdentity(credentials.variables), ports)
}];
const CREDENTIAL_HELP = {
	"client-id": "The service principal that a token is fetched for, with auth: databricks-oauth or databricks-oidc",
	"client-secret": "Its secret, with auth: databricks-oauth; for the command best in PLATEAU_CLIENT_SECRET; never in a config file",
	"token-url": "The workspace that gives out the tokens of databricks-oauth and databricks-oidc, where the endpoint has another host: route-optimised endpoints, gateways",
	"oidc-audience": "The audience in the federation policy of the service principal, with auth: databricks-oidc"
};
const BORROWED = [
	{
		variable: "DATABRICKS_TOKEN",
		setting: "api-key"
	},
	{
		variable: "DATABRICKS_CLIENT_ID",
		setting: "client-id"
	},
	{
		variable: "DATABRICKS_CLIENT_SECRET",
		setting: "client-secret"
	},
	{
		variable: "DATABRICKS_TOKEN_AUDIENCE",
		setting: "oidc-audience"
	}
];
function ownsVariables(endpoint, env) {
	if (!isDatabricksHost(endpoint)) return false;
	const named = env["DATABRICKS_HOST"]?.trim() ?? "";
	const workspace = named.includes("://") ? named : `https://${named}`;
	return named === "" || isRouteOptimized(endpoint) || URL.canParse(workspace) && new URL(workspace).host === endpoint.host;
}
function readIdentity(variables) {
	const { [REQUEST_URL]: url, [REQUEST_TOKEN]: token } = variables;
	return url !== void 0 && token !== void 0 && /^https?:/.test(url) && URL.canParse(url) ? {
		url: new URL(url),
		token
	} : null;
}
function* findMissingIdentity({ variables, entry, spell }) {
	if (readIdentity(variables) !== null) return;
	yield {
		setting: "auth",
		given: null,
		message: entry === "action" ? "is databricks-oidc, and this job may not ask GitHub for its identity; give it permissions: id-token: write, also the job that calls a reusable workflow (pull requests of forks never have it)" : `is databricks-oidc, which only a job of GitHub Actions with permissions: id-token: write can use; use auth: databricks-oauth with ${spell("client-id")} and PLATEAU_CLIENT_SECRET`
	};
}
function* findMissingId(word, { clientId, spell }) {
	if (clientId !== null) return;
	yield {
		setting: "client-id",
		given: null,
		message: `is needed with auth: ${word}: the application id of the service principal, in PLATEAU_CLIENT_ID or ${spell("client-id")}`
	};
}
function* findMissingSecret({ clientSecret, entry }) {
	if (clientSecret !== null) return;
	yield {
		setting: "client-secret",
		given: null,
		message: `is needed with auth: databricks-oauth; ${entry === "command" ? "set PLATEAU_CLIENT_SECRET" : "give the input client-secret; if it is given, the secret that it comes from is empty in this run: look at its name, that it exists for this repository and environment, and that a called workflow gets it"}`
	};
}
function* findWrongHost(word, { endpoint, api, tokenUrl }) {
	if (endpoint == null || tokenUrl !== null) return;
	if (isRouteOptimized(endpoint)) yield {
		setting: "token-url",
		given: null,
		message: "is needed for a route-optimised endpoint, whose host gives out no tokens: https://<workspace>"
	};
	else if (!isDatabricks(endpoint) && api !== "databricks") yield {
		setting: "auth",
		given: null,
		message: `is ${word}, and ${endpoint.host} is not a Databricks workspace; set token-url to the workspace of a gateway, or change auth`
	};
}
// src/vendors/databricks/serving-endpoint.ts
const CONFIG_UPDATES = [
	"NOT_UPDATING",
	"IN_PROGRESS",
	"UPDATE_FAILED",
	"UPDATE_CANCELED"
];
const DEPLOYMENTS = [
	"DEPLOYMENT_READY",
	"DEPLOYMENT_CREATING",
	"DEPLOYMENT_RECOVERING",
	"DEPLOYMENT_FAILED",
	"DEPLOYMENT_ABORTED"
];
const TASKS$2 = {
	"llm/v1/chat": "chat",
	"llm/v1/completions": "completions",
	"llm/v1/embeddings": "embeddings",
	"agent/v1/chat": "chat",
	"agent/v2/chat": "chat"
};
const MOST_ENTRIES$1 = 50;
function readServingEndpoint(json) {
	const page = asObject(json);
	const state = asObject(page?.["state"]);
	const config = asObject(page?.["config"]);
	if (page === null || state === null && config === null) return null;
	const gateway = asObject(page["ai_gateway"]);
	const taskName = asName(page["task"]);
	const served = [...readEntries(config?.["served_entities"]), ...readEntries(config?.["served_models"])];
	const entities = removeTwins(served.map(readEntity));
	return {
		ready: state?.["ready"] === "READY" ? true : state?.["ready"] === "NOT_READY" ? false : null,
		configUpdate: oneOf(CONFIG_UPDATES, state?.["config_update"]),
		configVersion: asCount(config?.["config_version"]),
		task: taskName !== null && Object.hasOwn(TASKS$2, taskName) ? TASKS$2[taskName] : null,
		taskName,
		entities,
		traffic: readEntries(asObject(config?.["traffic_config"])?.["routes"]).map(readRoute),
		fallback: asObject(gateway?.["fallback_config"])?.["enabled"] === true,
		rateLimits: [...readEntries(gateway?.["rate_limits"]), ...readEntries(page["rate_limits"])].map(readRateLimit),
		routeOptimized: page["route_optimized"] === true,
		payPerToken: isPayPerToken(page, served, entities)
	};
}
function selectServed(endpoint, name) {
	const entities = endpoint.entities.filter((entity) => entity.name === name);
	return entities.length === 0 ? endpoint : {
		...endpoint,
		entities,
		traffic: [],
		fallback: false
	};
}
function isProvisioned({ minTokensPerSecond, maxTokensPerSecond, modelUnits }) {
	return minTokensPerSecond !== null || maxTokensPerSecond !== null || modelUnits !== null;
}
function readEntity(entity) {
	const state = asObject(entity["state"]);
	const named = [asObject(entity["foundation_model"]), asObject(entity["external_model"])].map((at) => asName(at?.["name"]));
	return {
		name: asName(entity["name"]),
		entity: asName(entity["entity_name"]) ?? asName(entity["model_name"]) ?? named[0] ?? named[1] ?? null,
		version: asName(entity["entity_version"]) ?? asName(entity["model_version"]),
		minTokensPerSecond: asCount(entity["min_provisioned_throughput"]),
		maxTokensPerSecond: asCount(entity["max_provisioned_throughput"]),
		modelUnits: asCount(entity["provisioned_model_units"]),
		minConcurrency: asCount(entity["min_provisioned_concurrency"]),
		maxConcurrency: asCount(entity["max_provisioned_concurrency"]),
		workloadSize: asName(entity["workload_size"]),
		burstScaling: typeof entity["burst_scaling_enabled"] === "boolean" ? entity["burst_scaling_enabled"] : null,
		scaleToZero: entity["scale_to_zero_enabled"] === true,
		deployment: oneOf(DEPLOYMENTS, state?.["deployment"]),
		deploymentMessage: asName(state?.["deployment_state_message"])
	};
}
function removeTwins(entities) {
	const names = /* @__PURE__ */ new Set();
	return entities.filter(({ name }) => name === null || !names.has(name) && names.add(name));
}
function readRoute(route) {
	const said = route["traffic_percentage"];
	const percent = typeof said === "string" || typeof said === "number" ? Number(said) : 0;
	return {
		entity: asName(route["served_entity_name"]) ?? asName(route["served_model_name"]),
		percent: percent >= 0 && percent <= 100 ? percent : 0
	};
}
function readRateLimit(limit) {
	return {
		calls: asCount(limit["calls"]),
		tokens: asCount(limit["tokens"]),
		key: asName(limit["key"]),
		period: asName(limit["renewal_period"])
	};
}
function isPayPerToken(page, served, entities) {
	if (entities.some(isProvisioned)) return false;
	if (page["endpoint_type"] === "FOUNDATION_MODEL_API") return true;
	return served.length > 0 && served.every((entity) => asObject(entity["foundation_model"]) !== null);
}
function readEntries(value) {
	if (!Array.isArray(value)) return [];
	return value.slice(0, MOST_ENTRIES$1).map(asObject).filter((entry) => entry !== null);
}
function asName(value) {
	const text = typeof value === "number" ? String(value) : asText(value);
	return text === null ? null : cutName(text);
}
function oneOf(words, value) {
	return words.find((word) => word === value) ?? null;
}
// src/vendors/databricks/facts.ts
function readServingFacts(endpoint) {
	const { entities } = endpoint;
	return {
		task: endpoint.taskName,
		servedEntities: entities.length,
		trafficRoutes: endpoint.traffic.filter(({ percent }) => percent > 0).length,
		burstScaling: entities.some(mayBurst),
		autoscaling: entities.some(scales),
		scaleToZero: entities.some(({ scaleToZero }) => scaleToZero),
		fallback: endpoint.fallback && entities.length > 1,
		rateLimits: endpoint.rateLimits.length,
		payPerToken: endpoint.payPerToken,
		routeOptimized: endpoint.routeOptimized
	};
}
function describeProvisioned$1(endpoint) {
	if (endpoint.payPerToken) return "nothing: shared capacity, paid by the token";
	const described = endpoint.entities.flatMap((entity) => {
		const text = describeEntity(entity);
		return text === null ? [] : [{
			name: entity.name,
			text
		}];
	});
	if (described.length === 0) return null;
	if (endpoint.entities.length === 1) return described[0].text;
	return described.map(({ name, text }) => `${name ?? "unnamed"}: ${text}`).join("; ");
}
function mayBurst(entity) {
	return isProvisioned(entity) && entity.burstScaling !== false;
}
function scales({ minTokensPerSecond, maxTokensPerSecond, minConcurrency, maxConcurrency }) {
	const differ = (min, max) => min !== null && max !== null && min < max;
	return differ(minTokensPerSecond, maxTokensPerSecond) || differ(minConcurrency, maxConcurrency);
}
function describeServed({ entities }) {
	const names = entities.flatMap(({ entity, name, version }) => {
		const model = entity ?? name;
		return model === null ? [] : [version === null ? model : `${model} version ${version}`];
	});
	return names.length === 0 ? null : names.join("; ");
}
function describeEntity(entity) {
	const { minTokensPerSecond, maxTokensPerSecond, modelUnits, minConcurrency, maxConcurrency, workloadSize } = entity;
	const amounts = [
		formatAmount(minTokensPerSecond, maxTokensPerSecond, "tokens/s (input + output)"),
		modelUnits === null ? null : `${count$1(modelUnits)} model units`,
		formatAmount(minConcurrency, maxConcurrency, "requests at once"),
		workloadSize === null ? null : `workload size ${workloadSize}`
	].filter((text) => text !== null);
	if (amounts.length === 0) return null;
	const burst = isProvisioned(entity) && entity.burstScaling === false ? ", burst scaling off" : "";
	return `${amounts.join(", ")}${burst}`;
}
function formatAmount(min, max, unit) {
	const [low, high] = [min ?? max, max ?? min];
	if (low === null || high === null) return null;
	return low === high ? `${count$1(low)} ${unit}` : `${count$1(low)} to ${count$1(high)} ${unit}`;
}
function count$1(value) {
	return value.toLocaleString("en-US");
}
// src/vendors/databricks/state.ts
function judgeServing(endpoint) {
	const { ready, configUpdate, entities } = endpoint;
	if (configUpdate === "UPDATE_FAILED") return {
		kind: "failed",
		why: `the last update of its configuration failed (UPDATE_FAILED)${ready === true ? "; what answers is the configuration before" : ""}${describeDeployments()}`
	};
	if (configUpdate === "IN_PROGRESS") return {
		kind: "waiting",
		why: `its configuration is being updated (IN_PROGRESS)${describeDeployments()}`
	};
	if (ready !== false) return { kind: "ready" };
	return entities.some(({ deployment }) => deployment === "DEPLOYMENT_FAILED" || deployment === "DEPLOYMENT_ABORTED") ? {
		kind: "failed",
		why: `a deployment of it failed${describeDeployments()}`
	} : {
		kind: "waiting",
		why: `it is not ready (NOT_READY)${describeDeployments()}`
	};
	function describeDeployments() {
		const words = entities.flatMap(({ name, deployment, deploymentMessage }) => {
			if (deployment === null || deployment === "DEPLOYMENT_READY") return [];
			const message = deploymentMessage === null ? "" : ` (${deploymentMessage})`;
			return [`${name ?? "unnamed"} ${deployment}${message}`];
		});
		return words.length === 0 ? "" : `: ${words.join(", ")}`;
	}
}
function compareServing(before, now) {
	const [servedBefore, servedNow] = [describeServed(before), describeServed(now)];
	const isServedSame = servedBefore === null || servedNow === null || servedBefore === servedNow;
	const [capacityBefore, capacityNow] = [describeProvisioned$1(before), describeProvisioned$1(now)];
	const signs = [
		["an update of the configuration is in progress", now.configUpdate === "IN_PROGRESS"],
		["an update of the configuration failed", now.configUpdate === "UPDATE_FAILED"],
		["the endpoint is no longer ready", now.ready === false],
		[`the configuration went from version ${before.configVersion} to ${now.configVersion}`, before.configVersion !== null && now.configVersion !== null && before.configVersion !== now.configVersion],
		["what is provisioned changed", capacityBefore !== null && capacityNow !== null && capacityBefore !== capacityNow && isServedSame],
		["the traffic split changed", before.traffic.length > 0 && now.traffic.length > 0 && describeTraffic(before) !== describeTraffic(now)]
	];
	return {
		served: isServedSame ? null : {
			before: servedBefore,
			now: servedNow
		},
		config: signs.flatMap(([sign, isSeen]) => isSeen ? [sign] : [])
	};
}
function describeTraffic({ traffic }) {
	return traffic.map(({ entity, percent }) => `${entity} ${percent}`).join(", ");
}
// src/vendors/databricks/findings.ts
const SURE_CONCURRENCY = 192;
function findInConfiguration(endpoint) {
	const facts = readServingFacts(endpoint);
	return [
		[
			facts.payPerToken,
			"pay-per-token",
			() => "The endpoint is paid by the token: its capacity is shared."
		],
		[
			facts.burstScaling,
			"burst-scaling",
			() => describeBurst(endpoint)
		],
		[
			facts.autoscaling,
			"autoscaling",
			() => "What is provisioned has a minimum and a higher maximum: the endpoint scales between them under load."
		],
		[
			facts.scaleToZero,
			"scale-to-zero",
			() => "The endpoint scales to zero when nobody uses it."
		],
		[
			facts.fallback,
			"fallback-configured",
			() => `A request that fails goes to another of the ${facts.servedEntities} served entities.`
		],
		[
			facts.trafficRoutes > 1,
			"traffic-split",
			() => splitMessage(endpoint)
		],
		[
			facts.rateLimits > 0,
			"endpoint-rate-limit",
			() => `The endpoint has rate limits of its own: ${endpoint.rateLimits.slice(0, 4).map(describeRateLimit).join(", ")}.`
		]
	].flatMap(([isSeen, code, message]) => isSeen ? [{
		code,
		message: message()
	}] : []);
}
function findChanges$1(before, now) {
	const { served, config } = compareServing(before, now);
	const findings = [];
	if (served !== null) findings.push({
		code: "served-model-changed",
		message: `The endpoint served ${escapeForTerminal(served.before)} at the start and ${escapeForTerminal(served.now)} at the end.`
	});
	if (config.length > 0) findings.push({
		code: "config-updated",
		message: `At the end of the run: ${config.join("; ")}.`
	});
	return findings;
}
function findLimits(levels) {
	return levels.flatMap(({ concurrency, failures, state }) => {
		const refused = failures["http_429"] ?? 0;
		const givenUp = (failures["http_408"] ?? 0) + (failures["http_504"] ?? 0);
		const above = concurrency > SURE_CONCURRENCY ? `; ${concurrency} requests at once may be more than the workspace takes` : "";
		const findings = [];
		if (refused > 0 || state === "limited") findings.push({
			code: "workspace-limit",
			level: concurrency,
			message: `${countRequests(refused)} refused with 429${above}.`
		});
		if (givenUp > 0) findings.push({
			code: "execution-limit",
			level: concurrency,
			message: `${pluralise(givenUp, "request")} ended with 408 or 504.`
		});
		return findings;
	});
}
function describeBurst({ entities }) {
	return entities.some(({ burstScaling }) => burstScaling === true) ? "Burst scaling is on: the endpoint may scale beyond what is provisioned." : "Burst scaling is not switched off, and its default is on: the endpoint may scale beyond what is provisioned.";
}
function splitMessage({ traffic }) {
	const shares = traffic.filter(({ percent }) => percent > 0);
	const shown = shares.slice(0, 4).map(({ entity, percent }) => `${escapeForTerminal(entity ?? "unnamed", 60)} ${percent} %`);
	return `Requests go to ${shares.length} served entities: ${shown.join(", ")}${shares.length > 4 ? ", …" : ""}.`;
}
function describeRateLimit({ calls, tokens, key, period }) {
	const what = [calls === null ? null : `${calls} calls`, tokens === null ? null : `${tokens} tokens`].filter((amount) => amount !== null).join(" and ");
	return escapeForTerminal(`${what === "" ? "unknown" : what} a ${period ?? "period"}${key === null ? "" : ` for each ${key}`}`);
}
function countRequests(count) {
	if (count === 0) return "Requests were";
	return pluralise(count, "request was", "requests were");
}
// src/vendors/databricks/readiness.ts
const LONGEST_REASON$1 = 400;
const RESPONSES_TASK = "agent/v1/responses";
function watchEndpoint$1(url, { getPage, log, signal, patience }) {
	let described = null;
	let isHidden = false;
	return async (model) => {
		const place = findServingPlace(url, model);
		while (!isHidden && described === null && place !== null) {
			const { endpoint, status } = await readPage(place, getPage, signal);
			if (endpoint === null) {
				if (status === null || status >= 500 || status === 429) return null;
				isHidden = true;
				log(`${showUrl(place.managementUrl)} shows no serving endpoint (${status}): its state, what is provisioned and changes during the run are not looked at; a key that may view the endpoint mends it`);
				return null;
			}
			if (await isReady(endpoint, place)) described = describeEndpoint$2(endpoint, async (asked) => (await readPage(place, getPage, asked)).endpoint);
		}
		return described;
	};
	async function isReady(endpoint, place) {
		const state = judgeServing(endpoint);
		if (state.kind === "ready") {
			refuseResponses(url, endpoint, place);
			return true;
		}
		const waits = state.kind === "waiting";
		const reason = new EndpointError(`the serving endpoint ${escapeForTerminal(place.name)} cannot be measured: ${escapeForTerminal(state.why, LONGEST_REASON$1)}`, {
			tried: `GET ${showUrl(place.managementUrl)}`,
			remedy: waits ? "look at its state in Databricks: a stopped endpoint must be started; `ready-timeout` is how long one that starts or is updated is waited for (large models take up to two hours)" : "look at the endpoint's events and logs in Databricks, then deploy again or put the last good configuration back"
		});
		if (!waits) throw reason;
		await patience(reason, null);
		return false;
	}
}
function describeEndpoint$2(endpoint, readPageAgain) {
	return {
		task: endpoint.task,
		served: describeServed(endpoint),
		provisioned: describeProvisioned$1(endpoint),
		capabilities: { servingEndpoint: { ...readServingFacts(endpoint) } },
		findings: findInConfiguration(endpoint),
		async findChanges(signal) {
			const now = await readPageAgain(signal);
			return now === null ? [] : findChanges$1(endpoint, now);
		}
	};
}
async function readPage({ managementUrl, served }, getPage, signal) {
	const page = await getPage(managementUrl, signal);
	const endpoint = page?.status === 200 ? readServingEndpoint(parseJson$1(page.text)) : null;
	return {
		endpoint: endpoint === null || served === null ? endpoint : selectServed(endpoint, served),
		status: page?.status ?? null
	};
}
function refuseResponses({ origin }, { taskName }, { name }) {
	if (taskName !== RESPONSES_TASK) return;
	throw new EndpointError(`the serving endpoint ${escapeForTerminal(name)} is an agent that takes the Responses API only`, {
		tried: `its task (${RESPONSES_TASK})`,
		remedy: `set \`endpoint\` to ${escapeForTerminal(origin)}/serving-endpoints/responses, \`api\` to openai-responses and \`model\` to ${escapeForTerminal(name)}`
	});
}
// src/vendors/databricks/refusals.ts
const RULES$1 = [
	{
		status: [403, 429],
		says: /rate limit of 0\b/i,
		what: "Databricks has switched the NAME off for this workspace (a rate limit of 0)",
		remedy: "neither the key nor waiting mends it: ask Databricks for access to this model, or measure an endpoint of your own with provisioned throughput"
	},
	{
		status: [401, 403],
		says: /invalid (access )?token|token (is|has) expired|expired (access )?token|invalid_token/i,
		what: "not authorised: Databricks does not accept the token",
		remedy: "make a new token in the workspace of this endpoint and set PLATEAU_API_KEY (or `api-key`) to it, or use `auth: databricks-oauth`, which renews its own"
	},
	{
		status: [403],
		says: /guardrail|\bsafety\b|\bPII\b/i,
		what: "a guardrail of the AI Gateway refuses the prompts",
		remedy: "measure without guardrails, or with a `prompts-file` that passes them"
	},
	{
		status: [403],
		what: "not authorised: this key may not query the NAME",
		remedy: "give its user or service principal the permission \"Can Query\" on the endpoint; check `auth` and the key"
	},
	{
		status: [404],
		says: /^(?!.*no api found).*(RESOURCE_DOES_NOT_EXIST|ENDPOINT_NOT_FOUND|does not exist|not found)/is,
		what: "there is no NAME in this workspace",
		remedy: "check the name in the path of `endpoint` (or in `model`, where the path names none) and the workspace; `databricks serving-endpoints list` shows those there are"
	},
	{
		status: [400],
		says: /unknown field \W{0,2}(messages|prompt|input)\b/i,
		what: "the NAME is made for another task than it was asked for",
		remedy: "leave `task` out, or set it to the task that the page of the endpoint names: chat, completions or embeddings"
	},
	{
		status: [400],
		says: /unknown field/i,
		what: "the NAME does not take a field of the request",
		remedy: "Databricks refuses every field that it does not know: take it out of `extra-body`"
	},
	{
		status: [413],
		what: "the request is larger than Databricks takes (16 MB; 4 MB for foundation models, external models and agents)",
		remedy: "lower `input-tokens` or `batch-size`"
	},
	{
		status: [429],
		says: /output tokens|OTPM|tokens per minute|tokens\/min/i,
		what: "Databricks refuses requests: a limit of tokens a minute",
		remedy: "`max_tokens` counts against it before anything is generated: lower `output-tokens`, wait, or measure provisioned throughput"
	},
	{
		status: [429],
		what: "Databricks refuses requests: a rate limit of the endpoint, of the AI Gateway or of the workspace",
		remedy: "wait, or raise the limit; pay-per-token endpoints take a few requests a second and are not for sweeps, provisioned throughput is"
	},
	{
		status: [408, 504],
		what: "Databricks gave the request up: the model took longer than it may, or the endpoint is still starting",
		remedy: "lower `output-tokens`; `ready-timeout` is how long an endpoint that starts is waited for"
	}
];
function explainRefusal$1(refused, url) {
	const { status, headers, failureMessage } = refused;
	if (status === null || !isFromDatabricks(headers ?? {}, url)) return null;
	const rule = RULES$1.find((each) => each.status.includes(status) && (each.says === void 0 || each.says.test(failureMessage ?? "")));
	if (rule === void 0) return null;
	const name = /\/serving-endpoints\/([\w.-]+)\/(?:invocations|served-models\/)/.exec(url)?.[1];
	return {
		what: rule.what.replace("NAME", name === void 0 ? "serving endpoint" : `serving endpoint ${name}`),
		remedy: rule.remedy
	};
}
function ownsHeaders(headers) {
	return /^databricks/i.test(headers["server"] ?? "") || "x-databricks-org-id" in headers;
}
function isFromDatabricks(headers, url) {
	return ownsHeaders(headers) || PATH$3.test(url);
}
// src/vendors/vendors.ts
const VENDORS = [{
	name: "Databricks",
	api: databricksApi,
	isIts: isDatabricks,
	ownsHeaders,
	paths: PATHS,
	keyPlace: "bearer",
	speaks: {
		anthropic: "Databricks",
		"openai-responses": "agents on Databricks"
	},
	endpointName: (endpoint) => readNativePath(endpoint)?.name ?? null,
	ways: WAYS$1,
	credentialHelp: CREDENTIAL_HELP,
	borrowed: BORROWED,
	ownsVariables,
	takesBareToken: true,
	explainRefusal: explainRefusal$1,
	watchEndpoint: watchEndpoint$1,
	crossCheckModel: "Databricks' notebook",
	findLimits
}, bedrock];
const WAYS = VENDORS.flatMap(({ ways = [] }) => ways);
const RENEWING_WORDS = WAYS.flatMap(({ word, fetchToken }) => fetchToken === void 0 ? [] : [word]);
const CROSS_CHECK_MODEL = VENDORS.flatMap(({ crossCheckModel }) => crossCheckModel ?? []).join(" and ");
function vendorOf(api) {
	return VENDORS.find((vendor) => vendor.api === api) ?? null;
}
function wayOf(word) {
	return WAYS.find((way) => way.word === word) ?? null;
}
function credentialHelp(setting) {
	return VENDORS.flatMap((vendor) => vendor.credentialHelp?.[setting] ?? []).join("; ");
}
function findKeyPlaceAt(endpoint, api) {
	return VENDORS.find((vendor) => vendor.isIts(endpoint))?.keyPlace ?? api.keyPlace(endpoint);
}
function readEndpointName(endpoint) {
	for (const vendor of VENDORS) {
		const name = vendor.endpointName?.(endpoint) ?? null;
		if (name !== null) return name;
	}
	return null;
}
function explainByOwner(refused, url) {
	for (const vendor of VENDORS) {
		const refusal = vendor.explainRefusal?.(refused, url) ?? null;
		if (refusal !== null) return refusal;
	}
	return null;
}
// src/render/view/cross-check.ts
const STAND_IN = "~";
function viewCrossCheck(report) {
	const note = describeCrossCheck(report);
	return note === null ? null : {
		table: tableCrossCheck(report),
		note
	};
}
function tableCrossCheck({ crossCheck }) {
	const headings = [
		"level",
		"TTFT",
		"streamed",
		"off by",
		"TPOT",
		"streamed",
		"off by",
		"in+out tok/s"
	];
	const rows = (crossCheck?.levels ?? []).map((level) => [
		String(level.concurrency),
		...compareTimes(level.ttftMs, level.streamed.ttftMs),
		...compareTimes(level.tpotMs, level.streamed.tpotMs),
		formatRate(level.notebookThroughput)
	]);
	return {
		columns: headings.map(figureColumn),
		rows: rows.map((row) => row.map(keepUnit))
	};
}
function describeCrossCheck({ crossCheck }) {
	if (crossCheck === void 0 || crossCheck.levels.length === 0) return null;
	const queueing = crossCheck.levels.length === 1 ? "" : " Above the lowest level requests of one token queue behind each other: that TTFT belongs to this load, not to a user.";
	return `From answers that do not stream, of ${crossCheck.outputTokens.join(", ")} tokens: TTFT is the median latency at 1 token, TPOT the slope between the other two. in+out tok/s counts input too, by median latency, as ${CROSS_CHECK_MODEL} does; it is not the throughput above.${queueing} Nothing is gated on these figures.`;
}
function timeOrStandIn({ crossCheck }, level, time) {
	const streamed = level[time]?.p50 ?? null;
	const whole = crossCheck?.levels.find(({ concurrency }) => concurrency === level.concurrency)?.[time] ?? null;
	return streamed === null && whole !== null ? `${STAND_IN}${formatMs(whole)}` : formatMs(streamed);
}
function describeStandIns(report) {
	return report.levels.some((level) => ["ttftMs", "tpotMs"].some((time) => timeOrStandIn(report, level, time).startsWith(STAND_IN))) ? `${STAND_IN} comes from answers that do not stream (the cross-check): the streams come all at once and say nothing.` : null;
}
function compareTimes(whole, streamed) {
	const off = whole === null || streamed === null || streamed === 0 ? null : whole / streamed - 1;
	return [
		formatMs(whole),
		formatMs(streamed),
		formatChange(off)
	];
}
// src/render/view/levels.ts
function viewLevels(report) {
	return {
		table: tableLevels(report),
		none: "No level was measured.",
		isValid: report.levels.map(({ valid }) => valid),
		reasoning: describeReasoning(report),
		missing: describeMissing$2(report),
		standIns: describeStandIns(report),
		plateau: report.levels.some(({ requests }) => requests.ok > 0) ? describePlateau(report) : null,
		within: describeWithin(report)
	};
}
function tableLevels(report) {
	const columns = chooseColumns(report);
	return {
		columns: columns.map(({ heading, align }) => ({
			heading,
			align
		})),
		rows: report.levels.map((level) => columns.map(({ cell }) => keepUnit(cell(level))))
	};
}
function describeMissing$2({ levels, series }) {
	const needed = MINIMUM_SAMPLES.p90;
	const missing = levels.flatMap((level) => {
		const summary = series.workload.task === "embeddings" ? level.latencyMs : level.ttftMs;
		if (summary === null || summary.p90 !== null) return [];
		const more = needed - summary.n - level.requests.failed;
		return more > 0 ? [`level ${level.concurrency} needs ${formatCount(more)} more`] : [];
	});
	return missing.length === 0 ? null : `– p90 takes ${needed} requests: ${missing.join(", ")}.`;
}
function describeReasoning({ levels, validity }) {
	if (validity.findings.some(({ code }) => code === "reasoning-in-text")) return null;
	const reasoned = levels.filter(({ reasoningShare, ttftMs }) => (reasoningShare ?? 0) > 0 && ttftMs !== null);
	if (reasoned.length === 0) return null;
	const begins = reasoned.flatMap(({ concurrency, ttftMs, ttfoMs }) => ttfoMs?.p50 == null || ttfoMs.p50 <= (ttftMs?.p50 ?? 0) ? [] : [`${formatMs(ttfoMs.p50)} at level ${concurrency}`]);
	if (begins.length > 0) return `Reasoning comes first; the answer itself begins (TTFO p50) after ${begins.join(", ")}.`;
	return reasoned.some(({ ttfoMs }) => ttfoMs !== null) ? null : "Reasoning took all tokens, so no answer began (TTFO); raise `output-tokens`.";
}
function chooseColumns(report) {
	const { series } = report;
	const alignRight = (heading, cell) => ({
		heading,
		align: "right",
		cell
	});
	const time = (summary, percentile) => formatMs(summary?.[percentile] ?? null);
	const first = [alignRight("level", (level) => String(level.concurrency)), alignRight("ok/failed", ({ requests }) => `${formatCount(requests.ok)}/${formatCount(requests.failed)}`)];
	const last = {
		heading: "state",
		align: "left",
		cell: (level) => stateOf$1(level, series.workload.task)
	};
	if (series.workload.task === "embeddings") {
		const sequences = (level) => level.requestsPerSecond === null ? null : level.requestsPerSecond * series.workload.batchSize;
		return [
			...first,
			alignRight("latency p50", (level) => time(level.latencyMs, "p50")),
			alignRight("p90", (level) => time(level.latencyMs, "p90")),
			alignRight("sequences/s", (level) => formatRate(sequences(level))),
			alignRight("input tok/s", (level) => formatRate(level.inputTokensPerSecond)),
			last
		];
	}
	return [
		...first,
		alignRight("TTFT p50", (level) => timeOrStandIn(report, level, "ttftMs")),
		alignRight("p90", (level) => time(level.ttftMs, "p90")),
		alignRight("TPOT p50", (level) => timeOrStandIn(report, level, "tpotMs")),
		alignRight("lat. p50", (level) => time(level.latencyMs, "p50")),
		alignRight("tok/s", (level) => formatRate(level.outputTokensPerSecond)),
		alignRight("req/s", (level) => formatRate(level.requestsPerSecond)),
		last
	];
}
function stateOf$1(level, task) {
	const { state, invalidReasons } = level;
	if (isBuffered$1(level, task)) return "buffered";
	if (state !== "client-saturated") return state;
	return invalidReasons.includes("client-limit") ? "client limit" : "client busy";
}
function isBuffered$1({ state, requests, ttftMs }, task) {
	return state === "buffered" || state === "ok" && task !== "embeddings" && requests.ok > 0 && ttftMs === null;
}
function describePlateau({ plateau, levels, series }) {
	const estimate = plateau[plateau.metric];
	if (estimate === null) return "No plateau: no level can be used.";
	const value = `${formatRate(estimate.value)} ${RATE_UNITS[plateau.metric]}`;
	const interval = estimate.low === null || estimate.high === null ? "(one pass, no interval)" : `(95 % interval ${formatRate(estimate.low)} to ${formatRate(estimate.high)})`;
	const top = formatConcurrency(plateau.concurrencies.at(-1) ?? 0);
	const knee = plateau.kneeConcurrency === null ? "" : `, knee at concurrency ${formatConcurrency(plateau.kneeConcurrency)}`;
	switch (plateau.state) {
		case "reached": return `Plateau: ${value} ${interval}${knee}. More concurrency adds only latency.`;
		case "collapsing": {
			const lost = levels.find((level) => level.state === "lost");
			return `Plateau: ${value} ${interval}${knee}. It collapses: ${lost === void 0 ? `beyond concurrency ${top} throughput falls by more than 10 %` : `the server does not hold concurrency ${lost.concurrency}`}.`;
		}
		case "limited": return `Plateau not reached: ${value} ${interval} at concurrency ${top}, then a rate limit ended the sweep.`;
		case "not-reached": {
			const unusable = levels.filter((level) => !level.valid).length;
			return `Plateau not reached: ${value} ${interval} at concurrency ${top}, the highest of the usable levels. ${unusable === 0 ? series.concurrency === "auto" ? "Raise `max-concurrency`." : "Add higher levels to `concurrency`." : `${pluralise(unusable, "level")} could not be used: see the findings.`}`;
		}
	}
}
function describeWithin({ within, plateau, levels }) {
	if (within === null) return null;
	const limit = quote(within.limit, 200);
	const value = within[plateau.metric];
	if (!levels.some(({ valid }) => valid)) return say`Within ${limit}: no usable level.`;
	if (value === null || within.concurrency === null) return say`Within ${limit}: no level is inside these latencies.`;
	const isMeasured = levels.some(({ concurrency }) => concurrency === within.concurrency);
	return say`Within ${limit}: ${`${formatRate(value)} ${RATE_UNITS[plateau.metric]} at concurrency ${formatConcurrency(within.concurrency)}`}${isMeasured ? "" : ", interpolated between levels"}.`;
}
// src/render/view/charts.ts
const CONCURRENCY = {
	label: "concurrency (doubling)",
	unit: "",
	scale: "log2",
	format: formatConcurrency
};
function viewCharts(report, verdict, sides) {
	const isStream = report.levels.some(({ ttftMs, tpotMs }) => ttftMs !== null || tpotMs !== null);
	const moved = [...findMoved(verdict?.comparisons ?? []).map(({ metric }) => metricOf(metric)), ...listBroken(verdict?.limits ?? [])];
	const times = /* @__PURE__ */ new Set([...isStream ? ["ttft-p50", "tpot-p50"] : ["latency-p50"], ...moved.flatMap((row) => row.quantity === "time" ? [row.name] : [])]);
	return [
		{
			...chartThroughput(report, verdict, sides),
			hasMoved: moved.some(({ quantity }) => isRate(quantity))
		},
		...[...times].map((metric) => ({
			...chartTime(report, verdict, sides, metric),
			hasMoved: moved.some(({ name }) => name === metric)
		})),
		{
			...chartTrade(report, sides),
			hasMoved: false
		}
	].filter(({ lines }) => lines.some(({ points }) => points.length > 1));
}
function listBroken(limits) {
	return limits.flatMap(({ limit, outcome }) => outcome === "fail" ? findMetric(/^[a-z\d-]*/.exec(limit)[0]) ?? [] : []);
}
function isRate(quantity) {
	return quantity === "tokens-per-second" || quantity === "requests-per-second";
}
function chartThroughput(report, verdict, sides) {
	const { plateau } = report;
	const unit = RATE_UNITS[plateau.metric];
	const curve = readThroughput(report, verdict);
	const estimate = plateau[plateau.metric];
	const [from, to] = [plateau.concurrencies[0], plateau.concurrencies.at(-1)];
	const isBand = from !== void 0 && to !== void 0 && from < to && estimate !== null && estimate.low !== null && estimate.high !== null;
	return {
		id: "throughput",
		title: `Throughput by concurrency, in ${unit}`,
		description: `${describeValues(curve, formatRate)} ${describePlateau(report)}`,
		x: CONCURRENCY,
		y: {
			label: unit,
			unit,
			scale: "linear",
			format: formatRate
		},
		lines: drawCurve(curve, sides),
		band: isBand ? {
			from,
			to,
			low: estimate.low,
			high: estimate.high
		} : null,
		marks: markPlateau(curve, report)
	};
}
function markPlateau({ points }, { plateau: { concurrencies, kneeConcurrency } }) {
	return points.flatMap(({ concurrency }, i) => {
		const before = points[i - 1]?.concurrency ?? 0;
		const isKnee = kneeConcurrency !== null && kneeConcurrency > before && kneeConcurrency <= concurrency;
		const words = [...concurrencies.length > 1 && concurrencies.includes(concurrency) ? ["plateau"] : [], ...isKnee ? [`knee ${formatConcurrency(kneeConcurrency)}`] : []];
		return words.length === 0 ? [] : [{
			x: concurrency,
			words: words.join(", ")
		}];
	});
}
function chartTime(report, verdict, sides, metric) {
	const curve = readTime(report, verdict, metric);
	const { label, percentile } = metricOf(metric);
	return {
		id: metric,
		title: `${label}${percentile === "p50" ? " (median)" : ""} by concurrency`,
		description: describeValues(curve, formatMs),
		x: CONCURRENCY,
		y: {
			label,
			unit: "ms",
			scale: spansDecades(curve) ? "log" : "linear",
			format: formatMs
		},
		lines: drawCurve(curve, sides),
		band: null,
		marks: []
	};
}
function chartTrade(report, sides) {
	const unit = RATE_UNITS[report.plateau.metric];
	const throughput = readThroughput(report, null).points;
	const latency = readTime(report, null, "latency-p50").points;
	const found = throughput.flatMap(({ concurrency, value }) => {
		const time = latency.find((point) => point.concurrency === concurrency)?.value;
		return time === void 0 ? [] : [{
			concurrency,
			point: {
				x: time,
				y: value,
				label: formatConcurrency(concurrency)
			}
		}];
	});
	const points = found.map(({ point }) => point);
	return {
		id: "trade",
		title: `Throughput against latency, by concurrency`,
		description: points.map(({ x, y, label }) => `At ${label}: ${formatRate(y)} ${unit} at ${formatMs(x)}.`).join(" "),
		x: {
			label: "latency (median)",
			unit: "ms",
			scale: "linear",
			format: formatMs
		},
		y: {
			label: unit,
			unit,
			scale: "linear",
			format: formatRate
		},
		lines: [{
			label: sides.candidate,
			kind: "candidate",
			points,
			strokes: breakAtGaps(found, listLadder(report, [])),
			dots: []
		}],
		band: null,
		marks: []
	};
}
function readThroughput(report, verdict) {
	const baseline = readBaseline(verdict, "plateau-throughput");
	return {
		points: readPoints(report.levels, (figures) => figures[report.plateau.metric]),
		baseline,
		ladder: listLadder(report, baseline)
	};
}
function readTime(report, verdict, metric) {
	const { field, percentile } = metricOf(metric);
	const baseline = readBaseline(verdict, metric);
	return {
		points: readPoints(report.levels, (figures) => figures[field]?.[percentile] ?? null),
		baseline,
		ladder: listLadder(report, baseline)
	};
}
function listLadder({ levels }, baseline) {
	return [...new Set([...levels, ...baseline].map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
}
function readPoints(levels, figure) {
	return levels.flatMap((level) => {
		const value = level.valid ? figure(level) : null;
		if (value === null || value <= 0) return [];
		const passes = level.passes.flatMap((pass) => figure(pass) ?? []).filter((value) => value > 0);
		return [{
			concurrency: level.concurrency,
			value,
			passes
		}];
	}).sort((a, b) => a.concurrency - b.concurrency);
}
function readBaseline(verdict, metric) {
	const comparison = verdict?.comparisons.find((comparison) => comparison.metric === metric);
	return [...comparison?.byLevel ?? [], ...comparison?.aside ?? []].map(({ concurrency, baseline }) => ({
		concurrency,
		value: baseline
	})).filter(({ value }) => value > 0).sort((a, b) => a.concurrency - b.concurrency);
}
function spansDecades({ points }) {
	const values = points.map(({ value }) => value);
	return Math.max(...values) > 20 * Math.min(...values);
}
function drawCurve({ points, baseline, ladder }, sides) {
	const place = ({ concurrency, value }) => ({
		concurrency,
		point: {
			x: concurrency,
			y: value,
			label: null
		}
	});
	const [now, before] = [points.map(place), baseline.map(place)];
	const candidate = {
		label: sides.candidate,
		kind: "candidate",
		points: now.map(({ point }) => point),
		strokes: breakAtGaps(now, ladder),
		dots: points.flatMap(({ concurrency, passes }) => passes.map((value) => ({
			x: concurrency,
			y: value,
			label: null
		})))
	};
	if (before.length === 0) return [candidate];
	const recorded = before.map(({ point }) => point);
	const strokes = breakAtGaps(before, ladder);
	return [{
		label: sides.baseline,
		kind: "baseline",
		points: recorded,
		strokes,
		dots: []
	}, candidate];
}
function breakAtGaps(placed, ladder) {
	const strokes = [];
	for (const [i, { concurrency, point }] of placed.entries()) {
		const before = placed[i - 1]?.concurrency ?? -Infinity;
		if (i === 0 || ladder.some((level) => level > before && level < concurrency)) strokes.push([point]);
		else strokes.at(-1).push(point);
	}
	return strokes;
}
function describeValues({ points, baseline }, format) {
	const describeBefore = (concurrency) => {
		const found = baseline.find((point) => point.concurrency === concurrency);
		return found === void 0 ? "" : ` (baseline ${format(found.value)})`;
	};
	return points.map(({ concurrency, value }) => `At ${formatConcurrency(concurrency)}: ${format(value)}${describeBefore(concurrency)}.`).join(" ");
}
// src/render/view/limits.ts
const OUTCOMES$2 = {
	pass: "✅ Holds",
	fail: "❌ Broken",
	"not-measured": "❔ Not measured"
};
const NEAR = "near the limit: within two spreads of runs";
const LONGEST_REASON = 400;
function viewLimits(limits) {
	const order = {
		fail: 0,
		"not-measured": 1,
		pass: 2
	};
	const holding = limits.filter(({ outcome }) => outcome === "pass").length;
	return {
		rows: limits.toSorted((a, b) => order[a.outcome] - order[b.outcome]).map(viewLimit),
		count: `${holding} of ${limits.length} hold`,
		isBroken: holding < limits.length
	};
}
function viewLimit(limit) {
	const reason = limit.reason === null ? null : quoteProse(limit.reason, LONGEST_REASON);
	const measured = keepUnit(formatLimitValue(limit));
	const near = limit.near === true ? [NEAR] : [];
	return {
		outcome: limit.outcome,
		limit: quoteCode(describeLimit(limit)),
		measured,
		verdict: [
			OUTCOMES$2[limit.outcome],
			...reason === null ? [] : [": ", reason],
			...near.map((text) => `, ${text}`)
		],
		found: [
			...limit.value === null ? [] : [measured],
			...reason === null ? [] : [reason],
			...near
		]
	};
}
function describeLimit({ limit, concurrency }) {
	return concurrency === null || limit.includes("@") ? limit : `${limit} (level ${concurrency})`;
}
function formatLimitValue({ limit, value }) {
	if (value === null) return "–";
	switch (findMetric(/^[a-z0-9-]*/.exec(limit)[0])?.quantity) {
		case "time": return formatMs(value);
		case "share": return formatShare(value);
		case "tokens-per-second": return `${formatRate(value)} tok/s`;
		case "requests-per-second": return `${formatRate(value)} req/s`;
		case void 0: return formatRate(value);
	}
}
// src/render/view/report.ts
const LONGEST_FACT = 300;
const LONGEST_MESSAGE$2 = 400;
function viewRun(report) {
	const { validity, plan } = report;
	return {
		endpoint: describeEndpoint$1(report),
		work: describeWork(report),
		invalid: validity.ok ? null : "This run is not valid: its figures must not be used. The findings say why.",
		findings: viewFindings(validity.findings),
		serverVersion: describeServer(report),
		build: viewBuild(report),
		provisioned: describeProvisioned(report),
		cuts: plan.cut.map((cut) => quoteProse(cut)),
		context: tableContext(report),
		origin: describeOrigin(report)
	};
}
function describeEndpoint$1({ series, context }) {
	const names = [
		context.endpointLabel,
		context.servedModel ?? context.model,
		series.api
	];
	return joinSentences([...new Set(names.filter((name) => name !== null))].map((name) => quote(name)), " · ");
}
function describeWork(report) {
	const passes = Math.max(0, ...report.levels.map((level) => level.passes.length));
	const levels = `${pluralise(report.levels.length, "level")} × ${pluralise(passes, "pass", "passes")}`;
	return say`${describeLengths(report)} · ${levels} in ${formatDuration(report.durationSeconds)}`;
}
function describeLengths({ series: { workload }, capabilities }) {
	const output = quote(workload.outputTokens);
	if (workload.promptsHash !== null) return say`prompts from a file, ${output} output tokens where they do not say`;
	const found = capabilities["inputTokens"];
	const input = /^auto\b/.test(workload.inputTokens) && typeof found === "number" ? String(found) : quote(workload.inputTokens);
	return workload.task === "embeddings" ? say`${input} input tokens, batches of ${String(workload.batchSize)}` : say`${input} input and ${output} output tokens`;
}
function viewFindings(findings) {
	return [...Map.groupBy(findings, ({ code }) => code).values()].map((same) => {
		const { level, message, remedy: advice = "" } = same[0];
		const more = same.slice(1).flatMap((finding) => finding.level === void 0 ? [] : [String(finding.level)]);
		const where = level === void 0 ? "" : `level ${level}: `;
		const also = more.length === 0 ? "" : ` Also at ${more.length === 1 ? "level" : "levels"} ${joinShortList(more, 12)}.`;
		const sentence = say`${where}${quoteProse(message, LONGEST_MESSAGE$2)}${also}`;
		const remedy = advice === "" ? null : quoteProse(advice, LONGEST_MESSAGE$2);
		return {
			sentence,
			remedy,
			line: remedy === null ? sentence : say`${sentence} → ${remedy}`
		};
	});
}
function viewBuild({ context: { build } }) {
	return build === void 0 ? {
		sentence: "Build not checked",
		advice: "`expect-version` names the one that is meant"
	} : {
		sentence: say`Build checked: ${quote(build)}`,
		advice: null
	};
}
function describeServer({ context: { serverVersion } }) {
	return serverVersion === void 0 ? null : say`Server: ${quote(serverVersion, LONGEST_FACT)}.`;
}
function describeProvisioned({ context: { provisioned } }) {
	return provisioned === void 0 ? null : say`Provisioned: ${quote(provisioned, LONGEST_FACT)}.`;
}
function describeOrigin({ tool, startedAt }) {
	return say`Measured by ${quote(tool.name)} ${quote(tool.version)} from ${quote(startedAt)} on.`;
}
function tableContext({ context, plan }) {
	const { runner } = context;
	const rows = [
		["Endpoint", context.endpointLabel],
		["Model asked for", context.model],
		["Model served", context.servedModel],
		["Server version", context.serverVersion ?? null],
		["Build", context.build ?? "not checked"],
		["Provisioned", context.provisioned ?? null],
		["Runner", `${runner.environment}, ${runner.os} ${runner.arch}, ${formatCount(runner.cpuCount)} CPUs`],
		["Node", context.node],
		["Cut by budgets", plan.cut.length === 0 ? null : plan.cut.join(" ")]
	];
	return {
		columns: [wordColumn("What"), wordColumn("Value")],
		rows: rows.flatMap(([what, value]) => value === null ? [] : [[what, quote(value, LONGEST_FACT)]])
	};
}
// src/render/view/server-side.ts
const COLUMNS$1 = [
	["TTFT", ({ clientTtftMs }) => formatMs(clientTtftMs)],
	["server", ({ ttftMs }) => formatMs(ttftMs)],
	["TPOT", ({ clientTpotMs }) => formatMs(clientTpotMs)],
	["server", ({ tpotMs }) => formatMs(tpotMs)],
	["queued", ({ queueMs }) => formatMs(queueMs)],
	["run", ({ running }) => formatRequests(running)],
	["wait", ({ waiting }) => formatRequests(waiting)],
	["KV", ({ kvCacheUsage }) => formatShare(kvCacheUsage)],
	["hits", ({ prefixHitShare }) => formatShare(prefixHitShare)]
];
const NOTES = [
	["server", "TTFT and TPOT are means: the client’s, and beside them the server’s own, over the same requests."],
	["queued", "Queued: mean time in its queue."],
	["run", "Run, wait: requests that it works on and that wait, under load."],
	["KV", "KV: KV cache in use then."],
	["hits", "Hits: prompt tokens from the prefix cache."]
];
function viewServer({ levels }) {
	const told = levels.flatMap((level) => level.server === void 0 ? [] : [{
		level,
		server: level.server
	}]);
	if (told.length === 0) return null;
	const filled = COLUMNS$1.filter(([, cell]) => told.some(({ server }) => cell(server) !== "–"));
	const headings = filled.map(([heading]) => heading);
	const rows = told.map(({ level, server }) => [String(level.concurrency), ...filled.map(([, cell]) => cell(server))]);
	return {
		source: quote([...new Set(told.map(({ server }) => server.source))].join(", ")),
		table: {
			columns: ["level", ...headings].map(figureColumn),
			rows: rows.map((row) => row.map(keepUnit))
		},
		note: NOTES.flatMap(([heading, note]) => headings.includes(heading) ? note : []).join(" ")
	};
}
function formatRequests(requests) {
	return requests === null ? "–" : formatConcurrency(requests);
}
// src/render/view/title.ts
function viewTitle(verdict, report) {
	const name = quote(verdict.name);
	const buffered = report === null || NOTHING_SENT.has(verdict.verdict) ? "" : describeBuffered(report);
	const outcome = say`${describeOutcome(verdict, report)}${buffered}`;
	const mood = buffered !== "" && moodOf(verdict) === "good" ? "neutral" : moodOf(verdict);
	return {
		mood,
		icon: ICONS[mood],
		name,
		outcome,
		sentence: say`${name}: ${outcome}`,
		isGreen: buffered === "" && verdict.check === "pass" && [
			"no-change-seen",
			"proven",
			"improved"
		].includes(verdict.verdict)
	};
}
const ICONS = {
	bad: "❌",
	warn: "⚠️",
	good: "✅",
	neutral: "ℹ️"
};
function moodOf({ check, verdict }) {
	if (check === "fail") return "bad";
	if (check === "warn" || verdict === "suspect") return "warn";
	return [
		"no-change-seen",
		"proven",
		"improved",
		"accepted"
	].includes(verdict) ? "good" : "neutral";
}
function describeOutcome(verdict, report) {
	switch (verdict.verdict) {
		case "cancelled": return "cancelled before it was measured, so nothing was decided";
		case "regressed": return describeRegressed(verdict);
		case "not-measured": return describeNotMeasured(verdict, report);
		case "suspect": return describeSuspect(verdict);
		case "not-comparable": return describeNotComparable(verdict);
		case "no-baseline":
			if (hasLostControl(verdict)) return "not compared, the control could not be measured";
			if (verdict.baseline.origin !== null) return "nothing to compare yet";
			return verdict.limits.length === 0 ? "not compared, and no limits are set" : "not compared, only limits decide";
		case "skipped": return say`skipped, nothing was sent: ${describeReasons(verdict)}`;
		case "accepted": return describeAccepted(verdict);
		case "no-change-seen": return verdict.reasons.includes("not-proven") ? describeNotProven(verdict) : describeNoChangeSeen(verdict);
		case "proven": return describeProven(verdict);
		case "improved": return nameParts$1("better", pickComparisons(verdict, "improved").map(describeChange));
	}
}
const NOTHING_SENT = /* @__PURE__ */ new Set(["cancelled", "skipped"]);
function describeBuffered({ levels, series }) {
	const answered = levels.filter(({ requests }) => requests.ok > 0);
	const buffered = answered.filter((level) => isBuffered$1(level, series.workload.task)).length;
	if (buffered === 0) return "";
	return `; no TTFT and TPOT${buffered === answered.length ? "" : ` at ${buffered} of ${answered.length} levels`}: answers were held back on the way`;
}
function describeRegressed(verdict) {
	const found = pickComparisons(verdict, "regressed");
	const lost = verdict.lostLevels.filter((level) => level.verdict === "regressed");
	const broken = verdict.limits.filter(({ outcome }) => outcome === "fail");
	const errors = verdict.errorRate?.verdict === "regressed" ? verdict.errorRate : null;
	const [limit] = broken;
	const parts = [
		...limit === void 0 ? [] : broken.length === 1 ? [say`limit broken, ${quote(describeLimit(limit))} is ${formatLimitValue(limit)}`] : [`${broken.length} limits broken`],
		...lost.length === 0 ? [] : [describeLostLevels(lost)],
		...errors === null ? [] : [`${formatFailedShare(errors.candidate)} of the requests fail (${formatFailedShare(errors.baseline)} before)`],
		...found.map(describeChange)
	];
	if (parts.length === 0) return describeReasons(verdict);
	const isSoAgain = found.length === parts.length && found.every((comparison) => comparison.confirmed === true);
	return say`${nameFirst(parts)}${isSoAgain ? ", still so in a second look" : ""}`;
}
function describeSuspect(verdict) {
	const found = pickComparisons(verdict, "suspect");
	const lost = verdict.lostLevels.filter((level) => level.verdict === "suspect");
	const errors = verdict.errorRate?.verdict === "suspect" ? verdict.errorRate : null;
	const parts = [
		...found.map(describeChange),
		...lost.length === 0 ? [] : [`${listConcurrencies(lost)} did not hold`],
		...errors === null ? [] : [`${formatFailedShare(errors.candidate)} of the requests failed (${formatFailedShare(errors.baseline)} before)`]
	];
	const why = found.length > 0 && found.every(({ confirmed }) => confirmed === false) ? "not so in a second look" : "not proven";
	return say`${nameParts$1("suspect", parts)}, ${why}`;
}
function describeNotComparable({ notComparable, baseline }) {
	if (baseline.lost !== null) return say`not compared, ${quoteProse(baseline.lost)}`;
	const differences = notComparable?.differences ?? [];
	const [first] = differences;
	if (first === void 0) return "not compared";
	const more = differences.length === 1 ? "" : ` and ${differences.length - 1} more`;
	return say`not compared, ${quote(first.setting ?? first.field)} changed (${quote(first.before)} → ${quote(first.now)})${more}`;
}
function describeNotMeasured(verdict, report) {
	const { unreadable } = verdict.baseline;
	if (unreadable !== null && verdict.reasons.join() === "baseline") return say`not compared, the history cannot be read: ${quoteProse(unreadable.why, LONGEST_WHY)}`;
	const cause = (verdict.reasons.includes("run-invalid") ? report?.validity.findings ?? [] : []).find(({ code, level }) => code === "no-success" && level === void 0);
	if (cause === void 0) return say`could not be measured: ${describeReasons(verdict)}`;
	return say`could not be measured: ${quoteProse(`${cause.message.charAt(0).toLowerCase()}${cause.message.slice(1)}`.replace(/\.$/, ""), LONGEST_WHY)}`;
}
function describeAccepted(verdict) {
	const found = pickComparisons(verdict, "accepted");
	const by = found.map(({ accepted }) => accepted?.by ?? null).find((login) => login !== null);
	const lost = verdict.lostLevels.filter((level) => level.verdict === "accepted");
	const parts = [...found.map(describeChange), ...lost.length === 0 ? [] : [describeLostLevels(lost)]];
	const who = by === void 0 ? "accepted in the settings" : say`accepted by ${quote(`@${by}`)}`;
	return parts.length === 0 ? who : say`${nameFirst(parts)}, ${who}`;
}
function describeNoChangeSeen({ comparisons }) {
	const found = comparisons.filter((comparison) => comparison.smallestVisible !== null).map((comparison) => `${nameOf(comparison)} ${formatVisible(comparison)}`);
	return found.length === 0 ? "no change seen" : `no change seen (finds ${joinShortList(found)} in 4 of 5 runs)`;
}
function describeNotProven({ comparisons }) {
	const parts = comparisons.filter(({ verdict }) => verdict === "no-change-seen" || verdict === "suspect").map((comparison) => {
		const range = comparison.interval === null ? "" : ` (measured ${formatRange(comparison.interval)})`;
		return `${nameOf(comparison)} is within ${formatShare(comparison.tolerance)}${range}`;
	});
	return parts.length === 0 ? "not proven" : say`not proven that ${nameFirst(parts)}`;
}
function describeProven(verdict) {
	const parts = pickComparisons(verdict, "proven").map((comparison) => `${nameOf(comparison)} ${formatShare(comparison.tolerance)}`);
	return parts.length === 0 ? "proven within tolerance" : `proven within tolerance: ${joinShortList(parts)}`;
}
function describeChange(comparison) {
	const { change, interval } = comparison;
	const range = interval === null ? "" : ` (${formatRange(interval)})`;
	return `${nameOf(comparison)} ${formatChange(change)}${range}`;
}
function nameParts$1(what, parts) {
	return parts.length === 0 ? what : say`${what}: ${nameFirst(parts)}`;
}
function nameFirst(parts) {
	const first = joinSentences(parts.slice(0, 2), ", ");
	return parts.length <= 2 ? first : say`${first} and ${String(parts.length - 2)} more`;
}
function pickComparisons({ comparisons }, word) {
	return comparisons.filter(({ verdict }) => verdict === word);
}
function describeLostLevels(lost) {
	return `${listConcurrencies(lost)} no longer ${lost.length === 1 ? "holds" : "hold"}`;
}
function listConcurrencies(lost) {
	return `concurrency ${joinShortList(lost.map(({ concurrency }) => formatConcurrency(concurrency)))}`;
}
const LONGEST_WHY = 240;
function describeReasons({ reasons, lostLevels }) {
	const named = new Set(reasons.map((reason) => findMetric(reason)?.name));
	const metrics = GATED_METRICS.filter((name) => named.has(name));
	const meanings = REASONS$1.filter(({ code }) => reasons.includes(code)).map(({ meaning }) => meaning.charAt(0).toLowerCase() + meaning.slice(1));
	const causes = new Set(lostLevels.filter(({ verdict }) => verdict === "not-measured").map(({ reason }) => reason));
	const [cause] = causes.size === 1 && reasons.includes("levels-missing") ? causes : [];
	const parts = [
		...metrics.length === 0 ? [] : [joinList(metrics.map((metric) => nameOf({ metric })))],
		...meanings,
		...cause === void 0 || cause === "" ? [] : [quoteProse(cause, 200)]
	];
	return parts.length === 0 ? quote(reasons.join(", ") || "no reason is known") : joinSentences(parts, "; ");
}
// src/render/view/uncompared.ts
const WITHOUT_VERDICT = "No verdict was given with this stored report, so only its limits are shown.";
const TOO_MANY = 3;
const MOST_DIFFERENCES = 10;
function viewUncompared(situation, sides) {
	const { verdict, withoutVerdict } = situation;
	const { notComparable } = verdict;
	return {
		instead: explainUncompared(situation, sides),
		withoutVerdict: withoutVerdict ? WITHOUT_VERDICT : null,
		reason: say`Not compared because ${nameObstacle(situation)}`,
		recordedRuns: notComparable === null ? null : `${pluralise(notComparable.runs, "recorded run")}, none with these settings:`,
		differences: tableChanges("Setting", (notComparable?.differences ?? []).map(({ field, setting, before, now }) => [
			setting ?? field,
			before,
			now
		])),
		warning: warnUncompared(verdict)
	};
}
function explainUncompared({ verdict, withoutVerdict }, sides) {
	if (verdict.comparisons.length > 0) return null;
	if ([
		"cancelled",
		"skipped",
		"not-measured"
	].includes(verdict.verdict)) return null;
	const isTitle = verdict.verdict === "not-comparable" || verdict.verdict === "no-baseline";
	const limits = describeLimits(verdict);
	const name = stress(quote(verdict.name));
	if (verdict.notComparable !== null) return {
		...explainDifferences(verdict.notComparable, {
			name,
			limits,
			sides
		}),
		isTitle
	};
	if (verdict.baseline.lost !== null) return {
		...explainLoss(verdict.baseline.lost, {
			name,
			limits,
			sides
		}),
		isTitle
	};
	if (hasLostControl(verdict)) {
		const why = listOf(verdict.control.troubles.map((trouble) => quoteProse(trouble)), "; ");
		return {
			lead: say`${stress("Not compared.")} The control could not be measured: ${why}. No recorded run of ${name} is there instead. ${limits}`,
			isTitle,
			isFirst: false,
			advice: "Look at the server of the control, then run it again."
		};
	}
	if (verdict.baseline.origin === null) {
		const why = withoutVerdict ? WITHOUT_VERDICT : "With `baseline: none` only limits decide.";
		return {
			lead: say`${stress("Not compared.")} ${why} ${limits}`,
			isTitle,
			isFirst: false,
			advice: null
		};
	}
	const record = sides.isPullRequest ? `: the next run on ${sides.baseline} records the first` : "";
	return {
		lead: say`${stress("Nothing to compare yet.")} No run of ${name} is recorded${record}. ${limits}`,
		isTitle,
		isFirst: true,
		advice: "Limits work today; so does `expected-spread`: it says how much your runs spread until the history does."
	};
}
function explainLoss(lost, { name, limits, sides }) {
	const next = sides.isPullRequest ? `The next run on ${sides.baseline} begins` : "The next recorded run begins";
	return {
		lead: say`${stress("Not compared.")} ${name} has a history, but ${quoteProse(lost)}. ${limits}`,
		isFirst: false,
		advice: say`${stress("What now?")} ${next} a new history. To keep one, record at least once within the time that artifacts are kept, on a schedule for example.`
	};
}
function explainDifferences({ runs, differences }, { name, limits, sides }) {
	const what = sides.isPullRequest ? "this pull request" : "this run";
	const next = sides.isPullRequest && sides.intoBranch === null ? `after the merge the next run on ${sides.baseline} records the first to compare with` : "the next recorded runs then begin a new history";
	const changes = differences.map(({ field, setting, before, now }) => say`${quoteCode(setting ?? field)} (${quoteCode(before)} → ${quoteCode(now)})`);
	const changed = changes.length === 0 ? "differs in its settings" : say`changes ${listOf(changes, ", ", MOST_DIFFERENCES)}`;
	const exist = say`${pluralise(runs, "baseline run")} of ${name} ${runs === 1 ? "exists" : "exist"}`;
	return {
		lead: say`${stress("Not compared.")} ${exist}, but ${what} ${changed}. ${limits}`,
		isFirst: false,
		advice: say`${stress("What now?")} Take the change back to compare, or keep it: ${next}.`
	};
}
function describeLimits({ limits }) {
	if (limits.length === 0) return "Nothing was checked.";
	return `Of the limits ${limits.filter(({ outcome }) => outcome === "pass").length} of ${limits.length} hold; nothing else was checked.`;
}
function nameObstacle({ verdict, withoutVerdict }) {
	switch (verdict.verdict) {
		case "cancelled": return "the run was cancelled";
		case "skipped": return "nothing was measured";
		case "not-measured": return "the run could not be measured";
		default:
			if (verdict.baseline.lost !== null) return quoteProse(verdict.baseline.lost);
			if (verdict.notComparable !== null) return "no recorded run has these settings";
			if (hasLostControl(verdict)) return "the control could not be measured";
			if (verdict.baseline.origin !== null) return say`no run of ${quoteProse(verdict.name)} is recorded`;
			return withoutVerdict ? "no verdict was given" : "of `baseline: none`";
	}
}
function warnUncompared({ baseline: { uncomparedInARow } }) {
	if (uncomparedInARow < TOO_MANY) return null;
	return `${pluralise(uncomparedInARow, "run")} in a row compared with nothing: this gate sees no regression until settings and history agree.`;
}
// src/render/view.ts
function viewAll(input) {
	const situation = completeInput(input);
	const { report, verdict } = situation;
	return {
		report: report === null ? null : viewReport(report, verdict, sidesOf$1(situation)),
		verdict: viewSituation(situation)
	};
}
function viewReport(report, verdict = null, sides = sidesOf$1({ subject: "run" })) {
	return {
		run: viewRun(report),
		limits: viewLimits(verdict?.limits ?? report.limits ?? []),
		levels: viewLevels(report),
		server: viewServer(report),
		crossCheck: viewCrossCheck(report),
		charts: viewCharts(report, verdict, sides)
	};
}
function viewVerdict(input) {
	return viewSituation(completeInput(input));
}
function viewSituation(situation) {
	const { verdict, notes, settingsNote, attempt, links } = situation;
	const sides = sidesOf$1(situation);
	return {
		sides,
		title: viewTitle(verdict, situation.report),
		limits: viewLimits(verdict.limits),
		comparisons: viewComparisons(verdict, sides),
		...viewAnswers(situation, sides),
		baseline: viewBaseline(situation),
		uncompared: viewUncompared(situation, sides),
		observed: isOnlyObserved(verdict) ? "Only observed: with `gate: observe` nothing fails." : null,
		isMeasured: verdict.verdict !== "not-measured",
		warnings: notes.map((note) => quoteProse(note)),
		settingsNote: settingsNote === null ? null : quoteProse(settingsNote),
		commits: describeCommits(situation),
		attempt: attempt > 1 ? `Attempt ${attempt}.` : null,
		links
	};
}
function describeCommits({ commits }) {
	if (commits === null || commits.head === "") return null;
	const head = quoteCode(formatSha(commits.head), 20);
	return commits.base === null ? say`Commit ${head}.` : say`Commit ${head} on ${quoteCode(formatSha(commits.base), 20)}.`;
}
function isOnlyObserved({ policy, verdict }) {
	return policy.gate === "observe" && [
		"regressed",
		"suspect",
		"not-measured"
	].includes(verdict);
}
// src/render/comment.ts
const FIRST_FINDINGS = 5;
const MOST_CHARTS = 3;
function renderComment(input, room = COMMENT_ROOM) {
	const view = viewAll(input);
	return fitBudget((most) => layComment(view, most).join("\n\n"), room) + "\n";
}
function layComment(view, most) {
	const { title } = view.verdict;
	return dropAbsent(title.isGreen ? layGreen(view, most) : [...layLead(view, most), ...layMain(view, most)]);
}
function renderWarnings(warnings) {
	return `**Not delivered, or not read**\n\n${layMarkdownList(warnings.map((warning) => say`⚠️ ${quoteProse(warning)}`), Infinity) ?? ""}`;
}
function writeTitle({ icon, sentence }) {
	return keepUnitsTogether(`${icon} ${writeMarkdown(sentence)}`);
}
function layGreen(view, most) {
	const { verdict } = view;
	const owner = verdict.hasBaselineMoved ? verdict.owner : null;
	const answers = verdict.answers.filter(({ about }) => owner === null || about !== "owner");
	return [
		writeTitle(verdict.title),
		layParagraph(owner),
		layParagraph(verdict.baseline.drift),
		...layRemarks(verdict, most),
		foldPresent("Figures", [
			layComparisons$2(verdict, most),
			layAnswers({
				...verdict,
				answers
			}, most),
			...layMeasured(view, most),
			layFooter(view, most)
		])
	];
}
function layLead({ verdict }, most) {
	const { title, uncompared, baseline } = verdict;
	const { instead, warning } = uncompared;
	const remarks = layRemarks(verdict, most);
	if (instead === null) return [`### ${writeTitle(title)}`, ...remarks];
	const lead = writeMarkdown(instead.lead, most);
	const rest = [
		instead.isFirst ? layMarkdownTable(baseline.outlook, most) : null,
		layParagraph(instead.advice),
		warning === null ? null : `⚠️ ${warning}`
	];
	return instead.isTitle ? [
		`${title.icon} ${lead}`,
		...rest,
		...remarks
	] : [
		`### ${writeTitle(title)}`,
		...remarks,
		lead,
		...rest
	];
}
function layMain(view, most) {
	const { report, verdict } = view;
	return [
		layComparisons$2(verdict, most),
		verdict.limits.isBroken ? layLimits$2(verdict.limits.rows, most) : null,
		layParagraph(verdict.baseline.drift),
		verdict.isMeasured || report === null ? null : layFindings$1(report, FIRST_FINDINGS),
		layAnswers(verdict, most),
		...layMeasured(view, most),
		layFooter(view, most)
	];
}
function layRemarks({ observed, warnings, settingsNote }, most) {
	return [
		observed,
		layMarkdownList(warnings.map((warning) => say`⚠️ ${warning}`), most),
		layParagraph(settingsNote)
	];
}
function layComparisons$2({ comparisons, sides, baseline }, most) {
	const requests = comparisons.requests.map(({ what, baseline, candidate, change, verdict }) => [
		stress(what),
		baseline,
		candidate,
		keepUnit(change),
		"–",
		verdict
	]);
	const metrics = comparisons.rows.map((row) => {
		const mark = (words) => row.looksWorse ? stress(words) : words;
		const change = mark(keepUnit(row.change));
		return [
			mark(row.metric),
			keepUnit(row.baseline),
			keepUnit(row.candidate),
			row.interval === null ? change : say`${change} ${keepUnit(row.interval)}`,
			keepUnit(row.visible),
			row.verdict
		];
	});
	return layMarkdownTable({
		columns: [
			wordColumn("Metric"),
			figureColumn(baseline.isControl ? "control" : `${sides.baseline} ${keepTogether(`(${baseline.runs})`)}`),
			figureColumn(sides.candidate),
			figureColumn("change, likely range"),
			figureColumn("finds in 4 of 5"),
			wordColumn("verdict")
		],
		rows: [...requests, ...metrics]
	}, most);
}
function layLimits$2(limits, most) {
	return layMarkdownTable({
		columns: [
			wordColumn("Limit"),
			figureColumn("measured"),
			wordColumn("verdict")
		],
		rows: limits.map(({ limit, measured, verdict }) => [
			limit,
			measured,
			verdict
		])
	}, most);
}
function layFindings$1({ run }, most) {
	return layMarkdownList(run.findings.map(({ line }) => line), most);
}
function layAnswers({ answers, comparisons }, most) {
	const questions = answers.map(({ question, answer, yaml }) => {
		const block = [
			"",
			"```yaml",
			...yaml,
			"```"
		].join("\n  ");
		return say`${stress(question)} ${answer}${yaml.length === 0 ? "" : block}`;
	});
	return dropAbsent([layMarkdownList(questions, questions.length, most), layMarkdownList([...comparisons.notes, ...comparisons.unused], most)]).join("\n") || null;
}
function layMeasured({ report, verdict }, most) {
	const { limits, baseline } = verdict;
	return [
		report === null ? null : layLevels$2(report, verdict, most),
		report?.server == null ? null : foldPresent("Server side", [layMarkdownTable(report.server.table, most), writeMarkdown(say`Source: ${report.server.source}. ${report.server.note}`)]),
		limits.isBroken ? null : foldPresent(`Limits: ${limits.count}`, [layLimits$2(limits.rows, most)]),
		report === null ? null : foldPresent("Findings", [layFindings$1(report, most)]),
		foldPresent("What this rests on", [layMarkdownTable(baseline.grounds, most), baseline.passedOver.length === 0 ? null : `Passed over:\n\n${layMarkdownList(baseline.passedOver, most)}`])
	];
}
function layLevels$2({ levels, charts }, { comparisons }, most) {
	const hasLevels = levels.table.rows.length > 0;
	return foldPresent("By level", [
		layMarkdownTable(levels.table, most),
		levels.standIns,
		hasLevels ? levels.plateau : null,
		layParagraph(levels.within),
		layMarkdownTable(comparisons.byLevel, most),
		...pickCharts(charts).map(drawMermaidChart)
	]);
}
function pickCharts(charts) {
	const moved = charts.filter(({ hasMoved }) => hasMoved);
	if (moved.length > 0) return moved.slice(0, MOST_CHARTS);
	return charts.filter(({ id }) => id === "throughput" || id === "tpot-p50" || id === "latency-p50");
}
function layFooter({ report, verdict }, most) {
	const { baseline, uncompared, links } = verdict;
	return `<sub>${[
		say`${baseline.origin ?? uncompared.reason}.`,
		report === null ? null : say`${report.run.build.sentence}.`,
		verdict.commits,
		verdict.attempt,
		baseline.control,
		baseline.confirmation,
		baseline.fineness,
		report === null || report.run.cuts.length === 0 ? null : joinSentences(report.run.cuts.slice(0, most), " "),
		joinSentences([...links.run === null ? [] : [linkTo("Run", links.run)], ...links.artifact === null ? [] : [linkTo("Report", links.artifact)]], " · ")
	].flatMap((sentence) => sentence === null ? [] : [writeMarkdown(sentence)]).join(" ").trimEnd()}</sub>`;
}
function layParagraph(sentence) {
	return sentence === null ? null : writeMarkdown(sentence);
}
function foldPresent(summary, blocks) {
	const shown = dropAbsent(blocks);
	return shown.length === 0 ? null : foldBlocks(summary, shown);
}
// src/render/terminal.ts
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
	return lines.map((row) => row.map((cell, i) => columns[i].align === "left" ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ").trimEnd());
}
function wrap(text, { width = 80, indent = 0 } = {}) {
	const words = keepUnitsTogether(text.trimStart()).split(" ");
	const lines = [text.slice(0, text.length - text.trimStart().length) + words[0]];
	for (const word of words.slice(1)) {
		const longer = `${lines.at(-1)} ${word}`;
		if (longer.length <= width) lines[lines.length - 1] = longer;
		else lines.push(" ".repeat(indent) + word);
	}
	return lines.map((line) => line.replaceAll("\xA0", " "));
}
// src/render/text.ts
function renderText(report, { verdict = null, colour = false } = {}) {
	const style = createStyle(colour);
	const text = joinSections(reportSections(viewReport(report, verdict), style));
	if (verdict === null) return text;
	return `${text}\n${joinSections(layVerdict$1(viewVerdict({
		report,
		verdict,
		subject: "run"
	}), style, []))}`;
}
function renderVerdictText(verdict, { colour = false, report = null } = {}) {
	const style = createStyle(colour);
	const view = viewVerdict({
		report,
		verdict,
		subject: "run"
	});
	return joinSections(layVerdict$1(view, style, layLimits$1(view.limits.rows, style)));
}
function renderTitle(verdict, report = null) {
	const { icon, sentence } = viewTitle(verdict, report);
	return `${icon} ${writePlain(sentence)}`;
}
function reportSections({ run, levels, server, crossCheck, charts, limits }, style) {
	return [
		[style.bold(writePlain(run.endpoint)), style.dim(writePlain(run.work))],
		run.invalid === null ? [] : [style.bad(run.invalid)],
		layLevels$1(levels, style),
		server === null ? [] : laySection(say`Server side (${server.source})`, server.table, server.note, style),
		crossCheck === null ? [] : laySection("Cross-check", crossCheck.table, crossCheck.note, style),
		charts.filter(({ id }) => id === "throughput").flatMap((chart) => drawBars(chart, style)),
		layParagraphs([levels.plateau, levels.within]),
		layLimits$1(limits.rows, style),
		layFindings(run.findings, style),
		[
			...layParagraphs([run.serverVersion]),
			writePlain(run.build.advice === null ? say`${run.build.sentence}.` : say`${run.build.sentence}; ${run.build.advice}.`),
			...layParagraphs([run.provisioned])
		].map(style.dim)
	];
}
function layLevels$1({ table, isValid, ...notes }, style) {
	if (table.rows.length === 0) return [notes.none];
	const [heading, ...rows] = layTextTable(table);
	return [
		style.dim(heading),
		...rows.map((row, i) => isValid[i] ? row : style.warn(row)),
		...layParagraphs([
			notes.reasoning,
			notes.missing,
			notes.standIns
		]).map(style.dim)
	];
}
function laySection(heading, table, note, style) {
	const [columns, ...rows] = layTextTable(table);
	return [
		style.bold(writePlain(heading)),
		style.dim(columns),
		...rows,
		...layParagraphs([note]).map(style.dim)
	];
}
function layFindings(findings, style) {
	if (findings.length === 0) return [];
	const lines = findings.flatMap(({ sentence, remedy }) => [...wrap(`  ! ${writePlain(sentence)}`, { indent: 4 }).map(style.warn), ...remedy === null ? [] : wrap(`    → ${writePlain(remedy)}`, { indent: 6 })]);
	return [style.bold("Findings"), ...lines];
}
const OUTCOMES$1 = {
	pass: "✓ pass",
	fail: "✗ FAIL",
	"not-measured": "? not measured"
};
function layLimits$1(limits, style) {
	if (limits.length === 0) return [];
	const colours = {
		pass: style.good,
		fail: style.bad,
		"not-measured": style.warn
	};
	const lines = limits.flatMap(({ outcome, limit, found }) => {
		return wrap(`  ${OUTCOMES$1[outcome]}  ${writePlain(limit)}: ${found.map(writePlain).join(", ")}`, { indent: 4 }).map(colours[outcome]);
	});
	return [style.bold("Limits"), ...lines];
}
const WIDTH$1 = 40;
const EIGHTHS = [
	"",
	"▏",
	"▎",
	"▍",
	"▌",
	"▋",
	"▊",
	"▉"
];
function drawBars({ title, y: axis, lines, marks }, style) {
	const bars = lines.find(({ kind }) => kind === "candidate")?.points ?? [];
	if (bars.length < 2) return [];
	const highest = Math.max(...bars.map(({ y }) => y));
	const numbers = bars.map(({ y }) => axis.format(y));
	const wide = Math.max(...numbers.map((text) => text.length));
	const drawn = bars.map(({ x, y }, i) => {
		const length = Math.round(y / highest * WIDTH$1 * 8);
		const bar = "█".repeat(length >> 3) + EIGHTHS[length & 7];
		const mark = marks.find((mark) => mark.x === x)?.words ?? "";
		return `${String(x).padStart(5)}  ${numbers[i].padStart(wide)}  ${bar.padEnd(WIDTH$1)}  ${mark}`.trimEnd();
	});
	return [style.bold(title), ...drawn];
}
function layVerdict$1({ title, comparisons, moves, part, owner, baseline, uncompared, chance }, style, limits) {
	const moods = {
		...style,
		neutral: (text) => text
	};
	return [
		wrap(`${title.icon} ${writePlain(title.sentence)}`, { indent: 3 }).map((line) => style.bold(moods[title.mood](line))),
		limits,
		layComparisons$1(comparisons, baseline.isControl ? "control" : "baseline", style),
		layParagraphs([
			...comparisons.lost,
			...comparisons.unused,
			comparisons.errors
		], 2),
		layParagraphs([
			...moves,
			part,
			owner
		], 2),
		layParagraphs([baseline.drift], 2),
		uncompared.recordedRuns === null ? [] : layChanges(uncompared.recordedRuns, uncompared.differences),
		layTable(baseline.outlook, style),
		baseline.changes.rows.length === 0 ? [] : layChanges(style.bold("What else changed"), baseline.changes),
		[
			...baseline.origin === null ? [] : layParagraphs([
				say`${baseline.origin}; ${baseline.tolerances}.${chance === null ? "" : ` ${chance}`}`,
				baseline.control,
				baseline.fineness
			]),
			...baseline.passedOver.flatMap((sentence) => layParagraphs([say`Passed over: ${sentence}`])),
			...layParagraphs([uncompared.warning])
		].map(style.dim)
	];
}
function layComparisons$1({ rows, notes }, before, style) {
	if (rows.length === 0) return [];
	const [heading, ...lines] = layTextTable({
		columns: [
			wordColumn("metric"),
			figureColumn(before),
			figureColumn("now"),
			figureColumn("change"),
			wordColumn(""),
			figureColumn("finds"),
			wordColumn("verdict")
		],
		rows: rows.map(({ short, change, interval, visible }) => [
			short.metric,
			short.baseline,
			short.candidate,
			change,
			interval ?? "",
			visible,
			short.verdict
		])
	});
	return [
		style.dim(heading),
		...lines.map((line, i) => rows[i].isRegressed ? style.bad(line) : line),
		...[...notes, LEGEND].flatMap((note) => wrap(`  ${writePlain(note)}`, { indent: 4 }).map(style.dim))
	];
}
const LEGEND = "In brackets the likely range; finds: the worsening found in 4 of 5 runs.";
function layChanges(heading, { rows }) {
	return [heading, ...rows.flatMap((row) => {
		const [what, before, now] = row.map(writePlain);
		return wrap(`  ${what}: ${before} → ${now}`, { indent: 4 });
	})];
}
function layTable(table, style) {
	if (table.rows.length === 0) return [];
	const [heading, ...rows] = layTextTable(table);
	return [style.dim(heading), ...rows];
}
function layParagraphs(sentences, indent = 0) {
	return sentences.flatMap((sentence) => sentence === null ? [] : wrap(writePlain(sentence), { indent }));
}
function joinSections(sections) {
	return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
// src/random.ts
var import_undici = require_undici();
function seedRandom(seed) {
	let state = hash$1(seed);
	return () => {
		state = state + 1831565813 >>> 0;
		let t = state;
		t = Math.imul(t ^ t >>> 15, t | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return ((t ^ t >>> 14) >>> 0) / 4294967296;
	};
}
function shuffle(items, random) {
	const result = [...items];
	for (let i = result.length - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		const held = result[i];
		result[i] = result[j];
		result[j] = held;
	}
	return result;
}
function drawNormal(random) {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
function hash$1(text) {
	let value = 2166136261;
	for (let i = 0; i < text.length; i++) {
		value ^= text.charCodeAt(i);
		value = Math.imul(value, 16777619);
	}
	return value >>> 0;
}
// src/plan/lengths.ts
const JITTER = .1;
function fixLength(tokens) {
	return {
		kind: "fixed",
		tokens
	};
}
function createLengthSource(lengths, random) {
	if (lengths.kind !== "fixed") return () => drawLength(lengths, random);
	let mirrored = null;
	return () => {
		const u = mirrored ?? 2 * random() - 1;
		mirrored = mirrored === null ? -u : null;
		return Math.max(1, Math.round(lengths.tokens * (1 + JITTER * u)));
	};
}
function drawLength(lengths, random) {
	return Math.max(1, Math.round(draw(lengths, random)));
}
function draw(lengths, random) {
	switch (lengths.kind) {
		case "fixed": return lengths.tokens;
		case "uniform": return lengths.min + (lengths.max - lengths.min) * random();
		case "normal": return lengths.mean + lengths.sd * drawNormal(random);
		case "lognormal": {
			const variance = Math.log(1 + (lengths.sd / lengths.mean) ** 2);
			return Math.exp(Math.log(lengths.mean) - variance / 2 + Math.sqrt(variance) * drawNormal(random));
		}
	}
}
// src/plan/prompts.ts
const UNCALIBRATED = {
	baseTokens: 0,
	tokensPerWord: 1
};
const INSTRUCTION = "Write a long 9000-word story that uses all of these words and never stop or conclude it:";
const INSTRUCTION_WORDS = INSTRUCTION.split(" ").length;
const NONCE_WORDS = 8;
function countWordsFor(tokens, { baseTokens, tokensPerWord }) {
	return Math.max(1, Math.round((tokens - baseTokens) / tokensPerWord));
}
function buildPrompt(words, random, nonce) {
	const opening = nonce === null ? "" : `${spellNonce(nonce)} `;
	const filler = words - INSTRUCTION_WORDS - (nonce === null ? 0 : NONCE_WORDS);
	return `${opening}${INSTRUCTION} ${drawWords(Math.max(1, filler), random)}`;
}
function buildText(words, random, nonce) {
	if (nonce === null) return drawWords(words, random);
	const filler = words - NONCE_WORDS;
	return filler < 1 ? spellNonce(nonce, Math.max(1, words)) : `${spellNonce(nonce)} ${drawWords(filler, random)}`;
}
function spellNonce(nonce, count = NONCE_WORDS) {
	const words = [];
	for (let i = 0; i < count; i++) words.push(WORDS$1[Number.parseInt(nonce.slice(2 * i % 16, 2 * i % 16 + 2), 16)]);
	return words.join(" ");
}
function drawWords(count, random) {
	const words = [];
	for (let i = 0; i < count; i++) words.push(WORDS$1[Math.floor(random() * WORDS$1.length)]);
	return words.join(" ");
}
const WORDS$1 = `able about above across action after again air all almost along also always among
animal answer appear area around ask away back bad base bear beat begin behind believe best better big bird black blue
board boat body book born both bottom box boy bring brother brown build burn busy buy call came car care carry case catch
cause center certain chair chance change check child choose circle city class clean clear climb close cloud coat cold
color come common complete cook cool copy corn corner correct cost cotton could count country course cover create cross
crowd current cut dance dark day dead deal dear decide deep degree design desert develop differ direct discuss distant
divide doctor dog dollar door double down draw dream dress drink drive drop dry during each ear early earth ease east eat
edge effect egg eight either else end enemy energy engine enough enter equal even evening event ever every exact example
except excite exercise expect experience eye face fact fair fall family famous far farm fast father favor fear feed feel
feet fell few field fight figure fill final find fine finger finish fire first fish fit five flat floor flow flower fly
follow food foot force forest form forward found four free fresh friend front fruit full fun game garden gas gather gave
general gentle get girl give glad glass go gold gone good got govern grand grass gray great green grew ground group grow
guess guide gun had hair half hand happen happy hard hat have he head hear heart heat heavy held help her here`.split(/\s+/).slice(0, 256);
// src/plan/workload.ts
function createWorkload(options, concurrency, pass) {
	const workers = Array.from({ length: concurrency }, (_, worker) => {
		const random = seedRandom(`${options.seed}/${concurrency}/${pass}/${worker}`);
		return {
			random,
			outputLength: createLengthSource(options.outputTokens, random),
			sent: 0
		};
	});
	const prefix = buildSharedPrefix(options);
	return {
		spread: shuffle(Array.from({ length: concurrency }, (_, i) => (i + .5) / concurrency), seedRandom(`${options.seed}/${concurrency}/${pass}/spread`)),
		next(worker, share) {
			const { random, outputLength, sent } = workers[worker];
			workers[worker].sent++;
			const nonce = options.nonce();
			const full = outputLength();
			const content = options.prompts === null ? { prompts: makePrompts(options, random, nonce, prefix) } : readFilePrompt(options.prompts[(worker + sent * concurrency) % options.prompts.length], options, nonce);
			const asked = options.task === "embeddings" ? 0 : content.outputTokens ?? full;
			return {
				...content,
				nonce,
				outputTokens: share === null ? asked : Math.ceil(asked * share)
			};
		}
	};
}
function makePrompts(options, random, nonce, prefix) {
	const { task, promptModel, batchSize, prefixCache } = options;
	const salt = prefixCache === "avoid" ? nonce : null;
	const build = task === "embeddings" ? buildText : buildPrompt;
	return Array.from({ length: task === "embeddings" ? batchSize : 1 }, () => {
		const tokens = drawLength(options.inputTokens, random) - options.sharedPrefixTokens;
		return prefix + build(countWordsFor(tokens, promptModel), random, salt);
	});
}
function buildSharedPrefix({ sharedPrefixTokens, promptModel, seed }) {
	if (sharedPrefixTokens === 0) return "";
	return `${buildText(Math.max(1, Math.round(sharedPrefixTokens / promptModel.tokensPerWord)), seedRandom(`${seed}/shared-prefix`), null)} `;
}
function readFilePrompt(prompt, { prefixCache }, nonce) {
	const opening = prefixCache === "avoid" ? `${spellNonce(nonce)} ` : "";
	const length = prompt.maxTokens === null ? {} : { outputTokens: prompt.maxTokens };
	switch (prompt.kind) {
		case "prompt": return {
			prompts: [opening + prompt.text],
			...length
		};
		case "input": return {
			prompts: prompt.texts.map((text) => opening + text),
			...length
		};
		case "messages": return {
			prompts: [""],
			messages: saltMessages(prompt.messages, opening),
			...length
		};
	}
}
function saltMessages(messages, opening) {
	const [first, ...rest] = messages;
	if (opening === "" || first === void 0) return messages;
	const content = first["content"];
	if (typeof content === "string") return [{
		...first,
		content: opening + content
	}, ...rest];
	return Array.isArray(content) ? [{
		...first,
		content: [{
			type: "text",
			text: opening
		}, ...content]
	}, ...rest] : messages;
}
// src/protocol/servers/gateway.ts
const GATEWAYS = [
	{
		name: "LiteLLM",
		signs: [
			"x-litellm-call-id",
			"x-litellm-version",
			"x-litellm-model-id",
			"x-litellm-cache-key",
			"x-litellm-attempted-retries",
			"x-litellm-attempted-fallbacks"
		],
		retried: (headers) => isAbove(headers["x-litellm-attempted-retries"], 0),
		cached: (headers) => !/^(none)?$/i.test(headers["x-litellm-cache-key"] ?? ""),
		fellBack: (headers) => isAbove(headers["x-litellm-attempted-fallbacks"], 0)
	},
	{
		name: "Portkey",
		signs: [
			"x-portkey-trace-id",
			"x-portkey-cache-status",
			"x-portkey-retry-attempt-count"
		],
		retried: (headers) => isAbove(headers["x-portkey-retry-attempt-count"], 0),
		cached: (headers) => isHit(headers["x-portkey-cache-status"])
	},
	{
		name: "Cloudflare AI Gateway",
		signs: [
			"cf-aig-log-id",
			"cf-aig-event-id",
			"cf-aig-step",
			"cf-aig-cache-status"
		],
		cached: (headers) => isHit(headers["cf-aig-cache-status"]),
		fellBack: (headers) => isAbove(headers["cf-aig-step"], 0)
	},
	{
		name: "Helicone",
		signs: [
			"helicone-id",
			"helicone-cache",
			"helicone-status"
		],
		cached: (headers) => isHit(headers["helicone-cache"])
	},
	{
		name: "Bifrost",
		signs: [
			"x-bifrost-request-id",
			"x-bifrost-provider",
			"x-bifrost-request-type"
		],
		fellBack: (headers) => isAbove(headers["x-bifrost-fallback-index"], 0) || headers["x-bifrost-routing-info-is-fallback"] === "true"
	},
	{
		name: "ngrok AI Gateway",
		signs: ["ngrok-aig-request-id", "ngrok-aig-attempts"],
		retried: (headers) => isAbove(headers["ngrok-aig-attempts"], 1)
	},
	{
		name: "Kong",
		signs: [
			"x-kong-upstream-latency",
			"x-kong-proxy-latency",
			"x-kong-request-id"
		]
	},
	{
		name: "Envoy",
		signs: ["x-envoy-upstream-service-time", "x-envoy-attempt-count"],
		retried: (headers) => isAbove(headers["x-envoy-attempt-count"], 1)
	}
];
function readGateway(headers) {
	let cached = isHit(headers["x-cache-status"]) || isHit(headers["x-cache"]) || isAbove(headers["age"], 0);
	let name = null;
	let retried = false;
	let fellBack = false;
	for (const gateway of GATEWAYS) {
		if (!gateway.signs.some((sign) => headers[sign] !== void 0)) continue;
		name ??= gateway.name;
		retried ||= gateway.retried?.(headers) ?? false;
		cached ||= gateway.cached?.(headers) ?? false;
		fellBack ||= gateway.fellBack?.(headers) ?? false;
	}
	return name === null && !cached ? null : {
		name,
		retried,
		cached,
		fellBack
	};
}
function isAbove(header, bound) {
	return header !== void 0 && /^\d{1,9}$/.test(header) && Number(header) > bound;
}
function isHit(header) {
	return header !== void 0 && /(^|[\s_,])hit\b/i.test(header);
}
// src/settings/define.ts
function spellSetting(name, entry) {
	return entry === "command" ? `--${name}` : `the input ${name}`;
}
function listWritten(list, values) {
	return Object.entries(list).flatMap(([key, { name, writes }]) => writes === true ? [{
		setting: name,
		path: values[key] ?? null
	}] : []);
}
var ValueError = class extends Error {
	name = "ValueError";
};
function setting(definition) {
	return definition;
}
// src/settings/values/simple.ts
function readCount({ min = 1, max = 1e9 } = {}) {
	return (text) => {
		const value = parseScaled(text);
		if (value === null || !Number.isInteger(value) || value < min || value > max) throw new ValueError(`must be a whole number from ${min} to ${max}`);
		return value;
	};
}
function readNumber({ min, max }) {
	return (text) => {
		const value = parseDecimal(text);
		if (value === null || value < min || value > max) throw new ValueError(`must be a number from ${min} to ${max}`);
		return value;
	};
}
function readShare({ min = 0, max = 1 } = {}) {
	return (text) => {
		const trimmed = text.trim();
		const value = trimmed.endsWith("%") ? parseDecimal(trimmed.slice(0, -1)) : parseDecimal(trimmed);
		const share = value !== null && trimmed.endsWith("%") ? value / 100 : value;
		if (share === null || share < min || share > max || trimmed === "1" && max === 1) {
			const meant = share !== null && share >= 1 && share <= 100 * max && !trimmed.endsWith("%") ? `did you mean ${trimmed}%?` : "for example 5%";
			throw new ValueError(`must be a share from ${min * 100}% to ${max * 100}%; ${meant}`.replace("; for", ", for"));
		}
		return share;
	};
}
const DURATION_UNITS = {
	ms: 1,
	s: 1e3,
	m: 6e4,
	h: 36e5
};
function readDuration({ minMs = 0, maxMs = 864e5 } = {}) {
	return (text) => {
		const match = /^\s*(\d+(?:\.\d+)?)(?:\s*(ms|s|m|h))?\s*$/.exec(text);
		const value = match === null ? null : Number(match[1]) * DURATION_UNITS[match[2] ?? "s"];
		if (value === null || value < minMs || value > maxMs) throw new ValueError(`must be a duration from ${minMs} ms to ${maxMs / 1e3} s, for example 8s, 500ms or 10m`);
		return value;
	};
}
function readChoice(choices) {
	return (text) => {
		const found = choices.find((choice) => choice === text.trim());
		if (found === void 0) throw new ValueError(`must be one of ${choices.join(", ")}`);
		return found;
	};
}
function readBoolean(text) {
	return readChoice(["true", "false"])(text) === "true";
}
function readText$2(text) {
	if (text.trim() === "") throw new ValueError("must not be empty");
	return text.trim();
}
function allowNone(read) {
	return (text) => text.trim() === "none" ? null : read(text);
}
function allowWord(word, read) {
	return (text) => text.trim() === word ? word : read(text);
}
function parseDecimal(text) {
	return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null;
}
function parseScaled(text) {
	const match = /^\s*(-?\d+(?:\.\d+)?)(?:\s*([kM]))?\s*$/.exec(text);
	if (match === null) return null;
	return Number(match[1]) * (match[2] === "M" ? 1e6 : match[2] === "k" ? 1e3 : 1);
}
function splitList(text) {
	return text.split("\n").filter((line) => !line.trim().startsWith("#")).flatMap((line) => line.split(",")).map((entry) => entry.trim()).filter((entry) => entry !== "");
}
function readEach(entries, read) {
	const values = [];
	const wrong = [];
	for (const entry of entries) try {
		values.push(read(entry));
	} catch (error) {
		if (!(error instanceof ValueError)) throw error;
		wrong.push(error.message);
	}
	if (wrong.length > 0) throw new ValueError([...new Set(wrong)].join("; and "));
	return values;
}
function readLine$1(text) {
	const value = readText$2(text);
	if (/[\u0000-\u001f\u007f]/.test(value)) throw new ValueError("must be one line without control characters");
	return value;
}
// src/settings/values/lengths.ts
const MOST_TOKENS$1 = 1e6;
const ALLOWED = `must be a whole number from 1 to ${MOST_TOKENS$1}, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example 512 or normal(512,128)`;
function readLengths(text) {
	const match = /^\s*(normal|uniform|lognormal)\s*\(([^,()]*),([^,()]*)\)\s*$/.exec(text);
	if (match === null) return {
		kind: "fixed",
		tokens: readTokens$1(text)
	};
	const first = parseDecimal(match[2]);
	const second = parseDecimal(match[3]);
	if (first === null || second === null || first < 1 || first > MOST_TOKENS$1) throw new ValueError(ALLOWED);
	if (match[1] === "uniform") return readUniform(first, second);
	if (second < 0 || second > first) throw new ValueError(`${ALLOWED}; the standard deviation must be from 0 to the mean`);
	return {
		kind: match[1] === "normal" ? "normal" : "lognormal",
		mean: first,
		sd: second
	};
}
function renderLengths(lengths) {
	switch (lengths.kind) {
		case "fixed": return String(lengths.tokens);
		case "uniform": return `uniform(${lengths.min},${lengths.max})`;
		default: return `${lengths.kind}(${lengths.mean},${lengths.sd})`;
	}
}
function meanLength(lengths) {
	if (lengths.kind === "fixed") return lengths.tokens;
	return lengths.kind === "uniform" ? (lengths.min + lengths.max) / 2 : lengths.mean;
}
function readTokens$1(text) {
	const value = parseDecimal(text);
	if (value === null || !Number.isInteger(value) || value < 1 || value > MOST_TOKENS$1) throw new ValueError(ALLOWED);
	return value;
}
function readUniform(min, max) {
	if (!Number.isInteger(min) || !Number.isInteger(max) || max < min || max > MOST_TOKENS$1) throw new ValueError(`${ALLOWED}; uniform takes two whole numbers, the smaller one first`);
	return {
		kind: "uniform",
		min,
		max
	};
}
// src/protocol/answer/bursts.ts
const TOGETHER_MS = 2;
const FEWEST_EVENTS = 8;
const FEWEST_IN_TIME = 3;
const SHORTEST_PAUSE_MS$1 = 20;
const PAUSED_SHARE = .9;
const HOLDING_MS = [200, 100];
const HOLDING_SLACK_MS = 15;
const FEWEST_BEATS = 2;
function findBursts(tokenAt, bodyBytes) {
	let count = 1;
	let pausedMs = 0;
	for (let i = 1; i < tokenAt.length; i++) {
		const gap = tokenAt[i] - tokenAt[i - 1];
		if (gap <= TOGETHER_MS) continue;
		count++;
		pausedMs += gap;
	}
	const events = tokenAt.length / count;
	if (count < 2 || events < FEWEST_IN_TIME || pausedMs / (count - 1) < SHORTEST_PAUSE_MS$1) return null;
	if (pausedMs < PAUSED_SHARE * (tokenAt.at(-1) - tokenAt[0])) return null;
	const bursts = listBursts(tokenAt);
	const heldMs = isFullBuffer(bursts, bodyBytes / (tokenAt.length + OTHER_EVENTS)) ? null : findHoldingTime(tokenAt, bursts) ?? findBeat(bursts);
	if (heldMs === null && events < FEWEST_EVENTS) return null;
	const bytes = bodyBytes / (count - .5);
	return {
		by: heldMs === null ? "size" : "time",
		count,
		events: Math.round(events),
		kib: 2 ** Math.max(0, Math.round(Math.log2(bytes / 1024))),
		everyMs: heldMs === null ? null : Math.round(heldMs)
	};
}
function listBursts(tokenAt) {
	const bursts = [];
	for (let i = 1; i < tokenAt.length; i++) {
		const afterMs = tokenAt[i] - tokenAt[i - 1];
		if (afterMs > TOGETHER_MS) bursts.push({
			afterMs,
			size: 1
		});
		else if (bursts.length > 0) bursts.at(-1).size++;
	}
	return bursts;
}
const OTHER_EVENTS = 3;
const SMALLEST_BUFFER = 4096;
const SIZE_SLACK = .03;
function isFullBuffer(bursts, eventBytes) {
	const sizes = bursts.slice(0, -1).map(({ size }) => size);
	if (sizes.length === 0) return false;
	const bytes = eventBytes * (sizes.reduce((sum, size) => sum + size) / sizes.length);
	const buffer = 2 ** Math.round(Math.log2(bytes));
	const slack = eventBytes + SIZE_SLACK * buffer;
	return buffer >= SMALLEST_BUFFER && Math.abs(bytes - buffer) <= slack && Math.max(...sizes) * eventBytes - buffer <= 2 * slack && buffer - Math.min(...sizes) * eventBytes <= 2 * slack;
}
const FEWEST_REGULAR = 3;
const BEAT_SLACK = .08;
function findBeat(bursts) {
	const gaps = bursts.slice(0, -1).map(({ afterMs }) => afterMs);
	if (gaps.length < FEWEST_REGULAR) return null;
	const beat = takeMiddle(gaps);
	return gaps.every((gap) => Math.abs(gap - beat) <= BEAT_SLACK * beat) && bursts.slice(0, -1).every(({ size }) => size >= FEWEST_EVENTS) ? beat : null;
}
function findHoldingTime(tokenAt, bursts) {
	const tokenMs = (tokenAt.at(-1) - tokenAt[0]) / (tokenAt.length - 1);
	for (const ms of HOLDING_MS) {
		const beats = bursts.filter(({ afterMs }) => afterMs > ms - HOLDING_SLACK_MS && afterMs < ms + tokenMs + HOLDING_SLACK_MS);
		if (beats.length < FEWEST_BEATS || beats.length <= (bursts.length - 1) / 2) continue;
		const sizes = beats.filter((beat) => beat !== bursts.at(-1)).map(({ size }) => size);
		if (2 * Math.min(...sizes) > Math.max(...sizes)) return takeMiddle(beats.map(({ afterMs }) => afterMs));
	}
	return null;
}
function takeMiddle(values) {
	return values.toSorted((a, b) => a - b)[values.length >> 1];
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
		message: `the stream comes as ${encoding}${accepts === "identity" ? " although identity was asked for" : ", as `headers` ask for"}.`
	}];
}
function findUnknown(answers) {
	const unknown = answers.reduce((sum, { unknownEvents }) => sum + unknownEvents, 0);
	const tokens = answers.reduce((sum, { tokenEvents }) => sum + tokenEvents, 0);
	if (unknown <= MOST_UNKNOWN * tokens) return [];
	const member = answers.find(({ unreadMember }) => unreadMember !== null)?.unreadMember ?? null;
	const unread = member === null ? "" : `; ${escapeForTerminal(member)} holds a text that is not read`;
	return [{
		code: "unknown-events",
		message: `${pluralise(answers.length, "answer has", "answers have")} ${pluralise(unknown, "event")} of no known kind beside ${tokens} that carry tokens${unread}.`
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
// src/vocabulary/connection-troubles.ts
const CHAIN = "have the server send its whole chain (fullchain.pem); a private authority goes into `ca-cert`";
const BROKEN = "mend whatever writes it, the server or a proxy in front of it; `curl -v` shows its head";
const CONNECTION_TROUBLES = {
	refused: {
		failure: "connect",
		what: "the connection was refused",
		remedy: "check host and port, and that the server is running",
		passes: true
	},
	"unknown-host": {
		failure: "connect",
		what: "the host is unknown",
		remedy: "check the host name of `endpoint`"
	},
	"no-lookup": {
		failure: "connect",
		what: "no name server answers for the host",
		remedy: "check the network and the name servers of this machine, and the host name of `endpoint`"
	},
	unreachable: {
		failure: "connect",
		what: "the host cannot be reached from here",
		remedy: "check host and network; `proxy` if one is needed",
		passes: true
	},
	"no-connection": {
		failure: "connect",
		what: "there was no connection in time",
		remedy: "check host and port; a firewall may drop what is sent; `proxy` if one is needed",
		passes: true
	},
	closed: {
		failure: "connect",
		what: "the connection was closed before an answer came",
		remedy: "look at the log of the server, or of the proxy in front of it",
		passes: true
	},
	"other-connection": {
		failure: "connect",
		what: "no connection to the endpoint",
		remedy: "check host, port and network; `proxy` if one is needed",
		passes: true
	},
	unsendable: {
		failure: "connect",
		what: "the request cannot be sent",
		remedy: "check `endpoint`, `headers` and `proxy` for what HTTP does not allow"
	},
	"proxy-refused": {
		failure: "connect",
		what: "the proxy refused the connection",
		remedy: "check host and port of `proxy`, and that it is running",
		passes: true
	},
	"proxy-unknown": {
		failure: "connect",
		what: "the host of the proxy is unknown",
		remedy: "check the host name of `proxy`"
	},
	"proxy-unreachable": {
		failure: "connect",
		what: "the proxy cannot be reached",
		remedy: "check host and port of `proxy`, and the network",
		passes: true
	},
	"proxy-password": {
		failure: "connect",
		what: "the proxy wants to know who asks, and does not accept what `proxy` says (407)",
		remedy: "write user and password into `proxy`: http://user:password@host:port"
	},
	"proxy-forbids": {
		failure: "connect",
		what: "the proxy does not lead to the endpoint",
		remedy: "check that `proxy` is a proxy, and that it may lead there; or leave `proxy` out"
	},
	"proxy-fails": {
		failure: "connect",
		what: "the proxy does not reach the endpoint",
		remedy: "check host and port of `endpoint` as the proxy sees them",
		passes: true
	},
	"tls-spoken": {
		failure: "tls",
		what: "the port speaks TLS, and `endpoint` says http://",
		remedy: "write https:// in `endpoint`, or check the port"
	},
	"tls-not-spoken": {
		failure: "tls",
		what: "the port speaks plain HTTP, without TLS, and `endpoint` says https://",
		remedy: "write http:// in `endpoint`, or check the port"
	},
	"no-tls": {
		failure: "tls",
		what: "the port does not speak TLS, and `endpoint` says https://",
		remedy: "check the port of `endpoint`; write http:// if it speaks plain HTTP"
	},
	"no-handshake": {
		failure: "tls",
		what: "the port takes connections, and does not go on with the TLS handshake",
		remedy: "look at the log of the server, or of the proxy that ends its TLS; check that the port of `endpoint` speaks TLS",
		passes: true
	},
	"http2-only": {
		failure: "parse",
		what: "the server speaks HTTP/2 only",
		remedy: "have the server, or a proxy in front of it, speak HTTP/1.1 too; a gRPC port is not the one of the HTTP API"
	},
	"client-certificate": {
		failure: "tls",
		what: "the server wants a client certificate (mTLS)",
		remedy: "give one with `client-cert` and `client-key`"
	},
	"refused-certificate": {
		failure: "tls",
		what: "the server does not accept the client certificate",
		remedy: "check that `client-cert` is of an authority that the server trusts, with its chain, and has not expired"
	},
	"self-signed": {
		failure: "tls",
		what: "the certificate of the server is self-signed, and nobody here trusts it",
		remedy: "give that certificate in `ca-cert`, or have one issued by an authority"
	},
	"private-authority": {
		failure: "tls",
		what: "the certificate of the server comes from a private authority, which nobody here trusts",
		remedy: "give the certificate of that authority in `ca-cert`"
	},
	"no-chain": {
		failure: "tls",
		what: "the certificate of the server leads to no authority known here: an intermediate certificate is missing, or the authority is private",
		remedy: CHAIN
	},
	expired: {
		failure: "tls",
		what: "the certificate of the server, or one that it builds on, has expired",
		remedy: "renew it, and check the clock of this machine"
	},
	"not-yet-valid": {
		failure: "tls",
		what: "the certificate of the server is not valid yet",
		remedy: "check the clock of this machine, and from when the certificate is valid"
	},
	"wrong-name": {
		failure: "tls",
		what: "the certificate of the server is for another name than the host of `endpoint`",
		remedy: "write the name that is on the certificate in `endpoint`, or have a certificate for this one"
	},
	"bad-certificate": {
		failure: "tls",
		what: "the certificate of the server is no good",
		remedy: "have another one issued; `openssl s_client -connect HOST:PORT` shows this one"
	},
	"old-tls": {
		failure: "tls",
		what: "the server speaks no version of TLS that is safe",
		remedy: "have the server, or the proxy in front of it, speak TLS 1.2 or 1.3"
	},
	"unknown-name": {
		failure: "tls",
		what: "the server knows no host of this name (SNI)",
		remedy: "check the host name of `endpoint`"
	},
	handshake: {
		failure: "tls",
		what: "the TLS handshake failed",
		remedy: "check the TLS settings of the server, or of the proxy in front of it"
	},
	"large-headers": {
		failure: "parse",
		what: "the headers of the answer are larger than 64 KiB",
		remedy: "have the server, or the proxy in front of it, send less: cookies, policies, traces"
	},
	"two-lengths": {
		failure: "parse",
		what: "the answer breaks HTTP: its head is malformed, as with both Content-Length and Transfer-Encoding, or two of Content-Length",
		remedy: BROKEN
	},
	"wrong-length": {
		failure: "parse",
		what: "the answer breaks HTTP: its body has not the length that Content-Length says",
		remedy: BROKEN
	},
	"not-http": {
		failure: "parse",
		what: "what answers at the port does not speak HTTP",
		remedy: "check the port of `endpoint`"
	},
	"broken-http": {
		failure: "parse",
		what: "the answer breaks HTTP",
		remedy: BROKEN
	}
};
function findTrouble$1(name) {
	return CONNECTION_TROUBLES[name];
}
function describeTrouble({ name, detail }) {
	const { what } = findTrouble$1(name);
	return detail === null ? what : `${what} (${detail})`;
}
// src/vocabulary/failure-classes.ts
const FAILURE_CLASSES = [
	{
		code: "http_<status>",
		meaning: "The server refused the request with this status.",
		remedy: "Read the server log for that status; 429 means a rate limit, 5xx an overloaded or broken server."
	},
	{
		code: "connect",
		meaning: "No connection: refused, closed before an answer, the host is unknown, or the proxy says no.",
		remedy: "Check host and port, and that the server accepts this many connections."
	},
	{
		code: "tls",
		meaning: "No TLS, or a certificate that does not hold.",
		remedy: "Check the certificate; `ca-cert` names a private authority."
	},
	{
		code: "timeout_first_byte",
		meaning: "No response headers before `request-timeout`.",
		remedy: "Raise `request-timeout`, or lower the concurrency: the server queues longer than that."
	},
	{
		code: "timeout_total",
		meaning: "The answer did not end before `request-timeout`.",
		remedy: "Raise `request-timeout` or ask for fewer output tokens."
	},
	{
		code: "timeout_idle",
		meaning: "The stream stalled: no payload for 60 s after the first token.",
		remedy: "Look for a hung worker or a proxy that holds the stream."
	},
	{
		code: "error_event",
		meaning: "A 200 answer that carried an error.",
		remedy: "Look at the server log: it is the server that failed."
	},
	{
		code: "incomplete",
		meaning: "The stream ended without saying that it was finished.",
		remedy: "A proxy or a worker cut the stream; check their timeouts."
	},
	{
		code: "parse",
		meaning: "The answer was not in the format of the API, or breaks HTTP.",
		remedy: "Check `api`; a proxy may answer instead of the model, or spoil what it hands on."
	},
	{
		code: "empty",
		meaning: "A complete answer without a single token.",
		remedy: "Check the model and the prompt; an empty answer is not a fast one."
	},
	{
		code: "client_files",
		meaning: "This machine may open no more files, and a connection is one: the request was never sent.",
		remedy: "Raise the limit of open files (`ulimit -n`; `LimitNOFILE` of a service, `--ulimit nofile` of a container), or lower `max-concurrency`.",
		byClient: true
	},
	{
		code: "client_ports",
		meaning: "This machine has no free port or address for another connection: the request was never sent.",
		remedy: "Widen the range of local ports (`net.ipv4.ip_local_port_range`), wait until closed connections have let theirs go, or let the server keep connections open.",
		byClient: true
	},
	{
		code: "client_memory",
		meaning: "This machine has no memory or buffers for another connection.",
		remedy: "Give it more memory (or its container a higher limit), or lower `max-concurrency`.",
		byClient: true
	}
];
const BY_CLIENT = new Map(FAILURE_CLASSES.filter((kind) => "byClient" in kind).map((kind) => [kind.code, kind]));
function findClientFailure(failure) {
	return failure === null ? null : BY_CLIENT.get(failure) ?? null;
}
const FILTERED = /^(content_?filter(ed)?|refusal|safety|recitation|blocklist|prohibited_content|spii|guardrail_intervened|sensitive)$/i;
function isFiltered(finishReason) {
	return finishReason !== null && FILTERED.test(finishReason);
}
// src/protocol/refusals/complaint.ts
const LONGEST = 1e3;
function readComplaint(status, message) {
	const text = (message ?? "").slice(0, LONGEST);
	const wanted = taskComplaint(text);
	if (wanted !== null) return wanted;
	if (status === 401 || status === 403) return EXPIRED.test(text) ? { about: "expired" } : null;
	if (LOADING.test(text) && !FAILED.test(text)) return { about: "loading" };
	if (BATCH.test(text)) return {
		about: "batch",
		limit: limitOf(text)
	};
	if (CONTEXT$1.test(text)) return {
		about: "context",
		limit: limitOf(text)
	};
	if (status === 413 || SIZE.test(text)) return { about: "size" };
	if (NO_MODEL.test(text)) return { about: "no-model" };
	if (MODEL_MISSING.test(text)) return { about: "model" };
	return status === 200 && PATH$2.test(text) ? { about: "path" } : null;
}
function findNamedField(message, fields) {
	const text = (message ?? "").slice(0, LONGEST);
	let found = null;
	let at = Infinity;
	for (const field of fields) {
		const place = text.search(new RegExp(`(?<![a-z_])${field}(?![a-z_])`, "i"));
		if (place >= 0 && place < at) [found, at] = [field, place];
	}
	return found;
}
const EXPIRED = /\bexpired?\b/i;
const LOADING = /\b(is|are|still|currently|being) (being )?(loading|loaded|starting|initiali[sz]ing|warming)\b|^\W*loading\b|\bloading (the )?model\b|\bwarming[ _-]?up\b|\bstarting[ _-]?up\b|\bwaking up\b|\bnot (yet )?(ready|loaded|initiali[sz]ed)\b|^\W*(starting|initiali[sz]ing)\b|\bapplication loading\b/i;
const FAILED = /\b(errors?|fail(s|ed|ure)?|unable|could ?n.t|cannot|can.t|could not)\b/i;
function saysLoading(body) {
	const json = asObject(parseJson$1(body));
	if (json === null) return body.length <= LONGEST && readComplaint(200, readRefusal(body))?.about === "loading";
	if ("choices" in json) return false;
	return [errorMessage(json["error"]), ...Object.values(json)].filter((text) => typeof text === "string").some((text) => readComplaint(200, text)?.about === "loading");
}
const BATCH = /batch size \d+ ?>|maximum (allowed )?batch size|maximum array length|too many (inputs|texts)|number of (inputs|texts)/i;
const CONTEXT$1 = new RegExp([
	"context[ _](length|size|window|limit)",
	"maximum model length",
	"max_(seq|model)_len",
	"(prompt|input|sequence)s?( length| is| tokens?)? too (long|large)",
	"must have less than \\d+ tokens",
	"`?max_new_tokens`? must be <=",
	"input token count .{0,40}exceeds",
	"prompt length .{0,30}exceeds maximum input length",
	"prompt contains \\d+ tokens.{0,60}too large",
	"too many tokens",
	"maximum context",
	"(longer|greater) than the (maximum|model)[^.]{0,30}(length|context)",
	"max(_completion|_output)?_tokens.{0,20} (is )?too large",
	"tokens? (you )?requested exceeds the model limit",
	"reduce the length of",
	"exceed_context_size"
].join("|"), "i");
const SIZE = /(request )?entity too large|payload too large|content too large|(request|body|payload)( body)?( size)? (is )?(too (large|big)|exceed)|body.{0,20}length limit exceeded|max_request_size/i;
const NO_MODEL = /(must|have to) provide (a )?model|model( name| parameter| field)? (is required|is missing|must be (provided|specified|set))|missing (required )?(field|parameter|property|argument):? ?[`'"]?model\b|\bmodel: field required/i;
const MODEL_MISSING = new RegExp([
	"\\b(model|deployment)s?\\b.{0,120}?(does not exist|not exist|not found|is not available|not a valid model|could not be found|isn.t available|is not served)",
	"(invalid|unknown|unrecognized|no such) model\\b",
	"model_not_found|ENDPOINT_NOT_FOUND(?!: no api)|RESOURCE_DOES_NOT_EXIST|DeploymentNotFound|find real modelID",
	"not a valid model id",
	"model identifier is invalid",
	"endpoint .{0,80}does not exist",
	"^model: \\S+$"
].join("|"), "i");
const PATH$2 = /unexpected endpoint|(unknown|invalid|no such) (endpoint|route|path)/i;
const TASKS$1 = [
	[/did you mean to use (the )?[`'"]?v1\/completions/i, "openai-completions"],
	[/did you mean to use (the )?[`'"]?v1\/chat\/completions/i, "openai-chat"],
	[/only (supported|available) in [`'"]?v1\/responses/i, "openai-responses"],
	[/not a chat model/i, "openai-completions"],
	[/is a chat model/i, "openai-chat"],
	[/does not support completions\. start it without [`'"]?--embeddings/i, "openai-embeddings"],
	[/does not support (the )?chat completions|does not support chat\b|not supported by the chat/i, null],
	[/does not support (the )?(completions|generate)\b/i, null],
	[/does(n.t| not) support (the )?embed|not (allowed to )?generate embeddings|not appear to be an embedding model|not an embedding model/i, "openai-chat"],
	[/(is an|for an?|this) embeddings? (model|endpoint|task)/i, "openai-embeddings"],
	[/\bmessages\b[^.]{0,20}(field required|is required|is missing|missing field)|missing field [`'"]?messages|(missing|required)[^.]{0,30}[`'" ]messages\b/i, "openai-chat"],
	[/\bprompt\b[^.]{0,20}(field required|is required|is missing)|missing field [`'"]?prompt\b|(missing|required) (required )?(parameter|field|property):? [`'"]?prompt\b/i, "openai-completions"]
];
function taskComplaint(text) {
	for (const [words, api] of TASKS$1) if (words.test(text)) return {
		about: "task",
		api
	};
	return null;
}
const LIMITS$1 = [
	/maximum context length (?:is|of) (\d+)/i,
	/maximum model length of (\d+)/i,
	/context (?:length|size|window)(?: of)? \(?(\d+) tokens/i,
	/model with (\d+) maximum context/i,
	/less than (\d+) tokens/i,
	/must be <= (\d+)/i,
	/cannot exceed (\d+)/i,
	/> (\d+) maximum/i,
	/context limit: [\d+ ]{1,40}> (\d+)/i,
	/maximum number of tokens allowed \((\d+)\)/i,
	/maximum input length \(?(\d+)/i,
	/limit (?:for this model is|of) (\d+)/i,
	/maximum allowed batch size:? (\d+)/i,
	/maximum (?:array length|batch size):? (?:is |of )?(\d+)/i
];
function limitOf(text) {
	for (const words of LIMITS$1) {
		const found = words.exec(text)?.[1];
		if (found !== void 0 && found.length < 10) return Number(found);
	}
	return null;
}
// src/protocol/apis/anthropic.ts
const anthropic = {
	name: "anthropic",
	facts: {
		servers: "Anthropic, Azure Foundry, LiteLLM, DeepSeek, Moonshot, Z.ai, vLLM (with auth: bearer)",
		length: "max_tokens and a prompt that asks for more; checked",
		tokens: "usage of message_delta, else events",
		cache: "a unique prefix; nothing is marked for caching",
		health: "GET /v1/models",
		metrics: "vLLM"
	},
	isIts: isAnthropic,
	tasks: ["chat"],
	headers: { "anthropic-version": "2023-06-01" },
	keyPlace: () => ({ header: "x-api-key" }),
	framing: () => "sse",
	optionalFields: () => ["temperature"],
	url: (endpoint) => isFull$1(endpoint) ? endpoint : placeUnderBase(endpoint, "/messages"),
	taskOf: () => "chat",
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => isFull$1(endpoint) ? replacePath(endpoint, trimPath(endpoint).replace(/\/messages$/, "/models")) : placeUnderBase(endpoint, "/models"),
	modelNames: openAiModelNames,
	body: messagesBody,
	read: readAnthropicEvent,
	serverPages: [
		"/version",
		"/v1/models",
		"/v1/version",
		"/health/readiness"
	],
	metricsUrls: serverMetricsUrls,
	ownsEvent: ownsEvent$1
};
function isAnthropic(endpoint) {
	if (taskOfPath(endpoint) !== null) return false;
	return /(^|\.)anthropic\.com$/.test(endpoint.hostname) || /\/v1\/messages$|\/anthropic(\/v1)?$/.test(trimPath(endpoint));
}
function isFull$1(endpoint) {
	return trimPath(endpoint).endsWith("/messages");
}
function placeUnderBase(endpoint, suffix) {
	const path = trimPath(endpoint);
	return replacePath(endpoint, `${path}${/\/v\d+$/.test(path) ? "" : "/v1"}${suffix}`);
}
function messagesBody({ model, fields, extraBody }, spec) {
	const { system, messages } = conversationOf(spec);
	return addExtraBody({
		...model !== null && { model },
		...system !== null && { system },
		messages,
		max_tokens: spec.outputTokens,
		stream: spec.stream ?? true,
		...fields.has("temperature") && { temperature: 0 }
	}, extraBody);
}
function readAnthropicEvent(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	switch (event?.["type"]) {
		case "content_block_delta": return readDelta(asObject(event["delta"]));
		case "content_block_start": return readBlock(asObject(event["content_block"]));
		case "message_start": return readStart$1(asObject(event["message"]));
		case "message_delta": return {
			...EMPTY_DELTA,
			usage: readUsage$2(event["usage"]),
			finishReason: asText(asObject(event["delta"])?.["stop_reason"])
		};
		case "message_stop": return {
			...EMPTY_DELTA,
			terminal: true
		};
		case "content_block_stop":
		case "ping": return EMPTY_DELTA;
		case "message": return readWhole$1(event);
		default: return UNKNOWN_DELTA;
	}
}
function readDelta(delta) {
	switch (delta?.["type"]) {
		case "text_delta": return carryText(asText(delta["text"]));
		case "thinking_delta": return carryReasoning(asText(delta["thinking"]));
		case "input_json_delta": return carryTool(asText(delta["partial_json"]));
		case "signature_delta":
		case "citations_delta": return EMPTY_DELTA;
		default: return delta === null ? EMPTY_DELTA : readUnknownMembers(delta, NO_OUTPUT);
	}
}
function readBlock(block) {
	const type = block?.["type"];
	if (type === "text") return carryText(asText(block?.["text"]));
	if (type === "thinking") {
		const thinking = asText(block?.["thinking"]);
		return thinking === null ? CONCEALED_DELTA : carryReasoning(thinking);
	}
	if (type === "redacted_thinking") return CONCEALED_DELTA;
	if (block === null || typeof type !== "string" || type.endsWith("tool_result")) return EMPTY_DELTA;
	return type.endsWith("tool_use") ? carryTool(asText(block["name"])) : readUnknownMembers(block, NO_OUTPUT);
}
const NO_OUTPUT = /* @__PURE__ */ new Set(["type"]);
const CONCEALED_DELTA = {
	...EMPTY_DELTA,
	concealed: true
};
function readStart$1(message) {
	const usage = readUsage$2(message?.["usage"]);
	return {
		...EMPTY_DELTA,
		usage: usage === null ? null : {
			...usage,
			outputTokens: null
		},
		servedModel: asText(message?.["model"])
	};
}
function readWhole$1(message) {
	return {
		...joinParts(asArray(message["content"])?.map((block) => readWholeBlock(asObject(block))) ?? []),
		usage: readUsage$2(message["usage"]),
		finishReason: asText(message["stop_reason"]),
		servedModel: asText(message["model"]),
		terminal: true
	};
}
function readWholeBlock(block) {
	const begun = readBlock(block);
	const given = begun.tool ? asObject(block?.["input"]) : null;
	return given === null ? begun : joinParts([begun, carryTool(JSON.stringify(given))]);
}
function readUsage$2(value) {
	const usage = asObject(value);
	if (usage === null) return null;
	const read = asCount(usage["cache_read_input_tokens"]);
	const written = asCount(usage["cache_creation_input_tokens"]);
	const uncached = asCount(usage["input_tokens"]);
	return {
		inputTokens: uncached === null ? null : uncached + (read ?? 0) + (written ?? 0),
		outputTokens: asCount(usage["output_tokens"]),
		reasoningTokens: asCount(asObject(usage["output_tokens_details"])?.["thinking_tokens"]),
		cachedTokens: read,
		totalTokens: null
	};
}
function ownsEvent$1({ type, error }) {
	if (typeof type !== "string") return false;
	if (type === "error") return typeof asObject(error)?.["type"] === "string";
	return type === "message" || /^(message_(start|delta|stop)|content_block_)/.test(type);
}
// src/vocabulary/endpoint-names.ts
const TASKS = [
	"chat",
	"completions",
	"embeddings"
];
const API_NAMES = [
	"openai-chat",
	"openai-completions",
	"openai-embeddings",
	"openai-responses",
	"databricks",
	"tgi",
	"llamacpp",
	"ollama",
	"triton",
	"anthropic",
	"gemini",
	"cohere",
	"bedrock"
];
const WAY_WORDS = [
	"databricks-oauth",
	"databricks-oidc",
	"aws-sigv4"
];
const AUTH_WORDS = [
	"auto",
	"bearer",
	"basic",
	...WAY_WORDS,
	"none"
];
function isWayWord(word) {
	return WAY_WORDS.includes(word);
}
// src/protocol/apis/cohere.ts
const cohere = {
	name: "cohere",
	facts: {
		servers: "Cohere v2: the platform, private deployments",
		length: "max_tokens and a prompt that asks for more; checked",
		tokens: "usage.tokens of message-end (not billed_units), else events",
		cache: "a unique prefix",
		health: "GET /v1/models",
		metrics: "none"
	},
	isIts: isCohere,
	tasks: ["chat"],
	headers: {},
	keyPlace: () => "bearer",
	framing: () => "sse",
	optionalFields: () => ["temperature"],
	url: (endpoint) => isFull(endpoint) ? endpoint : replacePath(endpoint, `${removeVersion(endpoint)}/v2/chat`),
	taskOf: () => "chat",
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => {
		const url = replacePath(endpoint, `${removeVersion(endpoint)}/v1/models`);
		url.searchParams.set("endpoint", "chat");
		return url;
	},
	modelNames: (json) => readNames(asObject(json)?.["models"], "name"),
	body: chatBody,
	read: readCohereEvent,
	ownsEvent: ({ type }) => typeof type === "string" && /^(message|content|tool-call)-(start|delta|end)$/.test(type)
};
function isCohere(endpoint) {
	const ownHost = /(^|\.)cohere\.(com|ai)$/.test(endpoint.hostname);
	const isOpenAi = taskOfPath(endpoint) !== null || /^\/compatibility(\/|$)/.test(endpoint.pathname);
	return ownHost && !isOpenAi || isFull(endpoint);
}
function isFull(endpoint) {
	return trimPath(endpoint).endsWith("/v2/chat");
}
function removeVersion(endpoint) {
	return trimPath(endpoint).replace(/\/v[12](\/chat)?$/, "");
}
function chatBody({ model, fields, extraBody }, spec) {
	return addExtraBody({
		...model !== null && { model },
		messages: messagesOf(spec),
		max_tokens: spec.outputTokens,
		stream: spec.stream ?? true,
		...fields.has("temperature") && { temperature: 0 }
	}, extraBody);
}
function readCohereEvent(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	const type = event?.["type"];
	const whole = asObject(event?.["message"]);
	if (event === null || type === void 0 && whole === null) return UNKNOWN_DELTA;
	if (type === void 0) return readWhole(event, whole);
	if (typeof type !== "string" || !KNOWN.test(type)) return UNKNOWN_DELTA;
	const delta = asObject(event["delta"]);
	if (type === "message-end") return readEnd$1(delta ?? {});
	const message = asObject(delta?.["message"]);
	return message === null ? EMPTY_DELTA : readMessage(message);
}
const KNOWN = /^(message|content|tool-plan|tool-call|citation)-(start|delta|end)$|^debug$/;
function readMessage(message) {
	const content = asObject(message["content"]);
	const text = asText(content?.["text"]);
	if (text !== null) return carryText(text);
	const reasoning = asText(content?.["thinking"]) ?? asText(message["tool_plan"]);
	if (reasoning !== null) return carryReasoning(reasoning);
	const tool = callsOf(message["tool_calls"]).reduce((sum, call) => sum + measureCall(call), 0);
	if (tool > 0) return {
		...EMPTY_DELTA,
		tool: true,
		characters: tool
	};
	return readUnknownMembers(content ?? message, KNOWN_MEMBERS$3);
}
function readWhole(answer, message) {
	const { usage, finishReason, error, terminal } = readEnd$1(answer);
	return {
		...joinParts([...[...(asArray(message["content"]) ?? [{ text: message["content"] }]).map((part) => ({ content: part })), {
			...message,
			content: null,
			tool_calls: null
		}], { tool_calls: message["tool_calls"] }].map(readMessage)),
		usage,
		finishReason,
		error,
		terminal
	};
}
const KNOWN_MEMBERS$3 = /* @__PURE__ */ new Set([
	"type",
	"role",
	"content",
	"tool_calls",
	"tool_plan",
	"citations"
]);
function callsOf(calls) {
	return Array.isArray(calls) ? calls : [calls];
}
function measureCall(call) {
	const tool = asObject(asObject(call)?.["function"]);
	return (asText(tool?.["name"])?.length ?? 0) + (asText(tool?.["arguments"])?.length ?? 0);
}
function readEnd$1(end) {
	const finishReason = asText(end["finish_reason"]);
	const said = readStreamError(end, "");
	const failed = finishReason !== null && /^(ERROR|TIMEOUT)/.test(finishReason);
	return {
		...EMPTY_DELTA,
		usage: readUsage$1(end["usage"]),
		finishReason,
		error: said ?? (failed ? `finish_reason "${finishReason}"` : null),
		terminal: true
	};
}
function readUsage$1(value) {
	const usage = asObject(value);
	const tokens = asObject(usage?.["tokens"]);
	if (usage === null || tokens === null) return null;
	return {
		inputTokens: asCount(tokens["input_tokens"]),
		outputTokens: asCount(tokens["output_tokens"]),
		reasoningTokens: null,
		cachedTokens: asCount(usage["cached_tokens"]),
		totalTokens: null
	};
}
// src/protocol/apis/gemini.ts
const gemini = {
	name: "gemini",
	facts: {
		servers: "Gemini API (key), Vertex AI (bearer token)",
		length: "maxOutputTokens, thoughts included, and a prompt that asks for more; checked",
		tokens: "usageMetadata: candidates and thoughts, in every event",
		cache: "a unique prefix",
		health: "GET /v1beta/models",
		metrics: "none"
	},
	isIts: isGemini,
	tasks: ["chat"],
	headers: {},
	keyPlace,
	framing: () => "sse",
	optionalFields: () => ["temperature"],
	url: streamUrl,
	taskOf: () => "chat",
	modelInBody: () => null,
	modelsUrl: (endpoint) => isVertex(endpoint) ? null : replacePath(endpoint, `${findVersionedBase(endpoint)}/models`),
	modelNames,
	body: contentBody,
	read: readGeminiEvent,
	ownsEvent
};
function isGemini(endpoint) {
	if (METHOD$1.test(endpoint.pathname)) return true;
	if (taskOfPath(endpoint) !== null || /\/openai(\/|$)|\/openapi(\/|$)/.test(endpoint.pathname)) return false;
	return endpoint.hostname === "generativelanguage.googleapis.com" || isVertex(endpoint) && !isOtherPublisher(endpoint);
}
const METHOD$1 = /:(streamGenerateContent|generateContent)$/;
function isVertex({ hostname }) {
	return /(^|[.-])aiplatform\.googleapis\.com$/.test(hostname);
}
function isOtherPublisher({ pathname }) {
	return /\/publishers\/(?!google\/)/.test(pathname);
}
function keyPlace(endpoint) {
	return isVertex(endpoint) && endpoint.pathname.includes("/projects/") ? "bearer" : { header: "x-goog-api-key" };
}
function streamUrl(endpoint, _, model) {
	const url = replacePath(endpoint, methodPath(endpoint, model));
	url.searchParams.set("alt", "sse");
	return url;
}
function methodPath(endpoint, model) {
	const path = trimPath(endpoint);
	if (METHOD$1.test(path)) return path.replace(METHOD$1, ":streamGenerateContent");
	return `${/\/(models|tunedModels|endpoints)\/[^/]+$/.test(path) ? path : `${findVersionedBase(endpoint)}/${modelPath$1(model)}`}:streamGenerateContent`;
}
function findVersionedBase(endpoint) {
	const path = trimPath(endpoint).replace(/\/models(\/.*)?$/s, "");
	const versioned = /\/v\d[a-z0-9]*(\/|$)/.test(path);
	if (!isVertex(endpoint)) return versioned ? path : `${path}/v1beta`;
	return `${path}${versioned ? "" : "/v1"}${path.endsWith("/publishers/google") ? "" : "/publishers/google"}`;
}
function modelPath$1(model) {
	const [, folder, name] = /^(?:.*\/)?(models|tunedModels)\/([^/]+)$/.exec(model ?? "") ?? [
		null,
		"models",
		model
	];
	return `${folder}/${encodeURIComponent(name ?? "MODEL")}`;
}
function modelNames(json) {
	const models = asObject(json)?.["models"];
	if (!Array.isArray(models)) return [];
	return models.flatMap((entry) => {
		const model = asObject(entry);
		const name = asText(model?.["name"]);
		const methods = model?.["supportedGenerationMethods"];
		const answers = !Array.isArray(methods) || methods.includes("generateContent");
		return name !== null && answers ? [name.replace(/^models\//, "")] : [];
	});
}
function contentBody({ fields, extraBody }, spec) {
	const { system, messages } = conversationOf(spec);
	return addExtraBody({
		...system !== null && { systemInstruction: { parts: [{ text: system }] } },
		contents: messages.map(contentOf$1),
		generationConfig: {
			maxOutputTokens: spec.outputTokens,
			...fields.has("temperature") && { temperature: 0 }
		}
	}, extraBody);
}
function contentOf$1(message) {
	return {
		role: message["role"] === "assistant" || message["role"] === "model" ? "model" : "user",
		parts: message["parts"] ?? [{ text: messageText(message) }]
	};
}
function readGeminiEvent(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	const candidates = event?.["candidates"];
	const blocked = blockReason(asObject(event?.["promptFeedback"]));
	const metadata = asObject(event?.["usageMetadata"]);
	if (event === null || !Array.isArray(candidates) && blocked === null && metadata === null) return UNKNOWN_DELTA;
	const found = {
		text: false,
		reasoning: false,
		tool: false,
		finishReason: null,
		content: "",
		characters: 0,
		concealed: false,
		unread: null
	};
	if (Array.isArray(candidates)) for (const candidate of candidates) readCandidate(asObject(candidate), found);
	const { text, reasoning, tool, finishReason, content, characters, concealed, unread } = found;
	return {
		...EMPTY_DELTA,
		text,
		reasoning,
		tool,
		finishReason,
		...content !== "" && { content },
		...characters > 0 && { characters },
		concealed,
		...unread !== null && !text && !reasoning && !tool && { unread },
		usage: metadata === null ? null : readUsage(metadata, found.finishReason !== null),
		servedModel: asText(event["modelVersion"]),
		error: blocked === null ? null : errorMessage(`the prompt was blocked: ${blocked}`)
	};
}
function readCandidate(candidate, found) {
	const parts = asObject(candidate?.["content"])?.["parts"];
	if (Array.isArray(parts)) for (const part of parts) readPart(asObject(part), found);
	const finishReason = asText(candidate?.["finishReason"]);
	if (finishReason !== null && finishReason !== "FINISH_REASON_UNSPECIFIED") found.finishReason = finishReason;
}
function readPart(part, found) {
	if (part === null) return;
	const text = asText(part["text"]);
	if (text !== null) {
		const isThought = part["thought"] === true;
		found[isThought ? "reasoning" : "text"] = true;
		found.characters += text.length;
		if (!isThought) found.content += text;
	} else {
		const other = readUnknownMembers(part, PARTS);
		found.reasoning ||= other.reasoning;
		found.characters += other.characters ?? 0;
		found.concealed ||= other.concealed === true;
		found.unread ??= other.unread ?? null;
	}
	const call = asObject(part["functionCall"] ?? part["executableCode"] ?? part["toolCall"]);
	const named = asText(call?.["name"] ?? call?.["code"] ?? call?.["toolType"]) !== null;
	const args = call?.["partialArgs"];
	if (named || Array.isArray(args) && args.length > 0) found.tool = true;
}
const PARTS = new Set("text thought thoughtSignature functionCall executableCode toolCall functionResponse codeExecutionResult toolResponse inlineData fileData videoMetadata partMetadata".split(" "));
function blockReason(feedback) {
	const reason = asText(feedback?.["blockReason"]);
	if (reason === null || reason === "BLOCK_REASON_UNSPECIFIED") return null;
	const message = asText(feedback?.["blockReasonMessage"]);
	return message === null ? reason : `${reason}: ${message}`;
}
function readUsage(usage, ended) {
	const answer = asCount(usage["candidatesTokenCount"]);
	const thoughts = asCount(usage["thoughtsTokenCount"]);
	const counted = answer !== null || ended;
	return {
		inputTokens: asCount(usage["promptTokenCount"]),
		outputTokens: counted ? (answer ?? 0) + (thoughts ?? 0) : null,
		reasoningTokens: thoughts,
		cachedTokens: asCount(usage["cachedContentTokenCount"]),
		totalTokens: null,
		...counted && thoughts && { source: "usage+reasoning" }
	};
}
function ownsEvent(json) {
	const error = asObject(json["error"]);
	return typeof error?.["status"] === "string" && typeof error["code"] === "number" || Array.isArray(json["candidates"]) || "usageMetadata" in json;
}
// src/protocol/apis/llamacpp.ts
const llamaCpp = {
	name: "llamacpp",
	facts: {
		servers: "llama.cpp (native API)",
		length: "ignore_eos and n_predict",
		tokens: "tokens_predicted, in the last event or in each",
		cache: "cache_prompt: false, and a unique prefix",
		health: "GET /health (503 while the model loads)",
		metrics: "GET /metrics, if the server runs with --metrics"
	},
	isIts: isLlamaCpp,
	tasks: ["completions"],
	headers: {},
	keyPlace: () => "bearer",
	framing: () => "sse",
	optionalFields: () => [
		"temperature",
		"ignore_eos",
		"cache_prompt"
	],
	url: (endpoint) => replacePath(endpoint, `${basePath$2(endpoint)}/completion`),
	taskOf: () => "completions",
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => replacePath(endpoint, `${basePath$2(endpoint)}/v1/models`),
	modelNames: openAiModelNames,
	body: body$3,
	read: read$3,
	serverPages: ["/props"],
	metricsUrls: serverMetricsUrls,
	ownsEvent: (json) => typeof json["content"] === "string" && typeof json["stop"] === "boolean"
};
function isLlamaCpp(endpoint) {
	return trimPath(endpoint).endsWith("/completion");
}
function basePath$2(endpoint) {
	return trimPath(endpoint).replace(/(\/v1|\/completions?)$/, "");
}
function body$3({ model, fields, extraBody }, spec) {
	return addExtraBody({
		...model !== null && { model },
		prompt: promptText$1(spec),
		n_predict: spec.outputTokens,
		stream: spec.stream ?? true,
		...fields.has("temperature") && { temperature: 0 },
		...fields.has("ignore_eos") && { ignore_eos: true },
		...fields.has("cache_prompt") && { cache_prompt: false }
	}, extraBody);
}
function read$3(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	if (event === null || typeof event["content"] !== "string" && typeof event["stop"] !== "boolean") return UNKNOWN_DELTA;
	const content = asText(event["content"]);
	const timings = event["timings"] === void 0 ? null : asObject(event["timings"]);
	const last = event["stop"] === true;
	return {
		...content === null ? readUnknownMembers(event, KNOWN_MEMBERS$2) : carryText(content),
		usage: usageOf$4(event, timings),
		finishReason: last ? finishReason$1(event) : null,
		servedModel: asText(event["model"]),
		terminal: last,
		...timings !== null && { server: serverTimings$1(timings) }
	};
}
const KNOWN_MEMBERS$2 = new Set("content stop prompt tokens generation_settings stopping_word timings completion_probabilities probs prompt_progress id_slot".split(" "));
function usageOf$4(event, timings) {
	const outputTokens = asCount(event["tokens_predicted"]);
	if (outputTokens === null && timings === null) return null;
	const inputTokens = asCount(event["tokens_evaluated"]);
	return {
		inputTokens,
		outputTokens,
		reasoningTokens: null,
		cachedTokens: timings === null ? null : countCachedTokens(inputTokens, timings),
		totalTokens: null,
		source: "server-final"
	};
}
function countCachedTokens(inputTokens, timings) {
	const stated = asCount(timings["cache_n"]);
	const evaluated = asCount(timings["prompt_n"]);
	if (stated !== null || inputTokens === null || evaluated === null) return stated;
	return Math.max(0, inputTokens - evaluated);
}
function finishReason$1(event) {
	return event["stop_type"] === "limit" || event["stopped_limit"] === true ? "length" : "stop";
}
function serverTimings$1(timings) {
	return {
		serverTtftMs: asMs(timings["prompt_ms"]),
		serverTpotMs: asMs(timings["predicted_per_token_ms"]),
		serverLoadMs: null
	};
}
// src/protocol/apis/ollama.ts
const PATH$1 = {
	chat: "/api/chat",
	completions: "/api/generate",
	embeddings: "/api/embed"
};
const ollama = {
	name: "ollama",
	facts: {
		servers: "Ollama (native API)",
		length: "options.num_predict and a prompt that asks for more; checked",
		tokens: "eval_count of the last line",
		cache: "a unique prefix",
		health: "GET /api/version",
		metrics: "none"
	},
	isIts: isOllama,
	tasks: [
		"chat",
		"completions",
		"embeddings"
	],
	headers: {},
	keyPlace: () => "bearer",
	framing: (task) => task === "embeddings" ? "json" : "ndjson",
	optionalFields: (task) => task === "embeddings" ? [] : ["temperature"],
	url: (endpoint, task) => replacePath(endpoint, `${basePath$1(endpoint)}${PATH$1[taskOf$1(endpoint) ?? task]}`),
	taskOf: taskOf$1,
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => replacePath(endpoint, `${basePath$1(endpoint)}/api/tags`),
	modelNames: (json) => readNames(asObject(json)?.["models"], "name"),
	body: body$2,
	read: read$2,
	findsTask: true,
	serverPages: ["/api/version"],
	ownsEvent: (json) => typeof json["done"] === "boolean" && ("response" in json || "message" in json)
};
function isOllama(endpoint) {
	const path = trimPath(endpoint);
	return taskOf$1(endpoint) !== null || endpoint.port === "11434" && (path === "" || path === "/api");
}
function taskOf$1(endpoint) {
	switch (/\/api\/(chat|generate|embed|embeddings)$/.exec(trimPath(endpoint))?.[1]) {
		case "chat": return "chat";
		case "generate": return "completions";
		case "embed":
		case "embeddings": return "embeddings";
		default: return null;
	}
}
function basePath$1(endpoint) {
	return trimPath(endpoint).replace(/\/(v1|api(\/(chat|generate|embed|embeddings))?)$/, "");
}
function body$2({ task, model, fields, extraBody }, spec) {
	const named = model === null ? {} : { model };
	if (task === "embeddings") return addExtraBody({
		...named,
		input: spec.prompts
	}, extraBody);
	return addExtraBody({
		...named,
		...task === "chat" ? { messages: messagesOf(spec) } : { prompt: promptText$1(spec) },
		stream: spec.stream ?? true,
		options: {
			num_predict: spec.outputTokens,
			...fields.has("temperature") && { temperature: 0 }
		}
	}, extraBody);
}
function read$2(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	if (Array.isArray(event?.["embeddings"])) return readEmbeddings(event, event["embeddings"]);
	const said = event?.["message"] === void 0 ? event : asObject(event["message"]);
	if (event === null || said === null || typeof event["done"] !== "boolean") return UNKNOWN_DELTA;
	const last = event["done"];
	return {
		...readSaid$1(said),
		usage: last ? usageOf$3(event) : null,
		finishReason: last ? asText(event["done_reason"]) : null,
		servedModel: asText(event["model"]),
		terminal: last,
		...last && { server: serverTimings(event) }
	};
}
function readSaid$1(said) {
	const text = asText(said["content"] ?? said["response"]);
	const thinking = asText(said["thinking"]);
	const tool = said["tool_calls"] !== void 0 && namesTool(said["tool_calls"]);
	if (text === null && thinking === null && !tool) return readUnknownMembers(said, KNOWN_MEMBERS$1);
	const characters = (text?.length ?? 0) + (thinking?.length ?? 0);
	return {
		...EMPTY_DELTA,
		text: text !== null,
		reasoning: thinking !== null,
		tool,
		...text !== null && { content: text },
		...characters > 0 && { characters }
	};
}
const KNOWN_MEMBERS$1 = new Set("content response thinking tool_calls tool_name images created_at done done_reason remote_model remote_host".split(" "));
function readEmbeddings(answer, embeddings) {
	return {
		...EMPTY_DELTA,
		text: embeddings.some((embedding) => Array.isArray(embedding) && embedding.length > 0),
		usage: usageOf$3(answer),
		servedModel: asText(answer["model"]),
		terminal: true,
		server: serverTimings(answer)
	};
}
function namesTool(calls) {
	return Array.isArray(calls) && calls.some((call) => asText(asObject(asObject(call)?.["function"])?.["name"]) !== null);
}
function usageOf$3(event) {
	return {
		inputTokens: asCount(event["prompt_eval_count"]),
		outputTokens: asCount(event["eval_count"]),
		reasoningTokens: null,
		cachedTokens: asCount(event["prompt_eval_cached_count"]),
		totalTokens: null,
		source: "server-final"
	};
}
const NANOSECONDS = 1e6;
function serverTimings(event) {
	const loadMs = toMilliseconds(event["load_duration"]);
	const promptMs = toMilliseconds(event["prompt_eval_duration"]);
	const answerMs = toMilliseconds(event["eval_duration"]);
	const tokens = asCount(event["eval_count"]);
	return {
		serverTtftMs: promptMs === null ? null : (loadMs ?? 0) + promptMs,
		serverTpotMs: answerMs === null || !tokens ? null : answerMs / tokens,
		serverLoadMs: loadMs
	};
}
function toMilliseconds(nanoseconds) {
	const value = asMs(nanoseconds);
	return value === null ? null : value / NANOSECONDS;
}
// src/protocol/apis/tgi.ts
const tgi = {
	name: "tgi",
	facts: {
		servers: "Text Generation Inference (native API)",
		length: "max_new_tokens and a prompt that asks for more; checked",
		tokens: "details.generated_tokens of the last event",
		cache: "a unique prefix",
		health: "GET /health, GET /info",
		metrics: "GET /metrics"
	},
	isIts: isTgi,
	tasks: ["completions"],
	headers: {},
	keyPlace: () => "bearer",
	framing: () => "sse",
	optionalFields: () => [],
	url: (endpoint) => replacePath(endpoint, `${basePath(endpoint)}/generate_stream`),
	taskOf: () => "completions",
	modelInBody: () => null,
	modelsUrl: (endpoint) => replacePath(endpoint, `${basePath(endpoint)}/info`),
	modelNames(json) {
		const name = asText(asObject(json)?.["model_id"]);
		return name === null ? [] : [name];
	},
	body: body$1,
	read: read$1,
	serverPages: ["/info"],
	metricsUrls: serverMetricsUrls,
	ownsEvent: (json) => asObject(json["token"]) !== null || typeof json["generated_text"] === "string" || typeof json["error"] === "string" && typeof json["error_type"] === "string"
};
function isTgi(endpoint) {
	const path = trimPath(endpoint);
	return path.endsWith("/generate_stream") && !path.includes("/v2/models/");
}
function basePath(endpoint) {
	return trimPath(endpoint).replace(/\/generate(_stream)?$/, "");
}
function body$1({ extraBody }, spec) {
	const parameters = {
		max_new_tokens: spec.outputTokens,
		details: true
	};
	return addExtraBody({
		inputs: promptText$1(spec),
		parameters
	}, extraBody);
}
function read$1(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	const token = asObject(event?.["token"]);
	if (event === null || token === null) return UNKNOWN_DELTA;
	const details = asObject(event["details"]);
	const text = token["special"] === true ? null : asText(token["text"]);
	return {
		...text === null ? readBeside(event, token) : carryText(text),
		usage: details === null ? null : usageOf$2(details),
		finishReason: asText(details?.["finish_reason"]),
		terminal: typeof event["generated_text"] === "string"
	};
}
function readBeside(event, token) {
	const other = readUnknownMembers(token, TOKEN_MEMBERS);
	return other === EMPTY_DELTA ? readUnknownMembers(event, EVENT_MEMBERS) : other;
}
const TOKEN_MEMBERS = /* @__PURE__ */ new Set([
	"id",
	"text",
	"logprob",
	"special"
]);
const EVENT_MEMBERS = /* @__PURE__ */ new Set([
	"index",
	"token",
	"top_tokens",
	"generated_text",
	"details"
]);
function usageOf$2(details) {
	return {
		inputTokens: asCount(details["input_length"]),
		outputTokens: asCount(details["generated_tokens"]),
		reasoningTokens: null,
		cachedTokens: null,
		totalTokens: null,
		source: "server-final"
	};
}
// src/protocol/apis/triton.ts
const triton = {
	name: "triton",
	facts: {
		servers: "Triton Inference Server with TensorRT-LLM (engines, LLM API) or vLLM",
		length: "ignore_eos and min_tokens where the backend takes them, else max_tokens and the prompt",
		tokens: "num_output_tokens where the backend counts, else events",
		cache: "a unique prefix",
		health: "GET /v2/health/ready",
		metrics: "GET :8002/metrics, not read"
	},
	isIts: isTriton,
	tasks: ["completions"],
	headers: {},
	keyPlace: () => "bearer",
	framing: () => "sse",
	endsByClose: true,
	optionalFields: () => [
		"stream_options",
		"temperature",
		"ignore_eos",
		"min_tokens",
		"sampling_param_max_tokens"
	],
	url: (endpoint, _, model) => replacePath(endpoint, `${modelPath(endpoint, model)}/generate_stream`),
	taskOf: () => "completions",
	modelInBody: () => null,
	modelsUrl: () => null,
	modelNames: () => [],
	body,
	read,
	serverPages: ["/v2"],
	metricsUrls: serverMetricsUrls,
	ownsEvent: (json) => typeof json["text_output"] === "string"
};
const NAMED$1 = /\/v2\/models\/[^/]+(\/versions\/[^/]+)?$/;
function isTriton(endpoint) {
	return NAMED$1.test(removeMethod(endpoint));
}
function modelPath(endpoint, model) {
	const path = removeMethod(endpoint);
	if (NAMED$1.test(path)) return path;
	return `${path.replace(/\/v2(\/models)?$/, "")}/v2/models/${encodeURIComponent(model ?? "MODEL")}`;
}
function removeMethod(endpoint) {
	return trimPath(endpoint).replace(/\/generate(_stream)?$/, "");
}
function body({ fields, extraBody }, spec) {
	const parameters = {
		stream: true,
		max_tokens: spec.outputTokens,
		...fields.has("stream_options") && ASK_FOR_COUNTS,
		...fields.has("temperature") && { temperature: 0 },
		...fields.has("ignore_eos") && { ignore_eos: true },
		...fields.has("min_tokens") && { min_tokens: spec.outputTokens },
		...fields.has("sampling_param_max_tokens") && {
			streaming: true,
			sampling_param_max_tokens: spec.outputTokens
		}
	};
	return addExtraBody({
		text_input: promptText$1(spec),
		parameters
	}, extraBody);
}
const ASK_FOR_COUNTS = {
	return_num_input_tokens: true,
	return_num_output_tokens: true,
	return_finish_reason: true
};
function read(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	if (event === null) return UNKNOWN_DELTA;
	const said = readSaid(event);
	if (event["text_output"] === void 0 && !said.reasoning) return UNKNOWN_DELTA;
	const model = asText(event["model_name"]);
	const version = asText(event["model_version"]);
	const reason = finishReason(event["finish_reason"]);
	return {
		...said,
		usage: usageOf$1(event),
		finishReason: reason,
		error: reason === "abort" ? "finish_reason \"abort\"" : null,
		servedModel: model === null || version === null ? model : `${model}:${version}`
	};
}
function readSaid(event) {
	const output = event["text_output"];
	const text = Array.isArray(output) ? output.map(asText).join("") : asText(output) ?? "";
	return text === "" ? readUnknownMembers(event, KNOWN_MEMBERS) : carryText(text);
}
const KNOWN_MEMBERS = new Set("text_output context_logits generation_logits cum_log_probs output_log_probs log_probs finish_reason sequence_id batch_index".split(" "));
function usageOf$1(event) {
	const outputTokens = asCount(unwrapSingle(event["num_output_tokens"]));
	const inputTokens = asCount(unwrapSingle(event["num_input_tokens"]));
	if (outputTokens === null && inputTokens === null) return null;
	return {
		inputTokens,
		outputTokens,
		perEvent: true,
		reasoningTokens: null,
		cachedTokens: null,
		totalTokens: null
	};
}
function finishReason(value) {
	const reason = asText(unwrapSingle(value));
	return reason === "None" ? null : reason;
}
function unwrapSingle(value) {
	return Array.isArray(value) ? value[0] : value;
}
// src/vendors/apis.ts
const APIS = {
	"openai-responses": openAiResponses,
	anthropic,
	gemini,
	cohere,
	databricks: databricksApi,
	bedrock: bedrockApi,
	triton,
	tgi,
	ollama,
	llamacpp: llamaCpp,
	"openai-chat": openAiChat,
	"openai-completions": openAiCompletions,
	"openai-embeddings": openAiEmbeddings
};
const ALL_APIS = API_NAMES.map(findApi);
const APIS_OF_SEVERAL_TASKS = ALL_APIS.flatMap(({ name, tasks }) => tasks.length > 1 ? [name] : []);
function findApi(name) {
	return APIS[name];
}
function guessApi(endpoint) {
	return Object.values(APIS).find((api) => api.isIts(endpoint))?.name ?? "openai-chat";
}
function openAiApi(task) {
	return APIS[`openai-${task}`];
}
function readTaskInName(name) {
	return TASKS.find((task) => name === `openai-${task}`) ?? null;
}
const LONGEST_HEAD = 4096;
function apiOfAnswer(head, headers) {
	const owner = ALL_APIS.find((api) => api.ownsHeaders?.(headers));
	if (owner !== void 0) return owner.name;
	for (const json of eventsOf(head.slice(0, LONGEST_HEAD))) {
		const api = ALL_APIS.find((api) => api.ownsEvent?.(json));
		if (api !== void 0) return api.name;
	}
	return null;
}
function* eventsOf(head) {
	const whole = parseJson$1(head);
	const first = Array.isArray(whole) ? whole[0] : whole;
	if (asObject(first) !== null) return yield asObject(first);
	for (const line of head.split(/[\r\n]+/)) {
		const json = asObject(parseJson$1(line.replace(/^\uFEFF?\s*(data:)?\s*[[,]?/, "").replace(/[,\]]\s*$/, "")));
		if (json !== null) yield json;
	}
}
// src/version.ts
const VERSION = "0.1.0";
const USER_AGENT = `plateau/${VERSION}`;
// src/load/explain.ts
const LONGEST_MESSAGE$1 = 300;
function explain(exchange, target) {
	const said = findClientFailure(exchange.failure) === null ? quoteServer(exchange) : "";
	const createError = (what, remedy) => new EndpointError(`${what}${said}`, {
		tried: `POST ${target}`,
		remedy
	});
	const { trouble } = exchange;
	if (trouble !== null) return new EndpointError(escapeForTerminal(describeTrouble(trouble), LONGEST_MESSAGE$1), {
		tried: `POST ${target}`,
		remedy: findTrouble$1(trouble.name).remedy
	});
	const known = exchange.acceptedUntil === void 0 ? explainByOwner(exchange, target) : null;
	if (known !== null) return createError(`${known.what} (${exchange.status})`, known.remedy);
	const complaint = complaintOf(exchange);
	if (complaint !== null) return createError(...wordsOf$2(complaint, exchange.status));
	const fatal = findFatalRefusal(exchange, target);
	if (fatal !== null) return fatal;
	switch (exchange.failure) {
		case "connect":
		case "tls": return createError("no connection to the endpoint", findTrouble$1("other-connection").remedy);
		case "parse": return createError("the answer is not a stream of this API", remedyOfUnreadable(exchange));
		case "empty":
			if (isFiltered(exchange.finishReason)) return createError(`a content filter withheld the whole answer (finish_reason ${exchange.finishReason})`, "switch the filter off for the test, or give prompts that it lets pass (`prompts-file`)");
			if (exchange.unreadMember !== null) return createError("the answer holds its text in a member that is not read", "check `api`; if it is right, please report this with a recording of the stream");
			if (hasOnlyReasoning(exchange)) return createError(exchange.hiddenReasoning || (exchange.reasoningTokens ?? 0) > 0 ? "the model spent all tokens on reasoning that does not show" : "the answer holds no tokens at all and ended for its length, as with reasoning that does not show", "check `model`; raise `output-tokens`, or have it reason less with `extra-body` (for example {\"reasoning_effort\": \"low\"}, or {\"thinking\": {\"type\": \"disabled\"}} for Claude)");
			return createError("the answer holds no tokens at all", "check `model`; send the same prompt by hand");
		case "incomplete": return createError("the stream broke off before it was finished", "look at the server log; a proxy may cut streams");
		case "error_event": return createError("the server answered 200 with an error", "look at the server log");
		case "timeout_first_byte":
		case "timeout_total":
		case "timeout_idle": return createError(describeSilence(exchange), exchange.status === 200 ? "look at the server log; a proxy may hold the stream back; `request-timeout` is how long an answer may take" : "raise `request-timeout`, or check that the model is loaded");
		case "client_files": return createError("this machine may open no more files, and a connection is one", remedyOfClient(exchange.failure));
		case "client_ports": return createError("this machine has no free port for another connection", remedyOfClient(exchange.failure));
		case "client_memory": return createError("this machine has no memory for another connection", remedyOfClient(exchange.failure));
		case null: return createError("the request was cancelled", "run again");
		default: {
			const refusal = exchange.failure;
			if (refusal === "http_402") return createError("the endpoint wants to be paid (402)", "top up the account of this key or raise its budget, or take another key");
			if (refusal === "http_407") return createError("a proxy on the way wants to know who asks (407)", "give it in `proxy`: http://user:password@host:port; or have it let this machine pass");
			if (refusal === "http_429") return createError("the endpoint refuses requests with 429 (rate limit)", "wait, or use a key with a higher rate limit");
			if (exchange.status !== null && exchange.status >= 500) return createError(`the endpoint is not able to answer (${exchange.status})`, "look at the server log; `ready-timeout` is how long a server that still starts is waited for");
			return createError(`the endpoint refused the request with ${exchange.status}`, "check `model`, `api`, `extra-body` and the lengths asked for against what the message says");
		}
	}
}
function describeSilence({ failure, status, headersAt, tokenEvents, endAt }) {
	if (status !== 200 || headersAt === null) return "the endpoint did not answer in time";
	const seconds = `${Math.round((endAt - headersAt) / 1e3)} s`;
	if (tokenEvents === 0) return `the endpoint answered 200 and then sent nothing of an answer for ${seconds}`;
	return failure === "timeout_idle" ? `the stream stopped in the middle of an answer, after ${tokenEvents} token events` : `the answer was not over after ${seconds} and ${tokenEvents} token events`;
}
function remedyOfClient(failure) {
	const { remedy } = findClientFailure(failure);
	return `${remedy.charAt(0).toLowerCase()}${remedy.slice(1, -1)}`;
}
function describeFailure(exchange) {
	const { failure, failureMessage, trouble } = exchange;
	if (trouble !== null) return findTrouble$1(trouble.name).what;
	if (failureMessage !== null && findClientFailure(failure) === null) return failureMessage;
	if (failure?.startsWith("timeout_") === true && exchange.status === 200) return describeSilence(exchange);
	const { meaning } = FAILURE_CLASSES.find(({ code }) => code === failure) ?? { meaning: "The server said nothing." };
	return `${meaning.charAt(0).toLowerCase()}${meaning.slice(1, -1)}`;
}
function complaintOf({ failure, status, failureMessage, answerHead }) {
	if (failure === "parse" && saysLoading(answerHead ?? "")) return { about: "loading" };
	if (failure === null || status === 200 && failure !== "error_event") return null;
	return readComplaint(status, failureMessage);
}
function hasOnlyReasoning({ failure, reasoningTokens, hiddenReasoning, finishReason }) {
	return failure === "empty" && ((reasoningTokens ?? 0) > 0 || hiddenReasoning || LENGTH_REACHED.test(finishReason ?? ""));
}
const LENGTH_REACHED = /^(length|max_(output_)?tokens)$/i;
function wordsOf$2(complaint, status) {
	switch (complaint.about) {
		case "model": return ["the endpoint does not have the model", "check `model`"];
		case "no-model": return ["the endpoint must be told which model to use", "set `model`"];
		case "task": return ["the model or path is not for what was asked of it", remedyOfTask(complaint.api)];
		case "context": return [`prompt and answer do not fit the context of the model${complaint.limit === null ? "" : ` (${complaint.limit} tokens)`}`, "lower `input-tokens` or `output-tokens`; with `prompts-file`, shorten the prompts"];
		case "size": return ["the request has more bytes than the endpoint, or a proxy in front of it, takes", "lower `input-tokens` or `batch-size`, or shorten the prompts of `prompts-file`; or raise the limit (nginx: client_max_body_size)"];
		case "batch": return ["the endpoint takes fewer sequences in one request", `lower \`batch-size\`${complaint.limit === null ? "" : ` to ${complaint.limit}`}, or put fewer texts into a line of \`prompts-file\``];
		case "expired": return ["the key or token has expired", `get a new one; ${RENEWING_WORDS.map((word) => `\`auth: ${word}\``).join(" and ")} fetch and renew theirs by themselves`];
		case "loading": return [`the model is still loading (${status})`, "wait for it: `ready-timeout` is how long a server that still starts is waited for"];
		case "path": return ["the server has no such path", "check the path of `endpoint`, and `api`"];
	}
}
function remedyOfTask(api) {
	if (api === null) return "set `api`, or `task` where one API has several, to what the model is made for";
	const task = readTaskInName(api);
	return `set \`api\` to ${api}${task === null ? "" : `, or \`task\` to ${task} where one API has several`}`;
}
const READABLE_ENCODING = /^(identity|x?-?gzip|deflate|br|zstd)?$/i;
function remedyOfUnreadable({ headers, failureMessage }) {
	const encoding = headers?.["content-encoding"] ?? "";
	if (!READABLE_ENCODING.test(encoding) || /without Content-Encoding/.test(failureMessage ?? "")) return "switch off compression for `text/event-stream` in the server or in the proxy in front of it";
	const says = failureMessage ?? "";
	if (says.includes("which JSON does not have")) return "look at the log of the server, whose model or settings make such numbers; where it is a log-probability, ask for none (`extra-body`)";
	if (TOO_LARGE.test(says)) return "have the server send less in one event: prompt_logprobs, top_logprobs, echo and return_token_ids (`extra-body`) fill it; if none is asked for, look at what it sends (curl -N)";
	return "check `endpoint` and `api`; a proxy may answer instead of the model";
}
const TOO_LARGE = /\bevent of (more than )?[\d.]+ MiB\b/;
function findFatalRefusal(exchange, target) {
	const { status } = exchange;
	if (status === null) return null;
	const tried = `POST ${target}`;
	const said = quoteServer(exchange);
	if (exchange.acceptedUntil !== void 0) return new EndpointError(`the key was accepted until ${exchange.acceptedUntil.toISOString().slice(11, 19)} UTC and is refused now (${status})${said}`, {
		tried,
		remedy: `it expired or was withdrawn during the run: take one that outlives the run, or an \`auth\` that fetches new ones (${RENEWING_WORDS.join(", ")})`
	});
	const known = status >= 401 && status <= 404 ? explainByOwner(exchange, target) : null;
	if (known !== null) return new EndpointError(`${known.what} (${status})${said}`, {
		tried,
		remedy: known.remedy
	});
	if ((status === 403 || status === 406) && isPage(exchange)) return new EndpointError(`a firewall or proxy refuses the request with a page of its own (${status})${said}`, {
		tried,
		remedy: `let this machine and the user-agent ${USER_AGENT} pass there, or set another one with \`headers\`; where the server itself shows such pages, check \`api-key\` and \`auth\``
	});
	if (refusesKey(exchange)) return new EndpointError(`not authorised: the endpoint answered ${status}${said}`, {
		tried,
		remedy: "set PLATEAU_API_KEY (or `api-key`), check `auth`, and that the key may use this model"
	});
	if (status === 404) return new EndpointError(`the endpoint answered 404${said}`, {
		tried,
		remedy: "check the path of `endpoint`, `api` and `model`"
	});
	if (status >= 300 && status < 400) {
		const to = readRedirect(exchange.headers?.["location"], target);
		return new EndpointError(`the endpoint redirects (${status}) to ${to instanceof URL ? showUrl(to) : to}; redirects are not followed, so that the key goes nowhere else`, {
			tried,
			remedy: to instanceof URL ? remedyOfRedirect(to, target) : "check `endpoint`"
		});
	}
	return null;
}
function refusesKey({ status, failure, failureMessage }) {
	if (status === 401 || status === 403) return true;
	const says = failureMessage ?? "";
	if (status === 500) return /^authentication error\b/i.test(says);
	return (status === 400 || status === 422 || failure === "error_event") && BAD_KEY.test(says);
}
const BAD_KEY = new RegExp([
	"\\bapi[ _-]?key (is )?(not valid|invalid|incorrect|missing)\\b",
	"\\b(incorrect|invalid|missing|no) api[ _-]?key\\b",
	"\\b(invalid|incorrect) (access |auth(entication)? |bearer |proxy server )?(token|credentials)\\b",
	"\\b(access|bearer|auth) token (is )?(invalid|missing|not valid)\\b",
	"^authentication (error|failed)\\b|\\bunauthori[sz]ed\\b|\\blogin fail",
	"\\bno connected db\\b|no_db_connection"
].join("|"), "i");
function quoteServer({ failureMessage }) {
	return failureMessage === null ? "" : `: ${escapeForTerminal(failureMessage, LONGEST_MESSAGE$1)}`;
}
function isPage({ answerHead }) {
	return (answerHead ?? "").trimStart().startsWith("<");
}
function readRedirect(location, from) {
	if (location === void 0) return "an address it does not name";
	return URL.canParse(location, from) ? new URL(location, from) : "an address that is not a URL";
}
function remedyOfRedirect(to, from) {
	if (showUrl(to) === from) return "that is the same address again: look at the rule of the server, or of the proxy in front of it, that redirects";
	return SIGN_IN.test(to.pathname) ? "that looks like a page to sign in: check the address in `endpoint`, and the key" : `set \`endpoint\` to ${showUrl(to)}, if you trust it`;
}
const SIGN_IN = /\b(log|sign)[-_]?in\b|\boauth2?\b|\bsso\b|\bauthorize\b/i;
// src/load/clock.ts
const systemClock = {
	now: () => performance.now(),
	sleep: (ms, signal) => new Promise((resolve) => {
		if (signal?.aborted === true) return resolve();
		const finish = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", finish);
			resolve();
		};
		const timer = setTimeout(finish, ms);
		signal?.addEventListener("abort", finish, { once: true });
	})
};
const systemDeadline = (ms) => AbortSignal.timeout(ms);
const systemTransportClock = {
	now: systemClock.now,
	wallNow: () => Date.now(),
	every(ms, look) {
		const timer = setInterval(look, ms);
		timer.unref();
		return () => clearInterval(timer);
	}
};
// src/load/transport/response-parser.ts
var HttpSyntaxError = class extends Error {
	beginning;
	kind;
	constructor(reason, { kind = "syntax", beginning = null } = {}) {
		super(reason);
		this.kind = kind;
		this.beginning = beginning;
	}
};
const MOST_HEADER_BYTES = 65536;
const MOST_CHUNK_LINE_BYTES = 1024;
const LF = 10;
const CR = 13;
const NO_BYTES = Buffer.alloc(0);
var ResponseParser = class {
	#target;
	#part = "head";
	#held = NO_BYTES;
	#left = 0;
	#keepsAlive = false;
	#keepAliveMs = null;
	constructor(target) {
		this.#target = target;
	}
	get keepsAlive() {
		return this.#keepsAlive;
	}
	get keepAliveMs() {
		return this.#keepAliveMs;
	}
	get isInside() {
		return this.#part !== "done" && (this.#part !== "head" || this.#held.length > 0);
	}
	begin() {
		this.#part = "head";
		this.#held = NO_BYTES;
	}
	push(bytes) {
		let at = 0;
		while (at < bytes.length) switch (this.#part) {
			case "head":
				at = this.#pushHead(bytes, at);
				break;
			case "length":
			case "chunk-data": {
				const end = Math.min(bytes.length, at + this.#left);
				this.#left -= end - at;
				const isWhole = this.#left === 0;
				const isLast = isWhole && this.#part === "length";
				if (isWhole) this.#part = isLast ? "done" : "chunk-end";
				this.#target.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
				at = end;
				if (isLast) this.#target.onEnd();
				break;
			}
			case "until-close":
				this.#target.onBody(at === 0 ? bytes : bytes.subarray(at));
				at = bytes.length;
				break;
			case "chunk-size":
			case "chunk-end":
				at = this.#pushChunkLine(bytes, at);
				break;
			case "trailers":
				at = this.#pushTrailers(bytes, at);
				break;
			case "done":
				this.#keepsAlive = false;
				return;
		}
	}
	finish() {
		if (this.#part === "until-close") {
			this.#part = "done";
			this.#target.onEnd();
		}
		return !this.isInside;
	}
	#pushHead(bytes, from) {
		const before = this.#held.length;
		const head = this.#takeUntilBlankLine(bytes, from);
		if (head === null) {
			this.#refuseEarly(before);
			return bytes.length;
		}
		const text = head.text;
		readStart(text);
		refuseBareLineEnd(Buffer.from(text, "latin1"), 0);
		const status = readStatus(text);
		const headers = readHeaders$1(text, text.indexOf("\r\n") + 2);
		if (status === 101) throw new HttpSyntaxError("a switch of protocols that nobody asked for");
		if (status >= 200) this.#part = this.#partOfBody(status, text.startsWith("HTTP/1.0"), headers);
		this.#target.onHead(status, headers);
		if (this.#part === "done") this.#target.onEnd();
		return head.end;
	}
	#refuseEarly(from) {
		if (this.#held.length > 65536) throw new HttpSyntaxError("its headers are too large", { kind: "large-headers" });
		readStart(this.#held.toString("latin1", 0, KEPT));
		refuseBareLineEnd(this.#held, from);
	}
	#partOfBody(status, isOld, headers) {
		const { connection = "", "transfer-encoding": coding, "content-length": length } = headers;
		this.#keepsAlive = readPersistence(connection, isOld);
		const hint = /(?:^|[,;\s])timeout=(\d+)/i.exec(headers["keep-alive"] ?? "");
		this.#keepAliveMs = hint === null ? null : Number(hint[1]) * 1e3;
		if (coding !== void 0 && length !== void 0) throw new HttpSyntaxError("it has both a Content-Length and a Transfer-Encoding", { kind: "two-lengths" });
		if (length !== void 0 && !/^\d{1,15}$/.test(length)) {
			const isList = length.includes(",");
			throw new HttpSyntaxError(isList ? "it has several Content-Lengths" : "its Content-Length is no number", isList ? { kind: "two-lengths" } : {});
		}
		if (status === 204 || status === 304) {
			if (coding !== void 0 || Number(length ?? 0) > 0) this.#keepsAlive = false;
			return "done";
		}
		if (coding !== void 0) {
			if (/(?:^|,)[\t ]*chunked[\t ]*$/i.test(coding)) return "chunk-size";
			this.#keepsAlive = false;
			return "until-close";
		}
		if (length === void 0) {
			this.#keepsAlive = false;
			return "until-close";
		}
		this.#left = Number(length);
		return this.#left === 0 ? "done" : "length";
	}
	#pushChunkLine(bytes, from) {
		const lf = bytes.indexOf(LF, from);
		if (lf < 0) {
			this.#hold(bytes, from);
			if (this.#held.length > MOST_CHUNK_LINE_BYTES) throw new HttpSyntaxError("the line of a chunk is too long");
			return bytes.length;
		}
		const line = this.#held.length === 0 ? bytes.subarray(from, lf) : Buffer.concat([this.#held, bytes.subarray(from, lf)]);
		this.#held = NO_BYTES;
		if (line.at(-1) !== CR) throw new HttpSyntaxError("a line of a chunk does not end as it must");
		if (this.#part === "chunk-end") {
			if (line.length !== 1) throw new HttpSyntaxError("a chunk is longer than it says");
			this.#part = "chunk-size";
			return lf + 1;
		}
		this.#left = readChunkSize(line);
		this.#part = this.#left === 0 ? "trailers" : "chunk-data";
		return lf + 1;
	}
	#pushTrailers(bytes, from) {
		if (this.#held.length === 0 && bytes[from] === CR && bytes[from + 1] === LF) return this.#endBody(from + 2);
		const start = this.#held.length === 0 ? Buffer.from("\r\n") : NO_BYTES;
		const joined = Buffer.concat([
			this.#held,
			start,
			bytes.subarray(from)
		]);
		const end = joined.indexOf("\r\n\r\n");
		if (end < 0) {
			if (joined.length > 65536) throw new HttpSyntaxError("its trailers are too large", { kind: "large-headers" });
			refuseBareLineEnd(joined, this.#held.length);
			this.#held = joined;
			return bytes.length;
		}
		readHeaders$1(joined.toString("latin1", 0, end + 2), 2);
		this.#held = NO_BYTES;
		return this.#endBody(bytes.length - (joined.length - end - 4));
	}
	#endBody(at) {
		this.#part = "done";
		this.#target.onEnd();
		return at;
	}
	#takeUntilBlankLine(bytes, from) {
		const before = this.#held.length;
		const joined = before === 0 ? from === 0 ? bytes : bytes.subarray(from) : Buffer.concat([this.#held, bytes.subarray(from)]);
		let start = 0;
		while (joined[start] === CR && joined[start + 1] === LF) start += 2;
		const end = joined.indexOf("\r\n\r\n", Math.max(start, before - 3));
		if (end < 0) {
			this.#held = Buffer.from(joined);
			return null;
		}
		if (end - start > 65536) throw new HttpSyntaxError("its headers are too large", { kind: "large-headers" });
		this.#held = NO_BYTES;
		return {
			text: joined.toString("latin1", start, end + 2),
			end: from + (end + 4 - before)
		};
	}
	#hold(bytes, from) {
		this.#held = this.#held.length === 0 ? Buffer.from(bytes.subarray(from)) : Buffer.concat([this.#held, bytes.subarray(from)]);
	}
};
const KEPT = 64;
function readStart(text) {
	const start = text.replace(/^(?:\r\n)+/, "");
	if (!/^\r?$/.test(start) && !"HTTP/1.".startsWith(start.slice(0, 7))) throw new HttpSyntaxError("Expected HTTP/", { beginning: start.slice(0, KEPT) });
}
function refuseBareLineEnd(bytes, from) {
	for (let at = Math.max(1, from); at < bytes.length; at++) if (bytes[at] === LF !== (bytes[at - 1] === CR)) throw new HttpSyntaxError("its lines do not end in CR LF");
}
function readStatus(text) {
	const found = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n/.exec(text);
	if (found === null || Number(found[1]) < 100) throw new HttpSyntaxError("its first line has no status");
	return Number(found[1]);
}
const HEADER = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7E\x80-\xFF]*)\r\n/y;
function readHeaders$1(text, from) {
	const headers = Object.create(null);
	HEADER.lastIndex = from;
	while (HEADER.lastIndex < text.length) {
		const found = HEADER.exec(text);
		if (found === null) throw new HttpSyntaxError(`a line of its headers has no name and value`);
		const name = found[1].toLowerCase();
		const value = trimBlank(found[2]);
		headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
	}
	return { ...headers };
}
function trimBlank(value) {
	const isBlank = (at) => value[at] === " " || value[at] === "	";
	let [from, to] = [0, value.length];
	while (from < to && isBlank(from)) from++;
	while (to > from && isBlank(to - 1)) to--;
	return value.slice(from, to);
}
function readPersistence(connection, isOld) {
	return isOld ? hasToken(connection, "keep-alive") : !hasToken(connection, "close");
}
function hasToken(list, token) {
	return list.split(",").some((each) => each.trim().toLowerCase() === token);
}
const MOST_BYTES$3 = 2 ** 48;
function readChunkSize(line) {
	let size = 0;
	let at = 0;
	for (; at < line.length; at++) {
		const digit = hexOf(line[at]);
		if (digit < 0) break;
		size = size * 16 + digit;
	}
	const next = line[at];
	if (at === 0 || size > MOST_BYTES$3 || !(next === CR || next === 59 || next === 32 || next === 9)) throw new HttpSyntaxError("the size of a chunk is no number");
	return size;
}
function hexOf(byte) {
	if (byte >= 48 && byte <= 57) return byte - 48;
	const lower = byte | 32;
	return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
// src/load/transport/socket-client.ts
const KEEP_ALIVE_MARGIN_MS = 2e3;
var SocketClient = class {
	#origin;
	#connect;
	#now;
	#parser = new ResponseParser(this);
	#socket = null;
	#isConnecting = false;
	#waiting = [];
	#current = null;
	#controller = null;
	#idleUntil = Infinity;
	#isDestroyed = false;
	constructor(origin, connect, now) {
		this.#origin = new URL(origin);
		this.#connect = connect((bytes) => this.#read(bytes));
		this.#now = now;
	}
	dispatch(request, handler) {
		this.#waiting.push({
			request,
			handler
		});
		this.#startNext();
	}
	#read(bytes) {
		if (this.#current === null) {
			this.#drop();
			return;
		}
		this.#current.handler.onRead?.();
		try {
			this.#parser.push(bytes);
		} catch (error) {
			if (!(error instanceof HttpSyntaxError)) throw error;
			this.#fail(error);
		}
		if (this.#current === null && !this.#parser.keepsAlive) this.#drop();
	}
	destroy() {
		this.#isDestroyed = true;
		this.#waiting = [];
		const error = new import_undici.errors.ClientDestroyedError();
		if (this.#current === null) this.#drop();
		else this.#fail(error);
	}
	onHead(status, headers) {
		this.#current?.handler.onResponseStart?.(this.#controller, status, headers);
	}
	onBody(bytes) {
		this.#current?.handler.onResponseData?.(this.#controller, bytes);
	}
	onEnd() {
		const asked = this.#current;
		if (asked === null) return;
		this.#current = null;
		const { keepsAlive, keepAliveMs } = this.#parser;
		this.#idleUntil = keepAliveMs === null ? Infinity : this.#now() + keepAliveMs - KEEP_ALIVE_MARGIN_MS;
		const isUnread = this.#socket !== null && this.#socket.writableLength > 0;
		if (!keepsAlive || isUnread) this.#drop();
		asked.handler.onResponseEnd?.(this.#controller, {});
		setImmediate(() => this.#startNext());
	}
	#startNext() {
		if (this.#current !== null || this.#isConnecting || this.#waiting.length === 0 || this.#isDestroyed) return;
		if (this.#socket !== null && this.#now() > this.#idleUntil) this.#drop();
		if (this.#socket === null) this.#open();
		else this.#write(this.#waiting.shift());
	}
	#open() {
		const { host, protocol, port } = this.#origin;
		this.#isConnecting = true;
		this.#connect({
			hostname: addressOf(this.#origin).host,
			host,
			protocol,
			port
		}, (error, socket) => {
			this.#isConnecting = false;
			if (error !== null) {
				const failed = this.#waiting;
				this.#waiting = [];
				for (const { handler } of failed) handler.onResponseError?.(new Controller(() => {}), error);
				return;
			}
			if (this.#isDestroyed) return void socket.destroy();
			this.#take(socket);
			this.#startNext();
		});
	}
	#take(socket) {
		this.#socket = socket;
		this.#idleUntil = Infinity;
		const isOurs = () => this.#socket === socket;
		socket.on("error", (error) => isOurs() && this.#fail(error));
		const end = () => {
			if (!isOurs()) return;
			this.#current?.handler.onRead?.();
			if (this.#current !== null && this.#parser.finish() && this.#current === null) return this.#drop();
			this.#fail(new import_undici.errors.SocketError("other side closed"));
		};
		socket.on("end", end).on("close", end);
	}
	#write(asked) {
		this.#current = asked;
		this.#parser.begin();
		const controller = new Controller((error) => {
			if (this.#controller === controller && this.#current === asked) this.#fail(error);
		});
		this.#controller = controller;
		const bytes = encode(this.#origin, asked.request);
		if (typeof bytes !== "string") {
			this.#current = null;
			asked.handler.onResponseError?.(controller, bytes);
			return this.#startNext();
		}
		asked.handler.onRequestStart?.(controller, {});
		if (this.#current === asked) this.#socket.write(bytes, "utf8");
	}
	#fail(error) {
		this.#drop();
		const asked = this.#current;
		this.#current = null;
		asked?.handler.onResponseError?.(this.#controller, error);
		this.#startNext();
	}
	#drop() {
		const socket = this.#socket;
		this.#socket = null;
		socket?.destroy();
	}
};
var Controller = class {
	aborted = false;
	paused = false;
	reason = null;
	abort;
	constructor(abort) {
		this.abort = abort;
	}
	pause() {}
	resume() {}
};
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const UNSENDABLE = /[^\t\x20-\x7E\x80-\xFF]/;
function encode(origin, { path, headers, body }) {
	let head = `POST ${path} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n`;
	for (const [name, value] of Object.entries(headers)) {
		if (!NAME.test(name)) return new import_undici.errors.InvalidArgumentError(`invalid header name ${name}`);
		if (UNSENDABLE.test(value)) return new import_undici.errors.InvalidArgumentError(`invalid ${name} header`);
		head += `${name}: ${value}\r\n`;
	}
	return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
// src/load/transport/connection.ts
const READ_BYTES = 65536;
function createReadBuffer() {
	return Buffer.allocUnsafeSlow(READ_BYTES);
}
function openConnection(options, clock = systemClock, buffer = createReadBuffer()) {
	let connectMs = null;
	let socket = null;
	const connection = {
		requestsOnSocket: 0,
		reused: false,
		takeConnectMs() {
			const taken = connectMs;
			connectMs = null;
			return taken;
		}
	};
	if (options.proxy === null) {
		const client = new SocketClient(options.origin, (read) => timeConnect(createReadingConnector(read)), () => clock.now());
		return Object.assign(connection, {
			dispatch: (request, handler) => client.dispatch(request, handler),
			async destroy() {
				if (socket instanceof Socket) socket.destroy();
				client.destroy();
			}
		});
	}
	const dispatcher = openDispatcher(options, timeConnect);
	return Object.assign(connection, {
		dispatch(request, handler) {
			dispatcher.dispatch({
				origin: options.origin,
				method: "POST",
				...request,
				...NO_TIMERS
			}, handler);
		},
		destroy() {
			if (socket instanceof Socket) socket.destroy();
			return dispatcher.destroy();
		}
	});
	function createReadingConnector(read) {
		return (0, import_undici.buildConnector)({
			...directOptions(options),
			onread: {
				buffer,
				callback(bytes) {
					read(buffer.subarray(0, bytes));
					return true;
				}
			}
		});
	}
	function timeConnect(connect) {
		return (target, callback) => {
			const from = clock.now();
			socket = connect(target, (error, connected) => {
				if (error !== null) return callback(error, null);
				connectMs = clock.now() - from;
				connection.requestsOnSocket = 0;
				return callback(null, connected);
			});
		};
	}
}
const NO_TIMERS = {
	headersTimeout: 0,
	bodyTimeout: 0
};
function openDispatcher(options, wrap = (connect) => connect) {
	const { ca, tls } = tlsOf(options);
	const common = {
		allowH2: false,
		pipelining: 1,
		...NO_TIMERS,
		keepAliveTimeout: 6e5,
		maxHeaderSize: MOST_HEADER_BYTES
	};
	if (options.proxy === null) return new import_undici.Client(options.origin, {
		...common,
		connect: wrap((0, import_undici.buildConnector)(directOptions(options)))
	});
	return new import_undici.ProxyAgent({
		uri: options.proxy,
		...common,
		connections: 1,
		factory: (origin, { connect }) => new import_undici.Client(origin, {
			...common,
			connect: wrap(connect)
		}),
		requestTls: {
			...tls,
			allowH2: false
		},
		proxyTls: {
			...ca,
			allowH2: false
		}
	});
}
function directOptions(options) {
	return {
		allowH2: false,
		timeout: options.connectTimeoutMs,
		...tlsOf(options).tls
	};
}
function tlsOf({ caCert, clientPem, insecure }) {
	const ca = caCert === null ? {} : { ca: caCert };
	return {
		ca,
		tls: {
			...ca,
			...clientPem,
			...insecure === true && { rejectUnauthorized: false }
		}
	};
}
function isOutOfFiles() {
	try {
		closeSync(openSync(devNull, "r"));
		return false;
	} catch (error) {
		return /^E[MN]FILE$/.test(error.code ?? "");
	}
}
// src/load/transport/ask.ts
async function ask$1({ method, url, headers, body, mostBytes, timeoutMs }, connection, signal) {
	const dispatcher = openDispatcher({
		...connection,
		origin: url.origin
	});
	const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
	ended.addEventListener("abort", () => void dispatcher.destroy(), { once: true });
	try {
		const answer = await dispatcher.request({
			origin: url.origin,
			path: url.pathname + url.search,
			method,
			headers: {
				"user-agent": USER_AGENT,
				...headers
			},
			body,
			signal: ended
		});
		const parts = [];
		let bytes = 0;
		for await (const part of answer.body) {
			bytes += part.length;
			if (bytes > mostBytes) break;
			parts.push(part);
		}
		const { location } = answer.headers;
		return {
			status: answer.statusCode,
			location: typeof location === "string" ? location : null,
			text: Buffer.concat(parts).toString("utf8")
		};
	} finally {
		await dispatcher.destroy();
	}
}
const MOST_BYTES$2 = 1048576;
const TIMEOUT_MS$1 = 1e4;
async function getText(url, headers, connection, signal) {
	const accept = {
		accept: "application/json, text/plain",
		"accept-encoding": "identity"
	};
	const question = {
		method: "GET",
		url,
		headers: {
			...headers,
			...accept
		},
		body: null
	};
	try {
		const { status, text } = await ask$1({
			...question,
			mostBytes: MOST_BYTES$2,
			timeoutMs: TIMEOUT_MS$1
		}, connection, signal);
		return {
			status,
			text
		};
	} catch {
		return null;
	}
}
// src/protocol/answer/reader.ts
function createScratch(capacity = 1024) {
	return {
		tokenAt: new Float64Array(capacity),
		tokenCountAt: new Float64Array(capacity)
	};
}
function createByteStore(limit) {
	const parts = [];
	let length = 0;
	let whole = true;
	return {
		add(bytes) {
			const kept = bytes.subarray(0, limit - length);
			if (kept.length > 0) parts.push(new Uint8Array(kept));
			length += kept.length;
			whole &&= kept.length === bytes.length;
			return whole;
		},
		bytes() {
			const all = new Uint8Array(length);
			let at = 0;
			for (const part of parts) {
				all.set(part, at);
				at += part.length;
			}
			return all;
		}
	};
}
const THINK_TAG = /<\/?(think|thinking|thoughts?|reasoning|seed:think)>|\[\/?THINK\]|◁\/?think▷|<\|(START|END)_THINKING\|>|<\|channel\|>analysis/i;
const TAG_START = /[<[◁]/;
const LONGEST_TAG = 24;
var ReasoningTags = class {
	#begun = "";
	#seen = false;
	get seen() {
		return this.#seen;
	}
	get hasBegun() {
		return this.#begun !== "";
	}
	note(part) {
		if (this.#seen || this.#begun === "" && !TAG_START.test(part)) return;
		const text = this.#begun + part;
		this.#seen = tagsReasoning(text);
		const from = Math.max(text.lastIndexOf("<"), text.lastIndexOf("["), text.lastIndexOf("◁"));
		this.#begun = this.#seen || text.length - from >= LONGEST_TAG ? "" : text.slice(from);
	}
};
function tagsReasoning(content) {
	return THINK_TAG.test(content);
}
// src/protocol/answer/event-shape.ts
const PROBE = "plateau … probe";
const QUOTE = 34;
const BACKSLASH = 92;
const LESS_THAN = 60;
const OPEN_BRACKET = 91;
const LONGEST_TEXT$1 = 16384;
function learnShape(api, { data, eventName, delta }, frame) {
	if (!carriesTextAlone(delta)) return null;
	for (const text of listTexts(parseJson$1(data), delta.characters)) {
		const literal = JSON.stringify(text);
		const at = data.indexOf(literal);
		if (at < 0 || data.includes(literal, at + 1)) continue;
		const [before, after] = [data.slice(0, at + 1), data.slice(at + literal.length - 1)];
		const probed = parseJson$1(`${before}${PROBE}${after}`);
		if (probed === void 0 || !saysTheSame(api.read(probed, eventName), delta)) continue;
		return createShape(Buffer.from(frame.before + before), Buffer.from(after + frame.after), delta);
	}
	return null;
}
function carriesTextAlone(delta) {
	const { text, reasoning, tool, usage, server, finishReason, error, terminal, unknown, concealed, unread } = delta;
	return (text || reasoning || tool) && (delta.characters ?? 0) > 0 && !(usage !== null || server !== void 0 || finishReason !== null || error !== null) && !terminal && !unknown && concealed !== true && !unread && delta.endsAtDone !== true;
}
function saysTheSame(probed, delta) {
	const expected = delta.content === void 0 || delta.content === "" ? delta.content : PROBE;
	if (probed.content !== expected || probed.characters !== 15) return false;
	const names = /* @__PURE__ */ new Set([...Object.keys(probed), ...Object.keys(delta)]);
	names.delete("content");
	names.delete("characters");
	return [...names].every((name) => probed[name] === delta[name]);
}
function listTexts(value, characters) {
	if (typeof value === "string") return value.length === characters ? [value] : [];
	if (value === null || typeof value !== "object") return [];
	return Object.values(value).flatMap((member) => listTexts(member, characters));
}
function createShape(before, after, learnt) {
	const delta = {
		...learnt,
		content: learnt.content ?? "",
		characters: 0
	};
	const hasContent = delta.content !== "";
	return {
		before,
		after,
		delta,
		servedModel: delta.servedModel === null ? null : cutName(delta.servedModel),
		match(bytes, from, wantsText) {
			const at = from + before.length;
			if (at + after.length >= bytes.length || before.compare(bytes, from, at) !== 0) return -1;
			const most = Math.min(bytes.length - after.length, at + LONGEST_TEXT$1);
			let isPlain = true;
			let isWanted = wantsText && hasContent;
			let end = at;
			for (; end < most; end++) {
				const byte = bytes[end];
				if (byte === QUOTE) break;
				if (byte < 32) return -1;
				if (byte === BACKSLASH) end++;
				if (byte === BACKSLASH || byte > 126) isPlain = false;
				else if (byte === LESS_THAN || byte === OPEN_BRACKET) isWanted = hasContent;
			}
			if (end === at || end > bytes.length - after.length || after.compare(bytes, end, end + after.length) !== 0) return -1;
			if (isPlain && !isWanted) {
				delta.content = "";
				delta.characters = end - at;
			} else {
				const text = isPlain ? bytes.toString("latin1", at, end) : readText$1(bytes.subarray(at, end));
				if (text === null || text === "") return -1;
				if (hasContent) delta.content = text;
				delta.characters = text.length;
			}
			return end + after.length;
		}
	};
}
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
function readText$1(bytes) {
	const text = parseJson$1(`"${decoder.decode(bytes)}"`);
	return typeof text === "string" ? text : null;
}
// src/protocol/answer/token-count.ts
function createTokenCounter() {
	let inputTokens = null;
	let outputTokens = null;
	let cachedTokens = null;
	let reasoningTokens = null;
	let totalTokens = null;
	let tokenSource = "chunks";
	return {
		add(usage) {
			inputTokens = usage.inputTokens || inputTokens;
			cachedTokens = usage.cachedTokens ?? cachedTokens;
			reasoningTokens = usage.reasoningTokens ?? reasoningTokens;
			totalTokens = usage.totalTokens || totalTokens;
			if (!usage.outputTokens) return NaN;
			const leftOut = countReasoningLeftOut(usage);
			tokenSource = leftOut > 0 ? "usage+reasoning" : usage.source ?? "usage";
			outputTokens = usage.outputTokens + (usage.perEvent === true ? outputTokens ?? 0 : leftOut);
			return outputTokens;
		},
		totals: () => ({
			inputTokens,
			outputTokens,
			cachedTokens,
			reasoningTokens,
			tokenSource
		}),
		totalTokens: () => totalTokens
	};
}
function countReasoningLeftOut({ inputTokens, outputTokens, reasoningTokens, totalTokens }) {
	if (inputTokens === null || outputTokens === null || !reasoningTokens) return 0;
	return totalTokens === inputTokens + outputTokens + reasoningTokens ? reasoningTokens : 0;
}
const SLACK_EVENTS = 1;
const SLACK_SHARE = .02;
const LENGTH_SLACK = 1.05;
const RUNNING_SHARE = .5;
function believeCount(facts) {
	const { totals, tokenEvents } = facts;
	const { outputTokens: stated, tokenSource } = totals;
	if (stated === null) return {
		outputTokens: null,
		tokenSource: "chunks",
		countsEvents: false,
		doubt: null,
		doubted: null
	};
	const course = followCount(facts);
	const isTooFew = (count) => count + Math.max(SLACK_EVENTS, SLACK_SHARE * tokenEvents) < tokenEvents;
	const isOfEach = course.stands && course.last === stated && isTooFew(stated);
	const isSummed = course.sum === stated && course.last < stated;
	const count = isOfEach ? course.sum : stated;
	const doubt = isOfEach || isSummed ? findExcess(count, facts) : findDoubt$1(count, course, isTooFew(count), facts);
	if (doubt !== null) return {
		outputTokens: null,
		tokenSource: "chunks",
		countsEvents: false,
		doubt,
		doubted: count
	};
	return {
		outputTokens: count,
		tokenSource,
		countsEvents: !isOfEach && !isSummed && !course.stands && course.last >= RUNNING_SHARE * stated,
		doubt: null,
		doubted: null
	};
}
function followCount({ countAt, tokenEvents }) {
	let last = 0;
	let sum = 0;
	let falls = false;
	let stands = tokenEvents > 1;
	for (let i = 0; i < tokenEvents; i++) {
		const count = countAt[i];
		sum += count;
		if (count !== countAt[0]) stands = false;
		if (count < last) falls = true;
		if (count > 0) last = count;
	}
	return {
		stands,
		falls,
		last,
		sum
	};
}
function findDoubt$1(count, { falls, last }, isTooFew, facts) {
	if (falls || count < last) return "falling";
	if (isTooFew && !isCutAnew(count, facts)) return "below-events";
	if (facts.tokenEvents === 0 && facts.characters > 8 * count) return "below-text";
	return findExcess(count, facts);
}
function isCutAnew(count, { characters, tokenEvents }) {
	return characters > 0 && characters <= 1.1 * tokenEvents && characters <= 8 * count;
}
function findExcess(count, facts) {
	const { totals, totalTokens, tokenEvents, characters, asked } = facts;
	const { inputTokens, reasoningTokens } = totals;
	const rest = count - (inputTokens ?? 0);
	const most = asked === null ? Infinity : LENGTH_SLACK * asked.tokens + SLACK_EVENTS;
	const isLonger = count - (reasoningTokens ?? 0) > most && tokenEvents <= most;
	if (inputTokens !== null && inputTokens > 0) {
		const slack = SLACK_EVENTS + SLACK_SHARE * tokenEvents;
		const isEveryEvent = tokenEvents > 0 && Math.abs(rest - tokenEvents) <= slack;
		const isTooLong = tokenEvents === 0 && characters < count;
		const isWhatWasAsked = asked !== null && Math.abs(rest - asked.tokens) <= slack;
		if (totalTokens === count && (isEveryEvent || isTooLong) || isLonger && (isEveryEvent || isWhatWasAsked)) return "with-prompt";
	}
	return isLonger && asked?.forced === true ? "above-asked" : null;
}
function computeTpotMs(facts) {
	const { firstTokenAt, lastTokenAt, tokenEvents, outputTokens, hiddenTokens, firstCount } = facts;
	const visible = outputTokens - hiddenTokens;
	if (tokenEvents < 2 || visible < 2 || lastTokenAt <= firstTokenAt) return null;
	const after = visible - tokensOfFirstEvent();
	return after > 0 ? (lastTokenAt - firstTokenAt) / after : null;
	function tokensOfFirstEvent() {
		if (Number.isNaN(firstCount)) return visible / tokenEvents;
		return firstCount > hiddenTokens ? firstCount - hiddenTokens : firstCount;
	}
}
const BUFFERED_EVENTS = 16;
const ONE_PIECE_SHARE = .9;
const BUFFERED_WITHIN_MS = 2;
function isBuffered(tokenAt, count, tokens = count) {
	if (count < BUFFERED_EVENTS) return count > 0 && tokens >= BUFFERED_EVENTS && tokenAt[count - 1] - tokenAt[0] <= BUFFERED_WITHIN_MS;
	const enough = Math.ceil(count * ONE_PIECE_SHARE);
	for (let last = enough - 1; last < count; last++) if (tokenAt[last] - tokenAt[last - enough + 1] <= BUFFERED_WITHIN_MS) return true;
	return false;
}
// src/protocol/framing/ndjson.ts
const OPEN_BRACE = 123;
const NDJSON = {
	wanted: "JSON lines",
	isText: true,
	canBegin: (byte) => byte === OPEN_BRACE,
	createReader: createNdjsonReader,
	frameOf: () => ({
		before: "",
		after: "\n"
	})
};
function createNdjsonReader(handlers) {
	const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	let atStart = true;
	let begun = "";
	let stopped = false;
	let tooLong = null;
	function feed(text) {
		let from = atStart && text.startsWith("﻿") ? 1 : 0;
		if (text !== "") atStart = false;
		for (let to = text.indexOf("\n"); to !== -1 && !stopped; to = text.indexOf("\n", from)) {
			readLine(begun + text.slice(from, to), false);
			begun = "";
			from = to + 1;
		}
		if (stopped) return;
		begun += text.slice(from);
		if (begun.length > 1048576) giveUp(begun.length, false);
	}
	function readLine(line, last) {
		if (line.length > 1048576) return giveUp(line.length, true);
		if (line.trim() === "") return;
		const json = parseJson$1(line);
		if (json !== void 0) return handlers.onEvent(json, "", line);
		if (last) return handlers.onUnreadable(line, "");
		stopped = true;
		handlers.onBroken(describeUnreadable(line, "a line"));
	}
	function giveUp(length, whole) {
		stopped = true;
		tooLong = {
			length,
			whole
		};
		begun = "";
	}
	function measure({ length }, text) {
		const end = text.indexOf("\n");
		tooLong = {
			length: length + (end === -1 ? text.length : end),
			whole: end !== -1
		};
	}
	return {
		push(bytes) {
			if (!stopped) feed(decoder.decode(bytes, { stream: true }));
			else if (tooLong?.whole === false) measure(tooLong, decoder.decode(bytes, { stream: true }));
		},
		end() {
			if (!stopped) feed(decoder.decode());
			if (!stopped) readLine(begun, true);
			if (tooLong?.whole === false) measure(tooLong, `${decoder.decode()}\n`);
		},
		comments: 0,
		get betweenEvents() {
			return begun === "" && !stopped;
		},
		get tooLong() {
			return tooLong;
		}
	};
}
// src/protocol/framing/sse.ts
const OTHERS = /* @__PURE__ */ new Set([
	123,
	91,
	60,
	31,
	0
]);
const SSE = {
	wanted: "a stream",
	isText: true,
	canBegin: (byte) => !OTHERS.has(byte),
	createReader: createSseReader,
	frameOf: (eventName) => ({
		before: `${eventName === "" ? "" : `event: ${eventName}\n`}data: `,
		after: "\n\n"
	})
};
function createSseReader(handlers) {
	const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	let comments = 0;
	let tooLong = false;
	let measured = false;
	const parser = createParser({
		onEvent: ({ data, event = "" }) => readData(data, event, handlers),
		onComment: () => comments++
	});
	let line = "";
	let lineLength = 0;
	let held = 0;
	let afterCr = false;
	function feed(text) {
		let from = 0;
		for (let at = 0; at < text.length && !measured;) {
			LINE_END.lastIndex = at;
			const end = LINE_END.exec(text)?.index ?? text.length;
			if (!tooLong && held + end - at > 1048576) {
				parser.feed(text.slice(from, at));
				tooLong = true;
				line = null;
			}
			takeLine(text.slice(at, end));
			if (end === text.length) break;
			if (line?.startsWith(ERROR_FIELD) === true) {
				parser.feed(text.slice(from, end));
				from = end;
				readData(line.slice(ERROR_FIELD.length).trim(), "error", handlers);
			}
			const isLfOfCrLf = afterCr && lineLength === 0 && text[end] === "\n";
			if (lineLength === 0 && !isLfOfCrLf) {
				if (tooLong) measured = true;
				else held = 0;
			}
			afterCr = text[end] === "\r";
			line = tooLong ? null : "";
			lineLength = 0;
			at = end + 1;
		}
		if (!tooLong) parser.feed(text.slice(from));
	}
	function takeLine(part) {
		held += part.length;
		lineLength += part.length;
		if (line !== null) line += part;
		if (line !== null && !ERROR_FIELD.startsWith(line.slice(0, ERROR_FIELD.length))) line = null;
	}
	return {
		push: (bytes) => feed(decoder.decode(bytes, { stream: true })),
		end() {
			feed(decoder.decode());
			feed("\n\n");
		},
		get comments() {
			return comments;
		},
		get betweenEvents() {
			return held === 0 && lineLength === 0;
		},
		get tooLong() {
			return tooLong ? {
				length: held,
				whole: measured
			} : null;
		}
	};
}
const ERROR_FIELD = "error:";
const LINE_END = /[\r\n]/g;
function readData(data, eventName, handlers) {
	if (readOne(data, eventName, handlers)) return;
	const lines = data.split("\n");
	if (lines.length === 1 || !lines.some(isEventOfItsOwn)) return handlers.onUnreadable(data, eventName);
	for (const line of lines) if (!readOne(line, eventName, handlers)) handlers.onUnreadable(line, eventName);
}
function readOne(data, eventName, handlers) {
	if (isDone$1(data)) {
		handlers.onDone();
		return true;
	}
	const json = parseJson$1(data);
	if (json === void 0) return data.trim() === "" && eventName !== "error";
	handlers.onEvent(json, eventName, data);
	return true;
}
function isEventOfItsOwn(line) {
	return isDone$1(line) || asObject(parseJson$1(line)) !== null;
}
function isDone$1(data) {
	return data.length < 16 && data.trim() === "[DONE]";
}
// src/protocol/answer/json-reader.ts
const NO_COUNTS = /* @__PURE__ */ new Float64Array(0);
const MAX_ANSWER_BYTES = 67108864;
function createJsonReader({ api, task, asked }) {
	const body = createByteStore(MAX_ANSWER_BYTES);
	let lastByteAt = null;
	let reads = 0;
	let tooLong = false;
	return {
		push(bytes, atMs) {
			if (bytes.length === 0) return tooLong;
			if (atMs !== lastByteAt) reads++;
			lastByteAt = atMs;
			tooLong = !body.add(bytes);
			return tooLong;
		},
		end() {
			const bytes = body.bytes();
			const text = tooLong ? "" : new TextDecoder().decode(bytes);
			const json = tooLong ? void 0 : parseJson$1(text);
			const delta = json === void 0 ? EMPTY_DELTA : api.read(json, "");
			return readingOf(delta, findFailure(json, delta, bytes, text));
		},
		tokenEvents: 0,
		lastEventAt: NaN
	};
	function findFailure(json, delta, bytes, text) {
		if (tooLong) return {
			failure: "parse",
			failureMessage: `an answer of more than 64 MiB`
		};
		if (delta.error !== null) return {
			failure: "error_event",
			failureMessage: delta.error
		};
		if (json === void 0 && findNonNumber(text) !== null) return {
			failure: "parse",
			failureMessage: describeUnreadable(text, "a JSON answer")
		};
		if (json === void 0 && startsJson(bytes)) return {
			failure: "incomplete",
			failureMessage: "a JSON answer that was cut"
		};
		if (json === void 0 && bytes.length === 0) return {
			failure: "incomplete",
			failureMessage: "an empty body"
		};
		if (json === void 0) return describeForeignAnswer(bytes.subarray(0, 65536), "a JSON answer");
		if (delta.unknown) return {
			failure: "parse",
			failureMessage: `a JSON answer that is not in the format of ${api.name}`
		};
		if (delta.text || delta.reasoning || delta.tool) return null;
		return {
			failure: "empty",
			failureMessage: `an answer without ${task === "embeddings" ? "a single embedding" : "text"}${delta.unread ? `; ${escapeForTerminal(cutName(delta.unread))} holds a text that is not read` : ""}`
		};
	}
	function readingOf(delta, failure) {
		const counter = createTokenCounter();
		if (delta.usage !== null) counter.add(delta.usage);
		const stated = counter.totals();
		const characters = delta.characters ?? 0;
		const { outputTokens, tokenSource, doubt, doubted } = believeCount({
			totals: stated,
			totalTokens: counter.totalTokens(),
			tokenEvents: 0,
			countAt: NO_COUNTS,
			characters,
			asked: asked ?? null
		});
		return {
			...stated,
			...delta.server ?? NO_SERVER_TIMINGS,
			firstEventAt: failure === null ? lastByteAt : null,
			firstTokenAt: null,
			firstTextAt: null,
			lastTokenAt: failure === null ? lastByteAt : null,
			tpotMs: null,
			outputTokens: outputTokens ?? 0,
			tokenSource: task === "embeddings" && stated.inputTokens !== null ? "usage" : tokenSource,
			tokenEvents: 0,
			reads,
			buffered: false,
			finishReason: delta.finishReason === null ? null : cutName(delta.finishReason),
			servedModel: delta.servedModel === null ? null : cutName(delta.servedModel),
			failure: failure?.failure ?? null,
			failureMessage: failure?.failureMessage ?? null,
			hiddenReasoning: false,
			characters,
			statedTokens: doubted,
			countDoubt: doubt,
			unreadEvents: delta.unread ? 1 : 0,
			unreadMember: delta.unread ? cutName(delta.unread) : null,
			tagsReasoning: tagsReasoning(delta.content ?? ""),
			comments: 0,
			unknownEvents: delta.unread ? 1 : 0,
			unterminated: false
		};
	}
}
function startsJson(bytes) {
	const first = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
	return first.startsWith("{") || first.startsWith("[");
}
// src/protocol/answer/stream-reader.ts
function createResponseReader(options) {
	const framing = options.api.framing(options.task);
	return options.stream === false || framing === "json" ? createJsonReader(options) : createStreamReader(options, framing);
}
const FRAMINGS = {
	sse: SSE,
	ndjson: NDJSON,
	"event-stream": EVENT_STREAM$1
};
const KEPT_HEAD_BYTES = 65536;
const MOST_MEASURED = 16777216;
const MOST_EVENTS = 1e6;
function createStreamReader({ api, scratch, asked, parsesAll = false }, framing) {
	const rules = FRAMINGS[framing];
	const answer = beginAnswer(api, rules.wanted);
	const counter = createTokenCounter();
	const stream = rules.createReader(createHandlers());
	return {
		push(bytes, atMs) {
			if (bytes.length === 0) return answer.finished;
			if (!answer.finished && atMs !== answer.lastPushAt) answer.reads++;
			answer.lastPushAt = atMs;
			answer.isStream ??= begins(rules, bytes);
			if (answer.isStream === false || answer.broken !== null) {
				answer.finished = !answer.head.add(bytes);
				return answer.finished;
			}
			if (answer.events === 0) answer.head.add(bytes);
			const known = pushKnown(answer, bytes, stream, scratch);
			if (known < bytes.length) stream.push(known === 0 ? bytes : bytes.subarray(known));
			answer.tooLong = stream.tooLong;
			if (answer.tooLong !== null) answer.finished ||= answer.tooLong.whole || answer.tooLong.length > MOST_MEASURED;
			return answer.finished;
		},
		end() {
			answer.ending = true;
			if (answer.isStream === true) stream.end();
			const totals = counter.totals();
			answer.counted = totals.outputTokens !== null;
			answer.tooLong ??= stream.tooLong;
			return readingOf(answer, {
				totals,
				totalTokens: counter.totalTokens(),
				asked: asked ?? null
			}, scratch, stream.comments);
		},
		get tokenEvents() {
			return answer.tokenEvents;
		},
		get lastEventAt() {
			return answer.lastEventAt;
		}
	};
	function createHandlers() {
		return {
			onEvent(json, eventName, data) {
				const delta = api.read(json, eventName);
				const count = delta.usage === null ? NaN : counter.add(delta.usage);
				answer.server = delta.server ?? answer.server;
				if (!answer.finished) noteEvent(answer, delta, count, scratch);
				if (!parsesAll) learn(answer, rules, {
					data,
					eventName,
					delta
				});
				if (delta.error !== null) fail(answer, delta.error);
			},
			onDone() {
				answer.done = answer.finished = true;
			},
			onError: (message) => fail(answer, message),
			onBroken(what) {
				answer.broken ??= what;
				answer.finished = answer.events > 0 || framing !== "ndjson";
			},
			onUnreadable(data, eventName) {
				if (eventName === "error") return fail(answer, errorMessage(data));
				if (answer.finished) return;
				if (answer.ending) answer.cut = true;
				else if (/^\s*[{[]/.test(data)) answer.unreadable ??= describeUnreadable(data, "an event");
				else answer.unknownEvents++;
			}
		};
	}
}
function beginAnswer(api, wanted) {
	return {
		api,
		wanted,
		isStream: null,
		head: createByteStore(KEPT_HEAD_BYTES),
		lastPushAt: NaN,
		reads: 0,
		events: 0,
		firstEventAt: null,
		lastEventAt: NaN,
		unknownEvents: 0,
		known: false,
		unterminated: false,
		shape: null,
		lessons: 0,
		tokenEvents: 0,
		firstTextAt: null,
		tags: new ReasoningTags(),
		characters: 0,
		unreadEvents: 0,
		unreadMember: null,
		reasoned: false,
		concealed: false,
		finishReason: null,
		servedModel: null,
		server: NO_SERVER_TIMINGS,
		finished: false,
		ending: false,
		done: false,
		terminal: false,
		endsAtDone: false,
		cut: false,
		error: null,
		unreadable: null,
		broken: null,
		tooLong: null,
		counted: false
	};
}
const MOST_LESSONS = 8;
function learn(answer, rules, event) {
	if (answer.tokenEvents < 2 || answer.lessons === MOST_LESSONS || answer.finished) return;
	const frame = rules.frameOf(event.eventName);
	if (frame === null) return;
	answer.lessons++;
	answer.shape = learnShape(answer.api, event, frame) ?? answer.shape;
}
function pushKnown(answer, bytes, stream, scratch) {
	const { shape } = answer;
	if (shape === null || !stream.betweenEvents) return 0;
	const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	let at = 0;
	for (;;) {
		const end = answer.finished ? -1 : shape.match(buffer, at, answer.tags.hasBegun);
		if (end < 0) return at;
		noteKnown(answer, shape, scratch);
		at = end;
	}
}
function noteKnown(answer, { delta, servedModel }, scratch) {
	answer.events++;
	answer.lastEventAt = answer.lastPushAt;
	noteToken(answer, delta, NaN, scratch);
	if (servedModel !== null) answer.servedModel = servedModel;
}
function begins({ isText, canBegin }, bytes) {
	const first = bytes.find((byte) => !isText || !isBlank(byte));
	return first === void 0 ? null : canBegin(first);
}
function isBlank(byte) {
	return byte === 32 || byte >= 9 && byte <= 13 || byte === 239 || byte === 187 || byte === 191;
}
function noteEvent(answer, delta, count, scratch) {
	answer.events++;
	answer.firstEventAt ??= answer.lastPushAt;
	answer.lastEventAt = answer.lastPushAt;
	answer.unterminated ||= answer.ending;
	if (delta.unknown) answer.unknownEvents++;
	else answer.known = true;
	if (delta.text || delta.reasoning || delta.tool) noteToken(answer, delta, count, scratch);
	else if (delta.unread) noteUnread(answer, delta.unread);
	answer.concealed ||= delta.concealed === true;
	if (delta.finishReason !== null) answer.finishReason = cutName(delta.finishReason);
	if (delta.servedModel !== null) answer.servedModel = cutName(delta.servedModel);
	if (delta.terminal) answer.terminal = answer.finished = true;
	answer.endsAtDone ||= delta.endsAtDone === true;
}
function noteUnread(answer, member) {
	answer.unknownEvents++;
	answer.unreadEvents++;
	answer.unreadMember ??= cutName(member);
}
function noteToken(answer, delta, count, scratch) {
	if (delta.text) answer.firstTextAt ??= answer.lastPushAt;
	answer.reasoned ||= delta.reasoning;
	answer.characters += delta.characters ?? 0;
	if (delta.content) answer.tags.note(delta.content);
	if (answer.tokenEvents === MOST_EVENTS) return fail(answer, `more than ${MOST_EVENTS} events in one answer`);
	if (answer.tokenEvents === scratch.tokenAt.length) grow(scratch);
	scratch.tokenAt[answer.tokenEvents] = answer.lastPushAt;
	scratch.tokenCountAt[answer.tokenEvents] = count;
	answer.tokenEvents++;
}
function fail(answer, message) {
	answer.error ??= message ?? "an error without a message";
	answer.finished = true;
}
function grow(scratch) {
	scratch.tokenAt = doubleLength(scratch.tokenAt);
	scratch.tokenCountAt = doubleLength(scratch.tokenCountAt);
}
function doubleLength(array) {
	const larger = new Float64Array(Math.max(16, 2 * array.length));
	larger.set(array);
	return larger;
}
function readingOf(answer, { totals: stated, totalTokens, asked }, { tokenAt, tokenCountAt }, comments) {
	const { tokenEvents, server, finishReason, servedModel, reads } = answer;
	const { unknownEvents, unreadEvents, unreadMember, unterminated } = answer;
	const { characters } = answer;
	const believed = believeCount({
		totals: stated,
		totalTokens,
		asked,
		tokenEvents,
		countAt: tokenCountAt,
		characters
	});
	const { countsEvents, doubt, doubted } = believed;
	if (!countsEvents) tokenCountAt.fill(NaN, 0, tokenEvents);
	const totals = {
		...stated,
		outputTokens: believed.outputTokens,
		tokenSource: believed.tokenSource
	};
	const outputTokens = totals.outputTokens ?? tokenEvents;
	const failure = findStreamFailure(answer);
	const tagged = answer.tags.seen;
	const unseen = countUnseenTokens(answer, tagged, totals);
	const shown = believed.outputTokens === null ? NaN : believed.outputTokens - unseen;
	const buffered = isBuffered(tokenAt, tokenEvents, Number.isNaN(shown) ? characters / 8 : shown);
	const firstTokenAt = tokenEvents === 0 ? null : tokenAt[0];
	const lastTokenAt = tokenEvents === 0 ? null : tokenAt[tokenEvents - 1];
	const measurable = failure === null && !buffered && !Number.isNaN(unseen) && firstTokenAt !== null && lastTokenAt !== null;
	return {
		...totals,
		...server,
		firstEventAt: answer.firstEventAt,
		firstTokenAt,
		firstTextAt: tagged ? null : answer.firstTextAt,
		lastTokenAt,
		tpotMs: measurable ? computeTpotMs({
			firstTokenAt,
			lastTokenAt,
			tokenEvents,
			outputTokens,
			hiddenTokens: unseen,
			firstCount: tokenCountAt[0]
		}) : null,
		outputTokens,
		tokenEvents,
		reads,
		buffered,
		finishReason,
		servedModel,
		failure: failure?.failure ?? null,
		failureMessage: failure?.failureMessage ?? null,
		hiddenReasoning: unseen !== 0,
		comments,
		unknownEvents,
		characters,
		statedTokens: doubted,
		countDoubt: doubt,
		unreadEvents,
		unreadMember,
		tagsReasoning: tagged,
		unterminated
	};
}
function countUnseenTokens({ reasoned, concealed }, tagged, { outputTokens, reasoningTokens }) {
	if (reasoned || outputTokens === null || tagged) return 0;
	return reasoningTokens ?? (concealed ? NaN : 0);
}
// src/load/transport/connection-error.ts
const CLIENT_CODES = {
	EMFILE: "client_files",
	ENFILE: "client_files",
	EADDRNOTAVAIL: "client_ports",
	EADDRINUSE: "client_ports",
	ENOBUFS: "client_memory",
	ENOMEM: "client_memory",
	EAI_MEMORY: "client_memory",
	ERR_MEMORY_ALLOCATION_FAILED: "client_memory"
};
function readConnectionError(error, state) {
	const codes = listCodes(error);
	const [code] = codes;
	const ours = codes.find((one) => one in CLIENT_CODES);
	if (ours !== void 0) return {
		failure: CLIENT_CODES[ours],
		trouble: null,
		message: error.message
	};
	if (isLookup(code) && state.outOfFiles()) return {
		failure: "client_files",
		trouble: null,
		message: `${error.message}, for want of files (EMFILE)`
	};
	const trouble = readHttpTrouble(code, error, state) ?? readTlsTrouble(code, error, state);
	if (trouble !== null) return stateTrouble(trouble);
	if (state.headersSeen) return {
		failure: "incomplete",
		trouble: null,
		message: error.message
	};
	return stateTrouble((state.proxied ? readProxyTrouble(code, error) : null) ?? readNetworkTrouble(code, error));
}
function stateTrouble(trouble) {
	return {
		failure: findTrouble$1(trouble.name).failure,
		trouble,
		message: describeTrouble(trouble)
	};
}
const REFUSALS = [
	{
		status: 400,
		says: /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|plain HTTP to an SSL|requires TLS/i,
		name: "tls-spoken"
	},
	{
		status: 400,
		says: /No required SSL certificate was sent|The SSL certificate error/i,
		name: "client-certificate"
	},
	{
		status: 426,
		says: /\bh2c?\b|HTTP\/2/i,
		name: "http2-only"
	},
	{
		status: 426,
		says: /\bTLS\b/i,
		name: "tls-spoken"
	},
	{
		status: 464,
		says: /^/,
		name: "http2-only"
	},
	{
		status: 505,
		says: /^/,
		name: "http2-only"
	}
];
function nameCertificateTrouble(certified) {
	return certified ? "refused-certificate" : "client-certificate";
}
function readRefusedConnection(status, { upgrade, body, certified }) {
	const found = REFUSALS.find((each) => each.status === status && each.says.test(`${upgrade ?? ""} ${body}`));
	if (found === void 0) return null;
	return {
		name: found.name === "client-certificate" ? nameCertificateTrouble(certified) : found.name,
		detail: `it answers ${status}`
	};
}
function listCodes(error) {
	const { code, name, errors, cause } = error;
	const behind = [...Array.isArray(errors) ? errors : [], cause].filter((one) => one instanceof Error);
	return [typeof code === "string" ? code : name, ...behind.flatMap(listCodes)];
}
function isHttp2(bytes) {
	return bytes.startsWith("\0") && (bytes[3] === "" || bytes[3] === "\x07");
}
function isLookup(code) {
	return code === "ENOTFOUND" || code.startsWith("EAI_");
}
function nameTrouble(name) {
	return {
		name,
		detail: null
	};
}
const QUOTED = 24;
const LONGEST_NAMES = 100;
function readHttpTrouble(code, error, { headersSeen }) {
	if (error instanceof HttpSyntaxError) return readSyntaxTrouble(error);
	if (code === "UND_ERR_HEADERS_OVERFLOW") return nameTrouble("large-headers");
	if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return nameTrouble(headersSeen ? "wrong-length" : "two-lengths");
	if (code === "ERR_ASSERTION" || /^bad (upgrade|response)$/.test(error.message)) return nameTrouble("broken-http");
	if (code !== "HTTPParserError" && !code.startsWith("HPE_")) return null;
	const { data } = error;
	const rest = typeof data === "string" ? data : "";
	const reason = /\(([^)]*)\)$/.exec(error.message)?.[1] ?? code;
	if (headersSeen || !reason.startsWith("Expected HTTP")) return {
		name: "broken-http",
		detail: reason
	};
	return readForeignProtocol(rest);
}
function readSyntaxTrouble({ kind, beginning, message }) {
	if (kind !== "syntax") return nameTrouble(kind);
	return beginning === null ? {
		name: "broken-http",
		detail: message
	} : readForeignProtocol(beginning);
}
function readForeignProtocol(beginning) {
	if (isHttp2(beginning)) return nameTrouble("http2-only");
	if (beginning.startsWith("")) return nameTrouble("tls-spoken");
	return {
		name: "not-http",
		detail: `it says "${beginning.slice(0, QUOTED)}"`
	};
}
const CERTIFICATES = {
	DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed",
	SELF_SIGNED_CERT_IN_CHAIN: "private-authority",
	UNABLE_TO_GET_ISSUER_CERT: "private-authority",
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "private-authority",
	CERT_UNTRUSTED: "private-authority",
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: "no-chain",
	CERT_HAS_EXPIRED: "expired",
	CERT_NOT_YET_VALID: "not-yet-valid",
	HOSTNAME_MISMATCH: "wrong-name",
	ERR_TLS_CERT_ALTNAME_INVALID: "wrong-name",
	UND_ERR_PRX_TLS: "wrong-name"
};
const HANDSHAKES = [
	[/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_TOO_SMALL/, "no-tls"],
	[/NO_APPLICATION_PROTOCOL/, "http2-only"],
	[/ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/, "client-certificate"],
	[/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|UNKNOWN_PROTOCOL|NO_PROTOCOLS_AVAILABLE/, "old-tls"],
	[/UNRECOGNIZED_NAME/, "unknown-name"]
];
function readTlsTrouble(code, error, { certified }) {
	const certificate = CERTIFICATES[code];
	if (certificate !== void 0) return {
		name: certificate,
		detail: describeNames(error)
	};
	if (/^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/.test(code)) {
		const name = HANDSHAKES.find(([one]) => one.test(code))?.[1];
		if (name === "client-certificate") return nameTrouble(nameCertificateTrouble(certified));
		return name === void 0 ? {
			name: "handshake",
			detail: code
		} : nameTrouble(name);
	}
	if (/^(CERT_|CRL_|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH|CA_|EE_|ERROR_IN_CERT)/.test(code)) return {
		name: "bad-certificate",
		detail: code
	};
	return null;
}
function describeNames(error) {
	const { cert } = error;
	const names = typeof cert?.subjectaltname === "string" ? cert.subjectaltname : "";
	return names === "" ? null : `it is for ${names.replace(/\b(DNS|IP Address):/g, "").slice(0, LONGEST_NAMES)}`;
}
function readProxyTrouble(code, { message }) {
	const status = Number(/^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(message)?.[1] ?? 0);
	if (status === 407) return nameTrouble("proxy-password");
	if (status > 0) return {
		name: status < 500 ? "proxy-forbids" : "proxy-fails",
		detail: `it answers ${status}`
	};
	const { name, detail } = readNetworkTrouble(code, null);
	if (name === "refused") return nameTrouble("proxy-refused");
	if (name === "unknown-host" || name === "no-lookup") return nameTrouble("proxy-unknown");
	if (name === "unreachable" || name === "no-connection") return {
		name: "proxy-unreachable",
		detail
	};
	return null;
}
function readNetworkTrouble(code, error) {
	if (code === "ECONNREFUSED") return nameTrouble("refused");
	if (code === "EAI_AGAIN") return {
		name: "no-lookup",
		detail: code
	};
	if (isLookup(code)) return nameTrouble("unknown-host");
	if (/^(EHOST|ENET)(UNREACH|DOWN)$|^E(ACCES|PERM)$/.test(code)) return {
		name: "unreachable",
		detail: code
	};
	if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") return nameTrouble("no-connection");
	if (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE") return nameTrouble("closed");
	if (/^UND_ERR_(INVALID|NOT_SUPPORTED)/.test(code)) return {
		name: "unsendable",
		detail: error?.message ?? code
	};
	return {
		name: "other-connection",
		detail: code
	};
}
// src/load/transport/decoder.ts
const MOST_BYTES$1 = 1048576;
function createDecoder(encoding) {
	switch (encoding?.trim().toLowerCase()) {
		case "gzip":
		case "x-gzip": return createGunzip({ flush: constants.Z_SYNC_FLUSH });
		case "deflate": return createInflate({ flush: constants.Z_SYNC_FLUSH });
		case "br": return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
		case "zstd": return createZstdDecompress({ flush: constants.ZSTD_e_flush });
		default: return null;
	}
}
function readRefusalText(body, encoding) {
	return (decompress(body, encoding?.trim().toLowerCase()) ?? body).toString("utf8");
}
function decompress(body, encoding) {
	const gzip = {
		maxOutputLength: MOST_BYTES$1,
		finishFlush: constants.Z_SYNC_FLUSH
	};
	try {
		if (encoding === "gzip" || encoding === "x-gzip") return gunzipSync(body, gzip);
		if (encoding === "deflate") return inflateSync(body, gzip);
		if (encoding === "br") return brotliDecompressSync(body, {
			maxOutputLength: MOST_BYTES$1,
			finishFlush: constants.BROTLI_OPERATION_FLUSH
		});
		if (encoding === "zstd") return zstdDecompressSync(body, {
			maxOutputLength: MOST_BYTES$1,
			finishFlush: constants.ZSTD_e_flush
		});
	} catch {}
	return null;
}
// src/load/transport/http-request.ts
const IDLE_TIMEOUT_MS = 6e4;
const DRAIN_MS = 1e3;
const DRAIN_BYTES = 65536;
const SHOWN_HEAD_BYTES = 2048;
const ACCEPT = {
	sse: "text/event-stream",
	ndjson: "application/x-ndjson, application/json",
	"event-stream": "application/vnd.amazon.eventstream",
	json: "application/json"
};
const REFUSAL_BYTES = 65536;
var HttpRequest = class {
	#options;
	#clock;
	#connection;
	#requestId;
	#reader;
	#scratch;
	#framing;
	#done;
	#turnAt;
	#controller = null;
	#startAt = null;
	#connectMs = null;
	#headersAt = null;
	#lastReadAt = 0;
	#readAt = 0;
	#knowsReads = false;
	#endAt = null;
	#status = null;
	#headers = null;
	#refusal = createByteStore(REFUSAL_BYTES);
	#head = null;
	#bodyBytes = 0;
	#drainedBytes = 0;
	#decoder = null;
	#undecoded = [];
	#trouble = null;
	#settled = false;
	#cancelled = false;
	#ownFailure = null;
	constructor(options, connection, scratch, spec, done) {
		this.#options = options;
		this.#clock = options.clock;
		this.#turnAt = options.clock.now();
		this.#connection = connection;
		this.#scratch = scratch;
		this.#requestId = spec.nonce;
		this.#done = done;
		const { api, dialect } = options;
		const stream = spec.stream ?? true;
		this.#framing = stream ? api.framing(dialect.task) : "json";
		this.#reader = createResponseReader({
			api,
			task: dialect.task,
			scratch,
			stream,
			asked: {
				tokens: spec.outputTokens,
				forced: forcesLength(dialect.fields)
			}
		});
	}
	send({ body, credentials }) {
		this.#connection.reused = false;
		const { url, headers } = this.#options;
		this.#connection.dispatch({
			path: url.pathname + url.search,
			headers: {
				"content-type": "application/json",
				accept: ACCEPT[this.#framing],
				"accept-encoding": "identity",
				"x-request-id": this.#requestId,
				"user-agent": USER_AGENT,
				...credentials,
				...headers
			},
			body
		}, this);
	}
	cancel() {
		if (this.#settled) return;
		this.#cancelled = true;
		this.#abort();
	}
	checkDeadline(now) {
		if (this.#settled || this.#endAt !== null) {
			if (this.#endAt !== null && now - this.#endAt > DRAIN_MS) this.#abort();
			return;
		}
		const { requestTimeoutMs, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.#options;
		if (now - (this.#startAt ?? this.#turnAt) > requestTimeoutMs) this.#ownFailure = this.#startAt === null ? "connect" : this.#headersAt === null ? "timeout_first_byte" : "timeout_total";
		else if (this.#reader.tokenEvents > 0 && now - this.#reader.lastEventAt > idleTimeoutMs) this.#ownFailure = "timeout_idle";
		else return;
		this.#abort();
	}
	onRequestStart(controller) {
		this.#startAt = this.#clock.now();
		this.#controller = controller;
		this.#connectMs = this.#connection.takeConnectMs();
		this.#connection.reused = this.#connection.requestsOnSocket++ > 0;
		if (this.#cancelled || this.#ownFailure !== null) controller.abort(/* @__PURE__ */ new Error("cancelled"));
	}
	onRead() {
		this.#readAt = this.#clock.now();
		this.#knowsReads = true;
	}
	onResponseStart(_, status, headers) {
		if (status < 200) return;
		this.#headersAt = this.#stamp();
		this.#status = status;
		this.#headers = flatten(headers);
		if (status !== 200) return;
		const decoder = createDecoder(this.#headers["content-encoding"]);
		if (decoder === null) return;
		this.#decoder = decoder;
		decoder.on("data", (bytes) => this.#feed(bytes, this.#undecoded[0] ?? this.#lastReadAt));
		decoder.on("error", (error) => {
			this.#settle("parse", error.message);
			this.#abort();
		});
		decoder.on("end", () => {
			this.#endAt ??= this.#lastReadAt;
			this.#settle(null);
		});
	}
	onResponseData(_, chunk) {
		const at = this.#stamp();
		this.#lastReadAt = at;
		this.#bodyBytes += chunk.length;
		if (this.#endAt !== null && (this.#drainedBytes += chunk.length) > DRAIN_BYTES) return this.#abort();
		if (this.#status !== 200) this.#keepRefusal(chunk, at);
		else if (this.#decoder !== null) this.#decode(this.#decoder, chunk, at);
		else this.#feed(chunk, at);
	}
	onResponseEnd() {
		if (this.#decoder !== null) return void this.#decoder.end();
		this.#endAt ??= this.#stamp();
		this.#settle(null);
	}
	onResponseError(_, error) {
		if (this.#ownFailure !== null) return this.#failOurselves(this.#ownFailure);
		if (this.#endAt !== null) return this.#settle(null);
		return this.#fail(readConnectionError(error, {
			headersSeen: this.#headersAt !== null,
			proxied: this.#options.connection.proxy !== null,
			certified: this.#isCertified,
			outOfFiles: isOutOfFiles
		}));
	}
	#stamp() {
		if (!this.#knowsReads && this.#readAt === 0) {
			this.#readAt = this.#clock.now();
			queueMicrotask(() => this.#readAt = 0);
		}
		return this.#readAt;
	}
	#decode(decoder, chunk, at) {
		this.#undecoded.push(at);
		decoder.write(Buffer.from(chunk), () => this.#undecoded.shift());
	}
	#feed(bytes, at) {
		if (this.#settled) return;
		this.#head ??= Buffer.from(bytes.subarray(0, SHOWN_HEAD_BYTES));
		if (this.#reader.push(bytes, at)) this.#endAt ??= at;
	}
	#keepRefusal(chunk, at) {
		if (this.#refusal.add(chunk)) return;
		this.#endAt = at;
		this.#abort();
	}
	#abort() {
		if (this.#controller === null) this.#failOurselves(this.#ownFailure ?? "connect");
		else this.#controller.abort(/* @__PURE__ */ new Error("ended by the client"));
	}
	#readRefused(status, body) {
		return readRefusedConnection(status, {
			upgrade: this.#headers?.["upgrade"],
			body,
			certified: this.#isCertified
		});
	}
	get #isCertified() {
		return this.#options.connection.clientPem != null;
	}
	#failOurselves(failure) {
		if (failure === "connect") this.#fail(stateTrouble({
			name: "no-connection",
			detail: null
		}));
		else this.#settle(failure);
	}
	#fail({ failure, trouble, message }) {
		this.#trouble = trouble;
		this.#settle(failure, message);
	}
	#settle(failure, message = null) {
		if (this.#settled) return;
		this.#settled = true;
		this.#decoder?.destroy();
		const endAt = this.#endAt ?? this.#clock.now();
		this.#done(() => this.#exchange(endAt, failure, message));
	}
	#exchange(endAt, failure, message) {
		const reading = this.#reader.end(endAt);
		const status = this.#status;
		const refused = status !== null && status !== 200;
		const final = refused ? `http_${status}` : failure ?? reading.failure;
		const refusal = refused ? readRefusalText(Buffer.from(this.#refusal.bytes()), this.#headers?.["content-encoding"]) : "";
		return {
			...reading,
			requestId: this.#requestId,
			turnAt: this.#turnAt,
			startAt: this.#startAt ?? endAt,
			connectMs: this.#connectMs,
			headersAt: this.#headersAt,
			endAt,
			reconnected: false,
			renewed: false,
			failure: this.#cancelled ? null : final,
			failureMessage: refused ? readRefusal(refusal) : failure === null ? reading.failureMessage : message,
			trouble: this.#cancelled ? null : refused ? this.#readRefused(status, refusal) : this.#trouble,
			retryAfterMs: this.#headers === null ? null : readRetryAfter(this.#headers, this.#clock.wallNow()),
			headers: this.#headers,
			status,
			answerHead: final === null ? null : refused ? refusal.slice(0, SHOWN_HEAD_BYTES) : this.#head?.toString("utf8") ?? null,
			bodyBytes: this.#bodyBytes,
			heldBack: findBursts(this.#scratch.tokenAt.subarray(0, reading.tokenEvents), this.#bodyBytes)?.by ?? null,
			cancelled: this.#cancelled,
			tokenAt: this.#scratch.tokenAt.subarray(0, reading.tokenEvents),
			tokenCountAt: this.#scratch.tokenCountAt.subarray(0, reading.tokenEvents)
		};
	}
};
function flatten(headers) {
	const flat = {};
	for (const [name, value] of Object.entries(headers)) if (value !== void 0) flat[name] = Array.isArray(value) ? value.join(", ") : value;
	return flat;
}
// src/load/transport/http-transport.ts
const DEADLINE_TICK_MS = 50;
function createHttpTransport({ clock = systemTransportClock, ...rest }) {
	const options = {
		...rest,
		clock
	};
	const buffer = createReadBuffer();
	const connections = /* @__PURE__ */ new Map();
	const running = /* @__PURE__ */ new Set();
	const bySignal = /* @__PURE__ */ new WeakMap();
	const stopLooking = clock.every(DEADLINE_TICK_MS, () => {
		const now = clock.now();
		for (const request of running) request.checkDeadline(now);
	});
	function connectionOf(worker) {
		let found = connections.get(worker);
		if (found === void 0) {
			found = {
				connection: openConnection(options.connection, clock, buffer),
				scratch: createScratch()
			};
			connections.set(worker, found);
		}
		return found;
	}
	function requestsOf(signal) {
		let requests = bySignal.get(signal);
		if (requests === void 0) {
			const created = /* @__PURE__ */ new Set();
			requests = created;
			bySignal.set(signal, created);
			signal.addEventListener("abort", () => created.forEach((one) => one.cancel()), { once: true });
		}
		return requests;
	}
	async function sendOnce(worker, request, spec, signal) {
		const { connection, scratch } = connectionOf(worker);
		const mine = requestsOf(signal);
		return new Promise((resolve, reject) => {
			const one = new HttpRequest(options, connection, scratch, spec, (end) => {
				running.delete(one);
				mine.delete(one);
				try {
					resolve(end());
				} catch (error) {
					reject(error);
				}
			});
			running.add(one);
			mine.add(one);
			if (signal.aborted) one.cancel();
			else one.send(request);
		});
	}
	async function compose(spec, signal) {
		const { api, dialect, url, auth } = options;
		const body = JSON.stringify(api.body(dialect, spec));
		if (auth.stale) await auth.refresh(signal);
		return {
			body,
			credentials: auth.headers({
				method: "POST",
				url,
				body
			}, findKeyPlaceAt(url, api))
		};
	}
	async function settleToken(exchange, { credentials }, signal) {
		const { auth } = options;
		if (exchange.status === 200) auth.noteAccepted(credentials);
		if (exchange.cancelled || !isTokenRefused(exchange)) return exchange;
		if (await auth.renew(credentials, signal)) return {
			...exchange,
			renewed: true
		};
		const acceptedUntil = auth.acceptedUntil();
		return acceptedUntil === null ? exchange : {
			...exchange,
			acceptedUntil
		};
	}
	return {
		async send(worker, spec, signal) {
			const request = await compose(spec, signal);
			const first = await sendOnce(worker, request, spec, signal);
			if (!(connectionOf(worker).connection.reused && first.failure === "connect" && first.headersAt === null) || signal.aborted) return settleToken(first, request, signal);
			return {
				...await settleToken(await sendOnce(worker, request, spec, signal), request, signal),
				reconnected: true
			};
		},
		async close() {
			stopLooking();
			await Promise.all([...connections.values()].map(({ connection }) => connection.destroy()));
		}
	};
}
const TOKEN_REFUSED = /\b(invalid|expired)\b.{0,40}\btoken\b|\btoken\b.{0,40}\b(invalid|expired)\b/i;
function isTokenRefused({ status, failureMessage }) {
	return status === 401 || status === 403 && TOKEN_REFUSED.test(failureMessage ?? "");
}
// src/load/transport/target.ts
const SYSTEM_TIME = {
	clock: systemClock,
	wallClock: () => /* @__PURE__ */ new Date()
};
const CONNECT_TIMEOUT_MS = 1e4;
function buildConnectionOptions(settings) {
	return {
		caCert: settings.caCertPem,
		clientPem: settings.clientPem,
		insecure: settings.insecureTls,
		proxy: settings.proxy === null ? null : settings.proxy.href,
		connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.requestTimeoutMs)
	};
}
function openTransport(settings, { api, dialect, url, auth }, { clock, wallClock } = SYSTEM_TIME) {
	return createHttpTransport({
		connection: {
			...buildConnectionOptions(settings),
			origin: url.origin
		},
		api,
		dialect,
		url,
		headers: {
			...api.headers,
			...settings.headers
		},
		auth,
		requestTimeoutMs: settings.requestTimeoutMs,
		clock: {
			...systemTransportClock,
			now: () => clock.now(),
			wallNow: () => wallClock().getTime()
		}
	});
}
async function getPage(settings, { api, auth }, url, signal) {
	const own = url.origin === settings.endpoint.origin;
	if (own && auth.stale && !await isPrepared(auth, signal)) return null;
	const key = own ? auth.headers({
		method: "GET",
		url,
		body: ""
	}, findKeyPlaceAt(settings.endpoint, api)) : {};
	return getText(url, own ? {
		...api.headers,
		...key,
		...settings.headers
	} : {}, buildConnectionOptions(settings), signal);
}
async function isPrepared(auth, signal) {
	return auth.refresh(signal).then(() => true, () => false);
}
async function sendEach(settings, target, specs, ports) {
	const transport = ports.openTransport(settings, target);
	try {
		const exchanges = [];
		for (const spec of specs) {
			const exchange = await transport.send(0, spec, ports.signal);
			exchanges.push(exchange.renewed ? await transport.send(0, spec, ports.signal) : exchange);
		}
		return exchanges;
	} finally {
		await transport.close();
	}
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
	for (const way of targets) for (const target of listLengthForms(way)) {
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
		if (!/max_completion_tokens|max_tokens/.test(exchange.failureMessage ?? "")) break;
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
function listLengthForms(target) {
	const { api, dialect } = target;
	if (dialect.task !== "chat" || api.isOpenAiLike !== true) return [target];
	return [target, {
		...target,
		dialect: {
			...dialect,
			lengthField: "max_completion_tokens"
		}
	}];
}
// src/load/preflight/calibrate.ts
const CLOSE_ENOUGH = .02;
const MOST_TRIES = 4;
const READINGS = 3;
const SHORTEST_AUTO = 16;
const ANSWER_TOKENS = 4;
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
			if (settings.inputTokens !== "auto" || tokens / 2 < SHORTEST_AUTO) throw explain(first.refused, showUrl(target.url));
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
			const { tokens: got } = await count(words, ANSWER_TOKENS, i);
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
	async function count(words, outputTokens = ANSWER_TOKENS, reading = 0) {
		const id = nonce();
		const random = seedRandom(`${settings.seed}/calibrate/${words}${reading === 0 ? "" : `/${reading}`}`);
		const [exchange] = await send(target, [{
			prompts: [(target.dialect.task === "embeddings" ? buildText : buildPrompt)(Math.round(words), random, id)],
			outputTokens,
			nonce: id
		}]);
		if (isAnswered(exchange)) return {
			tokens: exchange.inputTokens,
			refused: null
		};
		if (!mayBeTooLong(exchange)) throw explain(exchange, showUrl(target.url));
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
// src/settings/values/headers.ts
const OWN_HEADERS = [
	"host",
	"connection",
	"expect",
	"upgrade",
	"keep-alive",
	"content-length",
	"content-type",
	"transfer-encoding",
	"accept-encoding"
];
const CODINGS = [
	"gzip",
	"deflate",
	"br",
	"zstd",
	"identity"
];
function isHeaderName(text) {
	return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}
function readHeaders(text) {
	const pairs = text.trim().startsWith("{") ? pairsOfJson(text) : pairsOfLines(text);
	const headers = /* @__PURE__ */ new Map();
	for (const [rawName, value] of pairs) {
		const name = rawName.toLowerCase();
		if (!isHeaderName(name)) throw new ValueError("has a name that cannot be that of a header; write Name: value");
		if (name === "accept-encoding") checkCodings(value);
		else if (OWN_HEADERS.includes(name)) throw new ValueError(`must not set ${name}, which the client writes itself`);
		if (headers.has(name)) throw new ValueError(`has ${name} twice; give it once`);
		if (!/^[\t\x20-\x7e]+$/.test(value)) throw new ValueError(`has a value of ${name} that is empty or holds characters other than visible ASCII`);
		headers.set(name, value);
	}
	return Object.fromEntries(headers);
}
function checkCodings(value) {
	if (value.split(",").find((coding) => !CODINGS.includes(coding.split(";")[0].trim().toLowerCase())) !== void 0) throw new ValueError(`has an accept-encoding that cannot be decoded; allowed are ${CODINGS.join(", ")}`);
}
function pairsOfLines(text) {
	const lines = text.split("\n").filter((line) => line.trim() !== "");
	if (lines.length === 0) throw new ValueError("must be lines of Name: value, or a JSON object");
	return lines.map((line, index) => {
		const colon = line.indexOf(":");
		if (colon < 1) throw new ValueError(`must be lines of Name: value; line ${index + 1} has no name before a colon`);
		return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
	});
}
function pairsOfJson(text) {
	return Object.entries(readJsonObject(text)).map(([name, value]) => {
		if (typeof value !== "string" && typeof value !== "number") throw new ValueError("must be a JSON object whose members are all texts, or lines of Name: value");
		return [name, String(value)];
	});
}
const OWN_MEMBERS = {
	model: "use model",
	messages: "use prompts-file",
	prompt: "use prompts-file",
	input: "use prompts-file",
	max_tokens: "use output-tokens",
	max_completion_tokens: "use output-tokens",
	stream: "answers are streamed wherever the API can",
	n: "one answer a request is measured"
};
function readExtraBody(text) {
	const body = readJsonObject(text);
	for (const member of Object.keys(body)) {
		const remedy = Object.hasOwn(OWN_MEMBERS, member) ? OWN_MEMBERS[member] : void 0;
		if (remedy !== void 0) throw new ValueError(`must not set "${member}"; ${remedy}`);
	}
	return body;
}
function readJsonObject(text) {
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		throw new ValueError("must be a JSON object, for example {\"top_p\": 1}");
	}
	if (typeof json !== "object" || json === null || Array.isArray(json)) throw new ValueError("must be a JSON object, for example {\"top_p\": 1}");
	return json;
}
// src/settings/auth.ts
function readAuth(text) {
	const trimmed = text.trim();
	const word = AUTH_WORDS.find((one) => one === trimmed);
	if (word !== void 0) return { kind: word };
	const match = /^header:\s*(\S+)$/.exec(trimmed);
	if (match === null || !isHeaderName(match[1]) || OWN_HEADERS.includes(match[1].toLowerCase())) throw new ValueError(`must be ${AUTH_WORDS.join(", ")} or header:<name>, for example header:x-api-key`);
	return {
		kind: "header",
		name: match[1].toLowerCase()
	};
}
function authKindOf(text) {
	const word = text?.trim() ?? "auto";
	if (word.startsWith("header:")) return "header";
	return AUTH_WORDS.find((one) => one === word) ?? null;
}
const CREDENTIALS = [.../* @__PURE__ */ new Set(["api-key", ...WAYS.flatMap(({ settings }) => settings)])];
function credentialsOf(kind) {
	return kind === "none" ? [] : wayOf(kind)?.settings ?? ["api-key"];
}
function basicPair(key) {
	return key.includes(":") ? key : `token:${key}`;
}
function readVariables(kind, env) {
	const names = (wayOf(kind)?.variables ?? []).map(({ name }) => name);
	return Object.fromEntries(names.flatMap((name) => env[name]?.trim() ? [[name, env[name].trim()]] : []));
}
function listSecretVariablesIn(kind, variables) {
	return (wayOf(kind)?.variables ?? []).flatMap(({ name, isSecret }) => isSecret && name in variables ? [name] : []);
}
function listSecretVariables(list) {
	const secret = Object.values(list).filter(({ secret }) => secret === true);
	const borrowed = VENDORS.flatMap((vendor) => vendor.borrowed);
	return [
		...WAYS.flatMap(({ variables }) => variables.flatMap(({ name, isSecret }) => isSecret ? [name] : [])),
		...secret.flatMap(({ env }) => env ?? []),
		...borrowed.flatMap(({ variable, setting }) => secret.some(({ name }) => name === setting) ? [variable] : [])
	];
}
function hasCredentials(given, env) {
	const kind = authKindOf(given.get("auth")?.text);
	const secret = (kind === null ? null : wayOf(kind)?.secret) ?? { setting: "api-key" };
	return (("variable" in secret ? env[secret.variable] : given.get(secret.setting)?.text)?.trim() ?? "") !== "";
}
// src/load/auth/ask-for-token.ts
const PAUSES_MS = [500, 2e3];
const TIMEOUT_MS = 15e3;
const MOST_BYTES = 65536;
const LONGEST_MESSAGE = 300;
const ABOUT_CERTIFICATES = /* @__PURE__ */ new Set([
	"self-signed",
	"private-authority",
	"no-chain",
	"expired",
	"not-yet-valid",
	"client-certificate",
	"refused-certificate"
]);
const BUSY_STATUS = /* @__PURE__ */ new Set([
	408,
	425,
	429
]);
async function askForToken(question, settings, clock, signal) {
	for (let tries = 0;; tries++) {
		const answer = await tryOnce(question, settings, signal);
		if (answer.ok) return findToken(answer.members, question);
		const pause = answer.isDown ? PAUSES_MS[tries] : void 0;
		if (pause === void 0 || signal.aborted) throw answer.error;
		await clock.sleep(pause, signal);
	}
}
function findToken(members, { method, url, member, who, misplaced }) {
	const token = members[member];
	if (typeof token === "string" && /^[\x21-\x7e]{1,16384}$/.test(token)) return {
		token,
		members
	};
	const tried = `${method} ${showUrl(url)}`;
	throw new EndpointError(`${who} answered without a token`, {
		tried,
		remedy: misplaced
	});
}
async function tryOnce(question, settings, signal) {
	const { method, url, headers, body, who, isGithubs, refused, misplaced } = question;
	const connection = buildConnectionOptions(settings);
	const fail = (what, remedy, isDown = false) => {
		return {
			ok: false,
			isDown,
			error: new EndpointError(what, {
				tried: `${method} ${showUrl(url)}`,
				remedy
			})
		};
	};
	let answer;
	try {
		answer = await ask$1({
			method,
			url,
			headers: {
				...headers,
				accept: "application/json"
			},
			body,
			mostBytes: MOST_BYTES,
			timeoutMs: TIMEOUT_MS
		}, isGithubs === true ? {
			...connection,
			clientPem: null,
			insecure: false
		} : connection, signal);
	} catch (error) {
		const { what, remedy, isDown } = explainNoAnswer(error, question, {
			headersSeen: false,
			proxied: connection.proxy !== null,
			certified: connection.clientPem != null,
			outOfFiles: isOutOfFiles
		});
		return fail(what, remedy, isDown);
	}
	const { status, location, text } = answer;
	const members = asObject(parseJson$1(text));
	const said = quoteAnswer(text, members);
	if (status === 200) {
		if (members !== null) return {
			ok: true,
			members
		};
		return fail(`${who} answered with ${text.trimStart().startsWith("<") ? "a page" : "something else"} instead of a token${said}`, misplaced);
	}
	if (status >= 300 && status < 400) return fail(`${who} redirects (${status}) to ${originOf(location, url)}; redirects are not followed, so that no secret goes elsewhere`, misplaced);
	if (status >= 500 || BUSY_STATUS.has(status)) return fail(`${who} is not able to answer (${status})${said}`, "run again when it is", true);
	if (status === 404 || status === 405) return fail(`${who} is not there (${status})${said}`, misplaced);
	return fail(`${who} says no (${status})${said}`, refused);
}
function explainNoAnswer(error, { who, unreachable }, state) {
	const { trouble, failure } = readConnectionError(error, state);
	const ours = findClientFailure(failure);
	if (ours !== null) return {
		what: `${who} cannot be reached: ${toHalf(ours.meaning)}`,
		remedy: toHalf(ours.remedy),
		isDown: true
	};
	if (trouble !== null && ABOUT_CERTIFICATES.has(trouble.name)) return {
		what: `${who} cannot be reached: ${escapeForTerminal(describeTrouble(trouble), LONGEST_MESSAGE)}`,
		remedy: findTrouble$1(trouble.name).remedy,
		isDown: false
	};
	return {
		what: `${who} cannot be reached (${codeOf$2(error)})`,
		remedy: unreachable,
		isDown: true
	};
}
function quoteAnswer(text, members) {
	const { error, error_description: description } = members ?? {};
	const said = typeof error === "string" && typeof description === "string" ? `${error}: ${description}` : readRefusal(text);
	return said === null ? "" : `: ${escapeForTerminal(said, LONGEST_MESSAGE)}`;
}
function toHalf(sentence) {
	return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1, -1)}`;
}
function codeOf$2(error) {
	const { code, name } = error;
	return escapeForTerminal(typeof code === "string" ? code : String(name));
}
function originOf(location, from) {
	if (location === null || !URL.canParse(location, from.href)) return "an address that it does not name";
	return showUrl(new URL(new URL(location, from).origin));
}
// src/load/auth/authorizer.ts
function createLastLetIn({ clock, wallClock }) {
	let at = null;
	return {
		noteAccepted() {
			at = clock.now();
		},
		acceptedUntil: () => at === null ? null : new Date(wallClock().getTime() - (clock.now() - at))
	};
}
// src/load/auth/token.ts
const LONGEST_MARGIN_MS = 12e4;
const SHORTEST_MARGIN_MS = 4e4;
const FAILURE_STANDS_MS = 1e4;
const YOUNG_MS = 1e3;
function createTokenAuthorizer(fetchToken, { requestTimeoutMs }, ports) {
	const { clock, hide } = ports;
	const acceptance = createLastLetIn(ports);
	let held = null;
	let pending = null;
	let failure = null;
	const hasFailedLately = () => failure !== null && clock.now() - failure.at < FAILURE_STANDS_MS;
	const isUsable = () => held !== null && clock.now() < held.expiresAt;
	const isStale = () => held === null || clock.now() >= held.staleAt && !(hasFailedLately() && clock.now() < held.expiresAt);
	async function fetchOne(signal) {
		if (failure !== null && hasFailedLately()) throw failure.error;
		try {
			const token = await fetchToken(signal);
			hide(token.value);
			held = holdToken(token, clock.now(), requestTimeoutMs);
			failure = null;
		} catch (error) {
			if (signal.aborted) return;
			failure = {
				at: clock.now(),
				error
			};
			throw error;
		}
	}
	async function replace(before, signal) {
		while (held === before && !signal.aborted) {
			pending ??= fetchOne(signal).finally(() => pending = null);
			await pending;
		}
	}
	return {
		acceptedUntil: acceptance.acceptedUntil,
		get stale() {
			return isStale();
		},
		headers: () => held === null ? {} : { authorization: held.authorization },
		async refresh(signal) {
			if (!isStale()) return;
			try {
				await replace(held, signal);
			} catch (error) {
				if (!isUsable()) throw error;
			}
		},
		noteAccepted(sent) {
			acceptance.noteAccepted(sent);
			if (held !== null && sent["authorization"] === held.authorization) held.isProven = true;
		},
		async renew(sent, signal) {
			if (held === null) return false;
			if (sent["authorization"] !== held.authorization) return true;
			if (!held.isProven || clock.now() - held.fetchedAt < YOUNG_MS) return false;
			await replace(held, signal);
			return true;
		}
	};
}
function holdToken({ value, lifetimeMs }, fetchedAt, requestTimeoutMs) {
	const lifetime = Math.max(YOUNG_MS, lifetimeMs ?? Infinity);
	const margin = Math.min(lifetime / 2, Math.max(SHORTEST_MARGIN_MS, Math.min(requestTimeoutMs, LONGEST_MARGIN_MS)));
	const expiresAt = fetchedAt + lifetime;
	return {
		authorization: `Bearer ${value}`,
		fetchedAt,
		staleAt: expiresAt - margin,
		expiresAt,
		isProven: false
	};
}
// src/load/auth/authorizers.ts
function createAuthorizer(settings, ports) {
	const way = wayOf(settings.auth.kind);
	const credentials = pickCredentials(settings);
	const { fetchToken } = way ?? {};
	if (fetchToken !== void 0) {
		const fetch = async (signal) => fetchToken(credentials, {
			ask: async (question) => askForToken(question, settings, ports.clock, signal),
			hide: ports.hide
		});
		return createTokenAuthorizer(fetch, settings, ports);
	}
	const sign = way?.createSigner?.(credentials);
	return createLastingAuthorizer((request, place) => sign === void 0 ? buildKeyHeaders(settings, place) : sign(request, ports.wallClock()), ports);
}
function pickCredentials(settings) {
	const { endpoint, clientId, clientSecret, tokenUrl, oidcAudience, variables } = settings;
	return {
		endpoint,
		clientId,
		clientSecret,
		tokenUrl,
		oidcAudience,
		variables
	};
}
function createLastingAuthorizer(headers, ports) {
	return {
		...createLastLetIn(ports),
		stale: false,
		headers,
		refresh: async () => {},
		renew: async () => false
	};
}
function buildKeyHeaders({ apiKey, auth }, place) {
	if (apiKey === null) return {};
	if ("name" in auth) return { [auth.name]: apiKey };
	return isWayWord(auth.kind) ? {} : KEY_HEADERS[auth.kind](apiKey, place);
}
const KEY_HEADERS = {
	auto: (key, place) => place === "bearer" ? proveByBearer(key) : { [place.header]: key },
	bearer: proveByBearer,
	basic: (key) => ({ authorization: `Basic ${Buffer.from(basicPair(key)).toString("base64")}` }),
	none: () => ({})
};
function proveByBearer(token) {
	return { authorization: `Bearer ${token}` };
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
function assumeTarget(settings, ports) {
	const [target] = candidatesOf(settings, settings.model, createAuthorizer(settings, ports));
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
	return new EndpointError(`\`task\` is ${task}, and ${named === "auto" ? `the URL is one of ${api.name}` : `\`api\` is ${api.name}`}, which serves ${api.tasks.join(", ")}`, {
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
async function findAcceptedFields(target, send, nonce) {
	let wanted = [...target.api.optionalFields(target.dialect.task)];
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
		throw explain(exchange, showUrl(target.url));
	}
}
function isRefusal({ status, failure, cancelled }) {
	if (cancelled || status === null) return false;
	if (status === 200) return failure === "error_event" || failure === "parse" || failure === "empty";
	return REFUSAL_STATUS.has(status);
}
// src/load/preflight/identify.ts
const LONGEST_MS$4 = 3e3;
const API_PATHS = ["v\\d[a-z0-9.]*|api|openai|generate(_stream)?|completions?|chat|embeddings|responses|models?|infer|invocations", ...VENDORS.flatMap(({ paths = [] }) => paths)];
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
	if (server === null) return [];
	const highest = settings.concurrency === "auto" ? settings.maxConcurrency : Math.max(...settings.concurrency);
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
	return [.../* @__PURE__ */ new Set([prefix, ""])].map((path) => new URL(`${path}/`, endpoint.origin));
}
async function lookAtPages(settings, target, base, paths, { signal, deadline = systemDeadline }) {
	const soon = AbortSignal.any([signal, deadline(LONGEST_MS$4)]);
	const pages = await Promise.all(paths.map(async (path) => [path, await getPage(settings, target, new URL(`.${path}`, base), soon)]));
	return recogniseServer(new Map(pages.flatMap(([path, page]) => page === null ? [] : [[path, page]])));
}
// src/settings/values/urls.ts
function readHttpUrl(text) {
	const url = parseUrl(text);
	if (url.username !== "" || url.password !== "") throw new ValueError("must not hold a user or password; use api-key, or headers with \"Authorization: Basic …\"");
	url.hash = "";
	return url;
}
function readProxyUrl(text) {
	const url = parseUrl(text);
	if (url.pathname !== "/" || url.search !== "") throw new ValueError("must be none or only scheme, host and port, for example http://proxy.internal:3128");
	return url;
}
function redactUrls(text) {
	const path = text.slice(0, endOfPath(text));
	const query = path === text ? "" : "?…";
	if (isUrlWithoutUser(text)) return path + query;
	const at = text.lastIndexOf("@");
	const from = /^\s*[a-z][a-z\d+.-]*:\/\//i.exec(path)?.[0].length ?? 0;
	if (at < from || from === 0 && !path.slice(0, at).includes(":")) return path + query;
	return `${path.slice(0, from)}…${path.slice(Math.min(at, path.length))}${query}`;
}
function endOfPath(text) {
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
// src/settings/nearest.ts
function findNearest(text, names) {
	const asked = text.toLowerCase().replaceAll("_", "-");
	const foreign = [FOREIGN_NAMES.get(asked), nameForeignMetric(asked)].find((name) => name !== void 0 && names.includes(name));
	if (foreign !== void 0) return foreign;
	const longer = names.find((name) => asked.length >= 3 && name.startsWith(`${asked}-`));
	if (longer !== void 0) return longer;
	let best = null;
	let bestDistance = Math.max(1, Math.floor(asked.length / 3)) + 1;
	for (const name of names) {
		if (asked.length < 6 && asked[0] !== name[0]) continue;
		const distance = countEdits(asked, name);
		if (distance < bestDistance) {
			best = name;
			bestDistance = distance;
		}
	}
	return best ?? names.find((name) => asked.length >= 3 && name.startsWith(asked)) ?? null;
}
const FOREIGN_NAMES = listForeign({
	concurrency: "qps rps rate request-rate requests-per-second arrival-rate users vus clients workers threads connections parallel parallelism max-concurrent num-concurrent-requests batch-concurrency levels",
	"level-duration": "duration time run-time window test-duration",
	"level-requests": "requests num-requests num-prompts num-samples request-count iterations",
	passes: "repeat repeats repetitions rounds",
	"warmup-requests": "warmup warm-up num-warmups",
	control: "control-url reference reference-url control-endpoint",
	"control-api-key": "control-key",
	endpoint: "url base-url host server target address api-base",
	model: "model-name served-model-name model-id",
	"api-key": "key token api-token bearer openai-api-key",
	headers: "header",
	"request-timeout": "timeout",
	"input-tokens": "input-len input-length isl prompt-tokens prompt-length random-input-len",
	"output-tokens": "max-tokens max-new-tokens output-len output-length osl random-output-len",
	"prompts-file": "prompts dataset dataset-path input-file",
	limits: "slo slos sla goodput assert thresholds",
	tolerance: "threshold max-regression margin",
	"report-json": "output out output-file save-result json",
	history: "baseline",
	baseline: "history compare-with"
});
const FOREIGN_TIMES = listForeign({
	ttft: "ttft time-to-first-token first-token",
	tpot: "tpot time-per-output-token",
	"inter-chunk": "itl inter-token inter-token-latency tbt",
	latency: "latency e2e e2el e2e-latency end-to-end request-latency response-time"
});
const FOREIGN_METRICS = listForeign({
	"error-rate": "errors failures failure-rate fail-rate",
	throughput: "tps tokens-per-second output-throughput output-token-throughput",
	"requests-per-second": "rps request-throughput"
});
const AVERAGES = [
	"mean",
	"avg",
	"average",
	"median"
];
function nameForeignMetric(asked) {
	const words = asked.split("-").filter((word) => word !== "ms");
	const isStatistic = (word) => /^p\d\d$/.test(word) || AVERAGES.includes(word);
	const time = FOREIGN_TIMES.get(words.filter((word) => !isStatistic(word)).join("-"));
	if (time === void 0) return FOREIGN_METRICS.get(asked);
	const statistic = words.find(isStatistic);
	return `${time}-${statistic === void 0 || AVERAGES.includes(statistic) ? "p50" : statistic}`;
}
function listForeign(names) {
	return new Map(Object.entries(names).flatMap(([name, others]) => others.split(" ").map((other) => [other, name])));
}
const RATES = [
	"qps",
	"rps",
	"rate",
	"request-rate",
	"requests-per-second",
	"arrival-rate"
];
function explainUnknown(name, names, { spell, otherwise }) {
	const similar = findNearest(name, names);
	if (similar === null) return `is not a setting${otherwise}`;
	return similar === "concurrency" && RATES.includes(name.toLowerCase().replaceAll("_", "-")) ? `is not a setting; load is set by how many requests are under way at once, not by their rate: ${spell(similar)}, for example 1,2,4,8` : `is not a setting; did you mean ${spell(similar)}?`;
}
function countEdits(a, b) {
	let beforePrevious = [];
	let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const current = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
			let distance = Math.min(replaced, previous[j] + 1, current[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) distance = Math.min(distance, beforePrevious[j - 2] + 1);
			current.push(distance);
		}
		beforePrevious = previous;
		previous = current;
	}
	return previous[b.length];
}
// src/load/preflight/models.ts
const MOST_NAMES = 1e3;
const LONGEST_NAME$1 = 100;
const MOST_SHOWN = 10;
async function listModels$1(settings, target, signal) {
	const url = target.api.modelsUrl(settings.endpoint);
	const page = url === null ? null : await getPage(settings, target, url, signal);
	return page?.status === 200 ? target.api.modelNames(parseJson$1(page.text)).slice(0, MOST_NAMES) : [];
}
async function findModel(settings, auth, { log, signal }) {
	const [first, ...others] = await listModels$1(settings, {
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
	const [a, b] = [name.toLowerCase().slice(0, LONGEST_NAME$1), wanted.toLowerCase().slice(0, LONGEST_NAME$1)];
	return a.includes(b) || b.includes(a) ? Math.abs(a.length - b.length) / LONGEST_NAME$1 : countEdits(a, b);
}
// src/load/preflight/diagnose.ts
async function diagnose(settings, { target, exchange }, model, ports) {
	const plainly = {
		error: explain(exchange, showUrl(target.url)),
		other: null
	};
	if (exchange.trouble !== null) return plainly;
	if (explainByOwner(exchange, showUrl(target.url)) !== null) return plainly;
	const complaint = complaintOf(exchange);
	if (complaint?.about === "model" || complaint?.about === "no-model") {
		const names = target.api.modelsUrl(settings.endpoint) !== null ? await listModels$1(settings, target, ports.signal) : null;
		return {
			error: addModels(plainly.error, names, model),
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
function addModels({ what, tried, remedy }, names, model) {
	if (names === null) return new EndpointError(what, {
		tried,
		remedy: model === null ? "check the model in the path of `endpoint`" : remedy
	});
	if (names.length === 0) return new EndpointError(what, {
		tried,
		remedy: `${remedy}; it lists none`
	});
	return new EndpointError(what, {
		tried,
		remedy: `set \`model\`${model === null ? "" : `, which is ${escapeForTerminal(model)},`} to one that it lists: ${showModels(names, model)}`
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
const TASK_END = /\/(chat\/completions|completions|embeddings|api\/\w+)$/;
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
	return escapeForTerminal(versionText(server) ?? server.name ?? "a server of no known kind");
}
// src/load/preflight/look-at-port.ts
const LONGEST_MS$3 = 3e3;
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
	const until = AbortSignal.any([signal, deadline(LONGEST_MS$3)]);
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
	let model = settings.model;
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
	const error = mentionProxy(explain(exchange, showUrl(target.url)), exchange, settings);
	const { requestTimeoutMs } = limited;
	const isTimeout = exchange.failure?.startsWith("timeout_") === true || /^no-(connection|handshake)$/.test(exchange.trouble?.name ?? "");
	if (requestTimeoutMs === settings.requestTimeoutMs || !isTimeout) return error;
	return new EndpointError(`the endpoint did not answer in ${`the ${showSeconds(requestTimeoutMs)} that \`ready-timeout\` (${showSeconds(settings.readyTimeoutMs)}) left for it`}: ${describeProgress(exchange)}`, {
		tried: error.tried,
		remedy: "raise `ready-timeout` if the model is still loading; else look at the log of the server"
	});
}
function mentionProxy(error, { failure }, { unusedProxy }) {
	if (failure !== "connect" || unusedProxy === null) return error;
	const { what, tried, remedy } = error;
	return new EndpointError(what, {
		tried,
		remedy: `${remedy}; ${`${unusedProxy} is set, and is used only when it is given as \`proxy\``}`
	});
}
function describeProgress({ status, tokenEvents, trouble }) {
	if (trouble?.name === "no-handshake") return "it was connected, and the TLS handshake had not ended";
	if (trouble !== null) return "there was no connection yet";
	if (status === null) return "it was connected, and no answer had begun";
	return `the answer had begun (${status}) and not ended, ${tokenEvents === 0 ? "without a token" : "in the middle of its tokens"}`;
}
function showSeconds(ms) {
	return `${Math.round(ms / 100) / 10} s`;
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
const FULL_LENGTH_ANSWERS = 3;
const AUTO_INPUT_TOKENS = 512;
const AUTO_EMBEDDINGS_TOKENS = 256;
const CACHED_TTFT_SHARE = .7;
async function runPreflight(settings, ports) {
	const from = ports.clock.now();
	const ready = await waitUntilReady(settings, ports);
	const waitedMs = ports.clock.now() - from;
	const send = async (target, specs) => sendEach(settings, target, specs, ports);
	const fields = await findAcceptedFields(ready.target, send, ports.nonce);
	const target = setFields(ready.target, fields);
	const wanted = chooseLengths$1(settings, target);
	const input = await calibratePrompt(settings, target, wanted, send, ports.nonce);
	const shrunkTo = input.lengths === wanted ? null : meanLength(input.lengths);
	if (shrunkTo !== null) ports.log(`input-tokens: ${shrunkTo}, because ${meanLength(wanted)} are more than the endpoint takes`);
	const workload = chooseWorkload(settings, target, input.lengths, input.promptModel, ports.nonce);
	const requests = createWorkload(workload, 1, 0);
	const specs = Array.from({ length: FULL_LENGTH_ANSWERS }, () => requests.next(0, null));
	const answers = await send(target, specs);
	const failed = answers.find(({ failure }) => failure !== null);
	if (failed !== void 0) throw explain(failed, showUrl(target.url));
	const repeated = target.dialect.task === "embeddings" ? null : (await send(target, [specs.at(-1)]))[0];
	if (ports.signal.aborted) throw cancelError(target);
	const lone = describeLone(answers);
	const last = answers.at(-1);
	const checks = checkAnswers(answers, specs, repeated, settings.headers["accept-encoding"]);
	const server = await identifyServer(settings, target, last, ports);
	for (const hint of [...checks.hints, ...hintServer(server, settings)]) ports.log(`  ! ${hint}`);
	return {
		target,
		workload,
		waitedMs,
		shrunkTo,
		lone,
		servedModel: ready.servedModel,
		build: ready.build,
		serverVersion: server === null ? null : versionText(server),
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
			prefixCache: judgeCache(answers, repeated),
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
			...checks.findings
		],
		rateLimit: pickRateLimitHeaders(last)
	};
}
function chooseWorkload(settings, target, inputTokens, promptModel, nonce) {
	return {
		task: target.dialect.task,
		seed: settings.seed,
		inputTokens,
		outputTokens: settings.outputTokens,
		promptModel,
		prompts: settings.prompts,
		prefixCache: settings.prefixCache,
		sharedPrefixTokens: settings.sharedPrefixTokens,
		batchSize: settings.batchSize,
		nonce
	};
}
function assumePreflight(settings, target, nonce) {
	const lengths = chooseLengths$1(settings, target);
	return {
		target,
		workload: chooseWorkload(settings, target, lengths, UNCALIBRATED, nonce),
		waitedMs: 0,
		shrunkTo: null,
		lone: {
			latencyMs: 1e3,
			inputTokens: meanLength(lengths),
			outputTokens: target.dialect.task === "embeddings" ? 0 : meanLength(settings.outputTokens)
		},
		servedModel: null,
		build: null,
		serverVersion: null,
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
function chooseLengths$1(settings, target) {
	if (settings.inputTokens !== "auto") return settings.inputTokens;
	return fixLength(target.dialect.task === "embeddings" ? AUTO_EMBEDDINGS_TOKENS : AUTO_INPUT_TOKENS);
}
function describeLone(answers) {
	const latencies = answers.map(({ startAt, lastTokenAt, endAt }) => (lastTokenAt ?? endAt) - startAt).sort((a, b) => a - b);
	const average = (of) => answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length;
	return {
		latencyMs: latencies[Math.floor(latencies.length / 2)],
		inputTokens: average(({ inputTokens }) => inputTokens ?? 0),
		outputTokens: average(({ outputTokens }) => outputTokens)
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
function cancelError(target) {
	return new EndpointError("the run was cancelled", {
		tried: `POST ${showUrl(target.url)}`,
		remedy: "run again"
	});
}
// src/plan/ladder.ts
const MOST_LEVELS = 7;
function chooseNextLevel(ladder, done, plateauReached) {
	const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency));
	const climbed = climbOf(ladder, done);
	if (climbed !== null) {
		const top = climbed.at(-1) ?? 0;
		const topped = top >= ladder.maxConcurrency || broken < Infinity || plateauReached;
		if (done.length === climbed.length && !topped) return {
			concurrency: Math.min(ladder.maxConcurrency, top === 0 ? 1 : 2 * top),
			pass: 1
		};
	}
	const levels = listLadderLevels(ladder, done);
	for (let pass = 1; pass <= ladder.passes; pass++) {
		const open = shuffle(levels, seedRandom(`${ladder.seed}/pass/${pass}`)).find((concurrency) => concurrency <= broken && !done.some((level) => level.pass === pass && level.concurrency === concurrency));
		if (open !== void 0) return {
			concurrency: open,
			pass
		};
	}
	return null;
}
function climbOf(ladder, done) {
	if (ladder.levels !== "auto") return null;
	const steps = listPossibleLevels({
		...ladder,
		named: []
	});
	return done.filter(({ pass }) => pass === 1).map(({ concurrency }) => concurrency).filter((concurrency) => steps.includes(concurrency));
}
function listLadderLevels(ladder, done) {
	const found = climbOf(ladder, done);
	if (found === null) return [...ladder.levels];
	return sortAscending([...found.length <= MOST_LEVELS ? found : [found[0], ...found.slice(-6)], ...ladder.named]);
}
function countLevelRuns(ladder, done) {
	const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency));
	const isMost = ladder.levels === "auto" && broken === Infinity && !done.some(({ pass }) => pass > 1);
	const levels = isMost ? listPossibleLevels(ladder) : listLadderLevels(ladder, done);
	let total = done.length;
	for (let pass = 1; pass <= ladder.passes; pass++) {
		const measured = new Set(done.filter((level) => level.pass === pass).map(({ concurrency }) => concurrency));
		total += levels.filter((concurrency) => concurrency <= broken && !measured.has(concurrency)).length;
	}
	return {
		total,
		isMost
	};
}
function listPossibleLevels(ladder) {
	if (ladder.levels !== "auto") return [...ladder.levels];
	const levels = [ladder.maxConcurrency, ...ladder.named];
	for (let c = 1; c < ladder.maxConcurrency; c *= 2) levels.push(c);
	return sortAscending(levels);
}
function sortAscending(levels) {
	return [...new Set(levels)].sort((a, b) => a - b);
}
// src/plan/plan.ts
const SHORTEST_WINDOW_MS = 1e3;
const LEAST_REQUESTS = 3;
const SLOWDOWN_PER_REQUEST = .05;
function planSweep(options) {
	const { passes: most, leastPasses: passes = most } = options.ladder;
	const asked = planWith(options, passes, options.levelDurationMs, []);
	const broken = findBrokenBudgets(asked, options);
	if (broken.length === 0) return passes === most ? asked : allowMorePasses(asked, options);
	const why = `${broken.join(", ")} would not hold`;
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
			cut: [...plan.cut, `the run will end early: ${left.join(", ")} is too little for the plan`]
		};
	}
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
function planWith(options, passes, levelDurationMs, cut) {
	const { leastPasses: _, ...rest } = options.ladder;
	const ladder = {
		...rest,
		passes
	};
	const minRequests = (concurrency) => Math.max(LEAST_REQUESTS, Math.ceil(options.minSamples(concurrency) / passes));
	const plan = {
		...options,
		ladder,
		levelDurationMs,
		minRequests
	};
	const levels = listPossibleLevels(ladder).map((concurrency) => estimateLevelCost(plan, concurrency));
	const sum = (figure) => passes * levels.reduce((total, level) => total + level[figure], 0);
	const sides = options.control == null ? 1 : 2;
	const requests = sides * Math.round(sum("requests"));
	return {
		ladder,
		levelDurationMs,
		minRequests,
		levelRequests: options.levelRequests,
		warmupRequests: options.warmupRequests,
		sentinel: options.sentinel,
		soak: options.soak,
		sides,
		expected: {
			seconds: Math.round((options.control === "turns" ? 2 : 1) * sum("seconds")),
			requests,
			inputTokens: Math.round(requests * options.lone.inputTokens),
			outputTokens: Math.round(requests * options.lone.outputTokens)
		},
		cut
	};
}
function estimateLevelCost(plan, concurrency) {
	const latencyMs = Math.max(1, plan.lone.latencyMs) * (1 + SLOWDOWN_PER_REQUEST * (concurrency - 1));
	const forRequests = Math.max(concurrency, plan.minRequests(concurrency)) / concurrency * latencyMs;
	const byRequests = Math.max(plan.levelRequests ?? Infinity, concurrency) / concurrency * latencyMs;
	const windowMs = Math.max(Math.min(plan.levelDurationMs, byRequests), Math.min(forRequests, byRequests));
	const totalMs = plan.warmupRequests * latencyMs + windowMs + latencyMs;
	return {
		seconds: totalMs / 1e3,
		requests: concurrency * totalMs / latencyMs
	};
}
function findBrokenBudgets({ expected }, { maxDurationMs, maxRequests, maxOutputTokens }) {
	const broken = [];
	if (maxDurationMs !== null && expected.seconds * 1e3 > maxDurationMs) broken.push(`max-duration ${formatSeconds(maxDurationMs)}`);
	if (maxRequests !== null && expected.requests > maxRequests) broken.push(`max-requests ${maxRequests}`);
	if (maxOutputTokens !== null && expected.outputTokens > maxOutputTokens) broken.push(`max-output-tokens ${maxOutputTokens}`);
	return broken;
}
function describeFewerPasses(passes, asked, why) {
	return `${pluralise(passes, "pass", "passes")} instead of ${asked}: ${why}`;
}
function formatSeconds(ms) {
	return `${Math.round(ms / 100) / 10} s`;
}
// src/plan/run-plan.ts
function planLevels(settings, { lone, control = null }, historyLevels = null) {
	const named = settings.limits.flatMap(({ concurrency }) => concurrency ?? []);
	const known = historyLevels?.filter((level) => level <= settings.maxConcurrency) ?? [];
	const automatic = known.length === 0 ? "auto" : sortAscending([...known, ...named]);
	return planSweep({
		...loadOf(settings),
		ladder: {
			levels: settings.concurrency === "auto" ? automatic : settings.concurrency,
			maxConcurrency: settings.maxConcurrency,
			named,
			...settings.passes === "auto" ? AUTO_PASSES : { passes: settings.passes },
			seed: settings.seed
		},
		minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
		lone,
		sentinel: settings.preflight,
		soak: true,
		control
	});
}
function planSecondLook(settings, { lone, control = null }, levels) {
	return planSweep({
		...loadOf(settings),
		ladder: {
			levels: sortAscending(levels),
			maxConcurrency: settings.maxConcurrency,
			named: [],
			passes: settings.confirm,
			seed: `${settings.seed}/confirm`
		},
		minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
		lone,
		sentinel: false,
		soak: false,
		control
	});
}
const AUTO_PASSES = {
	leastPasses: 3,
	passes: 10
};
function countRequiredSamples({ limits, throughputWithin }, concurrency) {
	const percentiles = [...limits.filter((limit) => limit.concurrency === null || limit.concurrency === concurrency), ...throughputWithin ?? []].map(({ metric }) => metricOf(metric).percentile);
	return Math.max(1, ...percentiles.map((percentile) => percentile === null ? 1 : MINIMUM_SAMPLES[percentile]));
}
function loadOf(settings) {
	const { levelDurationMs, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens } = settings;
	return {
		levelDurationMs,
		levelRequests,
		warmupRequests,
		maxDurationMs,
		maxRequests,
		maxOutputTokens
	};
}
function selectRuns(plan, runs) {
	const levels = new Set(listMeasuredLevels(plan, runs));
	return runs.filter(({ concurrency }) => levels.has(concurrency));
}
function listMeasuredLevels(plan, runs) {
	if (runs.length === 0) return listPossibleLevels(plan.ladder);
	return listLadderLevels(plan.ladder, runs.map((run) => ({
		...run,
		held: true
	})));
}
// src/render/progress.ts
function renderPlan({ levels, passes, mostPasses = passes, expected }) {
	const { inputTokens, outputTokens } = expected;
	const tokens = inputTokens > 0 && outputTokens > 0 ? `${formatLarge(inputTokens)} tokens in, ${formatLarge(outputTokens)} out` : `${formatLarge(outputTokens || inputTokens)} ${outputTokens > 0 ? "output" : "input"} tokens`;
	return [
		`${pluralise(levels.length, "level")} × ${mostPasses > passes ? `${passes} to ${mostPasses} passes` : pluralise(passes, "pass", "passes")}`,
		formatAbout(expected.seconds),
		pluralise(Math.round(expected.requests), "request"),
		tokens
	].join(", ");
}
function renderPlace({ count, total, isMost }, { concurrency, side }) {
	return `${count} of ${isMost ? "up to " : ""}${total}, level ${concurrency}${side === "control" ? " of the control" : ""}`;
}
function renderProgress(pass, { place, ...level }) {
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
		requests.failed === 0 ? null : `${formatCount(requests.failed)} failed`
	];
	const { secondsLeft } = place;
	const left = secondsLeft === null ? "" : `; ${formatAbout(secondsLeft).replace("about ", "~")} left`;
	return `${renderPlace(place, level)}: ${parts.filter((part) => part !== null).join(", ")}${left}`;
}
// src/shell/dry-run.ts
const ASSUMPTION = "assumes answers of 1 s";
const NONCE = "0".repeat(16);
function renderDryRun(settings, sources) {
	const { url, api, control, plan } = planWithoutAsking(settings);
	const beside = control === void 0 ? "" : ` beside ${control}`;
	const width = Math.max(...sources.map(({ name }) => name.length));
	return [
		describeAct(`${url} (${api})${beside}`, settings),
		`${renderPlan(plan)}${describeShare(settings)}`,
		`(before preflight: ${ASSUMPTION})`,
		"",
		...plan.cut.map((cut) => `  ! ${dropCodeMarks(cut)}`),
		...sources.map(({ name, value, source }) => `${name.padEnd(width)}  ${value}  (${source})`),
		""
	].join("\n");
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
	return `${JSON.stringify({
		schema: "plateau/dry-run@1",
		...planWithoutAsking(settings),
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
		control: control === null ? null : controlTiming
	});
	return {
		url: showUrl(target.url),
		api: target.api.name,
		...control !== null && { control: showUrl(control) },
		plan: reportPlan(plan)
	};
}
function planLine(plan, settings) {
	const sides = plan.sides === 1 ? "" : describeSides(settings);
	return `${renderPlan(reportPlan(plan))}${sides}${settings.preflight ? "" : ` (without preflight: ${ASSUMPTION})`}`;
}
function describeSides({ controlTiming }) {
	return `, endpoint and control ${controlTiming === "turns" ? "in turns" : "together"}`;
}
function reportPlan({ ladder, expected, cut }) {
	const { passes: mostPasses, leastPasses } = ladder;
	const passes = leastPasses === void 0 ? { passes: mostPasses } : {
		passes: leastPasses,
		mostPasses
	};
	return {
		levels: listPossibleLevels(ladder),
		...passes,
		expected,
		cut
	};
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
// src/stats/isotonic.ts
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
// src/stats/student-t.ts
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
const MAD_TO_SD = 1.4826;
function findOutliers(values, cut) {
	if (values.length === 0) return [];
	const centre = median([...values]);
	const mad = median(values.map((value) => Math.abs(value - centre)));
	const limit = mad === 0 ? Infinity : cut * MAD_TO_SD * mad;
	return values.map((value) => Math.abs(value - centre) > limit);
}
// src/metrics/figures.ts
function flowOf(runs) {
	let seconds = 0;
	let outputTokens = 0;
	let inputTokens = 0;
	let requests = 0;
	let ended = 0;
	let withInput = 0;
	for (const run of runs) {
		if (run.window === null) continue;
		seconds += (run.window.endMs - run.window.startMs) / 1e3;
		outputTokens += run.cancelledWindowTokens;
		for (const record of run.records) {
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
function ratesOf(flow, task) {
	const divideBySeconds = (amount) => amount === null || flow.seconds === 0 ? null : amount / flow.seconds;
	return {
		outputTokensPerSecond: task === "embeddings" ? null : divideBySeconds(flow.outputTokens),
		inputTokensPerSecond: divideBySeconds(flow.inputTokens),
		requestsPerSecond: divideBySeconds(flow.requests)
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
function summarise({ sorted, infinite }) {
	const n = sorted.length;
	if (n === 0) return null;
	let sum = 0;
	for (const value of sorted) sum += value;
	const mean = sum / n;
	let squares = 0;
	for (const value of sorted) squares += (value - mean) ** 2;
	return {
		n,
		mean,
		sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
		min: sorted[0],
		p50: percentile(sorted, "p50", infinite),
		p90: percentile(sorted, "p90", infinite),
		p95: percentile(sorted, "p95", infinite),
		p99: percentile(sorted, "p99", infinite),
		max: sorted[n - 1]
	};
}
function summariseHistogram(histogram) {
	const n = histogram.count;
	if (n === 0) return null;
	let sum = 0;
	let first = -1;
	let last = -1;
	histogram.buckets.forEach((count, i) => {
		if (count === 0) return;
		sum += count * bucketMs(i);
		if (first < 0) first = i;
		last = i;
	});
	const mean = sum / n;
	let squares = 0;
	for (let i = first; i <= last; i++) squares += histogram.buckets[i] * (bucketMs(i) - mean) ** 2;
	const readQuantile = (minimum, p) => n < minimum ? null : histogram.quantile(p);
	return {
		n,
		mean,
		sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
		min: bucketMs(first),
		p50: histogram.quantile(.5),
		p90: readQuantile(MINIMUM_SAMPLES.p90, .9),
		p95: readQuantile(MINIMUM_SAMPLES.p95, .95),
		p99: readQuantile(MINIMUM_SAMPLES.p99, .99),
		max: bucketMs(last)
	};
}
function figureOf(figures, metric) {
	const row = metricOf(metric);
	if (row.percentile !== null) return figures[row.field]?.[row.percentile] ?? null;
	switch (row.field) {
		case "requests": return errorRate$1(figures.requests);
		case "plateau":
		case "within": return null;
		default: return figures[row.field];
	}
}
function errorRate$1({ ok, failed }) {
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
// src/metrics/plateau.ts
const PLATEAU_SHARE = Math.log(.95);
const COLLAPSE_SHARE = Math.log(.9);
function findPlateau(levels) {
	const metric = chooseThroughput(levels.filter((level) => level.valid));
	const points = levels.filter((level) => level.valid).flatMap((level) => pointOf(level, metric)).sort((a, b) => a.concurrency - b.concurrency);
	const none = {
		...eachRate(() => null),
		metric
	};
	const limited = levels.some((level) => level.state === "limited");
	if (points.length === 0) return {
		...none,
		state: limited ? "limited" : "not-reached",
		kneeConcurrency: null,
		concurrencies: []
	};
	const shape = curveShape(points);
	const { flat, kept, reached } = shape;
	const collapsing = shape.falls || levels.some((level) => isLostBeyond(level, shape.best.concurrency));
	const state = collapsing ? "collapsing" : reached ? "reached" : limited ? "limited" : "not-reached";
	return {
		...none,
		[metric]: estimate$1(mean(flat.map((point) => point.y)), flat, kept),
		state,
		kneeConcurrency: collapsing || reached ? shape.knee : null,
		concurrencies: flat.map((point) => point.concurrency)
	};
}
function curveShape(points) {
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
function pointOf(level, metric) {
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
function estimate$1(y, flat, kept) {
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
// src/verdict/observe.ts
function chooseMetrics({ metrics }, candidates) {
	if (metrics !== "auto") return metrics.map((metric) => ({
		metric,
		optional: false
	}));
	const streams = candidates.some((row) => row.series.workload.task !== "embeddings" && !row.traits.buffered);
	return GATED_ROWS.filter(({ name, automatic }) => {
		switch (automatic) {
			case "always": return true;
			case "streamed":
			case "several-tokens": return streams;
			case "reasoning": return streams && candidates.some((row) => row.traits.reasoning && observe(row, name).size > 0);
			case "whole": return !streams;
			case null: return false;
		}
	}).map(({ name, automatic }) => ({
		metric: name,
		optional: automatic === "several-tokens"
	}));
}
function unitOf(metric, { throughputMetric }) {
	return metricOf(metric).quantity === "time" ? null : RATE_UNITS[throughputMetric];
}
function explainDifference(metric, before, now) {
	const { quantity, countsTokens, isLatencyIfWhole, field } = metricOf(metric);
	if (quantity !== "time" && before.throughputMetric !== now.throughputMetric) return "throughput counted something else";
	const counts = countsTokens === "if-generated" ? now.throughputMetric === "outputTokensPerSecond" : countsTokens;
	if (counts && before.traits.tokenSource !== now.traits.tokenSource) return "tokens were counted in another way";
	const otherTokens = counts ? explainTokenText(before, now) : null;
	if (otherTokens !== null) return otherTokens;
	if (isLatencyIfWhole && before.traits.buffered !== now.traits.buffered) return "answers came in one piece in one of the runs";
	const sought = [before.within?.limit, now.within?.limit];
	if (field === "within" && !sought.includes(void 0) && sought[0] !== sought[1]) return "`throughput-within` had other latencies";
	return null;
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
	const [old, current] = [textOf$2(before), textOf$2(now)];
	if (old === null || current === null) return null;
	const noise = STANDARD_ERRORS$1 * Math.hypot(old.error, current.error);
	if (Math.abs(current.text - old.text) <= Math.max(LEAST_SHIFT, noise)) return null;
	const change = (of) => `${show(old[of])} → ${show(current[of])}`;
	return `tokens are counted differently (characters a token ${change("text")}, tokens an event ${change("events")})`;
}
const known$1 = /* @__PURE__ */ new WeakMap();
function textOf$2(row) {
	let text = known$1.get(row);
	if (text === void 0) known$1.set(row, text = measureTokenText(row));
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
function show(log) {
	return String(Number(Math.exp(log).toPrecision(2)));
}
// src/verdict/past.ts
function selectComparableEntries(entries, series) {
	return entries.filter(({ row }) => row.series.key === series.key);
}
function pastOf(recorded, series) {
	const groups = groupEntries(selectComparableEntries(recorded, series));
	const entries = groups.flatMap((group) => group.entries);
	const newest = entries.at(-1);
	if (newest === void 0) return null;
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
	return [...groups.values()].slice(-50).map((entries) => ({ entries }));
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
	const shape = curveShape(levels.map((concurrency) => {
		return {
			concurrency,
			y: complete.reduce((sum, run) => sum - run.get(concurrency).y, 0) / complete.length
		};
	}));
	return shape !== null && (shape.reached || shape.falls) ? shape.knee : null;
}
function levelSetOf(metric, runs, knee) {
	const { field, stopsAtKnee } = metricOf(metric);
	if (field === "within") return {
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
	const runs = all.filter((run) => levels.some((level) => run.has(level)));
	const enough = Math.max(3, runs.length / 2);
	while (levels.length > 0) {
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
function ladderOf(entries, series) {
	const newest = selectComparableEntries(entries, series).slice(-5);
	const counts = /* @__PURE__ */ new Map();
	for (const { row } of newest) for (const { concurrency } of row.levels) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1);
	const enough = Math.min(3, newest.length);
	const levels = [...counts].flatMap(([concurrency, count]) => count >= enough ? concurrency : []);
	return levels.length === 0 ? null : levels.sort((a, b) => a - b);
}
const UNUSABLE = [
	"cancelled",
	"run-invalid",
	"endpoint"
];
function entriesOf$1(verdict, rows, source, controls = []) {
	if (verdict.reasons.some((reason) => UNUSABLE.includes(reason))) return [];
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
// src/settings/values/limits.ts
const UNITS = {
	time: /* @__PURE__ */ new Map([["ms", 1], ["s", 1e3]]),
	"tokens-per-second": /* @__PURE__ */ new Map([["tok/s", 1], ["tokens/s", 1]]),
	"requests-per-second": /* @__PURE__ */ new Map([["req/s", 1], ["requests/s", 1]]),
	share: /* @__PURE__ */ new Map([["%", .01]])
};
const EXAMPLE$1 = "ttft-p90@8 <= 800ms";
function readLimits(text) {
	const limits = readEach(splitList(text), readLimit);
	if (limits.length === 0) throw new ValueError(`must hold at least one limit, for example ${EXAMPLE$1}`);
	const seen = /* @__PURE__ */ new Set();
	for (const { metric, concurrency } of limits) {
		const target = concurrency === null ? metric : `${metric}@${concurrency}`;
		if (seen.has(target)) throw new ValueError(`limits ${target} twice; keep one of them`);
		seen.add(target);
	}
	return limits;
}
function readLimit(text) {
	const match = /[<>=≤≥]/.exec(text);
	const [name = "", level] = splitOnce(text.slice(0, match?.index), "@");
	const [, op, amount] = /^(<=|>=|≤|≥|<|>|={1,3})(.*)$/s.exec(text.slice(match?.index)) ?? [];
	if (op === void 0 || !/^[A-Za-z][\w-]*$/.test(name) || /\s/.test(level ?? "")) throw new ValueError(`has "${cut(text)}", which is not of the form metric[@concurrency] op value unit, for example ${EXAMPLE$1}`);
	const metric = readKnownMetric(name);
	return {
		metric: metric.name,
		concurrency: readLevel(level, metric),
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
function renderLimit({ metric, concurrency, op, value, quantity }) {
	const amount = quantity === "share" ? `${roundExactly(value * 100)}%` : `${value}${UNITS[quantity].keys().next().value}`;
	return `${concurrency === null ? metric : `${metric}@${concurrency}`} ${op} ${amount}`;
}
function splitOnce(text, sign) {
	const at = text.indexOf(sign);
	return at === -1 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
function readKnownMetric(name) {
	const metric = findMetric(name);
	if (metric !== null) return metric;
	const similar = findNearest(name, METRIC_NAMES);
	throw new ValueError(`has the unknown metric "${cut(name)}"; ${similar === null ? `known are ${METRIC_NAMES.join(", ")}` : `did you mean ${similar}?`}`);
}
function readLevel(text, metric) {
	if (text === void 0) return null;
	if (metric.scope === "run") throw new ValueError(`has ${metric.name}@${cut(text)}, but ${metric.name} is a figure of the whole run; remove the @`);
	if (!/^[1-9]\d{0,5}$/.test(text)) throw new ValueError(`has ${metric.name}@${cut(text)}; after @ stands a concurrency, for example ${metric.name}@8`);
	return Number(text);
}
function readOp(op, metric) {
	const wanted = metric.better === "lower" ? "<=" : ">=";
	if ((op === "≤" ? "<=" : op === "≥" ? ">=" : op) !== wanted) throw new ValueError(`has ${metric.name} ${op}; ${metric.better} is better for ${metric.name}, so write ${wanted}`);
	return wanted;
}
function readAmount(text, metric) {
	const units = UNITS[metric.quantity];
	const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(\S*)$/.exec(text.trim());
	const names = [...units.keys()].join(" or ");
	if (match === null) throw new ValueError(`has "${cut(text)}" for ${metric.name}, which is not a number with its unit (${names})`);
	const factor = units.get(match[2]);
	if (factor === void 0) {
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
	return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
// src/settings/values/tolerance.ts
const DEFAULT_TOLERANCE = .05;
function describeTolerances() {
	const ofRelease = groupByShare(GATED_ROWS, ({ releaseTolerance }) => releaseTolerance).map(([share, names], i) => i === 0 ? percent(share) : `${names} ${percent(share)}`);
	return `${percent(DEFAULT_TOLERANCE)}; for release ${ofRelease.join(", ")}`;
}
function describeSpreads() {
	const tails = new Set(TAIL_ROWS);
	return [...groupByShare(GATED_ROWS.filter((row) => !tails.has(row)), ({ defaultSpread }) => defaultSpread).map(([share, names]) => `${percent(share)} for ${names}`), `${percent(Math.max(...TAIL_ROWS.map(({ defaultSpread }) => defaultSpread)))} for tails`].join(", ");
}
function groupByShare(rows, shareOf) {
	return [...Map.groupBy(rows, shareOf)].sort(([a], [b]) => a - b).map(([share, members]) => {
		const names = [...new Set(members.map(({ family }) => nameFamily(family)))];
		return [share, [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" and ")];
	});
}
function nameFamily(family) {
	const label = METRICS$1.find((row) => row.family === family).label;
	return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}
function percent(share) {
	return `${Number((100 * share).toPrecision(3))} %`;
}
function toleranceOf({ gate, tolerance }, metric) {
	const given = tolerance?.byMetric[metric] ?? tolerance?.all ?? null;
	if (given !== null) return given;
	return gate === "release" ? metricOf(metric).releaseTolerance : DEFAULT_TOLERANCE;
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
const LONGEST_NAME = 60;
function readGatedMetric(name) {
	const metric = findMetric(name);
	if (metric?.gated === true) return metric.name;
	const similar = findNearest(name, GATED_METRICS);
	throw new ValueError(`has "${escapeForTerminal(name, LONGEST_NAME)}", which cannot be compared; ${similar === null ? `known are ${GATED_METRICS.join(", ")}` : `did you mean ${similar}?`}`);
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
// src/settings/lists/gate-settings.ts
const group$8 = "Gate";
const CONSEQUENCES = [
	"pass",
	"warn",
	"fail"
];
const GATE_SETTINGS = {
	gate: setting({
		name: "gate",
		group: group$8,
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
		group: group$8,
		help: "Bounds that must hold, as metric[@concurrency] op value unit, by lines or commas: ttft-p90@8 <= 800ms, error-rate <= 1%",
		placeholder: "LIMITS",
		default: null,
		common: true,
		file: "list",
		read: readLimits
	}),
	tolerance: setting({
		name: "tolerance",
		group: group$8,
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
		group: group$8,
		help: "Metrics that are compared with the baseline: a list of names, or auto: TTFT, TPOT and plateau throughput where they exist",
		placeholder: "LIST",
		default: "auto",
		file: "list",
		read: allowWord("auto", readGatedMetrics)
	}),
	throughputWithin: setting({
		name: "throughput-within",
		group: group$8,
		help: "Latencies inside which the highest throughput is sought: ttft-p90 <= 500ms, tpot-p50 <= 50ms",
		placeholder: "TIMES",
		default: null,
		file: "list",
		read: readLatencyBounds
	}),
	confirm: setting({
		name: "confirm",
		group: group$8,
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
		group: group$8,
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
		group: group$8,
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
		group: group$8,
		help: "statistical: by the spread of the history; threshold: tolerance against the median of the history, whatever the noise",
		placeholder: "WORD",
		default: "statistical",
		read: readChoice(["statistical", "threshold"])
	}),
	onNotComparable: setting({
		name: "on-not-comparable",
		group: group$8,
		help: "What the check does when recorded runs exist and none can be compared: pass, warn or fail",
		placeholder: "WORD",
		default: "warn",
		read: readChoice(CONSEQUENCES)
	}),
	onUnmeasured: setting({
		name: "on-unmeasured",
		group: group$8,
		help: "What the check does when the endpoint could not be measured: pass, warn or fail",
		placeholder: "WORD",
		default: "fail",
		read: readChoice(CONSEQUENCES)
	}),
	onSkip: setting({
		name: "on-skip",
		group: group$8,
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
// src/settings/reading/given.ts
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
			values[key] = null;
			if (setting.required === true) problems.push(describeMissing$1(setting, entry));
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
function describeMissing$1({ name, placeholder }, entry) {
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
function readFlags(list, argv) {
	const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]));
	const given = /* @__PURE__ */ new Map();
	const problems = [];
	let after = null;
	for (let i = 0; i < argv.length; i++) {
		const argument = argv[i];
		if (!argument.startsWith("--") || argument === "--") {
			problems.push(describeStray(argument, after, given.get(after?.name ?? "")?.text ?? ""));
			continue;
		}
		const equals = argument.indexOf("=");
		const name = argument.slice(2, equals === -1 ? void 0 : equals);
		const next = argv[i + 1];
		const setting = settings.get(name);
		if (setting === void 0) {
			problems.push(describeUnknown(name, [...settings.keys()]));
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
function describeUnknown(name, names) {
	const message = explainUnknown(name, names, {
		spell: (similar) => `--${similar}`,
		otherwise: "; --help lists them"
	});
	return {
		setting: `--${name}`,
		given: null,
		message
	};
}
function describeStray(argument, after, text) {
	const message = "belongs to no flag; values follow their flag, for example --endpoint http://127.0.0.1:8000";
	if (after === null) return {
		setting: "argument",
		given: showValue(argument),
		message
	};
	const isSecret = after.secret === true || text.includes("?");
	return {
		setting: `argument after --${after.name}`,
		given: isSecret ? null : showValue(argument),
		message
	};
}
function splitArguments(list, argv) {
	const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]));
	const words = [];
	const flags = [];
	for (let i = 0; i < argv.length; i++) {
		const argument = argv[i];
		if (!argument.startsWith("--") || argument === "--") {
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
// src/verdict/policy.ts
const METRICS_SHARE = .9;
const LOST_LEVELS_SHARE = .05;
const ERROR_RATE_SHARE = .05;
const DEFAULT_POLICY = pickPolicy(resolveFlags(GATE_SETTINGS, []));
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
function pickFreshPasses(secondLook) {
	return typeof secondLook === "string" ? null : secondLook.row;
}
function countLooks({ sessions }) {
	return sessions?.fresh === true ? sessions.most : 1;
}
// src/verdict/conclude.ts
const UNEXPLAINED = ["no-change-seen", "proven"];
function conclude(parts, whole, levelsMissing = false) {
	const named = partsOf(parts, whole);
	const verdict = named.map((part) => part.word).reduce(pickWorse, "improved");
	const check = checkOf(named, parts.policy);
	const hanging = UNEXPLAINED.includes(verdict) ? [] : named.filter((part) => part.word === verdict);
	const reasons = new Set(hanging.flatMap((part) => part.reason ?? []));
	if (whole?.reason != null) reasons.add(whole.reason);
	if (levelsMissing) reasons.add("levels-missing");
	if (parts.policy.gate === "release" && check === "fail" && isUnproven(verdict)) reasons.add("not-proven");
	return {
		...parts,
		verdict,
		reasons: [...reasons],
		check
	};
}
function isUnproven(word) {
	return word !== "regressed" && word !== "not-measured" && word !== "cancelled" && word !== "skipped";
}
function partsOf({ comparisons, lostLevels, errorRate, limits }, whole) {
	const parts = comparisons.map(({ metric, verdict, accepted }) => ({
		word: verdict,
		byFile: accepted !== null && accepted.by === null,
		reason: metric
	}));
	const add = (word, reason) => parts.push({
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
	return parts;
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
function checkOf(parts, policy) {
	const demanded = parts.map((part) => consequenceOf(part, policy));
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
const WORDS = {
	fork: "skipped",
	"foreign-commit": "skipped",
	dependabot: "skipped",
	"no-key": "skipped",
	"no-writer": "skipped",
	"nothing-to-measure": "skipped",
	cancelled: "cancelled",
	endpoint: "not-measured",
	"leg-missing": "not-measured"
};
function concludeWithoutFigures(name, reason, policy) {
	return conclude({
		schema: VERDICT_SCHEMA,
		name,
		policy: pickPolicy(policy),
		decidedBy: [],
		comparisons: [],
		lostLevels: [],
		errorRate: null,
		limits: [],
		whatElseChanged: [],
		baseline: {
			origin: null,
			runs: 0,
			groups: 0,
			newest: null,
			ancestor: null,
			skipped: [],
			unreadable: null,
			lost: null,
			uncomparedInARow: 0
		},
		notComparable: null,
		outlook: [],
		confirmation: null,
		falseAlarmRate: null,
		drift: null,
		control: null
	}, {
		word: WORDS[reason],
		reason
	});
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
// src/settings/values/acceptance.ts
const EXAMPLE = "tpot-p50 +18% since 2026-11-20: larger model";
const MEMBERS = [
	"metric",
	"at",
	"since",
	"why"
];
function readAcceptances(text) {
	const lines = text.split(/\n|;(?=\s*[\w-]+\s+[+−-]?\d)/).map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
	if (lines.length === 0) throw new ValueError(`must have at least one line, for example ${EXAMPLE}`);
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
	const [, sign, percent] = /^([+−-]?)(\d+(?:\.\d+)?)\s*%$/.exec(change) ?? [];
	const isLess = sign === "−" || sign === "-";
	const isHigherBetter = metrics.every((metric) => metricOf(metric).better === "higher");
	if (percent === void 0 || isLess && !isHigherBetter) throw new ValueError(`has "${change}" for ${name}; at is how much worse it may be, for example ${isHigherBetter ? "-15%" : "+18%"}`);
	if (!isLess) return readWorsening(`${percent}%`);
	const less = Number(percent) / 100;
	if (less >= 1) throw new ValueError(`has "${change}" for ${name}; it cannot become less than nothing`);
	return 1 / (1 - less) - 1;
}
function partsOfLine(line) {
	const match = /^(\S+)\s+(\S+(?:\s+%)?)\s+since\s+(\d{4}-\d{2}-\d{2}T[\d:.]+Z|[^\s:]+)\s*(?::\s*(.*))?$/.exec(line);
	if (match === null) throw new ValueError(`must be lines of metric, how much worse, day and reason, for example ${EXAMPLE}`);
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
	const unknown = Object.keys(map).find((key) => !MEMBERS.some((member) => member === key));
	if (unknown !== void 0) throw new ValueError(`has "${unknown}", which is not one of ${MEMBERS.join(", ")}`);
	const missing = MEMBERS.find((member) => member !== "why" && map[member] === void 0);
	if (missing !== void 0) throw new ValueError(`must have ${missing} in every entry, for example ${EXAMPLE}`);
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
		throw new ValueError(`must be lines such as ${EXAMPLE}`);
	}
}
function isDay(text) {
	const [, day, time = "T00:00:00.000Z"] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}\.\d{3}Z)?$/.exec(text) ?? [];
	const parsed = day === void 0 ? NaN : Date.parse(`${day}${time}`);
	return !Number.isNaN(parsed) && new Date(parsed).toISOString() === `${day}${time}`;
}
// src/baseline/artifact-source.ts
function statusOf(error) {
	const { status, response } = error ?? {};
	return typeof status !== "number" || status === 500 && response === void 0 ? null : status;
}
function explainRefusal(error, permission) {
	const status = statusOf(error);
	const words = wordsOf$1(error);
	const said = `${status}${words === "" ? "" : `, ${words}`}`;
	const grant = `add \`${permission}\` to the permissions of the job`;
	if (status === null) return {
		why: `GitHub could not be reached (${words})`,
		remedy: AGAIN
	};
	if (status === 401) return {
		why: `GitHub does not take the token (${said})`,
		remedy: "check github-token: its default is that of the job"
	};
	if (status === 429 || status === 403 && /rate limit/i.test(words)) return {
		why: `GitHub limits the rate of requests (${said})`,
		remedy: "run the job again later"
	};
	if (status === 404 || status === 403 && /not accessible by/i.test(words)) return {
		why: `\`${permission}\` is missing (GitHub answered ${said})`,
		remedy: grant
	};
	if (status === 403) return {
		why: `GitHub refuses it (${said})`,
		remedy: `do what it says, and where a permission is meant ${grant}`
	};
	if (status === 410) return {
		why: `it has expired (GitHub answered ${said})`,
		remedy: "run the job that made it again"
	};
	return {
		why: `GitHub answered ${said}`,
		remedy: AGAIN
	};
}
const AGAIN = "run the job again";
function describeRefusal(error, permission = "actions: read") {
	const { why, remedy } = explainRefusal(error, permission);
	return `${why}: ${remedy}`;
}
function wordsOf$1(error) {
	return escapeForTerminal((error instanceof Error ? error.message : String(error)).split("\n", 1)[0].replace(/ - https?:\/\/\S+$/, ""), 200);
}
// src/settings/values/baseline-place.ts
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
	throw new ValueError("must be artifact, file:<path>, release-asset:<name> or none");
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
const group$7 = "Baseline";
const HISTORY_SETTINGS = {
	name: setting({
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
	baseline: setting({
		name: "baseline",
		group: group$7,
		help: "Where the history is: artifact (of workflow runs), file:<path>, release-asset:<name>, or none: only limits decide",
		placeholder: "PLACE",
		default: null,
		derived: {
			action: "`artifact`",
			command: "`file:.plateau/history.json`"
		},
		common: true,
		read: readBaselinePlace
	}),
	baselineWorkflow: setting({
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
	baselineRef: setting({
		name: "baseline-ref",
		group: group$7,
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
	historyKeep: setting({
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
	accept: setting({
		name: "accept",
		group: group$7,
		help: "Changes for the worse that are wanted, a line each: tpot-p50 +18% since 2026-11-20: larger model",
		placeholder: "LINES",
		default: null,
		file: "records",
		read: readAcceptances
	}),
	acceptLabel: setting({
		name: "accept-label",
		group: group$7,
		help: "Label of a pull request that accepts its change; with a colon and a metric, that metric only",
		placeholder: "LABEL",
		default: "plateau-accept",
		actionOnly: true,
		read: readLine$1
	})
};
function toSlug(text) {
	return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, 64).replace(/(?<!-)-+$/, "");
}
function readSlug(text) {
	const trimmed = text.trim();
	const slug = toSlug(trimmed);
	if (/-(history|attempt-\d+)$/.test(trimmed)) throw new ValueError("must not end in -history or -attempt-<number>, which names of artifacts end in");
	if (trimmed === "" || trimmed !== slug) throw new ValueError(`must be at most 64 of a-z, 0-9 and -, with a letter or digit at both ends${slug === "" ? "" : `, for example ${slug}`}`);
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
// src/report/json.ts
function decodeStrict(text, format) {
	const { what, schema, migrate = (value) => value } = format;
	const result = schema.safeParse(migrate(parseJson(text, format)));
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	const message = (issue?.message ?? `not a ${what}`).replace(/received undefined$/, "received nothing");
	throw new format.error(`${pathOf(issue?.path ?? [], what)}: ${message}`);
}
function dropByteOrderMark(text) {
	return text.replace(/^\ufeff/, "");
}
function parseJson(text, { what, maximumLength, error: FormatError }) {
	if (text.length > maximumLength) throw new FormatError(`the ${what} is longer than ${maximumLength} characters`);
	try {
		return JSON.parse(dropByteOrderMark(text), (key, value) => {
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
// src/report/run-report.ts
const RUN_REPORT_SCHEMA = "plateau/run-report@1";
function seriesOf(fields) {
	return {
		...fields,
		key: sha256(encodeCanonically(fields))
	};
}
const NOT_WHOLE = /\*\*\*|… \(SHA-256 [0-9a-f]{12}\)/;
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
const FIELDS$3 = {
	name: {
		words: "name",
		setting: "name",
		show: String
	},
	api: {
		words: "API",
		setting: "api",
		show: String
	},
	concurrency: {
		words: "concurrency",
		setting: "concurrency",
		show: (value) => value === "auto" ? "auto" : value.join(", ")
	},
	passes: {
		words: "passes",
		setting: "passes",
		show: String
	},
	levelDuration: {
		words: "length of a level",
		setting: "level-duration",
		show: (value) => `${value}s`
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
	}
};
function findSeriesDifferences(before, now) {
	return [...differencesOf(WORKLOAD_FIELDS, before.workload, now.workload), ...differencesOf(FIELDS$3, before, now)];
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
// src/report/run-report-codec.ts
var ReportError = class extends Error {
	code = "report";
	name = "ReportError";
};
const MAXIMUM_LENGTH$3 = 33554432;
function encodeRunReport(report) {
	const cut = (_, value) => typeof value === "string" ? value.slice(0, MAXIMUM_TEXT) : value;
	return escapeSigns(JSON.stringify(decodeRunReport(JSON.stringify(report, cut)), null, 2));
}
function decodeRunReport(text) {
	return decodeStrict(text, {
		what: "report",
		schema: runReportSchema,
		maximumLength: MAXIMUM_LENGTH$3,
		error: ReportError
	});
}
const MAXIMUM_PASSES = 1e3;
const MAXIMUM_TEXT = 2e4;
const figure = number().min(0).max(0x38d7ea4c68000);
const count = int().min(0).max(0xe8d4a51000);
const concurrency = int().min(1).max(1e6);
const name = string().max(MAXIMUM_TEXT);
const OUR_WORDS = registry();
const word = string().max(MAXIMUM_TEXT).register(OUR_WORDS, {});
function schemasOf(fields, schema) {
	return Object.fromEntries(fields.map((field) => [field, schema]));
}
function refineRising(levels) {
	return levels.refine((all) => all.every(({ concurrency }, i) => i === 0 || concurrency > all[i - 1].concurrency), "must be by rising concurrency");
}
const summary = object({
	n: count,
	mean: figure,
	sd: figure.nullable(),
	min: figure,
	p50: figure.nullable(),
	p90: figure.nullable(),
	p95: figure.nullable(),
	p99: figure.nullable(),
	max: figure
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
	prefixHitShare: figure.nullable()
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
		eventLoopUtilization: figure,
		delayP90Ms: figure,
		delayP99Ms: figure,
		queueP99Ms: figure
	}),
	inFlight: object({
		mean: figure,
		byLittlesLaw: figure.nullable()
	}),
	cachedShare: figure.nullable(),
	connectionShare: figure,
	tokenText: object({
		charactersPerToken: figure,
		tokensPerEvent: figure
	}).exactOptional(),
	server: serverSide.exactOptional()
};
const levelState = _enum([
	"ok",
	"buffered",
	"limited",
	"lost",
	"client-saturated",
	"invalid"
]);
const level$1 = object({
	concurrency,
	valid: boolean(),
	invalidReasons: array(word).max(100),
	state: levelState,
	tokenSources: array(string().max(40).register(OUR_WORDS, {})).max(10).exactOptional(),
	reasoningShare: number().min(0).max(1).exactOptional(),
	...figures,
	passes: array(object({
		pass: count,
		startedAtSeconds: figure,
		...figures
	})).max(MAXIMUM_PASSES)
});
const plateauState = _enum([
	"reached",
	"not-reached",
	"collapsing",
	"limited"
]);
const throughputMetric = _enum(RATE_FIELDS);
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
const series = object({
	name: word,
	key: string().regex(/^[0-9a-f]{64}$/),
	api: word,
	workload: object({
		task: word,
		inputTokens: word,
		outputTokens: word,
		sharedPrefixTokens: count,
		promptsHash: name.nullable(),
		extraBody: name.nullable(),
		headerNames: array(name).max(100),
		prefixCache: _enum(["avoid", "allow"]),
		batchSize: figure
	}),
	concurrency: union([literal("auto"), array(concurrency).max(64)]),
	passes: union([literal("auto"), int().min(1).max(MAXIMUM_PASSES)]),
	levelDuration: figure,
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
	cut: array(name).max(100)
});
const validity = object({
	ok: boolean(),
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
	near: literal(true).exactOptional()
});
const scalar = union([
	name,
	number(),
	boolean(),
	_null()
]);
const runReportSchema = object({
	schema: literal(RUN_REPORT_SCHEMA),
	tool: object({
		name: word,
		version: word
	}),
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
	plateau,
	within: within.nullable(),
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
		const key = runKey(entry);
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
function runKey({ row, source }) {
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
	passes: array(pass).max(MAXIMUM_PASSES)
});
const traits = object({
	tokenSource: id.nullable(),
	buffered: boolean(),
	reasoning: boolean()
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
const mark$1 = _enum(["opens", "accepted"]);
const segments = object(Object.fromEntries(GATED_METRICS.map((metric) => [metric, mark$1.exactOptional()])));
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
// src/baseline/zip.ts
var ZipRefusal = class extends Error {
	name = "ZipRefusal";
};
const END = 101010256;
const END_BYTES = 22;
const CENTRAL = 33639248;
const CENTRAL_BYTES = 46;
const LOCAL = 67324752;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 65535;
const ENCRYPTED = 1;
const UNIX = 3;
const FILE_TYPE = 61440;
const LINK = 40960;
const DIRECTORY = 16384;
const STORED = 0;
const DEFLATED = 8;
const MOST_ENTRIES = 100;
const SLICE = 4096;
function openOnlyEntry(zip, name, bounds) {
	const view = viewOf(zip);
	const entries = safeEntriesOf(zip, view);
	const [entry] = entries;
	if (entry === void 0 || entries.length > 1 || entry.name !== name) {
		const names = entries.map((entry) => entry.name);
		throw new ZipRefusal(`holds ${entries.length === 0 ? "nothing" : listNames(names)} and not only ${name}`);
	}
	return contentOf(zip, view, entry, bounds);
}
function openEntry(zip, name, bounds) {
	const view = viewOf(zip);
	const entry = safeEntriesOf(zip, view).find((entry) => entry.name === name);
	return entry === void 0 ? null : contentOf(zip, view, entry, bounds);
}
function viewOf(zip) {
	return new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
}
function safeEntriesOf(zip, view) {
	const entries = entriesOf(zip, view);
	for (const entry of entries) refuseUnsafe(entry);
	const names = entries.map((entry) => entry.name);
	if (new Set(names).size < names.length) throw new ZipRefusal(`has two entries of one name (${listNames(names)})`);
	return entries;
}
function entriesOf(zip, view) {
	const end = findEnd(view);
	if (end === null) throw new ZipRefusal("is not a zip");
	const count = view.getUint16(end + 10, true);
	const start = view.getUint32(end + 16, true);
	if (view.getUint16(end + 8, true) !== count || start + view.getUint32(end + 12, true) !== end) throw new ZipRefusal("has a directory that does not fit (several disks, zip64 or a broken zip)");
	if (count > MOST_ENTRIES) throw new ZipRefusal(`has ${count} entries`);
	const entries = [];
	let at = start;
	for (let i = 0; i < count; i++) {
		if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) throw new ZipRefusal("has a broken directory");
		const nameBytes = view.getUint16(at + 28, true);
		const next = at + CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
		if (next > end) throw new ZipRefusal("has a broken directory");
		entries.push({
			name: textOf$1(zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)),
			flags: view.getUint16(at + 8, true),
			method: view.getUint16(at + 10, true),
			compressedBytes: view.getUint32(at + 20, true),
			inflatedBytes: view.getUint32(at + 24, true),
			mode: view.getUint8(at + 5) === UNIX ? view.getUint16(at + 40, true) : 0,
			offset: view.getUint32(at + 42, true)
		});
		at = next;
	}
	if (at !== end) throw new ZipRefusal("has a broken directory");
	return entries;
}
function findEnd(view) {
	const last = view.byteLength - END_BYTES;
	for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength) return at;
	return null;
}
function refuseUnsafe({ name, mode, flags }) {
	const shown = escapeForTerminal(name);
	if (/^[/\\]|^[a-z]:/i.test(name)) throw new ZipRefusal(`has an entry with an absolute path (${shown})`);
	if (name.split(/[/\\]/).includes("..")) throw new ZipRefusal(`has an entry with ".." in its path (${shown})`);
	if ((mode & FILE_TYPE) === LINK) throw new ZipRefusal(`has an entry that is a link (${shown})`);
	if ((mode & FILE_TYPE) === DIRECTORY || name.endsWith("/")) throw new ZipRefusal(`has a directory (${shown})`);
	if ((flags & ENCRYPTED) !== 0) throw new ZipRefusal(`has an encrypted entry (${shown})`);
}
function contentOf(zip, view, entry, bounds) {
	const { offset, compressedBytes, inflatedBytes } = entry;
	if (inflatedBytes > bounds.inflatedBytes || inflatedBytes > bounds.ratio * compressedBytes) throw new ZipRefusal(`claims to inflate from ${compressedBytes} to ${inflatedBytes} bytes, which is too much`);
	if (offset + LOCAL_BYTES > zip.length || view.getUint32(offset, true) !== LOCAL) throw new ZipRefusal("has an entry that is not where its directory says");
	const nameBytes = view.getUint16(offset + 26, true);
	const start = offset + LOCAL_BYTES + nameBytes + view.getUint16(offset + 28, true);
	if (textOf$1(zip.subarray(offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameBytes)) !== entry.name || start + compressedBytes > zip.length) throw new ZipRefusal("has an entry that is not what its directory says");
	const data = zip.subarray(start, start + compressedBytes);
	const content = entry.method === STORED ? data : inflateEntry(data, entry);
	if (content.length !== inflatedBytes) throw new ZipRefusal(`is ${content.length} bytes and claims ${inflatedBytes}`);
	return content;
}
function inflateEntry(data, { method, inflatedBytes }) {
	if (method !== DEFLATED) throw new ZipRefusal(`is compressed by method ${method}`);
	const content = new Uint8Array(inflatedBytes);
	let length = 0;
	const inflate = new Inflate((chunk) => {
		if (length + chunk.length > inflatedBytes) throw new ZipRefusal(`inflates to more than the ${inflatedBytes} bytes it claims`);
		content.set(chunk, length);
		length += chunk.length;
	});
	try {
		for (let at = 0; at < data.length; at += SLICE) inflate.push(data.subarray(at, at + SLICE), at + SLICE >= data.length);
	} catch (error) {
		if (error instanceof ZipRefusal) throw error;
		throw new ZipRefusal("cannot be inflated", { cause: error });
	}
	return content.subarray(0, length);
}
function textOf$1(bytes) {
	return new TextDecoder().decode(bytes);
}
function listNames(names) {
	return escapeForTerminal(names.join(", "));
}
// src/baseline/artifact-rules.ts
var Refusal = class extends Error {
	name = "Refusal";
};
const RECORDING_EVENTS = [
	"push",
	"schedule",
	"workflow_dispatch",
	"repository_dispatch"
];
const HISTORY_EVENTS = [...RECORDING_EVENTS, "workflow_run"];
const LARGEST_ZIP_BYTES = 4194304;
const LARGEST_HISTORY_BYTES = 33554432;
const LARGEST_RATIO = 50;
const HISTORY_FILE = "history.json";
const ZIP_BOUNDS = {
	inflatedBytes: LARGEST_HISTORY_BYTES,
	ratio: LARGEST_RATIO
};
function nameHistoryArtifact(name, attempt) {
	return `plateau-${name}-history${attempt > 1 ? `-attempt-${attempt}` : ""}`;
}
function rejectRun(run, rules) {
	if (run.id === rules.runId) return "it is the run that asks";
	if (run.headRepositoryId === null) return "the repository of its commit is gone";
	if (run.repositoryId !== rules.repositoryId || run.headRepositoryId !== rules.repositoryId) return "its commit is of another repository (a fork)";
	if (run.headBranch !== rules.defaultBranch) return `${describeBranch(run.headBranch)}, not of ${escapeForTerminal(rules.defaultBranch)}`;
	if (!HISTORY_EVENTS.includes(run.event)) return `its event is ${escapeForTerminal(run.event)}, which does not record`;
	const path = workflowFileOf(run);
	if (!rules.workflows.some((file) => path === `.github/workflows/${file}`)) return `it is of ${escapeForTerminal(path)}, not of ${rules.workflows.join(" or ")}`;
	return null;
}
function rejectArtifactRun({ run }, rules) {
	if (run === null || run.id === null) return "it does not say which run it is of";
	if (run.repositoryId !== rules.repositoryId || run.headRepositoryId !== rules.repositoryId) return "its commit is of another repository (a fork)";
	if (run.headBranch !== rules.defaultBranch) return `${describeBranch(run.headBranch)}, not of ${escapeForTerminal(rules.defaultBranch)}`;
	return null;
}
function rejectArtifact(artifact, run, rules) {
	const stated = rejectArtifactRun(artifact, rules);
	if (stated !== null) return stated;
	if (artifact.run?.id !== run.id || artifact.run.headSha !== run.headSha) return "it states another run or commit";
	if (artifact.expired) return "it has expired; record at least once within the time that artifacts are kept, on a schedule for example";
	if (artifact.sizeBytes > 4194304) return `it is ${artifact.sizeBytes} bytes, more than ${LARGEST_ZIP_BYTES}`;
	if (artifact.digest === null) return "GitHub states no digest for it";
	return null;
}
function openHistory(zip, { digest }, name) {
	if (zip.length > 4194304) throw new Refusal(`it is ${zip.length} bytes, more than ${LARGEST_ZIP_BYTES}`);
	const actual = `sha256:${createHash("sha256").update(zip).digest("hex")}`;
	if (actual !== digest) throw new Refusal(`its digest is ${actual}, not ${escapeForTerminal(digest ?? "stated")}`);
	try {
		const history = decodeUploaded(decodeUtf8(openOnlyEntry(zip, HISTORY_FILE, ZIP_BOUNDS)));
		const entries = history.entries.filter(({ row }) => row.series.name === name);
		if (history.entries.length === 0) throw new Refusal("no run is recorded in it");
		if (entries.length === 0) throw new Refusal("all of its runs are of other names");
		return {
			...history,
			entries
		};
	} catch (error) {
		if (error instanceof ZipRefusal) throw new Refusal(`it ${error.message}`, { cause: error });
		throw error;
	}
}
function decodeUploaded(text) {
	try {
		return decodeHistory(text);
	} catch (error) {
		if (error instanceof HistoryError) throw new Refusal(`it cannot be read: ${escapeForTerminal(error.message)}`, { cause: error });
		throw error;
	}
}
function decodeUtf8(bytes) {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch (error) {
		throw new Refusal("it is not UTF-8 text", { cause: error });
	}
}
function rejectCommit(isOnBranch, { defaultBranch }) {
	if (isOnBranch === true) return null;
	const branch = escapeForTerminal(defaultBranch);
	return isOnBranch === null ? "its commit is gone" : `its commit is not on ${branch} (it was pushed as something else of that name, or ${branch} was pushed with force)`;
}
function workflowFileOf({ path }) {
	return path.split("@", 1)[0];
}
const NAMES_TRIGGER = /^(?:[^$]*[^$\d])?\$\{\{\s*github\.event\.workflow_run\.id\s*\}\}$/;
function findNamedTrigger({ title }, workflow) {
	if (!NAMES_TRIGGER.test(readRunName(workflow ?? ""))) return null;
	const id = Number(/(?:^|\D)(\d{1,15})$/.exec(title)?.[1] ?? NaN);
	return Number.isSafeInteger(id) ? id : null;
}
function readRunName(workflow) {
	const [stated = ""] = /(?<=^run-name:).*/m.exec(workflow) ?? [];
	const name = stated.replace(/ #.*/, "").trim();
	return /^(".*"|'.*')$/.test(name) ? name.slice(1, -1) : name;
}
function rejectTrigger(trigger, rules) {
	if (trigger === null) return "which run triggered it is not known: give its workflow file a run-name of fixed words that ends with ${{ github.event.workflow_run.id }}, which GitHub then states";
	const { repositoryId, headRepositoryId, event, headBranch } = trigger;
	if (repositoryId !== rules.repositoryId || headRepositoryId !== rules.repositoryId) return `it was triggered by run ${trigger.id} of another repository (a fork)`;
	return event === "push" && headBranch === rules.defaultBranch ? null : `it was triggered by run ${trigger.id}, which is not a push to ${escapeForTerminal(rules.defaultBranch)}`;
}
function describeBranch(branch) {
	return branch === null ? "it is of no branch" : `it is of branch ${escapeForTerminal(branch)}`;
}
// src/baseline/artifact-search.ts
const WANTED = 3;
const MOST_LISTINGS = 40;
const MOST_DOWNLOADS = 15;
const MOST_TRIGGERS = 10;
const MOST_COMMITS = 11;
const MOST_FAILURES = 3;
const PAGE = 100;
const MOST_SENTENCES = 20;
const HTTP_GONE = 410;
async function findHistories(source, rules, name) {
	const unknown = [];
	const listRuns = async (workflow, event) => {
		try {
			return await source.runs({
				workflow,
				branch: rules.defaultBranch,
				event
			});
		} catch (error) {
			if (statusOf(error) !== 404) throw error;
			unknown.push(`GitHub knows no workflow file ${workflow} here`);
			return [];
		}
	};
	const [list, ...runs] = await Promise.all([source.artifacts({
		name: nameHistoryArtifact(name, 1),
		runId: null
	}), ...rules.workflows.map((file) => listRuns(file, null))]);
	const search = startSearch(source, rules, name, list);
	await lookAtRuns(search, runs.flat());
	const crowded = rules.workflows.filter((_, i) => runs[i].length >= PAGE);
	if (crowded.length > 0 && !isDone(search)) {
		const more = crowded.flatMap((file) => HISTORY_EVENTS.map((event) => listRuns(file, event)));
		await lookAtRuns(search, (await Promise.all(more)).flat());
	}
	const { found, failures } = search;
	const isKnown = found.length > 0 || failures.length === 0;
	return {
		found,
		skipped: [...unknown, ...cutSentences([...describeStrangers(search), ...search.skipped])],
		unreadable: isKnown ? null : explainRefusal(failures[0].error, failures[0].permission),
		lost: found.length > 0 ? null : describeLost(search)
	};
}
function describeLost({ list, lost, rules, lookedAt, refusedRuns }) {
	const isOlder = ({ run }) => !lookedAt.has(run.id) && !refusedRuns.has(run.id);
	const older = list.artifacts.filter((artifact) => artifact.expired && rejectArtifactRun(artifact, rules) === null && isOlder(artifact));
	if (lost.refused > 0) return "no recorded run can be used";
	return lost.expired + older.length === 0 ? null : "all recorded runs have expired";
}
function startSearch(source, rules, name, list) {
	const isOurs = (artifact) => artifact.name === nameHistoryArtifact(name, 1);
	return {
		source,
		rules,
		name,
		list: {
			...list,
			artifacts: list.artifacts.filter(isOurs)
		},
		found: [],
		skipped: [],
		failures: [],
		lost: {
			expired: 0,
			refused: 0
		},
		lookedAt: /* @__PURE__ */ new Set(),
		refusedRuns: /* @__PURE__ */ new Map(),
		left: {
			listings: MOST_LISTINGS,
			downloads: MOST_DOWNLOADS,
			triggers: MOST_TRIGGERS,
			files: MOST_TRIGGERS,
			commits: MOST_COMMITS
		},
		onBranch: /* @__PURE__ */ new Map(),
		tip: null,
		isCut: false
	};
}
function isDone({ isCut, found, failures }) {
	return isCut || found.length >= WANTED || failures.length >= MOST_FAILURES;
}
async function lookAtRuns(search, runs) {
	const { rules, lookedAt, refusedRuns } = search;
	for (const run of runs.toSorted((a, b) => b.id - a.id)) {
		if (isDone(search)) return;
		if (lookedAt.has(run.id) || run.id === rules.runId) continue;
		lookedAt.add(run.id);
		const why = rejectRun(run, rules);
		if (why !== null) refusedRuns.set(run.id, why);
		else await lookAtRun(search, run);
	}
}
async function lookAtRun(search, run) {
	const histories = [];
	for (const artifact of await listArtifacts(search, run)) {
		const why = rejectArtifact(artifact, run, search.rules);
		if (why !== null) lose(search, artifact, run, why);
		else if (await isOfBranch(search, artifact, run)) histories.push(...await readHistory$1(search, artifact, run));
	}
	if (histories.length > 0) search.found.push({
		run,
		histories
	});
}
async function listArtifacts(search, run) {
	const { artifacts, complete } = search.list;
	const first = artifacts.filter((artifact) => artifact.run?.id === run.id);
	const later = Array.from({ length: Math.max(0, run.attempt - 1) }, (_, i) => i + 2).slice(-5);
	const asked = first.length > 0 || complete ? later : [1, ...later];
	const lists = await Promise.all(asked.map(async (attempt) => {
		const name = nameHistoryArtifact(search.name, attempt);
		const query = {
			name,
			runId: run.id
		};
		return ((await ask(search, "listings", `run ${run.id}`, (source) => source.artifacts(query)))?.artifacts ?? []).filter((artifact) => artifact.name === name);
	}));
	return [...first, ...lists.flat()];
}
async function readHistory$1(search, artifact, run) {
	const zip = await ask(search, "downloads", titleOf(artifact, run.id), (source) => source.download(artifact.id, LARGEST_ZIP_BYTES));
	if (zip === null) return [];
	try {
		return [openHistory(zip, artifact, search.name)];
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		lose(search, artifact, run, error.message);
		return [];
	}
}
async function isOfBranch(search, artifact, run) {
	const { rules } = search;
	const commit = await findOnBranch(search, run.headSha);
	if (commit === null) return false;
	const why = rejectCommit(commit.isOnBranch, rules) ?? (run.event === "workflow_run" ? rejectTrigger(await findTrigger(search, run), rules) : null);
	if (why !== null) lose(search, artifact, run, why);
	return why === null;
}
async function findOnBranch(search, sha) {
	const { onBranch, rules } = search;
	const tip = await findTip(search);
	if (tip === null) return null;
	const answer = onBranch.get(sha) ?? (tip === sha ? { isOnBranch: true } : null) ?? await ask(search, "commits", `commit ${escapeForTerminal(sha)} of ${escapeForTerminal(rules.defaultBranch)}`, async (source) => ({ isOnBranch: await source.isAncestor(sha, tip) }));
	if (answer !== null) onBranch.set(sha, answer);
	return answer;
}
async function findTip(search) {
	const { defaultBranch } = search.rules;
	const branch = `branch ${escapeForTerminal(defaultBranch)}`;
	search.tip ??= await ask(search, "commits", branch, async (source) => {
		const tip = await source.commitOf(`heads/${defaultBranch}`);
		if (tip === null) throw Object.assign(/* @__PURE__ */ new Error(`${branch} is not shown`), {
			status: 404,
			response: {}
		});
		return tip;
	});
	if (search.tip === null) search.isCut = true;
	return search.tip;
}
async function findTrigger(search, run) {
	const path = workflowFileOf(run);
	const id = findNamedTrigger(run, await ask(search, "files", `${escapeForTerminal(path)} of commit ${escapeForTerminal(run.headSha)}`, (source) => source.fileAt(path, run.headSha)));
	return id === null ? null : ask(search, "triggers", `run ${id}`, (source) => source.run(id));
}
async function ask(search, kind, about, request) {
	if (search.left[kind] === 0) {
		if (!search.isCut) search.skipped.push("the search ended at its bound of requests: older runs were not looked at");
		search.isCut = true;
		return null;
	}
	search.left[kind]--;
	const permission = kind === "commits" || kind === "files" ? "contents: read" : "actions: read";
	try {
		return await request(search.source);
	} catch (error) {
		if (statusOf(error) === HTTP_GONE) search.lost.expired++;
		else search.failures.push({
			error,
			permission
		});
		search.skipped.push(`${about} was passed over: ${describeRefusal(error, permission)}`);
		return null;
	}
}
function lose(search, artifact, run, why) {
	search.lost[artifact.expired ? "expired" : "refused"]++;
	passOver(search, artifact, run, why);
}
function passOver({ skipped }, artifact, run, why) {
	skipped.push(`${titleOf(artifact, run.id)} was passed over: ${why}`);
}
function describeStrangers({ list, found, rules, lookedAt, refusedRuns }) {
	const oldestUsed = found.length < WANTED ? 0 : found.at(-1).run.id;
	const elsewhere = `it is not of one of the newest runs of ${rules.workflows.join(" or ")}`;
	const counts = (runId) => runId !== null && (runId === rules.runId || lookedAt.has(runId) && !refusedRuns.has(runId));
	return list.artifacts.filter(({ run }) => !counts(run?.id ?? null) && (run?.id ?? Infinity) > oldestUsed).toSorted((a, b) => b.id - a.id).map((artifact) => {
		const runId = artifact.run?.id ?? null;
		const why = rejectArtifactRun(artifact, rules) ?? refusedRuns.get(runId ?? 0) ?? elsewhere;
		return `${titleOf(artifact, runId)} was passed over: ${why}`;
	});
}
function cutSentences(sentences) {
	const cut = sentences.length - MOST_SENTENCES;
	return cut > 0 ? [...sentences.slice(0, MOST_SENTENCES), `${pluralise(cut, "more artifact was", "more artifacts were")} passed over`] : sentences;
}
function titleOf({ name, id }, runId) {
	return `artifact ${name} (${id}) of ${runId === null ? "no run" : `run ${runId}`}`;
}
// src/baseline/artifact-store.ts
function createArtifactStore(source, options) {
	const { keep, workflows, defaultBranch } = options;
	const known = /* @__PURE__ */ new Map();
	async function load(name) {
		const origin = `artifacts of ${workflows.join(", ")} on ${defaultBranch}`;
		const none = {
			entries: [],
			origin,
			ancestor: null,
			skipped: []
		};
		try {
			const { found, skipped, unreadable, lost } = await findHistories(source, options, name);
			const { entries } = mergeHistories(found.flatMap(({ histories }) => histories), keep);
			known.set(name, {
				entries,
				unreadable
			});
			const cut = await cutUpTo(source, options.upTo, entries);
			const { release, trouble } = options.findRelease ? await findRelease(source, cut.entries) : NO_RELEASE;
			return {
				entries: cut.entries,
				origin,
				ancestor: await isAncestorOfBase(source, found[0]?.run.headSha ?? null, options),
				skipped: [
					...skipped,
					...cut.skipped,
					...trouble
				],
				unreadable,
				...lost === null ? {} : { lost },
				...release === null ? {} : { release }
			};
		} catch (error) {
			if (error instanceof BaselineError) throw error;
			const unreadable = explainRefusal(error, "actions: read");
			if (!known.has(name)) known.set(name, {
				entries: [],
				unreadable
			});
			return {
				...none,
				unreadable
			};
		}
	}
	return {
		load,
		async save(entries) {
			for (const [name, own] of Map.groupBy(entries, ({ row }) => row.series.name)) {
				if (!known.has(name)) await load(name);
				const { entries: before, unreadable } = known.get(name);
				if (unreadable !== null) throw new BaselineError(`The history of ${name} was not added to, because it could not be read: ${unreadable.why}.`, { remedy: `${unreadable.remedy}; what is recorded is untouched` });
				const history = historyToUpload([...before, ...own], keep);
				known.set(name, {
					entries: history.entries,
					unreadable: null
				});
				await upload(source, nameHistoryArtifact(name, options.attempt), encodeHistory(history));
			}
		}
	};
}
function historyToUpload(entries, keep, largestZipBytes = LARGEST_ZIP_BYTES) {
	const history = mergeHistories([{
		schema: HISTORY_SCHEMA,
		entries
	}], keep);
	let kept = history.entries;
	for (;;) {
		const fill = fillOf(encodeHistory({
			...history,
			entries: kept
		}), largestZipBytes);
		if (fill <= 1 || kept.length === 1) return {
			...history,
			entries: kept
		};
		kept = kept.slice(-Math.max(1, Math.floor(.95 * kept.length / fill)));
	}
}
function fillOf(text, largestZipBytes) {
	const content = new TextEncoder().encode(text);
	const zipped = zipSync({ [HISTORY_FILE]: content }).length;
	return Math.max(content.length / ZIP_BOUNDS.inflatedBytes, zipped / (.9 * largestZipBytes));
}
async function upload(source, artifactName, text) {
	try {
		await source.upload(artifactName, text);
	} catch (error) {
		if (error instanceof BaselineError) throw error;
		throw new BaselineError(`The artifact ${artifactName} could not be uploaded: ${escapeForTerminal(error instanceof Error ? error.message : String(error), 300)}`, {
			remedy: "this run is missing in the history; run again",
			cause: error
		});
	}
}
async function cutUpTo(source, upTo, entries) {
	if (upTo === null || entries.length === 0) return {
		entries,
		skipped: []
	};
	const ref = upTo === "newest-tag" ? await source.newestTag() : upTo.ref;
	if (ref === null) return {
		entries,
		skipped: ["no earlier tag leads here, so all recorded runs count"]
	};
	const remedy = "give baseline-ref a branch, tag or commit that runs of the default branch have led to";
	const commit = await source.commitOf(ref);
	if (commit === null) throw new BaselineError(`baseline-ref ${escapeForTerminal(ref)} is not in this repository.`, { remedy });
	const cut = await takeEntriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of));
	if (cut === null) throw new BaselineError(`No recorded run leads to ${escapeForTerminal(ref)}.`, { remedy });
	return {
		entries: cut,
		skipped: []
	};
}
const NO_RELEASE = {
	release: null,
	trouble: []
};
async function findRelease(source, entries) {
	try {
		const tag = await source.newestTag();
		const commit = tag === null ? null : await source.commitOf(tag);
		if (tag === null || commit === null) return NO_RELEASE;
		const newest = (await takeEntriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of)))?.at(-1);
		return newest === void 0 ? NO_RELEASE : {
			release: {
				name: tag,
				until: newest.row.startedAt
			},
			trouble: []
		};
	} catch (error) {
		return {
			release: null,
			trouble: [`slow drift is not told, because the newest tag could not be found: ${describeRefusal(error, "contents: read")}`]
		};
	}
}
async function isAncestorOfBase(source, sha, { base, upTo }) {
	if (sha === null || base === null || upTo !== null) return null;
	try {
		return await source.isAncestor(sha, base);
	} catch {
		return null;
	}
}
// src/baseline/file-trouble.ts
function codeOf$1(error) {
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
	const code = codeOf$1(error);
	const [what, remedy] = REASONS[code ?? ""] ?? [error instanceof Error ? escapeForTerminal(error.message, 300) : "unknown error", "give another path"];
	return new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be ${doing}: ${what}.`, {
		remedy,
		cause: error
	});
}
function recogniseDamage(text) {
	if (text.trim() === "") return ["it is empty", "bring back an older version of it, or delete it to begin anew"];
	if (text.startsWith("version https://git-lfs.")) return ["it is a pointer of Git LFS and not the file itself", "fetch it: `git lfs pull`, or `lfs: true` of actions/checkout"];
	const mark = MERGE_MARK.exec(text)?.[1];
	if (mark !== void 0) return [`it holds the marks of a merge that was not finished (${mark})`, "take one side of it whole (`git checkout --ours` or `--theirs`), and run again for what the other side had"];
	if (text.startsWith("")) return ["it is compressed with gzip", "unpack it (`gunzip`)"];
	if (text.startsWith("PK")) return ["it is a zip", "unpack it, and give the path of the file that is in it"];
	if (/^\s*</.test(text)) return ["it is a page and not the file itself", "download the file itself"];
	const other = /^\s*\{\s*"schema":\s*"plateau\/([a-z-]{1,20})@/.exec(text)?.[1] ?? "history";
	if (other !== "history") return [`it is a ${other.replace("-", " ")} and not a history`, "give the path of a history, which `--append` writes"];
	if (/^\s*(\[|null\b|\{\s*\})/.test(text)) return ["it is JSON and no history", "bring back an older version of it, or delete it to begin anew"];
	if (/^\0+$/.test(text)) return ["it holds nothing but zeros, as a power cut or a full disk leaves a file", "bring back an older version of it, or delete it to begin anew"];
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
	while (await isThere$1(lock) || !await createNew(lock, JSON.stringify(holder))) {
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
async function isThere$1(path) {
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
		return codeOf$1(error) !== "ESRCH";
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
			if (!WITHOUT_HARD_LINKS.includes(codeOf$1(error) ?? "")) throw error;
			await writeFile(path, content, { flag: "wx" });
		});
		return true;
	} catch (error) {
		if (codeOf$1(error) === "EEXIST" || codeOf$1(error) === "EPERM" && process.platform === "win32") return false;
		throw error;
	} finally {
		await remove(unnamed).catch(() => {});
	}
}
async function remove(path) {
	try {
		await unlink(path);
	} catch (error) {
		if (codeOf$1(error) !== "ENOENT") throw error;
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
	sleep: (ms) => setTimeout$1(ms)
};
const LARGEST_BYTES = 67108864;
function createFileStore({ path, keep, upTo = null, willSave = false, clock = SYSTEM_CLOCK }) {
	return {
		async load(name) {
			if (willSave) await checkLockable(path);
			const { entries } = await readHistory(path);
			const own = mergeHistories([{
				schema: HISTORY_SCHEMA,
				entries
			}], keep).entries.filter(({ row }) => row.series.name === name);
			const counted = upTo === null || own.length === 0 ? own : takeEntriesUpTo(own, upTo);
			if (counted === null) throw new BaselineError(`No run of ${name} in ${escapeForTerminal(path, 300)} is of ${escapeForTerminal(upTo ?? "")}.`, { remedy: "give baseline-ref a branch, tag or commit that is recorded there" });
			return {
				entries: counted,
				origin: `file ${path}`,
				ancestor: null,
				skipped: [],
				unreadable: null
			};
		},
		async save(entries) {
			if (entries.length === 0) return;
			try {
				await mkdir(dirname(path), { recursive: true });
				const lock = await lockFile(path, clock);
				try {
					await removeLeftovers(path, clock);
					await replaceFile(path, encodeHistory(mergeHistories([await readHistory(path), {
						schema: HISTORY_SCHEMA,
						entries
					}], keep)), lock.isHeld);
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
		if (codeOf$1(error) === "ENOENT") return EMPTY_HISTORY;
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
			remedy: `${await keepAside(path, text)}; bring back an older version of it, or delete it to begin anew`,
			cause: error
		});
	}
}
async function keepAside(path, text) {
	const copy = `${path}.corrupt-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
	try {
		await copyFile(path, copy, constants$1.COPYFILE_EXCL);
	} catch (error) {
		if (codeOf$1(error) !== "EEXIST") return "it is left as it is and could not be copied";
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
// src/baseline/release-asset-store.ts
function releaseAssetStore(source, { asset, keep, upTo = null }) {
	return {
		async load(name) {
			const none = {
				entries: [],
				origin: `file ${escapeForTerminal(asset)} of the newest release`,
				ancestor: null,
				skipped: [],
				unreadable: null
			};
			let file;
			try {
				file = await source.releaseAsset(asset, LARGEST_HISTORY_BYTES);
			} catch (error) {
				return {
					...none,
					unreadable: explainRefusal(error, "contents: read")
				};
			}
			if (file === null) return {
				...none,
				skipped: [`the newest release has no file ${escapeForTerminal(asset)}`]
			};
			const origin = `file ${escapeForTerminal(asset)} of release ${escapeForTerminal(file.tag)}`;
			const { entries } = mergeHistories([openAsset(file.content, origin)], keep);
			const own = entries.filter(({ row }) => row.series.name === name);
			const cut = upTo === null || own.length === 0 ? own : takeEntriesUpTo(own, upTo);
			if (cut !== null) return {
				...none,
				origin,
				entries: cut
			};
			throw new BaselineError(`No run in the ${origin} is of ${escapeForTerminal(upTo ?? "")}.`, { remedy: "give baseline-ref a branch, tag or commit that is recorded there" });
		},
		async save() {
			throw new BaselineError(`The file ${escapeForTerminal(asset)} of a release is only read: this run was not recorded.`, { remedy: "set record: never here, and attach a new history file when you release" });
		}
	};
}
function openAsset(content, origin) {
	try {
		if (content.length > 33554432) throw new Refusal(`it is longer than ${LARGEST_HISTORY_BYTES} bytes`);
		return decodeUploaded(decodeUtf8(content));
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		throw new BaselineError(`The ${origin} is not used: ${error.message}.`, {
			remedy: "attach a history file as the command writes it (--append), or name another file",
			cause: error
		});
	}
}
// src/report/looks.ts
function mapRowsOfLooks(looks, change) {
	const { candidates, controls, secondLook } = looks;
	const changeControl = (row) => row === null ? null : change(row);
	return {
		...looks,
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
const looksSchema = object({
	schema: literal(LOOKS_SCHEMA),
	candidates: array(historyRowSchema).min(1).max(MOST_RUNS),
	controls: array(historyRowSchema.nullable()).max(MOST_RUNS).exactOptional(),
	controlTroubles: array(half).max(MOST_RUNS).exactOptional(),
	sessions: object({
		fresh: boolean(),
		most: int().min(1).max(MOST_RUNS)
	}).exactOptional(),
	secondLook: union([_enum(["none", "unusable"]), historyRowSchema]),
	secondControl: historyRowSchema.exactOptional(),
	limits: array(limit).max(MOST_LIMITS)
});
function encodeLooks({ secondLook, ...rest }) {
	const passes = typeof secondLook === "string" ? { secondLook } : nameParts(secondLook);
	return escapeSigns(`${JSON.stringify({
		schema: LOOKS_SCHEMA,
		...rest,
		...passes
	})}\n`);
}
function nameParts({ row, control }) {
	return {
		secondLook: row,
		...control !== null && { secondControl: control }
	};
}
function decodeLooks(text) {
	const { schema: _, secondLook: passes, secondControl = null, ...rest } = decodeStrict(text, {
		what: "looks",
		schema: looksSchema,
		maximumLength: MAXIMUM_LENGTH$1,
		error: LooksError
	});
	if (rest.controls !== void 0 && rest.controls.length !== rest.candidates.length) throw new LooksError("looks: controls: one for each of the candidates, or none at all");
	return {
		...rest,
		secondLook: typeof passes === "string" ? passes : {
			row: passes,
			control: secondControl
		}
	};
}
// src/report/verdict-codec.ts
var VerdictError = class extends Error {
	code = "verdict";
	name = "VerdictError";
};
const MAXIMUM_LENGTH = 4194304;
function encodeVerdict(verdict) {
	const cut = (_, value) => typeof value === "string" ? value.slice(0, MAXIMUM_TEXT) : value;
	return escapeSigns(JSON.stringify(decodeVerdict(JSON.stringify(verdict, cut)), null, 2));
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
const comparison = object({
	metric,
	better: _enum(["lower", "higher"]),
	verdict: verdictWord,
	unit: _enum(Object.values(RATE_UNITS)).nullable(),
	ofPlateau: boolean().nullable(),
	levels,
	baseline: figure.nullable(),
	candidate: figure.nullable(),
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
const verdictSchema = object({
	schema: literal(VERDICT_SCHEMA),
	name: word,
	verdict: verdictWord,
	reasons: array(word).max(MAXIMUM_ITEMS),
	check: consequence,
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
	control: control.nullable().default(null)
});
const FACTS_IN_ORDER = Object.entries({
	level: {
		kind: "count",
		from: "level"
	},
	pass: {
		kind: "count",
		from: "level"
	},
	worker: {
		kind: "count",
		from: "level"
	},
	phase: {
		kind: "phase",
		from: "level"
	},
	startMs: {
		kind: "time",
		from: "record"
	},
	connectMs: {
		kind: "time",
		orNull: true,
		from: "transport"
	},
	ttfbMs: {
		kind: "time",
		orNull: true,
		from: "transport",
		stamp: "headersAt"
	},
	firstEventMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "firstEventAt"
	},
	ttftMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "firstTokenAt"
	},
	ttfoMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "firstTextAt"
	},
	lastTokenMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "lastTokenAt"
	},
	endMs: {
		kind: "time",
		from: "transport",
		stamp: "endAt"
	},
	inputTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	outputTokens: {
		kind: "count",
		from: "answer"
	},
	cachedTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	reasoningTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	tokenSource: {
		kind: "source",
		from: "answer"
	},
	tokenEvents: {
		kind: "count",
		from: "answer"
	},
	reads: {
		kind: "count",
		from: "answer"
	},
	windowTokens: {
		kind: "count",
		from: "level"
	},
	reconnected: {
		kind: "flag",
		from: "transport"
	},
	finishReason: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	servedModel: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	outcome: {
		kind: "outcome",
		from: "record"
	},
	failure: {
		kind: "failure",
		orNull: true,
		from: "answer"
	},
	requestId: {
		kind: "id",
		from: "transport"
	},
	tpotMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	queueMs: {
		kind: "time",
		from: "record"
	},
	requestedTokens: {
		kind: "count",
		from: "level"
	},
	buffered: {
		kind: "flag",
		from: "answer"
	},
	heldBack: {
		kind: "name",
		orNull: true,
		from: "transport"
	},
	retryAfterMs: {
		kind: "time",
		orNull: true,
		from: "transport"
	},
	serverTtftMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	serverTpotMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	serverLoadMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	unreadEvents: {
		kind: "count",
		from: "answer"
	},
	unreadMember: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	characters: {
		kind: "count",
		from: "answer"
	},
	statedTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	countDoubt: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	tagsReasoning: {
		kind: "flag",
		from: "answer"
	},
	stallMs: {
		kind: "time",
		from: "level"
	},
	endStallMs: {
		kind: "time",
		from: "level"
	}
}).map(([name, fact]) => ({
	name,
	...fact
}));
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
function redactBaseline(baseline, redact) {
	const { unreadable } = baseline;
	return {
		...baseline,
		entries: baseline.entries.map((entry) => redactTexts(entry, historyEntrySchema, redact)),
		skipped: baseline.skipped.map(redact),
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
	return schema.safeParse(value).success;
}
// src/render/html.ts
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --back: #ffffff; --line: #d1d9e0; --blue: #0550ae;
  --grey: #6e7781; --red: #b31d28; --green: #116329; --band: #0550ae22; --row: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --back: #0d1117; --line: #3d444d;
  --blue: #79c0ff; --grey: #a5aeb8; --red: #ff9790; --green: #7ee787; --band: #79c0ff33; --row: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { font-size: 1.1rem; margin-top: 2rem; }
h1.fail { color: var(--red); } h1.good { color: var(--green); }
p.soft, footer, figcaption { color: var(--soft); }
.wide { overflow: auto; max-height: 80vh; }
@media print { .wide { overflow: visible; max-height: none; } }
thead th { position: sticky; top: 0; background: var(--back); }
summary { cursor: pointer; padding: 0.3rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th.right, td.right { text-align: right; white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--row); }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
figure { margin: 0; } svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--text); font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
@media (max-width: 40rem) { svg text { font-size: 17px; } th, td { padding: 0.3rem 0.4rem; } }
svg .tick { fill: var(--soft); } svg path { fill: none; }
.axis { stroke: var(--soft); } .grid { stroke: var(--line); stroke-width: 0.7; } .band { fill: var(--band); }
.line { stroke-width: 2; } .line.candidate { stroke: var(--blue); } .line.baseline { stroke: var(--grey); stroke-dasharray: 6 4; }
.mark.candidate, .dot.candidate { fill: var(--blue); } .mark.baseline { fill: var(--grey); } .dot { opacity: 0.55; }
`;
const HTML = {
	words: (text) => escapeHtml(dropCodeMarks(text)),
	text: escapeForHtml,
	prose: (text, most) => escapeHtml(dropCodeMarks(escapeForTerminal(text, most))),
	code: escapeForHtml,
	figure: escapeHtml,
	strong: (text) => text,
	link: (text) => text,
	room: Infinity
};
function writeHtml(sentence) {
	return writeSentence(sentence, HTML);
}
function layHtmlPage({ title, body }) {
	return `${[
		"<!doctype html>",
		"<html lang=\"en\">",
		"<head>",
		"<meta charset=\"utf-8\">",
		`<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
		"<meta name=\"robots\" content=\"noindex\">",
		`<title>${escapeForHtml(title, 300)}</title>`,
		`<style>${STYLE}</style>`,
		"</head>",
		"<body>",
		...body,
		"</body>",
		"</html>"
	].join("\n")}\n`;
}
function layHtmlSection(heading, content) {
	const shown = content.filter((part) => part !== "");
	return shown.length === 0 ? [] : [`<h2>${escapeForHtml(heading)}</h2>`, ...shown];
}
function layHtmlParagraph(sentence, kind = "normal") {
	return sentence === null ? "" : `<p${kind === "soft" ? " class=\"soft\"" : ""}>${writeHtml(sentence)}</p>`;
}
function layHtmlList(entries) {
	return entries.length === 0 ? "" : `<ul>\n${entries.map((entry) => `<li>${writeHtml(entry)}</li>`).join("\n")}\n</ul>`;
}
function layHtmlFold(summary, content) {
	return content === "" ? "" : `<details><summary>${escapeForHtml(summary)}</summary>\n${content}\n</details>`;
}
function layHtmlTable(label, { columns, rows }) {
	if (rows.length === 0) return "";
	const kind = (i) => columns[i].align === "right" ? " class=\"right\"" : "";
	const head = columns.map(({ heading }, i) => `<th scope="col"${kind(i)}>${escapeForHtml(heading)}</th>`).join("");
	const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${kind(i)}>${keepUnitsTogether(writeHtml(cell))}</td>`).join("")}</tr>`);
	return [
		`<div class="wide" role="region" aria-label="${escapeForHtml(label)}" tabindex="0"><table>`,
		`<thead><tr>${head}</tr></thead>`,
		`<tbody>`,
		...body,
		"</tbody></table></div>"
	].join("\n");
}
// src/render/svg-chart.ts
const WIDTH = 640;
const HEIGHT = 320;
const MARGIN = {
	top: 34,
	right: 24,
	bottom: 46,
	left: 76
};
const MOST_TICKS = 10;
function renderChart(chart) {
	const points = chart.lines.flatMap((line) => [...line.points, ...line.dots]);
	const x = scaleOf(chart.x, points.map((point) => point.x), [MARGIN.left, WIDTH - MARGIN.right]);
	const y = scaleOf(chart.y, [...points.map((point) => point.y), chart.band?.high ?? 0], [HEIGHT - MARGIN.bottom, MARGIN.top]);
	const { id, title, description } = chart;
	return [
		`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-description">`,
		`<title id="${id}-title">${escapeForHtml(title)}</title>`,
		`<desc id="${id}-description">${escapeForHtml(dropCodeMarks(description), 1e3)}</desc>`,
		...axisX(chart.x, x),
		...axisY(chart.y, y),
		bandOf(chart, x, y),
		...chart.lines.map((line) => drawLine(line, x, y)),
		...legendOf(chart.lines),
		"</svg>"
	].filter((part) => part !== "").join("\n");
}
function scaleOf({ scale }, values, range) {
	if (scale === "linear") {
		const linear$1 = linear().domain([0, Math.max(...values) * 1.05]).range(range);
		return {
			ticks: linear$1.ticks(5),
			at: (value) => linear$1(value)
		};
	}
	const distinct = [...new Set(values)].filter((value) => value > 0).sort((a, b) => a - b);
	if (scale === "log") {
		const log$1 = log().domain([distinct[0], distinct.at(-1)]).nice().range(range);
		return {
			ticks: log$1.ticks(MOST_TICKS).filter((tick) => /^[125]/.test(tick.toExponential())),
			at: (value) => log$1(value)
		};
	}
	const log$2 = log().base(2).domain([distinct[0] / 1.1, distinct.at(-1) * 1.1]).range(range);
	const every = Math.ceil(distinct.length / MOST_TICKS);
	return {
		ticks: distinct.filter((_, i) => i % every === 0),
		at: (value) => log$2(value)
	};
}
function axisX({ label, format }, { ticks, at }) {
	const bottom = HEIGHT - MARGIN.bottom;
	return [
		`<path class="axis" d="M${MARGIN.left},${bottom}H${WIDTH - MARGIN.right}"/>`,
		...ticks.map((tick) => `<text class="tick" x="${formatPixels(at(tick))}" y="${bottom + 18}" text-anchor="middle">${escapeForHtml(format(tick))}</text>`),
		`<text class="label" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="312" text-anchor="middle">${escapeForHtml(label)}</text>`
	];
}
function axisY({ label, format }, { ticks, at }) {
	return [...ticks.flatMap((tick) => [`<path class="grid" d="M${MARGIN.left},${formatPixels(at(tick))}H${WIDTH - MARGIN.right}"/>`, `<text class="tick" x="${MARGIN.left - 8}" y="${formatPixels(at(tick) + 4)}" text-anchor="end">${escapeForHtml(format(tick))}</text>`]), `<text class="label" x="${MARGIN.left}" y="16" text-anchor="start">${escapeForHtml(label)}</text>`];
}
function bandOf({ band }, x, y) {
	if (band === null) return "";
	const [left, right] = [x.at(band.from), x.at(band.to)];
	const [top, bottom] = [y.at(band.high), y.at(band.low)];
	return `<rect class="band" x="${formatPixels(left)}" y="${formatPixels(top)}" width="${formatPixels(right - left)}" height="${formatPixels(Math.max(1, bottom - top))}"/>`;
}
function drawLine({ kind, points, strokes, dots }, x, y) {
	const path = line((point) => x.at(point.x), (point) => y.at(point.y)).digits(1);
	const marks = points.map((point) => mark(kind, x.at(point.x), y.at(point.y)));
	const single = dots.map((dot) => `<circle class="dot ${kind}" cx="${formatPixels(x.at(dot.x))}" cy="${formatPixels(y.at(dot.y))}" r="2"/>`);
	const labels = points.flatMap((point) => point.label === null ? [] : [`<text class="tick" x="${formatPixels(x.at(point.x) + 7)}" y="${formatPixels(y.at(point.y) - 6)}">${escapeForHtml(point.label)}</text>`]);
	return [
		`<path class="line ${kind}" d="${strokes.map((stroke) => path(stroke) ?? "").join("")}"/>`,
		...single,
		...marks,
		...labels
	].join("\n");
}
function mark(kind, x, y) {
	return kind === "candidate" ? `<circle class="mark candidate" cx="${formatPixels(x)}" cy="${formatPixels(y)}" r="4"/>` : `<rect class="mark baseline" x="${formatPixels(x - 3.5)}" y="${formatPixels(y - 3.5)}" width="7" height="7"/>`;
}
function legendOf(lines) {
	let right = WIDTH - MARGIN.right;
	return lines.toReversed().flatMap(({ label, kind }) => {
		const left = right - 34 - 10 * label.length;
		right = left - 12;
		return [
			`<path class="line ${kind}" d="M${left},12H${left + 24}"/>`,
			mark(kind, left + 12, 12),
			`<text class="tick" x="${left + 30}" y="16">${escapeForHtml(label)}</text>`
		];
	});
}
function formatPixels(value) {
	return Number(value.toFixed(1));
}
// src/render/page.ts
function renderPage({ report, verdict, withoutVerdict = verdict === null }) {
	const { run, limits, levels, server, crossCheck, charts } = viewReport(report, verdict);
	const view = verdict === null ? null : viewVerdict({
		report,
		verdict,
		subject: "run",
		withoutVerdict
	});
	const title = view === null ? run.endpoint : say`${view.title.icon} ${view.title.sentence}`;
	return layHtmlPage({
		title: `${writePlain(title)} · Plateau`,
		body: [
			"<main>",
			`<h1${view === null ? "" : H1_CLASSES[view.title.mood] ?? ""}>${writeHtml(title)}</h1>`,
			layHtmlParagraph(say`${run.endpoint} · ${run.work}`, "soft"),
			...dropAbsent([layHtmlParagraph(run.invalid), withoutVerdict ? layHtmlParagraph(WITHOUT_VERDICT) : ""]),
			...layHtmlSection("Limits", [layLimits(limits.rows)]),
			...view === null ? [] : layVerdict(view),
			...layHtmlSection("Charts", chartGrid(charts)),
			...layHtmlSection("Levels", layLevels(levels)),
			...layHtmlSection("Server side", server === null ? [] : [layHtmlTable("Server side", server.table), layHtmlParagraph(say`Source: ${server.source}. ${server.note}`, "soft")]),
			...layHtmlSection("Cross-check", crossCheck === null ? [] : [layHtmlTable("Cross-check", crossCheck.table), layHtmlParagraph(crossCheck.note, "soft")]),
			...layHtmlSection("Findings", [layHtmlList(run.findings.map(({ line }) => line))]),
			...layHtmlSection("Where it ran", [layHtmlTable("Where it ran", run.context)]),
			"</main>",
			`<footer>${layHtmlParagraph(run.origin, "soft")}</footer>`
		]
	});
}
const H1_CLASSES = {
	bad: " class=\"fail\"",
	good: " class=\"good\""
};
function layVerdict(view) {
	const { comparisons, baseline, uncompared, moves, part, owner, chance } = view;
	const facts = [
		...comparisons.lost,
		comparisons.errors,
		...comparisons.unused,
		...comparisons.notes,
		baseline.drift
	];
	return [
		...layHtmlSection(baseline.isControl ? "Against the control" : "Against the baseline", [
			layHtmlTable("Comparisons", layComparisons(comparisons, baseline.isControl ? "Control" : "Baseline")),
			layHtmlList(dropAbsent(facts)),
			layHtmlFold("What this rests on", layHtmlTable("What this rests on", baseline.grounds)),
			layHtmlParagraph(baseline.origin === null ? null : say`${baseline.origin}.${chance === null ? "" : ` ${chance}`}`, "soft"),
			layHtmlParagraph(baseline.control, "soft"),
			layHtmlParagraph(baseline.fineness, "soft")
		]),
		...layHtmlSection("Where", [layHtmlList(dropAbsent([
			...moves,
			part,
			owner
		]))]),
		...layHtmlSection("Not compared", [layHtmlParagraph(uncompared.recordedRuns), layHtmlTable("Differences", uncompared.differences)]),
		...layHtmlSection("What this gate finds", [layHtmlTable("Smallest change that it finds in 4 of 5 runs", baseline.outlook)]),
		...layHtmlSection("What else changed", [layHtmlTable("Changes of the context", baseline.changes)])
	];
}
function layComparisons({ rows }, before) {
	return {
		columns: [
			wordColumn("Metric"),
			wordColumn("Verdict"),
			figureColumn(before),
			figureColumn("This run"),
			figureColumn("Change"),
			figureColumn("95 % interval"),
			figureColumn("Finds in 4 of 5")
		],
		rows: rows.map(({ metric, verdict, baseline, candidate, change, interval, visible }) => [
			metric,
			verdict,
			baseline,
			candidate,
			change,
			interval ?? "–",
			visible
		])
	};
}
function layLimits(limits) {
	return layHtmlTable("Limits", {
		columns: [
			wordColumn("Limit"),
			wordColumn("Verdict"),
			figureColumn("Measured")
		],
		rows: limits.map(({ limit, verdict, measured }) => [
			limit,
			verdict,
			measured
		])
	});
}
function layLevels({ table, none, ...notes }) {
	if (table.rows.length === 0) return [layHtmlParagraph(none)];
	const below = [
		notes.reasoning,
		notes.missing,
		notes.standIns,
		notes.plateau,
		notes.within
	];
	return [layHtmlTable("Levels", table), ...below.map((note) => layHtmlParagraph(note, "soft"))];
}
function chartGrid(charts) {
	if (charts.length === 0) return [];
	return [`<div class="charts">\n${charts.map((chart) => `<figure>\n<figcaption>${escapeForHtml(chart.title)}</figcaption>\n${renderChart(chart)}\n</figure>`).join("\n")}\n</div>`];
}
// src/report/records.ts
function encodeRecord(record) {
	return escapeSigns(JSON.stringify(Object.fromEntries(FACTS_IN_ORDER.map(({ name, kind }) => [name, kind === "time" ? roundToMicroseconds(record[name]) : record[name]]))));
}
const LINES_AT_ONCE = 100;
function* encodeRecords(records) {
	let lines = [];
	for (const record of records) {
		lines.push(`${encodeRecord(record)}\n`);
		if (lines.length < LINES_AT_ONCE) continue;
		yield lines.join("");
		lines = [];
	}
	yield lines.join("");
}
function roundToMicroseconds(ms) {
	return ms === null ? null : Math.round(ms * 1e3) / 1e3;
}
// src/settings/reading/config-file.ts
var import_dist = require_dist();
const MOST_FAULTS = 5;
function readConfigFile(list, { path, text, scenario, entry }) {
	const lines = new import_dist.LineCounter();
	const document = (0, import_dist.parseDocument)(text, {
		lineCounter: lines,
		prettyErrors: false
	});
	const file = new FileReader(list, path, lines, document, entry);
	for (const error of document.errors.slice(0, MOST_FAULTS)) file.report(path, error.pos[0], faultOf(error, text));
	const more = document.errors.length - MOST_FAULTS;
	if (more > 0) file.report(path, null, `has ${more} more ${more === 1 ? "fault" : "faults"} of this kind`);
	if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return file;
	const root = document.contents;
	if (root === null) file.report(path, null, "holds no settings; write for example \"endpoint: http://127.0.0.1:8000\"");
	else if (!(0, import_dist.isMap)(root)) file.report(path, readOffset(root), "must hold a map of settings, for example \"endpoint: http://127.0.0.1:8000\"");
	else {
		file.readMap(root);
		file.readScenario(root, scenario);
	}
	return file;
}
var FileReader = class {
	given = /* @__PURE__ */ new Map();
	problems = [];
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
	readScenario(root, wanted) {
		const pair = root.items.find(({ key }) => (0, import_dist.isScalar)(key) && key.value === "scenarios");
		if (pair === void 0) {
			if (wanted !== null) this.report("scenario", null, `"${showValue(wanted)}" is not there: the file has no scenarios`);
			return;
		}
		const scenarios = this.#resolved(pair.value);
		if (!(0, import_dist.isMap)(scenarios) || scenarios.items.length === 0) {
			this.report("scenarios", readOffset(pair.key), "must be a map of names to settings, at least one");
			return;
		}
		const names = scenarios.items.map(({ key }) => (0, import_dist.isScalar)(key) ? String(key.value) : "");
		this.#checkNames(scenarios);
		const found = wanted === null ? void 0 : scenarios.items[names.indexOf(wanted)];
		if (wanted === null) this.report("scenario", readOffset(pair.key), `is required, the file has several settings: one of ${names.join(", ")}`);
		else if (found === void 0) this.report("scenario", readOffset(pair.key), `"${showValue(wanted)}" is not in the file; it has ${names.join(", ")}`);
		else {
			const settings = this.#resolved(found.value);
			if ((0, import_dist.isMap)(settings)) this.readMap(settings);
			else this.report(`scenarios.${wanted}`, readOffset(found.key), "must be a map of settings");
		}
	}
	#checkNames(scenarios) {
		const taken = /* @__PURE__ */ new Map();
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
			const forms = setting.file === void 0 ? "one value" : `one value or ${FORMS[setting.file]}`;
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
			this.report(setting.name, at, `cannot be read: ${takeFirstLine$1(error.message)}; write it without aliases`);
		}
	}
	#give(setting, text, at) {
		this.given.set(setting.name, {
			text,
			source: "file",
			where: this.#place(at)
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
const FORMS = {
	list: "a list",
	map: "a map",
	records: "a list of maps"
};
function faultOf({ code, message, pos }, text) {
	if (code !== "DUPLICATE_KEY") return `is not YAML: ${takeFirstLine$1(message)}`;
	return `has "${showValue(/^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(pos[0]))[0].replace(/^["']|["']$/g, ""))}" twice; a setting, and a scenario, can be there only once`;
}
function textOf(node) {
	return typeof node.value === "string" ? node.value : node.source ?? JSON.stringify(node.value);
}
function readOffset(node) {
	return node?.range?.[0] ?? null;
}
function takeFirstLine$1(text) {
	return text.split("\n", 1)[0].trimEnd().replace(/:$/, "");
}
// src/settings/reading/prompts-format.ts
function recognisePromptsFormat(text) {
	return recogniseBytes(text) ?? recogniseDocument(text) ?? recogniseLine(firstLineOf(text));
}
function recogniseBytes(text) {
	if (text.startsWith("")) return "is compressed with gzip; unpack it (gunzip) and give the file that comes out";
	if (text.startsWith("PK")) return "is a zip; unpack it and give the file that is in it";
	if (text.startsWith("(�/�")) return "is compressed with zstd; unpack it (unzstd) and give the file that comes out";
	if (text.startsWith("PAR1")) return `is a Parquet file; write it as JSON lines, ${EACH_LINE}`;
	return text.slice(0, 200).includes("\0") ? "is not UTF-8 (UTF-16, by its looks); save it as UTF-8" : null;
}
const EACH_LINE = "each line an object such as {\"prompt\": \"Why is the sky blue?\"}";
function recogniseDocument(text) {
	const json = parse(text);
	if (Array.isArray(json)) {
		const inside = isObject$2(json[0]) ? recogniseObject(json[0]) : null;
		if (inside !== null) return inside;
		return `is one JSON array; put each of its entries on a line of its own (${typeof json[0] === "string" ? "jq -c '.[] | {prompt: .}'" : "jq -c '.[]'"})`;
	}
	if (!isObject$2(json)) return null;
	const [name] = Object.entries(json).find(([, value]) => Array.isArray(value) && value.length > 0) ?? [];
	if (isPrompt(json) && text.trim().includes("\n")) return "is one JSON object over several lines; put it on one (jq -c '.')";
	return name !== void 0 && /^(prompts|data|items|requests|rows|samples|examples)$/.test(name) ? `is one JSON object with a list in it; put each entry on a line of its own (jq -c '.${name}[]')` : null;
}
function recogniseLine(line) {
	if (line === "") return null;
	const json = parse(line);
	if (isObject$2(json)) return recogniseObject(json);
	if (json !== void 0 || /^\s*[{[]/.test(line)) return null;
	return CSV.test(line) ? `is CSV; write it as JSON lines, ${EACH_LINE}` : `is plain text; write each prompt as {"prompt": "…"} on a line of its own (jq -Rc 'select(. != "") | {prompt: .}')`;
}
const CSV = /^"?(id|prompt|prompts|question|instruction|input|text|content|messages|category)"?\s*[,;\t]|[,;\t]\s*"?(prompt|question|instruction|output_tokens|max_tokens|text)"?\s*([,;\t]|$)/i;
const TRACE = "is a trace (Mooncake), which holds lengths and no prompts; give the lengths with `input-tokens` and `output-tokens`";
const FORMATS = [
	[["conversations"], "is ShareGPT; write the first question of each as {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}]} on a line of its own"],
	[["custom_id", "body"], "is a batch of OpenAI; write what is in each body (jq -c '.body | {messages, max_tokens}')"],
	[["hash_ids"], TRACE],
	[["timestamp", "input_length"], TRACE],
	[["turns"], "is MT-Bench; write the first turn of each (jq -c '{prompt: .turns[0]}')"],
	[["question", "answer"], "is a set of questions such as GSM8K; write each question (jq -c '{prompt: .question}')"],
	[["instruction"], "is Alpaca; write each instruction with its input (jq -c '{prompt: (.instruction + \"\\n\" + .input)}')"],
	[["text_input"], "is for GenAI-Perf; write its texts as prompts (jq -c '{prompt: .text_input}')"],
	[["text"], "is for GenAI-Perf or AIPerf; write its texts as prompts (jq -c '{prompt: .text}')"],
	[["texts"], "is for AIPerf; write its texts as prompts (jq -c '{prompt: .texts[0]}')"]
];
function recogniseObject(json) {
	if (isPrompt(json) && !("instruction" in json)) return null;
	return FORMATS.find(([members]) => members.every((member) => Object.hasOwn(json, member)))?.[1] ?? null;
}
function isPrompt(json) {
	return [
		"prompt",
		"messages",
		"input"
	].some((kind) => Object.hasOwn(json, kind));
}
function firstLineOf(text) {
	return text.replace(/^\uFEFF/, "").trimStart().split("\n", 1)[0].trim();
}
function parse(text) {
	try {
		return JSON.parse(text.replace(/^\uFEFF/, ""));
	} catch {
		return;
	}
}
function isObject$2(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
// src/settings/reading/prompts-file.ts
const MOST_PROBLEMS = 5;
const LENGTHS = [
	"max_tokens",
	"max_completion_tokens",
	"output_tokens",
	"expected_output_len"
];
const LABELS = new Set("id uuid index name request_id question_id category source metadata prompt_tokens prompt_tokens_count prompt_len".split(" "));
function parsePromptsFile(text) {
	const prompts = [];
	const wrong = [];
	let firstKind = null;
	for (const [index, line] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
		if (line.trim() === "") continue;
		const prompt = parseLine(line);
		if (typeof prompt === "string") {
			wrong.push(`line ${index + 1}: ${prompt}`);
			continue;
		}
		firstKind ??= prompt.kind;
		if (prompt.kind === firstKind) prompts.push(prompt);
		else wrong.push(`line ${index + 1}: has "${prompt.kind}" after lines with "${firstKind}"; use one kind in a file`);
	}
	if (prompts.length === 0 && wrong.length === 0) wrong.push("has no prompts; put one JSON object on each line");
	const other = wrong.length === 0 ? null : recognisePromptsFormat(text);
	return {
		prompts,
		problems: listProblems(other === null ? wrong : [other])
	};
}
function parseLine(line) {
	let json;
	try {
		json = JSON.parse(line);
	} catch {
		return "is not JSON; each line must be one JSON object, for example {\"prompt\": \"Why is the sky blue?\"}";
	}
	if (!isObject$1(json)) return "must be a JSON object, for example {\"prompt\": \"Why is the sky blue?\"}";
	const kinds = [
		"prompt",
		"messages",
		"input"
	].filter((kind) => Object.hasOwn(json, kind));
	const [kind] = kinds;
	if (kind === void 0 || kinds.length > 1) return `must have exactly one of "prompt", "messages" and "input", and has ${kinds.length === 0 ? "none" : kinds.join(" and ")}`;
	const unknown = Object.keys(json).find((key) => key !== kind && !LENGTHS.includes(key) && !LABELS.has(key));
	if (unknown !== void 0) return `has the unknown member ${JSON.stringify(unknown.slice(0, 40))}; take it out, or set it for all requests with \`extra-body\`: only "max_tokens" may stand beside "${kind}", and labels such as "id"`;
	const lengths = LENGTHS.filter((key) => json[key] != null);
	if (lengths.length > 1) return `says the length twice, as "${lengths.join("\" and \"")}"`;
	const [length = "max_tokens"] = lengths;
	const maxTokens = json[length] ?? null;
	if (maxTokens !== null && !(typeof maxTokens === "number" && Number.isSafeInteger(maxTokens) && maxTokens >= 1)) return `"${length}" must be a whole number from 1`;
	const content = parseContent(kind, json[kind]);
	return typeof content === "string" ? content : {
		...content,
		maxTokens
	};
}
function parseContent(kind, value) {
	switch (kind) {
		case "prompt":
			if (Array.isArray(value) && value.every(Number.isInteger)) return "\"prompt\" holds token ids; write its text";
			return isText(value) ? {
				kind,
				text: value
			} : "\"prompt\" must be a text that is not empty";
		case "messages":
			if (Array.isArray(value) && value.some((message) => isObject$1(message) && "tool_calls" in message)) return "\"messages\" holds tool calls, which are not sent; leave such a line out, or keep only its texts";
			return Array.isArray(value) && value.length > 0 && value.every(isMessage) ? {
				kind,
				messages: value
			} : "\"messages\" must be a list of {\"role\", \"content\"} objects, at least one";
		case "input":
			if (isText(value)) return {
				kind,
				texts: [value]
			};
			return Array.isArray(value) && value.length > 0 && value.every(isText) ? {
				kind,
				texts: value
			} : "\"input\" must be a text or a list of texts, none of them empty";
	}
}
function isMessage(value) {
	if (!isObject$1(value) || !isText(value["role"])) return false;
	const content = value["content"];
	return typeof content === "string" || Array.isArray(content) && content.length > 0 && content.every(isObject$1);
}
function isObject$1(value) {
	return asObject(value) !== null;
}
function isText(value) {
	return asText(value) !== null;
}
function listProblems(wrong) {
	const shown = wrong.slice(0, MOST_PROBLEMS);
	if (wrong.length > shown.length) shown.push(`${pluralise(wrong.length - shown.length, "more line is", "more lines are")} wrong`);
	return shown.map((message) => ({
		setting: "prompts-file",
		given: null,
		message
	}));
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
	if (/\*{3,}|\.{3,}|[•●…]|^<[^<>]*>$|^x{4,}$/i.test(text)) return "is what logs, pages and instructions show in place of a key; give the key itself";
	if (/^(export +)?[A-Z][A-Z0-9_]*_(KEY|TOKEN|SECRET)=/.test(text)) return "begins with the name of a variable; give what stands behind the =";
	if (/^\$(\{.*\}|\w+|\(.*\))$/.test(text)) return "is the name of a variable that nobody has replaced by its value";
	return null;
}
function findHeaderWords(key) {
	const text = key.trim();
	if (/^((proxy-)?authorization|[a-z-]*api-?key|[a-z-]+-token) *:/i.test(text)) return "begins with the name of a header";
	const scheme = /^(bearer|basic|token|api-?key) /i.exec(text)?.[0].trim();
	return scheme === void 0 ? null : `begins with "${scheme}"`;
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
		common: true,
		read: readHttpUrl
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
		help: credentialHelp("client-id"),
		placeholder: "ID",
		default: null,
		env: "PLATEAU_CLIENT_ID",
		inputOnly: true,
		read: readLine$1
	}),
	clientSecret: setting({
		name: "client-secret",
		group: group$6,
		help: credentialHelp("client-secret"),
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
		help: credentialHelp("token-url"),
		placeholder: "URL",
		default: null,
		inputOnly: true,
		derived: "the host of the endpoint",
		read: readHttpUrl
	}),
	oidcAudience: setting({
		name: "oidc-audience",
		group: group$6,
		help: credentialHelp("oidc-audience"),
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
	soak: setting({
		name: "soak",
		group: group$6,
		help: "Unrecorded load until a young engine has settled, at most 60 s: auto or off",
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
		help: "Take any certificate of the endpoint, which every report then says; whoever is in between can read the key",
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
// src/settings/lists/load-settings.ts
const group$4 = "Load";
const MOST_WORKERS = 4096;
const LOAD_SETTINGS = {
	concurrency: setting({
		name: "concurrency",
		group: group$4,
		help: "Levels of the sweep: a list such as 1, 2, 4, 8, or auto: doubling from 1 until the plateau",
		placeholder: "LIST",
		default: "auto",
		common: true,
		file: "list",
		read: allowWord("auto", readLevels)
	}),
	maxConcurrency: setting({
		name: "max-concurrency",
		group: group$4,
		help: "Where auto ends at the latest",
		placeholder: "N",
		default: "32",
		read: readCount({ max: MOST_WORKERS })
	}),
	passes: setting({
		name: "passes",
		group: group$4,
		help: "How often every level is measured, at least 2 for an interval; or auto: 3 to 10 times, until what passes differ by is small beside what runs differ by. Runs with another word here are not compared",
		placeholder: "N",
		default: "3",
		read: allowWord("auto", readCount({ max: 20 }))
	}),
	levelDurationMs: setting({
		name: "level-duration",
		group: group$4,
		help: "Length of the window of one level in one pass",
		placeholder: "8s",
		default: "8s",
		read: readDuration({
			minMs: 100,
			maxMs: 36e5
		})
	}),
	levelRequests: setting({
		name: "level-requests",
		group: group$4,
		help: "Counted requests after which a level ends before its time",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount({ max: 1e7 }))
	}),
	runs: setting({
		name: "runs",
		group: group$4,
		help: "Complete runs in one go: together they are one, sharper point of the history",
		placeholder: "N",
		default: "1",
		read: readCount({ max: 20 })
	}),
	pauseMs: setting({
		name: "pause",
		group: group$4,
		help: "Pause between runs, and before a suspected change is looked at again",
		placeholder: "30s",
		default: "30s",
		read: readDuration({ maxMs: 36e5 })
	}),
	warmupRequests: setting({
		name: "warmup-requests",
		group: group$4,
		help: "Uncounted requests of each worker before the window of each level",
		placeholder: "N",
		default: "1",
		read: readCount({
			min: 0,
			max: 1e3
		})
	}),
	maxDurationMs: setting({
		name: "max-duration",
		group: group$4,
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
		group: group$4,
		help: "Budget of requests for one run, preflight not counted",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount())
	}),
	maxOutputTokens: setting({
		name: "max-output-tokens",
		group: group$4,
		help: "Budget of output tokens for one run",
		placeholder: "N",
		default: "2M",
		read: allowNone(readCount({ max: 0xe8d4a51000 }))
	})
};
function readLevels(text) {
	const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
	const levels = entries.map(Number);
	if (levels.length === 0 || !entries.every((entry) => /^\d+$/.test(entry)) || !levels.every(isLevel)) throw new ValueError(`must be auto or whole numbers from 1 to ${MOST_WORKERS}, for example 1, 2, 4, 8`);
	if (new Set(levels).size < levels.length) throw new ValueError("must name each level once");
	return levels.toSorted((a, b) => a - b);
}
function isLevel(value) {
	return Number.isInteger(value) && value >= 1 && value <= MOST_WORKERS;
}
// src/settings/lists/report-settings.ts
const group$3 = "Report";
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
		read: readChoice([
			"text",
			"json",
			"markdown"
		])
	}),
	reportJson: setting({
		name: "report-json",
		group: group$3,
		help: "File for the report",
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		common: true,
		read: readLine$1
	}),
	verdictJson: setting({
		name: "verdict-json",
		group: group$3,
		help: "File for the verdict",
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		read: readLine$1
	}),
	html: setting({
		name: "html",
		group: group$3,
		help: "File for the report as a page",
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		read: readLine$1
	}),
	markdown: setting({
		name: "markdown",
		group: group$3,
		help: "File for the report as Markdown, as a comment would have it",
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		read: readLine$1
	}),
	records: setting({
		name: "records",
		group: group$3,
		help: "File for the records of all requests, one JSON object a line",
		placeholder: "FILE",
		default: null,
		commandOnly: true,
		writes: true,
		read: readLine$1
	}),
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
		help: "Which scenario of the config file to run",
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
// src/settings/lists/workload-settings.ts
const group$1 = "Workload";
const WORKLOAD_SETTINGS = {
	inputTokens: setting({
		name: "input-tokens",
		group: group$1,
		help: "Length of a prompt: a number, normal(mean,sd), uniform(min,max), lognormal(mean,sd), or auto: 512 (embeddings 256), less where the model takes less",
		placeholder: "N",
		default: "auto",
		common: true,
		read: allowWord("auto", readLengths)
	}),
	outputTokens: setting({
		name: "output-tokens",
		group: group$1,
		help: "Length of an answer: a number, normal(mean,sd), uniform(min,max) or lognormal(mean,sd)",
		placeholder: "N",
		default: "128",
		common: true,
		read: readLengths
	}),
	promptsFile: setting({
		name: "prompts-file",
		group: group$1,
		help: "JSONL file; each line has \"prompt\", \"messages\" or \"input\", and may have \"max_tokens\"",
		placeholder: "FILE",
		default: null,
		derived: "prompts are generated",
		read: readLine$1
	}),
	prefixCache: setting({
		name: "prefix-cache",
		group: group$1,
		help: "avoid: unique prompts; allow: measure the cache on purpose",
		placeholder: "WORD",
		default: "avoid",
		read: readChoice(["avoid", "allow"])
	}),
	sharedPrefixTokens: setting({
		name: "shared-prefix-tokens",
		group: group$1,
		help: "Tokens of each prompt that are the same in all of them, like a system prompt; needs prefix-cache: allow",
		placeholder: "N",
		default: "0",
		read: readCount({
			min: 0,
			max: 1e6
		})
	}),
	batchSize: setting({
		name: "batch-size",
		group: group$1,
		help: "Texts in one embeddings request",
		placeholder: "N",
		default: "1",
		read: readCount({ max: 1e4 })
	}),
	seed: setting({
		name: "seed",
		group: group$1,
		help: "Repeats everything random: order of levels, lengths, words",
		placeholder: "TEXT",
		default: null,
		derived: "the name",
		read: readLine$1
	})
};
// src/settings/lists/run-settings.ts
const RUN_SETTINGS = {
	...ENDPOINT_SETTINGS,
	...CONTROL_SETTINGS,
	...SESSION_SETTINGS,
	...WORKLOAD_SETTINGS,
	...LOAD_SETTINGS,
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
// src/settings/reading/files.ts
var FileRefusal = class extends Error {
	name = "FileRefusal";
};
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
	const file = readConfigFile(RUN_SETTINGS, {
		path,
		text,
		scenario,
		entry
	});
	return {
		given: new Map([...file.given].filter(([name]) => settingsOf$1(entry).has(name))),
		problems: file.problems
	};
}
function settingsOf$1(entry) {
	return new Set(Object.values(entry === "command" ? COMMAND_SETTINGS : ACTION_SETTINGS).map(({ name }) => name));
}
function readPrompts(path, readFile, entry) {
	if (path === null) return {
		prompts: null,
		problems: []
	};
	const { text, problems } = readText("prompts-file", path, readFile, entry);
	return text === null ? {
		prompts: null,
		problems
	} : parsePromptsFile(text);
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
	return parseOrNull(() => new X509Certificate(text)) === null ? "holds a certificate that cannot be read" : null;
}
function findKeyFault(text, cert) {
	if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "holds no PEM key; it must have a \"-----BEGIN PRIVATE KEY-----\" block";
	if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text)) return "holds a key under a passphrase; write it without one: openssl pkey -in FILE -out NEW-FILE";
	const key = parseOrNull(() => createPrivateKey(text));
	if (key === null) return "holds a key that cannot be read";
	return (cert === null ? null : parseOrNull(() => new X509Certificate(cert)))?.checkPrivateKey(key) === false ? "holds another key than that of client-cert" : null;
}
function parseOrNull(parse) {
	try {
		return parse();
	} catch {
		return null;
	}
}
function readText(setting, path, readFile, entry) {
	try {
		return {
			text: readFile(path),
			problems: []
		};
	} catch (error) {
		if (error instanceof FileRefusal) return {
			text: null,
			problems: [{
				setting,
				given: showValue(path),
				message: error.message
			}]
		};
		const code = error?.code;
		const message = `${code === "ENOENT" ? "there is no such file" : `it cannot be read${code === void 0 ? "" : ` (${code})`}`}; relative paths start in ${entry === "command" ? "the current directory" : "the workspace; is the repository checked out?"}`;
		return {
			text: null,
			problems: [{
				setting,
				given: showValue(path),
				message
			}]
		};
	}
}
// src/shell/files.ts
function writeWhole$1(path, parts) {
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
function checkWritable(path) {
	makeFolder(dirname(path));
	if (existsSync(path) && statSync(path).isDirectory()) throw new Error("it is a folder");
	accessSync(existsSync(path) ? path : dirname(path), constants$1.W_OK);
}
function makeFolder(folder) {
	if (existsSync(folder) || dirname(folder) === folder) return;
	makeFolder(dirname(folder));
	mkdirSync(folder);
}
const MAXIMUM_BYTES = 67108864;
function readTextFile(path) {
	const stats = statSync(path);
	if (stats.isDirectory()) throw new FileRefusal("is a folder; name the file in it");
	if (!stats.isFile()) throw new FileRefusal("is a device or a pipe; name a file");
	if (stats.size > MAXIMUM_BYTES) throw new FileRefusal("is larger than 64 MiB, which no such file is");
	return readFileSync(path, "utf8");
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
	const parts = [];
	let length = 0;
	let from = 0;
	for (const { 0: fold, index } of source.matchAll(FOLDS[escapes])) {
		const sign = meaningOf(fold);
		parts.push(source.slice(from, index), sign);
		length += index - from + sign.length;
		from = index + fold.length;
		ends.push(length);
		shifts.push(from - length);
		lengths.push(sign === "" ? 1 : fold.length);
	}
	if (ends.length === 0) return null;
	parts.push(source.slice(from));
	const shiftAt = (place) => shifts[countUpTo(ends, place) - 1] ?? 0;
	return {
		text: parts.join(""),
		sourceOf: (begin, end) => [begin + shiftAt(begin), end - 1 + shiftAt(end - 1) + lengthAt(end)]
	};
	function lengthAt(end) {
		const before = countUpTo(ends, end - 1);
		return ends[before] === end ? lengths[before] : 1;
	}
}
function meaningOf(fold) {
	const code = codeOf(fold);
	if (code !== null) return code > 1114111 ? "�" : String.fromCodePoint(code);
	if (fold.startsWith("&")) return NAMED[fold.slice(1, -1)] ?? fold;
	if (fold === "\\n") return "\n";
	if (fold === "\\r") return "\r";
	if (/^\\[tbf]$/.test(fold)) return "	";
	return fold.startsWith("\\") ? fold.slice(1) : "";
}
function codeOf(fold) {
	const hexadecimal = /^(?:[%=]|%u|\\[uUx]\{?|&#[xX])([0-9a-fA-F]+)[;}]?$/.exec(fold)?.[1];
	if (hexadecimal !== void 0) return Number.parseInt(hexadecimal, 16);
	const decimal = /^&#(\d+);$/.exec(fold)?.[1];
	if (decimal !== void 0) return Number(decimal);
	const octal = /^\\([0-7]{3})$/.exec(fold)?.[1];
	return octal === void 0 ? null : Number.parseInt(octal, 8);
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
	const redact = (text) => {
		const clean = hideBeginnings(pattern === null ? text : hideEscaped(text.replace(pattern, "***"), pattern), secrets);
		return clean.includes("…") ? hideCutSecrets(clean, secrets) : clean;
	};
	return {
		redact,
		hide(secret) {
			if (secret.length < SHORTEST_SECRET) return [];
			const forms = formsOf$1(secret);
			for (const form of forms) secrets.add(form);
			const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
			pattern = new RegExp(longestFirst.map(escapeForPattern).join("|"), "giu");
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
	for (const [begin, end] of placesEscaped(text, pattern).sort(([a], [b]) => a - b)) {
		if (end <= from) continue;
		clean += `${text.slice(from, Math.max(begin, from))}***`;
		from = end;
	}
	return clean + text.slice(from);
}
function placesEscaped(text, pattern) {
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
function formsOf$1(secret) {
	const base64 = Buffer.from(secret).toString("base64");
	const bytes = Buffer.from(secret).toString("latin1");
	const forms = [
		secret,
		escapeForTerminal(secret, Infinity),
		base64,
		...base64Within(secret),
		bytes,
		secret.replace(/\s+/g, ""),
		encodeURIComponent(secret.toWellFormed()),
		new URLSearchParams([["", secret]]).toString().slice(1),
		secret.replaceAll(" ", "+"),
		escapeForJson(secret),
		escapeForJson(escapeForJson(secret)),
		...htmlFormsOf(secret),
		escapeForMarkdown(secret, Infinity),
		Buffer.from(secret).toString("hex"),
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
		const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString("base64url");
		const hangsOnNext = (before + Buffer.byteLength(secret)) % 3 === 0 ? 0 : 1;
		const own = encoded.slice(before === 0 ? 0 : before + 1, encoded.length - hangsOnNext);
		return (before === 0 ? [encoded, own] : [own]).filter(({ length }) => length >= SHORTEST_WITHIN).flatMap((form) => [form, form.replaceAll("-", "+").replaceAll("_", "/")]);
	});
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
	return text.split("…").map((part, i, parts) => i === parts.length - 1 ? part : hideBeginning(part, secrets)).join("…");
}
function hideBeginning(part, secrets) {
	for (const secret of secrets) {
		const [end, beginning] = [part.slice(-secret.length).toLowerCase(), secret.toLowerCase()];
		for (let length = Math.min(secret.length - 1, part.length); length >= SHORTEST_SECRET; length--) if (end.endsWith(beginning.slice(0, length))) return `${part.slice(0, -length)}***`;
	}
	return part;
}
// src/shell/hide-hosts.ts
const HIDDEN_HOST = "[host]";
function createHostHider(shown) {
	const names = /* @__PURE__ */ new Set();
	let label = HIDDEN_HOST;
	let pattern = null;
	return {
		hide(hosts, given = null) {
			for (const host of hosts) for (const form of formsOf(host)) names.add(form);
			if (given !== null) label = given;
			const source = [...names].sort((a, b) => b.length - a.length).map(patternOf);
			pattern = names.size === 0 || new RegExp(source.join("|"), "i").test(`//${label}`) ? null : new RegExp(source.join("|"), "gi");
		},
		redact(text) {
			if (pattern === null || names.has(text.toLowerCase().replace(PORT, ""))) return text;
			return text.replace(pattern, () => label).replace(URL_HOST, (whole, scheme, host) => shown.includes(host.toLowerCase()) || label.startsWith(host) ? whole : `${scheme}${label}`);
		}
	};
}
function listHostsIn(text) {
	return text.split(/[\s,]+/).flatMap((word) => {
		const url = word.includes("://") ? word : `https://${word}`;
		return word !== "" && URL.canParse(url) ? [new URL(url).hostname] : [];
	});
}
const PORT = /:\d{1,5}$/;
const URL_HOST = /(\bhttps?:\/\/)([^\s/?#"'`<>,;\\)]{1,300})/gi;
function formsOf(host) {
	const name = host.toLowerCase().replace(/\.$/, "");
	return name === "" ? [] : [name, domainToUnicode(name)].filter((form) => form !== "");
}
function patternOf(name) {
	const host = escapeForPattern(name);
	const bounded = String.raw`(?<![\w.-])${host}\.?(?::\d{1,5})?(?![\w-]|\.\w)`;
	if (/[.:]/.test(name)) return bounded;
	return String.raw`(?<=\/\/|\bENOTFOUND |\bEAI_AGAIN )${bounded}|(?<![\w.-])${host}:\d{1,5}(?![\w-])`;
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
	return [...(authKindOf(given.get("auth")?.text) === "basic" ? keys.map(basicPair) : []).flatMap((pair) => [pair, pair.slice(pair.indexOf(":") + 1)]), secret === "" ? "" : `${id}:${secret}`];
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
function isIdle(given, name, cause) {
	const source = given.get(name)?.source;
	if (source !== "file") return source !== void 0;
	const causeSource = given.get(cause)?.source;
	return !given.has("scenario") && (causeSource === void 0 || causeSource === "file");
}
function taskOf({ api, task }) {
	return (api === void 0 || api === "auto" ? null : readTaskInName(api)) ?? (task === void 0 || task === "auto" ? null : task);
}
function embeddingsHave(metric) {
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
		yield* problemsOfWay(input, values.auth);
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
function* problemsOfWay({ values, variables, entry }, auth) {
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
// src/settings/checks/gate-contradictions.ts
function* findGateContradictions(input) {
	yield* findLimitProblems(input);
	yield* releaseProblems(input);
	yield* findMetricProblems(input);
}
function* findLimitProblems({ values }) {
	const { limits, concurrency, maxConcurrency, throughputWithin } = values;
	const task = taskOf(values);
	for (const { metric, concurrency: level } of limits ?? []) {
		const { scope, field } = metricOf(metric);
		if (level === null && scope === "level" && concurrency === "auto") yield contradict("limits", `has ${metric} without a level, and concurrency: auto chooses the levels; write for example ${metric}@8, or list the levels in concurrency`);
		if (level !== null && concurrency !== void 0 && concurrency !== "auto" && !concurrency.includes(level)) yield contradict("limits", `has ${metric}@${level}, and concurrency has no level ${level}; it has ${concurrency.join(", ")}`);
		if (level !== null && concurrency === "auto" && maxConcurrency !== void 0 && level > maxConcurrency) yield contradict("limits", `has ${metric}@${level}, above max-concurrency ${maxConcurrency}; raise max-concurrency or lower the level`);
		if (task === "embeddings" && !embeddingsHave(metric)) yield contradict("limits", `has ${metric}, which embeddings do not have; use latency-p50, requests-per-second or input-throughput`);
		if (field === "within" && throughputWithin === null) yield contradict("limits", "has throughput-within, and the setting throughput-within does not say within what; give it");
	}
	const missing = task === "embeddings" ? throughputWithin?.find(({ metric }) => !embeddingsHave(metric)) : void 0;
	if (missing !== void 0) yield contradict("throughput-within", `has ${missing.metric}, which embeddings do not have; use latency-p50`);
}
function* releaseProblems({ values, baseline, given }) {
	if (values.gate === "release" && baseline?.kind === "none") yield contradict("gate", "is release, which passes only on proof, and baseline is none; give a baseline, or use gate: check");
	if (values.gate === "release" && values.decision === "threshold") yield contradict("decision", "is threshold, which proves nothing, and gate is release; use decision: statistical");
	if (values.decision === "threshold" && isIdle(given, "false-alarm-rate", "decision")) yield contradict("false-alarm-rate", "is kept by decision: statistical only; remove it, or decision: threshold");
}
function* findMetricProblems({ values, given }) {
	const { metrics, tolerance, throughputWithin } = values;
	const named = metrics === void 0 || metrics === "auto" ? [] : metrics;
	if (taskOf(values) === "embeddings") {
		const missing = named.filter((metric) => !embeddingsHave(metric));
		if (missing.length > 0) yield contradict("metrics", `has ${missing.join(", ")}, which embeddings do not have; use latency-p50 or plateau-throughput`);
	}
	if (throughputWithin === null && named.some((metric) => metricOf(metric).field === "within")) yield contradict("metrics", "has throughput-within, and the setting throughput-within does not say within what; give it");
	if (metrics === void 0 || tolerance == null || !isIdle(given, "tolerance", "metrics")) return;
	const compared = new Set(metrics === "auto" ? listAutomaticMetrics(throughputWithin !== null) : metrics);
	const idle = Object.keys(tolerance.byMetric).filter((metric) => !compared.has(metric));
	if (idle.length > 0) yield contradict("tolerance", `has ${idle.join(", ")}, which metrics does not compare; add it there, or remove it here`);
}
function listAutomaticMetrics(isWithinSet) {
	return GATED_ROWS.filter(({ automatic, field }) => automatic !== null || isWithinSet && field === "within").map(({ name }) => name);
}
// src/settings/checks/history-contradictions.ts
function* findHistoryContradictions(input) {
	yield* findBaselineProblems(input);
	yield* acceptProblems(input);
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
	const hasControl = values.control != null || values.controlCommand != null;
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
function* acceptProblems({ values, today }) {
	if (today === null) return;
	for (const { metric, since } of values.accept ?? []) if (since !== null && Date.parse(since) > Date.parse(today) + 864e5) yield contradict("accept", `has ${metric} since ${since}, which is still to come; write the day of the change`);
}
// src/settings/checks/report-contradictions.ts
function* findReportContradictions(input) {
	yield* findFileProblems(input);
	yield* findArtifactProblems(input);
	if (input.given.has("scenario") && !input.given.has("config")) yield contradict("scenario", "is one of a config file, and config is not given; give it or remove scenario");
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
	for (const { setting, path } of listWritten(REPORT_SETTINGS, values)) {
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
	if (defer === true && isIdle(given, "comment", "defer")) yield contradict("comment", "is written by the report job with defer: true; give it there, and remove it here");
}
// src/settings/checks/session-contradictions.ts
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
	if (runs !== void 0 && runs > 1 && (controlCommand != null || redeployCommand != null)) yield contradict("runs", "are of one deployment, and each session makes a new one; use sessions, and remove runs");
}
// src/settings/checks/workload-contradictions.ts
function* findWorkloadContradictions({ values, given, prompts }) {
	const { inputTokens, promptsFile, prefixCache, sharedPrefixTokens, batchSize } = values;
	const task = taskOf(values);
	if (promptsFile != null) {
		for (const name of ["input-tokens", "shared-prefix-tokens"]) if (given.has(name)) yield contradict(name, "is for generated prompts, and prompts-file gives them; remove one of them");
	}
	if (sharedPrefixTokens !== void 0 && sharedPrefixTokens > 0) {
		if (prefixCache === "avoid") yield contradict("shared-prefix-tokens", "makes prompts begin alike; set prefix-cache to allow, or remove it");
		if (inputTokens !== void 0 && inputTokens !== "auto" && inputTokens.kind === "fixed" && inputTokens.tokens <= sharedPrefixTokens) yield contradict("shared-prefix-tokens", `must be below input-tokens (${inputTokens.tokens}), of which it is a part`);
	}
	if (batchSize !== void 0 && batchSize > 1 && task !== null && task !== "embeddings") yield contradict("batch-size", `must be 1 for ${task}; only embeddings take several texts in a request`);
	const kind = prompts?.[0]?.kind;
	if (kind === "messages" && task !== null && task !== "chat") yield contradict("prompts-file", `has "messages", and ${task} takes none; use ${task === "embeddings" ? "\"input\"" : "\"prompt\""}`);
	if (kind === "input" && task !== null && task !== "embeddings") yield contradict("prompts-file", `has "input", which is for embeddings; use "prompt"${task === "chat" ? " or \"messages\"" : ""}`);
	if (batchSize !== void 0 && batchSize > 1 && prompts !== null) yield contradict("batch-size", "is for generated prompts; in a prompts-file a line with a list of \"input\" is a batch");
}
function* findLoadContradictions({ values, given }) {
	const { concurrency, maxConcurrency, levelDurationMs, maxDurationMs, runs, confirm } = values;
	if (concurrency !== void 0 && concurrency !== "auto" && maxConcurrency !== void 0 && given.has("max-concurrency")) {
		const above = concurrency.filter((level) => level > maxConcurrency);
		if (above.length > 0) yield contradict("concurrency", `has ${above.join(", ")}, above max-concurrency ${maxConcurrency}; max-concurrency is for auto, remove it or raise it`);
	}
	if (levelDurationMs !== void 0 && maxDurationMs != null && levelDurationMs > maxDurationMs) yield contradict("level-duration", "is longer than max-duration, so that no level could end; shorten it or raise max-duration");
	if (runs === 1 && confirm === 0 && isIdle(given, "pause", "confirm")) yield contradict("pause", "is before a second run or look, and runs is 1 and confirm 0; remove it or raise one of them");
}
function* findCrossCheckContradictions({ values }) {
	const { crossCheck, api, outputTokens } = values;
	if (crossCheck !== "three-point") return;
	if (taskOf(values) === "embeddings") yield contradict("cross-check", "is about TTFT and TPOT, and embeddings have neither; remove it");
	else if (api !== void 0 && api !== "auto" && findApi(api).isOpenAiLike !== true) yield contradict("cross-check", `is for ${ALL_APIS.filter(({ isOpenAiLike }) => isOpenAiLike === true).map(({ name }) => name).join(", ")}, not for ${api}; remove it`);
	if (outputTokens?.kind === "fixed" && outputTokens.tokens < 4) yield contradict("cross-check", "measures at 1, n/2 and n tokens; output-tokens must be at least 4");
}
// src/settings/checks/contradictions.ts
function findContradictions(input) {
	return [
		...findAuthContradictions(input),
		...findEndpointProblems(input),
		...findControlContradictions(input),
		...findSessionContradictions(input),
		...findWorkloadContradictions(input),
		...findLoadContradictions(input),
		...findCrossCheckContradictions(input),
		...findGateContradictions(input),
		...findHistoryContradictions(input),
		...findReportContradictions(input)
	];
}
function* findEndpointProblems({ values, given }) {
	const { versionUrl, api, task, expectVersion } = values;
	yield* findHostProblems(values);
	if (given.has("task") && task !== void 0 && task !== "auto" && api !== void 0 && api !== "auto" && findApi(api).tasks.length === 1) yield contradict("task", `is only for api: ${APIS_OF_SEVERAL_TASKS.join(" and ")}; ${api} has one task, remove task`);
	if (values.preflight === false && expectVersion != null) yield contradict("expect-version", "is checked in preflight, which is off; remove one of them");
	if (values.preflight === false && values.soak === "auto" && given.has("soak")) yield contradict("soak", "comes after preflight, which is off; set soak to off, or leave preflight on");
	if (versionUrl != null && expectVersion === null) yield contradict("version-url", "is where expect-version looks, which is not given; give it or remove version-url");
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
// src/settings/complete.ts
function completeSettings(values, prompts, { caCertPem, clientPem }, { variables, unusedProxy }, defaults, decidedBy) {
	const endpoint = values.endpoint;
	const name = values.name ?? defaults.name ?? chooseDefaultName(values.scenario, values.model, endpoint);
	return {
		endpoint,
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
		soak: values.soak,
		serverMetrics: values.serverMetrics,
		crossCheck: values.crossCheck,
		caCertPem,
		clientPem,
		insecureTls: values.insecureTls,
		proxy: values.proxy,
		unusedProxy: values.proxy === null ? unusedProxy : null,
		inputTokens: values.inputTokens,
		outputTokens: values.outputTokens,
		prompts,
		prefixCache: values.prefixCache,
		sharedPrefixTokens: values.sharedPrefixTokens,
		batchSize: values.batchSize,
		seed: values.seed ?? name,
		concurrency: values.concurrency,
		maxConcurrency: values.concurrency === "auto" ? values.maxConcurrency : Math.max(...values.concurrency),
		passes: values.passes,
		levelDurationMs: values.levelDurationMs,
		levelRequests: values.levelRequests,
		runs: values.runs,
		pauseMs: values.pauseMs,
		warmupRequests: values.warmupRequests,
		maxDurationMs: values.maxDurationMs,
		maxRequests: values.maxRequests,
		maxOutputTokens: values.maxOutputTokens,
		gate: values.gate,
		limits: values.limits ?? [],
		tolerance: values.tolerance,
		metrics: values.metrics,
		throughputWithin: values.throughputWithin,
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
		acceptLabel: values.acceptLabel,
		comment: values.comment,
		defer: values.defer,
		upload: values.upload,
		artifactContent: values.artifactContent,
		format: values.format,
		reportJson: values.reportJson,
		verdictJson: values.verdictJson,
		html: values.html,
		markdown: values.markdown,
		records: values.records,
		append: values.append,
		dryRun: values.dryRun
	};
}
function listComputed(settings) {
	return {
		"endpoint-label": settings.endpointLabel,
		baseline: renderBaselinePlace(settings.baseline),
		"max-concurrency": settings.concurrency === "auto" ? String(settings.maxConcurrency) : "not used, concurrency is a list",
		name: settings.name,
		seed: settings.seed
	};
}
function chooseDefaultName(scenario, model, endpoint) {
	for (const text of [
		scenario,
		model,
		readEndpointName(endpoint)
	]) {
		const slug = toSlug(text ?? "");
		if (slug !== "") return slug;
	}
	return "endpoint";
}
// src/settings.ts
function resolveSettings(input) {
	const { env, readFile } = input;
	const entry = input.inputs === void 0 ? "command" : "action";
	const flags = readFlags(COMMAND_SETTINGS, input.flags ?? []);
	const first = layerGiven(flags.given, input.inputs ?? /* @__PURE__ */ new Map());
	const file = input.config ?? readConfig(first, readFile, entry);
	const own = layerGiven(first, readEnvironment(RUN_SETTINGS, env), file.given);
	const given = leaveOutUnusedCredentials(addBorrowed(RUN_SETTINGS, own, env));
	const { values, problems } = readValues(RUN_SETTINGS, given, entry);
	const variables = readVariables(values.auth?.kind ?? "none", env);
	const prompts = readPrompts(values.promptsFile ?? null, readFile, entry);
	const certificates = readCertificates(values, readFile, entry);
	const all = [
		...flags.problems,
		...file.problems,
		...problems,
		...prompts.problems,
		...certificates.problems,
		...findContradictions({
			values,
			given,
			prompts: prompts.prompts,
			entry,
			variables,
			baseline: values.baseline === null ? input.defaults.baseline : values.baseline,
			today: input.wallClock?.().toISOString().slice(0, 10) ?? null
		})
	];
	if (all.length > 0) throw new SettingsError(all);
	const settings = completeSettings(values, prompts.prompts, certificates, {
		variables,
		unusedProxy: findUnusedProxy(env, values.endpoint)
	}, input.defaults, listDeciding(given));
	const taken = listSecretVariablesIn(settings.auth.kind, variables).map((name) => variables[name]);
	return {
		settings,
		sources: describeSources(settings, given, entry),
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
function describeSources(settings, given, entry) {
	const computed = listComputed(settings);
	return [...Object.values(entry === "command" ? COMMAND_SETTINGS : ACTION_SETTINGS).map((setting) => {
		const value = given.get(setting.name);
		const fallback = computed[setting.name] ?? setting.default ?? fallbackOf(setting);
		if (value === void 0) return {
			name: setting.name,
			value: showValue(fallback),
			source: "default"
		};
		return {
			name: setting.name,
			value: setting.secret === true ? "given, not shown" : showValue(value.text),
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
// src/load/server-readings.ts
const LOOK_MS$1 = 3e3;
const READ_MS = 1e3;
const NONE$1 = {
	metrics: null,
	findings: []
};
async function findServerMetrics(settings, target, signal, deadline = systemDeadline) {
	const { serverMetrics, preflight } = settings;
	if (serverMetrics === "off") return NONE$1;
	const get = async (url, ms, asked) => getPage(settings, target, url, AbortSignal.any([asked, deadline(ms)]));
	if (serverMetrics === "auto") {
		if (!preflight) return NONE$1;
		const urls = target.api.metricsUrls?.(target.url, settings.model ?? target.dialect.model) ?? [];
		for (const url of urls) if (await findFault(get, url, signal) === null) return openMetricsAt(get, url);
		return NONE$1;
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
// src/settings/control.ts
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
	if (trouble !== null) return [describeMissing(trouble)];
	if (control === null) return [];
	const differences = listDifferences(candidate, control.found);
	return [...control.found.target.url.href === candidate.target.url.href && differences.length === 0 ? [SAME] : [], ...differences.length === 0 ? [] : [{
		code: "control-differs",
		message: `Endpoint and control differ: ${differences.join("; ")}.`
	}]];
}
function describeControlSweep({ control, apart }) {
	return [...control?.error == null ? [] : [describeMissing(control.error.what)], ...apart === null ? [] : [{
		code: "control-apart",
		message: `Endpoint and control took turns: ${apart}.`
	}]];
}
const SAME = {
	code: "control-same",
	message: "The control is the endpoint itself: whatever differs is noise."
};
function describeMissing(why) {
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
// src/load/budget.ts
function createBudget(limits, clock) {
	const startAt = clock.now();
	let requests = 0;
	let tokens = 0;
	const isSpent = () => requests >= (limits.maxRequests ?? Infinity) || tokens >= (limits.maxOutputTokens ?? Infinity);
	return {
		spendRequest(outputTokens) {
			requests++;
			tokens += outputTokens;
		},
		spent: isSpent,
		exhausted: () => isSpent() || clock.now() - startAt >= (limits.maxDurationMs ?? Infinity)
	};
}
// src/load/record.ts
function toRecord(exchange, place, sweepStartAt) {
	return {
		...place,
		...takeFacts(exchange),
		startMs: exchange.startAt - sweepStartAt,
		queueMs: Math.max(0, exchange.startAt - exchange.turnAt - (exchange.connectMs ?? 0)),
		outcome: exchange.failure === null ? "ok" : "failed"
	};
}
const TAKEN = FACTS_IN_ORDER.filter(({ from }) => from === "answer" || from === "transport");
function takeFacts(exchange) {
	const stated = exchange;
	return Object.fromEntries(TAKEN.map(({ name, stamp }) => [name, stamp === void 0 ? stated[name] : subtractT0(stated[stamp])]));
	function subtractT0(at) {
		return at === null ? null : at - exchange.startAt;
	}
}
const ROWS = 1024;
function createRecordStore() {
	const blocks = [];
	const ids = [];
	const words = createWordList();
	return {
		get length() {
			return ids.length;
		},
		add(record) {
			const row = ids.push(record.requestId) - 1;
			if (row % ROWS === 0) blocks.push(new Float64Array(ROWS * COLUMNS.length));
			const block = blocks.at(-1);
			let at = row % ROWS * COLUMNS.length;
			for (const { name, packing } of COLUMNS) block[at++] = packing.pack(record[name], words);
		},
		*[Symbol.iterator]() {
			for (const [row, requestId] of ids.entries()) {
				const block = blocks[Math.floor(row / ROWS)];
				yield new PackedRecord(requestId, block, row % ROWS * COLUMNS.length, words);
			}
		}
	};
}
function createWordList() {
	const words = [];
	const numbers = /* @__PURE__ */ new Map();
	return {
		words,
		numberOf(word) {
			let number = numbers.get(word);
			if (number === void 0) {
				number = words.push(word) - 1;
				numbers.set(word, number);
			}
			return number;
		}
	};
}
const NUMBER = {
	pack: (value) => value ?? NaN,
	unpack: (packed) => Number.isNaN(packed) ? null : packed
};
const FLAG = {
	pack: (value) => value ? 1 : 0,
	unpack: (packed) => packed === 1
};
const WORD = {
	pack: (value, { numberOf }) => numberOf(value),
	unpack: (packed, { words }) => words[packed]
};
const PACKINGS = {
	time: NUMBER,
	count: NUMBER,
	flag: FLAG,
	name: WORD,
	phase: WORD,
	source: WORD,
	outcome: WORD,
	failure: WORD
};
const COLUMNS = FACTS_IN_ORDER.flatMap(({ name, kind }) => kind === "id" ? [] : [{
	name,
	packing: PACKINGS[kind]
}]);
var PackedRecord = class {
	requestId;
	block;
	at;
	words;
	constructor(requestId, block, at, words) {
		this.requestId = requestId;
		this.block = block;
		this.at = at;
		this.words = words;
	}
};
for (const [column, { name, packing }] of COLUMNS.entries()) Object.defineProperty(PackedRecord.prototype, name, { get() {
	return packing.unpack(this.block[this.at + column], this.words);
} });
// src/load/window.ts
function createWindow(rule) {
	const counted = new Uint32Array(rule.concurrency);
	let startAt = null;
	let endAt = null;
	let started = 0;
	let workersStarted = 0;
	let satisfiedAt = null;
	const settle = (at) => {
		if (startAt === null || endAt !== null || satisfiedAt === null) return;
		const due = Math.max(startAt + rule.durationMs, satisfiedAt);
		if (at >= due) endAt = due;
	};
	return {
		get startAt() {
			return startAt;
		},
		get endAt() {
			return endAt;
		},
		open(at) {
			startAt ??= at;
		},
		settle,
		cut(at) {
			settle(at);
			if (startAt !== null) endAt ??= at;
		},
		phaseOf(worker, at) {
			if (startAt === null) return "warmup";
			settle(at);
			if (endAt !== null) return "tail";
			if (started >= (rule.maxRequests ?? Infinity) && workersStarted === rule.concurrency) {
				endAt = at;
				return "tail";
			}
			started++;
			if (counted[worker] === 0) workersStarted++;
			counted[worker] = counted[worker] + 1;
			const needed = Math.min(rule.minRequests, rule.maxRequests ?? Infinity);
			if (satisfiedAt === null && workersStarted === rule.concurrency && started >= needed) satisfiedAt = at;
			return "counted";
		}
	};
}
function countWindowTokens(exchange, window) {
	if (window.startAt === null) return {
		tokens: 0,
		events: 0
	};
	const end = window.endAt ?? Infinity;
	const { tokenAt, tokenCountAt } = exchange;
	let events = 0;
	let before = 0;
	let last = 0;
	let counted = true;
	for (let i = 0; i < tokenAt.length; i++) {
		const at = tokenAt[i];
		const count = tokenCountAt[i];
		if (Number.isNaN(count)) counted = false;
		if (at < window.startAt) before = count;
		else if (at < end) {
			events++;
			last = count;
		}
	}
	if (events === 0) return {
		tokens: 0,
		events: 0
	};
	if (counted) return {
		tokens: last - before,
		events
	};
	return {
		tokens: exchange.outputTokens * events / tokenAt.length,
		events
	};
}
// src/load/level-tally.ts
function createTally$1(sweepStartAt) {
	const records = createRecordStore();
	const interChunk = createLogHistogram();
	const gateway = createGatewayCounter();
	const failureWords = {};
	const cancelled = [];
	let cancelledWindowEvents = 0;
	const cancelledTtft = {
		n: 0,
		sumMs: 0
	};
	let failed = 0;
	let refused = 0;
	let renewed = 0;
	let opened = 0;
	return {
		records,
		get failed() {
			return failed;
		},
		get refused() {
			return refused;
		},
		add(exchange, place, window) {
			if (exchange.connectMs !== null) opened++;
			const inside = countWindowTokens(exchange, window);
			if (exchange.renewed) renewed++;
			if (exchange.cancelled || exchange.renewed) {
				cancelled.push({
					startAt: exchange.startAt,
					endAt: exchange.endAt
				});
				cancelledWindowEvents += inside.events;
				if (exchange.firstTokenAt !== null) {
					cancelledTtft.n++;
					cancelledTtft.sumMs += exchange.firstTokenAt - exchange.startAt;
				}
				return;
			}
			gateway.add(exchange);
			records.add(toRecord(exchange, {
				...place,
				windowTokens: inside.tokens
			}, sweepStartAt));
			if (place.phase === "counted" && exchange.failure === null) {
				const { tokenAt } = exchange;
				for (let i = 1; i < tokenAt.length; i++) interChunk.add(tokenAt[i] - tokenAt[i - 1]);
			}
			if (exchange.failure !== null) {
				failed++;
				failureWords[exchange.failure] ??= describeFailure(exchange);
			}
			if (exchange.failure === "http_429") refused++;
		},
		facts: (window) => ({
			records,
			interChunk,
			cancelledWindowTokens: cancelledWindowEvents * averageTokensPerEvent(records),
			cancelledTtft,
			inFlight: window === null ? 0 : averageInFlight(listTimesInFlight(records, cancelled, sweepStartAt), window),
			failureWords,
			gateway: gateway.counts,
			requestsWithEndedToken: renewed,
			connections: {
				opened,
				requests: records.length + cancelled.length
			},
			queueP99Ms: queueP99(records)
		})
	};
}
function createGatewayCounter() {
	const names = /* @__PURE__ */ new Set();
	const counts = {
		retried: 0,
		cached: 0,
		fellBack: 0
	};
	return {
		add({ headers }) {
			const traits = headers === null ? null : readGateway(headers);
			if (traits === null) return;
			if (traits.retried) counts.retried++;
			if (traits.cached) counts.cached++;
			if (traits.fellBack) counts.fellBack++;
			if (traits.name !== null) names.add(traits.name);
		},
		get counts() {
			return {
				...counts,
				names: [...names]
			};
		}
	};
}
function averageInFlight(intervals, window) {
	let area = 0;
	for (const { startAt, endAt } of intervals) area += Math.max(0, Math.min(endAt, window.endAt) - Math.max(startAt, window.startAt));
	return area / (window.endAt - window.startAt);
}
function* listTimesInFlight(records, cancelled, sweepStartAt) {
	for (const { startMs, endMs } of records) yield {
		startAt: sweepStartAt + startMs,
		endAt: sweepStartAt + startMs + endMs
	};
	yield* cancelled;
}
function averageTokensPerEvent(records) {
	let tokens = 0;
	let events = 0;
	for (const record of records) {
		if (record.outcome !== "ok") continue;
		tokens += record.outputTokens;
		events += record.tokenEvents;
	}
	return events === 0 ? 1 : tokens / events;
}
function queueP99(records) {
	const all = new Float64Array(records.length);
	let counted = 0;
	for (const { queueMs, phase } of records) if (phase === "counted") all[counted++] = queueMs;
	const queue = all.subarray(0, counted).sort();
	return counted === 0 ? 0 : queue[Math.ceil(.99 * counted) - 1];
}
// src/load/level.ts
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 2e3;
const GIVE_UP_REFUSED = 3;
const GIVE_UP_REFUSED_SHARE = .01;
const GIVE_UP_FAILED = 10;
const GIVE_UP_FAILED_SHARE = .5;
async function measureLevel(spec, ports) {
	const stopping = new AbortController();
	const level = new Level(spec, ports, ports.serverMetrics === null ? null : await beginReadings(ports.serverMetrics, {
		...ports,
		stopping
	}), stopping);
	const cancel = () => level.stop(ports.budget.exhausted() ? "budget" : "cancelled");
	ports.signal.addEventListener("abort", cancel, { once: true });
	if (ports.signal.aborted) level.stop("cancelled");
	if (spec.warmupRequests === 0) level.openWindow();
	await Promise.all(Array.from({ length: spec.concurrency }, async (_, worker) => level.work(worker)));
	ports.signal.removeEventListener("abort", cancel);
	return level.end();
}
var Level = class {
	#spec;
	#ports;
	#readings;
	#startedAt;
	#window;
	#tally;
	#stopping;
	#stopped = null;
	#fatal = null;
	#warmedUp = 0;
	#countedOpen = 0;
	#cutByBudget = false;
	#health = null;
	constructor(spec, ports, readings, stopping) {
		this.#spec = spec;
		this.#ports = ports;
		this.#readings = readings;
		this.#stopping = stopping;
		this.#startedAt = ports.clock.now();
		this.#window = createWindow(spec);
		this.#tally = createTally$1(ports.sweepStartAt);
	}
	async work(worker) {
		const { clock, workload, budget, transport } = this.#ports;
		const { warmupRequests } = this.#spec;
		let failures = 0;
		for (let k = 0; !this.#stopping.signal.aborted; k++) {
			if (k > 0 && k === warmupRequests) this.#noteWarmedUp();
			const phase = this.#takeTurn(worker);
			if (phase === null) return;
			const spread = k === 0 && warmupRequests > 0 ? workload.spread[worker] : null;
			const request = workload.next(worker, spread);
			budget.spendRequest(request.outputTokens);
			if (phase === "counted") this.#countedOpen++;
			const exchange = await transport.send(worker, request, this.#stopping.signal).catch(this.#endRun);
			if (exchange === null) return;
			this.#note(exchange, worker, phase, request.outputTokens);
			if (phase === "counted") {
				this.#countedOpen--;
				if (this.#window.endAt !== null && this.#countedOpen === 0) this.#endLoad();
			}
			failures = exchange.failure === null ? 0 : failures + 1;
			if (failures === 0) continue;
			await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1)), this.#stopping.signal);
		}
	}
	openWindow() {
		this.#window.open(this.#ports.clock.now());
		this.#ports.health.start();
		this.#readings?.watch(this.#spec.durationMs);
	}
	stop(reason) {
		this.#stopped ??= reason;
		this.#stopping.abort();
	}
	async end() {
		const { health, sweepStartAt } = this.#ports;
		health.stop();
		if (this.#fatal !== null) throw this.#fatal;
		const { startAt, endAt } = this.#window;
		const bounds = startAt === null || endAt === null || endAt === startAt ? null : {
			startAt,
			endAt
		};
		const { queueP99Ms, ...facts } = this.#tally.facts(bounds);
		const client = this.#health ?? {
			eventLoopUtilization: 0,
			delayP90Ms: 0,
			delayP99Ms: 0
		};
		return {
			concurrency: this.#spec.concurrency,
			pass: this.#spec.pass,
			startedAtSeconds: (this.#startedAt - sweepStartAt) / 1e3,
			window: bounds === null ? null : {
				startMs: bounds.startAt - sweepStartAt,
				endMs: bounds.endAt - sweepStartAt
			},
			...facts,
			client: {
				...client,
				queueP99Ms
			},
			server: this.#readings === null ? null : await this.#readings.end(),
			stopped: this.#stopped ?? (this.#cutByBudget ? "budget" : null)
		};
	}
	#noteWarmedUp() {
		if (++this.#warmedUp === this.#spec.concurrency) this.openWindow();
	}
	#takeTurn(worker) {
		const { clock, budget } = this.#ports;
		if (budget.exhausted() && !this.#cutWindow()) return null;
		if (budget.spent()) {
			if (this.#countedOpen === 0) this.#stopping.abort();
			return null;
		}
		const phase = this.#window.phaseOf(worker, clock.now());
		this.#readHealth();
		if (phase === "tail" && this.#countedOpen === 0) this.#endLoad();
		return this.#stopping.signal.aborted ? null : phase;
	}
	#cutWindow() {
		const { clock } = this.#ports;
		if (this.#window.startAt === null) {
			this.stop("budget");
			return false;
		}
		this.#window.settle(clock.now());
		this.#cutByBudget ||= this.#window.endAt === null;
		this.#window.cut(clock.now());
		return true;
	}
	#readHealth() {
		if (this.#window.endAt !== null) this.#health ??= this.#ports.health.read();
	}
	#endLoad() {
		if (this.#readings === null) this.#stopping.abort();
		else this.#readings.readLast();
	}
	#note(exchange, worker, phase, requestedTokens) {
		const { concurrency: level, pass } = this.#spec;
		this.#window.settle(this.#ports.clock.now());
		this.#readHealth();
		const stallMs = exchange.firstTokenAt === null ? 0 : this.#ports.health.stallAt(exchange.firstTokenAt);
		const endStallMs = this.#ports.health.stallAt(exchange.endAt);
		this.#tally.add(exchange, {
			level,
			pass,
			worker,
			phase,
			requestedTokens,
			stallMs,
			endStallMs
		}, this.#window);
		if (exchange.failure === null || exchange.renewed) return;
		this.#fatal ??= findFatalRefusal(exchange, this.#ports.target);
		const { refused, failed, records } = this.#tally;
		if (this.#fatal !== null) this.stop("failing");
		else if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records.length) this.stop("rate-limited");
		else if (failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records.length) this.stop("failing");
	}
	#endRun = (error) => {
		if (!(error instanceof EndpointError)) throw error;
		this.#fatal ??= error;
		this.stop("failing");
		return null;
	};
};
// src/metrics/level-run.ts
function* selectCountedRecords(runs) {
	for (const run of runs) for (const record of run.records) {
		if (findClientFailure(record.failure) !== null) continue;
		if (run.window === null || record.phase === "counted") yield record;
	}
}
const MOST_OF_ANSWER = .5;
function shareBuffered(runs) {
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
function shareHeldBack(runs) {
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
	const { time, size } = shareHeldBack(runs);
	return shareBuffered(runs).byOthers + time + size <= BUFFERED_SHARE;
}
const BUFFERED_SHARE = .25;
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
function countNeededRequests(concurrency) {
	return Math.max(3, concurrency);
}
function selectUsablePasses(runs) {
	const usable = runs.filter((run) => {
		if (run.stopped === "cancelled") return false;
		if (run.stopped !== "budget") return true;
		return run.window !== null && countOf(run) >= countNeededRequests(run.concurrency);
	});
	return usable.length > 0 ? usable : runs;
}
function countOf(run) {
	let counted = 0;
	for (const record of run.records) if (record.phase === "counted") counted++;
	return counted;
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
	if (dialect.task === "embeddings" || api.isOpenAiLike !== true) return skip(`${api.name} (${dialect.task}) has no answers that could be asked for whole`);
	const lengths = chooseLengths(meanLength(workload.outputTokens));
	if (lengths === null) return skip("`output-tokens` below 4 leave no line to draw");
	const concurrencies = chooseCheckedLevels(swept);
	if (concurrencies.length === 0) return skip("no level was measured that it could be compared with");
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
		findings: [...judgeCrossCheck(crossCheck), ...missing === null ? [] : skip(missing).findings]
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
function skip(why) {
	return {
		crossCheck: null,
		findings: [{
			code: "cross-check-skipped",
			message: `No cross-check: ${escapeForTerminal(why, 300)}.`
		}]
	};
}
const FEWEST_REQUESTS = 5;
const REQUESTS_PER_WORKER = 2;
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
				minRequests: Math.max(FEWEST_REQUESTS, REQUESTS_PER_WORKER * concurrency),
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
	cancelled: "the run was interrupted"
};
// src/load/preflight/open-files.ts
const OTHER_FILES = 8;
function findOpenFiles(files, connections) {
	if (files === null || files.open + connections + OTHER_FILES <= files.limit) return [];
	return [{
		code: "open-files",
		message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; concurrency ${connections} needs ${connections + OTHER_FILES} more.`
	}];
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
// src/load/soak.ts
const SLICES = 3;
const TTFT_FLOOR_MS = 2;
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
		if (agree(slices.slice(-3))) return {
			seconds: (clock.now() - from) / 1e3,
			settled: true
		};
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
		ttftMs: mean(ttfts),
		tpotMs: tpots.length === 0 ? null : mean(tpots)
	};
}
function agree(slices) {
	if (slices.length < SLICES) return false;
	const isWithin = (values, floorMs) => values.length === 0 || Math.max(...values) <= Math.max(Math.min(...values) * 1.05, Math.min(...values) + floorMs);
	return isWithin(slices.map(({ ttftMs }) => ttftMs), TTFT_FLOOR_MS) && isWithin(slices.flatMap(({ tpotMs }) => tpotMs ?? []), 0);
}
// src/load/side.ts
const SENTINEL_REQUESTS = 3;
const SOAK_CONCURRENCY = 4;
const SOAK_SLICE_MS = 1e3;
const SOAK_REQUESTS = 8;
var MeasuredSide = class {
	name;
	levelRuns = [];
	sentinelMs = [];
	settled = null;
	endedWell = null;
	error = null;
	budget;
	startAt;
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
		const { seconds, settled } = await runSoak(async () => this.measure(soakSpec(this.#plan)), clock, signal);
		log(`${whose}: ${settled === null ? "ended by the budget" : settled ? "settled" : "not settled"} after ${seconds.toFixed(1)} s`);
		this.settled = settled;
	}
	async measureLevel(level) {
		const spec = {
			...specOf(this.#plan),
			...level,
			minRequests: this.#plan.minRequests(level.concurrency)
		};
		const run = await this.measure(spec, this.#own.serverMetrics);
		this.levelRuns.push(run);
		return run;
	}
	async measure(spec, serverMetrics = null, stopping = null) {
		const { clock, health, collectGarbage, signal } = this.#shared;
		collectGarbage();
		const transport = this.#own.openTransport();
		try {
			return await measureLevel(spec, {
				transport,
				clock,
				workload: createWorkload(this.#workload, spec.concurrency, spec.pass),
				health: health(),
				budget: this.budget,
				sweepStartAt: this.startAt,
				signal: stopping === null ? signal : AbortSignal.any([signal, stopping]),
				target: this.target,
				serverMetrics
			});
		} finally {
			await transport.close();
			collectGarbage();
		}
	}
	async sendSentinel() {
		if (!this.#plan.sentinel) return null;
		const singles = await this.sendSingles(SENTINEL_REQUESTS);
		if (singles?.latencyMs != null) this.sentinelMs.push(singles.latencyMs);
		return singles?.answered ?? null;
	}
	async sendSingles(requests = SENTINEL_REQUESTS) {
		if (this.#shared.signal.aborted || this.budget.exhausted()) return null;
		const answered = [...(await this.measure({
			...this.specOf(1),
			durationMs: 0,
			minRequests: requests
		})).records].filter(({ phase, lastTokenMs }) => phase === "counted" && lastTokenMs !== null);
		const whole = answered.filter(({ outputTokens, requestedTokens, tokenSource }) => outputTokens === 0 || tokenSource === "chunks" || outputTokens >= requestedTokens);
		const latencyMs = whole.length === 0 ? null : median(whole.map(({ lastTokenMs }) => lastTokenMs));
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
function specOf(plan) {
	return {
		durationMs: plan.levelDurationMs,
		maxRequests: plan.levelRequests,
		warmupRequests: plan.warmupRequests
	};
}
function soakSpec(plan) {
	const levels = plan.ladder.levels === "auto" ? [plan.ladder.maxConcurrency] : plan.ladder.levels;
	const concurrency = Math.min(SOAK_CONCURRENCY, Math.max(...levels));
	return {
		...specOf(plan),
		concurrency,
		pass: 0,
		durationMs: SOAK_SLICE_MS,
		maxRequests: null,
		warmupRequests: 0,
		minRequests: SOAK_REQUESTS
	};
}
// src/load/together.ts
const PROBES = 7;
const MOST_INFLUENCE = 1.1;
const PROBE_CONCURRENCY = 16;
function chooseProbedLevel({ ladder }) {
	return Math.min(PROBE_CONCURRENCY, Math.max(...listPossibleLevels(ladder)));
}
async function findInfluence(candidate, control, concurrency) {
	const before = await probe(control);
	const stopping = new AbortController();
	const load = candidate.measure({
		...candidate.specOf(concurrency),
		durationMs: Infinity
	}, null, stopping.signal);
	const [loaded, beside] = await Promise.allSettled([load, probe(control).finally(() => stopping.abort())]);
	if (loaded.status === "rejected") throw loaded.reason;
	if (beside.status === "rejected") throw beside.reason;
	const after = await probe(control);
	if (before === null || beside.value === null || after === null) return "it could not be seen that neither slows the other down";
	const influence = beside.value / Math.max(before, after);
	return influence <= MOST_INFLUENCE ? null : `load on the candidate slows the control down: single requests took ${Math.round((influence - 1) * 100)} % longer`;
}
async function probe(control) {
	try {
		return (await control.sendSingles(PROBES))?.latencyMs ?? null;
	} catch (error) {
		if (error instanceof EndpointError) return null;
		throw error;
	}
}
// src/load/sweep.ts
const LONGEST_SOAK_MS = 6e4;
const OVERTIME_MS = 3e4;
const LONGEST_RETRY_AFTER_MS = 6e4;
async function measureSweep(plan, workload, limits, ports) {
	const { clock, signal } = ports;
	const done = [];
	const over = new AbortController();
	const overtime = new AbortController();
	const shared = {
		...ports,
		signal: AbortSignal.any([signal, overtime.signal])
	};
	const createSide = (name, own) => new MeasuredSide(name, createBudget(grantBeforeLevels(limits), clock), {
		plan,
		workload
	}, own, shared);
	const candidate = createSide("candidate", ports);
	const control = ports.control === null ? null : createSide("control", ports.control);
	let together = ports.control?.timing === "together";
	let apart = null;
	const sides = control === null ? [candidate] : [candidate, control];
	try {
		if (limits.soak) await visitSides("soak", async (side) => {
			side.budget = createBudget(grantBeforeLevels(limits), clock);
			await side.soak();
		});
		if (together && control?.error === null) await checkTogether(control);
		const startAt = clock.now();
		for (const side of sides) side.startAt = startAt;
		await sendSentinels("start");
		const budget = createBudget(limits, clock);
		for (const side of sides) side.budget = budget;
		stopOvertime();
		await measureLevels();
		await sendSentinels("end");
	} catch (error) {
		if (!(error instanceof EndpointError)) throw error;
		candidate.error = error;
	} finally {
		over.abort();
	}
	return {
		...resultOf(candidate),
		control: control === null ? null : resultOf(control),
		apart
	};
	async function checkTogether(control) {
		const budget = createBudget({
			...grantBeforeLevels(limits),
			maxDurationMs: null
		}, clock);
		for (const side of sides) side.budget = budget;
		apart = await findInfluence(candidate, control, chooseProbedLevel(plan));
		together = apart === null;
		if (apart !== null) ports.log(`control-timing: turns, because ${apart}`);
	}
	async function measureLevels() {
		while (!signal.aborted && !candidate.budget.exhausted()) {
			const next = chooseNextLevel(plan.ladder, done, plan.ladder.levels === "auto" && isPlateauReached());
			if (next === null || isEnough(next.pass)) return;
			if (next.pass === 2 && done.at(-1)?.pass === 1) await sendSentinels("middle");
			await pauseAfter(listThere().flatMap(({ levelRuns }) => levelRuns.at(-1) ?? []));
			let held = true;
			await visitSides(`${next.concurrency}/${next.pass}`, async (side) => {
				ports.onLevelStart(next, side.name);
				const run = await side.measureLevel(next);
				const holds = ports.onLevelEnd(run, side.name);
				if (!holds && side === control) await checkThere(side, run);
				held &&= holds;
			});
			done.push({
				...next,
				held
			});
		}
	}
	function isEnough(pass) {
		const { passes, leastPasses = passes } = plan.ladder;
		if (pass <= leastPasses || done.at(-1)?.pass !== pass - 1) return false;
		const beside = control?.error === null ? control.levelRuns : null;
		return ports.isPrecise(candidate.levelRuns, beside);
	}
	async function checkThere(side, run) {
		if (run.stopped !== null && run.stopped !== "failing") return;
		await pauseAfter([run]);
		if ((await side.sendSingles())?.answered === false) throw findGone(side);
	}
	function isPlateauReached() {
		return ports.plateauReached(listThere().at(-1).levelRuns);
	}
	function listThere() {
		return sides.filter(({ error }) => error === null);
	}
	async function visitSides(moment, work) {
		const there = listThere();
		if (together) {
			const ended = await Promise.allSettled(there.map(async (side) => measureOn(side, work)));
			for (const end of ended) if (end.status === "rejected") throw end.reason;
			return;
		}
		const isFlipped = seedRandom(`${plan.ladder.seed}/side/${moment}`)() < .5;
		for (const [i, side] of (isFlipped ? there.reverse() : there).entries()) {
			if (i > 0 && (signal.aborted || side.budget.exhausted())) return;
			await measureOn(side, work);
		}
	}
	async function measureOn(side, work) {
		try {
			await work(side);
		} catch (error) {
			if (side !== control || !(error instanceof EndpointError)) throw error;
			control.error = error;
			ports.log(`the control is no longer measured: ${error.what}`);
		}
	}
	async function sendSentinels(moment) {
		await visitSides(`sentinel/${moment}`, async (side) => {
			const isAnswered = signal.aborted ? null : await side.sendSentinel();
			if (moment === "end") side.endedWell = isAnswered;
			if (isAnswered === false && side === control) throw findGone(side);
		});
	}
	function stopOvertime() {
		if (limits.maxDurationMs === null) return;
		clock.sleep(limits.maxDurationMs + OVERTIME_MS, over.signal).then(() => overtime.abort());
	}
	async function pauseAfter(runs) {
		const pauseMs = Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ...runs.map(findLongestRetryAfterMs)));
		if (pauseMs === 0) return;
		ports.log(`pausing ${Math.ceil(pauseMs / 1e3)} s, as the server asked (Retry-After)`);
		await clock.sleep(pauseMs, signal);
	}
}
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
function findLongestRetryAfterMs({ records }) {
	let longest = 0;
	for (const { failure, retryAfterMs } of records) if (failure === "http_429" || failure === "http_503") longest = Math.max(longest, retryAfterMs ?? 0);
	return longest;
}
function grantBeforeLevels({ maxRequests, maxOutputTokens }) {
	return {
		maxDurationMs: LONGEST_SOAK_MS,
		maxRequests: quarterOf(maxRequests),
		maxOutputTokens: quarterOf(maxOutputTokens)
	};
}
function quarterOf(limit) {
	return limit === null ? null : Math.ceil(limit / 4);
}
// src/metrics/level-metrics.ts
const TIME_METRICS = [...TIME_FIELDS, "connectMs"];
// src/metrics/server-side.ts
const FIELDS$2 = {
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
		prefixHitShare: prefixHitShare(counters)
	};
	const byMetrics = {
		ttft: meanOfBoth(counted, "ttft"),
		tpot: meanOfBoth(counted, "tpot")
	};
	const ttft = byMetrics.ttft ?? readStatedByAnswers(runs, "ttft");
	const tpot = byMetrics.tpot ?? readStatedByAnswers(runs, "tpot");
	const sources = [...[...Object.values(metrics), ...Object.values(byMetrics)].some(isThere) ? [read[0].before.server] : [], ...ttft !== byMetrics.ttft || tpot !== byMetrics.tpot ? ["answers"] : []];
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
			const value = record[FIELDS$2[time].client];
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
	const theirs = growth$1(run.server, "ttft").count;
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
	const known = readings.flatMap((reading) => reading[gauge] ?? []).filter((value) => value <= MOST_REQUESTS);
	return known.length === 0 ? null : median(known);
}
const LONGEST_MS$1 = 864e5;
const MOST_REQUESTS = 1e6;
function readStatedByAnswers(runs, time) {
	const server = [];
	const client = [];
	for (const record of selectCountedRecords(runs)) {
		const stated = record[FIELDS$2[time].answer];
		const measured = record[FIELDS$2[time].client];
		if (record.outcome !== "ok" || measured === null || stated === null || !(stated >= 0 && stated <= LONGEST_MS$1)) continue;
		server.push(stated);
		client.push(measured);
	}
	return server.length === 0 ? null : {
		serverMs: median(server),
		clientMs: median(client)
	};
}
function growth$1({ before, last, after }, name) {
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
	].some((name) => (later[name]?.count ?? 0) < (earlier[name]?.count ?? 0)) || (later.prefixQueries ?? 0) < (earlier.prefixQueries ?? 0);
}
function isCounted(run) {
	if (run.server === null || hasRestarted(run.server)) return false;
	const byTtft = run.server.after.ttft !== null;
	if (!byTtft && run.server.after.queue === null) return true;
	const theirs = growth$1(run.server, byTtft ? "ttft" : "queue").count;
	const ours = byTtft ? countWithTtft(run) : run.records.length;
	const cancelled = run.connections.requests - run.records.length;
	return theirs >= .8 * ours && theirs <= 1.2 * ours + cancelled;
}
function meanMs(readings, name) {
	let sum = 0;
	let n = 0;
	for (const reading of readings) {
		const { sumMs, count } = growth$1(reading, name);
		sum += sumMs;
		n += count;
	}
	return n > 0 && sum >= 0 && sum <= n * LONGEST_MS$1 ? sum / n : null;
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
function isThere(value) {
	return value !== null;
}
// src/metrics/evidence.ts
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
		doubted: 0
	};
	let unreadMember = null;
	let firstDoubted = null;
	const sources = /* @__PURE__ */ new Set();
	const tokens = new Float64Array(runs.reduce((sum, run) => sum + run.records.length, 0));
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		tokens[sums.n++] = record.outputTokens;
		sums.queueMs += record.queueMs;
		sums.openMs += record.endMs;
		sums.lateMs += record.endStallMs;
		if (record.countDoubt !== null) {
			sums.doubted++;
			firstDoubted ??= record;
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
		firstDoubted,
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
		return `${failure} × ${count}${words === void 0 ? "" : `: ${escapeForTerminal(words)}`}`;
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
// src/metrics/server-rules.ts
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
			ours: run.concurrency
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
		message: `A single request took ${readings.map((value) => `${Math.round(value * 10) / 10} ms`).join(", ")} in the course of the run.`
	}];
}
const BY_CODE = new Map([
	{
		code: "no-success",
		meaning: "No request of the level succeeded.",
		remedy: "Read the failure classes; send one request by hand with the same URL, model and key.",
		invalidates: true
	},
	{
		code: "errors",
		meaning: "Clearly more than 1 % of the requests failed (one-sided 95 % bound).",
		remedy: "Read the failure classes and the server log; a lower `max-concurrency` avoids an overloaded server.",
		invalidates: true
	},
	{
		code: "rate-limited",
		meaning: "The server refused more than 1 % of the requests with 429: limited, not slow.",
		remedy: "Raise the rate limit of this key, or lower `max-concurrency`.",
		invalidates: true
	},
	{
		code: "too-few-requests",
		meaning: "A pass has fewer than three counted requests, or fewer than one a worker.",
		remedy: "Raise `level-duration`, or lower `output-tokens`.",
		invalidates: true
	},
	{
		code: "not-full",
		meaning: "The level did not keep its concurrency: workers were idle for part of the window.",
		remedy: "Look for slow connects or a proxy that closes connections; 95 % of the workers must be busy on average.",
		invalidates: true
	},
	{
		code: "client-saturated",
		meaning: "This machine was too busy: it, not the server, was the bottleneck.",
		remedy: "Use a runner with more cores or less other work, or lower `max-concurrency`.",
		invalidates: true
	},
	{
		code: "client-limit",
		meaning: "The machine that measures ran into a limit of its own, so that requests were never sent.",
		remedy: "Raise the limit that is named (open files: `ulimit -n`; local ports; memory), or lower `max-concurrency`; none of it says anything about the server.",
		invalidates: true
	},
	{
		code: "insecure-tls",
		meaning: "The certificate of the endpoint was not checked (`insecure-tls`): who was measured, and who could read the key, is not known.",
		remedy: "Give the authority of its certificate in `ca-cert`, and remove `insecure-tls`.",
		invalidates: false
	},
	{
		code: "open-files",
		meaning: "The plan needs more open files than this machine may have: a connection is one.",
		remedy: "Raise the limit of open files (`ulimit -n`; `LimitNOFILE` of a service, `--ulimit nofile` of a container), or lower `max-concurrency`.",
		invalidates: false
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
		meaning: "The soak ended after a minute without settling: the engine may still be warming up.",
		remedy: "Warm the endpoint up before the run, or look for other load on it or on this machine.",
		invalidates: false
	},
	{
		code: "sentinel-drift",
		meaning: "The same single request became faster or slower in the course of the run.",
		remedy: "Look for other load on the server, autoscaling or throttling; measure again.",
		invalidates: false
	},
	{
		code: "server-ttft-off",
		meaning: "TTFT as the client sees it does not fit TTFT as the server measures it, over the same requests.",
		remedy: "Far above the server: look for a slow network, a gateway, or a proxy that holds the first tokens back. Below: the metrics are of another server, or tell something else.",
		invalidates: false
	},
	{
		code: "server-restarted",
		meaning: "Counters of the server fell while a level was measured: it was restarted, or several servers answer in turn.",
		remedy: "Look at the server log; with several servers let `server-metrics` name a page that sums them up, or say off.",
		invalidates: false
	},
	{
		code: "server-metrics-unread",
		meaning: "No metrics of the server could be read where `server-metrics` says that they are.",
		remedy: "Open the URL by hand; it must answer with the Prometheus metrics of the server, without a redirect.",
		invalidates: false
	},
	{
		code: "gateway-cached",
		meaning: "A gateway answered more than 1 % of the requests from a cache of whole answers: the model never saw them.",
		remedy: "Switch the cache of the gateway off for the test, or measure the server behind it.",
		invalidates: true
	},
	{
		code: "gateway-fell-back",
		meaning: "A gateway sent more than 1 % of the requests to another model or deployment than the one that was asked for.",
		remedy: "Switch fallbacks off for the test, or measure the server behind the gateway; it fails where this is seen.",
		invalidates: true
	},
	{
		code: "token-renewed",
		meaning: "The endpoint refused a token before its time; a new one was fetched, and the refused requests are left out.",
		remedy: "Look at who revokes tokens, or at the clocks of the endpoint and of this machine.",
		invalidates: false
	},
	{
		code: "gateway-retried",
		meaning: "A gateway repeated requests that had failed: failures are hidden, and their time stands in the latencies.",
		remedy: "Switch retries of the gateway off for the test, and look at why the server behind it fails.",
		invalidates: false
	},
	{
		code: "cold-load",
		meaning: "The server had to load the model before it answered counted requests.",
		remedy: "Keep the model loaded (Ollama: `keep_alive`, OLLAMA_KEEP_ALIVE), and let nobody ask the server for another one.",
		invalidates: false
	},
	{
		code: "hidden-tail",
		meaning: "Streams stay open long after their last token, which latency does not show and a user of the connection does.",
		remedy: "Look for slow logging, moderation or usage accounting after generation.",
		invalidates: false
	},
	{
		code: "short",
		meaning: "More than 5 % of the answers are shorter than asked for: throughput compares only per token.",
		remedy: "Use an endpoint that honours `ignore_eos`, or prompts that ask for longer answers.",
		invalidates: false
	},
	{
		code: "cached",
		meaning: "More than 5 % of the input tokens came from a prefix cache: TTFT is flattered.",
		remedy: "Switch the cache off for the test, or say `prefix-cache: allow` to measure it on purpose.",
		invalidates: false
	},
	{
		code: "buffered",
		meaning: "Answers arrive all at once: TTFT and TPOT say nothing about the model and are left out.",
		remedy: "Switch off response buffering (nginx: `proxy_buffering off`) and compression in front of the server; until then `--cross-check three-point` of the command measures both without streams.",
		invalidates: false
	},
	{
		code: "bundled",
		meaning: "Single answers arrived all at once among others that streamed: they are left out of TTFT and TPOT.",
		remedy: "Few of them are a stall of the network or of this machine; many point at one replica whose proxy buffers.",
		invalidates: false
	},
	{
		code: "compressed",
		meaning: "The stream is compressed, which delays tokens until a block is full.",
		remedy: "Switch off compression for `text/event-stream` in the server or proxy; where users get it compressed, compare only runs that ask for it (`headers`: Accept-Encoding).",
		invalidates: false
	},
	{
		code: "held-back",
		meaning: "Tokens arrive in bursts, one after a fixed time: something in between holds them back by time. TTFT and TPOT are its, and are left out.",
		remedy: "Have it pass on what it has: HAProxy `option http-no-delay`; Traefik `responseForwarding.flushInterval: -1`; Caddy `flush_interval -1`. Switching buffering off (`proxy_buffering`) changes nothing here. A buffer of 1 or 2 KiB that a steady model fills looks the same: have a proxy of your own pass on every event.",
		invalidates: false
	},
	{
		code: "bursts",
		meaning: "Tokens arrive in bursts: something in between holds them back until its buffer is full. TTFT and TPOT are those of the buffer, and are left out.",
		remedy: "Switch off response buffering in front of the server (nginx: `proxy_buffering off` and `proxy_http_version 1.1`, or the header `X-Accel-Buffering: no` of the answer; Apache: `flushpackets=on`) and compression.",
		invalidates: false
	},
	{
		code: "unknown-events",
		meaning: "Events of the stream are of no kind that the API has, or hold a text in a member that is not known: TTFT and tokens may be missing in them.",
		remedy: "Check `api`; if it is right, please report this with a recording of the stream.",
		invalidates: false
	},
	{
		code: "reasoning-in-text",
		meaning: "The model reasons between tags (`<think>`) inside the text of its answers: when the answer itself begins is not known, so there is no TTFO.",
		remedy: "Have the server tell reasoning from text (vLLM, SGLang: `--reasoning-parser`), or switch reasoning off with `extra-body`.",
		invalidates: false
	},
	{
		code: "content-filter",
		meaning: "A content filter withheld or cut answers: they are shorter than the model would have made them.",
		remedy: "Switch the filter off for the test, or give prompts that it lets pass (`prompts-file`).",
		invalidates: false
	},
	{
		code: "impossible-count",
		meaning: "The server states token counts that cannot be true: events are counted instead, an estimate: TPOT and throughput are not compared with runs whose counts were believed, and no limit on them is decided.",
		remedy: "Look at who counts: a gateway may count in its own way, or repeat what stood in one event.",
		invalidates: false
	},
	{
		code: "chunk-tokens",
		meaning: "The server does not state token counts: events are counted instead, an estimate.",
		remedy: "Enable usage in streams where the server can (`stream_options.include_usage`); else compare only runs of the same model and server.",
		invalidates: false
	},
	{
		code: "token-sources-differ",
		meaning: "Token counts come from different sources within the level.",
		remedy: "Look for replicas with different versions behind the endpoint.",
		invalidates: false
	},
	{
		code: "reconnected",
		meaning: "The server closed idle connections; requests had to be replayed on new ones.",
		remedy: "Raise the keep-alive timeout of the server or proxy above the time of one answer.",
		invalidates: false
	},
	{
		code: "no-keep-alive",
		meaning: "Nearly every request had to open a connection, so each user pays for connecting.",
		remedy: "Enable HTTP keep-alive on the server or proxy.",
		invalidates: false
	},
	{
		code: "rate-limit-too-low",
		meaning: "The rate-limit headers allow less than the plan needs.",
		remedy: "Raise the rate limit of this key, or lower `max-concurrency` and `level-duration`.",
		invalidates: false
	},
	{
		code: "output-length-ignored",
		meaning: "The server does not stop at the output length asked for.",
		remedy: "Check that the server honours `max_tokens`; answers of different lengths blur every figure.",
		invalidates: false
	},
	{
		code: "input-length-off",
		meaning: "The server counts the prompt as clearly longer or shorter than asked for.",
		remedy: "Compare only runs of the same tokenizer, or use `prompts-file`.",
		invalidates: false
	},
	{
		code: "hidden-reasoning",
		meaning: "The model reasons before it answers and the stream does not show it: TTFT contains the reasoning, and there is no TPOT where the server does not count it apart.",
		remedy: "Switch reasoning off with `extra-body`, or read TTFT as time to the first visible token.",
		invalidates: false
	},
	...[...[
		{
			code: "burst-scaling",
			meaning: "The endpoint may scale beyond what is provisioned: the plateau may be capacity that is lent, not owned.",
			remedy: "Switch burst scaling off on the endpoint that is measured, or read the plateau as the best case.",
			invalidates: false
		},
		{
			code: "autoscaling",
			meaning: "The capacity moves between a minimum and a maximum: the plateau depends on how long the load has lasted.",
			remedy: "Provision the same minimum and maximum on the endpoint that is measured.",
			invalidates: false
		},
		{
			code: "scale-to-zero",
			meaning: "The endpoint stops when nobody uses it: its first requests start it, and its capacity is not guaranteed.",
			remedy: "Switch scale to zero off for an endpoint whose latency matters; the wait for the start is not measured.",
			invalidates: false
		},
		{
			code: "fallback-configured",
			meaning: "The endpoint answers with another model when one fails: failures do not show, and figures may be a mixture.",
			remedy: "Measure one served entity (`/served-models/<name>/invocations`), or switch the fallback off.",
			invalidates: false
		},
		{
			code: "traffic-split",
			meaning: "Requests go to several served entities: the figures are a mixture of them.",
			remedy: "Measure one served entity (`/served-models/<name>/invocations`).",
			invalidates: false
		},
		{
			code: "endpoint-rate-limit",
			meaning: "The owner of the endpoint limited its use: the sweep may find this limit and not the capacity.",
			remedy: "Raise the limit for the key that measures, or send less: fewer levels, a shorter `level-duration`.",
			invalidates: false
		},
		{
			code: "pay-per-token",
			meaning: "The capacity is shared with others and limited by the minute, and `max_tokens` counts against the limit before anything is generated.",
			remedy: "Measure an endpoint with provisioned throughput; on this one keep to a few requests at low concurrency.",
			invalidates: false
		},
		{
			code: "workspace-limit",
			meaning: "Databricks refused requests with 429: a limit of endpoint or workspace, which says nothing about the model.",
			remedy: "Look at the rate limits of the endpoint and the limits of the workspace (by region 192 to 1,024 requests at once), and keep `max-concurrency` below them.",
			invalidates: false
		},
		{
			code: "execution-limit",
			meaning: "Databricks gave requests up (408, 504): they took longer than a model may (about five minutes, less on older workspaces).",
			remedy: "Ask for fewer `output-tokens`, or lower `max-concurrency`.",
			invalidates: false
		}
	]],
	{
		code: "cross-check-differs",
		meaning: "TTFT or TPOT of answers that do not stream differs clearly from that of streams.",
		remedy: "Look for what treats the two differently: a proxy that holds streams back, hidden tokens, batching of small chunks.",
		invalidates: false
	},
	{
		code: "cross-check-skipped",
		meaning: "The three-point cross-check was asked for and could not be made.",
		remedy: "The message says why; budgets are `max-duration`, `max-requests` and `max-output-tokens`.",
		invalidates: false
	},
	{
		code: "control-missing",
		meaning: "The control was not there, or died: the run is judged by the recorded ones alone.",
		remedy: "Look at the server of the control and at `control`; what it said stands in the log of this run.",
		invalidates: false
	},
	{
		code: "control-differs",
		meaning: "Endpoint and control differ in more than the change: what they have in common is less.",
		remedy: "Deploy both alike. Without recorded pairs of the two a difference between them looks like one of the change.",
		invalidates: false
	},
	{
		code: "control-same",
		meaning: "Endpoint and control are the same: what differs between the two is noise, which is worth knowing once.",
		remedy: "Point `control` at a deployment of main to judge a change.",
		invalidates: false
	},
	{
		code: "control-apart",
		meaning: "Endpoint and control were to be loaded at the same moment, and took turns.",
		remedy: "Deploy them on hardware of their own, or remove `control-timing`.",
		invalidates: false
	},
	{
		code: "plan-cut",
		meaning: "The budget did not hold the whole plan; what was cut costs precision.",
		remedy: "Raise `max-duration` or the other budgets.",
		invalidates: false
	}
].map((kind) => [kind.code, kind]));
function lookUpFinding(code) {
	return BY_CODE.get(code) ?? null;
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
function rejectByHolm(ps, alpha) {
	const order = ps.map((_, i) => i).sort((a, b) => ps[a] - ps[b]);
	const rejected = ps.map(() => false);
	for (const [rank, index] of order.entries()) {
		if (!(ps[index] <= alpha / (ps.length - rank))) break;
		rejected[index] = true;
	}
	return rejected;
}
// src/metrics/answer-rules.ts
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
	const share = shareBuffered(runs).byOthers;
	return share > .25 ? `${formatPercent(share)} of the answers arrived all at once.` : null;
}
function findHeldBackAnswers({ runs }) {
	return describeBursts(runs, "time", "each after a fixed time");
}
function findBurstyAnswers({ runs }) {
	return describeBursts(runs, "size", "as out of a buffer");
}
function describeBursts(runs, by, how) {
	const { time, size } = shareHeldBack(runs);
	if (time + size <= .25 || by === "time" !== time >= size) return null;
	return `${formatPercent(time + size)} of the answers arrived in bursts, ${how}.`;
}
function findBundledAnswers({ runs, answers: { n }, options }) {
	const { byOthers, byClient } = shareBuffered(runs);
	const share = byOthers + byClient;
	if (options.task === "embeddings" || share <= .01 || byOthers > .25) return null;
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
function findImpossibleCounts({ answers: { n, doubted, firstDoubted } }) {
	if (firstDoubted === null || doubted <= .01 * n) return null;
	const { statedTokens, tokenEvents, requestedTokens, inputTokens, countDoubt } = firstDoubted;
	const against = {
		"with-prompt": ` with the prompt of ${inputTokens ?? 0}`,
		"above-asked": ` where ${requestedTokens} were asked for`,
		falling: " after a count that fell"
	};
	const stated = `${pluralise(statedTokens ?? 0, "token")}${against[countDoubt ?? ""] ?? ""}`;
	return `${partOf(doubted, n, "answer", "states", "state")} a token count that cannot be true: ${stated}, and ${pluralise(tokenEvents, "token event was", "token events were")} seen.`;
}
function findChunkTokens({ answers: { n, fromChunks }, options }) {
	if (options.task === "embeddings" || fromChunks === 0) return null;
	return `${partOf(fromChunks, n, "answer", "states", "state")} no token count; ${fromChunks === 1 ? "its" : "their"} events were counted.`;
}
function findMixedSources({ answers: { sources }, options }) {
	return options.task !== "embeddings" && sources.length > 1 ? `Token counts come from ${sources.join(" and ")}.` : null;
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
// src/metrics/client-rules.ts
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
	if (level.windowSeconds === 0) return null;
	const { byClient } = shareBuffered(runs);
	if (options.task !== "embeddings" && byClient > .25) return `This machine was too busy: it stood still, and read ${formatPercent(byClient)} of the answers in one piece.`;
	const { eventLoopUtilization, delayP90Ms } = level.client;
	if (eventLoopUtilization > MAXIMUM_UTILIZATION) return `This machine was too busy: the event loop of the client worked for ${formatPercent(eventLoopUtilization)} of the time.`;
	const half = options.tolerance / 2;
	const { n, queueMs, openMs, lateMs } = answers;
	if (queueMs > half * openMs) return `This machine was too busy: requests waited ${round(queueMs / n)} ms in the client on average, ${formatPercent(queueMs / openMs)} of their time.`;
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
	for (const { connections } of runs) {
		extra += Math.max(0, connections.opened - concurrency);
		reusable += Math.max(0, connections.requests - concurrency);
	}
	if (extra === 0 || extra <= MAXIMUM_CONNECTING * reusable) return null;
	return `${partOf(extra, reusable, "request")} that could have reused a connection opened one.`;
}
function findRenewedTokens({ runs }) {
	const refused = runs.reduce((sum, { requestsWithEndedToken }) => sum + requestsWithEndedToken, 0);
	return refused === 0 ? null : `${pluralise(refused, "request")} met a token that had ended early.`;
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
	return {
		ok: levels.some((level) => level.valid) && !findings.some((finding) => finding.level === void 0 && invalidates(finding)),
		findings: [...findings, ...levels.flatMap((level) => level.findings)].map((finding) => ({
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
	if (levels.some(({ invalidReasons }) => invalidReasons.includes("client-limit")) || given.some(({ code }) => code === "cancelled") || levels.some(({ requests }) => requests.ok > 0)) return null;
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
function invalidates({ code }) {
	return lookUpFinding(code)?.invalidates ?? false;
}
const LOST_SHARE = .1;
function stateOf(runs, level, { task }, reasons) {
	if (reasons.length === 0) return task !== "embeddings" && level.ttftMs === null ? "buffered" : "ok";
	if (reasons.includes("rate-limited")) return "limited";
	if (reasons.includes("client-limit")) return "client-saturated";
	const { ok, failed } = level.requests;
	let byServer = 0;
	for (const [failure, count] of Object.entries(level.failures)) if (isServerFailure(failure)) byServer += count;
	if (ok === 0 && byServer > 0) return "lost";
	if (reasons.includes("client-saturated")) return "client-saturated";
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
const RULES = [
	["client-limit", findClientLimit],
	["no-success", findNoSuccess],
	["rate-limited", findRefusals],
	["errors", findErrors],
	["cancelled", findCancelled],
	["too-few-requests", findTooFew],
	["not-full", findIdleWorkers],
	["client-saturated", findBusyClient],
	["served-model-changed", findModelChange],
	["drift", findDrift],
	["foreign-load", ({ runs, options }) => findForeignLoad(runs, options.sequences ?? 1)],
	["littles-law", checkLittlesLaw],
	["server-ttft-off", ({ runs }) => compareTtft(runs)],
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
	const sent = runs.reduce((sum, run) => sum + run.records.length, 0);
	return sent === 0 ? "No request was finished." : `${describeNone(level.requests.failed || sent)}${listFailures([level])}.`;
}
function describeNone(sent) {
	return sent === 1 ? "The one request failed" : `None of ${pluralise(sent, "request")} succeeded`;
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
const MOST_FAILED = .01;
const CHANCE = .05;
function isFailing({ ok, failed }) {
	return testBinomialGreater({
		hits: failed,
		n: ok + failed
	}, MOST_FAILED) < CHANCE;
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
function findTooFew({ level, concurrency }) {
	const needed = countNeededRequests(concurrency);
	const counts = level.passes.map((pass) => pass.windowSeconds === 0 ? 0 : pass.requests.ok + pass.requests.failed);
	const fewest = Math.min(...counts);
	return fewest < needed ? `A pass has ${pluralise(fewest, "counted request")}; ${needed} are needed.` : null;
}
function findIdleWorkers({ runs, concurrency }) {
	if (runs.every((run) => run.window === null)) return null;
	const inFlight = averageOverWindows(runs, (run) => run.inFlight);
	if (inFlight >= MINIMUM_FULL * concurrency) return null;
	return `On average only ${round(inFlight)} of ${pluralise(concurrency, "worker")} were busy.`;
}
function findDrift({ runs, options }) {
	const change = measureDrift(runs, options.task === "embeddings" ? "latency" : "tpot");
	if (change === null) return null;
	return `${options.task === "embeddings" ? "Latency" : "TPOT"} was ${formatPercent(Math.abs(change))} ${change > 0 ? "higher" : "lower"} in the second half of the window.`;
}
function checkLittlesLaw({ level, concurrency }) {
	const { mean, byLittlesLaw } = level.inFlight;
	const needed = Math.max(LITTLES_LAW_COMPLETIONS, LITTLES_LAW_COMPLETIONS_A_WORKER * concurrency);
	if (byLittlesLaw === null || mean === 0 || level.requests.ok < needed) return null;
	if (Math.abs(byLittlesLaw / mean - 1) <= LITTLES_LAW_TOLERANCE) return null;
	return `${round(mean)} requests were in flight, but rate times time says ${round(byLittlesLaw)}.`;
}
// src/metrics/level.ts
function summariseLevel(measured, options) {
	const runs = selectUsablePasses(measured);
	const figuresOfPasses = runs.map((run) => figuresOf([run], options.task));
	const passes = runs.map(({ pass, startedAtSeconds }, i) => ({
		pass,
		startedAtSeconds,
		...figuresOfPasses[i]
	}));
	const pooled = runs.length === 1 ? figuresOfPasses[0] : figuresOf(runs, options.task);
	const figures = {
		...pooled,
		...poolMedians(pooled, passes)
	};
	const servedModels = servedModelsOf(runs);
	const failureWords = Object.assign({}, ...runs.map((run) => run.failureWords).reverse());
	return {
		concurrency: runs[0].concurrency,
		...judgeLevel(runs, {
			...figures,
			passes,
			servedModels,
			failureWords
		}, options),
		...figures,
		...answerTraits(runs, options.task),
		passes,
		servedModels,
		failureWords
	};
}
function answerTraits(runs, task) {
	const sources = /* @__PURE__ */ new Set();
	let ok = 0;
	let reasoned = 0;
	let doubted = 0;
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		ok++;
		if (record.countDoubt !== null) doubted++;
		else if (task !== "embeddings") sources.add(record.tokenSource);
		if (hasReasoned(record)) reasoned++;
	}
	if (doubted > .01 * ok) sources.add("chunks");
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
function figuresOf(runs, task) {
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
	for (const record of selectCountedRecords(runs)) {
		timeMs += record.endMs;
		if (record.outcome === "ok") {
			requests.ok++;
			if (record.cachedTokens !== null && record.inputTokens !== null) {
				cached += record.cachedTokens;
				cacheable += record.inputTokens;
			}
			if (showsItsTokens(record)) {
				text.characters += record.characters;
				text.tokens += record.outputTokens;
				text.events += record.tokenEvents;
			}
			if (task !== "embeddings" && record.tokenSource !== "chunks" && record.outputTokens < record.requestedTokens) requests.short++;
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
	const server = serverSideOf(runs);
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
		...server === null ? {} : { server }
	};
}
function pickWorstClient(runs) {
	return {
		eventLoopUtilization: Math.max(...runs.map((run) => run.client.eventLoopUtilization)),
		delayP90Ms: mean(runs.map((run) => run.client.delayP90Ms)),
		delayP99Ms: mean(runs.map((run) => run.client.delayP99Ms)),
		queueP99Ms: Math.max(...runs.map((run) => run.client.queueP99Ms))
	};
}
function timesOf(runs, task) {
	const streams = task !== "embeddings" && hasTokenTimes(runs);
	const listStreamed = (pick) => streams ? summarise(samplesOf(runs, (record) => record.buffered ? null : pick(record))) : null;
	return {
		ttftMs: listStreamed((record) => record.ttftMs),
		ttfoMs: tagShareOf(runs) > .01 ? null : listStreamed((record) => record.ttfoMs),
		tpotMs: listStreamed((record) => record.tpotMs),
		interChunkMs: streams ? summariseHistogram(mergeInterChunk(runs)) : null,
		latencyMs: summarise(samplesOf(runs, (record) => record.lastTokenMs)),
		connectMs: summarise(connectSamples(runs))
	};
}
function tagShareOf(runs) {
	let ok = 0;
	let tagged = 0;
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		ok++;
		if (record.tagsReasoning) tagged++;
	}
	return ok === 0 ? 0 : tagged / ok;
}
function samplesOf(runs, pick) {
	const values = new Float64Array(recordCount(runs));
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
function recordCount(runs) {
	return runs.reduce((sum, run) => sum + run.records.length, 0);
}
function connectSamples(runs) {
	const values = new Float64Array(recordCount(runs));
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
	const names = /* @__PURE__ */ new Set();
	for (const run of runs) for (const record of run.records) if (record.servedModel !== null) names.add(record.servedModel);
	return [...names];
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
// src/metrics/within.ts
function findBestWithin(levels, budgets) {
	const decisive = chooseThroughput(levels.filter((level) => level.valid));
	let best = null;
	for (const place of findPlacesInside(levels, budgets, decisive)) if (best === null || interpolateThroughput(place, decisive) > interpolateThroughput(best, decisive)) best = place;
	return {
		limit: budgets.map(renderBudget).join(", "),
		...eachRate((metric) => best === null ? null : interpolateThroughput(best, metric)),
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
		plateau,
		within,
		...parts.crossCheck === null ? {} : { crossCheck: parts.crossCheck },
		validity
	};
}
function buildSeries({ settings, api, task, shrunkTo = null }) {
	const { extraBody, prompts } = settings;
	return seriesOf({
		name: settings.name,
		api,
		workload: {
			task,
			inputTokens: inputTokensOf(settings, shrunkTo),
			outputTokens: renderLengths(settings.outputTokens),
			promptsHash: prompts === null ? null : sha256(encodeCanonically(prompts)),
			extraBody: Object.keys(extraBody).length === 0 ? null : encodeCanonically(replaceSecretValues(extraBody)),
			headerNames: Object.keys(settings.headers).sort(),
			prefixCache: settings.prefixCache,
			sharedPrefixTokens: settings.sharedPrefixTokens,
			batchSize: countSequencesPerRequest(settings)
		},
		concurrency: settings.concurrency,
		passes: settings.passes,
		levelDuration: settings.levelDurationMs / 1e3,
		levelRequests: settings.levelRequests,
		connection: settings.proxy === null ? "http/1.1 keep-alive" : "http/1.1 keep-alive, proxy",
		method: 1
	});
}
function inputTokensOf({ inputTokens, prompts }, shrunkTo) {
	if (inputTokens !== "auto") return renderLengths(inputTokens);
	return shrunkTo === null || prompts !== null ? "auto" : `auto, ${shrunkTo}`;
}
function countSequencesPerRequest({ batchSize, prompts }) {
	if (prompts === null) return batchSize;
	return prompts.reduce((sum, prompt) => sum + (prompt.kind === "input" ? prompt.texts.length : 1), 0) / prompts.length;
}
function removeNotes(level) {
	const { findings: _findings, servedModels: _servedModels, failureWords: _failureWords, ...metrics } = level;
	return metrics;
}
// src/run/side-report.ts
function summariseSide({ settings, found }, plan, { levelRuns }) {
	const kept = selectRuns(plan, levelRuns);
	const levels = levelsOf$3(kept, levelOptionsOf(settings, found));
	return {
		kept,
		levels,
		plateau: findPlateau(levels)
	};
}
async function reportSide(side, { sweep, levels, plateau }, { crossCheck, findings }, frame) {
	const { settings, found } = side;
	const { plan } = frame;
	const extra = [...findings, ...await collectFindings(side, sweep, levels, frame.signal)];
	return assembleReport({
		settings,
		startedAt: frame.startedAt,
		durationSeconds: frame.durationSeconds,
		runner: frame.runner,
		nodeVersion: frame.nodeVersion,
		series: seriesOfRun(settings, found),
		model: settings.model ?? found.target.dialect.model,
		servedModel: levels.at(-1)?.servedModels.at(-1) ?? found.servedModel,
		build: found.build,
		serverVersion: found.described === null ? found.serverVersion : found.described.served,
		provisioned: found.described?.provisioned ?? null,
		plan: {
			levels: listMeasuredLevels(plan, sweep.levelRuns),
			passes: countPasses(plan, sweep),
			expected: plan.expected,
			cut: plan.cut
		},
		capabilities: found.capabilities,
		levels,
		plateau,
		crossCheck,
		within: settings.throughputWithin === null ? null : findBestWithin(levels, settings.throughputWithin),
		validity: judgeRun(levels, {
			extra,
			sentinelMs: sweep.sentinelMs
		})
	});
}
function countPasses({ ladder }, { levelRuns }) {
	const { passes, leastPasses } = ladder;
	return leastPasses === void 0 ? passes : Math.max(leastPasses, ...levelRuns.map(({ pass }) => pass));
}
function levelOptionsOf(settings, found) {
	return {
		task: found.target.dialect.task,
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
	if (task !== "embeddings") return 1;
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
		message: "TTFT and TPOT never stayed within 5 % over three stretches of load in a row."
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
// src/verdict/limits.ts
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
	if (level === void 0) return makeUnmeasured(limit, concurrency, "the level was not measured");
	if (metricOf(limit.metric).field === "requests") return judgeLimit(limit, concurrency, makeFigure(errorRate$1(level.requests), []), "no request was counted");
	if (!level.valid) return makeUnmeasured(limit, concurrency, `the level is ${describeInvalid(level)}`);
	if (isOfDoubtedTokens(limit, report, [concurrency])) return makeUnmeasured(limit, concurrency, DOUBTED);
	const passes = level.passes.flatMap((pass) => figureOf(pass, limit.metric) ?? []);
	const complete = passes.length === level.passes.length ? passes : [];
	return judgeLimit(limit, concurrency, makeFigure(figureOf(level, limit.metric), complete), explainMissing(limit, level));
}
const DOUBTED = "the server states token counts that cannot be true (impossible-count)";
function isOfDoubtedTokens({ metric }, { plateau, validity }, concurrencies) {
	const { countsTokens } = metricOf(metric);
	return (countsTokens === "if-generated" ? plateau.metric === "outputTokensPerSecond" : countsTokens) && validity.findings.some(({ code, level }) => code === "impossible-count" && level !== void 0 && concurrencies.includes(level));
}
function checkRun(limit, field, report) {
	if (isOfDoubtedTokens(limit, report, report.levels.map(({ concurrency }) => concurrency))) return makeUnmeasured(limit, null, DOUBTED);
	switch (field) {
		case "requests": return judgeLimit(limit, null, runErrorRate(report), "no request was counted");
		case "plateau": return checkPlateau(limit, report);
		case "within": {
			const { within } = report;
			if (within === null) return makeUnmeasured(limit, null, "`throughput-within` is not set");
			const value = within[report.plateau.metric];
			const why = report.levels.some(({ valid }) => valid) ? `no level is inside ${within.limit}` : "no usable level";
			return judgeLimit(limit, null, makeFigure(value, []), why);
		}
		default: return field;
	}
}
function runErrorRate({ series, levels }) {
	const counted = levels.filter((level) => series.concurrency !== "auto" || level.state !== "limited");
	return makeFigure(errorRate$1({
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
function judgeLimit(limit, concurrency, found, missing) {
	if (found === null) return makeUnmeasured(limit, concurrency, missing);
	const logs = limit.quantity !== "share" && found.passes.every((value) => value > 0);
	const scaled = found.passes.map((value) => logs ? Math.log(value) : value);
	const undoLog = (value) => logs ? Math.exp(value) : value;
	const bounds = meanBounds(scaled);
	const isBeyond = (value) => limit.op === "<=" ? value > limit.value : value < limit.value;
	if (bounds === null) return result(limit, concurrency, isBeyond(found.value) ? "fail" : "pass", found.value, null);
	const centre = undoLog(mean(scaled));
	const bound = undoLog(limit.op === "<=" ? bounds.low : bounds.high);
	return result(limit, concurrency, isBeyond(centre) && isBeyond(bound) ? "fail" : "pass", centre, bound);
}
function result(limit, concurrency, outcome, value, bound) {
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
function describeInvalid(level) {
	const reasons = level.invalidReasons.join(", ");
	return level.state === "invalid" ? `not valid (${reasons})` : `${level.state} (${reasons})`;
}
// src/run/measure.ts
async function planRun(settings, ladder, ports) {
	const { clock, nonce } = ports;
	const startedAt = ports.wallClock();
	const startAt = clock.now();
	const found = settings.preflight ? await runPreflight(settings, ports) : assumePreflight(settings, assumeTarget(settings, ports), nonce);
	const { control, trouble } = await findControl(settings, found, ports);
	const timing = control === null ? null : settings.controlTiming;
	const plan = planLevels(settings, {
		...found,
		control: timing
	}, ladder(seriesOfRun(settings, found)));
	const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal);
	return {
		startedAt,
		startAt: startAt + found.waitedMs + (control?.found.waitedMs ?? 0),
		found,
		plan,
		serverMetrics: metrics,
		findings: [
			...settings.insecureTls ? [INSECURE] : [],
			...found.findings,
			...findCuts(plan, found),
			...findOpenFiles(ports.openFiles(), countMostConnections(plan)),
			...findings,
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
async function measureRun(settings, planned, ports) {
	const { clock } = ports;
	const { found, plan, control } = planned;
	ports.onPlan(plan, planned.findings);
	const sweepAt = clock.now();
	const sweep = await runSweep(settings, planned, ports);
	const side = {
		settings,
		found,
		findings: planned.findings
	};
	const summary = summariseSide(side, plan, sweep);
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
	const frame = {
		startedAt: planned.startedAt,
		durationSeconds,
		plan,
		runner,
		nodeVersion,
		signal
	};
	const findings = [...checked.findings, ...describeControlSweep(sweep)];
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
		records: recordsOf(summary.kept),
		limits,
		error: sweep.error,
		control: control === null || sweep.control === null ? null : await reportControl(control, sweep.control, frame),
		controlTrouble: planned.controlTrouble ?? sweep.control?.error?.what ?? null
	};
}
async function reportControl(control, sweep, frame) {
	return {
		report: await reportSide(control, {
			sweep,
			...summariseSide(control, frame.plan, sweep)
		}, {
			crossCheck: null,
			findings: []
		}, frame),
		error: sweep.error
	};
}
async function runSweep(settings, { found, plan, serverMetrics, control }, ports) {
	const soak = plan.soak && settings.soak === "auto" && settings.preflight;
	const options = levelOptionsOf(settings, found);
	const sidePorts = (side) => ({
		...loadPortsOf(side.settings, side.found, ports),
		serverMetrics: side.serverMetrics
	});
	return measureSweep(plan, found.workload, {
		...settings,
		soak
	}, {
		...sidePorts({
			settings,
			found,
			serverMetrics
		}),
		control: control === null ? null : {
			...sidePorts(control),
			timing: settings.controlTiming
		},
		onLevelStart: (level, side) => ports.onLevelStart({
			...level,
			side
		}),
		plateauReached: (runs) => findPlateau(levelsOf$3(runs, options)).state !== "not-reached",
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
	return state !== "lost" && state !== "limited" && !invalidReasons.includes("client-limit");
}
function countMostConnections({ ladder, sides }) {
	return sides * Math.max(...listPossibleLevels(ladder));
}
function findCuts(plan, found) {
	return [...plan.cut.map((message) => ({
		code: "plan-cut",
		message
	})), ...findSideRateLimits(found, plan)];
}
const INSECURE = {
	code: "insecure-tls",
	message: "Any certificate was taken for that of the endpoint (`insecure-tls`)."
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
		throw error instanceof EndpointError ? explainFailure(error, fate.how, started, server, ports) : error;
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
			controlTrouble = takeFirstLine(error.what);
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
	const trouble = controlTrouble ?? (error === null ? null : takeFirstLine(error.what));
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
function takeFirstLine(text) {
	return text.split("\n", 1)[0];
}
function refuseStart({ setting, url }, left) {
	return new EndpointError(left, {
		tried: `to start the server of ${setting} at ${url.host}`,
		remedy: "end what is left of the control by hand, and see why it does not end with its command"
	});
}
// src/serving/run-to-end.ts
async function runToEnd$1(task, ports) {
	const { clock, processes, signal } = ports;
	const started = await processes.start(task.command, task.log);
	const over = new AbortController();
	const how = await Promise.race([started.ended, clock.sleep(task.timeoutMs, AbortSignal.any([signal, over.signal])).then(() => null)]);
	over.abort();
	if (how === "ended with code 0") return started.release();
	const log = tellLog(started, task, ports);
	await started.end();
	const took = signal.aborted ? "was interrupted" : `took longer than ready-timeout (${Math.round(task.timeoutMs / 1e3)} s)`;
	throw new EndpointError(`${task.setting} ${how ?? took}${log}`, {
		tried: "to deploy both sides anew",
		remedy: `run it by hand to see why; its whole log is ${task.log}`
	});
}
// src/sessions/sessions.ts
async function measureSessions({ most, maxDurationMs }, seed, { signal, log, measureOnce, decideSoFar }) {
	const coin = seedRandom(`${seed}/sessions`);
	const sessions = [];
	let usedMs = 0;
	for (;;) {
		const first = coin() < .5 ? "candidate" : "control";
		log(`session ${sessions.length + 1} of at most ${most}: the ${first} first`);
		const session = await measureOnce(first, sessions.length + 1);
		if (session === null) return sessions;
		sessions.push(session);
		if (signal.aborted || !isWhole(session) || sessions.length === most) return sessions;
		if (decideSoFar(sessions) !== "open") {
			log("decided: no further session is needed");
			return sessions;
		}
		usedMs += session.measuredMs;
		if (maxDurationMs !== null && usedMs + session.measuredMs > maxDurationMs) {
			log(`not decided; max-duration leaves no time for another session of about ${formatDuration(session.measuredMs / 1e3)}`);
			return sessions;
		}
		log("not decided yet: another session");
	}
}
function isWhole({ run, isLast }) {
	const { control, controlTrouble, error, report } = run;
	return !isLast && control !== null && controlTrouble === null && error === null && report.validity.ok;
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
		setting: `${side}-command`,
		command,
		url: settingsOf(side, settings).endpoint,
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
	return async (first, number) => measureServedSession({
		servers,
		first,
		canGoWithout: canGoWithout || number > 1
	}, {
		...ports,
		async plan(side, signal) {
			const from = ports.clock.now();
			const planned = await planSide(settingsOf(side, settings), (series) => levels ?? ladder(series), {
				...ports,
				signal
			});
			if (number === 1 && side === first) tellCost(settings, {
				planned,
				waitedMs: ports.clock.now() - from,
				sides: 2
			}, ports);
			log(`the ${side}:`);
			return planned;
		},
		async measure(side, planned) {
			const run = await ports.measure(settingsOf(side, settings), planned);
			if (run.error === null && !signal.aborted) levels ??= run.report.levels.map((level) => level.concurrency);
			return run;
		}
	});
}
function redeployEach(settings, ports) {
	const redeploy = {
		setting: "redeploy-command",
		command: settings.redeployCommand,
		log: join(ports.serverLogs, "redeploy.log"),
		timeoutMs: settings.readyTimeoutMs
	};
	return async (_, number) => {
		ports.log(`deploying endpoint and control anew; what that writes is kept in ${redeploy.log}`);
		await runToEnd$1(redeploy, ports);
		const from = ports.clock.now();
		const planned = await planSide(settings, ports.ladder, ports);
		if (number === 1) tellCost(settings, {
			planned,
			waitedMs: ports.clock.now() - from,
			sides: 1
		}, ports);
		const run = await ports.measure(settings, planned);
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
function tellCost(settings, { planned, waitedMs, sides }, { log }) {
	const cost = {
		waiting: sides * waitedMs / 1e3,
		measuring: sides * planned.plan.expected.seconds
	};
	for (const line of describeCost(boundsOf(settings), cost)) log(line);
}
function boundsOf({ sessions, maxDurationMs }) {
	return {
		most: sessions,
		maxDurationMs
	};
}
function settingsOf(side, settings) {
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
		levels: report.levels.toSorted((a, b) => a.concurrency - b.concurrency).map((level) => rowLevel(level, plateau.metric)),
		throughputMetric: plateau.metric,
		plateauState: plateau.state,
		within: within === null || best === null ? null : {
			limit: within.limit,
			value: best
		},
		traits: traitsOf(report)
	};
}
function rowLevel(level, metric) {
	const { concurrency, valid } = level;
	return {
		concurrency,
		valid,
		state: level.state === "buffered" ? "ok" : level.state,
		tails: tailsOf(level),
		passes: level.passes.map((pass) => rowPass(pass, metric))
	};
}
function rowPass(pass, metric) {
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
function takeTokenText({ tokenText }) {
	const charactersPerToken = roundUsable(tokenText?.charactersPerToken);
	const tokensPerEvent = roundUsable(tokenText?.tokensPerEvent);
	return charactersPerToken === null || tokensPerEvent === null ? null : {
		charactersPerToken,
		tokensPerEvent
	};
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
	return value !== null && value !== void 0 && value > 0 ? Number(value.toPrecision(5)) : null;
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
	return typeof tokenSource === "string" && task !== "embeddings" ? [tokenSource] : [];
}
function shortenSeries(series) {
	const { workload } = series;
	const extraBody = workload.extraBody === null || workload.extraBody.length <= LONGEST_TEXT ? workload.extraBody : `${workload.extraBody.slice(0, LONGEST_TEXT)}… (SHA-256 ${sha256(workload.extraBody).slice(0, 12)})`;
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
// src/stats/normal.ts
const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);
const FAR = 3;
function normalDensity(z) {
	return Math.exp(-z * z / 2) / ROOT_OF_TWO_PI;
}
function normalTail(z) {
	if (z < 0) return 1 - normalTail(-z);
	if (z < FAR) {
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
// src/stats/pocock.ts
const STEPS = 80;
function chanceOverLooks(p, looks) {
	if (looks === 1 || p >= .5 || p === 0) return p;
	const bound = normalTailQuantile(p);
	let chance = p;
	let grid = gridUpTo(bound, 1);
	let density = grid.at.map(normalDensity);
	for (let look = 2; look <= looks; look++) {
		const height = bound * Math.sqrt(look);
		const mass = density.map((each, i) => each * grid.weights[i]);
		chance += sumOf(grid.at, mass, (from) => normalTail(height - from));
		const next = gridUpTo(height, look);
		density = look === looks ? [] : next.at.map((to) => sumOf(grid.at, mass, (from) => normalDensity(to - from)));
		grid = next;
	}
	return Math.min(1, chance);
}
const known = /* @__PURE__ */ new Map();
function levelOfLook(alpha, looks) {
	if (looks === 1 || alpha >= .5) return alpha;
	const key = `${alpha}/${looks}`;
	const level = known.get(key) ?? findLevel(alpha, looks);
	known.set(key, level);
	return level;
}
function findLevel(alpha, looks) {
	let level = alpha / looks;
	for (let i = 0; i < 20; i++) {
		const miss = Math.log(chanceOverLooks(level, looks) / alpha);
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
// src/verdict/days.ts
const HOUR_MS$1 = 36e5;
const DAY_MS = 24 * HOUR_MS$1;
const DAY_ENDS_AFTER_MS = 6 * HOUR_MS$1;
const OTHER_HOUR_MS = 4 * HOUR_MS$1;
function groupByDay(points) {
	const days = [];
	let last = -Infinity;
	for (const point of points) {
		if (point.at - last < DAY_ENDS_AFTER_MS) days.at(-1).push(point);
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
		const centre = meanOf(segment);
		let sizes = 0;
		for (const day of days) {
			const centreOfDay = meanOf(day);
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
function meanOf(points) {
	return mean(points.map((point) => point.y));
}
function findUnlikeness(recorded, now) {
	const first = Math.min(...recorded);
	const last = Math.max(...recorded);
	const apart = Math.max(now - last, first - now);
	if (last - first < DAY_MS && apart >= DAY_ENDS_AFTER_MS) return "day";
	return recorded.every((at) => measureHoursApart(at, now) >= OTHER_HOUR_MS) ? "hour" : null;
}
function measureHoursApart(a, b) {
	const apart = Math.abs(a - b) % DAY_MS;
	return Math.min(apart, DAY_MS - apart);
}
// src/verdict/grown.ts
const SIGNIFICANT = .02;
function findGrownSpread(segments) {
	const squares = segments.flatMap((segment) => {
		const centre = mean(segment.map(({ y }) => y));
		return segment.map(({ y }) => (y - centre) ** 2);
	});
	if (squares.length < 12) return null;
	const perPoint = 1 - segments.length / squares.length;
	const [before, newest] = [squares.slice(0, -6), squares.slice(-6)].map((part) => ({
		squares: part.reduce((sum, square) => sum + square, 0),
		degrees: part.length * perPoint
	}));
	if (newest.squares === 0 || before.degrees < 1) return null;
	return fTail(newest.squares / newest.degrees / (before.squares / before.degrees), newest.degrees, before.degrees) < SIGNIFICANT ? newest : null;
}
// src/verdict/repeats.ts
const DEGREES_OF_DOUBT = 4;
function addRepeats(between, points) {
	const ofPoints = between.squares / between.degrees;
	const { squares, degrees } = squareWithinGroups(points);
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
function shareOfRuns(n, own) {
	return 1 - own * (1 - 1 / n);
}
function squareWithinGroups(points) {
	let squares = 0;
	let degrees = 0;
	for (const { ys } of points) {
		const centre = mean([...ys]);
		for (const y of ys) squares += (y - centre) ** 2;
		degrees += ys.length - 1;
	}
	return {
		squares,
		degrees
	};
}
// src/verdict/segments.ts
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
			const runs = same.map(({ row }) => observe(row, metric));
			if (control === null) return {
				entries,
				runs,
				controls: []
			};
			const controls = same.map((entry) => observe(entry.control, metric));
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
function historyOf({ all, provisional, outliers, within }, { decision }) {
	const segments = all.map((segment) => trimSegment(segment, outliers));
	const reference = (points, recorded) => {
		const ys = points.map((point) => point.y);
		return {
			points,
			recorded,
			centre: decision === "threshold" ? median(ys) : mean(ys),
			ofControl: 0
		};
	};
	const points = all.flat();
	return {
		newest: reference(segments.at(-1), all.at(-1)),
		before: provisional ? reference(segments.at(-2), all.at(-2)) : null,
		segments,
		trimmed: all.some(isTrimmed),
		within,
		groups: points.length,
		runs: points.reduce((sum, point) => sum + point.runs.length, 0)
	};
}
function averageGroups(metric, groups, levels) {
	const points = [];
	const curve = meanCurve(groups.flatMap(({ runs }) => runs), levels);
	let accepted = false;
	for (const { entries, runs } of groups) {
		const mark = markOfGroup(entries, metric);
		accepted ||= mark === "accepted";
		const complete = runs.flatMap((run) => completeRun(run, curve) ?? []);
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
function meanCurve(runs, levels) {
	const complete = runs.filter((run) => levels.every((level) => run.has(level)));
	if (complete.length === 0) return /* @__PURE__ */ new Map();
	return new Map(levels.map((level) => [level, mean(complete.map((run) => run.get(level).y))]));
}
function completeRun(run, curve) {
	const shifts = [];
	for (const [level, y] of curve) if (run.has(level)) shifts.push(run.get(level).y - y);
	if (shifts.length === 0 || 2 * shifts.length < curve.size) return null;
	if (shifts.length === curve.size) return run;
	const shift = mean(shifts);
	return new Map([...curve].map(([level, y]) => [level, run.get(level) ?? {
		y: y + shift,
		passes: []
	}]));
}
function squareWithinRuns(points, levels) {
	let squares = 0;
	let degrees = 0;
	for (const { runs } of points) {
		const values = runs.flatMap((run) => averagePasses(run, levels));
		const centre = mean(values);
		for (const value of values) squares += (value - centre) ** 2;
		degrees += values.length - 1;
	}
	return {
		squares,
		degrees
	};
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
const TRIM_INFLATION = 1.1;
function isTrimmed(segment) {
	return segment.length >= TRIMMED_FROM;
}
function trimSegment(segment, known) {
	const rest = segment.filter((point) => !known.has(point));
	if (!isTrimmed(rest)) return rest;
	const outliers = findOutliers(rest.map((point) => point.y), TRIM_CUT);
	return rest.filter((_, i) => !outliers[i] || i >= rest.length - NEVER_TRIMMED);
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
function poolSquares(segments) {
	let squares = 0;
	let degrees = 0;
	for (const segment of segments) {
		if (segment.length < 2) continue;
		const centre = mean(segment.map((point) => point.y));
		for (const point of segment) squares += (point.y - centre) ** 2;
		degrees += segment.length - 1;
	}
	return {
		squares,
		degrees
	};
}
// src/verdict/spread.ts
const MOST_ASSUMED_DEGREES = 4;
const LEARNT_DEGREES = 8;
const LEAST_SD = 1e-4;
const CONTRADICTED = 1.5;
function spreadOf(segments, options) {
	const pooled = poolSquares(segments);
	if (pooled.degrees === 0) return estimateSpread(options.sessions ?? pooled, options);
	const days = estimateWithDays(segments);
	const grown = findGrownSpread(segments);
	const between = [
		{
			...pooled,
			shared: 0
		},
		days,
		grown === null ? null : {
			...grown,
			shared: 0
		}
	].filter((each) => each !== null).reduce((most, each) => each.squares / each.degrees > most.squares / most.degrees ? each : most);
	const points = segments.flat();
	const { degrees, own, ...ofRun } = addRepeats(between, points);
	const variance = ofRun.variance + allowForFewerPasses(points, options);
	const { sessions = {
		squares: 0,
		degrees: 0
	}, cost = 0 } = options;
	const free = sessions.degrees - cost;
	return {
		...estimateSpread({
			squares: variance * degrees + sessions.squares,
			degrees: degrees + free
		}, options, Math.min(degrees, between.degrees) + free),
		sharedByDay: variance === 0 ? 0 : between.shared * between.squares / between.degrees / variance,
		own
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
		shared: Math.max(0, ofBetween - within.squares / within.degrees / size) / variance
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
		own: 0
	};
}
function isLearnt(groups) {
	return groups >= LEARNT_DEGREES;
}
function weighAssumed(degrees) {
	return Math.min(MOST_ASSUMED_DEGREES, Math.max(0, LEARNT_DEGREES - (degrees + 1)));
}
function allowForUnlikeness({ sd, degrees, ...rest }, defaultSd) {
	const assumed = defaultSd ** 2;
	const variance = sd ** 2 + assumed;
	return {
		...rest,
		sd: Math.sqrt(variance),
		degrees: variance ** 2 / (sd ** 4 / degrees + assumed ** 2 / MOST_ASSUMED_DEGREES)
	};
}
const NEWEST_POINTS = 5;
const QUICKENED_P = .02;
function standOf({ y, runs, isFresh = false }, history, spread) {
	const wider = history.trimmed ? TRIM_INFLATION : 1;
	const ofRun = isFresh ? 1 / runs : shareOfRuns(runs, spread.own);
	const difference = ({ centre, points, ofControl }) => ({
		d: y - centre,
		se: spread.sd * wider * Math.sqrt(ofRun + (ofControl === null ? 0 : shareOfMean(points, spread) + ofControl))
	});
	const newest = difference(history.newest);
	const before = history.before === null ? null : difference(history.before);
	const [lately, last] = [NEWEST_POINTS, 1].map((n) => {
		const points = history.newest.points.slice(-n);
		return difference({
			...history.newest,
			points,
			centre: mean(points.map((point) => point.y))
		});
	});
	const all = before === null ? [newest] : [newest, before];
	return {
		y,
		newest,
		before,
		lately,
		mainQuickened: [1, 2].some((newest) => isBetter(history, spread, newest)),
		least: Math.min(...all.map(({ d }) => d)),
		most: Math.max(...all.map(({ d }) => d)),
		worse: Math.max(...all.map(({ d, se }) => studentTTail(d / se, spread.degrees))),
		better: Math.max(...all.map(({ d, se }) => studentTTail(-d / se, spread.degrees))),
		worseThanLast: studentTTail(last.d / last.se, spread.degrees)
	};
}
function isBetter({ newest, trimmed }, spread, points) {
	if (newest.points.length <= points) return false;
	const some = newest.points.slice(-points);
	const se = spread.sd * Math.sqrt(shareOfMean(some, spread) + shareOfMean(newest.points, spread));
	return studentTTail((newest.centre - mean(some.map(({ y }) => y))) / (se * (trimmed ? TRIM_INFLATION : 1)), spread.degrees) < QUICKENED_P;
}
function shareOfMean(points, { sharedByDay, own }) {
	const k = points.length;
	const ofPoint = points.reduce((sum, { ys }) => sum + shareOfRuns(ys.length, own) / k, 0);
	return sharedByDay * groupByDay(points).reduce((sum, day) => sum + (day.length / k) ** 2, 0) + Math.max(0, ofPoint - sharedByDay) / k;
}
function computeUpperBound(stand, { degrees }, level = .05) {
	const t = studentTQuantile(1 - level, degrees);
	const against = [
		stand.newest,
		stand.lately,
		...stand.before === null ? [] : [stand.before]
	];
	return Math.max(...against.map(({ d, se }) => d + t * se));
}
const FIRST_LOOK_POWER = .84;
function findSmallestVisible(se, degrees, { alpha, tolerance }) {
	const power = studentTQuantile(FIRST_LOOK_POWER, degrees) * se;
	const significance = studentTQuantile(1 - alpha, degrees) * se;
	return Math.expm1(power + Math.max(significance, Math.log1p(tolerance)));
}
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
				tolerance: toleranceOf(policy, metric)
			})
		};
	}));
}
// src/verdict/failures.ts
const STATE_WORDS = {
	ok: "held",
	lost: "the server did not hold it",
	limited: "the endpoint limited the rate",
	"client-saturated": "this machine was too busy, or at a limit of its own",
	invalid: "its figures are not valid"
};
function findLostLevels({ entries }, candidates, fresh, { falseAlarmRate }) {
	const held = findHeldLevels(entries);
	const rows = fresh === null ? candidates : [...candidates, fresh];
	const tests = held.map((level) => {
		const at = Math.max(0, candidates.findIndex((row) => levelOf(row, level)?.state === "lost"));
		return testLevel(level, rows[at], rows.toSpliced(at, 1), entries);
	});
	const significant = rejectByHolm(tests.map(({ p }) => p ?? 1), LOST_LEVELS_SHARE * falseAlarmRate);
	return tests.flatMap((test, i) => {
		if (test.state === null) return [];
		const { state, ...lost } = test;
		const proven = significant[i] && test.repeatFailed === true;
		return [{
			...lost,
			verdict: state !== "lost" ? "not-measured" : proven ? "regressed" : "suspect"
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
	const counts = sumCounts((level === void 0 ? [] : [level, ...state === "lost" ? again : []]).map(countsOf));
	const baseline = sumCounts(entries.flatMap(({ row }) => levelOf(row, concurrency) ?? []).map(countsOf));
	return {
		concurrency,
		state,
		candidate: counts,
		baseline,
		repeatFailed: state === null || again.length === 0 ? null : again.every((repeat) => isFailed(repeat, state)),
		p: state === "lost" ? testFisherGreater(shareOf(counts), shareOf(baseline)) : null,
		reason: level === void 0 ? "it was not tried" : STATE_WORDS[level.state]
	};
}
function isFailed({ state, valid }, before) {
	return before === "lost" ? state === "lost" : !valid;
}
function levelOf(row, concurrency) {
	return row.levels.find((level) => level.concurrency === concurrency);
}
function countsOf(level) {
	const { ok, failed } = sumCounts(level.passes);
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
		verdict: wordOf$1(first, past, candidates, options),
		...first
	};
}
function wordOf$1(first, past, candidates, { alpha, secondLook }) {
	if (!isRise(first, alpha)) return "no-change-seen";
	if (secondLook === "none") return "regressed";
	const levels = new Set(levelsOfRise(past, candidates, alpha));
	const fresh = pickFreshPasses(secondLook);
	const again = fresh === null ? null : computeRates(levels, [fresh], past);
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
	const { squares, degrees } = dispersion(passes);
	return degrees === 0 ? 1 : Math.max(1, squares / degrees);
}
function effectOfGroups(groups) {
	const { squares, degrees } = dispersion(groups);
	const assumed = weighAssumed(degrees);
	return Math.max(1, (assumed * ASSUMED_EFFECT + squares) / (assumed + degrees));
}
function dispersion(counts) {
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
		if (level !== void 0) return level.state === "lost" || isSpoilt(level);
		return levels.some((lower) => lower.concurrency < concurrency && lower.state === "lost");
	});
}
function isSpoilt({ state, passes }) {
	return state === "invalid" && isFailing(sumCounts(passes));
}
// src/verdict/control.ts
function selectPairs(entries, control) {
	return entries.filter((entry) => entry.control !== void 0 && isSame$1(entry.control, control));
}
function isSame$1(a, b) {
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
function addRegression(history, regression) {
	const { alone, squares, x } = regression;
	const place = (reference) => ({
		...reference,
		ofControl: alone ? null : squares === 0 ? 0 : .5 * (x - meanX(reference.points, regression)) ** 2 / squares
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
// src/verdict/steps.ts
const NAMED_FOR_POINTS = 20;
function findStandingStep(metric, recorded) {
	const last = listSteps(metric, recorded).at(-1);
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
function listSteps(metric, { all, provisional, outliers }) {
	const levelOf = (segment) => {
		const kept = segment.filter((point) => !outliers.has(point));
		return mean((kept.length === 0 ? segment : kept).map(({ y }) => y));
	};
	return all.slice(1).map((segment, i) => {
		const before = all[i];
		const first = segment[0].entries[0];
		return {
			metric,
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
// src/verdict/compare.ts
function compareMetric({ metric, optional }, input) {
	const { past, candidates, policy, beside } = input;
	const { seen, difference } = seeGroups(metric, past.groups, candidates[0], beside?.controls[0]);
	const runs = seen.flatMap((group) => group.runs);
	const set = levelSetOf(metric, runs, past.knee);
	const rows = candidates.map((row, i) => seeRow(metric, row, beside === null ? null : beside.controls[i]));
	if (!runs.some((run) => run.size > 0)) {
		if (rows.some(({ run }) => run.size > 0)) return missMetric(metric, "not-comparable", difference ?? "no recorded run has measured it");
		return optional ? null : missMetric(metric, "not-measured", "it could not be measured");
	}
	if (set.levels.length === 0) return missMetric(metric, "not-comparable", "recorded runs have no level in common");
	const common = findCommonLevels(set.levels, rows);
	const missing = findMissing(metric, set.levels, common, rows);
	if (missing !== null) return missing;
	const fresh = seeFresh(metric, input);
	const confirmable = findCommonLevels(common, fresh);
	const repeats = fresh.length > 0 && 2 * confirmable.length >= common.length;
	const levels = repeats ? confirmable : common;
	const complete = rows.filter(({ run }) => levels.every((level) => run.has(level)));
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
	const recorded = findSegments(metric, regression === null ? seen : seen.map((group) => moveGroup(group, regression)), levels);
	const figure = averageFigure(levels, moved, beside?.isFresh ?? false);
	if (recorded === null || figure === null) return missMetric(metric, "not-comparable", "no recorded run has all levels");
	const plain = historyOf(recorded, policy);
	const history = regression === null ? plain : addRegression(plain, regression);
	return compareWith(history, figure, repeats ? averageFigure(levels, fresh.map(move)) : null, {
		metric,
		regression,
		levels: levels.filter((level) => level !== 0),
		ofPlateau: set.ofPlateau,
		leftOut: past.entries.length - history.runs,
		aside: findAside(levels, history, moved),
		step: findStandingStep(metric, recorded),
		expectedSpread: policy.expectedSpread,
		now: Date.parse(candidates[0].startedAt)
	});
}
function seeRow(metric, row, control) {
	const run = observe(row, metric);
	if (control === null) return {
		row,
		run,
		control: null
	};
	const beside = observe(control, metric);
	return {
		row,
		run: narrowTo(beside, run),
		control: beside
	};
}
function seeFresh(metric, { fresh, beside }) {
	if (fresh === null) return [];
	if (beside === null) return [seeRow(metric, fresh, null)];
	return beside.fresh === null ? [] : [seeRow(metric, fresh, beside.fresh)];
}
function compareWith(history, figure, again, { expectedSpread, now, regression, ...about }) {
	const { defaultSpread, defaultPairSpread } = metricOf(about.metric);
	const spread = spreadOf(history.segments, {
		within: history.within,
		passes: figure.passesOfRun,
		defaultSd: regression === null ? defaultSpread : defaultPairSpread,
		expected: expectedSpread,
		...figure.isFresh && { sessions: figure.sessions },
		cost: regression?.cost ?? 0
	});
	const first = standOf(figure, history, spread);
	const all = again === null ? figure : poolFigures(figure, again);
	const unlikeness = isLearnt(history.groups) ? findUnlikeness(listStarts(history), now) : null;
	const wide = allowForUnlikeness(spread, (1 - (regression?.theta ?? 0)) * defaultSpread);
	return {
		kind: "compared",
		...about,
		history,
		spread,
		first,
		fresh: again === null ? null : standOf(again, history, spread),
		all: again === null ? first : standOf(all, history, spread),
		unlike: unlikeness === null ? null : {
			what: unlikeness,
			spread: wide,
			all: standOf(all, history, wide)
		},
		byLevel: all.byLevel,
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
		return missMetric(metric, "not-measured", rows.some(({ row }) => row.levels.some(({ valid }) => valid)) ? "no level is inside the latencies" : "no usable level");
	}
	const ours = missing.filter((level) => !isMissingByServer(level, rows.map(({ row }) => row)));
	if (ours.length > 0 && 2 * ours.length >= set.length) return {
		...missMetric(metric, "not-measured", `it could not be measured at ${nameLevels(ours)}`),
		levelsMissing: ours
	};
	if (common.length > 0) return null;
	return missMetric(metric, "not-measured", `the server does not hold ${nameLevels(missing)}`);
}
function nameLevels(levels) {
	return `concurrency ${levels.join(", ")}`;
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
function findCommonLevels(set, rows) {
	if (rows.some(({ run }) => set.every((level) => run.has(level)))) return set;
	return set.filter((level) => rows.every(({ run }) => run.has(level)));
}
function averageFigure(levels, rows, isFresh = false) {
	const complete = rows.filter(({ run }) => levels.length > 0 && levels.every((level) => run.has(level)));
	if (complete.length === 0) return null;
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
		passes: complete.reduce((sum, { row }) => sum + passCount(row, levels), 0),
		passesOfRun: Math.min(...complete.map(({ run }) => averagePasses(run, levels).length))
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
function passCount(row, levels) {
	const counts = row.levels.filter(({ concurrency }) => levels.includes(0) || levels.includes(concurrency)).map((level) => level.passes.length);
	return Math.max(1, Math.min(...counts));
}
// src/verdict/sides.ts
function sidesOf({ candidates, controls = [], sessions, baseline }) {
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
	const pairs = rows.length === 0 ? null : pastOf(selectPairs(entries, rows[0]), series);
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
		}
	};
}
function lookAt(choice, { candidates, past, control }, { fresh, policy }) {
	const found = control === null ? null : compareMetric(choice, {
		past: control.past,
		candidates: control.candidates,
		fresh: fresh?.row ?? null,
		beside: {
			...control.beside,
			fresh: fresh?.control ?? null
		},
		policy
	});
	if (past === null || found?.kind === "compared") return found;
	return compareMetric(choice, {
		past,
		candidates,
		fresh: fresh?.row ?? null,
		beside: null,
		policy
	});
}
function pastOfFailures({ past, control }) {
	return past ?? control.past;
}
function findFailures(sides, secondLook, policy) {
	const { control } = sides;
	const past = pastOfFailures(sides);
	const lostLevels = findLostLevels(past, sides.candidates, pickFreshPasses(secondLook), policy);
	const repeats = secondLook === "none" && control?.beside.isFresh === true && sides.candidates.length > 1;
	const look = {
		candidates: repeats ? sides.candidates.slice(0, -1) : sides.candidates,
		alpha: ERROR_RATE_SHARE * policy.falseAlarmRate,
		secondLook: repeats ? {
			row: sides.candidates.at(-1),
			control: null
		} : secondLook
	};
	const errorRate = compareErrorRates(past, look.candidates, look);
	if (control === null || sides.past === null) return {
		lostLevels,
		errorRate
	};
	const beside = compareErrorRates(pastOf(recordControls(control.beside.controls), control.beside.controls[0].series), look.candidates, look);
	const fails = (concurrency) => control.beside.controls.every(({ levels }) => levels.some((level) => level.concurrency === concurrency && level.state === "lost"));
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
const SCREEN_WORSENING = .03;
function screen(input) {
	const { baseline, policy, trouble } = input;
	const sides = trouble !== null || baseline?.unreadable != null ? null : sidesOf(input);
	return sides === null ? {
		metrics: [],
		levels: []
	} : takeFirstLook(sides, policy).screening;
}
function takeFirstLook(sides, policy) {
	const { candidates } = sides;
	const past = pastOfFailures(sides);
	const compared = [];
	const missed = [];
	for (const choice of chooseMetrics(policy, candidates)) {
		const raw = lookAt(choice, sides, {
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
function takeSecondLook({ compared, missed }, sides, { fresh, policy }) {
	const again = compared.map((raw) => {
		if (!isScreened(raw, policy)) return raw;
		const found = lookAt({
			metric: raw.metric,
			optional: false
		}, sides, {
			fresh,
			policy
		});
		return found?.kind === "compared" ? found : raw;
	});
	const stillMissed = [];
	for (const each of missed) {
		const filled = fillSides(sides, fresh, listFillableLevels(each, sides.candidates));
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
function fillSides({ candidates, past, control }, fresh, levels) {
	const fill = (rows, by) => by === null ? rows : rows.map((row) => fillLevels(row, by, levels));
	return {
		candidates: fill(candidates, fresh.row),
		past,
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
function isScreened({ metric, first, fresh }, policy) {
	if (policy.decision === "threshold") return false;
	if (fresh !== null) return true;
	const least = Math.min(SCREEN_WORSENING, toleranceOf(policy, metric));
	return first.worse < .05 && first.least > Math.log1p(least);
}
// src/verdict/judge.ts
const GROUPS_FOR_PROOF = 8;
const SESSIONS_FOR_PROOF = 3;
const PROOF_LEVEL = .05;
function judgeMetrics(compared, policy, { looksTwice, looks, now }) {
	const family = familyOf(compared, policy, {
		looksTwice,
		looks
	});
	return compared.map((raw) => comparisonOf(raw, wordOf(raw, family, policy), {
		family,
		policy,
		now
	}));
}
function familyOf(compared, policy, { looksTwice, looks }) {
	const alpha = METRICS_SHARE * policy.falseAlarmRate;
	const isOver = (raw, d) => d >= Math.log1p(toleranceOf(policy, raw.metric));
	const size = compared.length;
	if (policy.decision === "threshold") {
		const over = compared.filter((raw) => isOver(raw, raw.first.least));
		return {
			size,
			looks,
			worse: new Map(over.map((raw) => [raw, {
				word: "regressed",
				doubt: null
			}])),
			improved: new Set(compared.filter((raw) => isOver(raw, -raw.first.most)))
		};
	}
	const screened = compared.map((raw) => isScreened(raw, policy));
	const reject = (pick) => rejectByHolm(compared.map((raw, i) => screened[i] ? chanceOverLooks(pick(raw) ?? 1, looks) : 1), alpha);
	const first = reject((raw) => raw.first.worse);
	const all = reject((raw) => raw.all.worse);
	const fresh = looksTwice ? reject((raw) => raw.fresh?.worse ?? null) : all;
	const anyTime = reject((raw) => (raw.unlike?.all ?? raw.all).worse);
	const better = rejectByHolm(compared.map((raw) => chanceOverLooks(raw.first.better, looks)), alpha);
	const wordOfWorse = (raw, i) => {
		if (looksTwice && raw.fresh === null) return first[i] && isOver(raw, raw.first.least) ? "not-measured" : null;
		return all[i] && fresh[i] && isOver(raw, raw.all.least) && (!looksTwice || isOver(raw, raw.fresh.least)) ? "regressed" : null;
	};
	const worse = compared.flatMap((raw, i) => {
		const word = wordOfWorse(raw, i);
		return word === null ? [] : [[raw, {
			word,
			doubt: findDoubt(raw, anyTime[i])
		}]];
	});
	return {
		size,
		looks,
		worse: new Map(worse),
		improved: new Set(compared.filter((raw, i) => better[i] && isOver(raw, -raw.first.most)))
	};
}
const SEEN_BEFORE = 2;
const OUTLIER_REACH = 2;
function findDoubt({ all, unlike, history, spread, control }, anyTime) {
	const isLikeOutlier = (point) => !history.newest.points.includes(point) && point.y < all.y + OUTLIER_REACH * spread.sd;
	if (control?.isOutside === true) return "control-elsewhere";
	if (all.worseThanLast >= .05) return "main-moved";
	const asBad = history.newest.recorded.filter(({ y }) => y > all.y - spread.sd);
	if (asBad.length >= SEEN_BEFORE || history.trimmed && asBad.some(isLikeOutlier)) return "seen-before";
	return unlike === null || anyTime ? null : `other-${unlike.what}`;
}
function wordOf(raw, family, policy) {
	const worse = family.worse.get(raw);
	if (worse !== void 0) return worse.doubt === null ? worse.word : "suspect";
	const tolerance = Math.log1p(toleranceOf(policy, raw.metric));
	const enough = policy.gate !== "release" || isEnoughForProof(raw);
	if (policy.decision === "statistical" && raw.all.least >= tolerance && raw.all.worse < .05) return "suspect";
	if (family.improved.has(raw) && enough) return "improved";
	if (policy.decision === "threshold" && policy.gate !== "release") return "no-change-seen";
	const level = levelOfLook(PROOF_LEVEL, family.looks);
	return enough && !raw.all.mainQuickened && computeUpperBound(raw.unlike?.all ?? raw.all, raw.unlike?.spread ?? raw.spread, level) < tolerance ? "proven" : "no-change-seen";
}
function isEnoughForProof({ history, control }) {
	return history.groups >= GROUPS_FOR_PROOF || control?.isFresh === true && control.sessions >= SESSIONS_FOR_PROOF;
}
function comparisonOf(raw, verdict, { family, policy, now }) {
	const { metric, history, spread, all } = raw;
	const statistical = policy.decision === "statistical";
	const tolerance = toleranceOf(policy, metric);
	const { d, se } = all.newest;
	const half = studentTQuantile(.975, spread.degrees) * se;
	const ends = [changeOfY(metric, d - half), changeOfY(metric, d + half)];
	const alpha = levelOfLook(METRICS_SHARE * policy.falseAlarmRate / family.size, family.looks);
	const doubt = family.worse.get(raw)?.doubt ?? null;
	return {
		...headOf(metric, verdict, tolerance),
		unit: unitOf(metric, now),
		ofPlateau: raw.ofPlateau,
		levels: raw.levels,
		baseline: figureOfY(metric, history.newest.centre),
		candidate: figureOfY(metric, all.y),
		change: changeOfY(metric, d),
		interval: {
			low: Math.min(...ends),
			high: Math.max(...ends)
		},
		worsening: Math.expm1(d),
		p: statistical ? chanceOverLooks(all.worse, family.looks) : null,
		smallestVisible: findSmallestVisible(se, spread.degrees, {
			alpha: statistical ? alpha : .5,
			tolerance
		}),
		spread: spread.sd,
		assumedSpread: spread.assumed,
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
		note: noteOf(raw, {
			verdict,
			doubt
		}, policy)
	};
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
	return levels.map((concurrency) => {
		let before = 0;
		for (const { runs } of history.newest.points) {
			let sum = 0;
			for (const run of runs) sum += run.get(concurrency).y;
			before += sum / runs.length / history.newest.points.length;
		}
		return changeAt(metric, {
			concurrency,
			before,
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
function noteOf(raw, { verdict, doubt }, policy) {
	if (policy.gate === "release" && verdict === "no-change-seen" && !isEnoughForProof(raw)) return raw.control === null ? `a proof needs ${GROUPS_FOR_PROOF} recorded runs, and has ${raw.history.groups}` : `a proof needs ${GROUPS_FOR_PROOF} recorded runs with this control, or ${SESSIONS_FOR_PROOF} sessions in which both sides are deployed anew`;
	if (policy.gate === "release" && verdict === "no-change-seen" && raw.all.mainQuickened) return "no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell";
	if (doubt !== null) return DOUBTS[doubt];
	if (verdict === "not-measured") return "it looks far worse, but no fresh passes could tell, so nothing confirms it";
	return raw.ofPlateau === false ? "no plateau was reached" : null;
}
const FEWEST_GROUPS = 3;
const NORMAL = 1e6;
function thresholdAlarmRate(compared, policy) {
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
// src/verdict/limit-spread.ts
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
	const { seen } = seeGroups(metric, past.groups, now);
	const runs = seen.flatMap((group) => group.runs);
	const levels = concurrency === null ? levelSetOf(metric, runs, past.knee).levels : [concurrency];
	const recorded = findSegments(metric, seen, levels);
	if (recorded === null || !isLearnt(recorded.all.flat().length)) return null;
	const history = historyOf(recorded, policy);
	const level = now.levels.find((one) => one.concurrency === (concurrency ?? levels[0]));
	return spreadOf(history.segments, {
		within: history.within,
		passes: Math.max(1, level?.passes.length ?? 1),
		defaultSd: metricOf(metric).defaultSpread,
		expected: policy.expectedSpread
	});
}
// src/verdict/slow-drift.ts
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
// src/verdict/decide.ts
function decide(input) {
	const { candidates, baseline, policy, trouble } = input;
	const now = candidates[0];
	const recorded = baseline?.entries.filter(({ row }) => row.series.name === now.series.name) ?? [];
	const sides = sidesOf(input);
	const past = sides?.past ?? null;
	const nothing = {
		schema: VERDICT_SCHEMA,
		name: now.series.name,
		policy: pickPolicy(policy),
		decidedBy: input.decidedBy ?? [],
		comparisons: [],
		lostLevels: [],
		errorRate: null,
		limits: past === null ? input.limits : judgeLimitsBySpread(input.limits, past, now, policy),
		whatElseChanged: [],
		baseline: summaryOf(baseline, sides, recorded),
		notComparable: null,
		outlook: [],
		confirmation: null,
		falseAlarmRate: null,
		control: summarizeControl(input, sides),
		drift: baseline?.release === void 0 ? null : findSlowDrift(recorded, baseline.release, now.series, policy)
	};
	const whole = findTrouble(trouble, baseline);
	if (whole !== null) return conclude(nothing, whole);
	if (sides !== null) return decideAgainst(sides, recorded, input, nothing);
	const outlook = baseline === null ? [] : outlookOf(candidates, policy);
	const newest = recorded.at(-1);
	if (newest === void 0 && nothing.baseline.lost !== null) return conclude({
		...nothing,
		outlook
	}, {
		word: "not-comparable",
		reason: "history-lost"
	});
	if (newest === void 0) return conclude({
		...nothing,
		outlook
	}, {
		word: "no-baseline",
		reason: null
	});
	const notComparable = {
		runs: recorded.length,
		differences: findSeriesDifferences(newest.row.series, now.series)
	};
	return conclude({
		...nothing,
		outlook,
		notComparable
	}, {
		word: "not-comparable",
		reason: null
	});
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
function decideAgainst(sides, recorded, input, nothing) {
	const { candidates, policy, secondLook } = input;
	const fresh = typeof secondLook === "string" ? null : secondLook;
	const now = candidates[0];
	const first = takeFirstLook(sides, policy);
	const { compared, missed } = fresh === null ? first : takeSecondLook(first, sides, {
		fresh,
		policy
	});
	const comparisons = [...missed.map((each) => describeMissed(each, policy, now)), ...judgeMetrics(compared, policy, {
		looksTwice: secondLook !== "none",
		looks: countLooks(input),
		now
	})];
	const accepted = pickAcceptances(input.accepted, recorded, now.startedAt);
	const { screening } = first;
	const screened = screening.metrics.length + screening.levels.length > 0;
	return conclude({
		...nothing,
		comparisons: acceptComparisons(comparisons, accepted, policy.gate).toSorted(compareSeverity),
		...findFailures(sides, secondLook, policy),
		whatElseChanged: findChanges(sides, now),
		confirmation: screened ? {
			...screening,
			passes: countFreshPasses(fresh?.row ?? null)
		} : null,
		falseAlarmRate: policy.decision === "threshold" ? thresholdAlarmRate(compared, policy) : policy.falseAlarmRate
	}, null, missed.some((each) => each.levelsMissing.length > 0));
}
function summarizeControl({ candidates, controls, controlTroubles = [], sessions }, sides) {
	if (controls === void 0) return null;
	const control = sides?.control ?? null;
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
function summaryOf(baseline, sides, recorded) {
	const past = sides?.past ?? null;
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
		skipped: baseline?.skipped ?? [],
		unreadable: baseline?.unreadable ?? null,
		lost: baseline?.lost ?? null,
		uncomparedInARow: sides === null && baseline !== null ? 1 + countUncomparedAtEnd(recorded) : 0
	};
}
const UNCOMPARED = ["no-baseline", "not-comparable"];
function countUncomparedAtEnd(recorded) {
	const at = recorded.findLastIndex(({ verdict }) => !UNCOMPARED.includes(verdict));
	return recorded.length - 1 - at;
}
const CONTEXT = [
	["model", ({ context }) => context.model],
	["served model", ({ context }) => context.servedModel],
	["server version", ({ context }) => context.serverVersion],
	["build", ({ context }) => context.build],
	["provisioned capacity", ({ context }) => context.provisioned],
	["region", ({ context }) => context.region],
	["host", ({ context }) => context.host],
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
// src/verdict/sequence.ts
function isDecided(input) {
	const { candidates, policy, baseline, trouble } = input;
	const looks = countLooks(input);
	const sides = trouble !== null || baseline?.unreadable != null ? null : sidesOf(input);
	if (sides === null) return "green";
	const { compared, missed } = takeFirstLook(sides, policy);
	const comparisons = judgeMetrics(compared, policy, {
		looksTwice: false,
		looks,
		now: candidates[0]
	});
	const { lostLevels, errorRate } = findFailures(sides, "none", policy);
	if ([...comparisons, ...lostLevels].map(({ verdict }) => verdict).includes("regressed") || errorRate?.verdict === "regressed" && candidates.length > 1) return "red";
	if (looks === 1) return "green";
	const unsettled = missed.some(({ verdict }) => verdict === "not-measured") || lostLevels.length > 0 || errorRate !== null && errorRate.verdict !== "no-change-seen";
	return compared.every((raw, i) => policy.gate === "release" ? comparisons[i].verdict === "proven" || comparisons[i].verdict === "improved" : computeUpperBound(raw.all, raw.spread) < Math.log1p(2 * toleranceOf(policy, raw.metric))) && !unsettled ? "green" : "open";
}
// src/gate.ts
async function runGate(settings, ports) {
	if (ports.loadBaseline !== null) ports.onPhase("history");
	const baseline = await (ports.loadBaseline?.() ?? null);
	if (baseline !== null) tellTrouble(baseline, ports);
	if (settings.candidateCommand === null || settings.controlCommand !== null) return measureAndDecide(settings, baseline, ports);
	const server = serverOf("candidate", settings, ports.serverLogs);
	ports.log(`what the server writes is kept in ${server.log}`);
	const { result } = await serve(server, ports, async (ended) => measureAndDecide(settings, baseline, ports, ended));
	return result;
}
async function measureAndDecide(settings, baseline, ports, ended = null) {
	const { signal } = ports;
	const { runs, planned } = isInSessions(settings) ? await measureInSessions(settings, baseline, ports) : await measureRuns(settings, baseline, ports, ended);
	const last = runs.at(-1);
	const input = inputOf(settings, baseline, runs, signal);
	const secondLook = isInSessions(settings) ? "none" : await measureSecondLook(settings, input, planned, ports);
	const { candidates, controls, controlTroubles, sessions, limits } = input;
	return {
		report: last.report,
		reports: runs.map(({ report }) => report),
		controls: runs.flatMap(({ control }) => control?.report ?? []),
		rows: candidates,
		records: last.records,
		verdict: decide({
			...input,
			secondLook
		}),
		looks: {
			candidates,
			...controls !== void 0 && { controls },
			...controlTroubles !== void 0 && { controlTroubles },
			...sessions !== void 0 && { sessions },
			secondLook,
			limits
		},
		baseline: narrowBaseline(baseline, candidates[0]),
		error: last.error,
		cancelled: signal.aborted
	};
}
function isInSessions({ controlCommand, redeployCommand }) {
	return controlCommand !== null || redeployCommand !== null;
}
function inputOf(settings, baseline, runs, signal) {
	return {
		candidates: runs.map(({ report }) => rowOf(report)),
		...pickControls(settings, runs),
		...isInSessions(settings) && { sessions: {
			fresh: true,
			most: settings.sessions
		} },
		baseline,
		policy: settings,
		limits: toReportLimits(pickWorstLimits(runs)),
		trouble: troubleOf(runs.at(-1), signal),
		accepted: settings.accept,
		decidedBy: settings.decidedBy
	};
}
function pickControls({ control, controlCommand }, runs) {
	if (control === null && controlCommand === null) return {};
	const troubles = [...new Set(runs.flatMap(({ controlTrouble }) => controlTrouble ?? []))];
	return {
		controls: runs.map(rowOfControl),
		...troubles.length > 0 && { controlTroubles: troubles }
	};
}
function rowOfControl({ control }) {
	return control === null || control.error !== null || !control.report.validity.ok ? null : rowOf(control.report);
}
function tellTrouble({ unreadable, lost }, { log }) {
	if (unreadable !== null) log(`the history cannot be read, so nothing will be compared: ${unreadable.why}. What helps: ${unreadable.remedy}`);
	if (lost !== void 0) log(`nothing will be compared: ${lost}`);
}
async function measureInSessions(settings, baseline, ports) {
	const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries;
	const sessions = await measureCommandSessions(settings, {
		...ports,
		ladder: (series) => ladderOf(entries, series),
		canGoWithout: entries.length > 0,
		measure: async (own, planned) => measureWithoutSecrets(own, planned, ports),
		decideSoFar: (sessions) => isDecided(inputOf(settings, baseline, sessions.map(({ run }) => run), ports.signal))
	});
	return {
		runs: sessions.map(({ run }) => run),
		planned: sessions.at(-1).planned
	};
}
async function measureRuns(settings, baseline, ports, ended) {
	const runs = [];
	const waiting = ended === null ? ports : {
		...ports,
		signal: AbortSignal.any([ports.signal, ended]),
		awaitsLocalServer: true
	};
	for (;;) {
		ports.onPhase("preflight");
		const planned = await planRun(settings, (series) => ladderOf(baseline?.entries ?? [], series), waiting);
		ports.onPhase("sweep");
		const run = await measureWithoutSecrets(settings, planned, ports);
		runs.push(run);
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
	const what = metrics.length > 0 ? `${joinShortList(metrics.map((metric) => nameOf({ metric })), 4)} ${metrics.length === 1 ? "looks" : "look"} worse` : `concurrency ${joinShortList(levels.map(String))} failed or could not be used`;
	ports.log(`${what}; measuring again after a pause`);
	await ports.clock.sleep(settings.pauseMs, ports.signal);
	if (ports.signal.aborted) return "unusable";
	const plan = planSecondLook(settings, first.found, levels);
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
	const run = await measureRun(settings, planned, ports);
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
function narrowBaseline(baseline, { series }) {
	const past = baseline === null || baseline.unreadable !== null ? null : pastOf(baseline.entries, series);
	return baseline === null || past === null ? null : {
		...baseline,
		entries: past.entries
	};
}
function troubleOf({ report, error }, signal) {
	if (signal.aborted) return "cancelled";
	if (error !== null) return "endpoint";
	return report.validity.ok ? null : "run-invalid";
}
const OUTCOMES = [
	"fail",
	"not-measured",
	"pass"
];
function pickWorstLimits(runs) {
	return runs[0].limits.map((_, i) => runs.flatMap(({ limits }) => limits[i] ?? []).reduce((worst, limit) => OUTCOMES.indexOf(limit.outcome) < OUTCOMES.indexOf(worst.outcome) ? limit : worst));
}
// src/shell/measure.ts
async function measure(settings, { store, redact, onLevelStart, onLevelEnd, ...hooks }, system) {
	const { log } = hooks;
	let tracker = null;
	return redactResult(await runGate(settings, {
		...system,
		...hooks,
		redact,
		redactReport: (report) => redactReport(report, redact),
		loadBaseline: store === null ? null : () => loadAloud(store, settings.name, {
			log,
			redact
		}),
		onPlan(plan, findings) {
			const turns = plan.sides === 2 && settings.controlTiming === "turns" ? 2 : 1;
			tracker = trackSweep(plan.ladder, turns, system.clock);
			log(planLine(plan, settings));
			for (const { message } of findings) log(`  ! ${escapeForTerminal(redact(message))}`);
		},
		onLevelStart: (level) => onLevelStart(renderPlace(tracker.begin(level), level)),
		onLevelEnd({ concurrency, figures, held, side }) {
			onLevelEnd(renderProgress(figures, {
				concurrency,
				side,
				place: tracker.end({
					concurrency,
					pass: figures.pass,
					held
				})
			}));
		}
	}), redact);
}
function trackSweep(ladder, turns, clock) {
	const done = [];
	let perLevel = turns;
	let ended = 0;
	let endedOfLast = 0;
	let startedAt = null;
	return {
		begin(level) {
			startedAt ??= clock.now();
			const isNext = !isSame(level, done.at(-1));
			if (isNext && done.length > 0 && endedOfLast < perLevel) perLevel = 1;
			return {
				count: isNext ? done.length + 1 : done.length,
				...countLevelRuns(ladder, done),
				secondsLeft: null
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
			ended++;
			endedOfLast++;
			const { total, isMost } = countLevelRuns(ladder, done);
			const seconds = (clock.now() - (startedAt ?? clock.now())) / 1e3;
			const left = (total - done.length) * perLevel + Math.max(0, perLevel - endedOfLast);
			const secondsLeft = isMost || left === 0 ? null : seconds / ended * left;
			return {
				count: done.length,
				total,
				isMost,
				secondsLeft
			};
		}
	};
}
function isSame({ concurrency, pass }, last) {
	return last?.concurrency === concurrency && last.pass === pass;
}
async function loadAloud(store, name, { log, redact }) {
	const baseline = await store.load(name);
	for (const sentence of baseline.skipped) log(`  ! ${escapeForTerminal(redact(sentence), 400)}`);
	return baseline;
}
// src/load/client-health.ts
const RESOLUTION_MS = 1;
function createHealthProbe() {
	const stalls = watchStalls();
	const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	const excess = (percentile) => delay.count === 0 ? 0 : Math.max(0, delay.percentile(percentile) / 1e6 - RESOLUTION_MS);
	let since = performance.eventLoopUtilization();
	return {
		start() {
			delay.enable();
			delay.reset();
			since = performance.eventLoopUtilization();
		},
		read: () => ({
			eventLoopUtilization: performance.eventLoopUtilization(since).utilization,
			delayP90Ms: excess(90),
			delayP99Ms: excess(99)
		}),
		stallAt: stalls.stallAt,
		stop() {
			delay.disable();
			stalls.stop();
		}
	};
}
const TICK_MS = 20;
const SHORTEST_STALL_MS = 20;
function watchStalls() {
	const stalls = [];
	let tickedAt = performance.now();
	const timer = setInterval(() => {
		const now = performance.now();
		if (now - tickedAt >= 40) stalls.push({
			fromMs: tickedAt + TICK_MS,
			toMs: now
		});
		tickedAt = now;
	}, TICK_MS);
	timer.unref();
	return {
		stallAt(atMs) {
			const stall = stalls.findLast(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + TICK_MS);
			const lateMs = stall === void 0 ? atMs - tickedAt - TICK_MS : Math.min(atMs, stall.toMs) - stall.fromMs;
			return lateMs >= SHORTEST_STALL_MS ? lateMs : 0;
		},
		stop() {
			clearInterval(timer);
		}
	};
}
function keepHeapSmall() {
	setFlagsFromString("--semi-space-growth-factor=1");
}
function createGarbageCollector() {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("typeof gc === \"function\" ? gc : null");
	return () => collect?.({
		type: "major",
		execution: "sync",
		flavor: "last-resort"
	});
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
		const output = await runToEnd(program, args);
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
async function runToEnd(program, args) {
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
		listen$1(keeper, (news) => {
			if (news.kind === "ended") resolve(news.how);
		});
		keeper.once("error", (error) => resolve(`could not be started: ${error.message}`));
		keeper.once("exit", () => resolve("was ended with whoever watched it"));
	});
	const started = new Promise((resolve) => {
		listen$1(keeper, (news) => {
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
		listen$1(keeper, (news) => {
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
function listen$1(keeper, hear) {
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
// src/shell/system-ports.ts
function createSystemPorts(env) {
	keepHeapSmall();
	return {
		clock: systemClock,
		wallClock: () => /* @__PURE__ */ new Date(),
		health: createHealthProbe,
		openTransport,
		collectGarbage: createGarbageCollector(),
		nonce: () => randomBytes(8).toString("hex"),
		runner: {
			environment: env["GITHUB_ACTIONS"] === "true" ? env["RUNNER_ENVIRONMENT"] ?? "self-hosted" : "local",
			os: process.platform,
			arch: process.arch,
			cpuCount: availableParallelism()
		},
		nodeVersion: process.versions.node,
		openFiles: readOpenFiles,
		processes: createProcesses()
	};
}
// src/simulator/guard.ts
function createGuard({ auth, ...credentials }, doors, tokens, nowMs) {
	const keys = {
		...credentials,
		tokens,
		nowMs
	};
	const isOpen = auth === null && credentials.apiKey === null && credentials.clientId === null;
	return (request) => {
		if (isOpen) return null;
		const door = findDoor(doors, request.target);
		const state = (auth ?? door.proof)(request, keys);
		if (typeof state !== "string") return state;
		return state === "good" ? null : door.denials[state];
	};
}
function findDoor(doors, target) {
	return doors.find(({ paths }) => paths.test(target)) ?? doors.at(-1);
}
function sayDenials(status, missing, wrong, expired = wrong) {
	const say = (message) => ({
		status,
		message
	});
	return {
		missing: say(missing),
		wrong: say(wrong),
		expired: say(expired)
	};
}
function checkKeyAt(find) {
	return (request, keys) => keys.apiKey === null ? checkToken(request, keys) : checkKey(find(request), keys.apiKey);
}
const PROOFS = {
	bearer: (request, { apiKey }) => checkKey(readBearer(request), apiKey),
	basic: (request, { apiKey }) => checkBasic(request, apiKey),
	oauth: checkToken
};
function readProof(text, proofs = PROOFS) {
	const word = text.trim();
	if (Object.hasOwn(proofs, word)) return proofs[word];
	const match = /^header:\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)$/.exec(word);
	if (match === null) throw new ValueError(`must be one of ${Object.keys(proofs).join(", ")} or header:<name>`);
	const name = match[1].toLowerCase();
	return (request, { apiKey }) => checkKey(readHeader(request, name), apiKey);
}
const DOORS = [{
	paths: /^\/openai\//,
	pages: /^/,
	api: null,
	proof: checkKeyAt((request) => readHeader(request, "api-key") ?? readBearer(request)),
	denials: sayDenials(401, "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.", "Access denied due to invalid subscription key or wrong API endpoint.")
}, {
	paths: /^/,
	pages: /^\/(v1\/model|models$)/,
	api: null,
	proof: checkKeyAt(readBearer),
	denials: sayDenials(401, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth", "Incorrect API key provided", "The access token has expired")
}];
function checkToken(request, { tokens }) {
	const given = readBearer(request);
	if (given === void 0) return "missing";
	const state = tokens.stateOf(given);
	return state === "unknown" ? "wrong" : state;
}
function checkKey(given, wanted) {
	if (given === void 0 || given === "") return "missing";
	return wanted === null || given === wanted ? "good" : "wrong";
}
function checkBasic(request, wanted) {
	const given = readBasicCredentials(readHeader(request, "authorization"));
	if (given === null) return "missing";
	return wanted === null || given.join(":") === wanted ? "good" : "wrong";
}
function readHeader({ headers }, name) {
	return headers[name]?.[0];
}
function readBearer(request) {
	return /^bearer (.+)$/i.exec(readHeader(request, "authorization") ?? "")?.[1];
}
function readBasicCredentials(authorization) {
	const match = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? "");
	if (match === null) return null;
	const text = Buffer.from(match[1], "base64").toString();
	const colon = text.indexOf(":");
	return colon < 0 ? null : [text.slice(0, colon), text.slice(colon + 1)];
}
// src/simulator/metrics/pages.ts
const METRICS = { vllm: renderVllmMetrics };
const CACHE_HELP = "KV-cache usage. 1 means 100 percent usage. Simulated: the share of slots that are taken.";
function renderVllmMetrics(state) {
	const { totals, model } = state;
	const page = createPrometheusText({
		model_name: model,
		engine: "0"
	});
	addLoad(page, "vllm:", state);
	page.gauge("vllm:gpu_cache_usage_perc", `DEPRECATED: use vllm:kv_cache_usage_perc. ${CACHE_HELP}`, slotUsage(state));
	page.gauge("vllm:kv_cache_usage_perc", CACHE_HELP, slotUsage(state));
	page.counter("vllm:prefix_cache_queries_total", "Prefix cache queries, in tokens.", totals.promptTokens);
	page.counter("vllm:prefix_cache_hits_total", "Prefix cache hits, in tokens.", totals.cachedTokens);
	page.counter("vllm:gpu_prefix_cache_queries_total", "DEPRECATED: prefix cache queries.", totals.promptTokens);
	page.counter("vllm:gpu_prefix_cache_hits_total", "DEPRECATED: prefix cache hits.", totals.cachedTokens);
	page.counter("vllm:num_preemptions_total", "Cumulative number of preemptions from the engine.", 0);
	addTokens(page, "vllm:", totals);
	addFinished(page, "vllm:", totals);
	page.histogram("vllm:request_prompt_tokens", "Number of prefill tokens processed.", totals.inputTokens);
	page.histogram("vllm:request_generation_tokens", "Number of generation tokens processed.", totals.outputTokens);
	page.histogram("vllm:time_to_first_token_seconds", TTFT_HELP, totals.firstToken);
	page.histogram("vllm:inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", totals.interToken);
	page.histogram("vllm:time_per_output_token_seconds", "DEPRECATED: inter-token latency.", totals.interToken);
	page.histogram("vllm:request_time_per_output_token_seconds", TPOT_HELP, totals.perOutputToken);
	addPhases(page, "vllm:", totals);
	return page.text;
}
const TTFT_HELP = "Histogram of time to first token in seconds.";
const TPOT_HELP = "Histogram of time per output token in seconds.";
const E2E_HELP = "Histogram of e2e request latency in seconds.";
function addLoad(page, prefix, { running, waiting }) {
	page.gauge(`${prefix}num_requests_running`, "Number of requests in model execution batches.", running);
	page.gauge(`${prefix}num_requests_waiting`, "Number of requests waiting to be processed.", waiting);
}
function addTokens(page, prefix, totals) {
	page.counter(`${prefix}prompt_tokens_total`, "Number of prefill tokens processed.", totals.promptTokens);
	page.counter(`${prefix}generation_tokens_total`, "Number of generation tokens processed.", totals.generatedTokens);
}
function addFinished(page, prefix, totals) {
	for (const [reason, count] of Object.entries(totals.finished)) {
		const name = `${prefix}request_success_total`;
		page.counter(name, "Count of successfully processed requests.", count, { finished_reason: reason });
	}
}
function addPhases(page, prefix, totals) {
	page.histogram(`${prefix}e2e_request_latency_seconds`, E2E_HELP, totals.request);
	page.histogram(`${prefix}request_queue_time_seconds`, "Time spent in the WAITING phase.", totals.queue);
	page.histogram(`${prefix}request_inference_time_seconds`, "Time spent in the RUNNING phase.", totals.inference);
	page.histogram(`${prefix}request_prefill_time_seconds`, "Time spent in the PREFILL phase.", totals.prefill);
	page.histogram(`${prefix}request_decode_time_seconds`, "Time spent in the DECODE phase.", totals.decode);
}
function slotUsage({ running, slots }) {
	return Math.min(1, running / slots);
}
function createPrometheusText(common = {}) {
	const lines = [];
	const described = /* @__PURE__ */ new Set();
	const shared = listLabels(common);
	function describe(name, type, help) {
		if (described.has(name)) return;
		described.add(name);
		lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
	}
	function sample(name, labels, value) {
		const all = [...shared, ...listLabels(labels)].join(",");
		lines.push(`${name}${all === "" ? "" : `{${all}}`} ${value}`);
	}
	return {
		gauge(name, help, value) {
			describe(name, "gauge", help);
			sample(name, {}, value);
		},
		counter(name, help, value, labels = {}) {
			describe(name, "counter", help);
			sample(name, labels, value);
		},
		histogram(name, help, { bounds, counts, sum, count }, scale = 1) {
			describe(name, "histogram", help);
			let upTo = 0;
			bounds.forEach((bound, i) => {
				upTo += counts[i];
				sample(`${name}_bucket`, { le: formatBound(bound * scale) }, upTo);
			});
			sample(`${name}_bucket`, { le: "+Inf" }, count);
			sample(`${name}_sum`, {}, sum * scale);
			sample(`${name}_count`, {}, count);
		},
		get text() {
			return `${lines.join("\n")}\n`;
		}
	};
}
function listLabels(labels) {
	return Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
}
function formatBound(value) {
	return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
function escapeLabel(text) {
	return text.replaceAll("\\", String.raw`\\`).replaceAll("\"", String.raw`\"`).replaceAll("\n", String.raw`\n`);
}
// src/simulator/servers.ts
const OPENAI = [
	"openai-chat",
	"openai-completions",
	"openai-embeddings",
	"openai-responses"
];
const SERVERS = {
	vllm: defineServer({
		apis: OPENAI,
		metrics: renderVllmMetrics,
		headers: { server: "uvicorn" },
		pages: {
			"GET /health": answerHealth,
			"GET /ping": answerHealth,
			"GET /version": () => jsonPage({ version: "0.11.0" }),
			"GET /v1/models": listModels("vllm", ({ model, contextTokens }) => ({
				root: model,
				parent: null,
				max_model_len: contextTokens,
				permission: []
			}))
		}
	}),
	openai: defineServer({
		apis: OPENAI,
		headers: {
			server: "cloudflare",
			"openai-version": "2020-10-01",
			"openai-processing-ms": "20"
		},
		notFound: jsonPage({ error: {
			message: "Invalid URL",
			type: "invalid_request_error",
			param: null,
			code: null
		} }, 404),
		pages: { "GET /v1/models": listModels("system") }
	}),
	azure: defineServer({
		apis: OPENAI,
		isAzure: true,
		headers: {
			"apim-request-id": "00000000-0000-0000-0000-000000000000",
			"x-ms-region": "Simulated"
		},
		notFound: jsonPage({ error: {
			code: "404",
			message: "Resource not found"
		} }, 404),
		pages: {
			"GET /openai/v1/models": listAzureModels,
			"GET /openai/models": listAzureModels
		}
	})
};
const ITSELF = defineServer({
	apis: "every",
	hasPlatform: true,
	metrics: renderVllmMetrics,
	metricsPaths: ["/metrics", "/v1/metrics"],
	notFound: null,
	pages: {
		"GET /health": ({ ready }) => ready ? jsonPage({ status: "ok" }) : jsonPage({ error: {
			message: "Loading model",
			code: 503
		} }, 503),
		"GET /version": () => jsonPage({
			version: "0.1.0",
			simulated: true
		}),
		"GET /v1/models": listModels("simulator"),
		"GET /openai/v1/models": listModels("simulator")
	}
});
function defineServer(given) {
	return {
		isAzure: false,
		hasPlatform: false,
		metrics: null,
		metricsPaths: ["/metrics"],
		headers: {},
		notFound: jsonPage({ detail: "Not Found" }, 404),
		...given
	};
}
function speaks({ apis, isAzure }, api, path) {
	return apis === "every" || apis.includes(api) && path.startsWith("/openai/") === isAzure;
}
function findServerPage({ pages }, method, path, state, body) {
	const asked = `${method} ${path}`.split("/");
	const isAsked = (page) => {
		const segments = page.split("/");
		return segments.length === asked.length && segments.every((segment, i) => segment === "*" || segment === asked[i]);
	};
	return Object.entries(pages).find(([page]) => isAsked(page))?.[1](state, body) ?? null;
}
const MODEL_CREATED = 1735689600;
function listModels(owner, more = () => ({})) {
	return (state) => {
		return jsonPage({
			object: "list",
			data: [{
				id: state.model,
				object: "model",
				created: MODEL_CREATED,
				owned_by: owner,
				...more(state)
			}]
		});
	};
}
function listAzureModels({ model }) {
	return jsonPage({
		object: "list",
		data: [{
			id: model,
			object: "model",
			status: "succeeded",
			created_at: MODEL_CREATED
		}]
	});
}
function answerHealth({ ready }) {
	return textPage("", ready ? 200 : 503);
}
function jsonPage(value, status = 200) {
	return {
		status,
		type: "application/json",
		body: JSON.stringify(value)
	};
}
function textPage(body, status = 200) {
	return {
		status,
		type: "text/plain; charset=utf-8",
		body
	};
}
function prometheusPage(body) {
	return {
		status: 200,
		type: "text/plain; version=0.0.4; charset=utf-8",
		body
	};
}
// src/simulator/wires/write.ts
function writeTokens$1(count) {
	return " token".repeat(count);
}
const EVENT_STREAM = "text/event-stream; charset=utf-8";
const DONE = "data: [DONE]\n\n";
function formatEvent(json, name) {
	const data = `data: ${JSON.stringify(json)}\n\n`;
	return name === void 0 ? data : `event: ${name}\n${data}`;
}
function answerJson(status, json, headers) {
	const said = {
		status,
		type: "application/json",
		body: JSON.stringify(json)
	};
	return headers === void 0 ? said : {
		...said,
		headers
	};
}
function showsReasoning({ reasoningTokens, manners }) {
	return reasoningTokens > 0 && manners.reasoningField !== "hidden";
}
function buildParts(facts, total, build) {
	const thoughts = Math.min(facts.reasoningTokens, total);
	const thinks = showsReasoning(facts) && thoughts > 0;
	return [...thinks ? [build("reasoning", writeTokens$1(thoughts))] : [], ...total > thoughts || !thinks ? [build("text", writeTokens$1(total - thoughts))] : []];
}
function rememberByCount(build) {
	const built = /* @__PURE__ */ new Map();
	return (count) => {
		let bytes = built.get(count);
		if (bytes === void 0) {
			const made = build(count);
			bytes = typeof made === "string" ? Buffer.from(made) : made;
			built.set(count, bytes);
		}
		return bytes;
	};
}
const NOTHING = Buffer.alloc(0);
function createWholeWriter(build) {
	const writeNothing = () => NOTHING;
	return {
		streamType: EVENT_STREAM,
		opening: null,
		tokens: writeNothing,
		closing: writeNothing,
		error: writeNothing,
		whole: () => Buffer.from(JSON.stringify(build()))
	};
}
function buildVector(dimensions) {
	return Array.from({ length: dimensions }, (_, i) => Math.round(1e3 * Math.sin(i + 1)) / 1e3);
}
function formatHex(id, digits) {
	return id.toString(16).padStart(digits, "0");
}
function decodeSegment(segment) {
	if (segment === void 0) return null;
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}
const PATH = /^\/api\/2\.0\/serving-endpoints(?:\/([^/]+))?$/;
function showEndpoint(path, options, state) {
	const match = PATH.exec(path);
	if (match === null) return null;
	if (options.endpointPage === "denied") return jsonPage({
		error_code: "PERMISSION_DENIED",
		message: "You do not have permission to view this serving endpoint."
	}, 403);
	const name = decodeSegment(match[1]);
	const endpoint = mergeDeep(describeEndpoint(name ?? state.model, options, state), options.endpointPage);
	return jsonPage(name === null ? { endpoints: [endpoint] } : endpoint);
}
function describeEndpoint(name, { configUpdateAfterMs, task }, { model, ready, upMs }) {
	const begun = configUpdateAfterMs !== null && upMs >= configUpdateAfterMs;
	const changing = begun && upMs < configUpdateAfterMs + 3e3;
	const version = begun && !changing ? "2" : "1";
	const servedName = `${model}-${version}`;
	const entity = {
		name: servedName,
		entity_name: model,
		entity_version: version,
		min_provisioned_throughput: 980,
		max_provisioned_throughput: 980,
		burst_scaling_enabled: false,
		scale_to_zero_enabled: false,
		state: {
			deployment: ready ? "DEPLOYMENT_READY" : "DEPLOYMENT_CREATING",
			deployment_state_message: ""
		}
	};
	return {
		name,
		id: "0123456789abcdef0123456789abcdef",
		task: `llm/v1/${task ?? "chat"}`,
		permission_level: "CAN_MANAGE",
		state: {
			ready: ready ? "READY" : "NOT_READY",
			config_update: changing || !ready ? "IN_PROGRESS" : "NOT_UPDATING"
		},
		config: {
			served_entities: [entity],
			traffic_config: { routes: [{
				served_model_name: servedName,
				served_entity_name: servedName,
				traffic_percentage: 100
			}] },
			config_version: Number(version)
		},
		...changing ? { pending_config: {
			served_entities: [{
				...entity,
				entity_version: "2"
			}],
			config_version: 2
		} } : {},
		ai_gateway: {
			fallback_config: { enabled: false },
			rate_limits: []
		},
		route_optimized: false
	};
}
function mergeDeep(value, change) {
	if (Array.isArray(value) && Array.isArray(change)) return change.map((item, i) => i < value.length ? mergeDeep(value[i], item) : item);
	if (!isRecord(value) || !isRecord(change)) return change;
	const both = Object.entries(change).map(([key, item]) => [key, Object.hasOwn(value, key) ? mergeDeep(value[key], item) : item]);
	return {
		...value,
		...Object.fromEntries(both)
	};
}
function readEndpointPage(text) {
	if (text.trim() === "denied") return "denied";
	try {
		const value = JSON.parse(text);
		if (isRecord(value)) return value;
	} catch {}
	throw new ValueError("must be denied or a JSON object, for example {\"task\":\"llm/v1/embeddings\"}");
}
function isRecord(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
function renderEndpointMetrics({ model, totals, running, slots }, minute) {
	const page = createPrometheusText({ served_model_name: model });
	page.gauge("provisioned_concurrent_requests_total", "Provisioned concurrency in the last minute.", slots);
	page.gauge("request_count_total", "Requests in the last minute.", minute.all);
	page.gauge("request_4xx_count_total", "4xx errors in the last minute.", minute.refused);
	page.gauge("request_5xx_count_total", "5xx errors in the last minute.", minute.failed);
	page.gauge("gpu_usage_percentage", "GPU usage. Simulated: the share of slots that are taken.", 100 * running / slots);
	page.histogram("request_latency_ms", "Round-trip latency within the workspace.", totals.request, 1e3);
	page.histogram("model_queue_time_ms", "Time in the queue of the model.", totals.queue, 1e3);
	return page.text;
}
const NONE = {
	all: 0,
	refused: 0,
	failed: 0
};
function createMinuteCounts() {
	let minute = NaN;
	let current = { ...NONE };
	let previous = NONE;
	function turn(nowMs) {
		const now = Math.floor(nowMs / 6e4);
		if (now === minute) return;
		previous = now === minute + 1 ? current : NONE;
		current = { ...NONE };
		minute = now;
	}
	return {
		noteAnswer(status, nowMs) {
			turn(nowMs);
			current.all++;
			if (status >= 500) current.failed++;
			else if (status >= 400) current.refused++;
		},
		readLast(nowMs) {
			turn(nowMs);
			return previous;
		}
	};
}
// src/simulator/databricks/token-office.ts
const MOST_TOKENS = 1e3;
function createTokenOffice({ clientId, clientSecret, tokenLifetimeMs }, identity, nowMs) {
	const expiresAt = /* @__PURE__ */ new Map();
	function issue() {
		const token = `simulated-${randomBytes(24).toString("base64url")}`;
		expiresAt.set(token, nowMs() + tokenLifetimeMs);
		if (expiresAt.size > MOST_TOKENS) expiresAt.delete(expiresAt.keys().next().value);
		return jsonPage({
			access_token: token,
			scope: "all-apis",
			token_type: "Bearer",
			expires_in: Math.floor(tokenLifetimeMs / 1e3)
		});
	}
	function refuseClient(fields, authorization) {
		const [id, secret] = readBasicCredentials(authorization) ?? [fields.get("client_id"), fields.get("client_secret")];
		if (!id || !secret) return refuseToken(401, "invalid_client", "Client authentication is missing");
		return (clientId === null || id === clientId) && (clientSecret === null || secret === clientSecret) ? null : refuseToken(401, "invalid_client", "Client authentication failed");
	}
	function refuse(fields, authorization) {
		if (!(fields.get("scope") ?? "").split(" ").includes("all-apis")) return refuseToken(400, "invalid_scope", "The scope must be all-apis");
		const grantType = fields.get("grant_type");
		if (grantType === "client_credentials") return refuseClient(fields, authorization);
		if (grantType === identity?.grantType) return identity.refuse(fields, clientId);
		return refuseToken(400, "unsupported_grant_type", "The grant type is not supported");
	}
	return {
		grant: (form, authorization) => refuse(new URLSearchParams(form), authorization) ?? issue(),
		stateOf(token) {
			const until = expiresAt.get(token);
			return until === void 0 ? "unknown" : nowMs() < until ? "good" : "expired";
		}
	};
}
function refuseToken(status, error, description) {
	return jsonPage({
		error,
		error_description: description
	}, status);
}
// src/simulator/wires/wire.ts
var Refused = class extends Error {
	name = "Refused";
	status;
	constructor(message, status = 400) {
		super(message);
		this.status = status;
	}
};
const USAGE_PLACES = [
	"final-chunk",
	"finish-chunk",
	"every-chunk",
	"none"
];
const REASONING_FIELDS = [
	"reasoning_content",
	"reasoning",
	"hidden"
];
const CHAT_SHAPES = [
	"cumulative",
	"arrays",
	"agent"
];
// src/simulator/wires/read-body.ts
function parseBody(text) {
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		throw new Refused("Bad request: the body is not JSON");
	}
	const body = asObject(json);
	if (body === null) throw new Refused("Bad request: the body must be a JSON object");
	return body;
}
function completeRequest(asked) {
	return {
		model: null,
		minTokens: 0,
		ignoreEos: false,
		usesCache: true,
		cacheSalt: "",
		reasons: false,
		...asked
	};
}
function readModel(body) {
	return asText(body["model"]);
}
function readTokens(body, field, min = 1) {
	const value = body[field];
	if (value === void 0 || value === null) return null;
	if (typeof value === "number" && Number.isInteger(value) && value >= min) return value;
	throw new Refused(`${field} must be a whole number of at least ${min}`);
}
function readMessages(body, field = "messages", parts = "content") {
	const messages = body[field];
	if (!Array.isArray(messages) || messages.length === 0) throw new Refused(`${field} must be a list that is not empty`);
	return messages.map((message) => readContent(asObject(message)?.[parts])).join("\n");
}
function readContent(content) {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) throw new Refused("every message must have a content");
	return content.map((part) => asText(asObject(part)?.["text"]) ?? "").join("\n");
}
function readTexts(body, field) {
	const value = body[field];
	const texts = Array.isArray(value) && !isTokens(value) ? value.map(promptText) : [promptText(value)];
	if (texts.length === 0 || texts.includes(null)) throw new Refused(`${field} must be a text or a list of texts`);
	return texts;
}
function promptText(value) {
	if (typeof value === "string") return value;
	return Array.isArray(value) && isTokens(value) ? value.join(" ") : null;
}
function isTokens(value) {
	return value.length > 0 && value.every((item) => typeof item === "number");
}
function readTask(body) {
	if ("messages" in body) return "chat";
	if ("prompt" in body) return "completions";
	if ("input" in body) return "embeddings";
	throw new Refused("Bad request: one of messages, prompt or input is required");
}
function listFields(kinds, names) {
	return Object.fromEntries(names.split(/\s+/).map((name) => [name, kinds]));
}
function findFieldProblem(body, fields, path = "") {
	for (const [name, value] of Object.entries(body)) {
		const problem = findValueProblem(value, Object.hasOwn(fields, name) ? fields[name] : null, `${path}${name}`);
		if (problem !== null) return problem;
	}
	return null;
}
function findValueProblem(value, field, path) {
	if (field === null) return {
		path,
		expected: null
	};
	if (value === null) return null;
	if (typeof field === "string") {
		const kinds = field.split("|");
		return kinds.some((kind) => TESTS[kind](value)) ? null : {
			path,
			expected: kinds.map((k) => NAMES$1[k]).join(" or ")
		};
	}
	if (isListOf(field)) {
		if (!Array.isArray(value)) return {
			path,
			expected: NAMES$1.list
		};
		return firstOf(value, (item, i) => findValueProblem(item, field[0], `${path}.${i}`));
	}
	const object = asObject(value);
	return object === null ? {
		path,
		expected: NAMES$1.object
	} : findFieldProblem(object, field, `${path}.`);
}
function isListOf(field) {
	return Array.isArray(field);
}
function firstOf(items, find) {
	for (const [i, item] of items.entries()) {
		const problem = find(item, i);
		if (problem !== null) return problem;
	}
	return null;
}
const TESTS = {
	text: (value) => typeof value === "string",
	number: (value) => typeof value === "number",
	whole: (value) => Number.isInteger(value),
	flag: (value) => typeof value === "boolean",
	list: (value) => Array.isArray(value),
	object: (value) => asObject(value) !== null,
	any: () => true
};
const NAMES$1 = {
	text: "a string",
	number: "a number",
	whole: "an integer",
	flag: "a boolean",
	list: "an array",
	object: "an object",
	any: "anything"
};
// src/simulator/wires/openai-family.ts
function findOpenAiRoute(url, suffix, task) {
	const match = /^(?:\/v1|\/(openai)\/v1|\/openai\/deployments\/([^/]+))(\/.+)$/.exec(url.pathname);
	if (match === null || match[3] !== suffix) return null;
	const azure = match[1] !== void 0 || match[2] !== void 0;
	return {
		task,
		model: decodeSegment(match[2]),
		stream: null,
		form: azure ? "azure" : ""
	};
}
const ERROR_TYPES = {
	401: "AuthenticationError",
	404: "NotFoundError",
	429: "RateLimitError"
};
function sayOpenAiError(status, message) {
	return answerJson(status, { error: {
		message,
		type: status >= 500 ? "InternalServerError" : ERROR_TYPES[status] ?? "BadRequestError",
		param: null,
		code: status
	} });
}
const TASK_NAMES = {
	chat: "Chat Completions",
	completions: "Completions",
	embeddings: "Embeddings"
};
const OPENAI_WORDS = {
	badBody: 400,
	unknownField: (path) => `Unrecognized request argument supplied: ${path}`,
	wrongType: (path, expected) => `Invalid type for '${path}': expected ${expected}`,
	tooLong: (limit, inputTokens, outputTokens) => `This model's maximum context length is ${limit} tokens. However, you requested ${inputTokens + outputTokens} tokens (${inputTokens} in the messages, ${outputTokens} in the completion). Please reduce the length of the messages or completion.`,
	noModel: (model, { form }) => ({
		status: 404,
		message: form === "azure" ? "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again." : `The model \`${model}\` does not exist.`
	}),
	wrongTask: (task) => ({
		status: 400,
		message: `The model does not support ${TASK_NAMES[task]} API`
	})
};
function readStreamOptions(body) {
	const options = asObject(body["stream_options"]) ?? {};
	return {
		includeUsage: options["include_usage"] === true,
		continuousUsage: options["continuous_usage_stats"] === true
	};
}
const STREAM_OPTIONS = {
	include_usage: "flag",
	continuous_usage_stats: "flag",
	include_obfuscation: "flag"
};
function countOpenAiUsage(facts, outputTokens) {
	const { inputTokens, cachedTokens, reasoningTokens } = facts;
	return {
		prompt_tokens: inputTokens,
		completion_tokens: outputTokens,
		total_tokens: inputTokens + outputTokens,
		...cachedTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } },
		...reasoningTokens === 0 ? {} : { completion_tokens_details: { reasoning_tokens: Math.min(reasoningTokens, outputTokens) } }
	};
}
function placeUsage(place, { includeUsage, continuousUsage }) {
	const everywhere = place === "every-chunk" || continuousUsage;
	return {
		everywhere,
		atFinish: everywhere || place === "finish-chunk",
		apart: includeUsage && place !== "none" && place !== "finish-chunk"
	};
}
function createChunkWriter(facts, form) {
	const { everywhere, atFinish, apart } = form.usage;
	const named = {
		id: `${form.idPrefix}-${facts.id}`,
		object: form.object,
		created: facts.created,
		model: facts.model
	};
	function chunk(choices, usage) {
		return formatEvent(usage === void 0 ? {
			...named,
			choices
		} : {
			...named,
			choices,
			usage
		});
	}
	const opening = [...form.preface === void 0 ? [] : [formatEvent(form.preface)], ...form.opening === null ? [] : [chunk([form.opening], everywhere ? form.usageOf(0, false) : void 0)]].join("");
	const built = {
		reasoning: rememberByCount((count) => chunk([form.choice("reasoning", writeTokens$1(count))])),
		text: rememberByCount((count) => chunk([form.choice("text", writeTokens$1(count))]))
	};
	return {
		streamType: EVENT_STREAM,
		opening: opening === "" ? null : Buffer.from(opening),
		tokens(part, count, total) {
			return everywhere ? Buffer.from(chunk([form.choice(part, writeTokens$1(count))], form.usageOf(total, false))) : built[part](count);
		},
		closing(reason, total) {
			const finish = chunk([form.finish(reason)], atFinish ? form.usageOf(total, true) : void 0);
			return Buffer.from(finish + (apart ? chunk([], form.usageOf(total, true)) : "") + DONE);
		},
		error: (message) => Buffer.from(`data: ${form.error(message).body}\n\n${DONE}`),
		whole(reason, total) {
			const reasoning = Math.min(facts.reasoningTokens, total);
			const choices = [form.answer(writeTokens$1(reasoning), writeTokens$1(total - reasoning), reason)];
			const answer = {
				...named,
				object: form.wholeObject,
				choices
			};
			return Buffer.from(JSON.stringify(form.wholeUsage ? {
				...answer,
				usage: form.usageOf(total, true)
			} : answer));
		}
	};
}
// src/simulator/wires/openai.ts
const openAiChatWire = {
	api: "openai-chat",
	alwaysStrict: false,
	words: OPENAI_WORDS,
	route: (url) => findOpenAiRoute(url, "/chat/completions", "chat"),
	fields: () => CHAT_FIELDS,
	headerProblem: () => null,
	taskOf: () => "chat",
	read(body, route) {
		return completeRequest({
			task: "chat",
			model: route.model ?? readModel(body),
			stream: body["stream"] === true,
			texts: [readMessages(body)],
			...readLength(body),
			cacheSalt: typeof body["cache_salt"] === "string" ? body["cache_salt"] : "",
			reasons: true,
			answer: (facts) => createChatWriter(facts, readStreamOptions(body), route.form === "azure")
		});
	},
	error: sayOpenAiError
};
const openAiCompletionsWire = {
	api: "openai-completions",
	alwaysStrict: false,
	words: OPENAI_WORDS,
	route: (url) => findOpenAiRoute(url, "/completions", "completions"),
	fields: () => COMPLETIONS_FIELDS,
	headerProblem: () => null,
	taskOf: () => "completions",
	read(body, route) {
		return completeRequest({
			task: "completions",
			model: route.model ?? readModel(body),
			stream: body["stream"] === true,
			texts: readOnePrompt(body),
			...readLength(body),
			cacheSalt: typeof body["cache_salt"] === "string" ? body["cache_salt"] : "",
			answer: (facts) => createCompletionsWriter(facts, readStreamOptions(body))
		});
	},
	error: sayOpenAiError
};
const openAiEmbeddingsWire = {
	api: "openai-embeddings",
	alwaysStrict: false,
	words: OPENAI_WORDS,
	route: (url) => findOpenAiRoute(url, "/embeddings", "embeddings"),
	fields: () => EMBEDDINGS_FIELDS,
	headerProblem: () => null,
	taskOf: () => "embeddings",
	read: (body, route) => readEmbeddingsRequest(body, route.model),
	error: sayOpenAiError
};
function readLength(body) {
	const maxTokens = readTokens(body, "max_completion_tokens") ?? readTokens(body, "max_tokens") ?? 256;
	const minTokens = readTokens(body, "min_tokens", 0) ?? 0;
	if (minTokens > maxTokens) throw new Refused(`min_tokens must be less than or equal to max_tokens=${maxTokens}`);
	return {
		maxTokens,
		minTokens,
		ignoreEos: body["ignore_eos"] === true
	};
}
function createChatWriter(facts, asked, azure) {
	const { usage, reasoningField } = facts.manners;
	const choice = (delta, finish = null) => ({
		index: 0,
		delta,
		logprobs: null,
		finish_reason: finish
	});
	return createChunkWriter(facts, {
		object: "chat.completion.chunk",
		wholeObject: "chat.completion",
		idPrefix: "chatcmpl",
		usage: placeUsage(usage, asked),
		usageOf: (outputTokens) => countOpenAiUsage(facts, outputTokens),
		opening: choice({
			role: "assistant",
			content: ""
		}),
		...azure ? { preface: AZURE_PREFACE } : {},
		choice: (part, text) => choice(part === "text" ? { content: text } : { [reasoningField]: text }),
		finish: (reason) => choice({}, reason),
		answer: (reasoning, text, reason) => ({
			index: 0,
			message: {
				role: "assistant",
				content: text,
				...reasoning === "" || reasoningField === "hidden" ? {} : { [reasoningField]: reasoning }
			},
			logprobs: null,
			finish_reason: reason
		}),
		wholeUsage: usage !== "none",
		error: (message) => sayOpenAiError(500, message)
	});
}
const AZURE_PREFACE = {
	choices: [],
	created: 0,
	id: "",
	model: "",
	object: "",
	prompt_filter_results: [{
		prompt_index: 0,
		content_filter_results: { hate: {
			filtered: false,
			severity: "safe"
		} }
	}]
};
function readOnePrompt(body) {
	const texts = readTexts(body, "prompt");
	if (texts.length > 1) throw new Refused("prompt must be a single text");
	return texts;
}
function createCompletionsWriter(facts, asked) {
	const { usage } = facts.manners;
	return createChunkWriter(facts, {
		...COMPLETIONS_FORM,
		usage: placeUsage(usage, asked),
		usageOf: (outputTokens) => countOpenAiUsage(facts, outputTokens),
		wholeUsage: usage !== "none",
		error: (message) => sayOpenAiError(500, message)
	});
}
const completionChoice = (text, finish) => ({
	index: 0,
	text,
	logprobs: null,
	finish_reason: finish
});
const COMPLETIONS_FORM = {
	object: "text_completion",
	wholeObject: "text_completion",
	idPrefix: "cmpl",
	opening: null,
	choice: (_, text) => completionChoice(text, null),
	finish: (reason) => completionChoice("", reason),
	answer: (_, text, reason) => completionChoice(text, reason)
};
function readEmbeddingsRequest(body, model) {
	const texts = readTexts(body, "input");
	const dimensions = readTokens(body, "dimensions");
	const base64 = body["encoding_format"] === "base64";
	return completeRequest({
		task: "embeddings",
		model: model ?? readModel(body),
		stream: false,
		texts,
		maxTokens: 1,
		answer: (facts) => createWholeWriter(() => embeddings(facts, texts.length, base64, dimensions))
	});
}
function embeddings(facts, count, base64, dimensions) {
	const vector = buildVector(dimensions ?? facts.manners.embeddingDimensions);
	const said = base64 ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
	return {
		object: "list",
		data: Array.from({ length: count }, (_, index) => ({
			object: "embedding",
			index,
			embedding: said
		})),
		model: facts.model,
		usage: {
			prompt_tokens: facts.inputTokens,
			total_tokens: facts.inputTokens
		}
	};
}
const SAMPLING$1 = {
	...listFields("text", "model user service_tier"),
	...listFields("number", "frequency_penalty presence_penalty temperature top_p"),
	...listFields("whole", "max_tokens n seed"),
	stop: "text|list",
	logit_bias: "object",
	stream: "flag",
	stream_options: STREAM_OPTIONS
};
const VLLM = {
	...listFields("number", "min_p repetition_penalty length_penalty"),
	...listFields("whole", "top_k min_tokens truncate_prompt_tokens prompt_logprobs priority"),
	...listFields("flag", "use_beam_search include_stop_str_in_output ignore_eos skip_special_tokens spaces_between_special_tokens add_special_tokens return_tokens_as_token_ids return_token_ids"),
	...listFields("text", "cache_salt request_id session_id truncation_side guided_regex guided_decoding_backend guided_whitespace_pattern"),
	...listFields("list", "stop_token_ids allowed_token_ids bad_words logits_processors guided_choice"),
	...listFields("object", "kv_transfer_params vllm_xargs structured_outputs response_format"),
	...listFields("any", "guided_json guided_grammar structural_tag")
};
const MESSAGE = {
	...listFields("text", "role name tool_call_id refusal reasoning reasoning_content"),
	content: "text|list",
	tool_calls: "list",
	...listFields("object", "audio function_call")
};
const CHAT_FIELDS = {
	...SAMPLING$1,
	...VLLM,
	messages: [MESSAGE],
	...listFields("whole", "max_completion_tokens top_logprobs best_of thinking_token_budget"),
	...listFields("flag", "logprobs store parallel_tool_calls echo add_generation_prompt continue_final_message include_reasoning"),
	...listFields("text", "reasoning_effort verbosity prompt_cache_key prompt_cache_retention safety_identifier chat_template"),
	...listFields("list", "tools functions modalities documents"),
	...listFields("object", "audio metadata prediction web_search_options moderation prompt_cache_options"),
	...listFields("object", "chat_template_kwargs mm_processor_kwargs media_io_kwargs"),
	tool_choice: "text|object",
	function_call: "text|object"
};
const COMPLETIONS_FIELDS = {
	...SAMPLING$1,
	...VLLM,
	prompt: "text|list",
	...listFields("whole", "best_of logprobs"),
	echo: "flag",
	suffix: "text"
};
const EMBEDDINGS_FIELDS = {
	input: "text|list",
	...listFields("text", "model user encoding_format cache_salt request_id"),
	...listFields("whole", "dimensions truncate_prompt_tokens priority"),
	...listFields("flag", "add_special_tokens normalize"),
	additional_data: "any"
};
// src/simulator/databricks/wire.ts
const SUFFIXES = {
	"chat/completions": "chat",
	completions: "completions",
	embeddings: "embeddings"
};
const SAMPLING = {
	model: "text",
	...listFields("whole", "max_tokens n top_k seed"),
	...listFields("number", "temperature top_p"),
	stop: "text|list",
	stream: "flag",
	logprobs: "any"
};
const FIELDS$1 = {
	chat: {
		...SAMPLING,
		messages: "list",
		tools: "list",
		tool_choice: "text|object",
		response_format: "object",
		top_logprobs: "whole",
		reasoning_effort: "text"
	},
	completions: {
		...SAMPLING,
		prompt: "text|list",
		suffix: "text",
		echo: "flag",
		error_behavior: "text",
		use_raw_prompt: "flag"
	},
	embeddings: {
		model: "text",
		input: "text|list",
		instruction: "text",
		encoding_format: "text"
	}
};
const ERROR_CODES = {
	400: "BAD_REQUEST",
	401: "UNAUTHENTICATED",
	403: "PERMISSION_DENIED",
	404: "RESOURCE_DOES_NOT_EXIST",
	429: "REQUEST_LIMIT_EXCEEDED",
	503: "TEMPORARILY_UNAVAILABLE"
};
const databricksWire = {
	api: "databricks",
	alwaysStrict: true,
	words: {
		...OPENAI_WORDS,
		unknownField: (path) => `Bad request: json: unknown field ${JSON.stringify(path.split(".").at(-1))}`,
		wrongType: (path, expected) => `Bad request: json: cannot unmarshal into field ${path}, which is ${expected}`,
		tooLong: (limit, inputTokens) => `Bad request: rpc error: code = InvalidArgument desc = prompt token count (${inputTokens}) cannot exceed ${limit}. Please reduce the length of your prompt.`,
		noModel: () => ({
			status: 404,
			message: "The given endpoint does not exist, please retry after checking the specified model and version deployment exists."
		}),
		wrongTask: (task) => ({
			status: 400,
			message: `Bad request: this endpoint does not serve llm/v1/${task}`
		})
	},
	route: findDatabricksRoute,
	fields: (_, task) => FIELDS$1[task],
	headerProblem: () => null,
	taskOf: readTask,
	read(body, route, task) {
		if (task === "embeddings") return readEmbeddingsRequest(body, route.model);
		const chat = task === "chat";
		return completeRequest({
			task,
			model: route.form === "native" ? null : readModel(body),
			stream: body["stream"] === true,
			texts: chat ? [readMessages(body)] : readOnePrompt(body),
			...readLength(body),
			reasons: chat,
			answer: (facts) => createDatabricksWriter(facts, chat)
		});
	},
	error: sayDatabricksError
};
function findDatabricksRoute({ pathname }) {
	if (/^(\/[^/]+)?\/serving-endpoints\/[^/]+(\/served-models\/[^/]+)?\/invocations$/.test(pathname)) return {
		task: null,
		model: null,
		stream: null,
		form: "native"
	};
	const suffix = /^(?:\/serving-endpoints|\/ai-gateway\/mlflow\/v1)\/(.+)$/.exec(pathname)?.[1];
	if (suffix === void 0 || !Object.hasOwn(SUFFIXES, suffix)) return null;
	return {
		task: SUFFIXES[suffix],
		model: null,
		stream: null,
		form: ""
	};
}
function sayDatabricksError(status, message) {
	return answerJson(status, {
		error_code: ERROR_CODES[status] ?? "INTERNAL_ERROR",
		message
	});
}
function createDatabricksWriter(facts, chat) {
	const { usage: place, chatShape: shape } = facts.manners;
	if (chat && shape === "agent") return createAgentWriter(facts);
	const everywhere = place === "every-chunk" || place === "final-chunk";
	const common = {
		usage: {
			everywhere,
			atFinish: everywhere || place === "finish-chunk",
			apart: false
		},
		wholeUsage: place !== "none",
		error: (message) => sayDatabricksError(500, message)
	};
	const usageOf = (outputTokens) => countOpenAiUsage(facts, outputTokens);
	return createChunkWriter(facts, chat ? {
		...chatForm(facts),
		...common,
		usageOf: shape === "arrays" ? arraysUsage(facts) : usageOf
	} : {
		...COMPLETIONS_FORM,
		...common,
		usageOf
	});
}
function chatForm({ manners }) {
	const writeText = (text) => manners.chatShape === "arrays" && text !== "" ? [{
		type: "text",
		text
	}] : text;
	const writeThought = (text) => [{
		type: "reasoning",
		summary: [{
			type: "summary_text",
			text
		}]
	}];
	const choice = (content, finish) => ({
		index: 0,
		delta: {
			role: "assistant",
			content
		},
		logprobs: null,
		finish_reason: finish
	});
	return {
		object: "chat.completion.chunk",
		wholeObject: "chat.completion",
		idPrefix: "chatcmpl",
		opening: null,
		choice: (part, text) => choice(part === "reasoning" ? writeThought(text) : writeText(text), null),
		finish: (reason) => choice("", reason),
		answer(reasoning, text, reason) {
			return {
				index: 0,
				message: {
					role: "assistant",
					content: reasoning === "" || manners.reasoningField === "hidden" ? writeText(text) : [...writeThought(reasoning), {
						type: "text",
						text
					}]
				},
				logprobs: null,
				finish_reason: reason
			};
		}
	};
}
function arraysUsage(facts) {
	return (outputTokens, finished) => {
		const usage = countOpenAiUsage(facts, outputTokens);
		return finished ? usage : {
			...usage,
			completion_tokens: null,
			total_tokens: null
		};
	};
}
function createAgentWriter(facts) {
	const id = `chatcmpl-${facts.id}`;
	const delta = (content) => ({
		role: "assistant",
		content,
		id: `msg-${facts.id}`
	});
	const usage = (total) => facts.manners.usage === "none" ? {} : { usage: countOpenAiUsage(facts, total) };
	const token = rememberByCount((count) => formatEvent({
		id,
		delta: delta(writeTokens$1(count))
	}));
	return {
		streamType: EVENT_STREAM,
		opening: null,
		tokens: (_, count) => token(count),
		closing: (reason, total) => Buffer.from(formatEvent({
			id,
			delta: delta(""),
			finish_reason: reason,
			...usage(total)
		}) + DONE),
		error: (message) => Buffer.from(`data: ${sayDatabricksError(500, message).body}\n\n`),
		whole(reason, total) {
			const messages = [{
				role: "assistant",
				content: writeTokens$1(total),
				id: `msg-${facts.id}`
			}];
			return Buffer.from(JSON.stringify({
				messages,
				finish_reason: reason,
				...usage(total)
			}));
		}
	};
}
const databricks = {
	wire: databricksWire,
	door: {
		paths: /^\/(serving-endpoints|ai-gateway|api\/2\.0)\//,
		pages: /^\/api\/2\.0\//,
		api: "databricks",
		proof: checkWorkspace,
		denials: {
			missing: {
				status: 401,
				message: "Credential was not sent or was of an unsupported type for this API."
			},
			wrong: {
				status: 403,
				message: "Invalid access token."
			},
			expired: {
				status: 401,
				message: "Access token is expired",
				headers: { "www-authenticate": "Bearer error=\"invalid_token\", error_description=\"Access token is expired\"" }
			}
		}
	},
	server: defineServer({
		apis: ["databricks"],
		hasPlatform: true,
		headers: {
			server: "databricks",
			"x-databricks-org-id": "0"
		},
		notFound: jsonPage({
			error_code: "ENDPOINT_NOT_FOUND",
			message: "No API found"
		}, 404),
		pages: {}
	}),
	createPlatform: createWorkspace
};
function createWorkspace(options, identity, dateMs) {
	const minutes = createMinuteCounts();
	const tokens = createTokenOffice(options, identity, dateMs);
	return {
		stateOf: tokens.stateOf,
		findOpenPage(url, { method, body, headers }) {
			switch (`${method} ${url.pathname}`) {
				case "POST /oidc/v1/token": return tokens.grant(body, headers["authorization"]?.[0]);
				case "GET /oidc/.well-known/oauth-authorization-server": return jsonPage({ token_endpoint: `http://${headers["host"]?.[0] ?? ""}/oidc/v1/token` });
				default: return null;
			}
		},
		findPage(path, state, withMetrics) {
			if (!METRICS_PATH.test(path)) return showEndpoint(path, options, state);
			return withMetrics ? prometheusPage(renderEndpointMetrics(state, minutes.readLast(state.nowMs))) : null;
		},
		noteAnswer: minutes.noteAnswer
	};
}
const METRICS_PATH = /^\/api\/2\.0\/serving-endpoints\/[^/]+\/metrics$/;
function checkWorkspace(request, keys) {
	const own = checkToken(request, keys);
	if (own === "good" || own === "expired" || keys.apiKey === null) return own;
	const asPassword = checkBasic(request, `token:${keys.apiKey}`);
	return asPassword === "missing" ? checkKey(readBearer(request), keys.apiKey) : asPassword;
}
// src/simulator/wires/openai-responses.ts
const FIELDS = {
	...listFields("text", "model instructions previous_response_id prompt_cache_key prompt_cache_retention safety_identifier service_tier truncation user cache_salt request_id"),
	...listFields("whole", "max_output_tokens max_tool_calls top_logprobs top_k min_tokens seed priority"),
	...listFields("number", "temperature top_p presence_penalty frequency_penalty repetition_penalty"),
	...listFields("flag", "background parallel_tool_calls store stream ignore_eos include_stop_str_in_output skip_special_tokens"),
	...listFields("list", "include tools context_management"),
	...listFields("object", "metadata prompt reasoning text access_programs image moderation prompt_cache_options mm_processor_kwargs vllm_xargs logit_bias structured_outputs"),
	...listFields("text|object", "tool_choice conversation"),
	stop: "text|list",
	input: "text|list",
	stream_options: { include_obfuscation: "flag" }
};
const openAiResponsesWire = {
	api: "openai-responses",
	alwaysStrict: false,
	words: {
		...OPENAI_WORDS,
		unknownField: (path) => `Unknown parameter: '${path}'.`,
		wrongTask: () => ({
			status: 400,
			message: "The model does not support Responses API"
		})
	},
	route(url) {
		if (url.pathname === "/openai/responses") return {
			task: "chat",
			model: null,
			stream: null,
			form: "azure"
		};
		if (url.pathname === "/serving-endpoints/responses") return {
			task: "chat",
			model: null,
			stream: null,
			form: ""
		};
		return findOpenAiRoute(url, "/responses", "chat");
	},
	fields: () => FIELDS,
	headerProblem: () => null,
	taskOf: () => "chat",
	read(body, route) {
		const maxTokens = readTokens(body, "max_output_tokens");
		return completeRequest({
			task: "chat",
			model: route.model ?? readModel(body),
			stream: body["stream"] === true,
			texts: [readInput(body)],
			maxTokens: maxTokens ?? 256,
			ignoreEos: body["ignore_eos"] === true,
			cacheSalt: typeof body["cache_salt"] === "string" ? body["cache_salt"] : "",
			reasons: true,
			answer: (facts) => createResponsesWriter(facts, maxTokens)
		});
	},
	error: sayOpenAiError
};
function readInput(body) {
	const { input, instructions } = body;
	const before = typeof instructions === "string" ? `${instructions}\n` : "";
	if (typeof input === "string") return before + input;
	if (!Array.isArray(input) || input.length === 0) throw new Refused("input must be a text or a list of items");
	return before + input.map((item) => asObject(item)?.["content"]).map((content) => content === void 0 ? "" : readContent(content)).join("\n");
}
function createResponsesWriter(facts, maxTokens) {
	const thinks = showsReasoning(facts);
	let sequence = 0;
	let open = null;
	let items = 0;
	let written = 0;
	const done = [];
	function event(type, members) {
		return formatEvent({
			type,
			sequence_number: sequence++,
			...members
		}, type);
	}
	function place(part) {
		const index = part === "text" && thinks ? 1 : 0;
		const where = {
			item_id: itemId(facts, part),
			output_index: index
		};
		return part === "text" ? {
			...where,
			content_index: 0
		} : {
			...where,
			summary_index: 0
		};
	}
	function start(part) {
		open = part;
		written = 0;
		return event("response.output_item.added", {
			output_index: items++,
			item: item(facts, part, "", "in_progress")
		}) + event(NAMES[part].added, {
			...place(part),
			part: piece(part, "")
		});
	}
	function stop() {
		if (open === null) return "";
		const part = open;
		const text = writeTokens$1(written);
		const finished = item(facts, part, text, "completed");
		done.push(finished);
		open = null;
		return event(NAMES[part].textDone, {
			...place(part),
			text,
			...part === "text" ? { logprobs: [] } : {}
		}) + event(NAMES[part].done, {
			...place(part),
			part: piece(part, text)
		}) + event("response.output_item.done", {
			output_index: items - 1,
			item: finished
		});
	}
	const begun = response(facts, maxTokens, {
		status: "in_progress",
		output: [],
		usage: null
	});
	return {
		streamType: EVENT_STREAM,
		opening: Buffer.from(event("response.created", { response: begun }) + event("response.in_progress", { response: begun })),
		tokens(part, count) {
			const before = open === part ? "" : stop() + start(part);
			written += count;
			const delta = {
				...place(part),
				delta: writeTokens$1(count),
				...part === "text" ? { logprobs: [] } : {}
			};
			return Buffer.from(before + event(NAMES[part].delta, delta));
		},
		closing(finish, total) {
			const rest = stop();
			const ended = response(facts, maxTokens, {
				...endOf(finish),
				output: done,
				usage: usageOf(facts, total)
			});
			return Buffer.from(rest + event(`response.${endOf(finish).status}`, { response: ended }));
		},
		error: (message) => Buffer.from(event("error", {
			code: "server_error",
			message,
			param: null
		})),
		whole(finish, total) {
			const output = buildParts(facts, total, (part, text) => item(facts, part, text, "completed"));
			const ended = {
				...endOf(finish),
				output,
				usage: usageOf(facts, total)
			};
			return Buffer.from(JSON.stringify(response(facts, maxTokens, ended)));
		}
	};
}
const NAMES = {
	text: {
		added: "response.content_part.added",
		delta: "response.output_text.delta",
		textDone: "response.output_text.done",
		done: "response.content_part.done"
	},
	reasoning: {
		added: "response.reasoning_summary_part.added",
		delta: "response.reasoning_summary_text.delta",
		textDone: "response.reasoning_summary_text.done",
		done: "response.reasoning_summary_part.done"
	}
};
function piece(part, text) {
	return part === "text" ? {
		type: "output_text",
		text,
		annotations: [],
		logprobs: []
	} : {
		type: "summary_text",
		text
	};
}
function itemId({ id }, part) {
	return `${part === "text" ? "msg" : "rs"}_${formatHex(id, 48)}`;
}
function item(facts, part, text, status) {
	const id = itemId(facts, part);
	const pieces = text === "" && status === "in_progress" ? [] : [piece(part, text)];
	return part === "text" ? {
		id,
		type: "message",
		status,
		role: "assistant",
		content: pieces
	} : {
		id,
		type: "reasoning",
		summary: pieces
	};
}
function endOf(finish) {
	return finish === "length" ? {
		status: "incomplete",
		incomplete_details: { reason: "max_output_tokens" }
	} : {
		status: "completed",
		incomplete_details: null
	};
}
function response(facts, maxTokens, members) {
	return {
		id: `resp_${formatHex(facts.id, 48)}`,
		object: "response",
		created_at: facts.created,
		error: null,
		incomplete_details: null,
		instructions: null,
		max_output_tokens: maxTokens,
		metadata: {},
		model: facts.model,
		parallel_tool_calls: true,
		previous_response_id: null,
		reasoning: {
			effort: null,
			summary: null
		},
		store: false,
		temperature: 1,
		text: { format: { type: "text" } },
		tool_choice: "auto",
		tools: [],
		top_p: 1,
		truncation: "disabled",
		user: null,
		...members
	};
}
function usageOf({ inputTokens, cachedTokens, reasoningTokens }, outputTokens) {
	return {
		input_tokens: inputTokens,
		input_tokens_details: { cached_tokens: cachedTokens ?? 0 },
		output_tokens: outputTokens,
		output_tokens_details: { reasoning_tokens: Math.min(reasoningTokens, outputTokens) },
		total_tokens: inputTokens + outputTokens
	};
}
// src/simulator/databricks/settings.ts
const PLATFORM_NAME = "Databricks";
const PLATFORM_SETTINGS = {
	chatShape: setting({
		name: "databricks-shape",
		group: "Answers",
		help: `How ${PLATFORM_NAME} streams a chat: ${CHAT_SHAPES.join(", ")}`,
		placeholder: "SHAPE",
		default: CHAT_SHAPES[0],
		commandOnly: true,
		read: readChoice(CHAT_SHAPES)
	}),
	endpointPage: setting({
		name: "endpoint-page",
		group: "Pages",
		help: `Members of the page of a ${PLATFORM_NAME} serving endpoint, merged into it; \`denied\` refuses the page`,
		placeholder: "JSON",
		default: "{}",
		commandOnly: true,
		read: readEndpointPage
	}),
	configUpdateAfter: setting({
		name: "config-update-after",
		group: "Pages",
		help: `When the page of a ${PLATFORM_NAME} serving endpoint shows a change of configuration and then another version; \`none\`: never`,
		placeholder: "TIME",
		default: "none",
		commandOnly: true,
		read: allowNone(readDuration())
	}),
	clientId: setting({
		name: "client-id",
		group: "Access",
		help: `Client that may fetch a token at \`/oidc/v1/token\`, which a ${PLATFORM_NAME} workspace has`,
		placeholder: "ID",
		default: null,
		commandOnly: true,
		read: readText$2
	})
};
// src/simulator/repertoire.ts
const SHIPPED = {
	wires: [
		openAiChatWire,
		openAiCompletionsWire,
		openAiEmbeddingsWire,
		openAiResponsesWire,
		databricks.wire
	],
	doors: [databricks.door, ...DOORS],
	itself: ITSELF,
	servers: {
		...SERVERS,
		databricks: databricks.server
	},
	metrics: METRICS,
	proofs: PROOFS,
	createPlatform: databricks.createPlatform,
	createIdentity: null
};
// src/simulator/faults.ts
const FAULT_KINDS = {
	"429": {
		help: "refused with 429 and Retry-After",
		argument: "duration",
		default: "1s"
	},
	"500": {
		help: "refused with 500",
		argument: null,
		default: null
	},
	"503": {
		help: "refused with 503 and Retry-After",
		argument: "duration",
		default: "1s"
	},
	refuse: {
		help: "refused with 400 when the body has this field",
		argument: "field",
		default: "stream_options"
	},
	expired: {
		help: "refused as if its token had expired",
		argument: null,
		default: null
	},
	"413": {
		help: "refused as if its body was too large",
		argument: null,
		default: null
	},
	context: {
		help: "refused when it does not fit into so many tokens",
		argument: "count",
		default: "16"
	},
	redirect: {
		help: "redirected with 307",
		argument: "URL",
		default: "/elsewhere"
	},
	html: {
		help: "an HTML page with this status",
		argument: "status",
		default: "200"
	},
	json: {
		help: "one JSON answer although a stream was asked for",
		argument: null,
		default: null
	},
	empty: {
		help: "a complete answer without a token",
		argument: null,
		default: null
	},
	"slow-headers": {
		help: "nothing at all, not even headers, for this long",
		argument: "duration",
		default: "2s"
	},
	"slow-start": {
		help: "the role at once, no token for this long",
		argument: "duration",
		default: "1s"
	},
	stall: {
		help: "silence in the middle of the answer",
		argument: "duration",
		default: "120s"
	},
	"error-event": {
		help: "an error event in the middle of the answer",
		argument: null,
		default: null
	},
	close: {
		help: "the connection cut in the middle of the answer",
		argument: null,
		default: null
	},
	buffer: {
		help: "all events held back until the end",
		argument: null,
		default: null
	},
	"buffer-16k": {
		help: "nothing, not even headers, until 16 KiB are there, as some proxies do",
		argument: null,
		default: null
	},
	"late-usage": {
		help: "everything after the last token so much later",
		argument: "duration",
		default: "1s"
	},
	comments: {
		help: "keep-alive comments, one each such time, until the answer begins",
		argument: "duration",
		default: "1s"
	},
	"unknown-event": {
		help: "an event that nobody knows, after the first",
		argument: null,
		default: null
	},
	retry: {
		help: "`retry:` and `id:` lines in the events",
		argument: null,
		default: null
	},
	"long-line": {
		help: "in the middle a line without an end",
		argument: null,
		default: null
	},
	gateway: {
		help: "headers of a gateway: retries, fallbacks or cached",
		argument: "gateway",
		default: "retries"
	},
	gzip: {
		help: "the answer compressed although nobody asked",
		argument: null,
		default: null
	},
	"content-type": {
		help: "a stream that calls itself application/json",
		argument: null,
		default: null
	},
	"connection-close": {
		help: "the connection closed after the answer",
		argument: null,
		default: null
	}
};
const GATEWAY_DEEDS = [
	"retries",
	"fallbacks",
	"cached"
];
function readFault(text) {
	const [kind = "", ...rest] = text.trim().split("=");
	if (!Object.hasOwn(FAULT_KINDS, kind)) throw new ValueError(`must name a fault, one of ${Object.keys(FAULT_KINDS).join(", ")}`);
	const known = FAULT_KINDS[kind];
	if (rest.length > 0 && known.argument === null) throw new ValueError(`must give ${kind} no argument`);
	const argument = rest.length > 0 ? rest.join("=") : known.default ?? "";
	if (known.argument === "duration") readDuration()(argument);
	if (known.argument === "status") readCount({
		min: 200,
		max: 599
	})(argument);
	if (known.argument === "count") readCount()(argument);
	if (known.argument === "gateway") readChoice(GATEWAY_DEEDS)(argument);
	return {
		kind,
		argument
	};
}
function readFaultRules(text) {
	return text.split(",").map((part) => {
		const [fault = "", when = "100%", ...more] = part.split("@");
		if (more.length > 0) throw new ValueError(`must have one @ in a fault, for example 429@1%`);
		const every = /^every-(.*)$/.exec(when.trim());
		return every === null ? {
			fault: readFault(fault),
			share: readShare()(when),
			every: null
		} : {
			fault: readFault(fault),
			share: 0,
			every: readCount()(every[1])
		};
	});
}
function faultDurationMs(fault) {
	return readDuration()(fault.argument);
}
function createFaultPicker(rules, random) {
	let requests = 0;
	return () => {
		requests++;
		return rules.filter(({ share, every }) => every === null ? random() < share : requests % every === 0)[0]?.fault ?? null;
	};
}
function refuseByFault(fault, { words }, body) {
	const retryAfter = () => ({ "retry-after": Math.ceil(faultDurationMs(fault) / 1e3) });
	switch (fault.kind) {
		case "429": return {
			status: 429,
			message: "simulated rate limit",
			headers: retryAfter()
		};
		case "503": return {
			status: 503,
			message: "simulated overload",
			headers: retryAfter()
		};
		case "500": return {
			status: 500,
			message: "simulated failure"
		};
		case "413": return {
			status: 413,
			message: "Request body too large",
			headers: { connection: "close" }
		};
		case "redirect": return {
			status: 307,
			message: "Temporary Redirect",
			headers: { location: fault.argument }
		};
		case "html": return {
			status: Number(fault.argument),
			message: "a page of a proxy",
			body: "<!doctype html><html><head><title>Simulated page</title></head><body><pre>proxy</pre></body></html>",
			type: "text/html; charset=utf-8"
		};
		case "refuse": return fault.argument in parseBody(body) ? {
			status: words.badBody,
			message: words.unknownField(fault.argument)
		} : null;
		default: return null;
	}
}
const GATEWAY = {
	retries: [["x-litellm-attempted-retries", "2"]],
	fallbacks: [["x-litellm-attempted-fallbacks", "1"]],
	cached: [["x-litellm-cache-key", "simulated"], ["x-cache", "HIT"]]
};
function listGatewayHeaders(fault) {
	return fault?.kind === "gateway" ? GATEWAY[fault.argument] : [];
}
// src/simulator/spread.ts
const HOUR_MS = 36e5;
const CORRELATION = .5;
function createSpread(options) {
	const { runSeed, runSpread, runPauseMs, hourSpread, epochMs, seed } = options;
	const start = drawFactors(options.startSpread, seedRandom(`${runSeed}/start`));
	let runs = 0;
	let run = multiply(start, drawFactors(runSpread, seedRandom(`${runSeed}/run`)));
	let hour = NaN;
	let now = run;
	return {
		noteRequest(at, idleSince) {
			if (idleSince === null || at - idleSince < runPauseMs) return;
			run = multiply(start, drawFactors(runSpread, seedRandom(`${runSeed}/run ${++runs}`)));
			hour = NaN;
		},
		at(at) {
			const current = Math.floor((epochMs + at) / HOUR_MS);
			if (current !== hour) {
				hour = current;
				now = multiply(run, drawFactors(hourSpread, seedRandom(`${seed}/hour ${current}`)));
			}
			return now;
		}
	};
}
function toFactor(sd, deviate) {
	const variance = Math.log(1 + sd * sd);
	return Math.exp(Math.sqrt(variance) * deviate - variance / 2);
}
function drawFactors(sd, random) {
	const decode = drawNormal(random);
	return {
		prefill: toFactor(sd, CORRELATION * decode + Math.sqrt(1 - CORRELATION ** 2) * drawNormal(random)),
		decode: toFactor(sd, decode)
	};
}
function multiply(a, b) {
	return {
		prefill: a.prefill * b.prefill,
		decode: a.decode * b.decode
	};
}
// src/simulator/engine.ts
const ENGINE_DEFAULTS = {
	slots: 16,
	overheadMs: 20,
	prefillMsPerToken: .06,
	decodeMs: 9.5,
	decodeMsPerSequence: .5,
	tokensPerChunk: 1,
	jitter: 0,
	startSpread: 0,
	hourSpread: 0,
	runSpread: 0,
	runPauseMs: 6e4,
	epochMs: 0,
	seed: "simulator",
	runSeed: "simulator"
};
function createEngine(options = {}, observer = null) {
	const model = {
		...ENGINE_DEFAULTS,
		...options
	};
	const spread = createSpread(model);
	const steps = seedRandom(`${model.seed}/steps`);
	const jitter = model.jitter === 0 ? () => 1 : () => toFactor(model.jitter, drawNormal(steps));
	const sequences = /* @__PURE__ */ new Map();
	const running = [];
	let queue = [];
	let queueHead = 0;
	let admitted = [];
	let prefilled = 0;
	let stepEndsAt = null;
	let boundaryAt = -Infinity;
	let advancedTo = -Infinity;
	let lastArrival = -Infinity;
	let idleSince = null;
	function findNextStart() {
		if (running.length > 0) return boundaryAt;
		while (queueHead < queue.length && queue[queueHead].cancelled) queueHead++;
		return queueHead < queue.length ? Math.max(boundaryAt, queue[queueHead].arrivesAt) : null;
	}
	function beginStep(startsAt) {
		let at = startsAt;
		admitted = [];
		prefilled = 0;
		for (; queueHead < queue.length && running.length < model.slots; queueHead++) {
			const sequence = queue[queueHead];
			if (sequence.cancelled) continue;
			if (sequence.arrivesAt > startsAt) break;
			observer?.noteAdmission(sequence.id, at, at - sequence.arrivesAt);
			at += sequence.prefillMs * jitter();
			sequence.firstTokenAt = at;
			admitted.push(sequence);
			running.push(sequence);
		}
		if (queueHead > 1024 && queueHead * 2 > queue.length) {
			queue = queue.slice(queueHead);
			queueHead = 0;
		}
		let batch = 0;
		for (const sequence of running) if (sequence.outputTokens > 1) batch++;
		if (batch > 0) {
			observer?.noteStep(batch);
			at += spread.at(startsAt).decode * (model.decodeMs + model.decodeMsPerSequence * batch) * jitter();
		}
		stepEndsAt = at;
	}
	function forget(id, at) {
		sequences.delete(id);
		if (sequences.size === 0) idleSince = at;
	}
	function addToken(sequence, at, events) {
		sequence.tokens++;
		sequence.unsent++;
		const last = sequence.tokens === sequence.outputTokens;
		if (last) forget(sequence.id, at);
		if (!last && sequence.tokens > 1 && sequence.unsent < model.tokensPerChunk) return;
		sequence.unsent = 0;
		events.push({
			at,
			id: sequence.id,
			tokens: sequence.tokens,
			last
		});
	}
	function endStep(at, events) {
		let kept = 0;
		for (const sequence of running) {
			if (sequence.cancelled) continue;
			if (sequence.tokens < sequence.outputTokens) addToken(sequence, at, events);
			if (sequence.tokens < sequence.outputTokens) running[kept++] = sequence;
		}
		running.length = kept;
		boundaryAt = at;
		stepEndsAt = null;
	}
	return {
		submit(id, { inputTokens, outputTokens, at }) {
			if (sequences.has(id)) throw new Error(`request ${id} is already in the engine`);
			if (!(outputTokens >= 1)) throw new Error(`request ${id} asks for ${outputTokens} tokens; at least 1 is needed`);
			spread.noteRequest(at, idleSince);
			idleSince = null;
			const { prefill } = spread.at(at);
			const arrivesAt = Math.max(lastArrival, at + prefill * model.overheadMs);
			lastArrival = arrivesAt;
			const sequence = {
				id,
				arrivesAt,
				prefillMs: prefill * model.prefillMsPerToken * inputTokens,
				outputTokens: Math.floor(outputTokens),
				firstTokenAt: 0,
				tokens: 0,
				unsent: 0,
				cancelled: false
			};
			sequences.set(id, sequence);
			queue.push(sequence);
		},
		cancel(id) {
			const sequence = sequences.get(id);
			if (sequence === void 0) return false;
			sequence.cancelled = true;
			forget(id, advancedTo);
			const place = stepEndsAt === null ? running.indexOf(sequence) : -1;
			if (place >= 0) running.splice(place, 1);
			return true;
		},
		nextEventAt() {
			if (stepEndsAt === null) {
				const start = findNextStart();
				if (start === null || start > advancedTo) return start;
				beginStep(start);
			}
			return prefilled < admitted.length ? admitted[prefilled].firstTokenAt : stepEndsAt;
		},
		advanceTo(at) {
			const events = [];
			for (;;) {
				if (stepEndsAt === null) {
					const start = findNextStart();
					if (start === null || start >= at) break;
					beginStep(start);
				}
				for (; prefilled < admitted.length && admitted[prefilled].firstTokenAt <= at; prefilled++) {
					const sequence = admitted[prefilled];
					if (!sequence.cancelled) addToken(sequence, sequence.firstTokenAt, events);
				}
				if (stepEndsAt === null || stepEndsAt > at) break;
				endStep(stepEndsAt, events);
			}
			advancedTo = Math.max(advancedTo, at);
			return events;
		},
		get running() {
			return running.length;
		},
		get waiting() {
			return sequences.size - running.filter((s) => !s.cancelled && s.tokens < s.outputTokens).length;
		}
	};
}
// src/simulator/options.ts
const SIMULATOR_DEFAULTS = {
	port: 0,
	engine: {},
	server: null,
	metrics: null,
	foreignLoad: 0,
	model: "simulated-model",
	usage: "final-chunk",
	reasoning: 0,
	reasoningField: "reasoning_content",
	chatShape: CHAT_SHAPES[0],
	strict: false,
	checkModel: false,
	task: null,
	tokensPerWord: 1,
	templateTokens: 8,
	contextTokens: 131072,
	earlyStop: 0,
	prefixCache: false,
	embeddingDimensions: 64,
	faults: [],
	seed: ENGINE_DEFAULTS.seed,
	auth: null,
	apiKey: null,
	clientId: null,
	clientSecret: null,
	tokenLifetimeMs: 36e5,
	endpointPage: {},
	configUpdateAfterMs: null,
	requestsPerMinute: null,
	coldStartMs: 0,
	bodyLimitBytes: 4194304,
	logLimit: 1e4,
	logStamps: false
};
// src/simulator/endpoint-settings.ts
const ANSWER_SETTINGS = {
	model: setting({
		name: "model",
		group: "Answers",
		help: "Name of the model in answers",
		placeholder: "NAME",
		default: SIMULATOR_DEFAULTS.model,
		commandOnly: true,
		read: readText$2
	}),
	usage: setting({
		name: "usage",
		group: "Answers",
		help: `Where a stream of OpenAI-like APIs and of ${PLATFORM_NAME} states its token counts: ${USAGE_PLACES.join(", ")}`,
		placeholder: "PLACE",
		default: SIMULATOR_DEFAULTS.usage,
		commandOnly: true,
		read: readChoice(USAGE_PLACES)
	}),
	reasoning: setting({
		name: "reasoning",
		group: "Answers",
		help: "Reasoning tokens before the answer, of the tokens asked for, where the API has a place for them",
		placeholder: "N",
		default: "0",
		commandOnly: true,
		read: readCount({
			min: 0,
			max: 1e5
		})
	}),
	reasoningField: setting({
		name: "reasoning-field",
		group: "Answers",
		help: `Where OpenAI-like chat puts reasoning: ${REASONING_FIELDS.join(", ")} (counted and never sent, by every API)`,
		placeholder: "NAME",
		default: SIMULATOR_DEFAULTS.reasoningField,
		commandOnly: true,
		read: readChoice(REASONING_FIELDS)
	}),
	chatShape: PLATFORM_SETTINGS.chatShape,
	strict: setting({
		name: "strict",
		group: "Answers",
		help: `Refuse every field that the API does not document, and every field of a wrong type; ${PLATFORM_NAME} always does`,
		placeholder: "BOOL",
		default: "false",
		switch: true,
		commandOnly: true,
		read: readBoolean
	}),
	checkModel: setting({
		name: "check-model",
		group: "Answers",
		help: "Refuse requests for another model than `model`",
		placeholder: "BOOL",
		default: "false",
		switch: true,
		commandOnly: true,
		read: readBoolean
	}),
	task: setting({
		name: "task",
		group: "Answers",
		help: `Serve one task only: ${TASKS.join(", ")}; \`all\` serves each`,
		placeholder: "TASK",
		default: "all",
		commandOnly: true,
		read: allowWord("all", readChoice(TASKS))
	}),
	contextTokens: setting({
		name: "context-tokens",
		group: "Answers",
		help: "Input and output tokens that fit together; more are refused",
		placeholder: "N",
		default: "131072",
		commandOnly: true,
		read: readCount()
	}),
	tokensPerWord: setting({
		name: "tokens-per-word",
		group: "Answers",
		help: "Input tokens that a word of a prompt counts for",
		placeholder: "N",
		default: "1",
		commandOnly: true,
		read: readNumber({
			min: .1,
			max: 10
		})
	}),
	templateTokens: setting({
		name: "template-tokens",
		group: "Answers",
		help: "Input tokens that the chat template adds",
		placeholder: "N",
		default: "8",
		commandOnly: true,
		read: readCount({
			min: 0,
			max: 1e4
		})
	}),
	earlyStop: setting({
		name: "early-stop",
		group: "Answers",
		help: "Share of answers that end early, unless the request says `ignore_eos`",
		placeholder: "SHARE",
		default: "0%",
		commandOnly: true,
		read: readShare()
	}),
	fault: setting({
		name: "fault",
		group: "Answers",
		help: "Faults, each with a share or every Nth request, for example `429@1%, stall=5s@every-50`: " + Object.keys(FAULT_KINDS).join(", "),
		placeholder: "LIST",
		default: "none",
		common: true,
		commandOnly: true,
		read: allowNone(readFaultRules)
	})
};
const PAGE_SETTINGS = {
	server: defineServerSetting(SHIPPED.servers),
	metrics: defineMetricsSetting(SHIPPED.metrics),
	endpointPage: PLATFORM_SETTINGS.endpointPage,
	configUpdateAfter: PLATFORM_SETTINGS.configUpdateAfter
};
function defineServerSetting(servers) {
	const names = Object.keys(servers);
	return setting({
		name: "server",
		group: "Pages",
		help: `Server that is played, with its pages and APIs and no others: ${names.join(", ")}; \`none\` has the APIs of all`,
		placeholder: "NAME",
		default: "none",
		common: true,
		commandOnly: true,
		read: allowNone((text) => servers[readChoice(names)(text)])
	});
}
function defineMetricsSetting(metrics) {
	const names = [...Object.keys(metrics), "none"];
	return setting({
		name: "metrics",
		group: "Pages",
		help: `Whose metrics \`GET /metrics\` shows: ${names.join(", ")}; \`auto\`: those of the server`,
		placeholder: "NAME",
		default: "auto",
		commandOnly: true,
		read: allowWord("auto", (text) => metrics[readChoice(names)(text)] ?? "none")
	});
}
const ACCESS_SETTINGS = {
	port: setting({
		name: "port",
		group: "Access",
		help: "Port on 127.0.0.1; 0 takes a free one",
		placeholder: "N",
		default: "8000",
		common: true,
		commandOnly: true,
		read: readCount({
			min: 0,
			max: 65535
		})
	}),
	auth: defineAuthSetting(SHIPPED.proofs),
	clientId: PLATFORM_SETTINGS.clientId,
	clientSecret: setting({
		name: "client-secret",
		group: "Access",
		help: "Its secret",
		placeholder: "SECRET",
		default: null,
		secret: true,
		commandOnly: true,
		read: readText$2
	}),
	tokenLifetime: setting({
		name: "token-lifetime",
		group: "Access",
		help: "How long a fetched token holds",
		placeholder: "TIME",
		default: "1h",
		commandOnly: true,
		read: readDuration()
	}),
	bodyLimit: setting({
		name: "body-limit",
		group: "Access",
		help: "Bytes of a request body; larger ones are refused with 413",
		placeholder: "N",
		default: "4194304",
		commandOnly: true,
		read: readCount()
	}),
	apiKey: setting({
		name: "api-key",
		group: "Access",
		help: "Key that requests must carry; `user:password` with `auth: basic`",
		placeholder: "KEY",
		default: null,
		secret: true,
		commandOnly: true,
		read: readText$2
	}),
	requestsPerMinute: setting({
		name: "requests-per-minute",
		group: "Access",
		help: "Rate limit, with headers that state it; `none` for no limit",
		placeholder: "N",
		default: "none",
		commandOnly: true,
		read: allowNone(readCount())
	}),
	logStamps: setting({
		name: "log-stamps",
		group: "Access",
		help: "Keep the send time of every event for `GET /simulator/log`",
		placeholder: "BOOL",
		default: "false",
		switch: true,
		commandOnly: true,
		read: readBoolean
	})
};
function defineAuthSetting(proofs) {
	return setting({
		name: "auth",
		group: "Access",
		help: `How requests must prove who asks: ${Object.keys(proofs).join(", ")}, header:<name>; \`auto\`: as each API wants it`,
		placeholder: "FORM",
		default: "auto",
		commandOnly: true,
		read: allowWord("auto", (text) => readProof(text, proofs))
	});
}
// src/simulator/model-settings.ts
const group = "Model";
const readModelTime = readDuration({ maxMs: 36e5 });
const MODEL_SETTINGS = {
	slots: setting({
		name: "slots",
		group,
		help: "Sequences that decode together; more than that wait in a queue",
		placeholder: "N",
		default: "16",
		common: true,
		commandOnly: true,
		read: readCount({ max: 4096 })
	}),
	overhead: setting({
		name: "overhead",
		group,
		help: "Fixed time before a request reaches the queue; it blocks nobody",
		placeholder: "TIME",
		default: "20ms",
		commandOnly: true,
		read: readModelTime
	}),
	prefillPer1000Tokens: setting({
		name: "prefill-per-1000-tokens",
		group,
		help: "Prefill time of 1000 input tokens; nobody decodes meanwhile",
		placeholder: "TIME",
		default: "60ms",
		common: true,
		commandOnly: true,
		read: readModelTime
	}),
	decode: setting({
		name: "decode",
		group,
		help: "Time of a decode step, whatever the batch",
		placeholder: "TIME",
		default: "9.5ms",
		common: true,
		commandOnly: true,
		read: readModelTime
	}),
	decodePerSequence: setting({
		name: "decode-per-sequence",
		group,
		help: "Time that each sequence in the batch adds to a decode step",
		placeholder: "TIME",
		default: "0.5ms",
		common: true,
		commandOnly: true,
		read: readModelTime
	}),
	tokensPerChunk: setting({
		name: "tokens-per-chunk",
		group,
		help: "Tokens in one event of a stream, after the first token",
		placeholder: "N",
		default: "1",
		commandOnly: true,
		read: readCount({ max: 1e3 })
	}),
	slowdown: setting({
		name: "slowdown",
		group,
		help: "Factor on the times: one for all, or for example `tpot=1.2, ttft=1.1`",
		placeholder: "FACTOR",
		default: "1",
		common: true,
		commandOnly: true,
		read: readSlowdown
	}),
	jitter: setting({
		name: "jitter",
		group,
		help: "Relative standard deviation of each prefill and each step",
		placeholder: "SHARE",
		default: "3%",
		commandOnly: true,
		read: readShare({ max: 2 })
	}),
	startSpread: setting({
		name: "start-spread",
		group,
		help: "Relative standard deviation between two starts of the same simulator, in prefill and in decoding (correlation .5)",
		placeholder: "SHARE",
		default: "0%",
		commandOnly: true,
		read: readShare({ max: 2 })
	}),
	hourSpread: setting({
		name: "hour-spread",
		group,
		help: "The same between two hours of the clock; simulators with the same `seed` have the same hours",
		placeholder: "SHARE",
		default: "0%",
		commandOnly: true,
		read: readShare({ max: 2 })
	}),
	runSpread: setting({
		name: "run-spread",
		group,
		help: "The same between two runs, of one start too; a run ends with `run-pause`",
		placeholder: "SHARE",
		default: "0%",
		commandOnly: true,
		read: readShare({ max: 2 })
	}),
	runPause: setting({
		name: "run-pause",
		group,
		help: "Time without any request after which the next request begins another run",
		placeholder: "TIME",
		default: "1m",
		commandOnly: true,
		read: readDuration()
	}),
	seed: setting({
		name: "seed",
		group,
		help: "Seed of jitter, hours, faults and early stops",
		placeholder: "TEXT",
		default: SIMULATOR_DEFAULTS.seed,
		commandOnly: true,
		read: readText$2
	}),
	runSeed: setting({
		name: "run-seed",
		group,
		help: "Seed of `start-spread` and `run-spread`; `random` draws a new one at each start",
		placeholder: "TEXT",
		default: "random",
		commandOnly: true,
		read: allowWord("random", readText$2)
	}),
	prefixCache: setting({
		name: "prefix-cache",
		group,
		help: "Remember prompts, skip the prefill of what is known and report `cached_tokens`",
		placeholder: "BOOL",
		default: "false",
		switch: true,
		commandOnly: true,
		read: readBoolean
	}),
	coldStart: setting({
		name: "cold-start",
		group,
		help: "Answer 503 for this long after the start",
		placeholder: "TIME",
		default: "0s",
		commandOnly: true,
		read: readDuration()
	}),
	foreignLoad: setting({
		name: "foreign-load",
		group,
		help: "Requests of somebody else that are always there; they take slots and time, and show in the metrics",
		placeholder: "N",
		default: "0",
		commandOnly: true,
		read: readCount({
			min: 0,
			max: 4096
		})
	})
};
function readSlowdown(text) {
	const wrong = new ValueError("must be a factor from 0.01 to 100, for example 1.2 or tpot=1.2, ttft=1.1");
	const factor = (given) => {
		const value = parseDecimal(given);
		if (value === null || value < .01 || value > 100) throw wrong;
		return value;
	};
	if (!text.includes("=")) return {
		ttft: factor(text),
		tpot: factor(text)
	};
	const slowdown = {
		ttft: 1,
		tpot: 1
	};
	for (const part of text.split(",")) {
		const match = /^\s*(ttft|tpot)\s*=(.*)$/.exec(part);
		if (match === null) throw wrong;
		slowdown[match[1]] = factor(match[2]);
	}
	return slowdown;
}
// src/simulator/settings.ts
const SIMULATOR_SETTINGS = {
	...MODEL_SETTINGS,
	...ANSWER_SETTINGS,
	...PAGE_SETTINGS,
	...ACCESS_SETTINGS
};
function defineSimulatorSettings({ servers, metrics, proofs }) {
	return {
		...SIMULATOR_SETTINGS,
		server: defineServerSetting(servers),
		metrics: defineMetricsSetting(metrics),
		auth: defineAuthSetting(proofs)
	};
}
function toSimulatorOptions(values) {
	const { ttft, tpot } = values.slowdown;
	return {
		...SIMULATOR_DEFAULTS,
		port: values.port,
		engine: {
			slots: values.slots,
			overheadMs: ttft * values.overhead,
			prefillMsPerToken: ttft * values.prefillPer1000Tokens / 1e3,
			decodeMs: tpot * values.decode,
			decodeMsPerSequence: tpot * values.decodePerSequence,
			tokensPerChunk: values.tokensPerChunk,
			jitter: values.jitter,
			startSpread: values.startSpread,
			hourSpread: values.hourSpread,
			runSpread: values.runSpread,
			runPauseMs: values.runPause,
			seed: values.seed,
			runSeed: values.runSeed === "random" ? randomUUID() : values.runSeed
		},
		model: values.model,
		usage: values.usage,
		reasoning: values.reasoning,
		reasoningField: values.reasoningField,
		chatShape: values.chatShape,
		strict: values.strict,
		checkModel: values.checkModel,
		task: values.task === "all" ? null : values.task,
		contextTokens: values.contextTokens,
		tokensPerWord: values.tokensPerWord,
		templateTokens: values.templateTokens,
		earlyStop: values.earlyStop,
		prefixCache: values.prefixCache,
		faults: values.fault ?? [],
		seed: values.seed,
		server: values.server,
		metrics: values.metrics === "auto" ? null : values.metrics,
		foreignLoad: values.foreignLoad,
		endpointPage: values.endpointPage,
		configUpdateAfterMs: values.configUpdateAfter,
		auth: values.auth === "auto" ? null : values.auth,
		clientId: values.clientId,
		clientSecret: values.clientSecret,
		tokenLifetimeMs: values.tokenLifetime,
		bodyLimitBytes: values.bodyLimit,
		apiKey: values.apiKey,
		requestsPerMinute: values.requestsPerMinute,
		coldStartMs: values.coldStart,
		logStamps: values.logStamps
	};
}
// src/simulator/admission.ts
function findDestination(wires, url) {
	for (const wire of wires) {
		const route = wire.route(url);
		if (route !== null) return {
			wire,
			route
		};
	}
	return null;
}
function findWire(wires, api) {
	return wires.find((wire) => wire.api === api) ?? wires[0];
}
function refuseUnread(request, body, { upMs }, { guard, options }) {
	if (request.method !== "POST") return {
		status: 405,
		message: "Method Not Allowed"
	};
	if (upMs < options.coldStartMs) return {
		status: 503,
		message: "the model is loading",
		headers: { "retry-after": Math.ceil((options.coldStartMs - upMs) / 1e3) }
	};
	const denial = guard(request);
	if (denial !== null) return denial;
	return body === null ? {
		status: 413,
		message: "Request body too large",
		headers: { connection: "close" }
	} : null;
}
function admit({ wire, route }, headers, text, rules) {
	const { words } = wire;
	const body = parseBody(text);
	const task = route.task ?? rules.onlyTask ?? wire.taskOf(body);
	if (rules.strict) {
		const problem = wire.headerProblem(headers);
		if (problem !== null) throw new Refused(problem);
	}
	if (rules.strict || wire.alwaysStrict) {
		const problem = findFieldProblem(body, wire.fields(route, task));
		if (problem !== null) {
			const { path, expected } = problem;
			throw new Refused(expected === null ? words.unknownField(path) : words.wrongType(path, expected), words.badBody);
		}
	}
	const request = wire.read(body, route, task);
	if (rules.onlyModel !== null && request.model !== null && request.model !== rules.onlyModel) throw toRefused(words.noModel(request.model, route));
	if (rules.onlyTask !== null && task !== rules.onlyTask) throw toRefused(words.wrongTask(task, rules.model));
	return request;
}
function toRefused({ status, message }) {
	return new Refused(message, status);
}
const WINDOW_MS = 6e4;
function createRateLimit(limit) {
	let windowStart = -Infinity;
	let used = 0;
	return { take(nowMs) {
		if (nowMs - windowStart >= WINDOW_MS) {
			windowStart = nowMs;
			used = 0;
		}
		const left = limit - used;
		if (left > 0) used++;
		const reset = Math.ceil((windowStart + WINDOW_MS - nowMs) / 1e3);
		const headers = [
			["x-ratelimit-limit-requests", String(limit)],
			["x-ratelimit-remaining-requests", String(Math.max(0, left - 1))],
			["x-ratelimit-reset-requests", `${reset}s`]
		];
		return left > 0 ? headers : [...headers, ["retry-after", String(reset)]];
	} };
}
// src/simulator/outlet.ts
function createOutlet(response, compress) {
	if (compress) {
		const gzip = createGzip();
		gzip.on("data", (bytes) => {
			if (!response.destroyed) response.write(bytes);
		});
		gzip.on("end", () => response.end());
		return {
			write(bytes) {
				gzip.write(bytes);
				gzip.flush();
			},
			end: (bytes) => void gzip.end(bytes),
			writeAsOne: (work) => work()
		};
	}
	let apart = true;
	return {
		write(bytes) {
			if (bytes.length === 0) return;
			response.write(bytes);
			if (apart) response.socket?.uncork();
		},
		end: (bytes) => void response.end(bytes),
		writeAsOne(work) {
			apart = false;
			work();
			apart = true;
		}
	};
}
const HELD_BYTES = 16384;
const ENDLESS = Buffer.alloc(65536, "x");
const COMMENT = Buffer.from(": OPENROUTER PROCESSING\n\n");
const UNKNOWN_EVENT = Buffer.from("event: simulator.note\ndata: {\"type\":\"simulator.note\",\"note\":\"for nobody\"}\n\n");
function disturb(outlet, fault, isEvents, clock) {
	const quiet = {
		onBegin() {},
		onEnd() {},
		holdsHead: false
	};
	switch (fault?.kind) {
		case "buffer-16k": return {
			...quiet,
			holdsHead: true,
			outlet: holdBytes(outlet)
		};
		case "unknown-event": return {
			...quiet,
			outlet: isEvents ? interruptOnce(outlet) : outlet
		};
		case "retry": return {
			...quiet,
			outlet: isEvents ? numberEvents(outlet) : outlet
		};
		case "comments": return isEvents ? commentUntilAnswer(outlet, faultDurationMs(fault), clock) : {
			...quiet,
			outlet
		};
		default: return {
			...quiet,
			outlet
		};
	}
}
function holdBytes(outlet) {
	let held = [];
	let bytes = 0;
	return {
		write(more) {
			held.push(more);
			bytes += more.length;
			if (bytes < HELD_BYTES) return;
			outlet.write(Buffer.concat(held));
			held = [];
			bytes = 0;
		},
		end: (more) => outlet.end(Buffer.concat([...held, more])),
		writeAsOne: (work) => work()
	};
}
function interruptOnce(outlet) {
	let pieces = 0;
	const insertUnknown = (bytes) => pieces++ === 1 ? Buffer.concat([UNKNOWN_EVENT, bytes]) : bytes;
	return {
		write: (bytes) => outlet.write(insertUnknown(bytes)),
		end: (bytes) => outlet.end(insertUnknown(bytes)),
		writeAsOne: (work) => outlet.writeAsOne(work)
	};
}
function writeEndlessly(response) {
	const sendMore = () => {
		while (!response.destroyed && response.write(ENDLESS)) continue;
	};
	response.on("drain", sendMore);
	sendMore();
}
function numberEvents(outlet) {
	let id = 0;
	const addNumber = (bytes) => Buffer.concat([Buffer.from(`${id === 0 ? "retry: 3000\n" : ""}id: ${++id}\n`), bytes]);
	return {
		write: (bytes) => outlet.write(addNumber(bytes)),
		end: (bytes) => outlet.end(addNumber(bytes)),
		writeAsOne: (work) => outlet.writeAsOne(work)
	};
}
function commentUntilAnswer(outlet, everyMs, clock) {
	let stop = () => {};
	function comment() {
		outlet.write(COMMENT);
		stop = clock.after(everyMs, comment);
	}
	return {
		holdsHead: false,
		onBegin: comment,
		onEnd: () => stop(),
		outlet: {
			write(bytes) {
				stop();
				outlet.write(bytes);
			},
			end(bytes) {
				stop();
				outlet.end(bytes);
			},
			writeAsOne: (work) => outlet.writeAsOne(work)
		}
	};
}
// src/simulator/answer.ts
function startAnswer(response, options) {
	const { fault, clock } = options;
	const answer = createAnswer(response, options);
	response.on("close", () => finish(answer, "cancelled"));
	response.on("error", () => finish(answer, "cancelled"));
	if (fault?.kind === "slow-headers") hold(answer, faultDurationMs(fault));
	if (fault?.kind === "buffer") answer.held = [];
	perform(answer, () => begin(answer));
	if (fault?.kind === "slow-start" && answer.stream) {
		perform(answer, () => open$1(answer));
		hold(answer, faultDurationMs(fault));
	}
	return (event) => {
		if (answer.stream) perform(answer, () => writeEvent(answer, event));
		else {
			answer.beganAtMs ??= clock.now();
			if (event.last) perform(answer, () => writeWhole(answer, event));
		}
		if (fault?.kind === "buffer" && event.last) answer.disturbance.outlet.writeAsOne(() => release(answer));
	};
}
const MIDDLE_FAULTS = [
	"stall",
	"close",
	"error-event",
	"long-line"
];
function createAnswer(response, options) {
	const { writer, fault, clock } = options;
	const stream = options.stream && fault?.kind !== "json";
	const isEvents = stream && writer.streamType.startsWith("text/event-stream");
	return {
		response,
		options,
		stream,
		disturbance: disturb(createOutlet(response, fault?.kind === "gzip"), fault, isEvents, clock),
		trouble: MIDDLE_FAULTS.find((kind) => kind === fault?.kind) ?? null,
		isOpen: false,
		written: 0,
		tokenEvents: 0,
		firstTokenAtMs: null,
		lastTokenAtMs: null,
		stamps: options.keepStamps ? [] : null,
		beganAtMs: null,
		hasEnded: false,
		held: null,
		stopWaiting() {}
	};
}
function begin({ response, options, stream, disturbance }) {
	const { writer, fault } = options;
	const type = !stream || fault?.kind === "content-type" ? "application/json" : writer.streamType;
	if (fault?.kind === "gzip") response.setHeader("content-encoding", "gzip");
	response.writeHead(200, {
		...writer.headers,
		"content-type": type
	});
	if (stream && !disturbance.holdsHead) response.flushHeaders();
	disturbance.onBegin();
}
function open$1(answer) {
	const { opening } = answer.options.writer;
	if (opening !== null && !answer.isOpen) answer.disturbance.outlet.write(opening);
	answer.isOpen = true;
}
function writeEvent(answer, event) {
	const { writer, fault, finishReason, outputTokens } = answer.options;
	open$1(answer);
	if (fault?.kind === "empty") return end(answer, writer.closing("stop", 0, timeSoFar(answer)));
	const bytes = writeTokens(answer, event);
	answer.written = event.tokens;
	if (bytes !== null) {
		stamp(answer);
		answer.disturbance.outlet.write(bytes);
	}
	if (event.tokens >= Math.ceil(outputTokens / 2) || event.last) makeTrouble(answer, () => writer.error(FAILURE));
	if (!event.last) return;
	if (fault?.kind === "late-usage") perform(answer, () => hold(answer, faultDurationMs(fault)));
	perform(answer, () => end(answer, writer.closing(finishReason, event.tokens, timeSoFar(answer))));
}
function writeTokens({ options, written }, { tokens, last }) {
	const { writer, reasoning } = options;
	const thoughts = Math.max(0, Math.min(tokens, reasoning.tokens) - written);
	const texts = tokens - written - thoughts;
	const reason = last ? options.finishReason : null;
	if (thoughts === 0) return writer.tokens("text", texts, tokens, reason);
	const said = texts === 0 ? null : () => writer.tokens("text", texts, tokens, reason);
	if (reasoning.hidden) return said?.() ?? null;
	const thought = writer.tokens("reasoning", thoughts, written + thoughts, said === null ? reason : null);
	return said === null ? thought : Buffer.concat([thought, said()]);
}
function writeWhole(answer, event) {
	const { writer, fault, finishReason, error } = answer.options;
	makeTrouble(answer, () => Buffer.from(error(FAILURE).body));
	perform(answer, () => {
		const isEmpty = fault?.kind === "empty";
		const bytes = writer.whole(isEmpty ? "stop" : finishReason, isEmpty ? 0 : event.tokens, timeSoFar(answer));
		if (!isEmpty) {
			answer.written = event.tokens;
			stamp(answer);
		}
		end(answer, bytes);
	});
}
const FAILURE = "simulated failure of the engine";
function makeTrouble(answer, error) {
	const { response, trouble, stream, options } = answer;
	answer.trouble = null;
	switch (trouble) {
		case null: return;
		case "stall": return hold(answer, faultDurationMs(options.fault));
		case "error-event": return end(answer, error(), "broken");
		case "long-line":
			finish(answer, "broken");
			return writeEndlessly(response);
		case "close":
			finish(answer, "broken");
			answer.disturbance.outlet.write(Buffer.from(stream ? "" : "{\"id\":"));
			response.destroy();
	}
}
function perform(answer, action) {
	if (answer.hasEnded) return;
	if (answer.held === null) action();
	else answer.held.push(action);
}
function hold(answer, ms) {
	answer.held ??= [];
	answer.stopWaiting = answer.options.clock.after(ms, () => release(answer));
}
function release(answer) {
	const actions = answer.held ?? [];
	answer.held = null;
	for (const action of actions) perform(answer, action);
}
function stamp(answer) {
	const now = answer.options.clock.now();
	answer.firstTokenAtMs ??= now;
	answer.lastTokenAtMs = now;
	answer.stamps?.push(now);
	answer.tokenEvents++;
}
function timeSoFar({ options, firstTokenAtMs, beganAtMs, lastTokenAtMs }) {
	const now = options.clock.now();
	const first = firstTokenAtMs ?? beganAtMs ?? now;
	return {
		prefillMs: first - options.receivedAtMs,
		decodeMs: (lastTokenAtMs ?? now) - first,
		totalMs: now - options.receivedAtMs
	};
}
function end(answer, bytes, outcome = "ok") {
	finish(answer, outcome);
	answer.disturbance.outlet.end(bytes);
}
function finish(answer, outcome) {
	if (answer.hasEnded) return;
	answer.hasEnded = true;
	answer.stopWaiting();
	answer.disturbance.onEnd();
	const { options, firstTokenAtMs, lastTokenAtMs, tokenEvents, written, stamps } = answer;
	const sent = {
		outcome,
		firstTokenAtMs,
		lastTokenAtMs,
		endedAtMs: options.clock.now(),
		outputTokens: written,
		tokenEvents
	};
	options.onEnd({
		...sent,
		tokenAtMs: stamps
	});
}
// src/simulator/clock.ts
const MACHINE_CLOCK = {
	now: readMonotonicMs,
	date: () => Date.now(),
	createTimer: createPreciseTimer,
	after(ms, act) {
		const timer = setTimeout(act, ms);
		return () => clearTimeout(timer);
	}
};
function readMonotonicMs() {
	return Number(process.hrtime.bigint()) / 1e6;
}
const WAIT_IN_THREAD = `
const { workerData, parentPort } = require('node:worker_threads')
const turn = new Int32Array(workerData.shared, 0, 1)
const due = new Float64Array(workerData.shared, 8, 1)
parentPort.postMessage('ready')
for (;;) {
  const seen = Atomics.load(turn, 0)
  if (seen < 0) break
  const left = due[0] - Number(process.hrtime.bigint()) / 1e6
  if (left > 0) {
    Atomics.wait(turn, 0, seen, left)
  } else {
    parentPort.postMessage(null)
    Atomics.wait(turn, 0, seen)
  }
}`;
async function createPreciseTimer(fire) {
	const shared = new SharedArrayBuffer(16);
	const turn = new Int32Array(shared, 0, 1);
	const due = new Float64Array(shared, 8, 1).fill(Infinity);
	const thread = new Worker(WAIT_IN_THREAD, {
		eval: true,
		workerData: { shared }
	});
	await once(thread, "message");
	let current = Infinity;
	let closed = false;
	thread.on("message", () => {
		current = Infinity;
		fire();
	});
	return {
		set(at) {
			const wanted = at ?? Infinity;
			if (closed || wanted === current) return;
			current = wanted;
			due[0] = wanted;
			Atomics.store(turn, 0, Atomics.load(turn, 0) + 1 & 1073741823);
			Atomics.notify(turn, 0);
		},
		async close() {
			closed = true;
			Atomics.store(turn, 0, -1);
			Atomics.notify(turn, 0);
			await thread.terminate();
		}
	};
}
// src/simulator/cost.ts
function countInput({ texts, task }, { templateTokens, tokensPerWord }) {
	const template = task === "chat" ? templateTokens : 0;
	return texts.reduce((sum, text) => sum + countPromptTokens(text, tokensPerWord, template), 0);
}
function countCached({ texts, usesCache, cacheSalt }, inputTokens, cache, { tokensPerWord }) {
	if (!usesCache) return 0;
	const words = texts.reduce((sum, text) => sum + cache.take(text, cacheSalt), 0);
	return Math.min(inputTokens - 1, Math.floor(words * tokensPerWord));
}
function chooseLength({ task, ignoreEos, minTokens, maxTokens }, fault, random, { earlyStop }) {
	const length = task !== "embeddings" && random() < earlyStop && !ignoreEos ? Math.max(minTokens, Math.ceil(random() * maxTokens)) : maxTokens;
	return {
		outputTokens: fault?.kind === "empty" ? 1 : length,
		finishReason: length < maxTokens ? "stop" : "length"
	};
}
function countWords(text) {
	let words = 0;
	let inside = false;
	for (let i = 0; i < text.length; i++) {
		const space = text.charCodeAt(i) <= 32;
		if (!space && !inside) words++;
		inside = !space;
	}
	return words;
}
function countPromptTokens(text, tokensPerWord, templateTokens) {
	return Math.max(1, Math.round(countWords(text) * tokensPerWord) + templateTokens);
}
function createPrefixCache({ blockWords = 16, capacity = 65536 } = {}) {
	const known = /* @__PURE__ */ new Set();
	return { take(text, salt = "") {
		const words = text.split(/\s+/).filter((word) => word !== "");
		let cached = 0;
		let chain = salt;
		for (let start = 0; start + blockWords <= words.length; start += blockWords) {
			chain = hash(`${chain} ${words.slice(start, start + blockWords).join(" ")}`);
			if (known.delete(chain) && cached === start) cached = start + blockWords;
			known.add(chain);
		}
		for (const oldest of known) {
			if (known.size <= capacity) break;
			known.delete(oldest);
		}
		return cached;
	} };
}
function hash(text) {
	let one = 2166136261;
	let two = 461845907;
	for (let i = 0; i < text.length; i++) {
		one = Math.imul(one ^ text.charCodeAt(i), 16777619);
		two = Math.imul(two ^ text.charCodeAt(i), 16777619);
	}
	return `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}`;
}
// src/simulator/foreign-load.ts
const INPUT_TOKENS = 256;
const OUTPUT_TOKENS = [
	96,
	112,
	128,
	144,
	160
];
function createForeignLoad(count, engine, tally) {
	let submitted = 0;
	function submit(id, nowMs) {
		const outputTokens = OUTPUT_TOKENS[submitted++ % OUTPUT_TOKENS.length];
		tally.noteArrival(id, {
			atMs: nowMs,
			inputTokens: INPUT_TOKENS,
			cachedTokens: 0,
			generates: true,
			finishReason: "length"
		});
		engine.submit(id, {
			inputTokens: INPUT_TOKENS,
			outputTokens,
			at: nowMs
		});
	}
	return {
		begin(nowMs) {
			for (let id = -count; id < 0; id++) submit(id, nowMs);
		},
		take({ id, last }, nowMs) {
			if (id >= 0) return false;
			if (last) submit(id, nowMs);
			return true;
		}
	};
}
// src/simulator/metrics/tally.ts
const LATENCIES = [
	.001,
	.005,
	.01,
	.02,
	.04,
	.06,
	.08,
	.1,
	.25,
	.5,
	.75,
	1,
	2.5,
	5,
	7.5,
	10,
	20,
	40,
	80,
	160,
	640,
	2560
];
const TOKEN_TIMES = [
	.002,
	.005,
	.01,
	.015,
	.02,
	.025,
	.03,
	.04,
	.05,
	.075,
	.1,
	.15,
	.2,
	.3,
	.5,
	1,
	5
];
const TOKENS = [
	1,
	2,
	5,
	10,
	20,
	50,
	100,
	200,
	500,
	1e3,
	2e3,
	5e3,
	1e4,
	2e4,
	5e4,
	1e5
];
function createTally() {
	const histograms = {
		firstToken: createHistogram(LATENCIES),
		interToken: createHistogram(TOKEN_TIMES),
		perOutputToken: createHistogram(TOKEN_TIMES),
		perToken: createHistogram(TOKEN_TIMES),
		request: createHistogram(LATENCIES),
		queue: createHistogram(LATENCIES),
		prefill: createHistogram(LATENCIES),
		decode: createHistogram(LATENCIES),
		inference: createHistogram(LATENCIES),
		inputTokens: createHistogram(TOKENS),
		outputTokens: createHistogram(TOKENS)
	};
	const finished = {
		stop: 0,
		length: 0,
		abort: 0
	};
	const counters = {
		promptTokens: 0,
		cachedTokens: 0,
		generatedTokens: 0,
		received: 0,
		steps: 0,
		steppedSequences: 0
	};
	const running = /* @__PURE__ */ new Map();
	function noteFirstToken(request, nowMs) {
		request.firstAtMs = nowMs;
		counters.promptTokens += request.inputTokens;
		counters.cachedTokens += request.cachedTokens;
		if (request.generates) histograms.firstToken.observe((nowMs - request.atMs) / 1e3);
	}
	function noteLastToken(request) {
		const { atMs, startsAtMs, queuedMs, firstAtMs, lastAtMs, tokens } = request;
		finished[request.finishReason]++;
		histograms.request.observe((lastAtMs - atMs) / 1e3);
		histograms.queue.observe(queuedMs / 1e3);
		histograms.prefill.observe((firstAtMs - startsAtMs) / 1e3);
		histograms.inference.observe((lastAtMs - startsAtMs) / 1e3);
		histograms.inputTokens.observe(request.inputTokens);
		if (!request.generates) return;
		histograms.decode.observe((lastAtMs - firstAtMs) / 1e3);
		histograms.outputTokens.observe(tokens);
		histograms.perToken.observe((lastAtMs - startsAtMs) / 1e3 / tokens);
		if (tokens > 1) histograms.perOutputToken.observe((lastAtMs - firstAtMs) / 1e3 / (tokens - 1));
	}
	return {
		totals: {
			...histograms,
			finished,
			get promptTokens() {
				return counters.promptTokens;
			},
			get cachedTokens() {
				return counters.cachedTokens;
			},
			get generatedTokens() {
				return counters.generatedTokens;
			},
			get received() {
				return counters.received;
			},
			get steps() {
				return counters.steps;
			},
			get steppedSequences() {
				return counters.steppedSequences;
			}
		},
		noteArrival(id, request) {
			counters.received++;
			running.set(id, {
				...request,
				startsAtMs: request.atMs,
				queuedMs: 0,
				firstAtMs: 0,
				lastAtMs: 0,
				tokens: 0
			});
		},
		noteAdmission(id, startsAtMs, queuedMs) {
			const request = running.get(id);
			if (request === void 0) return;
			request.startsAtMs = startsAtMs;
			request.queuedMs = queuedMs;
		},
		noteStep(batch) {
			counters.steps++;
			counters.steppedSequences += batch;
		},
		noteTokens({ id, tokens, last }, nowMs) {
			const request = running.get(id);
			if (request === void 0) return;
			const fresh = tokens - request.tokens;
			if (request.tokens === 0) noteFirstToken(request, nowMs);
			else {
				const seconds = (nowMs - request.lastAtMs) / 1e3 / fresh;
				for (let i = 0; i < fresh; i++) histograms.interToken.observe(seconds);
			}
			if (request.generates) counters.generatedTokens += fresh;
			request.lastAtMs = nowMs;
			request.tokens = tokens;
			if (!last) return;
			running.delete(id);
			noteLastToken(request);
		},
		noteDeparture(id) {
			if (running.delete(id)) finished.abort++;
		}
	};
}
function createHistogram(bounds) {
	const counts = bounds.map(() => 0);
	let sum = 0;
	let count = 0;
	return {
		bounds,
		counts,
		get sum() {
			return sum;
		},
		get count() {
			return count;
		},
		observe(value) {
			sum += value;
			count++;
			for (let i = 0; i < bounds.length; i++) {
				if (value > bounds[i]) continue;
				counts[i]++;
				return;
			}
		}
	};
}
// src/simulator/pages.ts
function createPages(parts) {
	const { guard, identity, repertoire, profile, platform } = parts;
	return (url, request, moment) => {
		const { method, headers } = request;
		const open = profile.hasPlatform ? platform.findOpenPage(url, request) : null;
		if (open !== null) return open;
		const page = findPage(url, request, moment, parts);
		if (page === null) return method === "GET" ? identity?.page(url, headers["authorization"]?.[0]) ?? null : null;
		const door = findDoor(repertoire.doors, url.pathname);
		const denial = door.pages?.test(url.pathname) === true ? guard(request) : null;
		return denial === null ? page : denyPage(door, denial, parts);
	};
}
function findPage(url, { method, body }, moment, { options, profile, platform, slots, totals }) {
	const { model, contextTokens } = options;
	const state = {
		model,
		totals,
		slots,
		...moment
	};
	const page = findServerPage(profile, method, url.pathname, {
		...state,
		contextTokens
	}, body);
	if (page !== null || method !== "GET") return page;
	const metrics = options.metrics === "none" ? null : options.metrics ?? profile.metrics;
	if (metrics !== null && profile.metricsPaths.includes(url.pathname)) return prometheusPage(metrics(state));
	return profile.hasPlatform ? platform.findPage(url.pathname, state, options.metrics !== "none") : null;
}
function denyPage({ api }, { status, message }, { repertoire, profile }) {
	const own = profile.apis === "every" ? null : profile.apis[0] ?? null;
	return findWire(repertoire.wires, api ?? own).error(status, message);
}
// src/simulator/send-log.ts
function createSendLog(limit) {
	let kept = [];
	return {
		add(request) {
			kept.push(request);
			if (kept.length >= 2 * limit) kept = kept.slice(-limit);
		},
		all: () => kept.slice(-limit),
		clear() {
			kept = [];
		}
	};
}
// src/simulator/server.ts
async function startSimulator(given = {}, { clock = MACHINE_CLOCK, repertoire = SHIPPED } = {}) {
	const endpoint = await createEndpoint({
		...SIMULATOR_DEFAULTS,
		...given
	}, clock, repertoire);
	const server = createServer({
		noDelay: true,
		keepAliveTimeout: 12e4
	}, (message, response) => {
		handle(endpoint, message, response).catch(() => response.destroy());
	});
	await listen(server, endpoint.options.port).catch(async (error) => {
		await endpoint.timer.close();
		throw error;
	});
	endpoint.foreignLoad.begin(clock.now());
	awaitEngine(endpoint);
	const { port } = server.address();
	return {
		url: `http://127.0.0.1:${port}`,
		port,
		log: () => endpoint.log.all(),
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			server.closeAllConnections();
			await closed;
			await endpoint.timer.close();
		}
	};
}
async function createEndpoint(options, clock, repertoire) {
	const { model, seed, strict } = options;
	const profile = options.server ?? repertoire.itself;
	const tally = createTally();
	const engine = createEngine({
		epochMs: clock.date() - clock.now(),
		...options.engine
	}, tally);
	const identity = repertoire.createIdentity?.(clock.date) ?? null;
	const platform = repertoire.createPlatform(options, identity, clock.date);
	const guard = createGuard(options, repertoire.doors, platform, clock.date);
	const slots = options.engine.slots ?? ENGINE_DEFAULTS.slots;
	const totals = tally.totals;
	const endpoint = {
		options,
		clock,
		repertoire,
		profile,
		engine,
		timer: await clock.createTimer(() => handOut(endpoint)),
		tally,
		foreignLoad: createForeignLoad(options.foreignLoad, engine, tally),
		platform,
		log: createSendLog(options.logLimit),
		guard,
		pages: createPages({
			options,
			repertoire,
			profile,
			slots,
			totals,
			platform,
			guard,
			identity
		}),
		rules: {
			strict,
			model,
			onlyModel: options.checkModel ? model : null,
			onlyTask: options.task
		},
		rateLimit: options.requestsPerMinute === null ? null : createRateLimit(options.requestsPerMinute),
		prefixCache: options.prefixCache ? createPrefixCache() : null,
		pickFault: createFaultPicker(options.faults, seedRandom(`${seed}/faults`)),
		earlyStop: seedRandom(`${seed}/early-stop`),
		startedAtMs: clock.now(),
		answers: /* @__PURE__ */ new Map(),
		requests: 0
	};
	return endpoint;
}
function handOut(endpoint) {
	const { clock, engine, tally, foreignLoad, answers } = endpoint;
	const now = clock.now();
	for (const event of engine.advanceTo(now)) {
		tally.noteTokens(event, clock.now());
		if (!foreignLoad.take(event, now)) answers.get(event.id)?.(event);
	}
	awaitEngine(endpoint);
}
function awaitEngine({ engine, timer }) {
	timer.set(engine.nextEventAt());
}
async function handle(endpoint, message, response) {
	const { options, clock, repertoire, profile, engine, startedAtMs } = endpoint;
	const body = await readBody(message, options.bodyLimitBytes);
	const receivedAtMs = clock.now();
	const url = new URL(message.url ?? "/", "http://127.0.0.1");
	if (message.method === "GET" && url.pathname === "/simulator/log") return sendLog(endpoint, response, url.searchParams.get("reset") === "true");
	const request = toReceivedRequest(message, body);
	const upMs = receivedAtMs - startedAtMs;
	const { running, waiting } = engine;
	for (const [name, value] of Object.entries(profile.headers)) response.setHeader(name, value);
	const moment = {
		ready: upMs >= options.coldStartMs,
		upMs,
		nowMs: receivedAtMs,
		running,
		waiting
	};
	const page = endpoint.pages(url, request, moment);
	if (page !== null) return send(response, page);
	const destination = findDestination(repertoire.wires, url);
	const wire = destination?.wire ?? findWire(repertoire.wires, findDoor(repertoire.doors, url.pathname).api);
	const call = {
		id: ++endpoint.requests,
		message,
		response,
		path: url.pathname,
		receivedAtMs,
		wire,
		fault: null
	};
	if (destination === null || !speaks(profile, wire.api, url.pathname)) return refuse(endpoint, call, {
		status: 404,
		message: `${url.pathname} does not exist`,
		...profile.notFound
	});
	const refusal = refuseUnread(request, body, moment, endpoint);
	if (refusal !== null) return refuse(endpoint, call, refusal);
	for (const [name, value] of endpoint.rateLimit?.take(receivedAtMs) ?? []) response.setHeader(name, value);
	if (response.hasHeader("retry-after")) return refuse(endpoint, call, {
		status: 429,
		message: "Rate limit reached"
	});
	answer(endpoint, call, destination, body);
}
function answer(endpoint, call, destination, body) {
	const { options, rules, repertoire } = endpoint;
	const { headers } = call.message;
	const picked = endpoint.pickFault();
	let request;
	try {
		const asked = headers["x-simulate-fault"];
		const fault = typeof asked === "string" ? readFault(asked) : picked;
		call = {
			...call,
			fault
		};
		if (fault?.kind === "expired") return refuse(endpoint, call, findDoor(repertoire.doors, call.path).denials.expired);
		const refusal = fault === null ? null : refuseByFault(fault, call.wire, body);
		if (refusal !== null) return refuse(endpoint, call, refusal);
		request = admit(destination, headers, body, rules);
	} catch (error) {
		if (error instanceof Refused) return refuse(endpoint, call, error);
		if (!(error instanceof ValueError)) throw error;
		return refuse(endpoint, call, {
			status: 400,
			message: `x-simulate-fault ${error.message}`
		});
	}
	const { words } = call.wire;
	const inputTokens = countInput(request, options);
	const contextTokens = call.fault?.kind === "context" ? Number(call.fault.argument) : options.contextTokens;
	if (inputTokens + request.maxTokens > contextTokens) {
		const message = words.tooLong(contextTokens, inputTokens, request.maxTokens);
		return refuse(endpoint, call, {
			status: words.badBody,
			message
		});
	}
	generate(endpoint, call, request, inputTokens);
}
function generate(endpoint, call, request, inputTokens) {
	const { options, clock, engine, tally, platform, log, answers, prefixCache, earlyStop } = endpoint;
	const { id, response, receivedAtMs, wire, fault } = call;
	const { texts, task, stream } = request;
	const cachedTokens = prefixCache === null ? 0 : countCached(request, inputTokens, prefixCache, options);
	const { outputTokens, finishReason } = chooseLength(request, fault, earlyStop, options);
	const reasoningTokens = request.reasons ? Math.min(options.reasoning, outputTokens) : 0;
	const writer = request.answer({
		id,
		created: Math.floor(clock.date() / 1e3),
		model: options.model,
		inputTokens,
		cachedTokens: prefixCache === null ? null : cachedTokens,
		reasoningTokens,
		manners: options
	});
	if (fault?.kind === "connection-close") response.setHeader("connection", "close");
	for (const [name, value] of listGatewayHeaders(fault)) response.setHeader(name, value);
	const takeTokens = startAnswer(response, {
		clock,
		writer,
		stream,
		receivedAtMs,
		outputTokens,
		reasoning: {
			tokens: reasoningTokens,
			hidden: options.reasoningField === "hidden"
		},
		finishReason,
		fault,
		error: (message) => wire.error(500, message),
		keepStamps: options.logStamps,
		onEnd(sent) {
			answers.delete(id);
			if (engine.cancel(id)) awaitEngine(endpoint);
			tally.noteDeparture(id);
			platform.noteAnswer(200, sent.endedAtMs);
			const prompt = texts[0].slice(0, 32);
			log.add({
				...describeCall(call),
				prompt,
				stream,
				status: 200,
				inputTokens,
				cachedTokens,
				...sent
			});
		}
	});
	answers.set(id, takeTokens);
	const generates = task !== "embeddings";
	tally.noteArrival(id, {
		atMs: receivedAtMs,
		inputTokens,
		cachedTokens,
		generates,
		finishReason
	});
	engine.submit(id, {
		inputTokens: inputTokens - cachedTokens,
		outputTokens,
		at: receivedAtMs
	});
	awaitEngine(endpoint);
}
function refuse({ clock, platform, log }, call, refusal) {
	const said = call.wire.error(refusal.status, refusal.message);
	send(call.response, {
		status: said.status,
		type: refusal.type ?? said.type,
		body: refusal.body ?? said.body,
		headers: {
			...said.headers,
			...refusal.headers
		}
	});
	const none = {
		firstTokenAtMs: null,
		lastTokenAtMs: null,
		tokenAtMs: null,
		outputTokens: 0,
		tokenEvents: 0,
		prompt: "",
		stream: false,
		inputTokens: 0,
		cachedTokens: 0
	};
	const endedAtMs = clock.now();
	platform.noteAnswer(said.status, endedAtMs);
	log.add({
		...describeCall(call),
		...none,
		status: said.status,
		outcome: "refused",
		endedAtMs
	});
}
function describeCall({ id, message, path, receivedAtMs, fault }) {
	const requestId = message.headers["x-request-id"];
	return {
		id,
		requestId: typeof requestId === "string" ? requestId : null,
		path,
		receivedAtMs,
		fault: fault?.kind ?? null
	};
}
function sendLog({ log }, response, reset) {
	const body = log.all().map((request) => `${JSON.stringify(request)}\n`);
	if (reset) log.clear();
	send(response, {
		status: 200,
		type: "application/x-ndjson",
		body: body.join("")
	});
}
async function listen(server, port) {
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", resolve);
	});
}
function toReceivedRequest({ method = "GET", url = "/", headersDistinct }, body) {
	return {
		method,
		target: url,
		headers: headersDistinct,
		body: body ?? ""
	};
}
async function readBody(message, limit) {
	const parts = [];
	let size = 0;
	for await (const part of message) {
		size += part.length;
		if (size <= limit) parts.push(part);
	}
	return size <= limit ? Buffer.concat(parts).toString() : null;
}
function send(response, { status, type, body, headers = {} }) {
	response.writeHead(status, {
		"content-type": type,
		"content-length": Buffer.byteLength(body),
		...headers
	});
	response.end(body);
}
// src/shell/serve-simulated.ts
async function serveSimulated(argv, { env, out, signal }, repertoire = SHIPPED) {
	const options = toSimulatorOptions(resolveFlags(defineSimulatorSettings(repertoire), argv, env));
	const simulator = await startSimulator(options, { repertoire }).catch((error) => {
		throw error.syscall === "listen" ? explainPort(options.port, error.code) : error;
	});
	out(`simulated endpoint on ${simulator.url} (model ${options.model}); Ctrl-C stops it\n`);
	await new Promise((resolve) => {
		if (signal.aborted) resolve();
		signal.addEventListener("abort", () => resolve(), { once: true });
		process.on("disconnect", resolve);
	});
	await simulator.close();
	if (process.connected) process.disconnect();
}
function explainPort(port, code) {
	const message = `${code === "EADDRINUSE" ? "is in use on 127.0.0.1" : `cannot be listened on (${code})`}; choose another, or 0 for a free one`;
	return new SettingsError([{
		setting: "port",
		given: String(port),
		message
	}]);
}
export { COMMAND_SETTINGS as $, asNumber$1 as $n, pickPolicy as $t, groupByDay as A, VERSION as An, formatOneOf as Ar, takeEntriesUpTo as At, findSecrets as B, renderVerdictText as Bn, EndpointError as Br, toSlug as Bt, historyOf as C, encodeDryRun as Cn, stress as Cr, HISTORY_FILE as Ct, seeGroups as D, credentialsOf as Dn, formatCount as Dr, decodeUploaded as Dt, poolSquares as E, isLoopback as En, formatConcurrency as Er, ZIP_BOUNDS as Et, rejectByHolm as F, ValueError as Fn, escapeForMarkdown as Fr, plateauState as Ft, createRedactor as G, layComment as Gn, checkOf as Gt, findSecretsInherited as H, layTextTable as Hn, statusOf as Ht, testBinomialGreater as I, listWritten as In, escapeForTerminal as Ir, seriesOf as It, readTextFile as J, writeTitle as Jn, exitCodeOf as Jt, defuseCommands as K, renderComment as Kn, conclude as Kt, createInterruptSignal as L, setting as Ln, keepUnitsTogether as Lr, dropByteOrderMark as Lt, rowOf as M, readChoice as Mn, formatSha as Mr, encodeHistory as Mt, checkLimits as N, readLine$1 as Nn, formatShare as Nr, decodeRunReport as Nt, squareWithinGroups as O, hasCredentials as On, formatDay as Or, ZipRefusal as Ot, toReportLimits as P, readText$2 as Pn, dropCodeMarks as Pr, encodeRunReport as Pt, ACTION_SETTINGS as Q, asArray as Qn, METRICS_SHARE as Qt, resolveSettings as R, renderText as Rn, pluralise as Rr, HISTORY_SCHEMA as Rt, findSegments as S, STEP_EXIT as Sn, say as Sr, createArtifactStore as St, poolProducts as T, findNearest as Tn, formatChange as Tr, RECORDING_EVENTS as Tt, createHostHider as U, wrap as Un, findMetricsNamed as Ut, findSecretsInEnvironment as V, createStyle as Vn, SettingsError as Vr, describeRefusal as Vt, listHostsIn as W, writePlain as Wn, applyAcceptances as Wt, FileRefusal as X, viewAll as Xn, ERROR_RATE_SHARE as Xt, writeWhole$1 as Y, describeCommits as Yn, DEFAULT_POLICY as Yt, readConfig as Z, viewTitle as Zn, LOST_LEVELS_SHARE as Zt, isLearnt as _, observe as _n, foldBlocks as _r, decodeLooks as _t, ENGINE_DEFAULTS as a, layerGiven as an, looksWorse as ar, CONTROL_SETTINGS as at, weighAssumed as b, EXIT as bn, joinSentences as br, releaseAssetStore as bt, createSystemPorts as c, GATE_SETTINGS as cn, labelOf as cr, encodeRecords as ct, findSlowDrift as d, levelSetOf as dn, GATED_METRICS as dr, redactReport as dt, readFlags as en, asObject as er, DECISION_SETTINGS as et, listSteps as f, pastOf as fn, metricOf as fr, redactVerdict as ft, findSmallestVisible as g, explainDifference as gn, fitBudget as gr, LooksError as gt, estimateSpread as h, chooseMetrics as hn, SUMMARY_ROOM as hr, LOOKS_FILE as ht, SIMULATOR_DEFAULTS as i, readEnvironment as in, VERDICT_WORDS as ir, REPORT_SETTINGS as it, poolDays as j, readBoolean as jn, formatRate as jr, decodeHistory as jt, findUnlikeness as k, USER_AGENT as kn, formatMs as kr, openEntry as kt, measure as l, toleranceOf as ln, nameOf as lr, renderPage as lt, allowForUnlikeness as m, averagePasses as mn, ROWS$2 as mr, encodeVerdict as mt, SIMULATOR_SETTINGS as n, splitArguments as nn, describeDrift as nr, listDeciding as nt, createSpread as o, readValues as on, betterOf as or, ENDPOINT_SETTINGS as ot, believeSlope as p, averageOver as pn, COMMENT_ROOM as pr, decodeVerdict as pt, checkWritable as q, renderWarnings as qn, concludeWithoutFigures as qt, toSimulatorOptions as r, addBorrowed as rn, DOUBTS as rr, SESSION_SETTINGS as rt, SHIPPED as s, showValue as sn, joinList as sr, isSecretName as st, serveSimulated as t, resolveFlags as tn, asText as tr, RUN_SETTINGS as tt, decide as u, entriesOf$1 as un, toNaturalChange as ur, redactLooks as ut, spreadOf as v, studentTCdf as vn, layMarkdownTable as vr, encodeLooks as vt, isTrimmed as w, renderDryRun as wn, wordColumn as wr, LARGEST_HISTORY_BYTES as wt, TRIM_INFLATION as x, EXIT_MEANINGS as xn, linkTo as xr, createFileStore as xt, standOf as y, studentTTail as yn, writeMarkdown as yr, mapRowsOfLooks as yt, findGateContradictions as z, renderTitle as zn, BaselineError as zr, HISTORY_SETTINGS as zt };
