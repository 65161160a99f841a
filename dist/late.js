import { i as __toESM, n as __exportAll } from "./rolldown-runtime.js";
import { $r as decapitalise, Ar as sha256, Br as chooseLoad, C as buildConnectionOptions, Ci as codeOf, Cn as CROSS_CHECK_MODEL, Cr as asText, Dr as drawNormal, Er as parseLooseJson, Fr as SEARCH_END_NAMES, Gr as nameItem, Gt as VERSION, Hr as isOpenLoop, Kr as nameLevel$1, Lr as STATE_WORDS$1, Mr as OPEN_LOADS, Or as seedRandom, Pr as SEARCH_ENDS, Qr as capitalise, Rr as TASKS, S as askServer, Si as ValueError, Sr as asObject, Ti as summariseError, Tr as parseJson, Ur as isTooMuch, Vr as generatesTokens, Wr as loadOf, Wt as USER_AGENT, Xr as spellLevels, Yr as reachesPlateau, Zt as credentialsOf, _i as trimSlashes, ai as escapeForTerminal, ar as readChoice, bi as FileRefusal, br as asArray, cr as readEach, dn as showValue, dr as readShare, ei as decodePercent, er as SWITCH, fi as nameAll, fr as readText, gi as showUrl, gn as isPrivate, hi as quoteForShell, hn as isLoopback, ii as escapeForMarkdown, ir as parseDecimal, li as joinList, lr as readLine, mi as pluralise, nr as allowWord, oi as escapeHtml, on as defineSetting, or as readCount$1, pi as partOf, pr as splitList, qr as nameState, ri as escapeForHtml, sr as readDuration, ti as dropCodeMarks, tr as allowNone, ui as keepUnitsTogether, ur as readNumber$1, vi as BaselineError, vr as listAllowed, wi as messageOf, wr as findNonNumber, xi as SettingsError, xr as asNumber, yi as EndpointError, yr as suggestName, zr as askedLevelsOf } from "./measuring.js";
import { $ as removeCandidate, $t as layExplained, An as formatLevel, B as findRunTrouble, Bn as HISTORY_SCHEMA, Cn as formatConcurrency, Cr as unitOf, D as measure, Dn as formatFailed, Dt as GATE_SETTINGS, En as formatDuration, Fn as formatRate, Ft as toSlug, Gn as addSeriesKey, Gt as buildRow, H as measureWithoutSecrets, Hn as countKnown, Ht as readObjectives, In as formatSha, Jt as EXIT, Ln as formatShare, Mn as formatMs, Nn as formatOneOf, On as formatFailedShare, Pn as formatRange, Pt as toName, Qt as joinSections, Rn as formatSize, Sn as formatChange, Sr as toleranceOf, Tn as formatDay, U as planRun, Un as isSha, Ut as renderObjectives, V as isInterrupted, Vn as ROW_FIGURES, Wn as mergeHistories, Yn as listSeriesSettings, Z as isInSessions, Zt as createStyle, _n as quote, _r as medianOf, a as askGit, b as findGateContradictions, bn as say, br as rowOfRate, c as recordRun, cn as dropAbsent, cr as RATE_UNITS, dn as keepUnit, dt as resolveFlags, en as layStyledTable, fn as linkTo, fr as findLimitedMetric, gn as parseWebUrl, gt as DECISION_SETTINGS, hn as makeWordColumn, hr as isKeptFigure, jn as formatLoad, jt as DEFAULT_HISTORY, k as tellSweep, kn as formatInterval, ln as emphasise, lt as createFolder, mn as makeList, nn as writePlain, nr as FIGURE_UNITS, on as CLUES, or as METRICS$1, pn as makeFigureColumn, pr as findMetric, pt as takeOneWord, qn as findSeriesDifferences, qt as roundFigure, rn as TOOLS, rr as GATED_METRICS, rt as readTextFile, s as nameLocalRun, sn as listClues, st as takeEntriesLeadingTo, tn as wrap, tr as FIGURES_OF_LEVEL, tt as explainUnreadable, u as writeFile$1, un as joinSentences, ut as readFlags, vn as quoteCode, vr as metricOf, wn as formatCount, xn as writeSentence, xt as renderShard, yn as quoteProse, yr as metricOfFigure, zn as keepTogether, zt as readLatencyBounds } from "./plateau.js";
import { A as randomUUID, g as createGzip, k as randomBytes, p as crc32, r as createServer } from "./builtins.js";
import { $ as listYs, A as completeLike, At as worseningOf, B as segmentPast, Ct as isOfFamily, D as planSecondLook, Dt as nameVisible, E as planLevels, Et as nameOf$1, F as markOfGroup, G as assumeSpread, H as DAY_MS, I as narrowBaseline, J as estimateSpread, K as averageY, L as pickPast, M as findSlowDrift, N as findStandingStep, O as averageGroups, Ot as shortenLabel, P as listSteps, R as replaySegments, St as isForTheWorse, Tt as labelOf, U as HOUR_MS$1, V as DAY_ENDS_AFTER_MS, W as SPREAD_OF_TIMES, X as groupByDay, Z as isLearnt, _t as formatFigureRange, a as checkLimits, at as weighAssumed, b as lookUpFinding, bt as hasMoved, ct as formatLimitValue, d as seriesOfRun, dt as IN_FOUR_OF_FIVE, ft as describeLevels, g as summariseLevel, gt as formatFigure, h as pickSlowest, ht as formatBounded, i as addLimits, it as trimSegment, j as findSegments, k as buildHistory, kt as toNaturalChange, l as pickWorstLimits, lt as viewLimits, m as priceTokens, mt as findMoved, n as measureRun, nt as poolSpread, o as judgeLimitsBySpread, ot as describeLimit, pt as directionOf, q as compareWithTimes, rt as poolSquares, s as judgeLimitsOverAttempts, t as levelOptionsOf, tt as poolHistorySpread, ut as viewRun, v as findMostFrequent, vt as formatSide, wt as joinShortList, x as isFailing, xt as isBoundedTwice, y as judgeRun, yt as formatVisible, z as seeGroups } from "./sweep.js";
import { a as zipSync, i as Inflate, n as linear, o as markdownTable, r as log, t as line } from "./vendor-late.js";
import { A as DOUBTS, B as looksGood, C as escapeSigns, D as share, E as refineRising, F as VERDICT_SCHEMA, I as VERDICT_WORDS, L as WORDS_OF_A_RUN, M as LOST_LEVELS_SHARE, N as METRICS_SHARE, O as someOf, P as REASONS, R as compareBadness, S as encodeStrict, T as name, V as looksWorse, _ as clues, a as decodeHistory, b as decodeStrict, c as historyRowSchema, d as encodeRecords, f as encodeRunReport, g as OUR_WORDS, h as MAXIMUM_PASSES, i as HistoryError, j as ERROR_RATE_SHARE, k as word, m as runReportSchema, n as recallLevels, o as encodeHistory, p as limit, s as historyEntrySchema, u as decodeRunReport, v as concurrency, w as figure, x as dropByteOrderMark, y as count, z as loadOfVerdict } from "./history.js";
import { C as createLogHistogram, T as pickAtShare, _ as openSlab, b as FACTS_IN_ORDER, c as addQueues, d as COLUMNS, f as IDS, g as mapTexts, i as STOP_REASONS, l as isQueueGrowing, m as countRecords, o as isWarm, p as ROWS$1, s as joinShares, u as readQueue, v as readIds, x as MINIMUM_SAMPLES, y as readNumber$2 } from "./level.js";
import { a as sum, i as sampleStandardDeviation, n as median, t as mean } from "./vendor.js";
import { B as normalTail, D as findPlateau, G as testFisherGreater, H as studentTQuantile, I as computeChanceOverLooks, L as computeLevelOfLook, M as figureOf, N as figureOfScenario, P as figureOfTurn, S as findBestWithin, T as sumUpObjectives, U as studentTTail, V as rejectByHolm, _ as narrowTo, c as chooseMetrics, d as figureOfY, f as findFigureBound, g as listUsualLevels, h as listLeftOut, i as averageOver, l as countFewestPasses, o as changeOfY, r as removeNotes, s as chooseLevelSet, u as explainDifference, v as observeBeside, y as observeRun } from "./figures.js";
import { C as tuple, S as string, T as unknown, _ as int, a as ZodExactOptional, b as object, c as ZodOptional, d as ZodStringFormat, f as ZodUnion, g as boolean, h as array, i as ZodDefault, l as ZodRecord, m as _null, n as datetime, o as ZodNullable, p as _enum, r as ZodArray, s as ZodObject, u as ZodString, v as literal, w as union, x as record, y as number } from "./vendor-zod.js";
import { t as MACHINE_CLOCK } from "./clock.js";
import { t as require_dist } from "./vendor-yaml.js";
import { readFile, readdir, rename, stat, writeFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { closeSync, existsSync, fstatSync, openSync, readSync, readdirSync, statSync } from "node:fs";
// src/words/commits.ts
function describeCommits(commits) {
	if (commits === null || commits.head === "") return null;
	const head = quoteCode(formatSha(commits.head), 20);
	return commits.base === null ? say`Commit ${head}.` : say`Commit ${head} on ${quoteCode(formatSha(commits.base), 20)}.`;
}
function linkCommits({ newest }, commits, run) {
	if (newest === null || newest.sha === null || commits === null || newest.sha === commits.head) return [];
	const url = rangeUrlOf(run, newest.sha, commits.head);
	if (url === null || newest.url !== null && rangeUrlOf(newest.url, newest.sha, commits.head) !== url) return [];
	const range = `${formatSha(newest.sha)}\u2026${formatSha(commits.head)}`;
	return [say`Commits that the newest recorded run lacks: ${linkTo(quote(range, 40), url)}.`];
}
function cleanRunUrl(url) {
	const parsed = parseWebUrl(url);
	return parsed === null ? null : parsed.origin + parsed.pathname;
}
function commitUrlOf(runUrl, sha) {
	const repository = findRepository(runUrl);
	return repository === null || sha === null || !isSha(sha) ? null : `${repository}/commit/${sha}`;
}
function rangeUrlOf(runUrl, after, sha) {
	const repository = findRepository(runUrl);
	const isKnown = after !== null && sha !== null && isSha(after) && isSha(sha);
	return repository === null || !isKnown ? null : `${repository}/compare/${after}...${sha}`;
}
const RUN_PATH = /^(?:((?:\/[^/]+){2})\/actions\/runs\/\d+|((?:\/[^/]+){2,}?\/-)\/(?:jobs|pipelines)\/\d+)/;
function findRepository(runUrl) {
	const url = parseWebUrl(runUrl);
	const path = url === null ? null : RUN_PATH.exec(url.pathname);
	return url === null || path === null ? null : url.origin + (path[1] ?? path[2]);
}
function pickSameOrigin(url, run) {
	if (url === null || run === null || !URL.canParse(url) || !URL.canParse(run)) return null;
	return new URL(url).origin === new URL(run).origin ? url : null;
}
// src/render/markdown.ts
const COMMENT_ROOM = {
	most: 6e4,
	sizeOf: (text) => text.length
};
const NOTE_ROOM = {
	most: 1e6,
	sizeOf: (text) => text.length,
	mostOfCharts: 2e3
};
const SUMMARY_ROOM = {
	most: 1032192,
	sizeOf: (text) => new TextEncoder().encode(text).length
};
function writeMarkdown(sentence, most = Infinity) {
	return writeSentence(sentence, {
		...MARKDOWN,
		room: most
	}).split(CODE).map((part, i) => i % 2 === 1 ? part : keepUnitsTogether(part)).join("");
}
const CODE = /(`{3}[^`]*`{3}|`[^`\n]*`|<code>[^<]*<\/code>)/;
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
	return `[${text}](${url.replace(/[()<>\\|\s]/g, encodeURIComponent).replaceAll("(", "%28").replaceAll(")", "%29")})`;
}
function layMarkdownTable({ columns, rows }, most) {
	if (rows.length === 0) return null;
	const shown = rows.slice(0, most).map((row) => row.map((cell) => writeMarkdown(cell, most)));
	const text = markdownTable([columns.map(({ heading }) => writeMarkdown(heading)), ...shown], {
		align: columns.map(({ align }) => align === "left" ? "l" : "r"),
		alignDelimiters: false
	});
	return rows.length === shown.length ? text : `${text}\n\n${describeRest$1(rows.length - shown.length, "row")}`;
}
function layMarkdownList(entries, most, room = most) {
	if (entries.length === 0) return null;
	const shown = entries.slice(0, most).map((entry) => `- ${writeMarkdown(entry, room)}`);
	if (entries.length > shown.length) shown.push(`- ${describeRest$1(entries.length - shown.length, "entry", "entries")}`);
	return shown.join("\n");
}
function foldBlocks(summary, blocks) {
	return `<details>\n<summary>${summary}</summary>\n\n${blocks.join("\n\n")}\n\n</details>`;
}
const ROWS = [
	200,
	64,
	20,
	8,
	3,
	1
];
function fitBudget(render, { most: maximum, sizeOf }) {
	for (const most of ROWS) {
		const text = render(most);
		if (sizeOf(text) <= maximum) return text;
	}
	return render(0);
}
function describeRest$1(count, one, many) {
	return `\u2026 and ${pluralise(count, `more ${one}`, `more ${many ?? `${one}s`}`)}, in the report.`;
}
// src/render/mermaid.ts
const COLOURS$1 = {
	candidate: ["blue", "#2f81f7"],
	baseline: ["grey", "#8c959f"],
	control: ["amber", "#bf8700"]
};
const MOST_LEVELS$2 = 40;
const STEPS = 40;
function drawMermaidChart(chart) {
	if (chart.isApart) return null;
	return chart.x.scale === "log2" ? drawOverLoad(chart) : drawCurve$2(chart);
}
function drawOverLoad({ title, x, y, lines }) {
	const stretch = findLongest(lines.find(({ kind }) => kind === "candidate")?.strokes ?? []);
	if (stretch.length < 2 || stretch.length > MOST_LEVELS$2) return null;
	const other = lines.find(({ kind, points }) => kind !== "candidate" && points.length > 0);
	const scale = y.unit === "%" ? 100 : 1;
	const before = stretch.map((point) => scale * (other?.points.find((one) => one.x === point.x)?.y ?? 0));
	const beside = other !== void 0 && before.some((value) => value > 0) ? other : null;
	const now = stretch.map((point) => scale * point.y);
	const levels = stretch.map((point) => x.format(point.x));
	const part = lines.some(({ kind, points }) => kind === "candidate" && points.length > stretch.length) ? `, levels ${levels[0]} to ${levels.at(-1)}` : "";
	const own = nameOf(lines, "candidate");
	return layChart$1({
		title: `${title}${part}: ${beside === null ? own : `${own} line, ${beside.label} bars`}`,
		palette: [...beside === null ? [] : [beside.kind], "candidate"],
		x: `"${x.label.replace(" (doubling)", "")}" [${levels.map((level) => `"${level}"`).join(", ")}]`,
		y: y.unit,
		plots: [...beside === null ? [] : [{
			kind: "bar",
			values: before
		}], {
			kind: "line",
			values: now
		}]
	});
}
function drawCurve$2({ x, y, lines }) {
	const sides = lines.flatMap((line) => {
		const rising = findLongest(line.strokes.flatMap(splitWhereItFalls));
		return rising.length < 2 ? [] : [{
			line,
			rising
		}];
	});
	if (!sides.some(({ line }) => line.kind === "candidate")) return null;
	const whole = findCommonStretch(sides);
	const drawn = whole === null ? sides.filter(({ line }) => line.kind === "candidate") : sides;
	const stretch = whole ?? findCommonStretch(drawn);
	if (stretch === null) return null;
	const { from, to } = stretch;
	const places = Array.from({ length: 41 }, (_, i) => from + i * (to - from) / STEPS);
	return layChart$1({
		title: `Throughput by latency: ${drawn.toReversed().map(({ line }) => `${line.label} ${COLOURS$1[line.kind][0]}`).join(", ")}`,
		palette: drawn.map(({ line }) => line.kind),
		x: `"${x.label}, ${x.unit}" ${formatPlain(from)} --> ${formatPlain(to)}`,
		y: y.unit,
		plots: drawn.map(({ rising }) => ({
			kind: "line",
			values: places.map((place) => readAt(rising, place))
		}))
	});
}
function findLongest(stretches) {
	return stretches.reduce((longest, one) => one.length >= longest.length ? one : longest, []);
}
function splitWhereItFalls(stroke) {
	const parts = [];
	for (const point of stroke) {
		const before = parts.at(-1)?.at(-1);
		if (before === void 0 || point.x <= before.x) parts.push([point]);
		else parts.at(-1).push(point);
	}
	return parts;
}
function findCommonStretch(sides) {
	const from = Math.max(...sides.map(({ rising }) => rising[0].x));
	const to = Math.min(...sides.map(({ rising }) => rising.at(-1).x));
	return to > from * 1.05 ? {
		from,
		to
	} : null;
}
function readAt(rising, place) {
	const at = rising.findIndex((point) => point.x >= place);
	const right = rising[at === -1 ? rising.length - 1 : at];
	const left = rising[Math.max(0, at === -1 ? rising.length - 1 : at - 1)];
	return right.x === left.x ? right.y : left.y + (place - left.x) / (right.x - left.x) * (right.y - left.y);
}
function nameOf(lines, kind) {
	return lines.find((line) => line.kind === kind).label;
}
function layChart$1({ title, palette, x, y, plots }) {
	const top = Math.max(...plots.flatMap(({ values }) => values)) * 1.1;
	return [
		"```mermaid",
		"---",
		"config:",
		"  xyChart:",
		"    titleFontSize: 16",
		"  themeVariables:",
		"    xyChart:",
		`      plotColorPalette: "${palette.map((kind) => COLOURS$1[kind][1]).join(", ")}"`,
		"---",
		"xychart-beta",
		`  title "${title}"`,
		`  x-axis ${x}`,
		`  y-axis "${y}" 0 --> ${formatPlain(top)}`,
		...plots.map(({ kind, values }) => `  ${kind} [${values.map(formatPlain).join(", ")}]`),
		"```"
	].join("\n");
}
function formatPlain(value) {
	return String(Number(Number(value.toPrecision(4)).toFixed(6)));
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
		gates: 1,
		scenarios: 1,
		acceptLabel: "plateau-accept",
		queued: null,
		subject: "pull-request",
		defaultBranch: "main",
		intoBranch: null,
		withoutVerdict: false,
		...input
	};
}
function nameRuns({ subject = "pull-request", defaultBranch = "main", intoBranch = null }) {
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
function nameBranch(branch) {
	return /^[\w/-]{1,40}$/.test(branch) ? branch : "the default branch";
}
function nameSide(label) {
	return label === "baseline" || label === "control" ? `the ${label}` : label;
}
// src/render/view/chart.ts
function listSides(report, verdict, names) {
	const { sides, comparisons = [] } = verdict ?? {};
	const others = [{
		kind: "baseline",
		label: names.baseline,
		read: (name) => readBaseline(name, comparisons, sides ?? {})
	}, {
		kind: "control",
		label: "control",
		read: (name) => readCurve(name, sides?.control)
	}];
	const candidate = {
		kind: "candidate",
		label: names.candidate,
		read: (name) => readLevels$1(report.levels, name, report.plateau.metric)
	};
	return [...others, candidate];
}
function listLadder({ levels }, found) {
	const all = [...levels, ...found.flatMap(({ at }) => at)].map(({ concurrency }) => concurrency);
	return [...new Set(all)].sort((a, b) => a - b);
}
function findAt(at, level) {
	return at.find(({ concurrency }) => concurrency === level);
}
function describeSides(found, describe, between) {
	return found.toReversed().filter(({ at }) => at.length > 0).map(({ side, at }) => `${side.label}: ${at.map(describe).join(between)}.`).join(" ");
}
function readLevels$1(levels, name, rate) {
	return levels.flatMap((level) => {
		const value = pickFigure(level, name, rate);
		if (value === null || !isShown(name, value)) return [];
		const passes = level.passes.flatMap((pass) => pickFigure(pass, name, rate) ?? []);
		const range = passes.length < 2 ? null : {
			low: Math.min(...passes, value),
			high: Math.max(...passes, value)
		};
		return [{
			concurrency: level.concurrency,
			value,
			range,
			isUsable: level.valid
		}];
	}).sort((a, b) => a.concurrency - b.concurrency);
}
function pickFigure(figures, name, rate) {
	if (isKeptFigure(name)) return READ_KEPT[name](figures);
	const row = metricOf(metricOfFigure(name));
	return row.percentile === null ? figures[rate] : figures[row.field]?.[row.percentile] ?? null;
}
const READ_KEPT = {
	attainment: ({ attained }) => attained?.attainment ?? null,
	goodput: ({ attained }) => attained?.requestsPerSecond ?? null
};
function isShown(name, value) {
	return value > 0 || isKeptFigure(name);
}
function readBaseline(name, comparisons, { baseline: recorded, control }) {
	const found = new Map(readCurve(name, recorded).map((reading) => [reading.concurrency, reading]));
	const comparison = findComparison(comparisons, name);
	if (comparison !== void 0 && (comparison.control === null || recorded === void 0 && control === void 0)) for (const { concurrency, baseline } of [...comparison.byLevel, ...comparison.aside]) {
		if (!isShown(name, baseline)) continue;
		const range = found.get(concurrency)?.range ?? null;
		found.set(concurrency, {
			concurrency,
			value: baseline,
			range,
			isUsable: true
		});
	}
	return [...found.values()].sort((a, b) => a.concurrency - b.concurrency);
}
function findComparison(comparisons, name) {
	return comparisons.find(({ metric }) => metric === metricOfFigure(name));
}
function readCurve(name, curve) {
	return (curve?.levels ?? []).flatMap(({ concurrency, figures }) => {
		const figure = figures[name];
		if (figure === void 0 || !isShown(name, figure.value)) return [];
		const { value, low, high } = figure;
		return [{
			concurrency,
			value,
			range: low === void 0 || high === void 0 ? null : {
				low,
				high
			},
			isUsable: true
		}];
	});
}
const STATE_WORDS = {
	found: "",
	"at-least": "at least ",
	below: "below ",
	unknown: ""
};
function listCapacities({ slo, series }, verdict, sides) {
	const load = loadOf(series);
	const own = slo?.capacity;
	const comparison = verdict?.comparisons.find(({ metric }) => metricOf(metric).quantity === "concurrency");
	const before = comparison?.bounds?.baseline === void 0 ? comparison?.baseline ?? null : null;
	const main = sides.find(({ kind }) => kind === "baseline");
	return [...own?.concurrency == null ? [] : [{
		side: "candidate",
		value: own.concurrency.value,
		label: `capacity ${STATE_WORDS[own.state]}${formatLevel(load, own.concurrency.value)}`
	}], ...before === null || main === void 0 ? [] : [{
		side: main.kind,
		value: before,
		label: `${main.label}: capacity ${formatLevel(load, before)}`
	}]];
}
const LOAD_AXES = {
	concurrency: {
		label: "concurrency (doubling)",
		unit: "",
		scale: "log2",
		format: formatConcurrency
	},
	rate: {
		label: "rate, a second (doubling)",
		unit: "/s",
		scale: "log2",
		format: (rate) => formatLevel("rate", rate)
	},
	speed: {
		label: "speed of the trace (doubling)",
		unit: "x",
		scale: "log2",
		format: (speed) => formatLevel("speed", speed)
	}
};
function joinPoints({ label, kind }, placed, ladder) {
	const usable = placed.filter(({ isUsable }) => isUsable);
	return {
		label,
		kind,
		points: usable.map(({ point }) => point),
		strokes: breakAtGaps(usable, ladder),
		unusable: placed.flatMap(({ isUsable, point }) => isUsable ? [] : [point])
	};
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
function spansDecades(values) {
	return values.length > 0 && Math.min(...values) > 0 && Math.max(...values) > 20 * Math.min(...values);
}
function boxPlateau({ plateau, series }, placeOf) {
	const estimate = plateau[plateau.metric];
	const { concurrencies } = plateau;
	if (isOpenLoop(loadOf(series)) || concurrencies.length < 2) return [];
	if (estimate === null || estimate.low === null || estimate.high === null) return [];
	const [first, last] = [placeOf(concurrencies[0]), placeOf(concurrencies.at(-1))];
	if (first === void 0 || last === void 0) return [];
	const { low, high } = estimate;
	return [{
		kind: "plateau",
		from: Math.min(first, last),
		to: Math.max(first, last),
		low,
		high,
		label: "plateau"
	}];
}
function wordPlateau({ plateau: { concurrencies, kneeConcurrency }, series }, readings) {
	if (isOpenLoop(loadOf(series))) return [];
	const levels = readings.filter(({ isUsable }) => isUsable);
	return levels.flatMap(({ concurrency }, i) => {
		const before = levels[i - 1]?.concurrency ?? 0;
		const isKnee = kneeConcurrency !== null && kneeConcurrency > before && kneeConcurrency <= concurrency;
		const words = [...concurrencies.length > 1 && concurrencies.includes(concurrency) ? ["plateau"] : [], ...isKnee ? [`knee ${formatConcurrency(kneeConcurrency)}`] : []];
		return words.length === 0 ? [] : [{
			x: concurrency,
			words: words.join(", ")
		}];
	});
}
function boxObjective({ slo }, time, axis) {
	const atMostMs = findBound(slo?.objectives ?? "", time);
	if (atMostMs === null) return [];
	return [{
		from: null,
		to: null,
		low: null,
		high: null,
		kind: "objective",
		label: `objective: ${nameOf$1({ metric: medianOf(time).name })} at most ${formatMs(atMostMs)}`,
		[axis === "x" ? "to" : "high"]: atMostMs
	}];
}
function findBound(objectives, time) {
	for (const one of objectives.split(",")) {
		const [, name, amount] = /^\s*([a-z]+) <= (\d+(?:\.\d+)?)ms\s*$/.exec(one) ?? [];
		if (name === time) return Number(amount);
	}
	return null;
}
// src/render/view/compared/baseline.ts
function viewBaseline(situation) {
	const { verdict, report } = situation;
	const { drift: slowDrift } = verdict;
	return {
		runs: countRuns$1(verdict),
		isControl: isFirstBesideControl(verdict),
		origin: describeOrigin(situation),
		tolerances: describeTolerances(verdict),
		grounds: {
			heading: "What this rests on",
			table: tabulateGrounds(verdict, report)
		},
		narrowed: describeNarrowed(verdict, report),
		passedOver: verdict.baseline.skipped.map((sentence) => quoteProse(sentence)),
		slowDrift: slowDrift === null || slowDrift.metrics.length === 0 ? null : describeSlowDrift(slowDrift),
		outlook: tabulateOutlook(verdict.outlook, report),
		control: describeControl(verdict),
		confirmation: describeConfirmation(verdict),
		changes: {
			heading: "What else changed",
			table: tabulateChanges("What", verdict.whatElseChanged.map(({ what, before, now }) => [
				what,
				before,
				now
			]))
		}
	};
}
function tabulateChanges(what, changes) {
	return {
		columns: [
			makeWordColumn(what),
			makeWordColumn("Before"),
			makeWordColumn("Now")
		],
		rows: changes.map(([what, ...values]) => [quote(what), ...values.map((value) => quoteCode(value))])
	};
}
function tabulateGrounds(verdict, report) {
	const load = loadOfVerdict(verdict);
	return {
		columns: [
			makeWordColumn("Metric"),
			makeWordColumn("levels"),
			makeFigureColumn("independent runs"),
			makeFigureColumn("spread between runs"),
			makeFigureColumn("tolerance")
		],
		rows: verdict.comparisons.filter(({ change }) => change !== null).map((comparison) => {
			const onlySome = report !== null && lacksLevels(comparison, report);
			const { levels, groups, leftOut, tolerance } = comparison;
			return [
				labelOf(comparison),
				levels.length === 0 ? "whole run" : `${joinShortList(levels.map((level) => formatLevel(load, level)), 12)}${onlySome ? ", the levels that both have" : ""}`,
				`${formatCount(groups)}${leftOut === 0 ? "" : ` (${formatCount(leftOut)} left out)`}`,
				describeSpread(comparison, verdict),
				formatShare(tolerance)
			];
		})
	};
}
function describeSpread(comparison, verdict) {
	const { spread, assumedShare = assumeShare(comparison, verdict) } = comparison;
	return `${formatShare(spread)}${assumedShare === 1 ? ", assumed" : assumedShare > 0 ? ", partly assumed" : ""}`;
}
function assumeShare({ assumedSpread, groups, segments, control }, verdict) {
	const shown = control?.pairs === 0 ? verdict.control?.fresh === true ? verdict.control.sessions : 1 : groups;
	if (segments === 1 && shown === 1) return 1;
	return assumedSpread ? .5 : 0;
}
function lacksLevels(comparison, { levels }) {
	return levels.some(({ concurrency }) => lacksLevel(comparison, concurrency));
}
function countSinceStep({ comparisons, baseline: { groups } }) {
	const compared = comparisons.filter(({ change }) => change !== null);
	if (compared.length === 0 || compared.some(({ segments }) => segments < 2)) return null;
	const used = Math.max(...compared.map((comparison) => comparison.groups));
	return used < groups ? used : null;
}
function countRuns$1(verdict) {
	const { runs, groups } = verdict.baseline;
	const used = countSinceStep(verdict);
	if (used === null) return pluralise(runs, "run");
	return `${formatCount(used)} of ${groups === runs ? pluralise(runs, "run") : pluralise(groups, "point")}`;
}
function describeOrigin({ verdict, links, subject, defaultBranch, intoBranch }) {
	const { baseline, comparisons } = verdict;
	if (isFirstBesideControl(verdict)) return nameControlAlone(verdict.control);
	if (comparisons.length === 0 || baseline.runs === 0) return null;
	const origin = baseline.origin === null ? "" : say` (${quote(baseline.origin)})`;
	const runs = say`Compared with ${pluralise(baseline.runs, "run")}${origin}${describeGroups(verdict)}${describeStep$2(verdict)}`;
	const control = comparisons.some((comparison) => comparison.control !== null) ? ", and with the control" : "";
	if (baseline.newest === null) return say`${runs}${control}`;
	const { sha, startedAt, url } = baseline.newest;
	const commit = sha === null ? "" : say`${linkTo(quote(formatSha(sha), 20), pickSameOrigin(url, links.run))} `;
	const branch = subject === "run" ? "this run" : "this branch";
	const ancestor = intoBranch !== null ? say` and of ${quote(defaultBranch)}; this pull request goes into ${quoteCode(intoBranch)}` : baseline.ancestor === null ? "" : baseline.ancestor ? `, which ${branch} contains` : `, which is newer than ${branch}`;
	const newest = baseline.runs === 1 ? "" : "the newest ";
	return say`${runs}, ${newest}${commit}of ${quote(formatDay(startedAt))}${ancestor}${control}`;
}
function describeGroups({ baseline: { runs, groups } }) {
	return groups === runs ? "" : `, which count as ${formatCount(groups)} (runs of one hour or one workflow run share machine and deployment)`;
}
function describeStep$2(verdict) {
	const used = countSinceStep(verdict);
	return used === null ? "" : `, of which the ${formatCount(used)} since the last step are used`;
}
function describeTolerances({ comparisons }) {
	const byShare = Map.groupBy(comparisons, ({ tolerance }) => formatShare(tolerance));
	if (byShare.size < 2) return `tolerance ${[...byShare.keys()].join("")}`;
	return `tolerance ${[...byShare].map(([share, same]) => `${share} for ${joinShortList(same.map(nameOf$1))}`).join(", ")}`;
}
function describeSlowDrift({ since, released, newest, metrics }) {
	const beginning = say`Slow drift since ${quote(since)}`;
	if (metrics.length === 0) return say`${beginning}: too few runs to tell (${String(released)} before, ${String(newest)} since).`;
	const changes = metrics.map((metric) => `${nameOf$1(metric)} ${formatChange(metric.change)}`).join(", ");
	return say`${beginning} (${pluralise(newest, "newest run")} against ${String(released)}): ${changes}.`;
}
function tabulateOutlook(outlook, report) {
	const hasPlateau = report === null || loadOf(report.series) === "concurrency" && reachesPlateau(report.plateau.state);
	const nameMetric = (metric) => labelOf({
		metric,
		ofPlateau: metricOf(metric).comparedOver === "plateau" ? hasPlateau : null
	});
	const counts = [...new Set(outlook.map(({ runs }) => runs))].sort((a, b) => a - b);
	const metrics = [...new Set(outlook.map(({ metric }) => metric))];
	const showVisible = (metric, runs) => formatVisible(outlook.find((entry) => entry.metric === metric && entry.runs === runs) ?? {
		metric,
		smallestVisible: null
	});
	return {
		columns: [makeWordColumn(`Worsening found ${IN_FOUR_OF_FIVE} runs, after`), ...counts.map((runs) => makeFigureColumn(`${runs} recorded`))],
		rows: metrics.map((metric) => [nameMetric(metric), ...counts.map((runs) => keepUnit(showVisible(metric, runs)))])
	};
}
function describeConfirmation({ confirmation }) {
	if (confirmation === null) return null;
	const { passes } = confirmation;
	return passes === 0 ? "No second look was possible." : `Second look: ${pluralise(passes, "fresh pass", "fresh passes")}.`;
}
function isFirstBesideControl({ comparisons }) {
	const judged = comparisons.filter(({ change }) => change !== null);
	return judged.length > 0 && judged.every(({ control }) => control?.pairs === 0);
}
function nameControlAlone({ sessions, fresh }) {
	const each = sessions === 1 ? "" : " for each";
	return `Compared with the control alone, ${fresh ? `in ${pluralise(sessions, "session")}, both started anew${each}` : "measured beside it"}`;
}
function describeControl(verdict) {
	const { control } = verdict;
	if (control === null) return null;
	const troubles = control.troubles.map((why) => say`The control: ${quoteProse(why)}.`);
	const grounds = isJudgedByControl(verdict) ? describeGrounds(verdict) : "The control did not decide: the recorded runs alone did.";
	return joinSentences([grounds, ...troubles], " ");
}
function describeGrounds(verdict) {
	const { sessions, fresh } = verdict.control;
	if (isFirstBesideControl(verdict)) return `It needs no history, because both sides were measured in the same minutes; how much ${sessions > 1 && fresh ? "such sessions" : "two deployments of the same code"} differ is ${sessions > 1 && fresh ? "partly " : ""}assumed.`;
	const sides = `Measured beside its control in ${pluralise(sessions, "session")}${fresh ? ", both sides started anew for each" : ""}.`;
	const moved = verdict.comparisons.filter(({ control }) => control !== null && control.pairs > 0).map((comparison) => `${formatShare(comparison.control.theta)} in ${nameOf$1(comparison)}`);
	const pairs = Math.max(...verdict.comparisons.map(({ control }) => control?.pairs ?? 0));
	return `${sides} ${pluralise(pairs, "recorded run")} beside the control ${pairs === 1 ? "tells" : "tell"} how much of its movement is common: ${joinShortList(moved)}.`;
}
function lacksLevel({ metric, better, levels }, concurrency) {
	if (levels.includes(concurrency)) return false;
	if (metricOf(metric).stopsAtKnee) return concurrency < Math.max(...levels);
	return better === "lower" || concurrency > Math.min(...levels);
}
function isJudgedByControl({ comparisons }) {
	return comparisons.some(({ control }) => control !== null);
}
function describeNarrowed(verdict, report) {
	if (report === null) return null;
	const narrowed = FIGURES_OF_LEVEL.flatMap((name) => {
		const comparison = findComparison(verdict.comparisons, name);
		if (comparison === void 0 || comparison.change === null || comparison.levels.length === 0) return [];
		const { control } = verdict.sides ?? {};
		const beside = comparison.control === null || control === void 0 ? null : readCurve(name, control);
		return readLevels$1(report.levels, name, report.plateau.metric).filter(({ isUsable, concurrency }) => isUsable && lacksLevel(comparison, concurrency)).map(({ concurrency }) => ({
			concurrency,
			isLost: beside?.every((level) => level.concurrency !== concurrency)
		}));
	});
	const load = loadOfVerdict(verdict);
	const nameLevels = (found) => {
		const levels = [...new Set(found.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
		return spellLevels(load, joinShortList(levels.map((level) => formatLevel(load, level))));
	};
	const [held, lost] = [narrowed.filter(({ isLost }) => isLost !== true), narrowed.filter(({ isLost }) => isLost)];
	const runs = isJudgedByControl(verdict) ? "runs beside the control" : "runs";
	const lacks = (verdict.confirmation?.passes ?? 0) > 0 ? `the second look or some ${runs} lack` : `too few ${runs} have`;
	const causes = [...held.length === 0 ? [] : [`${lacks} usable figures at ${nameLevels(held)}`], ...lost.length === 0 ? [] : [`the control lacks usable figures at ${nameLevels(lost)}`]];
	return causes.length === 0 ? null : `Not everything is compared at every level: ${causes.join(", and ")}.`;
}
// src/render/view/compared/chance.ts
function describeChance({ verdict: judged, gates, scenarios }) {
	const { falseAlarmRate, policy, verdict, comparisons, control } = judged;
	if (comparisons.length === 0 || verdict === "accepted" || policy.gate === "release") return null;
	if (falseAlarmRate === null) return policy.decision === "threshold" ? "How often unchanged code would be red is not known yet: `decision: threshold` does not look at noise." : null;
	if (policy.decision === "statistical") {
		const often = `Unchanged code is red in about ${formatOneOf(falseAlarmRate)} runs`;
		const isGiven = comparisons.some(({ assumedSpread }) => assumedSpread);
		const isShown = control !== null && control.fresh && control.sessions > 1;
		const alone = isFirstBesideControl({ comparisons }) ? `${often} measured like this one, if two deployments of it differ as assumed${isShown ? ", or as its sessions show" : ""}.` : `${often} made like the recorded ones${isGiven ? ", as long as these spread by no more than `expected-spread` says" : ""}.`;
		const together = scenarios === 1 ? alone : `${alone} ${describeScenarios(falseAlarmRate, scenarios)}`;
		return gates === 1 ? together : `${together} ${describeGates(falseAlarmRate * scenarios, gates)}`;
	}
	return `With \`decision: threshold\` unchanged code would be red in ${falseAlarmRate > .5 ? "more than half of all" : `about ${formatOneOf(falseAlarmRate)}`} runs.`;
}
function describeScenarios(falseAlarmRate, scenarios) {
	return `That is at most ${countInHundred(falseAlarmRate * scenarios)} in 100 for the ${scenarios} scenarios of this run together.`;
}
function describeGates(falseAlarmRate, gates) {
	return `With ${gates} jobs in this matrix that is at most ${countInHundred(gates * falseAlarmRate)} in 100 for the ${gates} gates together; with \`defer\` and a report job all of them share one rate.`;
}
function countInHundred(rate) {
	return Number((100 * Math.min(1, rate)).toPrecision(2));
}
function describeChanceAndRemedy({ verdict, gates, scenarios, links, queued }) {
	const likely = describeChance({
		verdict,
		gates,
		scenarios
	});
	const inflated = describeInflation(verdict);
	const isByLimit = verdict.reasons.every((reason) => reason.startsWith("limit"));
	if (likely === null || verdict.verdict !== "regressed" || isByLimit) return likely;
	const surer = queued === null ? "re-run the job: its attempts count together" : describeRequeueing(queued);
	return [
		likely,
		...describeUnpromised(verdict),
		...inflated === null ? [] : [inflated],
		...links.run === null ? [] : [`To be surer, ${surer}.`]
	].join(" ");
}
const UNPROMISED = {
	unmet: .03,
	grown: .15,
	pinned: .08
};
function describeUnpromised({ falseAlarmRate, policy, comparisons, control }) {
	const isKnown = comparisons.some(({ verdict, groups }) => verdict === "regressed" && groups > 0);
	if (policy.decision !== "statistical" || falseAlarmRate === null || !isKnown) return [];
	return control !== null && control.pairs > 0 ? [`Just after the default branch has become slower and the control has not, up to ${countInHundred(UNPROMISED.pinned)} of 100 are red.`] : [`Where something slows a run now and then that no recorded run has met, up to ${countInHundred(UNPROMISED.unmet)} of 100 are red.`, `Where runs have just begun to spread more than the recorded ones, up to ${countInHundred(UNPROMISED.grown)} of 100 are red.`];
}
function describeInflation({ comparisons, policy }) {
	if (policy.decision === "threshold") return null;
	const large = comparisons.filter(({ verdict, worsening, smallestVisible }) => verdict === "regressed" && worsening !== null && smallestVisible !== null && worsening < smallestVisible);
	if (large.length === 0) return null;
	return `What was seen is smaller than what is found ${IN_FOUR_OF_FIVE} runs (${joinShortList(large.map(nameVisible))}); on average such changes are smaller than they look when they are red.`;
}
function describeRequeueing(queued) {
	return `add #${queued} to the merge queue again`;
}
const WIDE_SPREAD = .03;
const FEWEST_GROUPS = 8;
function describeFineness(verdict, report) {
	const sentences = [describeGrown(verdict), describeVisible(verdict, report)].filter((each) => each !== null);
	return sentences.length === 0 ? null : sentences.join(" ");
}
function describeGrown({ comparisons }) {
	const grown = comparisons.flatMap((comparison) => comparison.spreadBefore === void 0 ? [] : [`${nameOf$1(comparison)} (${formatShare(comparison.spreadBefore)} before, ${formatShare(comparison.spread)} used now)`]);
	if (grown.length === 0) return null;
	return `The newest recorded runs spread more than those before: ${joinShortList(grown)}. Those before say no more how far runs may lie apart; \`plateau audit\` splits it by its causes.`;
}
function describeVisible({ comparisons, control, policy }, report) {
	if (control !== null || policy.decision === "threshold") return null;
	const noisy = comparisons.filter((comparison) => isNoisy(comparison));
	if (noisy.length === 0) return null;
	const widest = Math.max(...noisy.map(({ spread }) => spread));
	return `Runs of the same code spread by up to ${formatShare(widest)} here, so this gate finds ${joinShortList(noisy.map(nameVisible))} ${IN_FOUR_OF_FIVE} runs, and more history changes little.${report?.imported === void 0 ? " A `control` beside the candidate removes what both have in common." : ""}`;
}
function isNoisy({ spread, groups, smallestVisible }) {
	return spread !== null && spread >= WIDE_SPREAD && groups >= FEWEST_GROUPS && smallestVisible !== null;
}
// src/render/view/compared/comparisons.ts
function viewComparisons(verdict, names) {
	return {
		rows: listComparisonRows(verdict),
		requests: listRequestRows(verdict),
		before: nameBefore(verdict, names),
		byLevel: tabulateLevels$1(verdict, names),
		lost: describeLost$1(verdict),
		errors: describeErrors$1(verdict),
		unused: describeUnused(verdict),
		notes: describeNotes(verdict)
	};
}
function listComparisonRows({ comparisons }) {
	return comparisons.map((comparison) => {
		const { interval, verdict, tolerance, accepted } = comparison;
		const isKnown = !isBoundedTwice(comparison);
		const by = accepted?.by == null ? "" : say` by ${quote(`@${accepted.by}`)}`;
		return {
			metric: labelOf(comparison),
			baseline: formatSide(comparison, "baseline"),
			candidate: formatSide(comparison, "candidate"),
			change: formatChange(isKnown ? comparison.change : null),
			interval: interval === null || !isKnown ? null : formatInterval(interval),
			visible: formatVisible(comparison),
			verdict: say`${describeWord(verdict, tolerance)}${by}`,
			short: shortenFigures(comparison),
			looksWorse: looksWorse(verdict),
			isRegressed: verdict === "regressed"
		};
	});
}
function shortenFigures(comparison) {
	const { unit, verdict } = comparison;
	const formatBare = (side) => unit === null ? formatSide(comparison, side) : formatSide(comparison, side).replace(` ${unit}`, "");
	const name = shortenLabel(comparison);
	return {
		metric: unit === null ? name : `${name}, ${unit}`,
		baseline: formatBare("baseline"),
		candidate: formatBare("candidate"),
		verdict: describeWord(verdict).replace(/^\P{L}+/u, "").toLowerCase()
	};
}
function nameLost(verdict, level) {
	const load = loadOfVerdict(verdict);
	return capitalise(spellLevels(load, formatLevel(load, level)));
}
const LOST_WORDS = {
	regressed: {
		cell: "\u274C No longer holds",
		clause: "no longer holds"
	},
	suspect: {
		cell: "\u26A0\uFE0F Did not hold",
		clause: "did not hold, not proven"
	},
	"not-measured": {
		cell: "\u2754 Not usable",
		clause: null
	}
};
const ERROR_WORDS = {
	regressed: "\u274C More fail",
	"not-measured": "\u2754 More failed, not confirmed",
	suspect: "\u26A0\uFE0F More failed, not confirmed",
	"no-change-seen": "No change seen"
};
function listRequestRows(verdictOf) {
	const { lostLevels, errorRate } = verdictOf;
	const lost = lostLevels.map(({ concurrency, baseline, candidate, verdict }) => ({
		what: nameLost(verdictOf, concurrency),
		baseline: formatFailed(baseline),
		candidate: formatFailed(candidate),
		change: "\u2013",
		verdict: LOST_WORDS[verdict].cell
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
function nameBefore(verdict, { baseline }) {
	return isFirstBesideControl(verdict) ? "control" : baseline;
}
function tabulateLevels$1(verdict, names) {
	const { comparisons } = verdict;
	const layCells = (comparison, level, label) => [
		label,
		formatLevel(loadOfVerdict(verdict), level.concurrency),
		keepUnit(formatFigure(comparison, level.baseline)),
		keepUnit(formatFigure(comparison, level.candidate)),
		keepUnit(formatChange(level.change))
	];
	return {
		columns: [makeWordColumn("Metric"), ...[
			"level",
			nameBefore(verdict, names),
			names.candidate,
			"change"
		].map(makeFigureColumn)],
		rows: comparisons.flatMap((comparison) => [...comparison.byLevel.map((level) => layCells(comparison, level, labelOf(comparison))), ...comparison.aside.map((level) => layCells(comparison, level, `${labelOfAside(comparison)}, not compared`))])
	};
}
function describeLost$1(verdictOf) {
	return verdictOf.lostLevels.flatMap((level) => {
		const { concurrency, verdict, candidate, baseline, reason, repeatFailed } = level;
		const { clause } = LOST_WORDS[verdict];
		if (clause === null) return [];
		const why = reason === "" ? "" : say` (${quoteProse(reason, 200)})`;
		const again = repeatFailed === null ? ", not repeated" : repeatFailed ? ", and again when repeated" : ", but held when repeated";
		return [say`${nameLost(verdictOf, concurrency)} ${clause}: ${formatFailed(candidate)}${why}${again}; in the baseline ${formatFailed(baseline)}.`];
	});
}
function describeUnused(verdictOf) {
	return verdictOf.lostLevels.flatMap(({ concurrency, verdict, candidate, reason, repeatFailed }) => {
		if (verdict !== "not-measured") return [];
		const { ok, failed } = candidate;
		const counts = failed === 0 ? "" : `, ${partOf(failed, ok + failed, "request")} failed`;
		const again = repeatFailed === null ? "" : repeatFailed ? ", nor when it was repeated" : ", but did when it was repeated";
		const level = nameLost(verdictOf, concurrency);
		return [say`${level} gave no usable figures (${quoteProse(reason, 200)}${counts})${again}.`];
	});
}
function describeErrors$1({ errorRate }) {
	if (errorRate === null || errorRate.verdict === "no-change-seen") return null;
	return `${formatFailedShare(errorRate.candidate)} of the requests fail, ${formatFailedShare(errorRate.baseline)} in the baseline.`;
}
function describeNotes({ comparisons }) {
	return [
		...comparisons.flatMap((comparison) => reachesBeyond(comparison) ? [`${labelOf(comparison)}: its 95 % interval reaches beyond ${keepTogether(formatShare(comparison.tolerance))} because it has 2.5 % of chance at each end; a proof asks only how much worse it may be, so that all of its chance is at that one end.`] : []),
		...comparisons.flatMap((comparison) => comparison.note === null ? [] : [say`${labelOf(comparison)}: ${quoteProse(comparison.note)}`]),
		...comparisons.flatMap((comparison) => {
			const why = comparison.accepted?.why ?? null;
			return why === null ? [] : [say`${labelOf(comparison)} was accepted: ${quote(why, 200)}`];
		})
	];
}
function reachesBeyond({ verdict, better, interval, tolerance }) {
	if (verdict !== "proven" || interval === null) return false;
	return worseningOf(better, better === "lower" ? interval.high : interval.low) >= tolerance;
}
function describeWord(word, tolerance = null) {
	switch (word) {
		case "regressed": return "\u274C Regressed";
		case "not-measured": return "\u2754 Not measured";
		case "suspect": return "\u26A0\uFE0F Suspect";
		case "not-comparable": return "\u2754 Not comparable";
		case "accepted": return "Accepted";
		case "no-change-seen": return "No change seen";
		case "proven": return tolerance === null ? "\u2705 Proven" : `\u2705 Proven within ${keepTogether(formatShare(tolerance))}`;
		case "improved": return "\u2705 Improved";
	}
}
// src/render/view/clues.ts
function listCluesAside(verdict, names) {
	const { baseline, control } = verdict?.sides ?? {};
	const collect = (curve) => new Map((curve?.levels ?? []).flatMap(({ concurrency, clues }) => clues === void 0 ? [] : [[concurrency, clues]]));
	return [{
		label: "control",
		at: collect(control)
	}, {
		label: names.baseline,
		at: collect(baseline)
	}].filter(({ at }) => at.size > 0);
}
function listCluesBeside(own, run, others, tells) {
	return own.flatMap(({ level, clues }) => [{
		level,
		run,
		clues
	}, ...others.flatMap(({ label, at }) => {
		const then = at.get(level);
		return then === void 0 || !tells(then) ? [] : [{
			level,
			run: label,
			clues: then
		}];
	})]);
}
const SERVER_COLUMNS = [
	[
		"TTFT",
		"clientTtftMs",
		formatMs
	],
	[
		"server",
		"serverTtftMs",
		formatMs
	],
	[
		"TPOT",
		"clientTpotMs",
		formatMs
	],
	[
		"server",
		"serverTpotMs",
		formatMs
	],
	[
		"queued",
		"serverQueueMs",
		formatMs
	],
	[
		"run",
		"running",
		formatConcurrency
	],
	[
		"wait",
		"waiting",
		formatConcurrency
	],
	[
		"KV",
		"kvCacheUsage",
		formatShare
	],
	[
		"hits",
		"prefixHitShare",
		formatShare
	],
	[
		"evicted",
		"preemptions",
		(each) => formatRate(100 * each)
	]
];
const BOTH_TIMES = 4;
const SERVER_NOTES = [
	["server", "TTFT and TPOT are means: the client\u2019s, and beside them the server\u2019s own, over the same requests."],
	["queued", "Queued: mean time in its queue."],
	["run", "Run, wait: requests that it works on and that wait, under load."],
	["KV", "KV: KV cache in use then."],
	["hits", "Hits: prompt tokens from the prefix cache."],
	["evicted", "Evicted: how often it took a running request out of its KV cache (preemption), for 100 requests."]
];
function viewServer({ levels, series }, candidate, others) {
	const told = levels.flatMap((level) => level.server === void 0 ? [] : [{
		level: level.concurrency,
		clues: listClues(level),
		source: level.server.source
	}]);
	if (told.length === 0) return null;
	const load = loadOf(series);
	const own = told.map(({ level, clues }) => ({
		cells: [nameLevel$1(load, level)],
		clues
	}));
	const beside = listCluesBeside(told, candidate, others, tellsOfServer).map(({ level, run, clues }) => ({
		cells: [nameLevel$1(load, level), run],
		clues
	}));
	const table = tabulateClues(["level"], SERVER_COLUMNS, own);
	const source = quote([...new Set(told.map(({ source }) => source))].join(", "));
	const note = SERVER_NOTES.flatMap(([heading, words]) => table.columns.some((column) => column.heading === heading) ? words : []).join(" ");
	return {
		heading: "Server side",
		source,
		table,
		beside: beside.length === own.length ? null : tabulateClues(["level", "run of"], [...SERVER_COLUMNS.slice(BOTH_TIMES), ...SERVER_COLUMNS.slice(0, BOTH_TIMES)], beside),
		note,
		sourced: say`Source: ${source}. ${note}`
	};
}
function tabulateClues(headings, columns, rows) {
	const filled = columns.filter(([, clue]) => rows.some(({ clues }) => clues[clue] !== void 0));
	return {
		columns: [...headings.map((heading, i) => i === 0 ? makeFigureColumn(heading) : makeWordColumn(heading)), ...filled.map(([heading]) => makeFigureColumn(heading))],
		rows: rows.map(({ cells, clues }) => [...cells.map(keepUnit), ...filled.map(([, clue, write]) => keepUnit(clues[clue] === void 0 ? "\u2013" : write(clues[clue])))])
	};
}
function tellsOfServer(clues) {
	return SERVER_COLUMNS.some(([, clue]) => clues[clue] !== void 0);
}
function viewSplit({ levels, series }, candidate, others) {
	const load = loadOf(series);
	const rows = listCluesBeside(levels.map((level) => ({
		level: level.concurrency,
		clues: listClues(level)
	})).filter(({ clues }) => tellsTime(clues)), candidate, others, tellsTime);
	if (rows.length === 0) return null;
	const isQueueKnown = rows.some(({ clues }) => clues.queueMs !== void 0);
	const isAnyLate = rows.some(({ clues }) => (clues.lateMs ?? 0) > 0);
	return {
		heading: "The time of a median request",
		hasOthers: rows.some(({ run }) => run !== candidate),
		table: {
			columns: [
				makeFigureColumn("level"),
				makeWordColumn("run of"),
				...isAnyLate ? [makeFigureColumn("sent late")] : [],
				makeFigureColumn("connect"),
				...isQueueKnown ? [makeFigureColumn("queue"), makeFigureColumn("prefill")] : [makeFigureColumn("queue and prefill")],
				makeFigureColumn("decode"),
				makeFigureColumn("drain"),
				makeFigureColumn("all")
			],
			rows: rows.map(({ level, run, clues }) => [
				nameLevel$1(load, level),
				run,
				...isAnyLate ? [formatMs(clues.lateMs ?? null)] : [],
				formatMs(clues.connectMs ?? null),
				...isQueueKnown ? splitFirstToken(clues) : [formatMs(clues.firstTokenMs)],
				formatMs(clues.decodeMs ?? null),
				formatMs(clues.drainMs ?? null),
				formatMs(sumTimes(clues))
			].map(keepUnit))
		},
		note: [
			"The fifth of the requests whose latency is nearest to the median, on average.",
			...isAnyLate ? ["Sent late: from when it was due."] : [],
			isQueueKnown ? "Prefill: the mean time to the first token, with the network, minus the mean time in the server\u2019s queue as it states it; queue: the rest until the first token. Where it states none, both are one figure." : "Queue and prefill: until the first token, with the network; the server does not tell them apart.",
			"Drain: from the last token to the end of the answer."
		].join(" ")
	};
}
function splitFirstToken({ firstTokenMs, queueMs }) {
	if (firstTokenMs === void 0) return ["\u2013", "\u2013"];
	if (queueMs === void 0) return ["not known", `${formatMs(firstTokenMs)} with it`];
	return [formatMs(queueMs), formatMs(Math.max(0, firstTokenMs - queueMs))];
}
function tellsTime({ firstTokenMs, decodeMs }) {
	return firstTokenMs !== void 0 && decodeMs !== void 0;
}
function sumTimes({ lateMs = 0, connectMs = 0, firstTokenMs = 0, decodeMs = 0, drainMs = 0 }) {
	return lateMs + connectMs + firstTokenMs + decodeMs + drainMs;
}
function viewSlowest({ slowest = [], series }) {
	if (slowest.length === 0) return null;
	const load = loadOf(series);
	const isOurs = slowest.some(({ id }) => id !== void 0);
	const isAnyNamed = slowest.some(({ serverId }) => serverId !== void 0);
	return {
		heading: "The ten slowest requests",
		table: {
			columns: [
				...isOurs ? [makeWordColumn("id")] : [],
				...isAnyNamed ? [makeWordColumn("server\u2019s id")] : [],
				...[
					"level",
					"pass",
					"at",
					"latency",
					"of the median",
					"TTFT",
					"TPOT",
					"tokens in",
					"out"
				].map(makeFigureColumn)
			],
			rows: slowest.map((one) => [
				...isOurs ? [one.id === void 0 ? "\u2013" : quoteCode(one.id, 60)] : [],
				...isAnyNamed ? [one.serverId === void 0 ? "\u2013" : quoteCode(one.serverId, 128)] : [],
				...[
					nameLevel$1(load, one.level),
					String(one.pass),
					formatDuration(Math.max(0, one.startSeconds)),
					formatMs(one.latencyMs),
					`${formatRate(one.timesMedian)} \u00D7`,
					formatMs(one.ttftMs),
					formatMs(one.tpotMs),
					one.inputTokens === null ? "\u2013" : formatCount(one.inputTokens),
					formatCount(one.outputTokens)
				].map(keepUnit)
			])
		},
		note: [
			"Those whose latency is the largest multiple of the median of their level; \u201Cat\u201D counts from the start of the sweep.",
			isOurs ? "Each was sent with its id as `x-request-id`, so that the server\u2019s log has it (vLLM: `chatcmpl-` before it)." : "All were sent with the `x-request-id` that `headers` or `auth` says, which tells none from another: without it each has an id of its own.",
			...isAnyNamed ? ["Server\u2019s id: what a header of the answer calls it."] : []
		].join(" ")
	};
}
// src/render/view/compared/causes.ts
function describeCauses({ report, verdict }, names) {
	const both = pairClues(report, verdict, names);
	const throttling = looksGood(verdict.verdict) || verdict.verdict === "accepted" ? null : describeThrottling(both);
	const causes = [...throttling === null ? [] : [throttling], ...listCauses(verdict.comparisons, both)];
	if (causes.length === 0) return null;
	return causes.map((cause, i) => `${i === 0 ? "Looks like" : "Also like"} ${cause}`).join(" ");
}
function pairClues(report, verdict, names) {
	const [aside] = listCluesAside(verdict, names);
	if (report === null || aside === void 0) return null;
	return {
		now: new Map(report.levels.map((level) => [level.concurrency, listClues(level)])),
		before: aside.at,
		beside: nameSide(aside.label),
		load: loadOf(report.series)
	};
}
function listCauses(comparisons, both) {
	const moved = findMoved(comparisons);
	const find = (what) => moved.find((comparison) => isOfFamily(comparison, what)) ?? null;
	const isSteady = (what) => comparisons.some((comparison) => isOfFamily(comparison, what) && isSteadyIn(comparison));
	const [ttft, tpot] = [find("ttft"), find("tpot") ?? find("inter-chunk")];
	const follows = ttft !== null && tpot !== null && growsNoMore(ttft, tpot);
	const ttftRule = applyRules(follows ? TTFT_RULES : [...TTFT_RULES, QUEUE], ttft, both);
	const tpotRule = applyRules(TPOT_RULES, tpot, both);
	if (ttft !== null && tpot !== null) {
		if (ttftRule === null && tpotRule === null && !growsWithLoad(ttft)) return areHeldUp(ttft, tpot) ? ["prefill: the first token comes later at any load, and the tokens of other requests wait meanwhile."] : ["prefill and decode: every step is slower."];
		if (ttftRule === null && follows) return [tpotRule ?? "decode: tokens after the first come slower, and with many requests the first waits for them."];
		return joinCauses([tpotRule ?? describeDecode(false), ttftRule ?? describeFirstToken(ttft, both, false)]);
	}
	if (tpot !== null) return [tpotRule ?? describeDecode(isSteady("ttft"))];
	if (ttft !== null) return joinCauses([ttftRule ?? describeFirstToken(ttft, both, isSteady("tpot"))]);
	if (find("ttfo") !== null) return ["reasoning: the answer starts later."];
	const latency = find("latency");
	if (latency !== null) return [applyRules(LATENCY_RULES, latency, both) ?? "the whole request: it is slower from end to end."];
	const plateau = find("plateau");
	const plateauRule = applyRules(PLATEAU_RULES, plateau, both);
	if (plateauRule !== null) return [plateauRule];
	if (plateau !== null && isSteady("tpot")) return ["capacity: a single request is as fast as before, but fewer are served at once."];
	return [];
}
function describeThrottling(both) {
	if (both === null) return null;
	const grown = [...both.now].flatMap(([level, now]) => {
		const before = both.before.get(level)?.refusedShare;
		if (now.refusedShare === void 0 || before === void 0) return [];
		return [{
			level,
			now: now.refusedShare,
			before,
			by: now.refusedShare - before
		}];
	});
	if (grown.length === 0) return null;
	const most = grown.reduce((a, b) => b.by > a.by ? b : a);
	if (most.by < REFUSED_MORE) return null;
	return `throttling: at ${nameLevel(both, most.level)} the endpoint refused ${formatShare(most.now)} of the requests with 429 (${both.beside}: ${formatShare(most.before)}).`;
}
const REFUSED_MORE = .01;
function joinCauses(causes) {
	return [...new Set(causes.flatMap((cause) => cause ?? []))];
}
function describeDecode(isFirstSteady) {
	return `decode: tokens after the first come slower${isFirstSteady ? "; the first comes as before" : ""}.`;
}
function describeFirstToken(ttft, both, areOthersSteady) {
	if (!growsWithLoad(ttft)) return `prefill: the first token comes later at any load${areOthersSteady ? "; those after it come as before" : ""}.`;
	return both !== null && findEvidence(ttft, both, ["serverQueueMs"]) !== null ? null : "queueing: with few requests the first token comes as before, with many it waits.";
}
function applyRules(rules, comparison, both) {
	if (comparison === null || both === null) return null;
	for (const { needs, tell } of rules) {
		const evidence = findEvidence(comparison, both, needs);
		const sentence = evidence === null ? null : tell(evidence);
		if (sentence !== null) return sentence;
	}
	return null;
}
function findEvidence(comparison, both, needs) {
	const { byLevel, better } = comparison;
	const knows = (clues) => clues !== void 0 && needs.every((clue) => clues[clue] !== void 0);
	const [worst] = byLevel.filter(({ concurrency }) => knows(both.now.get(concurrency)) && knows(both.before.get(concurrency))).toSorted((a, b) => worseningOf(better, b.change) - worseningOf(better, a.change));
	if (worst === void 0 || !hasMoved(comparison, worseningOf(better, worst.change))) return null;
	return {
		at: nameLevel(both, worst.concurrency),
		beside: both.beside,
		risenMs: worst.candidate - worst.baseline,
		now: both.now.get(worst.concurrency),
		before: both.before.get(worst.concurrency)
	};
}
function nameLevel({ load }, level) {
	return spellLevels(load, formatLevel(load, level));
}
const MOST_OF_IT = .5;
const CLIENT = {
	needs: ["clientDelayMs"],
	tell: ({ at, beside, risenMs, now, before }) => now.clientDelayMs > before.clientDelayMs && now.clientDelayMs - before.clientDelayMs >= MOST_OF_IT * risenMs ? `this machine, not the server: at ${at} its own delay makes times up to ${formatMs(now.clientDelayMs)} too long (${beside}: ${formatMs(before.clientDelayMs)}).` : null
};
const FLOOR_MS = 5;
const FLOOR_SHARE = .05;
const [WAY_OF_FIRST, WAY_OF_OTHERS] = [seeOnTheWay("mean TTFT", "clientTtftMs", "serverTtftMs", FLOOR_MS), seeOnTheWay("mean TPOT", "clientTpotMs", "serverTpotMs", 0)];
function seeOnTheWay(what, client, server, floorMs) {
	return {
		needs: [client, server],
		tell({ at, now, before }) {
			const [here, there] = [now[client] - before[client], now[server] - before[server]];
			if (here < floorMs || here < FLOOR_SHARE * before[client] || there > here / 4) return null;
			const seen = there <= 0 ? "not at all" : `by ${formatMs(there)}`;
			return `the way to the server: at ${at} the ${what} rose by ${formatMs(here)} on this machine and ${seen} by the server\u2019s own clock.`;
		}
	};
}
const FEWER_HITS = .05;
const [FEWER_CACHE_HITS, FEWER_CACHED_TOKENS] = [seeMisses("prefixHitShare"), seeMisses("cachedShare")];
function seeMisses(share) {
	return {
		needs: [share],
		tell: ({ at, beside, now, before }) => before[share] - now[share] >= FEWER_HITS ? `the prefix cache: ${formatShare(now[share])} of the prompt tokens come from it at ${at} (${beside}: ${formatShare(before[share])}), the others are computed.` : null
	};
}
const EVICTIONS = {
	needs: ["preemptions"],
	tell: ({ at, beside, now: { preemptions }, before }) => preemptions >= .01 && preemptions >= 2 * before.preemptions ? `a full KV cache: at ${at} running requests were evicted ${formatRate(100 * preemptions)} times for 100 requests (${beside}: ${formatRate(100 * before.preemptions)}), and their work is done again.` : null
};
const STRAY_REQUESTS = 1;
const FULL_CACHE = {
	needs: ["kvCacheUsage", "waiting"],
	tell: ({ at, beside, now, before }) => now.kvCacheUsage >= .9 && before.kvCacheUsage <= .8 && now.waiting > before.waiting + STRAY_REQUESTS ? `a full KV cache: ${formatShare(now.kvCacheUsage)} of it is in use at ${at} and ${formatConcurrency(now.waiting)} requests wait (${beside}: ${formatShare(before.kvCacheUsage)} and ${formatConcurrency(before.waiting)}).` : null
};
const LOWER_BATCH = {
	needs: ["running", "waiting"],
	tell({ at, beside, now, before }) {
		const [fewer, more] = [before.running - now.running, now.waiting - before.waiting];
		return (before.waiting > STRAY_REQUESTS ? Math.min(fewer, more) >= 1 : Math.min(fewer, more) > STRAY_REQUESTS) && now.running <= .9 * before.running ? `a lower batch limit: at ${at} the server works on ${formatConcurrency(now.running)} requests at once and ${formatConcurrency(now.waiting)} wait (${beside}: ${formatConcurrency(before.running)} and ${formatConcurrency(before.waiting)}).` : null;
	}
};
const LARGER_BATCH = {
	needs: ["running"],
	tell: ({ at, beside, now, before }) => now.running >= 1.15 * before.running && now.running > before.running + STRAY_REQUESTS ? `larger batches: at ${at} the server works on ${formatConcurrency(now.running)} requests at once (${beside}: ${formatConcurrency(before.running)}), which share each of its steps.` : null
};
const QUEUE = {
	needs: ["serverQueueMs"],
	tell: ({ at, beside, risenMs, now, before }) => now.serverQueueMs > before.serverQueueMs && now.serverQueueMs - before.serverQueueMs >= MOST_OF_IT * risenMs ? `queueing: at ${at} a request waits ${formatMs(now.serverQueueMs)} in the server\u2019s queue (${beside}: ${formatMs(before.serverQueueMs)}).` : null
};
const TTFT_RULES = [
	CLIENT,
	WAY_OF_FIRST,
	FEWER_CACHE_HITS,
	FEWER_CACHED_TOKENS,
	EVICTIONS,
	FULL_CACHE,
	LOWER_BATCH
];
const TPOT_RULES = [
	WAY_OF_OTHERS,
	EVICTIONS,
	LARGER_BATCH
];
const LATENCY_RULES = [
	CLIENT,
	EVICTIONS,
	FULL_CACHE,
	LOWER_BATCH,
	QUEUE
];
const PLATEAU_RULES = [
	EVICTIONS,
	FULL_CACHE,
	LOWER_BATCH
];
const SAME_SLOWDOWN = 1.25;
function growsNoMore(ttft, tpot) {
	const slower = mapWorsening(tpot);
	return [...mapWorsening(ttft)].every(([level, worsening]) => !hasMoved(ttft, worsening) || worsening <= SAME_SLOWDOWN * (slower.get(level) ?? 0));
}
function mapWorsening({ byLevel, better }) {
	return new Map(byLevel.map(({ concurrency, change }) => [concurrency, worseningOf(better, change)]));
}
const FAR_MORE = 2;
function areHeldUp(ttft, tpot) {
	const later = mapWorsening(ttft);
	return [...mapWorsening(tpot)].every(([level, worsening]) => !hasMoved(tpot, worsening) || level > 1 && (later.get(level) ?? 0) >= FAR_MORE * worsening);
}
function growsWithLoad(comparison) {
	const ladder = [...mapWorsening(comparison)].sort(([a], [b]) => a - b);
	const hasMovedAt = (i) => hasMoved(comparison, ladder.at(i)[1]);
	return ladder.length > 1 && !hasMovedAt(0) && hasMovedAt(-1);
}
function isSteadyIn({ verdict, change, tolerance }) {
	return looksGood(verdict) && change !== null && Math.abs(change) <= tolerance;
}
// src/render/view/compared/answers.ts
const MOST_METRICS = 3;
const MOST_LEVELS$1 = 4;
function viewAnswers(input, names) {
	const { verdict } = input;
	const told = {
		moves: describeMoves(verdict),
		part: describeCauses(input, names),
		owner: describeOwner(input, names),
		chance: describeChanceAndRemedy(input)
	};
	const intended = describeAcceptance$1(input, names);
	const answers = [
		["Where?", describeWhere(verdict, told.moves, told.part)],
		[names.isPullRequest ? `You or ${names.baseline}?` : "New, or before?", told.owner],
		["What else changed?", describeChanges(verdict)],
		["Reproduce:", describeCommand(input)],
		[
			"Intended?",
			intended?.how ?? null,
			intended?.entries ?? []
		],
		["What now?", describeNextStep(input, names)],
		["By chance?", told.chance]
	];
	return {
		...told,
		answers: answers.flatMap(([question, answer, yaml = []]) => answer === null ? [] : [{
			question,
			answer,
			yaml
		}]),
		hasBaselineMoved: verdict.comparisons.some(({ provisional }) => provisional !== null),
		fineness: describeFineness(verdict, input.report)
	};
}
function describeMoves(verdict) {
	return findMoved(verdict.comparisons).flatMap((comparison) => {
		const levels = describeLevels(comparison, loadOfVerdict(verdict));
		return levels === null ? [] : [`${capitalise(levels)}.`];
	});
}
function describeWhere(verdict, moves, part) {
	const lost = describeLost$1(verdict);
	const parts = [
		...lost.length === 0 ? [] : [makeList(lost, " ")],
		...moves.length === 0 ? [] : [makeList(moves, " ", MOST_LEVELS$1)],
		...part === null ? [] : [part]
	];
	return parts.length === 0 ? null : joinSentences(parts, " ");
}
function describeOwner(situation, names) {
	const { comparisons, baseline } = situation.verdict;
	const since = comparisons.flatMap((comparison) => comparison.provisional !== null ? [describeSegment(comparison, comparison.provisional, names)] : comparison.step === void 0 ? [] : [describeStep$1(comparison, comparison.step, names)]).slice(0, MOST_METRICS);
	const own = findMoved(comparisons).filter(({ verdict, provisional }) => verdict !== "accepted" && provisional === null);
	if (own.length === 0) return since.length === 0 ? null : joinSentences(since, " ");
	const newer = names.intoBranch !== null ? say` But the recorded runs are those of ${names.baseline}, and this pull request goes into ${quoteCode(names.intoBranch)}: what differs between the two could explain it.` : baseline.ancestor === false ? " But the newest recorded run is newer than this branch, which could explain it: update the branch to be sure." : "";
	const isSure = own.some(({ verdict }) => verdict === "regressed") && comparisons.every(({ doubt }) => doubt === null);
	const what = since.length === 0 ? "it" : `what is worse in ${joinShortList(own.map(nameOf$1))}`;
	const who = isSure ? `${what} comes from ${names.candidate}, as far as can be seen` : `if it is real, ${what} comes from ${names.candidate}`;
	const steadiness = own.every(({ control }) => control !== null) ? "the control, measured with it, does not show it" : describeSteadiness(own, baseline, nameSide(names.baseline));
	const steady = say`${capitalise(who)}: ${steadiness}.${newer}`;
	return joinSentences([
		...since,
		steady,
		...linkCommits(baseline, situation.commits, situation.links.run)
	], " ");
}
function describeSteadiness(own, { runs, groups }, baseline) {
	if (groups < 2) return `one recorded run cannot show whether ${baseline} has moved`;
	const shortest = own.reduce((a, b) => b.groups < a.groups ? b : a);
	if (shortest.segments < 2) return `${baseline} has not moved within the ${pluralise(runs, "run")} compared with`;
	const since = pluralise(shortest.groups, groups === runs ? "run" : "point");
	return shortest.groups < 2 ? `${baseline} moved with its newest run, which alone is compared with` : `${baseline} has not moved within the ${since} since its last step`;
}
function describeSegment(comparison, segment, names) {
	const { change, interval, verdict } = comparison;
	const since = segment.sha === null ? formatDay(segment.startedAt) : formatSha(segment.sha);
	const measured = `${formatChange(change)}${interval === null ? "" : ` ${formatInterval(interval)}`}`;
	const own = verdict === "regressed" ? `${names.candidate} is worse than both (${measured} against now, ${formatChange(segment.changeFromBefore)} against before)` : verdict === "suspect" ? `whether ${names.candidate} adds to it is not certain (${measured})` : `${names.candidate} adds nothing that can be seen (${measured})`;
	return say`${describeMove(comparison, segment, names)} since ${quote(since, 20)} (${pluralise(segment.runs, "run")}, not accepted); ${own}.`;
}
function describeMove(comparison, { mainChange }, { baseline }) {
	const size = `${formatSize(mainChange)} ${directionOf(comparison, mainChange)}`;
	return `${capitalise(nameSide(baseline))} has been ${size} in ${nameOf$1(comparison)}`;
}
function describeStep$1(comparison, step, names) {
	const day = formatDay(step.startedAt);
	const range = step.sha === null ? null : quote(step.after === null ? formatSha(step.sha) : `${formatSha(step.after)}\u2026${formatSha(step.sha)}`, 40);
	const since = range === null ? day : say`${range} (${day})`;
	return say`${describeMove(comparison, step, names)} since ${since}, ${pluralise(step.points, "point")} and not accepted; the level since then is the baseline.`;
}
function describeChanges({ whatElseChanged, baseline, comparisons }) {
	if (baseline.newest === null || comparisons.length === 0) return null;
	if (whatElseChanged.length === 0) return "Nothing that is recorded about model, server and runner.";
	const changes = whatElseChanged.map(({ what, before, now }) => say`${quote(what)} ${quoteCode(before)} \u2192 ${quoteCode(now)}`);
	return say`${makeList(changes, "; ")}.`;
}
function describeCommand({ report, verdict, links, repository }) {
	const run = links.run === null ? null : /\/actions\/runs\/(\d+)/.exec(links.run);
	if (run === null || repository === null || links.artifact === null || verdict.comparisons.length === 0) return null;
	const command = `plateau compare --run ${run[1]} --repository ${repository} --name ${verdict.name}`;
	const whole = [command, ...[...verdict.decidedBy, ...listAccepted(verdict, report?.startedAt ?? null)].map(({ setting, value }) => `--${setting} ${quoteForShell(value)}`)].join(" ");
	if (whole.length <= LONGEST_COMMAND) return quoteCode(whole, LONGEST_COMMAND);
	return say`${quoteCode(command, LONGEST_COMMAND)} with the settings in \`verdict.json\` under \`decidedBy\``;
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
function describeAcceptance$1({ report, verdict, acceptLabel, queued }, names) {
	const worst = verdict.comparisons.filter((comparison) => comparison.verdict === "regressed");
	const [first] = worst;
	if (first === void 0) return null;
	const trade = nameTrade(verdict.comparisons);
	const looks = trade === null ? "" : `It looks like ${trade}. `;
	const entries = worst.slice(0, MOST_METRICS).map((comparison) => describeEntry(comparison, report?.startedAt ?? null));
	const file = "under `accept:` in the config file";
	const merged = names.isPullRequest ? ", which counts after the merge" : "";
	if (verdict.policy.gate === "release") return {
		how: `${looks}A release takes only an entry ${file}${merged}:`,
		entries
	};
	if (acceptLabel === null) return {
		how: `${looks}Then add ${file}${merged}:`,
		entries
	};
	const [all, one] = [quoteCode(acceptLabel), quoteCode(`${acceptLabel}:${first.metric}`)];
	const label = worst.length === 1 ? say`${one} for ${nameOf$1(first)}, or ${all} for everything` : say`${all}, or ${one} for one metric`;
	const where = queued === null ? say`. The check follows without measuring again where the workflow runs on ${quoteCode("labeled")}; else re-run the job` : `, to #${queued}, then ${describeRequeueing(queued)}`;
	return {
		how: say`${looks}Add the label ${label}${where}. An entry ${file} counts only after the merge:`,
		entries
	};
}
function nameTrade(comparisons) {
	const isWorse = (what) => findMoved(comparisons).some((comparison) => isOfFamily(comparison, what));
	const isImproved = (what) => comparisons.some((comparison) => isOfFamily(comparison, what) && isBetter(comparison));
	return TRADES.find(([worse, better]) => isWorse(worse) && isImproved(better))?.[2] ?? null;
}
const SMALLER_BATCHES = "faster requests for less throughput, as smaller batches give";
const TRADES = [
	[
		"tpot",
		"plateau",
		"more throughput for slower tokens, as larger batches give"
	],
	[
		"ttft",
		"plateau",
		"more throughput for a later first token, as larger batches give"
	],
	[
		"tpot",
		"ttft",
		"an earlier first token for slower ones after it, as prefill before decode gives"
	],
	[
		"ttft",
		"tpot",
		"steadier tokens for a later first one, as chunked prefill gives"
	],
	[
		"plateau",
		"tpot",
		SMALLER_BATCHES
	],
	[
		"plateau",
		"ttft",
		SMALLER_BATCHES
	]
];
function isBetter({ better, interval }) {
	return interval !== null && (better === "lower" ? interval.high < 0 : interval.low > 0);
}
function describeEntry({ metric, better, worsening }, startedAt) {
	const day = startedAt === null ? "" : formatDay(startedAt);
	const since = /^[\d-]{10}$/.test(day) ? day : "YYYY-MM-DD";
	const percent = Math.ceil(Math.abs(toNaturalChange(better, worsening ?? 0)) * 100 - 1e-6);
	return `- { metric: ${metric}, at: ${better === "higher" ? "-" : ""}${percent}%, since: ${since}, why: \u2026 }`;
}
function describeNextStep({ verdict: judged, report }, names) {
	const { verdict, reasons, comparisons, policy } = judged;
	const baseline = nameSide(names.baseline);
	if (reasons.includes("not-proven")) return describeProof(verdict, comparisons, report);
	switch (verdict) {
		case "suspect": return "A real change of this size shows again: look at the next run, or re-run the job. More recorded runs make it certain.";
		case "accepted": return `Nothing. It stays green up to these figures plus the tolerance${names.intoBranch === null ? "; after the merge the next runs are compared with the new level" : ""}.`;
		case "cancelled": return "Run the job again.";
		case "not-measured":
			if (reasons.includes("baseline")) return say`The figures are measured, only the history could not be read. What helps: ${quoteProse(judged.baseline.unreadable?.remedy ?? "run the job again")}.`;
			return "Fix what the findings name, then run the job again.";
		case "regressed":
			if (reasons.includes("level-lost") || reasons.includes("error-rate")) return `Look at the server log of this time: requests failed that ${baseline} answers.`;
			return reasons.includes("limit") && policy.gate !== "observe" ? `A limit does not depend on ${baseline}: fix the cause, or move the limit in the settings.` : null;
		default: return null;
	}
}
function describeProof(verdict, comparisons, report) {
	if (verdict === "accepted") return "A release passes by an acceptance only when it stands in the config file.";
	const compared = comparisons.filter(({ change }) => change !== null);
	const groups = Math.min(...compared.map(({ groups }) => groups));
	return `A release passes only on proof. What would prove it: ${compared.length === 0 ? "at least 8 recorded runs" : groups < 8 ? `at least 8 recorded runs (now ${groups})` : "more recorded runs"}, ${report?.imported === void 0 ? "more `runs` in one go, " : ""}or a wider \`tolerance\`.`;
}
// src/render/view/plateau.ts
function describeFoundPlateau(report) {
	return [
		describePlateau(report),
		describeSearch(report),
		describeOnce(report)
	].filter((sentence) => sentence !== null).join(" ").trim();
}
function describePlateau(report) {
	const { plateau, levels, series } = report;
	const estimate = plateau[plateau.metric];
	if (estimate === null) return "No plateau: no level can be used.";
	const value = `${formatRate(readLoneLevel(report) ?? estimate.value)} ${RATE_UNITS[plateau.metric]}`;
	const interval = estimate.low === null || estimate.high === null ? "(one pass, no interval)" : `(95 % interval ${formatRate(estimate.low)} to ${formatRate(estimate.high)})`;
	const load = loadOf(series);
	if (isOpenLoop(load)) return describeHighest(load, report, `${value} ${interval}`);
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
			return `Plateau not reached: ${value} ${interval} at concurrency ${top}, the highest of the usable levels. ${unusable === 0 ? adviseHigher(report) : describeUnusable(unusable, load)}`.trim();
		}
	}
}
function readLoneLevel({ plateau, levels }) {
	const [only, ...others] = plateau.concurrencies;
	const level = levels.find(({ concurrency }) => concurrency === only);
	return others.length > 0 ? null : level?.[plateau.metric] ?? null;
}
function describeHighest(load, { plateau, levels, imported }, value) {
	const tooMuch = levels.find(({ state }) => isTooMuch(state));
	const unusable = levels.filter(({ valid }) => !valid).length;
	const beyond = tooMuch === void 0 ? unusable === 0 ? imported === void 0 ? `No ${load} was too much for the server.` : "Whether the server kept up is not in the results." : describeUnusable(unusable, load) : `${formatLevel(load, tooMuch.concurrency)} is more than the server carries.`;
	return `Highest throughput: ${value} at ${formatLevel(load, plateau.concurrencies.at(-1) ?? 0)}. ${beyond}`;
}
function describeSearch({ plan }) {
	const end = findEnd$1(plan);
	return end === null ? null : `The levels were found by a search, which ended because ${SEARCH_ENDS[end].because}.`;
}
function describeOnce({ plan: { once = [], levels } }) {
	if (once.length === 0) return null;
	return `Measured in one pass, because more would take too long: ${once.length === levels.length ? "all levels" : spellLevels("concurrency", joinShortList(once.map(String)))}.`;
}
function adviseHigher({ plan, series, imported }) {
	if (imported !== void 0) return "Let the tool that measured it measure higher levels.";
	const end = findEnd$1(plan);
	if (end !== null) return SEARCH_ENDS[end].remedy ?? "";
	const load = loadOf(series);
	if (askedLevelsOf(series) === "auto") return "Its levels are those of the recorded runs; under another `name` a run searches for higher ones.";
	return ADVICE[load];
}
const ADVICE = {
	concurrency: "Add higher levels to `concurrency`.",
	rate: "Add higher rates to `rate`.",
	speed: "Add higher speeds to `trace-speed`."
};
function findEnd$1({ searchEnd }) {
	return SEARCH_END_NAMES.find((name) => name === searchEnd) ?? null;
}
function describeUnusable(count, load) {
	return `${pluralise(count, load === "concurrency" ? "level" : load)} could not be used: see the findings.`;
}
function describeCapacity(report) {
	const { slo, levels, series } = report;
	if (slo === void 0) return null;
	const { state, concurrency } = slo.capacity;
	const kept = say`${formatShare(slo.share)} of the requests keep ${quote(slo.objectives, 200)}`;
	if (concurrency === null) return null;
	const load = loadOf(series);
	const value = formatLoad(load, concurrency.value);
	const requests = describeReplayedRate(report, concurrency.value);
	const usable = levels.every(({ valid }) => valid) ? "" : "usable ";
	switch (state) {
		case "found": {
			const [low, high] = [concurrency.low, concurrency.high].map((end) => end === null ? null : formatLevel(load, end));
			const interval = low === null || low === high ? "" : ` (95 % interval ${low} to ${high}, by its passes alone)`;
			return say`Capacity: up to ${value}${requests}${interval}, ${kept}.${describeGap(report, concurrency.value)}`;
		}
		case "at-least": {
			const more = describeBeyond(report);
			return say`Capacity: at least ${value}${requests}; at every ${usable}level ${kept}.${more === "" ? "" : ` ${more}`}`;
		}
		case "below": return say`Capacity: below ${value}${requests}; at no ${usable}level ${kept}.`;
		case "unknown": return null;
	}
}
function describeGap({ levels, series }, capacity) {
	const tells = ({ valid, state }) => valid || isTooMuch(state);
	const [kept, unusable] = [levels.filter(tells), levels.filter((level) => !tells(level))];
	const below = Math.max(...kept.flatMap(({ concurrency }) => concurrency <= capacity ? [concurrency] : []));
	const above = Math.min(...kept.flatMap(({ concurrency }) => concurrency >= capacity ? [concurrency] : []));
	const between = unusable.filter(({ concurrency }) => concurrency > below && concurrency < above);
	if (between.length === 0 || above === Infinity) return "";
	const load = loadOf(series);
	const rest = describeUnusable(between.length, load);
	return ` It is interpolated between ${spellLevels(load, `${formatLevel(load, below)} and ${formatLevel(load, above)}`)} alone, since ${rest}`;
}
function describeBeyond(report) {
	if (report.levels.some(({ state }) => state === "limited")) return "A rate limit ended the sweep there.";
	const highest = Math.max(...report.levels.flatMap(({ concurrency, valid }) => valid ? [concurrency] : []));
	const unusable = report.levels.filter(({ concurrency }) => concurrency > highest).length;
	return unusable === 0 ? adviseHigher(report) : describeUnusable(unusable, loadOf(report.series));
}
function describeReplayedRate({ trace, prompts }, speed) {
	if (trace === void 0 || prompts === void 0 || trace.seconds === 0) return "";
	return `, ${formatRate(speed * prompts.sent / trace.seconds)} req/s on average`;
}
function describeGoodput({ slo, levels, series }) {
	if (slo === void 0) return null;
	const objectives = quote(slo.objectives, 200);
	const [best] = levels.flatMap(({ valid, attained, concurrency }) => valid && attained !== void 0 ? [{
		concurrency,
		...attained
	}] : []).toSorted((a, b) => (b.requestsPerSecond ?? 0) - (a.requestsPerSecond ?? 0));
	if (best === void 0) {
		const why = levels.some(({ valid }) => valid) ? "the answers do not have the times that they are about" : "no usable level";
		return say`Objectives ${objectives}: ${why}.`;
	}
	const { attainment, requestsPerSecond, outputTokensPerSecond } = best;
	const tokens = outputTokensPerSecond === null ? "" : ` (${formatRate(outputTokensPerSecond)} tok/s)`;
	const load = loadOf(series);
	const at = `${spellLevels(load, formatLevel(load, best.concurrency))}, where ${formatShare(attainment)} of the requests keep them`;
	return say`Objectives ${objectives}: best goodput ${formatRate(requestsPerSecond)} req/s${tokens} at ${at}${countUnusable(levels)}.`;
}
function countUnusable(levels) {
	const unusable = levels.filter(({ valid, state }) => !valid && !isTooMuch(state)).length;
	return unusable === 0 ? "" : `; ${partOf(unusable, levels.length, "level")} could not be used`;
}
function describeWithin({ within, plateau, levels }) {
	if (within === null) return null;
	const limit = quote(within.limit, 200);
	const value = within[plateau.metric];
	if (!levels.some(({ valid }) => valid)) return say`Within ${limit}: no usable level.`;
	if (value === null || within.concurrency === null) return say`Within ${limit}: no level is inside these latencies.`;
	const isMeasured = levels.some(({ concurrency }) => concurrency === within.concurrency);
	const best = `${formatRate(value)} ${RATE_UNITS[plateau.metric]} at concurrency ${formatConcurrency(within.concurrency)}`;
	return say`Within ${limit}: ${best}${isMeasured ? "" : ", interpolated between levels"}${countUnusable(levels)}.`;
}
function describePrice({ price, plateau }) {
	if (price === void 0) return null;
	const { perHour, tokens, atPlateau, atCapacity } = price;
	const kind = rowOfRate(tokens).countsTokens ? "output tokens" : "input tokens";
	const where = reachesPlateau(plateau.state) ? "on the plateau" : "at the highest throughput";
	const found = [...atPlateau === null ? [] : [`${formatRate(atPlateau)} ${where}`], ...atCapacity === null ? [] : [`${formatRate(atCapacity)} at the capacity`]];
	return found.length === 0 ? "What tokens cost is not known: no throughput in tokens was measured." : `At ${formatRate(perHour)} an hour, a million ${kind} cost ${found.join(", ")}, if the server is never idle.`;
}
// src/render/view/charts.ts
function viewCharts(report, verdict, names) {
	const sides = listSides(report, verdict, names);
	const isStream = report.levels.some(({ ttftMs, tpotMs }) => ttftMs !== null || tpotMs !== null);
	const moved = [...findMoved(verdict?.comparisons ?? []).map(({ metric }) => metricOf(metric)), ...listBroken(verdict?.limits ?? [])];
	const has = (isIt) => ({ hasMoved: moved.some(isIt) });
	const hasKindOf = (figure) => has(({ family }) => family === metricOf(figure).family);
	const times = /* @__PURE__ */ new Set([...isStream ? ["ttft-p50", "tpot-p50"] : ["latency-p50"], ...moved.flatMap((row) => row.quantity === "time" ? [row.name] : [])]);
	return [
		chartCurve(report, verdict, sides),
		{
			...chartThroughput(report, sides),
			...hasKindOf("throughput")
		},
		...[...times].map((metric) => ({
			...chartTime(report, sides, metric),
			...has(({ name }) => name === metric)
		})),
		...report.slo === void 0 ? [] : [{
			...chartAttainment(report, verdict, sides),
			...has(({ needs, quantity }) => needs === "slo" && (quantity === "share" || quantity === "concurrency"))
		}, {
			...chartGoodput(report, verdict, sides),
			...hasKindOf("goodput")
		}],
		...isStream ? ["ttft", "tpot"].map((time) => chartDistribution(report, sides, time)) : []
	].filter(hasSeveralLevels).map((chart, i) => addRemarks(chart, i, report, sides));
}
function hasSeveralLevels({ lines }) {
	return lines.some((line) => countPoints(line) > 1);
}
function countPoints({ points, unusable }) {
	return points.length + unusable.length;
}
function listBroken(limits) {
	return limits.flatMap(({ limit, outcome }) => outcome === "fail" ? findLimitedMetric(limit) ?? [] : []);
}
function addRemarks(chart, i, { validity }, sides) {
	const title = validity.ok ? chart.title : `${chart.title} (run not valid)`;
	if (i > 0) return {
		...chart,
		title
	};
	const { lines, note } = chart;
	const rangesOf = (kind) => lines.some((line) => line.kind === kind && line.points.some(({ range }) => range !== null));
	const ranges = [...rangesOf("candidate") ? ["from the lowest to the highest pass"] : [], ...sides.flatMap((side) => side.kind !== "candidate" && rangesOf(side.kind) ? [`for ${nameSide(side.label)} from the lowest to the highest run`] : [])];
	const remarks = [
		...validity.ok ? [] : ["This run is not valid: its figures decide nothing."],
		...lines.some(({ unusable }) => unusable.length > 0) ? ["A cross is a level that cannot be used."] : [],
		...ranges.length === 0 ? [] : [`Upright lines, here and below, reach ${ranges.join(", ")}.`],
		...note === null ? [] : [note]
	];
	return {
		...chart,
		title,
		note: remarks.length === 0 ? null : remarks.join(" ")
	};
}
const LINES_ALONE = {
	areas: [],
	marks: [],
	words: [],
	isApart: false,
	note: null,
	hasMoved: false
};
function chartCurve(report, verdict, sides) {
	const unit = RATE_UNITS[report.plateau.metric];
	const load = loadOf(report.series);
	const found = sides.map((side) => ({
		side,
		at: pairUp(side)
	}));
	const ladder = listLadder(report, found);
	const x = {
		label: "latency (median)",
		unit: "ms",
		scale: spansDecades(found.flatMap(({ at }) => at.map(({ time }) => time.value))) ? "log" : "linear",
		format: formatMs
	};
	const drawn = found.map(({ side, at }) => drawCurve$1(side, at, ladder, load));
	const placeOf = (level) => findAt(drawn.at(-1).placed, level)?.point.x;
	return {
		...LINES_ALONE,
		id: "curve",
		title: `Throughput against latency, in ${unit}, with the ${load} at each point`,
		description: `${describeCurves(found, unit, load)} ${describePlateau(report)}`,
		x,
		y: {
			label: unit,
			unit,
			scale: "linear",
			format: formatRate
		},
		lines: drawn.map(({ line }) => line).filter(countPoints),
		areas: [...boxPlateau(report, placeOf), ...boxObjective(report, "latency", "x")],
		marks: markPlaces(report, verdict, drawn, x),
		table: tabulateCurve(found, ladder, {
			unit,
			load
		})
	};
}
function pairUp(side) {
	const times = side.read("latency-p50");
	return side.read("throughput").flatMap((rate) => {
		const time = findAt(times, rate.concurrency);
		return time === void 0 ? [] : [{
			concurrency: rate.concurrency,
			rate,
			time
		}];
	});
}
function drawCurve$1(side, pairs, ladder, load) {
	const placed = pairs.map(({ concurrency, rate, time }) => ({
		concurrency,
		point: {
			x: time.value,
			y: rate.value,
			label: formatLevel(load, concurrency),
			range: rate.range,
			ticks: []
		},
		isUsable: rate.isUsable
	}));
	return {
		side,
		line: joinPoints(side, placed, ladder),
		placed: placed.filter(({ isUsable }) => isUsable)
	};
}
function markPlaces(report, verdict, drawn, x) {
	const knee = report.plateau.kneeConcurrency;
	return [...knee === null ? [] : [{
		side: "candidate",
		value: knee,
		label: `knee ${formatConcurrency(knee)}`
	}], ...listCapacities(report, verdict, drawn.map(({ side }) => side))].flatMap(({ side, value, label }) => {
		return markOn(drawn.find(({ line }) => line.kind === side)?.placed ?? [], value, x, {
			side,
			label
		});
	});
}
function markOn(placed, concurrency, { scale }, mark) {
	const at = placed.findIndex((level) => level.concurrency >= concurrency);
	const right = placed[at];
	const left = placed[at - 1] ?? right;
	if (right === void 0 || left === void 0) return [];
	if (left === right && right.concurrency !== concurrency) return [];
	const share = left === right ? 0 : Math.log(concurrency / left.concurrency) / Math.log(right.concurrency / left.concurrency);
	const [a, b] = [left.point, right.point];
	const x = scale === "linear" ? a.x + share * (b.x - a.x) : a.x * (b.x / a.x) ** share;
	return [{
		...mark,
		x,
		y: a.y + share * (b.y - a.y)
	}];
}
function describeCurves(found, unit, load) {
	const describe = ({ concurrency, rate, time }) => `at ${formatLevel(load, concurrency)} ${formatRate(rate.value)} ${unit} and ${formatMs(time.value)}`;
	return describeSides(found, describe, ", ");
}
function tabulateCurve(found, ladder, { unit, load }) {
	const sides = found.filter(({ at }) => at.length > 0).toReversed();
	return {
		columns: [makeFigureColumn("level"), ...sides.flatMap(({ side }) => [makeFigureColumn(`${side.label}, ${unit}`), makeFigureColumn(`${side.label}, latency`)])],
		rows: ladder.map((level) => [formatLevel(load, level), ...sides.flatMap(({ at }) => {
			const pair = findAt(at, level);
			if (pair === void 0) return ["\u2013", "\u2013"];
			const { rate, time } = pair;
			return [`${formatRate(rate.value)}${rate.isUsable ? "" : " (not usable)"}`, keepUnit(formatMs(time.value))];
		})])
	};
}
function chartThroughput(report, sides) {
	const { plateau } = report;
	const unit = RATE_UNITS[plateau.metric];
	const chart = chartOverLoad(report, sides, "throughput", {
		title: `Throughput by ${loadOf(report.series)}, in ${unit}`,
		y: {
			label: unit,
			unit,
			scale: "linear",
			format: formatRate
		}
	});
	const knee = plateau.kneeConcurrency;
	return {
		...chart,
		description: `${chart.description} ${describePlateau(report)}`,
		areas: boxPlateau(report, (level) => level),
		words: wordPlateau(report, sides.at(-1).read("throughput")),
		marks: knee === null ? [] : [{
			side: "candidate",
			x: knee,
			y: null,
			label: `knee ${formatConcurrency(knee)}`
		}]
	};
}
function chartTime(report, sides, name) {
	const { label, percentile, family } = metricOf(name);
	const values = sides.flatMap((side) => side.read(name).map(({ value }) => value));
	return {
		...chartOverLoad(report, sides, name, {
			title: `${label}${percentile === "p50" ? " (median)" : ""} by ${loadOf(report.series)}`,
			y: {
				label,
				unit: "ms",
				scale: spansDecades(values) ? "log" : "linear",
				format: formatMs
			}
		}),
		areas: boxObjective(report, family, "y")
	};
}
function chartAttainment(report, verdict, sides) {
	const share = report.slo?.share ?? 0;
	const chart = chartOverLoad(report, sides, "attainment", {
		title: `Attainment by ${loadOf(report.series)}`,
		y: {
			label: "requests that keep all objectives",
			unit: "%",
			scale: "linear",
			format: formatShare
		}
	});
	const wanted = {
		side: "candidate",
		x: null,
		y: share,
		label: `wanted: ${formatShare(share)}`
	};
	return {
		...chart,
		marks: [...markCapacities(report, verdict, sides), wanted]
	};
}
function chartGoodput(report, verdict, sides) {
	return {
		...chartOverLoad(report, sides, "goodput", {
			title: `Goodput by ${loadOf(report.series)}, in req/s`,
			y: {
				label: "req/s that keep all objectives",
				unit: "req/s",
				scale: "linear",
				format: formatRate
			}
		}),
		marks: markCapacities(report, verdict, sides)
	};
}
function markCapacities(report, verdict, sides) {
	return listCapacities(report, verdict, sides).map(({ side, value, label }) => ({
		side,
		x: value,
		y: null,
		label
	}));
}
function chartOverLoad(report, sides, name, about) {
	const load = loadOf(report.series);
	const found = sides.map((side) => ({
		side,
		at: side.read(name)
	}));
	const ladder = listLadder(report, found);
	return {
		...LINES_ALONE,
		id: name,
		...about,
		description: describeValues(found, load, about.y),
		x: LOAD_AXES[load],
		lines: found.map(({ side, at }) => drawSide(side, at, ladder)).filter(countPoints),
		table: tabulateOverLoad(found, ladder, {
			load,
			y: about.y
		})
	};
}
function drawSide(side, readings, ladder) {
	return joinPoints(side, readings.map(({ concurrency, value, range, isUsable }) => ({
		concurrency,
		point: {
			x: concurrency,
			y: value,
			label: null,
			range,
			ticks: []
		},
		isUsable
	})), ladder);
}
function describeValues(found, load, { format }) {
	const others = found.slice(0, -1);
	return found.at(-1).at.map(({ concurrency, value }) => {
		const beside = others.flatMap(({ side, at }) => {
			const other = findAt(at, concurrency);
			return other === void 0 ? [] : [`${side.label} ${format(other.value)}`];
		});
		const before = beside.length === 0 ? "" : ` (${beside.join(", ")})`;
		return `At ${formatLevel(load, concurrency)}: ${format(value)}${before}.`;
	}).join(" ");
}
function tabulateOverLoad(found, ladder, { load, y: { format } }) {
	const sides = found.filter(({ at }) => at.length > 0).toReversed();
	const before = sides.find(({ side }) => side.kind !== "candidate");
	const own = found.at(-1);
	return {
		columns: [
			makeFigureColumn("level"),
			...sides.map(({ side }) => makeFigureColumn(side.label)),
			...before === void 0 ? [] : [makeFigureColumn(`against ${before.side.label}`)]
		],
		rows: ladder.map((level) => {
			const [now, then] = [findAt(own.at, level), findAt(before?.at ?? [], level)];
			const change = now === void 0 || then === void 0 || then.value === 0 ? null : now.value / then.value - 1;
			return [
				formatLevel(load, level),
				...sides.map(({ at }) => {
					const reading = findAt(at, level);
					if (reading === void 0) return "\u2013";
					return keepUnit(`${format(reading.value)}${reading.isUsable ? "" : " (not usable)"}`);
				}),
				...before === void 0 ? [] : [keepUnit(formatChange(change))]
			];
		})
	};
}
const PERCENTILES = [
	"p50",
	"p90",
	"p95",
	"p99"
];
function chartDistribution(report, sides, time) {
	const found = sides.map((side) => ({
		side,
		at: readPercentiles(side, time)
	}));
	const shown = found.filter(({ at }) => at.length > 0);
	const all = shown.flatMap(({ at }) => at.flatMap(({ values }) => values.flatMap((value) => value ?? [])));
	const { label } = metricOf(`${time}-p50`);
	const load = loadOf(report.series);
	return {
		...LINES_ALONE,
		id: `${time}-distribution`,
		title: `${label} of the requests by ${load}: median, p90, p95 and p99`,
		description: `From the median, where the mark is, to the highest percentile that enough requests tell. ${describePercentiles(shown, load)}`,
		x: LOAD_AXES[load],
		y: {
			label,
			unit: "ms",
			scale: spansDecades(all) ? "log" : "linear",
			format: formatMs
		},
		lines: shown.map(({ side, at }) => ({
			label: side.label,
			kind: side.kind,
			points: at.filter(({ isUsable }) => isUsable).map(toPoint),
			strokes: [],
			unusable: at.filter(({ isUsable }) => !isUsable).map(toPoint)
		})),
		isApart: true,
		table: {
			columns: [
				makeFigureColumn("level"),
				makeWordColumn("run"),
				...PERCENTILES.map(makeFigureColumn)
			],
			rows: listLadder(report, []).flatMap((level) => shown.toReversed().flatMap(({ side, at }) => {
				const spread = findAt(at, level);
				if (spread === void 0) return [];
				return [[
					formatLevel(load, level),
					spread.isUsable ? side.label : `${side.label} (not usable)`,
					...spread.values.map((value) => value === null ? "\u2013" : keepUnit(formatMs(value)))
				]];
			}))
		},
		note: describeMissing$2(found)
	};
}
function readPercentiles(side, time) {
	const [medians = [], ...tails] = PERCENTILES.map((percentile) => side.read(`${time}-${percentile}`));
	return medians.flatMap(({ concurrency, value, isUsable }) => {
		const above = tails.map((tail) => findAt(tail, concurrency)?.value ?? null);
		return above.every((one) => one === null) ? [] : [{
			concurrency,
			isUsable,
			values: [value, ...above]
		}];
	});
}
function toPoint({ concurrency, values }) {
	const known = values.flatMap((value) => value ?? []);
	const range = {
		low: Math.min(...known),
		high: Math.max(...known)
	};
	return {
		x: concurrency,
		y: known[0],
		label: null,
		range,
		ticks: known.slice(1)
	};
}
function describePercentiles(found, load) {
	const describe = ({ concurrency, values }) => {
		const known = values.flatMap((value, i) => value === null ? [] : [`${PERCENTILES[i]} ${formatMs(value)}`]);
		return `at ${formatLevel(load, concurrency)} ${known.join(", ")}`;
	};
	return describeSides(found, describe, "; ");
}
function describeMissing$2(found) {
	const before = found.find(({ side, at }) => side.kind === "baseline" && at.length === 0);
	return before !== void 0 && before.side.read("throughput").length > 0 ? `Of ${nameSide(before.side.label)} no more than the median is recorded.` : null;
}
// src/render/view/levels.ts
function viewLevels(report) {
	return {
		table: tabulateLevels(report),
		none: "No level was measured.",
		isValid: report.levels.map(({ valid }) => valid),
		reasoning: describeReasoning(report),
		missing: describeMissing$1(report),
		schedule: describeSchedule(report),
		standIns: describeStandIns(report),
		plateau: report.levels.some(({ requests }) => requests.ok > 0) ? describeFoundPlateau(report) : null,
		within: describeWithin(report),
		capacity: describeCapacity(report),
		goodput: describeGoodput(report),
		price: describePrice(report)
	};
}
function tabulateLevels(report) {
	const columns = chooseColumns(report);
	return {
		columns: columns.map(({ heading, align }) => ({
			heading,
			align
		})),
		rows: report.levels.map((level) => columns.map(({ cell }) => keepUnit(cell(level))))
	};
}
function describeMissing$1({ levels, series, slo }) {
	if (slo !== void 0) return null;
	const needed = MINIMUM_SAMPLES.p90;
	const missing = levels.flatMap((level) => {
		const summary = generatesTokens(series.workload.task) ? level.ttftMs : level.latencyMs;
		if (summary === null || summary.p90 !== null) return [];
		const more = needed - summary.n - level.requests.failed;
		return more > 0 ? [`level ${nameLevel$1(loadOf(series), level.concurrency)} needs ${formatCount(more)} more`] : [];
	});
	return missing.length === 0 ? null : `\u2013 p90 takes ${needed} requests: ${missing.join(", ")}.`;
}
function describeReasoning({ levels, validity, series }) {
	if (validity.findings.some(({ code }) => code === "reasoning-in-text")) return null;
	const reasoned = levels.filter(({ reasoningShare, ttftMs }) => (reasoningShare ?? 0) > 0 && ttftMs !== null);
	if (reasoned.length === 0) return null;
	const begins = reasoned.flatMap(({ concurrency, ttftMs, ttfoMs }) => ttfoMs?.p50 == null || ttfoMs.p50 <= (ttftMs?.p50 ?? 0) ? [] : [`${formatMs(ttfoMs.p50)} at level ${nameLevel$1(loadOf(series), concurrency)}`]);
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
	const formatPercentile = (summary, percentile) => formatMs(summary?.[percentile] ?? null);
	const first = [alignRight("level", (level) => nameLevel$1(loadOf(series), level.concurrency)), alignRight("ok/failed", ({ requests }) => formatOutcomes(requests))];
	const listTail = (summary) => report.slo === void 0 ? [alignRight("p90", (level) => formatPercentile(summary(level), "p90"))] : [];
	const kept = report.slo === void 0 ? [] : [alignRight("kept", ({ attained }) => formatShare(attained?.attainment ?? null))];
	const last = {
		heading: "state",
		align: "left",
		cell: (level) => hasBufferedAnswers(level, series.workload.task) ? "buffered" : nameState(level)
	};
	if (!generatesTokens(series.workload.task)) {
		const computeSequenceRate = (level) => level.requestsPerSecond === null ? null : level.requestsPerSecond * series.workload.batchSize;
		return [
			...first,
			alignRight("latency p50", (level) => formatPercentile(level.latencyMs, "p50")),
			...listTail((level) => level.latencyMs),
			alignRight(`${nameItem(series.workload.task)}s/s`, (level) => formatRate(computeSequenceRate(level))),
			alignRight("input tok/s", (level) => formatRate(level.inputTokensPerSecond)),
			...kept,
			last
		];
	}
	return [
		...first,
		alignRight("TTFT p50", (level) => formatTimeOrStandIn(report, level, "ttftMs")),
		...listTail((level) => level.ttftMs),
		alignRight("TPOT p50", (level) => formatTimeOrStandIn(report, level, "tpotMs")),
		alignRight("lat. p50", (level) => formatPercentile(level.latencyMs, "p50")),
		alignRight("tok/s", (level) => formatRate(level.outputTokensPerSecond)),
		alignRight("req/s", (level) => formatRate(level.requestsPerSecond)),
		...kept,
		last
	];
}
function formatOutcomes({ ok, failed }) {
	return `${formatCount(ok)}/${formatCount(failed)}`;
}
function hasBufferedAnswers({ state, requests, ttftMs }, task) {
	return state === "buffered" || state === "ok" && generatesTokens(task) && requests.ok > 0 && ttftMs === null;
}
function describeSchedule({ levels, series: { arrivals, speeds } }) {
	const schedules = levels.flatMap(({ open }) => open ?? []);
	const lags = schedules.flatMap(({ lagMs }) => lagMs ?? []);
	if (arrivals === void 0 && speeds === void 0 || lags.length === 0) return null;
	const findWorst = (percentile) => formatMs(Math.max(...lags.map((lag) => lag[percentile])));
	const peak = formatCount(Math.max(...schedules.map(({ peakInFlight }) => peakInFlight)));
	const dropped = schedules.reduce((sum, one) => sum + one.dropped, 0);
	const never = dropped === 0 ? "" : ` ${pluralise(dropped, "request")} that were due were never sent.`;
	return `Open loop, ${arrivals === void 0 ? "the moments of the trace" : `${arrivals} arrivals`}: requests were sent ${findWorst("p50")} (p50) and ${findWorst("p99")} (p99) late at most, and all times count from when they were due. Up to ${peak} in flight.${never}`;
}
function viewMix({ levels, series }) {
	const load = loadOf(series);
	const rows = levels.flatMap(({ concurrency, requests, ttftMs, tpotMs, latencyMs, parts = [] }) => {
		const add = (pick) => parts.reduce((sum, part) => sum + pick(part), 0);
		const all = {
			requests,
			inputTokens: add((part) => part.inputTokens),
			outputTokens: add((part) => part.outputTokens),
			ttftMs,
			tpotMs,
			latencyMs
		};
		return [...parts.map((part) => ({
			name: quote(part.name),
			figures: part
		})), ...parts.length === 0 ? [] : [{
			name: "all",
			figures: all
		}]].map(({ name, figures }) => [
			nameLevel$1(load, concurrency),
			name,
			...layPart(figures)
		]);
	});
	if (rows.length === 0) return null;
	return {
		heading: "By part of the mix",
		table: {
			columns: [
				makeFigureColumn("level"),
				makeWordColumn("part"),
				...[
					"ok/failed",
					"TTFT p50",
					"p95",
					"TPOT p50",
					"p95",
					"lat. p50",
					"p95",
					"tok in",
					"out"
				].map(makeFigureColumn)
			],
			rows
		},
		note: null
	};
}
function layPart({ requests, inputTokens, outputTokens, ttftMs, tpotMs, latencyMs }) {
	const times = [
		ttftMs,
		tpotMs,
		latencyMs
	].flatMap((time) => [time?.p50 ?? null, time?.p95 ?? null]);
	return [
		formatOutcomes(requests),
		...times.map((time) => keepUnit(formatMs(time))),
		formatCount(inputTokens),
		formatCount(outputTokens)
	];
}
function viewConversations(report) {
	const { workload } = report.series;
	const levels = report.levels.filter((level) => level.conversations !== void 0);
	if (levels.length === 0) return null;
	const load = loadOf(report.series);
	const shown = chooseLevel(report, levels);
	return {
		what: say`${describeConversations(workload)}${load === "rate" ? ", which arrive at the rate of the level" : ""}`,
		levels: tabulateConversations(levels, load),
		turns: tabulateTurns(shown.conversations),
		turnsHeading: `Turn by turn at level ${nameLevel$1(load, shown.concurrency)}`,
		note: explainConversations(levels)
	};
}
function describeConversations({ turns, thinkTime = 0, systemPromptTokens = 0 }) {
	if (turns === void 0) return "Conversations of the parts that hold some";
	const many = turns === "file" ? "as many turns as the file has" : turns === "1" ? "one turn" : say`${quote(turns)} turns`;
	const more = [...thinkTime === 0 ? [] : [
		", ",
		showThinkTime(thinkTime),
		" of think-time"
	], ...systemPromptTokens > 0 ? [`, a system prompt of ${pluralise(systemPromptTokens, "token")}`] : []];
	return say`Conversations of ${many}${more}`;
}
function showThinkTime(time) {
	return typeof time === "number" ? [formatMs(1e3 * time)] : say`${quote(time)}`;
}
function chooseLevel({ plateau }, levels) {
	const valid = levels.filter(({ valid }) => valid);
	return valid.find(({ concurrency }) => concurrency === plateau.kneeConcurrency) ?? valid.at(-1) ?? levels.at(-1);
}
function tabulateConversations(levels, load) {
	return {
		columns: [
			"level",
			"whole",
			"ended early",
			"answers p50",
			"from first to last p50",
			"input cached"
		].map(makeFigureColumn),
		rows: levels.map(({ concurrency, cachedShare, conversations: { whole, endedEarly, latencyMs, spanMs } }) => [
			nameLevel$1(load, concurrency),
			formatCount(whole),
			formatCount(endedEarly),
			formatMs(latencyMs),
			formatMs(spanMs),
			formatCached(cachedShare)
		].map(keepUnit))
	};
}
function tabulateTurns({ turns }) {
	return {
		columns: [
			"turn",
			"ok/failed",
			"input tokens",
			"cached",
			"TTFT p50",
			"lat. p50"
		].map(makeFigureColumn),
		rows: turns.map(({ turn, andLater, requests, inputTokens, cachedShare, ttftMs, latencyMs }) => [
			`${turn}${andLater === true ? " and later" : ""}`,
			formatOutcomes(requests),
			inputTokens === null ? "\u2013" : formatCount(Math.round(inputTokens)),
			formatCached(cachedShare),
			formatMs(ttftMs),
			formatMs(latencyMs)
		].map(keepUnit))
	};
}
function formatCached(share) {
	return share === null ? "not stated" : formatShare(share);
}
function explainConversations(levels) {
	const lacking = levels.some(({ conversations: { whole, endedEarly } }) => whole === 0 && endedEarly === 0);
	const left = levels.some(({ conversations: { endedEarly } }) => endedEarly > 0);
	return [
		"Each turn is sent with all that was said before it, and with the answers that the server gave. A conversation is whole when all its turns were counted; then it has the time of its answers together, and that from its first request to its last token, think-time included.",
		...lacking ? ["Where none is whole, the windows are too short for one: raise `level-duration`."] : [],
		...left ? ["Some ended early: a turn failed, or its answer had no text to go on with (only reasoning, or a tool call); raise `output-tokens` where it is cut in its reasoning."] : []
	].join(" ");
}
const STAND_IN = "~";
function viewCrossCheck({ crossCheck }) {
	if (crossCheck === void 0 || crossCheck.levels.length === 0) return null;
	return {
		heading: "Cross-check",
		table: tabulateCrossCheck(crossCheck),
		note: describeCrossCheck(crossCheck)
	};
}
function tabulateCrossCheck({ levels }) {
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
	const rows = levels.map((level) => [
		String(level.concurrency),
		...compareTimes(level.ttftMs, level.streamed.ttftMs),
		...compareTimes(level.tpotMs, level.streamed.tpotMs),
		formatRate(level.notebookThroughput)
	]);
	return {
		columns: headings.map(makeFigureColumn),
		rows: rows.map((row) => row.map(keepUnit))
	};
}
function describeCrossCheck({ levels, outputTokens }) {
	const queueing = levels.length === 1 ? "" : " Above the lowest level requests of one token queue behind each other: that TTFT belongs to this load, not to a user.";
	return `From answers that do not stream, of ${outputTokens.join(", ")} tokens: TTFT is the median latency at 1 token, TPOT the slope between the other two. in+out tok/s counts input too, by median latency, as ${CROSS_CHECK_MODEL} does; it is not the throughput above.${queueing} Nothing is gated on these figures.`;
}
function formatTimeOrStandIn({ crossCheck }, level, time) {
	const streamed = level[time]?.p50 ?? null;
	const whole = crossCheck?.levels.find(({ concurrency }) => concurrency === level.concurrency)?.[time] ?? null;
	return streamed === null && whole !== null ? `${STAND_IN}${formatMs(whole)}` : formatMs(streamed);
}
function describeStandIns(report) {
	return report.levels.some((level) => ["ttftMs", "tpotMs"].some((time) => formatTimeOrStandIn(report, level, time).startsWith(STAND_IN))) ? `${STAND_IN} comes from answers that do not stream (the cross-check): the streams come all at once and say nothing.` : null;
}
function compareTimes(whole, streamed) {
	const off = whole === null || streamed === null || streamed === 0 ? null : whole / streamed - 1;
	return [
		formatMs(whole),
		formatMs(streamed),
		formatChange(off)
	];
}
// src/render/view/compared/uncompared.ts
const WITHOUT_VERDICT = "No verdict was given with this stored report, so only its limits are shown.";
const TOO_MANY = 3;
const MOST_DIFFERENCES = 10;
function viewUncompared(situation, names) {
	const { verdict } = situation;
	const { notComparable } = verdict;
	return {
		instead: explainUncompared(situation, names),
		reason: say`Not compared because ${nameObstacle(situation)}`,
		recordedRuns: notComparable === null ? null : `${pluralise(notComparable.runs, "recorded run")}, none with these settings:`,
		differences: tabulateChanges("Setting", (notComparable?.differences ?? []).map(({ field, setting, before, now }) => [
			setting ?? field,
			before,
			now
		])),
		warning: warnUncompared(verdict)
	};
}
function findObstacle({ verdict, reasons, baseline, notComparable }) {
	if (verdict === "cancelled" || verdict === "skipped" || verdict === "not-measured") return verdict;
	if (notComparable !== null) return "settings";
	if (baseline.lost !== null) return "history-lost";
	if (reasons.includes("control-lost")) return "control-lost";
	return baseline.origin === null ? "unasked" : "first";
}
function explainUncompared({ verdict, withoutVerdict }, names) {
	if (verdict.comparisons.length > 0) return null;
	const obstacle = findObstacle(verdict);
	const name = emphasise(quote(verdict.name));
	const isFirst = obstacle === "first";
	const not = emphasise(isFirst ? "Nothing to compare yet." : "Not compared.");
	const tell = (why, advice) => ({
		lead: say`${not} ${why} ${describeLimits(verdict)}`,
		isTitle: verdict.verdict === "not-comparable" || verdict.verdict === "no-baseline",
		isFirst,
		advice
	});
	switch (obstacle) {
		case "cancelled":
		case "skipped":
		case "not-measured": return null;
		case "settings": return tell(describeDifferences$2(verdict.notComparable, name, names), adviseReturn(names));
		case "history-lost": return tell(say`${name} has a history, but ${quoteProse(verdict.baseline.lost)}.`, adviseKeeping(names));
		case "control-lost": {
			const troubles = makeList(verdict.control.troubles.map((trouble) => quoteProse(trouble)), "; ");
			return tell(say`The control could not be measured: ${troubles}. No recorded run of ${name} is there instead.`, "Look at the server of the control, then run it again.");
		}
		case "unasked": return tell(withoutVerdict ? WITHOUT_VERDICT : "With `baseline: none` only limits decide.", null);
		case "first": return tell(say`No run of ${name} is recorded${names.isPullRequest ? `: the next run on ${names.baseline} records the first` : ""}.`, "Limits work today; so does `expected-spread`: it says how much your runs spread until the history does.");
	}
}
function adviseKeeping({ baseline, isPullRequest }) {
	const next = isPullRequest ? `The next run on ${baseline} begins` : "The next recorded run begins";
	return say`${emphasise("What now?")} ${next} a new history. To keep one, record at least once within the time that artifacts are kept, on a schedule for example.`;
}
function adviseReturn({ baseline, isPullRequest, intoBranch }) {
	const next = isPullRequest && intoBranch === null ? `after the merge the next run on ${baseline} records the first to compare with` : "the next recorded runs then begin a new history";
	return say`${emphasise("What now?")} Take the change back to compare, or keep it: ${next}.`;
}
function describeDifferences$2({ runs, differences }, name, { isPullRequest }) {
	const [what, of] = isPullRequest ? ["this pull request", say` of ${name}`] : [say`this run of ${name}`, ""];
	const changes = differences.map(({ field, setting, before, now }) => say`${quoteCode(setting ?? field)} (${quoteCode(before)} \u2192 ${quoteCode(now)})`);
	const changed = changes.length === 0 ? "differs in its settings" : say`changes ${makeList(changes, ", ", MOST_DIFFERENCES)}`;
	return say`${pluralise(runs, "baseline run")}${of} ${runs === 1 ? "exists" : "exist"}, but ${what} ${changed}.`;
}
function describeLimits({ limits }) {
	if (limits.length === 0) return "Nothing was checked.";
	return `${limits.filter(({ outcome }) => outcome === "pass").length} of ${limits.length} limits hold; nothing else was checked.`;
}
function nameObstacle({ verdict, withoutVerdict }) {
	switch (findObstacle(verdict)) {
		case "cancelled": return "the run was cancelled";
		case "skipped": return "nothing was measured";
		case "not-measured": return "the run could not be measured";
		case "settings": return "no recorded run has these settings";
		case "history-lost": return quoteProse(verdict.baseline.lost);
		case "control-lost": return "the control could not be measured";
		case "first": return say`no run of ${quoteProse(verdict.name)} is recorded`;
		case "unasked": return withoutVerdict ? "no verdict was given" : "of `baseline: none`";
	}
}
function warnUncompared({ baseline: { uncomparedInARow } }) {
	if (uncomparedInARow < TOO_MANY) return null;
	return `${pluralise(uncomparedInARow, "run")} in a row compared with nothing: this gate sees no regression until settings and history agree.`;
}
// src/render/view/title.ts
function viewTitle(verdict, report) {
	const name = quote(verdict.name);
	const buffered = report === null || NOTHING_SENT.has(verdict.verdict) ? "" : describeBuffered(report);
	const outcome = say`${describeOutcome(verdict, report)}${buffered}`;
	const mood = buffered !== "" && chooseMood(verdict) === "good" ? "neutral" : chooseMood(verdict);
	return {
		mood,
		icon: ICONS[mood],
		name,
		outcome,
		sentence: say`${name}: ${outcome}`,
		signed: say`${ICONS[mood]} ${name}: ${outcome}`,
		isGreen: buffered === "" && verdict.check === "pass" && looksGood(verdict.verdict)
	};
}
function rankTitles(judged) {
	return judged.toSorted((a, b) => compareBadness(a.verdict, b.verdict)).map((one) => ({
		...one,
		title: viewTitle(one.verdict, one.report)
	}));
}
function viewTitleOfAll(ranked) {
	const [worst] = ranked;
	if (worst === void 0) return `${ICONS.neutral} No measuring job left a result.`;
	const { title } = worst;
	const count = ranked.length;
	if (count === 1) return title.signed;
	if (ranked.every((each) => each.title.isGreen)) return `${ICONS.good} Nothing got worse that could be seen, in ${nameAll(count)}`;
	const { check } = worst.verdict;
	const same = ranked.filter(({ verdict }) => verdict.check === check).length;
	const how = {
		fail: `${same} of ${count} failed, first`,
		warn: `${same} of ${count} to look at, first`,
		pass: `${capitalise(nameAll(count))} pass;`
	};
	return say`${title.icon} ${how[check]} ${title.sentence}`;
}
const ICONS = {
	bad: "\u274C",
	warn: "\u26A0\uFE0F",
	good: "\u2705",
	neutral: "\u2139\uFE0F"
};
function chooseMood({ check, verdict }) {
	if (check === "fail") return "bad";
	if (check === "warn" || verdict === "suspect") return "warn";
	return looksGood(verdict) || verdict === "accepted" ? "good" : "neutral";
}
function describeOutcome(verdict, report) {
	switch (verdict.verdict) {
		case "cancelled": return "cancelled before it was measured, so nothing was decided";
		case "regressed": return describeRegressed(verdict);
		case "not-measured": return describeNotMeasured(verdict, report);
		case "suspect": return describeSuspect(verdict);
		case "not-comparable":
		case "no-baseline": return describeUncompared(verdict);
		case "skipped": return say`skipped, nothing was sent: ${describeReasons(verdict)}`;
		case "accepted": return describeAccepted(verdict);
		case "no-change-seen": return verdict.reasons.includes("not-proven") ? describeNotProven(verdict) : describeNoChangeSeen(verdict);
		case "proven": return describeProven(verdict);
		case "improved": return nameParts$1("better", pickComparisons(verdict, "improved").map(describeChange));
	}
}
const NOTHING_SENT = /* @__PURE__ */ new Set(["cancelled", "skipped"]);
function describeBuffered({ levels, series, imported }) {
	const answered = levels.filter(({ requests }) => requests.ok > 0);
	const buffered = answered.filter((level) => hasBufferedAnswers(level, series.workload.task)).length;
	if (buffered === 0) return "";
	return `; no TTFT and TPOT${buffered === answered.length ? "" : ` at ${buffered} of ${answered.length} levels`}: ${imported === void 0 ? "answers were held back on the way" : "the results state none"}`;
}
function describeRegressed(verdict) {
	const load = loadOfVerdict(verdict);
	const found = pickComparisons(verdict, "regressed");
	const broken = verdict.limits.filter(({ outcome }) => outcome === "fail");
	const [limit] = broken;
	const parts = [
		...limit === void 0 ? [] : broken.length === 1 ? [say`limit broken, ${quote(describeLimit(limit, load))} is ${formatLimitValue(limit, load)}`] : [`${broken.length} limits broken`],
		...describeLostLevels(verdict, "regressed"),
		...describeErrors(verdict, "regressed", "fail"),
		...found.map(describeChange)
	];
	if (parts.length === 0) return describeReasons(verdict);
	const isSoAgain = found.length === parts.length && found.every((comparison) => comparison.confirmed === true);
	return say`${nameFirst(parts)}${isSoAgain ? ", still so in a second look" : ""}`;
}
function describeSuspect(verdict) {
	const found = pickComparisons(verdict, "suspect");
	const parts = [
		...found.map(describeChange),
		...describeLostLevels(verdict, "suspect"),
		...describeErrors(verdict, "suspect", "failed")
	];
	const why = found.length > 0 && found.every(({ confirmed }) => confirmed === false) ? "not so in a second look" : "not proven";
	return say`${nameParts$1("suspect", parts)}, ${why}`;
}
function describeUncompared(verdict) {
	const { notComparable, baseline, control, limits } = verdict;
	const obstacle = findObstacle(verdict);
	switch (obstacle) {
		case "history-lost": return say`not compared, ${quoteProse(baseline.lost)}`;
		case "control-lost": return nameParts$1("not compared, the control could not be measured", (control?.troubles ?? []).map((trouble) => quoteProse(trouble, LONGEST_WHY)));
		case "first":
		case "unasked":
			if (verdict.verdict === "not-comparable") return "not compared";
			if (obstacle === "first") return "nothing to compare yet";
			return limits.length === 0 ? "not compared, and no limits are set" : "not compared, only limits decide";
		default: return describeDifferences$1(notComparable?.differences ?? []);
	}
}
function describeDifferences$1(differences) {
	const [first] = differences;
	if (first === void 0) return "not compared";
	const more = differences.length === 1 ? "" : ` and ${differences.length - 1} more`;
	return say`not compared, ${quote(first.setting ?? first.field)} changed (${quote(first.before)} \u2192 ${quote(first.now)})${more}`;
}
function describeNotMeasured(verdict, report) {
	const { unreadable } = verdict.baseline;
	if (unreadable !== null && verdict.reasons.join() === "baseline") return say`not compared, the history cannot be read: ${quoteProse(unreadable.why, LONGEST_WHY)}`;
	const cause = report?.validity.cause;
	if (cause === void 0 || !verdict.reasons.includes("run-invalid")) return say`could not be measured: ${describeReasons(verdict, report)}`;
	return say`could not be measured: ${quoteProse(cause, LONGEST_WHY)}`;
}
function describeAccepted(verdict) {
	const found = pickComparisons(verdict, "accepted");
	const by = found.map(({ accepted }) => accepted?.by ?? null).find((login) => login !== null);
	const parts = found.map(describeChange);
	const who = by === void 0 ? "accepted in the settings" : say`accepted by ${quote(`@${by}`)}`;
	return parts.length === 0 ? who : say`${nameFirst(parts)}, ${who}`;
}
function describeNoChangeSeen({ comparisons }) {
	const found = comparisons.filter((comparison) => comparison.smallestVisible !== null).map(nameVisible);
	return found.length === 0 ? "no change seen" : `no change seen (finds ${joinShortList(found)} ${IN_FOUR_OF_FIVE} runs)`;
}
function describeNotProven({ comparisons }) {
	const parts = comparisons.filter(({ verdict }) => verdict === "no-change-seen" || verdict === "suspect").map((comparison) => {
		const range = comparison.interval === null ? "" : ` (measured ${formatRange(comparison.interval)})`;
		return `${nameOf$1(comparison)} is within ${formatShare(comparison.tolerance)}${range}`;
	});
	return parts.length === 0 ? "not proven" : say`not proven that ${nameFirst(parts)}`;
}
function describeProven(verdict) {
	const parts = pickComparisons(verdict, "proven").map((comparison) => `${nameOf$1(comparison)} ${formatShare(comparison.tolerance)}`);
	return parts.length === 0 ? "proven within tolerance" : `proven within tolerance: ${joinShortList(parts)}`;
}
function describeChange(comparison) {
	const { change, interval } = comparison;
	const range = interval === null ? "" : ` (${formatRange(interval)})`;
	return `${nameOf$1(comparison)} ${formatChange(change)}${range}`;
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
function describeLostLevels(verdict, word) {
	const load = loadOfVerdict(verdict);
	const lost = verdict.lostLevels.filter((level) => level.verdict === word);
	if (lost.length === 0) return [];
	const levels = joinShortList(lost.map(({ concurrency }) => formatLevel(load, concurrency)));
	const what = word === "suspect" ? "did not hold" : `no longer ${lost.length === 1 ? "holds" : "hold"}`;
	return [`${spellLevels(load, levels)} ${what}`];
}
function describeErrors({ errorRate }, word, fail) {
	if (errorRate?.verdict !== word) return [];
	const [now, before] = [errorRate.candidate, errorRate.baseline].map(formatFailedShare);
	return [`${now} of the requests ${fail} (${before} before)`];
}
const LONGEST_WHY = 240;
function describeReasons({ reasons, lostLevels, comparisons }, report = null) {
	const named = new Set(reasons.map((reason) => findMetric(reason)?.name));
	const names = GATED_METRICS.filter((name) => named.has(name)).map((metric) => nameOf$1(comparisons.find((compared) => compared.metric === metric) ?? { metric }));
	const meanings = REASONS.filter(({ code }) => reasons.includes(code)).map(({ meaning }) => decapitalise(meaning));
	const cause = reasons.includes("levels-missing") ? explainMissing(lostLevels, report) : "";
	const parts = [
		...names.length === 0 ? [] : [joinList(names)],
		...meanings,
		...cause === "" ? [] : [quoteProse(cause, LONGEST_WHY)]
	];
	return parts.length === 0 ? quote(reasons.join(", ") || "no reason is known") : joinSentences(parts, "; ");
}
function explainMissing(lostLevels, report) {
	const missing = lostLevels.filter(({ verdict }) => verdict === "not-measured");
	const measured = new Set(report?.levels.map(({ concurrency }) => concurrency));
	const cause = report?.validity.cause;
	if (cause !== void 0 && missing.every(({ concurrency }) => measured.has(concurrency))) return cause;
	return [...new Set(missing.map(({ reason }) => reason).filter((reason) => reason !== ""))].slice(0, 2).join("; ");
}
// src/render/view.ts
function viewAll(input) {
	const situation = completeInput(input);
	const { report, verdict } = situation;
	return {
		report: report === null ? null : viewReport(report, verdict, nameRuns(situation)),
		verdict: viewSituation(situation)
	};
}
function viewReport(report, verdict, names = nameRuns({ subject: "run" })) {
	const aside = listCluesAside(verdict, names);
	return {
		run: viewRun(report, verdict),
		limits: viewLimits(verdict?.limits ?? report.limits ?? [], loadOf(report.series)),
		levels: viewLevels(report),
		mix: viewMix(report),
		server: viewServer(report, names.candidate, aside),
		split: viewSplit(report, names.candidate, aside),
		slowest: viewSlowest(report),
		crossCheck: viewCrossCheck(report),
		conversations: viewConversations(report),
		charts: viewCharts(report, verdict, names)
	};
}
function viewVerdict(input) {
	return viewSituation(completeInput(input));
}
function viewSituation(situation) {
	const { verdict, notes, settingsNote, attempt, links } = situation;
	const names = nameRuns(situation);
	return {
		names,
		title: viewTitle(verdict, situation.report),
		limits: viewLimits(verdict.limits, loadOfVerdict(verdict)),
		comparisons: viewComparisons(verdict, names),
		...viewAnswers(situation, names),
		baseline: viewBaseline(situation),
		uncompared: viewUncompared(situation, names),
		observed: isOnlyObserved(verdict) ? "Only observed: with `gate: observe` nothing fails." : null,
		isMeasured: verdict.verdict !== "not-measured",
		warnings: notes.map(signWarning),
		settingsNote: settingsNote === null ? null : quoteProse(settingsNote),
		commits: describeCommits(situation.commits),
		attempt: attempt > 1 ? `Attempt ${attempt}.` : null,
		attempts: describeAttempts(verdict),
		links
	};
}
function signWarning(warning) {
	return say`\u26a0\ufe0f ${quoteProse(warning)}`;
}
function describeAttempts({ earlier = [], comparisons, limits }) {
	if (earlier.length === 0 || comparisons.length + limits.length === 0) return null;
	const wordsOf = (attempts) => attempts.map(({ verdict }) => verdict.replaceAll("-", " ")).join(", ");
	const counted = earlier.filter(({ isCounted }) => isCounted);
	const others = earlier.filter(({ isCounted }) => !isCounted);
	const isOfOther = counted.some(({ run }) => run !== void 0);
	const before = counted.length === 1 ? "the attempt before" : `the ${counted.length} attempts before`;
	const all = counted.length === 1 ? "both" : "all";
	const areLimitsPooled = limits.some(({ alone }) => alone !== void 0);
	const figures = [...comparisons.length === 0 ? [] : [`figures are the mean of ${all}, failures those of this attempt alone`], ...limits.length === 0 ? [] : [`limits are judged by ${areLimitsPooled ? `the median of ${all}` : "this attempt alone"}`]];
	return [...counted.length === 0 ? [] : [`Counted together with ${before}${isOfOther ? " at this commit" : ""} (${wordsOf(counted)}): ${figures.join(", ")}.`], ...others.map((one) => `Attempt ${one.attempt}${one.run === void 0 ? "" : ` of run ${one.run}`} (${wordsOf([one])}) is not counted: it was measured in another way, or at another build.`)].join(" ");
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
	const { mostOfCharts = Infinity } = room;
	return fitBudget((most) => layComment(view, most, mostOfCharts).join("\n\n"), room) + "\n";
}
function layComment(view, most, mostOfCharts = Infinity) {
	const measured = layMeasured(view, most, mostOfCharts);
	return dropAbsent(view.verdict.title.isGreen ? layGreen(view, most, measured) : [...layLead(view, most), ...layMain(view, most, measured)]);
}
function renderWarnings(warnings) {
	return `**Not delivered, or not read**\n\n${layMarkdownList(warnings.map(signWarning), Infinity) ?? ""}`;
}
function layGreen(view, most, measured) {
	const { verdict } = view;
	const owner = verdict.hasBaselineMoved ? verdict.owner : null;
	const answers = verdict.answers.filter(({ answer }) => answer !== owner);
	return [
		writeMarkdown(verdict.title.signed),
		layParagraph(owner),
		layParagraph(verdict.baseline.slowDrift),
		...layRemarks(verdict, most),
		foldPresent("Figures", [
			layComparisons$2(verdict, most),
			layAnswers({
				...verdict,
				answers
			}, most),
			...measured,
			layFooter(view, most)
		])
	];
}
function layLead({ verdict }, most) {
	const { title, uncompared, baseline } = verdict;
	const { instead, warning } = uncompared;
	const remarks = layRemarks(verdict, most);
	if (instead === null) return [`### ${writeMarkdown(title.signed)}`, ...remarks];
	const lead = writeMarkdown(instead.lead, most);
	const rest = [
		instead.isFirst ? layMarkdownTable(baseline.outlook, most) : null,
		layParagraph(instead.advice),
		warning === null ? null : `\u26A0\uFE0F ${warning}`
	];
	return instead.isTitle ? [
		`${title.icon} ${lead}`,
		...rest,
		...remarks
	] : [
		`### ${writeMarkdown(title.signed)}`,
		...remarks,
		lead,
		...rest
	];
}
function layMain(view, most, measured) {
	const { report, verdict } = view;
	return [
		layComparisons$2(verdict, most),
		verdict.limits.isBroken ? layLimits$2(verdict.limits.rows, most) : null,
		layParagraph(verdict.baseline.slowDrift),
		verdict.isMeasured || report === null ? null : layFindings$1(report, FIRST_FINDINGS),
		layAnswers(verdict, most),
		...measured,
		layFooter(view, most)
	];
}
function layRemarks({ observed, attempts, warnings, settingsNote }, most) {
	return [
		observed,
		attempts,
		layMarkdownList(warnings, most),
		layParagraph(settingsNote)
	];
}
function layComparisons$2({ comparisons, names, baseline }, most) {
	const requests = comparisons.requests.map(({ what, baseline, candidate, change, verdict }) => [
		emphasise(what),
		baseline,
		candidate,
		keepUnit(change),
		"\u2013",
		verdict
	]);
	const metrics = comparisons.rows.map((row) => {
		const mark = (words) => row.looksWorse ? emphasise(words) : words;
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
			makeWordColumn("Metric"),
			makeFigureColumn(baseline.isControl ? comparisons.before : `${names.baseline} ${keepTogether(`(${baseline.runs})`)}`),
			makeFigureColumn(names.candidate),
			makeFigureColumn("change, likely range"),
			makeFigureColumn(`finds ${IN_FOUR_OF_FIVE}`),
			makeWordColumn("verdict")
		],
		rows: [...requests, ...metrics]
	}, most);
}
function layLimits$2(limits, most) {
	return layMarkdownTable({
		columns: [
			makeWordColumn("Limit"),
			makeFigureColumn("measured"),
			makeWordColumn("verdict")
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
		return say`${emphasise(question)} ${answer}${yaml.length === 0 ? "" : block}`;
	});
	const lists = [layMarkdownList(questions, questions.length, most), layMarkdownList([...comparisons.notes, ...comparisons.unused], most)];
	return dropAbsent(lists).join("\n") || null;
}
function layMeasured({ report, verdict }, most, mostOfCharts) {
	const { limits, baseline } = verdict;
	return [
		report === null ? null : layCharts$1(report, verdict, {
			most,
			mostOfCharts
		}),
		report === null ? null : layLevels$2(report, verdict, most),
		report?.conversations == null ? null : layConversations$1(report.conversations, most),
		foldTable(report?.mix, most),
		foldTable(report?.server && layServer(report.server, verdict.title.isGreen), most),
		...report === null || verdict.title.isGreen ? [] : [report.split?.hasOthers === true ? foldTable(report.split, most) : null, foldTable(report.slowest, most)],
		limits.isBroken ? null : foldPresent(`Limits: ${limits.count}`, [layLimits$2(limits.rows, most)]),
		report === null ? null : foldPresent("Findings", [layFindings$1(report, most)]),
		foldPresent(baseline.grounds.heading, [layMarkdownTable(baseline.grounds.table, most), baseline.passedOver.length === 0 ? null : `Passed over:\n\n${layMarkdownList(baseline.passedOver, most)}`])
	];
}
function layServer({ heading, table, beside, sourced }, isGreen) {
	return {
		heading,
		table: (isGreen ? null : beside) ?? table,
		note: sourced
	};
}
function layConversations$1({ what, levels, turns, turnsHeading, note }, most) {
	return foldPresent("Conversations", [
		writeMarkdown(say`${what}.`),
		layMarkdownTable(levels, most),
		`${turnsHeading}:`,
		layMarkdownTable(turns, most),
		writeMarkdown(note)
	]);
}
function layLevels$2({ levels }, { comparisons }, most) {
	return foldPresent("By level", [
		layMarkdownTable(levels.table, most),
		layParagraph(levels.standIns),
		layParagraph(levels.plateau),
		layParagraph(levels.within),
		layParagraph(levels.schedule),
		layParagraph(levels.capacity),
		layParagraph(levels.goodput),
		layParagraph(levels.price),
		layMarkdownTable(comparisons.byLevel, most)
	]);
}
function layCharts$1({ charts }, { links }, { most, mostOfCharts }) {
	let left = mostOfCharts;
	const drawn = pickCharts(charts).flatMap((chart) => {
		const drawing = drawMermaidChart(chart);
		if (drawing === null || drawing.length > left) return [];
		left -= drawing.length;
		return [drawing, chart.id === "curve" ? layMarkdownTable(chart.table, most) : null];
	});
	if (drawn.length === 0) return null;
	return foldPresent("Charts: the curve first", [...drawn, layParagraph(leadToPage(links.artifact))]);
}
function pickCharts(charts) {
	const curve = charts.filter(({ id }) => id === "curve");
	const moved = charts.filter(({ hasMoved }) => hasMoved);
	if (moved.length > 0) return [...curve, ...moved.slice(0, MOST_CHARTS)];
	return [...curve, ...charts.filter(({ id }) => id === "throughput" || id === "tpot-p50" || id === "latency-p50")];
}
function leadToPage(artifact) {
	if (artifact === null) return null;
	return say`With both sides at every level, intervals, knee, capacity and distributions: \`report.html\` (and \`curve.svg\`) in ${linkTo("the report", artifact)}.`;
}
function layFooter({ report, verdict }, most) {
	const { baseline, uncompared, links } = verdict;
	return `<sub>${[
		say`${baseline.origin ?? uncompared.reason}.`,
		report?.run.imported ?? null,
		report?.run.build == null ? null : say`${report.run.build.sentence}.`,
		report?.run.unsent ?? null,
		report?.run.proof ?? null,
		report?.run.shards ?? null,
		verdict.commits,
		verdict.attempt,
		baseline.narrowed,
		baseline.control,
		baseline.confirmation,
		verdict.fineness,
		report === null || report.run.cuts.length === 0 ? null : joinSentences(report.run.cuts.slice(0, most), " "),
		joinSentences([...links.run === null ? [] : [linkTo("Run", links.run)], ...links.artifact === null ? [] : [linkTo("Report with all charts", links.artifact)]], " \u00B7 ")
	].flatMap((sentence) => sentence === null ? [] : [writeMarkdown(sentence)]).join(" ").trimEnd()}</sub>`;
}
function layParagraph(sentence) {
	return sentence === null ? null : writeMarkdown(sentence);
}
function foldTable(titled, most) {
	if (titled == null) return null;
	return foldPresent(titled.heading, [layMarkdownTable(titled.table, most), layParagraph(titled.note)]);
}
function foldPresent(summary, blocks) {
	const shown = dropAbsent(blocks);
	return shown.length === 0 ? null : foldBlocks(summary, shown);
}
const FEWEST_ROWS = 8;
const OVERVIEW_SHARE = .5;
function renderReportJobComment(inputs, room = COMMENT_ROOM) {
	const entries = rankTitles(inputs);
	const isGreen = entries.every(({ title }) => title.isGreen);
	const title = writeMarkdown(viewTitleOfAll(entries));
	const overview = fitBudget((most) => layOverview(entries, most * 10), {
		...room,
		most: OVERVIEW_SHARE * room.most
	});
	const commits = layCommits(entries);
	const around = [
		title,
		overview,
		...commits,
		foldBlocks("Each name", []),
		describeRest(entries, entries.length)
	];
	const details = foldEach(entries, {
		...room,
		most: room.most - room.sizeOf(around.join("\n\n"))
	});
	const left = entries.length - details.length;
	const blocks = dropAbsent([
		overview,
		...details,
		left === 0 ? null : describeRest(entries, left)
	]);
	return [...isGreen ? [title, foldBlocks("Each name", blocks)] : [`### ${title}`, ...blocks], ...commits].join("\n\n") + "\n";
}
function layCommits([first]) {
	const commits = describeCommits(first?.commits ?? null);
	return commits === null ? [] : [`<sub>${writeMarkdown(commits)}</sub>`];
}
function layOverview(entries, most) {
	const rows = entries.map(({ title: { icon, name, outcome } }) => [say`${icon} ${emphasise(name)}`, outcome]);
	return layMarkdownTable({
		columns: [makeWordColumn("Name"), makeWordColumn("what")],
		rows
	}, most) ?? "";
}
function foldEach(entries, { most: maximum, sizeOf }) {
	const folded = [];
	let left = maximum;
	for (const entry of entries) {
		const text = foldFitting(entry, {
			most: left - 2,
			sizeOf
		});
		if (text === null) break;
		folded.push(text);
		left -= sizeOf(text) + 2;
	}
	return folded;
}
function foldFitting(entry, { most: maximum, sizeOf }) {
	const view = viewAll(entry);
	for (const most of ROWS) {
		if (most < FEWEST_ROWS) break;
		const text = foldBlocks(summaryOf(entry), layComment(view, most));
		if (sizeOf(text) <= maximum) return text;
	}
	return null;
}
function describeRest(entries, count) {
	const { run = null, artifact = null } = entries[0]?.links ?? {};
	const places = [...run === null ? [] : [linkTo("the summary of this run", run)], ...artifact === null ? [] : [linkTo("their artifacts", artifact)]];
	const where = places.length === 0 ? "in their reports" : say`in ${joinSentences(places, " and in ")}`;
	return writeMarkdown(say`The details of ${pluralise(count, "more name")} are ${where}.`);
}
function summaryOf({ verdict: { name }, title }) {
	return `${title.icon} ${name.replace(/[^\w.-]+/g, "-").slice(0, 64)}`;
}
// src/render/text.ts
function renderText(report, { verdict = null, colour = false } = {}) {
	const style = createStyle(colour);
	return joinSections([...reportSections(viewReport(report, verdict), style), ...verdict === null ? [] : layVerdict$1(viewVerdict({
		report,
		verdict,
		subject: "run"
	}), style, [])]);
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
	return writePlain(viewTitle(verdict, report).signed);
}
function renderHeadline(judged) {
	return writePlain(viewTitleOfAll(rankTitles(judged)));
}
function renderTitles(judged) {
	return [
		...wrap(renderHeadline(judged), { indent: 3 }),
		...rankTitles(judged).flatMap(({ title }) => wrap(`  ${writePlain(title.signed)}`, { indent: 5 })),
		""
	].join("\n");
}
function reportSections({ run, levels, conversations, mix, server, crossCheck, charts, limits }, style) {
	return [
		[...layParagraphs([run.endpoint]).map(style.bold), ...layParagraphs([run.work]).map(style.dim)],
		run.invalid === null ? [] : [style.bad(run.invalid)],
		layLevels$1(levels, style),
		conversations === null ? [] : layConversations(conversations, style),
		layTitled$1(mix, style),
		server === null ? [] : laySection(say`${server.heading} (${server.source})`, server.table, server.note, style),
		layTitled$1(crossCheck, style),
		charts.filter(({ id }) => id === "throughput").flatMap((chart) => drawBars(chart, style)),
		layParagraphs([
			levels.plateau,
			levels.within,
			levels.capacity,
			levels.goodput,
			levels.price
		]),
		layLimits$1(limits.rows, style),
		layFindings(run.findings, style),
		[...layParagraphs([
			run.imported,
			run.serverVersion,
			run.build === null ? null : writeBuild(run.build)
		]), ...layParagraphs([
			run.provisioned,
			run.unsent,
			run.proof,
			run.shards
		])].map(style.dim)
	];
}
function writeBuild({ sentence, advice }) {
	return advice === null ? say`${sentence}.` : say`${sentence}; ${advice}.`;
}
function layLevels$1({ table, isValid, ...notes }, style) {
	if (table.rows.length === 0) return [notes.none];
	return [...layStyledTable(table, style, (row, i) => isValid[i] ? row : style.warn(row)), ...layParagraphs([
		notes.reasoning,
		notes.missing,
		notes.schedule,
		notes.standIns
	]).map(style.dim)];
}
function layConversations({ what, levels, turns, turnsHeading, note }, style) {
	return [
		...laySection(what, levels, note, style),
		style.bold(turnsHeading),
		...layStyledTable(turns, style)
	];
}
function layTitled$1(titled, style) {
	return titled === null ? [] : laySection(titled.heading, titled.table, titled.note, style);
}
function laySection(heading, table, note, style) {
	return [
		style.bold(writePlain(heading)),
		...layStyledTable(table, style),
		...layParagraphs([note]).map(style.dim)
	];
}
function layFindings(findings, style) {
	if (findings.length === 0) return [];
	const lines = findings.flatMap(({ sentence, remedy }) => [...wrap(`  ! ${writePlain(sentence)}`, { indent: 4 }).map(style.warn), ...remedy === null ? [] : wrap(`    \u2192 ${writePlain(remedy)}`, { indent: 6 })]);
	return [style.bold("Findings"), ...lines];
}
const OUTCOMES$1 = {
	pass: "\u2713 pass",
	fail: "\u2717 FAIL",
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
		const line = `  ${OUTCOMES$1[outcome]}  ${writePlain(limit)}: ${found.map(writePlain).join(", ")}`;
		return wrap(line, { indent: 4 }).map(colours[outcome]);
	});
	return [style.bold("Limits"), ...lines];
}
const WIDTH$2 = 40;
const EIGHTHS = [
	"",
	"\u258F",
	"\u258E",
	"\u258D",
	"\u258C",
	"\u258B",
	"\u258A",
	"\u2589"
];
function drawBars({ title, x: load, y: axis, lines, words }, style) {
	const bars = lines.find(({ kind }) => kind === "candidate")?.points ?? [];
	if (bars.length < 2) return [];
	const highest = Math.max(...bars.map(({ y }) => y));
	const numbers = bars.map(({ y }) => axis.format(y));
	const wide = Math.max(...numbers.map((text) => text.length));
	const drawn = bars.map(({ x, y }, i) => {
		const length = Math.round(y / highest * WIDTH$2 * 8);
		const bar = "\u2588".repeat(length >> 3) + EIGHTHS[length & 7];
		const mark = words.find((word) => word.x === x)?.words ?? "";
		return `${`${x}${load.unit}`.padStart(5)}  ${numbers[i].padStart(wide)}  ${bar.padEnd(WIDTH$2)}  ${mark}`.trimEnd();
	});
	return [style.bold(title), ...drawn];
}
function layVerdict$1({ title, comparisons, moves, part, owner, baseline, uncompared, attempts, chance, fineness }, style, limits) {
	const { changes } = baseline;
	const moods = {
		...style,
		neutral: (text) => text
	};
	return [
		wrap(writePlain(title.signed), { indent: 3 }).map((line) => style.bold(moods[title.mood](line))),
		limits,
		layComparisons$1(comparisons, style),
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
		layParagraphs([baseline.slowDrift], 2),
		uncompared.recordedRuns === null ? [] : layChanges(uncompared.recordedRuns, uncompared.differences),
		layStyledTable(baseline.outlook, style),
		changes.table.rows.length === 0 ? [] : layChanges(style.bold(changes.heading), changes.table),
		[
			...layParagraphs([
				baseline.origin === null ? null : say`${baseline.origin}; ${baseline.tolerances}.${chance === null ? "" : ` ${chance}`}`,
				attempts,
				...baseline.origin === null ? [] : [
					baseline.narrowed,
					baseline.control,
					fineness
				]
			]),
			...baseline.passedOver.flatMap((sentence) => layParagraphs([say`Passed over: ${sentence}`])),
			...layParagraphs([uncompared.warning])
		].map(style.dim)
	];
}
function layComparisons$1({ rows, notes, before }, style) {
	if (rows.length === 0) return [];
	const table = {
		columns: [
			makeWordColumn("metric"),
			makeFigureColumn(before),
			makeFigureColumn("now"),
			makeFigureColumn("change"),
			makeWordColumn(""),
			makeFigureColumn("finds"),
			makeWordColumn("verdict")
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
	};
	return [...layStyledTable(table, style, (line, i) => rows[i].isRegressed ? style.bad(line) : line), ...[...notes, LEGEND$1].flatMap((note) => wrap(`  ${writePlain(note)}`, { indent: 4 }).map(style.dim))];
}
const LEGEND$1 = `In brackets the likely range; finds: the worsening found ${IN_FOUR_OF_FIVE} runs.`;
function layChanges(heading, { rows }) {
	return [heading, ...rows.flatMap((row) => {
		const [what, before, now] = row.map(writePlain);
		return wrap(`  ${what}: ${before} \u2192 ${now}`, { indent: 4 });
	})];
}
function layParagraphs(sentences, indent = 0) {
	return sentences.flatMap((sentence) => sentence === null ? [] : wrap(writePlain(sentence), { indent }));
}
// src/verdict/compare/stand.ts
const NEWEST_POINTS = 5;
function computeStand({ y, runs, isFresh = false }, history, spread) {
	const ofRun = isFresh ? 1 / runs : shareOfRuns(runs, spread.own);
	const computeDifference = ({ centre, points, ofControl, trust }) => ({
		d: y - centre,
		se: spread.sd * history.wider * Math.sqrt(ofRun + (ofControl === null ? 0 : trust ** 2 * shareOfMean(points, spread) + ofControl))
	});
	const newest = computeDifference(history.newest);
	const before = history.before === null ? null : computeDifference(history.before);
	const toNewest = (n) => {
		const points = history.newest.points.slice(-n);
		return computeDifference({
			...history.newest,
			points,
			centre: averageY(points),
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
		d: averageY(points) - averageY(others),
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
		const weighStay = (those) => squaresOf(those) + (earlier.length === 0 || those.length === 0 ? 0 : weigh(averageY(those) - averageY(earlier), shareOfMean(those, spread) + shareOfMean(earlier, spread)));
		const used = some.filter((point) => isUsed.has(point));
		const beyond = weigh(y - averageY(some), ofRun + shareOfMean(some, spread));
		const stays = Math.min(weighStay(some), weighStay(used) + (some.length - used.length) * PRICE_OF_OUTLIER);
		return {
			against: squaresOf(some) + beyond - stays,
			beyond: Math.sqrt(beyond),
			isNewLevel
		};
	});
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
const OTHER_HOUR_MS = 4 * HOUR_MS$1;
const AFTER_TWO_DAYS = .4;
function findUnlikeness(recorded, now) {
	const first = Math.min(...recorded);
	const last = Math.max(...recorded);
	const isOfOtherDay = Math.max(now - last, first - now) >= DAY_ENDS_AFTER_MS;
	if (isOfOtherDay && last - first < 864e5) return {
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
	return {
		y: mean(ys),
		isFresh,
		sessions: poolSquares([ys]),
		byLevel: new Map(levels.map((level) => [level, mean(complete.map(({ run }) => run.get(level).y))])),
		runs: complete.length,
		passes: complete.reduce((sum, { row }) => sum + countPasses(row, levels), 0),
		passesOfRun: countFewestPasses([{ runs: whole.map(({ run }) => run) }], levels)
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
function countPasses(row, levels) {
	const counts = row.levels.filter(({ concurrency }) => levels.includes(0) || levels.includes(concurrency)).map((level) => level.passes.length);
	return Math.max(1, Math.min(...counts));
}
function rateStrainOfFall({ newest, segments }, rows, minorFall) {
	const [most] = rows[0].levels.flatMap(({ concurrency }) => {
		const [now, main] = [averageStrain(rows, concurrency), averageStrain(newest.recorded.flatMap(({ entries }) => entries.map(({ row }) => row)), concurrency)];
		return now === null || main === null ? [] : [{
			concurrency,
			now,
			fall: main.attainment - now.attainment
		}];
	}).toSorted((a, b) => b.fall - a.fall);
	if (most === void 0 || most.fall <= minorFall || !Number.isFinite(most.now.strain)) return 0;
	const recorded = [...segments.slice(0, -1), newest.recorded].map((segment) => segment.flatMap(({ entries }) => {
		const seen = averageStrain(entries.map(({ row }) => row), most.concurrency);
		return seen === null || !Number.isFinite(seen.strain) ? [] : [seen.strain];
	}));
	const last = recorded.at(-1);
	if (last.length === 0) return 0;
	const { sd, degrees } = estimateSpread(poolSquares(recorded), { defaultSd: SPREAD_OF_TIMES });
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
// src/verdict/timeline.ts
function tellTimeline(entries, policy, releases = []) {
	const newest = entries.at(-1);
	const past = newest === void 0 ? null : pickPast(entries, newest.row.series, Infinity);
	if (newest === void 0 || past === null) return null;
	const points = past.groups.map(pointOf);
	const recalled = chooseMetrics(policy, [newest.row]).flatMap(({ metric }) => {
		const recorded = segmentPast(metric, past, newest.row);
		return recorded === null ? [] : [{
			metric,
			recorded
		}];
	});
	return {
		name: newest.row.series.name,
		points,
		runs: past.entries.length,
		metrics: recalled.map(({ metric, recorded }) => tellMetric(metric, recorded, past, policy)),
		steps: recalled.flatMap(({ metric, recorded }) => tellSteps(metric, recorded, past, points)).sort((a, b) => a.at - b.at),
		gaps: findGaps(points),
		releases: placeReleases(releases, points),
		versions: listVersions(points, past.groups, recalled, policy),
		otherwise: describeOthers$1(entries, newest.row)
	};
}
function pointOf({ entries }) {
	const [first] = entries;
	const { row, source, verdict } = entries.at(-1);
	const { sha, ref, runId, attempt, event, url } = source;
	return {
		startedAt: first.row.startedAt,
		sha,
		ref,
		runId,
		attempt,
		event,
		url,
		runs: entries.length,
		verdict,
		accepted: GATED_METRICS.filter((metric) => markOfGroup(entries, metric) === "accepted"),
		model: row.context.model ?? row.context.servedModel,
		server: row.context.serverVersion ?? null
	};
}
function indexPoints({ groups }) {
	const places = new Map(groups.map(({ entries }, i) => [entries, i]));
	return ({ entries }) => places.get(entries);
}
function tellMetric(metric, recorded, past, policy) {
	const { all, levels, ofPlateau, provisional, outliers } = recorded;
	const placeOf = indexPoints(past);
	const history = buildHistory(recorded, policy);
	const found = new Map(all.flat().map((point) => [placeOf(point), figureOfY(metric, point.y)]));
	const figures = past.groups.map((_, i) => found.get(i) ?? null);
	const tolerance = toleranceOf(policy, metric);
	const passes = countFewestPasses(all.flat(), levels);
	return {
		metric,
		unit: unitOf(metric, past.entries.at(-1).row),
		levels: levels.filter((level) => level !== 0),
		ofPlateau,
		figures,
		bounds: past.groups.map(({ entries }, i) => found.has(i) ? entries.flatMap(({ row }) => findFigureBound(row, metric, row) ?? [])[0] ?? null : null),
		outliers: [...outliers].map(placeOf),
		stretches: history.segments.map((points, i) => {
			const isNewest = i === history.segments.length - 1;
			const y = isNewest ? history.newest.centre : averageY(points);
			const ends = [-1, 1].map((side) => figureOfY(metric, y + side * Math.log1p(tolerance)));
			return {
				from: placeOf(all[i][0]),
				to: placeOf(all[i].at(-1)),
				level: figureOfY(metric, y),
				low: Math.min(...ends),
				high: Math.max(...ends),
				provisional: provisional && isNewest
			};
		}),
		tolerance,
		spread: poolHistorySpread(metric, history, passes, policy).sd,
		standing: findStandingStep(metric, recorded)
	};
}
function tellSteps(metric, recorded, past, points) {
	const placeOf = indexPoints(past);
	return listSteps(metric, recorded, recorded.ofPlateau).map((step, i) => {
		const [last, at] = [placeOf(recorded.all[i].at(-1)), placeOf(recorded.all[i + 1][0])];
		const findChange = (field) => {
			const [before, now] = [points[last][field], points[at][field]];
			return before === null || now === null || before === now ? null : {
				before,
				now
			};
		};
		return {
			...step,
			at,
			last,
			model: findChange("model"),
			server: findChange("server")
		};
	});
}
const GAP_DAYS = 7;
const GAP_TIMES = 4;
function findGaps(points) {
	const starts = points.map(({ startedAt }) => Date.parse(startedAt));
	const pauses = starts.slice(1).map((at, i) => at - starts[i]);
	if (pauses.length === 0) return [];
	const least = Math.max(GAP_DAYS * DAY_MS, GAP_TIMES * median([...pauses]));
	return pauses.flatMap((pause, after) => pause < least ? [] : [{
		after,
		days: Math.round(pause / DAY_MS)
	}]);
}
function placeReleases(known, points) {
	const own = points.flatMap(({ event, ref }, at) => event === "release" && ref !== null ? [{
		name: ref,
		at
	}] : []);
	const first = points[0].startedAt;
	const placed = known.flatMap(({ name, at, sha }) => {
		const exact = sha === null ? -1 : points.findIndex((point) => point.sha === sha);
		if (exact !== -1) return [{
			name,
			at: exact
		}];
		if (Date.parse(at) < Date.parse(first)) return [];
		const next = points.findIndex(({ startedAt }) => Date.parse(startedAt) >= Date.parse(at));
		return next === -1 ? [] : [{
			name,
			at: next
		}];
	});
	const names = new Set(placed.map(({ name }) => name));
	return [...placed, ...own.filter(({ name }) => !names.has(name))].sort((a, b) => a.at - b.at);
}
function describeOthers$1(entries, { series }) {
	const others = entries.filter(({ row }) => row.series.key !== series.key);
	const last = others.at(-1);
	if (last === void 0) return null;
	return {
		runs: others.length,
		last: last.row.startedAt,
		differences: findSeriesDifferences(last.row.series, series)
	};
}
function listVersions(points, groups, recalled, policy) {
	const versions = [...Map.groupBy(groups.keys(), (i) => JSON.stringify([points[i].model, points[i].server])).values()];
	return versions.map((own, v) => {
		const [first, last] = [points[own[0]], points[own.at(-1)]];
		return {
			model: first.model,
			server: first.server,
			points: own.length,
			runs: own.reduce((sum, i) => sum + groups[i].entries.length, 0),
			first: first.startedAt,
			last: last.startedAt,
			metrics: recalled.map((each) => describeFigure(each, pickGroups(own), pickGroups(versions[v - 1] ?? []), policy))
		};
	});
	function pickGroups(places) {
		return new Set(places.map((i) => groups[i].entries));
	}
}
function describeFigure({ metric, recorded }, own, before, policy) {
	const now = takePoints(recorded, own);
	if (now.length === 0) return {
		metric,
		median: null,
		difference: null
	};
	const others = takePoints(recorded, before);
	return {
		metric,
		median: figureOfY(metric, median(now.map(({ y }) => y))),
		difference: others.length === 0 ? null : compareVersions(metric, {
			now,
			before: others,
			recorded
		}, policy)
	};
}
function takePoints({ all, outliers }, groups) {
	const own = all.flat().filter(({ entries }) => groups.has(entries));
	const kept = own.filter((point) => !outliers.has(point));
	return kept.length === 0 ? own : kept;
}
function compareVersions(metric, { now, before, recorded }, policy) {
	const { levels, within } = recorded;
	const history = buildHistory({
		all: [before, now],
		provisional: false,
		outliers: /* @__PURE__ */ new Set(),
		within
	}, policy);
	const passes = countFewestPasses(now, levels);
	const spread = poolHistorySpread(metric, history, passes, policy);
	const difference = compareMeans(history.segments[1], history.segments[0], {
		wider: history.wider,
		spread
	});
	return {
		change: changeOfY(metric, difference.d),
		...boundChange(metric, difference, spread)
	};
}
// src/baseline/zip.ts
var ZipRefusal = class extends Error {
	name = "ZipRefusal";
};
const END$1 = 101010256;
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
		throw new ZipRefusal(`holds ${entries.length === 0 ? "nothing" : listNames$1(names)} and not only ${name}`);
	}
	return unpackContent(zip, view, entry, bounds);
}
function openEntry(zip, name, bounds) {
	const view = viewOf(zip);
	const entry = safeEntriesOf(zip, view).find((entry) => entry.name === name);
	return entry === void 0 ? null : unpackContent(zip, view, entry, bounds);
}
function viewOf(zip) {
	return new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
}
function safeEntriesOf(zip, view) {
	const entries = entriesOf(zip, view);
	for (const entry of entries) refuseUnsafe(entry);
	const names = entries.map((entry) => entry.name);
	if (new Set(names).size < names.length) throw new ZipRefusal(`has two entries of one name (${listNames$1(names)})`);
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
			name: textOf(zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)),
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
	for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) if (view.getUint32(at, true) === END$1 && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength) return at;
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
function unpackContent(zip, view, entry, bounds) {
	const { offset, compressedBytes, inflatedBytes } = entry;
	if (inflatedBytes > bounds.inflatedBytes || inflatedBytes > bounds.ratio * compressedBytes) throw new ZipRefusal(`claims to inflate from ${compressedBytes} to ${inflatedBytes} bytes, which is too much`);
	if (offset + LOCAL_BYTES > zip.length || view.getUint32(offset, true) !== LOCAL) throw new ZipRefusal("has an entry that is not where its directory says");
	const nameBytes = view.getUint16(offset + 26, true);
	const start = offset + LOCAL_BYTES + nameBytes + view.getUint16(offset + 28, true);
	if (textOf(zip.subarray(offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameBytes)) !== entry.name || start + compressedBytes > zip.length) throw new ZipRefusal("has an entry that is not what its directory says");
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
function textOf(bytes) {
	return new TextDecoder().decode(bytes);
}
function listNames$1(names) {
	return escapeForTerminal(names.join(", "));
}
// src/baseline/artifact-rules.ts
var ArtifactRefusal = class extends Error {
	name = "ArtifactRefusal";
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
	const elsewhere = rejectOrigin(run, rules);
	if (elsewhere !== null) return elsewhere;
	if (!HISTORY_EVENTS.includes(run.event)) return `its event is ${escapeForTerminal(run.event)}, which does not record`;
	const path = workflowFileOf(run);
	if (!rules.workflows.some((file) => path === `.github/workflows/${file}`)) return `it is of ${escapeForTerminal(path)}, not of ${rules.workflows.join(" or ")}`;
	return null;
}
function rejectArtifactRun({ run }, rules) {
	if (run === null || run.id === null) return "it does not say which run it is of";
	return rejectOrigin(run, rules);
}
function rejectOrigin(run, rules) {
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
	if (zip.length > 4194304) throw new ArtifactRefusal(`it is ${zip.length} bytes, more than ${LARGEST_ZIP_BYTES}`);
	const actual = `sha256:${sha256(zip)}`;
	if (actual !== digest) throw new ArtifactRefusal(`its digest is ${actual}, not ${escapeForTerminal(digest ?? "stated")}`);
	try {
		const history = decodeUploaded(decodeUtf8(openOnlyEntry(zip, HISTORY_FILE, ZIP_BOUNDS)));
		const entries = history.entries.filter(({ row }) => row.series.name === name);
		if (history.entries.length === 0) throw new ArtifactRefusal("no run is recorded in it");
		if (entries.length === 0) throw new ArtifactRefusal("all of its runs are of other names");
		return {
			...history,
			entries
		};
	} catch (error) {
		if (error instanceof ZipRefusal) throw new ArtifactRefusal(`it ${error.message}`, { cause: error });
		throw error;
	}
}
function decodeUploaded(text) {
	try {
		return decodeHistory(text);
	} catch (error) {
		if (error instanceof HistoryError) throw new ArtifactRefusal(`it cannot be read: ${escapeForTerminal(error.message)}`, { cause: error });
		throw error;
	}
}
function decodeUtf8(bytes) {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch (error) {
		throw new ArtifactRefusal("it is not UTF-8 text", { cause: error });
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
// src/report/looks.ts
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
	const looks = {
		schema: LOOKS_SCHEMA,
		...nameParts(own),
		earlier: earlier?.map(nameParts)
	};
	return escapeSigns(`${JSON.stringify(looks)}\n`);
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
const FORMAT = {
	what: "looks",
	maximumLength: MAXIMUM_LENGTH$1,
	error: LooksError
};
function decodeLooks(text) {
	const { schema: _, earlier, ...own } = decodeStrict(text, {
		...FORMAT,
		schema: looksSchema
	});
	return {
		...joinControl(own),
		...earlier !== void 0 && { earlier: earlier.map(joinControl) }
	};
}
function decodeAttempt(text) {
	return joinControl(decodeStrict(text, {
		...FORMAT,
		schema: earlierSchema
	}));
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
		version: {
			current: VERDICT_SCHEMA,
			error: VerdictError
		},
		error: VerdictError
	});
}
const MAXIMUM_ITEMS = 1e3;
const MAXIMUM_SETTING = 1e5;
const change = number().min(-0x38d7ea4c68000).max(0x38d7ea4c68000);
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
	verdict: verdictWord.exclude(WORDS_OF_A_RUN),
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
	assumedShare: share.exactOptional(),
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
		"not-measured"
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
		"no-change-seen"
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
const sideCurve = object({
	runs: count,
	levels: refineRising(array(object({
		concurrency,
		figures: someOf(FIGURES_OF_LEVEL, sideFigure),
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
	load: _enum(OPEN_LOADS).exactOptional(),
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
// src/verdict/conclude.ts
var conclude_exports = /* @__PURE__ */ __exportAll({
	DEFAULT_POLICY: () => DEFAULT_POLICY,
	VERDICT_TABLE: () => VERDICT_TABLE,
	acceptComparisons: () => acceptComparisons,
	applyAcceptances: () => applyAcceptances,
	concludeAgain: () => concludeAgain,
	concludeVerdict: () => concludeVerdict,
	concludeWithoutFigures: () => concludeWithoutFigures,
	decideCheck: () => decideCheck,
	estimateThresholdAlarmRate: () => estimateThresholdAlarmRate,
	exitCodeOf: () => exitCodeOf,
	openVerdict: () => openVerdict,
	pickAcceptances: () => pickAcceptances,
	pickPolicy: () => pickPolicy,
	shareFalseAlarmRate: () => shareFalseAlarmRate,
	summariseAttempts: () => summariseAttempts,
	summariseBaseline: () => summariseBaseline,
	summariseControl: () => summariseControl
});
const UNEXPLAINED = ["no-change-seen", "proven"];
function concludeVerdict(open, whole, levelsMissing = false) {
	const named = listGrounds(open, whole);
	const verdict = VERDICT_WORDS.find((word) => named.some((ground) => ground.word === word)) ?? "improved";
	const check = decideCheck(named, open.policy);
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
function decideCheck(grounds, policy) {
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
	return concludeAgain({
		...verdict,
		comparisons
	});
}
function concludeAgain(verdict) {
	return concludeVerdict(verdict, null, verdict.reasons.includes("levels-missing"));
}
function acceptComparisons(comparisons, accepted, gate) {
	return comparisons.map((comparison) => {
		const fits = accepted.filter((acceptance) => coversComparison(acceptance, comparison, gate));
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
function coversComparison({ metric, at, form }, comparison, gate) {
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
function shareFalseAlarmRate(verdicts) {
	const gates = verdicts.filter(({ comparisons, policy }) => comparisons.length > 0 && policy.decision === "statistical");
	if (gates.length < 2) return verdicts;
	const alpha = Math.min(...gates.flatMap(({ falseAlarmRate }) => falseAlarmRate ?? []));
	const tests = gates.flatMap(({ comparisons }) => comparisons.filter(({ p }) => p !== null));
	const rejected = rejectByHolm(tests.map(({ p }) => p), METRICS_SHARE * alpha);
	const stands = new Set(tests.filter((_, i) => rejected[i]));
	const isBelow = (p, share) => p === null || p <= share * alpha / gates.length;
	return verdicts.map((verdict) => gates.includes(verdict) ? acquitGate(verdict, stands, isBelow) : verdict);
}
function acquitGate(verdict, stands, isBelow) {
	const { errorRate } = verdict;
	const comparisons = verdict.comparisons.map((comparison) => {
		return comparison.verdict === "regressed" && !stands.has(comparison) ? {
			...comparison,
			verdict: "suspect",
			doubt: "many-gates",
			note: DOUBTS["many-gates"]
		} : comparison;
	});
	const lostLevels = verdict.lostLevels.map((level) => level.verdict === "regressed" && !isBelow(level.p, .05) ? {
		...level,
		verdict: "suspect"
	} : level);
	const isRise = errorRate?.verdict === "regressed" && !isBelow(errorRate.p, .05);
	const open = {
		...verdict,
		comparisons: comparisons.toSorted((a, b) => VERDICT_WORDS.indexOf(a.verdict) - VERDICT_WORDS.indexOf(b.verdict)),
		lostLevels,
		errorRate: isRise ? {
			...errorRate,
			verdict: "suspect"
		} : errorRate
	};
	return !isRise && comparisons.every((comparison, i) => comparison === verdict.comparisons[i]) && lostLevels.every((level, i) => level === verdict.lostLevels[i]) ? verdict : concludeAgain(open);
}
const GROUPS_TO_TELL = 3;
function estimateThresholdAlarmRate(compared, policy) {
	let quiet = 1;
	for (const { metric, history, spread } of compared) {
		const k = history.newest.points.length;
		if (history.groups < GROUPS_TO_TELL || spread.observed === null) return null;
		const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1));
		const threshold = Math.log1p(toleranceOf(policy, metric));
		quiet *= se === 0 ? 1 : 1 - normalTail(threshold / se);
	}
	return compared.length === 0 ? null : 1 - quiet;
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
	baseline: "not-measured",
	"leg-missing": "not-measured"
};
const DEFAULT_POLICY = pickPolicy(resolveFlags(GATE_SETTINGS, []));
function concludeWithoutFigures(name, reason, policy) {
	return concludeVerdict(openVerdict(name, policy), {
		word: WORDS[reason],
		reason
	});
}
function openVerdict(name, policy) {
	return {
		schema: VERDICT_SCHEMA,
		name,
		policy: pickPolicy(policy),
		decidedBy: [],
		comparisons: [],
		lostLevels: [],
		errorRate: null,
		limits: [],
		whatElseChanged: [],
		baseline: summariseBaseline(null, null, []),
		notComparable: null,
		outlook: [],
		confirmation: null,
		falseAlarmRate: null,
		drift: null,
		control: null
	};
}
function summariseAttempts(earlier, counted) {
	if (earlier.length === 0) return {};
	return { earlier: earlier.map((one) => ({
		attempt: one.attempt,
		...one.run !== void 0 && { run: one.run },
		verdict: one.verdict,
		isCounted: counted.includes(one)
	})) };
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
	const other = controls.find((each) => each !== null);
	return findSeriesDifferences(other.series, candidates[0].series).map(({ field }) => field).join(", ");
}
function summariseBaseline(baseline, trial, recorded) {
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
// src/render/svg-chart.ts
const WIDTH$1 = 640;
const HEIGHT$1 = 360;
const MARGIN = {
	top: 52,
	right: 24,
	bottom: 46,
	left: 76
};
const MOST_TICKS = 10;
const [LEFT, RIGHT] = [MARGIN.left, WIDTH$1 - MARGIN.right];
const [TOP, BOTTOM] = [MARGIN.top, HEIGHT$1 - MARGIN.bottom];
const APART = 9;
const WIDEST = 1.6;
const CHART_STYLE = `
svg text { fill: var(--text); font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
@media (max-width: 40rem) { svg text { font-size: 17px; } }
svg .tick, svg .label { fill: var(--soft); } svg path { fill: none; }
svg .name { paint-order: stroke; stroke: var(--back); stroke-width: 4px; stroke-linejoin: round; }
.axis { stroke: var(--soft); } .grid { stroke: var(--line); stroke-width: 0.7; }
.band, .area.plateau { fill: var(--band); } .area.objective { fill: var(--inside); stroke: var(--green); stroke-width: 1; stroke-dasharray: 2 3; }
svg .name.objective { fill: var(--green); }
.line, .rule, .range, .cross { stroke-width: 2; } .rule, .range { stroke-width: 1.2; } .rule { stroke-dasharray: 3 3; }
.candidate.line, .candidate.rule, .candidate.range, .candidate.cross { stroke: var(--blue); }
.baseline.line, .baseline.rule, .baseline.range, .baseline.cross { stroke: var(--grey); }
.control.line, .control.rule, .control.range, .control.cross { stroke: var(--amber); }
.baseline.line { stroke-dasharray: 6 4; } .control.line { stroke-dasharray: 2 3; }
.mark.candidate { fill: var(--blue); } .mark.baseline { fill: var(--grey); } svg path.mark.control { fill: var(--amber); }
svg .place { fill: var(--back); stroke-width: 2; } .place.candidate { stroke: var(--blue); } .place.baseline { stroke: var(--grey); }
svg .name.candidate { fill: var(--blue); } svg .name.baseline { fill: var(--grey); } svg .name.control { fill: var(--amber); }
`;
const CHART_COLOURS = {
	light: "--text: #1f2328; --soft: #59636e; --back: #ffffff; --line: #d1d9e0; --blue: #0550ae; --grey: #636c76; --amber: #8a4600; --green: #116329; --band: #0550ae22; --inside: #1163290d;",
	dark: "--text: #e6edf3; --soft: #9da7b3; --back: #0d1117; --line: #3d444d; --blue: #79c0ff; --grey: #a5aeb8; --amber: #ffb77c; --green: #7ee787; --band: #79c0ff33; --inside: #7ee7870d;"
};
function renderChart(chart) {
	return layChart(chart, `viewBox="0 0 ${WIDTH$1} ${HEIGHT$1}"`, []);
}
function renderChartFile(chart) {
	const style = `:root { color-scheme: light dark; ${CHART_COLOURS.light} }
@media (prefers-color-scheme: dark) { :root { ${CHART_COLOURS.dark} } }
.ground { fill: var(--back); }${CHART_STYLE}`;
	const size = `width="${WIDTH$1}" height="384"`;
	return `${layChart(chart, `xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 -24 ${WIDTH$1} 384"`, [
		`<style>${style}</style>`,
		`<rect class="ground" x="0" y="-24" ${size}/>`,
		`<text class="name title" x="8" y="-8">${escapeForHtml(chart.title)}</text>`
	])}\n`;
}
function layChart(chart, frame, before) {
	const { id, title, description, areas, marks, lines, isApart } = chart;
	const points = lines.flatMap((line) => [...line.points, ...line.unusable]);
	const bounds = {
		x: areas.flatMap(({ from, to }) => [from, to]),
		y: areas.flatMap(({ low, high }) => [low, high])
	};
	const x = buildScale$1(chart.x, points.map((point) => point.x), [...bounds.x, ...marks.map((mark) => mark.x)], [LEFT, RIGHT]);
	const y = buildScale$1(chart.y, points.flatMap((point) => [
		point.y,
		point.range?.low ?? point.y,
		point.range?.high ?? point.y
	]), [...bounds.y, ...marks.map((mark) => mark.y)], [BOTTOM, TOP]);
	const place = {
		x,
		y
	};
	return [
		`<svg ${frame} role="img" aria-labelledby="${id}-title ${id}-description">`,
		`<title id="${id}-title">${escapeForHtml(title)}</title>`,
		`<desc id="${id}-description">${escapeForHtml(dropCodeMarks(description), 2e3)}</desc>`,
		...before,
		...areas.map((area) => drawArea(area, place)),
		...drawAxisX(chart.x, x),
		...drawAxisY(chart.y, y),
		...lines.map((line, i) => drawLine$1(line, place, isApart ? (i - (lines.length - 1) / 2) * APART : 0)),
		...drawMarks(marks, place),
		...drawNames([
			...nameMarks(marks, place),
			...nameAreas(areas, place),
			...lines.toReversed().flatMap((line, i, all) => namePoints(line, all.slice(0, i), place))
		], {
			taken: lines.flatMap((line) => boxPoints(line, place)),
			spared: lines.flatMap((line) => boxStrokes(line, place)),
			frame: {
				left: LEFT,
				right: RIGHT + MARGIN.right,
				top: TOP - 12,
				bottom: BOTTOM
			}
		}),
		...legendOf(lines),
		"</svg>"
	].join("\n");
}
function buildScale$1({ scale }, values, beside, range) {
	const highest = Math.max(...values);
	const near = beside.flatMap((value) => value !== null && value <= WIDEST * highest ? [value] : []);
	if (scale === "linear") {
		const linear$1 = linear().domain([0, Math.max(...values, ...near, 1e-12) * 1.05]).range(range).clamp(true);
		return {
			ticks: linear$1.ticks(5),
			at: (value) => linear$1(value)
		};
	}
	const distinct = [...new Set(values)].filter((value) => value > 0).sort((a, b) => a - b);
	const ends = [...distinct, ...near.filter((value) => value > distinct[0])].sort((a, b) => a - b);
	if (scale === "log") {
		const log$1 = log().domain([ends[0], ends.at(-1)]).nice().range(range).clamp(true);
		return {
			ticks: log$1.ticks(MOST_TICKS).filter((tick) => /^[125]/.test(tick.toExponential())),
			at: (value) => log$1(value)
		};
	}
	const log$2 = log().base(2).domain([ends[0] / 1.15, ends.at(-1) * 1.15]).range(range).clamp(true);
	const every = Math.ceil(distinct.length / MOST_TICKS);
	return {
		ticks: distinct.filter((_, i) => i % every === 0),
		at: (value) => log$2(value)
	};
}
function drawAxisX({ label, format }, { ticks, at }) {
	return [
		`<path class="axis" d="M${LEFT},${BOTTOM}H${RIGHT}"/>`,
		...ticks.map((tick) => `<text class="tick" x="${roundPixels(at(tick))}" y="${BOTTOM + 18}" text-anchor="middle">${escapeForHtml(format(tick))}</text>`),
		`<text class="label" x="${(LEFT + RIGHT) / 2}" y="352" text-anchor="middle">${escapeForHtml(label)}</text>`
	];
}
function drawAxisY({ label, format }, { ticks, at }) {
	return [...ticks.flatMap((tick) => [`<path class="grid" d="M${LEFT},${roundPixels(at(tick))}H${RIGHT}"/>`, `<text class="tick" x="${LEFT - 8}" y="${roundPixels(at(tick) + 4)}" text-anchor="end">${escapeForHtml(format(tick))}</text>`]), `<text class="label" x="8" y="${TOP - 14}" text-anchor="start">${escapeForHtml(label)}</text>`];
}
function edgesOf({ from, to, low, high }, { x, y }) {
	const [left, right] = [from === null ? LEFT : x.at(from), to === null ? RIGHT : x.at(to)];
	const [top, bottom] = [high === null ? TOP : y.at(high), low === null ? BOTTOM : y.at(low)];
	return {
		left,
		top,
		width: right - left,
		height: Math.max(1, bottom - top)
	};
}
function drawArea(area, place) {
	const { left, top, width, height } = edgesOf(area, place);
	return `<rect class="area ${area.kind}" x="${roundPixels(left)}" y="${roundPixels(top)}" width="${roundPixels(width)}" height="${roundPixels(height)}"/>`;
}
function nameAreas(areas, place) {
	return areas.map((area) => {
		const { left, top, width } = edgesOf(area, place);
		const [upper, right] = [Math.max(TOP, top), left + width];
		const places = area.kind === "plateau" ? [
			0,
			14,
			28
		].map((up) => ({
			x: right - 4,
			y: top - 6 - up,
			anchor: "end"
		})) : [
			{
				x: LEFT + 6,
				y: BOTTOM - 8,
				anchor: "start"
			},
			{
				x: LEFT + 6,
				y: upper + 16,
				anchor: "start"
			},
			{
				x: Math.min(RIGHT, right) - 6,
				y: upper + 16,
				anchor: "end"
			},
			{
				x: Math.min(RIGHT, right) - 6,
				y: BOTTOM - 8,
				anchor: "end"
			}
		];
		return {
			text: area.label,
			kind: area.kind,
			places,
			isOptional: false
		};
	});
}
function drawMarks(marks, { x, y }) {
	return marks.map(({ side, x: across, y: up }) => {
		if (up === null) return `<path class="rule ${side}" d="M${roundPixels(x.at(across ?? 0))},${TOP}V${BOTTOM}"/>`;
		if (across === null) return `<path class="rule ${side}" d="M${LEFT},${roundPixels(y.at(up))}H${RIGHT}"/>`;
		return `<circle class="place ${side}" cx="${roundPixels(x.at(across))}" cy="${roundPixels(y.at(up))}" r="6"/>`;
	});
}
function nameMarks(marks, { x, y }) {
	return marks.map(({ side, x: across, y: up, label }) => {
		const ends = (left, foot) => [{
			x: left + 8,
			y: foot,
			anchor: "start"
		}, {
			x: left - 8,
			y: foot,
			anchor: "end"
		}];
		const [left, top] = [x.at(across ?? 0), y.at(up ?? 0)];
		return {
			text: label,
			kind: side,
			places: across === null ? [LEFT, (LEFT + RIGHT) / 2].map((at) => ({
				x: at + 6,
				y: top + 16,
				anchor: "start"
			})) : up === null ? [
				8,
				24,
				40,
				56
			].flatMap((above) => ends(left, BOTTOM - above)) : [
				22,
				-12,
				38,
				-28,
				54,
				70
			].flatMap((below) => ends(left, top + below)),
			isOptional: false
		};
	});
}
function drawLine$1({ kind, points, strokes, unusable }, { x, y }, shift) {
	const path = line((point) => x.at(point.x) + shift, (point) => y.at(point.y)).digits(1);
	const placeOf = (point) => ({
		left: x.at(point.x) + shift,
		top: y.at(point.y)
	});
	const joined = strokes.filter((stroke) => stroke.length > 1).map((stroke) => path(stroke) ?? "");
	return [
		...joined.length === 0 ? [] : [`<path class="line ${kind}" d="${joined.join("")}"/>`],
		...[...points, ...unusable].flatMap((point) => drawRange(kind, point, placeOf(point).left, y)),
		...points.map((point) => drawPoint(kind, placeOf(point).left, placeOf(point).top)),
		...unusable.map((point) => drawCross(kind, placeOf(point).left, placeOf(point).top))
	].join("\n");
}
function drawRange(kind, { range, ticks }, left, y) {
	if (range === null) return [];
	const [low, high] = [roundPixels(y.at(range.low)), roundPixels(y.at(range.high))];
	const across = ticks.map((tick) => `M${roundPixels(left - 3)},${roundPixels(y.at(tick))}h6`);
	return [`<path class="range ${kind}" d="M${roundPixels(left)},${low}V${high}${across.join("")}"/>`];
}
const NEAR = 12;
function namePoints({ kind, points, unusable }, named, { x, y }) {
	const stands = named.flatMap((line) => [...line.points, ...line.unusable]);
	const own = [
		{
			x: -7,
			y: -7,
			anchor: "end"
		},
		{
			x: 0,
			y: -10,
			anchor: "middle"
		},
		{
			x: -9,
			y: 4,
			anchor: "end"
		},
		{
			x: 8,
			y: 17,
			anchor: "start"
		},
		{
			x: 0,
			y: 20,
			anchor: "middle"
		},
		{
			x: 9,
			y: 4,
			anchor: "start"
		}
	];
	return [...points, ...unusable].flatMap(({ x: across, y: up, label }) => {
		if (label === null) return [];
		if (stands.some((point) => point.label === label && Math.abs(x.at(point.x) - x.at(across)) < NEAR && Math.abs(y.at(point.y) - y.at(up)) < NEAR)) return [];
		return [{
			text: label,
			kind,
			places: (kind === "candidate" ? own : own.toReversed()).map((place) => ({
				...place,
				x: x.at(across) + place.x,
				y: y.at(up) + place.y
			})),
			isOptional: true
		}];
	});
}
function boxPoints({ points, unusable }, { x, y }) {
	return [...points, ...unusable].map((point) => {
		const [left, top] = [x.at(point.x), y.at(point.y)];
		return {
			left: left - 4,
			right: left + 4,
			top: top - 4,
			bottom: top + 4
		};
	});
}
function boxStrokes({ strokes }, { x, y }) {
	return strokes.flatMap((stroke) => stroke.slice(1).map((to, i) => ({
		from: stroke[i],
		to
	}))).flatMap(({ from, to }) => {
		const [left, top] = [x.at(from.x), y.at(from.y)];
		const [across, down] = [x.at(to.x) - left, y.at(to.y) - top];
		const steps = Math.ceil(Math.hypot(across, down) / 3);
		return Array.from({ length: steps }, (_, i) => {
			const [at, foot] = [left + across * i / steps, top + down * i / steps];
			return {
				left: at - 1,
				right: at + 1,
				top: foot - 1,
				bottom: foot + 1
			};
		});
	});
}
function drawPoint(kind, x, y) {
	switch (kind) {
		case "candidate": return `<circle class="mark candidate" cx="${roundPixels(x)}" cy="${roundPixels(y)}" r="4"/>`;
		case "baseline": return `<rect class="mark baseline" x="${roundPixels(x - 3.5)}" y="${roundPixels(y - 3.5)}" width="7" height="7"/>`;
		case "control": return `<path class="mark control" d="M${roundPixels(x)},${roundPixels(y - 5)}l5,9h-10z"/>`;
	}
}
function drawCross(kind, x, y) {
	return `<path class="cross ${kind}" d="M${roundPixels(x - 5)},${roundPixels(y - 5)}l10,10m0,-10l-10,10"/>`;
}
function legendOf(lines) {
	let right = RIGHT;
	return lines.map(({ label, kind, strokes }) => {
		const left = right - 34 - 10 * label.length;
		right = left - 12;
		return `${strokes.length === 0 ? "" : `<path class="line ${kind}" d="M${left},16H${left + 24}"/>\n`}${drawPoint(kind, left + 12, 16)}\n<text class="tick" x="${left + 30}" y="20">${escapeForHtml(label)}</text>`;
	});
}
const [LETTER$2, LINE] = [8, 15];
function drawNames(names, { taken, spared, frame }) {
	const boxes = [...taken];
	return names.flatMap(({ text, kind, places, isOptional }) => {
		const open = places.filter((place) => {
			const box = boxOf(text, place);
			return isInside(box, frame) && !boxes.some((other) => doOverlap(box, other));
		});
		const free = open.find((place) => !spared.some((other) => doOverlap(boxOf(text, place), other))) ?? open[0];
		if (free === void 0 && isOptional) return [];
		const at = free ?? places[0];
		boxes.push(boxOf(text, at));
		return [`<text class="name ${kind}" x="${roundPixels(at.x)}" y="${roundPixels(at.y)}" text-anchor="${at.anchor}">${escapeForHtml(text)}</text>`];
	});
}
function boxOf(text, { x, y, anchor }) {
	const width = LETTER$2 * text.length;
	const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
	return {
		left,
		right: left + width,
		top: y - LINE + 3,
		bottom: y + 3
	};
}
function doOverlap(a, b) {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
function isInside(box, frame) {
	return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}
function roundPixels(value) {
	return Number(value.toFixed(1));
}
// src/render/html.ts
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE$1 = `
:root { color-scheme: light dark; ${CHART_COLOURS.light} --red: #b31d28; --row: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { ${CHART_COLOURS.dark} --red: #ff9790; --row: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { font-size: 1.1rem; margin-top: 2rem; }
h1.fail { color: var(--red); } h1.good { color: var(--green); }
p.soft, footer { color: var(--soft); }
.wide { overflow: auto; max-height: 80vh; }
@media print { .wide { overflow: visible; max-height: none; } }
thead th { position: sticky; top: 0; background: var(--back); }
summary { cursor: pointer; padding: 0.3rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th.right, td.right { text-align: right; white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--row); }
.charts { display: grid; gap: 1.5rem 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
figure { margin: 0; min-width: 0; } figure.first { grid-column: 1 / -1; max-width: 56rem; } svg { width: 100%; height: auto; display: block; }
figcaption { color: var(--text); font-weight: 600; } figure p { margin: 0.2rem 0; }
@media (max-width: 40rem) { th, td { padding: 0.3rem 0.4rem; } }
${CHART_STYLE}`;
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
	return keepUnitsTogether(writeSentence(sentence, HTML));
}
function writeLinkedHtml(sentence) {
	return keepUnitsTogether(writeSentence(sentence, {
		...HTML,
		link: (text, url) => `<a href="${escapeHtml(url)}">${text}</a>`
	}));
}
function layHtmlPage({ title, body, style = "", script }) {
	const allowed = script === void 0 ? "" : `; script-src 'sha256-${Buffer.from(sha256(script), "hex").toString("base64")}'`;
	return `${[
		"<!doctype html>",
		"<html lang=\"en\">",
		"<head>",
		"<meta charset=\"utf-8\">",
		`<meta http-equiv="Content-Security-Policy" content="${POLICY}${allowed}">`,
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
		"<meta name=\"robots\" content=\"noindex\">",
		"<meta name=\"referrer\" content=\"no-referrer\">",
		`<title>${escapeForHtml(title, 300)}</title>`,
		`<style>${STYLE$1}${style}</style>`,
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
function layHtmlList(entries, write = writeHtml) {
	return entries.length === 0 ? "" : `<ul>\n${entries.map((entry) => `<li>${write(entry)}</li>`).join("\n")}\n</ul>`;
}
function layHtmlFold(summary, content) {
	return content === "" ? "" : `<details><summary>${escapeForHtml(summary)}</summary>\n${content}\n</details>`;
}
function layHtmlTable(label, { columns, rows }, write = writeHtml) {
	if (rows.length === 0) return "";
	const writeClass = (i) => columns[i].align === "right" ? " class=\"right\"" : "";
	const head = columns.map(({ heading }, i) => `<th scope="col"${writeClass(i)}>${writeHtml(heading)}</th>`).join("");
	const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${writeClass(i)}>${keepSignTogether(write(cell))}</td>`).join("")}</tr>`);
	return [
		`<div class="wide" role="region" aria-label="${escapeForHtml(label)}" tabindex="0"><table>`,
		`<thead><tr>${head}</tr></thead>`,
		`<tbody>`,
		...body,
		"</tbody></table></div>"
	].join("\n");
}
function keepSignTogether(cell) {
	return cell.replace(/^(\p{Extended_Pictographic}\ufe0f?) /u, "$1\u00A0");
}
// src/render/page.ts
function renderPage({ report, verdict, withoutVerdict = verdict === null, origin = {} }) {
	const { run, limits, levels, conversations, mix, server, split, slowest, crossCheck, charts } = viewReport(report, verdict);
	const view = verdict === null ? null : viewVerdict({
		...origin,
		report,
		verdict,
		subject: "run",
		withoutVerdict
	});
	const title = view === null ? run.endpoint : view.title.signed;
	return layHtmlPage({
		title: `${writePlain(title)} \u00B7 Plateau`,
		body: [
			"<main>",
			`<h1${view === null ? "" : H1_CLASSES[view.title.mood] ?? ""}>${writeHtml(title)}</h1>`,
			layHtmlParagraph(say`${run.endpoint} \u00b7 ${run.work}`, "soft"),
			...dropAbsent([layHtmlParagraph(run.invalid), withoutVerdict ? layHtmlParagraph(WITHOUT_VERDICT) : ""]),
			...layHtmlSection("The curve", layCharts(charts.filter(isCurve), "first")),
			...layHtmlSection("Limits", [layLimits(limits.rows)]),
			...view === null ? [] : layVerdict(view),
			...layHtmlSection("Charts", layCharts(charts.filter((chart) => !isCurve(chart)), "more")),
			...layHtmlSection("Levels", layLevels(levels)),
			...layTitled(mix),
			...layHtmlSection("Conversations", conversations === null ? [] : [
				layHtmlParagraph(say`${conversations.what}.`),
				layHtmlTable("Conversations by level", conversations.levels),
				layHtmlTable(conversations.turnsHeading, conversations.turns),
				layHtmlParagraph(conversations.note, "soft")
			]),
			...layTitled(server && {
				...server,
				table: server.beside ?? server.table,
				note: server.sourced
			}),
			...layTitled(split),
			...layHtmlSection("Slowest requests", [layHtmlFold("The ten slowest, with their ids", layTableAndNote(slowest).join("\n"))]),
			...layTitled(crossCheck),
			...layHtmlSection("Findings", [layHtmlList(run.findings.map(({ line }) => line))]),
			...layHtmlSection("Where it ran", [layHtmlTable("Where it ran", run.context)]),
			"</main>",
			`<footer>${[
				run.imported,
				run.unsent,
				run.proof,
				run.shards,
				run.origin
			].map((part) => layHtmlParagraph(part, "soft")).join("")}</footer>`
		]
	});
}
function renderCurve({ report, verdict }) {
	const curve = viewReport(report, verdict).charts.find(isCurve);
	return curve === void 0 ? null : renderChartFile(curve);
}
function isCurve({ id }) {
	return id === "curve";
}
const H1_CLASSES = {
	bad: " class=\"fail\"",
	good: " class=\"good\""
};
function layVerdict(view) {
	const { comparisons, baseline, uncompared, moves, part, owner, attempts, chance, fineness } = view;
	const facts = [
		...comparisons.lost,
		comparisons.errors,
		...comparisons.unused,
		...comparisons.notes,
		baseline.slowDrift
	];
	return [
		...layHtmlSection(`Against the ${comparisons.before}`, [
			layHtmlTable("Comparisons", layComparisons(comparisons)),
			layHtmlList(dropAbsent(facts)),
			layHtmlFold(baseline.grounds.heading, layHtmlTable(baseline.grounds.heading, baseline.grounds.table)),
			layHtmlParagraph(baseline.origin === null ? null : say`${baseline.origin}.${chance === null ? "" : ` ${chance}`}`, "soft"),
			layHtmlParagraph(attempts, "soft"),
			layHtmlParagraph(baseline.narrowed, "soft"),
			layHtmlParagraph(baseline.control, "soft"),
			layHtmlParagraph(fineness, "soft")
		]),
		...layHtmlSection("Where", [layHtmlList(dropAbsent([
			...moves,
			part,
			owner
		]), writeLinkedHtml)]),
		...layHtmlSection("Not compared", [layHtmlParagraph(uncompared.recordedRuns), layHtmlTable("Differences", uncompared.differences)]),
		...layHtmlSection("What this gate finds", [layHtmlTable(`Smallest change that it finds ${IN_FOUR_OF_FIVE} runs`, baseline.outlook)]),
		...layHtmlSection(baseline.changes.heading, [layHtmlTable("Changes of the context", baseline.changes.table)])
	];
}
function layComparisons({ rows, before }) {
	return {
		columns: [
			makeWordColumn("Metric"),
			makeWordColumn("Verdict"),
			makeFigureColumn(capitalise(before)),
			makeFigureColumn("This run"),
			makeFigureColumn("Change"),
			makeFigureColumn("95 % interval"),
			makeFigureColumn(`Finds ${IN_FOUR_OF_FIVE}`)
		],
		rows: rows.map(({ metric, verdict, baseline, candidate, change, interval, visible }) => [
			metric,
			verdict,
			baseline,
			candidate,
			change,
			interval ?? "\u2013",
			visible
		])
	};
}
function layLimits(limits) {
	return layHtmlTable("Limits", {
		columns: [
			makeWordColumn("Limit"),
			makeWordColumn("Verdict"),
			makeFigureColumn("Measured")
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
		notes.schedule,
		notes.standIns,
		notes.plateau,
		notes.within,
		notes.capacity,
		notes.goodput,
		notes.price
	];
	return [layHtmlTable("Levels", table), ...below.map((note) => layHtmlParagraph(note, "soft"))];
}
function layTitled(titled) {
	return titled === null ? [] : layHtmlSection(titled.heading, layTableAndNote(titled));
}
function layTableAndNote(titled) {
	return titled === null ? [] : [layHtmlTable(titled.heading, titled.table), layHtmlParagraph(titled.note, "soft")];
}
function layCharts(charts, kind) {
	if (charts.length === 0) return [];
	return [`<div class="charts">\n${charts.map((chart) => dropAbsent([
		`<figure${kind === "first" ? " class=\"first\"" : ""}>`,
		`<figcaption>${escapeForHtml(chart.title)}</figcaption>`,
		renderChart(chart),
		layHtmlParagraph(chart.note, "soft"),
		layHtmlFold("Figures", layHtmlTable(`Figures: ${chart.title}`, chart.table)),
		"</figure>"
	]).join("\n")).join("\n")}\n</div>`];
}
// src/render/timeline/timeline.ts
const LONGEST_NAME = 60;
function viewTimeline(timeline) {
	const { name, points, metrics, steps } = timeline;
	return {
		name: quote(name),
		facts: dropAbsent([
			countRuns(timeline),
			describeNewest(points.at(-1)),
			describeOthers(timeline.otherwise)
		]),
		now: tabulateNow(metrics, steps),
		nowNote: metrics.length === 0 ? NO_METRIC : points.length === 1 ? ONE_POINT : NOW_NOTE,
		events: listEvents(timeline),
		versions: timeline.versions.length < 2 ? null : tabulateVersions(timeline),
		runs: tabulateRuns(timeline)
	};
}
function listEvents({ points, metrics, steps, releases, gaps }) {
	return [
		["Steps of main", steps.map((step) => describeTimelineStep(step, points))],
		["Accepted", points.flatMap((point) => point.accepted.length === 0 ? [] : [describeAcceptance(point, metrics)])],
		["Releases", releases.map(({ name, at }) => say`${quote(name, LONGEST_NAME)}: first measured ${describePoint(points[at])}`)],
		["Gaps", gaps.map(({ after, days }) => `${formatDay(points[after].startedAt)} to ${formatDay(points[after + 1].startedAt)}: no run for ${pluralise(days, "day")}`)]
	].flatMap(([heading, entries]) => entries.length === 0 ? [] : [{
		heading,
		entries
	}]);
}
const NOW_NOTE = "The level is the mean since the last step, the band the tolerance about it, the spread how far single runs of the same code lie apart.";
const ONE_POINT = "One point tells neither spread nor steps: what it shows of the spread is assumed. Runs of other hours and days tell more.";
const NO_METRIC = "No recorded run has a level that can be used, so there is nothing to draw: `plateau audit` and the reports of these runs say why.";
function countRuns({ runs, points }) {
	const [first, last] = [formatDay(points[0].startedAt), formatDay(points.at(-1).startedAt)];
	const when = first === last ? `on ${first}` : `from ${first} to ${last}`;
	return `${pluralise(runs, "run")} in ${pluralise(points.length, "point")} (runs of one workflow run, or else of one hour, are one point), ${when}.`;
}
function describeNewest({ model, server, verdict }) {
	const what = [...model === null ? [] : [quote(model, LONGEST_NAME)], ...nameServer(server)];
	const on = what.length === 0 ? "" : say` of ${joinSentences(what, " on ")}`;
	return say`The newest run${on}: ${nameVerdict(verdict)}.`;
}
const nameServer = (server) => server === null ? [] : [quote(server, LONGEST_NAME)];
function describeOthers(others) {
	if (others === null) return null;
	const changed = others.differences.map(({ field, before, now }) => say`${field} (${quote(before, 40)} \u2192 ${quote(now, 40)})`);
	const why = changed.length === 0 ? "their settings" : joinSentences(changed.slice(0, 4), ", ");
	const count = others.runs === 1 ? "1 run is" : `${pluralise(others.runs, "run")} are`;
	return say`${count} not shown, the last of ${formatDay(others.last)}: measured in another way, so not comparable with the newest; since then changed: ${why}.`;
}
function tabulateNow(metrics, steps) {
	return {
		columns: [makeWordColumn("Metric"), ...[
			"Level",
			"Band",
			"Spread",
			"Steps",
			"Newest run"
		].map(makeFigureColumn)],
		rows: metrics.map((one) => {
			const { level, low, high, from } = one.stretches.at(-1);
			const newest = one.figures.findLastIndex((figure) => figure !== null);
			const bound = one.bounds.slice(from).find((each) => each !== null) ?? null;
			return [
				labelOf(one),
				keepUnit(formatBounded(one, level, bound)),
				formatFigureRange(one, low, high),
				formatShare(one.spread),
				String(steps.filter(({ metric }) => metric === one.metric).length),
				keepUnit(formatBounded(one, one.figures[newest] ?? null, one.bounds[newest] ?? null))
			];
		})
	};
}
function describeTimelineStep(step, points) {
	const { url } = points[step.at];
	return describeStep(step, {
		range: step.after === null ? commitUrlOf(url, step.sha) : rangeUrlOf(url, step.after, step.sha),
		news: [step.model, step.server].flatMap((change, i) => change === null ? [] : [say`${i === 0 ? "model" : "server"} ${quote(change.before, LONGEST_NAME)} \u2192 ${quote(change.now, LONGEST_NAME)}`])
	});
}
function describeStep({ metric, ofPlateau, startedAt, after, sha, change, points, accepted, provisional }, { range = null, news = [] } = {}) {
	const commits = sha === null ? "" : after === null ? say`, with ${linkTo(showCommit(sha), range)}` : say`, between ${linkTo(say`${showCommit(after)} and ${showCommit(sha)}`, range)}`;
	const state = accepted ? "; accepted" : provisional ? "; not yet known if it stays" : "";
	const size = `${nameOf$1({
		metric,
		ofPlateau
	})} ${formatChange(change)}`;
	const also = news.map((sentence) => say`, ${sentence}`);
	return say`${formatDay(startedAt)}: ${size}${commits}${also}, ${pluralise(points, "point")} at the new level${state}`;
}
const showCommit = (sha) => quote(formatSha(sha));
function describeAcceptance(point, metrics) {
	const names = point.accepted.map((metric) => nameOf$1(metrics.find((one) => one.metric === metric) ?? { metric }));
	return say`${formatDay(point.startedAt)}: ${joinList(names)}, ${describePoint(point)}`;
}
function describePoint({ sha, url, startedAt }) {
	const day = formatDay(startedAt);
	return sha === null ? say`on ${linkTo(day, cleanRunUrl(url))}` : say`with ${linkCommit(sha, url)} on ${linkTo(day, cleanRunUrl(url))}`;
}
function linkCommit(sha, url) {
	return linkTo(quote(formatSha(sha), 12), commitUrlOf(url, sha));
}
function tabulateVersions({ versions, metrics }) {
	const shown = versions.slice(-20);
	const isOneModel = new Set(versions.map(({ model }) => model)).size === 1;
	const older = versions.length - shown.length;
	const unknown = versions.some(({ server }) => server === null) ? ` ${UNKNOWN_SERVER}` : "";
	return {
		heading: "Models and servers",
		table: {
			columns: [
				makeWordColumn("Model"),
				makeWordColumn("Server"),
				makeFigureColumn("Runs"),
				makeWordColumn("From"),
				makeWordColumn("To"),
				...metrics.flatMap((one) => [makeFigureColumn(labelOf(one)), makeFigureColumn("Change, 95 %")])
			],
			rows: shown.map((row) => [
				quoteKnown(row.model),
				nameVersion(row),
				String(row.runs),
				keepUnit(formatDay(row.first)),
				keepUnit(formatDay(row.last)),
				...metrics.flatMap((one) => describeVersion(one, row))
			])
		},
		long: {
			columns: [
				makeWordColumn(isOneModel ? "Server" : "Model and server"),
				makeWordColumn("From"),
				makeFigureColumn("Runs"),
				makeWordColumn("Metric"),
				makeFigureColumn("Median"),
				makeFigureColumn("Change, 95 %")
			],
			rows: shown.flatMap((row) => {
				const model = isOneModel ? "" : say`${quoteKnown(row.model)} on `;
				const version = [
					say`${model}${nameVersion(row)}`,
					formatDay(row.first),
					String(row.runs)
				];
				return metrics.map((one, i) => [
					...i === 0 ? version : [
						"",
						"",
						""
					],
					shortenLabel(one),
					...describeVersion(one, row)
				]);
			})
		},
		note: `Medians of the points; the change is that of the means against the row above, with the spread of the recorded runs, whatever else changed between them.${unknown}${older === 0 ? "" : ` ${pluralise(older, "older version")} left out.`}`
	};
}
const nameVersion = ({ server }) => server === null ? "not known" : quote(server, LONGEST_NAME);
const UNKNOWN_SERVER = "Where the server is not known it did not say its version, or `artifact-content: figures` left it out, as in public repositories.";
function describeVersion(one, { metrics }) {
	const { median, difference } = metrics.find(({ metric }) => metric === one.metric);
	const change = difference === null ? "\u2013" : `${formatChange(difference.change)} ${formatInterval(difference)}`;
	return [keepUnit(formatFigure(one, median)), change];
}
function tabulateRuns({ points, metrics }) {
	const isKnown = (field) => points.some((point) => point[field] !== null);
	const columns = [
		[makeWordColumn("Started (UTC)"), ({ startedAt }) => keepUnit(startedAt.slice(0, 16).replace("T", " "))],
		[makeWordColumn("Commit"), ({ sha, url }) => sha === null ? "\u2013" : linkCommit(sha, url)],
		[makeWordColumn("Run"), nameRun],
		...new Set(points.map(({ model }) => model)).size > 1 ? [[makeWordColumn("Model"), ({ model }) => quoteKnown(model)]] : [],
		...isKnown("server") ? [[makeWordColumn("Server"), ({ server }) => quoteKnown(server)]] : [],
		[makeWordColumn("Verdict"), ({ verdict }) => nameVerdict(verdict)],
		...metrics.map((one) => [makeFigureColumn(labelOf(one)), (_, i) => keepUnit(formatBounded(one, one.figures[i], one.bounds[i]))])
	];
	return {
		columns: columns.map(([column]) => column),
		rows: points.map((point, i) => columns.map(([, write]) => write(point, i)))
	};
}
function nameRun({ runId, attempt, url }) {
	return linkTo(say`${quote(runId, 24)}${attempt > 1 ? ` (${attempt})` : ""}`, cleanRunUrl(url));
}
const quoteKnown = (text) => text === null ? "\u2013" : quote(text, LONGEST_NAME);
function nameVerdict(verdict) {
	return verdict === "no-baseline" ? "nothing to compare yet" : verdict.replaceAll("-", " ");
}
const MOST_POINTS = 12;
function renderTimeline(timeline, { colour = false } = {}) {
	const style = createStyle(colour);
	const view = viewTimeline(timeline);
	const newest = dropWideColumns({
		...view.runs,
		rows: view.runs.rows.slice(-12).reverse()
	});
	return joinSections([
		[style.bold(writePlain(view.name)), ...view.facts.flatMap((fact) => wrap(writePlain(fact)))],
		view.now.rows.length === 0 ? wrap(writePlain(view.nowNote)) : layExplained(view.now, view.nowNote, style),
		timeline.points.length < 2 ? [] : timeline.metrics.map((metric) => drawSparkline(metric)),
		...view.events.map(({ heading, entries }) => [style.bold(`${heading}:`), ...entries.flatMap((entry) => wrap(writePlain(entry), { indent: 2 }))]),
		view.versions === null ? [] : layExplained(view.versions.long, view.versions.note, style),
		[...layStyledTable(newest, style), ...view.runs.rows.length > MOST_POINTS ? [style.dim(`\u2026 and ${pluralise(view.runs.rows.length - MOST_POINTS, "older point")}; --page draws them all`)] : []]
	]);
}
function dropWideColumns({ columns, rows }) {
	const kept = columns.flatMap(({ heading }, i) => /^(?:Run|Model|Server)$/.test(heading) ? [] : [i]);
	return {
		columns: kept.map((i) => ({
			...columns[i],
			heading: columns[i].heading.replace(/ throughput$/, "")
		})),
		rows: rows.map((row) => kept.map((i) => row[i]))
	};
}
const BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
const MOST_BARS = 60;
function drawSparkline(metric) {
	const { figures, stretches } = metric;
	const known = figures.filter((figure) => figure !== null);
	const low = Math.min(...known, ...stretches.map((stretch) => stretch.low));
	const high = Math.max(...known, ...stretches.map((stretch) => stretch.high));
	const count = Math.min(MOST_BARS, figures.length);
	const bars = Array.from({ length: count }, (_, i) => {
		const from = Math.floor(i * figures.length / count);
		const some = figures.slice(from, Math.floor((i + 1) * figures.length / count)).filter((figure) => figure !== null);
		if (some.length === 0) return "\u00B7";
		const middle = some.sort((a, b) => a - b)[Math.floor(some.length / 2)];
		return BARS[Math.min(7, Math.floor(8 * (middle - low) / (high - low)))];
	});
	return `${shortenLabel(metric).padEnd(12)} ${bars.join("")}`;
}
function renderTimelineMarkdown(timeline) {
	const { name, facts, now, nowNote, events, versions, runs } = viewTimeline(timeline);
	return fitBudget((most) => {
		const table = layMarkdownTable({
			...runs,
			rows: runs.rows.toReversed()
		}, most);
		return `${dropAbsent([
			`### ${writeMarkdown(name)}`,
			...facts.map((fact) => writeMarkdown(fact)),
			layMarkdownTable(now, most),
			writeMarkdown(nowNote),
			...events.flatMap(({ heading, entries }) => [`**${heading}**`, layMarkdownList(entries.toReversed(), most)]),
			...versions === null ? [] : [
				`**${versions.heading}**`,
				layMarkdownTable(versions.table, most),
				versions.note
			],
			table === null ? null : foldBlocks("Runs", [table])
		]).join("\n\n")}\n`;
	}, SUMMARY_ROOM);
}
// src/render/timeline/badge.ts
const COLOURS = {
	cancelled: "lightgrey",
	regressed: "red",
	"not-measured": "lightgrey",
	suspect: "yellow",
	"not-comparable": "lightgrey",
	"no-baseline": "lightgrey",
	skipped: "lightgrey",
	accepted: "blue",
	"no-change-seen": "brightgreen",
	proven: "brightgreen",
	improved: "brightgreen"
};
const ORDER = [
	"red",
	"yellow",
	"lightgrey",
	"blue",
	"brightgreen"
];
function describeBadge(timelines) {
	const badges = timelines.map(describeSeries);
	const [worst] = badges.toSorted((a, b) => ORDER.indexOf(a.colour) - ORDER.indexOf(b.colour));
	if (worst === void 0) return {
		label: LABEL,
		message: "no runs",
		colour: "lightgrey"
	};
	const name = escapeForTerminal(timelines[badges.indexOf(worst)].name, 40);
	return timelines.length === 1 ? worst : {
		...worst,
		message: `${name}: ${worst.message}`
	};
}
const LABEL = "plateau";
function describeSeries({ points, metrics }) {
	const { verdict } = points.at(-1);
	const standing = metrics.find((metric) => metric.standing !== null);
	if (standing !== void 0) {
		const since = formatDay(standing.standing.startedAt);
		return {
			label: LABEL,
			message: `${labelOf(standing)} worse since ${since}`,
			colour: "red"
		};
	}
	const plateau = metrics.find(({ metric }) => metricOf(metric).comparedOver === "plateau");
	const figure = plateau?.figures.at(-1) ?? null;
	const message = figure === null ? nameVerdict(verdict) : `${nameVerdict(verdict)}, ${formatFigure(plateau, figure)}`;
	return {
		label: LABEL,
		message,
		colour: COLOURS[verdict]
	};
}
function encodeShield({ label, message, colour }) {
	return `${JSON.stringify({
		schemaVersion: 1,
		label,
		message,
		color: colour
	})}\n`;
}
const FILLS = {
	brightgreen: "#1a7f37",
	red: "#b31d28",
	yellow: "#7a5b00",
	blue: "#0550ae",
	lightgrey: "#59636e"
};
const LETTER$1 = 6.6;
const BESIDE = 8;
function drawBadge({ label, message, colour }) {
	const widthOf = (text) => Math.round(LETTER$1 * Array.from(text).length);
	const [left, right] = [widthOf(label) + 16, widthOf(message) + 16];
	const write = (text, x) => `<text x="${x}" y="14" textLength="${widthOf(text)}" lengthAdjust="spacingAndGlyphs">${escapeHtml(text)}</text>`;
	const whole = escapeHtml(`${label}: ${message}`);
	return `${[
		`<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${whole}">`,
		`<title>${whole}</title>`,
		`<rect width="${left + right}" height="20" rx="3" fill="#32383f"/>`,
		`<path d="M${left},0h${right - 3}a3,3 0 0 1 3,3v14a3,3 0 0 1 -3,3h-${right - 3}z" fill="${FILLS[colour]}"/>`,
		"<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">",
		write(label, BESIDE),
		write(message, left + BESIDE),
		"</g>",
		"</svg>"
	].join("\n")}\n`;
}
// src/render/timeline/chart.ts
const WIDTH = 960;
const HEIGHT = 270;
const AREA = {
	left: 118,
	top: 52,
	right: 948,
	bottom: 236
};
const MOST_DATES = 7;
const LETTER = 8;
const ROOM$1 = 8;
const TIMELINE_STYLE = `
figure { position: relative; } .months.links { position: absolute; inset: 0; }
.months text { font-size: 13px; } .months path { vector-effect: non-scaling-stroke; }
.months .run { stroke: var(--blue); stroke-width: 1.2; } .months .level { stroke: var(--text); stroke-width: 1.2; }
.months .dot { stroke: var(--blue); stroke-width: 5; stroke-linecap: round; }
.months .dot.accepted { stroke-linecap: square; stroke-width: 8; } .months .dot.outlier { stroke: var(--grey); stroke-width: 1.6; }
.months a path { stroke: var(--blue); stroke-width: 10; stroke-linecap: round; } .months.links a:not(:hover) path { stroke: transparent; stroke-width: 5; }
.months .step { stroke: var(--grey); stroke-dasharray: 5 3; } .months .step.worse { stroke: var(--red); }
.months .release { stroke: var(--grey); stroke-dasharray: 1 3; } .months .gap { stroke: var(--soft); stroke-width: 6; opacity: 0.35; }
.months .worse { fill: var(--red); } .months path.worse { fill: none; }
@media (max-width: 40rem) { .months text { font-size: 22px; } .months .date.more { display: none; }
  .months .dot { stroke-width: 3; } .months .dot.accepted { stroke-width: 5; } }
`;
function drawTimeline(timeline, metric, id) {
	const { points } = timeline;
	const width = (AREA.right - AREA.left) / points.length;
	const xOf = (i) => roundPixels(AREA.left + (i + .5) * width);
	const y = buildScale(metric);
	const yOf = (figure) => roundPixels(y(figure));
	const place = {
		xOf,
		yOf,
		edge: width / 2
	};
	const label = escapeForHtml(labelOf(metric));
	return [
		`<svg class="months" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label="${label} over ${pluralise(points.length, "point")}: the table of runs below has every figure" data-left="${AREA.left}" data-width="${AREA.right - AREA.left}">`,
		`<clipPath id="${id}"><rect x="${AREA.left}" y="0" width="${AREA.right - AREA.left}" height="${AREA.bottom}"/></clipPath>`,
		...y.ticks(4).flatMap((tick) => [`<path class="grid" d="M${AREA.left},${yOf(tick)}H${AREA.right}"/>`, `<text class="tick" x="${AREA.left - 8}" y="${yOf(tick) + 4}" text-anchor="end">${escapeForHtml(formatFigure(metric, tick))}</text>`]),
		`<path class="axis" d="M${AREA.left},${AREA.bottom}H${AREA.right}"/>`,
		`<g clip-path="url(#${id})" aria-hidden="true"><g class="plot">`,
		...metric.stretches.map(({ from, to, low, high, level }) => {
			const [left, right] = [xOf(from) - place.edge, xOf(to) + place.edge].map(roundPixels);
			const [top, bottom] = [yOf(high), yOf(low)];
			return `<rect class="band" x="${left}" y="${top}" width="${roundPixels(right - left)}" height="${Math.max(1, roundPixels(bottom - top))}"/><path class="level" d="M${left},${yOf(level)}H${right}"/>`;
		}),
		...listMarks(timeline, metric, place),
		`<path class="run" d="${drawLine(timeline, metric, place)}"/>`,
		...drawDots(timeline, metric, place),
		"</g></g>",
		...listNotes(timeline, metric, place),
		...listDates(timeline, place),
		"</svg>",
		`<noscript><svg class="months links" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">`,
		...listLinks(metric, place),
		"</svg></noscript>"
	].join("\n");
}
function buildScale({ figures, stretches }) {
	const values = [...figures.filter((figure) => figure !== null), ...stretches.flatMap(({ low, high }) => [low, high])];
	return linear().domain([Math.min(...values), Math.max(...values)]).nice(4).range([AREA.bottom, AREA.top]);
}
function drawLine({ gaps }, { figures }, { xOf, yOf }) {
	const ends = new Set(gaps.map(({ after }) => after));
	let isOpen = false;
	return figures.map((figure, i) => {
		const command = isOpen ? "L" : "M";
		isOpen = figure !== null && !ends.has(i);
		return figure === null ? "" : `${command}${xOf(i)},${yOf(figure)}`;
	}).join("");
}
function drawDots({ points }, { metric, figures, outliers }, { xOf, yOf }) {
	const lone = new Set(outliers);
	const shapes = {
		dot: "",
		"dot accepted": "",
		"dot outlier": ""
	};
	for (const [i, figure] of figures.entries()) {
		if (figure === null) continue;
		const [x, y] = [xOf(i), yOf(figure)];
		if (lone.has(i)) shapes["dot outlier"] += `M${roundPixels(x - 4)},${roundPixels(y - 4)}l8,8m0,-8l-8,8`;
		else shapes[points[i].accepted.includes(metric) ? "dot accepted" : "dot"] += `M${x},${y}h0`;
	}
	return Object.entries(shapes).flatMap(([kind, d]) => d === "" ? [] : [`<path class="${kind}" d="${d}"/>`]);
}
function listLinks({ figures }, { xOf, yOf }) {
	return figures.flatMap((figure, i) => figure === null ? [] : [`<a href="#r${i}" tabindex="-1"><path d="M${xOf(i)},${yOf(figure)}h0"/></a>`]);
}
const isBad = (step) => isForTheWorse(step) && !step.accepted;
function listMarks({ steps, releases, gaps }, { metric }, { xOf, edge }) {
	const draw = (kind, x) => `<path class="${kind}" d="M${roundPixels(x)},${AREA.top - 6}V${AREA.bottom}"/>`;
	return [
		...gaps.map(({ after }) => draw("gap", xOf(after) + edge)),
		...releases.map(({ at }) => draw("release", xOf(at) - edge)),
		...steps.filter((step) => step.metric === metric).map((step) => draw(`step${isBad(step) ? " worse" : ""}`, xOf(step.at) - edge))
	];
}
function listNotes({ steps, releases, gaps }, { metric }, { xOf, edge }) {
	const moved = steps.filter((step) => step.metric === metric).map((step) => ({
		x: xOf(step.at) - edge,
		text: formatChange(step.change),
		kind: isBad(step) ? " class=\"worse\"" : ""
	}));
	const said = [...releases.map(({ name, at }) => ({
		x: xOf(at) - edge,
		text: name,
		kind: " class=\"tick\""
	})), ...gaps.map(({ after, days }) => ({
		x: xOf(after) + edge,
		text: `${days} d`,
		kind: " class=\"tick\""
	}))].sort((a, b) => a.x - b.x);
	return [...placeNotes(moved, 40), ...placeNotes(said, 18)];
}
function placeNotes(notes, y) {
	let free = 0;
	return notes.flatMap(({ x, text, kind }) => {
		const shown = escapeForHtml(text, 16);
		const half = LETTER * Math.min(text.length, 16) / 2;
		const at = roundPixels(Math.min(Math.max(x, half), WIDTH - half));
		if (at - half < free) return [];
		free = at + half + ROOM$1;
		return [`<text${kind} x="${at}" data-x="${at}" y="${y}" text-anchor="middle">${shown}</text>`];
	});
}
function listDates({ points }, { xOf }) {
	const count = Math.min(MOST_DATES, points.length);
	return Array.from({ length: count }, (_, i) => {
		const at = count === 1 ? 0 : Math.round(i * (points.length - 1) / (count - 1));
		const anchor = i > 0 && i === count - 1 ? "end" : "middle";
		return `<text class="tick date${i % 2 === 1 ? " more" : ""}" x="${xOf(at)}" y="260" text-anchor="${anchor}">${formatDay(points[at].startedAt)}</text>`;
	});
}
// src/render/timeline/page.ts
const STYLE = `${TIMELINE_STYLE}
a { color: var(--blue); } tr:target { outline: 3px solid var(--blue); }
#filter { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; } #filter[hidden] { display: none; }
#told { position: sticky; bottom: 0; background: var(--back); border-top: 1px solid var(--line); margin: 0; padding: 0.5rem 0; overflow-wrap: anywhere; }
#told:empty { display: none; } .wide td { white-space: nowrap; }
@media screen { section, .runs { content-visibility: auto; contain-intrinsic-block-size: auto 24rem; } }
`;
function renderTimelinePage(timeline, { index = null } = {}) {
	const { metrics } = timeline;
	const view = viewTimeline(timeline);
	const name = writePlain(view.name);
	const figures = `.runs :is(th, td):nth-child(n + ${view.runs.columns.length - metrics.length + 1}) { text-align: right; }`;
	return layHtmlPage({
		title: `${name} over time \u00B7 Plateau`,
		style: STYLE + figures,
		...metrics.length > 0 && { script: TIMELINE_SCRIPT },
		body: dropAbsent([
			"<main>",
			index === null ? null : `<p><a href="${escapeForHtml(index)}">All series</a></p>`,
			`<h1>${writeLinkedHtml(view.name)} over time</h1>`,
			...view.facts.map((fact) => layHtmlParagraph(fact, "soft")),
			...metrics.length === 0 ? [] : [
				layFilter(timeline),
				`<script>${TIMELINE_SCRIPT}<\/script>`,
				`<p class="soft">${escapeHtml(LEGEND)}</p>`
			],
			...metrics.map((metric, i) => `<section data-metric="${metric.metric}"><h2>${escapeForHtml(labelOf(metric))}</h2>\n<figure>${drawTimeline(timeline, metric, `area${i}`)}</figure></section>`),
			...layHtmlSection("Where it stands", [layHtmlTable("Where it stands", view.now, writeLinkedHtml), layHtmlParagraph(view.nowNote, "soft")]),
			...view.events.flatMap(({ heading, entries }) => layHtmlSection(heading, [layHtmlList(entries, writeLinkedHtml)])),
			...view.versions === null ? [] : layHtmlSection(view.versions.heading, [layHtmlTable(view.versions.heading, view.versions.table, writeLinkedHtml), layHtmlParagraph(view.versions.note, "soft")]),
			...layHtmlSection("Runs", [layRuns(view.runs, timeline)]),
			"<p id=\"told\" aria-live=\"polite\"></p>",
			"</main>"
		])
	});
}
const LEGEND = "A dot is a point; it leads to its row, which has the links to its commit and run. Line and band: the level of main and the tolerance about it. Dashed: a step, with its size. Dotted: a release. Grey bar: a gap, in days. Square: accepted. Cross: no level of main.";
function layFilter({ metrics, points }) {
	const [first, last] = [formatDay(points[0].startedAt), formatDay(points.at(-1).startedAt)];
	const boxes = metrics.map((metric) => `<label><input type="checkbox" checked value="${metric.metric}"> ${escapeForHtml(labelOf(metric))}</label>`);
	const days = ["From", "To"].map((word) => `<label>${word} <input type="date" min="${first}" max="${last}"></label>`);
	return `<form id="filter" autocomplete="off" hidden>${[...boxes, ...days].join(" ")} <button type="reset">Show all</button> <span id="shown" aria-live="polite">${points.length} of ${points.length} points shown</span></form>`;
}
function layRuns({ columns, rows }, { metrics }) {
	const first = columns.length - metrics.length;
	return [
		`<div class="wide runs" role="region" aria-label="Runs" tabindex="0"><table><thead><tr>${columns.map(({ heading }, i) => {
			const metric = metrics[i - first];
			return `<th scope="col"${metric === void 0 ? "" : ` data-metric="${metric.metric}"`}>${escapeForHtml(heading)}</th>`;
		}).join("")}</tr></thead><tbody>`,
		...rows.map((row, i) => `<tr id="r${i}">${row.map((cell) => `<td>${writeLinkedHtml(cell)}</td>`).join("")}</tr>`).reverse(),
		"</tbody></table></div>"
	].join("\n");
}
function renderEmptyTimelinePage(why) {
	return layHtmlPage({
		title: "No runs \u00B7 Plateau",
		body: [
			"<main>",
			"<h1>No runs</h1>",
			`<p>${escapeForHtml(why, 600)}</p>`,
			"</main>"
		]
	});
}
function renderTimelineIndex(pages) {
	const lines = pages.map(({ timeline, file }) => {
		const { name, facts } = viewTimeline(timeline);
		return `<li><a href="${escapeForHtml(file)}">${writeLinkedHtml(name)}</a>: ${escapeHtml(describeBadge([timeline]).message)}. ${writeLinkedHtml(facts[0])}</li>`;
	});
	return layHtmlPage({
		title: "All series \u00B7 Plateau",
		style: STYLE,
		body: [
			"<main>",
			"<h1>All series</h1>",
			`<ul>\n${lines.join("\n")}\n</ul>`,
			"</main>"
		]
	});
}
const TIMELINE_SCRIPT = `
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)]
const form = document.getElementById('filter')
let runs = null
const readRuns = () => {
  if (runs !== null) return runs
  const rows = findAll('.runs tbody tr').reverse()
  const days = rows.map((row) => row.cells[0].textContent.slice(0, 10))
  return (runs = { rows, days, heads: findAll('.runs thead th') })
}
const apply = () => {
  const { rows, days, heads } = readRuns()
  const boxes = findAll('input[type=checkbox]', form)
  const [from, to] = findAll('input[type=date]', form)
  const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value))
  for (const section of findAll('section[data-metric]')) section.hidden = off.has(section.dataset.metric)
  heads.forEach((head, i) => {
    const hidden = off.has(head.dataset.metric)
    if (head.hidden === hidden) return
    head.hidden = hidden
    for (const row of rows) row.cells[i].hidden = hidden
  })
  const isIn = (day) => (from.value === '' || day >= from.value) && (to.value === '' || day <= to.value)
  let [first, last] = [days.findIndex(isIn), days.findLastIndex(isIn)]
  rows.forEach((row, i) => (row.hidden = first === -1 || i < first || i > last))
  const count = first === -1 ? 0 : last - first + 1
  document.getElementById('shown').textContent = count + ' of ' + days.length + ' points shown'
  if (count === 0) [first, last] = [0, days.length - 1]
  for (const chart of findAll('svg.months')) stretch(chart, days, first, last)
}
const placeOf = ({ dataset }) => [Number(dataset.left), Number(dataset.width)]
const stretch = (chart, days, first, last) => {
  const [left, width] = placeOf(chart)
  const n = days.length
  const factor = n / (last - first + 1)
  const shift = left - factor * (left + (first * width) / n)
  chart.querySelector('.plot').setAttribute('transform', 'matrix(' + factor + ' 0 0 1 ' + shift + ' 0)')
  for (const note of findAll('[data-x]', chart)) {
    const x = factor * Number(note.dataset.x) + shift
    note.setAttribute('x', x)
    note.style.display = x < left - 1 || x > left + width + 1 ? 'none' : ''
  }
  const dates = findAll('.date', chart)
  dates.forEach((date, i) => {
    const at = first + Math.round(((last - first) * i) / Math.max(1, dates.length - 1))
    date.textContent = days[at]
    date.setAttribute('x', factor * (left + ((at + 0.5) * width) / n) + shift)
  })
}
const findNearest = (chart, event) => {
  const { rows } = readRuns()
  const toChart = chart.querySelector('.plot').getScreenCTM().inverse()
  const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(toChart)
  const [left, width] = placeOf(chart)
  const computeDistance = (point) => Math.abs(point.px - x)
  return [...chart.querySelector('.run').getAttribute('d').matchAll(/[ML]([^,]+),([^ML]+)/g)]
    .map(([, px, py]) => ({ px, py, row: rows[Math.floor(((px - left) / width) * rows.length)] }))
    .filter(({ row }) => !row.hidden)
    .reduce((best, point) => (best !== null && computeDistance(best) <= computeDistance(point) ? best : point), null)
}
let isPinned = false
const tell = (event) => {
  const chart = event.target.closest('svg.months')
  if (chart === null || (isPinned && event.type !== 'click')) return
  const nearest = findNearest(chart, event)
  if (nearest === null) return
  if (event.type === 'click') event.preventDefault()
  isPinned = event.type === 'click'
  const { px, py, row } = nearest
  const { heads } = readRuns()
  const old = document.querySelector('.plot a')
  if (old !== null && old.getAttribute('href') === '#' + row.id && chart.contains(old)) return
  if (old !== null) old.remove()
  const link = '<a href="#' + row.id + '" tabindex="-1"><path d="M' + px + ',' + py + 'h0"/></a>'
  chart.querySelector('.plot').insertAdjacentHTML('beforeend', link)
  document.getElementById('told').replaceChildren(...[...row.cells].flatMap((cell, at) => [
    (at === 0 ? '' : ' \u00B7 ') + heads[at].textContent + ' ',
    ...[...cell.childNodes].map((node) => node.cloneNode(true)),
  ]))
}
let isWhole = false
let isChosen = false
const choose = () => {
  isChosen = true
  if (isWhole) apply()
}
form.hidden = false
form.addEventListener('input', choose)
form.addEventListener('reset', () => setTimeout(choose))
document.addEventListener('DOMContentLoaded', () => {
  isWhole = true
  if (isChosen) apply()
  document.addEventListener('pointermove', tell)
  document.addEventListener('click', tell)
})
`;
// src/report/hidden-attempts.ts
const START = "<!-- plateau-attempts ";
const END = " -->";
const MOST_NAMES = 200;
function encodeHiddenAttempts(all) {
	const packed = {};
	let room = 19974 - packText({}).length;
	for (const [name, { runId, attempts }] of Object.entries(all)) for (let from = 0; from < attempts.length; from++) {
		const some = {
			run: runId,
			attempts: attempts.slice(from).map(packAttempt)
		};
		const { length } = packText({ [name]: some });
		if (length > room) continue;
		packed[name] = some;
		room -= length;
		break;
	}
	return Object.keys(packed).length === 0 ? "" : `${START}${packText(packed)}${END}`;
}
function packText(packed) {
	return JSON.stringify({
		figures: ROW_FIGURES,
		names: packed
	}).replaceAll(">", String.raw`\u003e`);
}
function readHiddenAttempts(body) {
	const line = body.split("\n", 1)[0];
	const start = line.indexOf(START);
	const end = line.indexOf(END, start);
	if (start === -1 || end === -1 || end - start > 2e4) return {};
	try {
		const { names } = hiddenSchema.parse(JSON.parse(line.slice(start + 22, end)));
		return Object.fromEntries(Object.entries(names).slice(0, MOST_NAMES).map(([name, { run, attempts }]) => [name, {
			runId: run,
			attempts: attempts.map(unpackAttempt)
		}]));
	} catch {
		return {};
	}
}
const packedPass = tuple([
	figure,
	figure,
	array(figure).length(ROW_FIGURES.length),
	array(figure).max(2)
]);
const packedLevel = tuple([
	figure,
	boolean(),
	string().max(20),
	array(packedPass).max(100),
	unknown()
]);
const packedRow = object({
	at: string().max(40),
	rest: unknown(),
	levels: array(packedLevel).max(100)
});
const packedLimit = tuple([
	string(),
	figure.nullable(),
	string().max(20),
	number().nullable(),
	number().nullable()
]);
const packedAttempt = object({
	attempt: figure,
	run: int().min(0).optional(),
	verdict: string().max(40),
	series: unknown(),
	build: string().max(200).optional(),
	sessions: unknown().optional(),
	candidates: array(packedRow).min(1).max(100),
	controls: array(packedRow.nullable()).max(100).optional(),
	secondLook: union([string().max(20), packedRow]),
	secondControl: packedRow.optional(),
	limits: array(packedLimit).max(1e3).optional()
});
const hiddenSchema = object({
	figures: tuple(ROW_FIGURES.map((name) => literal(name))),
	names: record(string().regex(/^[a-z0-9-]{1,64}$/), object({
		run: int().min(0),
		attempts: array(packedAttempt).max(10)
	}))
});
function packAttempt(attempt) {
	const { candidates, controls, sessions, secondLook, verdict, limits } = attempt;
	const { series, context } = candidates[0];
	return {
		attempt: attempt.attempt,
		run: attempt.run,
		verdict,
		series,
		build: context.build,
		sessions,
		candidates: candidates.map(packRow),
		controls: controls?.map((row) => row === null ? null : packRow(row)),
		...typeof secondLook === "string" ? { secondLook } : packPasses(secondLook),
		limits: limits?.map(packLimit)
	};
}
function packPasses({ row, control }) {
	return {
		secondLook: packRow(row),
		secondControl: control === null ? void 0 : packRow(control)
	};
}
function packLimit({ limit, concurrency, outcome, value, bound }) {
	const round = (figure) => figure === null ? null : roundFigure(figure);
	return [
		limit,
		concurrency,
		outcome,
		round(value),
		round(bound)
	];
}
function packRow({ startedAt, levels, throughputMetric, plateauState, within, slo, traits }) {
	return {
		at: startedAt,
		rest: {
			throughputMetric,
			plateauState,
			within,
			slo,
			traits
		},
		levels: levels.map(({ concurrency, valid, state, passes, tails }) => [
			concurrency,
			valid,
			state,
			passes.map(packPass),
			tails
		])
	};
}
function packPass({ ok, failed, figures, tokenText }) {
	const texts = tokenText === void 0 ? [] : [tokenText.charactersPerToken, tokenText.tokensPerEvent];
	return [
		ok,
		failed,
		ROW_FIGURES.map((name) => roundFigure(figures[name] ?? 0)),
		texts.map(roundFigure)
	];
}
function unpackAttempt({ series, build, ...packed }) {
	const { candidates, controls, secondLook, secondControl, limits } = packed;
	const unpack = (row) => unpackRow(row, series, build);
	return decodeAttempt(JSON.stringify({
		...packed,
		candidates: candidates.map(unpack),
		controls: controls?.map((row) => row === null ? null : unpack(row)),
		secondLook: typeof secondLook === "string" ? secondLook : unpack(secondLook),
		secondControl: secondControl && unpack(secondControl),
		limits: limits?.map(([limit, concurrency, outcome, value, bound]) => {
			return {
				limit,
				concurrency,
				outcome,
				value,
				bound,
				reason: null
			};
		})
	}));
}
const CONTEXT$1 = {
	endpointLabel: "",
	model: null,
	servedModel: null,
	runner: {
		environment: "",
		os: "",
		arch: "",
		cpuCount: 0
	},
	node: ""
};
function unpackRow({ at, rest, levels }, series, build) {
	return {
		...typeof rest === "object" ? rest : {},
		startedAt: at,
		series,
		context: {
			...CONTEXT$1,
			build
		},
		levels: levels.map(([concurrency, valid, state, passes, tails]) => ({
			concurrency,
			valid,
			state,
			tails,
			passes: passes.map(unpackPass)
		}))
	};
}
function unpackPass([ok, failed, figures, texts]) {
	const [charactersPerToken, tokensPerEvent] = texts;
	return {
		ok,
		failed,
		figures: Object.fromEntries(figures.flatMap((figure, i) => figure === 0 ? [] : [[ROW_FIGURES[i], figure]])),
		...charactersPerToken !== void 0 && tokensPerEvent !== void 0 && { tokenText: {
			charactersPerToken,
			tokensPerEvent
		} }
	};
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
			if (source.statusOf(error) !== 404) throw error;
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
		passedOver: [...unknown, ...cutSentences([...describeStrangers(search), ...search.passedOver])],
		unreadable: isKnown ? null : source.explainRefusal(failures[0].error, failures[0].permission),
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
		passedOver: [],
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
	for (const artifact of await listArtifacts$1(search, run)) {
		const why = rejectArtifact(artifact, run, search.rules);
		if (why !== null) loseHistory(search, artifact, run, why);
		else if (await isOfBranch(search, artifact, run)) histories.push(...await readHistory(search, artifact, run));
	}
	if (histories.length > 0) search.found.push({
		run,
		histories
	});
}
async function listArtifacts$1(search, run) {
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
		return ((await askSource(search, "listings", `run ${run.id}`, (source) => source.artifacts(query)))?.artifacts ?? []).filter((artifact) => artifact.name === name);
	}));
	return [...first, ...lists.flat()];
}
async function readHistory(search, artifact, run) {
	const zip = await askSource(search, "downloads", titleOf(artifact, run.id), (source) => source.download(artifact.id, LARGEST_ZIP_BYTES));
	if (zip === null) return [];
	try {
		return [openHistory(zip, artifact, search.name)];
	} catch (error) {
		if (!(error instanceof ArtifactRefusal)) throw error;
		loseHistory(search, artifact, run, error.message);
		return [];
	}
}
async function isOfBranch(search, artifact, run) {
	const { rules } = search;
	const commit = await findOnBranch(search, run.headSha);
	if (commit === null) return false;
	const why = rejectCommit(commit.isOnBranch, rules) ?? (run.event === "workflow_run" ? rejectTrigger(await findTrigger(search, run), rules) : null);
	if (why !== null) loseHistory(search, artifact, run, why);
	return why === null;
}
async function findOnBranch(search, sha) {
	const { onBranch, rules } = search;
	const tip = await findTip(search);
	if (tip === null) return null;
	const answer = onBranch.get(sha) ?? (tip === sha ? { isOnBranch: true } : null) ?? await askSource(search, "commits", `commit ${escapeForTerminal(sha)} of ${escapeForTerminal(rules.defaultBranch)}`, async (source) => ({ isOnBranch: await source.isAncestor(sha, tip) }));
	if (answer !== null) onBranch.set(sha, answer);
	return answer;
}
async function findTip(search) {
	const { defaultBranch } = search.rules;
	const branch = `branch ${escapeForTerminal(defaultBranch)}`;
	search.tip ??= await askSource(search, "commits", branch, async (source) => {
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
	const id = findNamedTrigger(run, await askSource(search, "files", `${escapeForTerminal(path)} of commit ${escapeForTerminal(run.headSha)}`, (source) => source.fileAt(path, run.headSha)));
	return id === null ? null : askSource(search, "triggers", `run ${id}`, (source) => source.run(id));
}
async function askSource(search, kind, about, request) {
	if (search.left[kind] === 0) {
		if (!search.isCut) search.passedOver.push("the search ended at its bound of requests: older runs were not looked at");
		search.isCut = true;
		return null;
	}
	search.left[kind]--;
	const permission = kind === "commits" || kind === "files" ? "contents: read" : "actions: read";
	try {
		return await request(search.source);
	} catch (error) {
		if (search.source.statusOf(error) === HTTP_GONE) search.lost.expired++;
		else search.failures.push({
			error,
			permission
		});
		search.passedOver.push(`${about} was passed over: ${search.source.describeRefusal(error, permission)}`);
		return null;
	}
}
function loseHistory(search, artifact, run, why) {
	search.lost[artifact.expired ? "expired" : "refused"]++;
	search.passedOver.push(`${titleOf(artifact, run.id)} was passed over: ${why}`);
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
	if (cut <= 0) return sentences;
	const rest = `${pluralise(cut, "more artifact was", "more artifacts were")} passed over`;
	return [...sentences.slice(0, MOST_SENTENCES), rest];
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
			passedOver: []
		};
		try {
			const { found, passedOver, unreadable, lost } = await findHistories(source, options, name);
			const { entries } = mergeHistories(found.flatMap(({ histories }) => histories), keep);
			known.set(name, {
				entries,
				unreadable
			});
			const cut = await cutToRef(source, options.upTo, entries);
			const { release, trouble } = options.findRelease ? await findRelease(source, cut.entries) : NO_RELEASE;
			return {
				entries: cut.entries,
				origin,
				ancestor: await isAncestorOfBase(source, found[0]?.run.headSha ?? null, options),
				passedOver: [
					...passedOver,
					...cut.passedOver,
					...trouble
				],
				unreadable,
				...lost === null ? {} : { lost },
				...release === null ? {} : { release }
			};
		} catch (error) {
			if (error instanceof BaselineError) throw error;
			const unreadable = source.explainRefusal(error, "actions: read");
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
			let there = 0;
			for (const [name, own] of Map.groupBy(entries, ({ row }) => row.series.name)) {
				if (!known.has(name)) await load(name);
				const { entries: before, unreadable } = known.get(name);
				if (unreadable !== null) throw new BaselineError(`The history of ${name} was not added to, because it could not be read: ${unreadable.why}.`, { remedy: `${unreadable.remedy}; what is recorded is untouched` });
				there += countKnown({ entries: before }, own);
				const history = fitHistory([...before, ...own], keep);
				known.set(name, {
					entries: history.entries,
					unreadable: null
				});
				await uploadHistory(source, nameHistoryArtifact(name, options.attempt), encodeHistory(history));
			}
			return there;
		}
	};
}
function fitHistory(entries, keep, largestZipBytes = LARGEST_ZIP_BYTES) {
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
async function uploadHistory(source, artifactName, text) {
	try {
		await source.upload(artifactName, text);
	} catch (error) {
		if (error instanceof BaselineError) throw error;
		throw new BaselineError(`The artifact ${artifactName} could not be uploaded: ${escapeForTerminal(messageOf(error), 300)}`, {
			remedy: "this run is missing in the history; run again",
			cause: error
		});
	}
}
async function cutToRef(source, upTo, entries) {
	if (upTo === null || entries.length === 0) return {
		entries,
		passedOver: []
	};
	const ref = upTo === "newest-tag" ? await source.newestTag() : upTo.ref;
	if (ref === null) return {
		entries,
		passedOver: ["no earlier tag leads here, so all recorded runs count"]
	};
	const remedy = "give baseline-ref a branch, tag or commit that runs of the default branch have led to";
	const commit = await source.commitOf(ref);
	if (commit === null) throw new BaselineError(`baseline-ref ${escapeForTerminal(ref)} is not in this repository.`, { remedy });
	const cut = await takeEntriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of));
	if (cut === null) throw new BaselineError(`No recorded run leads to ${escapeForTerminal(ref)}.`, { remedy });
	return {
		entries: cut,
		passedOver: []
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
			trouble: [`slow drift is not told, because the newest tag could not be found: ${source.describeRefusal(error, "contents: read")}`]
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
// src/shell/redact-result.ts
var redact_result_exports = /* @__PURE__ */ __exportAll({
	redactEntry: () => redactEntry,
	redactLooks: () => redactLooks,
	redactReport: () => redactReport,
	redactResult: () => redactResult,
	redactTexts: () => redactTexts,
	redactVerdict: () => redactVerdict
});
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
// src/shards/part.ts
const PART_SCHEMA = "plateau/part@1";
const MOST_OFFSET_MS = 6e4;
const MOST_WITHIN_MS = 1e3;
function findClockProblem({ offsetMs, withinMs }) {
	if (Math.abs(offsetMs) > MOST_OFFSET_MS) {
		const way = offsetMs > 0 ? "ahead of" : "behind";
		return `has a clock that is ${showSeconds(offsetMs)} ${way} that of the first shard, and ${showSeconds(MOST_OFFSET_MS)} is the most; set it, by NTP for example`;
	}
	if (withinMs > MOST_WITHIN_MS) return `has a clock of which it is only known within ${showSeconds(withinMs)} what it is off by, and ${showSeconds(MOST_WITHIN_MS)} is the most: the rendezvous shows too late what others leave there`;
	return null;
}
function showSeconds(ms) {
	return `${(Math.abs(ms) / 1e3).toFixed(1)} s`;
}
const span = object({
	startMs: number(),
	endMs: number()
});
const MOST_SHARES = 1024;
const partShare = object({
	health: object({
		eventLoopUtilization: figure,
		delayP90Ms: figure,
		delayP99Ms: figure
	}).nullable(),
	tally: object({
		gateway: object({
			retried: count,
			cached: count,
			fellBack: count,
			names: array(name).max(1e3)
		}),
		failureWords: record(string().max(40), name),
		cancelled: array(span).max(1e6),
		cancelledWindowEvents: count,
		cancelledTtft: object({
			n: count,
			sumMs: figure
		}),
		renewed: count,
		opened: count
	}),
	records: int().min(0).max(4294967295),
	idBytes: count,
	checksum: int().min(0).max(4294967295),
	words: array(name.nullable()).max(1e5),
	interChunk: array(tuple([int().min(0).max(1e5), count])).max(1e5)
});
const stopped = _enum(STOP_REASONS).nullable();
const shardTerms = record(string().max(100), name);
const shardClock = object({
	offsetMs: number(),
	withinMs: figure
});
const queue = object({
	before: figure,
	after: figure
});
const open$1 = object({
	maxInFlight: count,
	peakInFlight: count,
	waited: count,
	dropped: count,
	queue: queue.nullable(),
	trace: object({
		startMs: number(),
		lastMs: figure
	}).exactOptional()
});
const partLevel = object({
	concurrency,
	pass: int().min(1).max(1e3),
	startedAtSeconds: figure,
	window: span.refine(({ startMs, endMs }) => startMs < endMs, "must end after it began").nullable(),
	stopped,
	open: open$1.exactOptional(),
	shares: array(partShare).max(MOST_SHARES)
});
const partHeaderSchema = object({
	schema: literal(PART_SCHEMA),
	shard: object({
		number: int().min(1),
		count: int().min(2).max(256)
	}).refine(({ number, count }) => number <= count, "must be one of those that there are"),
	meeting: word,
	terms: shardTerms,
	clock: shardClock,
	report: runReportSchema,
	options: object({
		task: _enum(TASKS),
		tolerance: figure,
		prefixCache: _enum(["avoid", "allow"]).exactOptional(),
		sequences: count.exactOptional()
	}),
	decidedBy: array(object({
		setting: word,
		value: name
	})).max(100),
	columns: array(word).max(1e3),
	levels: array(partLevel).max(1e5)
});
var PartError = class extends Error {
	name = "PartError";
};
const NUMBER_BYTES = 8;
const FIRST_LINE = /^plateau\/part@(\d{1,6}) (\d{1,9})\n/;
const LONGEST_FIRST_LINE = 64;
const LONGEST_HEADER = 268435456;
function* encodePart(header, levels) {
	const whole = {
		...header,
		schema: PART_SCHEMA,
		columns: listColumns(),
		levels: levels.map(({ frame, shares }) => ({
			...frame,
			shares: shares.map(describeShare)
		}))
	};
	const text = Buffer.from(`${escapeSigns(JSON.stringify(whole))}\n`);
	yield `${PART_SCHEMA} ${text.length}\n`;
	yield text;
	for (const { shares } of levels) for (const share of shares) yield* listBytes(share);
}
function describeShare(share) {
	const { records, interChunk, ...tally } = share.tally;
	let checksum = 0;
	let bytes = 0;
	for (const piece of listBytes(share)) {
		checksum = crc32(piece, checksum);
		bytes += piece.length;
	}
	return {
		health: share.health,
		tally,
		records: countRecords(records),
		idBytes: bytes - countNumberBytes(countRecords(records)),
		checksum,
		words: records.words,
		interChunk: [...interChunk.buckets].flatMap((n, bucket) => n === 0 ? [] : [[bucket, n]])
	};
}
function* listBytes({ tally: { records } }) {
	for (const { buffer } of listNumbers$1(records)) yield new Uint8Array(buffer);
	for (const ids of listIds(records)) yield Buffer.from(ids.map((id) => `${id ?? ""}\n`).join(""));
}
function* listNumbers$1({ slabs }) {
	for (const slab of slabs) {
		const numbers = new Float64Array(slab.rows * COLUMNS.length);
		let at = 0;
		for (let row = 0; row < slab.rows; row++) for (let column = 0; column < COLUMNS.length; column++) numbers[at++] = readNumber$2(slab, column, row);
		yield numbers;
	}
}
function* listIds({ slabs }) {
	for (const slab of slabs) yield readIds(slab);
}
function listColumns() {
	return [...COLUMNS, ...IDS].map(({ name }) => name);
}
function countNumberBytes(records) {
	return records * COLUMNS.length * NUMBER_BYTES;
}
function openPart(bytes) {
	const first = new Uint8Array(Math.min(bytes.size, LONGEST_FIRST_LINE));
	bytes.read(0, first);
	const [line, version, length] = FIRST_LINE.exec(Buffer.from(first).toString("latin1")) ?? [];
	if (line === void 0) throw new PartError("is not a part of a run; `--shard` leaves one");
	if (Number(version) !== 1) throw new PartError(`is of version ${version} of the format; update Plateau`);
	const headerBytes = Number(length);
	if (headerBytes > LONGEST_HEADER || line.length + headerBytes > bytes.size) throw new PartError(CUT_SHORT);
	const text = new Uint8Array(headerBytes);
	bytes.read(line.length, text);
	const header = decodeStrict(Buffer.from(text).toString("utf8"), {
		what: "part",
		schema: partHeaderSchema,
		maximumLength: LONGEST_HEADER,
		error: PartError
	});
	const offsets = findOffsets(header, line.length + headerBytes);
	if (offsets.end !== bytes.size) throw new PartError(CUT_SHORT);
	if (String(header.columns) !== String(listColumns())) throw new PartError(`was written by Plateau ${header.report.tool.version}, which packs records otherwise`);
	return {
		header,
		load: (level) => header.levels[level].shares.map((share, i) => loadShare(bytes, share, offsets.ofShares[level][i]))
	};
}
const CUT_SHORT = "is not whole: its shard was ended while it wrote, or the file was cut on its way here";
function findOffsets({ levels }, from) {
	let end = from;
	return {
		ofShares: levels.map(({ shares }) => shares.map(({ records, idBytes }) => {
			const at = end;
			end += countNumberBytes(records) + idBytes;
			return at;
		})),
		end
	};
}
function loadShare(bytes, share, offset) {
	const { health, tally, words, interChunk, records } = share;
	const idBytes = new Uint8Array(share.idBytes);
	bytes.read(offset + countNumberBytes(records), idBytes);
	const ids = Buffer.from(idBytes).toString("utf8").split("\n").slice(0, -1).map((line) => line === "" ? null : line);
	let checksum = 0;
	const wrong = [];
	function* readPieces() {
		for (let from = 0; from < records; from += ROWS$1) {
			const to = Math.min(records, from + ROWS$1);
			const numberBytes = new Uint8Array(countNumberBytes(to - from));
			bytes.read(offset + countNumberBytes(from), numberBytes);
			checksum = crc32(numberBytes, checksum);
			const piece = {
				numbers: new Float64Array(numberBytes.buffer),
				ids: ids.slice(from * IDS.length, to * IDS.length)
			};
			const fact = findUnpackable(piece, words);
			if (fact !== null) wrong.push(fact);
			yield piece;
		}
	}
	const slabs = packPieces(readPieces());
	if (crc32(idBytes, checksum) !== share.checksum) throw new PartError("was changed after it was written");
	if (ids.length !== records * IDS.length) throw new PartError("has not as many ids as its records need");
	if (wrong.length > 0) throw new PartError(`holds a request whose ${wrong[0]} cannot be`);
	const histogram = createLogHistogram();
	const buckets = new Uint32Array(histogram.buckets.length);
	for (const [bucket, n] of interChunk) if (bucket < buckets.length) buckets[bucket] = n;
	const total = buckets.reduce((sum, n) => sum + n, 0);
	return {
		health,
		tally: {
			...tally,
			records: {
				slabs,
				words
			},
			interChunk: {
				buckets,
				count: total
			}
		}
	};
}
function packPieces(pieces) {
	const open = openSlab(COLUMNS.length);
	return Array.from(pieces, ({ numbers, ids }) => {
		open.clear();
		for (let row = 0; row < numbers.length / COLUMNS.length; row++) open.add((column) => numbers[row * COLUMNS.length + column], ids.slice(row * IDS.length, (row + 1) * IDS.length));
		return open.seal();
	});
}
function findUnpackable({ numbers, ids }, words) {
	for (const [at, { name, orNull }] of IDS.entries()) {
		if (orNull) continue;
		for (let i = at; i < ids.length; i += IDS.length) if (ids[i] === null) return name;
	}
	for (const [column, { name, packing, orNull }] of COLUMNS.entries()) for (let at = column; at < numbers.length; at += COLUMNS.length) {
		const value = packing.unpack(numbers[at], words);
		if (value === void 0 || value === null && !orNull) return name;
	}
	return null;
}
// src/shards/join-parts.ts
function listTerms(settings, { series, model, commit }) {
	const { origin, pathname } = settings.endpoint;
	const { throughputWithin, slo, sloShare, pricePerHour, maxDurationMs } = settings;
	return {
		version: VERSION,
		commit: commit ?? NONE$1,
		endpoint: sha256(origin + pathname).slice(0, 12),
		model: [model, ...settings.mix?.map((part) => part.model) ?? []].map((name) => name ?? NONE$1).join(", "),
		...Object.fromEntries(listSeriesSettings(series)),
		seed: settings.seed,
		"request-timeout": `${settings.requestTimeoutMs / 1e3}s`,
		"warmup-requests": String(settings.warmupRequests),
		"max-duration": maxDurationMs === null ? NONE$1 : `${maxDurationMs / 1e3}s`,
		"max-requests": String(settings.maxRequests ?? NONE$1),
		"max-output-tokens": String(settings.maxOutputTokens ?? NONE$1),
		"throughput-within": throughputWithin?.map(({ metric, valueMs }) => `${metric} <= ${valueMs}ms`).join(", ") ?? NONE$1,
		slo: slo === null ? NONE$1 : renderObjectives(slo),
		"slo-share": `${100 * sloShare}%`,
		"price-per-hour": String(pricePerHour ?? NONE$1),
		...Object.fromEntries(settings.decidedBy.map(({ setting, value }) => [setting, value]))
	};
}
const NONE$1 = "none";
function findOtherTerm(own, other) {
	for (const term of /* @__PURE__ */ new Set([...Object.keys(own), ...Object.keys(other)])) {
		const [mine = NONE$1, theirs = NONE$1] = [own[term], other[term]];
		if (mine !== theirs) return `was told another ${term}: ${theirs}, and this one ${mine}`;
	}
	return null;
}
const SAME_WINDOW_MS = .01;
function findPartProblems(parts) {
	const count = findMostFrequent(parts.map(({ header }) => header.shard.count));
	const foreign = parts.flatMap((part) => {
		const why = findForeign(part, parts, count);
		return why === null ? [] : [{
			from: part.from,
			message: `shard ${renderShard(part.header.shard)} ${why}`
		}];
	});
	if (foreign.length > 0) return foreign;
	return [
		...findDoubled(parts),
		...findMissing$1(parts, count),
		...findUnlike(parts)
	];
}
function findForeign({ header }, parts, count) {
	const findUsual = (read) => findMostFrequent(parts.map((part) => read(part.header)));
	if (header.shard.count !== count) return `is one of ${header.shard.count} shards, and the others are of ${count}`;
	const version = findUsual(({ report }) => report.tool.version);
	const { tool } = header.report;
	if (tool.version !== version) return `was measured by Plateau ${tool.version}, and the others by ${version}`;
	for (const term of new Set(parts.flatMap(({ header }) => Object.keys(header.terms)))) {
		const value = header.terms[term] ?? NONE$1;
		const others = findUsual(({ terms }) => terms[term] ?? NONE$1);
		if (value !== others) return `was told another ${term}: ${value}, and the others ${others}`;
	}
	if (header.meeting !== findUsual(({ meeting }) => meeting)) return "is of another run: it did not start with the others";
	return findClockProblem(header.clock);
}
function findDoubled(parts) {
	return parts.flatMap(({ from, header }, i) => {
		const other = parts.slice(0, i).find((before) => before.header.shard.number === header.shard.number);
		if (other === void 0) return [];
		return [{
			from,
			message: `shard ${renderShard(header.shard)} is there twice: ${other.from} holds it, too`
		}];
	});
}
function findMissing$1(parts, count) {
	const there = new Set(parts.map(({ header }) => header.shard.number));
	const missing = Array.from({ length: count }, (_, i) => i + 1).filter((number) => !there.has(number));
	if (missing.length === 0) return [];
	const names = missing.map((number) => renderShard({
		number,
		count
	})).join(", ");
	return [{
		from: null,
		message: `of the ${count} shards ${missing.length === 1 ? "one is" : `${missing.length} are`} missing: ${names}; a smaller run is another run`
	}];
}
function findUnlike(parts) {
	const [first, ...others] = parts;
	return others.flatMap(({ from, header }) => {
		if (!header.levels.some(({ concurrency, pass, window }, i) => {
			const same = first.header.levels[i];
			if (same?.concurrency !== concurrency || same.pass !== pass) return true;
			if (window === null || same.window === null) return false;
			return Math.abs(window.startMs - same.window.startMs) > SAME_WINDOW_MS || Math.abs(window.endMs - same.window.endMs) > SAME_WINDOW_MS;
		}) && header.levels.length === first.header.levels.length) return [];
		return [{
			from,
			message: `shard ${renderShard(header.shard)} has other levels or windows than ${first.from}`
		}];
	});
}
function joinParts(given) {
	const parts = given.toSorted((a, b) => a.header.shard.number - b.header.shard.number);
	const [first] = parts;
	const { report, levels: measured } = first.header;
	const slo = report.slo === void 0 ? null : {
		...report.slo,
		objectives: readObjectives(report.slo.objectives)
	};
	const options = {
		...first.header.options,
		...slo !== null && { slo }
	};
	const levels = [...Map.groupBy(measured.keys(), (level) => measured[level].concurrency)].sort(([a], [b]) => a - b).map(([, passes]) => summariseLevel(passes.map((level) => joinLevel(parts, level)), options));
	const reports = parts.map(({ header }) => header.report);
	const { limits: _, selfProof: __, slo: ___, slowest: ____, price, ...whole } = report;
	const plateau = findPlateau(levels);
	const kept = sumUpObjectives(slo, levels, loadOf(report.series));
	const proof = pickWorstProof(reports);
	const slowest = pickSlowest(levels);
	return {
		report: {
			...whole,
			startedAt: reports.map(({ startedAt }) => startedAt).reduce((a, b) => b < a ? b : a),
			durationSeconds: Math.max(...reports.map(({ durationSeconds }) => durationSeconds)),
			levels: levels.map(removeNotes),
			...slowest.length > 0 && { slowest },
			plateau,
			...kept !== null && { slo: kept },
			...price !== void 0 && { price: priceTokens(price.perHour, {
				plateau,
				capacity: kept?.capacity ?? null,
				levels
			}) },
			within: report.within === null ? null : findBestWithin(levels, readLatencyBounds(report.within.limit)),
			...proof !== void 0 && { selfProof: proof },
			shards: describeShards(parts),
			validity: judgeRun(levels, { extra: joinFindings(parts) })
		},
		records: { *[Symbol.iterator]() {
			for (const level of measured.keys()) yield* joinLevel(parts, level).records;
		} }
	};
}
function joinLevel(parts, level) {
	const all = parts.map(({ header }) => header.levels[level]);
	const { concurrency, pass, window } = all[0];
	return joinShares({
		concurrency,
		pass,
		startedAtSeconds: Math.min(...all.map(({ startedAtSeconds }) => startedAtSeconds)),
		window: all.every((each) => each.window !== null) ? window : null,
		server: null,
		stopped: all.find(({ stopped }) => stopped !== null)?.stopped ?? null,
		...joinSchedules(all.flatMap(({ open }) => open ?? []))
	}, parts.flatMap((part) => part.load(level)));
}
function joinSchedules(schedules) {
	const [first] = schedules;
	if (first === void 0) return {};
	const sum = (pick) => schedules.reduce((all, one) => all + pick(one), 0);
	const queues = schedules.flatMap(({ queue }) => queue ?? []);
	return { open: {
		...first,
		maxInFlight: sum(({ maxInFlight }) => maxInFlight),
		peakInFlight: sum(({ peakInFlight }) => peakInFlight),
		waited: sum(({ waited }) => waited),
		dropped: sum(({ dropped }) => dropped),
		queue: queues.length < schedules.length ? null : {
			before: queues.reduce((all, { before }) => all + before, 0),
			after: queues.reduce((all, { after }) => all + after, 0)
		}
	} };
}
function joinFindings(parts) {
	const ofShards = parts.map(({ header }) => header.report.validity.findings.filter(isOfRun));
	const joined = ofShards.flatMap((findings, i) => findings.map(({ code, message }) => {
		const isShared = ofShards.every((others) => others.some((other) => other.code === code && other.message === message));
		const shard = renderShard(parts[i].header.shard);
		return {
			code,
			message: isShared ? message : `Shard ${shard}: ${message}`
		};
	}));
	const isFirst = ({ code, message }, at) => joined.findIndex((other) => other.code === code && other.message === message) === at;
	return joined.filter(isFirst);
}
function isOfRun({ level, code }) {
	return level === void 0 && code !== "no-success";
}
function describeShards(parts) {
	const clocks = parts.map(({ header }) => header.clock);
	const offsets = clocks.map(({ offsetMs }) => offsetMs);
	return {
		count: parts.length,
		clockSpreadMs: Math.max(...offsets) - Math.min(...offsets),
		clockWithinMs: Math.max(...clocks.map(({ withinMs }) => withinMs))
	};
}
function pickWorstProof(reports) {
	return reports.flatMap(({ selfProof }) => selfProof ?? []).reduce((worst, proof) => worst === void 0 || proof.ttftErrorMs.p99 > worst.ttftErrorMs.p99 ? proof : worst, void 0);
}
// src/shards/meeting-place.ts
const moment = number().min(0).max(0x5af3107a4000);
const introduction = object({
	terms: shardTerms,
	lone: object({
		latencyMs: figure,
		inputTokens: figure,
		outputTokens: figure
	})
});
const queueEnds = object({
	before: count,
	after: count,
	arrivals: count,
	expected: figure.exactOptional()
});
const standing = object({
	stopped,
	queue: object({
		...queueEnds.shape,
		longer: queueEnds.exactOptional()
	}).exactOptional()
});
const levelEnd = object({
	held: boolean(),
	isLast: boolean()
});
const secondLook = object({
	levels: array(concurrency).min(1).max(64),
	passes: int().min(1).max(MAXIMUM_PASSES)
});
const MARKS = {
	introduction,
	seenAt: array(moment).max(256).nullable(),
	clockFinding: object({
		clock: shardClock,
		slowestMs: figure
	}),
	nothing: _null(),
	standing,
	levelEnd,
	secondLook: secondLook.nullable()
};
var MarkError = class extends Error {
	name = "MarkError";
};
const LONGEST_MARK = 1048576;
const leaving = object({
	at: moment,
	gone: name
});
function readMark(text, value) {
	const given = text.length <= LONGEST_MARK ? parseJson(text) : {};
	if (given === void 0) return null;
	const schema = asObject(given)?.["gone"] === void 0 ? object({
		at: moment,
		value
	}) : leaving;
	return decodeStrict(text, {
		what: "mark",
		schema,
		maximumLength: LONGEST_MARK,
		error: MarkError
	});
}
function openFolder(folder) {
	return {
		where: folder,
		pollMs: 20,
		async put(name, text) {
			createFolder(folder);
			const path = join(folder, name);
			await writeFile(`${path}.new`, text);
			await rename(`${path}.new`, path);
		},
		async get(names) {
			const there = new Set(await readdir(folder));
			return Promise.all(names.map(async (name) => there.has(name) ? readBounded(join(folder, name)) : null));
		}
	};
}
async function readBounded(path) {
	const { size } = await stat(path);
	if (size > LONGEST_MARK) throw new Error(`${path} is larger than ${LONGEST_MARK} bytes, which no mark is`);
	return readFile(path, "utf8");
}
const TIMEOUT_MS$1 = 1e4;
function openUrl(base, connection, signal) {
	const request = async (method, name, body) => {
		const url = new URL(base);
		url.pathname = `${trimSlashes(base.pathname)}/${name}`;
		return await askServer({
			method,
			url,
			headers: method === "PUT" ? {
				"content-type": "text/plain",
				"x-ms-blob-type": "BlockBlob"
			} : {
				"cache-control": "no-cache",
				"accept-encoding": "identity"
			},
			body,
			mostBytes: LONGEST_MARK,
			timeoutMs: TIMEOUT_MS$1
		}, connection, signal);
	};
	return {
		where: showUrl(base),
		pollMs: 200,
		async put(name, text) {
			const { status } = await request("PUT", name, text);
			if (status < 200 || status >= 300) throw new Error(`PUT was answered with ${status}`);
		},
		get: async (names) => Promise.all(names.map(async (name) => {
			const { status, text } = await request("GET", name, null);
			if (status === 200) return text;
			if (status === 404 || status === 403) return null;
			throw new Error(`GET was answered with ${status}`);
		}))
	};
}
// src/shards/meeting.ts
const TURN_MS = 10;
const IDLE_LOOK_MS = 1e3;
const TRIES = 4;
const TRY_AGAIN_MS = 500;
const MOST_EARLY_MS = 5e3;
var Meeting = class {
	shard;
	id;
	#offsetMs = null;
	#ports;
	#wallOrigin;
	#round = 0;
	#hasCome = false;
	constructor(shard, id, ports) {
		this.shard = shard;
		this.id = id;
		this.#ports = ports;
		this.#wallOrigin = ports.wallClock().getTime() - ports.clock.now();
	}
	setOffset(offsetMs) {
		this.#offsetMs = offsetMs;
	}
	now() {
		return this.#ports.clock.now() + this.#wallOrigin - (this.#offsetMs ?? 0);
	}
	toClock(time) {
		return time - this.#wallOrigin + (this.#offsetMs ?? 0);
	}
	async holdRound(schema, value, options = {}) {
		const { clock, place, signal } = this.#ports;
		const { isReady = () => true, isEnd = () => false, timeoutMs = this.#ports.timeoutMs } = options;
		const round = ++this.#round;
		this.#hasCome = false;
		const seen = /* @__PURE__ */ new Map();
		let cameAt = null;
		let lookedAt = -Infinity;
		let trouble = null;
		for (;;) {
			if (signal.aborted) throw refuseToGoOn(place);
			if (cameAt === null && isReady()) {
				const own = {
					at: this.now(),
					value: value()
				};
				await this.#leaveMark(round, own);
				this.#hasCome = true;
				cameAt = clock.now();
				seen.set(this.shard.number, {
					...own,
					seenAt: own.at
				});
				if (isEnd(own.value)) return {
					marks: null,
					ended: {
						...own,
						seenAt: own.at
					}
				};
			}
			if (cameAt !== null || clock.now() - lookedAt >= IDLE_LOOK_MS) {
				lookedAt = clock.now();
				const missing = this.#listNumbers().filter((number) => !seen.has(number));
				try {
					const texts = await place.get(missing.map((number) => this.#nameOf(round, number)));
					const seenAt = this.now();
					trouble = null;
					for (const [i, text] of texts.entries()) {
						if (text === null) continue;
						const mark = this.#readMark(text, missing[i], schema);
						if (mark === null) continue;
						seen.set(missing[i], {
							...mark,
							seenAt
						});
						if (isEnd(mark.value)) return {
							marks: null,
							ended: {
								...mark,
								seenAt
							}
						};
					}
				} catch (error) {
					if (error instanceof EndpointError) throw error;
					trouble = error.message;
				}
			}
			if (seen.size === this.shard.count) return {
				marks: this.#listNumbers().map((number) => seen.get(number)),
				ended: null
			};
			if (cameAt !== null && clock.now() - cameAt > timeoutMs) {
				const missing = this.#listNumbers().filter((number) => !seen.has(number));
				throw describeMissing(this.shard, missing, {
					place,
					waitMs: timeoutMs,
					trouble
				});
			}
			await clock.sleep(cameAt === null ? TURN_MS : place.pollMs, signal);
		}
	}
	async leave(why) {
		const round = this.#hasCome || this.#round === 0 ? this.#round + 1 : this.#round;
		const text = JSON.stringify({
			at: this.now(),
			gone: this.#ports.redact(why)
		});
		await this.#ports.place.put(this.#nameOf(round, this.shard.number), text).catch(() => {});
	}
	#listNumbers() {
		return listNumbers(this.shard);
	}
	#nameOf(round, number) {
		return `plateau-${this.id}-${round}-${number}`;
	}
	async #leaveMark(round, mark) {
		await putSafely(this.#nameOf(round, this.shard.number), JSON.stringify(mark), this.#ports);
	}
	#readMark(text, number, schema) {
		const refuse = (why, remedy) => new EndpointError(`shard ${renderShard({
			number,
			count: this.shard.count
		})} ${why}`, {
			tried: `rendezvous ${this.#ports.place.where}`,
			remedy
		});
		try {
			const mark = readMark(text, schema);
			if (mark === null) return null;
			if ("gone" in mark) throw refuse(`left the run: ${escapeForTerminal(mark.gone, 400)}`, "look at what it says itself, and start all shards again");
			if (this.#offsetMs !== null && mark.at > this.now() + MOST_EARLY_MS) throw new MarkError(`at: is ${Math.round((mark.at - this.now()) / 1e3)} s later than it was seen`);
			return mark;
		} catch (error) {
			if (!(error instanceof MarkError)) throw error;
			throw refuse(`left a mark that cannot be used: ${escapeForTerminal(error.message, 400)}`, "give the shards a rendezvous that nothing else writes to, and start all of them again, by one version of Plateau");
		}
	}
};
async function openMeeting(shard, ports) {
	const { place, clock, signal, timeoutMs } = ports;
	const nonce = ports.nonce();
	const numbers = listNumbers(shard);
	const nameOf = (word, number) => `plateau-${word}-${number}-of-${shard.count}`;
	await putSafely(nameOf("hello", shard.number), nonce, ports);
	const startedAt = clock.now();
	let left = null;
	let trouble = null;
	let missing = numbers;
	for (;;) {
		if (signal.aborted) throw refuseToGoOn(place);
		try {
			const nonces = await place.get(numbers.map((number) => nameOf("hello", number)));
			if (nonces[shard.number - 1] !== nonce) throw describeDouble(shard, place);
			trouble = null;
			missing = numbers.filter((number) => nonces[number - 1] === null);
			if (missing.length === 0) {
				const id = sha256(nonces.join()).slice(0, 16);
				if (left !== id) await place.put(nameOf("heard", shard.number), id);
				left = id;
				const ids = await place.get(numbers.map((number) => nameOf("heard", number)));
				missing = numbers.filter((number) => ids[number - 1] !== id);
				if (missing.length === 0) return new Meeting(shard, id, ports);
			}
		} catch (error) {
			if (error instanceof EndpointError) throw error;
			trouble = error.message;
		}
		if (clock.now() - startedAt > timeoutMs) throw describeMissing(shard, missing, {
			place,
			waitMs: timeoutMs,
			trouble
		});
		await clock.sleep(place.pollMs, signal);
	}
}
async function putSafely(name, text, { place, clock, signal }) {
	for (let tries = 1;; tries++) try {
		await place.put(name, text);
		return;
	} catch (error) {
		if (tries < TRIES && !signal.aborted) {
			await clock.sleep(TRY_AGAIN_MS, signal);
			continue;
		}
		throw new EndpointError(`nothing could be left at the rendezvous: ${escapeForTerminal(error.message)}`, {
			tried: `rendezvous ${place.where}`,
			remedy: "give a folder that this process may write to, or a URL that takes PUT and GET",
			cause: error
		});
	}
}
function listNumbers({ count }) {
	return Array.from({ length: count }, (_, i) => i + 1);
}
function describeMissing({ count }, missing, { place, waitMs, trouble }) {
	const names = missing.map((number) => renderShard({
		number,
		count
	})).join(", ");
	const why = trouble === null ? "" : ` (the last look there: ${escapeForTerminal(trouble)})`;
	const noun = missing.length === 1 ? "shard" : "shards";
	return new EndpointError(`${noun} ${names} did not come within ${Math.round(waitMs / 1e3)} s${why}`, {
		tried: `rendezvous ${place.where}`,
		remedy: `look at what ${missing.length === 1 ? "it says" : "they say"}; all shards need one rendezvous, and to be started within rendezvous-timeout`
	});
}
function describeDouble(shard, place) {
	return new EndpointError(`another process takes part as shard ${renderShard(shard)}, too`, {
		tried: `rendezvous ${place.where}`,
		remedy: "give each process a number of its own, and each run a rendezvous of its own where two run at once"
	});
}
function refuseToGoOn(place) {
	return new EndpointError("interrupted while the other shards were waited for", {
		tried: `rendezvous ${place.where}`,
		remedy: "start all shards again"
	});
}
const ROUNDS = 6;
const LEAST_LEAD_MS = 200;
function boundOffset(toFirstMs, fromFirstMs) {
	const least = -Math.min(...toFirstMs);
	const most = Math.min(...fromFirstMs);
	return {
		offsetMs: (least + most) / 2,
		withinMs: Math.max(0, (most - least) / 2)
	};
}
async function compareClocks(meeting) {
	const { number } = meeting.shard;
	const toFirst = [];
	const fromFirst = [];
	let seenAt = null;
	let leftAt = NaN;
	let slowestMs = 0;
	for (let round = 0; round < ROUNDS; round++) {
		const startedAt = meeting.now();
		const { marks } = await meeting.holdRound(MARKS.seenAt, () => seenAt);
		if (round > 0) slowestMs = Math.max(slowestMs, meeting.now() - startedAt);
		if (marks === null) continue;
		const [first] = marks;
		fromFirst.push(first.seenAt - first.at);
		const arrivedAt = first.value?.[number - 1];
		if (arrivedAt !== void 0 && !Number.isNaN(leftAt)) toFirst.push(arrivedAt - leftAt);
		leftAt = marks[number - 1].at;
		seenAt = marks.map((mark) => mark.seenAt);
	}
	const own = number === 1 ? {
		offsetMs: 0,
		withinMs: 0
	} : boundOffset(toFirst, fromFirst);
	const { marks } = await meeting.holdRound(MARKS.clockFinding, () => ({
		clock: own,
		slowestMs
	}));
	const all = marks.map(({ value }) => value.clock);
	meeting.setOffset(own.offsetMs);
	const slowest = Math.max(...marks.map(({ value }) => value.slowestMs));
	const withinMs = Math.max(...all.map((clock) => clock.withinMs));
	return {
		own,
		all,
		leadMs: LEAST_LEAD_MS + 2 * slowest + 2 * withinMs
	};
}
// src/shards/steer.ts
async function startTogether(meeting, clock, leadMs) {
	const levels = [];
	const gather = async () => {
		const { marks } = await meeting.holdRound(MARKS.nothing, () => null);
		return meeting.toClock(Math.max(...marks.map(({ at }) => at))) + leadMs;
	};
	return {
		shard: meeting.shard,
		runId: meeting.id,
		startAt: await gather(),
		levels,
		begin: gather,
		steerLevel: async (level) => new LevelSteering(level, {
			meeting,
			clock,
			leadMs
		}).steer(),
		async agreeOnEnd(end) {
			const { marks } = await meeting.holdRound(MARKS.levelEnd, () => end);
			return {
				held: marks.every(({ value }) => value.held),
				isLast: marks.some(({ value }) => value.isLast)
			};
		},
		keep(whole, shares) {
			const { server: _, ...frame } = whole;
			levels.push({
				frame,
				shares
			});
		}
	};
}
var LevelSteering = class {
	#level;
	#ports;
	constructor(level, ports) {
		this.#level = level;
		this.#ports = ports;
	}
	async steer() {
		const { board, spec, onOver } = this.#level;
		const { values, window } = board;
		const { clock } = this.#ports;
		if (window.isWhole) return this.#steerTrace();
		const warmAt = await this.#agree(() => spec.warmupRequests === 0 || isWarm(values));
		if (warmAt === null) return;
		const openAt = await this.#openWindow(warmAt);
		const enoughAt = await this.#agree(() => window.isSatisfied);
		if (enoughAt === null) return;
		this.#endWindow(openAt, enoughAt);
		if (spec.open != null && !await this.#keepsUp(spec.concurrency)) return;
		if (await this.#agree(() => board.hold(() => {
			window.settle(clock.now());
			return window.endAt !== null && values.countedOpen === 0;
		})) !== null) onOver();
	}
	async #steerTrace() {
		const { board, onOpened, onOver } = this.#level;
		const { values, window } = board;
		board.hold(() => window.open(values.scheduleAt));
		onOpened();
		const lastAt = await this.#agree(() => board.hold(() => window.isSatisfied && values.countedOpen === 0));
		if (lastAt === null) return;
		board.hold(() => window.cut(lastAt));
		onOver();
	}
	async #openWindow(warmAt) {
		const { board, stopping, onOpened } = this.#level;
		const { clock, leadMs } = this.#ports;
		const openAt = warmAt + leadMs;
		this.#checkInTime(openAt);
		board.hold(() => board.window.open(openAt));
		await clock.sleep(Math.max(0, openAt - clock.now()), stopping);
		onOpened();
		return openAt;
	}
	#endWindow(openAt, enoughAt) {
		const { board, spec } = this.#level;
		const agreedAt = enoughAt + this.#ports.leadMs;
		this.#checkInTime(Math.max(openAt + spec.durationMs, agreedAt));
		board.hold(() => board.window.satisfy(agreedAt));
	}
	async #keepsUp(ratePerSecond) {
		const { board } = this.#level;
		const isOver = () => !Number.isNaN(board.values.outstandingAfter);
		const marks = await this.#gatherStandings(isOver, () => isOver() ? { queue: readQueue(board, ratePerSecond / this.#ports.meeting.shard.count) } : {});
		if (marks === null) return false;
		if (!isQueueGrowing(addQueues(marks.flatMap(({ value }) => value.queue ?? [])))) return true;
		this.#stop("overloaded");
		return false;
	}
	async #agree(isReady) {
		const marks = await this.#gatherStandings(isReady);
		return marks === null ? null : this.#ports.meeting.toClock(Math.max(...marks.map(({ at }) => at)));
	}
	async #gatherStandings(isReady, more = () => ({})) {
		const { board, stopping } = this.#level;
		const { marks, ended } = await this.#ports.meeting.holdRound(MARKS.standing, () => ({
			stopped: board.stopped ?? (stopping.aborted ? "failing" : null),
			...more()
		}), {
			isReady: () => stopping.aborted || board.stopped !== null || isReady(),
			isEnd: ({ stopped }) => stopped !== null
		});
		if (ended !== null) this.#stop(ended.value.stopped);
		return ended === null ? marks : null;
	}
	#stop(why) {
		const { board, onStopped } = this.#level;
		board.hold(() => board.stop(why));
		onStopped();
	}
	#checkInTime(at) {
		const { meeting, clock } = this.#ports;
		if (clock.now() > at) throw describeLate(meeting, clock.now() - at);
	}
};
function describeLate({ shard }, lateMs) {
	return new EndpointError(`shard ${renderShard(shard)} heard of a window ${Math.ceil(lateMs)} ms after it had begun or ended`, {
		tried: "to measure a level together with the other shards",
		remedy: "the rendezvous has become slower than it was at the start; use one that is nearer, or start again"
	});
}
// src/shards/measure-shard.ts
var measure_shard_exports = /* @__PURE__ */ __exportAll({ measureShard: () => measureShard });
async function measureShard(settings, shard, ports) {
	return joinOthers(settings, shard, ports, async (met) => met.measure(met.planned));
}
async function followFirstShard(settings, shard, ports, hand) {
	await joinOthers(settings, shard, ports, async (met) => {
		await measureAndHand(met, met.planned, "first", hand);
		const order = await met.agreeOnSecondLook(null);
		if (order === null) return;
		await measureAndHand(met, {
			...met.planned,
			startedAt: ports.wallClock(),
			startAt: ports.clock.now(),
			findings: [],
			plan: planAgain(settings, met, order)
		}, "second", hand);
	});
}
function leadShards(shard, ports, hand) {
	let met = null;
	let sweep = null;
	return {
		async measure(settings, planned) {
			if (met === null) {
				met = await meetShards(settings, shard, planned, ports);
				sweep = "first";
				await measureAndHand(met, met.planned, sweep, hand);
				return sweep;
			}
			sweep = "second";
			const order = {
				levels: planned.plan.ladder.levels,
				passes: settings.confirm
			};
			await met.agreeOnSecondLook(order);
			await measureAndHand(met, {
				...planned,
				plan: planAgain(settings, met, order)
			}, sweep, hand);
			return sweep;
		},
		async end(error) {
			if (error !== void 0) await met?.leave(error);
			else if (sweep === "first") await met?.agreeOnSecondLook(null);
		}
	};
}
function planAgain(settings, { planned }, { levels, passes }) {
	const known = levels.map((level) => ({
		level,
		latencyMs: null
	}));
	return planSecondLook({
		...settings,
		confirm: passes
	}, {
		lone: planned.found.lone,
		control: null
	}, known);
}
async function measureAndHand(met, planned, sweep, hand) {
	await hand(await met.measure(planned), sweep);
	await met.gather();
}
async function joinOthers(settings, shard, ports, work) {
	const met = await meetShards(settings, shard, await planRun(setReadingsOff(settings), () => null, ports), ports);
	try {
		return await work(met);
	} catch (error) {
		await met.leave(error);
		throw error;
	}
}
const MOST_JOINING_MS = 18e5;
async function meetShards(given, shard, planned, ports) {
	const { signal, log } = ports;
	const settings = setReadingsOff(given);
	const place = settings.rendezvous.kind === "folder" ? openFolder(settings.rendezvous.folder) : openUrl(settings.rendezvous.url, connectionOf(settings), signal);
	log(`shard ${renderShard(shard)}: waiting for the others at ${place.where}`);
	const meeting = await openMeeting(shard, {
		...ports,
		place,
		timeoutMs: settings.rendezvousTimeoutMs
	});
	const leave = async (error) => meeting.leave(signal.aborted ? "it was interrupted" : error.message.split("\n")[0] ?? "");
	try {
		const { found } = planned;
		const model = settings.model ?? found.target.dialect.model;
		const measured = {
			series: seriesOfRun(settings, found),
			model,
			commit: ports.commit
		};
		const hidden = Object.entries(listTerms(settings, measured)).map(([term, text]) => [term, ports.redact(text)]);
		const terms = Object.fromEntries(hidden);
		const lone = await exchangeTerms(meeting, {
			terms,
			lone: found.lone
		});
		const clocks = await compareClocks(meeting);
		checkClocks(clocks, meeting);
		log(describeClocks(clocks, shard));
		const gather = async () => void await meeting.holdRound(MARKS.nothing, () => null);
		return {
			planned: {
				...planned,
				found: {
					...found,
					lone
				},
				plan: planLevels(settings, {
					...found,
					lone
				})
			},
			async measure(what) {
				const steer = await startTogether(meeting, ports.clock, clocks.leadMs);
				const run = await measureRun(settings, what, {
					...ports,
					steer
				});
				if (run.error !== null) throw run.error;
				if (signal.aborted) throw describeInterrupt();
				await gather();
				return {
					header: {
						shard,
						meeting: meeting.id,
						terms,
						clock: clocks.own,
						report: ports.redactReport(run.report),
						options: levelOptionsOf(settings, what.found),
						decidedBy: settings.decidedBy
					},
					levels: steer.levels
				};
			},
			gather,
			async agreeOnSecondLook(order) {
				const { marks } = await meeting.holdRound(MARKS.secondLook, () => order, { timeoutMs: MOST_JOINING_MS });
				return marks[0].value;
			},
			leave
		};
	} catch (error) {
		await leave(error);
		throw error;
	}
}
function setReadingsOff(settings) {
	return {
		...settings,
		serverMetrics: "off"
	};
}
function describeInterrupt() {
	return new EndpointError("interrupted", {
		tried: "to measure a share of a run",
		remedy: "start all shards again"
	});
}
function connectionOf(settings) {
	return {
		...buildConnectionOptions(settings),
		clientPem: null,
		insecure: false
	};
}
async function exchangeTerms(meeting, own) {
	const { count } = meeting.shard;
	const { marks } = await meeting.holdRound(MARKS.introduction, () => own);
	for (const [i, { value }] of marks.entries()) {
		const why = findOtherTerm(own.terms, value.terms);
		if (why === null) continue;
		const message = `shard ${renderShard({
			number: i + 1,
			count
		})} ${escapeForTerminal(why, 400)}; give all shards the same`;
		throw new SettingsError([{
			setting: "shard",
			given: renderShard(meeting.shard),
			message
		}]);
	}
	return marks[0].value.lone;
}
function checkClocks({ all }, { shard }) {
	const problems = all.flatMap((clock, i) => {
		const why = findClockProblem(clock);
		if (why === null) return [];
		const message = `shard ${renderShard({
			number: i + 1,
			count: shard.count
		})} ${why}`;
		return [{
			setting: "shard",
			given: renderShard(shard),
			message
		}];
	});
	if (problems.length > 0) throw new SettingsError(problems);
}
function describeClocks({ own: { offsetMs, withinMs }, leadMs }, { number }) {
	const lead = `each moment is agreed on ${Math.ceil(leadMs)} ms before it comes`;
	if (number === 1) return `all shards are there; ${lead}`;
	const way = offsetMs < 0 ? "behind" : "ahead of";
	return `all shards are there; this clock is ${Math.abs(offsetMs).toFixed(1)} ms ${way} that of shard 1, give or take ${withinMs.toFixed(1)} ms; ${lead}`;
}
// src/shell/measure-shards.ts
var measure_shards_exports = /* @__PURE__ */ __exportAll({
	encodeShard: () => encodeShard,
	openShardPorts: () => openShardPorts
});
async function measureForFirst(settings, shard, hooks, exchange, system) {
	await followFirstShard(settings, shard, openShardPorts(settings, hooks, system), handOver(exchange, hooks.redact));
}
async function measureAsFirst(settings, shard, hooks, exchange, system) {
	const leading = leadShards(shard, openShardPorts(settings, hooks, system), handOver(exchange, hooks.redact));
	const measureRun = async (own, planned) => {
		const parts = openParts(await exchange.fetchAll(await leading.measure(own, planned)));
		for (const part of parts) hooks.log(describePart(part));
		const { report, records } = joinParts(parts);
		return {
			report: addLimits(report, own.limits),
			records,
			error: null,
			control: null,
			controlTrouble: null
		};
	};
	try {
		const result = await measure(setReadingsOff(settings), hooks, system, { measureRun });
		await leading.end();
		return result;
	} catch (error) {
		await leading.end(error);
		throw error;
	}
}
function handOver({ hand, strip }, redact) {
	return async (part, sweep) => hand(sweep, encodeShard(strip === null ? part : stripPart(part, strip), redact));
}
function stripPart({ header, levels }, strip) {
	const { endpoint: _, ...terms } = header.terms;
	return {
		header: {
			...header,
			terms,
			report: strip(header.report)
		},
		levels
	};
}
function openShardPorts(settings, hooks, system) {
	const { redact, hide, signal, log, commit, awaitsLocalServer } = hooks;
	return {
		...system,
		...tellSweep(settings, hooks, system),
		commit,
		signal,
		log,
		hide,
		...awaitsLocalServer !== void 0 && { awaitsLocalServer },
		redact,
		redactReport: (report) => redactReport(report, redact)
	};
}
function encodeShard({ header, levels }, redact) {
	const hideInShare = ({ tally, health }) => {
		const { records, gateway, failureWords } = tally;
		return {
			health,
			tally: {
				...tally,
				records: mapTexts(records, redact),
				gateway: {
					...gateway,
					names: gateway.names.map(redact)
				},
				failureWords: Object.fromEntries(Object.entries(failureWords).map(([name, words]) => [name, redact(words)]))
			}
		};
	};
	return encodePart(header, levels.map(({ frame, shares }) => ({
		frame,
		shares: shares.map(hideInShare)
	})));
}
function openParts(paths) {
	const opened = [];
	const problems = [];
	for (const path of paths) try {
		opened.push({
			path,
			part: openPart(openBytes(path))
		});
	} catch (error) {
		if (!(error instanceof PartError)) throw error;
		problems.push({
			setting: "part",
			given: showValue(path),
			message: error.message
		});
	}
	const among = problems.length > 0 ? [] : findPartProblems(opened.map(({ path, part }) => ({
		from: path,
		header: part.header
	})));
	problems.push(...among.map(({ from, message }) => ({
		setting: "part",
		given: from,
		message
	})));
	if (problems.length > 0) throw new SettingsError(problems);
	return opened.map(({ part }) => part);
}
function openBytes(path) {
	return {
		size: readFrom(path, (file) => fstatSync(file).size),
		read: (offset, into) => readFrom(path, (file) => readFully(file, offset, into))
	};
}
function readFrom(path, read) {
	let file = null;
	try {
		file = openSync(path, "r");
		if (!fstatSync(file).isFile()) throw new PartError("is no file; name the parts");
		return read(file);
	} catch (error) {
		if (error instanceof PartError) throw error;
		throw new PartError(explainUnreadable(error), { cause: error });
	} finally {
		if (file !== null) closeSync(file);
	}
}
function readFully(file, offset, into) {
	for (let read = 0; read < into.length;) {
		const more = readSync(file, into, read, into.length - read, offset + read);
		if (more === 0) throw new PartError("became shorter while it was read; is it still being written?");
		read += more;
	}
}
function describePart({ header: { shard, clock, levels } }) {
	const shares = levels.flatMap((level) => level.shares);
	const requests = shares.reduce((sum, { records }) => sum + records, 0);
	const busiest = Math.max(0, ...shares.map(({ health }) => health?.eventLoopUtilization ?? 0));
	const ahead = `${clock.offsetMs < 0 ? "\u2212" : "+"}${Math.abs(clock.offsetMs).toFixed(1)} \u00B1 ${clock.withinMs.toFixed(1)} ms`;
	return `shard ${renderShard(shard)}: ${requests} requests, client busy for ${Math.round(100 * busiest)} % at most, clock ${ahead}`;
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
	return segment === void 0 ? null : decodePercent(segment);
}
// src/simulator/wires/read-body.ts
function parseBody(text) {
	const json = parseJson(text);
	if (json === void 0) throw new Refused("Bad request: the body is not JSON");
	const body = asObject(json);
	if (body === null) throw new Refused("Bad request: the body must be a JSON object");
	return body;
}
function completeRequest(asked) {
	return {
		model: null,
		images: [],
		minTokens: 0,
		ignoreEos: false,
		usesCache: true,
		cacheSalt: "",
		reasons: false,
		...asked
	};
}
function readModel$1(body) {
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
function listParts(messages, parts = "content") {
	return (asArray(messages) ?? []).flatMap((message) => asArray(asObject(message)?.[parts]) ?? []).map(asObject).filter((part) => part !== null);
}
function readImageUrls(messages) {
	return listParts(messages).flatMap(({ image_url: given }) => {
		if (given === void 0) return [];
		const url = asText(given) ?? asText(asObject(given)?.["url"]) ?? "";
		const at = /^data:image\/[a-z]+;base64,/.exec(url)?.[0].length;
		if (at === void 0) throw new Refused("image_url must be a data URL with an image; nothing is fetched from elsewhere");
		return [url.slice(at)];
	});
}
function readTexts(body, field) {
	const value = body[field];
	const texts = Array.isArray(value) && !isTokens(value) ? value.map(readPromptText) : [readPromptText(value)];
	if (texts.length === 0 || texts.includes(null)) throw new Refused(`${field} must be a text or a list of texts`);
	return texts;
}
function readPromptText(value) {
	if (typeof value === "string") return value;
	return Array.isArray(value) && isTokens(value) ? value.join(" ") : null;
}
function isTokens(value) {
	return value.length > 0 && value.every((item) => typeof item === "number");
}
function readTask$1(body) {
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
	if (!Object.hasOwn(FAULT_KINDS, kind)) throw new ValueError(`must name a fault, one of ${listAllowed(kind, Object.keys(FAULT_KINDS))}`);
	const known = FAULT_KINDS[kind];
	if (rest.length > 0 && known.argument === null) throw new ValueError(`must give ${kind} no argument`);
	const argument = rest.length > 0 ? rest.join("=") : known.default ?? "";
	if (known.argument === "duration") readDuration()(argument);
	if (known.argument === "status") readCount$1({
		min: 200,
		max: 599
	})(argument);
	if (known.argument === "count") readCount$1()(argument);
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
			every: readCount$1()(every[1])
		};
	});
}
function readFaultDurationMs(fault) {
	return readDuration()(fault.argument);
}
function createFaultPicker(rules, random) {
	let requests = 0;
	return () => {
		requests++;
		return rules.filter(({ share, every }) => every === null ? random() < share : requests % every === 0)[0]?.fault ?? null;
	};
}
const TOO_LARGE = {
	status: 413,
	message: "Request body too large",
	headers: { connection: "close" }
};
function refuseByFault(fault, { words }, body) {
	const retryAfter = () => ({ "retry-after": Math.ceil(readFaultDurationMs(fault) / 1e3) });
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
		case "413": return TOO_LARGE;
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
	if (match === null) {
		const suggestion = suggestName(word, Object.keys(proofs));
		const rest = suggestion === null ? "" : `; ${suggestion}`;
		throw new ValueError(`must be one of ${Object.keys(proofs).join(", ")} or header:<name>${rest}`);
	}
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
// src/simulator/servers.ts
const OPENAI = [
	"openai-chat",
	"openai-completions",
	"openai-embeddings",
	"openai-responses"
];
const SERVERS = {
	vllm: defineServer({
		apis: [
			...OPENAI,
			"openai-rerank",
			"openai-score"
		],
		metrics: renderVllmMetrics,
		headers: { server: "uvicorn" },
		pages: {
			"GET /health": answerHealth,
			"GET /ping": answerHealth,
			"GET /version": () => writeJsonPage({ version: "0.11.0" }),
			"GET /v1/models": listModels("vllm", ({ model, contextTokens }, adapter) => ({
				root: adapter ?? model,
				parent: adapter === null ? null : model,
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
		notFound: writeJsonPage({ error: {
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
		notFound: writeJsonPage({ error: {
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
		"GET /health": ({ ready }) => ready ? writeJsonPage({ status: "ok" }) : writeJsonPage({ error: {
			message: "Loading model",
			code: 503
		} }, 503),
		"GET /version": () => writeJsonPage({
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
		notFound: writeJsonPage({ detail: "Not Found" }, 404),
		...given
	};
}
function servesApi({ apis, isAzure }, api, path) {
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
		const list = (id, adapter) => ({
			id,
			object: "model",
			created: MODEL_CREATED,
			owned_by: owner,
			...more(state, adapter)
		});
		return writeJsonPage({
			object: "list",
			data: [list(state.model, null), ...state.adapters.map((name) => list(name, name))]
		});
	};
}
function listAzureModels({ model }) {
	return writeJsonPage({
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
	return writeTextPage("", ready ? 200 : 503);
}
function writeJsonPage(value, status = 200) {
	return {
		status,
		type: "application/json",
		body: JSON.stringify(value)
	};
}
function writeTextPage(body, status = 200) {
	return {
		status,
		type: "text/plain; charset=utf-8",
		body
	};
}
function writePrometheusPage(body) {
	return {
		status: 200,
		type: "text/plain; version=0.0.4; charset=utf-8",
		body
	};
}
const METRICS = { vllm: renderVllmMetrics };
const CACHE_HELP = "KV-cache usage. 1 means 100 percent usage. Simulated: the share of slots that are taken.";
function renderVllmMetrics(state) {
	const { totals, model } = state;
	const page = createPrometheusText({
		model_name: model,
		engine: "0"
	});
	addLoad(page, "vllm:", state);
	page.gauge("vllm:gpu_cache_usage_perc", `DEPRECATED: use vllm:kv_cache_usage_perc. ${CACHE_HELP}`, computeSlotUsage(state));
	page.gauge("vllm:kv_cache_usage_perc", CACHE_HELP, computeSlotUsage(state));
	page.counter("vllm:prefix_cache_queries_total", "Prefix cache queries, in tokens.", totals.promptTokens);
	page.counter("vllm:prefix_cache_hits_total", "Prefix cache hits, in tokens.", totals.cachedTokens);
	page.counter("vllm:gpu_prefix_cache_queries_total", "DEPRECATED: prefix cache queries.", totals.promptTokens);
	page.counter("vllm:gpu_prefix_cache_hits_total", "DEPRECATED: prefix cache hits.", totals.cachedTokens);
	page.counter("vllm:num_preemptions_total", "Cumulative number of preemptions from the engine.", 0);
	addTokens(page, "vllm:", totals);
	addFinishedRequests(page, "vllm:", totals);
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
function addFinishedRequests(page, prefix, totals) {
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
function computeSlotUsage({ running, slots }) {
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
	function writeSample(name, labels, value) {
		const all = [...shared, ...listLabels(labels)].join(",");
		lines.push(`${name}${all === "" ? "" : `{${all}}`} ${value}`);
	}
	return {
		gauge(name, help, value) {
			describe(name, "gauge", help);
			writeSample(name, {}, value);
		},
		counter(name, help, value, labels = {}) {
			describe(name, "counter", help);
			writeSample(name, labels, value);
		},
		histogram(name, help, { bounds, counts, sum, count }, scale = 1) {
			describe(name, "histogram", help);
			let upTo = 0;
			bounds.forEach((bound, i) => {
				upTo += counts[i];
				writeSample(`${name}_bucket`, { le: formatBound(bound * scale) }, upTo);
			});
			writeSample(`${name}_bucket`, { le: "+Inf" }, count);
			writeSample(`${name}_sum`, {}, sum * scale);
			writeSample(`${name}_count`, {}, count);
		},
		get text() {
			return `${lines.join("\n")}\n`;
		}
	};
}
function listLabels(labels) {
	return Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel$1(text)}"`);
}
function formatBound(value) {
	return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
function escapeLabel$1(text) {
	return text.replaceAll("\\", String.raw`\\`).replaceAll("\"", String.raw`\"`).replaceAll("\n", String.raw`\n`);
}
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
	embeddings: "Embeddings",
	rerank: "Rerank (Score)",
	score: "Score"
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
function shareTaskMembers(task, fields) {
	return {
		words: OPENAI_WORDS,
		fields,
		taskOf: () => task,
		error: sayOpenAiError
	};
}
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
	function writeChunk(choices, usage) {
		return formatEvent(usage === void 0 ? {
			...named,
			choices
		} : {
			...named,
			choices,
			usage
		});
	}
	const opening = [...form.preface === void 0 ? [] : [formatEvent(form.preface)], ...form.opening === null ? [] : [writeChunk([form.opening], everywhere ? form.usageOf(0, false) : void 0)]].join("");
	const built = {
		reasoning: rememberByCount((count) => writeChunk([form.choice("reasoning", writeTokens$1(count))])),
		text: rememberByCount((count) => writeChunk([form.choice("text", writeTokens$1(count))]))
	};
	return {
		streamType: EVENT_STREAM,
		opening: opening === "" ? null : Buffer.from(opening),
		tokens(part, count, total) {
			return everywhere ? Buffer.from(writeChunk([form.choice(part, writeTokens$1(count))], form.usageOf(total, false))) : built[part](count);
		},
		closing(reason, total) {
			const finish = writeChunk([form.finish(reason)], atFinish ? form.usageOf(total, true) : void 0);
			return Buffer.from(finish + (apart ? writeChunk([], form.usageOf(total, true)) : "") + DONE);
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
	...shareTaskMembers("chat", () => CHAT_FIELDS),
	route: (url) => findOpenAiRoute(url, "/chat/completions", "chat"),
	read(body, route) {
		return completeRequest({
			task: "chat",
			model: route.model ?? readModel$1(body),
			stream: body["stream"] === true,
			texts: [readMessages(body)],
			images: readImageUrls(body["messages"]),
			...readLength(body),
			cacheSalt: typeof body["cache_salt"] === "string" ? body["cache_salt"] : "",
			reasons: true,
			answer: (facts) => createChatWriter(facts, readStreamOptions(body), route.form === "azure")
		});
	}
};
const openAiCompletionsWire = {
	api: "openai-completions",
	...shareTaskMembers("completions", () => COMPLETIONS_FIELDS),
	route: (url) => findOpenAiRoute(url, "/completions", "completions"),
	read(body, route) {
		return completeRequest({
			task: "completions",
			model: route.model ?? readModel$1(body),
			stream: body["stream"] === true,
			texts: readOnePrompt(body),
			...readLength(body),
			cacheSalt: typeof body["cache_salt"] === "string" ? body["cache_salt"] : "",
			answer: (facts) => createCompletionsWriter(facts, readStreamOptions(body))
		});
	}
};
const openAiEmbeddingsWire = {
	api: "openai-embeddings",
	...shareTaskMembers("embeddings", () => EMBEDDINGS_FIELDS),
	route: (url) => findOpenAiRoute(url, "/embeddings", "embeddings"),
	read: (body, route) => readEmbeddingsRequest(body, route.model)
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
	const buildChoice = (delta, finish = null) => ({
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
		opening: buildChoice({
			role: "assistant",
			content: ""
		}),
		...azure ? { preface: AZURE_PREFACE } : {},
		choice: (part, text) => buildChoice(part === "text" ? { content: text } : { [reasoningField]: text }),
		finish: (reason) => buildChoice({}, reason),
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
const buildCompletionChoice = (text, finish) => ({
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
	choice: (_, text) => buildCompletionChoice(text, null),
	finish: (reason) => buildCompletionChoice("", reason),
	answer: (_, text, reason) => buildCompletionChoice(text, reason)
};
function readEmbeddingsRequest(body, model) {
	const texts = readTexts(body, "input");
	const dimensions = readTokens(body, "dimensions");
	const base64 = body["encoding_format"] === "base64";
	return completeRequest({
		task: "embeddings",
		model: model ?? readModel$1(body),
		stream: false,
		texts,
		maxTokens: 1,
		answer: (facts) => createWholeWriter(() => buildEmbeddings(facts, texts.length, base64, dimensions))
	});
}
function buildEmbeddings(facts, count, base64, dimensions) {
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
	samplePath: "/serving-endpoints/simulated-model/invocations",
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
	fields: (_, task) => FIELDS$1[task] ?? {},
	taskOf: readTask$1,
	read(body, route, task) {
		if (task === "embeddings") return readEmbeddingsRequest(body, route.model);
		const chat = task === "chat";
		return completeRequest({
			task,
			model: route.form === "native" ? null : readModel$1(body),
			stream: body["stream"] === true,
			texts: chat ? [readMessages(body)] : readOnePrompt(body),
			images: readImageUrls(body["messages"]),
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
		...createChatForm(facts),
		...common,
		usageOf: shape === "arrays" ? writeArraysUsage(facts) : usageOf
	} : {
		...COMPLETIONS_FORM,
		...common,
		usageOf
	});
}
function createChatForm({ manners }) {
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
	const buildChoice = (content, finish) => ({
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
		choice: (part, text) => buildChoice(part === "reasoning" ? writeThought(text) : writeText(text), null),
		finish: (reason) => buildChoice("", reason),
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
function writeArraysUsage(facts) {
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
	const buildDelta = (content) => ({
		role: "assistant",
		content,
		id: `msg-${facts.id}`
	});
	const buildUsage = (total) => facts.manners.usage === "none" ? {} : { usage: countOpenAiUsage(facts, total) };
	const token = rememberByCount((count) => formatEvent({
		id,
		delta: buildDelta(writeTokens$1(count))
	}));
	return {
		streamType: EVENT_STREAM,
		opening: null,
		tokens: (_, count) => token(count),
		closing: (reason, total) => Buffer.from(formatEvent({
			id,
			delta: buildDelta(""),
			finish_reason: reason,
			...buildUsage(total)
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
				...buildUsage(total)
			}));
		}
	};
}
// src/simulator/databricks/databricks.ts
const PLATFORM_NAME = "Databricks";
const PLATFORM_SETTINGS = {
	chatShape: defineSetting({
		name: "databricks-shape",
		group: "Answers",
		help: `How ${PLATFORM_NAME} streams a chat: ${CHAT_SHAPES.join(", ")}`,
		placeholder: "SHAPE",
		default: CHAT_SHAPES[0],
		read: readChoice(CHAT_SHAPES)
	}),
	endpointPage: defineSetting({
		name: "endpoint-page",
		group: "Pages",
		help: `Members of the page of a ${PLATFORM_NAME} serving endpoint, merged into it; \`denied\` refuses the page`,
		placeholder: "JSON",
		default: "{}",
		read: readEndpointPage
	}),
	configUpdateAfter: defineSetting({
		name: "config-update-after",
		group: "Pages",
		help: `When the page of a ${PLATFORM_NAME} serving endpoint shows a change of configuration and then another version; \`none\`: never`,
		placeholder: "TIME",
		default: "none",
		read: allowNone(readDuration())
	}),
	clientId: defineSetting({
		name: "client-id",
		group: "Access",
		help: `Client that may fetch a token at \`/oidc/v1/token\`, which a ${PLATFORM_NAME} workspace has`,
		placeholder: "ID",
		default: null,
		read: readText
	})
};
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
		notFound: writeJsonPage({
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
				case "GET /oidc/.well-known/oauth-authorization-server": return writeJsonPage({ token_endpoint: `http://${headers["host"]?.[0] ?? ""}/oidc/v1/token` });
				default: return null;
			}
		},
		findPage(path, state, withMetrics) {
			if (!METRICS_PATH.test(path)) return showEndpoint(path, options, state);
			return withMetrics ? writePrometheusPage(renderEndpointMetrics(state, minutes.readLast(state.nowMs))) : null;
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
const MOST_TOKENS = 1e3;
function createTokenOffice({ clientId, clientSecret, tokenLifetimeMs }, identity, nowMs) {
	const expiresAt = /* @__PURE__ */ new Map();
	function issue() {
		const token = `simulated-${randomBytes(24).toString("base64url")}`;
		expiresAt.set(token, nowMs() + tokenLifetimeMs);
		if (expiresAt.size > MOST_TOKENS) expiresAt.delete(expiresAt.keys().next().value);
		return writeJsonPage({
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
	return writeJsonPage({
		error,
		error_description: description
	}, status);
}
const PAGE_PATH = /^\/api\/2\.0\/serving-endpoints(?:\/([^/]+))?$/;
function showEndpoint(path, options, state) {
	const match = PAGE_PATH.exec(path);
	if (match === null) return null;
	if (options.endpointPage === "denied") return writeJsonPage({
		error_code: "PERMISSION_DENIED",
		message: "You do not have permission to view this serving endpoint."
	}, 403);
	const name = decodeSegment(match[1]);
	const endpoint = mergeDeep(describeEndpoint(name ?? state.model, options, state), options.endpointPage);
	return writeJsonPage(name === null ? { endpoints: [endpoint] } : endpoint);
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
	if (Array.isArray(value) && Array.isArray(change)) return change.map((item, i) => mergeDeep(value[i], item));
	const [members, changed] = [asObject(value), asObject(change)];
	if (members === null || changed === null) return change;
	const both = Object.entries(changed).map(([key, item]) => [key, mergeDeep(members[key], item)]);
	return {
		...members,
		...Object.fromEntries(both)
	};
}
function readEndpointPage(text) {
	if (text.trim() === "denied") return "denied";
	const members = asObject(parseJson(text));
	if (members !== null) return members;
	throw new ValueError("must be denied or a JSON object, for example {\"task\":\"llm/v1/embeddings\"}");
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
	function startMinute(nowMs) {
		const now = Math.floor(nowMs / 6e4);
		if (now === minute) return;
		previous = now === minute + 1 ? current : NONE;
		current = { ...NONE };
		minute = now;
	}
	return {
		noteAnswer(status, nowMs) {
			startMinute(nowMs);
			current.all++;
			if (status >= 500) current.failed++;
			else if (status >= 400) current.refused++;
		},
		readLast(nowMs) {
			startMinute(nowMs);
			return previous;
		}
	};
}
// src/simulator/wires/openai-rank.ts
const openAiRerankWire = {
	api: "openai-rerank",
	...shareTaskMembers("rerank", () => RERANK_FIELDS),
	route: ({ pathname }) => /^(\/v[12])?\/rerank$/.test(pathname) ? RERANK_ROUTE : null,
	read(body) {
		const documents = readDocuments(body, "documents");
		const most = readTokens(body, "top_n", 0) || documents.length;
		return readPairs(body, "rerank", {
			query: body["query"],
			documents
		}, (facts) => ({
			id: `rerank-${facts.id}`,
			model: facts.model,
			usage: {
				prompt_tokens: facts.inputTokens,
				total_tokens: facts.inputTokens
			},
			results: rankDocuments(documents).slice(0, most).map(({ index, score }) => ({
				index,
				document: { text: documents[index] },
				relevance_score: score
			}))
		}));
	}
};
const openAiScoreWire = {
	api: "openai-score",
	...shareTaskMembers("score", () => SCORE_FIELDS),
	route: ({ pathname }) => /^(\/v1)?\/score$/.test(pathname) ? SCORE_ROUTE : null,
	read(body) {
		const documents = readDocuments(body, "text_2");
		return readPairs(body, "score", {
			query: body["text_1"],
			documents
		}, (facts) => ({
			id: `score-${facts.id}`,
			object: "list",
			created: facts.created,
			model: facts.model,
			data: documents.map((_, index) => ({
				index,
				object: "score",
				score: scoreOf(index)
			})),
			usage: countOpenAiUsage(facts, 0)
		}));
	}
};
const RERANK_ROUTE = {
	task: "rerank",
	model: null,
	stream: false,
	form: ""
};
const SCORE_ROUTE = {
	task: "score",
	model: null,
	stream: false,
	form: ""
};
function readPairs(body, task, { query, documents }, build) {
	const asked = asText(query);
	if (asked === null) throw new Refused(`${task === "rerank" ? "query" : "text_1"} must be a text`);
	return completeRequest({
		task,
		model: readModel$1(body),
		stream: false,
		texts: documents.map((document) => `${asked}\n${document}`),
		maxTokens: 1,
		answer: (facts) => createWholeWriter(() => build(facts))
	});
}
function readDocuments(body, field) {
	const given = body[field];
	const documents = (Array.isArray(given) ? given : [given]).map((entry) => asText(entry) ?? asText(asObject(entry)?.["text"]));
	if (documents.length === 0 || documents.includes(null)) throw new Refused(`missing field \`${field}\`, a list of texts`);
	return documents;
}
function rankDocuments(documents) {
	return documents.map((_, index) => ({
		index,
		score: scoreOf(index)
	})).sort((a, b) => b.score - a.score);
}
function scoreOf(index) {
	return Math.round(1e3 * Math.abs(Math.sin(index + 1))) / 1e3;
}
const POOLING = {
	...listFields("text", "model user request_id"),
	...listFields("whole", "truncate_prompt_tokens priority"),
	...listFields("flag", "softmax activation use_activation"),
	mm_processor_kwargs: "object"
};
const RERANK_FIELDS = {
	...POOLING,
	query: "text",
	documents: "list",
	top_n: "whole",
	return_documents: "flag"
};
const SCORE_FIELDS = {
	...POOLING,
	text_1: "text|list",
	text_2: "text|list"
};
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
	...shareTaskMembers("chat", () => FIELDS),
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
	read(body, route) {
		const maxTokens = readTokens(body, "max_output_tokens");
		return completeRequest({
			task: "chat",
			model: route.model ?? readModel$1(body),
			stream: body["stream"] === true,
			texts: [readInput(body)],
			images: readImageUrls(body["input"]),
			maxTokens: maxTokens ?? 256,
			ignoreEos: body["ignore_eos"] === true,
			cacheSalt: typeof body["cache_salt"] === "string" ? body["cache_salt"] : "",
			reasons: true,
			answer: (facts) => createResponsesWriter(facts, maxTokens)
		});
	}
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
	function writeEvent(type, members) {
		return formatEvent({
			type,
			sequence_number: sequence++,
			...members
		}, type);
	}
	function place(part) {
		const index = part === "text" && thinks ? 1 : 0;
		const where = {
			item_id: writeItemId(facts, part),
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
		return writeEvent("response.output_item.added", {
			output_index: items++,
			item: buildItem(facts, part, "", "in_progress")
		}) + writeEvent(NAMES[part].added, {
			...place(part),
			part: buildPiece(part, "")
		});
	}
	function stop() {
		if (open === null) return "";
		const part = open;
		const text = writeTokens$1(written);
		const finished = buildItem(facts, part, text, "completed");
		done.push(finished);
		open = null;
		return writeEvent(NAMES[part].textDone, {
			...place(part),
			text,
			...part === "text" ? { logprobs: [] } : {}
		}) + writeEvent(NAMES[part].done, {
			...place(part),
			part: buildPiece(part, text)
		}) + writeEvent("response.output_item.done", {
			output_index: items - 1,
			item: finished
		});
	}
	const begun = buildResponse(facts, maxTokens, {
		status: "in_progress",
		output: [],
		usage: null
	});
	return {
		streamType: EVENT_STREAM,
		opening: Buffer.from(writeEvent("response.created", { response: begun }) + writeEvent("response.in_progress", { response: begun })),
		tokens(part, count) {
			const before = open === part ? "" : stop() + start(part);
			written += count;
			const delta = {
				...place(part),
				delta: writeTokens$1(count),
				...part === "text" ? { logprobs: [] } : {}
			};
			return Buffer.from(before + writeEvent(NAMES[part].delta, delta));
		},
		closing(finish, total) {
			const rest = stop();
			const ended = buildResponse(facts, maxTokens, {
				...endOf(finish),
				output: done,
				usage: usageOf(facts, total)
			});
			return Buffer.from(rest + writeEvent(`response.${endOf(finish).status}`, { response: ended }));
		},
		error: (message) => Buffer.from(writeEvent("error", {
			code: "server_error",
			message,
			param: null
		})),
		whole(finish, total) {
			const output = buildParts(facts, total, (part, text) => buildItem(facts, part, text, "completed"));
			const ended = {
				...endOf(finish),
				output,
				usage: usageOf(facts, total)
			};
			return Buffer.from(JSON.stringify(buildResponse(facts, maxTokens, ended)));
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
function buildPiece(part, text) {
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
function writeItemId({ id }, part) {
	return `${part === "text" ? "msg" : "rs"}_${formatHex(id, 48)}`;
}
function buildItem(facts, part, text, status) {
	const id = writeItemId(facts, part);
	const pieces = text === "" && status === "in_progress" ? [] : [buildPiece(part, text)];
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
function buildResponse(facts, maxTokens, members) {
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
// src/simulator/repertoire.ts
const SHIPPED = {
	wires: [
		openAiChatWire,
		openAiCompletionsWire,
		openAiEmbeddingsWire,
		openAiRerankWire,
		openAiScoreWire,
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
// src/simulator/engine/engine.ts
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
	const state = createState({
		...ENGINE_DEFAULTS,
		...options
	}, observer);
	return {
		submit: (id, request) => submitRequest(state, id, request),
		cancel: (id) => cancelRequest(state, id),
		nextEventAt: () => findNextEvent(state),
		advanceTo: (at) => advanceState(state, at),
		get running() {
			return state.running.length;
		},
		get waiting() {
			return state.sequences.size - state.running.filter((s) => !s.cancelled && s.tokens < s.outputTokens).length;
		}
	};
}
function createState(model, observer) {
	const steps = seedRandom(`${model.seed}/steps`);
	return {
		model,
		observer,
		factors: createFactors(model),
		drawJitter: model.jitter === 0 ? () => 1 : () => toFactor(model.jitter, drawNormal(steps)),
		sequences: /* @__PURE__ */ new Map(),
		running: [],
		queue: [],
		queueHead: 0,
		admitted: [],
		prefilled: 0,
		stepEndsAt: null,
		boundaryAt: -Infinity,
		advancedTo: -Infinity,
		lastArrival: -Infinity,
		idleSince: null
	};
}
function submitRequest(state, id, { inputTokens, outputTokens, at }) {
	const { model, factors, sequences, queue } = state;
	if (sequences.has(id)) throw new Error(`request ${id} is already in the engine`);
	if (!(outputTokens >= 1)) throw new Error(`request ${id} asks for ${outputTokens} tokens; at least 1 is needed`);
	factors.noteRequest(at, state.idleSince);
	state.idleSince = null;
	const { prefill } = factors.at(at);
	const arrivesAt = Math.max(state.lastArrival, at + prefill * model.overheadMs);
	state.lastArrival = arrivesAt;
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
}
function cancelRequest(state, id) {
	const sequence = state.sequences.get(id);
	if (sequence === void 0) return false;
	sequence.cancelled = true;
	forgetSequence(state, id, state.advancedTo);
	const place = state.stepEndsAt === null ? state.running.indexOf(sequence) : -1;
	if (place >= 0) state.running.splice(place, 1);
	return true;
}
function findNextEvent(state) {
	if (state.stepEndsAt === null) {
		const start = findNextStart(state);
		if (start === null || start > state.advancedTo) return start;
		beginStep(state, start);
	}
	const { admitted, prefilled } = state;
	return prefilled < admitted.length ? admitted[prefilled].firstTokenAt : state.stepEndsAt;
}
function advanceState(state, at) {
	const events = [];
	for (;;) {
		if (state.stepEndsAt === null) {
			const start = findNextStart(state);
			if (start === null || start >= at) break;
			beginStep(state, start);
		}
		sendFirstTokens(state, at, events);
		if (state.stepEndsAt === null || state.stepEndsAt > at) break;
		endStep(state, state.stepEndsAt, events);
	}
	state.advancedTo = Math.max(state.advancedTo, at);
	return events;
}
function findNextStart(state) {
	const { queue, running, boundaryAt } = state;
	if (running.length > 0) return boundaryAt;
	while (state.queueHead < queue.length && queue[state.queueHead].cancelled) state.queueHead++;
	const first = queue[state.queueHead];
	return first === void 0 ? null : Math.max(boundaryAt, first.arrivesAt);
}
function beginStep(state, startsAt) {
	const { model, observer, factors, running } = state;
	const prefilledAt = admitWaiting(state, startsAt);
	let batch = 0;
	for (const sequence of running) if (sequence.outputTokens > 1) batch++;
	state.stepEndsAt = prefilledAt;
	if (batch === 0) return;
	observer?.noteStep(batch);
	const stepMs = factors.at(startsAt).decode * (model.decodeMs + model.decodeMsPerSequence * batch);
	state.stepEndsAt += stepMs * state.drawJitter();
}
function admitWaiting(state, startsAt) {
	const { model, observer, queue, running } = state;
	let at = startsAt;
	state.admitted = [];
	state.prefilled = 0;
	for (; state.queueHead < queue.length && running.length < model.slots; state.queueHead++) {
		const sequence = queue[state.queueHead];
		if (sequence.cancelled) continue;
		if (sequence.arrivesAt > startsAt) break;
		observer?.noteAdmission(sequence.id, at, at - sequence.arrivesAt);
		at += sequence.prefillMs * state.drawJitter();
		sequence.firstTokenAt = at;
		state.admitted.push(sequence);
		running.push(sequence);
	}
	if (state.queueHead > 1024 && state.queueHead * 2 > queue.length) {
		state.queue = queue.slice(state.queueHead);
		state.queueHead = 0;
	}
	return at;
}
function sendFirstTokens(state, at, events) {
	const { admitted } = state;
	for (; state.prefilled < admitted.length && admitted[state.prefilled].firstTokenAt <= at; state.prefilled++) {
		const sequence = admitted[state.prefilled];
		if (!sequence.cancelled) addToken(state, sequence, sequence.firstTokenAt, events);
	}
}
function endStep(state, at, events) {
	const { running } = state;
	let kept = 0;
	for (const sequence of running) {
		if (sequence.cancelled) continue;
		if (sequence.tokens < sequence.outputTokens) addToken(state, sequence, at, events);
		if (sequence.tokens < sequence.outputTokens) running[kept++] = sequence;
	}
	running.length = kept;
	state.boundaryAt = at;
	state.stepEndsAt = null;
}
function addToken(state, sequence, at, events) {
	sequence.tokens++;
	sequence.unsent++;
	const last = sequence.tokens === sequence.outputTokens;
	if (last) forgetSequence(state, sequence.id, at);
	if (!last && sequence.tokens > 1 && sequence.unsent < state.model.tokensPerChunk) return;
	sequence.unsent = 0;
	events.push({
		at,
		id: sequence.id,
		tokens: sequence.tokens,
		last
	});
}
function forgetSequence(state, id, at) {
	state.sequences.delete(id);
	if (state.sequences.size === 0) state.idleSince = at;
}
const HOUR_MS = 36e5;
const CORRELATION$1 = .5;
function createFactors(options) {
	const { runSeed, runSpread, runPauseMs, hourSpread, epochMs, seed } = options;
	const start = drawFactors(options.startSpread, seedRandom(`${runSeed}/start`));
	let runs = 0;
	let run = multiplyFactors(start, drawFactors(runSpread, seedRandom(`${runSeed}/run`)));
	let hour = NaN;
	let now = run;
	return {
		noteRequest(at, idleSince) {
			if (idleSince === null || at - idleSince < runPauseMs) return;
			run = multiplyFactors(start, drawFactors(runSpread, seedRandom(`${runSeed}/run ${++runs}`)));
			hour = NaN;
		},
		at(at) {
			const current = Math.floor((epochMs + at) / HOUR_MS);
			if (current !== hour) {
				hour = current;
				now = multiplyFactors(run, drawFactors(hourSpread, seedRandom(`${seed}/hour ${current}`)));
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
		prefill: toFactor(sd, CORRELATION$1 * decode + Math.sqrt(1 - CORRELATION$1 ** 2) * drawNormal(random)),
		decode: toFactor(sd, decode)
	};
}
function multiplyFactors(a, b) {
	return {
		prefill: a.prefill * b.prefill,
		decode: a.decode * b.decode
	};
}
// src/simulator/settings/options.ts
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
	adapters: [],
	adapterLoadMs: 500,
	task: null,
	tokensPerWord: 1,
	templateTokens: 8,
	imageTokens: null,
	contextTokens: 131072,
	earlyStop: 0,
	prefixCache: null,
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
// src/simulator/cost.ts
function countInput({ texts, images, task }, { templateTokens, tokensPerWord, imageTokens }) {
	const template = task === "chat" ? templateTokens : 0;
	const ofImages = images.length * (imageTokens ?? 0);
	return texts.reduce((sum, text) => sum + countPromptTokens(text, tokensPerWord, template), ofImages);
}
function countCached({ texts, usesCache, cacheSalt }, inputTokens, cache, { tokensPerWord }) {
	if (!usesCache) return 0;
	const words = texts.reduce((sum, text) => sum + cache.take(text, cacheSalt), 0);
	return Math.min(inputTokens - 1, Math.floor(words * tokensPerWord));
}
function keepAnswer({ texts, task, usesCache, cacheSalt }, { outputTokens, reasoningTokens }, cache) {
	if (!usesCache || !generatesTokens(task) || outputTokens === 0) return;
	const thoughts = " thought".repeat(Math.min(reasoningTokens, outputTokens - 1));
	cache.keep(texts[0] + thoughts + writeTokens$1(Math.max(0, outputTokens - 1 - reasoningTokens)), cacheSalt);
}
function chooseLength({ task, ignoreEos, minTokens, maxTokens }, fault, random, { earlyStop }) {
	const length = generatesTokens(task) && random() < earlyStop && !ignoreEos ? Math.max(minTokens, Math.ceil(random() * maxTokens)) : maxTokens;
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
const CACHE_DEFAULTS = {
	blockWords: 16,
	capacity: 65536
};
function createPrefixCache({ blockWords, capacity }) {
	const known = /* @__PURE__ */ new Set();
	function listBlocks(text, salt) {
		const words = text.split(/\s+/).filter((word) => word !== "");
		const blocks = [];
		let chain = salt;
		for (let end = blockWords; end <= words.length; end += blockWords) {
			chain = hashText(`${chain} ${words.slice(end - blockWords, end).join(" ")}`);
			blocks.push(chain);
		}
		return blocks;
	}
	function use(blocks) {
		for (const block of blocks.toReversed()) {
			known.delete(block);
			known.add(block);
		}
		for (const oldest of known) {
			if (known.size <= capacity) break;
			known.delete(oldest);
		}
	}
	return {
		take(text, salt = "") {
			const blocks = listBlocks(text, salt);
			const unknown = blocks.findIndex((block) => !known.has(block));
			use(blocks);
			return blockWords * (unknown === -1 ? blocks.length : unknown);
		},
		keep: (text, salt = "") => use(listBlocks(text, salt))
	};
}
function hashText(text) {
	let one = 2166136261;
	let two = 461845907;
	for (let i = 0; i < text.length; i++) {
		one = Math.imul(one ^ text.charCodeAt(i), 16777619);
		two = Math.imul(two ^ text.charCodeAt(i), 16777619);
	}
	return `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}`;
}
// src/simulator/settings/model-settings.ts
const group$1 = "Model";
const readModelTime = readDuration({ maxMs: 36e5 });
const MODEL_SETTINGS = {
	slots: defineSetting({
		name: "slots",
		group: group$1,
		help: "Sequences that decode together; more than that wait in a queue",
		placeholder: "N",
		default: String(ENGINE_DEFAULTS.slots),
		common: true,
		read: readCount$1({ max: 4096 })
	}),
	overhead: defineSetting({
		name: "overhead",
		group: group$1,
		help: "Fixed time before a request reaches the queue; it blocks nobody",
		placeholder: "TIME",
		default: `${ENGINE_DEFAULTS.overheadMs}ms`,
		read: readModelTime
	}),
	prefillPer1000Tokens: defineSetting({
		name: "prefill-per-1000-tokens",
		group: group$1,
		help: "Prefill time of 1000 input tokens; nobody decodes meanwhile",
		placeholder: "TIME",
		default: `${1e3 * ENGINE_DEFAULTS.prefillMsPerToken}ms`,
		common: true,
		read: readModelTime
	}),
	decode: defineSetting({
		name: "decode",
		group: group$1,
		help: "Time of a decode step, whatever the batch",
		placeholder: "TIME",
		default: `${ENGINE_DEFAULTS.decodeMs}ms`,
		common: true,
		read: readModelTime
	}),
	decodePerSequence: defineSetting({
		name: "decode-per-sequence",
		group: group$1,
		help: "Time that each sequence in the batch adds to a decode step",
		placeholder: "TIME",
		default: `${ENGINE_DEFAULTS.decodeMsPerSequence}ms`,
		common: true,
		read: readModelTime
	}),
	tokensPerChunk: defineSetting({
		name: "tokens-per-chunk",
		group: group$1,
		help: "Tokens in one event of a stream, after the first token",
		placeholder: "N",
		default: String(ENGINE_DEFAULTS.tokensPerChunk),
		read: readCount$1({ max: 1e3 })
	}),
	slowdown: defineSetting({
		name: "slowdown",
		group: group$1,
		help: "Factor on the times: one for all, or for example `tpot=1.2, ttft=1.1`",
		placeholder: "FACTOR",
		default: "1",
		common: true,
		read: readSlowdown
	}),
	jitter: defineSetting({
		name: "jitter",
		group: group$1,
		help: "Relative standard deviation of each prefill and each step",
		placeholder: "SHARE",
		default: "3%",
		read: readShare({ max: 2 })
	}),
	startSpread: defineSetting({
		name: "start-spread",
		group: group$1,
		help: "Relative standard deviation between two starts of the same simulator, in prefill and in decoding (correlation .5)",
		placeholder: "SHARE",
		default: "0%",
		read: readShare({ max: 2 })
	}),
	hourSpread: defineSetting({
		name: "hour-spread",
		group: group$1,
		help: "The same between two hours of the clock; simulators with the same `seed` have the same hours",
		placeholder: "SHARE",
		default: "0%",
		read: readShare({ max: 2 })
	}),
	runSpread: defineSetting({
		name: "run-spread",
		group: group$1,
		help: "The same between two runs, of one start too; a run ends with `run-pause`",
		placeholder: "SHARE",
		default: "0%",
		read: readShare({ max: 2 })
	}),
	runPause: defineSetting({
		name: "run-pause",
		group: group$1,
		help: "Time without any request after which the next request begins another run",
		placeholder: "TIME",
		default: "1m",
		read: readDuration()
	}),
	seed: defineSetting({
		name: "seed",
		group: group$1,
		help: "Seed of jitter, hours, faults and early stops",
		placeholder: "TEXT",
		default: SIMULATOR_DEFAULTS.seed,
		read: readText
	}),
	runSeed: defineSetting({
		name: "run-seed",
		group: group$1,
		help: "Seed of `start-spread` and `run-spread`; `random` draws a new one at each start",
		placeholder: "TEXT",
		default: "random",
		read: allowWord("random", readText)
	}),
	prefixCache: defineSetting({
		name: "prefix-cache",
		group: group$1,
		help: "Remember prompts and answers, skip the prefill of what is known and report `cached_tokens`",
		default: "false",
		...SWITCH
	}),
	prefixCacheBlocks: defineSetting({
		name: "prefix-cache-blocks",
		group: group$1,
		help: "Blocks that the prefix cache holds; the one that was used longest ago goes first",
		placeholder: "N",
		default: String(CACHE_DEFAULTS.capacity),
		read: readCount$1({ max: 1e7 })
	}),
	blockSize: defineSetting({
		name: "block-size",
		group: group$1,
		help: "Tokens in a block of the prefix cache; only whole blocks are remembered",
		placeholder: "N",
		default: String(CACHE_DEFAULTS.blockWords),
		read: readCount$1({ max: 1e5 })
	}),
	coldStart: defineSetting({
		name: "cold-start",
		group: group$1,
		help: "Answer 503 for this long after the start",
		placeholder: "TIME",
		default: "0s",
		read: readDuration()
	}),
	foreignLoad: defineSetting({
		name: "foreign-load",
		group: group$1,
		help: "Requests of somebody else that are always there; they take slots and time, and show in the metrics",
		placeholder: "N",
		default: "0",
		read: readCount$1({
			min: 0,
			max: 4096
		})
	})
};
function readSlowdown(text) {
	const wrong = new ValueError("must be a factor from 0.01 to 100, for example 1.2 or tpot=1.2, ttft=1.1");
	const parseFactor = (given) => {
		const value = parseDecimal(given);
		if (value === null || value < .01 || value > 100) throw wrong;
		return value;
	};
	if (!text.includes("=")) return {
		ttft: parseFactor(text),
		tpot: parseFactor(text)
	};
	const slowdown = {
		ttft: 1,
		tpot: 1
	};
	for (const part of text.split(",")) {
		const match = /^\s*(ttft|tpot)\s*=(.*)$/.exec(part);
		if (match === null) throw wrong;
		slowdown[match[1]] = parseFactor(match[2]);
	}
	return slowdown;
}
// src/simulator/settings/settings.ts
const SIMULATOR_SETTINGS = {
	...MODEL_SETTINGS,
	model: defineSetting({
		name: "model",
		group: "Answers",
		help: "Name of the model in answers",
		placeholder: "NAME",
		default: SIMULATOR_DEFAULTS.model,
		read: readText
	}),
	usage: defineSetting({
		name: "usage",
		group: "Answers",
		help: `Where a stream of OpenAI-like APIs and of ${PLATFORM_NAME} states its token counts: ${USAGE_PLACES.join(", ")}`,
		placeholder: "PLACE",
		default: SIMULATOR_DEFAULTS.usage,
		read: readChoice(USAGE_PLACES)
	}),
	reasoning: defineSetting({
		name: "reasoning",
		group: "Answers",
		help: "Reasoning tokens before the answer, of the tokens asked for, where the API has a place for them",
		placeholder: "N",
		default: "0",
		read: readCount$1({
			min: 0,
			max: 1e5
		})
	}),
	reasoningField: defineSetting({
		name: "reasoning-field",
		group: "Answers",
		help: `Where OpenAI-like chat puts reasoning: ${REASONING_FIELDS.join(", ")} (counted and never sent, by every API)`,
		placeholder: "NAME",
		default: SIMULATOR_DEFAULTS.reasoningField,
		read: readChoice(REASONING_FIELDS)
	}),
	chatShape: PLATFORM_SETTINGS.chatShape,
	strict: defineSetting({
		name: "strict",
		group: "Answers",
		help: `Refuse every field that the API does not document, and every field of a wrong type; ${PLATFORM_NAME} always does`,
		default: "false",
		...SWITCH
	}),
	checkModel: defineSetting({
		name: "check-model",
		group: "Answers",
		help: "Refuse requests for another model than `model`, as is always done where `adapters` are given",
		default: "false",
		...SWITCH
	}),
	adapters: defineSetting({
		name: "adapters",
		group: "Answers",
		help: "LoRA adapters of the model: names that requests may ask for and the list of models has, for example `law, code`",
		placeholder: "LIST",
		default: "none",
		read: allowNone((text) => readEach(splitList(text), readLine))
	}),
	adapterLoad: defineSetting({
		name: "adapter-load",
		group: "Answers",
		help: "Time to load an adapter when it is first asked for; only its own requests wait",
		placeholder: "TIME",
		default: `${SIMULATOR_DEFAULTS.adapterLoadMs}ms`,
		read: readDuration()
	}),
	task: defineSetting({
		name: "task",
		group: "Answers",
		help: `Serve one task only: ${TASKS.join(", ")}; \`all\` serves each`,
		placeholder: "TASK",
		default: "all",
		read: allowWord("all", readChoice(TASKS))
	}),
	contextTokens: defineSetting({
		name: "context-tokens",
		group: "Answers",
		help: "Input and output tokens that fit together; more are refused",
		placeholder: "N",
		default: String(SIMULATOR_DEFAULTS.contextTokens),
		read: readCount$1()
	}),
	tokensPerWord: defineSetting({
		name: "tokens-per-word",
		group: "Answers",
		help: "Input tokens that a word of a prompt counts for",
		placeholder: "N",
		default: String(SIMULATOR_DEFAULTS.tokensPerWord),
		read: readNumber$1({
			min: .1,
			max: 10
		})
	}),
	templateTokens: defineSetting({
		name: "template-tokens",
		group: "Answers",
		help: "Input tokens that the chat template adds",
		placeholder: "N",
		default: String(SIMULATOR_DEFAULTS.templateTokens),
		read: readCount$1({
			min: 0,
			max: 1e4
		})
	}),
	imageTokens: defineSetting({
		name: "image-tokens",
		group: "Answers",
		help: "Input tokens that an image of a chat counts for, and that take time to prefill; with `none` images are refused",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount$1({
			min: 0,
			max: 1e6
		}))
	}),
	earlyStop: defineSetting({
		name: "early-stop",
		group: "Answers",
		help: "Share of answers that end early, unless the request says `ignore_eos`",
		placeholder: "SHARE",
		default: "0%",
		read: readShare()
	}),
	fault: defineSetting({
		name: "fault",
		group: "Answers",
		help: "Faults, each on a share of requests or every Nth, else on all, for example `429@1%, stall=5s@every-50`: " + Object.keys(FAULT_KINDS).join(", "),
		placeholder: "LIST",
		default: "none",
		common: true,
		read: allowNone(readFaultRules)
	}),
	server: defineServerSetting(SHIPPED.servers),
	metrics: defineMetricsSetting(SHIPPED.metrics),
	endpointPage: PLATFORM_SETTINGS.endpointPage,
	configUpdateAfter: PLATFORM_SETTINGS.configUpdateAfter,
	port: defineSetting({
		name: "port",
		group: "Access",
		help: "Port on 127.0.0.1; 0 takes a free one",
		placeholder: "N",
		default: "8000",
		common: true,
		read: readCount$1({
			min: 0,
			max: 65535
		})
	}),
	auth: defineAuthSetting(SHIPPED.proofs),
	clientId: PLATFORM_SETTINGS.clientId,
	clientSecret: defineSetting({
		name: "client-secret",
		group: "Access",
		help: "Its secret",
		placeholder: "SECRET",
		default: null,
		secret: true,
		read: readText
	}),
	tokenLifetime: defineSetting({
		name: "token-lifetime",
		group: "Access",
		help: "How long a fetched token holds",
		placeholder: "TIME",
		default: "1h",
		read: readDuration()
	}),
	bodyLimit: defineSetting({
		name: "body-limit",
		group: "Access",
		help: "Bytes of a request body; larger ones are refused with 413",
		placeholder: "N",
		default: String(SIMULATOR_DEFAULTS.bodyLimitBytes),
		read: readCount$1()
	}),
	apiKey: defineSetting({
		name: "api-key",
		group: "Access",
		help: "Key that requests must carry; `user:password` with `auth: basic`",
		placeholder: "KEY",
		default: null,
		secret: true,
		read: readText
	}),
	requestsPerMinute: defineSetting({
		name: "requests-per-minute",
		group: "Access",
		help: "Rate limit, with headers that state it; `none` for no limit",
		placeholder: "N",
		default: "none",
		read: allowNone(readCount$1())
	}),
	logStamps: defineSetting({
		name: "log-stamps",
		group: "Access",
		help: "Keep the send time of every event for `GET /simulator/log`",
		default: "false",
		...SWITCH
	})
};
function defineServerSetting(servers) {
	const names = Object.keys(servers);
	return defineSetting({
		name: "server",
		group: "Pages",
		help: `Server that is played, with its pages and APIs and no others: ${names.join(", ")}; \`none\` has the APIs of all these`,
		placeholder: "NAME",
		default: "none",
		common: true,
		read: allowNone((text) => servers[readChoice(names)(text)])
	});
}
function defineMetricsSetting(metrics) {
	const names = [...Object.keys(metrics), "none"];
	return defineSetting({
		name: "metrics",
		group: "Pages",
		help: `Whose metrics \`GET /metrics\` shows: ${names.join(", ")}; \`auto\`: those of the server`,
		placeholder: "NAME",
		default: "auto",
		read: allowWord("auto", (text) => metrics[readChoice(names)(text)] ?? "none")
	});
}
function defineAuthSetting(proofs) {
	return defineSetting({
		name: "auth",
		group: "Access",
		help: `How requests must prove who asks: ${Object.keys(proofs).join(", ")}, header:<name>; \`auto\`: as each API wants it`,
		placeholder: "FORM",
		default: "auto",
		read: allowWord("auto", (text) => readProof(text, proofs))
	});
}
function defineSimulatorSettings({ servers, metrics, proofs }) {
	return {
		...SIMULATOR_SETTINGS,
		server: defineServerSetting(servers),
		metrics: defineMetricsSetting(metrics),
		auth: defineAuthSetting(proofs)
	};
}
function toCacheSize({ prefixCache, prefixCacheBlocks, blockSize, tokensPerWord }) {
	if (!prefixCache) return null;
	return {
		blockWords: Math.max(1, Math.round(blockSize / tokensPerWord)),
		capacity: prefixCacheBlocks
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
		adapters: values.adapters ?? [],
		adapterLoadMs: values.adapterLoad,
		task: values.task === "all" ? null : values.task,
		contextTokens: values.contextTokens,
		tokensPerWord: values.tokensPerWord,
		templateTokens: values.templateTokens,
		imageTokens: values.imageTokens,
		earlyStop: values.earlyStop,
		prefixCache: toCacheSize(values),
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
	return body === null ? TOO_LARGE : null;
}
function admitRequest({ wire, route }, headers, text, rules) {
	const { words } = wire;
	const body = parseBody(text);
	const task = route.task ?? rules.onlyTask ?? wire.taskOf(body);
	if (rules.strict) {
		const problem = wire.headerProblem?.(headers) ?? null;
		if (problem !== null) throw new Refused(problem);
	}
	if (rules.strict || wire.alwaysStrict === true) {
		const problem = findFieldProblem(body, wire.fields(route, task));
		if (problem !== null) {
			const { path, expected } = problem;
			throw new Refused(expected === null ? words.unknownField(path) : words.wrongType(path, expected), words.badBody);
		}
	}
	const request = wire.read(body, route, task);
	if (rules.onlyModels !== null && request.model !== null && !rules.onlyModels.includes(request.model)) throw toRefused(words.noModel(request.model, route));
	if (rules.onlyTask !== null && task !== rules.onlyTask) throw toRefused(words.wrongTask(task, rules.model));
	if (request.images.length > 0 && !rules.takesImages) throw new Refused(`${rules.model} is not a multimodal model`, words.badBody);
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
function createAdapterLoads(names, loadMs) {
	const loadedAt = /* @__PURE__ */ new Map();
	return { wait(model, nowMs) {
		if (model === null || !names.includes(model)) return 0;
		const at = loadedAt.get(model) ?? nowMs + loadMs;
		loadedAt.set(model, at);
		return Math.max(0, at - nowMs);
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
function applyFault(outlet, fault, isEvents, clock) {
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
		case "comments": return isEvents ? commentUntilAnswer(outlet, readFaultDurationMs(fault), clock) : {
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
function changePieces(outlet, change) {
	return {
		write: (bytes) => outlet.write(change(bytes)),
		end: (bytes) => outlet.end(change(bytes)),
		writeAsOne: (work) => outlet.writeAsOne(work)
	};
}
function interruptOnce(outlet) {
	let pieces = 0;
	return changePieces(outlet, (bytes) => pieces++ === 1 ? Buffer.concat([UNKNOWN_EVENT, bytes]) : bytes);
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
	return changePieces(outlet, (bytes) => Buffer.concat([Buffer.from(`${id === 0 ? "retry: 3000\n" : ""}id: ${++id}\n`), bytes]));
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
		outlet: changePieces(outlet, (bytes) => {
			stop();
			return bytes;
		})
	};
}
// src/simulator/answer.ts
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
function startAnswer(response, options) {
	const { fault, clock } = options;
	const answer = createAnswer(response, options);
	response.on("close", () => finishAnswer(answer, "cancelled"));
	response.on("error", () => finishAnswer(answer, "cancelled"));
	if (fault?.kind === "slow-headers") holdAnswer(answer, readFaultDurationMs(fault));
	if (fault?.kind === "buffer") answer.held = [];
	performAction(answer, () => writeHead(answer));
	if (fault?.kind === "slow-start" && answer.stream) {
		performAction(answer, () => writeOpening(answer));
		holdAnswer(answer, readFaultDurationMs(fault));
	}
	return (event) => {
		if (answer.stream) performAction(answer, () => writeEvent(answer, event));
		else {
			answer.beganAtMs ??= clock.now();
			if (event.last) performAction(answer, () => writeWhole(answer, event));
		}
		if (fault?.kind === "buffer" && event.last) answer.disturbance.outlet.writeAsOne(() => releaseAnswer(answer));
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
		disturbance: applyFault(createOutlet(response, fault?.kind === "gzip"), fault, isEvents, clock),
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
function writeHead({ response, options, stream, disturbance }) {
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
function writeOpening(answer) {
	const { opening } = answer.options.writer;
	if (opening !== null && !answer.isOpen) answer.disturbance.outlet.write(opening);
	answer.isOpen = true;
}
function writeEvent(answer, event) {
	const { writer, fault, finishReason, outputTokens } = answer.options;
	writeOpening(answer);
	if (fault?.kind === "empty") return endAnswer(answer, writer.closing("stop", 0, readTimeSoFar(answer)));
	const bytes = writeTokens(answer, event);
	answer.written = event.tokens;
	if (bytes !== null) {
		stampTokens(answer);
		answer.disturbance.outlet.write(bytes);
	}
	if (event.tokens >= Math.ceil(outputTokens / 2) || event.last) makeTrouble(answer, () => writer.error(FAILURE));
	if (!event.last) return;
	if (fault?.kind === "late-usage") performAction(answer, () => holdAnswer(answer, readFaultDurationMs(fault)));
	performAction(answer, () => endAnswer(answer, writer.closing(finishReason, event.tokens, readTimeSoFar(answer))));
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
	performAction(answer, () => {
		const isEmpty = fault?.kind === "empty";
		const bytes = writer.whole(isEmpty ? "stop" : finishReason, isEmpty ? 0 : event.tokens, readTimeSoFar(answer));
		if (!isEmpty) {
			answer.written = event.tokens;
			stampTokens(answer);
		}
		endAnswer(answer, bytes);
	});
}
const FAILURE = "simulated failure of the engine";
function makeTrouble(answer, error) {
	const { response, trouble, stream, options } = answer;
	answer.trouble = null;
	switch (trouble) {
		case null: return;
		case "stall": return holdAnswer(answer, readFaultDurationMs(options.fault));
		case "error-event": return endAnswer(answer, error(), "broken");
		case "long-line":
			finishAnswer(answer, "broken");
			return writeEndlessly(response);
		case "close":
			finishAnswer(answer, "broken");
			answer.disturbance.outlet.write(Buffer.from(stream ? "" : "{\"id\":"));
			response.destroy();
	}
}
function performAction(answer, action) {
	if (answer.hasEnded) return;
	if (answer.held === null) action();
	else answer.held.push(action);
}
function holdAnswer(answer, ms) {
	answer.held ??= [];
	answer.stopWaiting = answer.options.clock.after(ms, () => releaseAnswer(answer));
}
function releaseAnswer(answer) {
	const actions = answer.held ?? [];
	answer.held = null;
	for (const action of actions) performAction(answer, action);
}
function stampTokens(answer) {
	const now = answer.options.clock.now();
	answer.firstTokenAtMs ??= now;
	answer.lastTokenAtMs = now;
	answer.stamps?.push(now);
	answer.tokenEvents++;
}
function readTimeSoFar({ options, firstTokenAtMs, beganAtMs, lastTokenAtMs }) {
	const now = options.clock.now();
	const first = firstTokenAtMs ?? beganAtMs ?? now;
	return {
		prefillMs: first - options.receivedAtMs,
		decodeMs: (lastTokenAtMs ?? now) - first,
		totalMs: now - options.receivedAtMs
	};
}
function endAnswer(answer, bytes, outcome = "ok") {
	finishAnswer(answer, outcome);
	answer.disturbance.outlet.end(bytes);
}
function finishAnswer(answer, outcome) {
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
// src/simulator/tally.ts
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
	const totals = createTotals();
	const running = /* @__PURE__ */ new Map();
	return {
		totals,
		noteArrival(id, request) {
			totals.received++;
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
			totals.steps++;
			totals.steppedSequences += batch;
		},
		noteTokens({ id, tokens, last }, nowMs) {
			const request = running.get(id);
			if (request === void 0) return;
			const fresh = tokens - request.tokens;
			if (request.tokens === 0) noteFirstToken(totals, request, nowMs);
			else {
				const seconds = (nowMs - request.lastAtMs) / 1e3 / fresh;
				for (let i = 0; i < fresh; i++) totals.interToken.observe(seconds);
			}
			if (request.generates) totals.generatedTokens += fresh;
			request.lastAtMs = nowMs;
			request.tokens = tokens;
			if (!last) return;
			running.delete(id);
			noteLastToken(totals, request);
		},
		noteDeparture(id) {
			if (running.delete(id)) totals.finished.abort++;
		}
	};
}
function createTotals() {
	return {
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
		outputTokens: createHistogram(TOKENS),
		finished: {
			stop: 0,
			length: 0,
			abort: 0
		},
		promptTokens: 0,
		cachedTokens: 0,
		generatedTokens: 0,
		received: 0,
		steps: 0,
		steppedSequences: 0
	};
}
function noteFirstToken(totals, request, nowMs) {
	request.firstAtMs = nowMs;
	totals.promptTokens += request.inputTokens;
	totals.cachedTokens += request.cachedTokens;
	if (request.generates) totals.firstToken.observe((nowMs - request.atMs) / 1e3);
}
function noteLastToken(totals, request) {
	const { atMs, startsAtMs, queuedMs, firstAtMs, lastAtMs, tokens } = request;
	totals.finished[request.finishReason]++;
	totals.request.observe((lastAtMs - atMs) / 1e3);
	totals.queue.observe(queuedMs / 1e3);
	totals.prefill.observe((firstAtMs - startsAtMs) / 1e3);
	totals.inference.observe((lastAtMs - startsAtMs) / 1e3);
	totals.inputTokens.observe(request.inputTokens);
	if (!request.generates) return;
	totals.decode.observe((lastAtMs - firstAtMs) / 1e3);
	totals.outputTokens.observe(tokens);
	totals.perToken.observe((lastAtMs - startsAtMs) / 1e3 / tokens);
	if (tokens > 1) totals.perOutputToken.observe((lastAtMs - firstAtMs) / 1e3 / (tokens - 1));
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
// src/simulator/endpoint.ts
async function createEndpoint(options, clock, repertoire) {
	const { model, seed, strict, adapters } = options;
	const onlyModels = options.checkModel || adapters.length > 0 ? [model, ...adapters] : null;
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
			onlyModels,
			onlyTask: options.task,
			takesImages: options.imageTokens !== null
		},
		adapterLoads: createAdapterLoads(adapters, options.adapterLoadMs),
		rateLimit: options.requestsPerMinute === null ? null : createRateLimit(options.requestsPerMinute),
		prefixCache: options.prefixCache === null ? null : createPrefixCache(options.prefixCache),
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
const FOREIGN_INPUT_TOKENS = 256;
const FOREIGN_OUTPUT_TOKENS = [
	96,
	112,
	128,
	144,
	160
];
function createForeignLoad(count, engine, tally) {
	let submitted = 0;
	function submit(id, nowMs) {
		const outputTokens = FOREIGN_OUTPUT_TOKENS[submitted++ % FOREIGN_OUTPUT_TOKENS.length];
		tally.noteArrival(id, {
			atMs: nowMs,
			inputTokens: FOREIGN_INPUT_TOKENS,
			cachedTokens: 0,
			generates: true,
			finishReason: "length"
		});
		engine.submit(id, {
			inputTokens: FOREIGN_INPUT_TOKENS,
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
	const { model, adapters, contextTokens } = options;
	const state = {
		model,
		adapters,
		contextTokens,
		totals,
		slots,
		...moment
	};
	const page = findServerPage(profile, method, url.pathname, state, body);
	if (page !== null || method !== "GET") return page;
	const metrics = options.metrics === "none" ? null : options.metrics ?? profile.metrics;
	if (metrics !== null && profile.metricsPaths.includes(url.pathname)) return writePrometheusPage(metrics(state));
	return profile.hasPlatform ? platform.findPage(url.pathname, state, options.metrics !== "none") : null;
}
function denyPage({ api }, { status, message }, { repertoire, profile }) {
	const own = profile.apis === "every" ? null : profile.apis[0] ?? null;
	return findWire(repertoire.wires, api ?? own).error(status, message);
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
		handleRequest(endpoint, message, response).catch(() => response.destroy());
	});
	await listenOnPort(server, endpoint.options.port).catch(async (error) => {
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
function readTarget(target) {
	return new URL(target.startsWith("/") ? `http://127.0.0.1${target}` : target, "http://127.0.0.1");
}
async function handleRequest(endpoint, message, response) {
	const { options, clock, repertoire, profile, engine, startedAtMs } = endpoint;
	const body = await readBody$1(message, options.bodyLimitBytes);
	const receivedAtMs = clock.now();
	const url = readTarget(message.url ?? "/");
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
	if (page !== null) return sendPage(response, page);
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
	if (destination === null || !servesApi(profile, wire.api, url.pathname)) return refuseCall(endpoint, call, {
		status: 404,
		message: `${url.pathname} does not exist`,
		...profile.notFound
	});
	const refusal = refuseUnread(request, body, moment, endpoint);
	if (refusal !== null) return refuseCall(endpoint, call, refusal);
	for (const [name, value] of endpoint.rateLimit?.take(receivedAtMs) ?? []) response.setHeader(name, value);
	if (response.hasHeader("retry-after")) return refuseCall(endpoint, call, {
		status: 429,
		message: "Rate limit reached"
	});
	answerByModel(endpoint, call, destination, body);
}
function answerByModel(endpoint, call, destination, body) {
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
		if (fault?.kind === "expired") return refuseCall(endpoint, call, findDoor(repertoire.doors, call.path).denials.expired);
		const refusal = fault === null ? null : refuseByFault(fault, call.wire, body);
		if (refusal !== null) return refuseCall(endpoint, call, refusal);
		request = admitRequest(destination, headers, body, rules);
	} catch (error) {
		if (error instanceof Refused) return refuseCall(endpoint, call, error);
		if (!(error instanceof ValueError)) throw error;
		return refuseCall(endpoint, call, {
			status: 400,
			message: `x-simulate-fault ${error.message}`
		});
	}
	const { words } = call.wire;
	const inputTokens = countInput(request, options);
	const contextTokens = call.fault?.kind === "context" ? Number(call.fault.argument) : options.contextTokens;
	if (inputTokens + request.maxTokens > contextTokens) {
		const message = words.tooLong(contextTokens, inputTokens, request.maxTokens);
		return refuseCall(endpoint, call, {
			status: words.badBody,
			message
		});
	}
	generateAnswer(endpoint, call, request, inputTokens);
}
function generateAnswer(endpoint, call, request, inputTokens) {
	const { options, clock, engine, tally, platform, log, answers, prefixCache, earlyStop } = endpoint;
	const { id, response, receivedAtMs, wire, fault } = call;
	const { texts, task, stream } = request;
	const cachedTokens = prefixCache === null ? 0 : countCached(request, inputTokens, prefixCache, options);
	const { outputTokens, finishReason } = chooseLength(request, fault, earlyStop, options);
	const reasoningTokens = request.reasons ? Math.min(options.reasoning, outputTokens) : 0;
	const isAdapter = options.adapters.includes(request.model ?? "");
	const writer = request.answer({
		id,
		created: Math.floor(clock.date() / 1e3),
		model: isAdapter ? request.model : options.model,
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
			if (prefixCache !== null) keepAnswer(request, {
				outputTokens: sent.outputTokens,
				reasoningTokens
			}, prefixCache);
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
	const generates = generatesTokens(task);
	tally.noteArrival(id, {
		atMs: receivedAtMs,
		inputTokens,
		cachedTokens,
		generates,
		finishReason
	});
	const submit = (at) => {
		if (answers.has(id)) engine.submit(id, {
			inputTokens: inputTokens - cachedTokens,
			outputTokens,
			at
		});
		awaitEngine(endpoint);
	};
	const waitMs = endpoint.adapterLoads.wait(request.model, receivedAtMs);
	if (waitMs === 0) submit(receivedAtMs);
	else clock.after(waitMs, () => submit(clock.now()));
}
function refuseCall({ clock, platform, log }, call, refusal) {
	const said = call.wire.error(refusal.status, refusal.message);
	sendPage(call.response, {
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
	sendPage(response, {
		status: 200,
		type: "application/x-ndjson",
		body: body.join("")
	});
}
async function listenOnPort(server, port) {
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
async function readBody$1(message, limit) {
	const parts = [];
	let size = 0;
	for await (const part of message) {
		size += part.length;
		if (size <= limit) parts.push(part);
	}
	return size <= limit ? Buffer.concat(parts).toString() : null;
}
function sendPage(response, { status, type, body, headers = {} }) {
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
	if (options.faults.length > 0) out(`faults: ${describeFaultRules(options.faults)}\n`);
	await new Promise((resolve) => {
		if (signal.aborted) resolve();
		signal.addEventListener("abort", () => resolve(), { once: true });
		process.on("disconnect", resolve);
	});
	await simulator.close();
	if (process.connected) process.disconnect();
}
function describeFaultRules(rules) {
	return rules.map(({ fault: { kind, argument }, share, every }) => {
		const name = argument === (FAULT_KINDS[kind].default ?? "") ? kind : `${kind}=${escapeForTerminal(argument)}`;
		if (share === 1 || every === 1) return `${name} on every request`;
		return every === null ? `${name} on ${formatShare(share)} of requests` : `${name} on one request in ${every}`;
	}).join(", ");
}
function explainPort(port, code) {
	const message = `${code === "EADDRINUSE" ? "is in use on 127.0.0.1" : `cannot be listened on (${code})`}; choose another, or 0 for a free one`;
	return new SettingsError([{
		setting: "port",
		given: String(port),
		message
	}]);
}
// src/verdict/compare/control.ts
const ASSUMED_THETA = .7;
const ASSUMED_PAIRS = 4;
function regressOnControl(metric, { seen, controls, levels, alone }) {
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
	for (const { entries, runs, controls: recorded } of seen) {
		const complete = recorded.filter((_, i) => levels.every((level) => runs[i].has(level)));
		if (complete.length > 0) xOf.set(entries, mean(complete.map((control) => averageOver(control, levels))));
	}
	const moved = seen.map((group) => moveGroup(group, {
		theta: ASSUMED_THETA,
		target
	}));
	const { definite, provisional, outliers } = replaySegments(averageGroups(metric, moved, levels));
	const pooled = poolProducts([...definite, ...provisional === null ? [] : [provisional]].map((segment) => trimSegment(segment, outliers).flatMap((point) => {
		const own = xOf.get(point.entries);
		return own === void 0 ? [] : [{
			x: own,
			y: point.y + ASSUMED_THETA * (own - x)
		}];
	})));
	return {
		...none,
		...estimateSlope(pooled),
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
		const [mx, my] = [mean(segment.map(({ x }) => x)), averageY(segment)];
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
function estimateSlope({ squares, products, degrees }) {
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
	const difference = averageY(points) - centre;
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
const ROUGHLY = 1.5;
function rateAssumed(metrics) {
	let squares = 0;
	let degrees = 0;
	for (const { observed, degrees: all, assumedShare, assumedSd } of metrics) {
		if (observed === null || assumedShare === 0) continue;
		const shown = (1 - assumedShare) * all;
		squares += shown * (observed / assumedSd) ** 2;
		degrees += shown;
	}
	return degrees === 0 ? 1 : Math.max(1, ROUGHLY * squares / degrees);
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
// src/verdict/compare/failures.ts
function findLostLevels({ entries }, candidates, fresh, { falseAlarmRate }) {
	const held = listUsualLevels(entries.map(({ row }) => row), ({ valid }) => valid);
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
		reason: level === void 0 ? "it was not tried" : STATE_WORDS$1[level.state]
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
	const first = computeRates(listServedLevels(candidates), candidates, past);
	return first === null ? null : {
		verdict: judgeRise(first, past, candidates, options),
		...first
	};
}
function judgeRise(first, past, candidates, { alpha, secondLook }) {
	if (!isRise(first, alpha)) return "no-change-seen";
	if (secondLook === "none") return "regressed";
	const levels = new Set(findLevelsOfRise(past, candidates, alpha));
	const again = secondLook === "unusable" ? null : computeRates(levels, [secondLook.row], past);
	if (again === null) return "not-measured";
	return isRise(again, alpha) ? "regressed" : "suspect";
}
function findLevelsOfRise(past, candidates, alpha) {
	const levels = listServedLevels(candidates);
	const first = computeRates(levels, candidates, past);
	if (first === null || !isRise(first, alpha)) return [];
	const usual = first.baseline.failed / sizeOf(first.baseline);
	return [...levels].map((concurrency) => {
		const counts = sumCounts(candidates.flatMap((row) => countsOfPasses(row, /* @__PURE__ */ new Set([concurrency]))));
		return {
			concurrency,
			failures: counts.failed - usual * sizeOf(counts)
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
	if (sizeOf(candidate) === 0 || sizeOf(baseline) === 0) return null;
	const rise = candidate.failed / sizeOf(candidate) - baseline.failed / sizeOf(baseline);
	const effect = Math.max(computeEffectOfPasses(own), computeEffectOfPasses(groups.flat()), computeEffectOfGroups(groups.map(sumCounts)));
	const a = {
		hits: Math.floor(candidate.failed / effect),
		n: Math.ceil(sizeOf(candidate) / effect)
	};
	const hits = Math.ceil(baseline.failed / effect);
	const b = {
		hits,
		n: Math.max(hits, Math.floor(sizeOf(baseline) / effect))
	};
	return {
		candidate,
		baseline,
		rise,
		p: rise > 0 ? testFisherGreater(a, b) : 1
	};
}
function listServedLevels(rows) {
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
function computeEffectOfPasses(passes) {
	const { squares, degrees } = measureDispersion(passes);
	return degrees === 0 ? 1 : Math.max(1, squares / degrees);
}
function computeEffectOfGroups(groups) {
	const { squares, degrees } = measureDispersion(groups);
	const assumed = weighAssumed(degrees);
	return Math.max(1, (assumed * ASSUMED_EFFECT + squares) / (assumed + degrees));
}
function measureDispersion(counts) {
	const { ok, failed } = sumCounts(counts);
	const filled = counts.filter((each) => sizeOf(each) > 0);
	const degrees = Math.max(0, filled.length - 1);
	if (failed === 0 || ok === 0) return {
		squares: 0,
		degrees
	};
	const rate = failed / (ok + failed);
	return {
		squares: filled.reduce((sum, each) => {
			const expected = sizeOf(each) * rate;
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
function sizeOf({ ok, failed }) {
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
	const beside = compareErrorRates(pickPast(recordControls(control.beside.controls), control.beside.controls[0].series), look.candidates, look);
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
// src/verdict/compare/compare.ts
function compareMetric({ metric, optional }, input) {
	const { past, candidates, policy, beside } = input;
	const now = input.fresh === null ? candidates[0] : narrowToFresh(candidates[0], input.fresh.row);
	const { seen, difference } = seeGroups(metric, past.groups, now, beside?.controls[0]);
	const runs = seen.flatMap((group) => group.runs);
	const set = chooseLevelSet(metric, runs, past.knee);
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
		controls: complete.flatMap(({ control }) => control ?? []),
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
	const plain = buildHistory(recorded, policy);
	const history = regression === null ? plain : addRegression(plain, regression);
	const again = repeats ? averageFigure(levels, [...fresh, ...before.fresh].map(move)) : null;
	const minorFall = regression === null ? metricOf(metric).minorFall : null;
	const seenNow = [...rows, ...fresh].map(({ row }) => row);
	return compareWith(history, figure, again, {
		metric,
		own: figure.runs === own?.runs ? null : own,
		regression,
		beyond: input.beyond,
		levels: levels.filter((level) => level !== 0),
		ofPlateau: set.ofPlateau,
		leftOut: past.entries.length - history.runs,
		aside: findAside(levels, history, moved),
		step: recorded.all.length === 1 ? null : findStandingStep(metric, recorded),
		expectedSpread: policy.expectedSpread,
		now: Date.parse(candidates[0].startedAt),
		leastWorse: minorFall === null ? 0 : rateStrainOfFall(history, seenNow, minorFall)
	});
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
function compareWith(history, figure, again, { expectedSpread, now, own, regression, beyond, leastWorse, ...about }) {
	const assumed = assumeSpread(about.metric, history.segments);
	const ofPairs = assumed.ofPairs * (figure.isFresh ? 1 : AS_DEPLOYED);
	const assumedSd = regression === null ? assumed.ofRuns : Math.sqrt(beyond) * ofPairs;
	const spread = poolSpread(history.segments, {
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
	const place = (placed, by = spread) => {
		const stand = computeStand(placed, history, by);
		return {
			...stand,
			worse: Math.max(stand.worse, leastWorse)
		};
	};
	const first = place(figure);
	const all = again === null ? figure : poolFigures(figure, again);
	const unlikeness = isLearnt(history.groups) ? findUnlikeness(listStarts(history), now) : null;
	const wide = allowForUnlikeness(spread, (1 - (regression?.theta ?? 0)) * (unlikeness?.share ?? 1) * assumed.ofRuns);
	return {
		kind: "compared",
		...about,
		history,
		spread,
		first,
		fresh: again === null ? null : place(again),
		all: again === null ? first : place(all),
		own: own === null ? null : place(own),
		unlike: unlikeness === null ? null : {
			what: unlikeness.what,
			spread: wide,
			all: place(all, wide)
		},
		byLevel: all.byLevel,
		inHistory: null,
		control: regression === null ? null : {
			theta: regression.theta,
			pairs: regression.alone ? 0 : history.groups,
			sessions: figure.runs,
			isFresh: figure.isFresh,
			isOutside: isOutsideSeen(about.metric, history, regression),
			assumedSd: ofPairs
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
		const why = metricOf(metric).needs === "slo" ? NOT_KEPT : "no level is inside the latencies";
		return missMetric(metric, "not-measured", isUsable ? why : "no usable level");
	}
	const ours = missing.filter((level) => !isMissingByServer(level, rows.map(({ row }) => row)));
	if (ours.length > 0 && 2 * ours.length >= set.length) return {
		...missMetric(metric, "not-measured", `it could not be measured at ${nameLevels$1(ours, rows)}`),
		levelsMissing: ours
	};
	if (common.length > 0) return null;
	return missMetric(metric, "not-measured", `the server does not hold ${nameLevels$1(missing, rows)}`);
}
const NOT_KEPT = "the answers do not have the times that `slo` is about";
function nameLevels$1(levels, rows) {
	const load = loadOf(rows[0].row.series);
	return spellLevels(load, levels.map((level) => nameLevel$1(load, level)).join(", "));
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
// src/verdict/look.ts
function openTrial(input) {
	const { candidates, controls = [], sessions, baseline } = input;
	const earlier = selectAttempts(input);
	const entries = baseline?.entries ?? [];
	const { series } = candidates[0];
	const past = pickPast(entries, series);
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
	const pairs = pickPast(selectPairs(entries, rows[0]), series);
	const own = pairs ?? pickPast(recordControls(rows), series);
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
function selectPairs(entries, control) {
	return entries.filter((entry) => entry.control !== void 0 && isSameControl(entry.control, control));
}
function isSameControl(a, b) {
	const differ = (one, other) => one != null && other != null && one !== other;
	return a.series.key === b.series.key && !differ(a.context.host, b.context.host) && !differ(a.context.model, b.context.model);
}
function selectAttempts({ candidates, sessions, earlier = [] }) {
	const { series, context } = candidates[0];
	const isFresh = sessions?.fresh === true;
	const isSameBuild = (build) => build === void 0 || context.build === void 0 || build === context.build;
	return earlier.filter((attempt) => attempt.sessions?.fresh === true === isFresh && attempt.candidates.every((row) => row.series.key === series.key && isSameBuild(row.context.build)));
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
const SCREEN_WORSENING = .03;
function isScreened({ metric, first, own, fresh }, policy) {
	if (policy.decision === "threshold") return false;
	if (fresh !== null) return true;
	const least = Math.log1p(Math.min(SCREEN_WORSENING, toleranceOf(policy, metric)));
	return [first, own ?? first].every((stand) => stand.worse < .05 && stand.least > least);
}
function takeFirstLook(input) {
	const { policy, trouble, baseline } = input;
	const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input);
	if (trial === null) return null;
	const { candidates } = trial;
	const past = pastOfFailures(trial);
	const { compared, missed, beyond } = compareMetrics(trial, policy);
	const screened = compared.filter((raw) => isScreened(raw, policy));
	const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)));
	for (const raw of screened) for (const level of listRepeatedLevels(raw, candidates)) levels.add(level);
	for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level);
	for (const level of findLevelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level);
	return {
		trial,
		compared,
		missed,
		beyond,
		screening: {
			metrics: screened.map(({ metric, ofPlateau }) => ({
				metric,
				ofPlateau
			})),
			levels: [...levels].sort((a, b) => a - b)
		}
	};
}
function compareMetrics(trial, policy, beyond = 1) {
	const compared = [];
	const missed = [];
	for (const choice of chooseMetrics(policy, trial.candidates)) {
		const raw = lookAtMetric(choice, trial, {
			fresh: null,
			policy,
			beyond
		});
		if (raw?.kind === "compared") compared.push(raw);
		if (raw?.kind === "missed") missed.push(raw);
	}
	if (trial.control === null || beyond > 1) return {
		compared,
		missed,
		beyond
	};
	const shown = rateAssumed(compared.flatMap(({ spread, control }) => control === null ? [] : {
		...spread,
		assumedSd: control.assumedSd
	}));
	return shown > 1 ? compareMetrics(trial, policy, shown) : {
		compared,
		missed,
		beyond
	};
}
function listRepeatedLevels({ levels }, candidates) {
	return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency));
}
function listFillableLevels({ levelsMissing }, candidates) {
	return levelsMissing.filter((concurrency) => candidates.every((row) => row.levels.some((level) => level.concurrency === concurrency && level.state !== "limited")));
}
function lookAtMetric(choice, { candidates, past, control, earlier }, { fresh, policy, beyond }) {
	const found = control === null ? null : compareMetric(choice, {
		past: control.past,
		candidates: control.candidates,
		fresh,
		before: seeAttempts(earlier, control.beside.controls[0]),
		beside: control.beside,
		policy,
		beyond
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
		policy,
		beyond: 1
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
function takeSecondLook({ trial, compared, missed, beyond }, fresh, policy) {
	const again = compared.map((raw) => {
		if (!isScreened(raw, policy)) return raw;
		const found = lookAtMetric({
			metric: raw.metric,
			optional: false
		}, trial, {
			fresh,
			policy,
			beyond
		});
		return found?.kind === "compared" ? found : raw;
	});
	const stillMissed = [];
	for (const each of missed) {
		const filled = fillTrial(trial, fresh, listFillableLevels(each, trial.candidates));
		const found = lookAtMetric({
			metric: each.metric,
			optional: false
		}, filled, {
			fresh: null,
			policy,
			beyond
		});
		if (found?.kind === "compared") again.push(found);
		else stillMissed.push(each);
	}
	return {
		compared: again,
		missed: stillMissed,
		beyond
	};
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
const OUTLOOK_RUNS = [
	1,
	3,
	8
];
function computeOutlook(candidates, policy) {
	const metrics = chooseMetrics(policy, candidates);
	const alpha = METRICS_SHARE * policy.falseAlarmRate / metrics.length;
	return metrics.flatMap(({ metric }) => OUTLOOK_RUNS.map((runs) => {
		const sd = policy.expectedSpread === "auto" ? metricOf(metric).defaultSpread : policy.expectedSpread;
		const { degrees } = estimateSpread({
			squares: 0,
			degrees: runs - 1
		}, { defaultSd: sd });
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
const PROOF_LEVEL = .05;
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
function repeatTest(looks) {
	return {
		...looks,
		bound: "falling"
	};
}
function computeLevelOfProof(looks) {
	return computeLevelOfLook(PROOF_LEVEL, {
		...looks,
		bound: "constant"
	});
}
function judgeMetrics(compared, policy, rules) {
	const { looks } = rules;
	const tested = testMetrics(compared, policy, rules);
	const test = repeatTest(looks);
	const alpha = computeLevelOfLook(METRICS_SHARE * policy.falseAlarmRate / compared.length, test);
	return compared.map((raw, i) => {
		const { worse } = tested[i];
		const isQuicker = isMainQuicker(raw, looks, policy);
		const verdict = chooseWord(raw, tested[i], {
			looks,
			policy,
			isQuicker
		});
		const doubt = worse?.doubt ?? findDoubtOfAttempts(raw, verdict, {
			alpha,
			policy
		});
		const isEnough = isEnoughForProof(raw);
		const isTooCalm = verdict === "no-change-seen" && isWithin(raw, {
			looks,
			policy,
			leastSd: 0
		});
		return {
			raw,
			verdict,
			doubt,
			slowRun: doubt === "seen-once" ? findSlowRun(raw, compared) : null,
			p: computeChanceOverLooks(raw.all.worse, test),
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
	if (policy.decision === "threshold") return compared.map((raw) => ({
		worse: isOver(raw, Math.min(raw.first.least, raw.own?.least ?? Infinity)) ? {
			word: "regressed",
			doubt: null
		} : null,
		isImproved: isOver(raw, -raw.first.most)
	}));
	const test = repeatTest(looks);
	const screened = new Set(compared.filter((raw) => isScreened(raw, policy)));
	const reject = (pick) => rejectByHolm(compared.map((raw) => screened.has(raw) ? computeChanceOverLooks(pick(raw) ?? 1, test) : 1), alpha);
	const first = reject((raw) => raw.first.worse);
	const all = reject((raw) => raw.all.worse);
	const fresh = looksTwice ? reject((raw) => raw.fresh?.worse ?? null) : all;
	const anyTime = reject((raw) => (raw.unlike?.all ?? raw.all).worse);
	const better = rejectByHolm(compared.map((raw) => computeChanceOverLooks(raw.first.better, test)), alpha);
	const wordOfWorse = (raw, i) => {
		if (looksTwice && raw.fresh === null) return first[i] && isOver(raw, raw.first.least) ? "not-measured" : null;
		return all[i] && fresh[i] && isOver(raw, raw.all.least) && (!looksTwice || isOver(raw, raw.fresh.least)) ? "regressed" : null;
	};
	return compared.map((raw, i) => {
		const word = wordOfWorse(raw, i);
		const doubt = word === null ? null : findDoubt(raw, {
			anyTime: anyTime[i],
			mayGoOn,
			compared,
			screened
		});
		return {
			worse: word === null ? null : {
				word,
				doubt
			},
			isImproved: better[i] && isOver(raw, -raw.first.most)
		};
	});
}
function findDoubtOfAttempts(raw, verdict, { alpha, policy }) {
	const isOfOthers = raw.own !== null && raw.all.worse <= alpha && !isScreened(raw, policy);
	return verdict === "suspect" && isOfOthers ? "attempts-differ" : null;
}
function isMainQuicker(raw, looks, policy) {
	const tolerance = Math.log1p(toleranceOf(policy, raw.metric));
	return isUnprovenLately(raw.all, raw.spread, {
		tolerance,
		level: computeLevelOfProof(looks)
	});
}
function chooseWord(raw, { worse, isImproved }, { looks, policy, isQuicker }) {
	if (worse !== null) return worse.doubt === null ? worse.word : "suspect";
	const tolerance = Math.log1p(toleranceOf(policy, raw.metric));
	const enough = policy.gate !== "release" || isEnoughForProof(raw);
	if (policy.decision === "statistical" && raw.all.least >= tolerance && raw.all.worse < .05) return "suspect";
	if (isImproved && enough) return "improved";
	if (policy.decision === "threshold" && policy.gate !== "release") return "no-change-seen";
	const leastSd = policy.gate === "release" ? findTrustedSd(raw) : 0;
	return enough && !isQuicker && isWithin(raw, {
		looks,
		policy,
		leastSd
	}) ? "proven" : "no-change-seen";
}
function isWithin(raw, { looks, policy, leastSd }) {
	const { all, spread } = raw.unlike ?? raw;
	return computeUpperBound(all, spread, {
		level: computeLevelOfProof(looks),
		leastSd
	}) < Math.log1p(toleranceOf(policy, raw.metric));
}
const TRUSTED_SHARE = {
	explained: .45,
	unexplained: .65
};
const EXPLAINED_P = .02;
function findTrustedSd({ metric, history, control, all }) {
	const { defaultSpread, defaultPairSpread } = metricOf(metric);
	return (all.worse < EXPLAINED_P ? TRUSTED_SHARE.unexplained : TRUSTED_SHARE.explained) * (compareWithTimes(metric, history.segments) ?? 1) * (control === null ? defaultSpread : defaultPairSpread);
}
function isEnoughForProof({ history, control }) {
	return history.groups >= 8 || control?.isFresh === true && control.sessions >= 3;
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
	for (const { all } of raws) for (const [i, { against }] of all.moves.entries()) sums[i] = sums[i] === void 0 ? against : sums[i] + against - 2;
	return sums;
}
function hasJustWorsened({ history: { newest, segments } }) {
	const previous = segments.at(-2);
	if (previous === void 0 || newest.recorded.length > 3) return false;
	return newest.centre > averageY(previous);
}
function findDoubt(raw, { anyTime, mayGoOn, compared, screened }) {
	const { all, unlike, history, spread, control, inHistory } = raw;
	const isLikeOutlier = (point) => !history.newest.points.includes(point) && point.y < all.y + OUTLIER_REACH * spread.sd;
	if (control?.isOutside === true) return "control-elsewhere";
	if (inHistory !== null && inHistory.worse >= .05) return "history-disagrees";
	const sessions = control?.isFresh === true ? control.sessions : 1;
	const sure = SURE_OF_MOVE[mayGoOn ? "open" : "last"];
	const againstMove = sumEvidence(compared.filter((each) => screened.has(each) || hasJustWorsened(each)));
	if (all.moves.some((move, i) => !move.isNewLevel && move.beyond <= sure.beyond && againstMove[i] < sure.against)) return "main-moved";
	const asBad = history.newest.recorded.filter(({ y }) => y > all.y - spread.sd);
	if (sessions === 1 && (asBad.length >= SEEN_BEFORE || history.trimmed && asBad.some(isLikeOutlier))) return "seen-before";
	if (sessions === 1 && raw.own === null && findSlowRun(raw, compared) !== null) return "seen-once";
	if (unlike !== null && !anyTime) return `other-${unlike.what}`;
	return control === null && raw.own === null && isSlowerAlike(raw, compared) ? "slower-alike" : null;
}
const APART_P = .05;
const REACH = 2;
function findSlowRun({ history, all, spread }, compared) {
	const runs = seeRuns(compared);
	const now = mean(compared.map((raw) => measureWorse(raw, raw.all.y)));
	const isAsBad = ({ entry, worse }) => worse <= now + REACH && history.newest.recorded.some((point) => point.entries[0] === entry && Math.abs(point.y - all.y) <= REACH * spread.sd);
	return runs.find((run) => isAsBad(run) && isApart(run, runs))?.entry ?? null;
}
function seeRuns(compared) {
	const seen = compared.map((raw) => new Map(raw.history.newest.recorded.map((point) => [point.entries[0], {
		worse: measureWorse(raw, point.y),
		isUsual: raw.history.newest.points.includes(point)
	}])));
	return [...seen[0].keys()].flatMap((entry) => {
		const figures = seen.flatMap((ofMetric) => ofMetric.get(entry) ?? []);
		if (figures.length < compared.length) return [];
		return [{
			entry,
			worse: mean(figures.map(({ worse }) => worse)),
			isUsual: figures.every(({ isUsual }) => isUsual)
		}];
	});
}
function measureWorse({ history, spread }, y) {
	return (y - history.newest.centre) / spread.sd;
}
function isApart({ entry, worse }, runs) {
	const others = runs.flatMap((run) => run.isUsual && run.entry !== entry ? run.worse : []);
	if (others.length < 2) return false;
	const se = sampleStandardDeviation(others) * Math.sqrt(1 + 1 / others.length);
	return studentTTail((worse - mean(others)) / se, others.length - 1) < APART_P / runs.length;
}
const RUNS_THAT_MEET = 30;
const ALIKE = {
	most: 1.09,
	sure: 2
};
const CORRELATION = .5;
const GOES_ALONG = 2;
function isSlowerAlike(raw, compared) {
	if (raw.history.newest.recorded.length >= RUNS_THAT_MEET) return false;
	const [prefill, decode] = ["prefill", "decode"].map((phase) => compared.find(({ metric }) => metricOf(metric).phase === phase)?.all.newest);
	if (prefill === void 0 || decode === void 0) return false;
	const factor = findOneFactor(prefill, decode);
	const { d, se } = raw.all.newest;
	return factor !== null && Math.abs(d - factor) <= GOES_ALONG * se;
}
function findOneFactor(prefill, decode, { most, sure } = ALIKE) {
	const [ofPrefill, ofDecode] = [prefill.se ** -2, decode.se ** -2];
	const factor = (prefill.d * ofPrefill + decode.d * ofDecode) / (ofPrefill + ofDecode);
	const changed = Math.min(...[prefill, decode].map(({ d, se }) => (Math.max(0, d) / se) ** 2));
	const apart = prefill.se ** 2 + decode.se ** 2 - 2 * CORRELATION * prefill.se * decode.se;
	return changed - (prefill.d - decode.d) ** 2 / apart >= sure && factor <= Math.log(most) ? factor : null;
}
// src/verdict/decide.ts
function decideVerdict(input, first = takeFirstLook(input)) {
	const { candidates, baseline } = input;
	const { series } = candidates[0];
	const recorded = baseline?.entries.filter(({ row }) => row.series.name === series.name) ?? [];
	const uncompared = describeRun$1(input, first?.trial ?? openTrial(input), recorded);
	const trouble = findTrouble(input.trouble, baseline);
	if (trouble !== null) return concludeVerdict(uncompared, trouble);
	return first === null ? decideAlone(input, recorded, uncompared) : decideAgainst(first, recorded, input, uncompared);
}
function describeRun$1(input, trial, recorded) {
	const { candidates, baseline, policy } = input;
	const { series } = candidates[0];
	const load = loadOf(series);
	const counted = selectAttempts(input);
	return {
		...openVerdict(series.name, policy),
		...load !== "concurrency" && { load },
		decidedBy: input.decidedBy ?? [],
		limits: judgeLimits(input, counted, trial),
		baseline: summariseBaseline(baseline, trial, recorded),
		control: summariseControl(input, trial),
		...summariseAttempts(input.earlier ?? [], counted),
		drift: baseline?.release === void 0 ? null : findSlowDrift(recorded, baseline.release, series, policy)
	};
}
function decideAlone({ candidates, baseline, policy }, recorded, uncompared) {
	const open = {
		...uncompared,
		outlook: baseline === null ? [] : computeOutlook(candidates, policy)
	};
	const newest = recorded.at(-1);
	if (newest !== void 0) {
		const differences = findSeriesDifferences(newest.row.series, candidates[0].series);
		const notComparable = {
			runs: recorded.length,
			differences
		};
		return concludeVerdict({
			...open,
			notComparable
		}, {
			word: "not-comparable",
			reason: null
		});
	}
	if (open.baseline.lost !== null) return concludeVerdict(open, {
		word: "not-comparable",
		reason: "history-lost"
	});
	if ((open.control?.troubles.length ?? 0) > 0) return concludeVerdict(open, {
		word: "not-comparable",
		reason: "control-lost"
	});
	return concludeVerdict(open, {
		word: "no-baseline",
		reason: null
	});
}
function decideAgainst(first, recorded, input, uncompared) {
	const { candidates, policy, secondLook } = input;
	const fresh = typeof secondLook === "string" ? null : secondLook;
	const now = candidates[0];
	const { compared, missed } = fresh === null ? first : takeSecondLook(first, fresh, policy);
	const judged = judgeMetrics(compared, policy, {
		looksTwice: secondLook !== "none",
		looks: countLooks(input),
		mayGoOn: false
	});
	const comparisons = [...missed.map((each) => describeMissed(each, policy, now)), ...judged.map((each) => describeCompared(each, policy, now))];
	const accepted = pickAcceptances(input.accepted, recorded, now.startedAt);
	const { trial, screening } = first;
	const again = {
		metrics: screening.metrics.map(({ metric }) => metric),
		levels: screening.levels
	};
	const screened = again.metrics.length + again.levels.length > 0;
	return concludeVerdict({
		...uncompared,
		comparisons: acceptComparisons(comparisons, accepted, policy.gate).toSorted(compareSeverity),
		...findFailures(trial, secondLook, policy),
		whatElseChanged: listOtherChanges(trial, now),
		confirmation: screened ? {
			...again,
			passes: countFreshPasses(fresh?.row ?? null)
		} : null,
		falseAlarmRate: policy.decision === "threshold" ? estimateThresholdAlarmRate(compared, policy) : policy.falseAlarmRate
	}, null, missed.some((each) => each.levelsMissing.length > 0));
}
function judgeLimits(input, counted, trial) {
	if (input.limits.length === 0) return [];
	const limits = judgeLimitsOverAttempts(input.limits, counted);
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
function countFreshPasses(fresh) {
	return Math.max(0, ...fresh?.levels.map((level) => level.passes.length) ?? []);
}
function compareSeverity(a, b) {
	const rank = ({ verdict }) => VERDICT_WORDS.indexOf(verdict);
	return rank(a) - rank(b) || (b.worsening ?? 0) - (a.worsening ?? 0);
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
		...findBounds(raw, now),
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
		...spread.assumedShare > 0 && { assumedShare: spread.assumedShare },
		...spread.before !== null && { spreadBefore: spread.before },
		groups: raw.control?.pairs === 0 ? 0 : history.newest.points.length,
		segments: history.segments.length,
		leftOut: raw.leftOut,
		provisional: describeProvisional(raw),
		...raw.step !== null && { step: raw.step },
		confirmed: raw.fresh === null ? null : verdict === "regressed",
		byLevel: listLevelChanges(raw),
		aside: raw.aside.map((level) => buildChangeAt(metric, level)),
		doubt,
		control: raw.control === null ? null : {
			theta: raw.control.theta,
			pairs: raw.control.pairs
		},
		note: chooseNote(judged, policy)
	};
}
function findBounds({ metric, history }, now) {
	const baseline = history.newest.points.flatMap(({ entries }) => entries.map(({ row }) => row)).flatMap((row) => findFigureBound(row, metric, now) ?? [])[0];
	const candidate = findFigureBound(now, metric, now);
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
function describeProvisional({ metric, history, all }) {
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
function listLevelChanges({ metric, levels, history, byLevel }) {
	const { points, centre, trust } = history.newest;
	const shift = trust === 1 ? 0 : centre - averageY(points);
	return levels.map((concurrency) => {
		let before = 0;
		for (const { runs } of history.newest.points) {
			let sum = 0;
			for (const run of runs) sum += run.get(concurrency).y;
			before += sum / runs.length / history.newest.points.length;
		}
		return buildChangeAt(metric, {
			concurrency,
			before: before + shift,
			now: byLevel.get(concurrency)
		});
	});
}
function buildChangeAt(metric, { concurrency, before, now }) {
	return {
		concurrency,
		baseline: figureOfY(metric, before),
		candidate: figureOfY(metric, now),
		change: changeOfY(metric, now - before)
	};
}
function chooseNote({ raw, verdict, doubt, slowRun, isEnough, isQuicker, isTooCalm }, { gate }) {
	if (gate === "release" && verdict === "no-change-seen" && !isEnough) return raw.control === null ? `a proof needs 8 recorded runs, and has ${raw.history.groups}` : `a proof needs 8 recorded runs with this control, or 3 sessions in which both sides are deployed anew`;
	if (gate === "release" && verdict === "no-change-seen" && isQuicker) return "no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell";
	if (gate === "release" && isTooCalm) return "no proof, because so small a spread as that of the recorded runs is not trusted to last, and by a larger one this may be beyond the tolerance: run it again, or beside a control";
	if (doubt !== null) return `${DOUBTS[doubt]}${slowRun === null ? "" : ` (${nameEntry(slowRun)})`}`;
	if (verdict === "not-measured") return "it looks clearly worse, but only one look at it could be used, so nothing confirms it: run it again, and where it stays so, fix what the findings and the log name";
	return raw.ofPlateau === false ? "no plateau was reached" : null;
}
function nameEntry({ source, row }) {
	return `${source.sha === null ? "" : `${source.sha.slice(0, 7)}, `}${row.startedAt.slice(0, 10)}`;
}
function listOtherChanges({ past, control }, now) {
	if (past !== null) return findContextChanges(past.entries.at(-1).row, now);
	return findContextChanges(control.beside.controls[0], now).filter(({ what }) => what !== "host");
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
function findOpenGrounds(input) {
	const { candidates, policy } = input;
	const looks = countLooks(input);
	const first = looks.most === 1 ? null : takeFirstLook(input);
	if (first === null) return [];
	const { trial, compared, missed } = first;
	const judged = judgeMetrics(compared, policy, {
		looksTwice: false,
		looks,
		mayGoOn: looks.look < looks.most
	});
	const { lostLevels, errorRate } = findFailures(trial, "none", policy);
	if ([...judged, ...lostLevels].map(({ verdict }) => verdict).includes("regressed") || errorRate?.verdict === "regressed" && candidates.length > 1) return [];
	return [
		...judged.flatMap((each) => findOpenMetric(each, looks.look, policy) ?? []),
		...missed.flatMap(({ metric, verdict, note }) => verdict === "not-measured" ? [{
			what: "not-measured",
			metric,
			why: note
		}] : []),
		...lostLevels.length > 0 ? [{ what: "levels-lost" }] : [],
		...errorRate !== null && errorRate.verdict !== "no-change-seen" ? [{ what: "errors" }] : []
	];
}
function findOpenMetric({ raw, verdict }, look, policy) {
	const { metric, ofPlateau, all, spread } = raw;
	const most = computeUpperBound(all, spread, isLearnt(raw.history.groups) ? {} : { level: computeLevelOfProof({
		most: look,
		look
	}) });
	const isRelease = policy.gate === "release";
	const needed = Math.log1p((isRelease ? 1 : 2) * toleranceOf(policy, metric));
	const tell = (what) => ({
		what,
		metric,
		ofPlateau,
		change: changeOfY(metric, all.newest.d),
		most: changeOfY(metric, most),
		needed: changeOfY(metric, needed)
	});
	if (verdict === "suspect") return tell("suspect");
	if (isRelease) return verdict === "proven" || verdict === "improved" ? null : tell("unproven");
	return most < needed ? null : tell("wide");
}
// src/verdict/sides.ts
function addSides(verdict, input, first) {
	const trial = first?.trial ?? openTrial(input);
	const sides = trial === null ? null : drawSides(trial, first?.compared ?? []);
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
		at: readFigure$1(name, rows, now)
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
function readFigure$1(name, rows, now) {
	const metric = metricOfFigure(name);
	const found = /* @__PURE__ */ new Map();
	for (const row of rows) {
		if (explainDifference(metric, row, now) !== null) continue;
		for (const [level, value] of readLevels(row, name)) found.set(level, [...found.get(level) ?? [], value]);
	}
	return found;
}
function readLevels(row, name) {
	if (isKeptFigure(name)) return row.levels.flatMap(({ valid, kept, concurrency }) => valid && kept !== void 0 ? [[concurrency, kept[name]]] : []);
	const metric = metricOfFigure(name);
	return [...observeRun(row, metric)].map(([level, { y }]) => [level, figureOfY(metric, y)]);
}
function sumUp(name, values) {
	const value = roundFigure(isKeptFigure(name) ? mean([...values]) : Math.exp(mean(values.map(Math.log))));
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
// src/commands/judge.ts
function resolveDecision(list, flags, env) {
	const values = resolveFlags(list, flags, env);
	const problems = [...findGateContradictions({
		values,
		given: readFlags(list, flags).given,
		baseline: {
			kind: "file",
			path: ""
		}
	})];
	if (problems.length > 0) throw new SettingsError(problems);
	return values;
}
function judgeReport(report, baseline, settings, { looks = null, decidedBy = [] } = {}) {
	const input = {
		candidates: [buildRow(report)],
		secondLook: "none",
		...looks,
		baseline,
		policy: {
			...settings,
			onSkip: "pass"
		},
		limits: mergeLimits(report, settings.limits, looks?.limits ?? null),
		trouble: findReportTrouble(report),
		accepted: settings.accept ?? [],
		decidedBy
	};
	const first = takeFirstLook(input);
	return addSides(decideVerdict(input, first), input, first);
}
function mergeLimits(report, asked, found) {
	if (asked === null) return found ?? report.limits ?? [];
	return checkLimits(asked, report).map((one) => found?.find((other) => other.limit === one.limit && other.concurrency === one.concurrency) ?? one);
}
function findReportTrouble({ validity }) {
	if (validity.findings.some(({ code }) => code === "cancelled")) return "cancelled";
	return validity.ok ? null : "run-invalid";
}
function judgeAlone(report) {
	return judgeReport(report, null, resolveFlags(DECISION_SETTINGS, []));
}
// src/imports/tool-result.ts
const STATED_TIMES = [
	"ttftMs",
	"ttfoMs",
	"tpotMs",
	"interChunkMs",
	"latencyMs"
];
const SAYS_NOTHING = {
	version: null,
	startedAt: null,
	model: null,
	host: null,
	api: null,
	task: "chat",
	inputTokens: null,
	outputTokens: null,
	levelRequests: null,
	levelSeconds: null,
	notes: []
};
const MEASURES_NOTHING = {
	concurrency: null,
	rate: null,
	arrivals: null,
	maxInFlight: null,
	ttftMs: null,
	ttfoMs: null,
	tpotMs: null,
	interChunkMs: null,
	latencyMs: null,
	outputTokensPerSecond: null,
	inputTokensPerSecond: null,
	requestsPerSecond: null,
	inFlight: null,
	cut: null
};
var ResultError = class extends Error {
	name = "ResultError";
};
function defineJsonForm(name, matches, read, yieldsTo = []) {
	return {
		name,
		yieldsTo,
		read: (_, json) => json !== null && matches(json) ? read(json) : null
	};
}
function defineTextForm(name, matches, read, yieldsTo = []) {
	return {
		name,
		yieldsTo,
		read: (text) => matches(text) ? read(text) : null
	};
}
function noteNewerForm(tool, version, newest) {
	return version !== null && Number.parseInt(String(version), 10) > newest ? [`The file is of version ${version} of ${tool}'s form, newer than ${newest}: it is read as far as that is known.`] : [];
}
const MOST = 0x38d7ea4c68000;
function readFigure(value) {
	const number = asNumber(value);
	return number === null || number < 0 || number > MOST ? null : number;
}
function readPositive(value) {
	const figure = readFigure(value);
	return figure === 0 ? null : figure;
}
function readCount(value) {
	const figure = readFigure(value);
	return figure === null ? null : Math.round(figure);
}
function nameArrivals(kind, shape, isRamped) {
	const known = readPositive(shape);
	const form = !(kind === "gamma" && known !== null) ? kind : known === 1 ? "poisson" : `gamma(${Number((1 / Math.sqrt(known)).toPrecision(3))})`;
	return form !== null && isRamped ? `${form}, ramped` : form;
}
function readConcurrency(value) {
	const number = asNumber(value);
	return number !== null && Number.isInteger(number) && number >= 1 && number <= 1e6 ? number : null;
}
function followMembers(value, ...members) {
	let found = asObject(value) ?? {};
	for (const member of members) found = asObject(found[member]) ?? {};
	return found;
}
function readTime(summary, form) {
	return collectTime((name) => {
		const path = form[name] ?? [name];
		const figure = readFigure(followMembers(summary, ...path.slice(0, -1))[path.at(-1)]);
		return figure === null ? null : figure * form.toMs;
	});
}
function collectTime(read) {
	const p50 = read("p50");
	if (p50 === null || p50 === 0) return null;
	return {
		mean: read("mean"),
		sd: read("sd"),
		min: read("min"),
		max: read("max"),
		p50,
		p90: read("p90"),
		p95: read("p95"),
		p99: read("p99")
	};
}
function computeRate(total, seconds) {
	return total === null || total === 0 ? null : total / seconds;
}
function readHost(value) {
	return typeof value === "string" && URL.canParse(value) ? new URL(value).host || null : null;
}
function readEpoch(seconds) {
	const number = asNumber(seconds);
	if (number === null || number < 946684800 || number > 4102444800) return null;
	return (/* @__PURE__ */ new Date(number * 1e3)).toISOString();
}
function readMoment(value) {
	if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return null;
	return readEpoch(Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`) / 1e3);
}
// src/imports/aiperf.ts
const AIPERF_JSON = "aiperf (profile_export_aiperf.json)";
const AIPERF_CSV = "aiperf (profile_export_aiperf.csv)";
const AIPERF_FORMS = [
	defineJsonForm(AIPERF_JSON, isAiperfJson, readAiperfJson),
	defineTextForm(AIPERF_CSV, isAiperfCsv, readAiperfCsv, [AIPERF_JSON]),
	defineTextForm("aiperf (profile_export.jsonl)", isAiperfJsonl, readAiperfJsonl, [AIPERF_JSON, AIPERF_CSV])
];
const NEWEST_MAJOR = 1;
const FORM$3 = {
	mean: ["avg"],
	sd: ["std"]
};
const TO_MS = {
	ms: 1,
	sec: 1e3,
	s: 1e3,
	us: .001,
	ns: 1e-6
};
function isAiperfJson(json) {
	return "unit" in followMembers(json, "request_latency") && "unit" in followMembers(json, "request_throughput");
}
function readAiperfJson(json) {
	const input = followMembers(json, "input_config");
	const endpoint = followMembers(input, "endpoint");
	const load = findLoad(input);
	const dataset = findDataset(input);
	const readAverage = (name) => readFigure(followMembers(json, name)["avg"]);
	const readTimeNamed = (name) => {
		const summary = followMembers(json, name);
		return readTime(summary, {
			...FORM$3,
			toMs: TO_MS[asText(summary["unit"]) ?? "ms"] ?? 1
		});
	};
	const level = readLevel(readAverage, readTimeNamed, "states no benchmark_duration, or no request_count");
	const schema = asText(json["schema_version"]);
	const kind = asText(endpoint["type"]) ?? "chat";
	const task = /embed|rank/.test(kind) ? "embeddings" : /completions/.test(kind) ? "completions" : "chat";
	return {
		...SAYS_NOTHING,
		tool: "aiperf",
		version: asText(json["aiperf_version"]),
		startedAt: readMoment(json["start_time"]),
		model: readModel(input),
		host: readHost(asArray(endpoint["urls"])?.[0] ?? endpoint["url"]),
		api: `openai-${task}`,
		task,
		inputTokens: dataset.input,
		outputTokens: dataset.output,
		levelRequests: readCount(load["requests"] ?? load["request_count"]),
		levelSeconds: readPositive(load["duration"] ?? load["benchmark_duration"]),
		levels: [{
			...level,
			...readLoad$1(load),
			inputTokensPerSecond: level.inputTokensPerSecond ?? computeRate(readAverage("total_isl"), level.seconds),
			cut: json["was_cancelled"] === true ? "aiperf was cancelled" : null
		}],
		notes: noteNewerForm("aiperf", schema, NEWEST_MAJOR)
	};
}
function readLevel(readAverage, readTimeNamed, lacks) {
	const ok = readCount(readAverage("request_count"));
	const seconds = readPositive(readAverage("benchmark_duration"));
	if (ok === null || seconds === null) throw new ResultError(lacks);
	return {
		...MEASURES_NOTHING,
		ok,
		failed: readCount(readAverage("error_request_count")) ?? 0,
		seconds,
		...readTimes(readTimeNamed),
		outputTokensPerSecond: readPositive(readAverage("output_token_throughput")),
		inputTokensPerSecond: readPositive(readAverage("input_token_throughput")),
		requestsPerSecond: readPositive(readAverage("request_throughput")),
		inFlight: readPositive(readAverage("effective_concurrency"))
	};
}
function readTimes(read) {
	return {
		ttftMs: read("time_to_first_token"),
		ttfoMs: read("time_to_first_output_token"),
		tpotMs: read("inter_token_latency"),
		interChunkMs: read("inter_chunk_latency"),
		latencyMs: read("request_latency")
	};
}
const OPEN_KINDS = /* @__PURE__ */ new Set([
	"poisson",
	"gamma",
	"constant",
	"fixed_schedule",
	"user_centric"
]);
function readLoad$1(load) {
	const kind = asText(load["type"]) ?? asText(load["arrival_pattern"]) ?? asText(load["request_rate_mode"]);
	const rate = readPositive(load["rate"] ?? load["request_rate"]);
	const concurrency = readConcurrency(load["concurrency"]);
	if (rate === null && !OPEN_KINDS.has(asText(load["type"]) ?? "")) return { concurrency };
	const shape = load["smoothness"] ?? load["arrival_smoothness"];
	const isRamped = (load["rate_ramp"] ?? load["request_rate_ramp_duration"] ?? null) !== null;
	return {
		rate: rate ?? 0,
		arrivals: nameArrivals(kind, shape, isRamped),
		maxInFlight: concurrency
	};
}
function findLoad(input) {
	const phases = (asArray(input["phases"]) ?? []).map((each) => asObject(each) ?? {});
	return phases.find(({ kind }) => kind === "profiling") ?? phases[0] ?? followMembers(input, "loadgen");
}
function findDataset(input) {
	const dataset = asObject(asArray(input["datasets"])?.[0]);
	const mean = (lengths) => readCount(lengths["mean"])?.toString() ?? null;
	if (dataset !== null) return {
		input: mean(followMembers(dataset, "prompts", "isl")),
		output: mean(followMembers(dataset, "prompts", "osl"))
	};
	return {
		input: mean(followMembers(input, "input", "prompt", "input_tokens")),
		output: mean(followMembers(input, "input", "prompt", "output_tokens"))
	};
}
function readModel(input) {
	const item = asObject(asArray(followMembers(input, "models")["items"])?.[0]);
	return asText(item?.["name"]) ?? asText(asArray(followMembers(input, "endpoint")["model_names"])?.[0]);
}
const TIMES = /^Metric,.*\bavg\b/m;
const FIGURES = /^Metric,Value\r?$/m;
function isAiperfCsv(text) {
	return TIMES.test(text.slice(0, 200)) && FIGURES.test(text) && /^"?Request Latency \(/m.test(text);
}
function readAiperfCsv(text) {
	const rows = text.split(/\r?\n/).map(splitRow);
	const columns = rows.find(([first, second]) => first === "Metric" && second !== "Value") ?? [];
	const byName = /* @__PURE__ */ new Map();
	for (const [heading = "", ...cells] of rows) {
		const { name, unit } = splitHeading(heading);
		if (!byName.has(name)) byName.set(name, {
			unit,
			cells
		});
	}
	const readFirstCell = (name) => readNumber(byName.get(name)?.cells[0]);
	const readTimeNamed = (name) => {
		const row = byName.get(name);
		if (row === void 0) return null;
		return collectTime((name) => {
			const value = readNumber(row.cells[columns.indexOf(FORM$3[name]?.[0] ?? name) - 1]);
			return value === null ? null : value * (TO_MS[row.unit] ?? 1);
		});
	};
	return {
		...SAYS_NOTHING,
		tool: "aiperf",
		levels: [readLevel(readFirstCell, readTimeNamed, "states no Benchmark Duration, or no Request Count")],
		notes: ["A CSV of aiperf has two digits after the point, so its times are coarse where they are short."]
	};
}
function splitHeading(heading) {
	const found = /^(.*?)(?: \(([^()]*)\))?$/.exec(heading);
	return {
		name: (found?.[1] ?? heading).toLowerCase().replaceAll(" ", "_"),
		unit: found?.[2] ?? ""
	};
}
function splitRow(line) {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted === void 0 ? plain ?? "" : quoted.replaceAll("\"\"", "\""));
}
function readNumber(cell) {
	return cell === void 0 || cell.trim() === "" || !Number.isFinite(Number(cell)) ? null : Number(cell);
}
function isAiperfJsonl(text) {
	const first = asObject(parseJson(text.slice(0, text.indexOf("\n") + 1 || void 0)));
	return first !== null && "request_start_ns" in followMembers(first, "metadata") && "metrics" in first;
}
const LACKS = "A JSONL of aiperf says neither version nor model, nor how many requests there were: one that ends too early reads like a whole one. Better give its JSON.";
function readAiperfJsonl(text) {
	const lines = text.split("\n").filter((line) => line.trim() !== "");
	const records = lines.map((line) => asObject(parseJson(line)));
	const unread = records.filter((record) => record === null).length;
	const measured = records.filter((record) => record !== null).filter(isMeasured);
	const answered = measured.filter(({ error }) => error === void 0 || error === null);
	const spans = measured.map(({ metadata }) => readSpan(asObject(metadata) ?? {}));
	const start = Math.min(...spans.map(({ start }) => start));
	const end = Math.max(...spans.map(({ end }) => end));
	if (!(end > start)) throw new ResultError("has no request with a start and an end");
	const seconds = end - start;
	const valuesOf = (name) => answered.flatMap((record) => readValues(record, name));
	const rateOf = (name) => computeRate(sum(valuesOf(name)), seconds);
	return {
		...SAYS_NOTHING,
		tool: "aiperf",
		startedAt: readEpoch(start),
		levels: [{
			...MEASURES_NOTHING,
			ok: answered.length,
			failed: measured.length - answered.length,
			seconds,
			...readTimes((name) => summariseValues(valuesOf(name))),
			outputTokensPerSecond: rateOf("output_sequence_length"),
			inputTokensPerSecond: rateOf("input_sequence_length"),
			requestsPerSecond: computeRate(answered.length, seconds)
		}],
		notes: [LACKS, ...unread === 0 ? [] : [`${unread} of ${lines.length} lines are not JSON, and are left out.`]]
	};
}
function isMeasured({ metadata }) {
	const phase = asText(asObject(metadata)?.["benchmark_phase"]);
	return phase === null || phase === "profiling";
}
function readSpan(metadata) {
	const read = (name) => {
		const nanoseconds = asNumber(metadata[name]);
		return nanoseconds === null ? null : nanoseconds / 1e9;
	};
	return {
		start: read("request_start_ns") ?? Infinity,
		end: read("request_end_ns") ?? -Infinity
	};
}
function readValues(record, name) {
	const { value, unit } = followMembers(record, "metrics", name);
	const scale = TO_MS[asText(unit) ?? ""] ?? 1;
	return (Array.isArray(value) ? value : [value]).flatMap((each) => {
		const figure = readFigure(each);
		return figure === null ? [] : [figure * scale];
	});
}
function summariseValues(values) {
	if (values.length === 0) return null;
	const sorted = values.toSorted((a, b) => a - b);
	const n = sorted.length;
	const mean = sum(sorted) / n;
	const squares = sum(sorted.map((value) => (value - mean) ** 2));
	const quantile = (share) => {
		const at = (n - 1) * share;
		const [left, right] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
		return left + (right - left) * (at - Math.floor(at));
	};
	return {
		mean,
		sd: Math.sqrt(squares / n),
		min: sorted[0],
		max: sorted[n - 1],
		p50: quantile(.5),
		p90: quantile(.9),
		p95: quantile(.95),
		p99: quantile(.99)
	};
}
// src/imports/guidellm.ts
const GUIDELLM_FORMS = [defineJsonForm("guidellm (benchmarks.json)", isGuidellm, readGuidellm)];
const NEWEST = 2;
const FORM$2 = {
	toMs: 1,
	sd: ["std_dev"],
	p50: ["median"],
	p90: ["percentiles", "p90"],
	p95: ["percentiles", "p95"],
	p99: ["percentiles", "p99"]
};
const IN_SECONDS = {
	...FORM$2,
	toMs: 1e3
};
function isGuidellm(json) {
	const first = asObject(asArray(json["benchmarks"])?.[0]);
	return first !== null && "time_to_first_token_ms" in followMembers(first, "metrics");
}
function readGuidellm(json) {
	const benchmarks = (asArray(json["benchmarks"]) ?? []).map((each) => asObject(each) ?? {});
	const metadata = followMembers(json, "metadata");
	const version = readFigure(metadata["version"]);
	const first = benchmarks[0];
	const backend = findBackend(json, first);
	const spec = followMembers(json, "config", "spec");
	const data = asObject(asArray(spec["data"])?.[0]) ?? readOldData(json);
	const limits = asArray(spec["constraints"])?.map((each) => asObject(each) ?? {}) ?? [];
	const limitOf = (kind) => limits.find((each) => each["kind"] === kind) ?? {};
	const format = asText(backend["request_format"]) ?? asText(followMembers(json, "args")["request_type"]) ?? "";
	const isChat = !/completions?$/.test(format) || /chat/.test(format);
	return {
		...SAYS_NOTHING,
		tool: "guidellm",
		version: asText(metadata["guidellm_version"]),
		startedAt: readEpoch(first["start_time"]),
		model: asText(backend["model"]) ?? asText(followMembers(json, "args")["model"]),
		host: readHost(backend["target"]) ?? readHost(followMembers(json, "args")["target"]),
		api: isChat ? "openai-chat" : "openai-completions",
		task: isChat ? "chat" : "completions",
		inputTokens: readCount(data["prompt_tokens"])?.toString() ?? null,
		outputTokens: readCount(data["output_tokens"])?.toString() ?? null,
		levelRequests: readCount(limitOf("max_requests")["count"]),
		levelSeconds: readPositive(limitOf("max_duration")["seconds"] ?? limitOf("max_duration")["duration"]),
		levels: benchmarks.map(readBenchmark),
		notes: noteNewerForm("guidellm", version, NEWEST)
	};
}
function findBackend(json, first) {
	const found = [
		followMembers(json, "config", "spec", "backend"),
		followMembers(first, "config", "backend"),
		followMembers(first, "worker")
	].find((place) => Object.keys(place).length > 0) ?? {};
	return {
		target: found["backend_target"],
		model: found["backend_model"],
		...found
	};
}
function readOldData(json) {
	const data = followMembers(json, "args")["data"];
	const text = asText(data) ?? asText(asArray(data)?.[0]) ?? "";
	const pick = (name) => {
		const digits = new RegExp(`${name}"?\\s*[=:]\\s*(\\d{1,9})`).exec(text)?.[1];
		return digits === void 0 ? null : Number(digits);
	};
	return {
		prompt_tokens: pick("prompt_tokens"),
		output_tokens: pick("output_tokens")
	};
}
function readBenchmark(benchmark) {
	const metrics = followMembers(benchmark, "metrics");
	const summarise = (name, form = FORM$2) => readTime(followMembers(metrics, name, "successful"), form);
	const rateOf = (name) => readPositive(followMembers(metrics, name, "successful")["mean"]);
	const counts = findCounts(benchmark);
	const ok = readCount(counts["successful"]);
	if (ok === null) throw new ResultError("states no numbers of requests");
	return {
		...MEASURES_NOTHING,
		...readLoad(benchmark),
		ok,
		failed: readCount(counts["errored"]) ?? 0,
		seconds: readFigure(benchmark["duration"]) ?? countSeconds(benchmark),
		ttftMs: summarise("time_to_first_token_ms"),
		ttfoMs: summarise("time_to_first_output_token_ms"),
		tpotMs: summarise("time_per_output_token_ms"),
		interChunkMs: summarise("inter_token_latency_ms"),
		latencyMs: summarise("request_latency", IN_SECONDS),
		outputTokensPerSecond: rateOf("output_tokens_per_second"),
		inputTokensPerSecond: rateOf("prompt_tokens_per_second"),
		requestsPerSecond: rateOf("requests_per_second"),
		inFlight: readPositive(followMembers(metrics, "request_concurrency", "successful")["mean"])
	};
}
function findCounts(benchmark) {
	return [
		followMembers(benchmark, "metrics", "request_totals"),
		followMembers(benchmark, "request_totals"),
		followMembers(benchmark, "scheduler_metrics", "requests_made"),
		followMembers(benchmark, "run_stats", "requests_made")
	].find((place) => "successful" in place) ?? {};
}
function readLoad(benchmark) {
	const strategy = [followMembers(benchmark, "config", "strategy"), followMembers(benchmark, "args", "strategy")].find((place) => Object.keys(place).length > 0) ?? {};
	const streams = readConcurrency(strategy["streams"]) ?? readConcurrency(strategy["max_concurrency"]);
	switch (strategy["type_"]) {
		case "synchronous": return { concurrency: 1 };
		case "concurrent":
		case "throughput": return { concurrency: streams };
		default: return {
			rate: readPositive(strategy["rate"]) ?? 0,
			arrivals: nameArrivals(asText(strategy["type_"]), null, readPositive(strategy["rampup_duration"]) !== null),
			maxInFlight: readConcurrency(strategy["max_concurrency"])
		};
	}
}
function countSeconds({ start_time: start, end_time: end }) {
	return Math.max(0, (readFigure(end) ?? 0) - (readFigure(start) ?? 0));
}
// src/imports/inference-perf.ts
const STAGE = "inference-perf (stage_N_lifecycle_metrics.json)";
const INFERENCE_PERF_FORMS = [defineJsonForm(STAGE, isStage, readInferencePerf), defineJsonForm("inference-perf (summary_lifecycle_metrics.json)", isSummary, readInferencePerf, [STAGE])];
const FORM$1 = {
	toMs: 1e3,
	sd: ["std"],
	p50: ["median"]
};
function isOfInferencePerf(json) {
	return "load_summary" in json && "successes" in json && "failures" in json;
}
function isStage(json) {
	return isOfInferencePerf(json) && "requested_rate" in followMembers(json, "load_summary");
}
function isSummary(json) {
	return isOfInferencePerf(json) && !isStage(json);
}
function readInferencePerf(json) {
	const load = followMembers(json, "load_summary");
	const successes = followMembers(json, "successes");
	const throughput = followMembers(successes, "throughput");
	const ok = readCount(successes["count"]);
	if (ok === null) throw new ResultError("states no number of successes");
	const requestsPerSecond = readPositive(throughput["requests_per_sec"]);
	const readTimeNamed = (name) => readTime(followMembers(successes, "latency", name), FORM$1);
	const concurrency = readConcurrency(load["concurrency"]);
	return {
		...SAYS_NOTHING,
		tool: "inference-perf",
		task: "completions",
		levels: [{
			...MEASURES_NOTHING,
			concurrency,
			rate: concurrency === null ? readPositive(load["requested_rate"]) : null,
			ok,
			failed: readCount(followMembers(json, "failures")["count"]) ?? 0,
			seconds: readPositive(json["benchmark_time_seconds"]) ?? (requestsPerSecond === null ? readFigure(load["send_duration"]) ?? 0 : ok / requestsPerSecond),
			ttftMs: readTimeNamed("time_to_first_token"),
			tpotMs: readTimeNamed("time_per_output_token"),
			interChunkMs: readTimeNamed("inter_token_latency"),
			latencyMs: readTimeNamed("request_latency"),
			outputTokensPerSecond: readPositive(throughput["output_tokens_per_sec"]),
			inputTokensPerSecond: readPositive(throughput["input_tokens_per_sec"]),
			requestsPerSecond
		}]
	};
}
// src/imports/mlcommons-endpoints.ts
const MLCOMMONS_FORMS = [defineJsonForm("mlcommons endpoints (result_summary.json)", isMlcommonsEndpoints, readMlcommonsEndpoints)];
const FORM = {
	toMs: 1e-6,
	mean: ["avg"],
	sd: ["std_dev"],
	p50: ["median"],
	p90: ["percentiles", "90.0"],
	p95: ["percentiles", "95.0"],
	p99: ["percentiles", "99.0"]
};
function isMlcommonsEndpoints(json) {
	return "n_samples_completed" in json && "duration_ns" in json;
}
function readMlcommonsEndpoints(json) {
	const nanoseconds = readPositive(json["duration_ns"]);
	const ok = readCount(json["n_samples_completed"]);
	if (nanoseconds === null || ok === null) throw new ResultError("states no duration_ns, or no n_samples_completed");
	const seconds = nanoseconds / 1e9;
	const load = followMembers(json, "run_config", "load_pattern");
	const kind = asText(load["type"]);
	const readTimeNamed = (name) => readTime(followMembers(json, name), FORM);
	return {
		...SAYS_NOTHING,
		tool: "mlcommons endpoints",
		version: asText(json["version"]),
		levelRequests: readCount(json["n_samples_issued"]),
		levels: [{
			...MEASURES_NOTHING,
			...kind === "poisson" ? {
				rate: readPositive(load["target_qps"]) ?? 0,
				arrivals: kind
			} : { concurrency: readConcurrency(load["target_concurrency"]) },
			ok,
			failed: readCount(json["n_samples_failed"]) ?? 0,
			seconds,
			ttftMs: readTimeNamed("ttft"),
			tpotMs: readTimeNamed("tpot"),
			latencyMs: readTimeNamed("latency"),
			outputTokensPerSecond: readPositive(json["tps"]),
			inputTokensPerSecond: computeRate(readPositive(followMembers(json, "input_sequence_lengths")["total"]), seconds),
			requestsPerSecond: readPositive(json["qps"]),
			cut: json["complete"] === false ? "mlcommons endpoints says that it is not complete" : null
		}]
	};
}
// src/imports/vllm-bench.ts
const VLLM_FORMS = [
	defineJsonForm("vllm bench serve (--save-result)", isVllmBenchServe, (json) => readVllm(json, "vllm bench serve")),
	defineTextForm("vllm bench serve (--append-result)", isVllmAppended, readVllmAppended),
	defineJsonForm("vllm-bench in Rust (--save-result)", isVllmBench, (json) => readVllm(json, "vllm-bench"))
];
function isVllm(json) {
	return "request_throughput" in json && "completed" in json && ("median_e2el_ms" in json || "median_ttft_ms" in json);
}
function isOfRust(json) {
	return "steady_state" in json || "max_model_len" in json;
}
function isVllmBenchServe(json) {
	return isVllm(json) && !isOfRust(json);
}
function isVllmBench(json) {
	return isVllm(json) && isOfRust(json);
}
function isVllmAppended(text) {
	const lines = listLines(text);
	return lines.length > 1 && lines.every((line) => line !== null && isVllmBenchServe(line));
}
function readVllmAppended(text) {
	const results = listLines(text).map((line) => readVllm(line ?? {}, "vllm bench serve"));
	if (new Set(results.map(({ model }) => model)).size > 1) throw new ResultError("holds results of several models");
	const notes = new Set(results.flatMap((result) => result.notes));
	return {
		...results[0],
		levels: results.flatMap(({ levels }) => levels),
		notes: [...notes]
	};
}
function listLines(text) {
	return text.split("\n").filter((line) => line.trim() !== "").map((line) => asObject(parseJson(line)));
}
function readVllm(json, tool) {
	const ok = readCount(json["completed"]);
	const seconds = readPositive(json["duration"]);
	if (ok === null || seconds === null) throw new ResultError("states no duration, or no number of completed requests");
	const task = readTask(asText(json["endpoint_type"]) ?? asText(json["backend"]) ?? "");
	const prompts = readCount(json["num_prompts"]);
	const rate = asText(json["ramp_up_strategy"]) === null ? readRate(json["request_rate"]) : 0;
	const stated = readConcurrency(json["max_concurrency"]);
	const all = rate === null && stated === null ? readConcurrency(prompts) : null;
	const rateOf = (name, total) => readPositive(json[name]) ?? computeRate(readPositive(json[total]), seconds);
	const readTimeNamed = (name) => collectTime((what) => readFigure(json[`${PREFIXES[what] ?? what}_${name}_ms`]));
	return {
		...SAYS_NOTHING,
		tool,
		startedAt: readDate(json["date"]),
		model: asText(json["model_id"]),
		api: `openai-${task}`,
		task,
		levelRequests: prompts,
		levels: [{
			...MEASURES_NOTHING,
			...rate === null ? { concurrency: stated ?? all } : {
				rate,
				arrivals: nameArrivals("gamma", json["burstiness"] ?? 1, false),
				maxInFlight: stated
			},
			ok,
			failed: readCount(json["failed"]) ?? Math.max(0, (prompts ?? ok) - ok),
			seconds,
			ttftMs: readTimeNamed("ttft"),
			tpotMs: readTimeNamed("tpot"),
			interChunkMs: readTimeNamed("itl"),
			latencyMs: readTimeNamed("e2el"),
			outputTokensPerSecond: generatesTokens(task) ? rateOf("output_throughput", "total_output_tokens") : null,
			inputTokensPerSecond: rateOf("input_throughput", "total_input_tokens"),
			requestsPerSecond: readPositive(json["request_throughput"])
		}],
		notes: all === null ? [] : [`It had no --max-concurrency: all ${all} requests were sent at once, which is what level ${all} is.`]
	};
}
const PREFIXES = {
	sd: "std",
	p50: "median"
};
function readRate(value) {
	const number = typeof value === "string" ? Number(value) : asNumber(value);
	return number !== null && Number.isFinite(number) && number > 0 ? number : null;
}
function readTask(backend) {
	if (/embed|pooling|rerank/.test(backend)) return "embeddings";
	return /chat|responses|audio/.test(backend) ? "chat" : "completions";
}
function readDate(value) {
	const parts = typeof value === "string" ? /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(value) : null;
	if (parts === null) return readMoment(value);
	const [, year, month, day, hour, minute, second] = parts;
	return readMoment(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
// src/imports/join-results.ts
var join_results_exports = /* @__PURE__ */ __exportAll({
	RESULT_FORMS: () => RESULT_FORMS,
	joinResults: () => joinResults,
	nameResultForm: () => nameResultForm,
	readResult: () => readResult
});
const RESULT_FORMS = [
	...GUIDELLM_FORMS,
	...VLLM_FORMS,
	...AIPERF_FORMS,
	...INFERENCE_PERF_FORMS,
	...MLCOMMONS_FORMS
];
function readResult(text) {
	const json = asObject(parseLooseJson(text));
	for (const form of RESULT_FORMS) {
		const result = form.read(text, json);
		if (result !== null) return {
			form,
			result
		};
	}
	return null;
}
function nameResultForm(text) {
	const json = asObject(parseLooseJson(text));
	for (const { name, read } of RESULT_FORMS) try {
		const result = read(text, json);
		if (result !== null) return result.version === null ? name : `${name}, version ${result.version}`;
	} catch {
		return name;
	}
	return null;
}
const MOST_LEVELS = 1e3;
function joinResults(files, given) {
	const read = files.map(readFile$2);
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
function readFile$2(file) {
	const refuse = (message) => refuseFile(file, message);
	try {
		const found = readResult(file.text);
		if (found !== null) return {
			...file,
			...found
		};
		if (file.text.trim() === "") return refuse("is empty; was the measurement broken off?");
		if (isCutJson(file.text)) return refuse("begins as JSON and is broken or cut off; write or download it again");
		return refuse(`is none of the forms that are read: ${RESULT_FORMS.map(({ name }) => name).join(", ")}`);
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
	const isRepeat = (file) => files.some((other) => file.form.yieldsTo.includes(other.form.name) && folderOf(other) === folderOf(file));
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
// src/commands/recorded/stored.ts
const REPORT_KIND = {
	schema: "plateau/run-report",
	what: "run report",
	where: "it is given without a flag",
	decode: decodeRunReport
};
const HISTORY_KIND = {
	schema: "plateau/history",
	what: "history",
	where: "\"plateau compare\" takes it as --history, \"plateau audit\" and \"plateau history\" without a flag",
	decode: decodeHistory
};
const VERDICT_KIND = {
	schema: "plateau/verdict",
	what: "verdict",
	where: "\"plateau report\" takes it as --verdict",
	decode: decodeVerdict
};
const KINDS = [
	REPORT_KIND,
	HISTORY_KIND,
	VERDICT_KIND
];
function readStored(kind, path, setting) {
	try {
		return {
			value: decodeStored(kind, readTextFile(path)),
			problem: null
		};
	} catch (error) {
		const message = error instanceof FileRefusal ? error.message : explainUnreadable(error);
		return {
			value: null,
			problem: {
				setting,
				given: showValue(path),
				message
			}
		};
	}
}
function decodeStored(kind, text) {
	const schema = readSchemaName(dropByteOrderMark(text));
	if (schema === null) throw new FileRefusal(`is not a ${kind.what}: ${describeText(text)}`);
	const [name, version] = schema.split("@");
	if (name !== kind.schema) {
		const known = KINDS.find((other) => other.schema === name);
		const found = known === void 0 ? `has the schema "${escapeForTerminal(schema)}"` : `is a ${known.what}: ${known.where}`;
		throw new FileRefusal(`is not a ${kind.what}; it ${found}`);
	}
	try {
		return kind.decode(text);
	} catch (error) {
		throw new FileRefusal(Number(version) > 1 ? `is of version ${Number(version)} of the format, and plateau ${VERSION} reads version 1; update plateau` : `is not a ${kind.what} that can be read: ${escapeForTerminal(error.message, 300)}`);
	}
}
function readSchemaName(text) {
	const schema = asObject(parseJson(text))?.["schema"];
	return typeof schema === "string" ? schema : null;
}
function describeText(text) {
	if (text.trim() === "") return "it is empty";
	if (text.startsWith("PK")) return "it is a zip; unpack it, or fetch the workflow run with --run";
	const tool = nameResultForm(text);
	if (tool !== null) return `it holds results of ${escapeForTerminal(tool)}; "plateau import FILE" judges them, and with --append records them`;
	if (text.includes("\0") || text.includes("\uFFFD")) return "it is binary";
	return "it is not a JSON object with a \"schema\"";
}
const MOST_FILES = 2e4;
function listJsonFiles(folder, setting) {
	const refuse = (message) => new SettingsError([{
		setting,
		given: showValue(folder),
		message
	}]);
	let files;
	try {
		files = readdirSync(folder, {
			withFileTypes: true,
			recursive: true
		}).filter((entry) => entry.isFile() && entry.name.endsWith(".json")).map((entry) => join(entry.parentPath, entry.name));
	} catch (error) {
		const code = codeOf(error);
		if (code === "ENOENT") throw refuse("there is no such folder; relative paths start in the current directory");
		if (code === "ENOTDIR") throw refuse("is a file; name the folder that holds the reports");
		throw refuse(`cannot be read (${code ?? "unknown error"})`);
	}
	if (files.length <= MOST_FILES) return files.sort();
	throw refuse(`holds more than ${MOST_FILES} JSON files; name the folder of the reports`);
}
function readReportFolder(folder, setting) {
	const reports = listJsonFiles(folder, setting).flatMap((path) => readStored(REPORT_KIND, path, setting).value ?? []);
	if (reports.length > 0) return reports;
	throw new SettingsError([{
		setting,
		given: showValue(folder),
		message: "holds no run report; --report-json writes one, and \"gh run download\" fetches those that the action kept as artifacts"
	}]);
}
// src/commands/recorded/recorded.ts
function findHistoryHere(setting, orElse) {
	if (existsSync(".plateau/history.json")) return DEFAULT_HISTORY;
	const message = `is not given, and there is no ${DEFAULT_HISTORY} here; "plateau run --append" records a run there, and a history elsewhere (also ${orElse}) is given by its path`;
	throw new SettingsError([{
		setting,
		given: null,
		message
	}]);
}
function defineNameSetting(group, help) {
	return defineSetting({
		name: "name",
		group,
		help,
		placeholder: "NAME",
		default: null,
		derived: "every name of the history",
		common: true,
		read: (text) => text.trim()
	});
}
function listNames(entries, wanted) {
	const names = [...new Set(entries.map(({ row }) => row.series.name))];
	if (wanted === null) return names;
	if (names.includes(wanted)) return [wanted];
	const there = names.length === 0 ? "no runs" : listAllowed(wanted, names, (name) => escapeForTerminal(name));
	throw new SettingsError([{
		setting: "name",
		given: wanted,
		message: `is not in the history, which has ${there}`
	}]);
}
function readRecorded(places, setting) {
	const found = places.map((place) => readPlace(place, setting));
	const problems = found.flatMap(({ problem }) => problem ?? []);
	if (problems.length > 0) throw new SettingsError(problems);
	const histories = found.flatMap(({ value }) => value.histories);
	const reports = found.flatMap(({ value }) => value.reports);
	return {
		entries: mergeHistories(histories.length > 0 ? histories : [buildHistoryOfReports(reports)], Infinity).entries,
		invalid: histories.length > 0 ? 0 : reports.filter(({ validity }) => !validity.ok).length,
		beside: histories.length > 0 ? reports.length : 0
	};
}
function buildHistoryOfReports(reports) {
	const valid = reports.filter(({ validity }) => validity.ok);
	return {
		schema: HISTORY_SCHEMA,
		entries: valid.map((report) => entryOf(report, report.series.name))
	};
}
function readPlace(place, setting) {
	if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return readFile$1(place, setting);
	const all = listJsonFiles(place, setting).flatMap((path) => readFile$1(path, setting).value ?? []);
	if (all.length === 0) return {
		value: null,
		problem: {
			setting,
			given: place,
			message: "holds no history and no run report; \"plateau run --append\" writes the one, --report-json the other, and \"gh run download\" fetches both from artifacts"
		}
	};
	return {
		value: {
			histories: all.flatMap(({ histories }) => histories),
			reports: all.flatMap(({ reports }) => reports)
		},
		problem: null
	};
}
function readFile$1(path, setting) {
	const history = readStored(HISTORY_KIND, path, setting);
	if (history.problem === null) return {
		value: {
			histories: [history.value],
			reports: []
		},
		problem: null
	};
	const report = readStored(REPORT_KIND, path, setting);
	return report.problem === null ? {
		value: {
			histories: [],
			reports: [report.value]
		},
		problem: null
	} : history;
}
function buildBaselineOfReports(reports, candidate) {
	const valid = reports.filter(({ report }) => report.validity.ok);
	const invalid = reports.filter(({ report }) => !report.validity.ok);
	const entries = valid.map(({ report }) => entryOf(report, candidate.series.name)).sort((a, b) => Date.parse(a.row.startedAt) - Date.parse(b.row.startedAt));
	const origin = reports.length === 1 ? `report ${escapeForTerminal(reports[0].from)}` : pluralise(reports.length, "report");
	const passedOver = invalid.map(({ from }) => `${from}: the run is not valid, so its figures must not be used`);
	return removeCandidate({
		entries,
		origin,
		ancestor: null,
		passedOver,
		unreadable: null
	}, candidate);
}
function buildBaselineOfHistory({ entries }, origin, candidate) {
	const { name } = candidate.series;
	const same = entries.filter(({ row }) => row.series.name === name);
	const others = [...new Set(entries.map(({ row }) => row.series.name))].filter((other) => other !== name);
	const passedOver = same.length > 0 || others.length === 0 ? [] : [`no run is called ${name}; there are runs of ${others.map((other) => escapeForTerminal(other)).join(", ")}`];
	return removeCandidate({
		entries: same,
		origin,
		ancestor: null,
		passedOver,
		unreadable: null
	}, candidate);
}
function entryOf(report, name) {
	const row = buildRow(report);
	const { key: _key, ...fields } = row.series;
	return {
		row: {
			...row,
			series: addSeriesKey({
				...fields,
				name
			})
		},
		source: {
			sha: null,
			ref: null,
			runId: nameLocalRun(new Date(report.startedAt)),
			attempt: 1,
			event: "command",
			url: null
		},
		verdict: "no-baseline",
		segments: {}
	};
}
// src/exports/csv.ts
const LEVEL_METRICS = METRICS$1.filter(({ scope }) => scope !== "run").map(({ name }) => name);
function* encodeLevelsCsv({ series, startedAt, levels }) {
	const kinds = [
		"part",
		"turn",
		"inputTokens",
		"cachedShare"
	];
	yield toLine([
		"name",
		"startedAt",
		loadOf(series),
		"pass",
		"state",
		...[
			"windowSeconds",
			"ok",
			"failed",
			"short",
			"inFlight"
		],
		...LEVEL_METRICS,
		...kinds
	]);
	for (const level of levels) for (const { pass, part, turn, counts, figure } of listLevelRows(level)) {
		const { windowSeconds, ok, failed, short, inFlight, inputTokens, cachedShare } = counts;
		const place = [
			series.name,
			startedAt,
			level.concurrency,
			pass,
			level.state
		];
		const figures = [
			windowSeconds,
			ok,
			failed,
			short,
			inFlight,
			...LEVEL_METRICS.map(figure)
		];
		yield toLine([
			...place,
			...figures,
			part,
			turn,
			inputTokens,
			cachedShare
		]);
	}
}
function* encodeRequestsCsv(records) {
	yield toLine(FACTS_IN_ORDER.map(({ name }) => name));
	for (const record of records) yield toLine(FACTS_IN_ORDER.map(({ name }) => record[name]));
}
function toLine(cells) {
	return `${cells.map(writeCell).join(",")}\r\n`;
}
function writeCell(cell) {
	if (cell === null) return "";
	if (typeof cell === "number") return String(Number.isInteger(cell) ? cell : Number(cell.toPrecision(9)));
	if (typeof cell === "boolean") return String(cell);
	const text = escapeForTerminal(cell, 1e3);
	const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
	return /[",]/.test(plain) ? `"${plain.replaceAll("\"", "\"\"")}"` : plain;
}
function listLevelRows({ passes, parts = [], conversations, ...pooled }) {
	return [
		...passes.map((figures) => rowOfWhole(figures.pass, figures)),
		rowOfWhole("all", pooled),
		...parts.map(rowOfPart),
		...conversations?.turns.map(rowOfTurn) ?? []
	];
}
function rowOfWhole(pass, figures) {
	const { windowSeconds, requests, inFlight, cachedShare } = figures;
	return {
		pass,
		part: null,
		turn: null,
		counts: {
			windowSeconds,
			...requests,
			inFlight: inFlight.mean,
			inputTokens: null,
			cachedShare
		},
		figure: (metric) => figureOf(figures, metric)
	};
}
const NO_WINDOW = {
	windowSeconds: null,
	short: null,
	inFlight: null
};
function rowOfPart(part) {
	const { name, requests, inputTokens } = part;
	return {
		pass: "all",
		part: name,
		turn: null,
		counts: {
			...NO_WINDOW,
			...requests,
			inputTokens: requests.ok === 0 ? null : inputTokens / requests.ok,
			cachedShare: null
		},
		figure: (metric) => figureOfScenario(part, metric)
	};
}
function rowOfTurn(figures) {
	const { turn, andLater, requests, inputTokens, cachedShare } = figures;
	return {
		pass: "all",
		part: null,
		turn: `${turn}${andLater === true ? "+" : ""}`,
		counts: {
			...NO_WINDOW,
			...requests,
			inputTokens,
			cachedShare
		},
		figure: (metric) => figureOfTurn(figures, metric)
	};
}
// src/exports/junit.ts
function encodeJunit(report, verdict) {
	const view = viewVerdict({
		report,
		verdict,
		acceptLabel: null,
		subject: "run"
	});
	const parts = [
		...listComparisons(verdict, view),
		...listLost(verdict),
		...listErrorRate(verdict),
		...listLimits(view)
	];
	const found = verdict.check === "fail" ? parts : parts.map((one) => ({
		...one,
		outcome: forgiveOutcome(one.outcome)
	}));
	const cases = [...found, judgeWhole(verdict, view, found)];
	const count = (outcome) => cases.filter((one) => one.outcome === outcome).length;
	const attributes = [
		`name="plateau: ${escapeForXml(verdict.name)}"`,
		`tests="${cases.length}"`,
		`failures="${count("failure")}"`,
		`errors="${count("error")}"`,
		`skipped="${count("skipped")}"`,
		`time="${(report?.durationSeconds ?? 0).toFixed(3)}"`
	].join(" ");
	const timestamp = report === null ? "" : ` timestamp="${escapeForXml(report.startedAt.replace(/(\.\d+)?Z$/, ""))}"`;
	return [
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		`<testsuites ${attributes}>`,
		`  <testsuite ${attributes}${timestamp}>`,
		...cases.map((one) => writeCase(one, verdict.name)),
		"  </testsuite>",
		"</testsuites>",
		""
	].join("\n");
}
function forgiveOutcome(outcome) {
	return outcome === "failure" || outcome === "error" ? "pass" : outcome;
}
function listComparisons({ comparisons }, view) {
	return comparisons.map(({ metric, verdict, note }, i) => {
		const { baseline, candidate, change, interval, visible, verdict: word } = view.comparisons.rows[i];
		return {
			name: metric,
			text: `${`${baseline} before, ${candidate} now, ${change}${interval === null ? "" : ` ${interval}`}`}; finds ${visible}. ${writePlain(word)}${note === null ? "" : `: ${note}`}`,
			outcome: OUTCOMES[verdict]
		};
	});
}
const OUTCOMES = {
	regressed: "failure",
	"not-measured": "error",
	suspect: "pass",
	"not-comparable": "skipped",
	accepted: "pass",
	"no-change-seen": "pass",
	proven: "pass",
	improved: "pass"
};
function listLost(verdictOf) {
	const load = loadOfVerdict(verdictOf);
	return verdictOf.lostLevels.map(({ concurrency, verdict, reason }) => ({
		name: `${spellLevels(load, nameLevel$1(load, concurrency))} is held`,
		text: reason,
		outcome: OUTCOMES[verdict]
	}));
}
function listErrorRate({ errorRate }) {
	if (errorRate === null) return [];
	const { verdict, baseline, candidate } = errorRate;
	const describe = ({ ok, failed }) => `${failed} of ${pluralise(ok + failed, "request")} failed`;
	return [{
		name: "error-rate",
		text: `${describe(candidate)}; in the baseline ${describe(baseline)}`,
		outcome: OUTCOMES[verdict]
	}];
}
function listLimits({ limits }) {
	const words = {
		fail: "failure",
		"not-measured": "error",
		pass: "pass"
	};
	return limits.rows.map(({ limit, outcome, verdict, measured }) => ({
		name: writePlain(limit),
		text: `${writePlain(measured)}. ${writePlain(verdict)}`,
		outcome: words[outcome]
	}));
}
function judgeWhole({ check, verdict }, { title }, found) {
	const text = writePlain(title.sentence);
	const isSaid = found.some(({ outcome }) => outcome === "failure" || outcome === "error");
	if (check !== "fail" || isSaid) return {
		name: "verdict",
		text,
		outcome: "pass"
	};
	return {
		name: "verdict",
		text,
		outcome: verdict === "not-measured" || verdict === "cancelled" ? "error" : "failure"
	};
}
function writeCase({ name, text, outcome }, series) {
	const start = `    <testcase classname="plateau.${escapeForXml(series)}" name="${escapeForXml(name)}"`;
	const words = escapeForXml(text);
	if (outcome === "pass") return `${start}><system-out>${words}</system-out></testcase>`;
	return `${start}>${outcome === "skipped" ? "<skipped message=\"" : `<${outcome} type="plateau" message="`}${words}"/></testcase>`;
}
function escapeForXml(text) {
	return escapeForHtml(text, 1e3);
}
// src/exports/open-metrics.ts
const UNITS = {
	time: {
		unit: "seconds",
		divisor: 1e3
	},
	"tokens-per-second": {
		unit: "tokens_per_second",
		divisor: 1
	},
	"requests-per-second": {
		unit: "requests_per_second",
		divisor: 1
	},
	share: {
		unit: "ratio",
		divisor: 1
	},
	concurrency: {
		unit: "requests",
		divisor: 1
	}
};
function encodeOpenMetrics(report, verdict) {
	const run = { series: report.series.name };
	return `${[
		...listLevelFamilies(report),
		...listRunFamilies(report),
		...listVerdictFamilies(verdict)
	].flatMap((family) => writeFamily(family, run)).join("")}# EOF\n`;
}
function listLevelFamilies({ levels, series }) {
	const load = loadOf(series);
	const rows = levels.flatMap((level) => nameApart(listLevelRows(level)).flatMap((row) => row.pass === "all" ? {
		...row,
		labels: {
			[load]: String(level.concurrency),
			...labelsOf(row)
		}
	} : []));
	return [...Map.groupBy(rows, prefixOf)].flatMap(([prefix, kind]) => {
		const readSamples = (pick) => kind.map((row) => ({
			labels: row.labels,
			value: pick(row)
		}));
		const [cached, input] = [readSamples(({ counts }) => counts.cachedShare), readSamples(({ counts }) => counts.inputTokens)];
		return [
			...listFamilies(prefix, (metric) => readSamples(({ figure }) => figure(metric))),
			makeGauge(`${prefix}_input_cached_ratio`, "Share of the input tokens that a prefix cache held", cached),
			makeGauge(`${prefix}_input_tokens`, "Mean input tokens of a request", input)
		];
	});
}
function nameApart(rows) {
	const taken = /* @__PURE__ */ new Set();
	return rows.map((row) => {
		if (row.part === null) return row;
		const shown = escapeForTerminal(row.part, LONGEST_LABEL - 10);
		let part = shown;
		for (let times = 2; taken.has(part); times++) part = `${shown} (${times})`;
		taken.add(part);
		return {
			...row,
			part
		};
	});
}
function prefixOf({ part, turn }) {
	return part !== null ? "plateau_part" : turn !== null ? "plateau_turn" : "plateau";
}
function labelsOf({ part, turn }) {
	return {
		...part !== null && { part },
		...turn !== null && { turn }
	};
}
function listFamilies(prefix, listSamples) {
	return [...Map.groupBy(METRICS$1.filter(({ scope }) => scope !== "run"), nameFamily)].map(([name, metrics]) => {
		const { quantity, meaning, percentile } = metrics[0];
		const { unit, divisor } = UNITS[quantity];
		const samples = metrics.flatMap((metric) => listSamples(metric.name).map(({ labels, value }) => ({
			labels: metric.percentile === null ? { ...labels } : {
				...labels,
				percentile: metric.percentile
			},
			value: value === null ? null : value / divisor
		})));
		const help = percentile === null ? meaning : meaning.replace(/, [^,]*$/, "");
		return {
			name: `${prefix}_${name}`,
			type: "gauge",
			unit,
			help,
			samples
		};
	});
}
function nameFamily({ name, family, percentile, quantity }) {
	const { unit } = UNITS[quantity];
	const stem = (percentile === null ? name : family).replaceAll("-", "_");
	return stem.endsWith(unit) ? stem : `${stem}_${unit}`;
}
function listRunFamilies({ startedAt, durationSeconds, plateau, slo, series }) {
	const best = plateau[plateau.metric];
	const of = {
		counts: plateau.metric,
		state: plateau.state
	};
	return [
		makeGauge("plateau_run_start_seconds", "When the run started, as Unix time", [{ value: Date.parse(startedAt) / 1e3 }]),
		makeGauge("plateau_run_duration_seconds", "How long the run took", [{ value: durationSeconds }]),
		makeGauge("plateau_best_throughput", "Throughput of the plateau, or the highest where none was reached, per second", [{
			labels: of,
			value: best?.value ?? null
		}]),
		makeGauge("plateau_knee_concurrency", "The smallest concurrency that reaches the plateau", [{ value: plateau.kneeConcurrency }]),
		makeGauge(CAPACITY[loadOf(series)].name, CAPACITY[loadOf(series)].help, [{
			labels: { state: slo?.capacity.state ?? "unknown" },
			value: slo?.capacity.concurrency?.value ?? null
		}])
	];
}
const OR_BOUND = ", or the bound that its state says";
const CAPACITY = {
	concurrency: {
		name: "plateau_capacity",
		help: `The most requests in flight that keep the objectives${OR_BOUND}`
	},
	rate: {
		name: "plateau_capacity_rate",
		help: `The highest rate, in requests or conversations a second, whose requests keep the objectives${OR_BOUND}`
	},
	speed: {
		name: "plateau_capacity_speed",
		help: `The highest speed of the trace that keeps the objectives${OR_BOUND}`
	}
};
function listVerdictFamilies({ verdict, check, comparisons }) {
	return [
		{
			name: "plateau_verdict",
			type: "info",
			help: "What the run came to",
			samples: [{
				labels: {
					verdict,
					check
				},
				value: 1
			}]
		},
		makeGauge("plateau_check_failed", "Whether the check fails", [{ value: check === "fail" ? 1 : 0 }]),
		makeGauge("plateau_change_ratio", "Change of a metric against its baseline: 0.1 is 10 % more", comparisons.map(({ metric, change, verdict: word }) => ({
			labels: {
				metric,
				verdict: word
			},
			value: change
		})))
	];
}
function makeGauge(name, help, samples) {
	const unit = /_(seconds|ratio)$/.exec(name)?.[1];
	return {
		name,
		type: "gauge",
		help,
		samples,
		...unit === void 0 ? {} : { unit }
	};
}
function writeFamily({ name, type, unit, help, samples }, run) {
	const lines = samples.flatMap(({ labels = {}, value }) => {
		if (value === null) return [];
		const pairs = Object.entries({
			...run,
			...labels
		}).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
		return [`${name}${type === "info" ? "_info" : ""}{${pairs.join(",")}} ${value}\n`];
	});
	if (lines.length === 0) return [];
	const unitLine = unit === void 0 ? [] : [`# UNIT ${name} ${unit}\n`];
	return [
		`# TYPE ${name} ${type}\n`,
		...unitLine,
		`# HELP ${name} ${escapeLabel(help)}\n`,
		...lines
	];
}
const LONGEST_LABEL = 1e3;
function escapeLabel(text) {
	return escapeForTerminal(text, LONGEST_LABEL).replaceAll("\\", "\\\\").replaceAll("\"", "\\\"");
}
// src/commands/deliver.ts
var deliver_exports = /* @__PURE__ */ __exportAll({
	deliver: () => deliver,
	endRun: () => endRun,
	findJobPage: () => findJobPage,
	linkJob: () => linkJob,
	renderMarkdown: () => renderMarkdown,
	writeFiles: () => writeFiles,
	writeResult: () => writeResult,
	writeTrouble: () => writeTrouble
});
async function endRun(settings, result, history, { env, output }) {
	const { code, written } = deliver(settings, result, output, findJobPage(env));
	const recorded = await recordRun(history, result, {
		env,
		output
	});
	return code === EXIT.passed && !(written && recorded) ? EXIT.refused : code;
}
function deliver(settings, result, output, job = null) {
	const { report, verdict } = result;
	if (settings.format === "json") {
		output.json(`${encodeRunReport(report)}\n`);
		output.log(renderVerdictText(verdict, { colour: output.colours.log }).trimEnd());
	} else if (settings.format === "markdown") output.out(renderMarkdown(report, verdict));
	else output.out(renderText(report, {
		verdict,
		colour: output.colours.out
	}));
	return writeFiles(settings, result, output, job);
}
function writeFiles(settings, result, output, job = null) {
	const { report, verdict, records, error, cancelled } = result;
	const json = encodeRunReport(report);
	const written = [
		writeFile$1({
			setting: "report-json",
			path: settings.reportJson
		}, [`${json}\n`], output),
		writeFile$1({
			setting: "records",
			path: settings.records
		}, encodeRecords(records), output),
		writeFile$1({
			setting: "csv",
			path: settings.csv
		}, encodeLevelsCsv(report), output),
		writeFile$1({
			setting: "requests-csv",
			path: settings.requestsCsv
		}, encodeRequestsCsv(records), output),
		writeResult(settings, {
			report,
			verdict,
			job
		}, output)
	];
	if (isOfOneHour(settings.endpoint, result)) output.log(LEADS_TO_AB);
	if (error !== null) output.log(error.message);
	if (cancelled) output.log("interrupted: the figures are those measured before");
	return {
		code: cancelled ? EXIT.interrupted : exitCodeOf(verdict),
		written: !written.includes(false)
	};
}
function isOfOneHour(endpoint, { verdict: { baseline }, controls }) {
	return endpoint !== null && isLoopback(endpoint) && controls.length === 0 && baseline.runs > 1 && baseline.groups === 1;
}
const LEADS_TO_AB = "the recorded runs are of one hour, so they are one point, and a small change cannot be told from chance. To compare two builds or flags on this machine, let each be started by a command: plateau ab --a 'COMMAND' --b 'COMMAND' --url URL (plateau ab --help, docs/ab.md)";
function writeResult({ verdictJson, html, markdown, gitlabNote, junit, openmetrics }, { report, verdict, notes = [], job = null }, output) {
	const input = {
		report,
		verdict,
		notes,
		acceptLabel: null,
		subject: "run"
	};
	return ![
		[
			"verdict-json",
			verdictJson,
			() => `${encodeVerdict(verdict)}\n`
		],
		[
			"markdown",
			markdown,
			() => output.redact(renderComment(input))
		],
		[
			"gitlab-note",
			gitlabNote,
			() => output.redact(renderComment({
				...input,
				links: linkJob(job, html)
			}, NOTE_ROOM))
		],
		[
			"junit",
			junit,
			() => output.redact(encodeJunit(report, verdict))
		],
		...report === null ? [] : [[
			"html",
			html,
			() => renderPage({
				report,
				verdict
			})
		], [
			"openmetrics",
			openmetrics,
			() => output.redact(encodeOpenMetrics(report, verdict))
		]]
	].map(([setting, path, text]) => writeFile$1({
		setting,
		path
	}, makeLazily(text), output)).includes(false);
}
function writeTrouble(settings, error, output, job) {
	writeResult(settings, {
		report: null,
		verdict: redactVerdict(concludeWithoutFigures(settings.name, "endpoint", settings), output.redact),
		notes: [output.redact(summariseError(error))],
		job
	}, output);
}
function linkJob(job, html) {
	return {
		run: job,
		artifact: job === null || html === null ? null : `${job}/artifacts/browse`
	};
}
function findJobPage({ CI_JOB_URL: page }) {
	return page !== void 0 && URL.canParse(page) ? page : null;
}
function renderMarkdown(report, verdict, { withoutVerdict = false } = {}) {
	return renderComment({
		report,
		verdict,
		withoutVerdict,
		acceptLabel: null,
		subject: "run"
	});
}
function* makeLazily(text) {
	yield text();
}
// src/commands/recorded/github-api.ts
const group = "GitHub";
const GITHUB_SETTINGS = {
	repository: defineSetting({
		name: "repository",
		group,
		help: "Repository of the workflow run",
		placeholder: "OWNER/NAME",
		default: null,
		env: "GITHUB_REPOSITORY",
		read: readRepository
	}),
	githubToken: defineSetting({
		name: "github-token",
		group,
		help: "Token that may read the workflow run (actions: read)",
		placeholder: "TOKEN",
		default: null,
		env: "GITHUB_TOKEN",
		secret: true,
		read: readText
	}),
	githubApiUrl: defineSetting({
		name: "github-api-url",
		group,
		help: "Base of the REST API",
		placeholder: "URL",
		default: "https://api.github.com",
		env: "GITHUB_API_URL",
		read: readApiUrl
	})
};
function readRepository(text) {
	const repository = text.trim();
	if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) || /(^|\/)\.{1,2}(\/|$)/.test(repository)) throw new ValueError("must be owner/name");
	return repository;
}
function readApiUrl(text) {
	const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
	const isLocal = url?.protocol === "http:" && [
		"127.0.0.1",
		"localhost",
		"[::1]"
	].includes(url.hostname);
	if (url === null || url.protocol !== "https:" && !isLocal || url.username !== "" || url.search !== "") throw new ValueError("must be an https URL without user info and query, for example https://api.github.com");
	return url;
}
const TIMEOUT_MS = 6e4;
const MAXIMUM_JSON_BYTES = 8388608;
let proxyAgent = null;
async function getJson(api, path) {
	const response = await sendRequest(api, path);
	if (response.status !== 200) throw explainRefusal(api, path, response.status);
	const bytes = await readBody(response, MAXIMUM_JSON_BYTES);
	try {
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch (cause) {
		throw refuseForeignAnswer(`${api.url.host} answered with something that is not JSON`, cause);
	}
}
function refuseForeignAnswer(what, cause) {
	return new BaselineError(what, {
		remedy: "check GITHUB_API_URL: it must be the base of the REST API, for example https://api.github.com",
		cause
	});
}
async function getSigned(api, path, maximumBytes) {
	const first = await sendRequest(api, path);
	const location = first.headers.get("location");
	await first.body?.cancel();
	if (first.status !== 302 || location === null) throw explainRefusal(api, path, first.status);
	const second = await send(new URL(location, api.url), {}, api.signal);
	if (second.status !== 200) {
		await second.body?.cancel();
		throw new BaselineError(`the download from ${escapeForTerminal(new URL(location, api.url).host)} ended with ${second.status}`, { remedy: "try again; the signed address lives for a minute" });
	}
	return readBody(second, maximumBytes);
}
async function sendRequest(api, path) {
	const base = trimSlashes(api.url.href);
	return send(new URL(`${base}/repos/${api.repository}/${path}`), {
		accept: "application/vnd.github+json",
		authorization: `Bearer ${api.token}`,
		"x-github-api-version": "2022-11-28"
	}, api.signal);
}
async function send(url, headers, signal) {
	const { EnvHttpProxyAgent, fetch } = await import("./vendor-http.js").then((n) => /* @__PURE__ */ __toESM(n.t(), 1));
	proxyAgent ??= new EnvHttpProxyAgent();
	try {
		return await fetch(url, {
			headers: {
				"user-agent": USER_AGENT,
				...headers
			},
			redirect: "manual",
			signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
			dispatcher: proxyAgent
		});
	} catch (cause) {
		throw explainUnreachable(url, cause);
	}
}
async function readBody(response, maximumBytes) {
	const parts = [];
	let bytes = 0;
	try {
		for await (const part of response.body ?? []) {
			bytes += part.byteLength;
			if (bytes > maximumBytes) throw new TooLarge();
			parts.push(part);
		}
	} catch (cause) {
		if (!(cause instanceof TooLarge)) throw explainUnreachable(new URL(response.url), cause);
		throw new BaselineError(`the answer of ${new URL(response.url).host} is larger than ${maximumBytes} bytes`, { remedy: "check --run: an artifact of this program is far smaller" });
	}
	return Buffer.concat(parts);
}
var TooLarge = class extends Error {};
function explainUnreachable(url, cause) {
	const { message } = cause.cause ?? cause;
	return new BaselineError(`${url.host} could not be reached: ${escapeForTerminal(message)}`, {
		remedy: "check the network, HTTPS_PROXY and GITHUB_API_URL",
		cause
	});
}
function explainRefusal({ url, repository }, path, status) {
	switch (status) {
		case 401: return refuseSetting("github-token", null, `is not accepted by ${url.host}; give one that is valid there`);
		case 403:
		case 429: return refuseSetting("github-token", null, `may not read ${repository}, or its rate limit is spent: it needs actions: read`);
		case 404: return refuseSetting("run", null, `${path} does not exist in ${repository}, or the token may not see it (actions: read)`);
		case 410: return refuseSetting("run", null, "has artifacts that have expired; measure again");
		default: return new BaselineError(`${url.host} answered ${status} to ${path}`, { remedy: "try again in a while" });
	}
}
function refuseSetting(setting, given, message) {
	return new SettingsError([{
		setting,
		given,
		message
	}]);
}
// src/commands/recorded/run-artifact.ts
const RUN_TO_FETCH = defineSetting({
	name: "run",
	group: "What to compare",
	help: "Workflow run to fetch. With a report it is what the report is compared with; without one it is compared itself",
	placeholder: "ID",
	default: null,
	common: true,
	read: readRunId
});
function readRunId(text) {
	const id = /^(?:https?:\/\/(?:[^\s/]+\/){3}actions\/runs\/)?([1-9]\d{0,15})(?:[/?#]\S*)?$/.exec(text.trim())?.[1];
	if (id === void 0) throw new ValueError("must be the number of a workflow run, as in its address: \u2026/actions/runs/123");
	return Number(id);
}
function isRunNamed(flags) {
	return flags.some((flag) => /^--run(=|$)/.test(flag));
}
function listMissingForRun({ repository, githubToken }) {
	return [[
		"repository",
		repository,
		"--repository OWNER/NAME"
	], [
		"github-token",
		githubToken,
		"set GITHUB_TOKEN, for example GITHUB_TOKEN=$(gh auth token)"
	]].flatMap(([setting, value, remedy]) => value === null ? [{
		setting,
		given: null,
		message: `is required to fetch a run: ${remedy}`
	}] : []);
}
const artifactSchema = object({
	id: number().int().positive(),
	name: string().max(300),
	size_in_bytes: number().int().nonnegative(),
	expired: boolean(),
	digest: string().max(200).nullish()
});
const listSchema = object({
	total_count: number().int().nonnegative(),
	artifacts: array(artifactSchema).max(100)
});
const REPORT_FILE = "report.json";
const BASELINE_FILE = "baseline.json";
const LARGEST_ARTIFACT_BYTES = 67108864;
const MOST_PAGES = 10;
async function fetchRun({ githubApiUrl, repository, githubToken }, { run, name }, signal) {
	const api = {
		url: githubApiUrl,
		repository,
		token: githubToken,
		signal
	};
	try {
		return await readRun(api, run, name);
	} catch (error) {
		if (signal.aborted) return null;
		throw error;
	}
}
async function readRun(api, runId, name) {
	const from = `run ${runId} of ${api.repository}`;
	const { report, history } = chooseArtifacts(await listArtifacts(api, runId), {
		name,
		from
	});
	const zip = await download(api, report);
	const recorded = openText(zip, BASELINE_FILE, report) ?? (history === null ? null : openText(await download(api, history), "history.json", history));
	const text = openText(zip, REPORT_FILE, report);
	if (text === null) throw refuseArtifact(report, `holds no ${REPORT_FILE}`);
	return {
		from,
		report: decodeArtifact(REPORT_KIND, text, report),
		looks: openLooks(zip, report),
		history: recorded === null ? null : decodeArtifact(HISTORY_KIND, recorded, history ?? report)
	};
}
function chooseArtifacts(artifacts, { name, from }) {
	const ours = artifacts.filter((artifact) => !artifact.expired).flatMap((artifact) => {
		const match = /^plateau-(.+?)(-history)?(?:-attempt-(\d{1,4}))?$/.exec(artifact.name);
		return match === null ? [] : [{
			artifact,
			name: match[1],
			isHistory: match[2] !== void 0,
			attempt: Number(match[3] ?? 1)
		}];
	}).sort((a, b) => b.attempt - a.attempt);
	const reports = ours.filter((found) => !found.isHistory);
	const names = [...new Set(reports.map((found) => found.name))].sort();
	const chosen = name ?? (names.length === 1 ? names[0] : null);
	const report = reports.find((found) => found.name === chosen);
	if (report === void 0) throw refuseMissing({
		name,
		names,
		from,
		expired: artifacts.some(({ expired }) => expired)
	});
	const history = ours.find((found) => found.isHistory && found.name === chosen);
	return {
		report: report.artifact,
		history: history?.artifact ?? null
	};
}
function refuseMissing({ name, names, from, expired }) {
	const there = listAllowed(name ?? "", names, (found) => escapeForTerminal(found));
	if (names.length === 0) return new SettingsError([{
		setting: "run",
		given: null,
		message: `${from} has no report: ${expired ? "its artifacts have expired" : "it has no artifact plateau-<name>"}`
	}]);
	const message = name === null ? `is required: ${from} has ${there}` : `is not in ${from}, which has ${there}`;
	return new SettingsError([{
		setting: "name",
		given: name,
		message
	}]);
}
async function listArtifacts(api, runId) {
	const found = [];
	for (let page = 1; page <= MOST_PAGES; page++) {
		const path = `actions/runs/${runId}/artifacts?per_page=100&page=${page}`;
		const result = listSchema.safeParse(await getJson(api, path));
		if (!result.success) throw refuseForeignAnswer(`${api.url.host} does not answer as GitHub does to ${path}`);
		found.push(...result.data.artifacts);
		if (found.length >= result.data.total_count || result.data.artifacts.length === 0) break;
	}
	return found;
}
async function download(api, artifact) {
	if (artifact.size_in_bytes > LARGEST_ARTIFACT_BYTES) throw refuseArtifact(artifact, `is ${artifact.size_in_bytes} bytes large`);
	const zip = await getSigned(api, `actions/artifacts/${artifact.id}/zip`, LARGEST_ARTIFACT_BYTES);
	const digest = `sha256:${sha256(zip)}`;
	if (artifact.digest != null && artifact.digest !== digest) throw refuseArtifact(artifact, "is not what its digest says");
	return zip;
}
function openLooks(zip, artifact) {
	const text = openText(zip, LOOKS_FILE, artifact);
	if (text === null) return null;
	try {
		return decodeLooks(text);
	} catch (error) {
		if (error instanceof LooksError) throw refuseArtifact(artifact, `holds a ${LOOKS_FILE} that cannot be used: ${error.message}`);
		throw error;
	}
}
function openText(zip, file, artifact) {
	try {
		const content = openEntry(zip, file, {
			...ZIP_BOUNDS,
			inflatedBytes: LARGEST_HISTORY_BYTES
		});
		return content === null ? null : new TextDecoder("utf-8", { fatal: true }).decode(content);
	} catch (error) {
		if (error instanceof ZipRefusal) throw refuseArtifact(artifact, error.message);
		if (error instanceof TypeError) throw refuseArtifact(artifact, `holds ${file}, which is not UTF-8 text`);
		throw error;
	}
}
function decodeArtifact(kind, text, artifact) {
	try {
		return decodeStored(kind, text);
	} catch (error) {
		if (error instanceof FileRefusal) throw refuseArtifact(artifact, `holds a file that ${error.message}`);
		throw error;
	}
}
function refuseArtifact({ name }, what) {
	return new BaselineError(`artifact ${escapeForTerminal(name)} ${what}`, { remedy: "download it by hand to look at it, or compare with another run" });
}
// src/commands/workflows.ts
var import_dist = require_dist();
const ACTION = /^([\w.-]+)\/plateau(\/report)?@/;
function readWorkflows(files) {
	const parsed = new Map([...files].map(([file, text]) => [file, parseWorkflow(text)]));
	const called = new Set([...parsed.values()].flatMap((workflow) => jobsOf(workflow).flatMap(([, job]) => listCalledFiles(job))));
	return {
		workflows: [...parsed].flatMap(([file, workflow]) => {
			const jobs = workflow === null ? [] : listJobs(workflow, parsed);
			if (workflow === null || jobs.length === 0) return [];
			const triggers = readTriggers(workflow["on"]);
			if (called.has(file) && triggers.events.every((event) => event === "workflow_call")) return [];
			return [{
				file,
				...triggers,
				gates: jobs.flatMap(({ kind, job }) => kind === "gate" ? [job] : []),
				reports: jobs.flatMap(({ kind, job }) => kind === "report" ? [job] : [])
			}];
		}),
		unread: [...files].flatMap(([file, text]) => parsed.get(file) === null && NAMES_ACTION.test(text) ? [file] : [])
	};
}
const CALL = "workflow_call";
const NAMES_ACTION = /\/plateau(\/report)?@/;
const DEEPEST_CALL = 4;
function jobsOf(workflow) {
	return Object.entries(asObject(workflow?.["jobs"]) ?? {}).flatMap(([name, value]) => {
		const job = asObject(value);
		return job === null ? [] : [[name, job]];
	});
}
function listCalledFiles(job) {
	const file = /^\.\/\.github\/workflows\/([^/]+)$/.exec(asText(job["uses"]) ?? "")?.[1];
	return file === void 0 ? [] : [file];
}
function listJobs(workflow, parsed, depth = 0) {
	return jobsOf(workflow).flatMap(([name, job]) => {
		const own = readJob(name, job, workflow);
		const inner = depth === DEEPEST_CALL ? [] : listCalledFiles(job).map((file) => parsed.get(file) ?? {});
		const permissions = readPermissions(job["permissions"] ?? workflow["permissions"]);
		return [...own, ...inner.flatMap((each) => listJobs(each, parsed, depth + 1)).map(({ kind, job: found }) => ({
			kind,
			job: {
				...found,
				name: `${name} / ${found.name}`,
				permissions: found.permissions ?? permissions,
				choosesEvents: found.choosesEvents || choosesEvents(job),
				hasConcurrency: found.hasConcurrency || hasConcurrency(job, workflow)
			}
		}))];
	});
}
function recordsBranch({ events, pushBranches, ignoredBranches }, branch) {
	return events.some((event) => {
		if (event !== "push") return RECORDING_EVENTS.includes(event);
		if (ignoredBranches.some((pattern) => matchesPattern(pattern, branch) === true)) return false;
		return pushBranches === null || pushBranches.some((pattern) => matchesPattern(pattern, branch) !== false);
	});
}
function matchesPattern(pattern, branch) {
	if (pattern === branch) return true;
	if (/[?+![\]]/.test(pattern)) return null;
	const parts = pattern.split(/(\*+)/).map((part) => part === "*" ? "[^/]*" : /^\*+$/.test(part) ? ".*" : escapeLiterals(part));
	return new RegExp(`^${parts.join("")}$`).test(branch);
}
const escapeLiterals = (text) => text.replaceAll(/[.$^(){}|\\]/g, "\\$&");
function parseWorkflow(text) {
	try {
		return asObject((0, import_dist.parse)(text, { maxAliasCount: 100 }));
	} catch {
		return null;
	}
}
function readTriggers(on) {
	const events = typeof on === "string" ? [on] : asArray(on)?.flatMap((event) => asText(event) ?? []) ?? Object.keys(asObject(on) ?? {});
	const push = asObject(asObject(on)?.["push"]);
	const branches = readPatterns(push?.["branches"]);
	const ignored = readPatterns(push?.["branches-ignore"]);
	const onlyTags = [branches, ignored].every((each) => each === null) && push?.["tags"] !== void 0;
	return {
		events,
		pushBranches: branches ?? (onlyTags ? [] : null),
		ignoredBranches: ignored ?? []
	};
}
function readPatterns(value) {
	return asText(value) === null ? asArray(value)?.flatMap((each) => asText(each) ?? []) ?? null : [asText(value)];
}
function readJob(name, job, workflow) {
	const steps = asArray(job["steps"]) ?? [];
	return steps.flatMap((each, i) => {
		const step = asObject(each);
		const action = ACTION.exec(asText(step?.["uses"]) ?? "");
		if (step === null || action === null) return [];
		const given = Object.entries(asObject(step["with"]) ?? {}).map(([input, value]) => [input, String(value)]);
		return {
			kind: action[2] === void 0 ? "gate" : "report",
			job: {
				name,
				owner: action[1],
				permissions: readPermissions(job["permissions"] ?? workflow["permissions"]),
				inputs: new Map(given),
				matrix: readMatrix(asObject(job["strategy"])?.["matrix"]),
				variables: new Set([
					workflow,
					job,
					step
				].flatMap(({ env }) => Object.keys(asObject(env) ?? {}))),
				runsOn: asText(job["runs-on"]),
				checksOut: steps.slice(0, i).some(checksOut),
				choosesEvents: choosesEvents(job),
				hasTimeout: job["timeout-minutes"] !== void 0,
				hasConcurrency: hasConcurrency(job, workflow)
			}
		};
	});
}
function readMatrix(value) {
	const lists = Object.entries(asObject(value) ?? {}).flatMap(([name, list]) => {
		const prefix = MATRIX_LEGS.has(name) ? "" : `${name}.`;
		return (asArray(list) ?? []).flatMap((each) => {
			const fields = asObject(each);
			if (fields === null) return [[name, String(each)]];
			return Object.entries(fields).map(([field, text]) => [`${prefix}${field}`, String(text)]);
		});
	});
	return new Map([...Map.groupBy(lists, ([name]) => name)].map(([name, all]) => [name, all.map(([, text]) => text)]));
}
const MATRIX_LEGS = /* @__PURE__ */ new Set(["include", "exclude"]);
function checksOut(step) {
	const { uses, run } = asObject(step) ?? {};
	return /checkout/.test(asText(uses) ?? "") || /\bgit\b/.test(asText(run) ?? "");
}
const choosesEvents = (job) => asText(job["if"])?.includes("event_name") === true;
const hasConcurrency = (job, workflow) => (job["concurrency"] ?? workflow["concurrency"]) !== void 0;
function readPermissions(value) {
	if (value === "read-all" || value === "write-all") return value;
	const stated = asObject(value);
	return stated === null ? null : new Map(Object.entries(stated).map(([name, level]) => [name, String(level)]));
}
// src/commands/checkout.ts
const BRANCH = defineSetting({
	name: "branch",
	group: "Repository",
	help: "The branch whose runs are recorded",
	placeholder: "NAME",
	default: null,
	derived: "the default branch of the remote, else main or master",
	read: readLine
});
function readFolder(words) {
	const folder = takeOneWord(words, "folder", "repository") ?? ".";
	if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
	throw new SettingsError([{
		setting: "folder",
		given: folder,
		message: "is no folder; give that of a repository"
	}]);
}
async function findRoot(folder) {
	return await askGit([
		"-C",
		folder,
		"rev-parse",
		"--show-toplevel"
	]) ?? folder;
}
async function findDefaultBranch(folder) {
	const head = await askGit([
		"-C",
		folder,
		"symbolic-ref",
		"--short",
		"refs/remotes/origin/HEAD"
	]);
	if (head !== null) return head.replace(/^origin\//, "");
	const there = await askGit([
		"-C",
		folder,
		"branch",
		"--list",
		"main",
		"master",
		"--format=%(refname:short)"
	]);
	if (there !== null && there !== "") return there === "master" ? "master" : "main";
	return (await askGit([
		"-C",
		folder,
		"remote"
	]) === "" ? await askGit([
		"-C",
		folder,
		"symbolic-ref",
		"--short",
		"HEAD"
	]) : null) ?? "main";
}
async function findOrigin(folder) {
	const remote = await askGit([
		"-C",
		folder,
		"remote",
		"get-url",
		"origin"
	]) ?? "";
	const [, host = "", path = ""] = /^(?:\w+:\/\/)?(?:[^@/]*@)?([\w.-]+)(?::\d+)?[:/](.*)$/.exec(remote) ?? [];
	const isOnGitlab = /gitlab/i.test(host);
	return {
		owner: isOnGitlab ? null : /^([A-Za-z\d][A-Za-z\d-]*)\/[\w.-]+\/?$/.exec(path)?.[1] ?? null,
		isGitlab: isOnGitlab || existsSync(join(folder, ".gitlab-ci.yml"))
	};
}
function readWorkflowFiles(folder) {
	const place = join(folder, ".github", "workflows");
	const files = (statSync(place, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(place) : []).filter((name) => /\.ya?ml$/.test(name) && statSync(join(place, name), { throwIfNoEntry: false })?.isFile());
	return readWorkflows(new Map(files.toSorted().map((name) => [name, readTextFile(join(place, name))])));
}
function readRepositoryFile(folder, path) {
	const place = resolve(folder, path);
	if (relative(folder, place).startsWith("..")) return null;
	try {
		return readTextFile(place);
	} catch {
		return null;
	}
}
// src/commands/init/describe.ts
const GITHUB_PLACES = {
	ci: ".github/workflows/plateau.yml",
	config: ".github/plateau.yml"
};
const GITLAB_PLACES = {
	ci: ".gitlab/plateau.gitlab-ci.yml",
	config: ".gitlab/plateau.yml"
};
function describeRun(settings, { isNamed, carried }, { report, records }) {
	const { series, context, capabilities } = report;
	const { task, outputTokens } = series.workload;
	const model = context.model ?? "";
	const name = isNamed || toName(model) === "" ? settings.name : toName(model);
	const input = settings.inputTokens === "auto" ? String(capabilities["inputTokens"]) : series.workload.inputTokens;
	const generates = generatesTokens(task);
	const slo = settings.slo === null ? chooseObjectives(report, records) : {
		objectives: settings.slo,
		reasons: []
	};
	const lines = [
		["name", name],
		["api", series.api],
		...settings.task === "auto" ? [] : [["task", settings.task]],
		...model === "" ? [] : [["model", model]],
		["input-tokens", input],
		...generates ? [["output-tokens", outputTokens]] : [],
		...carried["ready-timeout"] === void 0 ? [] : [["ready-timeout", carried["ready-timeout"]]]
	];
	const searched = describeSearch(report);
	const words = [
		`Found: ${series.api}${model === "" ? "" : `, model ${escapeForTerminal(model)}`}, ${input} tokens in${generates ? `, ${outputTokens} out` : ""}.`,
		slo === null ? "No objectives: no level of the first run could be used. Write them under slo in the config file." : `Objectives: ${renderObjectives(slo.objectives)}.`,
		...slo?.reasons ?? [],
		...searched === null ? [] : [searched],
		...settings.slo === null && report.plan.searchEnd === "client" ? [MACHINE_BUSY] : []
	];
	return {
		name,
		config: {
			settings: lines,
			slo
		},
		words
	};
}
const MACHINE_BUSY = "More in flight would tell more: when this machine has less to do, or from another, run plateau init again with --force, or give --slo.";
const nameSecret = (setting) => `PLATEAU_${setting.toUpperCase().replaceAll("-", "_")}`;
function listCredentials(settings) {
	const { auth, apiKey, clientId, clientSecret, tokenUrl } = settings;
	const given = {
		"api-key": apiKey,
		"client-id": clientId,
		"client-secret": clientSecret,
		"token-url": tokenUrl
	};
	return credentialsOf(auth.kind).filter((name) => (given[name] ?? null) !== null);
}
const PEM_FILES = [
	"ca-cert",
	"client-cert",
	"client-key"
];
function findPlaceFromRoot(path, root) {
	const fromRoot = relative(resolve(root), resolve(path));
	return (fromRoot.startsWith("..") || isAbsolute(fromRoot)) && isAbsolute(path) ? path : fromRoot.split(sep).join("/");
}
function describeFiles(carried) {
	const outside = PEM_FILES.filter((name) => /^(?:[\\/~]|\.\.|[A-Za-z]:)/.test(carried[name] ?? ""));
	if (outside.length === 0) return [];
	return [`The job needs the files of ${outside.join(", ")} at the same paths: it writes them there from secrets, before it measures.`];
}
const hidesEndpoint = ({ endpoint }) => endpoint.search !== "";
const showAddress = ({ href }) => href.replace(/(?<=:\/\/[^/]+)\/$/, "");
function listReach(settings, carried) {
	const { endpoint, auth, variables } = settings;
	const credentials = listCredentials(settings);
	const word = credentials.length === 0 && Object.keys(variables).length === 0 ? "none" : "name" in auth ? `header:${auth.name}` : auth.kind;
	return [
		["endpoint", hidesEndpoint(settings) ? null : showAddress(endpoint)],
		...word === "auto" ? [] : [["auth", word]],
		...credentials.map((each) => [each, null]),
		...carried.headers === void 0 ? [] : [["headers", null]],
		...PEM_FILES.flatMap((name) => carried[name] === void 0 ? [] : [[name, carried[name]]])
	];
}
function describeJob(settings, { name, owner, carried }) {
	const unnamed = listCredentials(settings).filter((each) => each !== "token-url");
	const flags = [...listReach(settings, carried), ["config", GITLAB_PLACES.config]].flatMap(([name, text]) => unnamed.includes(name) ? [] : [`--${name} ${text === null ? `"$${nameSecret(name)}"` : quoteForShell(text)}`]);
	return {
		notes: [
			`In the project's CI variables: ${[...listSecrets(settings, carried).map((each) => `${each} (masked)`), "NOTE_TOKEN, a project access token with the scope api, for the note"].join(", ")}.`,
			...listJobNotes(settings),
			...describeFiles(carried)
		],
		owner,
		group: `plateau-${name}`,
		name: toSlug(name),
		flags: flags.join(" ")
	};
}
function listJobNotes({ endpoint }) {
	if (!isLoopback(endpoint) && !isPrivate(endpoint)) return [];
	return ["The endpoint is on the machine that measures or in a private network: give the job the tags of a runner that reaches it."];
}
function describeGate(settings, { name, owner, branch, carried }) {
	const { endpoint, variables } = settings;
	const takeSecret = (secret) => `\${{ secrets.${secret} }}`;
	return {
		branch,
		owner,
		group: `plateau-${name}`,
		runner: isLoopback(endpoint) || isPrivate(endpoint) ? "self-hosted" : "ubuntu-latest",
		notes: [...describeReach(endpoint), ...describeFiles(carried)],
		variables: Object.keys(variables).map((variable) => [variable, takeSecret(variable)]),
		inputs: [...listReach(settings, carried).map(([name, text]) => [name, text ?? takeSecret(nameSecret(name))]), ["config", GITHUB_PLACES.config]]
	};
}
function describeReach(endpoint) {
	if (isLoopback(endpoint)) return ["The endpoint is on the machine that measures, where GitHub's own runners do not reach it: the job asks for a runner of your own (self-hosted), on which a server must listen at that address.", "Start it in a step before (Plateau's examples/self-hosted-vllm.yml), or try the gate on ubuntu-latest with the simulated endpoint (Plateau's examples/README.md)."];
	if (!isPrivate(endpoint)) return [];
	return ["The endpoint is in a private network, where GitHub's own runners do not reach it: a runner of that network measures."];
}
function listSecrets(settings, carried) {
	return [
		...hidesEndpoint(settings) ? [nameSecret("endpoint")] : [],
		...listCredentials(settings).map(nameSecret),
		...carried.headers === void 0 ? [] : [nameSecret("headers")],
		...Object.keys(settings.variables)
	];
}
const SHARE = .95;
const ROOM = 1.5;
const USUAL = [
	1,
	1.2,
	1.5,
	2,
	2.5,
	3,
	4,
	5,
	6,
	8,
	10
];
function chooseObjectives({ levels, plateau: { kneeConcurrency } }, records) {
	const usable = levels.filter(({ valid }) => valid);
	const level = usable.find(({ concurrency }) => concurrency >= (kneeConcurrency ?? Infinity)) ?? usable.at(-1);
	if (level === void 0) return null;
	const counted = [...records].filter((record) => record.level === level.concurrency && record.phase === "counted" && record.outcome === "ok");
	const place = `at ${formatLoad("concurrency", level.concurrency)}${kneeConcurrency === null ? ", the highest that could be used" : ", the knee"}`;
	const chosen = listTimes(level).flatMap((time) => {
		const { fact, label } = medianOf(time);
		const times = counted.flatMap((record) => record[fact] ?? []);
		const measured = findShare(times);
		if (measured === null) return [];
		const atMostMs = roundUp(measured * ROOM);
		const reason = `${label} ${place}: ${nameShare(times.length)} took at most ${formatMs(measured)}; plus half as much again, rounded up.`;
		return [{
			objective: {
				time,
				atMostMs
			},
			reason
		}];
	});
	if (chosen.length === 0) return null;
	return {
		objectives: chosen.map(({ objective }) => objective),
		reasons: chosen.map(({ reason }) => reason)
	};
}
function listTimes({ ttftMs, tpotMs }) {
	if (ttftMs === null) return ["latency"];
	return tpotMs === null ? ["ttft"] : ["ttft", "tpot"];
}
function findShare(times) {
	const sorted = times.toSorted((a, b) => a - b);
	const found = pickAtShare(sorted, SHARE) ?? 0;
	return found > 0 ? found : null;
}
function nameShare(requests) {
	if (requests === 1) return "the one request";
	return requests < 20 ? `${nameAll(requests)} requests` : "95 of 100 requests";
}
function roundUp(ms) {
	const power = 10 ** Math.floor(Math.log10(ms));
	const step = USUAL.find((each) => each * power >= ms * (1 - 1e-9)) ?? 10;
	return Number((step * power).toPrecision(2));
}
// src/gate/decide-measured.ts
var decide_measured_exports = /* @__PURE__ */ __exportAll({
	buildDecideInput: () => buildDecideInput,
	decideMeasured: () => decideMeasured
});
async function decideMeasured(settings, baseline, { planned, ...all }, ports) {
	const runs = keepWholeRuns(settings, all.runs, ports);
	const measured = {
		...all,
		runs
	};
	const last = runs.at(-1);
	const screened = buildDecideInput(settings, baseline, measured, ports);
	const first = takeFirstLook(screened);
	const { again, findings } = planned === null || isInSessions(settings) || first === null ? NOT_AGAIN : await measureSecondLook(settings, first, {
		planned,
		known: last.report.validity.findings
	}, ports);
	const secondLook = typeof again === "string" ? again : {
		row: buildRow(again.report),
		control: rowOfControl(again)
	};
	const input = {
		...screened,
		secondLook
	};
	const report = addFindings(last.report, findings);
	return {
		report,
		reports: [...runs.slice(0, -1).map((run) => run.report), report],
		controls: runs.flatMap(({ control }) => control?.report ?? []),
		rows: input.candidates,
		records: last.records,
		verdict: addSides(decideVerdict(input, first), input, first),
		looks: looksOf(input),
		baseline: narrowBaseline(baseline, input.candidates[0]),
		error: last.error,
		cancelled: ports.signal.aborted
	};
}
function looksOf({ baseline: _baseline, policy: _policy, trouble: _trouble, accepted: _accepted, decidedBy: _decidedBy, ...looks }) {
	return looks;
}
function buildDecideInput(settings, baseline, { runs, sessions }, { earlier = [] }) {
	const candidates = runs.map(({ report }) => buildRow(report));
	return {
		candidates,
		...pickControls(settings, runs),
		...sessions !== void 0 && { sessions },
		baseline: baseline === null ? null : removeCandidate(baseline, candidates[0]),
		policy: settings,
		limits: pickWorstLimits(runs.map(({ report }) => report.limits ?? [])),
		trouble: findRunTrouble(settings, runs.at(-1)),
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
	return run.control === null || describeControlTrouble(run) !== null ? null : buildRow(run.control.report);
}
function describeControlTrouble({ control, controlTrouble }) {
	if (controlTrouble !== null) return controlTrouble;
	if (control === null || control.report.validity.ok) return null;
	const why = control.report.validity.findings.find(({ code }) => lookUpFinding(code)?.invalidates);
	return `its run cannot be used${why === void 0 ? "" : `: ${why.message.replace(/\.$/, "")}`}`;
}
function keepWholeRuns(settings, runs, { signal, log }) {
	if (!signal.aborted) return runs;
	const [what, most] = isInSessions(settings) ? ["session", settings.sessions] : ["run", settings.runs];
	const whole = runs.filter((run) => !isInterrupted(settings, run));
	const last = whole.at(-1);
	if (last === void 0 || whole.length === most) return runs;
	const judged = whole.length === 1 ? `${what} 1 is` : `${what}s 1 to ${whole.length} are`;
	const message = `Interrupted before ${what} ${whole.length + 1} was complete: ${judged} judged.`;
	log(message);
	return [...whole.slice(0, -1), {
		...last,
		report: addFindings(last.report, [{
			code: "ended-early",
			message
		}])
	}];
}
function addFindings(report, findings) {
	if (findings.length === 0) return report;
	const { validity } = report;
	const added = findings.map((finding) => ({
		remedy: lookUpFinding(finding.code)?.remedy ?? "",
		...finding
	}));
	return {
		...report,
		validity: {
			...validity,
			findings: [...validity.findings, ...added]
		}
	};
}
const NOT_AGAIN = {
	again: "none",
	findings: []
};
async function measureSecondLook(settings, { trial, screening: { metrics, levels } }, { planned: first, known }, ports) {
	if (settings.confirm === 0 || levels.length === 0) return NOT_AGAIN;
	if (ports.signal.aborted) return INTERRUPTED;
	ports.onPhase("second look");
	const load = chooseLoad(settings);
	const what = metrics.length > 0 ? `${joinShortList(metrics.map(nameOf$1), 4)} ${metrics.length === 1 ? "looks" : "look"} worse` : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel$1(load, level))))} failed or could not be used`;
	ports.log(`${what}; measuring again after a pause`);
	await ports.clock.sleep(settings.pauseMs, ports.signal);
	if (ports.signal.aborted) return INTERRUPTED;
	const control = first.control === null ? null : settings.controlTiming;
	const plan = planSecondLook(settings, {
		lone: first.found.lone,
		control
	}, recallLevels(trial.candidates, levels));
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
	if (ports.signal.aborted) return INTERRUPTED;
	const findings = pickNewFindings(again.report.validity.findings, known);
	if (again.error !== null) return {
		again: "none",
		findings: [...findings, describeEnd(again.error)]
	};
	return {
		again: hasEndpointChanged(again.report) ? "unusable" : again,
		findings
	};
}
const INTERRUPTED = {
	again: "unusable",
	findings: [{
		code: "ended-early",
		message: "Interrupted before the second look was complete: what looks worse was not confirmed."
	}]
};
function pickNewFindings(again, known) {
	return again.filter(({ code, level }) => lookUpFinding(code)?.invalidates === true || !known.some((one) => one.code === code && one.level === level)).map((finding) => ({
		...finding,
		code: "second-look"
	}));
}
function describeEnd({ what, remedy }) {
	return {
		code: "second-look",
		message: `The endpoint ended it: ${escapeForTerminal(what, 300)}.`,
		remedy
	};
}
function hasEndpointChanged({ validity }) {
	return validity.findings.some(({ code, level }) => level === void 0 && (code === "config-updated" || code === "served-model-changed"));
}
export { resolveDecision as $, HISTORY_FILE as $t, findJobPage as A, drawBadge as At, defineNameSetting as B, concludeVerdict as Bt, RUN_TO_FETCH as C, createArtifactStore as Ct, GITHUB_SETTINGS as D, renderTimelineIndex as Dt, listMissingForRun as E, renderEmptyTimelinePage as Et, encodeOpenMetrics as F, renderCurve as Ft, REPORT_KIND as G, shareFalseAlarmRate as Gt, listNames as H, conclude_exports as Ht, encodeJunit as I, renderPage as It, readStored as J, LOOKS_FILE as Jt, VERDICT_KIND as K, decodeVerdict as Kt, encodeLevelsCsv as L, DEFAULT_POLICY as Lt, renderMarkdown as M, describeStep as Mt, writeFiles as N, renderTimeline as Nt, deliver_exports as O, renderTimelinePage as Ot, writeResult as P, renderTimelineMarkdown as Pt, judgeReport as Q, ArtifactRefusal as Qt, buildBaselineOfHistory as R, applyAcceptances as Rt, recordsBranch as S, redact_result_exports as St, isRunNamed as T, readHiddenAttempts as Tt, readRecorded as U, exitCodeOf as Ut, findHistoryHere as V, concludeWithoutFigures as Vt, HISTORY_KIND as W, pickPolicy as Wt, STATED_TIMES as X, encodeLooks as Xt, join_results_exports as Y, decodeLooks as Yt, judgeAlone as Z, mapRowsOfLooks as Zt, findRoot as _, renderWarnings as _n, PartError as _t, PEM_FILES as a, tellTimeline as an, toSimulatorOptions as at, readWorkflowFiles as b, NOTE_ROOM as bn, redactReport as bt, describeJob as c, findSmallestVisible as cn, createFactors as ct, findPlaceFromRoot as d, renderText as dn, measureAsFirst as dt, LARGEST_HISTORY_BYTES as en, findOpenGrounds as et, listJobNotes as f, renderTitle as fn, measureForFirst as ft, findOrigin as g, renderReportJobComment as gn, joinParts as gt, findDefaultBranch as h, renderComment as hn, measure_shard_exports as ht, GITLAB_PLACES as i, openEntry as in, SIMULATOR_SETTINGS as it, linkJob as j, encodeShield as jt, endRun as k, describeBadge as kt, describeReach as l, findUnlikeness as ln, SHIPPED as lt, BRANCH as m, renderVerdictText as mn, openParts as mt, decide_measured_exports as n, decodeUploaded as nn, poolProducts as nt, describeFiles as o, allowForUnlikeness as on, SIMULATOR_DEFAULTS as ot, listSecrets as p, renderTitles as pn, measure_shards_exports as pt, readReportFolder as q, encodeVerdict as qt, GITHUB_PLACES as r, decodeUtf8 as rn, serveSimulated as rt, describeGate as s, computeStand as sn, ENGINE_DEFAULTS as st, buildDecideInput as t, RECORDING_EVENTS as tn, estimateSlope as tt, describeRun as u, renderHeadline as un, describePart as ut, readFolder as v, describeSlowDrift as vn, redactEntry as vt, fetchRun as w, encodeHiddenAttempts as wt, CALL as x, SUMMARY_ROOM as xn, redactVerdict as xt, readRepositoryFile as y, COMMENT_ROOM as yn, redactLooks as yt, buildBaselineOfReports as z, concludeAgain as zt };
