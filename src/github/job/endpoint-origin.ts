/** Parts of an event that say where it happened and who caused it, not what somebody wrote into it. */
const NOT_WRITTEN = new Set(['repository', 'repo', 'organization', 'enterprise', 'sender', 'installation'])

/**
 * True when the event names the endpoint's host: a deployment status, the inputs of a dispatch, the text of a pull
 * request. Whoever may cause such an event then says where the key goes, unless `allowed-hosts` says it.
 */
export function isNamedByEvent(endpoint: URL, event: unknown): boolean {
  return texts(event).some((text) => text.toLowerCase().includes(endpoint.hostname))
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => (NOT_WRITTEN.has(key) ? [] : texts(member)))
}
