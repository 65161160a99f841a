/** Why answers end that a filter has withheld or cut, in the words of all APIs. */
const FILTERED =
  /^(content_?filter(ed)?|refusal|safety|recitation|blocklist|prohibited_content|spii|guardrail_intervened|sensitive)$/i

/** Whether an answer that ends so was withheld or cut by a content filter. */
export function isFiltered(finishReason: string | null): finishReason is string {
  return finishReason !== null && FILTERED.test(finishReason)
}
