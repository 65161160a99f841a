import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCommands } from '../../src/command.ts'
import { ACTION_SETTINGS, RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { FINDINGS } from '../../src/metrics/findings.ts'
import { DOUBTS, REASONS, VERDICT_WORDS } from '../../src/report/verdict.ts'
import { SEARCH_END_NAMES } from '../../src/vocabulary/load.ts'
import { CONNECTION_TROUBLES } from '../../src/vocabulary/connection-troubles.ts'
import { FAILURE_CLASSES } from '../../src/vocabulary/failure-classes.ts'
import type { Setting, SettingList } from '../../src/settings/setting.ts'
import { REPORT_JOB_SETTINGS } from '../../src/github/report-job.ts'
import { eraseSettings, findIdleCodes, findIdleSettings } from './idle-names.ts'
import { findReached } from './reached.ts'
import { compile, edit, readSources, skipCostly } from './sources.ts'
import type { Complaint, Sources } from './sources.ts'
import { addTtfb } from './ttfb.ts'

const sources = readSources()

/** Every list of settings there is; to each a setting is added that does nothing. */
const LISTS = [...sources].flatMap(([path, text]) =>
  [...text.matchAll(/^export const (\w+)_SETTINGS = \{$/gm)].map(([declaration, list]) => ({
    path,
    declaration,
    list: `${list!}_SETTINGS`,
    key: `idle_${list}`,
    name: `idle-${list}`,
  })),
)

/** Who takes settings, each with the file that it begins in. */
const TAKERS: readonly (readonly [entry: string, settings: SettingList])[] = [
  ['action.ts', ACTION_SETTINGS],
  ['report-job.ts', REPORT_JOB_SETTINGS],
  ...(await loadCommands()).map(({ help, settings }) => [entryOf(help.name), settings] as const),
]

function entryOf(command: string): string {
  const loads = new RegExp(`^  (?:async )?${command}\\b[^']*import\\('\\./([^']*)'\\)`, 'm')
  return loads.exec(sources.get('command.ts')!)![1]!
}

const listNamed = (settings: SettingList) => Object.entries(settings).map(([key, { name }]) => ({ key, name }))

/** A bound on other settings: what the command does by it is the check of these. */
const BOUND = 'allowedHosts'

/** Other names that nothing produces: the file of their list, the text that they are put after, and the entry. */
const IDLE_NAMES: readonly (readonly [path: string, after: string, entry: string])[] = [
  ['github/outputs.ts', 'export const OUTPUTS = [', "{ name: 'idle-output', meaning: 'Idle', default: '' },"],
  ['metrics/findings.ts', 'export const FINDINGS = [', "{ code: 'idle-finding', meaning: '', remedy: '' },"],
  [
    'vendors/vendor.ts',
    'export const VENDOR_FINDINGS = [',
    "{ code: 'idle-vendor-finding', meaning: '', remedy: '' },",
  ],
  [
    'vocabulary/failure-classes.ts',
    'export const FAILURE_CLASSES = [',
    "{ code: 'idle_class', meaning: '', remedy: '' },",
  ],
  ['vocabulary/endpoint-names.ts', 'export const AUTH_WORDS = [', "'idle-auth',"],
  [
    'vocabulary/metric-rows.ts',
    'const ROWS = [',
    "...percentilesOf({ ...IDLE, family: 'idle-time', field: 'idleMs' }),",
  ],
  [
    'vocabulary/metric-rows.ts',
    'const ROWS = [',
    "{ ...percentilesOf(IDLE)[0], name: 'idle-share', percentile: null, quantity: 'share', field: 'idleCount', scope: 'both' },",
  ],
  [
    'vocabulary/metric-rows.ts',
    "import type { RequestRecord } from './request-facts.ts'",
    `const IDLE = {
      family: 'idle', field: 'idle', fact: null, phase: null, automatic: null, needsStream: false, countsTokens: false, stopsAtKnee: false,
      isLatencyIfWhole: false, defaultSpread: 0.1, defaultPairSpread: 0.06, releaseTolerance: 0.1, label: '', meaning: '',
    } as const`,
  ],
]

/** Which source must be complained about for each name that is added and not used. */
const REFUSED_BY_TYPES: readonly (readonly [name: string, path: string])[] = [
  ['idle-output', 'github/outputs.ts'],
  ['idle_class', 'load/explain.ts'],
  ['idle-auth', 'load/auth/authorizers.ts'],
  ['idleMs', 'metrics/level.ts'],
  ['idleCount', 'metrics/level/level-metrics.ts'],
  ['idleCount', 'verdict/limits.ts'],
]

/** Findings are produced where figures are judged, before and around the load, and by the story itself. */
const FINDING_ROOMS = {
  rooms: /^(?:metrics|load|run|gate|vendors)\/(?!vendor\.ts)/,
  list: 'metrics/findings.ts',
}
const FAILURE_ROOMS = {
  rooms: /^(?:load\/transport|protocol)\/|^vocabulary\/connection-troubles/,
  list: 'vocabulary/failure-classes.ts',
}

const withSettings = addIdleSettings(sources)
const erased = eraseSettings(dropIdleSettings(withSettings))
let folder: string
let ofTypes: readonly Complaint[]
let ofErased: readonly Complaint[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plateau-idle-'))
  ;({ types: ofTypes, erased: ofErased } = await compile(folder, {
    types: skipCostly(addTtfb(addIdleNames(withSettings))),
    erased,
  }))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('the types refuse a name that is only added to its list', () => {
  test.each(REFUSED_BY_TYPES)('%s, in %s', (name, path) => {
    expect(ofTypes.filter((complaint) => complaint.path === path).map(({ message }) => message)).toContainEqual(
      expect.stringContaining(name),
    )
  })

  test('and nothing else', () => {
    const refused = new Set(REFUSED_BY_TYPES.map(([, path]) => path))
    expect(ofTypes.filter(({ path, message }) => !refused.has(path) && !/idle/.test(message))).toEqual([])
  })

  test('and not a time that the records hold, which is a metric by one row and its figure', () => {
    // Types that are spelled out name every metric: what is complained about is a name of its own.
    const bare = ofTypes.map(({ message }) => message.replaceAll(/'[^']*[{|][^']*'/g, ''))
    expect(bare.filter((message) => message.includes('ttfb'))).toEqual([])
  })
})

test('every list of a run gets a setting that does nothing', () => {
  const ofRun = [...sources.get('settings/lists/run-settings.ts')!.matchAll(/\.\.\.(\w+_SETTINGS)/g)]
  expect(ofRun.length).toBeGreaterThan(3)
  expect(LISTS.map(({ list }) => list)).toEqual(expect.arrayContaining(ofRun.map(([, list]) => list)))
})

test('a setting of each list that is read by nobody, and one that is only taken out of others and dropped, is found', () => {
  const everything = [...erased].map(([path, text]) => ({ path, text, lines: [1, Infinity] as const }))
  expect(findIdleSettings(LISTS, ofErased, everything)).toEqual(LISTS.map(({ key }) => key))
})

test.each(TAKERS)('every setting that %s takes is read by what it uses', (entry, settings) => {
  const { [BOUND]: _, ...others } = settings
  expect(findIdleSettings(listNamed(others), ofErased, findReached(entry, erased))).toEqual([])
})

test.each(['merge', 'compare', 'report', 'audit', 'history', 'doctor', 'simulate'])(
  'a setting of plateau %s that only a run reads is found',
  (command) => {
    const { controlTiming, pauseMs } = RUN_SETTINGS
    const reached = findReached(entryOf(command), erased)
    const found = findIdleSettings(listNamed({ controlTiming, pauseMs }), ofErased, reached)
    expect(found).toEqual(['controlTiming', 'pauseMs'])
  },
)

test('every setting of every list is taken by somebody', async () => {
  const taken = TAKERS.flatMap(([, settings]) => Object.values(settings))
  const isTaken = ({ name, read }: Setting<unknown>) => taken.some((one) => one.name === name && one.read === read)
  for (const { path, list } of LISTS) {
    const { [list]: settings } = (await import(`../../src/${path}`)) as Readonly<Record<string, SettingList>>
    expect(
      Object.values(settings!).filter((setting) => !isTaken(setting)),
      list,
    ).toEqual([])
  }
})

test.each([
  ['finding', FINDINGS.map(({ code }) => code), FINDING_ROOMS],
  ['failure class', FAILURE_CLASSES.map(({ code }) => code), FAILURE_ROOMS],
  [
    'trouble of a connection',
    Object.keys(CONNECTION_TROUBLES),
    { rooms: /^load\//, list: 'vocabulary/connection-troubles.ts' },
  ],
  [
    'reason of a verdict',
    REASONS.map(({ code }) => code),
    { rooms: /^(?:verdict|gate|github|commands)\//, list: 'report/verdict.ts' },
  ],
  ['doubt', Object.keys(DOUBTS).map(joinUnlikeness), { rooms: /^verdict\//, list: 'report/verdict.ts' }],
  ['end of a search', SEARCH_END_NAMES, { rooms: /^(?:metrics\/plateau|plan|load|run)\//, list: 'vocabulary/load.ts' }],
  ['verdict', VERDICT_WORDS, { rooms: /^verdict\//, list: 'report/verdict.ts' }],
])('every %s is produced, and one that is only listed is found', (_, names, rooms) => {
  const idle = ['idle-finding', 'idle-vendor-finding', 'idle_class']
  expect(findIdleCodes([...names, ...idle], addIdleNames(sources), rooms)).toEqual(idle)
})

/** The doubts about a run at another time than the recorded ones are made of two words. */
function joinUnlikeness(doubt: string): string {
  return doubt.replace(/^other-(?:hour|day)$/, 'other-<when>')
}

test.each([
  ["{ code: 'stale', message }", []],
  ["['stale', rule],", []],
  ["return 'stale'", []],
  ["if (code === 'stale')", ['stale']],
  ["case 'stale':", ['stale']],
  ["seen.has('stale')", ['stale']],
  ["const LATE = ['stale']", ['stale']],
  ["'staleness'", ['stale']],
])('%s leaves idle: %j', (text, idle) => {
  expect(findIdleCodes(['stale'], new Map([['load/a.ts', text]]), FINDING_ROOMS)).toEqual(idle)
})

/** A setting more in each list, which nobody reads. */
function addIdleSettings(sources: Sources): Sources {
  return LISTS.map(({ path, declaration, key, name }): Edit => [
    path,
    declaration,
    `${key}: { name: '${name}', group: '', help: '', placeholder: '', default: '', read: String },`,
  ]).reduce(insert, sources)
}

/** Somebody who keeps other settings than these. */
function dropIdleSettings(sources: Sources): Sources {
  const dropped = LISTS.map(({ key }) => `${key}: _${key}`).join(', ')
  const before = "import type { Settings } from './settings.ts'"
  return insert(sources, [
    'gate.ts',
    before,
    `export const keepOthers = ({ ${dropped}, ...others }: Settings) => others`,
  ])
}

function addIdleNames(sources: Sources): Sources {
  return IDLE_NAMES.reduce(insert, sources)
}

type Edit = (typeof IDLE_NAMES)[number]

function insert(sources: Sources, [path, after, entry]: Edit): Sources {
  return edit(sources, path, after, `${after}\n${entry}`)
}
