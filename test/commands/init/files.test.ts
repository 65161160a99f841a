import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { diagnoseWorkflows } from '../../../src/commands/doctor/diagnose.ts'
import { GITLAB_GATE, SHORTEST_GATE } from '../../../scripts/docs/example-gates.ts'
import { readWorkflows } from '../../../src/commands/workflows.ts'
import { renderGitlabJob, renderWorkflow, quoteYaml, renderConfig } from '../../../src/commands/init/files.ts'
import { chooseObjectives, describeRun, roundUp } from '../../../src/commands/init/describe.ts'
import { isPrivate } from '../../../src/settings/values/urls.ts'
import type { Settings } from '../../../src/settings.ts'
import { aLevel, aRecord, aReport } from '../../support/builders.ts'
import { resolve } from '../../settings/support.ts'
import { CODE_POINT } from '../../support/text-units.ts'

test('whatever text stands in YAML, it is read back as that text', () => {
  const texts = fc.oneof(
    fc.string({ unit: CODE_POINT }),
    fc.constantFrom(
      'yes',
      'NULL',
      '~',
      '1e3',
      '0x1f',
      "it's",
      'a: b',
      '- a',
      '# a',
      '${{ a }} b',
      'a\u2028b\u0085',
      '\ufeff',
      '@a',
    ),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const line = quoteYaml(text)
      expect(line).not.toMatch(/[\n\r\u0085\u2028\u2029]/)
      expect(parse(`a: ${line}\nb: [${line}]`)).toEqual({
        a: /^[1-9]\d{0,8}$/.test(text) ? Number(text) : text,
        b: [expect.anything()],
      })
    }),
    { numRuns: 60 },
  )
})

test.each(["'a: b'", "'a #b'", "'a\t#b'", "'it'\\''s'", "'\u2028'", "'\ufeff'", '"$A" {} [] & * ! | > % @ `'])(
  'a job of GitLab runs the command with the flag --ca-cert %j, whichever YAML reads it',
  (path) => {
    const text = renderGitlabJob({ ...GITLAB_GATE, flags: `--ca-cert ${path}` })
    const { performance: job } = parse(text) as { performance: { script: string[] } }
    expect(job.script.at(-1)).toContain(`run --ca-cert ${path} $RECORD --junit`)
    expect(text).not.toMatch(/[^\n\x20-\x7e]/)
  },
)

test('a branch of any name is the one whose runs are recorded, however GitHub reads patterns', () => {
  for (const branch of ['main', 'release/2+1', "it's", 'a!b', '#1', 'on']) {
    const inputs = SHORTEST_GATE.inputs.map(
      ([name, text]) => [name, text.replace('example.com', 'acme.example')] as const,
    )
    const text = renderWorkflow({ ...SHORTEST_GATE, owner: 'acme', branch, inputs })
    const found = diagnoseWorkflows(readWorkflows(new Map([['plateau.yml', text]])), branch, () => 'name: a')
    expect(found.map(({ state }) => state)).not.toContain('missing')
  }
})

test('the shortest gate needs no checkout, one with a config file has it before', () => {
  expect(renderWorkflow(SHORTEST_GATE)).not.toContain('checkout')
  const withFile = renderWorkflow({ ...SHORTEST_GATE, inputs: [['config', '.github/plateau.yml']] })
  expect(withFile.indexOf('actions/checkout@')).toBeLessThan(withFile.indexOf('/plateau@v1'))
})

test('the config file has settings that go together, whatever the model is called', () => {
  const model = 'a: "b" # c\' ${{ secrets.X }}'
  const text = renderConfig(
    {
      settings: [
        ['name', 'llama-8b'],
        ['model', model],
        ['input-tokens', '512'],
      ],
      slo: {
        objectives: [
          { time: 'ttft', atMostMs: 0.5 },
          { time: 'tpot', atMostMs: 40 },
        ],
        reasons: ['Because.'],
      },
    },
    'workflow',
  )
  const flags = ['--config', 'plateau.yml', '--endpoint', 'http://h']
  expect(resolve({ flags, files: { 'plateau.yml': text } }).settings).toMatchObject({
    name: 'llama-8b',
    model,
    slo: [
      { time: 'ttft', atMostMs: 0.5 },
      { time: 'tpot', atMostMs: 40 },
    ],
    limits: [{ metric: 'error-rate' }],
  })
  expect(text).toContain('# Because.\nslo:')
  expect(
    resolve({ flags, files: { 'plateau.yml': renderConfig({ settings: [['name', 'a']], slo: null }, 'job') } }).settings
      .slo,
  ).toBeNull()
})

/** Twenty requests of a level, of which the n-th takes n times so long. */
const twenty = (level: number) =>
  Array.from({ length: 20 }, (_, i) =>
    aRecord({ level, phase: 'counted', ttftMs: 10 * (i + 1), tpotMs: i + 1, lastTokenMs: 100 * (i + 1) }),
  )

test('objectives are what 95 of 100 requests took at the knee, with room, as people would write them', () => {
  const levels = [1, 4, 8].map((concurrency) => aLevel(concurrency))
  const chosen = chooseObjectives({ levels, plateau: { kneeConcurrency: 3.2 } as never }, [
    ...twenty(4),
    ...twenty(8),
    aRecord({ level: 4, phase: 'warmup', ttftMs: 9999 }),
  ])
  expect(chosen).toEqual({
    objectives: [
      { time: 'ttft', atMostMs: 300 },
      { time: 'tpot', atMostMs: 30 },
    ],
    reasons: [
      'TTFT at 4 in flight, the knee: 95 of 100 requests took at most 190 ms; plus half as much again, rounded up.',
      'TPOT at 4 in flight, the knee: 95 of 100 requests took at most 19.0 ms; plus half as much again, rounded up.',
    ],
  })
})

test('without a plateau objectives are those of the highest level that can be used, without a stream of the latency, without figures there are none', () => {
  const levels = [
    { ...aLevel(1), ttftMs: null },
    { ...aLevel(2), valid: false },
  ]
  const plateau = { kneeConcurrency: null } as never
  const chosen = chooseObjectives({ levels, plateau }, twenty(1))!
  expect(chosen.objectives).toEqual([{ time: 'latency', atMostMs: 3000 }])
  expect(chosen.reasons[0]).toContain('at 1 in flight, the highest that could be used:')
  expect(chooseObjectives({ levels: levels.slice(1), plateau }, twenty(2))).toBeNull()
  const reasonOf = (requests: number) => chooseObjectives({ levels, plateau }, twenty(1).slice(0, requests))!.reasons[0]
  expect(reasonOf(19)).toContain(': all 19 requests took at most')
  expect(reasonOf(1)).toContain(': the one request took at most')
  expect(chooseObjectives({ levels, plateau }, [])).toBeNull()
})

test.each([
  [0.34, 0.4],
  [1, 1],
  [30, 30],
  [30.1, 40],
  [101, 120],
  [8100, 10_000],
])('%d ms become %d ms', (measured, bound) => {
  expect(roundUp(measured)).toBe(bound)
})

test.each([
  ['http://10.2.3.4', true],
  ['http://172.20.0.1:8000', true],
  ['http://172.40.0.1', false],
  ['http://vllm:8000', true],
  ['http://vllm.default.svc', true],
  ['http://a.cluster.local', true],
  ['http://[fd00::1]', true],
  ['https://staging.example.com', false],
  ['http://8.8.8.8', false],
])('%s is in a private network: %s', (url, is) => {
  expect(isPrivate(new URL(url))).toBe(is)
})

test('a first run that this machine cut short says so, and what to do', () => {
  const { settings } = resolve({ flags: ['--endpoint', 'http://127.0.0.1:1'] })
  const wordsOf = (searchEnd: string, given: Settings = settings) => {
    const report = aReport()
    const result = { report: { ...report, plan: { ...report.plan, searchEnd } }, records: [] } as never
    return describeRun(given, { isNamed: false, carried: {} }, result).words.join(' ')
  }
  expect(wordsOf('client')).toMatch(/this machine was at a limit of its own\. .*has less to do, .*--force/)
  expect(wordsOf('plateau')).not.toContain('--force')
  const slo = [{ time: 'ttft', atMostMs: 100 }] as const
  expect(wordsOf('client', { ...settings, slo })).not.toContain('--force')
})
