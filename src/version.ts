/** The version of this package; a test holds it against package.json. */
export const VERSION = '0.1.0'

/** What every request says of who sends it: firewalls refuse those that say nothing. */
export const USER_AGENT = `plateau/${VERSION}`
