import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { suggestName } from '../nearest.ts'
import { readAcceptances } from '../values/acceptance.ts'
import { readChoice, readCount, readLine, splitList } from '../values/simple.ts'

const group = 'Baseline'

/** The history of the command where no other place is given. */
export const DEFAULT_HISTORY = '.plateau/history.json'

/** Which runs are compared with, which are recorded, and which changes are wanted. */
export const HISTORY_SETTINGS = {
  name: defineSetting({
    name: 'name',
    group,
    help: 'Name of the series of runs, of a-z, 0-9 and -',
    placeholder: 'NAME',
    default: null,
    derived: { action: 'the job and its matrix values', command: 'the scenario, else from the model' },
    common: true,
    read: readSlug,
  }),
  baseline: defineSetting({
    name: 'baseline',
    group,
    help: 'Where the history is: artifact (of workflow runs), file:<path>, release-asset:<name>, or none: only limits decide',
    placeholder: 'PLACE',
    default: null,
    derived: { action: '`artifact`', command: `\`file:${DEFAULT_HISTORY}\`` },
    common: true,
    read: readBaselinePlace,
  }),
  baselineWorkflow: defineSetting({
    name: 'baseline-workflow',
    group,
    help: 'Workflow files whose runs on the default branch share one history',
    placeholder: 'FILES',
    default: null,
    derived: 'this workflow file',
    flagOnly: true,
    actionOnly: true,
    file: 'list',
    read: readWorkflowFiles,
  }),
  baselineRef: defineSetting({
    name: 'baseline-ref',
    group,
    help: 'Compare with runs up to this tag, branch or commit only',
    placeholder: 'REF',
    default: null,
    derived: { action: 'all runs; with gate: release and artifacts those up to the newest tag', command: 'all runs' },
    read: readLine,
  }),
  record: defineSetting({
    name: 'record',
    group,
    help: 'Whether this run joins the history: always, never, or auto: on the default branch; of the command with append',
    placeholder: 'WORD',
    default: 'auto',
    read: readChoice(['auto', 'always', 'never']),
  }),
  /** For each name. */
  historyKeep: defineSetting({
    name: 'history-keep',
    group,
    help: 'Recorded runs that are kept, the newest',
    placeholder: 'N',
    default: '400',
    read: readCount({ min: 10, max: 2000 }),
  }),
  accept: defineSetting({
    name: 'accept',
    group,
    help: 'Changes for the worse that are wanted, a line each: tpot-p50 +18% since 2026-11-20: larger model',
    placeholder: 'LINES',
    default: null,
    file: 'records',
    read: readAcceptances,
  }),
  acceptLabel: defineSetting({
    name: 'accept-label',
    group,
    help: 'Label of a pull request that accepts its change; with a colon and a metric, that metric only',
    placeholder: 'LABEL',
    default: 'plateau-accept',
    actionOnly: true,
    read: readLine,
  }),
}

const LONGEST_NAME = 64
/** Names of artifacts end in these. */
const RESERVED_END = /-(history|attempt-\d+)$/

/** Appended to a name that ends like an artifact's. */
const SAFE_END = '-run'

/** A valid name of a series made of `text`; empty where nothing of it can be in one. */
export function toName(text: string): string {
  const slug = toSlug(text)
  return RESERVED_END.test(slug) ? `${toSlug(slug.slice(0, LONGEST_NAME - SAFE_END.length))}${SAFE_END}` : slug
}

/** What a name may be made of, in `text`: `meta-llama/Llama-3` becomes `meta-llama-llama-3`. */
export function toSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, LONGEST_NAME)
    .replace(/(?<!-)-+$/, '')
}

function readSlug(text: string): string {
  const trimmed = text.trim()
  const slug = toSlug(trimmed)
  if (RESERVED_END.test(trimmed)) {
    throw new ValueError('must not end in -history or -attempt-<number>, which names of artifacts end in')
  }
  if (trimmed === '' || trimmed !== slug) {
    const suggestion = slug === '' ? '' : `, for example ${slug}`
    throw new ValueError(`must be at most 64 of a-z, 0-9 and -, with a letter or digit at both ends${suggestion}`)
  }
  return trimmed
}

function readWorkflowFiles(text: string): readonly string[] {
  const files = splitList(text).map((file) => file.replace(/^\.github\/workflows\//, ''))
  const bad = files.find((file) => !/^[\w.-]+\.ya?ml$/.test(file))
  if (files.length === 0 || bad !== undefined) {
    throw new ValueError('must be files of .github/workflows, for example nightly.yml, pull-request.yml')
  }
  return files
}

/** Where the runs to compare with are kept. */
export type BaselinePlace =
  | { readonly kind: 'none' }
  /** Artifacts of workflow runs on the default branch. */
  | { readonly kind: 'artifact' }
  | { readonly kind: 'file'; readonly path: string }
  /** A file attached to the newest release. */
  | { readonly kind: 'release-asset'; readonly asset: string }

/** Reads `artifact`, `file:<path>`, `release-asset:<name>` or `none`. */
export function readBaselinePlace(text: string): BaselinePlace {
  const trimmed = text.trim()
  if (trimmed === 'none' || trimmed === 'artifact') return { kind: trimmed }
  const [, kind, rest] = /^(file|release-asset):\s*(.+)$/.exec(trimmed) ?? []
  if (kind === 'file') return { kind, path: rest! }
  if (kind === 'release-asset') return { kind, asset: rest! }
  const suggestion = suggestName(trimmed, ['artifact', 'none'])
  throw new ValueError(
    `must be artifact, file:<path>, release-asset:<name> or none${suggestion === null ? '' : `; ${suggestion}`}`,
  )
}

/** As a user would write it. */
export function renderBaselinePlace(place: BaselinePlace): string {
  switch (place.kind) {
    case 'file':
      return `file:${place.path}`
    case 'release-asset':
      return `release-asset:${place.asset}`
    case 'artifact':
    case 'none':
      return place.kind
  }
}
