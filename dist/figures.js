import { Gt as VERSION, Ur as isTooMuch, Vr as generatesTokens, Wr as loadOf, Yr as reachesPlateau } from "./measuring.js";
import { At as summariseTrace, Ut as renderObjectives, Vt as renderLimit, dr as dependsOnTokenCount, gr as mapRates, ir as GATED_ROWS, mr as isErrorRate, sr as RATE_FIELDS, ur as TIME_FIELDS, vr as metricOf } from "./plateau.js";
import { S as countMissingSamples } from "./level.js";
import { i as sampleStandardDeviation, t as mean } from "./vendor.js";
// src/stats/chance.ts
function studentTTail(t, df) {
	if (Number.isNaN(t) || !(df > 0)) return NaN;
	if (t === 0) return .5;
	const tail = upperTail(Math.abs(t), df);
	return t > 0 ? tail : 1 - tail;
}
function fTail(f, ofUpper, ofLower) {
	if (f === Infinity) return 0;
	const [upper, lower] = [ofUpper * f, ofLower];
	return incompleteBeta(ofLower / 2, ofUpper / 2, lower / (upper + lower), upper / (upper + lower));
}
function studentTQuantile(p, df) {
	if (!(p >= 0 && p <= 1) || !(df > 0)) return NaN;
	if (p === .5) return 0;
	if (p < .5) return -positiveQuantile(p, df);
	return positiveQuantile(1 - p, df);
}
function positiveQuantile(tail, df) {
	if (tail === 0) return Infinity;
	const wanted = Math.log(tail);
	const norm = -lnBeta(df / 2, .5) - .5 * Math.log(df);
	let low = -700;
	let high = 700;
	let at = 1;
	for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
		const t = Math.exp(at);
		const found = upperTail(t, df);
		const miss = Math.log(found) - wanted;
		if (miss > 0) low = at;
		else high = at;
		const slope = Math.exp(norm - (df + 1) / 2 * Math.log1p(t * t / df)) * (t / found);
		const next = at + miss / slope;
		if (Math.abs(next - at) <= 1e-15 * Math.max(1, Math.abs(at))) return Math.exp(next);
		at = next > low && next < high ? next : (low + high) / 2;
	}
	return Math.exp(at);
}
function upperTail(t, df) {
	const square = t * t;
	if (square === Infinity) return 0;
	return .5 * incompleteBeta(df / 2, .5, df / (df + square), square / (df + square));
}
function incompleteBeta(a, b, x, y) {
	if (x <= 0) return 0;
	if (y <= 0) return 1;
	const front = Math.exp(a * Math.log(x) + b * Math.log(y) - lnBeta(a, b));
	return x < (a + 1) / (a + b + 2) ? front * betaFraction(a, b, x) / a : 1 - front * betaFraction(b, a, y) / b;
}
function betaFraction(a, b, x) {
	const tiny = 1e-300;
	const avoidZero = (value) => Math.abs(value) < tiny ? tiny : value;
	let c = 1;
	let d = 1 / avoidZero(1 - (a + b) * x / (a + 1));
	let result = d;
	for (let m = 1; m <= 1e4; m++) {
		const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / avoidZero(1 + even * d);
		c = avoidZero(1 + even / c);
		result *= d * c;
		const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / avoidZero(1 + odd * d);
		c = avoidZero(1 + odd / c);
		result *= d * c;
		if (Math.abs(d * c - 1) < 1e-15) break;
	}
	return result;
}
function lnBeta(a, b) {
	return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}
const LANCZOS = [
	.9999999999998099,
	676.5203681218851,
	-1259.1392167224028,
	771.3234287776531,
	-176.6150291621406,
	12.507343278686905,
	-.13857109526572012,
	9984369578019572e-21,
	1.5056327351493116e-7
];
function lnGamma(x) {
	if (x < .5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
	const z = x - 1;
	let sum = LANCZOS[0];
	for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (z + i);
	const t = z + 7.5;
	return .5 * Math.log(2 * Math.PI) + (z + .5) * Math.log(t) - t + Math.log(sum);
}
const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);
const FAR$1 = 3;
function normalDensity(z) {
	return Math.exp(-z * z / 2) / ROOT_OF_TWO_PI;
}
function normalTail(z) {
	if (z < 0) return 1 - normalTail(-z);
	if (z < FAR$1) {
		let term = z;
		let sum = z;
		for (let n = 3; term > 1e-18 * sum; n += 2) sum += term *= z * z / n;
		return .5 - normalDensity(z) * sum;
	}
	let fraction = z;
	for (let n = 100; n > 0; n--) fraction = z + n / fraction;
	return normalDensity(z) / fraction;
}
function normalTailQuantile(p) {
	let z = Math.sqrt(-2 * Math.log(2 * p));
	for (let i = 0; i < 50; i++) {
		const tail = normalTail(z);
		const step = Math.log(tail / p) * tail / normalDensity(z);
		z += step;
		if (Math.abs(step) < 1e-14 * Math.max(1, z)) break;
	}
	return z;
}
function meanBounds(values, confidence = .95) {
	const n = values.length;
	if (n < 2) return null;
	const sample = [...values];
	const half = studentTQuantile(confidence, n - 1) * sampleStandardDeviation(sample) / Math.sqrt(n);
	return {
		low: mean(sample) - half,
		high: mean(sample) + half
	};
}
function boundShareAbove({ hits, n }) {
	const z = normalTailQuantile(.05);
	const share = hits / n;
	const half = z * Math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2);
	return Math.min(1, (share + z ** 2 / (2 * n) + half) / (1 + z ** 2 / n));
}
function testFisherGreater(a, b) {
	const hits = a.hits + b.hits;
	const total = a.n + b.n;
	const most = Math.min(hits, a.n);
	const fewest = Math.max(0, hits - b.n);
	if (a.hits <= fewest) return 1;
	const mode = Math.floor((hits + 1) * (a.n + 1) / (total + 2));
	if (a.hits <= mode) return 1 - sumTail(a.hits - 1, -1, fewest, {
		hits,
		n: a.n,
		total
	});
	return sumTail(a.hits, 1, most, {
		hits,
		n: a.n,
		total
	});
}
function sumTail(start, step, end, { hits, n, total }) {
	let term = hypergeometric(start, {
		hits,
		n,
		total
	});
	let sum = 0;
	for (let x = start; term > sum * 1e-18; x += step) {
		sum += term;
		if (x === end) break;
		term *= step === 1 ? computeGrowth(x, {
			hits,
			n,
			total
		}) : 1 / computeGrowth(x - 1, {
			hits,
			n,
			total
		});
	}
	return Math.min(1, sum);
}
function computeGrowth(x, { hits, n, total }) {
	return (hits - x) * (n - x) / ((x + 1) * (total - hits - n + x + 1));
}
function hypergeometric(x, { hits, n, total }) {
	const p = n / total;
	const ln = lnBinomial(x, hits, p) + lnBinomial(n - x, total - hits, p) - lnBinomial(n, total, p);
	return Math.exp(ln);
}
function lnBinomial(x, n, p) {
	const q = 1 - p;
	if (n === 0) return 0;
	if (x === 0) return n * Math.log1p(-p);
	if (x === n) return n * Math.log(p);
	return computeStirlingError(n) - computeStirlingError(x) - computeStirlingError(n - x) - deviance(x, n * p) - deviance(n - x, n * q) + .5 * Math.log(n / (2 * Math.PI * x * (n - x)));
}
function computeStirlingError(n) {
	if (n < SMALL_ERRORS.length) return SMALL_ERRORS[n];
	const square = n * n;
	return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n;
}
const SMALL_ERRORS = listSmallErrors(32);
function listSmallErrors(count) {
	const errors = Array.from({ length: count }, () => 0);
	const from = 64;
	const square = 4096;
	let error = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / from;
	for (let n = 63; n >= 1; n--) {
		error += (n + .5) * Math.log1p(1 / n) - 1;
		if (n < count) errors[n] = error;
	}
	return errors;
}
function deviance(x, m) {
	if (Math.abs(x - m) >= .1 * (x + m)) return x * Math.log(x / m) + m - x;
	const v = (x - m) / (x + m);
	let sum = (x - m) * v;
	let term = 2 * x * v;
	for (let j = 1; j < 1e3; j++) {
		term *= v * v;
		const next = sum + term / (2 * j + 1);
		if (next === sum) break;
		sum = next;
	}
	return sum;
}
function testBinomialGreater({ hits, n }, chance) {
	if (hits <= 0) return 1;
	const odds = chance / (1 - chance);
	const isTail = hits > Math.floor((n + 1) * chance);
	let log = n * Math.log1p(-chance);
	const start = isTail ? hits : hits - 1;
	for (let i = 0; i < start; i++) log += Math.log((n - i) / (i + 1) * odds);
	let term = Math.exp(log);
	let sum = 0;
	for (let i = start; i >= 0 && i <= n && term > sum * 1e-18; i += isTail ? 1 : -1) {
		sum += term;
		term *= isTail ? (n - i) / (i + 1) * odds : i / (n - i + 1) / odds;
	}
	return Math.min(1, isTail ? sum : 1 - sum);
}
function rejectByHolm(ps, alpha) {
	const order = ps.map((_, i) => i).sort((a, b) => ps[a] - ps[b]);
	const rejected = ps.map(() => false);
	for (const [rank, index] of order.entries()) {
		if (!(ps[index] <= alpha / (ps.length - rank))) break;
		rejected[index] = true;
	}
	return rejected;
}
const GROWTH = {
	constant: .5,
	falling: .25
};
const STEPS = 80;
function computeChanceOverLooks(p, { most, look, bound }) {
	if (most === 1 || p >= .5 || p === 0) return p;
	const growth = GROWTH[bound];
	const scale = normalTailQuantile(p) * look ** (.5 - growth);
	let chance = normalTail(scale);
	let grid = buildGridUpTo(scale, 1);
	let density = grid.at.map(normalDensity);
	for (let j = 2; j <= most; j++) {
		const height = scale * j ** growth;
		const mass = density.map((each, i) => each * grid.weights[i]);
		chance += sumOf(grid.at, mass, (from) => normalTail(height - from));
		const next = buildGridUpTo(height, j);
		density = j === most ? [] : next.at.map((to) => sumOf(grid.at, mass, (from) => normalDensity(to - from)));
		grid = next;
	}
	return Math.min(1, chance);
}
const known = /* @__PURE__ */ new Map();
function computeLevelOfLook(alpha, test) {
	const { most, look, bound } = test;
	if (most === 1 || alpha >= .5) return alpha;
	const key = `${alpha}/${most}/${bound}`;
	const ofLast = known.get(key) ?? findLevel(alpha, {
		...test,
		look: most
	});
	known.set(key, ofLast);
	return normalTail(normalTailQuantile(ofLast) * (most / look) ** (.5 - GROWTH[bound]));
}
function findLevel(alpha, test) {
	let level = alpha / test.most;
	for (let i = 0; i < 20; i++) {
		const miss = Math.log(computeChanceOverLooks(level, test) / alpha);
		level *= Math.exp(-miss);
		if (Math.abs(miss) < 1e-9) break;
	}
	return level;
}
function buildGridUpTo(height, look) {
	const from = -5 * Math.sqrt(look);
	const step = (height - from) / STEPS;
	const indices = Array.from({ length: 81 }, (_, i) => i);
	return {
		at: indices.map((i) => from + i * step),
		weights: indices.map((i) => step / 3 * (i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2))
	};
}
function sumOf(at, mass, value) {
	let sum = 0;
	for (let i = 0; i < at.length; i++) sum += mass[i] * value(at[i]);
	return sum;
}
// src/metrics/level/level-metrics.ts
const TIME_METRICS = [...TIME_FIELDS, "connectMs"];
function figureOf(figures, metric) {
	const row = metricOf(metric);
	return row.percentile === null ? FIGURES[row.field](figures) : figures[row.field]?.[row.percentile] ?? null;
}
const FIGURES = {
	...mapRates((field) => (figures) => figures[field]),
	requests: ({ requests }) => computeErrorRate(requests),
	attainment: ({ attained }) => attained?.attainment ?? null,
	goodput: ({ attained }) => attained?.requestsPerSecond ?? null,
	"goodput-tokens": ({ attained }) => attained?.outputTokensPerSecond ?? null,
	plateau: () => null,
	within: () => null,
	capacity: () => null
};
const SCENARIO_TIMES = [
	"ttftMs",
	"tpotMs",
	"latencyMs"
];
const TURN_TIMES = ["ttftMs", "latencyMs"];
function figureOfScenario(scenario, metric) {
	const row = metricOf(metric);
	if (isErrorRate(row)) return computeErrorRate(scenario.requests);
	const time = SCENARIO_TIMES.find((field) => field === row.field);
	if (time === void 0 || row.percentile !== "p50" && row.percentile !== "p95") return null;
	return scenario[time]?.[row.percentile] ?? null;
}
function figureOfTurn(turn, metric) {
	const row = metricOf(metric);
	if (isErrorRate(row)) return computeErrorRate(turn.requests);
	const time = TURN_TIMES.find((field) => field === row.field);
	return time === void 0 || row.percentile !== "p50" ? null : turn[time];
}
function computeErrorRate({ ok, failed }) {
	return ok + failed === 0 ? null : failed / (ok + failed);
}
function countMissingRequests(figures, metric) {
	const { field, percentile, fact } = metricOf(metric);
	const summary = figures[field];
	const failed = fact === null ? 0 : figures.requests.failed;
	return summary === null ? 0 : countMissingSamples(percentile, summary.n + failed);
}
function chooseThroughput(levels) {
	return RATE_FIELDS.find((field) => levels.some((level) => (level[field] ?? 0) > 0)) ?? "outputTokensPerSecond";
}
// src/metrics/plateau/plateau.ts
const PLATEAU_SHARE = Math.log(.95);
const COLLAPSE_SHARE = Math.log(.9);
function findPlateau(levels) {
	const metric = chooseThroughput(levels.filter((level) => level.valid));
	const points = levels.filter((level) => level.valid).flatMap((level) => pointOf$1(level, metric)).sort((a, b) => a.concurrency - b.concurrency);
	const none = {
		...mapRates(() => null),
		metric
	};
	const limited = levels.some((level) => level.state === "limited");
	if (points.length === 0) return {
		...none,
		state: limited ? "limited" : "not-reached",
		kneeConcurrency: null,
		concurrencies: []
	};
	const shape = findCurveShape(points);
	const { flat, kept, reached } = shape;
	const state = shape.falls || levels.some((level) => isLostBeyond(level, shape.best.concurrency)) ? "collapsing" : reached ? "reached" : limited ? "limited" : "not-reached";
	return {
		...none,
		[metric]: estimatePlateau(mean(flat.map((point) => point.y)), flat, kept),
		state,
		kneeConcurrency: reachesPlateau(state) && levels.every(({ open }) => open === void 0) ? shape.knee : null,
		concurrencies: flat.map((point) => point.concurrency)
	};
}
function findCurveShape(points) {
	if (points.length === 0) return null;
	const at = points.reduce((found, point, i) => point.y > points[found].y ? i : found, 0);
	const best = points[at];
	const kept = points.filter((point, i) => i <= at || point.y >= best.y + COLLAPSE_SHARE);
	const fit = fitIsotonic(kept.slice(0, at + 1).map((point) => point.y));
	const flat = kept.filter((_, i) => i > at || fit[i] >= best.y + PLATEAU_SHARE);
	return {
		best,
		flat,
		kept,
		reached: flat.length >= 2 && flat.at(-1).concurrency >= 2 * flat[0].concurrency,
		falls: kept.length < points.length,
		knee: interpolateKnee(kept, fit, mean(flat.map((point) => point.y)) + PLATEAU_SHARE)
	};
}
function pointOf$1(level, metric) {
	const passes = level.passes.flatMap((pass) => (pass[metric] ?? 0) > 0 ? Math.log(pass[metric]) : []);
	return passes.length === 0 ? [] : [{
		concurrency: level.concurrency,
		passes,
		y: mean(passes)
	}];
}
function isLostBeyond(level, concurrency) {
	return level.state === "lost" && level.concurrency > concurrency;
}
function estimatePlateau(y, flat, kept) {
	let squares = 0;
	let degrees = 0;
	for (const point of kept) {
		for (const pass of point.passes) squares += (pass - point.y) ** 2;
		degrees += point.passes.length - 1;
	}
	if (degrees === 0) return {
		value: Math.exp(y),
		low: null,
		high: null
	};
	const variance = squares / degrees * flat.reduce((sum, point) => sum + 1 / point.passes.length, 0);
	const half = studentTQuantile(.975, degrees) * (Math.sqrt(variance) / flat.length);
	return {
		value: Math.exp(y),
		low: Math.exp(y - half),
		high: Math.exp(y + half)
	};
}
function interpolateKnee(points, fit, target) {
	const at = fit.findIndex((value) => value >= target);
	const right = points[Math.max(0, at)].concurrency;
	if (at <= 0) return right;
	const left = points[at - 1].concurrency;
	const share = (target - fit[at - 1]) / (fit[at] - fit[at - 1]);
	return left * (right / left) ** share;
}
function fitIsotonic(values) {
	const blocks = [];
	for (const value of values) {
		blocks.push({
			mean: value,
			size: 1
		});
		while (blocks.length > 1 && blocks.at(-2).mean > blocks.at(-1).mean) {
			const last = blocks.pop();
			const before = blocks.pop();
			const size = before.size + last.size;
			blocks.push({
				mean: (before.mean * before.size + last.mean * last.size) / size,
				size
			});
		}
	}
	return blocks.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean));
}
// src/metrics/plateau/capacity.ts
function findCapacity(levels, load) {
	const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency).filter(showsAttainment);
	const locate = (of) => locateCapacity(ladder.map((level) => pointOf(level, of(level))), load);
	const found = locate((level) => level);
	if (found === null) return {
		state: "unknown",
		concurrency: null,
		passes: []
	};
	const deciding = selectDeciding(ladder, found.concurrency, FAR);
	const count = Math.min(...deciding.map(({ passes }) => passes.length));
	const passes = centrePasses(Array.from({ length: count }, (_, pass) => locate((level) => level.passes[pass] ?? level)).flatMap((each) => each?.concurrency ?? []), found.concurrency);
	return {
		state: found.state,
		concurrency: estimateCapacity(found.concurrency, passes),
		passes
	};
}
const FAR = .7;
function selectDeciding(ladder, capacity, far) {
	const below = ladder.findLast(({ concurrency }) => concurrency <= capacity);
	const above = ladder.find(({ concurrency }) => concurrency >= capacity);
	if (below === above) return [below];
	const part = (capacity - below.concurrency) / (above.concurrency - below.concurrency);
	return [...part < far ? [below] : [], ...part > 1 - far ? [above] : []];
}
function centrePasses(own, value) {
	if (own.length === 0) return [];
	const shift = value / Math.exp(mean(own.map(Math.log)));
	return own.map((each) => each * shift);
}
function pointOf({ concurrency, state }, { attained }) {
	return {
		concurrency,
		strain: isTooMuch(state) ? Infinity : attained?.strain ?? Infinity
	};
}
const POWERS = {
	concurrency: 1,
	rate: -1,
	speed: 1
};
function locateCapacity(points, load) {
	const lowest = points[0];
	if (lowest === void 0) return null;
	const end = points.findIndex(({ strain }) => strain === Infinity);
	const within = end === -1 ? points : points.slice(0, end);
	const fit = fitIsotonic(within.map(({ strain }) => Math.log(Math.max(strain, LEAST_STRAIN))));
	const above = fit.findIndex((strain) => strain > 0);
	if (within.length === 0 || above === 0) return {
		state: "below",
		concurrency: lowest.concurrency
	};
	if (above === -1) return {
		state: end === -1 ? "at-least" : "found",
		concurrency: within.at(-1).concurrency
	};
	const [left, right] = [within[above - 1].concurrency, within[above].concurrency];
	const power = POWERS[load];
	const [from, to] = [Math.exp(power * fit[above - 1]), Math.exp(power * fit[above])];
	return {
		state: "found",
		concurrency: left + (1 - from) / (to - from) * (right - left)
	};
}
const LEAST_STRAIN = 1e-6;
function estimateCapacity(value, passes) {
	const bounds = meanBounds(passes.map(Math.log), .975);
	return bounds === null ? {
		value,
		low: null,
		high: null
	} : {
		value,
		low: Math.exp(bounds.low),
		high: Math.exp(bounds.high)
	};
}
function sumUpObjectives(slo, levels, load) {
	if (slo === null) return null;
	const { objectives, share } = slo;
	return {
		objectives: renderObjectives(objectives),
		share,
		capacity: findCapacity(levels, load),
		...sumUpKept(levels)
	};
}
function sumUpKept(levels) {
	const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency);
	const usable = ladder.filter(showsAttainment);
	if (usable.length === 0) return {
		attainment: null,
		goodput: null
	};
	const count = Math.min(...usable.map(({ passes }) => passes.length));
	const passes = Array.from({ length: count }, (_, pass) => pass);
	const best = usable.reduce((most, level) => rateOf(level, level.attained) > rateOf(most, most.attained) ? level : most);
	const pickPass = (pass) => (level) => level.passes[pass].attained;
	return {
		attainment: {
			value: averageAttainment(ladder, ({ attained }) => attained),
			passes: passes.map((pass) => averageAttainment(ladder, pickPass(pass)))
		},
		goodput: {
			value: rateOf(best, best.attained),
			passes: passes.map((pass) => rateOf(best, pickPass(pass)(best)))
		}
	};
}
function showsAttainment({ valid, state, attained }) {
	return isTooMuch(state) || valid && attained !== void 0;
}
function averageAttainment(ladder, of) {
	const own = ladder.map((level) => {
		if (!showsAttainment(level)) return null;
		return isTooMuch(level.state) ? 0 : of(level)?.attainment ?? 0;
	});
	return mean(own.map((share, i) => share ?? mean([own.findLast((one, j) => j < i && one !== null), own.find((one, j) => j > i && one !== null)].flatMap((one) => one ?? []))));
}
function rateOf({ state }, attained) {
	return isTooMuch(state) ? 0 : attained?.requestsPerSecond ?? 0;
}
function findBestWithin(levels, budgets) {
	const decisive = chooseThroughput(levels.filter((level) => level.valid));
	let best = null;
	for (const place of findPlacesInside(levels, budgets, decisive)) if (best === null || interpolateThroughput(place, decisive) > interpolateThroughput(best, decisive)) best = place;
	return {
		limit: budgets.map(renderBudget).join(", "),
		...mapRates((metric) => best === null ? null : interpolateThroughput(best, metric)),
		concurrency: best === null ? null : interpolateLog(best.left.concurrency, best.right.concurrency, best.share)
	};
}
function* findPlacesInside(levels, budgets, decisive) {
	const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency);
	const isUsable = (level) => level.valid && level[decisive] !== null && budgets.every(({ metric }) => figureOf(level, metric) !== null);
	for (const [i, left] of ladder.entries()) {
		if (!isUsable(left)) continue;
		if (budgets.every((budget) => figureOf(left, budget.metric) <= budget.valueMs)) yield {
			left,
			right: left,
			share: 0
		};
		const right = ladder[i + 1];
		if (right === void 0 || !isUsable(right)) continue;
		const [from, to] = findStretchInside(left, right, budgets);
		if (from > to) continue;
		yield {
			left,
			right,
			share: from
		};
		yield {
			left,
			right,
			share: to
		};
	}
}
function findStretchInside(left, right, budgets) {
	let from = 0;
	let to = 1;
	for (const { metric, valueMs } of budgets) {
		const start = figureOf(left, metric);
		const end = figureOf(right, metric);
		if (start <= valueMs && end <= valueMs) continue;
		if (start > valueMs && end > valueMs) return [1, 0];
		const crossing = Math.log(valueMs / start) / Math.log(end / start);
		if (start <= valueMs) to = Math.min(to, crossing);
		else from = Math.max(from, crossing);
	}
	return [from, to];
}
function interpolateThroughput({ left, right, share }, metric) {
	const start = left[metric];
	const end = right[metric];
	return start === null || end === null ? null : interpolateLog(start, end, share);
}
function interpolateLog(start, end, share) {
	return start > 0 && end > 0 ? start * (end / start) ** share : start + share * (end - start);
}
function renderBudget({ metric, valueMs }) {
	return renderLimit({
		metric,
		concurrency: null,
		op: "<=",
		value: valueMs,
		quantity: "time"
	});
}
// src/verdict/history/observe.ts
function chooseMetrics({ metrics }, candidates) {
	if (metrics !== "auto") return metrics.map((metric) => ({
		metric,
		optional: false
	}));
	const streams = candidates.some((row) => generatesTokens(row.series.workload.task) && !row.traits.buffered);
	return GATED_ROWS.filter(({ name, automatic }) => {
		switch (automatic) {
			case "always": return true;
			case "streamed":
			case "several-tokens": return streams;
			case "reasoning": return streams && candidates.some((row) => row.traits.reasoning && observeRun(row, name).size > 0);
			case "whole": return !streams;
			case "objectives": return candidates.some((row) => observeRun(row, name).size > 0);
			case null: return false;
		}
	}).map(({ name, automatic }) => ({
		metric: name,
		optional: automatic === "several-tokens"
	}));
}
function explainDifference(metric, before, now) {
	const row = metricOf(metric);
	const { unit, isLatencyIfWhole, needs } = row;
	if (unit === null && before.throughputMetric !== now.throughputMetric) return "throughput counted something else";
	const counts = dependsOnTokenCount(row, now.throughputMetric);
	if (counts && before.traits.tokenSource !== now.traits.tokenSource) return "tokens were counted in another way";
	const otherTokens = counts ? explainTokenText(before, now) : null;
	if (otherTokens !== null) return otherTokens;
	if (isLatencyIfWhole && before.traits.buffered !== now.traits.buffered) return "answers came in one piece in one of the runs";
	const sought = [before.within?.limit, now.within?.limit];
	if (needs === "throughput-within" && !sought.includes(void 0) && sought[0] !== sought[1]) return "`throughput-within` had other latencies";
	if (needs === "slo" && hasOtherObjectives(before, now)) return "`slo` had other objectives, or another share";
	return null;
}
function hasOtherObjectives({ slo: before }, { slo: now }) {
	if (before === void 0 || now === void 0) return false;
	return before.objectives !== now.objectives || before.share !== now.share;
}
function signOf(metric) {
	return metricOf(metric).better === "lower" ? 1 : -1;
}
function figureOfY(metric, y) {
	return Math.exp(signOf(metric) * y);
}
function changeOfY(metric, d) {
	return Math.expm1(signOf(metric) * d);
}
const seenRows = /* @__PURE__ */ new WeakMap();
function observeRun(row, metric) {
	let runs = seenRows.get(row);
	if (runs === void 0) seenRows.set(row, runs = /* @__PURE__ */ new Map());
	let run = runs.get(metric);
	if (run === void 0) runs.set(metric, run = readRow(row, metric));
	return run;
}
function readRow(row, metric) {
	const about = metricOf(metric);
	if (about.needs === "throughput-within") return row.within === null ? /* @__PURE__ */ new Map() : /* @__PURE__ */ new Map([[0, {
		y: -Math.log(row.within.value),
		passes: []
	}]]);
	if (about.needs === "slo") {
		const figure = row.slo?.[about.field];
		if (figure === void 0) return /* @__PURE__ */ new Map();
		return /* @__PURE__ */ new Map([[0, {
			y: -Math.log(figure.value),
			passes: figure.passes.map((pass) => -Math.log(pass))
		}]]);
	}
	const found = /* @__PURE__ */ new Map();
	for (const level of row.levels) {
		const seen = level.valid ? observeLevel(level, about) : null;
		if (seen !== null) found.set(level.concurrency, seen);
	}
	return found;
}
function observeLevel(level, about) {
	if (about.percentile !== null && about.percentile !== "p50") {
		const tail = level.tails[about.name];
		return tail === void 0 ? null : {
			y: Math.log(tail),
			passes: []
		};
	}
	const figure = about.percentile === null ? "throughput" : about.name;
	const sign = signOf(about.name);
	const passes = [];
	for (const pass of level.passes) {
		const value = pass.figures[figure];
		if (value !== void 0 && value > 0) passes.push(sign * Math.log(value));
	}
	return passes.length === 0 ? null : {
		y: mean(passes),
		passes
	};
}
function narrowTo(control, run) {
	return new Map([...run].filter(([level]) => control.has(level)));
}
function averageOver(run, levels) {
	let sum = 0;
	for (const concurrency of levels) sum += run.get(concurrency).y;
	return sum / levels.length;
}
function averagePasses(run, levels) {
	let count = Infinity;
	for (const concurrency of levels) count = Math.min(count, run.get(concurrency).passes.length);
	if (count === 0) return [averageOver(run, levels)];
	const means = [];
	for (let pass = 0; pass < count; pass++) {
		let sum = 0;
		for (const concurrency of levels) sum += run.get(concurrency).passes[pass];
		means.push(sum / levels.length);
	}
	return means;
}
function countFewestPasses(points, levels) {
	return Math.min(...points.flatMap(({ runs }) => runs.map((run) => averagePasses(run, levels).length)));
}
function findHistoryKnee(throughput) {
	const runs = throughput.filter((run) => run.size > 0);
	const levels = pickHeldLevels(runs, listLevels(runs));
	const complete = runs.filter((run) => levels.every((level) => run.has(level)));
	const shape = findCurveShape(levels.map((concurrency) => {
		return {
			concurrency,
			y: complete.reduce((sum, run) => sum - run.get(concurrency).y, 0) / complete.length
		};
	}));
	return shape !== null && (shape.reached || shape.falls) ? shape.knee : null;
}
function chooseLevelSet(metric, runs, knee) {
	const { comparedOver, stopsAtKnee } = metricOf(metric);
	if (comparedOver === "run") return {
		levels: [0],
		ofPlateau: null
	};
	const all = listLevels(runs);
	if (comparedOver === "plateau") {
		const flat = knee === null ? [] : pickHeldLevels(runs, all.filter((level) => level >= knee));
		if (flat.length > 0) return {
			levels: flat,
			ofPlateau: true
		};
		return {
			levels: pickHeldLevels(runs, all).slice(-1),
			ofPlateau: false
		};
	}
	return {
		levels: pickHeldLevels(runs, knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all),
		ofPlateau: null
	};
}
function pickHeldLevels(all, wanted) {
	const levels = [...wanted];
	const selectSeen = () => all.filter((run) => levels.some((level) => run.has(level)));
	const enough = Math.max(3, selectSeen().length / 2);
	while (levels.length > 0) {
		const runs = selectSeen();
		const complete = runs.filter((run) => levels.every((level) => run.has(level))).length;
		if (complete === runs.length || complete >= enough) break;
		const lacking = levels.map((level) => runs.filter((run) => !run.has(level)).length);
		levels.splice(lacking.lastIndexOf(Math.max(...lacking)), 1);
	}
	return levels;
}
function listLevels(runs) {
	return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b);
}
function selectComparableEntries(entries, series) {
	return entries.filter(({ row }) => row.series.key === series.key);
}
const MAJORITY = 3;
function listUsualLevels(rows, isCounted = () => true) {
	const newest = rows.slice(-5);
	const counts = /* @__PURE__ */ new Map();
	for (const { concurrency } of newest.flatMap(({ levels }) => levels.filter(isCounted))) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1);
	const enough = Math.min(MAJORITY, newest.length);
	return [...counts].flatMap(([concurrency, count]) => count >= enough ? concurrency : []).sort((a, b) => a - b);
}
const LEAST_SHIFT = Math.log(1.05);
const STANDARD_ERRORS = 4;
const USUAL_SPREAD = .04;
const USUAL_DEGREES = 3;
function explainTokenText(before, now) {
	const [old, current] = [textOf(before), textOf(now)];
	if (old === null || current === null) return null;
	const noise = STANDARD_ERRORS * Math.hypot(old.error, current.error);
	if (Math.abs(current.text - old.text) <= Math.max(LEAST_SHIFT, noise)) return null;
	const describeChange = (of) => `${showLog(old[of])} \u2192 ${showLog(current[of])}`;
	return `tokens are counted differently (characters a token ${describeChange("text")}, tokens an event ${describeChange("events")})`;
}
const seenTexts = /* @__PURE__ */ new WeakMap();
function textOf(row) {
	let text = seenTexts.get(row);
	if (text === void 0) seenTexts.set(row, text = measureTokenText(row));
	return text;
}
function measureTokenText({ levels }) {
	const texts = levels.flatMap((level) => level.valid ? level.passes : []).flatMap(({ tokenText }) => tokenText === void 0 ? [] : [tokenText]);
	if (texts.length === 0) return null;
	const values = texts.map(({ charactersPerToken }) => Math.log(charactersPerToken));
	const text = mean(values);
	const squares = values.reduce((sum, value) => sum + (value - text) ** 2, 0);
	const variance = (USUAL_DEGREES * USUAL_SPREAD ** 2 + squares) / (USUAL_DEGREES + values.length - 1);
	const events = mean(texts.map(({ tokensPerEvent }) => Math.log(tokensPerEvent)));
	return {
		text,
		error: Math.sqrt(variance / values.length),
		events
	};
}
function showLog(log) {
	return String(Number(Math.exp(log).toPrecision(2)));
}
function findSteepness(row) {
	const seen = seeCapacity(row, row);
	const findStrainAt = (at) => row.levels.find(({ concurrency }) => concurrency === at)?.kept?.strain ?? NaN;
	if (seen === null) return null;
	const steepness = Math.log(seen.above / seen.below) / Math.log(findStrainAt(seen.above) / findStrainAt(seen.below));
	return Number.isFinite(steepness) && steepness > 0 ? steepness : null;
}
const isNextTo = (level, { below, above }) => level === below || level === above;
function seeCapacity({ slo, levels, series }, now) {
	const lacking = listLeftOut(now);
	const told = levels.filter((level) => tellsStrain(level) && !lacking.includes(level.concurrency));
	const isByStrain = told.every(({ state, kept }) => isTooMuch(state) || kept?.strain !== void 0);
	const value = isByStrain ? locateCapacity(told.map(toStrainPoint), loadOf(series))?.concurrency : slo?.capacity?.value;
	if (value === void 0 || slo?.capacity === void 0 || told.length === 0) return null;
	return {
		value,
		lowest: told[0].concurrency,
		below: told.findLast(({ concurrency }) => concurrency <= value)?.concurrency ?? 0,
		above: told.find(({ concurrency }) => concurrency > value)?.concurrency ?? Infinity,
		isByStrain
	};
}
function toStrainPoint({ concurrency, state, kept }) {
	return {
		concurrency,
		strain: isTooMuch(state) ? Infinity : kept?.strain ?? Infinity
	};
}
function tellsStrain({ valid, state }) {
	return valid || isTooMuch(state);
}
function listLeftOut({ levels }) {
	return levels.filter((level) => !tellsStrain(level)).map(({ concurrency }) => concurrency);
}
function findFigureBound(row, metric, now) {
	const seen = metricOf(metric).quantity === "concurrency" ? seeCapacity(row, now) : null;
	if (seen === null) return null;
	if (seen.above === Infinity) return "at-least";
	return seen.value <= seen.lowest ? "below" : null;
}
function observeBeside(row, metric, now) {
	const run = observeRun(row, metric);
	const own = run.get(0);
	if (metricOf(metric).quantity !== "concurrency" || own === void 0) return run;
	const lacking = listLeftOut(now);
	const ownLacking = listLeftOut(row).filter((level) => !lacking.includes(level));
	if (lacking.length + ownLacking.length === 0) return run;
	const seen = seeCapacity(row, now);
	if (seen === null || ownLacking.some((level) => level > seen.below && level < seen.above)) return /* @__PURE__ */ new Map();
	if (!seen.isByStrain && lacking.some((level) => isNextTo(level, seeCapacity(row, row)))) return /* @__PURE__ */ new Map();
	const y = -Math.log(seen.value);
	return /* @__PURE__ */ new Map([[0, {
		y,
		passes: own.passes.map((pass) => pass + y - own.y)
	}]]);
}
// src/report/run-report.ts
const RUN_REPORT_SCHEMA = "plateau/run-report@1";
function assembleReport(parts) {
	const { settings, durationSeconds, plan, capabilities, plateau, within, validity } = parts;
	return {
		schema: RUN_REPORT_SCHEMA,
		tool: {
			name: "plateau",
			version: VERSION
		},
		startedAt: parts.startedAt.toISOString(),
		durationSeconds,
		series: parts.series,
		context: {
			host: settings.endpoint.host,
			endpointLabel: settings.endpointLabel,
			model: parts.model,
			servedModel: parts.servedModel,
			...parts.serverVersion === null ? {} : { serverVersion: parts.serverVersion },
			...parts.build === null ? {} : { build: parts.build },
			...parts.provisioned === null ? {} : { provisioned: parts.provisioned },
			runner: parts.runner,
			node: parts.nodeVersion
		},
		plan,
		capabilities,
		levels: parts.levels.map(removeNotes),
		...parts.slowest.length > 0 && { slowest: parts.slowest },
		plateau,
		within,
		...parts.slo === null ? {} : { slo: parts.slo },
		...parts.price === null ? {} : { price: parts.price },
		...settings.sentPrompts === null ? {} : { prompts: settings.sentPrompts },
		...settings.trace === null ? {} : { trace: summariseTrace(settings.trace) },
		...parts.proof === null ? {} : { selfProof: parts.proof },
		...parts.crossCheck === null ? {} : { crossCheck: parts.crossCheck },
		validity
	};
}
function removeNotes(level) {
	const { findings: _findings, servedModels: _servedModels, failureWords: _failureWords, slowest: _slowest, ...metrics } = level;
	return metrics;
}
export { computeErrorRate as A, normalTail as B, locateCapacity as C, findPlateau as D, findCurveShape as E, boundShareAbove as F, testFisherGreater as G, studentTQuantile as H, computeChanceOverLooks as I, computeLevelOfLook as L, figureOf as M, figureOfScenario as N, TIME_METRICS as O, figureOfTurn as P, fTail as R, findBestWithin as S, sumUpObjectives as T, studentTTail as U, rejectByHolm as V, testBinomialGreater as W, narrowTo as _, averagePasses as a, selectComparableEntries as b, chooseMetrics as c, figureOfY as d, findFigureBound as f, listUsualLevels as g, listLeftOut as h, averageOver as i, countMissingRequests as j, chooseThroughput as k, countFewestPasses as l, findSteepness as m, assembleReport as n, changeOfY as o, findHistoryKnee as p, removeNotes as r, chooseLevelSet as s, RUN_REPORT_SCHEMA as t, explainDifference as u, observeBeside as v, selectDeciding as w, signOf as x, observeRun as y, meanBounds as z };
