import { expect, test } from 'vitest'
import { runToEnd } from '../../src/serving/served-command.ts'
import { createMachine } from './machine.ts'

const TASK = { setting: 'redeploy-command', command: 'kubectl rollout restart', log: 'redeploy.log', timeoutMs: 60_000 }
const signal = new AbortController().signal

test('a command that ends well leaves what it started', async () => {
  const machine = createMachine()
  machine.next({ dies: 'ended with code 0' })
  await runToEnd(TASK, { ...machine, signal })
  expect(machine.told).toEqual([`start ${TASK.command}`, `release ${TASK.command}`])
})

test('one that fails is an error with the end of its log, and what it started is ended', async () => {
  const machine = createMachine()
  machine.next({ dies: 'ended with code 1', writes: 'deployment not found' })
  await expect(runToEnd(TASK, { ...machine, signal })).rejects.toThrow(
    'redeploy-command ended with code 1\n  its log (redeploy.log) ends:\n    deployment not found\n',
  )
  expect(machine.told.at(-1)).toBe(`end ${TASK.command}`)
})

test('one that does not end is ended after its time', async () => {
  const machine = createMachine()
  await expect(runToEnd(TASK, { ...machine, signal })).rejects.toThrow('took longer than ready-timeout (60 s)')
  expect(machine.told.at(-1)).toBe(`end ${TASK.command}`)
})
