/** The tags that models are taught to think between, and those that a chat template opens and the model only closes. */
const THINK_TAG =
  /<\/?(think|thinking|thoughts?|reasoning|seed:think)>|\[\/?THINK\]|◁\/?think▷|<\|(START|END)_THINKING\|>|<\|channel\|>analysis/i

/** Whether the text of an answer holds the reasoning that came before it: a server without a parser for it sends it so. */
export function tagsReasoning(content: string): boolean {
  return THINK_TAG.test(content)
}
