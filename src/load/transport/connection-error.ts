import type { FailureClass } from '../../vocabulary/failure-classes.ts'

/** Errors that name a limit of the machine that measures: no server can cause them. */
const CLIENT_CODES: Readonly<Record<string, FailureClass>> = {
  EMFILE: 'client_files',
  ENFILE: 'client_files',
  EADDRNOTAVAIL: 'client_ports',
  EADDRINUSE: 'client_ports',
  ENOBUFS: 'client_memory',
  ENOMEM: 'client_memory',
  EAI_MEMORY: 'client_memory',
  ERR_MEMORY_ALLOCATION_FAILED: 'client_memory',
}

/** What an error of a connection says: its code, and whose failure it is. `headersSeen`: the answer had begun. */
export function readConnectionError(error: Error, headersSeen: boolean): { code: string; failure: FailureClass } {
  const codes = listCodes(error)
  const ours = codes.find((code) => code in CLIENT_CODES)
  if (ours !== undefined) return { code: ours, failure: CLIENT_CODES[ours]! }
  return { code: codes[0]!, failure: classifyCode(codes[0]!, headersSeen) }
}

/**
 * The code of an error, or its name where it has none (messages change, codes and names do not), and those behind it: a host of
 * several addresses that cannot be reached fails with the error of each, and what wraps an error names it as its cause.
 */
function listCodes(error: Error): string[] {
  const { code, name, errors, cause } = error as Error & { code?: unknown; errors?: unknown }
  const behind = [...(Array.isArray(errors) ? (errors as unknown[]) : []), cause].filter((one) => one instanceof Error)
  return [typeof code === 'string' ? code : name, ...behind.flatMap(listCodes)]
}

function classifyCode(code: string, headersSeen: boolean): FailureClass {
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH|UND_ERR_PRX_TLS)/.test(code))
    return 'tls'
  if (code.startsWith('HPE_') || code === 'HTTPParserError') return 'parse'
  return headersSeen ? 'incomplete' : 'connect'
}
