import * as fc from 'fast-check'

/**
 * Units of texts for properties. Those that fast-check has by name, `binary` and `grapheme`, list the million signs of Unicode before
 * they give the first: two seconds of a core and a hundred megabytes in every process of the tests.
 */

/** As many code points as are halves of others. */
const SURROGATES = 0x800

/** Any code point, control characters and those without meaning included, as `binary` of fast-check. */
export const CODE_POINT: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10ffff - SURROGATES }).map(
  (index) => String.fromCodePoint(index < 0xd800 ? index : index + SURROGATES),
  (sign) => {
    const code = typeof sign === 'string' ? sign.codePointAt(0) : undefined
    if (code === undefined || String.fromCodePoint(code) !== sign || !sign.isWellFormed())
      throw new Error('no code point')
    return code < 0xd800 ? code : code - SURROGATES
  },
)

const from = (first: number, num: number) => ({ num, build: (index: number) => String.fromCodePoint(first + index) })

/** Signs that take one to eight units of UTF-16. */
const COMPOSED = ['e\u0301', 'n\u0303', '\u1112\u1161\u11ab', 'नि', '🇪🇺', '❤️', '👍🏽', '👩‍🚀', '👨‍👩‍👧']

/** What people take for one sign, of many scripts and lengths, and no control character. */
export const GRAPHEME: fc.Arbitrary<string> = fc.mapToConstant(
  from(0x20, 95),
  from(0xa1, 12),
  from(0xae, 0x180 - 0xae),
  from(0x391, 17),
  from(0x410, 64),
  from(0x5d0, 27),
  from(0x4e00, 200),
  from(0xac00, 100),
  from(0x1d400, 52),
  from(0x1f600, 80),
  { num: COMPOSED.length, build: (index) => COMPOSED[index]! },
)
