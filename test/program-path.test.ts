import { pathToFileURL } from 'node:url'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { locateProgram } from '../src/program-path.ts'

test.each(['.ts', '.js'])('a program lies beside the %s file that starts it, and is one, too', (end) => {
  const folder = resolve('some where')
  const here = pathToFileURL(join(folder, `starter${end}`)).href
  expect(locateProgram('./keeper.js', here)).toBe(join(folder, `keeper${end}`))
})
