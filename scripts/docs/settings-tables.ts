import { markdownTable } from 'markdown-table'
import type { Output } from './action-yml.ts'
import type { Setting, SettingList } from '../../src/settings/setting.ts'
import { describeDefault } from '../../src/commands/help.ts'
import type { Form } from '../../src/settings/prompts-file/forms.ts'
import { METRICS } from '../../src/vocabulary/metrics.ts'

/** A code with its meaning and what to do: a failure class or a finding. */
export interface CodeEntry {
  readonly code: string
  readonly meaning: string
  readonly remedy: string
}

/** A Markdown table of the settings in the list; `common` leaves out those under "Advanced". */
export function renderSettingsTable(list: SettingList, { common = false }: { common?: boolean } = {}): string {
  const settings = Object.values(list).filter((setting) => !common || setting.common === true)
  return markdownTable([['Setting', 'Default', 'Meaning'], ...settings.map(row)])
}

/** The tables of all settings, one a group under a heading. */
export function renderSettingsReference(list: SettingList): string {
  const settings = Object.entries(list)
  const groups = [...new Set(settings.map(([, setting]) => setting.group))]
  return groups
    .map((group) => {
      const members = Object.fromEntries(settings.filter(([, setting]) => setting.group === group))
      return `## ${group}\n\n${renderSettingsTable(members)}`
    })
    .join('\n\n')
}

/** A Markdown list of the settings that no config file can hold. */
export function renderOutsideList(list: SettingList): string {
  const named = (is: (setting: Setting<unknown>) => boolean): string =>
    Object.values(list)
      .filter(is)
      .map(({ name }) => `\`${name}\``)
      .join(', ')
  return [
    `- Anywhere: ${named(({ flagOnly }) => flagOnly === true)}.`,
    `- Of the action, because whoever can change a file would say where the key goes: ${named(({ inputOnly }) => inputOnly === true)}.`,
  ].join('\n')
}

/** A Markdown table of the metrics that a limit can name. */
export function renderMetricsTable(): string {
  const where = { level: 'a level', run: 'the run', both: 'a level or the run' }
  const rows = METRICS.map(({ name, meaning, quantity, better, scope }) => [
    `\`${name}\``,
    meaning,
    UNIT_EXAMPLES[quantity],
    better === 'lower' ? '`<=`' : '`>=`',
    where[scope],
  ])
  return markdownTable([['Metric', 'Meaning', 'Unit', 'Limit', 'Of'], ...rows])
}

/** A Markdown table of the outputs of an action. */
export function renderOutputsTable(outputs: readonly Output[]): string {
  const rows = outputs.map(({ name, meaning }) => [`\`${name}\``, escapeText(`${meaning}.`)])
  return markdownTable([['Output', 'Meaning'], ...rows])
}

/** A Markdown table of codes. */
export function renderCodesTable(entries: readonly CodeEntry[]): string {
  const rows = entries.map(({ code, meaning, remedy }) => [`\`${code}\``, escapeText(meaning), escapeText(remedy)])
  return markdownTable([['Code', 'Meaning', 'What to do'], ...rows])
}

/** Forms of prompts that are told apart, in the order in which they are looked for. */
export function renderFormsTable(forms: readonly Form[]): string {
  const rows = forms.map(({ name, noun, told, sent }) => [name === '' ? `${noun}s` : name, told, sent])
  return markdownTable([['Form', 'Told by', 'Sent'], ...rows])
}

const UNIT_EXAMPLES = {
  time: '`ms`, `s`',
  'tokens-per-second': '`tok/s`',
  'requests-per-second': '`req/s`',
  share: '`%`',
  concurrency: 'none',
} as const

function row(setting: Setting<unknown>): string[] {
  return [`\`${setting.name}\``, defaultCell(setting), escapeText(`${setting.help}.${entryNote(setting)}`)]
}

function defaultCell(setting: Setting<unknown>): string {
  if (setting.default !== null) return `\`${setting.default}\``
  const [action, command] = [describeDefault(setting, 'action'), describeDefault(setting, 'command')]
  return (action === command ? action : `${action}; of the command ${command}`) ?? '–'
}

function entryNote({ actionOnly, commandOnly }: Setting<unknown>): string {
  return actionOnly === true ? ' Action only.' : commandOnly === true ? ' Command only.' : ''
}

/** Angle brackets would be read as HTML; a `|` is escaped by the table. Text between backticks stays as it is. */
function escapeText(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(/[<*]/g, '\\$&')))
    .join('')
}
