import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { createSystemPorts } from '../../src/shell/system-ports.ts'

test.each([
  ['local', {}],
  ['local', { RUNNER_ENVIRONMENT: 'github-hosted' }],
  ['github-hosted', { GITHUB_ACTIONS: 'true', RUNNER_ENVIRONMENT: 'github-hosted' }],
  ['self-hosted', { GITHUB_ACTIONS: 'true', RUNNER_ENVIRONMENT: 'self-hosted' }],
  ['self-hosted', { GITHUB_ACTIONS: 'true' }],
])('the runner is %s to %o, and what this machine is', (environment, env) => {
  const { runner, nodeVersion } = createSystemPorts(env)
  expect(runner).toEqual({
    environment,
    os: process.platform,
    arch: process.arch,
    cpuCount: availableParallelism(),
  })
  expect(nodeVersion).toBe(process.versions.node)
})
