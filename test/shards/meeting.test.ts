import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MARKS, openFolder, readMark } from '../../src/shards/meeting-place.ts'
import { boundOffset, compareClocks, openMeeting } from '../../src/shards/meeting.ts'
import type { MeetingPlace } from '../../src/shards/meeting-place.ts'
import { createVirtualEndpoint } from '../support/virtual-endpoint.ts'
import { meetingPorts, virtualPlace } from './together.ts'
import { aNumberFrom } from '../support/numbers.ts'

const { clock, run } = createVirtualEndpoint()

async function refusalOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  )
}

/** A shard of three there. */
async function meetAs(number: number, place: MeetingPlace, aheadMs = 0) {
  return openMeeting({ number, count: 3 }, meetingPorts(clock, place, aheadMs))
}

describe('the meeting of shards', () => {
  it('is the same for all, however long one of them takes to come', async () => {
    const place = virtualPlace(clock)
    const late = clock.sleep(30_000).then(async () => meetAs(2, place))
    const meetings = await run(Promise.all([meetAs(1, place), late, meetAs(3, place)]))
    expect(new Set(meetings.map(({ id }) => id)).size).toBe(1)
  })

  it('is another one in the next run, whatever marks lie there from the last', async () => {
    const place = virtualPlace(clock)
    // The second is late: its marks of the last run lie there meanwhile.
    const meetAll = async () =>
      run(
        Promise.all(
          [1, 2, 3].map(async (number) =>
            clock.sleep(number === 2 ? 1_000 : 0).then(async () => meetAs(number, place)),
          ),
        ),
      )
    const [first] = await meetAll()
    const second = await meetAll()
    expect(new Set(second.map(({ id }) => id)).size).toBe(1)
    expect(second[0]!.id).not.toBe(first!.id)
    const rounds = await run(
      Promise.all(second.map(async (meeting) => meeting.holdRound(z.int(), () => meeting.shard.number))),
    )
    expect(rounds[0]!.marks!.map(({ value }) => value)).toEqual([1, 2, 3])
  })

  it('names whoever does not come', async () => {
    const place = virtualPlace(clock)
    const refusal = await run(Promise.all([refusalOf(meetAs(1, place)), refusalOf(meetAs(3, place))]))
    expect(refusal[0]).toContain('shard 2/3 did not come within 60 s\n  tried: rendezvous a shared folder')
    expect(refusal[1]).toContain('shard 2/3 did not come')
    const alone = await run(refusalOf(meetAs(1, virtualPlace(clock))))
    expect(alone).toContain('shards 2/3, 3/3 did not come')
  })

  it('waits as long as it may for one whose answers are long, also where it has no work itself', async () => {
    const place = { ...virtualPlace(clock), pollMs: 500 }
    const meetings = await run(Promise.all([1, 2, 3].map(async (number) => meetAs(number, place))))
    const doneAt = clock.now() + 45_000
    const isReady = (number: number) => number !== 2 || clock.now() >= doneAt
    const rounds = meetings.map(async (meeting, i) =>
      meeting.holdRound(z.int(), () => i, { isReady: () => isReady(i + 1) }),
    )
    expect((await run(Promise.all(rounds))).map(({ marks }) => marks?.length)).toEqual([3, 3, 3])
  })

  it('refuses a second process with the number of another', async () => {
    const place = virtualPlace(clock)
    const first = refusalOf(meetAs(2, place))
    const second = clock.sleep(200).then(async () => refusalOf(meetAs(2, place)))
    expect(await run(first)).toContain('another process takes part as shard 2/3')
    await run(second)
  })

  it('goes on over what a place cannot do for a moment, and says what it cannot do at all', async () => {
    const place = virtualPlace(clock)
    let calls = 0
    const flaky: MeetingPlace = {
      ...place,
      put: async (...args) => (calls++ % 2 === 0 ? Promise.reject(new Error('busy')) : place.put(...args)),
      get: async (...args) => (calls++ % 3 === 0 ? Promise.reject(new Error('busy')) : place.get(...args)),
    }
    const meetings = await run(Promise.all([meetAs(1, flaky), meetAs(2, place), meetAs(3, place)]))
    const rounds = await run(Promise.all(meetings.map(async (meeting) => meeting.holdRound(z.string(), () => 'here'))))
    expect(rounds.every(({ marks }) => marks?.length === 3)).toBe(true)
    const dead = { ...place, put: async () => Promise.reject(new Error('EROFS: read-only file system')) }
    expect(await run(refusalOf(meetAs(1, dead)))).toContain('nothing could be left at the rendezvous: EROFS')
    const blind = { ...virtualPlace(clock), get: async () => Promise.reject(new Error('GET was answered with 500')) }
    expect(await run(refusalOf(meetAs(1, blind)))).toContain('the last look there: GET was answered with 500')
  })
})

describe('a mark that another left', () => {
  /** What the first of three says when the second leaves this, at a round or, where `late`, when the clocks are known. */
  const refusalOfMark = async (text: string | ((now: number) => string), late = false): Promise<string> => {
    const marks = new Map<string, string>()
    const place = virtualPlace(clock, marks)
    const round = late ? 8 : 1
    const meetings = await run(Promise.all([1, 2, 3].map(async (number) => meetAs(number, place))))
    if (late) await run(Promise.all(meetings.map(async (meeting) => compareClocks(meeting))))
    const [first] = meetings
    marks.set(`plateau-${first!.id}-${round}-2`, typeof text === 'string' ? text : text(first!.now()))
    return run(refusalOf(first!.holdRound(MARKS.standing, () => ({ stopped: null }))))
  }

  it.each([
    ['[]', 'mark: Invalid input: expected object, received array'],
    ['{"at":"now","value":{"stopped":null}}', 'at: Invalid input: expected number, received string'],
    ['{"at":1e999,"value":{"stopped":null}}', 'at: '],
    ['{"at":5}', 'value: Invalid input: expected object, received nothing'],
    ['{"at":5,"value":{"stopped":"bored\\u001b[31m"}}', 'value.stopped: '],
    ['{"at":5,"value":{"stopped":null},"__proto__":{}}', 'the mark has a member "__proto__"'],
    ['{"gone":{"at":5}}', 'at: '],
    [`"${'a'.repeat(1_048_576)}"`, 'the mark is longer than 1048576 characters'],
  ])('is named with its shard where it is %.40s', async (text, why) => {
    const refusal = await refusalOfMark(text)
    expect(refusal).toContain(`shard 2/3 left a mark that cannot be used: ${why}`)
    expect(refusal).toContain('a rendezvous that nothing else writes to')
  })

  it('is named where it is of a time that is yet to come, so that nobody waits for that', async () => {
    const inAnHour = (now: number) => JSON.stringify({ at: now + 3_600_000, value: { stopped: null } })
    expect(await refusalOfMark(inAnHour, true)).toMatch(
      /shard 2\/3 left a mark .*: at: is 3\d{3} s later than it was seen/,
    )
  })

  it('is waited for where it is not whole, and named as missing where it never is', async () => {
    expect(await refusalOfMark('{"at":5,"val')).toContain('shards 2/3, 3/3 did not come within 60 s')
  })
})

describe('the clocks of shards', () => {
  it('are known to within what is stated, whatever the ways there and back take', () => {
    // Of doubles most would be too small to tell from 0.
    const milliseconds = fc.integer({ min: 0, max: 500_000 }).map((microseconds) => microseconds / 1000)
    const way = fc.array(milliseconds, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(aNumberFrom(-1e6, 1e6), way, way, (ahead, there, back) => {
        const { offsetMs, withinMs } = boundOffset(
          there.map((ms) => ms - ahead),
          back.map((ms) => ms + ahead),
        )
        expect(Math.abs(offsetMs - ahead)).toBeLessThanOrEqual(withinMs + 1e-6)
        expect(withinMs).toBeCloseTo((Math.min(...there) + Math.min(...back)) / 2, 6)
      }),
    )
  })

  it('are taken to be in the middle of what the quickest ways allow', () => {
    // Ahead by 100 ms, 5 ms there and 25 ms back: from 95 to 125.
    expect(boundOffset([40 - 100, 5 - 100], [25 + 100, 60 + 100])).toEqual({ offsetMs: 110, withinMs: 15 })
  })

  it('are compared through the place where they meet, and all know of all', async () => {
    const place = virtualPlace(clock)
    const ahead = [0, 4_321, -1_000]
    const all = await run(
      Promise.all([1, 2, 3].map(async (number) => compareClocks(await meetAs(number, place, ahead[number - 1])))),
    )
    for (const [i, { own, leadMs }] of all.entries()) {
      expect(Math.abs(own.offsetMs - ahead[i]!)).toBeLessThanOrEqual(own.withinMs + 1)
      expect(own.withinMs).toBeLessThan(50)
      expect(leadMs).toBe(all[0]!.leadMs)
      expect(all[0]!.all[i]).toEqual(own)
    }
  })
})

it('a folder that cannot be made is refused, and not tried for ever', async () => {
  await expect(openFolder('/proc/nowhere/rendezvous').put('mark', 'text')).rejects.toThrow(/mkdir/)
})

it('what preflight measured may be a mean of several answers', () => {
  const lone = { latencyMs: 412.5, inputTokens: 63.7, outputTokens: 19.3 }
  const mark = { at: 1, value: { terms: { seed: 'a' }, lone } }
  expect(readMark(JSON.stringify(mark), MARKS.introduction)).toEqual(mark)
})
