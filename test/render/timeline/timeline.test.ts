import { createContext, Script } from 'node:vm'
import { parsers } from 'prettier/plugins/html'
import { expect, test } from 'vitest'
import { describeBadge, drawBadge, encodeShield } from '../../../src/render/timeline/badge.ts'
import { commitUrlOf, cleanRunUrl, rangeUrlOf } from '../../../src/words/commits.ts'
import { renderTimelineIndex, renderTimelinePage } from '../../../src/render/timeline/page.ts'
import { renderTimeline, renderTimelineMarkdown } from '../../../src/render/timeline/timeline.ts'
import { sha256 } from '../../../src/sha256.ts'
import { tellTimeline } from '../../../src/verdict/timeline.ts'
import { MONTHS_OF_A_TEAM, recordMonths } from '../../support/month-history.ts'
import type { Months } from '../../support/month-history.ts'
import { POLICY } from '../../verdict/recorded.ts'

const MONTHS: Months = {
  runs: 60,
  steps: [
    { at: 20, factor: 1.2, mark: 'opens' },
    { at: 40, factor: 1.1, mark: 'accepted' },
  ],
  servers: [
    { at: 0, version: 'vllm 0.11.0' },
    { at: 20, version: 'vllm 0.12.0' },
  ],
  gaps: [50],
}

const tell = (months: Months = MONTHS) =>
  tellTimeline(recordMonths(months), POLICY, [{ name: 'v1.0', at: '2026-01-08T00:00:00Z', sha: null }])!

/** The script of a page. */
const TIMELINE_SCRIPT = /<script>([^]*?)<\/script>/.exec(renderTimelinePage(tell()))![1]!

const flat = (text: string): string => text.replace(/\s+/g, ' ')

interface Element {
  readonly kind: string
  readonly name?: string
  readonly attrs?: readonly { readonly name: string; readonly value: string | null }[]
  readonly children?: readonly Element[]
}

async function elementsOf(html: string): Promise<readonly Element[]> {
  const list = (node: Element): readonly Element[] => [node, ...(node.children ?? []).flatMap(list)]
  const tree = (await parsers.html.parse(html, { filepath: 'page.html' } as never)) as Element
  return list(tree).filter(({ kind }) => kind === 'element')
}

const attributesOf = ({ attrs = [] }: Element) => new Map(attrs.map(({ name, value }) => [name, value ?? '']))

test('a terminal shows where each metric stands, what moved it, and the newest points, in eighty columns', () => {
  const text = renderTimeline(tell())
  expect(flat(text)).toContain(
    'llama-8b 60 runs in 60 points (runs of one workflow run, or else of one hour, are one point), from 2026-01-01 to 2026-02-19.',
  )
  expect(text).toMatch(/^TPOT +13\.\d ms +12\.\d to 1\d\.\d ms +1\.\d % +2 +1\d\.\d ms$/m)
  expect(text).toMatch(/^TPOT +[▁▂▃▄▅▆▇█]{60}$/m)
  expect(flat(text)).toMatch(
    /2026-01-11: TPOT \+\d+ %, between c0ffee1 and c0ffe15|2026-01-11: TPOT \+\d+ %, between \w{7} and \w{7}, server vllm 0\.11\.0 → vllm 0\.12\.0, 20 points at the new level/,
  )
  expect(flat(text)).toMatch(/Accepted: 2026-01-21: TTFT, TPOT and plateau throughput, with \w{7} on 2026-01-21/)
  expect(flat(text)).toMatch(/Releases: v1\.0: first measured with \w{7} on 2026-01-08/)
  expect(text).toContain('no run for 20 days')
  expect(text).toMatch(/^vllm 0\.12\.0 +2026-01-11 +40 +TTFT +\S+ ms +\+\d+ % \[\+\d+, \+\d+\]$/m)
  expect(text).toContain('… and 48 older points')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

/** Months in which throughput grows to the highest level, and in which that level keeps the objectives until the last run. */
function growing() {
  const entries = recordMonths({ runs: 8, steps: [{ at: 4, factor: 1.5, mark: 'opens' }] })
  return entries.map((entry, i) => {
    const { row } = entry
    const levels = row.levels.map((level) => ({
      ...level,
      passes: level.passes.map((pass) => ({
        ...pass,
        figures: { ...pass.figures, throughput: (950 * level.concurrency) / pass.figures['tpot-p50']! },
      })),
    }))
    const value = i < 7 ? 8 : 6
    const slo = { objectives: 'ttft <= 500ms', share: 0.95, capacity: { value, passes: [value, value, value] } }
    return { ...entry, row: { ...row, levels, slo } }
  })
}

test('throughput without a plateau is called the highest one, and a capacity that no level ended a bound', () => {
  const timeline = tellTimeline(growing(), POLICY)!
  const text = renderTimeline(timeline)
  expect(text).not.toMatch(/plateau/i)
  expect(text).toMatch(/^Highest throughput +\S+ tok\/s/m)
  expect(flat(text)).toMatch(/: highest throughput −3\d[.\d]* %/)
  expect(text).toMatch(/^Capacity +at least \S+ in flight .* 6 in flight$/m)
  expect(renderTimelinePage(timeline)).toContain('at least 8 in flight')
  expect(renderTimelineMarkdown(timeline)).toMatch(/\| Highest throughput \|/)
})

test('a terminal says of one point, and of runs without a usable level, what that tells', () => {
  const one = flat(renderTimeline(tell({ runs: 1 })))
  expect(one).toContain(
    '1 run in 1 point (runs of one workflow run, or else of one hour, are one point), on 2026-01-01.',
  )
  expect(one).toContain('One point tells neither spread nor steps')
  const first = recordMonths({ runs: 1 }).map((entry) => ({ ...entry, verdict: 'no-baseline' as const }))
  expect(renderTimeline(tellTimeline(first, POLICY)!)).toMatch(/^The newest run.*: nothing to compare yet\.$/m)
  const entries = recordMonths({ runs: 2 }).map((entry) => ({
    ...entry,
    row: { ...entry.row, levels: entry.row.levels.map((level) => ({ ...level, valid: false })) },
  }))
  const lost = tellTimeline(entries, POLICY)!
  expect(flat(renderTimeline(lost))).toContain('No recorded run has a level that can be used')
  expect(renderTimelinePage(lost)).toContain('No recorded run has a level that can be used')
})

test('Markdown links every commit and run, newest first', () => {
  const text = renderTimelineMarkdown(tell())
  expect(text).toMatch(/^### llama\\-8b\n/)
  const rows = [
    ...text.matchAll(
      /\/commit\/([0-9a-f]{40})\) *\| \[(\d+)\]\(https:\/\/github\.com\/acme\/serving\/actions\/runs\/\2\)/g,
    ),
  ]
  expect(rows.map(([, , run]) => Number(run))).toEqual(Array.from({ length: 60 }, (_, i) => 19_512_345_059 - i))
  expect(text).toMatch(/\(https:\/\/github\.com\/acme\/serving\/compare\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}\)/)
})

test('on the page every point is a dot that leads to its row without a script, too, and the row links its commit and run', () => {
  const page = renderTimelinePage(tell())
  const dots = [...page.matchAll(/<a href="#(r\d+)" tabindex="-1"><path/g)].map(([, id]) => id!)
  expect(dots).toHaveLength(3 * 60)
  const drawn = [...page.matchAll(/<path class="dot(?: \w+)?" d="([^"]+)"/g)].flatMap(([, d]) => d!.match(/M/g)!)
  expect(drawn).toHaveLength(3 * 60)
  const rows = new Map([...page.matchAll(/<tr id="(r\d+)">(.*?)<\/tr>/g)].map(([, id, cells]) => [id, cells!]))
  expect(rows.size).toBe(60)
  for (const dot of dots) {
    expect(rows.get(dot)).toMatch(
      /<a href="https:\/\/github\.com\/acme\/serving\/commit\/[0-9a-f]{40}">[0-9a-f]{7}<\/a>/,
    )
    expect(rows.get(dot)).toMatch(/<a href="https:\/\/github\.com\/acme\/serving\/actions\/runs\/\d+">\d+<\/a>/)
  }
})

test('whoever cannot see a chart meets its words and not its links, and has the table', () => {
  const page = renderTimelinePage(tell())
  const charts = page.match(/<svg class="months".*?<\/svg>/gs)!
  expect(charts).toHaveLength(3)
  for (const chart of charts) {
    expect(chart).toMatch(
      /^<svg [^>]*role="group" aria-label="[^"]* over 60 points: the table of runs below has every figure"/,
    )
    expect(chart).not.toContain('<a ')
  }
  expect(page.match(/<noscript><svg class="months links" viewBox="[^"]*" aria-hidden="true">/g)).toHaveLength(3)
  expect(page).toContain('<div class="wide runs" role="region" aria-label="Runs" tabindex="0"><table>')
})

test('without a script the page shows everything, and its policy lets only ours run', async () => {
  const page = renderTimelinePage(tell())
  const elements = await elementsOf(page)
  const hidden = elements.filter((element) => attributesOf(element).has('hidden'))
  expect(hidden.map((element) => attributesOf(element).get('id'))).toEqual(['filter'])
  const hash = Buffer.from(sha256(TIMELINE_SCRIPT), 'hex').toString('base64')
  expect(page).toContain(`script-src 'sha256-${hash}'`)
  expect(page.split(`<script>${TIMELINE_SCRIPT}</script>`)).toHaveLength(2)
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).not.toMatch(/ on\w+=|https?:\/\/(?!github\.com\/acme)|@import|undefined|NaN|Infinity/)
})

test('the script is one, and all that it looks for is there', async () => {
  expect(() => new Script(TIMELINE_SCRIPT)).not.toThrow()
  const elements = await elementsOf(renderTimelinePage(tell()))
  const has = (attribute: string, value: string) =>
    elements.some((element) => attributesOf(element).get(attribute)?.split(' ').includes(value) === true)
  const ids = [...TIMELINE_SCRIPT.matchAll(/getElementById\('(\w+)'\)/g)].map(([, id]) => id!)
  expect(ids.length).toBeGreaterThan(2)
  for (const id of ids) expect(has('id', id), id).toBe(true)
  for (const kind of ['runs', 'months', 'plot', 'date']) expect(has('class', kind), kind).toBe(true)
  const metrics = elements.flatMap((element) => {
    const metric = attributesOf(element).get('data-metric')
    return metric === undefined ? [] : [`${element.name} ${metric}`]
  })
  expect(metrics).toEqual(
    ['section', 'th'].flatMap((name) =>
      ['ttft-p50', 'tpot-p50', 'plateau-throughput'].map((metric) => `${name} ${metric}`),
    ),
  )
})

/** The script in a page of nothing: what it touches there, in order, and how to tell the handlers that it leaves. */
function runScript() {
  const touched: string[] = []
  const handlers = new Map<string, () => void>()
  const hear = (id: string) => (event: string, handler: () => void) => {
    touched.push(`${id} hears ${event}`)
    handlers.set(event, handler)
  }
  const querySelectorAll = (selector: string) => {
    touched.push(`page reads ${selector}`)
    return []
  }
  const form = {
    addEventListener: hear('filter'),
    querySelectorAll: () => [{ value: '' }, { value: '' }],
    set hidden(isHidden: boolean) {
      touched.push(`filter is ${isHidden ? 'hidden' : 'shown'}`)
    },
  }
  const getElementById = (id: string) => (id === 'filter' ? form : {})
  const document = { getElementById, querySelectorAll, addEventListener: hear('page') }
  new Script(TIMELINE_SCRIPT).runInContext(createContext({ document }))
  return { touched, tell: (event: string) => handlers.get(event)!() }
}

test('until somebody chooses or points, the script shows the filter and touches nothing else', () => {
  const { touched, tell: tellScript } = runScript()
  tellScript('DOMContentLoaded')
  expect(touched).toEqual([
    'filter is shown',
    'filter hears input',
    'filter hears reset',
    'page hears DOMContentLoaded',
    'page hears pointermove',
    'page hears click',
  ])
  // What the filter says, and no browser may bring back another choice than what is shown.
  const page = renderTimelinePage(tell())
  expect(page).toMatch(/<form id="filter" autocomplete="off" hidden>.*60 of 60 points shown<\/span><\/form>\n<script>/)
  expect(page.indexOf('</script>')).toBeLessThan(page.indexOf('<svg class="months"'))
})

test('what somebody chooses before all rows are there is done when they are', () => {
  const { touched, tell: tellScript } = runScript()
  const reads = () => touched.filter((each) => each === 'page reads .runs tbody tr').length
  tellScript('input')
  expect(reads()).toBe(0)
  tellScript('DOMContentLoaded')
  expect(reads()).toBe(1)
})

test('four hundred runs are under 400 KB, a chart has few elements, and what is off the screen need not be laid out first', () => {
  const page = renderTimelinePage(tell(MONTHS_OF_A_TEAM))
  expect(Buffer.byteLength(page)).toBeLessThan(400_000)
  const charts = page.match(/<svg class="months" .*?<\/svg>/gs)!
  expect(charts).toHaveLength(3)
  for (const chart of charts) expect(chart.match(/<\w/g)!.length).toBeLessThan(100)
  expect(page).toMatch(/@media screen \{[^}]*content-visibility: auto/)
})

test('a line ends where a point has no figure, and at a gap', () => {
  const entries = recordMonths({ runs: 8, gaps: [3] })
  const broken = entries.map((entry, i) =>
    i === 5
      ? { ...entry, row: { ...entry.row, levels: entry.row.levels.map((level) => ({ ...level, valid: false })) } }
      : entry,
  )
  const page = renderTimelinePage(tellTimeline(broken, POLICY)!)
  const [, line] = /class="run" d="([^"]+)"/.exec(page)!
  expect(line!.replaceAll(/[^ML]/g, '')).toBe('MLLMLML')
})

test('what others wrote shows harmlessly, wherever it stands', async () => {
  for (const text of [
    '"><img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    'a\u001b[31m\n::error::b',
    '`<b>`|[x](javascript:1)',
  ]) {
    const entries = recordMonths({
      ...MONTHS,
      servers: [
        { at: 0, version: text },
        { at: 20, version: `${text}2` },
      ],
    }).map((entry, i) => ({
      ...entry,
      row: {
        ...entry.row,
        series: { ...entry.row.series, name: text },
        context: { ...entry.row.context, model: i < 30 ? text : `${text}3` },
      },
      source: {
        ...entry.source,
        sha: text,
        ref: text,
        runId: `${text}${i}`,
        url: 'javascript:alert(1)',
        event: i === 9 ? 'release' : 'push',
      },
    }))
    const timeline = tellTimeline(entries, POLICY, [{ name: text, at: '2026-01-05T00:00:00Z', sha: null }])!
    const index = renderTimelineIndex([{ timeline, file: 'a.html' }])
    for (const page of [renderTimelinePage(timeline), index]) {
      const elements = await elementsOf(page)
      expect(elements.filter(({ name }) => name === 'img' || name === 'b')).toEqual([])
      expect(elements.filter(({ name }) => name === 'script').length).toBeLessThan(2)
      const links = elements.flatMap((element) => attributesOf(element).get('href') ?? [])
      expect(links.filter((href) => !/^(?:#r\d+|index\.html|a\.html)$/.test(href))).toEqual([])
    }
    const terminal = renderTimeline(timeline)
    expect(terminal).not.toContain('\u001b')
    expect(terminal).not.toMatch(/^::/m)
    const markdown = renderTimelineMarkdown(timeline)
    expect(markdown).not.toMatch(/(?<!\\)<(?:img|script|b)\b|\]\(javascript/)
    const badge = drawBadge(describeBadge([timeline, timeline]))
    expect((await elementsOf(badge)).map(({ name }) => name)).toEqual([
      'svg',
      'title',
      'rect',
      'path',
      'g',
      'text',
      'text',
    ])
    expect(() => JSON.parse(encodeShield(describeBadge([timeline, timeline])))).not.toThrow()
  }
})

test('the pages of a run, its commit and a range are those of GitHub and GitLab, and of nobody else', () => {
  const sha = 'a'.repeat(40)
  const github = 'https://github.example/acme/serving/actions/runs/7'
  expect(commitUrlOf(github, sha)).toBe(`https://github.example/acme/serving/commit/${sha}`)
  expect(rangeUrlOf(github, sha, sha)).toBe(`https://github.example/acme/serving/compare/${sha}...${sha}`)
  expect(commitUrlOf('https://gitlab.com/a/b/c/-/jobs/7', sha)).toBe(`https://gitlab.com/a/b/c/-/commit/${sha}`)
  expect(commitUrlOf('https://jenkins.example/job/7', sha)).toBeNull()
  expect(commitUrlOf('javascript:alert(1)', sha)).toBeNull()
  expect(commitUrlOf(github, '../../x')).toBeNull()
  expect(cleanRunUrl('https://user:secret@ci.example/7?token=secret#x')).toBe('https://ci.example/7')
  expect(cleanRunUrl('javascript:alert(1)')).toBeNull()
})

test('a badge says how the newest run stands, and a step for the worse for as long as it does', () => {
  expect(describeBadge([])).toEqual({ label: 'plateau', message: 'no runs', colour: 'lightgrey' })
  const calm = tell({ runs: 12 })
  expect(describeBadge([calm])).toMatchObject({ colour: 'brightgreen' })
  expect(describeBadge([calm]).message).toMatch(/^no change seen, 3\d\d tok\/s$/)
  const stepped = tell({ runs: 30, steps: [{ at: 20, factor: 1.2, mark: 'opens' }] })
  expect(describeBadge([stepped])).toMatchObject({ message: 'TTFT worse since 2026-01-11', colour: 'red' })
  expect(describeBadge([calm, stepped]).message).toBe('llama-8b: TTFT worse since 2026-01-11')
  expect(JSON.parse(encodeShield(describeBadge([stepped])))).toEqual({
    schemaVersion: 1,
    label: 'plateau',
    message: 'TTFT worse since 2026-01-11',
    color: 'red',
  })
})
