import { expect, test } from 'vitest'
import { EndpointError } from '../src/errors.ts'
import { runGate } from '../src/gate.ts'
import { settingsFor } from './support/run-settings.ts'
import { virtualSystem } from './support/virtual/system.ts'

const SHORT = '--concurrency 2 --level-duration 800ms --output-tokens 16 --input-tokens 40 --soak off'.split(' ')

/** A gate over a server that this command starts, on a machine in virtual time. */
async function measure(command: string) {
  const log: string[] = []
  const system = virtualSystem({ engine: {}, servedModel: 'simulated' }, 'local')
  const settings = settingsFor('http://127.9.9.9:1', [...SHORT, '--candidate-command', command])
  const result = await runGate(settings, {
    ...system,
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    hide: () => {},
    redact: (text) => text,
    serverLogs: 'logs',
    redactReport: (report) => report,
    onPlan: () => {},
    onLevelStart: () => {},
    onLevelEnd: () => {},
    onPhase: () => {},
    loadBaseline: null,
  })
  return { ...result, log, isGone: !(await system.processes.isListening(new URL('http://127.9.9.9:1'))) }
}

test('the server that a command starts is measured, and ended when it is', async () => {
  const { report, log, isGone } = await measure('plateau simulate --decode 20ms --decode-per-sequence 0ms')
  expect(report.levels[0]?.tpotMs?.p50).toBeCloseTo(20, 0)
  expect(log).toContain('what the server writes is kept in logs/candidate.log')
  expect(isGone).toBe(true)
})

test('a command that starts none cannot be measured, and the end of its log says why', async () => {
  const failing = measure('nothing')
  await expect(failing).rejects.toThrow(EndpointError)
  await expect(failing).rejects.toThrow(
    'the server of candidate-command ended with code 1 before it was ready\n  its log (logs/candidate.log) ends:\n    nothing: not found',
  )
})
