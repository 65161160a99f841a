import type { BaselineStore } from '../baseline/store.ts'
import { EndpointError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import type { Settings } from '../settings.ts'
import { renderBar, renderWait } from '../words/progress.ts'
import { wrap } from '../words/terminal.ts'
import { measure } from '../shell/measure.ts'
import type { MeasureHooks } from '../shell/measure.ts'
import { readWorkflowRun } from './recorded/record.ts'
import type { MeasuringPorts } from './ports.ts'
import type { Output } from './output.ts'

/** The folder for logs of servers, beside the history. */
const SERVER_LOGS = '.plateau/logs'

/** The command keeps nothing between attempts except what joins a history. */
const NOT_COUNTED =
  'this job was run again, and what its attempts before measured is not in the history (--append puts it there): this one is judged alone, and a re-run until green would let a slowdown pass'

/** What goes on while no level is measured, for people at a terminal. */
const PHASES = {
  history: 'reading the recorded runs',
  preflight: 'asking the endpoint what it can do, testing the clock',
  sweep: 'sending load until the endpoint has settled',
  'second look': 'a pause before the second look',
} as const

/** Measures with progress on the output. An interrupt before the first level is not the endpoint's fault. */
export async function measureWithProgress(
  settings: Settings,
  store: BaselineStore | null,
  { env, output, signal, system }: MeasuringPorts,
  { knownEndpoints }: Pick<MeasureHooks, 'knownEndpoints'> = {},
): Promise<GateResult | 'interrupted'> {
  const { hooks, start, stop } = openHooks({ output, signal })
  const run = readWorkflowRun(env)
  const own = {
    store,
    serverLogs: SERVER_LOGS,
    onPhase: (phase: keyof typeof PHASES) => start(PHASES[phase]),
    ...(run !== null && { run }),
    ...(knownEndpoints !== undefined && { knownEndpoints }),
  }
  try {
    const result = await measure(settings, { ...hooks, ...own }, system(env))
    const { verdict, looks } = result
    if ((run?.attempt ?? 1) > 1 && verdict.comparisons.length > 0 && looks.earlier === undefined) hooks.log(NOT_COUNTED)
    return result
  } catch (error) {
    if (signal.aborted && error instanceof EndpointError) return 'interrupted'
    throw error
  } finally {
    stop()
  }
}

/** What a measurement tells the output, and what else shows on it that something goes on. */
export function openHooks({ output, signal }: Pick<MeasuringPorts, 'output' | 'signal'>) {
  const { start, end, stop } = createProgress(output)
  const { hide, redact } = output
  const log = (line: string): void => logWrapped(output, line)
  const hooks = { signal, log, hide, redact, awaitsLocalServer: false, onLevelStart: start, onLevelEnd: end }
  return { hooks, start, stop }
}

/** Shows progress while levels are measured. */
interface Progress {
  /** From now on, `what` goes on; with `at` it is a level of a sweep. */
  start(what: string, at?: Parameters<MeasureHooks['onLevelStart']>[1]): void
  /** Shows the line with the result of the level. */
  end(line: string): void
  stop(): void
}

const LIVE_INTERVAL_MS = 500

/** On a terminal, a bar that updates while a level runs; everywhere, one line per level. */
function createProgress(output: Output): Progress {
  let timer: NodeJS.Timeout | null = null
  const stop = (): void => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  return {
    start(what, at) {
      const from = performance.now()
      const show = (): void => {
        const seconds = (performance.now() - from) / 1000
        output.live(at === undefined ? renderWait(what, seconds) : renderBar(at.place, at.level, seconds))
      }
      stop()
      if (!output.isLive) return
      show()
      timer = setInterval(show, LIVE_INTERVAL_MS)
    },
    end(line) {
      stop()
      logWrapped(output, line)
    },
    stop,
  }
}

/** Wraps a line for a terminal; in a log it stays whole, to be searched. */
export function logWrapped(output: Output, line: string): void {
  output.log(output.isLive ? wrap(line, { width: output.columns, indent: 4 }).join('\n') : line)
}
