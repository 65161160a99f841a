/** The shell steps of the workflow that releases, by bash as a runner starts it, in a clone with a `gh` that notes what it is asked. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './support/cli.ts'
import { workflowsIn } from './support/workflows.ts'

const { jobs } = workflowsIn('.github/workflows').find(({ path }) => path.endsWith('release.yml'))!
const STEPS = jobs['release']!.steps

/** The only step that has these words. */
function scriptWith(words: string): string {
  const scripts = STEPS.flatMap(({ run }) => (run?.includes(words) === true ? [run] : []))
  expect(scripts).toHaveLength(1)
  return scripts[0]!
}

/** A folder in which scripts run as a runner starts them, and find a `gh` that keeps what it is asked. */
function aWorkspace() {
  const folder = temporaryFolder()
  const [cwd, bin] = [join(folder, 'work'), join(folder, 'bin')]
  for (const each of [cwd, bin]) mkdirSync(each)
  const asked = join(folder, 'asked')
  const answer = 'case "$*" in *"--method PATCH"*) test "$MAJOR" = there;; esac'
  writeFileSync(join(bin, 'gh'), `#!/bin/sh\necho "$@" >> "${asked}"\n${answer}\n`)
  chmodSync(join(bin, 'gh'), 0o755)
  const path = `${bin}${delimiter}${process.env['PATH']}`
  return {
    cwd,
    play: (script: string, variables: Readonly<Record<string, string>>) =>
      spawnSync('bash', ['-e', '-c', script], { cwd, env: { ...process.env, ...variables, PATH: path } }).status,
    listAsked: () => readFileSync(asked, 'utf8').trim().split('\n'),
  }
}

test('a tag is released that is on main, names the version, and has its heading in the changelog', () => {
  const { cwd, play } = aWorkspace()
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...words], { cwd, stdio: 'pipe' })
  const commit = () => git('commit', '-q', '--allow-empty', '-m', 'A change')
  const isReleased = (changelog: string, tag = 'v1.2.3') => {
    writeFileSync(join(cwd, 'CHANGELOG.md'), changelog)
    return play(scriptWith('merge-base'), { TAG: tag }) === 0
  }
  writeFileSync(join(cwd, 'package.json'), '{ "version": "1.2.3" }')
  git('init', '-q')
  commit()
  git('update-ref', 'refs/remotes/origin/main', 'HEAD')
  for (const heading of ['## 1.2.3', '## 1.2.3 · 2026-12-01', '## [1.2.3] - 2026-12-01'])
    expect(isReleased(`# Changelog\n\n## Unreleased\n\n${heading}\n`), heading).toBe(true)
  for (const line of ['## Unreleased', '- What 1.2.3 broke', '## 11.2.3', '## 1.2.30', '## 1x2x3', '## 1.2.3-rc.1'])
    expect(isReleased(`${line}\n`), line).toBe(false)
  expect(isReleased('## 1.2.4\n', 'v1.2.4')).toBe(false)
  commit()
  expect(isReleased('## 1.2.3\n')).toBe(false)
})

test.each([
  ['there', ['--method PATCH repos/acme/plateau/git/refs/tags/v1 -f sha=c0ffee -F force=true']],
  [
    'not there',
    [
      '--method PATCH repos/acme/plateau/git/refs/tags/v1 -f sha=c0ffee -F force=true',
      '--method POST repos/acme/plateau/git/refs -f ref=refs/tags/v1 -f sha=c0ffee',
    ],
  ],
])('a release has the package, and moves the tag of its major version, which is %s', (major, calls) => {
  const { cwd, play, listAsked } = aWorkspace()
  writeFileSync(join(cwd, 'plateau-1.2.3.tgz'), '')
  const variables = { TAG: 'v1.2.3', SHA: 'c0ffee', REPOSITORY: 'acme/plateau', MAJOR: major }
  expect(play(scriptWith('gh release create'), variables)).toBe(0)
  expect(listAsked()).toEqual([
    'release create v1.2.3 plateau-1.2.3.tgz --verify-tag --generate-notes',
    ...calls.map((call) => `api ${call}`),
  ])
})

test('what is signed is the package and the program, and the step that packs comes before', () => {
  const at = (isIt: (step: (typeof STEPS)[number]) => boolean) => STEPS.findIndex(isIt)
  const packs = at(({ run }) => run?.includes('npm pack') === true)
  const signs = at(({ uses }) => uses?.startsWith('actions/attest-build-provenance@') === true)
  const releases = at(({ run }) => run?.includes('gh release create') === true)
  expect(STEPS[signs]!.with).toEqual({ 'subject-path': 'plateau-*.tgz\ndist/*\n' })
  expect([packs, signs, releases]).toEqual([packs, signs, releases].toSorted((a, b) => a - b))
  expect(packs).toBeGreaterThan(0)
})
