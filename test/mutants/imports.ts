import type { Mutant } from './mutant.ts'

const JOIN = 'test/imports/join-results.test.ts'
const RUN = 'test/imports/import-run.test.ts'

export const IMPORT_MUTANTS: readonly Mutant[] = [
  {
    file: 'src/verdict/history/past.ts',
    find: 'if (isOpenLoop(loadOf(series))) return',
    replace: "if (loadOf(series) === 'concurrency' && recorded.length === 0) return",
    breaks: 'A history of rates has no knee',
    test: 'test/imports/import-run.test.ts',
  },
  {
    file: 'src/imports/import-run.ts',
    find: 'arrivals: arrivals ?? NOT_SAID,',
    replace: 'arrivals: NOT_SAID,',
    breaks: 'Rates are compared only where requests came in the same way',
    test: 'test/imports/import-run.test.ts',
  },
  {
    file: 'src/verdict/limits.ts',
    find: "(limit.load ?? 'concurrency') !== load",
    replace: 'false',
    breaks: 'A limit at a concurrency is not one at a rate of the same number',
    test: 'test/imports/import-run.test.ts',
  },
  {
    file: 'src/imports/import-run.ts',
    find: '    source: { tool, ttft, tpot },\n',
    replace: '',
    breaks: 'Figures of two tools are of two series',
    test: RUN,
  },
  {
    file: 'src/imports/import-run.ts',
    find: 'n < MINIMUM_SAMPLES[name] ? null : time[name]',
    replace: 'time[name]',
    breaks: 'A percentile that the requests are too few for is not shown, whatever the tool prints',
    test: RUN,
  },
  {
    file: 'src/imports/import-run.ts',
    find: '...(ok > 0 && isFailing({ ok, failed })',
    replace: '...(false && isFailing({ ok, failed })',
    breaks: 'A level at which many requests failed is not used',
    test: RUN,
  },
  {
    file: 'src/render/view/report.ts',
    find: '  if (imported !== undefined) return null\n  return build',
    replace: '  return build',
    breaks: 'Of a run that another tool measured nobody says whether its build was checked',
    test: RUN,
  },
  {
    file: 'src/imports/join-results.ts',
    find: 'level.rate !== null || (level.concurrency === null && given.rate !== null)',
    replace: 'level.concurrency === null && given.rate !== null',
    breaks: 'A load at a rate is no level of a concurrency',
    test: JOIN,
  },
  {
    file: 'src/imports/join-results.ts',
    find: 'kept: files.filter((file) => !isRepeat(file)),',
    replace: 'kept: files,',
    breaks: 'One run in two files counts once',
    test: JOIN,
  },
  {
    file: 'src/imports/guidellm.ts',
    find: "tpotMs: summarise('time_per_output_token_ms')",
    replace: "tpotMs: summarise('inter_token_latency_ms')",
    breaks: 'The TPOT of guidellm is what guidellm calls so',
    test: JOIN,
  },
]
