/**
 * How text is counted, joined and quoted, and how text of others is shown safely.
 *
 * Text that others wrote (model output, error bodies, headers, names of models, files) is shown only through these
 * functions: on one line, without control or bidirectional characters, cut to a length, and escaped for where it is
 * shown.
 *
 * What a server says is not trusted: bodies, lines and events are also bounded where they are read, and a key that it
 * echoes is hidden (`shell/redact.ts`) before a result is used (`shell/redact-result.ts`).
 */

const MAXIMUM = 100

/** Milliseconds in seconds, to a tenth: `1.5 s`. */
export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

/**
 * A number with thousands separators: `1,900`. `toLocaleString` writes the same, but loading its languages took a
 * tenth of a command's start.
 */
export function groupDigits(value: number): string {
  const [whole, ...fraction] = String(value).split('.')
  return [whole!.replace(/\B(?=(?:\d{3}){1,7}$)/g, ','), ...fraction].join('.')
}

/** With a capital letter, for the start of a sentence. */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** With a small letter, for the middle of a sentence. */
export function decapitalise(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** A sentence as a clause of another: with a small letter and without its full stop. */
export function makeClause(sentence: string): string {
  return decapitalise(sentence).replace(/\.$/, '')
}

/** `1 pass`, `3 passes`, `1,900 requests`. */
export function pluralise(count: number, one: string, many = `${one}s`): string {
  return `${groupDigits(Math.round(count))} ${count === 1 ? one : many}`
}

/** Parts in a sentence: `a, b and c`. */
export function joinList(parts: readonly string[], last: 'and' | 'or' = 'and'): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1)!}`
}

/** `3 of 8 requests`, with a verb if given in singular and plural: `1 of 8 requests was`. */
export function partOf(part: number, all: number, noun: string, one = '', many = one): string {
  const verb = part === 1 ? one : many
  return `${groupDigits(Math.round(part))} of ${pluralise(all, noun)}${verb === '' ? '' : ` ${verb}`}`
}

/** `both`, or `all 3`, for the start of a phrase about more than one. */
export function nameAll(count: number): string {
  return count === 2 ? 'both' : `all ${groupDigits(count)}`
}

/** Keeps figures and their units on the same line. */
export function keepUnitsTogether(text: string): string {
  return text.replace(/(?<=\d) (?=%|ms\b|s\b|min\b|(?:tok|req)\/s)/g, '\u00a0')
}

/** Removes the backticks of code spans, for places without code spans. */
export function dropCodeMarks(text: string): string {
  return text.replace(/`([^`\n]{1,200})`/g, '$1')
}

/** For a terminal or a log. */
export function escapeForTerminal(text: string, maximum = MAXIMUM): string {
  const line = text
    .slice(0, 20 * maximum)
    // Format characters hide or reorder text; lone surrogates and private characters can look like anything.
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/[\p{White_Space}\p{Cc}]+/gu, ' ')
    .trim()
    // The runner reads a line that starts with `::`, or has `##[`, as a command.
    .replace(/^::/, ': :')
    .replaceAll('##[', '## [')
  const letters = Array.from(line)
  // A text that was cut before escaping must show that, too.
  return letters.length <= maximum && text.length <= 20 * maximum ? line : `${letters.slice(0, maximum - 1).join('')}…`
}

/**
 * What a reader sees of a name: two names that differ in characters that do not show, or only behind the most that is shown, are one to whoever
 * reads a report.
 */
export function dropUnseen(name: string): string {
  return escapeForTerminal(name.normalize('NFC'))
}

/** For Markdown of GitHub and GitLab, including tables: shown literally, without links, mentions, commands, emphasis or HTML. */
export function escapeForMarkdown(text: string, maximum = MAXIMUM): string {
  return (
    escapeForTerminal(text, maximum)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_{}[\]()#+\-.!|~$^=:"']/g, '\\$&')
      // Both link these after rendering, so escaping does not help; an invisible space does.
      .replace(/@|(?<=\/)\/|#(?=\d)|(?<=\bwww)(?=\\\.)|(?<=\bGH)(?=\\-)/gi, '$&\u200b')
      .replace(/(?:[!$%~^]|&amp;)(?=\\?[\w"])/g, '$&\u200b')
      // In GitLab a line that begins so is a command.
      .replace(/^\//, '\\/')
  )
}

/** For HTML text and quoted attributes. */
export function escapeForHtml(text: string, maximum = MAXIMUM): string {
  return escapeHtml(escapeForTerminal(text, maximum))
}

/** Escapes our own words for HTML: of any length, with their spaces. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A URL to show: without user info, query and fragment, which may hold secrets. */
export function showUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? parseUrl(url) : url
  return parsed === null ? '(not a URL)' : escapeForTerminal(`${parsed.protocol}//${parsed.host}${parsed.pathname}`)
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** A text as one word of a shell, in quotes where it needs them. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** A path or URL without slashes at its end. */
export function trimSlashes(text: string): string {
  // The lookbehind lets it start only once for each row of slashes; else a text full of them takes quadratic time.
  return text.replace(/(?<!\/)\/+$/, '')
}

/** Decodes percent-encoding; returns a malformed text unchanged. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Host and port of a URL for a socket: an IPv6 address without its brackets. */
export function addressOf({ hostname, port, protocol }: URL): { readonly host: string; readonly port: number } {
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}
