import { Jt as EXIT, Qn as findSecretsInherited, Xn as findSecrets, Yt as EXIT_MEANINGS, _ as createInterruptSignal, d as createSystemPorts, er as mayBeKey, et as checkWritable, h as defuseCommands, it as writeWhole, m as createRedactor, tn as wrap, ut as readFlags } from "./plateau.js";
import { Gt as VERSION, ln as readEnvironment, sn as layerGiven, ti as dropCodeMarks, xi as SettingsError, yr as suggestName } from "./measuring.js";
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
		checkWritable,
		hide: (secret) => void hide(secret)
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
// src/commands/help.ts
const INDENT = "  ";
const FLAG_COLUMN = 28;
const FORMS = "Durations have units: 500ms, 8s, 10m. \"none\" means no limit. A switch may stand without a value, and false after it turns it off.";
function renderOverview(commands) {
	const nameWidth = Math.max(...commands.map(({ name }) => name.length));
	return [
		"Usage: plateau <command> [--setting value \u2026]",
		"",
		...wrap("Measures an LLM serving endpoint over a short concurrency sweep, compares it with the runs before, and says whether it got worse."),
		"",
		"Commands:",
		...commands.flatMap(({ name, summary }) => layBeside(`${INDENT}${name}`, summary, nameWidth + 4)),
		"",
		"The settings of a command: plateau <command> --help, or plateau help <command>.",
		"",
		...EXIT_CODES,
		""
	].join("\n");
}
const EXIT_CODES = wrap(`Exit codes: ${listExitCodes().map((line) => line.replaceAll("`", "")).join(" \u00B7 ")}.`);
function renderHelp(command, list) {
	const settings = Object.values(list);
	const common = settings.filter((setting) => setting.common === true);
	const others = settings.filter((setting) => setting.common !== true);
	const names = new Set(settings.map(({ name }) => name));
	const tell = ({ unless, ...setting }) => describeSetting(unless !== void 0 && names.has(unless) ? {
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
		...wrap(`${command.summary}.`),
		...laySection("Examples", command.examples.flatMap(breakExample)),
		...laySection("Common", common.flatMap(tell)),
		...groups.flatMap((group) => laySection(group, others.filter((setting) => setting.group === group).flatMap(tell))),
		"",
		...settings.length === 0 ? [] : wrap(FORMS),
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
function layBeside(name, text, column) {
	if (name.length < column - 1) return wrap(name.padEnd(column) + text, { indent: column });
	return [name, ...wrap(" ".repeat(column) + text, { indent: column })];
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
function describeSetting(setting) {
	const flag = `${INDENT}--${setting.name} ${setting.switch === true ? "" : setting.placeholder}`.trimEnd();
	const standard = describeDefault(setting, "command")?.replaceAll("`", "") ?? null;
	return layBeside(flag, standard === null ? setting.help : `${setting.help} [${standard}]`, FLAG_COLUMN);
}
// src/command.ts
const COMMANDS = {
	run: async () => (await import("./plateau.js").then((n) => n.n)).COMMAND,
	ab: async () => (await import("./command-ab.js")).COMMAND,
	compare: async () => (await import("./command-compare.js")).COMMAND,
	import: async () => (await import("./command-import.js")).COMMAND,
	merge: async () => (await import("./command-merge.js")).COMMAND,
	report: async () => (await import("./command-report.js")).COMMAND,
	audit: async () => (await import("./command-audit.js")).COMMAND,
	history: async () => (await import("./command-history.js")).COMMAND,
	init: async () => (await import("./command-init.js")).COMMAND,
	doctor: async () => (await import("./command-doctor.js")).COMMAND,
	demo: async () => (await import("./command-demo.js")).COMMAND,
	simulate: async () => (await import("./command-simulate.js")).COMMAND,
	async completion() {
		const { completionCommand, COMPLETION_HELP } = await import("./command-completion.js");
		const run = async (argv, ports) => completionCommand(argv, ports, await loadCommands());
		return {
			help: COMPLETION_HELP,
			settings: {},
			run
		};
	}
};
async function loadCommands() {
	return Promise.all(Object.keys(COMMANDS).map(async (name) => loadCommand(name)));
}
async function loadCommand(name) {
	const command = await COMMANDS[name]();
	return {
		...command,
		help: {
			name,
			...command.help
		}
	};
}
async function main(surround = (real) => real) {
	const { env } = process;
	const output = createOutput(process.stdout, process.stderr, env);
	outliveStreams(process);
	const surroundings = surround({
		system: createSystemPorts,
		startServer: async (flags) => (await import("./command-simulate.js")).startServer(flags)
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
	if (wanted === void 0 || isHelp(wanted)) {
		const commands = await loadCommands();
		return say(output.out, renderOverview(commands.map(({ help }) => help)));
	}
	if (!Object.hasOwn(COMMANDS, wanted)) throw refuseUnknownCommand(wanted);
	const command = await loadCommand(wanted);
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
	const names = Object.keys(COMMANDS);
	const message = `is not a command; ${suggestName(name, names) ?? `there are ${names.join(", ")}`}`;
	return new SettingsError([{
		setting: "command",
		given: mayBeKey(name) ? null : name,
		message
	}]);
}
export { main };
