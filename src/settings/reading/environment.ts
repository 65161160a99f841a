import type { SettingList } from '../define.ts'
import { isBedrockHost } from '../../vendors/bedrock/urls.ts'
import { isDatabricksHost, isRouteOptimised } from '../../vendors/databricks/urls.ts'
import { layerGiven } from './given.ts'
import type { Given, GivenValues } from './given.ts'

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment gives. A variable that is set but empty counts: it is most often a secret that is missing. */
export function readEnvironment(list: SettingList, env: Environment): GivenValues {
  const given = new Map<string, Given>()
  for (const { name, env: variable } of Object.values(list)) {
    const text = variable === undefined ? undefined : env[variable]
    if (text !== undefined) given.set(name, { text, source: 'env', where: variable! })
  }
  return given
}

/**
 * What was given, and beneath it what variables of the tools of the endpoint's owner give. An empty one was not given: it
 * was not meant for us.
 */
export function addBorrowed(list: SettingList, own: GivenValues, env: Environment): GivenValues {
  const url = own.get('endpoint')?.text.trim() ?? ''
  return URL.canParse(url) ? layerGiven(own, readBorrowed(list, env, new URL(url))) : own
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
