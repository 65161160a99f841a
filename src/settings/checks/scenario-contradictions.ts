import type { SettingProblem } from '../../errors.ts'
import { contradict, contradictAlone } from './check.ts'
import type { CheckInput } from './check.ts'

/** What a level of several kinds of requests cannot have. */
function* findMixContradictions(values: CheckInput['values'], given: CheckInput['given']): Iterable<SettingProblem> {
  if (!given.has('config')) {
    yield contradictAlone('mix', 'mixes scenarios of a config file', 'config')
  }
  if (values.traceFile != null) {
    yield contradict('trace-file', 'says what each request is, and mix is given; remove one of them')
  }
  if (values.results != null)
    yield contradict('mix', 'is for what is measured here, and results were measured elsewhere; remove one of them')
  if (values.crossCheck !== undefined && values.crossCheck !== 'none') {
    yield contradict('cross-check', 'compares answers of one kind, and mix is given; remove one of them')
  }
  if (values.controlModel != null) {
    yield contradict('control-model', 'is one model, and mix lets each scenario name its own; remove one of them')
  }
}

/** The smallest false-alarm rate that the tests of one scenario were made for. */
const LEAST_ALARM_RATE = 0.0001

/** Contradictions about the scenarios of a config file, and what a run of several of them cannot have. */
export function* findScenarioContradictions({ values, given, scenarios }: CheckInput): Iterable<SettingProblem> {
  if (given.has('scenario') && !given.has('config')) {
    yield contradictAlone('scenario', 'is one of a config file', 'config')
  }
  if (values.mix != null) yield* findMixContradictions(values, given)
  if (scenarios === null) return
  if (values.shard != null) {
    yield contradict(
      'shard',
      'measures a share of one scenario, and scenario is all; name one, and run the others after it',
    )
  }
  if (values.results != null) {
    yield contradict('results', 'are of one scenario, and scenario is all; name the one that they are of')
  }
  if (values.format === 'json') {
    yield contradict(
      'format',
      'json is the report of one scenario, and scenario is all; give report-json instead, of which each scenario writes a file of its own',
    )
  }
  const { falseAlarmRate } = values
  if (falseAlarmRate !== undefined && falseAlarmRate / scenarios < LEAST_ALARM_RATE) {
    yield contradict(
      'false-alarm-rate',
      `is shared by the ${scenarios} scenarios, and less than 0.01% is left for each; raise it, or measure fewer of them in one run`,
    )
  }
}
