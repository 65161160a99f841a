import type { GateResult } from '../../gate.ts'
import { describeSearch } from '../../render/view/search.ts'
import { credentialsOf } from '../../settings/auth.ts'
import { toSlug } from '../../settings/lists/history-settings.ts'
import { renderObjectives } from '../../settings/values/objectives.ts'
import { isLoopback, isPrivate } from '../../settings/values/urls.ts'
import type { Settings } from '../../settings.ts'
import { escapeForTerminal } from '../../text.ts'
import { generatesTokens } from '../../vocabulary/endpoint-names.ts'
import type { ConfigParts } from './config.ts'
import { chooseObjectives } from './objectives.ts'
import type { NamedText, WorkflowParts } from './workflow.ts'

/** Where GitHub looks for a workflow, and where the workflow looks for the config file. */
export const PLACES = { workflow: '.github/workflows/plateau.yml', config: '.github/plateau.yml' } as const

export interface FoundRun {
  readonly name: string
  readonly config: ConfigParts
  /** For people, a sentence each. */
  readonly words: readonly string[]
}

/** What the first run found, as settings and in words. */
export function describeRun(settings: Settings, isNamed: boolean, { report, records }: GateResult): FoundRun {
  const { series, context, capabilities } = report
  const { task, outputTokens } = series.workload
  const model = context.model ?? ''
  const name = isNamed || toSlug(model) === '' ? settings.name : toSlug(model)
  const input = settings.inputTokens === 'auto' ? String(capabilities['inputTokens']) : series.workload.inputTokens
  const generates = generatesTokens(task)
  const slo = settings.slo === null ? chooseObjectives(report, records) : { objectives: settings.slo, reasons: [] }
  const lines: readonly NamedText[] = [
    ['name', name],
    ['api', series.api],
    ...(settings.task === 'auto' ? [] : [['task', settings.task] as const]),
    ...(model === '' ? [] : [['model', model] as const]),
    ['input-tokens', input],
    ...(generates ? [['output-tokens', outputTokens] as const] : []),
  ]
  const searched = describeSearch(report)
  const words = [
    `Found: ${series.api}${model === '' ? '' : `, model ${escapeForTerminal(model)}`}, ${input} tokens in${generates ? `, ${outputTokens} out` : ''}.`,
    slo === null
      ? 'No objectives: no level of the first run could be used. Write them under slo in the config file.'
      : `Objectives: ${renderObjectives(slo.objectives)}.`,
    ...(slo?.reasons ?? []),
    ...(searched === null ? [] : [searched]),
  ]
  return { name, config: { settings: lines, slo }, words }
}

const nameSecret = (setting: string): string => `PLATEAU_${setting.toUpperCase().replaceAll('-', '_')}`

/** Credentials of the first run, by their inputs; the workflow takes each from a secret. */
function listCredentials(settings: Settings): readonly string[] {
  const { auth, apiKey, clientId, clientSecret, tokenUrl } = settings
  const given: Readonly<Record<string, unknown>> = {
    'api-key': apiKey,
    'client-id': clientId,
    'client-secret': clientSecret,
    'token-url': tokenUrl,
  }
  return credentialsOf(auth.kind).filter((name) => (given[name] ?? null) !== null)
}

/** A query is never shown, so the whole address is a secret then. */
const hidesEndpoint = ({ endpoint }: Settings): boolean => endpoint.search !== ''

/** The workflow for these settings, without any of their secrets. */
export function describeGate(
  settings: Settings,
  { name, owner, branch }: { readonly name: string; readonly owner: string; readonly branch: string },
): WorkflowParts {
  const { endpoint, auth, variables } = settings
  const takeSecret = (secret: string): string => `\${{ secrets.${secret} }}`
  const credentials = listCredentials(settings)
  const isOpen = credentials.length === 0 && Object.keys(variables).length === 0
  const word = 'name' in auth ? `header:${auth.name}` : auth.kind
  return {
    branch,
    owner,
    group: `plateau-${name}`,
    runner: isLoopback(endpoint) || isPrivate(endpoint) ? 'self-hosted' : 'ubuntu-latest',
    notes: describeReach(endpoint),
    variables: Object.keys(variables).map((variable) => [variable, takeSecret(variable)]),
    inputs: [
      [
        'endpoint',
        hidesEndpoint(settings) ? takeSecret(nameSecret('endpoint')) : endpoint.href.replace(/(?<=:\/\/[^/]+)\/$/, ''),
      ],
      ...(isOpen ? [['auth', 'none'] as const] : word === 'auto' ? [] : [['auth', word] as const]),
      ...credentials.map((each) => [each, takeSecret(nameSecret(each))] as const),
      ['config', PLACES.config],
    ],
  }
}

/** What to know where GitHub's own runners do not reach the endpoint. */
export function describeReach(endpoint: URL): readonly string[] {
  if (isLoopback(endpoint)) {
    return [
      "The endpoint is on the machine that measures, where GitHub's own runners do not reach it: the job asks for a runner of your own (self-hosted), on which a server must listen at that address.",
      "Start it in a step before (Plateau's examples/self-hosted-vllm.yml), or try the gate on ubuntu-latest with the simulated endpoint (Plateau's examples/README.md).",
    ]
  }
  if (!isPrivate(endpoint)) return []
  return [
    "The endpoint is in a private network, where GitHub's own runners do not reach it: a runner of that network measures.",
  ]
}

/** The secrets that the workflow takes, by their names. */
export function listSecrets(settings: Settings): readonly string[] {
  return [
    ...(hidesEndpoint(settings) ? [nameSecret('endpoint')] : []),
    ...listCredentials(settings).map(nameSecret),
    ...Object.keys(settings.variables),
  ]
}
