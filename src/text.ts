/**
 * Words that every room writes, and text of others, fit to be shown.
 *
 * Text that others wrote (model output, error bodies, headers, names of models, files) is shown only through here: one
 * line, no control or bidirectional characters, cut to a length, and defused for where it is shown.
 *
 * What a server says is not trusted. Beside this one place to show it, bodies, lines and events are bounded where they are
 * read, and the key that it may echo is hidden (`shell/redact.ts`), before anything is made of a result (`shell/redact-result.ts`).
 */

const MAXIMUM = 100

/**
 * A number with separators of thousands: `1,900`. `toLocaleString` writes the same, and to load all languages of the world for it
 * took a tenth of the time in which a command starts.
 */
export function groupDigits(value: number): string {
  const [whole, ...fraction] = String(value).split('.')
  return [whole!.replace(/\B(?=(?:\d{3}){1,7}$)/g, ','), ...fraction].join('.')
}

/** `1 pass`, `3 passes`, `1,900 requests`. */
export function pluralise(count: number, one: string, many = `${one}s`): string {
  return `${groupDigits(Math.round(count))} ${count === 1 ? one : many}`
}

/** `3 of 8 requests`, and the verb that follows it where one is given, for one and for more: `1 of 8 requests was`. */
export function partOf(part: number, all: number, noun: string, one = '', many = one): string {
  const verb = part === 1 ? one : many
  return `${groupDigits(Math.round(part))} of ${pluralise(all, noun)}${verb === '' ? '' : ` ${verb}`}`
}

/** A sentence whose figures keep their units on the same line. */
export function keepUnitsTogether(text: string): string {
  return text.replace(/(?<=\d) (?=%|ms\b|s\b|min\b|(?:tok|req)\/s)/g, '\u00a0')
}

/** A sentence without the marks of its code spans, for where nothing is set as code. */
export function dropCodeMarks(text: string): string {
  return text.replace(/`([^`\n]{1,200})`/g, '$1')
}

/** For a terminal or a log. */
export function escapeForTerminal(text: string, maximum = MAXIMUM): string {
  const line = text
    .slice(0, 20 * maximum)
    // Format characters hide or reorder text; lone surrogates and private characters show as anything.
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/[\p{White_Space}\p{Cc}]+/gu, ' ')
    .trim()
    // The runner reads a line that starts with `::`, or has `##[`, as a command.
    .replace(/^::/, ': :')
    .replaceAll('##[', '## [')
  const letters = Array.from(line)
  // Of a text that is longer than what was looked at something is missing, and that must show.
  return letters.length <= maximum && text.length <= 20 * maximum ? line : `${letters.slice(0, maximum - 1).join('')}…`
}

/** For GitHub's Markdown, tables included: shown as it is, without links, mentions, emphasis or HTML. */
export function escapeForMarkdown(text: string, maximum = MAXIMUM): string {
  return (
    escapeForTerminal(text, maximum)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_{}[\]()#+\-.!|~$^=:"']/g, '\\$&')
      // GitHub links these after rendering, so escaping does not help; an invisible space does.
      .replace(/@|(?<=\/)\/|#(?=\d)|(?<=\bwww)(?=\\\.)|(?<=\bGH)(?=\\-)/gi, '$&\u200b')
  )
}

/** For HTML text and quoted attributes. */
export function escapeForHtml(text: string, maximum = MAXIMUM): string {
  return escapeHtml(escapeForTerminal(text, maximum))
}

/** Words of ours for HTML: of any length, with their spaces. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A URL for showing: without user info, query and fragment, which may hold secrets. */
export function showUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? parseUrl(url) : url
  return parsed === null ? '(not a URL)' : escapeForTerminal(`${parsed.protocol}//${parsed.host}${parsed.pathname}`)
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** A path or URL without slashes at its end. */
export function trimSlashes(text: string): string {
  // Looking behind lets it begin once a row of slashes: else a text full of them takes the square of its length.
  return text.replace(/(?<!\/)\/+$/, '')
}

/** A text without its percent-encoding; as it stands where that is not well-formed. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Where the server of a URL listens, as a socket takes it: an IPv6 address without its brackets. */
export function addressOf({ hostname, port, protocol }: URL): { readonly host: string; readonly port: number } {
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}
