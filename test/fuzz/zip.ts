import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { openEntry, openOnlyEntry, ZipRefusal } from '../../src/baseline/zip.ts'
import { zipOf } from '../support/zip.ts'
import { mutatedBytes } from './mutate.ts'
import { property, valueOrRefusal } from './property.ts'
import type { Property } from './property.ts'
import { CODE_POINT } from '../support/text-units.ts'

const BOUNDS = { inflatedBytes: 100_000, ratio: 50 }
const CONTENT = `{"schema":"plateau/history@1","entries":[${'{"a":1},'.repeat(40)}{}]}`

const ZIPS = [
  zipOf([{ name: 'history.json', content: CONTENT }]),
  zipOf([{ name: 'history.json', content: CONTENT, method: 0 }]),
  zipOf([
    { name: 'report.json', content: 'x' },
    { name: 'history.json', content: CONTENT },
    { name: 'a/b.html', content: '<p>', method: 0 },
  ]),
  zipOf([{ name: '../history.json', content: 'x' }]),
  zipOf([{ name: 'history.json', content: '/etc/passwd', mode: 0o120777 }]),
  zipOf([{ name: 'history.json', content: '0'.repeat(90_000), declaredSize: 40 }]),
]

export const ZIP_PROPERTIES: readonly Property[] = [
  property('zip', 'a zip is refused in half a sentence, or opened within its bounds', mutatedBytes(ZIPS), (zip) => {
    const only = valueOrRefusal(() => openOnlyEntry(zip, 'history.json', BOUNDS), ZipRefusal)
    const among = valueOrRefusal(() => openEntry(zip, 'history.json', BOUNDS), ZipRefusal)
    for (const content of [only, among ?? undefined]) {
      assert.ok(content === undefined || content.length <= Math.min(BOUNDS.inflatedBytes, BOUNDS.ratio * zip.length))
    }
    if (only !== undefined) assert.deepEqual(among, only)
  }),
  property(
    'zip',
    'what was zipped is what is opened',
    fc.tuple(fc.string({ unit: CODE_POINT, maxLength: 300 }), fc.constantFrom(0 as const, 8 as const)),
    ([content, method]) => {
      const zip = zipOf([{ name: 'history.json', content, method }])
      assert.deepEqual(
        Buffer.from(openOnlyEntry(zip, 'history.json', { ...BOUNDS, ratio: 1_000 })),
        Buffer.from(content),
      )
    },
  ),
]
