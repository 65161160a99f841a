import { ValueError } from '../../errors.ts'

/** Reads an http or https URL. User info is refused: it would end up in logs, and a key has settings of its own. */
export function readHttpUrl(text: string): URL {
  const url = parseUrl(text)
  if (url.username !== '' || url.password !== '') {
    throw new ValueError('must not hold a user or password; use api-key, or headers with "Authorization: Basic …"')
  }
  url.hash = ''
  return url
}

/** Reads the URL of an HTTP proxy; a user and password are allowed, a path is not. */
export function readProxyUrl(text: string): URL {
  const url = parseUrl(text)
  if (url.pathname !== '/' || url.search !== '') {
    throw new ValueError('must be none or only scheme, host and port, for example http://proxy.internal:3128')
  }
  return url
}

/**
 * What may be shown of a text that may be or hold a URL: no user info, and nothing after a `?`. A query may contain
 * spaces and line ends, so that its end is unknown.
 */
export function redactUrls(text: string): string {
  const path = text.slice(0, findPathEnd(text))
  const query = path === text ? '' : '?…'
  if (isUrlWithoutUser(text)) return path + query
  const at = text.lastIndexOf('@')
  const from = /^\s*[a-z][a-z\d+.-]*:\/\//i.exec(path)?.[0].length ?? 0
  if (at < from || (from === 0 && !path.slice(0, at).includes(':'))) return path + query
  // A `?` before the @ may be part of the password.
  return `${path.slice(0, from)}…${path.slice(Math.min(at, path.length))}${query}`
}

/** Where the query or fragment begins: after what may be a host or path, or at any `?` that text follows directly. */
function findPathEnd(text: string): number {
  const begin = text.search(/[/.:]|\?\S/)
  if (begin === -1) return text.length
  const end = text.slice(begin).search(text.includes('://') ? /[?#]/ : /\?/)
  return end === -1 ? text.length : begin + end
}

function isUrlWithoutUser(text: string): boolean {
  if (!/^\s*https?:\/\//i.test(text) || !URL.canParse(text)) return false
  const { username, password, pathname } = new URL(text)
  // What looks like user info in the path probably is: "http://http://user:password@host".
  const at = pathname.lastIndexOf('@')
  return username === '' && password === '' && (at === -1 || !pathname.slice(0, at).includes(':'))
}

/** Reads `host`, `host:port` or `*.domain` entries, each with `http://` before it where the key may go unencrypted. */
export function readHosts(entries: readonly string[]): readonly string[] {
  const host = /^(http:\/\/)?((\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?)$/
  const hosts = entries.map((entry) => entry.toLowerCase().replace(/^https:\/\//, ''))
  if (hosts.length === 0 || !hosts.every((entry) => host.test(entry))) {
    throw new ValueError(
      'must be hosts without path, for example llm.example.com, *.example.com or http://10.0.0.1:8000',
    )
  }
  return hosts
}

/**
 * True when one of `hosts` (see `readHosts`) covers the URL: its host, its port (by default the scheme's), and https
 * unless it says `http://`. Nobody listens in on the loopback: there any scheme and port will do. `*.example.com`
 * does not cover `example.com` itself.
 */
export function isAllowedHost(url: URL, hosts: readonly string[]): boolean {
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : url.port
  return hosts.some((entry) => {
    const [, scheme, name, wantedPort] = /^(http:\/\/)?(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry)!
    const protocol = scheme === undefined ? 'https:' : 'http:'
    const isRight = url.protocol === protocol && port === (wantedPort ?? DEFAULT_PORTS[protocol])
    const isLocal = isLoopback(url) && scheme === undefined && port === (wantedPort ?? port)
    if (!isRight && !isLocal) return false
    return name!.startsWith('*.') ? url.hostname.endsWith(name!.slice(1)) : url.hostname === name
  })
}

/** How `allowed-hosts` names where a URL leads. */
export function spellHost({ protocol, host }: URL): string {
  return protocol === 'http:' ? `http://${host}` : host
}

/** Whether the host is this machine itself. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname)
}

/** Whether the host is one that only machines of its own network reach, by its address or the form of its name. */
export function isPrivate({ hostname }: URL): boolean {
  return PRIVATE.some((form) => form.test(hostname))
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

const PRIVATE = [
  /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))(\.\d+){1,3}$/,
  /^\[f(c|d|e[89ab])[\da-f]*:/,
  /^[^.:]+$/,
  /\.(local|localhost|internal|intranet|lan|corp|svc|home\.arpa)\.?$/,
]

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

function parseUrl(text: string): URL {
  const trimmed = text.trim()
  // "localhost:8000" parses as a URL of the scheme "localhost:", so the scheme is looked at in the text.
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) {
    throw new ValueError('must be an http or https URL, for example http://127.0.0.1:8000')
  }
  return new URL(trimmed)
}
