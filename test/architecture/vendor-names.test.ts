import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const src = join(import.meta.dirname, '..', '..', 'src')

/** Owners of endpoints: each has a room of its own. */
const VENDORS = readdirSync(join(src, 'vendors')).filter((name) => statSync(join(src, 'vendors', name)).isDirectory())

/**
 * Where a name may stand: the rooms and their registry, the vocabulary of APIs and ways to prove who asks, the room of what the simulator
 * plays of an owner, and the simulator's registry, the one list that knows that room.
 */
const ALLOWED = /^(?:vendors\/|vocabulary\/endpoint-names\.ts$|simulator\/(?:databricks\/|repertoire\.ts$))/

/** Files elsewhere that name a vendor, in code, texts, comments or their own name. */
function findNamed(sources: ReadonlyMap<string, string>): string[] {
  const names = new RegExp(VENDORS.join('|'), 'i')
  return [...sources]
    .filter(([path, text]) => !ALLOWED.test(path) && names.test(`${path} ${text}`))
    .map(([path]) => path)
}

const sources = new Map(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(src, path), 'utf8')]),
)

test('nothing outside of its room names a vendor', () => {
  expect(VENDORS).toContain('databricks')
  expect(findNamed(sources)).toEqual([])
})

describe('a name is found', () => {
  test.each([
    ['load/preflight/identify.ts', "if (api.name === 'databricks') return null"],
    ['settings/auth.ts', '/** As Databricks does. */'],
    ['metrics/findings.ts', 'isBedrockHost(url)'],
    ['vocabulary/metrics.ts', '// bedrock'],
    ['protocol/databricks.ts', 'export const name = 1'],
    ['simulator/server.ts', '/** As Databricks has it. */'],
    ['commands/demo.ts', "'plateau demo --api databricks'"],
    ['simulator/wires/databricks.ts', 'export const name = 1'],
  ])('in %s: %s', (path, line) => {
    expect(findNamed(new Map([...sources, [path, line]]))).toEqual([path])
  })

  test.each([
    ['vendors/vendors.ts', "import { databricks } from './databricks/databricks.ts'"],
    ['vocabulary/endpoint-names.ts', "'bedrock'"],
    ['simulator/databricks/wire.ts', "api: 'databricks',"],
  ])('and may stand in %s', (path, line) => {
    expect(findNamed(new Map([[path, line]]))).toEqual([])
  })
})
