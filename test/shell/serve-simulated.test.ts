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
