import { prepareImages, buildSharedPrefix } from './compose-request.ts'
import type { Ingredients, OwnOptions } from './compose-request.ts'
import { writeSystemPrompt } from './conversations.ts'
import { createMixOrder } from './mix.ts'
import type { WorkloadOptions } from './workload-options.ts'

/** What all of one kind have in common, requests that stand alone or conversations: those of a run, or of one part of a mix. */
export interface Kind extends Pick<Ingredients, 'prefix' | 'drawImages'> {
  readonly own: OwnOptions
  /** Of conversations: the system prompt. */
  readonly system: string | null
}

/** Tells by the number of a conversation, or of a request that stands alone, which kind it is, and which one of that kind. */
export function createKinds(
  options: WorkloadOptions,
  seed: string,
): (number: number) => Kind & { readonly line: number } {
  const { mix } = options
  if (mix == null) {
    const kind = prepareKind(options)
    return (line) => ({ ...kind, line })
  }
  const kinds = mix.map((scenario) => prepareKind({ ...options, ...scenario }))
  const placeOf = createMixOrder(
    mix.map(({ percent }) => percent),
    seed,
  )
  return (number) => {
    const { scenario, line } = placeOf(number)
    return { ...kinds[scenario]!, line }
  }
}

function prepareKind(own: OwnOptions): Kind {
  const { conversations = null } = own
  const system = conversations === null ? null : writeSystemPrompt(own, conversations)
  return { own, prefix: buildSharedPrefix(own), drawImages: prepareImages(own), system }
}
