import type { RequestCounts } from '../report/verdict.ts'

/** The sum of some counts. */
export function sumCounts(counts: readonly RequestCounts[]): RequestCounts {
  let ok = 0
  let failed = 0
  for (const each of counts) {
    ok += each.ok
    failed += each.failed
  }
  return { ok, failed }
}

/** How many requests it are. */
export function sizeOf({ ok, failed }: RequestCounts): number {
  return ok + failed
}
