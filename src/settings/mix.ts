import type { SettingProblem } from '../errors.ts'
import type { MixedScenario, Settings } from './complete.ts'
import { CONTROL_SETTINGS } from './lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from './lists/endpoint-settings.ts'
import { WORKLOAD_SETTINGS } from './lists/workload-settings.ts'
import { findNearest } from './nearest.ts'
import { showValue } from './reading/given.ts'
import type { GivenValues } from './reading/given.ts'
import type { MixShare } from './values/mix.ts'

/** What of a scenario counts in a mix. How much load there is, and what is judged, is the run's. */
const OF_SCENARIO: ReadonlySet<string> = new Set([
  'model',
  'input-tokens',
  'output-tokens',
  'prompts-file',
  'prompts-column',
  'prompts-length',
  'prompts-sample',
  'prefix-cache',
  'shared-prefix-tokens',
  'turns',
  'think-time',
  'system-prompt-tokens',
  'images',
])

/** Where all parts must agree, since they are measured at one endpoint in one way. */
const OF_ALL = [ENDPOINT_SETTINGS, CONTROL_SETTINGS, WORKLOAD_SETTINGS]
  .flatMap((list) => Object.values(list).map(({ name }) => name))
  .filter((name) => !OF_SCENARIO.has(name) && name !== 'mix' && name !== 'seed')

/** What no mix has, wherever it stands. */
const OF_NO_MIX: ReadonlySet<string> = new Set(['trace-file', 'trace-speed', 'cross-check', 'control-model'])

/** What a scenario gives its requests in a mix. */
export function pickForMix(own: GivenValues): GivenValues {
  return new Map([...own].filter(([name]) => OF_SCENARIO.has(name)))
}

/** Why the scenarios of a mix, what each of them is given among all names of the file, cannot be mixed in a run that is given this. */
export function findMixProblems(
  mix: readonly MixShare[],
  { parts, names }: { readonly parts: ReadonlyMap<string, GivenValues>; readonly names: readonly string[] },
  given: GivenValues,
): readonly SettingProblem[] {
  return mix.flatMap(({ scenario }): readonly SettingProblem[] => {
    const refuse = (message: string): SettingProblem => ({ setting: 'mix', given: showValue(scenario), message })
    const own = parts.get(scenario)
    if (own === undefined) return [refuse(`is not a scenario of the config file; ${suggestScenarios(scenario, names)}`)]
    if (own.has('mix')) return [refuse('is a mix itself; name the scenarios that it mixes')]
    return OF_ALL.filter((name) => own.has(name) && own.get(name)!.text.trim() !== given.get(name)?.text.trim()).map(
      (name) =>
        refuse(
          OF_NO_MIX.has(name)
            ? `has ${name}, which no mix takes; measure the scenario apart, or mix one without it`
            : `has ${name} of its own, in which all parts of a mix must agree; move it to the top of the file, or measure the scenario apart`,
        ),
    )
  })
}

/** What an unknown name may have meant; names are as somebody wrote them. */
function suggestScenarios(asked: string, names: readonly string[]): string {
  const nearest = findNearest(asked, names)
  const shown = names.map(showValue)
  const all = `it has ${shown.slice(0, MOST_NAMES).join(', ')}${shown.length > MOST_NAMES ? ' and others' : ''}`
  return names.length === 0 ? 'it has none' : nearest === null ? all : `did you mean ${showValue(nearest)}? ${all}`
}

/** So many names are listed. */
const MOST_NAMES = 20

/**
 * The settings of a run that mixes these scenarios. Soak, single requests and levels send the mix. Where one length must stand for
 * all (what prompts are calibrated to, what a run without preflight assumes, to which the times of single requests are scaled, what the report
 * states) it is that of the part with the largest share.
 */
export function addMix(settings: Settings, mix: readonly MixShare[], parts: readonly Settings[]): Settings {
  const all = mix.map(({ scenario, percent }, i): MixedScenario => {
    const part = parts[i]!
    const model = part.model === settings.model ? null : part.model
    return { name: scenario, percent, ...pickSent(part), ...pickBeside(part), model }
  })
  const usual = all.reduce((most, part) => (part.percent > most.percent ? part : most))
  return { ...settings, ...pickSent(usual), turns: null, images: null, mix: all }
}

function pickSent({ inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens }: MixedScenario | Settings) {
  return { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens }
}

function pickBeside({ turns, thinkTime, systemPromptTokens, images }: Settings) {
  return { turns, thinkTime, systemPromptTokens, images }
}
