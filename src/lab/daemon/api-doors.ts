import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server } from 'node:https'
import { formatCniVersion } from '../../intent/vpc-cni/cni-version.ts'
import { boundConnections } from '../../edge/bound-connections.ts'
import type { Dataplane } from '../dataplane/dataplane.ts'
import { metadataAddress } from '../dataplane/vpc/metadata-ruleset.ts'
import type { CloudControl, Credential } from '../ec2/cloud-view.ts'
import { createEc2Api } from '../ec2/api.ts'
import type { ControlPlane } from '../kubernetes/control-plane.ts'
import type { Pki } from '../kubernetes/pki.ts'
import { metadataService } from '../imds/service.ts'
import type { Topology } from '../plan/topology.ts'
import { cloudView } from './cloud.ts'
import { healthDoor } from './health-door.ts'
import type { LabWatch } from './watch.ts'

/**
 * Connections at each door of the lab at one time: watches, execs and port-forwards hold one each at the Kubernetes API; AWS's answer and
 * are done.
 */
const mostConnections = { kubernetes: 1024, aws: 128, metadata: 128 } as const

/** Milliseconds for a TLS handshake; of Node's two minutes a busy machine needs some seconds. */
const handshakeTimeout = 30_000

/** The descriptors of the sockets that listen on the host's loopback. */
const descriptor = { kubernetes: 3, aws: 4 } as const

/** The Kubernetes API for whatever is in the VPC: EKS's name, which the VPC's resolver knows. */
export const insideEndpoint = (topology: Topology): string => `https://${topology.clusterEndpoint}`

export const awsEndpoint = (topology: Topology): string => `http://ec2.${topology.region}.amazonaws.com`

/**
 * The API server on the host's loopback and, for what runs in the lab, on the control plane's ENI. On loopback it tells
 * the lab's administrator as well what has ended in the lab.
 */
export function serveKubernetes({
  controlPlane,
  pki,
  topology,
  watch,
  token,
  onError,
}: KubernetesDoor): void {
  const make = (own: (request: IncomingMessage, response: ServerResponse) => boolean): Server => {
    const tls = { key: pki.privateKey, cert: pki.certificate, handshakeTimeout }
    const server = createHttpsServer(tls, (request, response) => {
      if (!own(request, response)) controlPlane.api.handle(request, response)
    })
    server.on('upgrade', (request, socket, head) => {
      controlPlane.api.upgrade(request, socket, head)
    })
    // As kube-apiserver's (apiserver/pkg/server/secure_serving.go): clients keep idle connections as long.
    server.keepAliveTimeout = 90_000
    boundConnections(server, mostConnections.kubernetes)
    server.on('tlsClientError', () => undefined)
    server.on('error', onError)
    return server
  }
  make(healthDoor(watch, token)).listen({ fd: descriptor.kubernetes })
  make(() => false).listen(443, topology.controlPlane.address)
}

interface KubernetesDoor {
  readonly controlPlane: ControlPlane
  readonly pki: Pki
  readonly topology: Topology
  readonly watch: LabWatch
  /** The administrator's. */
  readonly token: string
  readonly onError: (error: unknown) => void
}

/**
 * EC2, STS and EKS on the host's loopback and, for what runs in the lab, on the control plane's ENI. Each door tells
 * the cluster's endpoint that is reached from there.
 */
export function serveAws(lab: {
  readonly topology: Topology
  readonly dataplane: Dataplane
  readonly pki: Pki
  /** Of the Kubernetes API, on the host's loopback. */
  readonly endpoint: string
  readonly credential: Credential
  readonly onError: (error: unknown) => void
}): void {
  const { topology, dataplane, credential, onError } = lab
  const created = new Date()
  let turn: Promise<unknown> = Promise.resolve()
  const control: CloudControl = {
    change(edit) {
      const mine = turn.then(async () => {
        const edited = edit(dataplane.network.vpc())
        if ('vpc' in edited) await dataplane.network.change(edited.vpc)
        return edited
      })
      turn = mine.catch(() => undefined)
      return mine
    },
  }
  const cniVersion = formatCniVersion(dataplane.settings.version)
  const make = (endpoint: string) => {
    const view = cloudView({
      topology,
      endpoint,
      certificateAuthority: lab.pki.certificateAuthority,
      created,
      cniVersion,
    })
    const api = createEc2Api({
      view: () => view(dataplane.network.vpc()),
      control,
      credentials: () => [credential],
      clock: () => new Date(),
      onError,
    })
    const server = createHttpServer((request, response) => {
      api.handle(request, response)
    })
    boundConnections(server, mostConnections.aws)
    server.on('error', onError)
    return server
  }
  const metadataView = cloudView({
    topology,
    endpoint: insideEndpoint(topology),
    certificateAuthority: lab.pki.certificateAuthority,
    created,
    cniVersion,
  })
  const metadata = createHttpServer(metadataService(() => metadataView(dataplane.network.vpc())))
  boundConnections(metadata, mostConnections.metadata)
  metadata.on('error', onError).listen(80, metadataAddress)
  make(lab.endpoint).listen({ fd: descriptor.aws })
  make(insideEndpoint(topology)).listen(80, topology.controlPlane.address)
}
