import { expect, test } from 'vitest'
import { refuse } from '../support/answers.ts'
import { plateau } from '../support/cli.ts'
import { ENV, KEY, expectNoKey } from '../support/echoed-key.ts'
import { serve } from '../support/http-server.ts'

test('a key that a server echoes does not stand in the stack that PLATEAU_DEBUG shows', async () => {
  const server = await serve((response) => refuse(response, 401, `bad key ${KEY}`))
  const { stderr } = await plateau(['run', '--endpoint', server.url], { env: { ...ENV, PLATEAU_DEBUG: '1' } })
  expect(stderr).toContain('    at ')
  expect(stderr).toContain('bad key ***')
  expectNoKey({ stderr })
})
