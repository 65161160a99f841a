import { domainToUnicode } from 'node:url'
import { escapeForPattern } from './redact.ts'

/** Hides the host of an endpoint: everybody can read the comments, summaries, logs and artifacts of a public repository. */
interface HostHider {
  /** From now on these hosts, with or without a port, are shown as `label`. */
  hide(hosts: readonly string[], label?: string | null): void
  /** The text without hosts. A text that is only a host stays: it is a field, which the caller leaves out where needed. */
  redact(text: string): string
}

/** Replaces a host without a label. */
const HIDDEN_HOST = '[host]'

/**
 * A hider without hosts. Once it knows one, it also hides the hosts of URLs that servers name (such as redirects),
 * except those in `shown`.
 */
export function createHostHider(shown: readonly string[]): HostHider {
  const names = new Set<string>()
  let label = HIDDEN_HOST
  let pattern: RegExp | null = null
  return {
    hide(hosts, given = null) {
      for (const host of hosts) for (const form of formsOf(host)) names.add(form)
      if (given !== null) label = given
      const source = [...names].sort((a, b) => b.length - a.length).map(patternOf)
      // A label that contains the host is the user's permission to show it.
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

/** The hosts that a text names: as URLs, or as hosts with or without a port. */
export function listHostsIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).flatMap((word) => {
    const url = word.includes('://') ? word : `https://${word}`
    return word !== '' && URL.canParse(url) ? [new URL(url).hostname] : []
  })
}

const PORT = /:\d{1,5}$/
const URL_HOST = /(\bhttps?:\/\/)([^\s/?#"'`<>,;\\)]{1,300})/gi

/** A host as in a URL, and as people read it. */
function formsOf(host: string): readonly string[] {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === '' ? [] : [name, domainToUnicode(name)].filter((form) => form !== '')
}

/** A name without a dot may be any word (`vllm`, `model`), so it counts only where the text uses it as a host. */
function patternOf(name: string): string {
  const host = escapeForPattern(name)
  const bounded = String.raw`(?<![\w.-])${host}\.?(?::\d{1,5})?(?![\w-]|\.\w)`
  if (/[.:]/.test(name)) return bounded
  return String.raw`(?<=\/\/|\bENOTFOUND |\bEAI_AGAIN )${bounded}|(?<![\w.-])${host}:\d{1,5}(?![\w-])`
}
