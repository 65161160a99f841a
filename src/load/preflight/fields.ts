import type { OptionalField, RequestSpec } from '../../protocol/api.ts'
import { findNamedField } from '../../protocol/refusals/complaint.ts'
import { showUrl } from '../../text.ts'
import { isAnswered, buildProbe } from './attempt.ts'
import { setFields } from './candidates.ts'
import { explain } from '../explain.ts'
import type { Exchange } from '../ports.ts'
import type { Target } from '../transport/target.ts'

/** Statuses that refuse what was asked; some servers do so with a 500. */
const REFUSAL_STATUS = new Set([400, 404, 422, 500, 501])

/**
 * The optional fields that the endpoint takes: all at once where it takes them all. A refusal that names one drops that
 * one; after one that names none they are tried one by one. At most twice as many requests as fields.
 *
 * @throws EndpointError when the endpoint fails for a reason that is not a field.
 */
export async function findAcceptedFields(
  target: Target,
  send: (target: Target, specs: readonly RequestSpec[]) => Promise<Exchange[]>,
  nonce: () => string,
): Promise<OptionalField[]> {
  let wanted = [...target.api.optionalFields(target.dialect.task)]
  while (wanted.length > 0) {
    const refusal = await refusalOf(wanted)
    if (refusal === null) return wanted
    const named = findNamedField(refusal.failureMessage, wanted)
    if (named === null) return tryOneByOne(wanted)
    wanted = wanted.filter((field) => field !== named)
  }
  return wanted

  async function tryOneByOne(fields: readonly OptionalField[]): Promise<OptionalField[]> {
    const accepted: OptionalField[] = []
    for (const field of fields) if ((await refusalOf([...accepted, field])) === null) accepted.push(field)
    return accepted
  }

  /** The answer that refuses these fields; null when they are taken. */
  async function refusalOf(fields: readonly OptionalField[]): Promise<Exchange | null> {
    const [exchange] = await send(setFields(target, fields), [buildProbe(nonce())])
    if (isAnswered(exchange!)) return null
    if (isRefusal(exchange!)) return exchange!
    // A rate limit or a broken connection says nothing about the fields.
    throw explain(exchange!, showUrl(target.url))
  }
}

function isRefusal({ status, failure, cancelled }: Exchange): boolean {
  if (cancelled || status === null) return false
  if (status === 200) return failure === 'error_event' || failure === 'parse' || failure === 'empty'
  return REFUSAL_STATUS.has(status)
}
