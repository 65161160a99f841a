import type { SettingProblem } from '../errors.ts'
import type { MixedScenario, Settings } from './complete.ts'
import { CONTROL_SETTINGS } from './lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from './lists/endpoint-settings.ts'
import { WORKLOAD_SETTINGS } from './lists/workload-settings.ts'
import { showValue } from './reading/given.ts'
import type { GivenValues } from './reading/given.ts'
import type { MixShare } from './values/mix.ts'

/** What of a scenario counts in a mix. How much load there is, and what is judged, is the run's. */
const OF_PART: ReadonlySet<string> = new Set([
  'model',
  'input-tokens',
  'output-tokens',
  'prompts-file',
  'prompts-column',
  'prompts-length',
  'prompts-sample',
  'prefix-cache',
  'shared-prefix-tokens',
])

/** Where all parts must agree, since they are measured at one endpoint in one way. */
const OF_ALL = [ENDPOINT_SETTINGS, CONTROL_SETTINGS, WORKLOAD_SETTINGS]
  .flatMap((list) => Object.values(list).map(({ name }) => name))
  .filter((name) => !OF_PART.has(name) && name !== 'mix' && name !== 'seed')

/** What a scenario gives its requests in a mix. */
export function pickForMix(own: GivenValues): GivenValues {
  return new Map([...own].filter(([name]) => OF_PART.has(name)))
}

/** Why the scenarios of a mix cannot be mixed in a run that is given this. */
export function findMixProblems(
  mix: readonly MixShare[],
  parts: ReadonlyMap<string, GivenValues>,
  given: GivenValues,
): readonly SettingProblem[] {
  return mix.flatMap(({ scenario }): readonly SettingProblem[] => {
    const refuse = (message: string): SettingProblem => ({ setting: 'mix', given: showValue(scenario), message })
    const own = parts.get(scenario)
    if (own === undefined)
      return [refuse('is not a scenario of the config file; name one of those that stand under scenarios')]
    if (own.has('mix')) return [refuse('is a mix itself; name the scenarios that it mixes')]
    return OF_ALL.filter((name) => own.has(name) && own.get(name)!.text.trim() !== given.get(name)?.text.trim()).map(
      (name) =>
        refuse(
          `has ${name} of its own, in which all parts of a mix must agree; move it to the top of the file, or measure the scenario apart`,
        ),
    )
  })
}

/**
 * The settings of a run that mixes these scenarios. Where only one workload can stand for all (the soak, single requests, what the
 * plan assumes) it is that of the part with the most requests.
 */
export function addMix(settings: Settings, mix: readonly MixShare[], parts: readonly Settings[]): Settings {
  const all = mix.map(({ scenario, percent }, i): MixedScenario => {
    const { model, inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = parts[i]!
    return {
      name: scenario,
      percent,
      model: model === settings.model ? null : model,
      inputTokens,
      outputTokens,
      prompts,
      prefixCache,
      sharedPrefixTokens,
    }
  })
  const usual = all.reduce((most, part) => (part.percent > most.percent ? part : most))
  const { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = usual
  return { ...settings, inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens, mix: all }
}
