import { expect, test } from 'vitest'
import { readSimulatorFlags, stopProcess } from '../../src/github/simulated-endpoint.ts'

test.each([
  ['', '', ['--port', '0']],
  ['--slots 8', '8001', ['--slots', '8', '--port', '8001']],
  [
    "--slowdown tpot=1.2  --fault '429@1%, stall=5s@every-50'\n--slots 4",
    '',
    ['--slowdown', 'tpot=1.2', '--fault', '429@1%, stall=5s@every-50', '--slots', '4', '--port', '0'],
  ],
  ['--model="my model" --port=9', '8001', ['--model=my model', '--port=9']],
])('the options %j with the port %j are the flags %j', (options, port, flags) => {
  expect(readSimulatorFlags(options, port)).toEqual(flags)
})

test('a process that has ended already is stopped', () => {
  expect(() => stopProcess(2 ** 22 + 1)).not.toThrow()
})
