import { availableParallelism } from 'node:os'
import {
  createGarbageCollector,
  createHealthProbe,
  drawNonce,
  keepHeapSmall,
  systemClock,
  readOpenFiles,
} from '../load/runtime.ts'
import { openTransport } from '../load/transport/target.ts'
import { createCrew } from '../load/threads/crew.ts'
import type { GatePorts } from '../gate.ts'
import { createProcesses } from '../serving/processes.ts'
import { readResultFiles } from './files.ts'
import { startTruth } from '../simulator/start-truth.ts'

/**
 * What measuring needs from the system. It is an argument of the whole program: clock, connections and the client's
 * health come from the entry. So tests can run the built action and the built command in virtual time, where a busy
 * machine cannot spoil a measurement. No input and no environment variable reaches it.
 */
export type SystemPorts = Pick<
  GatePorts,
  | 'clock'
  | 'wallClock'
  | 'health'
  | 'openTransport'
  | 'collectGarbage'
  | 'openCrew'
  | 'nonce'
  | 'runner'
  | 'nodeVersion'
  | 'openFiles'
  | 'startTruth'
  | 'processes'
  | 'readResults'
>

/** The system for both entries. Call it once, before the load: it configures the heap. */
export function createSystemPorts(env: NodeJS.ProcessEnv): SystemPorts {
  keepHeapSmall()
  return {
    clock: systemClock,
    wallClock: () => new Date(),
    health: createHealthProbe,
    openTransport,
    collectGarbage: createGarbageCollector(),
    openCrew: createCrew,
    nonce: drawNonce,
    runner: {
      environment: env['GITHUB_ACTIONS'] === 'true' ? (env['RUNNER_ENVIRONMENT'] ?? 'self-hosted') : 'local',
      os: process.platform,
      arch: process.arch,
      cpuCount: availableParallelism(),
    },
    nodeVersion: process.versions.node,
    openFiles: readOpenFiles,
    startTruth,
    processes: createProcesses(),
    readResults: readResultFiles,
  }
}
