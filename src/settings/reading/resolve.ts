import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import { spelling, ValueError } from '../define.ts'
import type { Entry, Setting, SettingList, ValuesOf } from '../define.ts'
import { readFlags } from './flags.ts'
import type { Given, GivenValues } from './given.ts'
import { isBedrockHost, isDatabricksHost, isRouteOptimised } from '../known-hosts.ts'
import { plain } from '../../text.ts'
import { redactUrls } from '../values/urls.ts'

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Values that could be read; those that could not are missing and are among the problems. */
export type PartialValues<L extends SettingList> = { readonly [K in keyof L]?: ValuesOf<L>[K] }

/** Reads a list whose only sources are flags and the environment; all problems are thrown at once. */
export function resolveFlags<L extends SettingList>(
  list: L,
  argv: readonly string[],
  env: Environment = {},
): ValuesOf<L> {
  const flags = readFlags(list, argv)
  const { values, problems } = readValues(list, layered(flags.given, readEnvironment(list, env)))
  const all = [...flags.problems, ...problems]
  if (all.length > 0) throw new SettingsError(all)
  return values as ValuesOf<L>
}

/** What the environment gives. A variable that is set but empty counts: it is most often a secret that is missing. */
export function readEnvironment(list: SettingList, env: Environment): GivenValues {
  const given = new Map<string, Given>()
  for (const setting of Object.values(list)) {
    const text = setting.env === undefined ? undefined : env[setting.env]
    if (text !== undefined && setting.env !== undefined)
      given.set(setting.name, { text, source: 'env', where: setting.env })
  }
  return given
}

/**
 * What was given, and beneath it what variables of the tools of the endpoint's owner give. An empty one was not given: it
 * was not meant for us.
 */
export function withBorrowed(list: SettingList, own: GivenValues, env: Environment): GivenValues {
  const url = own.get('endpoint')?.text.trim() ?? ''
  return URL.canParse(url) ? layered(own, readBorrowed(list, env, new URL(url))) : own
}

function readBorrowed(list: SettingList, env: Environment, endpoint: URL): GivenValues {
  const isTheirs = { databricks: isOwnWorkspace(endpoint, env['DATABRICKS_HOST']), bedrock: isBedrockHost(endpoint) }
  const given = new Map<string, Given>()
  for (const { name, borrowed = [] } of Object.values(list)) {
    for (const { env: variable, of } of borrowed) {
      const text = env[variable]?.trim() ?? ''
      if (isTheirs[of] && text !== '') given.set(name, { text, source: 'env', where: variable })
    }
  }
  return given
}

/** Whether Databricks' variables are about this endpoint: those of another workspace must not go here. */
function isOwnWorkspace(endpoint: URL, host: string | undefined): boolean {
  if (!isDatabricksHost(endpoint)) return false
  const named = host?.trim() ?? ''
  const workspace = named.includes('://') ? named : `https://${named}`
  // The host of a route-optimised endpoint says nothing about its workspace.
  return (
    named === '' || isRouteOptimised(endpoint) || (URL.canParse(workspace) && new URL(workspace).host === endpoint.host)
  )
}

/** Layers over each other, the strongest first. */
export function layered(...layers: readonly GivenValues[]): GivenValues {
  return new Map(layers.toReversed().flatMap((layer) => [...layer]))
}

/** Reads every setting of the list: what is given, else its default, else null. */
export function readValues<L extends SettingList>(
  list: L,
  given: GivenValues,
  entry: Entry = 'command',
): { readonly values: PartialValues<L>; readonly problems: readonly SettingProblem[] } {
  const values: Record<string, unknown> = {}
  const problems: SettingProblem[] = []
  for (const [key, setting] of Object.entries(list)) {
    const value = given.get(setting.name)
    const text = value?.text ?? setting.default
    if (text === null) {
      values[key] = null
      if (setting.required === true) problems.push(missing(setting, entry))
      continue
    }
    try {
      values[key] = setting.read(text)
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      problems.push(problemWith(setting, value ?? null, error.message))
    }
  }
  return { values: values as PartialValues<L>, problems }
}

/** One problem with one value: never shows a secret, and says where the value stands when it is not a flag. */
export function problemWith(setting: Setting<unknown>, given: Given | null, message: string): SettingProblem {
  const text = given === null || setting.secret === true ? null : given.text
  const place = given?.where == null ? '' : ` (${given.where})`
  return { setting: setting.name, given: text === null ? null : shownText(text), message: `${message}${place}` }
}

/** A value fit to be shown: escaped, and without user info and query of a URL. */
export function shownText(text: string): string {
  return plain(redactUrls(text))
}

function missing({ name, placeholder }: Setting<unknown>, entry: Entry): SettingProblem {
  const how = entry === 'command' ? `--${name} ${placeholder}` : `give ${spelling(name, entry)}`
  return { setting: name, given: null, message: `is required: ${how}` }
}
