import { m as setOutput } from "./vendor-github.js";
import { $ as utf8, An as renderProgress, B as encodeVerdict, C as ACTION_SETTINGS, D as layered, Dn as interruptSignal, E as REPORT_SETTINGS, F as secretVariables, G as LARGEST_ZIP_BYTES, H as entriesUpTo, Hn as plain, I as ENDPOINT_SETTINGS, J as ZIP_BOUNDS, Jn as EndpointError, K as RECORDING_EVENTS$1, Kt as runGate, M as withBorrowed, O as readEnvironment, On as planLine, P as hasCredentials, Q as statedTrigger, R as GATE_SETTINGS, S as readConfig, U as HISTORY_FILE, V as fileStore, W as LARGEST_HISTORY_BYTES, X as historyArtifactName, Xn as hideSecrets, Y as decoded, Yn as SettingsError, Z as openHistory, Zn as CREDENTIALS_OF, _ as renderHtml, ct as mergeHistories, d as readTextFile, et as whyNotArtifact, f as nonce, fn as applyAcceptances, g as encodeRecords, k as readValues, kn as renderDryRun, l as skippedVerdict, lt as HISTORY_SCHEMA, nt as whyNotRun, p as systemPorts, pn as conclude, pt as renderVerdictText, q as Refusal, qn as BaselineError, rt as whyNotTrigger, st as encodeHistory, tt as whyNotArtifactRun, u as entriesOf, ut as HISTORY_SETTINGS, vt as renderComment, xn as encodeRunReport, y as resolveSettings } from "./plateau.js";
import { A as deliverComment, B as readContext, D as githubArtifactSource, F as reportMarkerOf, G as isRefusal, H as runSourceOf, I as fullNameOf, J as whyNot, K as messageOf, L as isDefaultBranch, M as deliverSummary, N as deliverWarnings, O as githubReleaseAssets, P as markerOf, R as isEnterpriseServer, V as readPayload, W as connect, X as acceptancesOf, Y as annotateVerdict, Z as figuresOf, _ as reportArtifactName, a as inputOf, b as LEG_FILE, c as labelSource, d as soughtHead, g as nameTaken, h as isNameTaken, i as defaultName, j as deliverOutputs, k as failure, l as readLabels, m as artifactUrl, n as createActionLog, o as legOf, p as legWithName, q as statusOf$1, r as endWith, s as readInputs, t as summaryIn, u as findPullRequest, v as uploadToRun, x as encodeLeg, y as uploadWarning, z as measuredSha } from "./github.js";
import { o as zipSync } from "./vendor.js";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
// src/baseline/ancestry.ts
const MOST_QUESTIONS = 24;
async function entriesLeadingTo(entries, commit, isAncestor) {
	const upTo = (sha) => entries.slice(0, entries.findLastIndex(({ source }) => source.sha === sha) + 1);
	if (entries.some(({ source }) => source.sha === commit)) return upTo(commit);
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
	return low === 0 ? null : upTo(shas[low - 1]);
}
// src/baseline/unreachable.ts
function statusOf(error) {
	return error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : null;
}
function whyUnreachable(error, permission = "actions: read") {
	const status = statusOf(error);
	if (status === 403 || status === 404) return `GitHub answered ${status}: the token may not do this; add \`${permission}\` to the permissions of the job (a spent rate limit looks the same)`;
	if (status === 410) return "GitHub answered 410: it has expired";
	const message = error instanceof Error ? error.message : String(error);
	return `GitHub could not be asked: ${plain(message)}`;
}
// src/baseline/artifact-search.ts
const WANTED = 3;
const MOST_LISTINGS = 40;
const MOST_DOWNLOADS = 15;
const MOST_TRIGGERS = 10;
const MOST_FAILURES = 3;
const PAGE = 100;
const MOST_SENTENCES = 20;
async function findHistories(source, rules, name) {
	const unknown = [];
	const runsOf = async (workflow, event) => {
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
	const [listed, ...lists] = await Promise.all([source.artifacts({
		name: historyArtifactName(name, 1),
		runId: null
	}), ...rules.workflows.map((file) => runsOf(file, null))]);
	const search = createSearch(source, rules, name, listed);
	await search.look(lists.flat());
	const crowded = rules.workflows.filter((_, i) => lists[i].length >= PAGE);
	if (crowded.length > 0 && !search.isDone()) {
		const more = crowded.flatMap((file) => RECORDING_EVENTS$1.map((event) => runsOf(file, event)));
		await search.look((await Promise.all(more)).flat());
	}
	const result = search.result();
	return {
		...result,
		skipped: [...unknown, ...result.skipped]
	};
}
function createSearch(source, rules, name, list) {
	const listed = list.artifacts.filter((artifact) => artifact.name === historyArtifactName(name, 1));
	const found = [];
	const skipped = [];
	const failures = [];
	const refusedRuns = /* @__PURE__ */ new Map();
	const lookedAt = /* @__PURE__ */ new Set();
	const left = {
		listings: MOST_LISTINGS,
		downloads: MOST_DOWNLOADS,
		triggers: MOST_TRIGGERS
	};
	let ended = false;
	return {
		async look(runs) {
			for (const run of runs.toSorted((a, b) => b.id - a.id)) {
				if (isDone()) return;
				if (lookedAt.has(run.id) || run.id === rules.runId) continue;
				lookedAt.add(run.id);
				const why = whyNotRun(run, rules);
				if (why !== null) refusedRuns.set(run.id, why);
				else await lookAt(run);
			}
		},
		isDone,
		result() {
			const all = [...strangers(), ...skipped];
			const cut = all.length - MOST_SENTENCES;
			return {
				found,
				skipped: cut > 0 ? [...all.slice(0, MOST_SENTENCES), `${cut} more artifacts were passed over`] : all,
				unreadable: found.length > 0 || failures.length === 0 ? null : whyUnreachable(failures[0])
			};
		}
	};
	function isDone() {
		return ended || found.length >= WANTED || failures.length >= MOST_FAILURES;
	}
	async function lookAt(run) {
		const histories = [];
		for (const artifact of await artifactsOf(run)) {
			const why = whyNotArtifact(artifact, run, rules);
			if (why !== null) pass(artifact, run.id, why);
			else {
				const history = await read(artifact, run);
				if (history !== null) histories.push(history);
			}
		}
		if (histories.length > 0) found.push({
			run,
			histories
		});
	}
	async function artifactsOf(run) {
		const first = listed.filter((artifact) => artifact.run?.id === run.id);
		const later = Array.from({ length: Math.max(0, run.attempt - 1) }, (_, i) => i + 2).slice(-5);
		const asked = first.length > 0 || list.complete ? later : [1, ...later];
		const lists = await Promise.all(asked.map((attempt) => listOf(run, historyArtifactName(name, attempt))));
		return [...first, ...lists.flat()];
	}
	async function listOf(run, artifactName) {
		if (!take("listings")) return [];
		return ((await attempt(() => source.artifacts({
			name: artifactName,
			runId: run.id
		}), `run ${run.id}`))?.artifacts ?? []).filter((artifact) => artifact.name === artifactName);
	}
	async function read(artifact, run) {
		if (!take("downloads")) return null;
		const zip = await attempt(() => source.download(artifact.id, LARGEST_ZIP_BYTES), title(artifact, run.id));
		if (zip === null) return null;
		try {
			const history = openHistory(zip, artifact, name);
			if (run.event !== "workflow_run") return history;
			const why = whyNotTrigger(await triggerOf(history, run), rules);
			if (why === null) return history;
			pass(artifact, run.id, why);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			pass(artifact, run.id, error.message);
		}
		return null;
	}
	async function triggerOf(history, run) {
		const id = statedTrigger(history, run);
		if (id === null || !take("triggers")) return null;
		return attempt(() => source.run(id), `run ${id}`);
	}
	function take(kind) {
		if (left[kind] === 0) {
			if (!ended) skipped.push("the search ended at its bound of requests: older runs were not looked at");
			ended = true;
			return false;
		}
		left[kind]--;
		return true;
	}
	async function attempt(ask, about) {
		try {
			return await ask();
		} catch (error) {
			failures.push(error);
			skipped.push(`${about} was passed over: ${whyUnreachable(error)}`);
			return null;
		}
	}
	function pass(artifact, runId, why) {
		skipped.push(`${title(artifact, runId)} was passed over: ${why}`);
	}
	function strangers() {
		const oldestUsed = found.length < WANTED ? 0 : found.at(-1).run.id;
		const elsewhere = `it is not of one of the newest runs of ${rules.workflows.join(" or ")}`;
		return listed.filter(({ run }) => !counts(run?.id ?? null) && (run?.id ?? Infinity) > oldestUsed).toSorted((a, b) => b.id - a.id).map((artifact) => {
			const runId = artifact.run?.id ?? null;
			const why = whyNotArtifactRun(artifact, rules) ?? refusedRuns.get(runId ?? 0) ?? elsewhere;
			return `${title(artifact, runId)} was passed over: ${why}`;
		});
	}
	function counts(runId) {
		return runId !== null && (runId === rules.runId || lookedAt.has(runId) && !refusedRuns.has(runId));
	}
	function title(artifact, runId) {
		return `artifact ${artifact.name} (${artifact.id}) of ${runId === null ? "no run" : `run ${runId}`}`;
	}
}
// src/baseline/artifact-store.ts
function artifactStore(source, options) {
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
			const { found, skipped, unreadable } = await findHistories(source, options, name);
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
				...release === null ? {} : { release }
			};
		} catch (error) {
			if (error instanceof BaselineError) throw error;
			if (!known.has(name)) known.set(name, {
				entries: [],
				unreadable: whyUnreachable(error)
			});
			return {
				...none,
				unreadable: whyUnreachable(error)
			};
		}
	}
	return {
		load,
		async save(entries) {
			for (const [name, own] of Map.groupBy(entries, ({ row }) => row.series.name)) {
				if (!known.has(name)) await load(name);
				const { entries: before, unreadable } = known.get(name);
				if (unreadable !== null) throw new BaselineError(`The history of ${name} was not added to, because it could not be read: ${unreadable}`, { remedy: "run again once it can be read; what is recorded is untouched" });
				const history = historyToUpload([...before, ...own], keep);
				known.set(name, {
					entries: history.entries,
					unreadable: null
				});
				await upload(source, historyArtifactName(name, options.attempt), encodeHistory(history));
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
		const message = error instanceof Error ? error.message : String(error);
		throw new BaselineError(`The artifact ${artifactName} could not be uploaded: ${plain(message, 300)}`, {
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
	if (commit === null) throw new BaselineError(`baseline-ref ${plain(ref)} is not in this repository.`, { remedy });
	const cut = await entriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of));
	if (cut === null) throw new BaselineError(`No recorded run leads to ${plain(ref)}.`, { remedy });
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
		const newest = (await entriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of)))?.at(-1);
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
			trouble: [`slow drift is not told, because the newest tag could not be found: ${whyUnreachable(error, "contents: read")}`]
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
// src/baseline/release-asset-store.ts
function releaseAssetStore(source, { asset, keep, upTo = null }) {
	return {
		async load(name) {
			const none = {
				entries: [],
				origin: `file ${plain(asset)} of the newest release`,
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
					unreadable: whyUnreachable(error, "contents: read")
				};
			}
			if (file === null) return {
				...none,
				skipped: [`the newest release has no file ${plain(asset)}`]
			};
			const origin = `file ${plain(asset)} of release ${plain(file.tag)}`;
			const { entries } = mergeHistories([opened(file.content, origin)], keep);
			const own = entries.filter(({ row }) => row.series.name === name);
			const cut = upTo === null || own.length === 0 ? own : entriesUpTo(own, upTo);
			if (cut !== null) return {
				...none,
				origin,
				entries: cut
			};
			throw new BaselineError(`No run in the ${origin} is of ${plain(upTo ?? "")}.`, { remedy: "give baseline-ref a branch, tag or commit that is recorded there" });
		},
		async save() {
			throw new BaselineError(`The file ${plain(asset)} of a release is only read: this run was not recorded.`, { remedy: "set record: never here, and attach a new history file when you release" });
		}
	};
}
function opened(content, origin) {
	try {
		if (content.length > 33554432) throw new Refusal(`it is longer than ${LARGEST_HISTORY_BYTES} bytes`);
		return decoded(utf8(content));
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		throw new BaselineError(`The ${origin} is not used: ${error.message}.`, {
			remedy: "attach a history file as the command writes it (--append), or name another file",
			cause: error
		});
	}
}
// src/github/history-store.ts
function storeOf(settings, input) {
	const { baseline, historyKeep: keep } = settings;
	switch (baseline.kind) {
		case "none": return null;
		case "file": return fileStore({
			path: relative(process.cwd(), resolve(input.workspace, baseline.path)),
			keep,
			upTo: settings.baselineRef
		});
		case "release-asset": return input.client === null ? unreachableStore(`file ${baseline.asset} of the newest release`) : releaseAssetStore(githubReleaseAssets(input.client), {
			asset: baseline.asset,
			keep,
			upTo: settings.baselineRef
		});
		case "artifact": return input.client === null ? unreachableStore("artifacts of workflow runs") : artifactStoreOf(settings, {
			...input,
			client: input.client
		});
	}
}
function artifactStoreOf({ baselineRef, baselineWorkflow, gate, historyKeep }, { client, context, base, upload }) {
	const { repository, run, workflowFile } = context;
	const workflows = baselineWorkflow ?? (workflowFile === null ? [] : [workflowFile]);
	if (workflows.length === 0) throw new SettingsError([{
		setting: "baseline-workflow",
		given: null,
		message: "is required here: the runner does not say which workflow file runs (GITHUB_WORKFLOW_REF)"
	}]);
	if (repository.defaultBranch === null) return unreachableStore("artifacts of the default branch, which is not known");
	return artifactStore(githubArtifactSource(client, {
		sha: measuredSha(context),
		upload
	}), {
		repositoryId: repository.id,
		defaultBranch: repository.defaultBranch,
		workflows,
		runId: run.id,
		attempt: run.attempt,
		base,
		upTo: baselineRef !== null ? { ref: baselineRef } : gate === "release" ? "newest-tag" : null,
		findRelease: context.event === "schedule",
		keep: historyKeep
	});
}
function unreachableStore(origin) {
	const why = "there is no github-token to read it with";
	return {
		load: async () => ({
			entries: [],
			origin,
			ancestor: null,
			skipped: [],
			unreadable: why
		}),
		save: async () => {
			throw new BaselineError(`This run was not recorded: ${why}.`, { remedy: "leave github-token at its default, and give the job permissions: actions: read" });
		}
	};
}
// src/github/figures-only.ts
const HIDDEN_CHANGES = /* @__PURE__ */ new Set([
	"host",
	"server version",
	"provisioned capacity"
]);
function figuresOnly({ report, rows, verdict, comparedWith }) {
	return {
		report: {
			...report,
			context: bare(report.context)
		},
		rows: rows.map(bareRow),
		comparedWith: comparedWith.map((entry) => ({
			...entry,
			row: bareRow(entry.row)
		})),
		verdict: {
			...verdict,
			whatElseChanged: verdict.whatElseChanged.filter(({ what }) => !HIDDEN_CHANGES.has(what))
		}
	};
}
function bareRow(row) {
	return {
		...row,
		context: bare(row.context)
	};
}
function bare({ host: _host, serverVersion: _version, provisioned: _capacity, ...rest }) {
	return rest;
}
// src/github/outcome.ts
async function measured(task, store, ports) {
	const { settings, job } = task;
	const { core, log, signal } = ports;
	try {
		const result = await core.measure(settings, {
			hide: log.hide,
			signal,
			log: log.info,
			onPhase: log.phase,
			loadBaseline: store === null ? null : async () => loaded(await store.load(settings.name), ports)
		});
		const { report, rows, verdict, baseline } = result;
		const findings = log.cleaned({
			report,
			rows,
			verdict,
			comparedWith: baseline?.entries ?? []
		});
		const shown = isReduced(settings, job) ? figuresOnly(findings) : findings;
		const notes = result.error === null ? [] : [sentenceOf(result.error, ports)];
		const outcome = {
			...shown,
			records: result.records,
			notes,
			labelled: []
		};
		return signal.aborted ? outcome : await accepted(outcome, task, ports);
	} catch (error) {
		if (!(error instanceof EndpointError)) throw error;
		log.info(error.message);
		const reason = signal.aborted ? "cancelled" : "endpoint";
		const notes = signal.aborted ? [] : [sentenceOf(error, ports)];
		return {
			verdict: core.skippedVerdict(settings.name, reason, settings),
			report: null,
			rows: [],
			comparedWith: [],
			records: [],
			notes,
			labelled: []
		};
	}
}
async function accepted(outcome, { settings, job, records }, { core, log }) {
	const { client, context, pull } = job;
	if (client === null || settings.defer && !records) return outcome;
	if (pull === null && !isRed(outcome.verdict)) return outcome;
	const { pulls, notes } = await readLabels(client, await labelSource(client, context, pull), {
		context,
		conclude: core.conclude,
		names: [settings.name],
		acceptLabel: settings.acceptLabel,
		markers: [markerOf(settings.name), reportMarkerOf(context.workflowFile)]
	});
	const labelled = acceptancesOf(pulls, settings.acceptLabel, outcome.verdict);
	for (const note of notes) log.warning(note);
	return {
		...outcome,
		verdict: core.applyAcceptances(outcome.verdict, labelled.acceptances),
		notes: [
			...outcome.notes,
			...notes,
			...labelled.notes
		],
		labelled: labelled.acceptances
	};
}
function loaded(baseline, { log }) {
	for (const sentence of baseline.skipped) log.info(`  ! ${plain(sentence, 400)}`);
	return baseline;
}
function isRed({ comparisons }) {
	return comparisons.some(({ verdict }) => verdict === "regressed" || verdict === "suspect");
}
function isReduced({ artifactContent }, { context }) {
	return artifactContent === null ? !context.repository.isPrivate : artifactContent === "figures";
}
function sentenceOf({ message, remedy }, { log }) {
	return log.redact(`${message.split("\n")[0]}; ${remedy}`);
}
const DEFAULT_OUTPUTS = Object.fromEntries([
	{
		name: "verdict",
		meaning: "regressed, suspect, no-change-seen, proven, improved, accepted, no-baseline, not-comparable, skipped, cancelled or not-measured",
		default: "not-measured"
	},
	{
		name: "reasons",
		meaning: "What the verdict hangs on, separated by commas: metrics, or codes such as limit and level-lost",
		default: ""
	},
	{
		name: "regressions",
		meaning: "JSON array of what got worse: {\"metric\", \"baseline\", \"candidate\", \"change\", \"interval\": {\"low\", \"high\"}, \"levels\"}, changes as fractions",
		default: "[]"
	},
	{
		name: "report-json",
		meaning: "Path of the report as JSON",
		default: ""
	},
	{
		name: "report-html",
		meaning: "Path of the report as a page",
		default: ""
	},
	{
		name: "comment-url",
		meaning: "The comment on the pull request",
		default: ""
	},
	{
		name: "artifact-url",
		meaning: "The artifact with report, verdict and page",
		default: ""
	},
	{
		name: "plateau-throughput",
		meaning: "Throughput on the plateau per second: output tokens, for embeddings input tokens; where no plateau was reached the highest seen",
		default: ""
	},
	{
		name: "plateau-state",
		meaning: "reached, not-reached, collapsing or limited",
		default: ""
	},
	{
		name: "knee-concurrency",
		meaning: "Smallest concurrency that reaches 95 % of the plateau",
		default: ""
	},
	{
		name: "ttft-p50-ms",
		meaning: "Median TTFT in milliseconds at the highest valid level up to the knee",
		default: ""
	},
	{
		name: "tpot-p50-ms",
		meaning: "Median TPOT in milliseconds at the highest valid level up to the knee",
		default: ""
	},
	{
		name: "minimum-detectable-change",
		meaning: "JSON object: for each compared metric the smallest worsening that would have been seen, as a fraction",
		default: "{}"
	},
	{
		name: "baseline-runs",
		meaning: "Recorded runs that were compared with",
		default: "0"
	},
	{
		name: "markdown",
		meaning: "The report as Markdown, as the comment has it",
		default: ""
	}
].map((output) => [output.name, output.default]));
function outputsOf(verdict, report) {
	return {
		...verdictOutputs(verdict),
		...report === null ? {} : reportOutputs(report)
	};
}
function verdictOutputs({ verdict, reasons, comparisons, baseline }) {
	const regressions = comparisons.filter((comparison) => comparison.verdict === "regressed").map(({ metric, baseline, candidate, change, interval, levels }) => ({
		metric,
		baseline,
		candidate,
		change,
		interval,
		levels
	}));
	const visible = comparisons.flatMap(({ metric, smallestVisible }) => smallestVisible === null ? [] : [[metric, smallestVisible]]);
	return {
		verdict,
		reasons: reasons.join(","),
		regressions: JSON.stringify(regressions),
		"minimum-detectable-change": JSON.stringify(Object.fromEntries(visible)),
		"baseline-runs": String(baseline.runs)
	};
}
function reportOutputs({ plateau, levels }) {
	const knee = plateau.kneeConcurrency ?? Infinity;
	const valid = levels.filter((level) => level.valid);
	const level = valid.findLast(({ concurrency }) => concurrency <= knee) ?? valid[0];
	return {
		"plateau-throughput": figure(plateau[plateau.metric]?.value),
		"plateau-state": plateau.state,
		"knee-concurrency": figure(plateau.kneeConcurrency),
		"ttft-p50-ms": figure(level?.ttftMs?.p50),
		"tpot-p50-ms": figure(level?.tpotMs?.p50)
	};
}
function figure(value) {
	return value == null ? "" : String(Number(value.toPrecision(6)));
}
// src/settings/endpoint-origin.ts
const NOT_WRITTEN = /* @__PURE__ */ new Set([
	"repository",
	"repo",
	"organization",
	"enterprise",
	"sender",
	"installation"
]);
function isNamedByEvent(endpoint, event) {
	return texts(event).some((text) => text.toLowerCase().includes(endpoint.hostname));
}
function texts(value) {
	if (typeof value === "string") return [value];
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, member]) => NOT_WRITTEN.has(key) ? [] : texts(member));
}
// src/github/config-source.ts
function configOfWorkspace(readFile) {
	return {
		readConfigFile: readFile,
		note: null
	};
}
async function configOfBase(client, { path, baseSha, workspace, readFile }) {
	const inRepository = repositoryPath(path, workspace);
	if (inRepository === null) throw unusable(path, "must be a file of the repository: of no other is there one at the base");
	const base = await contentAt(client, inRepository, baseSha).catch((error) => {
		const why = isRefusal(error) ? whyNot(error, "contents: read") : messageOf(error);
		throw unusable(path, `${UNKNOWN_BASE}: ${why}; run again once it can be read`);
	});
	if (base === null) {
		const note = `Settings are those of this pull request: its base has no \`${path}\` yet.`;
		return {
			...configOfWorkspace(readFile),
			note
		};
	}
	const isSame = textOrNull(readFile, path) === base;
	const note = `Settings are those of the base; the changes to \`${path}\` here count after the merge.`;
	return {
		readConfigFile: () => base,
		note: isSame ? null : note
	};
}
function unknownBase(path, why) {
	return unusable(path, `${UNKNOWN_BASE}: ${why}`);
}
const UNKNOWN_BASE = "counts in a pull request as its base has it, so that no change loosens its own gate, and the base could not be read";
function unusable(path, message) {
	return new SettingsError([{
		setting: "config",
		given: path,
		message
	}]);
}
async function contentAt({ octokit, repo }, path, sha) {
	try {
		const { data } = await octokit.rest.repos.getContent({
			...repo,
			path,
			ref: sha,
			mediaType: { format: "raw" }
		});
		const raw = data;
		if (raw instanceof ArrayBuffer) return new TextDecoder().decode(raw);
		return typeof raw === "string" ? raw : null;
	} catch (error) {
		if (statusOf$1(error) !== 404) throw error;
		await octokit.rest.repos.getCommit({
			...repo,
			ref: sha,
			per_page: 1
		});
		return null;
	}
}
function repositoryPath(path, workspace) {
	const local = relative(workspace, resolve(workspace, path));
	return local === "" || local === ".." || local.startsWith(`..${sep}`) || isAbsolute(local) ? null : local.split(sep).join("/");
}
function textOrNull(readFile, path) {
	try {
		return readFile(path);
	} catch {
		return null;
	}
}
// src/github/secrets.ts
const SHORTEST_WORD = 8;
function hideInputs(inputs, env, { hide }) {
	for (const name of [
		"api-key",
		"client-secret",
		"github-token"
	]) hide(inputs.get(name)?.text ?? "");
	for (const name of secretVariables(ENDPOINT_SETTINGS)) hide((env[name] ?? "").trim());
	for (const line of (inputs.get("headers")?.text ?? "").split("\n")) for (const word of wordsOf(line)) if (word.length >= SHORTEST_WORD) hide(word);
	for (const name of [
		"endpoint",
		"version-url",
		"token-url",
		"proxy"
	]) for (const part of urlSecrets(inputs.get(name)?.text)) hide(part);
}
function wordsOf(line) {
	const value = line.slice(line.indexOf(":") + 1).trim();
	return [value, ...value.split(/[\s,;="{}:]+/)];
}
function urlSecrets(text) {
	if (text === void 0 || !URL.canParse(text)) return [];
	const { username, password, searchParams } = new URL(text);
	return [
		username,
		password,
		...searchParams.values()
	].filter((part) => part.length >= SHORTEST_WORD);
}
// src/github/situation.ts
const TRUSTED_EVENTS = /* @__PURE__ */ new Set([
	"push",
	"schedule",
	"workflow_dispatch",
	"repository_dispatch",
	"merge_group",
	"deployment",
	"deployment_status",
	"release",
	"create",
	"workflow_run",
	"pull_request",
	"pull_request_target"
]);
const RECORDING_EVENTS = /* @__PURE__ */ new Set([
	"push",
	"schedule",
	"workflow_dispatch",
	"repository_dispatch"
]);
function situationOf(context, settings) {
	const { event, actor } = context;
	if (isOfFork(context) && !(settings.allowFork && hasSecretsForForks(event))) {
		if (event === "pull_request_target") throw forkRefused(settings.allowForkProblem);
		return {
			kind: "skip",
			reason: "fork"
		};
	}
	if (actor === "dependabot[bot]") return {
		kind: "skip",
		reason: "dependabot"
	};
	if (!settings.hasKey && !settings.needsNoKey && !TRUSTED_EVENTS.has(event)) return {
		kind: "skip",
		reason: "no-key"
	};
	return {
		kind: "measure",
		records: recordsByItself(context)
	};
}
function checkEvent({ event, pullRequest, workflowRun, mergeGroup, deployment }) {
	if (event === "workflow_run" ? workflowRun !== null : event === "merge_group" ? mergeGroup !== null : event.startsWith("deployment") ? deployment !== null : !event.startsWith("pull_request") || pullRequest !== null) return;
	const message = `holds no usable event, so it is not known whose code a run of ${event} would measure with your key: nothing is sent. The runner writes this file; does a step of the job or act replace it?`;
	throw new SettingsError([{
		setting: "GITHUB_EVENT_PATH",
		given: null,
		message
	}]);
}
function joinsHistory({ record, baseline }, situation) {
	if (record === "always") return baseline.kind !== "none";
	return record === "auto" && situation.records && (baseline.kind === "artifact" || baseline.kind === "file");
}
function carriesKey(headers) {
	return Object.keys(headers).some((name) => /authorization|key|token/.test(name));
}
function checkOnGithub(settings, context) {
	const problems = [...keyProblems(settings, context), ...serverProblems(settings, context)];
	if (problems.length > 0) throw new SettingsError(problems);
}
function keyProblems({ auth, apiKey, headers }, { event }) {
	if (!CREDENTIALS_OF[auth.kind].includes("api-key") || apiKey !== null || carriesKey(headers)) return [];
	return [{
		setting: "api-key",
		given: null,
		message: `is empty in this run (${event}): look at the secret that it comes from: its name, that it exists for this repository and environment, and that a called workflow gets it (secrets: inherit). For an endpoint without a key set auth: none`
	}];
}
function serverProblems({ baseline, defer, upload }, { serverUrl }) {
	const isEnterprise = isEnterpriseServer(serverUrl);
	const problems = [];
	if (baseline.kind === "artifact" && isEnterprise) problems.push({
		setting: "baseline",
		given: "artifact",
		message: "GitHub Enterprise Server has no artifacts that this action can read and write; set baseline: file:<path> (a file that you keep yourself), or baseline: none to have limits only"
	});
	if (defer && (isEnterprise || !upload)) {
		const why = isEnterprise ? "GitHub Enterprise Server has none" : "upload is false";
		problems.push({
			setting: "defer",
			given: "true",
			message: `hands the result over as an artifact, and ${why}; remove defer`
		});
	}
	return problems;
}
function isOfFork({ pullRequest, workflowRun, repository }) {
	if (pullRequest !== null) return pullRequest.headRepositoryId !== repository.id;
	return workflowRun !== null && workflowRun.headRepositoryId !== repository.id;
}
function hasSecretsForForks(event) {
	return event === "pull_request_target" || event === "workflow_run";
}
function recordsByItself(context) {
	const { event, workflowRun, repository } = context;
	if (event === "workflow_run") return workflowRun?.event === "push" && workflowRun.headRepositoryId === repository.id && repository.defaultBranch !== null && workflowRun.headBranch === repository.defaultBranch;
	return RECORDING_EVENTS.has(event) && isDefaultBranch(context);
}
function forkRefused(unread) {
	if (unread !== null) return new SettingsError([unread]);
	return new SettingsError([{
		setting: "let-forks-use-my-key",
		given: null,
		message: "is not set, and this is a pull_request_target run of a fork: whoever opened the pull request would decide what is measured with your key. Use on: pull_request, where forks are skipped; or set let-forks-use-my-key: true if you mean it"
	}]);
}
// src/github/prepare.ts
async function prepare(ports) {
	const { env, readFile, log, wallClock } = ports;
	const inputs = readInputs(ACTION_SETTINGS, env);
	hideInputs(inputs, env, log);
	const context = readContext(env, readFile);
	checkEvent(context);
	const { job, pullTrouble } = await jobOf(context, inputs, ports);
	const readLocal = (path) => readFile(resolve(job.workspace, path));
	const config = await configOf(job, inputs, readLocal, pullTrouble);
	const first = firstLook(inputs, config, context, env);
	const situation = situationOf(context, first);
	if (situation.kind === "skip") return {
		kind: "skip",
		job,
		reason: situation.reason,
		...first
	};
	const { settings, sources } = resolveSettings({
		inputs,
		env,
		readFile: readLocal,
		readConfigFile: config.readConfigFile,
		wallClock,
		defaults: {
			baseline: { kind: "artifact" },
			name: defaultName(context.job, inputOf(env, "matrix"))
		}
	});
	ports.hideSettings(settings, log);
	checkOnGithub(settings, context);
	const event = readPayload(env["GITHUB_EVENT_PATH"], readFile);
	const goals = settings.tokenUrl === null ? [settings.endpoint] : [settings.endpoint, settings.tokenUrl];
	if (settings.allowedHosts.length === 0 && goals.some((url) => isNamedByEvent(url, event))) log.warning(NAMED_BY_EVENT);
	return {
		kind: "measure",
		job,
		settings,
		sources,
		settingsNote: config.note,
		records: joinsHistory(settings, situation)
	};
}
const NAMED_BY_EVENT = "the host of the endpoint comes from the event, and allowed-hosts does not say where the key may go; set allowed-hosts";
async function jobOf(context, inputs, { env, log, signal }) {
	const token = inputs.get("github-token")?.text ?? "";
	const client = token === "" ? null : connect(token, context, {
		log: log.info,
		signal
	});
	const { pull, trouble } = await pullOf(client, context, log);
	return {
		job: {
			context,
			client,
			pull,
			base: pull?.baseSha ?? context.mergeGroup?.baseSha ?? null,
			workspace: env["GITHUB_WORKSPACE"] || process.cwd(),
			leg: legOf(context.job, inputOf(env, "matrix"))
		},
		pullTrouble: trouble
	};
}
async function pullOf(client, context, log) {
	if (client === null) {
		const mayHaveOne = context.pullRequest === null && soughtHead(context) !== null;
		return {
			pull: context.pullRequest,
			trouble: mayHaveOne ? NO_TOKEN : null
		};
	}
	try {
		return {
			pull: await findPullRequest(client, context),
			trouble: null
		};
	} catch (error) {
		const trouble = whyNot(error, "pull-requests: read");
		log.warning(`the pull request of this commit could not be found: ${trouble}`);
		return {
			pull: null,
			trouble
		};
	}
}
const NO_TOKEN = "there is no github-token; leave it at its default";
async function configOf({ client, base, workspace }, inputs, readFile, pullTrouble) {
	const path = inputs.get("config")?.text ?? null;
	if (path === null) return configOfWorkspace(readFile);
	if (pullTrouble !== null) throw unknownBase(path, pullTrouble);
	if (base === null) return configOfWorkspace(readFile);
	if (client === null) throw unknownBase(path, NO_TOKEN);
	return configOfBase(client, {
		path,
		baseSha: base,
		workspace,
		readFile
	});
}
function firstLook(inputs, config, context, env) {
	const file = readConfig(inputs, config.readConfigFile, "action");
	const given = layered(inputs, file.given);
	const { headers } = readValues(ENDPOINT_SETTINGS, inputs).values;
	const credentials = withBorrowed(ENDPOINT_SETTINGS, layered(inputs, readEnvironment(ENDPOINT_SETTINGS, env)), env);
	const { values, problems } = readValues(REPORT_SETTINGS, inputs);
	const { name } = readValues(HISTORY_SETTINGS, given).values;
	const { defer } = readValues(REPORT_SETTINGS, given).values;
	const policy = readValues(GATE_SETTINGS, given).values;
	return {
		hasKey: hasCredentials(credentials, env) || carriesKey(headers ?? {}),
		needsNoKey: inputs.get("auth")?.text.trim() === "none",
		allowFork: values.allowFork === true,
		allowForkProblem: problems.find(({ setting }) => setting === REPORT_SETTINGS.allowFork.name) ?? null,
		defer: defer === true,
		name: name ?? defaultName(context.job, inputOf(env, "matrix")),
		policy: {
			gate: policy.gate ?? "check",
			decision: policy.decision ?? "statistical",
			onNotComparable: policy.onNotComparable ?? "warn",
			onUnmeasured: policy.onUnmeasured ?? "fail",
			onSkip: policy.onSkip ?? "pass"
		}
	};
}
// src/github/report-files.ts
function folderOf(env, name) {
	return join(env["RUNNER_TEMP"] || tmpdir(), `plateau-${name}`);
}
function writeReportFiles(folder, { verdict, report, comparedWith, records, leg }, redactResult) {
	mkdirSync(folder, { recursive: true });
	const write = (file, parts) => writeWhole(join(folder, file), parts, redactResult);
	const files = [write("verdict.json", [`${encodeVerdict(verdict)}\n`]), write(LEG_FILE, [`${encodeLeg(leg)}\n`])];
	if (report === null) return {
		folder,
		reportJson: null,
		reportHtml: null,
		all: files
	};
	const reportJson = write("report.json", [`${encodeRunReport(report)}\n`]);
	const reportHtml = write("report.html", [renderHtml({
		report,
		verdict
	})]);
	const baselineFiles = comparedWith.length === 0 ? [] : [write("baseline.json", [encodeHistory({
		schema: HISTORY_SCHEMA,
		entries: comparedWith
	})])];
	const recordFiles = verdict.check === "fail" ? [write("records.jsonl", encodeRecords(records))] : [];
	return {
		folder,
		reportJson,
		reportHtml,
		all: [
			...files,
			reportJson,
			reportHtml,
			...baselineFiles,
			...recordFiles
		]
	};
}
function writeHistoryFile(folder, history) {
	const alone = join(folder, "history");
	mkdirSync(alone, { recursive: true });
	return {
		folder: alone,
		path: writeWhole(join(alone, "history.json"), [history], (text) => text)
	};
}
function writeWhole(path, parts, redactResult) {
	const unfinished = `${path}.part`;
	const file = openSync(unfinished, "w");
	try {
		for (const part of parts) writeSync(file, redactResult(part));
	} finally {
		closeSync(file);
	}
	renameSync(unfinished, path);
	return path;
}
// src/github/action.ts
const CANCELLED = 130;
async function runAction(ports) {
	const { log, signal } = ports;
	deliverOutputs(DEFAULT_OUTPUTS, ports);
	try {
		log.phase("Settings");
		const task = await prepare(ports);
		if (task.kind === "skip") return await deliver(...skipped(task, ports), ports);
		if (task.settings.dryRun) return dryRun(task, ports);
		const store = storeOf(task.settings, storeInput(task, ports));
		const outcome = await measured(task, store, ports);
		const delivery = deliveryOf(task, store);
		const code = await deliver(outcome, signal.aborted ? onDiskOnly(delivery) : delivery, ports);
		return signal.aborted ? CANCELLED : code;
	} catch (error) {
		const code = failure(error, ports);
		return signal.aborted ? CANCELLED : code;
	}
}
function dryRun({ settings, sources }, { core, log }) {
	log.endPhase();
	for (const line of core.renderDryRun(settings, sources).trimEnd().split("\n")) log.info(line);
	return 0;
}
function skipped({ job, name, reason, policy, defer }, { core }) {
	return [{
		verdict: core.skippedVerdict(name, reason, policy),
		report: null,
		rows: [],
		comparedWith: [],
		records: [],
		notes: [],
		labelled: []
	}, {
		job,
		name,
		settingsNote: null,
		comment: "never",
		acceptLabel: "",
		defer,
		upload: defer,
		store: null
	}];
}
function deliveryOf({ job, settings, settingsNote, records }, store) {
	const joins = records && (settings.upload || settings.baseline.kind !== "artifact");
	return {
		...settings,
		job,
		settingsNote,
		store: joins ? store : null
	};
}
function onDiskOnly(delivery) {
	return {
		...delivery,
		comment: "never",
		upload: false,
		store: null
	};
}
async function deliver(outcome, delivery, ports) {
	const { verdict, report } = outcome;
	const { log } = ports;
	log.phase("Results");
	const warnings = [];
	const files = writeFiles(outcome, delivery, ports, warnings);
	const markdown = log.redact(renderComment(commentInput(outcome, delivery)));
	deliverSummary(markdown, verdict, ports);
	const commentUrl = await comment(markdown, outcome, delivery, warnings);
	log.endPhase();
	log.info(renderVerdictText(verdict, { colour: false }).trimEnd());
	deliverOutputs({
		...outputsOf(verdict, report),
		markdown,
		"report-json": files?.reportJson ?? "",
		"report-html": files?.reportHtml ?? "",
		"comment-url": commentUrl ?? ""
	}, ports);
	log.phase("Artifacts");
	try {
		await record(outcome, delivery, ports, warnings);
		const url = await uploadReport(files, delivery, ports, warnings);
		deliverOutputs({ "artifact-url": url ?? "" }, ports);
		if (delivery.defer && delivery.upload && url === null) return lostToReportJob(ports);
	} finally {
		log.endPhase();
		deliverWarnings(warnings, ports);
	}
	annotateVerdict(verdict, log, delivery);
	return verdict.check === "fail" && !delivery.defer ? 1 : 0;
}
function commentInput({ verdict, report, notes }, delivery) {
	const { context, pull } = delivery.job;
	const isAboutPullRequest = pull !== null || context.mergeGroup !== null;
	return {
		report,
		verdict,
		links: {
			run: `${context.run.url}/attempts/${context.run.attempt}`,
			artifact: leavesArtifact(delivery) ? `${context.run.url}#artifacts` : null
		},
		repository: fullNameOf(context),
		settingsNote: delivery.settingsNote,
		notes,
		attempt: context.run.attempt,
		acceptLabel: isAboutPullRequest ? delivery.acceptLabel : null,
		subject: isAboutPullRequest ? "pull-request" : "run"
	};
}
function leavesArtifact({ upload, job }) {
	return upload && !isEnterpriseServer(job.context.serverUrl);
}
function writeFiles({ verdict, report, comparedWith, records, notes }, { job, name, defer, settingsNote }, { env, log }, warnings) {
	const leg = {
		name,
		leg: job.leg,
		attempt: job.context.run.attempt,
		deferred: defer,
		settingsNote,
		notes
	};
	try {
		return writeReportFiles(folderOf(env, name), {
			verdict,
			report,
			comparedWith,
			records,
			leg
		}, log.redactResult);
	} catch (error) {
		warnings.push(`the report could not be written to RUNNER_TEMP: ${messageOf(error)}`);
		return null;
	}
}
async function comment(body, { verdict, labelled }, { job, name, defer, comment: policy }, warnings) {
	const { client, pull } = job;
	if (pull === null || defer || policy === "never") return null;
	if (client === null) {
		warnings.push("no comment was written: there is no github-token");
		return null;
	}
	const { url, warning } = await deliverComment({
		client,
		pullNumber: pull.number,
		marker: markerOf(name),
		body,
		policy,
		isFailure: verdict.check === "fail",
		figures: (before) => figuresOf(verdict, before, labelled)
	});
	if (warning !== null) warnings.push(warning);
	return url;
}
function storeInput({ job, settings }, { env, upload }) {
	return {
		...job,
		upload: async (artifactName, history) => {
			const { folder, path } = writeHistoryFile(folderOf(env, settings.name), history);
			await upload(artifactName, [path], folder);
		}
	};
}
async function record({ verdict, rows }, { job, name, store }, { core, log }, warnings) {
	const entries = store === null ? [] : core.entriesOf(verdict, rows, runSourceOf(job.context));
	if (store === null || entries.length === 0) return;
	try {
		await store.save(entries);
		log.info(`recorded as run ${job.context.run.id} in the history of ${name}`);
	} catch (error) {
		if (!(error instanceof BaselineError)) throw error;
		if (isNameTaken(error.cause)) throw nameTaken(name, job.leg, await otherLeg(job, name));
		warnings.push(`${error.message.split("\n")[0]} ${error.remedy}`);
	}
}
async function uploadReport(files, { job, name, upload: isWanted }, { log, upload }, warnings) {
	if (files === null || !isWanted) return null;
	const { context, leg } = job;
	if (isEnterpriseServer(context.serverUrl)) {
		log.info("nothing is uploaded: GitHub Enterprise Server has no artifacts that this action can write");
		return null;
	}
	const artifact = reportArtifactName(name, context.run.attempt);
	try {
		return artifactUrl(context, await upload(artifact, files.all, files.folder));
	} catch (error) {
		if (isNameTaken(error)) throw nameTaken(name, leg, await otherLeg(job, name));
		warnings.push(uploadWarning(error, artifact));
		return null;
	}
}
async function otherLeg({ client, context }, name) {
	return client === null ? null : legWithName(client, context, reportArtifactName(name, context.run.attempt));
}
function lostToReportJob({ log }) {
	log.annotate("error", "The report job gets nothing from this job", "Its artifact could not be uploaded; run it again.");
	return 1;
}
// src/main.ts
const { env } = process;
const core = {
	applyAcceptances,
	conclude,
	entriesOf,
	skippedVerdict,
	renderDryRun: (settings, sources) => renderDryRun(settings, sources, nonce),
	measure: (settings, { onPhase, log, ...hooks }) => runGate(settings, {
		...systemPorts(env),
		...hooks,
		log,
		onPhase: (phase) => onPhase(phase.charAt(0).toUpperCase() + phase.slice(1)),
		onPlan: (plan, findings) => {
			log(planLine(plan, settings));
			for (const { message } of findings) log(`  ! ${plain(message)}`);
		},
		onLevelStart: () => {},
		onLevelEnd: ({ concurrency, figures }) => log(renderProgress(figures, {
			concurrency,
			passes: settings.passes
		}))
	})
};
const log = createActionLog();
endWith(runAction({
	env,
	core,
	log,
	signal: interruptSignal(),
	readFile: readTextFile,
	wallClock: () => /* @__PURE__ */ new Date(),
	hideSettings: hideSecrets,
	summary: summaryIn(env["GITHUB_STEP_SUMMARY"]),
	setOutput,
	upload: uploadToRun
}), log);
export {};
