import { EndpointError } from '../errors.ts'
import { runPreflight } from '../load/preflight/preflight.ts'
import type { Preflight, PreflightPorts } from '../load/preflight/preflight.ts'
import { findServerMetrics } from '../load/server-readings.ts'
import type { ServerMetrics } from '../load/server-readings.ts'
import type { Sweep } from '../load/sweep.ts'
import type { Finding } from '../metrics/findings.ts'
import type { Settings } from '../settings.ts'
import { escapeForTerminal } from '../text.ts'

/** A control that was found ready. */
export interface PlannedControl {
  /** The run's settings, with the control's own address and credentials. */
  readonly settings: Settings
  readonly found: Preflight
  readonly serverMetrics: ServerMetrics | null
  /** The control's own findings from before the load. */
  readonly findings: readonly Finding[]
}

/** What was found of the control; both are null where none is wanted. */
interface FoundControl {
  readonly control: PlannedControl | null
  /** Why it cannot be measured, as half a sentence: the candidate is measured alone. */
  readonly trouble: string | null
}

/**
 * Readiness and preflight of the control. Where it cannot be measured, only the comparison with it is lost, not the
 * run.
 */
export async function findControl(
  settings: Settings,
  candidate: Preflight,
  ports: PreflightPorts,
): Promise<FoundControl> {
  const own = buildControlSettings(settings)
  if (own === null || ports.signal.aborted) return { control: null, trouble: null }
  const log = (line: string): void => ports.log(`control: ${line}`)
  try {
    const found = await runPreflight(own, { ...ports, log })
    const tasks = [found, candidate].map(({ target }) => target.dialect.task)
    if (tasks[0] !== tasks[1]) return refuse(`it serves ${tasks[0]}, and the endpoint ${tasks[1]}`)
    const { metrics, findings } = await findServerMetrics(own, found.target, ports.signal)
    return {
      control: { settings: own, found, serverMetrics: metrics, findings: [...found.findings, ...findings] },
      trouble: null,
    }
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error
    return refuse(error.what)
  }

  function refuse(trouble: string): FoundControl {
    log(`not measured, ${trouble}`)
    return { control: null, trouble }
  }
}

/** What readers must know about a run and its control, as found before the load. */
export function describeControl(candidate: Preflight, { control, trouble }: FoundControl): Finding[] {
  if (trouble !== null) return [describeMissing(trouble)]
  if (control === null) return []
  const differences = listDifferences(candidate, control.found)
  return [
    ...(control.found.target.url.href === candidate.target.url.href && differences.length === 0 ? [SAME] : []),
    ...(differences.length === 0
      ? []
      : [{ code: 'control-differs', message: `Endpoint and control differ: ${differences.join('; ')}.` } as const]),
  ]
}

/** What readers must know about the two after the sweep. */
export function describeControlSweep({ control, apart }: Sweep): Finding[] {
  return [
    ...(control?.error == null ? [] : [describeMissing(control.error.what)]),
    ...(apart === null
      ? []
      : [{ code: 'control-apart', message: `Endpoint and control took turns: ${apart}.` } as const]),
  ]
}

const SAME: Finding = {
  code: 'control-same',
  message: 'The control is the endpoint itself: whatever differs is noise.',
}

function describeMissing(why: string): Finding {
  return { code: 'control-missing', message: `The control could not be measured: ${escapeForTerminal(why, 300)}.` }
}

/** Differences that make the figures of the two mean different things. */
function listDifferences(candidate: Preflight, control: Preflight): string[] {
  const facts: readonly (readonly [string, (found: Preflight) => unknown])[] = [
    ['API', ({ target }) => target.api.name],
    ['model', ({ servedModel, target }) => servedModel ?? target.dialect.model],
    ['token counts from', ({ capabilities }) => capabilities['tokenSource']],
    ['answers', ({ capabilities }) => (capabilities['buffered'] === true ? 'in one piece' : 'streamed')],
    ['answers of the length asked for', ({ capabilities }) => (capabilities['exactLength'] === true ? 'yes' : 'no')],
    ['longest prompt', ({ shrunkTo }) => shrunkTo],
  ]
  return facts.flatMap(([what, read]) => {
    const [one, other] = [read(candidate) ?? null, read(control) ?? null]
    if (one === other || one === null || other === null || one === 'unknown' || other === 'unknown') return []
    const show = (value: unknown): string => escapeForTerminal(String(value), 100)
    return [`${what} (${show(one)}, control ${show(other)})`]
  })
}

/**
 * The settings for measuring the control: the run's, with the control's own address and credentials. Null without a
 * control. What the user says about the endpoint (a version, limits, a page of metrics) does not apply to the
 * control.
 */
export function buildControlSettings(settings: Settings): Settings | null {
  const { control, controlApiKey, controlModel, apiKey, model, serverMetrics, endpointLabel } = settings
  if (control === null) return null
  return {
    ...settings,
    endpoint: control,
    apiKey: controlApiKey ?? apiKey,
    model: controlModel ?? model,
    endpointLabel: `${endpointLabel} (control)`,
    expectVersion: null,
    versionUrl: null,
    serverMetrics: serverMetrics instanceof URL ? 'off' : serverMetrics,
    crossCheck: 'none',
    limits: [],
  }
}
