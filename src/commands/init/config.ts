import { renderObjectives } from '../../settings/values/objectives.ts'
import type { ChosenObjectives } from './objectives.ts'
import type { NamedText } from './workflow.ts'
import { quoteYaml } from './yaml.ts'

/** What a config file is made from. */
export interface GateConfig {
  /** Settings, in their order. */
  readonly settings: readonly NamedText[]
  /** Null where none could be read off the first run. */
  readonly slo: ChosenObjectives | null
}

/** The config file of `plateau init`: what was found, and the objectives with how they came about. */
export function renderConfig({ settings, slo }: GateConfig, beside: keyof typeof WHERE_KEYS_STAND): string {
  return [
    ...WHERE_KEYS_STAND[beside],
    ...settings.map(([name, text]) => `${name}: ${quoteYaml(text)}`),
    '',
    ...(slo === null ? NO_OBJECTIVES : listObjectives(slo)),
    '',
    'limits:',
    '  - error-rate <= 1%',
    '',
  ].join('\n')
}

/** The first lines, by the kind of CI file that stands beside it. */
const WHERE_KEYS_STAND = {
  workflow: [
    '# What the gate measures and decides by. In a pull request the file of its base commit counts. Endpoint and key stand in the',
    '# workflow: a file that others can change must not say where a key goes.',
  ],
  job: ['# What the gate measures and decides by. Endpoint and credentials stand in the job.'],
}

const NO_OBJECTIVES = [
  '# Objectives for every request; the first run gave no figures to choose them from:',
  '# slo: ttft <= 500ms, tpot <= 50ms',
]

function listObjectives({ objectives, reasons }: ChosenObjectives): string[] {
  return [
    '# Objectives for every request: the report says how many keep them, and up to how many in flight (capacity).',
    ...reasons.map((reason) => `# ${reason}`),
    'slo:',
    ...objectives.map((objective) => `  - ${quoteYaml(renderObjectives([objective]))}`),
  ]
}
