import { BASELINE_MUTANTS } from './baseline.ts'
import { CONTROL_MUTANTS } from './control.ts'
import { EDGE_MUTANTS } from './edges.ts'
import { GITHUB_MUTANTS } from './github.ts'
import { IMPORT_MUTANTS } from './imports.ts'
import { LOAD_MUTANTS } from './load.ts'
import { METRICS_MUTANTS } from './metrics.ts'
import type { Mutant } from './mutant.ts'
import { PROMPTS_MUTANTS } from './prompts.ts'
import { PROTOCOL_MUTANTS } from './protocol.ts'
import { SHARD_MUTANTS } from './shards.ts'
import { VERDICT_MUTANTS } from './verdict.ts'

/** Every mutant, by folder. */
export const MUTANTS: readonly Mutant[] = [
  ...VERDICT_MUTANTS,
  ...CONTROL_MUTANTS,
  ...METRICS_MUTANTS,
  ...LOAD_MUTANTS,
  ...IMPORT_MUTANTS,
  ...BASELINE_MUTANTS,
  ...GITHUB_MUTANTS,
  ...PROTOCOL_MUTANTS,
  ...PROMPTS_MUTANTS,
  ...EDGE_MUTANTS,
  ...SHARD_MUTANTS,
]
