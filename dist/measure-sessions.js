import { i as countHeld, n as measureCommandSessions, o as inputOf, t as boundsOf, ut as isDecided } from "./late.js";
import { P as recallLadder } from "./history.js";
import { Ot as measureWithoutSecrets } from "./plateau.js";
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
