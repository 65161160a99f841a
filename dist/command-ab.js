import { on as defineSetting } from "./measuring.js";
import { Rt as describeSpreads, _t as RUN_SETTINGS, ht as COMMAND_SETTINGS, t as runCommand } from "./plateau.js";
// src/commands/ab.ts
const HELP = {
	summary: "Compares two servers on this machine, each started by a command and measured in turn; needs no history",
	examples: ["plateau ab --a 'llama-server -m model.gguf -t 8' --b 'llama-server -m model.gguf -t 4' --url http://127.0.0.1:8080", "plateau ab --a './venv-old/bin/vllm serve m' --b './venv-new/bin/vllm serve m' --url http://127.0.0.1:8000 --max-duration 60m"]
};
const { group } = RUN_SETTINGS.endpoint;
const common = true;
const OWN = {
	controlCommand: defineSetting({
		...RUN_SETTINGS.controlCommand,
		name: "a",
		help: "Command that starts the server as it is (reports call it the control), in the foreground; it is ended with all its children",
		required: true,
		common
	}),
	candidateCommand: defineSetting({
		...RUN_SETTINGS.candidateCommand,
		name: "b",
		help: "Command that starts the server as it may become (the candidate): it is compared with a",
		required: true,
		common
	}),
	endpoint: defineSetting({
		...RUN_SETTINGS.endpoint,
		name: "url",
		help: "Where both servers answer, one after the other"
	}),
	sessions: defineSetting({
		...RUN_SETTINGS.sessions,
		common
	}),
	control: defineSetting({
		...RUN_SETTINGS.control,
		group,
		help: "Where a answers, if not at url",
		derived: "url"
	}),
	controlApiKey: defineSetting({
		...RUN_SETTINGS.controlApiKey,
		group,
		help: "The key of a, where it has another than b"
	}),
	controlModel: defineSetting({
		...RUN_SETTINGS.controlModel,
		group,
		help: "The model to ask a for, where it has another name there"
	}),
	expectVersion: defineSetting({
		...RUN_SETTINGS.expectVersion,
		help: "Text that the version page or the served model of b must show; waited for, checked again at the end"
	}),
	readyTimeoutMs: defineSetting({
		...RUN_SETTINGS.readyTimeoutMs,
		help: "How long to wait for each server while it loads; not counted in max-duration"
	}),
	passes: defineSetting({
		...RUN_SETTINGS.passes,
		help: "How often every level is measured in each session, at least 2 for an interval; or auto: 3 to 10 times, until what passes differ by is small beside what starts differ by"
	}),
	maxDurationMs: defineSetting({
		...RUN_SETTINGS.maxDurationMs,
		help: "Budget of time for the measuring of all sessions; a plan that does not fit is cut and says so",
		default: "60m"
	}),
	maxRequests: defineSetting({
		...RUN_SETTINGS.maxRequests,
		help: "Budget of requests for each server in each session, preflight not counted"
	}),
	maxOutputTokens: defineSetting({
		...RUN_SETTINGS.maxOutputTokens,
		help: "Budget of output tokens for each server in each session"
	}),
	metrics: defineSetting({
		...RUN_SETTINGS.metrics,
		help: "Metrics that are compared: a list of names, or auto: TTFT, TPOT and plateau throughput where they exist"
	}),
	falseAlarmRate: defineSetting({
		...RUN_SETTINGS.falseAlarmRate,
		help: "How often two equal servers may be red by chance, all sessions together"
	}),
	expectedSpread: defineSetting({
		...RUN_SETTINGS.expectedSpread,
		help: `Spread from start to start of one server that is assumed while sessions are few, or auto: ${describeSpreads("defaultPairSpread")}`
	}),
	onNotComparable: defineSetting({
		...RUN_SETTINGS.onNotComparable,
		help: "What it comes to when a ended while it was measured, so that nothing is there to compare b with: pass, warn or fail",
		default: "fail"
	}),
	onUnmeasured: defineSetting({
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
const { controlCommand, candidateCommand, endpoint } = OWN;
const AB_SETTINGS = {
	controlCommand,
	candidateCommand,
	endpoint,
	...Object.fromEntries(Object.entries({
		...COMMAND_SETTINGS,
		...OWN
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
const COMMAND = {
	help: HELP,
	settings: AB_SETTINGS,
	run: abCommand
};
async function abCommand(argv, ports) {
	ports.output.log("a is the control, b the candidate");
	return runCommand(argv, ports, AB);
}
export { COMMAND };
