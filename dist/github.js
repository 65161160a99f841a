import { i as __toESM } from "./rolldown-runtime.js";
import { Ar as sha256, Cr as asText, Jt as addBorrowed, Nr as PLATEAU_STATES, Qr as capitalise, Qt as hasCredentials, Sr as asObject, Ti as summariseError, Tr as parseJson, Zt as credentialsOf, ai as escapeForTerminal, br as asArray, ii as escapeForMarkdown, li as joinList, ln as readEnvironment, mi as pluralise, sn as layerGiven, ti as dropCodeMarks, un as readValues, vi as BaselineError, wi as messageOf, xi as SettingsError, xr as asNumber, yi as EndpointError } from "./measuring.js";
import { $t as HISTORY_FILE, Bt as concludeVerdict, Ct as createArtifactStore, Ft as renderCurve, It as renderPage, Jt as LOOKS_FILE, Kt as decodeVerdict, Lt as DEFAULT_POLICY, Ot as renderTimelinePage, Qt as ArtifactRefusal, Rt as applyAcceptances, Tt as readHiddenAttempts, Vt as concludeWithoutFigures, Wt as pickPolicy, Xt as encodeLooks, Yt as decodeLooks, Zt as mapRowsOfLooks, _n as renderWarnings, an as tellTimeline, bt as redactReport, en as LARGEST_HISTORY_BYTES, fn as renderTitle, gn as renderReportJobComment, hn as renderComment, in as openEntry, mn as renderVerdictText, nn as decodeUploaded, qt as encodeVerdict, rn as decodeUtf8, tn as RECORDING_EVENTS, un as renderHeadline, vt as redactEntry, wt as encodeHiddenAttempts, xn as SUMMARY_ROOM, xt as redactVerdict, yn as COMMENT_ROOM, yt as redactLooks, zt as concludeAgain } from "./late.js";
import { I as VERDICT_WORDS, R as compareBadness, V as looksWorse, d as encodeRecords, f as encodeRunReport, o as encodeHistory, u as decodeRunReport } from "./history.js";
import { $n as isSecretName, Bn as HISTORY_SCHEMA, Dt as GATE_SETTINGS, Ft as toSlug, It as findMetricsNamed, K as createKnownEndpoints, Kt as isUsable, Mt as HISTORY_SETTINGS, Ot as CONTROL_SETTINGS, Pt as toName, Q as compareAttempts, Qn as findSecretsInherited, S as readConfig, Sn as formatChange, St as REPORT_SETTINGS, Wn as mergeHistories, Wt as buildEntries, Xn as findSecrets, Xt as STEP_EXIT, Zn as findSecretsInEnvironment, _ as createInterruptSignal, at as createFileStore, bt as SHARD_SETTINGS, g as escapeForPattern, h as defuseCommands, it as writeWhole, kt as ENDPOINT_SETTINGS, m as createRedactor, mt as ACTION_SETTINGS, ot as cutUpTo, rr as GATED_METRICS, rt as readTextFile, v as resolveScenarios, w as listCommands, x as tellScenario, xt as renderShard } from "./plateau.js";
import { g as getOctokit, h as require_light, l as setOutput, m as retry, n as core_exports, p as throttling } from "./vendor-github.js";
import { A as randomUUID } from "./builtins.js";
import { C as describePlans, Et as nameOf, T as renderDryRun } from "./sweep.js";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { domainToUnicode } from "node:url";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { tmpdir } from "node:os";
import { appendFileSync } from "node:fs";
// src/github/api/client.ts
var import_light = /* @__PURE__ */ __toESM(require_light(), 1);
const MOST_RETRIES = 2;
const LONGEST_WAIT_SECONDS = 60;
const UNREACHABLE_MS = 6e4;
const REQUEST_TIMEOUT_MS = 18e4;
function connectGithub(token, { apiUrl, repository }, { log, signal, now = () => performance.now(), pauseMs }) {
	const octokit = getOctokit(token, {
		baseUrl: apiUrl,
		log: {
			debug: () => {},
			info: () => {},
			warn: () => {},
			error: () => {}
		},
		retry: {
			retries: MOST_RETRIES,
			retryAfterBaseValue: pauseMs,
			doNotRetry: [
				400,
				401,
				403,
				404,
				409,
				410,
				413,
				422,
				429,
				451
			]
		},
		throttle: buildThrottle({
			log,
			signal,
			pauseMs
		})
	}, retry, throttling);
	octokit.hook.before("request", (options) => {
		options.request = {
			...options.request,
			fetch: keepResponses(options.request?.["fetch"]),
			signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
		};
	});
	failWhileUnreachable(octokit, {
		signal,
		now
	});
	let login = null;
	return {
		octokit,
		repo: {
			owner: repository.owner,
			repo: repository.name
		},
		login: () => login ??= readOwnLogin(octokit)
	};
}
function buildThrottle({ log, signal, pauseMs }) {
	const wait = (what) => (seconds, { method, url }, _octokit, retries) => {
		const again = retries < MOST_RETRIES && seconds <= LONGEST_WAIT_SECONDS && !signal.aborted;
		log(`GitHub's ${what} rate limit at ${method} ${url}: ${again ? `waiting ${seconds} s` : "given up"}`);
		return again;
	};
	const keepApart = (pauses) => new import_light.default.Group({
		maxConcurrent: 1,
		minTime: pauses * pauseMs
	});
	return {
		id: randomUUID(),
		retryAfterBaseValue: pauseMs,
		write: keepApart(1),
		notifications: keepApart(3),
		onRateLimit: wait("primary"),
		onSecondaryRateLimit: wait("secondary")
	};
}
function failWhileUnreachable(octokit, { signal, now }) {
	let unreachable = null;
	octokit.hook.wrap("request", async (request, options) => {
		if (unreachable !== null && now() < unreachable.until) throw unreachable.error;
		try {
			return await request(options);
		} catch (error) {
			const isTried = options.request?.["retries"] !== 0;
			if (statusOf(error) === null && isTried && !signal.aborted) unreachable = {
				error,
				until: now() + UNREACHABLE_MS
			};
			throw error;
		}
	});
}
const responses = /* @__PURE__ */ new WeakMap();
function keepResponses(fetch) {
	return async (...given) => {
		const response = await fetch(...given);
		if (response.body !== null) responses.set(response.body, response);
		return response;
	};
}
function statusOf(error) {
	const { status, response } = error ?? {};
	return typeof status !== "number" || status === 500 && response === void 0 ? null : status;
}
function explainRefusal(error, permission) {
	const status = statusOf(error);
	const words = wordsOf(error);
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
function describeRefusal(error, permission) {
	const { why, remedy } = explainRefusal(error, permission);
	return `${why}: ${remedy}`;
}
function wordsOf(error) {
	return escapeForTerminal(firstLineOf(error).replace(/ - https?:\/\/\S+$/, ""), 200);
}
function explainAbsence(error, permission) {
	return typeof error?.status === "number" ? describeRefusal(error, permission) : firstLineOf(error);
}
var GithubError = class extends Error {
	name = "GithubError";
};
function firstLineOf(error) {
	return messageOf(error).split("\n", 1)[0];
}
const ACTIONS_BOT = "github-actions[bot]";
async function readOwnLogin(octokit) {
	try {
		const answer = asObject(await octokit.graphql("query { viewer { login } }"));
		return asText(asObject(answer?.["viewer"])?.["login"]) ?? ACTIONS_BOT;
	} catch {
		return ACTIONS_BOT;
	}
}
async function download(client, route, { maximumBytes, mediaType = "application/json" }) {
	const answer = await client.octokit.request(`GET /repos/{owner}/{repo}${route}`, {
		...client.repo,
		headers: { accept: mediaType },
		request: {
			redirect: "manual",
			parseSuccessResponseBody: false
		}
	});
	const { location } = answer.headers;
	const body = answer.data;
	if (answer.status < 300 && body !== null) return readBounded(body, maximumBytes);
	await body?.cancel();
	if (location === void 0) throw new Error(`GitHub answered with ${answer.status} and no address`);
	return fetchSigned(client.octokit, location, maximumBytes);
}
async function fetchSigned(octokit, url, maximumBytes) {
	const fetch = octokit.request.endpoint.DEFAULTS.request?.["fetch"];
	const response = await fetch(url, {
		redirect: "error",
		signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)
	});
	if (!response.ok || response.body === null) throw new DownloadError(response.status);
	return readBounded(response.body, maximumBytes);
}
const DOWNLOAD_TIMEOUT_MS = 12e4;
var DownloadError = class extends Error {
	name = "DownloadError";
	status;
	constructor(status) {
		super(`the download was refused with ${status}`);
		this.status = status;
	}
};
async function readBounded(stream, maximumBytes) {
	const parts = [];
	let bytes = 0;
	for await (const part of stream) {
		bytes += part.length;
		if (bytes > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`);
		parts.push(part);
	}
	return Buffer.concat(parts);
}
// src/github/context.ts
function readContext(env, readFile) {
	const payload = readPayload(env["GITHUB_EVENT_PATH"], readFile);
	const [owner = "", name = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
	const repository = asObject(payload?.["repository"]);
	const serverUrl = env["GITHUB_SERVER_URL"] || "https://github.com";
	const id = Number(env["GITHUB_RUN_ID"] ?? 0);
	return {
		event: env["GITHUB_EVENT_NAME"] ?? "",
		repository: {
			id: Number(env["GITHUB_REPOSITORY_ID"] ?? 0) || (asNumber(repository?.["id"]) ?? 0),
			owner,
			name,
			isPrivate: repository?.["private"] === true,
			defaultBranch: asText(repository?.["default_branch"]) ?? readScheduledBranch(env)
		},
		run: {
			id,
			attempt: Number(env["GITHUB_RUN_ATTEMPT"] ?? 1),
			url: runUrlOf({
				serverUrl,
				repository: {
					owner,
					name
				}
			}, id)
		},
		job: env["GITHUB_JOB"] ?? "",
		sha: env["GITHUB_SHA"] ?? "",
		ref: env["GITHUB_REF"] ?? "",
		actor: env["GITHUB_ACTOR"] ?? "",
		serverUrl,
		apiUrl: env["GITHUB_API_URL"] || "https://api.github.com",
		workflowFile: workflowFileOf(env["GITHUB_WORKFLOW_REF"] ?? ""),
		pullRequest: pullRequestOf(asObject(payload?.["pull_request"])),
		mergeGroup: mergeGroupOf(asObject(payload?.["merge_group"])),
		deployment: deploymentOf(asObject(payload?.["deployment"])),
		commented: commentedOf(asObject(payload?.["issue"])),
		isAboutLabel: ["labeled", "unlabeled"].includes(asText(payload?.["action"]) ?? ""),
		workflowRun: workflowRunOf(asObject(payload?.["workflow_run"])),
		pushed: pushedOf(payload)
	};
}
function fullNameOf({ repository }) {
	return `${repository.owner}/${repository.name}`;
}
function runUrlOf({ serverUrl, repository: { owner, name } }, id) {
	return `${serverUrl}/${owner}/${name}/actions/runs/${id}`;
}
function attemptUrlOf({ run }) {
	return `${run.url}/attempts/${run.attempt}`;
}
function isEnterpriseServer(serverUrl) {
	const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname.toLowerCase() : "github.com";
	return host !== "github.com" && !host.endsWith(".ghe.com") && !host.endsWith(".localhost");
}
function isDefaultBranch({ ref, repository }) {
	return repository.defaultBranch !== null && ref === `refs/heads/${repository.defaultBranch}`;
}
function findMeasuredSha({ pullRequest, deployment, workflowRun, sha }) {
	return pullRequest?.headSha ?? deployment?.sha ?? workflowRun?.headSha ?? sha;
}
function commitsOf(context, pull) {
	return {
		head: pull?.headSha ?? findMeasuredSha(context),
		base: pull?.baseSha ?? context.mergeGroup?.baseSha ?? null
	};
}
function hasReadOnlyToken({ event, actor, repository }, pull) {
	const isOfOutsider = pull?.headRepositoryId !== repository.id || actor === "dependabot[bot]";
	return event === "pull_request" && isOfOutsider;
}
function branchesOf({ repository, mergeGroup }, pull) {
	const defaultBranch = repository.defaultBranch ?? "main";
	const base = pull?.baseRef ?? mergeGroup?.baseRef ?? null;
	return {
		defaultBranch,
		intoBranch: base === defaultBranch ? null : base
	};
}
function runSourceOf(context) {
	const { event, run, ref, workflowRun } = context;
	const sha = findMeasuredSha(context);
	return {
		sha: sha === "" ? null : sha,
		ref: workflowRun?.headBranch ?? (ref === "" ? null : ref.replace(/^refs\/(?:heads|tags)\//, "")),
		runId: String(run.id),
		attempt: run.attempt,
		event,
		url: run.url,
		...workflowRun?.id == null ? {} : { triggeredBy: String(workflowRun.id) }
	};
}
function readScheduledBranch(env) {
	return env["GITHUB_EVENT_NAME"] === "schedule" ? /^refs\/heads\/(.+)$/.exec(env["GITHUB_REF"] ?? "")?.[1] ?? null : null;
}
function readPayload(path, readFile) {
	if (path === void 0 || path === "") return null;
	try {
		return asObject(JSON.parse(readFile(path)));
	} catch {
		return null;
	}
}
function workflowFileOf(ref) {
	return /\/\.github\/workflows\/([^/@]+)@/.exec(ref)?.[1] ?? null;
}
function pullRequestOf(pull) {
	const head = asObject(pull?.["head"]);
	const number_ = asNumber(pull?.["number"]);
	const headSha = asText(head?.["sha"]);
	const baseSha = asText(asObject(pull?.["base"])?.["sha"]);
	if (number_ === null || headSha === null || baseSha === null) return null;
	return {
		number: number_,
		headSha,
		headRepositoryId: asNumber(asObject(head?.["repo"])?.["id"]),
		baseSha,
		baseRef: asText(asObject(pull?.["base"])?.["ref"])
	};
}
function mergeGroupOf(group) {
	const baseSha = asText(group?.["base_sha"]);
	const baseRef = asText(group?.["base_ref"])?.replace(/^refs\/heads\//, "") ?? null;
	return baseSha === null ? null : {
		baseSha,
		baseRef
	};
}
function deploymentOf(deployment) {
	const sha = asText(deployment?.["sha"]);
	return sha === null ? null : {
		sha,
		ref: asText(deployment?.["ref"])
	};
}
function commentedOf(issue) {
	return asObject(issue?.["pull_request"]) === null ? null : asNumber(issue?.["number"]);
}
function workflowRunOf(run) {
	const event = asText(run?.["event"]);
	const headSha = asText(run?.["head_sha"]);
	if (event === null || headSha === null) return null;
	return {
		id: asNumber(run?.["id"]),
		event,
		headSha,
		headBranch: asText(run?.["head_branch"]),
		headRepositoryId: asNumber(asObject(run?.["head_repository"])?.["id"])
	};
}
function pushedOf(payload) {
	return (asArray(payload?.["commits"]) ?? []).flatMap((commit) => asText(asObject(commit)?.["id"]) ?? []).reverse();
}
function readInputs(list, env) {
	const given = /* @__PURE__ */ new Map();
	for (const { name } of Object.values(list)) {
		const text = inputOf(env, name);
		if (text !== "") given.set(name, {
			text,
			source: "input",
			where: null
		});
	}
	return given;
}
function inputOf(env, name) {
	return (env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim();
}
function legOf(job, matrixJson) {
	const values = readMatrixValues(matrixJson);
	return values.length === 0 ? job : `${job} (${values.join(", ")})`;
}
function nameJob(job, matrixJson, shard) {
	return toName([job, ...shard === null ? readMatrixValues(matrixJson) : []].join("-")) || "job";
}
const MOST_JOBS = 1e3;
function readJobTotal(text) {
	return /^[1-9]\d{0,3}$/.test(text) ? Math.min(MOST_JOBS, Number(text)) : 1;
}
function readMatrixValues(json) {
	return Object.values(asObject(parseJson(json)) ?? {}).flatMap(leaves);
}
function leaves(value) {
	if (Array.isArray(value)) return value.flatMap(leaves);
	if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leaves);
	return value === null ? [] : [typeof value === "string" ? value : JSON.stringify(value)];
}
// src/github/pull-request/comment.ts
const EDITION_START = "<!-- plateau-edition ";
const END = " -->";
function encodeEdition({ runId, attempt, startedAt, headSha }) {
	return `${EDITION_START}${JSON.stringify({
		runId,
		attempt,
		startedAt,
		headSha
	})}${END}`;
}
function readEdition(body) {
	const line = body.split("\n", 1)[0];
	const start = line.indexOf(EDITION_START);
	const end = line.indexOf(END, start);
	if (start === -1 || end === -1) return null;
	const value = asObject(parseJson(line.slice(start + 21, end)));
	const [runId, attempt] = [asNumber(value?.["runId"]), asNumber(value?.["attempt"])];
	const [startedAt, headSha] = [asText(value?.["startedAt"]), asText(value?.["headSha"])];
	if (runId === null || attempt === null || startedAt === null || headSha === null) return null;
	return Number.isNaN(Date.parse(startedAt)) ? null : {
		runId,
		attempt,
		startedAt,
		headSha
	};
}
function isOlder(one, other, currentHead) {
	if (one.runId === other.runId) return one.attempt < other.attempt;
	if (one.headSha === other.headSha) return Date.parse(one.startedAt) < Date.parse(other.startedAt);
	if (one.headSha === currentHead) return false;
	return other.headSha === currentHead || one.runId < other.runId;
}
function editionOf({ run }, { headSha }, startedAt) {
	return {
		runId: run.id,
		attempt: run.attempt,
		startedAt,
		headSha
	};
}
const FIGURES_START = "<!-- plateau-figures ";
const MOST_NAMES = 200;
const LARGEST_FIGURE = 1e3;
function markerOf(name) {
	return `<!-- plateau:${name}${END}`;
}
function reportMarkerOf(workflowFile) {
	return `<!-- plateau-report:${toSlug(workflowFile ?? "")}${END}`;
}
const LONGEST_COMMENT = 65536;
function addMarker(marker, figures, edition, body, hidden = "") {
	const rest = `${END}${encodeEdition(edition)}${hidden}\n${body}`;
	const empty = marker.length + 21 + 2 + rest.length;
	let room = LONGEST_COMMENT - empty;
	const fitting = Object.entries(figures).filter((entry) => {
		const { length } = JSON.stringify(Object.fromEntries([entry]));
		if (length > room) return false;
		room -= length;
		return true;
	});
	return `${marker}${FIGURES_START}${JSON.stringify(Object.fromEntries(fitting))}${rest}`;
}
function readRedFigures(marker, body) {
	const start = `${marker}${FIGURES_START}`;
	const end = body.indexOf(END, start.length);
	if (!body.startsWith(start) || end === -1) return {};
	return readFigures(parseJson(body.slice(start.length, end)));
}
function mergeFigures(all) {
	return Object.assign({}, ...all, ...all.toReversed());
}
function readFigures(value) {
	const names = Object.entries(asObject(value) ?? {}).slice(0, MOST_NAMES).filter(([name]) => /^[a-z0-9-]{1,64}$/.test(name));
	return Object.fromEntries(names.map(([name, figures]) => [name, readMetrics(asObject(figures) ?? {})]));
}
function readMetrics(figures) {
	return Object.fromEntries(GATED_METRICS.flatMap((metric) => {
		const figure = Object.hasOwn(figures, metric) ? asNumber(figures[metric]) : null;
		return figure === null || figure <= 0 || figure > LARGEST_FIGURE ? [] : [[metric, figure]];
	}));
}
const MOST_PAGES$1 = 50;
async function findComment(client, about) {
	for await (const found of findComments(client, about)) return found;
	return null;
}
async function* findComments({ octokit, repo, login: ownLogin }, { pullNumber, markers }) {
	const pages = octokit.paginate.iterator(octokit.rest.issues.listComments, {
		...repo,
		issue_number: pullNumber,
		per_page: 100
	});
	const login = await ownLogin();
	let seen = 0;
	for await (const { data } of pages) {
		for (const comment of data) if (markers.some((marker) => comment.body?.startsWith(marker) === true) && isOurs(comment.user, login)) yield stickyOf(comment);
		if (++seen === MOST_PAGES$1) break;
	}
}
const MOST_WRITES = 3;
async function writeComment(client, draft) {
	const { pullNumber, marker, edition, compose } = draft;
	const isStale = async (mine, other) => {
		const theirs = readEdition(other.body);
		if (theirs === null) return false;
		return isOlder(mine, theirs, mine.headSha === theirs.headSha ? mine.headSha : await readHead(client, pullNumber));
	};
	let existing = await findComment(client, {
		pullNumber,
		markers: [marker]
	});
	if (existing === null && !draft.mayCreate) return null;
	for (let left = MOST_WRITES;; left--) {
		if (existing !== null && await isStale(edition, existing)) return {
			url: existing.url,
			isLeft: true
		};
		const body = compose(existing?.body ?? null);
		if (existing !== null && isSame(existing.body, body)) return {
			url: existing.url,
			isLeft: false
		};
		const written = await putComment(client, pullNumber, existing, body);
		existing = existing === null ? await keepNewest(client, draft, written, isStale) : await readComment(client, written);
		if (isSame(existing.body, body) || left === 1) return {
			url: existing.url,
			isLeft: false
		};
	}
}
async function putComment({ octokit, repo }, pullNumber, existing, body) {
	if (existing !== null) return stickyOf((await octokit.rest.issues.updateComment({
		...repo,
		comment_id: existing.id,
		body
	})).data);
	const once = { retries: 0 };
	const { data } = await octokit.rest.issues.createComment({
		...repo,
		issue_number: pullNumber,
		body,
		request: once
	});
	return stickyOf(data);
}
async function readComment({ octokit, repo }, written) {
	try {
		return stickyOf((await octokit.rest.issues.getComment({
			...repo,
			comment_id: written.id
		})).data);
	} catch {
		return written;
	}
}
async function keepNewest(client, { pullNumber, marker }, written, isStale) {
	try {
		let newest = null;
		for await (const found of findComments(client, {
			pullNumber,
			markers: [marker]
		})) {
			const edition = readEdition(found.body);
			const isNewer = newest === null || edition !== null && !await isStale(edition, newest);
			const older = isNewer ? newest : found;
			if (isNewer) newest = found;
			if (older !== null) await removeComment(client, older);
		}
		return newest ?? written;
	} catch {
		return written;
	}
}
async function removeComment({ octokit, repo }, { id }) {
	await octokit.rest.issues.deleteComment({
		...repo,
		comment_id: id
	}).catch(() => {});
}
async function readHead({ octokit, repo }, pullNumber) {
	try {
		return (await octokit.rest.pulls.get({
			...repo,
			pull_number: pullNumber
		})).data.head.sha;
	} catch {
		return null;
	}
}
function stickyOf({ id, body, html_url: url }) {
	return {
		id,
		body: body ?? "",
		url
	};
}
function describeCommentFailure(error) {
	const status = statusOf(error);
	if (status === 403 && /locked/i.test(firstLineOf(error))) return "no comment was written: the conversation is locked";
	if (status === 422) return `no comment was written: GitHub refused it (${firstLineOf(error)}); the summary has it all`;
	return `no comment was written: ${describeRefusal(error, "pull-requests: write")}; the summary has it all`;
}
function isOurs(user, login) {
	if (user?.login !== login) return false;
	return !login.endsWith("[bot]") || user.type === "Bot";
}
function isSame(one, other) {
	return normalise(one) === normalise(other);
}
function normalise(body) {
	return body.replaceAll("\r\n", "\n").trim();
}
// src/github/api/repository.ts
async function findCommit({ octokit, repo }, ref) {
	return askOrNull(async () => (await octokit.rest.repos.getCommit({
		...repo,
		ref,
		per_page: 1
	})).data.sha);
}
async function fetchBytes({ octokit, repo }, path, sha) {
	try {
		const { data, headers } = await octokit.rest.repos.getContent({
			...repo,
			path,
			ref: sha,
			mediaType: { format: "raw" },
			request: { parseSuccessResponseBody: false }
		});
		if (!headers["content-type"]?.includes("raw")) return null;
		return Buffer.from(await new Response(data).arrayBuffer());
	} catch (error) {
		if (statusOf(error) !== 404) throw error;
		await octokit.rest.repos.getCommit({
			...repo,
			ref: sha,
			per_page: 1
		});
		return null;
	}
}
async function isAncestor({ octokit, repo }, ancestor, of) {
	return askOrNull(async () => {
		const basehead = `${ancestor}...${of}`;
		const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
			...repo,
			basehead,
			per_page: 1
		});
		return data.status === "ahead" || data.status === "identical";
	});
}
async function findArtifact({ octokit, repo }, runId, name) {
	const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({
		...repo,
		run_id: runId,
		name
	});
	return toArtifacts(data).artifacts.find((artifact) => artifact.name === name) ?? null;
}
async function downloadArtifact(client, id, maximumBytes) {
	return download(client, `/actions/artifacts/${id}/zip`, { maximumBytes });
}
function toArtifacts(data) {
	return {
		artifacts: data.artifacts.map(artifactOf),
		complete: data.total_count <= data.artifacts.length
	};
}
function artifactOf({ id, name, size_in_bytes, expired, digest, workflow_run: run }) {
	return {
		id,
		name,
		sizeBytes: size_in_bytes,
		expired,
		digest: digest ?? null,
		run: run == null ? null : {
			id: run.id ?? null,
			repositoryId: run.repository_id ?? null,
			headRepositoryId: run.head_repository_id ?? null,
			headBranch: run.head_branch ?? null,
			headSha: run.head_sha ?? null
		}
	};
}
function runOf(run) {
	return {
		id: run.id,
		attempt: run.run_attempt ?? 1,
		path: run.path,
		event: run.event,
		title: run.display_title,
		headBranch: run.head_branch,
		headSha: run.head_sha,
		repositoryId: run.repository.id,
		headRepositoryId: run.head_repository?.id ?? null
	};
}
const MOST_RUNS = 5;
function pickOwnRuns(runs, { repository: { id }, run: own }, isWanted) {
	return runs.map(runOf).filter((run) => run.repositoryId === id && run.headRepositoryId === id && run.id !== own.id && isWanted(run)).toSorted((a, b) => b.id - a.id).slice(0, MOST_RUNS);
}
async function askOrNull(ask, absent = [404, 422]) {
	try {
		return await ask();
	} catch (error) {
		if (absent.includes(statusOf(error) ?? 0)) return null;
		throw error;
	}
}
// src/github/pull-request/pull-request.ts
const MOST_COMMITS = 10;
const MOST_EVENT_PAGES = 10;
const MOST_QUEUED = 10;
async function findSubject(client, context) {
	const { repository, pullRequest, commented } = context;
	const subjectOf = (pull) => ({
		pull,
		isForeign: pull !== null && pull.headRepositoryId !== repository.id
	});
	if (pullRequest !== null) return subjectOf(pullRequest);
	if (commented !== null) return subjectOf(await findCommented(client, commented));
	const sought = findSoughtHead(context);
	if (sought === null) return subjectOf(null);
	const pulls = await listPulls(client, sought.sha);
	const heads = pulls.filter(({ state, head }) => state === "open" && head.sha === sought.sha);
	const named = heads.find(({ head }) => head.repo?.id === sought.repositoryId);
	if (named !== void 0) return subjectOf(refOf(named));
	if (!isOfDeployment(context) || pulls.some(({ head, merged_at }) => head.repo?.id === repository.id || merged_at !== null) || await isCommitHere(client, sought.sha, context)) return subjectOf(null);
	return {
		pull: heads[0] === void 0 ? null : refOf(heads[0]),
		isForeign: true
	};
}
async function mayWrite({ octokit, repo }, login) {
	try {
		const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
			...repo,
			username: login
		});
		return data.permission === "admin" || data.permission === "write";
	} catch (error) {
		if (statusOf(error) === 404) return false;
		throw error;
	}
}
async function findMergedPullRequests(client, context) {
	const commits = [.../* @__PURE__ */ new Set([context.sha, ...context.pushed])].slice(0, MOST_COMMITS);
	const found = /* @__PURE__ */ new Set();
	for (const sha of commits) for (const { number, merged_at, base } of await listPulls(client, sha)) {
		const intoHere = base.repo.id === context.repository.id && base.ref === context.repository.defaultBranch;
		if (merged_at !== null && intoHere) found.add(number);
	}
	return [...found];
}
function findQueuedPullRequest({ event, ref }) {
	return event === "merge_group" ? readQueueBranch(ref)?.number ?? null : null;
}
async function findQueuedBefore({ octokit, repo }, { ref, mergeGroup }) {
	const own = readQueueBranch(ref);
	if (own === null || mergeGroup === null) return [];
	const { data } = await octokit.rest.git.listMatchingRefs({
		...repo,
		ref: `${own.queue.slice(5)}/`
	});
	const before = [];
	for (let sha = mergeGroup.baseSha; before.length < MOST_QUEUED;) {
		const parent = data.find(({ object }) => object.sha === sha);
		const branch = parent === void 0 ? null : readQueueBranch(parent.ref);
		if (branch === null) break;
		before.push({
			number: branch.number,
			groupSha: sha
		});
		sha = branch.baseSha;
	}
	return before;
}
function readQueueBranch(ref) {
	const [, queue, number, baseSha] = /^(refs\/heads\/gh-readonly-queue\/.+)\/pr-(\d+)-([0-9a-f]+)$/.exec(ref) ?? [];
	return queue === void 0 ? null : {
		queue,
		number: Number(number),
		baseSha
	};
}
async function readLabelsOf(client, pullNumber, prefix) {
	const { data } = await client.octokit.rest.pulls.get({
		...client.repo,
		pull_number: pullNumber
	});
	const names = data.labels.map(({ name }) => name).filter((name) => startsWith(name, prefix));
	const commits = {
		headSha: data.head.sha,
		mergedSha: data.merged ? data.merge_commit_sha : null
	};
	if (names.length === 0) return {
		labels: [],
		...commits
	};
	const authors = await findLabelAuthors(client, pullNumber);
	return {
		labels: names.map((name) => ({
			name,
			by: authors.get(name) ?? null
		})),
		...commits
	};
}
function startsWith(name, prefix) {
	return name.toLowerCase().startsWith(prefix.toLowerCase());
}
async function findLabelAuthors({ octokit, repo }, number) {
	const authors = /* @__PURE__ */ new Map();
	try {
		let pages = 0;
		const events = octokit.paginate.iterator(octokit.rest.issues.listEvents, {
			...repo,
			issue_number: number,
			per_page: 100
		});
		for await (const { data } of events) {
			for (const event of data) if (event.event === "labeled" && "label" in event && event.actor != null && event.label?.name != null) authors.set(event.label.name, event.actor.login);
			if (++pages === MOST_EVENT_PAGES) break;
		}
	} catch {}
	return authors;
}
function findSoughtHead(context) {
	const { deployment, workflowRun, repository, commented } = context;
	if (commented !== null) return null;
	if (deployment !== null) return {
		sha: deployment.sha,
		repositoryId: repository.id
	};
	if (workflowRun === null || workflowRun.event === "push") return null;
	return {
		sha: workflowRun.headSha,
		repositoryId: workflowRun.headRepositoryId
	};
}
function isOfDeployment({ deployment, workflowRun }) {
	return deployment !== null || workflowRun?.event.startsWith("deployment") === true;
}
async function isCommitHere({ octokit, repo }, sha, { deployment, repository }) {
	const { data: branches } = await octokit.rest.repos.listBranchesForHeadCommit({
		...repo,
		commit_sha: sha
	});
	if (branches.length > 0) return true;
	const tip = await findCommit({
		octokit,
		repo
	}, `heads/${repository.defaultBranch ?? ""}`);
	if (tip !== null && await isAncestor({
		octokit,
		repo
	}, sha, tip) === true) return true;
	const ref = deployment?.ref?.replace(/^refs\/tags\//, "") ?? "";
	return ref !== "" && ref !== sha && await findCommit({
		octokit,
		repo
	}, `tags/${ref}`) === sha;
}
async function findCommented({ octokit, repo }, number) {
	const { data } = await octokit.rest.pulls.get({
		...repo,
		pull_number: number
	});
	return data.state === "open" ? refOf(data) : null;
}
async function listPulls({ octokit, repo }, sha) {
	const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
		...repo,
		commit_sha: sha,
		per_page: 100
	});
	return data;
}
function refOf({ number, head, base }) {
	return {
		number,
		headSha: head.sha,
		headRepositoryId: head.repo?.id ?? null,
		baseSha: base.sha,
		baseRef: base.ref
	};
}
// src/github/deliver.ts
async function deliverComment(order) {
	const { client, pullNumber, marker, edition, hidden, body, policy, isFailure } = order;
	if (policy === "never") return {
		url: null,
		warning: null
	};
	try {
		const written = await writeComment(client, {
			pullNumber,
			marker,
			edition,
			compose: (before) => addMarker(marker, order.figures(before === null ? {} : readRedFigures(marker, before)), edition, body, hidden),
			mayCreate: policy === "always" || isFailure
		});
		return {
			url: written?.url ?? null,
			warning: written?.isLeft === true ? LEFT : null
		};
	} catch (error) {
		return {
			url: null,
			warning: describeCommentFailure(error)
		};
	}
}
const LEFT = "the comment is left as it is: a newer run, or one of a newer commit, wrote it";
function describeRun({ context, pull }, acceptLabel) {
	const isAboutPullRequest = pull !== null || context.mergeGroup !== null;
	return {
		repository: fullNameOf(context),
		commits: commitsOf(context, pull),
		acceptLabel: isAboutPullRequest ? acceptLabel : null,
		queued: findQueuedPullRequest(context),
		subject: isAboutPullRequest ? "pull-request" : "run",
		...branchesOf(context, pull)
	};
}
function deliverSummary(markdown, title, { summary, log }) {
	tryTo("the summary was not written", log, () => summary.write(log.redact(markdown), log.redact(title)));
}
function deliverOutputs(values, { setOutput, log }) {
	for (const [name, value] of Object.entries(values)) tryTo(`the output ${name} was not set`, log, () => setOutput(name, value));
}
const LONGEST_TITLE = 255;
const CONCLUSIONS = {
	pass: "success",
	warn: "neutral",
	fail: "failure"
};
async function deliverCheckRuns(orders, place, redact) {
	const warnings = /* @__PURE__ */ new Set();
	for (const order of orders) {
		const warning = await writeCheckRun(order, place, redact);
		if (warning !== null) warnings.add(warning);
	}
	return [...warnings];
}
async function writeCheckRun({ verdict, report, markdown }, { client, context, pull }, redact) {
	if (client === null) return "no check run was written: there is no github-token";
	const title = Array.from(redact(renderTitle(verdict, report)));
	try {
		await client.octokit.rest.checks.create({
			...client.repo,
			name: redact(`Plateau: ${escapeForTerminal(verdict.name)}`),
			head_sha: commitsOf(context, pull).head,
			status: "completed",
			conclusion: concludeCheck(verdict),
			details_url: attemptUrlOf(context),
			output: {
				title: title.slice(0, LONGEST_TITLE).join(""),
				summary: markdown
			},
			request: { retries: 0 }
		});
		return null;
	} catch (error) {
		return `no check run was written: ${explainMissing(error, hasReadOnlyToken(context, pull))}; the summary has it all`;
	}
}
function explainMissing(error, isReadOnly) {
	if (statusOf(error) === 422) return `GitHub refused it (${firstLineOf(error)})`;
	if (!isReadOnly) return `${describeRefusal(error, "checks: write")}; or remove check-run`;
	return "in a pull request of a fork or of Dependabot the token may only read, so a branch rule that requires it waits; require the check of the job instead";
}
function concludeCheck({ check, verdict }) {
	return verdict === "skipped" && check === "pass" ? "skipped" : CONCLUSIONS[check];
}
function deliverWarnings(warnings, { log, summary }) {
	for (const warning of warnings) log.warning(warning);
	if (warnings.length === 0) return;
	const shown = renderWarnings(warnings.map((warning) => log.redact(warning)));
	tryTo("the summary was not completed", log, () => summary.append(shown));
}
function tryTo(what, log, deliver) {
	try {
		deliver();
	} catch (error) {
		log.warning(`${what}: ${messageOf(error)}`);
	}
}
const LEVELS = {
	fail: "error",
	warn: "warning",
	pass: "notice"
};
function annotateVerdict(verdict, log, { defer, title }) {
	const level = defer ? "notice" : LEVELS[verdict.check];
	log.annotate(level, title, describePlace(verdict));
}
function describePlace({ baseline, check, verdict }) {
	const compared = baseline.runs === 0 ? "Compared with nothing" : `Compared with ${pluralise(baseline.runs, "recorded run")}`;
	if (verdict === "skipped") return "Nothing was sent to the endpoint. The summary of this run says why.";
	return check === "fail" ? `${compared}. The summary of this run says what moved, what else changed, and what to do.` : `${compared}. The summary of this run has the figures.`;
}
function tellInterrupted({ log, summary, setOutput }) {
	const [title, text] = ["Plateau: interrupted", "The job was cancelled before there was a result. Run it again."];
	log.annotate("error", title, text);
	deliverOutputs({
		verdict: "cancelled",
		reasons: "cancelled"
	}, {
		log,
		summary,
		setOutput
	});
	tryTo("the summary was not written", log, () => summary.write(`### \u274C ${title}\n\n${text}\n`, `### \u274C ${title}\n`));
	return STEP_EXIT.interrupted;
}
function tellFailure(error, { log, summary }) {
	const { title, text } = describeError(error);
	log.annotate("error", title, text);
	const lines = text.split("\n").map((line) => `- ${escapeForMarkdown(log.redact(line), 1e3)}`);
	try {
		summary.write(`### \u274C ${title}\n\n${lines.join("\n")}\n`, `### \u274C ${title}\n`);
	} catch {}
	if (error instanceof Error) log.debug(error.stack ?? "");
	return error instanceof SettingsError ? STEP_EXIT.refused : STEP_EXIT.failed;
}
function describeError(error) {
	const text = messageOf(error);
	if (error instanceof SettingsError) return {
		title: "Plateau: the settings cannot be used",
		text
	};
	if (error instanceof BaselineError) return {
		title: "Plateau: the history cannot be used",
		text
	};
	if (error instanceof EndpointError) return {
		title: "Plateau: the endpoint could not be measured",
		text
	};
	if (error instanceof GithubError) return {
		title: "Plateau: GitHub did not give the results",
		text
	};
	return {
		title: "Plateau: unexpected error",
		text: `${text} (debug logging shows where)`
	};
}
function tellLost({ log }) {
	log.annotate("error", "The report job gets nothing from this job", "Its artifact could not be uploaded; run it again.");
	return STEP_EXIT.failed;
}
// src/github/artifacts/report-files.ts
function folderOf(env, name) {
	return join(env["RUNNER_TEMP"] || tmpdir(), `plateau-${name}`);
}
function isLeftByEarlierStep(folder, { run }, readFile) {
	let text;
	try {
		text = readFile(join(folder, LEG_FILE));
	} catch {
		return false;
	}
	const leg = decodeLeg(text);
	return leg !== null && leg.runId === run.id && leg.attempt === run.attempt;
}
function writeReportFiles(folder, { verdict, report, controls, looks, comparedWith, records, leg, timeline = null, origin = {} }) {
	const all = [];
	const write = (file, parts) => {
		const path = join(folder, file);
		writeWhole(path, parts);
		all.push(path);
		return path;
	};
	write("verdict.json", [`${encodeVerdict(verdict)}\n`]);
	write(LEG_FILE, [`${encodeLeg(leg)}\n`]);
	const reportJson = report === null ? null : write("report.json", [`${encodeRunReport(report)}\n`]);
	for (const control of controls.slice(-1)) write("control.json", [`${encodeRunReport(control)}\n`]);
	const reportHtml = report === null ? null : write("report.html", [renderPage({
		report,
		verdict,
		origin
	})]);
	const curve = report === null ? null : renderCurve({
		report,
		verdict
	});
	if (curve !== null) write("curve.svg", [curve]);
	const historyHtml = timeline === null ? null : write("history.html", [renderTimelinePage(timeline)]);
	if (report !== null) {
		if (comparedWith.length > 0) write("baseline.json", [encodeHistory({
			schema: HISTORY_SCHEMA,
			entries: comparedWith
		})]);
		if (looks !== null) write(LOOKS_FILE, [encodeLooks(looks)]);
		if (verdict.check === "fail") write("records.jsonl", encodeRecords(records));
	}
	return {
		folder,
		reportJson,
		reportHtml,
		historyHtml,
		all
	};
}
function writeHistoryFile(folder, history) {
	const alone = join(folder, "history");
	const path = join(alone, HISTORY_FILE);
	writeWhole(path, [history]);
	return {
		folder: alone,
		path
	};
}
function isReduced({ artifactContent }, { context: { repository } }) {
	return artifactContent === null ? !repository.isPrivate : artifactContent === "figures";
}
const HIDDEN_CHANGES = /* @__PURE__ */ new Set([
	"host",
	"server version",
	"provisioned capacity"
]);
function keepFiguresOnly(figures) {
	const { report, controls, rows, verdict, looks, comparedWith } = figures;
	const leaveOut = (one) => ({
		...one,
		context: leaveOutContext(one.context)
	});
	return {
		report: leaveOut(report),
		controls: controls.map(leaveOut),
		rows: rows.map(leaveOutOfRow),
		looks: mapRowsOfLooks(looks, leaveOutOfRow),
		comparedWith: comparedWith.map(leaveOutOfEntry),
		verdict: {
			...verdict,
			whatElseChanged: verdict.whatElseChanged.filter(({ what }) => !HIDDEN_CHANGES.has(what))
		}
	};
}
function leaveOutOfEntry({ row, control, ...rest }) {
	return {
		...rest,
		row: leaveOutOfRow(row),
		...control !== void 0 && { control: leaveOutOfRow(control) }
	};
}
function leaveOutOfRow(row) {
	return {
		...row,
		context: leaveOutContext(row.context)
	};
}
function leaveOutContext({ host: _host, serverVersion: _version, provisioned: _capacity, ...rest }) {
	return rest;
}
const LEG_FILE = "leg.json";
const LEG_SCHEMA = "plateau/leg@1";
const LONGEST_TEXT = 1e3;
const MOST_NOTES = 20;
const LONGEST_FILE = 1e5;
function encodeLeg(leg) {
	const { name, job, ...rest } = leg;
	return JSON.stringify({
		schema: LEG_SCHEMA,
		name,
		leg: job,
		...rest,
		notes: leg.notes.slice(0, MOST_NOTES)
	});
}
function decodeLeg(json) {
	if (json.length > LONGEST_FILE) return null;
	const value = asObject(parseJson(json));
	const [name, job, attempt] = [
		asText(value?.["name"]),
		asText(value?.["leg"]),
		asNumber(value?.["attempt"])
	];
	const shards = asNumber(value?.["shards"]);
	if (value?.["schema"] !== LEG_SCHEMA || name === null || job === null || attempt === null) return null;
	return {
		name,
		job: cut(job),
		runId: asNumber(value["runId"]),
		attempt,
		deferred: value["deferred"] === true,
		...shards !== null && shards >= 1 && shards <= 256 && { shards: Math.floor(shards) },
		settingsNote: cutOrNull(asText(value["settingsNote"])),
		notes: (asArray(value["notes"]) ?? []).slice(0, MOST_NOTES).flatMap((note) => cutOrNull(asText(note)) ?? [])
	};
}
function cut(sentence) {
	return sentence.slice(0, LONGEST_TEXT);
}
function cutOrNull(sentence) {
	return sentence === null ? null : cut(sentence);
}
// src/github/artifacts/run-artifacts.ts
const uploadToRun = async (name, files, folder) => {
	const { DefaultArtifactClient } = await import("./vendor-artifact.js").then((n) => n.t);
	const refusal = watchForRefusal(process.env["ACTIONS_RESULTS_URL"] ?? "");
	try {
		const upload = new DefaultArtifactClient().uploadArtifact(name, [...files], folder);
		const { id } = await Promise.race([upload, refusal.told]);
		if (id === void 0) throw new Error("the artifact service gave it no id");
		return id;
	} finally {
		refusal.stop();
	}
};
const TEMPORARY = /* @__PURE__ */ new Set([
	408,
	425,
	429
]);
const SETTLING_MS = 1e3;
function watchForRefusal(serviceUrl) {
	const { promise, reject } = Promise.withResolvers();
	const host = URL.canParse(serviceUrl) ? new URL(serviceUrl).host : null;
	let timer;
	const look = (message) => {
		const { request, response } = message;
		const status = response.statusCode ?? 0;
		if (request.getHeader("host") !== host || status < 400 || status >= 500 || TEMPORARY.has(status)) return;
		const words = `the artifact service refused it: (${status}) ${response.statusMessage ?? ""}`.trim();
		timer ??= setTimeout(() => reject(new Error(words)), SETTLING_MS);
	};
	subscribe(CHANNEL, look);
	return {
		told: promise,
		stop() {
			clearTimeout(timer);
			unsubscribe(CHANNEL, look);
		}
	};
}
const CHANNEL = "http.client.response.finish";
function nameReportArtifact(name, attempt) {
	return attempt === 1 ? `plateau-${name}` : `plateau-${name}-attempt-${attempt}`;
}
function namePartArtifact(shard, sweep, { name, attempt }) {
	const again = sweep === "second" ? "-second-look" : "";
	return `part-${shard.number}-of-${shard.count}${again}-of-${nameReportArtifact(name, attempt)}`;
}
function isNameTaken(error) {
	return /\(409\)/.test(firstLineOf(error));
}
function describeSharedName(name, legs) {
	return {
		setting: "name",
		given: name,
		message: `two jobs of this run have this name: ${legs.join(" and ")}; give each its own name`
	};
}
function refuseSharedStepName(name) {
	return new SettingsError([{
		setting: "name",
		given: name,
		message: "another step of this job already measures under this name, and one would take the place of the other in history, artifact and comment; give each of these steps a `name` of its own"
	}]);
}
function refuseTakenName(name, leg, other) {
	return new SettingsError([describeSharedName(name, other === null ? [leg, "another job"] : [other, leg])]);
}
const LARGEST_ZIP_BYTES$1 = 67108864;
const BOUNDS$1 = {
	inflatedBytes: 33554432,
	ratio: 200
};
const MOST_PAGES = 10;
async function readLegResults(client, runId, names = null) {
	const results = [];
	const refused = [];
	const read = async (artifact, mayBeHistory) => {
		const { name, attempt } = splitName(artifact.name);
		if (names !== null && !names.includes(name)) return;
		try {
			const leg = await openLeg(client, runId, artifact, { mayBeHistory });
			if (leg !== null) results.push({
				...leg,
				verdict: judgeAnew(leg.verdict)
			});
		} catch (error) {
			const why = explainAbsence(error, "actions: read");
			refused.push({
				name,
				attempt,
				why: `the artifact ${artifact.name} cannot be used: ${why}`
			});
		}
	};
	const artifacts = await listArtifacts(client, runId);
	for (const artifact of artifacts) if (historyOf(artifact.name) === null) await read(artifact, false);
	const known = /* @__PURE__ */ new Set([...results.map(({ leg }) => leg.name), ...refused.map(({ name }) => name)]);
	for (const artifact of artifacts) {
		const history = historyOf(artifact.name);
		if (history !== null && !known.has(history)) await read(artifact, true);
	}
	return {
		results,
		refused
	};
}
function pickNewestResults(results) {
	const byName = [...Map.groupBy(results, ({ leg }) => leg.name).entries()];
	return {
		newest: byName.map(([, all]) => all.reduce((a, b) => b.leg.attempt > a.leg.attempt ? b : a)),
		shared: byName.flatMap(([name, all]) => {
			const legs = [...new Set(all.map(({ leg }) => leg.job))];
			return legs.length > 1 ? [{
				name,
				legs
			}] : [];
		})
	};
}
async function findLegWithName(client, runId, name) {
	try {
		const artifact = await findArtifact(client, runId, name);
		return (artifact === null ? null : await openLeg(client, runId, artifact))?.leg.job ?? null;
	} catch {
		return null;
	}
}
async function listArtifacts({ octokit, repo }, runId) {
	const found = [];
	for (let page = 1; page <= MOST_PAGES; page++) {
		const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({
			...repo,
			run_id: runId,
			per_page: 100,
			page
		});
		found.push(...toArtifacts(data).artifacts);
		if (data.artifacts.length === 0 || found.length >= data.total_count) break;
	}
	return found.filter(({ name }) => name.startsWith("plateau-"));
}
function historyOf(artifact) {
	return /^plateau-(.+)-history(?:-attempt-\d+)?$/.exec(artifact)?.[1] ?? null;
}
function splitName(artifact) {
	const [, name = artifact, attempt = "1"] = /^plateau-(.+?)(?:-attempt-(\d+))?$/.exec(artifact) ?? [];
	return {
		name,
		attempt: Number(attempt)
	};
}
async function fetchZip(client, runId, artifact, maximumBytes) {
	if (artifact.run?.id !== runId) throw new Error("it is of another run");
	if (artifact.expired) throw new Error("it has expired");
	if (artifact.sizeBytes > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`);
	const zip = await downloadArtifact(client, artifact.id, maximumBytes);
	if (`sha256:${sha256(zip)}` !== artifact.digest) throw new Error("its content does not have the digest that GitHub states");
	return zip;
}
async function openLeg(client, runId, artifact, { mayBeHistory = false } = {}) {
	const zip = await fetchZip(client, runId, artifact, LARGEST_ZIP_BYTES$1);
	const textOf = (file) => {
		const content = openEntry(zip, file, BOUNDS$1);
		return content === null ? null : new TextDecoder("utf-8", { fatal: true }).decode(content);
	};
	const [verdictJson, legJson, reportJson] = [
		"verdict.json",
		LEG_FILE,
		"report.json"
	].map(textOf);
	if (mayBeHistory && legJson == null && openEntry(zip, "history.json", BOUNDS$1) !== null) return null;
	if (verdictJson == null || legJson == null) throw new Error(`it has no verdict.json or no ${LEG_FILE}`);
	const verdict = decodeVerdict(verdictJson);
	const leg = decodeLeg(legJson);
	if (leg === null) throw new Error(`its ${LEG_FILE} is not one`);
	if (leg.name !== verdict.name || artifact.name !== nameReportArtifact(leg.name, leg.attempt)) throw new Error("its content is of another name or attempt");
	return {
		leg,
		verdict,
		report: reportJson == null ? null : decodeRunReport(reportJson),
		baselineJson: textOf("baseline.json"),
		looksJson: textOf(LOOKS_FILE)
	};
}
const COMPARED = /* @__PURE__ */ new Set([
	"suspect",
	"accepted",
	"no-change-seen",
	"proven",
	"improved"
]);
const OF_PARTS = /* @__PURE__ */ new Set([
	"limit",
	"level-lost",
	"error-rate",
	"limit-not-measured",
	"levels-missing",
	"not-proven"
]);
function judgeAnew(verdict) {
	const { verdict: word, reasons, check: _check, ...parts } = verdict;
	const { comparisons } = parts;
	if (comparisons.length > 0) return concludeAgain(verdict);
	if (COMPARED.has(word)) throw new Error(`its verdict is "${word}", and it compares nothing`);
	const reason = reasons.find((code) => !OF_PARTS.has(code)) ?? null;
	return concludeVerdict(parts, {
		word,
		reason
	});
}
// src/github/pull-request/labels.ts
async function findLabelSource(client, context, pull) {
	const own = {
		isMeasured: true,
		looksBack: false,
		groupSha: null
	};
	if (pull !== null) return {
		pulls: [{
			...own,
			number: pull.number
		}],
		note: null
	};
	const queued = findQueuedPullRequest(context);
	if (queued !== null) return findLabelSourceOfGroup(client, context, {
		...own,
		number: queued,
		looksBack: true
	});
	if (!(context.event === "push" || context.workflowRun?.event === "push")) return {
		pulls: [],
		note: null
	};
	try {
		return {
			pulls: (await findMergedPullRequests(client, {
				...context,
				sha: findMeasuredSha(context)
			})).map((number) => ({
				...PAST,
				number
			})),
			note: null
		};
	} catch (error) {
		return {
			pulls: [],
			note: `the merged pull request could not be found: ${firstLineOf(error)}`
		};
	}
}
const PAST = {
	isMeasured: false,
	looksBack: true,
	groupSha: null
};
async function findLabelSourceOfGroup(client, context, own) {
	try {
		return {
			pulls: [own, ...(await findQueuedBefore(client, context)).map((queued) => ({
				...PAST,
				...queued
			}))],
			note: null
		};
	} catch (error) {
		const why = describeRefusal(error, "contents: read");
		return {
			pulls: [own],
			note: `the pull requests before #${own.number} in the merge queue could not be found: ${why}`
		};
	}
}
async function readLabels(client, { pulls: labelled, note }, query) {
	const pulls = [];
	const notes = note === null ? [] : [note];
	for (const { number, isMeasured, looksBack, groupSha } of labelled) try {
		const { labels, headSha, mergedSha } = await readLabelsOf(client, number, query.acceptLabel);
		if (labels.length === 0) continue;
		const shown = await readFiguresOfComment(client, number, query.markers);
		const before = looksBack ? await readFiguresOfLastRuns(client, number, [groupSha ?? mergedSha ?? headSha, headSha], shown, query) : {
			figures: {},
			note: null
		};
		if (before.note !== null) notes.push(before.note);
		pulls.push({
			number,
			labels,
			figures: {
				...before.figures,
				...shown
			},
			isMeasured
		});
	} catch (error) {
		notes.push(`the labels of #${number} could not be read: ${describeRefusal(error, "pull-requests: read")}`);
	}
	return {
		pulls,
		notes
	};
}
async function readFiguresOfComment(client, pullNumber, markers) {
	const comment = await findComment(client, {
		pullNumber,
		markers
	});
	return mergeFigures(markers.map((marker) => readRedFigures(marker, comment?.body ?? "")));
}
async function readFiguresOfLastRuns(client, number, commits, shown, query) {
	const unknown = query.names.filter((name) => !Object.hasOwn(shown, name));
	if (unknown.length === 0) return {
		figures: {},
		note: null
	};
	try {
		const found = [];
		for (const sha of new Set(commits)) found.push(await readLastFigures(client, sha, unknown, query.context));
		return {
			figures: mergeFigures(found),
			note: null
		};
	} catch (error) {
		return {
			figures: {},
			note: `the last run of #${number} could not be read: ${explainAbsence(error, "actions: read")}`
		};
	}
}
const EVENTS$1 = /* @__PURE__ */ new Set([
	"pull_request",
	"merge_group",
	"deployment",
	"deployment_status"
]);
async function readLastFigures(client, sha, names, context) {
	const { octokit, repo } = client;
	const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({
		...repo,
		head_sha: sha,
		per_page: 100
	});
	const isWanted = ({ headSha, event }) => headSha === sha && EVENTS$1.has(event);
	const found = [];
	for (const { id } of pickOwnRuns(data.workflow_runs, context, isWanted)) {
		const { results } = await readLegResults(client, id, names);
		for (const { leg, verdict } of pickNewestResults(results).newest) found.push({
			[leg.name]: {},
			...listWorseFigures(verdict, {}, [])
		});
	}
	return mergeFigures(found);
}
function gatherAcceptances(pulls, acceptLabel, { name, comparisons }) {
	const acceptances = [];
	const notes = [];
	for (const { number, labels, figures, isMeasured } of pulls) for (const label of labels) {
		const what = subjectOf(label.name, acceptLabel);
		if (what === null) continue;
		const meant = comparisons.filter(({ metric }) => what === "" || findMetricsNamed(what).includes(metric));
		if (meant.length === 0 && what !== "") notes.push(`the label "${label.name}" names no metric that was compared`);
		const unseen = meant.filter((comparison) => looksWorse(comparison.verdict) && figures[name]?.[comparison.metric] === void 0);
		if (unseen.length > 0) notes.push(noteUnseen(label, number, unseen, isMeasured));
		for (const { metric } of meant) {
			const at = figures[name]?.[metric] ?? null;
			if (at === null && !isMeasured) continue;
			acceptances.push({
				metric,
				at,
				since: null,
				why: null,
				by: label.by ?? "somebody",
				form: "label"
			});
		}
	}
	return {
		acceptances,
		notes
	};
}
function noteUnseen({ name }, number, unseen, isMeasured) {
	if (isMeasured) return `the label "${name}" accepts up to ${unseen.map((comparison) => `${nameOf(comparison)} ${formatChange(comparison.change)}`).join(", ")} (as measured now)`;
	return `the label "${name}" of #${number} accepts nothing for ${unseen.map((comparison) => nameOf(comparison)).join(", ")}: neither a comment there nor an artifact of its last run says how much worse it was; a line under accept in the config file does`;
}
function listWorseFigures({ name, comparisons }, before, labelled) {
	const figures = comparisons.flatMap(({ metric, verdict, worsening }) => {
		const frozen = labelled.some((acceptance) => acceptance.metric === metric) ? before[name]?.[metric] : void 0;
		if (frozen !== void 0) return [[metric, frozen]];
		return (looksWorse(verdict) || verdict === "accepted") && worsening !== null && worsening > 0 ? [[metric, roundFigure(worsening)]] : [];
	});
	return figures.length === 0 ? {} : { [name]: Object.fromEntries(figures) };
}
function subjectOf(label, acceptLabel) {
	const rest = label.slice(acceptLabel.length).trim();
	if (label.slice(0, acceptLabel.length).toLowerCase() !== acceptLabel.toLowerCase()) return null;
	if (rest === "") return "";
	return rest.startsWith(":") ? rest.slice(1).trim().toLowerCase() : null;
}
function roundFigure(worsening) {
	return Math.max(1e-4, Number(worsening.toFixed(4)));
}
// src/github/outputs.ts
const OUTPUTS = [
	{
		name: "verdict",
		meaning: `The worst that holds: ${joinList(VERDICT_WORDS, "or")}`,
		default: "not-measured"
	},
	{
		name: "reasons",
		meaning: "What decided the verdict, separated by commas: metrics, or codes such as limit and level-lost",
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
		name: "history-html",
		meaning: "Path of the page of all recorded runs, with `history-page`",
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
		meaning: joinList(PLATEAU_STATES, "or"),
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
	},
	{
		name: "scenarios",
		meaning: "JSON object, with `scenario: all`: for each name {\"verdict\", \"check\", \"reasons\", \"report-json\", \"report-html\"}; all other outputs are those of the worst",
		default: "{}"
	}
];
const DEFAULT_OUTPUTS = Object.fromEntries(OUTPUTS.map((output) => [output.name, output.default]));
function outputsOf(verdict, report) {
	return {
		...buildVerdictOutputs(verdict),
		...report === null ? {} : reportOutputs(report)
	};
}
function buildVerdictOutputs({ verdict, reasons, comparisons, baseline }) {
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
		"plateau-throughput": writeFigure(plateau[plateau.metric]?.value),
		"plateau-state": plateau.state,
		"knee-concurrency": writeFigure(plateau.kneeConcurrency),
		"ttft-p50-ms": writeFigure(level?.ttftMs?.p50),
		"tpot-p50-ms": writeFigure(level?.tpotMs?.p50)
	};
}
function writeScenarios(scenarios) {
	const byName = scenarios.map(({ verdict: { name, verdict, check, reasons }, ...paths }) => [name, {
		verdict,
		check,
		reasons,
		"report-json": paths["report-json"],
		"report-html": paths["report-html"]
	}]);
	return JSON.stringify(Object.fromEntries(byName));
}
function writeFigure(value) {
	return value == null ? "" : String(Number(value.toPrecision(6)));
}
// src/github/earlier-attempts.ts
function listAttempts(looks, verdict, attempt) {
	const { earlier = [], candidates, controls, sessions, secondLook, limits } = looks;
	if (!isUsable(verdict)) return earlier;
	const own = {
		attempt,
		verdict: verdict.verdict,
		candidates,
		...controls !== void 0 && { controls },
		...sessions !== void 0 && { sessions },
		secondLook,
		...limits.length > 0 && { limits }
	};
	return [...earlier, own].slice(-10);
}
async function findEarlierAttempts({ job: { client, context, pull }, settings: { name }, joinsHistory, commentName }) {
	const { id, attempt: own } = context.run;
	const wanted = Array.from({ length: own - 1 }, (_, i) => i + 1);
	if (client === null) return {
		earlier: [],
		notes: wanted.length === 0 ? [] : [noteMissing(wanted, "there is no github-token")]
	};
	const commit = joinsHistory ? null : pull?.headSha ?? findMeasuredSha(context);
	const kept = own === 1 ? UNASKED : await readOrSay(async () => readKept(client, context.run, name), NOTHING_KEPT, "actions: read");
	const others = commit === null ? NO_OTHERS : await readOrSay(async () => readOtherRuns(client, context, {
		commit,
		name
	}), [], "actions: read");
	const hidden = (wanted.some((attempt) => !kept.read.seen.has(attempt)) || commit !== null && others.read.length === 0) && pull !== null ? await readOrSay(async () => readHidden(client, {
		context,
		pull,
		commit,
		commentName
	}, name), [], "pull-requests: read") : NO_OTHERS;
	const earlier = [
		...hidden.read,
		...others.read,
		...kept.read.attempts
	].map((one) => placeAttempt(one, id));
	const found = new Map(earlier.map((one) => [`${one.run ?? "own"} ${one.attempt}`, one]));
	const missing = wanted.filter((attempt) => !kept.read.seen.has(attempt) && !found.has(`own ${attempt}`));
	const why = kept.why ?? hidden.why ?? "neither an artifact nor our comment has its figures";
	const areOthersUnknown = others.why !== null && (pull === null || hidden.why !== null);
	return {
		earlier: [...found.values()].filter(({ run, attempt }) => run !== void 0 || attempt < own).toSorted(compareAttempts).slice(-10),
		notes: [...missing.length === 0 ? [] : [noteMissing(missing, why)], ...areOthersUnknown ? [`other runs at this commit are not counted together with this one, because ${others.why}`] : []]
	};
}
function placeAttempt({ run, ...rest }, own) {
	return run === void 0 || run === own ? rest : {
		...rest,
		run
	};
}
function tellRun(attempts, run) {
	return attempts.map((one) => ({
		run,
		...one
	}));
}
async function readOrSay(read, nothing, permission) {
	try {
		return {
			read: await read(),
			why: null
		};
	} catch (error) {
		return {
			read: nothing,
			why: explainAbsence(error, permission)
		};
	}
}
function noteMissing(attempts, why) {
	return `${attempts.length === 1 ? `attempt ${attempts[0]} is` : `attempts ${attempts.join(", ")} are`} not counted together with this one, because ${why}`;
}
const NOTHING_KEPT = {
	seen: /* @__PURE__ */ new Set(),
	attempts: []
};
const UNASKED = {
	read: NOTHING_KEPT,
	why: null
};
const NO_OTHERS = {
	read: [],
	why: null
};
async function readKept(client, run, name) {
	const { results } = await readLegResults(client, run.id, [name]);
	const older = results.filter(({ leg }) => leg.attempt < run.attempt).toSorted((a, b) => a.leg.attempt - b.leg.attempt);
	return {
		seen: new Set(older.map(({ leg }) => leg.attempt)),
		attempts: older.flatMap(({ leg, verdict, looksJson }) => looksJson == null ? [] : listAttempts(decodeLooks(looksJson), verdict, leg.attempt))
	};
}
async function readOtherRuns(client, context, { commit, name }) {
	const { defaultBranch } = context.repository;
	const runs = await listRunsOfCommit(client, context, {
		headSha: commit,
		withSameFiles: true,
		isWanted: ({ headBranch }) => headBranch !== defaultBranch
	});
	const found = [];
	for (const { id } of runs) {
		const { results } = await readLegResults(client, id, [name]);
		for (const { leg, verdict, looksJson } of results) if (looksJson != null) found.push(...tellRun(listAttempts(decodeLooks(looksJson), verdict, leg.attempt), id));
	}
	return found;
}
async function readHidden(client, { context, pull, commit, commentName }, name) {
	for (const marker of [markerOf(commentName), reportMarkerOf(context.workflowFile)]) {
		const comment = await findComment(client, {
			pullNumber: pull.number,
			markers: [marker]
		});
		const hidden = comment === null ? void 0 : readHiddenAttempts(comment.body)[name];
		if (comment === null || hidden === void 0) continue;
		const isOfCommit = commit !== null && readEdition(comment.body)?.headSha === commit;
		if (hidden.runId === context.run.id || isOfCommit) return tellRun(hidden.attempts, hidden.runId);
	}
	return [];
}
async function listRunsOfCommit({ octokit, repo }, context, { headSha, withSameFiles = false, isWanted }) {
	const { run: own, workflowFile } = context;
	if (workflowFile === null) return [];
	const list = async (about) => {
		const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({
			...repo,
			...about,
			per_page: 100
		});
		return data.workflow_runs;
	};
	const atCommit = await list({ head_sha: headSha });
	const here = withSameFiles ? atCommit.find(({ id }) => id === own.id) : void 0;
	const tree = here?.head_commit?.tree_id;
	const alike = (tree === void 0 || here?.head_branch == null ? [] : await list({ branch: here.head_branch })).filter((run) => run.head_commit?.tree_id === tree);
	return pickOwnRuns([...atCommit.filter((run) => run.head_sha === headSha), ...alike.filter((run) => run.head_sha !== headSha)], context, (run) => run.path.split("@", 1)[0] === `.github/workflows/${workflowFile}` && isWanted(run));
}
const EVENTS = /* @__PURE__ */ new Set(["pull_request", "pull_request_target"]);
const WITHOUT_FIGURES = /* @__PURE__ */ new Set([
	"cancelled",
	"not-measured",
	"skipped"
]);
async function findEarlierResult(client, context, { headSha, headRepositoryId }, name) {
	if (headRepositoryId !== context.repository.id) return null;
	const runs = await listRunsOfCommit(client, context, {
		headSha,
		isWanted: ({ event }) => EVENTS.has(event)
	});
	for (const { id } of runs) {
		const { results } = await readLegResults(client, id, [name]);
		const [result] = pickNewestResults(results).newest;
		if (result === void 0 || WITHOUT_FIGURES.has(result.verdict.verdict)) continue;
		if (result.verdict.comparisons.some(({ accepted }) => accepted !== null && accepted.by !== null)) return null;
		const { baselineJson } = result;
		return {
			result,
			comparedWith: baselineJson == null ? [] : decodeUploaded(baselineJson).entries,
			runId: id
		};
	}
	return null;
}
// src/github/deliver-outcome.ts
async function deliverOutcomes(parts, ports) {
	const { log } = ports;
	log.phase("Results");
	const warnings = [];
	const kept = parts.map(({ outcome, delivery }) => {
		const entries = listNewEntries(outcome, delivery);
		return {
			outcome,
			delivery,
			entries,
			files: writeFiles(outcome, entries, delivery, ports, warnings),
			input: buildCommentInput(outcome, delivery, parts.length)
		};
	});
	const worst = kept.toSorted((a, b) => compareBadness(a.outcome.verdict, b.outcome.verdict))[0];
	const { verdict, report } = worst.outcome;
	const lay = (room) => {
		const inputs = kept.map(({ input }) => input);
		return inputs.length === 1 ? renderComment(inputs[0], room) : renderReportJobComment(inputs, room);
	};
	const hidden = hideAttempts(parts);
	const markdown = log.redact(lay({
		...COMMENT_ROOM,
		most: COMMENT_ROOM.most - hidden.length
	}));
	const title = renderHeadline(parts.map(({ outcome }) => outcome));
	deliverSummary(lay(SUMMARY_ROOM), title, ports);
	const commentUrl = await postComment({
		body: markdown,
		hidden,
		isFailure: verdict.check === "fail"
	}, parts, warnings);
	const orders = kept.filter(({ delivery }) => delivery.checkRun && !delivery.defer).map(({ outcome, input }) => ({
		...outcome,
		markdown: kept.length === 1 ? markdown : log.redact(renderComment(input, COMMENT_ROOM))
	}));
	warnings.push(...await deliverCheckRuns(orders, worst.delivery.job, log.redact));
	log.endPhase();
	for (const { outcome } of kept) log.info(renderVerdictText(outcome.verdict, {
		colour: false,
		report: outcome.report
	}).trimEnd());
	const paths = kept.map(({ outcome, files }) => ({
		verdict: outcome.verdict,
		...listPaths(files)
	}));
	const delivered = {
		markdown,
		...listPaths(worst.files),
		"comment-url": commentUrl ?? "",
		scenarios: kept.length === 1 ? "{}" : writeScenarios(paths)
	};
	deliverOutputs({
		...outputsOf(verdict, report),
		...delivered
	}, ports);
	log.phase("Artifacts");
	try {
		for (const { delivery, entries } of kept) await recordRun(entries, delivery, ports, warnings);
		let isLost = false;
		for (const part of kept) {
			const { delivery, files } = part;
			const url = await uploadReport(files, delivery, ports, warnings);
			if (part === worst) deliverOutputs({ "artifact-url": url ?? "" }, ports);
			isLost ||= delivery.defer && delivery.upload && url === null;
		}
		if (isLost) return tellLost(ports);
	} finally {
		log.endPhase();
		deliverWarnings(warnings, ports);
	}
	annotateVerdict(verdict, log, {
		...worst.delivery,
		title
	});
	return kept.some(({ outcome, delivery }) => outcome.verdict.check === "fail" && !delivery.defer) ? STEP_EXIT.failed : STEP_EXIT.passed;
}
function listPaths(files) {
	return {
		"report-json": files?.reportJson ?? "",
		"report-html": files?.reportHtml ?? "",
		"history-html": files?.historyHtml ?? ""
	};
}
function buildCommentInput({ verdict, report, notes, measuredIn }, delivery, scenarios) {
	const { context } = delivery.job;
	const run = measuredIn === null ? attemptUrlOf(context) : runUrlOf(context, measuredIn.runId);
	return {
		report,
		verdict,
		links: {
			run,
			artifact: leavesArtifact(delivery) || measuredIn !== null && !isEnterpriseServer(context.serverUrl) ? `${measuredIn === null ? context.run.url : run}#artifacts` : null
		},
		...describeRun(delivery.job, delivery.acceptLabel),
		settingsNote: delivery.settingsNote,
		notes,
		attempt: context.run.attempt,
		gates: delivery.defer ? 1 : Math.ceil(delivery.job.jobTotal / delivery.shards),
		scenarios: delivery.defer ? 1 : scenarios
	};
}
function leavesArtifact({ upload, job }) {
	return upload && !isEnterpriseServer(job.context.serverUrl);
}
function writeFiles(outcome, own, { job, name, defer, settingsNote, historyPage, shards }, { env, log }, warnings) {
	const note = settingsNote === null ? null : log.redact(settingsNote);
	const { id: runId, attempt } = job.context.run;
	const leg = {
		name,
		job: job.leg,
		runId,
		attempt,
		deferred: defer,
		...shards > 1 && { shards },
		settingsNote: note,
		notes: outcome.notes
	};
	try {
		const timeline = historyPage === null ? null : tellTimeline([...outcome.recorded, ...own], historyPage);
		const { context, pull } = job;
		const origin = {
			links: {
				run: context.run.url,
				artifact: null
			},
			commits: commitsOf(context, pull)
		};
		return writeReportFiles(folderOf(env, name), {
			...outcome,
			leg,
			timeline,
			origin
		});
	} catch (error) {
		warnings.push(`the report could not be written to RUNNER_TEMP: ${firstLineOf(error)}`);
		return null;
	}
}
function hideAttempts(parts) {
	const hidden = parts.map(({ outcome: { looks, verdict, measuredIn }, delivery: { job, name } }) => {
		const { id: runId, attempt } = job.context.run;
		const measured = measuredIn ?? {
			runId,
			attempt
		};
		const attempts = looks === null ? [] : listAttempts(looks, verdict, measured.attempt);
		return [name, {
			runId: measured.runId,
			attempts
		}];
	});
	return encodeHiddenAttempts(Object.fromEntries(hidden));
}
async function postComment({ body, hidden, isFailure }, parts, warnings) {
	const { job, commentName } = parts[0].delivery;
	const { client, pull } = job;
	const wanted = parts.flatMap(({ delivery: { defer, comment } }) => defer ? [] : [comment]);
	const policy = ["always", "on-failure"].find((each) => wanted.includes(each));
	if (pull === null || policy === void 0) return null;
	if (client === null) {
		warnings.push("no comment was written: there is no github-token");
		return null;
	}
	const { url, warning } = await deliverComment({
		client,
		pullNumber: pull.number,
		marker: markerOf(commentName),
		edition: editionOf(job.context, pull, job.startedAt),
		hidden,
		body,
		policy,
		isFailure,
		figures: (before) => mergeFigures(parts.map(({ outcome }) => listWorseFigures(outcome.verdict, before, outcome.labelled)))
	});
	if (warning !== null) warnings.push(warning);
	return url;
}
function listNewEntries({ verdict, rows, looks }, { job, store }) {
	return store === null ? [] : buildEntries(verdict, rows, runSourceOf(job.context), looks?.controls);
}
async function recordRun(entries, { job, name, store }, { log }, warnings) {
	if (store === null || entries.length === 0) return;
	try {
		await store.save(entries);
		log.info(`recorded as run ${job.context.run.id} in the history of ${name}`);
	} catch (error) {
		if (!(error instanceof BaselineError)) throw error;
		if (isNameTaken(error.cause)) throw refuseTakenName(name, job.leg, await findOtherLeg(job, name));
		warnings.push(summariseError(error));
	}
}
async function uploadReport(files, { job, name, upload: isWanted }, { log, upload }, warnings) {
	if (files === null || !isWanted) return null;
	const { context, leg } = job;
	if (isEnterpriseServer(context.serverUrl)) {
		log.info("nothing is uploaded: GitHub Enterprise Server has no artifacts that this action can write");
		return null;
	}
	const artifact = nameReportArtifact(name, context.run.attempt);
	try {
		return `${context.run.url}/artifacts/${await upload(artifact, files.all, files.folder)}`;
	} catch (error) {
		if (isNameTaken(error)) throw refuseTakenName(name, leg, await findOtherLeg(job, name));
		warnings.push(`the artifact ${artifact} was not uploaded: ${firstLineOf(error)}`);
		return null;
	}
}
async function findOtherLeg({ client, context }, name) {
	return client === null ? null : findLegWithName(client, context.run.id, nameReportArtifact(name, context.run.attempt));
}
// src/github/artifacts/history-store.ts
function chooseStore(settings, input) {
	const { baseline, historyKeep: keep } = settings;
	switch (baseline.kind) {
		case "none": return null;
		case "file": return createFileStore({
			path: relative(process.cwd(), resolve(input.workspace, baseline.path)),
			keep,
			upTo: settings.baselineRef
		});
		case "release-asset": return input.client === null ? makeUnreachableStore(`file ${baseline.asset} of the newest release`) : createReleaseAssetStore(findReleaseAsset.bind(null, input.client), {
			asset: baseline.asset,
			keep,
			upTo: settings.baselineRef
		});
		case "artifact": return input.client === null ? makeUnreachableStore("artifacts of workflow runs") : artifactStoreOf(settings, {
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
	if (repository.defaultBranch === null) return makeUnreachableStore("artifacts of the default branch, which is not known");
	return createArtifactStore(createGithubArtifactSource(client, {
		sha: findMeasuredSha(context),
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
const MOST_COMMIT_PAGES = 10;
const MOST_TAG_PAGES = 3;
function createGithubArtifactSource(client, { sha, upload }) {
	const { octokit, repo } = client;
	return {
		upload,
		statusOf,
		explainRefusal,
		describeRefusal,
		newestTag: () => findNewestTagBefore(client, sha),
		async runs({ workflow, branch, event }) {
			const { data } = await octokit.rest.actions.listWorkflowRuns({
				...repo,
				workflow_id: workflow,
				branch,
				...event === null ? {} : { event },
				per_page: 100
			});
			return data.workflow_runs.map(runOf);
		},
		run: (id) => askOrNull(async () => runOf((await octokit.rest.actions.getWorkflowRun({
			...repo,
			run_id: id
		})).data), [404]),
		async artifacts({ name, runId }) {
			const { data } = runId === null ? await octokit.rest.actions.listArtifactsForRepo({
				...repo,
				name,
				per_page: 100
			}) : await octokit.rest.actions.listWorkflowRunArtifacts({
				...repo,
				run_id: runId,
				name,
				per_page: 100
			});
			return toArtifacts(data);
		},
		download: async (id, maximumBytes) => downloadArtifact(client, id, maximumBytes),
		commitOf: async (ref) => findCommit(client, ref),
		fileAt: async (path, sha) => (await fetchBytes(client, path, sha))?.toString("utf8") ?? null,
		isAncestor: async (sha, of) => isAncestor(client, sha, of)
	};
}
async function findNewestTagBefore({ octokit, repo }, sha) {
	const tags = /* @__PURE__ */ new Map();
	let pages = 0;
	for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listTags, {
		...repo,
		per_page: 100
	})) {
		for (const { name, commit } of data) if (!tags.has(commit.sha)) tags.set(commit.sha, name);
		if (++pages === MOST_TAG_PAGES) break;
	}
	tags.delete(sha);
	if (tags.size === 0) return null;
	pages = 0;
	for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listCommits, {
		...repo,
		sha,
		per_page: 100
	})) {
		const tagged = data.find((commit) => tags.has(commit.sha));
		if (tagged !== void 0) return tags.get(tagged.sha);
		if (++pages === MOST_COMMIT_PAGES) break;
	}
	return null;
}
function createReleaseAssetStore(findAsset, { asset, keep, upTo = null }) {
	return {
		async load(name) {
			const none = {
				entries: [],
				origin: `file ${escapeForTerminal(asset)} of the newest release`,
				ancestor: null,
				passedOver: [],
				unreadable: null
			};
			let file;
			try {
				file = await findAsset(asset, LARGEST_HISTORY_BYTES);
			} catch (error) {
				return {
					...none,
					unreadable: explainRefusal(error, "contents: read")
				};
			}
			if (file === null) return {
				...none,
				passedOver: [`the newest release has no file ${escapeForTerminal(asset)}`]
			};
			const origin = `file ${escapeForTerminal(asset)} of release ${escapeForTerminal(file.tag)}`;
			const { entries } = mergeHistories([openAsset(file.content, origin)], keep);
			const own = entries.filter(({ row }) => row.series.name === name);
			return {
				...none,
				origin,
				entries: cutUpTo(own, upTo, `in the ${origin}`)
			};
		},
		async save() {
			throw new BaselineError(`The file ${escapeForTerminal(asset)} of a release is only read: this run was not recorded.`, { remedy: "set record: never here, and attach a new history file when you release" });
		}
	};
}
function openAsset(content, origin) {
	try {
		if (content.length > 33554432) throw new ArtifactRefusal(`it is longer than ${LARGEST_HISTORY_BYTES} bytes`);
		return decodeUploaded(decodeUtf8(content));
	} catch (error) {
		if (!(error instanceof ArtifactRefusal)) throw error;
		throw new BaselineError(`The ${origin} is not used: ${error.message}.`, {
			remedy: "attach a history file as the command writes it (--append), or name another file",
			cause: error
		});
	}
}
async function findReleaseAsset(client, name, maximumBytes) {
	const { octokit, repo } = client;
	const release = await askOrNull(async () => (await octokit.rest.repos.getLatestRelease(repo)).data, [404]);
	const asset = release?.assets.find((asset) => asset.name === name);
	if (release === null || asset === void 0) return null;
	const options = {
		maximumBytes,
		mediaType: "application/octet-stream"
	};
	return {
		tag: release.tag_name,
		content: await download(client, `/releases/assets/${asset.id}`, options)
	};
}
function makeUnreachableStore(origin) {
	const unreadable = {
		why: "there is no github-token to read it with",
		remedy: "leave github-token at its default, and give the job permissions: actions: read"
	};
	return {
		load: async () => ({
			entries: [],
			origin,
			ancestor: null,
			passedOver: [],
			unreadable
		}),
		save: async () => {
			throw new BaselineError(`This run was not recorded: ${unreadable.why}.`, { remedy: unreadable.remedy });
		}
	};
}
// src/github/shards.ts
const BOUNDS = {
	inflatedBytes: 1073741824,
	ratio: 1e3
};
const LARGEST_ZIP_BYTES = 536870912;
const MOST_LOOKS = 20;
const SECONDS_BETWEEN = 3;
function shareParts({ settings, job }, shard, { env, upload, githubPauseMs, signal, log }) {
	const { context, client } = job;
	if (isEnterpriseServer(context.serverUrl)) throw refuse(shard, ENTERPRISE);
	if (client === null) throw refuse(shard, NO_TOKEN$1);
	const place = (number, sweep) => {
		const one = {
			...shard,
			number
		};
		const folder = join(folderOf(env, settings.name), "shards", `${sweep}-look`);
		const file = `shard-${number}-of-${shard.count}.part`;
		const artifact = namePartArtifact(one, sweep, {
			name: settings.name,
			attempt: context.run.attempt
		});
		return {
			shard: one,
			folder,
			file,
			path: join(folder, file),
			artifact
		};
	};
	return {
		commit: findMeasuredSha(context) || null,
		async hand(sweep, part) {
			const placed = place(shard.number, sweep);
			writeWhole(placed.path, part);
			await uploadPart(placed, upload);
			log.info(`shard ${renderShard(shard)}: its part is the artifact ${placed.artifact}`);
		},
		async fetchAll(sweep) {
			const paths = [];
			for (let number = 1; number <= shard.count; number++) {
				const placed = place(number, sweep);
				if (number !== shard.number) await fetchPart(placed, {
					client,
					runId: context.run.id,
					githubPauseMs,
					signal
				});
				paths.push(placed.path);
			}
			return paths;
		},
		strip: isReduced(settings, job) ? (report) => ({
			...report,
			context: leaveOutContext(report.context)
		}) : null
	};
}
async function uploadPart({ shard, folder, path, artifact }, upload) {
	try {
		await upload(artifact, [path], folder);
	} catch (error) {
		throw new GithubError(`the part of this shard, the artifact ${artifact}, was not uploaded: ${isNameTaken(error) ? `another job of this run is shard ${renderShard(shard)}, too` : firstLineOf(error)}`, { cause: error });
	}
}
async function fetchPart({ shard, file, path, artifact: name }, source) {
	const { client, runId } = source;
	try {
		const zip = await fetchZip(client, runId, await waitForArtifact(name, source), LARGEST_ZIP_BYTES);
		const part = openEntry(zip, file, BOUNDS);
		if (part === null) throw new Error(`it holds no ${file}`);
		writeWhole(path, [part]);
	} catch (error) {
		const why = explainAbsence(error, "actions: read");
		throw new GithubError(`the part of shard ${renderShard(shard)}, the artifact ${name}, cannot be used: ${why}`, { cause: error });
	}
}
async function waitForArtifact(name, { client, runId, githubPauseMs, signal }) {
	for (let looks = 1;; looks++) {
		const artifact = await findArtifact(client, runId, name);
		if (artifact !== null) return artifact;
		if (looks === MOST_LOOKS || signal.aborted) throw new Error("it is not among the artifacts of this run");
		await new Promise((resolve) => setTimeout(resolve, SECONDS_BETWEEN * githubPauseMs));
	}
}
function refuse(shard, message) {
	return new SettingsError([{
		setting: "shard",
		given: renderShard(shard),
		message
	}]);
}
const ENTERPRISE = "needs artifacts, and GitHub Enterprise Server has none that this action can write; run \"plateau run --shard\" and \"plateau merge\" as steps";
const NO_TOKEN$1 = "needs a github-token, with which the first shard fetches the parts of the others; leave it at its default";
// src/github/outcome.ts
function buildEmptyOutcome(verdict, notes = []) {
	return {
		verdict,
		report: null,
		controls: [],
		rows: [],
		comparedWith: [],
		recorded: [],
		looks: null,
		records: [],
		notes,
		labelled: [],
		measuredIn: null
	};
}
async function measureJob(assignment, store, ports) {
	const { settings, job } = assignment;
	const { log, signal } = ports;
	const { earlier, notes: notesOnAttempts } = await findEarlierAttempts(assignment);
	for (const note of notesOnAttempts) log.info(note);
	const reading = store === null ? null : keepLoaded(store);
	if (earlier.length > 0) log.info(`counted together with attempt ${earlier.map(nameAttempt).join(", ")}`);
	try {
		const result = await ports.measure(settings, {
			store: reading,
			hide: log.hide,
			redact: log.redact,
			signal,
			earlier,
			run: {
				id: String(job.context.run.id),
				attempt: job.context.run.attempt
			},
			log: log.info,
			onPhase: (phase) => log.phase(capitalise(phase)),
			serverLogs: join(folderOf(ports.env, settings.name), "logs"),
			onLevelStart: () => {},
			onLevelEnd: log.info,
			...ports.knownEndpoints !== void 0 && { knownEndpoints: ports.knownEndpoints },
			sharing: settings.shard === null ? null : shareParts(assignment, settings.shard, ports)
		});
		const { report, controls, rows, verdict, looks, baseline } = result;
		const figures = {
			report,
			controls,
			rows,
			verdict: hideHostChange(verdict),
			looks,
			comparedWith: baseline?.entries ?? []
		};
		const shown = isReduced(settings, job) ? keepFiguresOnly(figures) : figures;
		const troubles = result.error === null ? [] : [ports.log.redact(summariseError(result.error))];
		const notes = [...notesOnAttempts.map(log.redact), ...troubles];
		const outcome = {
			...shown,
			recorded: settings.historyPage ? listRecorded(reading?.loaded() ?? [], assignment, log) : [],
			records: result.records,
			notes,
			labelled: [],
			measuredIn: null
		};
		return signal.aborted ? outcome : await acceptByLabels(outcome, assignment, ports);
	} catch (error) {
		if (!(error instanceof EndpointError)) throw error;
		log.info(error.message);
		const reason = signal.aborted ? "cancelled" : "endpoint";
		const notes = signal.aborted ? [] : [ports.log.redact(summariseError(error))];
		return buildEmptyOutcome(concludeWithoutFigures(settings.name, reason, settings), notes);
	}
}
async function judgeAgain(assignment, { log }) {
	const { settings, job, joinsHistory } = assignment;
	const { client, context, pull } = job;
	if (!context.isAboutLabel || client === null || pull === null || joinsHistory) return null;
	try {
		const earlier = await findEarlierResult(client, context, pull, settings.name);
		if (earlier === null) return null;
		const { result, comparedWith, runId } = earlier;
		const outcome = {
			...buildEmptyOutcome(redactVerdict(result.verdict, log.redact), result.leg.notes.map(log.redact)),
			report: result.report === null ? null : redactReport(result.report, log.redact),
			looks: result.looksJson == null ? null : redactLooks(decodeLooks(result.looksJson), log.redact),
			comparedWith,
			recorded: comparedWith,
			measuredIn: {
				runId,
				attempt: result.leg.attempt
			}
		};
		log.info(`run ${runId} has measured this commit: only the labels are looked at again`);
		return await acceptByLabels(outcome, assignment, { log });
	} catch (error) {
		const why = explainAbsence(error, "actions: read");
		log.warning(`what an earlier run measured of this commit could not be read, so it is measured again: ${why}`);
		return null;
	}
}
async function acceptByLabels(outcome, { settings, job, joinsHistory, commentName }, { log }) {
	const { client, context, pull } = job;
	if (client === null || settings.defer && !joinsHistory) return outcome;
	if (pull === null && !outcome.verdict.comparisons.some(({ verdict }) => looksWorse(verdict))) return outcome;
	const { pulls, notes } = await readLabels(client, await findLabelSource(client, context, pull), {
		context,
		names: [settings.name],
		acceptLabel: settings.acceptLabel,
		markers: [markerOf(commentName), reportMarkerOf(context.workflowFile)]
	});
	const labelled = gatherAcceptances(pulls, settings.acceptLabel, outcome.verdict);
	for (const note of notes) log.warning(note);
	return {
		...outcome,
		verdict: redactVerdict(applyAcceptances(outcome.verdict, labelled.acceptances), log.redact),
		notes: [...outcome.notes, ...[...notes, ...labelled.notes].map(log.redact)],
		labelled: labelled.acceptances
	};
}
function keepLoaded(store) {
	let entries = [];
	return {
		loaded: () => entries,
		save: async (added) => store.save(added),
		load: async (name) => {
			const baseline = await store.load(name);
			entries = baseline.entries;
			return baseline;
		}
	};
}
function listRecorded(entries, { settings, job }, { redact }) {
	const safe = entries.map((entry) => redactEntry(entry, redact));
	return isReduced(settings, job) ? safe.map(leaveOutOfEntry) : safe;
}
function nameAttempt({ attempt, run }) {
	return run === void 0 ? String(attempt) : `${attempt} of run ${run}`;
}
function hideHostChange(verdict) {
	const whatElseChanged = verdict.whatElseChanged.map((change) => change.what === "host" ? {
		...change,
		before: "another",
		now: "this one"
	} : change);
	return {
		...verdict,
		whatElseChanged
	};
}
// src/github/job/situation.ts
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
function judgeSituation(context, settings, facts) {
	const { event, actor } = context;
	if (settings.sendsNothing && event === "pull_request") return {
		kind: "measure",
		joinsHistory: false
	};
	if ((facts.isForeign || isOfFork(context)) && !(settings.allowFork && hasSecretsForForks(event))) {
		if (event === "pull_request_target") throw refuseFork(settings.allowForkProblem);
		return {
			kind: "skip",
			reason: isOfFork(context) ? "fork" : "foreign-commit"
		};
	}
	if (actor === "dependabot[bot]") return {
		kind: "skip",
		reason: "dependabot"
	};
	if (!settings.hasKey && !settings.needsNoKey && !settings.sendsNothing && isByAnybody(context)) return {
		kind: "skip",
		reason: "no-key"
	};
	if (isByAnybody(context) && !facts.isByWriter) return {
		kind: "skip",
		reason: "no-writer"
	};
	return {
		kind: "measure",
		joinsHistory: recordsByItself(context)
	};
}
function isByAnybody({ event }) {
	return !TRUSTED_EVENTS.has(event);
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
	if (record === "never" || baseline.kind === "none") return false;
	return record === "always" || situation.joinsHistory && baseline.kind !== "release-asset";
}
function carriesKey(headers) {
	return Object.keys(headers).some(isSecretName);
}
function checkOnGithub(settings, context) {
	const problems = [
		...findKeyProblems(settings, context),
		...findCommandProblems(settings, context),
		...findServerProblems(settings, context)
	];
	if (problems.length > 0) throw new SettingsError(problems);
}
function findKeyProblems({ auth, apiKey, headers, results }, { event }) {
	if (results !== null || !credentialsOf(auth.kind).includes("api-key") || apiKey !== null || carriesKey(headers)) return [];
	return [{
		setting: "api-key",
		given: null,
		message: `is empty in this run (${event}): look at the secret that it comes from: its name, that it exists for this repository and environment, and that a called workflow gets it (secrets: inherit). For an endpoint without a key set auth: none`
	}];
}
function findCommandProblems(settings, context) {
	if (!isOfFork(context)) return [];
	const message = "runs nothing for a pull request of a fork: whoever opened it would decide what is run on this machine. Give it only where github.event.pull_request.head.repo.fork is false";
	return listCommands(settings).map((setting) => ({
		setting,
		given: null,
		message
	}));
}
function findServerProblems({ baseline, defer, upload }, { serverUrl }) {
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
	return [
		"pull_request_target",
		"workflow_run",
		"issue_comment"
	].includes(event) || event.startsWith("deployment");
}
function recordsByItself(context) {
	const { event, workflowRun, repository } = context;
	if (event === "workflow_run") return workflowRun?.event === "push" && workflowRun.headRepositoryId === repository.id && repository.defaultBranch !== null && workflowRun.headBranch === repository.defaultBranch;
	return RECORDING_EVENTS.includes(event) && isDefaultBranch(context);
}
function refuseFork(unread) {
	if (unread !== null) return new SettingsError([unread]);
	return new SettingsError([{
		setting: "let-forks-use-my-key",
		given: null,
		message: "is not set, and this is a pull_request_target run of a fork: whoever opened the pull request would decide what is measured with your key. Use on: pull_request, where forks are skipped; or set let-forks-use-my-key: true if you mean it"
	}]);
}
const NOT_WRITTEN = /* @__PURE__ */ new Set([
	"repository",
	"repo",
	"organization",
	"enterprise",
	"sender",
	"installation"
]);
function isNamedByEvent(endpoint, event) {
	const name = trimDots(endpoint.hostname);
	const spellings = [name, domainToUnicode(name)];
	return asTexts(event).some((text) => {
		const plain = text.normalize("NFKC").toLowerCase();
		return spellings.some((spelling) => plain.includes(spelling)) || text.split(NOT_IN_URLS).some((word) => hostOf(word) === name);
	});
}
const NOT_IN_URLS = /[\s"'`<>(),;|]+/;
function hostOf(word) {
	const url = /^[a-z]+:\/\//i.test(word) ? word : `https://${word}`;
	return word !== "" && URL.canParse(url) ? trimDots(new URL(url).hostname) : null;
}
function trimDots(name) {
	return name.replace(/(?<!\.)\.+$/, "");
}
function asTexts(value) {
	if (typeof value === "string") return [value];
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, member]) => NOT_WRITTEN.has(key) ? [] : asTexts(member));
}
// src/github/job/base-files.ts
const WHAT = {
	config: "Settings",
	"prompts-file": "Prompts",
	"trace-file": "Requests of the trace",
	"ca-cert": "Trusted authorities",
	"client-cert": "Client certificates",
	"client-key": "Client keys"
};
const NO_TOKEN = "there is no github-token; leave it at its default";
async function placeConfig(job, inputs, readBytes, pullTrouble) {
	const path = inputs.get("config")?.text ?? null;
	return path === null ? {
		readBytes,
		note: null
	} : readAtBase(job, ["config", path], readBytes, pullTrouble);
}
const BASE_FILES = [
	"prompts-file",
	"trace-file",
	"ca-cert",
	"client-cert",
	"client-key"
];
async function placeFiles(job, all, readBytes, pullTrouble) {
	const atBase = /* @__PURE__ */ new Map();
	const notes = [];
	for (const setting of BASE_FILES) for (const path of new Set(all.map((given) => given.get(setting)?.text.trim() ?? ""))) {
		if (findRepositoryPath(path, job.workspace) === null) continue;
		const { readBytes: readOfBase, note } = await readAtBase(job, [setting, path], readBytes, pullTrouble);
		atBase.set(path, readOfBase);
		if (note !== null) notes.push(note);
	}
	return {
		readBytes: (path) => (atBase.get(path) ?? readBytes)(path),
		notes
	};
}
function decodeText(readBytes) {
	return (path) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(readBytes(path));
}
const UNKNOWN_BASE = "counts in a pull request as its base has it, so that no change loosens its own gate, and the base could not be read";
async function readAtBase({ client, base, workspace }, [setting, path], readBytes, pullTrouble) {
	const refuse = (message) => new SettingsError([{
		setting,
		given: path,
		message
	}]);
	if (pullTrouble !== null) throw refuse(`${UNKNOWN_BASE}: ${pullTrouble}`);
	if (base === null) return {
		readBytes,
		note: null
	};
	if (client === null) throw refuse(`${UNKNOWN_BASE}: ${NO_TOKEN}`);
	const inRepository = findRepositoryPath(path, workspace);
	if (inRepository === null) throw refuse("must be a file of the repository: of no other is there one at the base");
	const content = await fetchBytes(client, inRepository, base).catch((error) => {
		throw refuse(`${UNKNOWN_BASE}: ${explainAbsence(error, "contents: read")}`);
	});
	if (content === null) return {
		readBytes,
		note: `${WHAT[setting]} are those of this pull request: its base has no \`${path}\` yet.`
	};
	const isSame = readOrNull(readBytes, path)?.equals(content) === true;
	const note = `${WHAT[setting]} are those of the base; the changes to \`${path}\` here count after the merge.`;
	return {
		readBytes: () => content,
		note: isSame ? null : note
	};
}
function findRepositoryPath(path, workspace) {
	const local = relative(workspace, resolve(workspace, path));
	return local === "" || local === ".." || local.startsWith(`..${sep}`) || isAbsolute(local) ? null : local.split(sep).join("/");
}
function readOrNull(readBytes, path) {
	try {
		return Buffer.from(readBytes(path));
	} catch {
		return null;
	}
}
// src/github/step.ts
const SHOWN_HOSTS = [
	"github.com",
	"docs.github.com",
	...[process.env["GITHUB_SERVER_URL"], process.env["GITHUB_API_URL"]].flatMap((url) => url !== void 0 && URL.canParse(url) ? [new URL(url).host] : [])
];
function createActionLog(runner = core_exports) {
	const redactor = createRedactor();
	const hosts = createHostHider(SHOWN_HOSTS);
	const redact = (text) => hosts.redact(redactor.redact(text));
	const write = (text) => dropCodeMarks(redact(text));
	const masked = /* @__PURE__ */ new Set();
	let isOpen = false;
	const endPhase = () => {
		if (isOpen) runner.endGroup();
		isOpen = false;
	};
	return {
		redact,
		endPhase,
		info: (line) => runner.info(defuseCommands(write(line))),
		debug(lines) {
			if (runner.isDebug()) runner.info(defuseCommands(redact(lines)));
		},
		warning: (message) => runner.warning(write(message)),
		annotate(level, title, message) {
			endPhase();
			runner[level](write(message), { title: write(title) });
		},
		phase(heading) {
			endPhase();
			runner.startGroup(redact(heading));
			isOpen = true;
		},
		hideHosts: hosts.hide,
		hide(secret) {
			for (const form of redactor.hide(secret)) {
				if (!masked.has(form)) runner.setSecret(form);
				masked.add(form);
			}
		}
	};
}
const HIDDEN_HOST = "[host]";
function createHostHider(shown) {
	const names = /* @__PURE__ */ new Set();
	let label = HIDDEN_HOST;
	let pattern = null;
	return {
		hide(hosts, given = null) {
			for (const host of hosts) for (const form of listForms(host)) names.add(form);
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
function listForms(host) {
	const name = host.toLowerCase().replace(/\.$/, "");
	return name === "" ? [] : [name, domainToUnicode(name)].filter((form) => form !== "");
}
function patternOf(name) {
	const host = escapeForPattern(name);
	const bounded = String.raw`(?<![\w.-])${host}\.?(?::\d{1,5})?(?![\w-]|\.\w)`;
	if (/[.:]/.test(name)) return bounded;
	return String.raw`(?<=\/\/|\bENOTFOUND |\bEAI_AGAIN )${bounded}|(?<![\w.-])${host}:\d{1,5}(?![\w-])`;
}
function openSummary(path) {
	const add = (text) => {
		if (path !== void 0 && path !== "") appendFileSync(path, `${text}\n`);
	};
	return {
		write: (full, short) => add(fits(full) ? full : short),
		append: (text) => add(`\n${text}`)
	};
}
function fits(text) {
	return SUMMARY_ROOM.sizeOf(text) <= SUMMARY_ROOM.most;
}
function startStep(run, githubPauseMs = 1e3) {
	const { env } = process;
	const log = createActionLog();
	setExitCode(run({
		env,
		log,
		summary: openSummary(env["GITHUB_STEP_SUMMARY"]),
		setOutput,
		readFile: readTextFile,
		signal: createInterruptSignal(),
		wallClock: () => /* @__PURE__ */ new Date(),
		githubPauseMs
	}), log);
}
const GRACE_MS = 5e3;
function setExitCode(work, log) {
	const fail = (error) => {
		log.annotate("error", "Plateau: unexpected error", messageOf(error));
		return process.exit(STEP_EXIT.failed);
	};
	process.exitCode = STEP_EXIT.failed;
	process.on("uncaughtException", fail);
	process.on("unhandledRejection", fail);
	work.then((code) => {
		process.exitCode = code;
		setTimeout(() => process.exit(), GRACE_MS).unref();
	});
}
// src/github/job/assignment.ts
async function readAssignment(ports) {
	const { env, readFile, readBytes, log, wallClock } = ports;
	const inputs = readInputs(ACTION_SETTINGS, env);
	const secretsGiven = [
		...findSecrets(ACTION_SETTINGS, inputs),
		...findSecretsInEnvironment(ACTION_SETTINGS, env),
		...findSecretsInherited(ACTION_SETTINGS, inputs, env)
	];
	for (const secret of secretsGiven) log.hide(secret);
	log.hideHosts(HOSTED.flatMap(({ name }) => listHostsIn(inputs.get(name)?.text ?? "")), labelOf(inputs));
	const context = readContext(env, readFile);
	checkEvent(context);
	const { job, pullTrouble, facts } = await describeJob(context, inputs, ports);
	const readLocal = (path) => readBytes(resolve(job.workspace, path));
	const source = await placeConfig(job, inputs, readLocal, pullTrouble);
	const config = await readConfig(inputs, decodeText(source.readBytes), "action");
	const { shard = null } = readValues(SHARD_SETTINGS, inputs).values;
	const jobName = nameJob(context.job, inputOf(env, "matrix"), shard);
	const all = listGiven(inputs, config, jobName);
	const before = all.map((given) => readBeforeSettings(inputs, given, jobName, env));
	const situation = judgeSituation({
		...context,
		pullRequest: job.pull
	}, before[0], facts);
	if (situation.kind === "skip") {
		const { reason } = situation;
		const skipped = {
			job,
			reason,
			shard
		};
		return {
			kind: "skip",
			parts: before.map(({ name, policy, checkRun, defer }) => ({
				...skipped,
				name,
				policy,
				checkRun,
				defer
			}))
		};
	}
	const files = await placeFiles(job, [...all, ...config.mixed?.values() ?? []], readLocal, pullTrouble);
	const resolved = await resolveScenarios({
		inputs,
		env,
		readFile: decodeText(files.readBytes),
		readBytes: files.readBytes,
		config,
		wallClock,
		defaults: {
			baseline: { kind: "artifact" },
			name: jobName
		}
	});
	const event = readPayload(env["GITHUB_EVENT_PATH"], readFile);
	for (const { settings, sources, secrets } of resolved) {
		for (const secret of secrets) log.hide(secret);
		hideHosts(settings, sources, log);
		checkOnGithub(settings, context);
	}
	if (resolved.some(({ settings }) => goesWhereEventSays(settings, event))) log.warning(NAMED_BY_EVENT);
	const settingsNote = [source.note, ...files.notes].filter((note) => note !== null).join(" ") || null;
	return {
		kind: "measure",
		parts: resolved.map(({ settings, sources }) => ({
			job,
			settings,
			sources,
			settingsNote,
			joinsHistory: joinsHistory(settings, situation),
			commentName: resolved.length === 1 ? settings.name : nameAll(layerGiven(inputs, config.given), jobName)
		}))
	};
}
function listGiven(inputs, { given, scenarios }, jobName) {
	const several = [...scenarios ?? []];
	if (several.length === 0) return [layerGiven(inputs, given)];
	return several.map(([name, own]) => tellScenario(layerGiven(inputs, own, given), {
		name,
		own,
		count: several.length
	}, {
		list: ACTION_SETTINGS,
		defaultName: jobName
	}));
}
function nameAll(given, jobName) {
	return readValues(HISTORY_SETTINGS, given).values.name ?? jobName;
}
function goesWhereEventSays({ endpoint, control, tokenUrl, allowedHosts }, event) {
	const goals = [
		endpoint,
		control,
		tokenUrl
	].filter((url) => url !== null);
	return allowedHosts.length === 0 && goals.some((url) => isNamedByEvent(url, event));
}
const HOSTED = [
	ENDPOINT_SETTINGS.endpoint,
	CONTROL_SETTINGS.control,
	ENDPOINT_SETTINGS.versionUrl,
	ENDPOINT_SETTINGS.tokenUrl,
	ENDPOINT_SETTINGS.serverMetrics,
	ENDPOINT_SETTINGS.proxy,
	ENDPOINT_SETTINGS.allowedHosts
];
function hideHosts(settings, sources, log) {
	const { endpoint, control, versionUrl, tokenUrl, proxy } = settings;
	const urls = [
		endpoint,
		control,
		versionUrl,
		tokenUrl,
		proxy
	].flatMap((url) => url?.toString() ?? []);
	const isGiven = sources.some(({ name, source }) => name === LABEL && source !== "default");
	log.hideHosts(urls.flatMap(listHostsIn), isGiven ? settings.endpointLabel : null);
}
const LABEL = ENDPOINT_SETTINGS.endpointLabel.name;
function labelOf(inputs) {
	return inputs.get(LABEL)?.text.trim() ?? null;
}
const NAMED_BY_EVENT = "the host of the endpoint comes from the event, and allowed-hosts does not say where the key may go; set allowed-hosts";
async function describeJob(context, inputs, { env, log, signal, wallClock, githubPauseMs }) {
	const startedAt = wallClock().toISOString();
	const token = inputs.get("github-token")?.text ?? "";
	const client = token === "" ? null : connectGithub(token, context, {
		log: log.info,
		signal,
		pauseMs: githubPauseMs
	});
	const { pull, isForeign, trouble } = await findSubjectOrTrouble(client, context, log);
	return {
		job: {
			context,
			startedAt,
			client,
			pull,
			base: commitsOf(context, pull).base,
			workspace: env["GITHUB_WORKSPACE"] || process.cwd(),
			leg: legOf(context.job, inputOf(env, "matrix")),
			jobTotal: readJobTotal(inputOf(env, "job-total"))
		},
		pullTrouble: trouble,
		facts: {
			isForeign,
			isByWriter: isByAnybody(context) && await checkWriter(client, context, log)
		}
	};
}
async function findSubjectOrTrouble(client, context, log) {
	if (client === null) {
		if (context.commented !== null) throw refuseComment(NO_TOKEN);
		const mayHaveOne = context.pullRequest === null && findSoughtHead(context) !== null;
		return {
			pull: context.pullRequest,
			isForeign: false,
			trouble: mayHaveOne ? NO_TOKEN : null
		};
	}
	try {
		return {
			...await findSubject(client, context),
			trouble: null
		};
	} catch (error) {
		const trouble = describeRefusal(error, "pull-requests: read");
		if (context.commented !== null) throw refuseComment(trouble);
		log.warning(`the pull request of this commit could not be found: ${trouble}`);
		return {
			pull: null,
			isForeign: false,
			trouble
		};
	}
}
function refuseComment(why) {
	const message = `cannot find the pull request that this comment is on, so nothing is sent: ${why}`;
	return new SettingsError([{
		setting: "github-token",
		given: null,
		message
	}]);
}
async function checkWriter(client, { actor, event }, log) {
	const refuse = (why) => {
		log.warning(`anybody can cause ${event}, and whether ${actor} may write here was not found out: ${why}`);
		return false;
	};
	if (client === null) return refuse(NO_TOKEN);
	try {
		return await mayWrite(client, actor);
	} catch (error) {
		return refuse(describeRefusal(error, "contents: read"));
	}
}
function readBeforeSettings(inputs, given, jobName, env) {
	const { headers } = readValues(ENDPOINT_SETTINGS, inputs).values;
	const credentials = addBorrowed(ENDPOINT_SETTINGS, layerGiven(inputs, readEnvironment(ENDPOINT_SETTINGS, env)), env);
	const { values, problems } = readValues(REPORT_SETTINGS, inputs);
	const { name } = readValues(HISTORY_SETTINGS, given).values;
	const { checkRun, defer } = readValues(REPORT_SETTINGS, given).values;
	const policy = readValues(GATE_SETTINGS, given).values;
	const controlKey = layerGiven(inputs, readEnvironment(CONTROL_SETTINGS, env)).get("control-api-key")?.text ?? "";
	return {
		hasKey: hasCredentials(credentials, env) || controlKey.trim() !== "" || carriesKey(headers ?? {}),
		needsNoKey: inputs.get("auth")?.text.trim() === "none",
		sendsNothing: (given.get("results")?.text.trim() ?? "") !== "",
		allowFork: values.allowFork === true,
		allowForkProblem: problems.find(({ setting }) => setting === REPORT_SETTINGS.allowFork.name) ?? null,
		checkRun: checkRun === true,
		defer: defer === true,
		name: name ?? jobName,
		policy: pickPolicy({
			...DEFAULT_POLICY,
			...policy
		})
	};
}
// src/github/action.ts
async function runAction(ports) {
	const { log, signal } = ports;
	deliverOutputs(DEFAULT_OUTPUTS, ports);
	try {
		log.phase("Settings");
		const assignment = await readAssignment(ports);
		if (assignment.kind === "skip") {
			for (const { job, name } of assignment.parts) refuseSecondStep(job, name, ports);
			const { shard } = assignment.parts[0];
			if (shard !== null && shard.number > 1) return leaveToFirst(shard, ports);
			return await deliverOutcomes(assignment.parts.map(skipJob), ports);
		}
		const { parts } = assignment;
		for (const { job, settings } of parts) refuseSecondStep(job, settings.name, ports);
		if (parts[0].settings.dryRun) return showDryRun(parts, ports);
		const { shard } = parts[0].settings;
		if (shard !== null && shard.number > 1) return await measureOtherShard(parts[0], shard, ports);
		const code = await deliverOutcomes(await measureAll(parts, ports), ports);
		return signal.aborted ? STEP_EXIT.interrupted : code;
	} catch (error) {
		return signal.aborted ? tellInterrupted(ports) : tellFailure(error, ports);
	}
}
async function measureOtherShard(assignment, shard, ports) {
	const { settings } = assignment;
	if (await judgeAgain(assignment, ports) !== null) return leaveToFirst(shard, ports);
	const { log, signal } = ports;
	const sharing = shareParts(assignment, shard, ports);
	log.phase("Sweep");
	const hooks = {
		...log,
		log: log.info,
		signal,
		commit: sharing.commit,
		onLevelStart: () => {},
		onLevelEnd: log.info
	};
	await ports.measureForFirst(settings, shard, hooks, sharing);
	return leaveToFirst(shard, ports);
}
function leaveToFirst({ count }, { log }) {
	log.endPhase();
	log.info(`shard 1/${count} decides about what all shards measure; its job has report and verdict`);
	return STEP_EXIT.passed;
}
function refuseSecondStep({ context }, name, { env, readFile }) {
	if (isLeftByEarlierStep(folderOf(env, name), context, readFile)) throw refuseSharedStepName(name);
}
function showDryRun(parts, { log }) {
	log.endPhase();
	const several = parts.length > 1;
	if (several) for (const line of describePlans(parts.map(({ settings }) => settings))) log.info(line);
	for (const { settings, sources } of parts) {
		if (several) log.info(settings.name);
		for (const line of renderDryRun(settings, sources, { width: Infinity }).trimEnd().split("\n")) log.info(line);
	}
	return STEP_EXIT.passed;
}
async function measureAll(parts, ports) {
	const { log, signal } = ports;
	const several = parts.length > 1;
	const stores = parts.map((part) => chooseStore(part.settings, storeInput(part, ports)));
	if (several) for (const line of describePlans(parts.map(({ settings }) => settings))) log.info(line);
	const delivered = [];
	const measuring = several ? {
		...ports,
		knownEndpoints: createKnownEndpoints()
	} : ports;
	for (const [i, part] of parts.entries()) {
		if (several && !signal.aborted) {
			log.endPhase();
			log.info(`Scenario ${i + 1} of ${parts.length}: ${part.settings.name}`);
		}
		const store = stores[i];
		const outcome = several ? await measureOneOf(part, store, measuring) : await measurePart(part, store, measuring);
		delivered.push({
			outcome,
			delivery: deliveryOf(part, outcome, store)
		});
	}
	return signal.aborted ? delivered.map(keepOnDisk) : delivered;
}
async function measurePart(part, store, ports) {
	return await judgeAgain(part, ports) ?? measureJob(part, store, ports);
}
async function measureOneOf(part, store, ports) {
	const { log, signal } = ports;
	const { settings } = part;
	if (signal.aborted) return buildEmptyOutcome(concludeWithoutFigures(settings.name, "cancelled", settings));
	try {
		return await measurePart(part, store, ports);
	} catch (error) {
		if (!(error instanceof BaselineError)) throw error;
		log.info(error.message);
		const note = log.redact(summariseError(error));
		return buildEmptyOutcome(concludeWithoutFigures(settings.name, "baseline", settings), [note]);
	}
}
function skipJob({ job, name, reason, policy, checkRun, defer, shard }) {
	return {
		outcome: buildEmptyOutcome(concludeWithoutFigures(name, reason, policy)),
		delivery: {
			job,
			name,
			settingsNote: null,
			comment: "never",
			checkRun: checkRun && job.context.event === "pull_request",
			acceptLabel: "",
			defer,
			upload: defer,
			shards: shard?.count ?? 1,
			historyPage: null,
			store: null,
			commentName: name
		}
	};
}
function deliveryOf({ job, settings, settingsNote, joinsHistory, commentName }, { measuredIn }, store) {
	const joins = joinsHistory && (settings.upload || settings.baseline.kind !== "artifact");
	const { name, comment, checkRun, acceptLabel, defer, shard } = settings;
	const upload = settings.upload && (measuredIn === null || defer);
	const again = measuredIn === null ? [] : [`Run ${measuredIn.runId} measured this commit; only its labels were looked at again.`];
	return {
		job,
		name,
		settingsNote: [...settingsNote === null ? [] : [settingsNote], ...again].join(" ") || null,
		comment,
		checkRun,
		acceptLabel,
		defer,
		upload,
		shards: shard?.count ?? 1,
		historyPage: settings.historyPage ? settings : null,
		store: joins ? store : null,
		commentName
	};
}
function keepOnDisk({ outcome, delivery }) {
	return {
		outcome,
		delivery: {
			...delivery,
			comment: "never",
			checkRun: false,
			upload: false,
			store: null
		}
	};
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
export { GithubError as A, mergeFigures as C, inputOf as D, hasReadOnlyToken as E, explainAbsence as M, readContext as O, editionOf as S, attemptUrlOf as T, deliverWarnings as _, gatherAcceptances as a, tellInterrupted as b, describeSharedName as c, uploadToRun as d, annotateVerdict as f, deliverSummary as g, deliverOutputs as h, findLabelSource as i, connectGithub as j, readInputs as k, pickNewestResults as l, deliverComment as m, startStep as n, listWorseFigures as o, deliverCheckRuns as p, listAttempts as r, readLabels as s, runAction as t, readLegResults as u, describeRun as v, reportMarkerOf as w, findSubject as x, tellFailure as y };
