import { rn as VERSION } from "./measuring.js";
import { in as summariseTrace } from "./plateau.js";
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
export { assembleReport as n, removeNotes as r, RUN_REPORT_SCHEMA as t };
