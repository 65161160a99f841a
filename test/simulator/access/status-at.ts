import { createGate, type Door, type GateOptions, type Keys } from '../../../src/simulator/access/gate.ts'

export type Headers = Readonly<Record<string, string>>

const NOBODY: GateOptions = { auth: null, apiKey: null, clientId: null, clientSecret: null }
const TOKENS: Keys['tokens'] = {
  stateOf: (token) => (token === 'fresh' ? 'good' : token === 'old' ? 'expired' : 'unknown'),
}

/** The status of a request with these headers at a gate with these doors; 200 when the gate lets it in. */
export function statusAt(doors: readonly Door[]) {
  return (options: Partial<GateOptions>, target: string, headers: Headers): number => {
    const gate = createGate({ ...NOBODY, ...options }, doors, TOKENS, Date.now)
    const lines = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
    return gate({ method: 'POST', target, headers: lines, body: '' })?.status ?? 200
  }
}

/** The header of user and password. */
export const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
