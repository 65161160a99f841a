import type { SearchBounds } from '../../src/plan/ladder.ts'

/** A search for workers from 1 on that only the process bounds. */
export const SEARCH_BOUNDS: SearchBounds = {
  load: 'concurrency',
  first: 1,
  least: 1,
  most: 4096,
  mostBy: 'process',
  mostTokensPerSecond: null,
  mostSeconds: null,
}
