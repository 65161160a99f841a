import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { renderComment } from '../../src/render/comment.ts'
import type { ViewInput } from '../../src/render/view/input.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderVerdictText } from '../../src/render/text.ts'
import type { Comparison, Verdict } from '../../src/report/verdict.ts'
import { readAcceptances } from '../../src/settings/values/acceptance.ts'
import { aReport } from '../support/builders.ts'
import { NOTE_ROOM } from '../../src/render/markdown.ts'
import { aSideCurve, aSweep, SITUATIONS } from '../support/situations.ts'
import { aComparison, aRegression, aVerdict } from '../support/verdict-builders.ts'

/** What a reader sees without unfolding or scrolling far. */
function firstScreen(input: ViewInput): string {
  return renderComment(input).split('\n<details>')[0]!.trimEnd().replaceAll('\u00a0', ' ')
}

function footerOf(input: ViewInput): string {
  return /<sub>(.*)<\/sub>/.exec(renderComment(input))![1]!.replaceAll('\u00a0', ' ')
}

test('a regression says what moved, how sure, whose it is, what else changed and what to do', () => {
  expect(firstScreen(SITUATIONS.regressed)).toMatchInlineSnapshot(`
    "### ❌ llama\\-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look

    | Metric | main (12 runs) | this PR | change, likely range | finds in 4 of 5 | verdict |
    | :- | -: | -: | -: | -: | :- |
    | **TPOT** | 12.5 ms | 15.1 ms | **+21 %** [+14, +29] | +7.0 % | ❌ Regressed |
    | **Plateau throughput** | 565 tok/s | 468 tok/s | **−17 %** [−21, −13] | −6.5 % | ❌ Regressed |
    | TTFT | 40.0 ms | 40.0 ms | 0 % [−4.0, +4.0] | +12 % | No change seen |

    - **Where?** TPOT +21 % at concurrency 1 to 32. Plateau throughput −17 % at concurrency 8 to 32. Looks like decode: tokens after the first come slower; the first comes as before.
    - **You or main?** It comes from this PR, as far as can be seen: main has not moved within the 12 runs compared with.
    - **What else changed?** server version \`vllm 0.11.0\` → \`vllm 0.11.1\`.
    - **Reproduce:** \`plateau compare --run 19512345678 --repository acme/inference --name llama-8b\`
    - **Intended?** Add the label \`plateau-accept\`, or \`plateau-accept:tpot-p50\` for one metric. The check follows without measuring again where the workflow runs on \`labeled\`; else re-run the job. An entry under \`accept:\` in the config file counts only after the merge:
      \`\`\`yaml
      - { metric: tpot-p50, at: 21%, since: 2026-11-22, why: … }
      - { metric: plateau-throughput, at: -18%, since: 2026-11-22, why: … }
      \`\`\`
    - **By chance?** Unchanged code is red in about 1 of 100 runs made like the recorded ones. Where something slows a run now and then that no recorded run has met, up to 3 of 100 are red. Where runs have just begun to spread more than the recorded ones, up to 15 of 100 are red. To be surer, re-run the job: its attempts count together."
  `)
  expect(footerOf(SITUATIONS.regressed)).toMatchInlineSnapshot(
    `"Compared with 12 runs (artifacts of perf\\.yml), the newest 3f2c1ab of 2026\\-11\\-21, which this branch contains. Build not checked. Second look: 2 fresh passes. [Run](https://github.com/acme/inference/actions/runs/19512345678) · [Report with all charts](https://github.com/acme/inference/actions/runs/19512345678/artifacts/4242)"`,
  )
})

test('a change that is red by a narrow margin is said to be shown too large', () => {
  const narrow = firstScreen(SITUATIONS['red by a narrow margin'])
  expect(narrow).toContain(
    'What was seen is smaller than what is found in 4 of 5 runs (TPOT +25 %); on average such changes are smaller than they look when they are red.',
  )
  expect(firstScreen(SITUATIONS.regressed)).not.toContain('on average')
})

test('without recorded runs a comparison with a control says what it rests on', () => {
  const input = SITUATIONS['red beside a control']
  expect(firstScreen(input)).toContain('| Metric | control | this PR |')
  expect(firstScreen(input)).toContain(
    'It comes from this PR, as far as can be seen: the control, measured with it, does not show it.',
  )
  expect(firstScreen(input)).toContain(
    'Unchanged code is red in about 1 of 100 runs measured like this one, if two deployments of it differ as assumed, or as its sessions show.',
  )
  expect(footerOf(input)).toContain(
    'Compared with the control alone, in 3 sessions, both started anew for each. Build not checked. It needs no history, because both sides were measured in the same minutes; how much such sessions differ is partly assumed.',
  )
})

test('with recorded pairs it says how much of the movement of the control is common', () => {
  expect(footerOf(SITUATIONS['green beside a control with history'])).toContain(
    '12 recorded runs beside the control tell how much of its movement is common: 82 % in TPOT, 82 % in TTFT and 82 % in plateau throughput.',
  )
})

test('a control that could not be used is named with its reason', () => {
  expect(footerOf(SITUATIONS['a control that died'])).toContain(
    'The control did not decide: the recorded runs alone did. The control: it stopped answering at concurrency 8',
  )
})

test('runs that have begun to spread more say what is reckoned with, which is not theirs alone', () => {
  expect(footerOf(SITUATIONS['runs that have begun to spread more'])).toContain(
    'The newest recorded runs spread more than those before: TPOT (1.4 % before, 4.1 % used now). Those before say no more how far runs may lie apart; `plateau audit` splits it by its causes.',
  )
})

test('a gate on a noisy endpoint says what it finds, and what would let it find more', () => {
  expect(footerOf(SITUATIONS['a noisy endpoint'])).toContain(
    'Runs of the same code spread by up to 5.1 % here, so this gate finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs, and more history changes little. A `control` beside the candidate removes what both have in common.',
  )
  for (const quiet of [SITUATIONS['no change seen'], SITUATIONS['green beside a control with history']]) {
    expect(footerOf(quiet)).not.toContain('spread by up to')
  }
})

test('where something else may explain one metric, no other is said to be of the pull request for sure', () => {
  const { verdict } = SITUATIONS.regressed
  const [first, ...others] = verdict.comparisons
  const comparisons = [
    first!,
    { ...others[0]!, verdict: 'suspect' as const, doubt: 'other-hour' as const },
    ...others.slice(1),
  ]
  const doubted = firstScreen({ ...SITUATIONS.regressed, verdict: { ...verdict, comparisons } })
  expect(doubted).toContain('If it is real')
  expect(doubted).not.toContain('as far as can be seen')
})

test('everything that a chart shows stands in a table', () => {
  const comment = renderComment(SITUATIONS.regressed).replaceAll('\u00a0', ' ')
  expect(comment.slice(comment.indexOf('<details>'), comment.indexOf('<summary>What this'))).toMatchInlineSnapshot(`
    "<details>
    <summary>Charts: the curve first</summary>

    \`\`\`mermaid
    ---
    config:
      xyChart:
        titleFontSize: 16
      themeVariables:
        xyChart:
          plotColorPalette: "#8c959f, #2f81f7"
    ---
    xychart-beta
      title "Throughput by latency: this PR blue, main grey"
      x-axis "latency (median), ms" 1298 --> 5626
      y-axis "tok/s" 0 --> 625.6
      line [408.4, 536.9, 561, 561.4, 561.8, 562.2, 562.6, 563, 563.4, 563.9, 564.3, 564.7, 565.1, 565.5, 565.9, 566.1, 566.2, 566.3, 566.4, 566.5, 566.6, 566.7, 566.8, 566.9, 567, 567.1, 567.2, 567.3, 567.4, 567.5, 567.6, 567.7, 567.8, 568, 568.1, 568.2, 568.3, 568.4, 568.5, 568.6, 568.7]
      line [76.99, 196.9, 300.5, 388.6, 465.7, 465.9, 466.1, 466.3, 466.5, 466.7, 466.9, 467.1, 467.3, 467.6, 467.8, 468, 468.2, 468.4, 468.6, 468.8, 468.9, 469, 469.1, 469.1, 469.2, 469.2, 469.3, 469.3, 469.4, 469.4, 469.5, 469.5, 469.6, 469.6, 469.7, 469.7, 469.8, 469.9, 469.9, 470, 470]
    \`\`\`

    | level | this PR, tok/s | this PR, latency | main, tok/s | main, latency |
    | -: | -: | -: | -: | -: |
    | 1 | 77.0 | 1.30 s | 92.5 | 1.08 s |
    | 2 | 147 | 1.36 s | 177 | 1.13 s |
    | 4 | 271 | 1.48 s | 325 | 1.23 s |
    | 8 | 466 | 1.72 s | 561 | 1.43 s |
    | 16 | 469 | 3.41 s | 566 | 2.83 s |
    | 32 | 471 | 6.80 s | 569 | 5.63 s |

    \`\`\`mermaid
    ---
    config:
      xyChart:
        titleFontSize: 16
      themeVariables:
        xyChart:
          plotColorPalette: "#8c959f, #2f81f7"
    ---
    xychart-beta
      title "Throughput by concurrency, in tok/s: this PR line, main bars"
      x-axis "concurrency" ["1", "2", "4", "8", "16", "32"]
      y-axis "tok/s" 0 --> 625.6
      bar [92.55, 177, 325.5, 560.6, 566, 568.7]
      line [76.99, 147.2, 270.5, 465.6, 468.9, 470.6]
    \`\`\`

    \`\`\`mermaid
    ---
    config:
      xyChart:
        titleFontSize: 16
      themeVariables:
        xyChart:
          plotColorPalette: "#8c959f, #2f81f7"
    ---
    xychart-beta
      title "TPOT (median) by concurrency: this PR line, main bars"
      x-axis "concurrency" ["1", "2", "4", "8", "16", "32"]
      y-axis "ms" 0 --> 18.63
      bar [10.5, 11, 12, 14, 14, 14]
      line [12.71, 13.31, 14.52, 16.94, 16.94, 16.94]
    \`\`\`

    With both sides at every level, intervals, knee, capacity and distributions: \`report.html\` (and \`curve.svg\`) in [the report](https://github.com/acme/inference/actions/runs/19512345678/artifacts/4242).

    </details>

    <details>
    <summary>By level</summary>

    | level | ok/failed | TTFT p50 | p90 | TPOT p50 | lat. p50 | tok/s | req/s | state |
    | -: | -: | -: | -: | -: | -: | -: | -: | :- |
    | 1 | 24/0 | 40.0 ms | – | 12.7 ms | 1.30 s | 77.0 | 0.770 | ok |
    | 2 | 48/0 | 40.0 ms | – | 13.3 ms | 1.36 s | 147 | 1.47 | ok |
    | 4 | 84/0 | 40.0 ms | 40.4 ms | 14.5 ms | 1.48 s | 271 | 2.71 | ok |
    | 8 | 144/0 | 40.0 ms | 40.4 ms | 16.9 ms | 1.72 s | 466 | 4.66 | ok |
    | 16 | 144/0 | 1.73 s | 1.75 s | 16.9 ms | 3.41 s | 469 | 4.69 | ok |
    | 32 | 192/0 | 5.12 s | 5.17 s | 16.9 ms | 6.80 s | 471 | 4.71 | ok |

    Plateau: 468 tok/s (95 % interval 465 to 472), knee at concurrency 7.5. More concurrency adds only latency.

    | Metric | level | main | this PR | change |
    | :- | -: | -: | -: | -: |
    | TPOT | 1 | 10.5 ms | 12.7 ms | +21 % |
    | TPOT | 2 | 11.0 ms | 13.3 ms | +21 % |
    | TPOT | 4 | 12.0 ms | 14.5 ms | +21 % |
    | TPOT | 8 | 14.0 ms | 16.9 ms | +21 % |
    | TPOT | 16 | 14.0 ms | 16.9 ms | +21 % |
    | TPOT | 32 | 14.0 ms | 16.9 ms | +21 % |
    | Plateau throughput | 8 | 561 tok/s | 466 tok/s | −17 % |
    | Plateau throughput | 16 | 566 tok/s | 469 tok/s | −17 % |
    | Plateau throughput | 32 | 569 tok/s | 471 tok/s | −17 % |
    | Throughput, not compared | 1 | 92.5 tok/s | 77.0 tok/s | −17 % |
    | Throughput, not compared | 2 | 177 tok/s | 147 tok/s | −17 % |
    | Throughput, not compared | 4 | 325 tok/s | 271 tok/s | −17 % |
    | TTFT | 1 | 40.0 ms | 40.0 ms | 0 % |
    | TTFT | 2 | 40.0 ms | 40.0 ms | 0 % |
    | TTFT | 4 | 40.0 ms | 40.0 ms | 0 % |
    | TTFT | 8 | 40.0 ms | 40.0 ms | 0 % |
    | TTFT, not compared | 16 | 1.44 s | 1.73 s | +20 % |
    | TTFT, not compared | 32 | 4.24 s | 5.12 s | +21 % |

    </details>

    <details>
    "
  `)
})

test('a green comment is one line with the rest folded', () => {
  expect(firstScreen(SITUATIONS['no change seen'])).toMatchInlineSnapshot(
    `"✅ llama\\-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)"`,
  )
  expect(firstScreen(SITUATIONS.improved)).toMatchInlineSnapshot(`"✅ llama\\-8b: better: TPOT −12 % (−15 to −9 %)"`)
  expect(firstScreen(SITUATIONS.proven)).toMatchInlineSnapshot(
    `"✅ llama\\-8b: proven within tolerance: TPOT 10 %, TTFT 15 % and plateau throughput 10 %"`,
  )
  expect(renderComment(SITUATIONS.proven)).toContain('✅ Proven within 15\u00a0%')
  // By a bound at one end; beside an interval with two that reaches further, that is said.
  // How much chance that bound has depends on how often the run was looked at.
  const said =
    'reaches beyond 10 % because it has 2.5 % of chance at each end; a proof asks only how much worse it may be, so that all of its chance is at that one end.'
  const proofOf = (interval: { readonly low: number; readonly high: number }) => {
    const comparisons = [aComparison({ verdict: 'proven', tolerance: 0.1, interval })]
    const text = renderComment({ ...SITUATIONS.proven, verdict: { ...SITUATIONS.proven.verdict, comparisons } })
    return text.replaceAll('\u00a0', ' ')
  }
  expect(proofOf({ low: -0.34, high: 0.11 })).toContain(said)
  expect(proofOf({ low: -0.34, high: 0.09 })).not.toContain(said)
})

test('a release without proof says what would prove it', () => {
  expect(firstScreen(SITUATIONS['not proven'])).toMatchInlineSnapshot(`
    "### ❌ llama\\-8b: not proven that TPOT is within 10 % (measured −4 to +13 %)

    | Metric | main (12 runs) | this PR | change, likely range | finds in 4 of 5 | verdict |
    | :- | -: | -: | -: | -: | :- |
    | TPOT | 12.5 ms | 13.0 ms | +4.0 % [−4, +13] | +7.0 % | No change seen |
    | TTFT | 40.0 ms | 40.0 ms | 0 % [−4.0, +4.0] | +12 % | ✅ Proven within 15 % |
    | Plateau throughput | 565 tok/s | 565 tok/s | 0 % [−4.0, +4.0] | −6.5 % | ✅ Proven within 15 % |

    - **What else changed?** Nothing that is recorded about model, server and runner.
    - **Reproduce:** \`plateau compare --run 19512345678 --repository acme/inference --name llama-8b\`
    - **What now?** A release passes only on proof. What would prove it: more recorded runs, more \`runs\` in one go, or a wider \`tolerance\`."
  `)
})

test('a suspicion is not a verdict', () => {
  expect(firstScreen(SITUATIONS.suspect)).toMatchInlineSnapshot(`
    "### ⚠️ llama\\-8b: suspect: TTFT +8.0 % (1 to 15 %), not so in a second look

    | Metric | main (12 runs) | this PR | change, likely range | finds in 4 of 5 | verdict |
    | :- | -: | -: | -: | -: | :- |
    | **TTFT** | 40.0 ms | 43.2 ms | **+8.0 %** [+1, +15] | +12 % | ⚠️ Suspect |
    | TPOT | 12.5 ms | 12.5 ms | 0 % [−4.0, +4.0] | +7.0 % | No change seen |
    | Plateau throughput | 565 tok/s | 565 tok/s | 0 % [−4.0, +4.0] | −6.5 % | No change seen |

    - **Where?** TTFT +8.0 % at concurrency 1 to 8. Looks like prefill: the first token comes later at any load; those after it come as before.
    - **You or main?** If it is real, it comes from this PR: main has not moved within the 12 runs compared with.
    - **What else changed?** Nothing that is recorded about model, server and runner.
    - **Reproduce:** \`plateau compare --run 19512345678 --repository acme/inference --name llama-8b\`
    - **What now?** A real change of this size shows again: look at the next run, or re-run the job. More recorded runs make it certain.
    - **By chance?** Unchanged code is red in about 1 of 100 runs made like the recorded ones."
  `)
})

test('an innocent pull request is told that main has moved', () => {
  expect(firstScreen(SITUATIONS['main has moved'])).toMatchInlineSnapshot(`
    "✅ llama\\-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)

    Main has been 19 % slower in TPOT since 3f2c1ab (2 runs, not accepted); this PR adds nothing that can be seen (0 % [−2.0, +3.0])."
  `)
})

test('a pull request that adds to what main did is told both', () => {
  const comment = firstScreen(SITUATIONS['worse than a main that has moved'])
  expect(comment.split('\n').find((line) => line.includes('You or main?'))).toMatchInlineSnapshot(
    `"- **You or main?** Main has been 19 % slower in TPOT since 3f2c1ab (2 runs, not accepted); this PR is worse than both (+21 % [+14, +29] against now, +44 % against before). What is worse in plateau throughput comes from this PR, as far as can be seen: main has not moved within the 12 runs compared with. But the newest recorded run is newer than this branch, which could explain it: update the branch to be sure."`,
  )
  expect(footerOf(SITUATIONS['worse than a main that has moved'])).toContain('which is newer than this branch')
})

test.each(Object.keys(SITUATIONS) as (keyof typeof SITUATIONS)[])(
  'a default branch of another name is called by it: %s',
  (name) => {
    // What was given names it, too.
    const given = JSON.parse(JSON.stringify(SITUATIONS[name]).replaceAll(/\bmain\b/g, 'master')) as ViewInput
    expect(renderComment({ ...given, defaultBranch: 'master' }).match(/.*\bmain\b.*/gi)).toBeNull()
  },
)

test('of a pull request into another branch the base is named, and updating the branch is no advice', () => {
  const situation = { ...SITUATIONS['worse than a main that has moved'], intoBranch: 'release/1.2' }
  const owner = firstScreen(situation)
    .split('\n')
    .find((line) => line.includes('You or main?'))
  expect(owner).toContain('the recorded runs are those of main, and this pull request goes into `release/1.2`')
  expect(renderComment(situation)).not.toMatch(/update the branch|newer than this branch/)
  expect(footerOf(situation)).toContain('and of main; this pull request goes into `release/1.2`')
  const settings = renderComment({ ...SITUATIONS['not comparable'], intoBranch: 'release/1.2' })
  expect(settings).not.toContain('after the merge')
})

test('a branch with signs that would be markup in a heading is described', () => {
  const comment = renderComment({ ...SITUATIONS['worse than a main that has moved'], defaultBranch: 'a|b`c' })
  expect(comment).toContain('You or the default branch?')
})

test('an accepted change is green and says who wanted it', () => {
  expect(firstScreen(SITUATIONS.accepted)).toMatchInlineSnapshot(`
    "### ✅ llama\\-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), accepted by @​octocat

    | Metric | main (12 runs) | this PR | change, likely range | finds in 4 of 5 | verdict |
    | :- | -: | -: | -: | -: | :- |
    | TPOT | 12.5 ms | 15.1 ms | +21 % [+14, +29] | +7.0 % | Accepted by @​octocat |
    | Plateau throughput | 565 tok/s | 468 tok/s | −17 % [−21, −13] | −6.5 % | Accepted by @​octocat |
    | TTFT | 40.0 ms | 40.0 ms | 0 % [−4.0, +4.0] | +12 % | No change seen |

    - **Where?** TPOT +21 % at concurrency 1 to 32. Plateau throughput −17 % at concurrency 8 to 32. Looks like decode: tokens after the first come slower; the first comes as before.
    - **What else changed?** server version \`vllm 0.11.0\` → \`vllm 0.11.1\`.
    - **Reproduce:** \`plateau compare --run 19512345678 --repository acme/inference --name llama-8b --accept 'tpot-p50 +21% since 2026-11-22T18:00:00.000Z; plateau-throughput -17.3554% since 2026-11-22T18:00:00.000Z'\`
    - **What now?** Nothing. It stays green up to these figures plus the tolerance; after the merge the next runs are compared with the new level."
  `)
})

test('a broken limit stands on the first screen', () => {
  expect(firstScreen(SITUATIONS['a limit is broken'])).toMatchInlineSnapshot(`
    "### ❌ llama\\-8b: limit broken, ttft\\-p90@​32 &lt;\\= 2s is 4.28 s

    | Metric | main (12 runs) | this PR | change, likely range | finds in 4 of 5 | verdict |
    | :- | -: | -: | -: | -: | :- |
    | TPOT | 12.5 ms | 12.5 ms | 0 % [−4.0, +4.0] | +7.0 % | No change seen |
    | TTFT | 40.0 ms | 40.0 ms | 0 % [−4.0, +4.0] | +12 % | No change seen |
    | Plateau throughput | 565 tok/s | 565 tok/s | 0 % [−4.0, +4.0] | −6.5 % | No change seen |

    | Limit | measured | verdict |
    | :- | -: | :- |
    | \`ttft-p90@32 <= 2s\` | 4.28 s | ❌ Broken |
    | \`ttft-p90@8 <= 800ms\` | 40.4 ms | ✅ Holds |
    | \`error-rate <= 1%\` | 0 % | ✅ Holds |

    - **What else changed?** Nothing that is recorded about model, server and runner.
    - **Reproduce:** \`plateau compare --run 19512345678 --repository acme/inference --name llama-8b\`
    - **What now?** A limit does not depend on main: fix the cause, or move the limit in the settings.
    - **By chance?** Unchanged code is red in about 1 of 100 runs made like the recorded ones."
  `)
})

test('how often unchanged code is red rests on the expected spread while that stands for a history', () => {
  const chanceOf = (assumedSpread: boolean) =>
    firstScreen({
      ...SITUATIONS['a limit is broken'],
      verdict: aVerdict({ comparisons: [aRegression({ assumedSpread })], verdict: 'regressed' }),
    })
  const often = 'red in about 1 of 100 runs made like the recorded ones'
  expect(chanceOf(true)).toContain(`${often}, as long as these spread by no more than \`expected-spread\` says.`)
  expect(chanceOf(false)).toContain(`${often}.`)
})

test('a spread that one run or one session cannot show is said to be assumed', () => {
  const spreadOf = (figures: Parameters<typeof aRegression>[0], sessions: Verdict['control'] = null) =>
    /\| (2\u00a0%[^|]*) \|/
      .exec(
        renderComment({
          ...SITUATIONS['a limit is broken'],
          verdict: aVerdict({
            comparisons: [aRegression({ spread: 0.02, segments: 1, ...figures })],
            verdict: 'regressed',
            control: sessions,
          }),
        }),
      )![1]!
      .replaceAll('\u00a0', ' ')
  expect(spreadOf({ groups: 1, assumedSpread: true })).toBe('2 %, assumed')
  expect(spreadOf({ groups: 2, assumedSpread: true })).toBe('2 %, partly assumed')
  expect(spreadOf({ groups: 12 })).toBe('2 %')
  for (const [share, said] of [
    [1, ', assumed'],
    [0.4, ', partly assumed'],
  ] as const)
    expect(spreadOf({ groups: 5, assumedShare: share })).toBe(`2 %${said}`)
  const beside = { groups: 0, control: { theta: 1, pairs: 0 } }
  expect(spreadOf(beside, { pairs: 0, sessions: 1, fresh: false, troubles: [] })).toBe('2 %, assumed')
  expect(spreadOf(beside, { pairs: 0, sessions: 3, fresh: true, troubles: [] })).toBe('2 %')
})

test('a concurrency that no longer holds is told with its requests', () => {
  expect(firstScreen(SITUATIONS['a concurrency no longer holds'])).toMatchInlineSnapshot(`
    "### ❌ llama\\-8b: concurrency 32 no longer holds, 6.3 % of the requests fail (0.018 % before)

    | Metric | main (12 runs) | this PR | change, likely range | finds in 4 of 5 | verdict |
    | :- | -: | -: | -: | -: | :- |
    | **Concurrency 32** | 1 of 900 failed | 120 of 300 failed | – | – | ❌ No longer holds |
    | **Requests failed** | 0.018 % | 6.3 % | +6.3 points | – | ❌ More fail |
    | TPOT | 12.5 ms | 12.5 ms | 0 % [−4.0, +4.0] | +7.0 % | No change seen |
    | TTFT | 40.0 ms | 40.0 ms | 0 % [−4.0, +4.0] | +12 % | No change seen |
    | Plateau throughput | 565 tok/s | 565 tok/s | 0 % [−4.0, +4.0] | −6.5 % | No change seen |

    - **Where?** Concurrency 32 no longer holds: 120 of 300 failed (118 timeout, 2 http\\_503), and again when repeated; in the baseline 1 of 900 failed.
    - **What else changed?** Nothing that is recorded about model, server and runner.
    - **Reproduce:** \`plateau compare --run 19512345678 --repository acme/inference --name llama-8b\`
    - **What now?** Look at the server log of this time: requests failed that main answers.
    - **By chance?** Unchanged code is red in about 1 of 100 runs made like the recorded ones. To be surer, re-run the job: its attempts count together."
  `)
})

test('a run that cannot be compared reads like one', () => {
  expect(firstScreen(SITUATIONS['not comparable'])).toMatchInlineSnapshot(`
    "⚠️ **Not compared.** 14 baseline runs of **llama\\-8b** exist, but this pull request changes \`output-tokens\` (\`128\` → \`256\`). Nothing was checked.

    **What now?** Take the change back to compare, or keep it: after the merge the next run on main records the first to compare with.

    - ⚠️ Three runs in a row were not compared\\: this gate checks nothing until main records this workload\\."
  `)
  expect(footerOf(SITUATIONS['not comparable'])).toContain('Not compared because no recorded run has these settings.')
})

test('outside pull requests recorded runs are not given the name of the run: those named by hand may have another', () => {
  const { report, verdict } = SITUATIONS['not comparable']
  expect(firstScreen({ report, verdict, subject: 'run' })).toContain(
    '14 baseline runs exist, but this run of **llama\\-8b** changes `output-tokens`',
  )
})

test('a first run says what the gate will see', () => {
  expect(firstScreen(SITUATIONS['first run'])).toMatchInlineSnapshot(`
    "ℹ️ **Nothing to compare yet.** No run of **llama\\-8b** is recorded: the next run on main records the first. 2 of 2 limits hold; nothing else was checked.

    | Worsening found in 4 of 5 runs, after | 1 recorded | 3 recorded | 8 recorded |
    | :- | -: | -: | -: |
    | TPOT | +48 % | +25 % | +12 % |
    | TTFT | +110 % | +52 % | +24 % |
    | Plateau throughput | −32 % | −20 % | −11 % |

    Limits work today; so does \`expected-spread\`: it says how much your runs spread until the history does."
  `)
  expect(firstScreen(SITUATIONS['no baseline wanted'])).toMatchInlineSnapshot(
    `"ℹ️ **Not compared.** With \`baseline: none\` only limits decide. 2 of 2 limits hold; nothing else was checked."`,
  )
})

test('a first run with a broken limit is red and says both', () => {
  const { verdict } = SITUATIONS['first run']
  const comment = firstScreen({
    ...SITUATIONS['first run'],
    verdict: {
      ...verdict,
      verdict: 'regressed',
      check: 'fail',
      reasons: ['limit'],
      limits: [{ ...verdict.limits[0]!, outcome: 'fail', value: 900 }],
    },
  })
  expect(comment).toMatch(/^### ❌ llama\\-8b: limit broken, .* is 900 ms\n/)
  expect(comment).toContain('**Nothing to compare yet.**')
  expect(comment).toContain('| ❌ Broken |')
})

test('a run without figures says why and what to do', () => {
  expect(firstScreen(SITUATIONS.skipped)).toMatchInlineSnapshot(`
    "### ℹ️ llama\\-8b: skipped, nothing was sent: a pull request of a fork has no key

    <sub>Not compared because nothing was measured. [Run](https://github.com/acme/inference/actions/runs/19512345678)</sub>"
  `)
  expect(firstScreen(SITUATIONS.cancelled)).toMatchInlineSnapshot(`
    "### ❌ llama\\-8b: cancelled before it was measured, so nothing was decided

    - **What now?** Run the job again."
  `)
  expect(firstScreen(SITUATIONS['not measured'])).toMatchInlineSnapshot(`
    "### ❌ llama\\-8b: could not be measured: no request of the run succeeded\\: http\\_503 × 12\\: the engine is dead

    - No request of the run succeeded\\: http\\_503 × 12\\: the engine is dead\\. → Read the failure classes; send one request by hand with the same URL, model and key\\.

    - **What now?** Fix what the findings name, then run the job again."
  `)
})

test('a history that could not be reached is not a first run', () => {
  const verdict = aVerdict({
    verdict: 'not-measured',
    check: 'fail',
    reasons: ['baseline'],
    comparisons: [],
    baseline: {
      ...aVerdict().baseline,
      runs: 0,
      newest: null,
      skipped: ['artifact 12: the digest does not match'],
      unreadable: { why: '`actions: read` is missing (GitHub answered 403)', remedy: 'add `actions: read`' },
    },
  })
  const comment = renderComment({ ...SITUATIONS.regressed, verdict })
  expect(comment).toMatch(/^### ❌ llama\\-8b: not compared, the history cannot be read: `actions: read` is missing /)
  expect(comment).toContain('only the history could not be read. What helps: add `actions: read`.')
  expect(comment).not.toMatch(/run the job again/i)
  expect(comment).toContain('artifact 12\\: the digest does not match')
  expect(comment).not.toContain('Nothing to compare yet')
})

test('recorded runs that have all expired are no first run, and the comment says what keeps them', () => {
  const verdict = aVerdict({
    verdict: 'not-comparable',
    check: 'warn',
    reasons: ['history-lost'],
    comparisons: [],
    baseline: { ...aVerdict().baseline, runs: 0, newest: null, lost: 'all recorded runs have expired' },
  })
  const comment = renderComment({ ...SITUATIONS.regressed, verdict })
  expect(comment).toMatch(
    /^⚠️ \*\*Not compared\.\*\* \*\*llama\\-8b\*\* has a history, but all recorded runs have expired/,
  )
  expect(comment).toContain('within the time that artifacts are kept')
  expect(comment).not.toContain('Nothing to compare yet')
})

test('the line that reproduces a verdict has every setting that decided and what was accepted, as a shell takes it', () => {
  const lineOf = (verdict: Verdict): string =>
    /Reproduce:\*\* (.*)$/m.exec(renderComment({ ...SITUATIONS.regressed, verdict }))![1]!
  const decidedBy = [
    { setting: 'tolerance', value: '5%' },
    { setting: 'limits', value: "ttft-p50 <= 1s, it's" },
  ]
  const accepted = { by: 'anna', at: 0.1825, why: null }
  const verdict = aVerdict({ decidedBy, comparisons: [aRegression({ verdict: 'accepted', accepted })] })
  const line = lineOf(verdict).replaceAll('\\', '').replaceAll('&lt;', '<')
  expect(line).toContain(" --name llama-8b --tolerance 5% --limits 'ttft-p50 <= 1s, it'''s'")
  expect(line).toMatch(/ --accept 'tpot-p50 \+18\.25% since 20\d\d-\d\d-\d\dT[\d:.]+Z'/)
  const long = aVerdict({ ...verdict, decidedBy: [{ setting: 'limits', value: 'x'.repeat(2000) }] })
  expect(lineOf(long)).toMatch(/--name llama-8b` with the settings in `verdict.json` under `decidedBy`$/)
})

test('in a merge queue the advice is to queue again: the job of a group that failed is gone', () => {
  const comment = renderComment({ ...SITUATIONS.regressed, queued: 12 })
  expect(comment).toMatch(/Add the label .* to #12, then add #12 to the merge queue again\. An entry/)
  expect(comment).toContain('To be surer, add #12 to the merge queue again.')
  expect(comment).not.toMatch(/re-run the job/)
})

test('with `gate: observe` a regression is told and does not look like a failure', () => {
  const comment = firstScreen(SITUATIONS['only observed'])
  expect(comment).toMatch(/^### ⚠️ /)
  expect(comment).toContain('Only observed: with `gate: observe` nothing fails.')
  expect(footerOf(SITUATIONS['only observed'])).toContain('Attempt 2.')
})

test('a threshold says how often it cries wolf', () => {
  const comment = firstScreen(SITUATIONS['by threshold'])
  expect(comment).toContain('With `decision: threshold` unchanged code would be red in about 1 of 8 runs.')
  const { verdict } = SITUATIONS['by threshold']
  const often = renderComment({ ...SITUATIONS['by threshold'], verdict: { ...verdict, falseAlarmRate: 0.9 } })
  expect(often).toContain('unchanged code would be red in more than half of all runs.')
  expect(comment).toContain('Settings are those of main; the changes here count after the merge')
})

test('outside pull requests there is neither a branch nor a label', () => {
  const comment = renderComment({ ...SITUATIONS.regressed, subject: 'run', acceptLabel: null })
  expect(comment).toContain('| baseline (12\u00a0runs) | this run |')
  expect(comment).toContain('Then add under `accept:` in the config file:\n')
  expect(comment).toContain('It comes from this run, as far as can be seen: the baseline has not moved')
  expect(comment).not.toMatch(/this PR|\bmain\b|label/)
})

test('a release takes only an entry in the config file', () => {
  const { verdict } = SITUATIONS.regressed
  const release = { ...verdict, policy: { ...verdict.policy, gate: 'release' as const } }
  const comment = firstScreen({ ...SITUATIONS.regressed, verdict: release })
  expect(comment).toContain(
    'A release takes only an entry under `accept:` in the config file, which counts after the merge:\n',
  )
  expect(comment).not.toContain('label')
})

test('the offered entries are taken as they stand, and cover what was measured', () => {
  const { verdict } = SITUATIONS.regressed
  const block = /```yaml\n([\s\S]*?)```/.exec(renderComment(SITUATIONS.regressed))![1]!
  const entries = (parse(`accept:\n${block}`) as { readonly accept: readonly object[] }).accept
  const accepted = readAcceptances(entries.map((entry) => JSON.stringify(entry)).join('\n'))
  expect(accepted.map(({ metric }) => metric)).toEqual(['tpot-p50', 'plateau-throughput'])
  for (const { metric, at } of accepted) {
    const { worsening } = verdict.comparisons.find((comparison) => comparison.metric === metric)!
    expect(at).toBeGreaterThanOrEqual(worsening! - 1e-9)
    expect(at).toBeLessThan(worsening! + 0.02)
  }
})

test('runs that share an hour or a workflow run are told to count as one, wherever they are counted', () => {
  const { report, verdict } = SITUATIONS.regressed
  const shared = { ...verdict, baseline: { ...verdict.baseline, runs: 3, groups: 2 } }
  const words = 'which count as 2 (runs of one hour or one workflow run share machine and deployment)'
  const shown = (verdict: Verdict) => [
    footerOf({ ...SITUATIONS.regressed, verdict }),
    renderVerdictText(verdict).replace(/\s+/g, ' '),
    renderPage({ report: report!, verdict }),
  ]
  for (const text of shown(shared)) expect(text).toMatch(/Compared with 3 runs/)
  for (const text of shown(shared)) expect(text).toContain(words)
  for (const text of shown(verdict)) expect(text).not.toContain('count as')
})

test('a stored report without a verdict does not pretend to know its settings', () => {
  const input: ViewInput = { ...SITUATIONS['no baseline wanted'], subject: 'run', withoutVerdict: true }
  expect(firstScreen(input)).toMatchInlineSnapshot(
    `"ℹ️ **Not compared.** No verdict was given with this stored report, so only its limits are shown. 2 of 2 limits hold; nothing else was checked."`,
  )
  expect(footerOf(input)).toContain('Not compared because no verdict was given.')
  expect(renderComment(input)).not.toContain('baseline: none')
})

test('a comparison over fewer levels than were measured says so', () => {
  const grounds = (...comparisons: readonly ReturnType<typeof aComparison>[]) =>
    renderComment({ ...SITUATIONS.regressed, verdict: aVerdict({ comparisons }) })
  const words = '1 and 4, the levels that both have |'
  expect(grounds(aComparison({ levels: [1, 4] }))).toContain(words)
  expect(grounds(aComparison({ metric: 'ttft-p50', levels: [1, 4] }))).toContain(words)
  expect(grounds(aComparison({ metric: 'plateau-throughput', levels: [8, 32] }))).toContain('8 and 32, the levels that')
  // Queueing is not compared in TTFT, nor what lies before the plateau in throughput.
  expect(
    grounds(
      aComparison(),
      aComparison({ metric: 'ttft-p50', levels: [1, 2, 4] }),
      aComparison({ metric: 'plateau-throughput', levels: [16, 32] }),
      aComparison({ metric: 'throughput-within', levels: [] }),
    ),
  ).not.toContain('that both have')
})

test('a usable level that is not compared is named everywhere, with what lacks it', () => {
  const { report, verdict } = SITUATIONS.regressed
  const known = { ...verdict, sides: {}, confirmation: null }
  const toldOf = (verdict: Verdict, level: ReturnType<typeof aComparison>['levels'], also: Partial<Verdict> = {}) => {
    const comparisons = [
      aComparison({
        levels: [...level],
        control: verdict.sides?.control === undefined ? null : { theta: 1, pairs: 12 },
      }),
      aComparison({ metric: 'throughput-within', levels: [] }),
    ]
    const narrowed: Verdict = { ...verdict, comparisons, ...also }
    const told = [
      footerOf({ ...SITUATIONS.regressed, verdict: narrowed }),
      renderVerdictText(narrowed, { report }).replace(/\s+/g, ' '),
      renderPage({ report: report!, verdict: narrowed }),
    ].map((text) => /Not everything is compared at every level: ([^.]*)\./.exec(text)?.[1])
    expect(new Set(told).size).toBe(1)
    return told[0]
  }
  expect(toldOf(known, [1, 2, 4, 8, 16, 32])).toBeUndefined()
  expect(toldOf(known, [1, 2, 4, 8])).toBe('too few runs have usable figures at concurrency 16 and 32')
  expect(toldOf(known, [1, 2, 4, 8, 16], { confirmation: { metrics: [], levels: [], passes: 3 } })).toBe(
    'the second look or some runs lack usable figures at concurrency 32',
  )
  const control = aSideCurve(aSweep().slice(0, -1))
  expect(toldOf({ ...known, sides: { control } }, [1, 2, 4, 8])).toBe(
    'too few runs beside the control have usable figures at concurrency 16, and the control lacks usable figures at concurrency 32',
  )
  const control32 = {
    ...control,
    levels: [...control.levels, { concurrency: 32, figures: { throughput: { value: 1 } } }],
  }
  expect(toldOf({ ...known, sides: { control: control32 } }, [1, 2, 4, 8, 16])).toBe(
    'the control lacks usable figures at concurrency 32',
  )
})

test('a figure that the run itself does not have at a level is not said to be lacking elsewhere', () => {
  const { report, verdict } = SITUATIONS.regressed
  const levels = report!.levels.map((level) =>
    level.concurrency === 1 ? { ...level, tpotMs: { ...level.tpotMs!, p99: null } } : level,
  )
  const comparisons = [aComparison({ metric: 'tpot-p99', levels: [2, 4, 8, 16, 32] })]
  const told = footerOf({
    ...SITUATIONS.regressed,
    report: { ...report!, levels },
    verdict: { ...verdict, comparisons },
  })
  expect(told).not.toContain('Not everything is compared')
})

test('what chance means is said where it decides, and what to do where a job can run again', () => {
  const again = 're-run the job: its attempts count together'
  expect(renderComment(SITUATIONS.regressed)).toContain(again)
  expect(renderComment(SITUATIONS['a limit is broken'])).not.toContain(again)
  expect(renderComment({ ...SITUATIONS.regressed, links: { run: null, artifact: null } })).not.toContain(again)
})

test('a job of a matrix says how often unchanged code is red in any of its gates, where each judges alone', () => {
  const chanceOf = (input: ViewInput) => /\*\*By chance\?\*\* (.*)/.exec(renderComment(input))![1]!
  const sentence = 'With 8 jobs in this matrix that is at most 8 in 100 for the 8 gates together'
  expect(chanceOf(SITUATIONS['one of eight gates'])).toContain(sentence)
  expect(chanceOf(SITUATIONS.regressed)).not.toContain('gates together')
  const strict = { ...SITUATIONS['one of eight gates'].verdict, falseAlarmRate: 0.001 }
  expect(chanceOf({ ...SITUATIONS['one of eight gates'], verdict: strict })).toContain('at most 0.8 in 100')
  // A plain threshold promises nothing that could be added up.
  expect(chanceOf({ ...SITUATIONS['by threshold'], gates: 8 })).not.toContain('gates together')
})

test('the trade that a change looks like is named', () => {
  const trade = (...comparisons: readonly ReturnType<typeof aComparison>[]) =>
    /It looks like (.*?)\. /.exec(
      renderComment({
        ...SITUATIONS.regressed,
        verdict: aVerdict({ verdict: 'regressed', check: 'fail', comparisons }),
      }),
    )?.[1]
  const throughput = aComparison({ metric: 'plateau-throughput', baseline: 560, candidate: 700 })
  expect(trade(aRegression(), throughput)).toBe('more throughput for slower tokens, as larger batches give')
  expect(trade(aRegression({ metric: 'ttft-p50', baseline: 50, candidate: 70 }), throughput)).toBe(
    'more throughput for a later first token, as larger batches give',
  )
  expect(trade(aRegression(), aComparison())).toBeUndefined()
})

test('the build is named when it was checked', () => {
  const report = aReport()
  const input = { ...SITUATIONS.regressed, report: { ...report, context: { ...report.context, build: 'a1b2c3d' } } }
  expect(footerOf(input)).toContain('Build checked: a1b2c3d.')
  expect(footerOf(SITUATIONS.regressed)).toContain('Build not checked.')
})

test('a commit of the history is linked only to where this run is', () => {
  const at = (url: string) => {
    const { verdict } = SITUATIONS.regressed
    const baseline = { ...verdict.baseline, newest: { ...verdict.baseline.newest!, url } }
    return footerOf({ ...SITUATIONS.regressed, verdict: { ...verdict, baseline } })
  }
  expect(at('https://github.com/acme/inference/actions/runs/7')).toContain('[3f2c1ab](https://github.com/acme/')
  expect(at('https://evil.example/actions/runs/7')).toContain('the newest 3f2c1ab of')
  expect(at('javascript:alert(1)')).not.toContain('javascript')
})

test('no word of the statistics stands in a comment', () => {
  for (const input of Object.values(SITUATIONS)) {
    expect(renderComment(input)).not.toMatch(/\bHolm\b|family|non-?inferior|p-value|hypothes|α/i)
  }
})

test('a green pull request is told once that main has moved', () => {
  const provisional = {
    sha: '3f2c1ab9d0',
    startedAt: '2026-11-20T04:00:00.000Z',
    runs: 2,
    mainChange: 0.19,
    changeFromBefore: 0.2,
  }
  const comment = renderComment({
    ...SITUATIONS.regressed,
    verdict: aVerdict({ comparisons: [aComparison({ provisional })] }),
  })
  expect(comment.match(/Main has been/g)).toHaveLength(1)
  expect(comment.indexOf('Main has been')).toBeLessThan(comment.indexOf('<details>'))
})

test('a comparison can be repeated only where an artifact was left', () => {
  const { links } = SITUATIONS.regressed
  for (const overrides of [{ links: { ...links, artifact: null } }, { repository: null }]) {
    expect(renderComment({ ...SITUATIONS.regressed, ...overrides })).not.toContain('Reproduce')
  }
})

test('with which attempts the figures were counted together stands on the first screen, red or green, and in log and page', () => {
  const [red, odd] = [
    { attempt: 1, verdict: 'regressed', isCounted: true },
    { attempt: 2, verdict: 'no-change-seen', isCounted: false },
  ] as const
  const both =
    'Counted together with the attempt before (regressed): figures are the mean of both, failures those of this attempt alone.'
  const green = aVerdict({ earlier: [red] })
  expect(firstScreen({ report: null, verdict: green, attempt: 2 })).toContain(both)
  expect(renderVerdictText(green).replaceAll(/\s+/g, ' ')).toContain(both)
  expect(renderPage({ report: aReport(), verdict: green })).toContain(both)
  const third = aVerdict({ earlier: [red, odd, { ...red, attempt: 3 }] })
  expect(firstScreen({ report: null, verdict: third, attempt: 4 })).toContain(
    'Counted together with the 2 attempts before (regressed, regressed): figures are the mean of all, failures those of this attempt alone. ' +
      'Attempt 2 (no change seen) is not counted: it was measured in another way, or at another build.',
  )
  expect(renderComment({ report: null, verdict: aVerdict({ comparisons: [], earlier: [red] }) })).not.toContain(both)
})

test('two capacities that are but bounds read so and have no change, and one alone is said, too', () => {
  const capacity = { metric: 'capacity', unit: 'in flight', ofPlateau: null, baseline: 8, candidate: 8 } as const
  const rowOf = (bounds: Comparison['bounds']) =>
    renderComment({
      report: aReport(),
      verdict: aVerdict({ comparisons: [aComparison({ ...capacity, ...(bounds !== undefined && { bounds }) })] }),
    })
      .replaceAll('\u00a0', ' ')
      .split('\n')
      .find((line) => line.startsWith('| Capacity'))
  expect(rowOf({ baseline: 'at-least', candidate: 'at-least' })).toContain(
    '| Capacity | at least 8 in flight | at least 8 in flight | – |',
  )
  expect(rowOf({ candidate: 'below' })).toContain('| 8 in flight | below 8 in flight | 0 % [−4.0, +4.0] |')
  expect(rowOf(undefined)).toContain('| Capacity | 8 in flight | 8 in flight | 0 % [−4.0, +4.0] |')
})

test('a note for GitLab has as many charts as are drawn there unasked, the curve first, and all else', () => {
  const chartsIn = (text: string) => text.match(/```mermaid[^]*?\n```/g) ?? []
  const dropCharts = (text: string) => text.replaceAll(/```mermaid[^]*?\n```\n\n/g, '')
  const comment = renderComment(SITUATIONS.regressed)
  const [curve, ...others] = chartsIn(comment)
  expect(others.length).toBeGreaterThan(0)
  const note = renderComment(SITUATIONS.regressed, { ...NOTE_ROOM, mostOfCharts: curve!.length + 10 })
  expect(chartsIn(note)).toEqual([curve])
  expect(dropCharts(note)).toBe(dropCharts(comment))
  expect(renderComment(SITUATIONS.regressed, { ...NOTE_ROOM, mostOfCharts: 10 })).not.toContain('mermaid')
  expect(NOTE_ROOM).toMatchObject({ most: 1_000_000, mostOfCharts: 2000 })
})
