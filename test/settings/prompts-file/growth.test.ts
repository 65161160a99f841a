import { expect, test } from 'vitest'
import { parsePromptsFile } from '../../../src/settings/prompts-file/prompts-file.ts'
import { growsTooFast, takesLong } from '../../support/growth.ts'

const BEFORE = ['', '[', '{"a":"', '["', 'prompt,n\n"', '{\n']
const PUMPS = ['"', '""', ',', '[', '{', '\\', '[{', '"a",', 'a\n']

test('the work of reading a file grows as its length does, whatever is in it', () => {
  const slow = BEFORE.flatMap((before) =>
    PUMPS.flatMap((pump) => {
      const text = (length: number): string => before + pump.repeat(length / pump.length)
      const read = (length: number) => () => parsePromptsFile(text(length))
      // What is wrong in every line takes its time, too.
      return takesLong(read(4_000), 50) && growsTooFast(read) ? [`${before}(${pump})…`] : []
    }),
  )
  expect(slow).toEqual([])
})
