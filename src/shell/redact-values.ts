import { z } from 'zod'
import { OUR_WORDS } from '../report/run-report-codec.ts'

/** Hides secrets in a text. */
export type Redact = (text: string) => string

/**
 * The same value without secrets in its texts. It is done before texts are laid out, wrapped or escaped, where a secret would
 * no longer look like one. Only texts that come from outside change: a secret may be the same word as one of ours (`check`,
 * `limited`), and a report without it could not be read any more. So keys, numbers and the words of the schema stay, and a
 * text with a form (a date, a hash) that would lose it.
 */
export function redactTexts<T>(value: T, schema: z.ZodType<T>, redact: Redact): T {
  return redactWithin(value, schema, redact) as T
}

/** `schema` is null where the format says nothing about a value: then every text in it comes from outside. */
function redactWithin(value: unknown, schema: z.ZodType | null, redact: Redact): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'string')) return value
  const shape = schema === null ? null : shapeOf(schema, value)
  if (typeof value === 'string') return shape === null ? redact(value) : redactText(value, shape, redact)
  if (Array.isArray(value)) {
    const element = shape instanceof z.ZodArray ? (shape.element as z.ZodType) : null
    return value.map((item) => redactWithin(item, element, redact))
  }
  const members = Object.entries(value).map(([key, member]) => {
    return [key, redactWithin(member, memberOf(shape, key), redact)] as const
  })
  return Object.fromEntries(members)
}

function redactText(text: string, schema: z.ZodType, redact: Redact): string {
  if (!(schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) || OUR_WORDS.has(schema)) return text
  const clean = redact(text)
  return !fits(clean, schema) && fits(text, schema) ? text : clean
}

/** What a schema asks of a value that may be missing, or that is one of several things. */
function shapeOf(schema: z.ZodType, value: unknown): z.ZodType | null {
  if (schema instanceof z.ZodUnion) {
    const option = (schema.options as z.ZodType[]).find((each) => fits(value, each))
    return option === undefined ? null : shapeOf(option, value)
  }
  if (
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault
  ) {
    return shapeOf(schema.unwrap() as z.ZodType, value)
  }
  return schema
}

function memberOf(schema: z.ZodType | null, key: string): z.ZodType | null {
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, key)) return null
  return schema.shape[key] as z.ZodType
}

function fits(value: unknown, schema: z.ZodType): boolean {
  return schema.safeParse(value).success
}
