import { join } from 'node:path'
import { startFaultyApi, type FaultyApi } from '../cluster/faulty-api.ts'
import { labUp, type TestLab } from './lab.ts'

/** A lab that stands for a cluster known by a kubeconfig alone, and a server before it that misbehaves when it is told to. */
export interface LabBehindFaultyApi {
  readonly lab: TestLab
  readonly faulty: FaultyApi
  /** The kubeconfig that leads to the lab itself. */
  readonly kubeconfig: string
  readonly down: () => Promise<void>
}

export async function labBehindFaultyApi(name: string): Promise<LabBehindFaultyApi> {
  const lab = await labUp([`--name=${name}`])
  const kubeconfig = join(lab.record.directory, 'kubeconfig')
  const faulty = await startFaultyApi(kubeconfig)
  return {
    lab,
    faulty,
    kubeconfig,
    async down() {
      await faulty.stop()
      await lab.down()
    },
  }
}
