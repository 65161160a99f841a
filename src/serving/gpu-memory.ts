import { execFile } from 'node:child_process'

const LONGEST_MS = 10_000
const MIB = 1024 * 1024

/** A program that says how much memory of this machine's accelerators is in use. */
interface Meter {
  readonly program: string
  readonly args: readonly string[]
  /** MiB over all cards; null when the output is not understood. */
  read(output: string): number | null
}

const METERS: readonly Meter[] = [
  { program: 'nvidia-smi', args: ['--query-gpu=memory.used', '--format=csv,noheader,nounits'], read: readNvidia },
  { program: 'rocm-smi', args: ['--showmeminfo', 'vram', '--json'], read: readRocm },
]

/** MiB of accelerator memory in use; null where no program here tells. */
export async function readGpuMemory(): Promise<number | null> {
  for (const { program, args, read } of METERS) {
    const output = await askProgram(program, args)
    const used = output === null ? null : read(output)
    if (used !== null) return used
  }
  return null
}

/** Reads one number a line, one line a card. */
export function readNvidia(output: string): number | null {
  return addUp(output.trim().split('\n'), 1)
}

/** Reads one member a card, in bytes. */
export function readRocm(output: string): number | null {
  const used = [...output.matchAll(/"VRAM Total Used Memory \(B\)":\s*"?(\d+)/g)].map(([, bytes]) => bytes!)
  return addUp(used, MIB)
}

function addUp(figures: readonly string[], unit: number): number | null {
  const numbers = figures.map((figure) => (figure.trim() === '' ? NaN : Number(figure)))
  const total = numbers.reduce((all, each) => all + each, 0)
  return numbers.length === 0 || Number.isNaN(total) ? null : total / unit
}

async function askProgram(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: LONGEST_MS }, (error, stdout) => resolve(error === null ? stdout : null))
  })
}
