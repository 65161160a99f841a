import { i as __toESM } from "./rolldown-runtime.js";
import { $ as DECISION_SETTINGS, $i as keepUnitsTogether, $n as readText, $r as layTextTable, Ai as fitBudget, An as LOOKS_FILE, Ar as averagePasses, At as proveClient, B as takeEntriesUpTo, Bi as formatMs, Bn as encodeRunReport, Br as entriesOf, C as resolveSettings, Cn as shortenLabel, Cr as listYs, Ct as decide, D as findSecretsInherited, Di as COMMENT_ROOM, Dn as renderPage, Dr as weighAssumed, Dt as toReportLimits, En as renderCurve, Er as spreadOfHistory, Et as checkLimits, Fi as dropAbsent, Fr as figureOfScenario, Ft as isLoopback, G as splitArguments, Gi as loadOf, Gn as toName, Gr as EXIT_MEANINGS, Gt as findApi, H as concludeWithoutFigures, Hi as formatRate, Hn as dropByteOrderMark, Hr as rowOf, I as readConfigFile, Ii as formatChange, In as decodeHistory, Ir as figureOfTurn, It as isPrivate, J as layerGiven, Jr as renderText, Jt as checkOf, Ki as nameLevel, Kn as toSlug, Kt as API_NAMES, Li as formatConcurrency, Lr as rejectByHolm, Lt as OWNER, M as createRedactor, Mi as layMarkdownList, Mr as explainDifference, Mt as renderObjectives, N as defuseCommands, Ni as layMarkdownTable, Nn as decodeLooks, Nr as observe, O as JOINT_FILES, Oi as NOTE_ROOM, Or as pastOf, Pi as writeMarkdown, Pr as figureOf, Pt as testBinomialGreater, Q as COMMAND_SETTINGS, Qi as escapeForTerminal, Qn as readLine, Qr as createStyle, R as createFileStore, Ri as formatCount, Rn as mergeHistories, Rr as studentTCdf, Rt as USER_AGENT, S as resolveScenarios, Si as toleranceOf, Sn as encodeShield, Sr as isLearnt, St as addSides, T as findSecrets, Ti as loadOfVerdict, Tn as describeStep, Tr as poolSquares, Tt as poolProducts, U as readFlags, Ui as formatShare, Un as HISTORY_SCHEMA, Ur as seriesOf, Ut as credentialsOf, Vi as formatOneOf, W as resolveFlags, Wi as generatesTokens, Wr as EXIT, X as showValue, Xi as escapeForHtml, Xn as readBoolean, Xr as renderTitles, Xt as exitCodeOf, Y as readValues, Yi as dropCodeMarks, Yn as describeSpreads, Zn as readChoice, Zr as renderVerdictText, _ as PartError, _i as nameOf, _n as renderEmptyTimelinePage, _r as recallSegments, _t as renderDryRun, a as ENGINE_DEFAULTS, aa as FileRefusal, ai as viewVerdict, at as RESULT_FILES, b as createInterruptSignal, bi as METRICS, bn as describeBadge, br as estimateSpread, c as createSystemPorts, ci as asArray, cn as checkWritable$1, cr as allowForUnlikeness, ct as measure, d as encodeShard, di as asText, dn as readTextFile, dr as standOf, ea as pluralise, ei as wrap, en as METRICS_SHARE, er as ValueError, et as RUN_SETTINGS, fi as describeSearch, fn as writeWhole, fr as findSlowDrift, g as openParts, gi as labelOf, gn as FACTS_IN_ORDER, gr as isTrimmed, gt as encodeDryRun, h as describePart, hi as joinList, hn as encodeRecords, hr as historyOf$1, ht as describePlans, i as SIMULATOR_DEFAULTS, ia as EndpointError, in as ZIP_BOUNDS, ir as suggestName, ji as foldBlocks, jn as LooksError, jr as chooseMetrics, ki as SUMMARY_ROOM, kr as averageOver, kt as nameResultFormat, ln as explainUnreadable, lr as findSmallestVisible, lt as createKnownEndpoints, m as openShardPorts, mi as betterOf, mn as encodeVerdict, mr as findInflation, mt as redactVerdict, n as SIMULATOR_SETTINGS, na as trimSlashes, ni as renderReportJobComment, nn as LARGEST_HISTORY_BYTES, nr as setting, o as createFactors, oa as SettingsError, on as ZipRefusal, pi as describeDrift, pn as decodeVerdict, pr as listSteps$1, pt as redactReport, q as readEnvironment, qi as spellLevels, qn as readBaselinePlace, r as toSimulatorOptions, ra as BaselineError, ri as renderComment, rn as RECORDING_EVENTS, rr as listAllowed, rt as renderShard, s as SHIPPED, si as describeProof, sn as openEntry, sr as tellTimeline, t as serveSimulated, ta as showUrl, ti as writePlain, tr as listWritten, tt as listDeciding, ui as asObject, un as readBytesFile, ur as findUnlikeness, v as measureShard, vi as toNaturalChange, vn as renderTimelineIndex, vt as renderBar, w as findGateContradictions, wi as compareBadness, wn as viewTimeline, wr as poolDays, wt as believeSlope, x as resolveAllSettings, xi as metricOf, xn as drawBadge, xr as groupByDay, xt as removeCandidate, y as joinParts, yn as renderTimelinePage, yr as assumeSpread, yt as renderWait, zi as formatLoad, zn as decodeRunReport, zr as studentTTail, zt as VERSION } from "./plateau.js";
import { C as boolean, D as object, E as number, P as mean, S as array, c as date, k as string, t as require_dist } from "./vendor.js";
import { createHash } from "node:crypto";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { setImmediate } from "node:timers/promises";
import { execFile, spawn } from "node:child_process";
// src/exports/level-rows.ts
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
// src/exports/csv.ts
const LEVEL_METRICS = METRICS.filter(({ scope }) => scope !== "run").map(({ name }) => name);
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
		...listLimits(verdict, view)
	];
	const found = verdict.check === "fail" ? parts : parts.map((one) => ({
		...one,
		outcome: forgive(one.outcome)
	}));
	const cases = [...found, judgeWhole(verdict, view, found)];
	const count = (outcome) => cases.filter((one) => one.outcome === outcome).length;
	const attributes = [
		`name="plateau: ${escape(verdict.name)}"`,
		`tests="${cases.length}"`,
		`failures="${count("failure")}"`,
		`errors="${count("error")}"`,
		`skipped="${count("skipped")}"`,
		`time="${(report?.durationSeconds ?? 0).toFixed(3)}"`
	].join(" ");
	const timestamp = report === null ? "" : ` timestamp="${escape(report.startedAt.replace(/(\.\d+)?Z$/, ""))}"`;
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
function forgive(outcome) {
	return outcome === "failure" || outcome === "error" ? "pass" : outcome;
}
function listComparisons({ comparisons }, view) {
	return comparisons.map(({ metric, verdict, note }, i) => {
		const { baseline, candidate, change, interval, visible, verdict: word } = view.comparisons.rows[i];
		return {
			name: metric,
			text: `${`${baseline} before, ${candidate} now, ${change}${interval === null ? "" : ` ${interval}`}`}; finds ${visible}. ${writePlain(word)}${note === null ? "" : `: ${note}`}`,
			outcome: OUTCOMES[verdict] ?? "pass"
		};
	});
}
const OUTCOMES = {
	regressed: "failure",
	"not-measured": "error",
	"not-comparable": "skipped",
	"no-baseline": "skipped",
	skipped: "skipped"
};
function listLost(verdictOf) {
	const load = loadOfVerdict(verdictOf);
	return verdictOf.lostLevels.map(({ concurrency, verdict, reason }) => ({
		name: `${spellLevels(load, nameLevel(load, concurrency))} is held`,
		text: reason,
		outcome: verdict === "regressed" ? "failure" : verdict === "not-measured" ? "error" : "pass"
	}));
}
function listErrorRate({ errorRate }) {
	if (errorRate === null) return [];
	const { verdict, baseline, candidate } = errorRate;
	const describe = ({ ok, failed }) => `${failed} of ${pluralise(ok + failed, "request")} failed`;
	return [{
		name: "error-rate",
		text: `${describe(candidate)}; in the baseline ${describe(baseline)}`,
		outcome: verdict === "regressed" ? "failure" : verdict === "not-measured" ? "error" : "pass"
	}];
}
function listLimits({ limits }, view) {
	const words = {
		fail: "failure",
		"not-measured": "error",
		pass: "pass"
	};
	return limits.length === 0 ? [] : view.limits.rows.map(({ limit, outcome, verdict, measured }) => ({
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
	const start = `    <testcase classname="plateau.${escape(series)}" name="${escape(name)}"`;
	const words = escape(text);
	if (outcome === "pass") return `${start}><system-out>${words}</system-out></testcase>`;
	return `${start}>${outcome === "skipped" ? "<skipped message=\"" : `<${outcome} type="plateau" message="`}${words}"/></testcase>`;
}
function escape(text) {
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
		const sample = (pick) => kind.map((row) => ({
			labels: row.labels,
			value: pick(row)
		}));
		const [cached, input] = [sample(({ counts }) => counts.cachedShare), sample(({ counts }) => counts.inputTokens)];
		return [
			...listFamilies(prefix, (metric) => sample(({ figure }) => figure(metric))),
			gauge(`${prefix}_input_cached_ratio`, "Share of the input tokens that a prefix cache held", cached),
			gauge(`${prefix}_input_tokens`, "Mean input tokens of a request", input)
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
	return [...Map.groupBy(METRICS.filter(({ scope }) => scope !== "run"), nameFamily)].map(([name, metrics]) => {
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
		gauge("plateau_run_start_seconds", "When the run started, as Unix time", [{ value: Date.parse(startedAt) / 1e3 }]),
		gauge("plateau_run_duration_seconds", "How long the run took", [{ value: durationSeconds }]),
		gauge("plateau_best_throughput", "Throughput of the plateau, or the highest where none was reached, per second", [{
			labels: of,
			value: best?.value ?? null
		}]),
		gauge("plateau_knee_concurrency", "The smallest concurrency that reaches the plateau", [{ value: plateau.kneeConcurrency }]),
		gauge(CAPACITY[loadOf(series)].name, CAPACITY[loadOf(series)].help, [{
			labels: { state: slo?.capacity.state ?? "unknown" },
			value: slo?.capacity.concurrency?.value ?? null
		}])
	];
}
const CAPACITY = {
	concurrency: {
		name: "plateau_capacity",
		help: "The most requests in flight that keep the objectives, or the bound that its state says"
	},
	rate: {
		name: "plateau_capacity_rate",
		help: "The highest rate, in requests or conversations a second, whose requests keep the objectives, or the bound that its state says"
	},
	speed: {
		name: "plateau_capacity_speed",
		help: "The highest speed of the trace that keeps the objectives, or the bound that its state says"
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
		gauge("plateau_check_failed", "Whether the check fails", [{ value: check === "fail" ? 1 : 0 }]),
		gauge("plateau_change_ratio", "Change of a metric against its baseline: 0.1 is 10 % more", comparisons.map(({ metric, change, verdict: word }) => ({
			labels: {
				metric,
				verdict: word
			},
			value: change
		})))
	];
}
function gauge(name, help, samples) {
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
function writeFile({ setting, path }, parts, output) {
	if (path === null) return true;
	try {
		output.file(path, parts);
		return true;
	} catch (error) {
		output.log(`${setting}: got "${path}"; could not be written: ${error.message}; the result stands above`);
		return false;
	}
}
// src/commands/deliver.ts
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
		writeFile({
			setting: "report-json",
			path: settings.reportJson
		}, [`${json}\n`], output),
		writeFile({
			setting: "records",
			path: settings.records
		}, encodeRecords(records), output),
		writeFile({
			setting: "csv",
			path: settings.csv
		}, encodeLevelsCsv(report), output),
		writeFile({
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
	].map(([setting, path, text]) => writeFile({
		setting,
		path
	}, makeLazily(text), output)).includes(false);
}
function writeTrouble(settings, { what, remedy }, output, job) {
	writeResult(settings, {
		report: null,
		verdict: redactVerdict(concludeWithoutFigures(settings.name, "endpoint", settings), output.redact),
		notes: [output.redact(`${what}; ${remedy}`)],
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
// src/commands/scenarios.ts
async function runScenarios(scenarios, ports) {
	const { output, signal } = ports;
	for (const line of describePlans(scenarios)) logWrapped(output, line);
	const measured = [];
	const knownEndpoints = createKnownEndpoints();
	for (const [i, settings] of scenarios.entries()) {
		if (!signal.aborted) output.log(`scenario ${i + 1} of ${scenarios.length}: ${settings.name}`);
		measured.push(await measureScenario(settings, knownEndpoints, ports));
	}
	showAll(measured, output);
	const allWritten = await keepAll(measured, ports);
	if (signal.aborted) return EXIT.interrupted;
	const code = exitCodeOf(measured.map(({ verdict }) => verdict).toSorted(compareBadness)[0]);
	return code === EXIT.passed && !allWritten ? EXIT.refused : code;
}
async function measureScenario(settings, knownEndpoints, ports) {
	const { output, signal } = ports;
	const history = historyOf(settings);
	const lack = (reason, notes = []) => {
		const verdict = redactVerdict(concludeWithoutFigures(settings.name, reason, settings), output.redact);
		return {
			settings,
			history,
			result: null,
			verdict,
			notes
		};
	};
	if (signal.aborted) return lack("cancelled");
	try {
		const result = await measureWithProgress(settings, history.store, ports, { knownEndpoints });
		if (result === "interrupted") return lack("cancelled");
		return {
			settings,
			history,
			result,
			verdict: result.verdict,
			notes: []
		};
	} catch (error) {
		if (!(error instanceof EndpointError || error instanceof BaselineError)) throw error;
		output.log(error.message);
		const note = output.redact(`${error.message.split("\n", 1)[0]}; ${error.remedy}`);
		return lack(error instanceof EndpointError ? "endpoint" : "baseline", [note]);
	}
}
function showAll(measured, output) {
	const { format } = measured[0].settings;
	const judged = measured.map(({ verdict, result }) => ({
		verdict,
		report: result?.report ?? null
	}));
	if (format === "markdown") {
		output.out(renderAll(measured, output));
		return;
	}
	const colour = output.colours.out;
	for (const { verdict, report } of judged) if (report !== null) output.out(`${renderText(report, {
		verdict,
		colour
	})}\n`);
	output.out(output.redact(renderTitles(judged)));
}
function renderAll(measured, output, { room = COMMENT_ROOM, job = null } = {}) {
	const inputs = measured.map(({ settings, verdict, result, notes }) => {
		return {
			report: result?.report ?? null,
			verdict,
			notes,
			links: linkJob(job, settings.html),
			acceptLabel: null,
			subject: "run",
			scenarios: measured.length
		};
	});
	return output.redact(renderReportJobComment(inputs, room));
}
async function keepAll(measured, ports) {
	const { env, output } = ports;
	const writeJoint = (setting, pathOf, room) => [...Map.groupBy(measured, ({ settings }) => pathOf(settings))].map(([path, together]) => path === null || writeFile({
		setting,
		path
	}, [renderAll(together, output, {
		room,
		job: findJobPage(env)
	})], output));
	const written = [...writeJoint("markdown", ({ markdown }) => markdown, COMMENT_ROOM), ...writeJoint("gitlab-note", ({ gitlabNote }) => gitlabNote, NOTE_ROOM)];
	for (const each of measured) written.push(await keepResult(each, ports));
	return !written.includes(false);
}
async function keepResult({ settings, history, result, verdict, notes }, ports) {
	const { env, output } = ports;
	const own = {
		...settings,
		markdown: null,
		gitlabNote: null
	};
	if (result === null) return writeResult(own, {
		report: null,
		verdict,
		notes
	}, output);
	const { written } = writeFiles(own, result, output);
	return await recordRun(history, result, {
		env,
		output
	}) && written;
}
// src/commands/run.ts
const RUN_HELP = {
	name: "run",
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
		path: ".plateau/history.json"
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
	checkWritable(listFiles$1(all), output);
	if (all.length > 1) return runScenarios(all, ports);
	const history = historyOf(settings);
	if (settings.shard !== null) return runShard(settings, settings.shard, ports);
	const result = await measureWithProgress(settings, history.store, ports).catch((error) => {
		if (!(error instanceof EndpointError)) throw error;
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
async function runShard(settings, shard, { env, output, signal, system }) {
	const { start, end, stop } = createProgress(output);
	const { hide, redact } = output;
	const ports = system(env);
	const { sha } = await findRunSource(env, ports.wallClock());
	const hooks = {
		redact,
		hide,
		signal,
		log: (line) => logWrapped(output, line),
		onLevelStart: start,
		onLevelEnd: end,
		awaitsLocalServer: false
	};
	try {
		const measured = await measureShard(settings, shard, openShardPorts(settings, {
			...hooks,
			commit: sha
		}, ports));
		const path = settings.part;
		writeWhole(path, encodeShard(measured, redact));
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
function listFiles$1(scenarios) {
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
// src/commands/ab.ts
const AB_HELP = {
	name: "ab",
	summary: "Compares two servers on this machine, each started by a command and measured in turn; needs no history",
	examples: ["plateau ab --a 'llama-server -m model.gguf -t 8' --b 'llama-server -m model.gguf -t 4' --url http://127.0.0.1:8080", "plateau ab --a './venv-old/bin/vllm serve m' --b './venv-new/bin/vllm serve m' --url http://127.0.0.1:8000 --max-duration 60m"]
};
const { group: group$1 } = RUN_SETTINGS.endpoint;
const common = true;
const OWN$1 = {
	controlCommand: setting({
		...RUN_SETTINGS.controlCommand,
		name: "a",
		help: "Command that starts the server as it is (reports call it the control), in the foreground; it is ended with all its children",
		required: true,
		common
	}),
	candidateCommand: setting({
		...RUN_SETTINGS.candidateCommand,
		name: "b",
		help: "Command that starts the server as it may become (the candidate): it is compared with a",
		required: true,
		common
	}),
	endpoint: setting({
		...RUN_SETTINGS.endpoint,
		name: "url",
		help: "Where both servers answer, one after the other"
	}),
	sessions: setting({
		...RUN_SETTINGS.sessions,
		common
	}),
	control: setting({
		...RUN_SETTINGS.control,
		group: group$1,
		help: "Where a answers, if not at url",
		derived: "url"
	}),
	controlApiKey: setting({
		...RUN_SETTINGS.controlApiKey,
		group: group$1,
		help: "The key of a, where it has another than b"
	}),
	controlModel: setting({
		...RUN_SETTINGS.controlModel,
		group: group$1,
		help: "The model to ask a for, where it has another name there"
	}),
	expectVersion: setting({
		...RUN_SETTINGS.expectVersion,
		help: "Text that the version page or the served model of b must show; waited for, checked again at the end"
	}),
	readyTimeoutMs: setting({
		...RUN_SETTINGS.readyTimeoutMs,
		help: "How long to wait for each server while it loads; not counted in max-duration"
	}),
	passes: setting({
		...RUN_SETTINGS.passes,
		help: "How often every level is measured in each session, at least 2 for an interval; or auto: 3 to 10 times, until what passes differ by is small beside what starts differ by"
	}),
	maxDurationMs: setting({
		...RUN_SETTINGS.maxDurationMs,
		help: "Budget of time for the measuring of all sessions; a plan that does not fit is cut and says so",
		default: "60m"
	}),
	maxRequests: setting({
		...RUN_SETTINGS.maxRequests,
		help: "Budget of requests for each server in each session, preflight not counted"
	}),
	maxOutputTokens: setting({
		...RUN_SETTINGS.maxOutputTokens,
		help: "Budget of output tokens for each server in each session"
	}),
	metrics: setting({
		...RUN_SETTINGS.metrics,
		help: "Metrics that are compared: a list of names, or auto: TTFT, TPOT and plateau throughput where they exist"
	}),
	falseAlarmRate: setting({
		...RUN_SETTINGS.falseAlarmRate,
		help: "How often two equal servers may be red by chance, all sessions together"
	}),
	expectedSpread: setting({
		...RUN_SETTINGS.expectedSpread,
		help: `Spread from start to start of one server that is assumed while sessions are few, or auto: ${describeSpreads("defaultPairSpread")}`
	}),
	onNotComparable: setting({
		...RUN_SETTINGS.onNotComparable,
		help: "What it comes to when a ended while it was measured, so that nothing is there to compare b with: pass, warn or fail",
		default: "fail"
	}),
	onUnmeasured: setting({
		...RUN_SETTINGS.onUnmeasured,
		help: "What it comes to when one of the two could not be measured: pass, warn or fail"
	})
};
const IDLE = [
	"results",
	"redeployCommand",
	"controlTiming",
	"preflight",
	"runs",
	"pauseMs",
	"confirm",
	"decision",
	"append",
	"shard",
	"rendezvous",
	"rendezvousTimeoutMs",
	"part"
];
const { controlCommand, candidateCommand, endpoint } = OWN$1;
const AB_SETTINGS = {
	controlCommand,
	candidateCommand,
	endpoint,
	...Object.fromEntries(Object.entries({
		...COMMAND_SETTINGS,
		...OWN$1
	}).filter(([key, each]) => !IDLE.some((idle) => idle === key) && each.group !== RUN_SETTINGS.baseline.group))
};
const AB = {
	list: AB_SETTINGS,
	defaults: {
		name: "ab",
		baseline: { kind: "none" },
		commandNames: {
			candidate: "--b",
			control: "--a"
		}
	}
};
async function abCommand(argv, ports) {
	ports.output.log("a is the control, b the candidate");
	return runCommand(argv, ports, AB);
}
// src/verdict/audit/spread-components.ts
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
		const both = [observe(control, metric), observe(row, metric)];
		if (both.some((run) => levels.some((level) => !run.has(level)))) return [];
		return {
			x: averageOver(both[0], levels),
			y: averageOver(both[1], levels)
		};
	});
	return pairs.length === 0 ? null : {
		x: mean(pairs.map(({ x }) => x)),
		y: mean(pairs.map(({ y }) => y))
	};
}
function findLeft(segments) {
	const pooled = poolProducts(segments);
	if (pooled.degrees < 2) return null;
	const { theta } = believeSlope(pooled);
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
// src/verdict/audit/audit.ts
function auditHistory(entries, policy, release = null) {
	const newest = entries.at(-1);
	const past = newest === void 0 ? null : pastOf(entries, newest.row.series);
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
	const recorded = recallSegments(metric, past, past.entries.at(-1).row);
	if (recorded === null) return [];
	const { levels } = recorded;
	const passes = Math.min(...recorded.all.flat().flatMap(({ runs }) => runs.map((run) => averagePasses(run, levels).length)));
	return [{
		metric,
		levels,
		recorded,
		history: historyOf$1(recorded, policy),
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
		rest: historyOf$1({
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
		const spread = spreadOfHistory(each.metric, found.rest, each.passes, policy);
		return {
			metric: each.metric,
			stand: standOf({
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
	const spread = spreadOfHistory(metric, history, passes, policy);
	const { se } = standOf({
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
// src/verdict/audit/pull-runs.ts
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
	const past = pastOf(before, row.series);
	if (past === null) return [];
	return chooseMetrics(policy, [row]).flatMap(({ metric }) => {
		const recorded = recallSegments(metric, past, row);
		const run = observe(row, metric);
		if (recorded === null || recorded.levels.some((level) => !run.has(level))) return [];
		if (explainDifference(metric, past.entries.at(-1).row, row) !== null) return [];
		const history = historyOf$1(recorded, policy);
		if (!isLearnt(history.groups)) return [];
		const spread = spreadOfHistory(metric, history, averagePasses(run, recorded.levels).length, policy);
		const { d, se } = standOf({
			y: averageOver(run, recorded.levels),
			runs: 1
		}, history, spread).newest;
		const lean = studentTCdf(2 / Math.sqrt(history.newest.points.length), spread.degrees);
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
const figure = (heading) => ({
	heading,
	align: "right"
});
const METRIC = {
	heading: "metric",
	align: "left"
};
const CAUSES = [METRIC, ...[
	"points",
	"level",
	"pass",
	"run",
	"day",
	"any day",
	"control"
].map(figure)];
const listVisibleColumns = (sessions) => [METRIC, ...[
	"visible",
	"2\u00D7 passes",
	"2\u00D7 runs",
	`${sessions} sessions`,
	"control"
].map(figure)];
function renderAudit(audit, { colour = false } = {}) {
	const style = createStyle(colour);
	const table = (columns, row, words) => {
		const [heading, ...rows] = layTextTable({
			columns,
			rows: audit.metrics.map(row)
		});
		return [
			style.dim(heading),
			...rows,
			...wrap(words, { indent: 2 }).map(style.dim)
		];
	};
	return `${[
		[style.bold(`${escapeForTerminal(audit.name)}: ${countRuns(audit)}`), ...wrap(timesOf(audit.recordedAt))],
		wrap(alarmsOf(audit)),
		...audit.metrics.length === 0 ? [["No metric has enough runs yet to tell its spreads."]] : [
			table(CAUSES, causesOf, CAUSES_WORDS),
			wrap(describeGrown(audit.metrics)),
			table(listVisibleColumns(audit.freshSessions), visibleOf, explainVisible(audit.freshSessions))
		],
		wrap(writePlain(adviceOf(audit))),
		listSteps(audit.steps),
		audit.drift === null ? [] : wrap(writePlain(describeDrift(audit.drift)))
	].filter((lines) => lines.length > 0 && lines[0] !== "").map((lines) => lines.join("\n")).join("\n\n")}\n`;
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
function timesOf({ days, hours }) {
	const stretches = [];
	for (const hour of hours) if (stretches.at(-1)?.at(-1) === hour - 1) stretches.at(-1).push(hour);
	else stretches.push([hour]);
	const words = stretches.map((of) => of.length === 1 ? String(of[0]) : `${of[0]}\u2013${of.at(-1)}`);
	return `Recorded on ${pluralise(days, "day")}, at ${joinList(words)} h (UTC).`;
}
function causesOf(metric) {
	const { level, pass, run, day, anyDay, control } = metric.causes;
	return [
		shortenName(metric),
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
function visibleOf(metric) {
	const remedy = (what) => {
		const found = metric.remedies.find((each) => each.what === what);
		return found === void 0 ? "\u2013" : formatVisible(metric, found.smallestVisible);
	};
	return [
		shortenName(metric),
		formatVisible(metric, metric.smallestVisible),
		remedy("passes"),
		remedy("runs"),
		remedy("sessions"),
		remedy("control")
	];
}
const ROUNDING = 1e-9;
const formatSpread = (sd) => formatShare(sd !== null && sd < ROUNDING ? 0 : sd);
const shortenName = (metric) => labelOf(metric).replace(/ throughput$/, "");
function formatVisible({ metric }, change) {
	return formatChange(toNaturalChange(betterOf(metric), change));
}
function alarmsOf({ judged, alarms, promisedAlarmRate }) {
	const promise = `the gate promises about ${formatOneOf(promisedAlarmRate)} for unchanged code made like the recorded runs`;
	if (judged === 0) return `No point can be judged against others yet; ${promise}.`;
	const red = alarms === 0 ? "none would have looked worse" : `${alarms} would have looked worse`;
	return `${judged === 1 ? "1 point" : `Each of ${pluralise(judged, "point")}`} judged against all others: ${red}; ${promise}, and a second look acquits some.`;
}
const WORTH_IT = .95;
function adviceOf({ metrics, groups, freshSessions }) {
	const [worst] = metrics.toSorted((a, b) => b.smallestVisible / b.tolerance - a.smallestVisible / a.tolerance);
	if (worst === void 0) return "";
	const gain = ({ now, smallestVisible }) => smallestVisible / now;
	const [best] = worst.remedies.toSorted((a, b) => gain(a) - gain(b));
	const unknown = worst.remedies.some(({ what }) => what === "control") ? "" : ` ${UNKNOWN_CONTROL}`;
	if (best === void 0 || gain(best) > WORTH_IT) return `No single change would show much smaller changes.${unknown}`;
	const figures = `${nameOf(worst)} ${formatVisible(worst, best.now)} now, then ${formatVisible(worst, best.smallestVisible)}`;
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
const COLUMNS = [{
	heading: "metric",
	align: "left"
}, ...[
	"within 1",
	"1 to 2",
	"2 to 3",
	"changed",
	"worse"
].map((heading) => ({
	heading,
	align: "right"
}))];
const PROMISED = [
	"promised",
	"68 %",
	"27 %",
	"4 %",
	"\u2013",
	"50 %"
];
const WORDS$2 = "How far runs of pull requests lie from the recorded runs before them, in standard errors of one run of unchanged code. Beyond 3 they look changed; the others do not, and of these as many should be worse as better. This decides nothing.";
function renderPullRuns(runs, { colour = false } = {}) {
	const style = createStyle(colour);
	const { placed, leftOut, metrics } = runs;
	const said = [
		[leftOut.otherSeries, "of another series"],
		[leftOut.ofMain, "recorded already"],
		[leftOut.tooEarly, "with fewer than eight points before them, or without the levels"]
	].flatMap(([count, why]) => count === 0 ? [] : `${formatCount(count)} ${why}`);
	const heading = `${pluralise(placed, "run")} of pull requests${said.length === 0 ? "" : `; left out: ${said.join(", ")}`}`;
	if (metrics.length === 0) return `${wrap(heading).join("\n")}\n`;
	const [columns, ...rows] = layTextTable({
		columns: COLUMNS,
		rows: [PROMISED, ...metrics.map(listCells)]
	});
	return [
		...wrap(heading).map(style.bold),
		"",
		style.dim(columns),
		...rows,
		...wrap(WORDS$2, { indent: 2 }).map(style.dim),
		"",
		...describeAll(metrics).flatMap((line) => wrap(line)),
		""
	].join("\n");
}
function listCells(metric) {
	const [one, two, three, changed] = metric.counts;
	const unchanged = one + two + three;
	const share = (count) => unchanged === 0 ? "\u2013" : `${Math.round(100 * count / unchanged)} %`;
	return [
		shortenName(metric),
		share(one),
		share(two),
		share(three),
		formatCount(changed),
		share(metric.worse)
	];
}
function describeAll(metrics) {
	const lines = metrics.flatMap((metric) => metric.differs.map((unlike) => `${nameOf(metric)}: ${MEANING[unlike]}.`));
	if (lines.length > 0) return lines;
	return ["They lie about main as its own runs do, as far as this many runs can show."];
}
const MEANING = {
	wider: "they lie further from main than its runs lie from each other, so unchanged code is red more often than promised; record main as pull requests are measured",
	tails: "more of them than promised lie two to three standard errors off; look for a slow machine or hour that main does not meet",
	worse: "they are worse than main more often than not; either pull requests are measured under other conditions (hour, runner, warm-up), or main has improved since",
	better: "they are better than main more often than not; pull requests are measured under other conditions"
};
// src/commands/judge.ts
function resolveDecision(list, flags, env) {
	const values = resolveFlags(list, flags, env);
	const problems = [...findGateContradictions({
		values,
		given: readFlags(list, flags).given,
		prompts: null,
		trace: null,
		entry: "command",
		baseline: {
			kind: "file",
			path: ""
		},
		scenarios: null,
		today: null,
		variables: {}
	})];
	if (problems.length > 0) throw new SettingsError(problems);
	return values;
}
function judge(report, baseline, settings, { looks = null, decidedBy = [] } = {}) {
	const input = {
		candidates: [rowOf(report)],
		secondLook: "none",
		...looks,
		baseline,
		policy: {
			...settings,
			onSkip: "pass"
		},
		limits: limitsOf(report, settings.limits, looks?.limits ?? null),
		trouble: troubleOf(report),
		accepted: settings.accept ?? [],
		decidedBy
	};
	return addSides(decide(input), input);
}
function limitsOf(report, asked, found) {
	if (asked === null) return found ?? report.limits ?? [];
	return toReportLimits(checkLimits(asked, report)).map((one) => found?.find((other) => other.limit === one.limit && other.concurrency === one.concurrency) ?? one);
}
function troubleOf({ validity }) {
	if (validity.findings.some(({ code }) => code === "cancelled")) return "cancelled";
	return validity.ok ? null : "run-invalid";
}
function judgeAlone(report) {
	return judge(report, null, resolveFlags(DECISION_SETTINGS, []));
}
// src/commands/stored.ts
const REPORT_KIND = {
	schema: "plateau/run-report",
	what: "run report",
	decode: decodeRunReport
};
const HISTORY_KIND = {
	schema: "plateau/history",
	what: "history",
	decode: decodeHistory
};
const VERDICT_KIND = {
	schema: "plateau/verdict",
	what: "verdict",
	decode: decodeVerdict
};
const FORMATS$1 = {
	"plateau/run-report": {
		what: "a run report",
		where: "it stands without a flag"
	},
	"plateau/history": {
		what: "a history",
		where: "\"plateau compare\" takes it as --history, \"plateau audit\" and \"plateau history\" without a flag"
	},
	"plateau/verdict": {
		what: "a verdict",
		where: "\"plateau report\" takes it as --verdict"
	}
};
function readStored(kind, path, setting) {
	const refuseStored = (message) => ({
		value: null,
		problem: {
			setting,
			given: showValue(path),
			message
		}
	});
	try {
		return decodeStored(kind, readTextFile(path), refuseStored);
	} catch (error) {
		if (error instanceof FileRefusal) return refuseStored(error.message);
		return refuseStored(explainUnreadable(error));
	}
}
function decodeStored(kind, text, wrong) {
	const schema = readSchemaName(dropByteOrderMark(text));
	if (schema === null) return wrong(`is not a ${kind.what}: ${describeText(text)}`);
	const [name, version] = schema.split("@");
	if (name !== kind.schema) {
		const known = FORMATS$1[name];
		const found = known === void 0 ? `has the schema "${escapeForTerminal(schema)}"` : `is ${known.what}: ${known.where}`;
		return wrong(`is not a ${kind.what}; it ${found}`);
	}
	try {
		return {
			value: kind.decode(text),
			problem: null
		};
	} catch (error) {
		if (Number(version) > 1) return wrong(`is of version ${Number(version)} of the format, and plateau ${VERSION} reads version 1; update plateau`);
		return wrong(`is not a ${kind.what} that can be read: ${escapeForTerminal(error.message, 300)}`);
	}
}
function readSchemaName(text) {
	try {
		const schema = JSON.parse(text)?.schema;
		return typeof schema === "string" ? schema : null;
	} catch {
		return null;
	}
}
function describeText(text) {
	if (text.trim() === "") return "it is empty";
	if (text.startsWith("PK")) return "it is a zip; unpack it, or fetch the workflow run with --run";
	const tool = nameResultFormat(text);
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
		const { code } = error;
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
// src/commands/audit.ts
const AUDIT_HELP = {
	name: "audit",
	summary: "Judges a gate by its own history: alarms, spread, and what would make smaller changes visible",
	words: "[HISTORY]",
	examples: [
		"plateau audit",
		"plateau audit .plateau/history.json --name llama-8b --tolerance 10%",
		"plateau audit --runs artifacts/"
	]
};
const { gate: gate$1, tolerance: tolerance$1, metrics: metrics$1, falseAlarmRate, expectedSpread: expectedSpread$1, decision: decision$1 } = DECISION_SETTINGS;
const AUDIT_SETTINGS = {
	name: setting({
		name: "name",
		group: "History",
		help: "The name to audit",
		placeholder: "NAME",
		default: null,
		derived: "every name of the history",
		common: true,
		read: (text) => text.trim()
	}),
	since: setting({
		name: "since",
		group: "History",
		help: "Tells the slow drift since this day (2026-11-01), or since the newest run of this branch, tag or commit",
		placeholder: "REF|DATE",
		default: null,
		read: readLine
	}),
	runs: setting({
		name: "runs",
		group: "History",
		help: "Shows how the runs in this folder (reports of pull requests, artifacts as downloaded) sit against the recorded ones; decides nothing",
		placeholder: "FOLDER",
		default: null,
		read: readLine
	}),
	gate: gate$1,
	tolerance: tolerance$1,
	metrics: metrics$1,
	falseAlarmRate,
	expectedSpread: expectedSpread$1,
	decision: decision$1,
	format: setting({
		name: "format",
		group: "Report",
		help: "What stands on stdout: text or json",
		placeholder: "WORD",
		default: "text",
		read: readChoice(["text", "json"])
	})
};
const DEFAULT_HISTORY$1 = ".plateau/history.json";
async function auditCommand(argv, { env, output }) {
	const { words, flags } = splitArguments(AUDIT_SETTINGS, argv);
	const settings = resolveDecision(AUDIT_SETTINGS, flags, env);
	const [path = DEFAULT_HISTORY$1, ...more] = words;
	if (more.length > 0) throw new SettingsError([{
		setting: "history",
		given: more[0],
		message: "is one too many; give one history"
	}]);
	const { value: history, problem } = readStored(HISTORY_KIND, path, "history");
	if (history === null) throw new SettingsError([words.length === 0 ? leadToHistory(problem) : problem]);
	if (settings.since !== null) checkSince(history, settings.since);
	const rows = settings.runs === null ? null : readReportFolder(settings.runs, "runs").map((report) => rowOf(report));
	const audits = listNames$1(history, settings.name).flatMap((name) => auditName(history, name, settings, rows) ?? []);
	if (settings.format === "json") output.json(`${JSON.stringify({
		schema: "plateau/audit@1",
		audits
	}, null, 2)}\n`);
	else output.out(audits.length === 0 ? "The history holds no runs yet; \"plateau run --append\" adds one.\n" : audits.map((each) => renderNamed(each, output.colours.out)).join("\n"));
	return 0;
}
function leadToHistory(problem) {
	if (existsSync(DEFAULT_HISTORY$1)) return problem;
	const message = "there is no such file; \"plateau run --append\" records a run there, and a history elsewhere (also one from the artifact of a workflow run) is given by its path";
	return {
		...problem,
		message
	};
}
function renderNamed({ pullRuns, ...audit }, colour) {
	const text = renderAudit(audit, { colour });
	return pullRuns === void 0 ? text : `${text}\n${renderPullRuns(pullRuns, { colour })}`;
}
function listNames$1({ entries }, wanted) {
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
function auditName({ entries }, name, settings, rows) {
	const own = entries.filter(({ row }) => row.series.name === name);
	const policy = {
		...settings,
		onNotComparable: "pass",
		onUnmeasured: "pass",
		onSkip: "pass"
	};
	const audit = auditHistory(own, policy, settings.since === null ? null : releaseOf(own, settings.since));
	if (audit === null || rows === null) return audit;
	return {
		...audit,
		pullRuns: placeRuns(rows, own, policy)
	};
}
function releaseOf(entries, since) {
	const until = date().safeParse(since).success ? since : takeEntriesUpTo(entries, since)?.at(-1)?.row.startedAt;
	return until === void 0 ? null : {
		name: since,
		until
	};
}
function checkSince({ entries }, since) {
	if (entries.length === 0 || releaseOf(entries, since) !== null) return;
	throw new SettingsError([{
		setting: "since",
		given: since,
		message: "is not a day (2026-11-01), nor a branch, tag or commit of a recorded run"
	}]);
}
// src/commands/baseline-of.ts
function baselineOfReports(reports, candidate) {
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
function baselineOfHistory({ entries }, origin, candidate) {
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
	const row = rowOf(report);
	const { key: _key, ...fields } = row.series;
	return {
		row: {
			...row,
			series: seriesOf({
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
// src/commands/compare-settings.ts
const WHAT = "What to compare";
const GITHUB = "GitHub";
const COMPARE_SETTINGS = {
	history: setting({
		name: "history",
		group: WHAT,
		help: "History file to compare with, for example .plateau/history.json",
		placeholder: "FILE",
		default: null,
		common: true,
		read: readLine
	}),
	run: setting({
		name: "run",
		group: WHAT,
		help: "Workflow run to fetch. With a report it is what the report is compared with; without one it is compared itself",
		placeholder: "ID",
		default: null,
		common: true,
		read: readRunId
	}),
	name: setting({
		name: "name",
		group: WHAT,
		help: "Which name of the workflow run to fetch, where it measured several",
		placeholder: "NAME",
		default: null,
		read: RUN_SETTINGS.name.read
	}),
	...DECISION_SETTINGS,
	repository: setting({
		name: "repository",
		group: GITHUB,
		help: "Repository of the workflow run",
		placeholder: "OWNER/NAME",
		default: null,
		env: "GITHUB_REPOSITORY",
		read: readRepository
	}),
	githubToken: setting({
		name: "github-token",
		group: GITHUB,
		help: "Token that may read the workflow run (actions: read)",
		placeholder: "TOKEN",
		default: null,
		env: "GITHUB_TOKEN",
		secret: true,
		read: readText
	}),
	githubApiUrl: setting({
		name: "github-api-url",
		group: GITHUB,
		help: "Base of the REST API",
		placeholder: "URL",
		default: "https://api.github.com",
		env: "GITHUB_API_URL",
		read: readApiUrl
	}),
	format: RUN_SETTINGS.format,
	...RESULT_FILES
};
function readRunId(text) {
	const id = /^(?:https?:\/\/(?:[^\s/]+\/){3}actions\/runs\/)?([1-9]\d{0,15})(?:[/?#]\S*)?$/.exec(text.trim())?.[1];
	if (id === void 0) throw new ValueError("must be the number of a workflow run, as in its address: \u2026/actions/runs/123");
	return Number(id);
}
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
// src/commands/github-api.ts
const TIMEOUT_MS = 6e4;
const MAXIMUM_JSON_BYTES = 8388608;
let proxyAgent = null;
async function getJson(api, path) {
	const response = await sendRequest(api, path);
	if (response.status !== 200) throw explainRefusal(api, path, response.status);
	const bytes = await bodyOf(response, MAXIMUM_JSON_BYTES);
	try {
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch (cause) {
		throw new BaselineError(`${api.url.host} answered with something that is not JSON`, {
			remedy: "check GITHUB_API_URL: it must be the base of the REST API, for example https://api.github.com",
			cause
		});
	}
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
	return bodyOf(second, maximumBytes);
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
async function bodyOf(response, maximumBytes) {
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
// src/commands/run-artifact.ts
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
async function fetchRun(api, runId, name) {
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
		if (!result.success) throw new BaselineError(`${api.url.host} does not answer as GitHub does to ${path}`, { remedy: "check GITHUB_API_URL: it must be the base of the REST API, for example https://api.github.com" });
		found.push(...result.data.artifacts);
		if (found.length >= result.data.total_count || result.data.artifacts.length === 0) break;
	}
	return found;
}
async function download(api, artifact) {
	if (artifact.size_in_bytes > LARGEST_ARTIFACT_BYTES) throw refuseArtifact(artifact, `is ${artifact.size_in_bytes} bytes large`);
	const zip = await getSigned(api, `actions/artifacts/${artifact.id}/zip`, LARGEST_ARTIFACT_BYTES);
	const digest = `sha256:${createHash("sha256").update(zip).digest("hex")}`;
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
	const { value, problem } = decodeStored(kind, text, (message) => ({
		value: null,
		problem: {
			setting: "run",
			given: null,
			message
		}
	}));
	if (problem !== null) throw refuseArtifact(artifact, `holds a file that ${problem.message}`);
	return value;
}
function refuseArtifact({ name }, what) {
	return new BaselineError(`artifact ${escapeForTerminal(name)} ${what}`, { remedy: "download it by hand to look at it, or compare with another run" });
}
// src/commands/compare.ts
const COMPARE_HELP = {
	name: "compare",
	summary: "Compares a stored report with others, with a history, or with a workflow run",
	words: "[CANDIDATE] [BASELINE \u2026]",
	examples: [
		"plateau compare candidate.json --history .plateau/history.json",
		"plateau compare candidate.json monday.json tuesday.json wednesday.json",
		"plateau compare candidate.json before.json --expected-spread 2%",
		"plateau compare candidate.json --run 1234567890 --repository owner/name"
	]
};
async function compareCommand(argv, { env, output, signal }) {
	const { words, flags } = splitArguments(COMPARE_SETTINGS, argv);
	const fetches = flags.some((flag) => /^--run(=|$)/.test(flag));
	const settings = resolveDecision(COMPARE_SETTINGS, flags, fetches ? env : {});
	checkSides(words, settings);
	checkWritable(listWritten(RUN_SETTINGS, settings), output, [{
		setting: "history",
		path: settings.history
	}, ...words.map((path, i) => ({
		setting: i === 0 ? "candidate" : "baseline",
		path
	}))]);
	const { reports, history } = readFiles(words, settings.history);
	const run = settings.run === null ? null : await fetchRun(createApi(settings, signal), settings.run, settings.name).catch((error) => {
		if (signal.aborted) return "interrupted";
		throw error;
	});
	if (run === "interrupted") return EXIT.interrupted;
	const [first, ...others] = reports;
	const candidate = redactReport(first?.report ?? run.report, output.redact);
	const row = rowOf(candidate);
	const baseline = history !== null ? baselineOfHistory(history.value, `file ${history.from}`, row) : others.length > 0 ? useReports(others, row) : baselineOfRun(run, first === void 0, row);
	const looks = first === void 0 ? run.looks : null;
	const decidedBy = listDeciding(readFlags(COMPARE_SETTINGS, flags).given);
	const verdict = redactVerdict(judge(candidate, baseline, settings, {
		looks,
		decidedBy
	}), output.redact);
	if (settings.format === "json") output.json(`${encodeVerdict(verdict)}\n`);
	else if (settings.format === "markdown") output.out(renderMarkdown(candidate, verdict));
	else output.out(renderVerdictText(verdict, { colour: output.colours.out }));
	for (const hint of hintsOf(verdict, settings)) output.log(hint);
	const written = writeResult(settings, {
		report: candidate,
		verdict
	}, output);
	const code = exitCodeOf(verdict);
	return code === 0 && !written ? EXIT.refused : code;
}
function checkSides(words, { history, run, repository, githubToken }) {
	const problems = [];
	const addProblem = (setting, message) => void problems.push({
		setting,
		given: null,
		message
	});
	if (words.length === 0 && run === null) addProblem("candidate", "is required: plateau compare CANDIDATE BASELINE, where both are files that --report-json wrote");
	else if (words.length === 1 && history === null && run === null) {
		const { problem } = readStored(REPORT_KIND, words[0], "candidate");
		if (problem !== null) problems.push(problem);
		else addProblem("baseline", "is required: name baseline reports after the candidate, or give --history FILE or --run ID");
	}
	if (words.length > 1 && history !== null) addProblem("history", "and baseline reports are both given; compare with one of them");
	if (words.length > 0 && history !== null && run !== null) addProblem("run", "and history are both given; compare with one of them");
	if (words.length > 1 && run !== null) addProblem("run", "and baseline reports are both given; compare with one of them");
	if (run !== null && repository === null) addProblem("repository", "is required to fetch a run: --repository OWNER/NAME");
	if (run !== null && githubToken === null) addProblem("github-token", "is required to fetch a run: set GITHUB_TOKEN, for example GITHUB_TOKEN=$(gh auth token)");
	if (problems.length > 0) throw new SettingsError(problems);
}
function readFiles(words, historyPath) {
	const reports = words.map((path, i) => ({
		path,
		stored: readStored(REPORT_KIND, path, i === 0 ? "candidate" : "baseline")
	}));
	const history = historyPath === null ? null : readStored(HISTORY_KIND, historyPath, "history");
	const problems = [...reports.map(({ stored }) => stored), ...history === null ? [] : [history]].flatMap(({ problem }) => problem ?? []);
	if (problems.length > 0) throw new SettingsError(problems);
	return {
		reports: reports.map(({ path, stored }) => ({
			from: path,
			report: stored.value
		})),
		history: history === null ? null : {
			from: historyPath,
			value: history.value
		}
	};
}
function createApi({ githubApiUrl, repository, githubToken }, signal) {
	return {
		url: githubApiUrl,
		repository,
		token: githubToken,
		signal
	};
}
function baselineOfRun({ from, report, history }, isCandidate, row) {
	if (history !== null) return baselineOfHistory(history, `the history of ${from}`, row);
	if (!isCandidate) return useReports([{
		from,
		report
	}], row);
	throw new SettingsError([{
		setting: "history",
		given: null,
		message: `is required: ${from} has recorded no history to compare its report with; give --history FILE, or a report beside --run`
	}]);
}
function useReports(reports, row) {
	const baseline = baselineOfReports(reports, row);
	if (baseline.entries.length > 0) return baseline;
	const message = `holds nothing to compare with (${baseline.passedOver.map((sentence) => escapeForTerminal(sentence, Infinity)).join("; ")}); name a report of a run that is valid`;
	throw new SettingsError([{
		setting: "baseline",
		given: null,
		message
	}]);
}
function hintsOf({ baseline, comparisons, verdict }, { expectedSpread }) {
	if (baseline.groups === 0 || baseline.groups > 2 || expectedSpread !== "auto" || verdict === "not-measured") return [];
	if (comparisons.length === 0) return [];
	return [`${baseline.groups === 1 ? "One point says" : "Two points say"} little about how much runs differ, so only large changes are seen (column "finds").`, "More runs help, or a spread that you know: --expected-spread 2%, which is then an assumption."];
}
// src/commands/completion.ts
const SHELLS = [
	"bash",
	"zsh",
	"fish"
];
const COMPLETION_HELP = {
	name: "completion",
	summary: "Writes the script by which a shell completes commands, settings and their words",
	words: SHELLS.join("|"),
	examples: [
		"plateau completion bash > ~/.local/share/bash-completion/completions/plateau",
		"plateau completion zsh > ~/.zfunc/_plateau",
		"plateau completion fish > ~/.config/fish/completions/plateau.fish"
	]
};
async function completionCommand(argv, { output }, commands) {
	const { words } = splitArguments({}, argv);
	const shell = SHELLS.find((each) => words.length === 1 && each === words[0]);
	if (shell === void 0) {
		const given = words.join(" ");
		const message = `must be one of ${listAllowed(given, SHELLS)}, as in plateau completion bash`;
		throw new SettingsError([{
			setting: "shell",
			given: words.length === 0 ? null : showValue(given),
			message
		}]);
	}
	output.json(renderCompletion(shell, commands));
	return Promise.resolve(0);
}
function renderCompletion(shell, commands) {
	switch (shell) {
		case "bash": return renderBash(commands);
		case "zsh": return renderZsh(commands);
		case "fish": return renderFish(commands);
	}
}
function wordsOf({ read, switch: isSwitch }) {
	if (isSwitch === true) return ["true", "false"];
	return "words" in read ? read.words : [];
}
function isPath({ placeholder }) {
	return /FILE|PATH|FOLDER|PLACE/.test(placeholder);
}
function listBashValues(commands) {
	const offers = commands.flatMap(({ help, settings }) => Object.values(settings).map((setting) => ({
		command: help.name,
		flag: `--${setting.name}`,
		offer: offer(setting)
	})));
	return [...Map.groupBy(offers, ({ flag }) => flag).values()].flatMap((same) => same.every(({ offer }) => offer === same[0].offer) ? [`    *' ${same[0].flag}') ${same[0].offer} ;;`] : same.map(({ command, flag, offer }) => `    '${command} ${flag}') ${offer} ;;`));
}
function offer(setting) {
	const words = wordsOf(setting);
	return words.length > 0 ? `words='${words.join(" ")}'` : isPath(setting) ? "files=1" : "words=";
}
function takesFiles({ help }) {
	return help.words !== void 0 && !takesShell({ help });
}
function takesShell({ help }) {
	return help.words === SHELLS.join("|");
}
function renderBash(commands) {
	const flags = commands.map(({ help, settings }) => `    ${help.name}) flags='${Object.values(settings).map(({ name }) => `--${name}`).join(" ")}' ;;`);
	return `# plateau completion bash: eval "$(plateau completion bash)" in ~/.bashrc
_plateau() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags='' words='' files='' file='' value=1
  # Bash takes the sign between a flag and its value for a word.
  [ "$current" = = ] && current='' || { [ "$before" = = ] && before="\${COMP_WORDS[COMP_CWORD-2]}"; }
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$before" = help ]; }; then
    COMPREPLY=($(compgen -W '${[
		...commands.map(({ help }) => help.name),
		"help",
		"--version",
		"--help"
	].join(" ")}' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${flags.join("\n")}
  esac
  case "\${COMP_WORDS[1]} $before" in
${listBashValues(commands).join("\n")}
    *) value='' ;;
  esac
  if [ -z "$value" ]; then
    case "\${COMP_WORDS[1]}" in
    ${commands.filter(takesShell).map(({ help }) => help.name)[0] ?? "-"}) words='${SHELLS.join(" ")}' ;;
    *) words="$flags --help" files=1 ;;
    esac
    case "$current" in -*) files='' ;; esac
  fi
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
  # Line by line: the name of a file may hold spaces and stars.
  [ -n "$files" ] && while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
  return 0
}
complete -o filenames -F _plateau plateau
`;
}
function renderZsh(commands) {
	const quote = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
	const escapeSigns = (text) => text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
	const describeValue = (setting) => {
		const words = wordsOf(setting);
		const action = words.length > 0 ? `(${words.join(" ")})` : isPath(setting) ? "_files" : " ";
		return setting.switch === true ? "" : `:${escapeSigns(setting.placeholder)}:${action}`;
	};
	const cases = commands.map((command) => {
		const specs = Object.values(command.settings).map((setting) => quote(`*--${setting.name}${setting.switch === true ? "" : "="}[${escapeSigns(setting.help)}]${describeValue(setting)}`));
		const rest = takesShell(command) ? [quote(`:shell:(${SHELLS.join(" ")})`)] : takesFiles(command) ? [quote("*:file:_files")] : [];
		return `    ${command.help.name}) _arguments ${[...specs, ...rest].join(" ")} ;;`;
	});
	return `#compdef plateau
# plateau completion zsh > "\${fpath[1]}/_plateau"
_plateau() {
  local -a commands
  commands=(${commands.map(({ help }) => quote(`${help.name}:${escapeSigns(help.summary)}`)).join(" ")})
  if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
  esac
}
compdef _plateau plateau
`;
}
function renderFish(commands) {
	const quote = (text) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
	return [
		"# plateau completion fish > ~/.config/fish/completions/plateau.fish",
		...commands.flatMap((command) => {
			const { help, settings } = command;
			const within = `complete -c plateau -n '__fish_seen_subcommand_from ${help.name}'`;
			return [
				`complete -c plateau -n __fish_use_subcommand -f -a ${help.name} -d ${quote(help.summary)}`,
				...takesShell(command) ? [`${within} -f -a ${quote(SHELLS.join(" "))}`] : [],
				...help.words === void 0 ? [`${within} -f`] : [],
				...Object.values(settings).map((setting) => {
					const words = wordsOf(setting);
					const value = setting.switch === true ? "" : words.length > 0 ? ` -x -a ${quote(words.join(" "))}` : isPath(setting) ? " -r -F" : " -x";
					return `${within} -l ${setting.name}${value} -d ${quote(setting.help)}`;
				})
			];
		}),
		""
	].join("\n");
}
// src/simulator/engine/closed-form.ts
function settle(model) {
	const { prefill, decode } = createFactors(model).at(0);
	return {
		...model,
		startSpread: 0,
		hourSpread: 0,
		runSpread: 0,
		overheadMs: prefill * model.overheadMs,
		prefillMsPerToken: prefill * model.prefillMsPerToken,
		decodeMs: decode * model.decodeMs,
		decodeMsPerSequence: decode * model.decodeMsPerSequence
	};
}
function plateauTokensPerSecond(given, workload) {
	return tokensPerSecondAt(settle(given), workload, given.slots);
}
function kneeConcurrency(given, workload, share = .95) {
	const model = settle(given);
	const decodes = workload.outputTokens - 1;
	if (decodes === 0 || model.decodeMs === 0) return 1;
	const prefill = model.prefillMsPerToken * workload.inputTokens;
	const room = 1e3 * workload.outputTokens / plateauTokensPerSecond(model, workload) / share - prefill - model.decodeMsPerSequence * decodes;
	const batch = model.decodeMs * decodes / room;
	let concurrency = Math.max(1, batch);
	for (let round = 0; round < 8; round++) concurrency = Math.max(1, batch * (decodes + countMissedSteps(model, workload, concurrency, batch)) / decodes);
	return concurrency;
}
function tokensPerSecondAt(model, { inputTokens, outputTokens: n }, batch) {
	const { prefillMsPerToken, decodeMs, decodeMsPerSequence } = model;
	const perRequest = prefillMsPerToken * inputTokens + (n - 1) * (decodeMs / batch + decodeMsPerSequence);
	return 1e3 * n / perRequest;
}
function countMissedSteps(model, { inputTokens, outputTokens }, concurrency, batch) {
	const others = Math.max(1, batch * (concurrency - 1) / concurrency);
	const step = model.decodeMs + model.decodeMsPerSequence * others;
	const prefill = model.prefillMsPerToken * inputTokens;
	if (step === 0) return 0;
	let missed = 0;
	for (let j = 0; j * step < model.overheadMs; j++) {
		const most = prefill === 0 ? Infinity : Math.ceil((model.overheadMs - j * step) / prefill) - 1;
		missed += poissonUpTo(most, j * others / (outputTokens - 1));
	}
	return missed;
}
function poissonUpTo(most, mean) {
	if (most === Infinity || mean === 0) return 1;
	let term = Math.exp(-mean);
	let sum = term;
	for (let k = 1; k <= most; k++) {
		term *= mean / k;
		sum += term;
	}
	return sum;
}
const DEMO_SLOWDOWN = 1.3;
const INPUT_TOKENS = 128;
const OUTPUT_TOKENS = 16;
const DEMO_PACES = [1, 4];
const WINDOW_MS = 600;
const DEMO_RUN = `--name demo --auth none --input-tokens ${INPUT_TOKENS} --output-tokens ${OUTPUT_TOKENS} --concurrency 2,8,16 --passes 1 --preflight false --self-proof false --soak off --pause 0s --confirm 1 --expected-spread 2% --tolerance 10%`;
const DEMO_API = "openai-chat";
function listRunFlags(url, api, pace) {
	const window = ["--level-duration", `${WINDOW_MS * pace}ms`];
	const { samplePath = "" } = SHIPPED.wires.find((wire) => wire.api === api);
	const flags = [
		"--endpoint",
		`${url}${samplePath}`,
		...DEMO_RUN.split(" "),
		...window
	];
	return api === "openai-chat" ? flags : [
		...flags,
		"--api",
		api,
		"--model",
		SIMULATOR_DEFAULTS.model
	];
}
function listServerFlags(seed, { pace, slowdown = 1 }) {
	const time = (ms) => `${ms * pace}ms`;
	return `--slots 6 --overhead ${time(20)} --prefill-per-1000-tokens ${time(60)} --decode ${time(6)} --decode-per-sequence ${time(.6)} --run-spread 2% --run-seed ${seed} --slowdown tpot=${slowdown}`.split(" ");
}
function compareWithFormula(server, { plateau }) {
	const { engine } = toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, server));
	const model = {
		...ENGINE_DEFAULTS,
		...engine
	};
	const workload = {
		inputTokens: INPUT_TOKENS,
		outputTokens: OUTPUT_TOKENS
	};
	const truth = plateauTokensPerSecond(model, workload);
	const knee = formatConcurrency(kneeConcurrency(model, workload));
	const formula = `The server's own formula says ${formatRate(truth)} tok/s at the plateau and a knee at concurrency ${knee};`;
	const measured = plateau.state === "reached" ? plateau.outputTokensPerSecond?.value ?? null : null;
	if (measured === null) return `${formula} this run could not measure the levels that show it.`;
	const seen = plateau.kneeConcurrency;
	return `${formula} measured from outside: ${formatRate(measured)} tok/s (${formatChange(measured / truth - 1)})${seen === null ? "" : `, knee at ${formatConcurrency(seen)}`}.`;
}
// src/commands/demo/story.ts
const RULE = "\u2500".repeat(80);
const SLOWDOWN_PERCENT = Math.round(30.000000000000004);
function tellOpening(folder, keep, api) {
	return joinLines(`A performance gate at work, on a simulated LLM server with 6 slots on 127.0.0.1.`, ...api === "openai-chat" ? [] : [`It speaks ${api}, and is measured over it.`], `Files: ${folder} (${keep ? "kept" : "removed at the end; --keep keeps it"})`);
}
function tellHistory(runs) {
	return joinLines("", `1. main is measured ${runs} times, and each run is recorded`, "   The server is started anew for each and is a little faster or slower every", `   time (a spread of 2 %), as a real one is from day to day. From this the gate`, "   learns how much unchanged code differs.");
}
function tellRun(run, { levels, plateau }) {
	const unusable = levels.filter(({ valid }) => !valid).map(({ concurrency }) => String(concurrency));
	const level = levels.find(({ concurrency }) => concurrency === 8);
	const throughput = plateau.state === "reached" ? plateau.outputTokensPerSecond?.value ?? null : null;
	const figures = [
		...level?.valid === true ? [`TPOT at concurrency 8: ${formatMs(level.tpotMs?.p50 ?? null)}`] : [],
		...throughput === null ? [] : [`plateau ${formatRate(throughput)} tok/s`],
		...unusable.length === 0 ? [] : [`this machine was too busy to measure concurrency ${joinList(unusable)}`]
	];
	return joinLines(...wrap(`   run ${run}: ${figures.join("; ")}`, { indent: 10 }));
}
function explainLoad(server, report) {
	return joinLines(...wrap(`   TTFT, time to the first token, is prefill and queueing. TPOT, time per output token, is decoding. More requests in flight bring more tokens/s until all 6 slots are full; beyond, requests queue: TTFT jumps and tokens/s stay. That is the plateau.`, { indent: 3 }), ...wrap(`   ${compareWithFormula(server, report)}`, { indent: 3 }));
}
const UNCHANGED = joinLines("", "2. A pull request that changes nothing is measured and compared", "   TTFT and TPOT are means over the levels of main that it has, too.");
const SLOWER = joinLines("", `3. A pull request that makes decoding ${SLOWDOWN_PERCENT} % slower is measured and compared`, "   What looks worse is measured once more before anything is said.");
function tellVerdict(verdict, colour) {
	const code = exitCodeOf(verdict);
	return `${joinLines("")}${renderVerdictText(verdict, { colour })}${joinLines("", `   exit code ${code}: the check ${code === 0 ? "passes" : "fails"}`)}`;
}
function renderStoryComment({ report, verdict }) {
	return renderComment({
		report,
		verdict
	});
}
function tellComment(comment) {
	const shown = comment.replace(/\n*<details>[\s\S]*?<\/details>/g, "").replace(/\\(?=[!-/:-@[-`{-~])/g, "").replace(/&(lt|gt|amp);/g, (_, name) => ({
		lt: "<",
		gt: ">",
		amp: "&"
	})[name]).replace(/\u200b|<\/?sub>/g, "").trim().split("\n").flatMap((line) => /^(\||\s)/.test(line) ? line : wrap(line, { indent: line.startsWith("- ") ? 2 : 0 }));
	return joinLines("", "4. The comment that the pull request would get; the charts and levels that it", "   folds are left out here", RULE, ...shown, RULE);
}
function findSurprises(unchanged, slower) {
	const nameWord = ({ verdict }) => `"${verdict.replaceAll("-", " ")}"`;
	return [...exitCodeOf(unchanged) === 0 ? [] : [`the unchanged candidate came out as ${nameWord(unchanged)}`], ...slower === null || slower.verdict === "regressed" ? [] : [`the slower candidate came out as ${nameWord(slower)}`]];
}
function tellAgain$1(surprises, pace) {
	return joinLines("", ...wrap(`This machine seems too busy for a server as quick as this one: ${joinList(surprises)}. So the story begins again, on a server that is ${pace} times slower and with windows ${pace} times longer, which other work disturbs less. That takes two to four minutes.`));
}
function tellSurprises(surprises) {
	return joinLines("", ...wrap(`The story did not go as told: ${joinList(surprises)}. This machine is too busy even for the slower server: what it was doing beside was measured as well.`), ...wrap(`With time for it, the unchanged candidate passes, and the slower one fails: TPOT about ${SLOWDOWN_PERCENT} % slower, throughput lower, still so in a second look. Close what else is running and try again; a real run takes minutes, and leaves out what this machine was too busy for.`));
}
function tellEnding(folder) {
	return joinLines("", ...wrap(`What this assumed: that runs spread by 2 % (expected-spread), since so few runs tell little of it, and that each run is of another day. A change below 10 % is never red here (tolerance). A history of eight or ten runs needs no assumption.`), ...folder === null ? [] : ["", `Look at the history: plateau audit ${join(folder, "history.json")}`], "", "Next: plateau run --endpoint http://your-server:8000 --append", "A gate for pull requests: plateau init --endpoint URL, in your repository", "Without an install write node dist/cli.js for plateau, or run npm link once");
}
function joinLines(...texts) {
	return `${texts.join("\n")}\n`;
}
// src/commands/demo/bench.ts
const SPARE_RUNS = 3;
const SPARE_CANDIDATES = 2;
function createDemoBench(ports, { historyPath, api, pace }) {
	const output = {
		...ports.output,
		log: () => {}
	};
	let port = 0;
	let spare = SPARE_RUNS;
	async function measureOnce(server, store) {
		const started = await ports.startServer([
			"--port",
			String(port),
			...server
		]).catch((error) => {
			if (ports.signal.aborted) return null;
			throw error;
		});
		if (started === null) return null;
		const { url, stop } = started;
		port = Number(new URL(url).port);
		try {
			const result = await measureWithProgress(resolveDemoSettings(listRunFlags(url, api, pace), historyPath), store, {
				...ports,
				output
			});
			return result === "interrupted" || result.cancelled ? null : result;
		} finally {
			await stop();
		}
	}
	return { async measure(server, store) {
		for (;;) {
			const result = await measureOnce(server, store);
			if (result === null) return null;
			if (!(store === null ? spare > SPARE_CANDIDATES && isDisturbed(result) : spare > 0 && isUndecided(result))) return result;
			spare--;
			ports.output.log("   this machine was too busy to measure that well; once more");
		}
	} };
}
function isDisturbed({ report }) {
	return !report.validity.ok || report.levels.some(({ valid }) => !valid);
}
function isUndecided({ verdict }) {
	const { comparisons } = verdict;
	return verdict.verdict === "not-measured" || comparisons.some((each) => each.verdict === "suspect" && each.confirmed === null);
}
function resolveDemoSettings(flags, historyPath) {
	return resolveSettings({
		flags,
		env: {},
		readFile: () => {
			throw new Error("the demo reads no files");
		},
		defaults: {
			baseline: {
				kind: "file",
				path: historyPath
			},
			name: null
		}
	}).settings;
}
// src/commands/demo/demo.ts
const TOLD_OVER = SHIPPED.wires.map(({ api }) => api).filter((api) => findApi(api).tasks.some(generatesTokens));
const DEMO_HELP = {
	name: "demo",
	summary: "Tells the whole story on a simulated endpoint in under 45 seconds, on a busy machine in minutes; needs nothing else",
	examples: [
		"plateau demo",
		"plateau demo --keep",
		`plateau demo --api ${TOLD_OVER.at(-1)}`
	]
};
function readDemoApi(text) {
	const api = API_NAMES.find((name) => name === text.trim());
	if (api !== void 0 && !findApi(api).tasks.some(generatesTokens)) throw new ValueError(`must be an API that generates: the story is about TTFT and TPOT, which ${api} does not have`);
	return readChoice(TOLD_OVER)(text);
}
const DEMO_SETTINGS = {
	api: setting({
		name: "api",
		group: "Demo",
		help: `The API that the story is told over: ${TOLD_OVER.join(", ")}`,
		placeholder: "NAME",
		default: DEMO_API,
		common: true,
		read: readDemoApi
	}),
	keep: setting({
		name: "keep",
		group: "Demo",
		help: "Keep the history, the reports and the comment in their folder",
		placeholder: "true|false",
		default: "false",
		switch: true,
		common: true,
		read: readBoolean
	})
};
const HISTORY_RUNS = 4;
async function demoCommand(argv, ports) {
	const { keep, api } = resolveFlags(DEMO_SETTINGS, argv);
	await setImmediate();
	const folder = mkdtempSync(join(tmpdir(), "plateau-demo-"));
	try {
		return await tellStory(folder, keep, api, ports);
	} finally {
		if (!keep) rmSync(folder, {
			recursive: true,
			force: true
		});
	}
}
async function tellStory(folder, keep, api, ports) {
	const { output } = ports;
	output.out(tellOpening(folder, keep, api));
	for (const [i, pace] of DEMO_PACES.entries()) {
		const slower = DEMO_PACES[i + 1] ?? null;
		const ended = await tellAt(pace, {
			folder,
			keep,
			api,
			isLast: slower === null
		}, ports);
		if (ended === "interrupted") return EXIT.interrupted;
		if (ended.surprises.length === 0) break;
		if (slower === null) {
			output.out(tellSurprises(ended.surprises));
			return EXIT.notMeasured;
		}
		output.out(tellAgain$1(ended.surprises, slower));
	}
	output.out(tellEnding(keep ? folder : null));
	return EXIT.passed;
}
async function tellAt(pace, { folder, keep, api, isLast }, ports) {
	const { output } = ports;
	const historyPath = join(folder, "history.json");
	rmSync(historyPath, { force: true });
	const store = createFileStore({
		path: historyPath,
		keep: HISTORY_RUNS
	});
	const bench = createDemoBench(ports, {
		historyPath,
		api,
		pace
	});
	const serverOf = (seed, slowdown = 1) => listServerFlags(seed, {
		pace,
		slowdown
	});
	output.out(tellHistory(HISTORY_RUNS));
	let newest = null;
	for (let run = 1; run <= HISTORY_RUNS; run++) {
		newest = await bench.measure(serverOf(`main-${run}`), null);
		if (newest === null) return "interrupted";
		output.out(tellRun(run, newest.report));
		if (isDisturbed(newest) && !isLast) return { surprises: ["not all levels of main could be measured"] };
		const source = {
			sha: null,
			ref: "main",
			runId: `demo-${run}`,
			attempt: 1,
			event: "command",
			url: null
		};
		await store.save(entriesOf(newest.verdict, newest.rows, source, newest.looks.controls));
	}
	output.out(explainLoad(serverOf(`main-${HISTORY_RUNS}`), newest.report));
	output.out(UNCHANGED);
	const unchanged = await bench.measure(serverOf("unchanged"), store);
	if (unchanged === null) return "interrupted";
	output.out(tellVerdict(unchanged.verdict, output.colours.out));
	const surprise = findSurprises(unchanged.verdict, null);
	if (surprise.length > 0 && !isLast) return { surprises: surprise };
	output.out(SLOWER);
	const slower = await bench.measure(serverOf("slower", DEMO_SLOWDOWN), store);
	if (slower === null) return "interrupted";
	output.out(tellVerdict(slower.verdict, output.colours.out));
	const surprises = findSurprises(unchanged.verdict, slower.verdict);
	if (surprises.length > 0 && !isLast) return { surprises };
	const comment = renderStoryComment(slower);
	output.out(tellComment(comment));
	if (keep) {
		const curve = renderCurve(slower);
		const files = {
			"comment.md": comment,
			"report.html": renderPage(slower),
			...curve !== null && { "curve.svg": curve },
			...encodeReportFile("unchanged", unchanged),
			...encodeReportFile("slower", slower)
		};
		for (const [name, text] of Object.entries(files)) output.file(join(folder, name), [text]);
	}
	return { surprises };
}
function encodeReportFile(name, { report }) {
	return { [`${name}.json`]: `${encodeRunReport(report)}\n` };
}
// src/render/timeline/markdown.ts
function renderTimelineMarkdown(timeline) {
	const view = viewTimeline(timeline);
	const reverseRows = (rows) => rows.toReversed();
	return fitBudget((most) => {
		const list = (heading, sentences) => {
			const shown = layMarkdownList(reverseRows(sentences), most);
			return shown === null ? [] : [`**${heading}**`, shown];
		};
		const runs = layMarkdownTable({
			...view.runs,
			rows: reverseRows(view.runs.rows)
		}, most);
		return `${dropAbsent([
			`### ${writeMarkdown(view.name)}`,
			...view.facts.map((fact) => writeMarkdown(fact)),
			layMarkdownTable(view.now, most),
			writeMarkdown(view.nowNote),
			...list("Steps of main", view.steps),
			...list("Accepted", view.accepted),
			...list("Releases", view.releases),
			...list("Gaps", view.gaps),
			...view.versions === null ? [] : [
				"**Models and servers**",
				layMarkdownTable(view.versions.table, most),
				view.versions.note
			],
			runs === null ? null : foldBlocks("Runs", [runs])
		]).join("\n\n")}\n`;
	}, SUMMARY_ROOM);
}
// src/render/timeline/text.ts
const NEWEST_POINTS = 12;
function renderTimeline(timeline, { colour = false } = {}) {
	const style = createStyle(colour);
	const view = viewTimeline(timeline);
	const layTable = (table, note = null) => {
		if (table.rows.length === 0) return [];
		const [heading, ...rows] = layTextTable(table);
		return [
			style.dim(heading),
			...rows,
			...note === null ? [] : wrap(writePlain(note), { indent: 2 }).map(style.dim)
		];
	};
	const layList = (heading, sentences) => sentences.length === 0 ? [] : [style.bold(heading), ...sentences.flatMap((each) => wrap(writePlain(each), { indent: 2 }))];
	const newest = narrow({
		...view.runs,
		rows: view.runs.rows.slice(-12).reverse()
	});
	return `${[
		[style.bold(writePlain(view.name)), ...view.facts.flatMap((fact) => wrap(writePlain(fact)))],
		view.now.rows.length === 0 ? wrap(writePlain(view.nowNote)) : layTable(view.now, view.nowNote),
		timeline.points.length < 2 ? [] : timeline.metrics.map((metric) => drawSparkline(metric)),
		layList("Steps of main:", view.steps),
		layList("Accepted:", view.accepted),
		layList("Releases:", view.releases),
		layList("Gaps:", view.gaps),
		...view.versions === null ? [] : [layTable(view.versions.long, view.versions.note)],
		[...layTable(newest), ...view.runs.rows.length > NEWEST_POINTS ? [style.dim(`\u2026 and ${pluralise(view.runs.rows.length - NEWEST_POINTS, "older point")}; --page draws them all`)] : []]
	].filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
function narrow({ columns, rows }) {
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
// src/commands/recorded.ts
function readRecorded(places, setting) {
	const found = places.map((place) => readPlace(place, setting));
	const problems = found.flatMap(({ problem }) => problem ?? []);
	if (problems.length > 0) throw new SettingsError(problems);
	const histories = found.flatMap(({ value }) => value.histories);
	const reports = found.flatMap(({ value }) => value.reports);
	return {
		entries: mergeHistories(histories.length > 0 ? histories : [historyOfReports(reports)], Infinity).entries,
		invalid: histories.length > 0 ? 0 : reports.filter(({ validity }) => !validity.ok).length,
		beside: histories.length > 0 ? reports.length : 0
	};
}
function historyOfReports(reports) {
	const valid = reports.filter(({ validity }) => validity.ok);
	return {
		schema: HISTORY_SCHEMA,
		entries: valid.map((report) => entryOf(report, report.series.name))
	};
}
function readPlace(place, setting) {
	if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return readFile(place, setting);
	const all = listJsonFiles(place, setting).flatMap((path) => readFile(path, setting).value ?? []);
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
function readFile(path, setting) {
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
// src/commands/history.ts
const HISTORY_HELP = {
	name: "history",
	summary: "Shows each metric over months: levels, steps with their commits, acceptances, releases, versions",
	words: "[PLACE \u2026]",
	examples: [
		"plateau history",
		"plateau history .plateau/history.json --name llama-8b --page site/",
		"plateau history downloaded-artifacts/ --format markdown",
		"plateau history --run 1234567890 --repository owner/name --badge badge.svg"
	]
};
const group = "What to show";
const { gate, tolerance, metrics, expectedSpread, decision } = DECISION_SETTINGS;
const { run, repository, githubToken, githubApiUrl } = COMPARE_SETTINGS;
const HISTORY_COMMAND_SETTINGS = {
	name: setting({
		name: "name",
		group,
		help: "The name to show",
		placeholder: "NAME",
		default: null,
		derived: "every name of the history",
		common: true,
		read: (text) => text.trim()
	}),
	page: setting({
		name: "page",
		group,
		help: "Folder for a page of each name, and index.html with all of them",
		placeholder: "FOLDER",
		default: null,
		common: true,
		read: readLine
	}),
	badge: setting({
		name: "badge",
		group,
		help: "File for a badge: .svg is a picture, .json what shields.io reads from an address",
		placeholder: "FILE",
		default: null,
		common: true,
		writes: true,
		read: readBadgePath
	}),
	run: {
		...run,
		help: "Workflow run whose history is fetched, instead of a place"
	},
	gate,
	tolerance,
	metrics,
	expectedSpread,
	decision,
	repository,
	githubToken,
	githubApiUrl,
	format: setting({
		name: "format",
		group: "Report",
		help: "What stands on stdout: text, markdown, html (the page of one name) or json",
		placeholder: "WORD",
		default: "text",
		read: readChoice([
			"text",
			"markdown",
			"html",
			"json"
		])
	})
};
function readBadgePath(text) {
	const path = readLine(text);
	if (!/\.(?:svg|json)$/i.test(path)) throw new ValueError("must end in .svg or .json, which says what is written");
	return path;
}
const DEFAULT_HISTORY = ".plateau/history.json";
async function historyCommand(argv, { env, output, signal }) {
	const { words, flags } = splitArguments(HISTORY_COMMAND_SETTINGS, argv);
	const fetches = flags.some((flag) => /^--run(=|$)/.test(flag));
	const settings = resolveDecision(HISTORY_COMMAND_SETTINGS, flags, fetches ? env : {});
	checkPlaces(words, settings);
	const index = {
		setting: "page",
		path: settings.page === null ? null : join(settings.page, "index.html")
	};
	checkWritable([...listWritten(HISTORY_COMMAND_SETTINGS, settings), index], output, words.map((path) => ({
		setting: "place",
		path
	})));
	const recorded = settings.run === null ? readPlaces(words) : await fetchRecorded(settings, signal);
	if (recorded === null) return EXIT.interrupted;
	const releases = await findReleases(recorded.entries, askGit);
	const timelines = listNames(recorded, settings).flatMap((name) => tellTimeline(recorded.entries.filter(({ row }) => row.series.name === name), settings, releases) ?? []);
	show(timelines, recorded, settings, output);
	return [...writePages(timelines, recorded, settings.page, output), writeBadge(timelines, settings.badge, output)].includes(false) ? EXIT.refused : EXIT.passed;
}
function checkPlaces(words, { run, repository, githubToken }) {
	const refuse = (setting, message) => new SettingsError([{
		setting,
		given: null,
		message
	}]);
	if (run === null) return;
	if (words.length > 0) throw refuse("run", "and a place are both given; show one of them");
	if (repository === null) throw refuse("repository", "is required to fetch a run: --repository OWNER/NAME");
	if (githubToken === null) throw refuse("github-token", "is required to fetch a run: set GITHUB_TOKEN, for example GITHUB_TOKEN=$(gh auth token)");
}
function readPlaces(words) {
	if (words.length > 0) return readRecorded(words, "place");
	if (existsSync(DEFAULT_HISTORY)) return readRecorded([DEFAULT_HISTORY], "place");
	throw new SettingsError([{
		setting: "place",
		given: DEFAULT_HISTORY,
		message: "there is no such file; \"plateau run --append\" records a run there, and a history elsewhere (also a folder of artifacts) is given by its path"
	}]);
}
async function fetchRecorded(settings, signal) {
	const fetched = await fetchRun({
		url: settings.githubApiUrl,
		repository: settings.repository,
		token: settings.githubToken,
		signal
	}, settings.run, settings.name).catch((error) => {
		if (signal.aborted) return null;
		throw error;
	});
	if (fetched === null) return null;
	if (fetched.history !== null) return {
		entries: fetched.history.entries,
		invalid: 0,
		beside: 0
	};
	const message = `${fetched.from} has recorded no history and was compared with none; name a run on the default branch, or a place`;
	throw new SettingsError([{
		setting: "run",
		given: String(settings.run),
		message
	}]);
}
function listNames({ entries }, { name: wanted, format }) {
	const names = [...new Set(entries.map(({ row }) => row.series.name))];
	const there = listAllowed(wanted ?? "", names, (name) => escapeForTerminal(name));
	if (wanted !== null && !names.includes(wanted)) {
		const message = `is not in the history, which has ${names.length === 0 ? "no runs" : there}`;
		throw new SettingsError([{
			setting: "name",
			given: wanted,
			message
		}]);
	}
	if (wanted === null && format === "html" && names.length > 1) {
		const message = `is required with --format html, as the history has ${there}; --page writes a page of each`;
		throw new SettingsError([{
			setting: "name",
			given: null,
			message
		}]);
	}
	return wanted === null ? names : [wanted];
}
const MOST_TAGS = 200;
async function findReleases(entries, git) {
	const sha = entries.findLast(({ source }) => /^[0-9a-f]{7,64}$/.test(source.sha ?? ""))?.source.sha ?? null;
	if (sha === null || await git([
		"cat-file",
		"-e",
		`${sha}^{commit}`
	]) === null) return [];
	return (await git([
		"for-each-ref",
		"--sort=-creatordate",
		`--count=${MOST_TAGS}`,
		`--format=%(refname:short)%09%(creatordate:iso-strict)%09%(objectname)%09%(*objectname)`,
		"refs/tags"
	]) ?? "").split("\n").flatMap((line) => {
		const [name = "", at = "", object = "", tagged = ""] = line.split("	");
		return name === "" || Number.isNaN(Date.parse(at)) ? [] : [{
			name,
			at,
			sha: tagged === "" ? object : tagged
		}];
	});
}
function explainNothing({ invalid }) {
	return invalid === 0 ? "The history holds no runs yet; \"plateau run --append\" adds one, and so does the action on the default branch." : `No valid run: of ${pluralise(invalid, "report")} none may be used; "plateau report FILE" says why of each.`;
}
function show(timelines, recorded, { format }, output) {
	if (format === "json") output.json(`${JSON.stringify({
		schema: "plateau/timeline@1",
		series: timelines
	}, null, 2)}\n`);
	else if (timelines.length === 0) {
		const why = explainNothing(recorded);
		output.out(format === "html" ? renderEmptyTimelinePage(why) : `${why}\n`);
	} else if (format === "html") output.out(renderTimelinePage(timelines[0]));
	else {
		const render = (timeline) => format === "markdown" ? renderTimelineMarkdown(timeline) : renderTimeline(timeline, { colour: output.colours.out });
		output.out(timelines.map(render).join("\n"));
	}
	const { invalid, beside } = recorded;
	if (timelines.length > 0 && invalid > 0) output.log(`${pluralise(invalid, "report")} left out: the run is not valid`);
	if (beside > 0) {
		const verb = beside === 1 ? "is" : "are";
		output.log(`${pluralise(beside, "report")} beside the history ${verb} not shown: the history says what was recorded`);
	}
}
function writePages(timelines, recorded, folder, output) {
	if (folder === null) return [];
	const write = (file, text) => writeFile({
		setting: "page",
		path: join(folder, file)
	}, [output.redact(text)], output);
	if (timelines.length === 0) return [write("index.html", renderEmptyTimelinePage(explainNothing(recorded)))];
	const pages = timelines.map((timeline, i) => ({
		timeline,
		file: nameFile(timeline.name, i)
	}));
	return [write("index.html", renderTimelineIndex(pages)), ...pages.map(({ timeline, file }) => write(file, renderTimelinePage(timeline, { index: "index.html" })))];
}
function nameFile(name, i) {
	return /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) && name !== "index" ? `${name}.html` : `series-${i + 1}.html`;
}
function writeBadge(timelines, path, output) {
	if (path === null) return true;
	const badge = describeBadge(timelines);
	const text = /\.svg$/i.test(path) ? drawBadge(badge) : encodeShield(badge);
	return writeFile({
		setting: "badge",
		path
	}, [output.redact(text)], output);
}
// src/commands/import.ts
const IMPORT_HELP = {
	name: "import",
	summary: "Judges what another load tool measured: guidellm, vllm bench serve, vllm-bench, aiperf, inference-perf, mlcommons endpoints",
	words: "RESULT \u2026",
	examples: [
		"plateau import benchmarks.json --name nightly --append",
		"plateau import 'results/*.json' --limits 'ttft-p50@8 <= 300ms'",
		"plateau import profile_export_aiperf.csv --concurrency 8",
		"plateau import profile_export_aiperf.csv --rate 5"
	]
};
const IMPORT_SETTINGS = {
	name: RUN_SETTINGS.name,
	baseline: RUN_SETTINGS.baseline,
	append: RUN_SETTINGS.append,
	concurrency: setting({
		...RUN_SETTINGS.concurrency,
		help: "The levels of results that do not say theirs, in their order, such as 8 or 1, 8",
		derived: "as the results say"
	}),
	rate: setting({
		...RUN_SETTINGS.rate,
		help: "The levels of results that do not say theirs and were sent at a rate, in requests a second and in their order, such as 5 or 5, 10",
		derived: "as the results say"
	}),
	...DECISION_SETTINGS,
	throughputWithin: RUN_SETTINGS.throughputWithin,
	pricePerHour: RUN_SETTINGS.pricePerHour,
	model: setting({
		...RUN_SETTINGS.model,
		help: "The model that was measured, where the results do not say it"
	}),
	endpointLabel: RUN_SETTINGS.endpointLabel,
	record: RUN_SETTINGS.record,
	baselineRef: RUN_SETTINGS.baselineRef,
	historyKeep: RUN_SETTINGS.historyKeep,
	config: RUN_SETTINGS.config,
	scenario: RUN_SETTINGS.scenario,
	dryRun: RUN_SETTINGS.dryRun,
	format: RUN_SETTINGS.format,
	reportJson: RUN_SETTINGS.reportJson,
	...RESULT_FILES,
	csv: RUN_SETTINGS.csv
};
const FORM_SETTINGS = {
	results: RUN_SETTINGS.results,
	...IMPORT_SETTINGS
};
const IMPORT = {
	list: FORM_SETTINGS,
	defaults: {
		baseline: {
			kind: "file",
			path: ".plateau/history.json"
		},
		name: null
	}
};
async function importCommand(argv, ports) {
	const { words, flags } = splitArguments(FORM_SETTINGS, argv);
	const isGiven = flags.some((flag) => /^--results(=|$)/.test(flag));
	if (words.length === 0 && !isGiven) throw new SettingsError([{
		setting: "results",
		given: null,
		message: "is required: plateau import RESULT \u2026, each a file that a load tool wrote, or a pattern such as results/*.json"
	}]);
	return runCommand(words.length === 0 ? flags : [...flags, `--results=${words.join("\n")}`], ports, IMPORT);
}
// src/commands/doctor/workflows.ts
var import_dist = require_dist();
const ACTION = /^[\w.-]+\/plateau(\/report)?@/;
function readWorkflows(files) {
	const parsed = new Map([...files].map(([file, text]) => [file, parseYaml(text)]));
	const called = new Set([...parsed.values()].flatMap((workflow) => jobsOf(workflow).flatMap(([, job]) => calls(job))));
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
const NAMES_ACTION = /\/plateau(\/report)?@/;
const DEEPEST_CALL = 4;
function jobsOf(workflow) {
	return Object.entries(asObject(workflow?.["jobs"]) ?? {}).flatMap(([name, value]) => {
		const job = asObject(value);
		return job === null ? [] : [[name, job]];
	});
}
function calls(job) {
	const file = /^\.\/\.github\/workflows\/([^/]+)$/.exec(asText(job["uses"]) ?? "")?.[1];
	return file === void 0 ? [] : [file];
}
function listJobs(workflow, parsed, depth = 0) {
	return jobsOf(workflow).flatMap(([name, job]) => {
		const own = readJob(name, job, workflow);
		const inner = depth === DEEPEST_CALL ? [] : calls(job).map((file) => parsed.get(file) ?? {});
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
	const parts = pattern.split(/(\*+)/).map((part) => part === "*" ? "[^/]*" : /^\*+$/.test(part) ? ".*" : escapeSigns(part));
	return new RegExp(`^${parts.join("")}$`).test(branch);
}
const escapeSigns = (text) => text.replaceAll(/[.$^(){}|\\]/g, "\\$&");
function parseYaml(text) {
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
			kind: action[1] === void 0 ? "gate" : "report",
			job: {
				name,
				permissions: readPermissions(job["permissions"] ?? workflow["permissions"]),
				inputs: new Map(given),
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
function readFolder(words) {
	const [folder = ".", ...more] = words;
	const refuse = (given, message) => new SettingsError([{
		setting: "folder",
		given,
		message
	}]);
	if (more.length > 0) throw refuse(more[0], "is one too many; give one repository");
	if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw refuse(folder, "is no folder; give that of a repository");
	return folder;
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
// src/commands/doctor/remark.ts
const lack = (what, remedy) => ({
	state: "missing",
	what,
	remedy
});
const advise = (what, remedy) => ({
	state: "advice",
	what,
	remedy
});
// src/commands/doctor/config.ts
const isExpression = (text) => text.includes("${{");
function findWrongValues(given) {
	const set = Object.fromEntries(Object.entries(RUN_SETTINGS).filter(([, { name }]) => given.has(name)));
	return readValues(set, given, "action").problems;
}
function readJobConfig(job, readFile) {
	const path = job.inputs.get("config")?.trim() ?? "";
	if (path === "" || isExpression(path)) return {
		job,
		remarks: []
	};
	const shown = escapeForTerminal(path);
	const unseen = job.checksOut ? [] : [lack(`has its settings in ${shown}, and no step before checks it out`, "add a step with actions/checkout")];
	if (readFile === null) return {
		job,
		remarks: unseen
	};
	const text = readFile(path);
	if (text === null) {
		const missing = lack(`has its settings in ${shown}, which is not here`, "write that file, or correct its path in config");
		return {
			job,
			remarks: [...unseen, missing]
		};
	}
	const scenario = job.inputs.get("scenario") ?? null;
	const isKnown = scenario === null || !isExpression(scenario);
	const file = readConfigFile(RUN_SETTINGS, {
		path,
		text,
		scenario: isKnown ? scenario : null,
		entry: "action"
	});
	const values = [file.given, ...file.scenarios?.values() ?? []].flatMap(findWrongValues);
	const problems = [...file.problems, ...values].filter(({ setting }) => isKnown || setting !== "scenario");
	const { config: _config, ...inputs } = Object.fromEntries(job.inputs);
	return {
		job: {
			...job,
			inputs: new Map([...[...file.given].map(([name, given]) => [name, given.text]), ...Object.entries(inputs)])
		},
		remarks: [...unseen, ...problems.map((problem) => lack(new SettingsError([problem]).message, "correct the config file"))]
	};
}
// src/commands/init/objectives.ts
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
const NAMES = {
	ttft: "TTFT",
	tpot: "TPOT",
	latency: "Latency"
};
const FIELDS = {
	ttft: "ttftMs",
	tpot: "tpotMs",
	latency: "lastTokenMs"
};
function chooseObjectives({ levels, plateau: { kneeConcurrency } }, records) {
	const usable = levels.filter(({ valid }) => valid);
	const level = usable.find(({ concurrency }) => concurrency >= (kneeConcurrency ?? Infinity)) ?? usable.at(-1);
	if (level === void 0) return null;
	const counted = [...records].filter((record) => record.level === level.concurrency && record.phase === "counted" && record.outcome === "ok");
	const place = `at ${formatLoad("concurrency", level.concurrency)}${kneeConcurrency === null ? ", the highest that could be used" : ", the knee"}`;
	const chosen = listTimes(level).flatMap((time) => {
		const times = counted.flatMap((record) => record[FIELDS[time]] ?? []);
		const measured = findShare(times);
		if (measured === null) return [];
		const atMostMs = roundUp(measured * ROOM);
		const reason = `${NAMES[time]} ${place}: ${nameShare(times.length)} took at most ${formatMs(measured)}; with half as much again as room, rounded up.`;
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
	const found = sorted[Math.ceil(SHARE * sorted.length) - 1] ?? 0;
	return found > 0 ? found : null;
}
function nameShare(requests) {
	if (requests === 1) return "the one request";
	return requests < 20 ? `all ${requests} requests` : "95 of 100 requests";
}
function roundUp(ms) {
	const power = 10 ** Math.floor(Math.log10(ms));
	const step = USUAL.find((each) => each * power >= ms * (1 - 1e-9)) ?? 10;
	return Number((step * power).toPrecision(2));
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
const listFiles = (carried) => PEM_FILES.flatMap((name) => carried[name] === void 0 ? [] : [[name, carried[name]]]);
function describeJob(settings, { name, owner, carried }) {
	const { endpoint, auth, variables } = settings;
	const credentials = listCredentials(settings);
	const word = credentials.length === 0 && Object.keys(variables).length === 0 ? "none" : "name" in auth ? `header:${auth.name}` : auth.kind;
	const flags = [
		["endpoint", hidesEndpoint(settings) ? `"$${nameSecret("endpoint")}"` : quoteShell(showAddress(endpoint))],
		...word === "auto" ? [] : [["auth", quoteShell(word)]],
		...credentials.includes("token-url") ? [["token-url", `"$${nameSecret("token-url")}"`]] : [],
		...carried.headers === void 0 ? [] : [["headers", `"$${nameSecret("headers")}"`]],
		...listFiles(carried).map(([file, path]) => [file, quoteShell(path)]),
		["config", GITLAB_PLACES.config]
	];
	return {
		notes: [
			`In the project's CI variables: ${[...listSecrets(settings, carried).map((each) => `${each} (masked)`), "NOTE_TOKEN, a project access token with the scope api, for the note"].join(", ")}.`,
			...listJobNotes(settings),
			...describeFiles(carried)
		],
		owner,
		group: `plateau-${name}`,
		name: toSlug(name),
		flags: flags.map(([flag, text]) => `--${flag} ${text}`).join(" ")
	};
}
function listJobNotes({ endpoint }) {
	if (!isLoopback(endpoint) && !isPrivate(endpoint)) return [];
	return ["The endpoint is on the machine that measures or in a private network: give the job the tags of a runner that reaches it."];
}
function quoteShell(text) {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
function describeGate(settings, { name, owner, branch, carried }) {
	const { endpoint, auth, variables } = settings;
	const takeSecret = (secret) => `\${{ secrets.${secret} }}`;
	const credentials = listCredentials(settings);
	const isOpen = credentials.length === 0 && Object.keys(variables).length === 0;
	const word = "name" in auth ? `header:${auth.name}` : auth.kind;
	return {
		branch,
		owner,
		group: `plateau-${name}`,
		runner: isLoopback(endpoint) || isPrivate(endpoint) ? "self-hosted" : "ubuntu-latest",
		notes: [...describeReach(endpoint), ...describeFiles(carried)],
		variables: Object.keys(variables).map((variable) => [variable, takeSecret(variable)]),
		inputs: [
			["endpoint", hidesEndpoint(settings) ? takeSecret(nameSecret("endpoint")) : showAddress(endpoint)],
			...isOpen ? [["auth", "none"]] : word === "auto" ? [] : [["auth", word]],
			...credentials.map((each) => [each, takeSecret(nameSecret(each))]),
			...carried.headers === void 0 ? [] : [["headers", takeSecret(nameSecret("headers"))]],
			...listFiles(carried),
			["config", GITHUB_PLACES.config]
		]
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
// src/commands/doctor/diagnose.ts
function diagnoseWorkflows({ workflows: found, unread }, branch, readFile = null) {
	const configured = found.map((workflow) => workflow.gates.map((job) => readJobConfig(job, readFile)));
	const workflows = found.map((workflow, i) => ({
		...workflow,
		gates: configured[i].map(({ job }) => job)
	}));
	const broken = unread.map((file) => lack(`${escapeForTerminal(file)} cannot be read as YAML`, "mend it; GitHub shows the line"));
	if (!workflows.some(({ gates }) => gates.length > 0)) return broken.length > 0 ? broken : [NO_GATE];
	return [
		...broken,
		...workflows.flatMap((workflow, i) => [...configured[i].flatMap(({ job, remarks }) => diagnoseJob(workflow, job, listNeeds(workflow, job), [...diagnoseStep(workflow, job), ...remarks])), ...workflow.reports.flatMap((job) => diagnoseJob(workflow, job, listReportNeeds(job), []))]),
		...diagnoseRecording(workflows, branch)
	];
}
const NO_GATE = {
	state: "missing",
	what: "no workflow in .github/workflows uses the action",
	remedy: "run plateau init --endpoint URL, which writes one, or copy one of the examples"
};
const ACTIONS = [
	"actions",
	"read",
	"recorded runs are not found in a private repository"
];
const CONTENTS = [
	"contents",
	"read",
	"nobody can tell whether recorded runs are of this branch"
];
const COMMENT = [
	"pull-requests",
	"write",
	"there is no comment"
];
const IDENTITY = [
	"id-token",
	"write",
	"the job cannot ask for the identity that its auth proves"
];
const CHECKS = [
	"checks",
	"write",
	"there is no check run, and a rule that requires it waits"
];
const RESULTS = [
	"actions",
	"read",
	"the report job finds no results"
];
function listReportNeeds({ inputs }) {
	return [
		RESULTS,
		...inputs.get("comment") === "never" ? [] : [COMMENT],
		...listCheckNeeds(inputs)
	];
}
const listCheckNeeds = (inputs) => inputs.get("check-run") === "true" ? [CHECKS] : [];
function listNeeds({ events }, { inputs, choosesEvents }) {
	const baseline = inputs.get("baseline") ?? "artifact";
	const comments = !choosesEvents && events.some((event) => event.startsWith("pull_request")) && inputs.get("comment") !== "never" && !isDeferred(inputs);
	return [
		...baseline === "artifact" ? [ACTIONS, CONTENTS] : [],
		...comments ? [COMMENT] : [],
		...isDeferred(inputs) ? [] : listCheckNeeds(inputs),
		...inputs.get("auth")?.endsWith("-oidc") === true ? [IDENTITY] : []
	];
}
const isDeferred = (inputs) => inputs.get("defer") === "true";
function diagnoseJob(workflow, job, needs, others) {
	const place = `${escapeForTerminal(workflow.file)}, job ${escapeForTerminal(job.name)}`;
	const found = [...diagnosePermissions(job.permissions, needs), ...others].map((each) => ({
		...each,
		what: `${place}: ${each.what}`
	}));
	if (found.some(({ state }) => state === "missing")) return found;
	return [{
		state: "fine",
		what: `${place}: has what it needs`,
		remedy: null
	}, ...found];
}
function diagnosePermissions(permissions, needs) {
	const stated = needs.map(([name, level]) => `${name}: ${level}`).join(", ");
	if (permissions === null) {
		if (needs.length === 0) return [];
		return [{
			state: "advice",
			what: "states no permissions, so its token may do what is the default of the repository",
			remedy: `write ${stated} under permissions of the job`
		}];
	}
	return needs.flatMap(([name, level, without]) => permits(permissions, name, level) ? [] : [{
		state: "missing",
		what: `lacks ${name}: ${level}; ${without}`,
		remedy: "add it under permissions of the job"
	}]);
}
function permits(permissions, name, level) {
	if (permissions === "write-all") return true;
	if (permissions === "read-all") return level === "read";
	const given = permissions.get(name);
	return given === "write" || given === level;
}
const ONE_CORE = /* @__PURE__ */ new Set(["ubuntu-slim"]);
function diagnoseStep({ reports }, job) {
	const { inputs, variables, runsOn, hasTimeout, hasConcurrency } = job;
	const key = inputs.get("api-key") ?? "";
	const hasResults = inputs.has("results") || inputs.has("config") && !inputs.has("endpoint");
	const needsKey = !inputs.has("auth") && !hasResults && !variables.has("PLATEAU_API_KEY");
	return [
		!inputs.has("endpoint") && !hasResults && lack("has no endpoint", "give endpoint: https://\u2026 under with"),
		key !== "" && !key.includes("${{") && lack("has a key in the file, which whoever may read the repository has, too", "revoke it, and give ${{ secrets.NAME }}"),
		key === "" && needsKey && lack("has no key", "give api-key: ${{ secrets.NAME }}, or auth: none where the endpoint wants none"),
		inputs.get("upload") === "false" && (inputs.get("baseline") ?? "artifact") === "artifact" && lack("uploads nothing, so the history that it would record as an artifact is lost", "leave out upload: false, or keep the history elsewhere (baseline)"),
		isDeferred(inputs) && reports.length === 0 && lack("leaves its verdict to a report job, and the workflow has none", "add a job with \u2026/plateau/report@\u2026 that needs this one"),
		runsOn !== null && ONE_CORE.has(runsOn) && lack(`runs on ${runsOn}, which has one core: too little to send load and time it`, "choose ubuntu-latest, or a runner with more cores"),
		!hasTimeout && advise("has no timeout-minutes, and GitHub waits six hours", "write timeout-minutes: 30"),
		!hasConcurrency && advise("has no concurrency group: two runs at once measure each other", "write concurrency: with a group for the endpoint")
	].filter((each) => each !== false);
}
function diagnoseRecording(workflows, branch) {
	const shown = escapeForTerminal(branch);
	const recording = workflows.filter((workflow) => workflow.gates.length > 0 && recordsBranch(workflow, branch));
	if (recording.length === 0) {
		if (workflows.every(({ gates }) => gates.every(needsNoHistory))) return [NO_HISTORY_NEEDED];
		return [workflows.some(({ events }) => events.includes("workflow_call")) ? advise(`no workflow here records runs of ${shown}; whether one of another repository that calls these does is not seen`, "look into the repository that calls them") : lack(`no workflow records runs of ${shown}, so there will never be anything to compare with`, `start one on: push with branches: [${shown}], or on: schedule`)];
	}
	const lost = workflows.flatMap((workflow) => recording.includes(workflow) ? [] : findLost(workflow, recording));
	if (lost.length > 0) return lost;
	return [{
		state: "fine",
		what: `runs of ${shown} are recorded by ${joinFiles(recording.map(({ file }) => file))}`,
		remedy: null
	}];
}
function needsNoHistory({ inputs }) {
	return inputs.has("control") || inputs.has("control-command") || inputs.get("baseline") === "none";
}
const NO_HISTORY_NEEDED = {
	state: "fine",
	what: "no recorded runs are needed: every job has a control, or baseline: none",
	remedy: null
};
function findLost(workflow, recording) {
	if (!workflow.events.some((event) => event.startsWith("pull_request"))) return [];
	return workflow.gates.flatMap((job) => {
		const { inputs } = job;
		if (needsNoHistory(job) || (inputs.get("baseline") ?? "artifact") !== "artifact" || inputs.has("config")) return [];
		const files = (inputs.get("baseline-workflow") ?? "").split(/[\s,]+/).filter((file) => file !== "");
		if (recording.some(({ file }) => files.includes(file))) return [];
		const where = joinFiles(recording.map(({ file }) => file));
		return [lack(`${escapeForTerminal(workflow.file)} compares with runs of ${files.length === 0 ? "itself" : joinFiles(files)}, and only ${where} records`, `give it baseline-workflow: ${where}, and both the same name`)];
	});
}
const joinFiles = (files) => files.map((file) => escapeForTerminal(file)).join(", ");
const PIPELINE = ".gitlab-ci.yml";
const INCLUDES_PATTERN = /\blocal:.*\*/;
function diagnosePipeline(readFile) {
	const pipeline = readFile(PIPELINE) ?? "";
	const { ci } = GITLAB_PLACES;
	if (readFile(ci) === null) {
		if (/plateau/i.test(pipeline)) return beFine(`${PIPELINE} speaks of plateau`);
		return lack(`there is no ${ci}, and ${PIPELINE} does not speak of plateau`, "run plateau init --endpoint URL, which writes the job, or copy examples/gitlab-ci.yml");
	}
	if (pipeline.includes(ci) || INCLUDES_PATTERN.test(pipeline)) return beFine(`${PIPELINE} includes ${ci}`);
	return lack(`${PIPELINE} does not include ${ci}, so the job never runs`, `write "include: [{ local: ${ci} }]" into it, beside what is included there`);
}
const beFine = (what) => ({
	state: "fine",
	what: `${what}; whether its variables are there is not looked at`,
	remedy: null
});
function diagnoseMachine(cores) {
	if (cores >= 2) return {
		state: "fine",
		what: `this machine has ${cores} cores`,
		remedy: null
	};
	return lack("this machine has one core: too little to send load and time it", "measure from one with two or more");
}
// src/commands/doctor/doctor.ts
const DOCTOR_HELP = {
	name: "doctor",
	summary: "Says what a repository and this machine lack for a gate: permissions, recorded runs, cores, true times",
	words: "[FOLDER]",
	examples: ["plateau doctor", "plateau doctor ../serving --branch develop --self-proof false"]
};
const DOCTOR_SETTINGS = {
	branch: setting({
		name: "branch",
		group: "Doctor",
		help: "The branch whose runs are recorded",
		placeholder: "NAME",
		default: null,
		derived: "the default branch of the remote, else main or master",
		common: true,
		read: readLine
	}),
	selfProof: {
		...RUN_SETTINGS.selfProof,
		group: "Doctor",
		help: "Prove for about a second how truly this machine times"
	}
};
async function doctorCommand(argv, ports) {
	const { words, flags } = splitArguments(DOCTOR_SETTINGS, argv);
	const settings = resolveFlags(DOCTOR_SETTINGS, flags);
	const folder = readFolder(words);
	const system = ports.system(ports.env);
	const branch = settings.branch ?? await findDefaultBranch(folder);
	const { startTruth } = system;
	const readFile = (path) => readRepositoryFile(folder, path);
	const files = readWorkflowFiles(folder);
	const found = [
		...!(files.unread.length > 0 || files.workflows.some(({ gates }) => gates.length > 0)) && (await findOrigin(folder)).isGitlab ? [diagnosePipeline(readFile)] : diagnoseWorkflows(files, branch, readFile),
		diagnoseMachine(system.runner.cpuCount),
		...settings.selfProof && startTruth !== null ? [await diagnoseTimes({
			...system,
			startTruth,
			signal: ports.signal
		})] : []
	];
	if (ports.signal.aborted) return EXIT.interrupted;
	ports.output.out(`${found.flatMap(layRemark).join("\n")}\n`);
	return found.some(({ state }) => state === "missing") ? EXIT.refused : EXIT.passed;
}
const LOAD = {
	streams: 32,
	lone: {
		latencyMs: 2600,
		outputTokens: 256
	}
};
async function diagnoseTimes(ports) {
	const { proof, findings } = await proveClient(LOAD, ports);
	if (proof === null || findings.length > 0) return {
		state: "advice",
		what: findings.map(({ message }) => message).join(" "),
		remedy: "run it again when the machine has less to do, or measure from another"
	};
	return {
		state: "fine",
		what: writePlain(describeProof({ selfProof: proof }) ?? ""),
		remedy: null
	};
}
const SIGNS = {
	fine: "\u2713",
	missing: "\u2717",
	advice: "!"
};
const WORDS$1 = {
	fine: "",
	missing: "missing: ",
	advice: "better: "
};
function layRemark({ state, what, remedy }) {
	return [...wrap(`${SIGNS[state]} ${WORDS$1[state]}${what}`, { indent: 2 }), ...remedy === null ? [] : wrap(`  \u2192 ${remedy}`, { indent: 4 })];
}
// src/commands/init/yaml.ts
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i;
const PLAIN = [
	/^\.?[A-Za-z][\w.-]*(?:\/[\w.-]+)*$/,
	/^https?:\/\/[\w.:/%~@-]*[\w/]$/,
	/^[1-9]\d{0,8}$/,
	/^[a-z][a-z\d@-]* [<>]= \d+(?:\.\d+)?[a-z%/]*$/,
	/^\$\{\{ [\w.]+ \}\}$/
];
function quoteYaml(text) {
	if (PLAIN.some((form) => form.test(text)) && !WORDS.test(text)) return text;
	if (/^[\x20-\x26\x28-\x5b\x5d-\x7e]+$/.test(text)) return `'${text}'`;
	return JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
// src/commands/init/config.ts
function renderConfig({ settings, slo }, beside) {
	return [
		...WHERE_KEYS_STAND[beside],
		...settings.map(([name, text]) => `${name}: ${quoteYaml(text)}`),
		"",
		...slo === null ? NO_OBJECTIVES : listObjectives(slo),
		"",
		"limits:",
		"  - error-rate <= 1%",
		""
	].join("\n");
}
const WHERE_KEYS_STAND = {
	workflow: ["# What the gate measures and decides by. In a pull request the file of its base commit counts. Endpoint and key stand in the", "# workflow: a file that others can change must not say where a key goes."],
	job: ["# What the gate measures and decides by. Endpoint and credentials stand in the job."]
};
const NO_OBJECTIVES = ["# Objectives for every request; the first run gave no figures to choose them from:", "# slo: ttft <= 500ms, tpot <= 50ms"];
function listObjectives({ objectives, reasons }) {
	return [
		"# Objectives for every request: the report says how many keep them, and up to how many in flight (capacity).",
		...reasons.map((reason) => `# ${reason}`),
		"slo:",
		...objectives.map((objective) => `  - ${quoteYaml(renderObjectives([objective]))}`)
	];
}
// src/commands/init/gitlab-job.ts
const PURPOSE = ["GitLab CI: a job of merge requests that compares and of the default branch that records, with the history in GitLab's cache. The merge request", "shows the verdict as its test report and as one note, which each push brings up to date."];
const FILES = "--junit junit.xml --gitlab-note note.md --html report.html --report-json report.json";
function renderGitlabJob({ notes, owner, group, name, flags }) {
	const run = `node /opt/plateau/dist/cli.js run ${flags} $RECORD ${FILES}`;
	return `${[...PURPOSE, ...notes].map((note) => `# ${note}`).join("\n")}
performance:
  image: node:24
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  resource_group: ${quoteYaml(group)} # two runs at once on one endpoint would measure each other
  timeout: 30 minutes
  cache:
    key: plateau-history
    paths: [.plateau/]
    policy: pull-push
    when: always # a red run of the default branch is recorded, too
    unprotect: true # merge requests read what the protected branch has recorded
  script:
    - git clone --depth 1 --branch v1 https://github.com/${owner}/plateau /opt/plateau
    - test "$CI_COMMIT_BRANCH" != "$CI_DEFAULT_BRANCH" || RECORD=--append
    - ${isPlain(run) ? run : quoteYaml(run)}
  after_script:
    - |
      test -n "$CI_MERGE_REQUEST_IID" && test -f note.md || exit 0
      set -e
      MARK='<!-- plateau ${name} -->' # hidden; by it the note of the push before is found and written over
      { echo "$MARK"; echo; cat note.md; } > body.md
      NOTES="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
      ask() { curl --fail --silent --show-error --header "PRIVATE-TOKEN: $NOTE_TOKEN" "$@"; }
      ask "$CI_API_V4_URL/user" > me.json
      PAGE=1 OLD=further
      while test "$OLD" = further; do
        ask "$NOTES?order_by=updated_at&sort=desc&per_page=100&page=$PAGE" > notes.json
        OLD=$(node -p '
          const [me, notes] = ["me.json", "notes.json"].map((file) => JSON.parse(fs.readFileSync(file)))
          const old = notes.find((note) => note.author.id === me.id && note.body.startsWith(process.argv[1]))
          old?.id ?? (notes.length === 100 ? "further" : "")' "$MARK")
        PAGE=$((PAGE + 1))
      done
      if test -n "$OLD"; then ask --request PUT --data-urlencode body@body.md "$NOTES/$OLD" > note.json
      else ask --data-urlencode body@body.md "$NOTES" > note.json; fi
  artifacts:
    when: always
    paths: [report.html, report.json]
    reports:
      junit: junit.xml
`;
}
const isPlain = (run) => /^[\x20-\x7e]+$/.test(run) && !run.includes(": ") && !run.includes(" #");
// src/commands/init/workflow.ts
const CHECKOUT = "actions/checkout@fbc6f3992d24b796d5a048ff273f7fcc4a7b6c09 # v5.1.0";
function renderWorkflow(gate) {
	const { branch, owner, group, runner, notes, inputs, variables } = gate;
	const readsFile = inputs.some(([name]) => name === "config");
	return [
		"# Every push to the default branch is recorded, every pull request is compared with what was recorded.",
		...notes.map((note) => `# ${note}`),
		"name: performance",
		"",
		"on:",
		"  push:",
		`    branches: [${quoteYaml(escapePattern(branch))}] # records a run`,
		"  pull_request: # compares with the recorded runs, records nothing",
		"    types: [opened, synchronize, reopened, labeled, unlabeled] # a label that accepts is judged without measuring again",
		"",
		"permissions: {}",
		"",
		"# Two runs at once on one endpoint would measure each other.",
		"concurrency:",
		`  group: ${quoteYaml(group)}`,
		"  queue: max # waiting runs must not cancel each other",
		"",
		"jobs:",
		"  plateau:",
		`    runs-on: ${runner}`,
		"    timeout-minutes: 30",
		"    permissions:",
		`      contents: read # ${readsFile ? "the checkout, and " : ""}whether recorded runs are of the default branch`,
		"      actions: read # finds the recorded runs and reads them",
		"      pull-requests: write # the comment; without it there is a summary only",
		"    steps:",
		...readsFile ? [
			`      - uses: ${CHECKOUT}`,
			"        with:",
			"          persist-credentials: false"
		] : [],
		`      - uses: ${owner}/plateau@v1`,
		...listBelow("env", variables),
		...listBelow("with", inputs),
		""
	].join("\n");
}
function escapePattern(branch) {
	return branch.replaceAll(/[*?+[\]!\\]/g, (sign) => `\\${sign}`);
}
function listBelow(key, texts) {
	if (texts.length === 0) return [];
	return [`        ${key}:`, ...texts.map(([name, text]) => `          ${name}: ${quoteYaml(text)}`)];
}
// src/commands/init/init.ts
const INIT_HELP = {
	name: "init",
	summary: "Measures an endpoint once, with three minutes of load at most, and writes the workflow (on GitLab: the job) and the config file of a gate for it",
	words: "[FOLDER]",
	examples: [
		"plateau init --endpoint https://staging.example.com/v1",
		"plateau init --endpoint http://127.0.0.1:8000 --dry-run",
		"plateau init ../serving --endpoint https://host/v1 --model llama-8b --slo 'ttft <= 500ms, tpot <= 50ms' --force"
	]
};
const FIRST_RUN_BUDGET = "Budget of time for the first run; for a slow endpoint raise it when the run says that it was cut";
const FIRST_RUN = {
	endpoint: RUN_SETTINGS.endpoint,
	model: RUN_SETTINGS.model,
	apiKey: RUN_SETTINGS.apiKey,
	auth: RUN_SETTINGS.auth,
	clientId: RUN_SETTINGS.clientId,
	clientSecret: RUN_SETTINGS.clientSecret,
	tokenUrl: RUN_SETTINGS.tokenUrl,
	headers: RUN_SETTINGS.headers,
	caCert: RUN_SETTINGS.caCert,
	clientCert: RUN_SETTINGS.clientCert,
	clientKey: RUN_SETTINGS.clientKey,
	readyTimeoutMs: RUN_SETTINGS.readyTimeoutMs,
	api: RUN_SETTINGS.api,
	task: RUN_SETTINGS.task,
	inputTokens: RUN_SETTINGS.inputTokens,
	outputTokens: RUN_SETTINGS.outputTokens,
	maxDurationMs: setting({
		...RUN_SETTINGS.maxDurationMs,
		help: FIRST_RUN_BUDGET,
		default: "3m"
	}),
	slo: setting({
		...RUN_SETTINGS.slo,
		derived: "from the first run"
	}),
	name: setting({
		...RUN_SETTINGS.name,
		derived: "from the model"
	})
};
const OWN = {
	branch: setting({
		name: "branch",
		group: "Init",
		help: "The branch whose runs are recorded",
		placeholder: "NAME",
		default: null,
		derived: "the default branch of the remote, else main or master",
		read: readLine
	}),
	owner: setting({
		name: "owner",
		group: "Init",
		help: "Who owns the copy of the action: the workflow uses OWNER/plateau@v1",
		placeholder: "OWNER",
		default: null,
		derived: "the owner of this copy, or of the remote while that says nobody",
		read: readOwner
	}),
	force: setting({
		name: "force",
		group: "Init",
		help: "Write over files that are there",
		placeholder: "true|false",
		default: "false",
		switch: true,
		common: true,
		read: readBoolean
	}),
	dryRun: setting({
		name: "dry-run",
		group: "Init",
		help: "Print both files instead of writing them; the endpoint is measured all the same",
		placeholder: "true|false",
		default: "false",
		switch: true,
		common: true,
		read: readBoolean
	})
};
const INIT_SETTINGS = {
	...FIRST_RUN,
	...OWN
};
const IS_NOBODY = OWNER.startsWith("your-");
const CARRIED = [
	"headers",
	"ca-cert",
	"client-cert",
	"client-key",
	"ready-timeout"
];
const SHORT = {
	passes: 1,
	levelDurationMs: 5e3
};
async function initCommand(argv, ports) {
	const { output } = ports;
	const { words, flags } = splitArguments(INIT_SETTINGS, argv);
	const { given, problems } = readFlags(INIT_SETTINGS, flags);
	if (problems.length > 0) throw new SettingsError(problems);
	const pick = (list) => Object.values(list).flatMap(({ name }) => given.has(name) ? [`--${name}=${given.get(name).text}`] : []);
	const own = resolveFlags(OWN, pick(OWN));
	const root = await findRoot(readFolder(words));
	const { settings, secrets } = await resolveAllSettings({
		flags: pick(FIRST_RUN),
		env: ports.env,
		readFile: readTextFile,
		readBytes: readBytesFile,
		list: FIRST_RUN,
		defaults: {
			baseline: { kind: "none" },
			name: null
		}
	});
	for (const secret of secrets) output.hide(secret);
	const origin = await findOrigin(root);
	const places = origin.isGitlab ? GITLAB_PLACES : GITHUB_PLACES;
	const paths = {
		ci: join(root, places.ci),
		config: join(root, places.config)
	};
	const carried = Object.fromEntries(CARRIED.flatMap((name) => {
		const text = given.get(name)?.text;
		if (text === void 0) return [];
		return [[name, PEM_FILES.some((file) => file === name) ? findPlaceFromRoot(text.trim(), root) : text]];
	}));
	if (!own.dryRun) checkPaths(Object.values(paths), own.force, output);
	const result = await measureWithProgress({
		...settings,
		...SHORT
	}, null, ports);
	if (result === "interrupted" || result.cancelled) return EXIT.interrupted;
	if (result.error !== null) throw result.error;
	const found = describeRun(settings, {
		isNamed: given.has("name"),
		carried
	}, result);
	const owner = own.owner ?? (IS_NOBODY ? origin.owner : null) ?? "your-org";
	const gate = {
		name: found.name,
		owner,
		carried
	};
	const texts = {
		ci: origin.isGitlab ? renderGitlabJob(describeJob(settings, gate)) : renderWorkflow(describeGate(settings, {
			...gate,
			branch: own.branch ?? await findDefaultBranch(root)
		})),
		config: renderConfig(found.config, origin.isGitlab ? "job" : "workflow")
	};
	if (own.dryRun) {
		output.out(`--- ${places.ci}\n${texts.ci}\n--- ${places.config}\n${texts.config}`);
		return EXIT.passed;
	}
	const others = readWorkflowFiles(root).workflows.flatMap(({ file, gates }) => gates.length > 0 && file !== "plateau.yml" ? [`${escapeForTerminal(file)} measures with the action, too: keep one of them.`] : []);
	output.file(paths.ci, [texts.ci]);
	output.file(paths.config, [texts.config]);
	output.out(`${tellNext(settings, {
		root,
		places,
		found: found.words,
		notes: [
			...origin.isGitlab ? listJobNotes(settings) : describeReach(settings.endpoint),
			...describeFiles(carried),
			...others
		],
		steps: (origin.isGitlab ? listGitlabSteps : listGithubSteps)(listSecrets(settings, carried), owner)
	}).join("\n")}\n`);
	return EXIT.passed;
}
function checkPaths(paths, force, output) {
	const there = force ? [] : paths.filter((path) => existsSync(path));
	if (there.length > 0) {
		const message = "is there already; --force writes over it, --dry-run prints what would be written";
		throw new SettingsError(there.map((path) => ({
			setting: "file",
			given: path,
			message
		})));
	}
	checkWritable(paths.map((path) => ({
		setting: "file",
		path
	})), output);
}
function tellNext(settings, { root, places, found, notes, steps }) {
	const place = resolve(root) === process.cwd() ? "" : `, in ${escapeForTerminal(resolve(root))}`;
	return [
		...wrap(`wrote ${places.ci} and ${places.config} for ${showUrl(settings.endpoint)}${place}`, { indent: 2 }),
		...found.flatMap((each) => wrap(each, { indent: 2 })),
		...notes.flatMap((note) => wrap(`! ${note}`, { indent: 2 })),
		"Next:",
		...steps.flatMap((step, i) => wrap(`${i + 1}. ${step}`, { indent: 3 }))
	];
}
function listGithubSteps(secrets, owner) {
	return [
		...secrets.length === 0 ? [] : [`Store the secrets of the workflow: ${secrets.map((each) => `gh secret set ${each}`).join(", ")}.`],
		describeCopy(owner, "workflow", `${owner}/plateau@v1`),
		"Commit both files and open a pull request: it says \"Nothing to compare yet\", and its merge records the first run. plateau doctor says what is still missing."
	];
}
function listGitlabSteps(secrets, owner) {
	return [
		`Include the job in .gitlab-ci.yml: "include: [{ local: ${GITLAB_PLACES.ci} }]", beside what is included there.`,
		`Add the variables of the job, masked, under Settings, CI/CD, Variables: ${[...secrets, "NOTE_TOKEN"].join(", ")}. NOTE_TOKEN is a project access token with the scope api, for the note on merge requests.`,
		describeCopy(owner, "job", `https://github.com/${owner}/plateau`),
		"Commit the files and open a merge request: it says \"Nothing to compare yet\", and its merge records the first run. plateau doctor says what is still missing."
	];
}
function describeCopy(owner, file, copy) {
	return owner === "your-org" && IS_NOBODY ? `In the ${file}, write the owner of your copy of the action in place of ${OWNER}; the copy needs the tag v1.` : `The ${file} uses ${copy}: see that this copy is there, with the tag v1.`;
}
function readOwner(text) {
	const owner = readLine(text);
	if (!/^[A-Za-z\d][A-Za-z\d-]{0,38}$/.test(owner)) throw new ValueError("must be the name of a user or an organisation, for example acme");
	return owner;
}
// src/commands/output.ts
const USUAL_COLUMNS = 80;
const CLEAR_LINE = "\r\x1B[2K";
function createOutput(stdout, stderr, env) {
	const { hide, redact } = createRedactor();
	const isPlain = env["TERM"] === "dumb";
	const isLive = stderr.isTTY === true && !isPlain;
	const hasColour = ({ isTTY }) => isTTY === true && !isPlain && (env["NO_COLOR"] ?? "") === "";
	let shown = "";
	const clearShown = () => shown === "" ? "" : CLEAR_LINE;
	const write = (text) => {
		if (shown !== "") stderr.write(CLEAR_LINE);
		shown = "";
		stdout.write(text);
	};
	return {
		colours: {
			out: hasColour(stdout),
			log: hasColour(stderr)
		},
		isLive,
		columns: Math.min(USUAL_COLUMNS, stderr.columns ?? USUAL_COLUMNS),
		redact,
		out: (text) => write(defuseCommands(redact(text))),
		json: (text) => write(text),
		log(line) {
			stderr.write(`${clearShown()}${dropCodeMarks(defuseCommands(redact(line)))}\n`);
			shown = "";
		},
		live(line) {
			if (!isLive || line === shown) return;
			stderr.write(`${clearShown()}${redact(line).slice(0, (stderr.columns ?? Infinity) - 1)}`);
			shown = line;
		},
		file: writeWhole,
		checkWritable: checkWritable$1,
		hide(secret) {
			hide(secret);
		}
	};
}
function fitForTerminal(error, { redact, isLive, columns }) {
	if (!(error instanceof Error)) return error;
	const lines = dropCodeMarks(redact(error.message)).split("\n");
	const fit = new Error((isLive ? lines.flatMap((line) => wrap(line, {
		width: columns,
		indent: 4
	})) : lines).join("\n"));
	fit.stack = redact(error.stack ?? "");
	return "code" in error ? Object.assign(fit, { code: error.code }) : fit;
}
function outliveStreams(process) {
	let said = false;
	process.stdout.on("error", ({ code, message }) => {
		if (code === "EPIPE" || said) return;
		said = true;
		process.stderr.write(`stdout could not be written: ${message}; files and history are not affected\n`);
		process.on("exit", (exitCode) => {
			if (exitCode === 0) process.exitCode = EXIT.refused;
		});
	});
	process.stderr.on("error", () => {});
}
// src/commands/merge.ts
const MERGE_HELP = {
	name: "merge",
	summary: "Joins the parts of a run that several shards measured into one report, and decides about it",
	words: "PART \u2026",
	examples: ["plateau merge .plateau/part-*.part", "plateau merge parts/*.part --baseline file:.plateau/history.json --append --report-json report.json"]
};
const MERGE_SETTINGS = {
	baseline: setting({
		...RUN_SETTINGS.baseline,
		help: "History to compare with: file:<path>, or none: only limits decide",
		default: "file:.plateau/history.json",
		read: readFilePlace
	}),
	append: RUN_SETTINGS.append,
	record: RUN_SETTINGS.record,
	baselineRef: RUN_SETTINGS.baselineRef,
	historyKeep: RUN_SETTINGS.historyKeep,
	...DECISION_SETTINGS,
	format: RUN_SETTINGS.format,
	reportJson: RUN_SETTINGS.reportJson,
	...RESULT_FILES,
	csv: RUN_SETTINGS.csv,
	requestsCsv: RUN_SETTINGS.requestsCsv,
	records: RUN_SETTINGS.records
};
function readFilePlace(text) {
	const place = readBaselinePlace(text);
	if (place.kind === "file" || place.kind === "none") return place;
	throw new ValueError("must be file:<path> or none; what the action keeps is fetched with gh run download");
}
async function mergeCommand(argv, { env, output }) {
	const { words, flags } = splitArguments(MERGE_SETTINGS, argv);
	const message = "is required: plateau merge PART \u2026, each a file that a shard left; all of them are needed";
	if (words.length === 0) throw new SettingsError([{
		setting: "part",
		given: null,
		message
	}]);
	const parts = openParts(words);
	try {
		const { decidedBy } = parts[0].header;
		const told = [...tellAgain(decidedBy, flags), ...flags];
		const settings = resolveDecision(MERGE_SETTINGS, told, env);
		const history = historyOf(settings);
		checkWritable(listWritten(RUN_SETTINGS, settings), output, words.map((path) => ({
			setting: "part",
			path
		})));
		for (const part of parts) output.log(describePart(part));
		const joined = joinParts(parts);
		const report = checkReport(redactReport(joined.report, output.redact), settings);
		const baseline = history.store === null ? null : await history.store.load(report.series.name);
		const looks = {
			candidates: [rowOf(report)],
			secondLook: "none",
			limits: report.limits ?? []
		};
		const verdict = redactVerdict(judge(report, baseline, settings, {
			looks,
			decidedBy: listDeciding(readFlags(MERGE_SETTINGS, told).given)
		}), output.redact);
		const rows = [rowOf(report)];
		const result = {
			report,
			reports: [report],
			rows,
			verdict,
			looks,
			controls: [],
			cancelled: false,
			error: null
		};
		const { code, written } = deliver({
			...settings,
			endpoint: null
		}, {
			...result,
			records: joined.records
		}, output, findJobPage(env));
		const recorded = await recordRun(history, result, {
			env,
			output
		});
		return code === EXIT.passed && !(written && recorded) ? EXIT.refused : code;
	} catch (error) {
		if (error instanceof PartError || error instanceof ValueError) throw new SettingsError([{
			setting: "part",
			given: null,
			message: error.message
		}]);
		throw error;
	}
}
function tellAgain(decidedBy, flags) {
	const { given } = readFlags(MERGE_SETTINGS, flags);
	return decidedBy.flatMap(({ setting, value }) => given.has(setting) ? [] : [`--${setting}=${value}`]);
}
function checkReport(report, { limits }) {
	const checked = checkLimits(limits ?? [], report);
	return checked.length === 0 ? report : {
		...report,
		limits: toReportLimits(checked)
	};
}
// src/commands/report.ts
const REPORT_HELP = {
	name: "report",
	summary: "Shows a stored report again in any format: text, Markdown, JSON, a page, its curve, JUnit, CSV, OpenMetrics",
	words: "FILE",
	examples: [
		"plateau report report.json",
		"plateau report report.json --verdict verdict.json --format markdown",
		"plateau report report.json --format html > report.html",
		"plateau report report.json --verdict verdict.json --format svg > curve.svg",
		"plateau report report.json --verdict verdict.json --format junit > junit.xml"
	]
};
const REPORT_COMMAND_SETTINGS = {
	verdict: setting({
		name: "verdict",
		group: "Report",
		help: "Verdict to show with it, as --verdict-json wrote it",
		placeholder: "FILE",
		default: null,
		common: true,
		read: readLine
	}),
	format: setting({
		name: "format",
		group: "Report",
		help: "What stands on stdout: text, markdown, json, html, svg (its curve), junit, csv (its levels) or openmetrics",
		placeholder: "WORD",
		default: "text",
		common: true,
		read: readChoice([
			"text",
			"markdown",
			"json",
			"html",
			"svg",
			"junit",
			"csv",
			"openmetrics"
		])
	})
};
async function reportCommand(argv, { env, output }) {
	const { words, flags } = splitArguments(REPORT_COMMAND_SETTINGS, argv);
	const settings = resolveFlags(REPORT_COMMAND_SETTINGS, flags, env);
	if (settings.format === "json" && settings.verdict !== null) throw new SettingsError([{
		setting: "verdict",
		given: null,
		message: "is JSON already and has no place in that of the report; remove it, or choose another format"
	}]);
	const { report, verdict } = readBoth(words, settings.verdict);
	const text = render(settings.format, {
		report,
		verdict,
		colour: output.colours.out
	});
	if (settings.format === "json") output.json(text);
	else output.out(text);
	return 0;
}
function readBoth(words, verdictPath) {
	const [path, ...more] = words;
	if (path === void 0 || more.length > 0) {
		const message = path === void 0 ? "is required: plateau report FILE" : "is one too many; give one report";
		throw new SettingsError([{
			setting: "file",
			given: more[0] ?? null,
			message
		}]);
	}
	const report = readStored(REPORT_KIND, path, "file");
	const verdict = verdictPath === null ? null : readStored(VERDICT_KIND, verdictPath, "verdict");
	const problems = [report, verdict].flatMap((stored) => stored?.problem ?? []);
	if (problems.length > 0) throw new SettingsError(problems);
	return {
		report: report.value,
		verdict: verdict?.value ?? null
	};
}
function render(format, { report, verdict, colour }) {
	switch (format) {
		case "json": return `${encodeRunReport(report)}\n`;
		case "markdown": return renderMarkdown(report, verdict ?? judgeAlone(report), { withoutVerdict: verdict === null });
		case "html": return renderPage({
			report,
			verdict: verdict ?? judgeAlone(report),
			withoutVerdict: verdict === null
		});
		case "svg": {
			const curve = renderCurve({
				report,
				verdict
			});
			if (curve !== null) return curve;
			throw new SettingsError([{
				setting: "format",
				given: format,
				message: "draws a curve, and this report has none: that takes throughput and latency at two levels or more"
			}]);
		}
		case "junit": return encodeJunit(report, verdict ?? judgeAlone(report));
		case "csv": return [...encodeLevelsCsv(report)].join("");
		case "openmetrics": return encodeOpenMetrics(report, verdict ?? judgeAlone(report));
		case "text": return renderText(report, {
			verdict,
			colour
		});
	}
}
// src/commands/simulate.ts
const SIMULATE_HELP = {
	name: "simulate",
	summary: "Serves a simulated LLM endpoint on 127.0.0.1, to try things without a GPU",
	examples: [
		"plateau simulate --port 8000",
		"plateau simulate --slots 8 --decode 20ms",
		"plateau simulate --fault 429@1%,stall@every-50",
		"plateau simulate --strict --check-model --reasoning 64"
	]
};
async function simulateCommand(argv, { env, output, signal }) {
	await serveSimulated(argv, {
		env,
		out: output.out,
		signal
	});
	return 0;
}
async function startServer(flags) {
	const program = process.argv[1];
	const server = spawn(process.execPath, [
		...process.execArgv,
		program,
		"simulate",
		...flags
	], { stdio: [
		"ignore",
		"pipe",
		"inherit",
		"ipc"
	] });
	let said = "";
	const url = await new Promise((resolve, reject) => {
		server.stdout.setEncoding("utf8").on("data", (text) => {
			said += text;
			const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
			if (address !== void 0) resolve(address);
		});
		server.on("error", reject);
		server.on("exit", (code) => reject(/* @__PURE__ */ new Error(`the simulated endpoint ended with ${code} before it listened`)));
	});
	const ended = new Promise((resolve) => server.once("exit", () => resolve()));
	return {
		url,
		async stop() {
			server.kill();
			await ended;
		}
	};
}
// src/settings/help.ts
const WIDTH = 80;
const INDENT = "  ";
const FLAG_COLUMN = 28;
const FORMS = "Durations have units: 500ms, 8s, 10m. \"none\" means no limit. A switch may stand without a value, and false after it turns it off.";
function renderOverview(commands) {
	const nameWidth = Math.max(...commands.map(({ name }) => name.length));
	return [
		"Usage: plateau <command> [--setting value \u2026]",
		"",
		...wrapText("Measures an LLM serving endpoint over a short concurrency sweep, compares it with the runs before, and says whether it got worse.", 0),
		"",
		"Commands:",
		...commands.flatMap(({ name, summary }) => describeCommand(name.padEnd(nameWidth), summary)),
		"",
		"The settings of a command: plateau <command> --help, or plateau help <command>.",
		"",
		...EXIT_CODES,
		""
	].join("\n");
}
const EXIT_CODES = wrapText(`Exit codes: ${listExitCodes().map((line) => line.replaceAll("`", "")).join(" \u00B7 ")}.`, 0);
function renderHelp(command, list) {
	const settings = Object.values(list);
	const common = settings.filter((setting) => setting.common === true);
	const others = settings.filter((setting) => setting.common !== true);
	const names = new Set(settings.map(({ name }) => name));
	const tell = ({ unless, ...setting }) => describe(unless !== void 0 && names.has(unless) ? {
		...setting,
		unless
	} : setting);
	const groups = [...new Set(others.map((setting) => setting.group))];
	return [
		[
			`Usage: plateau ${command.name}`,
			...command.words === void 0 ? [] : [command.words],
			...settings.length === 0 ? [] : ["[--setting value \u2026]"]
		].join(" "),
		"",
		...wrapText(`${command.summary}.`, 0),
		...laySection("Examples", command.examples.flatMap(breakExample)),
		...laySection("Common", common.flatMap(tell)),
		...groups.flatMap((group) => laySection(group, others.filter((setting) => setting.group === group).flatMap(tell))),
		"",
		...settings.length === 0 ? [] : wrapText(FORMS, 0),
		...EXIT_CODES,
		""
	].join("\n");
}
function listExitCodes() {
	return Object.entries(EXIT_MEANINGS).map(([name, meaning]) => `${EXIT[name]} ${meaning}`);
}
function describeDefault({ required, unless, default: text, derived }, entry) {
	if (required === true) return unless === void 0 ? "required" : `required, unless ${unless} is given`;
	return text ?? (typeof derived === "object" ? derived[entry] : derived) ?? null;
}
function laySection(title, lines) {
	return lines.length === 0 ? [] : [
		"",
		`${title}:`,
		...lines
	];
}
function describeCommand(name, summary) {
	const [first, ...more] = wrapText(summary, 2 + name.length + 2);
	return [`${INDENT}${name}  ${first.trimStart()}`, ...more];
}
function breakExample(example) {
	const lines = [];
	for (const part of example.split(/ (?=--)/)) {
		const last = lines.at(-1);
		const longer = `${last ?? INDENT}${last === void 0 ? "" : " "}${part}`;
		if (last === void 0 || longer.length <= 78) lines.splice(-1, 1, longer);
		else {
			lines[lines.length - 1] += " \\";
			lines.push(`${INDENT}${INDENT}${part}`);
		}
	}
	return lines;
}
function describe(setting) {
	const flag = `${INDENT}--${setting.name} ${setting.switch === true ? "" : setting.placeholder}`.trimEnd();
	const standard = describeDefault(setting, "command")?.replaceAll("`", "") ?? null;
	const lines = wrapText(standard === null ? setting.help : `${setting.help} [${standard}]`, FLAG_COLUMN);
	if (flag.length >= 27) return [flag, ...lines];
	return [flag + lines[0].slice(flag.length), ...lines.slice(1)];
}
function wrapText(text, indent) {
	const lines = [];
	let line = "";
	for (const word of keepUnitsTogether(text).split(" ")) if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
		lines.push(line);
		line = word;
	} else line = line === "" ? word : `${line} ${word}`;
	return [...lines, line].map((entry) => " ".repeat(indent) + entry.replaceAll("\u00A0", " "));
}
// src/command.ts
const COMMANDS = [
	{
		help: RUN_HELP,
		settings: COMMAND_SETTINGS,
		run: runCommand
	},
	{
		help: AB_HELP,
		settings: AB_SETTINGS,
		run: abCommand
	},
	{
		help: COMPARE_HELP,
		settings: COMPARE_SETTINGS,
		run: compareCommand
	},
	{
		help: IMPORT_HELP,
		settings: IMPORT_SETTINGS,
		run: importCommand
	},
	{
		help: MERGE_HELP,
		settings: MERGE_SETTINGS,
		run: mergeCommand
	},
	{
		help: REPORT_HELP,
		settings: REPORT_COMMAND_SETTINGS,
		run: reportCommand
	},
	{
		help: AUDIT_HELP,
		settings: AUDIT_SETTINGS,
		run: auditCommand
	},
	{
		help: HISTORY_HELP,
		settings: HISTORY_COMMAND_SETTINGS,
		run: historyCommand
	},
	{
		help: INIT_HELP,
		settings: INIT_SETTINGS,
		run: initCommand
	},
	{
		help: DOCTOR_HELP,
		settings: DOCTOR_SETTINGS,
		run: doctorCommand
	},
	{
		help: DEMO_HELP,
		settings: DEMO_SETTINGS,
		run: demoCommand
	},
	{
		help: SIMULATE_HELP,
		settings: SIMULATOR_SETTINGS,
		run: simulateCommand
	},
	{
		help: COMPLETION_HELP,
		settings: {},
		run: async (argv, ports) => completionCommand(argv, ports, COMMANDS)
	}
];
async function main(surround = (real) => real) {
	const { env } = process;
	const output = createOutput(process.stdout, process.stderr, env);
	outliveStreams(process);
	const surroundings = surround({
		system: createSystemPorts,
		startServer
	});
	return callCommand(process.argv.slice(2), {
		env,
		output,
		signal: createInterruptSignal(),
		...surroundings
	});
}
async function callCommand(words, ports) {
	const [name, ...argv] = words;
	const { env, output } = ports;
	if (name === "--version" || name === "version") return say(output.out, `${VERSION}\n`);
	const wanted = name === "help" ? argv[0] : name;
	if (wanted === void 0 || isHelp(wanted)) return say(output.out, renderOverview(COMMANDS.map(({ help }) => help)));
	const command = COMMANDS.find(({ help }) => help.name === wanted);
	if (command === void 0) throw refuseUnknownCommand(wanted);
	if (name === "help" || argv[0] === "help" || argv.some(isHelp)) return say(output.out, renderHelp(command.help, command.settings));
	for (const secret of findGivenSecrets(command.settings, argv, env)) output.hide(secret);
	try {
		return await command.run(argv, ports);
	} catch (error) {
		throw fitForTerminal(error, output);
	}
}
function findGivenSecrets(list, argv, env) {
	const given = layerGiven(readFlags(list, argv).given, readEnvironment(list, env));
	return [...findSecrets(list, given), ...findSecretsInherited(list, given, env)];
}
function say(out, text) {
	out(text);
	return 0;
}
function isHelp(argument) {
	return argument === "--help" || argument === "-h";
}
function refuseUnknownCommand(name) {
	const names = COMMANDS.map(({ help }) => help.name);
	const message = `is not a command; ${suggestName(name, names) ?? `there are ${names.join(", ")}`}`;
	return new SettingsError([{
		setting: "command",
		given: name,
		message
	}]);
}
export { main };
