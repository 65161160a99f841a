import { EndpointError } from '../errors.ts'
import { readBytesFile, readTextFile, writeWhole } from '../shell/files.ts'
import { listWritten } from '../settings/setting.ts'
import type { NamedFile } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { JOINT_FILES } from '../settings/scenarios.ts'
import { resolveScenarios } from '../settings.ts'
import { COMMAND_SETTINGS, RUN_SETTINGS } from '../settings/lists/run-settings.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import type { ResolvedSettings, Settings, SettingsInput } from '../settings.ts'
import { isInSessions } from '../gate/ports.ts'
import { wrap } from '../words/terminal.ts'
import { checkFilesToWrite } from './files.ts'
import { historyPlaceOf, findRunSource } from './recorded/record.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { measureWithProgress, openHooks } from './measure.ts'
import type { Command, MeasuringPorts } from './ports.ts'
import type { Output } from './output.ts'
import { DEFAULT_HISTORY } from '../settings/lists/history-settings.ts'

const HELP: CommandHelp = {
  summary: 'Measures an endpoint, checks limits, and compares with the runs recorded before',
  examples: [
    'plateau run --endpoint http://127.0.0.1:8000 --append',
    "plateau run --endpoint https://host/v1 --model llama-8b --limits 'ttft-p50@4 <= 300ms, error-rate <= 1%' --concurrency 1,2,4,8",
    'plateau run --endpoint https://workspace/serving-endpoints/llama/invocations --baseline none --report-json report.json',
  ],
}

/** The settings of a command that measures, and their defaults. */
export type RunForm = Pick<SettingsInput, 'list' | 'defaults'>

/** The command keeps its history in a file. */
const RUN: RunForm = { defaults: { baseline: { kind: 'file', path: DEFAULT_HISTORY }, name: null } }

export const COMMAND: Command = { help: HELP, settings: COMMAND_SETTINGS, run: runCommand }

/** `plateau run`, and commands that do the same with other settings. */
export async function runCommand(argv: readonly string[], ports: MeasuringPorts, form = RUN): Promise<number> {
  const { env, output } = ports
  const scenarios = await resolveScenarios({
    flags: argv,
    env,
    readFile: readTextFile,
    readBytes: readBytesFile,
    wallClock: () => new Date(),
    ...form,
  })
  for (const secret of scenarios.flatMap(({ secrets }) => secrets)) output.hide(secret)
  const { settings } = scenarios[0]!
  if (settings.dryRun) {
    await showDryRun(scenarios, output)
    return EXIT.passed
  }
  const all = scenarios.map((scenario) => scenario.settings)
  checkFilesToWrite(listFiles(all), output)
  if (all.length > 1) return (await import('./scenarios.ts')).runScenarios(all, ports)
  const history = historyPlaceOf(settings)
  if (settings.shard !== null) return runShard(settings, settings.shard, ports)
  // A command that deploys may install this program anew (`npm ci`): what lays out its result must be of the same installation.
  if (settings.candidateCommand !== null || settings.redeployCommand !== null)
    await Promise.all([import('./deliver.ts'), import('../verdict/conclude.ts')])
  const result = await measureWithProgress(settings, history.store, ports).catch(async (error: unknown) => {
    if (!(error instanceof EndpointError)) throw error
    const { findJobPage, writeTrouble } = await import('./deliver.ts')
    writeTrouble(settings, error, output, findJobPage(env))
    if (await failsUnmeasured(settings)) throw error
    output.log(error.message)
    return null
  })
  if (result === null) return EXIT.passed
  if (result === 'interrupted') {
    output.log(`interrupted before ${isInSessions(settings) ? 'a session was complete' : 'anything was measured'}`)
    return EXIT.interrupted
  }
  // What lays out a result is loaded when there is one: until then it would only take memory.
  const { endRun } = await import('./deliver.ts')
  return endRun(settings, result, history, ports)
}

async function showDryRun(scenarios: readonly ResolvedSettings[], output: Output): Promise<void> {
  const { describePlans, encodeDryRun, renderDryRun } = await import('../shell/dry-run.ts')
  const several = scenarios.length > 1
  const plans = several ? describePlans(scenarios.map(({ settings }) => settings)) : []
  for (const line of plans.flatMap((plan) => (output.isLive ? wrap(plan, { indent: 4 }) : plan)))
    output.out(`${line}\n`)
  for (const { settings, sources } of scenarios) {
    if (several) output.out(`\n${settings.name}\n`)
    if (settings.format === 'json') output.json(encodeDryRun(settings, sources))
    // Lines stay whole unless a person reads them at a terminal.
    else output.out(renderDryRun(settings, sources, output.isLive ? {} : { width: Infinity }))
  }
}

/** Every file that will be written; scenarios may share the comment and the history. */
function listFiles(scenarios: readonly Settings[]): readonly NamedFile[] {
  const files = scenarios.flatMap((settings) => {
    const { writes } = historyPlaceOf(settings)
    return [...listWritten(RUN_SETTINGS, { ...settings }), { setting: 'baseline', path: writes }]
  })
  const isRepeated = ({ setting, path }: NamedFile, at: number): boolean =>
    (JOINT_FILES.has(setting) || setting === 'baseline') &&
    files.findIndex((other) => other.setting === setting && other.path === path) < at
  return files.filter((file, i) => !isRepeated(file, i))
}

/** Whether an endpoint that cannot be measured at all fails the check. */
async function failsUnmeasured(settings: Settings): Promise<boolean> {
  const { decideCheck } = await import('../verdict/conclude.ts')
  return decideCheck([{ word: 'not-measured', byFile: false }], settings) === 'fail'
}

/** Measures the share of a shard and writes its part; `plateau merge` joins the parts of all. */
async function runShard(
  settings: Settings,
  shard: Shard,
  { env, output, signal, system }: MeasuringPorts,
): Promise<number> {
  const { measureShard } = await import('../shards/measure-shard.ts')
  const { encodeShard, openShardPorts } = await import('../shell/measure-shards.ts')
  const { hooks, stop } = openHooks({ output, signal })
  const ports = system(env)
  const { sha } = await findRunSource(env, ports.wallClock())
  try {
    const measured = await measureShard(settings, shard, openShardPorts(settings, { ...hooks, commit: sha }, ports))
    const path = settings.part!
    writeWhole(path, encodeShard(measured, output.redact))
    output.log(`shard ${renderShard(shard)}: its part is ${path}; "plateau merge" joins it with those of the others`)
    return EXIT.passed
  } catch (error) {
    if (!signal.aborted || !(error instanceof EndpointError)) throw error
    output.log('interrupted: no part was written, and the other shards are told')
    return EXIT.interrupted
  } finally {
    stop()
  }
}
