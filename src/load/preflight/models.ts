import type { Api } from '../../protocol/api.ts'
import { parseJson } from '../../json.ts'
import type { Settings } from '../../settings.ts'
import { countEdits } from '../../settings/nearest.ts'
import { escapeForTerminal } from '../../text.ts'
import type { Authorizer } from '../ports.ts'
import { guessLikeliestApi } from './candidates.ts'
import { getPage } from '../transport/target.ts'

/** How many names are looked at, and how much of each; a gateway may list thousands. */
const MOST_NAMES = 1_000
const LONGEST_NAME = 100
const MOST_SHOWN = 10

/** The models that the server lists, as requests name them; none where it lists none. */
export async function listModels(
  settings: Settings,
  target: { readonly api: Api; readonly auth: Authorizer },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const url = target.api.modelsUrl(settings.endpoint)
  const page = url === null ? null : await getPage(settings, target, url, signal)
  return page?.status === 200 ? target.api.modelNames(parseJson(page.text)).slice(0, MOST_NAMES) : []
}

/** The first model that the server lists, for a user who named none. */
export async function findModel(
  settings: Settings,
  auth: Authorizer,
  { log, signal }: ModelPorts,
): Promise<string | null> {
  const [first, ...others] = await listModels(settings, { api: guessLikeliestApi(settings), auth }, signal)
  if (first === undefined) return null
  log(
    `model: ${escapeForTerminal(first)}${others.length > 0 ? `, the first of ${others.length + 1} that the endpoint lists` : ''}`,
  )
  return first
}

interface ModelPorts {
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/** Some of the names as the end of a sentence, the most similar to `wanted` first; safe to show. */
export function showModels(names: readonly string[], wanted: string | null): string {
  const nearest =
    wanted === null ? names : names.toSorted((a, b) => rateUnlikeness(a, wanted) - rateUnlikeness(b, wanted))
  const shown = nearest.slice(0, MOST_SHOWN).map((name) => escapeForTerminal(name))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/**
 * The number of differing letters; a name that contains the other, as `org/name` does, counts as more similar than
 * any with a changed letter.
 */
function rateUnlikeness(name: string, wanted: string): number {
  const [a, b] = [name.toLowerCase().slice(0, LONGEST_NAME), wanted.toLowerCase().slice(0, LONGEST_NAME)]
  return a.includes(b) || b.includes(a) ? Math.abs(a.length - b.length) / LONGEST_NAME : countEdits(a, b)
}
