import type { Api, KeyPlace } from '../protocol/api.ts'

/** An owner of endpoints: everything that is true at their hosts and nowhere else. */
export interface Vendor {
  /** As a sentence names it. */
  readonly name: string
  /** The API that is theirs. Their hosts may speak others, too. */
  readonly api: Api
  /** Whether a URL is of one of their hosts or has their paths. */
  isIts(endpoint: URL): boolean
  /** Where their hosts take a key, in every API that they speak. Absent: where the API wants it. */
  readonly keyPlace?: KeyPlace
}
