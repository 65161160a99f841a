import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chatAnswer, sendStream } from '../support/answers.ts'
import { selfSigned } from '../support/certificate.ts'
import { STEADY_RUN, plateau, reportIn, temporaryFolder } from '../support/cli.ts'
import { serve, serveAlways } from '../support/http-server.ts'

/** What of an endpoint only a process of its own meets; all else is in `commands/endpoint-trouble.test.ts`. */

test('with insecure-tls it is measured, and everything that is written says that no certificate was checked', async () => {
  const server = await serve((response) => sendStream(response, chatAnswer(12)), { certificate: selfSigned() })
  const [report, page, comment] = ['report.json', 'page.html', 'comment.md'].map((name) =>
    join(temporaryFolder(), name),
  )
  const files = ['--report-json', report!, '--html', page!, '--markdown', comment!]
  const flags = [...STEADY_RUN, '--concurrency', '1', '--passes', '1', ...files]
  const { stdout, stderr } = await plateau(
    [
      'run',
      '--endpoint',
      server.url,
      '--insecure-tls',
      '--auth',
      'none',
      '--model',
      'm',
      '--baseline',
      'none',
      ...flags,
    ],
    { env: { PATH: process.env['PATH']! } },
  )
  expect(existsSync(report!), stderr).toBe(true)
  expect(reportIn(report!).validity.findings).toContainEqual(expect.objectContaining({ code: 'insecure-tls' }))
  for (const written of [stdout, stderr, readFileSync(page!, 'utf8'), readFileSync(comment!, 'utf8')]) {
    expect(written).toContain('The certificate of the endpoint was not checked')
  }
})

test.skipIf(process.platform !== 'linux')(
  'too few open files are told before the load and never the server’s',
  async () => {
    const server = await serveAlways((response) => sendStream(response, chatAnswer(12)))
    const report = join(temporaryFolder(), 'report.json')
    const flags = [...STEADY_RUN, '--concurrency', '1,64', '--passes', '1', '--report-json', report]
    const limits = ['--limits', 'error-rate <= 1%']
    const { stdout, stderr } = await plateau(
      ['run', '--endpoint', server.url, '--auth', 'none', '--model', 'm', '--baseline', 'none', ...flags, ...limits],
      { openFiles: 48, env: { PATH: process.env['PATH']! } },
    )
    expect(stderr).toMatch(/may open 48 files at once \(ulimit -n\) and has \d+ open; 64 connections need 72 more/)
    const { levels, limits: checked } = reportIn(report)
    expect(levels[1]).toMatchObject({
      state: 'client-saturated',
      invalidReasons: ['client-limit'],
      requests: { failed: 0 },
      failures: {},
    })
    expect(checked!.map(({ outcome }) => outcome)).toEqual(expect.not.arrayContaining(['fail']))
    expect(stdout).toContain('EMFILE')
    expect(stdout).not.toMatch(/\blost\b|does not hold|No request/)
  },
)
