import { sha256 } from '../sha256.ts'
import { encodeCanonically, seriesOf, METHOD } from './series.ts'
import { renderDurations } from '../settings/values/durations.ts'
import { replaceSecretValues } from '../settings/values/secret-words.ts'
import { renderImages } from '../settings/values/images.ts'
import type { Series } from './series.ts'
import { renderLengths } from '../settings/values/lengths.ts'
import { renderArrivals } from '../settings/values/arrivals.ts'
import type { Settings } from '../settings.ts'

/** What must be equal for two runs to be compared: the settings as they were asked for. */
export function buildSeries({
  settings,
  api,
  task,
  shrunkTo = null,
}: {
  readonly settings: Settings
  readonly api: string
  readonly task: string
  /** Input tokens of `auto` where the endpoint accepts fewer than usual, else null. */
  readonly shrunkTo?: number | null
}): Series {
  const { extraBody, prompts } = settings
  return seriesOf({
    name: settings.name,
    api,
    workload: {
      task,
      inputTokens: inputTokensOf(settings, shrunkTo),
      outputTokens: settings.trace?.lengths == null ? renderLengths(settings.outputTokens) : 'trace',
      promptsHash: prompts === null ? null : sha256(encodeCanonically(prompts)),
      extraBody: Object.keys(extraBody).length === 0 ? null : encodeCanonically(replaceSecretValues(extraBody)),
      headerNames: Object.keys(settings.headers).sort(),
      prefixCache: settings.prefixCache,
      sharedPrefixTokens: settings.sharedPrefixTokens,
      batchSize: countSequencesPerRequest(settings),
      ...conversationFieldsOf(settings),
      ...(settings.images !== null && { images: renderImages(settings.images) }),
      ...(settings.mix !== null && { mix: describeMix(settings.mix) }),
    },
    ...loadFieldsOf(settings),
    passes: settings.passes,
    levelDuration: settings.levelDurationMs === 'auto' ? 'auto' : settings.levelDurationMs / 1000,
    levelRequests: settings.levelRequests,
    connection: settings.proxy === null ? 'http/1.1 keep-alive' : 'http/1.1 keep-alive, proxy',
    method: METHOD,
  })
}

function conversationFieldsOf({ turns, thinkTime, systemPromptTokens }: Settings) {
  if (turns === null) return {}
  return {
    turns: turns === 'file' ? turns : renderLengths(turns),
    thinkTime: renderDurations(thinkTime),
    systemPromptTokens,
  }
}

function loadFieldsOf({ rate, trace, traceSpeed, arrivals, maxInFlight, concurrency }: Settings) {
  if (trace !== null)
    return { concurrency: [], speeds: traceSpeed, trace: sha256(encodeCanonically(trace)), maxInFlight }
  if (rate === null) return { concurrency }
  return { concurrency: [], rates: rate, arrivals: renderArrivals(arrivals), maxInFlight }
}

function inputTokensOf({ inputTokens, prompts, trace }: Settings, shrunkTo: number | null): string {
  if (trace !== null) return 'trace'
  if (inputTokens !== 'auto') return renderLengths(inputTokens)
  return shrunkTo === null || prompts !== null ? 'auto' : `auto, ${shrunkTo}`
}

/** Models are left out: which one answers is what people want to compare. */
function describeMix(mix: NonNullable<Settings['mix']>): string {
  return mix
    .map((part) => {
      const { name, percent, inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = part
      const input = inputTokens === 'auto' ? 'auto' : renderLengths(inputTokens)
      const sent = prompts === null ? `${input} in` : `prompts ${sha256(encodeCanonically(prompts)).slice(0, 12)}`
      const cache =
        prefixCache === 'avoid' || part.turns !== null ? '' : `, cache allowed, ${sharedPrefixTokens} shared`
      const more = [...describeTalk(part), ...(part.images === null ? [] : [`images ${renderImages(part.images)}`])]
      return `${name} ${percent}% (${[sent, `${renderLengths(outputTokens)} out${cache}`, ...more].join(', ')})`
    })
    .join(', ')
}

function describeTalk({ turns, thinkTime, systemPromptTokens }: NonNullable<Settings['mix']>[number]): string[] {
  if (turns === null) return []
  const many = turns === 'file' ? 'turns of the file' : `${renderLengths(turns)} turns`
  const pause = renderDurations(thinkTime)
  return [many, `think-time ${typeof pause === 'number' ? `${pause}s` : pause}`, `system prompt ${systemPromptTokens}`]
}

/** Texts in one embeddings request; for a prompts file the average of its lines. */
function countSequencesPerRequest({ batchSize, prompts }: Settings): number {
  if (prompts === null) return batchSize
  const texts = prompts.reduce((sum, prompt) => sum + (prompt.kind === 'input' ? prompt.texts.length : 1), 0)
  return texts / prompts.length
}
