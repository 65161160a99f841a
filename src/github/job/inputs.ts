import { asObject, parseJson } from '../../json.ts'
import type { SettingList } from '../../settings/define.ts'
import { toName } from '../../settings/lists/history-settings.ts'
import type { Given, GivenValues } from '../../settings/given.ts'
import type { Shard } from '../../settings/lists/shard-settings.ts'

/** The inputs that were given. An empty input counts as not given, because a runner cannot tell them apart. */
export function readInputs(list: SettingList, env: NodeJS.ProcessEnv): GivenValues {
  const given = new Map<string, Given>()
  for (const { name } of Object.values(list)) {
    const text = inputOf(env, name)
    if (text !== '') given.set(name, { text, source: 'input', where: null })
  }
  return given
}

/** One input as the runner passes it; empty when it was not given. */
export function inputOf(env: NodeJS.ProcessEnv, name: string): string {
  return (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim()
}

/** The name of one measuring job: `measure`, or `measure (llama-8b, 2)` in a matrix. */
export function legOf(job: string, matrixJson: string): string {
  const values = readMatrixValues(matrixJson)
  return values.length === 0 ? job : `${job} (${values.join(', ')})`
}

/** The default name of the history of such a job; always a valid name. All shards of a run have the name of the job alone. */
export function nameJob(job: string, matrixJson: string, shard: Shard | null): string {
  return toName([job, ...(shard === null ? readMatrixValues(matrixJson) : [])].join('-')) || 'job'
}

/** More jobs than GitHub lets a matrix have. */
const MOST_JOBS = 1000

/** How many jobs the matrix has, including this one; 1 when the runner does not say. */
export function readJobTotal(text: string): number {
  return /^[1-9]\d{0,3}$/.test(text) ? Math.min(MOST_JOBS, Number(text)) : 1
}

/** The values of the matrix in order; objects and lists give the values in them. */
function readMatrixValues(json: string): readonly string[] {
  return Object.values(asObject(parseJson(json)) ?? {}).flatMap(leaves)
}

function leaves(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(leaves)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  return value === null ? [] : [typeof value === 'string' ? value : JSON.stringify(value)]
}
