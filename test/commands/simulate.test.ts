import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../src/commands/simulate.ts'
import { CLI } from '../support/cli.ts'

test('the server of the demo is the same program, with its flags, and is gone when it has stopped', async () => {
  const program = process.argv[1]!
  process.argv[1] = CLI
  onTestFinished(() => void (process.argv[1] = program))
  const server = await startServer(['--port', '0', '--model', 'tiny'])
  onTestFinished(() => server.stop())
  expect(await (await fetch(`${server.url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'tiny' }] })
  await server.stop()
  await expect(fetch(`${server.url}/v1/models`)).rejects.toThrow()
})

test('a mistake in its flags is an error, and nobody waits for it', async () => {
  const program = process.argv[1]!
  process.argv[1] = CLI
  onTestFinished(() => void (process.argv[1] = program))
  await expect(startServer(['--slot', '4'])).rejects.toThrow(/ended with 2 before it listened/)
})
