/** Milliseconds on the machine's monotonic clock (`process.hrtime`), the same in every process and thread of it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
