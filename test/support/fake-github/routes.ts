import type { Route } from './router.ts'
import { actionsRoutes } from './routes-actions.ts'
import { ISSUE_ROUTES } from './routes-issues.ts'
import { repositoryRoutes } from './routes-repository.ts'
import type { Artifact, ReleaseAsset } from './state.ts'

/** Makes addresses that need no token, of an artifact's zip and of a release asset. */
export interface Signed {
  zip(artifact: Artifact): string
  asset(asset: ReleaseAsset): string
}

/** All that the fake is asked. */
export function everyRoute(signed: Signed = { zip: () => '', asset: () => '' }): readonly Route[] {
  return [...actionsRoutes(signed.zip), ...ISSUE_ROUTES, ...repositoryRoutes(signed.asset)]
}
