import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, Pair, ParsedNode, Scalar, YAMLError, YAMLMap } from 'yaml'
import type { SettingProblem } from '../../errors.ts'
import { dropUnseen } from '../../text.ts'
import { spellSetting, showValue } from '../setting.ts'
import type { EntryPoint, Setting, SettingList, Given, GivenValues } from '../setting.ts'
import { listMixed } from '../lists/workload-settings.ts'
import { toSlug } from '../lists/history-settings.ts'
import { explainUnknown, listAllowed } from '../nearest.ts'

/** What a config file gives for one run. */
export interface ConfigFile {
  readonly given: GivenValues
  readonly problems: readonly SettingProblem[]
  /** With `scenario: all` what each scenario gives itself, by its name, in the order of the file; `given` is then what stands at the top. */
  readonly scenarios?: ReadonlyMap<string, GivenValues>
  /** What each scenario gives itself that a mix names; with `scenario: all` every one. */
  readonly mixed?: ReadonlyMap<string, GivenValues>
  /** All scenarios of the file. */
  readonly names?: readonly string[]
}

/** The word for every scenario of the file. */
const ALL_SCENARIOS = 'all'

/** One missing bracket can make every following line a fault. */
const MOST_FAULTS = 5

/**
 * Reads a config file: settings by name, and under `scenarios` named maps of settings. Settings at the top are for
 * every scenario; a scenario's own take precedence.
 */
export function readConfigFile(
  list: SettingList,
  {
    path,
    text,
    scenario,
    mix = null,
    entry,
  }: {
    readonly path: string
    readonly text: string
    readonly scenario: string | null
    /** The mix that stands outside of the file; null: none does. */
    readonly mix?: string | null
    readonly entry: EntryPoint
  },
): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const file = new FileReader(list, path, lines, document, entry)
  for (const error of document.errors.slice(0, MOST_FAULTS)) file.report(path, error.pos[0], describeFault(error, text))
  const more = document.errors.length - MOST_FAULTS
  if (more > 0) file.report(path, null, `has ${more} more ${more === 1 ? 'fault' : 'faults'} of this kind`)
  // A file with duplicate keys can still be read, and may hold other mistakes.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return file
  const root = document.contents
  if (root === null) {
    file.report(path, null, 'holds no settings; write for example "endpoint: http://127.0.0.1:8000"')
  } else if (!isMap(root)) {
    file.report(path, readOffset(root), 'must hold a map of settings, for example "endpoint: http://127.0.0.1:8000"')
  } else {
    file.readMap(root)
    file.readScenario(root, scenario, mix)
  }
  return file
}

/** Collects what one document gives and what is wrong with it. */
class FileReader implements ConfigFile {
  readonly given = new Map<string, Given>()
  readonly scenarios = new Map<string, ReadonlyMap<string, Given>>()
  readonly mixed = new Map<string, ReadonlyMap<string, Given>>()
  names: readonly string[] = []
  readonly problems: SettingProblem[] = []
  /** Where the settings of the map that is read go. */
  #target = this.given
  /** Whether that map is a scenario. */
  #isInScenario = false
  readonly #settings: ReadonlyMap<string, Setting<unknown>>
  readonly #path: string
  readonly #lines: LineCounter
  readonly #document: Document.Parsed
  readonly #entry: EntryPoint

  constructor(list: SettingList, path: string, lines: LineCounter, document: Document.Parsed, entry: EntryPoint) {
    this.#settings = new Map(Object.values(list).map((setting) => [setting.name, setting]))
    this.#path = path
    this.#lines = lines
    this.#document = document
    this.#entry = entry
  }

  report(setting: string, at: number | null, message: string): void {
    this.problems.push({ setting, given: null, message: `${message} (${this.#place(at)})` })
  }

  /** Takes the settings of one map; later calls overwrite earlier ones. */
  readMap(map: YAMLMap): void {
    for (const pair of map.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : null
      const at = readOffset(pair.key)
      if (name === null) this.report(this.#path, at, 'has a key that is not a name')
      else if (name !== 'scenarios' || map !== this.#document.contents) this.#readPair(name, pair, at)
    }
  }

  /** Takes the settings of the scenario that is asked for. */
  readScenario(root: YAMLMap, wanted: string | null, mixed: string | null): void {
    this.#isInScenario = true
    const pair = root.items.find(({ key }) => isScalar(key) && key.value === 'scenarios')
    if (pair === undefined) {
      if (wanted !== null)
        this.report(
          'scenario',
          null,
          `"${showValue(wanted)}" is not there: the file has no scenarios; remove scenario, or write it under scenarios`,
        )
      return
    }
    const scenarios = this.#resolved(pair.value)
    if (!isMap(scenarios) || scenarios.items.length === 0) {
      this.report('scenarios', readOffset(pair.key), 'must be a map of names to settings, at least one')
      return
    }
    const names = scenarios.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''))
    this.names = names
    this.#checkNames(scenarios)
    const found = wanted === null ? undefined : scenarios.items[names.indexOf(wanted)]
    const isMixed = mixed !== null || this.given.has('mix')
    if (wanted === null) {
      if (!isMixed)
        this.report(
          'scenario',
          readOffset(pair.key),
          `is required, the file has several settings: one of ${names.join(', ')}, or ${ALL_SCENARIOS}`,
        )
    } else if (wanted === ALL_SCENARIOS) {
      for (const [i, { key, value }] of scenarios.items.entries())
        this.scenarios.set(names[i]!, this.#readOne(names[i]!, key, value))
    } else if (found === undefined) {
      this.report(
        'scenario',
        readOffset(pair.key),
        `"${showValue(wanted)}" is not in the file; it has ${listAllowed(wanted, names, showValue)}`,
      )
    } else {
      const settings = this.#resolved(found.value)
      if (isMap(settings)) this.readMap(settings)
      else this.report(`scenarios.${wanted}`, readOffset(found.key), 'must be a map of settings')
    }
    const meant = new Set(wanted === ALL_SCENARIOS ? names : listMixed(mixed ?? this.given.get('mix')?.text ?? ''))
    for (const [i, { key, value }] of scenarios.items.entries())
      if (meant.has(names[i]!))
        this.mixed.set(names[i]!, this.scenarios.get(names[i]!) ?? this.#readOne(names[i]!, key, value))
  }

  #readOne(scenario: string, key: unknown, value: unknown): ReadonlyMap<string, Given> {
    const settings = this.#resolved(value)
    const own = new Map<string, Given>()
    this.#target = own
    if (isMap(settings)) this.readMap(settings)
    else this.report(`scenarios.${showValue(scenario)}`, readOffset(key), 'must be a map of settings')
    this.#target = this.given
    return own
  }

  /** Two scenarios of the same name would share one history, and nobody could tell apart two whose names read alike. */
  #checkNames(scenarios: YAMLMap): void {
    const taken = new Map<string, string>()
    const seen = new Map<string, string>()
    for (const { key, value } of scenarios.items) {
      const scenario = isScalar(key) ? String(key.value) : ''
      const settings = this.#resolved(value)
      const own = isMap(settings) ? this.#resolved(settings.get('name', true)) : undefined
      const name = isScalar(own) ? textOf(own) : toSlug(scenario)
      const other = taken.get(name)
      if (other !== undefined && name !== '') {
        const both = `"${showValue(other)}" and "${showValue(scenario)}"`
        this.report(
          'scenarios',
          readOffset(key),
          `${both} have one name, ${showValue(name)}; give one of them another name`,
        )
      }
      taken.set(name, scenario)
      const read = dropUnseen(scenario)
      if ((seen.get(read) ?? scenario) !== scenario)
        this.report(
          'scenarios',
          readOffset(key),
          `two of them read "${showValue(read)}", and differ only in what does not show; give one of them another name`,
        )
      seen.set(read, scenario)
      if (scenario === ALL_SCENARIOS)
        this.report(
          'scenarios',
          readOffset(key),
          `"${ALL_SCENARIOS}" stands for every scenario; give this one another name`,
        )
    }
  }

  #readPair(name: string, pair: Pair, at: number | null): void {
    const setting = this.#settings.get(name)
    if (setting === undefined) {
      const names = [...this.#settings.keys(), 'scenarios']
      this.report(showValue(name), at, explainUnknown(name, names, { spell: (similar) => similar, otherwise: '' }))
    } else if (this.#isRefused(setting)) {
      this.report(name, at, `must not stand in a file; ${this.#remedy(setting)}`)
    } else {
      this.#readValue(setting, this.#resolved(pair.value), at)
    }
  }

  #isRefused({ flagOnly, inputOnly }: Setting<unknown>): boolean {
    return flagOnly === true || (inputOnly === true && this.#entry === 'action')
  }

  #remedy({ name, secret, flagOnly, notInFile, actionOnly, commandOnly, env }: Setting<unknown>): string {
    const entry = actionOnly === true ? 'action' : commandOnly === true ? 'command' : this.#entry
    const there = entry === 'command' && env !== undefined ? `set ${env}` : `use ${spellSetting(name, entry)}`
    if (notInFile !== undefined) return `${there}: ${notInFile}`
    if (secret === true && flagOnly === true) return `remove it, revoke it if it was shared, and ${there}`
    return flagOnly === true ? there : `${there}: a file that others can change must not say where the key goes`
  }

  /** Turns any form of value into text, so that each setting needs only one reader. */
  #readValue(setting: Setting<unknown>, node: unknown, at: number | null): void {
    const valueAt = readOffset(node) ?? at
    if (isScalar(node) && node.value !== null) {
      this.#give(setting, textOf(node), valueAt)
    } else if (isSeq(node) && (setting.file === 'list' || setting.file === 'records')) {
      const entries = node.items.map((item) => this.#entryText(setting, this.#resolved(item)))
      if (entries.every((entry) => entry !== null)) this.#give(setting, entries.join('\n'), valueAt)
      else
        this.report(setting.name, valueAt, `must be a list of ${setting.file === 'list' ? '' : 'maps or '}plain values`)
    } else if (isMap(node) && setting.file === 'map') {
      this.#giveMap(setting, node, valueAt)
    } else if (node === null || (isScalar(node) && node.value === null)) {
      this.report(setting.name, at, 'has no value; give one, or remove the line to have the default')
    } else {
      const forms = setting.file === undefined ? 'one value' : `one value or ${FORMS[setting.file]}`
      this.report(setting.name, valueAt, `must be ${forms}, for example ${setting.default ?? setting.placeholder}`)
    }
  }

  /** One entry of a list as a line: a plain value as it is, a map as JSON. */
  #entryText(setting: Setting<unknown>, entry: unknown): string | null {
    if (isScalar(entry) && entry.value !== null) return textOf(entry)
    if (!isMap(entry) || setting.file !== 'records') return null
    const members = entry.items.map(({ key, value }) => {
      const member = this.#resolved(value)
      return isScalar(key) && isScalar(member) && member.value !== null ? [String(key.value), textOf(member)] : null
    })
    return members.every((member) => member !== null) ? JSON.stringify(Object.fromEntries(members)) : null
  }

  /** Aliases that repeat each other without end, or point nowhere, are a fault of the file. */
  #giveMap(setting: Setting<unknown>, node: YAMLMap, at: number | null): void {
    try {
      this.#give(setting, JSON.stringify(node.toJS(this.#document)), at)
    } catch (error) {
      this.report(
        setting.name,
        at,
        `cannot be read: ${takeFirstLine((error as Error).message)}; write it without aliases`,
      )
    }
  }

  #give(setting: Setting<unknown>, text: string, at: number | null): void {
    const own = this.#isInScenario ? ({ isOfScenario: true } as const) : {}
    this.#target.set(setting.name, { text, source: 'file', where: this.#place(at), ...own })
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node
  }

  #place(at: number | null): string {
    if (at === null) return this.#path
    const { line, col } = this.#lines.linePos(at)
    return `${this.#path}, line ${line}, column ${col}`
  }
}

const FORMS = { list: 'a list', map: 'a map', records: 'a list of maps' } as const

/** What is wrong with the text; a duplicate key is valid syntax, and named, and so are several documents. */
function describeFault({ code, message, pos }: YAMLError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'holds several documents; keep one, and no line "---" after its first setting'
  if (code !== 'DUPLICATE_KEY') return `is not YAML: ${takeFirstLine(message)}`
  const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(pos[0]))![0].replace(/^["']|["']$/g, '')
  return `has "${showValue(key)}" twice; a setting, and a scenario, can be there only once`
}

/** The value as written, because YAML would change it: 010 is not 8, 0.10 is not 0.1. */
function textOf(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? JSON.stringify(node.value))
}

function readOffset(node: unknown): number | null {
  return (node as Node | ParsedNode | null)?.range?.[0] ?? null
}

function takeFirstLine(text: string): string {
  return text.split('\n', 1)[0]!.trimEnd().replace(/:$/, '')
}
