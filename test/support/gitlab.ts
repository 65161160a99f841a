import { sendJson } from './answers.ts'
import { serve } from './http-server.ts'
import type { TestServer } from './http-server.ts'

/** A note on the merge request, as GitLab keeps it. */
interface Note {
  readonly id: number
  readonly author: { readonly id: number }
  body: string
}

/** The notes of one merge request (`!7` of project 42), as far as GitLab's published description of its API goes; anything else is refused. */
export async function serveNotes(notes: Note[], { token, me }: { readonly token: string; readonly me: number }) {
  const server: TestServer = await serve((response, { method, path, headers, body }) => {
    const { pathname, searchParams } = new URL(path, 'http://h')
    if (headers['private-token'] !== token) return sendJson(response, 401, { message: '401 Unauthorized' })
    if (method === 'GET' && pathname === '/api/v4/user') return sendJson(response, 200, { id: me })
    const [, id] = /^\/api\/v4\/projects\/42\/merge_requests\/7\/notes(?:\/(\d+))?$/.exec(pathname) ?? []
    if (!pathname.startsWith('/api/v4/projects/42/merge_requests/7/notes'))
      return sendJson(response, 404, { message: '404 Not found' })
    if (method === 'GET' && id === undefined) {
      const wrong = [...searchParams].find(([name, value]) => LISTED[name]?.test(value) !== true)
      if (wrong !== undefined) return sendJson(response, 400, { error: `${wrong[0]} does not have a valid value` })
      // What was changed last comes first; here the last of the list.
      const perPage = Number(searchParams.get('per_page') ?? 20)
      const from = (Number(searchParams.get('page') ?? 1) - 1) * perPage
      return sendJson(response, 200, notes.toReversed().slice(from, from + perPage))
    }
    const form = new URLSearchParams(headers['content-type'] === 'application/x-www-form-urlencoded' ? body : '')
    const text = form.get('body') ?? ''
    if (text === '' || text.length > 1_000_000) return sendJson(response, 400, { error: 'body is missing' })
    const old = notes.find((note) => note.id === Number(id))
    if (method === 'POST' && id === undefined) {
      notes.push({ id: 900 + notes.length, author: { id: me }, body: text })
      return sendJson(response, 201, notes.at(-1))
    }
    if (method !== 'PUT' || old === undefined) return sendJson(response, 404, { message: '404 Not found' })
    if (old.author.id !== me) return sendJson(response, 403, { message: '403 Forbidden' })
    old.body = text
    return sendJson(response, 200, old)
  })
  return server
}

/** What the list of notes takes, and with which values. */
const LISTED: Readonly<Record<string, RegExp>> = {
  sort: /^(?:asc|desc)$/,
  order_by: /^(?:created_at|updated_at)$/,
  page: /^[1-9]\d*$/,
  per_page: /^(?:[1-9]\d?|100)$/,
}
