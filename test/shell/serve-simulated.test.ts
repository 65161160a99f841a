import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeFaultRules } from '../../src/shell/serve-simulated.ts'
import { readFaultRules } from '../../src/simulator/faults.ts'

test.each([
  ['429', '429 on every request'],
  [
    '429@1%, stall=5s@every-50,gzip@every-1',
    '429 on 1 % of requests, stall=5s on one request in 50, gzip on every request',
  ],
  ['html=500@7%', 'html=500 on 7 % of requests'],
])('the faults %s are told with how often each comes', (given, told) => {
  expect(describeFaultRules(readFaultRules(given))).toBe(told)
})

test('it says once where it listens, and once with which faults', async () => {
  const program = join(import.meta.dirname, '../servers/simulate.ts')
  const server = spawn(process.execPath, [program, '--port', '0', '--fault', '429'])
  let said = ''
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.includes('faults: ')) server.kill()
  })
  await once(server, 'close')
  expect(said.replace(/:\d+ /, ':PORT ').split('\n')).toEqual([
    expect.stringMatching(/^simulated endpoint on http:\/\/127\.0\.0\.1:PORT /),
    'faults: 429 on every request',
    '',
  ])
})
