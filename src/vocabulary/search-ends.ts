/** A search measures at most this many levels, besides those that limits name. */
export const MOST_SEARCHED = 9

interface SearchWords {
  readonly because: string
  readonly remedy: string | null
}

/** Why a search tried no higher level: its end as half a sentence after "because", and what would let it go on, where anything would. */
export const SEARCH_ENDS = {
  plateau: { because: 'throughput grows no more', remedy: null },
  objectives: { because: 'more load does not keep the objectives', remedy: null },
  gone: { because: 'the server stopped answering', remedy: 'Look at the log of the server.' },
  'too-much': { because: 'the server did not hold a higher level', remedy: null },
  limited: { because: 'a rate limit refused more', remedy: 'Raise the rate limit of this key.' },
  client: {
    because: 'this machine was at a limit of its own',
    remedy: 'Use a machine with more cores or less other work, or raise the limit that the findings name.',
  },
  ceiling: { because: '`max-in-flight` was reached', remedy: 'Raise `max-in-flight`.' },
  proof: {
    because: 'more would be beyond what this machine was proven to read in time',
    remedy: 'Use a machine with faster or more cores.',
  },
  files: {
    because: 'this machine may not open more connections',
    remedy: 'Raise the limit of open files (`ulimit -n`).',
  },
  stated: { because: 'the server states that it takes no more at once', remedy: null },
  'max-concurrency': { because: '`max-concurrency` allows no more', remedy: 'Raise `max-concurrency`.' },
  process: { because: 'one process sends no more', remedy: 'Let several processes measure it together (`shard`).' },
  'max-duration': endByBudget('max-duration'),
  'max-requests': endByBudget('max-requests'),
  'max-output-tokens': endByBudget('max-output-tokens'),
  /** Of older reports, which do not say which. */
  budget: {
    because: 'a higher level would not fit into the budgets',
    remedy: 'Raise `max-duration`, `max-requests` or `max-output-tokens`.',
  },
  time: {
    because: 'a higher level would take too long for a run',
    remedy: 'List higher levels (`concurrency`), or let answers be shorter (`output-tokens`).',
  },
  levels: { because: `${MOST_SEARCHED} levels were measured`, remedy: 'List higher levels.' },
  unusable: { because: 'three levels could not be used', remedy: 'See the findings.' },
} as const satisfies Readonly<Record<string, SearchWords>>

function endByBudget(setting: string): SearchWords {
  return { because: `a higher level would not fit into \`${setting}\``, remedy: `Raise \`${setting}\`.` }
}

export type SearchEnd = keyof typeof SEARCH_ENDS

export const SEARCH_END_NAMES = Object.keys(SEARCH_ENDS) as readonly SearchEnd[]
