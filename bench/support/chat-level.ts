/** A level of chat requests of one length, measured in this process over the transport and the level protocol that a run has. */
import { NO_AUTH } from '../../src/load/auth/authorizers.ts'
import { createBudget } from '../../src/load/budget.ts'
import { createGarbageCollector, createHealthProbe, systemClock } from '../../src/load/runtime.ts'
import type { HealthProbe } from '../../src/load/runtime.ts'
import { measureLevel } from '../../src/load/level.ts'
import { createHttpTransport } from '../../src/load/transport/http-transport.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import { fixLength } from '../../src/settings/values/distributions.ts'
import { UNCALIBRATED } from '../../src/plan/prompts.ts'
import { createWorkload } from '../../src/plan/workload.ts'
import type { WorkloadOptions } from '../../src/plan/compose-request.ts'
import { findApi } from '../../src/vendors/apis.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'

export interface ChatLevel {
  readonly url: string
  /** Default: OpenAI's chat, at this very URL. */
  readonly api?: ApiName
  readonly caCert?: string | null
  readonly model: string
  readonly streams: number
  readonly outputTokens: number
  readonly windowMs: number
  /** So many requests are made before the level, as in a run; default: none. */
  readonly expectedRequests?: number
}

/** What a level came to over its window. */
export interface MeasuredChat {
  readonly run: LevelRun
  readonly tokens: number
  readonly failed: number
  readonly seconds: number
  /** CPU time of this process. */
  readonly cpuMicroseconds: number
}

/** Short prompts, each another one. */
export function chatOf(outputTokens: number): WorkloadOptions {
  let nonces = 0
  return {
    task: 'chat',
    seed: 'client',
    inputTokens: fixLength(32),
    outputTokens: fixLength(outputTokens),
    promptModel: UNCALIBRATED,
    prompts: null,
    prefixCache: 'avoid',
    sharedPrefixTokens: 0,
    batchSize: 1,
    nonce: () => (nonces++).toString(16).padStart(16, '0'),
  }
}

export async function measureChat({
  url: address,
  api: name,
  caCert = null,
  model,
  streams,
  outputTokens,
  windowMs,
  expectedRequests = 0,
}: ChatLevel): Promise<MeasuredChat> {
  const given = new URL(address)
  const api = findApi(name ?? 'openai-chat')
  const [task] = api.tasks
  const url = name === undefined ? given : api.url(given, task!, model)
  const fields = name === undefined ? (['stream_options'] as const) : (api.assumedFields ?? [])
  const transport = createHttpTransport({
    connection: { origin: url.origin, caCert, proxy: null, connectTimeoutMs: 10_000 },
    api,
    dialect: {
      task: task!,
      model: api.modelInBody(given, model),
      fields: new Set(fields),
      lengthField: 'max_tokens',
      extraBody: {},
    },
    url,
    headers: api.headers ?? {},
    auth: NO_AUTH,
    requestTimeoutMs: 60_000,
  })
  const cpu = watchCpu()
  try {
    const run = await measureLevel(
      {
        concurrency: streams,
        pass: 1,
        durationMs: windowMs,
        minRequests: 3,
        maxRequests: null,
        warmupRequests: 1,
        expectedRequests,
      },
      {
        transport,
        clock: systemClock,
        workload: createWorkload(chatOf(outputTokens), streams, 1),
        health: cpu.health,
        collectGarbage: createGarbageCollector(),
        budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, systemClock),
        sweepStartAt: systemClock.now(),
        signal: new AbortController().signal,
        target: url.href,
        serverMetrics: null,
      },
    )
    let tokens = run.cancelledWindowTokens
    let failed = 0
    for (const { outcome, windowTokens } of run.records) {
      tokens += windowTokens
      if (outcome === 'failed') failed++
    }
    if (run.window === null) {
      const failures = new Set(Array.from(run.records, ({ failure }) => failure))
      throw new Error(`level ${streams} of ${url.href} has no window (${run.stopped}: ${[...failures].join(', ')})`)
    }
    const seconds = (run.window.endMs - run.window.startMs) / 1000
    return { run, tokens, failed, seconds, cpuMicroseconds: cpu.spentMicroseconds() }
  } finally {
    await transport.close()
  }
}

/** CPU time over the window alone: the probe is started when it opens and read when it has ended. */
function watchCpu(): { readonly health: HealthProbe; spentMicroseconds(): number } {
  const probe = createHealthProbe()
  let before = process.cpuUsage()
  let spent = 0
  return {
    spentMicroseconds: () => spent,
    health: {
      ...probe,
      start() {
        probe.start()
        before = process.cpuUsage()
      },
      read() {
        const { user, system } = process.cpuUsage(before)
        spent = user + system
        return probe.read()
      },
    },
  }
}
