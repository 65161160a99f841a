import { i as __toESM } from "./rolldown-runtime.js";
import { D as createHmac, E as createHash, S as zstdDecompressSync, _ as createInflate, b as gunzipSync, d as brotliDecompressSync, f as constants$1, h as createGunzip, m as createBrotliDecompress, p as crc32, u as connect$1, v as createZstdDecompress, x as inflateSync, y as deflateSync } from "./builtins.js";
import { t as createParser } from "./vendor-measuring.js";
import { Socket, connect, isIP } from "node:net";
import { createHistogram } from "node:perf_hooks";
import { devNull } from "node:os";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
// src/errors.ts
var ValueError = class extends Error {
	name = "ValueError";
};
var SettingsError = class extends Error {
	code = "settings";
	name = "SettingsError";
	problems;
	constructor(problems) {
		super(describeProblems(problems));
		this.problems = problems;
	}
};
var EndpointError = class extends Error {
	code = "endpoint";
	name = "EndpointError";
	what;
	tried;
	remedy;
	constructor(what, { tried, remedy, cause }) {
		super(`${what}\n  tried: ${tried}\n  remedy: ${remedy}`, cause === void 0 ? void 0 : { cause });
		this.what = what;
		this.tried = tried;
		this.remedy = remedy;
	}
};
function toTrouble({ what, tried, remedy }) {
	return {
		what,
		tried,
		remedy
	};
}
var BaselineError = class extends Error {
	code = "baseline";
	name = "BaselineError";
	remedy;
	constructor(what, { remedy, cause }) {
		super(`${what}\n  remedy: ${remedy}`, cause === void 0 ? void 0 : { cause });
		this.remedy = remedy;
	}
};
function summariseError({ message, remedy }) {
	return `${message.split("\n", 1)[0].replace(/\.$/, "")}; ${remedy}`;
}
var FileRefusal = class extends Error {
	name = "FileRefusal";
};
function messageOf(thrown) {
	return thrown instanceof Error ? thrown.message : String(thrown);
}
function codeOf(thrown) {
	return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
}
const MOST_PROBLEMS = 20;
function describeProblems(problems) {
	const lines = problems.slice(0, MOST_PROBLEMS).map(describeProblem$1);
	const more = problems.length - lines.length;
	return [...lines, ...more > 0 ? [`and ${more} more`] : []].join("\n");
}
function describeProblem$1({ setting, given, message }) {
	return (given === null ? `${setting}: ${message}` : `${setting}: got "${given}"; ${message}`).replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
}
// src/text.ts
const MAXIMUM = 100;
function formatSeconds(ms) {
	return `${Math.round(ms / 100) / 10} s`;
}
function groupDigits(value) {
	const [whole, ...fraction] = String(value).split(".");
	return [whole.replace(/\B(?=(?:\d{3}){1,7}$)/g, ","), ...fraction].join(".");
}
function capitalise(text) {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
function decapitalise(text) {
	return text.charAt(0).toLowerCase() + text.slice(1);
}
function makeClause(sentence) {
	return decapitalise(sentence).replace(/\.$/, "");
}
function pluralise(count, one, many = `${one}s`) {
	return `${groupDigits(Math.round(count))} ${count === 1 ? one : many}`;
}
function joinList(parts, last = "and") {
	return parts.length < 2 ? parts[0] ?? "" : `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}
function partOf(part, all, noun, one = "", many = one) {
	const verb = part === 1 ? one : many;
	return `${groupDigits(Math.round(part))} of ${pluralise(all, noun)}${verb === "" ? "" : ` ${verb}`}`;
}
function nameAll(count) {
	return count === 2 ? "both" : `all ${groupDigits(count)}`;
}
function keepUnitsTogether(text) {
	return text.replace(/(?<=\d) (?=%|ms\b|s\b|min\b|(?:tok|req)\/s)/g, "\u00A0");
}
function dropCodeMarks(text) {
	return text.replace(/`([^`\n]{1,200})`/g, "$1");
}
function escapeForTerminal(text, maximum = MAXIMUM) {
	const line = text.slice(0, 20 * maximum).replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu, "").replace(/[\p{White_Space}\p{Cc}]+/gu, " ").trim().replace(/^::/, ": :").replaceAll("##[", "## [");
	const letters = Array.from(line);
	return letters.length <= maximum && text.length <= 20 * maximum ? line : `${letters.slice(0, maximum - 1).join("")}\u2026`;
}
function dropUnseen(name) {
	return escapeForTerminal(name.normalize("NFC"));
}
function escapeForMarkdown(text, maximum = MAXIMUM) {
	return escapeForTerminal(text, maximum).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replace(/[\\`*_{}[\]()#+\-.!|~$^=:"']/g, "\\$&").replace(/@|(?<=\/)\/|#(?=\d)|(?<=\bwww)(?=\\\.)|(?<=\bGH)(?=\\-)/gi, "$&\u200B").replace(/(?:[!$%~^]|&amp;)(?=\\?[\w"])/g, "$&\u200B").replace(/^\//, "\\/");
}
function escapeForHtml(text, maximum = MAXIMUM) {
	return escapeHtml(escapeForTerminal(text, maximum));
}
function escapeHtml(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;").replaceAll("'", "&#39;");
}
function showUrl(url) {
	const parsed = typeof url === "string" ? parseUrl$1(url) : url;
	return parsed === null ? "(not a URL)" : escapeForTerminal(`${parsed.protocol}//${parsed.host}${parsed.pathname}`);
}
function parseUrl$1(text) {
	return URL.canParse(text) ? new URL(text) : null;
}
function quoteForShell(text) {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
function trimSlashes(text) {
	return text.replace(/(?<!\/)\/+$/, "");
}
function decodePercent(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
function addressOf({ hostname, port, protocol }) {
	return {
		host: hostname.replace(/^\[|\]$/g, ""),
		port: port === "" ? protocol === "https:" ? 443 : 80 : Number(port)
	};
}
// src/vocabulary/load.ts
const TASKS$2 = [
	"chat",
	"completions",
	"embeddings",
	"rerank",
	"score"
];
const ITEM_WORDS = {
	embeddings: "sequence",
	rerank: "document",
	score: "pair"
};
function generatesTokens(task) {
	return !Object.hasOwn(ITEM_WORDS, task);
}
function nameItem(task) {
	return ITEM_WORDS[task] ?? "prompt";
}
function needsQuery(task) {
	return task === "rerank" || task === "score";
}
const OPEN_LOADS = ["rate", "speed"];
const SETTINGS_OF_LESS_LOAD = "`max-concurrency`, or a list of `concurrency` or `rate`";
const LEVEL_SIGNS = {
	concurrency: "",
	rate: "/s",
	speed: "x"
};
function nameLevel(load, level) {
	return `${level}${LEVEL_SIGNS[load]}`;
}
function spellLevels(load, names) {
	return isOpenLoop(load) ? names : `concurrency ${names}`;
}
function isOpenLoop(load) {
	return load !== "concurrency";
}
const LEVEL_FIELDS = {
	concurrency: "concurrency",
	rate: "rates",
	speed: "speeds"
};
function loadOf(series) {
	return OPEN_LOADS.find((load) => series[LEVEL_FIELDS[load]] !== void 0) ?? "concurrency";
}
function askedLevelsOf(series) {
	return series[LEVEL_FIELDS[loadOf(series)]] ?? series.concurrency;
}
function chooseLoad({ rate, trace }) {
	if (trace !== null) return "speed";
	return rate === null ? "concurrency" : "rate";
}
const LEVEL_STATES = [
	"ok",
	"buffered",
	"limited",
	"lost",
	"overloaded",
	"client-saturated",
	"invalid"
];
const PLATEAU_STATES = [
	"reached",
	"not-reached",
	"collapsing",
	"limited"
];
function reachesPlateau(state) {
	return state === "reached" || state === "collapsing";
}
const STATE_WORDS = {
	ok: "held",
	buffered: "its answers came in one piece",
	lost: "the server did not hold it",
	overloaded: "more requests came than the server ended",
	limited: "the endpoint limited the rate",
	"client-saturated": "this machine was too busy, or at a limit of its own",
	invalid: "its figures are not valid"
};
function nameState({ state, invalidReasons }) {
	if (state !== "client-saturated") return state;
	return invalidReasons.includes("client-limit") ? "client limit" : "client busy";
}
function isTooMuch(state) {
	return state === "lost" || state === "overloaded";
}
const SEARCH_ENDS = {
	plateau: {
		because: "throughput grows no more",
		remedy: null
	},
	objectives: {
		because: "more load does not keep the objectives",
		remedy: null
	},
	gone: {
		because: "the server stopped answering",
		remedy: "Look at the log of the server."
	},
	"too-much": {
		because: "the server did not hold a higher level",
		remedy: null
	},
	limited: {
		because: "a rate limit refused more",
		remedy: "Raise the rate limit of this key."
	},
	client: {
		because: "this machine was at a limit of its own",
		remedy: "Use a machine with more cores or less other work, or raise the limit that the findings name."
	},
	ceiling: {
		because: "`max-in-flight` was reached",
		remedy: "Raise `max-in-flight`."
	},
	proof: {
		because: "more would be beyond what this machine was proven to read in time",
		remedy: "Use a machine with faster or more cores."
	},
	files: {
		because: "this machine may not open more connections",
		remedy: "Raise the limit of open files (`ulimit -n`)."
	},
	stated: {
		because: "the server states that it takes no more at once",
		remedy: null
	},
	"max-concurrency": {
		because: "`max-concurrency` allows no more",
		remedy: "Raise `max-concurrency`."
	},
	process: {
		because: "one process sends no more",
		remedy: "Let several processes measure it together (`shard`)."
	},
	"max-duration": endByBudget("max-duration"),
	"max-requests": endByBudget("max-requests"),
	"max-output-tokens": endByBudget("max-output-tokens"),
	budget: {
		because: "a higher level would not fit into the budgets",
		remedy: "Raise `max-duration`, `max-requests` or `max-output-tokens`."
	},
	time: {
		because: "a higher level would take too long for a run",
		remedy: "List higher levels (`concurrency`), or let answers be shorter (`output-tokens`)."
	},
	levels: {
		because: `9 levels were measured`,
		remedy: "List higher levels."
	},
	unusable: {
		because: "three levels could not be used",
		remedy: "See the findings."
	}
};
function endByBudget(setting) {
	return {
		because: `a higher level would not fit into \`${setting}\``,
		remedy: `Raise \`${setting}\`.`
	};
}
const SEARCH_END_NAMES = Object.keys(SEARCH_ENDS);
// src/sha256.ts
function sha256(content) {
	return createHash("sha256").update(content).digest("hex");
}
// src/random.ts
function seedRandom(seed) {
	let state = hash(seed);
	return () => {
		state = state + 1831565813 >>> 0;
		let t = state;
		t = Math.imul(t ^ t >>> 15, t | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return ((t ^ t >>> 14) >>> 0) / 4294967296;
	};
}
function shuffle(items, random) {
	const result = [...items];
	for (let i = result.length - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		const held = result[i];
		result[i] = result[j];
		result[j] = held;
	}
	return result;
}
function drawNormal(random) {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
function hash(text) {
	let value = 2166136261;
	for (let i = 0; i < text.length; i++) {
		value ^= text.charCodeAt(i);
		value = Math.imul(value, 16777619);
	}
	return value >>> 0;
}
// src/json.ts
function asObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}
function asArray(value) {
	return Array.isArray(value) ? value : null;
}
function asText(value) {
	return typeof value === "string" && value !== "" ? value : null;
}
function asNumber$1(value) {
	return typeof value === "number" && Number.isFinite(value) ? value : null;
}
const MOST_TOKENS = 1e9;
const LONGEST_NAME = 200;
function cutName(name) {
	return name.length <= LONGEST_NAME ? name : `${name.slice(0, 199)}\u2026`;
}
function asCount(value) {
	return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : null;
}
function asMs(value) {
	return typeof value === "number" && value > 0 && value < Infinity ? value : null;
}
function parseJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
function parseLooseJson(text) {
	const json = parseJson(text);
	return json === void 0 ? parseJson(text.replaceAll(new RegExp(NON_NUMBER, "g"), "$1null")) : json;
}
function findNonNumber(text) {
	const found = NON_NUMBER.exec(text)?.[2];
	return found === void 0 || parseLooseJson(text) === void 0 ? null : found;
}
const NON_NUMBER = /([[:,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/;
function readNames(list, member) {
	if (!Array.isArray(list)) return [];
	return list.map((entry) => asText(asObject(entry)?.[member])).filter((name) => name !== null);
}
// src/settings/nearest.ts
function findNearest(text, names) {
	const asked = spellAsOurs(text);
	const foreign = findForeign(text, names);
	if (foreign !== null) return foreign;
	return names.find((name) => asked.length >= 3 && name.startsWith(`${asked}-`)) ?? findMisspelt(asked, names) ?? names.find((name) => asked.length >= 3 && name.startsWith(asked)) ?? findByEnding(asked, names);
}
function spellAsOurs(text) {
	return text.toLowerCase().replaceAll(/[_ ]/g, "-");
}
function findMisspelt(asked, names) {
	let best = null;
	let bestDistance = Math.max(1, Math.floor(asked.length / 3)) + 1;
	for (const name of names) {
		if (asked.length < 6 && asked[0] !== name[0]) continue;
		const distance = countEdits(asked, name);
		if (distance < bestDistance) {
			best = name;
			bestDistance = distance;
		}
	}
	return best;
}
function findByEnding(asked, names) {
	if (asked.length < 3) return null;
	const endings = names.flatMap((name) => /-([^-]+)$/.exec(name)?.[1] ?? []);
	const word = endings.includes(asked) ? asked : findMisspelt(asked, endings);
	const ending = word === null ? [] : names.filter((name) => name.endsWith(`-${word}`));
	return ending.length === 1 ? ending[0] : null;
}
function suggestName(text, names, spell = String) {
	const similar = findNearest(text, names);
	return similar === null ? null : `did you mean ${spell(similar)}?`;
}
function listAllowed(text, names, spell = String) {
	const suggestion = suggestName(text, names, spell);
	return `${names.map(spell).join(", ")}${suggestion === null ? "" : `; ${suggestion}`}`;
}
function findForeign(text, names) {
	const asked = spellAsOurs(text);
	return [...FOREIGN_NAMES.get(asked) ?? [], ...nameForeignMetric(asked)].find((name) => names.includes(name)) ?? null;
}
const FOREIGN_NAMES = listForeign({
	concurrency: "users vus clients workers threads connections parallel parallelism max-concurrent num-concurrent-requests batch-concurrency levels",
	rate: "qps rps request-rate requests-per-second arrival-rate",
	arrivals: "burstiness arrival-distribution request-distribution arrival",
	"max-in-flight": "max-inflight max-outstanding",
	"level-duration": "duration time run-time window test-duration",
	"level-requests": "requests num-requests num-prompts num-samples request-count iterations",
	passes: "repeat repeats repetitions rounds",
	"warmup-requests": "warmup warm-up num-warmups",
	control: "control-url reference reference-url control-endpoint",
	"control-api-key": "control-key",
	endpoint: "url base-url host server target address api-base",
	model: "model-name served-model-name model-id",
	"api-key": "key token api-token bearer openai-api-key",
	headers: "header",
	"request-timeout": "timeout",
	"input-tokens": "input-len input-length isl prompt-tokens prompt-length random-input-len",
	"output-tokens": "max-tokens max-new-tokens output-len output-length osl random-output-len",
	"prompts-file": "prompts dataset dataset-path input-file",
	limits: "assert thresholds",
	slo: "slos sla goodput objectives",
	tolerance: "threshold max-regression margin",
	"report-json": "output out output-file save-result json",
	history: "baseline",
	baseline: "history compare-with",
	url: "endpoint",
	a: "control-command",
	b: "candidate-command",
	"openai-chat": "vllm sglang nim lmdeploy tensorrt-llm trt-llm litellm openrouter groq mistral azure azure-openai",
	anthropic: "claude",
	llamacpp: "llama.cpp llama-cpp"
});
const FOREIGN_TIMES = listForeign({
	ttft: "ttft time-to-first-token first-token",
	tpot: "tpot time-per-output-token",
	"inter-chunk": "itl inter-token inter-token-latency tbt",
	latency: "latency e2e e2el e2e-latency end-to-end request-latency response-time"
});
const FOREIGN_METRICS = listForeign({
	"error-rate": "errors failures failure-rate fail-rate",
	throughput: "tps tokens-per-second output-throughput output-token-throughput",
	"plateau-throughput": "throughput tps tokens-per-second output-throughput output-token-throughput",
	"requests-per-second": "rps request-throughput"
});
const AVERAGES = [
	"mean",
	"avg",
	"average",
	"median"
];
function nameForeignMetric(asked) {
	const words = asked.split("-").filter((word) => word !== "ms");
	const isStatistic = (word) => /^p\d\d$/.test(word) || AVERAGES.includes(word);
	const time = FOREIGN_TIMES.get(words.filter((word) => !isStatistic(word)).join("-"))?.[0];
	if (time === void 0) return FOREIGN_METRICS.get(asked) ?? [];
	const statistic = words.find(isStatistic);
	return [`${time}-${statistic === void 0 || AVERAGES.includes(statistic) ? "p50" : statistic}`, time];
}
function listForeign(names) {
	const pairs = Object.entries(names).flatMap(([name, others]) => others.split(" ").map((other) => ({
		other,
		name
	})));
	const grouped = Map.groupBy(pairs, ({ other }) => other);
	return new Map([...grouped].map(([other, found]) => [other, found.map(({ name }) => name)]));
}
function explainUnknown(name, names, { spell, otherwise }) {
	const suggestion = suggestName(name, names, spell);
	return `is not a setting${suggestion === null ? otherwise : `; ${suggestion}`}`;
}
function countEdits(a, b) {
	let beforePrevious = [];
	let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const current = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
			let distance = Math.min(replaced, previous[j] + 1, current[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) distance = Math.min(distance, beforePrevious[j - 2] + 1);
			current.push(distance);
		}
		beforePrevious = previous;
		previous = current;
	}
	return previous[b.length];
}
// src/settings/values/simple.ts
function readCount$1({ min = 1, max = 1e9 } = {}) {
	return (text) => {
		const value = parseScaled(text);
		if (value === null || !Number.isInteger(value) || value < min || value > max) throw new ValueError(`must be a whole number from ${min} to ${max}`);
		return value;
	};
}
function readNumber({ min, max }) {
	return (text) => {
		const value = parseDecimal(text);
		if (value === null || value < min || value > max) throw new ValueError(`must be a number from ${min} to ${max}`);
		return value;
	};
}
function readShare({ min = 0, max = 1 } = {}) {
	return (text) => {
		const trimmed = text.trim();
		const value = trimmed.endsWith("%") ? parseDecimal(trimmed.slice(0, -1)) : parseDecimal(trimmed);
		const share = value !== null && trimmed.endsWith("%") ? value / 100 : value;
		if (share === null || share < min || share > max || trimmed === "1" && max === 1) {
			const meant = share !== null && share >= 1 && share <= 100 * max && !trimmed.endsWith("%") ? `; did you mean ${trimmed}%?` : ", for example 5%";
			throw new ValueError(`must be a share from ${min * 100}% to ${max * 100}%${meant}`);
		}
		return share;
	};
}
const DURATION_UNITS = {
	ms: 1,
	s: 1e3,
	m: 6e4,
	h: 36e5
};
function readDuration({ minMs = 0, maxMs = 864e5 } = {}) {
	return (text) => {
		const value = parseDuration(text);
		if (value === null || value < minMs || value > maxMs) throw new ValueError(`must be a duration from ${minMs} ms to ${maxMs / 1e3} s, for example 8s, 500ms or 10m`);
		return value;
	};
}
function parseDuration(text) {
	const match = /^\s*(\d+(?:\.\d+)?)(?:\s*(ms|s|m|h))?\s*$/.exec(text);
	return match === null ? null : Number(match[1]) * DURATION_UNITS[match[2] ?? "s"];
}
function offerWords(words, read) {
	const readOrSuggest = (text) => {
		try {
			return read(text);
		} catch (error) {
			const word = text.trim();
			const suggestion = /^[\w.-]+$/.test(word) ? suggestName(word, words) : null;
			throw suggestion === null || !(error instanceof ValueError) || error.message.endsWith("?") ? error : new ValueError(`${error.message}; ${suggestion}`);
		}
	};
	return Object.assign(readOrSuggest, { words });
}
function readChoice$1(choices) {
	const read = (text) => {
		const found = choices.find((choice) => choice === text.trim());
		if (found === void 0) throw new ValueError(`must be one of ${choices.join(", ")}`);
		return found;
	};
	return offerWords(choices, read);
}
const SWITCH = {
	placeholder: "true|false",
	switch: true,
	read: readSwitch
};
function readSwitch(text) {
	return readChoice$1(["true", "false"])(text) === "true";
}
function readText$2(text) {
	if (text.trim() === "") throw new ValueError("must not be empty");
	return text.trim();
}
function allowNone(read) {
	const orNone = nameWord("none", read);
	return (text) => text.trim() === "none" ? null : orNone(text);
}
function allowWord(word, read) {
	const others = "words" in read ? read.words : [];
	const orWord = nameWord(word, read);
	return offerWords([word, ...others], (text) => text.trim() === word ? word : orWord(text));
}
function mentionsWord(message, word) {
	return message.split(/\W+/).includes(word);
}
function nameWord(word, read) {
	return (text) => {
		try {
			return read(text);
		} catch (error) {
			const isTold = error instanceof ValueError && (error.message.endsWith("?") || mentionsWord(error.message, word));
			if (!(error instanceof ValueError) || isTold) throw error;
			throw new ValueError(`${error.message}; or ${word}`);
		}
	};
}
function parseDecimal(text) {
	return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null;
}
function parseScaled(text) {
	const match = /^\s*(-?\d+(?:\.\d+)?)(?:\s*([kM]))?\s*$/.exec(text);
	if (match === null) return null;
	return Number(match[1]) * (match[2] === "M" ? 1e6 : match[2] === "k" ? 1e3 : 1);
}
function splitList(text) {
	return text.split("\n").filter((line) => !line.trim().startsWith("#")).flatMap((line) => line.split(",")).map((entry) => entry.trim()).filter((entry) => entry !== "");
}
function readEach(entries, read) {
	const values = [];
	const wrong = [];
	for (const entry of entries) try {
		values.push(read(entry));
	} catch (error) {
		if (!(error instanceof ValueError)) throw error;
		wrong.push(error.message);
	}
	if (wrong.length > 0) throw new ValueError([...new Set(wrong)].join("; and "));
	return values;
}
function readLine(text) {
	const value = readText$2(text);
	if (/\p{Cc}/u.test(value)) throw new ValueError("must be one line without control characters");
	return value;
}
function readJsonObject(text) {
	const json = asObject(parseJson(text));
	if (json === null) throw new ValueError("must be a JSON object, for example {\"top_p\": 1}");
	return json;
}
// src/settings/values/distributions.ts
function readDistribution(text, rule) {
	const { read, least, most, allowed } = rule;
	const match = /^\s*(normal|uniform|lognormal)\s*\(([^,()]*),([^,()]*)\)\s*$/.exec(text);
	if (match === null) return null;
	const [first, second] = [read(match[2]), read(match[3])];
	if (first === null || second === null) throw new ValueError(allowed);
	if (match[1] === "uniform") return readRange(first, second, rule);
	if (first < least || first > most) throw new ValueError(allowed);
	if (second < 0 || second > first) throw new ValueError(`${allowed}; the standard deviation must be from 0 to the mean`);
	return {
		kind: match[1] === "normal" ? "normal" : "lognormal",
		mean: first,
		sd: second
	};
}
function readRange(min, max, { most, allowed, ends }) {
	if (!ends.isOne(min) || !ends.isOne(max) || max < min || max > most) throw new ValueError(`${allowed}; uniform takes ${ends.words}, the smaller one first`);
	return {
		kind: "uniform",
		min,
		max
	};
}
function renderDistribution(given, write = String) {
	const [first, second] = given.kind === "uniform" ? [given.min, given.max] : [given.mean, given.sd];
	return `${given.kind}(${write(first)},${write(second)})`;
}
function meanOfDistribution(given) {
	return given.kind === "uniform" ? (given.min + given.max) / 2 : given.mean;
}
function drawFrom(distribution, random) {
	switch (distribution.kind) {
		case "uniform": return distribution.min + (distribution.max - distribution.min) * random();
		case "normal": return distribution.mean + distribution.sd * drawNormal(random);
		case "lognormal": {
			const { mean, sd } = distribution;
			const variance = Math.log(1 + (sd / mean) ** 2);
			return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * drawNormal(random));
		}
	}
}
function readLengths(text) {
	return readBounded(text, {
		most: 1e6,
		example: 512
	});
}
function readTurns(text) {
	return readBounded(text, {
		most: 1e3,
		example: 4
	});
}
function readBounded(text, { most, example }) {
	const allowed = `must be a whole number from 1 to ${most}, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example ${example} or normal(${example},${example / 4})`;
	const isWhole = (value) => Number.isInteger(value) && value >= 1;
	const drawn = readDistribution(text, {
		read: parseDecimal,
		least: 1,
		most,
		allowed,
		ends: {
			words: "two whole numbers",
			isOne: isWhole
		}
	});
	if (drawn !== null) return drawn;
	const tokens = parseDecimal(text);
	if (tokens === null || !isWhole(tokens) || tokens > most) throw new ValueError(allowed);
	return fixLength(tokens);
}
function renderLengths(lengths) {
	return lengths.kind === "fixed" ? String(lengths.tokens) : renderDistribution(lengths);
}
function meanLength(lengths) {
	return lengths.kind === "fixed" ? lengths.tokens : meanOfDistribution(lengths);
}
function fixLength(tokens) {
	return {
		kind: "fixed",
		tokens
	};
}
function scaleLengths(lengths, by) {
	switch (lengths.kind) {
		case "fixed": return fixLength(Math.max(1, Math.round(lengths.tokens * by)));
		case "uniform": return {
			kind: "uniform",
			min: lengths.min * by,
			max: lengths.max * by
		};
		default: return {
			...lengths,
			mean: lengths.mean * by,
			sd: lengths.sd * by
		};
	}
}
const JITTER = .1;
function createLengthSource(lengths, random) {
	if (lengths.kind !== "fixed") return () => drawLength(lengths, random);
	let mirrored = null;
	return () => {
		const u = mirrored ?? 2 * random() - 1;
		mirrored = mirrored === null ? -u : null;
		return Math.max(1, Math.round(lengths.tokens * (1 + JITTER * u)));
	};
}
function drawLength(lengths, random) {
	return Math.max(1, Math.round(lengths.kind === "fixed" ? lengths.tokens : drawFrom(lengths, random)));
}
function readDurations(mostMs) {
	const allowed = `must be a duration from 0 to ${mostMs / 1e3} s, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example 5s or lognormal(5s,2s)`;
	return (text) => {
		const drawn = readDistribution(text, {
			read: parseDuration,
			least: 1,
			most: mostMs,
			allowed,
			ends: {
				words: "two durations",
				isOne: () => true
			}
		});
		if (drawn !== null) return drawn;
		const ms = parseDuration(text);
		if (ms === null || ms > mostMs) throw new ValueError(allowed);
		return {
			kind: "fixed",
			ms
		};
	};
}
function renderDurations(durations) {
	if (durations.kind === "fixed") return durations.ms / 1e3;
	return renderDistribution(durations, (ms) => `${ms / 1e3}s`);
}
function meanDuration(durations) {
	return durations.kind === "fixed" ? durations.ms : meanOfDistribution(durations);
}
function drawDuration(durations, random) {
	return durations.kind === "fixed" ? durations.ms : Math.max(0, drawFrom(durations, random));
}
function readLengthRange(text) {
	const parts = text.trim().split("..");
	const [first, second] = parts.map((part) => part.trim());
	const min = first === "" ? 0 : parseScaled(first ?? "");
	const max = second === "" ? Infinity : parseScaled(second ?? "");
	const isWhole = (value) => value === Infinity || Number.isInteger(value) && value >= 0;
	if (parts.length !== 2 || first === "" && second === "" || min === null || max === null || !isWhole(min) || !isWhole(max)) throw new ValueError("must be two numbers of characters, for example 100..2000, 100.. or ..2000");
	if (min > max) throw new ValueError("must have the smaller number first");
	return {
		min,
		max
	};
}
function renderCharacters({ min, max }) {
	if (max === Infinity) return `at least ${groupDigits(min)} characters`;
	return min === 0 ? `at most ${groupDigits(max)} characters` : `${groupDigits(min)} to ${groupDigits(max)} characters`;
}
const MOST_CV = 10;
const ALLOWED = `must be poisson, constant or gamma(cv) with a cv above 0 and up to ${MOST_CV}, for example gamma(2)`;
const readArrivals = offerWords(["poisson", "constant"], (text) => {
	const word = text.trim();
	if (word === "poisson" || word === "constant") return { kind: word };
	const cv = parseDecimal(/^gamma\s*\(([^()]*)\)$/.exec(word)?.[1] ?? "");
	if (cv === null || cv <= 0 || cv > MOST_CV) throw new ValueError(ALLOWED);
	return {
		kind: "gamma",
		cv
	};
});
function renderArrivals(arrivals) {
	return arrivals.kind === "gamma" ? `gamma(${arrivals.cv})` : arrivals.kind;
}
// src/protocol/api.ts
const NO_SERVER_TIMINGS = {
	serverTtftMs: null,
	serverTpotMs: null,
	serverLoadMs: null
};
const EMPTY_DELTA = {
	text: false,
	reasoning: false,
	tool: false,
	usage: null,
	finishReason: null,
	servedModel: null,
	error: null,
	terminal: false,
	unknown: false
};
const UNKNOWN_DELTA = {
	...EMPTY_DELTA,
	unknown: true
};
function carryText(content) {
	return content === null || content === "" ? EMPTY_DELTA : {
		...EMPTY_DELTA,
		text: true,
		content,
		characters: content.length
	};
}
function carryReasoning(thought) {
	return thought === null || thought === "" ? EMPTY_DELTA : {
		...EMPTY_DELTA,
		reasoning: true,
		characters: thought.length
	};
}
function carryTool(call) {
	return call === null || call === "" ? EMPTY_DELTA : {
		...EMPTY_DELTA,
		tool: true,
		characters: call.length
	};
}
function joinDeltas(parts) {
	const carries = (what) => parts.some((part) => part[what]);
	const [text, reasoning, tool] = [
		carries("text"),
		carries("reasoning"),
		carries("tool")
	];
	return {
		...EMPTY_DELTA,
		text,
		reasoning,
		tool,
		content: parts.map(({ content }) => content ?? "").join(""),
		characters: parts.reduce((sum, { characters }) => sum + (characters ?? 0), 0),
		concealed: parts.some(({ concealed }) => concealed === true),
		unread: text || reasoning || tool ? null : parts.find(({ unread }) => unread)?.unread ?? null
	};
}
// src/protocol/apis/request.ts
function messagesOf({ prompts, messages, images }, place) {
	if (messages !== void 0) return messages;
	const text = prompts[0] ?? "";
	return [{
		role: "user",
		...images === void 0 ? { content: text } : place(text, images)
	}];
}
const placeImageUrls = (text, images) => ({ content: [{
	type: "text",
	text
}, ...images.map((image) => ({
	type: "image_url",
	image_url: { url: writeDataUrl(image) }
}))] });
function writeDataUrl(image) {
	return `data:image/png;base64,${image}`;
}
function conversationOf(spec, place) {
	const all = messagesOf(spec, place);
	const system = all.filter(isSystem);
	if (system.length === 0) return {
		system: null,
		messages: all
	};
	return {
		system: system.map(readMessageText).join("\n\n"),
		messages: all.filter((message) => !isSystem(message))
	};
}
function readPromptText({ prompts, messages }) {
	return messages === void 0 ? prompts[0] ?? "" : messages.map(readMessageText).join("\n\n");
}
function readMessageText({ content }) {
	if (!Array.isArray(content)) return asText(content) ?? "";
	return content.map((part) => asText(asObject(part)?.["text"]) ?? "").join("");
}
function isSystem({ role }) {
	return role === "system" || role === "developer";
}
function addExtraBody(body, extraBody) {
	const merged = { ...body };
	for (const [name, value] of Object.entries(extraBody)) {
		const ours = asObject(body[name]);
		const theirs = asObject(value);
		merged[name] = ours === null || theirs === null ? value : {
			...ours,
			...theirs
		};
	}
	return merged;
}
function forcesLength(fields) {
	return [...fields].some((field) => field === "ignore_eos" || field === "min_tokens");
}
const FULL_PATH = /\/(chat\/completions|completions|embeddings|(open-)?responses)$/;
const RERANKING = /\/(re)?ranking$/;
const SUFFIX = {
	chat: "/chat/completions",
	completions: "/completions",
	embeddings: "/embeddings",
	rerank: "/rerank",
	score: "/score"
};
function suffixOfTask(task) {
	return SUFFIX[task];
}
function taskOfPath(endpoint) {
	const path = trimPath(endpoint);
	return TASKS$2.find((task) => path.endsWith(SUFFIX[task])) ?? (RERANKING.test(path) ? "rerank" : null);
}
function openAiUrl(endpoint, task) {
	return taskOfPath(endpoint) === null ? placeUnderOpenAiBase(endpoint, SUFFIX[task]) : endpoint;
}
function placeUnderOpenAiBase(endpoint, suffix) {
	const path = trimPath(endpoint);
	return replacePath(endpoint, path + findMissingVersion(endpoint, path) + suffix);
}
function findMissingVersion(endpoint, path) {
	if (/\/v\d[a-z0-9.]*(\/|$)|\/deployments\//i.test(path)) return "";
	if (!isAzureHost(endpoint)) return "/v1";
	if (path.endsWith("/models")) return "";
	return path.endsWith("/openai") ? "/v1" : "/openai/v1";
}
function openAiModelsUrl(endpoint) {
	const path = trimPath(endpoint);
	if (openAiKeyPlace(endpoint) !== "bearer" || path.endsWith("/invocations")) return null;
	return FULL_PATH.test(path) ? replacePath(endpoint, path.replace(FULL_PATH, "/models")) : placeUnderOpenAiBase(endpoint, "/models");
}
function openAiModelNames(json) {
	return readNames(asObject(json)?.["data"], "id");
}
function urlOfDeployment(url, model) {
	const named = /(?<=\/openai\/deployments\/)[^/]+/;
	if (!named.test(url.pathname)) return null;
	return replacePath(url, url.pathname.replace(named, () => encodeSegment(model)));
}
function openAiKeyPlace(endpoint) {
	const { hostname, pathname } = endpoint;
	const isGateway = hostname.endsWith(".azure-api.net") && /\/openai(\/|$)/.test(pathname);
	return isAzureHost(endpoint) || isGateway || /\/openai\/deployments\/[^/]/.test(pathname) ? { header: "api-key" } : "bearer";
}
function buildChatBody$1(dialect, spec) {
	return addExtraBody({
		...buildModelMember(dialect),
		messages: messagesOf(spec, placeImageUrls),
		...spec.tools !== void 0 && { tools: spec.tools },
		[dialect.lengthField]: spec.outputTokens,
		...listGenerationMembers(dialect, spec)
	}, dialect.extraBody);
}
function buildCompletionsBody(dialect, spec) {
	return addExtraBody({
		...buildModelMember(dialect),
		prompt: readPromptText(spec),
		max_tokens: spec.outputTokens,
		...listGenerationMembers(dialect, spec)
	}, dialect.extraBody);
}
function buildEmbeddingsBody(dialect, spec) {
	const input = spec.prompts.length === 1 ? spec.prompts[0] : spec.prompts;
	return addExtraBody({
		...buildModelMember(dialect),
		input
	}, dialect.extraBody);
}
function buildModelMember({ model }) {
	return model === null ? {} : { model };
}
function listGenerationMembers(dialect, spec) {
	const stream = spec.stream ?? true;
	return {
		stream,
		...stream && dialect.fields.has("stream_options") && { stream_options: { include_usage: true } },
		...pickOptionalMembers(dialect, spec)
	};
}
function pickOptionalMembers({ fields }, spec) {
	return {
		...fields.has("temperature") && { temperature: 0 },
		...fields.has("ignore_eos") && { ignore_eos: true },
		...fields.has("min_tokens") && { min_tokens: spec.outputTokens },
		...fields.has("cache_salt") && { cache_salt: spec.cacheSalt ?? spec.nonce }
	};
}
function trimPath(endpoint) {
	return trimSlashes(endpoint.pathname);
}
function trimGenerate(endpoint) {
	return trimPath(endpoint).replace(/\/generate(_stream)?$/, "");
}
function replacePath(endpoint, path) {
	const url = new URL(endpoint);
	url.pathname = path;
	return url;
}
function encodeSegment(name) {
	return encodeURIComponent(name.toWellFormed());
}
function isAzureHost(endpoint) {
	return AZURE_HOST.test(endpoint.hostname);
}
const AZURE_HOST = /\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/;
const METRICS_PATHS = [
	"/metrics",
	"/v1/metrics",
	"/prometheus/metrics"
];
function listServerMetricsUrls(url) {
	if (isAzureHost(url)) return [];
	const prefix = /^(.*?)\/v\d+(\/|$)/.exec(trimPath(url))?.[1] ?? "";
	return METRICS_PATHS.map((path) => {
		const at = replacePath(url, prefix + path);
		at.search = "";
		return at;
	});
}
// src/protocol/unknown-members.ts
function classifyMember(name) {
	const isReasoning = NAMES_REASONING.test(name);
	if (isReasoning && CONCEALS_REASONING.test(name)) return "concealed";
	if (SAYS_ABOUT.test(name) || !isReasoning && NO_OUTPUT$2.has(name)) return "no-output";
	return isReasoning ? "reasoning" : null;
}
const NAMES_REASONING = /reasoning|thinking|thought|monologue|scratchpad|^(analysis|rationale|cot|think)$/i;
const CONCEALS_REASONING = /signature|opaque|encrypted|redacted/i;
const SAYS_ABOUT = /_(id|type|effort|status|format|title|tokens|time|duration|index|finished|done|at|timestamp|version|fingerprint|name|role)$/i;
const NO_OUTPUT$2 = new Set("role name id index type object status model channel recipient phase signature finish_reason stop_reason tool_call_id format title annotations citations context obfuscation created timestamp version fingerprint metadata provider usage logprobs timings flags safety moderation content_filter_results".split(" "));
const DEEPEST = 8;
function measureText(value, depth = 0) {
	if (typeof value === "string") return value.length;
	if (typeof value !== "object" || value === null || depth === DEEPEST) return 0;
	if (Array.isArray(value)) return value.reduce((sum, part) => sum + measureText(part, depth + 1), 0);
	const part = value;
	return Math.max(...TEXT_MEMBERS.map((name) => part[name] === void 0 ? 0 : measureText(part[name], depth + 1)));
}
const TEXT_MEMBERS = [
	"text",
	"summary",
	"thinking",
	"reasoning",
	"content",
	"refusal"
];
function holdsText(value, depth = 0) {
	if (typeof value === "string") return value !== "";
	if (typeof value !== "object" || value === null || depth === DEEPEST) return false;
	if (Array.isArray(value)) return value.some((part) => holdsText(part, depth + 1));
	return Object.entries(value).some(([name, part]) => {
		const kind = classifyMember(name);
		return kind !== "no-output" && kind !== "concealed" && holdsText(part, depth + 1);
	});
}
function holdsReasoning(value, depth = 0) {
	if (typeof value !== "object" || value === null || depth === DEEPEST) return false;
	return Object.entries(value).some(([name, part]) => {
		const kind = classifyMember(name);
		return kind === "reasoning" && holdsText(part) || kind !== "concealed" && holdsReasoning(part, depth + 1);
	});
}
function holdsCiphertext(value, depth = 0) {
	if (depth === DEEPEST) return false;
	if (Array.isArray(value)) return value.some((part) => holdsCiphertext(part, depth + 1));
	const part = asObject(value);
	if (part === null) return false;
	return CIPHER_MEMBERS.some((name) => asText(part[name]) !== null) || holdsCiphertext(part["summary"], depth + 1);
}
const CIPHER_MEMBERS = [
	"signature",
	"data",
	"encrypted_content"
];
function readUnknownMembers(delta, known) {
	let unread = null;
	let concealed = false;
	for (const name of Object.keys(delta)) {
		const value = delta[name];
		if (!value || known.has(name)) continue;
		const kind = classifyMember(name);
		const characters = kind === "reasoning" ? measureText(value) : 0;
		if (characters > 0) return {
			...EMPTY_DELTA,
			reasoning: true,
			characters
		};
		if (kind === "concealed" || kind === "reasoning" && holdsCiphertext(value)) concealed = true;
		else if (kind === "no-output" ? holdsReasoning(value) : holdsText(value)) unread ??= name;
	}
	if (unread === null && !concealed) return EMPTY_DELTA;
	return {
		...EMPTY_DELTA,
		concealed,
		...unread !== null && { unread }
	};
}
// src/vendors/bedrock/signature.ts
function createSigner(scope) {
	const { accessKeyId, secretAccessKey, sessionToken, region, service } = scope;
	let keyDay = "";
	let key = null;
	function keyOf(day) {
		if (key === null || day !== keyDay) {
			key = [
				day,
				region,
				service,
				"aws4_request"
			].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
			keyDay = day;
		}
		return key;
	}
	return ({ method, host, path, query, headers, body }, at) => {
		const date = at.toISOString().replace(/[-:]|\.\d+/g, "");
		const day = date.slice(0, 8);
		const added = {
			"x-amz-date": date,
			...sessionToken === null ? {} : { "x-amz-security-token": sessionToken }
		};
		const signed = Object.entries({
			...headers,
			...added,
			host
		}).sort(([a], [b]) => compareTexts(a, b));
		const names = signed.map(([name]) => name).join(";");
		const canonical = [
			method,
			canonicalisePath(path),
			canonicaliseQuery(query),
			...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
			"",
			names,
			sha256(body)
		].join("\n");
		const credential = `${day}/${region}/${service}/aws4_request`;
		const text = [
			"AWS4-HMAC-SHA256",
			date,
			credential,
			sha256(canonical)
		].join("\n");
		const signature = hmac(keyOf(day), text).toString("hex");
		return {
			...added,
			authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${credential}, SignedHeaders=${names}, Signature=${signature}`
		};
	};
}
function canonicalisePath(path) {
	return path.replace(/\/{2,}/g, "/").split("/").map(encodePercent).join("/");
}
function canonicaliseQuery(query) {
	return query.split("&").filter((pair) => pair !== "").map((pair) => {
		const [name = "", ...value] = pair.split("=");
		return [encodePercent(decodePercent(name)), encodePercent(decodePercent(value.join("=")))];
	}).sort(([a, x], [b, y]) => compareTexts(a, b) || compareTexts(x, y)).map((pair) => pair.join("=")).join("&");
}
function encodePercent(text) {
	return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
function compareTexts(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}
function hmac(key, text) {
	return createHmac("sha256", key).update(text).digest();
}
// src/vendors/bedrock/bedrock.ts
const bedrockApi = {
	name: "bedrock",
	facts: {
		servers: "Amazon Bedrock (Converse)",
		length: { most: "inferenceConfig.maxTokens" },
		tokens: "metadata.usage of the last event",
		cache: "a unique prefix; nothing is marked for caching",
		health: "none",
		metrics: "none"
	},
	isIts: isBedrock,
	tasks: ["chat"],
	framing: () => "event-stream",
	optionalFields: () => ["temperature"],
	url: (endpoint, _, model) => replacePath(endpoint, `${buildModelPath$2(endpoint, model)}/converse-stream`),
	taskOf: () => "chat",
	modelInBody: () => null,
	urlOfModel: (url, model) => replacePath(url, trimPath(url).replace(/\/[^/]+(?=\/converse-stream$)/, () => `/${encodeSegment(model)}`)),
	modelsUrl: () => null,
	modelNames: () => [],
	body: composeBody$4,
	takesImages: true,
	read: read$4,
	ownsHeaders: (headers) => /vnd\.amazon\.eventstream/.test(headers["content-type"] ?? "") || "x-amzn-errortype" in headers
};
function isBedrock(endpoint) {
	const path = trimPath(endpoint);
	if (/\/model\/[^/]+\/converse(-stream)?$/.test(path)) return true;
	return isBedrockHost(endpoint) && /(^|\.)bedrock-runtime/.test(endpoint.hostname) && !/\/(openai|v1)(\/|$)/.test(path);
}
function buildModelPath$2(endpoint, model) {
	const path = trimPath(endpoint).replace(/\/converse(-stream)?$/, "");
	return /\/model\/[^/]+$/.test(path) ? path : `${path}/model/${encodeSegment(model ?? "MODEL")}`;
}
function composeBody$4({ fields, extraBody }, spec) {
	const { system, messages } = conversationOf(spec, placeImages$3);
	return addExtraBody({
		...system !== null && { system: [{ text: system }] },
		messages: messages.map((message) => ({
			role: message["role"],
			content: blocksOf(message)
		})),
		inferenceConfig: {
			maxTokens: spec.outputTokens,
			...fields.has("temperature") && { temperature: 0 }
		}
	}, extraBody);
}
const placeImages$3 = (text, images) => ({ content: [{ text }, ...images.map((bytes) => ({ image: {
	format: "png",
	source: { bytes }
} }))] });
function blocksOf(message) {
	const content = message["content"];
	return Array.isArray(content) && content.every((block) => asObject(block)?.["type"] === void 0) ? content : [{ text: readMessageText(message) }];
}
function read$4(json, eventName) {
	const event = asObject(json);
	if (event === null) return UNKNOWN_DELTA;
	switch (eventName) {
		case "contentBlockDelta": return readDelta$2(asObject(event["delta"]));
		case "contentBlockStart": return namesTool$1(event) ? {
			...EMPTY_DELTA,
			tool: true
		} : EMPTY_DELTA;
		case "messageStart":
		case "contentBlockStop": return EMPTY_DELTA;
		case "messageStop": return {
			...EMPTY_DELTA,
			finishReason: asText(event["stopReason"])
		};
		case "metadata": return {
			...EMPTY_DELTA,
			usage: usageOf$4(asObject(event["usage"])),
			terminal: true
		};
		default: return UNKNOWN_DELTA;
	}
}
function readDelta$2(delta) {
	if (delta === null) return EMPTY_DELTA;
	const thought = asObject(delta["reasoningContent"]);
	if (thought !== null) {
		const reasoning = asText(thought["text"]);
		return reasoning === null ? {
			...EMPTY_DELTA,
			concealed: true
		} : carryReasoning(reasoning);
	}
	const text = asText(delta["text"]);
	if (text !== null) return carryText(text);
	const input = asText(asObject(delta["toolUse"])?.["input"]);
	return input === null ? readUnknownMembers(delta, KNOWN_MEMBERS$4) : carryTool(input);
}
const KNOWN_MEMBERS$4 = /* @__PURE__ */ new Set([
	"text",
	"toolUse",
	"reasoningContent",
	"citation",
	"toolResult"
]);
function namesTool$1(event) {
	return asText(asObject(asObject(event["start"])?.["toolUse"])?.["name"]) !== null;
}
function usageOf$4(usage) {
	if (usage === null) return null;
	const sent = asCount(usage["inputTokens"]);
	const outputTokens = asCount(usage["outputTokens"]);
	const totalTokens = asCount(usage["totalTokens"]);
	const cachedTokens = asCount(usage["cacheReadInputTokens"]);
	const cached = (cachedTokens ?? 0) + (asCount(usage["cacheWriteInputTokens"]) ?? 0);
	return {
		inputTokens: sent !== null && totalTokens === sent + cached + (outputTokens ?? 0) ? sent + cached : sent,
		outputTokens,
		reasoningTokens: null,
		cachedTokens,
		totalTokens,
		source: "server-final"
	};
}
const SERVICE_HOST = /^(bedrock(-runtime|-mantle)?(-fips)?|vpce-[a-z0-9-]{1,80}\.bedrock-runtime)\.[a-z]{2}(-[a-z]+)+-\d\.(amazonaws\.com(\.cn)?|api\.aws|vpce\.amazonaws\.com)$/;
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
function isBedrockHost({ hostname }) {
	return AWS_HOST.test(hostname) && hostname.split(".").some((label) => label.startsWith("bedrock"));
}
function isServiceHost({ protocol, hostname }) {
	return protocol === "https:" && SERVICE_HOST.test(hostname);
}
function awsRegionOf({ hostname }) {
	return AWS_HOST.test(hostname) ? hostname.split(".").find((label) => AWS_REGION.test(label)) ?? null : null;
}
const SERVICE = "bedrock";
const AWS_SIGV4 = {
	word: "aws-sigv4",
	settings: [],
	variables: [
		{
			name: "AWS_ACCESS_KEY_ID",
			isSecret: true
		},
		{
			name: "AWS_SECRET_ACCESS_KEY",
			isSecret: true
		},
		{
			name: "AWS_SESSION_TOKEN",
			isSecret: true
		},
		{
			name: "AWS_REGION",
			isSecret: false
		},
		{
			name: "AWS_DEFAULT_REGION",
			isSecret: false
		}
	],
	secret: { variable: "AWS_SECRET_ACCESS_KEY" },
	headers: [
		"authorization",
		"x-amz-date",
		"x-amz-security-token"
	],
	*findProblems(facts) {
		yield* findBadVariables(facts);
		yield* findWrongHost$1(facts);
	},
	createSigner({ endpoint, variables }) {
		const sign = createSigner({
			...readCredentials(variables, endpoint),
			service: SERVICE
		});
		return ({ method, url, body }, at) => sign({
			method,
			host: url.host,
			path: url.pathname,
			query: url.search.slice(1),
			body
		}, at);
	}
};
function readCredentials(variables, endpoint) {
	return {
		accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? "",
		secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? "",
		sessionToken: variables["AWS_SESSION_TOKEN"] ?? null,
		region: (endpoint === null ? null : awsRegionOf(endpoint)) ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? ""
	};
}
function* findBadVariables({ endpoint, variables }) {
	const { accessKeyId, secretAccessKey, sessionToken, region } = readCredentials(variables, endpoint ?? null);
	const needed = {
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
		AWS_REGION: region
	};
	const missing = Object.entries(needed).flatMap(([name, value]) => value === "" ? [name] : []);
	if (missing.length > 0) return yield {
		setting: "auth",
		given: null,
		message: `is aws-sigv4, and the environment has no ${missing.join(", no ")}; set it, in a workflow with aws-actions/configure-aws-credentials, or use an API key of Bedrock with auth: bearer`
	};
	const wrong = Object.entries({
		...needed,
		AWS_SESSION_TOKEN: sessionToken
	}).flatMap(([name, value]) => value === null || /^[\x21-\x7e]+$/.test(value) ? [] : [name]);
	if (wrong.length > 0) yield {
		setting: "auth",
		given: null,
		message: `is aws-sigv4, and ${wrong.join(", ")} of the environment has characters that no header can carry`
	};
}
function* findWrongHost$1({ endpoint, api }) {
	if (endpoint == null || isBedrockHost(endpoint) || awsRegionOf(endpoint) !== null || api === "bedrock") return;
	if (/\/model\/[^/]+\//.test(endpoint.pathname)) return;
	yield {
		setting: "auth",
		given: null,
		message: `is aws-sigv4, which signs requests to Amazon Bedrock, and ${endpoint.host} is none; set api: bedrock, or change auth`
	};
}
const bedrock = {
	name: "Amazon Bedrock",
	api: bedrockApi,
	isIts: isBedrockHost,
	ownsHeaders: (headers) => "x-amzn-requestid" in headers && !("anthropic-organization-id" in headers),
	ways: [AWS_SIGV4],
	borrowed: [{
		variable: "AWS_BEARER_TOKEN_BEDROCK",
		setting: "api-key"
	}],
	ownsVariables: isServiceHost
};
// src/protocol/servers.ts
const SERVER_PAGES = [
	"/version",
	"/v1/models",
	"/v1/version",
	"/api/version",
	"/info",
	"/props",
	"/v2",
	"/get_server_info",
	"/health/readiness"
];
const OPENAI = [
	"openai-chat",
	"openai-completions",
	"openai-embeddings"
];
const OPENAI_AND_RERANK = [...OPENAI, "openai-rerank"];
const VLLM = [
	...OPENAI,
	"openai-responses",
	"anthropic",
	"openai-rerank",
	"openai-score"
];
function recogniseServer(pages) {
	const readJson = (path) => {
		const page = pages.get(path);
		return page?.status === 200 ? asObject(parseJson(page.text)) : null;
	};
	for (const recognise of RECOGNISERS) {
		const found = recognise(readJson);
		if (found !== null) return found;
	}
	return null;
}
function recogniseServerByHeaders(headers, owners) {
	const software = headers["server"] ?? "";
	const litellmVersion = headers["x-litellm-version"];
	if (litellmVersion !== void 0) return makeServer("LiteLLM", litellmVersion, OPENAI_AND_RERANK);
	const owner = owners.find((owner) => owner.ownsHeaders(headers));
	if (owner !== void 0) return makeServer(owner.name, null, [owner.api.name]);
	if (/^llama\.cpp/i.test(software)) return makeServer("llama.cpp", null, ["llamacpp", ...OPENAI_AND_RERANK]);
	if (/^scaffolding on httpserver/i.test(software)) return makeServer("the Gemini API", null, ["gemini"]);
	if ("anthropic-organization-id" in headers) return makeServer("the Anthropic API", null, ["anthropic"]);
	if ("apim-request-id" in headers) return {
		...makeServer("Azure", null, [...OPENAI, "openai-responses"]),
		remedy: AZURE_FORMS
	};
	if ("openai-processing-ms" in headers) return makeServer("the OpenAI API", null, [...OPENAI, "openai-responses"]);
	return null;
}
const AZURE_FORMS = "set `endpoint` to \u2026/openai/deployments/<name>?api-version=\u2026, or to \u2026/openai/v1 with the name of the deployment in `model`";
function describeVersion({ name, version }) {
	if (version === null) return null;
	return name === null ? version : `${name} ${version}`;
}
const RECOGNISERS = [
	identifyLlamaCpp,
	identifyTgi,
	identifyTriton,
	identifyLitellm,
	identifyByModelOwner,
	identifyCohere,
	identifySglang,
	identifyOllama,
	identifyNim,
	identifyByVersion
];
function identifyLlamaCpp(read) {
	const props = read("/props");
	if (props === null || !("default_generation_settings" in props || "total_slots" in props)) return null;
	const slots = asCount(props["total_slots"]);
	return {
		...makeServer("llama.cpp", asText(props["build_info"]), ["llamacpp", ...OPENAI_AND_RERANK]),
		atOnce: slots === null || slots === 0 ? null : {
			requests: slots,
			beyond: "queue"
		}
	};
}
function identifyTgi(read) {
	const info = read("/info");
	if (info === null || asText(info["model_id"]) === null) return null;
	const router = asText(info["router"]) ?? "";
	const most = asCount(info["max_concurrent_requests"]);
	const atOnce = most === null || most === 0 ? null : {
		requests: most,
		beyond: "refuse"
	};
	if (router.startsWith("text-embeddings") || asObject(info["model_type"]) !== null) {
		const ranks = asObject(asObject(info["model_type"])?.["reranker"]) !== null;
		return {
			...makeServer("text-embeddings-inference", asText(info["version"]), [ranks ? "openai-rerank" : "openai-embeddings"]),
			...ranks && { remedy: "set `endpoint` to its full URL, which ends in /rerank" },
			atOnce
		};
	}
	if (!router.startsWith("text-generation") && !("max_total_tokens" in info)) return null;
	return {
		...makeServer("TGI", asText(info["version"]), [
			"tgi",
			"openai-chat",
			"openai-completions"
		]),
		atOnce
	};
}
function identifyTriton(read) {
	const metadata = read("/v2");
	if (metadata === null || !Array.isArray(metadata["extensions"])) return null;
	return asText(metadata["name"]) === "triton" ? makeServer("Triton", asText(metadata["version"]), ["triton"]) : null;
}
function identifyLitellm(read) {
	const version = asText(read("/health/readiness")?.["litellm_version"]);
	return version === null ? null : makeServer("LiteLLM", version, OPENAI_AND_RERANK);
}
function identifyByModelOwner(read) {
	const data = read("/v1/models")?.["data"];
	const owner = Array.isArray(data) ? asText(asObject(data[0])?.["owned_by"]) : null;
	const version = asText(read("/version")?.["version"]);
	switch (owner?.toLowerCase()) {
		case "vllm": return identifyNim(read) ?? makeServer("vLLM", version, VLLM);
		case "sglang": return makeServer("SGLang", asText(read("/get_server_info")?.["version"]), OPENAI_AND_RERANK);
		case "llamacpp": return makeServer("llama.cpp", null, ["llamacpp", ...OPENAI_AND_RERANK]);
		case "tensorrt_llm": return makeServer("TensorRT-LLM", version, OPENAI);
		case "lmdeploy": return makeServer("LMDeploy", version, OPENAI);
		case "library": return identifyOllama(read) ?? makeServer("Ollama", null, ["ollama", ...OPENAI]);
		case "organization_owner": return makeServer("LM Studio", null, OPENAI);
		case void 0:
		default: return null;
	}
}
function identifyCohere(read) {
	const models = read("/v1/models")?.["models"];
	return Array.isArray(models) && Array.isArray(asObject(models[0])?.["endpoints"]) ? makeServer("the Cohere API", null, ["cohere"]) : null;
}
function identifySglang(read) {
	const info = read("/get_server_info");
	return info !== null && "model_path" in info ? makeServer("SGLang", asText(info["version"]), OPENAI_AND_RERANK) : null;
}
function identifyOllama(read) {
	const version = asText(read("/api/version")?.["version"]);
	return version === null ? null : makeServer("Ollama", version, ["ollama", ...OPENAI]);
}
function identifyNim(read) {
	const release = asText(read("/v1/version")?.["release"]);
	return release === null ? null : makeServer("NIM", release, OPENAI);
}
function identifyByVersion(read) {
	const page = read("/version");
	const version = asText(page?.["version"]);
	return version === null ? null : makeServer(page?.["simulated"] === true ? "simulated" : null, version, []);
}
function makeServer(name, version, apis) {
	return {
		name,
		version: version === null ? null : cutName(version),
		apis,
		atOnce: null
	};
}
function readRefusal(body) {
	const text = body.replace(/^\uFEFF/, "").trim();
	if (text === "") return null;
	if (text.startsWith("")) return "a compressed body without Content-Encoding";
	if (text.startsWith("<")) return readHtmlMessage(text);
	const json = parseJson(text);
	return json === void 0 ? shortenToOneLine(text) : readErrorMessage(json);
}
function describeUnreadable(data, what) {
	const number = findNonNumber(data);
	return number === null ? `${what} that is not JSON: ${readRefusal(data)}` : `${what} with ${number}, ${NO_JSON}`;
}
const NO_JSON = "which JSON does not have";
function readErrorMessage(json) {
	const found = findMessage(json, 0);
	return found === null ? null : shortenToOneLine(found);
}
function readStreamError(json, eventName) {
	const event = asObject(json);
	const error = event?.["error"] || asObject(event?.["x_groq"])?.["error"];
	if (error) return readErrorMessage(error) ?? "an error without a message";
	return eventName === "error" || event?.["object"] === "error" || event?.["type"] === "error" || asText(event?.["error_code"]) !== null ? readErrorMessage(json) ?? "an error without a message" : null;
}
function findMessage(json, depth) {
	if (typeof json === "string") return asText(json.trim());
	if (depth > 3 || json === null || json === void 0) return null;
	if (Array.isArray(json)) return listMessage(json, depth);
	const object = asObject(json);
	if (object === null) return writeJsonText(json);
	const message = findFirstMessage(object, depth);
	if (message === null) return writeJsonText(object);
	const code = asText(object["error_code"]);
	return code === null || message.startsWith(code) ? message : `${code}: ${message}`;
}
function writeJsonText(value) {
	try {
		return JSON.stringify(value);
	} catch {
		return null;
	}
}
function findFirstMessage(object, depth) {
	const nested = typeof object["error"] === "object" ? findMessage(object["error"], depth + 1) : null;
	if (nested !== null) return nested;
	for (const name of MESSAGE_MEMBERS) {
		const value = object[name];
		if (value === void 0 || value === null || value === "" || typeof value === "boolean") continue;
		const message = findMessage(value, depth + 1);
		if (message !== null) return message;
	}
	return null;
}
const MESSAGE_MEMBERS = [
	"message",
	"error_description",
	"detail",
	"error",
	"errors",
	"msg",
	"title",
	"error_code"
];
function listMessage(list, depth) {
	const messages = list.slice(0, 3).flatMap((item) => {
		const message = findMessage(item, depth + 1);
		const place = asObject(item)?.["loc"];
		if (message === null) return [];
		return [Array.isArray(place) ? `${place.filter(isStep).join(".")}: ${message}` : message];
	});
	return messages.length === 0 ? null : messages.join("; ");
}
function isStep(value) {
	return typeof value === "string" || typeof value === "number";
}
function readHtmlMessage(html) {
	const parts = [readElementText(html, "title"), readElementText(html, "pre")].filter((part) => part !== null);
	return parts.length === 0 ? "an HTML page" : shortenToOneLine(parts.join(": "));
}
function readElementText(html, name) {
	const lower = html.toLowerCase();
	const open = lower.search(new RegExp(`<${name}[\\s>]`));
	const from = open === -1 ? -1 : lower.indexOf(">", open) + 1;
	if (from <= 0) return null;
	const to = lower.indexOf(`</${name}`, from);
	return asText(html.slice(from, to === -1 ? from + 600 : to).replaceAll(/<[^<>]{0,500}>/g, " ").replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, entity) => ENTITIES[entity]).trim());
}
const ENTITIES = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: "\"",
	"#39": "'",
	nbsp: " "
};
function shortenToOneLine(text) {
	const line = text.slice(0, 6e3).replaceAll(/[\s\p{Cc}]+/gu, " ").replaceAll(/(https?:\/\/)[^\s"'<>?#@/]*@/gi, "$1").replaceAll(/(https?:\/\/[^\s"'<>?#]{0,500}\?)[^\s"'<>]+/gi, "$1\u2026").trim();
	if (line === "") return "nothing but control characters";
	return line.length <= 300 && text.length <= 6e3 ? line : `${line.slice(0, 299).replace(/[\uD800-\uDBFF]$/, "")}\u2026`;
}
const MOST_SEARCHED = 1e3;
function readComplaint(status, message) {
	const text = (message ?? "").slice(0, MOST_SEARCHED);
	const wanted = readTaskComplaint(text);
	if (wanted !== null) return wanted;
	if (status === 401 || status === 403) return EXPIRED.test(text) ? { about: "expired" } : null;
	if (PAYMENT.test(text)) return { about: "payment" };
	if (LOADING.test(text) && !FAILED.test(text)) return { about: "loading" };
	if (BATCH.test(text)) return {
		about: "batch",
		limit: readStatedLimit(text)
	};
	if (CONTEXT.test(text)) return {
		about: "context",
		limit: readStatedLimit(text)
	};
	if (status === 413 || SIZE.test(text)) return { about: "size" };
	if (LABELS.test(text)) return { about: "labels" };
	if (NO_MODEL.test(text)) return { about: "no-model" };
	if (MODEL_MISSING.test(text)) return { about: "model" };
	return status === 200 && PATH$2.test(text) ? { about: "path" } : null;
}
function findNamedField(message, fields) {
	const text = (message ?? "").slice(0, MOST_SEARCHED);
	let found = null;
	let at = Infinity;
	for (const field of fields) {
		const place = text.search(new RegExp(`(?<![a-z_])${field}(?![a-z_])`, "i"));
		if (place >= 0 && place < at) [found, at] = [field, place];
	}
	return found;
}
const EXPIRED = /\bexpired?\b/i;
const LABELS = /\blabel_token_ids must be provided\b/;
const PAYMENT = /\binsufficient[_ ](quota|credits?|funds|balance)\b|\bcredit balance is too low\b|\b(budget|spend(ing)? limit) (has been |was )?exceeded\b|\bout of credits?\b|\bexceeded your current quota\b/i;
const LOADING = /\b(is|are|still|currently|being) (being )?(loading|loaded|starting|initiali[sz]ing|warming)\b|^\W*loading\b|\bloading (the )?model\b|\bwarming[ _-]?up\b|\bstarting[ _-]?up\b|\bwaking up\b|\bnot (yet )?(ready|loaded|initiali[sz]ed)\b|^\W*(starting|initiali[sz]ing)\b|\bapplication loading\b/i;
const FAILED = /\b(errors?|fail(s|ed|ure)?|unable|could ?n.t|cannot|can.t|could not)\b/i;
function saysLoading(body) {
	const json = asObject(parseJson(body));
	if (json === null) return body.length <= MOST_SEARCHED && readComplaint(200, readRefusal(body))?.about === "loading";
	if ("choices" in json) return false;
	if (Object.entries(json).some(([name, value]) => value === false && NOT_YET.test(name))) return true;
	return [readErrorMessage(json["error"]), ...Object.values(json)].filter((text) => typeof text === "string").some((text) => readComplaint(200, text)?.about === "loading");
}
const NOT_YET = /^(is_?)?(model_?)?(ready|loaded|initiali[sz]ed|healthy|available)$/i;
const BATCH = /batch size \d+ ?>|maximum (allowed )?batch size|maximum array length|too many (inputs|texts)|number of (inputs|texts)/i;
const CONTEXT = new RegExp([
	"context[ _](length|size|window|limit)",
	"maximum model length",
	"max_(seq|model)_len",
	"(prompt|input|sequence)s?( length| is| tokens?)? too (long|large)",
	"must have less than \\d+ tokens",
	"`?max_new_tokens`? must be <=",
	"input token count .{0,40}exceeds",
	"prompt length .{0,30}exceeds maximum input length",
	"prompt contains \\d+ tokens.{0,60}too large",
	"too many tokens",
	"maximum context",
	"(longer|greater) than the (maximum|model)[^.]{0,30}(length|context)",
	"max(_completion|_output)?_tokens.{0,20} (is )?too large",
	"tokens? (you )?requested exceeds the model limit",
	"reduce the length of",
	"exceed_context_size"
].join("|"), "i");
const SIZE = /(request )?entity too large|payload too large|content too large|(request|body|payload)( body)?( size)? (is )?(too (large|big)|exceed)|body.{0,20}length limit exceeded|max_request_size/i;
const NO_MODEL = /(must|have to) provide (a )?model|model( name| parameter| field)? (is required|is missing|must be (provided|specified|set))|missing (required )?(field|parameter|property|argument):? ?[`'"]?model\b|\bmodel: field required/i;
const MODEL_MISSING = new RegExp([
	"\\b(model|deployment)s?\\b.{0,120}?(does not exist|not exist|not found|is not available|not a valid model|could not be found|isn.t available|is not served)",
	"(invalid|unknown|unrecognized|no such) model\\b",
	"model_not_found|ENDPOINT_NOT_FOUND(?!: no api)|RESOURCE_DOES_NOT_EXIST|DeploymentNotFound|find real modelID",
	"not a valid model id",
	"model identifier is invalid",
	"endpoint .{0,80}does not exist",
	"^model: \\S+$"
].join("|"), "i");
const PATH$2 = /unexpected endpoint|(unknown|invalid|no such) (endpoint|route|path)/i;
const TASKS$1 = [
	[/did you mean to use (the )?[`'"]?v1\/completions/i, "openai-completions"],
	[/did you mean to use (the )?[`'"]?v1\/chat\/completions/i, "openai-chat"],
	[/only (supported|available) in [`'"]?v1\/responses/i, "openai-responses"],
	[/not a chat model/i, "openai-completions"],
	[/is a chat model/i, "openai-chat"],
	[/does not support completions\. start it without [`'"]?--embeddings/i, "openai-embeddings"],
	[/does not support (the )?chat completions|does not support chat\b|not supported by the chat/i, null],
	[/does not support (the )?(completions|generate)\b/i, null],
	[/does(n.t| not) support (the )?embed|not (allowed to )?generate embeddings|not appear to be an embedding model|not an embedding model/i, "openai-chat"],
	[/does(n.t| not) support (the )?(rerank|scor)|not a re-?rank(er|ing) model|not support rerank/i, null],
	[/(is an|for an?|this) embeddings? (model|endpoint|task)/i, "openai-embeddings"],
	[/\bmessages\b[^.]{0,20}(field required|is required|is missing|missing field)|missing field [`'"]?messages|(missing|required)[^.]{0,30}[`'" ]messages\b/i, "openai-chat"],
	[/\bprompt\b[^.]{0,20}(field required|is required|is missing)|missing field [`'"]?prompt\b|(missing|required) (required )?(parameter|field|property):? [`'"]?prompt\b/i, "openai-completions"]
];
function readTaskComplaint(text) {
	for (const [words, api] of TASKS$1) if (words.test(text)) return {
		about: "task",
		api
	};
	return null;
}
const LIMITS$1 = [
	/maximum context length (?:is|of) (\d+)/i,
	/maximum model length of (\d+)/i,
	/context (?:length|size|window)(?: of)? \(?(\d+) tokens/i,
	/model with (\d+) maximum context/i,
	/less than (\d+) tokens/i,
	/must be <= (\d+)/i,
	/cannot exceed (\d+)/i,
	/> (\d+) maximum/i,
	/context limit: [\d+ ]{1,40}> (\d+)/i,
	/maximum number of tokens allowed \((\d+)\)/i,
	/maximum input length \(?(\d+)/i,
	/limit (?:for this model is|of) (\d+)/i,
	/maximum allowed batch size:? (\d+)/i,
	/maximum (?:array length|batch size):? (?:is |of )?(\d+)/i
];
function readStatedLimit(text) {
	for (const words of LIMITS$1) {
		const found = words.exec(text)?.[1];
		if (found !== void 0 && found.length < 10) return Number(found);
	}
	return null;
}
// src/protocol/apis/openai.ts
const TEXT_FACTS = {
	length: "ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt",
	tokens: "usage, wherever it stands, else events",
	cache: "cache_salt where the server takes it, and a unique prefix"
};
const openAiChat = {
	name: "openai-chat",
	facts: {
		servers: "vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, TGI, llama.cpp, Ollama, LiteLLM, OpenRouter, Groq, Mistral, DeepSeek, xAI, Perplexity, Z.ai, Snowflake, OpenAI, Azure OpenAI",
		...TEXT_FACTS,
		health: "GET /health on vLLM, SGLang, TGI, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models",
		metrics: "vLLM, SGLang, TGI, llama.cpp, NIM, LMDeploy"
	},
	...shareTaskMembers("chat"),
	...streamTokens(),
	body: buildChatBody$1,
	takesImages: true,
	ownsEvent: (json) => Array.isArray(json["choices"]) && !ownsCompletion(json)
};
const openAiCompletions = {
	name: "openai-completions",
	facts: {
		servers: "vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, llama.cpp",
		...TEXT_FACTS,
		health: "GET /health on vLLM, SGLang, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models",
		metrics: "vLLM, SGLang, llama.cpp, NIM, LMDeploy"
	},
	...shareTaskMembers("completions"),
	...streamTokens(),
	body: buildCompletionsBody,
	ownsEvent: ownsCompletion
};
const openAiEmbeddings = {
	name: "openai-embeddings",
	facts: {
		servers: "vLLM, SGLang, NIM, text-embeddings-inference, LiteLLM, OpenAI, Azure OpenAI",
		length: "does not apply",
		tokens: "usage (input tokens)",
		cache: "a unique prefix",
		health: "GET /v1/models",
		metrics: "vLLM, SGLang, NIM"
	},
	...shareTaskMembers("embeddings"),
	framing: () => "json",
	optionalFields: () => [],
	body: buildEmbeddingsBody,
	read: readEmbeddings$1,
	ownsEvent: ({ data }) => Array.isArray(data) && asObject(data[0])?.["embedding"] !== void 0
};
function shareTaskMembers(task) {
	return {
		isIts: (endpoint) => taskOfPath(endpoint) === task,
		tasks: [task],
		keyPlace: openAiKeyPlace,
		url: (endpoint) => openAiUrl(endpoint, task),
		taskOf: () => task,
		modelInBody: (_, model) => model,
		urlOfModel: urlOfDeployment,
		modelsUrl: openAiModelsUrl,
		modelNames: openAiModelNames,
		findsTask: true,
		serverPages: SERVER_PAGES,
		metricsUrls: listServerMetricsUrls
	};
}
function streamTokens() {
	return {
		framing: () => "sse",
		optionalFields: () => [
			"stream_options",
			"temperature",
			"ignore_eos",
			"min_tokens",
			"cache_salt"
		],
		read: readOpenAiEvent,
		isOpenAiLike: true,
		assumedFields: ["stream_options"]
	};
}
function ownsCompletion(json) {
	const choices = json["choices"];
	if (!Array.isArray(choices)) return false;
	const choice = asObject(choices[0]);
	return json["object"] === "text_completion" || choice !== null && "text" in choice;
}
function readEmbeddings$1(json, eventName) {
	const { error, usage, servedModel } = readOpenAiEvent(json, eventName);
	const data = asObject(json)?.["data"];
	if (!Array.isArray(data)) return {
		...UNKNOWN_DELTA,
		error,
		usage,
		unknown: error === null
	};
	const results = data.map((item, i) => ({
		index: asCount(asObject(item)?.["index"]) ?? i,
		isWhole: isEmbedding(item)
	}));
	const text = results.some(({ isWhole }) => isWhole);
	return {
		...UNKNOWN_DELTA,
		text,
		results,
		error,
		usage,
		servedModel,
		terminal: true,
		unknown: false
	};
}
function isEmbedding(item) {
	const embedding = asObject(item)?.["embedding"];
	return Array.isArray(embedding) ? embedding.length > 0 : asText(embedding) !== null;
}
function readOpenAiEvent(json, eventName) {
	const event = asObject(json);
	const error = readStreamError(json, eventName);
	if (event === null) return error === null ? UNKNOWN_DELTA : {
		...UNKNOWN_DELTA,
		error,
		unknown: false
	};
	const found = {
		content: "",
		thought: 0,
		said: 0,
		text: false,
		reasoning: false,
		tool: false,
		concealed: false,
		unread: null,
		finishReason: null,
		error
	};
	const choices = event["choices"];
	if (Array.isArray(choices)) for (const choice of choices) readChoice(asObject(choice), event, found);
	else if (event["delta"] !== void 0) readChoice(event, event, found);
	const usage = readOpenAiUsage(event);
	const server = readServerTimings$2(event);
	const delta = {
		text: found.text,
		reasoning: found.reasoning,
		tool: found.tool,
		concealed: found.concealed,
		content: found.content,
		characters: found.content.length + found.thought + found.said,
		unread: found.text || found.reasoning || found.tool ? null : found.unread,
		usage,
		finishReason: found.finishReason,
		servedModel: asText(event["model"]),
		error: found.error,
		terminal: false,
		unknown: !Array.isArray(choices) && usage === null && asObject(event["delta"]) === null && found.error === null
	};
	return server === null ? delta : {
		...delta,
		server
	};
}
function readChoice(choice, event, found) {
	if (choice === null) return;
	const delta = asObject(choice["delta"]);
	if (delta !== null) {
		readDelta$1(delta, found);
		if (!found.text && !found.reasoning && !found.tool) readBeside$1(choice, found);
	} else if (typeof choice["text"] === "string") readText$1(choice, choice["text"], found);
	else if (event["object"] === "chat.completion") readDelta$1(asObject(choice["message"]) ?? {}, found);
	else if (measureText(choice["message"]) > 0) found.unread ??= "message";
	found.finishReason = asText(choice["finish_reason"]) ?? found.finishReason;
	if (choice["error"]) found.error ??= readErrorMessage(choice["error"]);
	if (found.finishReason === "error" || found.finishReason === "abort") found.error ??= `finish_reason "${found.finishReason}"`;
}
function readText$1(choice, text, found) {
	addContent(text, found);
	if (text === "") readBeside$1(choice, found);
}
function readBeside$1(choice, found) {
	for (const name in choice) if (!CHOICE_MEMBERS.has(name)) readMember(name, choice[name], found);
}
const CHOICE_MEMBERS = new Set("index delta message text finish_reason stop_reason finish_details logprobs prompt_logprobs token_ids prompt_token_ids matched_stop native_finish_reason content_filter_results usage error".split(" "));
function readDelta$1(delta, found) {
	if (delta["role"] === "tool") return;
	for (const name in delta) {
		const value = delta[name];
		if (value === null || value === "" || name === "role") continue;
		if (name === "content") readContent(value, found);
		else if (name === "refusal") addText(measureText(value), found);
		else if (name === "tool_calls") readToolCalls(value, found);
		else if (name === "function_call") readTool(asObject(value), found);
		else readMember(name, value, found);
	}
}
function readMember(name, value, found) {
	switch (classifyMember(name)) {
		case "reasoning": {
			const characters = measureText(value);
			const conceals = typeof value === "object" && holdsCiphertext(value);
			addThought(characters, found);
			found.concealed ||= conceals;
			if (characters === 0 && !conceals && holdsText(value)) found.unread ??= name;
			return;
		}
		case "concealed":
			found.concealed = true;
			return;
		case "no-output":
			if (typeof value === "object" && holdsReasoning(value)) found.unread ??= name;
			return;
		case null: if (holdsText(value)) found.unread ??= name;
	}
}
function addThought(characters, found) {
	found.reasoning ||= characters > 0;
	found.thought = Math.max(found.thought, characters);
}
function addText(characters, found) {
	found.text ||= characters > 0;
	found.said += characters;
}
function readContent(content, found) {
	if (typeof content === "string") addContent(content, found);
	else if (Array.isArray(content)) for (const part of content) readPart$2(asObject(part), found);
}
function addContent(text, found) {
	found.text ||= text !== "";
	found.content = found.content === "" ? text : found.content + text;
}
function readPart$2(part, found) {
	if (part === null) return;
	const type = part["type"];
	if (type === "reasoning" || type === "thinking") {
		addThought(measureText(part), found);
		found.concealed ||= holdsCiphertext(part);
	} else if (typeof part["text"] === "string") addContent(part["text"], found);
	else addText(measureText(part), found);
}
function readToolCalls(calls, found) {
	if (!Array.isArray(calls)) return;
	for (const call of calls) {
		const tool = asObject(call);
		readTool(asObject(tool?.["function"]) ?? asObject(tool?.["custom"]), found);
	}
}
function readTool(tool, found) {
	if (tool === null) return;
	const name = asText(tool["name"]);
	const given = tool["arguments"] ?? tool["input"];
	const text = asText(given);
	found.tool ||= name !== null || text !== null || asObject(given) !== null;
	found.said += (name?.length ?? 0) + (text?.length ?? 0);
}
function readOpenAiUsage(event) {
	const usage = asObject(event["usage"]) ?? findUsageElsewhere(event);
	const timings = event["timings"] === void 0 ? null : asObject(event["timings"]);
	if (usage === null && timings === null) return null;
	const input = asObject(usage?.["prompt_tokens_details"]);
	const output = asObject(usage?.["completion_tokens_details"]);
	return {
		inputTokens: asCount(usage?.["prompt_tokens"]),
		outputTokens: asCount(usage?.["completion_tokens"]),
		totalTokens: asCount(usage?.["total_tokens"]),
		reasoningTokens: asCount(output?.["reasoning_tokens"]) ?? asCount(usage?.["reasoning_tokens"]),
		cachedTokens: asCount(input?.["cached_tokens"]) ?? asCount(usage?.["prompt_cache_hit_tokens"]) ?? asCount(timings?.["cache_n"])
	};
}
function readServerTimings$2(event) {
	if (!event["timings"] && !event["usage"] && !event["sla_metrics"]) return null;
	const timings = event["timings"] === void 0 ? null : asObject(event["timings"]);
	const usage = event["usage"] === void 0 ? null : asObject(event["usage"]);
	const agreed = asObject(event["sla_metrics"] ?? usage?.["sla_metrics"]);
	const serverTtftMs = asMs(timings?.["prompt_ms"] ?? usage?.["time_to_first_token_ms"] ?? agreed?.["ttft_ms"]);
	const serverTpotMs = asMs(timings?.["predicted_per_token_ms"] ?? usage?.["time_per_output_token_ms"]);
	return serverTtftMs === null && serverTpotMs === null ? null : {
		serverTtftMs,
		serverTpotMs,
		serverLoadMs: null
	};
}
function findUsageElsewhere(event) {
	const groq = event["x_groq"] === void 0 ? null : asObject(asObject(event["x_groq"])?.["usage"]);
	if (groq !== null) return groq;
	const choices = event["choices"];
	return Array.isArray(choices) ? asObject(asObject(choices[0])?.["usage"]) : null;
}
// src/protocol/apis/openai-responses.ts
const openAiResponses = {
	name: "openai-responses",
	facts: {
		servers: "OpenAI, Azure OpenAI, vLLM, SGLang, Ollama, LiteLLM, OpenRouter",
		length: { most: "ignore_eos where the server takes it, else max_output_tokens (at least 16)" },
		tokens: "response.usage of the last event, else events",
		cache: "cache_salt where the server takes it, and a unique prefix",
		health: "GET /v1/models",
		metrics: "vLLM, SGLang"
	},
	isIts: isOpenAiResponses,
	tasks: ["chat"],
	keyPlace: openAiKeyPlace,
	framing: () => "sse",
	optionalFields: () => [
		"temperature",
		"ignore_eos",
		"cache_salt"
	],
	url: (endpoint) => isFull$2(endpoint) ? endpoint : placeUnderOpenAiBase(endpoint, "/responses"),
	taskOf: () => "chat",
	modelInBody: (endpoint, model) => trimPath(endpoint).endsWith("/invocations") ? null : model,
	modelsUrl: openAiModelsUrl,
	modelNames: openAiModelNames,
	body: buildResponsesBody,
	takesImages: true,
	read: readResponsesEvent,
	serverPages: SERVER_PAGES,
	metricsUrls: listServerMetricsUrls,
	ownsEvent: ({ object, type }) => object === "response" || typeof type === "string" && /^response\.(created|in_progress|output|queued)/.test(type)
};
function isOpenAiResponses(endpoint) {
	return /\/(open-)?responses$/.test(trimPath(endpoint));
}
function isFull$2(endpoint) {
	return isOpenAiResponses(endpoint) || trimPath(endpoint).endsWith("/invocations");
}
const LEAST_OUTPUT_TOKENS = 16;
function buildResponsesBody(dialect, spec) {
	return addExtraBody({
		...dialect.model !== null && { model: dialect.model },
		input: messagesOf(spec, placeImages$2),
		max_output_tokens: Math.max(LEAST_OUTPUT_TOKENS, spec.outputTokens),
		stream: spec.stream ?? true,
		store: false,
		...pickOptionalMembers(dialect, spec)
	}, dialect.extraBody);
}
const placeImages$2 = (text, images) => ({ content: [{
	type: "input_text",
	text
}, ...images.map((image) => ({
	type: "input_image",
	image_url: writeDataUrl(image),
	detail: "auto"
}))] });
function readResponsesEvent(json, eventName) {
	const event = asObject(json);
	const type = event?.["type"];
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	if (event?.["object"] === "response") return readWhole$2(event);
	if (type === "keepalive") return EMPTY_DELTA;
	if (event === null || typeof type !== "string" || !type.startsWith("response.")) return UNKNOWN_DELTA;
	if (type.endsWith(".delta")) return deltaOf(type, asText(event["delta"]));
	if (type === "response.output_item.added") return carryTool(readToolName(event["item"]));
	if (type === "response.output_item.done") return isMessage(event["item"]) ? MESSAGE_DONE : EMPTY_DELTA;
	const response = asObject(event["response"]);
	if (response === null) return EMPTY_DELTA;
	const end = type.slice(9);
	return ENDS.has(end) ? readEnd$1(response, end) : {
		...EMPTY_DELTA,
		servedModel: asText(response["model"])
	};
}
function deltaOf(type, text) {
	if (type === "response.output_text.delta" || type === "response.refusal.delta") return carryText(text);
	return classifyMember(type) === "reasoning" ? carryReasoning(text) : carryTool(text);
}
const MESSAGE_DONE = {
	...EMPTY_DELTA,
	endsAtDone: true
};
const ENDS = /* @__PURE__ */ new Set([
	"completed",
	"incomplete",
	"failed",
	"cancelled"
]);
function readEnd$1(response, end) {
	const failed = end === "failed" || end === "cancelled";
	return {
		...EMPTY_DELTA,
		usage: readUsage$4(response["usage"]),
		finishReason: asText(asObject(response["incomplete_details"])?.["reason"]) ?? end,
		servedModel: asText(response["model"]),
		error: readStreamError(response, "") ?? (failed ? `response.${end}` : null),
		terminal: true
	};
}
function readUsage$4(value) {
	const usage = asObject(value);
	if (usage === null) return null;
	return {
		inputTokens: asCount(usage["input_tokens"] ?? usage["prompt_tokens"]),
		outputTokens: asCount(usage["output_tokens"] ?? usage["completion_tokens"]),
		reasoningTokens: asCount(asObject(usage["output_tokens_details"])?.["reasoning_tokens"]),
		cachedTokens: asCount(asObject(usage["input_tokens_details"])?.["cached_tokens"]),
		totalTokens: asCount(usage["total_tokens"])
	};
}
function isMessage(item) {
	return asObject(item)?.["type"] === "message";
}
function readToolName(value) {
	const item = asObject(value);
	return typeof item?.["type"] === "string" && item["type"].endsWith("_call") ? asText(item["name"]) : null;
}
function readWhole$2(response) {
	const { usage, finishReason, servedModel, error, terminal } = readEnd$1(response, asText(response["status"]));
	return {
		...joinDeltas((asArray(response["output"]) ?? []).flatMap((item) => readItem(asObject(item) ?? {}))),
		usage,
		finishReason,
		servedModel,
		error,
		terminal
	};
}
function readItem(item) {
	const type = asText(item["type"]) ?? "message";
	if (type === "message") return (asArray(item["content"]) ?? [{ text: item["content"] }]).map(readPart$1);
	if (type === "reasoning") return [{
		...EMPTY_DELTA,
		reasoning: measureText(item) > 0,
		characters: measureText(item),
		concealed: holdsCiphertext(item)
	}];
	if (type.endsWith("_output")) return [];
	if (type.endsWith("_call")) return [
		"name",
		"arguments",
		"input",
		"code"
	].map((member) => carryTool(asText(item[member])));
	return [readUnknownMembers(item, NO_OUTPUT$1)];
}
function readPart$1(value) {
	const part = asObject(value) ?? {};
	const text = asText(part["text"]) ?? asText(part["refusal"]);
	return text === null ? readUnknownMembers(part, NO_OUTPUT$1) : carryText(text);
}
const NO_OUTPUT$1 = /* @__PURE__ */ new Set(["type"]);
// src/vendors/databricks/serving-endpoint.ts
const CONFIG_UPDATES = [
	"NOT_UPDATING",
	"IN_PROGRESS",
	"UPDATE_FAILED",
	"UPDATE_CANCELED"
];
const DEPLOYMENTS = [
	"DEPLOYMENT_READY",
	"DEPLOYMENT_CREATING",
	"DEPLOYMENT_RECOVERING",
	"DEPLOYMENT_FAILED",
	"DEPLOYMENT_ABORTED"
];
const TASKS = {
	"llm/v1/chat": "chat",
	"llm/v1/completions": "completions",
	"llm/v1/embeddings": "embeddings",
	"agent/v1/chat": "chat",
	"agent/v2/chat": "chat"
};
const MOST_ENTRIES = 50;
function readServingEndpoint(json) {
	const page = asObject(json);
	const state = asObject(page?.["state"]);
	const config = asObject(page?.["config"]);
	if (page === null || state === null && config === null) return null;
	const gateway = asObject(page["ai_gateway"]);
	const taskName = asName(page["task"]);
	const served = [...readEntries(config?.["served_entities"]), ...readEntries(config?.["served_models"])];
	const entities = removeTwins(served.map(readEntity));
	return {
		ready: state?.["ready"] === "READY" ? true : state?.["ready"] === "NOT_READY" ? false : null,
		configUpdate: oneOf(CONFIG_UPDATES, state?.["config_update"]),
		configVersion: asCount(config?.["config_version"]),
		task: taskName !== null && Object.hasOwn(TASKS, taskName) ? TASKS[taskName] : null,
		taskName,
		entities,
		traffic: readEntries(asObject(config?.["traffic_config"])?.["routes"]).map(readRoute),
		fallback: asObject(gateway?.["fallback_config"])?.["enabled"] === true,
		rateLimits: [...readEntries(gateway?.["rate_limits"]), ...readEntries(page["rate_limits"])].map(readRateLimit),
		routeOptimized: page["route_optimized"] === true,
		payPerToken: isPayPerToken(page, served, entities)
	};
}
function selectServed(endpoint, name) {
	const entities = endpoint.entities.filter((entity) => entity.name === name);
	return entities.length === 0 ? endpoint : {
		...endpoint,
		entities,
		traffic: [],
		fallback: false
	};
}
function isProvisioned({ minTokensPerSecond, maxTokensPerSecond, modelUnits }) {
	return minTokensPerSecond !== null || maxTokensPerSecond !== null || modelUnits !== null;
}
function readEntity(entity) {
	const state = asObject(entity["state"]);
	const named = [asObject(entity["foundation_model"]), asObject(entity["external_model"])].map((at) => asName(at?.["name"]));
	return {
		name: asName(entity["name"]),
		entity: asName(entity["entity_name"]) ?? asName(entity["model_name"]) ?? named[0] ?? named[1] ?? null,
		version: asName(entity["entity_version"]) ?? asName(entity["model_version"]),
		minTokensPerSecond: asCount(entity["min_provisioned_throughput"]),
		maxTokensPerSecond: asCount(entity["max_provisioned_throughput"]),
		modelUnits: asCount(entity["provisioned_model_units"]),
		minConcurrency: asCount(entity["min_provisioned_concurrency"]),
		maxConcurrency: asCount(entity["max_provisioned_concurrency"]),
		workloadSize: asName(entity["workload_size"]),
		burstScaling: typeof entity["burst_scaling_enabled"] === "boolean" ? entity["burst_scaling_enabled"] : null,
		scaleToZero: entity["scale_to_zero_enabled"] === true,
		deployment: oneOf(DEPLOYMENTS, state?.["deployment"]),
		deploymentMessage: asName(state?.["deployment_state_message"])
	};
}
function removeTwins(entities) {
	const names = /* @__PURE__ */ new Set();
	return entities.filter(({ name }) => name === null || !names.has(name) && names.add(name));
}
function readRoute(route) {
	const said = route["traffic_percentage"];
	const percent = typeof said === "string" || typeof said === "number" ? Number(said) : 0;
	return {
		entity: asName(route["served_entity_name"]) ?? asName(route["served_model_name"]),
		percent: percent >= 0 && percent <= 100 ? percent : 0
	};
}
function readRateLimit(limit) {
	return {
		calls: asCount(limit["calls"]),
		tokens: asCount(limit["tokens"]),
		key: asName(limit["key"]),
		period: asName(limit["renewal_period"])
	};
}
function isPayPerToken(page, served, entities) {
	if (entities.some(isProvisioned)) return false;
	if (page["endpoint_type"] === "FOUNDATION_MODEL_API") return true;
	return served.length > 0 && served.every((entity) => asObject(entity["foundation_model"]) !== null);
}
function readEntries(value) {
	if (!Array.isArray(value)) return [];
	return value.slice(0, MOST_ENTRIES).map(asObject).filter((entry) => entry !== null);
}
function asName(value) {
	const text = typeof value === "number" ? String(value) : asText(value);
	return text === null ? null : cutName(text);
}
function oneOf(words, value) {
	return words.find((word) => word === value) ?? null;
}
function readServingFacts(endpoint) {
	const { entities } = endpoint;
	return {
		task: endpoint.taskName,
		servedEntities: entities.length,
		trafficRoutes: endpoint.traffic.filter(({ percent }) => percent > 0).length,
		burstScaling: entities.some(mayBurst),
		autoscaling: entities.some(mayChangeCapacity),
		scaleToZero: entities.some(({ scaleToZero }) => scaleToZero),
		fallback: endpoint.fallback && entities.length > 1,
		rateLimits: endpoint.rateLimits.length,
		payPerToken: endpoint.payPerToken,
		routeOptimized: endpoint.routeOptimized
	};
}
function describeProvisioned(endpoint) {
	if (endpoint.payPerToken) return "nothing: shared capacity, paid by the token";
	const described = endpoint.entities.flatMap((entity) => {
		const text = describeEntity(entity);
		return text === null ? [] : [{
			name: entity.name,
			text
		}];
	});
	if (described.length === 0) return null;
	if (endpoint.entities.length === 1) return described[0].text;
	return described.map(({ name, text }) => `${name ?? "unnamed"}: ${text}`).join("; ");
}
function mayBurst(entity) {
	return isProvisioned(entity) && entity.burstScaling !== false;
}
function mayChangeCapacity({ minTokensPerSecond, maxTokensPerSecond, minConcurrency, maxConcurrency }) {
	const differ = (min, max) => min !== null && max !== null && min < max;
	return differ(minTokensPerSecond, maxTokensPerSecond) || differ(minConcurrency, maxConcurrency);
}
function describeServed({ entities }) {
	const names = entities.flatMap(({ entity, name, version }) => {
		const model = entity ?? name;
		return model === null ? [] : [version === null ? model : `${model} version ${version}`];
	});
	return names.length === 0 ? null : names.join("; ");
}
function describeEntity(entity) {
	const { minTokensPerSecond, maxTokensPerSecond, modelUnits, minConcurrency, maxConcurrency, workloadSize } = entity;
	const amounts = [
		formatAmount(minTokensPerSecond, maxTokensPerSecond, "tokens/s (input + output)"),
		modelUnits === null ? null : `${formatNumber(modelUnits)} model units`,
		formatAmount(minConcurrency, maxConcurrency, "requests at once"),
		workloadSize === null ? null : `workload size ${workloadSize}`
	].filter((text) => text !== null);
	if (amounts.length === 0) return null;
	const burst = isProvisioned(entity) && entity.burstScaling === false ? ", burst scaling off" : "";
	return `${amounts.join(", ")}${burst}`;
}
function formatAmount(min, max, unit) {
	const [low, high] = [min ?? max, max ?? min];
	if (low === null || high === null) return null;
	return low === high ? `${formatNumber(low)} ${unit}` : `${formatNumber(low)} to ${formatNumber(high)} ${unit}`;
}
function formatNumber(value) {
	return groupDigits(Number(value.toFixed(3)));
}
// src/vendors/databricks/findings.ts
const SURE_CONCURRENCY = 192;
function findInConfiguration(endpoint) {
	const facts = readServingFacts(endpoint);
	return [
		[
			facts.payPerToken,
			"pay-per-token",
			() => "The endpoint is paid by the token: its capacity is shared."
		],
		[
			facts.burstScaling,
			"burst-scaling",
			() => describeBurst(endpoint)
		],
		[
			facts.autoscaling,
			"autoscaling",
			() => "What is provisioned has a minimum and a higher maximum: the endpoint scales between them under load."
		],
		[
			facts.scaleToZero,
			"scale-to-zero",
			() => "The endpoint scales to zero when nobody uses it."
		],
		[
			facts.fallback,
			"fallback-configured",
			() => `A request that fails goes to another of the ${facts.servedEntities} served entities.`
		],
		[
			facts.trafficRoutes > 1,
			"traffic-split",
			() => splitMessage(endpoint)
		],
		[
			facts.rateLimits > 0,
			"endpoint-rate-limit",
			() => `The endpoint has rate limits of its own: ${endpoint.rateLimits.slice(0, 4).map(describeRateLimit).join(", ")}.`
		]
	].flatMap(([isSeen, code, message]) => isSeen ? [{
		code,
		message: message()
	}] : []);
}
function findConfigurationChanges(before, now) {
	const { served, config } = compareServing(before, now);
	const findings = [];
	if (served !== null) findings.push({
		code: "served-model-changed",
		message: `The endpoint served ${escapeForTerminal(served.before)} at the start and ${escapeForTerminal(served.now)} at the end.`
	});
	if (config.length > 0) findings.push({
		code: "config-updated",
		message: `At the end of the run: ${config.join("; ")}.`
	});
	return findings;
}
function compareServing(before, now) {
	const [servedBefore, servedNow] = [describeServed(before), describeServed(now)];
	const isServedSame = servedBefore === null || servedNow === null || servedBefore === servedNow;
	const [capacityBefore, capacityNow] = [describeProvisioned(before), describeProvisioned(now)];
	const signs = [
		["an update of the configuration is in progress", now.configUpdate === "IN_PROGRESS"],
		["an update of the configuration failed", now.configUpdate === "UPDATE_FAILED"],
		["the endpoint is no longer ready", now.ready === false],
		[`the configuration went from version ${before.configVersion} to ${now.configVersion}`, before.configVersion !== null && now.configVersion !== null && before.configVersion !== now.configVersion],
		["what is provisioned changed", capacityBefore !== null && capacityNow !== null && capacityBefore !== capacityNow && isServedSame],
		["the traffic split changed", before.traffic.length > 0 && now.traffic.length > 0 && describeTraffic(before) !== describeTraffic(now)]
	];
	return {
		served: isServedSame ? null : {
			before: servedBefore,
			now: servedNow
		},
		config: signs.flatMap(([sign, isSeen]) => isSeen ? [sign] : [])
	};
}
function describeTraffic({ traffic }) {
	return traffic.map(({ entity, percent }) => `${entity} ${percent}`).join(", ");
}
function findLimits(levels) {
	return levels.flatMap(({ concurrency, failures, state }) => {
		const refused = failures["http_429"] ?? 0;
		const givenUp = (failures["http_408"] ?? 0) + (failures["http_504"] ?? 0);
		const above = concurrency > SURE_CONCURRENCY ? `; ${concurrency} requests at once may be more than the workspace takes` : "";
		const findings = [];
		if (refused > 0 || state === "limited") findings.push({
			code: "workspace-limit",
			level: concurrency,
			message: `${countRequests(refused)} refused with 429${above}.`
		});
		if (givenUp > 0) findings.push({
			code: "execution-limit",
			level: concurrency,
			message: `${pluralise(givenUp, "request")} ended with 408 or 504.`
		});
		return findings;
	});
}
function describeBurst({ entities }) {
	return entities.some(({ burstScaling }) => burstScaling === true) ? "Burst scaling is on: the endpoint may scale beyond what is provisioned." : "Burst scaling is not switched off, and its default is on: the endpoint may scale beyond what is provisioned.";
}
function splitMessage({ traffic }) {
	const shares = traffic.filter(({ percent }) => percent > 0);
	const shown = shares.slice(0, 4).map(({ entity, percent }) => `${escapeForTerminal(entity ?? "unnamed", 60)} ${percent} %`);
	return `Requests go to ${shares.length} served entities: ${shown.join(", ")}${shares.length > 4 ? ", \u2026" : ""}.`;
}
function describeRateLimit({ calls, tokens, key, period }) {
	const what = [calls === null ? null : `${calls} calls`, tokens === null ? null : `${tokens} tokens`].filter((amount) => amount !== null).join(" and ");
	return escapeForTerminal(`${what === "" ? "unknown" : what} a ${period ?? "period"}${key === null ? "" : ` for each ${key}`}`);
}
function countRequests(count) {
	if (count === 0) return "Requests were";
	return pluralise(count, "request was", "requests were");
}
// src/vendors/databricks/urls.ts
const HOST = /(^|\.)(databricks\.(com|us|mil)|azuredatabricks\.net|databricks\.azure\.(us|cn))$/;
const ROUTE_OPTIMISED_HOST = /\.serving\.((cloud|gcp)\.databricks\.com|azuredatabricks\.net)$/;
const PATHS = ["serving-endpoints", "ai-gateway"];
const PATH$1 = new RegExp(`/(${PATHS.join("|")})(/|$)`);
const BASE = new RegExp(`^(.*?)/(${PATHS.join("|")})(/.*)?$`);
const NATIVE = /^(.*)\/serving-endpoints\/([^/]+)(\/served-models\/([^/]+))?(\/invocations)?$/;
const NAME$1 = /^(?!\.+$)[\w.-]{1,200}$/;
function isDatabricksHost({ hostname }) {
	return HOST.test(hostname);
}
function isDatabricks(endpoint) {
	return isDatabricksHost(endpoint) || PATH$1.test(endpoint.pathname);
}
function isRouteOptimized({ hostname }) {
	return ROUTE_OPTIMISED_HOST.test(hostname);
}
function readNativePath(endpoint) {
	if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint)) return null;
	const [, prefix, name, , served] = NATIVE.exec(trimPath(endpoint)) ?? [];
	return prefix === void 0 || name === void 0 ? null : {
		prefix,
		name,
		served: served ?? null
	};
}
function findServingPlace(url, model) {
	if (isRouteOptimized(url)) return null;
	const path = trimPath(url);
	const native = readNativePath(url);
	const prefix = native?.prefix ?? BASE.exec(path)?.[1] ?? (path === "" ? "" : null);
	const name = native === null ? model : decodeSegment(native.name);
	if (prefix === null || name === null || !NAME$1.test(name)) return null;
	const managementUrl = replacePath(url, `${prefix}/api/2.0/serving-endpoints/${name}`);
	managementUrl.search = "";
	return {
		managementUrl,
		name,
		served: native?.served == null ? null : decodeSegment(native.served)
	};
}
function listMetricsUrls(url, model) {
	const place = findServingPlace(url, model);
	return place === null ? [] : [replacePath(place.managementUrl, `${trimPath(place.managementUrl)}/metrics`)];
}
function decodeSegment(segment) {
	try {
		return decodeURIComponent(segment);
	} catch {
		return null;
	}
}
// src/vendors/databricks/readiness.ts
const LONGEST_REASON = 400;
const RESPONSES_TASK = "agent/v1/responses";
function watchEndpoint(url, { getPage, log, signal, patience }) {
	let described = null;
	let isHidden = false;
	return async (model) => {
		const place = findServingPlace(url, model);
		while (!isHidden && described === null && place !== null) {
			const { endpoint, status } = await readPage(place, getPage, signal);
			if (endpoint === null) {
				if (status === null || status >= 500 || status === 429) return null;
				isHidden = true;
				log(`${showUrl(place.managementUrl)} shows no serving endpoint (${status}): its state, what is provisioned and changes during the run are not looked at; a key that may view the endpoint helps`);
				return null;
			}
			if (await isReady(endpoint, place)) described = describeEndpoint(endpoint, async (asked) => (await readPage(place, getPage, asked)).endpoint);
		}
		return described;
	};
	async function isReady(endpoint, place) {
		const state = judgeServing(endpoint);
		if (state.kind === "ready") {
			refuseResponses(url, endpoint, place);
			return true;
		}
		const waits = state.kind === "waiting";
		const reason = new EndpointError(`the serving endpoint ${escapeForTerminal(place.name)} cannot be measured: ${escapeForTerminal(state.why, LONGEST_REASON)}`, {
			tried: `GET ${showUrl(place.managementUrl)}`,
			remedy: waits ? "look at its state in Databricks: a stopped endpoint must be started; `ready-timeout` is how long one that starts or is updated is waited for (large models take up to two hours)" : "look at the endpoint's events and logs in Databricks, then deploy again or put the last good configuration back"
		});
		if (!waits) throw reason;
		await patience(reason, null);
		return false;
	}
}
function describeEndpoint(endpoint, readPageAgain) {
	return {
		task: endpoint.task,
		served: describeServed(endpoint),
		provisioned: describeProvisioned(endpoint),
		capabilities: { servingEndpoint: { ...readServingFacts(endpoint) } },
		findings: findInConfiguration(endpoint),
		async findChanges(signal) {
			const now = await readPageAgain(signal);
			return now === null ? [] : findConfigurationChanges(endpoint, now);
		}
	};
}
async function readPage({ managementUrl, served }, getPage, signal) {
	const page = await getPage(managementUrl, signal);
	const endpoint = page?.status === 200 ? readServingEndpoint(parseJson(page.text)) : null;
	return {
		endpoint: endpoint === null || served === null ? endpoint : selectServed(endpoint, served),
		status: page?.status ?? null
	};
}
function refuseResponses({ origin }, { taskName }, { name }) {
	if (taskName !== RESPONSES_TASK) return;
	throw new EndpointError(`the serving endpoint ${escapeForTerminal(name)} is an agent that takes the Responses API only`, {
		tried: `its task (${RESPONSES_TASK})`,
		remedy: `set \`endpoint\` to ${escapeForTerminal(origin)}/serving-endpoints/responses, \`api\` to openai-responses and \`model\` to ${escapeForTerminal(name)}`
	});
}
function judgeServing(endpoint) {
	const { ready, configUpdate, entities } = endpoint;
	if (configUpdate === "UPDATE_FAILED") return {
		kind: "failed",
		why: `the last update of its configuration failed (UPDATE_FAILED)${ready === true ? "; what answers is the configuration before" : ""}${describeDeployments()}`
	};
	if (configUpdate === "IN_PROGRESS") return {
		kind: "waiting",
		why: `its configuration is being updated (IN_PROGRESS)${describeDeployments()}`
	};
	if (ready !== false) return { kind: "ready" };
	return entities.some(({ deployment }) => deployment === "DEPLOYMENT_FAILED" || deployment === "DEPLOYMENT_ABORTED") ? {
		kind: "failed",
		why: `a deployment of it failed${describeDeployments()}`
	} : {
		kind: "waiting",
		why: `it is not ready (NOT_READY)${describeDeployments()}`
	};
	function describeDeployments() {
		const words = entities.flatMap(({ name, deployment, deploymentMessage }) => {
			if (deployment === null || deployment === "DEPLOYMENT_READY") return [];
			const message = deploymentMessage === null ? "" : ` (${deploymentMessage})`;
			return [`${name ?? "unnamed"} ${deployment}${message}`];
		});
		return words.length === 0 ? "" : `: ${words.join(", ")}`;
	}
}
// src/vendors/databricks/auth.ts
const REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL";
const REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const WAYS$1 = [{
	word: "databricks-oauth",
	settings: [
		"client-id",
		"client-secret",
		"token-url"
	],
	variables: [],
	secret: { setting: "client-secret" },
	headers: ["authorization"],
	*findProblems(facts) {
		yield* findMissingId("databricks-oauth", facts);
		yield* findMissingSecret(facts);
		yield* findWrongHost("databricks-oauth", facts);
	},
	fetchToken: fetchOauthToken
}, {
	word: "databricks-oidc",
	settings: [
		"client-id",
		"oidc-audience",
		"token-url"
	],
	variables: [{
		name: REQUEST_URL,
		isSecret: false
	}, {
		name: REQUEST_TOKEN,
		isSecret: true
	}],
	secret: { variable: REQUEST_TOKEN },
	headers: ["authorization"],
	*findProblems(facts) {
		yield* findMissingIdentity(facts);
		yield* findMissingId("databricks-oidc", facts);
		yield* findWrongHost("databricks-oidc", facts);
	},
	fetchToken: (credentials, ports) => fetchOidcToken(credentials, readIdentity(credentials.variables), ports)
}];
const CREDENTIAL_HELP = {
	"client-id": "The service principal that a token is fetched for, with auth: databricks-oauth or databricks-oidc",
	"client-secret": "Its secret, with auth: databricks-oauth; for the command best in PLATEAU_CLIENT_SECRET; never in a config file",
	"token-url": "The workspace that gives out the tokens of databricks-oauth and databricks-oidc, where the endpoint has another host: route-optimised endpoints, gateways",
	"oidc-audience": "The audience in the federation policy of the service principal, with auth: databricks-oidc"
};
const BORROWED = [
	{
		variable: "DATABRICKS_TOKEN",
		setting: "api-key"
	},
	{
		variable: "DATABRICKS_CLIENT_ID",
		setting: "client-id"
	},
	{
		variable: "DATABRICKS_CLIENT_SECRET",
		setting: "client-secret"
	},
	{
		variable: "DATABRICKS_TOKEN_AUDIENCE",
		setting: "oidc-audience"
	}
];
function ownsVariables(endpoint, env) {
	if (!isDatabricksHost(endpoint)) return false;
	const named = env["DATABRICKS_HOST"]?.trim() ?? "";
	const workspace = named.includes("://") ? named : `https://${named}`;
	return named === "" || isRouteOptimized(endpoint) || URL.canParse(workspace) && new URL(workspace).host === endpoint.host;
}
function readIdentity(variables) {
	const { [REQUEST_URL]: url, [REQUEST_TOKEN]: token } = variables;
	return url !== void 0 && token !== void 0 && /^https?:/.test(url) && URL.canParse(url) ? {
		url: new URL(url),
		token
	} : null;
}
function* findMissingIdentity({ variables, entry, spell }) {
	if (readIdentity(variables) !== null) return;
	yield {
		setting: "auth",
		given: null,
		message: entry === "action" ? "is databricks-oidc, and this job may not ask GitHub for its identity; give it permissions: id-token: write, also the job that calls a reusable workflow (pull requests of forks never have it)" : `is databricks-oidc, which only a job of GitHub Actions with permissions: id-token: write can use; use auth: databricks-oauth with ${spell("client-id")} and PLATEAU_CLIENT_SECRET`
	};
}
function* findMissingId(word, { clientId, spell }) {
	if (clientId !== null) return;
	yield {
		setting: "client-id",
		given: null,
		message: `is needed with auth: ${word}: the application id of the service principal, in PLATEAU_CLIENT_ID or ${spell("client-id")}`
	};
}
function* findMissingSecret({ clientSecret, entry }) {
	if (clientSecret !== null) return;
	yield {
		setting: "client-secret",
		given: null,
		message: `is needed with auth: databricks-oauth; ${entry === "command" ? "set PLATEAU_CLIENT_SECRET" : "give the input client-secret; if it is given, the secret that it comes from is empty in this run: look at its name, that it exists for this repository and environment, and that a called workflow gets it"}`
	};
}
function* findWrongHost(word, { endpoint, api, tokenUrl }) {
	if (endpoint == null || tokenUrl !== null) return;
	if (isRouteOptimized(endpoint)) yield {
		setting: "token-url",
		given: null,
		message: "is needed for a route-optimised endpoint, whose host gives out no tokens: https://<workspace>"
	};
	else if (!isDatabricks(endpoint) && api !== "databricks") yield {
		setting: "auth",
		given: null,
		message: `is ${word}, and ${endpoint.host} is not a Databricks workspace; set token-url to the workspace of a gateway, or change auth`
	};
}
const TOKEN_PATH = "/oidc/v1/token";
async function fetchOauthToken(credentials, ports) {
	const { clientId, clientSecret } = credentials;
	return fetchFromWorkspace(credentials, {
		form: { grant_type: "client_credentials" },
		headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
		refused: "check `client-id` and `client-secret`: the secret may have expired; the service principal must be in this workspace and may query the endpoint (CAN_QUERY)"
	}, ports);
}
async function fetchOidcToken(credentials, github, ports) {
	const audience = credentials.oidcAudience ?? tokenUrlOf(credentials).href;
	const identity = await fetchIdentity(github, audience, ports);
	return fetchFromWorkspace(credentials, {
		form: {
			grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
			subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
			subject_token: identity,
			client_id: credentials.clientId ?? ""
		},
		headers: {},
		refused: describePolicy(identity, audience)
	}, ports);
}
async function fetchFromWorkspace(credentials, { form, headers, refused }, { ask }) {
	const { token, members } = await ask({
		method: "POST",
		url: tokenUrlOf(credentials),
		headers: {
			...headers,
			"content-type": "application/x-www-form-urlencoded"
		},
		body: new URLSearchParams({
			...form,
			scope: "all-apis",
			...describeRoute(credentials.endpoint)
		}).toString(),
		member: "access_token",
		who: "the token endpoint",
		refused,
		misplaced: "is this the host of a Databricks workspace? if not, set `token-url` to the workspace of the endpoint",
		unreachable: "check the host of `endpoint` (or `token-url`) and the network; `proxy` if one is needed"
	});
	return {
		value: token,
		lifetimeMs: readLifetime(members["expires_in"])
	};
}
function tokenUrlOf({ tokenUrl, endpoint }) {
	if (tokenUrl === null) return new URL(TOKEN_PATH, endpoint.origin);
	return tokenUrl.pathname === "/" ? new URL(TOKEN_PATH, tokenUrl) : tokenUrl;
}
function describeRoute(endpoint) {
	if (!isRouteOptimized(endpoint)) return {};
	const detail = {
		type: "workspace_permission",
		object_type: "serving-endpoints",
		object_path: `/serving-endpoints/${endpoint.hostname.split(".")[0]}`,
		actions: ["query_inference_endpoint"]
	};
	return { authorization_details: JSON.stringify([detail]) };
}
function readLifetime(expiresIn) {
	const seconds = typeof expiresIn === "string" ? Number(expiresIn) : expiresIn;
	return typeof seconds === "number" && seconds > 0 && Number.isFinite(seconds) ? 1e3 * seconds : null;
}
async function fetchIdentity(github, audience, { ask, hide }) {
	const url = new URL(github.url);
	url.searchParams.set("audience", audience);
	const permission = "give the job permissions: id-token: write, also the job that calls a reusable workflow; pull requests of forks never have it";
	const { token } = await ask({
		method: "GET",
		url,
		headers: { authorization: `Bearer ${github.token}` },
		body: null,
		member: "value",
		who: "GitHub's identity service",
		isGithubs: true,
		refused: permission,
		misplaced: permission,
		unreachable: "check that the runner reaches the host of ACTIONS_ID_TOKEN_REQUEST_URL; `proxy` if one is needed"
	});
	hide(token);
	return token;
}
function describePolicy(identity, audience) {
	const claims = asObject(parseJson(Buffer.from(identity.split(".")[1] ?? "", "base64url").toString("utf8")));
	const readMember = (name) => {
		const value = claims?.[name];
		return typeof value === "string" ? escapeForTerminal(value, 200) : "unknown";
	};
	return `check \`client-id\`, and that the service principal has a federation policy for this job: issuer ${readMember("iss")}, subject ${readMember("sub")}, audience ${escapeForTerminal(audience, 200)} (\`oidc-audience\`)`;
}
// src/vendors/databricks/databricks.ts
const BODY = {
	chat: buildChatBody$1,
	completions: buildCompletionsBody,
	embeddings: buildEmbeddingsBody
};
const databricksApi = {
	name: "databricks",
	facts: {
		servers: "Databricks model serving: provisioned throughput, pay per token, AI Gateway, agents",
		length: { most: "max_tokens" },
		tokens: "usage in every event, in the last one, or none",
		cache: "a unique prefix",
		health: "GET /api/2.0/serving-endpoints/<name>: READY and NOT_UPDATING, read at the start and the end",
		metrics: "only sums over a minute: GET /api/2.0/serving-endpoints/<name>/metrics"
	},
	isIts: isDatabricks,
	tasks: [
		"chat",
		"completions",
		"embeddings"
	],
	framing: (task) => task === "embeddings" ? "json" : "sse",
	optionalFields: (task) => task === "embeddings" ? [] : ["temperature", "stream_options"],
	url: completeUrl,
	taskOf: taskOfPath,
	modelInBody: (endpoint, model) => readNativePath(endpoint) === null ? model : null,
	urlOfModel: urlOfModel$2,
	modelsUrl: () => null,
	modelNames: () => [],
	body: (dialect, spec) => BODY[dialect.task](dialect, spec),
	read: readDatabricks,
	isOpenAiLike: true,
	takesImages: true,
	nameless: {
		what: "this URL of Databricks names no serving endpoint, and `model` is not given",
		remedy: "set `model` to the name of the serving endpoint, or `endpoint` to \u2026/serving-endpoints/<name>/invocations"
	},
	needsFullUrl: true,
	metricsUrls: listMetricsUrls,
	ownsEvent: (json) => typeof json["error_code"] === "string" && typeof json["message"] === "string"
};
function completeUrl(endpoint, task) {
	const path = trimPath(endpoint);
	if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint) || path.endsWith("/invocations")) return endpoint;
	if (readNativePath(endpoint) !== null) return replacePath(endpoint, `${path}/invocations`);
	if (path === "") return replacePath(endpoint, `/serving-endpoints${suffixOfTask(task)}`);
	return replacePath(endpoint, `${path}${path.endsWith("/ai-gateway") ? "/mlflow/v1" : path.endsWith("/ai-gateway/mlflow") ? "/v1" : ""}${suffixOfTask(task)}`);
}
function urlOfModel$2(url, model) {
	const native = readNativePath(url);
	if (native === null) return null;
	if (decodePercent(native.served ?? native.name) === model) return url;
	if (native.served !== null) return null;
	return replacePath(url, `${native.prefix}/serving-endpoints/${encodeSegment(model)}/invocations`);
}
function readDatabricks(json, eventName) {
	const event = asObject(json);
	if (Array.isArray(event?.["data"])) return readEmbeddings$1(json, eventName);
	const type = event?.["type"];
	if (typeof type === "string" && type.startsWith("response.")) return {
		...readResponsesEvent(json, eventName),
		terminal: false
	};
	const delta = readOpenAiEvent(json, eventName);
	return event !== null && event["choices"] === void 0 && asObject(event["delta"]) !== null ? {
		...delta,
		endsAtDone: true
	} : delta;
}
const REFUSALS$1 = [
	{
		status: [403, 429],
		says: /rate limit of 0\b/i,
		what: "Databricks has switched the NAME off for this workspace (a rate limit of 0)",
		remedy: "neither the key nor waiting helps: ask Databricks for access to this model, or measure an endpoint of your own with provisioned throughput"
	},
	{
		status: [401, 403],
		says: /invalid (access )?token|token (is|has) expired|expired (access )?token|invalid_token/i,
		what: "not authorised: Databricks does not accept the token",
		remedy: "make a new token in the workspace of this endpoint and set PLATEAU_API_KEY (or `api-key`) to it, or use `auth: databricks-oauth`, which renews its own"
	},
	{
		status: [403],
		says: /guardrail|\bsafety\b|\bPII\b/i,
		what: "a guardrail of the AI Gateway refuses the prompts",
		remedy: "measure without guardrails, or with a `prompts-file` that passes them"
	},
	{
		status: [403],
		what: "not authorised: this key may not query the NAME",
		remedy: "give its user or service principal the permission \"Can Query\" on the endpoint; check `auth` and the key"
	},
	{
		status: [404],
		says: /^(?!.*no api found).*(RESOURCE_DOES_NOT_EXIST|ENDPOINT_NOT_FOUND|does not exist|not found)/is,
		what: "there is no NAME in this workspace",
		remedy: "check the name in the path of `endpoint` (or in `model`, where the path names none) and the workspace; `databricks serving-endpoints list` shows those there are"
	},
	{
		status: [400],
		says: /unknown field \W{0,2}(messages|prompt|input)\b/i,
		what: "the NAME is made for another task than it was asked for",
		remedy: "leave `task` out, or set it to the task that the page of the endpoint names: chat, completions or embeddings"
	},
	{
		status: [400],
		says: /unknown field/i,
		what: "the NAME does not take a field of the request",
		remedy: "Databricks refuses every field that it does not know: take it out of `extra-body`"
	},
	{
		status: [413],
		what: "the request is larger than Databricks takes (16 MB; 4 MB for foundation models, external models and agents)",
		remedy: "lower `input-tokens` or `batch-size`"
	},
	{
		status: [429],
		says: /output tokens|OTPM|tokens per minute|tokens\/min/i,
		what: "Databricks refuses requests: a limit of tokens a minute",
		remedy: "`max_tokens` counts against it before anything is generated: lower `output-tokens`, wait, or measure provisioned throughput"
	},
	{
		status: [429],
		what: "Databricks refuses requests: a rate limit of the endpoint, of the AI Gateway or of the workspace",
		remedy: "wait, or raise the limit; pay-per-token endpoints take a few requests a second and are not for sweeps, provisioned throughput is"
	},
	{
		status: [408, 504],
		what: "Databricks gave the request up: the model took longer than it may, or the endpoint is still starting",
		remedy: "lower `output-tokens`; `ready-timeout` is how long an endpoint that starts is waited for"
	}
];
function explainRefusal(refused, url) {
	const { status, headers, failureMessage } = refused;
	if (status === null || !(ownsHeaders(headers ?? {}) || PATH$1.test(url))) return null;
	const rule = REFUSALS$1.find((each) => each.status.includes(status) && (each.says === void 0 || each.says.test(failureMessage ?? "")));
	if (rule === void 0) return null;
	const name = /\/serving-endpoints\/([\w.-]+)\/(?:invocations|served-models\/)/.exec(url)?.[1];
	return {
		what: rule.what.replace("NAME", name === void 0 ? "serving endpoint" : `serving endpoint ${name}`),
		remedy: rule.remedy
	};
}
function ownsHeaders(headers) {
	return /^databricks/i.test(headers["server"] ?? "") || "x-databricks-org-id" in headers;
}
// src/vendors/vendors.ts
const VENDORS = [{
	name: "Databricks",
	api: databricksApi,
	isIts: isDatabricks,
	ownsHeaders,
	paths: PATHS,
	keyPlace: "bearer",
	speaks: {
		anthropic: "Databricks",
		"openai-responses": "agents on Databricks"
	},
	endpointName: (endpoint) => readNativePath(endpoint)?.name ?? null,
	ways: WAYS$1,
	credentialHelp: CREDENTIAL_HELP,
	borrowed: BORROWED,
	ownsVariables,
	takesBareToken: true,
	explainRefusal,
	watchEndpoint,
	crossCheckModel: "Databricks' notebook",
	findLimits
}, bedrock];
const WAYS = VENDORS.flatMap(({ ways = [] }) => ways);
const RENEWING_WORDS = WAYS.flatMap(({ word, fetchToken }) => fetchToken === void 0 ? [] : [word]);
const CROSS_CHECK_MODEL = VENDORS.flatMap(({ crossCheckModel }) => crossCheckModel ?? []).join(" and ");
function vendorOf(api) {
	return VENDORS.find((vendor) => vendor.api === api) ?? null;
}
function authWayOf(word) {
	return WAYS.find((way) => way.word === word) ?? null;
}
function describeCredential(setting) {
	return VENDORS.flatMap((vendor) => vendor.credentialHelp?.[setting] ?? []).join("; ");
}
function findKeyPlaceAt(endpoint, api) {
	return VENDORS.find((vendor) => vendor.isIts(endpoint))?.keyPlace ?? api.keyPlace?.(endpoint) ?? "bearer";
}
function readEndpointName(endpoint) {
	for (const vendor of VENDORS) {
		const name = vendor.endpointName?.(endpoint) ?? null;
		if (name !== null) return name;
	}
	return null;
}
function explainByOwner(refused, url) {
	for (const vendor of VENDORS) {
		const refusal = vendor.explainRefusal?.(refused, url) ?? null;
		if (refusal !== null) return refusal;
	}
	return null;
}
// src/vocabulary/endpoint-names.ts
const API_NAMES = [
	"openai-chat",
	"openai-completions",
	"openai-embeddings",
	"openai-rerank",
	"openai-score",
	"openai-responses",
	"databricks",
	"tgi",
	"llamacpp",
	"ollama",
	"triton",
	"anthropic",
	"gemini",
	"cohere",
	"bedrock"
];
const WAY_WORDS = [
	"databricks-oauth",
	"databricks-oidc",
	"aws-sigv4"
];
const AUTH_WORDS = [
	"auto",
	"bearer",
	"basic",
	...WAY_WORDS,
	"none"
];
function isWayWord(word) {
	return WAY_WORDS.includes(word);
}
// src/settings/values/urls.ts
function readHttpUrl(text) {
	const url = parseUrl(text);
	if (url.username !== "" || url.password !== "") throw new ValueError("must not hold a user or password; use api-key, or headers with \"Authorization: Basic \u2026\"");
	url.hash = "";
	return url;
}
function readProxyUrl(text) {
	const url = parseUrl(text);
	if (url.pathname !== "/" || url.search !== "") throw new ValueError("must be none or only scheme, host and port, for example http://proxy.internal:3128");
	return url;
}
function redactUrls(text) {
	const path = text.slice(0, findPathEnd(text));
	const query = path === text ? "" : "?\u2026";
	if (isUrlWithoutUser(text)) return path + query;
	const at = text.lastIndexOf("@");
	const from = /^\s*[a-z][a-z\d+.-]*:\/\//i.exec(path)?.[0].length ?? 0;
	if (at < from || from === 0 && !path.slice(0, at).includes(":")) return path + query;
	return `${path.slice(0, from)}\u2026${path.slice(Math.min(at, path.length))}${query}`;
}
function findPathEnd(text) {
	const begin = text.search(/[/.:]|\?\S/);
	if (begin === -1) return text.length;
	const end = text.slice(begin).search(text.includes("://") ? /[?#]/ : /\?/);
	return end === -1 ? text.length : begin + end;
}
function isUrlWithoutUser(text) {
	if (!/^\s*https?:\/\//i.test(text) || !URL.canParse(text)) return false;
	const { username, password, pathname } = new URL(text);
	const at = pathname.lastIndexOf("@");
	return username === "" && password === "" && (at === -1 || !pathname.slice(0, at).includes(":"));
}
function readHosts(entries) {
	const host = /^(http:\/\/)?((\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?)$/;
	const hosts = entries.map((entry) => entry.toLowerCase().replace(/^https:\/\//, ""));
	if (hosts.length === 0 || !hosts.every((entry) => host.test(entry))) throw new ValueError("must be hosts without path, for example llm.example.com, *.example.com or http://10.0.0.1:8000");
	return hosts;
}
function isAllowedHost(url, hosts) {
	const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port;
	return hosts.some((entry) => {
		const [, scheme, name, wantedPort] = /^(http:\/\/)?(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry);
		const protocol = scheme === void 0 ? "https:" : "http:";
		const isRight = url.protocol === protocol && port === (wantedPort ?? DEFAULT_PORTS[protocol]);
		const isLocal = isLoopback(url) && scheme === void 0 && port === (wantedPort ?? port);
		if (!isRight && !isLocal) return false;
		return name.startsWith("*.") ? url.hostname.endsWith(name.slice(1)) : url.hostname === name;
	});
}
function spellHost({ protocol, host }) {
	return protocol === "http:" ? `http://${host}` : host;
}
function isLoopback({ hostname }) {
	return LOOPBACK.test(hostname);
}
function isPrivate({ hostname }) {
	return PRIVATE.some((form) => form.test(hostname));
}
function findUnusedProxy(env, endpoint) {
	if (isLoopback(endpoint) || isExempt(endpoint.hostname, env["NO_PROXY"] ?? env["no_proxy"] ?? "")) return null;
	return [endpoint.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]).find((name) => (env[name]?.trim() ?? "") !== "") ?? null;
}
function isExempt(host, list) {
	return list.split(",").map((entry) => entry.trim().toLowerCase().replace(/:\d+$/, "").replace(/^\*?\./, "")).some((entry) => entry === "*" || entry !== "" && (host === entry || host.endsWith(`.${entry}`)));
}
const PRIVATE = [
	/^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))(\.\d+){1,3}$/,
	/^\[f(c|d|e[89ab])[\da-f]*:/,
	/^[^.:]+$/,
	/\.(local|localhost|internal|intranet|lan|corp|svc|home\.arpa)\.?$/
];
const DEFAULT_PORTS = {
	"http:": "80",
	"https:": "443"
};
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
function parseUrl(text) {
	const trimmed = text.trim();
	if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) throw new ValueError("must be an http or https URL, for example http://127.0.0.1:8000");
	return new URL(trimmed);
}
// src/settings/setting.ts
function spellSetting(name, entry) {
	return entry === "command" ? `--${name}` : `the input ${name}`;
}
function listWritten(list, values) {
	return Object.entries(list).flatMap(([key, { name, writes }]) => writes === true ? [{
		setting: name,
		path: values[key] ?? null
	}] : []);
}
function defineSetting(definition) {
	return definition;
}
function layerGiven(...layers) {
	return new Map(layers.toReversed().flatMap((layer) => [...layer]));
}
function readEnvironment(list, env) {
	const given = /* @__PURE__ */ new Map();
	for (const { name, env: variable } of Object.values(list)) {
		const text = variable === void 0 ? void 0 : env[variable];
		if (text !== void 0) given.set(name, {
			text,
			source: "env",
			where: variable
		});
	}
	return given;
}
function readValues(list, given, entry = "command") {
	const values = {};
	const problems = [];
	const missing = [];
	for (const [key, setting] of Object.entries(list)) {
		const value = given.get(setting.name);
		const text = value?.text ?? setting.default;
		if (text === null) {
			const isReplaced = setting.unless !== void 0 && given.has(setting.unless);
			if (setting.required === true && !isReplaced) missing.push(describeMissing(setting, entry));
			else values[key] = null;
			continue;
		}
		try {
			values[key] = setting.read(text);
		} catch (error) {
			if (!(error instanceof ValueError)) throw error;
			problems.push(describeProblem(setting, value ?? null, error.message));
		}
	}
	return {
		values,
		problems,
		missing
	};
}
function describeProblem(setting, given, message) {
	const text = given === null || setting.secret === true ? null : given.text;
	const place = given?.where == null ? "" : ` (${given.where})`;
	return {
		setting: setting.name,
		given: text === null ? null : showValue(text),
		message: `${message}${place}`
	};
}
function showValue(text) {
	return escapeForTerminal(redactUrls(text));
}
function describeMissing({ name, placeholder }, entry) {
	return {
		setting: name,
		given: null,
		message: `is required: ${entry === "command" ? `--${name} ${placeholder}` : `give ${spellSetting(name, entry)}`}`
	};
}
// src/settings/values/headers-and-body.ts
const OWN_HEADERS = [
	"host",
	"connection",
	"expect",
	"upgrade",
	"keep-alive",
	"content-length",
	"content-type",
	"transfer-encoding",
	"accept-encoding"
];
const CODINGS = [
	"gzip",
	"deflate",
	"br",
	"zstd",
	"identity"
];
function isHeaderName(text) {
	return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}
function readHeaders$2(text) {
	const pairs = text.trim().startsWith("{") ? readPairsOfJson(text) : readPairsOfLines(text);
	const headers = /* @__PURE__ */ new Map();
	for (const [rawName, value] of pairs) {
		const name = rawName.toLowerCase();
		if (!isHeaderName(name)) throw new ValueError("has a name that cannot be that of a header; write Name: value");
		if (name === "accept-encoding") checkCodings(value);
		else if (OWN_HEADERS.includes(name)) throw new ValueError(`must not set ${name}, which the client writes itself`);
		if (headers.has(name)) throw new ValueError(`has ${name} twice; give it once`);
		if (!/^[\t\x20-\x7e]+$/.test(value)) throw new ValueError(`has a value of ${name} that is empty or holds characters other than visible ASCII`);
		headers.set(name, value);
	}
	return Object.fromEntries(headers);
}
function checkCodings(value) {
	if (value.split(",").find((coding) => !CODINGS.includes(coding.split(";")[0].trim().toLowerCase())) !== void 0) throw new ValueError(`has an accept-encoding that cannot be decoded; allowed are ${CODINGS.join(", ")}`);
}
function readPairsOfLines(text) {
	const lines = text.split("\n").filter((line) => line.trim() !== "");
	if (lines.length === 0) throw new ValueError("must be lines of Name: value, or a JSON object");
	return lines.map((line, index) => {
		const colon = line.indexOf(":");
		if (colon < 1) throw new ValueError(`must be lines of Name: value; line ${index + 1} has no name before a colon`);
		return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
	});
}
function readPairsOfJson(text) {
	return Object.entries(readJsonObject(text)).map(([name, value]) => {
		if (typeof value !== "string" && typeof value !== "number") throw new ValueError("must be a JSON object whose members are all texts, or lines of Name: value");
		return [name, String(value)];
	});
}
const OWN_MEMBERS = {
	model: "use model",
	messages: "use prompts-file",
	prompt: "use prompts-file",
	input: "use prompts-file",
	max_tokens: "use output-tokens",
	max_completion_tokens: "use output-tokens",
	stream: "answers are streamed wherever the API can",
	n: "one answer a request is measured"
};
function readExtraBody(text) {
	const body = readJsonObject(text);
	for (const member of Object.keys(body)) {
		const remedy = Object.hasOwn(OWN_MEMBERS, member) ? OWN_MEMBERS[member] : void 0;
		if (remedy !== void 0) throw new ValueError(`must not set "${member}"; ${remedy}`);
	}
	return body;
}
// src/settings/auth.ts
const readAuth = offerWords(AUTH_WORDS, (text) => {
	const trimmed = text.trim();
	const word = AUTH_WORDS.find((one) => one === trimmed);
	if (word !== void 0) return { kind: word };
	const match = /^header:\s*(\S+)$/.exec(trimmed);
	if (trimmed === "header") throw new ValueError("must be followed by a name; did you mean header:x-api-key?");
	if (match === null || !isHeaderName(match[1]) || OWN_HEADERS.includes(match[1].toLowerCase())) throw new ValueError(`must be ${AUTH_WORDS.join(", ")} or header:<name>, for example header:x-api-key`);
	return {
		kind: "header",
		name: match[1].toLowerCase()
	};
});
function authKindOf(text) {
	const word = text?.trim() ?? "auto";
	if (word.startsWith("header:")) return "header";
	return AUTH_WORDS.find((one) => one === word) ?? null;
}
const CREDENTIALS = [.../* @__PURE__ */ new Set(["api-key", ...WAYS.flatMap(({ settings }) => settings)])];
function credentialsOf(kind) {
	return kind === "none" ? [] : authWayOf(kind)?.settings ?? ["api-key"];
}
function completeBasicPair(key) {
	return key.includes(":") ? key : `token:${key}`;
}
function readVariables(kind, env) {
	const names = (authWayOf(kind)?.variables ?? []).map(({ name }) => name);
	return Object.fromEntries(names.flatMap((name) => env[name]?.trim() ? [[name, env[name].trim()]] : []));
}
function listSecretVariablesIn(kind, variables) {
	return (authWayOf(kind)?.variables ?? []).flatMap(({ name, isSecret }) => isSecret && name in variables ? [name] : []);
}
function listSecretVariables(list) {
	const secret = Object.values(list).filter(({ secret }) => secret === true);
	const borrowed = VENDORS.flatMap((vendor) => vendor.borrowed);
	return [
		...WAYS.flatMap(({ variables }) => variables.flatMap(({ name, isSecret }) => isSecret ? [name] : [])),
		...secret.flatMap(({ env }) => env ?? []),
		...borrowed.flatMap(({ variable, setting }) => secret.some(({ name }) => name === setting) ? [variable] : [])
	];
}
function hasCredentials(given, env) {
	const kind = authKindOf(given.get("auth")?.text);
	const secret = (kind === null ? null : authWayOf(kind)?.secret) ?? { setting: "api-key" };
	return (("variable" in secret ? env[secret.variable] : given.get(secret.setting)?.text)?.trim() ?? "") !== "";
}
function addBorrowed(list, own, env) {
	const url = own.get("endpoint")?.text.trim() ?? "";
	return URL.canParse(url) ? layerGiven(own, readBorrowed(list, env, new URL(url))) : own;
}
function readBorrowed(list, env, endpoint) {
	const names = new Set(Object.values(list).map(({ name }) => name));
	const given = /* @__PURE__ */ new Map();
	for (const { borrowed } of VENDORS.filter((vendor) => vendor.ownsVariables(endpoint, env))) for (const { variable, setting } of borrowed) {
		const text = env[variable]?.trim() ?? "";
		if (names.has(setting) && text !== "") given.set(setting, {
			text,
			source: "env",
			where: variable
		});
	}
	return given;
}
function leaveOutUnusedCredentials(given) {
	const kind = authKindOf(given.get("auth")?.text);
	if (kind === null) return given;
	const used = credentialsOf(kind);
	const isUnused = (name) => name === "control-api-key" ? !given.has("control") || !used.includes("api-key") : CREDENTIALS.includes(name) && !used.includes(name);
	return new Map([...given].filter(([name, { source }]) => source !== "env" || !isUnused(name)));
}
// src/version.ts
const VERSION = "0.1.0";
const USER_AGENT = `plateau/${VERSION}`;
const OWNER = "your-org";
const isPlaceholder = (owner) => owner.startsWith("your-");
// src/protocol/apis/anthropic.ts
const anthropic = {
	name: "anthropic",
	facts: {
		servers: "Anthropic, Azure Foundry, LiteLLM, DeepSeek, Moonshot, Z.ai, vLLM (with auth: bearer)",
		length: { most: "max_tokens" },
		tokens: "usage of message_delta, else events",
		cache: "a unique prefix; nothing is marked for caching",
		health: "GET /v1/models",
		metrics: "vLLM"
	},
	isIts: isAnthropic,
	tasks: ["chat"],
	headers: { "anthropic-version": "2023-06-01" },
	keyPlace: () => ({ header: "x-api-key" }),
	framing: () => "sse",
	optionalFields: () => ["temperature"],
	url: (endpoint) => isFull$1(endpoint) ? endpoint : placeUnderBase(endpoint, "/messages"),
	taskOf: () => "chat",
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => isFull$1(endpoint) ? replacePath(endpoint, trimPath(endpoint).replace(/\/messages$/, "/models")) : placeUnderBase(endpoint, "/models"),
	modelNames: openAiModelNames,
	body: buildMessagesBody,
	takesImages: true,
	read: readAnthropicEvent,
	serverPages: [
		"/version",
		"/v1/models",
		"/v1/version",
		"/health/readiness"
	],
	metricsUrls: listServerMetricsUrls,
	ownsEvent: ownsEvent$1
};
function isAnthropic(endpoint) {
	if (taskOfPath(endpoint) !== null) return false;
	return /(^|\.)anthropic\.com$/.test(endpoint.hostname) || /\/v1\/messages$|\/anthropic(\/v1)?$/.test(trimPath(endpoint));
}
function isFull$1(endpoint) {
	return trimPath(endpoint).endsWith("/messages");
}
function placeUnderBase(endpoint, suffix) {
	const path = trimPath(endpoint);
	return replacePath(endpoint, `${path}${/\/v\d+$/.test(path) ? "" : "/v1"}${suffix}`);
}
function buildMessagesBody({ model, fields, extraBody }, spec) {
	const { system, messages } = conversationOf(spec, placeImages$1);
	return addExtraBody({
		...model !== null && { model },
		...system !== null && { system },
		messages,
		max_tokens: spec.outputTokens,
		stream: spec.stream ?? true,
		...fields.has("temperature") && { temperature: 0 }
	}, extraBody);
}
const placeImages$1 = (text, images) => ({ content: [{
	type: "text",
	text
}, ...images.map((data) => ({
	type: "image",
	source: {
		type: "base64",
		media_type: "image/png",
		data
	}
}))] });
function readAnthropicEvent(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	switch (event?.["type"]) {
		case "content_block_delta": return readDelta(asObject(event["delta"]));
		case "content_block_start": return readBlock(asObject(event["content_block"]));
		case "message_start": return readStart(asObject(event["message"]));
		case "message_delta": return {
			...EMPTY_DELTA,
			usage: readUsage$3(event["usage"]),
			finishReason: asText(asObject(event["delta"])?.["stop_reason"])
		};
		case "message_stop": return {
			...EMPTY_DELTA,
			terminal: true
		};
		case "content_block_stop":
		case "ping": return EMPTY_DELTA;
		case "message": return readWhole$1(event);
		default: return UNKNOWN_DELTA;
	}
}
function readDelta(delta) {
	switch (delta?.["type"]) {
		case "text_delta": return carryText(asText(delta["text"]));
		case "thinking_delta": return carryReasoning(asText(delta["thinking"]));
		case "input_json_delta": return carryTool(asText(delta["partial_json"]));
		case "signature_delta":
		case "citations_delta": return EMPTY_DELTA;
		default: return delta === null ? EMPTY_DELTA : readUnknownMembers(delta, NO_OUTPUT);
	}
}
function readBlock(block) {
	const type = block?.["type"];
	if (type === "text") return carryText(asText(block?.["text"]));
	if (type === "thinking") {
		const thinking = asText(block?.["thinking"]);
		return thinking === null ? CONCEALED_DELTA : carryReasoning(thinking);
	}
	if (type === "redacted_thinking") return CONCEALED_DELTA;
	if (block === null || typeof type !== "string" || type.endsWith("tool_result")) return EMPTY_DELTA;
	return type.endsWith("tool_use") ? carryTool(asText(block["name"])) : readUnknownMembers(block, NO_OUTPUT);
}
const NO_OUTPUT = /* @__PURE__ */ new Set(["type"]);
const CONCEALED_DELTA = {
	...EMPTY_DELTA,
	concealed: true
};
function readStart(message) {
	const usage = readUsage$3(message?.["usage"]);
	return {
		...EMPTY_DELTA,
		usage: usage === null ? null : {
			...usage,
			outputTokens: null
		},
		servedModel: asText(message?.["model"])
	};
}
function readWhole$1(message) {
	return {
		...joinDeltas(asArray(message["content"])?.map((block) => readWholeBlock(asObject(block))) ?? []),
		usage: readUsage$3(message["usage"]),
		finishReason: asText(message["stop_reason"]),
		servedModel: asText(message["model"]),
		terminal: true
	};
}
function readWholeBlock(block) {
	const begun = readBlock(block);
	const given = begun.tool ? asObject(block?.["input"]) : null;
	return given === null ? begun : joinDeltas([begun, carryTool(JSON.stringify(given))]);
}
function readUsage$3(value) {
	const usage = asObject(value);
	if (usage === null) return null;
	const read = asCount(usage["cache_read_input_tokens"]);
	const written = asCount(usage["cache_creation_input_tokens"]);
	const uncached = asCount(usage["input_tokens"]);
	return {
		inputTokens: uncached === null ? null : uncached + (read ?? 0) + (written ?? 0),
		outputTokens: asCount(usage["output_tokens"]),
		reasoningTokens: asCount(asObject(usage["output_tokens_details"])?.["thinking_tokens"]),
		cachedTokens: read,
		totalTokens: null
	};
}
function ownsEvent$1({ type, error }) {
	if (typeof type !== "string") return false;
	if (type === "error") return typeof asObject(error)?.["type"] === "string";
	return type === "message" || /^(message_(start|delta|stop)|content_block_)/.test(type);
}
// src/protocol/apis/cohere.ts
const cohere = {
	name: "cohere",
	facts: {
		servers: "Cohere v2: the platform, private deployments",
		length: { most: "max_tokens" },
		tokens: "usage.tokens of message-end (not billed_units), else events",
		cache: "a unique prefix",
		health: "GET /v1/models",
		metrics: "none"
	},
	isIts: isCohere,
	tasks: ["chat"],
	framing: () => "sse",
	optionalFields: () => ["temperature"],
	url: (endpoint) => isFull(endpoint) ? endpoint : replacePath(endpoint, `${removeVersion(endpoint)}/v2/chat`),
	taskOf: () => "chat",
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => {
		const url = replacePath(endpoint, `${removeVersion(endpoint)}/v1/models`);
		url.searchParams.set("endpoint", "chat");
		return url;
	},
	modelNames: (json) => readNames(asObject(json)?.["models"], "name"),
	body: buildChatBody,
	takesImages: true,
	read: readCohereEvent,
	ownsEvent: ({ type }) => typeof type === "string" && /^(message|content|tool-call)-(start|delta|end)$/.test(type)
};
function isCohere(endpoint) {
	const ownHost = /(^|\.)cohere\.(com|ai)$/.test(endpoint.hostname);
	const isOpenAi = taskOfPath(endpoint) !== null || /^\/compatibility(\/|$)/.test(endpoint.pathname);
	return ownHost && !isOpenAi || isFull(endpoint);
}
function isFull(endpoint) {
	return trimPath(endpoint).endsWith("/v2/chat");
}
function removeVersion(endpoint) {
	return trimPath(endpoint).replace(/\/v[12](\/chat)?$/, "");
}
function buildChatBody({ model, fields, extraBody }, spec) {
	return addExtraBody({
		...model !== null && { model },
		messages: messagesOf(spec, placeImageUrls),
		max_tokens: spec.outputTokens,
		stream: spec.stream ?? true,
		...fields.has("temperature") && { temperature: 0 }
	}, extraBody);
}
function readCohereEvent(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	const type = event?.["type"];
	const whole = asObject(event?.["message"]);
	if (event === null || type === void 0 && whole === null) return UNKNOWN_DELTA;
	if (type === void 0) return readWhole(event, whole);
	if (typeof type !== "string" || !KNOWN.test(type)) return UNKNOWN_DELTA;
	const delta = asObject(event["delta"]);
	if (type === "message-end") return readEnd(delta ?? {});
	const message = asObject(delta?.["message"]);
	return message === null ? EMPTY_DELTA : readMessage$1(message);
}
const KNOWN = /^(message|content|tool-plan|tool-call|citation)-(start|delta|end)$|^debug$/;
function readMessage$1(message) {
	const content = asObject(message["content"]);
	const text = asText(content?.["text"]);
	if (text !== null) return carryText(text);
	const reasoning = asText(content?.["thinking"]) ?? asText(message["tool_plan"]);
	if (reasoning !== null) return carryReasoning(reasoning);
	const tool = callsOf(message["tool_calls"]).reduce((sum, call) => sum + measureCall(call), 0);
	if (tool > 0) return {
		...EMPTY_DELTA,
		tool: true,
		characters: tool
	};
	return readUnknownMembers(content ?? message, KNOWN_MEMBERS$3);
}
function readWhole(answer, message) {
	const { usage, finishReason, error, terminal } = readEnd(answer);
	return {
		...joinDeltas([...[...(asArray(message["content"]) ?? [{ text: message["content"] }]).map((part) => ({ content: part })), {
			...message,
			content: null,
			tool_calls: null
		}], { tool_calls: message["tool_calls"] }].map(readMessage$1)),
		usage,
		finishReason,
		error,
		terminal
	};
}
const KNOWN_MEMBERS$3 = /* @__PURE__ */ new Set([
	"type",
	"role",
	"content",
	"tool_calls",
	"tool_plan",
	"citations"
]);
function callsOf(calls) {
	return Array.isArray(calls) ? calls : [calls];
}
function measureCall(call) {
	const tool = asObject(asObject(call)?.["function"]);
	return (asText(tool?.["name"])?.length ?? 0) + (asText(tool?.["arguments"])?.length ?? 0);
}
function readEnd(end) {
	const finishReason = asText(end["finish_reason"]);
	const said = readStreamError(end, "");
	const failed = finishReason !== null && /^(ERROR|TIMEOUT)/.test(finishReason);
	return {
		...EMPTY_DELTA,
		usage: readUsage$2(end["usage"]),
		finishReason,
		error: said ?? (failed ? `finish_reason "${finishReason}"` : null),
		terminal: true
	};
}
function readUsage$2(value) {
	const usage = asObject(value);
	const tokens = asObject(usage?.["tokens"]);
	if (usage === null || tokens === null) return null;
	return {
		inputTokens: asCount(tokens["input_tokens"]),
		outputTokens: asCount(tokens["output_tokens"]),
		reasoningTokens: null,
		cachedTokens: asCount(usage["cached_tokens"]),
		totalTokens: null
	};
}
// src/protocol/apis/gemini.ts
const gemini = {
	name: "gemini",
	facts: {
		servers: "Gemini API (key), Vertex AI (bearer token)",
		length: { most: "maxOutputTokens, thoughts included," },
		tokens: "usageMetadata: candidates and thoughts, in every event",
		cache: "a unique prefix",
		health: "GET /v1beta/models",
		metrics: "none"
	},
	isIts: isGemini,
	tasks: ["chat"],
	keyPlace: chooseKeyPlace,
	framing: () => "sse",
	optionalFields: () => ["temperature"],
	url: buildStreamUrl,
	taskOf: () => "chat",
	modelInBody: () => null,
	urlOfModel: urlOfModel$1,
	modelsUrl: (endpoint) => isVertex(endpoint) ? null : replacePath(endpoint, `${findVersionedBase(endpoint)}/models`),
	modelNames: readModelNames,
	body: buildContentBody,
	takesImages: true,
	read: readGeminiEvent,
	ownsEvent
};
function isGemini(endpoint) {
	if (METHOD.test(endpoint.pathname)) return true;
	if (taskOfPath(endpoint) !== null || /\/openai(\/|$)|\/openapi(\/|$)/.test(endpoint.pathname)) return false;
	return endpoint.hostname === "generativelanguage.googleapis.com" || isVertex(endpoint) && !isOtherPublisher(endpoint);
}
const METHOD = /:(streamGenerateContent|generateContent)$/;
function isVertex({ hostname }) {
	return /(^|[.-])aiplatform\.googleapis\.com$/.test(hostname);
}
function isOtherPublisher({ pathname }) {
	return /\/publishers\/(?!google\/)/.test(pathname);
}
function chooseKeyPlace(endpoint) {
	return isVertex(endpoint) && endpoint.pathname.includes("/projects/") ? "bearer" : { header: "x-goog-api-key" };
}
function buildStreamUrl(endpoint, _, model) {
	const url = replacePath(endpoint, buildMethodPath(endpoint, model));
	url.searchParams.set("alt", "sse");
	return url;
}
function buildMethodPath(endpoint, model) {
	const path = trimPath(endpoint);
	if (METHOD.test(path)) return path.replace(METHOD, ":streamGenerateContent");
	return `${/\/(models|tunedModels|endpoints)\/[^/]+$/.test(path) ? path : placeModel(endpoint, findVersionedBase(endpoint), buildModelPath$1(model))}:streamGenerateContent`;
}
function urlOfModel$1(url, model) {
	const named = /^(.*)\/(models|tunedModels|endpoints)\/[^/]+:streamGenerateContent$/.exec(url.pathname);
	if (named === null) return null;
	const [, base, folder] = named;
	return replacePath(url, `${placeModel(url, base, model.includes("/") ? buildModelPath$1(model) : `${folder}/${encodeSegment(model)}`)}:streamGenerateContent`);
}
function findVersionedBase(endpoint) {
	const path = trimPath(endpoint).replace(/\/models(\/.*)?$/s, "");
	return `${path}${/\/v\d[a-z0-9]*(\/|$)/.test(path) ? "" : isVertex(endpoint) ? "/v1" : "/v1beta"}`;
}
function buildModelPath$1(model) {
	const [, folder, name] = /^(?:.*\/)?(models|tunedModels|endpoints)\/([^/]+)$/.exec(model ?? "") ?? [
		null,
		"models",
		model
	];
	return `${folder}/${encodeSegment(name ?? "MODEL")}`;
}
function placeModel(endpoint, base, path) {
	const [project, publisher] = base.split(/(?=\/publishers\/[^/]+$)/);
	if (path.startsWith("endpoints/")) return `${project}/${path}`;
	return `${project}${publisher ?? (isVertex(endpoint) ? "/publishers/google" : "")}/${path}`;
}
function readModelNames(json) {
	const models = asObject(json)?.["models"];
	if (!Array.isArray(models)) return [];
	return models.flatMap((entry) => {
		const model = asObject(entry);
		const name = asText(model?.["name"]);
		const methods = model?.["supportedGenerationMethods"];
		const answers = !Array.isArray(methods) || methods.includes("generateContent");
		return name !== null && answers ? [name.replace(/^models\//, "")] : [];
	});
}
function buildContentBody({ fields, extraBody }, spec) {
	const { system, messages } = conversationOf(spec, placeImages);
	return addExtraBody({
		...system !== null && { systemInstruction: { parts: [{ text: system }] } },
		contents: messages.map(contentOf),
		generationConfig: {
			maxOutputTokens: spec.outputTokens,
			...fields.has("temperature") && { temperature: 0 }
		}
	}, extraBody);
}
const placeImages = (text, images) => ({ parts: [{ text }, ...images.map((data) => ({ inlineData: {
	mimeType: "image/png",
	data
} }))] });
function contentOf(message) {
	return {
		role: message["role"] === "assistant" || message["role"] === "model" ? "model" : "user",
		parts: message["parts"] ?? [{ text: readMessageText(message) }]
	};
}
function readGeminiEvent(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	const stated = asArray(event?.["candidates"]);
	const blocked = readBlockReason(asObject(event?.["promptFeedback"]));
	const metadata = asObject(event?.["usageMetadata"]);
	if (event === null || stated === null && blocked === null && metadata === null) return UNKNOWN_DELTA;
	const candidates = stated ?? [];
	const finishReason = candidates.map(readFinishReason).findLast((reason) => reason !== null) ?? null;
	return {
		...joinDeltas(candidates.flatMap(listParts).flatMap(readPart)),
		finishReason,
		usage: metadata === null ? null : readUsage$1(metadata, finishReason !== null),
		servedModel: asText(event["modelVersion"]),
		error: blocked === null ? null : readErrorMessage(`the prompt was blocked: ${blocked}`)
	};
}
function readFinishReason(candidate) {
	const reason = asText(asObject(candidate)?.["finishReason"]);
	return reason === "FINISH_REASON_UNSPECIFIED" ? null : reason;
}
function listParts(candidate) {
	return asArray(asObject(asObject(candidate)?.["content"])?.["parts"]) ?? [];
}
function readPart(given) {
	const part = asObject(given);
	if (part === null) return [];
	const text = asText(part["text"]);
	const carry = part["thought"] === true ? carryReasoning : carryText;
	const call = asObject(part["functionCall"] ?? part["executableCode"] ?? part["toolCall"]);
	const named = asText(call?.["name"] ?? call?.["code"] ?? call?.["toolType"]) !== null;
	const args = call?.["partialArgs"];
	const tool = named || Array.isArray(args) && args.length > 0;
	return [text === null ? readUnknownMembers(part, PARTS) : carry(text), {
		...EMPTY_DELTA,
		tool
	}];
}
const PARTS = new Set("text thought thoughtSignature functionCall executableCode toolCall functionResponse codeExecutionResult toolResponse inlineData fileData videoMetadata partMetadata".split(" "));
function readBlockReason(feedback) {
	const reason = asText(feedback?.["blockReason"]);
	if (reason === null || reason === "BLOCK_REASON_UNSPECIFIED") return null;
	const message = asText(feedback?.["blockReasonMessage"]);
	return message === null ? reason : `${reason}: ${message}`;
}
function readUsage$1(usage, ended) {
	const answer = asCount(usage["candidatesTokenCount"]);
	const thoughts = asCount(usage["thoughtsTokenCount"]);
	const counted = answer !== null || ended;
	return {
		inputTokens: asCount(usage["promptTokenCount"]),
		outputTokens: counted ? (answer ?? 0) + (thoughts ?? 0) : null,
		reasoningTokens: thoughts,
		cachedTokens: asCount(usage["cachedContentTokenCount"]),
		totalTokens: null,
		...counted && thoughts && { source: "usage+reasoning" }
	};
}
function ownsEvent(json) {
	const error = asObject(json["error"]);
	return typeof error?.["status"] === "string" && typeof error["code"] === "number" || Array.isArray(json["candidates"]) || "usageMetadata" in json;
}
// src/protocol/apis/llamacpp.ts
const llamaCpp = {
	name: "llamacpp",
	facts: {
		servers: "llama.cpp (native API)",
		length: "ignore_eos and n_predict",
		tokens: "tokens_predicted, in the last event or in each",
		cache: "cache_prompt: false, and a unique prefix",
		health: "GET /health (503 while the model loads)",
		metrics: "GET /metrics, if the server runs with --metrics"
	},
	isIts: isLlamaCpp,
	tasks: ["completions"],
	framing: () => "sse",
	optionalFields: () => [
		"temperature",
		"ignore_eos",
		"cache_prompt"
	],
	url: (endpoint) => replacePath(endpoint, `${findBasePath$1(endpoint)}/completion`),
	taskOf: () => "completions",
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => replacePath(endpoint, `${findBasePath$1(endpoint)}/v1/models`),
	modelNames: openAiModelNames,
	body: composeBody$3,
	read: read$3,
	serverPages: ["/props"],
	metricsUrls: listServerMetricsUrls,
	ownsEvent: (json) => typeof json["content"] === "string" && typeof json["stop"] === "boolean"
};
function isLlamaCpp(endpoint) {
	return trimPath(endpoint).endsWith("/completion");
}
function findBasePath$1(endpoint) {
	return trimPath(endpoint).replace(/(\/v1|\/completions?)$/, "");
}
function composeBody$3({ model, fields, extraBody }, spec) {
	return addExtraBody({
		...model !== null && { model },
		prompt: readPromptText(spec),
		n_predict: spec.outputTokens,
		stream: spec.stream ?? true,
		...fields.has("temperature") && { temperature: 0 },
		...fields.has("ignore_eos") && { ignore_eos: true },
		...fields.has("cache_prompt") && { cache_prompt: false }
	}, extraBody);
}
function read$3(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	if (event === null || typeof event["content"] !== "string" && typeof event["stop"] !== "boolean") return UNKNOWN_DELTA;
	const content = asText(event["content"]);
	const timings = event["timings"] === void 0 ? null : asObject(event["timings"]);
	const last = event["stop"] === true;
	return {
		...content === null ? readUnknownMembers(event, KNOWN_MEMBERS$2) : carryText(content),
		usage: usageOf$3(event, timings),
		finishReason: last ? finishReason$1(event) : null,
		servedModel: asText(event["model"]),
		terminal: last,
		...timings !== null && { server: readServerTimings$1(timings) }
	};
}
const KNOWN_MEMBERS$2 = new Set("content stop prompt tokens generation_settings stopping_word timings completion_probabilities probs prompt_progress id_slot".split(" "));
function usageOf$3(event, timings) {
	const outputTokens = asCount(event["tokens_predicted"]);
	if (outputTokens === null && timings === null) return null;
	const inputTokens = asCount(event["tokens_evaluated"]);
	return {
		inputTokens,
		outputTokens,
		reasoningTokens: null,
		cachedTokens: timings === null ? null : countCachedTokens(inputTokens, timings),
		totalTokens: null,
		source: "server-final"
	};
}
function countCachedTokens(inputTokens, timings) {
	const stated = asCount(timings["cache_n"]);
	const evaluated = asCount(timings["prompt_n"]);
	if (stated !== null || inputTokens === null || evaluated === null) return stated;
	return Math.max(0, inputTokens - evaluated);
}
function finishReason$1(event) {
	return event["stop_type"] === "limit" || event["stopped_limit"] === true ? "length" : "stop";
}
function readServerTimings$1(timings) {
	return {
		serverTtftMs: asMs(timings["prompt_ms"]),
		serverTpotMs: asMs(timings["predicted_per_token_ms"]),
		serverLoadMs: null
	};
}
// src/protocol/apis/ollama.ts
const PATH = {
	chat: "/api/chat",
	completions: "/api/generate",
	embeddings: "/api/embed"
};
const ollama = {
	name: "ollama",
	facts: {
		servers: "Ollama (native API)",
		length: { most: "options.num_predict" },
		tokens: "eval_count of the last line",
		cache: "a unique prefix",
		health: "GET /api/version",
		metrics: "none"
	},
	isIts: isOllama,
	tasks: [
		"chat",
		"completions",
		"embeddings"
	],
	framing: (task) => task === "embeddings" ? "json" : "ndjson",
	optionalFields: (task) => task === "embeddings" ? [] : ["temperature"],
	url: (endpoint, task) => replacePath(endpoint, `${findBasePath(endpoint)}${PATH[taskOf(endpoint) ?? task]}`),
	taskOf,
	modelInBody: (_, model) => model,
	modelsUrl: (endpoint) => replacePath(endpoint, `${findBasePath(endpoint)}/api/tags`),
	modelNames: (json) => readNames(asObject(json)?.["models"], "name"),
	body: composeBody$2,
	read: read$2,
	findsTask: true,
	takesImages: true,
	serverPages: ["/api/version"],
	ownsEvent: (json) => typeof json["done"] === "boolean" && ("response" in json || "message" in json)
};
function isOllama(endpoint) {
	const path = trimPath(endpoint);
	return taskOf(endpoint) !== null || endpoint.port === "11434" && (path === "" || path === "/api");
}
function taskOf(endpoint) {
	switch (/\/api\/(chat|generate|embed|embeddings)$/.exec(trimPath(endpoint))?.[1]) {
		case "chat": return "chat";
		case "generate": return "completions";
		case "embed":
		case "embeddings": return "embeddings";
		default: return null;
	}
}
function findBasePath(endpoint) {
	return trimPath(endpoint).replace(/\/(v1|api(\/(chat|generate|embed|embeddings))?)$/, "");
}
function composeBody$2({ task, model, fields, extraBody }, spec) {
	const named = model === null ? {} : { model };
	if (task === "embeddings") return addExtraBody({
		...named,
		input: spec.prompts
	}, extraBody);
	return addExtraBody({
		...named,
		...task === "chat" ? { messages: messagesOf(spec, (content, images) => ({
			content,
			images
		})) } : { prompt: readPromptText(spec) },
		stream: spec.stream ?? true,
		options: {
			num_predict: spec.outputTokens,
			...fields.has("temperature") && { temperature: 0 }
		}
	}, extraBody);
}
function read$2(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	if (Array.isArray(event?.["embeddings"])) return readEmbeddings(event, event["embeddings"]);
	const said = event?.["message"] === void 0 ? event : asObject(event["message"]);
	if (event === null || said === null || typeof event["done"] !== "boolean") return UNKNOWN_DELTA;
	const last = event["done"];
	return {
		...readSaid$1(said),
		usage: last ? usageOf$2(event) : null,
		finishReason: last ? asText(event["done_reason"]) : null,
		servedModel: asText(event["model"]),
		terminal: last,
		...last && { server: readServerTimings(event) }
	};
}
function readSaid$1(said) {
	const text = asText(said["content"] ?? said["response"]);
	const thinking = asText(said["thinking"]);
	const tool = said["tool_calls"] !== void 0 && namesTool(said["tool_calls"]);
	if (text === null && thinking === null && !tool) return readUnknownMembers(said, KNOWN_MEMBERS$1);
	return joinDeltas([
		carryText(text),
		carryReasoning(thinking),
		{
			...EMPTY_DELTA,
			tool
		}
	]);
}
const KNOWN_MEMBERS$1 = new Set("content response thinking tool_calls tool_name images created_at done done_reason remote_model remote_host".split(" "));
function readEmbeddings(answer, embeddings) {
	const results = embeddings.map((vector, index) => ({
		index,
		isWhole: Array.isArray(vector) && vector.length > 0
	}));
	return {
		...EMPTY_DELTA,
		text: results.some(({ isWhole }) => isWhole),
		results,
		usage: usageOf$2(answer),
		servedModel: asText(answer["model"]),
		terminal: true,
		server: readServerTimings(answer)
	};
}
function namesTool(calls) {
	return Array.isArray(calls) && calls.some((call) => asText(asObject(asObject(call)?.["function"])?.["name"]) !== null);
}
function usageOf$2(event) {
	return {
		inputTokens: asCount(event["prompt_eval_count"]),
		outputTokens: asCount(event["eval_count"]),
		reasoningTokens: null,
		cachedTokens: asCount(event["prompt_eval_cached_count"]),
		totalTokens: null,
		source: "server-final"
	};
}
const NANOSECONDS = 1e6;
function readServerTimings(event) {
	const loadMs = toMilliseconds(event["load_duration"]);
	const promptMs = toMilliseconds(event["prompt_eval_duration"]);
	const answerMs = toMilliseconds(event["eval_duration"]);
	const tokens = asCount(event["eval_count"]);
	return {
		serverTtftMs: promptMs === null ? null : (loadMs ?? 0) + promptMs,
		serverTpotMs: answerMs === null || !tokens ? null : answerMs / tokens,
		serverLoadMs: loadMs
	};
}
function toMilliseconds(nanoseconds) {
	const value = asMs(nanoseconds);
	return value === null ? null : value / NANOSECONDS;
}
// src/protocol/apis/openai-rank.ts
const openAiRerank = {
	name: "openai-rerank",
	facts: {
		servers: "vLLM, SGLang, llama.cpp, text-embeddings-inference (its /rerank), Infinity, LiteLLM, Cohere, Jina, Voyage, NIM (its /v1/ranking)",
		length: "does not apply",
		tokens: "usage or meta.tokens (input tokens), where they are stated",
		cache: "a unique prefix of query and documents",
		health: "GET /v1/models",
		metrics: "vLLM, SGLang, llama.cpp"
	},
	...shareTaskMembers("rerank"),
	...answerOnce(),
	body: (dialect, spec) => buildBody(dialect, MEMBERS[dialect.documentsField ?? "documents"](readQuery(spec), spec.prompts)),
	read: (json, eventName) => {
		const { results, rankings, data } = asObject(json) ?? {};
		return readResults(json, eventName, asArray(json) ?? asArray(results) ?? asArray(rankings) ?? asArray(data));
	},
	ownsEvent: ({ results, rankings }) => Array.isArray(results) && asObject(results[0])?.["relevance_score"] !== void 0 || Array.isArray(rankings) && asObject(rankings[0])?.["logit"] !== void 0
};
const openAiScore = {
	name: "openai-score",
	facts: {
		servers: "vLLM, SGLang (with label_token_ids in extra-body)",
		length: "does not apply",
		tokens: "usage (input tokens), where they are stated",
		cache: "a unique prefix of both texts",
		health: "GET /v1/models",
		metrics: "vLLM, SGLang"
	},
	...shareTaskMembers("score"),
	...answerOnce(),
	body: (dialect, spec) => buildBody(dialect, MEMBERS[dialect.documentsField ?? "text_2"](readQuery(spec), spec.prompts)),
	read: (json, eventName) => {
		const { data, scores } = asObject(json) ?? {};
		const listed = asArray(scores)?.map((labels, index) => ({
			index,
			score: asArray(labels)?.[0]
		}));
		return readResults(json, eventName, listed ?? asArray(data));
	},
	ownsEvent: ({ data, scores }) => Array.isArray(data) && asObject(data[0])?.["score"] !== void 0 || Array.isArray(scores) && asNumber$1(asArray(scores[0])?.[0]) !== null
};
function answerOnce() {
	return {
		framing: () => "json",
		optionalFields: () => [],
		modelsUrl: (endpoint) => openAiKeyPlace(endpoint) !== "bearer" ? null : replacePath(endpoint, `${trimPath(endpoint).replace(RANK_END, "")}/v1/models`)
	};
}
const RANK_END = /(\/v\d+)?(\/(rerank|reranking|ranking|score))?$/;
const MEMBERS = {
	documents: (query, documents) => ({
		query,
		documents
	}),
	texts: (query, texts) => ({
		query,
		texts
	}),
	passages: (query, documents) => ({
		query: { text: query },
		passages: documents.map((text) => ({ text }))
	}),
	text_2: (query, texts) => ({
		text_1: query,
		text_2: texts
	}),
	items: (query, items) => ({
		query,
		items
	})
};
function readQuery({ query, prompts }) {
	return query ?? prompts[0] ?? "";
}
function buildBody({ model, extraBody }, members) {
	return addExtraBody({
		...model !== null && { model },
		...members
	}, extraBody);
}
function readResults(json, eventName, list) {
	const { error, servedModel } = readOpenAiEvent(json, eventName);
	const usage = readUsage(json);
	if (list === null || error !== null) return {
		...UNKNOWN_DELTA,
		error,
		usage,
		unknown: error === null
	};
	const results = list.map(readResult);
	const text = results.some(({ isWhole }) => isWhole);
	return {
		...UNKNOWN_DELTA,
		text,
		results,
		usage,
		servedModel,
		terminal: true,
		unknown: false
	};
}
function readResult(item) {
	const result = asObject(item);
	const score = asNumber$1(result?.["relevance_score"] ?? result?.["score"] ?? result?.["logit"]);
	return {
		index: asCount(result?.["index"]),
		isWhole: score !== null
	};
}
function readUsage(json) {
	const usage = asObject(asObject(json)?.["usage"]);
	const tokens = asObject(asObject(asObject(json)?.["meta"])?.["tokens"]);
	const inputTokens = asCount(usage?.["prompt_tokens"]) || asCount(usage?.["total_tokens"]) || asCount(tokens?.["input_tokens"]);
	if (inputTokens === null) return null;
	return {
		inputTokens,
		outputTokens: null,
		reasoningTokens: null,
		cachedTokens: null,
		totalTokens: null
	};
}
// src/protocol/apis/tgi.ts
const tgi = {
	name: "tgi",
	facts: {
		servers: "Text Generation Inference (native API)",
		length: { most: "max_new_tokens" },
		tokens: "details.generated_tokens of the last event",
		cache: "a unique prefix",
		health: "GET /health, GET /info",
		metrics: "GET /metrics"
	},
	isIts: isTgi,
	tasks: ["completions"],
	framing: () => "sse",
	optionalFields: () => [],
	url: (endpoint) => replacePath(endpoint, `${trimGenerate(endpoint)}/generate_stream`),
	taskOf: () => "completions",
	modelInBody: () => null,
	modelsUrl: (endpoint) => replacePath(endpoint, `${trimGenerate(endpoint)}/info`),
	modelNames(json) {
		const name = asText(asObject(json)?.["model_id"]);
		return name === null ? [] : [name];
	},
	body: composeBody$1,
	read: read$1,
	serverPages: ["/info"],
	metricsUrls: listServerMetricsUrls,
	ownsEvent: (json) => asObject(json["token"]) !== null || typeof json["generated_text"] === "string" || typeof json["error"] === "string" && typeof json["error_type"] === "string"
};
function isTgi(endpoint) {
	const path = trimPath(endpoint);
	return path.endsWith("/generate_stream") && !path.includes("/v2/models/");
}
function composeBody$1({ extraBody }, spec) {
	const parameters = {
		max_new_tokens: spec.outputTokens,
		details: true
	};
	return addExtraBody({
		inputs: readPromptText(spec),
		parameters
	}, extraBody);
}
function read$1(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	const token = asObject(event?.["token"]);
	if (event === null || token === null) return UNKNOWN_DELTA;
	const details = asObject(event["details"]);
	const text = token["special"] === true ? null : asText(token["text"]);
	return {
		...text === null ? readBeside(event, token) : carryText(text),
		usage: details === null ? null : usageOf$1(details),
		finishReason: asText(details?.["finish_reason"]),
		terminal: typeof event["generated_text"] === "string"
	};
}
function readBeside(event, token) {
	const other = readUnknownMembers(token, TOKEN_MEMBERS);
	return other === EMPTY_DELTA ? readUnknownMembers(event, EVENT_MEMBERS) : other;
}
const TOKEN_MEMBERS = /* @__PURE__ */ new Set([
	"id",
	"text",
	"logprob",
	"special"
]);
const EVENT_MEMBERS = /* @__PURE__ */ new Set([
	"index",
	"token",
	"top_tokens",
	"generated_text",
	"details"
]);
function usageOf$1(details) {
	return {
		inputTokens: asCount(details["input_length"]),
		outputTokens: asCount(details["generated_tokens"]),
		reasoningTokens: null,
		cachedTokens: null,
		totalTokens: null,
		source: "server-final"
	};
}
// src/protocol/apis/triton.ts
const triton = {
	name: "triton",
	facts: {
		servers: "Triton Inference Server with TensorRT-LLM (engines, LLM API) or vLLM",
		length: "ignore_eos and min_tokens where the backend takes them, else max_tokens and the prompt",
		tokens: "num_output_tokens where the backend counts, else events",
		cache: "a unique prefix",
		health: "GET /v2/health/ready",
		metrics: "GET :8002/metrics, not read"
	},
	isIts: isTriton,
	tasks: ["completions"],
	framing: () => "sse",
	endsByClose: true,
	optionalFields: () => [
		"stream_options",
		"temperature",
		"ignore_eos",
		"min_tokens",
		"sampling_param_max_tokens"
	],
	url: (endpoint, _, model) => replacePath(endpoint, `${buildModelPath(endpoint, model)}/generate_stream`),
	taskOf: () => "completions",
	modelInBody: () => null,
	urlOfModel,
	modelsUrl: () => null,
	modelNames: () => [],
	body: composeBody,
	read,
	serverPages: ["/v2"],
	metricsUrls: listServerMetricsUrls,
	ownsEvent: (json) => typeof json["text_output"] === "string"
};
const NAMED = /\/v2\/models\/[^/]+(\/versions\/[^/]+)?$/;
function isTriton(endpoint) {
	return NAMED.test(trimGenerate(endpoint));
}
function buildModelPath(endpoint, model) {
	const path = trimGenerate(endpoint);
	if (NAMED.test(path)) return path;
	return `${path.replace(/\/v2(\/models)?$/, "")}/v2/models/${encodeSegment(model ?? "MODEL")}`;
}
function urlOfModel(url, model) {
	const path = trimGenerate(url);
	const named = `/v2/models/${encodeSegment(model)}`;
	if (path.includes(`${named}/versions/`)) return url;
	return replacePath(url, `${path.replace(NAMED, "")}${named}/generate_stream`);
}
function composeBody({ fields, extraBody }, spec) {
	const parameters = {
		stream: true,
		max_tokens: spec.outputTokens,
		...fields.has("stream_options") && ASK_FOR_COUNTS,
		...fields.has("temperature") && { temperature: 0 },
		...fields.has("ignore_eos") && { ignore_eos: true },
		...fields.has("min_tokens") && { min_tokens: spec.outputTokens },
		...fields.has("sampling_param_max_tokens") && {
			streaming: true,
			sampling_param_max_tokens: spec.outputTokens
		}
	};
	return addExtraBody({
		text_input: readPromptText(spec),
		parameters
	}, extraBody);
}
const ASK_FOR_COUNTS = {
	return_num_input_tokens: true,
	return_num_output_tokens: true,
	return_finish_reason: true
};
function read(json, eventName) {
	const error = readStreamError(json, eventName);
	if (error !== null) return {
		...EMPTY_DELTA,
		error
	};
	const event = asObject(json);
	if (event === null) return UNKNOWN_DELTA;
	const said = readSaid(event);
	if (event["text_output"] === void 0 && !said.reasoning) return UNKNOWN_DELTA;
	const model = asText(event["model_name"]);
	const version = asText(event["model_version"]);
	const reason = finishReason(event["finish_reason"]);
	return {
		...said,
		usage: usageOf(event),
		finishReason: reason,
		error: reason === "abort" ? "finish_reason \"abort\"" : null,
		servedModel: model === null || version === null ? model : `${model}:${version}`
	};
}
function readSaid(event) {
	const output = event["text_output"];
	const text = Array.isArray(output) ? output.map(asText).join("") : asText(output) ?? "";
	return text === "" ? readUnknownMembers(event, KNOWN_MEMBERS) : carryText(text);
}
const KNOWN_MEMBERS = new Set("text_output context_logits generation_logits cum_log_probs output_log_probs log_probs finish_reason sequence_id batch_index".split(" "));
function usageOf(event) {
	const outputTokens = asCount(unwrapSingle(event["num_output_tokens"]));
	const inputTokens = asCount(unwrapSingle(event["num_input_tokens"]));
	if (outputTokens === null && inputTokens === null) return null;
	return {
		inputTokens,
		outputTokens,
		perEvent: true,
		reasoningTokens: null,
		cachedTokens: null,
		totalTokens: null
	};
}
function finishReason(value) {
	const reason = asText(unwrapSingle(value));
	return reason === "None" ? null : reason;
}
function unwrapSingle(value) {
	return Array.isArray(value) ? value[0] : value;
}
// src/vendors/apis.ts
const APIS = {
	"openai-responses": openAiResponses,
	anthropic,
	gemini,
	cohere,
	databricks: databricksApi,
	bedrock: bedrockApi,
	triton,
	tgi,
	ollama,
	llamacpp: llamaCpp,
	"openai-chat": openAiChat,
	"openai-completions": openAiCompletions,
	"openai-embeddings": openAiEmbeddings,
	"openai-rerank": openAiRerank,
	"openai-score": openAiScore
};
const ALL_APIS = API_NAMES.map(findApi);
const APIS_OF_SEVERAL_TASKS = ALL_APIS.flatMap(({ name, tasks }) => tasks.length > 1 ? [name] : []);
function findApi(name) {
	return APIS[name];
}
function guessApi(endpoint) {
	return Object.values(APIS).find((api) => api.isIts(endpoint))?.name ?? "openai-chat";
}
function openAiApi(task) {
	return APIS[`openai-${task}`];
}
function readTaskInName(name) {
	return TASKS$2.find((task) => name === `openai-${task}`) ?? null;
}
const LONGEST_HEAD = 4096;
function recogniseApi(head, headers) {
	const owner = ALL_APIS.find((api) => api.ownsHeaders?.(headers));
	if (owner !== void 0) return owner.name;
	for (const json of eventsOf(head.slice(0, LONGEST_HEAD))) {
		const api = ALL_APIS.find((api) => api.ownsEvent?.(json));
		if (api !== void 0) return api.name;
	}
	return null;
}
function* eventsOf(head) {
	const whole = parseJson(head);
	const first = Array.isArray(whole) ? whole[0] : whole;
	if (asObject(first) !== null) return yield asObject(first);
	for (const line of head.split(/[\r\n]+/)) {
		const json = asObject(parseJson(line.replace(/^\uFEFF?\s*(data:)?\s*[[,]?/, "").replace(/[,\]]\s*$/, "")));
		if (json !== null) yield json;
	}
}
// src/plan/arrivals.ts
function countUsual({ maxInFlight, usuallyInFlight }) {
	return Math.min(maxInFlight, usuallyInFlight);
}
function findLastMs(schedule) {
	return "dueMs" in schedule ? schedule.dueMs.at(-1) : null;
}
function* listArrivals(schedule, share = {
	first: 0,
	of: 1
}) {
	if ("dueMs" in schedule) {
		for (let number = share.first; number < schedule.dueMs.length; number += share.of) yield {
			number,
			atMs: schedule.dueMs[number]
		};
		return;
	}
	const { ratePerSecond, arrivals, seed } = schedule;
	const drawGap = createGapSource(arrivals, 1e3 / ratePerSecond, seedRandom(`${seed}/arrivals`));
	let atMs = 0;
	for (let number = 0;; number++) {
		atMs += drawGap();
		if (number % share.of === share.first) yield {
			number,
			atMs
		};
	}
}
function createGapSource(arrivals, meanMs, random) {
	switch (arrivals.kind) {
		case "constant": return () => meanMs;
		case "poisson": return () => -meanMs * Math.log(1 - random());
		case "gamma": {
			const shape = 1 / arrivals.cv ** 2;
			return () => meanMs / shape * drawGamma(shape, random);
		}
	}
}
function drawGamma(shape, random) {
	if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape);
	const d = shape - 1 / 3;
	for (;;) {
		const x = drawNormal(random);
		const v = (1 + x / Math.sqrt(9 * d)) ** 3;
		if (v > 0 && Math.log(1 - random()) < x ** 2 / 2 + d * (1 - v + Math.log(v))) return d * v;
	}
}
const SHORTEST_WINDOW_MS = 1e3;
function chooseOpenLoad({ open = null, lone, ladder, conversation }, { mostMs, minRequests }) {
	if (open === null) return null;
	const { maxInFlight } = open;
	if ("atMs" in open) return (speed) => {
		const dueMs = listReplayed(open.atMs, speed, {
			mostMs,
			least: minRequests(speed)
		});
		const perMs = dueMs.length / Math.max(SHORTEST_WINDOW_MS, dueMs.at(-1));
		const usuallyInFlight = Math.min(dueMs.length, Math.max(1, Math.ceil(perMs * lone.latencyMs)));
		return {
			dueMs,
			maxInFlight,
			usuallyInFlight
		};
	};
	const { arrivals } = open;
	return (ratePerSecond, pass) => {
		const countUnderWay = (ms) => Math.max(1, Math.ceil(ratePerSecond * ms / 1e3));
		const usuallyInFlight = countUnderWay((conversation?.turns ?? 1) * lone.latencyMs);
		const seed = `${ladder.seed}/${ratePerSecond}/s/${pass}`;
		const load = {
			ratePerSecond,
			arrivals,
			seed,
			maxInFlight,
			usuallyInFlight
		};
		return conversation === void 0 ? load : {
			...load,
			conversationsUnderWay: countUnderWay(conversation.spanMs)
		};
	};
}
const LONGEST_STRETCH = 4;
function listReplayed(atMs, speed, { mostMs, least }) {
	const due = atMs.map((ms) => ms / speed);
	const countBefore = (end) => due.filter((ms) => ms < end).length;
	return due.slice(0, Math.max(countBefore(mostMs), Math.min(least, countBefore(LONGEST_STRETCH * mostMs))));
}
// src/settings/prompts-file/prompt.ts
function removeLaterTurns(prompt) {
	if (prompt.kind === "input" || prompt.later === void 0) return prompt;
	const { later: _, ...alone } = prompt;
	return alone;
}
function listQuestions(prompt) {
	if (prompt.kind === "input") return prompt.texts;
	return [...prompt.kind === "prompt" ? [prompt.text] : listSaid(prompt.messages, ["user"]), ...prompt.later ?? []];
}
function readSystem(prompt) {
	const said = prompt.kind === "messages" ? listSaid(prompt.messages, ["system", "developer"]) : [];
	return said.length === 0 ? null : said.join("\n\n");
}
function listSaid(messages, roles) {
	return messages.filter(({ role }) => roles.includes(role)).map(({ content }) => listTexts$1(content).join("")).filter((text) => text.trim() !== "");
}
function measurePrompt(prompt) {
	switch (prompt.kind) {
		case "prompt": return prompt.text.length;
		case "input": return prompt.texts.reduce((sum, text) => sum + text.length, prompt.query?.length ?? 0);
		case "messages": return prompt.messages.reduce((sum, { content }) => sum + measureContent(content), 0);
	}
}
function measureContent(content) {
	return listTexts$1(content).reduce((sum, text) => sum + text.length, 0);
}
function listTexts$1(content) {
	return (Array.isArray(content) ? content.map((part) => asObject(part)?.["text"]) : [content]).flatMap((part) => asText(part) ?? []);
}
function findOpenAiPart(prompt) {
	if (prompt.kind !== "messages") return null;
	const { messages, tools } = prompt;
	if (tools !== void 0 || messages.some((message) => message["tool_calls"] != null || message["role"] === "tool")) return "tools";
	const hasMedia = ({ content }) => Array.isArray(content) && content.some((part) => !isTextPart(part));
	return messages.some(hasMedia) ? "images" : null;
}
function isTextPart(part) {
	return asText(asObject(part)?.["text"]) !== null;
}
function findMisfit(prompts, { task, api }) {
	const [first] = prompts;
	const kind = first?.kind;
	const hasQuery = first?.kind === "input" && first.query !== void 0;
	if (task !== null && needsQuery(task) && !hasQuery) return `has no "documents" beside a "query", and ${task} takes nothing else; give lines such as {"query": "why?", "documents": ["one", "two"]}, or remove it: texts are generated then`;
	if (hasQuery && task !== null && !needsQuery(task)) return `has "documents" beside a "query", which are for rerank and score, not for ${task}; use ${task === "embeddings" ? "\"input\"" : "\"prompt\""}`;
	if (kind === "messages" && task !== null && task !== "chat") return `has "messages", and ${task} takes none; use ${task === "embeddings" ? "\"input\"" : "\"prompt\""}`;
	if (kind === "input" && !hasQuery && task !== null && task !== "embeddings") return `has "input", which is for embeddings; use "prompt"${task === "chat" ? " or \"messages\"" : ""}`;
	if (api === null || api.isOpenAiLike === true) return null;
	const parts = prompts.map(findOpenAiPart).filter((part) => part !== null);
	const [part] = parts;
	return part === void 0 ? null : `has ${part} in ${pluralise(parts.length, "prompt")}, in the form of OpenAI's chat API, which ${api.name} does not take; leave them out, or measure an API that does (openai-chat)`;
}
function toMessages(prompt) {
	if (prompt.kind !== "prompt") return prompt;
	const { text, ...rest } = prompt;
	return {
		...rest,
		kind: "messages",
		messages: [{
			role: "user",
			content: text
		}]
	};
}
// src/plan/images.ts
function createImageSource({ count, width, height }, seed) {
	const different = Math.max(1, Math.min(MOST_DRAWINGS, Math.floor(MOST_PIXELS / (width * height))));
	const drawings = Array.from({ length: different }, (_, i) => drawTiles(width, height, seedRandom(`${seed}/images/${i}`)));
	return (random, nonce) => {
		const mark = nonce === null ? Array.from({ length: NONCE_BYTES }, () => drawByte(random)) : Buffer.from(nonce, "hex");
		return Array.from({ length: count }, (_, place) => {
			const which = Math.floor(random() * different);
			return markDrawing(drawings[which], [
				...mark,
				place,
				which
			]);
		});
	};
}
const MOST_DRAWINGS = 4;
const MOST_PIXELS = 4e6;
const TILE = 16;
const NONCE_BYTES = 8;
function drawTiles(width, height, random) {
	const rowBytes = 1 + 3 * width;
	const rows = Buffer.alloc(rowBytes * height);
	for (let y = 0; y < height; y++) {
		const at = y * rowBytes;
		if (y % TILE !== 0) rows[at] = SAME_AS_ABOVE;
		else for (let x = 0; x < width; x += TILE) fillTile(rows, at + 1 + 3 * x, Math.min(TILE, width - x), random);
	}
	const others = rows.subarray(11);
	const packed = deflateSync(others);
	const data = packed.subarray(2, -4);
	const cut = data.length - (12 + data.length) % 3;
	return {
		head: Buffer.concat([SIGNATURE, writeChunk("IHDR", writeHeader(width, height))]),
		pixels: writeChunk("IDAT", data.subarray(0, cut)).toString("base64"),
		rest: data.subarray(cut),
		length: others.length,
		checksum: packed.readUInt32BE(packed.length - 4)
	};
}
function fillTile(rows, from, pixels, random) {
	const colour = Buffer.from([
		drawByte(random),
		drawByte(random),
		drawByte(random)
	]);
	for (let i = 0; i < pixels; i++) rows.set(colour, from + 3 * i);
}
function drawByte(random) {
	return Math.floor(256 * random());
}
function markDrawing({ head, pixels, rest, length, checksum }, mark) {
	const first = Buffer.from([0, ...mark]);
	const opening = Buffer.concat([head, writeChunk("IDAT", Buffer.concat([STORED, first]))]);
	const end = Buffer.alloc(4);
	end.writeUInt32BE(joinChecksums(first, checksum, length));
	const closing = Buffer.concat([writeChunk("IDAT", Buffer.concat([rest, end])), END]);
	return opening.toString("base64") + pixels + closing.toString("base64");
}
const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const SAME_AS_ABOVE = 2;
const STORED = Buffer.from([
	120,
	1,
	0,
	11,
	0,
	244,
	255
]);
const END = Buffer.from("0000000049454e44ae426082", "hex");
function writeHeader(width, height) {
	const header = Buffer.from([
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		8,
		2,
		0,
		0,
		0
	]);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	return header;
}
function writeChunk(name, data) {
	const chunk = Buffer.alloc(12 + data.length);
	chunk.writeUInt32BE(data.length, 0);
	chunk.write(name, 4, "latin1");
	data.copy(chunk, 8);
	chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
	return chunk;
}
const ADLER = 65521;
function joinChecksums(first, checksum, length) {
	let a = 1;
	let b = 0;
	for (const byte of first) {
		a = (a + byte) % ADLER;
		b = (b + a) % ADLER;
	}
	const low = (a + (checksum & 65535) - 1) % ADLER;
	return (b + (checksum >>> 16) + length * (a - 1 + ADLER)) % ADLER * 65536 + low;
}
// src/plan/prompts.ts
const UNCALIBRATED = {
	baseTokens: 0,
	tokensPerWord: 1
};
const INSTRUCTION = "Write a long 9000-word story that uses all of these words and never stop or conclude it:";
const INSTRUCTION_WORDS = INSTRUCTION.split(" ").length;
const INSTRUCTION_AFTER = INSTRUCTION.replace(/:$/, ".");
const NONCE_WORDS = 8;
function countWordsFor(tokens, { baseTokens, tokensPerWord }, least = 1) {
	return Math.max(least, Math.round((tokens - baseTokens) / tokensPerWord));
}
function countWordsInside(tokens, { tokensPerWord }) {
	return countWordsFor(tokens, {
		baseTokens: 0,
		tokensPerWord
	});
}
function appendInstruction(text) {
	const words = text.split(" ");
	return [...words.slice(0, Math.max(1, words.length - INSTRUCTION_WORDS)), INSTRUCTION_AFTER].join(" ");
}
function buildPrompt(words, random, nonce) {
	const opening = nonce === null ? "" : `${spellNonce(nonce)} `;
	const filler = words - INSTRUCTION_WORDS - (nonce === null ? 0 : NONCE_WORDS);
	return `${opening}${INSTRUCTION} ${drawWords(Math.max(1, filler), random)}`;
}
function buildText(words, random, nonce) {
	if (nonce === null) return drawWords(words, random);
	const filler = words - NONCE_WORDS;
	return filler < 1 ? spellNonce(nonce, Math.max(1, words)) : `${spellNonce(nonce)} ${drawWords(filler, random)}`;
}
function buildTaskText(task, words, random, nonce) {
	return generatesTokens(task) ? buildPrompt(words, random, nonce) : buildText(words, random, nonce);
}
const QUERY_WORDS = 16;
function buildQuery(task, random, nonce) {
	return needsQuery(task) ? { query: buildText(QUERY_WORDS, random, nonce) } : {};
}
function spellNonce(nonce, count = NONCE_WORDS) {
	const words = [];
	for (let i = 0; i < count; i++) words.push(WORDS$1[Number.parseInt(nonce.slice(2 * i % 16, 2 * i % 16 + 2), 16)]);
	return words.join(" ");
}
function drawWords(count, random) {
	const words = [];
	for (let i = 0; i < count; i++) words.push(WORDS$1[Math.floor(random() * WORDS$1.length)]);
	return words.join(" ");
}
const WORDS$1 = `able about above across action after again air all almost along also always among
animal answer appear area around ask away back bad base bear beat begin behind believe best better big bird black blue
board boat body book born both bottom box boy bring brother brown build burn busy buy call came car care carry case catch
cause center certain chair chance change check child choose circle city class clean clear climb close cloud coat cold
color come common complete cook cool copy corn corner correct cost cotton could count country course cover create cross
crowd current cut dance dark day dead deal dear decide deep degree design desert develop differ direct discuss distant
divide doctor dog dollar door double down draw dream dress drink drive drop dry during each ear early earth ease east eat
edge effect egg eight either else end enemy energy engine enough enter equal even evening event ever every exact example
except excite exercise expect experience eye face fact fair fall family famous far farm fast father favor fear feed feel
feet fell few field fight figure fill final find fine finger finish fire first fish fit five flat floor flow flower fly
follow food foot force forest form forward found four free fresh friend front fruit full fun game garden gas gather gave
general gentle get girl give glad glass go gold gone good got govern grand grass gray great green grew ground group grow
guess guide gun had hair half hand happen happy hard hat have he head hear heart heat heavy held help her here`.split(/\s+/).slice(0, 256);
function buildTracePrompt({ inputTokens, blocks }, { blockTokens, asksForLength, task, promptModel, nonce, own, random }) {
	if (blocks === null || blockTokens === null) return buildTaskText(task, countWordsFor(inputTokens, promptModel), random, own);
	const texts = [];
	for (const [place, block] of blocks.entries()) {
		const from = countWordsFor(place * blockTokens, promptModel, 0);
		const to = countWordsFor(Math.min(inputTokens, (place + 1) * blockTokens), promptModel, 0);
		if (to > from) texts.push(drawWords(to - from, seedRandom(`${nonce}/${block}`)));
	}
	const text = texts.length === 0 ? drawWords(1, seedRandom(`${nonce}/${blocks[0]}`)) : texts.join(" ");
	return asksForLength && generatesTokens(task) ? appendInstruction(text) : text;
}
// src/plan/compose-request.ts
function removeConversations(options) {
	const { mix = null } = options;
	return {
		...options,
		conversations: null,
		mix: mix?.map((scenario) => ({
			...scenario,
			conversations: null
		})) ?? null
	};
}
function composeRequest(options, { random, full, prefix, drawImages, line }, share) {
	const nonce = options.nonce();
	const content = options.prompts === null ? makePrompts(options, random, nonce, prefix) : readFilePrompt(options.prompts[line % options.prompts.length], options, nonce);
	const asked = generatesTokens(options.task) ? content.outputTokens ?? full : 0;
	const images = drawImages === null ? {} : { images: drawImages(random, options.prefixCache === "avoid" ? nonce : null) };
	return {
		...content,
		...images,
		nonce,
		outputTokens: share === null ? asked : Math.ceil(asked * share),
		...nameScenario(options)
	};
}
function nameScenario({ name, model = null }) {
	return {
		...name !== void 0 && { part: name },
		...model !== null && { model }
	};
}
function makePrompts(options, random, nonce, prefix) {
	const { task, promptModel, batchSize, prefixCache } = options;
	const salt = prefixCache === "avoid" ? nonce : null;
	const query = buildQuery(task, random, salt);
	const prompts = Array.from({ length: generatesTokens(task) ? 1 : batchSize }, () => {
		const tokens = drawLength(options.inputTokens, random) - options.sharedPrefixTokens;
		return prefix + buildTaskText(task, countWordsFor(tokens, promptModel), random, salt);
	});
	return {
		...query,
		prompts
	};
}
function prepareImages({ images = null, seed }) {
	return images === null ? null : createImageSource(images, seed);
}
function buildSharedPrefix({ sharedPrefixTokens, promptModel, seed }) {
	if (sharedPrefixTokens === 0) return "";
	return `${buildText(countWordsInside(sharedPrefixTokens, promptModel), seedRandom(`${seed}/shared-prefix`), null)} `;
}
function readFilePrompt(prompt, { prefixCache }, nonce) {
	const opening = prefixCache === "avoid" ? `${spellNonce(nonce)} ` : "";
	const length = prompt.maxTokens === null ? {} : { outputTokens: prompt.maxTokens };
	switch (prompt.kind) {
		case "prompt": return {
			prompts: [opening + prompt.text],
			...length
		};
		case "input": return {
			prompts: prompt.texts.map((text) => opening + text),
			...prompt.query !== void 0 && { query: opening + prompt.query },
			...length
		};
		case "messages": return {
			prompts: [""],
			messages: saltMessages(prompt.messages, opening),
			...prompt.tools !== void 0 && { tools: prompt.tools },
			...length
		};
	}
}
function saltMessages(messages, opening) {
	const [first, ...rest] = messages;
	if (opening === "" || first === void 0) return messages;
	const content = first["content"];
	if (typeof content === "string") return [{
		...first,
		content: opening + content
	}, ...rest];
	return Array.isArray(content) ? [{
		...first,
		content: [{
			type: "text",
			text: opening
		}, ...content]
	}, ...rest] : messages;
}
// src/plan/conversations.ts
function beginTalk(options, conversations, { seed, number, line, system, drawOutput, phase }) {
	const random = seedRandom(`${seed}/conversation/${number}`);
	const forThinking = seedRandom(`${seed}/conversation/${number}/think`);
	const script = writeScript(options, conversations.turns, {
		random,
		nonce: options.nonce(),
		system,
		line
	});
	const messages = openWith(script);
	let turn = 0;
	let thinkMs = null;
	let isAnswered = true;
	const askNext = () => void messages.push({
		role: "user",
		content: script.say(++turn)
	});
	for (let made = Math.floor(phase * script.turns); made > 0; made--) {
		askNext();
		messages.push(makeAnswer(options, drawOutput(), random));
	}
	return {
		get goesOn() {
			return isAnswered && turn < script.turns;
		},
		next(share) {
			askNext();
			isAnswered = false;
			const full = script.outputTokens ?? drawOutput();
			return {
				prompts: [""],
				messages: [...messages],
				nonce: options.nonce(),
				outputTokens: share === null ? full : Math.ceil(full * share),
				turn: {
					conversation: number,
					turn,
					turns: script.turns,
					thinkMs
				},
				...nameScenario(options)
			};
		},
		hear(text) {
			isAnswered = text !== null && text.trim() !== "";
			if (turn === script.turns) return "over";
			if (!isAnswered) return "cut-short";
			messages.push({
				role: "assistant",
				content: text
			});
			thinkMs = drawDuration(conversations.thinkTime, forThinking);
			return thinkMs;
		}
	};
}
function openWith({ system }) {
	return system === null ? [] : [{
		role: "system",
		content: system
	}];
}
function makeAnswer({ promptModel }, tokens, random) {
	return {
		role: "assistant",
		content: buildText(countWordsInside(tokens, promptModel), random, null)
	};
}
function buildLastTurn(options, conversations) {
	const random = seedRandom(`${options.seed}/last-turn`);
	const system = writeSystemPrompt(options, conversations);
	const { turns } = conversations;
	const most = turns === "file" ? findLongestLine(options.prompts ?? []) : 0;
	const script = writeScript(options, turns === "file" ? turns : fixLength(findMostTurns(turns)), {
		random,
		nonce: options.nonce(),
		system,
		line: most
	});
	const messages = openWith(script);
	const output = script.outputTokens ?? Math.round(meanLength(options.outputTokens));
	for (let turn = 1; turn <= script.turns; turn++) {
		messages.push({
			role: "user",
			content: script.say(turn)
		});
		if (turn < script.turns) messages.push(makeAnswer(options, output, random));
	}
	const place = {
		conversation: 1,
		turn: script.turns,
		turns: script.turns,
		thinkMs: null
	};
	return {
		prompts: [""],
		messages,
		nonce: options.nonce(),
		outputTokens: output,
		turn: place,
		...nameScenario(options)
	};
}
function findMostTurns(turns) {
	if (turns.kind === "fixed") return turns.tokens;
	return Math.max(1, Math.round(turns.kind === "uniform" ? turns.max : turns.mean + 2 * turns.sd));
}
function countMeanTurns(turns, prompts) {
	if (turns !== "file") return meanLength(turns);
	const all = (prompts ?? []).map((prompt) => listQuestions(prompt).length);
	return all.reduce((sum, count) => sum + count, 0) / Math.max(1, all.length);
}
function findLongestLine(prompts) {
	const lengths = prompts.map((prompt) => listQuestions(prompt).join(" ").length);
	return lengths.reduce((best, length, i) => length > lengths[best] ? i : best, 0);
}
function writeSystemPrompt({ seed, promptModel }, { systemTokens }) {
	if (systemTokens === 0) return null;
	return buildText(countWordsInside(systemTokens, promptModel), seedRandom(`${seed}/system-prompt`), null);
}
function writeScript({ inputTokens, promptModel, prompts }, turns, { random, nonce, system, line }) {
	if (turns === "file") {
		const prompt = prompts[line % prompts.length];
		const questions = listQuestions(prompt);
		const say = (turn) => (turn === 1 ? `${spellNonce(nonce)} ` : "") + questions[turn - 1];
		return {
			turns: questions.length,
			system: readSystem(prompt),
			say,
			outputTokens: prompt.maxTokens
		};
	}
	return {
		turns: drawLength(turns, random),
		system,
		say: (turn) => buildPrompt(countWordsFor(drawLength(inputTokens, random), promptModel), random, turn === 1 ? nonce : null),
		outputTokens: null
	};
}
// src/plan/workload.ts
const LONE_SHARE = 1 / 8;
function createOpenWorkload(options, ratePerSecond, pass) {
	const seed = `${options.seed}/${ratePerSecond}/s/${pass}`;
	const kindOf = createKinds(options, seed);
	const talks = /* @__PURE__ */ new Map();
	const begin = (number) => {
		const random = seedRandom(`${seed}/${number}`);
		const { own, system, ...kind } = kindOf(number);
		const drawOutput = createLengthSource(own.outputTokens, random);
		const { conversations = null } = own;
		if (conversations === null) return composeRequest(own, {
			random,
			full: drawOutput(),
			...kind
		}, null);
		return beginTalk(own, conversations, {
			seed: `${seed}/${number}`,
			number: number + 1,
			line: kind.line,
			system,
			drawOutput,
			phase: 0
		});
	};
	return {
		spread: [],
		next(number) {
			const begun = talks.get(number) ?? begin(number);
			if (!("next" in begun)) return begun;
			talks.set(number, begun);
			return begun.next(null);
		},
		...holdsConversations(options) && { hear(number, text) {
			const after = talks.get(number)?.hear(text) ?? "over";
			if (typeof after !== "number") talks.delete(number);
			return after;
		} }
	};
}
function createWorkload(options, concurrency, pass) {
	const seed = `${options.seed}/${concurrency}/${pass}`;
	const kindOf = createKinds(options, seed);
	const phases = shuffle(Array.from({ length: concurrency }, (_, i) => concurrency === 1 ? 0 : (i + .5) / concurrency), seedRandom(`${seed}/turns`));
	const workers = Array.from({ length: concurrency }, (_, worker) => {
		return {
			random: seedRandom(`${seed}/${worker}`),
			lengths: /* @__PURE__ */ new Map(),
			begun: 0,
			talk: null
		};
	});
	return {
		spread: spreadWorkers(options, concurrency, pass),
		next(worker, share) {
			const state = workers[worker];
			if (state.talk?.goesOn === true) return state.talk.next(share);
			const { random, lengths, begun } = state;
			state.begun++;
			const { own, system, ...kind } = kindOf(worker + begun * concurrency);
			const drawOutput = lengths.get(own) ?? createLengthSource(own.outputTokens, random);
			lengths.set(own, drawOutput);
			const { conversations = null } = own;
			if (conversations === null) {
				state.talk = null;
				return composeRequest(own, {
					random,
					full: drawOutput(),
					...kind
				}, share);
			}
			const phase = begun === 0 && share !== null ? phases[worker] : 0;
			state.talk = beginTalk(own, conversations, {
				seed: `${seed}/${worker}`,
				number: begun + 1,
				line: kind.line,
				system,
				drawOutput,
				phase
			});
			return state.talk.next(share);
		},
		...holdsConversations(options) && { hear: (worker, text) => workers[worker].talk?.hear(text) ?? "over" }
	};
}
function holdsConversations({ conversations = null, mix = null }) {
	return conversations !== null || (mix?.some((part) => part.conversations !== null) ?? false);
}
function spreadWorkers({ seed }, concurrency, pass) {
	return shuffle(concurrency === 1 ? [LONE_SHARE] : Array.from({ length: concurrency }, (_, i) => (i + .5) / concurrency), seedRandom(`${seed}/${concurrency}/${pass}/spread`));
}
function createTraceWorkload(options, { lengths, ...trace }, nonce) {
	const { prompts, task, seed, promptModel } = options;
	return {
		spread: [],
		next(number) {
			const random = seedRandom(`${seed}/trace/${number}`);
			const full = createLengthSource(options.outputTokens, random)();
			const own = options.nonce();
			const content = lengths === null ? readFilePrompt(prompts[number], { prefixCache: "avoid" }, nonce) : {
				prompts: [buildTracePrompt(lengths[number], {
					...trace,
					task,
					promptModel,
					nonce,
					own,
					random
				})],
				...buildQuery(task, random, own)
			};
			const asked = lengths?.[number].outputTokens ?? ("outputTokens" in content ? content.outputTokens : full);
			return {
				...content,
				nonce: own,
				cacheSalt: nonce,
				outputTokens: generatesTokens(task) ? asked : 0
			};
		}
	};
}
function createLevelWorkload(options, { concurrency, pass, open, nonce }) {
	const { trace = null } = options;
	if (trace !== null && nonce !== void 0) return createTraceWorkload(options, trace, nonce);
	return open == null ? createWorkload(options, concurrency, pass) : createOpenWorkload(options, concurrency, pass);
}
function createKinds(options, seed) {
	const { mix } = options;
	if (mix == null) {
		const kind = prepareKind(options);
		return (line) => ({
			...kind,
			line
		});
	}
	const kinds = mix.map((scenario) => prepareKind({
		...options,
		...scenario
	}));
	const placeOf = createMixOrder(mix.map(({ percent }) => percent), seed);
	return (number) => {
		const { scenario, line } = placeOf(number);
		return {
			...kinds[scenario],
			line
		};
	};
}
function prepareKind(own) {
	const { conversations = null } = own;
	const system = conversations === null ? null : writeSystemPrompt(own, conversations);
	return {
		own,
		prefix: buildSharedPrefix(own),
		drawImages: prepareImages(own),
		system
	};
}
function createMixOrder(percents, seed) {
	const unit = percents.reduce(findDivisor, 100);
	const counts = percents.map((percent) => percent / unit);
	const slots = counts.flatMap((count, scenario) => Array.from({ length: count }, () => scenario));
	let known = null;
	return (number) => {
		const round = Math.floor(number / slots.length);
		if (known?.round !== round) known = {
			round,
			places: placeRound(slots, counts, seed, round)
		};
		return known.places[number % slots.length];
	};
}
function placeRound(slots, counts, seed, round) {
	const before = counts.map((count) => count * round);
	return shuffle(slots, seedRandom(`${seed}/mix/${round}`)).map((scenario) => ({
		scenario,
		line: before[scenario]++
	}));
}
function findDivisor(a, b) {
	return b === 0 ? a : findDivisor(b, a % b);
}
function weighKinds(options) {
	const { mix } = options;
	return (mix?.map((scenario) => ({
		own: {
			...options,
			...scenario
		},
		percent: scenario.percent
	})) ?? [{
		own: options,
		percent: 100
	}]).map(({ own, percent }) => ({
		own,
		weight: percent * countTurns(own)
	}));
}
function countTurns({ conversations = null, prompts }) {
	return conversations === null ? 1 : countMeanTurns(conversations.turns, prompts);
}
// src/plan/cost.ts
const SOAK = {
	concurrency: 4,
	sliceMs: 1e3,
	requests: 8,
	slices: 3,
	answerMs: 400,
	longestMs: 6e4
};
const CROSS_CHECK = {
	fewest: 5,
	perWorker: 2,
	points: 3
};
const PREFLIGHT = {
	requests: 8,
	answers: 5.5
};
const SLOWDOWN_PER_REQUEST = .07;
function assumeLone({ task, inputTokens, outputTokens, prompts }) {
	const usual = generatesTokens(task) ? meanLength(outputTokens) : 0;
	if (prompts === null) return {
		latencyMs: 1e3,
		inputTokens: meanLength(inputTokens),
		outputTokens: usual
	};
	let characters = 0;
	let tokens = 0;
	for (const prompt of prompts) {
		characters += measurePrompt(prompt);
		tokens += usual === 0 ? 0 : prompt.maxTokens ?? usual;
	}
	return {
		latencyMs: 1e3,
		inputTokens: characters / prompts.length / 4,
		outputTokens: tokens / prompts.length
	};
}
function estimateLevelCost(lone, concurrency, load, requestMs = estimateLatency(lone, concurrency)) {
	const { levelDurationMs, minRequests, levelRequests, warmupRequests, thinkMs = 0 } = load;
	const latencyMs = requestMs + thinkMs;
	const forRequests = Math.max(concurrency, minRequests) / concurrency * latencyMs;
	const byRequests = Math.max(levelRequests ?? Infinity, concurrency) / concurrency * latencyMs;
	const windowMs = Math.max(Math.min(levelDurationMs, byRequests), Math.min(forRequests, byRequests));
	const waitedFor = Math.floor(concurrency / (lone.outputTokens < 100 ? 2 : 8));
	const enter = concurrency === 1 ? LONE_SHARE : (waitedFor + .5) / concurrency;
	const leave = concurrency === 1 ? .5 : 1;
	const totalMs = windowMs + ((warmupRequests === 0 ? 0 : warmupRequests - 1 + enter) + leave) * latencyMs;
	return {
		seconds: totalMs / 1e3,
		requests: concurrency * totalMs / latencyMs
	};
}
function estimateOpenCost(lone, open, load) {
	if ("dueMs" in open) return estimateTraceCost(lone, open);
	const { levelDurationMs, minRequests, levelRequests, warmupRequests, turns = 1, spanMs = lone.latencyMs } = load;
	const { ratePerSecond, conversationsUnderWay } = open;
	const timeOf = (requests) => 1e3 * requests / (ratePerSecond * turns);
	const byRequests = timeOf(levelRequests ?? Infinity);
	const windowMs = Math.max(Math.min(levelDurationMs, byRequests), Math.min(timeOf(minRequests), byRequests));
	const awaited = turns * warmupRequests * (conversationsUnderWay ?? countUsual(open));
	const seconds = (windowMs + (warmupRequests === 0 ? 0 : timeOf(awaited) + spanMs) + lone.latencyMs) / 1e3;
	return {
		seconds,
		requests: ratePerSecond * turns * seconds
	};
}
function estimateTraceCost({ latencyMs }, { dueMs }) {
	return {
		seconds: (dueMs.at(-1) + latencyMs) / 1e3,
		requests: dueMs.length
	};
}
function estimateSingles(lone, requests) {
	return {
		seconds: (requests + LONE_SHARE) * lone.latencyMs / 1e3,
		requests: requests + 1
	};
}
function estimateSoak(lone, highest) {
	const { sliceMs, requests, slices } = SOAK;
	const concurrency = Math.min(SOAK.concurrency, highest);
	const latencyMs = estimateLatency(lone, concurrency) * chooseSoakShare(lone);
	const roundMs = Math.max(sliceMs, Math.ceil(requests / concurrency - 1) * latencyMs) + latencyMs;
	return {
		seconds: slices * roundMs / 1e3,
		requests: slices * concurrency * roundMs / latencyMs
	};
}
function chooseSoakShare({ latencyMs, outputTokens }) {
	return outputTokens === 0 ? 1 : Math.min(1, SOAK.answerMs / latencyMs);
}
function estimateProbes(lone, probed) {
	const { seconds, requests } = estimateSingles(lone, 7);
	return {
		seconds: 3 * seconds,
		requests: (3 * requests + probed * 7) / 2
	};
}
function estimateCrossCheck(lone, concurrencies) {
	const { fewest, perWorker, points } = CROSS_CHECK;
	return addCosts(concurrencies.map((concurrency) => {
		const counted = Math.max(fewest, perWorker * concurrency);
		const rounds = 1 + Math.ceil(counted / concurrency);
		return {
			seconds: .6 * points * rounds * estimateLatency(lone, concurrency) / 1e3,
			requests: points * rounds * concurrency
		};
	}));
}
function estimatePreflight({ latencyMs }) {
	return {
		seconds: PREFLIGHT.answers * latencyMs / 1e3,
		requests: PREFLIGHT.requests
	};
}
function addCosts(costs) {
	const sum = (figure) => costs.reduce((total, cost) => total + cost[figure], 0);
	return {
		seconds: sum("seconds"),
		requests: sum("requests")
	};
}
function estimateLatency({ latencyMs }, concurrency) {
	return Math.max(1, latencyMs) * (1 + SLOWDOWN_PER_REQUEST * (concurrency - 1));
}
// src/protocol/answer-headers.ts
function readOnce(read) {
	let last = null;
	return (headers) => {
		if (last?.headers !== headers) last = {
			headers,
			facts: read(headers)
		};
		return last.facts;
	};
}
const GATEWAYS = [
	{
		name: "LiteLLM",
		signs: [
			"x-litellm-call-id",
			"x-litellm-version",
			"x-litellm-model-id",
			"x-litellm-cache-key",
			"x-litellm-attempted-retries",
			"x-litellm-attempted-fallbacks"
		],
		retried: (headers) => isAbove(headers["x-litellm-attempted-retries"], 0),
		cached: (headers) => !/^(none)?$/i.test(headers["x-litellm-cache-key"] ?? ""),
		fellBack: (headers) => isAbove(headers["x-litellm-attempted-fallbacks"], 0)
	},
	{
		name: "Portkey",
		signs: [
			"x-portkey-trace-id",
			"x-portkey-cache-status",
			"x-portkey-retry-attempt-count"
		],
		retried: (headers) => isAbove(headers["x-portkey-retry-attempt-count"], 0),
		cached: (headers) => isHit(headers["x-portkey-cache-status"])
	},
	{
		name: "Cloudflare AI Gateway",
		signs: [
			"cf-aig-log-id",
			"cf-aig-event-id",
			"cf-aig-step",
			"cf-aig-cache-status"
		],
		cached: (headers) => isHit(headers["cf-aig-cache-status"]),
		fellBack: (headers) => isAbove(headers["cf-aig-step"], 0)
	},
	{
		name: "Helicone",
		signs: [
			"helicone-id",
			"helicone-cache",
			"helicone-status"
		],
		cached: (headers) => isHit(headers["helicone-cache"])
	},
	{
		name: "Bifrost",
		signs: [
			"x-bifrost-request-id",
			"x-bifrost-provider",
			"x-bifrost-request-type"
		],
		fellBack: (headers) => isAbove(headers["x-bifrost-fallback-index"], 0) || headers["x-bifrost-routing-info-is-fallback"] === "true"
	},
	{
		name: "ngrok AI Gateway",
		signs: ["ngrok-aig-request-id", "ngrok-aig-attempts"],
		retried: (headers) => isAbove(headers["ngrok-aig-attempts"], 1)
	},
	{
		name: "Kong",
		signs: [
			"x-kong-upstream-latency",
			"x-kong-proxy-latency",
			"x-kong-request-id"
		]
	},
	{
		name: "Envoy",
		signs: ["x-envoy-upstream-service-time", "x-envoy-attempt-count"],
		retried: (headers) => isAbove(headers["x-envoy-attempt-count"], 1)
	}
];
const readGateway = readOnce(findGateway);
function findGateway(headers) {
	let cached = isHit(headers["x-cache-status"]) || isHit(headers["x-cache"]) || isAbove(headers["age"], 0);
	let name = null;
	let retried = false;
	let fellBack = false;
	for (const gateway of GATEWAYS) {
		if (!gateway.signs.some((sign) => headers[sign] !== void 0)) continue;
		name ??= gateway.name;
		retried ||= gateway.retried?.(headers) ?? false;
		cached ||= gateway.cached?.(headers) ?? false;
		fellBack ||= gateway.fellBack?.(headers) ?? false;
	}
	return name === null && !cached ? null : {
		name,
		retried,
		cached,
		fellBack
	};
}
function isAbove(header, bound) {
	return header !== void 0 && /^\d{1,9}$/.test(header) && Number(header) > bound;
}
function isHit(header) {
	return header !== void 0 && /(^|[\s_,])hit\b/i.test(header);
}
const HEADER_NAMES = [
	"x-litellm-call-id",
	"x-bifrost-request-id",
	"x-portkey-trace-id",
	"cf-aig-log-id",
	"apim-request-id",
	"x-amzn-requestid",
	"x-amzn-request-id",
	"request-id",
	"x-request-id",
	"x-ms-request-id"
];
const ID = /^[!-~]{1,128}$/;
function readServerRequestId(headers, sent) {
	const ids = listIds(headers);
	if (ids.length === 0) return null;
	const echoes = sent();
	const id = ids.find((each) => !echoes.includes(each));
	return id === void 0 ? null : copyText(id);
}
const listIds = readOnce((headers) => HEADER_NAMES.flatMap((name) => headers[name]?.split(", ") ?? []).filter((id) => ID.test(id)));
function copyText(text) {
	return Buffer.from(text, "latin1").toString("latin1");
}
function readRetryAfter(headers, nowEpochMs) {
	const milliseconds = asNumber(headers["retry-after-ms"]);
	if (milliseconds !== null) return milliseconds;
	const given = headers["retry-after"];
	const seconds = asNumber(given);
	if (seconds !== null) return seconds * 1e3;
	if (given === void 0) return readRateLimitResetMs(headers, nowEpochMs);
	const day = given.search(/[a-z]{3}/i);
	if (day === -1 || !/\d{2}:\d{2}/.test(given.slice(day))) return null;
	return countMsUntil(Date.parse(given), nowEpochMs);
}
function asNumber(text) {
	return text !== void 0 && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null;
}
const LIMITS = [
	"requests",
	"tokens",
	"input-tokens",
	"output-tokens"
];
function readRateLimitResetMs(headers, nowEpochMs) {
	let latest = null;
	for (const limit of LIMITS) {
		const reset = headers[`x-ratelimit-remaining-${limit}`] === "0" ? readDurationMs(headers[`x-ratelimit-reset-${limit}`]) : headers[`anthropic-ratelimit-${limit}-remaining`] === "0" ? countMsUntil(readDate(headers[`anthropic-ratelimit-${limit}-reset`]), nowEpochMs) : null;
		if (reset !== null) latest = Math.max(latest ?? 0, reset);
	}
	return latest;
}
function readDate(text) {
	return /^\d{4}-\d{2}-\d{2}T/.test(text ?? "") ? Date.parse(text) : NaN;
}
function readDurationMs(text) {
	if (text === void 0 || text.length > 40) return null;
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1e3;
	const [whole, hours, minutes, seconds, milliseconds] = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text) ?? [];
	if (!whole) return null;
	return Number(hours ?? 0) * 36e5 + Number(minutes ?? 0) * 6e4 + Number(seconds ?? 0) * 1e3 + Number(milliseconds ?? 0);
}
function countMsUntil(date, nowEpochMs) {
	return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs);
}
// src/protocol/answer/token-times.ts
const USUAL_EVENTS = 128;
var Scratch = class Scratch {
	memory;
	from;
	room;
	constructor(room = USUAL_EVENTS, memory = new Float64Array(2 * room), from = 0) {
		this.memory = memory;
		this.from = from;
		this.room = room;
	}
	listTimes(events) {
		return this.memory.subarray(this.from, this.from + events);
	}
	listCounts(events) {
		return this.memory.subarray(this.from + this.room, this.from + this.room + events);
	}
	grow() {
		const { room } = this;
		const larger = new Scratch(Math.max(16, 2 * room));
		larger.memory.set(this.listTimes(room));
		larger.memory.set(this.listCounts(room), larger.room);
		Object.assign(this, larger);
	}
};
const SHARING = 32;
function createScratchSource() {
	const placesEach = 256;
	let memory = /* @__PURE__ */ new Float64Array(0);
	let taken = 0;
	return () => {
		if (taken === memory.length) {
			memory = new Float64Array(SHARING * placesEach);
			taken = 0;
		}
		const scratch = new Scratch(USUAL_EVENTS, memory, taken);
		taken += placesEach;
		return scratch;
	};
}
function computeTpotMs(facts) {
	const { firstTokenAt, lastTokenAt, tokenEvents, outputTokens, hiddenTokens, firstCount } = facts;
	const visible = outputTokens - hiddenTokens;
	if (tokenEvents < 2 || visible < 2 || lastTokenAt <= firstTokenAt) return null;
	const after = visible - countTokensOfFirstEvent();
	return after > 0 ? (lastTokenAt - firstTokenAt) / after : null;
	function countTokensOfFirstEvent() {
		if (Number.isNaN(firstCount)) return visible / tokenEvents;
		return firstCount > hiddenTokens ? firstCount - hiddenTokens : firstCount;
	}
}
const BUFFERED_EVENTS = 16;
const ONE_PIECE_SHARE = .9;
const TOGETHER_MS = 2;
function isBuffered(tokenAt, count, tokens = count) {
	if (count < BUFFERED_EVENTS) return count > 0 && tokens >= BUFFERED_EVENTS && tokenAt[count - 1] - tokenAt[0] <= TOGETHER_MS;
	const enough = Math.ceil(count * ONE_PIECE_SHARE);
	for (let last = enough - 1; last < count; last++) if (tokenAt[last] - tokenAt[last - enough + 1] <= TOGETHER_MS) return true;
	return false;
}
const FEWEST_EVENTS = 8;
const FEWEST_IN_TIME = 3;
const SHORTEST_PAUSE_MS = 20;
const PAUSED_SHARE = .9;
const HOLDING_MS = [200, 100];
const HOLDING_SLACK_MS = 15;
const FEWEST_BEATS = 2;
function findBursts(tokenAt, bodyBytes) {
	let count = 1;
	let pausedMs = 0;
	for (let i = 1; i < tokenAt.length; i++) {
		const gap = tokenAt[i] - tokenAt[i - 1];
		if (gap <= TOGETHER_MS) continue;
		count++;
		pausedMs += gap;
	}
	const events = tokenAt.length / count;
	if (count < 2 || events < FEWEST_IN_TIME || pausedMs / (count - 1) < SHORTEST_PAUSE_MS) return null;
	if (pausedMs < PAUSED_SHARE * (tokenAt.at(-1) - tokenAt[0])) return null;
	const bursts = listBursts(tokenAt);
	const eventBytes = bodyBytes / (tokenAt.length + OTHER_EVENTS);
	const beatMs = isFullBuffer(bursts, eventBytes) ? null : findHoldingTime(tokenAt, bursts) ?? findBeat(bursts);
	if (beatMs === null && events < FEWEST_EVENTS) return null;
	const heldMs = isSmallBuffer(bursts, eventBytes, tokenAt.length) ? null : beatMs;
	const bytes = bodyBytes / (count - .5);
	return {
		by: heldMs === null ? "size" : "time",
		count,
		events: Math.round(events),
		kib: 2 ** Math.max(0, Math.round(Math.log2(bytes / 1024))),
		everyMs: heldMs === null ? null : Math.round(heldMs)
	};
}
function listBursts(tokenAt) {
	const bursts = [];
	for (let i = 1; i < tokenAt.length; i++) {
		const afterMs = tokenAt[i] - tokenAt[i - 1];
		if (afterMs > TOGETHER_MS) bursts.push({
			afterMs,
			size: 1
		});
		else if (bursts.length > 0) bursts.at(-1).size++;
	}
	return bursts;
}
const OTHER_EVENTS = 3;
const SMALLEST_BUFFER = 4096;
const SIZE_SLACK = .03;
function isFullBuffer(bursts, eventBytes) {
	const sizes = bursts.slice(0, -1).map(({ size }) => size);
	if (sizes.length === 0) return false;
	const bytes = eventBytes * (sizes.reduce((sum, size) => sum + size) / sizes.length);
	const buffer = 2 ** Math.round(Math.log2(bytes));
	const slack = eventBytes + SIZE_SLACK * buffer;
	return buffer >= SMALLEST_BUFFER && Math.abs(bytes - buffer) <= slack && Math.max(...sizes) * eventBytes - buffer <= 2 * slack && buffer - Math.min(...sizes) * eventBytes <= 2 * slack;
}
const SMALL_BUFFERS = [1024, 2048];
const FEWEST_SMALL = 4;
const FRAME_BYTES = 8;
const EVENT_SLACK = 1.5;
function isSmallBuffer(bursts, eventBytes, tokens) {
	const sizes = bursts.slice(0, -1).map(({ size }) => size);
	if (sizes.length < FEWEST_SMALL || Math.max(...sizes) - Math.min(...sizes) > 1) return false;
	const size = sizes.reduce((sum, each) => sum + each) / sizes.length;
	const slack = size * eventBytes * EVENT_SLACK / tokens + eventBytes / sizes.length;
	return SMALL_BUFFERS.some((buffer) => {
		const over = size * eventBytes - buffer;
		return over <= slack && over >= -slack - FRAME_BYTES * size;
	});
}
const FEWEST_REGULAR = 3;
const BEAT_SLACK = .08;
function findBeat(bursts) {
	const gaps = bursts.slice(0, -1).map(({ afterMs }) => afterMs);
	if (gaps.length < FEWEST_REGULAR) return null;
	const beat = takeMiddle(gaps);
	return gaps.every((gap) => Math.abs(gap - beat) <= BEAT_SLACK * beat) && bursts.slice(0, -1).every(({ size }) => size >= FEWEST_EVENTS) ? beat : null;
}
function findHoldingTime(tokenAt, bursts) {
	const tokenMs = (tokenAt.at(-1) - tokenAt[0]) / (tokenAt.length - 1);
	for (const ms of HOLDING_MS) {
		const beats = bursts.filter(({ afterMs }) => afterMs > ms - HOLDING_SLACK_MS && afterMs < ms + tokenMs + HOLDING_SLACK_MS);
		if (beats.length < FEWEST_BEATS || beats.length <= (bursts.length - 1) / 2) continue;
		const sizes = beats.filter((beat) => beat !== bursts.at(-1)).map(({ size }) => size);
		if (2 * Math.min(...sizes) > Math.max(...sizes)) return takeMiddle(beats.map(({ afterMs }) => afterMs));
	}
	return null;
}
function takeMiddle(values) {
	return values.toSorted((a, b) => a - b)[values.length >> 1];
}
// src/protocol/framing/event-stream.ts
const EVENT_STREAM = {
	wanted: "an AWS event stream",
	isText: false,
	canBegin: (byte) => byte === 0,
	createReader: createEventStreamReader,
	framesOf: listFrames$1
};
function createEventStreamReader(handlers) {
	let message = /* @__PURE__ */ new Uint8Array(4096);
	let filled = 0;
	let needed = 12;
	let stopped = false;
	let tooLong = null;
	function takeWhole() {
		if (needed > 12) {
			const read = readMessage(message.subarray(0, needed));
			filled = 0;
			needed = 12;
			return typeof read === "string" ? breakOff(read) : deliverMessage(read, handlers);
		}
		const length = readPrelude(message);
		if (typeof length === "string") return breakOff(length);
		if (length > 1048576) {
			stopped = true;
			tooLong = {
				length,
				whole: true
			};
			return;
		}
		needed = length;
		if (needed > message.length) message = enlargeBuffer(message, needed);
	}
	function breakOff(what) {
		stopped = true;
		handlers.onBroken(what);
	}
	return {
		push(bytes) {
			for (let from = 0; from < bytes.length && !stopped;) {
				const taken = bytes.subarray(from, from + needed - filled);
				message.set(taken, filled);
				filled += taken.length;
				from += taken.length;
				if (filled === needed) takeWhole();
			}
		},
		end() {
			if (filled > 0 && !stopped) handlers.onUnreadable("", "");
		},
		comments: 0,
		get betweenEvents() {
			return filled === 0 && !stopped;
		},
		get tooLong() {
			return tooLong;
		}
	};
}
function listFrames$1(eventName, bytes, data) {
	const payloadAt = bytes.indexOf(data);
	for (let from = payloadAt - 12; from >= Math.max(0, payloadAt - LONGEST_HEADERS); from--) {
		const headersAt = from + 12;
		const headersLength = payloadAt - headersAt;
		if (bytes.readUInt32BE(from + 4) !== headersLength) continue;
		const seal = sealOf(headersLength);
		const end = seal.open(bytes, from, bytes.length);
		if (end < 0) continue;
		const message = readMessage(bytes.subarray(from, end + CRC_BYTES));
		const headers = bytes.subarray(headersAt, payloadAt);
		return typeof message !== "string" && isEvent(message, eventName) && message.payload.length === Buffer.byteLength(data) && headers.every((byte) => byte < 128) ? [{
			before: headers.toString("latin1"),
			after: "",
			seal
		}] : [];
	}
	return [];
}
const LONGEST_HEADERS = 1024;
function isEvent({ headers }, name) {
	const kind = headers.get(":message-type");
	return kind !== "exception" && kind !== "error" && headers.get(":event-type") === name;
}
function sealOf(headersLength) {
	return {
		before: 12,
		after: CRC_BYTES,
		open(bytes, from, to) {
			if (to - from < 12 || bytes.readUInt32BE(from + 4) !== headersLength) return -1;
			const length = readPrelude(bytes.subarray(from, from + 12));
			if (typeof length === "string" || length > to - from || length > 1048576) return -1;
			const end = from + length - CRC_BYTES;
			return crc32(bytes.subarray(from, end)) === bytes.readUInt32BE(end) ? end : -1;
		}
	};
}
function deliverMessage({ headers, payload }, handlers) {
	const text = new TextDecoder().decode(payload);
	const kind = headers.get(":message-type");
	if (kind === "exception") return handlers.onError(sayWhat(headers.get(":exception-type"), readRefusal(text)));
	if (kind === "error") return handlers.onError(sayWhat(headers.get(":error-code"), headers.get(":error-message")));
	const name = headers.get(":event-type");
	const eventName = typeof name === "string" ? name : "";
	const json = parseJson(text);
	if (json === void 0) handlers.onUnreadable(text, eventName);
	else handlers.onEvent(json, eventName, text);
}
function sayWhat(name, message) {
	return readRefusal([name, message].filter((part) => typeof part === "string" && part !== "").join(": "));
}
function enlargeBuffer(bytes, length) {
	const larger = new Uint8Array(length);
	larger.set(bytes);
	return larger;
}
const CRC_BYTES = 4;
function readPrelude(bytes) {
	const view = viewOf$1(bytes);
	if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) return "an AWS event whose prelude fails its checksum";
	const length = view.getUint32(0);
	const headersLength = view.getUint32(4);
	return length >= 12 + headersLength + CRC_BYTES ? length : `an AWS event of ${length} bytes that says it has ${headersLength} bytes of headers`;
}
function readMessage(bytes) {
	const view = viewOf$1(bytes);
	const end = bytes.length - CRC_BYTES;
	if (crc32(bytes.subarray(0, end)) !== view.getUint32(end)) return "an AWS event that fails its checksum";
	const payloadAt = 12 + view.getUint32(4);
	const headers = readHeaders$1(bytes.subarray(12, payloadAt));
	return typeof headers === "string" ? headers : {
		headers,
		payload: bytes.subarray(payloadAt, end)
	};
}
const STRING = 7;
const VALUE_BYTES = [
	0,
	0,
	1,
	2,
	4,
	8,
	null,
	null,
	8,
	16
];
function readHeaders$1(bytes) {
	const headers = /* @__PURE__ */ new Map();
	const view = viewOf$1(bytes);
	let at = 0;
	while (at < bytes.length) {
		const typeAt = at + 1 + bytes[at];
		const type = bytes[typeAt];
		if (type === void 0) return CUT_HEADERS;
		const fixed = VALUE_BYTES[type];
		if (fixed === void 0) return `an AWS event with a header of the unknown type ${type}`;
		const from = typeAt + 1 + (fixed === null ? 2 : 0);
		if (from > bytes.length) return CUT_HEADERS;
		const to = from + (fixed ?? view.getUint16(from - 2));
		if (to > bytes.length) return CUT_HEADERS;
		headers.set(textOf(bytes.subarray(at + 1, typeAt)), readValue(type, bytes.subarray(from, to)));
		at = to;
	}
	return headers;
}
const CUT_HEADERS = "an AWS event whose headers are longer than it says";
function readValue(type, bytes) {
	const view = viewOf$1(bytes);
	switch (type) {
		case 0: return true;
		case 1: return false;
		case 2: return view.getInt8(0);
		case 3: return view.getInt16(0);
		case 4: return view.getInt32(0);
		case 5:
		case 8: return view.getBigInt64(0);
		case STRING: return textOf(bytes);
		default: return new Uint8Array(bytes);
	}
}
function viewOf$1(bytes) {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
const decoder$1 = new TextDecoder();
function textOf(bytes) {
	return decoder$1.decode(bytes);
}
// src/protocol/answer/foreign-answer.ts
function describeForeignAnswer(head, wanted) {
	if (head[0] === 31 && head[1] === 139) return toParseFailure(`a gzip-compressed body without Content-Encoding`);
	if (isAwsEventStream(head)) return toParseFailure(head[0] === 0 ? `an AWS event stream instead of ${wanted}` : "an AWS event of more than 16 MiB");
	const text = new TextDecoder().decode(head).trim();
	if (text === "") return toParseFailure(`an empty body instead of ${wanted}`);
	if (text.startsWith("<")) {
		const said = readRefusal(text);
		return toParseFailure(`${/^<\?xml/i.test(text) ? "XML" : "an HTML page"} instead of ${wanted}${said === null || said === "an HTML page" ? "" : `: ${said}`}`);
	}
	if (text.startsWith("{") || text.startsWith("[")) return describeJson(text, wanted);
	if (beginsLikeStream(text)) return toParseFailure(`an event stream instead of ${wanted}`);
	return toParseFailure(`plain text instead of ${wanted}: ${readRefusal(text)}`);
}
function beginsLikeStream(text) {
	return /^(data|event|id|retry)?:/.test(text);
}
function describeJson(text, wanted) {
	const whole = parseJson(text);
	const first = whole === void 0 ? parseJson(text.split("\n", 1)[0]) : whole;
	const error = asObject(first)?.["error"];
	if (error) return {
		failure: "error_event",
		failureMessage: readErrorMessage(error) ?? "an error without a message"
	};
	if (whole === void 0 && first !== void 0) return toParseFailure(`JSON lines instead of ${wanted}`);
	return toParseFailure(`a whole JSON answer instead of ${wanted}${WORDS.some((name) => typeof asObject(whole)?.[name] === "string") ? `: ${readErrorMessage(whole)}` : ""}`);
}
const WORDS = [
	"message",
	"detail",
	"msg",
	"error_description",
	"title"
];
function isAwsEventStream(head) {
	return head.length >= 12 && typeof readPrelude(head) === "number";
}
function toParseFailure(failureMessage) {
	return {
		failure: "parse",
		failureMessage
	};
}
function explainUnread(member) {
	return member === null ? "" : `; ${escapeForTerminal(member)} holds a text that is not read`;
}
// src/vocabulary/connection-troubles.ts
const CHAIN = "have the server send its whole chain (fullchain.pem); a private authority goes into `ca-cert`";
const BROKEN = "fix whatever writes it, the server or a proxy in front of it; `curl -v` shows its head";
const CONNECTION_TROUBLES = {
	refused: {
		failure: "connect",
		what: "the connection was refused",
		remedy: "check host and port, and that the server is running",
		passes: true
	},
	"unknown-host": {
		failure: "connect",
		what: "the host is unknown",
		remedy: "check the host name of `endpoint`"
	},
	"no-lookup": {
		failure: "connect",
		what: "no name server answers for the host",
		remedy: "check the network and the name servers of this machine, and the host name of `endpoint`"
	},
	unreachable: {
		failure: "connect",
		what: "the host cannot be reached from here",
		remedy: "check host and network; `proxy` if one is needed",
		passes: true
	},
	"no-connection": {
		failure: "connect",
		what: "there was no connection in time",
		remedy: "check host and port; a firewall may drop what is sent; `proxy` if one is needed",
		passes: true
	},
	closed: {
		failure: "connect",
		what: "the connection was closed before an answer came",
		remedy: "look at the log of the server, or of the proxy in front of it",
		passes: true
	},
	"other-connection": {
		failure: "connect",
		what: "no connection to the endpoint",
		remedy: "check host, port and network; `proxy` if one is needed",
		passes: true
	},
	unsendable: {
		failure: "connect",
		what: "the request cannot be sent",
		remedy: "check `endpoint`, `headers` and `proxy` for what HTTP does not allow"
	},
	"proxy-refused": {
		failure: "connect",
		what: "the proxy refused the connection",
		remedy: "check host and port of `proxy`, and that it is running",
		passes: true
	},
	"proxy-unknown": {
		failure: "connect",
		what: "the host of the proxy is unknown",
		remedy: "check the host name of `proxy`"
	},
	"proxy-unreachable": {
		failure: "connect",
		what: "the proxy cannot be reached",
		remedy: "check host and port of `proxy`, and the network",
		passes: true
	},
	"proxy-password": {
		failure: "connect",
		what: "the proxy requires a login, and does not accept the one in `proxy` (407)",
		remedy: "write user and password into `proxy`: http://user:password@host:port"
	},
	"proxy-forbids": {
		failure: "connect",
		what: "the proxy does not lead to the endpoint",
		remedy: "check that `proxy` is a proxy, and that it may lead there; or leave `proxy` out"
	},
	"proxy-fails": {
		failure: "connect",
		what: "the proxy does not reach the endpoint",
		remedy: "check host and port of `endpoint` as the proxy sees them",
		passes: true
	},
	"tls-spoken": {
		failure: "tls",
		what: "the port speaks TLS, and `endpoint` says http://",
		remedy: "write https:// in `endpoint`, or check the port"
	},
	"tls-not-spoken": {
		failure: "tls",
		what: "the port speaks plain HTTP, without TLS, and `endpoint` says https://",
		remedy: "write http:// in `endpoint`, or check the port"
	},
	"no-tls": {
		failure: "tls",
		what: "the port does not speak TLS, and `endpoint` says https://",
		remedy: "check the port of `endpoint`; write http:// if it speaks plain HTTP"
	},
	"no-handshake": {
		failure: "tls",
		what: "the port takes connections, but does not answer the TLS handshake",
		remedy: "look at the log of the server, or of the proxy that ends its TLS; check that the port of `endpoint` speaks TLS",
		passes: true
	},
	"http2-only": {
		failure: "parse",
		what: "the server speaks HTTP/2 only",
		remedy: "have the server, or a proxy in front of it, speak HTTP/1.1 too; a gRPC port is not the one of the HTTP API"
	},
	"client-certificate": {
		failure: "tls",
		what: "the server wants a client certificate (mTLS)",
		remedy: "give one with `client-cert` and `client-key`"
	},
	"refused-certificate": {
		failure: "tls",
		what: "the server does not accept the client certificate",
		remedy: "check that `client-cert` comes from an authority that the server trusts, holds its chain, and has not expired"
	},
	"self-signed": {
		failure: "tls",
		what: "the certificate of the server is self-signed, and nobody here trusts it",
		remedy: "give that certificate in `ca-cert`, or have one issued by an authority"
	},
	"private-authority": {
		failure: "tls",
		what: "the certificate of the server comes from a private authority, which nobody here trusts",
		remedy: "give the certificate of that authority in `ca-cert`"
	},
	"no-chain": {
		failure: "tls",
		what: "the certificate of the server leads to no authority known here: an intermediate certificate is missing, or the authority is private",
		remedy: CHAIN
	},
	expired: {
		failure: "tls",
		what: "the certificate of the server, or one that it builds on, has expired",
		remedy: "renew it, and check the clock of this machine"
	},
	"not-yet-valid": {
		failure: "tls",
		what: "the certificate of the server is not valid yet",
		remedy: "check the clock of this machine, and from when the certificate is valid"
	},
	"wrong-name": {
		failure: "tls",
		what: "the certificate of the server is for another name than the host of `endpoint`",
		remedy: "write the name that is on the certificate in `endpoint`, or have a certificate for this one"
	},
	"bad-certificate": {
		failure: "tls",
		what: "the certificate of the server is not accepted",
		remedy: "have another one issued; `openssl s_client -connect HOST:PORT` shows this one"
	},
	"old-tls": {
		failure: "tls",
		what: "the server speaks no version of TLS that is safe",
		remedy: "have the server, or the proxy in front of it, speak TLS 1.2 or 1.3"
	},
	"unknown-name": {
		failure: "tls",
		what: "the server knows no host of this name (SNI)",
		remedy: "check the host name of `endpoint`"
	},
	handshake: {
		failure: "tls",
		what: "the TLS handshake failed",
		remedy: "check the TLS settings of the server, or of the proxy in front of it"
	},
	"large-headers": {
		failure: "parse",
		what: "the headers of the answer are larger than 64 KiB",
		remedy: "have the server, or the proxy in front of it, send less: cookies, policies, traces"
	},
	"two-lengths": {
		failure: "parse",
		what: "the answer breaks HTTP: its head is malformed, as with both Content-Length and Transfer-Encoding, or two of Content-Length",
		remedy: BROKEN
	},
	"wrong-length": {
		failure: "parse",
		what: "the answer breaks HTTP: its body is not as long as Content-Length says",
		remedy: BROKEN
	},
	"not-http": {
		failure: "parse",
		what: "what answers at the port does not speak HTTP",
		remedy: "check the port of `endpoint`"
	},
	"broken-http": {
		failure: "parse",
		what: "the answer breaks HTTP",
		remedy: BROKEN
	}
};
function findTrouble(name) {
	return CONNECTION_TROUBLES[name];
}
function describeTrouble({ name, detail }) {
	const { what } = findTrouble(name);
	return detail === null ? what : `${what} (${detail})`;
}
// src/vocabulary/failure-classes.ts
const MORE_OPEN_FILES = `Raise the limit of open files (\`ulimit -n\`; \`LimitNOFILE\` of a service, \`--ulimit nofile\` of a container), or lower the load (${SETTINGS_OF_LESS_LOAD}).`;
const FAILURE_CLASSES = [
	{
		code: "http_<status>",
		meaning: "The server refused the request with this status.",
		remedy: "Read the server log for that status; 429 means a rate limit, 5xx an overloaded or broken server."
	},
	{
		code: "connect",
		meaning: "No connection: refused, closed before an answer, the host is unknown, or the proxy says no.",
		remedy: "Check host and port, and that the server accepts this many connections."
	},
	{
		code: "tls",
		meaning: "No TLS, or a certificate that is not valid.",
		remedy: "Check the certificate; `ca-cert` names a private authority."
	},
	{
		code: "timeout_first_byte",
		meaning: "No response headers before `request-timeout`.",
		remedy: `Raise \`request-timeout\`, or lower the load (${SETTINGS_OF_LESS_LOAD}): the server queues longer than that.`
	},
	{
		code: "timeout_total",
		meaning: "The answer did not end before `request-timeout`.",
		remedy: "Raise `request-timeout`, or ask for less: fewer `output-tokens`, a smaller `batch-size`."
	},
	{
		code: "timeout_idle",
		meaning: "The stream stalled: no payload for 60 s after the first token.",
		remedy: "Look for a hung worker or a proxy that holds the stream."
	},
	{
		code: "error_event",
		meaning: "A 200 answer that carried an error.",
		remedy: "Look at the server log: it is the server that failed."
	},
	{
		code: "incomplete",
		meaning: "The answer broke off: a stream that did not say that it was finished, or an answer that was cut.",
		remedy: "A proxy or a worker cut the answer; check their timeouts."
	},
	{
		code: "parse",
		meaning: "The answer was not in the format of the API, or breaks HTTP.",
		remedy: "Check `api`; a proxy may answer instead of the model, or garble what it passes on."
	},
	{
		code: "empty",
		meaning: "A complete answer with nothing in it: no token, no embedding or no score.",
		remedy: "Check the model and the prompt; an empty answer is not a fast one."
	},
	{
		code: "client_files",
		meaning: "This machine may not open more files, and each connection is one: the request was never sent.",
		remedy: MORE_OPEN_FILES,
		byClient: true
	},
	{
		code: "client_ports",
		meaning: "This machine has no free port or address for another connection: the request was never sent.",
		remedy: "Widen the range of local ports (`net.ipv4.ip_local_port_range`), wait until closed connections have released theirs, or let the server keep connections open.",
		byClient: true
	},
	{
		code: "client_memory",
		meaning: "This machine has no memory or buffers for another connection.",
		remedy: `Give it more memory (or its container a higher limit), or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
		byClient: true
	}
];
const BY_CLIENT = new Map(FAILURE_CLASSES.filter((kind) => "byClient" in kind).map((kind) => [kind.code, kind]));
function findClientFailure(failure) {
	return failure === null ? null : BY_CLIENT.get(failure) ?? null;
}
const FILTERED = /^(content_?filter(ed)?|refusal|safety|recitation|blocklist|prohibited_content|spii|guardrail_intervened|sensitive)$/i;
function isFiltered(finishReason) {
	return finishReason !== null && FILTERED.test(finishReason);
}
// src/load/runtime.ts
const EXACT_FROM_MS = 2;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const systemClock = {
	now: () => performance.now(),
	sleep: (ms, signal) => new Promise((resolve) => {
		if (signal?.aborted === true) return resolve();
		const finish = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", finish);
			resolve();
		};
		const until = performance.now() + ms;
		const look = () => {
			const left = until - performance.now();
			if (ms < EXACT_FROM_MS || signal?.aborted === true || left <= 0) finish();
			else if (left > EXACT_FROM_MS) wait(left);
			else setImmediate(look);
		};
		let timer;
		const wait = (left) => {
			timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MS));
		};
		wait(ms);
		signal?.addEventListener("abort", finish, { once: true });
	})
};
function drawNonce() {
	const drawHalf = () => Math.floor(2 ** 32 * Math.random()).toString(16).padStart(8, "0");
	return drawHalf() + drawHalf();
}
const systemDeadline = (ms) => AbortSignal.timeout(ms);
const systemTransportClock = {
	now: systemClock.now,
	wallNow: () => Date.now(),
	lookAfter(ms, look) {
		let timer = null;
		const wait = (nextMs) => {
			timer = setTimeout(() => {
				const again = look();
				if (timer !== null) wait(again);
			}, nextMs).unref();
		};
		wait(ms);
		return () => {
			if (timer !== null) clearTimeout(timer);
			timer = null;
		};
	}
};
const LOOKS = 20;
function findClockOrigin() {
	let origin = 0;
	let quickest = Infinity;
	for (let look = 0; look < LOOKS; look++) {
		const from = performance.now();
		const at = Number(process.hrtime.bigint()) / 1e6;
		const to = performance.now();
		if (to - from >= quickest) continue;
		quickest = to - from;
		origin = at - (from + to) / 2;
	}
	return origin;
}
function followClock(origin) {
	const aheadMs = findClockOrigin() - origin;
	return {
		now: () => performance.now() + aheadMs,
		sleep: systemClock.sleep
	};
}
function createHealthProbe(now = () => performance.now()) {
	const delay = createHistogram();
	const stalls = watchStalls(now, (lateMs) => delay.record(1 + Math.max(0, Math.round(1e6 * lateMs))));
	const readLateness = (percentile) => delay.count === 0 ? 0 : (delay.percentile(percentile) - 1) / 1e6;
	let since = performance.eventLoopUtilization();
	return {
		start() {
			delay.reset();
			since = performance.eventLoopUtilization();
		},
		read: () => ({
			eventLoopUtilization: performance.eventLoopUtilization(since).utilization,
			delayP90Ms: readLateness(90),
			delayP99Ms: readLateness(99)
		}),
		stallAt: stalls.stallAt,
		stop: stalls.stop
	};
}
const TICK_MS = 40;
const SHORTEST_STALL_MS = 20;
function watchStalls(now, onCheck) {
	const stalls = [];
	let tickedAt = now();
	const timer = setInterval(() => {
		const at = now();
		const lateMs = at - tickedAt - TICK_MS;
		if (lateMs >= SHORTEST_STALL_MS) stalls.push({
			fromMs: tickedAt + TICK_MS,
			toMs: at
		});
		onCheck(lateMs);
		tickedAt = at;
	}, TICK_MS);
	timer.unref();
	return {
		stallAt(atMs) {
			const stall = stalls.findLast(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + TICK_MS);
			const lateMs = stall === void 0 ? atMs - tickedAt - TICK_MS : Math.min(atMs, stall.toMs) - stall.fromMs;
			return lateMs >= SHORTEST_STALL_MS ? lateMs : 0;
		},
		stop() {
			clearInterval(timer);
		}
	};
}
function keepHeapSmall() {
	setFlagsFromString("--semi-space-growth-factor=1");
	setFlagsFromString("--heap-growing-percent=50");
}
function createGarbageCollector() {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("typeof gc === \"function\" ? gc : null");
	return () => collect?.({
		type: "major",
		execution: "sync",
		flavor: "last-resort"
	});
}
const kept = /* @__PURE__ */ new Map();
function keepLayouts(kind, objects) {
	kept.set(kind, objects);
}
const LOCK_BYTES = 8;
const FREE = 0;
const TAKEN = 1;
const LONGEST_HOLD_MS = 1e4;
function defineCells(initial) {
	const names = Object.keys(initial);
	class Values {
		cells;
		constructor(cells) {
			this.cells = cells;
		}
	}
	for (const [at, name] of names.entries()) Object.defineProperty(Values.prototype, name, {
		get() {
			return this.cells[at];
		},
		set(value) {
			this.cells[at] = value;
		}
	});
	return (memory) => {
		const shared = memory ?? new SharedArrayBuffer(LOCK_BYTES + 8 * names.length);
		const cells = new Float64Array(shared, LOCK_BYTES);
		if (memory === void 0) cells.set(Object.values(initial));
		return {
			values: new Values(cells),
			memory: shared,
			hold: createHold(shared)
		};
	};
}
function createHold(shared) {
	const lock = new Int32Array(shared, 0, 1);
	let isHeld = false;
	return (work) => {
		if (isHeld) return work();
		takeLock(lock);
		isHeld = true;
		try {
			return work();
		} finally {
			isHeld = false;
			Atomics.store(lock, 0, FREE);
			Atomics.notify(lock, 0, 1);
		}
	};
}
function takeLock(lock) {
	for (let waitedMs = 0; Atomics.compareExchange(lock, 0, FREE, TAKEN) !== FREE; waitedMs++) {
		if (waitedMs >= LONGEST_HOLD_MS) throw new Error("a thread of the load died while it held the lock");
		Atomics.wait(lock, 0, TAKEN, 1);
	}
}
function readTime(cell) {
	return Number.isNaN(cell) ? null : cell;
}
const OTHER_FILES = 8;
const FILES_PER_THREAD = 5;
function findOpenFiles(files, connections, threads) {
	const needed = connections + OTHER_FILES + FILES_PER_THREAD * threads;
	if (files === null || files.open + needed <= files.limit) return [];
	const carriers = threads === 0 ? "" : ` in ${pluralise(threads, "thread")}`;
	return [{
		code: "open-files",
		message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; ${pluralise(connections, "connection")}${carriers} need ${needed} more.`
	}];
}
function countConnectionsLeft(files, threads) {
	return files === null ? null : Math.max(1, files.limit - files.open - OTHER_FILES - FILES_PER_THREAD * threads);
}
function readOpenFiles(folder = "/proc/self") {
	try {
		const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(`${folder}/limits`, "utf8"))?.[1];
		return limit === void 0 ? null : {
			limit: Number(limit),
			open: readdirSync(`${folder}/fd`).length
		};
	} catch {
		return null;
	}
}
function isOutOfFiles() {
	try {
		closeSync(openSync(devNull, "r"));
		return false;
	} catch (error) {
		return /^E[MN]FILE$/.test(codeOf(error) ?? "");
	}
}
// src/load/transport/response-head.ts
var HttpSyntaxError = class extends Error {
	beginning;
	kind;
	constructor(reason, { kind = "syntax", beginning = null } = {}) {
		super(reason);
		this.kind = kind;
		this.beginning = beginning;
	}
};
const MOST_HEADER_BYTES = 65536;
let last = null;
function readHead(text) {
	if (last?.text !== text) last = {
		text,
		head: parseHead(text)
	};
	return last.head;
}
function parseHead(text) {
	refuseForeignStart(text);
	if (BARE_LINE_END.test(text)) throw new HttpSyntaxError(BARE_LINE_END_WORDS);
	const status = readStatus(text);
	const headers = readHeaders(text, text.indexOf("\r\n") + 2);
	if (status === 101) throw new HttpSyntaxError("a switch of protocols that nobody asked for");
	if (status < 200) return {
		status,
		headers,
		body: "done",
		keepsAlive: false,
		keepAliveMs: null
	};
	const isKept = readPersistence(headers["connection"] ?? "", text.startsWith("HTTP/1.0"));
	const hint = /(?:^|[,;\s])timeout=(\d+)/i.exec(headers["keep-alive"] ?? "");
	const keepAliveMs = hint === null ? null : Number(hint[1]) * 1e3;
	const { body, isSound } = readBodyLength(status, headers);
	return {
		status,
		headers,
		body,
		keepsAlive: isKept && isSound,
		keepAliveMs
	};
}
function readBodyLength(status, { "transfer-encoding": coding, "content-length": length }) {
	if (coding !== void 0 && length !== void 0) throw new HttpSyntaxError("it has both a Content-Length and a Transfer-Encoding", { kind: "two-lengths" });
	if (length !== void 0 && !/^\d{1,15}$/.test(length)) {
		const isList = length.includes(",");
		throw new HttpSyntaxError(isList ? "it has several Content-Lengths" : "its Content-Length is no number", isList ? { kind: "two-lengths" } : {});
	}
	const bytes = Number(length ?? 0);
	if (status === 204 || status === 304) return {
		body: "done",
		isSound: coding === void 0 && bytes === 0
	};
	if (coding !== void 0 && /(?:^|,)[\t ]*chunked[\t ]*$/i.test(coding)) return {
		body: "chunks",
		isSound: true
	};
	if (length === void 0) return {
		body: "until-close",
		isSound: false
	};
	return {
		body: bytes === 0 ? "done" : { bytes },
		isSound: true
	};
}
function refuseForeignStart(text) {
	const start = text.replace(/^(?:\r\n)+/, "");
	if (!/^\r?$/.test(start) && !"HTTP/1.".startsWith(start.slice(0, 7))) throw new HttpSyntaxError("Expected HTTP/", { beginning: start.slice(0, 64) });
}
function refuseBareLineEnd(bytes, from) {
	for (let at = Math.max(1, from); at < bytes.length; at++) if (bytes[at] === 10 !== (bytes[at - 1] === 13)) throw new HttpSyntaxError(BARE_LINE_END_WORDS);
}
const BARE_LINE_END = /[^\r]\n|\r[^\n]/;
const BARE_LINE_END_WORDS = "its lines do not end in CR LF";
function readStatus(text) {
	const found = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n/.exec(text);
	if (found === null || Number(found[1]) < 100) throw new HttpSyntaxError("its first line has no status");
	return Number(found[1]);
}
const HEADER = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7E\x80-\xFF]*\r\n/y;
function readHeaders(text, from) {
	const headers = Object.create(null);
	for (let at = from; at < text.length; at = HEADER.lastIndex) {
		HEADER.lastIndex = at;
		if (!HEADER.test(text)) throw new HttpSyntaxError(`a line of its headers has no name and value`);
		const colon = text.indexOf(":", at);
		const name = text.slice(at, colon).toLowerCase();
		const value = trimBlank(text.slice(colon + 1, HEADER.lastIndex - 2));
		headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
	}
	return { ...headers };
}
function joinHeaders(headers) {
	const flat = {};
	for (const [name, value] of Object.entries(headers)) if (value !== void 0) flat[name] = Array.isArray(value) ? value.join(", ") : value;
	return flat;
}
function trimBlank(value) {
	const isBlank = (at) => value[at] === " " || value[at] === "	";
	let [from, to] = [0, value.length];
	while (from < to && isBlank(from)) from++;
	while (to > from && isBlank(to - 1)) to--;
	return value.slice(from, to);
}
function readPersistence(connection, isOld) {
	return isOld ? hasToken(connection, "keep-alive") : !hasToken(connection, "close");
}
function hasToken(list, token) {
	return list.split(",").some((each) => each.trim().toLowerCase() === token);
}
// src/load/transport/connection-error.ts
const CLIENT_CODES = {
	EMFILE: "client_files",
	ENFILE: "client_files",
	EADDRNOTAVAIL: "client_ports",
	EADDRINUSE: "client_ports",
	ENOBUFS: "client_memory",
	ENOMEM: "client_memory",
	EAI_MEMORY: "client_memory",
	ERR_MEMORY_ALLOCATION_FAILED: "client_memory"
};
function readConnectionError(error, state) {
	const codes = listCodes(error);
	const [code] = codes;
	const ours = codes.find((one) => one in CLIENT_CODES);
	if (ours !== void 0) return {
		failure: CLIENT_CODES[ours],
		trouble: null,
		message: error.message
	};
	if (isLookup(code) && state.outOfFiles()) return {
		failure: "client_files",
		trouble: null,
		message: `${error.message}, because no more files may be opened (EMFILE)`
	};
	const trouble = readHttpTrouble(code, error, state) ?? readTlsTrouble(code, error, state);
	if (trouble !== null) return stateTrouble(trouble);
	if (state.headersSeen) return {
		failure: "incomplete",
		trouble: null,
		message: error.message
	};
	return stateTrouble((state.proxied ? readProxyTrouble(code, error) : null) ?? readNetworkTrouble(code, error));
}
function createWireError(code, message) {
	return Object.assign(new Error(message), { code });
}
function stateTrouble(trouble) {
	return {
		failure: findTrouble(trouble.name).failure,
		trouble,
		message: describeTrouble(trouble)
	};
}
const REFUSALS = [
	{
		status: 400,
		says: /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|plain HTTP to an SSL|requires TLS/i,
		name: "tls-spoken"
	},
	{
		status: 400,
		says: /No required SSL certificate was sent|The SSL certificate error/i,
		name: "client-certificate"
	},
	{
		status: 426,
		says: /\bh2c?\b|HTTP\/2/i,
		name: "http2-only"
	},
	{
		status: 426,
		says: /\bTLS\b/i,
		name: "tls-spoken"
	},
	{
		status: 464,
		says: /^/,
		name: "http2-only"
	},
	{
		status: 505,
		says: /^/,
		name: "http2-only"
	}
];
function nameCertificateTrouble(certified) {
	return certified ? "refused-certificate" : "client-certificate";
}
function readRefusedConnection(status, { upgrade, body, certified }) {
	const found = REFUSALS.find((each) => each.status === status && each.says.test(`${upgrade ?? ""} ${body}`));
	if (found === void 0) return null;
	return {
		name: found.name === "client-certificate" ? nameCertificateTrouble(certified) : found.name,
		detail: `it answers ${status}`
	};
}
function listCodes(error) {
	const { code, name, errors, cause } = error;
	const behind = [...Array.isArray(errors) ? errors : [], cause].filter((one) => one instanceof Error);
	return [typeof code === "string" ? code : name, ...behind.flatMap(listCodes)];
}
function isHttp2(bytes) {
	return bytes.startsWith("\0") && (bytes[3] === "" || bytes[3] === "\x07");
}
function isLookup(code) {
	return code === "ENOTFOUND" || code.startsWith("EAI_");
}
function nameTrouble(name) {
	return {
		name,
		detail: null
	};
}
const QUOTED = 24;
const LONGEST_NAMES = 100;
function readHttpTrouble(code, error, { headersSeen }) {
	if (error instanceof HttpSyntaxError) return readSyntaxTrouble(error);
	if (code === "UND_ERR_HEADERS_OVERFLOW") return nameTrouble("large-headers");
	if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return nameTrouble(headersSeen ? "wrong-length" : "two-lengths");
	if (code === "ERR_ASSERTION" || /^bad (upgrade|response)$/.test(error.message)) return nameTrouble("broken-http");
	if (code !== "HTTPParserError" && !code.startsWith("HPE_")) return null;
	const { data } = error;
	const rest = typeof data === "string" ? data : "";
	const reason = /\(([^)]*)\)$/.exec(error.message)?.[1] ?? code;
	if (headersSeen || !reason.startsWith("Expected HTTP")) return {
		name: "broken-http",
		detail: reason
	};
	return readForeignProtocol(rest);
}
function readSyntaxTrouble({ kind, beginning, message }) {
	if (kind !== "syntax") return nameTrouble(kind);
	return beginning === null ? {
		name: "broken-http",
		detail: message
	} : readForeignProtocol(beginning);
}
function readForeignProtocol(beginning) {
	if (isHttp2(beginning)) return nameTrouble("http2-only");
	if (beginning.startsWith("")) return nameTrouble("tls-spoken");
	return {
		name: "not-http",
		detail: `it says "${beginning.slice(0, QUOTED)}"`
	};
}
const CERTIFICATES = {
	DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed",
	SELF_SIGNED_CERT_IN_CHAIN: "private-authority",
	UNABLE_TO_GET_ISSUER_CERT: "private-authority",
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "private-authority",
	CERT_UNTRUSTED: "private-authority",
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: "no-chain",
	CERT_HAS_EXPIRED: "expired",
	CERT_NOT_YET_VALID: "not-yet-valid",
	HOSTNAME_MISMATCH: "wrong-name",
	ERR_TLS_CERT_ALTNAME_INVALID: "wrong-name",
	UND_ERR_PRX_TLS: "wrong-name"
};
const HANDSHAKES = [
	[/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_TOO_SMALL/, "no-tls"],
	[/NO_APPLICATION_PROTOCOL/, "http2-only"],
	[/ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/, "client-certificate"],
	[/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|UNKNOWN_PROTOCOL|NO_PROTOCOLS_AVAILABLE/, "old-tls"],
	[/UNRECOGNIZED_NAME/, "unknown-name"]
];
function readTlsTrouble(code, error, { certified }) {
	const certificate = CERTIFICATES[code];
	if (certificate !== void 0) return {
		name: certificate,
		detail: describeNames(error)
	};
	if (/^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/.test(code)) {
		const name = HANDSHAKES.find(([one]) => one.test(code))?.[1];
		if (name === "client-certificate") return nameTrouble(nameCertificateTrouble(certified));
		return name === void 0 ? {
			name: "handshake",
			detail: code
		} : nameTrouble(name);
	}
	if (/^(CERT_|CRL_|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH|CA_|EE_|ERROR_IN_CERT)/.test(code)) return {
		name: "bad-certificate",
		detail: code
	};
	return null;
}
function describeNames(error) {
	const { cert } = error;
	const names = typeof cert?.subjectaltname === "string" ? cert.subjectaltname : "";
	return names === "" ? null : `it is for ${names.replace(/\b(DNS|IP Address):/g, "").slice(0, LONGEST_NAMES)}`;
}
function readProxyTrouble(code, { message }) {
	const status = Number(/^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(message)?.[1] ?? 0);
	if (status === 407) return nameTrouble("proxy-password");
	if (status > 0) return {
		name: status < 500 ? "proxy-forbids" : "proxy-fails",
		detail: `it answers ${status}`
	};
	const { name, detail } = readNetworkTrouble(code, null);
	if (name === "refused") return nameTrouble("proxy-refused");
	if (name === "unknown-host" || name === "no-lookup") return nameTrouble("proxy-unknown");
	if (name === "unreachable" || name === "no-connection") return {
		name: "proxy-unreachable",
		detail
	};
	return null;
}
function readNetworkTrouble(code, error) {
	if (code === "ECONNREFUSED") return nameTrouble("refused");
	if (code === "EAI_AGAIN") return {
		name: "no-lookup",
		detail: code
	};
	if (isLookup(code)) return nameTrouble("unknown-host");
	if (/^(EHOST|ENET)(UNREACH|DOWN)$|^E(ACCES|PERM)$/.test(code)) return {
		name: "unreachable",
		detail: code
	};
	if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") return nameTrouble("no-connection");
	if (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE") return nameTrouble("closed");
	if (/^UND_ERR_(INVALID|NOT_SUPPORTED)/.test(code)) return {
		name: "unsendable",
		detail: error?.message ?? code
	};
	return {
		name: "other-connection",
		detail: code
	};
}
// src/load/transport/response-parser.ts
const MOST_CHUNK_LINE_BYTES = 1024;
const NO_BYTES$1 = Buffer.alloc(0);
var ResponseParser = class {
	#part = "head";
	#left = 0;
	#held = NO_BYTES$1;
	#keepsAlive = false;
	#keepAliveMs = null;
	get keepsAlive() {
		return this.#keepsAlive;
	}
	get keepAliveMs() {
		return this.#keepAliveMs;
	}
	get isInside() {
		return this.#part !== "done" && (this.#part !== "head" || this.#held.length > 0);
	}
	begin() {
		this.#part = "head";
		this.#held = NO_BYTES$1;
	}
	push(bytes, at, length = bytes.length) {
		let here = 0;
		while (here < length) switch (this.#part) {
			case "head":
				here = this.#pushHead(bytes, here, length, at);
				break;
			case "length":
			case "chunk-data": {
				const from = here;
				here = Math.min(length, here + this.#left);
				this.#left -= here - from;
				const isWhole = this.#left === 0;
				const isLast = isWhole && this.#part === "length";
				if (isWhole) this.#part = isLast ? "done" : "chunk-end";
				this.onBody(bytes, from, here, at);
				if (isLast) this.onEnd(at);
				break;
			}
			case "until-close":
				this.onBody(bytes, here, length, at);
				here = length;
				break;
			case "chunk-size":
				here = this.#held.length > 0 ? here : passWholeChunks(bytes, here, length, this, at);
				if (here < length) here = this.#pushChunkLine(bytes, here, length);
				break;
			case "chunk-end":
				here = this.#pushChunkLine(bytes, here, length);
				break;
			case "trailers":
				here = this.#pushTrailers(bytes, here, length, at);
				break;
			case "done":
				this.#keepsAlive = false;
				return;
		}
	}
	finish(at) {
		if (this.#part === "until-close") {
			this.#part = "done";
			this.onEnd(at);
		}
		return !this.isInside;
	}
	#pushHead(bytes, from, length, at) {
		const before = this.#held.length;
		const head = this.#takeUntilBlankLine(bytes, from, length);
		if (head === null) {
			this.#refuseEarly(before);
			return length;
		}
		const read = readHead(head.text);
		if (read.status >= 200) this.#part = this.#beginBody(read);
		this.onHead(read.status, read.headers, at);
		if (this.#part === "done") this.onEnd(at);
		return head.end;
	}
	#refuseEarly(from) {
		if (this.#held.length > 65536) throw new HttpSyntaxError("its headers are too large", { kind: "large-headers" });
		refuseForeignStart(this.#held.toString("latin1", 0, 64));
		refuseBareLineEnd(this.#held, from);
	}
	#beginBody({ body, keepsAlive, keepAliveMs }) {
		this.#keepsAlive = keepsAlive;
		this.#keepAliveMs = keepAliveMs;
		if (typeof body === "string") return body === "chunks" ? "chunk-size" : body;
		this.#left = body.bytes;
		return "length";
	}
	#pushChunkLine(bytes, from, length) {
		let lf = from;
		while (lf < length && bytes[lf] !== 10) lf++;
		if (lf === length) {
			this.#hold(bytes, from, length);
			if (this.#held.length > MOST_CHUNK_LINE_BYTES) throw new HttpSyntaxError("the line of a chunk is too long");
			return length;
		}
		const isHere = this.#held.length === 0;
		const line = isHere ? bytes : Buffer.concat([this.#held, bytes.subarray(from, lf)]);
		const begin = isHere ? from : 0;
		const end = isHere ? lf : line.length;
		this.#held = NO_BYTES$1;
		if (begin === end || line[end - 1] !== 13) throw new HttpSyntaxError("a line of a chunk does not end as it must");
		if (this.#part === "chunk-end") {
			if (end - begin !== 1) throw new HttpSyntaxError("a chunk is longer than it says");
			this.#part = "chunk-size";
			return lf + 1;
		}
		this.#left = readChunkSize(line, begin);
		this.#part = this.#left === 0 ? "trailers" : "chunk-data";
		return lf + 1;
	}
	#pushTrailers(bytes, from, length, at) {
		const isBlank = length - from > 1 && bytes[from] === 13 && bytes[from + 1] === 10;
		if (this.#held.length === 0 && isBlank) return this.#endBody(from + 2, at);
		const start = this.#held.length === 0 ? Buffer.from("\r\n") : NO_BYTES$1;
		const joined = Buffer.concat([
			this.#held,
			start,
			bytes.subarray(from, length)
		]);
		const end = joined.indexOf("\r\n\r\n");
		const trailers = end < 0 ? joined : joined.subarray(0, end + 4);
		refuseBareLineEnd(trailers, this.#held.length);
		if (trailers.length > 65536) throw new HttpSyntaxError("its trailers are too large", { kind: "large-headers" });
		if (end < 0) {
			this.#held = joined;
			return length;
		}
		readHeaders(joined.toString("latin1", 0, end + 2), 2);
		this.#held = NO_BYTES$1;
		return this.#endBody(length - (joined.length - end - 4), at);
	}
	#endBody(end, at) {
		this.#part = "done";
		this.onEnd(at);
		return end;
	}
	#takeUntilBlankLine(bytes, from, length) {
		const before = this.#held.length;
		const read = bytes.subarray(from, length);
		const joined = before === 0 ? read : Buffer.concat([this.#held, read]);
		let start = 0;
		while (joined[start] === 13 && joined[start + 1] === 10) start += 2;
		const end = joined.indexOf("\r\n\r\n", Math.max(start, before - 3));
		if (end < 0) {
			this.#held = Buffer.from(joined);
			return null;
		}
		if (end - start > 65536) throw new HttpSyntaxError("its headers are too large", { kind: "large-headers" });
		this.#held = NO_BYTES$1;
		return {
			text: joined.toString("latin1", start, end + 2),
			end: from + (end + 4 - before)
		};
	}
	#hold(bytes, from, length) {
		this.#held = Buffer.concat([this.#held, bytes.subarray(from, length)]);
	}
};
const MOST_BYTES_OF_READ = 2 ** 26;
function passWholeChunks(bytes, from, length, target, readAt) {
	let begin = from;
	for (;;) {
		let at = begin;
		let size = 0;
		for (let digit = 0; at < length && (digit = hexOf(bytes[at])) >= 0 && size < MOST_BYTES_OF_READ; at++) size = size * 16 + digit;
		const data = at + 2;
		const end = data + size;
		if (size === 0 || end + 2 > length || bytes[at] !== 13 || bytes[at + 1] !== 10) return begin;
		if (bytes[end] !== 13 || bytes[end + 1] !== 10) return begin;
		target.onBody(bytes, data, end, readAt);
		begin = end + 2;
	}
}
const MOST_BYTES$2 = 2 ** 48;
function readChunkSize(line, from) {
	let size = 0;
	let at = from;
	for (let digit = hexOf(line[at]); digit >= 0; digit = hexOf(line[++at])) size = size * 16 + digit;
	const next = line[at];
	if (at === from || size > MOST_BYTES$2 || !(next === 13 || next === 59 || next === 32 || next === 9)) throw new HttpSyntaxError("the size of a chunk is no number");
	return size;
}
function hexOf(byte) {
	if (byte >= 48 && byte <= 57) return byte - 48;
	const lower = byte | 32;
	return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
// src/load/transport/socket-client.ts
const KEEP_ALIVE_MARGIN_MS = 2e3;
var SocketClient = class extends ResponseParser {
	#current = null;
	#clock;
	#openSocket;
	#socket = null;
	#isConnecting = false;
	#waiting = [];
	#controller = null;
	#idleUntil = Infinity;
	#isDestroyed = false;
	constructor(openSocket, clock) {
		super();
		this.#openSocket = openSocket;
		this.#clock = clock;
	}
	dispatch(request, handler) {
		this.#waiting.push({
			request,
			handler
		});
		this.#startNext();
	}
	#end = (handler, error) => {
		if (this.#current === handler) this.#fail(error);
	};
	#takeRead = (length, bytes) => {
		if (this.#current === null) {
			this.#drop();
			return true;
		}
		try {
			this.push(bytes, this.#clock.now(), length);
		} catch (error) {
			if (!(error instanceof HttpSyntaxError)) throw error;
			this.#fail(error);
		}
		if (this.#current === null && !this.keepsAlive) this.#drop();
		return true;
	};
	destroy() {
		this.#isDestroyed = true;
		this.#waiting = [];
		const error = createWireError("UND_ERR_DESTROYED", "the client is destroyed");
		if (this.#current === null) this.#drop();
		else this.#fail(error);
	}
	onHead(status, headers, at) {
		this.#current?.onHead(status, headers, at);
	}
	onBody(bytes, from, to, at) {
		this.#current?.onBody(bytes, from, to, at);
	}
	onEnd(at) {
		const handler = this.#current;
		if (handler === null) return;
		this.#current = null;
		const { keepsAlive, keepAliveMs } = this;
		this.#idleUntil = keepAliveMs === null ? Infinity : this.#clock.now() + keepAliveMs - KEEP_ALIVE_MARGIN_MS;
		const isUnread = this.#socket !== null && this.#socket.writableLength > 0;
		if (!keepsAlive || isUnread) this.#drop();
		setImmediate(() => {
			handler.onEnd(at);
			this.#startNext();
		});
	}
	#startNext() {
		if (this.#current !== null || this.#isConnecting || this.#waiting.length === 0 || this.#isDestroyed) return;
		if (this.#socket !== null && this.#clock.now() > this.#idleUntil) this.#drop();
		if (this.#socket === null) this.#open();
		else this.#write(this.#waiting.shift());
	}
	#open() {
		this.#isConnecting = true;
		this.#openSocket(this.#takeRead, (opened) => {
			this.#isConnecting = false;
			if (opened instanceof Error) {
				const failed = this.#waiting;
				this.#waiting = [];
				for (const { handler } of failed) handler.onResponseError?.(new Controller(handler, this.#end), opened);
				return;
			}
			if (this.#isDestroyed) return void opened.destroy();
			this.#take(opened);
			this.#startNext();
		});
	}
	#take(socket) {
		this.#socket = socket;
		this.#idleUntil = Infinity;
		const isOurs = () => this.#socket === socket;
		socket.on("error", (error) => isOurs() && this.#fail(error));
		const end = () => {
			if (!isOurs()) return;
			if (this.#current !== null && this.finish(this.#clock.now()) && this.#current === null) return this.#drop();
			this.#fail(createWireError("UND_ERR_SOCKET", "other side closed"));
		};
		socket.on("end", end).on("close", end);
	}
	#write({ request, handler }) {
		this.#current = handler;
		this.begin();
		const controller = new Controller(handler, this.#end);
		this.#controller = controller;
		if (request.problem !== null) {
			this.#current = null;
			handler.onResponseError?.(controller, request.problem);
			return this.#startNext();
		}
		handler.onRequestStart?.(controller, {});
		if (this.#current === handler) this.#socket.write(request.bytes);
	}
	#fail(error) {
		this.#drop();
		const handler = this.#current;
		this.#current = null;
		handler?.onResponseError?.(this.#controller, error);
		this.#startNext();
	}
	#drop() {
		const socket = this.#socket;
		this.#socket = null;
		socket?.destroy();
	}
};
var Controller = class {
	aborted = false;
	paused = false;
	reason = null;
	#handler;
	#end;
	constructor(handler, end) {
		this.#handler = handler;
		this.#end = end;
	}
	abort(reason) {
		this.#end(this.#handler, reason);
	}
	pause() {}
	resume() {}
};
const KEEP_ALIVE_PROBE_MS = 6e4;
function createConnector(options) {
	const origin = new URL(options.origin);
	const isTls = origin.protocol === "https:";
	const { host, port } = addressOf(origin);
	let session;
	let last = null;
	function open(onread) {
		if (!isTls) return connect({
			host,
			port,
			onread
		});
		const servername = isIP(host) === 0 ? { servername: host } : {};
		const secured = {
			host,
			port,
			onread,
			ALPNProtocols: ["http/1.1"],
			...tlsOf(options).tls,
			...servername,
			...session && { session }
		};
		return connect$1(secured).on("session", (next) => session = next);
	}
	return {
		connect(onread, callback) {
			const socket = open(onread);
			last = socket;
			let isSettled = false;
			let timer = setTimeout(() => {
				setImmediate(() => {
					if (!isSettled) socket.destroy(createWireError("UND_ERR_CONNECT_TIMEOUT", `no connection to ${host}:${port}`));
				});
			}, options.connectTimeoutMs);
			const settle = (opened) => {
				if (isSettled) return;
				isSettled = true;
				clearTimeout(timer);
				timer = void 0;
				callback(opened);
			};
			socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS).setNoDelay(true).once(isTls ? "secureConnect" : "connect", () => settle(socket)).on("error", settle).once("close", () => settle(createWireError("UND_ERR_SOCKET", "the socket closed while it was connecting")));
		},
		destroy() {
			last?.destroy();
		}
	};
}
function tlsOf({ caCert, clientPem, insecure }) {
	const ca = caCert === null ? {} : { ca: caCert };
	return {
		ca,
		tls: {
			...ca,
			...clientPem,
			...insecure === true && { rejectUnauthorized: false }
		}
	};
}
// src/load/transport/connection.ts
const READ_BYTES = 65536;
function createReadBuffer() {
	return Buffer.allocUnsafeSlow(READ_BYTES);
}
async function openConnection(options, clock, buffer) {
	let connectMs = null;
	const connection = {
		requestsOnSocket: 0,
		reused: false,
		takeConnectMs() {
			const taken = connectMs;
			connectMs = null;
			return taken;
		}
	};
	const noteConnect = (tookMs) => {
		connectMs = tookMs;
		connection.requestsOnSocket = 0;
	};
	if (options.proxy !== null) return Object.assign(connection, await openProxied(options, clock, noteConnect));
	const connector = createConnector(options);
	const client = new SocketClient((takeRead, callback) => {
		const from = clock.now();
		connector.connect({
			buffer,
			callback: takeRead
		}, (opened) => {
			if (!(opened instanceof Error)) noteConnect(clock.now() - from);
			callback(opened);
		});
	}, clock);
	return Object.assign(connection, {
		dispatch: (request, handler) => client.dispatch(request, handler),
		async destroy() {
			connector.destroy();
			client.destroy();
		}
	});
}
const NO_TIMERS = {
	headersTimeout: 0,
	bodyTimeout: 0
};
async function openProxied(options, clock, noteConnect) {
	let socket = null;
	const dispatcher = await openDispatcher(options, (connect) => (target, callback) => {
		const from = clock.now();
		socket = connect(target, (error, connected) => {
			if (error !== null) return callback(error, null);
			noteConnect(clock.now() - from);
			return callback(null, connected);
		});
	});
	return {
		dispatch({ head, headers, bytes, bodyAt }, handler) {
			const body = bytes.subarray(bodyAt);
			const request = {
				origin: options.origin,
				path: head.path,
				headers: {
					...headers,
					...head.headers
				},
				body
			};
			dispatcher.dispatch({
				method: "POST",
				...request,
				...NO_TIMERS
			}, handler);
		},
		destroy() {
			if (socket instanceof Socket) socket.destroy();
			return dispatcher.destroy();
		}
	};
}
async function openDispatcher(options, wrap = (connect) => connect) {
	const { Client, ProxyAgent, buildConnector } = await import("./vendor-http.js").then((n) => /* @__PURE__ */ __toESM(n.t(), 1));
	const { ca, tls } = tlsOf(options);
	const common = {
		allowH2: false,
		pipelining: 1,
		...NO_TIMERS,
		keepAliveTimeout: 6e5,
		maxHeaderSize: MOST_HEADER_BYTES
	};
	if (options.proxy === null) {
		const direct = {
			allowH2: false,
			timeout: options.connectTimeoutMs,
			...tls
		};
		return new Client(options.origin, {
			...common,
			connect: wrap(buildConnector(direct))
		});
	}
	return new ProxyAgent({
		uri: options.proxy,
		...common,
		connections: 1,
		factory: (origin, { connect }) => new Client(origin, {
			...common,
			connect: wrap(connect)
		}),
		requestTls: {
			...tls,
			allowH2: false
		},
		proxyTls: {
			...ca,
			allowH2: false
		}
	});
}
// src/protocol/answer/event-shape.ts
const QUOTE = 34;
const BACKSLASH = 92;
const LESS_THAN = 60;
const OPEN_BRACKET = 91;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const LONGEST_TEXT = 16384;
const MOST_DIGITS = 9;
var EventShape = class {
	data;
	frame;
	varying;
	delta;
	repeats;
	servedModel;
	#said;
	#hasContent;
	#kinds;
	#fixed;
	#counts;
	#usage;
	#counted;
	#seal;
	#read;
	#view;
	constructor(data, frame, fixed, places, { delta: learnt, counts, repeats }) {
		const usage = learnt.usage === null ? null : { ...learnt.usage };
		const delta = {
			...learnt,
			content: learnt.content ?? "",
			characters: 0,
			usage
		};
		this.data = data;
		this.frame = frame;
		this.varying = places.flatMap(({ nth }) => nth ?? []);
		this.delta = delta;
		this.repeats = repeats;
		this.#said = delta;
		this.#hasContent = delta.content !== "";
		this.servedModel = delta.servedModel === null ? null : cutName(delta.servedModel);
		this.#kinds = places.map(({ kind }) => kind);
		this.#fixed = fixed.map((bytes) => ({
			view: viewOf(bytes),
			length: bytes.length
		}));
		this.#counts = counts;
		this.#usage = usage;
		this.#counted = places.map(() => 0);
		this.#seal = frame.seal ?? null;
		this.#read = fixed[0];
		this.#view = this.#fixed[0].view;
	}
	match(bytes, from, to, wantsText) {
		if (bytes !== this.#read) {
			this.#read = bytes;
			this.#view = viewOf(bytes);
		}
		const view = this.#view;
		const fixed = this.#fixed;
		const kinds = this.#kinds;
		const last = kinds.length;
		const hasContent = this.#hasContent;
		const seal = this.#seal;
		const end = seal === null ? to : seal.open(bytes, from, to);
		if (end < 0) return -1;
		let at = seal === null ? from : from + seal.before;
		let textAt = 0;
		let textEnd = 0;
		let isPlain = true;
		let isWanted = wantsText && hasContent;
		for (let i = 0;; i++) {
			const expected = fixed[i];
			if (at + expected.length > end || !hasBytesAt(view, at, expected)) return -1;
			at += expected.length;
			if (i === last) break;
			const kind = kinds[i];
			if (kind !== "text") {
				const begin = at;
				at = kind === "number" ? passNumber(bytes, at, end) : kind === "count" ? passCount(bytes, at, end) : passString(bytes, at, end);
				if (at < 0) return -1;
				if (kind === "count") this.#counted[i] = readCount(bytes, begin, at);
				continue;
			}
			textAt = at;
			const most = Math.min(end, at + LONGEST_TEXT);
			for (; at < most; at++) {
				const byte = bytes[at];
				if (byte === QUOTE) break;
				if (byte < 32) return -1;
				if (byte === BACKSLASH) at++;
				if (byte === BACKSLASH || byte > 126) isPlain = false;
				else if (byte === LESS_THAN || byte === OPEN_BRACKET) isWanted = hasContent;
			}
			if (at === textAt) return -1;
			textEnd = at;
		}
		if (isPlain && !isWanted) {
			this.#said.content = "";
			this.#said.characters = textEnd - textAt;
		} else {
			const text = isPlain ? bytes.toString("latin1", textAt, textEnd) : readText(bytes.subarray(textAt, textEnd));
			if (text === null || text === "") return -1;
			if (hasContent) this.#said.content = text;
			this.#said.characters = text.length;
		}
		for (const { member, at, added } of this.#counts) this.#usage[member] = this.#counted[at] + added;
		if (seal === null) return at;
		return at === end ? end + seal.after : -1;
	}
};
const MOST_RARE = 12;
function createShapeMemory() {
	return {
		shape: null,
		rare: [],
		lessons: 0
	};
}
function keepShape(memory, { shape, covers }, isExpected) {
	const { rare, shape: expected } = memory;
	if (covers !== null && covers !== expected) rare.splice(rare.indexOf(covers), 1);
	if (shape.repeats && (isExpected || covers !== null && covers === expected)) {
		memory.shape = shape;
		if (expected !== null && covers !== expected) rare.unshift(expected);
	} else rare.unshift(shape);
	if (rare.length > MOST_RARE) rare.pop();
}
function expectRare(memory, nth) {
	const { rare, shape: expected } = memory;
	memory.shape = rare[nth];
	if (expected === null) rare.splice(nth, 1);
	else rare[nth] = expected;
}
function passString(bytes, from, to) {
	let at = from;
	for (; at < to; at++) {
		const byte = bytes[at];
		if (byte === QUOTE) return at;
		if (byte < 32 || byte > 126 || byte === BACKSLASH) return -1;
	}
	return -1;
}
function passNumber(bytes, from, to) {
	const begin = bytes[from] === MINUS ? from + 1 : from;
	const at = passDigits(bytes, begin, to);
	if (at === begin || bytes[begin] === ZERO && at > begin + 1) return -1;
	if (at === to || bytes[at] !== POINT) return at;
	const end = passDigits(bytes, at + 1, to);
	return end === at + 1 ? -1 : end;
}
function passCount(bytes, from, to) {
	const at = passDigits(bytes, from, Math.min(to, from + MOST_DIGITS));
	return at === from || bytes[from] === ZERO ? -1 : at;
}
function isCount(text) {
	return passCount(Buffer.from(text), 0, text.length) === text.length;
}
function readCount(bytes, from, to) {
	let count = 0;
	for (let at = from; at < to; at++) count = 10 * count + bytes[at] - ZERO;
	return count;
}
function passDigits(bytes, from, to) {
	let at = from;
	while (at < to && bytes[at] >= ZERO && bytes[at] <= 57) at++;
	return at;
}
function hasBytesAt(view, from, { view: expected, length }) {
	const words = length - 3;
	let i = 0;
	for (; i < words; i += 4) if (view.getInt32(from + i, true) !== expected.getInt32(i, true)) return false;
	for (; i < length; i++) if (view.getUint8(from + i) !== expected.getUint8(i)) return false;
	return true;
}
function viewOf(bytes) {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
function readText(bytes) {
	const text = parseJson(`"${decoder.decode(bytes)}"`);
	return typeof text === "string" ? text : null;
}
// src/protocol/framing/ndjson.ts
const OPEN_BRACE = 123;
const NDJSON = {
	wanted: "JSON lines",
	isText: true,
	canBegin: (byte) => byte === OPEN_BRACE,
	createReader: createNdjsonReader,
	framesOf: () => [{
		before: "",
		after: "\n"
	}]
};
function createNdjsonReader(handlers) {
	const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	let atStart = true;
	let begun = "";
	let isInCharacter = false;
	let stopped = false;
	let tooLong = null;
	function feed(text) {
		let from = atStart && text.startsWith("\uFEFF") ? 1 : 0;
		if (text !== "") atStart = false;
		for (let to = text.indexOf("\n"); to !== -1 && !stopped; to = text.indexOf("\n", from)) {
			readLine(begun + text.slice(from, to), false);
			begun = "";
			from = to + 1;
		}
		if (stopped) return;
		begun += text.slice(from);
		if (begun.length > 1048576) giveUp(begun.length, false);
	}
	function readLine(line, last) {
		if (line.length > 1048576) return giveUp(line.length, true);
		if (line.trim() === "") return;
		const json = parseJson(line);
		if (json !== void 0) return handlers.onEvent(json, "", line);
		if (last) return handlers.onUnreadable(line, "");
		stopped = true;
		handlers.onBroken(describeUnreadable(line, "a line"));
	}
	function giveUp(length, whole) {
		stopped = true;
		tooLong = {
			length,
			whole
		};
		begun = "";
	}
	function measure({ length }, text) {
		const end = text.indexOf("\n");
		tooLong = {
			length: length + (end === -1 ? text.length : end),
			whole: end !== -1
		};
	}
	return {
		push(bytes, hasBegun = false) {
			atStart &&= !hasBegun;
			isInCharacter = bytes.at(-1) > 127;
			if (!stopped) feed(decoder.decode(bytes, { stream: true }));
			else if (tooLong?.whole === false) measure(tooLong, decoder.decode(bytes, { stream: true }));
		},
		end() {
			if (!stopped) feed(decoder.decode());
			if (!stopped) readLine(begun, true);
			if (tooLong?.whole === false) measure(tooLong, `${decoder.decode()}\n`);
		},
		comments: 0,
		get betweenEvents() {
			return begun === "" && !stopped && !isInCharacter;
		},
		get tooLong() {
			return tooLong;
		}
	};
}
// src/protocol/framing/sse.ts
const OTHERS = /* @__PURE__ */ new Set([
	123,
	91,
	60,
	31,
	0
]);
const SSE = {
	wanted: "a stream",
	isText: true,
	canBegin: (byte) => !OTHERS.has(byte),
	createReader: (handlers) => new SseReader(handlers),
	framesOf: listFrames
};
function listFrames(eventName) {
	return ["\n", "\r\n"].flatMap((lineEnd) => ["data: ", "data:"].map((field) => {
		return {
			before: (eventName === "" ? "" : `event:${field.slice(5)}${eventName}${lineEnd}`) + field,
			after: lineEnd + lineEnd
		};
	}));
}
var SseReader = class {
	#handlers;
	#full = null;
	#isBegun = false;
	#comments = 0;
	#tooLong = false;
	#measured = false;
	#line = "";
	#lineLength = 0;
	#held = 0;
	#afterCr = false;
	#isInCharacter = false;
	constructor(handlers) {
		this.#handlers = handlers;
	}
	push(bytes, hasBegun = false) {
		this.#isBegun ||= hasBegun;
		const from = this.betweenEvents && !this.#tooLong ? this.#pushPlain(bytes) : 0;
		if (from === bytes.length) return;
		this.#full ??= this.#openFull();
		this.#isInCharacter = bytes[bytes.length - 1] > 127;
		this.#feed(this.#full.decoder.decode(bytes.subarray(from), { stream: true }), this.#full);
	}
	end() {
		if (this.#full === null) return;
		this.#feed(this.#full.decoder.decode(), this.#full);
		this.#feed("\n\n", this.#full);
	}
	get comments() {
		return this.#comments;
	}
	get betweenEvents() {
		return this.#held === 0 && this.#lineLength === 0 && !this.#isInCharacter;
	}
	get tooLong() {
		return this.#tooLong ? {
			length: this.#held,
			whole: this.#measured
		} : null;
	}
	#pushPlain(bytes) {
		for (let begin = 0;;) {
			const from = begin + PLAIN_FIELD.length;
			if (from >= bytes.length || bytes.toString("latin1", begin, from) !== PLAIN_FIELD) return begin;
			let at = from;
			while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR && bytes[at] < 128) at++;
			if (bytes[at] !== LF || bytes[at + 1] !== LF || at - begin > 1048576) return begin;
			this.#isBegun = true;
			this.#afterCr = false;
			readData(bytes.toString("latin1", from, at), "", this.#handlers);
			begin = at + 2;
		}
	}
	#openFull() {
		const parser = createParser({
			onEvent: ({ data, event = "" }) => readData(data, event, this.#handlers),
			onComment: () => this.#comments++
		});
		if (this.#isBegun) parser.feed("\n");
		return {
			decoder: new TextDecoder("utf-8", { ignoreBOM: true }),
			parser
		};
	}
	#feed(text, { parser }) {
		let from = 0;
		for (let at = 0; at < text.length && !this.#measured;) {
			LINE_END.lastIndex = at;
			const end = LINE_END.test(text) ? LINE_END.lastIndex - 1 : text.length;
			if (!this.#tooLong && this.#held + end - at > 1048576) {
				parser.feed(text.slice(from, at));
				this.#tooLong = true;
				this.#line = null;
			}
			this.#takeLine(text.slice(at, end));
			if (end === text.length) break;
			if (this.#line?.startsWith(ERROR_FIELD) === true) {
				parser.feed(text.slice(from, end));
				from = end;
				readData(this.#line.slice(ERROR_FIELD.length).trim(), "error", this.#handlers);
			}
			const isLfOfCrLf = this.#afterCr && this.#lineLength === 0 && text[end] === "\n";
			if (this.#lineLength === 0 && !isLfOfCrLf) {
				if (this.#tooLong) this.#measured = true;
				else this.#held = 0;
			}
			this.#afterCr = text[end] === "\r";
			this.#line = this.#tooLong ? null : "";
			this.#lineLength = 0;
			at = end + 1;
		}
		if (!this.#tooLong) parser.feed(text.slice(from));
	}
	#takeLine(part) {
		this.#held += part.length;
		this.#lineLength += part.length;
		if (this.#line !== null) this.#line += part;
		if (this.#line !== null && !ERROR_FIELD.startsWith(this.#line.slice(0, ERROR_FIELD.length))) this.#line = null;
	}
};
const ERROR_FIELD = "error:";
const LINE_END = /[\r\n]/g;
const LF = 10;
const CR = 13;
const PLAIN_FIELD = "data: ";
function readData(data, eventName, handlers) {
	if (readOne(data, eventName, handlers)) return;
	const lines = data.split("\n");
	if (lines.length === 1 || !lines.some(isEventOfItsOwn)) return handlers.onUnreadable(data, eventName);
	for (const line of lines) if (!readOne(line, eventName, handlers)) handlers.onUnreadable(line, eventName);
}
function readOne(data, eventName, handlers) {
	if (isDone(data)) {
		handlers.onDone();
		return true;
	}
	const json = parseJson(data);
	if (json === void 0) return data.trim() === "" && eventName !== "error";
	handlers.onEvent(json, eventName, data);
	return true;
}
function isEventOfItsOwn(line) {
	return isDone(line) || asObject(parseJson(line)) !== null;
}
function isDone(data) {
	return data.length < 16 && data.trim() === "[DONE]";
}
// src/protocol/answer/token-count.ts
var TokenCounter = class {
	#inputTokens = null;
	#outputTokens = null;
	#cachedTokens = null;
	#reasoningTokens = null;
	#totalTokens = null;
	#tokenSource = "chunks";
	add(usage) {
		this.#inputTokens = usage.inputTokens || this.#inputTokens;
		this.#cachedTokens = usage.cachedTokens ?? this.#cachedTokens;
		this.#reasoningTokens = usage.reasoningTokens ?? this.#reasoningTokens;
		this.#totalTokens = usage.totalTokens || this.#totalTokens;
		if (!usage.outputTokens) return NaN;
		const leftOut = countReasoningLeftOut(usage);
		this.#tokenSource = leftOut > 0 ? "usage+reasoning" : usage.source ?? "usage";
		const before = usage.perEvent === true ? this.#outputTokens ?? 0 : leftOut;
		this.#outputTokens = usage.outputTokens + before;
		return this.#outputTokens;
	}
	totals() {
		return {
			inputTokens: this.#inputTokens,
			outputTokens: this.#outputTokens,
			cachedTokens: this.#cachedTokens,
			reasoningTokens: this.#reasoningTokens,
			tokenSource: this.#tokenSource
		};
	}
	totalTokens() {
		return this.#totalTokens;
	}
};
function countReasoningLeftOut({ inputTokens, outputTokens, reasoningTokens, totalTokens }) {
	if (outputTokens === null || !reasoningTokens) return 0;
	return inputTokens !== null && totalTokens === inputTokens + outputTokens + reasoningTokens || reasoningTokens > outputTokens ? reasoningTokens : 0;
}
const SLACK_EVENTS = 1;
const SLACK_SHARE = .02;
const LENGTH_SLACK = 1.05;
const MOST_TOKENS_A_SIGN = 4;
const RUNNING_SHARE = .5;
function believeCount(facts) {
	const { totals, tokenEvents } = facts;
	const { outputTokens: stated, tokenSource } = totals;
	if (stated === null) return {
		outputTokens: null,
		tokenSource: "chunks",
		countsEvents: false,
		flaw: null,
		disbelieved: null
	};
	const course = followCount(facts);
	const isTooFew = (count) => count + Math.max(SLACK_EVENTS, SLACK_SHARE * tokenEvents) < tokenEvents;
	const isOfEach = course.stands && course.last === stated && isTooFew(stated);
	const isSummed = course.sum === stated && course.last < stated;
	const count = isOfEach ? course.sum : stated;
	const flaw = isOfEach || isSummed ? findExcess(count, facts) : findFlaw(count, course, isTooFew(count), facts);
	if (flaw !== null) return {
		outputTokens: null,
		tokenSource: "chunks",
		countsEvents: false,
		flaw,
		disbelieved: count
	};
	return {
		outputTokens: count,
		tokenSource,
		countsEvents: !isOfEach && !isSummed && !course.stands && course.last >= RUNNING_SHARE * stated,
		flaw: null,
		disbelieved: null
	};
}
function followCount({ countAt, tokenEvents }) {
	let last = 0;
	let sum = 0;
	let falls = false;
	let stands = tokenEvents > 1;
	for (let i = 0; i < tokenEvents; i++) {
		const count = countAt[i];
		sum += count;
		if (count !== countAt[0]) stands = false;
		if (count < last) falls = true;
		if (count > 0) last = count;
	}
	return {
		stands,
		falls,
		last,
		sum
	};
}
function findFlaw(count, { falls, last }, isTooFew, facts) {
	if (falls || count < last) return "falling";
	if (isTooFew && !isCutAnew(count, facts)) return "below-events";
	if (facts.tokenEvents === 0 && facts.characters > 8 * count) return "below-text";
	return findExcess(count, facts);
}
function isCutAnew(count, { characters, tokenEvents }) {
	return characters > 0 && characters <= 1.1 * tokenEvents && characters <= 8 * count;
}
function findExcess(count, facts) {
	const { totals, totalTokens, tokenEvents, characters, asked } = facts;
	const { inputTokens, reasoningTokens } = totals;
	const rest = count - (inputTokens ?? 0);
	const most = asked === null ? Infinity : LENGTH_SLACK * asked.tokens + SLACK_EVENTS;
	const isLonger = count - (reasoningTokens ?? 0) > most && tokenEvents <= most;
	if (inputTokens !== null && inputTokens > 0) {
		const slack = SLACK_EVENTS + SLACK_SHARE * tokenEvents;
		const isEveryEvent = tokenEvents > 0 && Math.abs(rest - tokenEvents) <= slack;
		const isTooLong = tokenEvents === 0 && characters < count;
		const isWhatWasAsked = asked !== null && Math.abs(rest - asked.tokens) <= slack;
		if (totalTokens === count && (isEveryEvent || isTooLong) || isLonger && (isEveryEvent || isWhatWasAsked)) return "with-prompt";
	}
	const isBeyondText = characters > 0 && count - (reasoningTokens ?? 0) > MOST_TOKENS_A_SIGN * characters;
	return isLonger && (asked?.forced === true || isBeyondText) ? "above-asked" : null;
}
// src/protocol/answer/answer-so-far.ts
const KEPT_HEAD_BYTES = 65536;
const MOST_EVENTS = 1e6;
var AnswerSoFar = class {
	finished = false;
	isBetween = true;
	keepsText;
	shapes;
	broken = null;
	reads = 0;
	readMark = 0;
	tokenEvents = 0;
	countedEvents = 0;
	characters = 0;
	shape = null;
	inTag = false;
	memory;
	memoryFrom;
	room;
	scratch;
	api;
	wanted;
	isStream = null;
	head = new ByteStore(KEPT_HEAD_BYTES);
	otherEvents = 0;
	firstEventAt = null;
	lastNotedAt = NaN;
	unknownEvents = 0;
	known = false;
	unterminated = false;
	lessons = 0;
	firstTextAt = null;
	tags = new ReasoningTags();
	unreadEvents = 0;
	unreadMember = null;
	reasoned = false;
	concealed = false;
	finishReason = null;
	servedModel = null;
	server = NO_SERVER_TIMINGS;
	ending = false;
	done = false;
	terminal = false;
	endsAtDone = false;
	cut = false;
	error = null;
	unreadable = null;
	tooLong = null;
	counted = false;
	constructor(api, wanted, scratch, shapes, keepsText) {
		this.api = api;
		this.wanted = wanted;
		this.scratch = scratch;
		this.memory = scratch.memory;
		this.memoryFrom = scratch.from;
		this.room = scratch.room;
		this.shapes = shapes;
		this.keepsText = keepsText;
	}
};
function countEvents({ tokenEvents, otherEvents }) {
	return tokenEvents + otherEvents;
}
function findLastEventAt({ tokenEvents, lastNotedAt, memory, memoryFrom }) {
	return tokenEvents === 0 ? lastNotedAt : Math.max(lastNotedAt, memory[memoryFrom + tokenEvents - 1]);
}
function noteKnownEvent(answer, shape, count, at) {
	if (answer.shape !== shape) noteShape(answer, shape, at);
	noteToken(answer, shape.delta, count, at);
}
function noteShape(answer, shape, at) {
	const { delta, servedModel } = shape;
	answer.firstEventAt ??= at;
	answer.lastNotedAt = at;
	answer.shape = shape;
	answer.known = true;
	noteKind(answer, delta, at);
	if (servedModel !== null) answer.servedModel = servedModel;
}
function noteEvent(answer, delta, count, at) {
	answer.firstEventAt ??= at;
	answer.lastNotedAt = at;
	answer.shape = null;
	answer.unterminated ||= answer.ending;
	if (delta.unknown) answer.unknownEvents++;
	else answer.known = true;
	if (delta.text || delta.reasoning || delta.tool) {
		noteKind(answer, delta, at);
		noteToken(answer, delta, count, at);
	} else {
		answer.otherEvents++;
		if (delta.unread) noteUnread(answer, delta.unread);
	}
	answer.concealed ||= delta.concealed === true;
	if (delta.finishReason !== null) answer.finishReason = cutName(delta.finishReason);
	if (delta.servedModel !== null) answer.servedModel = cutName(delta.servedModel);
	if (delta.terminal) answer.terminal = answer.finished = true;
	answer.endsAtDone ||= delta.endsAtDone === true;
}
function noteUnread(answer, member) {
	answer.unknownEvents++;
	answer.unreadEvents++;
	answer.unreadMember ??= cutName(member);
}
function noteKind(answer, delta, at) {
	if (delta.text) answer.firstTextAt ??= at;
	answer.reasoned ||= delta.reasoning;
}
function noteToken(answer, delta, count, at) {
	answer.characters += delta.characters ?? 0;
	if (delta.content) {
		answer.tags.note(delta.content);
		answer.inTag = answer.tags.hasBegun;
	}
	const nth = answer.tokenEvents;
	if (nth === MOST_EVENTS) return failAnswer(answer, `more than ${MOST_EVENTS} events in one answer`);
	if (nth === answer.room) growRoom(answer);
	answer.memory[answer.memoryFrom + nth] = at;
	answer.tokenEvents = nth + 1;
	if (!Number.isNaN(count)) noteCount(answer, count);
}
function noteCount(answer, count) {
	const nth = answer.tokenEvents - 1;
	fillCounts(answer, nth);
	answer.memory[answer.memoryFrom + answer.room + nth] = count;
	answer.countedEvents = answer.tokenEvents;
}
function fillCounts(answer, to) {
	if (answer.countedEvents < to) answer.scratch.listCounts(to).fill(NaN, answer.countedEvents);
	answer.countedEvents = to;
}
function failAnswer(answer, message) {
	answer.error ??= message ?? "an error without a message";
	answer.finished = true;
}
function growRoom(answer) {
	answer.scratch.grow();
	const { memory, from, room } = answer.scratch;
	Object.assign(answer, {
		memory,
		memoryFrom: from,
		room
	});
}
var ByteStore = class {
	#limit;
	#kept = "";
	#isWhole = true;
	constructor(limit) {
		this.#limit = limit;
	}
	add(bytes) {
		const fits = Math.min(bytes.length, this.#limit - this.#kept.length);
		this.#kept += bytes.toString("latin1", 0, fits);
		this.#isWhole &&= fits === bytes.length;
		return this.#isWhole;
	}
	bytes() {
		return Buffer.from(this.#kept, "latin1");
	}
};
function gatherFacts(answer, { totals: stated, totalTokens, asked }, { comments, text }) {
	fillCounts(answer, answer.tokenEvents);
	const tokenAt = answer.scratch.listTimes(answer.tokenEvents);
	const tokenCountAt = answer.scratch.listCounts(answer.tokenEvents);
	const { tokenEvents, server, finishReason, servedModel, reads } = answer;
	const { unknownEvents, unreadEvents, unreadMember, unterminated } = answer;
	const { characters } = answer;
	const believed = believeCount({
		totals: stated,
		totalTokens,
		asked,
		tokenEvents,
		countAt: tokenCountAt,
		characters
	});
	const { countsEvents, flaw, disbelieved } = believed;
	if (!countsEvents) tokenCountAt.fill(NaN);
	const totals = {
		...stated,
		outputTokens: believed.outputTokens,
		tokenSource: believed.tokenSource
	};
	const outputTokens = totals.outputTokens ?? tokenEvents;
	const failure = findStreamFailure(answer);
	const tagged = answer.tags.seen;
	const unseen = countUnseenTokens(answer, tagged, totals);
	const shown = believed.outputTokens === null ? NaN : believed.outputTokens - unseen;
	const buffered = isBuffered(tokenAt, tokenEvents, Number.isNaN(shown) ? characters / 8 : shown);
	const firstTokenAt = tokenEvents === 0 ? null : tokenAt[0];
	const lastTokenAt = tokenEvents === 0 ? null : tokenAt[tokenEvents - 1];
	const measurable = failure === null && !buffered && !Number.isNaN(unseen) && firstTokenAt !== null && lastTokenAt !== null;
	return {
		inputTokens: totals.inputTokens,
		cachedTokens: totals.cachedTokens,
		reasoningTokens: totals.reasoningTokens,
		tokenSource: totals.tokenSource,
		serverTtftMs: server.serverTtftMs,
		serverTpotMs: server.serverTpotMs,
		serverLoadMs: server.serverLoadMs,
		firstEventAt: answer.firstEventAt,
		firstTokenAt,
		firstTextAt: tagged ? null : answer.firstTextAt,
		lastTokenAt,
		tpotMs: measurable ? computeTpotMs({
			firstTokenAt,
			lastTokenAt,
			tokenEvents,
			outputTokens,
			hiddenTokens: unseen,
			firstCount: tokenCountAt[0]
		}) : null,
		outputTokens,
		tokenEvents,
		reads,
		buffered,
		finishReason,
		servedModel,
		failure: failure?.failure ?? null,
		failureMessage: failure?.failureMessage ?? null,
		hiddenReasoning: unseen !== 0,
		text,
		comments,
		unknownEvents,
		characters,
		statedTokens: disbelieved,
		countDoubt: flaw,
		unreadEvents,
		unreadMember,
		tagsReasoning: tagged,
		unterminated
	};
}
function countUnseenTokens({ reasoned, concealed }, tagged, { outputTokens, reasoningTokens }) {
	if (reasoned || outputTokens === null || tagged) return 0;
	return reasoningTokens ?? (concealed ? NaN : 0);
}
function findStreamFailure(answer) {
	const { api, wanted, isStream, head, error, done, cut, finishReason } = answer;
	const events = countEvents(answer);
	if (error !== null) return {
		failure: "error_event",
		failureMessage: error
	};
	if (isStream === false) return describeForeignAnswer(head.bytes(), wanted);
	if (answer.tooLong !== null) return toParseFailure(describeTooLong(answer.tooLong));
	if (answer.broken !== null) return isWholeJson(answer) ? describeForeignAnswer(head.bytes(), wanted) : toParseFailure(answer.broken);
	if (answer.unreadable !== null) return toParseFailure(answer.unreadable);
	if (events === 0 && isStream === true && !done && !cut) return failWithoutEvents(answer);
	if (events > 0 && !answer.known) return toParseFailure(`no event is in the format of ${api.name}`);
	const closed = !cut && events > 0 && api.endsByClose === true;
	if (!(answer.terminal || closed || finishReason !== null && (done || !cut) || done && (answer.counted || answer.endsAtDone))) return {
		failure: "incomplete",
		failureMessage: describeIncomplete(answer)
	};
	if (answer.tokenEvents > 0) return null;
	return {
		failure: "empty",
		failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? "not given"})${explainUnread(answer.unreadMember)}`
	};
}
function describeTooLong({ length, whole }) {
	const size = (whole ? Math.ceil : Math.floor)(length / 2 ** 20 * 10) / 10;
	return `an event of ${whole ? "" : "more than "}${size} MiB; at most 1 MiB is read`;
}
function failWithoutEvents({ head, wanted, unknownEvents }) {
	const text = new TextDecoder().decode(head.bytes()).trimStart();
	if (unknownEvents > 0) return toParseFailure(`no event is JSON: ${readRefusal(text)}`);
	if (!beginsLikeStream(text)) return describeForeignAnswer(head.bytes(), wanted);
	return {
		failure: "incomplete",
		failureMessage: "the stream ended before its first event"
	};
}
function isWholeJson(answer) {
	return countEvents(answer) === 0 && parseJson(new TextDecoder().decode(answer.head.bytes())) !== void 0;
}
function describeIncomplete(answer) {
	const { cut, done } = answer;
	if (cut) return "the stream was cut inside an event";
	if (done) return "[DONE] without a finish_reason or a token count";
	return countEvents(answer) === 0 ? "an empty body" : "the stream ended without a finish_reason";
}
const THINK_TAG = /<\/?(think|thinking|thoughts?|reasoning|seed:think)>|\[\/?THINK\]|\u25C1\/?think\u25B7|<\|(START|END)_THINKING\|>|<\|channel\|>analysis/i;
const TAG_START = /[<[\u25C1]/;
const LONGEST_TAG = 24;
var ReasoningTags = class {
	#begun = "";
	#seen = false;
	get seen() {
		return this.#seen;
	}
	get hasBegun() {
		return this.#begun !== "";
	}
	note(part) {
		if (this.#seen || this.#begun === "" && !TAG_START.test(part)) return;
		const text = this.#begun + part;
		this.#seen = tagsReasoning(text);
		const from = Math.max(text.lastIndexOf("<"), text.lastIndexOf("["), text.lastIndexOf("\u25C1"));
		this.#begun = this.#seen || text.length - from >= LONGEST_TAG ? "" : text.slice(from);
	}
};
function tagsReasoning(content) {
	return THINK_TAG.test(content);
}
const END_TAG = /<\/(?:think|thinking|thoughts?|reasoning|seed:think)>|\[\/THINK\]|\u25C1\/think\u25B7|<\|END_THINKING\|>|<\|channel\|>final<\|message\|>/gi;
function removeReasoning(text) {
	if (!tagsReasoning(text)) return text;
	const last = [...text.matchAll(END_TAG)].at(-1);
	return last === void 0 ? "" : text.slice(last.index + last[0].length);
}
// src/protocol/answer/json-reader.ts
const NO_COUNTS = /* @__PURE__ */ new Float64Array(0);
const MAX_ANSWER_BYTES = 67108864;
function createJsonReader({ api, task, asked, askedResults, keepsText = false }) {
	const body = new ByteStore(MAX_ANSWER_BYTES);
	let lastByteAt = null;
	let reads = 0;
	let tooLong = false;
	return {
		push(bytes, atMs, from = 0, to = bytes.length) {
			if (from === to) return tooLong;
			if (atMs !== lastByteAt) reads++;
			lastByteAt = atMs;
			tooLong = !body.add(bytes.subarray(from, to));
			return tooLong;
		},
		end() {
			const bytes = body.bytes();
			const text = tooLong ? "" : new TextDecoder().decode(bytes);
			const json = tooLong ? void 0 : parseJson(text);
			const delta = json === void 0 ? EMPTY_DELTA : api.read(json, "");
			return gatherFacts(delta, findFailure(json, delta, bytes, text));
		},
		tokenEvents: 0,
		lastEventAt: NaN
	};
	function findFailure(json, delta, bytes, text) {
		if (tooLong) return {
			failure: "parse",
			failureMessage: `an answer of more than 64 MiB`
		};
		if (delta.error !== null) return {
			failure: "error_event",
			failureMessage: delta.error
		};
		if (json === void 0 && findNonNumber(text) !== null) return {
			failure: "parse",
			failureMessage: describeUnreadable(text, "a JSON answer")
		};
		if (json === void 0 && startsJson(bytes)) return {
			failure: "incomplete",
			failureMessage: "a JSON answer that was cut"
		};
		if (json === void 0 && bytes.length === 0) return {
			failure: "incomplete",
			failureMessage: "an empty body"
		};
		if (json === void 0) return describeForeignAnswer(bytes.subarray(0, 65536), "a JSON answer");
		if (delta.unknown) return {
			failure: "parse",
			failureMessage: `a JSON answer that is not in the format of ${api.name}`
		};
		if (delta.text || delta.reasoning || delta.tool) return findMissingResults(delta);
		return {
			failure: "empty",
			failureMessage: `an answer without ${generatesTokens(task) ? "text" : task === "embeddings" ? "a single embedding" : "a single score"}${explainUnread(delta.unread ? cutName(delta.unread) : null)}`
		};
	}
	function findMissingResults({ results }) {
		const fault = results === void 0 || !askedResults ? null : findResultFault(results, askedResults);
		return fault === null ? null : {
			failure: "parse",
			failureMessage: fault
		};
	}
	function gatherFacts(delta, failure) {
		const counter = new TokenCounter();
		if (delta.usage !== null) counter.add(delta.usage);
		const stated = counter.totals();
		const characters = delta.characters ?? 0;
		const { outputTokens, tokenSource, flaw, disbelieved } = believeCount({
			totals: stated,
			totalTokens: counter.totalTokens(),
			tokenEvents: 0,
			countAt: NO_COUNTS,
			characters,
			asked: asked ?? null
		});
		return {
			...stated,
			...delta.server ?? NO_SERVER_TIMINGS,
			firstEventAt: failure === null ? lastByteAt : null,
			firstTokenAt: null,
			firstTextAt: null,
			lastTokenAt: failure === null ? lastByteAt : null,
			tpotMs: null,
			outputTokens: outputTokens ?? 0,
			tokenSource: !generatesTokens(task) && stated.inputTokens !== null ? "usage" : tokenSource,
			tokenEvents: 0,
			reads,
			buffered: false,
			finishReason: delta.finishReason === null ? null : cutName(delta.finishReason),
			servedModel: delta.servedModel === null ? null : cutName(delta.servedModel),
			failure: failure?.failure ?? null,
			failureMessage: failure?.failureMessage ?? null,
			hiddenReasoning: false,
			text: keepsText ? removeReasoning(delta.content ?? "") : null,
			characters,
			statedTokens: disbelieved,
			countDoubt: flaw,
			unreadEvents: delta.unread ? 1 : 0,
			unreadMember: delta.unread ? cutName(delta.unread) : null,
			tagsReasoning: tagsReasoning(delta.content ?? ""),
			comments: 0,
			unknownEvents: delta.unread ? 1 : 0,
			unterminated: false
		};
	}
}
function startsJson(bytes) {
	const first = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
	return first.startsWith("{") || first.startsWith("[");
}
const TEXTS = [
	"input",
	"documents",
	"texts",
	"text_2",
	"items"
];
const MOST_RESULTS = ["top_n", "top_k"];
function countAskedResults({ task, extraBody }, { prompts }) {
	if (generatesTokens(task) || TEXTS.some((name) => extraBody[name] !== void 0)) return null;
	const sent = prompts.length;
	const most = MOST_RESULTS.map((name) => extraBody[name]).find((top) => typeof top === "number" && top > 0);
	return {
		sent,
		wanted: task === "rerank" ? Math.min(sent, most ?? sent) : sent,
		item: nameItem(task)
	};
}
function findResultFault(results, { sent, wanted, item }) {
	if (results.length !== wanted) {
		const asked = wanted === sent ? "" : `, ${wanted} of which were asked for`;
		return `${pluralise(results.length, "result")} for ${pluralise(sent, item)}${asked}`;
	}
	const seen = /* @__PURE__ */ new Set();
	for (const [i, { index, isWhole }] of results.entries()) {
		if (!isWhole) return `result ${i + 1} of ${results.length} has no figure`;
		if (index === null || index >= sent) return `result ${i + 1} of ${results.length} is of no ${item} that was sent`;
		if (seen.has(index)) return `two results are of ${item} ${index}`;
		seen.add(index);
	}
	return null;
}
// src/protocol/answer/learn-shape.ts
function learnShape(api, event, frame, known = []) {
	if (!canRecur(event.delta)) return null;
	for (const earlier of event.data.length > 16384 ? [] : known) {
		const varying = isSameFrame(earlier.frame, frame) ? findVaryingValues(event.data, earlier) : null;
		const shape = varying === null ? null : learnAround(api, event, frame, varying);
		if (shape !== null) return {
			shape,
			covers: earlier
		};
	}
	const shape = learnAround(api, event, frame, []);
	return shape === null ? null : {
		shape,
		covers: null
	};
}
function isSameFrame(one, other) {
	return one.before === other.before && one.after === other.after;
}
const VALUE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const SAYS_KIND = /(?:type|role|object|reason)$/i;
function findVaryingValues(data, { data: earlier, varying: varied }) {
	const theirs = earlier.matchAll(VALUE);
	const known = new Set(varied);
	const varying = [];
	let nth = -1;
	let [end, endOfTheirs] = [0, 0];
	let before = "";
	for (const mine of data.matchAll(VALUE)) {
		const other = theirs.next().value;
		const [value] = mine;
		const name = before;
		before = value;
		if (other === void 0 || data.slice(end, mine.index) !== earlier.slice(endOfTheirs, other.index)) return null;
		end = mine.index + value.length;
		endOfTheirs = other.index + other[0].length;
		nth++;
		if (value === other[0] && !known.has(nth)) continue;
		const isString = value.startsWith("\"");
		if (isString && /^\s*:/.test(data.slice(end, end + 8)) || isString !== other[0].startsWith("\"") || SAYS_KIND.test(name.slice(1, -1))) return null;
		varying.push(isString ? {
			from: mine.index + 1,
			to: end - 1,
			kind: "string",
			nth
		} : {
			from: mine.index,
			to: end,
			kind: "number",
			nth
		});
	}
	return data.slice(end) === earlier.slice(endOfTheirs) ? varying : null;
}
const PROBES = {
	text: () => ["plateau \u2026 probe", "\u2026"],
	string: () => ["", "plateau probe"],
	number: () => ["31415926", "0"],
	count: (place) => [String(7000003 + 1009 * place), String(2 + 3 * place)]
};
const EACH_PROBE = [0, 1];
function learnAround(api, event, frame, varying) {
	const { data, delta } = event;
	for (const text of listTextPlaces(event)) {
		const found = [...varying.filter(({ from }) => from !== text[0]?.from), ...text].sort((a, b) => a.from - b.from);
		const fixed = listFixed(data, found);
		const counts = findStatedCounts(api, event, fixed, found);
		if (counts === null) continue;
		const places = found.map((each, i) => counts.some(({ at }) => at === i) ? {
			...each,
			kind: "count"
		} : each);
		if (EACH_PROBE.every((probe) => saysTheSame(api, event, {
			fixed,
			places,
			counts,
			probe
		}))) return new EventShape(data, frame, frameAll(fixed, frame), places, {
			delta,
			counts,
			repeats: repeats(delta)
		});
	}
	return null;
}
function listTextPlaces({ json, data, delta }) {
	if (!carriesText(delta)) return [[]];
	return listTexts(json, delta.characters).flatMap((text) => {
		const literal = JSON.stringify(text);
		const at = data.indexOf(literal);
		if (at < 0 || data.includes(literal, at + 1)) return [];
		return [[{
			from: at + 1,
			to: at + literal.length - 1,
			kind: "text",
			nth: null
		}]];
	});
}
const COUNT_MEMBERS = [
	"inputTokens",
	"outputTokens",
	"reasoningTokens",
	"cachedTokens",
	"totalTokens"
];
function findStatedCounts(api, { data, eventName, delta: { usage } }, fixed, found) {
	if (usage === null) return [];
	const places = found.map((place) => place.kind === "number" ? {
		...place,
		kind: "count"
	} : place);
	const probed = EACH_PROBE.map((probe) => readProbe(api, eventName, fillIn(fixed, places, probe))?.usage ?? null);
	const counts = [];
	for (const member of COUNT_MEMBERS) {
		const stated = usage[member];
		const others = probed.map((other) => other?.[member] ?? null);
		if (others.every((other) => other === stated)) continue;
		const at = places.findIndex(({ kind, from, to }, place) => {
			const own = data.slice(from, to);
			if (kind !== "count" || stated === null || !isCount(own) || stated < Number(own)) return false;
			const added = stated - Number(own);
			return EACH_PROBE.every((probe) => others[probe] === Number(PROBES.count(place)[probe]) + added);
		});
		if (at < 0) return null;
		counts.push({
			member,
			at,
			added: stated - Number(data.slice(places[at].from, places[at].to))
		});
	}
	return counts;
}
function readProbe(api, eventName, data) {
	const json = parseJson(data);
	return json === void 0 ? null : api.read(json, eventName);
}
function listFixed(data, places) {
	return [...places, { from: data.length }].map(({ from }, i) => data.slice(places[i - 1]?.to ?? 0, from));
}
function fillIn(fixed, places, probe) {
	return fixed.reduce((before, after, i) => before + PROBES[places[i - 1].kind](i - 1)[probe] + after);
}
function frameAll(fixed, { before, after }) {
	const last = fixed.length - 1;
	return fixed.map((text, i) => Buffer.from((i === 0 ? before : "") + text + (i === last ? after : "")));
}
function carriesText({ text, reasoning, tool, characters }) {
	return (text || reasoning || tool) && (characters ?? 0) > 0;
}
function repeats(delta) {
	const { finishReason, terminal, concealed, endsAtDone } = delta;
	const saysNoMore = finishReason === null && !terminal && concealed !== true && endsAtDone !== true;
	return canRecur(delta) && carriesText(delta) && saysNoMore;
}
function canRecur(delta) {
	const { server, error, unknown, unread, content } = delta;
	return server === void 0 && error === null && !unknown && !unread && (carriesText(delta) || !content);
}
function saysTheSame(api, { eventName, delta }, { fixed, places, counts, probe }) {
	const text = PROBES.text()[probe];
	const probed = readProbe(api, eventName, fillIn(fixed, places, probe));
	if (probed === null) return false;
	const content = delta.content === void 0 || delta.content === "" ? delta.content : text;
	const usage = delta.usage === null ? null : {
		...delta.usage,
		...countsOf(counts, probe)
	};
	return holdsSame(probed, {
		...carriesText(delta) ? {
			...delta,
			content,
			characters: text.length
		} : delta,
		usage
	});
}
function countsOf(counts, probe) {
	return Object.fromEntries(counts.map(({ member, at, added }) => [member, Number(PROBES.count(at)[probe]) + added]));
}
function holdsSame({ usage, ...one }, { usage: otherUsage, ...other }) {
	return holdsAll(one, other) && holdsAll(other, one) && holdsAll(usage ?? {}, otherUsage ?? {}) && holdsAll(otherUsage ?? {}, usage ?? {});
}
function holdsAll(other, one) {
	return Object.entries(one).every(([name, value]) => other[name] === value);
}
function listTexts(value, characters, found = []) {
	if (typeof value === "string" && value.length === characters) found.push(value);
	if (value !== null && typeof value === "object") for (const member of Object.values(value)) listTexts(member, characters, found);
	return found;
}
// src/protocol/answer/stream-reader.ts
function createResponseReader(options) {
	const framing = options.api.framing(options.task);
	return options.stream === false || framing === "json" ? createJsonReader(options) : new StreamReader(options, framing);
}
const FRAMINGS = {
	sse: SSE,
	ndjson: NDJSON,
	"event-stream": EVENT_STREAM
};
const MOST_LESSONS = 8;
const MOST_LESSONS_OF_ALL = 256;
const LONGEST_RARE = 4096;
const NO_BYTES = Buffer.alloc(0);
const MOST_MEASURED = 16777216;
var StreamReader = class extends AnswerSoFar {
	#options;
	#framing;
	#rules;
	#counter = new TokenCounter();
	#stream;
	#text = "";
	#unread = NO_BYTES;
	#unreadAt = NaN;
	constructor(options, framing) {
		const rules = FRAMINGS[framing];
		super(options.api, rules.wanted, options.scratch, options.shapes ?? createShapeMemory(), options.keepsText ?? false);
		this.#options = options;
		this.#framing = framing;
		this.#rules = rules;
		this.#stream = this.#rules.createReader(this);
	}
	push(bytes, atMs, from = 0, to = bytes.length) {
		if (from === to) return this.finished;
		const mark = toReadMark(atMs);
		if (!this.finished && (mark !== this.readMark || this.reads === 0)) this.reads++;
		this.readMark = mark;
		const known = this.#pushKnown(bytes, from, to, atMs);
		if (known < to) this.#pushUnknown(bytes.subarray(known, to), atMs);
		return this.finished;
	}
	end() {
		this.ending = true;
		if (this.isStream === true) this.#stream.end();
		const totals = this.#counter.totals();
		this.counted = totals.outputTokens !== null;
		this.tooLong ??= this.#stream.tooLong;
		const { asked = null } = this.#options;
		const stated = {
			totals,
			totalTokens: this.#counter.totalTokens(),
			asked
		};
		const text = this.keepsText ? removeReasoning(this.#text) : null;
		return gatherFacts(this, stated, {
			comments: this.#stream.comments,
			text
		});
	}
	get lastEventAt() {
		return findLastEventAt(this);
	}
	onEvent(json, eventName, data) {
		const { api, parsesAll = false } = this.#options;
		const delta = api.read(json, eventName);
		this.server = delta.server ?? this.server;
		const hasEnded = this.finished;
		this.#take(delta, this.#unreadAt);
		if (!parsesAll && !hasEnded) this.#learn({
			json,
			data,
			eventName,
			delta
		});
		if (delta.error !== null) failAnswer(this, delta.error);
	}
	#take(delta, at) {
		const count = delta.usage === null ? NaN : this.#counter.add(delta.usage);
		if (this.finished) return;
		if (this.keepsText) this.#text += delta.content ?? "";
		noteEvent(this, delta, count, at);
	}
	onDone() {
		this.done = this.finished = true;
	}
	onError(message) {
		failAnswer(this, message);
	}
	onBroken(what) {
		this.broken ??= what;
		this.finished = countEvents(this) > 0 || this.#framing !== "ndjson";
	}
	onUnreadable(data, eventName) {
		if (eventName === "error") return failAnswer(this, readErrorMessage(data));
		if (this.finished) return;
		if (this.ending) this.cut = true;
		else if (/^\s*[{[]/.test(data)) this.unreadable ??= describeUnreadable(data, "an event");
		else this.unknownEvents++;
	}
	#pushKnown(bytes, from, to, atMs) {
		const { shapes } = this;
		if (!this.isBetween || this.broken !== null) return from;
		const { keepsText } = this;
		let at = from;
		while (at < to && !this.finished) {
			const { shape } = shapes;
			let end = shape === null ? -1 : shape.match(bytes, at, to, keepsText || this.inTag);
			if (end < 0) end = this.#pushRare(bytes, at, to, atMs);
			else {
				if (keepsText) this.#text += shape.delta.content ?? "";
				const { usage } = shape.delta;
				noteKnownEvent(this, shape, usage === null ? NaN : this.#counter.add(usage), atMs);
			}
			if (end < 0) return at;
			at = end;
		}
		return at;
	}
	#pushRare(bytes, at, to, atMs) {
		const { rare } = this.shapes;
		for (let i = 0; i < rare.length; i++) {
			const shape = rare[i];
			const end = shape.match(bytes, at, to, this.keepsText || this.inTag);
			if (end < 0) continue;
			this.#take(shape.delta, atMs);
			if (shape.repeats && this.tokenEvents > 1) expectRare(this.shapes, i);
			return end;
		}
		return -1;
	}
	#learn(event) {
		if (!canRecur(event.delta)) return;
		const isToken = !!event.delta.characters && this.tokenEvents > 1;
		if (!isToken && (this.#options.shapes === void 0 || event.data.length > LONGEST_RARE)) return;
		if (this.lessons === MOST_LESSONS || this.shapes.lessons === MOST_LESSONS_OF_ALL) return;
		const bytes = this.#unread;
		const frame = this.#rules.framesOf(event.eventName, bytes, event.data).find(({ before, after }) => bytes.includes(before + event.data + after));
		if (frame === void 0) return;
		if (isToken) this.lessons++;
		const { shape: expected, rare } = this.shapes;
		const known = expected === null ? rare : [expected, ...rare];
		const from = bytes.indexOf(frame.before + event.data + frame.after) - (frame.seal?.before ?? 0);
		if (known.some((shape) => shape.match(bytes, from, bytes.length, false) >= 0)) return;
		this.shapes.lessons++;
		const learnt = learnShape(this.api, event, frame, known);
		if (learnt !== null) keepShape(this.shapes, learnt, isToken);
	}
	#pushUnknown(bytes, atMs) {
		const hasBegun = countEvents(this) > 0;
		this.isStream ??= hasBegun || beginsStream(this.#rules, bytes);
		if (this.isStream === false || this.broken !== null) {
			this.isBetween = false;
			this.finished = !this.head.add(bytes);
			return;
		}
		if (!hasBegun) this.head.add(bytes);
		this.#unread = bytes;
		this.#unreadAt = atMs;
		this.#stream.push(bytes, hasBegun);
		this.#unread = NO_BYTES;
		this.isBetween = countEvents(this) > 0 && this.#stream.betweenEvents;
		this.tooLong = this.#stream.tooLong;
		if (this.tooLong !== null) this.finished ||= this.tooLong.whole || this.tooLong.length > MOST_MEASURED;
	}
};
function toReadMark(atMs) {
	return 1e3 * atMs | 0;
}
function beginsStream({ isText, canBegin }, bytes) {
	const first = bytes.find((byte) => !isText || !isBlank(byte));
	return first === void 0 ? null : canBegin(first);
}
function isBlank(byte) {
	return byte === 32 || byte >= 9 && byte <= 13 || byte === 239 || byte === 187 || byte === 191;
}
// src/load/transport/decoder.ts
var BodyDecoder = class {
	#decoder;
	#undecoded = [];
	#lastAt = NaN;
	constructor(decoder, target) {
		this.#decoder = decoder;
		decoder.on("data", (bytes) => target.onDecoded(bytes, this.#undecoded[0] ?? this.#lastAt));
		decoder.on("error", (error) => target.onUndecodable(error));
		decoder.on("end", () => target.onDecodedEnd(this.#lastAt));
	}
	push(bytes, at) {
		this.#lastAt = at;
		this.#undecoded.push(at);
		this.#decoder.write(Buffer.from(bytes), () => this.#undecoded.shift());
	}
	end() {
		this.#decoder.end();
	}
	destroy() {
		this.#decoder.destroy();
	}
};
const MOST_BYTES$1 = 1048576;
function createDecoder(encoding, target) {
	const decoder = openDecoder(encoding);
	return decoder === null ? null : new BodyDecoder(decoder, target);
}
function openDecoder(encoding) {
	switch (encoding.trim().toLowerCase()) {
		case "gzip":
		case "x-gzip": return createGunzip({ flush: constants$1.Z_SYNC_FLUSH });
		case "deflate": return createInflate({ flush: constants$1.Z_SYNC_FLUSH });
		case "br": return createBrotliDecompress({ flush: constants$1.BROTLI_OPERATION_FLUSH });
		case "zstd": return createZstdDecompress({ flush: constants$1.ZSTD_e_flush });
		default: return null;
	}
}
function readRefusalText(body, encoding) {
	return (decompressBody(body, encoding?.trim().toLowerCase()) ?? body).toString("utf8");
}
function decompressBody(body, encoding) {
	const gzip = {
		maxOutputLength: MOST_BYTES$1,
		finishFlush: constants$1.Z_SYNC_FLUSH
	};
	try {
		if (encoding === "gzip" || encoding === "x-gzip") return gunzipSync(body, gzip);
		if (encoding === "deflate") return inflateSync(body, gzip);
		if (encoding === "br") return brotliDecompressSync(body, {
			maxOutputLength: MOST_BYTES$1,
			finishFlush: constants$1.BROTLI_OPERATION_FLUSH
		});
		if (encoding === "zstd") return zstdDecompressSync(body, {
			maxOutputLength: MOST_BYTES$1,
			finishFlush: constants$1.ZSTD_e_flush
		});
	} catch {}
	return null;
}
// src/load/transport/http-request.ts
const IDLE_TIMEOUT_MS = 6e4;
const DRAIN_MS = 1e3;
const DRAIN_BYTES = 65536;
function findShortestDeadline({ requestTimeoutMs }) {
	return Math.min(DRAIN_MS, requestTimeoutMs);
}
const SHOWN_HEAD_BYTES = 2048;
const REFUSAL_BYTES = 65536;
var HttpRequest = class {
	#reader;
	#status = null;
	#decoder = null;
	#endAt = null;
	#settled = false;
	#bodyBytes = 0;
	#head = null;
	order;
	#options;
	#onEnded;
	#readyAt;
	#onFirstToken;
	#controller = null;
	#startAt = null;
	#connectMs = null;
	#headersAt = null;
	#turnAt = 0;
	#headers = null;
	#refusal = null;
	#drainedBytes = 0;
	#trouble = null;
	#cancelled = false;
	#ownFailure = null;
	constructor(options, order, onEnded) {
		const { written, slot } = order;
		this.order = order;
		this.#onFirstToken = order.onFirstToken;
		this.#options = options;
		this.#readyAt = options.clock.now();
		this.#onEnded = onEnded;
		const { api, dialect } = options;
		this.#reader = createResponseReader({
			api,
			task: dialect.task,
			...slot.memory,
			parsesAll: options.parsesAll ?? false,
			stream: written.stream ?? true,
			asked: {
				tokens: written.outputTokens,
				forced: forcesLength(dialect.fields)
			},
			askedResults: written.askedResults,
			keepsText: written.turn !== void 0
		});
	}
	send() {
		const { slot, written } = this.order;
		slot.connection.reused = false;
		slot.connection.dispatch(written.wire, this);
	}
	cancel() {
		if (this.#settled) return;
		this.#cancelled = true;
		this.#abort();
	}
	checkDeadline(now) {
		if (this.#settled) return Infinity;
		const { requestTimeoutMs } = this.#options;
		if (this.#endAt !== null) {
			const drainedAt = this.#endAt + DRAIN_MS;
			if (now > drainedAt) this.#abort();
			return drainedAt;
		}
		const timeoutAt = (this.#startAt ?? this.#readyAt) + requestTimeoutMs;
		const idleAt = this.#reader.tokenEvents > 0 ? this.#reader.lastEventAt + IDLE_TIMEOUT_MS : Infinity;
		if (now > timeoutAt) this.#ownFailure = this.#startAt === null ? "connect" : this.#headersAt === null ? "timeout_first_byte" : "timeout_total";
		else if (now > idleAt) this.#ownFailure = "timeout_idle";
		if (this.#ownFailure !== null) this.#abort();
		return Math.min(timeoutAt, idleAt);
	}
	onRequestStart(controller) {
		const { connection } = this.order.slot;
		this.#startAt = this.#options.clock.now();
		this.#controller = controller;
		this.#connectMs = connection.takeConnectMs();
		connection.reused = connection.requestsOnSocket++ > 0;
		if (this.#cancelled || this.#ownFailure !== null) controller.abort(/* @__PURE__ */ new Error("cancelled"));
	}
	onHead(status, headers, at) {
		if (status < 200) return;
		this.#headersAt = at;
		this.#status = status;
		this.#headers = headers;
		const encoding = headers["content-encoding"];
		if (status === 200 && encoding !== void 0) this.#decoder = createDecoder(encoding, this);
	}
	onBody(bytes, from, to, at) {
		this.#bodyBytes += to - from;
		if (this.#endAt !== null && (this.#drainedBytes += to - from) > DRAIN_BYTES) return this.#abort();
		if (this.#status !== 200) this.#keepRefusal(bytes.subarray(from, to), at);
		else if (this.#decoder !== null) this.#decoder.push(bytes.subarray(from, to), at);
		else this.#feed(bytes, from, to, at);
	}
	onEnd(at) {
		if (this.#decoder !== null) return this.#decoder.end();
		this.#endAt ??= at;
		this.#settle(null);
	}
	onResponseStart(_, status, headers) {
		this.onHead(status, joinHeaders(headers), this.#stampTurn());
	}
	onResponseData(_, chunk) {
		this.onBody(chunk, 0, chunk.length, this.#stampTurn());
	}
	onResponseEnd() {
		this.onEnd(this.#stampTurn());
	}
	#stampTurn() {
		if (this.#turnAt === 0) {
			this.#turnAt = this.#options.clock.now();
			queueMicrotask(() => this.#turnAt = 0);
		}
		return this.#turnAt;
	}
	onDecoded(bytes, at) {
		this.#feed(bytes, 0, bytes.length, at);
	}
	onDecodedEnd(at) {
		this.#endAt ??= at;
		this.#settle(null);
	}
	onUndecodable(error) {
		this.#settle("parse", `a body that is not as its Content-Encoding says: ${error.message}`);
		this.#abort();
	}
	onResponseError(_, error) {
		if (this.#ownFailure !== null) return this.#failOurselves(this.#ownFailure);
		if (this.#endAt !== null) return this.#settle(null);
		return this.#fail(readConnectionError(error, {
			headersSeen: this.#headersAt !== null,
			proxied: this.#options.connection.proxy !== null,
			certified: this.#isCertified,
			outOfFiles: isOutOfFiles
		}));
	}
	#feed(bytes, from, to, at) {
		if (this.#settled) return;
		this.#head ??= bytes.toString("latin1", from, Math.min(to, from + SHOWN_HEAD_BYTES));
		if (this.#reader.push(bytes, at, from, to)) this.#endAt ??= at;
		if (this.#onFirstToken !== void 0 && this.#reader.tokenEvents > 0) {
			this.#onFirstToken();
			this.#onFirstToken = void 0;
		}
	}
	#keepRefusal(chunk, at) {
		if ((this.#refusal ??= new ByteStore(REFUSAL_BYTES)).add(chunk)) return;
		this.#endAt = at;
		this.#abort();
	}
	#abort() {
		if (this.#controller === null) this.#failOurselves(this.#ownFailure ?? "connect");
		else this.#controller.abort(/* @__PURE__ */ new Error("ended by the client"));
	}
	get #isCertified() {
		return this.#options.connection.clientPem != null;
	}
	#failOurselves(failure) {
		if (failure === "connect") this.#fail(stateTrouble({
			name: "no-connection",
			detail: null
		}));
		else this.#settle(failure);
	}
	#fail({ failure, trouble, message }) {
		this.#trouble = trouble;
		this.#settle(failure, message);
	}
	#settle(failure, message = null) {
		if (this.#settled) return;
		this.#settled = true;
		this.#decoder?.destroy();
		const endAt = this.#endAt ?? this.#options.clock.now();
		this.#onEnded(this, () => this.#describeEnd(endAt, failure, message));
	}
	#describeEnd(endAt, failure, message) {
		const answer = this.#reader.end(endAt);
		const { headers } = this.#options;
		const { slot, written } = this.order;
		const { nonce } = written;
		const ownHeaders = written.wire.headers;
		const status = this.#status;
		const refused = status !== null && status !== 200;
		const final = refused ? `http_${status}` : failure ?? answer.failure;
		const { "content-encoding": encoding, upgrade } = this.#headers ?? {};
		const body = refused ? readRefusalText(Buffer.from(this.#refusal?.bytes() ?? []), encoding) : "";
		const refusal = {
			body,
			upgrade,
			certified: this.#isCertified
		};
		const tokenAt = slot.memory.scratch.listTimes(answer.tokenEvents);
		const sending = {
			requestId: headers["x-request-id"] === void 0 && ownHeaders["x-request-id"] === nonce ? nonce : null,
			serverRequestId: readServerRequestId(this.#headers ?? {}, () => [nonce, ...Object.values({
				...ownHeaders,
				...headers
			})]),
			readyAt: this.#readyAt,
			startAt: this.#startAt ?? endAt,
			connectMs: this.#connectMs,
			headersAt: this.#headersAt,
			endAt,
			failure: this.#cancelled ? null : final,
			failureMessage: refused ? readRefusal(body) : failure === null ? answer.failureMessage : message,
			trouble: this.#cancelled ? null : refused ? readRefusedConnection(status, refusal) : this.#trouble,
			retryAfterMs: refused ? readRetryAfter(this.#headers, this.#options.clock.wallNow()) : null,
			headers: this.#headers,
			status,
			answerHead: final === null ? null : refused ? body.slice(0, SHOWN_HEAD_BYTES) : this.#head && Buffer.from(this.#head, "latin1").toString("utf8"),
			bodyBytes: this.#bodyBytes,
			heldBack: findBursts(tokenAt, this.#bodyBytes)?.by ?? null,
			cancelled: this.#cancelled,
			tokenAt,
			tokenCountAt: slot.memory.scratch.listCounts(answer.tokenEvents)
		};
		return {
			...answer,
			...sending,
			reconnected: false,
			renewed: false
		};
	}
};
// src/load/transport/request-writer.ts
function addressModel({ api, url, dialect }, model) {
	if (model === void 0) return {
		url,
		dialect
	};
	return {
		url: api.urlOfModel?.(url, model) ?? url,
		dialect: {
			...dialect,
			model: api.modelInBody(url, model)
		}
	};
}
const NO_PROMPTS = [];
var WrittenRequest = class {
	prompts = NO_PROMPTS;
	nonce;
	outputTokens;
	turn;
	part;
	model;
	stream;
	askedResults;
	wire;
	credentials;
	madeAt;
	constructor(spec, askedResults, { wire, credentials, madeAt }) {
		this.nonce = spec.nonce;
		this.outputTokens = spec.outputTokens;
		this.turn = spec.turn;
		this.part = spec.part;
		this.model = spec.model;
		this.stream = spec.stream;
		this.askedResults = askedResults;
		this.wire = wire;
		this.credentials = credentials;
		this.madeAt = madeAt;
	}
	get size() {
		return this.wire.bytes.length;
	}
};
const ACCEPT = {
	sse: "text/event-stream",
	ndjson: "application/x-ndjson, application/json",
	"event-stream": "application/vnd.amazon.eventstream",
	json: "application/json"
};
var RequestWriter = class {
	#options;
	#keyPlace;
	#places = /* @__PURE__ */ new Map();
	constructor(options) {
		this.#options = options;
		this.#keyPlace = findKeyPlaceAt(options.url, options.api);
	}
	write(spec) {
		const { api, dialect } = this.#options;
		const place = this.#placeFor(spec.model);
		const body = JSON.stringify(api.body(place.dialect, spec));
		return new WrittenRequest(spec, countAskedResults(dialect, spec), this.#writeBody(spec, place, body));
	}
	renew(request) {
		if (this.#options.auth.holds(request.credentials, request.madeAt)) return request;
		const { bytes, bodyAt } = request.wire;
		const writing = this.#writeBody(request, this.#placeFor(request.model), bytes.toString("utf8", bodyAt));
		return new WrittenRequest(request, request.askedResults, writing);
	}
	#writeBody({ nonce, stream }, place, body) {
		const { auth, clock } = this.#options;
		const credentials = auth.headers({
			method: "POST",
			url: place.url,
			body
		}, this.#keyPlace);
		return {
			wire: encodeRequest(stream === false ? place.whole : place.streamed, {
				"x-request-id": nonce,
				...credentials
			}, body),
			credentials,
			madeAt: clock.now()
		};
	}
	#placeFor(model) {
		const known = this.#places.get(model);
		if (known !== void 0) return known;
		const { api, dialect } = this.#options;
		const address = addressModel(this.#options, model);
		const place = {
			...address,
			streamed: this.#headFor(address.url, api.framing(dialect.task)),
			whole: this.#headFor(address.url, "json")
		};
		this.#places.set(model, place);
		return place;
	}
	#headFor(at, framing) {
		return prepareHead(at, {
			"content-type": "application/json",
			accept: ACCEPT[framing],
			"accept-encoding": "identity",
			"user-agent": USER_AGENT,
			...this.#options.headers
		});
	}
};
function prepareHead({ host, pathname, search }, headers) {
	const path = pathname + search;
	const lines = writeHeaders(headers);
	const first = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
	return {
		path,
		headers,
		lines: typeof lines === "string" ? first + lines : lines
	};
}
function encodeRequest(head, headers, body) {
	const own = writeHeaders(headers, head.headers);
	const problem = typeof own !== "string" ? own : typeof head.lines !== "string" ? head.lines : null;
	const bodyBytes = Buffer.byteLength(body);
	const lines = problem === null ? `${head.lines}${own}content-length: ${bodyBytes}\r\n\r\n` : "";
	const bytes = Buffer.from(lines + body);
	return {
		head,
		headers,
		bytes,
		bodyAt: bytes.length - bodyBytes,
		problem
	};
}
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const UNSENDABLE = /[^\t\x20-\x7E\x80-\xFF]/;
function writeHeaders(headers, others = {}) {
	let lines = "";
	for (const name in headers) {
		if (name in others) continue;
		const value = headers[name];
		if (!NAME.test(name)) return createWireError("UND_ERR_INVALID_ARG", `invalid header name ${name}`);
		if (UNSENDABLE.test(value)) return createWireError("UND_ERR_INVALID_ARG", `invalid ${name} header`);
		lines += `${name}: ${value}\r\n`;
	}
	return lines;
}
// src/load/transport/http-transport.ts
const SOONEST_LOOK_MS = 50;
function createHttpTransport({ clock = systemTransportClock, ...rest }) {
	return new HttpTransport({
		...rest,
		clock
	});
}
var HttpTransport = class {
	#options;
	#writer;
	#buffer = createReadBuffer();
	#shapes = createShapeMemory();
	#createScratch = createScratchSource();
	#slots = /* @__PURE__ */ new Map();
	#running = /* @__PURE__ */ new Set();
	#listening = /* @__PURE__ */ new WeakSet();
	#stopLooking;
	constructor(options) {
		this.#options = options;
		this.#writer = new RequestWriter(options);
		this.#stopLooking = options.clock.lookAfter(passBy(findShortestDeadline(options)), () => this.#lookAtDeadlines());
	}
	prepare(spec) {
		return this.#writer.write(spec);
	}
	send(worker, spec, signal, onFirstToken) {
		const watch = {
			signal,
			onFirstToken
		};
		const slot = this.#slots.get(worker);
		if (slot === void 0 || this.#options.auth.stale) return this.#sendLater(worker, spec, watch);
		return this.#sendNow(slot, spec, watch);
	}
	async close() {
		this.#stopLooking();
		await Promise.all(Array.from(this.#slots.values(), async ({ connection }) => connection.destroy()));
	}
	async #sendLater(worker, spec, watch) {
		const { auth } = this.#options;
		if (auth.stale) await auth.refresh(watch.signal);
		return this.#sendNow(this.#slots.get(worker) ?? await this.#connect(worker), spec, watch);
	}
	#sendNow(slot, spec, watch) {
		const written = spec instanceof WrittenRequest ? this.#writer.renew(spec) : this.#writer.write(spec);
		return this.#sendOnce(slot, written, watch, false);
	}
	#sendOnce(slot, written, { signal, onFirstToken }, isSecond) {
		const { promise, resolve, reject } = Promise.withResolvers();
		const order = {
			slot,
			written,
			isSecond,
			signal,
			onFirstToken,
			resolve,
			reject
		};
		const request = new HttpRequest(this.#options, order, this.#end);
		this.#running.add(request);
		this.#listenTo(signal);
		if (signal.aborted) request.cancel();
		else request.send();
		return promise;
	}
	#end = (request, describe) => {
		const { order } = request;
		this.#running.delete(request);
		try {
			const exchange = describe();
			keepLayouts("exchange", [request, exchange]);
			if (exchange.status === 200) this.#options.auth.noteAccepted(order.written.credentials);
			order.resolve(exchange.failure === null ? exchange : this.#settleFailure(order, exchange));
		} catch (error) {
			order.reject(error);
		}
	};
	async #settleFailure(order, exchange) {
		const { auth } = this.#options;
		const { slot, written, isSecond, signal } = order;
		if (slot.connection.reused && exchange.failure === "connect" && exchange.headersAt === null && !isSecond && !signal.aborted) return {
			...await this.#sendOnce(slot, this.#writer.renew(written), order, true),
			reconnected: true
		};
		if (!isTokenRefused(exchange)) return exchange;
		if (await auth.renew(written.credentials, signal)) return {
			...exchange,
			renewed: true
		};
		const acceptedUntil = auth.acceptedUntil();
		return acceptedUntil === null ? exchange : {
			...exchange,
			acceptedUntil
		};
	}
	async #connect(worker) {
		const { connection: options, clock } = this.#options;
		const slot = {
			connection: await openConnection(options, clock, this.#buffer),
			memory: {
				scratch: this.#createScratch(),
				shapes: this.#shapes
			}
		};
		this.#slots.set(worker, slot);
		return slot;
	}
	#listenTo(signal) {
		if (this.#listening.has(signal)) return;
		this.#listening.add(signal);
		const cancel = () => {
			for (const request of this.#running) if (request.order.signal === signal) request.cancel();
		};
		signal.addEventListener("abort", cancel, { once: true });
	}
	#lookAtDeadlines() {
		const now = this.#options.clock.now();
		let nextMs = findShortestDeadline(this.#options);
		for (const request of this.#running) nextMs = Math.min(nextMs, request.checkDeadline(now) - now);
		return Math.max(SOONEST_LOOK_MS, passBy(nextMs));
	}
};
function passBy(ms) {
	return Math.floor(ms) + 1;
}
const TOKEN_REFUSED = /\b(invalid|expired)\b.{0,40}\btoken\b|\btoken\b.{0,40}\b(invalid|expired)\b/i;
function isTokenRefused({ status, failureMessage }) {
	return status === 401 || status === 403 && TOKEN_REFUSED.test(failureMessage ?? "");
}
// src/load/transport/target.ts
const SYSTEM_TIME = {
	clock: systemClock,
	wallClock: () => /* @__PURE__ */ new Date()
};
const CONNECT_TIMEOUT_MS = 1e4;
function buildConnectionOptions(settings) {
	return {
		caCert: settings.caCertPem,
		clientPem: settings.clientPem,
		insecure: settings.insecureTls,
		proxy: settings.proxy === null ? null : settings.proxy.href,
		connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.requestTimeoutMs)
	};
}
function openTransport(settings, { api, dialect, url, auth }, { clock, wallClock } = SYSTEM_TIME) {
	return createHttpTransport({
		connection: {
			...buildConnectionOptions(settings),
			origin: url.origin
		},
		api,
		dialect,
		url,
		headers: {
			...api.headers,
			...settings.headers
		},
		auth,
		requestTimeoutMs: settings.requestTimeoutMs,
		parsesAll: settings.fullParse,
		clock: {
			...systemTransportClock,
			now: () => clock.now(),
			wallNow: () => wallClock().getTime()
		}
	});
}
const MOST_PAGE_BYTES = 1048576;
const PAGE_TIMEOUT_MS = 1e4;
const PAGE_HEADERS = {
	accept: "application/json, text/plain",
	"accept-encoding": "identity"
};
async function getPage(settings, { api, auth }, url, signal) {
	const own = url.origin === settings.endpoint.origin;
	if (own && auth.stale && !await isPrepared(auth, signal)) return null;
	const key = own ? auth.headers({
		method: "GET",
		url,
		body: ""
	}, findKeyPlaceAt(settings.endpoint, api)) : {};
	return askServer({
		method: "GET",
		url,
		headers: {
			...own && {
				...api.headers,
				...key,
				...settings.headers
			},
			...PAGE_HEADERS
		},
		body: null,
		mostBytes: MOST_PAGE_BYTES,
		timeoutMs: PAGE_TIMEOUT_MS
	}, buildConnectionOptions(settings), signal).then(({ status, text }) => ({
		status,
		text
	}), () => null);
}
async function isPrepared(auth, signal) {
	return auth.refresh(signal).then(() => true, () => false);
}
async function sendEach(settings, target, specs, ports) {
	const transport = ports.openTransport(settings, target);
	try {
		const exchanges = [];
		for (const spec of specs) {
			const exchange = await transport.send(0, spec, ports.signal);
			exchanges.push(exchange.renewed ? await transport.send(0, spec, ports.signal) : exchange);
		}
		return exchanges;
	} finally {
		await transport.close();
	}
}
async function askServer({ method, url, headers, body, mostBytes, timeoutMs }, connection, signal) {
	const dispatcher = await openDispatcher({
		...connection,
		origin: url.origin
	});
	const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
	ended.addEventListener("abort", () => void dispatcher.destroy(), { once: true });
	try {
		const answer = await dispatcher.request({
			origin: url.origin,
			path: url.pathname + url.search,
			method,
			headers: {
				"user-agent": USER_AGENT,
				...headers
			},
			body,
			signal: ended
		});
		const parts = [];
		let bytes = 0;
		for await (const part of answer.body) {
			bytes += part.length;
			if (bytes > mostBytes) break;
			parts.push(part);
		}
		const { location } = answer.headers;
		return {
			status: answer.statusCode,
			location: typeof location === "string" ? location : null,
			text: Buffer.concat(parts).toString("utf8")
		};
	} finally {
		await dispatcher.destroy();
	}
}
// src/load/auth/ask-for-token.ts
const PAUSES_MS = [500, 2e3];
const TIMEOUT_MS = 15e3;
const MOST_BYTES = 65536;
const ABOUT_CERTIFICATES = /* @__PURE__ */ new Set([
	"self-signed",
	"private-authority",
	"no-chain",
	"expired",
	"not-yet-valid",
	"client-certificate",
	"refused-certificate"
]);
const BUSY_STATUS = /* @__PURE__ */ new Set([
	408,
	425,
	429
]);
async function askForToken(question, settings, clock, signal) {
	for (let tries = 0;; tries++) {
		const answer = await tryOnce(question, settings, signal);
		if (answer.ok) return findToken(answer.members, question);
		const pause = answer.isDown ? PAUSES_MS[tries] : void 0;
		if (pause === void 0 || signal.aborted) throw answer.error;
		await clock.sleep(pause, signal);
	}
}
function findToken(members, { method, url, member, who, misplaced }) {
	const token = members[member];
	if (typeof token === "string" && /^[\x21-\x7e]{1,16384}$/.test(token)) return {
		token,
		members
	};
	const tried = `${method} ${showUrl(url)}`;
	throw new EndpointError(`${who} answered without a token`, {
		tried,
		remedy: misplaced
	});
}
async function tryOnce(question, settings, signal) {
	const { method, url, headers, body, who, isGithubs, refused, misplaced } = question;
	const connection = buildConnectionOptions(settings);
	const fail = (what, remedy, isDown = false) => {
		return {
			ok: false,
			isDown,
			error: new EndpointError(what, {
				tried: `${method} ${showUrl(url)}`,
				remedy
			})
		};
	};
	let answer;
	try {
		answer = await askServer({
			method,
			url,
			headers: {
				...headers,
				accept: "application/json"
			},
			body,
			mostBytes: MOST_BYTES,
			timeoutMs: TIMEOUT_MS
		}, isGithubs === true ? {
			...connection,
			clientPem: null,
			insecure: false
		} : connection, signal);
	} catch (error) {
		const { what, remedy, isDown } = explainNoAnswer(error, question, {
			headersSeen: false,
			proxied: connection.proxy !== null,
			certified: connection.clientPem != null,
			outOfFiles: isOutOfFiles
		});
		return fail(what, remedy, isDown);
	}
	const { status, location, text } = answer;
	const members = asObject(parseJson(text));
	const said = quoteAnswer(text, members);
	if (status === 200) {
		if (members !== null) return {
			ok: true,
			members
		};
		return fail(`${who} answered with ${text.trimStart().startsWith("<") ? "a page" : "something else"} instead of a token${said}`, misplaced);
	}
	if (status >= 300 && status < 400) return fail(`${who} redirects (${status}) to ${originOf(location, url)}; redirects are not followed, so that no secret goes elsewhere`, misplaced);
	if (status >= 500 || BUSY_STATUS.has(status)) return fail(`${who} is not able to answer (${status})${said}`, "run again when it is", true);
	if (status === 404 || status === 405) return fail(`${who} is not there (${status})${said}`, misplaced);
	return fail(`${who} says no (${status})${said}`, refused);
}
function explainNoAnswer(error, { who, unreachable }, state) {
	const { trouble, failure } = readConnectionError(error, state);
	const ours = findClientFailure(failure);
	if (ours !== null) return {
		what: `${who} cannot be reached: ${makeClause(ours.meaning)}`,
		remedy: makeClause(ours.remedy),
		isDown: true
	};
	if (trouble !== null && ABOUT_CERTIFICATES.has(trouble.name)) return {
		what: `${who} cannot be reached: ${escapeForTerminal(describeTrouble(trouble), 300)}`,
		remedy: findTrouble(trouble.name).remedy,
		isDown: false
	};
	return {
		what: `${who} cannot be reached (${escapeForTerminal(codeOf(error) ?? error.name)})`,
		remedy: unreachable,
		isDown: true
	};
}
function quoteAnswer(text, members) {
	const { error, error_description: description } = members ?? {};
	const said = typeof error === "string" && typeof description === "string" ? `${error}: ${description}` : readRefusal(text);
	return said === null ? "" : `: ${escapeForTerminal(said, 300)}`;
}
function originOf(location, from) {
	if (location === null || !URL.canParse(location, from.href)) return "an address that it does not name";
	return showUrl(new URL(new URL(location, from).origin));
}
// src/load/auth/authorizers.ts
const NO_AUTH = {
	stale: false,
	headers: () => ({}),
	holds: () => true,
	refresh: async () => {},
	noteAccepted: () => {},
	acceptedUntil: () => null,
	renew: async () => false
};
function createAuthorizer(settings, ports) {
	const { fetchToken } = authWayOf(settings.auth.kind) ?? {};
	if (fetchToken === void 0) return createLastingAuthorizer(settings, ports);
	const credentials = pickCredentials(settings);
	const fetch = async (signal) => fetchToken(credentials, {
		ask: async (question) => askForToken(question, settings, ports.clock, signal),
		hide: ports.hide
	});
	return createTokenAuthorizer(fetch, settings, ports);
}
function pickCredentials(settings) {
	const { endpoint, clientId, clientSecret, tokenUrl, oidcAudience, variables } = settings;
	return {
		endpoint,
		clientId,
		clientSecret,
		tokenUrl,
		oidcAudience,
		variables
	};
}
const SIGNATURE_HOLDS_MS = 6e4;
function createLastingAuthorizer(settings, ports, before = null) {
	const sign = authWayOf(settings.auth.kind)?.createSigner?.(pickCredentials(settings));
	return {
		...createLastLetIn(ports, before),
		stale: false,
		headers: (request, place) => sign === void 0 ? buildKeyHeaders(settings, place) : sign(request, ports.wallClock()),
		holds: (_, madeAt) => sign === void 0 || ports.clock.now() - madeAt < SIGNATURE_HOLDS_MS,
		refresh: async () => {},
		renew: async () => false
	};
}
function createLastLetIn({ clock, wallClock }, before = null) {
	let at = null;
	return {
		noteAccepted() {
			at = clock.now();
		},
		acceptedUntil: () => at === null ? before : new Date(wallClock().getTime() - (clock.now() - at))
	};
}
function buildKeyHeaders({ apiKey, auth }, place) {
	if (apiKey === null) return {};
	if ("name" in auth) return { [auth.name]: apiKey };
	return isWayWord(auth.kind) ? {} : KEY_HEADERS[auth.kind](apiKey, place);
}
const KEY_HEADERS = {
	auto: (key, place) => place === "bearer" ? proveByBearer(key) : { [place.header]: key },
	bearer: proveByBearer,
	basic: (key) => ({ authorization: `Basic ${Buffer.from(completeBasicPair(key)).toString("base64")}` }),
	none: () => ({})
};
function proveByBearer(token) {
	return { authorization: `Bearer ${token}` };
}
const LONGEST_MARGIN_MS = 12e4;
const SHORTEST_MARGIN_MS = 4e4;
const FAILURE_STANDS_MS = 1e4;
const YOUNG_MS = 1e3;
function createTokenAuthorizer(fetchToken, { requestTimeoutMs }, ports) {
	const { clock, hide } = ports;
	const acceptance = createLastLetIn(ports);
	let held = null;
	let pending = null;
	let failure = null;
	const hasFailedLately = () => failure !== null && clock.now() - failure.at < FAILURE_STANDS_MS;
	const isUsable = () => held !== null && clock.now() < held.expiresAt;
	const findStaleAt = () => {
		if (held === null) return -Infinity;
		if (failure === null || !hasFailedLately()) return held.staleAt;
		return Math.max(held.staleAt, Math.min(failure.at + FAILURE_STANDS_MS, held.expiresAt));
	};
	const isStale = () => clock.now() >= findStaleAt();
	const headersOf = () => held === null ? {} : { authorization: held.authorization };
	async function fetchOne(signal) {
		if (failure !== null && hasFailedLately()) throw failure.error;
		try {
			const token = await fetchToken(signal);
			hide(token.value);
			held = holdToken(token, clock.now(), requestTimeoutMs);
			failure = null;
		} catch (error) {
			if (signal.aborted) return;
			failure = {
				at: clock.now(),
				error
			};
			throw error;
		}
	}
	async function replace(before, signal) {
		while (held === before && !signal.aborted) {
			pending ??= fetchOne(signal).finally(() => pending = null);
			await pending;
		}
	}
	return {
		acceptedUntil: acceptance.acceptedUntil,
		get stale() {
			return isStale();
		},
		headers: headersOf,
		holds: (made) => made["authorization"] === held?.authorization,
		lend: () => ({
			headers: headersOf(),
			staleAt: findStaleAt()
		}),
		async refresh(signal) {
			if (!isStale()) return;
			try {
				await replace(held, signal);
			} catch (error) {
				if (!isUsable()) throw error;
			}
		},
		noteAccepted(sent) {
			acceptance.noteAccepted(sent);
			if (held !== null && sent["authorization"] === held.authorization) held.isProven = true;
		},
		async renew(sent, signal) {
			if (held === null) return false;
			if (sent["authorization"] !== held.authorization) return true;
			if (!held.isProven || clock.now() - held.fetchedAt < YOUNG_MS) return false;
			await replace(held, signal);
			return true;
		}
	};
}
function holdToken({ value, lifetimeMs }, fetchedAt, requestTimeoutMs) {
	const lifetime = Math.max(YOUNG_MS, lifetimeMs ?? Infinity);
	const margin = Math.min(lifetime / 2, Math.max(SHORTEST_MARGIN_MS, Math.min(requestTimeoutMs, LONGEST_MARGIN_MS)));
	const expiresAt = fetchedAt + lifetime;
	return {
		authorization: `Bearer ${value}`,
		fetchedAt,
		staleAt: expiresAt - margin,
		expiresAt,
		isProven: false
	};
}
// src/load/explain.ts
function explainFailure(exchange, { url, dialect: { task } }) {
	const target = showUrl(url);
	const tried = `POST ${target}`;
	const { trouble, status } = exchange;
	if (trouble !== null) return new EndpointError(escapeForTerminal(describeTrouble(trouble), 300), {
		tried,
		remedy: findTrouble(trouble.name).remedy
	});
	const said = findClientFailure(exchange.failure) === null ? quoteServer(exchange) : "";
	const createError = ([what, remedy]) => new EndpointError(`${what}${said}`, {
		tried,
		remedy
	});
	const known = exchange.acceptedUntil === void 0 ? explainByOwner(exchange, target) : null;
	if (known !== null) return createError([`${known.what} (${status})`, known.remedy]);
	const complaint = complaintOf(exchange);
	if (complaint !== null) return createError(wordsOfComplaint(complaint, status, task));
	return findFatalRefusal(exchange, target) ?? createError(wordsOfFailure(exchange, task));
}
function wordsOfFailure(exchange, task) {
	const { failure, status } = exchange;
	switch (failure) {
		case "connect":
		case "tls": return ["no connection to the endpoint", findTrouble("other-connection").remedy];
		case "parse": return ["the answer is not in the format of this API", remedyOfUnreadable(exchange, task)];
		case "empty": return wordsOfEmpty(exchange);
		case "incomplete": return ["the answer broke off before it was finished", "look at the server log; a proxy may cut answers short"];
		case "error_event": return ["the server answered 200 with an error", "look at the server log"];
		case "timeout_first_byte":
		case "timeout_total":
		case "timeout_idle": return [describeSilence(exchange), status === 200 ? "look at the server log; a proxy may hold the answer back; `request-timeout` is how long an answer may take" : "raise `request-timeout`, or check that the model is loaded"];
		case "client_files": return ["this machine may not open more files, and each connection is one", remedyOfClient(failure)];
		case "client_ports": return ["this machine has no free port for another connection", remedyOfClient(failure)];
		case "client_memory": return ["this machine has no memory for another connection", remedyOfClient(failure)];
		case null: return ["the request was cancelled", "run again"];
		default: return wordsOfRefusal(failure);
	}
}
function wordsOfEmpty(exchange) {
	if (isFiltered(exchange.finishReason)) return [`a content filter withheld the whole answer (finish_reason ${exchange.finishReason})`, "switch the filter off for the test, or give prompts that it lets pass (`prompts-file`)"];
	if (exchange.unreadMember !== null) return ["the answer holds its text in a member that Plateau does not read", "check `api`; if it is right, please report this with a recording of the answer"];
	if (hasOnlyReasoning(exchange)) return [exchange.hiddenReasoning || (exchange.reasoningTokens ?? 0) > 0 ? "the model spent all tokens on hidden reasoning" : "the answer holds no tokens at all and ended at its length limit, as with hidden reasoning", "check `model`; raise `output-tokens`, or have it reason less with `extra-body` (for example {\"reasoning_effort\": \"low\"}, or {\"thinking\": {\"type\": \"disabled\"}} for Claude)"];
	return ["the answer is empty", "check `model`; send the same prompt by hand"];
}
function wordsOfRefusal(failure) {
	const status = Number(failure.slice(5));
	switch (status) {
		case 402: return ["the endpoint requires payment (402)", "top up the account of this key or raise its budget, or take another key"];
		case 405: return ["the path does not accept POST (405)", "check the path of `endpoint`, and `api`"];
		case 407: return ["a proxy on the way requires a login (407)", "give it in `proxy`: http://user:password@host:port; or let this machine pass without one"];
		case 429: return ["the endpoint refuses requests with 429 (rate limit)", "wait, or use a key with a higher rate limit"];
	}
	if (status >= 500) return [`the endpoint is not able to answer (${status})`, "look at the server log; `ready-timeout` is how long to wait for a server that is still starting"];
	return [status < 300 ? `the endpoint answered ${status} instead of 200` : `the endpoint refused the request with ${status}`, "check `model`, `api`, `extra-body` and the lengths asked for against what the message says"];
}
function describeSilence({ failure, status, headersAt, tokenEvents, endAt }) {
	if (status !== 200 || headersAt === null) return "the endpoint did not answer in time";
	const seconds = `${Math.round((endAt - headersAt) / 1e3)} s`;
	if (tokenEvents === 0) return `the endpoint answered 200 and then sent no answer for ${seconds}`;
	return failure === "timeout_idle" ? `the stream stopped in the middle of an answer, after ${tokenEvents} token events` : `the answer was not over after ${seconds} and ${tokenEvents} token events`;
}
function remedyOfClient(failure) {
	return makeClause(findClientFailure(failure).remedy);
}
function describeFailure(exchange) {
	const { failure, failureMessage, trouble } = exchange;
	if (trouble !== null) return findTrouble(trouble.name).what;
	if (failureMessage !== null && findClientFailure(failure) === null) return failureMessage;
	if (failure?.startsWith("timeout_") === true && exchange.status === 200) return describeSilence(exchange);
	const { meaning } = FAILURE_CLASSES.find(({ code }) => code === failure) ?? { meaning: "The server said nothing." };
	return makeClause(meaning);
}
function complaintOf({ failure, status, failureMessage, answerHead }) {
	if (failure === "parse" && saysLoading(answerHead ?? "")) return { about: "loading" };
	if (failure === null || status === 200 && failure !== "error_event") return null;
	return readComplaint(status, failureMessage);
}
function hasOnlyReasoning({ failure, reasoningTokens, hiddenReasoning, finishReason }) {
	return failure === "empty" && ((reasoningTokens ?? 0) > 0 || hiddenReasoning || LENGTH_REACHED.test(finishReason ?? ""));
}
const LENGTH_REACHED = /^(length|max_(output_)?tokens)$/i;
function wordsOfComplaint(complaint, status, task) {
	switch (complaint.about) {
		case "model": return ["the endpoint does not have the model", "check `model`"];
		case "labels": return ["the endpoint scores by the probabilities of tokens, and must be told of which", "give their ids in the vocabulary of the model with `extra-body`, for example {\"label_token_ids\": [9693, 2152]}"];
		case "no-model": return ["the endpoint must be told which model to use", "set `model`"];
		case "task": return ["the model or path is not for what was asked of it", remedyOfTask(complaint.api)];
		case "context": return [`${generatesTokens(task) ? "prompt and answer do" : `a ${nameItem(task)} does`} not fit the context of the model${complaint.limit === null ? "" : ` (${complaint.limit} tokens)`}`, `lower \`input-tokens\`${generatesTokens(task) ? " or `output-tokens`" : ""}; with \`prompts-file\`, shorten the prompts`];
		case "payment": return [`the account of this key is empty, or a quota of it is used up (${status})`, "top up the account of this key or raise its budget, or take another key; a quota that counts by the minute passes by itself"];
		case "size": return ["the request has more bytes than the endpoint, or a proxy in front of it, takes", "lower `input-tokens` or `batch-size`, or shorten the prompts of `prompts-file`; or raise the limit (nginx: client_max_body_size)"];
		case "batch": return ["the endpoint takes fewer sequences in one request", `lower \`batch-size\`${complaint.limit === null ? "" : ` to ${complaint.limit}`}, or put fewer texts into a line of \`prompts-file\``];
		case "expired": return ["the key or token has expired", `get a new one; ${RENEWING_WORDS.map((word) => `\`auth: ${word}\``).join(" and ")} fetch and renew theirs by themselves`];
		case "loading": return [`the model is still loading (${status})`, "wait for it: `ready-timeout` is how long to wait for a server that is still starting"];
		case "path": return ["the server has no such path", "check the path of `endpoint`, and `api`"];
	}
}
function remedyOfTask(api) {
	if (api === null) return "set `api`, or `task` where one API has several, to what the model is made for";
	const task = readTaskInName(api);
	return `set \`api\` to ${api}${task === null ? "" : `, or \`task\` to ${task} where one API has several`}`;
}
const READABLE_ENCODING = /^(identity|x?-?gzip|deflate|br|zstd)?$/i;
function remedyOfUnreadable({ headers, failureMessage }, task) {
	const encoding = headers?.["content-encoding"] ?? "";
	if (!READABLE_ENCODING.test(encoding) || /Content-Encoding/.test(failureMessage ?? "")) return `switch off compression for \`${generatesTokens(task) ? "text/event-stream" : "application/json"}\` in the server or in the proxy in front of it`;
	const says = failureMessage ?? "";
	if (says.includes("which JSON does not have")) return "look at the log of the server, whose model or settings produce such numbers; if it is a log-probability, do not ask for them (`extra-body`)";
	if (TOO_LARGE.test(says)) return "have the server send less in one event: prompt_logprobs, top_logprobs, echo and return_token_ids (`extra-body`) fill it; if none is asked for, look at what it sends (curl -N)";
	return "check `endpoint` and `api`; a proxy may answer instead of the model";
}
const TOO_LARGE = /\bevent of (more than )?[\d.]+ MiB\b/;
function findFatalRefusal(exchange, target) {
	const { status } = exchange;
	if (status === null) return null;
	const tried = `POST ${target}`;
	const said = quoteServer(exchange);
	if (exchange.acceptedUntil !== void 0) return new EndpointError(`the key was accepted until ${exchange.acceptedUntil.toISOString().slice(11, 19)} UTC and is refused now (${status})${said}`, {
		tried,
		remedy: `it expired or was withdrawn during the run: take one that outlives the run, or an \`auth\` that fetches new ones (${RENEWING_WORDS.join(", ")})`
	});
	const known = status >= 401 && status <= 404 ? explainByOwner(exchange, target) : null;
	if (known !== null) return new EndpointError(`${known.what} (${status})${said}`, {
		tried,
		remedy: known.remedy
	});
	if ((status === 403 || status === 406) && (isPage(exchange) || FIREWALL.test(exchange.failureMessage ?? ""))) return new EndpointError(`a firewall or proxy refuses the request${isPage(exchange) ? " with a page of its own" : ""} (${status})${said}`, {
		tried,
		remedy: `let this machine and the user-agent ${USER_AGENT} pass there, or set another one with \`headers\`; where the server itself shows such pages, check \`api-key\` and \`auth\``
	});
	if (refusesKey(exchange)) return new EndpointError(`not authorised: the endpoint answered ${status}${said}`, {
		tried,
		remedy: "set PLATEAU_API_KEY (or `api-key`), check `auth`, and that the key may use this model"
	});
	if (status === 404) return new EndpointError(`the endpoint answered 404${said}`, {
		tried,
		remedy: "check the path of `endpoint`, `api` and `model`"
	});
	if (status >= 300 && status < 400) {
		const to = readRedirect(exchange.headers?.["location"], target);
		return new EndpointError(`the endpoint redirects (${status}) to ${to instanceof URL ? showUrl(to) : to}; redirects are not followed, so that the key goes nowhere else`, {
			tried,
			remedy: to instanceof URL ? remedyOfRedirect(to, target) : "check `endpoint`"
		});
	}
	return null;
}
function refusesKey({ status, failure, failureMessage }) {
	if (status === 401 || status === 403) return true;
	const says = failureMessage ?? "";
	if (status === 500) return /^authentication error\b/i.test(says);
	return (status === 400 || status === 422 || failure === "error_event" || failure === "parse") && BAD_KEY.test(says);
}
const BAD_KEY = new RegExp([
	"\\bapi[ _-]?key (is )?(not valid|invalid|incorrect|missing)\\b",
	"\\b(incorrect|invalid|missing|no) api[ _-]?key\\b",
	"\\b(invalid|incorrect) (access |auth(entication)? |bearer |proxy server )?(token|credentials)\\b",
	"\\b(access|bearer|auth) token (is )?(invalid|missing|not valid)\\b",
	"^authentication (error|failed)\\b|\\bunauthori[sz]ed\\b|\\bnot authenticated\\b|\\blogin fail",
	"\\bno connected db\\b|no_db_connection"
].join("|"), "i");
function quoteServer({ failureMessage }) {
	return failureMessage === null ? "" : `: ${escapeForTerminal(failureMessage, 300)}`;
}
const FIREWALL = /\bfirewall\b|\bWAF\b|\bbrowser[ _]signature\b|\bbanned\b|\bblocked by\b|\bsecurity policy\b|\bbot (detected|protection)\b/i;
function isPage({ answerHead }) {
	return (answerHead ?? "").trimStart().startsWith("<");
}
function readRedirect(location, from) {
	if (location === void 0) return "an address it does not name";
	return URL.canParse(location, from) ? new URL(location, from) : "an address that is not a URL";
}
function remedyOfRedirect(to, from) {
	if (showUrl(to) === from) return "that is the same address again: look at the rule of the server, or of the proxy in front of it, that redirects";
	return SIGN_IN.test(to.pathname) ? "that looks like a page to sign in: check the address in `endpoint`, and the key" : `set \`endpoint\` to ${showUrl(to)}, if you trust it`;
}
const SIGN_IN = /\b(log|sign)[-_]?in\b|\boauth2?\b|\bsso\b|\bauthorize\b/i;
// src/plan/shares.ts
function listWorkers({ concurrency, shard, open }) {
	if (open != null) return [...Array(open.maxInFlight).keys()];
	const workers = [];
	const { number, count } = shard ?? {
		number: 1,
		count: 1
	};
	for (let worker = number - 1; worker < concurrency; worker += count) workers.push(worker);
	return workers;
}
function countWorkers({ concurrency, shard }) {
	return shard == null ? concurrency : shareOut(concurrency, shard);
}
function shareOut(total, { number, count }) {
	return total === null ? null : Math.floor((total + count - number) / count);
}
function shareArrivals(shard, { first, of }) {
	const { number, count } = shard ?? {
		number: 1,
		count: 1
	};
	return {
		first: number - 1 + count * first,
		of: count * of
	};
}
function shareOpenLoad(open, shard) {
	if (shard === null) return open;
	const { maxInFlight, usuallyInFlight, conversationsUnderWay } = open;
	const share = (all) => Math.ceil(all / shard.count);
	return {
		...open,
		maxInFlight: shareOut(maxInFlight, shard),
		usuallyInFlight: share(usuallyInFlight),
		...conversationsUnderWay !== void 0 && { conversationsUnderWay: share(conversationsUnderWay) }
	};
}
const CORES_FOR_OTHERS = 2;
const LEAST_SHARE = 32;
function planThreads(asked, cores) {
	if (asked === "auto") {
		const threads = Math.max(1, cores - CORES_FOR_OTHERS);
		const why = threads === 1 ? `of ${pluralise(cores, "core")}` : `one a core from the third on, of ${cores}`;
		return {
			threads,
			most: Math.max(1, cores),
			leastShare: LEAST_SHARE,
			why
		};
	}
	if (asked > cores) {
		const message = `this machine has ${pluralise(cores, "core")}, and threads that share one measure each other; give at most ${cores}, or auto`;
		throw new SettingsError([{
			setting: "client-threads",
			given: String(asked),
			message
		}]);
	}
	return {
		threads: asked,
		most: asked,
		leastShare: 1,
		why: "as asked for"
	};
}
function planMoreThreads(plan, concurrency, sidesAtOnce) {
	const threads = Math.min(plan.most, plan.threads * 2);
	if (threads === plan.threads) return null;
	const more = {
		...plan,
		threads,
		leastShare: 1,
		why: "because fewer could not keep up"
	};
	return countThreads(more, concurrency, sidesAtOnce) > countThreads(plan, concurrency, sidesAtOnce) ? more : planMoreThreads(more, concurrency, sidesAtOnce);
}
function countThreads(plan, concurrency, sidesAtOnce) {
	const isShared = sidesAtOnce === 2 && plan.most > 1;
	const threads = Math.floor(plan.threads / sidesAtOnce);
	const count = Math.max(1, Math.min(threads, Math.floor(concurrency / plan.leastShare)));
	return count === 1 && !isShared ? 0 : count;
}
var LevelThreads = class {
	#planned;
	#countAtOnce;
	#more = null;
	constructor(planned, countAtOnce) {
		this.#planned = planned;
		this.#countAtOnce = countAtOnce;
	}
	count(concurrency) {
		const threads = this.#planAt(concurrency);
		return threads === null ? 0 : countThreads(threads, concurrency, this.#countAtOnce());
	}
	findMore(concurrency) {
		const threads = this.#planAt(concurrency);
		return threads === null ? null : planMoreThreads(threads, concurrency, this.#countAtOnce());
	}
	add(concurrency) {
		const more = this.#more;
		const threads = more !== null && concurrency < more.from ? more.threads : this.findMore(concurrency);
		this.#more = {
			from: Math.min(concurrency, more?.from ?? Infinity),
			threads
		};
		return threads.threads;
	}
	#planAt(concurrency) {
		return this.#more !== null && concurrency >= this.#more.from ? this.#more.threads : this.#planned;
	}
};
function describeThreads({ threads, most, why }) {
	const more = most > threads ? `, up to ${most} where ${threads === 1 ? "it" : "they"} cannot keep up` : "";
	return `${pluralise(threads, "client thread")} (${why})${more}`;
}
// src/load/threads/lent-credentials.ts
async function answerProofQuestion(auth, question, signal) {
	let isRenewed = false;
	let error = null;
	try {
		if (question.kind === "refresh") await auth.refresh(signal);
		else if (question.kind === "accepted") auth.noteAccepted(question.sent);
		else isRenewed = await auth.renew(question.sent, signal);
	} catch (thrown) {
		if (!(thrown instanceof EndpointError)) throw thrown;
		error = thrown;
	}
	return {
		proof: auth.lend(),
		isRenewed,
		acceptedUntil: auth.acceptedUntil(),
		error: error && toTrouble(error)
	};
}
function createLentAuthorizer(first, ask, ports, before = null) {
	const acceptance = createLastLetIn(ports);
	const letIn = /* @__PURE__ */ new Set();
	let held = first;
	let knownUntil = before;
	let pending = null;
	async function askOnce(question) {
		const { proof, isRenewed, acceptedUntil, error } = await ask(question);
		held = proof;
		knownUntil = acceptedUntil;
		if (error !== null) throw new EndpointError(error.what, error);
		return isRenewed;
	}
	async function askTogether(question) {
		pending ??= askOnce(question).finally(() => pending = null);
		return pending;
	}
	const isStale = () => ports.clock.now() >= held.staleAt;
	return {
		acceptedUntil: () => acceptance.acceptedUntil() ?? knownUntil,
		get stale() {
			return isStale();
		},
		headers: () => held.headers,
		holds: (made) => keyOf(made) === keyOf(held.headers),
		async refresh() {
			if (isStale()) await askTogether({ kind: "refresh" });
		},
		noteAccepted(sent) {
			acceptance.noteAccepted(sent);
			if (letIn.has(keyOf(sent))) return;
			letIn.add(keyOf(sent));
			ask({
				kind: "accepted",
				sent
			});
		},
		async renew(sent) {
			if (keyOf(sent) !== keyOf(held.headers)) return true;
			await pending;
			if (keyOf(sent) !== keyOf(held.headers)) return true;
			return askTogether({
				kind: "renew",
				sent
			});
		}
	};
}
function keyOf(sent) {
	return sent["authorization"] ?? "";
}
export { findBursts as $, scaleLengths as $n, decapitalise as $r, leaveOutUnusedCredentials as $t, nameCertificateTrouble as A, readEndpointName as An, sha256 as Ar, toMessages as At, findOpenFiles as B, trimPath as Bn, chooseLoad as Br, openAiApi as Bt, buildConnectionOptions as C, codeOf as Ci, CROSS_CHECK_MODEL as Cn, asText as Cr, countWordsFor as Ct, createHttpTransport as D, describeCredential as Dn, drawNormal as Dr, listQuestions as Dt, sendEach as E, toTrouble as Ei, authWayOf as En, parseLooseJson as Er, findOpenAiPart as Et, createGarbageCollector as F, recogniseServer as Fn, SEARCH_END_NAMES as Fr, listArrivals as Ft, readTime as G, readDurations as Gn, nameItem as Gr, VERSION as Gt, keepHeapSmall as H, meanDuration as Hn, isOpenLoop as Hr, recogniseApi as Ht, createHealthProbe as I, recogniseServerByHeaders as In, SETTINGS_OF_LESS_LOAD as Ir, ALL_APIS as It, MORE_OPEN_FILES as J, readTurns as Jn, needsQuery as Jr, addBorrowed as Jt, systemClock as K, readLengthRange as Kn, nameLevel as Kr, isPlaceholder as Kt, defineCells as L, forcesLength as Ln, STATE_WORDS as Lr, APIS_OF_SEVERAL_TASKS as Lt, readForeignProtocol as M, findNamedField as Mn, OPEN_LOADS as Mr, chooseOpenLoad as Mt, stateTrouble as N, SERVER_PAGES as Nn, PLATEAU_STATES as Nr, countUsual as Nt, addressModel as O, explainByOwner as On, seedRandom as Or, measurePrompt as Ot, countConnectionsLeft as P, describeVersion as Pn, SEARCH_ENDS as Pr, findLastMs as Pt, explainUnread as Q, renderLengths as Qn, capitalise as Qr, hasCredentials as Qt, drawNonce as R, replacePath as Rn, TASKS$2 as Rr, findApi as Rt, askServer as S, ValueError as Si, AUTH_WORDS as Sn, asObject as Sr, buildTaskText as St, openTransport as T, summariseError as Ti, WAYS as Tn, parseJson as Tr, findMisfit as Tt, keepLayouts as U, meanLength as Un, isTooMuch as Ur, OWNER as Ut, followClock as V, fixLength as Vn, generatesTokens as Vr, readTaskInName as Vt, readOpenFiles as W, readArrivals as Wn, loadOf as Wr, USER_AGENT as Wt, isFiltered as X, renderCharacters as Xn, spellLevels as Xr, completeBasicPair as Xt, findClientFailure as Y, renderArrivals as Yn, reachesPlateau as Yr, authKindOf as Yt, findTrouble as Z, renderDurations as Zn, addressOf as Zr, credentialsOf as Zt, quoteServer as _, trimSlashes as _i, readHosts as _n, findNearest as _r, buildLastTurn as _t, countWorkers as a, escapeForTerminal as ai, readHeaders$2 as an, readChoice$1 as ar, chooseSoakShare as at, createAuthorizer as b, FileRefusal as bi, spellHost as bn, asArray as br, UNCALIBRATED as bt, planThreads as c, groupDigits as ci, listWritten as cn, readEach as cr, estimateOpenCost as ct, shareOut as d, makeClause as di, showValue as dn, readShare as dr, estimateSingles as dt, decodePercent as ei, listSecretVariables as en, SWITCH as er, readGateway as et, complaintOf as f, nameAll as fi, spellSetting as fn, readText$2 as fr, estimateSoak as ft, hasOnlyReasoning as g, showUrl as gi, isPrivate as gn, findForeign as gr, weighKinds as gt, findFatalRefusal as h, quoteForShell as hi, isLoopback as hn, explainUnknown as hr, createWorkload as ht, countThreads as i, escapeForMarkdown as ii, readExtraBody as in, parseDecimal as ir, assumeLone as it, readConnectionError as j, vendorOf as jn, LEVEL_STATES as jr, SHORTEST_WINDOW_MS as jt, isHttp2 as k, findKeyPlaceAt as kn, shuffle as kr, removeLaterTurns as kt, shareArrivals as l, joinList as li, readEnvironment as ln, readLine as lr, estimatePreflight as lt, explainFailure as m, pluralise as mi, isAllowedHost as mn, countEdits as mr, createLevelWorkload as mt, createLentAuthorizer as n, dropUnseen as ni, readAuth as nn, allowWord as nr, SOAK as nt, describeThreads as o, escapeHtml as oi, defineSetting as on, readCount$1 as or, estimateCrossCheck as ot, describeFailure as p, partOf as pi, findUnusedProxy as pn, splitList as pr, countTurns as pt, systemDeadline as q, readLengths as qn, nameState as qr, CREDENTIALS as qt, LevelThreads as r, escapeForHtml as ri, readVariables as rn, offerWords as rr, addCosts as rt, listWorkers as s, formatSeconds as si, layerGiven as sn, readDuration as sr, estimateLevelCost as st, answerProofQuestion as t, dropCodeMarks as ti, listSecretVariablesIn as tn, allowNone as tr, CROSS_CHECK as tt, shareOpenLoad as u, keepUnitsTogether as ui, readValues as un, readNumber as ur, estimateProbes as ut, refusesKey as v, BaselineError as vi, readHttpUrl as vn, listAllowed as vr, countMeanTurns as vt, getPage as w, messageOf as wi, VENDORS as wn, findNonNumber as wr, createImageSource as wt, createLastingAuthorizer as x, SettingsError as xi, API_NAMES as xn, asNumber$1 as xr, buildQuery as xt, NO_AUTH as y, EndpointError as yi, readProxyUrl as yn, suggestName as yr, removeConversations as yt, findClockOrigin as z, taskOfPath as zn, askedLevelsOf as zr, guessApi as zt };
