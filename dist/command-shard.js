import { mi as EndpointError } from "./measuring.js";
import { Bt as renderShard, En as EXIT, i as logWrapped, l as findRunSource, r as createProgress, yt as writeWhole } from "./plateau.js";
import { _t as measureShard, ft as encodeShard, gt as openShardPorts } from "./late.js";
// src/commands/shard.ts
async function runShard(settings, shard, { env, output, signal, system }) {
	const { start, end, stop } = createProgress(output);
	const { hide, redact } = output;
	const ports = system(env);
	const { sha } = await findRunSource(env, ports.wallClock());
	const hooks = {
		redact,
		hide,
		signal,
		log: (line) => logWrapped(output, line),
		onLevelStart: start,
		onLevelEnd: end,
		awaitsLocalServer: false
	};
	try {
		const measured = await measureShard(settings, shard, openShardPorts(settings, {
			...hooks,
			commit: sha
		}, ports));
		const path = settings.part;
		writeWhole(path, encodeShard(measured, redact));
		output.log(`shard ${renderShard(shard)}: its part is ${path}; "plateau merge" joins it with those of the others`);
		return EXIT.passed;
	} catch (error) {
		if (!signal.aborted || !(error instanceof EndpointError)) throw error;
		output.log("interrupted: no part was written, and the other shards are told");
		return EXIT.interrupted;
	} finally {
		stop();
	}
}
export { runShard };
