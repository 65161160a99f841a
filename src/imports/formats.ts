import { asObject, findNonNumber, parseJson } from '../json.ts'
import type { Json } from '../json.ts'
import { isAiperfCsv, readAiperfCsv, isAiperfJson, readAiperfJson, isAiperfJsonl, readAiperfJsonl } from './aiperf.ts'
import { isGuidellm, readGuidellm } from './guidellm.ts'
import { isStage, isSummary, readInferencePerf } from './inference-perf.ts'
import { isMlcommonsEndpoints, readMlcommonsEndpoints } from './mlcommons-endpoints.ts'
import type { ToolResult } from './tool-result.ts'
import {
  isVllmAppended,
  isVllmBench,
  isVllmBenchServe,
  readVllmAppended,
  readVllmBench,
  readVllmBenchServe,
} from './vllm-bench.ts'

/** A form of results: how it is recognised by its content, and how it is read. */
export interface ResultFormat {
  /** The tool, and what it calls the file. */
  readonly name: string
  /** Names of forms that say more about the same run: where one of them is in the same folder, this one is left out. */
  readonly yieldsTo: readonly string[]
  /** The result; null where the text is of another form. @throws ResultError where it is this one, and holds nothing to judge. */
  read(text: string, json: Json | null): ToolResult | null
}

/** A form that is JSON. */
function defineJsonForm(
  name: string,
  matches: (json: Json) => boolean,
  read: (json: Json) => ToolResult,
  yieldsTo: readonly string[] = [],
): ResultFormat {
  return { name, yieldsTo, read: (_, json) => (json !== null && matches(json) ? read(json) : null) }
}

/** A form that is text. */
function defineTextForm(
  name: string,
  matches: (text: string) => boolean,
  read: (text: string) => ToolResult,
  yieldsTo: readonly string[] = [],
): ResultFormat {
  return { name, yieldsTo, read: (text) => (matches(text) ? read(text) : null) }
}

const AIPERF_JSON = 'aiperf (profile_export_aiperf.json)'
const AIPERF_CSV = 'aiperf (profile_export_aiperf.csv)'
const STAGE = 'inference-perf (stage_N_lifecycle_metrics.json)'

/** Every form that is read, in the order of the docs. */
export const RESULT_FORMATS: readonly ResultFormat[] = [
  defineJsonForm('guidellm (benchmarks.json)', isGuidellm, readGuidellm),
  defineJsonForm('vllm bench serve (--save-result)', isVllmBenchServe, readVllmBenchServe),
  defineTextForm('vllm bench serve (--append-result)', isVllmAppended, readVllmAppended),
  defineJsonForm('vllm-bench in Rust (--save-result)', isVllmBench, readVllmBench),
  defineJsonForm(AIPERF_JSON, isAiperfJson, readAiperfJson),
  defineTextForm(AIPERF_CSV, isAiperfCsv, readAiperfCsv, [AIPERF_JSON]),
  defineTextForm('aiperf (profile_export.jsonl)', isAiperfJsonl, readAiperfJsonl, [AIPERF_JSON, AIPERF_CSV]),
  defineJsonForm(STAGE, isStage, readInferencePerf),
  defineJsonForm('inference-perf (summary_lifecycle_metrics.json)', isSummary, readInferencePerf, [STAGE]),
  defineJsonForm('mlcommons endpoints (result_summary.json)', isMlcommonsEndpoints, readMlcommonsEndpoints),
]

/** A JSON object, also with the NaN and Infinity that Python writes and JSON does not have; they count as no figures. */
function readObject(text: string): Json | null {
  const json = parseJson(text)
  if (json !== undefined || findNonNumber(text) === null) return asObject(json)
  return asObject(parseJson(text.replaceAll(/([[:,]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, '$1null')))
}

/** What a text is, and what it says; null where it is of none of the forms. @throws ResultError */
export function readResult(text: string): { readonly format: ResultFormat; readonly result: ToolResult } | null {
  const json = readObject(text)
  for (const format of RESULT_FORMATS) {
    const result = format.read(text, json)
    if (result !== null) return { format, result }
  }
  return null
}

/** The form of a text by its name, with the version of its tool where it states one; null where it is none. */
export function nameResultFormat(text: string): string | null {
  const json = readObject(text)
  for (const { name, read } of RESULT_FORMATS) {
    try {
      const result = read(text, json)
      if (result !== null) return result.version === null ? name : `${name}, version ${result.version}`
    } catch {
      // It is recognised by its members, whatever else is wrong with it.
      return name
    }
  }
  return null
}
