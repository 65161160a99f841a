import { EndpointError } from '../../errors.ts'
import type { ApiName } from '../../protocol/api.ts'
import { apiOfAnswer } from '../../protocol/servers/answer-shape.ts'
import { versionText } from '../../protocol/servers/servers.ts'
import type { Server } from '../../protocol/servers/servers.ts'
import type { Settings } from '../../settings.ts'
import { plain, shownUrl } from '../../text.ts'
import { isMismatch } from './attempt.ts'
import type { Attempted } from './attempt.ts'
import { complaintOf, explain } from './explain.ts'
import { identifyStranger } from './identify.ts'
import type { Identified } from './identify.ts'
import { listModels, shownModels } from './models.ts'
import type { Target } from '../transport/target.ts'

/** Why an endpoint that answers cannot be measured. */
export interface Diagnosis {
  readonly error: EndpointError
  /** The API that the endpoint seems to speak instead, and why it seems so; null when there is no such sign. */
  readonly other: { readonly api: ApiName; readonly because: string } | null
}

/**
 * Finds out, by a look at what was answered and at pages beside the endpoint, why the attempt failed: a model that is not
 * there (with those that are), another API (and which), another path.
 */
export async function diagnose(
  settings: Settings,
  { target, exchange }: Attempted,
  model: string | null,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const plainly = { error: explain(exchange, shownUrl(target.url)), other: null }
  const complaint = complaintOf(exchange)
  if (complaint?.about === 'model' || complaint?.about === 'no-model') {
    const names = await listModels(settings, target, signal)
    return { error: withModels(plainly.error, names, model), other: null }
  }
  const isForeign = complaint === null ? isMismatch(exchange) : complaint.about === 'path'
  if (!isForeign && exchange.failure !== 'parse') return plainly

  const spoken = apiOfAnswer(exchange.answerHead ?? '', exchange.headers ?? {})
  const found = await identifyStranger(settings, target, exchange, signal)
  return suggest(plainly.error, target, model, spoken, found)
}

function withModels(
  { what, tried, remedy }: EndpointError,
  names: readonly string[],
  model: string | null,
): EndpointError {
  if (names.length === 0) return new EndpointError(what, { tried, remedy: `${remedy}; it lists none` })
  const wanted = model === null ? '' : `, which is ${plain(model)},`
  return new EndpointError(what, {
    tried,
    remedy: `set \`model\`${wanted} to one that it lists: ${shownModels(names, model)}`,
  })
}

function suggest(
  error: EndpointError,
  target: Target,
  model: string | null,
  spoken: ApiName | null,
  found: Identified | null,
): Diagnosis {
  const { what, tried, remedy } = error
  const asked = target.api.name
  const looks = found === null ? null : `it looks like ${shownServer(found.server)}`
  const say = (because: string | null, instead: string): EndpointError =>
    new EndpointError(because === null ? what : `${what}; ${because}`, { tried, remedy: instead })

  if (spoken !== null && !isKin(spoken, asked)) {
    const because = looks ?? `the answer is one of ${spoken}`
    return { error: say(because, `set \`api\` to ${spoken}`), other: { api: spoken, because } }
  }
  if (found === null || looks === null) return { error, other: null }
  const { apis } = found.server
  if (apis.length === 0) return { error: say(looks, remedy), other: null }
  if (!apis.includes(asked)) {
    return {
      error: say(looks, `set \`api\` to ${apis.slice(0, 2).join(' or ')}`),
      other: { api: apis[0]!, because: looks },
    }
  }
  // It speaks the API, so it is asked in the wrong place; or it is too old to speak it.
  const right = target.api.url(found.base, target.dialect.task, model)
  if (right.pathname !== target.url.pathname) {
    return { error: say(looks, `set \`endpoint\` to ${shownUrl(found.base)}`), other: null }
  }
  const native = apis.find((api) => !isKin(api, asked))
  if (native === undefined) return { error: say(looks, remedy), other: null }
  return { error: say(looks, `set \`api\` to ${native}, or check \`model\``), other: { api: native, because: looks } }
}

/** Every server of the OpenAI kind shapes its answers alike. */
function isKin(a: ApiName, b: ApiName): boolean {
  return (
    a === b ||
    (/^(openai-(chat|completions)|databricks)$/.test(a) && /^(openai-(chat|completions)|databricks)$/.test(b))
  )
}

function shownServer(server: Server): string {
  return plain(versionText(server) ?? server.name ?? 'a server of no known kind')
}
