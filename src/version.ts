/** The version of this package; a test compares it with package.json. */
export const VERSION = '0.1.0'

/** Sent with every request, because firewalls refuse requests without it. */
export const USER_AGENT = `plateau/${VERSION}`

/**
 * Who owns the repository that holds this action. Whoever keeps a copy writes it here; `npm run docs` writes it into every
 * workflow of the docs and examples, `npm run build` into what `plateau init` writes.
 */
export const OWNER = 'your-org'

/** Whether a name stands for whoever owns a copy, and is to be written there. */
export const isPlaceholder = (owner: string): boolean => owner.startsWith('your-')
