import { expect, test } from 'vitest'
import { renderAudit } from '../../src/render/audit.ts'
import type { Audit, MetricAudit } from '../../src/verdict/audit.ts'

function aMetric(overrides: Partial<MetricAudit> = {}): MetricAudit {
  return {
    metric: 'tpot-p50',
    levels: [1, 2, 4],
    groups: 12,
    segments: 1,
    spreadBetween: 0.021,
    spreadWithin: 0.008,
    smallestVisible: 0.07,
    tolerance: 0.05,
    remedies: [
      { what: 'twice-the-runs', smallestVisible: 0.064 },
      { what: 'half-the-spread', smallestVisible: 0.058 },
      { what: 'twice-the-passes', smallestVisible: 0.069 },
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
    drift: null,
  }
  return { ...standard, metrics: [aMetric()], ...overrides }
}

test('says how often the gate would have been wrong, and what it sees', () => {
  const text = renderAudit(anAudit())
  expect(text).toMatch(/^llama-8b: 14 comparable runs, 12 points\n/)
  expect(text).toMatch(/none would have looked\s+worse;\s+the\s+gate\s+promises\s+about\s+1\s+of\s+100/)
  expect(text).toMatch(/^TPOT +12 +2\.1 % +0\.8 % +\+7\.0 % +\+6\.4 % +\+5\.8 % +\+6\.9 %$/m)
  expect(text).not.toContain('Most would help')
})

test('a throughput is seen to fall, a metric that stepped says its segments, and alarms are counted', () => {
  const metric = aMetric({ metric: 'plateau-throughput', segments: 2, groups: 5, remedies: [], spreadWithin: null })
  const text = renderAudit(anAudit({ alarms: 1, metrics: [metric] }))
  expect(text).toMatch(/^Plateau +5 of 2 steps +2\.1 % +– +−6\.5 % +– +– +–$/m)
  expect(text).toMatch(/1 would have looked worse/)
})

test.each([
  ['twice-the-runs', 'more recorded runs, 24 instead of 12'],
  ['half-the-spread', 'runs that differ less'],
  ['twice-the-passes', 'more passes (--passes)'],
] as const)('where only large changes are seen, %s is advised when it helps most', (what, advice) => {
  const remedies = aMetric().remedies.map((each) => ({ ...each, smallestVisible: each.what === what ? 0.1 : 0.2 }))
  const text = renderAudit(anAudit({ metrics: [aMetric({ smallestVisible: 0.3, remedies })] }))
  expect(text.replace(/\s+/g, ' ')).toContain(`Most would help: ${advice}`)
})

test('too few runs are told as such', () => {
  const text = renderAudit(anAudit({ runs: 1, groups: 1, judged: 0, metrics: [] }))
  expect(text).toMatch(/^llama-8b: 1 comparable run, 1 point\n/)
  expect(text).toContain('No point can be judged against others yet')
  expect(text).toContain('nothing to say about spreads yet')
})

test('a name that others wrote cannot do harm', () => {
  expect(renderAudit(anAudit({ name: 'a\u001b[31mb\n::error::c' }))).toMatch(/^a \[31mb ::error::c: /)
})
