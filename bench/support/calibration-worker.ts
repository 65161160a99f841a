/** One study in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { runStudy } from './calibration.ts'
import { studies } from './calibration-studies.ts'
import { controlStudies } from './control-studies.ts'
import { worldStudies } from './worlds.ts'

const { name, scale } = workerData as { name: string; scale: number }
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort!.postMessage(runStudy({ ...studies(scale), ...worldStudies(scale), ...controlStudies(scale) }[name]!))
