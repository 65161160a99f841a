import { f as proveClient, st as describeProof } from "./sweep.js";
import { Jt as EXIT, _t as RUN_SETTINGS, dt as resolveFlags, ft as splitArguments, nn as writePlain, tn as wrap } from "./plateau.js";
import { S as recordsBranch, b as readWorkflowFiles, g as findOrigin, h as findDefaultBranch, i as GITLAB_PLACES, m as BRANCH, v as readFolder, y as readRepositoryFile } from "./late.js";
import { Kt as isPlaceholder, ai as escapeForTerminal, gi as showUrl, un as readValues, xi as SettingsError } from "./measuring.js";
import { n as readConfigFile } from "./config-file.js";
// src/commands/doctor/job-config.ts
const isExpression = (text) => text.includes("${{");
function findWrongValues(given) {
	const set = Object.fromEntries(Object.entries(RUN_SETTINGS).filter(([, { name }]) => given.has(name)));
	return readValues(set, given, "action").problems;
}
function readJobConfig(job, readFile) {
	const path = job.inputs.get("config")?.trim() ?? "";
	if (path === "" || isExpression(path)) return {
		job,
		faults: []
	};
	const its = `has its settings in ${escapeForTerminal(path)}`;
	const unseen = job.checksOut ? [] : [[`${its}, and no step before checks it out`, "add a step with actions/checkout"]];
	const text = readFile(path);
	if (text === null) return {
		job,
		faults: [...unseen, [`${its}, which is not here`, "write that file, or correct its path in config"]]
	};
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
		faults: [...unseen, ...problems.map((problem) => [new SettingsError([problem]).message, "correct the config file"])]
	};
}
// src/commands/doctor/diagnose.ts
const noteFine = (what) => ({
	state: "fine",
	what,
	remedy: null
});
const noteMissing = (what, remedy) => ({
	state: "missing",
	what,
	remedy
});
const noteAdvice = (what, remedy) => ({
	state: "advice",
	what,
	remedy
});
function diagnoseWorkflows({ workflows: found, unread }, branch, readFile) {
	const configured = found.map((workflow) => workflow.gates.map((job) => readJobConfig(job, readFile)));
	const workflows = found.map((workflow, i) => ({
		...workflow,
		gates: configured[i].map(({ job }) => job)
	}));
	const broken = unread.map((file) => noteMissing(`${showPath(file)} cannot be read as YAML`, "fix it; GitHub shows the line"));
	if (!workflows.some(({ gates }) => gates.length > 0)) return broken.length > 0 ? broken : [NO_GATE];
	return [
		...broken,
		...workflows.flatMap((workflow, i) => [...configured[i].flatMap(({ job, faults }) => diagnoseJob(workflow, job, listNeeds(workflow, job), [
			...diagnosePlaceholders(job),
			...diagnoseStep(workflow, job),
			...faults.map(([what, remedy]) => noteMissing(what, remedy))
		])), ...workflow.reports.flatMap((job) => diagnoseJob(workflow, job, listReportNeeds(job), diagnosePlaceholders(job)))]),
		...diagnoseRecording(workflows, branch)
	];
}
const showPath = (file) => `.github/workflows/${escapeForTerminal(file)}`;
const NO_GATE = noteMissing("no workflow in .github/workflows uses the action", "run plateau init --endpoint URL, which writes one, or copy one of the examples");
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
	const place = `${showPath(workflow.file)}, job ${escapeForTerminal(job.name)}`;
	const found = [...diagnosePermissions(job.permissions, needs), ...others].map((each) => ({
		...each,
		what: `${place}: ${each.what}`
	}));
	if (found.some(({ state }) => state === "missing")) return found;
	return [noteFine(`${place}: has what it needs`), ...found];
}
function diagnosePermissions(permissions, needs) {
	const stated = needs.map(([name, level]) => `${name}: ${level}`).join(", ");
	if (permissions === null) {
		if (needs.length === 0) return [];
		return [noteAdvice("states no permissions, so its token may do what is the default of the repository", `write ${stated} under permissions of the job`)];
	}
	return needs.filter(([name, level]) => !permits(permissions, name, level)).map(([name, level, without]) => noteMissing(`lacks ${name}: ${level}; ${without}`, "add it under permissions of the job"));
}
function permits(permissions, name, level) {
	if (permissions === "write-all") return true;
	if (permissions === "read-all") return level === "read";
	const given = permissions.get(name);
	return given === "write" || given === level;
}
function diagnosePlaceholders({ owner, inputs, matrix }) {
	return [...isPlaceholder(owner) ? [lackOwner(owner)] : [], ...["endpoint", "control"].flatMap((name) => fillFromMatrix(inputs.get(name) ?? "", matrix).filter(isOfExamples).map((url) => noteMissing(`has ${name === "endpoint" ? "an" : "a"} ${name} that is only an example, ${showUrl(url)}`, `write the address of yours`)))];
}
function fillFromMatrix(text, matrix) {
	const reference = /\$\{\{\s*matrix\.([\w.-]+)\s*\}\}/.exec(text);
	return (reference === null ? [""] : [...new Set(matrix.get(reference[1]))]).map((value) => text.replace(reference?.[0] ?? "", () => value).replaceAll(/\$\{\{.*?\}\}/g, "x"));
}
const lackOwner = (owner) => noteMissing(`uses ${owner}/plateau, which stands for your copy of the action`, `write who owns that copy in place of ${owner}; it needs the tag v1`);
function isOfExamples(url) {
	return URL.canParse(url) && /(?:^|\.)example\.(?:com|net|org)$|1234567890/.test(new URL(url).hostname);
}
const ONE_CORE = /* @__PURE__ */ new Set(["ubuntu-slim"]);
function diagnoseStep({ reports }, job) {
	const { inputs, variables, runsOn, hasTimeout, hasConcurrency } = job;
	const key = inputs.get("api-key") ?? "";
	const hasResults = inputs.has("results") || inputs.has("config") && !inputs.has("endpoint");
	const needsKey = !inputs.has("auth") && !hasResults && !variables.has("PLATEAU_API_KEY");
	return [
		!inputs.has("endpoint") && !hasResults && noteMissing("has no endpoint", "give endpoint: https://\u2026 under with"),
		key !== "" && !key.includes("${{") && noteMissing("has a key in the file, which whoever may read the repository has, too", "revoke it, and give ${{ secrets.NAME }}"),
		key === "" && needsKey && noteMissing("has no key", "give api-key: ${{ secrets.NAME }}, or auth: none where the endpoint wants none"),
		inputs.get("upload") === "false" && (inputs.get("baseline") ?? "artifact") === "artifact" && noteMissing("uploads nothing, so the history that it would record as an artifact is lost", "leave out upload: false, or keep the history elsewhere (baseline)"),
		isDeferred(inputs) && reports.length === 0 && noteMissing("leaves its verdict to a report job, and the workflow has none", "add a job with \u2026/plateau/report@\u2026 that needs this one"),
		runsOn !== null && ONE_CORE.has(runsOn) && noteMissing(`runs on ${runsOn}, which has one core: too little to send load and time it`, "choose ubuntu-latest, or a runner with more cores"),
		!hasTimeout && noteAdvice("has no timeout-minutes, and GitHub waits six hours", "write timeout-minutes: 30"),
		!hasConcurrency && noteAdvice("has no concurrency group: two runs at once measure each other", "write concurrency: with a group for the endpoint")
	].filter((each) => each !== false);
}
function diagnoseRecording(workflows, branch) {
	const shown = escapeForTerminal(branch);
	const recording = workflows.filter((workflow) => workflow.gates.length > 0 && recordsBranch(workflow, branch));
	if (recording.length === 0) {
		if (workflows.every(({ gates }) => gates.every(needsNoHistory))) return [NO_HISTORY_NEEDED];
		return [workflows.some(({ events }) => events.includes("workflow_call")) ? noteAdvice(`no workflow here records runs of ${shown}; whether one of another repository that calls these does is not seen`, "look into the repository that calls them") : noteMissing(`no workflow records runs of ${shown}, so there will never be anything to compare with`, `start one on: push with branches: [${shown}], or on: schedule`)];
	}
	const lost = workflows.flatMap((workflow) => recording.includes(workflow) ? [] : findLost(workflow, recording));
	if (lost.length > 0) return lost;
	const files = recording.map(({ file }) => showPath(file)).join(", ");
	return [noteFine(`runs of ${shown} are recorded by ${files}`)];
}
function needsNoHistory({ inputs }) {
	return inputs.has("control") || inputs.has("control-command") || inputs.get("baseline") === "none";
}
const NO_HISTORY_NEEDED = noteFine("no recorded runs are needed: every job has a control, or baseline: none");
function findLost(workflow, recording) {
	if (!workflow.events.some((event) => event.startsWith("pull_request"))) return [];
	return workflow.gates.flatMap((job) => {
		const { inputs } = job;
		if (needsNoHistory(job) || (inputs.get("baseline") ?? "artifact") !== "artifact" || inputs.has("config")) return [];
		const files = (inputs.get("baseline-workflow") ?? "").split(/[\s,]+/).filter((file) => file !== "");
		if (recording.some(({ file }) => files.includes(file))) return [];
		const where = joinFiles(recording.map(({ file }) => file));
		return [noteMissing(`${showPath(workflow.file)} compares with runs of ${files.length === 0 ? "itself" : joinFiles(files)}, and only ${where} records`, `give it baseline-workflow: ${where}, and both the same name`)];
	});
}
const joinFiles = (files) => files.map((file) => escapeForTerminal(file)).join(", ");
const PIPELINE = ".gitlab-ci.yml";
const INCLUDES_PATTERN = /\blocal:.*\*/;
function diagnosePipeline(readFile) {
	const unowned = [GITLAB_PLACES.ci, PIPELINE].flatMap((path) => {
		const nobody = [...(readFile(path) ?? "").matchAll(/[/:]([\w.-]+)\/plateau\b/g)].map(([, owner]) => owner).find(isPlaceholder);
		return nobody === void 0 ? [] : [nameFile(path, lackOwner(nobody))];
	});
	const gate = findPipelineGate(readFile);
	return gate.state === "fine" && unowned.length > 0 ? unowned : [...unowned, gate];
}
const nameFile = (path, remark) => ({
	...remark,
	what: `${path}: ${remark.what}`
});
function findPipelineGate(readFile) {
	const pipeline = readFile(PIPELINE) ?? "";
	const { ci } = GITLAB_PLACES;
	if (readFile(ci) === null) {
		if (/plateau/i.test(pipeline)) return noteRunsGate(`${PIPELINE} speaks of plateau`);
		return noteMissing(`there is no ${ci}, and ${PIPELINE} does not speak of plateau`, "run plateau init --endpoint URL, which writes the job, or copy examples/gitlab-ci.yml");
	}
	if (pipeline.includes(ci) || INCLUDES_PATTERN.test(pipeline)) return noteRunsGate(`${PIPELINE} includes ${ci}`);
	return noteMissing(`${PIPELINE} does not include ${ci}, so the job never runs`, `write "include: [{ local: ${ci} }]" into it, beside what is included there`);
}
const noteRunsGate = (sign) => noteFine(`${sign}; whether its variables are there is not looked at`);
function diagnoseMachine(cores) {
	if (cores >= 2) return noteFine(`this machine has ${cores} cores`);
	return noteMissing("this machine has one core: too little to send load and time it", "measure from one with two or more");
}
// src/commands/doctor/doctor.ts
const HELP = {
	summary: "Says what a repository and this machine lack for a gate: permissions, recorded runs, cores, true times",
	words: "[FOLDER]",
	examples: ["plateau doctor", "plateau doctor ../serving --branch develop --self-proof false"]
};
const DOCTOR_SETTINGS = {
	branch: {
		...BRANCH,
		group: "Doctor",
		common: true
	},
	selfProof: {
		...RUN_SETTINGS.selfProof,
		group: "Doctor",
		help: "Prove for about a second how truly this machine times"
	}
};
const COMMAND = {
	help: HELP,
	settings: DOCTOR_SETTINGS,
	run: doctorCommand
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
		...!(files.unread.length > 0 || files.workflows.some(({ gates }) => gates.length > 0)) && (await findOrigin(folder)).isGitlab ? diagnosePipeline(readFile) : diagnoseWorkflows(files, branch, readFile),
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
const WORDS = {
	fine: "",
	missing: "missing: ",
	advice: "better: "
};
function layRemark({ state, what, remedy }) {
	return [...wrap(`${SIGNS[state]} ${WORDS[state]}${what}`, { indent: 2 }), ...remedy === null ? [] : wrap(`  \u2192 ${remedy}`, { indent: 4 })];
}
export { COMMAND };
