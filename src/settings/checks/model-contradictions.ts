import type { SettingProblem } from '../../errors.ts'
import { decodePercent } from '../../text.ts'
import { findApi, guessApi } from '../../vendors/apis.ts'
import type { GivenValues } from '../given.ts'
import { contradict } from './check.ts'
import type { CheckInput } from './check.ts'

/** A model beside a URL that names another one, so that no request would ask for it, and one that no URL can name. */
export function* findModelContradictions({ values, given, isOfMix }: CheckInput): Iterable<SettingProblem> {
  const { endpoint, control, model, controlModel } = values
  for (const [name, asked, where, url] of [
    ['model', model, 'endpoint', endpoint],
    ['control-model', controlModel, 'control', control],
  ] as const) {
    if (asked == null || url == null || values.api === undefined || !isMeantFor(given, name, where)) continue
    const api = findApi(values.api === 'auto' ? guessApi(url) : values.api)
    if (DOTS.test(asked) && standsInPath(api, url)) {
      yield contradict(
        name,
        `stands in the path of a URL with ${api.name}, in which "." and ".." name no model; give the model another name at its server`,
      )
      continue
    }
    // In a mix that of a part stands in the URL of its requests.
    if (isOfMix || !namesOther(api, url, asked)) continue
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

type Api = ReturnType<typeof findApi>

/** Whether the path of a URL has a model of its own that is not this one, and a body would not say otherwise. */
function namesOther({ modelInBody, url, urlOfModel, tasks }: Api, endpoint: URL, model: string): boolean {
  if (urlOfModel === undefined || modelInBody(endpoint, model) !== null) return false
  const own = url(endpoint, tasks[0]!, model)
  const other = urlOfModel(own, model)
  // Where the path has no place for another model, it has one that stays.
  return other === null || decodePercent(other.pathname) !== decodePercent(own.pathname)
}

/** A name that ends as the path of another folder does. */
const DOTS = /(^|\/)\.{1,2}$/

/** Whether the model of a request stands in the path of its URL. */
function standsInPath({ url, urlOfModel, tasks: [task] }: Api, endpoint: URL): boolean {
  const [one, other] = ['a', 'b'].map((model) => url(endpoint, task!, model))
  return one!.href !== other!.href || (urlOfModel?.(one!, 'a') ?? null) !== null
}
