import { domainToUnicode } from 'node:url'
import { escapeForPattern } from './redact.ts'

/** Hides where an endpoint is: in a public repository everybody reads comments, summaries, logs and artifacts. */
export interface HostHider {
  /** From now on these hosts, each with a port or without one, are shown as `label`. */
  hide(hosts: readonly string[], label?: string | null): void
  /** The text as it may be shown. One that is nothing but a host is a field of its own, which whoever shows it leaves out. */
  redact(text: string): string
}

/** What stands in the place of a host that has no label. */
const HIDDEN_HOST = '[host]'

/** A hider that knows no host yet. Once it does, it shows of the URLs that servers name (redirects, say) only the hosts in `shown`. */
export function createHostHider(shown: readonly string[]): HostHider {
  const names = new Set<string>()
  let label = HIDDEN_HOST
  let pattern: RegExp | null = null
  return {
    hide(hosts, given = null) {
      for (const host of hosts) for (const form of formsOf(host)) names.add(form)
      if (given !== null) label = given
      const source = [...names].sort((a, b) => b.length - a.length).map(patternOf)
      // A label that names the host is the user's word that it may be shown.
      const isAllowed = names.size === 0 || new RegExp(source.join('|'), 'i').test(`//${label}`)
      pattern = isAllowed ? null : new RegExp(source.join('|'), 'gi')
    },
    redact(text) {
      if (pattern === null || names.has(text.toLowerCase().replace(PORT, ''))) return text
      return text
        .replace(pattern, () => label)
        .replace(URL_HOST, (whole, scheme: string, host: string) =>
          shown.includes(host.toLowerCase()) || label.startsWith(host) ? whole : `${scheme}${label}`,
        )
    },
  }
}

/** The hosts that a text names as people give them: URLs, or hosts with a port or without one. */
export function listHostsIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).flatMap((word) => {
    const url = word.includes('://') ? word : `https://${word}`
    return word !== '' && URL.canParse(url) ? [new URL(url).hostname] : []
  })
}

const PORT = /:\d{1,5}$/
const URL_HOST = /(\bhttps?:\/\/)([^\s/?#"'`<>,;\\)]{1,300})/gi

/** As a URL writes it, and as people read it. */
function formsOf(host: string): readonly string[] {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === '' ? [] : [name, domainToUnicode(name)].filter((form) => form !== '')
}

/** A name without a dot may be any word (`vllm`, `model`): it is the host only where a text uses it as one. */
function patternOf(name: string): string {
  const host = escapeForPattern(name)
  const bounded = String.raw`(?<![\w.-])${host}\.?(?::\d{1,5})?(?![\w-]|\.\w)`
  if (/[.:]/.test(name)) return bounded
  return String.raw`(?<=\/\/|\bENOTFOUND |\bEAI_AGAIN )${bounded}|(?<![\w.-])${host}:\d{1,5}(?![\w-])`
}
