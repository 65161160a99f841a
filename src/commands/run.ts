import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { EndpointError, SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import { planFor, runGate } from '../gate.ts'
import type { GateResult } from '../gate.ts'
import { createHealthProbe } from '../load/client-health.ts'
import { systemClock } from '../load/clock.ts'
import { garbageCollector, keepHeapSmall } from '../load/heap.ts'
import { assumedPreflight } from '../load/preflight.ts'
import { assumedTarget } from '../load/readiness.ts'
import { possibleLevels } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { renderPlan, renderProgress } from '../render/progress.ts'
import { renderText } from '../render/text.ts'
import { encodeRecord } from '../report/records.ts'
import { encodeRunReport } from '../report/run-report.ts'
import type { ReportPlan, RunContext } from '../report/run-report.ts'
import type { CommandHelp } from '../settings/help.ts'
import type { Environment } from '../settings/resolve.ts'
import { resolveSettings } from '../settings.ts'
import type { Settings, SourcedSetting } from '../settings.ts'
import { plain, shownUrl } from '../text.ts'
import { INTERRUPTED } from './interrupt.ts'
import type { Output } from './output.ts'
import type { CommandPorts } from './ports.ts'

export const RUN_HELP: CommandHelp = {
  name: 'run',
  summary: 'Measures an endpoint and checks it against limits',
  examples: [
    'plateau run --endpoint http://127.0.0.1:8000',
    "plateau run --endpoint https://host/v1 --model llama-8b --limits 'ttft-p50@4 <= 300ms, error-rate <= 1%' --concurrency 1,2,4,8",
    'plateau run --endpoint https://workspace/serving-endpoints/llama/invocations --report-json report.json',
  ],
}

/** A laptop keeps its history in a file. */
const COMMAND_DEFAULTS = { baseline: { kind: 'file', path: '.plateau/history.json' }, name: null } as const

/** Exit codes of a run. */
const PASS = 0
const LIMIT_BROKEN = 1
const NOT_WRITTEN = 2
const NOT_MEASURED = 3

/** `plateau run`. */
export async function runCommand(argv: readonly string[], { env, output, signal }: CommandPorts): Promise<number> {
  const { settings, sources } = resolveSettings({
    flags: argv,
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
    defaults: COMMAND_DEFAULTS,
  })
  hideSecrets(settings, output)
  if (settings.dryRun) return dryRun(settings, sources, output)
  checkFiles(settings, output)
  const result = await measure(settings, { env, output, signal })
  return deliver(settings, result, output)
}

/** Measures with progress on the output. An interrupt before the first level is an interrupt, not the endpoint's fault. */
export async function measure(
  settings: Settings,
  { env, output, signal }: CommandPorts,
): Promise<GateResult | 'interrupted'> {
  keepHeapSmall()
  const progress = createProgress(output)
  try {
    return await runGate(settings, {
      clock: systemClock,
      wallClock: () => new Date(),
      signal,
      health: createHealthProbe,
      collectGarbage: garbageCollector(),
      nonce,
      runner: runnerOf(env),
      nodeVersion: process.versions.node,
      log: output.log,
      onPlan: (plan, findings) => {
        output.log(renderPlan(reportPlan(plan)))
        for (const { message } of findings) output.log(`  ! ${plain(message)}`)
      },
      onLevelStart: progress.start,
      onLevelEnd: ({ concurrency, figures }) =>
        progress.end(renderProgress(figures, { concurrency, passes: settings.passes })),
    })
  } catch (error) {
    if (signal.aborted && error instanceof EndpointError) return 'interrupted'
    throw error
  } finally {
    progress.stop()
  }
}

/** Writes what was asked for and says how the run ended. */
export function deliver(settings: Settings, result: GateResult | 'interrupted', output: Output): number {
  if (result === 'interrupted') {
    output.log('interrupted before anything was measured')
    return INTERRUPTED
  }
  const { report, records, limits, error, cancelled } = result
  const json = encodeRunReport(report)
  output.out(settings.format === 'json' ? `${json}\n` : renderText(report, { limits, colour: process.stdout.isTTY }))
  const written = [
    writeFile(settings.reportJson, 'report-json', [`${json}\n`], output),
    writeFile(settings.records, 'records', recordLines(records), output),
  ]
  if (settings.format === 'json') for (const line of brokenLimits(limits)) output.log(line)
  if (error !== null) output.log(error.message)
  if (cancelled) {
    output.log('interrupted: the figures are those measured before')
    return INTERRUPTED
  }
  if (limits.some(({ outcome }) => outcome === 'fail')) return LIMIT_BROKEN
  if (error !== null || !report.validity.ok || limits.some(({ outcome }) => outcome === 'not-measured'))
    return NOT_MEASURED
  // A report that could not be written never hides what was measured.
  return written.includes(false) ? NOT_WRITTEN : PASS
}

const SHORTEST_HEADER_SECRET = 8

/** With JSON on stdout somebody still reads the log of the failed job. */
function brokenLimits(limits: GateResult['limits']): string[] {
  return limits
    .filter(({ outcome }) => outcome !== 'pass')
    .map(
      ({ limit, outcome, reason }) =>
        `limit ${outcome === 'fail' ? 'broken' : 'not measured'}: ${limit.text}${reason === null ? '' : ` (${reason})`}`,
    )
}

/** Files that cannot be written are a mistake of the settings: said before the run, not after it. */
function checkFiles({ reportJson, records }: Settings, output: Output): void {
  const problems: SettingProblem[] = []
  for (const [setting, path] of Object.entries({ 'report-json': reportJson, records })) {
    if (path === null) continue
    try {
      output.checkWritable(path)
    } catch (error) {
      problems.push({ setting, given: path, message: `cannot be written: ${(error as Error).message}` })
    }
  }
  if (problems.length > 0) throw new SettingsError(problems)
}

/** No secret of the settings may show, even when a server echoes it. */
function hideSecrets({ apiKey, headers, proxy, endpoint }: Settings, output: Output): void {
  if (apiKey !== null) output.hide(apiKey)
  for (const value of Object.values(headers)) {
    // The token of "Bearer <token>" is one alone, too. Short words are names, not keys.
    for (const part of [value, ...value.split(/[\s,;=]+/)]) if (part.length >= SHORTEST_HEADER_SECRET) output.hide(part)
  }
  if (proxy !== null && proxy.password !== '')
    for (const form of [proxy.password, decoded(proxy.password)]) output.hide(form)
  for (const value of endpoint.searchParams.values()) output.hide(value)
  // As they stand in the URL, and those without a name.
  for (const pair of endpoint.search.slice(1).split('&')) output.hide(pair.slice(pair.indexOf('=') + 1))
}

/** A password as it was meant; as it stands when it is not well-formed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The plan and every setting with its source; nothing is sent. */
function dryRun(settings: Settings, sources: readonly SourcedSetting[], output: Output): number {
  const target = assumedTarget(settings)
  const plan = planFor(settings, assumedPreflight(settings, target, nonce))
  output.out(`would measure ${shownUrl(target.url)} (${target.api.name}); nothing was sent\n`)
  output.out(`${renderPlan(reportPlan(plan))} (before preflight: assumes answers of 1 s)\n\n`)
  for (const cut of plan.cut) output.out(`  ! ${cut}\n`)
  const width = Math.max(...sources.map(({ name }) => name.length))
  output.out(sources.map(({ name, value, source }) => `${name.padEnd(width)}  ${value}  (${source})\n`).join(''))
  return PASS
}

function reportPlan(plan: Plan): ReportPlan {
  return { levels: possibleLevels(plan.ladder), passes: plan.ladder.passes, expected: plan.expected, cut: plan.cut }
}

/** False when the file could not be written; the reason has been said. */
function writeFile(path: string | null, setting: string, parts: Iterable<string>, output: Output): boolean {
  if (path === null) return true
  try {
    output.file(path, parts)
    return true
  } catch (error) {
    output.log(`${setting}: got "${path}"; could not be written: ${(error as Error).message}; the result stands above`)
    return false
  }
}

const LINES_AT_ONCE = 100

function* recordLines(records: GateResult['records']): Generator<string> {
  let lines: string[] = []
  for (const record of records) {
    lines.push(`${encodeRecord(record)}\n`)
    if (lines.length < LINES_AT_ONCE) continue
    yield lines.join('')
    lines = []
  }
  yield lines.join('')
}

function nonce(): string {
  return randomBytes(8).toString('hex')
}

function runnerOf(env: Environment): RunContext['runner'] {
  return {
    environment: env['GITHUB_ACTIONS'] === 'true' ? (env['RUNNER_ENVIRONMENT'] ?? 'self-hosted') : 'local',
    os: process.platform,
    arch: process.arch,
    cpuCount: availableParallelism(),
  }
}

const LIVE_INTERVAL_MS = 500

/** A line that moves while a level runs on a terminal, and one line per level everywhere. */
function createProgress(output: Output) {
  let timer: NodeJS.Timeout | null = null
  const stop = (): void => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  return {
    start({ concurrency, pass }: { concurrency: number; pass: number }) {
      const from = performance.now()
      const show = (): void =>
        output.live(`level ${concurrency}, pass ${pass}: ${((performance.now() - from) / 1000).toFixed(0)} s …`)
      stop()
      if (!output.isTerminal) return
      show()
      timer = setInterval(show, LIVE_INTERVAL_MS)
    },
    end(line: string) {
      stop()
      output.log(line)
    },
    stop,
  }
}
