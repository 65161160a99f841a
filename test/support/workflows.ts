import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** What tests need of a workflow file. */
export interface Workflow {
  readonly path: string
  readonly text: string
  readonly permissions: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

export interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly steps: readonly Step[]
}

export interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

/** The workflow files of a folder; other YAML files have no jobs. */
export function workflowsIn(folder: string): readonly Workflow[] {
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      return { ...(parseAllDocuments(text)[0]!.toJS() as Omit<Workflow, 'path' | 'text'>), path, text }
    })
    .filter(({ jobs }) => jobs !== undefined)
}

/** Every job with the values of each of its legs; one empty leg without a matrix. */
export function legsOf({ strategy }: Job): readonly Readonly<Record<string, string>>[] {
  const { include = [], ...lists } = strategy?.matrix ?? {}
  const [first] = Object.entries(lists)
  // One list, or only `include`: enough for the files here.
  const legs = first === undefined ? [] : first[1].map((value) => ({ [first[0]]: String(value) }))
  const included = include as readonly Readonly<Record<string, string>>[]
  if (legs.length === 0) return included.length === 0 ? [{}] : included
  return legs.map((leg) => ({
    ...leg,
    ...included.find((extra) => Object.entries(leg).every(([key, value]) => extra[key] === value)),
  }))
}
