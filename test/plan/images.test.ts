import { crc32, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createImageSource } from '../../src/plan/images.ts'
import { seedRandom } from '../../src/random.ts'
import type { Images } from '../../src/settings/values/images.ts'

/** A PNG file, decoded without anything of ours: its size and its pixels, three bytes each. */
function decode(base64: string): { width: number; height: number; pixels: Buffer } {
  const file = Buffer.from(base64, 'base64')
  expect(file.toString('base64')).toBe(base64)
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  const parts: { name: string; data: Buffer }[] = []
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at)
    const named = file.subarray(at + 4, at + 8 + length)
    expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(named))
    parts.push({ name: named.subarray(0, 4).toString('latin1'), data: named.subarray(4) })
    at += 12 + length
  }
  expect(parts.map(({ name }) => name)).toEqual(['IHDR', 'IDAT', 'IDAT', 'IDAT', 'IEND'])
  const header = parts[0]!.data
  expect([...header.subarray(8)]).toEqual([8, 2, 0, 0, 0])
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  // Throws where the checksum of all pixels is wrong.
  const rows = inflateSync(Buffer.concat(parts.slice(1, -1).map(({ data }) => data)))
  expect(rows.length).toBe(height * (1 + 3 * width))
  const pixels = Buffer.alloc(3 * width * height)
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (1 + 3 * width)]
    for (let i = 0; i < 3 * width; i++) {
      const at = 3 * width * y + i
      const above = filter === 2 ? pixels[at - 3 * width]! : 0
      pixels[at] = (rows[y * (1 + 3 * width) + 1 + i]! + above) % 256
    }
  }
  return { width, height, pixels }
}

const SMALL: Images = { count: 2, width: 48, height: 40 }
const NONCE = '00112233445566ff'

function take(images: Images = SMALL, { seed = 'a seed', nonce = NONCE, turn = 'turn' } = {}): readonly string[] {
  return createImageSource(images, seed)(seedRandom(turn), nonce)
}

describe('images', () => {
  it.each([
    [16, 16],
    [17, 31],
    [64, 16],
    [512, 512],
    [333, 18],
  ])('of %i by %i pixels are valid PNG files', (width, height) => {
    const [one, two] = take({ count: 2, width, height }).map(decode)
    expect(one).toMatchObject({ width, height })
    expect(one!.pixels.equals(two!.pixels)).toBe(false)
    // Not one colour, and the tiles of a row are different.
    expect(new Set(one!.pixels).size).toBeGreaterThan(8)
  })

  it('come from the seed, but for the pixels that mark them', () => {
    expect(take()).toEqual(take())
    const [here, there] = [take(), take(SMALL, { nonce: 'ff00000000000001' })].map(([image]) => decode(image!).pixels)
    // Each row of the first tiles repeats its first.
    const differs = [...here!.keys()].filter((i) => here![i] !== there![i]).map((i) => i % (3 * SMALL.width))
    expect(Math.max(...differs)).toBeLessThan(10)
    expect(differs.length).toBeGreaterThan(0)
    expect(decode(take(SMALL, { seed: 'another' })[0]!).pixels.equals(here!)).toBe(false)
  })

  it('are never the same twice, in a request or in another', () => {
    const next = createImageSource({ count: 8, width: 16, height: 16 }, 'a seed')
    const random = seedRandom('turns')
    const all = Array.from({ length: 50 }, (_, i) => next(random, i.toString(16).padStart(16, '0'))).flat()
    const pixels = new Set(all.map((image) => decode(image).pixels.toString('latin1')))
    expect(pixels.size).toBe(400)
  })

  it('are small files, so that the model is measured and not the upload', () => {
    expect(take({ count: 1, width: 512, height: 512 })[0]!.length).toBeLessThan(20_000)
  })
})
