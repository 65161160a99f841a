import type { GithubGate, GitlabGate } from '../../src/commands/init/files.ts'
import { OWNER } from '../../src/version.ts'

/** The gates that the README and the examples show, which `plateau init` would write with what it finds. */

/** Without a config file, as examples/pull-request.yml and the README show it. */
export const SHORTEST_GATE: GithubGate = {
  branch: 'main',
  owner: OWNER,
  group: 'staging-endpoint',
  runner: 'ubuntu-latest',
  notes: [],
  inputs: [
    ['endpoint', 'https://staging.example.com/v1'],
    ['api-key', '${{ secrets.STAGING_API_KEY }}'],
    ['limits', 'error-rate <= 1%'],
  ],
  variables: [],
}

/** As examples/gitlab-ci.yml shows it. */
export const GITLAB_GATE: GitlabGate = {
  notes: [
    "In the project's CI variables: STAGING_URL, PLATEAU_API_KEY (masked), and NOTE_TOKEN, a project access token with the scope api, for the note.",
  ],
  owner: OWNER,
  group: 'staging-endpoint',
  name: 'llama-8b',
  flags: '--endpoint "$STAGING_URL" --name llama-8b',
}
