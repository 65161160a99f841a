import { m as setOutput } from "./vendor-github.js";
import { At as concludeWithoutFigures, Fn as markdown, Jt as isGreen, Q as readValues, Ut as setting, V as findSecrets, Vt as readText, X as REPORT_SETTINGS, an as VERDICT_WORDS, ct as redactReport, fn as details, hn as table, in as titleOf, j as interruptSignal, jn as unbrokenUnits, l as readTextFile, lt as redactVerdict, pn as fitted, qt as commentBlocks, rn as sentenceOf, st as applyAcceptances, tn as iconOf, wt as HISTORY_SETTINGS, zn as SettingsError } from "./plateau.js";
import { A as annotateVerdict, C as fullNameOf, D as isRefusal, E as connect, M as figuresOf, O as messageOf, S as reportMarkerOf, T as GithubError, _ as failure, b as deliverSummary, c as readLabels, f as jobNamesIn, g as usable, h as readNeeds, j as acceptancesOf, k as whyNot, l as findPullRequest, m as newestOfEachName, n as createActionLog, o as readInputs, p as missingLegs, r as endWith, s as labelSource, t as summaryIn, u as legResults, v as deliverComment, w as readContext, x as deliverWarnings, y as deliverOutputs } from "./github.js";
// src/render/report-job-comment.ts
const ROWS_FOR_BAD_ONLY = 20;
const ROWS_FOR_NONE = 3;
const COLUMNS = [{
	heading: "Name",
	align: "left"
}, {
	heading: "what",
	align: "left"
}];
function renderReportJobComment(inputs) {
	const sorted = inputs.toSorted((a, b) => badnessOf(a.verdict) - badnessOf(b.verdict));
	return fitted((most) => blocksOf(sorted, most).join("\n\n")) + "\n";
}
function blocksOf(inputs, most) {
	const bad = inputs.filter(({ verdict }) => !isGreen(verdict));
	const detailed = most <= ROWS_FOR_NONE ? [] : most <= ROWS_FOR_BAD_ONLY ? bad : inputs;
	const overview = table(COLUMNS, inputs, rowOf, most * 10);
	const each = foldEach(detailed, most);
	const title = titleOfAll(inputs.map(({ verdict }) => verdict));
	return bad.length === 0 ? [title, details("Each name", [overview, ...each])] : [
		`### ${title}`,
		overview,
		...each
	];
}
function foldEach(inputs, most) {
	const folded = [];
	let length = 0;
	for (const input of inputs) {
		if (length > 6e4) break;
		const text = details(summaryOf(input.verdict), commentBlocks(input, most));
		folded.push(text);
		length += text.length;
	}
	return folded;
}
function titleOfAll(verdicts) {
	const [worst] = verdicts;
	if (worst === void 0) return "ℹ️ No measuring job left a result.";
	const sentence = unbrokenUnits(titleOf(worst, markdown));
	const count = verdicts.length;
	if (count === 1) return `${iconOf(worst)} ${sentence}`;
	if (verdicts.every(isGreen)) return `✅ Nothing got worse that could be seen, in all ${count}`;
	const same = verdicts.filter(({ check }) => check === worst.check).length;
	const how = {
		fail: `${same} of ${count} failed`,
		warn: `${same} of ${count} to look at`,
		pass: `All ${count} pass`
	};
	return `${iconOf(worst)} ${how[worst.check]}, first ${sentence}`;
}
function rowOf({ verdict }) {
	return [`${iconOf(verdict)} **${markdown(verdict.name)}**`, unbrokenUnits(sentenceOf(verdict, markdown))];
}
function summaryOf(verdict) {
	return `${iconOf(verdict)} ${verdict.name.replace(/[^\w.-]+/g, "-").slice(0, 64)}`;
}
function badnessOf({ check, verdict }) {
	return [
		"fail",
		"warn",
		"pass"
	].indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict);
}
// src/github/report-job/settings.ts
const REPORT_JOB_SETTINGS = {
	needs: setting({
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
	acceptLabel: HISTORY_SETTINGS.acceptLabel
};
function readReportJobSettings(env, log) {
	const inputs = readInputs(REPORT_JOB_SETTINGS, env);
	for (const secret of findSecrets(REPORT_JOB_SETTINGS, inputs)) log.hide(secret);
	const { values, problems: unread } = readValues(REPORT_JOB_SETTINGS, inputs, "action");
	const needs = values.needs == null ? null : readNeeds(values.needs);
	const problems = [...unread];
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
		needs,
		token: values.githubToken,
		comment: values.comment,
		acceptLabel: values.acceptLabel
	};
}
// src/github/report-job/report-job.ts
const DEFAULT_POLICY = {
	gate: "check",
	decision: "statistical",
	onNotComparable: "warn",
	onUnmeasured: "fail",
	onSkip: "pass"
};
async function runReportJob(ports) {
	deliverOutputs({
		verdict: "not-measured",
		"comment-url": "",
		markdown: ""
	}, ports);
	try {
		const run = await startRun(ports);
		const results = await collect(run);
		const code = await deliver(results, run, ports);
		if (results.shared !== null) throw results.shared;
		return code;
	} catch (error) {
		return failure(error, ports);
	}
}
async function startRun({ env, log, readFile, signal }) {
	const settings = readReportJobSettings(env, log);
	const context = readContext(env, readFile);
	const client = connect(settings.token, context, {
		log: log.info,
		signal
	});
	return {
		settings,
		context,
		client,
		pull: await findPullRequest(client, context).catch(() => null)
	};
}
async function collect({ settings, context, client, pull }) {
	const all = await readLegs(client, context);
	const found = usable(all);
	const { newest, shared } = newestOfEachName(found.results);
	const missing = missingLegs(settings.needs, found, await endedJobs(client, context));
	const { pulls, notes } = await readLabels(client, await labelSource(client, context, pull), {
		context,
		names: newest.map(({ leg }) => leg.name),
		acceptLabel: settings.acceptLabel,
		markers: [reportMarkerOf(context.workflowFile)]
	});
	return {
		judged: newest.map((result) => {
			const labelled = acceptancesOf(pulls, settings.acceptLabel, result.verdict);
			const verdict = applyAcceptances(result.verdict, labelled.acceptances);
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
		shared: shared.length === 0 ? null : sharedNames(shared),
		notes: [
			...all.refused.map(({ why }) => why),
			...notes,
			...skippedJobs(settings.needs)
		]
	};
}
function skippedJobs(needs) {
	return needs.filter(({ result }) => result === "skipped").map(({ job }) => `the job ${job} was skipped`);
}
async function readLegs(client, context) {
	try {
		return await legResults(client, context);
	} catch (error) {
		const why = isRefusal(error) ? whyNot(error, "actions: read") : messageOf(error);
		throw new GithubError(`the results of this run could not be read: ${why}`, { cause: error });
	}
}
async function endedJobs({ octokit, repo }, { run }) {
	try {
		const jobs = await octokit.paginate(octokit.rest.actions.listJobsForWorkflowRun, {
			...repo,
			run_id: run.id,
			filter: "latest",
			per_page: 100
		});
		return jobNamesIn(jobs);
	} catch {
		return {
			succeeded: [],
			unsuccessful: []
		};
	}
}
function sharedNames(shared) {
	return new SettingsError(shared.map(({ name, legs }) => ({
		setting: "name",
		given: name,
		message: `two jobs of this run have this name: ${legs.join(" and ")}; give each its own name`
	})));
}
async function deliver(results, run, ports) {
	const { judged, notes } = results;
	const { log } = ports;
	const inputs = inputsOf(results, run).map((input) => redactInput(input, log.redact));
	const worst = inputs.map(({ verdict }) => verdict).reduce(worse);
	const markdown = log.redact(renderReportJobComment(inputs));
	const warnings = [...notes];
	deliverSummary(markdown, worst, ports);
	const { url, warning } = run.pull === null ? {
		url: null,
		warning: null
	} : await deliverComment({
		client: run.client,
		pullNumber: run.pull.number,
		marker: reportMarkerOf(run.context.workflowFile),
		body: markdown,
		policy: run.settings.comment,
		isFailure: worst.check === "fail",
		figures: (before) => Object.assign({}, ...judged.map(({ result, labelled }) => figuresOf(result.verdict, before, labelled)))
	});
	if (warning !== null) warnings.push(warning);
	annotateVerdict(worst, log, { defer: false });
	deliverOutputs({
		verdict: worst.verdict,
		"comment-url": url ?? "",
		markdown
	}, ports);
	deliverWarnings(warnings, ports);
	return worst.check === "fail" ? 1 : 0;
}
function inputsOf({ judged, missing }, { context, settings, pull }) {
	const shared = {
		links: {
			run: `${context.run.url}/attempts/${context.run.attempt}`,
			artifact: `${context.run.url}#artifacts`
		},
		repository: fullNameOf(context),
		acceptLabel: pull === null ? null : settings.acceptLabel,
		subject: pull === null ? "run" : "pull-request"
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
	const { report, verdict, settingsNote, notes } = input;
	return {
		...input,
		report: report === null ? null : redactReport(report, redact),
		verdict: redactVerdict(verdict, redact),
		settingsNote: settingsNote === null ? null : redact(settingsNote),
		notes: notes.map(redact)
	};
}
const CHECKS = [
	"fail",
	"warn",
	"pass"
];
function worse(a, b) {
	const badness = ({ check, verdict }) => CHECKS.indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict);
	return badness(b) < badness(a) ? b : a;
}
// src/report-job.ts
const { env } = process;
const log = createActionLog();
endWith(runReportJob({
	env,
	log,
	signal: interruptSignal(),
	readFile: readTextFile,
	summary: summaryIn(env["GITHUB_STEP_SUMMARY"]),
	setOutput
}), log);
export {};
