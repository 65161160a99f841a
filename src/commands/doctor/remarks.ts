import { wrap } from '../../render/terminal.ts'

/** Something that was looked at. */
export interface Remark {
  /** `missing`: the gate does not work without it; `advice`: it works, and could be better. */
  readonly state: 'fine' | 'missing' | 'advice'
  /** For example `pull-request.yml, job plateau: lacks …`. */
  readonly what: string
  /** What to do; null where it is fine. */
  readonly remedy: string | null
}

export const noteMissing = (what: string, remedy: string): Remark => ({ state: 'missing', what, remedy })
export const noteAdvice = (what: string, remedy: string): Remark => ({ state: 'advice', what, remedy })

const SIGNS: Readonly<Record<Remark['state'], string>> = { fine: '✓', missing: '✗', advice: '!' }
/** A sign alone says nothing to whoever does not see it. */
const WORDS: Readonly<Record<Remark['state'], string>> = { fine: '', missing: 'missing: ', advice: 'better: ' }

/** A remark in lines of a terminal. */
export function layRemark({ state, what, remedy }: Remark): string[] {
  return [
    ...wrap(`${SIGNS[state]} ${WORDS[state]}${what}`, { indent: 2 }),
    ...(remedy === null ? [] : wrap(`  → ${remedy}`, { indent: 4 })),
  ]
}
