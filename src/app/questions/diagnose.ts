import { Breath } from '../../edge/breath.ts'
import type { Language } from '../../i18n/language.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { RunResult } from '../../model/result/result.ts'
import { diagnose } from '../diagnose.ts'

/** What is wrong there. Nothing is sent. Rejects with a ClusterError. */
export async function askDiagnose(inventory: Inventory, language: Language): Promise<RunResult> {
  const { source, started, signal } = inventory
  const { predictor } = await inventory.snapshot()
  return diagnose({ predictor, source, language, started, breath: new Breath(signal) })
}
