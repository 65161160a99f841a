import { expect, test } from 'vitest'
import { SettingsError } from '../../../src/errors.ts'
import { placeConfig } from '../../../src/github/job/base-files.ts'
import type { Permissions } from '../../support/fake-github/state.ts'
import { NO_PERMISSION } from '../../support/fake-github/trouble.ts'
import type { TroubleReply } from '../../support/fake-github/trouble.ts'
import { aGithub, clientOf } from '../fake.ts'

const PATH = '.github/plateau.yml'
const BASE = 'gate: check\n'
const CHANGED = 'gate: observe\n'

interface Case {
  readonly path?: string
  /** What the workspace has; null: there is no such file. */
  readonly here?: string | null
  readonly permissions?: Permissions
  /** What GitHub answers when it is asked for the file. */
  readonly reply?: TroubleReply
}

/** What is read when the base has `BASE`, or nothing of that path. */
async function read({ path = PATH, here = BASE, permissions = { contents: 'read' }, reply }: Case) {
  const github = await aGithub()
  if (reply !== undefined) github.trouble({ on: /contents/, times: 9, reply })
  const baseSha = github.commit('main', { [PATH]: BASE })
  const readBytes = (): Buffer => {
    if (here === null) throw Object.assign(new Error('none'), { code: 'ENOENT' })
    return Buffer.from(here)
  }
  const job = { client: clientOf(github, { permissions }), base: baseSha, workspace: '/work/serving' }
  const inputs = new Map([['config', { text: path, source: 'input', where: null } as const]])
  const source = await placeConfig(job, inputs, readBytes, null)
  return { ...source, text: Buffer.from(source.readBytes(path)).toString() }
}

test.concurrent('the file of the base counts, and a change is said to count later', async () => {
  expect(await read({ here: CHANGED })).toMatchObject({
    text: BASE,
    note: `Settings are those of the base; the changes to \`${PATH}\` here count after the merge.`,
  })
})

test.concurrent('a file that did not change needs no word', async () => {
  expect(await read({})).toMatchObject({ text: BASE, note: null })
})

test.concurrent('the base is read without a checkout, too', async () => {
  expect(await read({ here: null })).toMatchObject({ text: BASE })
})

test.each([
  './.github/plateau.yml',
  '/work/serving/.github/plateau.yml',
  '.github/../.github/plateau.yml',
  '.github/plateau.yml/',
  '.github//plateau.yml',
  '../serving/.github/plateau.yml',
])('%s is the same file', async (path) => {
  expect(await read({ path, here: CHANGED })).toMatchObject({ text: BASE })
})

test.concurrent('a file that the base does not have is that of the pull request, and that is said', async () => {
  expect(await read({ path: 'new.yml', here: CHANGED })).toMatchObject({
    text: CHANGED,
    note: 'Settings are those of this pull request: its base has no `new.yml` yet.',
  })
})

test.each(['../other.yml', '/etc/plateau.yml', '.', '../serving'])(
  '%s is no file of the base, and refused',
  async (path) => {
    await expect(read({ path, here: CHANGED })).rejects.toThrow(/^config: got ".*"; must be a file of the repository/)
  },
)

test.each<[string, TroubleReply, RegExp]>([
  ['refuses', NO_PERMISSION, /`contents: read` is missing \(GitHub answered 403.*permissions of the job$/],
  ['cannot be reached', 'drop', /GitHub could not be reached/],
])('where GitHub %s, the file of the workspace does not count instead', async (_, reply, why) => {
  const reading = read({ here: CHANGED, reply })
  await expect(reading).rejects.toBeInstanceOf(SettingsError)
  await expect(reading).rejects.toThrow(why)
})

test.concurrent('a token that may not read is no proof that the base has no such file', async () => {
  await expect(read({ here: CHANGED, permissions: {} })).rejects.toThrow(/^config: .*`contents: read` is missing/)
})
