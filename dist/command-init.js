import { Kt as isPlaceholder, Si as ValueError, Ut as OWNER, ai as escapeForTerminal, er as SWITCH, gi as showUrl, lr as readLine, on as defineSetting, xi as SettingsError } from "./measuring.js";
import { Jt as EXIT, Ut as renderObjectives, _t as RUN_SETTINGS, dt as resolveFlags, ft as splitArguments, i as measureWithProgress, l as checkFilesToWrite, nt as readBytesFile, rt as readTextFile, tn as wrap, ut as readFlags, y as resolveSettings } from "./plateau.js";
import { _ as findRoot, a as PEM_FILES, b as readWorkflowFiles, c as describeJob, d as findPlaceFromRoot, f as listJobNotes, g as findOrigin, h as findDefaultBranch, i as GITLAB_PLACES, l as describeReach, m as BRANCH, o as describeFiles, p as listSecrets, r as GITHUB_PLACES, s as describeGate, u as describeRun, v as readFolder } from "./late.js";
import { join, resolve } from "node:path";
import { existsSync } from "node:fs";
// src/commands/init/files.ts
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
// src/commands/init/init.ts
const HELP = {
	summary: "Measures an endpoint once, with a sweep of three minutes at most, and writes the workflow (on GitLab: the job) and the config file of a gate for it",
	words: "[FOLDER]",
	examples: [
		"plateau init --endpoint https://staging.example.com/v1",
		"plateau init --endpoint http://127.0.0.1:8000 --dry-run",
		"plateau init ../serving --endpoint https://host/v1 --model llama-8b --slo 'ttft <= 500ms, tpot <= 50ms' --force"
	]
};
const FIRST_RUN_BUDGET = "Budget of time for the levels of the first run, preflight and soak not counted; for a slow endpoint raise it when the run says that it was cut";
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
	maxDurationMs: defineSetting({
		...RUN_SETTINGS.maxDurationMs,
		help: FIRST_RUN_BUDGET,
		default: "3m"
	}),
	slo: defineSetting({
		...RUN_SETTINGS.slo,
		derived: "from the first run"
	}),
	name: defineSetting({
		...RUN_SETTINGS.name,
		derived: "from the model"
	})
};
const OWN = {
	branch: {
		...BRANCH,
		group: "Init"
	},
	owner: defineSetting({
		name: "owner",
		group: "Init",
		help: "Who owns the copy of the action: the workflow uses OWNER/plateau@v1",
		placeholder: "OWNER",
		default: null,
		derived: "the owner of this copy, or of the remote while that says nobody",
		read: readOwner
	}),
	force: defineSetting({
		name: "force",
		group: "Init",
		help: "Write over files that are there",
		default: "false",
		...SWITCH,
		common: true
	}),
	dryRun: defineSetting({
		name: "dry-run",
		group: "Init",
		help: "Print both files instead of writing them; the endpoint is measured all the same",
		default: "false",
		...SWITCH,
		common: true
	})
};
const INIT_SETTINGS = {
	...FIRST_RUN,
	...OWN
};
const IS_NOBODY = isPlaceholder(OWNER);
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
const COMMAND = {
	help: HELP,
	settings: INIT_SETTINGS,
	run: initCommand
};
async function initCommand(argv, ports) {
	const { output } = ports;
	const { words, flags } = splitArguments(INIT_SETTINGS, argv);
	const { given, problems } = readFlags(INIT_SETTINGS, flags);
	if (problems.length > 0) throw new SettingsError(problems);
	const pick = (list) => Object.values(list).flatMap(({ name }) => given.has(name) ? [`--${name}=${given.get(name).text}`] : []);
	const own = resolveFlags(OWN, pick(OWN));
	const root = await findRoot(readFolder(words));
	const { settings, secrets } = await resolveSettings({
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
	const carried = pickCarried(given, root);
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
function pickCarried(given, root) {
	return Object.fromEntries(CARRIED.flatMap((name) => {
		const text = given.get(name)?.text;
		if (text === void 0) return [];
		return [[name, PEM_FILES.some((file) => file === name) ? findPlaceFromRoot(text.trim(), root) : text]];
	}));
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
	checkFilesToWrite(paths.map((path) => ({
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
		describeFirstRun("Commit both files and open a pull request")
	];
}
function listGitlabSteps(secrets, owner) {
	return [
		`Include the job in .gitlab-ci.yml: "include: [{ local: ${GITLAB_PLACES.ci} }]", beside what is included there.`,
		`Add the variables of the job, masked, under Settings, CI/CD, Variables: ${[...secrets, "NOTE_TOKEN"].join(", ")}. NOTE_TOKEN is a project access token with the scope api, for the note on merge requests.`,
		describeCopy(owner, "job", `https://github.com/${owner}/plateau`),
		describeFirstRun("Commit the files and open a merge request")
	];
}
function describeFirstRun(how) {
	return `${how}: it says "Nothing to compare yet", and its merge records the first run. plateau doctor says what is still missing.`;
}
function describeCopy(owner, file, copy) {
	return owner === "your-org" && IS_NOBODY ? `In the ${file}, write the owner of your copy of the action in place of ${OWNER}; the copy needs the tag v1.` : `The ${file} uses ${copy}: see that this copy is there, with the tag v1.`;
}
function readOwner(text) {
	const owner = readLine(text);
	if (!/^[A-Za-z\d][A-Za-z\d-]{0,38}$/.test(owner)) throw new ValueError("must be the name of a user or an organisation, for example acme");
	return owner;
}
export { COMMAND };
