import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { SettingsError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import { formatRate } from '../render/format.ts'
import type { RunReport } from '../report/run-report.ts'
import type { CommandHelp } from '../settings/help.ts'
import { resolveFlags } from '../settings/resolve.ts'
import { resolveSettings } from '../settings.ts'
import { kneeConcurrency, plateauTokensPerSecond } from '../simulator/closed-form.ts'
import { ENGINE_DEFAULTS } from '../simulator/engine.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../simulator/options.ts'
import type { CommandPorts } from './ports.ts'
import { deliver, measure } from './run.ts'

export const DEMO_HELP: CommandHelp = {
  name: 'demo',
  summary: 'Measures a simulated endpoint in under 30 seconds and explains what it shows; needs nothing else',
  examples: ['plateau demo'],
}

/** The server of the demo: `plateau simulate` with these flags. */
const SERVER =
  '--port 0 --slots 6 --overhead 20ms --prefill-per-1000-tokens 60ms --decode 6ms --decode-per-sequence 0.6ms'
const INPUT_TOKENS = 128
const OUTPUT_TOKENS = 32
const RUN =
  `--input-tokens ${INPUT_TOKENS} --output-tokens ${OUTPUT_TOKENS} --passes 2 --level-duration 1s --max-concurrency 16 ` +
  '--soak off --name demo --auth none'

/** `plateau demo`: starts the simulated endpoint as a process of its own, measures it, explains the result. */
export async function demoCommand(argv: readonly string[], ports: CommandPorts): Promise<number> {
  if (argv.length > 0) {
    throw new SettingsError([
      { setting: 'demo', given: argv[0]!, message: 'takes no settings; "plateau run --help" lists those of a run' },
    ])
  }
  const { output, signal } = ports
  output.log('demo: a simulated LLM server with 6 slots, in a process of its own on 127.0.0.1')
  const server = startServer()
  try {
    const endpoint = await addressOf(server)
    const { settings } = resolveSettings({
      flags: ['--endpoint', endpoint, ...RUN.split(' ')],
      env: {},
      readFile: noFile,
      defaults: { baseline: { kind: 'none' }, name: null },
    })
    const result = await measure(settings, { env: ports.env, output, signal })
    const code = deliver(settings, result, output)
    if (code === 0 && result !== 'interrupted') output.out(explain(result))
    return code
  } finally {
    server.kill()
  }
}

/** The same program in another process: client and server must not share an event loop. It ends when this one does. */
function startServer(): ChildProcess {
  const program = process.argv[1]!
  return spawn(process.execPath, [...process.execArgv, program, 'simulate', ...SERVER.split(' ')], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
}

/** The address that the server prints when it listens. */
async function addressOf(server: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    server.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
    server.on('error', reject)
    server.on('exit', (code) => reject(new Error(`the simulated endpoint ended with ${code} before it listened`)))
  })
}

function noFile(): string {
  throw new Error('the demo reads no files')
}

/** What the demo shows, with the truth that only a simulated server can tell. */
function explain({ report }: GateResult): string {
  const model = {
    ...ENGINE_DEFAULTS,
    ...toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, SERVER.split(' '))).engine,
  }
  const workload = { inputTokens: INPUT_TOKENS, outputTokens: OUTPUT_TOKENS }
  const truth = plateauTokensPerSecond(model, workload)
  const knee = kneeConcurrency(model, workload)
  return [
    '',
    'What this shows',
    '  TTFT, time to the first token, is prefill and queueing. TPOT, time per output token, is decoding.',
    '  Latency = TTFT + TPOT × tokens. Each level keeps that many requests in flight.',
    `  Up to the knee more requests cost little latency and bring more tokens/s. The server has ${model.slots} slots:`,
    '  beyond them requests queue, so TTFT jumps while tokens/s stay where they are. That is the plateau.',
    ...comparison(report, truth, knee),
    '',
    'Next: plateau run --endpoint http://your-server:8000   (plateau run --help lists the settings)',
    '',
  ].join('\n')
}

function comparison({ plateau }: RunReport, truth: number, knee: number): string[] {
  const measured = plateau.outputTokensPerSecond?.value
  if (measured === undefined) return []
  return [
    `  The simulated server's own formula says ${formatRate(truth)} tok/s at the plateau, knee at concurrency ${knee.toFixed(1)};`,
    `  measured from outside: ${formatRate(measured)} tok/s (${(100 * (measured / truth - 1)).toFixed(1)} %)` +
      `${plateau.kneeConcurrency === null ? '' : `, knee at ${plateau.kneeConcurrency.toFixed(1)}`}.`,
  ]
}
