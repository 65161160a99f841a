import type { components, paths } from '@octokit/openapi-types'

/** A type of GitHub's published description of its API. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]

/** A path of that description. */
export type ApiPath = keyof paths

/** What the API answers with this status, by that description. */
export type ResponseBody<
  Path extends ApiPath,
  Method extends keyof paths[Path],
  Status extends number,
> = paths[Path][Method] extends { responses: Record<Status, { content: { 'application/json': infer Body } }> }
  ? Body
  : never
