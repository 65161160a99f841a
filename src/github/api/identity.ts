import { object, text } from '../job/payload.ts'

/** Whom comments of the workflow's own token are by. */
const ACTIONS_BOT = 'github-actions[bot]'

/** GitHub's other API, as far as this question needs it. */
interface Graphql {
  readonly graphql: (query: string) => Promise<unknown>
}

/**
 * The login that this token writes as. `GET /user` refuses the tokens of apps, GITHUB_TOKEN among them, and this query
 * answers all of them.
 */
export async function ownLogin(octokit: Graphql): Promise<string> {
  try {
    const answer = object(await octokit.graphql('query { viewer { login } }'))
    return text(object(answer?.['viewer'])?.['login']) ?? ACTIONS_BOT
  } catch {
    return ACTIONS_BOT
  }
}
