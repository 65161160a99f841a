/** Every API that generates, plain and over TLS: the client beside what a server of that API wrote. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TrueAnswer, TruthNews } from '../../src/simulator/truth.ts'
import { ALL_APIS } from '../../src/vendors/apis.ts'
import { generatesTokens } from '../../src/vocabulary/load.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import { selfSigned } from '../../test/support/certificate.ts'
import type { Certificate } from '../../test/support/certificate.ts'
import type { ReadingTask } from './reading.ts'

/** What a server plays. */
export interface PlayedApi {
  readonly api: ApiName
  readonly ttftMs: number
  readonly intervalMs: number
  /** Null: it speaks plain HTTP. */
  readonly certificate: Certificate | null
}

/** Where an API is asked for when the origin would not do. */
const PATHS: Readonly<Partial<Record<ApiName, string>>> = { databricks: '/serving-endpoints/truth/invocations' }
const SERVER = join(import.meta.dirname, 'api-truth.ts')

export const GENERATING: readonly ApiName[] = ALL_APIS.filter(({ tasks }) => generatesTokens(tasks[0]!)).map(
  ({ name }) => name,
)

/** Reads one API with `read`, against a server of its own; `https` where it is to be over TLS. */
export async function readApi<T>(
  played: Omit<PlayedApi, 'certificate'>,
  scheme: 'http' | 'https',
  read: (
    where: Pick<ReadingTask, 'url' | 'api' | 'caCert'>,
    readAnswers: () => Promise<readonly TrueAnswer[]>,
  ) => Promise<T>,
): Promise<T> {
  const certificate = scheme === 'https' ? selfSigned() : null
  const child = fork(SERVER, [JSON.stringify({ ...played, certificate } satisfies PlayedApi)])
  try {
    const { port } = (await hear(child)) as TruthNews & { kind: 'listening' }
    const where = {
      url: `${scheme}://127.0.0.1:${port}${PATHS[played.api] ?? ''}`,
      api: played.api,
      caCert: certificate?.cert ?? null,
    }
    return await read(where, async () => {
      child.send({ kind: 'hand over' })
      return ((await hear(child)) as TruthNews & { kind: 'answers' }).answers
    })
  } finally {
    child.kill()
  }
}

async function hear(child: ChildProcess): Promise<TruthNews> {
  const [news] = (await once(child, 'message')) as [TruthNews]
  return news
}
