/** Plays parts of studies in a thread of its own. */
import { parentPort } from 'node:worker_threads'
import { playPart } from './calibration.ts'
import type { Study } from './calibration.ts'
import { studies } from './calibration-studies.ts'
import { controlStudies } from './control-studies.ts'
import type { Job } from './threads.ts'
import { proofStudies, worldStudies } from './worlds.ts'

let known: Readonly<Record<string, Study>> | null = null
parentPort!.on('message', ({ name, scale, from, to }: Job) => {
  known ??= { ...studies(scale), ...worldStudies(scale), ...proofStudies(scale), ...controlStudies(scale) }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort!.postMessage(playPart(known[name]!, { from, to }))
})
