import { expect, test } from 'vitest'
import { STEADY_RUN, plateau } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

test('a command on a system in virtual time ends as ever when its settings are wrong', async () => {
  const args = ['run', '--endpoint', virtualServer([]), ...STEADY_RUN, '--limits', 'ttft-p50@1 <= 1mss']
  const { code, stdout, stderr } = await plateau(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^limits: /)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test('a virtual server refuses flags that would do nothing', () => {
  expect(() => virtualServer(['--fault', '429@50%'])).toThrow('a server in virtual time has no --fault')
})
