#!/usr/bin/env node
// src/cli.ts
const NEEDED = [22, 19];
if (isTooOld(process.versions.node)) {
	process.stderr.write("Plateau needs Node " + NEEDED.join(".") + " or newer and this is " + process.versions.node + "; run: " + spellRerun() + "\n");
	process.exitCode = 2;
} else {
	process.exitCode = 3;
	process.on("uncaughtException", end);
	process.on("unhandledRejection", end);
	import("./command.js").then(function(command) {
		return command.main();
	}).then(function(code) {
		process.exitCode = code;
	}).catch(fail);
}
function isTooOld(version) {
	const parts = version.split(".").map(Number);
	const major = parts[0];
	return major < NEEDED[0] || major === NEEDED[0] && parts[1] < NEEDED[1];
}
function spellRerun() {
	const shown = [
		"npx",
		"--yes",
		"node@24"
	];
	let isSecret = false;
	process.argv.slice(1).forEach(function(argument) {
		const flag = /^(--?(?:api-key|control-api-key|client-secret|headers|extra-body|github-token|candidate-command|control-command|redeploy-command|a|b))(=|$)/.exec(argument);
		if (isSecret && !flag) shown.push("\u2026");
		else if (flag && flag[2]) shown.push(flag[1] + "=\u2026");
		else shown.push(quoteArgument(hideSecrets(argument)));
		isSecret = flag !== null && !flag[2];
	});
	return shown.join(" ");
}
function hideSecrets(argument) {
	const scheme = argument.indexOf("://");
	if (scheme === -1) return argument;
	const from = scheme + 3;
	const query = argument.search(/[?#]/);
	const path = query === -1 ? argument : argument.slice(0, query);
	const at = argument.lastIndexOf("@");
	return (at < from ? path : path.slice(0, from) + "\u2026" + path.slice(at)) + (query === -1 ? "" : "?\u2026");
}
function quoteArgument(argument) {
	if (/^[\w@%+=:,./\\\u2026-]+$/.test(argument)) return argument;
	return process.platform === "win32" ? "\"" + argument + "\"" : "'" + argument.replace(/'/g, "'\\''") + "'";
}
function fail(error) {
	const known = error instanceof Error ? error : null;
	const isExpected = known !== null && (known.code === "settings" || known.code === "endpoint" || known.code === "baseline");
	const message = known === null ? String(error) : known.message;
	if (process.env["PLATEAU_DEBUG"] && known !== null) process.stderr.write(String(known.stack) + "\n");
	else if (isExpected) process.stderr.write(message + "\n");
	else process.stderr.write("Unexpected error: " + message + " (PLATEAU_DEBUG=1 shows where)\n");
	process.exitCode = known !== null && known.code === "settings" ? 2 : 3;
}
function end(error) {
	fail(error);
	process.exit();
}
export {};
