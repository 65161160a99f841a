import { p as locateProgram } from "./plateau.js";
import { Ci as codeOf } from "./measuring.js";
import { Worker } from "node:worker_threads";
import { getHeapStatistics } from "node:v8";
// src/settings/prompts-file/parquet.ts
const TOO_MUCH = { refusal: "is a Parquet file that takes more memory or time to read than a whole one can, so that it is broken; download it again, or write it as JSON lines" };
function boundsOf(bytes) {
	const mebibyte = 1024 ** 2;
	return {
		heapMb: Math.floor(getHeapStatistics().heap_size_limit / mebibyte),
		ms: 2e4 + bytes.byteLength / mebibyte * 1e3
	};
}
async function readParquet(bytes, wanted, { heapMb, ms } = boundsOf(bytes)) {
	const order = {
		bytes,
		wanted
	};
	const thread = new Worker(locateProgram("./parquet-thread.js", import.meta.url), {
		workerData: order,
		execArgv: [],
		resourceLimits: { maxOldGenerationSizeMb: heapMb },
		name: "plateau parquet"
	});
	return await new Promise((resolve, reject) => {
		let timer;
		const settle = (result) => {
			clearTimeout(timer);
			resolve(result);
		};
		thread.once("online", () => {
			timer = setTimeout(() => {
				resolve(TOO_MUCH);
				thread.terminate();
			}, ms);
		}).once("message", settle).once("error", (error) => {
			if (codeOf(error) === "ERR_WORKER_OUT_OF_MEMORY") return settle(TOO_MUCH);
			clearTimeout(timer);
			reject(error);
		}).once("exit", () => settle(TOO_MUCH));
	});
}
export { readParquet };
