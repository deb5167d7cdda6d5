import type { Bench } from '../bench.ts'
import { eventToFile } from './event-to-file.ts'
import { idle } from './idle.ts'
import { outputsEvents } from './outputs-events.ts'
import { outputsFolder } from './outputs-folder.ts'
import { outputsPlugins } from './outputs-plugins.ts'
import { outputsRedis } from './outputs-redis.ts'
import { outputsTogether } from './outputs-together.ts'
import { regenJson } from './regen-json.ts'
import { regenLate } from './regen-late.ts'
import { regenOneEnterprise } from './regen-one-enterprise.ts'
import { regenXml } from './regen-xml.ts'
import { requestsPerDeploy } from './requests-per-deploy.ts'
import { startToHealthy } from './start.ts'
import { stream } from './stream.ts'

/** All benches, in the order of the table. */
export const allBenches: readonly Bench[] = [
  regenJson,
  regenOneEnterprise,
  regenXml,
  regenLate,
  eventToFile,
  idle,
  startToHealthy,
  requestsPerDeploy,
  stream,
  outputsRedis,
  outputsEvents,
  outputsTogether,
  outputsPlugins,
  outputsFolder,
]
