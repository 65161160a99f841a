import { connectGithub } from '../../src/github/api/client.ts'
import type { GithubClient } from '../../src/github/api/client.ts'
import { atEnd } from '../support/cleanup.ts'
import { startFakeGithub } from '../support/fake-github/server.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { Permissions, Repository } from '../support/fake-github/state.ts'

/** A fake GitHub of its own, closed at the end. */
export async function aGithub(repository: Partial<Repository> = {}): Promise<FakeGithub> {
  const github = await startFakeGithub(repository)
  atEnd(async () => github.close())
  return github
}

/** A client of the fake with a token of these permissions; `log` gets what it says. */
export function clientOf(
  github: FakeGithub,
  {
    permissions,
    login,
    log = [],
    now,
    pauseMs = 10,
  }: { permissions?: Permissions; login?: string; log?: string[]; now?: () => number; pauseMs?: number } = {},
): GithubClient {
  const [owner, name] = github.state.repository.fullName.split('/') as [string, string]
  return connectGithub(
    github.token(permissions, login),
    {
      apiUrl: github.apiUrl,
      repository: { id: github.state.repository.id, owner, name, isPrivate: true, defaultBranch: 'main' },
    },
    {
      log: (line) => void log.push(line),
      signal: new AbortController().signal,
      pauseMs,
      ...(now === undefined ? {} : { now }),
    },
  )
}
