import { Xt as judgeMetrics, Yt as isSpreadAssumed, Zt as levelOfProof, ft as takeFirstLook, i as countHeld, kn as computeUpperBound, lt as countLooks, n as measureCommandSessions, o as inputOf, pt as findFailures, t as boundsOf } from "./late.js";
import { N as openTrial, t as recallLadder } from "./history.js";
import { cr as toleranceOf, kt as measureWithoutSecrets } from "./plateau.js";
// src/verdict/early-end.ts
function isDecided(input) {
	const { candidates, policy, baseline, trouble } = input;
	const looks = countLooks(input);
	const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input);
	if (trial === null) return "green";
	const { compared, missed } = takeFirstLook(trial, policy);
	const judged = judgeMetrics(compared, policy, {
		looksTwice: false,
		looks,
		mayGoOn: looks.look < looks.most
	});
	const { lostLevels, errorRate } = findFailures(trial, "none", policy);
	const words = [...judged, ...lostLevels].map(({ verdict }) => verdict);
	if (words.includes("regressed") || errorRate?.verdict === "regressed" && candidates.length > 1) return "red";
	if (looks.most === 1) return "green";
	const unsettled = words.includes("suspect") || missed.some(({ verdict }) => verdict === "not-measured") || lostLevels.length > 0 || errorRate !== null && errorRate.verdict !== "no-change-seen";
	const soFar = {
		most: looks.look,
		look: looks.look
	};
	return judged.every(({ raw, verdict }) => policy.gate === "release" ? verdict === "proven" || verdict === "improved" : computeUpperBound(raw.all, raw.spread, isSpreadAssumed(raw) ? { level: levelOfProof(soFar) } : {}) < Math.log1p(2 * toleranceOf(policy, raw.metric))) && !unsettled ? "green" : "open";
}
// src/gate/measure-sessions.ts
async function measureInSessions(settings, baseline, ports) {
	const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries;
	const sessions = await measureCommandSessions(settings, {
		...ports,
		ladder: (series) => recallLadder(entries, series),
		canGoWithout: entries.length > 0,
		measure: async (own, planned) => measureWithoutSecrets(own, planned, ports),
		decideSoFar: (soFar) => isDecided(inputOf(settings, baseline, sumUpSessions(settings, soFar), ports))
	});
	return {
		...sumUpSessions(settings, sessions),
		planned: sessions.at(-1).planned
	};
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
export { measureInSessions };
