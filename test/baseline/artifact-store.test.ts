import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { createArtifactStore, fitHistory } from '../../src/baseline/artifact-store.ts'
import { explainRefusal } from '../../src/github/api/client.ts'
import type { SourceArtifact, SourceRun } from '../../src/baseline/artifact-rules.ts'
import { BaselineError } from '../../src/errors.ts'
import { decodeHistory, encodeHistory } from '../../src/report/history-codec.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { anEntry, historyOf, realisticEntries, shaOf } from '../report/history-builders.ts'
import { SERIES_FIELDS } from '../support/builders.ts'
import { zipOf } from '../support/zip.ts'
import { aRun, ASKING, digestOf, fakeSource, FORK, historyZip, httpError, OPTIONS, OURS } from './fake-source.ts'
import type { FakeSource } from './fake-source.ts'

const NAME = 'llama-8b'
const GOOD_ZIP = historyZip([anEntry(1), anEntry(2)])

/** A source with a good history of run 2, and the given one of run 9 before it. */
function poisoned(run: SourceRun, zip: Uint8Array, overrides: Partial<SourceArtifact> = {}): FakeSource {
  const source = fakeSource()
  source.add(aRun(2), GOOD_ZIP)
  source.add(run, zip, overrides)
  return source
}

const EVIL = anEntry(9, { source: { sha: 'e'.repeat(40) } })
const EVIL_ZIP = historyZip([EVIL])
/** History of this text in a zip that is as it should be. */
const zipped = (content: string) => zipOf([{ name: 'history.json', content }])
const evilText = (change: (history: Record<string, any>) => void): string => {
  const history = JSON.parse(encodeHistory(historyOf([EVIL]))) as Record<string, any>
  change(history)
  return JSON.stringify(history)
}
const firstFigures = (history: Record<string, any>) => history['entries'][0].row.levels[0].passes[0].figures

describe('a poisoned artifact is refused by name, and the next older good one is used', () => {
  test.each<[what: string, source: () => FakeSource, why: string]>([
    [
      'of the run of a fork, with the same name and branch',
      () => poisoned(aRun(9, { headRepositoryId: FORK, event: 'pull_request' }), EVIL_ZIP),
      'another repository (a fork)',
    ],
    [
      'of a fork that says in its artifact that it is ours',
      () =>
        poisoned(aRun(9, { headRepositoryId: FORK }), EVIL_ZIP, {
          run: { id: 9, repositoryId: OURS, headRepositoryId: OURS, headBranch: 'main', headSha: shaOf(9) },
        }),
      'another repository (a fork)',
    ],
    [
      'of a repository that is gone',
      () =>
        poisoned(aRun(9, { headRepositoryId: null }), EVIL_ZIP, {
          run: { id: 9, repositoryId: OURS, headRepositoryId: OURS, headBranch: 'main', headSha: shaOf(9) },
        }),
      'the repository of its commit is gone',
    ],
    [
      'of another branch',
      () => poisoned(aRun(9, { headBranch: 'feature' }), EVIL_ZIP),
      'of branch feature, not of main',
    ],
    [
      'of a pull request from a branch of the same name',
      () => poisoned(aRun(9, { event: 'pull_request' }), EVIL_ZIP),
      'its event is pull_request, which does not record',
    ],
    [
      'of a workflow_run that a fork triggered',
      () => {
        const source = poisoned(aRun(9, { event: 'workflow_run', title: 'After run 8' }), EVIL_ZIP)
        source.runList.push(aRun(8, { headRepositoryId: FORK, event: 'pull_request', path: 'ci.yml' }))
        return source
      },
      'triggered by run 8 of another repository (a fork)',
    ],
    [
      'of a workflow_run that a pull request triggered',
      () => {
        const source = poisoned(aRun(9, { event: 'workflow_run', title: 'After run 8' }), EVIL_ZIP)
        source.runList.push(aRun(8, { event: 'pull_request', path: 'ci.yml', headBranch: 'feature' }))
        return source
      },
      'run 8, which is not a push to main',
    ],
    [
      'of a workflow_run of which only the artifact says what triggered it',
      () => {
        const entry = anEntry(9, { source: { event: 'workflow_run', triggeredBy: '8' } })
        const source = poisoned(aRun(9, { event: 'workflow_run', title: 'Performance' }), historyZip([entry]))
        source.runList.push(aRun(8, { path: 'ci.yml' }))
        return source
      },
      'give its workflow file a run-name of fixed words that ends with ${{ github.event.workflow_run.id }}',
    ],
    [
      'of a workflow_run whose title names a run that is not there',
      () => poisoned(aRun(9, { event: 'workflow_run', title: 'After run 77' }), EVIL_ZIP),
      'which run triggered it is not known',
    ],
    [
      'of a tag that is called like the branch',
      () => {
        const source = poisoned(aRun(9), EVIL_ZIP)
        source.elsewhere.set(shaOf(9), 'there')
        return source
      },
      'its commit is not on main (it was pushed as something else of that name',
    ],
    [
      'of a commit that is gone',
      () => {
        const source = poisoned(aRun(9), EVIL_ZIP)
        source.elsewhere.set(shaOf(9), null)
        return source
      },
      'its commit is gone',
    ],
    [
      'of another workflow file',
      () => poisoned(aRun(9, { path: '.github/workflows/evil.yml@refs/heads/main' }), EVIL_ZIP),
      'not of one of the newest runs of perf.yml',
    ],
    [
      'of another workflow file that is listed all the same',
      () => poisoned(aRun(9, { path: '.github/workflows/stray.yml' }), EVIL_ZIP),
      'it is of .github/workflows/stray.yml, not of perf.yml',
    ],
    [
      'that says it is of another commit',
      () =>
        poisoned(aRun(9), EVIL_ZIP, {
          run: { id: 9, repositoryId: OURS, headRepositoryId: OURS, headBranch: 'main', headSha: shaOf(5) },
        }),
      'another run or commit',
    ],
    ['that says nothing of its run', () => poisoned(aRun(9), EVIL_ZIP, { run: null }), 'does not say which run'],
    ['with another digest', () => poisoned(aRun(9), EVIL_ZIP, { digest: digestOf(GOOD_ZIP) }), 'its digest is sha256:'],
    ['without a digest', () => poisoned(aRun(9), EVIL_ZIP, { digest: null }), 'states no digest'],
    ['that has expired', () => poisoned(aRun(9), EVIL_ZIP, { expired: true }), 'has expired; record at least once'],
    ['that is too large', () => poisoned(aRun(9), EVIL_ZIP, { sizeBytes: 5_000_000 }), '5000000 bytes, more than'],
    [
      'that is larger than it says',
      () =>
        poisoned(aRun(9), zipOf([{ name: 'history.json', content: 'x'.repeat(5_000_000), method: 0 }]), {
          sizeBytes: 9,
        }),
      'bytes, more than 4194304',
    ],
    [
      'with two entries',
      () =>
        poisoned(
          aRun(9),
          zipOf([
            { name: 'history.json', content: encodeHistory(historyOf([EVIL])) },
            { name: 'run.sh', content: 'evil' },
          ]),
        ),
      'holds history.json, run.sh and not only history.json',
    ],
    [
      'with a way out',
      () => poisoned(aRun(9), zipOf([{ name: '../history.json', content: '{}' }])),
      '".." in its path',
    ],
    [
      'with a link',
      () => poisoned(aRun(9), zipOf([{ name: 'history.json', content: '/etc/passwd', mode: 0o120777 }])),
      'has an entry that is a link',
    ],
    ['that is a zip bomb', () => poisoned(aRun(9), zipped(' '.repeat(3_000_000))), 'claims to inflate'],
    ['of 40 MB of JSON', () => poisoned(aRun(9), zipped(`"${'0'.repeat(40_000_000)}"`)), 'claims to inflate'],
    [
      'of 4 MB of JSON that says it is small',
      () =>
        poisoned(aRun(9), zipOf([{ name: 'history.json', content: `"${'0'.repeat(4_000_000)}"`, declaredSize: 4096 }])),
      'inflates to more than the 4096 bytes it claims',
    ],
    ['that is no zip', () => poisoned(aRun(9), new TextEncoder().encode('hello')), 'is not a zip'],
    [
      'that is not UTF-8',
      () => poisoned(aRun(9), zipOf([{ name: 'history.json', content: new Uint8Array([0xff, 0xfe]) }])),
      'not UTF-8',
    ],
    ['that is not JSON', () => poisoned(aRun(9), zipped('{')), 'the history is not JSON'],
    [
      'with NaN',
      () => poisoned(aRun(9), zipped(evilText(() => {}).replace(/"tpot-p50":[\d.]+/, '"tpot-p50":NaN'))),
      'the history is not JSON',
    ],
    [
      'with a negative figure',
      () => poisoned(aRun(9), zipped(evilText((history) => (firstFigures(history)['tpot-p50'] = -10)))),
      'entries[0].row.levels[0].passes[0].figures.tpot-p50',
    ],
    [
      'with __proto__',
      () => poisoned(aRun(9), zipped(evilText(() => {}).replace('"source":{', '"source":{"__proto__":{"sha":"x"},'))),
      '"__proto__"',
    ],
    [
      'of other names only',
      () => poisoned(aRun(9), historyZip([anEntry(9, { name: 'other' })])),
      'all of its runs are of other names',
    ],
    ['of no runs', () => poisoned(aRun(9), historyZip([])), 'no run is recorded in it'],
  ])('%s', async (_, makeSource, why) => {
    const source = makeSource()
    const { entries, passedOver, unreadable } = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(entries).toEqual([anEntry(1), anEntry(2)])
    expect(unreadable).toBeNull()
    expect(passedOver).toHaveLength(1)
    expect(passedOver[0]).toMatch(/^artifact plateau-llama-8b-history \(10001\) of (run 9|no run) was passed over: /)
    expect(passedOver[0]).toContain(why)
  })
})

test('nothing of a zip is opened before its digest is right', async () => {
  const bomb = zipOf([{ name: 'history.json', content: ' '.repeat(1_000_000) }])
  const source = poisoned(aRun(9), bomb, { digest: digestOf(GOOD_ZIP) })
  const { passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(passedOver[0]).toContain('digest')
})

test('entries of other names are dropped, those of other series stay', async () => {
  const source = fakeSource()
  const otherSeries = anEntry(3, { row: { series: addSeriesKey({ ...SERIES_FIELDS, passes: 9 }) } })
  source.add(aRun(3), historyZip([anEntry(1), anEntry(2, { name: 'other' }), otherSeries]))
  const { entries } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([anEntry(1), otherSeries])
})

test('a history that was never recorded is none, and not unreadable', async () => {
  expect(await createArtifactStore(fakeSource(), OPTIONS).load(NAME)).toEqual({
    entries: [],
    origin: 'artifacts of perf.yml on main',
    ancestor: null,
    passedOver: [],
    unreadable: null,
  })
})

describe('a history that was recorded and is gone', () => {
  test('is no first run where its artifacts have expired, of runs in the list and of older ones', async () => {
    const source = fakeSource()
    source.add(aRun(1), GOOD_ZIP, { expired: true })
    expect(await createArtifactStore(source, OPTIONS).load(NAME)).toMatchObject({
      entries: [],
      unreadable: null,
      lost: 'all recorded runs have expired',
    })
    source.runList.length = 0
    const older = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(older.lost).toBe('all recorded runs have expired')
  })

  test('nor where one expires between the list and the download, or is not what it should be', async () => {
    const source = fakeSource()
    source.add(aRun(1), GOOD_ZIP)
    source.fail = (call) => {
      if (call.startsWith('download')) throw httpError(410)
    }
    const gone = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(gone).toMatchObject({ unreadable: null, lost: 'all recorded runs have expired' })
    const spoilt = fakeSource()
    spoilt.add(aRun(1), zipped('{'))
    expect((await createArtifactStore(spoilt, OPTIONS).load(NAME)).lost).toBe('no recorded run can be used')
  })

  test('is one all the same while another can be used, or where only strangers left artifacts', async () => {
    const source = poisoned(aRun(9), EVIL_ZIP, { expired: true })
    expect((await createArtifactStore(source, OPTIONS).load(NAME)).lost).toBeUndefined()
    const strange = fakeSource()
    strange.add(aRun(9, { headRepositoryId: FORK }), EVIL_ZIP, { expired: true })
    strange.add(aRun(8, { event: 'pull_request' }), EVIL_ZIP, { expired: true })
    expect((await createArtifactStore(strange, OPTIONS).load(NAME)).lost).toBeUndefined()
  })
})

test('the newest three are merged, so that two pushes at once lose nothing', async () => {
  const source = fakeSource()
  source.add(aRun(2), historyZip([anEntry(1), anEntry(2)]))
  // Both began when only run 2 had ended.
  source.add(aRun(3), historyZip([anEntry(1), anEntry(2), anEntry(3)]))
  source.add(aRun(4), historyZip([anEntry(1), anEntry(2), anEntry(4)]))
  const { entries } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([anEntry(1), anEntry(2), anEntry(3), anEntry(4)])
})

test('a usual search takes few requests, however many runs there are', async () => {
  const source = fakeSource()
  for (let id = 1; id <= 90; id++) source.add(aRun(id), historyZip([anEntry(id)]))
  const { entries } = await createArtifactStore(source, { ...OPTIONS, base: shaOf(90) }).load(NAME)
  expect(entries).toEqual([anEntry(88), anEntry(89), anEntry(90)])
  // Runs, artifacts, the branch, three comparisons and downloads, and whether the newest leads to the base.
  expect(source.calls).toHaveLength(10)
})

test('the nights of one commit ask for it once, and a run of the newest commit asks for nothing', async () => {
  const source = fakeSource()
  source.commits = [shaOf(1), shaOf(2)]
  for (let id = 1; id <= 4; id++) source.add(aRun(id, { headSha: shaOf(1) }), historyZip([anEntry(id)]))
  source.add(aRun(5, { headSha: shaOf(2) }), historyZip([anEntry(5)]))
  expect((await createArtifactStore(source, OPTIONS).load(NAME)).entries).toHaveLength(3)
  expect(source.calls.filter((call) => /^(isAncestor|commitOf)/.test(call))).toEqual([
    'commitOf heads/main',
    `isAncestor ${shaOf(1)} ${shaOf(2)}`,
  ])
})

test('nothing is downloaded of a run whose commit is not on the branch, and after many such the search ends', async () => {
  const source = fakeSource()
  for (let id = 1; id <= 14; id++) {
    source.add(aRun(id), EVIL_ZIP)
    source.elsewhere.set(shaOf(id), 'there')
  }
  const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([])
  expect(passedOver).toContain('the search ended at its bound of requests: older runs were not looked at')
  expect(source.calls.filter((call) => call.startsWith('download'))).toEqual([])
  expect(source.calls.filter((call) => call.startsWith('isAncestor'))).toHaveLength(10)
})

test('after a forced push the newest run counts whose commit is still on the branch', async () => {
  const source = fakeSource()
  source.add(aRun(1), historyZip([anEntry(1)]))
  source.add(aRun(2), historyZip([anEntry(1), anEntry(2)]))
  source.elsewhere.set(shaOf(2), 'there')
  const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([anEntry(1)])
  expect(passedOver).toEqual([expect.stringContaining('or main was pushed with force')])
})

test('where the branch is not shown, nothing is believed, and the permission is named', async () => {
  const source = fakeSource()
  source.add(aRun(1), GOOD_ZIP)
  source.fail = (call) => {
    if (call.startsWith('commitOf')) throw httpError(403)
  }
  const { entries, unreadable } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([])
  expect(JSON.stringify(unreadable)).toContain('`contents: read`')
  expect(source.calls.filter((call) => call.startsWith('download'))).toEqual([])
})

test('runs without a history cost nothing but themselves', async () => {
  const source = fakeSource()
  source.add(aRun(1), historyZip([anEntry(1)]))
  for (let id = 2; id <= 60; id++) source.runList.push(aRun(id))
  const { entries } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([anEntry(1)])
  expect(source.calls).toHaveLength(5)
})

test('artifacts that the list of all runs no longer shows are asked for run by run, with a bound', async () => {
  const source = fakeSource()
  source.page = 2
  for (let id = 1; id <= 5; id++) source.add(aRun(id), historyZip([anEntry(id)]))
  for (let id = 900; id < 960; id++) source.add(aRun(id, { headRepositoryId: FORK }), EVIL_ZIP)
  const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([anEntry(3), anEntry(4), anEntry(5)])
  expect(passedOver).toHaveLength(2)

  const hopeless = fakeSource()
  hopeless.page = 1
  for (let id = 900; id < 902; id++) hopeless.add(aRun(id, { headRepositoryId: FORK }), EVIL_ZIP)
  for (let id = 1; id < 90; id++) hopeless.runList.push(aRun(id))
  const none = await createArtifactStore(hopeless, OPTIONS).load(NAME)
  expect(hopeless.calls.length).toBeLessThanOrEqual(50)
  expect(none.passedOver).toContain('the search ended at its bound of requests: older runs were not looked at')
})

test('runs of forks cannot crowd out those that record', async () => {
  const source = fakeSource()
  source.add(aRun(1), historyZip([anEntry(1)]))
  for (let id = 100; id < 300; id++) source.runList.push(aRun(id, { event: 'pull_request', headRepositoryId: FORK }))
  const { entries } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([anEntry(1)])
})

test('what was passed over is said for so many and counted for the rest', async () => {
  const source = fakeSource()
  for (let id = 1; id <= 30; id++) source.add(aRun(id, { headRepositoryId: FORK }), EVIL_ZIP)
  const { passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(passedOver).toHaveLength(21)
  expect(passedOver.at(-1)).toBe('10 more artifacts were passed over')
})

test('several workflow files share a history', async () => {
  const source = fakeSource()
  source.add(aRun(1, { path: '.github/workflows/nightly.yml', event: 'schedule' }), historyZip([anEntry(1)]))
  source.add(aRun(2), historyZip([anEntry(2)]))
  const options = { ...OPTIONS, workflows: ['perf.yml', 'nightly.yml'] }
  const { entries, origin } = await createArtifactStore(source, options).load(NAME)
  expect(entries).toEqual([anEntry(1), anEntry(2)])
  expect(origin).toBe('artifacts of perf.yml, nightly.yml on main')
})

test('a workflow file that is not there is named, and the others are used', async () => {
  const source = fakeSource()
  source.add(aRun(2), GOOD_ZIP)
  source.fail = (call) => {
    if (call.startsWith('runs nightly.yml')) throw httpError(404)
  }
  const options = { ...OPTIONS, workflows: ['perf.yml', 'nightly.yml'] }
  const { entries, passedOver, unreadable } = await createArtifactStore(source, options).load(NAME)
  expect(entries).toHaveLength(2)
  expect(passedOver).toEqual(['GitHub knows no workflow file nightly.yml here'])
  expect(unreadable).toBeNull()
})

test.each([
  'After run ${{ github.event.workflow_run.id }}',
  '"${{github.event.workflow_run.id}}"',
  "'Run: ${{ github.event.workflow_run.id }}'  # for the baseline",
])(
  'a workflow_run counts where GitHub states in its title that a push to the default branch triggered it: %s',
  async (runName) => {
    const source = fakeSource()
    source.workflow = `name: Performance\r\nrun-name: ${runName}\r\non: workflow_run\r\n`
    const entry = anEntry(9, { source: { event: 'workflow_run' } })
    source.add(aRun(9, { event: 'workflow_run', title: 'Performance after run 8' }), historyZip([anEntry(1), entry]))
    source.runList.push(aRun(8, { path: '.github/workflows/deploy.yml' }))
    const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(entries).toEqual([anEntry(1), entry])
    expect(passedOver).toEqual([])
  },
)

test.each([
  ['there is none', null],
  [
    'it is over several lines, of which nobody knows what comes of them',
    'run-name: >-\n  After ${{ github.event.workflow_run.id }}',
  ],
  ['it states no run-name, so that the title may be that of a change', 'on: workflow_run'],
  [
    'it puts what anybody wrote before it',
    'run-name: "${{ github.event.workflow_run.head_commit.message }} ${{ github.event.workflow_run.id }}"',
  ],
  ['it puts a figure before it', 'run-name: "1${{ github.event.workflow_run.id }}"'],
  ['it puts another id there', 'run-name: After run ${{ github.event.workflow_run.head_branch }}'],
])('the title of a workflow_run is no evidence where of its workflow file %s', async (_, workflow) => {
  const source = fakeSource()
  source.workflow = workflow
  const entry = anEntry(9, { source: { event: 'workflow_run' } })
  source.add(aRun(9, { event: 'workflow_run', title: 'Mend a typo of run 8' }), historyZip([anEntry(1), entry]))
  source.runList.push(aRun(8, { path: '.github/workflows/deploy.yml' }))
  const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([])
  expect(passedOver).toEqual([expect.stringContaining('which run triggered it is not known')])
  expect(source.calls).toContain(`fileAt .github/workflows/perf.yml ${shaOf(9)}`)
})

test('the attempts of a run are read together, and a bad one does not spoil the others', async () => {
  const source = fakeSource()
  const run = aRun(5, { attempt: 3 })
  const again = anEntry(5, { source: { attempt: 3 } })
  source.add(run, historyZip([anEntry(1), anEntry(5)]))
  source.add(run, new Uint8Array(9), { name: 'plateau-llama-8b-history-attempt-2' })
  source.add(run, historyZip([again]), { name: 'plateau-llama-8b-history-attempt-3' })
  const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toHaveLength(3)
  expect(entries).toContainEqual(again)
  expect(passedOver).toEqual([expect.stringContaining('history-attempt-2')])
})

test('a history that only a later attempt has uploaded is found', async () => {
  const source = fakeSource()
  source.add(aRun(5, { attempt: 2 }), historyZip([anEntry(5)]), { name: 'plateau-llama-8b-history-attempt-2' })
  expect((await createArtifactStore(source, OPTIONS).load(NAME)).entries).toEqual([anEntry(5)])
})

test('the run that asks is no baseline of its own', async () => {
  const source = fakeSource()
  source.add(aRun(ASKING), historyZip([anEntry(7)]))
  const { entries, passedOver } = await createArtifactStore(source, OPTIONS).load(NAME)
  expect(entries).toEqual([])
  expect(passedOver).toEqual([])
})

describe('whether the newest is an ancestor of the base', () => {
  test.each([
    ['it is', shaOf(5), true],
    ['the baseline is newer', shaOf(1), false],
    ['nobody knows the base', 'f'.repeat(40), null],
    ['there is no base', null, null],
  ])('%s', async (_, base, ancestor) => {
    const source = fakeSource()
    source.commits = [1, 2, 3, 4, 5].map(shaOf)
    source.add(aRun(3), historyZip([anEntry(3)]))
    expect((await createArtifactStore(source, { ...OPTIONS, base }).load(NAME)).ancestor).toBe(ancestor)
  })
})

describe('baseline-ref', () => {
  const days = Array.from({ length: 300 }, (_, i) => i + 1)
  function release(): FakeSource {
    const source = fakeSource()
    source.commits = days.map(shaOf)
    source.refs.set('v1', shaOf(123))
    source.add(aRun(300), historyZip(days.filter((day) => day % 2 === 0).map((day) => anEntry(day))))
    return source
  }

  test('only runs that lead to it count, found with few questions', async () => {
    const source = release()
    const { entries } = await createArtifactStore(source, { ...OPTIONS, upTo: { ref: 'v1' } }).load(NAME)
    expect(entries.at(-1)).toEqual(anEntry(122))
    expect(entries).toHaveLength(61)
    expect(source.calls.filter((call) => call.startsWith('isAncestor')).length).toBeLessThanOrEqual(8)
  })

  test('a run of that very commit needs no question', async () => {
    const source = release()
    source.refs.set('v1', shaOf(200))
    const { entries } = await createArtifactStore(source, { ...OPTIONS, upTo: { ref: 'v1' } }).load(NAME)
    expect(entries.at(-1)).toEqual(anEntry(200))
    expect(source.calls.filter((call) => call.startsWith('isAncestor'))).toEqual([])
  })

  test('all runs of that commit count, and none after them', async () => {
    const source = fakeSource()
    source.commits = [shaOf(1), shaOf(2), shaOf(3)]
    source.refs.set('v1', shaOf(2))
    const again = anEntry(4, { source: { sha: shaOf(2) } })
    source.add(aRun(3), historyZip([anEntry(1), anEntry(2), again, anEntry(5, { source: { sha: shaOf(3) } })]))
    const { entries } = await createArtifactStore(source, { ...OPTIONS, upTo: { ref: 'v1' } }).load(NAME)
    expect(entries).toEqual([anEntry(1), anEntry(2), again])
  })

  test('commits that a forced push has removed do not matter', async () => {
    const source = release()
    source.commits = source.commits.filter((_, i) => i % 10 > 4 || i === 122)
    const { entries } = await createArtifactStore(source, { ...OPTIONS, upTo: { ref: 'v1' } }).load(NAME)
    expect(entries.at(-1)).toEqual(anEntry(120))
  })

  test('a ref that is not there, or that no run leads to, is an error that names it', async () => {
    const source = release()
    const load = (ref: string) => createArtifactStore(source, { ...OPTIONS, upTo: { ref } }).load(NAME)
    await expect(load('v9')).rejects.toThrow(BaselineError)
    await expect(load('v9')).rejects.toThrow('baseline-ref v9 is not in this repository')
    source.refs.set('v0', shaOf(1))
    await expect(load('v0')).rejects.toThrow('No recorded run leads to v0')
  })

  test('the newest tag stands for it in a release; without one all runs count, and that is said', async () => {
    const source = release()
    source.tag = 'v1'
    const options = { ...OPTIONS, upTo: 'newest-tag' as const }
    expect((await createArtifactStore(source, options).load(NAME)).entries).toHaveLength(61)
    source.tag = null
    const all = await createArtifactStore(source, options).load(NAME)
    expect(all.entries).toHaveLength(150)
    expect(all.passedOver).toEqual(['no earlier tag leads here, so all recorded runs count'])
  })

  describe('the newest release, for slow drift', () => {
    const OPTIONS_WITH_RELEASE = { ...OPTIONS, findRelease: true }

    test('is the newest tag, and the newest run that leads to it says until when', async () => {
      const source = release()
      source.tag = 'v1'
      const { release: found, entries } = await createArtifactStore(source, OPTIONS_WITH_RELEASE).load(NAME)
      expect(found).toEqual({ name: 'v1', until: anEntry(122).row.startedAt })
      expect(entries).toHaveLength(150)
      expect((await createArtifactStore(release(), OPTIONS).load(NAME)).release).toBeUndefined()
    })

    test('that does not exist, or that no run leads to, is none', async () => {
      const source = release()
      expect((await createArtifactStore(source, OPTIONS_WITH_RELEASE).load(NAME)).release).toBeUndefined()
      source.tag = 'v0'
      source.refs.set('v0', shaOf(1))
      expect((await createArtifactStore(source, OPTIONS_WITH_RELEASE).load(NAME)).release).toBeUndefined()
    })

    test('that cannot be found out costs no comparison, and is said', async () => {
      const source = release()
      source.fail = (call) => {
        if (call === 'newestTag') throw httpError(403)
      }
      const baseline = await createArtifactStore(source, OPTIONS_WITH_RELEASE).load(NAME)
      expect(baseline).toMatchObject({ unreadable: null })
      expect(baseline.release).toBeUndefined()
      expect(baseline.entries).toHaveLength(150)
      expect(baseline.passedOver).toEqual([expect.stringMatching(/^slow drift is not told, .*`contents: read`/)])
    })
  })
})

describe('when GitHub cannot be asked', () => {
  test.each([
    [404, '`actions: read`'],
    [500, 'GitHub answered 500, HTTP 500'],
  ])('HTTP %s makes the baseline unreadable and says why', async (status, words) => {
    const source = fakeSource()
    source.add(aRun(1), GOOD_ZIP)
    source.fail = () => {
      throw httpError(status)
    }
    const { entries, unreadable } = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(entries).toEqual([])
    expect(unreadable?.why).toContain(words)
  })

  test.each([
    [403, 'Resource not accessible by integration - https://docs.github.com/rest', /^add `actions: read` to the perm/],
    [404, 'Not Found', /^add `actions: read` to the permissions of the job$/],
    [403, 'Resource protected by organization SAML enforcement', /^do what it says, and/],
    [403, 'API rate limit exceeded for installation ID 1.', /^run the job again later$/],
    [429, 'Too many requests', /^run the job again later$/],
    [401, 'Bad credentials', /^check github-token/],
    [502, 'Bad gateway', /^run the job again$/],
  ])('HTTP %s "%s" is told with its words and a remedy that works', (status, message, remedy) => {
    const refusal = explainRefusal(Object.assign(new Error(message), { status, response: {} }), 'actions: read')
    expect(refusal.remedy).toMatch(remedy)
    expect(refusal.why).toContain(`${status}, ${message.split(' - ')[0]!}`)
    expect(refusal.why).not.toContain('docs.github.com')
  })

  test('one download that fails costs that artifact only', async () => {
    const source = fakeSource()
    source.add(aRun(1), historyZip([anEntry(1)]))
    source.add(aRun(2), historyZip([anEntry(2)]))
    source.fail = (call) => {
      if (call === 'download 10001') throw new Error('socket hang up')
    }
    const { entries, passedOver, unreadable } = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(entries).toEqual([anEntry(1)])
    expect(passedOver[0]).toContain('(10001) of run 2 was passed over: GitHub could not be reached (socket hang up)')
    expect(unreadable).toBeNull()
  })

  test('downloads that all fail end soon, and nothing is called absent', async () => {
    const source = fakeSource()
    for (let id = 1; id < 20; id++) source.add(aRun(id), historyZip([anEntry(id)]))
    source.fail = (call) => {
      if (call.startsWith('download')) throw httpError(403)
    }
    const { unreadable } = await createArtifactStore(source, OPTIONS).load(NAME)
    expect(unreadable?.why).toContain('403')
    expect(source.calls.filter((call) => call.startsWith('download'))).toHaveLength(3)
  })

  test('a lost answer to the ancestor question costs nothing but the answer', async () => {
    const source = fakeSource()
    source.add(aRun(1), GOOD_ZIP)
    source.fail = (call) => {
      if (call === `isAncestor ${shaOf(1)} ${shaOf(9)}`) throw httpError(500)
    }
    const { entries, ancestor } = await createArtifactStore(source, { ...OPTIONS, base: shaOf(9) }).load(NAME)
    expect(entries).toHaveLength(2)
    expect(ancestor).toBeNull()
  })

  test('nothing is uploaded that lacks what could not be read', async () => {
    const source = fakeSource()
    source.fail = (call) => {
      if (call.startsWith('runs')) throw httpError(403)
    }
    const store = createArtifactStore(source, OPTIONS)
    await expect(store.save([anEntry(9)])).rejects.toThrow(BaselineError)
    await expect(store.save([anEntry(9)])).rejects.toThrow('was not added to')
    expect(source.uploads.size).toBe(0)
  })
})

describe('saving', () => {
  test('uploads what was there with what is new, by the attempt', async () => {
    const source = fakeSource()
    source.add(aRun(2), GOOD_ZIP)
    await createArtifactStore(source, { ...OPTIONS, attempt: 2 }).save([anEntry(3)])
    const text = source.uploads.get('plateau-llama-8b-history-attempt-2')!
    expect(decodeHistory(text).entries).toEqual([anEntry(1), anEntry(2), anEntry(3)])
  })

  test('what is uploaded is what the next run reads', async () => {
    const source = fakeSource()
    for (let id = 1; id <= 6; id++) {
      const next = fakeSource()
      source.runList.forEach((run) => next.runList.push(run))
      await createArtifactStore(source, { ...OPTIONS, runId: id, keep: 4 }).save([anEntry(id)])
      source.add(aRun(id), zipOf([{ name: 'history.json', content: source.uploads.get('plateau-llama-8b-history')! }]))
    }
    const { entries, passedOver } = await createArtifactStore(source, { ...OPTIONS, keep: 4 }).load(NAME)
    expect(entries).toEqual([3, 4, 5, 6].map((day) => anEntry(day)))
    expect(passedOver).toEqual([])
  })

  test('a release that compares with an old part of the history copies all of it forward', async () => {
    const source = fakeSource()
    source.commits = [1, 2, 3].map(shaOf)
    source.add(aRun(2), GOOD_ZIP)
    const store = createArtifactStore(source, { ...OPTIONS, upTo: { ref: shaOf(1) } })
    expect((await store.load(NAME)).entries).toEqual([anEntry(1)])
    await store.save([anEntry(3)])
    expect(decodeHistory(source.uploads.get('plateau-llama-8b-history')!).entries).toHaveLength(3)
  })

  test('two names are two artifacts', async () => {
    const source = fakeSource()
    await createArtifactStore(source, OPTIONS).save([anEntry(1), anEntry(1, { name: 'other' })])
    expect([...source.uploads.keys()]).toEqual(['plateau-llama-8b-history', 'plateau-other-history'])
  })

  test('an upload that fails is said', async () => {
    const source = fakeSource()
    source.fail = (call) => {
      if (call.startsWith('upload')) throw new Error('409 Conflict')
    }
    const save = createArtifactStore(source, OPTIONS).save([anEntry(1)])
    await expect(save).rejects.toThrow('plateau-llama-8b-history could not be uploaded: 409 Conflict')
  })

  test('a history that would be refused for its size loses its oldest runs', () => {
    const entries = realisticEntries(200, [1, 2, 4], 3)
    const { entries: kept } = fitHistory(entries, 400, 50_000)
    const content = new TextEncoder().encode(encodeHistory(historyOf(kept)))
    expect(zipSync({ 'history.json': content }).length).toBeLessThan(50_000)
    expect(kept.length).toBeGreaterThan(50)
    expect(kept).toEqual(entries.slice(-kept.length))
    expect(fitHistory(entries, 400).entries).toEqual(entries)
  })
})
