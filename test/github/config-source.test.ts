import { expect, test } from 'vitest'
import { configOfBase } from '../../src/github/config-source.ts'
import type { Permissions } from '../support/fake-github/state.ts'
import { aGithub, clientOf } from './fake.ts'

const PATH = '.github/plateau.yml'
const BASE = 'gate: check\n'
const CHANGED = 'gate: observe\n'

interface Case {
  readonly path?: string
  /** What the workspace has; null: there is no such file. */
  readonly here?: string | null
  readonly permissions?: Permissions
}

/** What is read when the base has `BASE`, or nothing of that path. */
async function read({ path = PATH, here = BASE, permissions = { contents: 'read' } }: Case) {
  const github = await aGithub()
  const baseSha = github.commit('main', { [PATH]: BASE })
  const readFile = (): string => {
    if (here === null) throw Object.assign(new Error('none'), { code: 'ENOENT' })
    return here
  }
  const source = await configOfBase(clientOf(github, { permissions }), {
    path,
    baseSha,
    workspace: '/work/serving',
    readFile,
  })
  return { ...source, text: source.readConfigFile(path) }
}

test('the file of the base counts, and a change is said to count later', async () => {
  expect(await read({ here: CHANGED })).toMatchObject({
    text: BASE,
    note: `Settings are those of the base; the changes to \`${PATH}\` here count after the merge.`,
    warning: null,
  })
})

test('a file that did not change needs no word', async () => {
  expect(await read({})).toMatchObject({ text: BASE, note: null, warning: null })
})

test('the base is read without a checkout, too', async () => {
  expect(await read({ here: null })).toMatchObject({ text: BASE })
})

test.each(['./.github/plateau.yml', '/work/serving/.github/plateau.yml', '.github/../.github/plateau.yml'])(
  '%s is the same file',
  async (path) => {
    expect(await read({ path, here: CHANGED })).toMatchObject({ text: BASE })
  },
)

test('a file that the base does not have is that of the pull request, and that is said', async () => {
  expect(await read({ path: 'new.yml', here: CHANGED })).toMatchObject({
    text: CHANGED,
    note: 'Settings are those of this pull request: its base has no `new.yml` yet.',
    warning: null,
  })
})

test('a file outside the repository is no file of the base', async () => {
  expect(await read({ path: '../other.yml', here: CHANGED })).toMatchObject({ text: CHANGED, note: null })
  expect(await read({ path: '/etc/plateau.yml', here: CHANGED })).toMatchObject({ text: CHANGED, note: null })
})

test('a token that may not read falls back to the workspace, with a warning that names the permission', async () => {
  const { text, note, warning } = await read({ here: CHANGED, permissions: {} })
  expect(text).toBe(CHANGED)
  expect(note).toMatch(/^Settings are those of this pull request/)
  expect(warning).toMatch(/permissions: contents: read; used the one of the workspace$/)
})
