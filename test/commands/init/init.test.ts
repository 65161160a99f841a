import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { doctorCommand } from '../../../src/commands/doctor/doctor.ts'
import { initCommand } from '../../../src/commands/init/init.ts'
import { resolve } from '../../settings/support.ts'
import { selfSigned } from '../../support/certificate.ts'
import { temporaryFolder } from '../../support/cli.ts'
import { playCommand } from '../../support/virtual/play.ts'
import type { Job } from '../../support/workflows.ts'

const SERVER = { engine: {}, servedModel: 'meta/llama: 8b' }

/** Plays `plateau init` in this folder on a server in virtual time. */
const init = async (folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  playCommand(initCommand, [folder, ...args], SERVER, new AbortController().signal, { env })

/** What was written, as GitHub reads it. */
function readWritten(folder: string) {
  const read = (path: string) => parse(readFileSync(join(folder, '.github', path), 'utf8')) as Record<string, unknown>
  const workflow = read('workflows/plateau.yml') as {
    jobs: { plateau: Job & { 'runs-on': string } }
    on: { push: unknown }
  }
  return {
    workflow,
    job: workflow.jobs.plateau,
    step: workflow.jobs.plateau.steps.at(-1)!,
    config: read('plateau.yml'),
  }
}

test('the workflow and the config file are for what is there, and the doctor misses nothing in them', async () => {
  const folder = temporaryFolder()
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args])
  git('init', '-q', '-b', 'trunk')
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk')
  git('remote', 'add', 'origin', 'git@github.com:acme/serving.git')
  const key = 'sk-very-secret-1'
  const { code, written } = await init(
    folder,
    ['--endpoint', 'https://staging.acme.example/v1', '--model', 'meta/llama: 8b'],
    {
      PLATEAU_API_KEY: key,
    },
  )
  expect(code, written).toBe(0)
  const { workflow, job, step, config } = readWritten(folder)
  expect(workflow.on.push).toEqual({ branches: ['trunk'] })
  expect(job['runs-on']).toBe('ubuntu-latest')
  expect(step).toEqual({
    uses: 'acme/plateau@v1',
    with: {
      endpoint: 'https://staging.acme.example/v1',
      'api-key': '${{ secrets.PLATEAU_API_KEY }}',
      config: '.github/plateau.yml',
    },
  })
  expect(config).toEqual({
    name: 'meta-llama-8b',
    api: 'openai-chat',
    model: 'meta/llama: 8b',
    'input-tokens': 512,
    'output-tokens': 128,
    slo: [expect.stringMatching(/^ttft <= \d+ms$/), expect.stringMatching(/^tpot <= \d+ms$/)],
    limits: ['error-rate <= 1%'],
  })
  expect(written).toMatch(/gh secret set PLATEAU_API_KEY/)
  expect(written).toMatch(/at \d+ in flight, the knee: 95 of 100 requests/)
  const files = ['workflows/plateau.yml', 'plateau.yml'].map((path) =>
    readFileSync(join(folder, '.github', path), 'utf8'),
  )
  for (const text of [...files, written]) expect(text).not.toContain(key)

  const { settings } = resolve({
    inputs: { ...(step.with as Record<string, string>), 'api-key': key },
    files: { '.github/plateau.yml': files[1]! },
  })
  expect(settings).toMatchObject({
    name: 'meta-llama-8b',
    api: 'openai-chat',
    apiKey: key,
    slo: [{ time: 'ttft' }, { time: 'tpot' }],
  })

  const looked = await playCommand(doctorCommand, [folder, '--self-proof', 'false'], SERVER)
  expect(looked.code, looked.written).toBe(0)
  expect(looked.written).not.toContain('better:')

  const before = files.join()
  await expect(init(folder, ['--endpoint', 'https://other.example'])).rejects.toThrow(
    /plateau\.yml.*is there already; --force writes over it/,
  )
  expect(
    [
      readFileSync(join(folder, '.github/workflows/plateau.yml'), 'utf8'),
      readFileSync(join(folder, '.github/plateau.yml'), 'utf8'),
    ].join(),
  ).toBe(before)
  const forced = await init(folder, [
    '--endpoint',
    'http://vllm:8000/v1?key=in-the-query',
    '--force',
    '--slo',
    'latency <= 9s',
    '--name',
    'other',
    '--branch',
    'dev',
    '--owner',
    'else',
  ])
  expect(forced.code).toBe(0)
  const second = readWritten(folder)
  expect(second.step).toEqual({
    uses: 'else/plateau@v1',
    with: { endpoint: '${{ secrets.PLATEAU_ENDPOINT }}', auth: 'none', config: '.github/plateau.yml' },
  })
  expect(second.job['runs-on']).toBe('self-hosted')
  expect(second.config).toMatchObject({ name: 'other', slo: ['latency <= 9000ms'] })
  expect(forced.written).toMatch(/private network/)
  expect(forced.written + readFileSync(join(folder, '.github/workflows/plateau.yml'), 'utf8')).not.toContain(
    'in-the-query',
  )
})

test('a dry run prints both files and writes none, and a server of this machine is said to be out of reach', async () => {
  const folder = temporaryFolder()
  const { code, written } = await init(folder, ['--endpoint', 'http://127.0.0.1:8000', '--dry-run'])
  expect(code).toBe(0)
  expect(written).toMatch(
    /^--- \.github\/workflows\/plateau\.yml$[^]*^# The endpoint is on the machine that measures[^]*your-org\/plateau@v1[^]*^--- \.github\/plateau\.yml$[^]*^slo:/m,
  )
  expect(existsSync(join(folder, '.github'))).toBe(false)
})

describe('in a repository of GitLab', () => {
  const aCheckout = () => {
    const folder = temporaryFolder()
    const remote = 'https://sesame@gitlab.example.com:8443/group/serving.git'
    execFileSync('git', ['init', '-q', folder])
    execFileSync('git', ['-C', folder, 'remote', 'add', 'origin', remote])
    return folder
  }

  test('the job and its config file are written, with settings that go together, and what is left to do is in its words', async () => {
    const folder = aCheckout()
    const key = 'sk-very-secret-1'
    const args = [
      '--endpoint',
      "https://staging.example.com/it's",
      '--headers',
      'X-Team: blue-secret',
      '--model',
      'meta/llama: 8b',
    ]
    const { code, written } = await init(folder, [...args, '--ready-timeout', '20m'], { PLATEAU_API_KEY: key })
    expect(code, written).toBe(0)
    const files = ['plateau.gitlab-ci.yml', 'plateau.yml'].map((name) =>
      readFileSync(join(folder, '.gitlab', name), 'utf8'),
    )
    for (const text of [...files, written]) expect(text).not.toMatch(/sk-very-secret|blue-secret|sesame/)
    const { performance: job } = parse(files[0]!) as { performance: { script: string[]; resource_group: string } }
    expect(job.resource_group).toBe('plateau-meta-llama-8b')
    const shell = job.script.at(-1)!.replace(/^node \S+ run/, 'printf "%s\\n"')
    const env = { ...process.env, RECORD: '--append', PLATEAU_HEADERS: 'X-Team: blue-secret' }
    const flags = execFileSync('sh', ['-c', shell], { env, encoding: 'utf8' }).trimEnd().split('\n')
    const { settings } = resolve({ flags, env: { PLATEAU_API_KEY: key }, files: { '.gitlab/plateau.yml': files[1]! } })
    expect(settings).toMatchObject({
      name: 'meta-llama-8b',
      append: true,
      apiKey: key,
      headers: { 'x-team': 'blue-secret' },
      readyTimeoutMs: 1_200_000,
      gitlabNote: 'note.md',
    })
    expect(settings.endpoint.href).toBe("https://staging.example.com/it's")
    const said = written.replaceAll(/\s+/g, ' ')
    expect(said).toContain('"include: [{ local: .gitlab/plateau.gitlab-ci.yml }]"')
    expect(said).toContain('Variables: PLATEAU_API_KEY, PLATEAU_HEADERS, NOTE_TOKEN.')
    expect(said).toContain('open a merge request')
    expect(said).not.toMatch(/gh secret|pull request|workflow/)
    expect(said).toContain('plateau doctor says what is still missing.')
    expect(said).toContain('the owner of your copy')
    expect(said).toContain(`, in ${realpathSync(folder)}`)
    expect(said).toContain('The levels were found by a search')
    await expect(init(folder, args)).rejects.toThrow(/plateau\.gitlab-ci\.yml.*is there already/)
  })

  test('an endpoint of a private network wants a runner with tags', async () => {
    const { written } = await init(aCheckout(), ['--endpoint', 'http://vllm:8000/v1?key=in-the-query', '--dry-run'])
    expect(written).toMatch(/--endpoint "\$PLATEAU_ENDPOINT" --auth none --config/)
    expect(written).toContain('the tags of a runner that reaches it')
    expect(written).not.toContain('in-the-query')
  })
})

test('headers become a secret of the workflow, certificates and the time to wait stand in the files', async () => {
  const folder = realpathSync(temporaryFolder())
  const elsewhere = temporaryFolder()
  const { cert, key } = selfSigned()
  writeFileSync(join(folder, 'ca.pem'), cert)
  for (const [name, text] of [
    ['c.pem', cert],
    ['k.pem', key],
  ] as const)
    writeFileSync(join(elsewhere, name), text)
  const keyPlace = relative(process.cwd(), join(elsewhere, 'k.pem'))
  const pems = ['--client-cert', join(elsewhere, 'c.pem'), '--client-key', keyPlace]
  const { code, written } = await init(folder, [
    '--endpoint=https://staging.example.com',
    '--headers=X-Team: blue-secret',
    '--ready-timeout=20m',
    `--ca-cert=${relative(process.cwd(), join(folder, 'ca.pem'))}`,
    ...pems,
  ])
  expect(code, written).toBe(0)
  const { step, config } = readWritten(folder)
  expect(step.with).toMatchObject({
    headers: '${{ secrets.PLATEAU_HEADERS }}',
    // By its place in the repository, from whose root the job runs.
    'ca-cert': 'ca.pem',
    'client-cert': join(elsewhere, 'c.pem'),
    'client-key': relative(folder, join(realpathSync(elsewhere), 'k.pem')),
  })
  expect(config).toMatchObject({ 'ready-timeout': '20m' })
  expect(written.replaceAll(/\s+/g, ' ')).toContain('needs the files of client-cert, client-key at the same paths')
  expect(written).toContain('gh secret set PLATEAU_HEADERS')
  expect(written).not.toContain('blue-secret')
})

test('another workflow with the action is named', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, '.github', 'workflows'), { recursive: true })
  writeFileSync(
    join(folder, '.github', 'workflows', 'old.yml'),
    'on: push\njobs: { a: { steps: [{ uses: acme/plateau@v1 }] } }',
  )
  const { written } = await init(folder, ['--endpoint', 'http://127.0.0.1:8000'])
  expect(written).toMatch(/! old\.yml measures with the action, too: keep one of them/)
  expect(written).toMatch(/write the owner of your copy of the action in place of\s+your-org/)
  const told = written.slice(written.indexOf('wrote .github/workflows/plateau.yml'))
  expect(told.split('\n').filter(({ length }) => length > 80)).toEqual([])
})

test.each([
  [['--endpoint', 'http://h', '--owner', 'a/b'], /owner: got "a\/b"; must be the name of a user/],
  [['--endpoint', 'http://h', '--passes', '2'], /passes: is a setting of plateau run, and does nothing here/],
  [[], /endpoint: is required/],
])('%j is refused before anything is sent', async (args, message) => {
  await expect(init(temporaryFolder(), args)).rejects.toThrow(message)
})
