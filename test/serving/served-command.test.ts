import { expect, test } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import { findOtherPort, serveCommand, runToEnd } from '../../src/serving/served-command.ts'
import { createMachine } from './machine.ts'

const SERVER = {
  setting: 'candidate-command',
  command: 'vllm serve --api-key s3cret-key',
  url: new URL('http://127.0.0.1:8000/v1'),
  log: '.plateau/candidate.log',
}
const NEVER_READY = new EndpointError('the endpoint refused the connection', { tried: 'POST /v1', remedy: 'wait' })

/** Waits as preflight does: until it is told that nobody need wait any longer. */
async function waitInVain(ended: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (ended.aborted) resolve()
    ended.addEventListener('abort', () => resolve())
  })
  throw NEVER_READY
}

test('a server is started, measured and ended, and nothing is said where nothing is left', async () => {
  const machine = createMachine()
  const served = await serveCommand(SERVER, machine, async () => machine.told.push('measure'))
  expect(served).toEqual({ result: 2, ended: null, left: null })
  expect(machine.told).toEqual([`start ${SERVER.command}`, 'measure', `end ${SERVER.command}`])
})

test('where something listens already, nothing is started: it would be measured in the place of the server', async () => {
  const machine = createMachine()
  machine.occupied = true
  await expect(serveCommand(SERVER, machine, async () => {})).rejects.toThrow(
    'something listens at http://127.0.0.1:8000/v1 already, before candidate-command was started',
  )
  expect(machine.told).toEqual([])
})

test('a server that ends at its start ends the wait, with the last lines of its log and without the key', async () => {
  const machine = createMachine()
  machine.next({ dies: 'ended with code 1', writes: 'loading\nCUDA out of memory, key s3cret-key\n' })
  const failure: unknown = await serveCommand(SERVER, machine, waitInVain).catch((error: unknown) => error)
  expect(String(failure)).toContain(
    'the server of candidate-command ended with code 1 before it was ready\n  its log (.plateau/candidate.log) ends:\n    loading\n    CUDA out of memory, key ***\n',
  )
  expect(machine.told.at(-1)).toBe(`end ${SERVER.command}`)
})

test('a command that ends well before its server is ready is told to stay in the foreground', async () => {
  const machine = createMachine()
  machine.next({ dies: 'ended with code 0' })
  await expect(serveCommand(SERVER, machine, waitInVain)).rejects.toThrow('run the server in the foreground')
})

test('a server that never gets ready is said with the end of its log, too', async () => {
  const machine = createMachine()
  machine.next({ writes: 'Downloading shards: 3 %' })
  const failing = serveCommand(SERVER, machine, async () => Promise.reject(NEVER_READY))
  await expect(failing).rejects.toThrow(
    'the endpoint refused the connection\n  its log (.plateau/candidate.log) ends:\n    Downloading shards: 3 %\n',
  )
})

test('one that listens at another port, or at none yet, is said as such', async () => {
  const machine = createMachine()
  machine.next({ elsewhere: true, writes: 'listening on port 8001' })
  const failure: unknown = await serveCommand(SERVER, machine, async () => Promise.reject(NEVER_READY)).catch(
    (error: unknown) => error,
  )
  expect(String(failure)).toContain(
    'the command of candidate-command still runs, and nothing listens at http://127.0.0.1:8000/v1',
  )
  expect(String(failure)).toContain('listening on port 8001')
  expect(String(failure)).toContain('its log says that it listens on port 8001\n')
  expect(String(failure)).toContain('let its server listen on port 8000, or give the URL the port 8001')
  expect(machine.told.at(-1)).toBe(`end ${SERVER.command}`)
})

test('what a server answers that listens and never gets ready is said of the command that started it', async () => {
  const machine = createMachine()
  machine.next({})
  const failing = serveCommand(SERVER, machine, async () => Promise.reject(NEVER_READY))
  await expect(failing).rejects.toThrow(/^the server of candidate-command listens, but: .*\n {2}its log/)
})

test('one whose log names no port is not said to listen elsewhere', async () => {
  const machine = createMachine()
  machine.next({ elsewhere: true, writes: 'Downloading shards: 3 %' })
  const failure: unknown = await serveCommand(SERVER, machine, async () => Promise.reject(NEVER_READY)).catch(
    (error: unknown) => error,
  )
  expect(String(failure)).toContain('give the URL the port at which it does')
  expect(String(failure)).not.toContain('listens on port')
})

test.each<[string, number | null]>([
  ['INFO:     Uvicorn running on http://0.0.0.0:8001 (Press CTRL+C to quit)', 8001],
  ['(APIServer pid=7) INFO 11-28 api_server.py:1971] Starting vLLM API server 0 on http://0.0.0.0:8001', 8001],
  ['main: server is listening on http://127.0.0.1:8080 - starting the main loop', 8080],
  ['main: HTTP server is listening, hostname: 127.0.0.1, port: 8080, http threads: 3', 8080],
  ['time=2026-11-28 level=INFO source=routes.go:1288 msg="Listening on [::]:11434 (version 0.9.0)"', 11434],
  ['I1128 http_server.cc:4789] "Started HTTPService at 0.0.0.0:8003"', 8003],
  ['2026-11-28 10:00:00 - Starting httpd at 127.0.0.1 on port 8085...', 8085],
  ['simulated endpoint on http://127.0.0.1:18080 (model simulated-model); Ctrl-C stops it', 18080],
  ['INFO: Uvicorn running on http://0.0.0.0:8000', null],
  ['metrics server running on port 9090\nINFO: Uvicorn running on http://0.0.0.0:8000', null],
  ['downloading http://127.0.0.1:3128/model, 8001 of 9000 shards', null],
  ['starting with a proxy at http://proxy.example:3128', null],
  ['', null],
])('of "%s" the other port is %s', (line, port) => {
  expect(findOtherPort(line, SERVER.url)).toBe(port)
})

test('one that ends while it is measured is no error but a trouble: what was measured counts as it is', async () => {
  const machine = createMachine()
  machine.next({ dies: 'was ended by SIGSEGV' })
  const { result, ended } = await serveCommand(SERVER, machine, async () => 'measured')
  expect(result).toBe('measured')
  expect(ended).toBe('the server of candidate-command was ended by SIGSEGV while it was measured')
  expect(machine.told.at(-1)).toContain('its log (.plateau/candidate.log) is empty')
})

test('port and memory of accelerators are waited for until they are free', async () => {
  const machine = createMachine()
  machine.gpu = 300
  machine.next({ lingersMs: 7_000 })
  const served = await serveCommand(SERVER, machine, async () => {})
  expect(served.left).toBeNull()
  expect(machine.clock.now()).toBeGreaterThanOrEqual(7_000)
})

test('a port that stays taken is said, and nothing may be started in its place', async () => {
  const machine = createMachine()
  machine.next({ lingersMs: 60_000 })
  const served = await serveCommand(SERVER, machine, async () => {})
  expect(served.left).toContain('something still listens at http://127.0.0.1:8000/v1')
  expect(machine.clock.now()).toBeLessThan(40_000)
})

test('memory of accelerators that stays in use is said with its amount', async () => {
  const machine = createMachine()
  machine.gpu = 300
  const served = await serveCommand(SERVER, machine, async () => {
    machine.gpu = 4_300
  })
  expect(served.left).toContain("4000 MiB more of the accelerators' memory are in use")
})

test('processes that cannot be ended are named', async () => {
  const machine = createMachine()
  machine.next({ leaves: [17, 18] })
  const { left } = await serveCommand(SERVER, machine, async () => {})
  expect(left).toBe('the server of candidate-command could not be ended: processes 17, 18 are still there')
})

test('whatever goes wrong in measuring, the server is ended', async () => {
  const machine = createMachine()
  await expect(serveCommand(SERVER, machine, async () => Promise.reject(new TypeError('ours')))).rejects.toThrow('ours')
  expect(machine.told).toEqual([`start ${SERVER.command}`, `end ${SERVER.command}`])
})

const TASK = { setting: 'redeploy-command', command: 'kubectl rollout restart', log: 'redeploy.log', timeoutMs: 60_000 }
const NEVER = new AbortController().signal

test('a command that ends well leaves what it started', async () => {
  const machine = createMachine()
  machine.next({ dies: 'ended with code 0' })
  await runToEnd(TASK, { ...machine, signal: NEVER })
  expect(machine.told).toEqual([`start ${TASK.command}`, `release ${TASK.command}`])
})

test('a command that fails is an error with the end of its log, and what it started is ended', async () => {
  const machine = createMachine()
  machine.next({ dies: 'ended with code 1', writes: 'deployment not found' })
  await expect(runToEnd(TASK, { ...machine, signal: NEVER })).rejects.toThrow(
    'redeploy-command ended with code 1\n  its log (redeploy.log) ends:\n    deployment not found\n',
  )
  expect(machine.told.at(-1)).toBe(`end ${TASK.command}`)
})

test('a command that does not end is ended after its time', async () => {
  const machine = createMachine()
  await expect(runToEnd(TASK, { ...machine, signal: NEVER })).rejects.toThrow('took longer than ready-timeout (60 s)')
  expect(machine.told.at(-1)).toBe(`end ${TASK.command}`)
})
