import { n as __exportAll } from "./rolldown-runtime.js";
import { t as require_dist } from "./vendor-yaml.js";
import { dn as showValue, fn as spellSetting, hr as explainUnknown, ni as dropUnseen, vr as listAllowed } from "./measuring.js";
import { Ft as toSlug, yt as listMixed } from "./plateau.js";
// src/settings/reading/config-file.ts
var config_file_exports = /* @__PURE__ */ __exportAll({ readConfigFile: () => readConfigFile });
var import_dist = require_dist();
const ALL_SCENARIOS = "all";
const MOST_FAULTS = 5;
function readConfigFile(list, { path, text, scenario, mix = null, entry }) {
	const lines = new import_dist.LineCounter();
	const document = (0, import_dist.parseDocument)(text, {
		lineCounter: lines,
		prettyErrors: false
	});
	const file = new FileReader(list, path, lines, document, entry);
	for (const error of document.errors.slice(0, MOST_FAULTS)) file.report(path, error.pos[0], describeFault(error, text));
	const more = document.errors.length - MOST_FAULTS;
	if (more > 0) file.report(path, null, `has ${more} more ${more === 1 ? "fault" : "faults"} of this kind`);
	if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return file;
	const root = document.contents;
	if (root === null) file.report(path, null, "holds no settings; write for example \"endpoint: http://127.0.0.1:8000\"");
	else if (!(0, import_dist.isMap)(root)) file.report(path, readOffset(root), "must hold a map of settings, for example \"endpoint: http://127.0.0.1:8000\"");
	else {
		file.readMap(root);
		file.readScenario(root, scenario, mix);
	}
	return file;
}
var FileReader = class {
	given = /* @__PURE__ */ new Map();
	scenarios = /* @__PURE__ */ new Map();
	mixed = /* @__PURE__ */ new Map();
	names = [];
	problems = [];
	#target = this.given;
	#isInScenario = false;
	#settings;
	#path;
	#lines;
	#document;
	#entry;
	constructor(list, path, lines, document, entry) {
		this.#settings = new Map(Object.values(list).map((setting) => [setting.name, setting]));
		this.#path = path;
		this.#lines = lines;
		this.#document = document;
		this.#entry = entry;
	}
	report(setting, at, message) {
		this.problems.push({
			setting,
			given: null,
			message: `${message} (${this.#place(at)})`
		});
	}
	readMap(map) {
		for (const pair of map.items) {
			const name = (0, import_dist.isScalar)(pair.key) ? String(pair.key.value) : null;
			const at = readOffset(pair.key);
			if (name === null) this.report(this.#path, at, "has a key that is not a name");
			else if (name !== "scenarios" || map !== this.#document.contents) this.#readPair(name, pair, at);
		}
	}
	readScenario(root, wanted, mixed) {
		this.#isInScenario = true;
		const pair = root.items.find(({ key }) => (0, import_dist.isScalar)(key) && key.value === "scenarios");
		if (pair === void 0) {
			if (wanted !== null) this.report("scenario", null, `"${showValue(wanted)}" is not there: the file has no scenarios; remove scenario, or write it under scenarios`);
			return;
		}
		const scenarios = this.#resolved(pair.value);
		if (!(0, import_dist.isMap)(scenarios) || scenarios.items.length === 0) {
			this.report("scenarios", readOffset(pair.key), "must be a map of names to settings, at least one");
			return;
		}
		const names = scenarios.items.map(({ key }) => (0, import_dist.isScalar)(key) ? String(key.value) : "");
		this.names = names;
		this.#checkNames(scenarios);
		const found = wanted === null ? void 0 : scenarios.items[names.indexOf(wanted)];
		const isMixed = mixed !== null || this.given.has("mix");
		if (wanted === null) {
			if (!isMixed) this.report("scenario", readOffset(pair.key), `is required, the file has several settings: one of ${names.join(", ")}, or ${ALL_SCENARIOS}`);
		} else if (wanted === ALL_SCENARIOS) for (const [i, { key, value }] of scenarios.items.entries()) this.scenarios.set(names[i], this.#readOne(names[i], key, value));
		else if (found === void 0) this.report("scenario", readOffset(pair.key), `"${showValue(wanted)}" is not in the file; it has ${listAllowed(wanted, names, showValue)}`);
		else {
			const settings = this.#resolved(found.value);
			if ((0, import_dist.isMap)(settings)) this.readMap(settings);
			else this.report(`scenarios.${wanted}`, readOffset(found.key), "must be a map of settings");
		}
		const meant = new Set(wanted === ALL_SCENARIOS ? names : listMixed(mixed ?? this.given.get("mix")?.text ?? ""));
		for (const [i, { key, value }] of scenarios.items.entries()) if (meant.has(names[i])) this.mixed.set(names[i], this.scenarios.get(names[i]) ?? this.#readOne(names[i], key, value));
	}
	#readOne(scenario, key, value) {
		const settings = this.#resolved(value);
		const own = /* @__PURE__ */ new Map();
		this.#target = own;
		if ((0, import_dist.isMap)(settings)) this.readMap(settings);
		else this.report(`scenarios.${showValue(scenario)}`, readOffset(key), "must be a map of settings");
		this.#target = this.given;
		return own;
	}
	#checkNames(scenarios) {
		const taken = /* @__PURE__ */ new Map();
		const seen = /* @__PURE__ */ new Map();
		for (const { key, value } of scenarios.items) {
			const scenario = (0, import_dist.isScalar)(key) ? String(key.value) : "";
			const settings = this.#resolved(value);
			const own = (0, import_dist.isMap)(settings) ? this.#resolved(settings.get("name", true)) : void 0;
			const name = (0, import_dist.isScalar)(own) ? textOf(own) : toSlug(scenario);
			const other = taken.get(name);
			if (other !== void 0 && name !== "") {
				const both = `"${showValue(other)}" and "${showValue(scenario)}"`;
				this.report("scenarios", readOffset(key), `${both} have one name, ${showValue(name)}; give one of them another name`);
			}
			taken.set(name, scenario);
			const read = dropUnseen(scenario);
			if ((seen.get(read) ?? scenario) !== scenario) this.report("scenarios", readOffset(key), `two of them read "${showValue(read)}", and differ only in what does not show; give one of them another name`);
			seen.set(read, scenario);
			if (scenario === ALL_SCENARIOS) this.report("scenarios", readOffset(key), `"${ALL_SCENARIOS}" stands for every scenario; give this one another name`);
		}
	}
	#readPair(name, pair, at) {
		const setting = this.#settings.get(name);
		if (setting === void 0) {
			const names = [...this.#settings.keys(), "scenarios"];
			this.report(showValue(name), at, explainUnknown(name, names, {
				spell: (similar) => similar,
				otherwise: ""
			}));
		} else if (this.#isRefused(setting)) this.report(name, at, `must not stand in a file; ${this.#remedy(setting)}`);
		else this.#readValue(setting, this.#resolved(pair.value), at);
	}
	#isRefused({ flagOnly, inputOnly }) {
		return flagOnly === true || inputOnly === true && this.#entry === "action";
	}
	#remedy({ name, secret, flagOnly, notInFile, actionOnly, commandOnly, env }) {
		const entry = actionOnly === true ? "action" : commandOnly === true ? "command" : this.#entry;
		const there = entry === "command" && env !== void 0 ? `set ${env}` : `use ${spellSetting(name, entry)}`;
		if (notInFile !== void 0) return `${there}: ${notInFile}`;
		if (secret === true && flagOnly === true) return `remove it, revoke it if it was shared, and ${there}`;
		return flagOnly === true ? there : `${there}: a file that others can change must not say where the key goes`;
	}
	#readValue(setting, node, at) {
		const valueAt = readOffset(node) ?? at;
		if ((0, import_dist.isScalar)(node) && node.value !== null) this.#give(setting, textOf(node), valueAt);
		else if ((0, import_dist.isSeq)(node) && (setting.file === "list" || setting.file === "records")) {
			const entries = node.items.map((item) => this.#entryText(setting, this.#resolved(item)));
			if (entries.every((entry) => entry !== null)) this.#give(setting, entries.join("\n"), valueAt);
			else this.report(setting.name, valueAt, `must be a list of ${setting.file === "list" ? "" : "maps or "}plain values`);
		} else if ((0, import_dist.isMap)(node) && setting.file === "map") this.#giveMap(setting, node, valueAt);
		else if (node === null || (0, import_dist.isScalar)(node) && node.value === null) this.report(setting.name, at, "has no value; give one, or remove the line to have the default");
		else {
			const forms = setting.file === void 0 ? "one value" : `one value or ${FORMS[setting.file]}`;
			this.report(setting.name, valueAt, `must be ${forms}, for example ${setting.default ?? setting.placeholder}`);
		}
	}
	#entryText(setting, entry) {
		if ((0, import_dist.isScalar)(entry) && entry.value !== null) return textOf(entry);
		if (!(0, import_dist.isMap)(entry) || setting.file !== "records") return null;
		const members = entry.items.map(({ key, value }) => {
			const member = this.#resolved(value);
			return (0, import_dist.isScalar)(key) && (0, import_dist.isScalar)(member) && member.value !== null ? [String(key.value), textOf(member)] : null;
		});
		return members.every((member) => member !== null) ? JSON.stringify(Object.fromEntries(members)) : null;
	}
	#giveMap(setting, node, at) {
		try {
			this.#give(setting, JSON.stringify(node.toJS(this.#document)), at);
		} catch (error) {
			this.report(setting.name, at, `cannot be read: ${takeFirstLine(error.message)}; write it without aliases`);
		}
	}
	#give(setting, text, at) {
		const own = this.#isInScenario ? { isOfScenario: true } : {};
		this.#target.set(setting.name, {
			text,
			source: "file",
			where: this.#place(at),
			...own
		});
	}
	#resolved(node) {
		return (0, import_dist.isAlias)(node) ? node.resolve(this.#document) : node;
	}
	#place(at) {
		if (at === null) return this.#path;
		const { line, col } = this.#lines.linePos(at);
		return `${this.#path}, line ${line}, column ${col}`;
	}
};
const FORMS = {
	list: "a list",
	map: "a map",
	records: "a list of maps"
};
function describeFault({ code, message, pos }, text) {
	if (code === "MULTIPLE_DOCS") return "holds several documents; keep one, and no line \"---\" after its first setting";
	if (code !== "DUPLICATE_KEY") return `is not YAML: ${takeFirstLine(message)}`;
	const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(pos[0]))[0].replace(/^["']|["']$/g, "");
	return `has "${showValue(key)}" twice; a setting, and a scenario, can be there only once`;
}
function textOf(node) {
	return typeof node.value === "string" ? node.value : node.source ?? JSON.stringify(node.value);
}
function readOffset(node) {
	return node?.range?.[0] ?? null;
}
function takeFirstLine(text) {
	return text.split("\n", 1)[0].trimEnd().replace(/:$/, "");
}
export { readConfigFile as n, config_file_exports as t };
