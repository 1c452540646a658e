import type { Agent } from 'node:https'
import { proxyFromEnvironment } from '../access/proxy.ts'

/**
 * Where EC2 of a region answers, as far as NO_PROXY needs to know (AWS General Reference, "Amazon EC2 endpoints"; China's
 * regions end in .cn).
 */
export const ec2Server = (region: string, endpoint: string | undefined): string =>
  endpoint ?? `https://ec2.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

/** The way to EC2 by the proxy that the environment names, which the SDK does not look for on its own. Null: none is named. */
export async function ec2ProxyAgent(
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Agent | null> {
  const proxy = server.startsWith('https:') ? proxyFromEnvironment(server, env) : null
  if (proxy === null) return null
  const { HttpsProxyAgent } = await import('hpagent')
  return new HttpsProxyAgent({ proxy, keepAlive: true })
}
