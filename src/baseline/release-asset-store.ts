import { BaselineError } from '../errors.ts'
import type { Baseline, History } from '../report/history.ts'
import { mergeHistories } from '../report/history.ts'
import { escapeForTerminal } from '../text.ts'
import { decodeUploaded, LARGEST_HISTORY_BYTES, ArtifactRefusal, decodeUtf8 } from './artifact-rules.ts'
import type { BaselineStore } from './store.ts'
import { explainGithubRefusal } from './artifact-source.ts'
import { cutUpTo } from './store.ts'

/** What a `release-asset` store needs. */
export interface ReleaseAssetSource {
  /**
   * The file of this name of the newest release (neither draft nor prerelease), and the release's tag; null when there is
   * no release or no such file. Rejects as soon as the file is longer than `maximumBytes`.
   */
  releaseAsset(
    name: string,
    maximumBytes: number,
  ): Promise<{ readonly tag: string; readonly content: Uint8Array } | null>
}

/**
 * Reads the history from a file of the newest release: plain JSON, not a zip. It is read-only; saving throws an
 * error, because a run that only seems to be recorded would be worse.
 */
export function createReleaseAssetStore(
  source: ReleaseAssetSource,
  { asset, keep, upTo = null }: { readonly asset: string; readonly keep: number; readonly upTo?: string | null },
): BaselineStore {
  return {
    async load(name): Promise<Baseline> {
      const place = `file ${escapeForTerminal(asset)} of the newest release`
      const none = { entries: [], origin: place, ancestor: null, passedOver: [], unreadable: null }
      let file: Awaited<ReturnType<ReleaseAssetSource['releaseAsset']>>
      try {
        file = await source.releaseAsset(asset, LARGEST_HISTORY_BYTES)
      } catch (error) {
        return { ...none, unreadable: explainGithubRefusal(error, 'contents: read') }
      }
      if (file === null) return { ...none, passedOver: [`the newest release has no file ${escapeForTerminal(asset)}`] }
      const origin = `file ${escapeForTerminal(asset)} of release ${escapeForTerminal(file.tag)}`
      const { entries } = mergeHistories([openAsset(file.content, origin)], keep)
      const own = entries.filter(({ row }) => row.series.name === name)
      return { ...none, origin, entries: cutUpTo(own, upTo, `in the ${origin}`) }
    },
    async save() {
      throw new BaselineError(
        `The file ${escapeForTerminal(asset)} of a release is only read: this run was not recorded.`,
        {
          remedy: 'set record: never here, and attach a new history file when you release',
        },
      )
    },
  }
}

function openAsset(content: Uint8Array, origin: string): History {
  try {
    if (content.length > LARGEST_HISTORY_BYTES)
      throw new ArtifactRefusal(`it is longer than ${LARGEST_HISTORY_BYTES} bytes`)
    return decodeUploaded(decodeUtf8(content))
  } catch (error) {
    if (!(error instanceof ArtifactRefusal)) throw error
    throw new BaselineError(`The ${origin} is not used: ${error.message}.`, {
      remedy: 'attach a history file as the command writes it (--append), or name another file',
      cause: error,
    })
  }
}
