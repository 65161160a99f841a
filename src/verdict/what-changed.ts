import type { HistoryRow } from '../report/history.ts'
import type { ContextChange } from '../report/verdict.ts'

/** What is looked at, in the reader's words. Undefined and null: not known. */
const CONTEXT: readonly (readonly [string, (row: HistoryRow) => string | number | null | undefined])[] = [
  ['model', ({ context }) => context.model],
  ['served model', ({ context }) => context.servedModel],
  ['server version', ({ context }) => context.serverVersion],
  ['build', ({ context }) => context.build],
  ['provisioned capacity', ({ context }) => context.provisioned],
  ['region', ({ context }) => context.region],
  ['host', ({ context }) => context.host],
  ['runner', ({ context }) => context.runner.environment],
  ['runner system', ({ context }) => context.runner.os],
  ['runner architecture', ({ context }) => context.runner.arch],
  ['runner CPUs', ({ context }) => context.runner.cpuCount],
  ['Node', ({ context }) => context.node],
  ['token counts from', ({ traits }) => traits.tokenSource],
  ['answers', ({ traits }) => (traits.buffered ? 'in one piece' : 'streamed')],
  ['reasoning', ({ traits }) => (traits.reasoning ? 'yes' : 'no')],
]

/** What differs from the newest comparable run, where both are known. Never a reason not to compare. */
export function whatChanged(before: HistoryRow, now: HistoryRow): ContextChange[] {
  return CONTEXT.flatMap(([what, pick]) => {
    const old = pick(before) ?? null
    const current = pick(now) ?? null
    if (old === null || current === null || old === current) return []
    return [{ what, before: String(old), now: String(current) }]
  })
}
