import { ai as escapeForTerminal, ar as readChoice, li as joinList, lr as readLine, mi as pluralise, on as defineSetting, xi as SettingsError } from "./measuring.js";
import { $t as layExplained, Gt as buildRow, Ln as formatShare, Nn as formatOneOf, Qt as joinSections, Sr as toleranceOf, Zt as createStyle, ct as takeEntriesUpTo, ft as splitArguments, gt as DECISION_SETTINGS, hn as makeWordColumn, nn as writePlain, pn as makeFigureColumn, pt as takeOneWord, tn as wrap, vr as metricOf, wn as formatCount } from "./plateau.js";
import { U as studentTTail, V as rejectByHolm, W as testBinomialGreater, a as averagePasses, c as chooseMetrics, i as averageOver, l as countFewestPasses, u as explainDifference, y as observeRun } from "./figures.js";
import { t as mean } from "./vendor.js";
import { $ as listYs, B as segmentPast, Dt as nameVisible, Et as nameOf, G as assumeSpread, J as estimateSpread, K as averageY, L as pickPast, M as findSlowDrift, Ot as shortenLabel, P as listSteps$1, Q as isTrimmed, X as groupByDay, Y as findInflation, Z as isLearnt, at as weighAssumed, et as poolDays, k as buildHistory, rt as poolSquares, tt as poolHistorySpread, yt as formatVisible } from "./sweep.js";
import { $ as resolveDecision, B as defineNameSetting, H as listNames, J as readStored, Mt as describeStep, V as findHistoryHere, W as HISTORY_KIND, cn as findSmallestVisible, ln as findUnlikeness, nt as poolProducts, on as allowForUnlikeness, q as readReportFolder, sn as computeStand, tt as estimateSlope, vn as describeSlowDrift } from "./late.js";
import { N as METRICS_SHARE } from "./history.js";
import { t as date } from "./vendor-zod.js";
// src/verdict/spread-components.ts
function splitSpread(metric, segments, levels, pass) {
	const points = segments.flat();
	return {
		level: toSd(squareLevels(points.flatMap(({ runs }) => runs), levels)),
		pass: toSd(pass),
		run: toSd(poolSquares(points.map(({ ys }) => ys))),
		day: toSd(poolDays(segments).within),
		anyDay: toSd(poolSquares(segments.map(listYs))),
		control: findLeft(segments.map((segment) => segment.flatMap((point) => pairOf(metric, point, levels) ?? [])))
	};
}
function toSd({ squares, degrees }) {
	return degrees === 0 ? null : Math.sqrt(squares / degrees);
}
function squareLevels(runs, levels) {
	let squares = 0;
	let degrees = 0;
	for (const run of runs) {
		const rows = levels.map((level) => run.get(level).passes);
		const passes = Math.min(...rows.map((row) => row.length));
		if (rows.length < 2 || passes < 2) continue;
		const ofLevel = rows.map((row) => mean(row.slice(0, passes)));
		const all = mean(ofLevel);
		for (let pass = 0; pass < passes; pass++) {
			const ofPass = mean(rows.map((row) => row[pass]));
			rows.forEach((row, level) => squares += (row[pass] - ofLevel[level] - ofPass + all) ** 2);
		}
		degrees += (rows.length - 1) * (passes - 1);
	}
	return {
		squares,
		degrees
	};
}
function pairOf(metric, { entries }, levels) {
	const pairs = entries.flatMap(({ row, control }) => {
		if (control === void 0) return [];
		const both = [observeRun(control, metric), observeRun(row, metric)];
		if (both.some((run) => levels.some((level) => !run.has(level)))) return [];
		return {
			x: averageOver(both[0], levels),
			y: averageOver(both[1], levels)
		};
	});
	return pairs.length === 0 ? null : {
		x: mean(pairs.map(({ x }) => x)),
		y: averageY(pairs)
	};
}
function findLeft(segments) {
	const pooled = poolProducts(segments);
	if (pooled.degrees < 2) return null;
	const { theta } = estimateSlope(pooled);
	const { squares } = poolSquares(segments.map((pairs) => pairs.map(({ x, y }) => y - theta * x)));
	const degrees = pooled.degrees - 1;
	return {
		sd: Math.sqrt(squares / degrees),
		pairs: segments.flat().length,
		degrees
	};
}
function listRemedies(seen) {
	const { spread, twice, causes, ofMean, passes, see } = seen;
	const { degrees } = spread;
	const variance = spread.sd ** 2;
	const now = see(variance * (1 + ofMean), degrees);
	const noise = (causes.pass ?? 0) ** 2 / passes;
	const calmer = Math.max(variance - noise / 2, noise / 2);
	const ofDay = variance * spread.sharedByDay;
	const ofSessions = ofDay + (variance - ofDay) / 4;
	return [
		noise === 0 ? null : {
			what: "passes",
			now,
			smallestVisible: see(calmer * (1 + ofMean), degrees)
		},
		{
			what: "runs",
			now,
			smallestVisible: seen.seeTwice(twice.sd ** 2 * (1 + ofMean / 2), twice.degrees)
		},
		{
			what: "sessions",
			now,
			smallestVisible: see(ofSessions + variance * ofMean, degrees)
		},
		seeWithControl(seen, now),
		seeElsewhere(seen, now)
	].filter((remedy) => remedy !== null);
}
function seeWithControl({ metric, spread, causes, ofMean, see }, now) {
	const { control } = causes;
	if (control !== null) {
		const assumed = weighAssumed(control.degrees);
		const usual = PART_OF_DIFFERENCES * metricOf(metric).defaultSpread;
		const degrees = assumed + control.degrees;
		return {
			what: "control",
			now,
			smallestVisible: see((assumed * usual ** 2 + control.degrees * control.sd ** 2) / degrees * (1 + 1 / control.pairs), degrees)
		};
	}
	if (spread.sharedByDay === 0) return null;
	return {
		what: "control",
		now,
		smallestVisible: see(spread.sd ** 2 * (1 - spread.sharedByDay ** 2) * (1 + ofMean), spread.degrees)
	};
}
const PART_OF_DIFFERENCES = .6;
function seeElsewhere({ metric, spread, ofMean, narrow, see }, now) {
	if (narrow === 0) return null;
	const wide = allowForUnlikeness(spread, narrow * metricOf(metric).defaultSpread);
	return {
		what: "hours",
		now: see(wide.sd ** 2 * (1 + ofMean), wide.degrees),
		smallestVisible: now
	};
}
// src/verdict/audit.ts
function auditHistory(entries, policy, release = null) {
	const newest = entries.at(-1);
	const past = newest === void 0 ? null : pickPast(entries, newest.row.series);
	if (newest === void 0 || past === null) return null;
	const audited = chooseMetrics(policy, [newest.row]).flatMap(({ metric }) => selectAuditable(metric, past, policy));
	const judged = past.groups.filter((group) => audited.some((each) => othersOf(group, each, policy) !== null));
	return {
		name: newest.row.series.name,
		runs: past.entries.length,
		groups: past.groups.length,
		judged: judged.length,
		alarms: judged.filter((group) => isAlarm(group, audited, policy)).length,
		promisedAlarmRate: policy.falseAlarmRate,
		metrics: audited.map((each) => auditMetric(each, audited.length, policy)),
		steps: audited.flatMap(({ metric, recorded }) => listSteps$1(metric, recorded, recorded.ofPlateau)).sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)),
		recordedAt: findTimes(past.groups),
		freshSessions: 4,
		drift: release === null ? null : findSlowDrift(entries, release, newest.row.series, policy)
	};
}
function selectAuditable(metric, past, policy) {
	const recorded = segmentPast(metric, past, past.entries.at(-1).row);
	if (recorded === null) return [];
	const { levels } = recorded;
	const passes = countFewestPasses(recorded.all.flat(), levels);
	return [{
		metric,
		levels,
		recorded,
		history: buildHistory(recorded, policy),
		passes
	}];
}
function othersOf(group, { recorded }, policy) {
	const own = recorded.all.find((segment) => segment.some((point) => point.entries === group.entries));
	const point = own?.find((point) => point.entries === group.entries);
	if (own === void 0 || point === void 0 || own.length < 2) return null;
	const all = [...recorded.all.filter((segment) => segment !== own), own.filter((other) => other !== point)];
	return {
		point,
		rest: buildHistory({
			...recorded,
			all,
			provisional: false
		}, policy)
	};
}
function isAlarm(group, audited, policy) {
	const stands = audited.flatMap((each) => {
		const found = othersOf(group, each, policy);
		if (found === null) return [];
		const spread = poolHistorySpread(each.metric, found.rest, each.passes, policy);
		return {
			metric: each.metric,
			stand: computeStand({
				y: found.point.y,
				runs: found.point.ys.length,
				isFresh: false
			}, found.rest, spread)
		};
	});
	const over = stands.map(({ metric, stand }) => stand.least >= Math.log1p(toleranceOf(policy, metric)));
	if (policy.decision === "threshold") return over.includes(true);
	return rejectByHolm(stands.map(({ stand }) => stand.worse), METRICS_SHARE * policy.falseAlarmRate).some((is, i) => is && over[i]);
}
function auditMetric(each, family, policy) {
	const { metric, recorded, history, levels, passes } = each;
	const { points } = history.newest;
	const tolerance = toleranceOf(policy, metric);
	const spread = poolHistorySpread(metric, history, passes, policy);
	const { se } = computeStand({
		y: history.newest.centre,
		runs: 1,
		isFresh: false
	}, history, spread).newest;
	const causes = splitSpread(metric, history.segments, levels, recorded.within);
	const alpha = policy.decision === "threshold" ? .5 : METRICS_SHARE * policy.falseAlarmRate / family;
	const isTested = policy.decision === "statistical";
	const seeWider = (wider) => (variance, degrees) => findSmallestVisible(Math.sqrt(variance) * wider, degrees, {
		alpha,
		tolerance,
		trimmed: isTested && wider > 1
	});
	const see = seeWider(history.wider);
	return {
		metric,
		ofPlateau: recorded.ofPlateau,
		levels: levels.filter((level) => level !== 0),
		groups: points.length,
		segments: history.segments.length,
		causes,
		grown: spread.before === null ? null : {
			before: spread.before,
			now: spread.sd
		},
		smallestVisible: findSmallestVisible(se, spread.degrees, {
			alpha,
			tolerance,
			trimmed: isTested && history.trimmed
		}),
		tolerance,
		remedies: listRemedies({
			metric,
			spread,
			twice: spreadOfTwice(each, spread, policy),
			causes,
			ofMean: (se / spread.sd / history.wider) ** 2 - 1,
			passes,
			narrow: isLearnt(history.groups) ? findNarrowness(points) : 0,
			see,
			seeTwice: seeWider(Math.max(history.wider, findInflation(isTrimmed([...points, ...points]), false)))
		})
	};
}
function spreadOfTwice({ metric, history, passes }, now, policy) {
	const degrees = poolSquares(history.segments.map(listYs)).degrees + history.newest.points.length;
	const variance = (now.observed ?? now.sd) ** 2;
	return estimateSpread({
		squares: variance * degrees,
		degrees
	}, {
		within: history.within,
		passes,
		defaultSd: assumeSpread(metric, history.segments).ofRuns,
		expected: policy.expectedSpread
	});
}
function findNarrowness(points) {
	const starts = points.map(({ at }) => at);
	const last = Math.max(...starts);
	return Math.max(...HOURS.map((hour) => findUnlikeness(starts, last + (24 + hour) * 36e5)?.share ?? 0));
}
function findTimes(groups) {
	const starts = groups.map(({ entries }) => Date.parse(entries[0].row.startedAt));
	return {
		days: groupByDay(starts.map((at) => ({
			y: 0,
			at
		}))).length,
		hours: [...new Set(starts.map((at) => new Date(at).getUTCHours()))].sort((a, b) => a - b)
	};
}
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const PROMISED_BEYOND = [
	.3173,
	.0455,
	.0027
];
const SURE = .005;
function placeRuns(rows, entries, policy) {
	const series = entries.at(-1)?.row.series.key;
	const recorded = new Set(entries.map(({ row }) => row.startedAt));
	const leftOut = {
		otherSeries: 0,
		ofMain: 0,
		tooEarly: 0
	};
	const ps = /* @__PURE__ */ new Map();
	let placed = 0;
	for (const row of rows) if (row.series.key !== series) leftOut.otherSeries++;
	else if (recorded.has(row.startedAt)) leftOut.ofMain++;
	else {
		const found = placeRun(row, entries.filter((entry) => Date.parse(entry.row.startedAt) < Date.parse(row.startedAt)), policy);
		if (found.length === 0) leftOut.tooEarly++;
		else placed++;
		for (const { metric, ...place } of found) ps.set(metric, [...ps.get(metric) ?? [], place]);
	}
	return {
		placed,
		leftOut,
		metrics: [...ps].map(([metric, places]) => countPlaces(metric, places))
	};
}
function placeRun(row, before, policy) {
	const past = pickPast(before, row.series);
	if (past === null) return [];
	return chooseMetrics(policy, [row]).flatMap(({ metric }) => {
		const recorded = segmentPast(metric, past, row);
		const run = observeRun(row, metric);
		if (recorded === null || recorded.levels.some((level) => !run.has(level))) return [];
		if (explainDifference(metric, past.entries.at(-1).row, row) !== null) return [];
		const history = buildHistory(recorded, policy);
		if (!isLearnt(history.groups)) return [];
		const spread = poolHistorySpread(metric, history, averagePasses(run, recorded.levels).length, policy);
		const { d, se } = computeStand({
			y: averageOver(run, recorded.levels),
			runs: 1
		}, history, spread).newest;
		const lean = studentTTail(-2 / Math.sqrt(history.newest.points.length), spread.degrees);
		return {
			metric,
			p: 2 * studentTTail(Math.abs(d) / se, spread.degrees),
			worse: d > 0,
			lean
		};
	});
}
function countPlaces(metric, places) {
	const [one, two, three] = PROMISED_BEYOND;
	const unchanged = places.filter(({ p }) => p > three);
	const countBeyond = (limit) => unchanged.filter(({ p }) => p <= limit).length;
	const n = unchanged.length;
	const worse = unchanged.filter((place) => place.worse).length;
	const lean = mean(places.map((place) => place.lean));
	const isMore = (hits, chance) => testBinomialGreater({
		hits,
		n
	}, chance) < SURE;
	const differs = [
		isMore(countBeyond(one), (one - three) / (1 - three)) ? "wider" : null,
		isMore(countBeyond(two), (two - three) / (1 - three)) ? "tails" : null,
		isMore(worse, lean) ? "worse" : null,
		isMore(n - worse, lean) ? "better" : null
	];
	return {
		metric,
		counts: [
			n - countBeyond(one),
			countBeyond(one) - countBeyond(two),
			countBeyond(two),
			places.length - n
		],
		worse,
		differs: differs.filter((each) => each !== null)
	};
}
// src/render/audit.ts
const METRIC = makeWordColumn("metric");
const CAUSES = [METRIC, ...[
	"points",
	"level",
	"pass",
	"run",
	"day",
	"any day",
	"control"
].map(makeFigureColumn)];
const listVisibleColumns = (sessions) => [METRIC, ...[
	"visible",
	"2\u00D7 passes",
	"2\u00D7 runs",
	`${sessions} sessions`,
	"control"
].map(makeFigureColumn)];
function renderAudit(audit, { colour = false } = {}) {
	const style = createStyle(colour);
	return joinSections([
		[style.bold(`${escapeForTerminal(audit.name)}: ${countRuns(audit)}`), ...wrap(describeTimes(audit.recordedAt))],
		wrap(describeAlarms(audit)),
		...audit.metrics.length === 0 ? [["No metric has enough runs yet to tell its spreads."]] : [
			layExplained({
				columns: CAUSES,
				rows: audit.metrics.map(listCauses)
			}, CAUSES_WORDS, style),
			wrap(describeGrown(audit.metrics)),
			layExplained({
				columns: listVisibleColumns(audit.freshSessions),
				rows: audit.metrics.map(listVisible)
			}, explainVisible(audit.freshSessions), style)
		],
		wrap(writePlain(describeAdvice(audit))),
		listSteps(audit.steps),
		audit.drift === null ? [] : wrap(writePlain(describeSlowDrift(audit.drift)))
	]);
}
const CAUSES_WORDS = "How far the same code differs (standard deviation). Level: one level, from pass to pass of a run. Pass: whole passes. Run: the runs of one workflow run. Day: points of one day. Any day: all points. Each includes those left of it. Control: what would remain beside a control. A point is the mean of a workflow run.";
function describeGrown(metrics) {
	const grown = metrics.flatMap((metric) => metric.grown === null ? [] : [`${nameOf(metric)} (${formatShare(metric.grown.before)} before, ${formatShare(metric.grown.now)} now)`]);
	if (grown.length === 0) return "";
	return `The newest points spread more than those before: ${joinList(grown)}. The gate goes by the larger spread, and sees less; look for what has changed at the endpoint, its machines or the runner.`;
}
function explainVisible(sessions) {
	return `The smallest change for the worse that is seen in four of five cases. Visible: today. Then with twice the passes, with twice the recorded runs, with ${sessions} sessions that each deploy the candidate anew, with a control.`;
}
function countRuns({ runs, groups }) {
	return `${pluralise(runs, "comparable run")}, ${pluralise(groups, "point")}`;
}
function describeTimes({ days, hours }) {
	const stretches = [];
	for (const hour of hours) if (stretches.at(-1)?.at(-1) === hour - 1) stretches.at(-1).push(hour);
	else stretches.push([hour]);
	const words = stretches.map((of) => of.length === 1 ? String(of[0]) : `${of[0]}\u2013${of.at(-1)}`);
	return `Recorded on ${pluralise(days, "day")}, at ${joinList(words)} h (UTC).`;
}
function listCauses(metric) {
	const { level, pass, run, day, anyDay, control } = metric.causes;
	return [
		shortenLabel(metric),
		metric.segments === 1 ? String(metric.groups) : `${metric.groups} of ${metric.segments} steps`,
		...[
			level,
			pass,
			run,
			day,
			anyDay,
			control?.sd ?? null
		].map(formatSpread)
	];
}
function listVisible(metric) {
	const showRemedy = (what) => {
		const found = metric.remedies.find((each) => each.what === what);
		return found === void 0 ? "\u2013" : formatVisible({
			...metric,
			smallestVisible: found.smallestVisible
		});
	};
	return [
		shortenLabel(metric),
		formatVisible(metric),
		showRemedy("passes"),
		showRemedy("runs"),
		showRemedy("sessions"),
		showRemedy("control")
	];
}
const ROUNDING = 1e-9;
const formatSpread = (sd) => formatShare(sd !== null && sd < ROUNDING ? 0 : sd);
function describeAlarms({ judged, alarms, promisedAlarmRate }) {
	const promise = `the gate promises about ${formatOneOf(promisedAlarmRate)} for unchanged code made like the recorded runs`;
	if (judged === 0) return `No point can be judged against others yet; ${promise}.`;
	const red = alarms === 0 ? "none would have looked worse" : `${alarms} would have looked worse`;
	return `${judged === 1 ? "1 point" : `Each of ${pluralise(judged, "point")}`} judged against all others: ${red}; ${promise}, and a second look acquits some.`;
}
const WORTH_IT = .95;
function describeAdvice({ metrics, groups, freshSessions }) {
	const [worst] = metrics.toSorted((a, b) => b.smallestVisible / b.tolerance - a.smallestVisible / a.tolerance);
	if (worst === void 0) return "";
	const computeGain = ({ now, smallestVisible }) => smallestVisible / now;
	const [best] = worst.remedies.toSorted((a, b) => computeGain(a) - computeGain(b));
	const unknown = worst.remedies.some(({ what }) => what === "control") ? "" : ` ${UNKNOWN_CONTROL}`;
	if (best === void 0 || computeGain(best) > WORTH_IT) return `No single change would show much smaller changes.${unknown}`;
	const figures = `${nameVisible({
		...worst,
		smallestVisible: best.now
	})} now, then ${formatVisible({
		...worst,
		smallestVisible: best.smallestVisible
	})}`;
	return `The largest gain would come from ${ADVICE[best.what]({
		groups,
		sessions: freshSessions
	})}: ${figures}.${unknown}`;
}
const UNKNOWN_CONTROL = "These runs do not show what a control would gain: too few were measured with one, and days do not show what they share.";
const ADVICE = {
	passes: () => "twice the passes (`passes`; runs with other passes begin a new history)",
	runs: ({ groups }) => `more recorded runs, ${2 * groups} points instead of ${groups}`,
	sessions: ({ sessions }) => `${sessions} sessions that each deploy the candidate anew (\`sessions\`), if it is deployments that differ, not hours`,
	control: () => "a control (`control`), which is measured beside the candidate and shares its hour",
	hours: () => "runs recorded at other hours and days, for runs at an hour or day that the history does not cover (if these differ no more than the recorded ones)"
};
function listSteps(steps) {
	return steps.length === 0 ? [] : ["Steps of main:", ...steps.flatMap((step) => wrap(writePlain(describeStep(step)), { indent: 2 }))];
}
const COLUMNS = [METRIC, ...[
	"within 1",
	"1 to 2",
	"2 to 3",
	"changed",
	"worse"
].map(makeFigureColumn)];
const PROMISED = [
	"promised",
	"68 %",
	"27 %",
	"4 %",
	"\u2013",
	"50 %"
];
const WORDS = "How far runs of pull requests lie from the recorded runs before them, in standard errors of one run of unchanged code. Beyond 3 they look changed; the others do not, and of these as many should be worse as better. This decides nothing.";
function renderPullRuns(runs, { colour = false } = {}) {
	const style = createStyle(colour);
	const { placed, leftOut, metrics } = runs;
	const said = [
		[leftOut.otherSeries, "of another series"],
		[leftOut.ofMain, "recorded already"],
		[leftOut.tooEarly, "with fewer than eight points before them, or without the levels"]
	].flatMap(([count, why]) => count === 0 ? [] : `${formatCount(count)} ${why}`);
	const heading = `${pluralise(placed, "run")} of pull requests${said.length === 0 ? "" : `; left out: ${said.join(", ")}`}`;
	if (metrics.length === 0) return joinSections([wrap(heading)]);
	const rows = [PROMISED, ...metrics.map(listCells)];
	return joinSections([
		wrap(heading).map(style.bold),
		layExplained({
			columns: COLUMNS,
			rows
		}, WORDS, style),
		describeAll(metrics).flatMap((line) => wrap(line))
	]);
}
function listCells(metric) {
	const [one, two, three, changed] = metric.counts;
	const unchanged = one + two + three;
	const showShare = (count) => unchanged === 0 ? "\u2013" : `${Math.round(100 * count / unchanged)} %`;
	return [
		shortenLabel(metric),
		showShare(one),
		showShare(two),
		showShare(three),
		formatCount(changed),
		showShare(metric.worse)
	];
}
function describeAll(metrics) {
	const lines = metrics.flatMap((metric) => metric.differs.map((unlike) => `${nameOf(metric)}: ${MEANING[unlike]}.`));
	if (lines.length > 0) return lines;
	return ["They lie around main as its own runs do, as far as this many runs can show."];
}
const MEANING = {
	wider: "they lie further from main than its runs lie from each other, so unchanged code is red more often than promised; record main as pull requests are measured",
	tails: "more of them than promised lie two to three standard errors off; look for a slow machine or hour that main does not meet",
	worse: "they are worse than main more often than not; either pull requests are measured under other conditions (hour, runner, warm-up), or main has improved since",
	better: "they are better than main more often than not; pull requests are measured under other conditions"
};
// src/commands/audit.ts
const HELP = {
	summary: "Judges a gate by its own history: alarms, spread, and what would make smaller changes visible",
	words: "[HISTORY]",
	examples: [
		"plateau audit",
		"plateau audit .plateau/history.json --name llama-8b --tolerance 10%",
		"plateau audit --runs artifacts/"
	]
};
const { gate, tolerance, metrics, falseAlarmRate, expectedSpread, decision } = DECISION_SETTINGS;
const AUDIT_SETTINGS = {
	name: defineNameSetting("History", "The name to audit"),
	since: defineSetting({
		name: "since",
		group: "History",
		help: "Tells the slow drift since this day (2026-11-01), or since the newest run of this branch, tag or commit",
		placeholder: "REF|DATE",
		default: null,
		read: readLine
	}),
	runs: defineSetting({
		name: "runs",
		group: "History",
		help: "Shows how the runs in this folder (reports of pull requests, artifacts as downloaded) sit against the recorded ones; decides nothing",
		placeholder: "FOLDER",
		default: null,
		read: readLine
	}),
	gate,
	tolerance,
	metrics,
	falseAlarmRate,
	expectedSpread,
	decision,
	format: defineSetting({
		name: "format",
		group: "Report",
		help: "What is written to stdout: text or json",
		placeholder: "WORD",
		default: "text",
		read: readChoice(["text", "json"])
	})
};
const COMMAND = {
	help: HELP,
	settings: AUDIT_SETTINGS,
	run: auditCommand
};
async function auditCommand(argv, { env, output }) {
	const { words, flags } = splitArguments(AUDIT_SETTINGS, argv);
	const settings = resolveDecision(AUDIT_SETTINGS, flags, env);
	const path = takeOneWord(words, "history", "history") ?? findHistoryHere("history", "one from the artifact of a workflow run");
	const { value: history, problem } = readStored(HISTORY_KIND, path, "history");
	if (history === null) throw new SettingsError([problem]);
	if (settings.since !== null) checkSince(history, settings.since);
	const rows = settings.runs === null ? null : readReportFolder(settings.runs, "runs").map((report) => buildRow(report));
	const audits = listNames(history.entries, settings.name).flatMap((name) => auditName(history, name, settings, rows) ?? []);
	if (settings.format === "json") output.json(`${JSON.stringify({
		schema: "plateau/audit@1",
		audits
	}, null, 2)}\n`);
	else output.out(audits.length === 0 ? "The history holds no runs yet; \"plateau run --append\" adds one.\n" : audits.map((each) => renderNamed(each, output.colours.out)).join("\n"));
	return 0;
}
function renderNamed({ pullRuns, ...audit }, colour) {
	const text = renderAudit(audit, { colour });
	return pullRuns === void 0 ? text : `${text}\n${renderPullRuns(pullRuns, { colour })}`;
}
function auditName({ entries }, name, settings, rows) {
	const own = entries.filter(({ row }) => row.series.name === name);
	const policy = {
		...settings,
		onNotComparable: "pass",
		onUnmeasured: "pass",
		onSkip: "pass"
	};
	const audit = auditHistory(own, policy, settings.since === null ? null : findRelease(own, settings.since));
	if (audit === null || rows === null) return audit;
	return {
		...audit,
		pullRuns: placeRuns(rows, own, policy)
	};
}
function findRelease(entries, since) {
	const until = date().safeParse(since).success ? since : takeEntriesUpTo(entries, since)?.at(-1)?.row.startedAt;
	return until === void 0 ? null : {
		name: since,
		until
	};
}
function checkSince({ entries }, since) {
	if (entries.length === 0 || findRelease(entries, since) !== null) return;
	throw new SettingsError([{
		setting: "since",
		given: since,
		message: "is not a day (2026-11-01), nor a branch, tag or commit of a recorded run"
	}]);
}
export { COMMAND };
