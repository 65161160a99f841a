import { describe, expect, it } from 'vitest'
import { drawNormal, seedRandom } from '../../src/random.ts'
import { auditHistory } from '../../src/verdict/audit.ts'
import type { MetricAudit } from '../../src/verdict/audit.ts'
import type { HistoryEntry } from '../../src/report/history.ts'
import { aRow, POLICY, recorded } from './recorded.ts'

/** What lies between days, between the runs of a day, and between the passes of a run; standard deviations on the log scale. */
interface Causes {
  readonly day: number
  readonly run: number
  readonly pass?: number
  /** Whether runs are measured with a control, which shares its day; else none is. */
  readonly control?: boolean
  readonly sameGroup?: boolean
}

/** 60 days of three runs each. */
function aHistory({ day, run, pass = 0, control = false, sameGroup = false }: Causes): HistoryEntry[] {
  const random = seedRandom(`${day} ${run} ${pass} ${control} ${sameGroup}`)
  const draw = (sd: number): number => sd * drawNormal(random)
  return Array.from({ length: 16 }, (_, i) => {
    const ofDay = draw(day)
    return Array.from({ length: 3 }, (_, j): HistoryEntry => {
      const rowOf = () =>
        aRow(
          { all: Math.exp(ofDay + draw(run)) },
          {
            passes: [1, 2, 3].map(() => Math.exp(draw(pass))),
            startedAt: new Date(Date.UTC(2026, 8, 1 + i, 8 + j)).toISOString(),
          },
        )
      const row = rowOf()
      const [entry] = recorded([row], () => ({ runId: sameGroup ? `day ${i}` : `run ${i} ${j}` }))
      return { ...entry!, row, ...(control && { control: rowOf() }) }
    })
  }).flat()
}

function auditTpot(causes: Causes): MetricAudit {
  return auditHistory(aHistory(causes), POLICY)!.metrics.find(({ metric }) => metric === 'tpot-p50')!
}

const remedyOf = ({ remedies }: MetricAudit, what: string) => remedies.find((each) => each.what === what)
const bestOf = ({ remedies }: MetricAudit): string =>
  remedies.toSorted((a, b) => a.smallestVisible / a.now - b.smallestVisible / b.now)[0]!.what

describe('the spread of a history by its cause', () => {
  it('tells days that differ from the runs of a day', () => {
    const { causes } = auditTpot({ day: 0.04, run: 0.01 })
    expect(causes.day).toBeGreaterThan(0.007)
    expect(causes.day).toBeLessThan(0.013)
    expect(causes.anyDay).toBeGreaterThan(0.025)
  })

  it('tells the runs of a workflow run from what is between them', () => {
    const { causes } = auditTpot({ day: 0.04, run: 0.01, sameGroup: true })
    expect(causes.run).toBeGreaterThan(0.007)
    expect(causes.run).toBeLessThan(0.013)
    expect(causes.day).toBeNull()
  })

  it('says what a control leaves of it, and how many pairs tell that', () => {
    const { causes } = auditTpot({ day: 0.04, run: 0.01, control: true })
    expect(causes.control!.pairs).toBe(48)
    // A shared day is gone; what is left is the run, and the control's own run times θ.
    expect(causes.control!.sd).toBeGreaterThan(0.01)
    expect(causes.control!.sd).toBeLessThan(0.018)
    expect(causes.anyDay).toBeGreaterThan(0.025)
  })

  it('says nothing of a control with too few pairs, or with one that lacks a level', () => {
    const [first, second, ...rest] = aHistory({ day: 0.04, run: 0.01, control: true })
    const without = rest.map(({ row, source, verdict, segments }) => ({ row, source, verdict, segments }))
    const few = auditHistory([first!, second!, ...without], POLICY)!
    for (const { causes } of few.metrics) expect(causes.control).toBeNull()
    const lacking = [first!, second!, ...rest].map((entry) => ({ ...entry, control: aRow({}, { levels: [1, 2] }) }))
    for (const { causes, levels } of auditHistory(lacking, POLICY)!.metrics) {
      if (levels.some((level) => level > 2)) expect(causes.control).toBeNull()
    }
  })
})

describe('the one change that buys most', () => {
  it('is a control where it is days that differ, whether pairs tell it or days do', () => {
    for (const control of [false, true]) {
      const tpot = auditTpot({ day: 0.04, run: 0.01, control })
      expect(remedyOf(tpot, 'control')!.smallestVisible).toBeLessThan(0.75 * tpot.smallestVisible)
      expect(['control', 'hours']).toContain(bestOf(tpot))
    }
  })

  it('is fresh sessions where it is deployments that differ, and not a control', () => {
    const tpot = auditTpot({ day: 0, run: 0.03, control: true })
    expect(remedyOf(tpot, 'sessions')!.smallestVisible).toBeLessThan(0.75 * tpot.smallestVisible)
    expect(remedyOf(tpot, 'sessions')!.smallestVisible).toBeLessThan(remedyOf(tpot, 'control')!.smallestVisible)
  })

  it('is never more sessions where it is days that differ: they share theirs', () => {
    const tpot = auditTpot({ day: 0.04, run: 0.01 })
    expect(remedyOf(tpot, 'sessions')!.smallestVisible).toBeGreaterThan(0.85 * tpot.smallestVisible)
  })

  it('is passes only where it is passes that differ', () => {
    const noisy = auditTpot({ day: 0, run: 0, pass: 0.05 })
    const calm = auditTpot({ day: 0, run: 0.03, pass: 0.001 })
    const gain = (tpot: MetricAudit) => remedyOf(tpot, 'passes')!.smallestVisible / tpot.smallestVisible
    expect(gain(noisy)).toBeLessThan(0.8)
    expect(gain(calm)).toBeGreaterThan(0.99)
  })

  it('never promises less than is seen now', () => {
    for (const causes of [
      { day: 0.04, run: 0.01 },
      { day: 0, run: 0.03, control: true },
      { day: 0.02, run: 0.02 },
    ]) {
      for (const { what, now, smallestVisible } of auditTpot(causes).remedies) {
        if (what !== 'control') expect(smallestVisible).toBeLessThanOrEqual(now)
      }
    }
  })
})
