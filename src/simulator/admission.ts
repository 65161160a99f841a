import type { Task } from '../vocabulary/tasks.ts'
import { findFault } from './wires/fields.ts'
import { parseBody } from './wires/read-body.ts'
import { Refused, type Complaint, type ModelRequest } from './wires/wire.ts'
import type { Destination } from './wires/wires.ts'

/** What a server insists on before its model sees a request. */
export interface AdmissionRules {
  /** Refuse what the API does not document, whatever the real server does. */
  readonly strict: boolean
  /** The model's name, when another one is refused; null lets every name pass. */
  readonly onlyModel: string | null
  /** The one task that is served; null serves all. */
  readonly onlyTask: Task | null
  readonly model: string
}

/** Reads a request that is taken; throws `Refused`, in the words of its API, for one that is not. */
export function admit(
  { wire, route }: Destination,
  headers: Readonly<Record<string, unknown>>,
  text: string,
  rules: AdmissionRules,
): ModelRequest {
  const { words } = wire
  const body = parseBody(text)
  // Where the path leaves it open, an endpoint of one task takes every body for it.
  const task = route.task ?? rules.onlyTask ?? wire.taskOf(body)
  if (rules.strict) {
    const fault = wire.headerFault(headers)
    if (fault !== null) throw new Refused(fault)
  }
  if (rules.strict || wire.alwaysStrict) {
    const fault = findFault(body, wire.fields(route, task))
    if (fault !== null) {
      const { path, expected } = fault
      throw new Refused(expected === null ? words.unknownField(path) : words.wrongType(path, expected), words.badBody)
    }
  }
  const request = wire.read(body, route, task)
  if (rules.onlyModel !== null && request.model !== null && request.model !== rules.onlyModel) {
    throw refused(words.noModel(request.model, route))
  }
  if (rules.onlyTask !== null && task !== rules.onlyTask) {
    throw refused(words.wrongTask(task, rules.model))
  }
  return request
}

function refused({ status, message }: Complaint): Refused {
  return new Refused(message, status)
}
