import { describeProof } from '../../render/view/report.ts'
import { wrap, writePlain } from '../../words/terminal.ts'
import { proveClient } from '../../run/self-proof.ts'
import type { ProofPorts } from '../../run/self-proof.ts'
import type { CommandHelp } from '../help.ts'
import { RUN_SETTINGS } from '../../settings/lists/run-settings.ts'
import { resolveFlags, splitArguments } from '../../settings/reading/flags.ts'
import { EXIT } from '../../vocabulary/exit-codes.ts'
import {
  BRANCH,
  findDefaultBranch,
  findOrigin,
  readFolder,
  readRepositoryFile,
  readWorkflowFiles,
} from '../checkout.ts'
import type { Command, MeasuringPorts } from '../ports.ts'
import { diagnoseMachine, diagnoseWorkflows, diagnosePipeline } from './diagnose.ts'
import type { Remark } from './diagnose.ts'

const HELP: CommandHelp = {
  summary: 'Says what a repository and this machine lack for a gate: permissions, recorded runs, cores, true times',
  words: '[FOLDER]',
  examples: ['plateau doctor', 'plateau doctor ../serving --branch develop --self-proof false'],
}

/** The settings of `plateau doctor`. */
const DOCTOR_SETTINGS = {
  branch: { ...BRANCH, group: 'Doctor', common: true },
  selfProof: {
    ...RUN_SETTINGS.selfProof,
    group: 'Doctor',
    help: 'Prove for about a second how truly this machine times',
  },
}

export const COMMAND: Command = { help: HELP, settings: DOCTOR_SETTINGS, run: doctorCommand }

/** `plateau doctor`: exit code 2 where something is missing. Nothing is sent to anybody. */
export async function doctorCommand(argv: readonly string[], ports: MeasuringPorts): Promise<number> {
  const { words, flags } = splitArguments(DOCTOR_SETTINGS, argv)
  const settings = resolveFlags(DOCTOR_SETTINGS, flags)
  const folder = readFolder(words)
  const system = ports.system(ports.env)
  const branch = settings.branch ?? (await findDefaultBranch(folder))
  const { startTruth } = system
  const readFile = (path: string) => readRepositoryFile(folder, path)
  const files = readWorkflowFiles(folder)
  const hasWorkflow = files.unread.length > 0 || files.workflows.some(({ gates }) => gates.length > 0)
  const isOnGitlab = !hasWorkflow && (await findOrigin(folder)).isGitlab
  const found = [
    ...(isOnGitlab ? diagnosePipeline(readFile) : diagnoseWorkflows(files, branch, readFile)),
    diagnoseMachine(system.runner.cpuCount),
    ...(settings.selfProof && startTruth !== null
      ? [await diagnoseTimes({ ...system, startTruth, signal: ports.signal })]
      : []),
  ]
  if (ports.signal.aborted) return EXIT.interrupted
  ports.output.out(`${found.flatMap(layRemark).join('\n')}\n`)
  return found.some(({ state }) => state === 'missing') ? EXIT.refused : EXIT.passed
}

/** A gate of moderate load: what a small server in staging gives. */
const LOAD = { streams: 32, lone: { latencyMs: 2600, outputTokens: 256 } }

async function diagnoseTimes(ports: ProofPorts): Promise<Remark> {
  const { proof, findings } = await proveClient(LOAD, ports)
  if (proof === null || findings.length > 0) {
    const what = findings.map(({ message }) => message).join(' ')
    return { state: 'advice', what, remedy: 'run it again when the machine has less to do, or measure from another' }
  }
  return { state: 'fine', what: writePlain(describeProof({ selfProof: proof }) ?? ''), remedy: null }
}

const SIGNS: Readonly<Record<Remark['state'], string>> = { fine: '✓', missing: '✗', advice: '!' }
/** A sign alone says nothing to whoever does not see it. */
const WORDS: Readonly<Record<Remark['state'], string>> = { fine: '', missing: 'missing: ', advice: 'better: ' }

/** A remark in lines of a terminal. */
function layRemark({ state, what, remedy }: Remark): string[] {
  return [
    ...wrap(`${SIGNS[state]} ${WORDS[state]}${what}`, { indent: 2 }),
    ...(remedy === null ? [] : wrap(`  → ${remedy}`, { indent: 4 })),
  ]
}
