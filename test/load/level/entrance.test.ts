import { describe, expect, it } from 'vitest'
import { countAwaited, Entrance } from '../../../src/load/level/entrance.ts'
import type { Entry } from '../../../src/load/level/entrance.ts'

interface Stand {
  readonly entrance: Entrance
  readonly listEntries: () => Promise<Entry[]>
  /** By how many more warm-ups the window has to wait. */
  readonly more: readonly number[]
}

/** An entrance with so many workers before it, and how each has entered so far. */
async function standBefore(workers: number): Promise<Stand> {
  const more: number[] = []
  const entrance = new Entrance(workers, (count) => more.push(count))
  const entries: Entry[] = []
  for (let i = 0; i < workers; i++) void entrance.enter().then((entry) => entries.push(entry))
  return {
    entrance,
    more,
    async listEntries() {
      await Promise.resolve()
      return entries
    },
  }
}

/** A worker's answer ends, and its next request is sent. */
function goOn(entrance: Entrance): void {
  entrance.noteEnd(false)
  entrance.noteSent()
}

describe('workers of a level', () => {
  it('enter one after another, as first tokens come', async () => {
    const { entrance, listEntries } = await standBefore(32)
    expect(await listEntries()).toHaveLength(2)
    for (let i = 3; i <= 32; i++) {
      entrance.noteFirstToken()
      expect(await listEntries()).toHaveLength(i)
    }
    expect(entrance.isOpening).toBe(false)
    expect(new Set(await listEntries())).toEqual(new Set(['phased']))
  })

  it('enter all at once, with whole answers, when answers end and others wait for their slots', async () => {
    const { entrance, listEntries } = await standBefore(32)
    for (let i = 0; i < 10; i++) entrance.noteFirstToken()
    for (let i = 0; i < 6; i++) {
      expect(await listEntries()).toHaveLength(12)
      goOn(entrance)
      // Its slot goes to one that waits.
      if (i < 5) entrance.noteFirstToken()
    }
    const entries = await listEntries()
    expect(entries).toHaveLength(32)
    expect(entries.slice(12)).toEqual(Array<Entry>(20).fill('whole'))
  })

  it('do not enter so because answers end while first tokens go on coming', async () => {
    const { entrance, listEntries } = await standBefore(32)
    for (let i = 0; i < 30; i++) {
      entrance.noteFirstToken()
      goOn(entrance)
      entrance.noteFirstToken()
    }
    expect(new Set(await listEntries())).toEqual(new Set(['phased']))
    expect(entrance.isOpening).toBe(false)
  })

  it('enter all at once in their phases where an answer came in one piece or failed, and the window waits for half of them', async () => {
    const { entrance, listEntries, more } = await standBefore(32)
    entrance.noteFirstToken()
    expect(more).toEqual([])
    entrance.noteEnd(true)
    const entries = await listEntries()
    expect(entries).toHaveLength(32)
    expect(entries.slice(3)).toEqual(Array<Entry>(29).fill('phased-at-once'))
    expect(more).toEqual([12])
    expect(countAwaited(32, 'phased') + more[0]!).toBe(17)
  })

  it('are all let in when the level ends', async () => {
    const { entrance, listEntries } = await standBefore(32)
    entrance.end()
    expect(await listEntries()).toHaveLength(32)
  })
})
