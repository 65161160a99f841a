import { describe, expect, it } from 'vitest'
import { renderComment } from '../../../../src/render/comment.ts'
import { renderPage } from '../../../../src/render/page.ts'
import { renderText, renderVerdictText } from '../../../../src/render/text.ts'
import type { Comparison, Verdict } from '../../../../src/report/verdict.ts'
import { aReport } from '../../../support/builders.ts'
import { aComparison, aRegression, aVerdict } from '../../../support/verdict-builders.ts'

/** A regression over so many recorded runs, of which the metric was compared with so many after so many steps. */
function aVerdictOver(
  baseline: Partial<Verdict['baseline']>,
  { groups, segments }: Pick<Comparison, 'groups' | 'segments'>,
): Verdict {
  const verdict = aVerdict()
  return {
    ...verdict,
    verdict: 'regressed',
    comparisons: [aRegression({ groups, segments })],
    baseline: { ...verdict.baseline, ...baseline },
  }
}

function commentOn(verdict: Verdict): string {
  return renderComment({ report: null, verdict }).replaceAll('\u00a0', ' ')
}

describe('whether main has moved', () => {
  it('is said of the runs that were compared with, and of those since its last step only', () => {
    expect(commentOn(aVerdictOver({ runs: 40, groups: 40 }, { groups: 40, segments: 1 }))).toContain(
      'main has not moved within the 40 runs compared with.',
    )
    const moved = commentOn(aVerdictOver({ runs: 40, groups: 40 }, { groups: 12, segments: 3 }))
    expect(moved).toContain('main has not moved within the 12 runs since its last step.')
    expect(moved).toContain('| main (12 of 40 runs) |')
    expect(moved).toContain(
      'Compared with 40 runs (artifacts of perf\\.yml), of which the 12 since the last step are used',
    )
    expect(moved).not.toContain('40 runs compared with')
  })

  it('is counted in points where several runs are one', () => {
    const moved = commentOn(aVerdictOver({ runs: 40, groups: 20 }, { groups: 12, segments: 2 }))
    expect(moved).toContain('main has not moved within the 12 points since its last step.')
    expect(moved).toContain('| main (12 of 20 points) |')
  })

  it('cannot be told from one run, nor where the newest moved', () => {
    expect(commentOn(aVerdictOver({ runs: 1, groups: 1 }, { groups: 1, segments: 1 }))).toContain(
      'one recorded run cannot show whether main has moved.',
    )
    const one = commentOn(aVerdictOver({ runs: 1, groups: 1 }, { groups: 1, segments: 1 }))
    expect(one).toContain('It comes from this PR, as far as can be seen: ')
    expect(one).toContain('Compared with 1 run (artifacts of perf\\.yml), 3f2c1ab of')
    expect(commentOn(aVerdictOver({ runs: 9, groups: 9 }, { groups: 1, segments: 2 }))).toContain(
      'main moved with its newest run, which alone is compared with.',
    )
  })
})

describe('a control without recorded runs', () => {
  const alone = (sessions: number, fresh: boolean): Verdict => ({
    ...aVerdictOver({ runs: 0, groups: 0, newest: null, ancestor: null }, { groups: 0, segments: 1 }),
    comparisons: [aRegression({ groups: 0, segments: 1, control: { theta: 1, pairs: 0 } })],
    control: { pairs: 0, sessions, fresh, troubles: [] },
  })

  it('is what was compared with, in the comment and in the text', () => {
    const comment = commentOn(alone(1, false))
    expect(comment).toContain('| Metric | control | this PR |')
    expect(renderComment({ report: aReport(), verdict: alone(1, false) })).toContain(
      '| Metric | level | control | this PR | change |',
    )
    expect(comment).toContain('Compared with the control alone, measured beside it.')
    expect(comment).not.toMatch(/not compared|main \(0/i)
    expect(renderVerdictText(alone(1, false))).toMatch(/metric +control +now/)
  })

  it('that was lost is why nothing was compared', () => {
    const control = {
      pairs: 0,
      sessions: 0,
      fresh: false,
      troubles: ['the control no longer answers single requests'],
    }
    const lost: Verdict = {
      ...alone(1, false),
      verdict: 'not-comparable',
      reasons: ['control-lost'],
      comparisons: [],
      errorRate: null,
      control,
    }
    const comment = commentOn(lost)
    expect(comment).toContain('The control could not be measured: the control no longer answers single requests.')
    expect(comment).toContain('Not compared because the control could not be measured.')
    expect(comment).not.toMatch(/nothing to compare yet/i)
    expect(renderVerdictText(lost).replace(/\s+/g, ' ')).toContain(
      'not compared, the control could not be measured: the control no longer answers single requests',
    )
  })

  it('is not taken for a recorded run', () => {
    const comment = commentOn(alone(1, false))
    expect(comment).toContain(
      'comes from this PR, as far as can be seen: the control, measured with it, does not show it.',
    )
    expect(comment).not.toContain('recorded run cannot show')
  })

  it('is named after the recorded runs where there are some', () => {
    const verdict = aVerdictOver({ runs: 9, groups: 9 }, { groups: 9, segments: 1 })
    const comparisons = [aRegression({ groups: 9, segments: 1, control: { theta: 1, pairs: 9 } })]
    expect(commentOn({ ...verdict, comparisons })).toMatch(/Compared with 9 runs .*, and with the control\./)
    expect(commentOn(verdict)).not.toContain('the control')
  })

  it('is said with the sessions that both were started anew for', () => {
    expect(commentOn(alone(1, true))).toContain('Compared with the control alone, in 1 session, both started anew.')
    expect(renderVerdictText(alone(2, true)).replace(/\s+/g, ' ')).toContain(
      'Compared with the control alone, in 2 sessions, both started anew for each; tolerance',
    )
  })

  it('tells the levels of the last session from the figures of all', () => {
    const textOf = (verdict: Verdict) => renderText(aReport(), { verdict }).replace(/\s+/g, ' ')
    expect(textOf(alone(2, true))).toContain(' in 4 min 12 s, in the last session level ')
    for (const one of [alone(1, true), alone(2, false)]) expect(textOf(one)).toContain(' in 4 min 12 s level ')
  })
})

describe('tolerances', () => {
  it('are said once where they are one, and else whose each is', () => {
    const of = (ttft: number) =>
      renderVerdictText(
        aVerdict({
          comparisons: [
            aComparison({ tolerance: 0.1 }),
            aComparison({ metric: 'ttft-p50', tolerance: ttft }),
            aComparison({ metric: 'plateau-throughput', tolerance: 0.1 }),
          ],
        }),
      ).replace(/\s+/g, ' ')
    expect(of(0.1)).toContain('; tolerance 10 %.')
    expect(of(0.15)).toContain('; tolerance 10 % for TPOT and plateau throughput, 15 % for TTFT.')
  })
})

describe('the commits between the newest recorded run and a change that moved', () => {
  const [recorded, head] = ['a'.repeat(40), 'b'.repeat(40)]
  const run = 'https://github.com/acme/serving/actions/runs/7'
  const commentFor = (newest: { sha: string | null; url: string | null }, measured = head, link = run) =>
    renderComment({
      report: null,
      verdict: aVerdictOver({ newest: { startedAt: '2026-11-21T00:00:00Z', ...newest } }, { groups: 12, segments: 1 }),
      links: { run: link, artifact: null },
      commits: { head: measured, base: null },
    }).replaceAll('\u00a0', ' ')
  const words = 'Commits that the newest recorded run lacks'

  it('are one link, wherever the recorded run has no page or one of the same repository', () => {
    const link = `${words}: [aaaaaaa…bbbbbbb](https://github.com/acme/serving/compare/${recorded}...${head}).`
    expect(commentFor({ sha: recorded, url: null })).toContain(link)
    expect(commentFor({ sha: recorded, url: 'https://github.com/acme/serving/actions/runs/3' })).toContain(link)
  })

  it('are not named where one is unknown, both are the same, or the runs are of two repositories', () => {
    expect(commentFor({ sha: null, url: null })).not.toContain(words)
    expect(commentFor({ sha: recorded, url: null }, recorded)).not.toContain(words)
    expect(commentFor({ sha: recorded, url: null }, '')).not.toContain(words)
    expect(commentFor({ sha: recorded, url: 'https://github.com/acme/other/actions/runs/3' })).not.toContain(words)
    expect(commentFor({ sha: recorded, url: null }, head, 'https://jenkins.example/job/7')).not.toContain(words)
  })

  it.each(['](javascript:alert(1))', '<img src=x onerror=alert(1)>', '../../../evil', '@everyone'])(
    'do not show what is no commit: %s',
    (hostile) => {
      expect(commentFor({ sha: hostile, url: null })).not.toContain(words)
      expect(commentFor({ sha: recorded, url: null }, hostile)).not.toContain(words)
    },
  )

  it('are not named where nothing moved', () => {
    const newest = { sha: recorded, startedAt: '2026-11-21T00:00:00Z', url: null }
    const calm = { ...aVerdict(), comparisons: [aComparison()] }
    const verdict = { ...calm, baseline: { ...calm.baseline, newest } }
    const links = { run, artifact: null }
    expect(renderComment({ report: null, verdict, links, commits: { head, base: null } })).not.toContain(words)
  })

  it('are a link on the page, too, where the run is known', () => {
    const newest = { sha: recorded, startedAt: '2026-11-21T00:00:00Z', url: null }
    const verdict = aVerdictOver({ newest }, { groups: 12, segments: 1 })
    const origin = { links: { run, artifact: null }, commits: { head, base: null } }
    const link = `<a href="https://github.com/acme/serving/compare/${recorded}...${head}">aaaaaaa…bbbbbbb</a>`
    expect(renderPage({ report: aReport(), verdict, origin })).toContain(link)
    expect(renderPage({ report: aReport(), verdict })).not.toContain(words)
  })
})
