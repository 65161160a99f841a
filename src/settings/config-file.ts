import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, Pair, ParsedNode, Scalar, YAMLMap } from 'yaml'
import type { SettingProblem } from '../errors.ts'
import type { Setting, SettingList } from './define.ts'
import { nearest } from './nearest.ts'
import type { Given, GivenValues } from './resolve.ts'
import { shownText } from './resolve.ts'

/** What a config file gives for one run. */
export interface ConfigFile {
  readonly given: GivenValues
  readonly problems: readonly SettingProblem[]
}

/**
 * Reads a config file: settings by their names, and under `scenarios` named maps of settings. The settings at the top
 * are those of every scenario; a scenario's own win.
 */
export function readConfigFile(
  list: SettingList,
  { path, text, scenario }: { path: string; text: string; scenario: string | null },
): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const file = new FileReader(list, path, lines, document)
  for (const error of document.errors) file.report(path, error.pos[0], `is not YAML: ${firstLine(error.message)}`)
  if (file.problems.length > 0) return file
  const root = document.contents
  if (root === null) {
    file.report(path, null, 'holds no settings; write for example "endpoint: http://127.0.0.1:8000"')
  } else if (!isMap(root)) {
    file.report(path, offset(root), 'must hold a map of settings, for example "endpoint: http://127.0.0.1:8000"')
  } else {
    file.readMap(root)
    file.readScenario(root, scenario)
  }
  return file
}

/** Collects what one document gives and what is wrong with it. */
class FileReader implements ConfigFile {
  readonly given = new Map<string, Given>()
  readonly problems: SettingProblem[] = []
  readonly #settings: ReadonlyMap<string, Setting<unknown>>
  readonly #path: string
  readonly #lines: LineCounter
  readonly #document: Document.Parsed

  constructor(list: SettingList, path: string, lines: LineCounter, document: Document.Parsed) {
    this.#settings = new Map(Object.values(list).map((setting) => [setting.name, setting]))
    this.#path = path
    this.#lines = lines
    this.#document = document
  }

  report(setting: string, at: number | null, message: string): void {
    this.problems.push({ setting, given: null, message: `${message} (${this.#place(at)})` })
  }

  /** Takes the settings of one map; later calls win. */
  readMap(map: YAMLMap): void {
    for (const pair of map.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : null
      const at = offset(pair.key)
      if (name === null) this.report(this.#path, at, 'has a key that is not a name')
      else if (name !== 'scenarios' || map !== this.#document.contents) this.#readPair(name, pair, at)
    }
  }

  /** Takes the settings of the scenario that is asked for. */
  readScenario(root: YAMLMap, wanted: string | null): void {
    const pair = root.items.find(({ key }) => isScalar(key) && key.value === 'scenarios')
    if (pair === undefined) {
      if (wanted !== null)
        this.report('scenario', null, `"${shownText(wanted)}" is not there: the file has no scenarios`)
      return
    }
    const scenarios = this.#resolved(pair.value)
    if (!isMap(scenarios) || scenarios.items.length === 0) {
      this.report('scenarios', offset(pair.key), 'must be a map of names to settings, at least one')
      return
    }
    const names = scenarios.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''))
    const found = wanted === null ? undefined : scenarios.items[names.indexOf(wanted)]
    if (wanted === null) {
      this.report(
        'scenario',
        offset(pair.key),
        `is required, the file has several settings: one of ${names.join(', ')}`,
      )
    } else if (found === undefined) {
      this.report('scenario', offset(pair.key), `"${shownText(wanted)}" is not in the file; it has ${names.join(', ')}`)
    } else {
      const settings = this.#resolved(found.value)
      if (isMap(settings)) this.readMap(settings)
      else this.report(`scenarios.${wanted}`, offset(found.key), 'must be a map of settings')
    }
  }

  #readPair(name: string, pair: Pair, at: number | null): void {
    const setting = this.#settings.get(name)
    if (setting === undefined) {
      const similar = nearest(name, [...this.#settings.keys(), 'scenarios'])
      this.report(shownText(name), at, `is not a setting${similar === null ? '' : `; did you mean ${similar}?`}`)
    } else if (setting.secret === true && setting.flagOnly === true) {
      const remedy =
        setting.env === undefined ? `use --${name}` : `remove it, revoke it if it was shared, and set ${setting.env}`
      this.report(name, at, `must not stand in a file; ${remedy}`)
    } else if (setting.flagOnly === true) {
      this.report(name, at, `must not stand in a file; use --${name}`)
    } else {
      this.#readValue(setting, this.#resolved(pair.value), at)
    }
  }

  /** One text for whatever form the value has, so that each setting has one reader. */
  #readValue(setting: Setting<unknown>, node: unknown, at: number | null): void {
    const valueAt = offset(node) ?? at
    if (isScalar(node) && node.value !== null) {
      this.#give(setting, textOf(node), valueAt)
    } else if (isSeq(node) && setting.file === 'list') {
      const entries = node.items.map((item) => this.#resolved(item))
      if (entries.every((entry) => isScalar(entry)) && entries.every((entry) => entry.value !== null)) {
        this.#give(setting, entries.map(textOf).join('\n'), valueAt)
      } else {
        this.report(setting.name, valueAt, 'must be a list of plain values')
      }
    } else if (isMap(node) && setting.file === 'map') {
      this.#giveMap(setting, node, valueAt)
    } else if (node === null || (isScalar(node) && node.value === null)) {
      this.report(setting.name, at, 'has no value; give one, or remove the line to have the default')
    } else {
      const forms = setting.file === undefined ? 'one value' : `one value or a ${setting.file}`
      this.report(setting.name, valueAt, `must be ${forms}, for example ${setting.default ?? setting.placeholder}`)
    }
  }

  /** Aliases that repeat each other without end, or point nowhere, are a fault of the file. */
  #giveMap(setting: Setting<unknown>, node: YAMLMap, at: number | null): void {
    try {
      this.#give(setting, JSON.stringify(node.toJS(this.#document)), at)
    } catch (error) {
      this.report(setting.name, at, `cannot be read: ${firstLine((error as Error).message)}; write it without aliases`)
    }
  }

  #give(setting: Setting<unknown>, text: string, at: number | null): void {
    this.given.set(setting.name, { text, source: 'file', where: this.#place(at) })
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

/** What was written, where YAML would make another value of it: 010 is not 8, 0.10 is not 0.1. */
function textOf(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? JSON.stringify(node.value))
}

function offset(node: unknown): number | null {
  return (node as Node | ParsedNode | null)?.range?.[0] ?? null
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.replace(/:?\s*$/, '')
}
