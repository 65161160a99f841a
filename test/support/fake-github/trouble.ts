/** What a test makes go wrong. */
export interface Trouble {
  /** `GET /repos/…/comments`, or a part of it. */
  readonly on: RegExp
  /** How many requests it befalls. */
  readonly times: number
  readonly reply: TroubleReply
}

/** A refusal as GitHub words it. `drop` cuts the connection. */
export type TroubleReply =
  'drop' | { readonly status: number; readonly message: string; readonly headers?: Readonly<Record<string, string>> }

/** Requests of the hour are spent; they are granted again after so many seconds. */
export function primaryRateLimit(resetSeconds: number): TroubleReply {
  return {
    status: 403,
    message: 'API rate limit exceeded for installation ID 1.',
    headers: {
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': '1000',
      'x-ratelimit-resource': 'core',
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + resetSeconds),
    },
  }
}

/** Too much at once. */
export function secondaryRateLimit(retryAfterSeconds: number): TroubleReply {
  return {
    status: 403,
    message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    headers: { 'retry-after': String(retryAfterSeconds), 'x-ratelimit-remaining': '900' },
  }
}

/** What a token without the permission hears. */
export const NO_PERMISSION: TroubleReply = { status: 403, message: 'Resource not accessible by integration' }

/** Picks the trouble that befalls a request, each as often as it was asked for. */
export function createTroubles(): {
  readonly add: (trouble: Trouble) => void
  readonly next: (request: string) => TroubleReply | null
} {
  const waiting: { trouble: Trouble; left: number }[] = []
  return {
    add: (trouble) => void waiting.push({ trouble, left: trouble.times }),
    next(request) {
      const found = waiting.find(({ trouble, left }) => left > 0 && trouble.on.test(request))
      if (found === undefined) return null
      found.left--
      return found.trouble.reply
    },
  }
}
