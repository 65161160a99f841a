import { Or as seedRandom, Zr as addressOf, ai as escapeForTerminal, gi as showUrl, mi as pluralise, yi as EndpointError } from "./measuring.js";
import { En as formatDuration, H as measureWithoutSecrets, Sn as formatChange, U as planRun, W as recallRun } from "./plateau.js";
import { Et as nameOf, p as buildControlSettings, wt as joinShortList } from "./sweep.js";
import { t as recallLadder } from "./history.js";
import { et as findOpenGrounds, t as buildDecideInput } from "./late.js";
import { join } from "node:path";
// src/serving/served-command.ts
const FREE_MS = 3e4;
const LOOK_MS = 200;
const GPU_SLACK_MIB = 256;
const LONGEST_LINE = 300;
async function serveCommand(server, ports, use) {
	const { processes } = ports;
	if (await processes.isListening(server.url)) throw refuseTakenPort(server);
	const memoryBefore = await processes.readGpuMemory();
	const started = await processes.start(server.command, server.log);
	const ended = new AbortController();
	const fate = { how: null };
	const noticed = started.ended.then((said) => {
		fate.how = said;
		ended.abort();
	});
	let result;
	let how = null;
	let left = null;
	try {
		result = await use(ended.signal);
		await Promise.race([noticed, ports.clock.sleep(0)]);
		how = fate.how;
	} catch (error) {
		if (!(error instanceof EndpointError)) throw error;
		throw fate.how !== null || await processes.isListening(server.url) ? explainFailure(error, fate.how, started, server, ports) : explainSilence(started, server, ports);
	} finally {
		left = await clearUp(server, {
			started,
			memoryBefore
		}, ports);
		if (left !== null) ports.log(`  ! ${left}`);
	}
	if (how === null) return {
		result,
		ended: null,
		left
	};
	const ending = `the server of ${server.setting} ${how} while it was measured`;
	ports.log(`  ! ${ending}${tellLog(started, server, ports)}`);
	return {
		result,
		ended: ending,
		left
	};
}
async function clearUp({ setting, url }, { started, memoryBefore }, { clock, processes }) {
	const left = await started.end();
	if (left.length > 0) return `the server of ${setting} could not be ended: ${left.length === 1 ? `process ${left[0]} is` : `processes ${left.join(", ")} are`} still there`;
	const until = clock.now() + FREE_MS;
	for (;;) {
		const isTaken = await processes.isListening(url);
		const memory = memoryBefore === null || isTaken ? null : await processes.readGpuMemory();
		const more = memory === null ? 0 : memory - memoryBefore;
		if (!isTaken && more <= GPU_SLACK_MIB) return null;
		if (clock.now() >= until) return isTaken ? `after the server of ${setting} was ended, something still listens at ${showUrl(url)}: a container or service that the command only asked for must end with it` : `after the server of ${setting} was ended, ${Math.round(more)} MiB more of the accelerators' memory are in use than before it was started`;
		await clock.sleep(LOOK_MS);
	}
}
function refuseTakenPort({ setting, url }) {
	return new EndpointError(`something listens at ${showUrl(url)} already, before ${setting} was started`, {
		tried: `a connection to ${url.host}`,
		remedy: `end what listens there, or give another port to the server of ${setting} and to the URL`
	});
}
function explainSilence(started, server, ports) {
	const { setting, url } = server;
	const port = findOtherPort(started.readLog(), url);
	const elsewhere = port === null ? "" : `; its log says that it listens on port ${port}`;
	return new EndpointError(`the command of ${setting} still runs, and nothing listens at ${showUrl(url)}${elsewhere}${tellLog(started, server, ports)}`, {
		tried: `a connection to ${url.host}`,
		remedy: port === null ? `let its server listen there, or give the URL the port at which it does; raise ready-timeout where it only loads longer` : `let its server listen on port ${addressOf(url).port}, or give the URL the port ${port}`
	});
}
const LISTENS = /\b(?:listening|listens|running|serving|starting|started|httpd|endpoint|server)\b/i;
const PORT = /(?:(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|localhost|\[::1?\]|\*):|\bport(?: |: ?|=))(\d{2,5})\b/gi;
function findOtherPort(log, url) {
	const ports = log.split(/\r?\n|\r/).filter((line) => line.length <= LONGEST_LINE && LISTENS.test(line)).flatMap((line) => [...line.matchAll(PORT)].map(([, port]) => Number(port)));
	return ports.includes(addressOf(url).port) ? null : ports.at(-1) ?? null;
}
function explainFailure({ what, tried, remedy }, how, started, server, ports) {
	const log = tellLog(started, server, ports);
	if (how === null) return new EndpointError(`the server of ${server.setting} listens, but: ${what}${log}`, {
		tried,
		remedy
	});
	return new EndpointError(`the server of ${server.setting} ${how} before it was ready${log}`, {
		tried,
		remedy: how.endsWith("code 0") ? `let ${server.setting} run the server in the foreground: it must last as long as the server does (no "&", no "docker run -d")` : `start it by hand to see why it ends; its whole log is ${server.log}`
	});
}
function tellLog(started, { log }, { redact }) {
	const lines = redact(started.readLog()).split(/\r?\n|\r/).map((line) => escapeForTerminal(line, LONGEST_LINE).trimEnd()).filter((line) => line !== "").slice(-12);
	if (lines.length === 0) return `\n  its log (${log}) is empty`;
	return `\n  its log (${log}) ends:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}
async function runToEnd(command, ports) {
	const { clock, processes, signal } = ports;
	const started = await processes.start(command.command, command.log);
	const over = new AbortController();
	const how = await Promise.race([started.ended, clock.sleep(command.timeoutMs, AbortSignal.any([signal, over.signal])).then(() => null)]);
	over.abort();
	if (how === "ended with code 0") return started.release();
	const log = tellLog(started, command, ports);
	await started.end();
	const took = signal.aborted ? "was interrupted" : `took longer than ready-timeout (${Math.round(command.timeoutMs / 1e3)} s)`;
	throw new EndpointError(`${command.setting} ${how ?? took}${log}`, {
		tried: "to deploy both sides anew",
		remedy: `run it by hand to see why; its whole log is ${command.log}`
	});
}
// src/gate/sessions.ts
function countHeld({ most, maxDurationMs }, sessions) {
	const held = maxDurationMs === null ? most : Math.floor(maxDurationMs / sessions[0].measuredMs);
	return Math.min(most, Math.max(held, sessions.length));
}
async function measureSessions(bounds, seed, { signal, log, measureOnce, describeOpen }) {
	const { most, maxDurationMs } = bounds;
	const coin = seedRandom(`${seed}/sessions`);
	const sessions = [];
	let usedMs = 0;
	for (;;) {
		const first = coin() < .5 ? "candidate" : "control";
		log(`session ${sessions.length + 1} of at most ${most}`);
		const session = await measureOnce(first, sessions.length + 1).catch((error) => {
			if (!(error instanceof EndpointError)) throw error;
			if (signal.aborted) return null;
			if (sessions.length === 0) throw error;
			return error;
		});
		if (session === null) return sessions;
		if (session instanceof EndpointError) return endWith(session, sessions);
		sessions.push(session);
		if (signal.aborted || sessions.length === most) return sessions;
		const lack = findLack(session);
		if (lack !== null) {
			log(`no session follows this one: ${lack}`);
			return sessions;
		}
		usedMs += session.measuredMs;
		if (maxDurationMs !== null && usedMs + session.measuredMs > maxDurationMs || countHeld(bounds, sessions) === sessions.length) {
			log(`max-duration leaves no time for another session of about ${formatDuration(session.measuredMs / 1e3)}`);
			return sessions;
		}
		const open = describeOpen(sessions);
		if (open === null) {
			log("decided: no further session is needed");
			return sessions;
		}
		log(`not decided yet, so another session: ${open}`);
	}
}
function endWith(error, sessions) {
	const last = sessions.at(-1);
	return [...sessions.slice(0, -1), {
		...last,
		run: {
			...last.run,
			error
		}
	}];
}
function findLack({ run, isLast }) {
	const { control, controlTrouble, error, report } = run;
	if (error !== null) return "the endpoint ended it";
	if (control === null || controlTrouble !== null) return "the control was not measured to its end";
	if (!report.validity.ok) return "the run of the candidate is not valid";
	if (!control.report.validity.ok) return "the run of the control is not valid";
	return isLast ? "a server that was started is not gone" : null;
}
async function measureServedSession({ servers, first, canGoWithout }, ports) {
	const { signal } = ports;
	const measured = {};
	let controlTrouble = null;
	let left = null;
	for (const side of orderSides(first)) {
		if (signal.aborted || left !== null) break;
		try {
			const served = await serveCommand(servers[side], ports, async (ended) => {
				const planned = await ports.plan(side, AbortSignal.any([signal, ended]));
				return {
					planned,
					run: await ports.measure(side, planned)
				};
			});
			measured[side] = served.result;
			left = served.left;
			if (side === "control") controlTrouble = served.ended;
		} catch (error) {
			if (!(error instanceof EndpointError)) throw error;
			if (signal.aborted) break;
			if (side === "candidate" || !canGoWithout) throw error;
			controlTrouble = takeFirstLine(error.what);
			ports.log(`  ! the control could not be measured: ${error.what}`);
		}
	}
	const { candidate, control } = measured;
	if (candidate === void 0) {
		if (signal.aborted) return null;
		throw refuseStart(servers.candidate, left);
	}
	const { planned, run } = candidate;
	const measuredMs = 1e3 * (run.report.durationSeconds + (control?.run.report.durationSeconds ?? 0));
	if (control === void 0) return {
		planned,
		run: {
			...run,
			controlTrouble: controlTrouble ?? left
		},
		measuredMs,
		isLast: true
	};
	const { report, error } = control.run;
	const trouble = controlTrouble ?? (error === null ? null : takeFirstLine(error.what));
	return {
		planned,
		run: {
			...run,
			control: {
				report,
				error
			},
			controlTrouble: trouble
		},
		measuredMs,
		isLast: left !== null
	};
}
function orderSides(first) {
	return first === "candidate" ? ["candidate", "control"] : ["control", "candidate"];
}
function takeFirstLine(text) {
	return text.split("\n", 1)[0];
}
function refuseStart({ setting, url }, left) {
	return new EndpointError(left, {
		tried: `to start the server of ${setting} at ${url.host}`,
		remedy: "end what is left of the control by hand, and see why it does not end with its command"
	});
}
function describeCost({ most, maxDurationMs }, { waiting, measuring }, levels = null) {
	const bound = maxDurationMs === null ? Infinity : Math.max(1, Math.floor(maxDurationMs / 1e3 / measuring));
	const held = Math.min(most, bound);
	const show = (sessions) => formatDuration(sessions * (waiting + measuring));
	const longest = held === 1 ? "" : `, at most ${show(held)} for ${held}`;
	const assumed = levels === null ? "" : ` if ${pluralise(levels, "level")} are found`;
	const cost = `a session takes about ${show(1)}${assumed}, and one is enough where it decides${longest}`;
	if (bound >= most) return [cost];
	const budget = `max-duration (${formatDuration(maxDurationMs / 1e3)} of measuring)`;
	const needed = formatDuration(most * measuring);
	return [cost, `  ! ${budget} holds ${pluralise(held, "session")} of ${most}; for all of them raise it to ${needed}`];
}
// src/gate/measure-sessions.ts
async function measureInSessions(settings, baseline, ports) {
	const entries = baseline?.entries ?? [];
	const sessions = await measureSessions(boundsOf(settings), settings.seed, {
		...ports,
		measureOnce: (settings.controlCommand === null ? redeployEach : startEach)(settings, entries, ports),
		describeOpen(soFar) {
			const open = findOpenGrounds(buildDecideInput(settings, baseline, sumUpSessions(settings, soFar), ports));
			return open.length === 0 ? null : joinShortList(open.map(describeGround), 4);
		}
	});
	const last = sessions.at(-1);
	if (last !== void 0) return {
		...sumUpSessions(settings, sessions),
		planned: last.planned
	};
	throw new EndpointError("interrupted before the first session was measured", {
		tried: "a session",
		remedy: "start it again"
	});
}
function sumUpSessions(settings, sessions) {
	return {
		runs: sessions.map(({ run }) => run),
		sessions: {
			fresh: true,
			most: countHeld(boundsOf(settings), sessions)
		}
	};
}
function describeGround(ground) {
	switch (ground.what) {
		case "suspect": return `${nameOf(ground)} looks worse (${formatChange(ground.change)})`;
		case "wide": return `${nameOf(ground)} is ${formatChange(ground.change)} and may be ${formatChange(ground.most)}, which must stay within ${formatChange(ground.needed)}`;
		case "unproven": return `${nameOf(ground)} is not proven (${formatChange(ground.change)}, and may be ${formatChange(ground.most)})`;
		case "not-measured": return `${nameOf(ground)} is missing: ${ground.why}`;
		case "levels-lost": return "a level was lost";
		case "errors": return "more requests failed";
	}
}
function serverOf(side, settings, serverLogs) {
	const command = side === "candidate" ? settings.candidateCommand : settings.controlCommand;
	const log = join(serverLogs, `${side}.log`);
	return {
		setting: settings.commandNames[side],
		command,
		url: settingsOf(side, settings).endpoint,
		log
	};
}
async function serveCandidate(settings, ports, use) {
	const server = serverOf("candidate", settings, ports.serverLogs);
	ports.log(`what the server writes is kept in ${server.log}`);
	const { result } = await serveCommand(server, ports, use);
	return result;
}
function startEach(settings, entries, ports) {
	const { log, serverLogs, signal } = ports;
	const servers = {
		candidate: serverOf("candidate", settings, serverLogs),
		control: serverOf("control", settings, serverLogs)
	};
	const cost = createCostTeller(settings, log);
	let levels = null;
	log(`what the servers write is kept in ${servers.candidate.log} and ${servers.control.log}`);
	return async (first, number) => {
		log(`the ${first} is started first`);
		return measureServedSession({
			servers,
			first,
			canGoWithout: entries.length > 0 || number > 1
		}, {
			...ports,
			async plan(side, signal) {
				const from = ports.clock.now();
				const recall = (series) => levels ?? recallLadder(entries, series);
				const planned = await planSide(settingsOf(side, settings), recall, {
					...ports,
					signal
				});
				if (number === 1 && side === first) cost.expect(planned, {
					preparedMs: ports.clock.now() - from,
					sides: 2
				});
				log(`the ${side}:`);
				return planned;
			},
			async measure(side, planned) {
				const run = await measureWithoutSecrets(settingsOf(side, settings), planned, ports);
				if (run.error !== null || signal.aborted) return run;
				levels ??= recallRun(run.report);
				if (number === 1 && side === first) cost.correct(planned, {
					seconds: run.report.durationSeconds,
					sides: 2
				});
				return run;
			}
		});
	};
}
function redeployEach(settings, entries, ports) {
	const redeploy = {
		setting: "redeploy-command",
		command: settings.redeployCommand,
		log: join(ports.serverLogs, "redeploy.log"),
		timeoutMs: settings.readyTimeoutMs
	};
	const cost = createCostTeller(settings, ports.log);
	let levels = null;
	return async (_, number) => {
		ports.log(`deploying endpoint and control anew; what that writes is kept in ${redeploy.log}`);
		const from = ports.clock.now();
		await runToEnd(redeploy, ports);
		const deployedMs = ports.clock.now() - from;
		const planned = await planSide(settings, (series) => levels ?? recallLadder(entries, series), ports);
		if (number === 1) cost.expect(planned, {
			preparedMs: ports.clock.now() - from,
			deployedMs,
			sides: 1
		});
		const run = await measureWithoutSecrets(settings, planned, ports);
		if (run.error === null && !ports.signal.aborted) {
			levels ??= recallRun(run.report);
			if (number === 1) cost.correct(planned, {
				seconds: run.report.durationSeconds,
				deployedMs,
				sides: 1
			});
		}
		return {
			planned,
			run,
			measuredMs: 1e3 * run.report.durationSeconds,
			isLast: false
		};
	};
}
async function planSide(settings, ladder, ports) {
	ports.onPhase("preflight");
	const planned = await planRun(settings, ladder, {
		...ports,
		awaitsLocalServer: true
	});
	ports.onPhase("sweep");
	return planned;
}
const EXPECTED_WITHIN = .1;
function createCostTeller(settings, log) {
	let expected = 0;
	const tell = (cost, levels) => {
		expected = cost.measuring;
		for (const line of describeCost(boundsOf(settings), cost, levels)) log(line);
	};
	const addWaits = ({ found, control }, deployedMs) => deployedMs + found.waitedMs + (control?.found.waitedMs ?? 0);
	return {
		expect(planned, { preparedMs, deployedMs = 0, sides }) {
			const waitedMs = addWaits(planned, deployedMs);
			const { expected: own, ladder } = planned.plan;
			const cost = {
				waiting: sides * waitedMs / 1e3,
				measuring: sides * (own.seconds + (preparedMs - waitedMs) / 1e3)
			};
			tell(cost, ladder.search == null ? null : ladder.levels.length);
		},
		correct(planned, { seconds, deployedMs = 0, sides }) {
			const measuring = sides * seconds;
			if (Math.abs(measuring / expected - 1) <= EXPECTED_WITHIN) return;
			log("the load took another time than the plan expected:");
			tell({
				waiting: sides * addWaits(planned, deployedMs) / 1e3,
				measuring
			}, null);
		}
	};
}
function boundsOf({ sessions, maxDurationMs }) {
	return {
		most: sessions,
		maxDurationMs
	};
}
function settingsOf(side, settings) {
	const { endpoint, control, maxDurationMs } = settings;
	return {
		...side === "candidate" ? settings : buildControlSettings({
			...settings,
			control: control ?? endpoint
		}),
		control: null,
		maxDurationMs: maxDurationMs === null ? null : maxDurationMs / 2
	};
}
export { measureInSessions, serveCandidate };
