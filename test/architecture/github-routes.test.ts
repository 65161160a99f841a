import { readFileSync } from 'node:fs'
import { getOctokit } from '@actions/github'
import { expect, test } from 'vitest'
import { readSources } from './sources.ts'

/** `GET …/actions/runs/{}`: names of parameters do not matter. */
function routeOf(method: string, url: string): string {
  return `${method} ${url.replace('/repos/{owner}/{repo}', '…').replace(/\$?\{[^}]*\}/g, '{}')}`
}

/** The routes that the sources of the action ask, by their calls of GitHub's client. */
function routesAsked(): ReadonlySet<string> {
  const texts = [...readSources()].flatMap(([path, text]) => (path.startsWith('github/') ? [text] : []))
  const rest = getOctokit('x').rest as unknown as Record<
    string,
    Record<string, { readonly endpoint: { readonly DEFAULTS: { readonly method: string; readonly url: string } } }>
  >
  const called = texts.flatMap((text) =>
    [...text.matchAll(/octokit\.rest\.(\w+)\.(\w+)/g)].map(([, group, name]) => {
      const { method, url } = rest[group!]![name!]!.endpoint.DEFAULTS
      return routeOf(method, url)
    }),
  )
  const downloaded = texts.flatMap((text) =>
    [...text.matchAll(/download\(client, `([^`]+)`/g)].map(([, path]) => routeOf('GET', `…${path}`)),
  )
  return new Set([...called, ...downloaded])
}

/** The routes in the table of docs/security.md; a method holds until the next one. */
function routesDocumented(): ReadonlySet<string> {
  const rows = readFileSync('docs/security.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| [^|]*\| .*`[A-Z]+ …\//.test(line))
  return new Set(
    rows.flatMap((row) => {
      let method = ''
      return [...row.split('|')[2]!.matchAll(/`(?:([A-Z]+) )?(…\/[^`]+)`/g)].map(([, said, path]) => {
        method = said ?? method
        return routeOf(method, path!)
      })
    }),
  )
}

test('the routes of the API that are asked are those that the docs list, each with its permission', () => {
  const [asked, documented] = [routesAsked(), routesDocumented()]
  expect(asked.size).toBeGreaterThan(15)
  expect([...documented].toSorted()).toEqual([...asked].toSorted())
})
