import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { aPartLevel, aHeader, aShare, writePart } from '../shards/parts.ts'
import { callHere } from '../support/call-here.ts'
import { aRecord, aReport } from '../support/builders.ts'
import { reportIn, temporaryFolder } from '../support/cli.ts'

let cwd: string

/** Part of shard `number` of 2: 40 requests of one worker at concurrency 2. */
function leavePart(number: number, header: Parameters<typeof aHeader>[0] = {}, name = `${number}.part`): void {
  const records = Array.from({ length: 40 }, (_, i) =>
    aRecord({
      level: 2,
      worker: number - 1,
      startMs: 1_000 + i * 200 + number,
      ttftMs: 50 + number,
      requestId: `${number}-${i}`,
    }),
  )
  const level = aPartLevel([aShare(records)], { concurrency: 2 })
  const part = writePart(aHeader({ shard: { number, count: 2 }, report: aReport({ measured: [] }), ...header }), [
    level,
  ])
  writeFileSync(join(cwd, name), part)
}

beforeEach(() => {
  cwd = temporaryFolder()
})

async function merge(args: string) {
  return callHere(['merge', ...args.split(' ').filter((word) => word !== '')], { cwd })
}

test('the parts of two shards are one report, by the limits that the shards were told, and join the history as one run', async () => {
  const decidedBy = [{ setting: 'limits', value: 'ttft-p50@2 <= 51ms' }]
  leavePart(1, { decidedBy })
  leavePart(2, { decidedBy, clock: { offsetMs: -12, withinMs: 3 } })
  const failed = await merge('2.part 1.part --append --report-json report.json --records records.jsonl')
  expect(failed.code, failed.stderr).toBe(1)
  expect(failed.stdout).toContain('ttft-p50@2 <= 51ms')
  expect(failed.stderr).toContain('shard 2/2: 40 requests, client busy for 20 % at most, clock −12.0 ± 3.0 ms')
  const { levels } = reportIn(join(cwd, 'report.json'))
  expect(levels).toMatchObject([
    { concurrency: 2, requests: { ok: 80, failed: 0 }, ttftMs: { n: 80, min: 51, max: 52 } },
  ])
  expect(readFileSync(join(cwd, 'records.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(80)
  const told = await merge('1.part 2.part --limits ttft-p50@2<=1s')
  expect(told.code, told.stderr).toBe(0)
  expect(told.stdout).toMatch(/ttft-p50@2 ?<= ?1s/)
})

test('a missing, a doubled and a foreign part are each named, and so is what is no part: exit code 2', async () => {
  leavePart(1)
  leavePart(2)
  leavePart(2, {}, 'again.part')
  leavePart(2, { meeting: 'other' }, 'foreign.part')
  writeFileSync(join(cwd, 'report.json'), '{}')
  for (const [args, message] of [
    ['1.part', 'of the 2 shards one is missing: 2/2'],
    ['1.part 2.part again.part', 'part: got "again.part"; shard 2/2 is there twice: 2.part holds it, too'],
    ['1.part foreign.part', 'is of another run'],
    ['1.part report.json nothing.part', 'part: got "nothing.part"; there is no such file'],
    ['1.part 2.part --report-json 1.part', 'is the same file as part'],
  ] as const) {
    const { code, stdout, stderr } = await merge(args)
    expect({ code, stdout }, `${args}: ${stderr}`).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  }
})
