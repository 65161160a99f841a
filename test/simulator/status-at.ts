import { createGuard, type Door, type GuardOptions, type Keys } from '../../src/simulator/guard.ts'

export type Headers = Readonly<Record<string, string>>

const NOBODY: GuardOptions = { auth: null, apiKey: null, clientId: null, clientSecret: null }
const TOKENS: Keys['tokens'] = {
  stateOf: (token) => (token === 'fresh' ? 'good' : token === 'old' ? 'expired' : 'unknown'),
}

/** The status of a request with these headers at a guard with these doors; 200 when the guard lets it in. */
export function statusAt(doors: readonly Door[]) {
  return (options: Partial<GuardOptions>, target: string, headers: Headers): number => {
    const guard = createGuard({ ...NOBODY, ...options }, doors, TOKENS, Date.now)
    const lines = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
    return guard({ method: 'POST', target, headers: lines, body: '' })?.status ?? 200
  }
}

/** The header of user and password. */
export const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
