import { join } from 'node:path'
import { SettingsError, ValueError } from '../errors.ts'
import { renderEmptyTimelinePage, renderTimelineIndex, renderTimelinePage } from '../render/timeline/page.ts'
import { renderTimeline, renderTimelineMarkdown } from '../render/timeline/timeline.ts'
import { describeBadge, drawBadge, encodeShield } from '../render/timeline/badge.ts'
import { isSha } from '../report/history.ts'
import type { HistoryEntry } from '../report/history.ts'
import { listWritten, defineSetting } from '../settings/setting.ts'
import type { ValuesOf } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { DECISION_SETTINGS } from '../settings/lists/run-settings.ts'
import { splitArguments } from '../settings/reading/flags.ts'
import { readChoice, readLine } from '../settings/values/simple.ts'
import { listAllowed } from '../settings/nearest.ts'
import { escapeForTerminal, pluralise } from '../text.ts'
import { tellTimeline } from '../verdict/timeline.ts'
import type { KnownRelease, Timeline } from '../verdict/timeline.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { checkFilesToWrite, writeFile } from './files.ts'
import { resolveDecision } from './judge.ts'
import type { Command, CommandPorts } from './ports.ts'
import type { Output } from './output.ts'
import { askGit } from './recorded/record.ts'
import type { AskGit } from './recorded/record.ts'
import { defineNameSetting, findHistoryHere, listNames, readRecorded } from './recorded/recorded.ts'
import type { Recorded } from './recorded/recorded.ts'
import { GITHUB_SETTINGS } from './recorded/github-api.ts'
import { fetchRun, listMissingForRun, isRunNamed, RUN_TO_FETCH } from './recorded/run-artifact.ts'

const HELP: CommandHelp = {
  summary: 'Shows each metric over months: levels, steps with their commits, acceptances, releases, versions',
  words: '[PLACE …]',
  examples: [
    'plateau history',
    'plateau history .plateau/history.json --name llama-8b --page site/',
    'plateau history downloaded-artifacts/ --format markdown',
    'plateau history --run 1234567890 --repository owner/name --badge badge.svg',
  ],
}

const group = 'What to show'
const { gate, tolerance, metrics, expectedSpread, decision } = DECISION_SETTINGS

/** The settings of `plateau history`. */
export const HISTORY_COMMAND_SETTINGS = {
  name: defineNameSetting(group, 'The name to show'),
  page: defineSetting({
    name: 'page',
    group,
    help: 'Folder for a page of each name, and index.html with all of them',
    placeholder: 'FOLDER',
    default: null,
    common: true,
    read: readLine,
  }),
  badge: defineSetting({
    name: 'badge',
    group,
    help: 'File for a badge: .svg is a picture, .json what shields.io reads from an address',
    placeholder: 'FILE',
    default: null,
    common: true,
    writes: true,
    read: readBadgePath,
  }),
  run: { ...RUN_TO_FETCH, help: 'Workflow run whose history is fetched, instead of a place' },
  gate,
  tolerance,
  metrics,
  expectedSpread,
  decision,
  ...GITHUB_SETTINGS,
  format: defineSetting({
    name: 'format',
    group: 'Report',
    help: 'What is written to stdout: text, markdown, html (the page of one name) or json',
    placeholder: 'WORD',
    default: 'text',
    read: readChoice(['text', 'markdown', 'html', 'json']),
  }),
}

type HistoryValues = ValuesOf<typeof HISTORY_COMMAND_SETTINGS>

function readBadgePath(text: string): string {
  const path = readLine(text)
  if (!/\.(?:svg|json)$/i.test(path)) throw new ValueError('must end in .svg or .json, which says what is written')
  return path
}

export const COMMAND: Command = { help: HELP, settings: HISTORY_COMMAND_SETTINGS, run: historyCommand }

/** `plateau history`: exit code 0, whatever the history says; 2 where something could not be written. */
export async function historyCommand(argv: readonly string[], { env, output, signal }: CommandPorts): Promise<number> {
  const { words, flags } = splitArguments(HISTORY_COMMAND_SETTINGS, argv)
  const settings = resolveDecision(HISTORY_COMMAND_SETTINGS, flags, isRunNamed(flags) ? env : {})
  checkPlaces(words, settings)
  const index = { setting: 'page', path: settings.page === null ? null : join(settings.page, 'index.html') }
  checkFilesToWrite(
    [...listWritten(HISTORY_COMMAND_SETTINGS, settings), index],
    output,
    words.map((path) => ({ setting: 'place', path })),
  )
  const recorded =
    settings.run !== null
      ? await fetchRecorded(settings, signal)
      : readRecorded(words.length > 0 ? words : [findHistoryHere('place', 'a folder of artifacts')], 'place')
  if (recorded === null) return EXIT.interrupted
  const releases = await findReleases(recorded.entries, askGit)
  const names = listShown(recorded, settings)
  const timelines = names.flatMap(
    (name) =>
      tellTimeline(
        recorded.entries.filter(({ row }) => row.series.name === name),
        settings,
        releases,
      ) ?? [],
  )
  showTimelines(timelines, recorded, settings, output)
  const files = [
    ...listPages(timelines, recorded, settings.page),
    ...(settings.badge === null
      ? []
      : [{ setting: 'badge', path: settings.badge, text: encodeBadge(timelines, settings.badge) }]),
  ]
  const written = files.filter(({ text, ...file }) => writeFile(file, [output.redact(text)], output))
  if (written.length > 0)
    output.log(`wrote ${written.map(({ path }) => escapeForTerminal(path, MOST_PATH)).join(', ')}`)
  return written.length < files.length ? EXIT.refused : EXIT.passed
}

/** Characters shown of a path. */
const MOST_PATH = 300

function checkPlaces(words: readonly string[], { run, repository, githubToken }: HistoryValues): void {
  if (run === null) return
  const problems =
    words.length > 0
      ? [{ setting: 'run', given: null, message: 'and a place are both given; show one of them' }]
      : listMissingForRun({ repository, githubToken })
  if (problems.length > 0) throw new SettingsError(problems)
}

/** The history that a workflow run has recorded or was compared with; null when interrupted. */
async function fetchRecorded(settings: HistoryValues, signal: AbortSignal): Promise<Recorded | null> {
  const fetched = await fetchRun(settings, { run: settings.run!, name: settings.name }, signal)
  if (fetched === null) return null
  if (fetched.history !== null) return { entries: fetched.history.entries, invalid: 0, beside: 0 }
  const message = `${fetched.from} has recorded no history and was compared with none; name a run on the default branch, or a place`
  throw new SettingsError([{ setting: 'run', given: String(settings.run), message }])
}

/** The names to show. What `--format html` prints is about one, which must be named where there are several. */
function listShown({ entries }: Recorded, { name: wanted, format }: HistoryValues): readonly string[] {
  const names = listNames(entries, wanted)
  if (format !== 'html' || names.length < 2) return names
  const there = listAllowed('', names, (name) => escapeForTerminal(name))
  const message = `is required with --format html, as the history has ${there}; --page writes a page of each`
  throw new SettingsError([{ setting: 'name', given: null, message }])
}

/** At most this many tags are read, the newest ones. */
const MOST_TAGS = 200

/** The tags of the repository around, where it is the one whose commits were measured. */
export async function findReleases(entries: readonly HistoryEntry[], git: AskGit): Promise<readonly KnownRelease[]> {
  const sha = entries.findLast(({ source }) => isSha(source.sha ?? ''))?.source.sha ?? null
  if (sha === null || (await git(['cat-file', '-e', `${sha}^{commit}`])) === null) return []
  const format = '%(refname:short)%09%(creatordate:iso-strict)%09%(objectname)%09%(*objectname)'
  const tags = await git([
    'for-each-ref',
    '--sort=-creatordate',
    `--count=${MOST_TAGS}`,
    `--format=${format}`,
    'refs/tags',
  ])
  return (tags ?? '').split('\n').flatMap((line) => {
    const [name = '', at = '', object = '', tagged = ''] = line.split('\t')
    return name === '' || Number.isNaN(Date.parse(at)) ? [] : [{ name, at, sha: tagged === '' ? object : tagged }]
  })
}

/** Why there is nothing to show, and what to do. */
function explainNothing({ invalid }: Recorded): string {
  return invalid === 0
    ? 'The history holds no runs yet; "plateau run --append" adds one, and so does the action on the default branch.'
    : `No valid run: of ${pluralise(invalid, 'report')} none may be used; "plateau report FILE" says why of each.`
}

function showTimelines(
  timelines: readonly Timeline[],
  recorded: Recorded,
  { format }: HistoryValues,
  output: Output,
): void {
  if (format === 'json') {
    output.json(`${JSON.stringify({ schema: 'plateau/timeline@1', series: timelines }, null, 2)}\n`)
  } else if (timelines.length === 0) {
    const why = explainNothing(recorded)
    output.out(format === 'html' ? renderEmptyTimelinePage(why) : `${why}\n`)
  } else if (format === 'html') {
    output.out(renderTimelinePage(timelines[0]!))
  } else {
    const render = (timeline: Timeline): string =>
      format === 'markdown'
        ? renderTimelineMarkdown(timeline)
        : renderTimeline(timeline, { colour: output.colours.out })
    output.out(timelines.map(render).join('\n'))
  }
  const { invalid, beside } = recorded
  if (timelines.length > 0 && invalid > 0) output.log(`${pluralise(invalid, 'report')} left out: the run is not valid`)
  if (beside > 0) {
    const verb = beside === 1 ? 'is' : 'are'
    output.log(
      `${pluralise(beside, 'report')} beside the history ${verb} not shown: the history says what was recorded`,
    )
  }
}

/** A file to write, the setting that names it, and what is to stand there. */
interface PlannedFile {
  readonly setting: string
  readonly path: string
  readonly text: string
}

function listPages(timelines: readonly Timeline[], recorded: Recorded, folder: string | null): readonly PlannedFile[] {
  if (folder === null) return []
  const plan = (file: string, text: string): PlannedFile => ({ setting: 'page', path: join(folder, file), text })
  if (timelines.length === 0) return [plan('index.html', renderEmptyTimelinePage(explainNothing(recorded)))]
  const pages = timelines.map((timeline, i) => ({ timeline, file: nameFile(timeline.name, i) }))
  return [
    plan('index.html', renderTimelineIndex(pages)),
    ...pages.map(({ timeline, file }) => plan(file, renderTimelinePage(timeline, { index: 'index.html' }))),
  ]
}

/** A name is a slug where we made it; whatever else stands in a file is no path of ours. */
function nameFile(name: string, i: number): string {
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) && name !== 'index' ? `${name}.html` : `series-${i + 1}.html`
}

/** The badge in the form that the ending of its path asks for. */
function encodeBadge(timelines: readonly Timeline[], path: string): string {
  const badge = describeBadge(timelines)
  return /\.svg$/i.test(path) ? drawBadge(badge) : encodeShield(badge)
}
