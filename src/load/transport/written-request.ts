import type { AskedResults } from '../../protocol/answer/results.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import type { ProofHeaders } from '../authorizer.ts'
import type { PreparedRequest } from '../ports.ts'
import type { WireRequest } from './wire-request.ts'

/** What a request is written with. */
export interface Writing {
  readonly wire: WireRequest
  readonly credentials: ProofHeaders
  /** When these were made, on the clock. */
  readonly madeAt: number
}

/** A request with its bytes. Its texts are in these alone. */
export class WrittenRequest implements PreparedRequest, Writing {
  readonly prompts: readonly string[] = []
  readonly nonce: RequestSpec['nonce']
  readonly outputTokens: RequestSpec['outputTokens']
  readonly turn: RequestSpec['turn']
  readonly part: RequestSpec['part']
  readonly model: RequestSpec['model']
  readonly stream: RequestSpec['stream']
  readonly askedResults: AskedResults | null
  readonly wire: WireRequest
  readonly credentials: ProofHeaders
  readonly madeAt: number

  constructor(spec: RequestSpec, askedResults: AskedResults | null, { wire, credentials, madeAt }: Writing) {
    this.nonce = spec.nonce
    this.outputTokens = spec.outputTokens
    this.turn = spec.turn
    this.part = spec.part
    this.model = spec.model
    this.stream = spec.stream
    this.askedResults = askedResults
    this.wire = wire
    this.credentials = credentials
    this.madeAt = madeAt
  }

  get size(): number {
    return this.wire.bytes.length
  }
}
