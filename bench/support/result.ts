import { availableParallelism, cpus } from 'node:os'

/** One figure of a bench and the bound it must keep. */
export interface Check {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** The value must not exceed it. */
  readonly atMost: number
}

/** Prints the checks as a Markdown table with date and machine; a broken bound makes the process fail. */
export function report(title: string, checks: readonly Check[]): void {
  const [cpu] = cpus()
  console.log(`### ${title}\n`)
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} × ${cpu?.model ?? 'unknown CPU'}, Node ${process.versions.node}\n`,
  )
  console.log('| figure | measured | bound | |\n| --- | ---: | ---: | --- |')
  for (const { what, value, unit, atMost } of checks) {
    const ok = value <= atMost
    console.log(`| ${what} | ${value.toPrecision(3)} ${unit} | ≤ ${atMost} ${unit} | ${ok ? 'ok' : 'NOT OK'} |`)
    if (!ok) process.exitCode = 1
  }
  console.log('')
}
