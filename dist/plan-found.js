import { M as planLevels, _ as seriesOfRun, f as describeControl, h as findServerMetrics, j as countAsking, m as findSideRateLimits, p as findControl, t as proveClient } from "./sweep.js";
import { f as countConnectionsLeft, p as findOpenFiles } from "./plateau.js";
import { E as shareOpenLoad, Fr as generatesTokens, S as countWorkers, X as countUsual, x as countThreads } from "./measuring.js";
// src/run/plan-found.ts
async function planFound(settings, { startedAt, startAt, threads, found }, ladder, ports) {
	const { control, trouble } = await findControl(settings, found, ports);
	const timing = control === null ? null : settings.controlTiming;
	const connections = countConnectionsLeft(ports.openFiles(), threads?.most ?? 0);
	const sides = control === null ? 1 : 2;
	const expected = planLevels(settings, {
		...found,
		control: timing,
		connections: connections === null ? null : Math.floor(connections / sides)
	}, await ladder(seriesOfRun(settings, found)));
	const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal);
	const proven = await proveMachine(settings, {
		found,
		plan: expected,
		threads
	}, ports);
	const plan = boundByProof(expected, proven.proof, threads);
	return {
		startedAt,
		startAt: startAt + found.waitedMs + (control?.found.waitedMs ?? 0),
		found,
		plan,
		threads,
		serverMetrics: metrics,
		proof: proven.proof,
		findings: [
			...settings.insecureTls ? [INSECURE] : [],
			...found.findings,
			...findCuts(plan, found),
			...findOpenFiles(ports.openFiles(), countMostConnections(plan, settings), countMostThreads(plan, settings, threads)),
			...findings,
			...proven.findings,
			...describeControl(found, {
				control,
				trouble
			})
		],
		control: control === null ? null : {
			...control,
			findings: [...control.findings, ...findSideRateLimits(control.found, plan)]
		},
		controlTrouble: trouble
	};
}
async function proveMachine(settings, { found, plan, threads }, ports) {
	const { startTruth } = ports;
	if (startTruth === null || !settings.selfProof || !generatesTokens(found.target.dialect.task)) return UNPROVEN;
	const together = plan.sides === 2 && settings.controlTiming === "together";
	const highest = plan.openLoad?.(Math.max(...plan.ladder.levels), 1);
	const asked = highest === void 0 ? void 0 : shareOpenLoad(highest, settings.shard).usuallyInFlight;
	const sides = together ? 2 : 1;
	const most = asked ?? countMostWorkers(plan, settings);
	const inFlight = sides * (asked ?? countAsking(settings, found.lone, most));
	const streams = Math.max(1, Math.ceil(inFlight));
	const carrying = threads === null ? 1 : Math.max(1, countThreads(threads, sides * most, 1));
	return proveClient({
		streams,
		inFlight,
		lone: found.lone,
		threads: carrying
	}, {
		...ports,
		startTruth
	});
}
function boundByProof(plan, proof, threads) {
	const { search } = plan.ladder;
	if (search == null || proof === null) return plan;
	const mostTokensPerSecond = proof.tokensPerSecond * (threads?.most ?? 1);
	return {
		...plan,
		ladder: {
			...plan.ladder,
			search: {
				...search,
				mostTokensPerSecond
			}
		}
	};
}
const UNPROVEN = {
	proof: null,
	findings: []
};
function countMostThreads(plan, settings, threads) {
	return threads === null ? 0 : countThreads(threads, countMostWorkers(plan, settings), 1);
}
function countMostConnections(plan, settings) {
	return plan.sides * countMostWorkers(plan, settings);
}
function countMostWorkers({ ladder, openLoad }, { shard }) {
	const highest = Math.max(...ladder.levels);
	return openLoad === void 0 ? countWorkers({
		concurrency: highest,
		shard
	}) : countUsual(shareOpenLoad(openLoad(highest, 1), shard));
}
function findCuts(plan, found) {
	return [...plan.cut.map((message) => ({
		code: "plan-cut",
		message
	})), ...findSideRateLimits(found, plan)];
}
const INSECURE = {
	code: "insecure-tls",
	message: "The certificate of the endpoint was not checked (`insecure-tls`)."
};
export { planFound };
