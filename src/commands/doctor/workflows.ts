import { parse } from 'yaml'
import { RECORDING_EVENTS } from '../../baseline/artifact-rules.ts'
import { asArray, asObject, asText } from '../../json.ts'
import type { Json } from '../../json.ts'

/** What of a workflow file a gate depends on. */
export interface GateWorkflow {
  /** Its name in `.github/workflows`. */
  readonly file: string
  readonly events: readonly string[]
  /** Patterns of the branches whose pushes start it; null: those of all. Empty where only tags do. */
  readonly pushBranches: readonly string[] | null
  /** The jobs that measure with the action, and those that report for them. */
  readonly gates: readonly GateJob[]
  readonly reports: readonly GateJob[]
}

/** A job with a step of the action. */
export interface GateJob {
  readonly name: string
  readonly permissions: Permissions | null
  /** Inputs of the step, as text. */
  readonly inputs: ReadonlyMap<string, string>
  /** Names of the environment variables that the workflow sets for it. */
  readonly variables: ReadonlySet<string>
  readonly runsOn: string | null
  /** Whether a condition of the job decides which events it is about. */
  readonly choosesEvents: boolean
  readonly hasTimeout: boolean
  readonly hasConcurrency: boolean
}

/** What the token of a job may do: a level for each permission, or one for all. */
export type Permissions = ReadonlyMap<string, string> | 'read-all' | 'write-all'

/** The action, and the report job of it, whoever owns the copy. */
const ACTION = /^[\w.-]+\/plateau(\/report)?@/

/** Reads a workflow; null where it has nothing to do with the action, or is no workflow that can be read. */
export function readWorkflow(file: string, text: string): GateWorkflow | null {
  const workflow = parseYaml(text)
  const jobs = asObject(workflow?.['jobs'])
  if (workflow === null || jobs === null) return null
  const all = Object.entries(jobs).flatMap(([name, job]) => readJob(name, asObject(job), workflow))
  if (all.length === 0) return null
  return {
    file,
    ...readTriggers(workflow['on']),
    gates: all.flatMap(({ kind, job }) => (kind === 'gate' ? [job] : [])),
    reports: all.flatMap(({ kind, job }) => (kind === 'report' ? [job] : [])),
  }
}

/** Whether a run of it on this branch is recorded. */
export function recordsBranch({ events, pushBranches }: GateWorkflow, branch: string): boolean {
  return events.some((event) => {
    if (event !== 'push') return RECORDING_EVENTS.includes(event)
    return (
      pushBranches === null || pushBranches.some((pattern) => pattern === branch || matchesPattern(pattern, branch))
    )
  })
}

/** `*` stands for letters other than `/`, `**` for all of them; a pattern with other signs is taken to match. */
function matchesPattern(pattern: string, branch: string): boolean {
  if (/[?+![\]]/.test(pattern)) return true
  const parts = pattern
    .split(/(\*+)/)
    .map((part) => (part === '*' ? '[^/]*' : /^\*+$/.test(part) ? '.*' : escapeSigns(part)))
  return new RegExp(`^${parts.join('')}$`).test(branch)
}

const escapeSigns = (text: string): string => text.replaceAll(/[.$^(){}|\\]/g, '\\$&')

function parseYaml(text: string): Json | null {
  try {
    return asObject(parse(text, { maxAliasCount: 100 }))
  } catch {
    return null
  }
}

function readTriggers(on: unknown): Pick<GateWorkflow, 'events' | 'pushBranches'> {
  const events =
    typeof on === 'string'
      ? [on]
      : (asArray(on)?.flatMap((event) => asText(event) ?? []) ?? Object.keys(asObject(on) ?? {}))
  const push = asObject(asObject(on)?.['push'])
  const branches = asArray(push?.['branches'])?.flatMap((branch) => asText(branch) ?? [])
  const onlyTags = push !== null && branches === undefined && push['tags'] !== undefined
  return { events, pushBranches: branches ?? (onlyTags ? [] : null) }
}

function readJob(
  name: string,
  job: Json | null,
  workflow: Json,
): readonly { readonly kind: 'gate' | 'report'; readonly job: GateJob }[] {
  const steps = asArray(job?.['steps']) ?? []
  return steps.flatMap((each) => {
    const step = asObject(each)
    const action = ACTION.exec(asText(step?.['uses']) ?? '')
    if (job === null || step === null || action === null) return []
    const given = Object.entries(asObject(step['with']) ?? {}).map(([input, value]) => [input, String(value)] as const)
    return {
      kind: action[1] === undefined ? ('gate' as const) : ('report' as const),
      job: {
        name,
        permissions: readPermissions(job['permissions'] ?? workflow['permissions']),
        inputs: new Map(given),
        variables: new Set([workflow, job, step].flatMap(({ env }) => Object.keys(asObject(env) ?? {}))),
        runsOn: asText(job['runs-on']),
        choosesEvents: asText(job['if'])?.includes('event_name') === true,
        hasTimeout: job['timeout-minutes'] !== undefined,
        hasConcurrency: (job['concurrency'] ?? workflow['concurrency']) !== undefined,
      },
    }
  })
}

function readPermissions(value: unknown): Permissions | null {
  if (value === 'read-all' || value === 'write-all') return value
  const stated = asObject(value)
  return stated === null ? null : new Map(Object.entries(stated).map(([name, level]) => [name, String(level)]))
}
