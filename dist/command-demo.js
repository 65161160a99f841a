import { Ft as renderCurve, It as renderPage, Ut as exitCodeOf, at as toSimulatorOptions, ct as createFactors, hn as renderComment, it as SIMULATOR_SETTINGS, lt as SHIPPED, mn as renderVerdictText, ot as SIMULATOR_DEFAULTS, st as ENGINE_DEFAULTS } from "./late.js";
import { Cn as formatConcurrency, Fn as formatRate, Jt as EXIT, Mn as formatMs, Sn as formatChange, Wt as buildEntries, at as createFileStore, dt as resolveFlags, i as measureWithProgress, tn as wrap, y as resolveSettings } from "./plateau.js";
import { Gt as VERSION, Rt as findApi, Si as ValueError, Vr as generatesTokens, ar as readChoice, er as SWITCH, li as joinList, on as defineSetting, xn as API_NAMES } from "./measuring.js";
import { f as encodeRunReport } from "./history.js";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { mkdtempSync, rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
// src/simulator/engine/closed-form.ts
function takeFirstRun(model) {
	const { prefill, decode } = createFactors(model).at(0);
	return {
		...model,
		startSpread: 0,
		hourSpread: 0,
		runSpread: 0,
		overheadMs: prefill * model.overheadMs,
		prefillMsPerToken: prefill * model.prefillMsPerToken,
		decodeMs: decode * model.decodeMs,
		decodeMsPerSequence: decode * model.decodeMsPerSequence
	};
}
function plateauTokensPerSecond(given, workload) {
	return computeTokensPerSecondAt(takeFirstRun(given), workload, given.slots);
}
const KNEE_SHARE = .95;
function kneeConcurrency(given, workload) {
	const model = takeFirstRun(given);
	const decodes = workload.outputTokens - 1;
	if (decodes === 0 || model.decodeMs === 0) return 1;
	const prefill = model.prefillMsPerToken * workload.inputTokens;
	const room = 1e3 * workload.outputTokens / plateauTokensPerSecond(model, workload) / KNEE_SHARE - prefill - model.decodeMsPerSequence * decodes;
	const batch = model.decodeMs * decodes / room;
	let concurrency = Math.max(1, batch);
	for (let round = 0; round < 8; round++) concurrency = Math.max(1, batch * (decodes + countMissedSteps(model, workload, concurrency, batch)) / decodes);
	return concurrency;
}
function computeTokensPerSecondAt(model, { inputTokens, outputTokens: n }, batch) {
	const { prefillMsPerToken, decodeMs, decodeMsPerSequence } = model;
	const perRequest = prefillMsPerToken * inputTokens + (n - 1) * (decodeMs / batch + decodeMsPerSequence);
	return 1e3 * n / perRequest;
}
function countMissedSteps(model, { inputTokens, outputTokens }, concurrency, batch) {
	const others = Math.max(1, batch * (concurrency - 1) / concurrency);
	const step = model.decodeMs + model.decodeMsPerSequence * others;
	const prefill = model.prefillMsPerToken * inputTokens;
	if (step === 0) return 0;
	let missed = 0;
	for (let j = 0; j * step < model.overheadMs; j++) {
		const most = prefill === 0 ? Infinity : Math.ceil((model.overheadMs - j * step) / prefill) - 1;
		missed += poissonUpTo(most, j * others / (outputTokens - 1));
	}
	return missed;
}
function poissonUpTo(most, mean) {
	if (most === Infinity || mean === 0) return 1;
	let term = Math.exp(-mean);
	let sum = term;
	for (let k = 1; k <= most; k++) {
		term *= mean / k;
		sum += term;
	}
	return sum;
}
// src/commands/demo/bench.ts
const SPARE_RUNS = 3;
const SPARE_CANDIDATES = 2;
function createDemoBench(ports, { historyPath, api, pace }) {
	const output = {
		...ports.output,
		log: () => {}
	};
	let port = 0;
	let spare = SPARE_RUNS;
	async function measureOnce(server, store) {
		const started = await ports.startServer([
			"--port",
			String(port),
			...server
		]).catch((error) => {
			if (ports.signal.aborted) return null;
			throw error;
		});
		if (started === null) return null;
		const { url, stop } = started;
		port = Number(new URL(url).port);
		try {
			const settings = await resolveDemoSettings(listRunFlags(url, api, pace), historyPath);
			const result = await measureWithProgress(settings, store, {
				...ports,
				output
			});
			return result === "interrupted" || result.cancelled ? null : result;
		} finally {
			await stop();
		}
	}
	return { async measure(server, store) {
		for (;;) {
			const result = await measureOnce(server, store);
			if (result === null) return null;
			if (!(store === null ? spare > SPARE_CANDIDATES && isDisturbed(result) : spare > 0 && isUndecided(result))) return result;
			spare--;
			ports.output.log("   this machine was too busy to measure that well; once more");
		}
	} };
}
function isDisturbed({ report }) {
	return !report.validity.ok || report.levels.some(({ valid }) => !valid);
}
function isUndecided({ verdict: { verdict, comparisons } }) {
	return verdict === "not-measured" || comparisons.some((each) => each.verdict === "not-measured" || each.verdict === "suspect" && each.confirmed === null);
}
async function resolveDemoSettings(flags, historyPath) {
	const { settings } = await resolveSettings({
		flags,
		env: {},
		readFile: () => {
			throw new Error("the demo reads no files");
		},
		defaults: {
			baseline: {
				kind: "file",
				path: historyPath
			},
			name: null
		}
	});
	return settings;
}
const DEMO_SLOWDOWN = 1.3;
const INPUT_TOKENS = 128;
const OUTPUT_TOKENS = 16;
const DEMO_PACES = [1, 4];
const WINDOW_MS = 600;
const DEMO_RUN = `--name demo --auth none --input-tokens ${INPUT_TOKENS} --output-tokens ${OUTPUT_TOKENS} --concurrency 2,8,16 --passes 1 --preflight false --self-proof false --soak off --pause 0s --confirm 1 --expected-spread 2% --tolerance 10%`;
const DEMO_API = "openai-chat";
function listRunFlags(url, api, pace) {
	const window = ["--level-duration", `${WINDOW_MS * pace}ms`];
	const { samplePath = "" } = SHIPPED.wires.find((wire) => wire.api === api);
	const flags = [
		"--endpoint",
		`${url}${samplePath}`,
		...DEMO_RUN.split(" "),
		...window
	];
	return api === "openai-chat" ? flags : [
		...flags,
		"--api",
		api,
		"--model",
		SIMULATOR_DEFAULTS.model
	];
}
function listServerFlags(seed, { pace, slowdown = 1 }) {
	const stretchTime = (ms) => `${ms * pace}ms`;
	return `--slots 6 --overhead ${stretchTime(20)} --prefill-per-1000-tokens ${stretchTime(60)} --decode ${stretchTime(6)} --decode-per-sequence ${stretchTime(.6)} --run-spread 2% --run-seed ${seed} --slowdown tpot=${slowdown}`.split(" ");
}
function compareWithFormula(server, { plateau }) {
	const { engine } = toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, server));
	const model = {
		...ENGINE_DEFAULTS,
		...engine
	};
	const workload = {
		inputTokens: INPUT_TOKENS,
		outputTokens: OUTPUT_TOKENS
	};
	const truth = plateauTokensPerSecond(model, workload);
	const knee = formatConcurrency(kneeConcurrency(model, workload));
	const formula = `The server's own formula says ${formatRate(truth)} tok/s at the plateau and a knee at concurrency ${knee};`;
	const measured = plateau.state === "reached" ? plateau.outputTokensPerSecond?.value ?? null : null;
	if (measured === null) return `${formula} this run could not measure the levels that show it.`;
	const seen = plateau.kneeConcurrency;
	return `${formula} measured from outside: ${formatRate(measured)} tok/s (${formatChange(measured / truth - 1)})${seen === null ? "" : `, knee at ${formatConcurrency(seen)}`}.`;
}
// src/commands/demo/story.ts
const RULE = "\u2500".repeat(80);
const SLOWDOWN_PERCENT = Math.round(30.000000000000004);
function tellOpening(folder, keep, api) {
	return joinLines(`A performance gate at work, on a simulated LLM server with 6 slots on 127.0.0.1.`, ...api === "openai-chat" ? [] : [`It speaks ${api}, and is measured over it.`], `Files: ${folder} (${keep ? "kept" : "removed at the end; --keep keeps it"})`);
}
function tellHistory(runs) {
	return joinLines("", `1. main is measured ${runs} times, and each run is recorded`, "   The server is started anew for each and is a little faster or slower every", `   time (a spread of 2 %), as a real one is from day to day. From this the gate`, "   learns how much unchanged code differs.");
}
function tellRun(run, { levels, plateau }) {
	const unusable = levels.filter(({ valid }) => !valid).map(({ concurrency }) => String(concurrency));
	const level = levels.find(({ concurrency }) => concurrency === 8);
	const throughput = plateau.state === "reached" ? plateau.outputTokensPerSecond?.value ?? null : null;
	const figures = [
		...level?.valid === true ? [`TPOT at concurrency 8: ${formatMs(level.tpotMs?.p50 ?? null)}`] : [],
		...throughput === null ? [] : [`plateau ${formatRate(throughput)} tok/s`],
		...unusable.length === 0 ? [] : [`this machine was too busy to measure concurrency ${joinList(unusable)}`]
	];
	return joinLines(...wrap(`   run ${run}: ${figures.join("; ")}`, { indent: 10 }));
}
function explainLoad(server, report) {
	return joinLines(...wrap(`   TTFT, time to the first token, is prefill and queueing. TPOT, time per output token, is decoding. More requests in flight bring more tokens/s until all 6 slots are full; beyond, requests queue: TTFT jumps and tokens/s stay. That is the plateau.`, { indent: 3 }), ...wrap(`   ${compareWithFormula(server, report)}`, { indent: 3 }));
}
const UNCHANGED = joinLines("", "2. A pull request that changes nothing is measured and compared", "   TTFT and TPOT are means over the levels of main that it has, too.");
const SLOWER = joinLines("", `3. A pull request that makes decoding ${SLOWDOWN_PERCENT} % slower is measured and compared`, "   What looks worse is measured once more before anything is said.");
function tellVerdict(verdict, colour) {
	const code = exitCodeOf(verdict);
	return `${joinLines("")}${renderVerdictText(verdict, { colour })}${joinLines("", `   exit code ${code}: the check ${code === 0 ? "passes" : "fails"}`)}`;
}
function renderStoryComment({ report, verdict }) {
	return renderComment({
		report,
		verdict
	});
}
function tellComment(comment) {
	const shown = comment.split("</details>").map((part) => part.split("<details>")[0].trimEnd()).join("").replace(/\\(?=[!-/:-@[-`{-~])/g, "").replace(/&(lt|gt|amp);/g, (_, name) => ({
		lt: "<",
		gt: ">",
		amp: "&"
	})[name]).replace(/\u200b|<\/?sub>/g, "").trim().split("\n").flatMap((line) => /^(\||\s)/.test(line) ? line : wrap(line, { indent: line.startsWith("- ") ? 2 : 0 }));
	return joinLines("", "4. The comment that the pull request would get; the charts and levels that it", "   folds are left out here", RULE, ...shown, RULE);
}
function findSurprises(unchanged, slower) {
	const nameWord = ({ verdict }) => `"${verdict.replaceAll("-", " ")}"`;
	return [...exitCodeOf(unchanged) === 0 ? [] : [`the unchanged candidate came out as ${nameWord(unchanged)}`], ...slower === null || slower.verdict === "regressed" ? [] : [`the slower candidate came out as ${nameWord(slower)}`]];
}
function tellAgain(surprises, pace) {
	return joinLines("", ...wrap(`This machine seems too busy for a server as quick as this one: ${joinList(surprises)}. So the story begins again, on a server that is ${pace} times slower and with windows ${pace} times longer, which other work disturbs less. That takes two to four minutes.`));
}
function tellSurprises(surprises) {
	return joinLines("", ...wrap(`The story did not go as told: ${joinList(surprises)}. This machine is too busy even for the slower server: what it was doing beside was measured as well.`), ...wrap(`With time for it, the unchanged candidate passes, and the slower one fails: TPOT about ${SLOWDOWN_PERCENT} % slower, throughput lower, still so in a second look. Close what else is running and try again; a real run takes minutes, and leaves out what this machine was too busy for.`));
}
function tellEnding(folder) {
	return joinLines("", ...wrap(`What this assumed: that runs spread by 2 % (expected-spread), since so few runs tell little of it, and that each run is of another day. A change below 10 % is never red here (tolerance). A history of eight or ten runs needs no assumption.`), ...folder === null ? [] : ["", `Look at the history: plateau audit ${join(folder, "history.json")}`], "", "Next: plateau run --endpoint http://your-server:8000 --append", "A gate for pull requests: plateau init --endpoint URL, in your repository", ...wrap(`Without an install write node dist/cli.js for plateau, or npx ./plateau-${VERSION}.tgz where the package is what you have; npm link makes it a command.`));
}
function joinLines(...texts) {
	return `${texts.join("\n")}\n`;
}
// src/commands/demo/demo.ts
const TOLD_OVER = SHIPPED.wires.map(({ api }) => api).filter((api) => findApi(api).tasks.some(generatesTokens));
const HELP = {
	summary: "Tells the whole story on a simulated endpoint in under 45 seconds, on a busy machine in minutes; needs nothing else",
	examples: [
		"plateau demo",
		"plateau demo --keep",
		`plateau demo --api ${TOLD_OVER.at(-1)}`
	]
};
function readDemoApi(text) {
	const api = API_NAMES.find((name) => name === text.trim());
	if (api !== void 0 && !findApi(api).tasks.some(generatesTokens)) throw new ValueError(`must be an API that generates: the story is about TTFT and TPOT, which ${api} does not have`);
	return readChoice(TOLD_OVER)(text);
}
const DEMO_SETTINGS = {
	api: defineSetting({
		name: "api",
		group: "Demo",
		help: `The API that the story is told over: ${TOLD_OVER.join(", ")}`,
		placeholder: "NAME",
		default: DEMO_API,
		common: true,
		read: readDemoApi
	}),
	keep: defineSetting({
		name: "keep",
		group: "Demo",
		help: "Keep the history, the reports and the comment in their folder",
		default: "false",
		...SWITCH,
		common: true
	})
};
const HISTORY_RUNS = 4;
const HISTORY_FILE = "history.json";
const COMMAND = {
	help: HELP,
	settings: DEMO_SETTINGS,
	run: demoCommand
};
async function demoCommand(argv, ports) {
	const { keep, api } = resolveFlags(DEMO_SETTINGS, argv);
	await setImmediate();
	const folder = mkdtempSync(join(tmpdir(), "plateau-demo-"));
	try {
		return await tellStory(folder, keep, api, ports);
	} finally {
		if (!keep) rmSync(folder, {
			recursive: true,
			force: true
		});
	}
}
async function tellStory(folder, keep, api, ports) {
	const { output } = ports;
	output.out(tellOpening(folder, keep, api));
	for (const [i, pace] of DEMO_PACES.entries()) {
		const slower = DEMO_PACES[i + 1] ?? null;
		const ended = await tellAt(pace, {
			folder,
			keep,
			api,
			isLast: slower === null
		}, ports);
		if (ended === "interrupted") return EXIT.interrupted;
		if (ended.surprises.length === 0) break;
		if (slower === null) {
			output.out(tellSurprises(ended.surprises));
			return EXIT.notMeasured;
		}
		output.out(tellAgain(ended.surprises, slower));
	}
	output.out(tellEnding(keep ? folder : null));
	return EXIT.passed;
}
function openHistory(path) {
	const store = createFileStore({
		path,
		keep: HISTORY_RUNS
	});
	const load = async (name) => ({
		...await store.load(name),
		origin: `file ${HISTORY_FILE}`
	});
	return {
		...store,
		load
	};
}
async function tellAt(pace, { folder, keep, api, isLast }, ports) {
	const { output } = ports;
	const historyPath = join(folder, HISTORY_FILE);
	rmSync(historyPath, { force: true });
	const store = openHistory(historyPath);
	const bench = createDemoBench(ports, {
		historyPath,
		api,
		pace
	});
	const serverOf = (seed, slowdown = 1) => listServerFlags(seed, {
		pace,
		slowdown
	});
	output.out(tellHistory(HISTORY_RUNS));
	let newest = null;
	for (let run = 1; run <= HISTORY_RUNS; run++) {
		newest = await bench.measure(serverOf(`main-${run}`), null);
		if (newest === null) return "interrupted";
		output.out(tellRun(run, newest.report));
		if (isDisturbed(newest) && !isLast) return { surprises: ["not all levels of main could be measured"] };
		const source = {
			sha: null,
			ref: "main",
			runId: `demo-${run}`,
			attempt: 1,
			event: "command",
			url: null
		};
		await store.save(buildEntries(newest.verdict, newest.rows, source, newest.looks.controls));
	}
	output.out(explainLoad(serverOf(`main-${HISTORY_RUNS}`), newest.report));
	output.out(UNCHANGED);
	const unchanged = await bench.measure(serverOf("unchanged"), store);
	if (unchanged === null) return "interrupted";
	output.out(tellVerdict(unchanged.verdict, output.colours.out));
	const surprise = findSurprises(unchanged.verdict, null);
	if (surprise.length > 0 && !isLast) return { surprises: surprise };
	output.out(SLOWER);
	const slower = await bench.measure(serverOf("slower", DEMO_SLOWDOWN), store);
	if (slower === null) return "interrupted";
	output.out(tellVerdict(slower.verdict, output.colours.out));
	const surprises = findSurprises(unchanged.verdict, slower.verdict);
	if (surprises.length > 0 && !isLast) return { surprises };
	const comment = renderStoryComment(slower);
	output.out(tellComment(comment));
	if (keep) {
		const curve = renderCurve(slower);
		const files = {
			"comment.md": comment,
			"report.html": renderPage(slower),
			...curve !== null && { "curve.svg": curve },
			...encodeReportFile("unchanged", unchanged),
			...encodeReportFile("slower", slower)
		};
		for (const [name, text] of Object.entries(files)) output.file(join(folder, name), [text]);
	}
	return { surprises };
}
function encodeReportFile(name, { report }) {
	return { [`${name}.json`]: `${encodeRunReport(report)}\n` };
}
export { COMMAND };
