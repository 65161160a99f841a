import { setting, ValueError } from './define.ts'
import { readLatencyBudgets, readLimits } from './limits.ts'
import { readCount } from './values.ts'

const group = 'Gate'

/** What decides whether the run passes. */
export const GATE_SETTINGS = {
  limits: setting({
    name: 'limits',
    group,
    help: 'Bounds that must hold, as metric[@concurrency] op value unit, by lines or commas: ttft-p90@8 <= 800ms, error-rate <= 1%',
    placeholder: 'LIMITS',
    default: null,
    common: true,
    file: 'list',
    read: readLimits,
  }),
  throughputWithin: setting({
    name: 'throughput-within',
    group,
    help: 'Latencies inside which the highest throughput is sought: ttft-p90 <= 500ms, tpot-p50 <= 50ms',
    placeholder: 'TIMES',
    default: null,
    file: 'list',
    read: readLatencyBudgets,
  }),
  confirm: setting({
    name: 'confirm',
    group,
    help: 'Passes that may be added to look again at a suspected change; without a baseline there is nothing to confirm',
    placeholder: 'N',
    default: '2',
    read: readCount({ min: 0, max: 5 }),
  }),
  baseline: setting({
    name: 'baseline',
    group,
    help: 'What the run is compared with; none: only limits decide',
    placeholder: 'none',
    default: 'none',
    read: (text): 'none' => {
      if (text.trim() !== 'none')
        throw new ValueError('must be none: this version compares with no baseline, use limits')
      return 'none'
    },
  }),
  name: setting({
    name: 'name',
    group,
    help: 'Name of the series of runs, of a-z, 0-9 and -',
    placeholder: 'NAME',
    default: null,
    derived: 'the scenario, else from the model',
    common: true,
    read: readSlug,
  }),
}

/** The letters of `text` that a name may have, for example `meta-llama/Llama-3` becomes `meta-llama-llama-3`. */
export function toSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 64)
    .replace(/-+$/, '')
}

function readSlug(text: string): string {
  const trimmed = text.trim()
  const slug = toSlug(trimmed)
  if (trimmed === '' || trimmed !== slug) {
    const suggestion = slug === '' ? '' : `, for example ${slug}`
    throw new ValueError(`must be at most 64 of a-z, 0-9 and -, with a letter or digit at both ends${suggestion}`)
  }
  return trimmed
}
