import type { Settings } from './complete.ts'

/**
 * The settings that the control is measured with: those of the run, but for where it is and who asks there. Null without a control. What
 * the run promises of its endpoint (a version, limits, a page of metrics) is not asked of the control.
 */
export function controlSettingsOf(settings: Settings): Settings | null {
  const { control, controlApiKey, controlModel, apiKey, model, serverMetrics, endpointLabel } = settings
  if (control === null) return null
  return {
    ...settings,
    endpoint: control,
    apiKey: controlApiKey ?? apiKey,
    model: controlModel ?? model,
    endpointLabel: `${endpointLabel} (control)`,
    expectVersion: null,
    versionUrl: null,
    serverMetrics: serverMetrics instanceof URL ? 'off' : serverMetrics,
    crossCheck: 'none',
    limits: [],
  }
}
