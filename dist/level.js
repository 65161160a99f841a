import { Ft as listArrivals, G as readTime, L as defineCells, Nt as countUsual, U as keepLayouts, a as countWorkers, d as shareOut, et as readGateway, h as findFatalRefusal, l as shareArrivals, nt as SOAK, p as describeFailure, yi as EndpointError } from "./measuring.js";
// src/stats/percentile.ts
const MINIMUM_SAMPLES = {
	p50: 1,
	p90: 64,
	p95: 130,
	p99: 662
};
const SHARE = {
	p50: .5,
	p90: .9,
	p95: .95,
	p99: .99
};
function percentile(sorted, name, infinite = 0) {
	const n = sorted.length + infinite;
	if (n < MINIMUM_SAMPLES[name]) return null;
	const index = (n - 1) * SHARE[name];
	const lower = Math.floor(index);
	const upper = Math.ceil(index);
	if (upper >= sorted.length) return null;
	return lower === upper ? sorted[lower] : sorted[lower] * (upper - index) + sorted[upper] * (index - lower);
}
function summarise({ sorted, infinite }) {
	const n = sorted.length;
	if (n === 0) return null;
	let sum = 0;
	for (const value of sorted) sum += value;
	const mean = sum / n;
	let squares = 0;
	for (const value of sorted) squares += (value - mean) ** 2;
	return {
		n,
		mean,
		sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
		min: sorted[0],
		p50: percentile(sorted, "p50", infinite),
		p90: percentile(sorted, "p90", infinite),
		p95: percentile(sorted, "p95", infinite),
		p99: percentile(sorted, "p99", infinite),
		max: sorted[n - 1]
	};
}
function pickAtShare(sorted, share) {
	return sorted[Math.max(1, Math.ceil(share * sorted.length - 1e-9)) - 1];
}
function countMissingSamples(name, n) {
	return Math.max(0, MINIMUM_SAMPLES[name] - n);
}
const LOWEST = .001;
const HIGHEST = 6e5;
const STEP = Math.log(1.01);
const BUCKETS = Math.ceil(Math.log(HIGHEST / LOWEST) / STEP) + 2;
function createLogHistogram() {
	const buckets = new Uint32Array(BUCKETS);
	let count = 0;
	return {
		buckets,
		get count() {
			return count;
		},
		add(value) {
			buckets[findBucket(value)]++;
			count++;
		},
		addSpans(times) {
			for (let i = 1; i < times.length; i++) buckets[findBucket(times[i] - times[i - 1])]++;
			count += Math.max(0, times.length - 1);
		},
		merge(other) {
			for (let i = 0; i < BUCKETS; i++) buckets[i] = buckets[i] + other.buckets[i];
			count += other.count;
		},
		quantile(p) {
			if (count === 0) return null;
			let left = p * (count - 1);
			for (let i = 0; i < BUCKETS; i++) {
				left -= buckets[i];
				if (left < 0) return findBucketMs(i);
			}
			return HIGHEST;
		}
	};
}
function findBucket(value) {
	return value <= LOWEST ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(value / LOWEST) / STEP));
}
function findBucketMs(index) {
	return index === 0 ? LOWEST : LOWEST * Math.exp((index - .5) * STEP);
}
function summariseHistogram(histogram) {
	const n = histogram.count;
	if (n === 0) return null;
	let sum = 0;
	let first = -1;
	let last = -1;
	histogram.buckets.forEach((count, i) => {
		if (count === 0) return;
		sum += count * findBucketMs(i);
		if (first < 0) first = i;
		last = i;
	});
	const mean = sum / n;
	let squares = 0;
	for (let i = first; i <= last; i++) squares += histogram.buckets[i] * (findBucketMs(i) - mean) ** 2;
	const readQuantile = (minimum, p) => n < minimum ? null : histogram.quantile(p);
	return {
		n,
		mean,
		sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
		min: findBucketMs(first),
		p50: histogram.quantile(.5),
		p90: readQuantile(MINIMUM_SAMPLES.p90, .9),
		p95: readQuantile(MINIMUM_SAMPLES.p95, .95),
		p99: readQuantile(MINIMUM_SAMPLES.p99, .99),
		max: findBucketMs(last)
	};
}
const FACTS_IN_ORDER = Object.entries({
	level: {
		kind: "count",
		from: "level"
	},
	pass: {
		kind: "count",
		from: "level"
	},
	worker: {
		kind: "count",
		from: "level"
	},
	phase: {
		kind: "phase",
		from: "level"
	},
	startMs: {
		kind: "time",
		from: "record"
	},
	connectMs: {
		kind: "time",
		orNull: true,
		from: "transport"
	},
	ttfbMs: {
		kind: "time",
		orNull: true,
		from: "transport",
		stamp: "headersAt"
	},
	firstEventMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "firstEventAt"
	},
	ttftMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "firstTokenAt"
	},
	ttfoMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "firstTextAt"
	},
	lastTokenMs: {
		kind: "time",
		orNull: true,
		from: "answer",
		stamp: "lastTokenAt"
	},
	endMs: {
		kind: "time",
		from: "transport",
		stamp: "endAt"
	},
	inputTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	outputTokens: {
		kind: "count",
		from: "answer"
	},
	cachedTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	reasoningTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	tokenSource: {
		kind: "source",
		from: "answer"
	},
	tokenEvents: {
		kind: "count",
		from: "answer"
	},
	reads: {
		kind: "count",
		from: "answer"
	},
	windowTokens: {
		kind: "count",
		from: "level"
	},
	reconnected: {
		kind: "flag",
		from: "transport"
	},
	finishReason: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	servedModel: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	outcome: {
		kind: "outcome",
		from: "record"
	},
	failure: {
		kind: "failure",
		orNull: true,
		from: "answer"
	},
	requestId: {
		kind: "id",
		orNull: true,
		from: "transport"
	},
	serverRequestId: {
		kind: "id",
		orNull: true,
		from: "transport"
	},
	tpotMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	queueMs: {
		kind: "time",
		from: "record"
	},
	requestedTokens: {
		kind: "count",
		from: "level"
	},
	buffered: {
		kind: "flag",
		from: "answer"
	},
	heldBack: {
		kind: "name",
		orNull: true,
		from: "transport"
	},
	retryAfterMs: {
		kind: "time",
		orNull: true,
		from: "transport"
	},
	serverTtftMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	serverTpotMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	serverLoadMs: {
		kind: "time",
		orNull: true,
		from: "answer"
	},
	unreadEvents: {
		kind: "count",
		from: "answer"
	},
	unreadMember: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	characters: {
		kind: "count",
		from: "answer"
	},
	statedTokens: {
		kind: "count",
		orNull: true,
		from: "answer"
	},
	countDoubt: {
		kind: "name",
		orNull: true,
		from: "answer"
	},
	tagsReasoning: {
		kind: "flag",
		from: "answer"
	},
	stallMs: {
		kind: "time",
		from: "level"
	},
	endStallMs: {
		kind: "time",
		from: "level"
	},
	conversation: {
		kind: "count",
		orNull: true,
		from: "level"
	},
	turn: {
		kind: "count",
		orNull: true,
		from: "level"
	},
	turns: {
		kind: "count",
		orNull: true,
		from: "level"
	},
	part: {
		kind: "name",
		orNull: true,
		from: "level"
	},
	thinkMs: {
		kind: "time",
		orNull: true,
		from: "level"
	},
	cutShort: {
		kind: "flag",
		from: "level"
	}
}).map(([name, fact]) => ({
	name,
	...fact
}));
// src/load/level/packed-records.ts
const TOGETHER = 16;
function createRecordStore() {
	const slabs = [];
	const words = createWordList();
	const open = openSlab(COLUMNS.length);
	let waiting = [];
	function packOne(record) {
		const pack = (column) => {
			const { name, packing } = COLUMNS[column];
			return packing.pack(record[name], words);
		};
		open.add(pack, IDS.map(({ name }) => record[name]));
		if (open.rows < 1024) return;
		slabs.push(open.seal());
		open.clear();
	}
	function packWaiting() {
		for (const record of waiting) packOne(record);
		waiting = [];
	}
	return {
		pack() {
			packWaiting();
			return {
				slabs: open.rows === 0 ? slabs : [...slabs, open.seal()],
				words: words.words
			};
		},
		add(record) {
			if (waiting.push(record) === TOGETHER) packWaiting();
		}
	};
}
function unpackRecords(packed) {
	const length = countRecords(packed);
	return {
		length,
		*[Symbol.iterator]() {
			const unpackRow = openRows(packed);
			for (let row = 0; row < length; row++) yield unpackRow(row);
		}
	};
}
function countRecords({ slabs }) {
	return slabs.reduce((sum, { rows }) => sum + rows, 0);
}
function listBuffers({ slabs }) {
	const buffers = slabs.flatMap(({ columns }) => columns.flatMap((column) => typeof column === "number" ? [] : column.buffer));
	return [...new Set(buffers)];
}
function mapTexts({ slabs, words }, map) {
	const mapAll = (texts) => texts.map((text) => text === null ? null : map(text));
	return {
		slabs: slabs.map((slab) => ({
			...slab,
			ids: JSON.stringify(mapAll(readIds(slab)))
		})),
		words: mapAll(words)
	};
}
function joinRecords(parts) {
	if (parts.length === 1) return unpackRecords(parts[0]);
	const length = parts.reduce((sum, part) => sum + countRecords(part), 0);
	const endedAt = new Float64Array(length);
	const place = {
		part: new Uint16Array(length),
		row: new Uint32Array(length)
	};
	let at = 0;
	for (const [part, packed] of parts.entries()) {
		let row = 0;
		for (const { startMs, endMs } of unpackRecords(packed)) {
			endedAt[at] = startMs + endMs;
			place.part[at] = part;
			place.row[at++] = row++;
		}
	}
	const order = new Uint32Array(endedAt.keys()).sort((a, b) => endedAt[a] - endedAt[b] || a - b);
	return {
		length,
		*[Symbol.iterator]() {
			const rowsOf = parts.map(openRows);
			for (const each of order) yield rowsOf[place.part[each]](place.row[each]);
		}
	};
}
function openRows({ slabs, words }) {
	let last = null;
	const idsOf = (slab) => {
		if (last?.slab !== slab) last = {
			slab,
			ids: readIds(slab)
		};
		return last.ids;
	};
	return (row) => {
		return new PackedRecord({
			words,
			idsOf
		}, slabs[Math.floor(row / ROWS)], row % ROWS);
	};
}
function createWordList() {
	const words = [];
	const numbers = /* @__PURE__ */ new Map();
	return {
		words,
		numberOf(word) {
			let number = numbers.get(word);
			if (number === void 0) {
				number = words.push(word) - 1;
				numbers.set(word, number);
			}
			return number;
		}
	};
}
const NUMBER = {
	pack: (value) => value ?? NaN,
	unpack: (packed) => Number.isNaN(packed) ? null : packed
};
const FLAG = {
	pack: (value) => value ? 1 : 0,
	unpack: (packed) => packed === 1
};
const WORD = {
	pack: (value, { numberOf }) => numberOf(value),
	unpack: (packed, words) => words[packed]
};
const PACKINGS = {
	time: NUMBER,
	count: NUMBER,
	flag: FLAG,
	name: WORD,
	phase: WORD,
	source: WORD,
	outcome: WORD,
	failure: WORD
};
const COLUMNS = FACTS_IN_ORDER.flatMap(({ name, kind, orNull }) => kind === "id" ? [] : [{
	name,
	packing: PACKINGS[kind],
	orNull: orNull === true
}]);
const IDS = FACTS_IN_ORDER.flatMap(({ name, kind, orNull }) => kind === "id" ? [{
	name,
	orNull: orNull === true
}] : []);
var PackedRecord = class {
	texts;
	slab;
	row;
	constructor(texts, slab, row) {
		this.texts = texts;
		this.slab = slab;
		this.row = row;
	}
};
for (const [i, { name }] of IDS.entries()) Object.defineProperty(PackedRecord.prototype, name, { get() {
	return this.texts.idsOf(this.slab)[this.row * IDS.length + i];
} });
for (const [column, { name, packing }] of COLUMNS.entries()) Object.defineProperty(PackedRecord.prototype, name, { get() {
	return packing.unpack(readNumber(this.slab, column, this.row), this.texts.words);
} });
const ROWS = 1024;
function openSlab(width) {
	const numbers = new Float64Array(width * ROWS);
	let ids = [];
	let rows = 0;
	return {
		get rows() {
			return rows;
		},
		add(numberIn, idsOfRecord) {
			for (let column = 0; column < width; column++) numbers[column * ROWS + rows] = numberIn(column);
			ids.push(...idsOfRecord);
			rows++;
		},
		seal: () => ({
			rows,
			columns: compressColumns(numbers, width, rows),
			ids: JSON.stringify(ids)
		}),
		clear() {
			ids = [];
			rows = 0;
		}
	};
}
const BYTES = {
	same: 0,
	short: 4,
	long: 8
};
function compressColumns(numbers, width, rows) {
	const whole = Array.from({ length: width }, (_, column) => numbers.subarray(column * ROWS, column * ROWS + rows));
	const forms = whole.map(chooseForm);
	const buffer = new ArrayBuffer(rows * forms.reduce((sum, form) => sum + BYTES[form], 0));
	const columns = whole.map((column) => column[0]);
	let offset = 0;
	for (const wanted of ["long", "short"]) for (const [i, form] of forms.entries()) {
		if (form !== wanted) continue;
		const column = form === "long" ? new Float64Array(buffer, offset, rows) : new Float32Array(buffer, offset, rows);
		column.set(whole[i]);
		columns[i] = column;
		offset += column.byteLength;
	}
	return columns;
}
function chooseForm(column) {
	const [first] = column;
	if (column.every((number) => Object.is(number, first))) return "same";
	return column.every((number) => Object.is(number, Math.fround(number))) ? "short" : "long";
}
function readNumber({ columns }, column, row) {
	const numbers = columns[column];
	return typeof numbers === "number" ? numbers : numbers[row];
}
function readIds({ ids }) {
	return JSON.parse(ids);
}
// src/load/level/overload.ts
const LEAST_SHARE = .05;
const BY_CHANCE = 4;
function isQueueGrowing(change) {
	const { before, after, arrivals, longer = change } = change;
	return after - before > Math.max(LEAST_SHARE * arrivals, BY_CHANCE * Math.sqrt((before + after) / 2 + 1)) && isBehind(change) && isBehind(longer);
}
function isBehind({ before, after, arrivals, expected = arrivals }) {
	return arrivals - (after - before) < .95 * expected;
}
const MOST_WAITING = 1e4;
function watchQueue(board, { at, rate }) {
	const { values, window } = board;
	const { outstanding, inFlight, arrived } = values;
	if (outstanding - inFlight >= MOST_WAITING) return true;
	if (window.isWhole) return false;
	if (window.startAt !== null && at >= window.startAt && Number.isNaN(values.outstandingBefore)) values.outstandingBefore = outstanding;
	if (window.endAt === null) {
		if (outstanding <= values.outstandingBefore) Object.assign(values, {
			shortAt: at,
			outstandingShort: outstanding,
			arrivedShort: arrived
		});
		return false;
	}
	if (!Number.isNaN(values.outstandingAfter)) return false;
	values.outstandingAfter = outstanding;
	return rate !== null && isQueueGrowing(readQueue(board, rate));
}
function readQueue({ values, window }, rate) {
	const { outstandingBefore, outstandingAfter: after, outstandingShort, arrived, arrivedShort, shortAt } = values;
	const all = {
		before: outstandingBefore,
		after,
		arrivals: arrived,
		expected: countExpected(rate, window)
	};
	if (Number.isNaN(shortAt)) return all;
	const expected = countExpected(rate, {
		startAt: shortAt,
		endAt: window.endAt
	});
	return {
		...all,
		longer: {
			before: outstandingShort,
			after,
			arrivals: arrived - arrivedShort,
			expected
		}
	};
}
function addQueues(queues) {
	return {
		...addEnds(queues),
		longer: addEnds(queues.map((queue) => queue.longer ?? queue))
	};
}
function addEnds(queues) {
	const sum = (of) => queues.reduce((all, queue) => all + of(queue), 0);
	return {
		before: sum(({ before }) => before),
		after: sum(({ after }) => after),
		arrivals: sum(({ arrivals }) => arrivals),
		expected: sum(({ expected, arrivals }) => expected ?? arrivals)
	};
}
function countExpected(rate, { startAt, endAt }) {
	return rate * (endAt - startAt) / 1e3;
}
function findBacklog(records, { startMs, lastMs }) {
	const quarterMs = lastMs / 4;
	if (quarterMs === 0) return null;
	const early = {
		fromMs: quarterMs,
		areaMs: 0,
		arrivals: 0
	};
	const late = {
		fromMs: 3 * quarterMs,
		areaMs: 0,
		arrivals: 0
	};
	let between = 0;
	for (const { startMs: dueMs, endMs: tookMs } of records) {
		const at = dueMs - startMs;
		if (at >= 1.5 * quarterMs && at < 3.5 * quarterMs) between++;
		for (const quarter of [early, late]) {
			const toMs = quarter.fromMs + quarterMs;
			quarter.areaMs += Math.max(0, Math.min(at + tookMs, toMs) - Math.max(at, quarter.fromMs));
			if (at >= quarter.fromMs && at <= toMs) quarter.arrivals++;
		}
	}
	const [before, after] = [early.areaMs / quarterMs, late.areaMs / quarterMs];
	return isQueueGrowing({
		before: before * Math.max(1, late.arrivals / Math.max(1, early.arrivals)),
		after,
		arrivals: between
	}) ? {
		before,
		after
	} : null;
}
// src/load/level/level-tally.ts
function createTally(sweepStartAt) {
	const records = createRecordStore();
	const interChunk = createLogHistogram();
	const gateway = createGatewayCounter();
	const failureWords = {};
	const cancelled = [];
	let cancelledWindowEvents = 0;
	const cancelledTtft = {
		n: 0,
		sumMs: 0
	};
	let renewed = 0;
	let opened = 0;
	return {
		get share() {
			const { buckets, count } = interChunk;
			return {
				records: records.pack(),
				interChunk: {
					buckets,
					count
				},
				gateway: gateway.counts,
				failureWords,
				cancelled,
				cancelledWindowEvents,
				cancelledTtft,
				renewed,
				opened
			};
		},
		add(exchange, place, window) {
			if (exchange.connectMs !== null) opened++;
			const inside = countWindowTokens(exchange, window);
			if (exchange.renewed) renewed++;
			if (exchange.cancelled || exchange.renewed) {
				cancelled.push({
					startMs: originOf(exchange) - sweepStartAt,
					endMs: exchange.endAt - sweepStartAt
				});
				cancelledWindowEvents += inside.events;
				if (exchange.firstTokenAt !== null) {
					cancelledTtft.n++;
					cancelledTtft.sumMs += exchange.firstTokenAt - exchange.startAt;
				}
				return;
			}
			gateway.add(exchange);
			const record = toRecord(exchange, {
				...place,
				windowTokens: inside.tokens
			}, sweepStartAt);
			records.add(record);
			keepLayouts("record", [record, inside]);
			if (place.phase === "counted" && exchange.failure === null) interChunk.addSpans(exchange.tokenAt);
			if (exchange.failure !== null) failureWords[exchange.failure] ??= describeFailure(exchange);
		}
	};
}
function countWindowTokens(exchange, window) {
	if (window.startAt === null) return {
		tokens: 0,
		events: 0
	};
	const end = window.endAt ?? Infinity;
	const { tokenAt, tokenCountAt } = exchange;
	let events = 0;
	let before = 0;
	let last = 0;
	let counted = true;
	for (let i = 0; i < tokenAt.length; i++) {
		const at = tokenAt[i];
		const count = tokenCountAt[i];
		if (Number.isNaN(count)) counted = false;
		if (at < window.startAt) before = count;
		else if (at < end) {
			events++;
			last = count;
		}
	}
	if (events === 0) return {
		tokens: 0,
		events: 0
	};
	if (counted) return {
		tokens: last - before,
		events
	};
	return {
		tokens: exchange.outputTokens * events / tokenAt.length,
		events
	};
}
function joinShares(frame, shares) {
	const { window } = frame;
	const tallies = shares.map(({ tally }) => tally);
	const records = joinRecords(tallies.map((tally) => tally.records));
	const cancelled = tallies.flatMap((tally) => tally.cancelled).sort((a, b) => a.endMs - b.endMs || a.startMs - b.startMs);
	const interChunk = createLogHistogram();
	for (const tally of tallies) interChunk.merge(tally.interChunk);
	const sum = (count) => tallies.reduce((total, tally) => total + count(tally), 0);
	return {
		...judgeTrace(frame, records),
		records,
		interChunk,
		cancelledWindowTokens: sum((tally) => tally.cancelledWindowEvents) * averageTokensPerEvent(records),
		cancelledTtft: {
			n: sum((tally) => tally.cancelledTtft.n),
			sumMs: sum((tally) => tally.cancelledTtft.sumMs)
		},
		inFlight: window === null ? 0 : averageInFlight(listTimesInFlight(records, cancelled), window),
		failureWords: Object.assign({}, ...tallies.map((tally) => tally.failureWords)),
		gateway: {
			retried: sum(({ gateway }) => gateway.retried),
			cached: sum(({ gateway }) => gateway.cached),
			fellBack: sum(({ gateway }) => gateway.fellBack),
			names: [...new Set(tallies.flatMap(({ gateway }) => gateway.names))]
		},
		requestsWithEndedToken: sum((tally) => tally.renewed),
		connections: {
			opened: sum((tally) => tally.opened),
			requests: records.length + cancelled.length
		},
		client: {
			...pickBusiest(shares),
			queueP99Ms: findQueueP99(records)
		}
	};
}
function judgeTrace(frame, records) {
	const { open, stopped } = frame;
	if (open?.trace === void 0 || stopped !== null) return frame;
	const backlog = findBacklog(records, open.trace);
	if (backlog === null) return frame;
	const queue = {
		before: Math.round(backlog.before),
		after: Math.round(backlog.after)
	};
	return {
		...frame,
		stopped: "overloaded",
		open: {
			...open,
			queue
		}
	};
}
function pickBusiest(shares) {
	const pickWorst = (figure) => Math.max(0, ...shares.map(({ health }) => health?.[figure] ?? 0));
	return {
		eventLoopUtilization: pickWorst("eventLoopUtilization"),
		delayP90Ms: pickWorst("delayP90Ms"),
		delayP99Ms: pickWorst("delayP99Ms"),
		...shares.length > 1 && { threads: shares.length }
	};
}
function createGatewayCounter() {
	const names = /* @__PURE__ */ new Set();
	const counts = {
		retried: 0,
		cached: 0,
		fellBack: 0
	};
	return {
		add({ headers }) {
			const traits = headers === null ? null : readGateway(headers);
			if (traits === null) return;
			if (traits.retried) counts.retried++;
			if (traits.cached) counts.cached++;
			if (traits.fellBack) counts.fellBack++;
			if (traits.name !== null) names.add(traits.name);
		},
		get counts() {
			return {
				...counts,
				names: [...names]
			};
		}
	};
}
function averageInFlight(spans, window) {
	let area = 0;
	for (const { startMs, endMs } of spans) area += Math.max(0, Math.min(endMs, window.endMs) - Math.max(startMs, window.startMs));
	return area / (window.endMs - window.startMs);
}
function* listTimesInFlight(records, cancelled) {
	for (const { startMs, endMs } of records) yield {
		startMs,
		endMs: startMs + endMs
	};
	yield* cancelled;
}
function averageTokensPerEvent(records) {
	let tokens = 0;
	let events = 0;
	for (const record of records) {
		if (record.outcome !== "ok") continue;
		tokens += record.outputTokens;
		events += record.tokenEvents;
	}
	return events === 0 ? 1 : tokens / events;
}
function findQueueP99(records) {
	const all = new Float64Array(records.length);
	let counted = 0;
	for (const { queueMs, phase } of records) if (phase === "counted") all[counted++] = queueMs;
	const queue = all.subarray(0, counted).sort();
	return counted === 0 ? 0 : queue[Math.ceil(.99 * counted) - 1];
}
function toRecord(exchange, place, sweepStartAt) {
	return new FreshRecord(exchange, place, sweepStartAt);
}
var FreshRecord = class {
	exchange;
	place;
	sweepStartAt;
	constructor(exchange, place, sweepStartAt) {
		this.exchange = exchange;
		this.place = place;
		this.sweepStartAt = sweepStartAt;
	}
};
const DERIVED = {
	startMs: ({ exchange, sweepStartAt }) => originOf(exchange) - sweepStartAt,
	queueMs: ({ exchange }) => Math.max(0, exchange.startAt - (exchange.dueAt ?? exchange.readyAt) - (exchange.connectMs ?? 0)),
	outcome: ({ exchange }) => exchange.failure === null ? "ok" : "failed"
};
for (const fact of FACTS_IN_ORDER) Object.defineProperty(FreshRecord.prototype, fact.name, { get() {
	return takeFact(this, fact);
} });
function takeFact(record, { name, from, stamp }) {
	if (from === "record") return DERIVED[name](record);
	if (from === "level") return record.place[name];
	const { exchange } = record;
	const stated = exchange;
	if (stamp === void 0) return stated[name];
	const at = stated[stamp];
	return at === null ? null : at - originOf(exchange);
}
function originOf({ dueAt, startAt }) {
	return dueAt ?? startAt;
}
// src/load/level/board.ts
const WINDOW_CELLS = {
	startAt: NaN,
	endAt: NaN,
	satisfiedAt: NaN,
	started: 0,
	workersStarted: 0
};
const STOP_REASONS = [
	"rate-limited",
	"failing",
	"budget",
	"cancelled",
	"overloaded"
];
const CELLS = {
	...WINDOW_CELLS,
	outside: 0,
	awaited: 0,
	warmedUp: 0,
	countedOpen: 0,
	records: 0,
	failed: 0,
	refused: 0,
	scheduleAt: NaN,
	outstanding: 0,
	inFlight: 0,
	peakInFlight: 0,
	outstandingBefore: NaN,
	outstandingAfter: NaN,
	shortAt: NaN,
	outstandingShort: NaN,
	arrivedShort: 0,
	arrived: 0,
	waited: 0,
	dropped: 0,
	madeInLevel: 0,
	cutByBudget: 0,
	stopped: NaN
};
const shareBoard = defineCells(CELLS);
function isWarm({ outside, awaited, warmedUp }) {
	return outside === 0 && warmedUp >= awaited;
}
function createBoard(rule, memory) {
	const cells = shareBoard(memory);
	return {
		...cells,
		window: createWindow(rule, cells.values),
		stop(reason) {
			cells.hold(() => {
				if (Number.isNaN(cells.values.stopped)) cells.values.stopped = STOP_REASONS.indexOf(reason);
			});
		},
		get stopped() {
			const at = readTime(cells.values.stopped);
			return at === null ? null : STOP_REASONS[at];
		}
	};
}
function createWindow(rule, cells = { ...WINDOW_CELLS }) {
	const workers = rule.open == null ? countWorkers(rule) : 0;
	const counted = new Uint8Array(rule.open == null ? rule.concurrency : 0);
	const isShared = rule.shard != null;
	const all = rule.open?.dueMs?.length ?? null;
	const neededOfAll = all ?? Math.min(rule.minRequests, rule.maxRequests ?? Infinity);
	const needed = rule.open == null ? Math.ceil(neededOfAll * workers / rule.concurrency) : rule.shard == null ? neededOfAll : shareOut(neededOfAll, rule.shard);
	const isSatisfied = () => cells.workersStarted === workers && cells.started >= needed;
	const settle = (at) => {
		if (all !== null || Number.isNaN(cells.startAt) || !Number.isNaN(cells.endAt) || Number.isNaN(cells.satisfiedAt)) return;
		const due = Math.max(cells.startAt + rule.durationMs, cells.satisfiedAt);
		if (at >= due) cells.endAt = due;
	};
	return {
		get startAt() {
			return readTime(cells.startAt);
		},
		get endAt() {
			return readTime(cells.endAt);
		},
		open(at) {
			if (Number.isNaN(cells.startAt)) cells.startAt = at;
		},
		settle,
		isWhole: all !== null,
		get isSatisfied() {
			return isSatisfied();
		},
		satisfy(at) {
			if (Number.isNaN(cells.satisfiedAt)) cells.satisfiedAt = at;
		},
		cut(at) {
			settle(at);
			if (!Number.isNaN(cells.startAt) && Number.isNaN(cells.endAt)) cells.endAt = at;
		},
		phaseOf(worker, at) {
			if (Number.isNaN(cells.startAt) || at < cells.startAt) return "warmup";
			settle(at);
			if (!Number.isNaN(cells.endAt)) return "tail";
			if (all === null && cells.started >= (rule.maxRequests ?? Infinity) && cells.workersStarted === workers) {
				cells.endAt = at;
				return "tail";
			}
			cells.started++;
			if (counted[worker] === 0) {
				cells.workersStarted++;
				counted[worker] = 1;
			}
			if (!isShared && isSatisfied()) this.satisfy(at);
			return "counted";
		}
	};
}
const GIVE_UP_REFUSED = 3;
const GIVE_UP_REFUSED_SHARE = .01;
const GIVE_UP_FAILED = 10;
const GIVE_UP_FAILED_SHARE = .5;
function countAnswer(board, failure) {
	const { values } = board;
	values.records++;
	if (failure === null) return;
	values.failed++;
	if (failure === "http_429") values.refused++;
	const reason = findReasonToGiveUp(values);
	if (reason !== null) board.stop(reason);
}
function findReasonToGiveUp({ records, failed, refused }) {
	if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records) return "rate-limited";
	return failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records ? "failing" : null;
}
// src/load/budget.ts
const shareBudget = defineCells({
	startAt: NaN,
	requests: 0,
	tokens: 0
});
function createBudget({ maxDurationMs, maxRequests, maxOutputTokens }, clock, memory) {
	const { values, ...shared } = shareBudget(memory);
	if (memory === void 0) values.startAt = clock.now();
	const isSpent = () => values.requests >= (maxRequests ?? Infinity) || values.tokens >= (maxOutputTokens ?? Infinity);
	const listShares = () => [
		["max-duration", (clock.now() - values.startAt) / (maxDurationMs ?? Infinity)],
		["max-requests", values.requests / (maxRequests ?? Infinity)],
		["max-output-tokens", values.tokens / (maxOutputTokens ?? Infinity)]
	];
	return {
		...shared,
		limits: {
			maxDurationMs,
			maxRequests,
			maxOutputTokens
		},
		spendRequest(outputTokens) {
			values.requests++;
			values.tokens += outputTokens;
		},
		usedShare: () => Math.max(...listShares().map(([, share]) => share)),
		nearest: () => listShares().reduce((most, each) => each[1] > most[1] ? each : most)[0],
		spent: isSpent,
		exhausted: () => isSpent() || clock.now() - values.startAt >= (maxDurationMs ?? Infinity)
	};
}
function grantBeforeLevels({ maxRequests, maxOutputTokens }) {
	return {
		maxDurationMs: SOAK.longestMs,
		maxRequests: quarterOf(maxRequests),
		maxOutputTokens: quarterOf(maxOutputTokens)
	};
}
function quarterOf(limit) {
	return limit === null ? null : Math.ceil(limit / 4);
}
// src/load/level/entrance.ts
function countWaiting(workers) {
	return Math.ceil(workers / 16);
}
function countEnds(workers) {
	return 2 * countWaiting(workers) + 2;
}
function countAwaited(workers, entry) {
	return workers === 0 ? 0 : Math.floor(workers / (entry === "phased-at-once" ? 2 : 8)) + 1;
}
const FEW_TOKENS = 8;
var Entrance = class {
	#workers;
	#onMoreAwaited;
	#outside = [];
	#waiting = 0;
	#ends = 0;
	#rest = null;
	constructor(workers, onMoreAwaited) {
		this.#workers = workers;
		this.#onMoreAwaited = onMoreAwaited;
	}
	get isOpening() {
		return this.#outside.length > 0;
	}
	async enter() {
		return new Promise((resolve) => {
			this.#outside.push(resolve);
			this.#admit();
		});
	}
	noteSent() {
		this.#waiting++;
	}
	async watch({ outputTokens, fullTokens, entry, onIn }, send) {
		if (entry === "phased" && fullTokens < 100) this.#letAllIn("phased-at-once");
		let isIn = entry !== "phased";
		if (isIn) onIn?.();
		if (!this.isOpening && isIn) return send();
		let hasBegun = false;
		const note = () => {
			this.noteFirstToken();
			if (!isIn) onIn?.();
			isIn = true;
		};
		const exchange = await send(() => {
			hasBegun = true;
			note();
		});
		if (!hasBegun) note();
		const { failure, firstTokenAt, lastTokenAt } = exchange;
		this.noteEnd(!hasBegun || failure !== null || outputTokens > FEW_TOKENS && firstTokenAt === lastTokenAt);
		return exchange;
	}
	noteFirstToken() {
		this.#waiting--;
		this.#admit();
	}
	noteEnd(tellsNothing) {
		this.#ends++;
		if (tellsNothing) this.#letAllIn("phased-at-once");
		else if (this.#ends >= countEnds(this.#workers)) this.#letAllIn("whole");
	}
	end() {
		this.#letAllIn("phased-at-once");
	}
	#letAllIn(entry) {
		if (this.#rest !== null || !this.isOpening) return;
		this.#rest = entry;
		this.#onMoreAwaited(countAwaited(this.#workers, entry) - countAwaited(this.#workers, "phased"));
		this.#admit();
	}
	#admit() {
		while (this.isOpening && (this.#rest !== null || this.#waiting < countWaiting(this.#workers))) {
			this.#waiting++;
			this.#ends = 0;
			this.#outside.shift()(this.#rest ?? "phased");
		}
	}
};
// src/load/level/request-stock.ts
const MOST_BYTES = 8388608;
const BYTES_OF_OBJECTS = 500;
function stockRequests({ spec, board }, { workers, arrivals }, { workload, transport }) {
	const { concurrency, expectedRequests = 0, warmupRequests, open, shard } = spec;
	const isAnswered = workload.hear !== void 0;
	const share = shareArrivals(shard ?? null, arrivals);
	const part = open == null ? workers.length / concurrency : 1 / share.of;
	const kept = /* @__PURE__ */ new Map();
	const make = (key, spread) => {
		const request = workload.next(key, spread);
		const prepared = transport.prepare?.(request);
		return {
			request: prepared ?? request,
			bytes: (prepared?.size ?? 0) + BYTES_OF_OBJECTS
		};
	};
	const fill = (keys) => {
		let [left, bytesLeft] = [Math.ceil(expectedRequests * part), MOST_BYTES * part];
		for (const [key, spread] of keys) {
			if (left <= 0 || bytesLeft <= 0) return;
			const { request, bytes } = make(key, spread);
			left--;
			bytesLeft -= bytes;
			const queue = kept.get(key);
			if (queue === void 0) kept.set(key, [request]);
			else queue.push(request);
		}
	};
	function* listTurns() {
		for (let k = 0; workers.length > 0; k++) for (const worker of workers) yield [worker, k === 0 && warmupRequests > 0 ? workload.spread[worker] : null];
	}
	function* listNumbers() {
		if (open != null) for (const { number } of listArrivals(open, share)) yield [number, null];
	}
	if (!isAnswered) fill(open == null ? listTurns() : listNumbers());
	return { take(key, spread) {
		const queue = kept.get(key);
		if (spread === 1 && !isAnswered && queue?.shift() === void 0) workload.next(key, spread);
		const next = queue?.shift();
		if (queue?.length === 0) kept.delete(key);
		if (next !== void 0) return next;
		if (!isAnswered) board.hold(() => board.values.madeInLevel++);
		return make(key, spread).request;
	} };
}
// src/load/level/send-on-schedule.ts
const MOST_AT_ONCE = 16;
async function sendOnSchedule(arrivals, slots, { clock, stopping, beganAt }, load) {
	const free = slots.toReversed();
	const waiting = [];
	const carrying = /* @__PURE__ */ new Set();
	const carry = async (slot, first) => {
		await send(slot, first);
		while (waiting.length > 0 && !stopping.aborted) await send(slot, waiting.shift());
		free.push(slot);
	};
	const send = async (slot, due) => {
		const next = await load.send(slot, due);
		if (next !== null && !stopping.aborted) keep(follow(next));
	};
	const keep = (carried) => {
		const kept = carried.finally(() => carrying.delete(kept));
		carrying.add(kept);
	};
	const begin = (due) => {
		const slot = free.pop();
		if (slot !== void 0) return keep(carry(slot, due));
		waiting.push(due);
		load.onWaiting(due);
	};
	const sleepUntil = async (dueAt) => {
		do
			await clock.sleep(Math.max(0, dueAt - clock.now()), stopping);
		while (clock.now() < dueAt && !stopping.aborted);
	};
	const follow = async ({ number, dueAt }) => {
		const ready = load.prepare(number);
		if (clock.now() < dueAt) await sleepUntil(dueAt);
		const due = stopping.aborted ? null : load.take(ready, dueAt);
		if (due !== null) begin(due);
	};
	const takeTogether = groupByMoment(arrivals);
	const prepared = [];
	let inOneGo = 0;
	while (!stopping.aborted) {
		if (prepared.length === 0) for (const { number, atMs } of takeTogether()) prepared.push({
			ready: load.prepare(number),
			dueAt: beganAt + atMs
		});
		const next = prepared.shift();
		if (next === void 0) break;
		const { ready, dueAt } = next;
		if (clock.now() >= dueAt && ++inOneGo < MOST_AT_ONCE) {} else {
			inOneGo = 0;
			await sleepUntil(dueAt);
		}
		if (stopping.aborted) break;
		const due = load.take(ready, dueAt);
		if (due === null) break;
		begin(due);
	}
	while (carrying.size > 0) await Promise.all(carrying);
	return waiting;
}
function groupByMoment(arrivals) {
	let next = arrivals.next();
	return () => {
		const group = [];
		while (next.done !== true && group.length < MOST_AT_ONCE && next.value.atMs === (group[0] ?? next.value).atMs) {
			group.push(next.value);
			next = arrivals.next();
		}
		return group;
	};
}
// src/load/level/share.ts
const MANY_WORKERS = 256;
let sharesUnderWay = 0;
const ALONE = {
	conversation: null,
	turn: null,
	turns: null,
	thinkMs: null
};
var Share = class {
	#level;
	#workers;
	#ports;
	#link;
	#arrivals;
	#stock;
	#tally;
	#entrance;
	#fatal = null;
	#health = null;
	constructor(level, workers, ports, link, arrivals = {
		first: 0,
		of: 1
	}) {
		this.#level = level;
		this.#workers = workers;
		this.#ports = ports;
		this.#link = link;
		this.#arrivals = arrivals;
		this.#stock = stockRequests(level, {
			workers,
			arrivals
		}, ports);
		ports.collectGarbage();
		this.#tally = createTally(level.sweepStartAt);
		const { values, hold } = level.board;
		this.#entrance = new Entrance(workers.length, (more) => hold(() => values.awaited += more));
		link.stopping.addEventListener("abort", () => this.#endLoad(), { once: true });
		const { open, warmupRequests } = level.spec;
		hold(() => {
			if (open == null) {
				values.awaited += countAwaited(workers.length, "phased");
				values.outside += warmupRequests > 0 ? workers.length : 0;
			} else values.awaited = warmupRequests * (open.conversationsUnderWay ?? countUsual(open));
		});
	}
	noteOpened() {
		this.#ports.health.start();
	}
	#endLoad() {
		this.#entrance.end();
		if (this.#workers.length >= MANY_WORKERS && sharesUnderWay === 1) this.#ports.collectGarbage();
	}
	async run() {
		const { open } = this.#level.spec;
		sharesUnderWay++;
		try {
			await (open == null ? Promise.all(this.#workers.map(async (worker) => this.#work(worker))) : this.#keepTo(open));
		} finally {
			sharesUnderWay--;
		}
		if (this.#level.board.window.isWhole) this.#health ??= this.#ports.health.read();
		this.#readHealth();
		this.#ports.health.stop();
		return {
			tally: this.#tally.share,
			health: this.#health,
			fatal: this.#fatal
		};
	}
	async #work(worker) {
		const { clock } = this.#ports;
		const { warmupRequests } = this.#level.spec;
		const { stopping } = this.#link;
		let failures = 0;
		for (let k = 0; !stopping.aborted; k++) {
			if (k > 0 && k === warmupRequests) this.#noteWarmth("warmedUp", 1);
			if (k > 0) this.#entrance.noteSent();
			const entry = k === 0 && warmupRequests > 0 ? await this.#entrance.enter() : null;
			if (stopping.aborted) return;
			const end = await this.#sendNext(worker, entry);
			if (end === null) return;
			failures = end.failed ? failures + 1 : 0;
			const pauseMs = failures === 0 ? end.thinkMs : chooseBackoffMs(failures);
			if (pauseMs > 0) await clock.sleep(pauseMs, stopping);
		}
	}
	async #sendNext(worker, entry) {
		const spread = this.#chooseSpread(worker, entry);
		const request = this.#stock.take(worker, spread);
		const phase = this.#claimRequest(worker, request.outputTokens);
		if (phase === null) return null;
		const isIn = entry === null && !this.#entrance.isOpening;
		let exchange;
		try {
			exchange = await (isIn ? this.#ports.transport.send(worker, request, this.#link.stopping) : this.#sendWatched(worker, request, entry, spread));
		} catch (error) {
			this.#endRun(error);
			return null;
		}
		const after = this.#hear(worker, exchange);
		this.#note(exchange, {
			worker,
			phase,
			request,
			after
		});
		return {
			failed: exchange.failure !== null,
			thinkMs: typeof after === "number" ? after : 0
		};
	}
	async #sendWatched(worker, request, entry, spread) {
		const { outputTokens } = request;
		const onIn = entry === null ? void 0 : () => this.#noteWarmth("outside", -1);
		const watched = {
			outputTokens,
			fullTokens: outputTokens / (spread ?? 1),
			entry,
			onIn
		};
		return this.#entrance.watch(watched, async (onFirstToken) => this.#ports.transport.send(worker, request, this.#link.stopping, onFirstToken));
	}
	#chooseSpread(worker, entry) {
		return entry === null ? null : entry === "whole" ? 1 : this.#ports.workload.spread[worker];
	}
	async #keepTo(open) {
		const { clock, transport } = this.#ports;
		const { board, spec } = this.#level;
		const { values } = board;
		const { stopping } = this.#link;
		const arrivals = listArrivals(open, shareArrivals(spec.shard ?? null, this.#arrivals));
		const time = {
			clock,
			stopping,
			beganAt: board.hold(() => {
				if (Number.isNaN(values.scheduleAt)) values.scheduleAt = clock.now();
				return values.scheduleAt;
			})
		};
		const dropped = await sendOnSchedule(arrivals, this.#workers, time, {
			prepare: (number) => ({
				number,
				request: this.#stock.take(number, null)
			}),
			take: ({ number, request }, dueAt) => {
				const phase = this.#claimRequest(0, request.outputTokens, dueAt);
				if (phase === null) return null;
				board.hold(() => {
					values.outstanding++;
					if (phase === "counted" && (request.turn?.turn ?? 1) === 1) values.arrived++;
				});
				return {
					number,
					request,
					phase,
					dueAt
				};
			},
			onWaiting: ({ phase }) => {
				if (phase === "counted") board.hold(() => values.waited++);
			},
			send: async (slot, { number, request, phase, dueAt }) => {
				board.hold(() => values.peakInFlight = Math.max(values.peakInFlight, ++values.inFlight));
				const exchange = await transport.send(slot, request, stopping).catch((error) => {
					this.#endRun(error);
					return null;
				});
				board.hold(() => {
					values.inFlight--;
					values.outstanding--;
				});
				if (exchange === null) return null;
				const after = this.#hear(number, exchange);
				this.#note({
					...exchange,
					dueAt
				}, {
					worker: slot,
					phase,
					request,
					after
				});
				if (typeof after === "number") return {
					number,
					dueAt: exchange.endAt + after
				};
				if (phase === "warmup" && !exchange.cancelled) this.#noteWarmth("warmedUp", 1);
				return null;
			}
		});
		board.hold(() => values.dropped += dropped.filter(({ phase }) => phase === "counted").length);
	}
	#hear(worker, { failure, text }) {
		return this.#ports.workload.hear?.(worker, failure === null ? text : null) ?? "over";
	}
	#noteWarmth(cell, by) {
		const { board, spec } = this.#level;
		if (board.hold(() => {
			board.values[cell] += by;
			if (!isWarm(board.values) || board.window.startAt !== null || spec.shard != null) return false;
			board.window.open(this.#ports.clock.now());
			return true;
		})) this.#link.onOpened();
	}
	#claimRequest(worker, outputTokens, at = this.#ports.clock.now()) {
		const { board, budget } = this.#level;
		const phase = board.hold(() => budget.hold(() => this.#choosePhase(worker, outputTokens, at)));
		this.#readHealth();
		if (phase === "stopped") this.#link.onStopped();
		if (phase !== "over") return phase === "stopped" ? null : phase;
		this.#link.onOver();
		if (this.#link.stopping.aborted) return null;
		return budget.hold(() => {
			if (budget.spent()) return null;
			budget.spendRequest(outputTokens);
			return "tail";
		});
	}
	#choosePhase(worker, outputTokens, at) {
		const { board, budget } = this.#level;
		const { values, window } = board;
		const { open, shard, concurrency } = this.#level.spec;
		if (budget.exhausted()) {
			if (window.startAt === null || shard != null) {
				board.stop("budget");
				return "stopped";
			}
			window.settle(at);
			if (window.endAt === null) values.cutByBudget = 1;
			window.cut(at);
		}
		if (budget.spent()) return values.countedOpen === 0 ? "stopped" : null;
		const phase = window.phaseOf(worker, at);
		if (open != null && watchQueue(board, {
			at,
			rate: shard == null ? concurrency : null
		})) {
			board.stop("overloaded");
			return "stopped";
		}
		if (phase === "tail" && values.countedOpen === 0) return "over";
		budget.spendRequest(outputTokens);
		if (phase === "counted") values.countedOpen++;
		return phase;
	}
	#readHealth() {
		if (this.#level.board.window.endAt !== null) this.#health ??= this.#ports.health.read();
	}
	#note(exchange, { worker, phase, request, after }) {
		const { board, spec, target } = this.#level;
		const { health, clock } = this.#ports;
		const { values, window } = board;
		const known = board.hold(() => {
			window.settle(clock.now());
			return {
				startAt: window.startAt,
				endAt: window.endAt
			};
		});
		this.#readHealth();
		const stallMs = exchange.firstTokenAt === null ? 0 : health.stallAt(exchange.firstTokenAt);
		const endStallMs = health.stallAt(exchange.endAt);
		const { concurrency: level, pass } = spec;
		const { outputTokens: requestedTokens, turn: place = ALONE, part = null } = request;
		const cutShort = after === "cut-short";
		const facts = {
			level,
			pass,
			worker,
			phase,
			requestedTokens,
			stallMs,
			endStallMs,
			part,
			...place,
			cutShort
		};
		keepLayouts("request", [
			request,
			facts,
			known
		]);
		this.#tally.add(exchange, facts, known);
		if (exchange.failure !== null && !exchange.renewed) this.#fatal ??= findFatalRefusal(exchange, target);
		if (this.#fatal !== null) board.stop("failing");
		const isOver = board.hold(() => {
			if (!exchange.cancelled && !exchange.renewed) countAnswer(board, exchange.failure);
			if (phase !== "counted") return false;
			values.countedOpen--;
			if (spec.shard == null && window.isWhole && window.isSatisfied && values.countedOpen === 0) window.cut(clock.now());
			return window.endAt !== null && values.countedOpen === 0;
		});
		this.#readHealth();
		if (board.stopped !== null) this.#link.onStopped();
		else if (isOver) this.#link.onOver();
	}
	#endRun(error) {
		if (!(error instanceof EndpointError)) throw error;
		this.#fatal ??= error;
		this.#level.board.stop("failing");
		this.#link.onStopped();
	}
};
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 2e3;
function chooseBackoffMs(failures) {
	return Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1));
}
export { createLogHistogram as C, summariseHistogram as D, summarise as E, countMissingSamples as S, pickAtShare as T, openSlab as _, createBoard as a, FACTS_IN_ORDER as b, addQueues as c, COLUMNS as d, IDS as f, mapTexts as g, listBuffers as h, STOP_REASONS as i, isQueueGrowing as l, countRecords as m, createBudget as n, isWarm as o, ROWS as p, grantBeforeLevels as r, joinShares as s, Share as t, readQueue as u, readIds as v, percentile as w, MINIMUM_SAMPLES as x, readNumber as y };
