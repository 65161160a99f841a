import { Gn as joinShortList, Tn as computeUpperBound, a as decideInputOf, dt as isSpreadAssumed, ft as judgeMetrics, ht as findFailures, i as countHeld, mt as takeFirstLook, pt as levelOfProof, qn as nameOf, r as measureCommandSessions, t as boundsOf, ut as countLooks } from "./late.js";
import { c as openTrial, k as changeOfY } from "./figures.js";
import { K as measureWithoutSecrets, or as toleranceOf, xr as formatChange } from "./plateau.js";
import { n as recallLadder } from "./history.js";
// src/verdict/so-far.ts
function judgeSoFar(input) {
	const { candidates, policy, baseline, trouble } = input;
	const looks = countLooks(input);
	const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input);
	if (trial === null) return {
		word: "green",
		open: []
	};
	const { compared, missed } = takeFirstLook(trial, policy);
	const judged = judgeMetrics(compared, policy, {
		looksTwice: false,
		looks,
		mayGoOn: looks.look < looks.most
	});
	const { lostLevels, errorRate } = findFailures(trial, "none", policy);
	if ([...judged, ...lostLevels].map(({ verdict }) => verdict).includes("regressed") || errorRate?.verdict === "regressed" && candidates.length > 1) return {
		word: "red",
		open: []
	};
	if (looks.most === 1) return {
		word: "green",
		open: []
	};
	const open = [
		...judged.flatMap((each) => findOpenMetric(each, looks.look, policy) ?? []),
		...missed.flatMap(({ metric, verdict, note }) => verdict === "not-measured" ? [{
			what: "not-measured",
			metric,
			why: note
		}] : []),
		...lostLevels.length > 0 ? [{ what: "levels-lost" }] : [],
		...errorRate !== null && errorRate.verdict !== "no-change-seen" ? [{ what: "errors" }] : []
	];
	return {
		word: open.length === 0 ? "green" : "open",
		open
	};
}
function findOpenMetric({ raw, verdict }, look, policy) {
	const { metric, ofPlateau, all, spread } = raw;
	const level = isSpreadAssumed(raw) ? { level: levelOfProof({
		most: look,
		look
	}) } : {};
	const most = computeUpperBound(all, spread, level);
	const isRelease = policy.gate === "release";
	const needed = Math.log1p((isRelease ? 1 : 2) * toleranceOf(policy, metric));
	const tell = (what) => ({
		what,
		metric,
		ofPlateau,
		change: changeOfY(metric, all.newest.d),
		most: changeOfY(metric, most),
		needed: changeOfY(metric, needed)
	});
	if (verdict === "suspect") return tell("suspect");
	if (isRelease) return verdict === "proven" || verdict === "improved" ? null : tell("unproven");
	return most < needed ? null : tell("wide");
}
// src/gate/measure-sessions.ts
async function measureInSessions(settings, baseline, ports) {
	const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries;
	const sessions = await measureCommandSessions(settings, {
		...ports,
		ladder: (series) => recallLadder(entries, series),
		canGoWithout: entries.length > 0,
		measure: async (own, planned) => measureWithoutSecrets(own, planned, ports),
		decideSoFar(soFar) {
			const { word, open } = judgeSoFar(decideInputOf(settings, baseline, sumUpSessions(settings, soFar), ports));
			return {
				word,
				why: describeOpen(open)
			};
		}
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
function describeOpen(grounds) {
	return joinShortList(grounds.map(describeGround), 4);
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
export { measureInSessions };
