/**
 * Cuts out of GitHub's published OpenAPI description what the fake GitHub of the tests is asked: for each of its routes the
 * parameters and the body, without prose and examples. Takes the npm package @octokit/openapi, which is far too large to be
 * a dependency, at the version given: `node scripts/github-description.ts 23.0.2`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format } from 'prettier'
import { everyRoute } from '../test/support/fake-github/routes.ts'

const TARGET = 'test/support/fake-github/description.json'
const DESCRIPTION = 'package/generated/api.github.com.json'

interface Operation {
  readonly parameters?: readonly unknown[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> }
}

const [version] = process.argv.slice(2)
if (version === undefined) {
  console.error('Say which version of @octokit/openapi: node scripts/github-description.ts 23.0.2')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'plateau-openapi-'))
try {
  execFileSync('npm', ['pack', '--silent', `@octokit/openapi@${version}`], { cwd: folder, stdio: 'ignore' })
  const packed = `octokit-openapi-${version}.tgz`
  execFileSync('tar', ['-xzf', packed, DESCRIPTION, 'package/LICENSE'], { cwd: folder })
  const whole: unknown = JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8'))
  const paths = (whole as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }).paths
  const routes = everyRoute().map(({ method, path }) => {
    const operation = paths[path]?.[method.toLowerCase()]
    if (operation === undefined) throw new Error(`${method} ${path} is not in GitHub's description`)
    const parameters = (operation.parameters ?? []).map((parameter) => essence(parameter, whole))
    const body = operation.requestBody?.content['application/json']?.schema
    return [`${method} ${path}`, { parameters, body: body === undefined ? null : essence(body, whole) }] as const
  })
  const cut = {
    from: `@octokit/openapi ${version}, MIT: the routes that the tests ask, by scripts/github-description.ts`,
    licence: readFileSync(join(folder, 'package/LICENSE'), 'utf8'),
    routes: Object.fromEntries(routes.sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  writeFileSync(TARGET, await format(JSON.stringify(cut), { parser: 'json', printWidth: 120 }))
  console.log(`wrote ${TARGET}`)
} finally {
  rmSync(folder, { recursive: true })
}

/** What a parameter or a schema demands: references followed, prose and examples left out. */
function essence(value: unknown, whole: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => essence(item, whole))
  if (typeof value !== 'object' || value === null) return value
  const { $ref } = value as { readonly $ref?: string }
  if ($ref !== undefined) return essence(follow($ref, whole), whole)
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      !key.startsWith('x-') &&
      !['example', 'examples', 'default'].includes(key) &&
      !(key === 'description' && typeof inner === 'string'),
  )
  return Object.fromEntries(kept.map(([key, inner]) => [key, essence(inner, whole)]))
}

function follow(reference: string, whole: unknown): unknown {
  return reference
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>>)[name], whole)
}
