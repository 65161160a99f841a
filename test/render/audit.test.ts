import { expect, test } from 'vitest'
import { renderAudit, renderPullRuns } from '../../src/render/audit.ts'
import type { Audit, MetricAudit, PlacedMetric } from '../../src/verdict/audit.ts'

function aMetric(overrides: Partial<MetricAudit> = {}): MetricAudit {
  return {
    metric: 'tpot-p50',
    ofPlateau: null,
    levels: [1, 2, 4],
    groups: 12,
    segments: 1,
    causes: {
      level: 0.012,
      pass: 0.008,
      run: 0.015,
      day: 0.017,
      anyDay: 0.021,
      control: { sd: 0.009, pairs: 12, degrees: 10 },
    },
    grown: null,
    smallestVisible: 0.07,
    tolerance: 0.05,
    remedies: [
      { what: 'passes', now: 0.07, smallestVisible: 0.069 },
      { what: 'runs', now: 0.07, smallestVisible: 0.064 },
      { what: 'sessions', now: 0.07, smallestVisible: 0.06 },
      { what: 'control', now: 0.07, smallestVisible: 0.058 },
    ],
    ...overrides,
  }
}

function anAudit(overrides: Partial<Audit> = {}): Audit {
  const standard = {
    name: 'llama-8b',
    runs: 14,
    groups: 12,
    judged: 12,
    alarms: 0,
    promisedAlarmRate: 0.01,
    steps: [],
    recordedAt: { days: 9, hours: [3, 9, 10, 11] },
    freshSessions: 4,
    drift: null,
  }
  return { ...standard, metrics: [aMetric()], ...overrides }
}

test('says how often the gate would have been wrong, and what it sees', () => {
  const text = renderAudit(anAudit())
  expect(text).toMatch(/^llama-8b: 14 comparable runs, 12 points\n/)
  expect(text).toMatch(/none would have looked\s+worse;\s+the\s+gate\s+promises\s+about\s+1\s+of\s+100/)
  expect(text).toContain('Recorded on 9 days, at 3 and 9–11 h (UTC).')
  expect(text).toMatch(/^TPOT +12 +1\.2 % +0\.8 % +1\.5 % +1\.7 % +2\.1 % +0\.9 %$/m)
  expect(text).toMatch(/^TPOT +\+7\.0 % +\+6\.9 % +\+6\.4 % +\+6\.0 % +\+5\.8 %$/m)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('a throughput is seen to fall, a metric that stepped says its segments, and alarms are counted', () => {
  const causes = { level: null, pass: null, run: null, day: null, anyDay: 0.021, control: null }
  const metric = aMetric({ metric: 'plateau-throughput', segments: 2, groups: 5, remedies: [], causes })
  const text = renderAudit(anAudit({ alarms: 1, metrics: [metric] }))
  expect(text).toMatch(/^Plateau +5 of 2 steps +– +– +– +– +2\.1 % +–$/m)
  expect(text).toMatch(/^Plateau +−6\.5 % +– +– +– +–$/m)
  expect(text).toMatch(/1 would have looked worse/)
})

const flat = (text: string): string => text.replace(/\s+/g, ' ')

test.each([
  ['passes', 'twice the passes (passes;'],
  ['runs', 'more recorded runs, 24 points instead of 12'],
  ['sessions', '4 sessions that each deploy the candidate anew'],
  ['control', 'a control (control)'],
  ['hours', 'runs recorded at other hours and days'],
] as const)('the one change that buys most is said with its figures: %s', (what, advice) => {
  const remedies = aMetric().remedies.map((each) => ({ ...each, smallestVisible: 0.069 }))
  const best = { what, now: 0.3, smallestVisible: 0.1 }
  const text = flat(renderAudit(anAudit({ metrics: [aMetric({ remedies: [...remedies.slice(0, 3), best] })] })))
  expect(text).toContain(`The largest gain would come from ${advice}`)
  expect(text).toContain('TPOT +30 % now, then +10 %')
})

test('a spread that has grown is said, with what it was and what counts now', () => {
  const metric = aMetric({ grown: { before: 0.015, now: 0.039 } })
  expect(flat(renderAudit(anAudit({ metrics: [metric] })))).toContain(
    'The newest points spread more than those before: TPOT (1.5 % before, 3.9 % now).',
  )
  expect(renderAudit(anAudit())).not.toContain('spread more')
})

test('where no change buys anything it says so, and where nothing tells what a control would buy, that', () => {
  const poor = aMetric({ remedies: [{ what: 'runs', now: 0.07, smallestVisible: 0.068 }] })
  const text = flat(renderAudit(anAudit({ metrics: [poor] })))
  expect(text).toContain(
    'No single change would show much smaller changes. These runs do not show what a control would gain',
  )
  expect(renderAudit(anAudit())).not.toContain('what a control would gain')
})

test('advice is about the metric that sees least for its tolerance', () => {
  const calm = aMetric({ metric: 'ttft-p50', smallestVisible: 0.05 })
  expect(flat(renderAudit(anAudit({ metrics: [calm, aMetric()] })))).toContain(': TPOT +7.0 % now')
})

test('steps of main are named with day, size and commits', () => {
  const step = {
    metric: 'tpot-p50' as const,
    ofPlateau: null,
    startedAt: '2026-09-09T10:00:00.000Z',
    after: 'a'.repeat(40),
    sha: 'b'.repeat(40),
    change: 0.071,
    points: 8,
    accepted: false,
    provisional: false,
  }
  const accepted = { ...step, after: null, accepted: true }
  const open = { ...step, sha: null, points: 1, provisional: true }
  const wild = { ...step, sha: 'a\u001b[31m' }
  const text = flat(renderAudit(anAudit({ steps: [step, accepted, open, wild] })))
  expect(text).toContain(
    'Steps of main: 2026-09-09: TPOT +7.1 %, between aaaaaaa and bbbbbbb, 8 points at the new level 2026',
  )
  expect(text).toContain('with bbbbbbb, 8 points at the new level; accepted')
  expect(text).toContain('TPOT +7.1 %, 1 point at the new level; not yet known if it stays')
  expect(text).not.toContain('\u001b')
})

test('too few runs are told as such', () => {
  const text = renderAudit(anAudit({ runs: 1, groups: 1, judged: 0, metrics: [] }))
  expect(text).toMatch(/^llama-8b: 1 comparable run, 1 point\n/)
  expect(text).toContain('No point can be judged against others yet')
  expect(text).toContain('No metric has enough runs yet to tell its spreads')
})

test('a name that others wrote cannot do harm', () => {
  expect(renderAudit(anAudit({ name: 'a\u001b[31mb\n::error::c' }))).toMatch(/^a \[31mb ::error::c: /)
})

const NONE = { otherSeries: 0, ofMain: 0, tooEarly: 0 }
const TPOT: PlacedMetric = { metric: 'tpot-p50', counts: [14, 5, 1, 2], worse: 9, differs: [] }

test('shows where runs of pull requests lie beside what is promised', () => {
  const text = renderPullRuns({ placed: 22, leftOut: NONE, metrics: [TPOT] })
  expect(text).toMatch(/^22 runs of pull requests\n/)
  expect(text).toMatch(/^promised +68 % +27 % +4 % +– +50 %$/m)
  expect(text).toMatch(/^TPOT +70 % +25 % +5 % +2 +45 %$/m)
  expect(text).toContain('They lie around main as its own runs do')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('says in what they differ, and what was left out', () => {
  const text = renderPullRuns({
    placed: 22,
    leftOut: { otherSeries: 2, ofMain: 1, tooEarly: 3 },
    metrics: [{ ...TPOT, differs: ['wider', 'worse'] }],
  }).replace(/\s+/g, ' ')
  expect(text).toContain('left out: 2 of another series, 1 recorded already, 3 with fewer than eight points')
  expect(text).toContain('TPOT: they lie further from main than its runs lie from each other')
  expect(text).toContain('TPOT: they are worse than main more often than not')
  expect(text).not.toContain('as far as so many runs can tell')
})

test('says nothing of metrics where no run can be placed', () => {
  expect(renderPullRuns({ placed: 0, leftOut: { ...NONE, otherSeries: 1 }, metrics: [] })).toBe(
    '0 runs of pull requests; left out: 1 of another series\n',
  )
})

test('throughput without a plateau is called the highest one', () => {
  const metric = 'plateau-throughput' as const
  const step = {
    metric,
    ofPlateau: false,
    startedAt: '2026-09-09T10:00:00.000Z',
    after: null,
    sha: null,
    change: -0.1,
    points: 3,
    accepted: false,
    provisional: false,
  }
  const text = flat(renderAudit(anAudit({ metrics: [aMetric({ metric, ofPlateau: false })], steps: [step] })))
  expect(text).toContain('2026-09-09: highest throughput −10 %')
  expect(text).toContain('Highest')
  expect(text).not.toMatch(/plateau/i)
})
