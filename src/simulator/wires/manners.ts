/** Where a stream of an OpenAI-like API says how many tokens it had. */
export const USAGE_PLACES = ['final-chunk', 'finish-chunk', 'every-chunk', 'none'] as const
export type UsagePlace = (typeof USAGE_PLACES)[number]

/** Under which name OpenAI-like chat streams reasoning; `hidden`: it is counted and never sent, whatever the API. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'hidden'] as const
export type ReasoningField = (typeof REASONING_FIELDS)[number]

/** The chat streams of Databricks: role and usage in every event, content as a list of parts, deltas of an agent. */
export const DATABRICKS_SHAPES = ['cumulative', 'arrays', 'agent'] as const
export type DatabricksShape = (typeof DATABRICKS_SHAPES)[number]

/** How the server answers where its API leaves it a choice. */
export interface Manners {
  readonly usage: UsagePlace
  readonly reasoningField: ReasoningField
  readonly databricksShape: DatabricksShape
  readonly embeddingDimensions: number
}
