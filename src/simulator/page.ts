/** An answer that is there at once: a page, a token, a refusal of either. */
export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A page of JSON. */
export function jsonPage(value: unknown, status = 200): Page {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

/** A page of plain text. */
export function textPage(body: string, status = 200): Page {
  return { status, type: 'text/plain; charset=utf-8', body }
}
