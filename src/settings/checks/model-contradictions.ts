import type { SettingProblem } from '../../errors.ts'
import { decodePercent } from '../../text.ts'
import { findApi, guessApi } from '../../vendors/apis.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import type { GivenValues } from '../given.ts'
import { contradict } from './check.ts'
import type { CheckInput } from './check.ts'

/** A model beside a URL that names another one: no request would ask for it. */
export function* findModelContradictions({ values, given, isOfMix }: CheckInput): Iterable<SettingProblem> {
  // In a mix that of a part stands in the URL of its requests.
  if (isOfMix) return
  const { endpoint, control, model, controlModel } = values
  for (const [name, asked, where, url] of [
    ['model', model, 'endpoint', endpoint],
    ['control-model', controlModel, 'control', control],
  ] as const) {
    if (asked == null || url == null || values.api === undefined || !isMeantFor(given, name, where)) continue
    if (!namesOther(values.api === 'auto' ? guessApi(url) : values.api, url, asked)) continue
    yield contradict(
      name,
      `is asked for nowhere, because the URL of ${where} names another one; remove it, or write it into that URL in the other's place`,
    )
  }
}

/** Whether a model is meant for this URL. What stands at the top of a config file may be meant for scenarios without a URL of their own. */
function isMeantFor(given: GivenValues, name: string, where: string): boolean {
  const value = given.get(name)
  if (value === undefined) return false
  return value.source !== 'file' || value.isOfScenario === true || given.get(where)?.isOfScenario !== true
}

/** Whether the path of a URL has a model of its own that is not this one, and a body would not say otherwise. */
function namesOther(name: ApiName, endpoint: URL, model: string): boolean {
  const { modelInBody, url, urlOfModel, tasks } = findApi(name)
  if (modelInBody(endpoint, model) !== null) return false
  const own = url(endpoint, tasks[0]!, model)
  const other = urlOfModel?.(own, model) ?? null
  return other !== null && decodePercent(other.pathname) !== decodePercent(own.pathname)
}
