import { z } from 'zod'
import { historySchema } from '../../src/report/history-codec.ts'
import { runReportSchema } from '../../src/report/run-report-codec.ts'
import { verdictSchema } from '../../src/report/verdict-codec.ts'
import type { Setting, SettingList } from '../../src/settings/setting.ts'

/** A JSON Schema, as far as it is written here. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The published JSON Schemas of what is written, as it stands in files: before a reader fills in its defaults. */
export const REPORT_JSON_SCHEMA = jsonSchemaOf('Plateau run report', runReportSchema)
export const VERDICT_JSON_SCHEMA = jsonSchemaOf('Plateau verdict', verdictSchema)
export const HISTORY_JSON_SCHEMA = jsonSchemaOf('Plateau history', historySchema)

function jsonSchemaOf(title: string, schema: z.ZodType): JsonSchema {
  return { ...z.toJSONSchema(schema, { io: 'input' }), title }
}

/** The JSON Schema of a config file, for editors: names, descriptions and forms. Values are checked by the readers. */
export function settingsJsonSchema(list: SettingList): JsonSchema {
  const settings = Object.values(list).filter((setting) => setting.flagOnly !== true)
  const properties = Object.fromEntries(settings.map((setting) => [setting.name, describeValue(setting)]))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Plateau config file',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties,
      scenarios: {
        description: 'Named settings, one of which --scenario picks, or all; they win over the settings at the top',
        type: 'object',
        minProperties: 1,
        additionalProperties: { $ref: '#/$defs/settings' },
      },
    },
    $defs: { settings: { type: 'object', additionalProperties: false, properties } },
  }
}

function describeValue(setting: Setting<unknown>): JsonSchema {
  const scalar = { type: setting.switch === true ? 'boolean' : ['string', 'number'] }
  return {
    description: setting.help,
    ...(setting.default === null
      ? {}
      : { default: setting.switch === true ? setting.default === 'true' : setting.default }),
    ...form(setting, scalar),
  }
}

/** A map of plain values; its reader knows the names. */
const RECORD: JsonSchema = { type: 'object', additionalProperties: { type: ['string', 'number'] } }

function form(setting: Setting<unknown>, scalar: JsonSchema): JsonSchema {
  switch (setting.file) {
    case 'list':
      return { anyOf: [scalar, { type: 'array', minItems: 1, items: scalar }] }
    case 'records':
      return { anyOf: [scalar, { type: 'array', minItems: 1, items: { anyOf: [scalar, RECORD] } }] }
    case 'map':
      return { anyOf: [{ type: 'string' }, { type: 'object' }] }
    default:
      return scalar
  }
}
