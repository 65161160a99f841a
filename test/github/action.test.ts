import { gzipSync } from 'node:zlib'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { EndpointError, SettingsError } from '../../src/errors.ts'
import { decodeLeg, encodeLeg } from '../../src/github/artifacts/report-files.ts'
import type { ActionPorts } from '../../src/github/outcome.ts'
import { decodeRunReport, runReportSchema } from '../../src/report/run-report-codec.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { decodeVerdict, verdictSchema } from '../../src/report/verdict-codec.ts'
import { redactResult, redactTexts } from '../../src/shell/redact-result.ts'
import { concludeVerdict } from '../../src/verdict/conclude.ts'
import { aReport } from '../support/builders.ts'
import type { GithubEvent } from '../support/github-payloads.ts'
import { atEnd } from '../support/cleanup.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { Permissions, Repository } from '../support/fake-github/state.ts'
import { fullReport } from '../support/full-results.ts'
import { plantEverywhere } from '../support/planted.ts'
import { NO_PERMISSION } from '../support/fake-github/trouble.ts'
import { deploymentStatusEvent, issueCommentEvent, pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { aComparison, aVerdict } from '../support/verdict-builders.ts'
import { recordMonths } from '../support/month-history.ts'
import { historyText } from '../support/recorded-runs.ts'
import { measuredAs, runStep } from './action-step.ts'
import type { StepEnded } from './action-step.ts'
import { aGithub } from './fake.ts'
import { DOCUMENTED_PERMISSIONS } from '../support/fake-github/fixtures.ts'

const FINE = measuredAs(aVerdict())
const RED = measuredAs(
  concludeVerdict(aVerdict({ comparisons: [aComparison({ candidate: 14, verdict: 'regressed' })] }), null),
)
const CANCELLED = measuredAs(concludeVerdict(aVerdict({ comparisons: [] }), { word: 'cancelled', reason: 'cancelled' }))

/** A pull request whose job measures like this; `stopping` is how a test asks it to stop. */
async function ofPullRequest(
  measure: (...given: [...Parameters<ActionPorts['measure']>, AbortController]) => ReturnType<ActionPorts['measure']>,
  inputs: Readonly<Record<string, string>> = {},
  repository: Partial<Repository> = {},
) {
  const github = await aGithub(repository)
  const pull = github.addPull()
  const stopping = new AbortController()
  const ended = await runStep({
    github,
    event: pullRequestEvent(github, pull),
    measure: async (settings, hooks) => measure(settings, hooks, stopping),
    inputs,
    signal: stopping.signal,
  })
  return { github, pull, ended }
}

test.concurrent('a job of a pull request writes one comment, keeps its report and ends as its check does', async () => {
  const { github, pull, ended } = await ofPullRequest(async () => RED)
  expect(ended).toMatchObject({ code: 1, warnings: [], uploads: ['plateau-llama-8b'] })
  expect(ended.annotations).toHaveLength(1)
  const [comment, ...others] = github.comments(pull)
  expect(others).toEqual([])
  expect(comment!.body).toMatch(/^<!-- plateau:llama-8b -->/)
  expect(ended.outputs).toMatchObject({ verdict: 'regressed', reasons: 'tpot-p50' })
  expect(ended.outputs['comment-url']).toContain(String(comment!.id))
  expect(ended.outputs['artifact-url']).toContain('/artifacts/1')
})

test.concurrent('the page of all recorded runs is kept with the report where it is asked for', async () => {
  const servers = [{ at: 0, version: 'vllm 0.11.0 sk-test-0123456789' }]
  const files = { 'history.json': historyText(recordMonths({ runs: 60, servers })) }
  const draw = async (inputs: Readonly<Record<string, string>>, repository: Partial<Repository> = {}) => {
    const github = await aGithub(repository)
    const measure: ActionPorts['measure'] = async (_settings, { store }) => {
      await store!.load('llama-8b')
      return FINE
    }
    const temporary = mkdtempSync(join(tmpdir(), 'plateau-page-'))
    atEnd(() => rmSync(temporary, { recursive: true, force: true }))
    const { outputs } = await runStep({
      github,
      event: pushEvent(github),
      inputs: { baseline: 'file:history.json', ...inputs },
      files,
      measure,
      temporary,
    })
    const path = outputs['history-html']!
    return path === '' ? null : readFileSync(path, 'utf8')
  }
  const page = (await draw({ 'history-page': 'true' }, { private: true }))!
  expect(page).toContain('<h1>llama-8b over time</h1>')
  expect(page).toContain('61 runs in 61 points')
  expect(page).toContain('vllm 0.11.0 ***')
  expect(page).not.toContain('sk-test-0123456789')
  expect((await draw({ 'history-page': 'true' }, { private: false }))!).not.toContain('vllm 0.11.0')
  expect(await draw({})).toBeNull()
})

test.concurrent(
  'one job of a matrix says what all its gates come to, unless a report job judges them together',
  async () => {
    const alone = await ofPullRequest(async () => RED, { 'job-total': '8' })
    expect(alone.ended.summary).toContain('at most 8 in 100 for the 8 gates together')
    const deferred = await ofPullRequest(async () => RED, { 'job-total': '8', defer: 'true' })
    expect(deferred.ended.summary).toContain('By chance?')
    expect(deferred.ended.summary).not.toContain('gates together')
  },
)

test.concurrent(
  'a comment of somebody who may write measures its pull request, with the settings of its base',
  async () => {
    const github = await aGithub()
    github.state.collaborators.set('anna', 'write')
    const pull = github.addPull({ files: { 'plateau.yml': 'tolerance: 40%' } })
    github.state.files.set(`${pull.baseSha}:plateau.yml`, 'tolerance: 7%')
    let tolerance: unknown
    const ended = await runStep({
      github,
      event: issueCommentEvent(github, pull, 'anna'),
      inputs: { config: 'plateau.yml' },
      measure: async (settings) => {
        tolerance = settings.tolerance
        return RED
      },
    })
    expect(ended).toMatchObject({ code: 1, warnings: [] })
    expect(JSON.stringify(tolerance)).toContain('0.07')
    expect(github.comments(pull)).toHaveLength(1)
  },
)

test.concurrent(
  'a comment of anybody else, or on the pull request of a fork, measures nothing and says why',
  async () => {
    const github = await aGithub()
    github.state.collaborators.set('anna', 'write')
    const [ours, theirs] = [github.addPull(), github.addPull({ headRepository: github.fork('stranger') })]
    const measure = async () => expect.unreachable('nothing may be sent')
    const stranger = await runStep({ github, event: issueCommentEvent(github, ours, 'stranger'), measure })
    expect(stranger).toMatchObject({ code: 0, outputs: { verdict: 'skipped', reasons: 'no-writer' } })
    expect(stranger.summary).toContain('who caused the run is not known to have write access here')
    const ofFork = await runStep({ github, event: issueCommentEvent(github, theirs, 'anna'), measure })
    expect(ofFork).toMatchObject({ code: 0, outputs: { verdict: 'skipped', reasons: 'fork' } })
    github.trouble({ on: /^GET .*\/pulls\/1$/, times: 9, reply: NO_PERMISSION })
    const unknown = await runStep({ github, event: issueCommentEvent(github, ours, 'anna'), measure })
    expect(unknown).toMatchObject({
      code: 2,
      summary: expect.stringContaining('cannot find the pull request that this comment is on') as string,
    })
  },
)

test.concurrent('a job on main records its run, and writes no comment', async () => {
  const github = await aGithub()
  const ended = await runStep({ github, event: pushEvent(github), measure: async () => FINE })
  expect(ended).toMatchObject({
    code: 0,
    warnings: [],
    uploads: ['plateau-llama-8b-history', 'plateau-llama-8b'],
  })
  expect(github.state.comments).toEqual([])
})

test.concurrent(
  'a cancelled job writes its report and summary, and sends nothing: no comment, no artifact',
  async () => {
    const { github, ended } = await ofPullRequest(async (_settings, _hooks, stopping) => {
      stopping.abort()
      return CANCELLED
    })
    // One that it tried to write would be a warning: nothing is sent for a job that is to stop.
    expect(ended).toMatchObject({ code: 130, warnings: [], uploads: [] })
    expect(github.state.comments).toEqual([])
    expect(ended.outputs).toMatchObject({ verdict: 'cancelled', 'comment-url': '', 'artifact-url': '' })
    expect(decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8')).series.name).toBe('llama-8b')
    expect(ended.summary).toMatch(/cancelled|interrupted/i)
    expect(ended.summary).not.toMatch(/#artifacts/)
  },
)

test.concurrent('a job on main that is cancelled while it measures does not join the history', async () => {
  const github = await aGithub()
  const stopping = new AbortController()
  const measure: ActionPorts['measure'] = async () => {
    stopping.abort()
    // It was whole by then.
    return FINE
  }
  const ended = await runStep({ github, event: pushEvent(github), measure, signal: stopping.signal })
  expect(ended).toMatchObject({ code: 130, warnings: [], uploads: [] })
})

test.concurrent(
  'a job that is cancelled before it has figures is cancelled, and not the fault of the endpoint',
  async () => {
    const { github, ended } = await ofPullRequest(async (_settings, _hooks, stopping) => {
      stopping.abort()
      throw new EndpointError('it was interrupted', { tried: 'POST', remedy: 'none' })
    })
    expect(ended).toMatchObject({ code: 130, warnings: [], uploads: [] })
    expect(ended.outputs).toMatchObject({ verdict: 'cancelled', reasons: 'cancelled', 'report-json': '' })
    expect(github.state.comments).toEqual([])
  },
)

test.concurrent('whatever else goes wrong in a job that is to stop, it ends as one that was stopped', async () => {
  const { ended } = await ofPullRequest(async (_settings, _hooks, stopping) => {
    stopping.abort()
    throw new SettingsError([{ setting: 'endpoint', given: null, message: 'is gone' }])
  })
  expect(ended.code).toBe(130)
})

test.concurrent('an endpoint that cannot be measured is a verdict with a comment, and says what to do', async () => {
  const { github, pull, ended } = await ofPullRequest(async () => {
    throw new EndpointError('the endpoint answered 404', { tried: 'POST http://10.0.0.1/', remedy: 'check the path' })
  })
  expect(ended.code).toBe(1)
  expect(ended.outputs).toMatchObject({ verdict: 'not-measured', reasons: 'endpoint' })
  const [comment] = github.comments(pull)
  expect(comment!.body).toContain('check the path')
  expect(comment!.body).not.toContain('10.0.0.1')
})

/** Everything that a step left where anybody may read it. */
function everythingLeft({ outputs, summary, warnings, annotations, lines }: StepEnded, github: FakeGithub): string {
  const folder = dirname(outputs['report-json']!)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  const comments = github.state.comments.map(({ body }) => body)
  return [...Object.values(outputs), summary, ...warnings, ...annotations, ...lines, ...comments, ...files].join('\n')
}

describe('the host of the endpoint', () => {
  const HOST = 'llm.corp.example'
  const ENDPOINT = `https://${HOST}:8443/v1/chat/completions`
  /** Only this program writes the words of the format. */
  const mayBeOfOthers =
    <T>(schema: z.ZodType<T>) =>
    (value: T): boolean =>
      schema.safeParse(value).success &&
      !JSON.stringify(redactTexts(value, schema, (text) => text.replaceAll(ENDPOINT, ''))).includes(ENDPOINT)

  const report = plantEverywhere(fullReport(), ENDPOINT, mayBeOfOthers(runReportSchema))
  const verdict = plantEverywhere(RED.verdict, ENDPOINT, mayBeOfOthers(verdictSchema))

  /** A red run in whose every text the address stands that others may have written. */
  const measure: ActionPorts['measure'] = async (_settings, { redact, log }) => {
    const host = { what: 'host', before: 'old.corp.example', now: HOST }
    log(`tried: POST ${ENDPOINT}`)
    return redactResult(
      { ...RED, report, rows: [buildRow(report)], verdict: { ...verdict, whatElseChanged: [host], name: 'llama-8b' } },
      redact,
    )
  }
  const inputs = { endpoint: ENDPOINT, 'version-url': `http://${HOST}/version`, 'expect-version': '1' }

  test.concurrent('is in nothing that a step leaves, in a public repository', async () => {
    const { github, ended } = await ofPullRequest(measure, inputs, { private: false })
    expect(ended.outputs['verdict'], [...ended.annotations, ...ended.lines].join('\n')).toBe('regressed')
    const left = everythingLeft(ended, github)
    expect(left).toContain('[host]')
    expect(left.replaceAll('\\', '')).not.toMatch(/corp\.example|8443/)
  })

  test.concurrent('is in no comment, summary and log of a private one, which still hear that it changed', async () => {
    const { github, ended } = await ofPullRequest(measure, inputs)
    const [comment] = github.comments(github.state.pulls[0]!)
    const read = [comment!.body, ended.summary, ended.outputs['markdown'], ...ended.lines, ...ended.annotations].join()
    expect(read.replaceAll('\\', '')).not.toMatch(/corp\.example|8443/)
    expect(comment!.body).toMatch(/host `another` → `this one`/)
    expect(comment!.body).toMatch(/host/)
  })

  test.concurrent('gives way to a label, and shows where the label has it', async () => {
    const labelled = await ofPullRequest(measure, { ...inputs, 'endpoint-label': 'staging' }, { private: false })
    const left = everythingLeft(labelled.ended, labelled.github)
    expect(left).toContain('https://staging/v1/chat/completions')
    expect(left.replaceAll('\\', '')).not.toMatch(/corp\.example/)
    const named = await ofPullRequest(measure, { ...inputs, 'endpoint-label': HOST })
    expect(everythingLeft(named.ended, named.github).replaceAll('\\', '')).toContain(ENDPOINT)
  })

  test.concurrent('is in no refusal of settings, and in no error of the endpoint', async () => {
    const github = await aGithub()
    const event = pullRequestEvent(github, github.addPull())
    const refused = await runStep({ github, event, measure, inputs: { endpoint: `ftp://${HOST}/v1`, passes: 'x' } })
    expect(refused.code).toBe(2)
    expect(refused.summary).toMatch(/endpoint/)
    const tried = `POST ${ENDPOINT}`
    const failed = await runStep({
      github,
      event,
      inputs,
      measure: async () => {
        throw new EndpointError(`the endpoint redirects (301) to https://inner.corp.example`, { tried, remedy: tried })
      },
    })
    for (const { summary, annotations, lines } of [refused, failed]) {
      expect([summary, ...annotations, ...lines].join().replaceAll('\\', '')).not.toMatch(/corp\.example/)
    }
  })
})

test.concurrent('comment: on-failure writes none for a green run, and mends a red one that is there', async () => {
  const inputs = { comment: 'on-failure' }
  const { github, ended } = await ofPullRequest(async () => FINE, inputs)
  expect(github.state.comments).toEqual([])
  expect(ended.outputs['comment-url']).toBe('')
  const red = await ofPullRequest(async () => RED, inputs)
  const event = pullRequestEvent(red.github, red.pull)
  const before = red.github.comments(red.pull).map(({ id, body }) => ({ id, body }))
  await runStep({ github: red.github, event, measure: async () => FINE, inputs })
  const after = red.github.comments(red.pull)
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  expect(after[0]!.body).not.toBe(before[0]!.body)
})

test.concurrent('comment: never writes none, and a job that leaves it to a report job neither', async () => {
  for (const inputs of [{ comment: 'never' }, { defer: 'true' }]) {
    const { github, ended } = await ofPullRequest(async () => RED, inputs)
    expect(github.state.comments).toEqual([])
    expect(ended.warnings).toEqual([])
    // A deferred job leaves the check to the report job as well.
    expect(ended.code).toBe('defer' in inputs ? 0 : 1)
  }
})

test.concurrent(
  'a job that is cancelled before it measures says so in its summary, not that something failed',
  async () => {
    const github = await aGithub()
    const pull = github.addPull()
    const stopping = new AbortController()
    const event = pullRequestEvent(github, pull)
    const ended = await runStep({
      github,
      event,
      signal: stopping.signal,
      measure: async () => {
        stopping.abort()
        throw new Error('This operation was aborted')
      },
    })
    expect(ended).toMatchObject({ code: 130, outputs: { verdict: 'cancelled', reasons: 'cancelled' }, uploads: [] })
    expect(ended.summary).toContain('Plateau: interrupted')
    expect(ended.summary).not.toMatch(/unexpected|aborted/)
    expect(github.comments(pull)).toEqual([])
  },
)

test.concurrent('a comment that is refused is a warning, and the verdict stands', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  github.trouble({ on: /^POST .*\/comments/, times: 9, reply: NO_PERMISSION })
  const ended = await runStep({ github, event: pullRequestEvent(github, pull), measure: async () => FINE })
  expect(ended.code).toBe(0)
  expect(ended.warnings).toEqual([expect.stringMatching(/^no comment was written: .*pull-requests: write/)])
  expect(ended.summary).toMatch(/no comment was written/)
})

test.concurrent('a dry run measures nothing, writes nothing and passes', async () => {
  let measured = 0
  const { github, ended } = await ofPullRequest(
    async () => {
      measured++
      return RED
    },
    { 'dry-run': 'true' },
  )
  expect(measured).toBe(0)
  expect(ended).toMatchObject({ code: 0, uploads: [], summary: '' })
  expect(github.state.comments).toEqual([])
})

test.concurrent('a second step of the same job and name is refused before anything is measured', async () => {
  const github = await aGithub()
  const temporary = mkdtempSync(join(tmpdir(), 'plateau-job-'))
  atEnd(() => rmSync(temporary, { recursive: true, force: true }))
  const step = { github, event: pullRequestEvent(github, github.addPull()), temporary }
  expect((await runStep({ ...step, measure: async () => FINE })).code).toBe(0)
  const second = await runStep({ ...step, measure: async () => expect.fail('nothing is measured') })
  expect(second).toMatchObject({ code: 2, uploads: [] })
  expect(second.summary).toMatch(/another step of this job already measures .* give each of these steps a \S*name/)
  expect(github.state.comments).toHaveLength(1)
  const named = await runStep({ ...step, inputs: { name: 'llama-70b' }, measure: async () => FINE })
  expect(named.code).toBe(0)
})

test.concurrent('what another job left on a runner that is not emptied is no other step', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'plateau-job-'))
  atEnd(() => rmSync(temporary, { recursive: true, force: true }))
  const folder = join(temporary, 'plateau-llama-8b')
  mkdirSync(folder)
  const leg = {
    name: 'llama-8b',
    job: 'measure',
    runId: 1000,
    attempt: 1,
    deferred: false,
    settingsNote: null,
    notes: [],
  }
  writeFileSync(join(folder, 'leg.json'), encodeLeg(leg))
  const github = await aGithub()
  expect((await runStep({ github, event: pushEvent(github), temporary, measure: async () => FINE })).code).toBe(0)
})

test.concurrent('a pull request of a fork is skipped: nothing is measured or written, and it passes', async () => {
  const github = await aGithub()
  const pull = github.addPull({ headRepository: github.fork('mallory'), user: 'mallory' })
  let measured = 0
  const ended = await runStep({
    github,
    event: pullRequestEvent(github, pull),
    async measure() {
      measured++
      return FINE
    },
  })
  expect(measured).toBe(0)
  expect(ended).toMatchObject({ code: 0, uploads: [] })
  expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'fork' })
  expect(existsSync(ended.outputs['report-json']!)).toBe(false)
  expect(github.state.comments).toEqual([])
})

test.concurrent(
  'a skipped pull request has the check run that a rule may require, if the token may write it',
  async () => {
    const github = await aGithub()
    const pull = github.addPull({ headRepository: github.fork('mallory'), user: 'mallory' })
    const skip = async (event: GithubEvent, permissions: Permissions) =>
      runStep({
        github,
        event,
        inputs: { 'check-run': 'true', 'github-token': github.token(permissions) },
        measure: async () => FINE,
      })
    const mayWrite: Permissions = { ...DOCUMENTED_PERMISSIONS, checks: 'write' }
    const unable = await skip(pullRequestEvent(github, pull), DOCUMENTED_PERMISSIONS)
    expect(unable).toMatchObject({ code: 0, outputs: { verdict: 'skipped' } })
    expect(unable.warnings.join()).toContain('require the check of the job instead')
    // Whoever comments must not make a red one pass.
    await skip(issueCommentEvent(github, pull, 'anna'), mayWrite)
    expect(github.state.checkRuns).toEqual([])
    expect((await skip(pullRequestEvent(github, pull), mayWrite)).warnings).toEqual([])
    expect(github.state.checkRuns).toMatchObject([{ name: 'Plateau: llama-8b', conclusion: 'skipped' }])
  },
)

test.concurrent.each(['check', 'saturated', 'fail', 'regressed', 'llama', 'tpot', 'openai', 'true'])(
  'a key that is a word of the report (%s) costs nothing of it',
  async (key) => {
    const finding = { code: 'client-saturated', level: 2, message: `the server said: ${key} is wrong` }
    const report = aReport({ validity: { ok: true, findings: [finding] } })
    const { ended } = await ofPullRequest(
      async (_settings, { redact }) => redactResult({ ...RED, report, rows: [buildRow(report)] }, redact),
      { 'api-key': key },
    )
    expect(ended).toMatchObject({ code: 1, warnings: [], uploads: ['plateau-llama-8b'] })
    expect(ended.outputs).toMatchObject({ verdict: 'regressed', reasons: 'tpot-p50' })
    const path = ended.outputs['report-json']!
    const stored = decodeRunReport(readFileSync(path, 'utf8'))
    expect(stored.series).toEqual(report.series)
    expect(stored.validity.findings).toEqual([{ ...finding, message: 'the server said: *** is wrong' }])
    const verdict = decodeVerdict(readFileSync(join(dirname(path), 'verdict.json'), 'utf8'))
    expect(verdict).toMatchObject({ name: 'llama-8b', verdict: 'regressed', check: 'fail', reasons: ['tpot-p50'] })
    expect(decodeLeg(readFileSync(join(dirname(path), 'leg.json'), 'utf8'))).toMatchObject({ name: 'llama-8b' })
  },
)

test.concurrent.each([
  [
    'those of the base',
    { 'prompts.jsonl': '{"prompt":"of the base"}\n' },
    'of the base',
    /Prompts are those of the base/,
  ],
  ['those of the pull request where the base has none', {}, 'of the pull request', /Prompts are those of this pull/],
])('prompts from a file of the repository are %s', async (_, base, prompt, note) => {
  const github = await aGithub()
  github.commit('main', base)
  const pull = github.addPull()
  const asked: string[] = []
  const ended = await runStep({
    github,
    event: pullRequestEvent(github, pull),
    inputs: { 'prompts-file': 'prompts.jsonl' },
    files: { 'prompts.jsonl': '{"prompt":"of the pull request"}\n' },
    measure: async (settings) => {
      asked.push(JSON.stringify(settings.prompts))
      return FINE
    },
  })
  expect(asked.join()).toContain(prompt)
  expect(ended.summary).toMatch(note)
})

test.concurrent('prompts of the base that are no text are read as they are', async () => {
  const github = await aGithub()
  github.commit('main', { 'prompts.gz': gzipSync('{"prompt":"of the base"}\n') })
  const asked: string[] = []
  await runStep({
    github,
    event: pullRequestEvent(github, github.addPull()),
    inputs: { 'prompts-file': 'prompts.gz' },
    measure: async ({ prompts }) => {
      asked.push(JSON.stringify(prompts))
      return FINE
    },
  })
  expect(asked.join()).toContain('of the base')
})

test.concurrent('the requests of a trace that a pull request would replay are those of the base', async () => {
  const github = await aGithub()
  const ofLength = (tokens: number): string => `{"timestamp":0,"input_length":${tokens},"output_length":1}\n`
  github.commit('main', { 'trace.jsonl': ofLength(900) })
  const asked: unknown[] = []
  const ended = await runStep({
    github,
    event: pullRequestEvent(github, github.addPull()),
    inputs: { 'trace-file': 'trace.jsonl' },
    files: { 'trace.jsonl': ofLength(1) },
    measure: async ({ trace }) => {
      asked.push(trace?.lengths?.[0]?.inputTokens)
      return FINE
    },
  })
  expect(asked).toEqual([900])
  expect(ended.summary).toMatch(/Requests of the trace are those of the base/)
})

test.concurrent('the authorities that a pull request would trust are those of the base', async () => {
  const github = await aGithub()
  const ofBase = '-----BEGIN CERTIFICATE-----\nof the base\n'
  github.commit('main', { 'ca.pem': ofBase, 'prompts.jsonl': '{"prompt":"of the base"}\n' })
  const pull = github.addPull()
  const trusted: (string | null)[] = []
  const ended = await runStep({
    github,
    event: pullRequestEvent(github, pull),
    inputs: { endpoint: 'https://llm.example', 'ca-cert': 'ca.pem', 'prompts-file': 'prompts.jsonl' },
    files: { 'ca.pem': '-----BEGIN CERTIFICATE-----\nof the pull request\n', 'prompts.jsonl': '{"prompt":"of it"}\n' },
    measure: async ({ caCertPem, prompts }) => {
      trusted.push(caCertPem, JSON.stringify(prompts))
      return FINE
    },
  })
  expect(trusted.join()).toContain(ofBase)
  expect(trusted.join()).not.toContain('of it')
  expect(ended.summary).toMatch(/Prompts are those of the base[^]*Trusted authorities are those of the base/)
})

test.concurrent('a deployment of what only a fork has is skipped as the fork that it is', async () => {
  const github = await aGithub()
  const pull = github.addPull({ headRepository: github.fork('outsider') })
  const ended = await runStep({
    github,
    event: deploymentStatusEvent(github, pull.headSha),
    measure: async () => expect.fail('nothing is sent'),
  })
  expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'fork' })
})

test.concurrent('a deployment of what a branch of the repository has, too, is measured', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  const ended = await runStep({ github, event: deploymentStatusEvent(github, pull.headSha), measure: async () => FINE })
  expect(ended.code).toBe(0)
  expect(ended.outputs['verdict']).not.toBe('skipped')
})
