import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { labDirectory, programRoot } from '../../namespaces/root/lab-script.ts'
import type { Act } from '../act.ts'

/** Where a kubelet's runtime looks for plugins and their configuration. */
const binaries = 'cni/bin'
const configuration = '/etc/cni/net.d/10-aws.conflist'

/** What aws-node's init container copies (amazon-vpc-cni-k8s, scripts/dockerfiles), and the image's cni-plugins package. */
const plugins = [
  ...['aws-cni', 'aws-cni-support.sh', 'egress-cni'],
  ...['bandwidth', 'bridge', 'dhcp', 'dummy', 'firewall', 'host-device', 'host-local', 'ipvlan', 'loopback'],
  ...['macvlan', 'portmap', 'ptp', 'sbr', 'static', 'tap', 'tuning', 'vlan', 'vrf'],
] as const

const stub = `#!/bin/sh
echo "podpath: the lab does what this plugin does from outside of the node; it cannot be run by hand" >&2
exit 1
`

/** A node's /opt: the CNI plugins by their names, and the place where podpath's own programs are bound. Returns the directory. */
export function layOutNodeOpt(): string {
  const opt = join(labDirectory, 'node-opt')
  mkdirSync(join(opt, binaries), { recursive: true })
  for (const name of plugins) writeFileSync(join(opt, binaries, name), stub, { mode: 0o755 })
  mkdirSync(join(opt, relative('/opt', programRoot)))
  return opt
}

/** The chain of plugins as aws-node writes it (misc/10-aws.conflist of its releases since 1.15). */
export const cniConfiguration = (mtu: number): readonly Act[] => [
  {
    kind: 'run',
    why: 'no other network plugin',
    argv: ['sh', '-c', 'rm -rf /etc/cni && mkdir -p /etc/cni/net.d'],
  },
  {
    kind: 'file',
    why: 'the plugins of a pod’s network',
    path: configuration,
    text: `${JSON.stringify(
      {
        cniVersion: '0.4.0',
        name: 'aws-cni',
        disableCheck: true,
        plugins: [
          {
            name: 'aws-cni',
            type: 'aws-cni',
            vethPrefix: 'eni',
            mtu: String(mtu),
            podSGEnforcingMode: 'strict',
            pluginLogFile: '/var/log/aws-routed-eni/plugin.log',
            pluginLogLevel: 'DEBUG',
            capabilities: { 'io.kubernetes.cri.pod-annotations': true },
          },
          { type: 'portmap', capabilities: { portMappings: true }, snat: true },
        ],
      },
      null,
      2,
    )}\n`,
  },
]
