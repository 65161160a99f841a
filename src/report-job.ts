/** The entry of the report job. No logic. */
import { runReportJob } from './github/report-job.ts'
import { startStep } from './github/step.ts'

startStep(runReportJob)
