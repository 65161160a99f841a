import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import type { SentRequest } from '../../src/simulator/answer.ts'

/** The committed command: benches measure what people run. */
export const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.js')

const WITNESS = join(import.meta.dirname, '..', '..', 'test', 'servers', 'simulate.ts')

/** A simulated endpoint in a process of its own. */
export interface SimulatedEndpoint {
  readonly url: string
  /** What it truly sent. */
  log(): Promise<SentRequest[]>
  stop(): void
}

/** Flags of an endpoint without queues or noise: 50 ms TTFT, 10 ms TPOT. */
export const STEADY =
  '--slots 128 --overhead 50ms --prefill-per-1000-tokens 0ms --decode 10ms --decode-per-sequence 0ms --jitter 0'.split(
    ' ',
  )

/** Starts `plateau simulate` with these flags on a free port. */
export async function startSimulate(flags: readonly string[]): Promise<SimulatedEndpoint> {
  return startProgram([CLI, 'simulate'], flags)
}

/** The same with every server of the tests, whose APIs do not ship. */
export async function startWitness(flags: readonly string[]): Promise<SimulatedEndpoint> {
  return startProgram([WITNESS], flags)
}

async function startProgram(program: readonly string[], flags: readonly string[]): Promise<SimulatedEndpoint> {
  const server = spawn(process.execPath, [...program, '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await printedAddress(server)
  return {
    url,
    async log() {
      const lines = await (await fetch(`${url}/simulator/log`)).text()
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as SentRequest)
    },
    stop: () => void server.kill(),
  }
}

/** What one run of the command gave, and what it cost the process. */
export interface CommandRun {
  readonly report: RunReport
  readonly records: readonly RequestRecord[]
  readonly text: string
}

/**
 * Runs `plateau run` with these flags; throws when it ends with another exit code than `codes`: 3 is a machine too busy for
 * figures, whose records are right all the same.
 */
export async function runCommand(
  flags: string,
  { codes = [0], env = {} }: { codes?: readonly number[]; env?: Readonly<Record<string, string>> } = {},
): Promise<CommandRun> {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-bench-'))
  try {
    const report = join(folder, 'report.json')
    const records = join(folder, 'records.jsonl')
    const command = spawn(
      process.execPath,
      [CLI, 'run', ...flags.split(' '), '--report-json', report, '--records', records],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PLATEAU_API_KEY: undefined, ...env },
      },
    )
    let text = ''
    command.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
    let said = ''
    command.stderr.setEncoding('utf8').on('data', (part: string) => (said += part))
    const code = await new Promise((resolve) => command.on('close', resolve))
    if (!codes.includes(code as number)) throw new Error(`plateau run ended with ${String(code)}\n${said}\n${text}`)
    const lines = readFileSync(records, 'utf8').split('\n')
    return {
      report: decodeRunReport(readFileSync(report, 'utf8')),
      records: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RequestRecord),
      text,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function printedAddress(server: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    server.stdout!.setEncoding('utf8').on('data', (part: string) => {
      said += part
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
    server.on('exit', (code) => reject(new Error(`simulate ended with ${String(code)}`)))
  })
}
