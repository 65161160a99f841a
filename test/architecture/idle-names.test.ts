import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCommands } from '../../src/command.ts'
import { RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { FINDINGS } from '../../src/metrics/findings.ts'
import { DOUBTS, REASONS } from '../../src/report/reasons.ts'
import { VERDICT_WORDS } from '../../src/report/verdict.ts'
import { SEARCH_END_NAMES } from '../../src/vocabulary/search-ends.ts'
import { CONNECTION_TROUBLES } from '../../src/vocabulary/connection-troubles.ts'
import { FAILURE_CLASSES } from '../../src/vocabulary/failure-classes.ts'
import type { SettingList } from '../../src/settings/define.ts'
import { REPORT_JOB_SETTINGS } from '../../src/github/report-job/settings.ts'
import { eraseSettings, findIdleCodes, findIdleSettings } from './idle-names.ts'
import { compile, edit, readSources, skipCostly } from './sources.ts'
import type { Complaint, Sources } from './sources.ts'
import { addTtfb } from './ttfb.ts'

const sources = readSources()

/** Every list of settings there is; to each a setting is added that does nothing. */
const LISTS = [...sources].flatMap(([path, text]) =>
  [...text.matchAll(/^export const (\w+)_SETTINGS = \{$/gm)].map(([declaration, list]) => ({
    path,
    declaration,
    key: `idle_${list}`,
    name: `idle-${list}`,
    /** Whether its settings are those of a run, which are handed on one by one. */
    isOfRun: list === 'RUN' || sources.get('settings/lists/run-settings.ts')!.includes(`...${list}_SETTINGS`),
  })),
)
const LISTS_OF_RUN = LISTS.filter(({ isOfRun }) => isOfRun)

/** The settings of today: of the action, its report job, and every command. */
const commands = await loadCommands()
const TODAY = [RUN_SETTINGS, REPORT_JOB_SETTINGS, ...commands.map(({ settings }) => settings)].flatMap(
  (list: SettingList) => Object.entries(list).map(([key, { name }]) => ({ key, name })),
)

/** Other names that nothing produces: the file of their list, the text that they are put after, and the entry. */
const IDLE_NAMES: readonly (readonly [path: string, after: string, entry: string])[] = [
  ['github/outputs.ts', 'export const OUTPUTS = [', "{ name: 'idle-output', meaning: 'Idle', default: '' },"],
  ['metrics/findings.ts', 'export const FINDINGS = [', "{ code: 'idle-finding', meaning: '', remedy: '' },"],
  [
    'vendors/finding-kinds.ts',
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
    "import type { MetricRow } from './metric-kinds.ts'",
    `const IDLE = {
      family: 'idle', field: 'idle', fact: null, phase: null, automatic: null, needsStream: false, countsTokens: false, stopsAtKnee: false,
      isLatencyIfWhole: false, defaultSpread: 0.1, defaultPairSpread: 0.06, releaseTolerance: 0.1, label: '', meaning: '',
    } as const`,
  ],
]

/** Which source must be complained about for each name that is added and not used. */
const REFUSED_BY_TYPES: readonly (readonly [name: string, path: string])[] = [
  ...LISTS_OF_RUN.map(({ key }) => [key, `settings/complete-without-${key}.ts`] as const),
  ['idle-output', 'github/outputs.ts'],
  ['idle_class', 'load/explain.ts'],
  ['idle-auth', 'load/auth/authorizers.ts'],
  ['idleMs', 'metrics/level.ts'],
  ['idleCount', 'metrics/level/level-metrics.ts'],
  ['idleCount', 'verdict/limits.ts'],
]

/** Findings are produced where figures are judged, before and around the load, and by the story itself. */
const FINDING_ROOMS = {
  rooms: /^(?:metrics|load|run|gate|vendors)\/(?!.*finding-kinds)/,
  list: 'metrics/findings.ts',
}
const FAILURE_ROOMS = {
  rooms: /^(?:load\/transport|protocol)\/|^vocabulary\/connection-troubles/,
  list: 'vocabulary/failure-classes.ts',
}

const withSettings = addHandedOnSettings(sources)
let folder: string
let ofTypes: readonly Complaint[]
let ofErased: readonly Complaint[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plateau-idle-'))
  ;({ types: ofTypes, erased: ofErased } = await compile(folder, {
    types: skipCostly(addTtfb(addIdleNames(addForgetfulCompletions(withSettings)))),
    erased: eraseSettings(withSettings),
  }))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('the types refuse a name that is only added to its list', () => {
  test.each(REFUSED_BY_TYPES)('%s, in %s', (name, path) => {
    expect(ofTypes.filter((complaint) => complaint.path === path).map(({ message }) => message)).toContainEqual(
      expect.stringContaining(name),
    )
  })

  test('and nothing else: what is handed on satisfies them', () => {
    const refused = new Set(REFUSED_BY_TYPES.map(([, path]) => path))
    expect(ofTypes.filter(({ path, message }) => !refused.has(path) && !/idle/.test(message))).toEqual([])
    expect(ofTypes.filter(({ path }) => path === 'settings/complete.ts')).toEqual([])
  })

  test('and not a time that the records hold, which is a metric by one row and its figure', () => {
    // Types that are spelled out name every metric: what is complained about is a name of its own.
    const bare = ofTypes.map(({ message }) => message.replaceAll(/'[^']*[{|][^']*'/g, ''))
    expect(bare.filter((message) => message.includes('ttfb'))).toEqual([])
  })
})

test('every list of a run gets a setting that does nothing', () => {
  const ofRun = [...sources.get('settings/lists/run-settings.ts')!.matchAll(/\.\.\.(\w+)_SETTINGS/g)]
  expect(ofRun.length).toBeGreaterThan(3)
  expect(LISTS_OF_RUN.map(({ key }) => key).toSorted()).toEqual(
    ['idle_RUN', ...ofRun.map(([, list]) => `idle_${list}`)].toSorted(),
  )
})

test('every setting is read by somebody, and one of each list that is read by nobody is found', () => {
  expect(findIdleSettings([...TODAY, ...LISTS], withSettings, ofErased)).toEqual(LISTS.map(({ key }) => key))
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
    { rooms: /^(?:verdict|gate|github|commands)\//, list: 'report/reasons.ts' },
  ],
  ['doubt', Object.keys(DOUBTS).map(joinUnlikeness), { rooms: /^verdict\//, list: 'report/reasons.ts' }],
  [
    'end of a search',
    SEARCH_END_NAMES,
    { rooms: /^(?:metrics\/plateau|plan|load|run)\//, list: 'vocabulary/search-ends.ts' },
  ],
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

/** A setting more in each list, those of a run handed on by `completeSettings`, and read by nobody. */
function addHandedOnSettings(sources: Sources): Sources {
  const added = LISTS.map(({ path, declaration, key, name }): Edit => [
    path,
    declaration,
    `${key}: { name: '${name}', group: '', help: '', placeholder: '', default: '', read: String },`,
  ])
  const handedOn = LISTS_OF_RUN.map(({ key }): Edit => [
    'settings/complete.ts',
    '  return {\n    endpoint,',
    handOn(key),
  ])
  return [...added, ...handedOn].reduce(insert, sources)
}

function handOn(key: string): string {
  return `${key}: values.${key},`
}

/** For each list of a run a completion that forgets the setting of that one. */
function addForgetfulCompletions(sources: Sources): Sources {
  const complete = sources.get('settings/complete.ts')!
  const forgetful = LISTS_OF_RUN.map(
    ({ key }) => [`settings/complete-without-${key}.ts`, complete.replace(handOn(key), '')] as const,
  )
  return new Map([...sources, ...forgetful])
}

function addIdleNames(sources: Sources): Sources {
  return IDLE_NAMES.reduce(insert, sources)
}

type Edit = (typeof IDLE_NAMES)[number]

function insert(sources: Sources, [path, after, entry]: Edit): Sources {
  return edit(sources, path, after, `${after}\n${entry}`)
}
