/**
 * The same JSON with control, format and bidirectional signs escaped: a report is also read in terminals and browsers, and
 * parts of it were written by a server.
 */
export function asciiSigns(json: string): string {
  return json.replace(/[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
