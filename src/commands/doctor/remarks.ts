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
