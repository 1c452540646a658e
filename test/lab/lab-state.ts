import { withEc2 } from '../../src/lab/fault/ec2-client.ts'
import type { TestLab } from './lab.ts'

/** Everything that a fault may touch, in a form in which the same is the same. */
const here = `
echo "== $1"
# The kernel keeps an old iptables' table for as long as its namespace lives; without a rule it does nothing.
iptables-save | grep -v '^#' | sed 's/ \\[[0-9:]*\\]$//' | awk '/^\\*/ { table = ""; rules = 0 } { table = table $0 "\\n" } /^-A/ || /^:.* (DROP|-)$/ { rules = 1 } /^COMMIT/ && rules { printf "%s", table }'
for other in iptables-legacy-save iptables-nft-save; do $other 2>/dev/null | grep '^-A' | sort; done
nft list tables 2>/dev/null; nft -s list table ip aws-cni 2>/dev/null; ipset save
ip rule; ip route show table all | grep -v '^\\(fe80\\|multicast\\|local fe80\\|anycast\\)' | sort; ip neigh show nud permanent | sort
ip -o -4 addr | sed 's/valid_lft.*//'; ip -o link | sed 's/ state .*//; s/@[^ ]* / /' 
cd /proc/sys/net/ipv4; grep . ip_forward icmp_echo_ignore_all conf/*/forwarding conf/*/rp_filter conf/*/arp_ignore
`

const everywhere = `
${here.replace('$1', 'node')}
seen=$(stat -L -c %i /proc/self/ns/net)
stat -L -c '%i %n' $(ls -v -d /proc/[0-9]*/ns/net) 2>/dev/null | while read -r space net; do
  case " $seen " in *" $space "*) continue;; esac
  seen="$seen $space"
  nsenter --net=$net sh -c "$INSIDE" 2>/dev/null </dev/null
  sed 's/^/resolv.conf: /' \${net%/ns/net}/root/etc/resolv.conf 2>/dev/null
done
`

/** What nodes and pods have in their kernels, node by node. */
export const kernelState = async (lab: TestLab): Promise<readonly string[]> =>
  Promise.all(
    lab.nodes.map(async (_, i) => {
      const inside = here.replace('$1', 'pod').replaceAll("'", `'\\''`)
      // On a busy machine kubectl drops what comes before it has made its streams ("Unknown stream id").
      for (let attempt = 0; attempt < 5; attempt++) {
        const { status, output } = await lab.onNode(i + 1, `INSIDE='${inside}'\n${everywhere}`)
        if (status !== 0) throw new Error(`node ${i + 1}: ${output}`)
        if (output.startsWith('== node\n')) return output
      }
      throw new Error(`node ${i + 1}: five times without its beginning`)
    }),
  )

/** What EC2 tells of the VPC, without what changes by itself. */
export async function vpcState(lab: TestLab): Promise<unknown> {
  const { aws } = lab.record
  if (aws === null) throw new Error('the lab has no AWS')
  return withEc2(aws, async ({ sdk, client }) => {
    const answers = await Promise.all([
      client.send(new sdk.DescribeNetworkInterfacesCommand({})),
      client.send(new sdk.DescribeSecurityGroupsCommand({})),
      client.send(new sdk.DescribeNetworkAclsCommand({})),
      client.send(new sdk.DescribeRouteTablesCommand({})),
      client.send(new sdk.DescribeInstancesCommand({})),
    ])
    return answers.map(({ $metadata: _, NextToken, ...answer }) => {
      if (NextToken !== undefined) throw new Error('the VPC has more than one page of something')
      return sorted(answer)
    })
  })
}

/** Sets have no order on AWS. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sorted).toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      // A rule that is written again has another id, as on AWS.
      .filter(([name]) => name !== 'SecurityGroupRuleId')
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}

/** What Kubernetes' objects ask for. */
export async function objectState(lab: TestLab): Promise<unknown> {
  const list = JSON.parse(
    await lab.kubectl('get', 'services,deployments,daemonsets,networkpolicies', '-A', '-o', 'json'),
  ) as { readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: unknown }[] }
  return list.items.map(({ metadata, spec }) => ({ name: metadata.name, spec }))
}
