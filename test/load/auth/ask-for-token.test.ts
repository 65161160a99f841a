import { expect, test } from 'vitest'
import { explainNoAnswer } from '../../../src/load/auth/ask-for-token.ts'

const OFFICE = { who: 'the token endpoint', unreachable: 'check the host' }

function explain(code: string, outOfFiles = false) {
  const error = Object.assign(new Error('connect failed'), { code })
  return explainNoAnswer(error, OFFICE, {
    headersSeen: false,
    proxied: false,
    certified: false,
    outOfFiles: () => outOfFiles,
  })
}

test.each([
  ['EMFILE', /ulimit -n/],
  ['ENFILE', /ulimit -n/],
  ['EADDRNOTAVAIL', /ip_local_port_range/],
  ['ENOBUFS', /more memory/],
])('a token that a limit of this machine keeps away has the remedy of that limit: %s', (code, remedy) => {
  const said = explain(code)
  expect(said.what).toMatch(/^the token endpoint cannot be reached: this machine (may|has)/)
  expect(said.remedy).toMatch(remedy)
  expect(said.isDown).toBe(true)
})

test('a host that is unknown because no more files may be opened is no wrong host', () => {
  expect(explain('ENOTFOUND', true).remedy).toMatch(/ulimit -n/)
  expect(explain('ENOTFOUND').remedy).toBe('check the host')
})
