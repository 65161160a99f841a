import { ValueError } from '../define.ts'
import { suggestName } from '../nearest.ts'

/** Where the runs to compare with are kept. */
export type BaselinePlace =
  | { readonly kind: 'none' }
  /** Artifacts of workflow runs on the default branch. */
  | { readonly kind: 'artifact' }
  | { readonly kind: 'file'; readonly path: string }
  /** A file attached to the newest release. */
  | { readonly kind: 'release-asset'; readonly asset: string }

/** The history of the command where no other place is given. */
export const DEFAULT_HISTORY = '.plateau/history.json'

/** Reads `artifact`, `file:<path>`, `release-asset:<name>` or `none`. */
export function readBaselinePlace(text: string): BaselinePlace {
  const trimmed = text.trim()
  if (trimmed === 'none' || trimmed === 'artifact') return { kind: trimmed }
  const [, kind, rest] = /^(file|release-asset):\s*(.+)$/.exec(trimmed) ?? []
  if (kind === 'file') return { kind, path: rest! }
  if (kind === 'release-asset') return { kind, asset: rest! }
  const suggestion = suggestName(trimmed, ['artifact', 'none'])
  throw new ValueError(
    `must be artifact, file:<path>, release-asset:<name> or none${suggestion === null ? '' : `; ${suggestion}`}`,
  )
}

/** As a user would write it. */
export function renderBaselinePlace(place: BaselinePlace): string {
  switch (place.kind) {
    case 'file':
      return `file:${place.path}`
    case 'release-asset':
      return `release-asset:${place.asset}`
    case 'artifact':
    case 'none':
      return place.kind
  }
}
