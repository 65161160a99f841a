import { GITLAB_PLACES } from '../init/parts.ts'
import type { ReadRepositoryFile } from './config.ts'
import { lack } from './remark.ts'
import type { Remark } from './remark.ts'

const PIPELINE = '.gitlab-ci.yml'
/** An include with a pattern may hold any file. */
const INCLUDES_PATTERN = /\blocal:.*\*/

/** Whether the pipeline of a repository on GitLab has a gate. What its job needs stands with GitLab and is not looked at. */
export function diagnosePipeline(readFile: ReadRepositoryFile): Remark {
  const pipeline = readFile(PIPELINE) ?? ''
  const { ci } = GITLAB_PLACES
  if (readFile(ci) === null) {
    if (/plateau/i.test(pipeline)) return beFine(`${PIPELINE} speaks of plateau`)
    return lack(
      `there is no ${ci}, and ${PIPELINE} does not speak of plateau`,
      'run plateau init --endpoint URL, which writes the job, or copy examples/gitlab-ci.yml',
    )
  }
  if (pipeline.includes(ci) || INCLUDES_PATTERN.test(pipeline)) return beFine(`${PIPELINE} includes ${ci}`)
  return lack(
    `${PIPELINE} does not include ${ci}, so the job never runs`,
    `write "include: [{ local: ${ci} }]" into it, beside what is included there`,
  )
}

const beFine = (what: string): Remark => ({
  state: 'fine',
  what: `${what}; whether its variables are there is not looked at`,
  remedy: null,
})
