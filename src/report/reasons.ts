/** Why a run or a metric has its verdict, in words. */

/** Reasons that are not metrics. */
export const REASONS: readonly { readonly code: string; readonly meaning: string }[] = [
  { code: 'limit', meaning: 'A limit is broken' },
  { code: 'level-lost', meaning: 'A concurrency that the baseline holds no longer holds' },
  { code: 'error-rate', meaning: 'More requests fail than in the baseline' },
  { code: 'limit-not-measured', meaning: 'A limit could not be checked' },
  { code: 'levels-missing', meaning: 'Too many levels could not be measured, for reasons that are not the server’s' },
  { code: 'run-invalid', meaning: 'The run as a whole is not valid' },
  { code: 'endpoint', meaning: 'The endpoint could not be reached or refused' },
  { code: 'baseline', meaning: 'The history may exist and could not be read' },
  { code: 'history-lost', meaning: 'Runs were recorded, and none of them can be used any more' },
  {
    code: 'control-lost',
    meaning: 'The control could not be measured, and no run is recorded to compare with instead',
  },
  { code: 'not-proven', meaning: '`gate: release`: not every metric is proven to be within its tolerance' },
  { code: 'fork', meaning: 'A pull request of a fork has no key' },
  { code: 'foreign-commit', meaning: 'Nothing shows that the commit is of this repository and not of a fork' },
  { code: 'dependabot', meaning: 'A run of Dependabot has no key' },
  { code: 'no-key', meaning: 'There is no key, and the event is not trusted' },
  { code: 'no-writer', meaning: 'Who caused the run is not known to have write access here' },
  { code: 'nothing-to-measure', meaning: 'Nothing to measure, all measuring jobs were skipped' },
  { code: 'cancelled', meaning: 'The run was interrupted' },
  { code: 'leg-missing', meaning: 'A measuring job left no result' },
]

/** What may explain a significant difference although the code is no slower, with half a sentence for the reader. */
export const DOUBTS = {
  'main-moved':
    'not red, because the newest recorded runs are about as bad in what looks worse: the default branch itself may just have become so, and its next runs will tell',
  'seen-before': 'not red, because recorded runs of the same code were about as bad now and then',
  'seen-once':
    'not red, because one recorded run of the same code was apart from all others and about as bad: what slowed that one may have slowed this one, and a re-run will tell',
  'slower-alike':
    'not red, because TTFT and TPOT are slower by about the same factor, as on a slower machine, and few runs are recorded that could have met one: run it again, and a second attempt of the action that is as slow is red; a control tells at once',
  'history-disagrees':
    'not red, because the runs of the default branch that were recorded without this control were about as bad: this control may be faster than what was measured so far',
  'control-elsewhere':
    'not red, because the control itself was faster or slower than beside any recorded run, and nothing tells how far main follows it there',
  'other-hour':
    'not red, because no recorded run is from this time of the day, and hours may differ by as much: record runs at this time, too',
  'other-day':
    'not red, because all recorded runs are from one day or two, and days may differ by as much: record runs on other days, too',
  'attempts-differ':
    'not red, because this attempt alone is not worse: what an attempt before it measured did not come again',
  'many-gates':
    'not red, because among as many metrics as the gates of this pull request compare, one is as bad as this by chance more often than promised',
} as const
export type Doubt = keyof typeof DOUBTS
