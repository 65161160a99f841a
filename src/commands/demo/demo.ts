import * as story from './story.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createFileStore } from '../../baseline/file-store.ts'
import type { BaselineStore } from '../../baseline/store.ts'
import type { GateResult } from '../../gate.ts'
import { renderCurve, renderPage } from '../../render/page.ts'
import { encodeRunReport } from '../../report/run-report-codec.ts'
import { SHIPPED } from '../../simulator/repertoire.ts'
import { API_NAMES } from '../../vocabulary/endpoint-names.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { findApi } from '../../vendors/apis.ts'
import { ValueError } from '../../errors.ts'
import { defineSetting } from '../../settings/setting.ts'
import type { CommandHelp } from '../help.ts'
import { resolveFlags } from '../../settings/reading/flags.ts'
import { SWITCH, readChoice } from '../../settings/values/simple.ts'
import { buildEntries } from '../../report/history-row.ts'
import { createDemoBench, isDisturbed, DEMO_API, DEMO_PACES, DEMO_SLOWDOWN, listServerFlags } from './bench.ts'
import { EXIT } from '../../vocabulary/exit-codes.ts'
import type { Command, MeasuringPorts } from '../ports.ts'

/** The APIs of the simulated server that stream tokens, which the story is about. */
const TOLD_OVER = SHIPPED.wires.map(({ api }) => api).filter((api) => findApi(api).tasks.some(generatesTokens))

const HELP: CommandHelp = {
  summary:
    'Tells the whole story on a simulated endpoint in under 45 seconds, on a busy machine in minutes; needs nothing else',
  examples: ['plateau demo', 'plateau demo --keep', `plateau demo --api ${TOLD_OVER.at(-1)}`],
}

function readDemoApi(text: string): ApiName {
  const api = API_NAMES.find((name) => name === text.trim())
  if (api !== undefined && !findApi(api).tasks.some(generatesTokens))
    throw new ValueError(`must be an API that generates: the story is about TTFT and TPOT, which ${api} does not have`)
  return readChoice(TOLD_OVER)(text)
}

/** The settings of `plateau demo`. */
export const DEMO_SETTINGS = {
  api: defineSetting({
    name: 'api',
    group: 'Demo',
    help: `The API that the story is told over: ${TOLD_OVER.join(', ')}`,
    placeholder: 'NAME',
    default: DEMO_API,
    common: true,
    read: readDemoApi,
  }),
  keep: defineSetting({
    name: 'keep',
    group: 'Demo',
    help: 'Keep the history, the reports and the comment in their folder',
    default: 'false',
    ...SWITCH,
    common: true,
  }),
}

/** Recorded runs of the story: enough to estimate a spread, few enough to be quick. */
const HISTORY_RUNS = 4

const HISTORY_FILE = 'history.json'

export const COMMAND: Command = { help: HELP, settings: DEMO_SETTINGS, run: demoCommand }

/** `plateau demo`: records a history, judges an unchanged and a slower candidate, and shows the comment. */
export async function demoCommand(argv: readonly string[], ports: MeasuringPorts): Promise<number> {
  const { keep, api } = resolveFlags(DEMO_SETTINGS, argv)
  // An interrupt is heard from here on: without this one that comes before the first server is there would leave the folder.
  await setImmediate()
  const folder = mkdtempSync(join(tmpdir(), 'plateau-demo-'))
  try {
    return await tellStory(folder, keep, api, ports)
  } finally {
    if (!keep) rmSync(folder, { recursive: true, force: true })
  }
}

/** Tells the story on a quick server, and again on a slower one if this machine was too busy for that. */
async function tellStory(folder: string, keep: boolean, api: ApiName, ports: MeasuringPorts): Promise<number> {
  const { output } = ports
  output.out(story.tellOpening(folder, keep, api))
  for (const [i, pace] of DEMO_PACES.entries()) {
    const slower = DEMO_PACES[i + 1] ?? null
    const ended = await tellAt(pace, { folder, keep, api, isLast: slower === null }, ports)
    if (ended === 'interrupted') return EXIT.interrupted
    if (ended.surprises.length === 0) break
    if (slower === null) {
      output.out(story.tellSurprises(ended.surprises))
      return EXIT.notMeasured
    }
    output.out(story.tellAgain(ended.surprises, slower))
  }
  output.out(story.tellEnding(keep ? folder : null))
  return EXIT.passed
}

/** The recorded runs of the story, which call their file what it is in any folder: the comment is read elsewhere, too. */
function openHistory(path: string): BaselineStore {
  const store = createFileStore({ path, keep: HISTORY_RUNS })
  const load: BaselineStore['load'] = async (name) => ({ ...(await store.load(name)), origin: `file ${HISTORY_FILE}` })
  return { ...store, load }
}

interface Telling {
  readonly folder: string
  readonly keep: boolean
  readonly api: ApiName
  /** Whether no slower server is left, so that the story goes on whatever happens. */
  readonly isLast: boolean
}

/** Tells the story at one pace; returns what did not go as told, each part of a sentence. */
async function tellAt(
  pace: number,
  { folder, keep, api, isLast }: Telling,
  ports: MeasuringPorts,
): Promise<{ readonly surprises: readonly string[] } | 'interrupted'> {
  const { output } = ports
  const historyPath = join(folder, HISTORY_FILE)
  rmSync(historyPath, { force: true })
  const store = openHistory(historyPath)
  const bench = createDemoBench(ports, { historyPath, api, pace })
  const serverOf = (seed: string, slowdown = 1) => listServerFlags(seed, { pace, slowdown })

  output.out(story.tellHistory(HISTORY_RUNS))
  let newest: GateResult | null = null
  for (let run = 1; run <= HISTORY_RUNS; run++) {
    newest = await bench.measure(serverOf(`main-${run}`), null)
    if (newest === null) return 'interrupted'
    output.out(story.tellRun(run, newest.report))
    if (isDisturbed(newest) && !isLast) return { surprises: ['not all levels of main could be measured'] }
    // Each stands for a run on another day, so that each is its own point.
    const source = { sha: null, ref: 'main', runId: `demo-${run}`, attempt: 1, event: 'command', url: null }
    await store.save(buildEntries(newest.verdict, newest.rows, source, newest.looks.controls))
  }
  output.out(story.explainLoad(serverOf(`main-${HISTORY_RUNS}`), newest!.report))

  output.out(story.UNCHANGED)
  const unchanged = await bench.measure(serverOf('unchanged'), store)
  if (unchanged === null) return 'interrupted'
  output.out(story.tellVerdict(unchanged.verdict, output.colours.out))
  const surprise = story.findSurprises(unchanged.verdict, null)
  if (surprise.length > 0 && !isLast) return { surprises: surprise }

  output.out(story.SLOWER)
  const slower = await bench.measure(serverOf('slower', DEMO_SLOWDOWN), store)
  if (slower === null) return 'interrupted'
  output.out(story.tellVerdict(slower.verdict, output.colours.out))
  const surprises = story.findSurprises(unchanged.verdict, slower.verdict)
  if (surprises.length > 0 && !isLast) return { surprises }

  const comment = story.renderStoryComment(slower)
  output.out(story.tellComment(comment))
  if (keep) {
    const curve = renderCurve(slower)
    const files = {
      'comment.md': comment,
      'report.html': renderPage(slower),
      ...(curve !== null && { 'curve.svg': curve }),
      ...encodeReportFile('unchanged', unchanged),
      ...encodeReportFile('slower', slower),
    }
    for (const [name, text] of Object.entries(files)) output.file(join(folder, name), [text])
  }
  return { surprises }
}

function encodeReportFile(name: string, { report }: GateResult): Readonly<Record<string, string>> {
  return { [`${name}.json`]: `${encodeRunReport(report)}\n` }
}
