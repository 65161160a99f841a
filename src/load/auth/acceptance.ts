import type { Authorizer, AuthPorts } from './authorizer.ts'

/** Remembers when a request was last let in. */
export function createAcceptance({
  clock,
  wallClock,
}: Pick<AuthPorts, 'clock' | 'wallClock'>): Pick<Authorizer, 'accepted' | 'acceptedUntil'> {
  let at: number | null = null
  return {
    accepted() {
      at = clock.now()
    },
    acceptedUntil: () => (at === null ? null : new Date(wallClock().getTime() - (clock.now() - at))),
  }
}
