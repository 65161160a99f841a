import { RESULT_FILES } from '../settings/lists/report-settings.ts'
import { defineSetting, ValueError } from '../settings/define.ts'
import { readLine, readText } from '../settings/values/simple.ts'
import { DECISION_SETTINGS, RUN_SETTINGS } from '../settings/lists/run-settings.ts'

const WHAT = 'What to compare'
const GITHUB = 'GitHub'

/** The settings of `plateau compare`; reports are given without a flag. */
export const COMPARE_SETTINGS = {
  history: defineSetting({
    name: 'history',
    group: WHAT,
    help: 'History file to compare with, for example .plateau/history.json',
    placeholder: 'FILE',
    default: null,
    common: true,
    read: readLine,
  }),
  run: defineSetting({
    name: 'run',
    group: WHAT,
    help: 'Workflow run to fetch. With a report it is what the report is compared with; without one it is compared itself',
    placeholder: 'ID',
    default: null,
    common: true,
    read: readRunId,
  }),
  name: defineSetting({
    name: 'name',
    group: WHAT,
    help: 'Which name of the workflow run to fetch, where it measured several',
    placeholder: 'NAME',
    default: null,
    read: RUN_SETTINGS.name.read,
  }),
  ...DECISION_SETTINGS,
  repository: defineSetting({
    name: 'repository',
    group: GITHUB,
    help: 'Repository of the workflow run',
    placeholder: 'OWNER/NAME',
    default: null,
    env: 'GITHUB_REPOSITORY',
    read: readRepository,
  }),
  githubToken: defineSetting({
    name: 'github-token',
    group: GITHUB,
    help: 'Token that may read the workflow run (actions: read)',
    placeholder: 'TOKEN',
    default: null,
    env: 'GITHUB_TOKEN',
    secret: true,
    read: readText,
  }),
  githubApiUrl: defineSetting({
    name: 'github-api-url',
    group: GITHUB,
    help: 'Base of the REST API',
    placeholder: 'URL',
    default: 'https://api.github.com',
    env: 'GITHUB_API_URL',
    read: readApiUrl,
  }),
  format: RUN_SETTINGS.format,
  ...RESULT_FILES,
}

function readRunId(text: string): number {
  // People also paste the address of the run.
  const id = /^(?:https?:\/\/(?:[^\s/]+\/){3}actions\/runs\/)?([1-9]\d{0,15})(?:[/?#]\S*)?$/.exec(text.trim())?.[1]
  if (id === undefined)
    throw new ValueError('must be the number of a workflow run, as in its address: …/actions/runs/123')
  return Number(id)
}

function readRepository(text: string): string {
  const repository = text.trim()
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) || /(^|\/)\.{1,2}(\/|$)/.test(repository)) {
    throw new ValueError('must be owner/name')
  }
  return repository
}

/** The token is sent there, so it must be https; a server on this machine is for tests. */
function readApiUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url === null || (url.protocol !== 'https:' && !isLocal) || url.username !== '' || url.search !== '') {
    throw new ValueError('must be an https URL without user info and query, for example https://api.github.com')
  }
  return url
}
