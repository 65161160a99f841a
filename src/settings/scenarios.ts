import type { SettingProblem } from '../errors.ts'
import type { SettingList } from './define.ts'
import { toName, toSlug } from './lists/history-settings.ts'
import type { Settings } from './complete.ts'
import { showValue } from './given.ts'
import type { GivenValues } from './given.ts'

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
