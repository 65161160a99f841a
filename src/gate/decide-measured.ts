import type { Baseline } from '../report/history.ts'
import { addFindings } from './add-findings.ts'
import type { Settings } from '../settings.ts'
import { decide } from '../verdict/decide.ts'
import { addSides } from '../verdict/sides.ts'
import { narrowBaseline } from '../verdict/history/past.ts'
import { keepWholeRuns } from './keep-whole-runs.ts'
import { measureSecondLook, NONE } from './measure-second-look.ts'
import { isInSessions } from './measured.ts'
import type { Measured } from './measured.ts'
import type { GatePorts } from './ports.ts'
import type { GateResult } from './result.ts'
import { inputOf } from './trial.ts'

/** The end of the story: a second look at what looks worse, and the verdict on all that was measured. */
export async function decideMeasured(
  settings: Settings,
  baseline: Baseline | null,
  { planned, ...all }: Measured,
  ports: GatePorts,
): Promise<GateResult> {
  const { signal, earlier = [] } = ports
  const runs = keepWholeRuns(settings, all.runs, ports)
  const measured = { ...all, runs }
  const last = runs.at(-1)!
  const input = inputOf(settings, baseline, measured, ports)
  // Another session shows more than fresh passes over the same deployments.
  const { secondLook, findings } =
    planned === null || isInSessions(settings)
      ? NONE
      : await measureSecondLook(settings, input, { planned, known: last.report.validity.findings }, ports)
  const report = addFindings(last.report, findings)
  const { candidates, controls, controlTroubles, sessions, limits } = input
  return {
    report,
    reports: [...runs.slice(0, -1).map((run) => run.report), report],
    controls: runs.flatMap(({ control }) => control?.report ?? []),
    rows: candidates,
    records: last.records,
    verdict: addSides(decide({ ...input, secondLook }), { ...input, secondLook }),
    looks: {
      candidates,
      ...(controls !== undefined && { controls }),
      ...(controlTroubles !== undefined && { controlTroubles }),
      ...(sessions !== undefined && { sessions }),
      secondLook,
      limits,
      ...(earlier.length > 0 && { earlier }),
    },
    baseline: narrowBaseline(baseline, candidates[0]!),
    error: last.error,
    cancelled: signal.aborted,
  }
}
