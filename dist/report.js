import { Cr as asText, Sr as asObject, Tr as parseJson, br as asArray, fr as readText, on as defineSetting, un as readValues, xi as SettingsError } from "./measuring.js";
import { Dt as GATE_SETTINGS, Ft as toSlug, Mt as HISTORY_SETTINGS, St as REPORT_SETTINGS, Xn as findSecrets, Xt as STEP_EXIT } from "./plateau.js";
import { A as GithubError, C as mergeFigures, E as hasReadOnlyToken, M as explainAbsence, O as readContext, S as editionOf, T as attemptUrlOf, _ as deliverWarnings, a as gatherAcceptances, b as tellInterrupted, c as describeSharedName, f as annotateVerdict, g as deliverSummary, h as deliverOutputs, i as findLabelSource, j as connectGithub, k as readInputs, l as pickNewestResults, m as deliverComment, n as startStep, o as listWorseFigures, p as deliverCheckRuns, r as listAttempts, s as readLabels, u as readLegResults, v as describeRun, w as reportMarkerOf, x as findSubject, y as tellFailure } from "./github.js";
import { Gt as shareFalseAlarmRate, Lt as DEFAULT_POLICY, Rt as applyAcceptances, Vt as concludeWithoutFigures, Yt as decodeLooks, bt as redactReport, fn as renderTitle, gn as renderReportJobComment, hn as renderComment, wt as encodeHiddenAttempts, xn as SUMMARY_ROOM, xt as redactVerdict, yn as COMMENT_ROOM, yt as redactLooks } from "./late.js";
import { R as compareBadness } from "./history.js";
// src/github/legs.ts
const RESULTS = [
	"success",
	"failure",
	"cancelled",
	"skipped"
];
function readNeeds(json) {
	const needs = asObject(parseJson(json));
	if (needs === null) return null;
	return Object.entries(needs).map(([job, value]) => {
		const result = asText(asObject(value)?.["result"]);
		return {
			job,
			result: RESULTS.find((known) => known === result) ?? "failure"
		};
	});
}
function keepUsable({ results, refused }) {
	const isNewer = (a, b) => a.attempt > b.attempt;
	return {
		results: results.filter(({ leg }) => !refused.some((one) => one.name === leg.name && isNewer(one, leg))),
		refused: refused.filter((one) => !results.some(({ leg }) => one.name === leg.name && isNewer(leg, one)))
	};
}
function findMissingLegs(needs, found, jobs) {
	const unreadable = found.refused.map(({ name, why }) => ({
		leg: name,
		why
	}));
	const absent = needs.flatMap((need) => [...listMissing(need, found.results, jobs.unsuccessful).map((leg) => ({
		leg,
		why: null
	})), ...listSilent(need, needs, found, jobs).map((leg) => ({
		leg,
		why: SILENT
	}))]);
	const isRefused = (leg) => found.refused.some(({ name }) => name === toSlug(leg));
	const missing = [...unreadable, ...absent.filter(({ leg }) => !isRefused(leg))];
	const { unsuccessful } = jobs;
	const why = unsuccessful.length === 0 ? null : `it was skipped, and in this run ${unsuccessful.join(", ")} did not succeed`;
	return found.results.length === 0 && missing.length === 0 ? needs.map(({ job }) => ({
		leg: job,
		why
	})) : missing;
}
function isNothingToMeasure(needs, { results, refused }, jobs) {
	return results.length === 0 && refused.length === 0 && needs.every(({ result }) => result === "skipped") && jobs?.unsuccessful.length === 0;
}
const SILENT = "its job ended green and left no result: does it measure, and is upload on? A job that does not measure does not belong in needs";
function listSilent({ job, result }, needs, { results, refused }, { succeeded, unsuccessful }) {
	const green = succeeded.filter((name) => isOf(name, job));
	const left = new Set(results.map(({ leg }) => leg.job).filter((leg) => isOf(leg, job) && !unsuccessful.includes(leg)));
	if (green.length === 0) {
		const isClaimed = results.every(({ leg }) => needs.some((need) => isOf(leg.job, need.job)));
		return result === "success" && left.size === 0 && isClaimed && refused.length === 0 ? [job] : [];
	}
	const spokenFor = results.reduce((sum, { leg }) => sum + (isOf(leg.job, job) ? countOtherShards(leg) : 0), 0);
	const lacking = green.length - left.size - refused.length - spokenFor;
	if (lacking <= 0) return [];
	const names = spokenFor > 0 ? [] : green.filter((name) => !left.has(name));
	if (names.length === lacking) return names;
	return [lacking === 1 ? `a leg of ${job}` : `${lacking} legs of ${job}`];
}
function listMissing({ job, result }, results, unsuccessful) {
	if (result === "success" || result === "skipped") return [];
	const present = results.filter(({ leg }) => isOf(leg.job, job));
	const spokenFor = present.reduce((sum, { leg, verdict }) => sum + (verdict.check === "fail" ? countOtherShards(leg) : 0), 0);
	const named = unsuccessful.filter((name) => isOf(name, job));
	if (named.length > 0) {
		const silent = named.filter((name) => !present.some(({ leg }) => leg.job === name && hasFailed(leg, present)));
		return silent.length > spokenFor ? silent : [];
	}
	return spokenFor > 0 || present.some((one) => hasFailed(one.leg, present)) ? [] : [present.length === 0 ? job : `a leg of ${job}`];
}
function countOtherShards({ shards = 1 }) {
	return shards - 1;
}
function hasFailed({ job, deferred }, present) {
	return !deferred && present.some((one) => one.leg.job === job && one.verdict.check === "fail");
}
function isOf(leg, job) {
	return leg === job || leg.startsWith(`${job} (`);
}
function readJobNames(jobs) {
	const selectEnded = (conclusions) => (asArray(jobs) ?? []).flatMap((job) => {
		const conclusion = asText(asObject(job)?.["conclusion"]);
		return conclusion !== null && conclusions.includes(conclusion) ? asText(asObject(job)?.["name"]) ?? [] : [];
	});
	return {
		succeeded: selectEnded(["success"]),
		unsuccessful: selectEnded([
			"failure",
			"cancelled",
			"timed_out"
		])
	};
}
// src/github/report-job.ts
const REPORT_JOB_SETTINGS = {
	needs: defineSetting({
		name: "needs",
		group: "Report",
		help: "Which measuring jobs there are and how they ended: always the expression toJSON(needs)",
		placeholder: "JSON",
		default: null,
		required: true,
		flagOnly: true,
		actionOnly: true,
		read: readText
	}),
	githubToken: REPORT_SETTINGS.githubToken,
	comment: REPORT_SETTINGS.comment,
	checkRun: REPORT_SETTINGS.checkRun,
	acceptLabel: HISTORY_SETTINGS.acceptLabel,
	onSkip: {
		...GATE_SETTINGS.onSkip,
		help: "What the check does when all measuring jobs were skipped, by a path filter for example: pass, warn or fail"
	}
};
function readReportJobSettings(env, log) {
	const inputs = readInputs(REPORT_JOB_SETTINGS, env);
	for (const secret of findSecrets(REPORT_JOB_SETTINGS, inputs)) log.hide(secret);
	const { values, missing, problems: unread } = readValues(REPORT_JOB_SETTINGS, inputs, "action");
	const needs = values.needs == null ? null : readNeeds(values.needs);
	const problems = [...missing, ...unread];
	const add = (setting, message) => problems.push({
		setting,
		given: null,
		message
	});
	if (values.needs != null && needs === null) add("needs", "must be the expression ${{ toJSON(needs) }}");
	if (needs?.length === 0) add("needs", "names no job; give the report job needs: with all measuring jobs");
	if (values.githubToken == null) add("github-token", "is empty; leave it out to have the token of the job");
	if (problems.length > 0) throw new SettingsError(problems);
	return {
		...values,
		needs
	};
}
async function runReportJob(ports) {
	deliverOutputs({
		verdict: "not-measured",
		"comment-url": "",
		markdown: ""
	}, ports);
	try {
		const run = await startRun(ports);
		const results = await collectResults(run);
		const code = await deliverResults(results, run, ports);
		if (results.shared !== null) throw results.shared;
		return code;
	} catch (error) {
		return ports.signal.aborted ? tellInterrupted(ports) : tellFailure(error, ports);
	}
}
async function startRun({ env, log, readFile, signal, wallClock, githubPauseMs }) {
	const startedAt = wallClock().toISOString();
	const settings = readReportJobSettings(env, log);
	const context = readContext(env, readFile);
	const client = connectGithub(settings.githubToken, context, {
		log: log.info,
		signal,
		pauseMs: githubPauseMs
	});
	const { pull } = await findSubject(client, context).catch(() => ({ pull: null }));
	return {
		settings,
		context,
		client,
		startedAt,
		pull
	};
}
async function collectResults({ settings, context, client, pull }) {
	const all = await readLegs(client, context);
	const found = keepUsable(all);
	const { newest, shared } = pickNewestResults(found.results);
	const jobs = await readEndedJobs(client, context);
	if (isNothingToMeasure(settings.needs, found, jobs)) return skipAll(settings);
	const missing = findMissingLegs(settings.needs, found, jobs ?? {
		succeeded: [],
		unsuccessful: []
	});
	const { pulls, notes } = await readLabels(client, await findLabelSource(client, context, pull), {
		context,
		names: newest.map(({ leg }) => leg.name),
		acceptLabel: settings.acceptLabel,
		markers: [reportMarkerOf(context.workflowFile)]
	});
	const verdicts = shareFalseAlarmRate(newest.map(({ verdict }) => verdict));
	return {
		judged: newest.map((result, i) => {
			const together = verdicts[i];
			const labelled = gatherAcceptances(pulls, settings.acceptLabel, together);
			const verdict = applyAcceptances(together, labelled.acceptances);
			const leg = {
				...result.leg,
				notes: [...result.leg.notes, ...labelled.notes]
			};
			return {
				result: {
					...result,
					leg,
					verdict
				},
				labelled: labelled.acceptances
			};
		}),
		missing: missing.map(({ leg, why }) => ({
			verdict: concludeWithoutFigures(leg, "leg-missing", DEFAULT_POLICY),
			why
		})),
		shared: shared.length === 0 ? null : new SettingsError(shared.map(({ name, legs }) => describeSharedName(name, legs))),
		notes: [
			...all.refused.map(({ why }) => why),
			...notes,
			...nameSkippedJobs(settings.needs)
		]
	};
}
function skipAll({ needs, onSkip }) {
	const policy = {
		...DEFAULT_POLICY,
		onSkip
	};
	return {
		judged: [],
		missing: needs.map(({ job }) => ({
			verdict: concludeWithoutFigures(job, "nothing-to-measure", policy),
			why: null
		})),
		shared: null,
		notes: []
	};
}
function nameSkippedJobs(needs) {
	return needs.filter(({ result }) => result === "skipped").map(({ job }) => `the job ${job} was skipped`);
}
async function readLegs(client, context) {
	try {
		return await readLegResults(client, context.run.id);
	} catch (error) {
		const why = explainAbsence(error, "actions: read");
		throw new GithubError(`the results of this run could not be read: ${why}`, { cause: error });
	}
}
async function readEndedJobs({ octokit, repo }, { run }) {
	try {
		return readJobNames(await octokit.paginate(octokit.rest.actions.listJobsForWorkflowRun, {
			...repo,
			run_id: run.id,
			filter: "latest",
			per_page: 100
		}));
	} catch {
		return null;
	}
}
async function deliverResults(results, run, ports) {
	const { judged, notes } = results;
	const { log } = ports;
	const inputs = listInputs(results, run).map((input) => redactInput(input, log.redact));
	const { verdict: worst, report } = inputs.toSorted((a, b) => compareBadness(a.verdict, b.verdict))[0];
	const title = renderTitle(worst, report);
	const hidden = hideAttempts(judged, run, log.redact);
	const room = {
		...COMMENT_ROOM,
		most: COMMENT_ROOM.most - hidden.length
	};
	const markdown = log.redact(renderReportJobComment(inputs, room));
	const warnings = [...notes];
	deliverSummary(renderReportJobComment(inputs, SUMMARY_ROOM), title, ports);
	const { url, warning } = run.pull === null ? {
		url: null,
		warning: null
	} : await deliverComment({
		client: run.client,
		pullNumber: run.pull.number,
		marker: reportMarkerOf(run.context.workflowFile),
		edition: editionOf(run.context, run.pull, run.startedAt),
		hidden,
		body: markdown,
		policy: worst.reasons.includes("nothing-to-measure") && run.settings.comment === "always" ? "on-failure" : run.settings.comment,
		isFailure: worst.check === "fail",
		figures: (before) => mergeFigures(judged.map(({ result, labelled }) => listWorseFigures(result.verdict, before, labelled)))
	});
	if (warning !== null) warnings.push(hasReadOnlyToken(run.context, run.pull) ? READ_ONLY : warning);
	const orders = run.settings.checkRun ? inputs.map((input) => ({
		...input,
		markdown: log.redact(renderComment(input, COMMENT_ROOM))
	})) : [];
	warnings.push(...await deliverCheckRuns(orders, run, log.redact));
	annotateVerdict(worst, log, {
		defer: false,
		title
	});
	deliverOutputs({
		verdict: worst.verdict,
		"comment-url": url ?? "",
		markdown
	}, ports);
	deliverWarnings(warnings, ports);
	return worst.check === "fail" ? STEP_EXIT.failed : STEP_EXIT.passed;
}
function hideAttempts(judged, { context }, redact) {
	return encodeHiddenAttempts(Object.fromEntries(judged.flatMap(({ result: { leg, verdict, looksJson } }) => {
		if (looksJson == null) return [];
		const looks = redactLooks(decodeLooks(looksJson), redact);
		const runId = leg.runId ?? context.run.id;
		return [[leg.name, {
			runId,
			attempts: listAttempts(looks, verdict, leg.attempt)
		}]];
	})));
}
const READ_ONLY = "no comment was written: in a pull request of a fork or of Dependabot the token may only read; the summary has it all";
function listInputs({ judged, missing }, run) {
	const { context, settings } = run;
	const shared = {
		links: {
			run: attemptUrlOf(context),
			artifact: `${context.run.url}#artifacts`
		},
		...describeRun(run, settings.acceptLabel)
	};
	return [...judged.map(({ result: { leg, verdict, report } }) => ({
		...shared,
		verdict,
		report,
		settingsNote: leg.settingsNote,
		notes: leg.notes,
		attempt: leg.attempt
	})), ...missing.map(({ verdict, why }) => ({
		...shared,
		verdict,
		report: null,
		settingsNote: null,
		notes: why === null ? [] : [why],
		attempt: context.run.attempt
	}))];
}
function redactInput(input, redact) {
	const { report, verdict, settingsNote = null, notes = [] } = input;
	return {
		...input,
		report: report === null ? null : redactReport(report, redact),
		verdict: redactVerdict(verdict, redact),
		settingsNote: settingsNote === null ? null : redact(settingsNote),
		notes: notes.map(redact)
	};
}
// src/report-job.ts
startStep(runReportJob);
export {};
