import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import type { Sharing } from '../../src/github/shards.ts'
import type { ActionPorts } from '../../src/github/outcome.ts'
import { aVerdict } from '../support/verdict-builders.ts'
import { DOCUMENTED_PERMISSIONS } from '../support/fake-github/fixtures.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { Repository, Run } from '../support/fake-github/state.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { aReport } from '../support/builders.ts'
import { measuredAs, runStep } from './action-step.ts'
import type { Step, StepEnded } from './action-step.ts'
import { aGithub } from './fake.ts'

const FINE = measuredAs(aVerdict())
const ENTERPRISE = { GITHUB_SERVER_URL: 'https://github.corp.example' }
const SHARDED = { concurrency: '2,4', 'level-duration': '8s', passes: '1', rendezvous: '/mnt/meeting' }

/** A shard of a push to main, whose measurement is given. */
async function runShard(
  shard: string,
  ports: Partial<Pick<Step, 'measure' | 'measureForFirst' | 'inputs' | 'env'>> & { readonly github?: FakeGithub } = {},
): Promise<StepEnded> {
  const github = ports.github ?? (await aGithub())
  return runStep({
    measure: async () => FINE,
    ...ports,
    github,
    event: pushEvent(github),
    inputs: { ...SHARDED, shard, 'github-token': github.token(DOCUMENTED_PERMISSIONS), ...ports.inputs },
  })
}

test.concurrent(
  'a shard that is not the first hands over its part and leaves gate, comment and record to the first',
  async () => {
    let told: Parameters<ActionPorts['measureForFirst']> | null = null
    const ended = await runShard('2/2', {
      measure: async () => Promise.reject(new Error('the first measures so')),
      async measureForFirst(...given) {
        told = given
        await given[3].hand('first', ['a part'])
        await given[3].hand('second', ['another'])
      },
    })
    expect(ended).toMatchObject({ code: 0, warnings: [], annotations: [], summary: '' })
    expect(ended.uploads).toEqual(['part-2-of-2-of-plateau-llama-8b', 'part-2-of-2-second-look-of-plateau-llama-8b'])
    expect(told![1]).toEqual({ number: 2, count: 2 })
  },
)

test.concurrent('a shard that cannot be measured is red, and says why', async () => {
  const gone = new EndpointError('shard 1/2 left the run: it was interrupted', { tried: 'it', remedy: 'start again' })
  const ended = await runShard('2/2', { measureForFirst: async () => Promise.reject(gone) })
  expect(ended.code).toBe(1)
  expect(ended.summary).toContain('shard 1/2 left the run')
  expect(ended.uploads).toEqual([])
})

test.concurrent(
  'all shards of a job have one name, the one of the job, and its leg says how many they are',
  async () => {
    const names: string[] = []
    const measure: ActionPorts['measure'] = async (settings) => {
      names.push(settings.name)
      return FINE
    }
    const measureForFirst: ActionPorts['measureForFirst'] = async ({ name }) => void names.push(name)
    for (const number of ['1', '2']) {
      const matrix = JSON.stringify({ shard: Number(number) })
      await runShard(`${number}/2`, { measure, measureForFirst, inputs: { name: '', matrix } })
    }
    expect(names).toEqual(['measure', 'measure'])
  },
)

test.concurrent('a skipped job of several shards is said once', async () => {
  const github = await aGithub()
  const pull = github.addPull({ headRepository: { ...github.state.repository, id: 9, fullName: 'someone/serving' } })
  const skip = async (shard: string) =>
    runStep({
      github,
      event: pullRequestEvent(github, pull),
      measure: async () => FINE,
      inputs: { ...SHARDED, shard, defer: 'true' },
    })
  expect(await skip('1/2')).toMatchObject({ code: 0, uploads: ['plateau-llama-8b'] })
  expect(await skip('2/2')).toMatchObject({ code: 0, uploads: [], summary: '' })
})

test.concurrent('without artifacts or a token to fetch them no shard begins', async () => {
  const refuse = async (more: Parameters<typeof runShard>[1]) => {
    const ended = await runShard('2/2', { measureForFirst: async () => Promise.reject(new Error('it began')), ...more })
    expect(ended.code).toBe(2)
    return ended.summary.replaceAll('\\', '')
  }
  expect(await refuse({ inputs: { 'github-token': '' } })).toContain('needs a github-token')
  expect(await refuse({ inputs: { upload: 'false' } })).toContain('upload: must be on with shard')
  expect(await refuse({ env: ENTERPRISE, inputs: { baseline: 'none', confirm: '0' } })).toContain('plateau merge')
})

/** What the first of two shards fetches of the second, when this lies among the artifacts of the run. */
async function fetchOther(lay: (github: FakeGithub, run: Run) => void, repository: Partial<Repository> = {}) {
  const github = await aGithub(repository)
  const event = pushEvent(github)
  const run = github.addRun(event.run)
  lay(github, run)
  let paths: readonly string[] = []
  let sharing: Sharing | null = null
  const ended = await runStep({
    github,
    event,
    runId: run.id,
    inputs: { ...SHARDED, shard: '1/2' },
    async measure(_, hooks) {
      sharing = hooks.sharing
      paths = await sharing!.fetchAll('first')
      return FINE
    },
  })
  return { ended, texts: paths.slice(1).map((path) => readFileSync(path, 'utf8')), sharing: sharing! }
}

const PART = 'part-2-of-2-of-plateau-llama-8b'

test.concurrent('the first shard fetches the parts of the others from the artifacts of its own run', async () => {
  const { ended, texts } = await fetchOther((github, run) => {
    github.addArtifact({ run: github.addRun(), name: PART, files: { 'shard-2-of-2.part': 'of another run' } })
    github.addArtifact({ run, name: PART, files: { 'shard-2-of-2.part': 'its part' } })
  })
  expect(texts).toEqual(['its part'])
  expect(ended.code, ended.summary).toBe(0)
})

test.concurrent.each([
  ['is missing', (): void => {}, 'it is not among the artifacts of this run'],
  [
    'holds something else',
    (github: FakeGithub, run: Run): void => void github.addArtifact({ run, name: PART, files: { 'x.part': 'x' } }),
    'it holds no shard-2-of-2.part',
  ],
  [
    'is not what GitHub took',
    (github: FakeGithub, run: Run): void =>
      void github.addArtifact({
        run,
        name: PART,
        files: { 'shard-2-of-2.part': 'x' },
        digest: `sha256:${'0'.repeat(64)}`,
      }),
    'its content does not have the digest that GitHub states',
  ],
] as const)('where the artifact of a shard %s it is named, and there is no smaller run', async (_, lay, why) => {
  const { ended } = await fetchOther(lay)
  expect(ended.code).toBe(1)
  expect(ended.summary.replaceAll('\\', '')).toContain(
    `the part of shard 2/2, the artifact ${PART}, cannot be used: ${why}`,
  )
  expect(ended.uploads).toEqual([])
})

test.concurrent('the part of a public repository does not name the host', async () => {
  const files = { 'shard-2-of-2.part': 'its part' }
  const lay = (github: FakeGithub, run: Run): void => void github.addArtifact({ run, name: PART, files })
  const [shown, whole] = [await fetchOther(lay, { private: false }), await fetchOther(lay)]
  expect(shown.sharing.strip!(aReport()).context).not.toHaveProperty('host')
  expect(whole.sharing.strip).toBeNull()
})
