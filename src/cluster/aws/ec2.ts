import type * as Ec2Sdk from './ec2-sdk.ts'
import type { DescribeInstancesCommand, EC2Client, Filter } from '@aws-sdk/client-ec2'
import type { Gap } from '../../model/result/result.ts'
import { Budget, TooMuch, type Limits } from '../../edge/budget.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { printable } from '../../edge/printable.ts'
import { boundEc2 } from './ec2-bounds.ts'
import { ec2ProxyAgent, ec2Server } from './ec2-proxy.ts'
import type { NodeFacts } from '../../kubernetes/facts.ts'
import { at, listAt, textAt } from '../../edge/fields.ts'
import { given } from '../../edge/given.ts'

export interface Ec2Options {
  /** Absent: that of the nodes' zone. */
  readonly region?: string
  /** Absent: AWS's own, or what AWS_ENDPOINT_URL says. */
  readonly endpoint?: string
  readonly profile?: string
  /** Absent: found as the AWS tools find them (environment, profile, web identity, instance). */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  readonly signal?: AbortSignal
}

/** What EC2 says of the VPC around the nodes: the answers by the name of their describe, pages joined. */
export interface Ec2Recording {
  readonly answers: ReadonlyMap<string, unknown>
  readonly gaps: readonly Gap[]
}

type Sdk = typeof Ec2Sdk
type AnyCommand = DescribeInstancesCommand

interface Describe {
  readonly name: string
  /** The member of the answer that holds the list. */
  readonly list: string
  command(sdk: Sdk, filters: Filter[], next: string | undefined): unknown
}

const paged = (filters: Filter[], next: string | undefined) => ({
  Filters: filters,
  ...given({ NextToken: next }),
})

type Command = (sdk: Sdk) => new (input: ReturnType<typeof paged>) => unknown

/** Most describes take their filters and their pages alike. */
const usual = (name: string, list: string, commandOf: Command): Describe => ({
  name,
  list,
  command: (sdk, filters, next) => new (commandOf(sdk))(paged(filters, next)),
})

const instances = usual('instances', 'Reservations', (sdk) => sdk.DescribeInstancesCommand)

/** The parts of one VPC, with the filter that selects it. */
const ofVpc: readonly (Describe & { readonly filter: string })[] = [
  ...[
    usual('vpcs', 'Vpcs', (sdk) => sdk.DescribeVpcsCommand),
    usual('network-interfaces', 'NetworkInterfaces', (sdk) => sdk.DescribeNetworkInterfacesCommand),
    usual('subnets', 'Subnets', (sdk) => sdk.DescribeSubnetsCommand),
    usual('route-tables', 'RouteTables', (sdk) => sdk.DescribeRouteTablesCommand),
    usual('security-groups', 'SecurityGroups', (sdk) => sdk.DescribeSecurityGroupsCommand),
    usual('network-acls', 'NetworkAcls', (sdk) => sdk.DescribeNetworkAclsCommand),
  ].map((describe) => ({ ...describe, filter: 'vpc-id' })),
  {
    ...usual('internet-gateways', 'InternetGateways', (sdk) => sdk.DescribeInternetGatewaysCommand),
    filter: 'attachment.vpc-id',
  },
  {
    name: 'nat-gateways',
    list: 'NatGateways',
    filter: 'vpc-id',
    // The one describe whose filters are called `Filter`.
    command: (sdk, f, n) => new sdk.DescribeNatGatewaysCommand({ Filter: f, ...given({ NextToken: n }) }),
  },
]

/** Parts that exist in few accounts, and that fewer may read: without them, what refers to them is unknown. */
const rare: readonly Describe[] = [
  usual('prefix-lists', 'PrefixLists', (sdk) => sdk.DescribePrefixListsCommand),
  usual('managed-prefix-lists', 'PrefixLists', (sdk) => sdk.DescribeManagedPrefixListsCommand),
  usual(
    'vpc-peering-connections',
    'VpcPeeringConnections',
    (sdk) => sdk.DescribeVpcPeeringConnectionsCommand,
  ),
  usual('vpc-endpoints', 'VpcEndpoints', (sdk) => sdk.DescribeVpcEndpointsCommand),
  usual('security-group-rules', 'SecurityGroupRules', (sdk) => sdk.DescribeSecurityGroupRulesCommand),
]

/** EC2 takes at most 200 values in one filter. */
const mostValues = 200
/** Of one describe; a page has at most 1,000 objects, and a VPC at most 64,000 addresses in use (Amazon VPC quotas). */
const describeLimits: Limits = { pages: 200, objects: 200_000, seconds: 120 }
const connectTimeout = 3_000
const answerTimeout = 15_000

/**
 * Describes the VPC of the nodes. Never rejects but for an abort: what EC2 refuses or cannot answer becomes a gap.
 * The SDK is heavy and is loaded here, when it is needed.
 */
export async function recordEc2(nodes: readonly NodeFacts[], options: Ec2Options): Promise<Ec2Recording> {
  const answers = new Map<string, unknown>()
  const gaps: Gap[] = []
  const gap = (name: string, error: unknown): void => {
    gaps.push({ at: `ec2/${name}.json`, what: `describe-${name}`, because: reason(error) })
  }
  const ids = nodes.flatMap(({ providerId }) => instanceOf(providerId)?.id ?? [])
  const region = options.region ?? nodes.flatMap(({ providerId }) => instanceOf(providerId)?.region ?? [])[0]
  if (ids.length === 0 || region === undefined) {
    gap('instances', new Error('the nodes name no EC2 instances (spec.providerID)'))
    return { answers, gaps }
  }
  // The SDK would warn on every run that releases to come need a newer Node; package.json pins one that does not.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const [sdk, httpsAgent] = await Promise.all([
    import('./ec2-sdk.ts'),
    ec2ProxyAgent(ec2Server(region, options.endpoint), process.env),
  ])
  const client = new sdk.EC2Client({
    region,
    ...given({ endpoint: options.endpoint, profile: options.profile, credentials: options.credentials }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: connectTimeout,
      requestTimeout: answerTimeout,
      ...given({ httpsAgent: httpsAgent ?? undefined }),
    },
  })
  boundEc2(client, process.env)
  const describe = async (
    what: Describe,
    filter: string | null,
    values: readonly string[],
  ): Promise<void> => {
    try {
      answers.set(what.name, await describeAll(sdk, client, what, filter, values, options.signal))
    } catch (error) {
      if (options.signal?.aborted)
        throw new ClusterError('aborted', 'stopped while EC2 was asked', { cause: error })
      if (filter !== null) gap(what.name, error)
    }
  }
  try {
    const others = Promise.all(rare.map((what) => describe(what, null, [])))
    // They are waited for last; until then their failure must not count as unheard.
    others.catch(() => undefined)
    await describe(instances, 'instance-id', ids)
    const vpcs = new Set(
      listAt(answers.get('instances'), 'Reservations')
        .flatMap((one) => listAt(one, 'Instances'))
        .flatMap((one) => textAt(one, 'VpcId') ?? []),
    )
    if (vpcs.size > 0) await Promise.all(ofVpc.map((what) => describe(what, what.filter, [...vpcs])))
    await others
    return { answers, gaps }
  } finally {
    client.destroy()
  }
}

async function describeAll(
  sdk: Sdk,
  client: EC2Client,
  what: Describe,
  filter: string | null,
  values: readonly string[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const found: unknown[] = []
  const budget = new Budget('the answer', describeLimits)
  let began = performance.now()
  for (const filters of filter === null ? [[]] : filtersOf(filter, values)) {
    let next: string | undefined
    do {
      // Every describe has its own type in the SDK; we read all of their answers as JSON.
      const command = what.command(sdk, filters, next) as AnyCommand
      const answer: unknown = await client.send(command, signal ? { abortSignal: signal } : {})
      const page = listAt(answer, what.list)
      budget.spend('pages', 1)
      budget.spend('objects', page.length)
      for (const one of page) found.push(one)
      const asked = next
      next = textAt(answer, 'NextToken') ?? ''
      if (next !== '' && next === asked)
        throw new TooMuch('the answer has no end: a page says that the next one is itself')
      const now = performance.now()
      budget.spend('seconds', (now - began) / 1000)
      began = now
    } while (next !== '')
  }
  return { [what.list]: found }
}

function filtersOf(name: string, values: readonly string[]): readonly Filter[][] {
  const filters: Filter[][] = []
  for (let from = 0; from < values.length; from += mostValues)
    filters.push([{ Name: name, Values: values.slice(from, from + mostValues) }])
  return filters
}

/** `aws:///ap-northeast-2a/i-0123…` → the instance and its region (a zone is its region and a letter, but for local zones). */
export function instanceOf(
  providerId: string | null,
): { readonly id: string; readonly region: string } | undefined {
  const match = /^aws:\/\/\/([a-z]{2}(?:-[a-z]+)+-\d+)[a-z0-9-]*\/(i-[0-9a-f]+)$/.exec(providerId ?? '')
  return match?.[1] !== undefined && match[2] !== undefined ? { region: match[1], id: match[2] } : undefined
}

function reason(error: unknown): string {
  // The SDK reads XML by recursion.
  if (error instanceof RangeError) return 'the answer nests too deep'
  const isNamed = error instanceof Error && error.name !== 'Error' && !(error instanceof TooMuch)
  const name = isNamed ? `${error.name}: ` : ''
  const said = error instanceof Error ? error.message : String(at(error, 'message') ?? error)
  // The SDK adds lines for programmers.
  return printable(`${name}${said.split('\n')[0] ?? ''}`)
}
