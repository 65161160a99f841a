import { formatChange } from '../render/format.ts'
import { joinShortList, nameOf } from '../render/metric-words.ts'
import type { OpenGround } from '../verdict/decide.ts'

/** What another session is for, as half a sentence. */
export function describeOpen(grounds: readonly OpenGround[]): string {
  return joinShortList(grounds.map(describeGround), 4)
}

function describeGround(ground: OpenGround): string {
  switch (ground.what) {
    case 'suspect':
      return `${nameOf(ground)} looks worse (${formatChange(ground.change)})`
    case 'wide':
      return `${nameOf(ground)} is ${formatChange(ground.change)} and may be ${formatChange(ground.most)}, which must stay within ${formatChange(ground.needed)}`
    case 'unproven':
      return `${nameOf(ground)} is not proven (${formatChange(ground.change)}, and may be ${formatChange(ground.most)})`
    case 'not-measured':
      return `${nameOf(ground)} is missing: ${ground.why}`
    case 'levels-lost':
      return 'a level was lost'
    case 'errors':
      return 'more requests failed'
  }
}
