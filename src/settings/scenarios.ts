import type { SettingProblem } from '../errors.ts'
import type { SettingList, GivenValues } from './setting.ts'
import { toName, toSlug } from './lists/history-settings.ts'
import type { MixedScenario, Settings } from './complete.ts'
import { CONTROL_SETTINGS } from './lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from './lists/endpoint-settings.ts'
import { WORKLOAD_SETTINGS } from './lists/workload-settings.ts'
import type { MixShare } from './lists/workload-settings.ts'
import { suggestName } from './nearest.ts'
import { showValue } from './setting.ts'

/** One of several scenarios that are measured in one run. */
export interface OneScenario {
  readonly name: string
  /** What it gives itself in the config file; all else is the same for every scenario. */
  readonly own: GivenValues
  /** How many there are. */
  readonly count: number
}

/** Each names one file that holds all scenarios. */
export const JOINT_FILES: ReadonlySet<string> = new Set(['markdown', 'gitlab-note'])

/**
 * What is given to one of several scenarios: a name of its own, and files of its own. What names one series or one file for
 * all of them gets the scenario's name at its end, and nothing that the scenario gives itself is changed.
 *
 * @param list the settings that may name files.
 * @param defaultName what the run is called where no name is given; null: each scenario goes by its own.
 */
export function tellScenario(
  given: GivenValues,
  { name: scenario, own }: OneScenario,
  { list, defaultName }: { readonly list: SettingList; readonly defaultName: string | null },
): GivenValues {
  const slug = toSlug(scenario)
  const isShared = (setting: string): boolean => {
    const value = given.get(setting)
    return value !== undefined && !(value.source === 'file' && own.has(setting))
  }
  const told = new Map(given)
  told.set('scenario', { ...given.get('scenario')!, text: scenario })
  const whole = isShared('name') ? given.get('name')!.text.trim() : given.has('name') ? null : defaultName
  if (whole !== null) {
    const { source, where } = given.get('name') ?? { source: 'default', where: null }
    told.set('name', { text: toName(`${whole}-${slug}`), source, where })
  }
  for (const { name, writes } of Object.values(list)) {
    if (writes !== true || JOINT_FILES.has(name) || !isShared(name)) continue
    const value = given.get(name)!
    told.set(name, { ...value, text: addToFileName(value.text.trim(), slug) })
  }
  return told
}

/** `out/report.json` and `chat` is `out/report-chat.json`. */
function addToFileName(path: string, slug: string): string {
  const [, start = path, end = ''] = /^(.*[^/\\])(\.[^./\\]+)$/.exec(path) ?? []
  return `${start}-${slug}${end}`
}

/**
 * The settings of one of so many scenarios: together they are red by chance as often as one run may be. With `defer` the report
 * job shares the rate among all that it judges.
 */
export function shareAlarmRate(settings: Settings, count: number): Settings {
  if (count === 1 || settings.defer || settings.decision === 'threshold') return settings
  const falseAlarmRate = settings.falseAlarmRate / count
  const others = settings.decidedBy.filter(({ setting }) => setting !== 'false-alarm-rate')
  const value = `${Number((100 * falseAlarmRate).toPrecision(6))}%`
  return { ...settings, falseAlarmRate, decidedBy: [...others, { setting: 'false-alarm-rate', value }] }
}

/** What is wrong with the settings of one scenario. */
export interface ScenarioProblem {
  readonly scenario: string
  readonly problem: SettingProblem
}

/** Each problem once, with the scenarios that have it where not all of them have. */
export function joinProblems(found: readonly ScenarioProblem[], count: number): readonly SettingProblem[] {
  const alike = Map.groupBy(found, ({ problem }) => JSON.stringify(problem))
  return [...alike.values()].map((same) => {
    const { problem } = same[0]!
    const names = [...new Set(same.map(({ scenario }) => showValue(scenario)))]
    return names.length === count
      ? problem
      : { ...problem, message: `${problem.message} (in scenario ${names.join(', ')})` }
  })
}

/** Two scenarios of the same name would share one history, and one would overwrite what the other leaves. */
export function findSharedNames(names: readonly string[]): readonly SettingProblem[] {
  const shared = new Set(names.filter((name, i) => names.indexOf(name) < i))
  return [...shared].map((name) => ({
    setting: 'name',
    given: name,
    message: 'is the name of two scenarios, and scenario is all; give each a `name` of its own in the config file',
  }))
}

/** The settings of a scenario that count in a mix. The load and what is judged are settings of the run alone. */
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

/** Settings in which all scenarios of a mix must agree, because they are measured at one endpoint in one way. */
const OF_ALL = [ENDPOINT_SETTINGS, CONTROL_SETTINGS, WORKLOAD_SETTINGS]
  .flatMap((list) => Object.values(list).map(({ name }) => name))
  .filter((name) => !OF_SCENARIO.has(name) && name !== 'mix' && name !== 'seed')

/** Settings that no mix has, neither for the run nor for a scenario. */
const OF_NO_MIX: ReadonlySet<string> = new Set(['trace-file', 'trace-speed', 'cross-check', 'control-model'])

/** What a scenario gives its requests in a mix, of all that it gives. */
export function pickForMix(own: GivenValues): GivenValues {
  return new Map([...own].filter(([name]) => OF_SCENARIO.has(name)))
}

/**
 * Why these scenarios cannot be mixed in a run.
 *
 * @param file what each of these scenarios gives, and the names of all scenarios of the file.
 * @param given what the run is given.
 */
export function findMixProblems(
  mix: readonly MixShare[],
  file: { readonly mixed: ReadonlyMap<string, GivenValues>; readonly names: readonly string[] },
  given: GivenValues,
): readonly SettingProblem[] {
  return mix.flatMap(({ scenario }): readonly SettingProblem[] => {
    const refuse = (message: string): SettingProblem => ({ setting: 'mix', given: showValue(scenario), message })
    const own = file.mixed.get(scenario)
    if (own === undefined)
      return [refuse(`is not a scenario of the config file; ${suggestScenarios(scenario, file.names)}`)]
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

/** The scenario that an unknown name probably meant; people write names in many ways. */
function suggestScenarios(asked: string, names: readonly string[]): string {
  const suggestion = suggestName(asked, names, showValue)
  const shown = names.map(showValue)
  const all = `it has ${shown.slice(0, MOST_NAMES).join(', ')}${shown.length > MOST_NAMES ? ' and others' : ''}`
  return names.length === 0 ? 'it has none' : suggestion === null ? all : `${suggestion} ${all}`
}

/** The most names that are listed. */
const MOST_NAMES = 20

/**
 * The settings of a run that mixes these scenarios. Soak, single requests and levels send the mix. Some uses need one length for all
 * requests: calibrating the prompts, planning without preflight, scaling the times of single requests, the report. They take that of the
 * scenario with the largest share.
 */
export function addMix(settings: Settings, mix: readonly MixShare[], scenarios: readonly Settings[]): Settings {
  const all = mix.map(({ scenario, percent }, i): MixedScenario => {
    const own = scenarios[i]!
    const model = own.model === settings.model ? null : own.model
    return { name: scenario, percent, ...pickSent(own), ...pickBeside(own), model }
  })
  const usual = all.reduce((most, each) => (each.percent > most.percent ? each : most))
  return { ...settings, ...pickSent(usual), turns: null, images: null, mix: all }
}

function pickSent({ inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens }: MixedScenario | Settings) {
  return { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens }
}

function pickBeside({ turns, thinkTime, systemPromptTokens, images }: Settings) {
  return { turns, thinkTime, systemPromptTokens, images }
}
