import { OWNER } from '../../version.ts'
import { quoteYaml } from './yaml.ts'

/** What a job of GitLab CI with the command is made from. */
export interface GitlabGate {
  /** What it is for, and what it needs, a line each. */
  readonly notes: readonly string[]
  /** Who owns the copy of the repository on GitHub that it clones. */
  readonly owner: string
  /** Two jobs of one group wait for each other. */
  readonly group: string
  /** Marks its note, so that the next push writes over it. */
  readonly name: string
  /** Settings of the command, as the shell reads them. */
  readonly flags: string
}

const PURPOSE = [
  "GitLab CI: a job of merge requests that compares and of the default branch that records, with the history in GitLab's cache. The merge request",
  'shows the verdict as its test report and as one note, which each push brings up to date.',
]

const FILES = '--junit junit.xml --gitlab-note note.md --html report.html --report-json report.json'

/** The job of `plateau init` in a repository of GitLab, and of examples/gitlab-ci.yml. */
export function renderGitlabJob({ notes, owner, group, name, flags }: GitlabGate): string {
  const run = `node /opt/plateau/dist/cli.js run ${flags} $RECORD ${FILES}`
  return `${[...PURPOSE, ...notes].map((note) => `# ${note}`).join('\n')}
performance:
  image: node:24
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  resource_group: ${quoteYaml(group)} # two runs at once on one endpoint would measure each other
  timeout: 30 minutes
  cache:
    key: plateau-history
    paths: [.plateau/]
    policy: pull-push
    when: always # a red run of the default branch is recorded, too
    unprotect: true # merge requests read what the protected branch has recorded
  script:
    - git clone --depth 1 --branch v1 https://github.com/${owner}/plateau /opt/plateau
    - test "$CI_COMMIT_BRANCH" != "$CI_DEFAULT_BRANCH" || RECORD=--append
    - ${isPlain(run) ? run : quoteYaml(run)}
  after_script:
    - |
      test -n "$CI_MERGE_REQUEST_IID" && test -f note.md || exit 0
      set -e
      MARK='<!-- plateau ${name} -->' # hidden; by it the note of the push before is found and written over
      { echo "$MARK"; echo; cat note.md; } > body.md
      NOTES="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
      ask() { curl --fail --silent --show-error --header "PRIVATE-TOKEN: $NOTE_TOKEN" "$@"; }
      ask "$CI_API_V4_URL/user" > me.json
      PAGE=1 OLD=further
      while test "$OLD" = further; do
        ask "$NOTES?order_by=updated_at&sort=desc&per_page=100&page=$PAGE" > notes.json
        OLD=$(node -p '
          const [me, notes] = ["me.json", "notes.json"].map((file) => JSON.parse(fs.readFileSync(file)))
          const old = notes.find((note) => note.author.id === me.id && note.body.startsWith(process.argv[1]))
          old?.id ?? (notes.length === 100 ? "further" : "")' "$MARK")
        PAGE=$((PAGE + 1))
      done
      if test -n "$OLD"; then ask --request PUT --data-urlencode body@body.md "$NOTES/$OLD" > note.json
      else ask --data-urlencode body@body.md "$NOTES" > note.json; fi
  artifacts:
    when: always
    paths: [report.html, report.json]
    reports:
      junit: junit.xml
`
}

/** Whether every parser of YAML reads a command as it stands: those of YAML 1.1, as GitLab's is, end a line at signs beyond ASCII, too. */
const isPlain = (run: string): boolean => /^[\x20-\x7e]+$/.test(run) && !run.includes(': ') && !run.includes(' #')

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
