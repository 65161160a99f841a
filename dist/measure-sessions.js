import { Hn as joinShortList, Wn as nameOf, a as decideInputOf, ft as judgeSoFar, i as countHeld, r as measureCommandSessions, t as boundsOf } from "./late.js";
import { u as recallLadder } from "./figures.js";
import { K as measureWithoutSecrets, br as formatChange } from "./plateau.js";
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
