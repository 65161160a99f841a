import { S as zstdDecompressSync, b as gunzipSync, d as brotliDecompressSync } from "./builtins.js";
import { n as parquetMetadata, r as parquetSchema, t as parquetReadObjects } from "./vendor-parquet.js";
import { C as isReadColumn } from "./plateau.js";
import { parentPort, workerData } from "node:worker_threads";
// src/settings/prompts-file/parquet-thread.ts
const MOST_ROWS = 5e6;
const COMPRESSORS = {
	GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: length }),
	ZSTD: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length }),
	BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: length })
};
const CONVERT = "write it as JSON lines (df.to_json(\"prompts.jsonl\", orient=\"records\", lines=True) of pandas)";
async function readRows(bytes, wanted) {
	try {
		return await cutIntoRows(bytes, wanted);
	} catch (error) {
		const codec = /unsupported compression codec: (\w+)/.exec(String(error))?.[1];
		if (codec !== void 0) return { refusal: `is a Parquet file compressed with ${codec}, which is not read; ${CONVERT}` };
		return { refusal: `is a Parquet file that is broken or cut off; download it again, or ${CONVERT}` };
	}
}
async function cutIntoRows(bytes, { column, others }) {
	const file = new Uint8Array(bytes).buffer;
	const metadata = parquetMetadata(file);
	if (countValues(metadata) > MOST_ROWS) return { refusal: `has more than ${MOST_ROWS} rows; give a part of it` };
	const names = parquetSchema(metadata).children.map(({ element }) => element.name);
	const isOther = (name) => name !== column && others.includes(name.toLowerCase());
	const wanted = names.filter((name) => isOther(name) || isReadColumn(name, column));
	const unread = Object.fromEntries(names.filter((name) => !wanted.includes(name)).map((name) => [name, true]));
	return {
		container: "Parquet",
		items: (wanted.length === 0 ? [{}] : await parquetReadObjects({
			file,
			metadata,
			columns: wanted,
			compressors: COMPRESSORS
		})).map((row, index) => ({
			where: `row ${index + 1}`,
			value: {
				...unread,
				...renameMembers(toJson(row), (name) => isOther(name) ? name.toLowerCase() : name)
			}
		}))
	};
}
function renameMembers(json, rename) {
	return Object.fromEntries(Object.entries(json).map(([name, value]) => [rename(name), value]));
}
function countValues({ num_rows: rows, row_groups: groups }) {
	return Math.max(Number(rows), groups.reduce((sum, group) => sum + Number(group.num_rows), 0));
}
function toJson(value) {
	if (typeof value === "bigint") return Number(value);
	if (value instanceof Date) return value.toISOString();
	if (value instanceof Uint8Array) return null;
	if (Array.isArray(value)) return value.map(toJson);
	if (typeof value !== "object" || value === null) return value;
	const members = Object.entries(value).filter(([, member]) => member != null);
	return Object.fromEntries(members.map(([name, member]) => [name, toJson(member)]));
}
async function readOrdered({ bytes, wanted }) {
	parentPort.postMessage(await readRows(bytes, wanted), []);
}
const order = workerData;
if (order != null) readOrdered(order);
export { readRows };
