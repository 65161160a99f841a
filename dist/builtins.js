import { t as __commonJSMin } from "./rolldown-runtime.js";
// \0late/crypto
let loaded$4;
const load$4 = () => loaded$4 ??= process.getBuiltinModule("node:crypto");
function createHash(...given) {
	return load$4().createHash(...given);
}
function createHmac(...given) {
	return load$4().createHmac(...given);
}
function createPrivateKey(...given) {
	return load$4().createPrivateKey(...given);
}
function randomBytes(...given) {
	return load$4().randomBytes(...given);
}
function randomUUID(...given) {
	return load$4().randomUUID(...given);
}
function X509Certificate(...given) {
	return new (load$4()).X509Certificate(...given);
}
// \0required/http
var require_http = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = process.getBuiltinModule("node:http");
}));
// \0required/https
var require_https = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = process.getBuiltinModule("node:https");
}));
// \0late/zlib
let loaded$3;
const load$3 = () => loaded$3 ??= process.getBuiltinModule("node:zlib");
function crc32(...given) {
	return load$3().crc32(...given);
}
function deflateSync(...given) {
	return load$3().deflateSync(...given);
}
function inflateSync(...given) {
	return load$3().inflateSync(...given);
}
function gunzipSync(...given) {
	return load$3().gunzipSync(...given);
}
function brotliDecompressSync(...given) {
	return load$3().brotliDecompressSync(...given);
}
function zstdDecompressSync(...given) {
	return load$3().zstdDecompressSync(...given);
}
function createInflate(...given) {
	return load$3().createInflate(...given);
}
function createGzip(...given) {
	return load$3().createGzip(...given);
}
function createGunzip(...given) {
	return load$3().createGunzip(...given);
}
function createBrotliDecompress(...given) {
	return load$3().createBrotliDecompress(...given);
}
function createZstdDecompress(...given) {
	return load$3().createZstdDecompress(...given);
}
const constants = /* @__PURE__ */ new Proxy({}, { get: (_, member) => load$3().constants[member] });
// \0late/tls
let loaded$2;
const load$2 = () => loaded$2 ??= process.getBuiltinModule("node:tls");
function connect(...given) {
	return load$2().connect(...given);
}
// \0required/crypto
var require_crypto = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = process.getBuiltinModule("node:crypto");
}));
// \0required/child_process
var require_child_process = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = process.getBuiltinModule("node:child_process");
}));
// \0late/child_process
let loaded$1;
const load$1 = () => loaded$1 ??= process.getBuiltinModule("node:child_process");
function execFile(...given) {
	return load$1().execFile(...given);
}
function execFileSync(...given) {
	return load$1().execFileSync(...given);
}
function fork(...given) {
	return load$1().fork(...given);
}
function spawn(...given) {
	return load$1().spawn(...given);
}
// \0late/http
let loaded;
const load = () => loaded ??= process.getBuiltinModule("node:http");
function createServer(...given) {
	return load().createServer(...given);
}
// \0required/zlib
var require_zlib = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = process.getBuiltinModule("node:zlib");
}));
// \0required/tls
var require_tls = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = process.getBuiltinModule("node:tls");
}));
export { randomUUID as A, require_https as C, createHmac as D, createHash as E, createPrivateKey as O, zstdDecompressSync as S, X509Certificate as T, createInflate as _, execFileSync as a, gunzipSync as b, require_child_process as c, brotliDecompressSync as d, constants as f, createGzip as g, createGunzip as h, execFile as i, randomBytes as k, require_crypto as l, createBrotliDecompress as m, require_zlib as n, fork as o, crc32 as p, createServer as r, spawn as s, require_tls as t, connect as u, createZstdDecompress as v, require_http as w, inflateSync as x, deflateSync as y };
