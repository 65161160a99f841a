import { getOctokit } from '@actions/github'
import { expect, test } from 'vitest'
import { findDepartures } from './description.ts'
import { everyRoute } from './routes.ts'
import { startFakeGithub } from './server.ts'

const REPO = '/repos/{owner}/{repo}'
const HERE = { owner: 'acme', repo: 'serving' }
const COMMENTS = { method: 'POST', path: `${REPO}/issues/{issue_number}/comments` }
const RUNS = { method: 'GET', path: `${REPO}/actions/workflows/{workflow_id}/runs` }

function ask(body: string, number = '7') {
  return { params: { ...HERE, issue_number: number }, query: new URLSearchParams(), body }
}

function askRuns(query: string) {
  return { params: { ...HERE, workflow_id: 'plateau.yml' }, query: new URLSearchParams(query), body: '' }
}

test('every route of the fake is in GitHub’s published description', () => {
  for (const route of everyRoute()) {
    const params = Object.fromEntries(route.names.map((name) => [name, '7']))
    const least = route.path.endsWith('/check-runs') ? '{"name":"a","head_sha":"b"}' : '{"body":"a"}'
    const body = ['POST', 'PATCH'].includes(route.method) ? least : ''
    expect(findDepartures(route, { params, query: new URLSearchParams(), body }), route.path).toEqual([])
  }
  const other = { method: 'GET', path: `${REPO}/comments-of-nobody` }
  expect(findDepartures(other, ask(''))).toEqual(["the route is not in GitHub's description"])
})

test('a body is of the described fields, all of them, of their types and of no others', () => {
  expect(findDepartures(COMMENTS, ask('{"body":"a"}'))).toEqual([])
  for (const body of ['{"text":"a"}', '{"body":1}', '{"body":"a","draft":true}', '["a"]', '', 'body=a']) {
    expect(findDepartures(COMMENTS, ask(body)), body).not.toEqual([])
  }
  expect(findDepartures(RUNS, { ...askRuns(''), body: '{}' })).toEqual(['body: none is known'])
})

test('a path and a query are of the described values, once each', () => {
  expect(findDepartures(COMMENTS, ask('{"body":"a"}', 'seven'))).toEqual(['path: "issue_number" may not be "seven"'])
  expect(findDepartures(RUNS, askRuns('branch=main&status=success&exclude_pull_requests=true&per_page=100'))).toEqual(
    [],
  )
  for (const query of ['page_size=9', 'status=green', 'per_page=ten', 'exclude_pull_requests=yes', 'page=1&page=2']) {
    expect(findDepartures(RUNS, askRuns(query)), query).toHaveLength(1)
  }
})

test('a request that departs from it fails the test at the end, also one that was answered, or cut off', async () => {
  const fake = await startFakeGithub()
  fake.addPull()
  const { request } = getOctokit(fake.token(), { baseUrl: fake.apiUrl })
  await request('POST /repos/acme/serving/issues/1/comments', { body: 'a', note: 'b' })
  await expect(request('GET /repos/acme/serving/checks')).rejects.toMatchObject({ status: 404 })
  fake.offline = true
  await expect(request('GET /repos/acme/serving/pulls', { state: 'green' })).rejects.toMatchObject({ status: 500 })
  await expect(fake.close()).rejects.toThrow(
    /POST .*comments: body: .*"note"\nGET .*checks: no such route\nGET .*pulls\?state=green: query: "state" may not/,
  )
})
