import type { SettingList } from '../define.ts'
import { VENDORS } from '../../vendors/vendors.ts'
import { isLoopback } from '../values/urls.ts'
import { layerGiven } from '../given.ts'
import type { Given, GivenValues } from '../given.ts'

/** What the environment gives. A variable that is set but empty counts: most often a secret is missing. */
export function readEnvironment(list: SettingList, env: NodeJS.ProcessEnv): GivenValues {
  const given = new Map<string, Given>()
  for (const { name, env: variable } of Object.values(list)) {
    const text = variable === undefined ? undefined : env[variable]
    if (text !== undefined) given.set(name, { text, source: 'env', where: variable! })
  }
  return given
}

/**
 * Adds, as the weakest source, what variables of the vendor's own tools give, and only where that vendor's host is
 * measured. Empty ones do not count: they were not meant for us.
 */
export function addBorrowed(list: SettingList, own: GivenValues, env: NodeJS.ProcessEnv): GivenValues {
  const url = own.get('endpoint')?.text.trim() ?? ''
  return URL.canParse(url) ? layerGiven(own, readBorrowed(list, env, new URL(url))) : own
}

function readBorrowed(list: SettingList, env: NodeJS.ProcessEnv, endpoint: URL): GivenValues {
  const names = new Set(Object.values(list).map(({ name }) => name))
  const given = new Map<string, Given>()
  for (const { borrowed } of VENDORS.filter((vendor) => vendor.ownsVariables(endpoint, env))) {
    for (const { variable, setting } of borrowed) {
      const text = env[variable]?.trim() ?? ''
      if (names.has(setting) && text !== '') given.set(setting, { text, source: 'env', where: variable })
    }
  }
  return given
}

/**
 * The variable that names a proxy for this endpoint, which other programs would use and we only mention; null where
 * there is none, where `NO_PROXY` names the host, and on this machine itself.
 */
export function findUnusedProxy(env: NodeJS.ProcessEnv, endpoint: URL): string | null {
  if (isLoopback(endpoint) || isExempt(endpoint.hostname, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return null
  const own = endpoint.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const names = [own, 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()])
  return names.find((name) => (env[name]?.trim() ?? '') !== '') ?? null
}

/** As curl reads the list: hosts, and domains with all that ends in them; `*` is everything. */
function isExempt(host: string, list: string): boolean {
  return list
    .split(',')
    .map((entry) =>
      entry
        .trim()
        .toLowerCase()
        .replace(/:\d+$/, '')
        .replace(/^\*?\./, ''),
    )
    .some((entry) => entry === '*' || (entry !== '' && (host === entry || host.endsWith(`.${entry}`))))
}
