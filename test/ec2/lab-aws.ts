import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEc2Api } from '../../src/lab/ec2/api.ts'
import type { CloudControl, CloudView } from '../../src/lab/ec2/cloud-view.ts'
import { isFault } from '../../src/lab/ec2/fault.ts'
import { student, tutorialView } from './tutorial-cloud.ts'

/** The lab's AWS on a loopback port, over a VPC that changes when it is told to. */
export interface LabAws {
  readonly endpoint: string
  view(): CloudView
  close(): void
}

export async function startLabAws(
  start: CloudView = tutorialView,
  clock: () => Date = () => new Date(),
): Promise<LabAws> {
  let view = start
  const control: CloudControl = {
    change: (edit) => {
      const edited = edit(view.vpc)
      if (!isFault(edited)) view = { ...view, vpc: edited.vpc }
      return Promise.resolve(edited)
    },
  }
  const api = createEc2Api({
    view: () => view,
    control,
    credentials: () => [student],
    clock,
    onError: (error) => {
      throw error
    },
  })
  const server = createServer((request, response) => {
    api.handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    view: () => view,
    close: () => server.close(),
  }
}
