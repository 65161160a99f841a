import { availableParallelism, cpus } from 'node:os'
import type { Rate } from './calibration.ts'

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

export const percent = (share: number, digits: number): string => (100 * share).toFixed(digits)
export const exact = ({ share, standardError }: Rate): string => `${percent(share, 2)} ± ${percent(standardError, 2)}`
export const rough = ({ share }: Rate): string => percent(share, 0)
export const named = (spread: number): string => `${percent(spread, 1)} %`

/** Prints a Markdown table of figures. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  printHead(title, header)
  for (const row of rows) printRow(row)
  console.log('')
}

/** The head of a table whose rows are printed when they are known. */
export function printHead(title: string, header: readonly string[]): void {
  console.log(`#### ${title}\n`)
  printRow(header)
  printRow(header.map(() => '---:'))
}

export function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}
