import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SettingsError, ValueError } from '../../errors.ts'
import { wrap } from '../../words/terminal.ts'
import { defineSetting } from '../../settings/setting.ts'
import type { SettingList, GivenValues } from '../../settings/setting.ts'
import type { CommandHelp } from '../help.ts'
import { RUN_SETTINGS } from '../../settings/lists/run-settings.ts'
import { readFlags, resolveFlags, splitArguments } from '../../settings/reading/flags.ts'
import { SWITCH, readLine } from '../../settings/values/simple.ts'
import { resolveSettings } from '../../settings.ts'
import type { Settings } from '../../settings.ts'
import { readBytesFile, readTextFile } from '../../shell/files.ts'
import { escapeForTerminal, showUrl } from '../../text.ts'
import { isPlaceholder, OWNER } from '../../version.ts'
import { EXIT } from '../../vocabulary/exit-codes.ts'
import { BRANCH, findDefaultBranch, findOrigin, findRoot, readFolder, readWorkflowFiles } from '../checkout.ts'
import { checkFilesToWrite } from '../files.ts'
import { measureWithProgress } from '../measure.ts'
import type { Command, MeasuringPorts } from '../ports.ts'
import { renderConfig, renderGitlabJob, renderWorkflow } from './files.ts'
import {
  describeFiles,
  describeGate,
  describeJob,
  describeReach,
  describeRun,
  GITHUB_PLACES,
  GITLAB_PLACES,
  findPlaceFromRoot,
  listJobNotes,
  listSecrets,
  PEM_FILES,
} from './describe.ts'
import type { Carried, Places } from './describe.ts'

const HELP: CommandHelp = {
  summary:
    'Measures an endpoint once, with a sweep of three minutes at most, and writes the workflow (on GitLab: the job) and the config file of a gate for it',
  words: '[FOLDER]',
  examples: [
    'plateau init --endpoint https://staging.example.com/v1',
    'plateau init --endpoint http://127.0.0.1:8000 --dry-run',
    "plateau init ../serving --endpoint https://host/v1 --model llama-8b --slo 'ttft <= 500ms, tpot <= 50ms' --force",
  ],
}

const FIRST_RUN_BUDGET =
  'Budget of time for the levels of the first run, preflight and soak not counted; for a slow endpoint raise it when the run says that it was cut'

/** Settings of the first run, which the files then have, but for its budget. */
const FIRST_RUN = {
  endpoint: RUN_SETTINGS.endpoint,
  model: RUN_SETTINGS.model,
  apiKey: RUN_SETTINGS.apiKey,
  auth: RUN_SETTINGS.auth,
  clientId: RUN_SETTINGS.clientId,
  clientSecret: RUN_SETTINGS.clientSecret,
  tokenUrl: RUN_SETTINGS.tokenUrl,
  headers: RUN_SETTINGS.headers,
  caCert: RUN_SETTINGS.caCert,
  clientCert: RUN_SETTINGS.clientCert,
  clientKey: RUN_SETTINGS.clientKey,
  readyTimeoutMs: RUN_SETTINGS.readyTimeoutMs,
  api: RUN_SETTINGS.api,
  task: RUN_SETTINGS.task,
  inputTokens: RUN_SETTINGS.inputTokens,
  outputTokens: RUN_SETTINGS.outputTokens,
  maxDurationMs: defineSetting({ ...RUN_SETTINGS.maxDurationMs, help: FIRST_RUN_BUDGET, default: '3m' }),
  slo: defineSetting({ ...RUN_SETTINGS.slo, derived: 'from the first run' }),
  name: defineSetting({ ...RUN_SETTINGS.name, derived: 'from the model' }),
}

/** Those of the files. */
const OWN = {
  branch: { ...BRANCH, group: 'Init' },
  owner: defineSetting({
    name: 'owner',
    group: 'Init',
    help: 'Who owns the copy of the action: the workflow uses OWNER/plateau@v1',
    placeholder: 'OWNER',
    default: null,
    derived: 'the owner of this copy, or of the remote while that says nobody',
    read: readOwner,
  }),
  force: defineSetting({
    name: 'force',
    group: 'Init',
    help: 'Write over files that are there',
    default: 'false',
    ...SWITCH,
    common: true,
  }),
  dryRun: defineSetting({
    name: 'dry-run',
    group: 'Init',
    help: 'Print both files instead of writing them; the endpoint is measured all the same',
    default: 'false',
    ...SWITCH,
    common: true,
  }),
}

/** The settings of `plateau init`. */
const INIT_SETTINGS: SettingList = { ...FIRST_RUN, ...OWN }

/** Whether nobody has yet said who owns this copy of the action. */
const IS_NOBODY = isPlaceholder(OWNER)

/** Settings that are carried from the first run into the files as they were given, but for where a file is. */
const CARRIED = [
  'headers',
  'ca-cert',
  'client-cert',
  'client-key',
  'ready-timeout',
] as const satisfies readonly (keyof Carried)[]

/** One short sweep: enough to see the knee, and what requests take there. */
const SHORT = { passes: 1, levelDurationMs: 5000 } as const

export const COMMAND: Command = { help: HELP, settings: INIT_SETTINGS, run: initCommand }

/** `plateau init`. */
export async function initCommand(argv: readonly string[], ports: MeasuringPorts): Promise<number> {
  const { output } = ports
  const { words, flags } = splitArguments(INIT_SETTINGS, argv)
  const { given, problems } = readFlags(INIT_SETTINGS, flags)
  if (problems.length > 0) throw new SettingsError(problems)
  const pick = (list: SettingList): string[] =>
    Object.values(list).flatMap(({ name }) => (given.has(name) ? [`--${name}=${given.get(name)!.text}`] : []))
  const own = resolveFlags(OWN, pick(OWN))
  const root = await findRoot(readFolder(words))
  const { settings, secrets } = await resolveSettings({
    flags: pick(FIRST_RUN),
    env: ports.env,
    readFile: readTextFile,
    readBytes: readBytesFile,
    list: FIRST_RUN,
    defaults: { baseline: { kind: 'none' }, name: null },
  })
  for (const secret of secrets) output.hide(secret)
  const origin = await findOrigin(root)
  const places = origin.isGitlab ? GITLAB_PLACES : GITHUB_PLACES
  const paths = { ci: join(root, places.ci), config: join(root, places.config) }
  const carried = pickCarried(given, root)
  if (!own.dryRun) checkPaths(Object.values(paths), own.force, output)

  const result = await measureWithProgress({ ...settings, ...SHORT }, null, ports)
  if (result === 'interrupted' || result.cancelled) return EXIT.interrupted
  if (result.error !== null) throw result.error
  const found = describeRun(settings, { isNamed: given.has('name'), carried }, result)
  const owner = own.owner ?? (IS_NOBODY ? origin.owner : null) ?? OWNER
  const gate = { name: found.name, owner, carried }
  const texts = {
    ci: origin.isGitlab
      ? renderGitlabJob(describeJob(settings, gate))
      : renderWorkflow(describeGate(settings, { ...gate, branch: own.branch ?? (await findDefaultBranch(root)) })),
    config: renderConfig(found.config, origin.isGitlab ? 'job' : 'workflow'),
  }
  if (own.dryRun) {
    output.out(`--- ${places.ci}\n${texts.ci}\n--- ${places.config}\n${texts.config}`)
    return EXIT.passed
  }
  const others = readWorkflowFiles(root).workflows.flatMap(({ file, gates }) =>
    gates.length > 0 && file !== 'plateau.yml'
      ? [`${escapeForTerminal(file)} measures with the action, too: keep one of them.`]
      : [],
  )
  output.file(paths.ci, [texts.ci])
  output.file(paths.config, [texts.config])
  output.out(
    `${tellNext(settings, {
      root,
      places,
      found: found.words,
      notes: [
        ...(origin.isGitlab ? listJobNotes(settings) : describeReach(settings.endpoint)),
        ...describeFiles(carried),
        ...others,
      ],
      steps: (origin.isGitlab ? listGitlabSteps : listGithubSteps)(listSecrets(settings, carried), owner),
    }).join('\n')}\n`,
  )
  return EXIT.passed
}

function pickCarried(given: GivenValues, root: string): Carried {
  return Object.fromEntries(
    CARRIED.flatMap((name) => {
      const text = given.get(name)?.text
      if (text === undefined) return []
      return [[name, PEM_FILES.some((file) => file === name) ? findPlaceFromRoot(text.trim(), root) : text]]
    }),
  )
}

function checkPaths(paths: readonly string[], force: boolean, output: MeasuringPorts['output']): void {
  const there = force ? [] : paths.filter((path) => existsSync(path))
  if (there.length > 0) {
    const message = 'is there already; --force writes over it, --dry-run prints what would be written'
    throw new SettingsError(there.map((path) => ({ setting: 'file', given: path, message })))
  }
  checkFilesToWrite(
    paths.map((path) => ({ setting: 'file', path })),
    output,
  )
}

/** What was written, and what to do now. */
function tellNext(settings: Settings, { root, places, found, notes, steps }: Written): string[] {
  const place = resolve(root) === process.cwd() ? '' : `, in ${escapeForTerminal(resolve(root))}`
  return [
    ...wrap(`wrote ${places.ci} and ${places.config} for ${showUrl(settings.endpoint)}${place}`, { indent: 2 }),
    ...found.flatMap((each) => wrap(each, { indent: 2 })),
    ...notes.flatMap((note) => wrap(`! ${note}`, { indent: 2 })),
    'Next:',
    ...steps.flatMap((step, i) => wrap(`${i + 1}. ${step}`, { indent: 3 })),
  ]
}

interface Written {
  readonly root: string
  readonly places: Places
  /** What the first run found, a sentence each. */
  readonly found: readonly string[]
  readonly notes: readonly string[]
  /** What is left to do, in its order. */
  readonly steps: readonly string[]
}

/** What is left to do on GitHub. */
function listGithubSteps(secrets: readonly string[], owner: string): readonly string[] {
  return [
    ...(secrets.length === 0
      ? []
      : [`Store the secrets of the workflow: ${secrets.map((each) => `gh secret set ${each}`).join(', ')}.`]),
    describeCopy(owner, 'workflow', `${owner}/plateau@v1`),
    describeFirstRun('Commit both files and open a pull request'),
  ]
}

/** What is left to do on GitLab. */
function listGitlabSteps(secrets: readonly string[], owner: string): readonly string[] {
  return [
    `Include the job in .gitlab-ci.yml: "include: [{ local: ${GITLAB_PLACES.ci} }]", beside what is included there.`,
    `Add the variables of the job, masked, under Settings, CI/CD, Variables: ${[...secrets, 'NOTE_TOKEN'].join(', ')}. NOTE_TOKEN is a project access token with the scope api, for the note on merge requests.`,
    describeCopy(owner, 'job', `https://github.com/${owner}/plateau`),
    describeFirstRun('Commit the files and open a merge request'),
  ]
}

function describeFirstRun(how: string): string {
  return `${how}: it says "Nothing to compare yet", and its merge records the first run. plateau doctor says what is still missing.`
}

function describeCopy(owner: string, file: string, copy: string): string {
  return owner === OWNER && IS_NOBODY
    ? `In the ${file}, write the owner of your copy of the action in place of ${OWNER}; the copy needs the tag v1.`
    : `The ${file} uses ${copy}: see that this copy is there, with the tag v1.`
}

function readOwner(text: string): string {
  const owner = readLine(text)
  if (!/^[A-Za-z\d][A-Za-z\d-]{0,38}$/.test(owner))
    throw new ValueError('must be the name of a user or an organisation, for example acme')
  return owner
}
