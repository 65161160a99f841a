import { n as __exportAll } from "./rolldown-runtime.js";
import { $n as scaleLengths, $r as decapitalise, Ar as sha256, B as findOpenFiles, Br as chooseLoad, D as createHttpTransport, Hn as meanDuration, Hr as isOpenLoop, Ir as SETTINGS_OF_LESS_LOAD, J as MORE_OPEN_FILES, Jr as needsQuery, K as systemClock, Kr as nameLevel, Lr as STATE_WORDS, Mt as chooseOpenLoad, Nt as countUsual, Or as seedRandom, P as countConnectionsLeft, Pr as SEARCH_ENDS, Pt as findLastMs, Rt as findApi, Un as meanLength, Ur as isTooMuch, Vn as fixLength, Vr as generatesTokens, Wr as loadOf, X as isFiltered, Xr as spellLevels, Y as findClientFailure, Yr as reachesPlateau, a as countWorkers, ai as escapeForTerminal, at as chooseSoakShare, bt as UNCALIBRATED, c as planThreads, ci as groupDigits, ct as estimateOpenCost, d as shareOut, di as makeClause, dt as estimateSingles, fi as nameAll, ft as estimateSoak, gi as showUrl, ht as createWorkload, i as countThreads, jn as vendorOf, jt as SHORTEST_WINDOW_MS, li as joinList, lt as estimatePreflight, mi as pluralise, mt as createLevelWorkload, nt as SOAK, o as describeThreads, ot as estimateCrossCheck, pi as partOf, q as systemDeadline, r as LevelThreads, rt as addCosts, s as listWorkers, si as formatSeconds, st as estimateLevelCost, ti as dropCodeMarks, tt as CROSS_CHECK, u as shareOpenLoad, ut as estimateProbes, vt as countMeanTurns, w as getPage, y as NO_AUTH, yi as EndpointError, yt as removeConversations } from "./measuring.js";
import { A as renderCost, An as formatLevel, Bt as readLimit, Cn as formatConcurrency, E as describeSides, En as formatDuration, Et as SPEEDS, F as countNeededBudget, Fn as formatRate, G as assumePreflight, I as fixLadder, J as findOtherVersion, Kn as buildSeries, L as listLadderLevels, Ln as formatShare, Lt as chooseSmallestTolerance, M as chooseNextLevel, Mn as formatMs, N as chooseOnce, O as showPlan, P as countAffordablePasses, R as sortAscending, Sn as formatChange, T as describeAssumption, Tt as MOST_LOAD, X as findLowRateLimits, Y as assumeTarget, _n as quote, _r as medianOf, an as describeDefinitions, ar as MEDIAN_ROWS, bn as say, dn as keepUnit, dr as dependsOnTokenCount, f as orderEndpoint, fr as findLimitedMetric, hn as makeWordColumn, ir as GATED_ROWS, j as renderPlan, jn as formatLoad, mr as isErrorRate, nn as writePlain, q as runPreflight, sr as RATE_FIELDS, tn as wrap, un as joinSentences, vn as quoteCode, vr as metricOf, wn as formatCount, yn as quoteProse, z as describeSecondLook } from "./plateau.js";
import { C as createLogHistogram, D as summariseHistogram, E as summarise, T as pickAtShare, a as createBoard, n as createBudget, r as grantBeforeLevels, s as joinShares, t as Share, w as percentile, x as MINIMUM_SAMPLES } from "./level.js";
import { i as sampleStandardDeviation, n as median, r as medianAbsoluteDeviation, t as mean } from "./vendor.js";
import { A as computeErrorRate, C as locateCapacity, D as findPlateau, E as findCurveShape, F as boundShareAbove, H as studentTQuantile, M as figureOf, O as TIME_METRICS, R as fTail, S as findBestWithin, T as sumUpObjectives, W as testBinomialGreater, _ as narrowTo, a as averagePasses, b as selectComparableEntries, c as chooseMetrics, d as figureOfY, i as averageOver, j as countMissingRequests, k as chooseThroughput, m as findSteepness, n as assembleReport, o as changeOfY, p as findHistoryKnee, s as chooseLevelSet, u as explainDifference, v as observeBeside, w as selectDeciding, x as signOf, y as observeRun, z as meanBounds } from "./figures.js";
import { availableParallelism } from "node:os";
// src/words/metric-words.ts
function labelOf({ metric, ofPlateau = null }) {
	return ofPlateau === false ? "Highest throughput" : metricOf(metric).label;
}
function shortenLabel(named) {
	return named.ofPlateau === false ? "Highest" : metricOf(named.metric).shortLabel ?? labelOf(named);
}
function nameOf(comparison) {
	const label = labelOf(comparison);
	return /^[A-Z]{2}/.test(label) ? label : decapitalise(label);
}
function formatFigure$1({ unit }, value) {
	if (value === null) return "\u2013";
	if (unit === "%") return formatShare(value);
	if (unit === "in flight") return `${formatConcurrency(value)} ${unit}`;
	return unit === null ? formatMs(value) : `${formatRate(value)} ${unit}`;
}
function formatFigureRange(of, low, high) {
	const [from, to] = [formatFigure$1(of, low), formatFigure$1(of, high)];
	const unit = to.replace(/^\S+/, "");
	return `${from.endsWith(unit) ? from.slice(0, from.length - unit.length) : from} to ${to}`;
}
const BOUND_WORDS = {
	"at-least": "at least",
	below: "below"
};
function formatBounded(of, value, bound) {
	const figure = formatFigure$1(of, value);
	return bound === null || value === null ? figure : `${BOUND_WORDS[bound]} ${figure}`;
}
function formatSide(comparison, side) {
	return formatBounded(comparison, comparison[side], comparison.bounds?.[side] ?? null);
}
function isBoundedTwice({ bounds }) {
	return bounds?.baseline !== void 0 && bounds.candidate !== void 0;
}
function formatVisible({ metric, smallestVisible }) {
	return smallestVisible === null ? "\u2013" : formatChange(toNaturalChange(metricOf(metric).better, smallestVisible));
}
function nameVisible(comparison) {
	return `${nameOf(comparison)} ${formatVisible(comparison)}`;
}
const IN_FOUR_OF_FIVE = "in 4 of 5";
function toNaturalChange(better, worsening) {
	return better === "lower" ? worsening : 1 / (1 + worsening) - 1;
}
const worseningOf = toNaturalChange;
function isForTheWorse({ metric, change }) {
	return metricOf(metric).better === "lower" ? change > 0 : change < 0;
}
function directionOf({ better }, change) {
	if (better === "higher") return change < 0 ? "lower" : "higher";
	return change > 0 ? "slower" : "faster";
}
function findMoved(comparisons) {
	return comparisons.filter(({ verdict, change }) => change !== null && [
		"regressed",
		"suspect",
		"accepted"
	].includes(verdict));
}
function describeLevels(comparison, load) {
	const { byLevel, better } = comparison;
	if (byLevel.length === 0) return null;
	const ladder = byLevel.toSorted((a, b) => a.concurrency - b.concurrency);
	const moved = ladder.filter(({ change }) => hasMoved(comparison, worseningOf(better, change)));
	const describeAt = ({ concurrency, change }) => `${formatChange(change)} at ${formatLevel(load, concurrency)}`;
	const [only] = ladder.length === 1 ? ladder : moved;
	if (ladder.length === 1 || moved.length === 1) return `${nameOf(comparison)} ${formatChange(only.change)} at ${spellLevels(load, formatLevel(load, only.concurrency))}`;
	if (moved.length === ladder.length) return `${nameOf(comparison)} ${describeSameAtAll(ladder, load)}`;
	const levels = (moved.length === 0 ? ladder : moved).map(({ concurrency }) => formatLevel(load, concurrency));
	const worst = ladder.reduce((a, b) => worseningOf(better, b.change) > worseningOf(better, a.change) ? b : a);
	return `${nameOf(comparison)} at ${spellLevels(load, joinShortList(levels))}, most ${describeAt(worst)}`;
}
function describeSameAtAll(ladder, load) {
	const [first, last] = [ladder[0], ladder.at(-1)];
	const [from, to] = [formatLevel(load, first.concurrency), formatLevel(load, last.concurrency)];
	return formatChange(first.change) === formatChange(last.change) ? `${formatChange(first.change)} at ${spellLevels(load, `${from} to ${to}`)}` : `${formatChange(first.change)} at ${spellLevels(load, from)} to ${formatChange(last.change)} at ${to}`;
}
function isOfFamily({ metric }, what) {
	const { family, field } = metricOf(metric);
	return family === what || field === what;
}
function hasMoved({ worsening }, atLevel) {
	return atLevel >= (worsening ?? 0) / 2;
}
function joinShortList(parts, most = 6) {
	if (parts.length <= most) return joinList(parts);
	return joinList([...parts.slice(0, most - 1), `${parts.length - most + 1} more`]);
}
// src/render/view/report.ts
const LONGEST_FACT = 300;
const LONGEST_MESSAGE = 400;
function viewRun(report, verdict) {
	const { validity, plan } = report;
	return {
		endpoint: describeEndpoint(report),
		work: describeWork(report, verdict),
		invalid: validity.ok ? null : "This run is not valid: its figures must not be used. The findings say why.",
		findings: viewFindings(validity.findings, loadOf(report.series)),
		imported: describeImport(report),
		serverVersion: describeServer(report),
		build: viewBuild(report),
		provisioned: describeProvisioned(report),
		proof: describeProof(report),
		unsent: report.prompts === void 0 ? null : describeUnsent(report.prompts),
		shards: describeShards(report),
		cuts: plan.cut.map((cut) => quoteProse(cut)),
		context: tabulateContext(report),
		origin: describeOrigin(report)
	};
}
function describeEndpoint({ series, context }) {
	const names = [
		context.endpointLabel,
		context.servedModel ?? context.model,
		series.api
	];
	return joinSentences([...new Set(names.filter((name) => name !== null))].map((name) => quote(name)), " \u00B7 ");
}
function describeWork(report, verdict) {
	const passes = Math.max(0, ...report.levels.map((level) => level.passes.length));
	const most = report.plan.once === void 0 || passes === 1 ? "" : "up to ";
	const levels = `${pluralise(report.levels.length, "level")} \u00D7 ${most}${pluralise(passes, "pass", "passes")}`;
	const where = verdict?.control?.fresh === true && verdict.control.sessions > 1 ? ", in the last session" : "";
	return say`${describeLengths(report)} \u00b7 ${levels} in ${formatDuration(report.durationSeconds)}${where}`;
}
const LONGEST_MIX = 400;
function describeLengths({ series: { workload }, capabilities, context, prompts, trace }) {
	if (trace !== void 0 && prompts !== void 0) return describeTrace(prompts, trace);
	if (context.requestTokens !== void 0) return say`tokens of a request: ${quote(context.requestTokens)}`;
	if (workload.mix !== void 0) return say`a mix, in tokens: ${quote(workload.mix, LONGEST_MIX)}`;
	const output = quote(workload.outputTokens);
	if (workload.promptsHash !== null) return say`${prompts === void 0 ? "prompts from a file" : describePrompts(prompts)}, ${output} output tokens where they do not say`;
	const found = capabilities["inputTokens"];
	const input = /^auto\b/.test(workload.inputTokens) && typeof found === "number" ? String(found) : quote(workload.inputTokens);
	if (generatesTokens(workload.task)) {
		const perTurn = workload.turns === void 0 ? "" : " a turn";
		const images = workload.images === void 0 ? "" : say`, images: ${quote(workload.images)}`;
		return say`${input} input and ${output} output tokens${perTurn}${images}`;
	}
	const per = needsQuery(workload.task) ? " a pair" : "";
	return say`${input} input tokens${per}, batches of ${String(workload.batchSize)}`;
}
function describePrompts({ form, noun, found, sent, length, seed }) {
	const what = form === "" ? noun : `${form} ${noun}`;
	const count = sent === found ? pluralise(sent, what) : partOf(sent, found, what);
	const drawn = seed === null ? "" : say`, seed ${quote(seed)}`;
	return say`${quote(count)} from a file${length === null ? "" : quote(`, ${length}`)}${drawn}`;
}
function describeTrace(prompts, trace) {
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
function viewFindings(findings, load) {
	return [...Map.groupBy(findings, ({ code, remedy }) => `${code} ${remedy}`).values()].map((same) => {
		const { code, level, message, remedy: advice = "" } = same[0];
		const more = same.slice(1).flatMap((finding) => finding.level === void 0 ? [] : [nameLevel(load, finding.level)]);
		const place = [...code === "second-look" ? ["second look"] : [], ...level === void 0 ? [] : [`level ${nameLevel(load, level)}`]];
		const where = place.length === 0 ? "" : `${place.join(", ")}: `;
		const also = more.length === 0 ? "" : ` ${level === void 0 ? "It shows" : "Also"} at ${more.length === 1 ? "level" : "levels"} ${joinShortList(more, 12)}.`;
		const sentence = say`${where}${quoteProse(message, LONGEST_MESSAGE)}${also}`;
		const remedy = advice === "" ? null : quoteProse(advice, LONGEST_MESSAGE);
		return {
			sentence,
			remedy,
			line: remedy === null ? sentence : say`${sentence} \u2192 ${remedy}`
		};
	});
}
function describeImport({ imported }) {
	if (imported === void 0) return null;
	const { tool, version, notes } = imported;
	const who = version === null ? quote(tool) : say`${quote(tool)} ${quote(version)}`;
	const sentences = [...describeDefinitions(tool), ...notes].map((sentence) => quoteProse(sentence, LONGEST_MESSAGE));
	return joinSentences([say`Measured by ${who}, not by Plateau: the figures are as it states them.`, ...sentences], " ");
}
function viewBuild({ context: { build }, imported }) {
	if (imported !== void 0) return null;
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
function describeProof({ selfProof }) {
	if (selfProof === void 0) return null;
	const { streams, ttftErrorMs: ttft, tpotError: tpot, tokensPerSecond } = selfProof;
	const times = tpot === null ? [] : [`TPOT to \u00B1${formatShare(tpot.p50)}`];
	const worst = tpot === null ? [] : [formatShare(tpot.p99)];
	return `This machine times ${[`TTFT to \u00B1${formatMs(ttft.p50)}`, ...times].join(" and ")} at ${pluralise(streams, "stream")} (p99: ${[formatMs(ttft.p99), ...worst].join(", ")}); it can hold ${formatCount(Number(tokensPerSecond.toPrecision(2)))} tokens/s.`;
}
function describeShards({ shards }) {
	if (shards === void 0) return null;
	const { count, clockSpreadMs, clockWithinMs } = shards;
	return `${pluralise(count, "shard")} measured it together; their clocks were up to ${formatMs(clockSpreadMs)} apart, which was corrected to within \u00B1${formatMs(clockWithinMs)}.`;
}
function describeOrigin({ tool, startedAt, imported }) {
	if (imported !== void 0) return say`Measured by ${quote(imported.tool)} from ${quote(startedAt)} on, judged by ${quote(tool.name)} ${quote(tool.version)}.`;
	return say`Measured by ${quote(tool.name)} ${quote(tool.version)} from ${quote(startedAt)} on.`;
}
function tabulateContext({ context, plan, imported }) {
	const { runner } = context;
	const isOurs = imported === void 0;
	const rows = [
		["Endpoint", context.endpointLabel],
		["Model asked for", context.model],
		["Model served", context.servedModel],
		["Server version", context.serverVersion ?? null],
		["Build", isOurs ? context.build ?? "not checked" : null],
		["Provisioned", context.provisioned ?? null],
		["Load tool", context.loadTool ?? null],
		["Runner", isOurs ? `${runner.environment}, ${runner.os} ${runner.arch}, ${formatCount(runner.cpuCount)} CPUs` : null],
		["Node", isOurs ? context.node : null],
		["Cut by budgets", plan.cut.length === 0 ? null : plan.cut.join(" ")]
	];
	return {
		columns: [makeWordColumn("What"), makeWordColumn("Value")],
		rows: rows.flatMap(([what, value]) => value === null ? [] : [[what, quote(value, LONGEST_FACT)]])
	};
}
const OUTCOMES$1 = {
	pass: "\u2705 Holds",
	fail: "\u274C Broken",
	"not-measured": "\u2754 Not measured"
};
const NEAR$1 = "near the limit: within two spreads of runs";
function viewLimits(limits, load) {
	const order = {
		fail: 0,
		"not-measured": 1,
		pass: 2
	};
	const holding = limits.filter(({ outcome }) => outcome === "pass").length;
	return {
		rows: limits.toSorted((a, b) => order[a.outcome] - order[b.outcome]).map((limit) => viewLimit(limit, load)),
		count: `${holding} of ${limits.length} hold`,
		isBroken: holding < limits.length
	};
}
function viewLimit(limit, load) {
	const reason = limit.reason === null ? null : quoteProse(limit.reason, LONGEST_MESSAGE);
	const measured = keepUnit(formatLimitValue(limit, load));
	const near = limit.near === true ? [NEAR$1] : [];
	const alone = limit.alone === void 0 ? [] : [describeAlone(limit, limit.alone, load)];
	return {
		outcome: limit.outcome,
		limit: quoteCode(describeLimit(limit, load)),
		measured,
		verdict: [
			OUTCOMES$1[limit.outcome],
			...reason === null ? [] : [": ", reason],
			...[...alone, ...near].map((text) => `, ${text}`)
		],
		found: [
			...limit.value === null ? [] : [measured],
			...reason === null ? [] : [reason],
			...alone,
			...near
		]
	};
}
function describeAlone(limit, alone, load) {
	return `the median of all attempts (this one: ${formatLimitValue({
		...limit,
		value: alone
	}, load)})`;
}
function describeLimit({ limit, concurrency }, load) {
	return concurrency === null || limit.includes("@") ? limit : `${limit} (level ${nameLevel(load, concurrency)})`;
}
function formatLimitValue({ limit, value }, load) {
	if (value === null) return "\u2013";
	switch (findLimitedMetric(limit)?.quantity) {
		case "time": return formatMs(value);
		case "share": return formatShare(value);
		case "tokens-per-second": return `${formatRate(value)} tok/s`;
		case "requests-per-second": return `${formatRate(value)} req/s`;
		case "concurrency": return formatLoad(load, value);
		case void 0: return formatRate(value);
	}
}
const LEARNT_DEGREES = 8;
const LEAST_SD = 1e-4;
const CONTRADICTED = 1.5;
const NO_SQUARES = {
	squares: 0,
	degrees: 0
};
function poolSpread(segments, options) {
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
function estimateSpread({ squares, degrees }, { defaultSd, expected: given = "auto", within = NO_SQUARES, passes = 1 }, learnt = degrees) {
	const observed = degrees === 0 ? null : Math.sqrt(squares / degrees);
	const contradicted = given !== "auto" && degrees >= 2 && observed !== null && observed > CONTRADICTED * given;
	const expected = given === "auto" || contradicted ? null : given;
	const prior = expected ?? defaultSd;
	const priorDegrees = weighAssumed(learnt);
	const variance = (priorDegrees * prior ** 2 + squares) / (priorDegrees + degrees);
	const floor = within.degrees === 0 ? 0 : within.squares / within.degrees / passes;
	return {
		sd: Math.max(LEAST_SD, Math.sqrt(Math.max(variance, floor))),
		degrees: priorDegrees + degrees,
		observed,
		assumed: expected !== null && priorDegrees > 0,
		assumedShare: priorDegrees / (priorDegrees + degrees),
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
function listYs(points) {
	return points.map(({ y }) => y);
}
function averageY(points) {
	return mean(listYs(points));
}
const HOUR_MS = 36e5;
const DAY_MS = 24 * HOUR_MS;
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
		const centre = averageY(segment);
		let sizes = 0;
		for (const day of days) {
			const centreOfDay = averageY(day);
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
		const centre = averageY(segment);
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
	const ratio = newest.squares / newest.degrees / before;
	if (fTail(ratio, newest.degrees, earlier.degrees) >= SIGNIFICANT) return null;
	return {
		...newest,
		shared: 0,
		before: Math.sqrt(before)
	};
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
const MAD_TO_SD = 1.4826;
function findOutliers(values) {
	const centre = median(values);
	const mad = medianAbsoluteDeviation(values);
	const limit = mad === 0 ? Infinity : TRIM_CUT * MAD_TO_SD * mad;
	return values.map((value) => Math.abs(value - centre) > limit);
}
function trimSegment(segment, known) {
	const rest = segment.filter((point) => !known.has(point));
	if (!isTrimmed(rest)) return rest;
	const outliers = findOutliers(rest.map((point) => point.y));
	return rest.filter((_, i) => !outliers[i] || i >= rest.length - NEVER_TRIMMED);
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
	const { quantity, defaultSpread } = metricOf(metric);
	if (quantity !== "concurrency") return null;
	const steepness = segments.flatMap((segment) => segment.flatMap(({ entries }) => entries.flatMap(({ row }) => findSteepness(row) ?? [])));
	return steepness.length === 0 ? null : SPREAD_OF_TIMES * Math.max(1, median(steepness)) / defaultSpread;
}
function poolHistorySpread(metric, { segments, within }, passes, { expectedSpread }) {
	const { ofRuns: defaultSd } = assumeSpread(metric, segments);
	return poolSpread(segments, {
		within,
		passes,
		defaultSd,
		expected: expectedSpread
	});
}
// src/verdict/history/past.ts
const MOST_GROUPS = 50;
function pickPast(recorded, series, most = MOST_GROUPS) {
	const groups = groupEntries(selectComparableEntries(recorded, series)).slice(-most);
	const entries = groups.flatMap((group) => group.entries);
	const newest = entries.at(-1);
	if (newest === void 0) return null;
	if (isOpenLoop(loadOf(series))) return {
		groups,
		entries,
		knee: null
	};
	const same = entries.filter(({ row }) => row.throughputMetric === newest.row.throughputMetric);
	return {
		groups,
		entries,
		knee: findHistoryKnee(same.map(({ row }) => observeRun(row, "plateau-throughput")))
	};
}
function narrowBaseline(baseline, { series }) {
	const past = baseline === null ? null : pickPast(baseline.entries, series);
	return baseline === null || past === null ? null : {
		...baseline,
		entries: past.entries
	};
}
function groupEntries(entries) {
	return [...Map.groupBy(entries, ({ source }) => source.runId).values()].map((entries) => ({ entries }));
}
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
function markOfGroup(entries, metric) {
	const marks = entries.map((entry) => entry.segments[metric]);
	if (marks.includes("accepted")) return "accepted";
	return marks.includes("opens") ? "opens" : null;
}
function averageGroups(metric, groups, levels) {
	const points = [];
	let curve = null;
	const findCurve = () => curve ??= meanCurve(groups, levels);
	let accepted = false;
	for (const { entries, runs } of groups) {
		const mark = markOfGroup(entries, metric);
		accepted ||= mark === "accepted";
		const complete = runs.flatMap((run) => hasLevels(run, levels) ? run : completeRun(run, findCurve()) ?? []);
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
	return completeRun(run, meanCurve(groups, levels));
}
function hasLevels(run, levels) {
	return levels.every((level) => run.has(level));
}
function meanCurve(groups, levels) {
	const complete = groups.flatMap(({ runs }) => runs.filter((run) => hasLevels(run, levels)));
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
function segmentPast(metric, { groups, knee }, now, given = null) {
	const { seen } = seeGroups(metric, groups, now);
	const runs = seen.flatMap((group) => group.runs);
	const set = chooseLevelSet(metric, runs, knee);
	const levels = given ?? set.levels;
	const recorded = findSegments(metric, seen, levels);
	return recorded === null ? null : {
		...recorded,
		levels,
		ofPlateau: set.ofPlateau
	};
}
function buildHistory({ all, provisional, outliers, within }, { decision }) {
	const segments = all.map((segment) => trimSegment(segment, outliers));
	const buildReference = (points, recorded) => {
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
		newest: buildReference(segments.at(-1), all.at(-1)),
		before: provisional ? buildReference(segments.at(-2), all.at(-2)) : null,
		segments,
		trimmed: all.some(isTrimmed),
		wider: findInflation(all.some(isTrimmed), segments.flat().length < points.length),
		within,
		groups: points.length,
		runs: points.reduce((sum, point) => sum + point.runs.length, 0)
	};
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
	return Math.abs(point.y - averageY(to)) < Math.abs(point.y - averageY(than));
}
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
		return averageY(kept.length === 0 ? segment : kept);
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
const FEWEST_GROUPS = 3;
function findSlowDrift(entries, release, series, policy) {
	const past = pickPast(entries, series);
	if (past === null) return null;
	const until = Date.parse(release.until);
	const isReleased = (group) => Date.parse(group.entries.at(-1).row.startedAt) <= until;
	const released = past.groups.filter(isReleased);
	const newest = past.groups.filter((group) => !isReleased(group)).slice(-5);
	const now = past.entries.at(-1).row;
	const metrics = chooseMetrics(policy, [now]).flatMap(({ metric }) => {
		const { seen } = seeGroups(metric, [...released, ...newest], now);
		const { levels, ofPlateau } = chooseLevelSet(metric, seen.flatMap(({ runs }) => runs), past.knee);
		const points = levels.length === 0 ? [] : averageGroups(metric, seen, levels);
		const [before, since] = [points.filter(isReleased), points.filter((point) => !isReleased(point))];
		if (before.length < FEWEST_GROUPS || since.length < FEWEST_GROUPS) return [];
		return [{
			metric,
			ofPlateau,
			change: changeOfY(metric, averageY(since) - averageY(before))
		}];
	});
	return {
		since: release.name,
		released: released.length,
		newest: newest.length,
		metrics
	};
}
// src/plan/plan.ts
const LEAST_REQUESTS = 3;
const USUAL_PASSES = 3;
const FIRST_REQUESTS = 3;
function planSweep(given) {
	const options = shortenWindows(given);
	const { mostPasses: most, leastPasses: passes = most } = options.ladder;
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
	const passes = ladder.leastPasses ?? ladder.mostPasses;
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
	const leastPasses = plan.ladder.mostPasses;
	let mostPasses = options.ladder.mostPasses;
	const fits = () => findBrokenBudgets(planWith(options, mostPasses, options.levelDurationMs, []), options).length === 0;
	while (mostPasses > leastPasses && !fits()) mostPasses--;
	return {
		...plan,
		ladder: {
			...plan.ladder,
			mostPasses,
			leastPasses
		}
	};
}
function planWith(options, passes, mostMs, cut) {
	const { leastPasses: _, ...rest } = options.ladder;
	const ladder = {
		...rest,
		mostPasses: passes
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
	const estimateLevel = (concurrency, requestMs, levelDurationMs = windows.firstMs) => {
		const load = {
			levelDurationMs,
			minRequests: minRequests(concurrency),
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
		mostRequestsOf: (concurrency, durationMs) => Math.ceil(estimateLevel(concurrency, lone.latencyMs, durationMs).requests),
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
	return Math.max(USUAL_PASSES, ladder.leastPasses ?? ladder.mostPasses) * usual.reduce((sum, level) => sum + secondsOf(level), 0);
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
		...planLoad(settings, lone),
		ladder: {
			levels,
			search,
			named,
			...settings.passes === "auto" ? AUTO_PASSES : { mostPasses: settings.passes },
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
	const { turns = 1 } = estimateMeanConversation(settings, lone) ?? {};
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
function planSecondLook(settings, { lone, control }, levels) {
	return planSweep({
		...planLoad(settings, lone),
		ladder: {
			levels: sortAscending(levels.map(({ level }) => level)),
			named: [],
			mostPasses: settings.confirm,
			seed: `${settings.seed}/confirm`
		},
		minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
		known: levels,
		lone: growLone(settings, lone),
		sentinel: null,
		soak: false,
		control
	});
}
function chooseSentinel({ prompts, inputTokens, turns, mix }) {
	return prompts === null && turns === null && mix === null && (inputTokens === "auto" || inputTokens.kind === "fixed") ? "level 1" : "apart";
}
const AUTO_PASSES = {
	leastPasses: 3,
	mostPasses: 10
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
function estimateMeanConversation(settings, { latencyMs }) {
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
	const conversation = estimateMeanConversation(settings, lone);
	if (conversation === null) return workers;
	return workers * conversation.turns * lone.latencyMs / conversation.spanMs;
}
function planLoad(settings, lone) {
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
	const conversation = estimateMeanConversation(settings, lone);
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
// src/shell/dry-run.ts
var dry_run_exports = /* @__PURE__ */ __exportAll({
	describePlans: () => describePlans,
	encodeDryRun: () => encodeDryRun,
	renderDryRun: () => renderDryRun
});
const NONCE = "0".repeat(16);
function renderDryRun(settings, sources, layout) {
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
	const { url, api, control, plan, secondLook } = planWithoutAsking(settings);
	const beside = control === void 0 ? "" : ` beside ${control}`;
	return [
		...wrap(describeAct(`${url} (${api})${beside}`, settings), layout),
		...wrap(`${renderPlan(plan)}${describeShare$1(settings)}`, layout),
		...secondLook === null ? [] : wrap(secondLook, layout),
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
	return [`${scenarios.length} scenarios, one after the other: ${renderCost(all)} (before preflight: ${describeAssumption(withPrompts)})`, ...plans.map(({ settings, plan }) => `  ${settings.name}: ${renderPlan(plan)}${describeShare$1(settings)}`)];
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
function describeShare$1(settings) {
	const { control, controlCommand, redeployCommand } = settings;
	if (controlCommand !== null) return ", for each server in each session";
	const sides = control === null ? "" : describeSides(settings);
	return redeployCommand === null ? sides : `${sides}, for each session`;
}
function encodeDryRun(settings, sources) {
	const { results } = settings;
	const prompts = settings.sentPrompts === null ? {} : { prompts: settings.sentPrompts };
	const { secondLook: _, ...planned } = results === null ? planWithoutAsking(settings) : {
		secondLook: null,
		results
	};
	return `${JSON.stringify({
		schema: "plateau/dry-run@1",
		...planned,
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
		plan: showPlan(plan),
		secondLook: settings.baseline.kind === "none" && control === null ? null : describeSecondLook(plan, settings)
	};
}
// src/metrics/level/level-run.ts
function countRecords(runs) {
	return runs.reduce((sum, { records }) => sum + records.length, 0);
}
function* selectCountedRecords(runs) {
	for (const run of runs) for (const record of run.records) {
		if (findClientFailure(record.failure) !== null) continue;
		if (run.window === null || record.phase === "counted") yield record;
	}
}
function countWhere(runs, isSo) {
	let n = 0;
	for (const { records } of runs) for (const record of records) if (isSo(record)) n++;
	return n;
}
function divideAnswers(runs, kinds, kindOf) {
	const shares = Object.fromEntries(kinds.map((kind) => [kind, 0]));
	let ok = 0;
	for (const record of selectCountedRecords(runs)) {
		if (record.outcome !== "ok") continue;
		ok++;
		const kind = kindOf(record);
		if (kind !== null) shares[kind]++;
	}
	for (const kind of kinds) shares[kind] /= Math.max(1, ok);
	return shares;
}
const MOST_OF_ANSWER = .5;
function splitBuffered(runs) {
	return divideAnswers(runs, ["byOthers", "byClient"], (record) => record.buffered ? isReadLate(record) ? "byClient" : "byOthers" : null);
}
function isReadLate({ stallMs, lastTokenMs }) {
	return stallMs > 0 && stallMs >= MOST_OF_ANSWER * (lastTokenMs ?? 0);
}
function computeHeldBackShares(runs) {
	return divideAnswers(runs, ["time", "size"], (record) => {
		const { buffered, heldBack } = record;
		return heldBack === null || buffered || isReadLate(record) ? null : heldBack === "time" ? "time" : "size";
	});
}
function hasTokenTimes(runs) {
	const { time, size } = computeHeldBackShares(runs);
	return splitBuffered(runs).byOthers + time + size <= BUFFERED_SHARE;
}
const BUFFERED_SHARE = .25;
const NEGLIGIBLE_SHARE = .01;
function hidesAnswerStart(runs) {
	const { tagged } = divideAnswers(runs, ["tagged"], ({ tagsReasoning }) => tagsReasoning ? "tagged" : null);
	return tagged > NEGLIGIBLE_SHARE;
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
		return run.window !== null && countWhere([run], ({ phase }) => phase === "counted") >= countNeededRequests(run);
	});
	return usable.length > 0 ? usable : runs;
}
function sumUpFlow(runs, isWanted) {
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
			outputTokens += isInOnePiece(record) ? share * record.outputTokens : record.windowTokens;
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
function isInOnePiece(record) {
	return record.outcome === "ok" && (record.buffered || record.tokenEvents <= 1);
}
// src/metrics/level/objectives.ts
const TIMES = {
	ttft: ({ ttftMs }) => ttftMs ?? Infinity,
	ttfo: ({ ttfoMs }) => ttfoMs ?? Infinity,
	tpot: ({ tpotMs }) => tpotMs ?? 0,
	latency: ({ lastTokenMs }) => lastTokenMs ?? Infinity
};
function computeStrain(record, objectives) {
	if (record.outcome !== "ok") return Infinity;
	let most = 0;
	for (const { time, atMostMs } of objectives) most = Math.max(most, TIMES[time](record) / atMostMs);
	return most;
}
function needStream(objectives) {
	return objectives.some(({ time }) => medianOf(time).needsStream);
}
function isUntold(time, runs) {
	const { phase } = medianOf(time);
	return phase === "reasoning" && hidesAnswerStart(runs) || phase === "decode" && hidesTokenPace(runs);
}
function computeAttained(runs, { objectives, share }, task) {
	const generates = generatesTokens(task);
	if (needStream(objectives) && !(generates && hasTokenTimes(runs))) return null;
	if (objectives.some(({ time }) => isUntold(time, runs))) return null;
	const strains = [];
	for (const record of selectCountedRecords(runs)) strains.push(computeStrain(record, objectives));
	const inside = strains.filter((strain) => strain <= 1).length;
	const strain = findStrain(strains, share);
	const flow = sumUpFlow(runs, (record) => computeStrain(record, objectives) <= 1);
	return {
		inside,
		attainment: strains.length === 0 ? null : inside / strains.length,
		strain: Number.isFinite(strain) ? strain : null,
		requestsPerSecond: flow.seconds === 0 ? null : flow.requests / flow.seconds,
		outputTokensPerSecond: flow.seconds === 0 || !generates ? null : flow.outputTokens / flow.seconds
	};
}
function findStrain(strains, share) {
	return pickAtShare(Float64Array.from(strains).sort(), share) ?? Infinity;
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
	const whole = runs.flatMap((run) => followConversations(run)).filter(isWhole);
	return {
		turns: [...turns].sort(([a], [b]) => a - b).map(([turn, sums]) => describeTurn(turn, sums, latest)),
		whole: whole.length,
		latencyMs: findMedian(whole.map(({ latencyMs }) => latencyMs)),
		spanMs: findMedian(whole.map(({ startMs, endMs }) => endMs - startMs)),
		endedEarly: countWhere(runs, ({ cutShort }) => cutShort)
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
function isWhole({ good, turns }) {
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
function findMedian(values, failed = 0) {
	return percentile(Float64Array.from(values).sort(), "p50", failed);
}
// src/metrics/level/server-side.ts
const FIELDS = {
	ttft: {
		client: "ttftMs",
		answer: "serverTtftMs",
		unfinished: "cancelledTtft"
	},
	tpot: {
		client: "tpotMs",
		answer: "serverTpotMs",
		unfinished: null
	}
};
function summariseServerSide(runs) {
	const read = runs.flatMap(({ server }) => server ?? []);
	const counted = runs.filter(isCounted);
	const counters = counted.map(({ server }) => server);
	const underLoad = read.flatMap(listUnderLoad);
	const metrics = {
		queueMs: meanMs(counters, "queue"),
		running: takeMedian(underLoad, "running"),
		waiting: takeMedian(underLoad, "waiting"),
		kvCacheUsage: takeMedian(underLoad, "kvCacheUsage"),
		prefixHitShare: computePrefixHitShare(counters),
		preemptions: countPreemptions(counted)
	};
	const byMetrics = {
		ttft: meanOfBoth(counted, "ttft"),
		tpot: meanOfBoth(counted, "tpot")
	};
	const ttft = byMetrics.ttft ?? readStatedByAnswers(runs, "ttft");
	const tpot = byMetrics.tpot ?? readStatedByAnswers(runs, "tpot");
	const sources = [...[...Object.values(metrics), ...Object.values(byMetrics)].some((value) => value !== null) ? [read[0].before.server] : [], ...ttft !== byMetrics.ttft || tpot !== byMetrics.tpot ? ["answers"] : []];
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
		const { unfinished } = FIELDS[time];
		if (unfinished !== null && countsUnfinished(run)) {
			sum += run[unfinished].sumMs;
			n += run[unfinished].n;
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
function countWithTtft(run) {
	return countWhere([run], ({ ttftMs }) => ttftMs !== null);
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
		const stated = record[FIELDS[time].answer];
		const measured = record[FIELDS[time].client];
		if (record.outcome !== "ok" || measured === null || stated === null || !(stated >= 0 && stated <= LONGEST_MS$1)) continue;
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
	return n > 0 && sum >= 0 && sum <= n * LONGEST_MS$1 ? sum / n : null;
}
function computePrefixHitShare(readings) {
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
// src/metrics/level/time-split.ts
function splitTime(runs, task, means) {
	if (!generatesTokens(task) || !hasTokenTimes(runs)) return null;
	const most = countRecords(runs);
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
// src/metrics/validity/evidence.ts
function gatherEvidence(runs, level, options) {
	const { ok, failed } = level.requests;
	return {
		runs,
		level,
		options,
		concurrency: runs[0].concurrency,
		all: ok + failed,
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
	const tokens = new Float64Array(countRecords(runs));
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
	return `${formatFigure(100 * share)} %`;
}
function formatFigure(value) {
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
// src/metrics/validity/server-rules.ts
const ABOVE = 1.5;
const BELOW = .8;
const FLOOR_MS = 5;
function findForeignLoad({ runs, options }) {
	const { sequences = 1 } = options;
	for (const run of runs) {
		const strangers = run.server === null ? [] : countStrangers(run, run.server, sequences);
		if (strangers.length >= 2) return `In ${strangers.length} readings around a pass the server had more requests than this run had sent, up to ${formatFigure(Math.max(...strangers))} more.`;
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
function compareTtft({ runs, level }) {
	if (level.server === void 0) return null;
	const counted = runs.filter(isCounted);
	const ttft = meanOfBoth(counted, "ttft");
	if (ttft === null) return null;
	const { clientMs, serverMs } = ttft;
	if (Math.abs(clientMs - serverMs) <= FLOOR_MS) return null;
	if (clientMs >= BELOW * serverMs && clientMs <= ABOVE * serverMs) return null;
	if (clientMs > serverMs && clientMs - meanStallMs(counted) <= Math.max(ABOVE * serverMs, serverMs + FLOOR_MS)) return null;
	const both = `TTFT is ${formatFigure(clientMs)} ms on average for the client and ${formatFigure(serverMs)} ms for the server`;
	return clientMs > serverMs ? `${both}: ${formatFigure(clientMs - serverMs)} ms are spent before its clock starts or after the token has left it.` : `${both}: that cannot be the same requests.`;
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
function findRestarts({ runs }) {
	const fallen = runs.filter(({ server }) => server !== null && hasRestarted(server)).length;
	return fallen === 0 ? null : `Counters of the server fell in ${fallen} of ${pluralise(runs.length, "pass", "passes")}.`;
}
const MAXIMUM_GATEWAY_SHARE = .01;
function findCachedAnswers({ runs }) {
	const { cached, all, who } = countsOf(runs);
	return cached > MAXIMUM_GATEWAY_SHARE * all ? `${who} answered ${partOf(cached, all, "request")} from a cache.` : null;
}
function findFallbacks({ runs }) {
	const { fellBack, all, who } = countsOf(runs);
	return fellBack > MAXIMUM_GATEWAY_SHARE * all ? `${who} sent ${partOf(fellBack, all, "request")} to a fallback.` : null;
}
function findRetries({ runs }) {
	const { retried, all, who } = countsOf(runs);
	return retried > 0 ? `${who} repeated ${partOf(retried, all, "request")}.` : null;
}
function countsOf(runs) {
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
function findDrift({ runs, options }) {
	if (runs.some(({ open }) => open?.trace !== void 0)) return null;
	const { fact, label } = medianOf(generatesTokens(options.task) ? "tpot" : "latency");
	const change = measureDrift(runs, fact);
	if (change === null) return null;
	return `${label} was ${formatPercent(Math.abs(change))} ${change > 0 ? "higher" : "lower"} in the second half of the window.`;
}
function measureDrift(runs, time) {
	const changes = runs.filter((run) => run.window !== null).map((run) => computeChange(run, time));
	const first = changes[0];
	if (first === void 0) return null;
	let sum = 0;
	for (const change of changes) {
		if (change === null || Math.sign(change) !== Math.sign(first)) return null;
		sum += change;
	}
	return Math.expm1(sum / changes.length);
}
function computeChange(run, time) {
	const middle = (run.window.startMs + run.window.endMs) / 2;
	const halves = [[], []];
	for (const record of run.records) {
		if (record.phase !== "counted" || record.outcome !== "ok") continue;
		const value = record[time];
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
		message: `A single request took ${readings.map((value) => `${formatFigure(value)} ms`).join(", ")} in the course of the run.`
	}];
}
// src/vendors/vendor.ts
const VENDOR_FINDINGS = [
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
		remedy: `Raise the limit for the key that measures, or send less: fewer levels (${SETTINGS_OF_LESS_LOAD}), a shorter \`level-duration\`.`
	},
	{
		code: "pay-per-token",
		meaning: "The capacity is shared with others and limited by the minute, and `max_tokens` counts against the limit before anything is generated.",
		remedy: "Measure an endpoint with provisioned throughput; on this one keep to a few requests at low concurrency (`max-concurrency`, `max-requests`)."
	},
	{
		code: "workspace-limit",
		meaning: "Databricks refused requests with 429: a limit of endpoint or workspace, which says nothing about the model.",
		remedy: `Look at the rate limits of the endpoint and the limits of the workspace (by region 192 to 1,024 requests at once), and keep the load below them (${SETTINGS_OF_LESS_LOAD}).`
	},
	{
		code: "execution-limit",
		meaning: "Databricks gave requests up (408, 504): they took longer than a model may (about five minutes, less on older workspaces).",
		remedy: `Ask for fewer \`output-tokens\`, or lower the load (${SETTINGS_OF_LESS_LOAD}).`
	}
];
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
		remedy: `Read the failure classes and the server log; a lower load (${SETTINGS_OF_LESS_LOAD}) avoids an overloaded server.`,
		invalidates: true
	},
	{
		code: "rate-limited",
		meaning: "The server refused more than 1 % of the requests with 429: limited, not slow.",
		remedy: `Raise the rate limit of this key, or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
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
		remedy: "With a list, lower `rate` or `trace-speed`; with `auto` the search was to find it: the highest one that is held is the load that this server carries.",
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
		remedy: `Use a runner with more cores or less other work; where only high levels show it, leave \`client-threads\` to auto or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
		invalidates: true
	},
	{
		code: "client-limit",
		meaning: "The measuring machine ran into a limit of its own, so that requests were never sent.",
		remedy: `Raise the limit that is named (open files: \`ulimit -n\`; local ports; memory), or lower the load (${SETTINGS_OF_LESS_LOAD}); none of it says anything about the server.`,
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
		remedy: `Lower the load (${SETTINGS_OF_LESS_LOAD}), or use a machine with faster cores or less other work; levels at which the client was too busy say so themselves.`
	},
	{
		code: "self-proof-missing",
		meaning: "How accurately this machine times was not tested before the load; the run went on without it.",
		remedy: "Measure when this machine has less to do, or on one with more cores or less other work: the proof starts a process of its own on 127.0.0.1, and has 1.5 s. Where that process cannot start at all, `self-proof: false` skips the proof."
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
		code: "ended-early",
		meaning: "An interrupt came when some of the sessions or runs, or the first look, were complete: these are judged, without the rest.",
		remedy: "Where that does not decide, run again, to the end."
	},
	{
		code: "second-look",
		meaning: "Found in the second look, the fresh passes over what looked worse: the first one need not have had it.",
		remedy: "As for what was found."
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
		meaning: "More than 5 % of the input tokens came from a prefix cache: TTFT looks better than it is.",
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
	},
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
		remedy: `Raise the rate limit of this key, or lower the load (${SETTINGS_OF_LESS_LOAD}) and \`level-duration\`.`
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
// src/metrics/validity/answer-rules.ts
const HIDDEN_TAIL = .1;
const MAXIMUM_SHORT = .05;
const MAXIMUM_CACHED = .05;
const COLD_LOAD_MS = 100;
function findHiddenTail({ answers: { timed, tailMs, latencyMs } }) {
	if (timed === 0 || tailMs <= HIDDEN_TAIL * latencyMs || tailMs <= 2 * timed) return null;
	return `Streams end ${formatFigure(tailMs / timed)} ms after their last token, ${formatPercent(tailMs / latencyMs)} of the latency.`;
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
function findBursts({ runs }, by) {
	const { time, size } = computeHeldBackShares(runs);
	if (time + size <= .25 || by === "time" !== time >= size) return null;
	return `${formatPercent(time + size)} of the answers arrived in bursts, ${by === "time" ? "each after a fixed time" : "as out of a buffer"}.`;
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
function findFiltered({ runs, all }) {
	let filtered = 0;
	let reason = null;
	for (const { finishReason } of selectCountedRecords(runs)) {
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
function findColdLoads({ runs, all }) {
	let cold = 0;
	let longest = 0;
	for (const { serverLoadMs } of selectCountedRecords(runs)) {
		if (serverLoadMs === null || serverLoadMs <= COLD_LOAD_MS) continue;
		cold++;
		longest = Math.max(longest, serverLoadMs);
	}
	if (cold === 0) return null;
	return `For ${partOf(cold, all, "request")} the server loaded the model first, for up to ${formatFigure(longest)} ms.`;
}
// src/metrics/validity/load-rules.ts
const MAXIMUM_RATE_LIMITED = .01;
const MINIMUM_FULL = .95;
const LITTLES_LAW_TOLERANCE = .1;
const LITTLES_LAW_COMPLETIONS = 30;
const LITTLES_LAW_COMPLETIONS_A_WORKER = 10;
function findNoSuccess({ level, runs }) {
	if (level.requests.ok > 0) return null;
	if (level.requests.failed === 0 && runs.some(({ stopped }) => stopped === "budget")) return null;
	const sent = countRecords(runs);
	if (sent === 0) return "No request was finished.";
	const all = level.requests.failed || sent;
	return `${all === 1 ? "The one request failed" : `None of ${pluralise(all, "request")} succeeded`}${listFailures([level])}.`;
}
function findRefusals({ runs }) {
	const all = countRecords(runs);
	const refused = countWhere(runs, ({ failure }) => failure === "http_429");
	return runs.some((run) => run.stopped === "rate-limited") || refused > MAXIMUM_RATE_LIMITED * all ? `${partOf(refused, all, "request", "was", "were")} refused with 429.` : null;
}
function findErrors(evidence) {
	const { level, all } = evidence;
	const { ok, failed } = level.requests;
	const others = failed - (level.failures["http_429"] ?? 0);
	if (ok === 0 || !isFailing(level.requests)) return null;
	if (others === 0 && findRefusals(evidence) !== null) return null;
	return `${partOf(failed, all, "request")} failed (${formatPercent(failed / all)})${listFailures([level])}.`;
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
	return `On average only ${formatFigure(inFlight)} of ${pluralise(concurrency, "worker")} were busy.`;
}
function checkLittlesLaw({ level, concurrency }) {
	if (level.open !== void 0) return null;
	const { mean, byLittlesLaw } = level.inFlight;
	const needed = Math.max(LITTLES_LAW_COMPLETIONS, LITTLES_LAW_COMPLETIONS_A_WORKER * concurrency);
	if (byLittlesLaw === null || mean === null || mean === 0 || level.requests.ok < needed) return null;
	if (Math.abs(byLittlesLaw / mean - 1) <= LITTLES_LAW_TOLERANCE) return null;
	return `${formatFigure(mean)} requests were in flight, but rate times time says ${formatFigure(byLittlesLaw)}.`;
}
function findOverload({ runs }) {
	const overloaded = runs.filter(({ stopped }) => stopped === "overloaded");
	if (overloaded.length === 0) return null;
	const queue = overloaded.find(({ open }) => open?.queue != null)?.open?.queue;
	const passes = `in ${overloaded.length} of ${pluralise(runs.length, "pass", "passes")}`;
	return queue == null ? `More requests came than the server ended, ${passes}: ten thousand waited for a connection.` : `More requests came than the server ended, ${passes}: in its window the queue grew from ${queue.before} to ${queue.after}.`;
}
const MOST_WAITED = .01;
function findCeiling({ level: { open }, all }) {
	if (open === void 0) return null;
	const n = all + open.dropped;
	if (open.waited <= MOST_WAITED * n) return null;
	const dropped = open.dropped === 0 ? "" : `, ${open.dropped} were never sent`;
	return `${formatPercent(open.waited / n)} of the requests waited for one of ${open.maxInFlight} in flight (\`max-in-flight\`)${dropped}.`;
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
	return lag.p50 > Math.max(LAG_FLOOR.p50, half * (time?.p50 ?? 0)) || lag.p99 > Math.max(LAG_FLOOR.p99, half * (time?.p99 ?? time?.p50 ?? 0)) ? `This machine sent requests ${formatFigure(lag.p50)} ms (p50) and ${formatFigure(lag.p99)} ms (p99) after they were due.` : null;
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
	if (level.open === void 0 && queueMs > half * openMs) return `This machine was too busy: requests waited ${formatFigure(queueMs / n)} ms in the client on average, ${formatPercent(queueMs / openMs)} of their time.`;
	if (lateMs > half * openMs) return `This machine was too busy: it stood still, and read the end of answers ${formatFigure(lateMs / n)} ms late on average, ${formatPercent(lateMs / openMs)} of their time.`;
	const ttft = level.ttftMs?.p50 ?? null;
	if (ttft !== null && delayP90Ms > Math.max(2, half * ttft)) return `This machine was too busy: the client's delay of ${formatFigure(delayP90Ms)} ms (p90) is too large for a TTFT of ${formatFigure(ttft)} ms.`;
	const tpot = level.tpotMs?.p50 ?? null;
	if (tpot === null) return null;
	const tokens = answers.medianTokens;
	if (2 * delayP90Ms / Math.max(1, tokens - 1) <= half * tpot) return null;
	return `This machine was too busy: the client's delay of ${formatFigure(delayP90Ms)} ms (p90) is too large for a TPOT of ${formatFigure(tpot)} ms over ${tokens} tokens.`;
}
function findReconnects({ runs, all }) {
	let again = 0;
	for (const { reconnected } of selectCountedRecords(runs)) if (reconnected) again++;
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
const MOST_CAUSES = 2;
function explainInvalid(levels, ofRun) {
	const whole = ofRun.find((finding) => finding.level === void 0 && invalidates(finding));
	if (whole !== void 0) return makeClause(whole.message);
	const causes = [];
	let left = levels.filter(({ invalidReasons }) => invalidReasons.length > 0);
	while (left.length > 0 && causes.length < MOST_CAUSES) {
		const code = findMostFrequent(left.flatMap(({ invalidReasons }) => invalidReasons));
		const others = left.filter(({ invalidReasons }) => !invalidReasons.includes(code));
		causes.push(`${describeCode(code)} (${describeShare(left.length - others.length, levels.length)})`);
		left = others;
	}
	return causes.length === 0 ? null : causes.join("; ");
}
function describeCode(code) {
	const meaning = lookUpFinding(code)?.meaning;
	return meaning === void 0 ? code : makeClause(meaning);
}
function describeShare(part, all) {
	if (part < all) return `${part} of ${all} levels`;
	return all === 1 ? "the only level" : `${nameAll(all)} levels`;
}
function findMostFrequent(values) {
	return [...Map.groupBy(values, (value) => value).values()].reduce((most, each) => each.length > most.length ? each : most)[0];
}
function judgeLevel(runs, level, options) {
	const findings = applyRules(runs, level, options);
	const invalidReasons = [...new Set(findings.filter(invalidates).map((finding) => finding.code))];
	return {
		valid: invalidReasons.length === 0,
		invalidReasons,
		state: chooseState(runs, level, options, invalidReasons),
		findings
	};
}
const LOST_SHARE = .1;
function chooseState(runs, level, { task }, reasons) {
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
const RULES = [
	["client-limit", findClientLimit],
	["no-success", findNoSuccess],
	["rate-limited", findRefusals],
	["errors", findErrors],
	["cancelled", findCancelled],
	["overloaded", findOverload],
	["ceiling", findCeiling],
	["late", findLateness],
	["too-few-requests", findTooFew],
	["not-full", findIdleWorkers],
	["client-saturated", findBusyClient],
	["served-model-changed", findModelChange],
	["drift", findDrift],
	["foreign-load", findForeignLoad],
	["littles-law", checkLittlesLaw],
	["server-ttft-off", compareTtft],
	["server-restarted", findRestarts],
	["gateway-cached", findCachedAnswers],
	["gateway-fell-back", findFallbacks],
	["gateway-retried", findRetries],
	["token-renewed", findRenewedTokens],
	["cold-load", findColdLoads],
	["hidden-tail", findHiddenTail],
	["short", findShortAnswers],
	["cached", findCachedInput],
	["buffered", findBufferedAnswers],
	["held-back", (evidence) => findBursts(evidence, "time")],
	["bursts", (evidence) => findBursts(evidence, "size")],
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
// src/metrics/level.ts
function summariseLevel(measured, options) {
	const runs = selectUsablePasses(measured);
	const figuresOfPasses = runs.map((run) => computeFigures([run], options));
	const passes = runs.map(({ pass, startedAtSeconds }, i) => ({
		pass,
		startedAtSeconds,
		...figuresOfPasses[i]
	}));
	const pooled = runs.length === 1 ? figuresOfPasses[0] : computeFigures(runs, options);
	const figures = {
		...pooled,
		...poolMedians(pooled, passes)
	};
	const servedModels = listServedModels(runs);
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
function computeFigures(runs, { task, slo }) {
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
	const flow = sumUpFlow(runs);
	const meanMs = timeMs / (requests.ok + requests.failed);
	const opened = runs.reduce((sum, run) => sum + run.connections.opened, 0);
	const sent = runs.reduce((sum, run) => sum + run.connections.requests, 0);
	const attained = slo === void 0 ? null : computeAttained(runs, slo, task);
	const server = serverTells ? summariseServerSide(runs) : null;
	return {
		windowSeconds: flow.seconds,
		requests,
		failures,
		...summariseTimes(runs, task),
		...computeRates(flow, task),
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
		...runs[0].open !== void 0 && { open: sumUpSchedules(runs) },
		...attained === null ? {} : { attained },
		...server === null ? {} : { server }
	};
}
function sumUpSchedules(runs) {
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
	return sorted.length === 0 ? null : {
		p50: pickAtShare(sorted, .5),
		p99: pickAtShare(sorted, .99)
	};
}
function computeRates(flow, task) {
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
function summariseTimes(runs, task) {
	const streams = generatesTokens(task) && hasTokenTimes(runs);
	const listStreamed = (pick) => streams ? summarise(collectSamples(runs, (record) => record.buffered ? null : pick(record))) : null;
	return {
		ttftMs: listStreamed((record) => record.ttftMs),
		ttfoMs: hidesAnswerStart(runs) ? null : listStreamed((record) => record.ttfoMs),
		tpotMs: listStreamed((record) => record.tpotMs),
		interChunkMs: streams ? summariseHistogram(mergeInterChunk(runs)) : null,
		latencyMs: summarise(collectSamples(runs, (record) => record.lastTokenMs)),
		connectMs: summarise(connectSamples(runs))
	};
}
function collectSamples(runs, pick) {
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
		const medians = measured.flatMap((pass) => pass[metric]?.p50 ?? []);
		const p50 = medians.length > 0 && medians.length === measured.filter((pass) => pass[metric] !== null || pass.requests.ok === 0).length ? Math.exp(mean(medians.map((value) => Math.log(value)))) : null;
		return [[metric, {
			...summary,
			p50
		}]];
	}));
}
function listServedModels(runs) {
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
function sumUpMix(runs, task) {
	const ofMix = selectCountedRecords(runs).filter(({ part }) => part !== null);
	const byScenario = Map.groupBy(ofMix, ({ part }) => part);
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
const MOST_SLOW = 10;
function findSlowest(runs) {
	const latencies = new Float64Array(countRecords(runs));
	let slow = [];
	let n = 0;
	for (const record of selectCountedRecords(runs)) {
		const { outcome, lastTokenMs } = record;
		if (outcome !== "ok" || lastTokenMs === null) continue;
		latencies[n++] = lastTokenMs;
		if (slow.length === MOST_SLOW && lastTokenMs <= slow[0].lastTokenMs) continue;
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
	return levels.flatMap(({ slowest }) => slowest).sort((a, b) => b.timesMedian - a.timesMedian || b.latencyMs - a.latencyMs).slice(0, MOST_SLOW);
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
// src/protocol/server-metrics.ts
const SERVERS = [
	...["vllm:", "vllm_"].map((prefix) => nameLikeVllm("vLLM", prefix)),
	...["sglang:", "sglang_"].map((prefix) => ({
		server: "SGLang",
		running: [`${prefix}num_running_reqs`],
		waiting: [`${prefix}num_queue_reqs`],
		kvCacheUsage: [`${prefix}token_usage`],
		ttft: [nameHistogram(`${prefix}time_to_first_token_seconds`)],
		tpot: [nameHistogram(`${prefix}inter_token_latency_seconds`), nameHistogram(`${prefix}time_per_output_token_seconds`)],
		queue: [nameHistogram(`${prefix}queue_time_seconds`)],
		prefixQueries: [`${prefix}prompt_tokens_total`],
		prefixHits: [`${prefix}cached_tokens_total`],
		preemptions: [`${prefix}num_retracted_requests_total`, `${prefix}num_retracted_reqs_total`]
	})),
	{
		server: "TGI",
		running: ["tgi_batch_current_size"],
		waiting: ["tgi_queue_size"],
		tpot: [nameHistogram("tgi_request_mean_time_per_token_duration")],
		queue: [nameHistogram("tgi_request_queue_duration")]
	},
	{
		server: "llama.cpp",
		running: ["llamacpp:requests_processing"],
		waiting: ["llamacpp:requests_deferred"],
		kvCacheUsage: ["llamacpp:kv_cache_usage_ratio"],
		tpot: [{
			sum: "llamacpp:tokens_predicted_seconds_total",
			count: "llamacpp:tokens_predicted_total"
		}]
	},
	nameLikeVllm("LMDeploy", "lmdeploy:"),
	nameLikeVllm("TensorRT-LLM", "trtllm_"),
	nameLikeVllm("NIM", "")
];
function nameLikeVllm(server, prefix) {
	const nameGauges = (...names) => names.map((name) => prefix + name);
	const nameHistograms = (...names) => names.map((name) => nameHistogram(prefix + name));
	return {
		server,
		running: nameGauges("num_requests_running"),
		waiting: nameGauges("num_requests_waiting"),
		kvCacheUsage: nameGauges("kv_cache_usage_perc", "gpu_cache_usage_perc", "kv_cache_utilization"),
		ttft: nameHistograms("time_to_first_token_seconds"),
		tpot: nameHistograms("request_time_per_output_token_seconds", "inter_token_latency_seconds", "time_per_output_token_seconds"),
		queue: nameHistograms("request_queue_time_seconds"),
		prefixQueries: nameGauges("prefix_cache_queries_total", "gpu_prefix_cache_queries_total"),
		prefixHits: nameGauges("prefix_cache_hits_total", "gpu_prefix_cache_hits_total"),
		preemptions: nameGauges("num_preemptions_total")
	};
}
function nameHistogram(name) {
	return {
		sum: `${name}_sum`,
		count: `${name}_count`
	};
}
const WANTED = new Set(SERVERS.flatMap(listSampleNames));
function listSampleNames(names) {
	const { server: _, ...lists } = names;
	return Object.values(lists).flat().flatMap((name) => typeof name === "string" ? name : [name.sum, name.count]);
}
const SERVERS_WITH_METRICS = [...new Set(SERVERS.map(({ server }) => server))];
function readServerMetrics(page) {
	const samples = Map.groupBy(readPrometheus(page, WANTED), ({ name }) => name);
	if (samples.size === 0) return null;
	const sumUp = (name) => sumOf(samples.get(name));
	const readTotal = (names) => totalOf(names, sumUp);
	for (const names of SERVERS) {
		const sample = {
			server: names.server,
			running: readFirst(names.running, sumUp),
			waiting: readFirst(names.waiting, sumUp),
			kvCacheUsage: readFirst(names.kvCacheUsage, (name) => findHighestShare(samples.get(name))),
			ttft: readFirst(names.ttft, readTotal),
			tpot: readFirst(names.tpot, readTotal),
			queue: readFirst(names.queue, readTotal),
			prefixQueries: readFirst(names.prefixQueries, sumUp),
			prefixHits: readFirst(names.prefixHits, sumUp),
			preemptions: readFirst(names.preemptions, sumUp)
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
function readFirst(names = [], read) {
	for (const name of names) {
		const value = read(name);
		if (value !== null) return value;
	}
	return null;
}
function totalOf({ sum, count }, sumUp) {
	const [sumSeconds, observations] = [sumUp(sum), sumUp(count)];
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
function sumOf(samples = []) {
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
const LONGEST_PAGE = 4194304;
const MOST_LINES = 1e5;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
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
		const sample = readLine(page, start, page[end - 1] === "\r" ? end - 1 : end, wanted);
		if (sample !== null) samples.push(sample);
		start = end + 1;
	}
	return samples;
}
function readLine(page, from, end, wanted) {
	let start = from;
	while (isBlank(page[start])) start++;
	NAME.lastIndex = start;
	const name = NAME.exec(page)?.[0];
	if (name === void 0 || !wanted.has(name)) return null;
	const rest = page.slice(start + name.length, end);
	const labels = /* @__PURE__ */ new Map();
	const valueAt = readLabels(rest, labels);
	if (valueAt === null) return null;
	const value = readNumber(VALUE.exec(rest.slice(valueAt))?.[1] ?? "");
	return value === null ? null : {
		name,
		labels,
		value
	};
}
function readLabels(rest, labels) {
	const brace = /^[ \t]*\{/.exec(rest);
	if (brace === null) return isBlank(rest[0]) ? 0 : null;
	let at = brace[0].length;
	for (;;) {
		LABEL.lastIndex = at;
		const label = LABEL.exec(rest);
		if (label === null) break;
		labels.set(label[1], unescapeLabel(label[2]));
		at = LABEL.lastIndex;
		if (label[3] === "") break;
	}
	LABELS_END.lastIndex = at;
	return LABELS_END.test(rest) ? LABELS_END.lastIndex : null;
}
function unescapeLabel(text) {
	return text.includes("\\") ? text.replace(/\\([\\"n])/g, (_, sign) => sign === "n" ? "\n" : String(sign)) : text;
}
function readNumber(word) {
	if (DECIMAL.test(word)) return Number(word);
	if (INFINITE.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
	return /^nan$/i.test(word) ? NaN : null;
}
function isBlank(sign) {
	return sign === " " || sign === "	";
}
// src/load/server-readings.ts
const LOOK_MS = 3e3;
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
	const page = await get(url, LOOK_MS, signal);
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
	const own = buildControlSettings(settings);
	if (own === null || ports.signal.aborted) return {
		control: null,
		trouble: null
	};
	const log = (line) => ports.log(`control: ${line}`);
	try {
		const found = await runPreflight(own, {
			...ports,
			log
		});
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
function buildControlSettings(settings) {
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
		if (await link.onReady()) tellOpened();
		return [await share.run()];
	});
}
async function measureSharedLevel(spec, ports, carryLoad) {
	const level = await beginLevel(spec, ports);
	const shares = await carryLevel(level, carryLoad);
	const fatal = shares.find((share) => share.fatal !== null)?.fatal;
	if (fatal != null) throw fatal instanceof EndpointError ? fatal : new EndpointError(fatal.what, fatal);
	const frame = await endLevel(level);
	ports.steer?.keep(frame, shares);
	return {
		...joinShares(frame, shares),
		madeInLevel: level.board.values.madeInLevel
	};
}
async function beginLevel(spec, ports) {
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
		startedAt: clock.now(),
		steering: null
	};
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
		async onReady() {
			if (steer !== null) {
				const begun = beginTogether(level, steer);
				level.steering = begun.then(async () => steerLevel(level, steer));
				level.steering.catch(() => {});
				await begun;
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
async function beginTogether(level, steer) {
	const { spec, board, stopping, ports } = level;
	const { clock } = ports;
	const beginAt = await steer.begin();
	level.startedAt = beginAt;
	if (spec.open == null) await clock.sleep(Math.max(0, beginAt - clock.now()), stopping.signal);
	else board.values.scheduleAt = beginAt;
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
	return {
		p50: pickAtShare(errors, .5),
		p99: pickAtShare(errors, .99)
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
const LONGEST_MS = 1500;
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
	const endAt = ports.clock.now() + LONGEST_MS;
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
	const { clock, health, collectGarbage, signal } = ports;
	const { streams, ttftMs, intervalMs, outputTokens, windowMs } = schedule;
	const url = new URL(`/step/${ttftMs}/${intervalMs}`, truth.origin);
	const transport = createHttpTransport({
		connection: {
			origin: url.origin,
			caCert: null,
			proxy: null,
			connectTimeoutMs: LONGEST_MS
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
		requestTimeoutMs: LONGEST_MS
	});
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
			collectGarbage,
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
// src/run/plan-found.ts
var plan_found_exports = /* @__PURE__ */ __exportAll({
	planFound: () => planFound,
	seriesOfRun: () => seriesOfRun
});
async function planFound(settings, { startedAt, startAt, threads, found }, ladder, ports) {
	const { control, trouble } = await findControl(settings, found, ports);
	const timing = control === null ? null : settings.controlTiming;
	const connections = countConnectionsLeft(ports.openFiles(), threads?.most ?? 0);
	const sides = control === null ? 1 : 2;
	const expected = planLevels(settings, {
		...found,
		control: timing,
		connections: connections === null ? null : Math.floor(connections / sides)
	}, await ladder(seriesOfRun(settings, found)));
	const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal);
	const proven = await proveMachine(settings, {
		found,
		plan: expected,
		threads
	}, ports);
	const plan = boundByProof(expected, proven.proof, threads);
	const most = countMostWorkers(plan, settings);
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
			...plan.cut.map((message) => ({
				code: "plan-cut",
				message
			})),
			...findLowRateLimits(found.rateLimit, plan),
			...findOpenFiles(ports.openFiles(), plan.sides * most, threads === null ? 0 : countThreads(threads, most, 1)),
			...findings,
			...proven.findings,
			...describeControl(found, {
				control,
				trouble
			})
		],
		control: control === null ? null : {
			...control,
			findings: [...control.findings, ...findLowRateLimits(control.found.rateLimit, plan)]
		},
		controlTrouble: trouble
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
function countMostWorkers({ ladder, openLoad }, { shard }) {
	const highest = Math.max(...ladder.levels);
	return openLoad === void 0 ? countWorkers({
		concurrency: highest,
		shard
	}) : countUsual(shareOpenLoad(openLoad(highest, 1), shard));
}
const INSECURE = {
	code: "insecure-tls",
	message: "The certificate of the endpoint was not checked (`insecure-tls`)."
};
// src/metrics/three-point.ts
const FEWEST_ANSWERS = 3;
const DIFFERENCE = .25;
const TTFT_FLOOR_MS$1 = 10;
const TPOT_FLOOR_MS = .5;
function chooseThreeLengths(outputTokens) {
	const full = Math.round(outputTokens);
	return full < 4 ? null : [
		1,
		Math.ceil(full / 2),
		full
	];
}
function computeThreePoint({ concurrency, one, half, full }, streamed) {
	const [first, middle, last] = [
		averageAnswers(one),
		averageAnswers(half),
		averageAnswers(full)
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
		const message = `${name} is ${formatFigure(streamed)} ms by streams and ${formatFigure(whole)} ms by the three points.`;
		return [{
			code: "cross-check-differs",
			level: lowest.concurrency,
			message
		}];
	});
}
function averageAnswers(run) {
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
// src/run/cross-check.ts
const NOT_ASKED = {
	crossCheck: null,
	findings: []
};
async function runCrossCheck(settings, { target, workload }, swept, ports) {
	if (settings.crossCheck === "none" || ports.signal.aborted) return NOT_ASKED;
	const { api, dialect } = target;
	if (!generatesTokens(dialect.task) || api.isOpenAiLike !== true) return tellNone(`${api.name} (${dialect.task}) always streams its answers, or has no tokens to time`);
	const lengths = chooseThreeLengths(meanLength(workload.outputTokens));
	if (lengths === null) return tellNone("`output-tokens` below 4 leave no three lengths to compare");
	const concurrencies = chooseCheckedLevels(swept);
	if (concurrencies.length === 0) return tellNone("no measured level can be compared with it");
	ports.log(`cross-check: answers that do not stream, at ${lengths.join(", ")} tokens, concurrency ${concurrencies.join(" and ")}`);
	const budget = createBudget(findBudgetLeft(settings, swept), ports.clock);
	const { levels, missing } = await measureThreePoints({
		concurrencies,
		lengths
	}, workload, budget, ports);
	const crossCheck = {
		outputTokens: lengths,
		levels: levels.map((runs) => computeThreePoint(runs, swept.levels.find(({ concurrency }) => concurrency === runs.concurrency) ?? null))
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
function findBudgetLeft(settings, { runs, lastedMs }) {
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
				collectGarbage: ports.collectGarbage,
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
// src/load/soak.ts
const AGREE = .05;
const TTFT_FLOOR_MS = 2;
const RANGE_BY_CHANCE = 3.56;
const MOST_BY_CHANCE = .2;
async function runSoak(runSlice, clock, signal) {
	const from = clock.now();
	const slices = [];
	while (clock.now() - from < SOAK.longestMs && !signal.aborted) {
		const run = await runSlice();
		const slice = sliceOf(run);
		if (run.stopped === "budget") return {
			seconds: (clock.now() - from) / 1e3,
			settled: null
		};
		if (slice === null || run.stopped !== null) break;
		slices.push(slice);
		if (isSettled(slices.slice(-SOAK.slices))) return {
			seconds: (clock.now() - from) / 1e3,
			settled: true
		};
		if (!isBecomingFaster(slices)) break;
	}
	return {
		seconds: (clock.now() - from) / 1e3,
		settled: signal.aborted ? null : false
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
function isSettled(slices) {
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
// src/load/side.ts
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
	get result() {
		const { levelRuns, sentinelMs, settled, endedWell, error } = this;
		return {
			levelRuns,
			sentinelMs,
			settled,
			endedWell,
			error
		};
	}
	async soak() {
		const { clock, signal, log } = this.#shared;
		const whose = this.name === "control" ? "soak of the control" : "soak";
		log(`${whose}: unrecorded load until the engine is settled`);
		const { seconds, settled } = await runSoak(async () => this.#measureSlice(), clock, signal);
		const cut = signal.aborted ? "interrupted" : "ended by the budget";
		log(`${whose}: ${settled === null ? cut : settled ? "settled" : "not settled"} after ${seconds.toFixed(1)} s`);
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
		return this.measure(planSoak(this.#plan), { workload: removeConversations(workload) });
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
			expectedRequests: this.#expectRequests(level),
			shard,
			open,
			...open !== null && "dueMs" in open && { nonce: this.#chooseNonce(level) }
		};
		const run = await this.measure(spec, {
			serverMetrics: this.#own.serverMetrics,
			steer
		});
		this.levelRuns.push(run);
		const late = run.madeInLevel ?? 0;
		const of = run.connections.requests;
		if (late > 0 && run.stopped === null) {
			const load = whole === null ? "concurrency" : "dueMs" in whole ? "speed" : "rate";
			const whose = this.name === "control" ? " of the control" : "";
			const made = `${late} of ${of} requests were prepared while it was measured, not before`;
			this.#shared.log(`level ${nameLevel(load, concurrency)}${whose}: ${made}`);
		}
		if (this.#plan.sentinel === "level 1" && concurrency === 1) this.#keepReading(this.#readSingles(run));
		return run;
	}
	#expectRequests({ concurrency, durationMs }) {
		const earlier = this.levelRuns.filter((run) => run.concurrency === concurrency);
		const most = this.#plan.mostRequestsOf(concurrency, durationMs);
		return Math.max(most, ...earlier.map(({ connections }) => connections.requests)) + 2 * concurrency;
	}
	#chooseNonce({ concurrency, pass }) {
		const { steer = null } = this.#shared;
		if (steer === null) return this.#workload.nonce();
		const place = `${steer.runId}/${this.#plan.ladder.seed}/${concurrency}/${pass}`;
		return sha256(place).slice(0, 16);
	}
	dropLevel({ concurrency, pass }) {
		const last = this.levelRuns.at(-1);
		if (last?.concurrency === concurrency && last.pass === pass) this.levelRuns.pop();
	}
	async measure(spec, { stopping = null, workload: options = this.#workload, ...others } = {}) {
		const { clock, health, collectGarbage, signal, crew } = this.#shared;
		const { openTransport, orderThreads } = this.#own;
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
			collectGarbage();
			return measureSharedLevel(spec, ports, crew.carryIn(threads, carried));
		}
		const transport = openTransport();
		try {
			const workload = createLevelWorkload(options, spec);
			return await measureLevel(spec, {
				...ports,
				transport,
				workload,
				health: health(),
				collectGarbage
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
		const singles = await this.sendSingles();
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
			minRequests: requests,
			expectedRequests: requests + 2
		};
		return this.#readSingles(await this.measure(spec, { workload: removeConversations(this.#workload) }));
	}
	#readSingles({ records }) {
		const answered = [...records].filter(({ phase, lastTokenMs }) => phase === "counted" && lastTokenMs !== null);
		const whole = answered.filter(({ outputTokens, requestedTokens, tokenSource }) => outputTokens === 0 || tokenSource === "chunks" || outputTokens >= requestedTokens);
		const length = meanLength(this.#workload.outputTokens);
		const latencyMs = whole.length === 0 ? null : median(whole.map((record) => computeLatencyAtLength(record, length)));
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
	const before = await probeControl(control);
	const stopping = new AbortController();
	const load = candidate.measure({
		...candidate.specOf(concurrency),
		durationMs: Infinity
	}, { stopping: stopping.signal });
	const [loaded, beside] = await Promise.allSettled([load, probeControl(control).finally(() => stopping.abort())]);
	if (loaded.status === "rejected") throw loaded.reason;
	if (beside.status === "rejected") throw beside.reason;
	const after = await probeControl(control);
	if (before === null || beside.value === null || after === null) return "it could not be shown that neither slows the other down";
	const influence = beside.value / Math.max(before, after);
	return influence <= MOST_INFLUENCE ? null : `load on the candidate slows the control down: single requests took ${Math.round((influence - 1) * 100)} % longer`;
}
async function probeControl(control) {
	try {
		return (await control.sendSingles(7))?.latencyMs ?? null;
	} catch (error) {
		if (error instanceof EndpointError) return null;
		throw error;
	}
}
function computeLatencyAtLength(record, length) {
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
			...candidate.result,
			control: control === null ? null : control.result,
			apart: this.#apart,
			once: this.#ladder.once ?? [],
			searchEnd: this.#searchEnd,
			nearestBudget: candidate.budget.nearest(),
			used: this.#listUsedBudget()
		};
	}
	#listUsedBudget() {
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
		const { search, mostPasses, leastPasses = mostPasses } = this.#ladder;
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
		const room = countAffordablePasses(this.#listUsedBudget(), once);
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
		const { mostPasses, leastPasses = mostPasses } = this.#ladder;
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
		if ((await side.sendSingles())?.answered === false) throw describeGone(side);
	}
	async #sendSentinels(moment) {
		await this.#sides.visit(`sentinel/${moment}`, async (side) => {
			const isAnswered = this.#ports.signal.aborted ? null : await side.sendSentinel();
			if (moment === "end") side.endedWell = isAnswered;
			if (isAnswered === false && side === this.#sides.control) throw describeGone(side);
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
function describeGone({ target }) {
	return new EndpointError("the control no longer answers single requests", {
		tried: `POST ${target}`,
		remedy: "look at the log of its server"
	});
}
const LONGEST_RETRY_AFTER_MS = 6e4;
function choosePauseMs(runs) {
	let longest = 0;
	for (const { records } of runs) for (const { failure, retryAfterMs } of records) if (failure === "http_429" || failure === "http_503") longest = Math.max(longest, retryAfterMs ?? 0);
	return Math.min(LONGEST_RETRY_AFTER_MS, longest);
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
	const up = climbLadder(state);
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
function climbLadder(state) {
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
	return usable.length < 3 || hasFallenBehind(usable) ? Math.min(halveGap(bounds, before.level, last.level), roundLevel(bounds, last.level / 2)) : null;
}
function hasFallenBehind(usable) {
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
	if (last.level > LARGE || hasFallenBehind(usable)) return [2];
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
	if (right.strain === Infinity) return halveGap(bounds, left.concurrency, right.concurrency);
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
	return right > 2 * left ? halveGap(bounds, left, right) : null;
}
function chooseBelowFailing({ bounds, levels, hasObjectives }) {
	const failed = levels.find(({ failing }) => failing === "too-much" || failing === "limited");
	const isLimited = failed?.failing === "limited";
	if (failed === void 0 || hasObjectives && !isLimited) return null;
	const held = levels.findLast(({ level, failing }) => level < failed.level && failing === null);
	if (held === void 0) return isLimited ? null : goBelow(bounds, failed.level);
	return failed.level > (isOpenLoop(bounds.load) && !isLimited ? CAPACITY_GAP : 2) * held.level ? halveGap(bounds, held.level, failed.level) : null;
}
function goBelow(bounds, lowest) {
	return lowest >= 4 * bounds.least ? roundLevel(bounds, lowest / 4) : null;
}
function halveGap(bounds, left, right) {
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
	const needed = MEDIAN_ROWS.flatMap((row) => {
		const { automatic, defaultSpread, defaultPairSpread } = row;
		if (automatic === null) return [];
		const variances = sides.map((windows) => windows.flatMap((window) => estimateVarianceInOneMs(window, row) ?? []));
		if (variances.some((values) => values.length === 0)) return [];
		const known = variances.map((values) => values.filter(Number.isFinite));
		if (known.some((values) => values.length === 0)) return [Infinity];
		const spread = expectedSpread === "auto" ? defaultSpread : expectedSpread;
		const rest = isPair ? spread * defaultPairSpread / defaultSpread : spread;
		return [known.reduce((sum, values) => sum + mean(values), 0) / (SMALL_SHARE * rest) ** 2];
	});
	return needed.length === 0 ? Infinity : Math.max(...needed);
}
function estimateVarianceInOneMs({ answers, lengthMs }, time) {
	const logs = [];
	for (const record of answers) {
		const value = readTime(record, time);
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
function readTime(record, { fact, automatic }) {
	return fact === null || automatic === "whole" && record.ttftMs !== null ? null : record[fact];
}
function countSavedMs(runs, mostMs) {
	return runs.reduce((sum, run) => sum + (run.window === null ? 0 : Math.max(0, mostMs - lengthOf(run))), 0);
}
function lengthOf({ window }) {
	return window === null ? 0 : window.endMs - window.startMs;
}
// src/verdict/limits.ts
var limits_exports = /* @__PURE__ */ __exportAll({
	addLimits: () => addLimits,
	checkLimits: () => checkLimits,
	judgeLimitsBySpread: () => judgeLimitsBySpread,
	judgeLimitsOverAttempts: () => judgeLimitsOverAttempts,
	pickWorstLimits: () => pickWorstLimits
});
function checkLimits(limits, report) {
	return limits.flatMap((limit) => {
		if (limit.concurrency !== null) return [checkLevel(limit, limit.concurrency, report)];
		const row = metricOf(limit.metric);
		if (row.scope !== "level") return [checkRun(limit, row.field, report)];
		return chooseLevels(limit, report).map((at) => checkLevel(limit, at, report));
	});
}
function addLimits(report, limits) {
	const results = checkLimits(limits, report);
	return results.length === 0 ? report : {
		...report,
		limits: results
	};
}
function chooseLevels(limit, { series, plan, levels }) {
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
	const load = loadOf(report.series);
	const kind = load === "concurrency" ? `no ${limit.load}s` : `${load}s`;
	if ((limit.load ?? "concurrency") !== load && limit.concurrency !== null) return makeUnmeasured(limit, concurrency, `the levels are ${kind}`);
	if (level === void 0) return makeUnmeasured(limit, concurrency, "the level was not measured");
	if (isErrorRate(metricOf(limit.metric))) return judgeLimit(limit, concurrency, makeFigure(computeErrorRate(level.requests), []), "no request was counted");
	if (!level.valid) return makeUnmeasured(limit, concurrency, `${STATE_WORDS[level.state]} (${level.invalidReasons.join(", ")})`);
	if (isOfFlawedCounts(limit, report, [concurrency])) return makeUnmeasured(limit, concurrency, FLAWED);
	if (limit.quantity === "share") return judgeAttainment(limit, level);
	const passes = level.passes.flatMap((pass) => figureOf(pass, limit.metric) ?? []);
	const complete = passes.length === level.passes.length ? passes : [];
	return judgeLimit(limit, concurrency, makeFigure(figureOf(level, limit.metric), complete), explainMissing(limit, level));
}
const FLAWED = "the server states token counts that cannot be true (impossible-count)";
function isOfFlawedCounts({ metric }, { plateau, validity }, concurrencies) {
	return dependsOnTokenCount(metricOf(metric), plateau.metric) && validity.findings.some(({ code, level }) => code === "impossible-count" && level !== void 0 && concurrencies.includes(level));
}
function checkRun(limit, field, report) {
	if (isOfFlawedCounts(limit, report, report.levels.map(({ concurrency }) => concurrency))) return makeUnmeasured(limit, null, FLAWED);
	return RUN_CHECKS[field](limit, report);
}
const RUN_CHECKS = {
	requests: (limit, report) => judgeLimit(limit, null, computeRunErrorRate(report), "no request was counted"),
	plateau: checkPlateau,
	within: checkWithin,
	capacity: checkCapacity
};
function checkWithin(limit, { within, plateau, levels }) {
	if (within === null) return makeUnmeasured(limit, null, "`throughput-within` is not set");
	const why = levels.some(({ valid }) => valid) ? `no level is inside ${within.limit}` : "no usable level";
	return judgeLimit(limit, null, makeFigure(within[plateau.metric], []), why);
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
	if (result.outcome !== "fail" || reachesPlateau(state)) return result;
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
		limit: limit.text,
		concurrency,
		outcome,
		value,
		bound,
		reason: null
	};
}
function makeUnmeasured(limit, concurrency, reason) {
	return {
		limit: limit.text,
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
	const metric = findLimitedMetric(limit);
	if (metric === null) return null;
	if (concurrency !== null && metric.field === now.throughputMetric) return "plateau-throughput";
	return GATED_ROWS.find(({ name }) => name === metric.name)?.name ?? null;
}
function findSpread(metric, concurrency, { past, now, policy }) {
	const recorded = segmentPast(metric, past, now, concurrency === null ? null : [concurrency]);
	if (recorded === null) return null;
	const history = buildHistory(recorded, policy);
	if (!isLearnt(history.groups)) return null;
	const level = now.levels.find((one) => one.concurrency === recorded.levels[0]);
	return poolHistorySpread(metric, history, Math.max(1, level?.passes.length ?? 1), policy);
}
// src/run/measure.ts
var measure_exports = /* @__PURE__ */ __exportAll({
	levelOptionsOf: () => levelOptionsOf,
	measureRun: () => measureRun,
	summariseLevels: () => summariseLevels
});
async function measureRun(settings, planned, ports) {
	const { clock } = ports;
	const { found, plan, control } = planned;
	ports.onPlan(plan, planned.findings, planned.threads);
	const sweepAt = clock.now();
	const sweep = await runWithCrew(ports.openCrew, async (crew) => runSweep(settings, planned, {
		...ports,
		crew
	}));
	const isCut = ports.signal.aborted;
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
		signal,
		isCut
	};
	const findings = [
		...checked.findings,
		...describeControlSweep(sweep),
		...isCut || sweep.error !== null ? [] : findFewerPasses(plan, sweep, settings)
	];
	return {
		report: addLimits(await reportSide(side, {
			sweep,
			...summary
		}, {
			...checked,
			findings
		}, frame), settings.limits),
		records: recordsOf(sweep.levelRuns),
		error: sweep.error,
		control: control === null || sweep.control === null ? null : await reportControl(control, sweep.control, frame),
		controlTrouble: planned.controlTrouble ?? sweep.control?.error?.what ?? null
	};
}
function findFewerPasses({ ladder }, sweep, settings) {
	const { searchEnd, nearestBudget, used, levelRuns, once } = sweep;
	if (levelRuns.every(({ concurrency }) => once.includes(concurrency))) return [];
	const measured = Math.max(0, ...levelRuns.map(({ pass }) => pass));
	const { mostPasses, leastPasses = mostPasses } = ladder;
	if (searchEnd === null || searchEnd === "gone" || measured >= leastPasses) return [];
	const budget = describeBudget(nearestBudget, settings, countNeededBudget(used, once, leastPasses));
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
	const buildSidePorts = (side) => ({
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
		...buildSidePorts({
			settings,
			found,
			serverMetrics
		}),
		crew: ports.crew,
		threads,
		steer: ports.steer ?? null,
		isClientBusy: (run) => summariseLevel([run], options).invalidReasons.includes("client-saturated"),
		control: control === null ? null : {
			...buildSidePorts(control),
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
			passes: plan.ladder.leastPasses ?? plan.ladder.mostPasses
		}, settings.expectedSpread),
		isPrecise: (runs, ofControl) => isPreciseEnough(summariseLevels(runs, options), ofControl === null ? null : summariseLevels(ofControl, options), settings.expectedSpread),
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
function summariseSide({ settings, found }, { levelRuns }) {
	const levels = summariseLevels(levelRuns, levelOptionsOf(settings, found));
	return {
		levels,
		plateau: findPlateau(levels)
	};
}
async function reportSide(side, { sweep, levels, plateau }, { crossCheck, findings }, frame) {
	const { settings, found } = side;
	const { plan } = frame;
	const slo = sumUpObjectives(levelOptionsOf(settings, found).slo ?? null, levels, chooseLoad(settings));
	const extra = [...findings, ...await collectFindings(side, sweep, levels, frame)];
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
function countPasses({ plan, searchEnd, once }, { levelRuns }) {
	const { mostPasses, leastPasses } = plan.ladder;
	const measured = Math.max(1, ...levelRuns.map(({ pass }) => pass));
	if (searchEnd !== null || once.length === plan.ladder.levels.length) return measured;
	return leastPasses === void 0 ? mostPasses : Math.max(leastPasses, measured);
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
function summariseLevels(runs, options) {
	return [...Map.groupBy(runs, (run) => run.concurrency).values()].map((runs) => summariseLevel(runs, options)).sort((a, b) => a.concurrency - b.concurrency);
}
function countMostSequences({ workload: { task, batchSize, prompts } }) {
	if (generatesTokens(task)) return 1;
	if (prompts === null) return batchSize;
	return Math.max(...prompts.map((prompt) => prompt.kind === "input" ? prompt.texts.length : 1));
}
async function collectFindings({ settings, found, findings }, sweep, levels, { signal, isCut }) {
	return [
		...findings,
		...findUnsettled(sweep.settled),
		...sweep.endedWell === false ? [GONE] : [],
		...await findOtherBuild(settings, found, signal),
		...signal.aborted ? [] : await found.described?.findChanges(signal) ?? [],
		...vendorOf(found.target.api)?.findLimits?.(levels) ?? [],
		...isCut ? [INTERRUPTED] : []
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
export { listYs as $, completeLike as A, worseningOf as At, segmentPast as B, describePlans as C, isOfFamily as Ct, planSecondLook as D, nameVisible as Dt, planLevels as E, nameOf as Et, markOfGroup as F, assumeSpread as G, DAY_MS as H, narrowBaseline as I, estimateSpread as J, averageY as K, pickPast as L, findSlowDrift as M, findStandingStep as N, averageGroups as O, shortenLabel as Ot, listSteps as P, isTrimmed as Q, replaySegments as R, countNeededRequests as S, isForTheWorse as St, renderDryRun as T, labelOf as Tt, HOUR_MS as U, DAY_ENDS_AFTER_MS as V, SPREAD_OF_TIMES as W, groupByDay as X, findInflation as Y, isLearnt as Z, explainInvalid as _, formatFigureRange as _t, checkLimits as a, weighAssumed as at, lookUpFinding as b, hasMoved as bt, limits_exports as c, formatLimitValue as ct, seriesOfRun as d, IN_FOUR_OF_FIVE as dt, poolDays as et, proveClient as f, describeLevels as ft, summariseLevel as g, formatFigure$1 as gt, pickSlowest as h, formatBounded as ht, addLimits as i, trimSegment as it, findSegments as j, buildHistory as k, toNaturalChange as kt, pickWorstLimits as l, viewLimits as lt, priceTokens as m, findMoved as mt, measureRun as n, poolSpread as nt, judgeLimitsBySpread as o, describeLimit as ot, buildControlSettings as p, directionOf as pt, compareWithTimes as q, measure_exports as r, poolSquares as rt, judgeLimitsOverAttempts as s, describeProof as st, levelOptionsOf as t, poolHistorySpread as tt, plan_found_exports as u, viewRun as ut, findMostFrequent as v, formatSide as vt, dry_run_exports as w, joinShortList as wt, isFailing as x, isBoundedTwice as xt, judgeRun as y, formatVisible as yt, seeGroups as z };
