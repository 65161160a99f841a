import { parse } from 'yaml'
import { RECORDING_EVENTS } from '../baseline/artifact-rules.ts'
import { asArray, asObject, asText } from '../json.ts'
import type { Json } from '../json.ts'

/** The parts of a workflow file that a gate depends on. */
export interface GateWorkflow {
  /** Its name in `.github/workflows`. */
  readonly file: string
  readonly events: readonly string[]
  /** Patterns of the branches whose pushes start it; null: those of all. Empty where only tags do. */
  readonly pushBranches: readonly string[] | null
  /** Patterns of the branches whose pushes do not start it. */
  readonly ignoredBranches: readonly string[]
  /** The jobs that measure with the action, and those that report for them. */
  readonly gates: readonly GateJob[]
  readonly reports: readonly GateJob[]
}

/** A job with a step of the action. */
export interface GateJob {
  readonly name: string
  /** Who owns the copy of the action. */
  readonly owner: string
  readonly permissions: Permissions | null
  /** Inputs of the step, as text. */
  readonly inputs: ReadonlyMap<string, string>
  /** The values of each name of the job's matrix, as text: `model`, `target.url`. */
  readonly matrix: ReadonlyMap<string, readonly string[]>
  /** Names of the environment variables that the workflow sets for it. */
  readonly variables: ReadonlySet<string>
  readonly runsOn: string | null
  /** Whether a step before checks the repository out, as far as can be seen. */
  readonly checksOut: boolean
  /** Whether a condition of the job decides which events it is about. */
  readonly choosesEvents: boolean
  readonly hasTimeout: boolean
  readonly hasConcurrency: boolean
}

/** What the token of a job may do: a level for each permission, or one for all. */
export type Permissions = ReadonlyMap<string, string> | 'read-all' | 'write-all'

/** The action, and the report job of it, whoever owns the copy. */
const ACTION = /^([\w.-]+)\/plateau(\/report)?@/

/** What the workflow files of a repository are about. */
export interface GateWorkflows {
  /** Those that have to do with the action. */
  readonly workflows: readonly GateWorkflow[]
  /** Files that name the action and are no YAML. */
  readonly unread: readonly string[]
}

type Parsed = ReadonlyMap<string, Json | null>

/** Reads workflow files, by name. The jobs of a file that others call count as jobs of those: their runs are runs of the caller. */
export function readWorkflows(files: ReadonlyMap<string, string>): GateWorkflows {
  const parsed: Parsed = new Map([...files].map(([file, text]) => [file, parseWorkflow(text)]))
  const called = new Set(
    [...parsed.values()].flatMap((workflow) => jobsOf(workflow).flatMap(([, job]) => listCalledFiles(job))),
  )
  return {
    workflows: [...parsed].flatMap(([file, workflow]) => {
      const jobs = workflow === null ? [] : listJobs(workflow, parsed)
      if (workflow === null || jobs.length === 0) return []
      const triggers = readTriggers(workflow['on'])
      if (called.has(file) && triggers.events.every((event) => event === CALL)) return []
      return [
        {
          file,
          ...triggers,
          gates: jobs.flatMap(({ kind, job }) => (kind === 'gate' ? [job] : [])),
          reports: jobs.flatMap(({ kind, job }) => (kind === 'report' ? [job] : [])),
        },
      ]
    }),
    unread: [...files].flatMap(([file, text]) => (parsed.get(file) === null && NAMES_ACTION.test(text) ? [file] : [])),
  }
}

/** The event by which another workflow starts one. */
export const CALL = 'workflow_call'

const NAMES_ACTION = /\/plateau(\/report)?@/

/** GitHub calls no deeper, and what calls itself ends here. */
const DEEPEST_CALL = 4

function jobsOf(workflow: Json | null): (readonly [string, Json])[] {
  return Object.entries(asObject(workflow?.['jobs']) ?? {}).flatMap(([name, value]) => {
    const job = asObject(value)
    return job === null ? [] : [[name, job] as const]
  })
}

/** The file that a job calls, if it is one of this repository. */
function listCalledFiles(job: Json): string[] {
  const file = /^\.\/\.github\/workflows\/([^/]+)$/.exec(asText(job['uses']) ?? '')?.[1]
  return file === undefined ? [] : [file]
}

/** The jobs with a step of the action, with those of called workflows: what these do not state, their caller does. */
function listJobs(workflow: Json, parsed: Parsed, depth = 0): readonly FoundJob[] {
  return jobsOf(workflow).flatMap(([name, job]) => {
    const own = readJob(name, job, workflow)
    const inner = depth === DEEPEST_CALL ? [] : listCalledFiles(job).map((file) => parsed.get(file) ?? {})
    const permissions = readPermissions(job['permissions'] ?? workflow['permissions'])
    return [
      ...own,
      ...inner
        .flatMap((each) => listJobs(each, parsed, depth + 1))
        .map(({ kind, job: found }) => ({
          kind,
          job: {
            ...found,
            name: `${name} / ${found.name}`,
            permissions: found.permissions ?? permissions,
            choosesEvents: found.choosesEvents || choosesEvents(job),
            hasConcurrency: found.hasConcurrency || hasConcurrency(job, workflow),
          },
        })),
    ]
  })
}

/** Whether a run of it on this branch is recorded. */
export function recordsBranch(
  { events, pushBranches, ignoredBranches }: Pick<GateWorkflow, 'events' | 'pushBranches' | 'ignoredBranches'>,
  branch: string,
): boolean {
  return events.some((event) => {
    if (event !== 'push') return RECORDING_EVENTS.includes(event)
    if (ignoredBranches.some((pattern) => matchesPattern(pattern, branch) === true)) return false
    return pushBranches === null || pushBranches.some((pattern) => matchesPattern(pattern, branch) !== false)
  })
}

/** `*` stands for letters other than `/`, `**` for all of them; null: a pattern with other signs, of which it is not known. */
function matchesPattern(pattern: string, branch: string): boolean | null {
  if (pattern === branch) return true
  if (/[?+![\]]/.test(pattern)) return null
  const parts = pattern
    .split(/(\*+)/)
    .map((part) => (part === '*' ? '[^/]*' : /^\*+$/.test(part) ? '.*' : escapeLiterals(part)))
  return new RegExp(`^${parts.join('')}$`).test(branch)
}

const escapeLiterals = (text: string): string => text.replaceAll(/[.$^(){}|\\]/g, '\\$&')

function parseWorkflow(text: string): Json | null {
  try {
    return asObject(parse(text, { maxAliasCount: 100 }))
  } catch {
    return null
  }
}

/** What starts a workflow. */
export function readTriggers(on: unknown): Pick<GateWorkflow, 'events' | 'pushBranches' | 'ignoredBranches'> {
  const events =
    typeof on === 'string'
      ? [on]
      : (asArray(on)?.flatMap((event) => asText(event) ?? []) ?? Object.keys(asObject(on) ?? {}))
  const push = asObject(asObject(on)?.['push'])
  const branches = readPatterns(push?.['branches'])
  const ignored = readPatterns(push?.['branches-ignore'])
  const onlyTags = [branches, ignored].every((each) => each === null) && push?.['tags'] !== undefined
  return { events, pushBranches: branches ?? (onlyTags ? [] : null), ignoredBranches: ignored ?? [] }
}

/** One pattern may stand without a list. */
function readPatterns(value: unknown): readonly string[] | null {
  return asText(value) === null ? (asArray(value)?.flatMap((each) => asText(each) ?? []) ?? null) : [asText(value)!]
}

interface FoundJob {
  readonly kind: 'gate' | 'report'
  readonly job: GateJob
}

function readJob(name: string, job: Json, workflow: Json): readonly FoundJob[] {
  const steps = asArray(job['steps']) ?? []
  return steps.flatMap((each, i) => {
    const step = asObject(each)
    const action = ACTION.exec(asText(step?.['uses']) ?? '')
    if (step === null || action === null) return []
    const given = Object.entries(asObject(step['with']) ?? {}).map(([input, value]) => [input, String(value)] as const)
    return {
      kind: action[2] === undefined ? ('gate' as const) : ('report' as const),
      job: {
        name,
        owner: action[1]!,
        permissions: readPermissions(job['permissions'] ?? workflow['permissions']),
        inputs: new Map(given),
        matrix: readMatrix(asObject(job['strategy'])?.['matrix']),
        variables: new Set([workflow, job, step].flatMap(({ env }) => Object.keys(asObject(env) ?? {}))),
        runsOn: asText(job['runs-on']),
        checksOut: steps.slice(0, i).some(checksOut),
        choosesEvents: choosesEvents(job),
        hasTimeout: job['timeout-minutes'] !== undefined,
        hasConcurrency: hasConcurrency(job, workflow),
      },
    }
  })
}

/** What is `exclude`d counts, too; what only GitHub can work out is not there. */
function readMatrix(value: unknown): GateJob['matrix'] {
  const lists = Object.entries(asObject(value) ?? {}).flatMap(([name, list]) => {
    const prefix = MATRIX_LEGS.has(name) ? '' : `${name}.`
    return (asArray(list) ?? []).flatMap((each) => {
      const fields = asObject(each)
      if (fields === null) return [[name, String(each)] as const]
      return Object.entries(fields).map(([field, text]) => [`${prefix}${field}`, String(text)] as const)
    })
  })
  return new Map([...Map.groupBy(lists, ([name]) => name)].map(([name, all]) => [name, all.map(([, text]) => text)]))
}

/** Their items are legs with names of their own. */
const MATRIX_LEGS = new Set(['include', 'exclude'])

function checksOut(step: unknown): boolean {
  const { uses, run } = asObject(step) ?? {}
  return /checkout/.test(asText(uses) ?? '') || /\bgit\b/.test(asText(run) ?? '')
}

const choosesEvents = (job: Json): boolean => asText(job['if'])?.includes('event_name') === true
const hasConcurrency = (job: Json, workflow: Json): boolean =>
  (job['concurrency'] ?? workflow['concurrency']) !== undefined

function readPermissions(value: unknown): Permissions | null {
  if (value === 'read-all' || value === 'write-all') return value
  const stated = asObject(value)
  return stated === null ? null : new Map(Object.entries(stated).map(([name, level]) => [name, String(level)]))
}
