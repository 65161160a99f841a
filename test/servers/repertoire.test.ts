import { describe, expect, it } from 'vitest'
import { SHIPPED } from '../../src/simulator/repertoire.ts'
import { findDestination } from '../../src/simulator/admission.ts'
import { resolveAtOnce } from '../support/run-settings.ts'
import { findApi } from '../../src/vendors/apis.ts'
import { API_NAMES } from '../../src/vocabulary/endpoint-names.ts'
import { WITNESSES } from './repertoire.ts'

describe('what tests play', () => {
  it('is every API, and all that ships as it ships', () => {
    expect(new Set(WITNESSES.wires.map(({ api }) => api))).toEqual(new Set(API_NAMES))
    expect(WITNESSES.wires).toEqual(expect.arrayContaining([...SHIPPED.wires]))
    expect(WITNESSES.metrics).toMatchObject(SHIPPED.metrics)
    for (const [name, { headers, pages }] of Object.entries(SHIPPED.servers)) {
      expect(WITNESSES.servers[name]).toMatchObject({ headers, pages })
    }
  })

  it.each(API_NAMES)('takes a run over %s that names it, at its origin or the path of an endpoint', (name) => {
    const endpoint = `http://127.0.0.1:8000${name === 'databricks' ? '/serving-endpoints/simulated-model/invocations' : ''}`
    const { settings } = resolveAtOnce({
      flags: ['--endpoint', endpoint, '--api', name, '--model', 'simulated-model', '--auth', 'none'],
      env: {},
      readFile: () => {
        throw new Error('no files')
      },
      defaults: { baseline: { kind: 'file', path: 'history.json' }, name: null },
    })
    const api = findApi(name)
    const destination = findDestination(WITNESSES.wires, api.url(settings.endpoint, api.tasks[0]!, settings.model))
    expect(destination?.wire.api).toBe(name)
  })
})
