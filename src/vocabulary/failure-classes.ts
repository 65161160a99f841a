import { SETTINGS_OF_LESS_LOAD } from './load.ts'

/** What to do where a process may not open as many files as it has connections. */
export const MORE_OPEN_FILES = `Raise the limit of open files (\`ulimit -n\`; \`LimitNOFILE\` of a service, \`--ulimit nofile\` of a container), or lower the load (${SETTINGS_OF_LESS_LOAD}).`

/** Each failure class, what it means and what to do; docs are generated from this list. */
export const FAILURE_CLASSES = [
  {
    code: 'http_<status>',
    meaning: 'The server refused the request with this status.',
    remedy: 'Read the server log for that status; 429 means a rate limit, 5xx an overloaded or broken server.',
  },
  {
    code: 'connect',
    meaning: 'No connection: refused, closed before an answer, the host is unknown, or the proxy says no.',
    remedy: 'Check host and port, and that the server accepts this many connections.',
  },
  {
    code: 'tls',
    meaning: 'No TLS, or a certificate that is not valid.',
    remedy: 'Check the certificate; `ca-cert` names a private authority.',
  },
  {
    code: 'timeout_first_byte',
    meaning: 'No response headers before `request-timeout`.',
    remedy: `Raise \`request-timeout\`, or lower the load (${SETTINGS_OF_LESS_LOAD}): the server queues longer than that.`,
  },
  {
    code: 'timeout_total',
    meaning: 'The answer did not end before `request-timeout`.',
    remedy: 'Raise `request-timeout`, or ask for less: fewer `output-tokens`, a smaller `batch-size`.',
  },
  {
    code: 'timeout_idle',
    meaning: 'The stream stalled: no payload for 60 s after the first token.',
    remedy: 'Look for a hung worker or a proxy that holds the stream.',
  },
  {
    code: 'error_event',
    meaning: 'A 200 answer that carried an error.',
    remedy: 'Look at the server log: it is the server that failed.',
  },
  {
    code: 'incomplete',
    meaning: 'The answer broke off: a stream that did not say that it was finished, or an answer that was cut.',
    remedy: 'A proxy or a worker cut the answer; check their timeouts.',
  },
  {
    code: 'parse',
    meaning: 'The answer was not in the format of the API, or breaks HTTP.',
    remedy: 'Check `api`; a proxy may answer instead of the model, or garble what it passes on.',
  },
  {
    code: 'empty',
    meaning: 'A complete answer with nothing in it: no token, no embedding or no score.',
    remedy: 'Check the model and the prompt; an empty answer is not a fast one.',
  },
  {
    code: 'client_files',
    meaning: 'This machine may not open more files, and each connection is one: the request was never sent.',
    remedy: MORE_OPEN_FILES,
    byClient: true,
  },
  {
    code: 'client_ports',
    meaning: 'This machine has no free port or address for another connection: the request was never sent.',
    remedy:
      'Widen the range of local ports (`net.ipv4.ip_local_port_range`), wait until closed connections have released theirs, or let the server keep connections open.',
    byClient: true,
  },
  {
    code: 'client_memory',
    meaning: 'This machine has no memory or buffers for another connection.',
    remedy: `Give it more memory (or its container a higher limit), or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
    byClient: true,
  },
] as const satisfies readonly FailureKind[]

interface FailureKind {
  readonly code: string
  readonly meaning: string
  readonly remedy: string
  /** The measuring machine failed, not the endpoint: such a request says nothing about the server. */
  readonly byClient?: true
}

/** Why a request failed; `http_<status>` for a refused one. */
export type FailureClass = Exclude<(typeof FAILURE_CLASSES)[number]['code'], 'http_<status>'> | `http_${number}`

/** Failures of the measuring machine. */
export type ClientFailure = Extract<(typeof FAILURE_CLASSES)[number], { byClient: true }>['code']

const BY_CLIENT: ReadonlyMap<string, FailureKind> = new Map(
  FAILURE_CLASSES.filter((kind) => 'byClient' in kind).map((kind) => [kind.code, kind]),
)

/** What a failure of the measuring machine means and what to do; null for one of the endpoint. */
export function findClientFailure(failure: string | null): FailureKind | null {
  return failure === null ? null : (BY_CLIENT.get(failure) ?? null)
}

/** Finish reasons of answers that a content filter withheld or cut, in the words of all APIs. */
const FILTERED =
  /^(content_?filter(ed)?|refusal|safety|recitation|blocklist|prohibited_content|spii|guardrail_intervened|sensitive)$/i

/** Whether a content filter withheld or cut the answer. */
export function isFiltered(finishReason: string | null): finishReason is string {
  return finishReason !== null && FILTERED.test(finishReason)
}
