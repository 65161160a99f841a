/** Stands for a secret in what is stored. Its hash would be no better: a short secret is found by trying. */
const PLACEHOLDER = '(secret)'

/** What a name makes of the texts and the numbers below it. */
type Holds = 'secrets' | 'secret texts' | 'nothing secret'

/**
 * The same members of `extra-body` with a constant for each value that is secret by its name, so that two bodies that
 * differ only in a key are one series.
 */
export function withoutSecretValues(extraBody: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return replaced(extraBody, 'nothing secret', () => PLACEHOLDER) as Readonly<Record<string, unknown>>
}

/** The values of `extra-body` that are secret by their names, as texts. */
export function secretValuesOf(extraBody: Readonly<Record<string, unknown>>): readonly string[] {
  const secrets: string[] = []
  replaced(extraBody, 'nothing secret', (value) => secrets.push(String(value)))
  return secrets
}

function replaced(value: unknown, holds: Holds, replace: (secret: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, holds, replace))
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => {
      const below = holds === 'secrets' ? holds : stronger(holds, holdsOf(name))
      return [
        name,
        name === 'properties' ? ofSchema(member, below, replace) : replaced(member, below, replace),
      ] as const
    })
    return Object.fromEntries(members)
  }
  const isSecret =
    (typeof value === 'string' && holds !== 'nothing secret') || (typeof value === 'number' && holds === 'secrets')
  return isSecret ? replace(value) : value
}

/** In a JSON Schema, of `response_format` say, `token` is the name of what is described and no token stands below it. */
function ofSchema(properties: unknown, holds: Holds, replace: (secret: string | number) => unknown): unknown {
  if (typeof properties !== 'object' || properties === null || !Object.values(properties).every(isObject)) {
    return replaced(properties, holds, replace)
  }
  const members = Object.entries(properties).map(([name, schema]) => [name, replaced(schema, holds, replace)] as const)
  return Object.fromEntries(members)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function stronger(outer: Holds, inner: Holds): Holds {
  return inner === 'nothing secret' ? outer : inner
}

/** Numbers by the name of tokens are counts and ids (`min_tokens`, `stop_token_ids`), which do make another workload. */
function holdsOf(name: string): Holds {
  const words = wordsOf(name)
  if (words.some((word) => /secret|password|authorization|credential|keys?$/.test(word))) return 'secrets'
  return words.some((word) => /tokens?$/.test(word)) ? 'secret texts' : 'nothing secret'
}

/** `x-apiKey` is x, api and key; `APIKey` is api and key. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
}
