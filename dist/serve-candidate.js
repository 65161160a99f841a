import { a as serve, r as serverOf } from "./late.js";
// src/gate/serve-candidate.ts
async function serveCandidate(settings, ports, use) {
	const server = serverOf("candidate", settings, ports.serverLogs);
	ports.log(`what the server writes is kept in ${server.log}`);
	const { result } = await serve(server, ports, use);
	return result;
}
export { serveCandidate };
