import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import type { HistoryEntry } from '../../src/report/history.ts'
import { annotationsOf, bodiesOf, fakeGithub, filesLeft } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { ArtifactFixture, RunFixture } from '../support/fake-github/fixtures.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { addHistory, endpoint, historyText, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'
import { zipOf } from '../support/zip.ts'

const NAME = 'plateau-llama-8b-history'

/** One comparison of a pull request with what is in this GitHub, and the comment on it. */
async function compared(prepare: (github: FakeGithub) => void, inputs: Readonly<Record<string, string>> = {}) {
  const url = endpoint()
  const github = await fakeGithub()
  prepare(github)
  const event = pullRequestEvent(github, github.addPull())
  const ended = await runActionHere({ github, event, inputs: { ...SHORT_INPUTS, ...inputs, endpoint: url } })
  return { ended, github, body: bodiesOf(github.comments(github.state.pulls[0]!)).join('') }
}

/** A history of one name whose only entry is changed by hand. */
function forged(change: (entry: HistoryEntry) => unknown): string {
  const [entry] = recordedRuns({ runs: 1 })
  return JSON.stringify({ schema: 'plateau/history@1', entries: [change(entry!)] })
}

const BAD = historyText(recordedRuns({ runs: 5, slowdown: 20, firstRunId: 900 }))

/** Puts histories that must not be believed, each of a run of its own; returns why, by run. */
function poison(github: FakeGithub): ReadonlyMap<number, RegExp> {
  const fork = github.fork('outsider')
  const reasons = new Map<number, RegExp>()
  const put = (why: RegExp, run: RunFixture, artifact: Partial<ArtifactFixture> = {}): void => {
    const made = github.addRun(run)
    reasons.set(made.id, why)
    github.addArtifact({ run: made, name: NAME, files: { 'history.json': BAD }, ...artifact })
  }
  const zip = (...entries: Parameters<typeof zipOf>[0]) => ({ zip: zipOf(entries) })
  const history = { name: 'history.json', content: BAD }
  // Who made it.
  put(/another repository \(a fork\)/, { event: 'push', branch: 'main', headRepository: fork })
  put(/another repository/, { event: 'push', branch: 'main', headRepository: null })
  put(/another repository \(a fork\)/, { event: 'pull_request', branch: 'main', headRepository: fork })
  put(/of branch change, not of main/, { event: 'pull_request', branch: 'change' })
  put(/of branch release, not of main/, { event: 'push', branch: 'release' })
  put(/its event is pull_request_target, which does not record/, { event: 'pull_request_target' })
  put(/not of one of the newest runs of plateau\.yml/, { event: 'push', workflow: 'other.yml' })
  const cause = github.addRun({ event: 'pull_request', branch: 'main', headRepository: fork, workflow: 'ci.yml' })
  const workflow = 'run-name: Performance after run ${{ github.event.workflow_run.id }}\n'
  const stated = github.commit('main', { '.github/workflows/plateau.yml': workflow })
  const caused = github.addRun({ event: 'workflow_run', title: `Performance after run ${cause.id}`, sha: stated })
  addHistory(github, recordedRuns({ runs: 1, slowdown: 20 }), { run: caused })
  reasons.set(caused.id, new RegExp(`triggered by run ${cause.id} of another repository`))
  const tagged = github.commit('evil')
  github.tag('main', tagged)
  put(/its commit is not on main/, { event: 'push', branch: 'main', sha: tagged })
  // What is in it.
  put(/its digest is sha256:[0-9a-f]{64}, not/, {}, { digest: `sha256:${'0'.repeat(64)}` })
  put(/states no digest/, {}, { digest: null })
  put(/has expired/, {}, { expired: true })
  put(/not only history\.json/, {}, zip(history, { name: 'more.txt', content: '1' }))
  put(/two entries of one name/, {}, zip(history, history))
  put(/"\.\." in its path/, {}, zip({ ...history, name: '../history.json' }))
  put(/absolute path/, {}, zip({ ...history, name: '/tmp/history.json' }))
  put(/a link/, {}, zip({ name: 'history.json', content: '/etc/passwd', mode: 0o120777 }))
  put(/which is too much/, {}, zip({ ...history, declaredSize: 100_000_000 }))
  put(/inflates to more than/, {}, zip({ name: 'history.json', content: ' '.repeat(1_000_000), declaredSize: 1000 }))
  put(/more than 4194304/, {}, zip({ name: 'history.json', content: randomBytes(5_000_000), method: 0 }))
  return reasons
}

describe.concurrent('artifacts that are not what they seem', () => {
  test('are all refused by name, and the next older good one is used', async () => {
    let reasons: ReadonlyMap<number, RegExp> = new Map()
    const { ended, body } = await compared((github) => {
      addHistory(github, recordedRuns({ runs: 5 }))
      reasons = poison(github)
    })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['baseline-runs']).toBe('5')
    const said = new Map(
      [...body.matchAll(/artifact plateau-llama-8b-history \(\d+\) of run (\d+) was passed over: (.*)/g)].map(
        ([, run, why]) => [Number(run), why!] as const,
      ),
    )
    for (const [run, why] of reasons) expect(said.get(run), body).toMatch(why)
    expect(said.size).toBe(reasons.size)
    // Nothing of it was ever on the disk.
    for (const [path, text] of Object.entries(filesLeft(ended))) {
      expect(path).not.toMatch(/more\.txt/)
      expect(text).not.toContain('"runId":"900"')
    }
  })

  test('with figures that cannot be, or fields that reach elsewhere, are refused too', async () => {
    const { ended, body } = await compared((github) => {
      addHistory(github, recordedRuns({ runs: 4 }))
      const pass = (entry: HistoryEntry) => entry.row.levels[0]!.passes[0]!
      const withFigure = (text: string) => forged((entry) => entry).replace(/("tpot-p50":)[\d.]+/, `$1${text}`)
      const texts = [
        withFigure('NaN'),
        withFigure('1e999'),
        withFigure('-10'),
        withFigure('"10"'),
        forged((entry) => entry).replace('{', '{"__proto__":{"polluted":true},'),
        forged((entry) => ({
          ...entry,
          row: {
            ...entry.row,
            levels: Array.from({ length: 2000 }, () => ({ ...entry.row.levels[0], passes: [pass(entry)] })),
          },
        })),
        historyText(recordedRuns({ inputs: { name: 'other' } })),
      ]
      for (const text of texts) {
        github.addArtifact({ run: github.addRun(), name: NAME, files: { 'history.json': text } })
      }
    })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['baseline-runs']).toBe('4')
    expect(body.match(/was passed over/g)).toHaveLength(7)
  })
})

test.concurrent('an expired history is named, with what would keep it, and is not "no baseline yet"', async () => {
  const { ended, body } = await compared((github) => {
    github.addArtifact({
      run: github.addRun(),
      name: NAME,
      files: { 'history.json': historyText(recordedRuns()) },
      expired: true,
    })
  })
  expect(ended.outputs).toMatchObject({ verdict: 'not-comparable', reasons: 'history-lost' })
  expect(annotationsOf(ended)).toMatchObject([
    { level: 'warning', title: expect.stringMatching(/not compared, all recorded runs have expired/) },
  ])
  expect(ended.log.split('::group::Preflight')[0]).toContain('nothing will be compared: all recorded runs have expired')
  expect(body).toMatch(/has expired; record at least once/)
})

test.concurrent('400 runs are read, compared with and all kept when one more joins', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  addHistory(github, recordedRuns({ runs: 400 }))
  const inputs = { ...SHORT_INPUTS, endpoint: url }
  const ended = await runActionHere({ github, event: pushEvent(github), inputs })
  expect(ended.code, ended.log).toBe(0)
  // The newest fifty count.
  expect(ended.outputs['baseline-runs']).toBe('50')
  const stored = github.state.artifacts.find(({ name, run }) => name === NAME && run.id === ended.run.id)!
  expect(stored.zip.length).toBeLessThan(1024 * 1024)
  const left = github.artifactsOf(ended.run).find(({ name }) => name === NAME)!
  const { entries } = decodeHistory(left.files['history.json']!)
  const kept = Array.from({ length: 399 }, (_, i) => String(101 + i))
  expect(entries.map(({ source }) => source.runId)).toEqual([...kept, String(ended.run.id)])
})
