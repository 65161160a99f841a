/** The version of this package; a test compares it with package.json. */
export const VERSION = '0.1.0'

/** Sent with every request, because firewalls refuse requests without it. */
export const USER_AGENT = `plateau/${VERSION}`
