import type { Mutant } from './mutant.ts'

const CONTROL = 'test/verdict/control.test.ts'
const POCOCK = 'test/stats/several-tests.test.ts'
const SEQUENCE = 'test/verdict/decide-sessions.test.ts'

export const CONTROL_MUTANTS: readonly Mutant[] = [
  {
    file: 'src/gate.ts',
    find: 'return control === null || controlTrouble !== null ||',
    replace: 'return control === null || control.error !== null ||',
    breaks: 'A control whose server ended while it was measured is compared with nothing',
    test: 'test/commands/ab.test.ts',
  },
  {
    file: 'src/verdict/decide.ts',
    find: '(nothing.control?.troubles.length ?? 0) > 0',
    replace: 'false',
    breaks: 'A lost control with nothing recorded instead is no first run',
    test: 'test/verdict/decide.test.ts',
  },
  {
    file: 'src/settings/reading/command-form.ts',
    find: 'setting: byName.get(setting)?.name ?? setting,',
    replace: 'setting,',
    breaks: 'A problem with a setting names the flag that the user wrote',
    test: 'test/commands/ab.test.ts',
  },
  {
    file: 'src/verdict/control.ts',
    find: 'const ASSUMED_PAIRS = 4',
    replace: 'const ASSUMED_PAIRS = 1e-9',
    breaks: 'How far a control is believed is shrunk towards what is usual',
    test: CONTROL,
  },
  {
    file: 'src/verdict/control.ts',
    find: 'cost: seen / (seen + ASSUMED_PAIRS)',
    replace: 'cost: 0',
    breaks: 'A slope that was estimated has cost degrees of freedom',
    test: CONTROL,
  },
  {
    file: 'src/verdict/control.ts',
    find: '(0.5 * (x - meanX(reference.points, regression)) ** 2) / squares',
    replace: '0',
    breaks: 'The error of the slope grows with the distance of the control from the pairs',
    test: CONTROL,
  },
  {
    file: 'src/verdict/control.ts',
    find: 'Math.abs(x - meanX(newest.points, regression)) > SEEN_WITHIN * Math.sqrt(variance)',
    replace: 'false',
    breaks: 'Where no pair has seen the control nothing is red',
    test: CONTROL,
  },
  {
    file: 'src/verdict/control.ts',
    find: '!differ(a.context.host, b.context.host)',
    replace: 'true',
    breaks: 'Pairs begin anew with another control',
    test: CONTROL,
  },
  {
    file: 'src/verdict/spread.ts',
    find: 'isFresh ? 1 / runs : ',
    replace: '',
    breaks: 'Fresh sessions are independent',
    test: CONTROL,
  },
  {
    file: 'src/verdict/compare.ts',
    find: '...(figure.isFresh && { sessions: figure.sessions }),',
    replace: '',
    breaks: 'How far sessions of a run lie apart is part of the spread',
    test: CONTROL,
  },
  {
    file: 'src/verdict/compare.ts',
    find: 'return beside.fresh === null ? [] : [seeRow(metric, fresh, beside.fresh)]',
    replace: 'return [seeRow(metric, fresh, beside.fresh)]',
    breaks: 'A second look without its control confirms nothing',
    test: CONTROL,
  },
  {
    file: 'src/verdict/look.ts',
    find: "if (past === null || found?.kind === 'compared') return found",
    replace: 'if (found !== null) return found',
    breaks: 'Where a control cannot be used for a metric the history decides',
    test: CONTROL,
  },
  {
    file: 'src/verdict/look.ts',
    find: "lost.verdict === 'regressed' && fails(lost.concurrency)",
    replace: 'false',
    breaks: 'A level that the control loses as well is not the doing of the candidate',
    test: CONTROL,
  },
  {
    file: 'src/verdict/judge.ts',
    find: 'chanceOverLooks(pick(raw) ?? 1, looks)',
    replace: '(pick(raw) ?? 1)',
    breaks: 'A test after each session keeps to the bound of all of them',
    test: SEQUENCE,
  },
  {
    file: 'src/verdict/decide.ts',
    find: 'Math.log1p(2 * toleranceOf(policy, raw.metric))',
    replace: 'Infinity',
    breaks: 'What may be worse by twice its tolerance is measured again',
    test: SEQUENCE,
  },
  {
    file: 'src/verdict/past.ts',
    find: 'verdict.control?.fresh === true ? rows.slice(0, 1) : rows',
    replace: 'rows',
    breaks: 'Of fresh sessions the history keeps the first',
    test: SEQUENCE,
  },
  {
    file: 'src/stats/several-tests.ts',
    find: 'const height = bound * Math.sqrt(look)',
    replace: 'const height = bound * look',
    breaks: 'The bound of repeated looks is that of the book',
    test: POCOCK,
  },
]
