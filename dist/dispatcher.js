import { t as require_undici } from "./vendor-http.js";
import { Ct as MOST_HEADER_BYTES, _t as tlsOf } from "./measuring.js";
import { Socket } from "node:net";
// src/load/transport/dispatcher.ts
var import_undici = require_undici();
const NO_TIMERS = {
	headersTimeout: 0,
	bodyTimeout: 0
};
function openProxied(options, clock, noteConnect) {
	let socket = null;
	const dispatcher = openDispatcher(options, (connect) => (target, callback) => {
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
function openDispatcher(options, wrap = (connect) => connect) {
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
		return new import_undici.Client(options.origin, {
			...common,
			connect: wrap((0, import_undici.buildConnector)(direct))
		});
	}
	return new import_undici.ProxyAgent({
		uri: options.proxy,
		...common,
		connections: 1,
		factory: (origin, { connect }) => new import_undici.Client(origin, {
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
export { openDispatcher, openProxied };
