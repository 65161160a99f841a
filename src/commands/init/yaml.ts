/** Words that YAML takes for something else than text, in this version of it or an older one. */
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i

/** Names and paths, addresses, numbers, bounds such as `ttft <= 500ms`, and expressions of GitHub. */
const PLAIN = [
  /^\.?[A-Za-z][\w.-]*(?:\/[\w.-]+)*$/,
  /^https?:\/\/[\w.:/%~@-]*[\w/]$/,
  /^[1-9]\d{0,8}$/,
  /^[a-z][a-z\d@-]* [<>]= \d+(?:\.\d+)?[a-z%/]*$/,
  /^\$\{\{ [\w.]+ \}\}$/,
]

/** A text as a scalar of YAML on one line, which every parser reads back as that text, whoever wrote it. */
export function quoteYaml(text: string): string {
  if (PLAIN.some((form) => form.test(text)) && !WORDS.test(text)) return text
  if (/^[\x20-\x26\x28-\x5b\x5d-\x7e]+$/.test(text)) return `'${text}'`
  // Every escape of JSON is one of YAML, too; what else would not stand in a line is written as one.
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
