import fc from 'fast-check'
import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { openEntry, openOnlyEntry, ZipRefusal } from '../../src/baseline/zip.ts'
import { zipOf } from '../support/zip.ts'
import type { ZipEntry } from '../support/zip.ts'

const BOUNDS = { inflatedBytes: 1_000_000, ratio: 50 }

function open(zip: Uint8Array): string {
  return new TextDecoder().decode(openOnlyEntry(zip, 'history.json', BOUNDS))
}

test('the only entry of a zip is read, deflated or stored, of this writer or another', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), fc.constantFrom(0 as const, 8 as const), (content, method) => {
      expect(open(zipOf([{ name: 'history.json', content, method }]))).toBe(content)
    }),
  )
  expect(open(zipSync({ 'history.json': new TextEncoder().encode('{"a":1}') }))).toBe('{"a":1}')
})

test.each<[what: string, entries: ZipEntry[], message: string]>([
  ['no entry', [], 'holds nothing'],
  ['another entry', [{ name: 'other.json', content: '{}' }], 'holds other.json and not only history.json'],
  [
    'two entries',
    [
      { name: 'history.json', content: '{}' },
      { name: 'b.json', content: '{}' },
    ],
    'holds history.json, b.json and not only history.json',
  ],
  [
    'two entries of one name',
    [
      { name: 'history.json', content: '{}' },
      { name: 'history.json', content: '[]' },
    ],
    'two entries of one name',
  ],
  ['a way out', [{ name: '../history.json', content: '{}' }], '".." in its path'],
  ['a way out of Windows', [{ name: 'a\\..\\..\\history.json', content: '{}' }], '".." in its path'],
  ['an absolute path', [{ name: '/history.json', content: '{}' }], 'an absolute path'],
  ['a drive', [{ name: 'C:history.json', content: '{}' }], 'an absolute path'],
  ['a link', [{ name: 'history.json', content: '/etc/passwd', mode: 0o120777 }], 'a link (history.json)'],
  ['a directory', [{ name: 'history.json/', content: '', mode: 0o040755 }], 'a directory'],
  ['an encrypted entry', [{ name: 'history.json', content: '{}', flags: 1 }], 'encrypted'],
  ['a bomb', [{ name: 'history.json', content: 'a'.repeat(900_000) }], 'claims to inflate'],
  ['a large entry', [{ name: 'history.json', content: 'a'.repeat(1_000_001), method: 0 }], 'claims to inflate'],
  [
    'a bomb that understates its size',
    [{ name: 'history.json', content: 'a'.repeat(900_000), declaredSize: 1000 }],
    'inflates to more than the 1000 bytes it claims',
  ],
  ['a size that is overstated', [{ name: 'history.json', content: 'abc', declaredSize: 100 }], 'claims 100'],
])('%s is refused', (_, entries, message) => {
  expect(() => open(zipOf(entries))).toThrow(ZipRefusal)
  expect(() => open(zipOf(entries))).toThrow(message)
})

test('one entry among others is found, or is not there, unless any of them is unsafe', () => {
  const good = [
    { name: 'a.json', content: 'a' },
    { name: 'b.json', content: 'b' },
  ]
  expect(openEntry(zipOf(good), 'b.json', BOUNDS)).toEqual(new TextEncoder().encode('b'))
  expect(openEntry(zipOf(good), 'c.json', BOUNDS)).toBeNull()
  expect(() => openEntry(zipOf([...good, { name: '../c', content: '' }]), 'a.json', BOUNDS)).toThrow(ZipRefusal)
})

test('a name that others wrote is shown escaped', () => {
  expect(() => open(zipOf([{ name: 'a\u202e\n::error::b', content: '' }]))).toThrow('holds a ::error::b and')
})

test('a local header of another name than the directory is refused', () => {
  const zip = zipOf([{ name: 'history.json', content: '{}' }])
  zip.set(new TextEncoder().encode('mystery'), 30)
  expect(() => open(zip)).toThrow('not what its directory says')
})

test('what is broken anywhere is refused, and never read wrongly', () => {
  const content = JSON.stringify({ figures: Array.from({ length: 50 }, (_, i) => i * 1.5) })
  const zip = zipOf([{ name: 'history.json', content }])
  expect(() => open(zip.subarray(0, 30))).toThrow('is not a zip')
  expect(() => open(new Uint8Array())).toThrow('is not a zip')
  fc.assert(
    fc.property(fc.nat(zip.length - 1), fc.nat(255), (at, value) => {
      const broken = zip.slice()
      broken[at] = value
      try {
        openOnlyEntry(broken, 'history.json', BOUNDS)
      } catch (error) {
        expect(error).toBeInstanceOf(ZipRefusal)
      }
    }),
    { numRuns: 600 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => open(bytes)).toThrow(ZipRefusal)
    }),
  )
})
