import { s as spawn } from "./builtins.js";
import { it as SIMULATOR_SETTINGS, rt as serveSimulated } from "./late.js";
const COMMAND = {
	help: {
		summary: "Serves a simulated LLM endpoint on 127.0.0.1, to try things without a GPU",
		examples: [
			"plateau simulate --port 8000",
			"plateau simulate --slots 8 --decode 20ms",
			"plateau simulate --fault 429@1%,stall@every-50",
			"plateau simulate --strict --check-model --reasoning 64"
		]
	},
	settings: SIMULATOR_SETTINGS,
	run: simulateCommand
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
export { COMMAND, startServer };
